//! The promise: however many tills press Consume on one code at once, one of them is told that it was written off and all others that it was
//! already, and every ledger says so.
//!
//! All of it is real: each till has a client, tokens and – in one of the two tests – a ledger of its own, and one sandbox serves them
//! all over HTTP. A plain run uses a few codes; `HEXIAO_MANY_TILLS_CODES=200 cargo test --test many_tills` uses as many.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/counter.rs"]
mod counter;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hexiao::coupon::{Reason, Verdict};
use hexiao::desk::{NotRecorded, Rules, Stage, View};
use hexiao::platform::codes::class_of;
use hexiao::platform::{BaseUrl, Options};
use hexiao::sandbox::{self, Call, Deck, Sandbox};
use hexiao::ui::sentence;
use hexiao::ui::text::{Language, Text};
use hexiao::write_off::Outcome;
use tokio::sync::{Barrier, Mutex};
use tokio::task::JoinSet;

const TILLS: usize = 64;
/// The tests take turns: the files and connections of so many tills twice over are more than a process may usually have open.
static TURN: Mutex<()> = Mutex::const_new(());
/// Codes of a plain run.
const CODES: usize = 10;
/// What the platform says of a code that was written off before.
const ALREADY_CONSUMED: i64 = 40099;

fn codes() -> Vec<String> {
    let count = std::env::var("HEXIAO_MANY_TILLS_CODES").map_or(CODES, |count| count.parse().expect("a number"));
    (0..count).map(|n| format!("7{n:011}")).collect()
}

/// What a till told its cashier of a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    WrittenOff,
    AlreadyWrittenOff,
    /// Another till at the same ledger has just pressed on this code: nothing was sent.
    InDoubt,
    /// Nothing was sent: another program at the ledger has just written it off.
    JustWrittenOff,
}

fn told(view: &View) -> Told {
    let text = Text::new(Language::English);
    match &view.stage {
        Stage::Finished { write_off, why, on_disk: true, .. } => {
            let outcome = write_off.outcome.as_ref();
            let said = sentence::outcome(&text, outcome, write_off.sent_at.is_some(), why.as_ref(), class_of);
            match outcome {
                Some(Outcome::Accepted { .. }) => Told::WrittenOff,
                Some(Outcome::Rejected { errcode: Some(ALREADY_CONSUMED), .. }) => {
                    assert_eq!(said, "It was written off already.");
                    Told::AlreadyWrittenOff
                }
                other => panic!("{other:?}"),
            }
        }
        Stage::NotRecorded { why: NotRecorded::InDoubt(_), .. } => Told::InDoubt,
        Stage::NotRecorded { why: NotRecorded::JustAccepted(_), .. } => Told::JustWrittenOff,
        other => panic!("{other:?}"),
    }
}

/// Has [`TILLS`] tills look every code up and press when all of them show it usable. Gives, by code, what they were told.
async fn press_all_at_once(
    sandbox: &Sandbox,
    codes: &[String],
    ledger_of: impl Fn(usize) -> PathBuf,
) -> BTreeMap<String, Vec<Told>> {
    let ready = Arc::new(Barrier::new(TILLS));
    let mut tills = JoinSet::new();
    for number in 0..TILLS {
        let options = Options {
            // A machine that is busy with 64 tills is no platform that does not answer.
            connect_deadline: Duration::from_secs(60),
            total_deadline: Duration::from_secs(120),
            ..Options::new(BaseUrl::parse(sandbox.base_url()).expect("a base address"))
        };
        let rules = Rules { stale_after: Duration::from_secs(600), ..counter::brisk() };
        let client = counter::client(options, sandbox);
        let mut till = counter::open(client, &ledger_of(number), &format!("till {number}"), rules);
        let (codes, ready) = (codes.to_vec(), Arc::clone(&ready));
        tills.spawn(async move {
            let mut answers = Vec::new();
            for code in codes {
                let view = counter::look_up(&mut till, &code).await;
                assert!(
                    matches!(view.stage, Stage::Shown { verdict: Verdict::Usable, in_doubt: None, .. }),
                    "{view:#?}"
                );
                counter::until(&mut till, "Consume to be enabled", |view| view.can_consume).await;
                ready.wait().await;
                let view = counter::press(&mut till).await;
                assert_eq!(view.owed, 0);
                answers.push((code, told(&view)));
            }
            // Whoever looks the last code up sees that it is gone, once the till that wrote it off has its answer.
            ready.wait().await;
            let last = answers.last().expect("codes").0.clone();
            counter::look_up(&mut till, "000000000000").await;
            let view = counter::look_up(&mut till, &last).await;
            let Stage::Shown { verdict, .. } = view.stage else { panic!("{view:#?}") };
            assert_eq!(verdict, Verdict::Refused(Reason::Consumed));
            till.stop().await;
            answers
        });
    }
    let mut by_code: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    while let Some(answers) = tills.join_next().await {
        for (code, told) in answers.expect("no till failed") {
            by_code.entry(code).or_default().push(told);
        }
    }
    for all in by_code.values_mut() {
        all.sort();
    }
    by_code
}

async fn deal(codes: &[String], folder: &Path) -> Sandbox {
    let coupons: Vec<String> = codes.iter().map(|code| format!(r#"{{"code":"{code}"}}"#)).collect();
    let deck = Deck::from_json(&format!(r#"{{"coupons":[{}]}}"#, coupons.join(","))).expect("a deck");
    let record = Some(folder.join("record.jsonl"));
    Sandbox::start(sandbox::Options { deck, record, ..Default::default() }).await.expect("a sandbox")
}

/// The consumes in the sandbox's record, by code: how many were carried out, and how many came.
fn recorded(folder: &Path) -> BTreeMap<String, (usize, usize)> {
    let record = std::fs::read_to_string(folder.join("record.jsonl")).expect("a record");
    let mut by_code: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for line in record.lines() {
        let call: serde_json::Value = serde_json::from_str(line).expect("JSON");
        if call["call"] == Call::Consume.word() {
            let (done, came) = by_code.entry(call["code"].as_str().expect("a code").to_owned()).or_default();
            *done += usize::from(call["executed"] == true);
            *came += 1;
            assert_eq!(call["errcode"], if call["executed"] == true { 0 } else { ALREADY_CONSUMED });
        }
    }
    by_code
}

/// The rows of a ledger by code: how many say accepted, and how many rejected because it was already written off. There are no others.
fn ledger(file: &Path) -> BTreeMap<String, (usize, usize)> {
    let mut by_code: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for row in counter::rows(file) {
        assert!(row.sent_at.is_some() && row.outcome_at.is_some(), "{row:?}");
        let (accepted, rejected) = by_code.entry(row.intent.code.as_str().to_owned()).or_default();
        match row.outcome {
            Some(Outcome::Accepted { .. }) => *accepted += 1,
            Some(Outcome::Rejected { errcode: Some(ALREADY_CONSUMED), .. }) => *rejected += 1,
            other => panic!("{other:?}"),
        }
    }
    by_code
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_tills_with_ledgers_of_their_own_one_writes_a_code_off_and_all_others_are_told() {
    let _turn = TURN.lock().await;
    let (folder, codes, started) = (tempfile::tempdir().expect("a folder"), codes(), Instant::now());
    let sandbox = deal(&codes, folder.path()).await;
    let file = |number: usize| folder.path().join(format!("till-{number}")).join("ledger.sqlite");
    let answers = press_all_at_once(&sandbox, &codes, file).await;

    let once = [vec![Told::WrittenOff], vec![Told::AlreadyWrittenOff; TILLS - 1]].concat();
    assert_eq!(answers.len(), codes.len());
    for (code, told) in &answers {
        assert_eq!(*told, once, "{code}");
    }
    let expected: BTreeMap<String, (usize, usize)> = codes.iter().map(|code| (code.clone(), (1, TILLS))).collect();
    assert_eq!(recorded(folder.path()), expected, "the platform's record");
    let mut together: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut winners = 0;
    for number in 0..TILLS {
        let ledger = ledger(&file(number));
        assert_eq!(ledger.len(), codes.len(), "till {number}: a row for each press");
        winners += usize::from(ledger.values().any(|(accepted, _)| *accepted > 0));
        for (code, (accepted, rejected)) in ledger {
            assert_eq!(accepted + rejected, 1, "till {number}: one row for each press");
            let all = together.entry(code).or_default();
            *all = (all.0 + accepted, all.1 + rejected);
        }
    }
    assert_eq!(together, codes.iter().map(|code| (code.clone(), (1, TILLS - 1))).collect(), "all ledgers together");
    println!(
        "{} presses of {TILLS} tills on {} codes, each accepted once, by {winners} of the tills; {:.1} s",
        TILLS * codes.len(),
        codes.len(),
        started.elapsed().as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_tills_at_one_ledger_one_writes_a_code_off_and_the_others_are_told_or_send_nothing() {
    let _turn = TURN.lock().await;
    let (folder, codes, started) = (tempfile::tempdir().expect("a folder"), codes(), Instant::now());
    let sandbox = deal(&codes, folder.path()).await;
    let file = folder.path().join("ledger.sqlite");
    let answers = press_all_at_once(&sandbox, &codes, |_| file.clone()).await;

    let (platform, ledger) = (recorded(folder.path()), ledger(&file));
    let mut sent_nothing = 0;
    for code in &codes {
        let count = |wanted| answers[code].iter().filter(|told| **told == wanted).count();
        let (written_off, already) = (count(Told::WrittenOff), count(Told::AlreadyWrittenOff));
        sent_nothing += count(Told::InDoubt) + count(Told::JustWrittenOff);
        assert_eq!((written_off, answers[code].len()), (1, TILLS), "{code}");
        assert_eq!(ledger[code], (1, already), "{code}: a row for each press that was recorded");
        assert_eq!(platform[code], (1, 1 + already), "{code}: and a request for each row");
    }
    assert_eq!(ledger.len(), codes.len());
    println!(
        "{} presses of {TILLS} tills at one ledger on {} codes, each accepted once; {sent_nothing} sent nothing, since another's was under way or just done; {:.1} s",
        TILLS * codes.len(),
        codes.len(),
        started.elapsed().as_secs_f64()
    );
}
