//! The ledger by itself: rows, listings, damage, plans, and what a power failure leaves.

use super::*;
use crate::coupon::Status;
use crate::write_off::{explained_by, settled_by};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn intent(code: &str) -> Intent {
    Intent {
        code: Code::parse(code).expect("a code"),
        card_id: Some(CardId::parse("pFS7Fjg8kV1IdDz01r4SQwMkuCKc").expect("a card id")),
        title: Some("满100减20".to_owned()),
        openid: Some("oFS7Fjl0WsZ9AMZqrI80nbIq8xrA".to_owned()),
        face_value: None,
        intended_at: at("2026-11-24T10:00:00.123+08:00"),
    }
}

fn accepted() -> Outcome {
    Outcome::Accepted { message: "ok".to_owned() }
}

fn unknown() -> Outcome {
    Outcome::Unknown { errcode: Some(-1), message: "system busy".to_owned() }
}

fn rejected() -> Outcome {
    Outcome::Rejected { errcode: Some(40099), message: "consumed".to_owned() }
}

struct Shelf {
    folder: tempfile::TempDir,
}

impl Shelf {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }
    fn path(&self) -> PathBuf {
        self.folder.path().join("data").join("ledger.db")
    }
    fn open(&self) -> Ledger {
        Ledger::open(&self.path()).expect("an open ledger")
    }
}

#[test]
fn an_intent_is_there_after_reopening_and_unsettled_until_its_outcome_is_final() {
    let shelf = Shelf::new();
    let id = shelf.open().record("till 1", "李", &intent("110201201245")).expect("recorded");
    let mut ledger = shelf.open();
    let rows = ledger.unsettled().expect("read");
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0].till[..], &rows[0].cashier[..], rows[0].outcome_word()), ("till 1", "李", "open"));
    assert_eq!(rows[0].intent, intent("110201201245"));

    let later = at("2026-11-24T10:00:08+08:00");
    ledger.close(id, &unknown(), Some(at("2026-11-24T10:00:00.2+08:00")), later).expect("closed");
    assert_eq!(shelf.open().unsettled().expect("read")[0].outcome, Some(unknown()));
    ledger.close(id, &accepted(), None, later).expect("closed");
    assert_eq!(ledger.unsettled().expect("read"), []);
    let row = ledger.recent(1).expect("read").remove(0);
    assert_eq!(row.outcome, Some(accepted()));
    assert_eq!(row.sent_at, Some(at("2026-11-24T10:00:00.2+08:00")), "kept from the first outcome");
    assert_eq!(row.outcome_at, Some(later));
}

#[test]
fn an_outcome_only_ever_moves_up() {
    let shelf = Shelf::new();
    let mut ledger = shelf.open();
    let now = at("2026-11-24T10:00:00Z");
    let ranked = [unknown(), rejected(), accepted()];
    for (low, lower) in ranked.iter().enumerate() {
        for (high, higher) in ranked.iter().enumerate() {
            let id = ledger.record("", "", &intent(&format!("{low}{high}"))).expect("recorded");
            ledger.close(id, lower, None, now).expect("the first outcome");
            let again = ledger.close(id, higher, None, now);
            assert_eq!(again.is_ok(), low <= high, "{lower:?} then {higher:?}: {again:?}");
        }
    }
    assert!(matches!(ledger.close(WriteOffId(999), &accepted(), None, now), Err(Error::Missing(_))));
}

#[test]
fn a_code_accepted_a_moment_ago_is_not_recorded_again_by_any_program() {
    let shelf = Shelf::new();
    let (mut one, mut other) = (shelf.open(), shelf.open());
    let card = |card: Option<&str>| card.map(|card| CardId::parse(card).expect("a card id"));
    let pressed = |seconds: i64, id| Intent {
        intended_at: at("2026-11-24T10:00:00Z") + jiff::SignedDuration::from_secs(seconds),
        card_id: card(id),
        ..intent("1")
    };
    let id = one.record("", "", &pressed(0, Some("pA"))).expect("recorded");
    one.close(id, &accepted(), None, at("2026-11-24T10:00:00Z")).expect("closed");
    // A moment later, at its end, under a clock that was set back, and where the card is not known.
    for (seconds, card) in [(0, Some("pA")), (59, Some("pA")), (-86_400, Some("pA")), (59, None)] {
        let refused = other.record("", "", &pressed(seconds, card));
        assert!(matches!(refused, Err(Error::JustAccepted(by)) if by == id), "{seconds} {card:?}: {refused:?}");
    }
    assert_eq!(one.len().expect("read"), 1, "a refused intent leaves no row");
    // A merchant's own code may be another card's too; and later it is for the platform to say.
    for (seconds, card) in [(1, Some("pB")), (60, Some("pA"))] {
        let id = other.record("", "", &pressed(seconds, card)).expect("recorded");
        other.close(id, &rejected(), None, at("2026-11-24T10:00:00Z")).expect("closed");
    }
}

#[test]
fn consumed_is_no_proof_for_a_row_where_an_earlier_one_of_the_code_explains_it_whatever_the_clocks_say() {
    let shelf = Shelf::new();
    let (mut one, mut other) = (shelf.open(), shelf.open());
    let settled = settled_by(&Status::Consumed).expect("proof enough where nothing explains it");
    let pressed = |card: Option<&str>, day: &str| Intent {
        intended_at: at(&format!("2026-11-{day}T10:00:00Z")),
        card_id: card.map(|card| CardId::parse(card).expect("a card id")),
        ..intent("1")
    };
    let now = at("2026-11-24T10:00:00Z");
    let first = one.record("", "", &pressed(Some("pA"), "24")).expect("recorded");
    one.settle(first, &settled, None, now).expect("nothing explains it");
    one.settle(first, &settled, None, now).expect("nor does it explain itself");
    // A day later or by a clock a day back, and whichever card is not known: the same coupon. Then a merchant's own code of another card.
    for (card, is_explained) in [(Some("pA"), true), (None, true), (Some("pB"), false)] {
        let id = other.record("", "", &pressed(card, "25")).expect("recorded: a day later by this clock");
        let told = other.settle(id, &settled, None, now);
        let explained = matches!(&told, Err(Error::Explained { id: told, by }) if (*told, *by) == (id, first));
        assert_eq!((explained, told.is_ok()), (is_explained, !is_explained), "{card:?}: {told:?}");
        if is_explained {
            assert_eq!(other.recent(1).expect("read")[0].outcome_word(), "open", "nothing was written");
            other.settle(id, &explained_by(first), None, now).expect("written");
        }
    }
    // What the platform itself says of the very request is another matter.
    let id = other.record("", "", &pressed(Some("pA"), "26")).expect("recorded");
    other.close(id, &accepted(), None, now).expect("closed");
}

#[test]
fn the_latest_accepted_write_off_of_a_code_is_found_for_its_card_and_of_this_practice_alone() {
    let shelf = Shelf::new();
    let mut ledger = shelf.open();
    let card = |id: &str| CardId::parse(id).expect("a card id");
    let mut write_off = |day: &str, code: &str, card_id: Option<&str>, outcome: &Outcome| {
        let intended_at = at(&format!("2026-11-{day}T10:00:00Z"));
        let intent = Intent { intended_at, card_id: card_id.map(card), ..intent(code) };
        let id = ledger.record("till 2", "Li", &intent).expect("recorded");
        ledger.close(id, outcome, None, intended_at).expect("closed");
    };
    write_off("20", "1", Some("pA"), &accepted());
    write_off("21", "1", Some("pA"), &accepted());
    write_off("22", "1", Some("pB"), &accepted());
    write_off("23", "1", Some("pA"), &rejected());
    write_off("24", "2", None, &unknown());
    let mut ledger = shelf.open();
    let found = |ledger: &Ledger, code: &str, id: Option<&str>| {
        let row = ledger.last_accepted(&intent(code).code, id.map(card).as_ref()).expect("read");
        row.map(|row| (row.id.0, row.till, row.cashier))
    };
    let by = |id| Some((id, "till 2".to_owned(), "Li".to_owned()));
    assert_eq!(found(&ledger, "1", Some("pA")), by(2));
    assert_eq!(found(&ledger, "1", None), by(3), "whichever card it is");
    assert_eq!(found(&ledger, "1", Some("pC")), None, "a merchant's own code may be another card's too");
    assert_eq!(found(&ledger, "2", None), None, "not known yet");
    ledger.deal_anew().expect("read");
    assert_eq!(found(&ledger, "1", Some("pA")), None, "that was another practice's coupon");
}

#[test]
fn what_was_accepted_in_an_earlier_practice_explains_nothing_in_this_one() {
    let shelf = Shelf::new();
    let practise = |day: &str| {
        let mut ledger = shelf.open();
        ledger.deal_anew().expect("read");
        let intended_at = at(&format!("2026-11-{day}T10:00:00Z"));
        let mut ids = Vec::new();
        for hour in 0..2 {
            let intended_at = intended_at + jiff::SignedDuration::from_hours(hour);
            let id = ledger.record("", "", &Intent { intended_at, ..intent("1") }).expect("recorded");
            let told = ledger.settle(id, &accepted(), None, intended_at);
            if let Err(Error::Explained { by, .. }) = &told {
                ledger.settle(id, &explained_by(*by), None, intended_at).expect("written");
            }
            ids.push((id.0, told.is_ok()));
        }
        ids
    };
    assert_eq!(practise("24"), [(1, true), (2, false)]);
    assert_eq!(practise("25"), [(3, true), (4, false)], "once in each practice");
    let mut ledger = shelf.open();
    let faults = |ledger: &Ledger| ledger.check(at("2026-11-26T10:00:00Z"), |_, _| ()).expect("checked").faults();
    assert_eq!(faults(&ledger), 1, "in an account's ledger the code would have been counted twice");
    ledger.deal_anew().expect("read");
    assert_eq!(faults(&ledger), 0);
}

#[test]
fn in_no_order_of_presses_answers_and_settling_do_two_rows_claim_one_consume() {
    // A platform that consumes each code once; two programs at one ledger, whose clocks are hours apart; requests and answers that are lost.
    for seed in 0..300 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut ledgers = [(); 2].map(|()| Ledger::in_memory(&format!("presses-{seed}")).expect("opened"));
        let mut consumed_by = std::collections::HashMap::new();
        let clock = |random: &mut fastrand::Rng| {
            at("2026-11-24T10:00:00Z") + jiff::SignedDuration::from_secs(random.i64(0..9_000))
        };
        for _ in 0..12 {
            let code = ["1", "2"][random.usize(0..2)];
            let card_id = [Some("pA"), None][random.usize(0..2)].map(|card| CardId::parse(card).expect("a card id"));
            let intended_at = clock(&mut random);
            let intent = Intent { card_id, intended_at, ..intent(code) };
            let ledger = &mut ledgers[random.usize(0..2)];
            // The verdict may be an old one: it is recorded, and sent, although the platform would by now say that it is consumed.
            let Ok(id) = ledger.record("", "", &intent) else { continue };
            let (arrives, is_answered) = (random.bool(), random.bool());
            let executed = arrives && *consumed_by.entry(code).or_insert(id) == id;
            let now = clock(&mut random);
            if arrives && is_answered {
                let answer = if executed { accepted() } else { rejected() };
                ledger.close(id, &answer, None, now).expect("closed");
                continue;
            }
            ledger.close(id, &unknown(), None, now).expect("closed");
            let status = if consumed_by.contains_key(code) { Status::Consumed } else { Status::Normal };
            let outcome = settled_by(&status).expect("it proves something");
            match ledger.settle(id, &outcome, None, now) {
                Err(Error::Explained { by, .. }) => {
                    ledger.settle(id, &explained_by(by), None, now).expect("written");
                }
                told => told.expect("written"),
            }
        }
        for row in ledgers[0].all().expect("read") {
            let did = consumed_by.get(row.intent.code.as_str()) == Some(&row.id);
            let word = if did { "accepted" } else { "rejected" };
            assert_eq!(row.outcome_word(), word, "seed {seed}: {row:?}");
        }
        assert_eq!(
            ledgers[1].check(at("2026-11-24T13:00:00Z"), |_, _| ()).expect("checked").faults(),
            0,
            "seed {seed}"
        );
    }
}

#[test]
fn what_is_looked_at_is_not_altered_and_another_programs_file_is_never_made_ours() {
    let shelf = Shelf::new();
    shelf.open().record("till 1", "", &intent("1")).expect("recorded");
    let own = std::fs::read(shelf.path()).expect("read");
    let ledger = Ledger::open_to_look_at(&shelf.path()).expect("opened");
    assert_eq!(ledger.recent(9).expect("read").len(), 1);
    assert_eq!(names(&shelf), ["ledger.db"], "nothing was made beside it");
    drop(ledger);
    assert_eq!(std::fs::read(shelf.path()).expect("read"), own);

    std::fs::remove_file(shelf.path()).expect("removed");
    assert!(matches!(Ledger::open_to_look_at(&shelf.path()), Err(Error::Unreachable { .. })));
    let foreign = Connection::open(shelf.path()).expect("made");
    foreign.execute_batch("CREATE TABLE recipe (name TEXT)").expect("made");
    drop(foreign);
    let bytes = std::fs::read(shelf.path()).expect("read");
    for opened in [
        Ledger::open(&shelf.path()),
        Ledger::open_to_look_at(&shelf.path()),
        Ledger::open_to_read(&shelf.path()).map(|ledger| ledger.expect("there")),
    ] {
        assert!(matches!(opened, Err(Error::Damaged { .. })), "{opened:?}");
    }
    assert_eq!(std::fs::read(shelf.path()).expect("read"), bytes, "not a byte was written");
}

/// A ledger as a program leaves it that died: a row in the log which is not in the file.
fn left_by_a_death(shelf: &Shelf, to: &Path) {
    let mut ledger = shelf.open();
    ledger.record("", "", &intent("1")).expect("recorded");
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("made");
    for ending in ["", "-wal"] {
        std::fs::copy(beside(&shelf.path(), ending), beside(to, ending)).expect("copied");
    }
}

/// A backup of a ledger with two rows.
fn backup_of_two(folder: &Path) -> PathBuf {
    let shelf = Shelf::new();
    let mut ledger = shelf.open();
    for code in ["8", "9"] {
        ledger.record("", "", &intent(code)).expect("recorded");
    }
    let to = folder.join("backup.db");
    backup(&ledger, &to, false, |_, _| ()).expect("copied");
    to
}

#[test]
fn a_backup_comes_back_whole_where_of_the_ledger_only_the_log_was_left() {
    let shelf = Shelf::new();
    let path = shelf.folder.path().join("found").join("ledger.db");
    left_by_a_death(&shelf, &path);
    std::fs::remove_file(&path).expect("its file is gone");
    let from = backup_of_two(shelf.folder.path());
    let (_, aside) = restore(&path, &from, |_, _| ()).expect("restored");
    assert!(!beside(&path, "-wal").exists(), "the old log would be laid over it");
    assert!(aside.expect("kept").join("ledger.db-wal").exists());
    let ledger = Ledger::open(&path).expect("opened");
    assert_eq!(ledger.check(at("2026-11-24T10:00:00Z"), |_, _| ()).expect("checked").faults(), 0);
    assert_eq!(ledger.len().expect("read"), 2);
}

#[test]
fn a_ledger_that_is_replaced_is_whole_without_its_log() {
    let shelf = Shelf::new();
    let path = shelf.folder.path().join("found").join("ledger.db");
    left_by_a_death(&shelf, &path);
    let from = backup_of_two(shelf.folder.path());
    let (_, aside) = restore(&path, &from, |_, _| ()).expect("restored");
    let aside = aside.expect("kept").join("ledger.db");
    for ending in COMPANIONS {
        std::fs::remove_file(beside(&aside, ending)).ok();
    }
    assert_eq!(Ledger::open(&aside).expect("opened").len().expect("read"), 1, "its newest row is in the file itself");
}

#[test]
fn a_backup_does_not_take_the_place_of_the_ledgers_lock() {
    let shelf = Shelf::new();
    let ledger = shelf.open();
    let lock = shelf.path().with_extension("lock");
    std::fs::write(&lock, "").expect("made");
    let refused = backup(&ledger, &lock, true, |_, _| ());
    assert!(matches!(refused, Err(CopyError::Itself { .. })), "{refused:?}");
}

#[test]
fn a_code_in_doubt_is_not_recorded_again_by_any_program() {
    let shelf = Shelf::new();
    let (mut one, mut other) = (shelf.open(), shelf.open());
    let id = one.record("", "", &intent("1")).expect("recorded");
    let now = at("2026-11-24T10:00:00Z");
    for outcome in [unknown(), rejected()] {
        let refused = other.record("", "", &intent("1"));
        assert!(matches!(refused, Err(Error::InDoubt(doubt)) if doubt == id), "{refused:?}");
        one.close(id, &outcome, None, now).expect("closed");
    }
    other.record("", "", &intent("1")).expect("settled: free again");
    assert_eq!(one.len().expect("read"), 2, "a refused intent leaves no row");
}

#[test]
fn numbers_are_never_used_twice_and_listings_are_in_order() {
    let shelf = Shelf::new();
    let mut ledger = shelf.open();
    let ids: Vec<_> = ["1", "2", "3"].map(|c| ledger.record("", "", &intent(c)).expect("recorded").0).into();
    assert_eq!(ids, [1, 2, 3]);
    ledger.connection.execute("DELETE FROM write_off WHERE id = 3", []).expect("deleted by force");
    assert_eq!(ledger.record("", "", &intent("4")).expect("recorded"), WriteOffId(4));
    let newest: Vec<_> = ledger.recent(2).expect("read").iter().map(|row| row.id.0).collect();
    assert_eq!(newest, [4, 2]);
    let mut since = Vec::new();
    ledger
        .for_each_since::<Error>(Some(at("2026-11-24T10:00:00+08:00")), |row| {
            since.push(row.id.0);
            Ok(())
        })
        .expect("read");
    assert_eq!(since, [1, 2, 4]);
    assert_eq!(ledger.len().expect("read"), 3);
}

#[test]
fn a_file_that_is_no_ledger_is_named_and_left_as_it_is() {
    let shelf = Shelf::new();
    std::fs::create_dir_all(shelf.path().parent().expect("a folder")).expect("made");
    let junk = b"this is not a database, but somebody's diary, long enough to be looked at".repeat(30);
    std::fs::write(shelf.path(), &junk).expect("written");
    let error = Ledger::open(&shelf.path()).expect_err("no ledger");
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("ledger.db"), "{error}");
    assert_eq!(std::fs::read(shelf.path()).expect("still there"), junk);
}

/// The names of what lies in the ledger's folder.
fn names(shelf: &Shelf) -> Vec<String> {
    let entries = std::fs::read_dir(shelf.path().parent().expect("a folder")).expect("read");
    let mut names: Vec<_> = entries.map(|e| e.expect("read").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

#[test]
fn a_ledger_where_nothing_may_be_written_is_read_as_it_is() {
    let shelf = Shelf::new();
    shelf.open().record("till 1", "", &intent("1")).expect("recorded");
    assert_eq!(names(&shelf), ["ledger.db"], "SQLite puts everything into the file when it is closed");
    // For root nothing is read-only, so the way that is taken there is tried by itself as well.
    let address = immutable(&shelf.path()).expect("an address");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(address.as_str(), flags).expect("opened");
    let ledger = Ledger::still(connection, &shelf.path());
    assert_eq!(ledger.recent(9).expect("read").len(), 1);
    assert_eq!(names(&shelf), ["ledger.db"], "nothing was made beside it");

    let ledger = Ledger::open_as_it_is(&shelf.path()).expect("opened");
    assert_eq!(ledger.unsettled().expect("read").len(), 1);
    let refused = ledger.connection.execute("DELETE FROM write_off", []).expect_err("read only");
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::ReadOnly));
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only_can_still_be_listed() {
    use std::os::unix::fs::PermissionsExt as _;
    let shelf = Shelf::new();
    shelf.open().record("till 1", "", &intent("1")).expect("recorded");
    let folder = shelf.path().parent().expect("a folder").to_owned();
    let allow = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).expect("set");
    allow(0o500);
    let read = Ledger::open_to_read(&shelf.path()).map(|ledger| ledger.expect("a ledger").recent(9).expect("read"));
    allow(0o700);
    assert_eq!(read.expect("opened").len(), 1);
}

#[test]
fn what_is_no_present_ledger_is_not_read_as_it_is() {
    let shelf = Shelf::new();
    shelf.open().connection.pragma_update(None, "user_version", 99).expect("set");
    assert!(matches!(Ledger::open_as_it_is(&shelf.path()), Err(Error::Newer { .. })));
    std::fs::write(shelf.path(), "").expect("emptied");
    assert!(matches!(Ledger::open_to_read(&shelf.path()), Err(Error::Damaged { .. })));
    std::fs::write(shelf.path(), "somebody's diary".repeat(99)).expect("written");
    assert!(matches!(Ledger::open_as_it_is(&shelf.path()), Err(Error::Damaged { .. })));
}

#[test]
fn a_row_that_no_version_has_written_is_damage_and_told_by_its_number() {
    for damage in [
        "intended_at = 9223372036854775807",
        "code = ''",
        "card_id = 'a b'",
        "stage = 'half'",
        "title = cast(x'ff' AS TEXT)",
    ] {
        let shelf = Shelf::new();
        let mut ledger = shelf.open();
        for code in ["1", "2", "3"] {
            ledger.record("", "", &intent(code)).expect("recorded");
        }
        ledger.connection.pragma_update(None, "ignore_check_constraints", true).expect("set");
        ledger.connection.execute(&format!("UPDATE write_off SET {damage} WHERE id = 2"), []).expect("damaged");
        let each = ledger.for_each_since::<Error>(None, |_| Ok(())).expect_err(damage);
        for error in [each, ledger.recent(9).expect_err(damage)] {
            assert!(matches!(error, Error::Damaged { .. }), "{damage}: {error:?}");
            let told = crate::trouble::chain(&error);
            assert!(told.contains("ledger.db") && told.contains("write-off 2 "), "{damage}: {told}");
        }
    }
}

#[test]
fn a_ledger_of_a_newer_version_is_refused() {
    let shelf = Shelf::new();
    shelf.open().connection.pragma_update(None, "user_version", 99).expect("set");
    assert!(matches!(Ledger::open(&shelf.path()), Err(Error::Newer { .. })));
}

#[cfg(unix)]
#[test]
fn a_disk_on_which_no_log_can_be_shared_is_told_and_nothing_is_promised_on_it() {
    let shelf = Shelf::new();
    drop(shelf.open());
    // SQLite's way to lock by files, for disks that have no locks: there it can share no log. It has none such for Windows.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let open = |vfs| Connection::open_with_flags_and_vfs(shelf.path(), flags, vfs).expect("opened");
    be_logged(&open("unix"), &shelf.path()).expect("as ever");
    open("unix").pragma_update(None, "journal_mode", "DELETE").expect("set");
    let mut connection = open("unix-dotfile");
    bring_up(&mut connection, &shelf.path()).expect("it does not say so by itself");
    let told = crate::trouble::chain(&be_logged(&connection, &shelf.path()).expect_err("no log"));
    assert!(told.contains("ledger.db") && told.contains("network"), "{told}");
}

#[test]
fn a_ledger_that_somebody_works_on_is_not_set_aside() {
    let shelf = Shelf::new();
    drop(shelf.open());
    let mut claim = Claim::take(&shelf.path()).expect("claimed");
    claim.share().expect("shared, as every till at work does");
    assert!(matches!(set_aside(&shelf.path()), Err(Error::Claimed(_))));
    assert!(shelf.path().exists());
    drop(claim);
    assert!(set_aside(&shelf.path()).expect("set aside").join("ledger.db").exists());
}

#[test]
fn a_folder_in_the_ledgers_place_is_named() {
    let shelf = Shelf::new();
    std::fs::create_dir_all(shelf.path()).expect("made");
    assert!(matches!(Ledger::open(&shelf.path()), Err(Error::Unreachable { .. })));
}

#[test]
fn nothing_to_read_is_no_error_and_makes_no_file() {
    let shelf = Shelf::new();
    assert!(Ledger::open_to_read(&shelf.path()).expect("no error").is_none());
    assert!(!shelf.path().exists());
}

#[cfg(unix)]
#[test]
fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let shelf = Shelf::new();
    let _ledger = shelf.open();
    for name in ["ledger.db", "ledger.db-wal"] {
        let mode = std::fs::metadata(shelf.path().with_file_name(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn the_schema_steps_are_valid() {
    MIGRATIONS.validate().expect("valid");
}

// ── Damage ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// A ledger whose trees have a few levels, closed: all is in the one file.
fn long(shelf: &Shelf) -> Vec<u8> {
    let ledger = shelf.open();
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
         INSERT INTO write_off (till, cashier, code, title, intended_at, outcome_at, stage, errcode, message)
         SELECT 'till 1', '李', printf('%012d', i * 7919 % 1000003), printf('满100减20 %200c', 'x'), 1764000000000 + i, 1764000001000 + i, 'accepted', 0, 'ok' FROM n";
    ledger.connection.execute(rows, []).expect("filled");
    // A free page or two, as a schema step that drops something would leave them.
    ledger
        .connection
        .execute_batch("CREATE TABLE gone AS SELECT * FROM write_off LIMIT 100; DROP TABLE gone")
        .expect("freed");
    drop(ledger);
    std::fs::read(shelf.path()).expect("read")
}

/// Every call on a ledger, each with whether it may write.
fn all_calls(ledger: &mut Ledger) -> Vec<Result<usize, Error>> {
    let now = at("2026-11-24T10:00:00Z");
    vec![
        ledger.record("", "", &intent("1")).map(|_| 0),
        ledger.close(WriteOffId(1), &accepted(), None, now).map(|()| 0),
        ledger.unsettled().map(|rows| rows.len()),
        ledger.recent(9).map(|rows| rows.len()),
        ledger.for_each_since(None, |_| Ok(())).map(|()| 0),
        ledger.for_each_since(Some(at("2025-11-24T10:00:00Z")), |_| Ok(())).map(|()| 0),
        ledger.for_each_of_code("0", None, |_| Ok(())).map(|()| 0),
        ledger.len().map(|_| 0),
    ]
}

#[test]
fn whichever_page_is_damaged_no_call_panics_or_calls_it_anything_but_damage_and_the_check_finds_it() {
    let shelf = Shelf::new();
    let whole = long(&shelf);
    let pages = whole.len() / 4096;
    assert!(pages > 100, "{pages} pages: roots, leaves, three indices and free ones");
    let every = std::env::var_os("HEXIAO_EVERY_PAGE").map_or(5, |_| 1);
    let tried: Vec<usize> = (0..pages).filter(|page| *page < 8 || page % every == 0).collect();
    let (mut at_opening, mut at_a_call, mut by_the_check) = (0, 0, 0);
    for &page in &tried {
        for fill in [0x5a, 0x00] {
            let mut bytes = whole.clone();
            bytes[page * 4096..(page + 1) * 4096].fill(fill);
            std::fs::write(shelf.path(), &bytes).expect("written");
            let mut ledger = match Ledger::open(&shelf.path()) {
                Ok(ledger) => ledger,
                Err(error) => {
                    // A file that begins with zeros is told as damage too: it is not empty.
                    assert!(matches!(error, Error::Damaged { .. }), "page {page} of {fill}: {error:?}");
                    assert_eq!(std::fs::read(shelf.path()).expect("read"), bytes, "left as it is");
                    at_opening += 1;
                    continue;
                }
            };
            let checked = ledger.check(at("2026-11-24T10:00:00Z"), |_, _| ()).expect("damage is a finding");
            by_the_check += usize::from(checked.faults() > 0);
            let failed: Vec<_> = all_calls(&mut ledger).into_iter().filter_map(Result::err).collect();
            assert!(failed.iter().all(|error| matches!(error, Error::Damaged { .. })), "page {page}: {failed:?}");
            at_a_call += usize::from(!failed.is_empty());
            if checked.faults() == 0 {
                assert!(failed.is_empty(), "page {page} of {fill}: unnoticed by the check: {failed:?}");
            }
        }
    }
    let tried = 2 * tried.len();
    println!(
        "{tried} damages: {at_opening} told at opening, {by_the_check} found by the check, {at_a_call} met by a call"
    );
    // What nobody noticed can only be free pages, which hold nothing.
    assert!(at_opening + by_the_check >= tried - 16, "{at_opening} + {by_the_check} of {tried}");
}

#[test]
fn a_ledger_cut_off_anywhere_is_damaged_and_never_taken_for_a_new_one() {
    let shelf = Shelf::new();
    let whole = long(&shelf);
    for length in [0, 1, 50, 99, 100, 512, 4095, 4096, 4097, 8192, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(shelf.path(), &whole[..length]).expect("written");
        let told = Ledger::open(&shelf.path()).and_then(|ledger| {
            let faults = ledger.check(at("2026-11-24T10:00:00Z"), |_, _| ())?.faults();
            assert!(faults > 0, "{length} bytes of {}", whole.len());
            Ok(())
        });
        assert!(matches!(told, Ok(()) | Err(Error::Damaged { .. })), "{length} bytes: {told:?}");
    }
}

#[test]
fn a_log_whose_ledger_is_gone_is_damage_and_not_thrown_away() {
    let shelf = Shelf::new();
    let mut ledger = shelf.open();
    ledger.record("", "", &intent("1")).expect("recorded");
    std::fs::create_dir(shelf.folder.path().join("found")).expect("made");
    let found = shelf.folder.path().join("found").join("ledger.db");
    let log = std::fs::read(beside(&shelf.path(), "-wal")).expect("a log");
    std::fs::write(beside(&found, "-wal"), &log).expect("written");
    assert!(matches!(Ledger::open(&found), Err(Error::Damaged { .. })));
    assert!(matches!(Ledger::open_to_read(&found), Err(Error::Damaged { .. })));
    assert_eq!(std::fs::read(beside(&found, "-wal")).expect("kept"), log);
    assert!(!found.exists());
}

#[test]
fn an_index_that_is_unsound_stops_the_ledger_before_the_first_press() {
    for name in [
        "write_off",
        "write_off_by_code",
        "write_off_by_time",
        "write_off_unsettled",
        "write_off_by_shift",
        "shift_open",
        "sqlite_sequence",
    ] {
        let shelf = Shelf::new();
        let mut whole = long(&shelf);
        let root = Connection::open(shelf.path()).expect("opened").query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
            [name],
            |row| row.get::<_, u32>(0),
        );
        let root = root.expect("a tree") as usize - 1;
        whole[root * 4096..(root + 1) * 4096].fill(0x5a);
        std::fs::write(shelf.path(), &whole).expect("written");
        assert!(matches!(Ledger::open(&shelf.path()), Err(Error::Damaged { .. })), "{name}");
        assert!(Ledger::open_to_read(&shelf.path()).is_ok(), "{name}: what can be read of it can be read");
    }
}

#[test]
fn damage_that_comes_while_it_is_open_is_told_as_damage_and_records_nothing() {
    let shelf = Shelf::new();
    let whole = long(&shelf);
    let mut ledger = shelf.open();
    // As by another file's blocks: in place, so that the file is still the same one.
    let file = std::fs::OpenOptions::new().write(true).open(shelf.path()).expect("opened");
    std::io::Write::write_all(&mut &file, &vec![0x5a; whole.len()]).expect("overwritten");
    std::mem::forget(file); // closing it would take SQLite's locks along, which is not what is tried here
    ledger.connection.release_memory().expect("what SQLite remembers of the file is forgotten");
    for failed in all_calls(&mut ledger) {
        let error = failed.expect_err("damaged");
        assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("ledger.db"), "{error}");
    }
}

// ── Plans ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn no_statement_reads_the_whole_table_but_those_that_list_all_of_it() {
    let shelf = Shelf::new();
    long(&shelf);
    let ledger = shelf.open();
    let select = |rest: &str| format!("SELECT {COLUMNS} FROM write_off {rest}");
    let by = |what: &str| format!("SEARCH write_off USING {what}");
    for (sql, expected) in [
        (RECORD.to_owned(), by("INDEX write_off_by_code (code=?)")),
        (HINDRANCE.to_owned(), by("INDEX write_off_by_code (code=?)")),
        (CLOSE.to_owned(), by("INTEGER PRIMARY KEY (rowid=?)")),
        (
            EXPLANATION.to_owned(),
            "SEARCH other USING INDEX write_off_by_code (code=? AND rowid>? AND rowid<?)".to_owned(),
        ),
        (select(LAST_ACCEPTED), by("INDEX write_off_by_code (code=? AND rowid>?)")),
        (select(UNSETTLED), "SCAN write_off USING INDEX write_off_unsettled".to_owned()), // which holds nothing but these
        (select(RECENT), "SCAN write_off".to_owned()), // from its end, as far as the limit
        (select(FEW_SINCE), by("INDEX write_off_by_time (intended_at>?)")),
        (select(OF_CODE), by("INDEX write_off_by_code (code>? AND code<?)")),
        (COUNT_SINCE.to_owned(), by("COVERING INDEX write_off_by_time (intended_at>?)")),
        (check::CODES_AGAIN.to_owned(), "SCAN write_off USING COVERING INDEX write_off_by_code".to_owned()),
        (check::ROWS_OF_CODE.to_owned(), by("INDEX write_off_by_code (code=?)")),
        (select(MANY_SINCE), "SCAN write_off".to_owned()),
        (select(search::ROW), by("INTEGER PRIMARY KEY (rowid=?)")),
        (search::NEWEST.to_owned(), "SEARCH write_off".to_owned()), // one step, from its end
        (search::COUNT_OF_CODE.to_owned(), by("COVERING INDEX write_off_by_code (code>? AND code<?)")),
        (search::COUNT_BETWEEN.to_owned(), by("COVERING INDEX write_off_by_time (intended_at>? AND intended_at<?)")),
        (search::finding(search::BY_CODE), by("INDEX write_off_by_code (code>? AND code<?)")),
        (search::finding(search::BY_TIME), by("INDEX write_off_by_time (intended_at>? AND intended_at<?)")),
        (search::finding(search::BY_SHIFT), by("INDEX write_off_by_shift (shift_id=? AND rowid>? AND rowid<?)")),
        (search::finding(search::BY_STAGE), by("INDEX write_off_unsettled (id>? AND id<?)")),
        (search::finding(search::BY_TABLE), by("INTEGER PRIMARY KEY (rowid>? AND rowid<?)")),
        (select(shifts::OF_SHIFT), by("INDEX write_off_by_shift (shift_id=?)")),
        (check::STRAYS.to_owned(), by("INDEX write_off_by_shift (shift_id>?)")),
        (RECORD.to_owned(), "SEARCH shift USING INDEX shift_open (till=?)".to_owned()),
        (shifts::OPEN_SHIFT.to_owned(), "SEARCH shift USING INDEX shift_open (till=?)".to_owned()),
        (shifts::CLOSE_SHIFT.to_owned(), "SEARCH shift USING INTEGER PRIMARY KEY (rowid=?)".to_owned()),
        (
            format!("SELECT id FROM shift {}", shifts::SHIFT_OF_TILL),
            "SEARCH shift USING INDEX shift_open (till=?)".to_owned(),
        ),
    ] {
        let mut statement = ledger.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect(&sql);
        let none = vec![None::<i64>; statement.parameter_count()];
        let plan = statement.query_map(rusqlite::params_from_iter(none), |row| row.get::<_, String>(3)).expect(&sql);
        let plan: Vec<_> = plan.collect::<Result<_, _>>().expect(&sql);
        assert!(plan.contains(&expected), "{sql}\n{plan:#?}");
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        assert_eq!(sorts, sql.contains(FEW_SINCE) || sql.contains(OF_CODE) || sql == HINDRANCE, "{sql}\n{plan:#?}");
        let scans = plan.iter().filter(|step| step.starts_with("SCAN write_off")).count();
        assert_eq!(scans, usize::from(expected.starts_with("SCAN")), "{sql}\n{plan:#?}");
    }
}

#[test]
fn a_code_is_found_by_how_it_begins_and_a_day_by_its_rows_whatever_the_clock_did() {
    let shelf = Shelf::new();
    let mut ledger = shelf.open();
    // The third was written under a clock that was a year ahead.
    for (code, day) in [("110", "2026-11-23"), ("1102", "2026-11-24"), ("111", "2027-11-24"), ("1102", "2026-11-25")] {
        let intended_at = at(&format!("{day}T10:00:00Z"));
        let id = ledger.record("", "", &Intent { intended_at, ..intent(code) }).expect("recorded");
        ledger.close(id, &rejected(), None, intended_at).expect("closed");
    }
    let of_code = |beginning: &str, since: Option<&str>| {
        let mut ids = Vec::new();
        let each = |row: WriteOff| {
            ids.push(row.id.0);
            Ok::<(), Error>(())
        };
        ledger.for_each_of_code(beginning, since.map(at), each).expect("read");
        ids
    };
    assert_eq!(of_code("110", None), [1, 2, 4]);
    assert_eq!(of_code("1102", None), [2, 4]);
    assert_eq!(of_code("1102", Some("2026-11-25T00:00:00Z")), [4]);
    assert_eq!(of_code("2", None), [0_i64; 0]);
    let mut since = Vec::new();
    let each = |row: WriteOff| {
        since.push(row.id.0);
        Ok::<(), Error>(())
    };
    ledger.for_each_since(Some(at("2026-11-24T00:00:00Z")), each).expect("read");
    assert_eq!(since, [2, 3, 4]);
}

// ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn every_commit_is_synced_to_the_disk_before_its_call_returns() {
    let shelf = Shelf::new();
    let ledger = shelf.open();
    let pragma = |name| ledger.connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
    assert_eq!(pragma("journal_mode").expect("read"), "wal".to_owned().into());
    assert_eq!(pragma("synchronous").expect("read"), 2.into(), "FULL");
    assert_eq!(pragma("fullfsync").expect("read"), 1.into());
}

#[test]
fn a_write_for_which_there_is_no_room_is_an_error_and_leaves_nothing() {
    let shelf = Shelf::new();
    let mut ledger = shelf.open();
    let now = at("2026-11-24T10:00:00Z");
    let id = ledger.record("", "", &intent("1")).expect("recorded");
    // SQLite's own limit on the file's length: what it says then is what it says of a full disk.
    let limit = |ledger: &Ledger, pages: i64| {
        ledger.connection.pragma_update(None, "max_page_count", pages).expect("set");
    };
    limit(&ledger, 1); // below its length counts as its length
    let long = "x".repeat(20_000);
    let refused = ledger.record(&long, "", &intent("2"));
    assert!(
        matches!(&refused, Err(Error::Failed(e)) if e.sqlite_error_code() == Some(ErrorCode::DiskFull)),
        "{refused:?}"
    );
    assert_eq!(ledger.len().expect("read"), 1);
    ledger.close(id, &accepted(), None, now).expect("it fits into its page");
    limit(&ledger, 1_000_000);
    assert_eq!(ledger.record(&long, "", &intent("2")).expect("recorded"), WriteOffId(2), "no number was lost");
}
