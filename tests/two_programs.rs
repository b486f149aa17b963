//! The promise: several programs on one data folder share the ledger safely. No code is sent by two of them, none takes another's write-off
//! under way for one left behind, and what a program leaves when it dies is settled by the next that finds itself alone.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

use std::process::{Child, Command, Output, Stdio};

use hexiao::ledger::Ledger;
use hexiao::write_off::Outcome;
use jiff::Timestamp;
use serde_json::Value;

use support::shop::Shop;

mod support {
    pub mod shop;
}

/// The program, on the shop's settings and data folder.
fn start(shop: &Shop, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hexiao"));
    command.env("HOME", shop.folder.path()).env_remove("DBUS_SESSION_BUS_ADDRESS").stdin(Stdio::null());
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
    for code in ["1", "2", "3", "4"] {
        // Held up at the platform, so that they are certainly at it together.
        shop.fault("consume=delay_ms=300:1");
        let programs: Vec<Child> = (0..3).map(|_| start(&shop, &["consume", code, "--yes", "--json"])).collect();
        let mut ends = Vec::new();
        for program in programs {
            ends.push(end(program).await);
        }
        let lines: Vec<Value> = ends.iter().map(said).collect();
        let accepted = lines.iter().filter(|line| line["outcome"] == "accepted").count();
        assert_eq!(accepted, 1, "{lines:#?}");
        for line in lines.iter().filter(|line| line["outcome"] != "accepted") {
            // In doubt while the first was at it; consumed already, or rejected by the platform, where it came a moment later.
            assert!(line["reason"] == "in_doubt" || line["outcome"] == "rejected", "{line}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_starts_while_another_consumes_leaves_its_open_row_alone() {
    let shop = Shop::open().await;
    shop.fault("consume=delay_ms=4000:1");
    let first = start(&shop, &["consume", "1", "--yes", "--json"]);
    shop.has_recorded(1).await;
    // One that starts, writes another code off and ends, and one that would settle: both while the first still waits.
    let second = said(&end(start(&shop, &["consume", "2", "--yes", "--json"])).await);
    assert_eq!(second["outcome"], "accepted", "{second}");
    let settle = end(start(&shop, &["settle"])).await;
    assert_eq!(settle.status.code(), Some(3), "{}", String::from_utf8_lossy(&settle.stderr));
    assert!(String::from_utf8_lossy(&settle.stderr).contains("another hexiao"));
    assert_eq!(shop.rows()[0].outcome, None, "nobody has touched it");
    let first = said(&end(first).await);
    assert_eq!((&first["outcome"], &first["message"]), (&"accepted".into(), &"ok".into()), "the platform's own answer");
    assert_eq!(shop.rows()[0].outcome, Some(Outcome::Accepted { message: "ok".to_owned() }));
    assert_sound(&shop);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_leaves_when_it_dies_is_settled_by_the_next_that_is_alone() {
    let shop = Shop::open().await;
    shop.fault("consume=delay_ms=500:1");
    let mut dying = start(&shop, &["consume", "1", "--yes", "--json"]);
    shop.has_recorded(1).await;
    let survivor = shop.till().await; // not alone when it started: it has taken nothing over
    dying.kill().expect("killed");
    dying.wait().expect("ended");
    // While the survivor is at work the row stays open, its code cannot be sent again, and whoever asks is told.
    let again = said(&end(start(&shop, &["consume", "1", "--yes", "--json"])).await);
    assert!(again["reason"] == "in_doubt" || again["reason"] == "consumed", "{again}");
    let settle = end(start(&shop, &["settle"])).await;
    assert_eq!(settle.status.code(), Some(3));
    assert_eq!(shop.rows()[0].outcome, None);
    survivor.till.stop().await;
    let settle = end(start(&shop, &["settle", "--json"])).await;
    let outcome = said(&settle)["outcome"].clone();
    let executed = shop.consumes().iter().any(|(code, executed)| code == "1" && *executed);
    assert_eq!(outcome, if executed { "accepted" } else { "rejected" }, "as the platform has it");
    assert_eq!(shop.consumes().len(), 1, "it was sent once");
    assert_sound(&shop);
}
