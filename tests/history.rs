//! The history finds every write-off again, shows the full course of each, and holds a million of them; a shift is opened, closed and told in the window.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;
#[path = "support/written_off.rs"]
mod written_off;

use std::path::Path;

use eframe::egui::{Key, MissingGlyphPolicy, accesskit::Role};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::{PrivacySettings, Settings};
use hexiao::desk::Stage;
use hexiao::ledger::Ledger;
use hexiao::ui::text::Language;
use hexiao::write_off::FaceValue;
use till_window::Counter;
use window::{FRAMES, SMALL, Window};
use written_off::{CODES, four};

/// Sample coupons of the sandbox's standard deck: a cash coupon, and another.
const USABLE: &str = "409632457895";
const ANOTHER: &str = "409618203344";

/// A window whose ledger `fill` has filled before it opened.
fn open(language: Language, fill: impl FnOnce(&Path)) -> Counter {
    open_with(language, PrivacySettings::default(), fill)
}

fn open_with(language: Language, privacy: PrivacySettings, fill: impl FnOnce(&Path)) -> Counter {
    let read = move |settings: Settings| Settings { language: Some(language.tag().to_owned()), privacy, ..settings };
    let mut counter = Counter::start(
        language,
        SMALL,
        MissingGlyphPolicy::Panic,
        |_| None,
        |places| {
            fill(&places.practice_ledger_file());
            Settings::load(places).map(read)
        },
    );
    counter.wait_for("an open till", |window| window.state().is_open());
    counter
}

/// Clicks on the button that has this in its label.
fn click(counter: &mut Counter, label: &str) {
    let named = |node: &Node<'_>| node.accesskit_node().label().is_some_and(|name| name.contains(label));
    counter.window.query_all_by_role(Role::Button).find(named).expect(label).click();
    counter.window.run_steps(FRAMES);
}

fn says(window: &Window, words: &str) -> bool {
    window.query_all_by_label_contains(words).next().is_some()
}

/// The codes of the rows in sight, from above.
fn rows(window: &Window, codes: &[&str]) -> Vec<String> {
    let nodes = window.query_all_by_role(Role::Button).filter_map(|node| node.accesskit_node().label());
    nodes.filter_map(|label| label.split(' ').next().filter(|code| codes.contains(code)).map(str::to_owned)).collect()
}

fn type_into_search(counter: &mut Counter, words: &str) {
    let field = counter.window.get_by_role(Role::TextInput);
    field.focus();
    counter.window.run_steps(FRAMES);
    counter.window.get_by_role(Role::TextInput).type_text(words);
    counter.window.run_steps(FRAMES);
}

#[test]
fn every_write_off_is_found_again_and_its_full_course_told() {
    let mut counter = open(Language::English, four);
    counter.press(Key::F3);
    counter.wait_for("the rows", |window| rows(window, &CODES).len() >= 4);
    for (words, codes) in [
        ("4096", &["409600000002", "409600000001"][..]),
        ("Wang", &["409600000002"]),
        ("vip", &["VIP-2026-004"]),
        ("2026-11-23", &[]),
        ("2026-11-24", &["VIP-2026-004", "523800000003", "409600000002", "409600000001"]),
    ] {
        type_into_search(&mut counter, words);
        let found = codes.len();
        let wanted = format!("{found} found");
        counter.wait_for(&wanted, |window| says(window, &wanted) && rows(window, &CODES).len() >= found);
        let in_list: Vec<_> = rows(&counter.window, codes);
        assert_eq!(in_list, codes, "{words}");
        for _ in words.chars() {
            counter.press(Key::Backspace);
        }
    }
    // What is found is saved, whole, where the window says.
    click(&mut counter, "Save as CSV");
    let file = counter.places.exports_folder().join("hexiao-write-offs.csv");
    counter.wait_for("a saved file", |window| says(window, &file.display().to_string()));
    assert_eq!(std::fs::read_to_string(&file).expect("saved").lines().count(), 1 + CODES.len());
    // By outcome; then a row by a click, and others by keys.
    click(&mut counter, "Any outcome");
    counter.wait_for("all rows", |window| says(window, "4 found"));
    click(&mut counter, "523800000003");
    counter.wait_for("its course", |window| says(window, "nothing came back"));
    for words in
        ["settled: the platform says CONSUMED", "sent to the platform", "24 Nov 2026, 10:00:07", "not recorded"]
    {
        assert!(says(&counter.window, words), "{words}");
    }
    counter.press(Key::ArrowDown);
    counter.wait_for("the refused one's course", |window| says(window, "40127 invalid user-card status"));
    counter.press(Key::End);
    counter.wait_for("the oldest one's worth", |window| says(window, "¥20.50"));
}

#[test]
fn what_is_not_settled_stands_on_top_with_what_to_do_and_codes_are_masked_where_they_are_to_be() {
    // The program itself settles it: practice knows nothing of the code, so nothing follows and it stays.
    let privacy = PrivacySettings { mask_codes: true, ..Default::default() };
    let mut counter = open_with(Language::SimplifiedChinese, privacy, four);
    counter.wait_for("the row that was left", |window| {
        window.state().view().is_some_and(|view| view.unsettled.len() == 1)
    });
    counter.press(Key::F3);
    let (what_to_do, one) = (counter.text.say("history-what-to-do"), counter.text.say_count("latest-unsettled", 1));
    counter.wait_for("what to do", |window| says(window, &what_to_do) && says(window, &one));
    let accepted = counter.text.say("latest-word-accepted");
    counter.wait_for("the rows", |window| {
        window.query_all_by_label_contains("••••").count() >= 4 && says(window, &accepted)
    });
    for code in CODES {
        assert!(!says(&counter.window, code), "{code} can be read by who passes");
    }
}

#[test]
fn a_million_rows_are_scrolled_anywhere_and_only_those_in_sight_are_read() {
    const ROWS: usize = 1_000_000;
    let mut counter = open(Language::English, |file| {
        drop(Ledger::open(file).expect("made"));
        let connection = rusqlite::Connection::open(file).expect("opened");
        let sql = format!(
            "PRAGMA synchronous = OFF;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
             INSERT INTO write_off (till, cashier, code, intended_at, outcome_at, stage, errcode, message)
             SELECT 't', 'Li', printf('%012d', i), 1764000000000 + i, 0, 'accepted', 0, '' FROM n"
        );
        connection.execute_batch(&sql).expect("filled");
    });
    let code = |id: usize| format!("{id:012}");
    counter.press(Key::F3);
    counter.wait_for("the newest", |window| says(window, &code(ROWS)) && says(window, "1000000 found"));
    counter.press(Key::End);
    counter.wait_for("the oldest", |window| says(window, &code(1)));
    counter.press(Key::PageUp);
    counter.press(Key::ArrowUp);
    type_into_search(&mut counter, "000000999");
    counter.wait_for("a thousand", |window| says(window, "1000 found") && says(window, &code(999_999)));
}

#[test]
fn a_shift_is_opened_a_write_off_counted_in_it_and_closed_with_its_sum() {
    let mut counter = open(Language::English, |_| ());
    counter.press(Key::F3);
    click(&mut counter, "Shift");
    counter.wait_for("no shift", |window| says(window, "No shift is open."));
    let field = counter.window.get_by_role(Role::TextInput);
    field.focus();
    counter.window.run_steps(FRAMES);
    counter.window.get_by_role(Role::TextInput).type_text("Wang");
    counter.window.run_steps(FRAMES);
    click(&mut counter, "Open the shift");
    counter.wait_for("an open shift", |window| says(window, "Wang since"));
    counter.press(Key::F2);
    counter.window.event(eframe::egui::Event::Text(USABLE.to_owned()));
    counter.press(Key::Enter);
    counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    counter.press(Key::F9);
    counter.wait_for("a receipt", |window| {
        window.state().view().is_some_and(|view| view.recent.iter().any(|row| row.outcome.is_some()))
    });
    counter.press(Key::F3);
    let ledger = Ledger::open(&counter.places.practice_ledger_file()).expect("opened");
    let row = ledger.recent(1).expect("read").remove(0);
    assert_eq!((row.cashier.as_str(), row.shift.map(|id| id.0)), ("Wang", Some(1)));
    let worth = row.intent.face_value.as_ref().and_then(FaceValue::cash).expect("a cash coupon");
    counter.wait_for("its sum", |window| window.query_all_by_label(&worth.to_string()).next().is_some());
    click(&mut counter, "Close the shift");
    // Who goes back to the counter at once writes off under the name of the till's cashier, who is the one that opened the shift.
    counter.press(Key::F2);
    let is_anew = |window: &Window| window.state().view().is_some_and(|view| matches!(view.stage, Stage::Idle));
    counter.wait_for("the till with another cashier, and no receipt", is_anew);
    assert!(ledger.shift(row.shift.expect("its shift")).expect("read").expect("there").closed_at.is_some());
    counter.look_up(ANOTHER);
    counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    counter.press(Key::F9);
    counter.wait_for("a second receipt", |_| ledger.recent(1).expect("read")[0].intent.code.as_str() == ANOTHER);
    let row = ledger.recent(1).expect("read").remove(0);
    assert_eq!((row.cashier.as_str(), row.shift), ("Wang", None));
    counter.press(Key::F3);
    counter.wait_for("no shift again", |window| says(window, "No shift is open."));
    let places = counter.places.clone();
    // Who opened a shift is the till's cashier from then on.
    counter.wait_for("the cashier in the settings", |_| {
        Settings::load(&places).is_ok_and(|settings| settings.till.cashier == "Wang")
    });
}
