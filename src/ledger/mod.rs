//! Every write-off, before and after it is sent: one SQLite file, one row a write-off.
//!
//! ```text
//! mod.rs     the open ledger: record, close, list
//! place.rs   where it lies: private, known again while it is open, set aside
//! claim.rs   who may settle what was left behind
//! check.rs   is all of it sound?
//! backup.rs  a copy while it is written to, and the way back
//! export.rs  rows for other programs
//! schema.rs  the tables, one step a version
//! search.rs  finding rows, and reading those that are in sight
//! shifts.rs  who is at a till from when to when
//! ```
//!
//! An intent is committed before its request exists, an outcome before it is shown as final. SQL appears in this folder alone, and nothing
//! here knows the network or the window.
//!
//! # What a power failure leaves
//!
//! The file is in WAL mode with `synchronous=FULL`, and on macOS with `fullfsync`. A commit appends to the log beside the file (`-wal`), each page with a
//! checksum that runs on from the one before, and syncs the log; only then does [`Ledger::record`] or [`Ledger::close`] return. Whoever
//! opens the ledger next reads the log up to its last whole commit: a commit that was cut off, in whatever order its sectors were
//! written, does not add up, and counts for nothing. So what had returned is there, and what had not is there wholly or not at all.
//! `tests/disk_power_loss.rs` builds these states and opens them.
//!
//! **Checkpoints.** A commit that finds 1,000 pages (4 MB, some 200 write-offs) in the log copies them into the file, SQLite's own policy: the log is synced
//! before, the file is synced after, and only then is the log written over from its beginning, under a new number that makes what is left of the
//! old one worthless. Cut off in between, the log is whole and is copied again. A checkpoint is part of no promise: where it fails – the disk is
//! full – the commit has been made all the same, and the log grows until there is room. The last program to close the ledger does the
//! rest and removes the log. It all happens on the ledger's own thread, after the commit.
//!
//! **What it rests on** is that the disk has what it says it has. One that answers a sync from a cache without power of its own
//! can lose the newest write-offs, or, where it writes in another order, damage the file. Then the platform still knows what was consumed,
//! [`check`](Ledger::check) finds the damage, and a [`backup()`] is the way back. The same goes for a `-wal` deleted while no program runs after one had
//! died: what was only in it is gone. (While a program runs, that is noticed: see [`place`].)
//!
//! # At size
//!
//! Opening does not read the ledger through; every statement goes by an index that it names. `benches/ledger.rs` holds 5 million rows to 10 ms.

mod backup;
mod check;
mod claim;
mod export;
#[cfg(test)]
mod in_memory;
mod place;
mod schema;
mod search;
mod shifts;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, named_params, params};

use crate::code::{CardId, Code};
use crate::coupon::Fen;
use crate::plain;
use crate::private;
use crate::write_off::{FaceValue, Intent, Outcome, ShiftId, WriteOff, WriteOffId};

pub use backup::{Copied, CopyError, backup, restore};
pub use check::{Checked, Finding, Grade};
pub use claim::Claim;
pub use export::{CsvExport, ExportError, Format, Progress, json_line};
use place::{Anchor, COMPANIONS, beside};
use schema::{MIGRATIONS, STEPS};
pub use search::{Doubt, Found, PIECE_ROWS, SEARCH_CHARS_MAX, Search, Stage};
pub use shifts::CASHIER_CHARS_MAX;

/// How long to wait for another program that is writing to the same file.
const BUSY_PATIENCE: Duration = Duration::from_secs(5);
/// For so long after a write-off was accepted its code is not recorded again, for the same card or where a card is not known. A press goes by a
/// verdict of at most [`Rules::stale_after`](crate::desk::Rules::stale_after), half of this, and a program that shares the ledger may have
/// had the code accepted since: a second request could only be refused. It is a courtesy, measured by clocks that may be wrong; that no code
/// is counted twice rests on [`Ledger::settle`]. Not for ever: later presses go by what the platform says, and practice deals the
/// same codes again at each start.
pub(crate) const JUST_ACCEPTED: Duration = Duration::from_secs(60);
/// Why a ledger on some disks is not opened.
const NO_LOG: &str =
    "its disk does not let programs share SQLite's log: keep it on a disk of this computer's own, not on the network's";
/// No database is shorter: SQLite's smallest page, in bytes.
const LENGTH_MIN: u64 = 512;
/// Longest message kept with an outcome, and longest text of a row that is read, in characters.
const MESSAGE_CHARS_MAX: usize = 500;

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
        "the ledger {path} is damaged or is no ledger; it was not touched: put a backup in its place with `hexiao ledger restore FILE`, which keeps all of its files, or let the window set it aside and start anew"
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
    /// Where the ledger's files lay when it was opened there is something else now, or nothing. What is written into it is not lost, but nobody
    /// would look for it there.
    #[error(
        "the ledger {path} was moved, deleted or replaced while it was in use: put it back, or start hexiao again to use what lies there now"
    )]
    Displaced {
        /// The file.
        path: PathBuf,
    },
    /// An outcome for a write-off that has another final outcome.
    #[error("write-off {0} has another final outcome already")]
    NotOpen(WriteOffId),
    /// An outcome for a write-off that is not there: an older copy was put in the ledger's place while it was in use.
    #[error("write-off {0} is no longer in the ledger: was an older copy put in its place while it was in use?")]
    Missing(WriteOffId),
    /// An unsettled write-off of the same code: it must be settled before the code may be consumed again.
    #[error("write-off {0} of the same code is not settled yet")]
    InDoubt(WriteOffId),
    /// «Consumed» says nothing of this write-off: the other of the same code was accepted before it was recorded. See [`Ledger::settle`].
    #[error("write-off {id} is not accepted for its code's status: write-off {by} of the same code explains it")]
    Explained {
        /// What was to be settled.
        id: WriteOffId,
        /// What explains it.
        by: WriteOffId,
    },
    /// A write-off of the same code was accepted a moment ago: what the cashier has seen of the code is from before it. See [`JUST_ACCEPTED`].
    #[error("write-off {0} of the same code was accepted a moment ago")]
    JustAccepted(WriteOffId),
    /// The till has an open shift, which is to be closed first.
    #[error("shift {0} is still open at this till: close it first")]
    ShiftOpen(ShiftId),
    /// The till has no open shift.
    #[error("no shift is open at this till")]
    NoShift,
    /// A shift is somebody's.
    #[error("a shift needs the name of its cashier")]
    NoCashier,
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
    /// What lay at its place when it was opened.
    anchor: Anchor,
    /// Held for as long as the ledger is open, where it is open to write off.
    claim: Option<Claim>,
    /// The last row whose acceptance says nothing of its code any more; 0 but in practice. See [`Ledger::deal_anew`].
    dealt_anew_after: i64,
}

impl Ledger {
    /// Opens the ledger at `path` to write off: made if it is not there, and brought to the present schema. It is not read through, which
    /// would take seconds where it is long; but each way by which rows are written and found is gone once, so that damage there shows
    /// now and not at the first press.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Newer`], [`Error::Unreachable`] or, where another program keeps it locked, [`Error::Failed`]; in each case the
    /// file is left as it is.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let ledger = Self::open_unprobed(path)?;
        ledger.probe()?;
        Ok(ledger)
    }

    fn open_unprobed(path: &Path) -> Result<Self, Error> {
        be_whole(path)?;
        make_if_missing(path)?;
        for ending in [""].into_iter().chain(COMPANIONS) {
            private::narrow(&beside(path, ending)); // SQLite gives new companions the rights of the file
        }
        let mut anchor = Anchor::default();
        anchor.add(path); // before SQLite opens it: what is replaced in between is noticed then
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|e| at_opening(path, e))?;
        if version_of(&connection).map_err(|e| at_opening(path, e))? == 0 {
            return Err(no_ledger(path)); // another program's file, which is not to become ours: a ledger has its schema from its beginning
        }
        bring_up(&mut connection, path)?;
        be_logged(&connection, path)?;
        // SQLite goes by the file's true name where `path` is a link.
        anchor.add_companions(connection.path().map_or(path, Path::new));
        Ok(Self { connection, path: path.to_owned(), anchor, claim: None, dealt_anew_after: 0 })
    }

    /// Practice begins: its coupons are dealt anew, under the same codes as before. What was accepted until now says nothing of them.
    /// (Two programs that practise at once each have coupons of their own under these codes; where that comes in the way, it is practice.)
    ///
    /// # Errors
    /// The file could not be read.
    pub fn deal_anew(&mut self) -> Result<(), Error> {
        let last = self.connection.query_row(LAST_NUMBER, [], |row| row.get(0)).optional();
        self.dealt_anew_after = last.map_err(|e| self.failed(e))?.unwrap_or(0);
        Ok(())
    }

    /// Holds `claim` until the ledger is closed.
    pub fn keep(&mut self, claim: Claim) {
        self.anchor.add(&claim.lock_file());
        self.claim = Some(claim);
    }

    /// Looks once at the table and at each index, as recording, closing and listing will.
    fn probe(&self) -> Result<(), Error> {
        let looking = || {
            for sql in PROBES {
                self.connection.prepare(sql)?.query_row([], |row| row.get::<_, Option<i64>>(0)).optional()?;
            }
            Ok(())
        };
        looking().map_err(|e| self.failed(e))
    }

    /// # Errors
    /// [`Error::Displaced`] where what is written now would not be found again.
    fn be_in_place(&self) -> Result<(), Error> {
        if self.anchor.holds() { Ok(()) } else { Err(Error::Displaced { path: self.path.clone() }) }
    }

    /// Opens the ledger at `path` to be read; `None` where nothing was ever written off there. It is recovered and brought up to date first where that is
    /// needed. Where nothing may be written – a copy on a read-only disk – it is read as it is.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_to_read(path: &Path) -> Result<Option<Self>, Error> {
        be_whole(path)?;
        match path.try_exists() {
            Ok(false) => return Ok(None),
            Ok(true) => {}
            Err(source) => return Err(Error::Unreachable { path: path.to_owned(), source: source.into() }),
        }
        // A WAL may have to be recovered and a schema be brought up first.
        match Self::open_unprobed(path) {
            Err(unreachable @ Error::Unreachable { .. }) => match Self::open_as_it_is(path) {
                Err(Error::Unreachable { .. }) => Err(unreachable),
                opened => opened.map(Some),
            },
            opened => opened.map(Some),
        }
    }

    /// Opens the file at `path`, a backup or what may be one, to look at: nothing in it or about it is altered.
    ///
    /// # Errors
    /// As [`Ledger::open`]; [`Error::Unreachable`] too where there is no file.
    pub fn open_to_look_at(path: &Path) -> Result<Self, Error> {
        be_whole(path)?;
        Self::open_as_it_is(path)
    }

    /// Opens the ledger at `path` as it is: neither recovered nor brought to the present schema, nor its mode narrowed.
    fn open_as_it_is(path: &Path) -> Result<Self, Error> {
        let (connection, version) = read_only(path).map_err(|e| at_opening(path, e))?;
        match usize::try_from(version) {
            Ok(0) => Err(no_ledger(path)),
            Ok(version) if version == STEPS.len() => Ok(Self::still(connection, path)),
            Ok(version) if version > STEPS.len() => Err(Error::Newer { path: path.to_owned() }),
            _ => {
                let source =
                    "it was written by an older version of hexiao, and must be brought up to date first".into();
                Err(Error::Unreachable { path: path.to_owned(), source })
            }
        }
    }

    /// A ledger that is only read.
    fn still(connection: Connection, path: &Path) -> Self {
        Self { connection, path: path.to_owned(), anchor: Anchor::default(), claim: None, dealt_anew_after: 0 }
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

    /// Writes an intent down, in the open shift of `till` and under its cashier's name; where no shift is open, under `cashier`'s. When this
    /// returns it is on disk. In one statement it makes sure that no program at this ledger has an unsettled
    /// write-off of the same code, nor had one accepted within [`JUST_ACCEPTED`].
    ///
    /// # Errors
    /// [`Error::InDoubt`], [`Error::JustAccepted`], [`Error::Displaced`], or the write failed. Nothing may be sent.
    pub fn record(&mut self, till: &str, cashier: &str, intent: &Intent) -> Result<WriteOffId, Error> {
        let code = intent.code.as_str();
        let recording = || {
            let mut statement = self.connection.prepare_cached(RECORD)?;
            let values = params![
                till,
                cashier,
                code,
                intent.card_id.as_ref().map(CardId::as_str),
                intent.title,
                intent.openid,
                intent.intended_at.as_millisecond(),
                accepted_since(intent),
                intent.face_value.as_ref().map(FaceValue::kind),
                intent.face_value.as_ref().and_then(FaceValue::cash).map(|fen| fen.0),
            ];
            // Run to its end, which is the commit. (A row asked for with `RETURNING` comes before the commit, and whoever then lets go of the
            // statement never hears that the commit has failed.)
            Ok((statement.execute(values)? == 1).then(|| self.connection.last_insert_rowid()))
        };
        self.be_in_place()?;
        let recorded = recording().map_err(|e| self.failed(e))?;
        self.be_in_place()?; // it may have gone meanwhile: what was written is then an open row that was never sent
        match recorded {
            Some(id) => Ok(WriteOffId(id)),
            None => Err(self.hindrance(intent)?),
        }
    }

    /// Why an intent was not recorded.
    fn hindrance(&self, intent: &Intent) -> Result<Error, Error> {
        let asking = || {
            let values =
                params![intent.code.as_str(), intent.card_id.as_ref().map(CardId::as_str), accepted_since(intent)];
            self.connection.prepare_cached(HINDRANCE)?.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))
        };
        let (id, is_accepted) = asking().map_err(|e| self.failed(e))?;
        Ok(if is_accepted { Error::JustAccepted(WriteOffId(id)) } else { Error::InDoubt(WriteOffId(id)) })
    }

    /// Writes down what became of a write-off. Like the desk's knowledge, it only ever moves up: open, unknown, rejected, accepted.
    ///
    /// # Errors
    /// [`Error::NotOpen`]; [`Error::Missing`], or the write failed, and is to be tried again. So it is after [`Error::Displaced`]: the outcome was written beside
    /// its intent, wherever that is now, and counts once the ledger is back in its place.
    pub fn close(
        &mut self,
        id: WriteOffId,
        outcome: &Outcome,
        sent_at: Option<Timestamp>,
        outcome_at: Timestamp,
    ) -> Result<(), Error> {
        let closing = || {
            let mut statement = self.connection.prepare_cached(CLOSE)?;
            statement.execute(named_params! {
                ":id": id.0,
                ":stage": outcome.word(),
                ":errcode": outcome.errcode(),
                ":message": plain::line(outcome.message(), MESSAGE_CHARS_MAX),
                ":outcome_at": outcome_at.as_millisecond(),
                ":sent_at": sent_at.map(Timestamp::as_millisecond),
            })
        };
        let changed = closing().map_err(|e| self.failed(e))?;
        if changed == 1 {
            return self.be_in_place();
        }
        let looking = || {
            let stage = self.connection.prepare_cached(STAGE_OF)?.query_row([id.0], |row| row.get::<_, String>(0));
            stage.optional()
        };
        Err(match looking().map_err(|e| self.failed(e))? {
            Some(_) => Error::NotOpen(id),
            None => Error::Missing(id),
        })
    }

    /// Writes down what a code's status says of a write-off without an answer. «Consumed» has it accepted only where the ledger does not
    /// know better: no two rows are accepted for one code by one consume.
    ///
    /// Whatever explains the status was accepted before this row was recorded, since a code is not recorded while a row of it is
    /// unsettled. So it is told by the order of their numbers, without any clock, and cannot come about between the look and the write.
    ///
    /// # Errors
    /// [`Error::Explained`]: nothing was written. Otherwise as [`Self::close`].
    pub fn settle(
        &mut self,
        id: WriteOffId,
        outcome: &Outcome,
        sent_at: Option<Timestamp>,
        outcome_at: Timestamp,
    ) -> Result<(), Error> {
        if matches!(outcome, Outcome::Accepted { .. })
            && let Some(by) = self.explanation(id)?
        {
            return Err(Error::Explained { id, by });
        }
        self.close(id, outcome, sent_at, outcome_at)
    }

    /// The write-off by which the code of write-off `id` was consumed before that was recorded.
    fn explanation(&self, id: WriteOffId) -> Result<Option<WriteOffId>, Error> {
        let looking = || {
            let mut statement = self.connection.prepare_cached(EXPLANATION)?;
            statement.query_row([id.0, self.dealt_anew_after], |row| row.get(0).map(WriteOffId)).optional()
        };
        looking().map_err(|e| self.failed(e))
    }

    /// The latest accepted write-off of `code`, for the same card or where a card is not known. Of practice, only what was accepted since its coupons
    /// were dealt ([`Ledger::deal_anew`]).
    ///
    /// # Errors
    /// The file could not be read.
    pub fn last_accepted(&self, code: &Code, card_id: Option<&CardId>) -> Result<Option<WriteOff>, Error> {
        let values = params![code.as_str(), card_id.map(CardId::as_str), self.dealt_anew_after];
        Ok(self.select(LAST_ACCEPTED, values)?.pop())
    }

    /// Write-offs without a final outcome, oldest first.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn unsettled(&self) -> Result<Vec<WriteOff>, Error> {
        self.select(UNSETTLED, [])
    }

    /// The latest `count` write-offs, newest first.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn recent(&self, count: usize) -> Result<Vec<WriteOff>, Error> {
        self.select(RECENT, [i64::try_from(count).unwrap_or(i64::MAX)])
    }

    /// Hands every write-off intended at `since` or later to `each`, oldest first, one at a time: the ledger may be longer than memory.
    ///
    /// # Errors
    /// The file could not be read, or what `each` says.
    pub fn for_each_since<E: From<Error>>(
        &self,
        since: Option<Timestamp>,
        each: impl FnMut(WriteOff) -> Result<(), E>,
    ) -> Result<(), E> {
        let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
        let few = since > i64::MIN && self.rows_since(since, SORTED_MAX)? < SORTED_MAX;
        self.for_each(if few { FEW_SINCE } else { MANY_SINCE }, [since], each)
    }

    /// Hands every write-off whose code begins with `beginning` and that was intended at `since` or later to `each`, oldest first.
    ///
    /// # Errors
    /// As [`Self::for_each_since`].
    pub fn for_each_of_code<E: From<Error>>(
        &self,
        beginning: &str,
        since: Option<Timestamp>,
        each: impl FnMut(WriteOff) -> Result<(), E>,
    ) -> Result<(), E> {
        let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
        // Texts are compared byte by byte: nothing that begins so comes after this.
        let end = format!("{beginning}{}", char::MAX);
        self.for_each(OF_CODE, params![beginning, end, since], each)
    }

    fn for_each<E: From<Error>>(
        &self,
        rest: &str,
        values: impl rusqlite::Params,
        mut each: impl FnMut(WriteOff) -> Result<(), E>,
    ) -> Result<(), E> {
        let query = format!("SELECT {COLUMNS} FROM write_off {rest}");
        let mut statement = self.connection.prepare_cached(&query).map_err(|e| self.failed(e))?;
        let mut rows = statement.query(values).map_err(|e| self.failed(e))?;
        while let Some(row) = rows.next().map_err(|e| self.failed(e))? {
            each(self.row(row)?)?;
        }
        Ok(())
    }

    /// How many rows were intended at `since` or later, counted up to `most`.
    fn rows_since(&self, since: i64, most: i64) -> Result<i64, Error> {
        let counting = || {
            let mut statement = self.connection.prepare_cached(COUNT_SINCE)?;
            statement.query_row([since, most], |row| row.get(0))
        };
        counting().map_err(|e| self.failed(e))
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
        Ok(self.recent(1)?.is_empty())
    }

    fn select(&self, rest: &str, values: impl rusqlite::Params) -> Result<Vec<WriteOff>, Error> {
        let mut read = Vec::new();
        self.for_each(rest, values, |row| {
            read.push(row);
            Ok::<(), Error>(())
        })?;
        Ok(read)
    }
}

/// An accepted write-off of the same code hinders an intent if its outcome came after this, in Unix milliseconds: within [`JUST_ACCEPTED`]
/// before the intent, or after it, where the clock was set back.
fn accepted_since(intent: &Intent) -> i64 {
    let window = i64::try_from(JUST_ACCEPTED.as_millis()).unwrap_or(i64::MAX);
    intent.intended_at.as_millisecond().saturating_sub(window)
}

/// What SQLite would take for an empty database and begin anew, log and all: a ledger cut off before the length of any database, or gone
/// while its log is still there. None of these is ever left by this program: a ledger comes to its place as a whole, see [`make_if_missing`].
///
/// # Errors
/// [`Error::Damaged`] where it is such a one.
fn be_whole(path: &Path) -> Result<(), Error> {
    let length = |path: &Path| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
    let log = length(&beside(path, "-wal")).unwrap_or(0);
    let why = match length(path) {
        Some(0) => "it is empty",
        Some(length) if length < LENGTH_MIN => "it is cut off",
        None if log > 0 && !path.exists() => "its file is gone, and its log is still there",
        _ => return Ok(()),
    };
    Err(Error::Damaged { path: path.to_owned(), source: why.into() })
}

/// Whether SQLite keeps a log, as [`prepare`] wants it to. Where a disk does not let programs share one it silently goes on without, and promises
/// less.
///
/// # Errors
/// [`Error::Unreachable`] where it does not.
fn be_logged(connection: &Connection, path: &Path) -> Result<(), Error> {
    let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    match mode.map_err(|e| at_opening(path, e))?.as_str() {
        "wal" => Ok(()),
        _ => Err(Error::Unreachable { path: path.to_owned(), source: NO_LOG.into() }),
    }
}

/// Moves a damaged ledger, and what SQLite keeps beside it, into a folder of its own beside it, named with the time. Says which; nothing is
/// deleted, and nothing set aside before is overwritten. This program must not have it open.
///
/// # Errors
/// [`Error::Claimed`] while a program is at work on it; or it could not be moved, and lies where it lay.
pub fn set_aside(path: &Path) -> Result<PathBuf, Error> {
    let _claim = Claim::take_alone(path)?;
    place::set_aside(path).map_err(|source| Error::Unreachable { path: path.to_owned(), source: source.into() })
}

/// Makes a new ledger where there is none: complete, synced, and only then under its name, so that whatever happens no half of one is ever found
/// there.
fn make_if_missing(path: &Path) -> Result<(), Error> {
    let unreachable =
        |source: Box<dyn std::error::Error + Send + Sync>| Error::Unreachable { path: path.to_owned(), source };
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    place::make_folder(folder).map_err(|e| unreachable(e.into()))?;
    let new = tempfile::Builder::new().prefix(".hexiao-").suffix(".part").tempfile_in(folder); // made with mode 0600
    let new = new.map_err(|e| unreachable(e.into()))?.into_temp_path();
    let making = || {
        let mut connection = Connection::open_with_flags(&new, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "journal_mode", "MEMORY")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        MIGRATIONS.to_latest(&mut connection)
    };
    making().map_err(|e| unreachable(e.into()))?;
    match new.persist_noclobber(path) {
        Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()), // another program was quicker
        Err(e) => Err(unreachable(e.error.into())),
        Ok(()) => place::sync_folder_of(path).map_err(|e| unreachable(e.into())),
    }
}

/// Sets a connection up and brings its file to the present schema.
fn bring_up(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    prepare(connection).map_err(|e| at_opening(path, e))?;
    MIGRATIONS.to_latest(connection).map_err(|e| match e {
        rusqlite_migration::Error::MigrationDefinition(_) => Error::Newer { path: path.to_owned() },
        rusqlite_migration::Error::RusqliteError { err, .. } => at_opening(path, err),
        other => Error::Damaged { path: path.to_owned(), source: other.into() },
    })
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
/// it. Where there is no log – a program at work always has one – all is in the file itself, which is then read as one that never changes,
/// and nothing is made beside it.
fn read_only(path: &Path) -> rusqlite::Result<(Connection, i64)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let version = |connection: Connection| version_of(&connection).map(|version| (connection, version));
    let has_log = ["-wal", "-journal"].iter().any(|ending| beside(path, ending).exists());
    let opened = match immutable(path).filter(|_| !has_log) {
        Some(address) => Connection::open_with_flags(address.as_str(), flags | OpenFlags::SQLITE_OPEN_URI),
        None => Connection::open_with_flags(path, flags),
    };
    opened.and_then(version)
}

/// The version of the file's schema: 0 where this program has made none.
fn version_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.busy_timeout(BUSY_PATIENCE)?;
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn no_ledger(path: &Path) -> Error {
    Error::Damaged { path: path.to_owned(), source: "it is a database, but not of hexiao's".into() }
}

/// The address by which SQLite opens a file that never changes.
fn immutable(path: &Path) -> Option<url::Url> {
    let mut address = url::Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
    address.set_query(Some("immutable=1"));
    Some(address)
}

/// Whether it is the file itself that is at fault.
fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// Tells a damaged file from one that cannot be reached.
fn at_opening(path: &Path, error: rusqlite::Error) -> Error {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        _ if is_damage(&error) => Error::Damaged { path, source: error.into() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Failed(error),
        _ => Error::Unreachable { path, source: error.into() },
    }
}

// Each statement names the index that it goes by: chosen by SQLite, which knows nothing of how long the ledger is, a listing of today may well read
// all years. A test holds each to its plan.

/// Writes an intent down in the till's open shift, if there is one, and under its cashier's name, unless the code is in doubt or was accepted a
/// moment ago.
const RECORD: &str =
    "INSERT INTO write_off (till, cashier, code, card_id, title, openid, intended_at, kind, reduce_fen, shift_id)
     SELECT ?1, coalesce((SELECT cashier FROM shift INDEXED BY shift_open WHERE till = ?1 AND closed_at IS NULL), ?2),
       ?3, ?4, ?5, ?6, ?7, ?9, ?10,
       (SELECT id FROM shift INDEXED BY shift_open WHERE till = ?1 AND closed_at IS NULL)
     WHERE NOT EXISTS (SELECT 1 FROM write_off INDEXED BY write_off_by_code WHERE code = ?3
       AND (stage IN ('open', 'unknown')
         OR stage = 'accepted' AND outcome_at > ?8 AND (card_id = ?4 OR card_id IS NULL OR ?4 IS NULL)))";
/// What [`RECORD`] came upon: what is in doubt before what was accepted.
const HINDRANCE: &str = "SELECT id, stage = 'accepted' FROM write_off INDEXED BY write_off_by_code WHERE code = ?1
       AND (stage IN ('open', 'unknown')
         OR stage = 'accepted' AND outcome_at > ?3 AND (card_id = ?2 OR card_id IS NULL OR ?2 IS NULL))
     ORDER BY stage = 'accepted' LIMIT 1";
/// Which accepted write-off of the same code, for the same card or where a card is not known, came before this one.
const EXPLANATION: &str = "SELECT other.id FROM write_off AS this
     JOIN write_off AS other INDEXED BY write_off_by_code ON other.code = this.code
     WHERE this.id = ?1 AND other.id < ?1 AND other.id > ?2 AND other.stage = 'accepted'
       AND (other.card_id = this.card_id OR other.card_id IS NULL OR this.card_id IS NULL)
     ORDER BY other.id LIMIT 1";
/// The latest accepted write-off of a code.
const LAST_ACCEPTED: &str = "INDEXED BY write_off_by_code WHERE code = ?1 AND id > ?3 AND stage = 'accepted'
       AND (card_id = ?2 OR card_id IS NULL OR ?2 IS NULL) ORDER BY id DESC LIMIT 1";
const STAGE_OF: &str = "SELECT stage FROM write_off WHERE id = ?1";
const CLOSE: &str = "UPDATE write_off
     SET stage = :stage, errcode = :errcode, message = :message, outcome_at = :outcome_at, sent_at = coalesce(:sent_at, sent_at),
       doubt = CASE WHEN stage = 'unknown' AND :stage <> 'unknown' THEN message ELSE doubt END,
       doubt_at = CASE WHEN stage = 'unknown' AND :stage <> 'unknown' THEN outcome_at ELSE doubt_at END
     WHERE id = :id AND (stage IN ('open', 'unknown', :stage) OR (stage = 'rejected' AND :stage = 'accepted'))
       AND NOT (stage != 'unknown' AND stage != 'open' AND :stage = 'unknown')";
const UNSETTLED: &str = "INDEXED BY write_off_unsettled WHERE stage IN ('open', 'unknown') ORDER BY id";
const RECENT: &str = "ORDER BY id DESC LIMIT ?1";
/// Found by their time, then put in order. Not in the order of their numbers: a clock that was once wrong would have it read all rows.
const FEW_SINCE: &str = "INDEXED BY write_off_by_time WHERE intended_at >= ?1 ORDER BY id";
/// Read in order, and those before left out: sorting this many would take longer.
const MANY_SINCE: &str = "NOT INDEXED WHERE intended_at >= ?1 ORDER BY id";
/// So many rows are sorted rather than all rows be read.
const SORTED_MAX: i64 = 100_000;
const COUNT_SINCE: &str =
    "SELECT count(*) FROM (SELECT 1 FROM write_off INDEXED BY write_off_by_time WHERE intended_at >= ?1 LIMIT ?2)";
const OF_CODE: &str = "INDEXED BY write_off_by_code WHERE code >= ?1 AND code < ?2 AND intended_at >= ?3 ORDER BY id";

/// The last number that was given to a row; none where no row was ever written.
const LAST_NUMBER: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'write_off'";

/// One step down each tree of the file: rows, the counter of their numbers, codes, times, unsettled rows, rows by shift, open shifts.
const PROBES: [&str; 7] = [
    "SELECT id FROM write_off ORDER BY id DESC LIMIT 1",
    LAST_NUMBER,
    "SELECT id FROM write_off INDEXED BY write_off_by_code WHERE code >= '' LIMIT 1",
    "SELECT max(intended_at) FROM write_off INDEXED BY write_off_by_time",
    "SELECT id FROM write_off INDEXED BY write_off_unsettled WHERE stage IN ('open', 'unknown') LIMIT 1",
    "SELECT max(shift_id) FROM write_off INDEXED BY write_off_by_shift WHERE shift_id IS NOT NULL",
    "SELECT id FROM shift INDEXED BY shift_open WHERE closed_at IS NULL LIMIT 1",
];

const COLUMNS: &str =
    "id, till, cashier, code, card_id, title, openid, intended_at, sent_at, outcome_at, stage, errcode, message,
     kind, reduce_fen, shift_id";

fn write_off(row: &Row<'_>) -> rusqlite::Result<WriteOff> {
    /// A value that no version of this program has written.
    fn foreign<E: std::error::Error + Send + Sync + 'static>(column: usize) -> impl FnOnce(E) -> rusqlite::Error {
        move |e| rusqlite::Error::FromSqlConversionFailure(column, Type::Null, Box::new(e))
    }
    let time = |column| -> rusqlite::Result<Option<Timestamp>> {
        let milliseconds: Option<i64> = row.get(column)?;
        milliseconds.map(|ms| Timestamp::from_millisecond(ms).map_err(foreign(column))).transpose()
    };
    // An older version of the program may have let through what this one does not.
    let words = |column| -> rusqlite::Result<Option<String>> {
        Ok(row.get_ref(column)?.as_str_or_null()?.map(|text| plain::line(text, MESSAGE_CHARS_MAX)))
    };
    let message = || -> rusqlite::Result<String> { Ok(words(12)?.unwrap_or_default()) };
    let face_value = || -> rusqlite::Result<Option<FaceValue>> {
        let (kind, reduce) = (words(13)?, row.get::<_, Option<i64>>(14)?.map(Fen));
        match (kind, reduce) {
            (None, None) => Ok(None),
            (kind, reduce) => {
                let value = kind.and_then(|kind| FaceValue::from_parts(&kind, reduce));
                Ok(Some(value.ok_or(rusqlite::Error::InvalidColumnType(14, "reduce_fen".to_owned(), Type::Integer))?))
            }
        }
    };
    let card_id: Option<String> = row.get(4)?;
    let outcome = match row.get_ref(10)?.as_str()? {
        "accepted" => Some(Outcome::Accepted { message: message()? }),
        "rejected" => Some(Outcome::Rejected { errcode: row.get(11)?, message: message()? }),
        "unknown" => Some(Outcome::Unknown { errcode: row.get(11)?, message: message()? }),
        "open" => None,
        _ => return Err(rusqlite::Error::InvalidColumnType(10, "stage".to_owned(), Type::Text)),
    };
    Ok(WriteOff {
        id: WriteOffId(row.get(0)?),
        till: words(1)?.unwrap_or_default(),
        cashier: words(2)?.unwrap_or_default(),
        shift: row.get::<_, Option<i64>>(15)?.map(ShiftId),
        intent: Intent {
            code: Code::try_from(row.get::<_, String>(3)?).map_err(foreign(3))?,
            card_id: card_id.map(CardId::try_from).transpose().map_err(foreign(4))?,
            title: words(5)?,
            openid: words(6)?,
            face_value: face_value()?,
            intended_at: time(7)?.ok_or(rusqlite::Error::InvalidColumnType(7, "intended_at".to_owned(), Type::Null))?,
        },
        sent_at: time(8)?,
        outcome_at: time(9)?,
        outcome,
    })
}
