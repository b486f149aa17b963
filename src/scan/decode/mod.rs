//! From brightness to the texts of the codes in it.
//!
//! Readers are other people's libraries ([`readers`], [`bars`]); what they are given, when, and for how long is ours. A picture is searched by
//! [`steps`] in the order of a [`schedule`]; where finder patterns were located and nothing was read, a [`grid`] is laid over the brightness
//! itself. A [`Reader`] spreads this over a camera's frames, [`decode`] makes all of it at one picture.
//!
//! Readers work on whatever a camera saw, and one is known to panic on real photographs, so each runs under a guard: a panic costs that
//! reader's turn on that frame, leaves a line in the log, and nothing more.

mod aim;
mod bars;
mod clean;
mod evidence;
mod glance;
mod gray;
mod grid;
mod reader;
mod readers;
mod schedule;
mod search;
mod steps;
mod threshold;

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use super::frame::Luma;
use gray::{Gray, View};
use schedule::{Costs, HARDER, THOROUGH};
use search::Search;

pub use aim::{Aim, Seen};
pub use reader::{InFrame, Reader};

/// Most time that a picture is searched for codes.
pub const PICTURE_TIME_MAX: Duration = Duration::from_secs(1);
/// Larger pictures, in pixels, are halved before most attempts at them: codes in photographs are large.
const PIXELS_MAX: usize = 2_200_000;
/// Most codes told of in one picture.
pub const FOUND_MAX: usize = 8;

/// A code in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it says, as it is encoded: not trimmed, not judged.
    pub text: String,
    /// What kind of code it is.
    pub format: Format,
    /// Its outline, `[x, y]` in pixels of the frame, going round; for Code 128 a thin box around the line that was read.
    pub corners: [[f32; 2]; 4],
}

/// The kinds of code that are read: the two that coupons show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A QR code.
    QrCode,
    /// A Code 128 bar code.
    Code128,
}

impl Format {
    /// The name that `scan --json` prints.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QrCode => "qr_code",
            Self::Code128 => "code_128",
        }
    }
}

/// Reads the codes in a picture, for at most [`PICTURE_TIME_MAX`]; it ends with the first attempts that find any. Empty where there is none.
pub fn decode(luma: &Luma) -> Vec<Found> {
    decode_within(luma, PICTURE_TIME_MAX)
}

/// As [`decode`], in another time. An attempt under way is not broken off.
pub fn decode_within(luma: &Luma, time: Duration) -> Vec<Found> {
    let started = Instant::now();
    let picture = View::from(luma);
    let mut halves: Vec<Gray> = Vec::new();
    while halves.last().map_or(picture, Gray::view).pixels.len() > PIXELS_MAX {
        halves.push(halves.last().map_or(picture, Gray::view).halved());
    }
    let mut costs = Costs::default();
    // The smallest first; a code too small for that is looked for in the larger ones, as far as time allows.
    let sizes = halves.iter().rev().map(Gray::view).chain([picture]);
    for (number, part) in sizes.enumerate() {
        let factor = picture.width as f32 / part.width as f32;
        let mut search = Search::default();
        for steps in [&THOROUGH[..]].into_iter().chain(HARDER.chunks(1)) {
            for step in steps {
                let expected = if number == 0 { Duration::ZERO } else { costs.expected(*step, part.pixels.len()) };
                if started.elapsed() + expected < time {
                    search.attempt(*step, part, [0.0, 0.0], &mut costs);
                }
            }
            if !search.found.is_empty() {
                return search.found.into_iter().map(|found| found.scaled(factor)).collect();
            }
        }
    }
    Vec::new()
}

/// What one of the attempts finds in a picture.
#[cfg(any(test, fuzzing))]
pub(super) fn one_attempt(luma: &Luma, which: u8) -> Vec<Found> {
    let attempts = schedule::QUICK.iter().chain(&HARDER);
    let mut search = Search::default();
    if let Some(step) = attempts.cycle().nth(usize::from(which)) {
        search.attempt(*step, View::from(luma), [0.0, 0.0], &mut Costs::default());
    }
    search.found
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread, right now, is one that a guard around a reader or a driver will catch.
///
/// A library must not install a panic hook, and without one the standard hook prints to standard error even what is
/// caught. A program with a hook of its own asks here and keeps quiet: the guard logs the panic itself.
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

/// Runs other people's code on other people's data. A panic becomes `None` and a warning in the log.
///
/// What the code was working on is thrown away or worked on under the next guard, so nothing half-changed is trusted.
pub(super) fn guarded<T>(who: &'static str, work: impl FnOnce() -> T) -> Option<T> {
    let outer = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    outcome
        .inspect_err(|panic| {
            let why = panic.downcast_ref::<String>().map(String::as_str);
            let why = why.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            tracing::warn!(who, why, "a panic was caught; this frame is passed over");
        })
        .ok()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use qrcode::{Color, QrCode};

    use super::steps::{Clean, Preparation, Scale, Split, Step};
    use super::*;

    /// White all over.
    pub fn blank(width: u32, height: u32) -> Vec<u8> {
        vec![255; (width * height) as usize]
    }

    /// Draws `text` as a QR code with modules of 4 pixels, its top left corner at `x`, `y`; gives its width.
    pub fn draw_qr_code(canvas: &mut [u8], width: u32, (x, y): (u32, u32), text: &str) -> u32 {
        let code = QrCode::new(text).unwrap();
        let modules = code.width() as u32;
        for (place, colour) in code.to_colors().into_iter().enumerate() {
            let (column, row) = (place as u32 % modules, place as u32 / modules);
            for dot in 0..16 {
                let at = (y + row * 4 + dot / 4) * width + x + column * 4 + dot % 4;
                canvas[at as usize] = if colour == Color::Dark { 20 } else { 240 };
            }
        }
        modules * 4
    }

    fn luma(width: u32, height: u32, pixels: Vec<u8>) -> Luma {
        Luma::new(width, height, pixels).unwrap()
    }

    fn assert_near(corners: [[f32; 2]; 4], wanted: [[f32; 2]; 4], tolerance: f32) {
        for (got, wanted) in corners.into_iter().zip(wanted) {
            let distance = (got[0] - wanted[0]).hypot(got[1] - wanted[1]);
            assert!(distance <= tolerance, "{corners:?}");
        }
    }

    #[test]
    fn every_qr_code_in_the_picture_is_told_with_its_outline() {
        let mut canvas = blank(640, 480);
        let side = draw_qr_code(&mut canvas, 640, (100, 50), "409632457895") as f32;
        draw_qr_code(&mut canvas, 640, (400, 300), "https://example.com/menu");
        let mut found = decode(&luma(640, 480, canvas));
        found.sort_by(|a, b| a.text.cmp(&b.text));
        let texts: Vec<_> = found.iter().map(|found| (found.text.as_str(), found.format)).collect();
        assert_eq!(texts, [("409632457895", Format::QrCode), ("https://example.com/menu", Format::QrCode)]);
        let (left, top) = (100.0, 50.0);
        let wanted = [[left, top], [left + side, top], [left + side, top + side], [left, top + side]];
        assert_near(found[0].corners, wanted, 6.0);
    }

    #[test]
    fn a_bar_code_is_told_upright_and_lying() {
        // Start C, 40 96 32 45 78 95, the check value 28, stop: widths of bars and spaces in turn.
        const WIDTHS: &str = "211232 231113 114311 232121 113123 241112 114113 322112 2331112";
        let widths = WIDTHS.chars().filter_map(|width| width.to_digit(10));
        let dark = widths.enumerate().flat_map(|(place, width)| vec![place % 2 == 0; width as usize * 3]);
        let mut canvas = blank(640, 640);
        let mut turned = blank(640, 640);
        for (x, y) in dark.enumerate().filter(|(_, dark)| *dark).flat_map(|(x, _)| (0..80).map(move |y| (x, y))) {
            canvas[(y + 280) * 640 + x + 100] = 0;
            turned[(x + 100) * 640 + y + 280] = 0;
        }
        for (canvas, along) in [(canvas, 0), (turned, 1)] {
            let found = decode(&luma(640, 640, canvas));
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].text.as_str(), found[0].format), ("409632457895", Format::Code128));
            let extent = |axis: usize| {
                let values = found[0].corners.map(|corner| corner[axis]);
                values.into_iter().fold(0f32, f32::max) - values.into_iter().fold(f32::MAX, f32::min)
            };
            assert!(extent(along) > 150.0 && extent(1 - along) < 40.0, "a thin box along the bars: {found:?}");
            assert!(found[0].corners.iter().flatten().all(|at| (80.0..560.0).contains(at)), "{found:?}");
        }
    }

    /// Attempts against some damage spoil a plain code of small modules.
    fn suits_a_small_plain_code(step: Step) -> bool {
        let Step::Qr(Preparation { scale, clean, split, .. }) = step else { return step == Step::Rqrr };
        scale != Scale::Half && clean != Clean::WithoutBrightLines && split != Split::Mean(11)
    }

    #[test]
    fn every_reader_of_qr_codes_reads_and_outlines_a_plain_code() {
        let mut canvas = blank(400, 300);
        let side = draw_qr_code(&mut canvas, 400, (120, 80), "409632457895") as f32;
        let wanted = [[120.0, 80.0], [120.0 + side, 80.0], [120.0 + side, 80.0 + side], [120.0, 80.0 + side]];
        let picture = luma(400, 300, canvas);
        for step in schedule::QUICK.into_iter().chain(HARDER).filter(|step| suits_a_small_plain_code(*step)) {
            let found = step.run(View::from(&picture)).found;
            assert_eq!(found.iter().map(|found| found.text.as_str()).collect::<Vec<_>>(), ["409632457895"], "{step:?}");
            assert_near(found[0].corners, wanted, 8.0);
        }
    }

    #[test]
    fn a_light_code_on_dark_is_read_by_the_first_attempts() {
        let mut canvas = blank(640, 480);
        draw_qr_code(&mut canvas, 640, (200, 150), "409632457895");
        let picture = luma(640, 480, canvas.iter().map(|pixel| 255 - pixel).collect());
        assert_eq!(Reader::default().read(&picture).found[0].text, "409632457895");
        assert_eq!(decode(&picture)[0].text, "409632457895");
    }

    #[test]
    fn texts_in_chinese_arrive_whole() {
        let mut canvas = blank(400, 400);
        draw_qr_code(&mut canvas, 400, (100, 100), "券码：409632457895");
        assert_eq!(decode(&luma(400, 400, canvas))[0].text, "券码：409632457895");
    }

    #[test]
    fn a_panic_costs_the_guarded_work_and_nothing_more() {
        assert!(!panic_is_caught());
        let seen = std::cell::Cell::new(false);
        let outcome = guarded("a reader that fails", || {
            seen.set(panic_is_caught());
            if seen.get() {
                panic!("assertion failed: x <= i32::MAX as f64");
            }
        });
        assert_eq!((outcome, seen.get(), panic_is_caught()), (None, true, false));
        let nested = guarded("outer", || {
            let _ = guarded("inner", || ());
            panic_is_caught()
        });
        assert_eq!(nested, Some(true), "an inner guard's end leaves the outer one standing");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn noise_of_any_size_gives_no_panic_and_no_code(
            (width, height, pixels) in (1..60u32, 1..60u32)
                .prop_flat_map(|(w, h)| (Just(w), Just(h), prop::collection::vec(any::<u8>(), (w * h) as usize)))
        ) {
            prop_assert_eq!(decode(&luma(width, height, pixels)), vec![]);
        }

        #[test]
        fn any_code_is_read_wherever_it_stands(text in "[0-9A-Za-z_-]{1,20}", x in 20..300u32, y in 20..200u32) {
            let mut canvas = blank(480, 360);
            draw_qr_code(&mut canvas, 480, (x, y), &text);
            let found = decode(&luma(480, 360, canvas));
            prop_assert_eq!(found.iter().map(|found| &found.text).collect::<Vec<_>>(), vec![&text]);
        }
    }
}
