//! The promise: no secret leaves the place where it is kept. The real program runs every command that uses one, against a server that
//! repeats whatever it is told in every way that might bring it into an error; then everything that the program printed and wrote is searched, byte by
//! byte, in every form that a secret could have taken. So are the window, what its clipboard gets, and what a screen reader is told.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/ended.rs"]
mod ended;
#[path = "support/form.rs"]
mod form;
#[path = "support/http.rs"]
mod http;
#[path = "support/hush.rs"]
mod hush;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // one of these tests is Linux's alone, and alone has it keep silent
#[path = "support/parrot.rs"]
mod parrot;
#[path = "support/program.rs"]
mod program;
#[path = "support/window.rs"]
mod window;

use std::error::Error as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eframe::egui::{self, MissingGlyphPolicy, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use ended::Ended;
use hexiao::code::{CardId, Code, EncryptedCode};
use hexiao::config::{self, Account, Credentials, Places, SecretPlace, Settings};
use hexiao::fault_point::{ENVIRONMENT, FaultPoint, PANIC};
use hexiao::logging::{self, Console};
use hexiao::platform::{self, BaseUrl, Client, Options, TokenSource};
use hexiao::ui::text::{Language, Text};
use hush::{APP_SECRET, BEARER, TOKEN, silent, silent_folder};
use parrot::{Manner, Parrot};
use tempfile::TempDir;
use window::{FRAMES, SMALL, Window};

/// A till of the program's own, with everything that it writes in one folder.
struct Till {
    folder: TempDir,
    /// Where a secret is kept by design: the one exception.
    secret_file: PathBuf,
}

impl Till {
    /// A till whose settings say `account`, with `secret` in the file that stands in for a key store, under `name`.
    fn new(account: &str, name: &str, secret: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("tmp")).expect("made");
        let secret_file = folder.path().join("data/secrets").join(name);
        hexiao::private::make_folder(secret_file.parent().expect("a folder")).expect("made");
        fs::write(&secret_file, secret).expect("written");
        hexiao::private::narrow(&secret_file);
        fs::write(folder.path().join("settings.toml"), format!("{account}\n[till]\nname = \"till 7\"\n"))
            .expect("written");
        Self { folder, secret_file }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program as talkative as it can be made.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = program::program(self.path());
        command.args(args).arg("--settings").arg(self.path().join("settings.toml"));
        command.arg("--data").arg(self.path().join("data"));
        command.env("TMPDIR", self.path().join("tmp")).current_dir(self.path());
        command.env("HEXIAO_LOG", "trace").env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        command
    }

    /// Runs a command to its end; what it prints holds no secret. Its exit status.
    fn run(&self, args: &[&str], manner: Manner) -> i32 {
        let output = self.command(args).output().expect("run");
        silent(&format!("the output of {args:?} after {manner:?}"), &output.stdout);
        silent(&format!("the errors of {args:?} after {manner:?}"), &output.stderr);
        output.status.code().expect("an exit status")
    }

    /// Everything that was written holds no secret, but for the file that is there for it.
    fn search(&self) {
        let files = silent_folder(self.path(), std::slice::from_ref(&self.secret_file));
        assert!(files >= 4, "settings, secret, log and ledger were searched, not {files} files");
    }
}

/// The codes that a test uses, each once: an unsettled write-off would keep a code from being used again.
fn code(number: usize) -> String {
    format!("4096{number:08}")
}

#[test]
fn whatever_the_platform_repeats_no_command_prints_or_writes_a_secret() {
    let parrot = Parrot::start(TOKEN);
    let account = format!("[account]\nbase_url = \"{}\"\nappid = \"wx1\"", parrot.base_url);
    let till = Till::new(&account, "wx1", APP_SECRET);
    let mut statuses = Vec::new();
    for (number, manner) in Manner::LOUD.into_iter().enumerate() {
        parrot.behave(Manner::Good, manner);
        till.run(&["query", &code(0), "--json"], manner);
        till.run(&["query", &code(0)], manner);
        till.run(&["decrypt", "XXIz+91/E0="], manner);
        // Looked up in peace, so that it is the consume that is answered so.
        parrot.behave_at("consume", manner);
        statuses.push(till.run(&["consume", &code(number), "--yes"], manner));
    }
    for manner in Manner::LOUD.into_iter().chain([Manner::BadToken]) {
        parrot.behave(manner, Manner::Good);
        till.run(&["doctor"], manner);
        till.run(&["query", &code(0), "--json"], manner);
    }
    assert!([0, 1, 3].iter().all(|status| statuses.contains(status)), "accepted, rejected and unknown: {statuses:?}");
    parrot.behave(Manner::Good, Manner::EveryField);
    for args in [&["ledger"][..], &["ledger", "--json"], &["ledger", "--csv"], &["settle"], &["ledger", "--csv"]] {
        till.run(args, Manner::EveryField);
    }
    assert_eq!(parrot.sent_on(), 0, "nobody is followed elsewhere");
    till.search();
}

#[test]
fn whatever_a_token_service_repeats_its_bearer_stays_where_it_is() {
    let parrot = Parrot::start(TOKEN);
    let account = format!(
        "[account]\nbase_url = \"{url}\"\n[account.token_service]\nurl = \"{url}/service\"",
        url = parrot.base_url
    );
    let name = format!("{}/service", parrot.base_url);
    let name = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC).to_string();
    let till = Till::new(&account, &name, BEARER);
    for manner in Manner::LOUD.into_iter().chain([Manner::BadToken, Manner::Page(401), Manner::Page(403)]) {
        parrot.behave(manner, Manner::Good);
        till.run(&["doctor", "--json"], manner);
        till.run(&["consume", &code(1), "--yes"], manner);
    }
    parrot.behave(Manner::Good, Manner::Good);
    assert_eq!(till.run(&["consume", &code(2), "--yes"], Manner::Good), 0, "it was the right bearer all along");
    assert_eq!(parrot.sent_on(), 0, "nobody is followed elsewhere");
    till.search();
}

#[test]
fn a_panic_with_the_secret_in_reach_tells_it_to_nobody() {
    let parrot = Parrot::start(TOKEN);
    let account = format!("[account]\nbase_url = \"{}\"\nappid = \"wx1\"", parrot.base_url);
    let till = Till::new(&account, "wx1", APP_SECRET);
    let points = [
        FaultPoint::Claimed,
        FaultPoint::Recording,
        FaultPoint::Consuming,
        FaultPoint::Connected,
        FaultPoint::Consumed,
        FaultPoint::Closing,
    ];
    parrot.behave(Manner::Good, Manner::Good);
    for (number, point) in points.into_iter().enumerate() {
        let wish = format!("{PANIC}{}", point.name());
        let mut command = till.command(&["consume", &code(number), "--yes"]);
        let output = command.env(ENVIRONMENT, &wish).output().expect("run");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(&wish), "it did: {errors}");
        silent(&format!("the output after «{wish}»"), &output.stdout);
        silent(&format!("the errors after «{wish}»"), &output.stderr);
    }
    till.search();
}

#[cfg(unix)]
#[test]
fn whatever_the_umask_and_whatever_was_there_before_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let parrot = Parrot::start(TOKEN);
    let account = format!("[account]\nbase_url = \"{}\"\nappid = \"wx1\"", parrot.base_url);
    let till = Till::new(&account, "wx1", APP_SECRET);
    let data = till.path().join("data");
    let run = |number: usize, till: &Till| {
        let program = till.command(&["consume", &code(number), "--yes"]);
        let mut generous = Command::new("sh");
        generous.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => generous.env(name, value),
                None => generous.env_remove(name),
            };
        }
        assert!(generous.current_dir(till.path()).stdin(Stdio::null()).output().expect("run").status.success());
    };
    fs::remove_dir_all(&data).expect("removed"); // so that the program makes it
    fs::write(till.path().join("secret"), APP_SECRET).expect("written");
    let settings = format!("{account}\nsecret_file = \"secret\"\n");
    fs::write(till.path().join("settings.toml"), settings).expect("written");
    run(0, &till);
    let wide = modes_under(&data).into_iter().filter(|(path, mode)| *mode != if path.is_dir() { 0o700 } else { 0o600 });
    assert_eq!(wide.collect::<Vec<_>>(), []);
    for (path, _) in modes_under(&data).iter().filter(|(path, _)| path.is_file()) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o666)).expect("set");
    }
    run(1, &till);
    let files: Vec<_> = modes_under(&data).into_iter().filter(|(path, _)| path.is_file()).collect();
    assert!(files.len() >= 3, "ledger, lock and log: {files:?}");
    assert!(files.iter().all(|(_, mode)| *mode == 0o600), "{files:?}");
}

/// Every file and folder in `folder`, and that itself, with its mode.
#[cfg(unix)]
fn modes_under(folder: &Path) -> Vec<(PathBuf, u32)> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let mut found = vec![(folder.to_owned(), mode(folder))];
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(modes_under(&entry));
        } else {
            found.push((entry.clone(), mode(&entry)));
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn the_list_of_processes_shows_no_secret_while_one_is_used() {
    use std::time::{Duration, Instant};
    /// Longer than anything takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);
    let parrot = Parrot::start(TOKEN);
    let account = format!("[account]\nbase_url = \"{}\"\nappid = \"wx1\"", parrot.base_url);
    let till = Till::new(&account, "wx1", APP_SECRET);
    parrot.behave(Manner::Good, Manner::Silence);
    let child = till.command(&["query", &code(0)]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = Ended(child.expect("run"));
    let until = Instant::now() + PATIENCE;
    while parrot.asked() < 2 {
        assert!(Instant::now() < until, "nobody asks");
        std::thread::yield_now();
    }
    for file in ["cmdline", "environ", "comm", "status"] {
        let bytes = fs::read(format!("/proc/{}/{file}", child.id())).expect("a running program");
        assert!(!bytes.is_empty());
        silent(&format!("the program's {file}"), &bytes);
    }
}

#[test]
fn the_sandbox_writes_neither_its_secret_nor_a_token_down() {
    let till = Till::new("", "wx1", APP_SECRET);
    let deck = serde_json::json!({"appid": "wx1", "secret": APP_SECRET, "coupons": [{"code": code(0)}]});
    fs::write(till.path().join("tmp/deck.json"), deck.to_string()).expect("written");
    let mut command =
        till.command(&["sandbox", "--json", "--port", "0", "--deck", "tmp/deck.json", "--record", "record.jsonl"]);
    let mut sandbox = Ended(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a sandbox"));
    let mut announcement = String::new();
    BufReader::new(sandbox.stdout.take().expect("piped")).read_line(&mut announcement).expect("its first line");
    let base_url = serde_json::from_str::<serde_json::Value>(&announcement).expect("JSON")["base_url"].clone();
    fs::remove_file(till.path().join("tmp/deck.json")).expect("removed"); // it has the secret by design
    fs::write(till.path().join("settings.toml"), format!("[account]\nbase_url = {base_url}\nappid = \"wx1\"\n"))
        .expect("written");
    for args in [&["doctor"][..], &["query", &code(0)], &["consume", &code(0), "--yes"]] {
        assert_eq!(till.run(args, Manner::Good), 0, "{args:?}");
    }
    sandbox.kill().expect("killed");
    let mut errors = Vec::new();
    std::io::Read::read_to_end(&mut sandbox.stderr.take().expect("piped"), &mut errors).expect("read");
    silent("what the sandbox says", &errors);
    let record = fs::read_to_string(till.path().join("record.jsonl")).expect("a record");
    assert!(record.lines().count() >= 5 && !record.contains("access_token") && !record.contains("81_"), "{record}");
    till.search();
}

#[tokio::test]
async fn no_error_of_the_client_holds_a_secret_however_it_is_printed() {
    let parrot = Parrot::start(TOKEN);
    let service = format!("{}/service?key={}", parrot.base_url, "q7ZpKxVw").parse().expect("an address");
    let sources = [
        TokenSource::Stable { appid: "wx1".to_owned(), secret: APP_SECRET.into() },
        TokenSource::Service { url: service, bearer: Some(BEARER.into()) },
        TokenSource::Fixed(TOKEN.into()),
    ];
    let (code, card) = (Code::parse("409632457895").expect("a code"), CardId::parse("p1").expect("a card id"));
    let encrypted = EncryptedCode::parse("XXIz+91/E0=").expect("an encrypted code");
    let mut failures = 0;
    for source in sources {
        silent("a token source", format!("{source:?} {source:#?}").as_bytes());
        for (to_tokens, otherwise) in
            Manner::LOUD.into_iter().chain([Manner::BadToken]).flat_map(|m| [(m, Manner::Good), (Manner::Good, m)])
        {
            parrot.behave(to_tokens, otherwise);
            let options = Options::new(BaseUrl::parse(&parrot.base_url).expect("a base"));
            let client = Client::new(options, source.clone()).expect("a client");
            let mut said = format!("{client:?}");
            let consumed = client.consume(&code, Some(&card)).await;
            said += &format!("{consumed:?}");
            let errors = [
                client.query(&code, None, true).await.map(|answer| said += &format!("{answer:?}")).err(),
                client.decrypt(&encrypted).await.err(),
                client.card(&card).await.map(|card| said += &format!("{card:?}")).err(),
                client.check_account().await.err(),
            ];
            for error in errors.into_iter().flatten() {
                failures += 1;
                said += &everything_of(&error);
            }
            silent(&format!("what the client says after {to_tokens:?} and {otherwise:?}"), said.as_bytes());
        }
    }
    assert!(failures > 100, "only {failures} errors were looked at");
}

/// Everything that can be printed of an error.
fn everything_of(error: &platform::Error) -> String {
    let mut said = format!("{error} {error:?} {error:#?} {} {:?}", error.chain(), error.trouble());
    let mut cause = error.source();
    while let Some(error) = cause {
        said += &format!(" {error} {error:?}");
        cause = error.source();
    }
    said
}

#[test]
fn settings_and_what_is_wrong_with_them_print_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let places =
        Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().join("data"))).expect("places");
    let heart = "q7ZpKxVw";
    for text in [
        format!("[account.token_service]\nurl = 'https://tokens.example/?key={heart}'"),
        format!("[account]\nappid = 'wx1'\nsecret = '{heart}'"),
        format!("[account]\nappid = 'wx1'\nbase_url = 'https://me:{heart}@a.example'"),
        format!("[account]\nappid = 'wx1'\nbase_url = 'https://a.example/?key={heart}'"),
        format!("[account]\nappid = 'wx1'\nsecret = {heart}"),
        format!("[account]\nappid = 'wx1'\nsecret = '{heart}\n"),
    ] {
        fs::write(&places.settings_file, &text).expect("written");
        let said = match Settings::load(&places) {
            Ok(settings) => format!("{settings:?} {settings:#?}"),
            Err(error) => format!("{error} {error:?} {:?}", error.source()),
        };
        silent(&text.replace(heart, "(secret)"), said.as_bytes());
    }
    let account = Account {
        base_url: config::BASE_URL_DEFAULT.to_owned(),
        credentials: Credentials::AppSecret {
            appid: "wx1".to_owned(),
            secret: SecretPlace::File(folder.path().join("secret")),
        },
    };
    for unfit in [format!("{heart} {heart}"), format!("{heart}\n{heart}"), heart.repeat(10_000)] {
        fs::write(folder.path().join("secret"), unfit).expect("written");
        let error = config::account_secret(&account, &places).expect_err("unfit");
        silent("what is wrong with a secret", format!("{error} {error:?} {:?}", error.source()).as_bytes());
    }
    let kept = config::store_secret(&account, &places, APP_SECRET.into()).expect("kept");
    silent("where a secret is kept", format!("{kept:?} {account:?}").as_bytes());
    let secret = config::account_secret(&account, &places).expect("kept");
    silent("a secret", format!("{secret:?} {secret:#?}").as_bytes());
}

#[test]
fn the_account_form_tells_nobody_what_is_typed_into_its_secret_fields() {
    let parrot = Parrot::start(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let places =
        Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().join("data"))).expect("places");
    logging::start(&places.log_folder(), Console::Quiet).expect("a log");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let settings = Settings { language: Some("en".to_owned()), ..Settings::default() };
    let mut window = window::open(
        window::setup(places.clone(), Ok(settings), None, runtime.handle()),
        SMALL,
        MissingGlyphPolicy::Panic,
    );
    let text = Text::new(Language::English);
    wait_for(&mut window, "an open till", |window| window.state().is_open());
    window.get_all_by_label(&text.say("welcome-connect")).next().expect("a button").click();
    window.run_steps(FRAMES);
    let ways = [("connect-appid-way", "connect-secret", APP_SECRET), ("connect-service-way", "connect-bearer", BEARER)];
    for (way, field, secret) in ways {
        window.get_by_label(&text.say(way)).click();
        window.run_steps(FRAMES);
        fill(&mut window, &text.say("connect-base-url"), &parrot.base_url);
        if way == "connect-appid-way" {
            fill(&mut window, &text.say("connect-appid"), "wx1");
        } else {
            fill(&mut window, &text.say("connect-service-url"), &format!("{}/service", parrot.base_url));
        }
        fill(&mut window, &text.say(field), secret);
        let label = text.say(field);
        let typed = window.get_by_label(&label);
        assert_eq!(typed.accesskit_node().role(), Role::PasswordInput);
        assert_eq!(typed.value().map(|value| value.chars().count()), Some(secret.chars().count()), "it was typed in");
        for manner in [Manner::Refusal(40001), Manner::Page(401), Manner::EscapedRefusal(40164), Manner::Redirect] {
            parrot.behave(manner, Manner::Good);
            window.get_by_label(&text.say("connect-test")).click();
            window.run_steps(FRAMES);
            let refused = text.say_with("connect-failed", &[("why", "")]);
            wait_for(&mut window, "a refusal", |window| {
                let says = |words: Option<String>| words.is_some_and(|words| words.starts_with(&refused));
                window.query_all_by(|node| says(node.label()) || says(node.value())).next().is_some()
            });
            shows_no_secret(&window);
        }
        // Nor does the clipboard get it.
        form::select_all(&mut window, &text.say(field));
        for event in [egui::Event::Copy, egui::Event::Cut] {
            window.event(event);
            window.step();
            let told = &window.output().platform_output;
            silent("the clipboard", format!("{:?} {:?}", told.commands, told.events).as_bytes());
        }
    }
    drop(window);
    drop(runtime);
    assert!(silent_folder(folder.path(), &[]) >= 2, "a log and a ledger were searched");
    assert!(!places.settings_file.exists(), "nothing was saved");
}

/// Draws frames until `wanted` holds; none of them shows a secret.
fn wait_for(window: &mut Window, what: &str, wanted: impl Fn(&Window) -> bool) {
    window::wait_for(window, what, |window| {
        shows_no_secret(window);
        wanted(window)
    });
}

fn fill(window: &mut Window, label: &str, words: &str) {
    form::fill(window, label, words);
    shows_no_secret(window);
}

/// Neither what a screen reader is told nor what is painted is a secret.
fn shows_no_secret(window: &Window) {
    for node in window.root().children_recursive() {
        let node = node.accesskit_node();
        silent(
            "what a screen reader is told",
            format!("{:?} {:?} {:?}", node.label(), node.value(), node.data()).as_bytes(),
        );
    }
    for shape in &window.output().shapes {
        silent("the picture", format!("{:?}", shape.shape).as_bytes());
    }
}

#[test]
fn the_search_finds_a_secret_in_every_form() {
    let wide = |big: bool| -> Vec<u8> {
        APP_SECRET.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let encoded = percent_encoding::utf8_percent_encode(BEARER, percent_encoding::NON_ALPHANUMERIC).to_string();
    for bytes in [
        format!("…{TOKEN}…").into_bytes(),
        TOKEN.to_uppercase().into_bytes(),
        TOKEN.to_lowercase().into_bytes(),
        TOKEN.chars().rev().collect::<String>().into_bytes(),
        format!("{:?}", APP_SECRET.as_bytes()).into_bytes(),
        serde_json::to_vec(BEARER).expect("JSON"),
        encoded.into_bytes(),
        TOKEN.bytes().map(|b| format!("{b:02X}")).collect::<String>().into_bytes(),
        // As `base64` prints them: alone, behind one letter, behind two.
        b"UzMrYy8icmVcdD1xN1pwS3hWdyV+".to_vec(),
        b"eFMzK2MvInJlXHQ9cTdacEt4Vnclfg==".to_vec(),
        b"eHlTMytjLyJyZVx0PXE3WnBLeFZ3JX4=".to_vec(),
        wide(true),
        wide(false),
    ] {
        assert!(hush::find(&bytes).is_some(), "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(hush::find(b"nothing of the kind"), None);
}
