//! Every state of every view, in Chinese and English at three sizes, and in the dark and the high-contrast theme: each control has a name for a
//! screen reader, the verdict is announced, and all looks as it did when somebody last looked at it.
//!
//! The pictures are in `tests/data/pictures`, at half size; `HEXIAO_KEEP_PICTURES=1 cargo test --test every_view` paints them anew, to be looked at
//! before they are committed. Where one differs, what was painted lies in `target/tmp/pictures`.
#![cfg(unix)] // what is looked at on one system looks so on every other
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/painter.rs"]
mod painter;
#[path = "support/skip.rs"]
mod skip;
#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/tour.rs"]
mod tour;
#[path = "support/window.rs"]
mod window;
#[path = "support/written_off.rs"]
mod written_off;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use eframe::egui::accesskit::{Live, Role};
use eframe::egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{self, FontData, FontFamily, MissingGlyphPolicy, TextureId};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::{self, Places, Settings, Theme, WindowSettings};
use hexiao::ui::text::Language;
use image::codecs::webp::WebPEncoder;
use image::{Rgb, RgbImage};
use painter::Painter;
use till_window::Counter;
use tour::{Walker, walk};
use window::FRAMES;

/// The screens of tills, in pixels: an old one, a laptop's, a large one.
const SCREENS: [[usize; 2]; 3] = [[1024, 768], [1366, 768], [1920, 1080]];
/// By how much a channel may differ, of 255: processors round differently.
const ROUNDING: u8 = 51;
/// So many pixels that differ by more are a change: fewer than a letter has.
const CHANGED_MIN: usize = 12;
/// The font for Chinese that the pictures were painted with.
const FONT: &str = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc";

fn kept_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures")
}

/// Whether `words` say the time of day, a date, how long is left, a folder, or anything else that is another at each run.
fn changes(words: &str) -> bool {
    let has_digit = words.contains(|c: char| c.is_ascii_digit());
    let is_time = |at: &[u8]| at[0].is_ascii_digit() && at[1] == b':' && at[2].is_ascii_digit();
    let marks = ["年", "天", "小时", "分钟", " day", " hour", " minute", " 202", "hint", "202"];
    // «7 days» to choose from is the same every day.
    // A bar's hour; a PIN in two halves.
    let is_number = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_pin = words.split_once(' ').is_some_and(|(one, other)| is_number(one, 4) && is_number(other, 4));
    (has_digit && !words.starts_with("7 ") && marks.iter().any(|mark| words.contains(mark)))
        || is_number(words, 2)
        || is_pin
        || words.as_bytes().windows(3).any(is_time)
        || words.contains(std::path::MAIN_SEPARATOR)
}

/// What is painted, without what is another at each run.
fn still(shapes: &[ClippedShape]) -> Vec<ClippedShape> {
    fn still(shape: &Shape) -> Shape {
        match shape {
            Shape::Text(text) if changes(text.galley.text()) => Shape::Noop,
            // Pictures come when they come: a merchant's logo, the camera's.
            Shape::Rect(rect) if rect.fill_texture_id() != TextureId::default() => Shape::Noop,
            Shape::Mesh(mesh) if mesh.texture_id != TextureId::default() => Shape::Noop,
            Shape::Vec(shapes) => Shape::Vec(shapes.iter().map(still).collect()),
            other => other.clone(),
        }
    }
    shapes.iter().map(|clipped| ClippedShape { shape: still(&clipped.shape), ..clipped.clone() }).collect()
}

/// Walks through the window in one language, size and theme, and writes down what is found out about it.
struct Studio {
    language: Language,
    screen: [usize; 2],
    theme: Theme,
    present: Option<(Counter, Painter)>,
    keeps: bool,
    has_font: bool,
    painted: BTreeSet<String>,
    changed: Vec<String>,
}

impl Walker for Studio {
    fn looks(&self) -> (Language, WindowSettings) {
        (self.language, WindowSettings { theme: Some(self.theme), ..WindowSettings::default() })
    }

    fn open(&mut self, prepare: &mut dyn FnMut(&Places) -> Result<Settings, config::Error>) {
        let painter = Painter::default();
        let size = self.screen.map(|side| side as f32);
        let by_day = if self.theme == Theme::Light { egui::Theme::Light } else { egui::Theme::Dark };
        let builder = window::builder(size, MissingGlyphPolicy::Panic).with_theme(by_day).renderer(painter.clone());
        // Whichever others the system has.
        let font = std::fs::read(FONT).ok();
        let builder = builder.with_context_setup(|ctx| {
            let families = [FontFamily::Proportional, FontFamily::Monospace];
            let families = families.map(|family| InsertFontFamily { family, priority: FontPriority::Lowest });
            if let Some(bytes) = font {
                ctx.add_font(FontInsert::new("the pictures' own", FontData::from_owned(bytes), families.into()));
            }
        });
        self.present = None; // the one before lets go of what it holds
        self.present = Some((Counter::start_in(builder, self.language, |_| None, prepare), painter));
    }

    fn counter(&mut self) -> &mut Counter {
        &mut self.present.as_mut().expect("an open window").0
    }

    /// Listens to the window as a screen reader does, and looks at it.
    fn look(&mut self, state: &str, _: bool) {
        let name = self.name();
        let (counter, _) = self.present.as_mut().expect("an open window");
        counter.window.run_steps(FRAMES);
        for node in counter.window.root().children_recursive() {
            let node = node.accesskit_node();
            let controls = [Role::Button, Role::TextInput, Role::ComboBox, Role::RadioButton, Role::CheckBox];
            let has_name =
                node.label().is_some_and(|name| !name.trim().is_empty()) || node.labelled_by().next().is_some();
            if controls.contains(&node.role()) && !has_name {
                let (role, bounds) = (node.role(), node.raw_bounds());
                self.changed.push(format!("{name}/{state}: a nameless {role:?} at {bounds:?}"));
            }
        }
        if counter.window.query_all_by_label_contains("   F9").next().is_some() {
            let announced =
                counter.window.query_all_by(|node| node.live() == Live::Assertive && node.role() == Role::Label);
            if announced.count() != 1 {
                self.changed.push(format!("{name}/{state}: the verdict is not announced"));
            }
        }
        if self.has_font {
            self.compare(state);
        }
    }
}

impl Studio {
    fn name(&self) -> String {
        format!("{}-{}-{}", self.language.tag(), self.screen[0], self.theme.tag())
    }

    /// Paints the window as it is and compares it with the picture that is kept.
    fn compare(&mut self, state: &str) {
        let (counter, painter) = self.present.as_ref().expect("an open window");
        let mut painted = painter.paint(&counter.window.ctx, still(&counter.window.output().shapes), self.screen);
        // Sixteen steps a channel are enough to tell a change by, and take half the room.
        painted.iter_mut().for_each(|channel| *channel = *channel / 16 * 17);
        let file = format!("{}/{state}.webp", self.name());
        let kept = kept_folder().join(&file);
        self.painted.insert(file.clone());
        if self.keeps {
            return save(&painted, &kept);
        }
        let before = image::open(&kept).map(|picture| picture.to_rgb8());
        let differs = match &before {
            Ok(before) => difference(before, &painted),
            Err(why) => Some(format!("{}: {why}", kept.display())),
        };
        if let Some(how) = differs {
            let shown = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures").join(&file);
            save(&painted, &shown);
            self.changed.push(format!("{file}: {how}; now {}", shown.display()));
        }
    }
}

fn save(picture: &RgbImage, file: &Path) {
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    let out = std::io::BufWriter::new(std::fs::File::create(file).expect("a file"));
    picture.write_with_encoder(WebPEncoder::new_lossless(out)).expect("saved");
}

/// How the second differs from the first, where it does.
fn difference(before: &RgbImage, now: &RgbImage) -> Option<String> {
    if before.dimensions() != now.dimensions() {
        return Some(format!("{:?} became {:?}", before.dimensions(), now.dimensions()));
    }
    if before == now {
        return None;
    }
    let differs = |(was, is): &(&Rgb<u8>, &Rgb<u8>)| (0..3).any(|at| was.0[at].abs_diff(is.0[at]) > ROUNDING);
    let changed = before.pixels().zip(now.pixels()).filter(differs).count();
    (changed >= CHANGED_MIN).then(|| format!("{changed} pixels are others"))
}

/// Looks at everything in one language.
fn look_in(language: Language) {
    let looks = SCREENS.map(|screen| (screen, Theme::Light)).into_iter();
    let looks = looks.chain([Theme::Dark, Theme::HighContrast].map(|theme| (SCREENS[0], theme)));
    let (mut painted, mut changed) = (BTreeSet::new(), Vec::new());
    for (screen, theme) in looks {
        let keeps = std::env::var_os("HEXIAO_KEEP_PICTURES").is_some();
        let has_font = Path::new(FONT).exists();
        let (present, seen, faults) = (None, BTreeSet::new(), Vec::new());
        let mut studio = Studio { language, screen, theme, present, keeps, has_font, painted: seen, changed: faults };
        walk(&mut studio);
        painted.append(&mut studio.painted);
        changed.append(&mut studio.changed);
    }
    assert!(changed.is_empty(), "{} faults or changes:\n{}", changed.len(), changed.join("\n"));
    if !Path::new(FONT).exists() {
        skip::skipped("the window's pictures: their font for Chinese is not here (Debian: fonts-wqy-microhei)");
        return;
    }
    let folders = std::fs::read_dir(kept_folder()).expect("pictures").flatten();
    let kept =
        folders.filter(|folder| folder.file_name().to_string_lossy().starts_with(language.tag())).flat_map(|folder| {
            let name = folder.file_name().to_string_lossy().into_owned();
            let files = std::fs::read_dir(folder.path()).expect("pictures").flatten();
            files.map(move |file| format!("{name}/{}", file.file_name().to_string_lossy()))
        });
    let forgotten: Vec<String> = kept.filter(|file| !painted.contains(file)).collect();
    assert!(forgotten.is_empty(), "nothing looks like these any more: {forgotten:?}");
}

#[test]
fn in_chinese_every_view_can_be_heard_and_looks_as_it_did() {
    look_in(Language::SimplifiedChinese);
}

#[test]
fn in_english_every_view_can_be_heard_and_looks_as_it_did() {
    look_in(Language::English);
}
