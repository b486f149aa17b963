//! No words are cut off, run out of their place or lie over others, in any language, with texts at 125 %.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{Key, MissingGlyphPolicy, Rect};
use egui_kittest::kittest::Queryable as _;
use hexiao::config::{CounterSettings, Settings, TillNames, WindowSettings};
use hexiao::desk::{Press, View};
use hexiao::ui::text::Language;
use till_window::{Counter, SECTIONS};
use window::{FRAMES, SMALL};

/// The screens of tills, small and large, in pixels.
const SCREENS: [[f32; 2]; 2] = [SMALL, [1920.0, 1080.0]];
const PERCENT: u32 = 125;
/// A usable coupon of the sandbox's standard deck; one with many words; and one for each way in which one is refused.
const USABLE: &str = "409632457895";
const LOOKED_UP: [&str; 6] =
    ["618204957733", "409600913357", "523899001272", "618233145029", "131234567890123456", "600000000000"];
/// By how much rounding may put a letter out of its place, in points.
const ROUNDING: f32 = 1.5;

/// Words as they are painted: what they say, where, what may be seen there, and whether they were shortened to fit.
struct Painted {
    words: String,
    place: Rect,
    seen: Rect,
    is_cut: bool,
}

fn painted(window: &window::Window) -> Vec<Painted> {
    fn texts(shape: &Shape, seen: Rect, all: &mut Vec<Painted>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, seen, all)),
            Shape::Text(text) => {
                let place = text.visual_bounding_rect();
                // What is scrolled out of sight is nowhere, and an empty field holds no words.
                if seen.intersect(place).is_positive() && !text.galley.text().trim().is_empty() {
                    let words = text.galley.text().to_owned();
                    all.push(Painted { words, place, seen, is_cut: text.galley.elided });
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for ClippedShape { clip_rect, shape, .. } in &window.output().shapes {
        texts(shape, *clip_rect, &mut all);
    }
    all
}

/// What is wrong with the words that are painted now. Where something lies over the page, what is under it is not looked at: `is_covered`.
fn faults(window: &window::Window, is_covered: bool) -> Vec<String> {
    let (painted, mut faults) = (painted(window), Vec::new());
    for text in &painted {
        let beyond =
            text.place.left() < text.seen.left() - ROUNDING || text.place.right() > text.seen.right() + ROUNDING;
        if beyond {
            faults.push(format!("{:?} runs out of its place: {:?} of {:?}", text.words, text.place, text.seen));
        }
        // Merchants' words may be longer than any place; each list row holds some, behind a dot.
        if text.is_cut && !text.words.contains('·') {
            faults.push(format!("{:?} is cut off", text.words));
        }
    }
    for (number, one) in painted.iter().enumerate().filter(|_| !is_covered) {
        for other in &painted[number + 1..] {
            let common = one.place.intersect(one.seen).intersect(other.place.intersect(other.seen)).shrink(ROUNDING);
            let is_same = one.words == other.words && one.place == other.place; // a hint, painted for each of two states
            if common.is_positive() && !is_same {
                faults.push(format!("{:?} lies over {:?}", other.words, one.words));
            }
        }
    }
    faults
}

/// Looks at `counter` as it is now.
fn look(counter: &mut Counter, state: &str, is_covered: bool, found: &mut Vec<String>) {
    counter.window.run_steps(FRAMES);
    found.extend(faults(&counter.window, is_covered).into_iter().map(|fault| format!("{state}: {fault}")));
}

#[test]
fn at_125_percent_all_words_have_their_place_in_every_language() {
    let mut found = Vec::new();
    for language in Language::ALL {
        for [width, height] in SCREENS {
            let till = TillNames { name: "till 1".to_owned(), cashier: "Li".to_owned() };
            let window = WindowSettings { text_percent: Some(PERCENT), ..WindowSettings::default() };
            let language_tag = Some(language.tag().to_owned());
            let counter = CounterSettings { press_twice_from: Some(10), ..CounterSettings::default() };
            let settings = Settings { language: language_tag, till, window, counter, ..Settings::default() };
            // In points, of which a screen has the fewer the larger they are.
            let size = [width, height].map(|side| side * 100.0 / PERCENT as f32);
            let mut counter = Counter::start(language, size, MissingGlyphPolicy::Panic, |_| None, |_| Ok(settings));
            counter.wait_for("an open till", |window| window.state().is_open());
            let mut at = |counter: &mut Counter, state: &str, is_covered: bool| {
                look(counter, &format!("{language:?}, {width} × {height}, {state}"), is_covered, &mut found);
            };
            at(&mut counter, "empty", false);
            for code in LOOKED_UP {
                counter.look_up(code);
                at(&mut counter, code, false);
                counter.press(Key::F6);
                at(&mut counter, &format!("{code}'s details"), false);
                counter.press(Key::Escape);
            }
            counter.look_up(USABLE);
            counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
            at(&mut counter, "usable", false);
            counter.press(Key::F9);
            at(&mut counter, "once more", false);
            let confirms = |view: &View| view.can_consume && view.press == Press::Confirms;
            counter.wait_for("the second press", |window| window.state().view().as_ref().is_some_and(confirms));
            counter.press(Key::F9);
            let accepted = counter.text.say("accepted");
            counter.wait_for("a receipt", |window| window.query_all_by_label(&accepted).next().is_some());
            at(&mut counter, "written off", false);
            counter.press(Key::F1);
            at(&mut counter, "keys", true);
            counter.press(Key::F1);
            counter.press(Key::F3);
            counter.window.run_steps(FRAMES * 4);
            at(&mut counter, "history", false);
            counter.press(Key::F4);
            for section in SECTIONS {
                let name = counter.text.say(section);
                counter.window.get_by_label(&name).click_accesskit(); // it may be scrolled out of sight
                at(&mut counter, section, false);
            }
        }
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}
