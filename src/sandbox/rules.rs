//! What the platform answers to each call: pure functions over the account, the tokens and the time.

use jiff::Timestamp;

use super::deck::{CARD_ID_CHARS_MAX, CODE_CHARS_MAX, ENCRYPT_CODE_CHARS_MAX};
use super::faults::Call;
use super::tokens::{Refused, Tokens};
use super::wire::{Fields, Refusal, Reply};
use super::world::{CONSUMED, Coupon, World};

/// One request, as far as the platform looks at it.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub call: Call,
    /// Whether it came to `/cgi-bin/stable_token`, the other way to [`Call::Token`].
    pub stable: bool,
    pub method: &'a str,
    /// The address's parameters, decoded.
    pub query: &'a [(String, String)],
    /// The body read as JSON.
    pub fields: &'a Result<Fields, Refusal>,
}

impl Request<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn fields(&self) -> Result<&Fields, Refusal> {
        self.fields.as_ref().map_err(Clone::clone)
    }
}

/// Carries a call out.
pub(super) fn answer(
    request: &Request<'_>,
    world: &mut World,
    tokens: &mut Tokens,
    now: Timestamp,
) -> Result<Reply, Refusal> {
    let plain_token = request.call == Call::Token && !request.stable;
    match request.method {
        "GET" if plain_token => return token(request, world, tokens, now),
        _ if plain_token => return Err(43001.into()),
        "POST" => {}
        _ => return Err(43002.into()),
    }
    if request.call == Call::Token {
        return stable_token(request, world, tokens, now);
    }
    let token = request.parameter("access_token").ok_or(41001)?;
    tokens.check(token, now).map_err(|refused| match refused {
        Refused::NotLatest => 40001,
        Refused::Misshapen => 40014,
        Refused::Expired => 42001,
    })?;
    let fields = request.fields()?;
    match request.call {
        Call::Get => get(fields, world, now),
        Call::Consume => consume(fields, world, now),
        Call::Decrypt => decrypt(fields, world),
        Call::Card | Call::Token => card(fields, world),
    }
}

/// `GET /cgi-bin/token`.
fn token(request: &Request<'_>, world: &World, tokens: &mut Tokens, now: Timestamp) -> Result<Reply, Refusal> {
    let parameter = |name| request.parameter(name);
    credentials(parameter("grant_type"), parameter("appid"), parameter("secret"), world)?;
    let issued = tokens.fetch(now);
    Ok(Reply::Token { access_token: issued.access_token, expires_in: issued.expires_in.as_secs() })
}

/// `POST /cgi-bin/stable_token`.
fn stable_token(request: &Request<'_>, world: &World, tokens: &mut Tokens, now: Timestamp) -> Result<Reply, Refusal> {
    /// Longer than any AppID or secret.
    const CHARS_MAX: usize = 128;
    let fields = request.fields()?;
    let text = |name| fields.text(name, CHARS_MAX);
    credentials(text("grant_type")?.as_deref(), text("appid")?.as_deref(), text("secret")?.as_deref(), world)?;
    let force = fields.flag("force_refresh")?.unwrap_or(false);
    let issued = tokens.fetch_stable(force, now).ok_or(45009)?;
    Ok(Reply::Token { access_token: issued.access_token, expires_in: issued.expires_in.as_secs() })
}

fn credentials(
    grant_type: Option<&str>,
    appid: Option<&str>,
    secret: Option<&str>,
    world: &World,
) -> Result<(), Refusal> {
    if grant_type != Some("client_credential") {
        return Err(40002.into());
    }
    let (appid, secret) = (appid.ok_or(41002)?, secret.ok_or(41004)?);
    if appid != world.appid {
        Err(40013.into())
    } else if secret != world.secret {
        Err(40125.into())
    } else {
        Ok(())
    }
}

/// The code and the card id that a query or consume names.
fn code_and_card(fields: &Fields, world: &World) -> Result<(String, Option<String>), Refusal> {
    let card_id = fields.text("card_id", CARD_ID_CHARS_MAX)?;
    let code = fields.text("code", CODE_CHARS_MAX)?.ok_or(41013)?;
    if card_id.as_ref().is_some_and(|card_id| world.card(card_id).is_none()) {
        return Err(40073.into());
    }
    Ok((code, card_id))
}

/// `/card/code/get`. Checking is what happens where `check_consume` is left out: most client libraries think so, the platform's
/// own pages do not say.
fn get(fields: &Fields, world: &mut World, now: Timestamp) -> Result<Reply, Refusal> {
    let (code, card_id) = code_and_card(fields, world)?;
    let check = fields.flag("check_consume")?.unwrap_or(true);
    let (coupon, _) = world.find(&code, card_id.as_deref()).ok_or(40056)?;
    if check {
        abnormal(coupon, now).map_or(Ok(()), Err)?;
    }
    Ok(Reply::coupon(coupon, now))
}

/// `/card/code/consume`.
fn consume(fields: &Fields, world: &mut World, now: Timestamp) -> Result<Reply, Refusal> {
    let (code, card_id) = code_and_card(fields, world)?;
    let (coupon, card) = world.find(&code, card_id.as_deref()).ok_or(40056)?;
    if !card.worth.can_be_consumed() {
        return Err(40071.into());
    }
    abnormal(coupon, now).map_or(Ok(()), Err)?;
    CONSUMED.clone_into(&mut coupon.status);
    Ok(Reply::consumed(coupon))
}

/// What is wrong with a coupon that cannot be consumed. Expired and not yet effective are answered like deleted: their code is
/// documented nowhere, and 40127's text names expiry.
fn abnormal(coupon: &Coupon, now: Timestamp) -> Option<Refusal> {
    if coupon.status == CONSUMED {
        let consumed = Some((coupon.card_id.clone(), coupon.code.clone()));
        Some(Refusal { errcode: 40099, consumed })
    } else if coupon.can_consume(now) {
        None
    } else {
        Some(40127.into())
    }
}

/// `/card/code/decrypt`. One that is still percent-encoded gives success and a code with rubbish behind it, as people report of
/// the platform.
fn decrypt(fields: &Fields, world: &World) -> Result<Reply, Refusal> {
    let encrypted = fields.text("encrypt_code", ENCRYPT_CODE_CHARS_MAX)?.ok_or(41011)?;
    if let Some(coupon) = world.decrypt(&encrypted) {
        return Ok(Reply::decrypted(coupon.code.clone()));
    }
    let decoded = percent_encoding::percent_decode_str(&encrypted).decode_utf8_lossy();
    let coupon = world.decrypt(&decoded).ok_or(40075)?;
    Ok(Reply::decrypted(format!("{}[\u{FFFD}\u{FFFD}z\u{FFFD}\u{FFFD}O", coupon.code)))
}

/// `/card/get`.
fn card(fields: &Fields, world: &World) -> Result<Reply, Refusal> {
    let card_id = fields.text("card_id", CARD_ID_CHARS_MAX)?.ok_or(41012)?;
    let card = world.card(&card_id).ok_or(40073)?;
    Ok(Reply::card(card, world.logo_url(card)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::deck::Deck;
    use super::super::wire;
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

    struct Platform {
        world: World,
        tokens: Tokens,
        now: Timestamp,
    }

    impl Platform {
        fn new() -> Self {
            let world = Deck::standard().deal(NOW).expect("the standard deck");
            Self { world, tokens: Tokens::default(), now: NOW }
        }

        fn call(&mut self, call: Call, body: Value) -> Value {
            let token = self.tokens.fetch_stable(false, self.now).expect("a token").access_token;
            self.ask(call, false, "POST", &[("access_token", &token)], &body.to_string())
        }

        fn ask(&mut self, call: Call, stable: bool, method: &str, query: &[(&str, &str)], body: &str) -> Value {
            let query: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let fields = Fields::read(body.as_bytes());
            let request = Request { call, stable, method, query: &query, fields: &fields };
            let answer = answer(&request, &mut self.world, &mut self.tokens, self.now);
            serde_json::from_str(&wire::body(&answer)).expect("JSON")
        }
    }

    #[test]
    fn a_coupon_ends_when_its_last_second_is_over() {
        let mut platform = Platform::new();
        let coupon = platform.world.coupons(NOW).into_iter().find(|c| c.code == "409677120053").expect("in the deck");
        let get = json!({"code": "409677120053", "check_consume": false});
        platform.now = Timestamp::new(coupon.end, 999_999_999).expect("a time");
        assert_eq!(platform.call(Call::Get, get.clone())["user_card_status"], "NORMAL");
        platform.now = Timestamp::from_second(coupon.end + 1).expect("a time");
        let reply = platform.call(Call::Get, get);
        assert_eq!((&reply["user_card_status"], &reply["can_consume"]), (&json!("EXPIRE"), &json!(false)));
        assert_eq!(platform.call(Call::Consume, json!({"code": "409677120053"}))["errcode"], 40127);
    }

    #[test]
    fn a_coupon_begins_with_its_first_second() {
        let mut platform = Platform::new();
        let coupon = platform.world.coupons(NOW).into_iter().find(|c| c.code == "523899001272").expect("in the deck");
        let body = json!({"code": "523899001272"});
        platform.now = Timestamp::from_second(coupon.begin - 1).expect("a time");
        let reply = platform.call(Call::Get, json!({"code": "523899001272", "check_consume": false}));
        assert_eq!((&reply["user_card_status"], &reply["can_consume"]), (&json!("NORMAL"), &json!(false)));
        assert_eq!(platform.call(Call::Consume, body.clone())["errcode"], 40127);
        platform.now = Timestamp::from_second(coupon.begin).expect("a time");
        assert_eq!(platform.call(Call::Consume, body)["errcode"], 0);
    }

    #[test]
    fn what_was_consumed_stays_consumed_past_its_window() {
        let mut platform = Platform::new();
        assert_eq!(platform.call(Call::Consume, json!({"code": "409632457895"}))["errcode"], 0);
        platform.now = Timestamp::from_second(NOW.as_second() + 400 * 86_400).expect("a time");
        let reply = platform.call(Call::Get, json!({"code": "409632457895", "check_consume": false}));
        assert_eq!(reply["user_card_status"], "CONSUMED");
        assert_eq!(platform.call(Call::Consume, json!({"code": "409632457895"}))["errcode"], 40099);
    }

    #[test]
    fn a_stale_token_is_refused_by_what_became_of_it() {
        let mut platform = Platform::new();
        let token = platform.tokens.fetch(NOW).access_token;
        let body = r#"{"code":"409632457895"}"#;
        platform.now = Timestamp::from_second(NOW.as_second() + 7_200).expect("a time");
        let reply = platform.ask(Call::Consume, false, "POST", &[("access_token", &token)], body);
        assert_eq!(reply["errcode"], 42001);
        let reply = platform.call(Call::Get, json!({"code": "409632457895"}));
        assert_eq!(reply["user_card_status"], "NORMAL", "nothing was executed");
    }

    #[test]
    fn the_answers_are_written_as_the_samples_are() {
        let deck = r#"{"coupons":[{"code":"110201201245","card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKc",
            "openid":"oFS7Fjl0WsZ9AMZqrI80nbIq8xrA","begin":1457452800,"end":2147480000}]}"#;
        let mut world = Deck::from_json(deck).and_then(|deck| deck.deal(NOW)).expect("a deck");
        let fields = Fields::read(br#"{"code":"110201201245"}"#).expect("a body");
        assert_eq!(
            wire::body(&get(&fields, &mut world, NOW)),
            concat!(
                r#"{"errcode":0,"errmsg":"ok","card":{"card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKc","#,
                r#""begin_time":1457452800,"end_time":2147480000},"openid":"oFS7Fjl0WsZ9AMZqrI80nbIq8xrA","#,
                r#""can_consume":true,"outer_str":"","user_card_status":"NORMAL"}"#
            )
        );
        assert_eq!(
            wire::body(&consume(&fields, &mut world, NOW)),
            concat!(
                r#"{"errcode":0,"errmsg":"ok","card":{"card_id":"pFS7Fjg8kV1IdDz01r4SQwMkuCKc"},"#,
                r#""openid":"oFS7Fjl0WsZ9AMZqrI80nbIq8xrA"}"#
            )
        );
    }
}
