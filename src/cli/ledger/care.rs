//! `ledger backup`, `ledger restore` and `ledger check`.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use super::super::Surroundings;
use super::super::error::Error;
use super::super::exit::{Exit, RUN_SETTLE};
use super::super::output::{self, note, printable};
use super::NO_ROWS;
use crate::ledger::{self, Checked, Copied, Finding, Grade, Ledger as Book};

/// Between two words on how far it is.
const PROGRESS_PAUSE: Duration = Duration::from_millis(200);

/// What keeps a ledger well.
#[derive(Debug, clap::Subcommand)]
pub enum Care {
    /// Copy the ledger to FILE; a running till is not disturbed. The copy is checked before this says that it is there. If it is killed
    /// meanwhile it may leave a file `.hexiao-….part` beside FILE, which can be deleted
    Backup {
        /// Where to; a folder that only you can read, or better another disk
        file: PathBuf,
        /// Overwrite FILE
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in the ledger's place, and keep the present ledger in a folder beside it. Close every hexiao first
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Look the whole ledger through: is the file sound, and does the course of every write-off make sense?
    Check {
        /// A backup to look through in place of the ledger
        file: Option<PathBuf>,
    },
}

impl Care {
    /// Runs the command.
    ///
    /// # Errors
    /// Where the ledger cannot be read, or the copy not be made.
    pub fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        let settings = around.settings()?;
        let path = around.ledger_file(&settings);
        match self {
            Self::Backup { file, force } => {
                let Some(book) = Book::open_to_read(&path)? else {
                    note("nothing was ever written off, so there is no ledger to copy");
                    return Ok(Exit::Refused);
                };
                let mut progress = Progress::new();
                let copied = ledger::backup(&book, &file, force, |done, of| progress.tell("copied", done, of))?;
                progress.end();
                tell(around, Word { file: &file, copied, replaced: None }, "copied to")
            }
            Self::Restore { file } => {
                let mut progress = Progress::new();
                let (copied, aside) = ledger::restore(&path, &file, |done, of| progress.tell("copied", done, of))?;
                progress.end();
                if let Some(aside) = &aside {
                    note(&format!("the ledger that was there is now in {}", aside.display()));
                }
                tell(around, Word { file: &path, copied, replaced: aside.as_deref() }, "restored to")
            }
            Self::Check { file } => {
                let book = match file {
                    Some(file) => Some(Book::open_to_look_at(&file)?),
                    None => Book::open_to_read(&path)?,
                };
                match book {
                    Some(mut book) => {
                        if settings.account.is_none() {
                            book.deal_anew()?; // practice, in which a code may well have been written off at many starts
                        }
                        check(around, &book)
                    }
                    None => {
                        note(NO_ROWS);
                        Ok(Exit::Done)
                    }
                }
            }
        }
    }
}

/// What `backup` and `restore` print with `--json`. Other programs rely on these names.
#[derive(Serialize)]
struct Word<'a> {
    file: &'a std::path::Path,
    #[serde(flatten)]
    copied: Copied,
    /// `restore`: where the ledger is that lay there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<&'a std::path::Path>,
}

fn tell(around: &Surroundings, word: Word<'_>, what: &str) -> Result<Exit, Error> {
    if around.json {
        output::json(&word)?;
    } else {
        let Copied { write_offs, bytes } = word.copied;
        output::line(&format!("{write_offs} write-offs, {bytes} bytes, {what} {}, and checked", word.file.display()))?;
    }
    Ok(Exit::Done)
}

/// A finding as `check --json` prints it, one a line. Other programs rely on these names.
#[derive(Serialize)]
struct FindingLine<'a> {
    grade: &'static str,
    id: Option<i64>,
    finding: &'a str,
}

/// The last line of `check --json`.
#[derive(Serialize)]
struct Summary {
    write_offs: u64,
    unsettled: u64,
    faults: u64,
    findings: u64,
    /// Whether some program is at work on the ledger; null where that cannot be told.
    at_work: Option<bool>,
}

fn check(around: &Surroundings, book: &Book) -> Result<Exit, Error> {
    let mut progress = Progress::new();
    progress.begin("looking through the file…");
    let checked = book.check(Timestamp::now(), |done, of| progress.tell("read", done, of))?;
    progress.end();
    for finding in &checked.findings {
        tell_finding(around, finding)?;
    }
    let left_by_nobody_at_work = checked.unsettled > 0 && checked.at_work != Some(true);
    if around.json {
        let Checked { write_offs, unsettled, at_work, ref findings, left_out, .. } = checked;
        let findings = findings.len() as u64 + left_out;
        output::json(&Summary { write_offs, unsettled, faults: checked.faults(), findings, at_work })?;
    } else {
        output::line(&summary(&checked))?;
    }
    if left_by_nobody_at_work {
        note(&format!("{} not settled, and nobody is at work on it; {RUN_SETTLE}", write_offs(checked.unsettled)));
    }
    Ok(match (checked.faults(), left_by_nobody_at_work) {
        (0, false) => Exit::Done,
        (0, true) => Exit::Unknown,
        _ => Exit::Usage,
    })
}

fn tell_finding(around: &Surroundings, Finding { grade, id, sentence }: &Finding) -> Result<(), Error> {
    if around.json {
        let grade = match grade {
            Grade::Fault => "fault",
            Grade::Remark => "remark",
        };
        return output::json(&FindingLine { grade, id: id.map(|id| id.0), finding: sentence });
    }
    let grade = match grade {
        Grade::Fault => "FAULT",
        Grade::Remark => "note",
    };
    let row = id.map(|id| format!("write-off {id}: ")).unwrap_or_default();
    output::line(&format!("{grade:<5} {row}{}", printable(sentence)))
}

fn summary(checked: &Checked) -> String {
    let left_out = match checked.left_out {
        0 => String::new(),
        more => format!(", and {more} findings more"),
    };
    let word = match checked.faults() {
        0 => "sound".to_owned(),
        1 => "1 fault".to_owned(),
        faults => format!("{faults} faults"),
    };
    let unsettled = match checked.unsettled {
        0 => String::new(),
        unsettled => format!(", {unsettled} of them not settled"),
    };
    format!("{} read{unsettled}: {word}{left_out}", write_offs(checked.write_offs))
}

fn write_offs(count: u64) -> String {
    if count == 1 { "1 write-off".to_owned() } else { format!("{count} write-offs") }
}

/// How far it is, on a terminal alone.
struct Progress {
    shown: bool,
    next: Instant,
}

impl Progress {
    fn new() -> Self {
        Self { shown: stderr().is_terminal(), next: Instant::now() }
    }

    fn begin(&mut self, what: &str) {
        if self.shown {
            write!(stderr(), "\r{what}").ok();
        }
    }

    fn tell(&mut self, what: &str, done: u64, of: u64) {
        let now = Instant::now();
        if self.shown && now >= self.next {
            self.next = now + PROGRESS_PAUSE;
            let percent = done.saturating_mul(100).checked_div(of).unwrap_or(100).min(100);
            write!(stderr(), "\r{what} {percent:>3} %\x1b[K").ok();
        }
    }

    fn end(self) {
        if self.shown {
            write!(stderr(), "\r\x1b[K").ok();
        }
    }
}
