//! The promise: whatever a power failure leaves of the ledger's files, every write whose call had returned is there, the one under way is there
//! wholly or not at all, and the ledger is sound.
//!
//! What may be left follows from what SQLite does, see `src/ledger/mod.rs`: a write appends to the log and syncs it before its call returns; a
//! checkpoint copies what is synced in the log into the file, and syncs that before the log is begun anew. So at any moment one of the two files is being
//! written, in any order of its sectors, and the other one is as it was. Every such state is built here from the files before
//! and after a call, and opened. `HEXIAO_EVERY_BYTE=1` cuts at every byte.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hexiao::code::Code;
use hexiao::ledger::{Error, Ledger};
use hexiao::write_off::{Intent, Outcome, WriteOff};
use jiff::Timestamp;

const PAGE: usize = 4096;
/// What a disk writes at once, or not at all.
const SECTOR: usize = 512;
/// Bytes from one cut to the next. No divisor of a page or a frame, so that cuts fall everywhere.
const STRIDE: usize = 1_811;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + second).expect("a time")
}

/// The two files that hold the ledger. The third beside them, the index to the log, is rebuilt by whoever opens it first.
#[derive(Clone, PartialEq)]
struct Files {
    database: Vec<u8>,
    log: Vec<u8>,
}

impl Files {
    fn of(path: &Path) -> Self {
        Self { database: fs::read(path).expect("the ledger"), log: fs::read(log_of(path)).unwrap_or_default() }
    }
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn rows(ledger: &Ledger) -> Vec<WriteOff> {
    let mut rows = Vec::new();
    let read = ledger.for_each_since(None, |row| {
        rows.push(row);
        Ok::<(), Error>(())
    });
    read.expect("read");
    rows
}

/// A folder in memory, where there is one: what is tried here is what a disk was left with, and not the disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder")
}

/// What a ledger holds that is opened on `files`, with junk in the index to the log, as a power failure may leave it.
fn found_in(files: &Files, what: &str) -> Vec<WriteOff> {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    fs::write(&path, &files.database).expect("written");
    fs::write(log_of(&path), &files.log).expect("written");
    fs::write(folder.path().join("ledger.db-shm"), [0xa5; 3 * SECTOR]).expect("written");
    let ledger = Ledger::open(&path).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let checked = ledger.check(at(1_000_000), |_, _| ()).expect("checked");
    assert_eq!(checked.findings, [], "{what}");
    rows(&ledger)
}

/// One write: what the files and the rows were before its call, and are after it has returned.
struct Step {
    name: String,
    before: (Files, Vec<WriteOff>),
    after: (Files, Vec<WriteOff>),
}

/// A ledger written to for long enough that its log is put into the file and begun anew; the last few writes before that, the one that does it,
/// and the first after it.
fn steps() -> &'static [Step] {
    static STEPS: LazyLock<Vec<Step>> = LazyLock::new(write_steps);
    &STEPS
}

fn write_steps() -> Vec<Step> {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    let mut ledger = Ledger::open(&path).expect("opened");
    let mut state = (Files::of(&path), rows(&ledger));
    let mut steps: Vec<Step> = Vec::new();
    let mut after_checkpoint = None;
    for turn in 0_i64.. {
        let (id, name) = (turn / 2, turn % 2);
        if name == 0 {
            let intent = Intent {
                code: Code::parse(&format!("{:012}", id * 7_919 % 1_000_003)).expect("a code"),
                card_id: None,
                title: Some(format!("满100减20 {}", "x".repeat(300))),
                openid: None,
                face_value: None,
                intended_at: at(id),
            };
            ledger.record("till 1", "李", &intent).expect("recorded");
        } else {
            let open = ledger.unsettled().expect("read").remove(0).id;
            ledger.close(open, &Outcome::Accepted { message: "ok".to_owned() }, None, at(id)).expect("closed");
        }
        let now = (Files::of(&path), rows(&ledger));
        let name = format!("write {turn}");
        let checkpointed = now.0.database != state.0.database;
        steps.push(Step { name, before: std::mem::replace(&mut state, now.clone()), after: now });
        if after_checkpoint.is_none() && steps.len() > 3 {
            steps.remove(1); // the very first is kept, and the last two
        }
        if checkpointed {
            after_checkpoint = Some(0);
        }
        if let Some(count) = &mut after_checkpoint {
            *count += 1;
            if *count == 4 {
                break;
            }
        }
        assert!(turn < 2_000, "no checkpoint came");
    }
    steps
}

/// Where the log differs.
fn changed(step: &Step) -> Range<usize> {
    let (before, after) = (&step.before.0.log, &step.after.0.log);
    let same = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let end = if before.len() == after.len() {
        after.len() - before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count()
    } else {
        after.len()
    };
    same..end.max(same)
}

#[test]
fn a_write_cut_off_anywhere_is_there_wholly_or_not_at_all_and_all_before_it_are_there() {
    let stride = if std::env::var_os("HEXIAO_EVERY_BYTE").is_some() { 1 } else { STRIDE };
    let mut random = fastrand::Rng::with_seed(7);
    let (mut opened, mut there) = (0, 0);
    for step in steps() {
        let (old, new) = (&step.before.0.log, &step.after.0.log);
        let range = changed(step);
        assert!(!range.is_empty(), "{}: a write goes to the log", step.name);
        let cuts = range.clone().step_by(stride).chain([range.end - 1, range.end]);
        for cut in cuts {
            // What is beyond the cut: what was there before, nothing, zeros, junk – or all is there but one sector in the middle.
            let kept = |tail: &[u8]| [&new[..cut], tail].concat();
            let rest = new.len() - cut;
            let mut junk = vec![0; rest];
            random.fill(&mut junk);
            let mut hole = new.clone();
            hole[cut..(cut + SECTOR).min(range.end)].fill(0);
            let logs = [
                ("as before", kept(old.get(cut..).unwrap_or_default())),
                ("nothing", kept(&[])),
                ("zeros", kept(&vec![0; rest])),
                ("junk", kept(&junk)),
                ("all but one sector", hole),
            ];
            for (tail, log) in logs {
                let what = format!("{}, cut at {cut} of {range:?}, then {tail}", step.name);
                let database = step.before.0.database.clone();
                let found = found_in(&Files { database, log }, &what);
                assert!(found == step.before.1 || found == step.after.1, "{what}: {} rows", found.len());
                opened += 1;
                there += usize::from(found == step.after.1);
            }
        }
        let whole = found_in(&step.after.0, &step.name);
        assert_eq!(whole, step.after.1, "{}: its call had returned", step.name);
    }
    println!("{opened} torn logs opened; the write was there in {there} of them, and everything before it in all");
    assert!(there > 0 && there < opened, "both ends are met");
}

#[test]
fn a_checkpoint_cut_off_anywhere_loses_nothing() {
    let step =
        steps().iter().find(|step| step.before.0.database != step.after.0.database).expect("one with a checkpoint");
    let (old, new) = (&step.before.0.database, &step.after.0.database);
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        // Any sectors have been written, one of them perhaps halfway; the file has grown, or not yet.
        let mut database = new.clone();
        let length = if random.bool() { new.len() } else { random.usize(old.len() / PAGE..=new.len() / PAGE) * PAGE };
        database.truncate(length.max(old.len()));
        for at in (0..database.len()).step_by(SECTOR) {
            if random.bool() {
                let before = old.get(at..at + SECTOR).unwrap_or(&[0; SECTOR]);
                let half = if random.u8(..8) == 0 { SECTOR / 2 } else { SECTOR };
                database[at..at + half].copy_from_slice(&before[..half]);
            }
        }
        let what = format!("checkpoint of seed {seed}");
        let found = found_in(&Files { database, log: step.after.0.log.clone() }, &what);
        assert_eq!(found, step.after.1, "{what}");
    }
}
