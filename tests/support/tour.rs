//! A walk through every state of every view, for tests that look at each. It ends where a state cannot be reached.
#![allow(clippy::expect_used)] // helpers of tests; clippy exempts only the tests themselves

use std::fs;
use std::sync::LazyLock;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::handover::{Handover, seal};
use hexiao::config::{
    self, Account, BASE_URL_DEFAULT, Credentials, CustomerSettings, Places, PrivacySettings, SecretPlace, Settings,
    TillNames, UpdatesSettings, WindowSettings,
};
use hexiao::desk::{Press, Stage, View};
use hexiao::pin::PinHash;
use hexiao::ui::text::Language;
use secrecy::SecretString;

use crate::till_window::{Counter, SECTIONS};
use crate::window::{FRAMES, Window};
use crate::written_off::{CODES, four};

/// Coupons of the sandbox's standard deck, and what else is scanned, with a name for each.
const USABLE: &str = "409632457895";
const SCANNED: [(&str, &str); 6] = [
    ("many-words", "618204957733"),
    ("expired", "409600913357"),
    ("not-yet", "523899001272"),
    ("consumed", "618233145029"),
    ("payment", "131234567890123456"),
    ("unknown", "600000000000"),
];
/// A hash that no PIN has.
const PIN: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";
/// The PIN of [`SET_UP_CODE`].
const SET_UP_PIN: &str = "40963245";

/// What another till gives to this one. It is sealed once: that takes a second.
static SET_UP_CODE: LazyLock<String> = LazyLock::new(|| {
    let credentials = Credentials::TokenService {
        url: "https://tokens.example.com/wechat".to_owned(),
        bearer: SecretPlace::KeyStore,
    };
    let account = Some(Account { base_url: BASE_URL_DEFAULT.to_owned(), credentials });
    let updates = UpdatesSettings {
        url: Some("https://updates.example.com/hexiao.json".to_owned()),
        ..UpdatesSettings::default()
    };
    let settings = Settings { account, updates, ..Settings::default() };
    seal(&Handover::of(&settings, None), &SecretString::from(SET_UP_PIN), None).expect("sealed").text()
});

/// Who walks.
pub trait Walker {
    /// Its language, and its window's settings.
    fn looks(&self) -> (Language, WindowSettings);
    /// Opens another window in place of the present one, with the settings that `prepare` gives.
    fn open(&mut self, prepare: &mut dyn FnMut(&Places) -> Result<Settings, config::Error>);
    /// The window.
    fn counter(&mut self) -> &mut Counter;
    /// Looks at it, in the state of this name. Where `is_covered`, something lies over the page.
    fn look(&mut self, state: &str, is_covered: bool);
}

/// Goes through all of it.
pub fn walk(walker: &mut impl Walker) {
    practise(walker);
    set_up(walker);
    look_back(walker);
    face_the_customer(walker);
    meet_trouble(walker);
}

/// The settings of what is opened, but for what a state needs.
fn settings(walker: &impl Walker) -> Settings {
    let (language, window) = walker.looks();
    let till = TillNames { name: "till 1".to_owned(), cashier: "Li".to_owned() };
    Settings { language: Some(language.tag().to_owned()), till, window, ..Settings::default() }
}

fn open(walker: &mut impl Walker, settings: Settings, prepare: impl Fn(&Places)) {
    walker.open(&mut |places| {
        prepare(places);
        Ok(settings.clone())
    });
    walker.counter().wait_for("an open till", |window| window.state().is_open());
}

fn click(walker: &mut impl Walker, key: &str) {
    let counter = walker.counter();
    let words = counter.text.say(key);
    let button = counter.window.query_all_by_label(&words).find(|node| node.accesskit_node().role() != Role::Label);
    button.unwrap_or_else(|| panic!("no button {words:?}")).click_accesskit(); // it may be scrolled out of sight
    counter.window.run_steps(FRAMES);
}

fn wait_for_sentence(walker: &mut impl Walker, key: &str) {
    let counter = walker.counter();
    let words = counter.text.say(key);
    counter.wait_for(key, |window| window.query_all_by_label(&words).next().is_some());
}

fn is(wanted: impl Fn(&View) -> bool) -> impl Fn(&Window) -> bool {
    move |window| window.state().view().as_ref().is_some_and(&wanted)
}

/// Looks a code up, and waits for the logo of its card where it has one.
fn look_up(walker: &mut impl Walker, code: &str) {
    let counter = walker.counter();
    counter.look_up(code);
    let Some(Stage::Shown { shown, .. }) = counter.window.state().view().map(|view| view.stage) else { return };
    if let Some(card) = shown.card.filter(|card| card.logo_url.is_some()) {
        let logo = counter.text.say_with("logo-of", &[("brand", &card.brand)]);
        counter.wait_for("a logo", |window| window.query_by_label(&logo).is_some());
    }
}

/// The counter, from a scan to the receipt, and the pages of a till that has done nothing else.
fn practise(walker: &mut impl Walker) {
    let settings = settings(walker);
    open(walker, settings, |_| ());
    walker.look("empty", false);
    for (state, code) in SCANNED {
        look_up(walker, code);
        walker.look(state, false);
        if walker.counter().window.state().view().is_some_and(|view| matches!(view.stage, Stage::Shown { .. })) {
            walker.counter().press(Key::F6);
            walker.look(&format!("{state}-details"), false);
        }
        walker.counter().press(Key::Escape);
    }
    walker.counter().press(Key::F3);
    click(walker, "page-history-shift");
    wait_for_sentence(walker, "shift-none-open");
    walker.look("shift-none", false);
    click(walker, "shift-open");
    wait_for_sentence(walker, "shift-close");
    walker.counter().press(Key::F2);
    look_up(walker, USABLE);
    walker.counter().wait_for("a usable coupon", is(|view| view.can_consume));
    walker.look("usable", false);
    walker.counter().press(Key::F6);
    walker.look("details", false);
    walker.counter().press(Key::F6);
    walker.counter().press(Key::F1);
    walker.look("keys", true);
    walker.counter().press(Key::F1);
    walker.counter().press(Key::F9);
    let is_finished = is(|view| matches!(view.stage, Stage::Finished { on_disk: true, .. }));
    walker.counter().wait_for("a receipt", is_finished);
    walker.look("written-off", false);
    walker.counter().press(Key::F3);
    wait_for_sentence(walker, "shift-by-card");
    walker.look("shift", false);
    click(walker, "shift-close");
    wait_for_sentence(walker, "shift-none-open");
    walker.look("shift-closed", false);
    click(walker, "page-history-write-offs");
    walker.counter().wait_for("the row", |window| window.query_all_by_label(USABLE).next().is_some());
    walker.look("history", false);
    walker.counter().press(Key::F4);
    for section in SECTIONS {
        click(walker, section);
        walker.look(section, false);
    }
}

/// The account's form, and what one till gives to another: both sides.
fn set_up(walker: &mut impl Walker) {
    walker.counter().press(Key::F2);
    click(walker, "welcome-connect");
    walker.look("connect", false);
    click(walker, "connect-service-way");
    walker.look("connect-service", false);
    click(walker, "connect-cancel");
    walker.counter().press(Key::F4);
    click(walker, "settings-tills");
    click(walker, "tills-show");
    let counter = walker.counter();
    counter.wait_for("a set-up code", |window| window.state().set_up_code().is_some());
    walker.look("set-up-code", false);
    click(walker, "close");
    click(walker, "take-over-begin");
    walker.look("take-over", false);
    walker.counter().scan("not a set-up code");
    wait_for_sentence(walker, "take-over-not-one");
    walker.look("take-over-not-one", false);
    walker.counter().scan(&SET_UP_CODE);
    wait_for_sentence(walker, "take-over-pin");
    walker.look("take-over-pin", false);
    let field = |window: &Window| window.query_by_role(Role::PasswordInput).is_some_and(|field| field.is_focused());
    walker.counter().wait_for("the field for its PIN", field);
    walker.counter().scan(SET_UP_PIN);
    wait_for_sentence(walker, "take-over-review");
    walker.look("take-over-review", false);
}

/// A day's write-offs, one of them in doubt, with codes masked; and a coupon that takes two presses.
fn look_back(walker: &mut impl Walker) {
    let mut settings = settings(walker);
    settings.counter.press_twice_from = Some(10);
    settings.privacy = PrivacySettings { mask_codes: true, mask_owners: true, ..PrivacySettings::default() };
    open(walker, settings, |places| four(&places.practice_ledger_file()));
    walker.counter().wait_for("the row that was left", is(|view| view.unsettled.len() == 1));
    walker.look("in-doubt", false);
    look_up(walker, USABLE);
    walker.counter().wait_for("a usable coupon", is(|view| view.can_consume));
    walker.look("usable-twice", false);
    walker.counter().press(Key::F9);
    walker.counter().wait_for("the second press", is(|view| view.can_consume && view.press == Press::Confirms));
    walker.look("once-more", false);
    walker.counter().press(Key::F3);
    wait_for_sentence(walker, "history-what-to-do");
    let masked = |window: &Window| window.query_all_by_label_contains("••••").count() >= CODES.len();
    walker.counter().wait_for("the rows", masked);
    walker.look("history-in-doubt", false);
    walker.counter().press(Key::Home);
    walker.look("history-details", false);
}

/// What the customer sees, who has a window of their own; here it lies over the counter's.
fn face_the_customer(walker: &mut impl Walker) {
    let mut settings = settings(walker);
    settings.customer =
        CustomerSettings { window: true, shop: "山茶小馆".to_owned(), ..CustomerSettings::default() };
    open(walker, settings, |_| ());
    wait_for_sentence(walker, "customer-welcome");
    walker.look("customer", true);
}

/// Where something keeps the counter from its work.
fn meet_trouble(walker: &mut impl Walker) {
    let settings = settings(walker);
    let private = PrivacySettings { pin: PinHash::parse(PIN), ..PrivacySettings::default() };
    open(walker, Settings { privacy: private, ..settings.clone() }, |_| ());
    walker.counter().press(Key::F4);
    walker.look("locked", false);

    open(walker, settings.clone(), |places| {
        fs::create_dir_all(&places.data_folder).expect("made");
        fs::write(places.practice_ledger_file(), "no ledger".repeat(200)).expect("written");
    });
    wait_for_sentence(walker, "ledger-damaged");
    walker.look("ledger-damaged", true);

    let credentials = Credentials::TokenService { url: NOWHERE.to_owned(), bearer: SecretPlace::KeyStore };
    let account = Some(Account { base_url: NOWHERE.to_owned(), credentials });
    open(walker, Settings { account, ..settings.clone() }, |_| ());
    walker.look("with-an-account", false);
    look_up(walker, USABLE);
    walker.look("not-reached", false);

    let secret = SecretPlace::File("no-such-secret".into());
    let credentials = Credentials::AppSecret { appid: "wx0123456789abcdef".to_owned(), secret };
    let account = Some(Account { base_url: NOWHERE.to_owned(), credentials });
    walker.open(&mut |_| Ok(Settings { account: account.clone(), ..settings.clone() }));
    wait_for_sentence(walker, "open-failed-till");
    walker.look("not-open", false);
}
