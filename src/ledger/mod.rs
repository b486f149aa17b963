//! Every write-off, before and after it is sent: one SQLite file, one row a write-off.
//!
//! An intent is committed before its request exists, an outcome before it is shown as final. The file is in WAL mode with
//! `synchronous=FULL`: when [`Ledger::record`] returns, the row survives a power failure. SQL appears in this folder alone, and nothing
//! here knows the network or the window.

mod claim;
mod export;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, named_params, params};
use rusqlite_migration::{M, Migrations};

use crate::code::{CardId, Code};
use crate::write_off::{Intent, Outcome, WriteOff, WriteOffId};

pub use claim::Claim;
pub use export::{CsvExport, json_line};

/// How long to wait for another program that is writing to the same file.
const BUSY_PATIENCE: Duration = Duration::from_secs(5);
/// Longest message kept with an outcome, in characters.
const MESSAGE_CHARS_MAX: usize = 500;

/// The schema, one step a version. A step that has been released is never changed.
const STEPS: &[M<'static>] = &[M::up(
    "CREATE TABLE write_off (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice
        till TEXT NOT NULL,
        cashier TEXT NOT NULL,
        code TEXT NOT NULL,
        card_id TEXT,
        title TEXT,
        openid TEXT,
        intended_at INTEGER NOT NULL,          -- Unix milliseconds, like all times here
        sent_at INTEGER,
        outcome_at INTEGER,
        stage TEXT NOT NULL DEFAULT 'open' CHECK (stage IN ('open', 'unknown', 'rejected', 'accepted')),
        errcode INTEGER,                       -- the platform's
        message TEXT
    ) STRICT;
    CREATE INDEX write_off_by_code ON write_off (code);
    CREATE INDEX write_off_by_time ON write_off (intended_at);
    CREATE INDEX write_off_unsettled ON write_off (id) WHERE stage IN ('open', 'unknown');",
)];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or its folder cannot be opened, read or created.
    #[error("the ledger {path} cannot be opened: check that its folder exists and may be written to")]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is no ledger, or a damaged one. It is left as it is.
    #[error(
        "the ledger {path} is damaged or is no ledger; it was not touched: move it to a safe place, then restore a copy of it or start anew"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file was written by a newer version of the program.
    #[error("the ledger {path} was written by a newer version of hexiao: use that version")]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// A write or a read failed: disk full, folder read-only, another program keeps the file locked. What is damage is told as
    /// [`Error::Damaged`].
    #[error(
        "the ledger could not be written or read: check that the disk is not full and no other program holds the file"
    )]
    Failed(#[source] rusqlite::Error),
    /// An outcome for a write-off that is not there, or has another final outcome.
    #[error("write-off {0} is not in the ledger, or has another final outcome already")]
    NotOpen(WriteOffId),
    /// An unsettled write-off of the same code: it must be settled before the code may be consumed again.
    #[error("write-off {0} of the same code is not settled yet")]
    InDoubt(WriteOffId),
    /// Another till works on the same data folder.
    #[error("{0} is in use by another running hexiao: close it first")]
    Claimed(PathBuf),
}

/// A row that no version of this program has written.
#[derive(Debug, thiserror::Error)]
#[error("write-off {id} holds what no version of hexiao has written")]
struct ForeignRow {
    id: i64,
    source: rusqlite::Error,
}

/// The open ledger of one data folder.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    /// The file, for errors.
    path: PathBuf,
    /// Held for as long as the ledger is open, where it is open to write off.
    claim: Option<Claim>,
}

impl Ledger {
    /// Opens the ledger at `path`, made if it is not there, and brings it to the present schema.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Newer`] or [`Error::Unreachable`]; in each case the file is left as it is.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let unreachable = |source| Error::Unreachable { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| unreachable(e.into()))?;
        }
        claim::open_private(path).map_err(|e| unreachable(e.into()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|e| at_opening(path, e))?;
        prepare(&connection).map_err(|e| at_opening(path, e))?;
        MIGRATIONS.to_latest(&mut connection).map_err(|e| match e {
            rusqlite_migration::Error::MigrationDefinition(_) => Error::Newer { path: path.to_owned() },
            rusqlite_migration::Error::RusqliteError { err, .. } => at_opening(path, err),
            other => Error::Damaged { path: path.to_owned(), source: other.into() },
        })?;
        Ok(Self { connection, path: path.to_owned(), claim: None })
    }

    /// Holds `claim` until the ledger is closed.
    pub fn keep(&mut self, claim: Claim) {
        self.claim = Some(claim);
    }

    /// Opens the ledger at `path` to read only; `None` where nothing was ever written off there. Where nothing may be written – a copy on
    /// a read-only disk – it is read as it is.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, Error> {
        match path.try_exists() {
            Ok(false) => return Ok(None),
            Ok(true) => {}
            Err(source) => return Err(Error::Unreachable { path: path.to_owned(), source: source.into() }),
        }
        // A WAL may have to be recovered and a schema be brought up first.
        match Self::open(path) {
            Err(unreachable @ Error::Unreachable { .. }) => match Self::open_as_it_is(path) {
                Err(Error::Unreachable { .. }) => Err(unreachable),
                opened => opened,
            },
            opened => opened.map(Some),
        }
    }

    /// Opens the ledger at `path` without writing a byte anywhere: it is neither recovered nor brought to the present schema. `None` for
    /// a file that has no schema yet.
    fn open_as_it_is(path: &Path) -> Result<Option<Self>, Error> {
        let (connection, version) = read_only(path).map_err(|e| at_opening(path, e))?;
        match usize::try_from(version) {
            Ok(0) => Ok(None),
            Ok(version) if version == STEPS.len() => Ok(Some(Self { connection, path: path.to_owned(), claim: None })),
            Ok(version) if version > STEPS.len() => Err(Error::Newer { path: path.to_owned() }),
            _ => {
                let source =
                    "it was written by an older version of hexiao, and must be brought up to date first".into();
                Err(Error::Unreachable { path: path.to_owned(), source })
            }
        }
    }

    /// Tells damage from a read or write that may succeed another time.
    fn failed(&self, error: rusqlite::Error) -> Error {
        if is_damage(&error) {
            Error::Damaged { path: self.path.clone(), source: error.into() }
        } else {
            Error::Failed(error)
        }
    }

    /// Reads the row that a query of [`COLUMNS`] stands at.
    fn row(&self, row: &Row<'_>) -> Result<WriteOff, Error> {
        write_off(row).map_err(|source| match row.get(0) {
            Ok(id) => Error::Damaged { path: self.path.clone(), source: Box::new(ForeignRow { id, source }) },
            Err(_) => Error::Damaged { path: self.path.clone(), source: source.into() },
        })
    }

    /// Writes an intent down. When this returns it is on disk. In one statement it makes sure that no program at this ledger has an unsettled
    /// write-off of the same code.
    ///
    /// # Errors
    /// [`Error::InDoubt`], or the write failed. Nothing was written, and nothing may be sent.
    pub fn record(&mut self, till: &str, cashier: &str, intent: &Intent) -> Result<WriteOffId, Error> {
        let code = intent.code.as_str();
        let recording = || {
            let mut statement = self.connection.prepare_cached(
                "INSERT INTO write_off (till, cashier, code, card_id, title, openid, intended_at)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                 WHERE NOT EXISTS (SELECT 1 FROM write_off WHERE code = ?3 AND stage IN ('open', 'unknown'))
                 RETURNING id",
            )?;
            let values = params![
                till,
                cashier,
                code,
                intent.card_id.as_ref().map(CardId::as_str),
                intent.title,
                intent.openid,
                intent.intended_at.as_millisecond(),
            ];
            statement.query_row(values, |row| row.get(0)).optional()
        };
        match recording().map_err(|e| self.failed(e))? {
            Some(id) => Ok(WriteOffId(id)),
            None => Err(Error::InDoubt(self.unsettled_of(code)?)),
        }
    }

    fn unsettled_of(&self, code: &str) -> Result<WriteOffId, Error> {
        let sql = "SELECT id FROM write_off WHERE code = ?1 AND stage IN ('open', 'unknown') LIMIT 1";
        let asking = || self.connection.prepare_cached(sql)?.query_row([code], |row| row.get(0));
        asking().map(WriteOffId).map_err(|e| self.failed(e))
    }

    /// Writes down what became of a write-off. Like the desk's knowledge, it only ever moves up: open, unknown, rejected, accepted.
    ///
    /// # Errors
    /// [`Error::NotOpen`], or the write failed and is to be tried again.
    pub fn close(
        &mut self,
        id: WriteOffId,
        outcome: &Outcome,
        sent_at: Option<Timestamp>,
        outcome_at: Timestamp,
    ) -> Result<(), Error> {
        let closing = || {
            let mut statement = self.connection.prepare_cached(
                "UPDATE write_off
                 SET stage = :stage, errcode = :errcode, message = :message, outcome_at = :outcome_at,
                     sent_at = coalesce(:sent_at, sent_at)
                 WHERE id = :id AND (stage IN ('open', 'unknown', :stage) OR (stage = 'rejected' AND :stage = 'accepted'))
                   AND NOT (stage != 'unknown' AND stage != 'open' AND :stage = 'unknown')",
            )?;
            statement.execute(named_params! {
                ":id": id.0,
                ":stage": outcome.word(),
                ":errcode": outcome.errcode(),
                ":message": outcome.message().chars().take(MESSAGE_CHARS_MAX).collect::<String>(),
                ":outcome_at": outcome_at.as_millisecond(),
                ":sent_at": sent_at.map(Timestamp::as_millisecond),
            })
        };
        let changed = closing().map_err(|e| self.failed(e))?;
        if changed == 1 { Ok(()) } else { Err(Error::NotOpen(id)) }
    }

    /// Write-offs without a final outcome, oldest first.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn unsettled(&self) -> Result<Vec<WriteOff>, Error> {
        self.select("WHERE stage IN ('open', 'unknown') ORDER BY id", [])
    }

    /// The latest `count` write-offs, newest first.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn recent(&self, count: usize) -> Result<Vec<WriteOff>, Error> {
        self.select("ORDER BY id DESC LIMIT ?1", [i64::try_from(count).unwrap_or(i64::MAX)])
    }

    /// Hands every write-off intended at `since` or later to `each`, oldest first, one at a time: the ledger may be longer than memory.
    ///
    /// # Errors
    /// The file could not be read, or what `each` says.
    pub fn for_each_since<E: From<Error>>(
        &self,
        since: Option<Timestamp>,
        mut each: impl FnMut(WriteOff) -> Result<(), E>,
    ) -> Result<(), E> {
        let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM write_off WHERE intended_at >= ?1 ORDER BY id"))
            .map_err(|e| self.failed(e))?;
        let mut rows = statement.query([since]).map_err(|e| self.failed(e))?;
        while let Some(row) = rows.next().map_err(|e| self.failed(e))? {
            each(self.row(row)?)?;
        }
        Ok(())
    }

    /// How many write-offs there are.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn len(&self) -> Result<u64, Error> {
        let count = self.connection.query_row("SELECT count(*) FROM write_off", [], |row| row.get::<_, i64>(0));
        Ok(count.map_err(|e| self.failed(e))?.unsigned_abs())
    }

    /// Whether nothing was ever written off.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// Has SQLite look for damage. `None` where there is none, otherwise what it found first.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn damage(&self) -> Result<Option<String>, Error> {
        let found = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)).optional();
        let found = found.map_err(|e| self.failed(e))?;
        Ok(found.filter(|word| word != "ok"))
    }

    fn select<P: rusqlite::Params>(&self, rest: &str, values: P) -> Result<Vec<WriteOff>, Error> {
        let query = format!("SELECT {COLUMNS} FROM write_off {rest}");
        let mut statement = self.connection.prepare_cached(&query).map_err(|e| self.failed(e))?;
        let mut rows = statement.query(values).map_err(|e| self.failed(e))?;
        let mut read = Vec::new();
        while let Some(row) = rows.next().map_err(|e| self.failed(e))? {
            read.push(self.row(row)?);
        }
        Ok(read)
    }
}

/// Moves a damaged ledger, and what SQLite keeps beside it, out of the way. Says where it is now; nothing is deleted.
///
/// # Errors
/// It could not be moved.
pub fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let moved = path.with_extension(format!("damaged-{stamp}.sqlite"));
    for ending in ["-wal", "-shm"] {
        match std::fs::rename(beside(path, ending), beside(&moved, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, &moved)?;
    Ok(moved)
}

/// What every connection is set to.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?; // macOS: through the drive's own cache too
    connection.pragma_update(None, "foreign_keys", true)
}

/// Connects to read only, and reads the schema's version. SQLite reads a file in WAL mode only where it can make or find the files beside
/// it. Where it cannot and there is no WAL, all is in the file itself, which may then be read as one that never changes – where there is
/// one, what it holds would be missed, so that is left to fail.
fn read_only(path: &Path) -> rusqlite::Result<(Connection, i64)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let version = |connection: Connection| -> rusqlite::Result<_> {
        connection.busy_timeout(BUSY_PATIENCE)?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok((connection, version))
    };
    let opened = Connection::open_with_flags(path, flags).and_then(version);
    match (opened, immutable(path)) {
        (Err(error), Some(address)) if !is_damage(&error) && !beside(path, "-wal").exists() => {
            Connection::open_with_flags(address.as_str(), flags | OpenFlags::SQLITE_OPEN_URI).and_then(version)
        }
        (opened, _) => opened,
    }
}

/// The address by which SQLite opens a file that never changes.
fn immutable(path: &Path) -> Option<url::Url> {
    let mut address = url::Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
    address.set_query(Some("immutable=1"));
    Some(address)
}

/// The file that SQLite keeps beside `path` under this ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Whether it is the file itself that is at fault.
fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// Tells a damaged file from one that cannot be reached.
fn at_opening(path: &Path, error: rusqlite::Error) -> Error {
    let path = path.to_owned();
    if is_damage(&error) {
        Error::Damaged { path, source: error.into() }
    } else {
        Error::Unreachable { path, source: error.into() }
    }
}

const COLUMNS: &str =
    "id, till, cashier, code, card_id, title, openid, intended_at, sent_at, outcome_at, stage, errcode, message";

fn write_off(row: &Row<'_>) -> rusqlite::Result<WriteOff> {
    /// A value that no version of this program has written.
    fn foreign<E: std::error::Error + Send + Sync + 'static>(column: usize) -> impl FnOnce(E) -> rusqlite::Error {
        move |e| rusqlite::Error::FromSqlConversionFailure(column, Type::Null, Box::new(e))
    }
    let time = |column| -> rusqlite::Result<Option<Timestamp>> {
        let milliseconds: Option<i64> = row.get(column)?;
        milliseconds.map(|ms| Timestamp::from_millisecond(ms).map_err(foreign(column))).transpose()
    };
    let message = || -> rusqlite::Result<String> { Ok(row.get::<_, Option<String>>(12)?.unwrap_or_default()) };
    let card_id: Option<String> = row.get(4)?;
    let outcome = match row.get::<_, String>(10)?.as_str() {
        "accepted" => Some(Outcome::Accepted { message: message()? }),
        "rejected" => Some(Outcome::Rejected { errcode: row.get(11)?, message: message()? }),
        "unknown" => Some(Outcome::Unknown { errcode: row.get(11)?, message: message()? }),
        "open" => None,
        _ => return Err(rusqlite::Error::InvalidColumnType(10, "stage".to_owned(), Type::Text)),
    };
    Ok(WriteOff {
        id: WriteOffId(row.get(0)?),
        till: row.get(1)?,
        cashier: row.get(2)?,
        intent: Intent {
            code: Code::try_from(row.get::<_, String>(3)?).map_err(foreign(3))?,
            card_id: card_id.map(CardId::try_from).transpose().map_err(foreign(4))?,
            title: row.get(5)?,
            openid: row.get(6)?,
            intended_at: time(7)?.ok_or(rusqlite::Error::InvalidColumnType(7, "intended_at".to_owned(), Type::Null))?,
        },
        sent_at: time(8)?,
        outcome_at: time(9)?,
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn intent(code: &str) -> Intent {
        Intent {
            code: Code::parse(code).expect("a code"),
            card_id: Some(CardId::parse("pFS7Fjg8kV1IdDz01r4SQwMkuCKc").expect("a card id")),
            title: Some("满100减20".to_owned()),
            openid: Some("oFS7Fjl0WsZ9AMZqrI80nbIq8xrA".to_owned()),
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
            self.folder.path().join("data").join("ledger.sqlite")
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
        assert!(matches!(ledger.close(WriteOffId(999), &accepted(), None, now), Err(Error::NotOpen(_))));
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
        assert_eq!(ledger.damage().expect("read"), None);
    }

    #[test]
    fn a_file_that_is_no_ledger_is_named_and_left_as_it_is() {
        let shelf = Shelf::new();
        std::fs::create_dir_all(shelf.path().parent().expect("a folder")).expect("made");
        let junk = b"this is not a database, but somebody's diary, long enough to be looked at".repeat(30);
        std::fs::write(shelf.path(), &junk).expect("written");
        let error = Ledger::open(&shelf.path()).expect_err("no ledger");
        assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("ledger.sqlite"), "{error}");
        assert_eq!(std::fs::read(shelf.path()).expect("still there"), junk);
    }

    #[test]
    fn a_damaged_ledger_set_aside_is_kept_whole_and_makes_room_for_a_new_one() {
        let shelf = Shelf::new();
        drop(shelf.open());
        std::fs::write(shelf.path(), b"junk, but somebody's junk").expect("written");
        assert!(Ledger::open(&shelf.path()).is_err());
        let moved = set_aside(&shelf.path()).expect("moved");
        assert_eq!(std::fs::read(&moved).expect("kept"), b"junk, but somebody's junk");
        assert!(shelf.open().is_empty().expect("read"));
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
        assert_eq!(names(&shelf), ["ledger.sqlite"], "SQLite puts everything into the file when it is closed");
        // For root nothing is read-only, so the way that is taken there is tried by itself as well.
        let address = immutable(&shelf.path()).expect("an address");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(address.as_str(), flags).expect("opened");
        let ledger = Ledger { connection, path: shelf.path(), claim: None };
        assert_eq!(ledger.recent(9).expect("read").len(), 1);
        assert_eq!(names(&shelf), ["ledger.sqlite"], "nothing was made beside it");

        let ledger = Ledger::open_as_it_is(&shelf.path()).expect("opened").expect("a ledger");
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
        assert!(matches!(Ledger::open_as_it_is(&shelf.path()), Ok(None)));
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
                assert!(told.contains("ledger.sqlite") && told.contains("write-off 2 "), "{damage}: {told}");
            }
        }
    }

    #[test]
    fn damage_inside_the_file_is_told_as_damage_by_every_call() {
        let shelf = Shelf::new();
        let mut ledger = shelf.open();
        for code in 0..1000 {
            ledger.record("till 1", "", &intent(&code.to_string())).expect("recorded");
        }
        drop(ledger);
        // Everything but the page with the schema is overwritten, as by another file's blocks.
        let mut bytes = std::fs::read(shelf.path()).expect("read");
        bytes[4096..].fill(0x5a);
        std::fs::write(shelf.path(), bytes).expect("written");
        let mut ledger = shelf.open();
        let now = at("2026-11-24T10:00:00Z");
        for failed in [
            ledger.record("", "", &intent("1")).map(|_| 0),
            ledger.close(WriteOffId(1), &accepted(), None, now).map(|()| 0),
            ledger.unsettled().map(|rows| rows.len()),
            ledger.recent(9).map(|rows| rows.len()),
            ledger.for_each_since(None, |_| Ok(())).map(|()| 0),
            ledger.len().map(|_| 0),
        ] {
            let error = failed.expect_err("damaged");
            assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
            assert!(error.to_string().contains("ledger.sqlite"), "{error}");
        }
        assert!(ledger.damage().map_or(true, |found| found.is_some()));
    }

    #[test]
    fn a_ledger_of_a_newer_version_is_refused() {
        let shelf = Shelf::new();
        shelf.open().connection.pragma_update(None, "user_version", 99).expect("set");
        assert!(matches!(Ledger::open(&shelf.path()), Err(Error::Newer { .. })));
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
        for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
            let mode = std::fs::metadata(shelf.path().with_file_name(name)).expect(name).permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn the_schema_steps_are_valid() {
        MIGRATIONS.validate().expect("valid");
    }
}
