//! `settle`: finds out what became of write-offs whose outcome is not known, by asking, never by consuming again.

use super::Surroundings;
use super::counter;
use super::error::Error;
use super::exit::Exit;
use super::ledger::for_people;
use super::output::{self, note, printable};
use super::query::say_trouble;
use crate::desk::{Fruitless, Unsettled, View};
use crate::ledger::{self, Ledger, json_line};
use crate::till::{OpenError, Purpose};
use crate::ui::sentence;
use crate::ui::text::{Language, Text};
use crate::write_off::{WriteOff, WriteOffId};

/// Said where a row may be another program's, whose answer is still on its way.
const HELD: &str =
    "another hexiao is at work on this ledger, and settles by itself: wait a moment, or close it and run this again";

/// Runs the command: asks about every row that is open or unknown, and prints what each has become. Without any, nobody is asked
/// and not even the account is needed.
///
/// # Errors
/// Where the ledger or the account must be mended first.
pub async fn run(around: &Surroundings) -> Result<Exit, Error> {
    let settings = around.settings()?;
    let file = around.ledger_file(&settings);
    let before = match Ledger::open_to_read(&file)? {
        Some(ledger) => ledger.unsettled()?,
        None => Vec::new(),
    };
    if before.is_empty() {
        if !around.json {
            output::line("nothing is left to settle")?;
        }
        return Ok(Exit::Done);
    }
    let ids: Vec<WriteOffId> = before.iter().map(|row| row.id).collect();
    let mut open = match counter::open(&settings, &around.places, Purpose::Settle).await {
        Err(Error::Open(OpenError::Ledger(ledger::Error::Claimed(_)))) => {
            note(HELD);
            return Ok(Exit::Unknown);
        }
        opened => opened?,
    };
    let view = open.till.wait_until(|view| is_over(view) || view.unread.is_some()).await.ok_or(Error::TillEnded)?;
    open.till.stop().await;
    if let Some(why) = view.unread {
        return Err(Error::Unread(why));
    }

    let ledger = Ledger::open(&file)?;
    let mut rows = Vec::new();
    ledger.for_each_since(before.iter().map(|row| row.intent.intended_at).min(), |row| {
        if ids.contains(&row.id) {
            rows.push(row);
        }
        Ok::<(), Error>(())
    })?;
    for row in &rows {
        output::line(&if around.json {
            json_line(row).map_err(|error| Error::Output(error.into()))?
        } else {
            for_people(row)
        })?;
    }
    for left in &view.unsettled {
        note(&why_left(left));
    }
    Ok(exit(&rows, &view.unsettled))
}

/// Whether each row is settled and written down, or was asked about in vain. The desk itself waits until the doubt has had time to clear,
/// and does not count what it asked before then.
fn is_over(view: &View) -> bool {
    let all_asked = view.unsettled.iter().all(|row| row.fruitless > 0);
    // What could not be written down is not waited for: the disk may be full for hours.
    view.opened && all_asked && view.owed <= view.unsettled.len() + view.unwritten
}

fn exit(rows: &[WriteOff], left: &[Unsettled]) -> Exit {
    if !rows.iter().any(WriteOff::is_unsettled) {
        return Exit::Done;
    }
    let unreachable = |row: &Unsettled| match &row.last {
        // A platform that is busy was reached.
        Some(Fruitless::Trouble(trouble)) => trouble.errcode().is_none() && Exit::after(trouble) == Exit::Unreachable,
        _ => false,
    };
    if !left.is_empty() && left.iter().all(unreachable) { Exit::Unreachable } else { Exit::Unknown }
}

fn why_left(Unsettled { write_off, last, .. }: &Unsettled) -> String {
    let why = match last {
        Some(Fruitless::Status(status)) => {
            let status = printable(&sentence::status(&Text::new(Language::English), status));
            format!("its status is now “{status}”, from which nothing follows: compare with the merchant's own records")
        }
        Some(Fruitless::Trouble(trouble)) => say_trouble(trouble),
        None => "it was not asked about".to_owned(),
    };
    format!("write-off {} of {} is still not settled: {why}", write_off.id, write_off.intent.code)
}
