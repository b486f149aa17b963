//! The thread that prints one thing after the other, so that nobody at a counter waits for a printer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use super::{Hand, Page, Place, PrintError, Sent, bytes};

/// How many things may wait for a printer that is slow or broken; a person who sees to it prints the rest again.
const WAITING_MAX: usize = 50;
/// How long the end of the program waits for what is being printed.
const ENDING_PATIENCE: Duration = Duration::from_secs(5);

/// Makes the page to be printed; on the printer's thread, where it may read a disk.
type Make = Box<dyn FnOnce() -> Result<Page, PrintError> + Send>;
/// Hears what became of it.
type Done = Box<dyn FnOnce(Result<Sent, PrintError>) + Send>;

/// Something to be printed, once.
pub struct Job {
    /// Where.
    pub place: Place,
    /// What.
    pub make: Make,
    /// Called with what became of it, once: on another thread, or at once where the queue is full or the system gives no thread.
    pub done: Done,
}

/// The way to the thread. Dropping it waits for what is in the queue, and not for long.
pub struct Queue {
    jobs: Option<SyncSender<Job>>,
    ended: Receiver<()>,
}

impl Queue {
    /// Starts the thread. Where the system gives none, nothing is printed, and each job says so.
    pub fn start() -> Self {
        let (jobs, waiting) = mpsc::sync_channel::<Job>(WAITING_MAX);
        let (ending, ended) = mpsc::channel();
        let work = move || {
            let mut hand = Hand::default();
            for job in waiting {
                print(job, &mut hand);
            }
            drop(ending);
        };
        if let Err(why) = thread::Builder::new().name("printer".to_owned()).spawn(work) {
            tracing::error!("no thread could be had for the printer: {why}");
        }
        Self { jobs: Some(jobs), ended }
    }

    /// Has `job` printed after those before it. Does not wait.
    pub fn print(&self, job: Job) {
        let Some(jobs) = &self.jobs else { return };
        if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) = jobs.try_send(job) {
            (job.done)(Err(PrintError::Busy(job.place.to_string())));
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.jobs = None;
        self.ended.recv_timeout(ENDING_PATIENCE).ok(); // it ends with an error, that nobody is there any more, or not in time
    }
}

fn print(job: Job, hand: &mut Hand) {
    let Job { place, make, done } = job;
    // A panic costs the one job, whose asker hears of it.
    let page = catch_unwind(AssertUnwindSafe(make))
        .unwrap_or_else(|_| Err(PrintError::Unread("the program went wrong: please report it".to_owned())));
    let came = page.and_then(|page| {
        let bytes = bytes(&page).map_err(|why| PrintError::Other { place: place.to_string(), why: why.to_string() })?;
        hand.send(&place, bytes)
    });
    match &came {
        Ok(sent) => tracing::info!(?sent, "printed"),
        Err(why) => tracing::warn!("not printed: {why}"),
    }
    done(came);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_panics_is_told_and_the_next_one_is_done_before_the_end() {
        let queue = Queue::start();
        let (told, heard) = mpsc::channel();
        let nowhere = std::env::temp_dir().join("hexiao-no-such-printer");
        let makes: [Make; 2] = [
            Box::new(|| panic!("as if something had gone wrong")),
            Box::new(|| Ok(Page { charset: super::super::Charset::Ascii, lines: Vec::new() })),
        ];
        for make in makes {
            let told = told.clone();
            let place = Place::Device(nowhere.clone());
            queue.print(Job { place, make, done: Box::new(move |came| drop(told.send(came))) });
        }
        drop(queue);
        let came: Vec<_> = heard.try_iter().collect();
        assert!(matches!(&came[..], [Err(PrintError::Unread(_)), Err(PrintError::Missing(_))]), "{came:?}");
    }
}
