//! What a sandbox holds once its deck is dealt: the account, its cards, and its coupons as they change.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::deck::{CardEntry, CouponInfo, TermsEntry};

/// The status of a coupon in its owner's hands.
pub(super) const NORMAL: &str = "NORMAL";
/// The status of a coupon that was written off.
pub(super) const CONSUMED: &str = "CONSUMED";
/// The status of a coupon whose window is over.
pub(super) const EXPIRED: &str = "EXPIRE";

/// First and last usable second, both inclusive; `None` where that side is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub begin: Option<Timestamp>,
    pub end: Option<Timestamp>,
}

impl Window {
    /// Whether its first second has come.
    pub(super) fn has_begun(self, now: Timestamp) -> bool {
        self.begin.is_none_or(|begin| begin <= now)
    }

    /// Whether its last second has passed.
    pub(super) fn is_over(self, now: Timestamp) -> bool {
        self.end.is_some_and(|end| end.as_second() < now.as_second())
    }
}

/// What a card is and what it is worth, in the platform's own names and units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Groupon {
        deal_detail: String,
    },
    /// Both in fen.
    Cash {
        least_cost: u32,
        reduce_cost: u32,
    },
    /// Percent off.
    Discount {
        discount: u8,
    },
    Gift {
        gift: String,
    },
    GeneralCoupon {
        default_detail: String,
    },
    MemberCard {
        prerogative: String,
    },
    Other {
        kind: String,
    },
}

impl Worth {
    /// `card_type`.
    pub(super) fn kind(&self) -> &str {
        match self {
            Self::Groupon { .. } => "GROUPON",
            Self::Cash { .. } => "CASH",
            Self::Discount { .. } => "DISCOUNT",
            Self::Gift { .. } => "GIFT",
            Self::GeneralCoupon { .. } => "GENERAL_COUPON",
            Self::MemberCard { .. } => "MEMBER_CARD",
            Self::Other { kind } => kind,
        }
    }

    /// A member card is shown, never written off.
    pub(super) fn can_be_consumed(&self) -> bool {
        !matches!(self, Self::MemberCard { .. })
    }
}

/// A class of coupons.
#[derive(Clone, Debug)]
pub(super) struct Card {
    pub card_id: String,
    pub worth: Worth,
    pub title: String,
    pub sub_title: String,
    pub brand_name: String,
    pub notice: String,
    pub description: String,
    pub terms: TermsEntry,
    pub color: String,
    /// On the sandbox itself where it begins with a slash.
    pub logo_url: String,
    pub custom_code: bool,
    pub permanent: bool,
}

/// One coupon in a customer's hands.
#[derive(Clone, Debug)]
pub(super) struct Coupon {
    pub code: String,
    pub card_id: String,
    pub openid: String,
    /// The platform's word as it was dealt or became by consuming; the clock can still make it expire.
    pub status: String,
    /// `NORMAL`, and yet the platform says that it cannot be consumed, and does not say why.
    pub held_back: bool,
    pub window: Window,
    pub encrypt_code: String,
}

impl Coupon {
    /// `user_card_status`.
    pub(super) fn status(&self, now: Timestamp) -> &str {
        if self.status == NORMAL && self.window.is_over(now) { EXPIRED } else { &self.status }
    }

    /// `can_consume`. A member card says yes and is refused all the same: the platform was seen to do so.
    pub(super) fn can_consume(&self, now: Timestamp) -> bool {
        self.status(now) == NORMAL && self.window.has_begun(now) && !self.held_back
    }
}

/// The account with all its cards and coupons.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub appid: String,
    pub secret: String,
    /// Where it is served; empty where it is not.
    pub base_url: String,
    cards: BTreeMap<String, Card>,
    coupons: Vec<Coupon>,
    /// Where the coupons with a code are; more than one only where custom-code cards share it.
    by_code: HashMap<String, Vec<usize>>,
    by_encrypt_code: HashMap<String, usize>,
}

impl World {
    pub(super) fn new(appid: String, secret: String, cards: BTreeMap<String, Card>, coupons: Vec<Coupon>) -> Self {
        let mut by_code: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, coupon) in coupons.iter().enumerate() {
            by_code.entry(coupon.code.clone()).or_default().push(at);
        }
        let by_encrypt_code = coupons.iter().enumerate().map(|(at, c)| (c.encrypt_code.clone(), at)).collect();
        Self { appid, secret, base_url: String::new(), cards, coupons, by_code, by_encrypt_code }
    }

    pub(super) fn card(&self, card_id: &str) -> Option<&Card> {
        self.cards.get(card_id)
    }

    /// The whole address of a card's logo.
    pub(super) fn logo_url(&self, card: &Card) -> String {
        let base_url = if card.logo_url.starts_with('/') { self.base_url.as_str() } else { "" };
        format!("{base_url}{}", card.logo_url)
    }

    /// The coupon with this code: of the card named, or, where none is named, among the cards with codes of the platform's own.
    pub(super) fn find(&mut self, code: &str, card_id: Option<&str>) -> Option<(&mut Coupon, &Card)> {
        let at = self.by_code.get(code)?.iter().copied().find(|at| {
            self.coupons.get(*at).is_some_and(|coupon| match card_id {
                Some(card_id) => coupon.card_id == card_id,
                None => self.cards.get(&coupon.card_id).is_some_and(|card| !card.custom_code),
            })
        })?;
        let coupon = self.coupons.get_mut(at)?;
        let card = self.cards.get(&coupon.card_id)?;
        Some((coupon, card))
    }

    pub(super) fn decrypt(&self, encrypt_code: &str) -> Option<&Coupon> {
        self.coupons.get(*self.by_encrypt_code.get(encrypt_code)?)
    }

    /// Every coupon as it is at `now`, in the deck's order.
    pub(super) fn coupons(&self, now: Timestamp) -> Vec<CouponInfo> {
        let info = |coupon: &Coupon| {
            let card = self.cards.get(&coupon.card_id)?;
            let (begin, end) = coupon.window.to_wire();
            Some(CouponInfo {
                code: coupon.code.clone(),
                card_id: coupon.card_id.clone(),
                status: coupon.status(now).to_owned(),
                custom_code: card.custom_code,
                encrypt_code: coupon.encrypt_code.clone(),
                consumable: coupon.can_consume(now) && card.worth.can_be_consumed(),
                begin,
                end,
                openid: coupon.openid.clone(),
                kind: card.worth.kind().to_owned(),
                title: card.title.clone(),
            })
        };
        self.coupons.iter().filter_map(info).collect()
    }

    /// Every card that has a coupon.
    pub(super) fn cards(&self) -> Vec<CardEntry> {
        let used: HashSet<&str> = self.coupons.iter().map(|coupon| coupon.card_id.as_str()).collect();
        self.cards.values().filter(|card| used.contains(card.card_id.as_str())).map(CardEntry::from).collect()
    }
}
