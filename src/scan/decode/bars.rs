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

/// How thoroughly lines are looked along.
#[derive(Clone, Copy)]
pub(super) struct Effort<'a> {
    /// Directions of the lines, in degrees; 0 is along the rows.
    pub(super) directions: &'a [f32],
    /// Lines in each direction.
    pub(super) lines: usize,
    /// Whether black is told from white in several ways.
    pub(super) harder: bool,
}

/// Reads along lines, from the middle outwards, until two agree. Gives these two, or all that were read.
pub(super) fn read(picture: View<'_>, Effort { directions, lines, harder }: Effort<'_>) -> Vec<Line> {
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
            let Some(line) = along(picture, from, to, harder) else { continue };
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
fn along(picture: View<'_>, from: Place, to: Place, harder: bool) -> Option<Line> {
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
    let reaches = if harder { &REACHES[..] } else { &REACHES[..1] };
    reaches.iter().find_map(|reach| {
        let mut runs = runs(&values, *reach);
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

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 420;

    /// A code of three pixels a module, turned by `degrees`, its middle in the picture's.
    fn drawn(degrees: f32, [dark, light]: [u8; 2]) -> Vec<u8> {
        // Start C, 40 96 32 45 78 95, the check value 28, stop.
        const WIDTHS: &str = "211232 231113 114311 232121 113123 241112 114113 322112 2331112";
        let widths = WIDTHS.chars().filter_map(|width| width.to_digit(10));
        let bars: Vec<bool> =
            widths.enumerate().flat_map(|(place, width)| vec![place % 2 == 0; width as usize * 3]).collect();
        let (sin, cos) = degrees.to_radians().sin_cos();
        let middle = SIDE as f32 / 2.0;
        (0..SIDE * SIDE)
            .map(|at| {
                let (x, y) = ((at % SIDE) as f32 - middle, (at / SIDE) as f32 - middle);
                let (along, across) = (x * cos + y * sin + bars.len() as f32 / 2.0, y * cos - x * sin);
                let on_bar = along >= 0.0 && across.abs() < 50.0 && bars.get(along as usize) == Some(&true);
                if on_bar { dark } else { light }
            })
            .collect()
    }

    fn read_turned(degrees: f32, colours: [u8; 2]) -> Vec<Line> {
        let pixels = drawn(degrees, colours);
        let directions = [0.0, 90.0, 22.5, -22.5, 45.0, -45.0, 67.5, -67.5];
        read(
            View { width: SIDE, height: SIDE, pixels: &pixels },
            Effort { directions: &directions, lines: 31, harder: true },
        )
    }

    #[test]
    fn a_code_is_read_at_any_angle_and_upside_down() {
        for degrees in [0.0, 12.0, 45.0, 80.0, 90.0, 135.0, 180.0, 200.0, 290.0] {
            let lines = read_turned(degrees, [30, 220]);
            assert_eq!(
                lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(),
                ["409632457895"; 2],
                "{degrees}"
            );
            let [start, end] = lines[0].ends;
            let length = (end[0] - start[0]).hypot(end[1] - start[1]);
            assert!((260.0..380.0).contains(&length), "{degrees}: {lines:?}");
        }
        assert_eq!(read_turned(0.0, [120, 150]).len(), 2, "poor contrast");
    }

    #[test]
    fn one_line_that_is_spoilt_gives_no_other_text() {
        let mut pixels = drawn(0.0, [30, 220]);
        let mut random = fastrand::Rng::with_seed(3);
        for row in pixels.chunks_exact_mut(SIDE) {
            // A bar too many, somewhere else in each row.
            let at = random.usize(60..SIDE - 60);
            row[at..at + 4].fill(30);
        }
        let picture = View { width: SIDE, height: SIDE, pixels: &pixels };
        let lines = read(picture, Effort { directions: &[0.0], lines: 200, harder: true });
        let agree = matches!(&lines[..], [a, b] if a.text == b.text);
        assert!(!agree || lines[0].text == "409632457895", "{lines:?}");
    }

    #[test]
    fn pictures_too_small_for_a_line_are_no_harm() {
        for (width, height) in [(1, 1), (1, 90), (90, 1), (3, 3)] {
            let pixels = vec![0; width * height];
            let effort = Effort { directions: &[0.0, 90.0, 45.0], lines: 9, harder: true };
            assert_eq!(read(View { width, height, pixels: &pixels }, effort), []);
        }
    }
}
