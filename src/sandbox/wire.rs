//! The platform's writing: request bodies read leniently, and answers with their keys in the order of its samples.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::deck::TimeLimit;
use super::world::{Card, Coupon, Worth};

/// Why a call is refused: the platform's error code, and for a consumed code the two undocumented keys that come along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub errcode: i64,
    /// `_card` and `_code`.
    pub consumed: Option<(String, String)>,
}

impl From<i64> for Refusal {
    fn from(errcode: i64) -> Self {
        Self { errcode, consumed: None }
    }
}

/// The fields of a JSON body.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body, whatever its Content-Type says: clients of the platform seldom set one.
    ///
    /// # Errors
    /// 40033 for `\u` escapes, which the platform does not take; 47001 for what is no JSON object.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| 47001)?.trim_start_matches('\u{FEFF}');
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return Err(47001.into()) };
        if has_unicode_escape(text) { Err(40033.into()) } else { Ok(Self(fields)) }
    }

    /// A text. `null` and `""` are the same as leaving it out: client libraries send all three. A number is taken as its digits.
    ///
    /// # Errors
    /// 45021 where it is longer than the platform takes, 47001 where it is no text.
    pub(super) fn text(&self, field: &str, chars_max: usize) -> Result<Option<String>, Refusal> {
        let text = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(47001.into()),
        };
        if text.chars().count() > chars_max {
            Err(45021.into())
        } else {
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
    }

    /// A truth value, however the client's language writes one; `None` where it is left out.
    ///
    /// # Errors
    /// 47001 where it is none.
    pub(super) fn flag(&self, field: &str) -> Result<Option<bool>, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::Number(number)) if number.as_i64() == Some(0) => Ok(Some(false)),
            Some(Value::Number(number)) if number.as_i64() == Some(1) => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" || text == "0" => Ok(Some(false)),
            Some(Value::String(text)) if text == "true" || text == "1" => Ok(Some(true)),
            Some(_) => Err(47001.into()),
        }
    }

    /// What the client sent under this name, for the record: no more than a short text's worth.
    pub(super) fn for_record(&self, field: &str) -> Option<String> {
        /// Longer than anything that the platform takes in these fields.
        const CHARS_MAX: usize = 64;
        let text = self.0.get(field)?.as_str()?;
        Some(text.chars().take(CHARS_MAX).collect())
    }
}

/// Whether a JSON text holds a `\u` escape (and not a `u` after an escaped backslash).
fn has_unicode_escape(json: &str) -> bool {
    let mut letters = json.bytes();
    while let Some(letter) = letters.next() {
        if letter == b'\\' && letters.next() == Some(b'u') {
            return true;
        }
    }
    false
}

/// What the platform answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Reply {
    Token { access_token: String, expires_in: u64 },
    Coupon(CouponReply),
    Consumed { errcode: i64, errmsg: &'static str, card: ConsumedCard, openid: String },
    Decrypted { errcode: i64, errmsg: &'static str, code: String },
    Card { errcode: i64, errmsg: &'static str, card: Box<CardReply> },
}

/// The answer to a query.
#[derive(Debug, Serialize)]
pub(super) struct CouponReply {
    errcode: i64,
    errmsg: &'static str,
    card: CouponCard,
    openid: String,
    can_consume: bool,
    outer_str: &'static str,
    user_card_status: String,
}

#[derive(Debug, Serialize)]
struct CouponCard {
    card_id: String,
    begin_time: i64,
    end_time: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct ConsumedCard {
    card_id: String,
}

/// The `card` of `/card/get`: its kind, and under the kind's own name in small letters the rest.
#[derive(Debug)]
pub(super) struct CardReply {
    kind: String,
    detail: CardDetail,
}

impl Serialize for CardReply {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map([
            ("card_type".to_owned(), CardPart::Kind(&self.kind)),
            (self.kind.to_ascii_lowercase(), CardPart::Detail(&self.detail)),
        ])
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum CardPart<'a> {
    Kind(&'a str),
    Detail(&'a CardDetail),
}

#[derive(Debug, Serialize)]
struct CardDetail {
    base_info: BaseInfo,
    #[serde(flatten)]
    worth: WorthReply,
    advanced_info: AdvancedInfo,
}

#[derive(Debug, Serialize)]
struct BaseInfo {
    id: String,
    logo_url: String,
    code_type: &'static str,
    brand_name: String,
    title: String,
    sub_title: String,
    date_info: DateInfo,
    color: String,
    notice: String,
    service_phone: &'static str,
    description: String,
    location_id_list: Vec<i64>,
    use_all_locations: bool,
    get_limit: u32,
    can_share: bool,
    can_give_friend: bool,
    use_custom_code: bool,
    bind_openid: bool,
    status: &'static str,
    sku: Sku,
    create_time: i64,
    update_time: i64,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
enum DateInfo {
    /// So many days from the day on which a customer takes it.
    #[serde(rename = "DATE_TYPE_FIX_TERM")]
    FixTerm { fixed_term: u32, fixed_begin_term: u32 },
    #[serde(rename = "DATE_TYPE_PERMANENT")]
    Permanent,
}

#[derive(Debug, Serialize)]
struct Sku {
    quantity: u32,
    total_quantity: u32,
}

/// What belongs to one kind alone.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum WorthReply {
    Groupon { deal_detail: String },
    Cash { least_cost: u32, reduce_cost: u32 },
    Discount { discount: u8 },
    Gift { gift: String },
    GeneralCoupon { default_detail: String },
    MemberCard { supply_bonus: bool, supply_balance: bool, prerogative: String },
    Other {},
}

#[derive(Debug, Serialize)]
struct AdvancedInfo {
    time_limit: Vec<TimeLimit>,
    use_condition: UseCondition,
    text_image_list: [(); 0],
    business_service: [(); 0],
}

#[derive(Debug, Serialize)]
struct UseCondition {
    #[serde(skip_serializing_if = "Option::is_none")]
    accept_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reject_category: Option<String>,
    can_use_with_other_discount: bool,
}

impl Reply {
    pub(super) fn coupon(coupon: &Coupon, now: jiff::Timestamp) -> Self {
        let (begin_time, end_time) = coupon.window.to_wire();
        Self::Coupon(CouponReply {
            errcode: 0,
            errmsg: "ok",
            card: CouponCard { card_id: coupon.card_id.clone(), begin_time, end_time },
            openid: coupon.openid.clone(),
            can_consume: coupon.can_consume(now),
            outer_str: "",
            user_card_status: coupon.status(now).to_owned(),
        })
    }

    pub(super) fn consumed(coupon: &Coupon) -> Self {
        let card = ConsumedCard { card_id: coupon.card_id.clone() };
        Self::Consumed { errcode: 0, errmsg: "ok", card, openid: coupon.openid.clone() }
    }

    pub(super) fn decrypted(code: String) -> Self {
        Self::Decrypted { errcode: 0, errmsg: "ok", code }
    }

    pub(super) fn card(card: &Card, logo_url: String) -> Self {
        let worth = match card.worth.clone() {
            Worth::Groupon { deal_detail } => WorthReply::Groupon { deal_detail },
            Worth::Cash { least_cost, reduce_cost } => WorthReply::Cash { least_cost, reduce_cost },
            Worth::Discount { discount } => WorthReply::Discount { discount },
            Worth::Gift { gift } => WorthReply::Gift { gift },
            Worth::GeneralCoupon { default_detail } => WorthReply::GeneralCoupon { default_detail },
            Worth::MemberCard { prerogative } => {
                WorthReply::MemberCard { supply_bonus: true, supply_balance: false, prerogative }
            }
            Worth::Other { .. } => WorthReply::Other {},
        };
        let date_info = if card.permanent {
            DateInfo::Permanent
        } else {
            DateInfo::FixTerm { fixed_term: 30, fixed_begin_term: 0 }
        };
        let base_info = BaseInfo {
            id: card.card_id.clone(),
            logo_url,
            code_type: "CODE_TYPE_QRCODE",
            brand_name: card.brand_name.clone(),
            title: card.title.clone(),
            sub_title: card.sub_title.clone(),
            date_info,
            color: card.color.clone(),
            notice: card.notice.clone(),
            service_phone: "020-88888888",
            description: card.description.clone(),
            location_id_list: card.terms.location_id_list.clone(),
            use_all_locations: card.terms.location_id_list.is_empty(),
            get_limit: 1,
            can_share: true,
            can_give_friend: true,
            use_custom_code: card.custom_code,
            bind_openid: false,
            status: "CARD_STATUS_VERIFY_OK",
            sku: Sku { quantity: 100, total_quantity: 1_000 },
            create_time: 1_457_525_546,
            update_time: 1_457_526_240,
        };
        let advanced_info = AdvancedInfo {
            time_limit: card.terms.time_limit.clone(),
            use_condition: UseCondition {
                accept_category: card.terms.accept_category.clone(),
                reject_category: card.terms.reject_category.clone(),
                can_use_with_other_discount: card.terms.can_use_with_other_discount.unwrap_or(false),
            },
            text_image_list: [],
            business_service: [],
        };
        let detail = CardDetail { base_info, worth, advanced_info };
        Self::Card {
            errcode: 0,
            errmsg: "ok",
            card: Box::new(CardReply { kind: card.worth.kind().to_owned(), detail }),
        }
    }
}

/// An error as the platform writes it.
#[derive(Serialize)]
struct ErrorReply {
    errcode: i64,
    errmsg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    _card: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    _code: Option<String>,
}

/// The body of an answer.
pub(super) fn body(answer: &Result<Reply, Refusal>) -> String {
    let body = match answer {
        Ok(reply) => serde_json::to_string(reply),
        Err(refusal) => {
            let (card, code) = refusal.consumed.clone().unzip();
            let errmsg = errmsg(refusal.errcode);
            serde_json::to_string(&ErrorReply { errcode: refusal.errcode, errmsg, _card: card, _code: code })
        }
    };
    // Texts and numbers always fit JSON; should they not, it is what the platform says when it fails itself.
    body.unwrap_or_else(|_| r#"{"errcode":-1,"errmsg":"system error"}"#.to_owned())
}

/// The platform's words for an error, with the moving end that each has: `hint: […]` in the card calls of old, `rid: …` elsewhere.
fn errmsg(errcode: i64) -> String {
    let text = match errcode {
        -1 => "system error",
        40001 => {
            "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken"
        }
        40002 => "invalid grant_type",
        40013 => "invalid appid",
        40014 => "invalid access_token",
        40033 => "invalid charset. please check your request, if include \\uxxxx will create fail!",
        40056 => "invalid serial code",
        40071 => "invalid card type",
        40073 => "invalid card id",
        40075 => "invalid encrypt code",
        40099 => "invalid code, this code has consumed.",
        40125 => "invalid appsecret",
        40127 => "invalid user-card status! Hint: the card was given to user, but may be deleted or set unavailable !",
        41001 => "access_token missing",
        41002 => "appid missing",
        41004 => "appsecret missing",
        41011 => "missing required fields! please check document and request json!",
        41012 => "missing card id",
        41013 => "missing code",
        42001 => "access_token expired",
        43001 => "require GET method",
        43002 => "require POST method",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit, must slower, retry next minute",
        45021 => "argument too long",
        47001 => "data format error",
        _ => "error",
    };
    let hinted = matches!(errcode, 40056..=40127) && errcode != 40125;
    if errcode == -1 {
        text.to_owned()
    } else if hinted {
        let letters: String = (0..6).map(|_| fastrand::alphanumeric()).collect();
        format!("{text} hint: [{letters}{:04}ent{}]", fastrand::u16(0..10_000), fastrand::u8(1..6))
    } else {
        format!("{text} rid: {:08x}-{:08x}-{:08x}", fastrand::u32(..), fastrand::u32(..), fastrand::u32(..))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(body: &str) -> Result<Fields, i64> {
        Fields::read(body.as_bytes()).map_err(|refusal| refusal.errcode)
    }

    #[test]
    fn a_body_is_read_as_every_client_library_writes_it() {
        for body in [
            r#"{"code":"1"}"#,
            "\u{FEFF}{\"code\":\"1\",\"card_id\":null}",
            r#" { "card_id" : "" , "code" : "1" } "#,
            r#"{"code":1}"#,
        ] {
            let fields = fields(body).expect(body);
            assert_eq!(fields.text("code", 20), Ok(Some("1".to_owned())), "{body}");
            assert_eq!(fields.text("card_id", 32), Ok(None), "{body}");
        }
        let slashes = fields(r#"{"encrypt_code":"a\/b+c="}"#).expect("a body");
        assert_eq!(slashes.text("encrypt_code", 128), Ok(Some("a/b+c=".to_owned())));
        let flag = |json: &str| fields(&format!("{{\"f\":{json}}}")).expect(json).flag("f").map_err(|r| r.errcode);
        for (json, flag_read) in [
            ("true", Ok(Some(true))),
            ("1", Ok(Some(true))),
            ("\"true\"", Ok(Some(true))),
            ("false", Ok(Some(false))),
            ("0", Ok(Some(false))),
            ("\"0\"", Ok(Some(false))),
            ("null", Ok(None)),
            ("[]", Err(47001)),
            ("2", Err(47001)),
        ] {
            assert_eq!(flag(json), flag_read, "{json}");
        }
    }

    #[test]
    fn what_is_no_body_is_refused() {
        for body in ["", "code=1", "[]", "\"x\"", "{\"code\":\"1\"", "{'code':'1'}"] {
            assert_eq!(fields(body).err(), Some(47001), "{body}");
        }
        assert_eq!(Fields::read(b"{\"code\":\"\xFF\"}").err().map(|r| r.errcode), Some(47001));
        assert_eq!(fields(r#"{"code":"\u0031"}"#).err(), Some(40033));
        assert!(fields(r#"{"code":"\\u0031"}"#).is_ok(), "an escaped backslash before a u is none");
        let long = fields(r#"{"code":"123456789012345678901","card_id":{}}"#).expect("a body");
        assert_eq!(long.text("code", 20).map_err(|r| r.errcode), Err(45021));
        assert_eq!(long.text("card_id", 32).map_err(|r| r.errcode), Err(47001));
    }

    #[test]
    fn an_error_ends_in_a_hint_or_a_request_id_as_the_platforms_do() {
        let consumed = Refusal { errcode: 40099, consumed: Some(("pA".to_owned(), "1".to_owned())) };
        let body = body(&Err(consumed));
        let start = r#"{"errcode":40099,"errmsg":"invalid code, this code has consumed. hint: ["#;
        assert!(body.starts_with(start) && body.ends_with(r#"]","_card":"pA","_code":"1"}"#), "{body}");
        let body = super::body(&Err(40001.into()));
        assert!(body.contains("access_token is invalid or not latest") && body.contains(" rid: "), "{body}");
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::read(&body).map(|fields| (fields.text("code", 20), fields.flag("check_consume")));
        }
    }
}
