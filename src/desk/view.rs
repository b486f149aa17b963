//! What the desk shows: the one thing that the window and the command line read.

use jiff::SignedDuration;

use super::settling::Fruitless;
use super::{Again, Counter, Desk, Moment, NotRecorded, NotWrittenOff, Shown};
use crate::code::{Code, Refusal, Scanned};
use crate::coupon::Verdict;
use crate::trouble::Trouble;
use crate::write_off::{WriteOff, WriteOffId};

/// A picture of the desk at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What stands before the cashier.
    pub stage: Stage,
    /// How often something has been taken up here, to be looked up or to be called no coupon: who tells of verdicts tells once a turn.
    pub turn: u64,
    /// Whether a press of Consume would be taken now.
    pub can_consume: bool,
    /// What a press would do once it is taken.
    pub press: Press,
    /// A coupon that waits until the write-off under way is done.
    pub waiting: Option<String>,
    /// How many scans have been taken up so far, to be looked up or to wait: a window that shows something else than the desk comes back to it
    /// when this grows. The same code that the camera goes on seeing is one scan.
    pub scans: u64,
    /// Write-offs whose outcome is not known yet, oldest first.
    pub unsettled: Vec<Unsettled>,
    /// How many known outcomes could not be written down yet; they are tried again.
    pub unwritten: usize,
    /// Latest write-offs, newest first.
    pub recent: Vec<WriteOff>,
    /// How far the platform's clock is ahead of the till's, as far as is known.
    pub clock_ahead: SignedDuration,
    /// Whether a press has been taken and its outcome is not yet closed: no time to end the program.
    pub under_way: bool,
    /// Whether the ledger has been read, so that what an earlier run left unsettled is known.
    pub opened: bool,
    /// Why the ledger cannot be read, as long as it cannot: it is tried again, and nothing is written off before.
    pub unread: Option<String>,
    /// Write-offs that ending the program now would leave to its next run: not settled, or not written down to the end.
    pub owed: usize,
}

/// What a press of Consume does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// It consumes.
    Consumes,
    /// It only arms: the coupon is worth so much that it takes a second press.
    Arms,
    /// It is that second press, and consumes.
    Confirms,
}

/// A write-off that waits to be settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The write-off.
    pub write_off: WriteOff,
    /// Questions about it that brought nothing.
    pub fruitless: u32,
    /// What the last of them brought.
    pub last: Option<Fruitless>,
}

/// What stands before the cashier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing.
    Idle,
    /// The platform is being asked about this code; `None` while an encrypted one is being decoded.
    LookingUp {
        /// The code.
        code: Option<Code>,
        /// Whether the press has been taken and this is the question before it.
        pressed: bool,
    },
    /// A coupon and the verdict on it.
    Shown {
        /// The coupon.
        shown: Shown,
        /// May it be consumed now?
        verdict: Verdict,
        /// An unsettled write-off of the same code, until whose outcome it cannot be consumed.
        in_doubt: Option<WriteOffId>,
    },
    /// Pressed; the intent is being written down, then the platform consumes, then the outcome is written down.
    Consuming {
        /// The coupon.
        shown: Shown,
    },
    /// The receipt: what became of the press.
    Finished {
        /// The coupon.
        shown: Shown,
        /// Its outcome, which may still be unknown.
        write_off: Box<WriteOff>,
        /// Why it was rejected, where the answer to our consume said so.
        why: Option<NotWrittenOff>,
        /// Whether the ledger has it.
        on_disk: bool,
    },
    /// What was scanned is no coupon.
    NotACoupon {
        /// The text.
        text: String,
        /// What it is instead.
        refusal: Refusal,
    },
    /// The platform could not answer for the code.
    LookupFailed {
        /// The code; `None` where an encrypted one could not be decoded.
        code: Option<Code>,
        /// Why.
        trouble: Trouble,
    },
    /// The intent could not be written down, so nothing was sent.
    NotRecorded {
        /// The coupon.
        shown: Shown,
        /// Why.
        why: NotRecorded,
    },
}

impl Desk {
    /// The desk as it looks at `now`.
    pub fn view(&self, now: Moment) -> View {
        View {
            stage: self.stage(now),
            turn: self.turn,
            can_consume: self.can_press(now),
            press: match &self.counter {
                Counter::Shown(shown) => self.press(shown, now),
                _ => Press::Consumes,
            },
            waiting: self.waiting.as_ref().map(|scanned| match scanned {
                Scanned::Code(code) => code.to_string(),
                Scanned::Encrypted { code, .. } => code.to_string(),
            }),
            scans: self.scans,
            unsettled: self.unsettled_rows(),
            unwritten: self.unwritten(),
            recent: self.recent.iter().cloned().collect(),
            clock_ahead: self.clock_ahead,
            under_way: self.is_under_way(),
            opened: self.opened,
            unread: self.unread.as_ref().map(|(why, _)| why.clone()),
            owed: self.owed(),
        }
    }

    fn stage(&self, now: Moment) -> Stage {
        match &self.counter {
            Counter::Idle => Stage::Idle,
            Counter::Decrypting { .. } => Stage::LookingUp { code: None, pressed: false },
            Counter::LookingUp { code, then, .. } => {
                Stage::LookingUp { code: Some(code.clone()), pressed: then.consumes() }
            }
            Counter::AwaitingCard { shown, then, .. } => {
                Stage::LookingUp { code: Some(shown.coupon.code.clone()), pressed: then.consumes() }
            }
            Counter::Shown(shown) => Stage::Shown {
                shown: shown.clone(),
                verdict: shown.verdict(self.platform_now(now)),
                in_doubt: self.unsettled(&shown.coupon.code),
            },
            Counter::Recording { shown, .. } | Counter::Consuming { shown, .. } | Counter::Closing { shown, .. } => {
                Stage::Consuming { shown: shown.clone() }
            }
            Counter::Finished { shown, write_off, why, on_disk, .. } => Stage::Finished {
                shown: shown.clone(),
                write_off: write_off.clone(),
                why: why.clone(),
                on_disk: *on_disk,
            },
            Counter::NotACoupon { text, refusal } => Stage::NotACoupon { text: text.clone(), refusal: *refusal },
            Counter::LookupFailed { again, trouble } => Stage::LookupFailed {
                code: match again {
                    Again::Code { code, .. } => Some(code.clone()),
                    Again::Encrypted { .. } => None,
                },
                trouble: trouble.clone(),
            },
            Counter::NotRecorded { shown, why } => Stage::NotRecorded { shown: shown.clone(), why: why.clone() },
        }
    }
}
