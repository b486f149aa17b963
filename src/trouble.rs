//! What can go wrong between a question and its answer, in the terms by which a cashier's sentence is chosen.
//!
//! Pure. The modules that meet the trouble keep its cause chain for the log; this is what the desk and the window know.

/// What may be done about one of the platform's error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The access token was refused, so nothing was executed: fetch a new one and repeat once.
    Token,
    /// Wait, then ask again; nothing was executed.
    Wait,
    /// What became of the call is unknown: ask before anything else.
    Unknown,
    /// The code was written off before.
    AlreadyConsumed,
    /// This coupon cannot be used; final.
    CannotBeUsed,
    /// Not a code of this account's, or not with this card.
    WrongCode,
    /// The account, the settings or the program is at fault; no cashier can mend it.
    Configuration,
    /// A code that no call of ours should ever receive.
    OffPath,
}

/// Why a call had no good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The platform answered with an error code.
    Refused {
        /// Its number.
        errcode: i64,
        /// What may be done about it.
        class: Class,
        /// The platform's own words, for the log and the ledger.
        message: String,
    },
    /// The platform was never reached (no network, no such host, connection refused): nothing was sent.
    Unreachable(String),
    /// Something answered that could not show to be the platform (a network's login page, a certificate that is out of date by this
    /// computer's calendar): nothing was sent.
    Untrusted(String),
    /// The request may have left, and no answer came in time or the connection broke.
    NoAnswer(String),
    /// An answer came that means nothing: a server's error page, cut-off or garbled text, too much of it.
    Nonsense(String),
    /// No access token could be had because of what is configured here (no secret, an unusable token service).
    Account(String),
}

impl Trouble {
    /// The platform's error code, where it gave one.
    pub fn errcode(&self) -> Option<i64> {
        match self {
            Self::Refused { errcode, .. } => Some(*errcode),
            _ => None,
        }
    }

    /// The technical words behind it, in English: for the log and the ledger, never alone for a cashier.
    pub fn detail(&self) -> &str {
        match self {
            Self::Refused { message: detail, .. }
            | Self::Unreachable(detail)
            | Self::Untrusted(detail)
            | Self::NoAnswer(detail)
            | Self::Nonsense(detail)
            | Self::Account(detail) => detail,
        }
    }
}

/// An error and its causes on one line, for a log or a person who mends things.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
