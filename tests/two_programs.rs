//! The promise: several programs on one data folder share the ledger safely. No code is sent by two of them, none takes another's write-off
//! under way for one left behind, and what a program leaves when it dies is settled by the next that finds itself alone.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use hexiao::ledger::Ledger;
use hexiao::write_off::Outcome;
use jiff::Timestamp;
use serde_json::Value;

use support::program::program;
use support::shop::Shop;

mod support {
    pub mod program;
    pub mod shop;
}

/// The program, on the shop's settings and data folder.
fn start(shop: &Shop, args: &[&str]) -> Child {
    let mut command = program(shop.folder.path());
    command.args(args).arg("--settings").arg(shop.folder.path().join("settings.toml")).arg("--data").arg(shop.data());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
}

/// Its end, awaited where the sandbox goes on serving meanwhile.
async fn end(child: Child) -> Output {
    tokio::task::spawn_blocking(|| child.wait_with_output().expect("ended")).await.expect("ended")
}

fn said(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.trim()).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn assert_sound(shop: &Shop) {
    let book = Ledger::open_to_read(&shop.file()).expect("opened").expect("a ledger");
    let checked = book.check(Timestamp::now(), |_, _| ()).expect("checked");
    assert_eq!((checked.findings, checked.unsettled), (vec![], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_programs_that_press_the_same_code_in_the_same_moment_one_is_accepted() {
    let shop = Shop::open().await;
    for (number, code) in (1..).zip(["1", "2", "3", "4"]) {
        shop.gate.keep_back_next();
        let programs: Vec<Child> = (0..3).map(|_| start(&shop, &["consume", code, "--yes", "--json"])).collect();
        shop.gate.has_kept_back(number).await; // so that the others come while one is at it, unless they are late
        shop.gate.let_go();
        let mut ends = Vec::new();
        for program in programs {
            ends.push(end(program).await);
        }
        let lines: Vec<Value> = ends.iter().map(said).collect();
        let accepted = lines.iter().filter(|line| line["outcome"] == "accepted").count();
        assert_eq!(accepted, 1, "{lines:#?}");
        for line in lines.iter().filter(|line| line["outcome"] != "accepted") {
            // In doubt while the first was at it; rejected by the platform where it came a moment later; consumed already where it came late.
            let reason = &line["reason"];
            assert!(reason == "in_doubt" || reason == "consumed" || line["outcome"] == "rejected", "{line}");
        }
        let executed = shop.consumes().into_iter().filter(|(sent, executed)| sent == code && *executed).count();
        assert_eq!(executed, 1, "{code} was executed once");
        let accepted = shop
            .rows()
            .into_iter()
            .filter(|row| row.intent.code.as_str() == code && matches!(row.outcome, Some(Outcome::Accepted { .. })));
        assert_eq!(accepted.count(), 1);
    }
    assert_sound(&shop);
}

/// Shorter than a program waits for the platform's answer (8 s) by what it takes to notice that it waits.
const WAITS: Duration = Duration::from_secs(7);
/// How often a scene is played in which a program has to wait while others start, which takes longer than it waits where a machine is busy.
const TRIES_MAX: usize = 5;

/// Plays `scene` in fresh shops until it comes about.
async fn comes_about(scene: impl AsyncFn(&Shop) -> Option<()>) {
    for _ in 0..TRIES_MAX {
        if scene(&Shop::open().await).await.is_some() {
            return;
        }
    }
    panic!("{TRIES_MAX} times the first program did not wait for the others: is this machine so busy?");
}

/// A program that waits for the answer to its consume.
struct Waiting {
    child: Child,
    since: Instant,
}

impl Waiting {
    /// Has it consume `1`.
    async fn start(shop: &Shop) -> Self {
        shop.gate.keep_back_next();
        let child = start(shop, &["consume", "1", "--yes", "--json"]);
        shop.gate.has_kept_back(1).await;
        Self { child, since: Instant::now() }
    }

    /// Itself where it certainly waits still.
    fn still(mut self) -> Option<Self> {
        if self.since.elapsed() < WAITS {
            return Some(self);
        }
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_starts_while_another_consumes_leaves_its_open_row_alone() {
    comes_about(async |shop| {
        let first = Waiting::start(shop).await;
        // One that starts, writes another code off and ends, and one that would settle: both while the first still waits.
        let second = end(start(shop, &["consume", "2", "--yes", "--json"])).await;
        let settle = end(start(shop, &["settle"])).await;
        let row = shop.rows().remove(0);
        let first = first.still()?;
        assert_eq!(said(&second)["outcome"], "accepted", "{second:?}");
        assert_eq!(settle.status.code(), Some(3), "{settle:?}");
        assert!(String::from_utf8_lossy(&settle.stderr).contains("another hexiao"));
        assert_eq!(row.outcome, None, "nobody has touched it");
        shop.gate.let_go();
        let first = said(&end(first.child).await);
        assert_eq!(
            (&first["outcome"], &first["message"]),
            (&"accepted".into(), &"ok".into()),
            "the platform's own answer"
        );
        assert_eq!(shop.rows()[0].outcome, Some(Outcome::Accepted { message: "ok".to_owned() }));
        assert_sound(shop);
        Some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_leaves_when_it_dies_is_settled_by_the_next_that_is_alone() {
    comes_about(async |shop| {
        let dying = Waiting::start(shop).await;
        let survivor = shop.till().await; // not alone when it started: it has taken nothing over
        let mut dying = dying.still()?;
        dying.child.kill().expect("killed");
        dying.child.wait().expect("ended");
        // While the survivor is at work the row stays open, its code cannot be sent again, and whoever asks is told.
        let again = said(&end(start(shop, &["consume", "1", "--yes", "--json"])).await);
        assert!(again["reason"] == "in_doubt" || again["reason"] == "consumed", "{again}");
        let settle = end(start(shop, &["settle"])).await;
        assert_eq!(settle.status.code(), Some(3));
        assert_eq!(shop.rows()[0].outcome, None);
        survivor.till.stop().await;
        let settle = end(start(shop, &["settle", "--json"])).await;
        assert_eq!(said(&settle)["outcome"], "accepted", "as the platform has it");
        assert_eq!(shop.consumes(), [("1".to_owned(), true)], "it was sent once");
        assert_sound(shop);
        Some(())
    })
    .await;
}
