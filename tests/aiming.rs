//! What the camera's picture helps with in the window: why nothing is read, which of two codes is meant, and a mirror for who holds the phone.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::path::{Path, PathBuf};

use eframe::egui::{MissingGlyphPolicy, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use hexiao::config::Settings;
use hexiao::desk::Stage;
use hexiao::sandbox::print;
use hexiao::scan::Source;
use hexiao::ui::text::Language;
use image::{GrayImage, Luma, imageops};
use till_window::Counter;
use window::{FRAMES, SMALL, Window};

const USABLE: &str = "409632457895";
const PAYMENT: &str = "131234567890123456";

impl Counter {
    fn open(picture: &GrayImage) -> Self {
        let source = |folder: &Path| {
            let paths = vec![save(picture, folder)];
            Some(Source::Pictures { paths, frames_per_second: 30.0 })
        };
        Self::start(Language::English, SMALL, MissingGlyphPolicy::Tofu, source, |_| {
            Ok(Settings { language: Some("en".to_owned()), ..Settings::default() })
        })
    }
}

fn save(picture: &GrayImage, folder: &Path) -> PathBuf {
    let path = folder.join("seen.png");
    picture.save(&path).expect("saved");
    path
}

fn shows_usable(window: &Window) -> bool {
    let stage = window.state().view().map(|view| view.stage);
    matches!(stage, Some(Stage::Shown { shown, .. }) if shown.coupon.code.as_str() == USABLE)
}

/// A grey counter with these codes beside each other.
fn counter_with(codes: &[&str]) -> GrayImage {
    let mut picture = GrayImage::from_pixel(1280, 720, Luma([90]));
    for (code, left) in codes.iter().zip((60..).step_by(600)) {
        let (width, height, luma) = print::qr_luma(code, 8);
        imageops::replace(&mut picture, &GrayImage::from_raw(width, height, luma).expect("a picture"), left, 150);
    }
    picture
}

#[test]
fn a_black_picture_is_explained_in_the_picture_and_a_code_that_is_read_is_not() {
    let mut dark = Counter::open(&GrayImage::from_pixel(640, 480, Luma([2])));
    let words = dark.text.say("hint-covered");
    dark.wait_for(&words.clone(), |window| window.query_by_label(&words).is_some());
    let mut read = Counter::open(&counter_with(&[USABLE]));
    read.wait_for("the coupon", shows_usable);
    let hints = [
        "hint-covered",
        "hint-dark",
        "hint-bright",
        "hint-cut-off",
        "hint-far",
        "hint-moving",
        "hint-blurred",
        "hint-faint",
    ];
    for _ in 0..30 {
        read.window.step();
        for hint in hints {
            assert!(read.window.query_by_label(&read.text.say(hint)).is_none(), "{hint}");
        }
    }
}

#[test]
fn beside_a_payment_code_the_coupon_is_chosen_and_stays() {
    for codes in [[PAYMENT, USABLE], [USABLE, PAYMENT]] {
        let mut counter = Counter::open(&counter_with(&codes));
        counter.wait_for("the coupon", shows_usable);
        for _ in 0..30 {
            counter.window.step();
            std::thread::yield_now();
            // Its verdict may be asked for again meanwhile: on a slow machine so many frames take longer than one lives.
            let stage = counter.window.state().view().map(|view| view.stage);
            assert!(!matches!(stage, Some(Stage::NotACoupon { .. })), "the payment code took its place: {stage:?}");
        }
    }
}

#[test]
fn a_mirrored_picture_is_remembered() {
    let mut counter = Counter::open(&counter_with(&[]));
    counter.wait_for("an open till", |window| window.state().is_open());
    for wanted in [true, false] {
        counter.window.get_by_role_and_label(Role::Button, &counter.text.say("camera-mirror")).click();
        counter.window.run_steps(FRAMES);
        let places = counter.places.clone();
        counter.wait_for("saved settings", |_| {
            Settings::load(&places).is_ok_and(|settings| settings.picture.mirrored == wanted)
        });
    }
}
