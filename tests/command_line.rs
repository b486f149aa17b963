//! The promise: other programs can rely on the command line – on the shapes of its JSON to the letter, on its exit statuses, and on a
//! write-off being sent once, whatever happens to the program or the network meanwhile. The real program, against `hexiao sandbox`.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/ended.rs"]
mod ended;
#[path = "support/http.rs"]
mod http;
#[path = "support/program.rs"]
mod program;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use ended::Ended;
use hexiao::ledger::Ledger;
use hexiao::sandbox::print::qr_luma;
use jiff::SignedDuration;
use program::program;
use serde_json::Value;
use tempfile::TempDir;

const USABLE: &str = "409632457895";
const USABLE_CARD: &str = "pSandboxCash0000000000000001";
const CONSUMED: &str = "618233145029";
const CUSTOM: &str = "VIP-2026-001";
const CUSTOM_CARD: &str = "pSandboxCustom00000000000006";
const PAYMENT: &str = "130000000000000000";

/// A sandbox on its own, and a till whose settings point at it.
struct Shop {
    folder: TempDir,
    sandbox: Child,
    announcement: String,
    /// Kept open: a sandbox that nobody listens to is still to serve.
    _stdout: BufReader<ChildStdout>,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.close();
    }
}

/// What a command printed, and its exit status.
struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn new(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { status: status.code().expect("an exit status"), stdout: text(stdout), stderr: text(stderr) }
    }

    /// The one line of JSON that was printed.
    fn json(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{}{}", self.stdout, self.stderr);
        lines.remove(0)
    }

    fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Shop {
    fn open(faults: &[&str]) -> Self {
        Self::dealing(None, faults)
    }

    /// With a deck of its own.
    fn dealing(deck: Option<&str>, faults: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let mut command = program(folder.path());
        command.args(["sandbox", "--port", "0", "--json", "--record"]).arg(path("record.jsonl"));
        command.arg("--data").arg(path("sandbox-data"));
        if let Some(deck) = deck {
            fs::write(path("deck.json"), deck).expect("written");
            command.arg("--deck").arg(path("deck.json"));
        }
        for fault in faults {
            command.args(["--fault", fault]);
        }
        let mut sandbox = command.stdout(Stdio::piped()).spawn().expect("a sandbox");
        let mut stdout = BufReader::new(sandbox.stdout.take().expect("piped"));
        let mut announcement = String::new();
        stdout.read_line(&mut announcement).expect("its first line");
        let shop = Self { folder, sandbox, announcement, _stdout: stdout };
        fs::write(shop.path("secret"), shop.secret()).expect("written");
        #[cfg(unix)]
        fs::set_permissions(shop.path("secret"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
        shop.point_till_at(&shop.said("base_url"));
        shop
    }

    fn point_till_at(&self, base_url: &str) {
        let settings = format!(
            "[account]\nbase_url = \"{base_url}\"\nappid = \"{}\"\nsecret_file = \"secret\"\n\n[till]\nname = \"till 7\"\ncashier = \"李\"\n",
            self.said("appid"),
        );
        fs::write(self.path("settings.toml"), settings).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn said(&self, key: &str) -> String {
        let announcement: Value = serde_json::from_str(&self.announcement).expect("JSON");
        announcement[key].as_str().expect("a text").to_owned()
    }

    fn secret(&self) -> String {
        self.said("secret")
    }

    /// A coupon as the sandbox dealt it.
    fn coupon(&self, code: &str) -> Value {
        let announcement: Value = serde_json::from_str(&self.announcement).expect("JSON");
        let coupons = announcement["coupons"].as_array().expect("coupons");
        coupons.iter().find(|coupon| coupon["code"] == code).expect("a coupon of the deck").clone()
    }

    fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = program(self.folder.path());
        command.args(args).arg("--settings").arg(self.path("settings.toml")).arg("--data").arg(self.path("data"));
        command
    }

    /// Runs a command to its end. Whatever it says, the secret is not in it.
    fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::new(self.command(args).output().expect("run"));
        assert!(
            !ran.stdout.contains(&self.secret()) && !ran.stderr.contains(&self.secret()),
            "{args:?} tells the secret"
        );
        ran
    }

    /// The calls of this kind that reached the sandbox.
    fn calls(&self, call: &str) -> Vec<Value> {
        let record = fs::read_to_string(self.path("record.jsonl")).expect("a record");
        let calls = record.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        calls.filter(|line| line["call"] == call).collect()
    }

    fn consumes_executed(&self) -> Vec<bool> {
        self.calls("consume").iter().map(|call| call["executed"].as_bool().expect("a bool")).collect()
    }

    fn outcomes(&self) -> Vec<String> {
        let rows = self.run(&["ledger", "--json"]).lines();
        rows.iter().map(|row| row["outcome"].as_str().expect("a word").to_owned()).collect()
    }

    /// Ends the sandbox: from now on connections are refused.
    fn close(&mut self) {
        self.sandbox.kill().ok();
        self.sandbox.wait().ok();
    }
}

/// Everything in a folder, as text.
fn everything_in(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            text += &everything_in(&entry);
        } else {
            text += &String::from_utf8_lossy(&fs::read(&entry).expect("a file"));
        }
    }
    text
}

// ── query ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_query_prints_the_coupon_in_the_fixed_shape() {
    let deck =
        r#"{"coupons":[{"code":"110201201245","card_id":"pBag","openid":"oLi","begin":1457452800,"end":2147400000}]}"#;
    let shop = Shop::dealing(Some(deck), &[]);
    let ran = shop.run(&["query", "1102 0120 1245", "--json"]);
    let shape = concat!(
        r#"{"code":"110201201245","card_id":"pBag","openid":"oLi","status":"NORMAL","can_consume":true,"#,
        r#""begin":"2016-03-09T00:00:00+08:00","end":"2038-01-18T12:00:00+08:00","usable":true,"reason":null"#,
    );
    assert!(ran.stdout.starts_with(shape), "{}", ran.stdout);
    assert_eq!((ran.status, ran.stdout.lines().count(), ran.stderr.as_str()), (0, 1, ""));
    assert_eq!(shop.calls("get")[0]["check_consume"], false);
}

#[test]
fn a_query_says_of_every_coupon_whether_and_why_not_it_can_be_used() {
    let shop = Shop::open(&[]);
    for (code, status, reason) in [
        (USABLE, "NORMAL", None),
        ("961350724488", "NORMAL", None),
        ("290475813366", "NORMAL", Some("wrong_kind")),
        ("523899001272", "NORMAL", Some("not_yet_valid")),
        ("409655318046", "NORMAL", Some("cannot_consume")),
        (CONSUMED, "CONSUMED", Some("consumed")),
        ("409600913357", "EXPIRE", Some("expired")),
        ("730544091863", "GIFTING", Some("gifting")),
        ("730544097711", "GIFT_TIMEOUT", Some("gift_timeout")),
        ("847260118830", "DELETE", Some("deleted")),
        ("847260115524", "UNAVAILABLE", Some("unavailable")),
        ("523840667190", "FROZEN", Some("unknown_status")),
    ] {
        let ran = shop.run(&["query", code, "--json"]);
        let line = ran.json();
        assert_eq!((&line["status"], &line["reason"]), (&Value::from(status), &Value::from(reason)), "{line}");
        assert_eq!(
            (line["usable"].as_bool(), ran.status),
            (Some(reason.is_none()), i32::from(reason.is_some())),
            "{line}"
        );
        let permanent = ["961350724488", "290475813366"].contains(&code);
        assert_eq!((line["begin"].is_null(), line["end"].is_null()), (permanent, permanent), "{line}");
    }
    let told = shop.run(&["query", CONSUMED]);
    assert!(told.stdout.starts_with("618233145029: Not usable. It was written off already.\n"), "{}", told.stdout);
}

#[test]
fn a_query_that_the_platform_refuses_prints_the_same_shape() {
    let shop = Shop::open(&[]);
    let nothing = r#""card_id":null,"openid":null,"status":null,"can_consume":false,"begin":null,"end":null,"usable":false,"reason":"#;
    for (args, code, rest) in [
        (vec!["409632457899"], "409632457899", r#""invalid_code","errcode":40056,"#),
        (vec![CUSTOM], CUSTOM, r#""invalid_code","errcode":40056,"#),
        (vec![CONSUMED, "--check"], CONSUMED, r#""consumed","errcode":40099,"#),
        (vec!["847260118830", "--check"], "847260118830", r#""cannot_be_used","errcode":40127,"#),
        (vec![PAYMENT], PAYMENT, r#""payment","errcode":null,"#),
    ] {
        let ran = shop.run(&[vec!["query", "--json"], args].concat());
        assert!(ran.stdout.starts_with(&format!(r#"{{"code":"{code}",{nothing}{rest}"#)), "{}", ran.stdout);
        assert_eq!((ran.status, ran.stdout.lines().count()), (1, 1));
    }
    let with_card = shop.run(&["query", CUSTOM, "--card", CUSTOM_CARD, "--json"]);
    assert_eq!((with_card.status, &with_card.json()["card_id"]), (0, &Value::from(CUSTOM_CARD)));
}

#[test]
fn what_is_no_coupon_is_refused_by_name_and_never_sent() {
    let shop = Shop::open(&[]);
    for (text, status, word) in [
        (PAYMENT, 1, "payment"),
        ("https://example.com/menu", 1, "link"),
        ("", 2, "empty"),
        ("4096-3245-7895-4096-3245", 2, "too_long"),
        ("4096?", 2, "illegal_characters"),
    ] {
        let query = shop.run(&["query", "--json", text]);
        assert_eq!((query.status, &query.json()["reason"]), (status, &Value::from(word)), "{text}");
        assert!(query.stderr.starts_with("hexiao: "), "{}", query.stderr);
        let consume = shop.run(&["consume", "--yes", "--json", text]);
        assert_eq!((consume.status, &consume.json()["reason"]), (status, &Value::from(word)), "{text}");
    }
    assert!(shop.run(&["query", PAYMENT]).stderr.contains("payment code"));
    assert_eq!(everything_in(shop.folder.path()).matches("\"call\"").count(), 0, "not even a token was asked for");
}

// ── consume and settle ─────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_consume_writes_off_once_and_says_so_in_the_fixed_shape() {
    let shop = Shop::open(&[]);
    let unsure = shop.run(&["consume", USABLE, "--json"]);
    assert_eq!((unsure.status, unsure.stdout.as_str()), (2, ""));
    assert!(unsure.stderr.contains("--yes"), "{}", unsure.stderr);
    assert!(shop.calls("get").is_empty(), "nothing was sent");

    let ran = shop.run(&["consume", USABLE, "--yes", "--json"]);
    let shape = format!(
        r#"{{"id":1,"code":"{USABLE}","card_id":"{USABLE_CARD}","outcome":"accepted","errcode":0,"message":"ok""#
    );
    assert!(ran.stdout.starts_with(&shape), "{}", ran.stdout);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));

    let again = shop.run(&["consume", USABLE, "--yes", "--json"]);
    let shape =
        format!(r#"{{"id":null,"code":"{USABLE}","card_id":"{USABLE_CARD}","outcome":"rejected","errcode":null,"#);
    assert!(again.stdout.starts_with(&shape), "{}", again.stdout);
    assert_eq!((again.status, &again.json()["reason"]), (1, &Value::from("consumed")));
    assert_eq!(shop.consumes_executed(), [true]);

    let custom = shop.run(&["consume", CUSTOM, "--card", CUSTOM_CARD, "--yes"]);
    assert_eq!(custom.status, 0, "{}", custom.stderr);
    assert!(
        custom.stdout.starts_with("VIP-2026-001: Written off, no. 2 in the ledger: 贵宾八五折"),
        "{}",
        custom.stdout
    );
    let link = format!("https://m.example/?card_id={USABLE_CARD}&encrypt_code={}", encoded(&shop, "409632457812"));
    assert_eq!(shop.run(&["consume", &link, "--yes", "--json"]).json()["code"], "409632457812");
    assert_eq!(shop.outcomes(), ["accepted"; 3]);
}

#[test]
fn a_consume_that_the_platform_rejects_keeps_its_number_and_its_words() {
    let shop = Shop::open(&["consume=errcode=40127:1"]);
    let ran = shop.run(&["consume", USABLE, "--yes", "--json"]);
    let line = ran.json();
    assert_eq!((ran.status, &line["outcome"], &line["errcode"]), (1, &"rejected".into(), &40127.into()), "{line}");
    assert_eq!((shop.outcomes(), &line["id"]), (vec!["rejected".to_owned()], &1.into()));
}

/// A consume that meets `fault` is unknown, and stays the only one; then it is settled as `settled`.
fn unknown_then(fault: &str, settled: &str) {
    let shop = Shop::open(&[&format!("consume={fault}:1")]);
    let ran = shop.run(&["consume", USABLE, "--yes", "--json"]);
    let line = ran.json();
    assert_eq!((ran.status, &line["outcome"], &line["id"]), (3, &"unknown".into(), &1.into()), "{line}");
    assert!(ran.stderr.contains("hexiao settle"), "{}", ran.stderr);

    let again = shop.run(&["consume", USABLE, "--yes", "--json"]);
    let line = again.json();
    assert_eq!((again.status, &line["outcome"], &line["id"]), (3, &"unknown".into(), &1.into()), "{line}");
    assert_eq!(line["reason"], "in_doubt");

    let settle = shop.run(&["settle", "--json"]);
    let shape = format!(r#"{{"id":1,"code":"{USABLE}","card_id":"{USABLE_CARD}","till":"till 7","cashier":"李","#);
    assert!(settle.stdout.starts_with(&shape), "{}", settle.stdout);
    assert_eq!((settle.status, &settle.json()["outcome"]), (0, &settled.into()));
    assert_eq!(shop.consumes_executed(), [settled == "accepted"], "one consume, and no other");
}

#[test]
fn a_consume_that_was_executed_and_not_answered_is_unknown_and_settled_as_accepted() {
    unknown_then("execute_then_close", "accepted");
}

#[test]
fn a_consume_that_was_neither_executed_nor_answered_is_unknown_and_settled_as_rejected() {
    unknown_then("close_before", "rejected");
}

#[test]
fn a_consume_to_which_the_platform_was_too_busy_is_unknown_and_settled_as_rejected() {
    unknown_then("system_busy", "rejected");
}

#[test]
fn a_write_off_that_another_of_the_same_code_explains_is_settled_as_rejected_and_the_ledger_is_sound() {
    let shop = Shop::open(&[]);
    assert_eq!(shop.run(&["consume", USABLE, "--yes"]).status, 0);
    // Another program with a clock an hour ahead pressed on a verdict from before that, and died before any answer.
    let mut ledger = Ledger::open(&shop.path("data/ledger.db")).expect("opened");
    let mut intent = ledger.recent(1).expect("read").remove(0).intent;
    intent.intended_at += SignedDuration::from_hours(1);
    ledger.record("till 8", "", &intent).expect("recorded");
    drop(ledger);
    let ran = shop.run(&["settle", "--json"]);
    let line = ran.json();
    assert_eq!((ran.status, &line["id"], &line["outcome"]), (0, &2.into(), &"rejected".into()), "{line}{}", ran.stderr);
    assert_eq!(line["message"], "settled: the code was already written off as no. 1");
    assert_eq!((shop.run(&["ledger", "check"]).status, shop.consumes_executed()), (0, vec![true]));
}

#[test]
fn with_nothing_to_settle_nobody_is_asked_and_no_secret_is_needed() {
    let shop = Shop::open(&[]);
    shop.run(&["consume", USABLE, "--yes"]);
    fs::remove_file(shop.path("secret")).expect("removed");
    let calls = shop.calls("get").len() + shop.calls("token").len();
    let ran = shop.run(&["settle", "--json"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert_eq!(shop.calls("get").len() + shop.calls("token").len(), calls);
}

#[test]
fn while_another_till_is_at_work_settling_is_left_to_it() {
    let shop = Shop::open(&["consume=execute_then_close:1"]);
    assert_eq!(shop.run(&["consume", USABLE, "--yes"]).status, 3);
    let asked = shop.calls("get").len();
    let mut claim = hexiao::ledger::Claim::take(&shop.path("data/ledger.db")).expect("claimed");
    claim.share().expect("shared, as every till at work does");
    let ran = shop.run(&["settle"]);
    assert_eq!((ran.status, shop.calls("get").len()), (3, asked), "{}", ran.stderr);
    assert!(ran.stderr.contains("another hexiao"), "{}", ran.stderr);
    drop(claim);
    assert_eq!(shop.run(&["settle"]).status, 0);
}

#[test]
fn a_status_from_which_nothing_follows_leaves_the_write_off_unknown() {
    // The coupon is found void when it is asked about: it may have been written off before that, or not.
    let deck = r#"{"coupons":[{"code":"1","status":"UNAVAILABLE"},{"code":"2"}]}"#;
    let mut shop = Shop::dealing(Some(r#"{"coupons":[{"code":"1"},{"code":"2"}]}"#), &["consume=close_before:1"]);
    assert_eq!(shop.run(&["consume", "1", "--yes"]).status, 3);
    shop.close();
    let later = Shop::dealing(Some(deck), &[]);
    shop.point_till_at(&later.said("base_url"));
    let ran = shop.run(&["settle", "--json"]);
    assert_eq!((ran.status, &ran.json()["outcome"]), (3, &"unknown".into()));
    assert!(ran.stderr.contains("still not settled"), "{}", ran.stderr);
}

#[test]
fn an_unreachable_platform_has_an_exit_status_of_its_own_and_nothing_is_sent() {
    let mut shop = Shop::open(&["consume=execute_then_close:1"]);
    assert_eq!(shop.run(&["consume", USABLE, "--yes"]).status, 3);
    shop.close();
    let query = shop.run(&["query", "409632457812", "--json"]);
    assert_eq!((query.status, &query.json()["reason"]), (4, &"unreachable".into()));
    let consume = shop.run(&["consume", "409632457812", "--yes", "--json"]);
    let line = consume.json();
    assert_eq!((consume.status, &line["id"], &line["outcome"]), (4, &Value::Null, &"rejected".into()), "{line}");
    let decrypt = shop.run(&["decrypt", "abc=", "--json"]);
    assert_eq!((decrypt.status, &decrypt.json()["code"]), (4, &Value::Null));
    let settle = shop.run(&["settle"]);
    assert_eq!(settle.status, 4, "{}", settle.stderr);
    assert_eq!(shop.outcomes(), ["unknown"], "what is not known stays so");
    assert_eq!(shop.run(&["doctor"]).status, 4);
    assert_eq!(shop.consumes_executed(), [true]);
}

#[test]
fn an_answer_that_means_nothing_is_no_refusal_and_a_wrong_account_is_a_matter_of_settings() {
    // What may pass is asked once more, so it takes two faults to be told of it.
    let faults = ["get=http_500:2", "get=errcode=45009:1", "get=errcode=48001:1", "token=errcode=40125:1"];
    let shop = Shop::open(&faults);
    fn outcome(ran: &Ran) -> (i32, String) {
        (ran.status, ran.json()["reason"].as_str().expect("a word").to_owned())
    }
    for expected in [(2, "configuration"), (4, "nonsense"), (4, "busy"), (2, "configuration")] {
        let ran = shop.run(&["query", USABLE, "--json"]);
        assert_eq!(outcome(&ran), (expected.0, expected.1.to_owned()), "{}", ran.stdout);
    }
    assert_eq!(shop.run(&["query", USABLE]).status, 0);
}

#[test]
fn a_script_can_tell_a_busy_platform_and_a_refused_token_from_a_bad_coupon() {
    for (errcode, status, reason) in [(-1, 4, "busy"), (45009, 4, "busy"), (40001, 2, "token_refused")] {
        let always = format!("errcode={errcode}:9");
        let shop = Shop::open(&[&format!("get={always}"), &format!("decrypt={always}")]);
        for args in
            [&["query", USABLE, "--json"][..], &["consume", USABLE, "--yes", "--json"], &["decrypt", "abc=", "--json"]]
        {
            let ran = shop.run(args);
            let line = ran.json();
            let told = (ran.status, &line["errcode"], &line["reason"]);
            assert_eq!(told, (status, &errcode.into(), &reason.into()), "{args:?}: {line}");
        }
        assert!(shop.calls("consume").is_empty());
    }
    let shop = Shop::open(&["consume=errcode=45009:1"]);
    let ran = shop.run(&["consume", USABLE, "--yes", "--json"]);
    assert_eq!((ran.status, &ran.json()["outcome"]), (4, &"rejected".into()), "not now, and nothing was written off");
}

// ── What happens to the program ────────────────────────────────────────────────────────────────────────────────────────

/// Signals, and a look at the wire to send them at the right moment.
#[cfg(unix)]
mod interrupted {
    use std::io::Write as _;
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::process::ChildStderr;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread;

    use super::*;

    /// Forwards every connection to the sandbox, and tells when a whole consume has gone through. The till is pointed at it.
    fn watched(shop: &Shop) -> Receiver<()> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        shop.point_till_at(&format!("http://{}", listener.local_addr().expect("an address")));
        let sandbox = shop.said("base_url").trim_start_matches("http://").to_owned();
        let (sent, consume_sent) = channel();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&sandbox).expect("the sandbox");
                let (back, to_client) = (server.try_clone().expect("cloned"), client.try_clone().expect("cloned"));
                thread::spawn(move || forward(back, to_client, None));
                let sent = sent.clone();
                thread::spawn(move || forward(client, server, Some(sent)));
            }
        });
        consume_sent
    }

    fn forward(mut from: TcpStream, mut to: TcpStream, sent: Option<Sender<()>>) {
        let (mut buffer, mut request) = ([0; 4096], String::new());
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
            request += &String::from_utf8_lossy(&buffer[..read]);
            if let (true, Some(sent)) = (request.contains("/card/code/consume") && request.ends_with('}'), &sent) {
                sent.send(()).ok();
            }
        }
        to.shutdown(Shutdown::Write).ok();
    }

    fn consume(shop: &Shop) -> (Ended, BufReader<ChildStderr>) {
        let mut command = shop.command(&["consume", USABLE, "--yes", "--json"]);
        let mut child = Ended(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started"));
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        (child, stderr)
    }

    fn interrupt(child: &Child) {
        send("INT", child);
    }

    /// By the shell's own `kill`: not every system has a program of that name.
    fn send(signal: &str, child: &Child) {
        let kill = format!("kill -{signal} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success(), "{kill}");
    }

    fn line(from: &mut impl std::io::BufRead) -> String {
        let mut line = String::new();
        from.read_line(&mut line).expect("a line");
        line
    }

    #[test]
    fn a_program_killed_in_mid_consume_leaves_a_row_that_settle_closes_rightly_without_a_second_consume() {
        let shop = Shop::open(&["consume=delay_ms=400:1"]);
        let consume_sent = watched(&shop);
        let (mut child, _stderr) = consume(&shop);
        consume_sent.recv().expect("sent");
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert_eq!(shop.outcomes(), ["open"]);

        let settle = shop.run(&["settle", "--json"]);
        assert_eq!((settle.status, &settle.json()["outcome"]), (0, &"accepted".into()), "{}", settle.stderr);
        assert_eq!((shop.consumes_executed(), shop.outcomes()), (vec![true], vec!["accepted".to_owned()]));
    }

    #[test]
    fn ctrl_c_in_mid_consume_waits_for_the_outcome() {
        let shop = Shop::open(&["consume=delay_ms=400:1"]);
        let consume_sent = watched(&shop);
        let (mut child, mut stderr) = consume(&shop);
        consume_sent.recv().expect("sent");
        interrupt(&child);
        assert!(line(&mut stderr).contains("waiting for its outcome"));
        let mut receipt = String::new();
        child.stdout.take().expect("piped").read_to_string(&mut receipt).expect("a receipt");
        assert!(receipt.contains(r#""outcome":"accepted""#), "{receipt}");
        assert_eq!(child.wait().expect("ended").code(), Some(0));
        assert_eq!(shop.outcomes(), ["accepted"]);
    }

    #[test]
    fn a_second_ctrl_c_ends_at_once_and_says_that_the_outcome_is_not_known() {
        let shop = Shop::open(&["consume=delay_ms=600000:1"]);
        let consume_sent = watched(&shop);
        let (mut child, mut stderr) = consume(&shop);
        consume_sent.recv().expect("sent");
        interrupt(&child);
        assert!(line(&mut stderr).contains("waiting for its outcome"));
        interrupt(&child);
        assert!(line(&mut stderr).contains("hexiao settle"));
        assert_eq!(child.wait().expect("ended").code(), Some(3));
        assert_eq!(shop.outcomes(), ["open"]);
    }

    #[test]
    fn a_camera_prints_each_new_text_once_until_ctrl_c() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("film")).expect("made");
        draw(&folder.path().join("film/1.png"), USABLE);
        draw(&folder.path().join("film/2.png"), CUSTOM);
        let mut command = program(folder.path());
        command.args(["scan", "--json", "--camera"]).arg(format!("file:{}", folder.path().join("film").display()));
        command.arg("--data").arg(folder.path().join("data")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Ended(command.spawn().expect("started"));
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut texts = [line(&mut stdout), line(&mut stdout)].map(|line| {
            let line: Value = serde_json::from_str(&line).expect("JSON");
            line["found"][0]["text"].as_str().expect("a text").to_owned()
        });
        texts.sort();
        assert_eq!(texts, [USABLE, CUSTOM]);
        interrupt(&child);
        assert_eq!(line(&mut stdout), "", "neither was printed twice");
        assert_eq!(child.wait().expect("ended").code(), Some(0));
    }

    #[test]
    fn the_sandbox_ends_well_when_it_is_asked_to() {
        let mut shop = Shop::open(&[]);
        for signal in ["INT", "TERM"] {
            send(signal, &shop.sandbox);
            assert_eq!(shop.sandbox.wait().expect("ended").code(), Some(0), "{signal}");
            shop = Shop::open(&[]);
        }
    }

    #[test]
    fn a_reader_that_goes_away_ends_a_listing_quietly_and_changes_no_outcome() {
        let shop = Shop::open(&[]);
        let into_nothing = |args: &[&str]| {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            drop(reader);
            let ran = shop.command(args).stdout(writer).stderr(Stdio::piped()).output().expect("run");
            (ran.status.code(), String::from_utf8(ran.stderr).expect("text"))
        };
        assert_eq!(into_nothing(&["consume", USABLE, "--yes"]), (Some(0), String::new()));
        assert_eq!(shop.outcomes(), ["accepted"]);
        for args in
            [vec!["ledger"], vec!["ledger", "--json"], vec!["ledger", "--csv"], vec!["query", USABLE], vec!["doctor"]]
        {
            assert_eq!(into_nothing(&args), (Some(0), String::new()), "{args:?}");
        }
    }
}

// ── What is wrong here ─────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn settings_that_make_no_sense_are_told_by_their_line_and_nothing_is_done() {
    let shop = Shop::open(&[]);
    for (settings, told) in [
        ("[account]\nappid = \"wx1\"\nbase_url = \"http://far.example\"\n", "line 3"),
        ("[account\n", "line 1"),
        ("[account]\nbase_url = \"https://a.example\"\n", "appid"),
    ] {
        fs::write(shop.path("settings.toml"), settings).expect("written");
        for args in
            [&["query", USABLE][..], &["consume", USABLE, "--yes"], &["decrypt", "abc="], &["settle"], &["ledger"]]
        {
            let ran = shop.run(args);
            assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
            assert!(ran.stderr.starts_with("hexiao: ") && ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
        }
        assert_eq!(shop.run(&["doctor"]).status, 2);
        assert_eq!(fs::read_to_string(shop.path("settings.toml")).expect("there"), settings, "untouched");
    }
    shop.point_till_at(&shop.said("base_url"));
    fs::remove_file(shop.path("secret")).expect("removed");
    let ran = shop.run(&["query", USABLE]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("secret"), "{}", ran.stderr);
}

#[test]
fn a_damaged_ledger_stops_every_write_off_and_is_left_as_it_is() {
    let shop = Shop::open(&[]);
    fs::create_dir_all(shop.path("data")).expect("made");
    let damaged = "this is no database, and never was one ".repeat(100);
    fs::write(shop.path("data/ledger.db"), &damaged).expect("written");
    for args in [&["consume", USABLE, "--yes", "--json"][..], &["ledger"], &["settle"]] {
        let ran = shop.run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains("damaged") && ran.stderr.contains("ledger.db"), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(shop.run(&["query", USABLE]).status, 0, "looking up needs no ledger");
    let doctor = shop.run(&["doctor", "--json"]);
    let ledger = doctor.lines().into_iter().find(|line| line["check"] == "ledger").expect("checked");
    assert_eq!((doctor.status, &ledger["verdict"]), (2, &"fail".into()));
    assert_eq!(fs::read_to_string(shop.path("data/ledger.db")).expect("there"), damaged);
    assert!(shop.calls("consume").is_empty());
}

#[test]
fn one_damaged_row_is_told_alike_by_the_ledger_and_the_doctor() {
    let shop = Shop::open(&[]);
    assert_eq!(shop.run(&["consume", USABLE, "--yes"]).status, 0);
    let book = rusqlite::Connection::open(shop.path("data/ledger.db")).expect("opened");
    book.execute("UPDATE write_off SET intended_at = 9223372036854775807", []).expect("damaged");
    drop(book);
    let listing = shop.run(&["ledger", "--json"]);
    assert_eq!((listing.status, listing.stdout.as_str()), (2, ""));
    let doctor = shop.run(&["doctor", "--json"]);
    let check = doctor.lines().into_iter().find(|line| line["check"] == "ledger").expect("checked");
    assert_eq!((doctor.status, &check["verdict"]), (2, &"fail".into()));
    for told in [&listing.stderr, check["finding"].as_str().expect("a text")] {
        assert!(told.contains("damaged") && told.contains("ledger.db") && told.contains("write-off 1 "), "{told}");
    }
}

#[test]
fn wrong_usage_has_exit_status_2_and_asks_nobody() {
    let shop = Shop::open(&[]);
    for args in [
        &["frobnicate"][..],
        &["query"],
        &["query", USABLE, "--card", ""],
        &["query", USABLE, "--card", "a card"],
        &["scan"],
        &["scan", "a.png", "--camera", "0"],
        &["scan", "a.png", "--seconds", "3"],
        &["scan", "a.png", "--once"],
        &["ledger", "--since", "yesterday"],
        &["ledger", "--csv", "--json"],
        &["sandbox", "--fault", "consume=boom"],
        &["sandbox", "--deck", "/no/such/deck.json"],
        &["sandbox", "--port", "65536"],
        &["--no-camera", "query", USABLE],
        &["--json"],
    ] {
        let ran = shop.run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
    for args in [&["--help"][..], &["query", "--help"], &["--version"]] {
        assert_eq!(shop.run(args).status, 0);
    }
}

#[test]
fn no_secret_reaches_the_log_the_ledger_or_any_file_but_its_own() {
    let shop = Shop::open(&["consume=execute_then_close:1", "token=errcode=40125:1"]);
    for args in [&["query", USABLE][..], &["doctor"], &["consume", USABLE, "--yes"], &["settle"], &["decrypt", "x"]] {
        shop.run(args);
    }
    let written = everything_in(&shop.path("data")) + &everything_in(&shop.path("sandbox-data"));
    assert!(written.contains("intent recorded"), "the log was looked at");
    assert!(!written.contains(&shop.secret()) && !written.contains("access_token="));
}

// ── The other commands ─────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn the_ledger_is_listed_as_json_as_csv_and_for_people_from_any_day_on() {
    let shop = Shop::open(&[]);
    let empty = shop.run(&["ledger"]);
    assert_eq!((empty.status, empty.stdout.as_str()), (0, ""), "no write-off yet, and no ledger");
    assert!(empty.stderr.contains("no write-off"), "{}", empty.stderr);
    shop.run(&["consume", USABLE, "--yes"]);
    let ran = shop.run(&["ledger", "--json"]);
    let row = ran.json();
    let shape = format!(
        r#"{{"id":1,"code":"{USABLE}","card_id":"{USABLE_CARD}","till":"till 7","cashier":"李","intended_at":{},"outcome":"accepted","errcode":0,"settled_at":{}"#,
        row["intended_at"], row["settled_at"]
    );
    assert!(ran.stdout.starts_with(&shape), "{}", ran.stdout);
    assert!(row["intended_at"].as_str().expect("a time").ends_with("+08:00"));

    let csv = shop.run(&["ledger", "--csv"]).stdout;
    assert!(csv.starts_with("\u{FEFF}id,code,card_id,till,cashier,intended_at,outcome,errcode,settled_at"), "{csv}");
    assert_eq!(csv.lines().count(), 2);
    let people = shop.run(&["ledger"]).stdout;
    assert!(
        people.lines().nth(1).is_some_and(|line| line.contains(USABLE) && line.contains("till 7 · 李")),
        "{people}"
    );
    for (since, rows) in [("2016-01-01", 1), ("2999-01-01", 0), ("2016-01-01T00:00:00Z", 1)] {
        let ran = shop.run(&["ledger", "--json", "--since", since]);
        assert_eq!((ran.lines().len(), ran.stderr.contains("no write-off")), (rows, rows == 0), "{since}");
    }
}

#[test]
fn a_shift_is_opened_closed_and_reported_on_and_a_write_off_belongs_to_the_one_it_was_pressed_in() {
    let shop = Shop::open(&[]);
    assert_eq!(shop.run(&["shift", "close"]).status, 1, "none is open, and no ledger there");
    assert_eq!(shop.run(&["shift", "report"]).status, 1);
    let opened = shop.run(&["shift", "open", "--cashier", "王"]);
    assert!(
        opened.status == 0 && opened.stdout.contains("Shift 1 · till 7 · 王"),
        "{}{}",
        opened.stdout,
        opened.stderr
    );
    let again = shop.run(&["shift", "open"]);
    assert_eq!(again.status, 1);
    assert!(again.stderr.contains("shift 1 is still open"), "{}", again.stderr);
    shop.run(&["consume", USABLE, "--yes"]);
    let closed = shop.run(&["shift", "close", "--json"]).json();
    assert_eq!((closed["shift"]["id"].as_i64(), closed["shift"]["cashier"].as_str()), (Some(1), Some("王")));
    assert!(closed["shift"]["closed_at"].is_string());
    let total = &closed["total"];
    assert_eq!((total["accepted"].as_u64(), total["not_recorded"].as_u64()), (Some(1), Some(0)), "{closed}");
    // What the coupon is worth was written down with the press, and is what the sandbox's deck says.
    let row = shop.run(&["ledger", "--json"]).json();
    assert_eq!(
        (row["shift"].as_i64(), row["cashier"].as_str(), row["kind"].as_str()),
        (Some(1), Some("王"), Some("CASH"))
    );
    assert!(row["face_value_fen"].as_i64().is_some_and(|fen| fen > 0), "{row}");
    assert_eq!(total["cash_sum_fen"], row["face_value_fen"]);
    let csv = shop.run(&["shift", "report", "1", "--csv"]).stdout;
    assert!(
        csv.starts_with("\u{FEFF}shift,till,cashier,card_id,title,kind,accepted") && csv.lines().count() == 2,
        "{csv}"
    );
    let pdf = shop.path("shift.pdf");
    let to = pdf.to_str().expect("a path");
    match shop.run(&["shift", "report", "1", "--pdf", to]) {
        ran if ran.stderr.contains("no font with Chinese") => println!("not tried: {}", ran.stderr),
        ran => {
            assert_eq!(ran.status, 0, "{}", ran.stderr);
            assert!(std::fs::read(&pdf).expect("written").starts_with(b"%PDF-"));
            assert_eq!(shop.run(&["shift", "report", "--pdf", to]).status, 2, "what is there is not written over");
        }
    }
    assert_eq!(shop.run(&["shift", "report", "2"]).status, 1);
    shop.run(&["shift", "open"]);
    assert!(
        shop.run(&["shift", "report"]).stdout.contains("Shift 2 · till 7 · 李"),
        "the open one, of whom the settings name"
    );
    let check = shop.run(&["ledger", "check"]);
    assert_eq!(check.status, 0, "{}", check.stderr);
}

/// An encrypted code as a link carries it.
fn encoded(shop: &Shop, code: &str) -> String {
    let encrypted = shop.coupon(code)["encrypt_code"].as_str().expect("a text").to_owned();
    percent_encoding::utf8_percent_encode(&encrypted, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn a_link_or_an_encrypted_code_alone_is_decrypted() {
    let shop = Shop::open(&[]);
    let encoded = encoded(&shop, USABLE);
    let link = format!("https://m.example/?signature=a&encrypt_code={encoded}&card_id={USABLE_CARD}");
    let ran = shop.run(&["decrypt", &link, "--json"]);
    assert!(ran.stdout.starts_with(&format!(r#"{{"code":"{USABLE}","card_id":"{USABLE_CARD}""#)), "{}", ran.stdout);
    let bare = shop.coupon(USABLE)["encrypt_code"].as_str().expect("a text").to_owned();
    for text in [bare.as_str(), &encoded] {
        let ran = shop.run(&["decrypt", text, "--json"]);
        assert!(ran.stdout.starts_with(&format!(r#"{{"code":"{USABLE}","card_id":null"#)), "{}", ran.stdout);
        assert_eq!(ran.status, 0);
    }
    assert_eq!(shop.run(&["decrypt", &link]).stdout, format!("{USABLE} (card {USABLE_CARD})\n"));
    let damaged = shop.run(&["decrypt", "bm9wZQ==", "--json"]);
    assert_eq!((damaged.status, &damaged.json()["errcode"]), (1, &40075.into()));
    assert_eq!(shop.run(&["decrypt", PAYMENT]).status, 1);
    assert_eq!(shop.run(&["decrypt", "two words"]).status, 2);
}

fn draw(path: &Path, text: &str) {
    let (width, height, luma) = qr_luma(text, 4);
    image::GrayImage::from_raw(width, height, luma).expect("a picture").save(path).expect("saved");
}

#[test]
fn pictures_are_scanned_into_the_fixed_shape_without_asking_anybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let scan = |args: &[&str]| {
        let mut command = program(folder.path());
        Ran::new(command.args(["scan", "--data", &path("data")]).args(args).output().expect("run"))
    };
    let link = "https://m.example/?encrypt_code=a%2Bb%3D";
    for (name, text) in [("code.png", USABLE), ("link.png", link), ("payment.png", PAYMENT), ("other.png", "no coupon")]
    {
        draw(folder.path().join(name).as_path(), text);
    }
    image::GrayImage::from_pixel(320, 240, image::Luma([200])).save(path("blank.png")).expect("saved");
    fs::write(path("text.png"), "no picture").expect("written");

    for (name, text, kind) in [
        ("code.png", USABLE, "code"),
        ("link.png", link, "encrypted"),
        ("payment.png", PAYMENT, "payment"),
        ("other.png", "no coupon", "other"),
    ] {
        let ran = scan(&["--json", &path(name)]);
        let shape = format!(
            r#"{{"picture":{:?},"found":[{{"text":"{text}","format":"qr_code","kind":"{kind}"}}],"ms":"#,
            path(name)
        );
        assert!(ran.stdout.starts_with(&shape), "{}", ran.stdout);
        assert!(ran.json()["ms"].as_f64().is_some_and(|ms| ms > 0.0));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    }
    let blank = scan(&["--json", &path("blank.png")]);
    assert!(blank.stdout.starts_with(&format!(r#"{{"picture":{:?},"found":[],"ms":"#, path("blank.png"))));
    assert_eq!(blank.status, 1);

    let mixed = scan(&["--json", &path("text.png"), &path("none.png"), &path("code.png"), &path("blank.png")]);
    assert_eq!((mixed.status, mixed.lines().len(), mixed.stderr.lines().count()), (2, 4, 2), "one line a picture");
    let unreadable = format!(r#"{{"picture":{:?},"found":[],"ms":0.0,"error":"#, path("text.png"));
    assert!(mixed.stdout.starts_with(&unreadable), "{}", mixed.stdout);
    assert!(mixed.lines()[1]["error"].as_str().is_some_and(|error| error.contains("none.png")), "{}", mixed.stdout);
    assert!(mixed.lines()[2].get("error").is_none(), "{}", mixed.stdout);
    assert!(mixed.stderr.contains("text.png") && mixed.stderr.contains("none.png"));
    assert_eq!(scan(&[&path("code.png"), &path("blank.png")]).status, 0, "something was found");
}

#[test]
fn a_camera_that_shows_nothing_or_does_not_open_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let blank = folder.path().join("blank.png");
    image::GrayImage::from_pixel(320, 240, image::Luma([200])).save(&blank).expect("saved");
    let scan = |source: String| {
        let mut command = program(folder.path());
        command
            .args(["scan", "--json", "--seconds", "1", "--camera", &source, "--data"])
            .arg(folder.path().join("data"));
        Ran::new(command.output().expect("run"))
    };
    let nothing = scan(format!("file:{}", blank.display()));
    assert_eq!((nothing.status, nothing.stdout.as_str()), (1, ""), "{}", nothing.stderr);
    let missing = scan("file:/no/such/film".to_owned());
    assert_eq!((missing.status, missing.stdout.as_str()), (2, ""), "{}", missing.stderr);
}

#[test]
fn a_camera_is_watched_until_the_first_code_where_that_is_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let film = format!("file:{}/tests/data/images/qrcode-5/01.webp", env!("CARGO_MANIFEST_DIR"));
    let mut command = program(folder.path());
    // Without an end of its own it would be watched for ever.
    command.args(["scan", "--json", "--once", "--camera", &film, "--data"]).arg(folder.path().join("data"));
    let ran = Ran::new(command.output().expect("run"));
    assert_eq!((ran.status, ran.lines().len()), (0, 1), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn cameras_are_listed_or_said_to_be_none() {
    let shop = Shop::open(&[]);
    let ran = shop.run(&["cameras", "--json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.lines().iter().all(|line| line["index"].is_u64() && line["name"].is_string()));
    assert_eq!(ran.lines().is_empty(), ran.stderr.contains("no camera"));
}

#[test]
fn the_sandbox_announces_itself_in_the_fixed_shape_and_records_each_call() {
    let shop = Shop::dealing(
        Some(r#"{"coupons":[{"code":"1","card_id":"pA","encrypt_code":"e1"},{"status":"CONSUMED"}]}"#),
        &[],
    );
    let shape = format!(
        r#"{{"base_url":"{}","appid":"{}","secret":"{}","coupons":[{{"code":"1","card_id":"pA","status":"NORMAL","custom_code":false,"encrypt_code":"e1","consumable":true"#,
        shop.said("base_url"),
        shop.said("appid"),
        shop.secret(),
    );
    assert!(shop.announcement.starts_with(&shape), "{}", shop.announcement);
    shop.run(&["consume", "1", "--yes"]);
    let record = fs::read_to_string(shop.path("record.jsonl")).expect("a record");
    let consume = record.lines().last().expect("a call");
    let shape = r#"{"call":"consume","code":"1","card_id":"pA","executed":true,"errcode":0"#;
    assert!(consume.starts_with(shape), "{consume}");
}

#[test]
fn a_deck_that_is_a_list_is_told_its_shape_and_one_with_more_fields_is_dealt_with_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let deck = folder.path().join("deck.json");
    let command = || {
        let mut command = program(folder.path());
        command.args(["sandbox", "--port", "0", "--json", "--data"]).arg(folder.path().join("data"));
        command.arg("--deck").arg(&deck).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    fs::write(&deck, "[{}]").expect("written");
    let list = Ran::new(command().output().expect("run"));
    assert_eq!((list.status, list.stdout.as_str()), (2, ""));
    assert!(
        list.stderr.contains(r#"{"coupons": […], "cards": […]}"#) && !list.stderr.contains("struct"),
        "{}",
        list.stderr
    );

    fs::write(&deck, r#"{"coupons":[{"code":"1","shop":"far"}]}"#).expect("written");
    let mut sandbox = Ended(command().spawn().expect("a sandbox"));
    let mut announcement = String::new();
    BufReader::new(sandbox.stdout.take().expect("piped")).read_line(&mut announcement).expect("its first line");
    sandbox.kill().expect("killed");
    let mut stderr = String::new();
    sandbox.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
    assert!(announcement.contains(r#""code":"1""#), "{announcement}");
    assert!(stderr.contains("\"shop\"") && stderr.contains("not known"), "{stderr}");
}

#[test]
fn without_an_account_commands_practise_and_say_so_and_keep_a_ledger_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let mut command = program(folder.path());
        let settings = folder.path().join("settings.toml");
        command.args(args).arg("--settings").arg(settings).arg("--data").arg(folder.path().join("data"));
        Ran::new(command.output().expect("run"))
    };
    for (args, status) in
        [(&["query", CUSTOM][..], 0), (&["consume", USABLE, "--yes"], 0), (&["query", CONSUMED], 1), (&["settle"], 0)]
    {
        let ran = run(args);
        assert_eq!(ran.status, status, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("practice"), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(run(&["ledger", "--json"]).json()["code"], USABLE);
    assert!(folder.path().join("data/practice.db").exists() && !folder.path().join("data/ledger.db").exists());
    assert_eq!(run(&["doctor"]).status, 0);
}

#[test]
fn the_doctor_checks_everything_and_has_advice_for_what_is_wrong() {
    let shop = Shop::open(&[]);
    let ran = shop.run(&["doctor", "--json"]);
    assert!(ran.stdout.starts_with(r#"{"check":"settings","verdict":"ok","finding":"#), "{}", ran.stdout);
    let lines = ran.lines();
    let checks: Vec<_> = lines.iter().map(|line| line["check"].as_str().expect("a word")).collect();
    assert_eq!(checks, ["settings", "data folder", "key store", "token", "clock", "cameras", "ledger"]);
    assert!(lines.iter().all(|line| (line["verdict"] == "ok") == line["advice"].is_null()), "{}", ran.stdout);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    // The platform here is this computer; its clock is told in whole seconds.
    assert!(lines[4]["seconds_ahead"].as_i64().is_some_and(|ahead| ahead.abs() < 30), "{}", lines[4]);
    fs::write(shop.path("secret"), "not the secret").expect("written");
    assert_eq!(shop.run(&["doctor"]).status, 2);
    fs::write(shop.path("secret"), "0123456789abcdef0123456789abcdef").expect("written");
    let ran = shop.run(&["doctor"]);
    assert!(ran.stdout.contains("FAIL  token"), "{}", ran.stdout);
    assert_eq!(ran.status, 2);
}

#[test]
fn the_doctor_names_a_token_service_by_its_host_and_tells_nobody_its_key() {
    let shop = Shop::open(&[]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let service = format!("http://localhost:{}/token?key=hush-hush", nobody.port());
    fs::write(shop.path("settings.toml"), format!("[account.token_service]\nurl = \"{service}\"\n")).expect("written");
    let ran = shop.run(&["doctor"]);
    assert_eq!(ran.status, 4, "{}", ran.stdout);
    let settings = ran.stdout.lines().next().expect("a line");
    assert!(settings.contains(&format!("a token service at localhost:{}", nobody.port())), "{settings}");
    let advice = ran.stdout.lines().skip_while(|line| !line.starts_with("FAIL  token")).nth(1).expect("advice");
    assert!(advice.contains("token service") && !advice.contains("base_url"), "{advice}");
    assert!(!ran.stdout.contains("hush") && !ran.stderr.contains("hush"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_doctor_asks_for_newer_versions_where_the_settings_say_and_an_address_without_an_answer_is_no_failure() {
    let server = http::start(|_, path, _, _| match path {
        "/newer" => Some(http::answer(200, "application/json", "", r#"{"version":"99.0.0"}"#)),
        "/same" => Some(http::answer(200, "application/json", "", r#"{"version":"0.0.1"}"#)),
        _ => Some(http::answer(404, "text/plain", "", "")),
    });
    let host = server.trim_start_matches("http://");
    for (path, found) in [
        ("newer", format!("WARN  updates      {host} names version 99.0.0; this is {}", env!("CARGO_PKG_VERSION"))),
        ("same", format!("ok    updates      {host} names no version newer than {}", env!("CARGO_PKG_VERSION"))),
        ("none", format!("WARN  updates      {host} gave no answer")),
    ] {
        let shop = Shop::open(&[]);
        let settings = fs::read_to_string(shop.path("settings.toml")).expect("settings");
        fs::write(shop.path("settings.toml"), format!("{settings}[updates]\nurl = \"{server}/{path}\"\n"))
            .expect("written");
        let ran = shop.run(&["doctor"]);
        assert!(ran.stdout.contains(&found), "{found}:\n{}", ran.stdout);
        assert_eq!(ran.status, 0, "{}", ran.stdout);
    }
}
