//! The promise: a ledger can be backed up while it is written to, checked from end to end, and restored, and none of the three ever leaves it or a
//! backup worse than it was. The real program, on ledgers that the library wrote.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use hexiao::code::{CardId, Code};
use hexiao::ledger::{Claim, Error, Ledger};
use hexiao::write_off::{Intent, Outcome, WriteOff};
use jiff::{SignedDuration, Timestamp};
use program::program;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

/// A data folder whose practice ledger the library writes.
struct Desk {
    folder: TempDir,
}

struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("data/practice.db")
    }

    fn open(&self) -> Ledger {
        Ledger::open(&self.file()).expect("a ledger")
    }

    /// Runs `hexiao ledger …` to its end.
    fn run(&self, args: &[&str]) -> Ran {
        let mut command = program(self.folder.path());
        command.current_dir(self.folder.path()).arg("ledger").args(args);
        command.arg("--settings").arg(self.path("settings.toml")).arg("--data").arg(self.path("data"));
        let output = command.output().expect("run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ran {
            status: output.status.code().expect("a status"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Writes `count` settled rows more.
    fn fill(&self, count: usize) {
        let mut ledger = self.open();
        let first = ledger.len().expect("read");
        for row in first..first + count as u64 {
            settled(&mut ledger, row);
        }
    }

    /// What lies in the data folder but logs.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("data")).expect("a folder").map(|entry| entry.expect("an entry"));
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("text")).collect();
        names.retain(|name| name != "logs");
        names.sort();
        names
    }
}

fn at(row: u64) -> Timestamp {
    let first: Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
    first + SignedDuration::from_secs(i64::try_from(row).expect("a number"))
}

fn intent(row: u64) -> Intent {
    let card_id = Some(CardId::parse("pFS7Fjg8kV1IdDz01r4SQwMkuCKc").expect("a card"));
    let code = Code::parse(&format!("{:012}", row * 7_919 + 1)).expect("a code");
    Intent { code, card_id, title: None, openid: None, face_value: None, intended_at: at(row) }
}

fn settled(ledger: &mut Ledger, row: u64) {
    let id = ledger.record("till 1", "李", &intent(row)).expect("recorded");
    let accepted = Outcome::Accepted { message: "ok".to_owned() };
    ledger.close(id, &accepted, Some(at(row)), at(row)).expect("closed");
}

fn rows(path: &Path) -> Vec<WriteOff> {
    let mut rows = Vec::new();
    let ledger = Ledger::open_to_read(path).expect("opened").expect("a ledger");
    let read = ledger.for_each_since(None, |row| {
        rows.push(row);
        Ok::<(), Error>(())
    });
    read.expect("read");
    rows
}

/// Sets a flag when it is dropped.
struct Raised<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

// ── backup ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_backup_made_while_a_till_writes_is_the_ledger_of_one_moment_and_one_private_file() {
    let desk = Desk::new();
    desk.fill(300);
    let mut ledger = desk.open();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        // However this block ends, or the one that writes would write for ever.
        let _stops = Raised(&stop);
        scope.spawn(|| {
            for row in 300.. {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                settled(&mut ledger, row);
            }
        });
        for nth in 0..5 {
            let ran = desk.run(&["backup", &format!("copy-{nth}.db"), "--json"]);
            assert_eq!((ran.status, ran.stderr.contains("practice")), (0, true), "{}", ran.stderr);
            let line = ran.lines().remove(0);
            assert_eq!(line["file"], format!("copy-{nth}.db"));
            let copy = desk.path(&format!("copy-{nth}.db"));
            assert_eq!(line["bytes"], fs::metadata(&copy).expect("there").len());
            // Read where it lies and with nothing beside it, as from a disk that is read-only.
            let header = fs::read(&copy).expect("read");
            assert_eq!(header[18..20], [1, 1], "not in WAL mode");
            let found = rows(&copy);
            assert_eq!(line["write_offs"], found.len());
            assert!(found.len() >= 300);
            let unsettled = found.iter().rposition(WriteOff::is_unsettled);
            assert!(unsettled.is_none_or(|at| at == found.len() - 1), "only the newest may be under way");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                assert_eq!(fs::metadata(&copy).expect("there").permissions().mode() & 0o777, 0o600);
            }
        }
    });
    let parts = fs::read_dir(desk.folder.path()).expect("read").filter_map(Result::ok);
    assert_eq!(parts.filter(|entry| entry.file_name().to_string_lossy().contains(".part")).count(), 0);
}

#[test]
fn a_backup_overwrites_nothing_unasked_and_the_ledger_never() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["backup", "copy.db"]).status, 1, "there is nothing to copy yet");
    desk.fill(3);
    fs::write(desk.path("copy.db"), "somebody's only copy").expect("written");
    let ran = desk.run(&["backup", "copy.db"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("copy.db exists") && ran.stderr.contains("--force"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(desk.path("copy.db")).expect("there"), "somebody's only copy");
    let ran = desk.run(&["backup", "copy.db", "--force"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("3 write-offs") && ran.stdout.contains("checked"), "{}", ran.stdout);
    assert_eq!(rows(&desk.path("copy.db")).len(), 3);

    let before = fs::read(desk.file()).expect("read");
    for own in ["data/practice.db", "data/../data/practice.db"] {
        let ran = desk.run(&["backup", own, "--force"]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("the ledger itself"), "{}", ran.stderr);
    }
    assert_eq!(fs::read(desk.file()).expect("read"), before);
    let ran = desk.run(&["backup", "no such folder/copy.db"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("cannot be written"), "{}", ran.stderr);
}

#[test]
fn a_damaged_ledger_is_not_passed_on_as_a_good_backup() {
    let desk = Desk::new();
    desk.fill(300);
    let mut bytes = fs::read(desk.file()).expect("read");
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    fs::write(desk.file(), &bytes).expect("written");
    let ran = desk.run(&["backup", "copy.db"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("practice.db is damaged, so no copy"), "{}", ran.stderr);
    assert!(!desk.path("copy.db").exists());
    let check = desk.run(&["check"]);
    assert_eq!(check.status, 2);
    assert!(check.stdout.contains("FAULT it is damaged"), "{}", check.stdout);
}

// ── check ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_sound_ledger_is_called_sound_and_what_is_not_settled_is_told_where_nobody_sees_to_it() {
    let desk = Desk::new();
    let ran = desk.run(&["check"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    desk.fill(20);
    let ran = desk.run(&["check", "--json"]);
    assert_eq!(ran.status, 0);
    let summary = r#"{"write_offs":20,"unsettled":0,"faults":0,"findings":0,"at_work":false}"#;
    assert_eq!(ran.stdout, format!("{summary}\n"));
    assert_eq!(desk.run(&["check"]).stdout, "20 write-offs read: sound\n");

    let mut ledger = desk.open();
    ledger.record("till 1", "", &intent(20)).expect("recorded");
    let ran = desk.run(&["check"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, "21 write-offs read, 1 of them not settled: sound\n"));
    assert!(ran.stderr.contains("hexiao settle"), "{}", ran.stderr);
    let mut claim = Claim::take(&desk.file()).expect("claimed");
    claim.share().expect("shared, as every till at work does");
    let ran = desk.run(&["check", "--json"]);
    assert_eq!((ran.status, &ran.lines()[0]["at_work"]), (0, &true.into()), "{}", ran.stderr);
}

#[test]
fn whatever_hexiao_would_never_write_is_a_fault_with_a_sentence() {
    let tampered = [
        ("UPDATE write_off SET sent_at = 1 WHERE id = 3", "is open, and holds what only an outcome brings"),
        ("UPDATE write_off SET outcome_at = NULL WHERE id = 2", "an outcome without its time or its words"),
        ("UPDATE write_off SET message = NULL WHERE id = 2", "an outcome without its time or its words"),
        ("UPDATE write_off SET errcode = 40127 WHERE id = 2", "accepted with an error code"),
        ("UPDATE write_off SET stage = 'unknown' WHERE id = 2", "not accepted, and has the error code of what is"),
        ("UPDATE write_off SET code = 'a code?' WHERE id = 2", "no version of hexiao has written"),
        ("DELETE FROM write_off WHERE id = 2", "write-off 2 is missing"),
        ("DELETE FROM write_off WHERE id <= 2", "write-offs 1 to 2 are missing"),
        ("DELETE FROM write_off WHERE id >= 2", "write-offs 2 to 3 are missing"),
        ("UPDATE sqlite_sequence SET seq = 2", "below the last number"),
        ("DROP INDEX write_off_by_time", "index write_off_by_time is missing"),
        (
            "CREATE TRIGGER sly AFTER INSERT ON write_off BEGIN DELETE FROM write_off; END",
            "trigger sly is not hexiao's",
        ),
        ("CREATE TABLE other (x)", "table other is not hexiao's"),
    ];
    for (sql, sentence) in tampered {
        let desk = Desk::new();
        desk.fill(2);
        desk.open().record("till 1", "", &intent(2)).expect("recorded"); // open
        Connection::open(desk.file()).expect("opened").execute_batch(sql).expect(sql);
        let ran = desk.run(&["check", "--json"]);
        assert_eq!(ran.status, 2, "{sql}: {}{}", ran.stdout, ran.stderr);
        let mut lines = ran.lines();
        let summary = lines.pop().expect("a summary");
        assert!(summary["faults"].as_u64() >= Some(1), "{sql}: {summary}");
        let told = lines
            .iter()
            .any(|line| line["grade"] == "fault" && line["finding"].as_str().expect("text").contains(sentence));
        assert!(told, "{sql}: {lines:#?}");
    }
}

#[test]
fn a_code_that_was_counted_twice_is_a_fault_but_in_practice_whose_codes_are_dealt_again_at_each_start() {
    let desk = Desk::new();
    desk.fill(2);
    let twice = "UPDATE write_off SET code = (SELECT code FROM write_off WHERE id = 1) WHERE id = 2";
    Connection::open(desk.file()).expect("opened").execute_batch(twice).expect(twice);
    assert_eq!(desk.run(&["check"]).stdout, "2 write-offs read: sound\n");
    fs::copy(desk.file(), desk.path("data/ledger.db")).expect("copied");
    fs::write(desk.path("settings.toml"), "[account]\nappid = \"wx1\"\n").expect("written");
    let ran = desk.run(&["check"]);
    assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("FAULT write-off 2: ") && ran.stdout.contains("written off in write-off 1 as well"));
}

#[test]
fn a_clock_that_was_set_is_remarked_on_and_custom_codes_of_two_cards_are_two_coupons() {
    let remarked = [
        ("UPDATE write_off SET intended_at = 0 WHERE id = 2", "dated before the write-off before it"),
        ("UPDATE write_off SET sent_at = intended_at - 3600000 WHERE id = 2", "it was sent before it came to that"),
        ("UPDATE write_off SET outcome_at = sent_at - 3600000 WHERE id = 2", "it was settled before it came to that"),
        (
            "UPDATE write_off SET intended_at = 4102444800000, sent_at = NULL WHERE id = 2",
            "dated more than a day ahead",
        ),
        ("UPDATE write_off SET sent_at = intended_at - 1000 WHERE id = 2", ""),
        ("UPDATE write_off SET code = (SELECT code FROM write_off WHERE id = 1), card_id = 'another' WHERE id = 2", ""),
    ];
    for (sql, sentence) in remarked {
        let desk = Desk::new();
        desk.fill(2);
        Connection::open(desk.file()).expect("opened").execute_batch(sql).expect(sql);
        let ran = desk.run(&["check"]);
        assert_eq!(ran.status, 0, "{sql}: {}", ran.stdout);
        assert_eq!(ran.stdout.contains("note  write-off 2: "), !sentence.is_empty(), "{sql}: {}", ran.stdout);
        assert!(
            ran.stdout.contains(sentence) && ran.stdout.ends_with("2 write-offs read: sound\n"),
            "{sql}: {}",
            ran.stdout
        );
    }
}

#[test]
fn a_ledger_is_listed_by_how_a_code_begins() {
    let desk = Desk::new();
    desk.fill(30);
    let code = intent(7).code;
    let ran = desk.run(&["--code", code.as_str(), "--json"]);
    assert_eq!((ran.status, ran.lines().len()), (0, 1));
    assert_eq!(ran.lines()[0]["code"], code.as_str());
    assert_eq!(desk.run(&["--code", "0000000", "--json"]).lines().len(), 13, "rows 0 to 12 are below 100000");
    assert_eq!(desk.run(&["--code", "9", "--json"]).stdout, "");
}

// ── restore ────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_backup_is_restored_while_nobody_is_at_work_and_what_it_replaces_is_kept_with_what_was_in_its_log() {
    let desk = Desk::new();
    desk.fill(3);
    assert_eq!(desk.run(&["backup", "copy.db"]).status, 0);
    desk.fill(2);
    // A program that died: its log lies beside the ledger, and must not be laid over the backup.
    let died = desk.open();
    let log = |name: &str| fs::read(desk.path(&format!("{name}-wal"))).expect("a log");
    let mut ledger = desk.open();
    settled(&mut ledger, 5);
    let (kept, kept_log) = (fs::read(desk.file()).expect("read"), log("data/practice.db"));
    drop((died, ledger));
    fs::write(desk.file(), &kept).expect("as it was");
    fs::write(desk.path("data/practice.db-wal"), &kept_log).expect("as it was");

    let mut claim = Claim::take(&desk.file()).expect("claimed");
    claim.share().expect("shared");
    let refused = desk.run(&["restore", "copy.db"]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("close it first"), "{}", refused.stderr);
    drop(claim);

    for junk in ["no ledger ".repeat(99), String::new()] {
        fs::write(desk.path("junk"), junk).expect("written");
        assert_eq!(desk.run(&["restore", "junk"]).status, 2);
    }
    assert_eq!(desk.run(&["restore", "no such file"]).status, 2);
    assert_eq!(fs::read(desk.file()).expect("read"), kept, "untouched until now");

    let ran = desk.run(&["restore", "copy.db", "--json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let replaced = PathBuf::from(ran.lines()[0]["replaced"].as_str().expect("a folder"));
    assert_eq!(ran.lines()[0]["write_offs"], 3);
    assert_eq!(rows(&desk.file()).len(), 3);
    assert!(!replaced.join("practice.db-wal").exists(), "what was in it is in the file");
    assert_eq!(rows(&replaced.join("practice.db")).len(), 6, "the one that was replaced is whole");
    let names = desk.names();
    assert!(names.iter().all(|name| !name.contains(".part")), "{names:?}");
    assert_eq!(rows(&desk.path("copy.db")).len(), 3, "the backup is still there");
    desk.fill(1);
    assert_eq!(desk.run(&["check"]).stdout, "4 write-offs read: sound\n");

    // Where there is no ledger at all: a new computer.
    let new = Desk::new();
    let ran = new.run(&["restore", desk.path("copy.db").to_str().expect("a path")]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(rows(&new.file()).len(), 3);
}
