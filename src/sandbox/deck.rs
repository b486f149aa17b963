//! Decks: which cards and coupons a sandbox deals, read from a file or the standard one, checked and filled in.
//!
//! A deck file is JSON, `{"coupons": […], "cards": […]}`. Everything in it may be left out; what is left out gets a default
//! that makes a coupon usable now; what is not known here is passed over with a warning. `standard_deck.json` beside this file is the example to copy from.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::logo;
use super::world::{Card, Coupon, EXPIRED, NORMAL, Window, World, Worth};

/// The most coupons in one deck.
pub const COUPONS_MAX: usize = 100_000;
/// The most cards in one deck file.
pub const CARDS_MAX: usize = 1_000;
/// The largest deck file, in bytes.
pub const DECK_BYTES_MAX: u64 = 64 << 20;
/// The most unknown fields that are told of.
const UNKNOWN_MAX: usize = 20;
/// The platform's longest code, card id and encrypted code, in characters.
pub(super) const CODE_CHARS_MAX: usize = 20;
pub(super) const CARD_ID_CHARS_MAX: usize = 32;
pub(super) const ENCRYPT_CODE_CHARS_MAX: usize = 128;

/// The last second of what never ends, in the platform's own writing; its first second is 0.
const PERMANENT_END: i64 = 2_147_483_647;
/// The account of every sandbox whose deck names none. It guards nothing: the sandbox listens on this machine alone, and
/// being the same each time lets settings written once keep working.
const APPID: &str = "wx5a4db0c05a4db0c0";
const SECRET: &str = "00112233445566778899aabbccddeeff";
const OPENID: &str = "oSandboxLiMei000000000000001";
/// A card's colour.
const COLOR: &str = "#63b359";
const STANDARD: &str = include_str!("standard_deck.json");

/// What a sandbox deals. [`Deck::default`] is the standard deck: coupons of every kind in every state, with codes that never change.
#[derive(Clone, Debug)]
pub struct Deck {
    appid: String,
    secret: String,
    cards: Vec<CardEntry>,
    coupons: Vec<CouponEntry>,
    warnings: Vec<String>,
}

impl Default for Deck {
    fn default() -> Self {
        Self::standard()
    }
}

/// A deck file's outermost layer. Entries stay raw at first so that a mistake in one can be named by its number.
#[derive(Deserialize)]
struct DeckFile {
    #[serde(default)]
    coupons: Vec<Value>,
    #[serde(default)]
    cards: Vec<Value>,
    appid: Option<String>,
    secret: Option<String>,
    /// Printed by a running sandbox, so that what it prints can be dealt again; the address of the next one is its own.
    #[serde(rename = "base_url")]
    _base_url: Option<String>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// One coupon as a deck file writes it.
#[derive(Clone, Debug, Default, Deserialize)]
struct CouponEntry {
    code: Option<String>,
    card_id: Option<String>,
    status: Option<String>,
    custom_code: Option<bool>,
    encrypt_code: Option<String>,
    consumable: Option<bool>,
    begin: Option<Moment>,
    end: Option<Moment>,
    openid: Option<String>,
    kind: Option<String>,
    title: Option<String>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// One card as a deck file writes it and `sandbox --json` prints it, with the platform's own names and units (amounts in fen,
/// `discount` in percent off).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardEntry {
    /// `card_id`; made where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_id: Option<String>,
    /// `card_type`: `CASH` where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its second line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_title: Option<String>,
    /// The merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand_name: Option<String>,
    /// One line on how to use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Its conditions, in lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The conditions that the platform keeps by themselves.
    #[serde(flatten)]
    pub terms: TermsEntry,
    /// Its colour, `#63b359`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Where its logo lies; one that begins with a slash, on the sandbox itself. It draws one in each colour: `/logo/63b359`, where left out in the card's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Whether its codes are the merchant's own; no where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_code: Option<bool>,
    /// Whether its coupons never end, where they do not say; only member cards where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permanent: Option<bool>,
    /// `GROUPON`: the deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_detail: Option<String>,
    /// `CASH`: the least to be spent, in fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_cost: Option<u32>,
    /// `CASH`: the amount off, in fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduce_cost: Option<u32>,
    /// `DISCOUNT`: percent off, 1 to 99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<u8>,
    /// `GIFT`: what is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift: Option<String>,
    /// `GENERAL_COUPON`: its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_detail: Option<String>,
    /// `MEMBER_CARD`: its privileges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prerogative: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Map<String, Value>,
}

/// Conditions of a card as a deck file writes them, with the platform's own names. All may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TermsEntry {
    /// Whether it may be used together with other discounts; no where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_use_with_other_discount: Option<bool>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_category: Option<String>,
    /// What it is not for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject_category: Option<String>,
    /// When it can be used. It is told and not judged: the standard deck must be usable at any hour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub time_limit: Vec<TimeLimit>,
    /// The shops that it is limited to; none where left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub location_id_list: Vec<i64>,
}

/// One time at which a card's coupons can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeLimit {
    /// `MONDAY` to `SUNDAY`, or `HOLIDAY`.
    #[serde(rename = "type")]
    pub day: String,
    /// Its first hour; all day where left out, like the next three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begin_hour: Option<u8>,
    /// And minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begin_minute: Option<u8>,
    /// Its last hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_hour: Option<u8>,
    /// And minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_minute: Option<u8>,
}

/// One coupon as `sandbox --json` prints it. A list of these, as `{"coupons": […]}`, is a deck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CouponInfo {
    /// Its code.
    pub code: String,
    /// Its card.
    pub card_id: String,
    /// Its status at this moment, in the platform's word.
    pub status: String,
    /// Whether the card's codes are the merchant's own.
    pub custom_code: bool,
    /// What a link carries in place of the code.
    pub encrypt_code: String,
    /// Whether a consume would be accepted at this moment.
    pub consumable: bool,
    /// First usable second, in Unix seconds; 0 for a permanent one.
    pub begin: i64,
    /// Last usable second, in Unix seconds; 2147483647 for a permanent one.
    pub end: i64,
    /// Its owner.
    pub openid: String,
    /// The card's kind, in the platform's word.
    pub kind: String,
    /// The card's title.
    pub title: String,
}

/// Why a deck cannot be dealt.
#[derive(Debug, thiserror::Error)]
pub enum DeckError {
    /// The file cannot be read.
    #[error("cannot read the deck file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is larger than [`DECK_BYTES_MAX`].
    #[error("the deck file {} is larger than {DECK_BYTES_MAX} bytes", .0.display())]
    TooLarge(PathBuf),
    /// Not JSON, or a field of the wrong type.
    #[error("the deck is not {{\"coupons\": […], \"cards\": […]}}")]
    Syntax(#[from] serde_json::Error),
    /// JSON, but a list, a text or a number.
    #[error("the deck is not {{\"coupons\": […], \"cards\": […]}}: a list of coupons goes in there, after \"coupons\"")]
    NotAnObject,
    /// More than [`COUPONS_MAX`] coupons or [`CARDS_MAX`] cards.
    #[error("the deck holds more than {COUPONS_MAX} coupons or {CARDS_MAX} cards")]
    TooMany,
    /// One of the coupons makes no sense.
    #[error("coupon {number} of the deck{}: {wrong}", name(code))]
    Coupon {
        /// Which, counted from 1.
        number: usize,
        /// Its code, where it has one.
        code: Option<String>,
        /// What is wrong with it.
        wrong: Wrong,
    },
    /// One of the cards makes no sense.
    #[error("card {number} of the deck{}: {wrong}", name(card_id))]
    Card {
        /// Which, counted from 1.
        number: usize,
        /// Its card id, where it has one.
        card_id: Option<String>,
        /// What is wrong with it.
        wrong: Wrong,
    },
}

fn name(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default()
}

/// What is wrong with one entry of a deck.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// A field of the wrong type.
    #[error("{0}")]
    Field(serde_json::Error),
    /// A list, a text or a number.
    #[error("it is not {{…}} with fields")]
    NotAnObject,
    /// A text that is empty, too long, or holds white space or control characters where none may be.
    #[error("{field} must be 1 to {chars_max} characters without spaces")]
    Text {
        /// The field.
        field: &'static str,
        /// Its longest.
        chars_max: usize,
    },
    /// A point in time that is none.
    #[error(
        "'{0}' is no time: RFC 3339, Unix seconds, or from now like -60d, +3d (whole days in Beijing), +45m, +1h, +30s"
    )]
    Moment(String),
    /// A window that ends before it begins.
    #[error("it ends before it begins")]
    Backwards,
    /// Called consumable and cannot be.
    #[error("it is called consumable, but {0}")]
    NotConsumable(&'static str),
    /// An expired coupon whose window is not over.
    #[error("its status is EXPIRE, but it ends in the future")]
    NotOver,
    /// The code occurs twice.
    #[error("its code occurs twice (within one card, or among cards without custom codes, each code must be unique)")]
    CodeTwice,
    /// The encrypted code occurs twice.
    #[error("its encrypt_code occurs twice")]
    EncryptCodeTwice,
    /// The card id occurs twice.
    #[error("its card_id occurs twice")]
    CardTwice,
    /// What a coupon says of its card is not so.
    #[error("its {0} is not that of its card")]
    CardDisagrees(&'static str),
    /// A field that belongs to another kind of card.
    #[error("{field} does not belong to a card of the kind {kind}")]
    ForeignField {
        /// The field.
        field: &'static str,
        /// The card's kind.
        kind: String,
    },
    /// A discount that is no percentage.
    #[error("discount must be 1 to 99, in percent off")]
    Discount,
}

impl Deck {
    /// The standard deck.
    pub fn standard() -> Self {
        // The text is part of the program and a test reads it; should it ever be broken, an empty deck is dealt.
        Self::from_json(STANDARD).unwrap_or_else(|_| Self {
            appid: APPID.to_owned(),
            secret: SECRET.to_owned(),
            cards: Vec::new(),
            coupons: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// Reads a deck file.
    ///
    /// # Errors
    /// Says what is wrong with the file or with which of its entries.
    pub fn read(path: &Path) -> Result<Self, DeckError> {
        let unreadable = |source| DeckError::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(unreadable)?.len() > DECK_BYTES_MAX {
            return Err(DeckError::TooLarge(path.to_owned()));
        }
        Self::from_json(&std::fs::read_to_string(path).map_err(unreadable)?)
    }

    /// Reads a deck from its JSON. What depends on the time is checked only when it is dealt.
    ///
    /// # Errors
    /// Says what is wrong, and with which entry.
    pub fn from_json(text: &str) -> Result<Self, DeckError> {
        let file: Value = serde_json::from_str(text.trim_start_matches('\u{FEFF}'))?;
        if !file.is_object() {
            return Err(DeckError::NotAnObject);
        }
        let file: DeckFile = serde_json::from_value(file)?;
        if file.coupons.len() > COUPONS_MAX || file.cards.len() > CARDS_MAX {
            return Err(DeckError::TooMany);
        }
        let text_of = |entry: &Value, field| entry.get(field).and_then(Value::as_str).map(str::to_owned);
        let mut deck = Self {
            appid: file.appid.unwrap_or_else(|| APPID.to_owned()),
            secret: file.secret.unwrap_or_else(|| SECRET.to_owned()),
            cards: Vec::with_capacity(file.cards.len()),
            coupons: Vec::with_capacity(file.coupons.len()),
            warnings: Vec::new(),
        };
        let mut unknown = Unknown::default();
        unknown.note("the deck", &file.unknown);
        for (at, entry) in file.cards.into_iter().enumerate() {
            let card_id = text_of(&entry, "card_id");
            let card: Result<CardEntry, _> = fields(entry);
            let card = card.map_err(|wrong| DeckError::Card { number: at + 1, card_id, wrong })?;
            unknown.note("a card", &card.unknown);
            deck.cards.push(card);
        }
        for (at, entry) in file.coupons.into_iter().enumerate() {
            let code = text_of(&entry, "code");
            let coupon: Result<CouponEntry, _> = fields(entry);
            let coupon = coupon.map_err(|wrong| DeckError::Coupon { number: at + 1, code, wrong })?;
            unknown.note("a coupon", &coupon.unknown);
            deck.coupons.push(coupon);
        }
        deck.warnings = unknown.told();
        Ok(deck)
    }

    /// What was passed over in the deck file and may be a slip of the pen, in sentences.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Deals it: every default filled in, every contradiction found, and times counted from `now`.
    pub(super) fn deal(&self, now: Timestamp) -> Result<World, DeckError> {
        // The standard deck's cards are there for every deck to refer to.
        let mut cards = BTreeMap::new();
        for entry in &Self::standard().cards {
            if let Ok(card) = card(entry) {
                cards.insert(card.card_id.clone(), card);
            }
        }
        let mut own = HashSet::new();
        for (at, entry) in self.cards.iter().enumerate() {
            let wrong = |wrong| DeckError::Card { number: at + 1, card_id: entry.card_id.clone(), wrong };
            let card = card(entry).map_err(wrong)?;
            if !own.insert(card.card_id.clone()) {
                return Err(wrong(Wrong::CardTwice));
            }
            cards.insert(card.card_id.clone(), card);
        }
        let mut dealer = Dealer { now, cards, ..Dealer::default() };
        dealer.note_what_is_taken(&self.coupons);
        let mut coupons = Vec::with_capacity(self.coupons.len());
        for (at, entry) in self.coupons.iter().enumerate() {
            let coupon = dealer.coupon(entry).map_err(|wrong| DeckError::Coupon {
                number: at + 1,
                code: entry.code.clone(),
                wrong,
            })?;
            coupons.push(coupon);
        }
        Ok(World::new(self.appid.clone(), self.secret.clone(), dealer.cards, coupons))
    }
}

/// Takes an entry's fields. A list is refused, which `serde` would take for them in their order.
fn fields<T: serde::de::DeserializeOwned>(entry: Value) -> Result<T, Wrong> {
    if entry.is_object() { serde_json::from_value(entry).map_err(Wrong::Field) } else { Err(Wrong::NotAnObject) }
}

/// Fields that are not known, each told once however many entries have it.
#[derive(Default)]
struct Unknown(BTreeSet<(&'static str, String)>);

impl Unknown {
    fn note(&mut self, place: &'static str, fields: &Map<String, Value>) {
        for field in fields.keys() {
            if self.0.len() < UNKNOWN_MAX {
                self.0.insert((place, field.clone()));
            }
        }
    }

    fn told(self) -> Vec<String> {
        let told =
            |(place, field)| format!("{place} has the field {field:?}, which is not known here and has no effect");
        self.0.into_iter().map(told).collect()
    }
}

/// Deals coupon after coupon and remembers what was dealt.
#[derive(Default)]
struct Dealer {
    now: Timestamp,
    cards: BTreeMap<String, Card>,
    /// Whether an undescribed card's codes are custom, as any of its coupons says.
    custom: HashMap<String, bool>,
    /// Codes written in the deck, which a made one must not meet.
    written: HashSet<String>,
    /// Codes dealt, each with its card; with `None` for all cards whose codes are the platform's own.
    codes: HashSet<(Option<String>, String)>,
    encrypt_codes: HashSet<String>,
}

impl Dealer {
    /// Looks ahead, so that the order of the entries does not matter.
    fn note_what_is_taken(&mut self, coupons: &[CouponEntry]) {
        for entry in coupons {
            self.written.extend(entry.code.clone());
            if let (Some(card_id), Some(custom)) = (&entry.card_id, entry.custom_code) {
                self.custom.entry(card_id.clone()).or_insert(custom);
            }
        }
    }

    fn coupon(&mut self, entry: &CouponEntry) -> Result<Coupon, Wrong> {
        let card = self.card_of(entry)?;
        let code = match &entry.code {
            Some(code) => visible("code", code, CODE_CHARS_MAX)?,
            None => self.fresh_code(),
        };
        let group = card.custom_code.then(|| card.card_id.clone());
        if !self.codes.insert((group, code.clone())) {
            return Err(Wrong::CodeTwice);
        }
        let encrypt_code = match &entry.encrypt_code {
            Some(text) => visible("encrypt_code", text, ENCRYPT_CODE_CHARS_MAX)?,
            None => encrypt(&card.card_id, &code),
        };
        if !self.encrypt_codes.insert(encrypt_code.clone()) {
            return Err(Wrong::EncryptCodeTwice);
        }
        let status = match &entry.status {
            Some(status) => visible("status", status, CARD_ID_CHARS_MAX)?,
            None => NORMAL.to_owned(),
        };
        let openid = match &entry.openid {
            Some(openid) => visible("openid", openid, CARD_ID_CHARS_MAX)?,
            None => OPENID.to_owned(),
        };
        let window = window(entry, &card, status == EXPIRED, self.now)?;
        let mut coupon =
            Coupon { code, card_id: card.card_id.clone(), openid, status, held_back: false, window, encrypt_code };
        if coupon.status == EXPIRED && !coupon.window.is_over(self.now) {
            return Err(Wrong::NotOver);
        }
        let consumable = coupon.can_consume(self.now) && card.worth.can_be_consumed();
        match entry.consumable {
            Some(true) if !consumable => return Err(Wrong::NotConsumable(why_not(&coupon, &card, self.now))),
            Some(false) => coupon.held_back = consumable,
            _ => {}
        }
        Ok(coupon)
    }

    /// The card of a coupon: the one it names, one of the deck's that fits, or a new one that fits.
    fn card_of(&mut self, entry: &CouponEntry) -> Result<Card, Wrong> {
        let fits = |card: &Card| {
            entry.custom_code.is_none_or(|custom| custom == card.custom_code)
                && entry.kind.as_ref().is_none_or(|kind| kind == card.worth.kind())
                && entry.title.as_ref().is_none_or(|title| *title == card.title)
        };
        let known = match &entry.card_id {
            Some(card_id) => self.cards.get(card_id),
            None => {
                let custom = entry.custom_code.unwrap_or(false);
                self.cards
                    .values()
                    .filter(|card| fits(card) && card.custom_code == custom)
                    .filter(|card| entry.kind.is_some() || (card.worth.can_be_consumed() && !card.permanent))
                    .min_by_key(|card| !matches!(card.worth, Worth::Cash { .. })) // any will do; cash is plainest
            }
        };
        if let Some(card) = known {
            if entry.kind.as_ref().is_some_and(|kind| kind != card.worth.kind()) {
                return Err(Wrong::CardDisagrees("kind"));
            } else if entry.title.as_ref().is_some_and(|title| *title != card.title) {
                return Err(Wrong::CardDisagrees("title"));
            } else if entry.custom_code.is_some_and(|custom| custom != card.custom_code) {
                return Err(Wrong::CardDisagrees("custom_code"));
            }
            return Ok(card.clone());
        }
        let said = entry.card_id.as_ref().and_then(|card_id| self.custom.get(card_id).copied());
        let new = card(&CardEntry {
            card_id: entry.card_id.clone(),
            kind: entry.kind.clone(),
            title: entry.title.clone(),
            custom_code: said.or(entry.custom_code),
            ..CardEntry::default()
        })?;
        if entry.custom_code.is_some_and(|custom| custom != new.custom_code) {
            return Err(Wrong::CardDisagrees("custom_code"));
        }
        self.cards.insert(new.card_id.clone(), new.clone());
        Ok(new)
    }

    /// A 12-digit code as the platform makes them, that nothing in this deck has.
    fn fresh_code(&mut self) -> String {
        loop {
            let code = fastrand::u64(200_000_000_000..1_000_000_000_000).to_string();
            if self.written.insert(code.clone()) {
                return code;
            }
        }
    }
}

fn why_not(coupon: &Coupon, card: &Card, now: Timestamp) -> &'static str {
    if !card.worth.can_be_consumed() {
        "cards of its kind are never consumed"
    } else if coupon.status != NORMAL {
        "its status is not NORMAL"
    } else if coupon.window.is_over(now) {
        "its window is over"
    } else {
        "its window has not begun"
    }
}

/// Checks and fills in one card.
fn card(entry: &CardEntry) -> Result<Card, Wrong> {
    let kind = match &entry.kind {
        Some(kind) => visible("kind", kind, CARD_ID_CHARS_MAX)?,
        None => "CASH".to_owned(),
    };
    let (worth, title) = match kind.as_str() {
        "GROUPON" => (Worth::Groupon { deal_detail: or(&entry.deal_detail, "双人套餐一份") }, "双人套餐"),
        "CASH" => {
            let (least_cost, reduce_cost) = (entry.least_cost.unwrap_or(10_000), entry.reduce_cost.unwrap_or(2_000));
            (Worth::Cash { least_cost, reduce_cost }, "代金券")
        }
        "DISCOUNT" => (Worth::Discount { discount: entry.discount.unwrap_or(30) }, "折扣券"),
        "GIFT" => (Worth::Gift { gift: or(&entry.gift, "小食一份") }, "兑换券"),
        "GENERAL_COUPON" => {
            (Worth::GeneralCoupon { default_detail: or(&entry.default_detail, "凭券享受优惠") }, "优惠券")
        }
        "MEMBER_CARD" => (Worth::MemberCard { prerogative: or(&entry.prerogative, "会员积分") }, "会员卡"),
        _ => (Worth::Other { kind: kind.clone() }, "卡券"),
    };
    // field, whether it is given, the kind that it belongs to
    let own_fields = [
        ("deal_detail", entry.deal_detail.is_some(), "GROUPON"),
        ("least_cost", entry.least_cost.is_some(), "CASH"),
        ("reduce_cost", entry.reduce_cost.is_some(), "CASH"),
        ("discount", entry.discount.is_some(), "DISCOUNT"),
        ("gift", entry.gift.is_some(), "GIFT"),
        ("default_detail", entry.default_detail.is_some(), "GENERAL_COUPON"),
        ("prerogative", entry.prerogative.is_some(), "MEMBER_CARD"),
    ];
    if let Some((field, ..)) = own_fields.into_iter().find(|(_, given, owner)| *given && *owner != kind) {
        return Err(Wrong::ForeignField { field, kind });
    }
    if matches!(worth, Worth::Discount { discount } if !(1..=99).contains(&discount)) {
        return Err(Wrong::Discount);
    }
    let card_id = match &entry.card_id {
        Some(card_id) => visible("card_id", card_id, CARD_ID_CHARS_MAX)?,
        None => format!("p{}", (0..27).map(|_| fastrand::alphanumeric()).collect::<String>()),
    };
    Ok(Card {
        card_id,
        title: or(&entry.title, title),
        sub_title: or(&entry.sub_title, ""),
        brand_name: or(&entry.brand_name, "山茶小馆"),
        notice: or(&entry.notice, "请向收银员出示券码"),
        terms: entry.terms.clone(),
        description: or(&entry.description, "每次限用一张\n不与其他优惠同享"),
        color: or(&entry.color, COLOR),
        logo_url: entry.logo_url.clone().unwrap_or_else(|| logo::path_for(entry.color.as_deref().unwrap_or(COLOR))),
        custom_code: entry.custom_code.unwrap_or(false),
        permanent: entry.permanent.unwrap_or(matches!(worth, Worth::MemberCard { .. })),
        worth,
    })
}

fn or(text: &Option<String>, default: &str) -> String {
    text.as_deref().unwrap_or(default).to_owned()
}

fn visible(field: &'static str, text: &str, chars_max: usize) -> Result<String, Wrong> {
    let fits = (1..=chars_max).contains(&text.chars().count());
    if fits && !text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Ok(text.to_owned())
    } else {
        Err(Wrong::Text { field, chars_max })
    }
}

/// An encrypted code for a code: the shape of the platform's shorter samples, 44 characters of base64 ending in `=`. It is
/// the same each time, and it holds `+`, `/` and `=`, so that whoever forgets to percent-encode learns of it from any of them.
fn encrypt(card_id: &str, code: &str) -> String {
    /// FNV-1a: a seed from a name, the same on every machine.
    fn seed(text: &str) -> u64 {
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
    let mut random = fastrand::Rng::with_seed(seed(&format!("{card_id} {code}")));
    let mut letters = |n: usize| (0..n).map(|_| random.alphanumeric()).collect::<String>();
    format!("{}+{}/{}=", letters(13), letters(13), letters(15))
}

/// A point in time as a deck writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Moment {
    /// Unix seconds.
    Seconds(i64),
    /// RFC 3339, or a distance from now.
    Text(String),
}

/// Which second of a Beijing day a distance in days means.
#[derive(Clone, Copy)]
enum Side {
    /// Its first.
    Begin,
    /// Its last.
    End,
}

impl Moment {
    fn at(&self, side: Side, now: Timestamp) -> Result<Timestamp, Wrong> {
        match self {
            Self::Seconds(seconds) => Timestamp::from_second(*seconds).map_err(|_| Wrong::Moment(seconds.to_string())),
            Self::Text(text) => {
                let at = if text.starts_with(['+', '-']) { from_now(text, side, now) } else { text.parse().ok() };
                at.ok_or_else(|| Wrong::Moment(text.clone()))
            }
        }
    }

    /// Whether it is the platform's writing for «always so far» or «never ends».
    fn is_permanent(&self, side: Side) -> bool {
        match (self, side) {
            (Self::Seconds(seconds), Side::Begin) => *seconds <= 0,
            (Self::Seconds(seconds), Side::End) => *seconds >= PERMANENT_END,
            (Self::Text(_), _) => false,
        }
    }
}

/// `+3d`, `-60d`, `+1h`, `+45m`, `+30s`.
fn from_now(text: &str, side: Side, now: Timestamp) -> Option<Timestamp> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i32 = number.parse().ok()?;
    let seconds = match unit {
        "d" => return day(number, side, now),
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    let whole = Timestamp::from_second(now.as_second()).ok()?;
    whole.checked_add(SignedDuration::from_secs(i64::from(number) * seconds)).ok()
}

/// The first or last second of the Beijing day `days` from today.
fn day(days: i32, side: Side, now: Timestamp) -> Option<Timestamp> {
    const DAY: i64 = 86_400;
    const BEIJING: i64 = 8 * 3_600;
    let today = (now.as_second() + BEIJING).div_euclid(DAY) * DAY - BEIJING;
    let first = today + i64::from(days) * DAY;
    let second = match side {
        Side::Begin => first,
        Side::End => first + DAY - 1,
    };
    Timestamp::from_second(second).ok()
}

/// The window of a coupon. Where a side is left out: a week ago to in thirty days, or, for an expired one, two months ago to
/// yesterday, moved where the other side leaves no room; nothing at all for a permanent card.
fn window(entry: &CouponEntry, card: &Card, expired: bool, now: Timestamp) -> Result<Window, Wrong> {
    let given = |moment: &Option<Moment>, side| match moment {
        Some(moment) if moment.is_permanent(side) => Ok(Some(None)),
        Some(moment) => moment.at(side, now).map(|at| Some(Some(at))),
        None if card.permanent && !expired => Ok(Some(None)),
        None => Ok(None),
    };
    let (begin_days, end_days) = if expired { (-60, -1) } else { (-7, 30) };
    let room = SignedDuration::from_secs(30 * 86_400);
    let (begin, end) = match (given(&entry.begin, Side::Begin)?, given(&entry.end, Side::End)?) {
        (Some(begin), Some(end)) => (begin, end),
        (Some(begin), None) => {
            let end = day(end_days, Side::End, now);
            let late = begin.filter(|begin| end.is_some_and(|end| *begin > end));
            (begin, late.map_or(end, |begin| begin.checked_add(room).ok()))
        }
        (None, Some(end)) => {
            let begin = day(begin_days, Side::Begin, now);
            let early = end.filter(|end| begin.is_some_and(|begin| begin > *end));
            (early.map_or(begin, |end| end.checked_sub(room).ok()), end)
        }
        (None, None) => (day(begin_days, Side::Begin, now), day(end_days, Side::End, now)),
    };
    let window = Window {
        // What the platform's own writing calls open cannot be told from it on the wire.
        begin: begin.filter(|begin| begin.as_second() > 0),
        end: end.filter(|end| end.as_second() < PERMANENT_END),
    };
    // Compared as they are told: an end later than any that can be told comes out as the last one.
    let (first, last) = window.to_wire();
    if first > last { Err(Wrong::Backwards) } else { Ok(window) }
}

impl Window {
    /// `begin_time` and `end_time` on the wire.
    pub(super) fn to_wire(self) -> (i64, i64) {
        (self.begin.map_or(0, Timestamp::as_second), self.end.map_or(PERMANENT_END, Timestamp::as_second))
    }
}

impl From<&Card> for CardEntry {
    fn from(card: &Card) -> Self {
        let mut entry = Self {
            card_id: Some(card.card_id.clone()),
            kind: Some(card.worth.kind().to_owned()),
            title: Some(card.title.clone()),
            sub_title: Some(card.sub_title.clone()),
            brand_name: Some(card.brand_name.clone()),
            notice: Some(card.notice.clone()),
            description: Some(card.description.clone()),
            terms: card.terms.clone(),
            color: Some(card.color.clone()),
            logo_url: Some(card.logo_url.clone()),
            custom_code: Some(card.custom_code),
            permanent: Some(card.permanent),
            ..Self::default()
        };
        match card.worth.clone() {
            Worth::Groupon { deal_detail } => entry.deal_detail = Some(deal_detail),
            Worth::Cash { least_cost, reduce_cost } => {
                (entry.least_cost, entry.reduce_cost) = (Some(least_cost), Some(reduce_cost));
            }
            Worth::Discount { discount } => entry.discount = Some(discount),
            Worth::Gift { gift } => entry.gift = Some(gift),
            Worth::GeneralCoupon { default_detail } => entry.default_detail = Some(default_detail),
            Worth::MemberCard { prerogative } => entry.prerogative = Some(prerogative),
            Worth::Other { .. } => {}
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon in Beijing.
    const NOW: Timestamp = Timestamp::constant(1_790_000_000 / 86_400 * 86_400 + 4 * 3_600, 0);

    fn deal(json: &str) -> Result<Vec<CouponInfo>, String> {
        let world = Deck::from_json(json).and_then(|deck| deck.deal(NOW));
        world.map(|world| world.coupons(NOW)).map_err(|error| error.to_string())
    }

    fn one(coupon: &str) -> CouponInfo {
        deal(&format!("{{\"coupons\":[{coupon}]}}")).expect(coupon).remove(0)
    }

    fn refused(coupon: &str) -> String {
        deal(&format!("{{\"coupons\":[{{}},{coupon}]}}")).expect_err(coupon)
    }

    #[test]
    fn the_standard_deck_has_every_state_and_every_kind() {
        let coupons = Deck::standard().deal(NOW).expect("the standard deck").coupons(NOW);
        for status in ["NORMAL", "CONSUMED", "EXPIRE", "GIFTING", "GIFT_TIMEOUT", "DELETE", "UNAVAILABLE", "FROZEN"] {
            assert!(coupons.iter().any(|c| c.status == status), "{status}");
        }
        for kind in ["CASH", "DISCOUNT", "GROUPON", "GIFT", "GENERAL_COUPON"] {
            assert!(coupons.iter().any(|c| c.kind == kind && c.consumable), "{kind}");
        }
        assert!(coupons.iter().any(|c| c.kind == "MEMBER_CARD" && c.status == "NORMAL" && !c.consumable));
        assert!(coupons.iter().any(|c| c.custom_code && c.consumable && c.code == "VIP-2026-001"));
        assert!(coupons.iter().any(|c| (c.begin, c.end) == (0, 2147483647) && c.consumable), "permanent");
        assert!(coupons.iter().any(|c| c.status == "NORMAL" && c.begin > NOW.as_second()), "not yet valid");
        let within_the_hour = NOW.as_second()..NOW.as_second() + 3_600;
        assert!(coupons.iter().any(|c| c.consumable && within_the_hour.contains(&c.end)));
        assert!(coupons.iter().all(|c| c.card_id.len() == 28 && c.card_id.starts_with('p') && c.openid.len() == 28));
        let digits = |c: &CouponInfo| c.code.len() == 12 && c.code.bytes().all(|b| b.is_ascii_digit());
        assert!(coupons.iter().all(|c| c.custom_code || digits(c)));
    }

    #[test]
    fn an_empty_entry_is_usable_now() {
        let coupon = one("{}");
        assert!(coupon.code.len() == 12 && coupon.code.parse::<u64>().is_ok(), "{}", coupon.code);
        assert_eq!((coupon.status.as_str(), coupon.kind.as_str(), coupon.consumable), ("NORMAL", "CASH", true));
        assert!(!coupon.custom_code && coupon.begin < NOW.as_second() && coupon.end > NOW.as_second());
        let custom = one("{\"custom_code\":true}");
        assert!(custom.custom_code && custom.consumable);
        assert_eq!(custom.card_id, "pSandboxCustom00000000000006");
        assert_eq!(deal("{}"), Ok(vec![]), "even the list may be left out");
    }

    #[test]
    fn what_the_wire_cannot_tell_from_an_open_window_is_one() {
        let window = |coupon: &str| (one(coupon).begin, one(coupon).end);
        let early = window(r#"{"begin":"1969-12-31T00:00:00Z","end":"2100-01-01T00:00:00Z"}"#);
        assert_eq!(early, (0, 2147483647));
        assert_eq!(window(r#"{"end":23647}"#), (0, 23647), "a week before the epoch's first hours");
        let backwards = refused(r#"{"begin":"1969-12-31T00:00:00Z","end":"1969-12-30T00:00:00Z"}"#);
        assert!(backwards.contains("ends before it begins"), "{backwards}");
    }

    #[test]
    fn a_window_falls_on_beijing_days() {
        let coupon = one("{\"begin\":\"+3d\",\"end\":\"+4d\"}");
        let day = |text: &str| text.parse::<Timestamp>().expect("a time").as_second();
        let today = crate::coupon::rfc3339_beijing(NOW)[..10].to_owned();
        assert_eq!(coupon.begin, day(&format!("{today}T00:00:00+08:00")) + 3 * 86_400);
        assert_eq!(coupon.end, day(&format!("{today}T23:59:59+08:00")) + 4 * 86_400);
        assert_eq!((coupon.status.as_str(), coupon.consumable), ("NORMAL", false));
        assert_eq!(one("{\"begin\":\"2016-03-09T00:00:00+08:00\"}").begin, 1457452800);
        assert_eq!(one("{\"begin\":1457452800,\"end\":1463155199}").status, "EXPIRE", "the clock says so");
        assert_eq!(one("{\"end\":\"+45m\"}").end, NOW.as_second() + 45 * 60);
        let permanent = one("{\"begin\":0,\"end\":2147483647}");
        assert_eq!((permanent.begin, permanent.end, permanent.consumable), (0, 2147483647, true));
        let half = one("{\"begin\":\"+90d\"}");
        assert!(half.end > half.begin);
    }

    #[test]
    fn a_normal_coupon_can_be_held_back() {
        let coupon = one("{\"consumable\":false}");
        assert_eq!((coupon.status.as_str(), coupon.consumable), ("NORMAL", false));
        assert!(!one("{\"consumable\":false,\"kind\":\"MEMBER_CARD\"}").consumable);
        assert!(!one("{\"consumable\":false,\"status\":\"EXPIRE\"}").consumable);
    }

    #[test]
    fn coupons_may_describe_cards_of_their_own_in_any_order() {
        let coupons = deal(
            r#"{"coupons":[{"card_id":"pMine","code":"A"},{"card_id":"pMine","code":"B","custom_code":true},
                {"title":"八周年","kind":"GIFT"},{"card_id":"pDescribed"}],
                "cards":[{"card_id":"pDescribed","kind":"DISCOUNT","discount":12}]}"#,
        )
        .expect("a deck");
        assert!(coupons[0].custom_code && coupons[1].custom_code);
        assert_eq!((coupons[2].title.as_str(), coupons[2].card_id.len()), ("八周年", 28));
        assert_eq!(coupons[3].kind, "DISCOUNT");
    }

    #[test]
    fn a_code_may_occur_once_in_each_custom_code_card_and_once_elsewhere() {
        let twice = |a: &str, b: &str| deal(&format!("{{\"coupons\":[{a},{b}]}}"));
        let (a, b) = (r#"{"code":"1","card_id":"pA"}"#, r#"{"code":"1","card_id":"pB"}"#);
        assert!(twice(a, a).is_err_and(|e| e.starts_with("coupon 2 of the deck (1): its code occurs twice")));
        assert!(twice(a, b).is_err(), "a bare code would mean either");
        let b = r#"{"code":"1","card_id":"pB","custom_code":true}"#;
        assert!(twice(a, b).is_ok());
        assert!(twice(b, b).is_err());
        let (a, b) = (r#"{"encrypt_code":"x"}"#, r#"{"encrypt_code":"x"}"#);
        assert!(twice(a, b).is_err_and(|e| e.contains("encrypt_code occurs twice")));
    }

    #[test]
    fn an_entry_that_makes_no_sense_is_named_with_what_is_wrong() {
        for (coupon, wrong) in [
            (r#"["12"]"#, "it is not {…} with fields"),
            (r#"{"code":12}"#, "expected a string"),
            (r#"{"code":"12","consumable":"yes"}"#, "coupon 2 of the deck (12)"),
            (r#"{"code":"123456789012345678901"}"#, "code must be 1 to 20"),
            (r#"{"code":""}"#, "code must be 1 to 20"),
            (r#"{"card_id":"p q"}"#, "card_id must be 1 to 32"),
            (r#"{"begin":"tomorrow"}"#, "'tomorrow' is no time"),
            (r#"{"end":"+3w"}"#, "'+3w' is no time"),
            (r#"{"end":"+"}"#, "'+' is no time"),
            (r#"{"end":"+天"}"#, "'+天' is no time"),
            (r#"{"begin":9223372036854775807}"#, "is no time"),
            (r#"{"begin":"+2d","end":"+1d"}"#, "ends before it begins"),
            (r#"{"begin":21474836477}"#, "ends before it begins"),
            (r#"{"status":"GIFTING","consumable":true}"#, "its status is not NORMAL"),
            (r#"{"begin":"+2d","consumable":true}"#, "has not begun"),
            (r#"{"end":"-2d","consumable":true}"#, "is over"),
            (r#"{"kind":"MEMBER_CARD","consumable":true}"#, "never consumed"),
            (r#"{"status":"EXPIRE","end":"+2d"}"#, "ends in the future"),
            (
                r#"{"card_id":"pSandboxCash0000000000000001","custom_code":true}"#,
                "its custom_code is not that of its card",
            ),
            (r#"{"card_id":"pSandboxCash0000000000000001","kind":"GIFT"}"#, "its kind is not that of its card"),
        ] {
            let error = refused(coupon);
            assert!(error.starts_with("coupon 2 of the deck") && error.contains(wrong), "{coupon}: {error}");
        }
        for (card, wrong) in [
            (r#"{"kind":"GIFT","least_cost":1}"#, "least_cost does not belong"),
            (r#"{"kind":"DISCOUNT","discount":100}"#, "discount must be"),
            (r#"{"card_id":"pA"},{"card_id":"pA"}"#, "card 2 of the deck (pA): its card_id occurs twice"),
        ] {
            let error = deal(&format!("{{\"cards\":[{card}]}}")).expect_err(card);
            assert!(error.contains(wrong), "{card}: {error}");
        }
        for json in ["", "[]", "[{},{}]", "{\"coupons\":{}}"] {
            assert!(deal(json).is_err_and(|e| e.starts_with("the deck is not")), "{json}");
        }
    }

    #[test]
    fn a_list_is_told_where_it_belongs() {
        let told = crate::trouble::chain(&Deck::from_json("[{},{}]").expect_err("a list"));
        assert_eq!(
            told,
            r#"the deck is not {"coupons": […], "cards": […]}: a list of coupons goes in there, after "coupons""#
        );
    }

    #[test]
    fn what_is_not_known_is_passed_over_and_told_once() {
        let json = r#"{"cupons":[],"coupons":[{"code":"1","stauts":"EXPIRE"},{"stauts":"X"}],"cards":[{"shop":7}]}"#;
        let deck = Deck::from_json(json).expect("a deck");
        let coupons = deck.deal(NOW).expect("dealt").coupons(NOW);
        assert_eq!((coupons.len(), coupons[0].status.as_str()), (2, "NORMAL"));
        assert_eq!(deck.warnings().len(), 3, "{:?}", deck.warnings());
        for (place, field) in [("a coupon", "stauts"), ("a card", "shop"), ("the deck", "cupons")] {
            let told = |warning: &String| warning.starts_with(place) && warning.contains(field);
            assert!(deck.warnings().iter().any(told), "{field}");
        }
        let printed = serde_json::to_string(&deck.cards[0]).expect("printed");
        assert_eq!(printed, "{}", "and is not printed again");
        let many: Vec<_> = (0..100).map(|n| format!("\"x{n}\":1")).collect();
        let deck = Deck::from_json(&format!("{{{}}}", many.join(","))).expect("a deck");
        assert_eq!(deck.warnings().len(), UNKNOWN_MAX);
        assert!(Deck::standard().warnings().is_empty());
    }

    #[test]
    fn an_encrypted_code_is_the_same_each_time_and_needs_percent_encoding() {
        let coupon = one(r#"{"code":"VIP-1"}"#);
        assert_eq!(one(r#"{"code":"VIP-1"}"#).encrypt_code, coupon.encrypt_code);
        assert_eq!(coupon.encrypt_code.len(), 44);
        assert!(['+', '/', '='].into_iter().all(|c| coupon.encrypt_code.contains(c)));
    }
}
