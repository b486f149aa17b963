//! The promise: other people's words are shown, and never taken for ours. Whatever a merchant writes into a title, a platform into an error, an older program into
//! the ledger: the verdict stays where it is and what it is, one row stays one row, and no terminal, spreadsheet or log obeys.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/http.rs"]
mod http;
#[path = "support/program.rs"]
mod program;
#[path = "support/window.rs"]
mod window;

use std::fs;
use std::path::{Path, PathBuf};

use eframe::egui::{
    self, Key, MissingGlyphPolicy,
    accesskit::{Live, Role},
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::config::{Account, Credentials, Places, SecretPlace, Settings, TillNames};
use hexiao::desk::Stage;
use hexiao::ledger::Ledger;
use hexiao::plain;
use hexiao::sandbox::{self, Deck, Sandbox};
use hexiao::ui::text::{Language, Text};
use program::program;
use serde_json::{Value, json};
use tempfile::TempDir;
use window::{FRAMES, SMALL, Window};

/// How the codes begin of coupons that can be used, that cannot, that the platform does not know, and of which it says something odd; what follows is
/// the number of the words.
const USABLE: &str = "5096";
/// See [`USABLE`].
const EXPIRED: &str = "6096";
/// See [`USABLE`].
const UNKNOWN: &str = "7096";
/// See [`USABLE`].
const ODD: &str = "8096";
/// Kinds of card, each with the field that says what it is worth.
const KINDS: [(&str, &str); 4] =
    [("GENERAL_COUPON", "default_detail"), ("CASH", "reduce_cost"), ("GIFT", "gift"), ("GROUPON", "deal_detail")];

fn code(beginning: &str, number: usize) -> String {
    format!("{beginning}{number:08}")
}

/// The platform's answer to a request, with hostile words in every field that is a text.
fn platform(path: &str, body: &str) -> String {
    let asked: Value = serde_json::from_str(body).expect("JSON");
    let number =
        |text: &str| text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().expect("a number");
    match path {
        "/cgi-bin/stable_token" => return json!({"access_token": "a".repeat(64), "expires_in": 7200}).to_string(),
        "/card/get" => {
            let id = asked["card_id"].as_str().expect("a card id");
            let (_, words) = &hostile::words()[number(id)];
            let (kind, field) = KINDS[number(id) % KINDS.len()];
            let worth = if kind == "CASH" { json!(2000) } else { json!(words) };
            let base =
                json!({"title": words, "sub_title": words, "brand_name": words, "notice": words, "description": words});
            let details = json!({"base_info": base, field: worth});
            return json!({"errcode": 0, "errmsg": words, "card": {"card_type": kind, kind.to_lowercase(): details}})
                .to_string();
        }
        _ => {}
    }
    let code = asked["code"].as_str().expect("a code");
    let number = number(&code[4..]);
    let words: String = hostile::words()[number].1.chars().take(10_000).collect();
    match &code[..4] {
        UNKNOWN => return json!({"errcode": 40056, "errmsg": words}).to_string(),
        ODD => return json!({"errcode": words, "errmsg": words}).to_string(),
        _ => {}
    }
    let (status, can_consume) = match &code[..4] {
        USABLE => ("NORMAL", true),
        _ if number.is_multiple_of(2) => ("EXPIRE", false),
        _ => (words.as_str(), false),
    };
    json!({"errcode": 0, "errmsg": words, "openid": words, "can_consume": can_consume, "user_card_status": status,
        "card": {"card_id": format!("pHostile{number}"), "begin_time": 1457452800, "end_time": i32::MAX}})
    .to_string()
}

/// A platform that says such things, and a till's settings for it.
struct Shop {
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
    base_url: String,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let base_url =
            http::start(|_, path, _, body| Some(http::answer(200, "application/json", "", &platform(path, body))));
        fs::write(folder.path().join("secret"), "0123456789abcdef0123456789abcdef").expect("written");
        hexiao::private::narrow(&folder.path().join("secret"));
        let settings = format!(
            "[account]\nbase_url = \"{base_url}\"\nappid = \"wx1\"\nsecret_file = \"secret\"\n[till]\nname = \"till\\u202E \\u200B7\"\n"
        );
        fs::write(folder.path().join("settings.toml"), settings).expect("written");
        Self { folder, runtime, base_url }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ledger_file(&self) -> PathBuf {
        self.path().join("data/ledger.db")
    }

    /// Runs a command to its end: what it prints, on both sides, is plain. Standard output, standard error.
    fn run(&self, args: &[&str]) -> (String, String) {
        let mut command = program(self.path());
        command
            .args(args)
            .arg("--settings")
            .arg(self.path().join("settings.toml"))
            .arg("--data")
            .arg(self.path().join("data"));
        command.env("HEXIAO_LOG", "trace");
        let output = command.output().expect("run");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert_plain(&format!("{args:?}"), stdout.trim_start_matches('\u{FEFF}'));
        assert_plain(&format!("{args:?}"), &stderr);
        (stdout, stderr)
    }
}

/// What commands a terminal, hides, or turns the direction: a list of this test's own, since the program's is what is judged.
fn is_foul(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' // commands
        | '\u{AD}' | '\u{61C}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}'
        | '\u{E0000}'..='\u{E007F}')
}

/// Fails where `text` holds anything foul but line ends.
fn assert_plain(what: &str, text: &str) {
    let foul: Vec<char> = text.chars().filter(|c| *c != '\n' && is_foul(*c)).collect();
    assert!(foul.is_empty(), "{what} prints {foul:?}: {text:?}");
}

#[test]
fn on_a_terminal_the_verdict_comes_first_and_each_detail_is_a_line_of_its_own() {
    let shop = Shop::open();
    let labels = ["Coupon", "Kind", "Merchant", "Valid", "Status", "Card", "Owner"];
    for (number, (what, _)) in hostile::words().iter().enumerate() {
        for (code, verdict) in [(code(USABLE, number), "Usable"), (code(EXPIRED, number), "Not usable. ")] {
            let (stdout, stderr) = shop.run(&["query", &code]);
            let mut lines = stdout.lines();
            assert!(
                lines.next().is_some_and(|line| line.starts_with(&format!("{code}: {verdict}"))),
                "{what}: {stdout}"
            );
            for line in lines {
                let label = labels.iter().find(|label| line.strip_prefix("  ").is_some_and(|l| l.starts_with(**label)));
                assert!(label.is_some() && line.chars().count() < 500, "{what}: {line:?}");
            }
            assert_eq!(stderr, "", "{what}");
            let (stdout, _) = shop.run(&["query", &code, "--json"]);
            let line: Value = serde_json::from_str(&stdout).expect(what);
            assert_eq!((stdout.lines().count(), &line["code"]), (1, &Value::from(code)), "{what}");
        }
        for code in [code(UNKNOWN, number), code(ODD, number)] {
            let (stdout, stderr) = shop.run(&["query", &code]);
            assert!(
                stdout.is_empty() && stderr.starts_with("hexiao: ") && stderr.lines().count() == 1,
                "{what}: {stderr}"
            );
        }
    }
}

#[test]
fn receipts_listings_and_exports_have_one_row_for_a_write_off_whatever_is_in_it() {
    let shop = Shop::open();
    let words = hostile::words();
    for (number, (what, _)) in words.iter().enumerate() {
        let usable = code(USABLE, number);
        let (stdout, _) = shop.run(&["consume", &usable, "--yes"]);
        let heading = format!("{usable}: Written off, no. {} in the ledger", number + 1);
        assert!(stdout.starts_with(&heading) && stdout.lines().count() == 1, "{what}: {stdout}");
        let (_, stderr) = shop.run(&["consume", &code(EXPIRED, number), "--yes"]);
        assert!(stderr.starts_with("hexiao: nothing was sent. ") && stderr.lines().count() == 1, "{what}: {stderr}");
    }
    // And rows as an older program may have written them, straight from the platform's mouth.
    let old = rusqlite::Connection::open(shop.ledger_file()).expect("a ledger");
    for (number, (_, words)) in words.iter().enumerate() {
        let insert = "INSERT INTO write_off (till, cashier, code, title, openid, intended_at, outcome_at, stage, errcode, message)
            VALUES (?1, ?1, ?2, ?1, ?1, 1790000000000, 1790000000000, 'rejected', -1, ?1)";
        old.execute(insert, (words, code(EXPIRED, number))).expect("inserted");
    }
    drop(old);
    let rows = 2 * words.len();
    let (listed, _) = shop.run(&["ledger"]);
    assert_eq!(listed.lines().count(), rows + 1, "a heading, and a line each");
    let (lines, _) = shop.run(&["ledger", "--json"]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (table, _) = shop.run(&["ledger", "--csv"]);
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{FEFF}').as_bytes());
    let names = reader.headers().expect("a heading").clone();
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a row")).collect();
    assert_eq!((lines.len(), records.len()), (rows, rows));
    for (line, record) in lines.iter().zip(&records) {
        for (name, field) in names.iter().zip(record) {
            let value = match &line[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if line[name].is_string() {
                // A spreadsheet calculates nothing, and a program has each text back to the letter.
                assert!(!field.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']), "{field:?}");
                assert_eq!(field.strip_prefix('\'').unwrap_or(field), value, "{name}");
            } else {
                assert_eq!(field, value, "a number, negative or not, stays one: {name}");
            }
        }
    }
    assert!(
        records
            .iter()
            .any(|record| record.get(names.iter().position(|n| n == "errcode").expect("a column")) == Some("-1"))
    );
    let logs = fs::read_dir(shop.path().join("data/logs")).expect("logs");
    for log in logs.map(|log| fs::read_to_string(log.expect("an entry").path()).expect("text")) {
        assert_plain("the log", &log);
        assert!(log.lines().all(|line| line.starts_with("20")), "every line begins with its time");
    }
}

#[test]
fn what_the_sandbox_prints_of_a_hostile_deck_is_plain() {
    let (folder, runtime) =
        (tempfile::tempdir().expect("a folder"), tokio::runtime::Runtime::new().expect("a runtime"));
    let coupons =
        hostile::words().into_iter().map(|(_, words)| json!({"title": words.chars().take(27).collect::<String>()}));
    let deck = json!({"coupons": coupons.collect::<Vec<_>>()}).to_string();
    let record = Some(folder.path().join("record.jsonl"));
    let deck = Deck::from_json(&deck).expect("a deck");
    let options = sandbox::Options { deck, record, ..sandbox::Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
    assert!(sandbox.coupons().iter().any(|coupon| coupon.title.contains('\u{1b}')), "the deck is hostile");
    assert_plain("the table", &sandbox::print::table(&sandbox));
    assert_plain("the announcement", &plain::json(&sandbox.announcement()).expect("JSON"));
}

/// A window on the shop's account.
fn open(shop: &Shop, language: Language) -> Window {
    let account = Account {
        base_url: shop.base_url.clone(),
        credentials: Credentials::AppSecret {
            appid: "wx1".to_owned(),
            secret: SecretPlace::File(shop.path().join("secret")),
        },
    };
    let places = Places::new(Some(shop.path().join("window.toml")), Some(shop.path().join("data"))).expect("places");
    let names = TillNames { name: "till 1".to_owned(), cashier: String::new() };
    let settings = Settings {
        account: Some(account),
        till: names,
        language: Some(language.tag().to_owned()),
        ..Settings::default()
    };
    let setup = window::setup(places, Ok(settings), None, shop.runtime.handle());
    let mut window = window::open(setup, SMALL, MissingGlyphPolicy::Tofu); // a box, as in a window on a screen
    window::wait_for(&mut window, "an open till", |window| window.state().is_open());
    window
}

fn look_up(window: &mut Window, code: &str) {
    window.event(egui::Event::Text(code.to_owned()));
    window.key_press(Key::Enter);
    window.step();
    let shown = code.to_owned();
    window::wait_for(window, code, move |window| {
        matches!(window.state().view().map(|view| view.stage),
            Some(Stage::Shown { shown: s, .. }) if s.coupon.code.as_str() == shown)
    });
    // A coupon that can be used takes no press for a moment after it was shown.
    let usable = code.starts_with(USABLE);
    window::wait_for(window, "a coupon that can be consumed", move |window| {
        window.state().view().is_some_and(|view| view.can_consume == usable)
    });
    window.run_steps(FRAMES);
}

/// Where what decides stands: the verdict's word, and the button.
fn places_of(window: &Window, button: &str) -> [egui::Rect; 2] {
    let verdict = window.get_by(|node| node.live() == Live::Assertive && node.role() == Role::Label);
    [verdict.rect(), window.get_by_label(button).rect()]
}

#[test]
fn no_coupon_moves_or_imitates_the_verdict_or_the_button_in_the_window() {
    let shop = Shop::open();
    for (turn, language) in Language::ALL.into_iter().enumerate() {
        let text = Text::new(language);
        let button = format!("{}   F9", text.say("consume"));
        let mut window = open(&shop, language);
        let calm = hostile::words().iter().position(|(what, _)| *what == "is a command").expect("there");
        look_up(&mut window, &code(USABLE, calm));
        let places = places_of(&window, &button);
        for (number, (what, _)) in hostile::words().iter().enumerate() {
            // Each of the words in one of the languages, every kind of card in both: a press is waited for each time.
            if (number + number / KINDS.len()) % 2 != turn {
                continue;
            }
            for (code, key, usable) in
                [(code(USABLE, number), "usable", true), (code(EXPIRED, number), "refused", false)]
            {
                look_up(&mut window, &code);
                // There is one verdict, and it is ours: by its word, its place, and what a screen reader says by itself.
                let verdict = window.get_by(|node| node.live() == Live::Assertive && node.role() == Role::Label);
                let word = verdict.accesskit_node().label().or_else(|| verdict.accesskit_node().value());
                assert_eq!(word, Some(text.say(key)), "{what}");
                let now = places_of(&window, &button);
                assert_eq!(now.map(|rect| rect.min), places.map(|rect| rect.min), "{what} moves something");
                assert_eq!(now[1], places[1], "{what}");
                let press = window.get_by_label(&button);
                assert_eq!(!press.accesskit_node().is_disabled(), usable, "{what}");
                let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, SMALL.into());
                for node in window.root().children_recursive() {
                    let node = node.accesskit_node();
                    for words in [node.label(), node.value(), node.description()].into_iter().flatten() {
                        assert_plain(what, &words);
                    }
                }
                assert!(now.iter().all(|rect| screen.contains_rect(*rect)), "{what}: {now:?}");
                // What it is worth is said in our words where it is an amount.
                if number % KINDS.len() == 1 && *what != "is endless" {
                    let worth = text.say_with("value-cash", &[("reduce", "¥20")]);
                    assert!(window.query_all_by_label(&worth).next().is_some(), "{what}: {worth}");
                }
            }
        }
        assert_eq!(Ledger::open(&shop.ledger_file()).expect("a ledger").recent(1).expect("rows"), []);
    }
}
