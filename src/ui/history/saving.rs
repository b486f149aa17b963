//! Saves what the history shows as a file, on a thread of its own, while somebody watches how far it is and may think better of it.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};

use eframe::egui::{Button, Context, Label, ProgressBar, RichText, Ui, vec2};

use crate::ledger::{self, ExportError, Format, Ledger, Search};
use crate::private;
use crate::report::pdf::{self, PdfError};
use crate::report::{self, Report, Sheet};
use crate::trouble::chain;
use crate::ui::text::Text;
use crate::ui::theme::{self, Tone};
use crate::write_off::Shift;

/// What is to be saved.
pub enum What {
    /// The write-offs that a search finds.
    WriteOffs {
        /// The ledger.
        ledger: PathBuf,
        /// Which of them.
        search: Search,
        /// As what.
        format: Format,
    },
    /// A shift's report.
    Report {
        /// The shift.
        shift: Box<Shift>,
        /// What it came to.
        report: Box<Report>,
        /// As what.
        form: Form,
    },
}

/// What a report is saved as.
pub enum Form {
    /// A table, for a spreadsheet.
    Csv,
    /// For other programs.
    Json,
    /// To be read and printed.
    Pdf(Box<Sheet>),
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Pdf(#[from] PdfError),
    #[error("the file could not be written: check that the disk is not full")]
    Write(#[from] std::io::Error),
}

/// How far it is, for both threads.
#[derive(Default)]
struct Shared {
    done: AtomicU64,
    /// 0 while that is not known.
    of: AtomicU64,
    cancelled: AtomicBool,
}

/// What became of it: the file, or nothing where it was given up; or why not, in English.
type Saved = Result<Option<PathBuf>, NotSaved>;

/// Why nothing was saved.
enum NotSaved {
    /// No font has Chinese.
    NoFont,
    /// Anything else, in English.
    Other(String),
}

/// A file that is being saved, or was.
#[derive(Default)]
pub struct Saving {
    under_way: Option<(Arc<Shared>, Receiver<Saved>)>,
    last: Option<Saved>,
}

impl Saving {
    /// Begins to save `what` into `folder`.
    pub fn begin(&mut self, what: What, folder: PathBuf, ctx: &Context) {
        let (told, outcome) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        (self.under_way, self.last) = (Some((Arc::clone(&shared), outcome)), None);
        let ctx = ctx.clone();
        std::thread::spawn(move || {
            let saved = save(what, &folder, &shared, &ctx).map_err(|error| {
                tracing::error!("nothing was saved: {}", chain(&error));
                match error {
                    Error::Pdf(PdfError::NoFont) => NotSaved::NoFont,
                    other => NotSaved::Other(chain(&other)),
                }
            });
            told.send(saved).ok(); // an error means that the window has gone
            ctx.request_repaint();
        });
    }

    /// Draws, in a row, how far it is; or, where nothing is being saved, a button for each of `choices` and what became of the last one. Says which
    /// was clicked.
    pub fn show<T: Copy>(&mut self, ui: &mut Ui, choices: &[(T, &str)], text: &Text) -> Option<T> {
        if let Some(saved) = self.under_way.as_ref().and_then(|(_, outcome)| outcome.try_recv().ok()) {
            (self.under_way, self.last) = (None, Some(saved));
        }
        if let Some((shared, _)) = &self.under_way {
            let (done, of) = (shared.done.load(Ordering::Relaxed), shared.of.load(Ordering::Relaxed));
            let share = if of == 0 { 0.0 } else { done as f32 / of as f32 };
            let bar = ProgressBar::new(share).text(text.say_count("saving-rows", done)).desired_width(180.0);
            ui.add(bar.desired_height(theme::TOUCH_HEIGHT));
            let cancel = Button::new(text.say("connect-cancel")).min_size(vec2(80.0, theme::TOUCH_HEIGHT));
            if ui.add(cancel).clicked() {
                shared.cancelled.store(true, Ordering::Relaxed);
            }
            return None;
        }
        let mut clicked = None;
        for (choice, key) in choices {
            if ui.add(Button::new(text.say(key)).min_size(vec2(64.0, theme::TOUCH_HEIGHT))).clicked() {
                clicked = Some(*choice);
            }
        }
        let (words, tone) = match &self.last {
            None => return clicked,
            Some(Ok(Some(file))) => (text.say_with("saved", &[("file", &file.display().to_string())]), Tone::Good),
            Some(Ok(None)) => (text.say("saved-not"), Tone::Calm),
            Some(Err(NotSaved::NoFont)) => (text.say("fonts-missing"), Tone::Bad),
            Some(Err(NotSaved::Other(why))) => (text.say_with("saved-failed", &[("why", why)]), Tone::Bad),
        };
        ui.add(Label::new(RichText::new(words).color(theme::palette(ui).words(tone))).wrap());
        clicked
    }
}

fn save(what: What, folder: &std::path::Path, shared: &Shared, ctx: &Context) -> Result<Option<PathBuf>, Error> {
    match what {
        What::WriteOffs { ledger, search, format } => {
            let ledger = Ledger::open_to_read(&ledger).map_err(ExportError::from)?;
            let ending = match format {
                Format::Csv => "csv",
                Format::JsonLines => "json",
            };
            private::save_new(folder, "hexiao-write-offs", ending, |out| {
                let Some(ledger) = &ledger else { return Ok(true) }; // nothing was ever written off
                let done = ledger.export(&search, format, out, |progress| {
                    let (done, of) = match progress {
                        ledger::Progress::Finding(found) => (found, 0),
                        ledger::Progress::Writing(done, of) => (done, of),
                    };
                    shared.done.store(done, Ordering::Relaxed);
                    shared.of.store(of, Ordering::Relaxed);
                    ctx.request_repaint();
                    if shared.cancelled.load(Ordering::Relaxed) {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })?;
                Ok(done.is_some())
            })
        }
        What::Report { shift, report, form } => {
            let mut bytes = Vec::new();
            let ending = match form {
                Form::Csv => {
                    report::write_csv(&shift, &report, &mut bytes)?;
                    "csv"
                }
                Form::Json => {
                    let line = report::json_line(&shift, &report).map_err(std::io::Error::from)?;
                    writeln!(bytes, "{line}")?;
                    "json"
                }
                Form::Pdf(sheet) => {
                    bytes = pdf::write(&sheet)?;
                    "pdf"
                }
            };
            private::save_new(folder, &format!("hexiao-shift-{}", shift.id), ending, |out| {
                out.write_all(&bytes)?;
                Ok(true)
            })
        }
    }
}
