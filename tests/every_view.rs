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
#[path = "support/window.rs"]
mod window;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use eframe::egui::accesskit::{Live, Role};
use eframe::egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{self, FontData, FontFamily, Key, MissingGlyphPolicy, TextureId};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::{CounterSettings, PrivacySettings, Settings, Theme, TillNames, WindowSettings};
use hexiao::desk::Stage;
use hexiao::pin::PinHash;
use hexiao::ui::text::Language;
use image::codecs::webp::WebPEncoder;
use image::{Rgb, RgbImage};
use painter::Painter;
use till_window::{Counter, SECTIONS};
use window::FRAMES;

/// The screens of tills, in pixels: an old one, a laptop's, a large one.
const SCREENS: [[usize; 2]; 3] = [[1024, 768], [1366, 768], [1920, 1080]];
/// Coupons of the sandbox's standard deck, and what else is scanned.
const USABLE: &str = "409632457895";
const SCANNED: [(&str, &str); 6] = [
    ("many-words", "618204957733"),
    ("expired", "409600913357"),
    ("not-yet", "523899001272"),
    ("consumed", "618233145029"),
    ("payment", "131234567890123456"),
    ("unknown", "600000000000"),
];
/// By how much a channel may differ, of 255: processors round differently, and a letter's edge takes a little of whatever letter is kept beside it.
const ROUNDING: u8 = 51;
/// So many pixels that differ by more are a change: fewer than a letter has.
const CHANGED_MIN: usize = 12;
const PIN: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA";

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
    (has_digit && !words.starts_with("7 ") && marks.iter().any(|mark| words.contains(mark)))
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

/// One look of the window, and what was found out about it.
struct Studio {
    counter: Counter,
    painter: Painter,
    screen: [usize; 2],
    name: String,
    keeps: bool,
    has_font: bool,
    painted: BTreeSet<String>,
    changed: Vec<String>,
}

impl Studio {
    fn open(language: Language, screen: [usize; 2], theme: Theme, privacy: PrivacySettings) -> Self {
        let painter = Painter::default();
        let size = screen.map(|side| side as f32);
        let by_day = if theme == Theme::Light { egui::Theme::Light } else { egui::Theme::Dark };
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
        let counter = Counter::start_in(
            builder,
            language,
            |_| None,
            |_| {
                Ok(Settings {
                    language: Some(language.tag().to_owned()),
                    till: TillNames { name: "till 1".to_owned(), cashier: "Li".to_owned() },
                    window: WindowSettings { theme: Some(theme), ..WindowSettings::default() },
                    counter: CounterSettings::default(),
                    privacy,
                    ..Settings::default()
                })
            },
        );
        let name = format!("{}-{}-{}", language.tag(), screen[0], theme.tag());
        let keeps = std::env::var_os("HEXIAO_KEEP_PICTURES").is_some();
        let has_font = Path::new(FONT).exists();
        let (painted, changed) = (BTreeSet::new(), Vec::new());
        let mut studio = Self { counter, painter, screen, name, keeps, has_font, painted, changed };
        studio.counter.wait_for("an open till", |window| window.state().is_open());
        studio
    }

    /// Listens to the window as a screen reader does, and looks at it.
    fn look(&mut self, state: &str) {
        self.counter.window.run_steps(FRAMES);
        for node in self.counter.window.root().children_recursive() {
            let node = node.accesskit_node();
            let controls = [Role::Button, Role::TextInput, Role::ComboBox, Role::RadioButton, Role::CheckBox];
            let has_name =
                node.label().is_some_and(|name| !name.trim().is_empty()) || node.labelled_by().next().is_some();
            if controls.contains(&node.role()) && !has_name {
                self.changed.push(format!(
                    "{}/{state}: a nameless {:?} at {:?}",
                    self.name,
                    node.role(),
                    node.raw_bounds()
                ));
            }
        }
        if self.counter.window.query_all_by_label_contains("   F9").next().is_some() {
            let announced =
                self.counter.window.query_all_by(|node| node.live() == Live::Assertive && node.role() == Role::Label);
            if announced.count() != 1 {
                self.changed.push(format!("{}/{state}: the verdict is not announced", self.name));
            }
        }
        if self.has_font {
            self.compare(state);
        }
    }

    /// Paints the window as it is and compares it with the picture that is kept.
    fn compare(&mut self, state: &str) {
        let shapes = still(&self.counter.window.output().shapes);
        let mut painted = self.painter.paint(&self.counter.window.ctx, shapes, self.screen);
        // Sixteen steps a channel are enough to tell a change by, and take half the room.
        painted.pixels_mut().flat_map(|pixel| &mut pixel.0).for_each(|channel| *channel = *channel / 16 * 17);
        let file = format!("{}/{state}.webp", self.name);
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

    fn press(&mut self, key: Key) {
        self.counter.press(key);
    }

    fn click(&mut self, key: &str) {
        let words = self.counter.text.say(key);
        self.counter.window.get_by_label(&words).click_accesskit(); // it may be scrolled out of sight
        self.counter.window.run_steps(FRAMES);
    }

    /// Looks a code up, and waits for the logo of its card where it has one.
    fn look_up(&mut self, code: &str) {
        self.counter.look_up(code);
        let Some(Stage::Shown { shown, .. }) = self.counter.window.state().view().map(|view| view.stage) else {
            return;
        };
        if let Some(card) = shown.card.filter(|card| card.logo_url.is_some()) {
            let logo = self.counter.text.say_with("logo-of", &[("brand", &card.brand)]);
            self.counter.wait_for("a logo", |window| window.query_by_label(&logo).is_some());
        }
    }

    /// Goes through all states of all views.
    fn look_at_all(&mut self) {
        self.look("empty");
        for (state, code) in SCANNED {
            self.look_up(code);
            self.look(state);
            self.press(Key::Escape);
        }
        self.look_up(USABLE);
        self.counter.wait_for("a press", |window| window.state().view().is_some_and(|view| view.can_consume));
        self.look("usable");
        self.press(Key::F6);
        self.look("details");
        self.press(Key::F6);
        self.press(Key::F1);
        self.look("keys");
        self.press(Key::F1);
        self.press(Key::F9);
        self.counter.wait_for("a receipt", |window| {
            window.state().view().is_some_and(|view| matches!(view.stage, Stage::Finished { on_disk: true, .. }))
        });
        self.look("written-off");
        self.press(Key::F3);
        self.counter.wait_for("the row", |window| window.query_all_by_label(USABLE).next().is_some());
        self.look("history");
        self.click("history-shift");
        let begins = self.counter.text.say("shift-open");
        self.counter.wait_for("the shift's page", |window| window.query_all_by_label(&begins).next().is_some());
        self.look("shift");
        self.press(Key::F4);
        for section in SECTIONS {
            self.click(section);
            self.look(section);
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
    let alike =
        |one: &Rgb<u8>, other: &Rgb<u8>| one.0.iter().zip(other.0).all(|(one, other)| one.abs_diff(other) <= ROUNDING);
    // A letter's stroke may come out in the next column, by where among all letters it is kept to be painted from.
    let is_near = |picture: &RgbImage, (x, y): (u32, u32), pixel: &Rgb<u8>| {
        let around = (x.saturating_sub(1)..=x + 1).flat_map(|x| (y.saturating_sub(1)..=y + 1).map(move |y| (x, y)));
        around.filter_map(|(x, y)| picture.get_pixel_checked(x, y)).any(|near| alike(near, pixel))
    };
    let pixels = before.enumerate_pixels().zip(now.pixels());
    let changed = pixels
        .filter(|((_, _, was), is)| !alike(was, is))
        .filter(|((x, y, was), is)| !is_near(before, (*x, *y), is) || !is_near(now, (*x, *y), was));
    let changed = changed.count();
    (changed >= CHANGED_MIN).then(|| format!("{changed} pixels are others"))
}

/// Looks at everything in one language.
fn look_in(language: Language) {
    let looks = SCREENS.map(|screen| (screen, Theme::Light)).into_iter();
    let looks = looks.chain([Theme::Dark, Theme::HighContrast].map(|theme| (SCREENS[0], theme)));
    let (mut painted, mut changed) = (BTreeSet::new(), Vec::new());
    for (screen, theme) in looks {
        let mut studio = Studio::open(language, screen, theme, PrivacySettings::default());
        studio.look_at_all();
        painted.append(&mut studio.painted);
        changed.append(&mut studio.changed);
        let private = PrivacySettings { pin: PinHash::parse(PIN), ..PrivacySettings::default() };
        let mut studio = Studio::open(language, screen, theme, private);
        studio.press(Key::F4);
        studio.look("locked");
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
