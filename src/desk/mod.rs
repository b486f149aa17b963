//! What happens next at the counter: an [`Event`] in, [`Effect`]s out, and one read-only [`View`].
//!
//! **The one invariant:** the desk changes in [`Desk::handle`] alone, and whatever it wants done it asks for in the effects
//! that this returns. It has no I/O, no clock, no threads and no window; time is an argument. So every rule about consuming can be read
//! here and be tested in a microsecond, and nowhere else may such a rule live:
//!
//! - Consume is possible in exactly one state, [`Stage::Shown`] with a usable verdict. A second press, a key's repeat or a scanner's own
//!   Enter cannot cause a second request. (Enter never consumes: to the desk it is the end of a scan, [`Event::Scanned`].)
//! - Intent is on disk before the request exists: [`Effect::Record`] comes first, and only its success brings [`Effect::Consume`],
//!   once for each number.
//! - A verdict goes stale, by time ([`Rules::stale_after`], by either clock: a computer may have slept) or by a write-off of the same
//!   code since: a press on a stale one asks the platform again first.
//! - Where a coupon is worth as much as [`Rules::twice_from`] says, a first press only arms Consume, for [`Rules::second_press_within`]; the
//!   second, after [`Rules::press_guard`], is the one that counts. What lies there next begins anew.
//! - A press names the coupon that the cashier saw. Where another has taken its place, or did so a moment ago
//!   ([`Rules::press_guard`]), the press was not meant for that one and is not taken.
//! - A scan while a write-off is under way waits; it never replaces it, nor a press that came to nothing before the cashier has seen
//!   that. While a result is merely shown, it does replace it. The same text seen again within [`Rules::same_scan`] is the same scan.
//! - An outcome is closed in the ledger before it is shown as final. It only ever moves up: open, unknown, rejected, accepted.
//! - An unknown outcome is settled by asking ([`settling`]), also after a restart, while the cashier goes on with the next customer;
//!   until then its code cannot be consumed again. «Consumed» is not taken for its doing where the ledger, which sees other programs'
//!   rows too, knows of another write-off that explains it.
//! - Nothing is written off before the ledger has been read: until then nobody knows what is in doubt.
//! - A late answer to an earlier question is dropped from the screen, never from the ledger.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod settling;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::code::{self, CardId, Code, EncryptedCode, Refusal, Scanned};
use crate::coupon::{Card, Coupon, Fen, Kind, Phase, Status, Verdict};
use crate::trouble::Trouble;
use crate::write_off::{Evidence, FaceValue, Intent, Outcome, ShiftId, WriteOff, WriteOffId};

pub use settling::Fruitless;
use settling::Row;
pub use view::{Press, Stage, Unsettled, View};

/// Latest write-offs that the view lists.
pub const RECENT_MAX: usize = 20;
/// Card details kept, so that a busy day does not ask for each coupon's card again.
const CARDS_MAX: usize = 256;
/// What the ledger says of a write-off that was recorded too late to be sent: the disk was slow, the computer slept.
const STALE_WHEN_RECORDED: &str =
    "not sent: what the platform had said was out of date once the intent was written down";
/// Texts remembered as «seen just now».
const SEEN_MAX: usize = 16;

/// The times that the desk's rules speak of.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How old the platform's word on a coupon may be when it is consumed; asked again first where it is older.
    pub stale_after: Duration,
    /// How long after it was last seen the same text is still the same scan.
    pub same_scan: Duration,
    /// How long after a coupon was replaced by another a press is not taken: the finger was on its way to the first.
    pub press_guard: Duration,
    /// From this worth on a coupon takes two presses; `None`: each takes one. See [`Rules::takes_two`].
    pub twice_from: Option<Fen>,
    /// How long a first press waits for the second.
    pub second_press_within: Duration,
    /// How long a receipt stays before a waiting scan takes its place.
    pub receipt_stays: Duration,
    /// How long to wait for a card's details before showing a coupon without them.
    pub card_patience: Duration,
    /// How long a card's details stay good.
    pub card_keeps: Duration,
    /// How long at least after the doubt began an unknown write-off's «not consumed» is believed: a request may still be on its way.
    /// As long again as the request had already taken, where that is longer.
    pub doubt_clears: Duration,
    /// The same for a write-off that an earlier run left behind, counted from this run's start: how long its request had been under way is
    /// not known, so it is the longest that a call may take.
    pub doubt_left_behind: Duration,
    /// First pause before asking about an unknown write-off, or before writing down an outcome again; doubled each time.
    pub pause_first: Duration,
    /// Longest such pause.
    pub pause_max: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            stale_after: Duration::from_secs(30),
            same_scan: Duration::from_secs(2),
            press_guard: Duration::from_millis(400),
            twice_from: None,
            second_press_within: Duration::from_secs(8),
            receipt_stays: Duration::from_millis(1500),
            card_patience: Duration::from_millis(1500),
            card_keeps: Duration::from_secs(600),
            doubt_clears: Duration::from_secs(3),
            doubt_left_behind: Duration::from_secs(8),
            pause_first: Duration::from_secs(1),
            pause_max: Duration::from_secs(60),
        }
    }
}

impl Rules {
    /// Whether a coupon of this card takes two presses. Cash coupons say what they are worth; of a card whose details could not be had, nobody
    /// knows that it is worth less. What another kind is worth in money nobody says: it takes two where every coupon does, from ¥0 on.
    pub fn takes_two(&self, card: Option<&Card>) -> bool {
        let Some(from) = self.twice_from else { return false };
        match card.map(|card| &card.kind) {
            None => true,
            Some(Kind::Cash { reduce, .. }) => *reduce >= from,
            Some(_) => from <= Fen(0),
        }
    }
}

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Time since the till started; never jumps, and on some systems stands still while the computer sleeps. All waiting is measured with it.
    pub since_start: Duration,
    /// What the till's own clock says. It may be wrong and is written down as it is; besides, a verdict is stale where it has gone on for
    /// too long by this clock *or* by the other: after a sleep only this one knows, and a clock that was set forward costs a query.
    pub till_clock: Timestamp,
}

impl Moment {
    /// Whether `now` is `time` or more after it, by either clock.
    fn is_ago(self, time: Duration, now: Self) -> bool {
        let by_till_clock = Duration::try_from(now.till_clock.duration_since(self.till_clock)).unwrap_or_default(); // it may go back
        now.since_start.saturating_sub(self.since_start).max(by_till_clock) >= time
    }
}

/// Ties an answer to its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ask(u64);

/// What the platform said to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The coupon.
    pub coupon: Coupon,
    /// The platform's clock, where its reply told it.
    pub platform_clock: Option<Timestamp>,
}

/// What comes to the desk.
#[derive(Clone, Debug)]
pub enum Event {
    /// The ledger is open: what is unsettled in it, and its latest rows, newest first.
    Opened {
        /// Rows without a final outcome, for this desk to settle.
        unsettled: Vec<WriteOff>,
        /// Latest rows.
        recent: Vec<WriteOff>,
    },
    /// The ledger is open but could not be read; why, in English, for the log. Answer to [`Effect::ReadLedger`] like [`Event::Opened`].
    NotOpened(String),
    /// A scanner, a picture or the keyboard gave a text, on somebody's purpose.
    Scanned(String),
    /// The camera sees a text. It says so with every frame, for as long as the code is held before it.
    Seen(String),
    /// A code was entered on purpose, perhaps with its card: the command line. Always a new question.
    Entered {
        /// The code.
        code: Code,
        /// Its card, where it was named.
        card_id: Option<CardId>,
    },
    /// The cashier pressed Consume on this coupon.
    Pressed(Code),
    /// The cashier wants the present code looked up again.
    AskedAgain,
    /// The cashier wants an empty desk.
    Dismissed,
    /// Answer to [`Effect::Decrypt`].
    Decrypted {
        /// The question.
        ask: Ask,
        /// The plain code.
        answer: Result<Code, Trouble>,
    },
    /// Answer to [`Effect::Query`].
    Answered {
        /// The question.
        ask: Ask,
        /// The coupon.
        answer: Result<Answer, Trouble>,
    },
    /// Answer to [`Effect::Card`].
    CardTold {
        /// The card that was asked about.
        card_id: CardId,
        /// Its details.
        answer: Result<Card, Trouble>,
    },
    /// Answer to [`Effect::Record`].
    Recorded {
        /// The press.
        ask: Ask,
        /// How it stands in the ledger, or why it could not be written.
        result: Result<Booked, NotRecorded>,
    },
    /// Answer to [`Effect::Consume`].
    Consumed {
        /// The write-off.
        id: WriteOffId,
        /// What became of it.
        outcome: Outcome,
        /// When it was handed to the network; `None` where nothing left.
        sent_at: Option<Timestamp>,
        /// Why it was not accepted; `None` where it was.
        trouble: Option<Trouble>,
    },
    /// Answer to [`Effect::Close`].
    Closed {
        /// The write; numbered for each write-off on its own.
        ask: Ask,
        /// The write-off.
        id: WriteOffId,
        /// What came of it, or why it could not be written.
        result: Result<Written, String>,
    },
    /// Answer to [`Effect::Settle`].
    Settled {
        /// The question; numbered for each write-off on its own.
        ask: Ask,
        /// The write-off.
        id: WriteOffId,
        /// The code's status now.
        answer: Result<Status, Trouble>,
    },
    /// Answer to [`Effect::FindEarlier`].
    EarlierFound {
        /// The question to the platform that the coupon came with.
        ask: Ask,
        /// The write-off, where the ledger knows of one and could be read.
        earlier: Option<Box<WriteOff>>,
    },
    /// Time has passed; see [`Desk::next_wake`].
    Tick,
}

/// An intent that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// Its number.
    pub id: WriteOffId,
    /// The cashier whom the ledger names: the open shift's, otherwise the settings'.
    pub cashier: String,
    /// The shift to which it belongs, where one was open.
    pub shift: Option<ShiftId>,
}

/// Why an intent was not written down. Nothing is sent then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRecorded {
    /// The ledger holds an unsettled write-off of the same code, perhaps another program's.
    InDoubt(WriteOffId),
    /// A write-off of the same code was accepted a moment ago, by another program at the same ledger.
    JustAccepted(WriteOffId),
    /// The ledger could not be written, and may be another time: the disk is full, another program holds it. Why, in English.
    Failed(String),
    /// The ledger is damaged. Why, in English.
    Damaged(String),
    /// The ledger was moved, deleted or replaced while it was open: what is written would not be found again. Why, in English.
    Displaced(String),
}

/// What came of an outcome that was to be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is on disk, or an outcome is that says at least as much.
    Done,
    /// It is not: it was concluded from the code's status, and this write-off of the same code explains the status. It was accepted before
    /// the one in question was recorded.
    Explained(WriteOffId),
}

/// Why a write-off was recorded and nothing came of it, as far as this run of the program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotWrittenOff {
    /// What the platform had said was out of date once the intent was on disk: the disk is slow, or the computer slept. Nothing was sent.
    OutOfDate,
    /// The platform refused it, or it could not be sent.
    Trouble(Trouble),
    /// The code had already been written off by this other write-off.
    Already(WriteOffId),
}

/// What the desk wants done. Each is answered by exactly one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read the ledger once more: what an earlier run left unsettled must be known before anything is written off.
    ReadLedger,
    /// Have the platform decode an encrypted code.
    Decrypt {
        /// The question.
        ask: Ask,
        /// What to decode.
        code: EncryptedCode,
    },
    /// Ask the platform about a code.
    Query {
        /// The question.
        ask: Ask,
        /// The code.
        code: Code,
        /// Its card, where known.
        card_id: Option<CardId>,
    },
    /// Ask for a card's details.
    Card {
        /// The card.
        card_id: CardId,
    },
    /// Write the intent down, on disk, before anything else.
    Record {
        /// The press.
        ask: Ask,
        /// What is about to be done.
        intent: Intent,
    },
    /// Consume: the one call that cannot be undone. Asked for once for each number.
    Consume {
        /// The write-off.
        id: WriteOffId,
        /// The code.
        code: Code,
        /// Its card, where known.
        card_id: Option<CardId>,
    },
    /// Write an outcome down.
    Close {
        /// The write; numbered for each write-off on its own.
        ask: Ask,
        /// The write-off.
        id: WriteOffId,
        /// What became of it.
        outcome: Outcome,
        /// How that is known.
        evidence: Evidence,
        /// When it was handed to the network.
        sent_at: Option<Timestamp>,
        /// When the outcome was learned, by the till's clock.
        outcome_at: Timestamp,
    },
    /// Look in the ledger for the accepted write-off of a code that the platform calls consumed. Nothing waits for it.
    FindEarlier {
        /// The question to the platform that the coupon came with.
        ask: Ask,
        /// The code.
        code: Code,
        /// Its card, where known.
        card_id: Option<CardId>,
    },
    /// Ask for the status of an unknown write-off's code.
    Settle {
        /// The question; numbered for each write-off on its own.
        ask: Ask,
        /// The write-off.
        id: WriteOffId,
        /// The code.
        code: Code,
        /// Its card, where known.
        card_id: Option<CardId>,
    },
}

/// A coupon as it lies before the cashier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The platform's answer.
    pub coupon: Coupon,
    /// Its card's details, where they could be had.
    pub card: Option<Card>,
    /// The write-off in this till's ledger by which it was consumed, where it is consumed and the ledger has told of one.
    pub earlier: Option<Box<WriteOff>>,
    /// When its first press was taken, while the second is awaited.
    armed_at: Option<Duration>,
    /// The question that brought it.
    ask: Ask,
    /// When the platform was asked.
    asked_at: Moment,
}

impl Shown {
    fn verdict(&self, platform_now: Timestamp) -> Verdict {
        self.coupon.verdict(self.card.as_ref().map(|card| &card.kind), platform_now)
    }
}

/// Who brings a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Hand,
    Camera,
}

/// What a lookup is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// To show what comes.
    Show,
    /// To consume what comes if it is still usable: the cashier pressed on a stale verdict.
    Consume {
        /// Whether there were two presses, should what comes take two.
        twice: bool,
    },
}

impl Then {
    fn consumes(self) -> bool {
        matches!(self, Self::Consume { .. })
    }
}

/// What stands before the cashier. A write-off is *under way* from the press to the closed outcome.
#[derive(Clone, Debug)]
enum Counter {
    Idle,
    Decrypting {
        ask: Ask,
        code: EncryptedCode,
        card_id: Option<CardId>,
    },
    LookingUp {
        ask: Ask,
        code: Code,
        card_id: Option<CardId>,
        asked_at: Moment,
        then: Then,
    },
    /// The coupon is known, its card's details are awaited for a moment.
    AwaitingCard {
        shown: Shown,
        card_id: CardId,
        until: Duration,
        then: Then,
    },
    Shown(Shown),
    Recording {
        shown: Shown,
        ask: Ask,
        intent: Intent,
    },
    Consuming {
        shown: Shown,
        id: WriteOffId,
    },
    /// The outcome is known, and on its way to the disk.
    Closing {
        shown: Shown,
        id: WriteOffId,
    },
    Finished {
        shown: Shown,
        write_off: Box<WriteOff>,
        why: Option<NotWrittenOff>,
        on_disk: bool,
        since: Duration,
    },
    NotACoupon {
        text: String,
        refusal: Refusal,
    },
    LookupFailed {
        again: Again,
        trouble: Trouble,
    },
    NotRecorded {
        shown: Shown,
        why: NotRecorded,
    },
}

/// What a failed lookup was about, to ask again.
#[derive(Clone, Debug)]
enum Again {
    Code { code: Code, card_id: Option<CardId> },
    Encrypted { code: EncryptedCode, card_id: Option<CardId> },
}

/// The desk. See the module's rules.
#[derive(Debug)]
pub struct Desk {
    rules: Rules,
    counter: Counter,
    /// The newest coupon scanned while a write-off was under way.
    waiting: Option<Scanned>,
    /// How many scans have been taken up: see [`View::scans`].
    scans: u64,
    /// When a coupon that was shown was last replaced by another.
    replaced_at: Option<Duration>,
    /// Texts seen lately, newest last, with when.
    seen: VecDeque<(String, Duration)>,
    asks: u64,
    /// See [`View::turn`].
    turn: u64,
    /// What the platform's clock said, and when.
    platform_clock: Option<(Timestamp, Duration)>,
    /// How far that was ahead of the till's clock.
    clock_ahead: SignedDuration,
    cards: HashMap<CardId, (Card, Duration)>,
    /// Write-offs of this run and what was found unsettled, until their final outcome is on disk.
    rows: BTreeMap<WriteOffId, Row>,
    /// Latest write-offs, newest first.
    recent: VecDeque<WriteOff>,
    /// The last question that was asked before a write-off of a code got its final outcome, and when that was: what the platform said to it,
    /// or to an earlier one, says nothing any more.
    finals: HashMap<Code, (Ask, Duration)>,
    /// What every row of this till carries.
    names: Names,
    /// Whether the ledger has been read.
    opened: bool,
    /// While it could not be: why, and when to try again. `None` for when while that is under way.
    unread: Option<(String, Option<Duration>)>,
    /// How often it could not be read.
    read_tries: u32,
}

/// Who writes off here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The till.
    pub till: String,
    /// The cashier at it.
    pub cashier: String,
}

impl Desk {
    /// An empty desk.
    pub fn new(rules: Rules, names: Names) -> Self {
        Self {
            rules,
            counter: Counter::Idle,
            waiting: None,
            scans: 0,
            replaced_at: None,
            seen: VecDeque::new(),
            asks: 0,
            turn: 0,
            platform_clock: None,
            clock_ahead: SignedDuration::ZERO,
            cards: HashMap::new(),
            rows: BTreeMap::new(),
            recent: VecDeque::new(),
            finals: HashMap::new(),
            names,
            opened: false,
            unread: None,
            read_tries: 0,
        }
    }

    /// Takes one event and says what is to be done. The only way in which a desk changes.
    pub fn handle(&mut self, event: Event, now: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Opened { unsettled, recent } => self.opened(unsettled, recent, now, &mut effects),
            Event::NotOpened(why) => self.not_opened(why, now),
            Event::Scanned(text) => self.scanned(&text, By::Hand, now, &mut effects),
            Event::Seen(text) => self.scanned(&text, By::Camera, now, &mut effects),
            Event::Entered { code, card_id } => {
                if !self.is_under_way() {
                    self.mind_replacing(now);
                    self.query(code, card_id, Then::Show, now, &mut effects);
                }
            }
            Event::Pressed(code) => self.pressed(&code, now, &mut effects),
            Event::AskedAgain => self.asked_again(now, &mut effects),
            Event::Dismissed => self.dismissed(now, &mut effects),
            Event::Decrypted { ask, answer } => self.decrypted(ask, answer, now, &mut effects),
            Event::Answered { ask, answer } => self.answered(ask, answer, now, &mut effects),
            Event::CardTold { card_id, answer } => self.card_told(&card_id, answer, now, &mut effects),
            Event::Recorded { ask, result } => self.recorded(ask, result, now, &mut effects),
            Event::Consumed { id, outcome, sent_at, trouble } => {
                let why = trouble.map(NotWrittenOff::Trouble);
                self.consumed(id, outcome, sent_at, why, now, &mut effects);
            }
            Event::Closed { ask, id, result } => self.closed(ask, id, result, now, &mut effects),
            Event::Settled { ask, id, answer } => self.settled(ask, id, answer, now, &mut effects),
            Event::EarlierFound { ask, earlier } => self.earlier_found(ask, earlier),
            Event::Tick => {}
        }
        self.do_what_is_due(now, &mut effects);
        effects
    }

    /// When the desk next wants [`Event::Tick`], on the clock that never jumps; `None` while it only waits for events.
    pub fn next_wake(&self, now: Moment) -> Option<Duration> {
        let of_counter = match &self.counter {
            Counter::AwaitingCard { until, .. } => Some(*until),
            Counter::Finished { since, .. } if self.goes_on_by_itself() => Some(*since + self.rules.receipt_stays),
            Counter::Shown(shown) => {
                let guard_ends = self.guarded_until().filter(|until| *until > now.since_start);
                let disarms = shown.armed_at.map(|at| at + self.rules.second_press_within);
                let disarms = disarms.filter(|at| *at > now.since_start);
                self.verdict_changes_at(shown, now).into_iter().chain(guard_ends).chain(disarms).min()
            }
            _ => None,
        };
        let of_ledger = self.unread.as_ref().and_then(|(_, next)| *next);
        self.rows.values().filter_map(Row::next_wake).chain(of_counter).chain(of_ledger).min()
    }

    /// When the passing of time alone changes the verdict on `shown`: where its validity window begins or ends.
    fn verdict_changes_at(&self, shown: &Shown, now: Moment) -> Option<Duration> {
        let until = match shown.coupon.validity.phase(self.platform_now(now)) {
            Phase::Before(until) | Phase::Inside(Some(until)) => Duration::try_from(until).ok()?,
            Phase::Inside(None) | Phase::After(_) => return None,
        };
        now.since_start.checked_add(until)
    }

    /// The platform's clock, carried on from its last reply by the clock that never jumps; the till's own until one has come.
    fn platform_now(&self, now: Moment) -> Timestamp {
        self.platform_clock
            .and_then(|(clock, at)| {
                let since = SignedDuration::try_from(now.since_start.saturating_sub(at)).ok()?;
                clock.checked_add(since).ok()
            })
            .unwrap_or(now.till_clock)
    }

    fn next_ask(&mut self) -> Ask {
        self.asks += 1;
        Ask(self.asks)
    }

    // ── Scans ──────────────────────────────────────────────────────────────────────────────────────────────────────

    fn scanned(&mut self, text: &str, by: By, now: Moment, effects: &mut Vec<Effect>) {
        let text = code::clean(text);
        let read = code::read(&text);
        let seen_just_now = self.was_seen_just_now(&text, now);
        // The camera goes on seeing what was dismissed or what failed; a hand that scans it again wants it looked up again.
        let lies_here = by == By::Camera || read.as_ref().is_ok_and(|scanned| self.is_about(scanned));
        if seen_just_now && lies_here {
            return;
        }
        match read {
            Err(Refusal::Empty) => {} // an Enter on an empty field, or a scanner's own
            Err(_) if self.is_under_way() => {}
            Err(refusal) => {
                self.scans += 1;
                self.waiting = None;
                self.turn += 1;
                self.counter = Counter::NotACoupon { text, refusal };
            }
            Ok(scanned) if self.is_under_way() => {
                if !self.is_about(&scanned) {
                    self.scans += 1;
                    self.waiting = Some(scanned);
                }
            }
            Ok(scanned) => {
                self.scans += 1;
                self.look_up(scanned, now, effects);
            }
        }
    }

    /// Whether `text` was seen within the last moment; remembers that it is seen now.
    fn was_seen_just_now(&mut self, text: &str, now: Moment) -> bool {
        let at = self.seen.iter().position(|(seen, _)| seen == text).and_then(|at| self.seen.remove(at));
        self.seen.push_back((text.to_owned(), now.since_start));
        if self.seen.len() > SEEN_MAX {
            self.seen.pop_front();
        }
        at.is_some_and(|(_, last)| now.since_start.saturating_sub(last) < self.rules.same_scan)
    }

    /// Whether the cashier's press has been taken and its outcome is not yet closed.
    fn is_under_way(&self) -> bool {
        match &self.counter {
            Counter::LookingUp { then, .. } | Counter::AwaitingCard { then, .. } => then.consumes(),
            Counter::Recording { .. } | Counter::Consuming { .. } | Counter::Closing { .. } => true,
            _ => false,
        }
    }

    /// Whether `scanned` is the code that stands before the cashier, or is just being looked up.
    fn is_about(&self, scanned: &Scanned) -> bool {
        let scanned = match (scanned, &self.counter) {
            (Scanned::Encrypted { code: scanned, .. }, Counter::Decrypting { code, .. }) => return scanned == code,
            (Scanned::Encrypted { .. }, _) => return false,
            (Scanned::Code(scanned), _) => scanned,
        };
        match &self.counter {
            Counter::LookingUp { code, .. } => code == scanned,
            Counter::AwaitingCard { shown, .. }
            | Counter::Shown(shown)
            | Counter::Finished { shown, .. }
            | Counter::Recording { shown, .. }
            | Counter::Consuming { shown, .. }
            | Counter::Closing { shown, .. } => shown.coupon.code == *scanned,
            _ => false,
        }
    }

    fn look_up(&mut self, scanned: Scanned, now: Moment, effects: &mut Vec<Effect>) {
        self.waiting = None;
        self.mind_replacing(now);
        match scanned {
            Scanned::Code(code) => self.query(code, None, Then::Show, now, effects),
            Scanned::Encrypted { code, card_id } => {
                let ask = self.next_ask();
                effects.push(Effect::Decrypt { ask, code: code.clone() });
                self.counter = Counter::Decrypting { ask, code, card_id };
            }
        }
    }

    /// Remembers that something which a finger may be on its way to is about to be replaced.
    fn mind_replacing(&mut self, now: Moment) {
        if matches!(self.counter, Counter::Shown(_) | Counter::Finished { .. }) {
            self.replaced_at = Some(now.since_start);
        }
    }

    fn query(&mut self, code: Code, card_id: Option<CardId>, then: Then, now: Moment, effects: &mut Vec<Effect>) {
        let ask = self.next_ask();
        self.turn += 1;
        effects.push(Effect::Query { ask, code: code.clone(), card_id: card_id.clone() });
        self.counter = Counter::LookingUp { ask, code, card_id, asked_at: now, then };
    }

    fn asked_again(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        match &self.counter {
            Counter::Shown(shown) | Counter::NotRecorded { shown, .. } | Counter::Finished { shown, .. } => {
                let (code, card_id) = (shown.coupon.code.clone(), shown.coupon.card_id.clone());
                self.query(code, card_id, Then::Show, now, effects);
            }
            Counter::LookupFailed { again, .. } => match again.clone() {
                Again::Code { code, card_id } => self.query(code, card_id, Then::Show, now, effects),
                Again::Encrypted { code, card_id } => {
                    self.look_up(Scanned::Encrypted { code, card_id }, now, effects);
                }
            },
            _ => {}
        }
    }

    /// Clears the desk for whoever waits, or for nobody.
    fn dismissed(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        if self.is_under_way() {
            return;
        }
        match self.waiting.take() {
            Some(scanned) => self.look_up(scanned, now, effects),
            None => self.counter = Counter::Idle,
        }
    }

    // ── Answers ────────────────────────────────────────────────────────────────────────────────────────────────────

    fn decrypted(&mut self, ask: Ask, answer: Result<Code, Trouble>, now: Moment, effects: &mut Vec<Effect>) {
        let Counter::Decrypting { ask: awaited, code: encrypted, card_id } = &self.counter else { return };
        if *awaited != ask {
            return;
        }
        let (encrypted, card_id) = (encrypted.clone(), card_id.clone());
        match answer {
            Ok(code) => self.query(code, card_id, Then::Show, now, effects),
            Err(trouble) => {
                let again = Again::Encrypted { code: encrypted, card_id };
                self.counter = Counter::LookupFailed { again, trouble };
            }
        }
    }

    fn answered(&mut self, ask: Ask, answer: Result<Answer, Trouble>, now: Moment, effects: &mut Vec<Effect>) {
        if let Ok(Answer { platform_clock: Some(clock), .. }) = answer {
            // Also from an answer that came too late for the screen: what the time is was not its question.
            self.platform_clock = Some((clock, now.since_start));
            self.clock_ahead = clock.duration_since(now.till_clock);
        }
        let Counter::LookingUp { ask: awaited, code, card_id, asked_at, then } = &self.counter else { return };
        if *awaited != ask {
            return;
        }
        let (asked_at, then) = (*asked_at, *then);
        let coupon = match answer {
            Ok(answer) => answer.coupon,
            Err(trouble) => {
                let again = Again::Code { code: code.clone(), card_id: card_id.clone() };
                self.counter = Counter::LookupFailed { again, trouble };
                return;
            }
        };
        let card_id = coupon.card_id.clone();
        let mut shown = Shown { coupon, card: None, earlier: None, armed_at: None, ask, asked_at };
        match card_id {
            None => self.show(shown, then, now, effects),
            Some(card_id) => match self.cards.get(&card_id) {
                Some((card, since)) if now.since_start.saturating_sub(*since) < self.rules.card_keeps => {
                    shown.card = Some(card.clone());
                    self.show(shown, then, now, effects);
                }
                _ => {
                    effects.push(Effect::Card { card_id: card_id.clone() });
                    let until = now.since_start + self.rules.card_patience;
                    self.counter = Counter::AwaitingCard { shown, card_id, until, then };
                }
            },
        }
    }

    fn card_told(&mut self, told: &CardId, answer: Result<Card, Trouble>, now: Moment, effects: &mut Vec<Effect>) {
        let card = answer.ok(); // without its details a coupon is shown all the same
        if let Some(card) = &card {
            if self.cards.len() >= CARDS_MAX {
                self.cards.clear();
            }
            self.cards.insert(told.clone(), (card.clone(), now.since_start));
        }
        match &mut self.counter {
            Counter::AwaitingCard { shown, card_id, then, .. } if card_id == told => {
                let (mut shown, then) = (shown.clone(), *then);
                shown.card = card;
                self.show(shown, then, now, effects);
            }
            Counter::Shown(shown) if shown.card.is_none() && shown.coupon.card_id.as_ref() == Some(told) => {
                shown.card = card; // it took its time
            }
            _ => {}
        }
    }

    /// Lays a coupon before the cashier – or goes on to consume it, where that is what it was looked up for and it is still usable.
    fn show(&mut self, shown: Shown, then: Then, now: Moment, effects: &mut Vec<Effect>) {
        let stale = self.is_stale(&shown, now);
        // Its card may be another than when it was pressed on, or not be known any more.
        let enough = match then {
            Then::Show => false,
            Then::Consume { twice } => twice || !self.rules.takes_two(shown.card.as_ref()),
        };
        if shown.coupon.status == Status::Consumed {
            let Coupon { code, card_id, .. } = &shown.coupon;
            effects.push(Effect::FindEarlier { ask: shown.ask, code: code.clone(), card_id: card_id.clone() });
        }
        self.counter = Counter::Shown(shown);
        if enough && self.can_press(now) && !stale {
            self.record(now, effects);
        }
    }

    /// The ledger has said by which write-off the coupon before the cashier was consumed.
    fn earlier_found(&mut self, ask: Ask, earlier: Option<Box<WriteOff>>) {
        if let Counter::Shown(shown) = &mut self.counter
            && shown.ask == ask
        {
            shown.earlier = earlier;
        }
    }

    // ── The write-off ──────────────────────────────────────────────────────────────────────────────────────────────

    /// Whether a press of Consume would be taken: the one state, a usable verdict, and no doubt about the same code – which is known
    /// only once the ledger has been read – and no press on its way that was meant for another coupon.
    fn can_press(&self, now: Moment) -> bool {
        let Counter::Shown(shown) = &self.counter else { return false };
        self.opened
            && shown.verdict(self.platform_now(now)).is_usable()
            && self.unsettled(&shown.coupon.code).is_none()
            && self.guarded_until().is_none_or(|until| until <= now.since_start)
    }

    /// Until when presses are not taken because another coupon lay here a moment ago, or because this one's first press is as young: two quick
    /// ones may be one that a finger did not mean twice.
    fn guarded_until(&self) -> Option<Duration> {
        let armed_at = match &self.counter {
            Counter::Shown(shown) => shown.armed_at,
            _ => None,
        };
        self.replaced_at.max(armed_at).map(|at| at + self.rules.press_guard)
    }

    /// What one more press on `shown` would do, if it were taken.
    fn press(&self, shown: &Shown, now: Moment) -> Press {
        let armed = shown.armed_at.is_some_and(|at| now.since_start < at + self.rules.second_press_within);
        match (self.rules.takes_two(shown.card.as_ref()), armed) {
            (false, _) => Press::Consumes,
            (true, false) => Press::Arms,
            (true, true) => Press::Confirms,
        }
    }

    /// Whether the platform's word on `shown` is too old to consume by: by time, or by a write-off of the same code since.
    fn is_stale(&self, shown: &Shown, now: Moment) -> bool {
        let overtaken = self.finals.get(&shown.coupon.code).is_some_and(|(last, _)| shown.ask.0 <= last.0);
        overtaken || shown.asked_at.is_ago(self.rules.stale_after, now)
    }

    /// The write-off of `code` whose outcome is still unknown.
    fn unsettled(&self, code: &Code) -> Option<WriteOffId> {
        self.rows
            .iter()
            .find(|(_, row)| row.write_off.is_unsettled() && row.write_off.intent.code == *code)
            .map(|(id, _)| *id)
    }

    fn pressed(&mut self, seen: &Code, now: Moment, effects: &mut Vec<Effect>) {
        let Counter::Shown(shown) = &self.counter else { return };
        if shown.coupon.code != *seen || !self.can_press(now) {
            return;
        }
        let press = self.press(shown, now);
        if press == Press::Arms {
            if let Counter::Shown(shown) = &mut self.counter {
                shown.armed_at = Some(now.since_start);
            }
            return;
        }
        if self.is_stale(shown, now) {
            let (code, card_id) = (shown.coupon.code.clone(), shown.coupon.card_id.clone());
            self.query(code, card_id, Then::Consume { twice: press == Press::Confirms }, now, effects);
        } else {
            self.record(now, effects);
        }
    }

    fn record(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        let Counter::Shown(shown) = &self.counter else { return };
        let shown = shown.clone();
        let ask = self.next_ask();
        let intent = Intent {
            code: shown.coupon.code.clone(),
            card_id: shown.coupon.card_id.clone(),
            title: shown.card.as_ref().map(|card| card.title.clone()),
            openid: shown.coupon.openid.clone(),
            face_value: shown.card.as_ref().map(|card| FaceValue::of(&card.kind)),
            intended_at: now.till_clock,
        };
        effects.push(Effect::Record { ask, intent: intent.clone() });
        self.counter = Counter::Recording { shown, ask, intent };
    }

    fn recorded(&mut self, ask: Ask, result: Result<Booked, NotRecorded>, now: Moment, effects: &mut Vec<Effect>) {
        let Counter::Recording { shown, ask: awaited, intent } = &self.counter else { return };
        if *awaited != ask {
            return;
        }
        let (shown, intent) = (shown.clone(), intent.clone());
        match result {
            Err(why) => {
                self.counter = Counter::NotRecorded { shown, why };
            }
            Ok(Booked { id, cashier, shift }) => {
                let write_off = WriteOff {
                    id,
                    till: self.names.till.clone(),
                    cashier,
                    shift,
                    intent,
                    sent_at: None,
                    outcome: None,
                    outcome_at: None,
                };
                self.recent.push_front(write_off.clone());
                self.recent.truncate(RECENT_MAX);
                let intent = write_off.intent.clone();
                self.rows.insert(id, Row::sent(write_off, now));
                if self.is_stale(&shown, now) {
                    // The disk took so long that the platform's word no longer holds: the intent stays, and nothing is sent.
                    self.counter = Counter::Consuming { shown, id };
                    let outcome = Outcome::Rejected { errcode: None, message: STALE_WHEN_RECORDED.to_owned() };
                    self.consumed(id, outcome, None, Some(NotWrittenOff::OutOfDate), now, effects);
                } else {
                    effects.push(Effect::Consume { id, code: intent.code, card_id: intent.card_id });
                    self.counter = Counter::Consuming { shown, id };
                }
            }
        }
    }

    /// Whether the waiting scan is taken up without being asked: after a good receipt. What came to nothing stays until the cashier
    /// has seen it and clears the desk, or scans.
    fn goes_on_by_itself(&self) -> bool {
        let accepted = matches!(&self.counter, Counter::Finished { write_off, .. }
            if matches!(write_off.outcome, Some(Outcome::Accepted { .. })));
        accepted && self.waiting.is_some()
    }

    // ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────────

    fn do_what_is_due(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        match &self.counter {
            Counter::AwaitingCard { shown, until, then, .. } if *until <= now.since_start => {
                let (shown, then) = (shown.clone(), *then);
                self.show(shown, then, now, effects);
            }
            Counter::Finished { since, .. }
                if self.goes_on_by_itself() && *since + self.rules.receipt_stays <= now.since_start =>
            {
                self.dismissed(now, effects);
            }
            _ => {}
        }
        if let Some((_, next)) = &mut self.unread
            && next.take_if(|at| *at <= now.since_start).is_some()
        {
            effects.push(Effect::ReadLedger);
        }
        for row in self.rows.values_mut() {
            row.do_what_is_due(now, effects);
        }
    }
}
