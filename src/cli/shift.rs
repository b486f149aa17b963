//! `shift`: opens and closes the till's shift, and says what one came to. A running window is not disturbed, and shows it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Surroundings;
use super::error::Error;
use super::exit::Exit;
use super::output::{self, note, printable};
use crate::config::{NAME_CHARS_MAX, Settings};
use crate::coupon::beijing;
use crate::ledger::{self, Ledger};
use crate::printer::{self, Hand, PrintError, Sent};
use crate::private;
use crate::report::{self, Report, Tally, pdf};
use crate::trouble::chain;
use crate::ui::history::sheet;
use crate::ui::paper::Manner;
use crate::ui::sentence;
use crate::ui::text::{Language, Text};
use crate::write_off::{self, ShiftId};

/// Open or close the till's shift, or report on one
#[derive(Debug, clap::Subcommand)]
pub enum Shift {
    /// Open a shift: from now on what this till writes off is its, and its cashier's
    Open {
        /// Who is at the till; otherwise whom the settings name
        #[arg(long, value_name = "NAME")]
        cashier: Option<String>,
    },
    /// Close this till's open shift, and report on it
    Close {
        /// Also on the receipt printer that the settings name
        #[arg(long)]
        print: bool,
    },
    /// What a shift came to, by card and outcome; without a number: this till's open shift, or the latest one
    Report {
        /// The shift's number
        number: Option<i64>,
        /// As CSV, for a spreadsheet
        #[arg(long, conflicts_with = "json")]
        csv: bool,
        /// As a PDF, in the window's language; FILE must not exist
        #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "csv"])]
        pdf: Option<PathBuf>,
        /// On the receipt printer that the settings name, in the window's language
        #[arg(long, conflicts_with_all = ["json", "csv", "pdf"])]
        print: bool,
    },
}

impl Shift {
    /// Runs the command.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written.
    pub fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        let settings = around.settings()?;
        let file = around.ledger_file(&settings);
        let till = &settings.till.name;
        match self {
            Self::Open { cashier } => {
                let cashier = cashier.unwrap_or_else(|| settings.till.cashier.clone());
                if cashier.chars().count() > NAME_CHARS_MAX {
                    note(&format!("the cashier's name is longer than {NAME_CHARS_MAX} characters: shorten it"));
                    return Ok(Exit::Usage);
                }
                match Ledger::open(&file)?.open_shift(till, &cashier, Timestamp::now()) {
                    Ok(shift) => tell(around, &shift, &Report::default(), false),
                    Err(ledger::Error::NoCashier) => {
                        note("a shift is somebody's: name the cashier with --cashier NAME");
                        Ok(Exit::Usage)
                    }
                    Err(error) => refused(error),
                }
            }
            Self::Close { print } => {
                if Ledger::open_to_read(&file)?.is_none() {
                    return refused(ledger::Error::NoShift); // and none is made
                }
                let mut ledger = Ledger::open(&file)?;
                match ledger.close_shift(till, Timestamp::now()) {
                    Ok(shift) => {
                        let report = report_on(&ledger, &shift)?;
                        // It is closed whatever the printer says.
                        tell(around, &shift, &report, false)?;
                        if print { print_report(&shift, &report, &settings) } else { Ok(Exit::Done) }
                    }
                    Err(error) => refused(error),
                }
            }
            Self::Report { number, csv, pdf, print } => {
                let Some(ledger) = Ledger::open_to_read(&file)? else { return refused(ledger::Error::NoShift) };
                let shift = match number {
                    Some(number) => ledger.shift(ShiftId(number))?,
                    None => match ledger.open_shift_of(till)? {
                        Some(shift) => Some(shift),
                        None => ledger.shifts(None, 1)?.pop(),
                    },
                };
                let Some(shift) = shift else {
                    note("there is no such shift");
                    return Ok(Exit::Refused);
                };
                let report = report_on(&ledger, &shift)?;
                match pdf {
                    Some(file) => write_pdf(&shift, &report, &settings, &file),
                    None if print => print_report(&shift, &report, &settings),
                    None => tell(around, &shift, &report, csv),
                }
            }
        }
    }
}

fn write_pdf(shift: &write_off::Shift, report: &Report, settings: &Settings, file: &Path) -> Result<Exit, Error> {
    let language = Language::chosen(settings.language.as_deref());
    let bytes = match pdf::write(&sheet::of_shift(shift, report, &Text::new(language))) {
        Ok(bytes) => bytes,
        Err(error) => {
            note(&chain(&error));
            return Ok(Exit::Usage);
        }
    };
    private::write_new(file, &bytes).map_err(|source| Error::File { path: file.to_owned(), source })?;
    Ok(Exit::Done)
}

fn print_report(shift: &write_off::Shift, report: &Report, settings: &Settings) -> Result<Exit, Error> {
    let Some(place) = &settings.printer.place else {
        note("the settings name no receipt printer: open the window and choose one, or write a [printer] section");
        return Ok(Exit::Usage);
    };
    let page = Manner::of(settings).report(shift, report, Timestamp::now());
    let printed = printer::bytes(&page)
        .map_err(|error| PrintError::Other { place: place.to_string(), why: error.to_string() })
        .and_then(|bytes| Hand::default().send(place, bytes));
    match printed {
        Ok(Sent::Printed) => {
            note("printed");
            Ok(Exit::Done)
        }
        Ok(Sent::Taken) => {
            note("sent to the printer, which does not say whether it has printed");
            Ok(Exit::Done)
        }
        Err(error) => {
            note(&format!("not printed: {error}"));
            note(&sentence::print_error(&Text::new(Language::English), &error));
            Ok(Exit::Usage)
        }
    }
}

/// An error that is an answer.
fn refused(error: ledger::Error) -> Result<Exit, Error> {
    match error {
        ledger::Error::ShiftOpen(_) | ledger::Error::NoShift => {
            note(&error.to_string());
            Ok(Exit::Refused)
        }
        error => Err(error.into()),
    }
}

fn report_on(ledger: &Ledger, shift: &write_off::Shift) -> Result<Report, ledger::Error> {
    let mut report = Report::default();
    ledger.for_each_of_shift(shift.id, |row| {
        report.add(&row);
        Ok::<(), ledger::Error>(())
    })?;
    Ok(report)
}

fn tell(around: &Surroundings, shift: &write_off::Shift, report: &Report, csv: bool) -> Result<Exit, Error> {
    if csv {
        report::write_csv(shift, report, output::many()).map_err(Error::writing)?;
    } else if around.json {
        output::line(&report::json_line(shift, report).map_err(|error| Error::Output(error.into()))?)?;
    } else {
        output::line(&for_people(shift, report))?;
    }
    Ok(Exit::Done)
}

/// The report as a page of text. What may be Chinese comes last on its line: it is wider on a terminal than it counts.
fn for_people(shift: &write_off::Shift, report: &Report) -> String {
    let time = |at| beijing(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let closed = shift.closed_at.map_or_else(|| "still open".to_owned(), |at| format!("closed {}", time(at)));
    let mut lines = vec![
        format!("Shift {} · {} · {}", shift.id, printable(&shift.till), printable(&shift.cashier)),
        format!("opened {} (Beijing), {closed}", time(shift.opened_at)),
        String::new(),
        HEADING.to_owned(),
    ];
    for (id, card) in report.cards_by_use() {
        let name = [card.title.as_str(), card.kind.as_deref().unwrap_or_default(), id.unwrap_or("card not known")];
        let name: Vec<_> = name.into_iter().map(printable).filter(|text| !text.is_empty()).collect();
        lines.push(tally_line(&card.tally, &name.join(" · ")));
    }
    if report.other_cards.all() > 0 {
        lines.push(tally_line(&report.other_cards, "other cards"));
    }
    lines.push(tally_line(&report.total, "in all"));
    if report.total.not_recorded > 0 {
        let count = report.total.not_recorded;
        lines
            .push(format!("Of {count} written off it was not recorded what they were worth: they are not in the sum."));
    }
    if report.total.unsettled > 0 {
        lines.push(format!("{} not settled yet: `hexiao settle` finds out.", report.total.unsettled));
    }
    if report.total.all() > 0 {
        lines.push(String::new());
        let most = report.busy_hours().map(|(_, tally)| tally.all()).max().unwrap_or(1).max(1);
        for (hour, tally) in report.busy_hours() {
            let bar = "#".repeat(usize::try_from(tally.all().saturating_mul(BAR_CHARS) / most).unwrap_or(0));
            lines.push(format!("{hour:02}:00  {:>6}  {bar}", tally.all()).trim_end().to_owned());
        }
    }
    lines.join("\n")
}

const HEADING: &str = "Written off   Not  Unsettled  Cash coupons           Sum  Counted  Not recorded  Card";
/// Length of the longest bar.
const BAR_CHARS: u64 = 40;

fn tally_line(tally: &Tally, name: &str) -> String {
    let Tally { accepted, rejected, unsettled, cash, cash_sum, counted, not_recorded } = tally;
    let sum = cash_sum.to_string();
    format!("{accepted:>11} {rejected:>5} {unsettled:>10} {cash:>13} {sum:>13} {counted:>8} {not_recorded:>13}  {name}")
}
