//! The ledger's own thread: whoever waits for a disk waits there, and nobody else does.

use std::pin::Pin;
use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::books::{Books, Clerk, Job};
use crate::desk::Event;

/// A ledger on a thread.
pub(super) struct LedgerThread {
    jobs: std_mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

impl LedgerThread {
    pub(super) fn start(mut books: Books, events: mpsc::Sender<Event>) -> Self {
        let (jobs, incoming) = std_mpsc::channel();
        let thread = std::thread::spawn(move || {
            for job in incoming {
                // Every job is done, also when the till has ended and nobody hears what came of it.
                events.blocking_send(books.do_job(job)).ok();
            }
        });
        Self { jobs, thread }
    }
}

impl Clerk for LedgerThread {
    #[cfg(test)]
    fn overhear(&self, _: Option<&crate::desk::View>, _: &Event, _: &[crate::desk::Effect], _: &crate::desk::View) {}

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
