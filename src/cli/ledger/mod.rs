//! `ledger`: every write-off, for people, spreadsheets and other programs; and its care, [`care`].

mod care;

use std::io::Write as _;

use jiff::civil::Date;
use jiff::{Timestamp, tz};

use super::Surroundings;
use super::error::Error;
use super::exit::Exit;
use super::output::{self, note, printable};
use crate::coupon::beijing;
use crate::ledger::{CsvExport, Ledger as Book, json_line};
use crate::plain;
use crate::write_off::{Outcome, WriteOff};

/// List the write-offs, oldest first; a running till is not disturbed
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Ledger {
    #[command(subcommand)]
    care: Option<care::Care>,
    /// Only those from this day in Beijing on (2026-11-24), or from this moment on (2026-11-24T09:00:00+08:00)
    #[arg(long, value_name = "DATE", value_parser = since)]
    since: Option<Timestamp>,
    /// Only those whose code begins so
    #[arg(long, value_name = "BEGINNING", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    code: Option<String>,
    /// As CSV, for a spreadsheet
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

impl Ledger {
    /// Runs the command. The ledger may be longer than memory, so rows are printed as they are read.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        if let Some(care) = self.care {
            return care.run(around);
        }
        let settings = around.settings()?;
        let Some(book) = Book::open_to_read(&around.ledger_file(&settings))? else {
            note(NO_ROWS);
            return Ok(Exit::Done);
        };
        let mut out = output::many();
        let mut rows = 0_u64;
        if self.csv {
            let mut export = CsvExport::new(out).map_err(Error::writing)?;
            self.for_each(&book, |row| {
                rows += 1;
                export.write(&row).map_err(Error::writing)
            })?;
            export.finish().map_err(Error::writing)?;
            return Ok(done(rows));
        }
        self.for_each(&book, |row| {
            rows += 1;
            let line = if around.json {
                json_line(&row).map_err(|error| Error::Output(error.into()))?
            } else {
                if rows == 1 {
                    writeln!(out, "{HEADING}").map_err(Error::writing)?;
                }
                for_people(&row)
            };
            writeln!(out, "{}", plain::checked(&line, false)).map_err(Error::writing)
        })?;
        out.flush().map_err(Error::writing)?;
        Ok(done(rows))
    }

    fn for_each(&self, book: &Book, each: impl FnMut(WriteOff) -> Result<(), Error>) -> Result<(), Error> {
        match &self.code {
            Some(beginning) => book.for_each_of_code(beginning, self.since, each),
            None => book.for_each_since(self.since, each),
        }
    }
}

/// Said where there is nothing to list: an empty output alone might be taken for a failure.
const NO_ROWS: &str = "no write-off to list";

fn done(rows: u64) -> Exit {
    if rows == 0 {
        note(NO_ROWS);
    }
    Exit::Done
}

/// Above the rows of [`for_people`].
const HEADING: &str = "   No.  Intended (Beijing)   Outcome   Errcode  Code                  Till, cashier, title";

/// A row on one line. What may be Chinese comes last: it is wider on a terminal than it counts.
pub fn for_people(row: &WriteOff) -> String {
    let errcode = row.outcome.as_ref().and_then(Outcome::errcode);
    let last = [row.till.as_str(), &row.cashier, row.intent.title.as_deref().unwrap_or_default()];
    let last: Vec<_> = last.into_iter().map(printable).filter(|text| !text.is_empty()).collect();
    format!(
        "{:>6}  {}  {:<8}  {:>7}  {:<20}  {}",
        row.id.0,
        beijing(row.intent.intended_at).strftime("%Y-%m-%d %H:%M:%S"),
        row.outcome_word(),
        errcode.map(|errcode| errcode.to_string()).unwrap_or_default(),
        row.intent.code.as_str(),
        last.join(" · "),
    )
}

/// Takes a day, which begins at midnight in Beijing, or a moment with its offset.
fn since(text: &str) -> Result<Timestamp, String> {
    let wrong = || "neither a day like 2026-11-24 nor a time like 2026-11-24T09:00:00+08:00".to_owned();
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let day = Date::strptime("%Y-%m-%d", text).map_err(|_| wrong())?;
    let midnight = day.to_zoned_datetime(tz::TimeZone::fixed(tz::offset(8))).map_err(|_| wrong())?;
    Ok(midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_takes_a_day_of_beijing_or_a_moment() {
        assert_eq!(since("2026-11-24").map(|at| at.to_string()).as_deref(), Ok("2026-11-23T16:00:00Z"));
        for moment in ["2026-11-24T09:00:00+08:00", "2026-11-24T01:00:00Z"] {
            assert_eq!(since(moment).map(|at| at.to_string()).as_deref(), Ok("2026-11-24T01:00:00Z"));
        }
        for wrong in ["", "yesterday", "2026-13-01", "2026-11-24T09:00:00", "24.11.2026", "2026-11-24 x"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
