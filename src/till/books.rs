//! What the ledger is asked to do for the desk, one job at a time, each answered by one event.
//!
//! Here errors of the ledger's become what the desk knows of them. On which thread it happens is another's matter: see
//! [`LedgerThread`](super::ledger_thread::LedgerThread).

use std::collections::HashSet;
use std::pin::Pin;

use jiff::Timestamp;

use crate::code::{CardId, Code};
use crate::desk::{Ask, Booked, Event, Names, NotRecorded, RECENT_MAX, Written};
use crate::fault_point::{self, FaultPoint};
use crate::ledger::{Claim, Error, Ledger};
use crate::trouble::chain;
use crate::write_off::{Evidence, Intent, Outcome, WriteOff, WriteOffId};

/// Said where the ledger could not be opened at the start.
const NOT_OPEN: &str = "the ledger is not open";

/// One thing for the ledger to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Read the latest rows, and – where the claim is alone – those that an earlier run left unsettled.
    ReadWhatWasLeft,
    /// Find the accepted write-off of a code that is consumed.
    FindEarlier { ask: Ask, code: Code, card_id: Option<CardId> },
    /// Write an intent down.
    Record { ask: Ask, intent: Intent },
    /// Write an outcome down.
    Close {
        ask: Ask,
        id: WriteOffId,
        outcome: Outcome,
        evidence: Evidence,
        sent_at: Option<Timestamp>,
        outcome_at: Timestamp,
    },
}

impl Job {
    /// The event by which the desk hears that this job was not done, because of `why`. It may have been done all the same: the desk counts
    /// with that.
    pub(super) fn failed(&self, why: &str) -> Event {
        match self {
            Self::ReadWhatWasLeft => Event::NotOpened(why.to_owned()),
            Self::FindEarlier { ask, .. } => Event::EarlierFound { ask: *ask, earlier: None },
            Self::Record { ask, .. } => Event::Recorded { ask: *ask, result: Err(NotRecorded::Failed(why.to_owned())) },
            Self::Close { ask, id, .. } => Event::Closed { ask: *ask, id: *id, result: Err(why.to_owned()) },
        }
    }
}

/// Who does the ledger's jobs, in the order in which they were given.
pub(super) trait Clerk: Send {
    /// Has `job` done and the desk told what came of it. Does not wait.
    fn give(&self, job: Job);

    /// Waits until every job is done. Whoever hears of them must not be waited for: let go of the receiver first.
    fn finish(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The ledger and what goes with it.
pub(super) struct Books {
    /// `None` where it could not be opened.
    pub ledger: Option<Ledger>,
    /// The claim to it, until it is shared.
    pub claim: Option<Claim>,
    pub names: Names,
    /// Why nothing is recorded, where it was open and could not be read: rows left behind in it would be settled by nobody.
    pub unread: Option<NotRecorded>,
    /// Hears of each write-off that was written down here as accepted, once.
    pub on_accepted: Box<dyn Fn(WriteOffId) + Send>,
    /// Those that it has heard of. No other run writes a row down that this one has seen to its end.
    pub told: HashSet<WriteOffId>,
}

impl Books {
    /// Does `job`, and says what came of it.
    pub(super) fn do_job(&mut self, job: Job) -> Event {
        match job {
            Job::ReadWhatWasLeft => self.read_what_was_left(),
            Job::FindEarlier { ask, code, card_id } => {
                Event::EarlierFound { ask, earlier: self.find_earlier(&code, card_id.as_ref()) }
            }
            Job::Record { ask, intent } => Event::Recorded { ask, result: self.record(&intent) },
            Job::Close { ask, id, outcome, evidence, sent_at, outcome_at } => {
                Event::Closed { ask, id, result: self.close(id, &outcome, evidence, sent_at, outcome_at) }
            }
        }
    }

    /// The claim is shared once all is read, and kept for as long as the ledger is open. While it cannot be read the claim stays as it is, so
    /// that nobody else writes off meanwhile who would not know what is in doubt either. What is damaged will not be read another time: the
    /// desk opens, and the cashier hears of it at the first press, which is not recorded.
    fn read_what_was_left(&mut self) -> Event {
        let (Some(ledger), Some(claim)) = (self.ledger.as_mut(), self.claim.as_mut()) else {
            return Event::Opened { unsettled: Vec::new(), recent: Vec::new() };
        };
        if let Err(error) = claim.hold() {
            tracing::error!("the ledger could not be claimed; it will be tried again: {}", chain(&error));
            return Event::NotOpened(error.to_string());
        }
        fault_point::reach(FaultPoint::ReadingLeft);
        let unsettled = if claim.is_alone() { ledger.unsettled() } else { Ok(Vec::new()) };
        let (unsettled, recent) = match unsettled.and_then(|unsettled| Ok((unsettled, ledger.recent(RECENT_MAX)?))) {
            Ok(read) => read,
            Err(error @ (Error::Damaged { .. } | Error::Displaced { .. })) => {
                tracing::error!("the ledger could not be read, so nothing is written off: {}", chain(&error));
                self.unread = Some(not_recorded(&error));
                (Vec::new(), Vec::new())
            }
            Err(error) => {
                tracing::error!("the ledger could not be read; it will be tried again: {}", chain(&error));
                return Event::NotOpened(error.to_string());
            }
        };
        fault_point::reach(FaultPoint::ReadLeft);
        if let Err(error) = claim.share() {
            // Without a claim another program might settle what this one has under way.
            tracing::error!("the claim to the ledger could not be shared; it will be tried again: {}", chain(&error));
            return Event::NotOpened(error.to_string());
        }
        if let Some(claim) = self.claim.take() {
            ledger.keep(claim);
        }
        Event::Opened { unsettled, recent }
    }

    /// What is not known is not told: a cashier is served as well without it.
    fn find_earlier(&self, code: &Code, card_id: Option<&CardId>) -> Option<Box<WriteOff>> {
        let found = self.ledger.as_ref()?.last_accepted(code, card_id).unwrap_or_else(|error| {
            tracing::warn!("who wrote a code off could not be looked up: {}", chain(&error));
            None
        });
        found.map(Box::new)
    }

    fn record(&mut self, intent: &Intent) -> Result<Booked, NotRecorded> {
        let Some(ledger) = &mut self.ledger else { return Err(NotRecorded::Failed(NOT_OPEN.to_owned())) };
        if let Some(why) = &self.unread {
            return Err(why.clone());
        }
        fault_point::reach(FaultPoint::Recording);
        match ledger.record(&self.names.till, &self.names.cashier, intent) {
            Ok(id) => {
                tracing::info!(%id, "intent recorded");
                fault_point::reach(FaultPoint::Recorded);
                // It is on disk and will be sent: what cannot be read back now is only what the window shows of it.
                let (cashier, shift) = ledger.booked_as(id).unwrap_or_else(|_| (self.names.cashier.clone(), None));
                Ok(Booked { id, cashier, shift })
            }
            Err(error) => {
                if !matches!(error, Error::InDoubt(_) | Error::JustAccepted(_)) {
                    tracing::error!("an intent could not be recorded, so nothing is sent: {}", chain(&error));
                }
                Err(not_recorded(&error))
            }
        }
    }

    fn close(
        &mut self,
        id: WriteOffId,
        outcome: &Outcome,
        evidence: Evidence,
        sent_at: Option<Timestamp>,
        outcome_at: Timestamp,
    ) -> Result<Written, String> {
        let Some(ledger) = &mut self.ledger else { return Err(NOT_OPEN.to_owned()) };
        fault_point::reach(FaultPoint::Closing);
        let closed = match evidence {
            Evidence::Answer => ledger.close(id, outcome, sent_at, outcome_at),
            Evidence::Status => ledger.settle(id, outcome, sent_at, outcome_at),
        };
        match closed {
            Ok(()) => {
                fault_point::reach(FaultPoint::Closed);
                // The same may be written down again, where nobody heard that it had been.
                if matches!(outcome, Outcome::Accepted { .. }) && self.told.insert(id) {
                    (self.on_accepted)(id);
                }
                Ok(Written::Done)
            }
            Err(error @ Error::Explained { by, .. }) => {
                tracing::info!("{error}");
                Ok(Written::Explained(by))
            }
            // Another program has written a final outcome meanwhile, which says at least as much: trying again would change nothing.
            Err(error @ Error::NotOpen(_)) => {
                tracing::error!("{}: {error}", outcome.word());
                Ok(Written::Done)
            }
            Err(error) => {
                tracing::error!("an outcome could not be written down; it will be tried again: {}", chain(&error));
                Err(error.to_string())
            }
        }
    }
}

/// What the desk knows of why nothing was recorded.
fn not_recorded(error: &Error) -> NotRecorded {
    match error {
        Error::InDoubt(id) => NotRecorded::InDoubt(*id),
        Error::JustAccepted(id) => NotRecorded::JustAccepted(*id),
        Error::Damaged { .. } => NotRecorded::Damaged(error.to_string()),
        Error::Displaced { .. } => NotRecorded::Displaced(error.to_string()),
        _ => NotRecorded::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Rules;

    fn books(file: &std::path::Path) -> Books {
        let claim = Claim::take(file).expect("claimed");
        Books {
            ledger: Some(Ledger::open(file).expect("opened")),
            claim: Some(claim),
            names: Names { till: "till 1".to_owned(), cashier: String::new() },
            unread: None,
            on_accepted: Box::new(|_| {}),
            told: HashSet::new(),
        }
    }

    fn intent(code: &str) -> Intent {
        let code = Code::parse(code).expect("a code");
        Intent { code, card_id: None, title: None, openid: None, face_value: None, intended_at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn what_was_just_accepted_is_remembered_for_longer_than_any_verdict_lives() {
        assert_eq!(crate::ledger::JUST_ACCEPTED, 2 * Rules::default().stale_after);
    }

    #[test]
    fn an_outcome_whose_row_is_gone_is_not_taken_for_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut books = books(&folder.path().join("ledger.db"));
        let accepted = Outcome::Accepted { message: "ok".to_owned() };
        let at = Timestamp::UNIX_EPOCH;
        let told = books.close(WriteOffId(1), &accepted, Evidence::Answer, None, at).expect_err("no such row");
        assert!(told.contains("write-off 1 is no longer in the ledger"), "{told}");
        let id = books.record(&intent("1")).expect("recorded").id;
        books.close(id, &accepted, Evidence::Answer, None, at).expect("written");
        let rejected = Outcome::Rejected { errcode: None, message: "no".to_owned() };
        books.close(id, &rejected, Evidence::Answer, None, at).expect("what another program has written says as much");
    }

    #[test]
    fn an_accepted_row_is_told_of_once_and_no_other_ever() {
        let folder = tempfile::tempdir().expect("a folder");
        let (tell, told) = std::sync::mpsc::channel();
        let on_accepted = Box::new(move |id| tell.send(id).expect("heard"));
        let mut books = Books { on_accepted, ..books(&folder.path().join("ledger.db")) };
        let accepted = Outcome::Accepted { message: "ok".to_owned() };
        let rejected = Outcome::Rejected { errcode: None, message: "no".to_owned() };
        let unknown = Outcome::Unknown { errcode: None, message: "nothing came".to_owned() };
        let ids = ["1", "2", "3"].map(|code| books.record(&intent(code)).expect("recorded").id);
        for (id, outcome, evidence) in [
            (ids[0], &unknown, Evidence::Answer),
            (ids[1], &rejected, Evidence::Answer),
            (ids[0], &accepted, Evidence::Status),
            (ids[0], &accepted, Evidence::Status), // its answer was lost, so it is tried again
            (ids[2], &accepted, Evidence::Answer),
            (ids[2], &rejected, Evidence::Answer),
        ] {
            books.close(id, outcome, evidence, None, Timestamp::UNIX_EPOCH).expect("written");
        }
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [ids[0], ids[2]]);
    }

    #[test]
    fn what_another_row_explains_is_told_and_not_written_where_it_is_known_by_its_status_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut books = books(&folder.path().join("ledger.db"));
        let accepted = Outcome::Accepted { message: "ok".to_owned() };
        let at = Timestamp::UNIX_EPOCH;
        let first = books.record(&intent("1")).expect("recorded").id;
        books.close(first, &accepted, Evidence::Answer, None, at).expect("written");
        let later = Intent { intended_at: at + crate::ledger::JUST_ACCEPTED, ..intent("1") };
        let second = books.record(&later).expect("recorded").id;
        let told = books.close(second, &accepted, Evidence::Status, None, at);
        assert_eq!(told, Ok(Written::Explained(first)));
        let told = books.close(second, &accepted, Evidence::Answer, None, at);
        assert_eq!(told, Ok(Written::Done));
    }

    #[cfg(unix)]
    #[test]
    fn a_claim_that_cannot_be_shared_is_tried_again_and_what_was_left_is_not_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.db");
        let id = Ledger::open(&file).expect("opened").record("", "", &intent("1")).expect("recorded");
        let mut books = books(&file);
        let lock = file.with_extension("lock");
        std::fs::remove_file(&lock).expect("gone");
        std::fs::create_dir(&lock).expect("something that cannot be locked");
        for _ in 0..2 {
            let told = books.do_job(Job::ReadWhatWasLeft);
            assert!(matches!(told, Event::NotOpened(_)), "{told:?}");
        }
        std::fs::remove_dir(&lock).expect("gone again");
        let told = books.do_job(Job::ReadWhatWasLeft);
        assert!(matches!(&told, Event::Opened { unsettled, .. } if unsettled[0].id == id), "{told:?}");
        assert!(matches!(Claim::take_alone(&file), Err(Error::Claimed(_))), "it is claimed from now on");
    }
}
