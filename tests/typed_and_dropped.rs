//! What is typed, scanned, pasted and dropped reaches the code field as it was meant, whatever has the focus, in the window without a screen.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/dropped.rs"]
mod dropped;
#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::sync::Arc;

use dropped::{Dropped, picture_of};
use eframe::egui::{self, Key, MissingGlyphPolicy, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use hexiao::config::{self, Settings};
use hexiao::desk::Stage;
use hexiao::ledger::Ledger;
use hexiao::sandbox::print;
use hexiao::ui::text::Language;
use till_window::Counter;
use window::{FRAMES, SMALL, Window};

/// Sample coupons of the sandbox's standard deck.
const USABLE: &str = "409632457895";
const ANOTHER_USABLE: &str = "409618203344";
const EXPIRED: &str = "409600913357";
const MEMBER_CARD: &str = "290475813366";

/// Each key comes in a frame of its own, a quarter of a second after the one before it: a person's pace.
impl Counter {
    fn open() -> Self {
        Self::open_with(config::ScannerSettings::default())
    }

    fn open_with(scanner: config::ScannerSettings) -> Self {
        let mut counter = Self::start(
            Language::English,
            SMALL,
            MissingGlyphPolicy::Tofu,
            |_| None,
            |_| Ok(Settings { language: Some("en".to_owned()), scanner, ..Settings::default() }),
        );
        counter.wait_for("an open till", |window| window.state().is_open());
        counter
    }

    /// Types `text` as a scanner does: all of it at once.
    fn type_code(&mut self, text: &str) {
        self.window.event(egui::Event::Text(text.to_owned()));
        self.window.key_press(Key::Enter);
        self.window.step();
    }

    /// Types `text` as a person does.
    fn type_slowly(&mut self, text: &str) {
        for character in text.chars() {
            self.window.event(egui::Event::Text(character.to_string()));
            self.window.step();
        }
    }

    fn ledger_is_empty(&self) -> bool {
        Ledger::open(&self.places.practice_ledger_file()).expect("a ledger").recent(1).expect("rows").is_empty()
    }
}

/// Whether the coupon with `code` stands before the cashier.
fn shows(window: &Window, code: &str) -> bool {
    let stage = window.state().view().map(|view| view.stage);
    matches!(stage, Some(Stage::Shown { shown, .. }) if shown.coupon.code.as_str() == code)
}

#[test]
fn a_scan_that_ends_with_tab_or_nothing_is_taken_and_the_focus_waits_for_the_next() {
    let mut counter = Counter::open();
    for (code, last_key) in [(USABLE, Some(Key::Tab)), (EXPIRED, None), (ANOTHER_USABLE, Some(Key::Tab))] {
        counter.window.get_by_label("简体中文").focus();
        counter.window.step();
        counter.window.event(egui::Event::Text(code.to_owned()));
        if let Some(key) = last_key {
            counter.window.key_press(key);
        }
        counter.wait_for(code, |window| shows(window, code));
        counter.window.step();
        assert!(counter.window.get_by_role(Role::TextInput).is_focused(), "after {code}, ended by {last_key:?}");
    }
}

#[test]
fn nothing_that_a_scanner_sends_presses_the_button_that_has_the_focus() {
    let mut counter = Counter::open();
    counter.type_code(USABLE);
    counter.wait_for("a usable coupon", |window| shows(window, USABLE));
    counter.window.get_by_label("Clear  (Esc)").focus();
    counter.window.step();
    // A code with spaces in it, then a carriage return and a line feed, all within one late frame: each would press the button.
    let key = |key| egui::Event::Key {
        key,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
        physical_key: None,
    };
    for character in "4096 0091 3357".chars() {
        let space = (character == ' ').then(|| key(Key::Space));
        let text = egui::Event::Text(character.to_string());
        counter.window.input_mut().events.extend(space.into_iter().chain([text]));
    }
    counter.window.input_mut().events.extend([key(Key::Enter), key(Key::Enter)]);
    counter.wait_for("the next coupon", |window| shows(window, EXPIRED));
    counter.window.key_press(Key::Tab);
    counter.window.key_press(Key::Enter);
    counter.window.run_steps(FRAMES);
    assert!(shows(&counter.window, EXPIRED), "nothing was pressed");
    assert!(counter.ledger_is_empty());
}

#[test]
fn a_scan_takes_the_place_of_what_was_typed_and_left() {
    let mut counter = Counter::open();
    counter.type_slowly("409");
    counter.window.step(); // the till waits for what comes next
    counter.type_code(USABLE);
    counter.wait_for("the scanned coupon", |window| shows(window, USABLE));
}

#[test]
fn what_a_scanner_puts_around_its_codes_is_taken_off_and_typed_codes_are_left_whole() {
    let scanner = config::ScannerSettings { prefix: "4096".to_owned(), ..Default::default() };
    let mut counter = Counter::open_with(scanner);
    counter.type_code(&format!("4096{USABLE}"));
    counter.wait_for("the scanned coupon", |window| shows(window, USABLE));
    counter.type_slowly(EXPIRED);
    counter.window.key_press(Key::Enter);
    counter.wait_for("the typed coupon", |window| shows(window, EXPIRED));
}

#[test]
fn what_an_input_method_commits_is_taken_as_typed_in_full_width_too() {
    let mut counter = Counter::open();
    let wide: String = USABLE.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xFEE0)).collect();
    counter
        .window
        .event(egui::Event::Ime(egui::ImeEvent::Preedit { text: "shi".to_owned(), active_range_chars: None }));
    counter.window.event(egui::Event::Ime(egui::ImeEvent::Commit(wide)));
    counter.window.key_press(Key::Enter);
    counter.wait_for("the coupon", |window| shows(window, USABLE));
}

#[test]
fn no_input_method_is_let_at_the_code_field_and_one_is_at_a_name() {
    let mut counter = Counter::open();
    counter.window.get_by_role(Role::TextInput).focus();
    counter.window.run_steps(FRAMES);
    assert!(counter.window.output().platform_output.ime.is_none());
    counter.window.get_all_by_label("Connect an account").next().expect("a button").click();
    counter.window.run_steps(FRAMES);
    for (field, wanted) in [("Cashier", true), ("AppID", false), ("AppSecret", false), ("Name of this till", true)] {
        let fields = counter.window.query_all_by_role_and_label(Role::TextInput, field);
        let hidden = counter.window.query_all_by_role_and_label(Role::PasswordInput, field);
        fields.chain(hidden).next().expect(field).focus();
        counter.window.run_steps(FRAMES);
        assert_eq!(counter.window.output().platform_output.ime.is_some(), wanted, "{field}");
    }
}

#[test]
fn a_sample_held_up_to_a_hand_scanner_is_looked_up_and_goes() {
    let mut counter = Counter::open();
    let hold = counter.text.say("practice-qr-title");
    let show = counter.text.say_with("practice-qr", &[("code", USABLE)]);
    counter.window.get_by_label(&show).click();
    counter.wait_for(&hold.clone(), |window| window.query_by_label(&hold).is_some());
    counter.type_code(USABLE);
    counter.wait_for("the coupon", |window| shows(window, USABLE));
    counter.window.run_steps(FRAMES);
    assert!(counter.window.query_by_label(&hold).is_none(), "the sample is still there");
}

#[test]
fn a_scan_while_an_account_is_entered_leads_nowhere_and_presses_nothing() {
    let mut counter = Counter::open();
    counter.window.get_all_by_label("Connect an account").next().expect("a button").click();
    counter.window.run_steps(FRAMES);
    counter.window.get_by_label("Cancel").focus();
    counter.window.run_steps(FRAMES);
    counter.type_code(USABLE);
    counter.window.run_steps(FRAMES);
    assert!(counter.window.query_by_label("Cancel").is_some(), "the form is still there");
    assert!(matches!(counter.window.state().view().map(|view| view.stage), Some(Stage::Idle)));
}

#[test]
fn a_picture_comes_by_drag_by_paste_and_by_its_name() {
    let mut counter = Counter::open();
    let folder = tempfile::tempdir().expect("a folder");
    let picture = picture_of(USABLE, folder.path());
    counter.window.event(egui::Event::Paste(picture.display().to_string()));
    counter.wait_for("the coupon whose picture's name was pasted", |window| shows(window, USABLE));
    counter.window.input_mut().dropped_files.push(Arc::new(Dropped(picture_of(MEMBER_CARD, folder.path()))));
    counter.wait_for("the card whose picture was dropped", |window| shows(window, MEMBER_CARD));
    let url = url::Url::from_file_path(picture_of(EXPIRED, folder.path())).expect("an address");
    counter.window.event(egui::Event::Paste(url.to_string()));
    counter.wait_for("the coupon whose picture's address was pasted", |window| shows(window, EXPIRED));
    let (width, height, luma) = print::qr_luma(ANOTHER_USABLE, 8);
    let image = egui::ColorImage::from_gray([width as usize, height as usize], &luma);
    counter.window.event(egui::Event::PasteImage(Arc::new(image)));
    counter.wait_for("the coupon whose picture was pasted", |window| shows(window, ANOTHER_USABLE));
    counter.type_code(&picture.display().to_string());
    counter.wait_for("the coupon whose picture was named", |window| shows(window, USABLE));
}

#[test]
fn what_a_person_types_is_kept_in_its_order_when_the_focus_was_elsewhere() {
    let mut counter = Counter::open();
    counter.window.get_by_label("简体中文").focus();
    counter.window.step();
    counter.type_slowly(USABLE);
    counter.window.key_press(Key::Enter);
    counter.wait_for("the typed coupon", |window| shows(window, USABLE));
}
