//! How long does a frame of 1280 × 720 take? With a plain code, without one, and on its way from the camera's buffer to luma. `benches/readers`
//! compares this with other readers, and counts what is read.

// What is measured is made here, so it cannot fail; `criterion_group!` makes a public function.
#![allow(clippy::expect_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hexiao::scan::{Luma, PixelFormat, Reader, decode, frame::Frame};
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use qrcode::{Color, QrCode};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;

/// Something to look at: a slope with some texture, the same each time.
fn scene() -> Vec<u8> {
    let texture = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 27;
    (0..WIDTH * HEIGHT).map(|at| (60 + (at % WIDTH) / 10 + texture(at % WIDTH, at / WIDTH)) as u8).collect()
}

/// The scene with a telephone's bright screen in its middle, and a code of modules of 6 pixels on it.
fn scene_with_code() -> Vec<u8> {
    const MODULE: u32 = 6;
    let code = QrCode::new("409632457895").expect("twelve digits make a code");
    let modules = code.width() as u32;
    let colours = code.to_colors();
    let (left, top) = ((WIDTH - modules * MODULE) / 2, (HEIGHT - modules * MODULE) / 2);
    let mut pixels = scene();
    for (x, y) in (left - 60..WIDTH - left + 60).flat_map(|x| (top - 60..HEIGHT - top + 60).map(move |y| (x, y))) {
        let module = |at: u32, start: u32| at.checked_sub(start).map(|at| at / MODULE).filter(|at| *at < modules);
        let dark = module(x, left)
            .zip(module(y, top))
            .is_some_and(|(column, row)| colours[(row * modules + column) as usize] == Color::Dark);
        pixels[(y * WIDTH + x) as usize] = if dark { 25 } else { 235 };
    }
    pixels
}

fn frames(c: &mut Criterion) {
    let with = Luma::new(WIDTH, HEIGHT, scene_with_code()).expect("the size fits");
    let without = Luma::new(WIDTH, HEIGHT, scene()).expect("the size fits");
    assert_eq!(decode(&with).first().map(|found| found.text.as_str()), Some("409632457895"));
    assert!(decode(&without).is_empty());
    // A reader that has never seen the frame: it looks everywhere, as it does for the first frame that shows a code; where it shows
    // none, harder attempts begin with the second.
    c.bench_function("read the first frame with a plain code", |b| b.iter(|| Reader::default().read(black_box(&with))));
    c.bench_function("read the first frame without a code", |b| b.iter(|| Reader::default().read(black_box(&without))));
    // One that has: the code is looked for where it was, and where there was none nothing is new.
    let mut reader = Reader::default();
    c.bench_function("read a code that stays in view", |b| b.iter(|| reader.read(black_box(&with))));
    let mut reader = Reader::default();
    c.bench_function("read frames of a still scene", |b| b.iter(|| reader.read(black_box(&without))));
    c.bench_function("search a picture with a plain code", |b| b.iter(|| decode(black_box(&with))));
    c.bench_function("search a picture without a code", |b| b.iter(|| decode(black_box(&without))));

    let yuyv: Vec<u8> = with.pixels().iter().flat_map(|y| [*y, 128]).collect();
    let rgb: Vec<u8> = with.pixels().iter().flat_map(|y| [*y, *y, 200]).collect();
    let mut mjpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut mjpeg, 80)
        .encode(&rgb, WIDTH, HEIGHT, ExtendedColorType::Rgb8)
        .expect("the size fits");
    for (format, bytes) in [(PixelFormat::Yuyv, yuyv), (PixelFormat::Mjpeg, mjpeg)] {
        let frame = Frame { format, width: WIDTH, height: HEIGHT, bytes: &bytes };
        c.bench_function(&format!("{format} to luma"), |b| b.iter(|| black_box(&frame).luma()));
        c.bench_function(&format!("{format} to luma and preview"), |b| {
            b.iter(|| black_box(&frame).luma_and_thumbnail())
        });
    }
}

criterion_group!(benches, frames);
criterion_main!(benches);
