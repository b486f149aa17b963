//! The promise: telephones held up to the counter are read though much is amiss, and nothing is read that is not there.
//!
//! The counter set's own report, over hundreds of frames and beside other readers, is `benches/readers`.

// A test says what went wrong by panicking; the exemption for `#[test]` does not reach its helpers.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[allow(dead_code)] // the report uses other parts of it
#[path = "../benches/counter/mod.rs"]
mod counter;

use std::time::Duration;

use counter::sets::FACTORS;
use counter::symbol::Symbol;
use counter::{Company, Picture, Shot};
use hexiao::scan::{Luma, Reader, decode_within};
use qrcode::EcLevel;

/// Small frames, which are drawn and searched quickly in an unoptimised build.
const SIZE: (u32, u32) = (320, 240);
const CODE: &str = "409632457895";

fn luma(shot: &Shot) -> Luma {
    let Picture { width, height, pixels } = shot.draw();
    Luma::new(width, height, pixels).unwrap()
}

fn plain(seed: u64) -> Shot {
    Shot { module: 4.5, rotation: 5.0, ..Shot::plain(SIZE, Symbol::qr(CODE, 1, EcLevel::M), seed) }
}

#[test]
fn codes_are_read_though_one_thing_is_amiss_and_nothing_else_is() {
    let mut missed = Vec::new();
    let mut frames = 0;
    for (at, (factor, change)) in FACTORS.into_iter().enumerate() {
        for (number, how_bad) in [0.3, 0.6].into_iter().enumerate() {
            let seed = (at * 2 + number) as u64;
            let mut shot = plain(seed);
            change(&mut shot, how_bad, &mut fastrand::Rng::with_seed(seed));
            let found = decode_within(&luma(&shot), Duration::MAX);
            for found in &found {
                assert!(shot.texts().contains(&found.text.as_str()), "{factor} {how_bad}: {found:?} is not there");
            }
            frames += 1;
            if !found.iter().any(|found| found.text == CODE) {
                missed.push(format!("{factor} {how_bad}"));
            }
        }
    }
    println!("{} of {frames} read; missed: {missed:?}", frames - missed.len());
    assert!(missed.len() <= MISSED_MAX, "{missed:?}");
}

/// Of the frames above, so many may be missed.
const MISSED_MAX: usize = 4;

#[test]
fn a_camera_reads_a_plain_code_or_bar_code_within_two_frames() {
    let bars = Symbol::code128(CODE);
    let shots = [plain(1), Shot { module: 2.2, ..Shot::plain(SIZE, bars, 2) }, Shot { inverted: true, ..plain(3) }];
    for shot in shots {
        let mut reader = Reader::default();
        let found: Vec<String> = (0..2).flat_map(|_| reader.read(&luma(&shot)).found).map(|found| found.text).collect();
        assert!(found.contains(&CODE.to_owned()), "{shot:?}");
    }
}

#[test]
fn both_codes_in_view_are_told() {
    let payment = Symbol::qr("wxp://f2f0123456789", 2, EcLevel::M);
    let company = Company::Second(payment);
    let shot = Shot { module: 3.0, centre: (0.0, -50.0), company, ..plain(4) };
    let mut texts: Vec<String> =
        decode_within(&luma(&shot), Duration::MAX).into_iter().map(|found| found.text).collect();
    texts.sort();
    assert_eq!(texts, [CODE, "wxp://f2f0123456789"]);
}
