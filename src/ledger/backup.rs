//! A copy of the ledger while programs write on into it, and the way back.
//!
//! The copy is made page by page through SQLite's backup interface, inside one read transaction: it is the ledger of one moment, in WAL mode no writer
//! waits for it, and it is as long as the ledger, 5 million rows in seconds. (`VACUUM INTO` would build every tree anew, slower and without
//! a word on how far it is; what it saves, a ledger that never deletes does not have.) It is made beside its place under another
//! name, checked from end to end, synced, and renamed: a half or a damaged copy never has the final name. Unlike the ledger it is one file, not in WAL mode, so
//! it can be read from a disk that is read-only.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use tempfile::TempPath;

use super::place::{self, COMPANIONS, FileId, beside};
use super::{Claim, Error, Ledger, be_whole, claim, is_damage, prepare, read_only};

/// Pages copied between two words on how far it is: 4 MiB.
const PAGES_A_STEP: i32 = 1024;

/// A copy that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// Rows in it.
    pub write_offs: u64,
    /// Its length.
    pub bytes: u64,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something lies in its place.
    #[error("{path} exists: name another file, or overwrite it with --force")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// What lies beside the place would be taken for the copy's log.
    #[error("{path} would be taken for a part of the copy: name another file, or remove that one")]
    Beside {
        /// The file.
        path: PathBuf,
    },
    /// The place is the ledger's own.
    #[error("{path} is the ledger itself, or belongs to it: name another file")]
    Itself {
        /// The file.
        path: PathBuf,
    },
    /// The place, or its folder, cannot be written.
    #[error("{path} cannot be written: check that its folder exists, may be written to, and has room")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was to be copied is damaged. No copy was kept: it would be taken for a good one.
    #[error("{path} is damaged, so no copy of it was kept: run `hexiao ledger check`")]
    Damaged {
        /// What was to be copied.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is nothing to copy.
    #[error("{path} is no ledger of hexiao's, or an empty one")]
    NoLedger {
        /// The file.
        path: PathBuf,
    },
    /// The ledger could not be read or moved.
    #[error(transparent)]
    Ledger(#[from] Error),
}

/// Copies `ledger` to `to`, for its owner alone; `overwrite` takes the place of what lies there. `progress` is told how many pages of how
/// many are done.
///
/// # Errors
/// See [`CopyError`]; what lay at `to` is then as it was.
pub fn backup(
    ledger: &Ledger,
    to: &Path,
    overwrite: bool,
    progress: impl FnMut(u64, u64),
) -> Result<Copied, CopyError> {
    let mut own = ["", "-wal", "-shm"].map(|ending| beside(&ledger.path, ending)).to_vec();
    own.push(claim::lock_file(&ledger.path));
    let at = FileId::of(to);
    if own.iter().any(|own| own == to || (at.is_some() && FileId::of(own) == at)) {
        return Err(CopyError::Itself { path: to.to_owned() });
    }
    // A log that lies beside the place would be taken for the copy's.
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    if !overwrite && is_there(to) {
        return Err(CopyError::Exists { path: to.to_owned() });
    }
    if let Some(path) = ["-wal", "-journal"].map(|ending| beside(to, ending)).into_iter().find(|path| is_there(path)) {
        return Err(CopyError::Beside { path });
    }
    let (copy, copied) = copy_beside(&ledger.connection, &ledger.path, to, progress)?;
    let write = |e: io::Error| CopyError::Write { path: to.to_owned(), source: e.into() };
    let put = if overwrite { copy.persist(to) } else { copy.persist_noclobber(to) };
    put.map_err(|e| match e.error.kind() {
        io::ErrorKind::AlreadyExists => CopyError::Exists { path: to.to_owned() },
        _ => write(e.error),
    })?;
    place::sync_folder_of(to).map_err(write)?;
    Ok(copied)
}

/// Puts the copy at `from` in the place of the ledger at `path`. The ledger that lay there, if any, is moved into a folder beside it; says which.
///
/// # Errors
/// [`Error::Claimed`] while a program is at work on the ledger; otherwise see [`CopyError`]. The ledger is then as it was.
pub fn restore(
    path: &Path,
    from: &Path,
    progress: impl FnMut(u64, u64),
) -> Result<(Copied, Option<PathBuf>), CopyError> {
    let _claim = Claim::take_alone(path)?;
    if FileId::of(from).is_some_and(|id| FileId::of(path) == Some(id)) {
        return Err(CopyError::Itself { path: from.to_owned() });
    }
    let (source, version) = read_only(from).map_err(|e| unreadable(from, e))?;
    match usize::try_from(version) {
        Ok(1..) if version <= super::STEPS.len() as i64 => {}
        Ok(1..) => return Err(Error::Newer { path: from.to_owned() }.into()),
        _ => return Err(CopyError::NoLedger { path: from.to_owned() }),
    }
    let (copy, copied) = copy_beside(&source, from, path, progress)?;
    let write = |e: io::Error| CopyError::Write { path: path.to_owned(), source: e.into() };
    // A log without its ledger must not stay either: the next to open the ledger would lay it over the copy.
    if [""].into_iter().chain(COMPANIONS).any(|ending| beside(path, ending).symlink_metadata().is_ok()) {
        empty_log(path);
        return Ok((copied, Some(place::replace(path, copy).map_err(write)?)));
    }
    copy.persist_noclobber(path).map_err(|e| write(e.error))?;
    place::sync_folder_of(path).map_err(write)?;
    Ok((copied, None))
}

/// Brings what is in the log of the ledger at `path` into its file, so that the file alone is the whole of it while it is replaced. Where it
/// cannot be opened its log says nothing to anybody.
fn empty_log(path: &Path) {
    if !path.exists() || !beside(path, "-wal").exists() || be_whole(path).is_err() {
        return;
    }
    let emptying = || -> rusqlite::Result<()> {
        let connection = writable(path)?;
        prepare(&connection)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    };
    if let Err(error) = emptying() {
        tracing::warn!("the log of the ledger that is replaced could not be brought into its file: {error}");
    }
}

/// A checked copy of what `source` holds, in the folder of `to`, for `to` to be its name. Deleted on drop.
fn copy_beside(
    source: &Connection,
    source_path: &Path,
    to: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<(TempPath, Copied), CopyError> {
    let write = |source: Box<dyn std::error::Error + Send + Sync>| CopyError::Write { path: to.to_owned(), source };
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let copy = tempfile::Builder::new().prefix(".hexiao-").suffix(".part").tempfile_in(folder); // made with mode 0600
    let copy = copy.map_err(|e| write(e.into()))?.into_temp_path(); // closed before SQLite opens it, for its locks
    let opening = || -> rusqlite::Result<Connection> {
        let target = writable(&copy)?;
        target.pragma_update(None, "synchronous", "OFF")?; // synced at the end, as a whole
        target.pragma_update(None, "journal_mode", "MEMORY")?;
        Ok(target)
    };
    let mut target = opening().map_err(|e| write(e.into()))?;
    let mut copying = || -> rusqlite::Result<()> {
        let moment = source.unchecked_transaction()?;
        moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?; // from now on one moment's state
        let copying = Backup::new(source, &mut target)?;
        loop {
            let step = copying.step(PAGES_A_STEP)?;
            let at = copying.progress();
            let of = u64::from(at.pagecount.unsigned_abs());
            progress(of.saturating_sub(u64::from(at.remaining.unsigned_abs())), of);
            match step {
                StepResult::Done => return Ok(()),
                StepResult::More => {}
                // Nobody else knows the target, and what is read needs no lock: it would be the disk's fault.
                _ => return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(BUSY), None)),
            }
        }
    };
    copying().map_err(|e| if is_of_writing(&e) { write(e.into()) } else { unreadable(source_path, e) })?;
    drop(target);
    let checking = || -> rusqlite::Result<u64> {
        let target = writable(&copy)?;
        target.pragma_update(None, "journal_mode", "DELETE")?;
        let found: String = target.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(CORRUPT), Some(found)));
        }
        let rows: i64 = target.query_row("SELECT count(*) FROM write_off", [], |row| row.get(0))?;
        Ok(rows.unsigned_abs())
    };
    // What is damaged in the copy came from the source; that it cannot be read is its own disk's fault.
    let write_offs =
        checking().map_err(|e| if is_damage(&e) { unreadable(source_path, e) } else { write(e.into()) })?;
    let file = OpenOptions::new().read(true).write(true).open(&copy).map_err(|e| write(e.into()))?;
    file.sync_all().map_err(|e| write(e.into()))?;
    let bytes = file.metadata().map_err(|e| write(e.into()))?.len();
    Ok((copy, Copied { write_offs, bytes }))
}

/// Whether what failed while pages were copied was to write them, and not to read them.
fn is_of_writing(error: &rusqlite::Error) -> bool {
    let writing = [
        rusqlite::ffi::SQLITE_IOERR_WRITE,
        rusqlite::ffi::SQLITE_IOERR_FSYNC,
        rusqlite::ffi::SQLITE_IOERR_TRUNCATE,
        rusqlite::ffi::SQLITE_FULL,
        rusqlite::ffi::SQLITE_READONLY,
    ];
    error.sqlite_error().is_some_and(|error| writing.contains(&error.extended_code))
}

const BUSY: i32 = rusqlite::ffi::SQLITE_BUSY;
const CORRUPT: i32 = rusqlite::ffi::SQLITE_CORRUPT;

fn writable(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn unreadable(path: &Path, error: rusqlite::Error) -> CopyError {
    let path = path.to_owned();
    if is_damage(&error) {
        CopyError::Damaged { path, source: error.into() }
    } else {
        CopyError::Ledger(Error::Unreachable { path, source: error.into() })
    }
}
