//! What the settings file is read as, what is said of a bad one, and what saving leaves alone.

use proptest::prelude::*;

use super::*;
use crate::pin::PinHash;
use crate::printer::{Charset, Paper, Place};

/// A PIN's hash, or what looks like one.
const PIN: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA";

/// A folder of its own with `text` as the settings file.
fn with_file(text: &str) -> (tempfile::TempDir, Places) {
    let folder = tempfile::tempdir().expect("a folder");
    let places = Places { settings_file: folder.path().join("settings.toml"), data_folder: folder.path().join("data") };
    fs::write(&places.settings_file, text).expect("written");
    (folder, places)
}

fn load(text: &str) -> Settings {
    let (_folder, places) = with_file(text);
    Settings::load(&places).unwrap_or_else(|error| panic!("{text:?} was refused: {error}"))
}

/// The sentence about a bad file, without the file's name at its beginning.
fn refusal(text: &str) -> String {
    let (_folder, places) = with_file(text);
    let error = Settings::load(&places).expect_err(text).to_string();
    let file = places.settings_file.display().to_string();
    error.strip_prefix(&file).unwrap_or_else(|| panic!("{error:?} does not begin with the file's name")).to_owned()
}

/// `keys` with another one for a command.
fn with_key(keys: Keys, (command, name): (Command, &str)) -> Keys {
    keys.with(command, Key::named(name).expect(name)).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"))
}

fn saved(text: &str, change: impl FnOnce(&mut Settings)) -> String {
    let (_folder, places) = with_file(text);
    let mut settings = Settings::load(&places).expect("loaded");
    change(&mut settings);
    settings.save(&places).expect("saved");
    fs::read_to_string(&places.settings_file).expect("there")
}

#[test]
fn no_file_and_an_empty_file_mean_practice_with_the_usual_names() {
    let (_folder, places) = with_file("");
    let empty = Settings::load(&places).expect("loaded");
    fs::remove_file(&places.settings_file).expect("removed");
    let missing = Settings::load(&places).expect("loaded");
    assert_eq!((&empty, &missing), (&Settings::default(), &Settings::default()));
    assert_eq!(missing.account, None);
    assert!(!missing.till.name.is_empty());
    assert_eq!(missing.till.cashier, "");
}

#[test]
fn every_setting_is_read_and_paths_are_relative_to_the_file() {
    let text = r#"
        [account]
        base_url = "http://127.0.0.1:8080"
        appid = "wx0123456789abcdef"
        secret_file = "hidden/app-secret"
        [till]
        name = " 一号收银台 "
        cashier = "小李"
        [cards]
        custom = ["pA", "pB", "pA"]
        [counter]
        press_twice_from = 100
        volume_percent = 0
        flash = true
        [window]
        language = "zh-CN"
        camera = "HD Webcam"
        theme = "high-contrast"
        text_percent = 125
        full_screen = true
        kiosk = true
        may_sleep = true
        size = [1280, 800]
        maximized = false
        [keys]
        consume = "F12"
        clear = "f8"
        ask_again = "F6"
        details = " F5 "
        key_card = "F1"
        code = "F13"
        history = "f15"
        settings = " f14"
        full_screen = "F24"
        [customer]
        window = true
        shop = "山茶小馆"
        full_screen = true
        place = [1920, 0]
        size = [800, 600]
        [scanner]
        prefix = "]Q1"
        suffix = "!"
        port = "/dev/ttyACM0"
        baud = 115200
        [camera]
        mirrored = true
        autofocus = false
        exposure_ms = 10
        torch = true
        [printer]
        place = "192.168.1.87"
        paper_mm = 80
        charset = "big5"
        slips = true
        heading = " 老王茶馆 "
        [privacy]
        mask_codes = true
        mask_owners = true
        pin = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$c29tZWhhc2hzb21laGFzaA"
        [updates]
        url = " https://updates.example/hexiao.json "
        dismissed = "1.2.3"
    "#;
    let (folder, places) = with_file(text);
    let settings = Settings::load(&places).expect("loaded");
    let expected = Settings {
        account: Some(Account {
            base_url: "http://127.0.0.1:8080".to_owned(),
            credentials: Credentials::AppSecret {
                appid: "wx0123456789abcdef".to_owned(),
                secret: SecretPlace::File(folder.path().join("hidden/app-secret")),
            },
        }),
        till: TillNames { name: "一号收银台".to_owned(), cashier: "小李".to_owned() },
        custom_cards: ["pA", "pB"].map(|id| CardId::parse(id).expect("a card id")).to_vec(),
        counter: CounterSettings { press_twice_from: Some(100), volume_percent: Some(0), flash: true },
        language: Some("zh-CN".to_owned()),
        camera: Some("HD Webcam".to_owned()),
        window: WindowSettings {
            theme: Some(Theme::HighContrast),
            text_percent: Some(125),
            full_screen: true,
            kiosk: true,
            may_sleep: true,
            size: Some((1280, 800)),
            maximized: Some(false),
        },
        keys: [
            (Command::FullScreen, "F24"),
            (Command::GoToSettings, "F14"),
            (Command::GoToHistory, "F15"),
            (Command::GoToCode, "F13"),
            (Command::Details, "F7"),
            (Command::AskAgain, "F6"),
            (Command::Details, "F5"),
            (Command::Clear, "F8"),
            (Command::Consume, "F12"),
        ]
        .into_iter()
        .fold(Keys::default(), with_key),
        customer: CustomerSettings {
            window: true,
            shop: "山茶小馆".to_owned(),
            full_screen: true,
            place: Some((1920, 0)),
            size: Some((800, 600)),
        },
        scanner: ScannerSettings {
            prefix: "]Q1".to_owned(),
            suffix: "!".to_owned(),
            port: Some("/dev/ttyACM0".to_owned()),
            baud: Some(115_200),
        },
        picture: PictureSettings { mirrored: true, autofocus: Some(false), exposure_ms: Some(10), torch: Some(true) },
        printer: PrinterSettings {
            place: Some(Place::Network { host: "192.168.1.87".to_owned(), port: 9100 }),
            paper: Paper::Wide,
            charset: Some(Charset::Big5),
            slips: true,
            heading: "老王茶馆".to_owned(),
        },
        privacy: PrivacySettings { mask_codes: true, mask_owners: true, pin: PinHash::parse(PIN) },
        updates: UpdatesSettings {
            url: Some("https://updates.example/hexiao.json".to_owned()),
            dismissed: Some(semver::Version::new(1, 2, 3)),
        },
        warnings: Vec::new(),
    };
    assert_eq!(settings, expected);
}

#[test]
fn a_token_service_is_read_with_and_without_its_bearer_secret() {
    let (folder, places) =
        with_file("[account.token_service]\nurl = 'https://tokens.example/wx?till=1'\nbearer_file = 'bearer'\n");
    let service = |bearer| {
        Some(Account {
            base_url: BASE_URL_DEFAULT.to_owned(),
            credentials: Credentials::TokenService { url: "https://tokens.example/wx?till=1".to_owned(), bearer },
        })
    };
    let bearer = SecretPlace::File(folder.path().join("bearer"));
    assert_eq!(Settings::load(&places).expect("loaded").account, service(bearer));
    let account = load("account.token_service.url = 'https://tokens.example/wx?till=1'").account;
    assert_eq!(account, service(SecretPlace::KeyStore));
}

#[test]
fn a_bad_file_gets_a_sentence_with_line_key_and_advice() {
    let table = [
        ("[till\n", ", line 1: unclosed table, expected `]`; mend the line, or move the file away to start afresh"),
        (
            "\n\nname = till 1",
            ", line 3: string values must be quoted, expected literal string; mend the line, or move the file away to start afresh",
        ),
        (
            "[till]\nname = 'a'\nname = 'b'",
            ", line 3: duplicate key; mend the line, or move the file away to start afresh",
        ),
        ("[till]\nname = 1", ", line 2: till.name is a number; it must be a text between quotes: name = \"…\""),
        (
            "[till]\nname = 'x'\ncashier = ['a']",
            ", line 3: till.cashier is a list; it must be a text between quotes: cashier = \"…\"",
        ),
        ("[till]\nname = \"a\\nb\"", ", line 2: till.name holds line ends or control characters; write it on one line"),
        (
            "[scanner]\nbaud = '9600'",
            ", line 2: scanner.baud must be a whole number from 300 to 921600, without quotes: baud = 300",
        ),
        (
            "[window]\ntheme = 'pink'",
            ", line 2: window.theme must be \"light\", \"dark\" or \"high-contrast\"; leave it out for the system's",
        ),
        (
            "[window]\nsize = [1024]",
            ", line 2: window.size must be two whole numbers from 200 to 16384: size = [200, 200]",
        ),
        (
            "[updates]\nurl = 'http://updates.example/'",
            ", line 2: updates.url must begin with https://: plain http is for this machine alone (127.0.0.1)",
        ),
        (
            "[updates]\nurl = 'https://updates.example/?key=hush'",
            ", line 2: updates.url must end with the path; take away what begins with ? or #",
        ),
        (
            "[privacy]\npin = '1234'",
            ", line 2: privacy.pin is no PIN's hash; remove the line, and set a PIN in the window's settings",
        ),
        (
            "[camera]\nexposure_ms = 0",
            ", line 2: camera.exposure_ms must be a whole number from 1 to 1000, without quotes: exposure_ms = 1",
        ),
        ("[camera]\ntorch = 'on'", ", line 2: camera.torch is a text; it must be true or false, without quotes"),
        (
            "[printer]\nplace = 'lp0'",
            ", line 2: printer.place must be tcp://HOST, serial:PORT, or the whole path of a device such as /dev/usb/lp0 or \\\\till-2\\receipts",
        ),
        ("[printer]\npaper_mm = 70", ", line 2: printer.paper_mm must be 58 or 80, as wide as the paper is"),
        (
            "[printer]\ncharset = 'utf-8'",
            ", line 2: printer.charset must be \"gb18030\", \"big5\" or \"ascii\"; leave it out for that of the window's language",
        ),
        (
            "[keys]\nconsume = 9",
            ", line 2: keys.consume is a number; it must be a text between quotes: consume = \"…\"",
        ),
        (
            "[keys]\nconsume = 'Enter'",
            ", line 2: keys.consume must be one of \"F1\" to \"F24\", or of clear also \"Escape\"; codes need all others",
        ),
        (
            "[keys]\nclear = 'F8'\nconsume = 'Esc'",
            ", line 3: keys.consume is Escape, which clears and does nothing else; choose another key",
        ),
        (
            "[keys]\nhistory = 'F7'\nconsume = 'F5'",
            ", line 3: keys.consume is F5, and so is ask_again; choose another key for one of them",
        ),
        (
            "[keys]\nconsume = 'F12'\nfull_screen = 'F12'",
            ", line 2: keys.consume is F12, and so is full_screen; choose another key for one of them",
        ),
        ("till = 'one'", ", line 1: till must be a section of its own: [till] on a line by itself"),
        ("\n[[till]]\nname = 'x'", ", line 2: till must be a section of its own: [till] on a line by itself"),
        (
            "[account]\ntoken_service = 'https://a.example'",
            ", line 2: account.token_service must be a section of its own: [account.token_service] on a line by itself",
        ),
        (
            "\n[account]\n",
            ", line 2: [account] does not say who the merchant is; add appid = \"wx…\", or remove the section to practise on the sandbox",
        ),
        (
            "[account]\nsecret_file = 'x'",
            ", line 1: [account] does not say who the merchant is; add appid = \"wx…\", or remove the section to practise on the sandbox",
        ),
        (
            "[account]\nappid = 'wx 1'",
            ", line 2: account.appid must be letters and digits, as the platform's own page shows it",
        ),
        (
            "[account]\nappid = 'wx1'\nbase_url = 'api.example'",
            ", line 3: account.base_url is not an address; write it like https://example.com",
        ),
        (
            "[account]\nbase_url = 'http://api.example'",
            ", line 2: account.base_url must begin with https://: plain http is for this machine alone (127.0.0.1)",
        ),
        (
            "[account]\nbase_url = 'ftp://127.0.0.1'",
            ", line 2: account.base_url must begin with https://: plain http is for this machine alone (127.0.0.1)",
        ),
        (
            "[account]\nbase_url = 'https://hush@api.example'",
            ", line 2: account.base_url must not hold a user or password; take away what stands before the @",
        ),
        (
            "[account]\nbase_url = 'https://api.example/?a=1'",
            ", line 2: account.base_url must end with the path; take away what begins with ? or #",
        ),
        (
            "\n[account.token_service]\nbearer_file = 'b'",
            ", line 2: [account.token_service] lacks the address of the token service; add url = \"https://…\"",
        ),
        (
            "[account.token_service]\nurl = 'http://192.168.1.5/'",
            ", line 2: account.token_service.url must begin with https://: plain http is for this machine alone (127.0.0.1)",
        ),
        (
            "[cards]\ncustom = 'p1'",
            ", line 2: cards.custom must be a list of texts between quotes: custom = [\"…\", \"…\"]",
        ),
        (
            "[cards]\ncustom = ['p1', 2]",
            ", line 2: cards.custom must be a list of texts between quotes: custom = [\"…\", \"…\"]",
        ),
        (
            "[cards]\ncustom = ['p 1']",
            ", line 2: cards.custom holds \"p 1\", which is no card id: this holds characters that no coupon code has; correct or remove it",
        ),
        (
            "[window]\nlanguage = 'fr'",
            ", line 2: window.language must be \"zh-CN\", \"zh-TW\" or \"en\"; leave it out for the system's language",
        ),
        (
            "[window]\ncamera = 0",
            ", line 2: window.camera is a number; it must be a text between quotes: camera = \"…\"",
        ),
    ];
    for (text, sentence) in table {
        assert_eq!(refusal(text), sentence, "{text:?}");
    }
    let long = "x".repeat(NAME_CHARS_MAX + 1);
    assert_eq!(
        refusal(&format!("[till]\nname = '{long}'")),
        ", line 2: till.name is longer than 64 characters; shorten it"
    );
    let cards = (0..=CUSTOM_CARDS_MAX).map(|n| format!("'p{n}',")).collect::<String>();
    assert_eq!(
        refusal(&format!("[cards]\ncustom = [{cards}]")),
        ", line 2: cards.custom lists more than 50 cards; keep those in use"
    );
}

#[test]
fn a_file_that_is_no_small_text_is_refused_with_advice() {
    let unreadable = " cannot be read; see that it is a text file which this user may open";
    let (_folder, places) = with_file("");
    let name = places.settings_file.display().to_string();
    let sentence = || Settings::load(&places).expect_err("refused").to_string();
    fs::write(&places.settings_file, b"[till]\nname = '\xff'").expect("written");
    assert_eq!(sentence(), format!("{name}{unreadable}"));
    fs::write(&places.settings_file, "#".repeat(1 + SETTINGS_BYTES_MAX as usize)).expect("written");
    assert_eq!(
        sentence(),
        format!("{name} is larger than 1048576 bytes, so it is something else; name the right file")
    );
    fs::remove_file(&places.settings_file).expect("removed");
    fs::create_dir(&places.settings_file).expect("made");
    assert_eq!(sentence(), format!("{name}{unreadable}"));
}

#[test]
fn what_the_settings_print_of_an_account_holds_no_key_of_its_address() {
    let settings = load("account.token_service.url = 'https://tokens.example/wx?key=hush#hush'");
    assert!(settings.account.is_some());
    assert!(!format!("{settings:?} {settings:#?}").contains("hush"), "{settings:?}");
}

#[test]
fn names_are_made_plain_and_anything_else_without_a_till_s_name_is_its_usual_one() {
    let settings = load("[till]\nname = \"till\u{202E} 1\u{200B}\"\ncashier = '\u{200B}'");
    assert_eq!((settings.till.name.as_str(), settings.till.cashier.as_str()), ("till 1", ""));
    assert_eq!(load("[till]\nname = '\u{200B}\u{2060}'").till, TillNames::default());
}

#[test]
fn https_is_taken_anywhere_and_plain_http_on_this_machine_alone() {
    for good in [
        "https://api.weixin.qq.com",
        "https://10.0.0.1/wx/",
        "http://127.0.0.1:1",
        "http://[::1]:8080",
        "http://localhost",
    ] {
        assert!(address::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "api.example",
        "http://localhost.example",
        "http://10.0.0.1",
        "file:///etc",
        "https://",
        "https://:hush@a.example",
    ] {
        let problem = advice_on(address::parse(bad).expect_err(bad));
        assert!(!problem.contains("hush"), "a password is not repeated");
    }
}

#[test]
fn unknown_keys_and_unused_ones_are_listed_and_nothing_else() {
    let settings = load(
        "colour = 'red'\n[account]\nappid = 'wx1'\nsecretfile = 'x'\n[account.token_service]\nurl = 'https://a.example'\n\
         retries = 3\n[till]\nname = 'x'\n[drawer]\nport = 1\n",
    );
    let listed = settings.warnings.iter().map(|w| (w.line.expect("a line"), w.key.as_str())).collect::<Vec<_>>();
    assert_eq!(
        listed,
        [
            (1, "colour"),
            (10, "drawer"),
            (4, "account.secretfile"),
            (7, "account.token_service.retries"),
            (3, "account.appid")
        ]
    );
    let (spelling, unused) = (settings.warnings[2].to_string(), settings.warnings[4].to_string());
    assert!(spelling.ends_with(
        "line 4: account.secretfile is not a setting that this version knows, and has no effect; check its spelling"
    ));
    assert!(unused.ends_with("account.appid has no effect beside [account.token_service]; remove one of them"));
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_others_can_open_gets_a_warning_and_is_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, places) = with_file("[account]\nappid = 'wx1'\nsecret_file = 'secret'\n");
    let secret = folder.path().join("secret");
    fs::write(&secret, "s3cret\n").expect("written");
    for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).expect("set");
        let settings = Settings::load(&places).expect("loaded");
        let sentence = format!(
            "{}, line 3: account.secret_file names a file that others can open (mode {mode:o}); run: chmod 600 {}",
            places.settings_file.display(),
            secret.display()
        );
        let warnings = settings.warnings.iter().map(Finding::to_string).collect::<Vec<_>>();
        assert_eq!(warnings, if warned { vec![sentence] } else { vec![] });
        let found = account_secret(&settings.account.expect("an account"), &places).expect("found").expect("there");
        assert_eq!(secrecy::ExposeSecret::expose_secret(&found), "s3cret");
        assert!(!format!("{found:?}").contains("s3cret"), "Debug keeps it");
    }
}

#[test]
fn saving_changes_what_differs_and_leaves_comments_order_unknown_keys_and_paths_alone() {
    let text = "# our till\n[window]\ncamera = \"Old\" # by the door\nzoom = 2\n\n[account]\nappid = \"wx1\"\n\
                secret_file = \"secret\"\n\n[printer]\nport = 1\n";
    assert_eq!(saved(text, |_| ()), text);
    assert_eq!(saved(text, |settings| settings.camera = Some("New".to_owned())), text.replace("Old", "New"));
    assert_eq!(
        saved(text, |settings| settings.till.cashier = "小李".to_owned()),
        format!("{text}\n[till]\ncashier = \"小李\"\n")
    );
    assert_eq!(saved(text, |settings| settings.camera = None), text.replace("camera = \"Old\" # by the door\n", ""));
}

#[test]
fn saving_keeps_the_line_ends_of_windows_and_touches_no_byte_where_nothing_differs() {
    let text = "# till\r\n[till]\r\nname = 'a'\r\n";
    assert_eq!(saved(text, |settings| settings.till.name = "b".to_owned()), "# till\r\n[till]\r\nname = \"b\"\r\n");
    for text in [text, "# mixed\r\n[till]\nname = 'a'\r\n"] {
        assert_eq!(saved(text, |_| {}), text);
    }
}

#[test]
fn an_account_can_be_changed_from_one_kind_to_the_other_and_taken_away() {
    let service = |bearer| Account {
        base_url: BASE_URL_DEFAULT.to_owned(),
        credentials: Credentials::TokenService { url: "https://tokens.example".to_owned(), bearer },
    };
    let app = Account {
        base_url: "http://127.0.0.1:1".to_owned(),
        credentials: Credentials::AppSecret { appid: "wx1".to_owned(), secret: SecretPlace::KeyStore },
    };
    let written_by_hand = [
        "",
        "account = { appid = 'wx2', note = 'kept' }\n",
        "account.appid = 'wx2'\n",
        "[account.token_service]\nurl = 'https://old.example'\nbearer_file = 'b'\n",
    ];
    for text in written_by_hand {
        let (folder, places) = with_file(text);
        let bearer = SecretPlace::File(folder.path().join("bearer"));
        for account in [Some(service(bearer)), Some(app.clone()), Some(service(SecretPlace::KeyStore)), None] {
            let mut settings = Settings::load(&places).expect("loaded");
            settings.account.clone_from(&account);
            settings.save(&places).expect("saved");
            let again = Settings::load(&places).expect("loaded");
            assert_eq!(again.account, account, "{text:?}");
            if text.contains("note") && account.is_some() {
                assert_eq!(again.warnings.len(), 1, "the unknown key is still there");
            }
        }
    }
}

#[test]
fn nothing_senseless_is_saved_and_no_file_that_cannot_be_understood_is_written_over() {
    let (_folder, places) = with_file("[till]\nname = 'x'\n");
    let senseless = Settings { language: Some("fr".to_owned()), ..Settings::default() };
    let error = senseless.save(&places).expect_err("senseless");
    assert_eq!(
        error.to_string(),
        format!(
            "{}: window.language must be \"zh-CN\", \"zh-TW\" or \"en\"; leave it out for the system's language",
            places.settings_file.display()
        )
    );
    assert_eq!(fs::read_to_string(&places.settings_file).expect("there"), "[till]\nname = 'x'\n");

    fs::write(&places.settings_file, "[till\n").expect("written");
    Settings::default().save(&places).expect_err("not understood");
    assert_eq!(fs::read_to_string(&places.settings_file).expect("there"), "[till\n");
}

#[cfg(unix)]
#[test]
fn a_saved_file_and_its_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let places = Places { settings_file: folder.path().join("new/settings.toml"), data_folder: folder.path().into() };
    let settings = Settings { camera: Some("HD Webcam".to_owned()), ..Settings::default() };
    settings.save(&places).expect("saved");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&places.settings_file), mode(&folder.path().join("new"))), (0o600, 0o700));
}

#[test]
fn keys_are_saved_where_they_differ_from_the_usual_and_may_change_places() {
    let text = "[keys]\nconsume = 'F5' # as on the old till\nask_again = 'F9'\n";
    let keys = load(text).keys;
    assert_eq!([Command::Consume, Command::AskAgain].map(|command| keys.of(command).name()), ["F5", "F9"]);
    assert_eq!(
        saved(text, |settings| settings.keys = with_key(settings.keys.clone(), (Command::Consume, "F12"))),
        text.replace("'F5'", "\"F12\"")
    );
    assert_eq!(saved(text, |settings| settings.keys = Keys::default()), "[keys]\n");
    assert_eq!(load("[keys]\nconsume = ''\n").keys, Keys::default(), "nothing said is as usual");
    assert_eq!(load("[keys]\nconsum = 'F12'\n").warnings.len(), 1);
}

/// An absolute folder, whatever the system's absolute paths look like.
fn a_root() -> PathBuf {
    std::path::absolute("/secrets").expect("absolute")
}

fn names() -> impl Strategy<Value = String> {
    // Quotes, backslashes, full-width signs and everything else that is visible; names are made plain when they are read.
    let visible = "[^\\p{C}\\p{Z}\\p{M}]([^\\p{C}\\p{Zl}\\p{Zp}]{0,30}[^\\p{C}\\p{Z}])?";
    visible
        .prop_map(|name| plain::line(&name, NAME_CHARS_MAX))
        .prop_filter("something is left", |name| !name.is_empty())
}

fn secret_places(folder: PathBuf) -> impl Strategy<Value = SecretPlace> {
    prop_oneof![Just(SecretPlace::KeyStore), "[a-z]{1,8}".prop_map(move |name| SecretPlace::File(folder.join(name)))]
}

fn accounts(folder: PathBuf) -> impl Strategy<Value = Account> {
    let credentials = prop_oneof![
        ("[a-zA-Z0-9]{1,20}", secret_places(folder.clone()))
            .prop_map(|(appid, secret)| Credentials::AppSecret { appid, secret }),
        ("https://[a-z]{1,9}\\.example/[a-z?=&]{0,9}", secret_places(folder))
            .prop_map(|(url, bearer)| Credentials::TokenService { url, bearer }),
    ];
    let base_url = prop_oneof![Just(BASE_URL_DEFAULT.to_owned()), "http://127\\.0\\.0\\.1:[1-9][0-9]{0,3}"];
    (base_url, credentials).prop_map(|(base_url, credentials)| Account { base_url, credentials })
}

fn any_settings(folder: PathBuf) -> impl Strategy<Value = Settings> {
    let cards = proptest::collection::hash_set("[a-zA-Z0-9_-]{1,32}", 0..4);
    let language = proptest::option::of(proptest::sample::select(&LANGUAGES[..]).prop_map(str::to_owned));
    let till = (names(), prop_oneof![Just(String::new()), names()]);
    let affixes = ("[!-~]{0,16}", "[!-~]{0,16}");
    let scanner = (affixes, proptest::option::of(names()), proptest::option::of(BAUD_RANGE))
        .prop_map(|((prefix, suffix), port, baud)| ScannerSettings { prefix, suffix, port, baud });
    let switch = || proptest::option::of(any::<bool>());
    let picture = (any::<bool>(), switch(), proptest::option::of(EXPOSURE_MS_RANGE), switch()).prop_map(
        |(mirrored, autofocus, exposure_ms, torch)| PictureSettings { mirrored, autofocus, exposure_ms, torch },
    );
    let theme = proptest::option::of(proptest::sample::select(&Theme::ALL[..]));
    let twice = proptest::option::of(PRESS_TWICE_YUAN_RANGE);
    let counter = (twice, proptest::option::of(VOLUME_PERCENT_RANGE), any::<bool>()).prop_map(
        |(press_twice_from, volume_percent, flash)| CounterSettings { press_twice_from, volume_percent, flash },
    );
    let switches = (any::<bool>(), any::<bool>(), any::<bool>(), switch());
    let sides = (theme, proptest::option::of(TEXT_PERCENT_RANGE), proptest::option::of((SIDE_RANGE, SIDE_RANGE)));
    let look =
        (sides, switches).prop_map(|((theme, text_percent, size), (full_screen, kiosk, may_sleep, maximized))| {
            WindowSettings { theme, text_percent, full_screen, kiosk, may_sleep, size, maximized }
        });
    let pin = proptest::option::of(Just(PIN)).prop_map(|pin| pin.and_then(PinHash::parse));
    let privacy = (any::<bool>(), any::<bool>(), pin).prop_map(|(mask_codes, mask_owners, pin)| PrivacySettings {
        mask_codes,
        mask_owners,
        pin,
    });
    let place = proptest::option::of((PLACE_RANGE, PLACE_RANGE));
    let customer_size = proptest::option::of((SIDE_RANGE, SIDE_RANGE));
    let shop = prop_oneof![Just(String::new()), names()];
    let customer = (any::<bool>(), shop, any::<bool>(), place, customer_size).prop_map(
        |(window, shop, full_screen, place, size)| CustomerSettings { window, shop, full_screen, place, size },
    );
    let place = prop_oneof![
        ("[a-z0-9.-]{1,20}", 1..=u16::MAX).prop_map(|(host, port)| Place::Network { host, port }),
        ("[A-Za-z0-9/]{1,20}", BAUD_RANGE).prop_map(|(port, baud)| Place::Serial { port, baud }),
        names().prop_map(|name| Place::Device(format!("/dev/usb/{name}").into())),
    ];
    let paper = proptest::sample::select(&Paper::ALL[..]);
    let charset = proptest::option::of(proptest::sample::select(&Charset::ALL[..]));
    let heading = prop_oneof![Just(String::new()), names()];
    let printer = (proptest::option::of(place), paper, charset, any::<bool>(), heading)
        .prop_map(|(place, paper, charset, slips, heading)| PrinterSettings { place, paper, charset, slips, heading });
    let chosen = (proptest::sample::select(&Command::ALL[..]), proptest::sample::select(&Key::ALL[..]));
    let keys = proptest::collection::vec(chosen, 0..12).prop_map(|chosen| {
        let with = |keys: Keys, (command, key)| keys.with(command, key).unwrap_or(keys);
        chosen.into_iter().fold(Keys::default(), with)
    });
    let look = (look, keys);
    let url = prop_oneof![
        Just("https://updates.example/hexiao".to_owned()),
        "http://127\\.0\\.0\\.1:[1-9][0-9]{0,3}/[a-z]{0,9}"
    ];
    let version = (any::<u16>(), any::<u16>(), any::<u16>())
        .prop_map(|(major, minor, patch)| semver::Version::new(major.into(), minor.into(), patch.into()));
    let updates = (proptest::option::of(url), proptest::option::of(version))
        .prop_map(|(url, dismissed)| UpdatesSettings { url, dismissed });
    let outward = (printer, updates);
    let window = (language, proptest::option::of(names()), look, scanner, picture, privacy, customer, outward);
    (proptest::option::of(accounts(folder)), till, cards, counter, window).prop_map(
        |(
            account,
            (name, cashier),
            cards,
            counter,
            (language, camera, (window, keys), scanner, picture, privacy, customer, (printer, updates)),
        )| Settings {
            account,
            till: TillNames { name, cashier },
            custom_cards: cards.iter().map(|id| CardId::parse(id).expect("a card id")).collect(),
            counter,
            language,
            camera,
            window,
            keys,
            customer,
            scanner,
            picture,
            printer,
            privacy,
            updates,
            warnings: Vec::new(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_saved_is_loaded_again_whatever_was_there_before(
        first in any_settings(a_root()), second in any_settings(a_root()), unknown in names()
    ) {
        let unknown = toml_edit::Value::from(unknown).to_string();
        let (_folder, places) = with_file(&format!("extra = {unknown}\n"));
        for settings in [first, second] {
            settings.save(&places).expect("saved");
            let mut again = Settings::load(&places).expect("loaded");
            let text = fs::read_to_string(&places.settings_file).expect("there");
            prop_assert_eq!(again.warnings.len(), 1);
            prop_assert!(text.contains(&unknown), "the unknown key survives in {}", text);
            again.warnings.clear();
            prop_assert_eq!(again, settings);
        }
    }

    #[test]
    fn no_text_panics(text in "[\\PC\n]{0,60}", tail in "[a-z_.\\[\\]='\"{}# \n1]{0,80}") {
        let _ = Settings::read(Path::new("settings.toml"), &text);
        let _ = Settings::read(Path::new("settings.toml"), &tail);
    }
}

#[test]
fn an_address_is_shown_by_its_host_alone() {
    for (address, shown) in [
        ("https://tokens.example/wx?key=hush", "tokens.example"),
        ("http://127.0.0.1:8080/?key=hush#x", "127.0.0.1:8080"),
        ("https://[::1]:9/", "[::1]:9"),
        ("key=hush", "an address that cannot be read"),
    ] {
        assert_eq!(host_of(address), shown);
    }
}

#[test]
fn what_the_scanner_and_the_camera_are_set_to_is_kept_and_can_be_taken_back() {
    let text = "[scanner]\nprefix = '~' # of the old one\n[camera]\ntorch = true\n";
    let (scanner, picture) = (
        ScannerSettings {
            prefix: "]Q1".to_owned(),
            suffix: "#".to_owned(),
            port: Some("COM3".to_owned()),
            baud: Some(300),
        },
        PictureSettings { mirrored: true, autofocus: Some(true), exposure_ms: Some(1), torch: None },
    );
    let written = saved(text, |settings| {
        settings.scanner = scanner.clone();
        settings.picture = picture.clone();
    });
    let read = load(&written);
    assert_eq!((read.scanner, read.picture), (scanner, picture));
    assert!(written.contains("# of the old one"), "{written}");
    let written = saved(&written, |settings| {
        settings.scanner = ScannerSettings::default();
        settings.picture = PictureSettings::default();
    });
    let read = load(&written);
    assert_eq!((read.scanner, read.picture), <(ScannerSettings, PictureSettings)>::default());
}
