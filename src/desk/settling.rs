//! From a consume to a final outcome on disk: what is still owed to each write-off.
//!
//! Two things can be owed, and each is tried again with growing pauses until it is done: the outcome has to be **written** down, and an
//! unknown one has to be **settled** by asking for the code's status. A write-off leaves this list when its outcome is final, on
//! disk, and nothing can come any more that would change it.

use std::time::Duration;

use jiff::Timestamp;

use super::{Ask, Desk, Effect, Moment, NotWrittenOff, Rules, Written};
use crate::coupon::Status;
use crate::desk::{Counter, RECENT_MAX};
use crate::trouble::Trouble;
use crate::write_off::{Evidence, Outcome, WriteOff, WriteOffId, explained_by, settled_by};

/// What a row says whose program died between intent and outcome.
const DIED_BEFORE_THE_ANSWER: &str = "the program ended before the platform's answer was written down";

/// What the last question about an unknown write-off brought, where it did not settle it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fruitless {
    /// A status from which nothing follows.
    Status(Status),
    /// No answer.
    Trouble(Trouble),
}

/// One write-off and what is owed to it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) write_off: WriteOff,
    /// The outcome as it is on disk.
    on_disk: Option<Outcome>,
    /// The outcome on its way to the disk.
    writing: Option<(Ask, Outcome)>,
    next_write: Duration,
    write_tries: u32,
    /// Whether the answer to our consume can no longer come: it has come, or its program is gone.
    answered: bool,
    /// The question that is under way, and when it was asked.
    asking: Option<(Ask, Duration)>,
    /// Writes and questions so far, which numbers them.
    asks: u64,
    next_ask: Duration,
    /// Questions that brought nothing, and what the last of them brought.
    fruitless: u32,
    last_fruitless: Option<Fruitless>,
    /// When its consume was handed over, on the clock that never jumps. `None` for one of an earlier run.
    handed_over: Option<Duration>,
    /// From when on «not consumed» is believed.
    doubt_clears_at: Duration,
    /// How its outcome is known.
    evidence: Evidence,
    /// Why it was rejected, where the answer to our consume or the ledger said so.
    why: Option<NotWrittenOff>,
}

impl Row {
    /// A write-off whose consume is on its way.
    pub(super) fn sent(write_off: WriteOff, now: Moment) -> Self {
        Self {
            write_off,
            on_disk: None,
            writing: None,
            next_write: now.since_start,
            write_tries: 0,
            answered: false,
            asking: None,
            asks: 0,
            next_ask: now.since_start,
            fruitless: 0,
            last_fruitless: None,
            handed_over: Some(now.since_start),
            doubt_clears_at: now.since_start,
            evidence: Evidence::Answer,
            why: None,
        }
    }

    /// A write-off that an earlier run of the program left unsettled. Its doubt begins anew: when that run ended, nobody knows.
    fn left_behind(write_off: WriteOff, now: Moment, rules: &Rules) -> Self {
        let on_disk = write_off.outcome.clone();
        let mut row = Self { on_disk, answered: true, handed_over: None, ..Self::sent(write_off, now) };
        if row.write_off.outcome.is_none() {
            let message = DIED_BEFORE_THE_ANSWER.to_owned();
            row.raise(Outcome::Unknown { errcode: None, message }, Evidence::Answer, now, rules);
        }
        row.doubt_clears_at = now.since_start + row.time_for_doubt(now, rules);
        row.next_ask = now.since_start;
        row
    }

    /// Takes `outcome` for what became of the write-off, unless as much is known already; whether it was news.
    fn raise(&mut self, outcome: Outcome, evidence: Evidence, now: Moment, rules: &Rules) -> bool {
        if rank(Some(&outcome)) <= rank(self.write_off.outcome.as_ref()) {
            return false;
        }
        self.write_off.outcome = Some(outcome);
        self.evidence = evidence;
        self.write_off.outcome_at = Some(now.till_clock);
        self.next_write = now.since_start;
        self.write_tries = 0;
        self.doubt_clears_at = now.since_start + self.time_for_doubt(now, rules);
        self.next_ask = now.since_start + rules.pause_first;
        true
    }

    /// How long a request may still be on its way after we stopped waiting: at least as long again as it had taken until then. The till's
    /// own clock, which may jump meanwhile, is asked about an earlier run's requests only: there is no other witness of those, and so
    /// they are given as long as a call may take at the least.
    fn time_for_doubt(&self, now: Moment, rules: &Rules) -> Duration {
        let (took, least) = match (self.handed_over, self.write_off.sent_at, self.write_off.outcome_at) {
            (Some(handed_over), ..) => (now.since_start.saturating_sub(handed_over), rules.doubt_clears),
            (None, Some(sent), Some(given_up)) => {
                (Duration::try_from(given_up.duration_since(sent)).unwrap_or_default(), rules.doubt_left_behind)
            }
            (None, ..) => (Duration::ZERO, rules.doubt_left_behind),
        };
        took.clamp(least, rules.pause_max.max(least))
    }

    fn is_written(&self) -> bool {
        self.on_disk == self.write_off.outcome
    }

    /// The write-off as it may be shown: an outcome only once it is on disk, or once writing it has failed and a warning stands beside it.
    /// What was concluded from a status waits for the disk in any case: the ledger may know better.
    fn as_shown(&self) -> WriteOff {
        let mut shown = self.write_off.clone();
        if !self.is_written() && (self.write_tries == 0 || self.evidence == Evidence::Status) {
            shown.outcome = self.on_disk.clone();
        }
        shown
    }

    fn is_owed_nothing(&self) -> bool {
        self.answered && self.is_written() && self.writing.is_none() && !self.write_off.is_unsettled()
    }

    fn is_in_doubt(&self) -> bool {
        matches!(self.write_off.outcome, Some(Outcome::Unknown { .. }))
    }

    /// When something is due next; `None` while only answers are awaited.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        let write = (!self.is_written() && self.writing.is_none()).then_some(self.next_write);
        let ask = (self.is_in_doubt() && self.asking.is_none()).then_some(self.next_ask);
        write.into_iter().chain(ask).min()
    }

    pub(super) fn do_what_is_due(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        let WriteOff { id, sent_at, .. } = self.write_off;
        if let Some(outcome) = &self.write_off.outcome
            && !self.is_written()
            && self.writing.is_none()
            && self.next_write <= now.since_start
        {
            let outcome_at = self.write_off.outcome_at.unwrap_or(now.till_clock);
            self.asks += 1;
            let (ask, outcome, evidence) = (Ask(self.asks), outcome.clone(), self.evidence);
            effects.push(Effect::Close { ask, id, outcome: outcome.clone(), evidence, sent_at, outcome_at });
            self.writing = Some((ask, outcome));
        }
        if self.is_in_doubt() && self.asking.is_none() && self.next_ask <= now.since_start {
            let (code, card_id) = (self.write_off.intent.code.clone(), self.write_off.intent.card_id.clone());
            self.asks += 1;
            let ask = Ask(self.asks);
            effects.push(Effect::Settle { ask, id, code, card_id });
            self.asking = Some((ask, now.since_start));
        }
    }
}

/// How much an outcome says. It only ever moves up: what the platform itself accepted outranks what was concluded from a status.
fn rank(outcome: Option<&Outcome>) -> u8 {
    match outcome {
        None => 0,
        Some(Outcome::Unknown { .. }) => 1,
        Some(Outcome::Rejected { .. }) => 2,
        Some(Outcome::Accepted { .. }) => 3,
    }
}

/// The pause before try number `tries`, counted from 0.
fn pause(tries: u32, rules: &Rules) -> Duration {
    rules.pause_first.saturating_mul(2u32.saturating_pow(tries)).min(rules.pause_max)
}

impl Desk {
    pub(super) fn opened(
        &mut self,
        unsettled: Vec<WriteOff>,
        recent: Vec<WriteOff>,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        if std::mem::replace(&mut self.opened, true) {
            return; // told twice: what was left behind then may be settled by now
        }
        self.unread = None;
        self.recent = recent.into_iter().take(RECENT_MAX).collect();
        for write_off in unsettled.into_iter().filter(WriteOff::is_unsettled) {
            let id = write_off.id;
            self.rows.entry(id).or_insert_with(|| Row::left_behind(write_off, now, &self.rules));
            self.after_change(id, now, effects);
        }
    }

    pub(super) fn not_opened(&mut self, why: String, now: Moment) {
        if !self.opened {
            self.unread = Some((why, Some(now.since_start + pause(self.read_tries, &self.rules))));
            self.read_tries = self.read_tries.saturating_add(1);
        }
    }

    pub(super) fn consumed(
        &mut self,
        id: WriteOffId,
        outcome: Outcome,
        sent_at: Option<Timestamp>,
        why: Option<NotWrittenOff>,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.answered = true;
        row.write_off.sent_at = row.write_off.sent_at.or(sent_at);
        row.why = why.filter(|_| matches!(outcome, Outcome::Rejected { .. }));
        if let Counter::Consuming { shown, id: under_way } = &self.counter
            && *under_way == id
        {
            self.counter = Counter::Closing { shown: shown.clone(), id };
        }
        self.learn(id, outcome, Evidence::Answer, now, effects);
    }

    pub(super) fn closed(
        &mut self,
        ask: Ask,
        id: WriteOffId,
        result: Result<Written, String>,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        let Some((_, outcome)) = row.writing.take_if(|(awaited, _)| *awaited == ask) else { return };
        match result {
            Ok(Written::Done) => row.on_disk = Some(outcome),
            Ok(Written::Explained(other)) => {
                row.write_off.outcome = Some(explained_by(other));
                row.why = Some(NotWrittenOff::Already(other));
            }
            Err(_) => {
                row.next_write = now.since_start + pause(row.write_tries, &self.rules);
                row.write_tries = row.write_tries.saturating_add(1);
            }
        }
        if row.is_written() || row.write_tries > 0 {
            self.finish(id, now); // what could not be written is shown with a warning, and tried again
        }
        self.after_change(id, now, effects);
    }

    pub(super) fn settled(
        &mut self,
        ask: Ask,
        id: WriteOffId,
        answer: Result<Status, Trouble>,
        now: Moment,
        effects: &mut Vec<Effect>,
    ) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        let Some((_, asked_at)) = row.asking.take_if(|(awaited, _)| *awaited == ask) else { return };
        if !row.is_in_doubt() {
            self.after_change(id, now, effects);
            return;
        }
        let fruitless = match answer {
            Err(trouble) => Fruitless::Trouble(trouble),
            Ok(status) => match settled_by(&status) {
                Some(Outcome::Rejected { .. }) if asked_at < row.doubt_clears_at => {
                    // Too early to believe it: the request may still be on its way.
                    row.next_ask = row.doubt_clears_at.max(now.since_start);
                    return;
                }
                Some(outcome) => return self.learn(id, outcome, Evidence::Status, now, effects),
                None => Fruitless::Status(status),
            },
        };
        row.next_ask = now.since_start + pause(row.fruitless, &self.rules);
        row.fruitless = row.fruitless.saturating_add(1);
        row.last_fruitless = Some(fruitless);
    }

    /// Has what is due done, shows the change wherever the write-off is shown, and lets go of it once nothing is owed.
    fn after_change(&mut self, id: WriteOffId, now: Moment, effects: &mut Vec<Effect>) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.do_what_is_due(now, effects);
        if let Some(listed) = self.recent.iter_mut().find(|listed| listed.id == id) {
            *listed = row.as_shown();
        }
        if let Counter::Finished { write_off, why, on_disk, .. } = &mut self.counter
            && write_off.id == id
        {
            **write_off = row.as_shown();
            why.clone_from(&row.why);
            *on_disk = row.is_written() || row.write_tries == 0;
        }
        if row.is_owed_nothing() {
            self.rows.remove(&id);
        }
    }

    /// Takes `outcome` for what became of write-off `id`. Where it is final, what is known of its code is out of date, and a coupon that
    /// lies before the cashier is looked up again.
    fn learn(&mut self, id: WriteOffId, outcome: Outcome, evidence: Evidence, now: Moment, effects: &mut Vec<Effect>) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        let is_new = row.raise(outcome, evidence, now, &self.rules);
        if is_new && !row.write_off.is_unsettled() {
            let code = row.write_off.intent.code.clone();
            self.finals.retain(|_, (_, at)| now.since_start.saturating_sub(*at) < self.rules.stale_after);
            let lies_here = matches!(&self.counter, Counter::Shown(shown) if shown.coupon.code == code);
            self.finals.insert(code, (Ask(self.asks), now.since_start));
            if lies_here {
                self.asked_again(now, effects);
            }
        }
        self.after_change(id, now, effects);
    }

    /// Ends the write-off under way, if it is `id`: what became of it may now be shown as final.
    fn finish(&mut self, id: WriteOffId, now: Moment) {
        if let (Counter::Closing { shown, id: under_way }, Some(row)) = (&self.counter, self.rows.get(&id))
            && *under_way == id
        {
            self.counter = Counter::Finished {
                shown: shown.clone(),
                write_off: Box::new(row.as_shown()),
                why: row.why.clone(),
                on_disk: row.is_written(),
                since: now.since_start,
            };
        }
    }

    /// What waits to be settled, oldest first.
    pub(super) fn unsettled_rows(&self) -> Vec<super::view::Unsettled> {
        self.rows
            .values()
            .filter(|row| row.is_in_doubt())
            .map(|row| super::view::Unsettled {
                write_off: row.write_off.clone(),
                fruitless: row.fruitless,
                last: row.last_fruitless.clone(),
            })
            .collect()
    }

    /// Outcomes that are known and could not be written down yet.
    pub(super) fn unwritten(&self) -> usize {
        self.rows.values().filter(|row| !row.is_written() && row.write_tries > 0).count()
    }

    /// How many write-offs are owed something.
    pub(super) fn owed(&self) -> usize {
        self.rows.len()
    }
}
