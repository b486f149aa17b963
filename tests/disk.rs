//! The promise: whatever happens to the disk under the ledger, nothing is sent that could not be recorded, the cashier is told what happened and what
//! to do, and an outcome that could not be written down is shown with a warning, tried again, and settled rightly after a restart.
//!
//! The real till, its real ledger on a real disk, and the sandbox's own record for what was sent. Disks that are full, read-only or gone
//! are small ones in memory, mounted in a namespace of the test's own (Linux; where `unshare` may not make one, the test says so and ends).
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hexiao::code::Code;
use hexiao::desk::{Event, NotRecorded, Stage, View};
use hexiao::ledger::{self, Error, Ledger};
use hexiao::till::Open;
use hexiao::ui::sentence;
use hexiao::ui::text::{Language, Text};
use hexiao::write_off::Outcome;

use support::shop::{Shop, rows};

mod support {
    #[cfg_attr(not(unix), allow(dead_code))] // most of these tests are Unix's alone, and alone use all of it
    pub mod shop;
    #[cfg(target_os = "linux")]
    pub mod skip;
}

/// Longer than anything here takes on the slowest machine: whoever waits as long waits in vain.
const PATIENCE: Duration = Duration::from_secs(120);

/// A till with a cashier at it.
struct Counter {
    open: Open,
}

impl Counter {
    async fn at(shop: &Shop) -> Self {
        Self { open: shop.till().await }
    }

    async fn until(&mut self, what: &str, wanted: impl FnMut(&View) -> bool) -> View {
        match tokio::time::timeout(PATIENCE, self.open.till.wait_until(wanted)).await {
            Ok(view) => view.expect("the till runs"),
            Err(_) => panic!("waited in vain for {what}: {:#?}", self.open.till.view()),
        }
    }

    /// Looks `code` up and presses Consume. Returns at once.
    async fn press(&mut self, code: &str) {
        let code = Code::parse(code).expect("a code");
        self.open.till.tell(Event::Entered { code: code.clone(), card_id: None });
        let shown = |view: &View| matches!(&view.stage, Stage::Shown { shown, .. } if shown.coupon.code == code);
        self.until("the coupon", |view| shown(view) && view.can_consume).await;
        self.open.till.tell(Event::Pressed(code));
    }

    /// Looks `code` up, presses Consume, and waits for what comes of it.
    async fn consume(&mut self, code: &str) -> Stage {
        self.press(code).await;
        self.until("an outcome", |view| matches!(view.stage, Stage::Finished { .. } | Stage::NotRecorded { .. }))
            .await
            .stage
    }

    async fn accepts(&mut self, code: &str) {
        let stage = self.consume(code).await;
        let Stage::Finished { write_off, on_disk: true, .. } = &stage else { panic!("{stage:?}") };
        assert!(matches!(write_off.outcome, Some(Outcome::Accepted { .. })), "{write_off:?}");
    }

    /// Presses Consume on `code`, which must not be recorded. Gives why, and what the cashier reads of it.
    async fn refuses(&mut self, code: &str) -> (NotRecorded, String) {
        let stage = self.consume(code).await;
        let Stage::NotRecorded { why, .. } = stage else { panic!("{stage:?}") };
        let sentence = Text::new(Language::English).say(sentence::not_recorded(&why));
        assert!(sentence.contains("nothing was sent to the platform. The coupon is as it was."), "{sentence}");
        (why, sentence)
    }

    async fn stop(self) {
        self.open.till.stop().await;
    }
}

fn executed(codes: &[&str]) -> Vec<(String, bool)> {
    codes.iter().map(|code| ((*code).to_owned(), true)).collect()
}

// ── Moved, deleted, replaced ───────────────────────────────────────────────────────────────────────────────────────────

/// What befalls the files of an open ledger, and how it is undone.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_intent_is_never_recorded_into_a_file_that_nobody_will_find_again() {
    let beside = |path: &Path, ending: &str| format!("{}{ending}", path.display());
    // What happens, and the codes that the ledger holds after a last write-off, `3`.
    for (what, in_the_end) in [
        ("moved", &["1", "3"][..]),
        ("folder moved", &["1", "3"]),
        ("deleted", &["1", "3"]), // by way of the backup
        ("replaced by a backup", &["1", "3"]),
        ("log deleted", &["1", "3"]),
        ("index deleted", &["1", "3"]),
        ("lock deleted", &["1", "3"]),
    ] {
        let shop = Shop::open().await;
        let mut counter = Counter::at(&shop).await;
        counter.accepts("1").await;
        let (file, kept) = (shop.file(), shop.folder.path().join("kept"));
        let backup = shop.folder.path().join("backup.db");
        let book = Ledger::open_to_read(&file).expect("opened").expect("a ledger");
        ledger::backup(&book, &backup, false, |_, _| ()).expect("copied");
        drop(book);
        match what {
            "moved" => fs::rename(&file, &kept),
            "folder moved" => fs::rename(shop.data(), &kept),
            "deleted" => fs::remove_file(&file),
            "replaced by a backup" => fs::rename(&backup, &file),
            "log deleted" => fs::remove_file(beside(&file, "-wal")),
            "index deleted" => fs::remove_file(beside(&file, "-shm")),
            _ => fs::remove_file(file.with_extension("lock")),
        }
        .expect(what);
        let (why, sentence) = counter.refuses("2").await;
        assert!(matches!(why, NotRecorded::Displaced(_)), "{what}: {why:?}");
        assert!(sentence.contains("moved, deleted or replaced"), "{sentence}");
        assert_eq!(shop.consumes(), executed(&["1"]), "{what}: nothing more was sent");
        match what {
            "moved" => fs::rename(&kept, &file).expect("put back"),
            "folder moved" => fs::rename(&kept, shop.data()).expect("put back"),
            _ => {
                counter.stop().await;
                counter = Counter::at(&shop).await;
                if what == "deleted" {
                    // Its log was left behind, and with it rows that no new ledger must be laid over.
                    let error = counter.open.ledger_error.as_ref();
                    assert!(matches!(error, Some(Error::Damaged { .. })), "{error:?}");
                    assert!(
                        !file.exists() && Path::new(&beside(&file, "-wal")).exists(),
                        "nothing was made, and nothing removed"
                    );
                    counter.stop().await;
                    let (_, aside) = ledger::restore(&file, &backup, |_, _| ()).expect("restored");
                    assert!(aside.expect("the log is kept").join("ledger.db-wal").exists());
                    counter = Counter::at(&shop).await;
                }
            }
        }
        counter.accepts("3").await;
        let held: Vec<_> = shop.rows().iter().map(|row| row.intent.code.as_str().to_owned()).collect();
        assert_eq!(held, in_the_end, "{what}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_whose_ledger_was_moved_away_is_shown_with_a_warning_and_lies_beside_its_intent() {
    for put_back in [true, false] {
        let shop = Shop::open().await;
        let mut counter = Counter::at(&shop).await;
        shop.gate.keep_back_next();
        counter.press("1").await;
        shop.gate.has_kept_back(1).await;
        let kept = shop.folder.path().join("kept");
        fs::rename(shop.data(), &kept).expect("moved");
        shop.gate.let_go();
        let view = counter.until("an outcome", |view| matches!(view.stage, Stage::Finished { .. })).await;
        let Stage::Finished { write_off, on_disk, .. } = view.stage else { panic!("{:?}", view.stage) };
        assert!(matches!(write_off.outcome, Some(Outcome::Accepted { .. })), "{write_off:?}");
        assert_eq!((on_disk, view.unwritten), (false, 1), "the warning");
        if put_back {
            fs::rename(&kept, shop.data()).expect("put back");
            counter.until("it to be written", |view| view.unwritten == 0).await;
            assert!(matches!(shop.rows()[0].outcome, Some(Outcome::Accepted { .. })));
        } else {
            counter.stop().await;
            let rows = rows(&kept.join("ledger.db"));
            assert!(matches!(rows[0].outcome, Some(Outcome::Accepted { .. })), "{rows:?}");
        }
        assert_eq!(shop.consumes(), executed(&["1"]));
    }
}

// ── Damaged ────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_shows_at_a_press_stops_it_and_the_ledger_can_be_set_aside_whole() {
    let shop = Shop::open().await;
    let counter = Counter::at(&shop).await;
    counter.stop().await; // all is in the one file now
    let mut counter = Counter::at(&shop).await;
    counter.accepts("1").await;
    // The tree of codes is overwritten in the file and in its log, as by another program's blocks; then a third program makes SQLite forget what it remembers.
    let book = rusqlite::Connection::open(shop.file()).expect("opened");
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'write_off_by_code'";
    let root: u32 = book.query_row(root, [], |row| row.get(0)).expect("a tree");
    book.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("all is in the one file");
    overwrite(&shop.file(), u64::from(root - 1) * 4096, &[0x5a; 4096]);
    let version: i64 = book.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version");
    book.pragma_update(None, "user_version", version).expect("written");
    drop(book);

    let (why, sentence) = counter.refuses("2").await;
    assert!(matches!(why, NotRecorded::Damaged(_)), "{why:?}");
    assert!(sentence.contains("damaged") && sentence.contains("Set the ledger aside"), "{sentence}");
    assert_eq!(shop.consumes(), executed(&["1"]));
    counter.stop().await;

    let counter = Counter::at(&shop).await;
    let error = counter.open.ledger_error.as_ref().expect("refused from the start");
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    counter.stop().await;
    let damaged = fs::read(shop.file()).expect("read");
    let aside = ledger::set_aside(&shop.file()).expect("set aside");
    assert_eq!(fs::read(aside.join("ledger.db")).expect("kept"), damaged);
    assert_eq!(rows(&aside.join("ledger.db")).len(), 1, "what can be read of it can still be listed");
    let mut counter = Counter::at(&shop).await;
    counter.accepts("2").await;
    assert_eq!(shop.consumes(), executed(&["1", "2"]));
}

/// Overwrites part of a file that this process has open through SQLite, from another process: closing a handle here would take SQLite's locks along.
fn overwrite(path: &Path, from: u64, bytes: &[u8]) {
    let mut child = Helper::start("overwrite", &[path.to_str().expect("a path"), &from.to_string()]);
    child.stdin().write_all(bytes).expect("told");
    child.finish();
}

// ── Locked ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn while_another_program_keeps_the_ledger_locked_nothing_is_sent_and_afterwards_all_goes_on() {
    let shop = Shop::open().await;
    let mut counter = Counter::at(&shop).await;
    counter.accepts("1").await;
    let mut holder = Helper::start("lock", &[shop.file().to_str().expect("a path")]);
    holder.hear("locked");
    let (why, sentence) = counter.refuses("2").await;
    assert!(matches!(why, NotRecorded::Failed(_)), "{why:?}");
    assert!(sentence.contains("could not be written"), "{sentence}");
    assert_eq!(shop.consumes(), executed(&["1"]));
    // Whoever starts now is told what it is, and not that the ledger is damaged or gone.
    let error = Ledger::open_to_read(&shop.file()).map(|_| ());
    assert!(matches!(error, Ok(()) | Err(Error::Failed(_))), "{error:?}");
    holder.finish();
    counter.accepts("3").await;
    assert_eq!(shop.consumes(), executed(&["1", "3"]));
}

// ── Another process ────────────────────────────────────────────────────────────────────────────────────────────────────

/// Names what a [`Helper`] is to do; without it, this test binary is no helper.
const HELP: &str = "HEXIAO_TEST_HELPER";

/// This test binary in another process, doing one thing until it hears that it may end.
struct Helper {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Helper {
    fn start(what: &str, words: &[&str]) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args(["--exact", "a_helper_in_another_process", "--nocapture"]);
        command.env(HELP, [&[what], words].concat().join("\n")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, said }
    }

    fn stdin(&mut self) -> &mut std::process::ChildStdin {
        self.child.stdin.as_mut().expect("piped")
    }

    /// Waits until it has said `word`, on a line of its own or behind the test runner's words.
    fn hear(&mut self, word: &str) {
        let mut line = String::new();
        while !line.trim_end().ends_with(word) {
            line.clear();
            assert_ne!(self.said.read_line(&mut line).expect("read"), 0, "it ended without saying {word}");
        }
    }

    /// Lets it end, and sees that it did its thing.
    fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().expect("ended").success());
    }
}

/// No test: what [`Helper`] runs.
#[test]
fn a_helper_in_another_process() {
    let Ok(words) = std::env::var(HELP) else { return };
    let words: Vec<&str> = words.lines().collect();
    let told_all = || {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).expect("told");
        bytes
    };
    match words[0] {
        "overwrite" => {
            let mut file = OpenOptions::new().write(true).open(words[1]).expect("opened");
            std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(words[2].parse().expect("a number")))
                .expect("there");
            file.write_all(&told_all()).expect("overwritten");
        }
        "lock" => {
            let book = rusqlite::Connection::open(words[1]).expect("opened");
            book.execute_batch("BEGIN EXCLUSIVE").expect("locked");
            println!("locked");
            told_all();
        }
        other => panic!("{other}"),
    }
}

// ── Disks that are full, read-only or gone ─────────────────────────────────────────────────────────────────────────────

/// Small disks in memory, in a namespace that ends with the test.
#[cfg(target_os = "linux")]
mod rooms {
    use super::support::skip::skipped;
    use super::*;

    /// Set in the process that has a namespace of its own, to an empty folder outside.
    const INSIDE: &str = "HEXIAO_TEST_ROOM";

    /// Whether this process may mount: it is one that this very function has started for test `name`. Otherwise that one has run when this returns.
    fn is_inside(name: &str) -> bool {
        if let Some(folder) = std::env::var_os(INSIDE) {
            mount(&["-t", "tmpfs", "none"], Path::new(&folder));
            return true;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let may = |options: &str| {
            Command::new("unshare")
                .args([options, "mount", "-t", "tmpfs", "none"])
                .arg(folder.path())
                .output()
                .is_ok_and(|ran| ran.status.success())
        };
        let Some(options) = ["-rm", "-m"].into_iter().find(|options| may(options)) else {
            skipped("this system lets nobody mount a disk of a test's own (unshare -rm)");
            return false;
        };
        let mut inside = Command::new("unshare");
        inside.arg(options).arg(std::env::current_exe().expect("this test"));
        // It keeps what it makes on a disk that goes with the namespace: a folder on which something is mounted cannot be removed.
        let folder = tempfile::tempdir().expect("a folder");
        inside.args(["--exact", &format!("rooms::{name}"), "--nocapture"]).env(INSIDE, folder.path());
        inside.env("TMPDIR", folder.path());
        let ran = inside.output().expect("run");
        let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}");
        false
    }

    fn mount(words: &[&str], folder: &Path) {
        let ran = Command::new("mount").args(words).arg(folder).output().expect("run");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    /// A shop whose data folder is a disk of 512 KiB.
    async fn shop_on_a_small_disk() -> Shop {
        let shop = Shop::open().await;
        mount(&["-t", "tmpfs", "-o", "size=512k,mode=700", "none"], &shop.data());
        shop
    }

    /// Fills the shop's disk to the last byte; it is free again when the file is removed.
    fn fill(shop: &Shop) -> std::path::PathBuf {
        let path = shop.data().join("filler");
        let mut file = fs::File::create(&path).expect("made");
        while file.write_all(&[0; 512]).is_ok() {}
        path
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn on_a_full_disk_nothing_is_sent_and_with_room_again_all_goes_on() {
        if !is_inside("on_a_full_disk_nothing_is_sent_and_with_room_again_all_goes_on") {
            return;
        }
        let shop = shop_on_a_small_disk().await;
        let mut counter = Counter::at(&shop).await;
        counter.accepts("1").await;
        let filler = fill(&shop);
        let (why, sentence) = counter.refuses("2").await;
        assert!(matches!(why, NotRecorded::Failed(_)), "{why:?}");
        assert!(sentence.contains("Check that the disk is not full"), "{sentence}");
        assert_eq!(shop.consumes(), executed(&["1"]));
        fs::remove_file(filler).expect("removed");
        counter.accepts("2").await;
        assert_eq!(shop.consumes(), executed(&["1", "2"]));
        // From the start full: it opens, or says that it cannot, and nothing is sent either way.
        counter.stop().await;
        fill(&shop);
        let mut counter = Counter::at(&shop).await;
        counter.refuses("3").await;
        assert_eq!(shop.consumes(), executed(&["1", "2"]));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_outcome_that_found_the_disk_full_is_shown_with_a_warning_and_written_or_settled_later() {
        if !is_inside("an_outcome_that_found_the_disk_full_is_shown_with_a_warning_and_written_or_settled_later") {
            return;
        }
        let shop = shop_on_a_small_disk().await;
        let mut counter = Counter::at(&shop).await;
        for (number, code, restart) in [(1, "1", false), (2, "2", true)] {
            shop.gate.keep_back_next();
            counter.press(code).await;
            shop.gate.has_kept_back(number).await;
            let filler = fill(&shop);
            shop.gate.let_go();
            let view = counter.until("an outcome", |view| matches!(view.stage, Stage::Finished { .. })).await;
            let Stage::Finished { write_off, on_disk, .. } = view.stage else { panic!("{:?}", view.stage) };
            assert!(matches!(write_off.outcome, Some(Outcome::Accepted { .. })), "{write_off:?}");
            assert_eq!((on_disk, view.unwritten), (false, 1), "the warning");
            if restart {
                counter.stop().await;
                assert_eq!(shop.rows()[1].outcome, None, "the disk never had room for it");
                fs::remove_file(filler).expect("removed");
                counter = Counter::at(&shop).await;
                counter.until("it to be settled", |view| view.owed == 0).await;
            } else {
                fs::remove_file(filler).expect("removed");
                counter.until("it to be written", |view| view.unwritten == 0).await;
            }
            let row = shop.rows().pop().expect("a row");
            assert!(matches!(row.outcome, Some(Outcome::Accepted { .. })), "{row:?}");
        }
        assert_eq!(shop.consumes(), executed(&["1", "2"]), "each once");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn on_a_disk_that_is_read_only_nothing_is_sent_and_the_ledger_can_be_read() {
        if !is_inside("on_a_disk_that_is_read_only_nothing_is_sent_and_the_ledger_can_be_read") {
            return;
        }
        let shop = shop_on_a_small_disk().await;
        let mut counter = Counter::at(&shop).await;
        counter.accepts("1").await;
        counter.stop().await;
        mount(&["-o", "remount,ro"], &shop.data());
        let mut counter = Counter::at(&shop).await;
        let error = counter.open.ledger_error.as_ref().expect("refused");
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        counter.refuses("2").await;
        assert_eq!(shop.consumes(), executed(&["1"]));
        assert_eq!(shop.rows().len(), 1, "it can be read");
        let book = Ledger::open_to_read(&shop.file()).expect("opened").expect("a ledger");
        let checked = book.check(jiff::Timestamp::now(), |_, _| ()).expect("checked");
        assert_eq!((checked.write_offs, checked.findings.len()), (1, 0), "and checked");
        let backup = shop.folder.path().join("backup.db");
        assert_eq!(ledger::backup(&book, &backup, false, |_, _| ()).expect("copied").write_offs, 1, "and copied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn when_the_disk_goes_away_nothing_more_is_sent() {
        if !is_inside("when_the_disk_goes_away_nothing_more_is_sent") {
            return;
        }
        let shop = shop_on_a_small_disk().await;
        let mut counter = Counter::at(&shop).await;
        counter.accepts("1").await;
        let gone = Command::new("umount").arg("-l").arg(shop.data()).output().expect("run");
        assert!(gone.status.success(), "{}", String::from_utf8_lossy(&gone.stderr));
        let (why, _) = counter.refuses("2").await;
        assert!(matches!(why, NotRecorded::Displaced(_)), "{why:?}");
        assert_eq!(shop.consumes(), executed(&["1"]));
    }
}
