//! Whether there is a newer version of the program: asked where the settings say, and nowhere without them. Nothing is downloaded or installed.
//!
//! ```text
//! release.rs    what an answer says, and whether that is newer (pure)
//! mod (here)    when it is asked, and by whom
//! ```

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod release;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use semver::Version;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use release::newer_than;
pub use release::{Release, Unreadable};

use crate::platform;
use crate::platform::releases::ReleaseSource;
use crate::trouble::chain;

/// How long after a till has opened it is asked for the first time: the counter comes first, and so does its network.
pub const FIRST_AFTER: Duration = Duration::from_secs(60);
/// How long after an answer the next question is asked.
pub const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after a question without an answer it is asked again: a till that was out of reach in the morning need not wait until the next one.
pub const AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// What is newer, if anything, or why that is not known.
pub type Answer = Result<Option<Release>, NoAnswer>;

/// Why it is not known what the newest version is. None repeats the address.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing came.
    #[error(transparent)]
    Fetch(#[from] platform::Error),
    /// What came does not say.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// The version of this program.
pub fn present() -> Version {
    // The package's own version is one; a build that had none would be told of everything.
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version::new(0, 0, 0))
}

/// Asks `source` once.
///
/// # Errors
/// [`NoAnswer`].
pub async fn ask_once(source: &ReleaseSource) -> Answer {
    Ok(newer_than(&present(), &source.ask().await?)?)
}

/// Asks again and again, off the window's thread, until it is dropped.
pub struct Watch {
    url: String,
    /// Rung when it is to be asked now.
    wanted: Arc<Notify>,
    asking: AbortHandle,
}

impl Watch {
    /// Asks `source` [`FIRST_AFTER`] from now, then as [`EVERY`] and [`AGAIN_AFTER`] say, and whenever somebody wants to know. `tell` hears each answer.
    pub fn start(source: ReleaseSource, runtime: &Handle, tell: impl Fn(Answer) + Send + Sync + 'static) -> Self {
        let (url, wanted, source) = (source.url().to_owned(), Arc::new(Notify::new()), Arc::new(source));
        let ask = move || {
            let source = Arc::clone(&source);
            async move { ask_once(&source).await }
        };
        let asking = runtime.spawn(keep_asking(ask, Arc::clone(&wanted), tell)).abort_handle();
        Self { url, wanted, asking }
    }

    /// The address that is asked.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Has it asked at once, or once more where it is being asked already.
    pub fn ask_now(&self) {
        self.wanted.notify_one();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

async fn keep_asking<F: Future<Output = Answer>>(ask: impl Fn() -> F, wanted: Arc<Notify>, tell: impl Fn(Answer)) {
    let mut pause = FIRST_AFTER;
    loop {
        tokio::select! {
            () = sleep(pause) => {}
            () = wanted.notified() => {}
        }
        let answer = ask().await;
        match &answer {
            Ok(None) => tracing::debug!("there is no newer version"),
            Ok(Some(release)) => tracing::info!("there is a newer version: {}", release.version),
            Err(why) => tracing::warn!("it is not known whether there is a newer version: {}", chain(why)),
        }
        pause = if answer.is_ok() { EVERY } else { AGAIN_AFTER };
        tell(answer);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use tokio::time::Instant;

    use super::*;

    /// Asks without a network, and has an answer to the first question alone; when, in seconds since the start, is received.
    fn asks(wanted: &Arc<Notify>) -> mpsc::UnboundedReceiver<u64> {
        let (asked, received) = mpsc::unbounded_channel();
        let start = Instant::now();
        let ask = move || {
            let is_first = start.elapsed() <= FIRST_AFTER;
            asked.send(start.elapsed().as_secs()).ok();
            async move { if is_first { Ok(None) } else { Err(Unreadable::NoVersion.into()) } }
        };
        tokio::spawn(keep_asking(ask, Arc::clone(wanted), drop));
        received
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_asked_a_while_after_the_start_once_a_day_sooner_without_an_answer_and_when_somebody_wants_to_know() {
        let wanted = Arc::new(Notify::new());
        let mut asked = asks(&wanted);
        let (first, day, again) = (FIRST_AFTER.as_secs(), EVERY.as_secs(), AGAIN_AFTER.as_secs());
        assert_eq!(asked.recv().await, Some(first), "not at once");
        assert_eq!(asked.recv().await, Some(first + day), "a day after the answer");
        sleep(Duration::from_secs(10)).await;
        assert!(asked.try_recv().is_err());
        wanted.notify_one();
        assert_eq!(asked.recv().await, Some(first + day + 10));
        assert_eq!(asked.recv().await, Some(first + day + 10 + again), "sooner, as there was no answer");
    }

    #[tokio::test(start_paused = true)]
    async fn who_wants_to_know_at_once_does_not_wait_for_the_first_time() {
        let wanted = Arc::new(Notify::new());
        let mut asked = asks(&wanted);
        wanted.notify_one();
        assert_eq!(asked.recv().await, Some(0));
        assert_eq!(asked.recv().await, Some(EVERY.as_secs()));
    }

    #[test]
    fn this_program_has_a_version() {
        assert_eq!(present().to_string(), env!("CARGO_PKG_VERSION"));
    }
}
