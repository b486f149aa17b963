//! What can go wrong in a call of the platform's, and the one place that turns it into the core's terms.
//!
//! No error holds a token, a secret or an address with one in it: the network's are stripped of their address where they are caught, and
//! the platform's words are cleaned where they are read.

use std::error::Error as StdError;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::codes::{SYSTEM_BUSY, class_of};
use crate::address::AddressRefusal;
use crate::code::Refusal;
use crate::plain;
use crate::trouble::{self, Class, Trouble};

/// Longest detail handed on to the ledger and the log, in characters.
const DETAIL_CHARS_MAX: usize = 400;

/// The HTTP statuses by which a server says that the fault is its own.
const SERVER_FAILURES: RangeInclusive<u16> = 500..=599;

/// What the network says went wrong, stripped of addresses: they hold the token.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// One of the calls, as logs and errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Fetching an access token.
    Token,
    /// Asking about a code.
    Query,
    /// Writing a code off.
    Consume,
    /// Turning an encrypted code into a plain one.
    Decrypt,
    /// Asking for a card's details.
    Card,
    /// Fetching a merchant's logo.
    Logo,
    /// Asking for the program's newest version.
    Releases,
}

impl Call {
    /// Where the platform takes it. A logo lies wherever its card says, and the newest version is told where the settings say.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Token => "cgi-bin/stable_token",
            Self::Query => "card/code/get",
            Self::Consume => "card/code/consume",
            Self::Decrypt => "card/code/decrypt",
            Self::Card => "card/get",
            Self::Logo | Self::Releases => "",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::Query => "query",
            Self::Consume => "consume",
            Self::Decrypt => "decrypt",
            Self::Card => "card",
            Self::Logo => "logo",
            Self::Releases => "releases",
        })
    }
}

/// Why a call had no good answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A token service's address is not fit for secrets.
    #[error("the token service's address cannot be used")]
    Address(#[from] AddressRefusal),
    /// The client or the request could not be built: no root certificates on this system, a secret that no header can carry.
    #[error("the connection could not be set up")]
    Setup(#[source] Cause),
    /// The platform answered with an error code.
    #[error("{call}: the platform answered {errcode}: {message}")]
    Refused {
        /// What was asked.
        call: Call,
        /// The platform's number.
        errcode: i64,
        /// The platform's words, on one line, bounded.
        message: String,
    },
    /// What answered did not show to be the server that it should be – no trusted certificate, or no TLS at all: nothing was sent.
    #[error("{call}: what answers cannot be trusted")]
    Untrusted {
        /// What was to be asked.
        call: Call,
        /// Why.
        #[source]
        source: Cause,
    },
    /// No connection came about – no network, no such host, refused: nothing was sent.
    #[error("{call}: not reached")]
    Unreachable {
        /// What was to be asked.
        call: Call,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The time for the call was used up before it could be sent.
    #[error("{call}: no time was left to send it")]
    TooLate {
        /// What was to be asked.
        call: Call,
    },
    /// The request may have left, but no whole answer came.
    #[error("{call}: no answer")]
    NoAnswer {
        /// What was asked.
        call: Call,
        /// Why.
        #[source]
        source: Cause,
    },
    /// An answer with an HTTP status that is none of the platform's, and no error code in it.
    #[error("{call}: answered with HTTP status {status}")]
    Status {
        /// What was asked.
        call: Call,
        /// The status.
        status: u16,
    },
    /// An answer larger than any of the platform's.
    #[error("{call}: the answer is larger than {bytes_max} bytes")]
    TooLarge {
        /// What was asked.
        call: Call,
        /// The limit.
        bytes_max: usize,
    },
    /// An answer that is not JSON.
    #[error("{call}: the answer is not JSON")]
    NotJson {
        /// What was asked.
        call: Call,
        /// Where it stops being JSON.
        #[source]
        source: serde_json::Error,
    },
    /// An answer that lacks what it must have.
    #[error("{call}: the answer lacks {field}")]
    Missing {
        /// What was asked.
        call: Call,
        /// The field.
        field: &'static str,
    },
    /// An answer that names another coupon than it was asked about.
    #[error("{call}: the answer is about another coupon")]
    OtherCoupon {
        /// What was asked.
        call: Call,
    },
    /// What the platform decrypted is no code.
    #[error("decrypt: the platform's answer is not a code")]
    DecryptedRefused(#[source] Refusal),
    /// What the platform decrypted is a code only once cleaned, so it was damaged.
    #[error("decrypt: the platform's answer is a damaged code")]
    DecryptedDamaged,
    /// No token could be had, so the call itself never left.
    #[error("no access token could be had")]
    Token(#[source] Arc<Error>),
    /// The merchant's token service turned this till away.
    #[error("the token service answered with HTTP status {status}")]
    TokenService {
        /// The status.
        status: u16,
    },
}

impl Error {
    /// Whether it is certain that not one byte of the call left this computer.
    pub fn nothing_was_sent(&self) -> bool {
        match self {
            Self::Address(_)
            | Self::Setup(_)
            | Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::TooLate { .. }
            | Self::Token(_)
            | Self::TokenService { .. } => true,
            Self::Refused { .. }
            | Self::NoAnswer { .. }
            | Self::Status { .. }
            | Self::TooLarge { .. }
            | Self::NotJson { .. }
            | Self::Missing { .. }
            | Self::OtherCoupon { .. }
            | Self::DecryptedRefused(_)
            | Self::DecryptedDamaged => false,
        }
    }

    /// Whether a call that changes nothing may be made once more: the network failed, the platform was busy, or a server before it
    /// failed. Never asked of a consume.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NoAnswer { .. } => true,
            Self::Refused { errcode, .. } => *errcode == SYSTEM_BUSY,
            Self::Status { call, status } => *call != Call::Consume && SERVER_FAILURES.contains(status),
            Self::Token(cause) => cause.may_pass(),
            _ => false,
        }
    }

    /// Whether the platform refused the token of this call, so that nothing was executed.
    pub(super) fn is_refused_token(&self) -> bool {
        matches!(self, Self::Refused { call, errcode, .. } if class_for(*call, *errcode) == Class::Token)
    }

    /// The platform's error code, where it gave one, for the call or for the token that it needed.
    pub fn errcode(&self) -> Option<i64> {
        match self {
            Self::Refused { errcode, .. } => Some(*errcode),
            Self::Token(cause) => cause.errcode(),
            _ => None,
        }
    }

    /// In the core's terms.
    pub fn trouble(&self) -> Trouble {
        let detail = self.chain();
        match self {
            Self::Refused { call, errcode, message } => {
                Trouble::Refused { errcode: *errcode, class: class_for(*call, *errcode), message: message.clone() }
            }
            Self::Unreachable { .. } | Self::TooLate { .. } => Trouble::Unreachable(detail),
            Self::Untrusted { .. } => Trouble::Untrusted(detail),
            Self::NoAnswer { .. } => Trouble::NoAnswer(detail),
            Self::Status { .. }
            | Self::TooLarge { .. }
            | Self::NotJson { .. }
            | Self::Missing { .. }
            | Self::OtherCoupon { .. }
            | Self::DecryptedRefused(_)
            | Self::DecryptedDamaged => Trouble::Nonsense(detail),
            Self::Address(_) | Self::Setup(_) | Self::TokenService { .. } => Trouble::Account(detail),
            // The fetch went without an answer, but of the call itself nothing left.
            Self::Token(cause) if matches!(**cause, Self::NoAnswer { .. }) => Trouble::Unreachable(detail),
            Self::Token(cause) => cause.trouble(),
        }
    }

    /// This error and its causes on one bounded line.
    pub fn chain(&self) -> String {
        plain::line(&trouble::chain(self), DETAIL_CHARS_MAX)
    }
}

/// What may be done about `errcode` in answer to `call`: the table's class, but for two codes that mean something else in some calls.
fn class_for(call: Call, errcode: i64) -> Class {
    match (class_of(errcode), call) {
        // Only a consume leaves something behind that could be in doubt.
        (Class::Unknown, Call::Token | Call::Query | Call::Decrypt | Call::Card) => Class::Wait,
        // At a fetch there is no token yet that could be refused: the secret is wrong.
        (Class::Token, Call::Token) => Class::Configuration,
        (class, _) => class,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(call: Call, errcode: i64) -> Error {
        Error::Refused { call, errcode, message: "words".to_owned() }
    }

    fn class(error: &Error) -> Option<Class> {
        match error.trouble() {
            Trouble::Refused { class, .. } => Some(class),
            _ => None,
        }
    }

    #[test]
    fn system_busy_leaves_doubt_after_a_consume_only() {
        assert_eq!(class(&refused(Call::Consume, -1)), Some(Class::Unknown));
        for call in [Call::Token, Call::Query, Call::Decrypt, Call::Card] {
            assert_eq!(class(&refused(call, -1)), Some(Class::Wait), "{call}");
        }
    }

    #[test]
    fn a_credential_refused_at_a_fetch_is_a_matter_of_configuration() {
        assert_eq!(class(&refused(Call::Token, 40001)), Some(Class::Configuration));
        assert!(!refused(Call::Token, 40001).is_refused_token());
        assert_eq!(class(&refused(Call::Query, 40001)), Some(Class::Token));
        assert!(refused(Call::Consume, 42001).is_refused_token());
    }

    #[test]
    fn trouble_with_the_token_is_told_as_itself_and_nothing_was_sent() {
        let error = Error::Token(Arc::new(refused(Call::Token, 40164)));
        assert!(error.nothing_was_sent());
        assert_eq!(error.errcode(), Some(40164));
        assert_eq!(class(&error), Some(Class::Configuration));
        let error = Error::Token(Arc::new(Error::TokenService { status: 401 }));
        assert_eq!(error.trouble(), Trouble::Account("the token service answered with HTTP status 401".to_owned()));
    }
}
