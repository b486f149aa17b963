//! What holds for whatever a server answers: status, `Date` and body as they come off the network, through the real reading path.

use jiff::Timestamp;
use serde_json::Value;

use super::error::{Call, Error};
use super::http::{Reply, read_date};
use super::wire::{self, MESSAGE_CHARS_MAX};
use super::{Consumed, consumed};
use crate::code::{CardId, Code};
use crate::coupon::Status;
use crate::fuzzing::Input;
use crate::write_off::Outcome;

/// A secret of ours, which an answer may echo.
const SECRET: &str = "S3CRET";
/// What this byte of an input stands for, so that short inputs meet the limits too: more than an error's words may have, and by the dozen
/// more than any text.
const STRETCHED: (u8, usize) = (b'~', 350);
/// More characters than any text that is kept.
const TEXT_CHARS_MAX: usize = 4_096;

const CALLS: [Call; 5] = [Call::Token, Call::Query, Call::Consume, Call::Decrypt, Call::Card];
const STATUSES: [u16; 12] = [200, 200, 200, 200, 201, 204, 302, 400, 412, 500, 502, 999];

/// A reply to each of the calls.
pub fn replies(data: &[u8]) {
    let mut input = Input::new(data);
    let call = input.one_of(&CALLS).unwrap_or(Call::Consume);
    let status = input.one_of(&STATUSES).unwrap_or(200);
    let date = read_date(input.piece());
    let (mark, times) = STRETCHED;
    let stretch = |byte: &u8| {
        std::iter::repeat_n(if *byte == mark { b'x' } else { *byte }, if *byte == mark { times } else { 1 })
    };
    let body: Vec<u8> = input.rest().iter().flat_map(stretch).collect();
    let reply = || Reply { status, date, body: body.clone() };

    let errcode = errcode_in(&body);
    match wire::read(call, reply(), &[SECRET]) {
        Ok(success) => {
            assert!((200..300).contains(&status), "a yes under HTTP status {status}");
            assert!(
                errcode == Some(0.0) || (call == Call::Token && errcode.is_none()),
                "a yes without an error code 0"
            );
            assert_line(&success.message, MESSAGE_CHARS_MAX);
            assert!(!success.message.contains(SECRET));
            for result in [
                wire::card(&success.fields, &card_id()).map(|card| assert_card(&card)),
                wire::decrypted(&success.fields).map(|code| assert_eq!(Code::parse(code.as_str()), Ok(code))),
                wire::access_token(&success.fields).map(|(token, _)| {
                    assert!((1..=TEXT_CHARS_MAX).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic()));
                }),
            ] {
                if let Err(error) = result {
                    assert_error(&error);
                }
            }
            for sent in [None, Some(card_id())] {
                let coupon = match wire::coupon(&success.fields, &code(), sent.as_ref()) {
                    Ok(coupon) => coupon,
                    Err(error) => {
                        assert_error(&error);
                        continue;
                    }
                };
                assert_eq!(coupon.code, code(), "the coupon is the one that was asked about");
                assert!(sent.is_none() || coupon.card_id == sent, "and of the card that was asked about");
                assert_line(coupon.status.as_wire(), TEXT_CHARS_MAX);
                assert_line(coupon.openid.as_deref().unwrap_or_default(), TEXT_CHARS_MAX);
                let usable = coupon.verdict(None, date.unwrap_or(Timestamp::UNIX_EPOCH)).is_usable();
                assert!(!usable || (coupon.status == Status::Normal && coupon.can_consume));
            }
        }
        Err(error) => assert_error(&error),
    }

    let Consumed { outcome, trouble, .. } =
        consumed(Some(Timestamp::UNIX_EPOCH), wire::read(Call::Consume, reply(), &[SECRET]));
    assert_line(outcome.message(), TEXT_CHARS_MAX);
    assert!(!format!("{outcome:?} {trouble:?}").contains(SECRET));
    match outcome {
        Outcome::Accepted { .. } => {
            assert!((200..300).contains(&status) && errcode == Some(0.0), "accepted: {errcode:?}")
        }
        Outcome::Rejected { errcode: told, .. } => {
            assert!(told.is_some() && told != Some(0) && told != Some(-1), "rejected: {told:?}");
            let answered = errcode.map(|errcode| errcode as i64); // one beyond 64 bits is taken for the last within
            assert_eq!(
                told.map(|told| told as f64),
                answered.map(|errcode| errcode as f64),
                "another code was answered"
            );
        }
        Outcome::Unknown { errcode: told, .. } => assert!(told.is_none() || told == Some(-1), "unknown: {told:?}"),
    }
}

/// The error code that a body holds, read without any of the reader's own code: a whole number, or a text of one.
fn errcode_in(body: &[u8]) -> Option<f64> {
    let text = String::from_utf8_lossy(body);
    let text: String = text.chars().map(|c| if c < ' ' && !c.is_whitespace() { '?' } else { c }).collect();
    // Halves of characters say nothing of a number; whole ones that are lost with them here neither.
    let mut parts = text.split("\\u");
    let text = parts.next().unwrap_or_default().to_owned()
        + &parts.map(|part| format!("\\u{}", without_half(part))).collect::<String>();
    let fields: Value = serde_json::from_str(text.trim_start_matches('\u{FEFF}')).ok()?;
    match fields.get("errcode")? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite() && number.fract() == 0.0)
}

/// What stands behind `\u`, with another character in place of a half.
fn without_half(escape: &str) -> String {
    let half = escape.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    match half {
        Some(0xD800..=0xDFFF) => format!("003F{}", escape.get(4..).unwrap_or_default()),
        _ => escape.to_owned(),
    }
}

/// One line, without control characters, no longer than it may be.
fn assert_line(text: &str, chars_max: usize) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.chars().count() <= chars_max, "{} characters", text.chars().count());
}

/// Neither in an error nor in what is made of it for the desk or the log is a secret of ours.
fn assert_error(error: &Error) {
    let chain = error.chain();
    assert_line(&chain, TEXT_CHARS_MAX);
    assert!(!format!("{error:?} {chain} {:?}", error.trouble()).contains(SECRET), "{chain}");
    assert!(!error.nothing_was_sent(), "an answer came, so something was sent: {chain}");
}

fn assert_card(card: &crate::coupon::Card) {
    for text in [&card.title, &card.sub_title, &card.brand, &card.notice] {
        assert_line(text, TEXT_CHARS_MAX);
    }
    assert!(card.description.chars().count() <= TEXT_CHARS_MAX);
    assert!(card.description.chars().all(|c| c == '\n' || !c.is_control()));
}

fn code() -> Code {
    Code::parse("110201201245").unwrap_or_else(|_| unreachable!("a code"))
}

fn card_id() -> CardId {
    CardId::parse("pFS7Fjg8kV1IdDz01r4SQwMkuCKc").unwrap_or_else(|_| unreachable!("a card id"))
}
