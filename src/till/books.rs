//! What the ledger is asked to do for the desk, one job at a time, each answered by one event.
//!
//! Here errors of the ledger's become what the desk knows of them. On which thread it happens is another's matter: see
//! [`LedgerThread`](super::ledger_thread::LedgerThread).

use std::pin::Pin;

use jiff::Timestamp;

use crate::desk::{Ask, Event, Names, NotRecorded, RECENT_MAX};
use crate::fault_point::{self, FaultPoint};
use crate::ledger::{Claim, Error, Ledger};
use crate::trouble::chain;
use crate::write_off::{Intent, Outcome, WriteOffId};

/// Said where the ledger could not be opened at the start.
const NOT_OPEN: &str = "the ledger is not open";

/// One thing for the ledger to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Read the latest rows, and – where the claim is alone – those that an earlier run left unsettled.
    ReadWhatWasLeft,
    /// Write an intent down.
    Record { ask: Ask, intent: Intent },
    /// Write an outcome down.
    Close { ask: Ask, id: WriteOffId, outcome: Outcome, sent_at: Option<Timestamp>, outcome_at: Timestamp },
}

/// Who does the ledger's jobs, in the order in which they were given.
pub(super) trait Clerk: Send {
    /// Has `job` done and the desk told what came of it. Does not wait.
    fn give(&self, job: Job);

    /// Waits until every job is done. Whoever hears of them must not be waited for: let go of the receiver first.
    fn finish(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Overhears every event, what the desk wanted done about it, and how the desk looked then – and before, where a press is what it was.
    #[cfg(test)]
    fn overhear(
        &self,
        before: Option<&crate::desk::View>,
        event: &Event,
        effects: &[crate::desk::Effect],
        after: &crate::desk::View,
    );
}

/// The ledger and what goes with it.
#[derive(Debug)]
pub(super) struct Books {
    /// `None` where it could not be opened.
    pub ledger: Option<Ledger>,
    /// The claim to it, until it is shared.
    pub claim: Option<Claim>,
    pub names: Names,
    /// Why nothing is recorded, where it was open and could not be read: rows left behind in it would be settled by nobody.
    pub unread: Option<NotRecorded>,
}

impl Books {
    /// Does `job`, and says what came of it.
    pub(super) fn do_job(&mut self, job: Job) -> Event {
        match job {
            Job::ReadWhatWasLeft => self.read_what_was_left(),
            Job::Record { ask, intent } => Event::Recorded { ask, result: self.record(&intent) },
            Job::Close { ask, id, outcome, sent_at, outcome_at } => {
                Event::Closed { ask, id, result: self.close(id, &outcome, sent_at, outcome_at) }
            }
        }
    }

    /// The claim is shared once all is read, and kept for as long as the ledger is open. While it cannot be read the claim stays as it is, so
    /// that nobody else writes off meanwhile who would not know what is in doubt either. What is damaged will not be read another time: the
    /// desk opens, and the cashier hears of it at the first press, which is not recorded.
    fn read_what_was_left(&mut self) -> Event {
        let (Some(ledger), Some(mut claim)) = (self.ledger.as_mut(), self.claim.take()) else {
            return Event::Opened { unsettled: Vec::new(), recent: Vec::new() };
        };
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
                self.claim = Some(claim);
                return Event::NotOpened(error.to_string());
            }
        };
        fault_point::reach(FaultPoint::ReadLeft);
        if let Err(error) = claim.share() {
            tracing::warn!("the claim to the ledger could not be shared: {error}");
        }
        ledger.keep(claim);
        Event::Opened { unsettled, recent }
    }

    fn record(&mut self, intent: &Intent) -> Result<WriteOffId, NotRecorded> {
        let Some(ledger) = &mut self.ledger else { return Err(NotRecorded::Failed(NOT_OPEN.to_owned())) };
        if let Some(why) = &self.unread {
            return Err(why.clone());
        }
        fault_point::reach(FaultPoint::Recording);
        match ledger.record(&self.names.till, &self.names.cashier, intent) {
            Ok(id) => {
                tracing::info!(%id, "intent recorded");
                fault_point::reach(FaultPoint::Recorded);
                Ok(id)
            }
            Err(error) => {
                if !matches!(error, Error::InDoubt(_)) {
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
        sent_at: Option<Timestamp>,
        outcome_at: Timestamp,
    ) -> Result<(), String> {
        let Some(ledger) = &mut self.ledger else { return Err(NOT_OPEN.to_owned()) };
        fault_point::reach(FaultPoint::Closing);
        match ledger.close(id, outcome, sent_at, outcome_at) {
            Ok(()) => {
                fault_point::reach(FaultPoint::Closed);
                Ok(())
            }
            // Another program has written a final outcome meanwhile, which says at least as much: trying again would change nothing.
            Err(error @ Error::NotOpen(_)) => {
                tracing::error!("{}: {error}", outcome.word());
                Ok(())
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
        Error::Damaged { .. } => NotRecorded::Damaged(error.to_string()),
        Error::Displaced { .. } => NotRecorded::Displaced(error.to_string()),
        _ => NotRecorded::Failed(error.to_string()),
    }
}
