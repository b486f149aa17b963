//! What holds for whatever happens at the counter, in whatever order: bytes as deeds of cashier, camera, platform, disk and clock.
//!
//! The simulator plays likely histories with a platform that keeps its word. Here nobody does: answers come in any order, twice, to
//! questions of long ago, with any content, and the clock stands still or leaps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Answer, Booked, Desk, Effect, Event, Moment, Names, NotRecorded, Press, RECENT_MAX, Rules, Stage, Written,
};
use crate::code::{self, CardId, Code, Scanned};
use crate::coupon::{Card, Coupon, Fen, Kind, Status, Validity, Verdict};
use crate::fuzzing::Input;
use crate::trouble::Trouble;
use crate::write_off::{Evidence, Intent, Outcome, WriteOff, WriteOffId};

/// Most deeds of one input.
const DEEDS_MAX: usize = 64;
const TEXTS: [&str; 8] = [
    "111",
    "222",
    " 1 1 1\r\n",
    "131234567890123456",
    "https://m.example/?encrypt_code=a%2B&card_id=pA",
    "https://m.example/?encrypt_code=b",
    "",
    "券",
];
const STATUSES: [Status; 8] = [
    Status::Normal,
    Status::Normal,
    Status::Normal,
    Status::Normal,
    Status::Consumed,
    Status::Expired,
    Status::Gifting,
    Status::Unavailable,
];
/// What the till's clock says at the start.
const START: Timestamp = Timestamp::constant(1_795_000_000, 0);
/// From what worth on a coupon takes two presses.
const TWICE_FROM: Fen = Fen(10_000);
const PAUSES: [Duration; 8] = [
    Duration::ZERO,
    Duration::from_millis(1),
    Duration::from_millis(400),
    Duration::from_millis(1_500),
    Duration::from_secs(3),
    Duration::from_secs(29),
    Duration::from_secs(31),
    Duration::from_secs(4_000),
];

/// A history, byte by byte.
pub fn desk(data: &[u8]) {
    for twice_from in [None, Some(TWICE_FROM)] {
        let mut history = History::new(Rules { twice_from, ..Rules::default() });
        let mut input = Input::new(data);
        for _ in 0..DEEDS_MAX {
            if input.is_empty() {
                break;
            }
            history.deed(&mut input);
        }
    }
}

struct History {
    rules: Rules,
    desk: Desk,
    now: Duration,
    /// What the desk asked for and has not been answered.
    open: Vec<Effect>,
    /// What it was told in answer, to be told again.
    answered: Vec<Event>,
    /// The rows of the ledger, with their outcomes as they were written down.
    disk: BTreeMap<WriteOffId, (Code, Option<Outcome>)>,
    consumed: BTreeSet<WriteOffId>,
    /// Presses that the view offered to take.
    presses: usize,
    /// When the view's offer of a press on each code was taken.
    pressed: BTreeMap<Code, Vec<Duration>>,
    /// When the platform was last asked about each code on behalf of the counter.
    asked: BTreeMap<Code, Duration>,
    opened: bool,
}

impl History {
    fn new(rules: Rules) -> Self {
        Self {
            desk: Desk::new(rules.clone(), Names::default()),
            rules,
            now: Duration::ZERO,
            open: Vec::new(),
            answered: Vec::new(),
            disk: BTreeMap::new(),
            consumed: BTreeSet::new(),
            presses: 0,
            pressed: BTreeMap::new(),
            asked: BTreeMap::new(),
            opened: false,
        }
    }

    fn moment(&self) -> Moment {
        let since = SignedDuration::try_from(self.now).unwrap_or_default();
        Moment { since_start: self.now, till_clock: START.checked_add(since).unwrap_or(START) }
    }

    fn deed(&mut self, input: &mut Input<'_>) {
        let text = |input: &mut Input<'_>| input.one_of(&TEXTS).unwrap_or_default().to_owned();
        match input.byte() % 16 {
            0 | 1 => self.tell(Event::Scanned(text(input))),
            2 => self.tell(Event::Seen(text(input))),
            3 => {
                let text = input.text();
                self.tell(Event::Scanned(text));
            }
            4 => self.tell(Event::Entered { code: code("333"), card_id: CardId::parse("pA").ok() }),
            5 | 6 => self.press(),
            7 => {
                // On something that may lie there no more.
                let text = text(input);
                self.tell_press(Code::parse(&text).unwrap_or_else(|_| code("111")));
            }
            8 => self.tell(if input.byte().is_multiple_of(2) { Event::AskedAgain } else { Event::Dismissed }),
            9 => {
                self.now += input.one_of(&PAUSES).unwrap_or_default();
                self.tell(Event::Tick);
            }
            10 => self.open_ledger(input),
            11 => {
                let again = self.answered.get(usize::from(input.byte())).cloned();
                again.into_iter().for_each(|event| self.tell(event));
            }
            _ => self.answer(input),
        }
    }

    /// The cashier presses on what the window shows.
    fn press(&mut self) {
        let seen = match self.desk.view(self.moment()).stage {
            Stage::Shown { shown, .. } => shown.coupon.code,
            _ => code("111"),
        };
        self.tell_press(seen);
    }

    fn tell_press(&mut self, seen: Code) {
        let view = self.desk.view(self.moment());
        let lies_there = matches!(&view.stage, Stage::Shown { shown, .. } if shown.coupon.code == seen);
        let taken = view.can_consume && lies_there;
        let consumes = taken && view.press != Press::Arms;
        self.presses += usize::from(consumes);
        if taken {
            self.pressed.entry(seen.clone()).or_default().push(self.now);
        }
        self.tell(Event::Pressed(seen));
        let after = self.desk.view(self.moment());
        assert_eq!(after.under_way, consumes || view.under_way, "a press is taken exactly where the view says so");
        let armed = taken && view.press == Press::Arms;
        assert!(!armed || (!after.can_consume && after.press == Press::Confirms), "an armed press waits for a second");
    }

    /// The ledger is read; another run may have left rows behind.
    fn open_ledger(&mut self, input: &mut Input<'_>) {
        let left = if self.opened { 0 } else { input.byte() % 4 };
        if left == 3 {
            return self.tell(Event::NotOpened("disk failed".to_owned()));
        }
        let unsettled: Vec<WriteOff> = (0..left).map(|n| self.left_behind(n)).collect();
        self.opened = true;
        self.tell(Event::Opened { recent: unsettled.clone(), unsettled });
    }

    fn left_behind(&mut self, n: u8) -> WriteOff {
        let (id, code) = (WriteOffId(i64::from(n) + 1_000), code(["111", "222", "333"][usize::from(n % 3)]));
        let doubt = Outcome::Unknown { errcode: None, message: String::new() };
        let outcome = Some(doubt).filter(|_| n == 1);
        self.disk.insert(id, (code.clone(), outcome.clone()));
        self.consumed.insert(id); // by the run before
        self.presses += 1;
        row_of(id, code, outcome)
    }

    /// Answers one of the open questions, not always the oldest.
    fn answer(&mut self, input: &mut Input<'_>) {
        if self.open.is_empty() {
            return;
        }
        let effect = self.open.remove(usize::from(input.byte()) % self.open.len());
        let fails = input.byte().is_multiple_of(4);
        let trouble = || Trouble::NoAnswer("timed out".to_owned());
        let event = match effect {
            Effect::ReadLedger if fails => Event::NotOpened("disk failed".to_owned()),
            Effect::ReadLedger => {
                self.opened = true;
                Event::Opened { unsettled: Vec::new(), recent: Vec::new() }
            }
            Effect::Decrypt { ask, .. } => {
                Event::Decrypted { ask, answer: if fails { Err(trouble()) } else { Ok(code("111")) } }
            }
            Effect::Query { ask, code, card_id } => {
                let answer = if fails { Err(trouble()) } else { Ok(self.platforms_answer(code, card_id, input)) };
                Event::Answered { ask, answer }
            }
            Effect::Card { card_id } => {
                let answer = if fails { Err(trouble()) } else { Ok(card(&card_id, input)) };
                Event::CardTold { card_id, answer }
            }
            Effect::Record { ask, intent } => Event::Recorded { ask, result: self.record(&intent, fails) },
            Effect::Consume { id, .. } => {
                let message = "words".to_owned();
                let outcome = match input.byte() % 4 {
                    0 => Outcome::Rejected { errcode: Some(40099), message },
                    1 => Outcome::Unknown { errcode: None, message },
                    _ => Outcome::Accepted { message },
                };
                let trouble = (!matches!(outcome, Outcome::Accepted { .. })).then(trouble);
                Event::Consumed { id, outcome, trouble, sent_at: Some(self.moment().till_clock).filter(|_| !fails) }
            }
            Effect::Close { ask, id, outcome, evidence, .. } => {
                let result = if fails { Err("disk full".to_owned()) } else { Ok(self.close(id, outcome, evidence)) };
                Event::Closed { ask, id, result }
            }
            Effect::FindEarlier { ask, code, .. } => {
                let of_code = |(_, (on_disk, _)): &(&WriteOffId, &(Code, Option<Outcome>))| *on_disk == code;
                let row = self.disk.iter().find(of_code).filter(|_| !fails);
                let earlier = row.map(|(id, (code, outcome))| Box::new(row_of(*id, code.clone(), outcome.clone())));
                Event::EarlierFound { ask, earlier }
            }
            Effect::Settle { ask, id, .. } => {
                let status = input.one_of(&STATUSES).unwrap_or(Status::Normal);
                Event::Settled { ask, id, answer: if fails { Err(trouble()) } else { Ok(status) } }
            }
        };
        self.answered.push(event.clone());
        self.tell(event);
    }

    fn platforms_answer(&self, code: Code, card_id: Option<CardId>, input: &mut Input<'_>) -> Answer {
        let status = input.one_of(&STATUSES).unwrap_or(Status::Normal);
        let how = input.byte();
        let now = self.moment().till_clock.as_second();
        let end = (how & 2 != 0).then(|| now + i64::from(input.byte()) - 60);
        let card_id = if how & 4 == 0 { card_id } else { CardId::parse("pA").ok() };
        let validity = Validity::from_wire(None, end);
        let coupon = Coupon { code, card_id, openid: None, status, can_consume: how & 1 == 0, validity };
        let skew = i64::from(input.byte()) * if how & 8 == 0 { 0 } else { 1_000_000_000_000 };
        Answer { coupon, platform_clock: Timestamp::from_second(now.wrapping_add(skew)).ok().filter(|_| how & 16 != 0) }
    }

    /// What the ledger does with an intent.
    fn record(&mut self, intent: &Intent, fails: bool) -> Result<Booked, NotRecorded> {
        if fails {
            return Err(NotRecorded::Failed("disk full".to_owned()));
        }
        let in_doubt = |(code, outcome): &(Code, Option<Outcome>)| {
            *code == intent.code && !outcome.as_ref().is_some_and(Outcome::is_final)
        };
        if let Some((id, _)) = self.disk.iter().find(|(_, row)| in_doubt(row)) {
            return Err(NotRecorded::InDoubt(*id));
        }
        let id = WriteOffId(i64::try_from(self.disk.len()).unwrap_or(0) + 1);
        self.disk.insert(id, (intent.code.clone(), None));
        Ok(Booked { id, cashier: String::new(), shift: None })
    }

    /// What the ledger does with an outcome.
    fn close(&mut self, id: WriteOffId, outcome: Outcome, evidence: Evidence) -> Written {
        let explains = |(other, (code, outcome)): &(&WriteOffId, &(Code, Option<Outcome>))| {
            matches!(outcome, Some(Outcome::Accepted { .. })) && **other != id && self.disk[&id].0 == *code
        };
        if matches!(outcome, Outcome::Accepted { .. })
            && evidence == Evidence::Status
            && let Some((other, _)) = self.disk.iter().find(explains)
        {
            return Written::Explained(*other);
        }
        let row = self.disk.get_mut(&id);
        assert!(row.is_some(), "an outcome belongs to a recorded intent");
        let Some((_, on_disk)) = row else { return Written::Done };
        assert!(rank(Some(&outcome)) >= rank(on_disk.as_ref()), "an outcome moved down: {on_disk:?} to {outcome:?}");
        *on_disk = Some(outcome);
        Written::Done
    }

    fn tell(&mut self, event: Event) {
        let effects = self.desk.handle(event, self.moment());
        for effect in &effects {
            match effect {
                Effect::Query { code, .. } => {
                    self.asked.insert(code.clone(), self.now);
                }
                Effect::Record { intent, .. } => {
                    let asked_at = self.asked.get(&intent.code);
                    let age = asked_at.map(|at| self.now.saturating_sub(*at));
                    assert!(age.is_some_and(|age| age < self.rules.stale_after), "intended on a stale word: {age:?}");
                }
                Effect::Consume { id, code, .. } => {
                    let row = self.disk.get(id);
                    assert!(row.is_some_and(|(intended, _)| intended == code), "consumed without a recorded intent");
                    assert!(self.consumed.insert(*id), "two consume requests for one intent");
                    assert!(self.consumed.len() <= self.presses, "a consume that nobody pressed for");
                }
                _ => {}
            }
        }
        if effects.iter().any(|effect| matches!(effect, Effect::Record { .. })) {
            self.check_presses();
        }
        self.open.extend(effects);
        self.check_view();
    }

    /// What is written down to be consumed has been pressed on as often as it takes, and not in one twitch of a finger.
    fn check_presses(&self) {
        let Stage::Consuming { shown } = self.desk.view(self.moment()).stage else { return };
        let pressed = self.pressed.get(&shown.coupon.code).map(Vec::as_slice).unwrap_or_default();
        match pressed {
            _ if !self.rules.takes_two(shown.card.as_ref()) => assert!(!pressed.is_empty(), "nobody pressed"),
            [.., first, second] => {
                let apart = *second - *first;
                assert!(
                    apart >= self.rules.press_guard && apart < self.rules.second_press_within,
                    "two presses {apart:?} apart"
                );
            }
            _ => unreachable!("fewer than two presses on a coupon that takes two"),
        }
    }

    /// What holds of every picture of the desk.
    fn check_view(&self) {
        let now = self.moment();
        let view = self.desk.view(now);
        let usable = matches!(view.stage, Stage::Shown { verdict: Verdict::Usable, in_doubt: None, .. });
        assert!(!view.can_consume || (usable && view.opened), "consume is possible in exactly one state");
        assert!(!(view.can_consume && view.under_way));
        assert_eq!(view.opened, self.opened);
        assert!(view.recent.len() <= RECENT_MAX);
        assert!(view.waiting.as_ref().is_none_or(|text| !text.is_empty()));
        assert!(view.unsettled.len() <= view.owed && view.unwritten <= view.owed);
        for row in &view.unsettled {
            assert!(self.disk.contains_key(&row.write_off.id) && row.write_off.is_unsettled());
        }
        let receipt = match &view.stage {
            Stage::Finished { write_off, on_disk: true, .. } => Some(&**write_off),
            Stage::NotACoupon { text, refusal } => {
                assert_eq!(code::read(text), Err(*refusal), "refused for what it says");
                None
            }
            _ => None,
        };
        for shown in receipt.into_iter().chain(&view.recent).filter(|row| !row.is_unsettled()) {
            let on_disk = self.disk.get(&shown.id).is_some_and(|(_, outcome)| *outcome == shown.outcome);
            assert!(on_disk || view.unwritten > 0, "shown as final before it was on disk: {shown:?}");
        }
        if let Some(wake) = self.desk.next_wake(now) {
            assert!(
                !matches!(view.stage, Stage::Idle) || view.owed > 0 || !view.opened || !self.desk.rows.is_empty(),
                "an empty desk wants to be woken at {wake:?}"
            );
        }
    }
}

fn row_of(id: WriteOffId, code: Code, outcome: Option<Outcome>) -> WriteOff {
    let intended_at = START;
    let intent = Intent { code, card_id: None, title: None, openid: None, face_value: None, intended_at };
    let (till, cashier) = (String::new(), String::new());
    let outcome_at = outcome.as_ref().map(|_| intended_at);
    WriteOff { id, till, cashier, shift: None, intent, sent_at: None, outcome_at, outcome }
}

fn rank(outcome: Option<&Outcome>) -> u8 {
    match outcome {
        None => 0,
        Some(Outcome::Unknown { .. }) => 1,
        Some(Outcome::Rejected { .. }) => 2,
        Some(Outcome::Accepted { .. }) => 3,
    }
}

fn code(text: &str) -> Code {
    match code::read(text) {
        Ok(Scanned::Code(code)) => code,
        other => unreachable!("{text} was read as {other:?}"),
    }
}

fn card(id: &CardId, input: &mut Input<'_>) -> Card {
    let kind = match input.byte() % 4 {
        0 => Kind::Member,
        1 => Kind::Cash { least: None, reduce: TWICE_FROM },
        _ => Kind::Discount(30),
    };
    let (sub_title, brand, notice, description) = (String::new(), String::new(), String::new(), String::new());
    let title = "title".to_owned();
    Card {
        id: id.clone(),
        kind,
        title,
        sub_title,
        brand,
        notice,
        description,
        terms: crate::coupon::Terms::default(),
        color: None,
        logo_url: None,
        custom_code: false,
    }
}
