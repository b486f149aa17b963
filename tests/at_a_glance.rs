//! What a cashier must see is seen at a glance and stands still: the verdict, what is largest after it, the buttons under a finger; and the way
//! from one customer to the next is one scan and one key.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use eframe::egui::accesskit::{Live, Role};
use eframe::egui::{self, Key, MissingGlyphPolicy, Rect};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::{CounterSettings, Settings, TillNames};
use hexiao::desk::Stage;
use hexiao::ui::text::Language;
use till_window::Counter;
use window::{FRAMES, SMALL};

/// Coupons of the sandbox's standard deck: usable ones, and one for each way in which one is refused.
const USABLE: &str = "409632457895";
const ANOTHER_USABLE: &str = "409618203344";
const WITH_MANY_WORDS: &str = "618204957733";
const EXPIRED: &str = "409600913357";
const NOT_YET: &str = "523899001272";
const CONSUMED_ELSEWHERE: &str = "618233145029";
const PAYMENT: &str = "131234567890123456";
/// What a finger needs, in points.
const TOUCH: f32 = 48.0;

impl Counter {
    fn open(language: Language, size: [f32; 2], counter: CounterSettings) -> Self {
        let till = TillNames { name: "till 1".to_owned(), cashier: "Li".to_owned() };
        let settings = Settings { language: Some(language.tag().to_owned()), till, counter, ..Settings::default() };
        let mut counter = Self::start(language, size, MissingGlyphPolicy::Panic, |_| None, |_| Ok(settings));
        counter.wait_for("an open till", |window| window.state().is_open());
        counter
    }

    fn wait_until_it_can_be_consumed(&mut self) {
        self.wait_for("a press", |window| window.state().view().is_some_and(|view| view.can_consume));
        self.window.run_steps(FRAMES);
    }

    fn write_off(&mut self, code: &str) {
        self.look_up(code);
        self.wait_until_it_can_be_consumed();
        self.press(Key::F9);
        let accepted = self.text.say("accepted");
        self.wait_for("a receipt", |window| window.query_all_by_label(&accepted).next().is_some());
    }

    fn says(&self, words: &str) -> bool {
        self.window.query_all_by_label(words).next().is_some()
    }

    /// Where the verdict's word begins, and where each button is.
    fn places(&self) -> Vec<Rect> {
        let verdict = self.window.get_by(|node| node.live() == Live::Assertive && node.role() == Role::Label).rect();
        let mut places = vec![Rect::from_min_size(verdict.min, egui::Vec2::ZERO)];
        let text = &self.text;
        let named = |keys: &[&str], key: &str| {
            let names: Vec<String> = keys.iter().map(|word| format!("{}{key}", text.say(word))).collect();
            let found = |name: &String| self.window.query_by_role_and_label(Role::Button, name).map(|node| node.rect());
            names.iter().find_map(found).unwrap_or_else(|| panic!("no button with any name of {names:?}"))
        };
        places.extend([
            named(&["clear"], "  (Esc)"),
            named(&["ask-again"], "  (F5)"),
            named(&["details", "details-close"], "  (F6)"),
            named(&["consume", "consuming"], "   F9"),
        ]);
        places
    }
}

#[test]
fn verdict_and_buttons_stand_where_they_stood_whatever_is_shown() {
    for (language, size) in [(Language::SimplifiedChinese, SMALL), (Language::English, [1920.0, 1080.0])] {
        let mut counter = Counter::open(language, size, CounterSettings::default());
        let places = counter.places();
        let screen = Rect::from_min_size(egui::Pos2::ZERO, size.into());
        assert!(places.iter().all(|place| screen.contains_rect(*place)), "{places:?}");
        for code in [USABLE, WITH_MANY_WORDS, EXPIRED, NOT_YET, CONSUMED_ELSEWHERE, PAYMENT] {
            counter.look_up(code);
            assert_eq!(counter.places(), places, "{code}");
            counter.press(Key::F6);
            assert_eq!(counter.places(), places, "{code}, with its details");
        }
        counter.write_off(ANOTHER_USABLE);
        assert_eq!(counter.places(), places, "the receipt");
    }
}

#[test]
fn the_date_on_which_a_refusal_hangs_and_the_worth_of_what_is_usable_are_said_after_the_verdict() {
    let mut counter = Counter::open(Language::English, SMALL, CounterSettings::default());
    counter.look_up(USABLE);
    assert!(counter.says("¥20 off when you spend ¥100"));
    for (code, key) in [(EXPIRED, "large-until"), (NOT_YET, "large-from")] {
        counter.look_up(code);
        let Some(Stage::Shown { shown, .. }) = counter.window.state().view().map(|view| view.stage) else { panic!() };
        let validity = shown.coupon.validity;
        let hangs_on = if code == EXPIRED { validity.end } else { validity.begin };
        let date = hexiao::ui::sentence::date_time(&counter.text, hangs_on.expect("a date"));
        assert!(counter.says(&counter.text.say_with(key, &[("date", &date)])), "{code}");
    }
}

#[test]
fn of_what_this_shop_wrote_off_it_is_told_when_where_and_by_whom_and_of_other_shops_nothing() {
    for language in Language::ALL {
        let mut counter = Counter::open(language, SMALL, CounterSettings::default());
        counter.write_off(USABLE);
        counter.look_up(ANOTHER_USABLE);
        counter.look_up(USABLE);
        let values = [("till", "till 1"), ("cashier", "Li"), ("number", "1")];
        let by = counter.text.say_with("written-off-by", &values);
        counter.wait_for("who it was", |window| window.query_all_by_label(&by).next().is_some());
        let view = counter.window.state().view().expect("a view");
        let Stage::Shown { shown, .. } = &view.stage else { panic!("{:?}", view.stage) };
        let at = shown.earlier.as_ref().and_then(|row| row.outcome_at).expect("a time");
        let when =
            counter.text.say_with("large-consumed", &[("date", &hexiao::ui::sentence::date_time(&counter.text, at))]);
        assert!(counter.says(&when));

        counter.look_up(CONSUMED_ELSEWHERE);
        assert!(counter.says(&counter.text.say("reason-consumed")));
        assert!(!counter.says(&by) && !counter.says(&when), "that was another coupon");
    }
}

#[test]
fn the_conditions_are_one_key_or_touch_away_and_the_next_scan_shows_the_verdict_again() {
    let mut counter = Counter::open(Language::SimplifiedChinese, SMALL, CounterSettings::default());
    let notice = "结账前请向收银员出示券码";
    counter.look_up(USABLE);
    assert!(!counter.says(notice), "not before it is asked for");
    counter.press(Key::F6);
    assert!(counter.says(notice));
    counter.press(Key::F6);
    assert!(!counter.says(notice));
    let button = format!("{}  (F6)", counter.text.say("details"));
    counter.window.get_by_label(&button).click();
    counter.window.run_steps(FRAMES);
    assert!(counter.says(notice));
    for words in ["不与其他优惠同享", "堂食与外带菜品", "酒水、特价菜", "仅限商户的 2 家门店，请确认本店在内"]
    {
        assert!(counter.says(words), "{words}");
    }
    counter.look_up(WITH_MANY_WORDS);
    assert!(!counter.says(notice), "at a glance again");
    counter.press(Key::F6);
    assert!(counter.says("可与其他优惠同享") && counter.says("周一 11:00–14:00\n周六"));
}

#[test]
fn from_customer_to_customer_it_is_one_scan_and_one_key_and_the_receipt_stays_until_the_next_scan() {
    let mut counter = Counter::open(Language::English, SMALL, CounterSettings::default());
    let (mut scans, mut keys) = (0, 0);
    for code in [USABLE, ANOTHER_USABLE, WITH_MANY_WORDS] {
        counter.look_up(code);
        scans += 1;
        counter.wait_until_it_can_be_consumed();
        counter.press(Key::F9);
        keys += 1;
        counter.wait_for("a receipt", |window| window.query_all_by_label("Written off").next().is_some());
        // Whatever time passes, it stays; nothing has to be cleared for the next.
        counter.window.run_steps(200);
        let stage = counter.window.state().view().map(|view| view.stage);
        assert!(matches!(stage, Some(Stage::Finished { shown, .. }) if shown.coupon.code.as_str() == code));
    }
    assert_eq!((scans, keys), (3, 3));
    let ledger = hexiao::ledger::Ledger::open(&counter.places.practice_ledger_file()).expect("a ledger");
    assert_eq!(ledger.recent(9).expect("rows").len(), 3);
}

#[test]
fn a_coupon_over_the_set_value_says_that_it_takes_two_presses_and_that_the_second_is_awaited() {
    for language in Language::ALL {
        let mut counter =
            Counter::open(language, SMALL, CounterSettings { press_twice_from: Some(20), ..Default::default() });
        counter.look_up(USABLE);
        counter.wait_until_it_can_be_consumed();
        let named = |key: &str| format!("{}   F9", counter.text.say(key));
        let [twice, again, once] = ["consume-twice", "consume-again", "consume"].map(named);
        assert!(counter.says(&twice));
        counter.press(Key::F9);
        counter.wait_for("the second press", |window| window.query_all_by_label(&again).next().is_some());
        let stage = counter.window.state().view().map(|view| view.stage);
        assert!(matches!(stage, Some(Stage::Shown { .. })), "not yet: {stage:?}");
        counter.wait_until_it_can_be_consumed();
        counter.press(Key::F9);
        let accepted = counter.text.say("accepted");
        counter.wait_for("a receipt", |window| window.query_all_by_label(&accepted).next().is_some());
        counter.look_up("523817640921"); // a discount, whose worth in money nobody says
        counter.wait_until_it_can_be_consumed();
        assert!(counter.says(&once));
    }
}

#[test]
fn whatever_can_be_pressed_at_the_counter_is_made_for_a_finger() {
    let mut counter = Counter::open(Language::SimplifiedChinese, SMALL, CounterSettings::default());
    for code in [None, Some(USABLE)] {
        code.into_iter().for_each(|code| counter.look_up(code));
        let mut looked_at = 0;
        for node in counter.window.root().children_recursive() {
            let role = node.accesskit_node().role();
            if matches!(role, Role::Button | Role::ComboBox | Role::TextInput) {
                let (rect, name) = (node.rect(), node.accesskit_node().label());
                assert!(rect.height() >= TOUCH && rect.width() >= TOUCH, "{role:?} {name:?}: {rect:?}");
                looked_at += 1;
            }
        }
        assert!(looked_at > 20, "only {looked_at} controls");
    }
}

#[test]
fn the_key_card_names_every_key_and_no_key_reaches_what_is_under_it() {
    for language in Language::ALL {
        let mut counter = Counter::open(language, SMALL, CounterSettings::default());
        counter.look_up(USABLE);
        counter.wait_until_it_can_be_consumed();
        let (title, scan) = (counter.text.say("key-card-title"), counter.text.say("key-card-consume"));
        counter.press(Key::F1);
        assert!(counter.says(&title) && counter.says(&scan));
        for key in ["Enter", "F1", "F2", "F3", "F4", "F5", "F6", "F9", "Esc"] {
            assert!(counter.says(key), "{key}");
        }
        counter.press(Key::F9);
        assert!(!counter.says(&title), "any key puts it away");
        let stage = counter.window.state().view().map(|view| view.stage);
        assert!(matches!(stage, Some(Stage::Shown { .. })), "and does nothing else: {stage:?}");
        let button = format!("{} (F1)", counter.text.say("keys"));
        counter.window.get_by_label(&button).click();
        counter.window.run_steps(FRAMES);
        assert!(counter.says(&title), "by touch as well");
        counter.window.get_by_label(&counter.text.say("close")).click();
        counter.window.run_steps(FRAMES);
        assert!(!counter.says(&title));
        counter.press(Key::F1);
        counter.look_up(ANOTHER_USABLE);
        assert!(!counter.says(&title), "a scan is seen at once");
    }
}
