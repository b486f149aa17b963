//! Access tokens: where they come from, and the one that is held.
//!
//! A token is fetched when it is first needed, renewed before it runs out, and shared by all callers. One fetch is under way at a time:
//! whoever needs a token meanwhile waits for that one and gets what it brings, be it a token or a failure.
//!
//! When the platform refuses a token, a new one is fetched unless somebody already has. From the platform's stable token that
//! is first the normal mode, which leaves the tokens of this account's other tills alone. Only when that hands back the very token which was
//! just refused is `force_refresh` used, which makes every other holder's token void, and which the platform permits 20 times a day
//! and not twice in 30 seconds.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::error::{Call, Error};
use super::http::{Connection, Network, Request};
use super::wire::{StableTokenBody, access_token, read};
use crate::address::BaseUrl;

/// How long before its end a token is renewed, though never earlier than after three quarters of its life. Longer than any call takes.
const RENEWAL_MARGIN: Duration = Duration::from_secs(60);
/// How long a token that can still be used is used on after its renewal failed, before that is tried again.
const RENEWAL_PAUSE: Duration = Duration::from_secs(10);
/// The life of a token that came without one: the shortest that the platform's documents know.
const LIFE_UNSTATED: i64 = 300;
/// The longest life believed, in seconds: a day. The platform's tokens live two hours.
const LIFE_MAX: i64 = 24 * 60 * 60;
/// How often `force_refresh` may be used in [`FORCE_WINDOW`]. The platform's figure.
const FORCES_MAX: usize = 20;
/// See [`FORCES_MAX`].
const FORCE_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// The least time between two uses of `force_refresh`. The platform's figure.
const FORCE_INTERVAL: Duration = Duration::from_secs(30);

/// Where access tokens come from.
#[derive(Clone)]
pub enum TokenSource {
    /// The platform's stable token, fetched with the account's own credentials. The till's address must be on the account's list.
    Stable {
        /// The account's AppID.
        appid: String,
        /// Its AppSecret.
        secret: SecretString,
    },
    /// A service of the merchant's that answers `GET` with `{"access_token":…,"expires_in":…}`, so that no till holds the AppSecret.
    Service {
        /// Its address: https, or http to this computer itself.
        url: Url,
        /// What is sent as `Authorization: Bearer …`, where anything is.
        bearer: Option<SecretString>,
    },
    /// One token, never renewed.
    Fixed(SecretString),
}

impl fmt::Debug for TokenSource {
    /// Without secrets, and without the service's parameters, where some services take theirs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stable { appid, .. } => f.debug_struct("Stable").field("appid", appid).finish_non_exhaustive(),
            Self::Service { url, .. } => {
                f.debug_struct("Service").field("host", &url.host_str().unwrap_or_default()).finish_non_exhaustive()
            }
            Self::Fixed(_) => f.write_str("Fixed"),
        }
    }
}

/// An access token; cannot be printed.
pub(super) type Token = SecretString;

fn same(one: &Token, other: &Token) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// The source, and the token held from it.
pub(super) struct Tokens {
    source: TokenSource,
    fetcher: Fetcher,
    /// How many fetches have ended. Read before waiting, it tells whether one ended meanwhile.
    ended: AtomicU64,
    state: Mutex<State>,
}

/// What a fetch needs beside its source.
pub(super) struct Fetcher {
    pub network: Arc<dyn Network>,
    pub base_url: BaseUrl,
    pub reply_bytes_max: usize,
    /// The longest that one fetch may take, so that time is left for the call that needs the token.
    pub deadline: Duration,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The last failure, with the number of its fetch.
    failure: Option<(u64, Arc<Error>)>,
    forced: Forced,
}

/// A token, and until when it is good.
#[derive(Clone)]
struct Held {
    token: Token,
    renew_at: Instant,
    ends_at: Instant,
}

impl Held {
    /// A token that was asked for at `asked_at` and lives `expires_in` seconds from then.
    fn new(token: Token, asked_at: Instant, expires_in: Option<i64>) -> Self {
        let seconds = expires_in.unwrap_or(LIFE_UNSTATED).clamp(0, LIFE_MAX);
        let life = Duration::from_secs(seconds.unsigned_abs());
        let margin = RENEWAL_MARGIN.min(life / 4);
        Self { token, renew_at: asked_at + (life - margin), ends_at: asked_at + life }
    }
}

/// When `force_refresh` was used, as far as it matters for using it again.
#[derive(Default)]
struct Forced(VecDeque<Instant>);

impl Forced {
    /// Whether it may be used at `now`; if so, counts it as used.
    fn take(&mut self, now: Instant) -> bool {
        while self.0.front().is_some_and(|first| now.saturating_duration_since(*first) >= FORCE_WINDOW) {
            self.0.pop_front();
        }
        let too_soon = self.0.back().is_some_and(|last| now.saturating_duration_since(*last) < FORCE_INTERVAL);
        if too_soon || self.0.len() >= FORCES_MAX {
            return false;
        }
        self.0.push_back(now);
        true
    }
}

impl Tokens {
    pub fn new(source: TokenSource, fetcher: Fetcher) -> Self {
        Self { source, fetcher, ended: AtomicU64::new(0), state: Mutex::default() }
    }

    /// A token to use now.
    pub async fn get(&self, deadline: Instant) -> Result<Token, Error> {
        if let TokenSource::Fixed(token) = &self.source {
            return Ok(token.clone());
        }
        let seen = self.ended.load(Ordering::SeqCst);
        let mut state = self.lock(deadline).await?;
        let now = Instant::now();
        if let Some(held) = state.held.as_ref().filter(|held| now < held.renew_at) {
            return Ok(held.token.clone());
        }
        let fetched = self.fetch_unless_just_failed(&mut state, seen, deadline).await;
        match (fetched, state.held.as_mut()) {
            (Ok(token), _) => Ok(token),
            (Err(error), Some(held)) if Instant::now() < held.ends_at => {
                tracing::warn!(error = error.chain(), "token not renewed, the old one is used on");
                held.renew_at = Instant::now() + RENEWAL_PAUSE;
                Ok(held.token.clone())
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Another token than `refused`, which the platform just refused. `None` where no other is to be had.
    pub async fn after_refusal(&self, refused: &Token, deadline: Instant) -> Result<Option<Token>, Error> {
        if let TokenSource::Fixed(_) = &self.source {
            return Ok(None);
        }
        let seen = self.ended.load(Ordering::SeqCst);
        let mut state = self.lock(deadline).await?;
        match &state.held {
            Some(held) if !same(&held.token, refused) => return Ok(Some(held.token.clone())),
            _ => state.held = None,
        }
        let token = self.fetch_unless_just_failed(&mut state, seen, deadline).await?;
        if !same(&token, refused) {
            return Ok(Some(token));
        }
        if !matches!(self.source, TokenSource::Stable { .. }) || !state.forced.take(Instant::now()) {
            return Ok(None);
        }
        tracing::warn!("the platform hands out the token that it refuses, asking for a new one by force");
        let token = self.fetch(&mut state, Mode::Forced, deadline).await?.0;
        Ok(Some(token).filter(|token| !same(token, refused)))
    }

    /// Fetches a token though one may be held, and says what time the source's clock showed.
    pub async fn check(&self, deadline: Instant) -> Result<Option<Timestamp>, Error> {
        if let TokenSource::Fixed(_) = &self.source {
            return Ok(None);
        }
        let mut state = self.lock(deadline).await?;
        self.fetch(&mut state, Mode::Normal, deadline).await.map(|(_, date)| date)
    }

    async fn lock(&self, deadline: Instant) -> Result<MutexGuard<'_, State>, Error> {
        let late = |_| Error::Token(Arc::new(Error::TooLate { call: Call::Token }));
        timeout_at(deadline, self.state.lock()).await.map_err(late)
    }

    /// Fetches in normal mode, unless a fetch that ended while this caller waited failed: then that is this caller's failure too, or
    /// a queue of callers would wait for one hopeless fetch after another.
    async fn fetch_unless_just_failed(&self, state: &mut State, seen: u64, deadline: Instant) -> Result<Token, Error> {
        if let Some((_, cause)) = state.failure.as_ref().filter(|(number, _)| *number > seen) {
            return Err(Error::Token(Arc::clone(cause)));
        }
        self.fetch(state, Mode::Normal, deadline).await.map(|(token, _)| token)
    }

    /// Fetches a token and holds it.
    async fn fetch(
        &self,
        state: &mut State,
        mode: Mode,
        deadline: Instant,
    ) -> Result<(Token, Option<Timestamp>), Error> {
        let asked_at = Instant::now();
        let result = self.fetcher.fetch(&self.source, mode, deadline.min(asked_at + self.fetcher.deadline)).await;
        let number = self.ended.fetch_add(1, Ordering::SeqCst) + 1;
        super::log(Call::Token, asked_at, result.as_ref().err());
        match result {
            Ok(Fetched { token, expires_in, date }) => {
                state.held = Some(Held::new(token.clone(), asked_at, expires_in));
                state.failure = None;
                Ok((token, date))
            }
            Err(error) => {
                let cause = Arc::new(error);
                state.failure = Some((number, Arc::clone(&cause)));
                Err(Error::Token(cause))
            }
        }
    }
}

/// How the platform's stable token is asked for. Other sources know one way only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Normal,
    Forced,
}

struct Fetched {
    token: Token,
    expires_in: Option<i64>,
    /// The platform's clock; `None` where a token service answered, whose clock is its own.
    date: Option<Timestamp>,
}

impl Fetcher {
    async fn fetch(&self, source: &TokenSource, mode: Mode, deadline: Instant) -> Result<Fetched, Error> {
        let call = Call::Token;
        let (success, is_platform) = match source {
            TokenSource::Stable { appid, secret } => {
                let body = StableTokenBody {
                    grant_type: "client_credential",
                    appid,
                    secret: secret.expose_secret(),
                    force_refresh: mode == Mode::Forced,
                };
                let body = serde_json::to_vec(&body).map_err(|error| Error::Setup(error.into()))?;
                let request = self.request(self.base_url.join(call.path()), Some(body), None, deadline);
                let reply = self.network.exchange(request).await?;
                (read(call, reply, &[secret.expose_secret()])?, true)
            }
            TokenSource::Service { url, bearer } => {
                let request = self.request(url.as_str().to_owned(), None, bearer.clone(), deadline);
                let reply = self.network.exchange(request).await?;
                let status = reply.status;
                // Some services take their key in the address.
                let keys: Vec<_> =
                    url.query_pairs().map(|(name, value)| if value.is_empty() { name } else { value }).collect();
                let bearer = bearer.iter().map(|bearer| bearer.expose_secret());
                let hidden: Vec<&str> = bearer.chain(keys.iter().map(|key| &**key)).collect();
                match read(call, reply, &hidden) {
                    // Not the platform's answer but the service's: it does not know this till, or is not where the settings say.
                    Err(Error::Status { .. }) if (400..500).contains(&status) => {
                        return Err(Error::TokenService { status });
                    }
                    answer => (answer?, false),
                }
            }
            TokenSource::Fixed(token) => {
                return Ok(Fetched { token: token.clone(), expires_in: Some(LIFE_MAX), date: None });
            }
        };
        let (token, expires_in) = access_token(&success.fields)?;
        Ok(Fetched { token: token.into(), expires_in, date: success.date.filter(|_| is_platform) })
    }

    fn request(&self, url: String, body: Option<Vec<u8>>, bearer: Option<SecretString>, deadline: Instant) -> Request {
        let (connection, bytes_max) = (Connection::Kept, self.reply_bytes_max);
        Request { call: Call::Token, url, bearer, body, connection, deadline, bytes_max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_a_minute_before_its_end_or_in_the_last_quarter_of_a_short_life() {
        let start = Instant::now();
        let times = |expires_in| {
            let held = Held::new("t".to_owned().into(), start, expires_in);
            ((held.renew_at - start).as_secs_f64(), (held.ends_at - start).as_secs_f64())
        };
        assert_eq!(times(Some(7200)), (7140.0, 7200.0));
        assert_eq!(times(Some(345)), (285.0, 345.0));
        assert_eq!(times(Some(40)), (30.0, 40.0));
        assert_eq!(times(None), (240.0, 300.0));
        assert_eq!(times(Some(0)), (0.0, 0.0));
        assert_eq!(times(Some(-1)), (0.0, 0.0));
        assert_eq!(times(Some(i64::MIN)), (0.0, 0.0));
        assert_eq!(times(Some(i64::MAX)), (86340.0, 86400.0));
    }

    #[test]
    fn force_is_used_no_more_often_than_the_platform_permits() {
        let (start, mut forced) = (Instant::now(), Forced::default());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(forced.take(at(0)));
        assert!(!forced.take(at(29)));
        for n in 1..20 {
            assert!(forced.take(at(n * 30)), "use {n}");
        }
        assert!(!forced.take(at(1000)), "21st of the day");
        assert!(!forced.take(at(24 * 60 * 60 - 1)));
        assert!(forced.take(at(24 * 60 * 60)), "the first is a day old");
        assert!(!forced.take(at(24 * 60 * 60 + 1)));
    }

    #[test]
    fn a_token_source_prints_no_secret() {
        let secret = || SecretString::from("hush-hush");
        let url: Url = "https://tokens.example/wx?key=hush-hush".parse().expect("an address");
        for source in [
            TokenSource::Stable { appid: "wx1".to_owned(), secret: secret() },
            TokenSource::Service { url, bearer: Some(secret()) },
            TokenSource::Fixed(secret()),
        ] {
            assert!(!format!("{source:?} {source:#?}").contains("hush"), "{source:?}");
        }
    }
}
