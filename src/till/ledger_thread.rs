//! The ledger's own thread: whoever waits for a disk waits there, and nobody else does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::books::{Books, Clerk, Job};
use crate::desk::Event;

/// Said of a job in which the program itself went wrong.
const PANICKED: &str = "the program went wrong at the ledger: please report it";

/// A ledger on a thread.
pub(super) struct LedgerThread {
    jobs: std_mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

impl LedgerThread {
    pub(super) fn start(mut books: Books, events: mpsc::Sender<Event>) -> Self {
        Self::doing(move |job| books.do_job(job), events)
    }

    /// A panic costs the one job: answered by nobody, the desk would wait for it for ever.
    fn doing(mut do_job: impl FnMut(Job) -> Event + Send + 'static, events: mpsc::Sender<Event>) -> Self {
        let (jobs, incoming) = std_mpsc::channel::<Job>();
        let thread = std::thread::spawn(move || {
            for job in incoming {
                // Every job is done, also when the till has ended and nobody hears what came of it.
                let failed = job.failed(PANICKED);
                let event = catch_unwind(AssertUnwindSafe(|| do_job(job))).unwrap_or_else(|_| {
                    tracing::error!("{PANICKED}");
                    failed
                });
                events.blocking_send(event).ok();
            }
        });
        Self { jobs, thread }
    }
}

impl Clerk for LedgerThread {
    fn give(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            tracing::error!("the ledger's thread has ended");
        }
    }

    fn finish(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let Self { jobs, thread } = *self;
            drop(jobs);
            let joined = tokio::task::spawn_blocking(|| thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the ledger's thread ended badly");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_panics_is_answered_and_the_next_one_is_done() {
        let (events, mut heard) = mpsc::channel(2);
        let mut first = true;
        let thread = LedgerThread::doing(
            move |_| {
                assert!(!std::mem::take(&mut first), "as if something had gone wrong");
                Event::Opened { unsettled: Vec::new(), recent: Vec::new() }
            },
            events,
        );
        thread.give(Job::ReadWhatWasLeft);
        thread.give(Job::ReadWhatWasLeft);
        assert!(matches!(heard.recv().await, Some(Event::NotOpened(why)) if why == PANICKED));
        assert!(matches!(heard.recv().await, Some(Event::Opened { .. })));
        Box::new(thread).finish().await;
    }
}
