//! The ledger's jobs at simulated moments: the real ledger, on a disk that can be slow, full, unreadable or without power.

use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::checks;
use super::history::{Ill, Point};
use super::world::{Shared, World};
use crate::desk::{Event, NotRecorded, Written};
use crate::till::books::{Books, Clerk, Job};

/// The clerk of one life of one till.
pub(super) struct SimulatedClerk {
    shared: Shared,
    till: usize,
    life: u64,
    jobs: Option<mpsc::UnboundedSender<Job>>,
    task: Option<JoinHandle<()>>,
}

impl SimulatedClerk {
    pub(super) fn employ(
        shared: Shared,
        till: usize,
        life: u64,
        books: Books,
        events: mpsc::Sender<Event>,
    ) -> Box<dyn Clerk> {
        *shared.lock().tills[till].books.lock().unwrap_or_else(PoisonError::into_inner) = Some(books);
        let (jobs, incoming) = mpsc::unbounded_channel();
        let task = Some(tokio::spawn(work(shared.clone(), till, life, incoming, events)));
        Box::new(Self { shared, till, life, jobs: Some(jobs), task })
    }
}

impl Drop for SimulatedClerk {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Clerk for SimulatedClerk {
    fn give(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            jobs.send(job).ok();
        }
    }

    fn finish(mut self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            drop(self.jobs.take());
            if let Some(task) = self.task.take() {
                task.await.ok();
            }
            let mut world = self.shared.lock();
            if world.lives(self.till, self.life) {
                world.let_go(self.till);
            }
        })
    }
}

/// Does one job after the other.
async fn work(
    shared: Shared,
    till: usize,
    life: u64,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    events: mpsc::Sender<Event>,
) {
    while let Some(job) = jobs.recv().await {
        let wait = shared.lock().disk_delay(till);
        sleep(wait).await;
        let done = shared.lock().does_job(till, life, job);
        let Some(event) = done else { return std::future::pending().await };
        let wait = shared.lock().disk_delay(till) / 2;
        sleep(wait).await;
        if !shared.lock().lives(till, life) {
            return std::future::pending().await;
        }
        events.send(event).await.ok();
    }
}

impl World {
    /// How long the disk takes.
    fn disk_delay(&mut self, till: usize) -> Duration {
        let longest_ms = match self.ill(self.tills[till].ledger) {
            Some(Ill::Slow) => [500, 10_000, 40_000][self.random.usize(0..3)],
            _ => 20,
        };
        Duration::from_millis(self.random.u64(0..longest_ms))
    }

    /// Has a job done. `None` where the till does not live to hear of it.
    fn does_job(&mut self, till: usize, life: u64, job: Job) -> Option<Event> {
        let is_write = matches!(job, Job::Record { .. } | Job::Close { .. });
        let survives = if is_write { self.passes(till, life, Point::BeforeWrite) } else { self.lives(till, life) };
        if !survives {
            return None;
        }
        let number = self.tills[till].ledger;
        let ill = self.ill(number);
        self.note(|| {
            format!("till {till}, ledger {number}: {job:?}{}", ill.map_or(String::new(), |ill| format!(" ({ill:?})")))
        });
        let books = Arc::clone(&self.tills[till].books);
        let (mut event, shared) = {
            let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
            let books = books.as_mut()?;
            let event = self.on_the_disk(number, ill, books, job);
            (event, books.claim.is_none())
        };
        if shared {
            self.ledgers[number].alone = self.ledgers[number].alone.filter(|by| *by != (till, life));
        }
        if ill == Some(Ill::Doubtful) {
            let message = || "done, but who knows".to_owned();
            match &mut event {
                Event::Recorded { result: result @ Ok(_), .. } => *result = Err(NotRecorded::Failed(message())),
                Event::Closed { result: result @ Ok(Written::Done), .. } => *result = Err(message()),
                _ => {}
            }
        }
        if let Event::Recorded { result: Err(NotRecorded::Failed(_)), .. } | Event::Closed { result: Err(_), .. } =
            &event
        {
            self.seen.writes_failed += 1;
        }
        checks::disk(self, number);
        (!is_write || self.passes(till, life, Point::AfterWrite)).then_some(event)
    }

    /// Has the real ledger do a job while something ails its disk.
    fn on_the_disk(&mut self, number: usize, ill: Option<Ill>, books: &mut Books, job: Job) -> Event {
        let unreadable = &mut self.ledgers[number].unreadable;
        let mut ail = |books: &mut Books, ails: bool| match (ill, &mut books.ledger) {
            (Some(Ill::Full), Some(ledger)) => ledger.refuse_writes(ails).expect("told"),
            (Some(Ill::Unreadable), Some(ledger)) => ledger.exchange(unreadable),
            _ => {}
        };
        ail(books, true);
        let event = books.do_job(job);
        ail(books, false);
        event
    }
}
