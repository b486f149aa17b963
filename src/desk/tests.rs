//! The desk's rules one by one. All of them at once, with a till, a platform, a network and disks around them: `till/simulation`.

use super::*;
use crate::coupon::{Kind, Reason, Validity};
use crate::write_off::settled_by;

fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

fn moment(since_start: Duration) -> Moment {
    let till_clock = "2026-11-24T10:00:00+08:00".parse::<Timestamp>().expect("a time")
        + SignedDuration::try_from(since_start).expect("short");
    Moment { since_start, till_clock }
}

fn coupon(text: &str, status: Status) -> Coupon {
    Coupon {
        code: code(text),
        card_id: None,
        openid: Some("oFS7Fjl0WsZ9AMZqrI80nbIq8xrA".to_owned()),
        can_consume: status == Status::Normal,
        status,
        validity: Validity::default(),
    }
}

fn accepted() -> Outcome {
    Outcome::Accepted { message: "ok".to_owned() }
}

fn unknown() -> Outcome {
    Outcome::Unknown { errcode: None, message: "timed out".to_owned() }
}

fn disk_full() -> NotRecorded {
    NotRecorded::Failed("disk full".to_owned())
}

fn no_answer() -> Trouble {
    Trouble::NoAnswer("timed out".to_owned())
}

fn card(id: &CardId, kind: Kind) -> Card {
    Card {
        id: id.clone(),
        kind,
        title: "券".to_owned(),
        sub_title: String::new(),
        brand: String::new(),
        notice: String::new(),
        description: String::new(),
        terms: crate::coupon::Terms::default(),
        color: None,
        logo_url: None,
        custom_code: false,
    }
}

/// A desk, its clock, and a hand that answers.
fn booked(id: i64) -> Result<Booked, NotRecorded> {
    Ok(Booked { id: WriteOffId(id), cashier: String::new(), shift: None })
}

struct Counterside {
    desk: Desk,
    now: Duration,
    /// The latest question about an unknown write-off.
    settle_ask: Ask,
    /// The latest outcome to be written down.
    close_ask: Ask,
}

impl Counterside {
    /// With an empty ledger that has been read.
    fn new() -> Self {
        let mut counterside = Self::with_unread_ledger();
        counterside.tell(Event::Opened { unsettled: Vec::new(), recent: Vec::new() });
        counterside
    }

    fn with_unread_ledger() -> Self {
        Self::with_rules(Rules::default())
    }

    fn with_rules(rules: Rules) -> Self {
        Self { desk: Desk::new(rules, Names::default()), now: Duration::ZERO, settle_ask: Ask(0), close_ask: Ask(0) }
    }

    fn tell(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.desk.handle(event, moment(self.now));
        for effect in &effects {
            match effect {
                Effect::Settle { ask, .. } => self.settle_ask = *ask,
                Effect::Close { ask, .. } => self.close_ask = *ask,
                _ => {}
            }
        }
        effects
    }

    fn wait(&mut self, time: Duration) -> Vec<Effect> {
        self.now += time;
        self.tell(Event::Tick)
    }

    fn view(&self) -> View {
        self.desk.view(moment(self.now))
    }

    fn scan(&mut self, text: &str) -> Vec<Effect> {
        self.tell(Event::Scanned(text.to_owned()))
    }

    fn answer(&mut self, ask: Ask, coupon: Coupon) -> Vec<Effect> {
        self.tell(Event::Answered { ask, answer: Ok(Answer { coupon, platform_clock: None }) })
    }

    /// Scans `text` and lays a usable coupon before the cashier.
    fn show(&mut self, text: &str) {
        let effects = self.scan(text);
        let ask = query_in(&effects).unwrap_or_else(|| panic!("no query in {effects:?}"));
        assert_eq!(self.answer(ask, coupon(text, Status::Normal)), []);
        assert!(self.view().can_consume);
    }

    /// Presses on what lies there, or on the code that most tests are about.
    fn press_key(&mut self) -> Vec<Effect> {
        let seen = match self.view().stage {
            Stage::Shown { shown, .. } => shown.coupon.code,
            _ => code("111"),
        };
        self.tell(Event::Pressed(seen))
    }

    /// Presses, and records under `id`.
    fn press(&mut self, id: i64) -> Vec<Effect> {
        let effects = self.press_key();
        let [Effect::Record { ask, .. }] = effects[..] else { panic!("{effects:?}") };
        self.tell(Event::Recorded { ask, result: booked(id) })
    }

    fn consumed(&mut self, id: i64, outcome: Outcome) -> Vec<Effect> {
        let sent_at = Some(moment(self.now).till_clock);
        self.tell(Event::Consumed { id: WriteOffId(id), outcome, sent_at, trouble: None })
    }

    fn settled(&mut self, id: i64, status: Status) -> Vec<Effect> {
        self.tell(Event::Settled { ask: self.settle_ask, id: WriteOffId(id), answer: Ok(status) })
    }

    fn closed(&mut self, id: i64) -> Vec<Effect> {
        self.tell(Event::Closed { ask: self.close_ask, id: WriteOffId(id), result: Ok(Written::Done) })
    }

    /// A write-off of `text` whose outcome is unknown, and on disk as such.
    fn leave_unknown(&mut self, text: &str, id: i64) {
        self.show(text);
        self.press(id);
        self.consumed(id, unknown());
        assert_eq!(self.closed(id), []);
    }
}

fn query_in(effects: &[Effect]) -> Option<Ask> {
    effects.iter().find_map(|effect| match effect {
        Effect::Query { ask, .. } => Some(*ask),
        _ => None,
    })
}

fn has_consume(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Consume { .. }))
}

fn has_settle(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Settle { .. }))
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_write_off_goes_scan_query_press_record_consume_close_receipt() {
    let mut c = Counterside::new();
    c.show("111");
    let effects = c.press_key();
    let [Effect::Record { ask, intent }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(intent.code, code("111"));
    let effects = c.tell(Event::Recorded { ask: *ask, result: booked(7) });
    assert_eq!(effects, [Effect::Consume { id: WriteOffId(7), code: code("111"), card_id: None }]);
    let effects = c.consumed(7, accepted());
    assert!(matches!(&effects[..], [Effect::Close { id: WriteOffId(7), outcome, .. }] if *outcome == accepted()));
    assert!(matches!(c.view().stage, Stage::Consuming { .. }), "not final before it is on disk");
    assert_eq!(c.closed(7), []);
    let view = c.view();
    assert!(matches!(view.stage, Stage::Finished { on_disk: true, .. }));
    assert_eq!(view.recent[0].outcome, Some(accepted()));
    assert_eq!(view.owed, 0);
}

#[test]
fn a_second_press_a_key_repeat_and_an_enter_cause_no_second_request() {
    let mut c = Counterside::new();
    c.show("111");
    let effects = c.press_key();
    let [Effect::Record { ask, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(c.press_key(), []);
    assert!(has_consume(&c.tell(Event::Recorded { ask, result: booked(1) })));
    assert_eq!(c.tell(Event::Recorded { ask, result: booked(1) }), [], "a doubled answer");
    assert_eq!(c.press_key(), []);
    assert_eq!(c.scan(""), [], "a scanner's Enter");
    assert_eq!(c.scan("111"), [], "the same code again");
    c.consumed(1, accepted());
    c.closed(1);
    assert_eq!(c.press_key(), [], "a receipt cannot be consumed");
}

#[test]
fn nothing_is_sent_when_the_intent_cannot_be_recorded_and_the_cashier_is_told() {
    let mut c = Counterside::new();
    c.show("111");
    let effects = c.press_key();
    let [Effect::Record { ask, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(c.tell(Event::Recorded { ask, result: Err(disk_full()) }), []);
    assert!(matches!(c.view().stage, Stage::NotRecorded { .. }));
    assert_eq!(c.press_key(), []);
    assert!(query_in(&c.tell(Event::AskedAgain)).is_some(), "it can be tried again from a fresh look-up");
}

#[test]
fn a_refused_coupon_cannot_be_consumed() {
    for status in [Status::Consumed, Status::Expired, Status::Gifting, Status::Other("FROZEN".to_owned())] {
        let mut c = Counterside::new();
        let ask = query_in(&c.scan("111")).expect("a query");
        c.answer(ask, coupon("111", status));
        assert!(!c.view().can_consume);
        assert_eq!(c.press_key(), []);
    }
}

#[test]
fn a_member_card_is_refused_once_its_kind_is_known() {
    let mut c = Counterside::new();
    let ask = query_in(&c.scan("111")).expect("a query");
    let card_id = CardId::parse("pMember").expect("a card id");
    let member = Coupon { card_id: Some(card_id.clone()), ..coupon("111", Status::Normal) };
    assert_eq!(c.answer(ask, member.clone()), [Effect::Card { card_id: card_id.clone() }]);
    assert!(!c.view().can_consume, "not before the details are there, or were waited for");
    let told = Event::CardTold { card_id: card_id.clone(), answer: Ok(card(&card_id, Kind::Member)) };
    c.tell(told);
    let Stage::Shown { verdict, .. } = c.view().stage else { panic!("not shown") };
    assert_eq!(verdict, Verdict::Refused(Reason::WrongKind));
    c.wait(SECOND * 3);
    let ask = query_in(&c.scan("222")).expect("a query");
    let other = Coupon { code: code("222"), ..member };
    assert_eq!(c.answer(ask, other), [], "its details are known by now");
}

/// A desk at which ¥100 and more takes two presses, with a usable coupon of this kind before the cashier; `None`: of a card without details.
fn with_two_presses(kind: Option<Kind>) -> Counterside {
    let mut c = Counterside::with_rules(Rules { twice_from: Some(Fen(10_000)), ..Rules::default() });
    c.tell(Event::Opened { unsettled: Vec::new(), recent: Vec::new() });
    c.show_of_card(kind);
    c
}

impl Counterside {
    fn show_of_card(&mut self, kind: Option<Kind>) {
        let ask = query_in(&self.scan("111")).expect("a query");
        let card_id = CardId::parse("pA").expect("a card id");
        self.answer(ask, Coupon { card_id: Some(card_id.clone()), ..coupon("111", Status::Normal) });
        match kind {
            Some(kind) => {
                let answer = Ok(card(&card_id, kind));
                self.tell(Event::CardTold { card_id, answer });
            }
            None => {
                self.wait(Rules::default().card_patience);
            }
        }
        assert!(self.view().can_consume);
    }
}

#[test]
fn a_coupon_worth_as_much_as_was_set_takes_two_presses_apart_and_no_other_does() {
    let cash = |fen| Some(Kind::Cash { least: None, reduce: Fen(fen) });
    for (kind, takes_two) in [
        (cash(10_000), true),
        (cash(9_999), false),
        (Some(Kind::Discount(30)), false),
        (Some(Kind::Gift("tea".to_owned())), false),
        (None, true), // nobody knows that it is worth less
    ] {
        let mut c = with_two_presses(kind.clone());
        assert_eq!(c.view().press, if takes_two { Press::Arms } else { Press::Consumes }, "{kind:?}");
        if takes_two {
            assert_eq!(c.press_key(), []);
            assert!(!c.view().can_consume, "a finger that twitches");
            assert_eq!(c.press_key(), []);
            assert_eq!(c.desk.next_wake(moment(c.now)), Some(c.now + Rules::default().press_guard));
            c.wait(Rules::default().press_guard);
            assert!(c.view().can_consume && c.view().press == Press::Confirms);
        }
        assert!(matches!(c.press_key()[..], [Effect::Record { .. }]), "{kind:?}");
    }
    let every = Rules { twice_from: Some(Fen(0)), ..Rules::default() };
    assert!(every.takes_two(Some(&card(&CardId::parse("pA").expect("a card id"), Kind::Discount(30)))));
    assert!(!Rules::default().takes_two(None), "off unless it is set");
}

#[test]
fn a_first_press_is_forgotten_with_time_and_with_its_coupon() {
    let worth = || Kind::Cash { least: None, reduce: Fen(10_000) };
    let mut c = with_two_presses(Some(worth()));
    c.press_key();
    c.wait(Rules::default().second_press_within);
    assert_eq!(c.view().press, Press::Arms);
    assert_eq!(c.press_key(), [], "it is a first one again");
    c.wait(SECOND);
    let ask = query_in(&c.tell(Event::AskedAgain)).expect("a query");
    c.answer(ask, Coupon { card_id: CardId::parse("pA").ok(), ..coupon("111", Status::Normal) });
    c.wait(SECOND);
    assert_eq!(c.view().press, Press::Arms, "looked up anew");
    assert_eq!(c.press_key(), []);
}

#[test]
fn what_was_pressed_on_once_is_not_consumed_where_asking_again_finds_that_it_takes_two() {
    for (at_first, then, consumed) in [(5_000, 10_000, false), (10_000, 10_000, true), (5_000, 5_000, true)] {
        let worth = |fen| Kind::Cash { least: None, reduce: Fen(fen) };
        let mut c = with_two_presses(Some(worth(at_first)));
        c.now += Rules::default().card_keeps; // which is longer than the verdict lives
        let mut effects = c.press_key();
        if at_first == 10_000 {
            c.wait(SECOND);
            effects = c.press_key();
        }
        let ask = query_in(&effects).expect("the verdict is stale");
        let card_id = CardId::parse("pA").expect("a card id");
        c.answer(ask, Coupon { card_id: Some(card_id.clone()), ..coupon("111", Status::Normal) });
        let answer = Ok(card(&card_id, worth(then)));
        let effects = c.tell(Event::CardTold { card_id, answer });
        assert_eq!(matches!(effects[..], [Effect::Record { .. }]), consumed, "{at_first} then {then}: {effects:?}");
        assert_eq!(c.view().under_way, consumed);
    }
}

#[test]
fn of_a_consumed_coupon_the_ledger_is_asked_who_consumed_it_and_a_late_answer_is_dropped() {
    let earlier = |c: &Counterside| match c.view().stage {
        Stage::Shown { shown, .. } => shown.earlier.map(|row| row.cashier),
        stage => panic!("{stage:?}"),
    };
    let row = |cashier: &str| {
        let intent = Intent {
            code: code("111"),
            card_id: None,
            title: None,
            openid: None,
            face_value: None,
            intended_at: moment(Duration::ZERO).till_clock,
        };
        let (till, cashier) = ("till 2".to_owned(), cashier.to_owned());
        let outcome = Some(accepted());
        Some(Box::new(WriteOff {
            id: WriteOffId(3),
            till,
            cashier,
            shift: None,
            intent,
            sent_at: None,
            outcome,
            outcome_at: None,
        }))
    };
    let mut c = Counterside::new();
    let ask = query_in(&c.scan("111")).expect("a query");
    let effects = c.answer(ask, coupon("111", Status::Consumed));
    assert_eq!(effects, [Effect::FindEarlier { ask, code: code("111"), card_id: None }]);
    assert_eq!(earlier(&c), None, "shown at once, without waiting for the ledger");
    let again = query_in(&c.tell(Event::AskedAgain)).expect("a query");
    c.answer(again, coupon("111", Status::Consumed));
    c.tell(Event::EarlierFound { ask, earlier: row("Li") });
    assert_eq!(earlier(&c), None, "that was another question");
    c.tell(Event::EarlierFound { ask: again, earlier: row("Wang") });
    assert_eq!(earlier(&c).as_deref(), Some("Wang"));
    assert!(!c.view().can_consume);
}

#[test]
fn each_scan_is_a_turn_of_its_own_and_nothing_else_is() {
    let mut c = Counterside::new();
    c.show("111");
    let turn = c.view().turn;
    c.press(1);
    c.consumed(1, accepted());
    c.closed(1);
    assert_eq!(c.view().turn, turn, "a press is part of its scan's turn");
    for text in ["131234567890123456"; 2] {
        let before = c.view().turn;
        c.now += SECOND * 3;
        c.scan(text);
        assert_eq!(c.view().turn, before + 1, "told again, though the window shows the same");
    }
}

#[test]
fn a_coupon_is_shown_without_its_card_when_the_details_do_not_come() {
    let mut c = Counterside::new();
    let ask = query_in(&c.scan("111")).expect("a query");
    let card_id = CardId::parse("pSlow").expect("a card id");
    c.answer(ask, Coupon { card_id: Some(card_id), ..coupon("111", Status::Normal) });
    assert_eq!(c.desk.next_wake(moment(c.now)), Some(Rules::default().card_patience));
    c.wait(Rules::default().card_patience);
    assert!(c.view().can_consume);
}

#[test]
fn consuming_a_stale_verdict_asks_the_platform_again_first() {
    let mut c = Counterside::new();
    c.show("111");
    c.wait(SECOND * 30);
    let ask = query_in(&c.press_key()).expect("the question before the press");
    let effects = c.answer(ask, coupon("111", Status::Normal));
    assert!(matches!(effects[..], [Effect::Record { .. }]), "still usable: the press goes on");

    let mut c = Counterside::new();
    c.show("111");
    c.wait(SECOND * 30);
    let ask = query_in(&c.press_key()).expect("the question before the press");
    let effects = c.answer(ask, coupon("111", Status::Consumed));
    assert!(matches!(effects[..], [Effect::FindEarlier { .. }]), "no longer usable: shown, not sent: {effects:?}");
    assert!(!c.view().can_consume);

    let mut c = Counterside::new();
    c.show("111");
    c.wait(SECOND * 30);
    let ask = query_in(&c.press_key()).expect("the question before the press");
    assert_eq!(c.tell(Event::Answered { ask, answer: Err(no_answer()) }), []);
    assert!(matches!(c.view().stage, Stage::LookupFailed { .. }));
}

#[test]
fn a_scan_replaces_a_result_that_is_merely_shown() {
    let mut c = Counterside::new();
    c.show("111");
    let ask = query_in(&c.scan("222")).expect("a query");
    assert!(!c.view().can_consume);
    c.answer(ask, coupon("222", Status::Normal));
    c.wait(Rules::default().press_guard);
    let effects = c.press_key();
    assert!(matches!(&effects[..], [Effect::Record { intent, .. }] if intent.code == code("222")));
}

#[test]
fn a_press_on_its_way_to_a_coupon_that_was_replaced_is_not_taken() {
    let mut c = Counterside::new();
    c.show("111");
    let ask = query_in(&c.tell(Event::Seen("222".to_owned()))).expect("a query");
    c.answer(ask, coupon("222", Status::Normal));
    assert_eq!(c.tell(Event::Pressed(code("111"))), [], "it lies there no more");
    assert_eq!(c.tell(Event::Pressed(code("222"))), [], "nobody is that quick");
    assert!(!c.view().can_consume);
    let wake = c.desk.next_wake(moment(c.now)).expect("the guard ends");
    c.wait(wake - c.now);
    assert!(c.view().can_consume);
    assert_eq!(c.tell(Event::Pressed(code("111"))), []);
    assert!(matches!(c.tell(Event::Pressed(code("222")))[..], [Effect::Record { .. }]));
}

#[test]
fn a_press_that_came_to_nothing_stays_until_the_cashier_clears_it_although_somebody_waits() {
    let mut c = Counterside::new();
    c.show("111");
    c.press(1);
    c.scan("222");
    c.consumed(1, unknown());
    c.closed(1);
    c.wait(SECOND * 10);
    assert!(matches!(c.view().stage, Stage::Finished { .. }));
    assert_eq!(c.view().waiting.as_deref(), Some("222"));
    assert!(query_in(&c.tell(Event::Dismissed)).is_some(), "now it is the next one's turn");
}

#[test]
fn a_code_that_another_program_has_in_doubt_is_not_sent() {
    let mut c = Counterside::new();
    c.show("111");
    let effects = c.press_key();
    let [Effect::Record { ask, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(c.tell(Event::Recorded { ask, result: Err(NotRecorded::InDoubt(WriteOffId(9))) }), []);
    assert!(matches!(c.view().stage, Stage::NotRecorded { why: NotRecorded::InDoubt(WriteOffId(9)), .. }));
}

#[test]
fn a_hand_that_scans_again_what_was_cleared_or_failed_is_obeyed_and_the_camera_is_not() {
    let mut c = Counterside::new();
    c.show("111");
    assert_eq!(c.scan("111"), [], "it lies there already");
    c.tell(Event::Dismissed);
    assert_eq!(c.tell(Event::Seen("111".to_owned())), [], "still held before the camera");
    let ask = query_in(&c.scan("111")).expect("scanned again by hand");
    c.tell(Event::Answered { ask, answer: Err(no_answer()) });
    assert_eq!(c.tell(Event::Seen("111".to_owned())), []);
    assert!(query_in(&c.scan("111")).is_some());
}

#[test]
fn a_scan_during_a_write_off_waits_until_the_receipt_was_seen() {
    let mut c = Counterside::new();
    c.show("111");
    c.press(1);
    assert_eq!(c.scan("222"), []);
    assert_eq!(c.scan("131234567890123456"), [], "a payment code does not push it out");
    assert_eq!(c.view().waiting.as_deref(), Some("222"));
    c.consumed(1, accepted());
    assert_eq!(c.closed(1), []);
    assert!(matches!(c.view().stage, Stage::Finished { .. }));
    let effects = c.wait(Rules::default().receipt_stays);
    assert!(matches!(&effects[..], [Effect::Query { code: asked, .. }] if *asked == code("222")));
}

#[test]
fn the_same_code_within_a_moment_is_the_same_scan_also_with_another_in_view() {
    let mut c = Counterside::new();
    assert!(query_in(&c.tell(Event::Seen("111".to_owned()))).is_some());
    assert!(query_in(&c.tell(Event::Seen("222".to_owned()))).is_some());
    for _ in 0..100 {
        c.wait(SECOND / 30);
        assert_eq!(c.tell(Event::Seen("111".to_owned())), []);
        assert_eq!(c.tell(Event::Seen(" 2 2 2\r\n".to_owned())), []);
    }
    c.wait(SECOND * 2);
    assert!(query_in(&c.tell(Event::Seen("111".to_owned()))).is_some(), "gone for a while and back");
}

#[test]
fn a_late_answer_to_an_earlier_question_is_dropped() {
    let mut c = Counterside::new();
    let first = query_in(&c.scan("111")).expect("a query");
    let second = query_in(&c.scan("222")).expect("a query");
    assert_eq!(c.answer(first, coupon("111", Status::Normal)), []);
    assert!(!c.view().can_consume);
    c.answer(second, coupon("222", Status::Normal));
    assert_eq!(c.tell(Event::Answered { ask: first, answer: Err(no_answer()) }), []);
    assert!(c.view().can_consume);
}

#[test]
fn a_late_answer_still_tells_the_platforms_clock() {
    let mut c = Counterside::new();
    let end = moment(c.now).till_clock + SECOND * 30;
    let first = query_in(&c.scan("111")).expect("a query");
    let second = query_in(&c.scan("222")).expect("a query");
    let platform_clock = Some(end + SECOND);
    let answer = Ok(Answer { coupon: coupon("111", Status::Normal), platform_clock });
    assert_eq!(c.tell(Event::Answered { ask: first, answer }), []);
    let validity = Validity { begin: None, end: Some(end) };
    c.answer(second, Coupon { validity, ..coupon("222", Status::Normal) });
    assert!(!c.view().can_consume, "over by the platform's clock, and not by the till's");
}

#[test]
fn an_encrypted_code_is_decoded_and_asked_about_with_its_card() {
    let mut c = Counterside::new();
    let effects = c.scan("https://m.example/?encrypt_code=XXIz%2B&card_id=pCustom");
    let [Effect::Decrypt { ask, code: encrypted }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(encrypted.as_str(), "XXIz+");
    let effects = c.tell(Event::Decrypted { ask: *ask, answer: Ok(code("VIP-1")) });
    let [Effect::Query { code: asked, card_id: Some(card), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((asked.as_str(), card.as_str()), ("VIP-1", "pCustom"));
}

#[test]
fn an_unknown_write_off_settles_while_the_cashier_goes_on() {
    let mut c = Counterside::new();
    c.leave_unknown("111", 1);
    assert_eq!(c.view().unsettled.len(), 1);
    let effects = c.scan("222");
    let ask = query_in(&effects).expect("the next customer");
    c.answer(ask, coupon("222", Status::Normal));
    c.now += Rules::default().press_guard;
    assert!(c.view().can_consume);
    assert!(has_settle(&c.wait(SECOND)));
    let effects = c.settled(1, Status::Consumed);
    assert!(matches!(&effects[..], [Effect::Close { outcome: Outcome::Accepted { .. }, .. }]));
    c.closed(1);
    assert_eq!(c.view().unsettled, []);
    assert!(c.view().can_consume, "the next customer's coupon still lies there");
    assert_eq!(c.view().recent[0].outcome_word(), "accepted");
}

#[test]
fn consumed_is_not_taken_for_ours_where_the_ledger_knows_whose_it_was() {
    let mut c = Counterside::new();
    c.leave_unknown("111", 12);
    c.wait(SECOND);
    let effects = c.settled(12, Status::Consumed);
    let [Effect::Close { outcome: Outcome::Accepted { .. }, evidence: Evidence::Status, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let shown = |c: &Counterside| match c.view().stage {
        Stage::Finished { write_off, why, .. } => (write_off.outcome_word(), why),
        stage => panic!("{stage:?}"),
    };
    assert_eq!(shown(&c), ("unknown", None));
    // The disk fails first: what the ledger may know better is not shown before it has been heard.
    c.tell(Event::Closed { ask: c.close_ask, id: WriteOffId(12), result: Err("disk full".to_owned()) });
    assert_eq!((shown(&c), c.view().recent[0].outcome_word()), (("unknown", None), "unknown"));
    c.wait(SECOND);
    let result = Ok(Written::Explained(WriteOffId(7)));
    let effects = c.tell(Event::Closed { ask: c.close_ask, id: WriteOffId(12), result });
    let [Effect::Close { outcome: outcome @ Outcome::Rejected { errcode: None, message }, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(message.contains("already written off as no. 7"), "{message}");
    assert_eq!(shown(&c).0, "unknown", "nor is this shown before it is on disk");
    assert_eq!(c.closed(12), []);
    assert_eq!(shown(&c), ("rejected", Some(NotWrittenOff::Already(WriteOffId(7)))));
    let view = c.view();
    assert_eq!((view.recent[0].outcome.as_ref(), view.owed), (Some(outcome), 0));
}

#[test]
fn the_answer_to_our_own_request_needs_no_explanation() {
    let mut c = Counterside::new();
    c.show("111");
    c.press(1);
    let effects = c.consumed(1, accepted());
    assert!(matches!(&effects[..], [Effect::Close { evidence: Evidence::Answer, .. }]), "{effects:?}");
}

#[test]
fn the_code_of_an_unknown_write_off_cannot_be_consumed_until_it_is_settled() {
    let mut c = Counterside::new();
    c.leave_unknown("111", 1);
    c.wait(SECOND * 3);
    let ask = query_in(&c.scan("111")).expect("a query");
    c.answer(ask, coupon("111", Status::Normal));
    assert!(matches!(c.view().stage, Stage::Shown { verdict: Verdict::Usable, in_doubt: Some(WriteOffId(1)), .. }));
    assert_eq!(c.press_key(), []);
    let effects = c.settled(1, Status::Normal);
    let ask = query_in(&effects).expect("what lies there is looked up again: it was asked about during the doubt");
    c.closed(1);
    c.answer(ask, coupon("111", Status::Normal));
    c.now += Rules::default().press_guard;
    assert!(c.view().can_consume, "settled as not executed: free again");
}

#[test]
fn not_consumed_is_not_believed_before_the_doubt_has_had_time_to_clear_whatever_the_tills_clock_does() {
    for jump in [0, 24, -24].map(SignedDuration::from_hours) {
        let mut c = Counterside::new();
        c.show("111");
        c.press(1);
        let sent_at = Some(moment(c.now).till_clock - jump);
        c.now += SECOND * 8; // the request timed out after eight seconds, in which the clock jumped
        c.tell(Event::Consumed { id: WriteOffId(1), outcome: unknown(), sent_at, trouble: Some(no_answer()) });
        c.closed(1);
        assert!(has_settle(&c.wait(SECOND)));
        assert_eq!(c.settled(1, Status::Normal), []);
        assert!(!has_settle(&c.wait(SECOND * 6)), "seven seconds after: {jump}");
        assert!(has_settle(&c.wait(SECOND)), "as long again as it had taken: {jump}");
        let effects = c.settled(1, Status::Normal);
        assert!(matches!(&effects[..], [Effect::Close { outcome: Outcome::Rejected { errcode: None, .. }, .. }]));
    }
}

#[test]
fn a_status_that_proves_nothing_leaves_it_unknown_and_is_asked_about_ever_more_rarely() {
    let mut c = Counterside::new();
    c.leave_unknown("111", 1);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        let wake = c.desk.next_wake(moment(c.now)).expect("something is owed");
        pauses.push((wake - c.now).as_secs());
        let pause = wake - c.now;
        assert!(has_settle(&c.wait(pause)));
        assert_eq!(c.settled(1, Status::Deleted), []);
    }
    assert_eq!(pauses, [1, 1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(c.view().unsettled[0].fruitless, 9);
}

#[test]
fn what_an_earlier_run_left_open_is_settled_by_asking_and_never_consumed() {
    let left = WriteOff {
        id: WriteOffId(5),
        till: String::new(),
        cashier: String::new(),
        shift: None,
        intent: Intent {
            code: code("111"),
            card_id: None,
            title: None,
            openid: None,
            face_value: None,
            intended_at: moment(Duration::ZERO).till_clock,
        },
        sent_at: None,
        outcome: None,
        outcome_at: None,
    };
    let mut c = Counterside::with_unread_ledger();
    let effects = c.scan("111");
    let ask = query_in(&effects).expect("a query");
    c.answer(ask, coupon("111", Status::Normal));
    assert_eq!(c.press_key(), [], "nothing is consumed before it is known what is in doubt");
    c.tell(Event::Dismissed);
    let effects = c.tell(Event::Opened { unsettled: vec![left.clone()], recent: vec![left] });
    assert!(matches!(effects[..], [Effect::Close { outcome: Outcome::Unknown { .. }, .. }, Effect::Settle { .. }]));
    c.closed(5);
    let effects = c.settled(5, Status::Consumed);
    assert!(matches!(&effects[..], [Effect::Close { outcome: Outcome::Accepted { .. }, .. }]));
    c.closed(5);
    assert_eq!(c.view().owed, 0);
    assert_eq!(c.view().recent[0].outcome_word(), "accepted");
}

#[test]
fn an_outcome_that_cannot_be_written_is_shown_with_a_warning_and_written_later() {
    let mut c = Counterside::new();
    c.show("111");
    c.press(1);
    c.consumed(1, accepted());
    c.tell(Event::Closed { ask: c.close_ask, id: WriteOffId(1), result: Err("disk full".to_owned()) });
    let view = c.view();
    assert!(matches!(view.stage, Stage::Finished { on_disk: false, .. }));
    assert_eq!(view.unwritten, 1);
    let effects = c.wait(SECOND);
    assert!(matches!(&effects[..], [Effect::Close { outcome, .. }] if *outcome == accepted()));
    c.closed(1);
    assert!(matches!(c.view().stage, Stage::Finished { on_disk: true, .. }));
    assert_eq!(c.view().owed, 0);
}

#[test]
fn the_verdict_follows_the_platforms_clock_and_not_the_tills() {
    let mut c = Counterside::new();
    let ask = query_in(&c.scan("111")).expect("a query");
    let begin = moment(SECOND * 3600).till_clock; // an hour from now by the till's clock
    let coupon = Coupon { validity: Validity { begin: Some(begin), end: None }, ..coupon("111", Status::Normal) };
    let platform_clock = Some(moment(SECOND * 3590).till_clock); // ten seconds before by the platform's
    c.tell(Event::Answered { ask, answer: Ok(Answer { coupon, platform_clock }) });
    assert!(!c.view().can_consume);
    assert_eq!(c.desk.next_wake(moment(c.now)), Some(SECOND * 10), "wakes when the window begins");
    c.wait(SECOND * 10);
    assert!(c.view().can_consume);
}

#[test]
fn dismissing_clears_the_desk_but_never_a_write_off_under_way() {
    let mut c = Counterside::new();
    c.show("111");
    c.tell(Event::Dismissed);
    assert_eq!(c.view().stage, Stage::Idle);
    c.wait(SECOND * 3);
    c.show("111");
    c.press(1);
    c.tell(Event::Dismissed);
    assert!(matches!(c.view().stage, Stage::Consuming { .. }));
}

#[test]
fn what_lies_here_is_asked_about_once_when_a_write_off_of_its_code_was_settled() {
    let mut c = Counterside::new();
    c.leave_unknown("111", 1);
    c.wait(SECOND * 3);
    let ask = query_in(&c.scan("111")).expect("a query");
    c.answer(ask, coupon("111", Status::Normal));
    let ask = query_in(&c.settled(1, Status::Normal)).expect("looked up again in the same instant");
    c.closed(1);
    c.answer(ask, coupon("111", Status::Normal));
    c.now += Rules::default().press_guard;
    assert!(matches!(c.press_key()[..], [Effect::Record { .. }]), "that answer is taken for what it is");
}

#[test]
fn an_answer_to_a_question_from_before_a_write_off_of_its_code_ended_is_asked_for_again_before_it_is_consumed_by() {
    let mut c = Counterside::new();
    c.leave_unknown("111", 1);
    c.wait(SECOND * 4);
    let asked_in_doubt = query_in(&c.scan("111")).expect("a query");
    c.settled(1, Status::Normal);
    c.closed(1);
    c.answer(asked_in_doubt, coupon("111", Status::Normal));
    c.now += Rules::default().press_guard;
    assert!(c.view().can_consume, "it lies there, and in doubt no more");
    let effects = c.press_key();
    let ask = query_in(&effects).unwrap_or_else(|| panic!("asked again first: {effects:?}"));
    let effects = c.answer(ask, coupon("111", Status::Normal));
    assert!(matches!(&effects[..], [Effect::Record { .. }]), "{effects:?}");
}

#[test]
fn nothing_is_consumed_while_the_ledger_cannot_be_read_and_it_is_tried_again() {
    let mut c = Counterside::with_unread_ledger();
    assert_eq!(c.tell(Event::NotOpened("no luck".to_owned())), []);
    let ask = query_in(&c.scan("111")).expect("coupons can be looked up");
    c.answer(ask, coupon("111", Status::Normal));
    assert_eq!((c.view().can_consume, c.view().unread.as_deref()), (false, Some("no luck")));
    assert_eq!(c.press_key(), []);
    for pause in [1, 2, 4] {
        assert_eq!(c.wait(SECOND * pause - Duration::from_millis(1)), []);
        assert_eq!(c.wait(Duration::from_millis(1)), [Effect::ReadLedger]);
        assert_eq!(c.wait(SECOND * 90), [], "one try at a time");
        c.tell(Event::NotOpened("no luck".to_owned()));
    }
    c.tell(Event::Opened { unsettled: Vec::new(), recent: Vec::new() });
    assert_eq!((c.view().can_consume, c.view().unread), (true, None));
}

#[test]
fn what_an_earlier_run_left_is_not_called_unexecuted_before_its_request_can_have_arrived() {
    let mut c = Counterside::with_unread_ledger();
    let at = |seconds| Some(moment(SECOND * seconds).till_clock);
    let intent = |text| Intent {
        code: code(text),
        card_id: None,
        title: None,
        openid: None,
        face_value: None,
        intended_at: moment(Duration::ZERO).till_clock,
    };
    // One whose program died, and one whose till's clock was set back while it waited: neither tells how long it had been under way.
    for (id, text, sent_at, outcome, outcome_at) in
        [(1, "111", None, None, None), (2, "222", at(3600), Some(unknown()), at(0))]
    {
        let (till, cashier) = (String::new(), String::new());
        let left = WriteOff {
            id: WriteOffId(id),
            till,
            cashier,
            shift: None,
            intent: intent(text),
            sent_at,
            outcome,
            outcome_at,
        };
        c.desk = Desk::new(Rules::default(), Names::default());
        c.now = Duration::ZERO;
        c.tell(Event::Opened { unsettled: vec![left], recent: Vec::new() });
        c.closed(id);
        c.settled(id, Status::Normal);
        assert!(!has_settle(&c.wait(SECOND * 7)), "{text}");
        assert!(has_settle(&c.wait(SECOND)), "{text}");
        let effects = c.settled(id, Status::Normal);
        assert!(matches!(&effects[..], [Effect::Close { outcome: Outcome::Rejected { .. }, .. }]), "{effects:?}");
    }
}

#[test]
fn settling_concludes_only_what_cannot_be_otherwise() {
    assert!(matches!(settled_by(&Status::Consumed), Some(Outcome::Accepted { .. })));
    for status in [Status::Normal, Status::Gifting, Status::GiftTimeout] {
        assert!(matches!(settled_by(&status), Some(Outcome::Rejected { errcode: None, .. })));
    }
    for status in [Status::Expired, Status::Deleted, Status::Unavailable, Status::Other("?".to_owned())] {
        assert_eq!(settled_by(&status), None);
    }
}

#[test]
fn a_verdict_from_before_the_computer_slept_is_asked_about_again() {
    for (jump, asks) in [(-3, false), (0, false), (3, true)] {
        let mut c = Counterside::new();
        c.show("111");
        let Moment { since_start, till_clock } = moment(c.now + SECOND);
        let woken = Moment { since_start, till_clock: till_clock + SignedDuration::from_hours(jump) };
        let effects = c.desk.handle(Event::Pressed(code("111")), woken);
        assert_eq!(query_in(&effects).is_some(), asks, "{jump} hours: {effects:?}");
        assert_eq!(matches!(effects[..], [Effect::Record { .. }]), !asks, "{jump} hours: {effects:?}");
    }
}

#[test]
fn why_nothing_was_sent_is_told_with_the_receipt() {
    let why = |c: &Counterside| match c.view().stage {
        Stage::Finished { write_off, why, .. } => (write_off.outcome_word(), why),
        other => panic!("{other:?}"),
    };
    let mut c = Counterside::new();
    c.show("111");
    let effects = c.press_key();
    let [Effect::Record { ask, .. }] = effects[..] else { panic!("{effects:?}") };
    c.now += Rules::default().stale_after; // the disk took its time
    assert!(!has_consume(&c.tell(Event::Recorded { ask, result: booked(1) })));
    c.closed(1);
    assert_eq!(why(&c), ("rejected", Some(NotWrittenOff::OutOfDate)));

    let refused = Trouble::Account("no secret".to_owned());
    let not_sent = Outcome::Rejected { errcode: None, message: "not sent".to_owned() };
    for (outcome, told) in [(not_sent, Some(NotWrittenOff::Trouble(refused.clone()))), (unknown(), None)] {
        let mut c = Counterside::new();
        c.show("111");
        c.press(1);
        let word = outcome.word();
        c.tell(Event::Consumed { id: WriteOffId(1), outcome, sent_at: None, trouble: Some(refused.clone()) });
        c.closed(1);
        assert_eq!(why(&c), (word, told), "a doubt is no refusal");
    }
}
