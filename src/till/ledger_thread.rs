//! The ledger's own thread: whoever waits for a disk waits there, and nobody else does.

use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::desk::{Ask, Event, Names, NotRecorded};
use crate::ledger::{Claim, Error, Ledger};
use crate::trouble::chain;
use crate::write_off::{Intent, Outcome, WriteOffId};

/// Said where the ledger could not be opened at the start.
const NOT_OPEN: &str = "the ledger is not open";

type Job = Box<dyn FnOnce(Option<&mut Ledger>) -> Event + Send>;

/// A ledger on a thread. Jobs are done in the order in which they were given, and each is answered by one event.
pub(super) struct LedgerThread {
    jobs: std_mpsc::Sender<Job>,
    thread: JoinHandle<()>,
    names: Names,
}

impl LedgerThread {
    pub(super) fn start(mut ledger: Option<Ledger>, names: Names, events: mpsc::Sender<Event>) -> Self {
        let (jobs, incoming) = std_mpsc::channel::<Job>();
        let thread = std::thread::spawn(move || {
            for job in incoming {
                // Every job is done, also when the till has ended and nobody hears what came of it.
                events.blocking_send(job(ledger.as_mut())).ok();
            }
        });
        Self { jobs, thread, names }
    }

    /// Reads the latest rows, and – where `claim` is alone – those that an earlier run left unsettled. The claim is kept for as long as the thread.
    pub(super) fn read_what_was_left(&self, claim: Option<Claim>, recent: usize) {
        self.give(move |ledger| {
            let (Some(ledger), Some(mut claim)) = (ledger, claim) else {
                return Event::Opened { unsettled: Vec::new(), recent: Vec::new() };
            };
            let read = |what: Result<_, Error>| {
                what.unwrap_or_else(|error| {
                    tracing::error!("the ledger could not be read: {}", chain(&error));
                    Vec::new()
                })
            };
            let unsettled = if claim.is_alone() { read(ledger.unsettled()) } else { Vec::new() };
            let recent = read(ledger.recent(recent));
            if let Err(error) = claim.share() {
                tracing::warn!("the claim to the ledger could not be shared: {error}");
            }
            ledger.keep(claim);
            Event::Opened { unsettled, recent }
        });
    }

    pub(super) fn record(&self, ask: Ask, intent: Intent) {
        let names = self.names.clone();
        self.give(move |ledger| {
            let result = match ledger.map(|ledger| ledger.record(&names.till, &names.cashier, &intent)) {
                Some(Ok(id)) => Ok(id),
                Some(Err(Error::InDoubt(id))) => Err(NotRecorded::InDoubt(id)),
                Some(Err(error)) => {
                    tracing::error!("an intent could not be recorded, so nothing is sent: {}", chain(&error));
                    Err(NotRecorded::Failed(error.to_string()))
                }
                None => Err(NotRecorded::Failed(NOT_OPEN.to_owned())),
            };
            if let Ok(id) = &result {
                tracing::info!(%id, "intent recorded");
            }
            Event::Recorded { ask, result }
        });
    }

    pub(super) fn close(
        &self,
        ask: Ask,
        id: WriteOffId,
        outcome: Outcome,
        sent_at: Option<Timestamp>,
        outcome_at: Timestamp,
    ) {
        self.give(move |ledger| {
            let result = match ledger.map(|ledger| ledger.close(id, &outcome, sent_at, outcome_at)) {
                Some(Ok(())) => Ok(()),
                // Another program has written a final outcome meanwhile, which says at least as much: trying again would change nothing.
                Some(Err(error @ Error::NotOpen(_))) => {
                    tracing::error!("{}: {error}", outcome.word());
                    Ok(())
                }
                Some(Err(error)) => {
                    tracing::error!("an outcome could not be written down; it will be tried again: {}", chain(&error));
                    Err(error.to_string())
                }
                None => Err(NOT_OPEN.to_owned()),
            };
            Event::Closed { ask, id, result }
        });
    }

    /// Waits until every job is done. Whoever hears of them must not be waited for here: let go of the receiver first.
    pub(super) async fn finish(self) {
        drop(self.jobs);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the ledger's thread ended badly");
        }
    }

    fn give(&self, job: impl FnOnce(Option<&mut Ledger>) -> Event + Send + 'static) {
        if self.jobs.send(Box::new(job)).is_err() {
            tracing::error!("the ledger's thread has ended");
        }
    }
}
