//! The readers and their order: from brightness to the texts of the codes in it.
//!
//! `rxing` comes first, since it reads the most and fastest; `rqrr` gets what it misses. Readers are other people's code
//! working on whatever a camera saw, and one is known to panic on real photographs, so each runs under a guard: a panic
//! costs that reader's turn on that frame, leaves a line in the log, and nothing more.

use std::{
    cell::Cell,
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, Point, RXingResult, Reader, common::HybridBinarizer,
    multi::MultipleBarcodeReader, oned::Code128Reader, qrcode::QRCodeReader, qrcode::cpp_port::QrReader,
};

use super::frame::Luma;

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

/// Reads the codes in `luma`: every QR code that is found at once, otherwise a Code 128. Empty where there is none.
pub fn decode(luma: &Luma) -> Vec<Found> {
    let mut found = rxing(luma);
    if found.is_empty() {
        found = guarded("rqrr", || rqrr(luma)).unwrap_or_default();
    }
    found.truncate(FOUND_MAX);
    found
}

/// rxing's readers, fastest first, all on the same black-and-white picture.
fn rxing(luma: &Luma) -> Vec<Found> {
    let Ok(source) = Luma8Source::new_with_slice(luma.pixels(), luma.width(), luma.height()) else { return Vec::new() };
    let mut picture = BinaryBitmap::new(HybridBinarizer::new(source));
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE, BarcodeFormat::CODE_128])),
        ..DecodeHints::default()
    };

    let all = guarded("rxing's QR reader", || QrReader.decode_multiple_with_hints(&mut picture, &hints));
    let found: Vec<Found> = all.and_then(Result::ok).unwrap_or_default().iter().filter_map(outlined).collect();
    if !found.is_empty() {
        return found;
    }
    let older = guarded("rxing's older QR reader", || QRCodeReader.decode_with_hints(&mut picture, &hints));
    if let Some(Ok(result)) = older {
        return Vec::from_iter(finder_centres(result.getPoints()).map(|corners| qr_code(&result, corners)));
    }
    let bars = guarded("rxing's Code 128 reader", || Code128Reader.decode_with_hints(&mut picture, &hints));
    if let Some(Ok(result)) = bars {
        return Vec::from_iter(line(result.getPoints()).map(|corners| Found {
            text: result.getText().to_owned(),
            format: Format::Code128,
            corners,
        }));
    }
    Vec::new()
}

fn rqrr(luma: &Luma) -> Vec<Found> {
    let (width, height) = (luma.width() as usize, luma.height() as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma.pixels()[y * width + x]);
    let grids = picture.detect_grids();
    grids
        .iter()
        .filter_map(|grid| {
            // Checksums tell a code from noise; a code whose bytes are no UTF-8 text is no coupon's.
            let (_, text) = grid.decode().ok()?;
            Some(Found { text, format: Format::QrCode, corners: grid.bounds.map(|p| [p.x as f32, p.y as f32]) })
        })
        .collect()
}

fn qr_code(result: &RXingResult, corners: [[f32; 2]; 4]) -> Found {
    Found { text: result.getText().to_owned(), format: Format::QrCode, corners }
}

/// The QR reader tells the code's corners row by row: top left, top right, bottom left, bottom right.
fn outlined(result: &RXingResult) -> Option<Found> {
    let [top_left, top_right, bottom_left, bottom_right] = result.getPoints() else { return None };
    Some(qr_code(result, [top_left, top_right, bottom_right, bottom_left].map(|p| [p.x, p.y])))
}

/// The older reader tells the middles of the three finder patterns: bottom left, top left, top right. A code is wider
/// than the distance between them by 7 modules of 21 to 177, so the outline is drawn a fifth further out.
fn finder_centres(points: &[Point]) -> Option<[[f32; 2]; 4]> {
    const OUTWARDS: f32 = 1.2;
    let [bottom_left, top_left, top_right, ..] = points else { return None };
    let bottom_right = *bottom_left + *top_right - *top_left;
    let middle = (*bottom_left + *top_right) * 0.5;
    Some([*top_left, *top_right, bottom_right, *bottom_left].map(|corner| {
        let out = middle + (corner - middle) * OUTWARDS;
        [out.x, out.y]
    }))
}

/// A bar code is told as the two ends of the row that was read; a box around them can be seen.
fn line(points: &[Point]) -> Option<[[f32; 2]; 4]> {
    const THICKNESS: f32 = 0.04;
    const THICKNESS_MIN: f32 = 2.0;
    let [start, end, ..] = points else { return None };
    let along = *end - *start;
    let length = along.x.hypot(along.y).max(1.0);
    let half = (length * THICKNESS).max(THICKNESS_MIN);
    let (x, y) = (-along.y / length * half, along.x / length * half);
    Some([[start.x - x, start.y - y], [end.x - x, end.y - y], [end.x + x, end.y + y], [start.x + x, start.y + y]])
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

    #[test]
    fn both_further_qr_readers_read_and_outline_a_plain_code() {
        let mut canvas = blank(400, 300);
        let side = draw_qr_code(&mut canvas, 400, (120, 80), "409632457895") as f32;
        let wanted = [[120.0, 80.0], [120.0 + side, 80.0], [120.0 + side, 80.0 + side], [120.0, 80.0 + side]];
        let picture = luma(400, 300, canvas);

        let found = rqrr(&picture);
        assert_eq!(found[0].text, "409632457895");
        assert_near(found[0].corners, wanted, 8.0);

        let source = Luma8Source::new_with_slice(picture.pixels(), 400, 300).unwrap();
        let result = QRCodeReader.decode(&mut BinaryBitmap::new(HybridBinarizer::new(source))).unwrap();
        assert_near(finder_centres(result.getPoints()).unwrap(), wanted, side * 0.15);
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
