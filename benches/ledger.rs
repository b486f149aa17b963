//! What a till waits for at a ledger of 5 million write-offs: some ten years of a busy shop. The file is made once, the same in every run, and kept under
//! `target`. Each must stay under 10 ms at the median; copying and checking all of it are timed once, for a maintainer who waits.

// What is measured is made here, so it cannot fail; `criterion_group!` makes a public function.
#![allow(clippy::expect_used, missing_docs)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hexiao::code::{CardId, Code};
use hexiao::ledger::{self, Error, Ledger, Search};
use hexiao::write_off::{Intent, Outcome, WriteOff, WriteOffId};
use jiff::{SignedDuration, Timestamp};

const ROWS: i64 = 5_000_000;
/// Between two write-offs: 5 million of them take ten years.
const APART: SignedDuration = SignedDuration::from_secs(63);

fn first_at() -> Timestamp {
    "2016-11-24T00:00:00Z".parse().expect("a time")
}

fn last_at() -> Timestamp {
    first_at() + APART * i32::try_from(ROWS).expect("a number")
}

/// The code of row `id`: twelve digits in no order, each once, as a platform deals them.
fn code_of(id: i64) -> String {
    format!("{:012}", id * 618_233_145_029 % 1_000_000_000_039)
}

/// The ledger, made if it is not there.
fn ledger_of_five_million() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ledger-bench/ledger.db");
    let made = Ledger::open(&path).and_then(|ledger| Ok(ledger.recent(1)?.iter().any(|row| row.id.0 >= ROWS)));
    if made.expect("a ledger") {
        return path;
    }
    let began = Instant::now();
    let mut connection = rusqlite::Connection::open(&path).expect("opened");
    // Made in memory and written out once: rows come in no order of their codes, and each would else be a page's write.
    let made_fast =
        "DELETE FROM write_off; DELETE FROM sqlite_sequence; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         PRAGMA cache_size = -2000000;";
    connection.execute_batch(made_fast).expect("emptied");
    let transaction = connection.transaction().expect("begun");
    let sql = "INSERT INTO write_off
         (till, cashier, code, card_id, title, openid, intended_at, sent_at, outcome_at, stage, errcode, message)
         VALUES (?1, '李', ?2, 'pFS7Fjg8kV1IdDz01r4SQwMkuCKc', '满100减20', ?3, ?4, ?4 + 40, ?4 + 300, ?5, ?6, ?7)";
    let mut statement = transaction.prepare(sql).expect("prepared");
    for id in 1..=ROWS {
        let at = (first_at() + APART * i32::try_from(id).expect("a number")).as_millisecond();
        // Every fiftieth is refused, and five in all are not settled.
        let (stage, errcode, message) = match id {
            _ if id % (ROWS / 5) == 0 => ("unknown", None, "no answer"),
            _ if id % 50 == 0 => ("rejected", Some(40127), "invalid user-card status"),
            _ => ("accepted", Some(0), "ok"),
        };
        let till = format!("till {}", id % 8);
        let openid = format!("oFS7Fjl0WsZ9AMZqrI80nb{:06}", id % 1_000_000);
        statement.execute(rusqlite::params![till, code_of(id), openid, at, stage, errcode, message]).expect("inserted");
    }
    drop(statement);
    transaction.commit().expect("committed");
    drop(connection);
    println!("{ROWS} rows were made in {:.0?}", began.elapsed());
    path
}

fn count(mut listing: impl FnMut(&mut dyn FnMut(WriteOff) -> Result<(), Error>) -> Result<(), Error>) -> u64 {
    let mut rows = 0;
    listing(&mut |row| {
        black_box(row);
        rows += 1;
        Ok(())
    })
    .expect("read");
    rows
}

fn at_size(criterion: &mut Criterion) {
    let path = ledger_of_five_million();
    criterion.bench_function("ledger of 5 M: open, what is unsettled, latest 20", |bencher| {
        bencher.iter(|| {
            let ledger = Ledger::open(&path).expect("opened");
            (ledger.unsettled().expect("read").len(), ledger.recent(20).expect("read").len())
        });
    });
    let mut ledger = Ledger::open(&path).expect("opened");
    let mut turn = 0;
    criterion.bench_function("ledger of 5 M: write an intent", |bencher| {
        bencher.iter_batched(
            || {
                turn += 1;
                Intent {
                    // A prefix of its own: no code of the ledger's, and each once.
                    code: Code::parse(&format!("B{}{turn:06}", std::process::id())).expect("a code"),
                    card_id: Some(CardId::parse("pFS7Fjg8kV1IdDz01r4SQwMkuCKc").expect("a card")),
                    title: Some("满100减20".to_owned()),
                    openid: Some("oFS7Fjl0WsZ9AMZqrI80nbIq8xrA".to_owned()),
                    face_value: None,
                    intended_at: first_at(),
                }
            },
            |intent| ledger.record("till 1", "李", &intent).expect("recorded"),
            BatchSize::SmallInput,
        );
    });
    // Settled again, so that the next run finds as few unsettled as this one.
    for row in ledger.unsettled().expect("read").into_iter().filter(|row| row.id.0 > ROWS) {
        let outcome = Outcome::Accepted { message: "ok".to_owned() };
        ledger.close(row.id, &outcome, None, row.intent.intended_at).expect("closed");
    }
    let today = last_at() - SignedDuration::from_hours(24);
    let rows = count(|each| ledger.for_each_since(Some(today), each));
    criterion.bench_function(&format!("ledger of 5 M: list today's {rows}"), |bencher| {
        bencher.iter(|| count(|each| ledger.for_each_since(Some(today), each)));
    });
    let mut turn = 0;
    criterion.bench_function("ledger of 5 M: search a whole code", |bencher| {
        bencher.iter(|| {
            turn += 1;
            let code = code_of(1 + turn * 7_919 % ROWS);
            assert_eq!(count(|each| ledger.for_each_of_code(&code, None, each)), 1);
        });
    });
    criterion.bench_function("ledger of 5 M: search the first 8 digits", |bencher| {
        bencher.iter(|| {
            turn += 1;
            count(|each| ledger.for_each_of_code(&code_of(1 + turn * 7_919 % ROWS)[..8], None, each))
        });
    });
    history(criterion, &ledger);
    once(&ledger);
}

/// Rows in sight at once.
const IN_SIGHT: i64 = 40;

/// What the history asks for while somebody scrolls and types.
fn history(criterion: &mut Criterion, ledger: &Ledger) {
    let mut turn = 0;
    criterion.bench_function("history of 5 M: the rows in sight, anywhere", |bencher| {
        bencher.iter(|| {
            turn += 1;
            let last = IN_SIGHT + turn * 618_233_145 % (ROWS - IN_SIGHT);
            let ids: Vec<_> = (last - IN_SIGHT + 1..=last).rev().map(WriteOffId).collect();
            assert_eq!(ledger.rows(&ids).expect("read").len(), ids.len());
        });
    });
    for (what, text) in [("a whole code", code_of(ROWS / 2)), ("the first 6 digits", code_of(ROWS / 3)[..6].to_owned())]
    {
        let search = Search { text, ..Search::default() };
        criterion.bench_function(&format!("history of 5 M: search {what}"), |bencher| {
            bencher.iter(|| black_box(ledger.find(&search, None).expect("read").ids.len()));
        });
    }
    let today = Search { from: Some(last_at() - SignedDuration::from_hours(24)), ..Search::default() };
    criterion.bench_function("history of 5 M: today", |bencher| {
        bencher.iter(|| black_box(ledger.find(&today, None).expect("read").ids.len()));
    });
    let word = Search { text: "till 7".to_owned(), ..Search::default() };
    criterion.bench_function("history of 5 M: one piece of a search for a word", |bencher| {
        bencher.iter(|| black_box(ledger.find(&word, Some(WriteOffId(ROWS / 2))).expect("read").ids.len()));
    });
    // All pieces over the newest million, as long as it takes until all is found.
    let began = Instant::now();
    let (mut found, mut below) = (0, None);
    while below.is_none_or(|id: WriteOffId| id.0 > ROWS - 1_000_000) {
        let piece = ledger.find(&word, below).expect("read");
        found += piece.ids.len();
        below = piece.next;
    }
    println!("search for a word in 1 M rows: {found} found in {:.0?}", began.elapsed());
}

/// What takes seconds is timed once.
fn once(ledger: &Ledger) {
    let began = Instant::now();
    let checked = ledger.check(Timestamp::now(), |_, _| ()).expect("checked");
    println!("check of {} rows: {:.1?}, {} faults", checked.write_offs, began.elapsed(), checked.faults());
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("target")).expect("a folder");
    let began = Instant::now();
    let copied = ledger::backup(ledger, &folder.path().join("backup.db"), false, |_, _| ()).expect("copied");
    println!("backup of {} rows, {} MB, checked: {:.1?}", copied.write_offs, copied.bytes / 1_000_000, began.elapsed());
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = at_size
}
criterion_main!(benches);
