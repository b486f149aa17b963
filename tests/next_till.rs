//! The promise: a shop's next till is set up by what the first one shows, or by a file, and the secret is seen by nobody on the way. Both windows are
//! driven through their accessibility trees; between them goes what a camera would see, and the PIN that a person would read.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/dropped.rs"]
mod dropped;
#[path = "support/form.rs"]
mod form;
#[path = "support/http.rs"]
mod http;
#[path = "support/hush.rs"]
#[allow(dead_code)] // it knows more secrets than are handed over here
mod hush;
#[path = "support/program.rs"]
mod program;
#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;

use dropped::{Dropped, picture_of};
use eframe::egui::{Key, MissingGlyphPolicy, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::handover::{Handover, Sealed, VALID_FOR, new_pin, seal};
use hexiao::config::{Account, Credentials, SecretPlace, Settings};
use hexiao::desk::Stage;
use hexiao::ui::text::Language;
use hush::{APP_SECRET, silent, silent_folder};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use till_window::Counter;
use window::{FRAMES, SMALL, Window};

const USABLE: &str = "409632457895";
const PASSPHRASE: &str = "correct horse battery";

/// A platform that takes any account.
fn platform() -> String {
    http::start(|_, _, _, _| {
        let body = r#"{"errcode":0,"errmsg":"ok","access_token":"some-token","expires_in":7200}"#;
        Some(http::answer(200, "application/json", "", body))
    })
}

/// Settings of a shop's till at `base_url`, whose secret is in a file beside them.
fn shop(base_url: &str, appid: &str) -> String {
    format!(
        "[account]\nbase_url = '{base_url}'\nappid = '{appid}'\nsecret_file = 'secret'\n[cards]\ncustom = ['pCustom']\n[counter]\nflash = true\n"
    )
}

/// A till whose settings these are, in English, with `secret` in the file beside them.
fn till(settings: &str, secret: &str) -> Counter {
    let mut counter = Counter::start(
        Language::English,
        SMALL,
        MissingGlyphPolicy::Panic,
        |_| None,
        |places| {
            let file = places.settings_file.with_file_name("secret");
            fs::write(&file, secret).expect("written");
            hexiao::private::narrow(&file);
            fs::write(&places.settings_file, format!("{settings}[window]\nlanguage = 'en'\n")).expect("written");
            Settings::load(places)
        },
    );
    counter.wait_for("an open till", |window| window.state().is_open());
    counter
}

impl Counter {
    fn click(&mut self, key: &str) {
        let label = self.text.say(key);
        self.window.get_all_by_role_and_label(Role::Button, &label).next().expect("it is there").click();
        self.window.run_steps(FRAMES);
    }

    fn wait_for_sentence(&mut self, key: &str) {
        let sentence = self.text.say(key);
        self.wait_for(key, |window| window.query_all_by_label(&sentence).next().is_some());
    }

    fn shows(&self, key: &str) -> bool {
        self.window.query_all_by_label(&self.text.say(key)).next().is_some()
    }

    /// Turns to the section on other tills, and waits until the code that it shows is drawn. What a camera reads, and a person.
    fn shown_code(&mut self) -> (String, SecretString) {
        self.press(Key::F4);
        self.click("settings-tills");
        let show = self.text.say("tills-show");
        self.window.get_by_label(&show).click();
        let name = self.text.say("tills-code");
        self.wait_for("a code", |window| {
            window.query_by_role_and_label(Role::Image, &name).is_some() && shown_pin(window).is_some()
        });
        let code = self.window.state().set_up_code().expect("it is shown").to_owned();
        (code, shown_pin(&self.window).expect("a PIN beside it"))
    }

    /// Begins to take over, and scans this as a scanner types it.
    fn scan_to_take_over(&mut self, code: &str) {
        self.press(Key::F4);
        self.click("settings-tills");
        self.click("take-over-begin");
        self.scan(code);
    }

    /// Enters a PIN, as its field is ready for one.
    fn enter_pin(&mut self, pin: &str) {
        let label = self.text.say("take-over-pin");
        self.wait_for("a free field", |window| {
            window.query_by_label(&label).is_some_and(|_| {
                let field = window.query_by_role(Role::PasswordInput);
                field.is_some_and(|field| !field.accesskit_node().is_disabled() && field.is_focused())
            })
        });
        self.scan(pin);
    }
}

/// The PIN that a person reads beside the code: eight digits in two halves.
fn shown_pin(window: &Window) -> Option<SecretString> {
    let of_digits = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let labels = window.query_all_by_role(Role::Label);
    labels.filter_map(|label| label.value()).find_map(|words| {
        let (one, other) = words.split_once(' ')?;
        (of_digits(one) && of_digits(other)).then(|| SecretString::from(format!("{one}{other}")))
    })
}

fn file_beside(counter: &Counter, name: &str) -> PathBuf {
    counter.places.settings_file.with_file_name(name)
}

#[test]
fn what_one_till_shows_another_takes_over_by_its_pin_alone_and_nothing_of_it_is_written_down_on_the_way() {
    let base_url = platform();
    let mut first = till(&shop(&base_url, "wx1"), APP_SECRET);
    hexiao::logging::start(&first.places.log_folder(), hexiao::logging::Console::Quiet).expect("a log");
    let (code, pin) = first.shown_code();
    assert!(!code.contains(pin.expose_secret()));

    // The next till is the shop's already, with a secret that was void yesterday, so that the secret goes into a file and not into the key store of whoever
    // runs this test.
    let own =
        format!("{}[till]\nname = 'till 2'\ncashier = 'Wang'\n", shop(&base_url, "wx1").replace("pCustom", "pOther"));
    let mut next = till(&own, "void");
    let folder = tempfile::tempdir().expect("a folder");
    let picture = picture_of(&code, folder.path());
    next.press(Key::F4);
    next.click("settings-tills");
    next.click("take-over-begin");
    next.window.input_mut().dropped_files.push(Arc::new(Dropped(picture)));
    next.wait_for_sentence("take-over-pin");
    let other = if pin.expose_secret() == "40963245" { "40963246" } else { "40963245" };
    next.enter_pin(other);
    next.wait_for_sentence("lock-wrong");
    assert!(!next.shows("take-over-review"), "a wrong PIN opens nothing");
    let (one, two) = pin.expose_secret().split_at(4);
    next.enter_pin(&format!("{one} {two}"));
    next.wait_for_sentence("take-over-review");
    assert!(!next.shows("take-over-replace") && next.shows("take-over-save"), "it is the same account");
    form::fill(&mut next.window, "Name of this till", "till 2b");
    next.click("take-over-save");
    next.wait_for_sentence("connect-kept-file");
    next.wait_for("an open till", |window| window.state().is_open());
    let places = next.places.clone();
    next.wait_for("saved settings", |_| Settings::load(&places).is_ok_and(|saved| saved.till.name == "till 2b"));
    let saved = Settings::load(&next.places).expect("saved");
    assert_eq!(saved.custom_cards.iter().map(|card| card.as_str()).collect::<Vec<_>>(), ["pCustom"]);
    assert!(saved.counter.flash && saved.till.cashier == "Wang");
    assert_eq!(fs::read_to_string(file_beside(&next, "secret")).expect("there"), APP_SECRET);

    // Of the code and the PIN nothing is left on either side, the log included.
    for counter in [&first, &next] {
        let secret = file_beside(counter, "secret");
        let root = secret.parent().expect("a folder");
        assert!(silent_folder(root, std::slice::from_ref(&secret)) > 1);
        for secret in [code.as_str(), pin.expose_secret()] {
            assert!(!holds(root, secret.as_bytes()), "{} holds what was shown", root.display());
        }
    }
    assert!(holds(&first.places.log_folder(), b"a set-up code"), "the log is written: this test can fail");
}

/// Whether a file under `folder` holds `bytes`.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).any(|path| {
        if path.is_dir() {
            return holds(&path, bytes);
        }
        fs::read(&path).expect("a file").windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn the_code_is_put_away_when_section_or_page_are_left_and_by_a_scan() {
    let mut first = till(&shop(&platform(), "wx1"), APP_SECRET);
    let shown = |counter: &Counter| shown_pin(&counter.window).is_some();
    let leave: [fn(&mut Counter); 4] = [
        |counter| counter.click("settings-look"),
        |counter| counter.press(Key::F2),
        |counter| counter.click("close"),
        |counter| {
            counter.scan(USABLE);
        },
    ];
    for leave in leave {
        first.shown_code();
        assert!(shown(&first));
        leave(&mut first);
        first.wait_for("no code", |window| shown_pin(window).is_none());
        first.press(Key::F4);
        assert!(!shown(&first), "it is not there when somebody comes back");
        first.click("settings-tills");
        assert!(!shown(&first), "nor when somebody looks for it");
        assert!(first.shows("tills-show"));
    }
}

/// A code of these settings that is good until then.
fn code_of(settings: &Settings, pin: &SecretString, expires: Timestamp) -> Sealed {
    seal(&Handover::of(settings, None), pin, Some(expires)).expect("sealed")
}

/// Settings of a till that works by a token service without a secret: nothing has to be kept anywhere.
fn by_service(base_url: &str) -> Settings {
    let credentials = Credentials::TokenService { url: format!("{base_url}/service"), bearer: SecretPlace::KeyStore };
    let account = Some(Account { base_url: base_url.to_owned(), credentials });
    let mut settings = Settings { account, language: Some("zh-CN".to_owned()), ..Settings::default() };
    settings.scanner.prefix = "]Q1".to_owned();
    settings
}

#[test]
fn a_new_till_that_practises_becomes_one_of_the_shops_and_speaks_its_language() {
    let pin = new_pin().expect("a PIN");
    let code = code_of(&by_service(&platform()), &pin, Timestamp::now() + VALID_FOR).text();
    let mut next = till("", "");
    next.click("welcome-take-over");
    next.scan(&code.to_lowercase());
    next.enter_pin(pin.expose_secret());
    next.wait_for_sentence("take-over-review");
    next.click("take-over-save");
    next.text = hexiao::ui::text::Text::new(Language::SimplifiedChinese);
    next.wait_for_sentence("connect-kept-store");
    next.wait_for("an open till", |window| window.state().is_open());
    assert!(next.window.state().samples().is_empty(), "it practises no longer");
    let places = next.places.clone();
    next.wait_for("saved settings", |_| {
        let saved = Settings::load(&places).expect("settings");
        saved.account.is_some() && saved.scanner.prefix == "]Q1"
    });
}

#[test]
fn another_account_is_named_before_it_replaces_the_present_one_and_leaving_changes_nothing() {
    let base_url = platform();
    let pin = new_pin().expect("a PIN");
    let code = code_of(&by_service(&base_url), &pin, Timestamp::now() + VALID_FOR).text();
    let mut next = till(&shop(&base_url, "wx1"), APP_SECRET);
    let before = fs::read_to_string(&next.places.settings_file).expect("there");
    next.scan_to_take_over(&code);
    next.enter_pin(pin.expose_secret());
    next.wait_for_sentence("take-over-review");
    let host = base_url.trim_start_matches("http://");
    let replaces = next.text.say_with("take-over-replaces", &[("present", "wx1"), ("next", host)]);
    assert!(next.window.query_by_label(&replaces).is_some() && next.shows("take-over-replace"));
    next.click("connect-cancel");
    assert!(next.shows("tills-show"));
    next.scan_to_take_over(&code);
    next.press(Key::Escape);
    assert_eq!(fs::read_to_string(&next.places.settings_file).expect("there"), before);
    assert_eq!(fs::read_to_string(file_beside(&next, "secret")).expect("there"), APP_SECRET);
}

#[test]
fn what_is_no_code_or_is_no_longer_one_has_a_sentence_and_while_one_is_waited_for_no_coupon_is_looked_up() {
    let pin = new_pin().expect("a PIN");
    let late = code_of(&by_service(&platform()), &pin, Timestamp::now()).text();
    let mut next = till("", "");
    next.scan_to_take_over(USABLE);
    next.wait_for_sentence("take-over-not-one");
    let stage = next.window.state().view().map(|view| view.stage);
    assert!(matches!(stage, Some(Stage::Idle)), "{stage:?}");
    for (scanned, sentence) in [
        (late[..late.len() - 5].to_owned(), "take-over-damaged"),
        (late.replacen("HEXIAOSETUPA", "HEXIAOSETUPZ", 1), "take-over-newer"),
    ] {
        next.scan(&scanned);
        next.wait_for_sentence(sentence);
    }
    next.scan(&late);
    next.enter_pin(pin.expose_secret());
    next.wait_for_sentence("take-over-expired");
    // At the counter it is named, and neither shown nor kept; and coupons are looked up again.
    next.press(Key::F2);
    next.scan(&late);
    next.wait_for_sentence("refusal-set-up");
    let beginning = &late[..40];
    assert!(next.window.query_all_by_label_contains(beginning).next().is_none());
    next.scan(USABLE);
    next.wait_for("a coupon", |window| window.state().view().is_some_and(|view| view.can_consume));
}

/// A till of the command line's, with everything of it in one folder.
struct Till(TempDir);

impl Till {
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("settings.toml"), settings).expect("written");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn settings(&self) -> String {
        fs::read_to_string(self.path("settings.toml")).unwrap_or_default()
    }

    /// Runs `settings ARGS` with `typed` on its standard input. Whatever it prints and logs holds no secret and no passphrase.
    fn run(&self, args: &[&str], typed: &str) -> (i32, String) {
        let mut command = program::program(self.0.path());
        command.arg("settings").args(args).arg("--settings").arg(self.path("settings.toml"));
        command.arg("--data").arg(self.path("data")).current_dir(self.0.path());
        command.env("HEXIAO_LOG", "trace").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(typed.as_bytes()).ok(); // it may not want to read it
        drop(stdin);
        let Output { status, stdout, stderr } = child.wait_with_output().expect("ended");
        for bytes in [&stdout, &stderr] {
            silent("what it prints", bytes);
        }
        assert!(!holds(&self.path("data/logs"), PASSPHRASE.as_bytes()), "the log holds the passphrase");
        let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(!said.contains(PASSPHRASE), "{said}");
        (status.code().expect("an exit status"), said)
    }
}

#[test]
#[cfg(target_os = "linux")] // elsewhere secrets would go into the real key store of whoever runs this
fn a_file_carries_settings_and_secret_to_another_till_for_who_has_the_passphrase() {
    let first = Till::new(&shop("https://api.weixin.qq.com", "wx1"));
    fs::write(first.path("secret"), APP_SECRET).expect("written");
    hexiao::private::narrow(&first.path("secret"));
    let (status, said) = first.run(&["export", "till.hexiao"], "too short\n");
    assert_eq!(status, 2, "{said}");
    assert!(!first.path("till.hexiao").exists(), "{said}");
    let (status, said) = first.run(&["export", "till.hexiao"], &format!("{PASSPHRASE}\n"));
    assert_eq!(status, 0, "{said}");
    let file = first.path("till.hexiao");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    }
    let written = fs::read(&file).expect("there");
    silent("the file", &written);
    assert_eq!(first.run(&["export", "till.hexiao"], PASSPHRASE).0, 2, "it is not written over");
    assert_eq!(fs::read(&file).expect("there"), written);
    let (status, said) = first.run(&["export", "another.hexiao", "--force"], PASSPHRASE);
    assert_eq!(status, 0, "where there is nothing to write over it is written all the same: {said}");
    fs::remove_file(first.path("another.hexiao")).expect("there");
    fs::write(first.path("passphrase"), format!("{PASSPHRASE}\r\n")).expect("written");
    let (status, said) =
        first.run(&["export", "till.hexiao", "--force", "--passphrase-file", "passphrase", "--valid-hours", "48"], "");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("account wx1 with its secret, 1 cards, written to") && said.contains("good until"), "{said}");
    assert_ne!(fs::read(&file).expect("there"), written);
    fs::remove_file(first.path("passphrase")).expect("removed");

    let next = Till::new("[till]\nname = 'till 2' # by hand\n");
    fs::copy(&file, next.path("till.hexiao")).expect("copied");
    let before = next.settings();
    let (status, said) = next.run(&["import", "till.hexiao"], "wrong horse battery\n");
    assert_eq!((status, next.settings()), (1, before), "{said}");
    assert!(said.contains("this is not the PIN or passphrase"), "{said}");
    let (status, said) = next.run(&["import", "till.hexiao", "--json"], PASSPHRASE);
    assert_eq!(status, 0, "{said}");
    let line = said.lines().find(|line| line.starts_with('{')).expect("a line");
    assert_eq!(line, r#"{"file":"till.hexiao","account":"wx1","cards":1,"secret":true}"#);
    let settings = next.settings();
    for expected in ["name = 'till 2' # by hand", "appid = \"wx1\"", "pCustom", "flash = true"] {
        assert!(settings.contains(expected), "{expected} is missing in {settings}");
    }
    assert!(!settings.contains("secret_file"), "that is the first till's: {settings}");
    let kept = next.path("data/secrets/wx1");
    assert_eq!(fs::read_to_string(&kept).expect("there"), APP_SECRET);
    silent_folder(next.0.path(), &[kept]);
    silent_folder(first.0.path(), &[first.path("secret")]);
}

#[test]
#[cfg(target_os = "linux")] // elsewhere secrets would go into the real key store of whoever runs this
fn a_plain_file_has_no_secret_and_an_account_is_replaced_only_on_demand() {
    let pin = hexiao::pin::PinHash::of(&"4711".into()).expect("hashed").expect("a PIN");
    let first =
        Till::new(&format!("{}[privacy]\npin = '{}'\n", shop("https://api.weixin.qq.com", "wx1"), pin.as_str()));
    let (status, said) = first.run(&["export", "fleet.toml", "--without-secret"], "");
    assert_eq!(status, 0, "without a secret, none is looked for: {said}");
    let fleet = fs::read_to_string(first.path("fleet.toml")).expect("there");
    assert!(fleet.contains("appid = \"wx1\"") && !fleet.contains("argon2") && !fleet.contains("secret"), "{fleet}");

    let next = Till::new(&shop("https://api.weixin.qq.com", "wx2"));
    fs::write(next.path("secret"), APP_SECRET).expect("written");
    hexiao::private::narrow(&next.path("secret"));
    fs::write(next.path("fleet.toml"), &fleet).expect("written");
    let before = next.settings();
    let (status, said) = next.run(&["import", "fleet.toml"], "");
    assert_eq!((status, next.settings()), (1, before), "{said}");
    assert!(said.contains("this till works for wx2") && said.contains("--replace-account"), "{said}");
    let (status, said) = next.run(&["import", "fleet.toml", "--replace-account"], "");
    assert_eq!(status, 0, "{said}");
    assert!(next.settings().contains("appid = \"wx1\"") && said.contains("no secret is kept for wx1"), "{said}");

    fs::write(next.path("odd.toml"), "[counter]\nvolume_percent = 400\n").expect("written");
    let (status, said) = next.run(&["import", "odd.toml"], "");
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("odd.toml, line 2: counter.volume_percent"), "{said}");
    fs::write(next.path("cut.hexiao"), "HEXIAOSETUPAEAAA\n").expect("written");
    let (status, said) = next.run(&["import", "cut.hexiao"], "");
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("damaged"), "{said}");
    assert_eq!(next.run(&["import", "missing.hexiao"], "").0, 2);
}
