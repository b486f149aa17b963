//! Rows of the ledger for other programs: JSON lines and CSV.
//!
//! A long export tells how far it is and asks whether it is still wanted; rows go out as they are read.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;

use super::{Error, Ledger, Search};
use crate::coupon::rfc3339_beijing_ms;
use crate::plain;
use crate::write_off::{FaceValue, Outcome, WriteOff};

/// One row as `ledger --json` and `ledger --csv` print it. Times are in Beijing, to the millisecond. Other programs rely on these names.
#[derive(Serialize)]
struct ExportedRow<'a> {
    id: i64,
    code: Cow<'a, str>,
    card_id: Option<Cow<'a, str>>,
    till: Cow<'a, str>,
    cashier: Cow<'a, str>,
    intended_at: String,
    outcome: &'static str,
    errcode: Option<i64>,
    /// When the outcome became final.
    settled_at: Option<String>,
    title: Option<Cow<'a, str>>,
    openid: Option<Cow<'a, str>>,
    sent_at: Option<String>,
    message: Option<Cow<'a, str>>,
    /// The platform's word for the kind of card; none where it was not recorded.
    kind: Option<Cow<'a, str>>,
    /// What a cash coupon takes off, in hundredths of a yuan; none where it was not recorded or is no sum of money.
    face_value_fen: Option<i64>,
    shift: Option<i64>,
}

impl<'a> ExportedRow<'a> {
    /// `row`, with every text passed through `text`.
    fn new(row: &'a WriteOff, text: impl Fn(&'a str) -> Cow<'a, str>) -> Self {
        Self {
            id: row.id.0,
            code: text(row.intent.code.as_str()),
            card_id: row.intent.card_id.as_ref().map(|id| text(id.as_str())),
            till: text(&row.till),
            cashier: text(&row.cashier),
            intended_at: rfc3339_beijing_ms(row.intent.intended_at),
            outcome: row.outcome_word(),
            errcode: row.outcome.as_ref().and_then(Outcome::errcode),
            settled_at: row.outcome_at.filter(|_| !row.is_unsettled()).map(rfc3339_beijing_ms),
            title: row.intent.title.as_deref().map(&text),
            openid: row.intent.openid.as_deref().map(&text),
            sent_at: row.sent_at.map(rfc3339_beijing_ms),
            message: row.outcome.as_ref().map(|outcome| text(outcome.message())),
            kind: row.intent.face_value.as_ref().map(|value| text(value.kind())),
            face_value_fen: row.intent.face_value.as_ref().and_then(FaceValue::cash).map(|fen| fen.0),
            shift: row.shift.map(|id| id.0),
        }
    }
}

/// A row as one line of JSON, without its line end.
///
/// # Errors
/// Never for a row that the ledger gave.
pub fn json_line(row: &WriteOff) -> serde_json::Result<String> {
    plain::json(&ExportedRow::new(row, Cow::Borrowed))
}

/// Writes rows as CSV with a heading. A byte order mark comes first, so that Excel takes Chinese for what it is.
pub struct CsvExport<W: Write>(csv::Writer<W>);

impl<W: Write> CsvExport<W> {
    /// Begins an export into `out`.
    ///
    /// # Errors
    /// `out` could not be written to.
    pub fn new(mut out: W) -> std::io::Result<Self> {
        out.write_all("\u{FEFF}".as_bytes())?;
        Ok(Self(csv::Writer::from_writer(out)))
    }

    /// Writes one row.
    ///
    /// # Errors
    /// The export could not be written to.
    pub fn write(&mut self, row: &WriteOff) -> std::io::Result<()> {
        self.0.serialize(ExportedRow::new(row, plain::not_a_formula)).map_err(std::io::Error::from)
    }

    /// Ends the export.
    ///
    /// # Errors
    /// The export could not be written to.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Rows read at once: between two such, an export says how far it is.
const ROWS_AT_ONCE: usize = 1_000;

/// What an export is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table, for a spreadsheet.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many rows were found as yet.
    Finding(u64),
    /// So many of so many were written.
    Writing(u64, u64),
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// What was read could not be written.
    #[error("the export could not be written: check that the disk is not full")]
    Write(#[from] io::Error),
}

impl Ledger {
    /// Writes all that `search` finds into `out`, oldest first, as it is at one moment. Says how many rows that were; `None` where `progress` said that
    /// it is no longer wanted.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub fn export(
        &self,
        search: &Search,
        format: Format,
        out: &mut dyn Write,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<u64>, ExportError> {
        let moment = self.connection.unchecked_transaction().map_err(|e| self.failed(e))?;
        let (mut ids, mut below) = (Vec::new(), None);
        loop {
            let found = self.find(search, below)?;
            ids.extend(found.ids);
            below = found.next;
            if progress(Progress::Finding(count(ids.len()))).is_break() {
                return Ok(None);
            }
            if below.is_none() {
                break;
            }
        }
        ids.reverse();
        let mut sink = match format {
            Format::Csv => Sink::Sheet(Box::new(CsvExport::new(out)?)),
            Format::JsonLines => Sink::Lines(out),
        };
        for (turn, ids_of_turn) in ids.chunks(ROWS_AT_ONCE).enumerate() {
            if progress(Progress::Writing(count(turn * ROWS_AT_ONCE), count(ids.len()))).is_break() {
                return Ok(None);
            }
            for row in self.rows(ids_of_turn)? {
                match &mut sink {
                    Sink::Sheet(sheet) => sheet.write(&row)?,
                    Sink::Lines(out) => writeln!(out, "{}", json_line(&row).map_err(io::Error::from)?)?,
                }
            }
        }
        if let Sink::Sheet(sheet) = sink {
            sheet.finish()?;
        }
        drop(moment);
        Ok(Some(count(ids.len())))
    }
}

/// Where an export goes.
enum Sink<'a> {
    Sheet(Box<CsvExport<&'a mut dyn Write>>),
    Lines(&'a mut dyn Write),
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::write_off::{Intent, WriteOffId};

    fn row(title: &str) -> WriteOff {
        WriteOff {
            id: WriteOffId(7),
            till: "till 1".to_owned(),
            cashier: "李".to_owned(),
            shift: None,
            intent: Intent {
                code: Code::parse("110201201245").expect("a code"),
                card_id: None,
                title: Some(title.to_owned()),
                openid: None,
                face_value: None,
                intended_at: "2026-11-24T02:00:00.45Z".parse().expect("a time"),
            },
            sent_at: None,
            outcome: Some(Outcome::Rejected { errcode: Some(40099), message: "consumed".to_owned() }),
            outcome_at: Some("2026-11-24T02:00:01Z".parse().expect("a time")),
        }
    }

    #[test]
    fn a_json_line_has_the_fields_that_other_programs_rely_on() {
        let line = json_line(&row("减20")).expect("serialised");
        assert!(
            line.starts_with(
                r#"{"id":7,"code":"110201201245","card_id":null,"till":"till 1","cashier":"李","intended_at":"2026-11-24T10:00:00.450+08:00","outcome":"rejected","errcode":40099,"settled_at":"2026-11-24T10:00:01.000+08:00","#
            ),
            "{line}"
        );
        let open = WriteOff { outcome: None, outcome_at: None, ..row("") };
        let line = json_line(&open).expect("serialised");
        assert!(line.contains(r#""outcome":"open","errcode":null,"settled_at":null"#), "{line}");
    }

    #[test]
    fn csv_is_quoted_and_holds_no_formula() {
        let mut out = Vec::new();
        let mut export = CsvExport::new(&mut out).expect("begun");
        export.write(&row("=HYPERLINK(\"http://x\",\"a\")")).expect("written");
        export.finish().expect("ended");
        let text = String::from_utf8(out).expect("text");
        assert!(text.starts_with("\u{FEFF}id,code,card_id,till,cashier,intended_at,outcome,errcode,settled_at,title,"));
        assert!(text.contains(r#""'=HYPERLINK(""http://x"",""a"")""#), "{text}");
    }

    #[test]
    fn an_export_is_of_what_is_found_oldest_first_and_ends_when_it_is_no_longer_wanted() {
        let mut ledger = Ledger::in_memory("export").expect("opened");
        let rows = 2 * ROWS_AT_ONCE + 1;
        for number in 0..rows {
            let code = Code::parse(&format!("{:012}", 100_000 + number)).expect("a code");
            ledger.record("till 1", "", &Intent { code, ..row("x").intent }).expect("recorded");
        }
        let export = |search: &Search, format, mut wanted: u32| {
            let (mut out, mut told) = (Vec::new(), Vec::new());
            let done = ledger.export(search, format, &mut out, |progress| {
                told.push(progress);
                wanted = wanted.saturating_sub(1);
                if wanted == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            (done.expect("exported"), String::from_utf8(out).expect("text"), told)
        };
        let (done, text, told) = export(&Search::default(), Format::Csv, u32::MAX);
        let all = count(rows);
        assert_eq!(done, Some(all));
        assert_eq!(
            told,
            [
                Progress::Finding(all),
                Progress::Writing(0, all),
                Progress::Writing(1_000, all),
                Progress::Writing(2_000, all)
            ]
        );
        let ids: Vec<_> = text.lines().skip(1).map(|line| line.split(',').next().expect("a cell")).collect();
        assert!(ids.iter().map(|id| id.parse::<usize>().expect("a number")).eq(1..=rows));
        let (done, text, _) =
            export(&Search { text: "000000102".to_owned(), ..Search::default() }, Format::JsonLines, u32::MAX);
        assert_eq!((done, text.lines().count()), (Some(1), 1));
        assert!(text.starts_with(r#"{"id":2001,"code":"000000102000","#), "{text}");
        for wanted in [1, 2, 3] {
            assert_eq!(export(&Search::default(), Format::Csv, wanted).0, None);
        }
    }
}
