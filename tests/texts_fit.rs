//! No words are cut off, run out of their place or lie over others, in any language, with texts at 125 %.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/tour.rs"]
mod tour;
#[path = "support/window.rs"]
mod window;
#[path = "support/written_off.rs"]
mod written_off;

use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{MissingGlyphPolicy, Rect};
use hexiao::config::{self, Places, Settings, WindowSettings};
use hexiao::ui::text::Language;
use till_window::Counter;
use tour::{Walker, walk};
use window::{FRAMES, SMALL};

/// The screens of tills, small and large, in pixels.
const SCREENS: [[f32; 2]; 2] = [SMALL, [1920.0, 1080.0]];
const PERCENT: u32 = 125;
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

/// Walks through the window in one language on one screen, and writes down what is wrong.
struct Reader {
    language: Language,
    screen: [f32; 2],
    counter: Option<Counter>,
    found: Vec<String>,
}

impl Walker for Reader {
    fn looks(&self) -> (Language, WindowSettings) {
        (self.language, WindowSettings { text_percent: Some(PERCENT), ..WindowSettings::default() })
    }

    fn open(&mut self, prepare: &mut dyn FnMut(&Places) -> Result<Settings, config::Error>) {
        // In points, of which a screen has the fewer the larger they are.
        let size = self.screen.map(|side| side * 100.0 / PERCENT as f32);
        self.counter = None; // the one before lets go of what it holds
        self.counter = Some(Counter::start(self.language, size, MissingGlyphPolicy::Panic, |_| None, prepare));
    }

    fn counter(&mut self) -> &mut Counter {
        self.counter.as_mut().expect("an open window")
    }

    fn look(&mut self, state: &str, is_covered: bool) {
        let ([width, height], language) = (self.screen, self.language);
        let window = &mut self.counter.as_mut().expect("an open window").window;
        window.run_steps(FRAMES);
        let faults = faults(window, is_covered).into_iter();
        self.found.extend(faults.map(|fault| format!("{language:?}, {width} × {height}, {state}: {fault}")));
    }
}

/// Looks at everything in one language.
fn read_in(language: Language) {
    let mut found = Vec::new();
    for screen in SCREENS {
        let mut reader = Reader { language, screen, counter: None, found: Vec::new() };
        walk(&mut reader);
        found.append(&mut reader.found);
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

#[test]
fn at_125_percent_all_words_have_their_place_in_simplified_chinese() {
    read_in(Language::SimplifiedChinese);
}

#[test]
fn at_125_percent_all_words_have_their_place_in_traditional_chinese() {
    read_in(Language::TraditionalChinese);
}

#[test]
fn at_125_percent_all_words_have_their_place_in_english() {
    read_in(Language::English);
}
