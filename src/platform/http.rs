//! One exchange over HTTP: a request goes out once, a bounded answer comes in before the deadline. What `reqwest` is to the platform is known in this file alone.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::error::{Call, Cause, Error};

/// How this program names itself to servers.
const USER_AGENT: &str = concat!("hexiao/", env!("CARGO_PKG_VERSION"));
/// How long an idle connection is kept for the next query: a customer or two, and less than servers commonly allow.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// The most connections kept.
const IDLE_CONNECTIONS_MAX: usize = 2;

/// A request. It cannot be printed: the address mostly holds a token.
pub(crate) struct Request {
    /// What it asks for.
    pub call: Call,
    /// Where it goes.
    pub url: String,
    /// What is sent as `Authorization: Bearer …`.
    pub bearer: Option<SecretString>,
    /// JSON to `POST`; without, it is a `GET`.
    pub body: Option<Vec<u8>>,
    /// The connection that it may take.
    pub connection: Connection,
    /// When its answer must be there, whole.
    pub deadline: Instant,
    /// The largest answer taken, in bytes.
    pub bytes_max: usize,
}

/// Which connection a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// One that was used before, where one is open.
    Kept,
    /// One of its own: on a kept one that the platform closes in the same instant, nobody could say whether the request was read.
    Fresh,
}

/// An answer, whatever it says.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its HTTP status.
    pub status: u16,
    /// The server's clock.
    pub date: Option<Timestamp>,
    /// Its body, no longer than the limit.
    pub body: Vec<u8>,
}

impl Reply {
    /// Whether the status says yes.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// An exchange under way.
pub(crate) type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// What carries requests to their servers: HTTP, or what stands for it in a simulation.
pub(crate) trait Network: Send + Sync {
    /// Sends `request` once and reads the whole answer.
    ///
    /// # Errors
    /// [`Error::TooLate`], [`Error::Setup`], [`Error::Untrusted`] and [`Error::Unreachable`] mean that nothing was sent; every other one that it may have been.
    fn exchange(&self, request: Request) -> Exchange<'_>;
}

/// The real network.
pub(super) struct Http {
    kept: reqwest::Client,
    fresh: reqwest::Client,
}

impl Http {
    /// Connects to nobody yet. Where no address needs TLS, practice on a computer without root certificates works, and starts faster.
    ///
    /// `unheard_max`: how long what was sent may stay without the other side's acknowledgement. Without this the system goes on sending
    /// it again for minutes after we have given up, or were killed, and a consume could arrive when nobody reckons with it any more.
    /// Linux knows such a limit (`TCP_USER_TIMEOUT`), and holds to it when the connection was closed or its program has ended; elsewhere
    /// the system's own holds.
    ///
    /// # Errors
    /// [`Error::Setup`] where TLS is needed and this system has no root certificates.
    pub fn new(connect_deadline: Duration, unheard_max: Duration, needs_tls: bool) -> Result<Self, Error> {
        // Fails only where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |idle_connections| {
            let mut builder = unheard_at_most(unheard_max, reqwest::Client::builder())
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .referer(false)
                .retry(reqwest::retry::never())
                .no_proxy()
                .connect_timeout(connect_deadline)
                .pool_idle_timeout(IDLE_MAX)
                .pool_max_idle_per_host(idle_connections);
            if !needs_tls {
                builder = builder.tls_certs_only([]);
            }
            #[cfg(feature = "fault-points")]
            if idle_connections == 0 {
                builder = builder.connector_layer(tower::util::MapResponseLayer::new(|connection| {
                    crate::fault_point::reach(crate::fault_point::FaultPoint::Connected);
                    connection
                }));
            }
            builder.build().map_err(|error| Error::Setup(error.without_url().into()))
        };
        Ok(Self { kept: build(IDLE_CONNECTIONS_MAX)?, fresh: build(0)? })
    }

    async fn send(&self, request: Request) -> Result<Reply, Error> {
        let Request { call, url, bearer, body, connection, deadline, bytes_max } = request;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::TooLate { call });
        }
        let client = match connection {
            Connection::Kept => &self.kept,
            Connection::Fresh => &self.fresh,
        };
        let mut request = match body {
            Some(json) => client.post(url).header(CONTENT_TYPE, "application/json").body(json),
            None => client.get(url),
        };
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer.expose_secret());
        }
        let mut response = request.timeout(left).send().await.map_err(|error| caught(call, error))?;
        let (status, date) = (response.status().as_u16(), date(response.headers()));
        let mut body = Vec::new();
        // Counted while it comes in: a declared length may be missing or a lie.
        while let Some(chunk) = response.chunk().await.map_err(|error| caught(call, error))? {
            if body.len() + chunk.len() > bytes_max {
                return Err(Error::TooLarge { call, bytes_max });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, date, body })
    }
}

impl Network for Http {
    fn exchange(&self, request: Request) -> Exchange<'_> {
        Box::pin(self.send(request))
    }
}

/// Limits how long what was sent may stay unacknowledged, where the system lets us: see [`Http::new`].
#[cfg(any(target_os = "android", target_os = "linux"))]
fn unheard_at_most(time: Duration, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.tcp_user_timeout(time)
}

/// Limits nothing: this system does not let us.
#[cfg(not(any(target_os = "android", target_os = "linux")))]
fn unheard_at_most(_: Duration, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

/// Takes an error of `reqwest`'s, which names the address and with it the token, and strips it of that.
fn caught(call: Call, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let (is_setup, is_connect) = (error.is_builder(), error.is_connect());
    let is_untrusted = is_connect && is_about_trust(&error);
    let source: Cause = error.into();
    if is_setup {
        Error::Setup(source)
    } else if is_untrusted {
        Error::Untrusted { call, source }
    } else if is_connect {
        Error::Unreachable { call, source }
    } else {
        Error::NoAnswer { call, source }
    }
}

/// Whether a connection did not come about because of what the other side showed of itself, and not because it could not be reached.
fn is_about_trust(error: &(dyn StdError + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|inner| is_about_trust(inner))
        || error.source().is_some_and(is_about_trust)
}

/// The `Date` of an answer; none where it has several that differ, since one of them is somebody else's.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let mut dates = headers.get_all(DATE).iter();
    let date = dates.next().filter(|first| dates.all(|other| other == first))?;
    read_date(date.as_bytes())
}

/// A date as headers have it. A wrong weekday beside a good date is forgiven.
pub(super) fn read_date(text: &[u8]) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read_and_a_bad_one_is_none() {
        let read = |text: &'static str| date(&HeaderMap::from_iter([(DATE, HeaderValue::from_static(text))]));
        let expected = "2016-03-09T00:00:07Z".parse::<Timestamp>().ok();
        assert_eq!(read("Wed, 09 Mar 2016 00:00:07 GMT"), expected);
        assert_eq!(read("Mon, 09 Mar 2016 00:00:07 GMT"), expected, "whatever the weekday");
        for text in ["", "yesterday", "2016", "Wed, 99 Mar 2016 00:00:07 GMT"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(date(&HeaderMap::new()), None);
        let both = |other: &'static str| {
            let dates = ["Wed, 09 Mar 2016 00:00:07 GMT", other].map(|text| (DATE, HeaderValue::from_static(text)));
            let mut headers = HeaderMap::new();
            for (name, value) in dates {
                headers.append(name, value);
            }
            date(&headers)
        };
        assert_eq!(both("Wed, 09 Mar 2016 00:00:07 GMT"), expected, "twice the same");
        assert_eq!(both("Wed, 09 Mar 2016 00:00:08 GMT"), None, "one of them is not the platform's");
    }
}
