//! Looks a whole ledger through: is the file sound, is all of it ours, and does the course of every write-off make sense?
//!
//! What may be demanded of a row is what [`Ledger::record`] and [`Ledger::close`] can write, and no more. Times are the till's own, and its clock
//! may be set back at any moment, so times in the wrong order are remarked on and never called a fault.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row};

use super::{COLUMNS, Claim, Error, Ledger, MIGRATIONS};
use crate::trouble::chain;
use crate::write_off::WriteOffId;

/// Findings that are told; more are counted.
const FINDINGS_MAX: usize = 1_000;
/// What SQLite lists of a file's damage before it gives up.
const DAMAGES_MAX: i64 = 100;
/// A clock set back by less than this is what keeping time over the network does, and not worth a word.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(2);
/// A row dated further ahead than this was written under a wrong clock.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Shifts read at once.
const SHIFTS_A_PAGE: usize = 1_000;
/// Rows between two words on how far it is.
const ROWS_A_WORD: u64 = 10_000;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// No version of the program leaves a ledger so: the file is damaged, or something else has written into it.
    Fault,
    /// It may be so, and whoever reads the ledger should know.
    Remark,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub grade: Grade,
    /// The row, where it is about one.
    pub id: Option<WriteOffId>,
    /// A sentence, in English.
    pub sentence: String,
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows that were read.
    pub write_offs: u64,
    /// Of these, rows without a final outcome.
    pub unsettled: u64,
    /// Whether some program is at work on this ledger, which settles by itself; `None` where that could not be found out.
    pub at_work: Option<bool>,
    /// What was found, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// Findings beyond these.
    pub left_out: u64,
    faults: u64,
}

impl Checked {
    /// How many faults were found, told or not.
    pub fn faults(&self) -> u64 {
        self.faults
    }

    fn find(&mut self, grade: Grade, id: Option<i64>, sentence: impl Into<String>) {
        self.faults += u64::from(grade == Grade::Fault);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { grade, id: id.map(WriteOffId), sentence: sentence.into() });
        } else {
            self.left_out += 1;
        }
    }

    fn fault(&mut self, id: impl Into<Option<i64>>, sentence: impl Into<String>) {
        self.find(Grade::Fault, id.into(), sentence);
    }

    fn remark(&mut self, id: impl Into<Option<i64>>, sentence: impl Into<String>) {
        self.find(Grade::Remark, id.into(), sentence);
    }
}

impl Ledger {
    /// Looks everything through, as it is at one moment: programs at work go on undisturbed. `progress` is told now and then how many rows
    /// of how many were read. Damage is a finding and no error.
    ///
    /// # Errors
    /// The file could not be read for another reason: it is locked, or its disk has gone.
    pub fn check(&self, now: Timestamp, mut progress: impl FnMut(u64, u64)) -> Result<Checked, Error> {
        let mut checked = Checked { at_work: Claim::is_held(&self.path), ..Checked::default() };
        // One transaction sees one state of the ledger, however long it takes.
        let moment = self.connection.unchecked_transaction().map_err(|e| self.failed(e))?;
        let looked = [
            self.check_structure(&mut checked),
            self.check_schema(&mut checked),
            self.check_rows(&mut checked, now, &mut progress),
            self.check_codes(&mut checked),
            self.check_shifts(&mut checked),
        ];
        drop(moment);
        for error in looked.into_iter().filter_map(Result::err) {
            match error {
                Error::Damaged { source, .. } => checked.fault(None, format!("it is damaged: {}", chain(&*source))),
                other => return Err(other),
            }
        }
        Ok(checked)
    }

    /// What SQLite itself finds: pages, trees, and that each index has exactly the rows of its table.
    fn check_structure(&self, checked: &mut Checked) -> Result<(), Error> {
        let reading = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.connection.prepare(&format!("PRAGMA integrity_check({DAMAGES_MAX})"))?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        for found in reading().map_err(|e| self.failed(e))?.into_iter().filter(|word| word != "ok") {
            checked.fault(None, format!("it is damaged: {found}"));
        }
        Ok(())
    }

    /// Tables, indices and triggers that are missing, or not ours. A foreign trigger could alter every row that is written.
    fn check_schema(&self, checked: &mut Checked) -> Result<(), Error> {
        let expected = || -> rusqlite::Result<_> {
            let mut model = Connection::open_in_memory()?;
            // Nothing can be wrong with steps that this very ledger was opened by.
            MIGRATIONS.to_latest(&mut model).ok();
            parts(&model)
        };
        let (expected, found) =
            (expected().map_err(|e| self.failed(e))?, parts(&self.connection).map_err(|e| self.failed(e))?);
        for (part, _) in expected.difference(&found) {
            checked.fault(None, format!("{part} is missing or is not as hexiao made it"));
        }
        for (part, _) in found.difference(&expected) {
            if !expected.iter().any(|(name, _)| name == part) {
                checked.fault(None, format!("{part} is not hexiao's"));
            }
        }
        Ok(())
    }

    /// Each row by itself, and its number and time against the row before.
    fn check_rows(
        &self,
        checked: &mut Checked,
        now: Timestamp,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<(), Error> {
        let last_number = || -> rusqlite::Result<Option<i64>> {
            let sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'write_off'";
            self.connection.query_row(sql, [], |row| row.get(0))
        };
        let last_number = last_number().map_err(|e| self.failed(e))?.unwrap_or(0);
        let of = last_number.unsigned_abs();
        let query = format!("SELECT {COLUMNS}, doubt IS NOT NULL, doubt_at IS NOT NULL FROM write_off ORDER BY id");
        let mut statement = self.connection.prepare(&query).map_err(|e| self.failed(e))?;
        let mut rows = statement.query([]).map_err(|e| self.failed(e))?;
        let (mut next, mut before) = (1, i64::MIN);
        while let Some(row) = rows.next().map_err(|e| self.failed(e))? {
            let id: i64 = row.get(0).map_err(|e| self.failed(e))?;
            if id > next {
                checked.fault(None, missing(next, id - 1));
            }
            next = id.saturating_add(1);
            checked.write_offs += 1;
            if checked.write_offs.is_multiple_of(ROWS_A_WORD) {
                progress(checked.write_offs, of);
            }
            match self.row(row) {
                Ok(write_off) => checked.unsettled += u64::from(write_off.is_unsettled()),
                Err(Error::Damaged { source, .. }) => {
                    checked.fault(id, chain(&*source));
                    continue;
                }
                Err(other) => return Err(other),
            }
            let course = Course::of(row).map_err(|e| self.failed(e))?;
            if let Some(fault) = course.fault() {
                checked.fault(id, fault);
            }
            if let Some(remark) = course.remark(before, now.as_millisecond()) {
                checked.remark(id, remark);
            }
            before = course.intended_at;
        }
        if next <= last_number {
            checked.fault(None, missing(next, last_number));
        } else if next > 1 && last_number < next - 1 {
            checked.fault(None, format!("the counter of numbers stands at {last_number}, below the last number"));
        }
        Ok(())
    }

    /// Codes that were written off twice, or are in doubt twice.
    fn check_codes(&self, checked: &mut Checked) -> Result<(), Error> {
        let looking = |checked: &mut Checked| -> rusqlite::Result<()> {
            let mut codes = self.connection.prepare(CODES_AGAIN)?;
            let mut of_code = self.connection.prepare(ROWS_OF_CODE)?;
            let mut codes = codes.query([])?;
            while let Some(row) = codes.next()? {
                let code: String = row.get(0)?;
                let rows = of_code.query_map([&code], |row| {
                    Ok(OfCode { id: row.get(0)?, card_id: row.get(1)?, stage: row.get(2)? })
                })?;
                let rows: Vec<OfCode> = rows.collect::<Result<_, _>>()?;
                let accepted = (&["accepted"][..], self.dealt_anew_after, "written off");
                for (stages, after, what) in [accepted, (&["open", "unknown"], 0, "in doubt")] {
                    let is_of_stage = |row: &&OfCode| stages.contains(&row.stage.as_str()) && row.id > after;
                    let of_stage: Vec<_> = rows.iter().filter(is_of_stage).collect();
                    let twice = of_stage.iter().enumerate().find_map(|(nth, row)| {
                        of_stage[..nth]
                            .iter()
                            .find(|first| first.is_perhaps_of_the_card_of(row))
                            .map(|first| (first, row))
                    });
                    if let Some((first, row)) = twice {
                        checked.fault(row.id, format!("its code {code:?} is {what} in write-off {} as well", first.id));
                    }
                }
            }
            Ok(())
        };
        looking(checked).map_err(|e| self.failed(e))
    }

    /// Shifts by themselves, and that each row is in one of its own till and cashier.
    fn check_shifts(&self, checked: &mut Checked) -> Result<(), Error> {
        let (mut next, mut below) = (1, None);
        let mut shifts = Vec::new();
        loop {
            // From the newest down, a page at a time; looked at in the order in which they came.
            let page = self.shifts(below, SHIFTS_A_PAGE)?;
            let Some(last) = page.last() else { break };
            below = Some(last.id);
            shifts.extend(page);
        }
        for shift in shifts.into_iter().rev() {
            if shift.id.0 > next {
                checked
                    .fault(None, format!("shifts {next} to {} are missing: hexiao never removes one", shift.id.0 - 1));
            }
            next = shift.id.0.saturating_add(1);
            if shift.closed_at.is_some_and(|closed| shift.opened_at.duration_since(closed) > CLOCK_SLACK) {
                let closed_early =
                    "by its times it was closed before it was opened: the till's clock was set back meanwhile";
                checked.remark(None, format!("shift {}: {closed_early}", shift.id));
            }
        }
        let straying = |checked: &mut Checked| -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(STRAYS)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (id, shift, is_gone): (i64, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let what = if is_gone { "is not there" } else { "is another till's or cashier's" };
                checked.fault(id, format!("its shift {shift} {what}"));
            }
            Ok(())
        };
        straying(checked).map_err(|e| self.failed(e))
    }
}

/// Rows whose shift is not there, or is another till's or another cashier's.
pub(super) const STRAYS: &str = "SELECT write_off.id, shift_id, shift.id IS NULL FROM write_off INDEXED BY write_off_by_shift
     LEFT JOIN shift ON shift.id = shift_id
     WHERE shift_id IS NOT NULL AND (shift.id IS NULL OR shift.till <> write_off.till OR shift.cashier <> write_off.cashier)";

/// A row of a code that others have too.
struct OfCode {
    id: i64,
    card_id: Option<String>,
    stage: String,
}

impl OfCode {
    /// Codes of a merchant's own are unique to their card only.
    fn is_perhaps_of_the_card_of(&self, other: &Self) -> bool {
        self.card_id == other.card_id || self.card_id.is_none() || other.card_id.is_none()
    }
}

/// Codes of more than one row, from the index alone.
pub(super) const CODES_AGAIN: &str =
    "SELECT code FROM write_off INDEXED BY write_off_by_code GROUP BY code HAVING count(*) > 1";
pub(super) const ROWS_OF_CODE: &str =
    "SELECT id, card_id, stage FROM write_off INDEXED BY write_off_by_code WHERE code = ?1 ORDER BY id";

fn missing(first: i64, last: i64) -> String {
    let what =
        if first == last { format!("write-off {first} is") } else { format!("write-offs {first} to {last} are") };
    format!("{what} missing: hexiao never removes a row, nor leaves out a number")
}

/// What a schema is made of, each with the text that made it. SQLite's own are left out.
fn parts(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let sql =
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// A row's stage and times as they are written, in Unix milliseconds.
#[derive(Clone, Debug)]
struct Course {
    stage: String,
    errcode: Option<i64>,
    has_message: bool,
    has_doubt: (bool, bool),
    intended_at: i64,
    sent_at: Option<i64>,
    outcome_at: Option<i64>,
}

impl Course {
    /// Of a row of [`COLUMNS`] and whether it has what was in doubt, and since when.
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            intended_at: row.get(7)?,
            sent_at: row.get(8)?,
            outcome_at: row.get(9)?,
            stage: row.get(10)?,
            errcode: row.get(11)?,
            has_message: row.get_ref(12)? != rusqlite::types::ValueRef::Null,
            has_doubt: (row.get(16)?, row.get(17)?),
        })
    }

    /// What neither [`Ledger::record`] nor [`Ledger::close`] writes.
    fn fault(&self) -> Option<&'static str> {
        let open = self.stage == "open";
        if open && (self.sent_at, self.outcome_at, self.errcode, self.has_message) != (None, None, None, false) {
            return Some("it is open, and holds what only an outcome brings");
        }
        if !open && (self.outcome_at.is_none() || !self.has_message) {
            return Some("it has an outcome without its time or its words");
        }
        let is_final = matches!(self.stage.as_str(), "accepted" | "rejected");
        if self.has_doubt.0 != self.has_doubt.1 || (self.has_doubt.0 && !is_final) {
            return Some("it holds half of a doubt, or one that nothing has settled");
        }
        match (self.stage.as_str(), self.errcode) {
            ("accepted", Some(0)) => None,
            ("accepted", _) => Some("it is accepted with an error code"),
            ("rejected" | "unknown", Some(0)) => Some("it is not accepted, and has the error code of what is"),
            _ => None,
        }
    }

    /// What only a clock that was set explains. `before` is when the row before was intended.
    fn remark(&self, before: i64, now: i64) -> Option<String> {
        let (slack, ahead_max) = (milliseconds(CLOCK_SLACK), milliseconds(AHEAD_MAX));
        if self.intended_at.saturating_sub(now) > ahead_max {
            return Some("it is dated more than a day ahead: a clock was wrong, then or now".to_owned());
        }
        let backwards = |earlier: i64, later: i64| earlier.saturating_sub(later) > slack;
        if backwards(before, self.intended_at) {
            return Some("it is dated before the write-off before it: the till's clock was set back".to_owned());
        }
        let sent_at = self.sent_at.unwrap_or(self.intended_at);
        let order = [("sent", self.intended_at, sent_at), ("settled", sent_at, self.outcome_at.unwrap_or(sent_at))];
        order.into_iter().find(|(_, earlier, later)| backwards(*earlier, *later)).map(|(word, ..)| {
            format!("by its times it was {word} before it came to that: the till's clock was set back meanwhile")
        })
    }
}

fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
