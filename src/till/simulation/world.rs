//! What is outside of the tills, in one place: time, chance, the platform's truth, the disks, and who is alive. All of it is one thread's,
//! and stands behind a lock only because tasks must be able to move between threads in principle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::checks::{Counterside, Paper};
use super::history::{COUPONS, DECK, History, Ill, Point};
use crate::ledger::Ledger;
use crate::sandbox::bare::Bare;
use crate::till::books::Books;
use crate::write_off::WriteOffId;

/// When every history begins.
const BEGIN: Timestamp = Timestamp::constant(1_795_485_600, 0);

/// The least time in which a request arrives that nobody waits for any more.
pub(super) const DOUBT: Duration = Duration::from_secs(3);
/// By how much of its time a request arrives before the last moment at the latest.
pub(super) const ALMOST: f64 = 0.99;

/// A rule that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub rule: &'static str,
    pub how: String,
}

/// A write-off of one of ours, wherever it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct By {
    pub ledger: usize,
    pub id: WriteOffId,
}

/// How often what was met: a simulation in which nothing happens proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub histories: u64,
    pub presses_taken: u64,
    pub intents: u64,
    pub consumes_left: u64,
    pub consumes_repeated: u64,
    pub consumed: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub settled_accepted: u64,
    pub settled_rejected: u64,
    pub left_unknown: u64,
    pub slips: u64,
    pub power_losses: u64,
    pub lives: u64,
    pub writes_failed: u64,
    pub events: u64,
}

impl std::ops::AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.presses_taken += other.presses_taken;
        self.intents += other.intents;
        self.consumes_left += other.consumes_left;
        self.consumes_repeated += other.consumes_repeated;
        self.consumed += other.consumed;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.settled_accepted += other.settled_accepted;
        self.settled_rejected += other.settled_rejected;
        self.left_unknown += other.left_unknown;
        self.slips += other.slips;
        self.power_losses += other.power_losses;
        self.lives += other.lives;
        self.writes_failed += other.writes_failed;
        self.events += other.events;
    }
}

/// Everything outside of the tills.
pub(super) struct World {
    started: Instant,
    pub random: fastrand::Rng,
    /// Whether anything may go wrong; off when the history has come to its calm end.
    pub faults: bool,
    pub fault_percent: u8,
    pub network_down_until: Duration,
    /// By how much the platform's `Date` is wrong.
    pub date_wrong: SignedDuration,
    pub platform: Bare,
    /// When each code was consumed, and by which of our write-offs; by none where it was another's.
    pub consumed: BTreeMap<&'static str, (Duration, Option<By>)>,
    pub tills: Vec<TillState>,
    pub ledgers: Vec<LedgerState>,
    pub flights: BTreeMap<u64, Flight>,
    pub flights_so_far: u64,
    pub failure: Option<Failure>,
    /// What was met on the way.
    pub seen: Seen,
    trace: Option<Vec<String>>,
}

/// One till, as the world knows it.
pub(super) struct TillState {
    pub ledger: usize,
    /// Lives so far. Whatever belongs to an earlier one can do nothing any more.
    pub life: u64,
    pub alive: bool,
    /// Its ledger, its claim to it: gone with the power.
    pub books: Arc<Mutex<Option<Books>>>,
    pub clock_wrong: SignedDuration,
    pub trap: Option<(Point, u8)>,
    pub checks: Counterside,
}

/// One ledger, as the world knows it.
pub(super) struct LedgerState {
    pub name: String,
    /// A connection of the world's own, which keeps it in memory and reads what is really there.
    pub reader: Ledger,
    /// What is read in its place while it cannot be read.
    pub unreadable: Ledger,
    /// Connections that nobody has in hand.
    pub idle: Vec<Ledger>,
    pub ill: Option<(Ill, Duration)>,
    /// The till that has it alone.
    pub alone: Option<(usize, u64)>,
    pub paper: Paper,
}

/// A request that has left, and what it will do when it arrives.
pub(super) struct Flight {
    pub till: usize,
    pub left_at: Duration,
    pub arrives_at: Duration,
    /// Told when that has changed.
    pub hurry: Arc<Notify>,
}

/// The world, in the hands of everybody in it.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(super) fn new(history: &History, ledgers: Vec<LedgerState>, traced: bool) -> Self {
        let tills = history.ledger_of.iter().map(|ledger| TillState {
            ledger: *ledger,
            life: 0,
            alive: false,
            books: Arc::default(),
            clock_wrong: SignedDuration::ZERO,
            trap: None,
            checks: Counterside::default(),
        });
        Self(Arc::new(Mutex::new(World {
            started: Instant::now(),
            random: fastrand::Rng::with_seed(history.seed),
            faults: true,
            fault_percent: history.fault_percent,
            network_down_until: Duration::ZERO,
            date_wrong: SignedDuration::ZERO,
            platform: Bare::deal(DECK, BEGIN),
            consumed: BTreeMap::new(),
            tills: tills.collect(),
            ledgers,
            flights: BTreeMap::new(),
            flights_so_far: 0,
            failure: None,
            seen: Seen::default(),
            trace: traced.then(Vec::new),
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Time since the history began; never jumps.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// What a till's own clock says.
    pub(super) fn till_clock(&self, till: usize) -> Timestamp {
        self.time_of_day().checked_add(self.tills[till].clock_wrong).expect("a time")
    }

    /// The true time of day, by which the platform goes.
    pub(super) fn time_of_day(&self) -> Timestamp {
        BEGIN + SignedDuration::try_from(self.now()).expect("short")
    }

    /// Notes a line of the trace.
    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        if self.trace.is_some() {
            let line = format!("{:>9.3}  {}", self.now().as_secs_f64(), line());
            self.trace.get_or_insert_default().push(line);
        }
    }

    pub(super) fn take_trace(&mut self) -> Vec<String> {
        self.trace.take().unwrap_or_default()
    }

    /// Notes that a rule was broken; the first one counts.
    pub(super) fn broken(&mut self, rule: &'static str, how: impl FnOnce() -> String) {
        let how = how();
        self.note(|| format!("BROKEN: {rule}: {how}"));
        self.failure.get_or_insert(Failure { rule, how });
    }

    /// Whether `life` of `till` still goes on.
    pub(super) fn lives(&self, till: usize, life: u64) -> bool {
        self.tills[till].alive && self.tills[till].life == life
    }

    pub(super) fn chance(&mut self, percent: u8) -> bool {
        self.faults && self.random.u8(0..100) < percent
    }

    /// How long something takes: mostly little.
    pub(super) fn delay(&mut self) -> Duration {
        let longest_ms = if self.faults { [5, 5, 300, 300, 300, 9_000][self.random.usize(0..6)] } else { 20 };
        Duration::from_millis(self.random.u64(0..=longest_ms))
    }

    /// The power fails at a till: what it holds is let go of, and nothing of it does anything any more. What had left for the platform has
    /// left, and arrives there within as long again as it had been under way, three seconds at least – what the desk assumes of a doubt.
    pub(super) fn power_loss(&mut self, till: usize) {
        if std::mem::replace(&mut self.tills[till].alive, false) {
            self.note(|| format!("till {till}: the power fails"));
            self.seen.power_losses += 1;
            self.let_go(till);
            let now = self.now();
            for flight in self.flights.values_mut().filter(|flight| flight.till == till) {
                let latest = now + (now - flight.left_at).max(DOUBT).mul_f64(ALMOST);
                if latest < flight.arrives_at {
                    flight.arrives_at = latest;
                    flight.hurry.notify_one();
                }
            }
        }
    }

    /// Lets go of what a till held that has ended.
    pub(super) fn let_go(&mut self, till: usize) {
        let state = &mut self.tills[till];
        state.alive = false;
        state.trap = None;
        let books = state.books.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ledger = &mut self.ledgers[self.tills[till].ledger];
        if let Some(mut let_go) = books.and_then(|books| books.ledger) {
            let_go.let_go();
            ledger.idle.push(let_go);
        }
        ledger.alone = ledger.alone.filter(|(by, _)| *by != till);
    }

    /// A living till comes to `point`; says whether it survives that.
    pub(super) fn passes(&mut self, till: usize, life: u64, point: Point) -> bool {
        if !self.lives(till, life) {
            return false;
        }
        match &mut self.tills[till].trap {
            Some((trapped, 0)) if *trapped == point => {
                self.note(|| format!("till {till}: at {point:?}"));
                self.power_loss(till);
                false
            }
            Some((trapped, later)) if *trapped == point => {
                *later -= 1;
                true
            }
            _ => true,
        }
    }

    /// What ails the disk of a ledger now.
    pub(super) fn ill(&self, ledger: usize) -> Option<Ill> {
        let now = self.now();
        self.ledgers[ledger].ill.filter(|(_, until)| self.faults && now < *until).map(|(ill, _)| ill)
    }

    /// The platform's word for a coupon now.
    pub(super) fn status(&mut self, code: &str) -> String {
        let (now, card_id) = (self.time_of_day(), card_of(code));
        self.platform.status(code, card_id, now).unwrap_or_default()
    }
}

/// A code in play, as it stands in the list of them.
pub(super) fn known(code: &str) -> &'static str {
    COUPONS.iter().find(|(known, _)| *known == code).map_or("?", |(known, _)| known)
}

/// The card that must be named beside a merchant's own code.
pub(super) fn card_of(code: &str) -> Option<&'static str> {
    COUPONS.iter().find(|(known, _)| *known == code).and_then(|(_, card_id)| *card_id)
}
