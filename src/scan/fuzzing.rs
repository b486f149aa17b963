//! What holds for whatever a camera's driver delivers, a camera in the network or a scanner on a serial port sends, and whatever lies in a picture file.

use std::io::Cursor;

use image::ImageReader;
use qrcode::{Color, QrCode};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

use super::decode::{FOUND_MAX, Format, one_attempt};
use super::frame::{Frame, Luma, PIXELS_MAX, PREVIEW_WIDTH_MAX, PixelFormat, SIDE_MAX, Thumbnail};
use super::multipart::{BOUNDARY_BYTES_MAX, Parts, boundary_of};
use super::picture::{picture_from_bytes, small_picture};
use super::serial::Codes;
use super::wedge::SCAN_CHARS_MAX;
use crate::fuzzing::Input;

/// Most pixels that a compressed picture may claim here. The limits in force are far higher and have tests of their own; making room
/// for such pictures would leave time for nothing else.
const CLAIMED_PIXELS_MAX: u64 = 64 * 64;

/// What a picture to be shown may claim here, a side, and what it is reduced to.
const CLAIMED_SIDE_MAX: u32 = 256;
const SHOWN_SIDE_MAX: u32 = 20;

const RAW: [PixelFormat; 5] =
    [PixelFormat::Yuyv, PixelFormat::Nv12, PixelFormat::Gray, PixelFormat::Rgb, PixelFormat::Bgr];

/// The head and the bytes of an answer from the network, and the same bytes from a serial port. However they are cut, the same comes out.
pub fn streams(data: &[u8]) {
    let mut input = Input::new(data);
    let content_type = input.text();
    let bytes = input.rest();
    if let Some(boundary) = boundary_of(&content_type) {
        assert!((1..=BOUNDARY_BYTES_MAX).contains(&boundary.len()) && content_type.contains(boundary));
        let (mut at_once, mut by_bytes) = (Parts::new(boundary), Parts::new(boundary));
        let whole = at_once.take(bytes);
        let mut last = None;
        let failed = bytes.iter().find_map(|byte| match by_bytes.take(&[*byte]) {
            Ok(picture) => {
                last = picture.or(last.take());
                None
            }
            Err(why) => Some(why),
        });
        match whole {
            Ok(newest) => assert_eq!((newest, None), (last, failed)),
            Err(why) => assert_eq!(Some(why), failed),
        }
    }
    let (mut at_once, mut by_bytes) = (Codes::default(), Codes::default());
    let codes = at_once.take(bytes);
    assert!(codes.iter().all(|code| code.len() <= SCAN_CHARS_MAX * 3 && !code.trim().is_empty()), "{codes:?}");
    assert!(!codes.iter().any(|code| code.bytes().any(|byte| byte.is_ascii_control())), "{codes:?}");
    assert_eq!(codes, bytes.iter().flat_map(|byte| by_bytes.take(&[*byte])).collect::<Vec<_>>());
}

/// A frame of each format that is not compressed, of any size and with any buffer, short and long ones among them.
pub fn frames(data: &[u8]) {
    let mut input = Input::new(data);
    let format = input.one_of(&RAW).unwrap_or_default();
    let (width, height) = (side(&mut input), side(&mut input));
    let bytes = input.rest();
    let frame = |bytes| Frame { format, width, height, bytes };
    let (luma, both) = (frame(bytes).luma(), frame(bytes).luma_and_thumbnail());

    let (w, h) = (u64::from(width), u64::from(height));
    let needed = match format {
        PixelFormat::Gray | PixelFormat::Mjpeg => w * h,
        PixelFormat::Rgb | PixelFormat::Bgr => w * h * 3,
        PixelFormat::Yuyv => w.div_ceil(2) * 4 * h,
        PixelFormat::Nv12 => w * h + w.div_ceil(2) * h.div_ceil(2) * 2,
    };
    let side_fits = |side| (1..=SIDE_MAX).contains(&side);
    let accepted = side_fits(width) && side_fits(height) && w * h <= PIXELS_MAX && needed <= bytes.len() as u64;
    assert_eq!(luma.is_ok(), accepted, "{format} {width} × {height} of {} bytes: {luma:?}", bytes.len());
    assert_eq!(both.is_ok(), accepted);
    let (Ok(luma), Ok((same, small))) = (luma, both) else { return };
    assert_eq!(luma, same);
    assert_picture(&luma, Some(&small), (width, height));
    let exactly = bytes.get(..usize::try_from(needed).unwrap_or_default()).unwrap_or_default();
    assert_eq!(frame(exactly).luma().ok().as_ref(), Some(&luma), "what follows the picture is ignored");
    if matches!(format, PixelFormat::Gray | PixelFormat::Nv12) {
        assert_eq!(luma.pixels(), exactly.get(..luma.pixels().len()).unwrap_or_default());
    }
}

/// Mostly small, sometimes beyond every limit.
fn side(input: &mut Input<'_>) -> u32 {
    match input.byte() {
        byte @ 0..=0xDF => u32::from(byte),
        byte => (u32::from(byte & 0x1F) * u32::from(input.byte())).wrapping_mul(0x0101_0101) / 7,
    }
}

/// The fuzzer takes every panic for a finding; those that a guard catches are none.
fn let_guards_catch() {
    #[cfg(fuzzing)]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            let hook = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                if !super::panic_is_caught() {
                    hook(panic);
                }
            }));
        });
    }
}

/// A JPEG frame, its own size notwithstanding what the driver said.
pub fn mjpeg(data: &[u8]) {
    let_guards_catch();
    let mut decoder = JpegDecoder::new(ZCursor::new(data));
    let claimed = decoder.decode_headers().ok().and_then(|()| decoder.info());
    let claimed = claimed.map_or((1, 1), |info| (u32::from(info.width), u32::from(info.height)));
    if is_too_large(claimed) {
        return;
    }
    let frame = Frame { format: PixelFormat::Mjpeg, width: 640, height: 480, bytes: data };
    if let Ok(luma) = frame.luma() {
        assert_picture(&luma, None, claimed);
    }
    if let Ok((luma, small)) = frame.luma_and_thumbnail() {
        assert_picture(&luma, Some(&small), claimed);
    }
}

/// A picture file, whole and reduced to be shown.
pub fn pictures(data: &[u8]) {
    let_guards_catch();
    let reader = ImageReader::new(Cursor::new(data)).with_guessed_format().ok();
    let claimed = reader.and_then(|reader| reader.into_dimensions().ok()).unwrap_or((1, 1));
    if is_too_large(claimed) {
        return;
    }
    if let Ok(luma) = picture_from_bytes(data) {
        assert_picture(&luma, None, claimed);
    }
    if let Ok(small) = small_picture(data, CLAIMED_SIDE_MAX, SHOWN_SIDE_MAX) {
        let longer = claimed.0.max(claimed.1);
        assert!(longer <= CLAIMED_SIDE_MAX, "{claimed:?} is too large");
        assert_eq!(small.width().max(small.height()), longer.min(SHOWN_SIDE_MAX));
        assert!(small.width() >= 1 && small.height() >= 1);
    }
}

fn is_too_large((width, height): (u32, u32)) -> bool {
    u64::from(width) * u64::from(height) > CLAIMED_PIXELS_MAX
}

fn assert_picture(luma: &Luma, small: Option<&Thumbnail>, (width, height): (u32, u32)) {
    assert_eq!((luma.width(), luma.height()), (width, height));
    assert_eq!(luma.pixels().len() as u64, u64::from(width) * u64::from(height));
    assert!((1..=SIDE_MAX).contains(&width) && (1..=SIDE_MAX).contains(&height));
    let Some(small) = small else { return };
    assert!(small.width <= PREVIEW_WIDTH_MAX.min(width) && small.height <= height);
    assert!(small.width * 2 > PREVIEW_WIDTH_MAX.min(width), "not smaller than it need be");
    assert_eq!(small.rgba.len() as u64, u64::from(small.width) * u64::from(small.height) * 4);
    assert!(small.rgba.chunks(4).all(|pixel| pixel[3] == 255), "a frame is nowhere transparent");
}

/// Sides of the pictures that are searched here, in pixels.
const SEARCHED_MAX: u32 = 120;

/// A picture searched for codes by one attempt: either any picture, or a code's that is damaged in any way.
pub fn readings(data: &[u8]) {
    let_guards_catch();
    let mut input = Input::new(data);
    let attempt = input.byte();
    let drawn = input.byte() % 2 == 1;
    let text = if drawn { input.text() } else { String::new() };
    let code = QrCode::new(&text).ok().filter(|code| drawn && !text.is_empty() && code.width() <= 37);
    let (width, height, mut pixels) = match code {
        Some(code) => drawing(&code),
        None => {
            let width = u32::from(input.byte()) % SEARCHED_MAX + 1;
            let height = u32::from(input.byte()) % SEARCHED_MAX + 1;
            (width, height, vec![255; (width * height) as usize])
        }
    };
    // What is left is painted over it: each time a rectangle, or a stretch of single pixels.
    while !input.is_empty() {
        paint(&mut input, width as usize, &mut pixels);
    }
    let Ok(luma) = Luma::new(width, height, pixels) else { return };
    let found = one_attempt(&luma, attempt);
    assert!(found.len() <= FOUND_MAX);
    for found in &found {
        assert!(found.corners.iter().flatten().all(|at| at.is_finite()), "{found:?}");
        // A coupon's code that was damaged is read as what it was, or not at all.
        assert!(!drawn || found.format != Format::QrCode || found.text == text, "{:?} for {text:?}", found.text);
    }
}

/// A code with modules of three pixels and its margin.
fn drawing(code: &QrCode) -> (u32, u32, Vec<u8>) {
    const MODULE: usize = 3;
    let modules = code.width();
    let side = (modules + 8) * MODULE;
    let colours = code.to_colors();
    let dark = |at: usize| (at / MODULE).checked_sub(4).filter(|at| *at < modules);
    let pixel = |at: usize| {
        let module = dark(at % side).zip(dark(at / side)).and_then(|(x, y)| colours.get(y * modules + x));
        if module == Some(&Color::Dark) { 20 } else { 235 }
    };
    (side as u32, side as u32, (0..side * side).map(pixel).collect())
}

fn paint(input: &mut Input<'_>, width: usize, pixels: &mut [u8]) {
    let shape = input.byte();
    let start = (usize::from(input.byte()) * 256 + usize::from(input.byte())) % pixels.len().max(1);
    if shape.is_multiple_of(4) {
        for (pixel, byte) in pixels.iter_mut().skip(start).zip(input.piece()) {
            *pixel = *byte;
        }
        return;
    }
    let (columns, rows, value) = (usize::from(shape / 4) + 1, usize::from(input.byte()) % 64 + 1, input.byte());
    for row in pixels.chunks_mut(width).skip(start / width).take(rows) {
        row.iter_mut().skip(start % width).take(columns).for_each(|pixel| *pixel = value);
    }
}
