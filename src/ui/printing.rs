//! The window's receipt printer: what it is given, and what became of that in words.

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use eframe::egui::Context;
use jiff::Timestamp;

use super::background::News;
use super::paper::Manner;
use super::sentence;
use super::text::Text;
use crate::config::Settings;
use crate::ledger::Ledger;
use crate::printer::{Job, Page, PrintError, Queue, Sent};
use crate::report::Report;
use crate::trouble::chain;
use crate::write_off::{Outcome, Shift, WriteOff, WriteOffId};

/// An accepted write-off, which has a slip. Its number alone would not do: practice has a ledger of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Where the write-off is written down.
    pub ledger: PathBuf,
    /// Which one it is.
    pub id: WriteOffId,
}

/// What is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The slip of a write-off, because it was accepted.
    Slip(Accepted),
    /// A copy of a slip, because somebody asks for it.
    Copy,
    /// A shift's report.
    Report,
    /// A test page.
    Test,
}

/// The printer, as the window knows it.
pub struct Printing {
    ctx: Context,
    news: Sender<News>,
    /// The thread that prints; `None` until there is something to print.
    queue: Option<Queue>,
    /// Slips that were not printed as far as is known, and whether one may come out yet: a system that has taken it keeps it while the paper is out.
    unprinted: Vec<(Accepted, bool)>,
    /// The sentence about the last of them, until somebody has them tried again or lets them be.
    failure: Option<String>,
}

impl Printing {
    /// Nothing printed yet. What becomes of things is told through `news`.
    pub fn new(ctx: Context, news: Sender<News>) -> Self {
        Self { ctx, news, queue: None, unprinted: Vec::new(), failure: None }
    }

    /// Has a slip printed where `settings` say, if they want slips.
    pub fn slip(&mut self, of: Accepted, settings: &Settings) {
        self.slip_or_copy(of, false, settings);
    }

    fn slip_or_copy(&mut self, of: Accepted, is_copy: bool, settings: &Settings) {
        if settings.printer.slips {
            let (manner, what) = (Manner::of(settings), What::Slip(of.clone()));
            self.begin(what, settings, move || read(&of).map(|row| manner.slip(&row, is_copy)));
        }
    }

    /// Has another slip of it printed, which says that it is a copy.
    pub fn copy(&mut self, of: Accepted, settings: &Settings) {
        let manner = Manner::of(settings);
        self.begin(What::Copy, settings, move || read(&of).map(|row| manner.slip(&row, true)));
    }

    /// Has the report on a shift printed.
    pub fn report(&mut self, shift: Shift, report: Report, settings: &Settings) {
        let manner = Manner::of(settings);
        self.begin(What::Report, settings, move || Ok(manner.report(&shift, &report, Timestamp::now())));
    }

    /// Has a test page printed.
    pub fn test_page(&mut self, settings: &Settings) {
        let (manner, till) = (Manner::of(settings), settings.till.name.clone());
        let Some(place) = settings.printer.place.clone() else { return };
        self.begin(What::Test, settings, move || Ok(manner.test_page(&till, &place, Timestamp::now())));
    }

    fn begin(
        &mut self,
        what: What,
        settings: &Settings,
        make: impl FnOnce() -> Result<Page, PrintError> + Send + 'static,
    ) {
        let Some(place) = settings.printer.place.clone() else { return };
        let (news, ctx) = (self.news.clone(), self.ctx.clone());
        let done = Box::new(move |came| {
            news.send(News::Printed(what, came)).ok(); // an error means that the window has closed
            ctx.request_repaint();
        });
        self.queue.get_or_insert_with(Queue::start).print(Job { place, make: Box::new(make), done });
    }

    /// Takes what became of something. Gives the sentence that is to be said about it; that about slips is kept, as [`Printing::failure`].
    pub fn came(&mut self, what: What, came: &Result<Sent, PrintError>, text: &Text) -> Option<String> {
        let sentence = match (what, came) {
            // A printer that prints has no news for anybody. Other slips still wait for somebody to try them again, or to let them be.
            (What::Slip(of), Ok(_)) => {
                self.unprinted.retain(|(waiting, _)| *waiting != of);
                if self.unprinted.is_empty() {
                    self.failure = None;
                }
                return None;
            }
            (What::Slip(of), Err(why)) => {
                let may_come_out = matches!(why, PrintError::Stalled(_));
                let why = sentence::print_error(text, why);
                let number = of.id.to_string();
                self.failure = Some(text.say_with("print-slip-failed", &[("number", &number), ("why", &why)]));
                self.unprinted.push((of, may_come_out));
                return None;
            }
            (What::Copy | What::Report | What::Test, Ok(sent)) => outcome(text, *sent),
            (What::Copy | What::Report | What::Test, Err(why)) => {
                text.say_with("print-failed", &[("why", &sentence::print_error(text, why))])
            }
        };
        Some(sentence)
    }

    /// The sentence about slips that could not be printed and can be tried again, where there are any.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Nobody wants the slips any more that could not be printed; copies of them come from the history.
    pub fn let_be(&mut self) {
        (self.unprinted, self.failure) = (Vec::new(), None);
    }

    /// Tries the slips again that could not be printed. One that may come out yet says that it is a copy.
    pub fn try_again(&mut self, settings: &Settings) {
        self.failure = None;
        for (of, may_come_out) in std::mem::take(&mut self.unprinted) {
            self.slip_or_copy(of, may_come_out, settings);
        }
    }
}

/// What is said of something that was printed.
pub fn outcome(text: &Text, sent: Sent) -> String {
    text.say(match sent {
        Sent::Printed => "print-done",
        Sent::Taken => "print-taken",
    })
}

/// The write-off as the ledger has it, which must be accepted: nothing else has a slip.
fn read(Accepted { ledger, id }: &Accepted) -> Result<WriteOff, PrintError> {
    let read = Ledger::open_to_read(ledger).and_then(|ledger| match ledger {
        Some(ledger) => ledger.rows(&[*id]),
        None => Ok(Vec::new()),
    });
    let row = read.map_err(|error| PrintError::Unread(chain(&error)))?.pop();
    row.filter(|row| matches!(row.outcome, Some(Outcome::Accepted { .. })))
        .ok_or_else(|| PrintError::Unread(format!("the ledger has no accepted write-off {id}")))
}
