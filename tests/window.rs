//! The window, driven through its accessibility tree as a screen reader drives it, on a sandbox over real HTTP: a scanned picture
//! becomes a verdict, a press becomes a receipt – and a refused coupon cannot be pressed.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/form.rs"]
mod form;
#[path = "support/http.rs"]
mod http;
#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::path::{Path, PathBuf};

use eframe::egui::{self, Key, MissingGlyphPolicy, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::code::CODE_CHARS_MAX;
use hexiao::config::{self, Places, Settings};
use hexiao::coupon::Verdict;
use hexiao::desk::Stage;
use hexiao::ledger::Ledger;
use hexiao::sandbox::print;
use hexiao::scan::Source;
use hexiao::ui::sentence;
use hexiao::ui::text::{Language, Text};
use till_window::Counter;
use window::{FRAMES, SMALL, Window};

/// Sample coupons of the sandbox's standard deck.
const USABLE: &str = "409632457895";
const ANOTHER_USABLE: &str = "409618203344";
const EXPIRED: &str = "409600913357";
const MEMBER_CARD: &str = "290475813366";

impl Counter {
    /// Opens a window for practice. With `picture`, that is what its camera sees.
    fn open(language: Language, size: [f32; 2], picture: Option<&str>) -> Self {
        Self::open_on(language, size, picture, |_| ())
    }

    /// The same, on a data folder that `prepare` has had its hands on.
    fn open_on(language: Language, size: [f32; 2], picture: Option<&str>, prepare: impl FnOnce(&Places)) -> Self {
        let mut counter = Self::open_with(language, size, picture, |places| {
            prepare(places);
            Ok(Settings { language: Some(language.tag().to_owned()), ..Settings::default() })
        });
        counter.wait_for("an open till", |window| window.state().is_open());
        counter
    }

    /// The same, with the settings that `prepare` reads; the till need not open.
    fn open_with(
        language: Language,
        size: [f32; 2],
        picture: Option<&str>,
        prepare: impl FnOnce(&Places) -> Result<Settings, config::Error>,
    ) -> Self {
        let source = |folder: &Path| {
            let paths = vec![picture_of(picture?, folder)];
            Some(Source::Pictures { paths, frames_per_second: 10.0 })
        };
        // A missing glyph panics here, where a window would draw a box: so this also proves that there is a font for every word.
        Self::start(language, size, MissingGlyphPolicy::Panic, source, prepare)
    }

    fn wait_for_label(&mut self, key: &str) {
        let words = self.text.say(key);
        self.wait_for(&words.clone(), |window| window.query_all_by_label(&words).next().is_some());
    }

    /// The Consume button.
    fn consume_is_enabled(&self) -> bool {
        let words = format!("{}   F9", self.text.say("consume"));
        !self.window.get_by_role_and_label(Role::Button, &words).accesskit_node().is_disabled()
    }

    fn type_code(&mut self, text: &str) {
        self.window.event(egui::Event::Text(text.to_owned()));
        self.window.key_press(Key::Enter);
        self.window.step();
    }

    /// What the ledger on disk says of each write-off.
    fn ledger(&self) -> Vec<(String, &'static str)> {
        let ledger = Ledger::open(&self.places.practice_ledger_file()).expect("a ledger");
        let rows = ledger.recent(100).expect("rows");
        rows.iter().map(|row| (row.intent.code.to_string(), row.outcome_word())).collect()
    }
}

/// A picture file with `text` as a QR code in it.
fn picture_of(text: &str, folder: &Path) -> PathBuf {
    let (width, height, luma) = print::qr_luma(text, 8);
    let path = folder.join(format!("{text}.png"));
    image::GrayImage::from_raw(width, height, luma).expect("a picture").save(&path).expect("saved");
    path
}

#[test]
fn a_coupon_before_the_camera_is_shown_pressed_and_receipted() {
    for language in Language::ALL {
        let mut counter = Counter::open(language, SMALL, Some(USABLE));
        counter.wait_for_label("usable");
        assert!(counter.consume_is_enabled());
        let words = format!("{}   F9", counter.text.say("consume"));
        counter.window.get_by_role_and_label(Role::Button, &words).click_accesskit();
        counter.wait_for_label("accepted");
        assert!(!counter.consume_is_enabled(), "a receipt cannot be pressed");
        assert_eq!(counter.ledger(), [(USABLE.to_owned(), "accepted")]);
    }
}

#[test]
fn a_refused_coupon_cannot_be_pressed_by_button_key_or_enter() {
    for code in [EXPIRED, MEMBER_CARD] {
        let mut counter = Counter::open(Language::English, SMALL, Some(code));
        counter.wait_for_label("refused");
        assert!(!counter.consume_is_enabled());
        counter.window.get_by_role_and_label(Role::Button, "Consume   F9").click();
        counter.window.key_press(Key::F9);
        counter.window.key_press(Key::Enter);
        counter.window.run_steps(5);
        assert!(matches!(counter.window.state().view().map(|view| view.stage), Some(Stage::Shown { .. })));
        assert_eq!(counter.ledger(), []);
    }
}

#[test]
fn a_scanner_types_into_the_field_wherever_the_focus_is_and_its_enter_never_consumes() {
    let mut counter = Counter::open(Language::English, SMALL, None);
    counter.window.get_by_label("简体中文").focus();
    counter.window.step();
    counter.type_code(USABLE);
    counter.wait_for_label("usable");
    for _ in 0..3 {
        counter.window.key_press(Key::Enter);
        counter.window.key_press(Key::Space);
        counter.window.step();
    }
    counter.window.run_steps(FRAMES);
    assert_eq!(counter.ledger(), []);
    counter.window.key_press(Key::F9);
    counter.wait_for_label("accepted");
    counter.type_code(EXPIRED);
    counter.wait_for_label("refused");
    assert_eq!(counter.ledger(), [(USABLE.to_owned(), "accepted")]);
}

#[test]
fn a_key_that_is_held_down_consumes_once_and_only_what_lay_there_when_it_went_down() {
    let mut counter = Counter::open(Language::English, SMALL, None);
    counter.type_code(USABLE);
    counter
        .wait_for("a coupon that can be consumed", |window| window.state().view().is_some_and(|view| view.can_consume));
    counter.window.key_down(Key::F9);
    counter.wait_for_label("accepted");
    counter.type_code(ANOTHER_USABLE);
    counter.wait_for("the next coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    for _ in 0..5 {
        counter.window.key_down(Key::F9); // the system repeats it
        counter.window.step();
    }
    assert!(counter.window.state().view().is_some_and(|view| view.can_consume), "it lies there still");
    assert_eq!(counter.ledger(), [(USABLE.to_owned(), "accepted")]);
}

#[test]
fn clearing_empties_the_field_and_two_codes_in_one_frame_stay_two() {
    let mut counter = Counter::open(Language::English, SMALL, None);
    counter.window.event(egui::Event::Text("4096".to_owned()));
    counter.window.step();
    counter.window.key_press(Key::Escape);
    counter.window.step();
    for code in [EXPIRED, USABLE] {
        counter.window.event(egui::Event::Text(code.to_owned()));
        counter.window.key_press(Key::Enter);
    }
    counter.wait_for("the second code", |window| {
        let stage = window.state().view().map(|view| view.stage);
        matches!(stage, Some(Stage::Shown { shown, .. }) if shown.coupon.code.as_str() == USABLE)
    });
}

#[test]
fn a_till_that_cannot_open_says_why_and_offers_a_way_on() {
    let junk = "[account\nappid = 1";
    let mut counter = Counter::open_with(Language::English, SMALL, None, |places| {
        std::fs::write(&places.settings_file, junk).expect("written");
        Settings::load(places)
    });
    counter.wait_for_label("open-failed-settings");
    let corrected = "[window]\nlanguage = \"en\"\ntheme = \"dark\"\n[picture]\nmirrored = true\n";
    std::fs::write(&counter.places.settings_file, corrected).expect("corrected");
    counter.window.get_by_label("Try again").click();
    counter.wait_for("an open till", |window| window.state().is_open());
    assert!(counter.window.ctx.theme() == eframe::egui::Theme::Dark, "what was corrected is in force");
    counter.window.run_steps(FRAMES);
    assert_eq!(std::fs::read_to_string(&counter.places.settings_file).expect("there"), corrected, "and is left alone");
}

#[test]
fn every_sample_coupon_can_be_shown_in_both_languages_and_sizes() {
    for (language, size) in [(Language::SimplifiedChinese, SMALL), (Language::English, [1920.0, 1080.0])] {
        let mut counter = Counter::open(language, size, None);
        let mut told = 0;
        for sample in counter.window.state().samples() {
            counter.type_code(&sample.code);
            let shown = |window: &Window| match window.state().view().map(|view| view.stage) {
                Some(Stage::Shown { shown, .. }) => shown.coupon.code.as_str() == sample.code,
                Some(Stage::LookupFailed { code, .. }) => code.is_some_and(|code| code.as_str() == sample.code),
                _ => false,
            };
            counter.wait_for(&sample.code, shown);
            // The list has said what would happen.
            let said = match counter.window.state().view().map(|view| view.stage) {
                Some(Stage::Shown { verdict: Verdict::Usable, .. }) => counter.text.say("short-usable"),
                Some(Stage::Shown { verdict: Verdict::Refused(reason), .. }) => {
                    sentence::reason_in_short(&counter.text, &reason)
                }
                _ => continue,
            };
            let line = format!("{said} · {}", sample.title);
            assert!(counter.window.query_all_by_label(&line).next().is_some(), "{line}");
            told += 1;
        }
        assert!(told > 10, "only {told} samples were compared");
        assert_eq!(counter.ledger(), []);
    }
}

#[test]
fn what_is_no_coupon_is_refused_by_name() {
    let mut counter = Counter::open(Language::English, SMALL, None);
    for (text, key) in [
        ("131234567890123456", "refusal-payment"),
        ("https://example.com/", "refusal-link"),
        (&"1".repeat(CODE_CHARS_MAX + 1), "refusal-too-long"),
        ("<script>", "refusal-illegal-characters"),
    ] {
        counter.type_code(text);
        counter.wait_for_label(key);
        assert!(!counter.consume_is_enabled());
    }
}

#[test]
fn the_language_changes_at_once_and_is_remembered() {
    let mut counter = Counter::open(Language::English, SMALL, None);
    counter.window.get_by_label("简体中文").click();
    counter.text = Text::new(Language::SimplifiedChinese);
    counter.wait_for_label("idle-title");
    let places = counter.places.clone();
    counter.wait_for("saved language", |_| {
        Settings::load(&places).is_ok_and(|settings| settings.language.as_deref() == Some("zh-CN"))
    });
}

#[test]
fn a_language_chosen_while_an_account_is_tested_is_kept_beside_it() {
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let base_url = http::start(move |_, _, _, _| {
        held.lock().expect("sound").recv().ok();
        Some(http::answer(200, "application/json", "", r#"{"access_token":"some-token","expires_in":7200}"#))
    });
    let mut counter = Counter::open(Language::English, SMALL, None);
    counter.window.get_all_by_label("Connect an account").next().expect("a button").click();
    counter.window.run_steps(FRAMES);
    counter.window.get_by_label("A token service of ours").click();
    counter.window.run_steps(FRAMES);
    for (field, words) in [
        ("Address of the token service", format!("{base_url}/service")),
        ("Address of the platform", base_url.clone()),
        ("Cashier", "Li".to_owned()),
    ] {
        form::fill(&mut counter.window, field, &words);
    }
    counter.window.get_by_label("Test and save").click();
    counter.window.step();
    counter.wait_for("a test", |window| window.query_by_label("Testing…").is_some());
    counter.window.get_by_label("简体中文").click();
    counter.window.run_steps(2);
    go_on.send(()).expect("it waits");
    counter.text = Text::new(Language::SimplifiedChinese);
    counter.wait_for_label("connect-kept-store");
    let settings = Settings::load(&counter.places).expect("saved");
    assert!(settings.account.is_some());
    assert_eq!((settings.language.as_deref(), settings.till.cashier.as_str()), (Some("zh-CN"), "Li"));
}

#[test]
fn a_damaged_ledger_stops_writing_off_is_explained_and_can_be_set_aside() {
    let junk = "no ledger at all, but long enough to be looked at".repeat(20);
    let mut counter = Counter::open_on(Language::English, SMALL, None, |places| {
        std::fs::create_dir_all(&places.data_folder).expect("made");
        std::fs::write(places.practice_ledger_file(), &junk).expect("written");
    });
    counter.wait_for_label("ledger-damaged");
    counter.type_code(USABLE);
    counter.wait_for_label("usable");
    counter.window.key_press(Key::F9);
    counter.wait_for_label("not-recorded");
    counter.window.get_by_label(&counter.text.say("ledger-set-aside")).click();
    let damaged = counter.text.say("ledger-damaged");
    counter.wait_for("a new ledger", |window| window.state().is_open() && window.query_by_label(&damaged).is_none());
    assert_eq!(counter.ledger(), []);
    let kept = std::fs::read_dir(&counter.places.data_folder).expect("a folder").filter_map(Result::ok).any(|entry| {
        entry.file_name().to_string_lossy().contains("damaged")
            && std::fs::read_to_string(entry.path().join("practice.db")).is_ok_and(|text| text == junk)
    });
    assert!(kept, "the damaged file is kept whole");
}
