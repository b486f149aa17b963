//! Ledgers in SQLite's own memory file system, with faults on demand: for a simulation.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::place::Anchor;
use super::{Error, Ledger, bring_up};
use crate::write_off::WriteOff;

impl Ledger {
    /// Opens the ledger called `name`, which all connections of this process share for as long as one of them is open.
    pub(crate) fn in_memory(name: &str) -> Result<Self, Error> {
        let address = format!("file:/{name}?vfs=memdb");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&address, flags).map_err(Error::Failed)?;
        bring_up(&mut connection, Path::new(&address))?;
        Ok(Self { connection, path: address.into(), anchor: Anchor::default(), claim: None, dealt_anew_after: 0 })
    }

    /// Lets go of what belonged to the program that had it open: the next one may have it. Opening takes longer than most of a history.
    pub(crate) fn let_go(&mut self) {
        self.claim = None;
        self.anchor = Anchor::default();
    }

    /// Every row, by its number.
    pub(crate) fn all(&self) -> Result<Vec<WriteOff>, Error> {
        self.select("ORDER BY id", [])
    }

    /// Makes it a ledger into which nothing was ever written.
    pub(crate) fn empty(&self) -> Result<(), Error> {
        self.run("DELETE FROM write_off; DELETE FROM shift; DELETE FROM sqlite_sequence")
    }

    /// From now on SQLite refuses to write through this connection, as on a full disk; or no longer.
    pub(crate) fn refuse_writes(&self, refuse: bool) -> Result<(), Error> {
        self.connection.pragma_update(None, "query_only", refuse).map_err(Error::Failed)
    }

    /// A ledger called `name` of which nothing can be read.
    pub(crate) fn unreadable(name: &str) -> Result<Self, Error> {
        let unreadable = Self::in_memory(name)?;
        unreadable.run("DROP TABLE IF EXISTS write_off")?;
        Ok(unreadable)
    }

    /// From now on what is read and written is the file that `other` has open, and the other way round.
    pub(crate) fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.connection, &mut other.connection);
    }

    fn run(&self, sql: &str) -> Result<(), Error> {
        self.connection.execute_batch(sql).map_err(Error::Failed)
    }
}
