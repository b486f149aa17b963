//! The exit status: five numbers that scripts can rely on.

use std::process::ExitCode;

use crate::code::Refusal;
use crate::desk::NotWrittenOff;
use crate::trouble::{Class, Trouble};
use crate::write_off::{Outcome, WriteOff};

/// Said at the end of `--help`.
pub const HELP: &str = "\
Exit status:
  0  done (query: usable; consume: written off; scan: a code was found; settle: nothing is left)
  1  refused (not usable, not written off, not a coupon, no code found)
  2  wrong usage or settings, a refused token, or something on this computer that must be mended first
  3  what became of a write-off is not known (run `hexiao settle`)
  4  the platform was not reached, is too busy to answer, or gave no answer that can be understood

Without an account in the settings file everything works on a built-in sandbox, for practice.";

/// Advice where the outcome of a write-off is not known.
pub const RUN_SETTLE: &str = "run `hexiao settle` to find out; do not write this coupon off by other means until then";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The platform, or the rules, said no.
    Refused,
    /// Wrong usage, settings, or a fault of this computer's.
    Usage,
    /// A write-off whose outcome is not known.
    Unknown,
    /// The platform was not reached, was busy, or gave no sound answer.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

impl Exit {
    /// The status itself.
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Unknown => 3,
            Self::Unreachable => 4,
        }
    }

    /// After a question that got no good answer. An error code is an answer, the platform refused, unless it says nothing of the
    /// coupon: fault found with the account or its token, which only the settings can mend, or «not now».
    pub fn after(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Refused { class, .. } => match class {
                Class::Configuration | Class::Token => Self::Usage,
                Class::Wait | Class::Unknown => Self::Unreachable,
                Class::AlreadyConsumed | Class::CannotBeUsed | Class::WrongCode | Class::OffPath => Self::Refused,
            },
            Trouble::Account(_) => Self::Usage,
            Trouble::Unreachable(_) | Trouble::Untrusted(_) | Trouble::NoAnswer(_) | Trouble::Nonsense(_) => {
                Self::Unreachable
            }
        }
    }

    /// After a text that is no coupon. A payment code or an ordinary link is what a customer may well show, and the answer is no, as it
    /// is to a used coupon: refused; so is another till's set-up code. What can be no code at all was mistyped, or is a script's mistake: usage.
    pub fn after_reading(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Payment | Refusal::Link | Refusal::SetUp => Self::Refused,
            Refusal::Empty | Refusal::TooLong | Refusal::IllegalCharacters => Self::Usage,
        }
    }

    /// After a consume. What came to nothing ends as a question would that met the same trouble, sent or not, or is a fault of this computer's.
    pub fn after_consume(write_off: &WriteOff, why: Option<&NotWrittenOff>) -> Self {
        match &write_off.outcome {
            Some(Outcome::Accepted { .. }) => Self::Done,
            Some(Outcome::Rejected { .. }) => match why {
                Some(NotWrittenOff::Trouble(trouble)) => Self::after(trouble),
                Some(NotWrittenOff::OutOfDate) => Self::Usage,
                Some(NotWrittenOff::Already(_)) => Self::Refused,
                None if write_off.sent_at.is_some() => Self::Refused,
                None => Self::Unreachable,
            },
            Some(Outcome::Unknown { .. }) | None => Self::Unknown,
        }
    }
}

/// The word in `reason` where a question got no good answer.
pub fn trouble_word(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Refused { class, .. } => match class {
            Class::Token => "token_refused",
            Class::Wait | Class::Unknown => "busy",
            Class::AlreadyConsumed => "consumed",
            Class::CannotBeUsed => "cannot_be_used",
            Class::WrongCode => "invalid_code",
            Class::Configuration => "configuration",
            Class::OffPath => "platform_error",
        },
        Trouble::Unreachable(_) => "unreachable",
        Trouble::Untrusted(_) => "untrusted",
        Trouble::NoAnswer(_) => "no_answer",
        Trouble::Nonsense(_) => "nonsense",
        Trouble::Account(_) => "configuration",
    }
}

/// The word in `reason` where a text is no coupon.
pub fn refusal_word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Empty => "empty",
        Refusal::Payment => "payment",
        Refusal::Link => "link",
        Refusal::SetUp => "set_up",
        Refusal::TooLong => "too_long",
        Refusal::IllegalCharacters => "illegal_characters",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::code::Code;
    use crate::write_off::{Intent, WriteOffId};

    #[test]
    fn a_consume_that_came_to_nothing_ends_as_a_question_would_that_met_the_same_trouble() {
        let intent = Intent {
            code: Code::parse("111").expect("a code"),
            card_id: None,
            title: None,
            openid: None,
            face_value: None,
            intended_at: Timestamp::UNIX_EPOCH,
        };
        let mut row = WriteOff {
            id: WriteOffId(1),
            till: String::new(),
            cashier: String::new(),
            shift: None,
            intent,
            sent_at: None,
            outcome: Some(Outcome::Rejected { errcode: None, message: String::new() }),
            outcome_at: None,
        };
        let refused = |class| Trouble::Refused { errcode: 1, class, message: String::new() };
        let words = String::new;
        for (why, exit) in [
            (NotWrittenOff::OutOfDate, Exit::Usage),
            (NotWrittenOff::Trouble(Trouble::Account(words())), Exit::Usage),
            (NotWrittenOff::Trouble(refused(Class::Configuration)), Exit::Usage),
            (NotWrittenOff::Already(WriteOffId(1)), Exit::Refused),
            (NotWrittenOff::Trouble(refused(Class::AlreadyConsumed)), Exit::Refused),
            (NotWrittenOff::Trouble(refused(Class::Wait)), Exit::Unreachable),
            (NotWrittenOff::Trouble(Trouble::Unreachable(words())), Exit::Unreachable),
            (NotWrittenOff::Trouble(Trouble::Untrusted(words())), Exit::Unreachable),
        ] {
            for sent_at in [None, Some(Timestamp::UNIX_EPOCH)] {
                row.sent_at = sent_at;
                assert_eq!(Exit::after_consume(&row, Some(&why)), exit, "{why:?}, sent {sent_at:?}");
            }
        }
        assert_eq!(Exit::after_consume(&row, None), Exit::Refused, "sent, and settled as not executed");
        row.sent_at = None;
        assert_eq!(Exit::after_consume(&row, None), Exit::Unreachable);
    }
}
