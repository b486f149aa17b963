//! What holds for whatever deck the sandbox is given, and whatever a client sends to it.

use std::cell::RefCell;

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde_json::Value;

use super::Announcement;
use super::deck::{CARD_ID_CHARS_MAX, CODE_CHARS_MAX, CouponInfo, Deck, ENCRYPT_CODE_CHARS_MAX};
use super::faults::Call;
use super::rules::{self, Request};
use super::serve::is_for_this_machine;
use super::tokens::Tokens;
use super::wire::{self, Fields, Refusal, Reply};
use super::world::World;
use crate::fuzzing::Input;

/// More coupons than this make an input slow and no more telling.
const COUPONS_MAX: usize = 20;

fn now() -> Timestamp {
    Timestamp::constant(1_795_000_000, 0)
}

/// A deck file: dealt, told and dealt again.
pub fn decks(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let deck = match Deck::from_json(text) {
        Ok(deck) => deck,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert!(deck.warnings().iter().all(|warning| !warning.is_empty()));
    let world = match deck.deal(now()) {
        Ok(world) => world,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let told = announcement(&world);
    if told.coupons.len() > COUPONS_MAX {
        return;
    }
    for coupon in &told.coupons {
        assert_coupon(coupon);
    }
    let again = serde_json::to_string(&told).unwrap_or_default();
    let deck = Deck::from_json(&again);
    assert!(deck.as_ref().is_ok_and(|deck| deck.warnings().is_empty()), "{deck:?}");
    let world = deck.and_then(|deck| deck.deal(now()));
    assert!(world.is_ok(), "what was told cannot be dealt again: {world:?}");
    assert_eq!(world.as_ref().map(announcement).ok(), Some(told), "dealt again, it is the same");
}

fn announcement(world: &World) -> Announcement {
    Announcement {
        base_url: "http://127.0.0.1:1".to_owned(),
        appid: world.appid.clone(),
        secret: world.secret.clone(),
        coupons: world.coupons(now()),
        cards: world.cards(),
    }
}

/// A coupon that a client and its test can rely on.
fn assert_coupon(coupon: &CouponInfo) {
    for (text, chars_max) in [
        (&coupon.code, CODE_CHARS_MAX),
        (&coupon.card_id, CARD_ID_CHARS_MAX),
        (&coupon.encrypt_code, ENCRYPT_CODE_CHARS_MAX),
        (&coupon.status, CARD_ID_CHARS_MAX),
        (&coupon.openid, CARD_ID_CHARS_MAX),
        (&coupon.kind, CARD_ID_CHARS_MAX),
    ] {
        assert!((1..=chars_max).contains(&text.chars().count()), "{text:?}");
        assert!(!text.contains(|c: char| c.is_whitespace() || c.is_control()), "{text:?}");
    }
    assert!(coupon.begin == 0 || coupon.begin <= coupon.end, "{coupon:?}");
    assert!(!coupon.consumable || (coupon.status == "NORMAL" && coupon.kind != "MEMBER_CARD"), "{coupon:?}");
}

/// A sandbox's inside, and a token that it takes.
struct Inside {
    world: World,
    tokens: Tokens,
    token: String,
}

impl Inside {
    fn new() -> Self {
        let world = Deck::standard().deal(now());
        assert!(world.is_ok(), "the standard deck: {world:?}");
        let mut tokens = Tokens::default();
        let token = tokens.fetch(now()).access_token;
        let Ok(world) = world else { unreachable!("said above") };
        Self { world, tokens, token }
    }

    fn consumed(&self) -> usize {
        self.world.coupons(now()).iter().filter(|coupon| coupon.status == "CONSUMED").count()
    }
}

thread_local! {
    /// Kept from one input to the next for as long as none changes it: dealing takes longer than answering.
    static INSIDE: RefCell<Option<Inside>> = const { RefCell::new(None) };
}

/// A request: whose it is, which call, with which method, parameters and body.
pub fn requests(data: &[u8]) {
    const CALLS: [(Call, bool); 6] = [
        (Call::Token, false),
        (Call::Token, true),
        (Call::Get, false),
        (Call::Consume, false),
        (Call::Decrypt, false),
        (Call::Card, false),
    ];
    let mut input = Input::new(data);
    let (call, stable) = input.one_of(&CALLS).unwrap_or((Call::Get, false));
    let (method, with_token) =
        (input.one_of(&["POST", "POST", "GET", "PUT"]).unwrap_or("POST"), !input.byte().is_multiple_of(4));
    assert_host(input.piece());
    let mut query: Vec<(String, String)> = url::form_urlencoded::parse(input.piece()).into_owned().collect();
    let body = input.rest();

    let mut inside = INSIDE.take().unwrap_or_else(Inside::new);
    if with_token {
        query.insert(0, ("access_token".to_owned(), inside.token.clone()));
    }
    let fields = Fields::read(body);
    let request = Request { call, stable, method, query: &query, fields: &fields };
    let before = (call == Call::Consume).then(|| inside.consumed());
    let answer = rules::answer(&request, &mut inside.world, &mut inside.tokens, now());

    let asked_for = call == Call::Token || with_token || query.iter().any(|(name, _)| name == "access_token");
    assert!(answer.is_err() || asked_for, "answered without a token");
    assert_answer(&answer, &inside);
    if let Some(before) = before {
        let executed = usize::from(matches!(answer, Ok(Reply::Consumed { .. })));
        assert_eq!(inside.consumed(), before + executed, "a consume changes one coupon, or none");
    }
    let is_unchanged = !matches!(answer, Ok(Reply::Consumed { .. } | Reply::Token { .. }));
    INSIDE.set(Some(inside).filter(|_| is_unchanged));

    if let Ok(fields) = &fields {
        for chars_max in [CODE_CHARS_MAX, CARD_ID_CHARS_MAX] {
            let text = fields.text("code", chars_max).ok().flatten();
            assert!(text.is_none_or(|text| (1..=chars_max).contains(&text.chars().count())));
        }
        assert!(fields.for_record("code").is_none_or(|text| text.chars().count() <= 64));
    }
}

/// What is sent is JSON with an error code that is a number, or a token; a secret is in no refusal.
fn assert_answer(answer: &Result<Reply, Refusal>, inside: &Inside) {
    let body = wire::body(answer);
    let fields: Value = serde_json::from_str(&body).unwrap_or_default();
    match answer {
        Ok(Reply::Token { .. }) => assert!(fields["access_token"].is_string() && fields["expires_in"].is_u64()),
        Ok(_) => assert_eq!(fields["errcode"].as_i64(), Some(0), "{body}"),
        Err(refusal) => {
            assert!(refusal.errcode != 0);
            assert_eq!(fields["errcode"].as_i64(), Some(refusal.errcode), "{body}");
            assert!(!body.contains(&inside.world.secret) && !body.contains(&inside.token), "{body}");
        }
    }
}

/// A name that is not this machine's is never taken for one.
fn assert_host(host: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(host) else { return };
    if is_for_this_machine(&HeaderMap::from_iter([(header::HOST, value)])) {
        let host = String::from_utf8_lossy(host).to_ascii_lowercase();
        let name = host.split(':').next().unwrap_or_default();
        let is_loopback = name == "localhost" || (name.starts_with("127.") && name.split('.').count() == 4);
        assert!(is_loopback, "{host}");
    }
}
