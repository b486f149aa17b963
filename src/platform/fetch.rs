//! One small thing from an address that is not the platform's: a logo, a word about a newer version.
//!
//! A request holds the address and the program's name and version: no token, no code, no cookie, no word of where the address was found. No redirect is
//! followed, which could lead anywhere. What comes back is bounded in time and size, and is for somebody else to judge.

use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::error::{Call, Error};
use super::http::{Connection, Http, Network as _, Request};

/// How long connecting may take, name look-up and TLS included.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long all of it may take.
const WITHIN: Duration = Duration::from_secs(5);

/// Fetches small things.
pub(crate) struct Fetcher {
    /// Whether any address begins with https.
    needs_tls: bool,
    /// Made when it is first needed: reading the system's root certificates takes a moment.
    http: OnceCell<Http>,
}

impl Fetcher {
    /// Connects to nobody yet. `needs_tls`: see [`Http::new`].
    pub fn new(needs_tls: bool) -> Self {
        Self { needs_tls, http: OnceCell::new() }
    }

    /// Fetches what lies at `url`, once, whatever it is: `bytes_max` bytes at most.
    ///
    /// # Errors
    /// Why nothing came, within 5 seconds; [`Error::Status`] for all but a plain yes (200), also for a redirect.
    pub async fn get(&self, call: Call, url: &str, bytes_max: usize) -> Result<Vec<u8>, Error> {
        let deadline = Instant::now() + WITHIN;
        let reply = self.http().await?.exchange(Request {
            call,
            url: url.to_owned(),
            bearer: None,
            body: None,
            connection: Connection::Kept,
            deadline,
            bytes_max,
        });
        let reply = reply.await?;
        if reply.status == 200 { Ok(reply.body) } else { Err(Error::Status { call, status: reply.status }) }
    }

    async fn http(&self) -> Result<&Http, Error> {
        let needs_tls = self.needs_tls;
        let make = move || Http::new(CONNECT_WITHIN, WITHIN, needs_tls);
        let made = self
            .http
            .get_or_try_init(|| async { spawn_blocking(make).await.map_err(|error| Error::Setup(error.into()))? });
        made.await
    }
}
