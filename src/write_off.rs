//! One write-off, from intent to settled outcome: the words that the desk, the platform client and the ledger share.
//!
//! Pure.

use std::fmt;

use jiff::Timestamp;

use crate::code::{CardId, Code};
use crate::coupon::{Fen, Kind, Status};

/// The number of a write-off in its till's ledger; never used twice there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WriteOffId(pub i64);

impl fmt::Display for WriteOffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a shift in its till's ledger; never used twice there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShiftId(pub i64);

impl fmt::Display for ShiftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One cashier's time at a till, from opening to closing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Its number.
    pub id: ShiftId,
    /// The till.
    pub till: String,
    /// The cashier; every write-off pressed in the shift is theirs.
    pub cashier: String,
    /// When it was opened, by the till's clock.
    pub opened_at: Timestamp,
    /// When it was closed; `None` while it is open.
    pub closed_at: Option<Timestamp>,
}

/// What a coupon was worth at the press, as far as a report can count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceValue {
    /// A cash coupon: so much is taken off, more than nothing.
    Cash(Fen),
    /// Any other kind, by the platform's word for it (`GIFT`, `DISCOUNT`…): counted and never summed, since what it comes to stands on the
    /// customer's bill, which nobody here knows. Also a cash coupon whose amount the platform did not tell, or told as no sum of money can be.
    Counted(String),
}

/// An amount above this, ten million yuan, is taken for a mistake and not for money. So sums of them fit.
pub const FACE_VALUE_MAX: Fen = Fen(1_000_000_000);
/// The platform's word for a cash coupon.
const CASH: &str = "CASH";

fn is_money(amount: Fen) -> bool {
    amount > Fen(0) && amount <= FACE_VALUE_MAX
}

impl FaceValue {
    /// Of a card's kind.
    pub fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Cash { reduce, .. } if is_money(*reduce) => Self::Cash(*reduce),
            kind => Self::Counted(kind.as_wire().to_owned()),
        }
    }

    /// From how it is written down; `None` where nothing is ever written so.
    pub fn from_parts(kind: &str, reduce: Option<Fen>) -> Option<Self> {
        match reduce {
            Some(reduce) if kind == CASH && is_money(reduce) => Some(Self::Cash(reduce)),
            Some(_) => None,
            None => Some(Self::Counted(kind.to_owned())),
        }
    }

    /// The platform's word for the kind.
    pub fn kind(&self) -> &str {
        match self {
            Self::Cash(_) => CASH,
            Self::Counted(kind) => kind,
        }
    }

    /// What is taken off, where that is known for sure.
    pub fn cash(&self) -> Option<Fen> {
        match self {
            Self::Cash(reduce) => Some(*reduce),
            Self::Counted(_) => None,
        }
    }
}

/// What is written down before the platform is asked to consume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The code to consume.
    pub code: Code,
    /// Its card, which a custom code needs beside it.
    pub card_id: Option<CardId>,
    /// The card's title, for whoever reads the ledger.
    pub title: Option<String>,
    /// The owner, for whoever reads the ledger.
    pub openid: Option<String>,
    /// What the coupon was worth; `None` where its card's details could not be had, and in rows from before this was written down.
    pub face_value: Option<FaceValue>,
    /// When the cashier pressed, by the till's clock.
    pub intended_at: Timestamp,
}

/// What became of a consume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The platform wrote the code off.
    Accepted {
        /// The platform's words, or how it was found out later.
        message: String,
    },
    /// The code was not written off by this consume.
    Rejected {
        /// The platform's error code; `None` where the request never left or the platform showed later that it had no effect.
        errcode: Option<i64>,
        /// The platform's words, or why it was never sent.
        message: String,
    },
    /// Nobody knows yet. To be settled by asking, never by consuming again.
    Unknown {
        /// The platform's error code (−1, «system busy»), where it gave one.
        errcode: Option<i64>,
        /// What happened instead of an answer.
        message: String,
    },
}

impl Outcome {
    /// The word for it in the ledger and in `--json`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether it is known, so that nothing is left to be settled.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }

    /// The platform's error code: 0 for an accepted write-off.
    pub fn errcode(&self) -> Option<i64> {
        match self {
            Self::Accepted { .. } => Some(0),
            Self::Rejected { errcode, .. } | Self::Unknown { errcode, .. } => *errcode,
        }
    }

    /// The words beside it.
    pub fn message(&self) -> &str {
        match self {
            Self::Accepted { message } | Self::Rejected { message, .. } | Self::Unknown { message, .. } => message,
        }
    }
}

/// How an outcome is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// By the answer to the write-off's own request, or because nothing was sent.
    Answer,
    /// By its code's status, which does not tell who brought it about.
    Status,
}

/// One write-off as the ledger holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOff {
    /// Its number.
    pub id: WriteOffId,
    /// The till that pressed.
    pub till: String,
    /// The cashier at it: the open shift's, otherwise the settings'.
    pub cashier: String,
    /// The shift in which it was pressed, where one was open.
    pub shift: Option<ShiftId>,
    /// What was to be consumed, and when.
    pub intent: Intent,
    /// When the request was handed to the network; `None` where the program died before it could write that down, or nothing left.
    pub sent_at: Option<Timestamp>,
    /// What became of it; `None` while only the intent is known.
    pub outcome: Option<Outcome>,
    /// When the outcome was written down; for an unknown one, when the doubt began.
    pub outcome_at: Option<Timestamp>,
}

impl WriteOff {
    /// Whether it waits to be settled: its outcome is unknown, or was never written down.
    pub fn is_unsettled(&self) -> bool {
        !self.outcome.as_ref().is_some_and(Outcome::is_final)
    }

    /// The word for its outcome in listings: `open` while only the intent is known.
    pub fn outcome_word(&self) -> &'static str {
        self.outcome.as_ref().map_or("open", Outcome::word)
    }
}

/// What became of a write-off whose code is found consumed, where `other`, another write-off of the same code in the same ledger, had been
/// accepted before this one was recorded: that one explains the status, and this one had no effect.
pub fn explained_by(other: WriteOffId) -> Outcome {
    Outcome::Rejected { errcode: None, message: format!("settled: the code was already written off as no. {other}") }
}

/// What a code's status, asked for after the doubt has had time to clear, says of an unknown consume of it.
///
/// `CONSUMED` is taken for ours: intent was recorded on a coupon that the platform had just called consumable, and nearer to the truth
/// nobody comes, for the platform does not tell who consumed a code. It may have been another till at any time before the question;
/// the words recorded say so. (Where it was one that shares this ledger, the ledger knows: see [`explained_by`].) For «not consumed» only what cannot be otherwise is taken: `NORMAL`, `GIFTING` and `GIFT_TIMEOUT` exclude that it was consumed. Any other status –
/// expired, deleted, void, one not known – a coupon may reach after being consumed as well as without: still unknown.
pub fn settled_by(status: &Status) -> Option<Outcome> {
    let word = status.as_wire();
    match status {
        Status::Consumed => Some(Outcome::Accepted {
            message: format!("settled: the platform says {word}, and does not tell by which till"),
        }),
        Status::Normal | Status::Gifting | Status::GiftTimeout => Some(Outcome::Rejected {
            errcode: None,
            message: format!("settled: not executed, the platform says {word}"),
        }),
        Status::Expired | Status::Deleted | Status::Unavailable | Status::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cash_coupon_is_money_where_its_amount_can_be_one_and_comes_back_as_it_was_written_down() {
        let cash = |fen| Kind::Cash { least: None, reduce: Fen(fen) };
        let counted = |word: &str| FaceValue::Counted(word.to_owned());
        for (kind, value) in [
            (cash(1), FaceValue::Cash(Fen(1))),
            (cash(FACE_VALUE_MAX.0), FaceValue::Cash(FACE_VALUE_MAX)),
            (cash(0), counted("CASH")), // the platform told no amount that can be read
            (cash(-1), counted("CASH")),
            (cash(FACE_VALUE_MAX.0 + 1), counted("CASH")),
            (Kind::Discount(30), counted("DISCOUNT")),
            (Kind::Other("NEW".to_owned()), counted("NEW")),
        ] {
            let of_kind = FaceValue::of(&kind);
            assert_eq!(of_kind, value, "{kind:?}");
            assert_eq!(FaceValue::from_parts(of_kind.kind(), of_kind.cash()), Some(value), "{kind:?}");
        }
        for (kind, reduce) in [("GIFT", 5), ("CASH", 0), ("CASH", -5), ("CASH", i64::MAX)] {
            assert_eq!(FaceValue::from_parts(kind, Some(Fen(reduce))), None, "{kind} {reduce}");
        }
    }
}
