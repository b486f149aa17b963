//! Code 128: brightness along straight lines, in several directions, until two lines agree.
//!
//! Its checksum lets one damaged line in a hundred through, so one line alone is never believed: another line of the same picture, or of the
//! next, must tell the same text.

use rxing::DecodeHints;
use rxing::common::BitArray;
use rxing::oned::{Code128Reader, OneDReader};

use super::gray::View;
use super::grid::Place;
use super::guarded;

/// Samples a pixel along a line: narrow bars are finer than pixels.
const SAMPLES: f32 = 2.0;
/// Fewest runs of black and white in a line that may hold a code: start, one character, check value and stop.
const RUNS_MIN: usize = 25;
/// Half the windows, in samples, whose mean tells black from white: wide bars need a wide one, shade and fine bars a narrow one.
const REACHES: [usize; 2] = [140, 32];
/// What is less than this darker than its surroundings is white, in steps of 255.
const MARGIN: f32 = 4.0;
/// Least white before a code, in modules; the standard asks for 10, and pages are careless.
const QUIET_MIN: f32 = 4.0;
/// How far a bar may be from its width in a start character, in modules.
const OFF_MAX: f32 = 0.75;
/// Modules of a character.
const CHARACTER: f32 = 11.0;
/// Widths of the three start characters' bars and spaces.
const STARTS: [[f32; 6]; 3] =
    [[2.0, 1.0, 1.0, 4.0, 1.0, 2.0], [2.0, 1.0, 1.0, 2.0, 1.0, 4.0], [2.0, 1.0, 1.0, 2.0, 3.0, 2.0]];

/// A line that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// What it says.
    pub(super) text: String,
    /// Where the code starts and ends on it, in pixels.
    pub(super) ends: [Place; 2],
}

/// Reads along `lines` lines in each of `directions` (in degrees; 0 is along the rows), from the middle outwards, until two agree. Gives these two,
/// or all that were read.
pub(super) fn read(picture: View<'_>, directions: &[f32], lines: usize) -> Vec<Line> {
    let mut read: Vec<Line> = Vec::new();
    for direction in directions {
        let (dy, dx) = direction.to_radians().sin_cos();
        let (width, height) = (picture.width as f32, picture.height as f32);
        // How far the picture reaches across the direction.
        let across = width * dy.abs() + height * dx.abs();
        for number in 0..lines {
            let step = number.div_ceil(2) as f32 * if number % 2 == 0 { 1.0 } else { -1.0 };
            let offset = step * across / (lines + 1) as f32;
            let through = [width / 2.0 - dy * offset, height / 2.0 + dx * offset];
            let Some((from, to)) = inside(through, [dx, dy], width, height) else { continue };
            let Some(line) = along(picture, from, to) else { continue };
            if let Some(same) = read.iter().find(|other| other.text == line.text) {
                return vec![same.clone(), line];
            }
            read.push(line);
        }
    }
    read
}

/// The part of a line that is inside the picture.
fn inside(through: Place, direction: Place, width: f32, height: f32) -> Option<(Place, Place)> {
    let (mut from, mut to) = (f32::MIN, f32::MAX);
    for (at, step, end) in [(through[0], direction[0], width), (through[1], direction[1], height)] {
        if step.abs() < 1e-4 {
            if !(0.0..=end).contains(&at) {
                return None;
            }
            continue;
        }
        let (a, b) = (-at / step, (end - at) / step);
        (from, to) = (from.max(a.min(b)), to.min(a.max(b)));
    }
    let place = |t: f32| [through[0] + direction[0] * t, through[1] + direction[1] * t];
    (to > from).then(|| (place(from), place(to)))
}

/// Reads along one line, in both directions.
fn along(picture: View<'_>, from: Place, to: Place) -> Option<Line> {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx.hypot(dy);
    let count = (length * SAMPLES) as usize;
    if count < RUNS_MIN * 2 {
        return None;
    }
    let place = |sample: f32| {
        let share = sample / count as f32;
        [from[0] + dx * share, from[1] + dy * share]
    };
    let values: Vec<f32> = (0..count)
        .map(|sample| {
            let [x, y] = place(sample as f32 + 0.5);
            picture.at(x, y)
        })
        .collect();
    REACHES.into_iter().find_map(|reach| {
        let mut runs = runs(&values, reach);
        if runs.len() < RUNS_MIN {
            return None;
        }
        let (text, start, end) = in_runs(&runs).or_else(|| {
            runs.reverse();
            in_runs(&runs).map(|(text, start, end)| (text, count - start, count - end))
        })?;
        Some(Line { text, ends: [place(start as f32), place(end as f32)] })
    })
}

/// Lengths of white and black in turn, white first (perhaps of length 0), white last.
fn runs(values: &[f32], reach: usize) -> Vec<usize> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push(0.0f32);
    let mut sum = 0.0;
    sums.extend(values.iter().map(|value| {
        sum += value;
        sum
    }));
    let mut runs = vec![0];
    let mut black = false;
    for (at, value) in values.iter().enumerate() {
        let (left, right) = (at.saturating_sub(reach), (at + reach + 1).min(values.len()));
        let mean = (sums[right] - sums[left]) / (right - left) as f32;
        let is_black = *value < mean - MARGIN;
        if is_black != black {
            black = is_black;
            runs.push(0);
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
        }
    }
    if black {
        runs.push(0);
    }
    runs
}

/// The first code in these runs: its text, and the samples where it starts and ends.
fn in_runs(runs: &[usize]) -> Option<(String, usize, usize)> {
    let mut at = runs.first().copied()?;
    // Each black run may be the first bar of a start character.
    for first in (1..runs.len().saturating_sub(RUNS_MIN - 2)).step_by(2) {
        let (white, bars) = (runs[first - 1], &runs[first..]);
        // The edge of the picture is as good as white.
        let quiet = if first == 1 { usize::MAX } else { white };
        if starts(quiet, &bars[..6])
            && let Some((text, length)) = decoded(bars)
        {
            return Some((text, at, at + length));
        }
        at += runs[first] + runs[first + 1];
    }
    None
}

/// Whether six runs, after so much white, look like a start character.
fn starts(quiet: usize, bars: &[usize]) -> bool {
    let module = bars.iter().sum::<usize>() as f32 / CHARACTER;
    let fits =
        |start: &[f32; 6]| start.iter().zip(bars).all(|(width, run)| (*run as f32 / module - width).abs() < OFF_MAX);
    quiet as f32 >= module * QUIET_MIN && STARTS.iter().any(fits)
}

/// The code that begins with these runs, and its length in samples.
fn decoded(runs: &[usize]) -> Option<(String, usize)> {
    // rxing wants white on both sides; here it is known to be there.
    let quiet = runs.iter().take(6).sum::<usize>();
    let length: usize = runs.iter().sum();
    let mut row = BitArray::with_size(quiet + length + quiet);
    let mut at = quiet;
    for (number, run) in runs.iter().enumerate() {
        if number % 2 == 0 {
            (at..at + run).for_each(|black| row.set(black));
        }
        at += run;
    }
    let read = || Code128Reader.decode_row(0, &row, &DecodeHints::default()).ok();
    let result = guarded("rxing's Code 128 reader", read).flatten()?;
    let end = result.getPoints().last().map_or(0.0, |point| point.x) as usize;
    let text = result.getText().to_owned();
    (!text.is_empty()).then_some((text, end.saturating_sub(quiet)))
}
