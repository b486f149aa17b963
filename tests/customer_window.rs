//! What a customer may see: the verdict and the worth, in every state of the counter, and nothing that is private to anyone.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use eframe::egui::{Key, MissingGlyphPolicy};
use egui_kittest::kittest::Queryable as _;
use hexiao::config::{CustomerSettings, Settings, TillNames};
use hexiao::desk::{Stage, View};
use hexiao::ui::customer::Scene;
use hexiao::ui::text::Language;
use jiff::Timestamp;
use till_window::Counter;
use window::SMALL;

const SHOP: &str = "山茶小馆";
const TILL: &str = "till 7";
const CASHIER: &str = "Wang";
/// A usable coupon of the sandbox's standard deck, and what else can be scanned, with what the customer reads of it.
const USABLE: &str = "409632457895";
const OTHERS: [(&str, &str, &str); 5] = [
    ("409600913357", "refused", "expired"),
    ("618233145029", "refused", "written off"),
    ("290475813366", "refused", "Member card"),
    ("131234567890123456", "not-a-coupon", "Please open the coupon itself: Me › Cards & Offers."),
    ("600000000000", "refused", "Please ask at the counter."),
];

fn open() -> Counter {
    let till = TillNames { name: TILL.to_owned(), cashier: CASHIER.to_owned() };
    let customer = CustomerSettings { window: true, shop: SHOP.to_owned(), ..CustomerSettings::default() };
    let settings = Settings { language: Some("en".to_owned()), till, customer, ..Settings::default() };
    let mut counter = Counter::start(Language::English, SMALL, MissingGlyphPolicy::Panic, |_| None, |_| Ok(settings));
    counter.wait_for("an open till", |window| window.state().is_open());
    counter
}

fn scene(view: &View, counter: &Counter) -> Scene {
    Scene::of(Some(view), &counter.text, SHOP.to_owned(), None, Timestamp::now())
}

/// What a customer reads now; nothing private among it.
fn read(counter: &Counter, code: &str) -> String {
    let view = counter.window.state().view().expect("an open till");
    let words = scene(&view, counter).words().join("\n");
    let mut private = vec![code.to_owned(), TILL.to_owned(), CASHIER.to_owned()];
    if let Stage::Shown { shown, .. } | Stage::Finished { shown, .. } = &view.stage {
        private.extend(shown.coupon.openid.clone());
    }
    for word in private {
        assert!(!words.contains(&word), "{word} is read in {words}");
    }
    words
}

#[test]
fn in_every_state_the_customer_reads_the_verdict_and_nothing_private() {
    let mut counter = open();
    assert!(read(&counter, USABLE).contains(&counter.text.say("customer-welcome")));
    for (code, word, sentence) in OTHERS {
        counter.look_up(code);
        let words = read(&counter, code);
        assert!(words.contains(&counter.text.say(word)) && words.contains(sentence), "{code}: {words}");
        counter.press(Key::Escape);
    }
    counter.look_up(USABLE);
    counter.wait_for("a usable coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
    assert!(read(&counter, USABLE).contains("¥20 off when you spend ¥100"));
    // Where the card's details did not come in time, the counter has the code in their place.
    let mut view = counter.window.state().view().expect("an open till");
    let Stage::Shown { shown, .. } = &mut view.stage else { panic!("a coupon is shown") };
    shown.card = None;
    let words = scene(&view, &counter).words().join("\n");
    assert!(words.contains(&counter.text.say("usable")) && !words.contains(USABLE), "{words}");
    counter.press(Key::F9);
    counter.wait_for("a receipt", |window| {
        window.state().view().is_some_and(|view| matches!(view.stage, Stage::Finished { .. }))
    });
    let words = read(&counter, USABLE);
    for word in [counter.text.say("accepted"), "¥20".to_owned(), counter.text.say("customer-thanks")] {
        assert!(words.contains(&word), "{words}");
    }
}

#[test]
fn the_window_is_opened_and_closed_by_the_settings_and_says_that_practice_is_not_real() {
    let mut counter = open();
    let welcome = counter.text.say("customer-welcome");
    counter.wait_for("the window", |window| window.query_by_label(&welcome).is_some());
    let shop = format!("{SHOP}  {}", counter.text.say("customer-practice"));
    assert!(counter.window.query_by_label(&shop).is_some());
    counter.press(Key::F4);
    let section = counter.text.say("settings-customer");
    // Here the customer's window lies over the counter's, where a pointer would meet it.
    counter.window.get_by_label(&section).click_accesskit();
    counter.window.run_steps(window::FRAMES);
    let no = counter.text.say("settings-no");
    counter.window.get_all_by_label(&no).next().expect("the first switch").click_accesskit();
    counter.window.run_steps(window::FRAMES);
    assert!(counter.window.query_by_label(&welcome).is_none());
    let places = counter.places.clone();
    counter.wait_for("a saved choice", |_| Settings::load(&places).is_ok_and(|saved| !saved.customer.window));
}
