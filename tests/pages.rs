//! From every page of the window one key, one click or a scan leads back to the counter; nothing is written off where the coupon is not seen; and
//! how the window looks is changed at once and remembered.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/dropped.rs"]
mod dropped;
#[path = "support/form.rs"]
mod form;
#[path = "support/http.rs"]
mod http;
#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::sync::{Arc, Mutex};

use dropped::{Dropped, picture_of};
use eframe::egui::{self, Key, MissingGlyphPolicy, ViewportCommand, ViewportEvent, ViewportId, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::{Command, Keys, Settings, Theme};
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
    let paper = |counter: &Counter| counter.window.ctx.global_style().visuals.window_fill;
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

/// The button that gives the command of this sentence another key.
fn change(counter: &Counter, sentence: &str) -> String {
    let values = [("button", counter.text.say("settings-keys-change")), ("what", counter.text.say(sentence))];
    counter.text.say_with("settings-keys-of", &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}

#[test]
fn a_command_gets_the_key_that_is_pressed_for_it_and_no_other_does_it_then() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-keys"));
    let to_change = change(&counter, "key-card-consume");
    let button = counter.window.get_by_label(&to_change).rect();
    assert!(button.height() >= 48.0 && button.width() >= 48.0, "{button:?}");
    counter.click(&to_change);
    counter.press(Key::F12);
    let places = counter.places.clone();
    let f12 = |settings: &Settings| settings.keys.of(Command::Consume).name() == "F12";
    counter.wait_for("a saved key", |_| Settings::load(&places).is_ok_and(|saved| f12(&saved)));
    counter.press(Key::F2);
    assert!(counter.window.query_by_label("Consume   F12").is_some(), "it is named");
    counter.press(Key::F1);
    assert!(counter.window.query_by_label("F12").is_some(), "on the key card too");
    assert!(counter.window.query_by_label("F9").is_none());
    counter.press(Key::F1);
    counter.scan(USABLE);
    counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    counter.press(Key::F9);
    counter.window.run_steps(FRAMES);
    assert!(lies_there(&counter.window, USABLE) && counter.ledger_is_empty(), "F9 does nothing any more");
    counter.press(Key::F12);
    let accepted = counter.text.say("accepted");
    counter.wait_for("a receipt", |window| window.query_by_label(&accepted).is_some());
}

#[test]
fn a_key_that_is_taken_or_types_is_refused_with_a_sentence_escape_changes_nothing_and_the_usual_ones_come_back() {
    let mut counter = Counter::open_with("[keys]\nhistory = 'F7'\n");
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-keys"));
    let waits = counter.text.say("settings-keys-waits");
    let waiting = |counter: &Counter| counter.window.query_all_by_label_contains(&waits).next().is_some();
    let unfit = counter.text.say("settings-keys-unfit");
    let to_change = change(&counter, "key-card-consume");
    counter.click(&to_change);
    for typed in [Key::Enter, Key::Space, Key::Num4, Key::ArrowDown, Key::Backspace] {
        counter.press(typed);
        assert!(counter.window.query_by_label(&unfit).is_some() && waiting(&counter), "{typed:?}");
    }
    counter.press(Key::F5);
    let other = counter.text.say("key-card-ask-again");
    let taken = counter.text.say_with("settings-keys-taken", &[("key", "F5"), ("other", &other)]);
    assert!(counter.window.query_by_label(&taken).is_some() && waiting(&counter), "{taken}");
    counter.press(Key::F4);
    assert!(!at_counter(&counter.window) && waiting(&counter), "a command's key is a key that was pressed for another");
    counter.press(Key::Escape);
    assert!(!waiting(&counter) && !at_counter(&counter.window), "Esc leaves it as it was, and nothing else");
    // Escape clears, and is chosen for that alone.
    for (sentence, key) in
        [("key-card-clear", Key::F8), ("key-card-consume", Key::Escape), ("key-card-clear", Key::Escape)]
    {
        let to_change = change(&counter, sentence);
        counter.click(&to_change);
        counter.press(key);
        assert!(!waiting(&counter), "{sentence}");
    }
    counter.click(&to_change);
    counter.press(Key::F3);
    counter.click(&counter.text.say("settings-keys-usual"));
    let places = counter.places.clone();
    counter.wait_for("the usual keys", |_| Settings::load(&places).is_ok_and(|saved| saved.keys == Keys::default()));
    counter.press(Key::F3);
    assert!(counter.window.query_by_label(&counter.text.say("page-history-write-offs")).is_some());
}

#[test]
fn while_a_key_is_waited_for_a_scan_is_a_scan_and_the_key_after_it_is_as_ever() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-keys"));
    counter.click(&change(&counter, "key-card-details"));
    counter.scan(USABLE);
    counter.wait_for("the coupon", |window| lies_there(window, USABLE) && at_counter(window));
    counter.press(Key::F12);
    let usual = counter.text.say("settings-keys-usual");
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-keys"));
    assert!(counter.window.get_by_label(&usual).accesskit_node().is_disabled(), "no key was changed");
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
#[cfg(target_os = "linux")] // where cameras can be told
fn what_a_camera_is_asked_to_do_is_chosen_and_remembered() {
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-scanning"));
    counter.click("10 ms");
    let places = counter.places.clone();
    counter.wait_for("a saved exposure", |_| {
        Settings::load(&places).is_ok_and(|saved| saved.picture.exposure_ms == Some(10))
    });
    let says_so = counter.text.say("settings-camera-cannot");
    assert!(counter.window.query_by_label(&says_so).is_none(), "no camera has refused it");
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

/// Whoever announces newer versions: what is answered, and the heads of what was asked.
struct Announcer {
    url: String,
    answer: Arc<Mutex<String>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Announcer {
    fn start() -> Self {
        let (answer, asked) = (Arc::<Mutex<String>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (answers, heads) = (Arc::clone(&answer), Arc::clone(&asked));
        let base_url = http::start(move |_, _, head, _| {
            heads.lock().expect("not poisoned").push(head.to_owned());
            Some(http::answer(200, "application/json", "", &answers.lock().expect("not poisoned")))
        });
        Self { url: format!("{base_url}/hexiao.json"), answer, asked }
    }

    fn says(&self, answer: &str) {
        answer.clone_into(&mut self.answer.lock().expect("not poisoned"));
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

#[test]
fn of_a_newer_version_there_is_a_quiet_note_until_it_is_put_away_for_good() {
    let announcer = Announcer::start();
    let mut counter = Counter::open();
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-computer"));
    let (ask, address) = (counter.text.say("updates-ask"), counter.text.say("settings-updates"));
    assert!(counter.window.query_by_label(&ask).is_none(), "nobody can be asked");
    form::fill(&mut counter.window, &address, "http://updates.example/");
    let complaint = counter.text.say("settings-wrong-updates");
    assert!(counter.window.query_by_label(&complaint).is_some(), "not in the clear");
    form::fill(&mut counter.window, &address, &announcer.url);
    counter.press(Key::F2);
    let (places, url) = (counter.places.clone(), announcer.url.clone());
    counter.wait_for("a saved address", move |_| {
        Settings::load(&places).is_ok_and(|saved| saved.updates.url.as_ref() == Some(&url))
    });
    assert!(announcer.asked().is_empty(), "not at once");

    counter.press(Key::F4);
    assert!(counter.window.get_by_label(&ask).rect().height() >= 48.0);
    let note = |version: &str| format!("New version {version}");
    let ask_and_see = |counter: &mut Counter, answer: &str, sentence: &str| {
        announcer.says(answer);
        let before = announcer.asked().len();
        counter.click(&ask);
        // While it is being asked the button says so.
        counter.wait_for(sentence, |window| {
            window.query_by_label(&ask).is_some() && window.query_by_label_contains(sentence).is_some()
        });
        assert_eq!(announcer.asked().len(), before + 1, "once");
        counter.window.run_steps(FRAMES);
    };
    ask_and_see(&mut counter, "<!doctype html>", "the answer names no version");
    ask_and_see(&mut counter, r#"{"version": "0.0.1"}"#, "is the newest");
    ask_and_see(&mut counter, &"x".repeat(200 * 1024), "the answer names no version");
    assert!(counter.window.query_by_label_contains("New version").is_none());
    let answer = r#"{"tag_name": "v99.0.0", "html_url": "https://code.example/hexiao/99"}"#;
    ask_and_see(&mut counter, answer, "there is a version 99.0.0");
    assert!(counter.window.query_by_label("More about it at https://code.example/hexiao/99").is_some());

    // Beside the counter, where it covers nothing and leads to what is known of it.
    counter.press(Key::F2);
    assert!(at_counter(&counter.window));
    let put_away = counter.text.say_with("updates-put-away", &[("version", "99.0.0")]);
    let rects = [COUNTER, PAGES[0].1, PAGES[1].1, &note("99.0.0"), &put_away, "Keys (F1)"]
        .map(|label| counter.window.get_by_label(label).rect());
    assert!(rects.windows(2).all(|pair| pair[0].right() < pair[1].left() && pair[1].height() >= 48.0), "{rects:?}");
    counter.click(&note("99.0.0"));
    assert!(counter.window.query_by_label_contains("there is a version 99.0.0").is_some());
    counter.press(Key::F2);
    counter.click(&put_away);
    assert!(at_counter(&counter.window));
    assert!(counter.window.query_by_label(&note("99.0.0")).is_none());
    let places = counter.places.clone();
    counter.wait_for("what was put away, saved", |_| {
        let dismissed = Settings::load(&places).ok().and_then(|saved| saved.updates.dismissed);
        dismissed.is_some_and(|version| version.to_string() == "99.0.0")
    });

    counter.press(Key::F4);
    ask_and_see(&mut counter, answer, "there is a version 99.0.0");
    assert!(counter.window.query_by_label(&note("99.0.0")).is_none(), "it stays away");
    ask_and_see(&mut counter, r#"{"version": "99.0.1"}"#, "there is a version 99.0.1");
    assert!(counter.window.query_by_label(&note("99.0.1")).is_some(), "the next one does not");
    ask_and_see(&mut counter, "out of order", "the answer names no version");
    assert!(counter.window.query_by_label(&note("99.0.1")).is_some(), "what is known stays known");

    // Another address has not said so; and of this till it learnt nothing but the program's name and version.
    form::fill(&mut counter.window, &address, &format!("{}/elsewhere", announcer.url));
    counter.press(Key::F2);
    assert!(counter.window.query_by_label(&note("99.0.1")).is_none());
    for head in announcer.asked() {
        let mut told: Vec<_> = head.lines().filter_map(|line| line.split(':').next()).collect();
        told.sort_unstable();
        assert_eq!(told, ["GET /hexiao.json HTTP/1.1", "accept", "host", "user-agent"], "{head}");
        assert!(head.contains(concat!("hexiao/", env!("CARGO_PKG_VERSION"))));
    }
}

#[test]
fn with_large_letters_the_note_keeps_to_its_place_and_can_be_put_away_in_the_settings() {
    for percent in [100, 125, 150] {
        let announcer = Announcer::start();
        announcer.says(r#"{"version": "99.0.0"}"#);
        let builder = window::builder(SMALL.map(|side| side * 100.0 / percent as f32), MissingGlyphPolicy::Panic);
        let settings = format!("language = 'en'\ntext_percent = {percent}\n[updates]\nurl = '{}'\n", announcer.url);
        let mut counter = Counter::start_in(
            builder,
            Language::English,
            |_| None,
            |places| {
                std::fs::write(&places.settings_file, format!("[window]\n{settings}")).expect("written");
                Settings::load(places)
            },
        );
        counter.wait_for("an open till", |window| window.state().is_open());
        counter.press(Key::F4);
        for key in ["settings-computer", "updates-ask"] {
            counter.window.get_by_label(&counter.text.say(key)).click_accesskit(); // it may be scrolled out of sight
            counter.window.run_steps(FRAMES);
        }
        let put_away = counter.text.say_with("updates-put-away", &[("version", "99.0.0")]);
        counter.wait_for("the note", |window| window.query_all_by_label(&put_away).next().is_some());
        counter.window.run_steps(FRAMES);
        // In the settings, and in the bar where that has room for it.
        let buttons = counter.window.query_all_by_label(&put_away).count();
        assert!(buttons == 2 || percent > 100, "{percent} %: {buttons}");
        let rect = |label: &str| counter.window.get_by_label(label).rect();
        let (note, before, behind) = (rect("New version 99.0.0"), rect(PAGES[1].1), rect("Keys (F1)"));
        assert!(
            before.right() < note.left() && note.right() < behind.left(),
            "{percent} %: {before:?} {note:?} {behind:?}"
        );
        counter.window.get_all_by_label(&put_away).last().expect("a button").click_accesskit();
        counter.wait_for("no note", |window| window.query_by_label("New version 99.0.0").is_none());
        assert!(counter.window.query_all_by_label(&put_away).next().is_none());
    }
}

#[test]
fn an_address_that_does_not_answer_is_said_to_be_so() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let mut counter = Counter::open_with(&format!("[updates]\nurl = '{url}'\n"));
    counter.press(Key::F4);
    counter.click(&counter.text.say("settings-computer"));
    counter.click(&counter.text.say("updates-ask"));
    counter.wait_for("a reason", |window| window.query_by_label_contains("the address did not answer").is_some());
}
