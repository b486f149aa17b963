//! Shifts: who is at a till from when to when. Each is a row of its own, so that a power failure in the middle of one loses nothing: it is
//! still open when the till comes back.
//!
//! To which shift a write-off belongs is decided in the very statement that writes its intent down (see [`Ledger::record`]), whoever opened
//! the shift: the window, the command line, or another program at the same ledger under the same till's name.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Error, Ledger};
use crate::plain;
use crate::write_off::{Shift, ShiftId, WriteOff, WriteOffId};

/// Longest name of a cashier, in characters.
pub const CASHIER_CHARS_MAX: usize = 64;

const SHIFT_COLUMNS: &str = "id, till, cashier, opened_at, closed_at";
/// Opens one, unless the till has one that is open.
pub(super) const OPEN_SHIFT: &str = "INSERT INTO shift (till, cashier, opened_at) SELECT ?1, ?2, ?3
     WHERE NOT EXISTS (SELECT 1 FROM shift INDEXED BY shift_open WHERE till = ?1 AND closed_at IS NULL)";
pub(super) const CLOSE_SHIFT: &str = "UPDATE shift SET closed_at = ?2 WHERE id = ?1 AND closed_at IS NULL";
pub(super) const SHIFT_OF_TILL: &str = "INDEXED BY shift_open WHERE till = ?1 AND closed_at IS NULL";
const SHIFT_BY_ID: &str = "WHERE id = ?1";
const SHIFTS_BELOW: &str = "WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
pub(super) const OF_SHIFT: &str = "INDEXED BY write_off_by_shift WHERE shift_id = ?1 ORDER BY id";
const BOOKED_AS: &str = "SELECT cashier, shift_id FROM write_off WHERE id = ?1";

impl Ledger {
    /// Opens a shift of `cashier` at `till`. When this returns it is on disk.
    ///
    /// # Errors
    /// [`Error::ShiftOpen`] where the till has one, [`Error::NoCashier`] where the name is empty, or the write failed.
    pub fn open_shift(&mut self, till: &str, cashier: &str, at: Timestamp) -> Result<Shift, Error> {
        let cashier = plain::line(cashier, CASHIER_CHARS_MAX);
        if cashier.is_empty() {
            return Err(Error::NoCashier);
        }
        self.be_in_place()?;
        let opening = || {
            let opened = self.connection.execute(OPEN_SHIFT, params![till, cashier, at.as_millisecond()])?;
            Ok((opened == 1).then(|| self.connection.last_insert_rowid()))
        };
        match opening().map_err(|e| self.failed(e))? {
            Some(id) => self.shift(ShiftId(id))?.ok_or(Error::NoShift),
            None => Err(self.open_shift_of(till)?.map_or(Error::NoShift, |shift| Error::ShiftOpen(shift.id))),
        }
    }

    /// Closes the open shift of `till`. When this returns that is on disk.
    ///
    /// # Errors
    /// [`Error::NoShift`] where none is open, or the write failed.
    pub fn close_shift(&mut self, till: &str, at: Timestamp) -> Result<Shift, Error> {
        let shift = self.open_shift_of(till)?.ok_or(Error::NoShift)?;
        self.be_in_place()?;
        let closed = self.connection.execute(CLOSE_SHIFT, params![shift.id.0, at.as_millisecond()]);
        match closed.map_err(|e| self.failed(e))? {
            1 => self.shift(shift.id)?.ok_or(Error::NoShift),
            _ => Err(Error::NoShift), // another program was quicker
        }
    }

    /// The shift that is open at `till`.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn open_shift_of(&self, till: &str) -> Result<Option<Shift>, Error> {
        Ok(self.select_shifts(SHIFT_OF_TILL, [till])?.pop())
    }

    /// The shift of this number.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn shift(&self, id: ShiftId) -> Result<Option<Shift>, Error> {
        Ok(self.select_shifts(SHIFT_BY_ID, [id.0])?.pop())
    }

    /// At most `count` shifts from before shift `below`, or the latest ones; newest first.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn shifts(&self, below: Option<ShiftId>, count: usize) -> Result<Vec<Shift>, Error> {
        let below = below.map_or(i64::MAX, |id| id.0);
        self.select_shifts(SHIFTS_BELOW, params![below, i64::try_from(count).unwrap_or(i64::MAX)])
    }

    /// Hands every write-off that was pressed in the shift to `each`, oldest first.
    ///
    /// # Errors
    /// The file could not be read, or what `each` says.
    pub fn for_each_of_shift<E: From<Error>>(
        &self,
        id: ShiftId,
        each: impl FnMut(WriteOff) -> Result<(), E>,
    ) -> Result<(), E> {
        self.for_each(OF_SHIFT, [id.0], each)
    }

    /// Under which cashier and in which shift a write-off was written down.
    ///
    /// # Errors
    /// [`Error::Missing`], or the file could not be read.
    pub fn booked_as(&self, id: WriteOffId) -> Result<(String, Option<ShiftId>), Error> {
        let reading = || {
            let mut statement = self.connection.prepare_cached(BOOKED_AS)?;
            let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(ShiftId)));
            statement.query_row([id.0], read).optional()
        };
        reading().map_err(|e| self.failed(e))?.ok_or(Error::Missing(id))
    }

    fn select_shifts(&self, rest: &str, values: impl rusqlite::Params) -> Result<Vec<Shift>, Error> {
        let reading = || -> rusqlite::Result<Vec<Shift>> {
            let sql = format!("SELECT {SHIFT_COLUMNS} FROM shift {rest}");
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement.query_map(values, shift_of)?.collect()
        };
        reading().map_err(|e| match e {
            foreign @ (rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)) => {
                Error::Damaged { path: self.path.clone(), source: foreign.into() }
            }
            other => self.failed(other),
        })
    }
}

/// Reads a row of the shifts' columns.
pub(super) fn shift_of(row: &Row<'_>) -> rusqlite::Result<Shift> {
    let time = |column: usize, ms: i64| {
        Timestamp::from_millisecond(ms)
            .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Integer, Box::new(e)))
    };
    let words = |column| -> rusqlite::Result<String> {
        Ok(plain::line(&row.get::<_, String>(column)?, super::MESSAGE_CHARS_MAX))
    };
    Ok(Shift {
        id: ShiftId(row.get(0)?),
        till: words(1)?,
        cashier: words(2)?,
        opened_at: time(3, row.get(3)?)?,
        closed_at: row.get::<_, Option<i64>>(4)?.map(|ms| time(4, ms)).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::coupon::Fen;
    use crate::ledger::schema::{MIGRATIONS, STEPS};
    use crate::write_off::{FaceValue, Intent, Outcome};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn intent(code: &str) -> Intent {
        Intent {
            code: Code::parse(code).expect("a code"),
            card_id: None,
            title: None,
            openid: None,
            face_value: Some(FaceValue::Cash(Fen(2050))),
            intended_at: at("2026-11-24T10:00:00Z"),
        }
    }

    fn faults(ledger: &Ledger) -> Vec<String> {
        let checked = ledger.check(at("2026-11-25T10:00:00Z"), |_, _| ()).expect("checked");
        checked.findings.into_iter().map(|finding| finding.sentence).collect()
    }

    #[test]
    fn a_write_off_is_in_the_shift_that_was_open_at_its_press_under_that_cashiers_name_whoever_opened_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.db");
        let (mut till, mut other) = (Ledger::open(&file).expect("opened"), Ledger::open(&file).expect("opened"));
        let now = at("2026-11-24T10:00:00Z");
        let before = till.record("till 1", "Li", &intent("1")).expect("recorded");
        let shift = other.open_shift("till 1", " Wang\n", now).expect("opened");
        assert_eq!((shift.id, shift.cashier.as_str(), shift.closed_at), (ShiftId(1), "Wang", None));
        let pressed = till.record("till 1", "Li", &intent("2")).expect("recorded");
        let elsewhere = till.record("till 2", "Li", &intent("3")).expect("recorded");
        let closed = other.close_shift("till 1", now).expect("closed");
        assert_eq!(closed.closed_at, Some(now));
        let after = till.record("till 1", "Li", &intent("4")).expect("recorded");
        // Settled when its shift is over: it stays where it was pressed.
        till.close(pressed, &Outcome::Accepted { message: String::new() }, None, now).expect("closed");
        let booked = [before, pressed, elsewhere, after].map(|id| till.booked_as(id).expect("there"));
        let li = || ("Li".to_owned(), None);
        assert_eq!(booked, [li(), ("Wang".to_owned(), Some(ShiftId(1))), li(), li()]);
        let mut of_shift = Vec::new();
        let each = |row: WriteOff| {
            of_shift.push((row.id, row.cashier, row.shift, row.intent.face_value));
            Ok::<(), Error>(())
        };
        till.for_each_of_shift(ShiftId(1), each).expect("read");
        let value = Some(FaceValue::Cash(Fen(2050)));
        assert_eq!(of_shift, [(pressed, "Wang".to_owned(), Some(ShiftId(1)), value)]);
        assert_eq!(faults(&till), [""; 0]);
    }

    #[test]
    fn a_till_has_one_open_shift_which_outlives_whoever_opened_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.db");
        let now = at("2026-11-24T10:00:00Z");
        let open = || Ledger::open(&file).expect("opened");
        assert!(matches!(open().close_shift("till 1", now), Err(Error::NoShift)));
        assert!(matches!(open().open_shift("till 1", " \u{202e} ", now), Err(Error::NoCashier)));
        std::mem::forget(open().open_shift("till 1", "Wang", now).expect("opened")); // as a program leaves it that dies
        let told = open().open_shift("till 1", "Li", now);
        assert!(matches!(told, Err(Error::ShiftOpen(ShiftId(1)))), "{told:?}");
        open().open_shift("till 2", "Li", now).expect("another till's");
        let shift = open().open_shift_of("till 1").expect("read").expect("open");
        assert_eq!((shift.id, shift.cashier.as_str()), (ShiftId(1), "Wang"));
        open().close_shift("till 1", now).expect("closed");
        assert!(matches!(open().close_shift("till 1", now), Err(Error::NoShift)));
        assert_eq!(
            open().open_shift("till 1", "Li", now).expect("opened").id,
            ShiftId(3),
            "numbers are never used twice"
        );
        let ids = |below, count| {
            open().shifts(below, count).expect("read").iter().map(|shift| shift.id.0).collect::<Vec<_>>()
        };
        assert_eq!((ids(None, 2), ids(Some(ShiftId(2)), 2)), (vec![3, 2], vec![1]));
    }

    #[test]
    fn a_ledger_of_the_first_version_is_brought_up_and_its_rows_are_worth_what_nobody_recorded() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.db");
        let mut old = rusqlite::Connection::open(&file).expect("made");
        MIGRATIONS.to_version(&mut old, 1).expect("as it was");
        let row = "INSERT INTO write_off (till, cashier, code, title, intended_at, outcome_at, stage, errcode, message)
             VALUES ('till 1', 'Li', '1', '满100减20', 1764000000000, 1764000000100, 'accepted', 0, 'ok')";
        old.execute(row, []).expect("written");
        drop(old);
        assert!(STEPS.len() > 1);
        let mut ledger = Ledger::open(&file).expect("brought up");
        let row = ledger.recent(1).expect("read").remove(0);
        assert_eq!((row.intent.face_value, row.shift), (None, None));
        assert_eq!(ledger.doubt_of(row.id).expect("read"), None);
        ledger.open_shift("till 1", "Li", at("2026-11-24T10:00:00Z")).expect("opened");
        assert_eq!(faults(&ledger), [""; 0]);
    }

    #[test]
    fn what_was_in_doubt_is_kept_when_it_is_settled() {
        let mut ledger = Ledger::in_memory("shifts-doubt").expect("opened");
        let id = ledger.record("till 1", "Li", &intent("1")).expect("recorded");
        let unknown = Outcome::Unknown { errcode: None, message: "no answer".to_owned() };
        let (then, later) = (at("2026-11-24T10:00:05Z"), at("2026-11-24T10:00:40Z"));
        ledger.close(id, &unknown, None, then).expect("closed");
        assert_eq!(ledger.doubt_of(id).expect("read"), None, "it is the row's own outcome as yet");
        ledger.settle(id, &Outcome::Accepted { message: "settled".to_owned() }, None, later).expect("settled");
        let doubt = ledger.doubt_of(id).expect("read").expect("kept");
        assert_eq!((doubt.at, doubt.message.as_str()), (then, "no answer"));
        assert_eq!(faults(&ledger), [""; 0]);
    }

    #[test]
    fn the_check_finds_what_no_shift_leaves() {
        for (number, (damage, told)) in [
            ("DELETE FROM shift WHERE id = 1", "its shift 1 is not there"),
            ("UPDATE shift SET cashier = 'Li' WHERE id = 1", "its shift 1 is another till's or cashier's"),
            ("UPDATE write_off SET till = 'till 2'", "its shift 1 is another till's or cashier's"),
            ("DELETE FROM shift WHERE id = 2", "shifts 2 to 2 are missing"),
            ("UPDATE write_off SET reduce_fen = -1", "no version of hexiao has written"),
            ("UPDATE write_off SET kind = NULL", "no version of hexiao has written"),
            ("UPDATE write_off SET kind = 'GIFT'", "no version of hexiao has written"),
            ("UPDATE write_off SET doubt = 'x'", "half of a doubt"),
            ("UPDATE shift SET closed_at = 0 WHERE id = 1", "closed before it was opened"),
            ("DROP INDEX shift_open; CREATE INDEX shift_open ON shift (till)", "index shift_open is missing or is not"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut ledger = Ledger::in_memory(&format!("shifts-check-{number}")).expect("opened");
            let now = at("2026-11-24T10:00:00Z");
            ledger.open_shift("till 1", "Wang", now).expect("opened");
            ledger.record("till 1", "Li", &intent("1")).expect("recorded");
            for till in ["till 2", "till 3"] {
                ledger.open_shift(till, "Li", now).expect("opened");
            }
            assert_eq!(faults(&ledger), [""; 0]);
            ledger.connection.pragma_update(None, "foreign_keys", false).expect("set");
            ledger.connection.execute_batch(damage).expect(damage);
            let found = faults(&ledger);
            assert!(found.iter().any(|sentence| sentence.contains(told)), "{damage}: {found:?}");
        }
    }
}
