//! From every page of the window one key, one click or a scan leads back to the counter; nothing is written off where the coupon is not seen; and
//! how the window looks is changed at once and remembered.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/dropped.rs"]
mod dropped;
#[path = "support/form.rs"]
mod form;
#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::sync::Arc;

use dropped::{Dropped, picture_of};
use eframe::egui::{self, Key, MissingGlyphPolicy, ViewportCommand, ViewportEvent, ViewportId, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::{Settings, Theme};
use hexiao::desk::Stage;
use hexiao::ledger::Ledger;
use hexiao::pin::PinHash;
use hexiao::ui::text::Language;
use hexiao::ui::theme::Palette;
use till_window::Counter;
use window::{FRAMES, SMALL, Window};

/// Sample coupons of the sandbox's standard deck.
const USABLE: &str = "409632457895";
const EXPIRED: &str = "409600913357";

/// Each page but the counter, by its key and its button.
const PAGES: [(Key, &str); 2] = [(Key::F3, "History (F3)"), (Key::F4, "Settings (F4)")];
const COUNTER: &str = "Counter (F2)";

impl Counter {
    fn open() -> Self {
        Self::open_with("")
    }

    /// Opens it with these settings.
    fn open_with(settings: &str) -> Self {
        let settings = format!("[window]\nlanguage = 'en'\n{settings}");
        let mut counter = Self::start(
            Language::English,
            SMALL,
            MissingGlyphPolicy::Panic,
            |_| None,
            |places| {
                std::fs::write(&places.settings_file, settings).expect("written");
                Settings::load(places)
            },
        );
        counter.wait_for("an open till", |window| window.state().is_open());
        counter
    }

    fn press(&mut self, key: Key) {
        self.window.key_press(key);
        self.window.run_steps(FRAMES);
    }

    fn scan(&mut self, code: &str) {
        self.window.event(egui::Event::Text(code.to_owned()));
        self.press(Key::Enter);
    }

    fn click(&mut self, label: &str) {
        self.window.get_by_label(label).click();
        self.window.run_steps(FRAMES);
    }

    fn stage(&self) -> Option<Stage> {
        self.window.state().view().map(|view| view.stage)
    }

    fn ledger_is_empty(&self) -> bool {
        Ledger::open(&self.places.practice_ledger_file()).expect("a ledger").recent(1).expect("rows").is_empty()
    }
}

/// Whether the counter is what is shown.
fn at_counter(window: &Window) -> bool {
    window.query_all_by_role(Role::TextInput).count() == 1 && window.query_by_label("Consume   F9").is_some()
}

/// Whether the coupon with `code` lies on the desk.
fn lies_there(window: &Window, code: &str) -> bool {
    let stage = window.state().view().map(|view| view.stage);
    matches!(stage, Some(Stage::Shown { shown, .. }) if shown.coupon.code.as_str() == code)
}

#[test]
fn keys_and_buttons_turn_the_pages_and_elsewhere_nothing_is_consumed_cleared_or_asked() {
    let mut counter = Counter::open();
    counter.scan(USABLE);
    counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    let shown = counter.stage();
    for (key, button) in PAGES {
        for back in [Key::F2, Key::Escape] {
            counter.press(key);
            assert!(!at_counter(&counter.window), "{key:?} leads away");
            for elsewhere in [Key::F9, Key::F5, Key::F9] {
                counter.press(elsewhere);
            }
            assert_eq!(counter.stage(), shown, "nothing happened to the coupon");
            counter.press(back);
            assert!(at_counter(&counter.window), "{back:?} leads back from {button}");
            assert_eq!(counter.stage(), shown, "{back:?} has cleared nothing");
        }
        counter.click(button);
        assert!(!at_counter(&counter.window), "{button} leads away");
        counter.click(COUNTER);
        assert!(at_counter(&counter.window));
    }
    assert!(counter.ledger_is_empty());
    counter.press(Key::Escape);
    counter.wait_for("an empty desk", |window| {
        window.state().view().is_some_and(|view| matches!(view.stage, Stage::Idle))
    });
}

#[test]
fn a_scan_leads_back_to_the_counter_from_every_page_whichever_way_it_comes() {
    let mut counter = Counter::open();
    let folder = tempfile::tempdir().expect("a folder");
    for (key, button) in PAGES {
        counter.press(key);
        counter.scan(USABLE);
        counter.wait_for("the scanned coupon", |window| lies_there(window, USABLE) && at_counter(window));
        // The same once more: it changes nothing on the desk, and is seen all the same.
        counter.press(key);
        counter.scan(USABLE);
        counter.wait_for("the coupon that lies there", |window| lies_there(window, USABLE) && at_counter(window));
        // What does not pass through the window's keys.
        counter.press(key);
        counter.window.get_by_label(button).focus();
        counter.window.input_mut().dropped_files.push(Arc::new(Dropped(picture_of(EXPIRED, folder.path()))));
        counter.wait_for("the dropped coupon", |window| lies_there(window, EXPIRED) && at_counter(window));
        counter.press(Key::Escape);
    }
}

#[test]
fn what_a_person_types_on_another_page_is_no_code() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    for character in USABLE.chars() {
        counter.window.event(egui::Event::Text(character.to_string()));
        counter.window.step();
    }
    counter.press(Key::Enter);
    assert!(!at_counter(&counter.window));
    counter.press(Key::F2);
    assert!(matches!(counter.stage(), Some(Stage::Idle)));
    let field = counter.window.get_by_role(Role::TextInput);
    assert_eq!(field.accesskit_node().value().unwrap_or_default(), "", "nothing waits in the field");
    assert!(field.is_focused());
}

#[test]
fn the_bar_on_top_stands_still_and_is_made_for_fingers() {
    let mut counter = Counter::open();
    let bar =
        |counter: &Counter| [COUNTER, PAGES[0].1, PAGES[1].1].map(|label| counter.window.get_by_label(label).rect());
    let before = bar(&counter);
    assert!(before.iter().all(|rect| rect.height() >= 48.0 && rect.width() >= 48.0), "{before:?}");
    for (key, _) in PAGES {
        counter.press(key);
        assert_eq!(bar(&counter), before);
    }
    counter.press(Key::F2);
    counter.scan(USABLE);
    counter.wait_for("a coupon", |window| lies_there(window, USABLE));
    assert_eq!(bar(&counter), before);
}

#[test]
fn colours_and_size_change_at_once_and_are_remembered() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-look"));
    let paper = |counter: &Counter| counter.window.ctx.global_style().visuals.panel_fill;
    for (key, theme, palette) in [
        ("settings-theme-dark", Some(Theme::Dark), &Palette::DARK),
        ("settings-theme-contrast", Some(Theme::HighContrast), &Palette::HIGH_CONTRAST),
        ("settings-theme-light", Some(Theme::Light), &Palette::LIGHT),
        ("settings-theme-system", None, &Palette::LIGHT),
    ] {
        counter.click(&counter.text.say(key));
        assert_eq!(paper(&counter), palette.paper, "{key}");
        let places = counter.places.clone();
        counter.wait_for("a saved theme", |_| Settings::load(&places).is_ok_and(|saved| saved.window.theme == theme));
    }
    counter.click("125 %");
    let places = counter.places.clone();
    counter.wait_for("a saved size", |window| {
        let saved = Settings::load(&places).is_ok_and(|saved| saved.window.text_percent == Some(125));
        saved && (window.ctx.zoom_factor() - 1.25).abs() < 0.001
    });
}

#[test]
fn what_is_entered_is_checked_with_every_letter_kept_when_the_page_is_left_and_used_at_once() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    form::select_all(&mut counter.window, "Name of this till");
    counter.press(Key::Backspace);
    let complaint = counter.text.say("settings-needed");
    assert!(counter.window.query_by_label(&complaint).is_some(), "it is said beside the field");
    form::fill(&mut counter.window, "Name of this till", "till 7");
    assert!(counter.window.query_by_label(&complaint).is_none());
    form::fill(&mut counter.window, "Cashier", "小李");
    counter.press(Key::F2);
    let places = counter.places.clone();
    counter.wait_for("saved names", |_| {
        Settings::load(&places)
            .is_ok_and(|saved| (saved.till.name.as_str(), saved.till.cashier.as_str()) == ("till 7", "小李"))
    });
    counter.wait_for("the till's new name", |window| window.query_by_label("till 7 · 小李").is_some());
    counter.wait_for("an open till", |window| window.state().is_open());
    counter.scan(USABLE);
    counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    counter.press(Key::F9);
    let accepted = counter.text.say("accepted");
    counter.wait_for("a receipt", |window| window.query_by_label(&accepted).is_some());
    let rows = Ledger::open(&counter.places.practice_ledger_file()).expect("a ledger").recent(9).expect("rows");
    let names: Vec<_> = rows.iter().map(|row| (row.till.as_str(), row.cashier.as_str())).collect();
    assert_eq!(names, [("till 7", "小李")]);
}

#[test]
fn a_scanners_prefix_is_entered_tried_and_taken_off_from_then_on() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-scanning"));
    form::fill(&mut counter.window, &counter.text.say("settings-prefix"), "]Q1");
    let scanned = format!("]Q1{USABLE}");
    form::fill(&mut counter.window, &counter.text.say("settings-try-scanner"), &scanned);
    let read = counter.text.say_with("settings-tried-code", &[("code", USABLE)]);
    assert!(counter.window.query_by_label(&read).is_some(), "the page says what it comes to");
    counter.press(Key::Enter);
    assert!(!at_counter(&counter.window), "it was a trial");
    counter.scan(&scanned);
    counter.wait_for("the coupon", |window| lies_there(window, USABLE) && at_counter(window));
}

#[test]
fn what_is_masked_is_seen_nowhere_in_full_and_the_ledger_has_it_whole() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-privacy"));
    for index in 0..2 {
        let yes = counter.text.say("settings-yes");
        counter.window.get_all_by_label(&yes).nth(index).expect("a button").click();
        counter.window.run_steps(FRAMES);
    }
    counter.press(Key::F2);
    counter.scan(USABLE);
    counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    let owner = match counter.stage() {
        Some(Stage::Shown { shown, .. }) => shown.coupon.openid.expect("an owner"),
        stage => panic!("{stage:?}"),
    };
    // The samples' list is for practice, and nobody's.
    let seen_whole = |counter: &Counter, words: &str| {
        let labels = counter.window.query_all_by_role_and_label(Role::Label, words);
        labels.count()
    };
    assert_eq!((seen_whole(&counter, USABLE), seen_whole(&counter, &owner)), (0, 0));
    counter.press(Key::F9);
    let accepted = counter.text.say("accepted");
    counter.wait_for("a receipt", |window| window.query_by_label(&accepted).is_some());
    assert_eq!((seen_whole(&counter, USABLE), seen_whole(&counter, &owner)), (0, 0));
    counter.press(Key::F3);
    assert_eq!(seen_whole(&counter, USABLE), 0);
    let rows = Ledger::open(&counter.places.practice_ledger_file()).expect("a ledger").recent(9).expect("rows");
    let rows: Vec<_> = rows.iter().map(|row| (row.intent.code.as_str(), row.intent.openid.as_deref())).collect();
    assert_eq!(rows, [(USABLE, Some(owner.as_str()))]);
}

#[test]
fn with_a_pin_neither_history_nor_settings_are_seen_before_it_and_leaving_them_closes_them() {
    let pin = PinHash::of(&"4711".into()).expect("hashed").expect("a PIN");
    let mut counter = Counter::open_with(&format!("[privacy]\npin = '{}'\n", pin.as_str()));
    let locked = |window: &Window| window.query_by_role(Role::PasswordInput).is_some();
    let of_history = counter.text.say("page-history-write-offs");
    for (key, seen) in [(Key::F3, of_history), (Key::F4, counter.text.say("settings-look"))] {
        counter.press(key);
        assert!(locked(&counter.window) && counter.window.query_by_label(&seen).is_none(), "{key:?} is locked");
        counter.window.event(egui::Event::Text("0815".to_owned()));
        counter.press(Key::Enter);
        let wrong = counter.text.say("lock-wrong");
        counter.wait_for("a wrong PIN", |window| window.query_by_label(&wrong).is_some());
        assert!(counter.window.query_by_label(&seen).is_none());
        for digit in ["4", "7", "1", "1", "Open"] {
            counter.click(digit);
        }
        counter.wait_for("the page", |window| window.query_by_label(&seen).is_some() && !locked(window));
        counter.press(Key::F2);
        assert!(at_counter(&counter.window));
    }
    // A scan there is a scan, and the account's form is behind the PIN as well.
    counter.press(Key::F4);
    assert!(locked(&counter.window));
    counter.scan(USABLE);
    counter.wait_for("the coupon", |window| lies_there(window, USABLE) && at_counter(window));
    let field = counter.window.get_by_role(Role::TextInput);
    assert_eq!(field.accesskit_node().value().unwrap_or_default(), "", "nothing of it is left in the field");
    counter.click("Connect an account");
    assert!(locked(&counter.window) && counter.window.query_by_label("AppSecret").is_none());
}

#[test]
fn a_pin_that_is_set_in_the_settings_is_asked_for_from_then_on() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-privacy"));
    for (key, words) in [("settings-pin", "4711"), ("settings-pin-again", "4712"), ("settings-pin-again", "4711")] {
        let set = counter.text.say("settings-pin-set");
        assert!(counter.window.get_by_label(&set).accesskit_node().is_disabled(), "not before it was entered twice");
        form::fill(&mut counter.window, &counter.text.say(key), words);
    }
    counter.click(&counter.text.say("settings-pin-set"));
    let places = counter.places.clone();
    counter.wait_for("a saved PIN", |_| Settings::load(&places).is_ok_and(|saved| saved.privacy.pin.is_some()));
    let text = std::fs::read_to_string(&places.settings_file).expect("there");
    assert!(!text.contains("4711"), "{text}");
    counter.press(Key::F2);
    counter.press(Key::F4);
    counter.wait_for("the lock", |window| window.query_by_role(Role::PasswordInput).is_some());
}

#[test]
fn a_kiosk_is_not_closed_by_its_close_button_and_ended_by_its_settings() {
    let mut counter = Counter::open_with("kiosk = true\n");
    let commands = |counter: &Counter| counter.window.output().viewport_output[&ViewportId::ROOT].commands.clone();
    let close = |counter: &mut Counter| {
        let viewport = counter.window.input_mut().viewports.entry(ViewportId::ROOT).or_default();
        viewport.events.push(ViewportEvent::Close);
        counter.window.step();
    };
    close(&mut counter);
    assert!(commands(&counter).contains(&ViewportCommand::CancelClose), "{:?}", commands(&counter));
    let stays = counter.text.say("kiosk-stays");
    counter.wait_for("the reason", |window| window.query_by_label(&stays).is_some());
    counter.press(Key::F11);
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-computer"));
    counter.window.get_by_label(&counter.text.say("settings-end")).click();
    counter.wait_for("the end", |window| {
        window.output().viewport_output[&ViewportId::ROOT].commands.contains(&ViewportCommand::Close)
    });
    let places = counter.places.clone();
    assert!(
        Settings::load(&places).is_ok_and(|saved| saved.window.kiosk && !saved.window.full_screen),
        "F11 did nothing"
    );
}
