//! A thread that reads the ledger for the history, so that the window never waits for a disk.
//!
//! It has the ledger open for itself. A long search is done a piece at a time, and between two pieces everything else is answered: rows that
//! have come into sight, or another search, which takes the place of the first.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::JoinHandle;

use jiff::Timestamp;

use crate::ledger::{Doubt, Error, Ledger, Search};
use crate::report::Report;
use crate::trouble::chain;
use crate::write_off::{Shift, ShiftId, WriteOff, WriteOffId};

/// What the history wants to know or have done.
#[derive(Debug)]
pub enum Question {
    /// Which rows this finds, in place of any search before. The number comes back with what is found.
    Find(u64, Search),
    /// These rows.
    Rows(Vec<WriteOffId>),
    /// What was in doubt about this one before it was settled.
    Doubt(WriteOffId),
    /// What this shift came to; `None`: the one that is open at the till, or the latest.
    Shift(Option<ShiftId>),
    /// Open a shift of this cashier.
    Open(String),
    /// Close the open one.
    Close,
}

/// What it hears.
#[derive(Debug)]
pub enum Answer {
    /// A search for everything finds every number up to this.
    All(u64, Option<WriteOffId>),
    /// Numbers that a search found, after those that it found before.
    Found {
        /// The search.
        search: u64,
        /// The numbers, newest first.
        ids: Vec<WriteOffId>,
        /// Whether these are its first.
        is_first: bool,
        /// Whether it has come to its end.
        is_last: bool,
    },
    /// Rows that were asked for.
    Rows(Vec<WriteOff>),
    /// A doubt, where there was one.
    Doubt(WriteOffId, Option<Doubt>),
    /// A shift and how things stand.
    Shift(Box<ShiftTold>),
    /// The shift could not be opened or closed as things stand: another program was quicker.
    ShiftRefused,
    /// The ledger could not be read or written; in English, for the log's reader.
    Failed(String),
}

/// A shift and how things stand.
#[derive(Clone, Debug, Default)]
pub struct ShiftTold {
    /// The shift that is open at this till.
    pub present: Option<Shift>,
    /// The one that was asked for.
    pub shown: Option<Shift>,
    /// What it came to.
    pub report: Report,
    /// The ledger's latest.
    pub latest: Option<ShiftId>,
}

/// The thread, while somebody asks it.
pub struct Reader {
    questions: Sender<Question>,
    answers: Receiver<Answer>,
    thread: JoinHandle<()>,
}

impl Reader {
    /// Starts reading the ledger `file` for `till`. `heard` is called when there is an answer to take.
    pub fn start(file: PathBuf, till: String, heard: impl Fn() + Send + 'static) -> Self {
        let (questions, asked) = mpsc::channel();
        let (told, answers) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut desk = ReadingDesk { file, till, ledger: None, search: None };
            desk.work(&asked, |answer| {
                let is_heard = told.send(answer).is_ok();
                heard();
                is_heard
            });
        });
        Self { questions, answers, thread }
    }

    /// Asks. Answers come in the order of their questions, but for a search's.
    pub fn ask(&self, question: Question) {
        if self.questions.send(question).is_err() {
            tracing::error!("the history's reader has ended");
        }
    }

    /// The next answer, if there is one.
    pub fn hear(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// Tells it to end. When the thread has, it has let go of the ledger.
    pub fn end(self) -> JoinHandle<()> {
        self.thread
    }
}

/// What the thread works with.
struct ReadingDesk {
    file: PathBuf,
    till: String,
    ledger: Option<Ledger>,
    search: Option<Searching>,
}

struct Searching {
    number: u64,
    search: Search,
    below: Option<WriteOffId>,
    is_first: bool,
}

impl ReadingDesk {
    /// Answers until nobody asks or listens any more.
    fn work(&mut self, asked: &Receiver<Question>, mut tell: impl FnMut(Answer) -> bool) {
        loop {
            let question = if self.search.is_some() {
                match asked.try_recv() {
                    Ok(question) => Some(question),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return,
                }
            } else {
                match asked.recv() {
                    Ok(question) => Some(question),
                    Err(mpsc::RecvError) => return,
                }
            };
            let answer = match question {
                Some(question) => self.answer(question),
                None => self.search_on().map(Some),
            };
            let answer = answer.unwrap_or_else(|error| {
                tracing::error!("the history could not be read: {}", chain(&error));
                (self.ledger, self.search) = (None, None); // opened anew for the next question: it may be another file by then
                Some(Answer::Failed(chain(&error)))
            });
            if answer.is_some_and(|answer| !tell(answer)) {
                return;
            }
        }
    }

    fn answer(&mut self, question: Question) -> Result<Option<Answer>, Error> {
        if self.ledger.is_none() {
            self.ledger = open(&self.file, matches!(question, Question::Open(_)))?;
        }
        let Some(ledger) = &mut self.ledger else {
            return Ok(Some(nothing_there(question))); // no ledger was ever begun
        };
        Ok(Some(match question {
            Question::Find(number, search) if search.is_for_all() => {
                self.search = None;
                Answer::All(number, ledger.newest()?)
            }
            Question::Find(number, search) => {
                self.search = Some(Searching { number, search, below: None, is_first: true });
                return Ok(None);
            }
            Question::Rows(ids) => Answer::Rows(ledger.rows(&ids)?),
            Question::Doubt(id) => Answer::Doubt(id, ledger.doubt_of(id)?),
            Question::Shift(id) => Answer::Shift(Box::new(shift_told(ledger, &self.till, id)?)),
            Question::Open(cashier) => match ledger.open_shift(&self.till, &cashier, Timestamp::now()) {
                Err(Error::ShiftOpen(_) | Error::NoCashier) => Answer::ShiftRefused,
                opened => Answer::Shift(Box::new(shift_told(ledger, &self.till, Some(opened?.id))?)),
            },
            Question::Close => match ledger.close_shift(&self.till, Timestamp::now()) {
                Err(Error::NoShift) => Answer::ShiftRefused,
                closed => Answer::Shift(Box::new(shift_told(ledger, &self.till, Some(closed?.id))?)),
            },
        }))
    }

    fn search_on(&mut self) -> Result<Answer, Error> {
        let (Some(ledger), Some(searching)) = (&self.ledger, &mut self.search) else {
            return Ok(Answer::Rows(Vec::new()));
        };
        let found = ledger.find(&searching.search, searching.below)?;
        let answer = Answer::Found {
            search: searching.number,
            ids: found.ids,
            is_first: std::mem::replace(&mut searching.is_first, false),
            is_last: found.next.is_none(),
        };
        searching.below = found.next;
        if searching.below.is_none() {
            self.search = None;
        }
        Ok(answer)
    }
}

/// The ledger; made where there is none and something is to be written into it.
fn open(file: &Path, make: bool) -> Result<Option<Ledger>, Error> {
    if make { Ledger::open(file).map(Some) } else { Ledger::open_to_read(file) }
}

fn nothing_there(question: Question) -> Answer {
    match question {
        Question::Find(number, _) => Answer::All(number, None),
        Question::Rows(_) => Answer::Rows(Vec::new()),
        Question::Doubt(id) => Answer::Doubt(id, None),
        Question::Shift(_) => Answer::Shift(Box::default()),
        Question::Open(_) | Question::Close => Answer::ShiftRefused,
    }
}

fn shift_told(ledger: &Ledger, till: &str, id: Option<ShiftId>) -> Result<ShiftTold, Error> {
    let present = ledger.open_shift_of(till)?;
    let latest = ledger.shifts(None, 1)?.pop();
    let shown = match id {
        Some(id) => ledger.shift(id)?,
        None => present.clone().or_else(|| latest.clone()),
    };
    let mut report = Report::default();
    if let Some(shift) = &shown {
        ledger.for_each_of_shift(shift.id, |row| {
            report.add(&row);
            Ok::<(), Error>(())
        })?;
    }
    Ok(ShiftTold { present, shown, report, latest: latest.map(|shift| shift.id) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::write_off::Intent;

    fn record(file: &Path, code: &str) {
        let intent = Intent {
            code: Code::parse(code).expect("a code"),
            card_id: None,
            title: None,
            openid: None,
            face_value: None,
            intended_at: Timestamp::UNIX_EPOCH,
        };
        Ledger::open(file).expect("opened").record("till 1", "Li", &intent).expect("recorded");
    }

    /// The answers to these questions, in one go.
    fn answers(file: &Path, questions: Vec<Question>) -> Vec<Answer> {
        let mut desk = ReadingDesk { file: file.to_owned(), till: "till 1".to_owned(), ledger: None, search: None };
        let mut told = Vec::new();
        let (ask, asked) = mpsc::channel();
        for question in questions {
            ask.send(question).expect("taken");
        }
        // The questions end when the search has: the sender is kept until then.
        let mut ask = Some(ask);
        let mut left = 0;
        desk.work(&asked, |answer| {
            left += usize::from(!matches!(answer, Answer::Found { is_last: false, .. }));
            told.push(answer);
            ask = None;
            left < 100
        });
        told
    }

    #[test]
    fn before_anything_was_written_off_all_is_empty_and_no_file_is_made_but_by_a_shift() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.db");
        let told = answers(&file, vec![Question::Find(1, Search::default())]);
        assert!(matches!(told[..], [Answer::All(1, None)]), "{told:?}");
        let told = answers(&file, vec![Question::Close]);
        assert!(matches!(told[..], [Answer::ShiftRefused]), "{told:?}");
        assert!(!file.exists());
        let told = answers(&file, vec![Question::Open("Wang".to_owned())]);
        assert!(
            matches!(&told[..], [Answer::Shift(told)] if told.present == told.shown && told.shown.is_some()),
            "{told:?}"
        );
    }

    #[test]
    fn a_later_search_takes_the_place_of_one_that_is_not_done() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.db");
        for code in ["1000", "2000"] {
            record(&file, code);
        }
        let text = |text: &str| Search { text: text.to_owned(), ..Search::default() };
        let mut desk = ReadingDesk { file, till: String::new(), ledger: None, search: None };
        assert!(desk.answer(Question::Find(1, text("1000"))).expect("taken").is_none());
        assert!(desk.answer(Question::Find(2, text("2000"))).expect("taken").is_none());
        let told = desk.search_on().expect("read");
        let Answer::Found { search: 2, ids, is_first: true, is_last: true } = told else { panic!("{told:?}") };
        assert_eq!(ids, [WriteOffId(2)]);
        assert!(desk.search.is_none());
    }
}
