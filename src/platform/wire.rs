//! What is sent to the platform, and what its answers mean.
//!
//! Requests are exact: raw UTF-8, and a field that is not given is left out rather than null. Answers are read leniently, because the
//! platform's own documents, its payloads and the many programs between disagree about types: a number may come as text, a truth value as
//! text or number, fields may be missing, more may be there, and bytes may not be text at all. Only the error code must be there: an answer
//! without one says nothing.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::{Call, Error};
use super::http::Reply;
use super::{codes, json};
use crate::code::{CardId, Code, EncryptedCode};
use crate::coupon::{Card, Coupon, Fen, Hours, Kind, Status, Terms, Validity};
use crate::plain;

/// Longest `errmsg` kept, in characters.
pub(super) const MESSAGE_CHARS_MAX: usize = 300;
/// Longest text of a card kept, in characters. The platform's longest is a description of 1024.
const TEXT_CHARS_MAX: usize = 4096;
/// Longest line kept: a title, a merchant's name, an owner. The platform's longest is 36.
const LINE_CHARS_MAX: usize = 200;
/// Longest word of the platform's own kept: a status, a kind. Its longest is 14.
const WORD_CHARS_MAX: usize = 40;
/// Longest address of a logo kept.
const ADDRESS_CHARS_MAX: usize = 2048;
/// Most times at which a coupon can be used that are kept: several a day of the week.
const HOURS_MAX: usize = 40;
/// Longest access token taken. The platform's documents ask for room for 512 at least.
const TOKEN_CHARS_MAX: usize = 4096;

/// Body of `card/code/get`.
#[derive(Serialize)]
pub(super) struct QueryBody<'a> {
    pub code: &'a Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_id: Option<&'a CardId>,
    /// Always sent: what its absence means is documented nowhere.
    pub check_consume: bool,
}

/// Body of `card/code/consume`.
#[derive(Serialize)]
pub(super) struct ConsumeBody<'a> {
    pub code: &'a Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_id: Option<&'a CardId>,
}

/// Body of `card/code/decrypt`.
#[derive(Serialize)]
pub(super) struct DecryptBody<'a> {
    pub encrypt_code: &'a EncryptedCode,
}

/// Body of `card/get`.
#[derive(Serialize)]
pub(super) struct CardBody<'a> {
    pub card_id: &'a CardId,
}

/// Body of `cgi-bin/stable_token`.
#[derive(Serialize)]
pub(super) struct StableTokenBody<'a> {
    pub grant_type: &'static str,
    pub appid: &'a str,
    pub secret: &'a str,
    pub force_refresh: bool,
}

/// An answer that says yes.
#[derive(Debug)]
pub(super) struct Success {
    /// Its fields.
    pub fields: Map<String, Value>,
    /// `errmsg`, cleaned.
    pub message: String,
    /// The server's clock.
    pub date: Option<Timestamp>,
}

/// Reads the envelope that every answer has. `hidden` are secrets of ours, taken out of the answer's words should they be echoed.
///
/// # Errors
/// [`Error::Refused`] for an error code other than 0; another one for an answer that says nothing: without an error code (a token alone
/// comes without one), not JSON, or a «yes» under an HTTP status that says no. Under such a status, which is not the platform's way, its
/// own error codes are believed; one that it is not known to have is a gateway's, and a gateway may not know what became of the call.
pub(super) fn read(call: Call, reply: Reply, hidden: &[&str]) -> Result<Success, Error> {
    let status = Error::Status { call, status: reply.status };
    if !(reply.is_success() || (400..600).contains(&reply.status)) {
        return Err(status); // a redirect, which is not followed
    }
    let fields = match parse(&reply.body) {
        Ok(Value::Object(mut fields)) => {
            let given = fields.get("access_token").and_then(text).unwrap_or_default();
            hide(&mut fields, hidden.iter().copied().chain([&*given]));
            fields
        }
        _ if !reply.is_success() => return Err(status),
        Ok(_) => return Err(Error::Missing { call, field: "errcode" }),
        Err(source) => return Err(Error::NotJson { call, source }),
    };
    let message = plain::line(&fields.get("errmsg").and_then(text).unwrap_or_default(), MESSAGE_CHARS_MAX);
    match fields.get("errcode").and_then(integer) {
        Some(errcode) if errcode != 0 && (reply.is_success() || codes::lookup(errcode).is_some()) => {
            Err(Error::Refused { call, errcode, message })
        }
        _ if !reply.is_success() => Err(status),
        None if call != Call::Token => Err(Error::Missing { call, field: "errcode" }),
        _ => Ok(Success { fields, message, date: reply.date }),
    }
}

/// Takes `hidden` out of every text, in the forms in which it was sent – as it is, in JSON, in an address: a server that repeats what it was
/// sent, in whatever field, shall not bring it into a ledger or a log. A token comes back as itself, in its own field.
fn hide<'a>(fields: &mut Map<String, Value>, hidden: impl Iterator<Item = &'a str>) {
    let hidden: Vec<String> = hidden.filter(|hidden| hidden.len() >= HIDDEN_BYTES_MIN).flat_map(as_sent).collect();
    if hidden.is_empty() {
        return;
    }
    for (_, value) in fields.iter_mut().filter(|(name, _)| *name != "access_token") {
        hide_in(value, &hidden);
    }
}

/// The forms in which a secret may come back.
fn as_sent(hidden: &str) -> [String; 4] {
    let in_json = Value::from(hidden).to_string(); // with quotes around it
    let in_json = in_json.get(1..in_json.len() - 1).unwrap_or(hidden).to_owned();
    let in_a_form = url::form_urlencoded::byte_serialize(hidden.as_bytes()).collect();
    [hidden.to_owned(), in_json, in_a_form, utf8_percent_encode(hidden, UNRESERVED).to_string()]
}

/// What is shorter is nobody's secret, and part of ordinary words. (The platform's have 32 and more.)
const HIDDEN_BYTES_MIN: usize = 6;
/// What needs no percent sign in an address (RFC 3986, 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn hide_in(value: &mut Value, hidden: &[String]) {
    match value {
        Value::String(text) => {
            // Characters that nobody sees may stand in the middle of a secret; once they are left out, it would be whole.
            let shown = plain::lines(text, usize::MAX);
            if hidden.iter().any(|hidden| shown.contains(hidden)) {
                *text = shown;
            }
            for hidden in hidden {
                if text.contains(hidden) {
                    *text = text.replace(hidden, "(secret)");
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| hide_in(value, hidden)),
        Value::Object(fields) => fields.values_mut().for_each(|value| hide_in(value, hidden)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Parses JSON that may hold what JSON forbids: bytes that are not text, raw control characters inside of strings, halves of characters. They
/// become U+FFFD, which no code contains, so that damage stays visible.
fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    let lossy = String::from_utf8_lossy(body);
    let plain = lossy.strip_prefix('\u{FEFF}').unwrap_or(&lossy);
    json::parse(plain).or_else(|error| {
        let repaired: String =
            plain.chars().map(|c| if c.is_control() && !c.is_whitespace() { '\u{FFFD}' } else { c }).collect();
        json::parse(&without_halves(&repaired)).map_err(|_| error)
    })
}

/// `json` with U+FFFD in place of each half of a UTF-16 pair that stands alone, as a title that was cut in the middle of an emoji leaves it.
fn without_halves(json: &str) -> String {
    let unit = |text: &str| text.strip_prefix("\\u").and_then(|hex| u16::from_str_radix(hex.get(..4)?, 16).ok());
    let (mut repaired, mut rest) = (String::with_capacity(json.len()), json);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        repaired.push_str(before);
        let (taken, kept) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, true),
            (Some(0xD800..=0xDFFF), _) => (6, false),
            _ => (1 + escape.chars().nth(1).map_or(0, char::len_utf8), true),
        };
        let (escape, after) = escape.split_at(taken);
        repaired.push_str(if kept { escape } else { "\\uFFFD" });
        rest = after;
    }
    repaired + rest
}

/// A coupon. `sent` is the card id that went with the question: the platform answered to it, so it is the one to consume with.
///
/// # Errors
/// [`Error::OtherCoupon`] where the answer names its code, as some do, and it is another one.
pub(super) fn coupon(fields: &Map<String, Value>, code: &Code, sent: Option<&CardId>) -> Result<Coupon, Error> {
    let card = fields.get("card").and_then(Value::as_object);
    let inside = |name: &str| card.and_then(|card| card.get(name));
    // A sister product of the platform's puts status and can_consume inside of the card.
    let anywhere = |name: &str| fields.get(name).or_else(|| inside(name));
    if inside("code").and_then(text).is_some_and(|named| !named.trim().eq_ignore_ascii_case(code.as_str())) {
        return Err(Error::OtherCoupon { call: Call::Query });
    }
    let answered = || inside("card_id").and_then(text).and_then(|id| CardId::parse(&id).ok());
    Ok(Coupon {
        code: code.clone(),
        card_id: sent.cloned().or_else(answered),
        openid: anywhere("openid").and_then(text).map(|id| plain::line(&id, LINE_CHARS_MAX)),
        status: Status::from_wire(&plain::line(
            &anywhere("user_card_status").and_then(text).unwrap_or_default(),
            WORD_CHARS_MAX,
        )),
        can_consume: anywhere("can_consume").and_then(flag).unwrap_or(false),
        validity: Validity::from_wire(inside("begin_time").and_then(integer), inside("end_time").and_then(integer)),
    })
}

/// Whether an accepted consume says that it was about the card with which it was `sent`.
///
/// # Errors
/// [`Error::OtherCoupon`] where it names another: whosever answer that is, it is not this one's.
pub(super) fn about(fields: &Map<String, Value>, sent: Option<&CardId>) -> Result<(), Error> {
    let named = fields.get("card").and_then(|card| card.get("card_id")).and_then(text);
    match (named, sent) {
        (Some(named), Some(sent)) if named.trim() != sent.as_str() => Err(Error::OtherCoupon { call: Call::Consume }),
        _ => Ok(()),
    }
}

/// The plain code of a decryption, which has to be one to the letter: what would become a code by cleaning was damaged, and might become
/// another customer's.
pub(super) fn decrypted(fields: &Map<String, Value>) -> Result<Code, Error> {
    let field = fields.get("code").and_then(text).ok_or(Error::Missing { call: Call::Decrypt, field: "code" })?;
    let code = Code::parse(&field).map_err(Error::DecryptedRefused)?;
    if code.as_str() == field { Ok(code) } else { Err(Error::DecryptedDamaged) }
}

/// A card's details.
pub(super) fn card(fields: &Map<String, Value>, id: &CardId) -> Result<Card, Error> {
    let missing = |field| Error::Missing { call: Call::Card, field };
    let card = fields.get("card").and_then(Value::as_object).ok_or(missing("card"))?;
    let word = card.get("card_type").and_then(text).unwrap_or_default();
    // The details lie under the lower-cased type.
    let details =
        card.get(&word.to_ascii_lowercase()).and_then(Value::as_object).ok_or(missing("the card's details"))?;
    let base = details.get("base_info").and_then(Value::as_object).ok_or(missing("base_info"))?;
    let bounded = |name, max| base.get(name).and_then(text).map(|t| plain::line(&t, max)).unwrap_or_default();
    let line = |name| bounded(name, LINE_CHARS_MAX);
    Ok(Card {
        id: id.clone(),
        kind: kind(&word, details),
        title: line("title"),
        sub_title: line("sub_title"),
        brand: line("brand_name"),
        notice: line("notice"),
        description: paragraphs(base.get("description")),
        terms: terms(details.get("advanced_info"), base),
        color: color(&line("color")),
        logo_url: Some(bounded("logo_url", ADDRESS_CHARS_MAX)).filter(|url| !url.is_empty()),
        custom_code: base.get("use_custom_code").and_then(flag).unwrap_or(false),
    })
}

/// Conditions that are kept by themselves.
fn terms(advanced: Option<&Value>, base: &Map<String, Value>) -> Terms {
    let condition = advanced.and_then(|advanced| advanced.get("use_condition"));
    let condition = |name| condition.and_then(|condition| condition.get(name));
    let line =
        |name| condition(name).and_then(text).map(|words| plain::line(&words, LINE_CHARS_MAX)).unwrap_or_default();
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let limits = list(advanced.and_then(|advanced| advanced.get("time_limit")));
    let shops = list(base.get("location_id_list")).len();
    let everywhere = base.get("use_all_locations").and_then(flag).unwrap_or(false);
    Terms {
        with_others: condition("can_use_with_other_discount").and_then(flag),
        accepts: line("accept_category"),
        rejects: line("reject_category"),
        hours: limits.iter().take(HOURS_MAX).filter_map(hours).collect(),
        shops: Some(shops).filter(|shops| *shops > 0 && !everywhere),
    }
}

/// One time at which a coupon can be used. One whose day cannot be read is none; one whose hours make no sense is shown as the whole day,
/// since the platform judges it anyway.
fn hours(limit: &Value) -> Option<Hours> {
    let day = plain::line(&limit.get("type").and_then(text)?, WORD_CHARS_MAX).to_ascii_uppercase();
    let part = |name, max| limit.get(name).and_then(integer).and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= max);
    let time = |hour, minute| Some((part(hour, 24)?, part(minute, 59).unwrap_or(0)));
    let between = time("begin_hour", "begin_minute").zip(time("end_hour", "end_minute"));
    Some(Hours { day, between: between.map(|(begin, end)| [begin, end]) }).filter(|hours| !hours.day.is_empty())
}

/// The kind of card, with its worth where that makes sense. A discount outside of 1 to 99 percent is none that could be shown.
fn kind(word: &str, details: &Map<String, Value>) -> Kind {
    let amount = |name: &str| details.get(name).and_then(integer).filter(|fen| *fen > 0).map(Fen);
    match word.to_ascii_uppercase().as_str() {
        "GROUPON" => Kind::Groupon(paragraphs(details.get("deal_detail"))),
        "CASH" => Kind::Cash { least: amount("least_cost"), reduce: amount("reduce_cost").unwrap_or(Fen(0)) },
        "DISCOUNT" => match details.get("discount").and_then(integer).and_then(|percent| u8::try_from(percent).ok()) {
            Some(percent @ 1..=99) => Kind::Discount(percent),
            _ => Kind::Other("DISCOUNT".to_owned()),
        },
        "GIFT" => Kind::Gift(paragraphs(details.get("gift"))),
        "GENERAL_COUPON" => Kind::General(paragraphs(details.get("default_detail"))),
        "MEMBER_CARD" => Kind::Member,
        _ => Kind::Other(plain::line(word, WORD_CHARS_MAX)),
    }
}

/// The names that colours have when a card is made; answers mostly hold the hexadecimal form.
const COLOR_NAMES: [(&str, [u8; 3]); 14] = [
    ("Color010", [0x63, 0xB3, 0x59]),
    ("Color020", [0x2C, 0x9F, 0x67]),
    ("Color030", [0x50, 0x9F, 0xC9]),
    ("Color040", [0x58, 0x85, 0xCF]),
    ("Color050", [0x90, 0x62, 0xC0]),
    ("Color060", [0xD0, 0x9A, 0x45]),
    ("Color070", [0xE4, 0xB1, 0x38]),
    ("Color080", [0xEE, 0x90, 0x3C]),
    ("Color081", [0xF0, 0x85, 0x00]),
    ("Color082", [0xA9, 0xD9, 0x2D]),
    ("Color090", [0xDD, 0x65, 0x49]),
    ("Color100", [0xCC, 0x46, 0x3D]),
    ("Color101", [0xCF, 0x3E, 0x36]),
    ("Color102", [0x5E, 0x66, 0x71]),
];

/// A colour, by its name or as `#63b359`.
fn color(word: &str) -> Option<[u8; 3]> {
    if let Some((_, rgb)) = COLOR_NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
        return Some(*rgb);
    }
    let digits = word.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([red, green, blue])
}

/// An access token and the seconds that it has left to live. `None` where those were not given.
pub(super) fn access_token(fields: &Map<String, Value>) -> Result<(String, Option<i64>), Error> {
    let token = fields.get("access_token").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if token.is_empty() || token.len() > TOKEN_CHARS_MAX || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::Missing { call: Call::Token, field: "a usable access_token" });
    }
    Ok((token.to_owned(), fields.get("expires_in").and_then(integer)))
}

/// A whole number, written as one or as text. One beyond 64 bits is taken for the last one within; one with a fraction is none.
fn integer(value: &Value) -> Option<i64> {
    let whole = |number: f64| (number.is_finite() && number.fract() == 0.0).then_some(number as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
        }
        _ => None,
    }
}

/// A text, written as one or as a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A truth value, written as one, as text or as a number.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        other => match integer(other)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

/// A text of several lines.
fn paragraphs(value: Option<&Value>) -> String {
    plain::lines(&value.and_then(text).unwrap_or_default(), TEXT_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::code::Refusal;

    fn reply(status: u16, body: &[u8]) -> Reply {
        Reply { status, date: None, body: body.to_vec() }
    }

    fn fields(call: Call, body: &[u8]) -> Map<String, Value> {
        read(call, reply(200, body), &[]).expect("a success").fields
    }

    fn code() -> Code {
        Code::parse("110201201245").expect("a code")
    }

    fn card_id() -> CardId {
        CardId::parse("pFS7Fjg8kV1IdDz01r4SQwMkuCKc").expect("a card id")
    }

    /// A file of tests/data/platform, where the replies documented or observed lie to the byte.
    macro_rules! sample {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/data/platform/", $name)).as_slice()
        };
    }

    #[test]
    fn a_request_holds_what_is_known_and_no_nulls() {
        let (code, card) = (code(), card_id());
        let json = |body: &dyn erased::Body| body.json();
        assert_eq!(
            json(&QueryBody { code: &code, card_id: Some(&card), check_consume: true }),
            r#"{"code":"110201201245","card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKc","check_consume":true}"#
        );
        assert_eq!(
            json(&QueryBody { code: &code, card_id: None, check_consume: false }),
            r#"{"code":"110201201245","check_consume":false}"#
        );
        assert_eq!(json(&ConsumeBody { code: &code, card_id: None }), r#"{"code":"110201201245"}"#);
        assert_eq!(
            json(&ConsumeBody { code: &code, card_id: Some(&card) }),
            r#"{"code":"110201201245","card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKc"}"#
        );
        let encrypted = EncryptedCode::parse("XXIz+91/E0=").expect("an encrypted code");
        assert_eq!(json(&DecryptBody { encrypt_code: &encrypted }), r#"{"encrypt_code":"XXIz+91/E0="}"#);
        assert_eq!(json(&CardBody { card_id: &card }), r#"{"card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKc"}"#);
        let token =
            StableTokenBody { grant_type: "client_credential", appid: "wx1", secret: "秘", force_refresh: false };
        assert_eq!(
            json(&token),
            r#"{"grant_type":"client_credential","appid":"wx1","secret":"秘","force_refresh":false}"#,
            "raw UTF-8, never escaped"
        );
    }

    mod erased {
        pub trait Body {
            fn json(&self) -> String;
        }
        impl<T: serde::Serialize> Body for T {
            fn json(&self) -> String {
                serde_json::to_string(self).expect("a body")
            }
        }
    }

    #[test]
    fn the_sample_of_a_normal_query_is_a_usable_coupon() {
        let coupon = coupon(&fields(Call::Query, sample!("query_normal.json")), &code(), None).expect("a coupon");
        let expected = Coupon {
            code: code(),
            card_id: Some(card_id()),
            openid: Some("oFS7Fjl0WsZ9AMZqrI80nbIq8xrA".to_owned()),
            status: Status::Normal,
            can_consume: true,
            validity: Validity {
                begin: "2016-03-09T00:00:00+08:00".parse().ok(),
                end: "2016-05-13T23:59:59+08:00".parse().ok(),
            },
        };
        assert_eq!(coupon, expected);
    }

    #[test]
    fn the_sample_of_a_coupon_being_given_away_is_told_by_its_status() {
        let coupon = coupon(&fields(Call::Query, sample!("query_gifting.json")), &code(), None).expect("a coupon");
        assert_eq!((coupon.status, coupon.can_consume), (Status::Gifting, false));
    }

    #[test]
    fn the_sample_of_a_sister_product_is_read_though_status_and_text_truth_lie_in_the_card() {
        let coupon = coupon(&fields(Call::Query, sample!("query_work.json")), &code(), None).expect("a coupon");
        assert_eq!((coupon.status, coupon.can_consume), (Status::Normal, true));
        assert_eq!(coupon.validity.begin, "2016-03-09T00:00:00+08:00".parse().ok());
    }

    #[test]
    fn the_samples_of_refusals_give_their_code_and_words() {
        for (body, call, expected, words) in [
            (
                sample!("query_abnormal.json"),
                Call::Query,
                40127,
                "invalid user-card status! Hint: the card was given to user, but may be deleted or set unavailable ! hint: [iHBD40040ent3]",
            ),
            (
                sample!("query_consumed.json"),
                Call::Query,
                40099,
                "invalid code, this code has consumed. hint: [W0HW.a0437ent2]",
            ),
            (
                sample!("consume_consumed.json"),
                Call::Consume,
                40099,
                "invalid code, this code has consumed. hint: [W0HW.a0437ent2]",
            ),
            (sample!("consume_member_card.json"), Call::Consume, 40071, "invalid card type hint: [iHBD40040ent3]"),
            (sample!("decrypt_invalid.json"), Call::Decrypt, 40075, "invalid encrypt code hint: [iHBD40040ent3]"),
            (sample!("token_invalid_appid.json"), Call::Token, 40013, "invalid appid rid: 65f2a1b3-0c4d5e6f-7a8b9c0d"),
            (
                sample!("token_ip_not_allowed.json"),
                Call::Token,
                40164,
                "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 65f2a1b3-0c4d5e6f-7a8b9c0d",
            ),
        ] {
            match read(call, reply(200, body), &[]) {
                Err(Error::Refused { errcode, message, .. }) => {
                    assert_eq!((errcode, message.as_str()), (expected, words))
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_sample_of_a_consume_is_a_success() {
        let success = read(Call::Consume, reply(200, sample!("consume.json")), &[]).expect("a success");
        assert_eq!(success.message, "ok");
        assert_eq!(success.fields["card"]["card_id"], json!("pFS7Fjg8kV1IdDz01r4SQwMkuCKc"));
    }

    #[test]
    fn the_sample_of_a_decryption_is_a_code_and_a_damaged_one_is_refused() {
        let decrypt = |body: &[u8]| decrypted(&fields(Call::Decrypt, body));
        assert_eq!(decrypt(sample!("decrypt.json")).map(String::from).ok().as_deref(), Some("751234212312"));
        for body in [sample!("decrypt_garbage.json"), sample!("decrypt_garbage_control.json")] {
            assert!(matches!(decrypt(body), Err(Error::DecryptedRefused(Refusal::IllegalCharacters))));
        }
        for (code, damaged) in
            [("1234 5678", true), ("12345678\u{200B}", true), (" 12345678", true), ("12345678", false)]
        {
            let body = json!({"errcode": 0, "errmsg": "ok", "code": code}).to_string();
            assert_eq!(matches!(decrypt(body.as_bytes()), Err(Error::DecryptedDamaged)), damaged, "{code:?}");
        }
        let number = decrypt(br#"{"errcode":0,"code":751234212312}"#).expect("a code written as a number");
        assert_eq!(number.as_str(), "751234212312");
        assert!(matches!(decrypt(br#"{"errcode":0}"#), Err(Error::Missing { field: "code", .. })));
    }

    #[test]
    fn conditions_that_are_kept_by_themselves_are_read_and_what_makes_no_sense_among_them_is_left_out() {
        let read = |base: Value, advanced: Value| {
            let body = json!({"errcode": 0, "card": {"card_type": "GIFT", "gift": {"base_info": base, "advanced_info": advanced}}});
            card(&fields(Call::Card, body.to_string().as_bytes()), &card_id()).expect("a card").terms
        };
        let limits = json!([
            {"type": "MONDAY", "begin_hour": 11, "begin_minute": 30, "end_hour": "14"},
            {"type": "holiday"},
            {"type": "SUNDAY", "begin_hour": 25, "end_hour": 26},
            {"begin_hour": 1, "end_hour": 2},
            "MONDAY",
        ]);
        let condition =
            json!({"accept_category": "鞋类", "reject_category": "阿\n迪", "can_use_with_other_discount": "false"});
        let hours = |day: &str, between| Hours { day: day.to_owned(), between };
        let expected = Terms {
            with_others: Some(false),
            accepts: "鞋类".to_owned(),
            rejects: "阿 迪".to_owned(),
            hours: vec![hours("MONDAY", Some([(11, 30), (14, 0)])), hours("HOLIDAY", None), hours("SUNDAY", None)],
            shops: Some(2),
        };
        let advanced = json!({"time_limit": limits, "use_condition": condition});
        assert_eq!(read(json!({"location_id_list": [1, 2]}), advanced), expected);
        let everywhere = json!({"location_id_list": [1], "use_all_locations": true});
        for advanced in [json!({}), json!([]), json!(null), json!({"time_limit": 7, "use_condition": "x"})] {
            assert_eq!(read(everywhere.clone(), advanced), Terms::default());
        }
        let many = json!({"time_limit": vec![json!({"type": "MONDAY"}); 1000]});
        assert_eq!(read(json!({}), many).hours.len(), HOURS_MAX);
    }

    #[test]
    fn the_sample_of_a_deal_is_read_in_full() {
        let card = card(&fields(Call::Card, sample!("card_groupon.json")), &card_id()).expect("a card");
        let expected = Card {
            id: card_id(),
            kind: Kind::Groupon("双人套餐\n-进口红酒一支。\n-孜然牛肉一份。".to_owned()),
            title: "双人套餐100元兑换券".to_owned(),
            sub_title: String::new(),
            brand: "微信餐厅".to_owned(),
            notice: "使用时向服务员出示此券".to_owned(),
            description: "不可与其他优惠同享\n如需团购券发票，请在消费时向商户提出\n店内均可使用，仅限堂食".to_owned(),
            terms: Terms::default(),
            color: Some([0x63, 0xB3, 0x59]),
            logo_url: Some("http://mmbiz.qpic.cn/mmbiz/iaL1LJM1mF9aRKPZJkmG8xXhiaHqkKSVMMWeN3hLut7X7hicFNjakmxibMLGWpXrEXB33367o7zHN0CwngnQY7zb7g/0".to_owned()),
            custom_code: false,
        };
        assert_eq!(card, expected);
    }

    #[test]
    fn the_worth_of_every_kind_is_read_from_numbers_and_text() {
        let kind_of = |word: &str, details: Value| {
            let mut details = details;
            details["base_info"] = json!({"title": "t"});
            let body = json!({"errcode": 0, "card": {"card_type": word, word.to_lowercase(): details}});
            card(&fields(Call::Card, body.to_string().as_bytes()), &card_id()).expect("a card").kind
        };
        let cash = |least: Option<i64>, reduce| Kind::Cash { least: least.map(Fen), reduce: Fen(reduce) };
        let other = || Kind::Other("DISCOUNT".to_owned());
        for (word, details, expected) in [
            ("CASH", json!({"least_cost": 10000, "reduce_cost": 2050}), cash(Some(10000), 2050)),
            ("CASH", json!({"least_cost": "10000", "reduce_cost": "2050"}), cash(Some(10000), 2050)),
            ("CASH", json!({"least_cost": 0, "reduce_cost": 500.0}), cash(None, 500)),
            ("CASH", json!({"least_cost": -5, "reduce_cost": null}), cash(None, 0)),
            ("CASH", json!({"least_cost": 1e300, "reduce_cost": [1]}), cash(Some(i64::MAX), 0)),
            ("DISCOUNT", json!({"discount": 30}), Kind::Discount(30)),
            ("DISCOUNT", json!({"discount": "30"}), Kind::Discount(30)),
            ("DISCOUNT", json!({"discount": 0}), other()),
            ("DISCOUNT", json!({"discount": 100}), other()),
            ("DISCOUNT", json!({"discount": 286}), other()),
            ("DISCOUNT", json!({"discount": -30}), other()),
            ("DISCOUNT", json!({}), other()),
            ("GIFT", json!({"gift": "一份甜品"}), Kind::Gift("一份甜品".to_owned())),
            ("GENERAL_COUPON", json!({"default_detail": "x"}), Kind::General("x".to_owned())),
            ("MEMBER_CARD", json!({"discount": 10}), Kind::Member),
            ("BUS_TICKET", json!({}), Kind::Other("BUS_TICKET".to_owned())),
        ] {
            assert_eq!(kind_of(word, details.clone()), expected, "{word} {details}");
        }
    }

    #[test]
    fn a_card_without_details_is_nonsense() {
        for body in [
            json!({"errcode": 0}),
            json!({"errcode": 0, "card": {}}),
            json!({"errcode": 0, "card": {"card_type": "CASH"}}),
            json!({"errcode": 0, "card": {"card_type": "CASH", "cash": {}}}),
            json!({"errcode": 0, "card": {"card_type": "CASH", "gift": {"base_info": {}}}}),
        ] {
            let fields = fields(Call::Card, body.to_string().as_bytes());
            assert!(matches!(card(&fields, &card_id()), Err(Error::Missing { .. })), "{body}");
        }
    }

    #[test]
    fn a_colour_is_read_by_name_and_by_number() {
        for (word, expected) in [
            ("#63b359", Some([0x63, 0xB3, 0x59])),
            ("Color102", Some([0x5E, 0x66, 0x71])),
            ("color010", Some([0x63, 0xB3, 0x59])),
            ("Color011", None),
            ("#63b35", None),
            ("#63b35g", None),
            ("#+3b359", None),
            ("63b359", None),
            ("", None),
        ] {
            assert_eq!(color(word), expected, "{word}");
        }
    }

    #[test]
    fn the_samples_of_tokens_give_the_token_and_its_life() {
        let token = |body| access_token(&fields(Call::Token, body)).ok();
        assert_eq!(token(sample!("token.json")), Some(("ACCESS_TOKEN".to_owned(), Some(7200))));
        assert_eq!(token(sample!("stable_token.json")), Some(("ACCESS_TOKEN".to_owned(), Some(345))));
        assert_eq!(
            token(br#"{"errcode":0,"access_token":" t ","expires_in":"300"}"#),
            Some(("t".to_owned(), Some(300)))
        );
        assert_eq!(token(br#"{"access_token":"t"}"#), Some(("t".to_owned(), None)));
        for body in [&br#"{}"#[..], br#"{"access_token":""}"#, br#"{"access_token":"a b"}"#, br#"{"access_token":7}"#] {
            assert_eq!(token(body), None);
        }
    }

    #[test]
    fn numbers_texts_and_truths_are_read_in_each_other_s_clothes() {
        for (value, expected) in [
            (json!(7), Some(7)),
            (json!("7"), Some(7)),
            (json!(" -1 "), Some(-1)),
            (json!(7.0), Some(7)),
            (json!("7.0"), Some(7)),
            (json!(u64::MAX), Some(i64::MAX)),
            (json!("99999999999999999999"), Some(i64::MAX)),
            (json!(0.4), None),
            (json!("0.4"), None),
            (json!("inf"), None),
            (json!("NaN"), None),
            (json!(""), None),
            (json!(true), None),
            (json!(null), None),
            (json!([7]), None),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!("true"), Some(true)),
            (json!("False"), Some(false)),
            (json!(1), Some(true)),
            (json!("0"), Some(false)),
            (json!(2), None),
            (json!("yes"), None),
            (json!(null), None),
        ] {
            assert_eq!(flag(&value), expected, "{value}");
        }
    }

    #[test]
    fn what_a_coupon_s_answer_lacks_never_makes_it_usable() {
        let fields = fields(Call::Query, br#"{"errcode":"0","more":{"a":[1]}}"#);
        let coupon = coupon(&fields, &code(), Some(&card_id())).expect("a coupon");
        assert_eq!(coupon.card_id, Some(card_id()), "the card that was asked about");
        assert_eq!((coupon.status, coupon.can_consume), (Status::Other(String::new()), false));
        assert_eq!(coupon.validity, Validity::default());
    }

    #[test]
    fn an_answer_without_an_error_code_says_nothing() {
        for body in
            [&b"{}"[..], b"[]", b"null", b"7", br#"{"errcode":null}"#, br#"{"errcode":0.5}"#, br#"{"errmsg":"ok"}"#]
        {
            let answer = read(Call::Consume, reply(200, body), &[]);
            assert!(matches!(answer, Err(Error::Missing { field: "errcode", .. })), "{answer:?}");
        }
        for body in [&b""[..], b"<html>", br#"{"errcode":0"#, b"\xFF\xFE", b"errcode=0"] {
            assert!(matches!(read(Call::Consume, reply(200, body), &[]), Err(Error::NotJson { .. })));
        }
    }

    #[test]
    fn under_a_bad_http_status_a_refusal_counts_and_a_success_does_not() {
        for status in [400, 403, 412, 500, 502, 503] {
            let read = |body: &[u8]| read(Call::Consume, reply(status, body), &[]);
            assert!(matches!(read(br#"{"errcode":40056}"#), Err(Error::Refused { errcode: 40056, .. })));
            let of_a_gateway = br#"{"errcode":504,"errmsg":"upstream timed out"}"#;
            for body in [&br#"{"errcode":0}"#[..], b"{}", b"<html>bad gateway</html>", b"", of_a_gateway] {
                assert!(matches!(read(body), Err(Error::Status { status: s, .. }) if s == status));
            }
        }
        for status in [301, 302, 304, 307] {
            let answer = read(Call::Consume, reply(status, br#"{"errcode":40056}"#), &[]);
            assert!(matches!(answer, Err(Error::Status { .. })), "a redirect speaks for nobody");
        }
    }

    #[test]
    fn an_answer_that_contradicts_itself_says_nothing() {
        for body in [&br#"{"errcode":0,"errcode":40099}"#[..], br#"{"errcode":40099,"errcode":0}"#] {
            assert!(matches!(read(Call::Consume, reply(200, body), &[]), Err(Error::NotJson { .. })));
        }
    }

    #[test]
    fn an_answer_about_another_coupon_is_none() {
        let other = |what: &str| fields(Call::Query, format!(r#"{{"errcode":0,"card":{what}}}"#).as_bytes());
        for (what, is_ours) in [
            (r#"{}"#, true),
            (r#"{"code":"110201201245","card_id":"p"}"#, true),
            (r#"{"code":110201201245}"#, true),
            (r#"{"code":"110201201246"}"#, false),
            (r#"{"code":""}"#, false),
        ] {
            assert_eq!(coupon(&other(what), &code(), None).is_ok(), is_ours, "{what}");
        }
        for (what, is_ours) in [
            (r#"{}"#, true),
            (r#"{"card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKc"}"#, true),
            (r#"{"card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKd"}"#, false),
            (r#"[]"#, true),
        ] {
            assert_eq!(about(&other(what), Some(&card_id())).is_ok(), is_ours, "{what}");
            assert!(about(&other(what), None).is_ok(), "it was sent without a card");
        }
    }

    #[test]
    fn the_platform_s_words_are_kept_on_one_bounded_line_without_our_secret() {
        let body =
            json!({"errcode": 40001, "errmsg": format!("bad\ntoken\u{0} SECRET{}", "x".repeat(1000))}).to_string();
        let Err(Error::Refused { message, .. }) = read(Call::Query, reply(200, body.as_bytes()), &["SECRET"]) else {
            panic!("not refused")
        };
        assert!(message.starts_with("bad token (secret)xxx"), "{message}");
        assert_eq!(message.chars().count(), MESSAGE_CHARS_MAX);
    }

    #[test]
    fn a_secret_that_is_repeated_in_whatever_field_and_form_is_taken_out() {
        let body = r#"{"errcode":0,"errmsg":"https://a.example/?access_token=s%2Bcr%2Fet%3D","user_card_status":"s+cr/et=",
            "card":{"card_id":"p1","notes":["\u0073+cr\/et="]},"access_token":"s+cr/et="}"#;
        let success = read(Call::Query, reply(200, body.as_bytes()), &["s+cr/et="]).expect("a success");
        assert_eq!(success.message, "https://a.example/?access_token=(secret)");
        assert_eq!(success.fields["card"]["notes"][0], "(secret)");
        assert_eq!(
            coupon(&success.fields, &code(), None).expect("a coupon").status,
            Status::Other("(secret)".to_owned())
        );
        assert_eq!(success.fields["access_token"], "s+cr/et=", "its own field");
        let body = r#"{"errcode":40001,"errmsg":"abcdefgh has ended","access_token":"abcdefgh"}"#;
        let Err(Error::Refused { message, .. }) = read(Call::Token, reply(200, body.as_bytes()), &[]) else {
            panic!("not refused")
        };
        assert_eq!(message, "(secret) has ended");
        let split = json!({"errcode": 40001, "errmsg": "no abc\u{FEFF}de\u{200B}fgh"}).to_string();
        let Err(Error::Refused { message, .. }) = read(Call::Query, reply(200, split.as_bytes()), &["abcdefgh"]) else {
            panic!("not refused")
        };
        assert_eq!(message, "no (secret)", "with characters in it that nobody sees");
    }

    #[test]
    fn half_an_emoji_costs_itself_and_not_the_answer() {
        for (json, text) in [
            (r#"{"errcode":0,"errmsg":"a\ud83d"}"#, "a\u{FFFD}"),
            (r#"{"errcode":0,"errmsg":"\udc00\ud83d\ude00\ud83d\ud83d\ude00"}"#, "\u{FFFD}😀\u{FFFD}😀"),
            (r#"{"errcode":0,"errmsg":"\\ud83d \ud83d\n\"\u00"}"#, ""),
            (r#"{"errcode":0,"errmsg":"\\ud83d\ud83d\"x"}"#, r#"\ud83d"#),
        ] {
            match read(Call::Consume, reply(200, json.as_bytes()), &[]) {
                Ok(success) => assert!(!text.is_empty() && success.message.starts_with(text), "{}", success.message),
                Err(error) => assert!(text.is_empty() && matches!(error, Error::NotJson { .. }), "{error:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_sound_is_not_repaired(value in any_json()) {
            let json = value.to_string();
            prop_assert_eq!(without_halves(&json), json);
        }

        #[test]
        fn no_escapes_panic(json in "(\\\\|u|d83d|\\\\ude00|[a-f0-9]|\"|é){0,30}") {
            let _ = without_halves(&json);
        }

        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..400), status in 100u16..1000) {
            for call in [Call::Token, Call::Query, Call::Consume, Call::Decrypt, Call::Card] {
                let _ = read(call, reply(status, &body), &["x"]);
            }
        }

        #[test]
        fn no_json_panics_and_what_is_decrypted_is_a_code(
            values in proptest::collection::vec(any_json(), 8),
            word in "[A-Za-z_]{0,12}|CASH|DISCOUNT|GROUPON",
        ) {
            let [a, b, c, d, e, f, g, h] = values.try_into().expect("eight");
            let details = json!({"base_info": {"title": a, "color": b, "use_custom_code": c, "description": d}, "discount": e, "least_cost": f, "reduce_cost": g, "deal_detail": h});
            let body = json!({
                "errcode": 0, "errmsg": a, "code": b, "openid": c, "can_consume": d, "user_card_status": e, "expires_in": f, "access_token": g,
                "card": {"card_type": word, word.to_ascii_lowercase(): details, "card_id": a, "begin_time": b, "end_time": c, "can_consume": d},
            });
            let fields = fields(Call::Query, body.to_string().as_bytes());
            let coupon = coupon(&fields, &code(), None).expect("a coupon");
            let _ = coupon.verdict(None, Timestamp::UNIX_EPOCH);
            prop_assert!(card(&fields, &card_id()).is_ok());
            if let Ok(code) = decrypted(&fields) {
                prop_assert_eq!(Code::parse(code.as_str()), Ok(code.clone()));
            }
            let _ = access_token(&fields);
        }

        #[test]
        fn any_json_in_any_place_is_read_without_panic(value in any_json()) {
            for call in [Call::Token, Call::Query, Call::Consume, Call::Decrypt, Call::Card] {
                if let Ok(success) = read(call, reply(200, value.to_string().as_bytes()), &["x"]) {
                    let _ = coupon(&success.fields, &code(), None);
                    let _ = card(&success.fields, &card_id());
                    let _ = decrypted(&success.fields);
                    let _ = access_token(&success.fields);
                }
            }
        }
    }

    /// JSON of every shape, with the names that matter among its keys.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[0-9]{0,22}|.{0,12}|true|false|-1".prop_map(Value::from),
        ];
        let key =
            "errcode|errmsg|card|code|card_type|cash|base_info|begin_time|end_time|can_consume|access_token|[a-z]{1,4}";
        leaf.prop_recursive(3, 12, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::hash_map(key, inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
