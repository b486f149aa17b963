//! The rules that no history may break, checked at every event, at every request that leaves, and at every write.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::network::Asked;
use super::world::{By, World, known};
use crate::code::{CardId, Code};
use crate::coupon::Verdict;
use crate::desk::{Ask, Effect, Event, Rules, Stage, View};
use crate::write_off::{Outcome, WriteOff, WriteOffId};

/// The errors by which the platform refuses a token, so that nothing was carried out.
const TOKEN_REFUSALS: [i64; 3] = [40001, 40014, 42001];

/// What is known of one life of one till.
pub(super) struct Counterside {
    /// Queries so far, in their order, and when each was asked.
    asked: HashMap<Ask, (usize, Duration)>,
    /// To each code the answer to the latest query that was answered: which, when it was asked, and whether the coupon can be used.
    last_answer: HashMap<Code, (usize, Duration, bool)>,
    /// How many queries had been asked when a write-off of a code was learned to have come to its end: their answers say nothing any more.
    ended: HashMap<Code, usize>,
    /// Write-offs that have.
    finished: HashSet<WriteOffId>,
    /// The platform's clock, and when it was told.
    platform_clock: Option<(Timestamp, Duration)>,
    /// Presses taken, and intents that came of them.
    presses: HashMap<Code, (usize, usize)>,
    /// What the desk has been told to be recorded, and when.
    recorded: HashMap<WriteOffId, Duration>,
    /// What the desk has asked to be consumed.
    consuming: HashSet<WriteOffId>,
    /// Effects that are not answered yet.
    unanswered: Vec<Question>,
}

/// An effect, as far as its answer is known by it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Question {
    ReadLedger,
    Decrypt(Ask),
    Query(Ask),
    Card(CardId),
    Record(Ask),
    Consume(WriteOffId),
    Close(WriteOffId, Ask),
    Settle(WriteOffId, Ask),
    FindEarlier(Ask),
}

impl Default for Counterside {
    /// At the start, when the till has the ledger read without being asked.
    fn default() -> Self {
        Self {
            asked: HashMap::new(),
            last_answer: HashMap::new(),
            ended: HashMap::new(),
            finished: HashSet::new(),
            platform_clock: None,
            presses: HashMap::new(),
            recorded: HashMap::new(),
            consuming: HashSet::new(),
            unanswered: vec![Question::ReadLedger],
        }
    }
}

impl Counterside {
    /// Whether nothing is awaited but answers about what cannot be settled.
    pub(super) fn is_at_rest(&self) -> bool {
        self.unanswered.iter().all(|question| matches!(question, Question::Settle(..)))
    }
}

/// What is known of one ledger.
#[derive(Default)]
pub(super) struct Paper {
    /// Its rows, as they were read from the disk after the last job.
    pub rows: BTreeMap<WriteOffId, WriteOff>,
    /// The requests to consume that left for each of them, with the error code that came back.
    requests: BTreeMap<WriteOffId, Vec<Option<i64>>>,
    /// What tills have told of as accepted since it was last looked at: what would have its slip printed.
    pub told: Arc<Mutex<Vec<WriteOffId>>>,
    /// What they have told of before.
    slips: HashSet<WriteOffId>,
}

impl Paper {
    /// The write-offs of `code` that are not settled.
    fn unsettled<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a WriteOff> {
        self.rows.values().filter(move |row| row.is_unsettled() && row.intent.code.as_str() == code)
    }
}

/// What the name of a till is in its ledger.
pub(super) fn name(till: usize) -> String {
    format!("till {till}")
}

/// A till's desk has taken an event.
pub(super) fn overheard(
    world: &mut World,
    till: usize,
    before: Option<&View>,
    event: &Event,
    effects: &[Effect],
    after: &View,
) {
    world.seen.events += 1;
    world.note(|| format!("till {till}: {}{}", said(event), wanted(effects)));
    answered(world, till, event);
    learned(world, till, event);
    ends(world, till, effects);
    if let (Event::Pressed(code), Some(before)) = (event, before)
        && after.under_way
        && !before.under_way
    {
        let lies_here = matches!(&before.stage, Stage::Shown { shown, .. } if shown.coupon.code == *code);
        if !(before.can_consume && lies_here) {
            world.broken("a press is taken only where the window offered it", || format!("{code} at till {till}"));
        }
        world.tills[till].checks.presses.entry(code.clone()).or_default().0 += 1;
        world.seen.presses_taken += 1;
    }
    for effect in effects {
        wants(world, till, effect);
    }
    view(world, till, after);
}

/// What must hold of every picture of a desk.
fn view(world: &mut World, till: usize, view: &View) {
    let shown_usable = matches!(view.stage, Stage::Shown { verdict: Verdict::Usable, in_doubt: None, .. });
    if view.can_consume && !(shown_usable && view.opened) {
        world.broken("consume is possible in exactly one state", || format!("{:?}", view.stage));
    }
    let rows = &world.ledgers[world.tills[till].ledger].paper.rows;
    let on_disk = |shown: &WriteOff| rows.get(&shown.id).is_some_and(|row| row.outcome == shown.outcome);
    let mut early = None;
    if let Stage::Finished { write_off, on_disk: true, .. } = &view.stage
        && !write_off.is_unsettled()
        && !on_disk(write_off)
    {
        early = Some(write_off.id);
    }
    early = early.or(view
        .recent
        .iter()
        .find(|listed| !listed.is_unsettled() && !on_disk(listed) && view.unwritten == 0)
        .map(|listed| listed.id));
    if let Some(id) = early {
        world.broken("shown as final only once it is on disk", || format!("write-off {id} at till {till}"));
    }
}

/// Each effect is answered by exactly one event.
fn answered(world: &mut World, till: usize, event: &Event) {
    let question = match event {
        Event::Opened { .. } | Event::NotOpened(_) => Question::ReadLedger,
        Event::Decrypted { ask, .. } => Question::Decrypt(*ask),
        Event::Answered { ask, .. } => Question::Query(*ask),
        Event::CardTold { card_id, .. } => Question::Card(card_id.clone()),
        Event::Recorded { ask, .. } => Question::Record(*ask),
        Event::Consumed { id, .. } => Question::Consume(*id),
        Event::Closed { ask, id, .. } => Question::Close(*id, *ask),
        Event::Settled { ask, id, .. } => Question::Settle(*id, *ask),
        Event::EarlierFound { ask, .. } => Question::FindEarlier(*ask),
        _ => return,
    };
    let unanswered = &mut world.tills[till].checks.unanswered;
    match unanswered.iter().position(|asked| *asked == question) {
        Some(at) => {
            unanswered.swap_remove(at);
        }
        None => world.broken("each effect is answered by exactly one event", || format!("{question:?} at till {till}")),
    }
}

/// What an event tells of a coupon.
fn learned(world: &mut World, till: usize, event: &Event) {
    let now = world.now();
    let till_clock = world.till_clock(till);
    let checks = &mut world.tills[till].checks;
    match event {
        Event::Answered { ask, answer: Ok(answer) } => {
            if let Some(clock) = answer.platform_clock {
                checks.platform_clock = Some((clock, now));
            }
            let platform_now = checks.platform_clock.map_or(till_clock, |(clock, at)| {
                clock.checked_add(SignedDuration::try_from(now - at).expect("short")).expect("a time")
            });
            let usable = answer.coupon.verdict(None, platform_now).is_usable();
            let (number, asked_at) = checks.asked.get(ask).copied().unwrap_or_default();
            // Answers may overtake each other: the latest question counts.
            let last = checks.last_answer.entry(answer.coupon.code.clone()).or_insert((number, asked_at, usable));
            if last.0 <= number {
                *last = (number, asked_at, usable);
            }
        }
        Event::Recorded { result: Ok(booked), .. } => {
            checks.recorded.insert(booked.id, now);
        }
        _ => {}
    }
}

/// A write-off has come to its end as soon as its desk first wants a final outcome written down.
fn ends(world: &mut World, till: usize, effects: &[Effect]) {
    let rows = &world.ledgers[world.tills[till].ledger].paper.rows;
    let checks = &mut world.tills[till].checks;
    for effect in effects {
        if let Effect::Close { id, outcome, .. } = effect
            && outcome.is_final()
            && checks.finished.insert(*id)
            && let Some(row) = rows.get(id)
        {
            checks.ended.insert(row.intent.code.clone(), checks.asked.len());
        }
    }
}

/// What a desk wants done.
fn wants(world: &mut World, till: usize, effect: &Effect) {
    let now = world.now();
    let checks = &mut world.tills[till].checks;
    checks.unanswered.push(match effect {
        Effect::ReadLedger => Question::ReadLedger,
        Effect::Decrypt { ask, .. } => Question::Decrypt(*ask),
        Effect::Query { ask, .. } => Question::Query(*ask),
        Effect::Card { card_id } => Question::Card(card_id.clone()),
        Effect::Record { ask, .. } => Question::Record(*ask),
        Effect::Consume { id, .. } => Question::Consume(*id),
        Effect::Close { ask, id, .. } => Question::Close(*id, *ask),
        Effect::Settle { ask, id, .. } => Question::Settle(*id, *ask),
        Effect::FindEarlier { ask, .. } => Question::FindEarlier(*ask),
    });
    match effect {
        Effect::Query { ask, .. } => {
            let number = checks.asked.len();
            checks.asked.insert(*ask, (number, now));
        }
        Effect::Record { intent, .. } => {
            let (presses, intents) = checks.presses.entry(intent.code.clone()).or_default();
            *intents += 1;
            if intents > presses {
                world.broken("no more intents than presses", || format!("{} at till {till}", intent.code));
            }
            world.seen.intents += 1;
            fresh(world, till, &intent.code);
        }
        Effect::Consume { id, code, card_id } => consume(world, till, *id, code, card_id.as_ref()),
        _ => {}
    }
}

/// The one wish that cannot be undone.
fn consume(world: &mut World, till: usize, id: WriteOffId, code: &Code, card_id: Option<&CardId>) {
    let paper = &world.ledgers[world.tills[till].ledger].paper;
    let row = paper.rows.get(&id);
    let is_written = row.is_some_and(|row| {
        row.outcome.is_none()
            && row.intent.code == *code
            && row.intent.card_id.as_ref() == card_id
            && row.till == name(till)
    });
    let in_doubt = paper.unsettled(code.as_str()).find(|other| other.id != id).map(|other| other.id);
    let checks = &mut world.tills[till].checks;
    let is_second = !checks.consuming.insert(id);
    if !is_written {
        world.broken("a consume only with its own open intent on disk", || format!("write-off {id} of {code}"));
    }
    if let Some(other) = in_doubt {
        world.broken("never a code in doubt", || format!("write-off {id} of {code}, beside {other}"));
    }
    if is_second {
        world.broken("one consume for one intent", || format!("write-off {id} of {code}"));
    }
    fresh(world, till, code);
}

/// The platform's word on `code` is fresh, and says that it can be used.
fn fresh(world: &mut World, till: usize, code: &Code) {
    let now = world.now();
    let Counterside { last_answer, ended, .. } = &world.tills[till].checks;
    let age = last_answer.get(code).map(|(_, asked_at, usable)| (now - *asked_at, *usable));
    let is_overtaken = last_answer.get(code).zip(ended.get(code)).is_some_and(|((number, ..), before)| number < before);
    if is_overtaken {
        world.broken("no verdict outlives a write-off of its code", || format!("{code} at till {till}"));
    }
    if !matches!(age, Some((age, true)) if age < Rules::default().stale_after) {
        world.broken("intent and consume only on a fresh verdict that it can be used", || {
            format!("{code} at till {till}: how long ago it was asked about, and whether it can be used: {age:?}")
        });
    }
}

/// A request to consume leaves a till. Gives the write-off that it is for.
pub(super) fn consume_leaves(world: &mut World, till: usize, asked: &Asked) -> Option<By> {
    world.seen.consumes_left += 1;
    let ledger = world.tills[till].ledger;
    let code = asked.code.as_deref().unwrap_or_default();
    // Read from the disk itself, whatever is believed of it.
    let rows = world.ledgers[ledger].reader.unsettled().expect("read");
    let mut rows = rows.iter().filter(|row| row.intent.code.as_str() == code);
    let (row, other) = (rows.next(), rows.next());
    let open = row.filter(|row| {
        row.outcome.is_none()
            && row.till == name(till)
            && row.intent.card_id.as_ref().map(CardId::as_str) == asked.card_id.as_deref()
    });
    let (Some(row), None) = (open, other) else {
        world.broken("a request to consume only with its own open intent on disk", || format!("{asked:?}: {row:?}"));
        return None;
    };
    let id = row.id;
    let recorded_at = world.tills[till].checks.recorded.get(&id).copied();
    if !world.tills[till].checks.consuming.contains(&id) {
        world.broken("a request to consume only at the desk's wish", || format!("write-off {id} of {code}"));
    }
    // The desk's word is at most as old as a call may take when the last try leaves.
    let longest_call = Duration::from_secs(8);
    if recorded_at.is_none_or(|at| world.now() - at > longest_call) {
        world.broken("a request to consume leaves while it may", || format!("write-off {id}: {recorded_at:?}"));
    }
    let requests = world.ledgers[ledger].paper.requests.entry(id).or_default();
    let permitted = match requests.as_slice() {
        [] => true,
        [Some(errcode)] => TOKEN_REFUSALS.contains(errcode),
        _ => false,
    };
    requests.push(None);
    world.seen.consumes_repeated += u64::from(requests.len() > 1);
    if !permitted {
        let requests = requests.clone();
        world.broken("one request for one intent, but for a token that was refused", || {
            format!("write-off {id} of {code}: {requests:?}")
        });
    }
    Some(By { ledger, id })
}

/// The answer to a request to consume has reached its till.
pub(super) fn consume_answered(world: &mut World, by: By, errcode: i64) {
    if let Some(last) = world.ledgers[by.ledger].paper.requests.entry(by.id).or_default().last_mut() {
        *last = Some(errcode);
    }
}

/// The platform has consumed `code` on our request.
pub(super) fn consumed(world: &mut World, code: &'static str, by: Option<By>) {
    world.seen.consumed += 1;
    let at = world.now();
    if by.is_none() || world.consumed.insert(code, (at, by)).is_some() {
        world.broken("a code is consumed once, for a write-off of ours", || format!("{code} by {by:?}"));
    }
}

/// A ledger was written to: nothing in it is lost, and outcomes only move up.
pub(super) fn disk(world: &mut World, number: usize) {
    let ledger = &mut world.ledgers[number];
    let rows: BTreeMap<_, _> = ledger.reader.all().expect("read").into_iter().map(|row| (row.id, row)).collect();
    let old = std::mem::replace(&mut ledger.paper.rows, rows);
    let rank = |row: &WriteOff| match row.outcome {
        None => 0,
        Some(Outcome::Unknown { .. }) => 1,
        Some(Outcome::Rejected { .. }) => 2,
        Some(Outcome::Accepted { .. }) => 3,
    };
    for row in old.values() {
        match ledger.paper.rows.get(&row.id) {
            None => {
                return world.broken("no row is lost", || format!("write-off {} of ledger {number}", row.id));
            }
            Some(now) if rank(now) < rank(row) || now.intent != row.intent || now.till != row.till => {
                let now = now.clone();
                return world.broken("an outcome only moves up", || format!("{row:?} became {now:?}"));
            }
            Some(_) => {}
        }
    }
    let told = std::mem::take(&mut *ledger.paper.told.lock().unwrap_or_else(PoisonError::into_inner));
    for id in told {
        let is_accepted = ledger.paper.rows.get(&id).is_some_and(|row| rank(row) == 3);
        if !is_accepted || !ledger.paper.slips.insert(id) {
            return world
                .broken("a row has one slip, once it is accepted", || format!("write-off {id} of ledger {number}"));
        }
        world.seen.slips += 1;
    }
}

/// After the calm: every row says what the platform truly did.
pub(super) fn end(world: &mut World, number: usize) {
    disk(world, number);
    let rows: Vec<WriteOff> = world.ledgers[number].paper.rows.values().cloned().collect();
    for row in rows {
        let code = known(row.intent.code.as_str());
        let by = By { ledger: number, id: row.id };
        let consumed = world.consumed.get(code).copied();
        let is_ours = consumed.is_some_and(|(_, consumed_by)| consumed_by == Some(by));
        let status = world.status(code);
        let tells_nothing = !matches!(status.as_str(), "NORMAL" | "GIFTING" | "CONSUMED");
        let right = match &row.outcome {
            // Nothing follows from what the platform says now.
            None => false,
            Some(Outcome::Unknown { .. }) => tells_nothing,
            Some(Outcome::Rejected { .. }) => !is_ours,
            // Where the code was consumed at another computer while this one's request was in doubt, nobody can tell by whom. Of two
            // rows of one ledger this can be told.
            Some(Outcome::Accepted { message }) => {
                let elsewhere = consumed.is_some_and(|(_, by)| by.is_none_or(|by| by.ledger != number));
                is_ours || message.starts_with("settled: ") && elsewhere
            }
        };
        match &row.outcome {
            Some(Outcome::Accepted { message }) if message.starts_with("settled: ") => world.seen.settled_accepted += 1,
            Some(Outcome::Accepted { .. }) => world.seen.accepted += 1,
            Some(Outcome::Rejected { errcode: None, .. }) => world.seen.settled_rejected += 1,
            Some(Outcome::Rejected { .. }) => world.seen.rejected += 1,
            _ => world.seen.left_unknown += 1,
        }
        if !right {
            let word = row.outcome_word();
            world.broken("in the end each row says what the platform did", || {
                format!("write-off {} of ledger {number} is {word}; {code} is {status}, consumed: {consumed:?}", row.id)
            });
        }
    }
}

/// An event in a line.
fn said(event: &Event) -> String {
    match event {
        Event::Opened { unsettled, recent } => format!("Opened, {} unsettled of {}", unsettled.len(), recent.len()),
        Event::Answered { answer: Ok(answer), .. } => {
            format!("Answered {} {}", answer.coupon.code, answer.coupon.status.as_wire())
        }
        Event::CardTold { card_id, answer } => format!("CardTold {card_id} {}", answer.is_ok()),
        event => format!("{event:?}"),
    }
}

/// Effects in a line.
fn wanted(effects: &[Effect]) -> String {
    effects.iter().map(|effect| format!("\n             wants {effect:?}")).collect()
}
