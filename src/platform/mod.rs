//! The client of the card platform: query, consume, decrypt and card details over HTTPS, with access tokens behind them.
//!
//! ```text
//! mod.rs      the client: which call is made, when it may be repeated, and what a consume came to
//! wire.rs     what is sent and what the answers mean
//! json.rs     JSON that does not contradict itself
//! tokens.rs   where access tokens come from, and the one that is held
//! codes.rs    every error code: what it means and what may be done about it
//! error.rs    what can go wrong, in the core's terms
//! http.rs     one exchange, bounded in time and size
//! fetch.rs    one small thing from another address, bounded likewise
//! logo.rs     merchants' logos: which addresses are asked, and the asking
//! releases.rs newer versions of the program: the address that is asked, and the asking
//! address.rs  where secrets may be sent
//! ```
//!
//! **What is repeated.** Query, decrypt and card details change nothing: they are repeated once after the network failed, a server
//! failed (HTTP 5xx) or the platform was busy, if enough of the total deadline is left. A consume is repeated in one case only: the platform refused the token, hence executed
//! nothing. It also has a connection of its own each time, because on a kept one that the platform closes in the same instant nobody
//! could say whether it was read.
//!
//! **Time.** A call as a whole – waiting for a token, fetching it, every repetition – ends within the total deadline. Fetching a token may
//! take half of it. A consume that could not connect in what is left is not sent, so that it never becomes unknown for lack of time.
//!
//! **Ways.** Straight to the server: no redirect is followed, and proxies of the environment (`HTTP_PROXY` and the like) are not
//! used, because neither tokens nor write-offs should take a way that the settings do not show. TLS is rustls with ring and the system's
//! own root certificates.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use url::form_urlencoded;

pub mod codes;
mod error;
mod fetch;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod http;
mod json;
pub mod logo;
pub mod releases;
#[cfg(test)]
mod scripted;
mod tokens;
mod wire;

pub use error::{Call, Cause, Error};

pub use crate::address::{AddressRefusal, BaseUrl};
pub use tokens::TokenSource;

use crate::clock::Clock;
use crate::code::{CardId, Code, EncryptedCode};
use crate::coupon::{Card, Coupon};
use crate::trouble::{Class, Trouble};
use crate::write_off::Outcome;
use codes::{INVALID_SERIAL_CODE, SYSTEM_BUSY};
use http::{Connection, Http, Network, Request};
use tokens::{Fetcher, Token, Tokens};
use wire::{CardBody, ConsumeBody, DecryptBody, QueryBody, Success};

/// The pause before a call is repeated after the network failed or the platform was busy.
const REPEAT_PAUSE: Duration = Duration::from_millis(250);

/// How the platform is reached.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is.
    pub base_url: BaseUrl,
    /// The longest that connecting may take, name look-up and TLS included; at most half of the total deadline is used.
    pub connect_deadline: Duration,
    /// The longest that a call may take, token and repetitions included.
    pub total_deadline: Duration,
    /// The largest answer taken, in bytes.
    pub reply_bytes_max: usize,
    /// The merchant's cards with custom codes, tried in this order when a bare code is not known.
    pub custom_cards: Vec<CardId>,
}

impl Options {
    /// The usual deadlines (3 s and 8 s) and limit (256 KiB), and no custom-code cards.
    pub fn new(base_url: BaseUrl) -> Self {
        Self {
            base_url,
            connect_deadline: Duration::from_secs(3),
            total_deadline: Duration::from_secs(8),
            reply_bytes_max: 256 * 1024,
            custom_cards: Vec::new(),
        }
    }
}

/// An answer, with the platform's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was answered.
    pub value: T,
    /// What the platform's clock showed: the `Date` of the reply, to the second.
    pub date: Option<Timestamp>,
}

/// What a consume came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// Accepted, rejected or unknown.
    pub outcome: Outcome,
    /// When it was last handed to the network, by this computer's clock. `None`: nothing left.
    pub sent_at: Option<Timestamp>,
    /// Why it was not accepted; `None` where it was.
    pub trouble: Option<Trouble>,
}

/// The client. Its clones share connections and the token.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    options: Options,
    /// The connect deadline in force.
    connect_deadline: Duration,
    network: Arc<dyn Network>,
    /// This computer's clock, by which it is noted when a consume left.
    clock: Clock,
    tokens: Tokens,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("options", &self.0.options).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for one account. Connects to nobody yet.
    ///
    /// # Errors
    /// [`Error::Address`] for a token service that secrets must not be sent to, [`Error::Setup`] where https is needed and this system has
    /// no root certificates.
    pub fn new(options: Options, tokens: TokenSource) -> Result<Self, Error> {
        let mut needs_tls = options.base_url.is_https();
        if let TokenSource::Service { url, .. } = &tokens {
            crate::address::check(url)?;
            needs_tls |= url.scheme() == "https";
        }
        let http = Http::new(connect_deadline(&options), options.total_deadline, needs_tls)?;
        Ok(Self::over(Arc::new(http), options, tokens, Clock::default()))
    }

    /// A client over `network`, whatever that is.
    pub(crate) fn over(network: Arc<dyn Network>, options: Options, tokens: TokenSource, clock: Clock) -> Self {
        let fetcher = Fetcher {
            network: Arc::clone(&network),
            base_url: options.base_url.clone(),
            reply_bytes_max: options.reply_bytes_max,
            deadline: options.total_deadline / 2,
        };
        let (connect_deadline, tokens) = (connect_deadline(&options), Tokens::new(tokens, fetcher));
        Self(Arc::new(Shared { options, connect_deadline, network, clock, tokens }))
    }

    /// Where the platform is.
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.options.base_url
    }

    /// Asks about `code`. Without a card id, a code that the platform does not know is asked about again with each of the custom-code
    /// cards, in their order, until one is not answered with «wrong code»; the coupon then holds that card's id.
    ///
    /// With `check_consume` the platform answers an unusable coupon with an error code; without, with its status.
    ///
    /// # Errors
    /// Why there is no answer, or the platform's refusal: the first one, if no custom-code card did better.
    pub async fn query(
        &self,
        code: &Code,
        card_id: Option<&CardId>,
        check_consume: bool,
    ) -> Result<Answer<Coupon>, Error> {
        let deadline = self.deadline();
        let first = self.query_once(code, card_id, check_consume, deadline).await;
        let unknown = |error: &Error| error.errcode() == Some(INVALID_SERIAL_CODE);
        if card_id.is_some() || !first.as_ref().is_err_and(unknown) {
            return first;
        }
        for custom in &self.0.options.custom_cards {
            match self.query_once(code, Some(custom), check_consume, deadline).await {
                Err(Error::Refused { errcode, .. }) if codes::class_of(errcode) == Class::WrongCode => {}
                answer => return answer,
            }
        }
        first
    }

    /// Writes `code` off. Nothing that happens here is an error: it is an outcome.
    ///
    /// - Accepted: the platform answered 0.
    /// - Rejected: it answered another code, or nothing left this computer.
    /// - Unknown: it answered −1, or the request left and no such answer came, or one that is about another card.
    pub async fn consume(&self, code: &Code, card_id: Option<&CardId>) -> Consumed {
        let deadline = self.deadline();
        let body = ConsumeBody { code, card_id };
        let token = match self.0.tokens.get(deadline).await {
            Ok(token) => token,
            Err(error) => return consumed(None, Err(error)),
        };
        let (sent_at, result) = self.consume_once(&body, &token, deadline).await;
        let refusal = match result {
            Err(error) if error.is_refused_token() => error,
            result => return consumed(sent_at, result),
        };
        match self.0.tokens.after_refusal(&token, deadline).await {
            Ok(Some(token)) => {
                let (again_at, result) = self.consume_once(&body, &token, deadline).await;
                consumed(again_at.or(sent_at), result)
            }
            Ok(None) => consumed(sent_at, Err(refusal)),
            Err(error) => consumed(sent_at, Err(error)),
        }
    }

    /// Turns an encrypted code into the code that it stands for.
    ///
    /// # Errors
    /// Why there is none; [`Error::DecryptedRefused`] or [`Error::DecryptedDamaged`] where the platform's answer is no sound code.
    pub async fn decrypt(&self, code: &EncryptedCode) -> Result<Code, Error> {
        let body = DecryptBody { encrypt_code: code };
        let success = self.ask(Call::Decrypt, &body, self.deadline()).await?;
        wire::decrypted(&success.fields)
    }

    /// Asks for a card's details.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn card(&self, id: &CardId) -> Result<Card, Error> {
        let success = self.ask(Call::Card, &CardBody { card_id: id }, self.deadline()).await?;
        wire::card(&success.fields, id)
    }

    /// Fetches a token from its source, whatever is held, so as to learn whether the settings are right. A fixed token has no source and
    /// is taken at its word. The date is there when the platform itself answered.
    ///
    /// # Errors
    /// Why no token could be had.
    pub async fn check_account(&self) -> Result<Answer<()>, Error> {
        let date = self.0.tokens.check(self.deadline()).await?;
        Ok(Answer { value: (), date })
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.0.options.total_deadline
    }

    async fn query_once(
        &self,
        code: &Code,
        card_id: Option<&CardId>,
        check_consume: bool,
        deadline: Instant,
    ) -> Result<Answer<Coupon>, Error> {
        let success = self.ask(Call::Query, &QueryBody { code, card_id, check_consume }, deadline).await?;
        Ok(Answer { value: wire::coupon(&success.fields, code, card_id)?, date: success.date })
    }

    /// Makes a call that changes nothing, and repeats it once if what failed may pass and time is left.
    async fn ask(&self, call: Call, body: &impl Serialize, deadline: Instant) -> Result<Success, Error> {
        let result = self.ask_once(call, body, deadline).await;
        let left = deadline.saturating_duration_since(Instant::now());
        if !result.as_ref().is_err_and(Error::may_pass) || left < REPEAT_PAUSE + self.0.connect_deadline {
            return result;
        }
        sleep(REPEAT_PAUSE).await;
        self.ask_once(call, body, deadline).await
    }

    /// Makes a call that changes nothing, and repeats it once with another token if its token was refused.
    async fn ask_once(&self, call: Call, body: &impl Serialize, deadline: Instant) -> Result<Success, Error> {
        let token = self.0.tokens.get(deadline).await?;
        let refusal = match self.send(Connection::Kept, call, body, &token, deadline).await {
            Err(error) if error.is_refused_token() => error,
            result => return result,
        };
        match self.0.tokens.after_refusal(&token, deadline).await? {
            Some(token) => self.send(Connection::Kept, call, body, &token, deadline).await,
            None => Err(refusal),
        }
    }

    /// Sends a consume once, and says when; not at all if it might not even connect in time.
    async fn consume_once(
        &self,
        body: &ConsumeBody<'_>,
        token: &Token,
        deadline: Instant,
    ) -> (Option<Timestamp>, Result<Success, Error>) {
        let call = Call::Consume;
        if deadline.saturating_duration_since(Instant::now()) < self.0.connect_deadline {
            return (None, Err(Error::TooLate { call }));
        }
        let sent_at = self.0.clock.now();
        let result = self.send(Connection::Fresh, call, body, token, deadline).await;
        let result = result.and_then(|success| wire::about(&success.fields, body.card_id).map(|()| success));
        let nothing_left = result.as_ref().is_err_and(Error::nothing_was_sent);
        (Some(sent_at).filter(|_| !nothing_left), result)
    }

    /// The one request function: sends `body` once with `token`.
    async fn send(
        &self,
        connection: Connection,
        call: Call,
        body: &impl Serialize,
        token: &Token,
        deadline: Instant,
    ) -> Result<Success, Error> {
        let started = Instant::now();
        let hidden = token.expose_secret();
        let encoded: String = form_urlencoded::byte_serialize(hidden.as_bytes()).collect();
        let request = Request {
            call,
            url: format!("{}?access_token={encoded}", self.0.options.base_url.join(call.path())),
            bearer: None,
            body: Some(serde_json::to_vec(body).map_err(|error| Error::Setup(error.into()))?),
            connection,
            deadline,
            bytes_max: self.0.options.reply_bytes_max,
        };
        let result = match self.0.network.exchange(request).await {
            Ok(reply) => wire::read(call, reply, &[hidden]),
            Err(error) => Err(error),
        };
        log(call, started, result.as_ref().err());
        result
    }
}

/// The connect deadline in force.
fn connect_deadline(options: &Options) -> Duration {
    options.connect_deadline.min(options.total_deadline / 2)
}

/// One line in the log for one exchange: the call, the platform's code, how long it took. Neither what was asked nor with which token.
fn log(call: Call, started: Instant, error: Option<&Error>) {
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match error {
        None => tracing::debug!(%call, errcode = 0, ms, "answered"),
        Some(error @ Error::Refused { errcode, .. }) => tracing::debug!(%call, errcode, ms, "{}", error.chain()),
        Some(error) => tracing::warn!(%call, ms, "{}", error.chain()),
    }
}

/// What a consume came to, from what came back.
fn consumed(sent_at: Option<Timestamp>, result: Result<Success, Error>) -> Consumed {
    let error = match result {
        Ok(Success { message, .. }) => {
            return Consumed { outcome: Outcome::Accepted { message }, sent_at, trouble: None };
        }
        Err(error) => error,
    };
    let errcode = error.errcode();
    let outcome = match &error {
        Error::Refused { errcode: SYSTEM_BUSY, message, .. } => Outcome::Unknown { errcode, message: message.clone() },
        Error::Refused { message, .. } => Outcome::Rejected { errcode, message: message.clone() },
        error if error.nothing_was_sent() => {
            Outcome::Rejected { errcode, message: format!("not sent: {}", error.chain()) }
        }
        error => Outcome::Unknown { errcode: None, message: error.chain() },
    };
    Consumed { outcome, sent_at, trouble: Some(error.trouble()) }
}

#[cfg(test)]
mod tests;
