//! One exchange over HTTP: a request goes out once, a bounded answer comes in before the deadline.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap};
use reqwest::{RequestBuilder, StatusCode};
use tokio::time::Instant;

use super::error::{Call, Error};

/// An answer, whatever it says.
#[derive(Debug)]
pub(super) struct Reply {
    /// Its HTTP status.
    pub status: StatusCode,
    /// The server's clock.
    pub date: Option<Timestamp>,
    /// Its body, no longer than the limit.
    pub body: Vec<u8>,
}

/// Sends `request` once and reads the whole answer.
///
/// # Errors
/// [`Error::TooLate`] and [`Error::Unreachable`] mean that nothing was sent; every other one that it may have been.
pub(super) async fn exchange(
    call: Call,
    request: RequestBuilder,
    deadline: Instant,
    bytes_max: usize,
) -> Result<Reply, Error> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Error::TooLate { call });
    }
    let mut response = request.timeout(left).send().await.map_err(|error| Error::caught(call, error))?;
    let (status, date) = (response.status(), date(response.headers()));
    let mut body = Vec::new();
    // Counted while it comes in: a declared length may be missing or a lie.
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::caught(call, error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(Error::TooLarge { call, bytes_max });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, date, body })
}

/// The `Date` of an answer. A wrong weekday beside a good date is forgiven.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(headers.get(DATE)?.as_bytes()).ok()
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
    }
}
