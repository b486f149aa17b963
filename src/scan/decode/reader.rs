//! Reads the frames of a camera, one after the other: remembers where a code was, what was tried, and what was nearly read.

use std::time::{Duration, Instant};

use super::super::frame::Luma;
use super::aim::Aim;
use super::evidence::Evidence;
use super::glance::Glance;
use super::gray::View;
use super::grid::Place;
use super::schedule::{Costs, QUICK, Rotation, Turn};
use super::search::{Search, code128};
use super::steps::Step;
use super::{Format, Found, bars::Line};

/// Time for a frame, in nanoseconds a pixel: 7.4 ms for 1280 × 720.
const TIME_EACH: u32 = 8;
/// Least and most time for a frame.
const TIME_MIN: Duration = Duration::from_millis(4);
const TIME_MAX: Duration = Duration::from_millis(25);
/// How many frames long it is remembered where a code was, and what a single line of a bar code said.
const REMEMBERED: u64 = 10;
/// How far around a code's last place it is looked for, as a share of its size.
const AROUND: f32 = 0.35;
/// While a code stays in view, every so many frames others are looked for: an odd number, so that each quick attempt has its turn.
const OTHERS_EVERY: u64 = 3;

/// What came of a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InFrame {
    /// The codes that were read in it.
    pub found: Vec<Found>,
    /// What it is like.
    pub aim: Aim,
}

/// Reads one camera's frames.
#[derive(Default)]
pub struct Reader {
    number: u64,
    costs: Costs,
    rotation: Rotation,
    /// The last frame, and the one since which nothing has changed.
    last: Option<Glance>,
    still_since: Option<Glance>,
    /// Where a code was read or located, and when.
    place: Option<([Place; 4], u64)>,
    /// The attempt that read a code in the last frames, when no quick one did.
    lucky: Option<(Step, u64)>,
    /// A single line that was read as a bar code, and when.
    line: Option<(Line, u64)>,
    evidence: Evidence,
}

impl Reader {
    /// Reads a frame, in about the time that is due to one of its size.
    pub fn read(&mut self, luma: &Luma) -> InFrame {
        let picture = View::from(luma);
        self.number += 1;
        let glance = Glance::at(picture);
        if self.still_since.as_ref().is_none_or(|still| glance.differs(still)) {
            self.still_since = Some(glance.clone());
            self.rotation.renew();
        }
        let mut search = Search::default();
        // Where nothing has changed since everything was tried in vain, there is nothing to find.
        if !self.rotation.exhausted() {
            self.search(picture, &mut search);
        }
        let aim = Aim::new(&glance, self.last.as_ref(), search.unread.as_ref(), (luma.width(), luma.height()));
        self.last = Some(glance);
        InFrame { found: search.found, aim }
    }

    fn search(&mut self, picture: View<'_>, search: &mut Search) {
        let pixels = picture.pixels.len();
        let whole = Duration::from_nanos(u64::from(TIME_EACH) * pixels as u64).clamp(TIME_MIN, TIME_MAX);
        let started = Instant::now();
        let left = || whole.saturating_sub(started.elapsed());
        let others = self.number.is_multiple_of(OTHERS_EVERY);
        let done = |search: &Search| !search.found.is_empty() && !others;

        self.place.take_if(|(_, when)| self.number - *when > REMEMBERED);
        if let Some((corners, _)) = self.place {
            self.look_again(picture, corners, search);
        }
        let lucky = self.lucky.take_if(|(_, when)| self.number - *when <= REMEMBERED).map(|(step, _)| step);
        let turn = Turn::of(self.number);
        for step in turn.quick().into_iter().chain(lucky) {
            if done(search) {
                break;
            }
            if search.attempt(step, picture, [0.0, 0.0], &mut self.costs) && !QUICK.contains(&step) {
                self.lucky = Some((step, self.number));
            }
        }
        // Where there is no trace of a code, harder attempts are for every other frame: somebody's hand moves there most of the day.
        self.line.take_if(|(_, when)| self.number - *when > REMEMBERED);
        let traced = self.place.is_some() || search.unread.is_some() || self.line.is_some() || search.line.is_some();
        let harder = traced || self.number.is_multiple_of(2);
        while harder && search.found.is_empty() && !self.rotation.exhausted() {
            let Some(step) = self.rotation.next(left(), whole, pixels, &self.costs) else { break };
            if search.attempt(step, picture, [0.0, 0.0], &mut self.costs) {
                self.lucky = Some((step, self.number));
            }
        }
        self.remember(search);
    }

    /// Looks where a code was a moment ago, in that part alone.
    fn look_again(&mut self, picture: View<'_>, corners: [Place; 4], search: &mut Search) {
        let range = |axis: usize, end: usize| {
            let values = corners.map(|corner| corner[axis]);
            let (low, high) =
                (values.into_iter().fold(f32::MAX, f32::min), values.into_iter().fold(f32::MIN, f32::max));
            let margin = (high - low) * AROUND;
            // A number too large or too small for a place in the picture becomes its edge.
            (((low - margin).max(0.0)) as usize, ((high + margin).max(0.0) as usize).min(end))
        };
        let ((left, right), (top, bottom)) = (range(0, picture.width), range(1, picture.height));
        if right <= left || bottom <= top {
            return;
        }
        let part = picture.cut([left, top, right, bottom]);
        let corner = [left as f32, top as f32];
        for step in Turn::of(self.number).near() {
            if search.attempt(*step, part.view(), corner, &mut self.costs) {
                break;
            }
        }
    }

    /// What the next frames should know of this one; and what several frames show together.
    fn remember(&mut self, search: &mut Search) {
        if let Some(line) = search.line.take() {
            if let Some((before, _)) = self.line.take().filter(|(before, _)| before.text == line.text) {
                search.add(code128(&before, &line), [0.0, 0.0]);
            }
            self.line = Some((line, self.number));
        }
        if search.found.is_empty()
            && let Some((grid, modules)) = &search.unread
            && let Some(found) = self.evidence.add(grid, modules, self.number)
        {
            search.add(found, [0.0, 0.0]);
        }
        let read = search.found.iter().find(|found| found.format == Format::QrCode).map(|found| found.corners);
        let located = || search.unread.as_ref().and_then(|(grid, _)| grid.corners());
        if let Some(corners) = read.or_else(located) {
            self.place = Some((corners, self.number));
        }
        if !search.found.is_empty() {
            self.rotation.renew();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{blank, draw_qr_code};
    use super::*;

    fn luma(pixels: &[u8]) -> Luma {
        Luma::new(640, 480, pixels.to_vec()).unwrap()
    }

    fn texts(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.text.as_str()).collect()
    }

    #[test]
    fn a_still_scene_is_searched_until_everything_was_tried_and_again_when_something_appears() {
        let mut reader = Reader::default();
        let small = |pixels: &[u8]| Luma::new(200, 160, pixels.to_vec()).unwrap();
        let empty = blank(200, 160);
        // However slow the machine, an attempt waits for so many frames at most.
        let tried = (0..500).any(|_| {
            assert_eq!(reader.read(&small(&empty)).found, []);
            reader.rotation.exhausted()
        });
        assert!(tried);
        let mut with_code = empty.clone();
        draw_qr_code(&mut with_code, 200, (50, 30), "409632457895");
        assert_eq!(texts(&reader.read(&small(&with_code)).found), ["409632457895"]);
        assert!(!reader.rotation.exhausted());
    }

    #[test]
    fn a_second_code_is_found_while_the_first_stays_in_view() {
        let mut reader = Reader::default();
        let mut canvas = blank(640, 480);
        draw_qr_code(&mut canvas, 640, (60, 60), "wxp://payment");
        assert_eq!(texts(&reader.read(&luma(&canvas)).found), ["wxp://payment"]);
        draw_qr_code(&mut canvas, 640, (400, 300), "409632457895");
        let seen: Vec<Vec<Found>> = (0..=OTHERS_EVERY).map(|_| reader.read(&luma(&canvas)).found).collect();
        assert!(seen.iter().any(|found| texts(found).contains(&"409632457895")), "{seen:?}");
        assert!(seen.iter().all(|found| texts(found).contains(&"wxp://payment")), "{seen:?}");
    }

    #[test]
    fn a_bar_code_of_which_one_line_is_seen_is_believed_when_the_next_frame_says_the_same() {
        // Start C, 40 96 32 45 78 95, the check value 28, stop: widths of bars and spaces in turn.
        const WIDTHS: &str = "211232 231113 114311 232121 113123 241112 114113 322112 2331112";
        let widths = WIDTHS.chars().filter_map(|width| width.to_digit(10));
        let dark: Vec<bool> =
            widths.enumerate().flat_map(|(place, width)| vec![place % 2 == 0; width as usize * 3]).collect();
        let mut canvas = blank(640, 480);
        // The middle row is looked along; those next to it are 30 pixels away, and upright ones see nothing.
        for (x, y) in
            dark.iter().enumerate().filter(|(_, dark)| **dark).flat_map(|(x, _)| (234..246).map(move |y| (x, y)))
        {
            canvas[y * 640 + x + 100] = 0;
        }
        let mut search = Search::default();
        search.attempt(QUICK[2], View::from(&luma(&canvas)), [0.0, 0.0], &mut Costs::default());
        assert_eq!(search.found, [], "one line alone");
        assert_eq!(search.line.unwrap().text, "409632457895");
        let mut reader = Reader::default();
        let mut frames = Vec::new();
        for number in 0..8 {
            // A little light each time, so that no frame is like the last.
            canvas[..640 * 40].fill(255 - 20 * (number % 2));
            frames.push(reader.read(&luma(&canvas)).found);
        }
        let first = frames.iter().position(|found| !found.is_empty()).unwrap();
        assert!(first >= 1, "not in the first frame that shows it");
        assert_eq!((texts(&frames[first]), frames[first][0].format), (vec!["409632457895"], Format::Code128));
    }

    #[test]
    fn of_a_code_that_cannot_be_read_it_is_told_where_it_is() {
        let mut canvas = blank(640, 480);
        let side = draw_qr_code(&mut canvas, 640, (200, 150), "409632457895") as usize;
        // A sticker over all but the finder patterns and the timing lines.
        for (x, y) in (36..side).flat_map(|x| (36..side).map(move |y| (x, y))) {
            canvas[(150 + y) * 640 + 200 + x] = 240;
        }
        let InFrame { found, aim } = Reader::default().read(&luma(&canvas));
        assert_eq!(found, []);
        let seen = aim.seen.unwrap();
        assert!((3.5..4.5).contains(&seen.module), "{seen:?}");
        assert!(seen.contrast > 0.2 && !seen.cut_off, "{seen:?}");
        let [x, y] = seen.corners[0];
        assert!((x - 200.0).hypot(y - 150.0) < 8.0, "{seen:?}");
        assert!(aim.brightness > 200.0 && aim.moving == 0.0, "{aim:?}");
    }
}
