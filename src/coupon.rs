//! A coupon as the platform answered for it: status, validity window, card – and the verdict on it.
//!
//! Pure: no I/O and no clock; who asks for a verdict says what time it is.

use std::fmt;

use jiff::fmt::temporal::DateTimePrinter;
use jiff::{SignedDuration, Timestamp, ZonedDateTime, tz};

use crate::code::{CardId, Code};

/// The platform's word for the state of a code (`user_card_status`).
///
/// An open set: a word not known here is kept as it came, shown, and never taken for usable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// `NORMAL`: in the customer's hands.
    Normal,
    /// `CONSUMED`: written off.
    Consumed,
    /// `EXPIRE`: past its validity window.
    Expired,
    /// `GIFTING`: on its way to a friend who has not taken it yet.
    Gifting,
    /// `GIFT_TIMEOUT`: a gift that nobody took in time.
    GiftTimeout,
    /// `DELETE`: the customer threw it away.
    Deleted,
    /// `UNAVAILABLE`: the merchant made it void.
    Unavailable,
    /// Any other word.
    Other(String),
}

/// The statuses that have a name of their own.
pub const STATUSES: [Status; 7] = [
    Status::Normal,
    Status::Consumed,
    Status::Expired,
    Status::Gifting,
    Status::GiftTimeout,
    Status::Deleted,
    Status::Unavailable,
];

impl Status {
    /// Takes the platform's word.
    pub fn from_wire(word: &str) -> Self {
        STATUSES.into_iter().find(|s| s.as_wire() == word).unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// The platform's word.
    pub fn as_wire(&self) -> &str {
        match self {
            Self::Normal => "NORMAL",
            Self::Consumed => "CONSUMED",
            Self::Expired => "EXPIRE",
            Self::Gifting => "GIFTING",
            Self::GiftTimeout => "GIFT_TIMEOUT",
            Self::Deleted => "DELETE",
            Self::Unavailable => "UNAVAILABLE",
            Self::Other(word) => word,
        }
    }
}

/// Beijing time, in which the platform means its days: eight hours ahead of UTC, without summer time.
pub fn beijing(at: Timestamp) -> ZonedDateTime {
    at.to_zoned_datetime(tz::TimeZone::fixed(tz::offset(8)))
}

/// `at` in Beijing time as the platform's own times, which are whole seconds, are printed: `2016-03-09T00:00:00+08:00`.
pub fn rfc3339_beijing(at: Timestamp) -> String {
    at.display_with_offset(tz::offset(8)).to_string()
}

/// `at` in Beijing time as the ledger's times, which are whole milliseconds, are printed: `2016-03-09T00:00:00.450+08:00`, always as long.
pub fn rfc3339_beijing_ms(at: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    PRINTER.timestamp_with_offset_to_string(&at, tz::offset(8))
}

/// The last second that the platform uses for «never ends» (2147483647). Values above it have been reported too.
const PERMANENT_END: i64 = i32::MAX as i64;

/// First and last second in which a coupon can be used, both inclusive; `None` where that side is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// First usable second.
    pub begin: Option<Timestamp>,
    /// Last usable second.
    pub end: Option<Timestamp>,
}

/// Where a moment lies with respect to a validity window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not begun; this long until it does.
    Before(SignedDuration),
    /// In it; this long until its last second is over, `None` where it never ends.
    Inside(Option<SignedDuration>),
    /// Over for this long.
    After(SignedDuration),
}

impl Validity {
    /// Takes the platform's `begin_time` and `end_time` in Unix seconds. A begin of 0 and an end of 2147483647 or more mean
    /// permanent. Seconds beyond the calendar keep their meaning: not begun for ever, or over for ever.
    pub fn from_wire(begin: Option<i64>, end: Option<i64>) -> Self {
        Self {
            begin: begin.filter(|s| *s > 0).map(|s| Timestamp::from_second(s).unwrap_or(Timestamp::MAX)),
            end: end.filter(|s| *s < PERMANENT_END).map(|s| Timestamp::from_second(s).unwrap_or(Timestamp::MIN)),
        }
    }

    /// Where `now` lies. The last second counts to its end.
    pub fn phase(&self, now: Timestamp) -> Phase {
        if let Some(begin) = self.begin.filter(|begin| now < *begin) {
            return Phase::Before(begin.duration_since(now));
        }
        let Some(end) = self.end else { return Phase::Inside(None) };
        let left = end.duration_since(now) + SignedDuration::from_secs(1);
        if left.is_positive() { Phase::Inside(Some(left)) } else { Phase::After(-left) }
    }
}

/// An amount in fen, a hundredth of a yuan. Never a floating-point number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fen(pub i64);

impl fmt::Display for Fen {
    /// In yuan, with fen only where there are any: `¥20`, `¥20.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, fen) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match fen % 100 {
            0 => write!(f, "{sign}¥{}", fen / 100),
            rest => write!(f, "{sign}¥{}.{rest:02}", fen / 100),
        }
    }
}

/// What kind of card a coupon is, with what it is worth (`card_type` and its own fields).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `GROUPON`: a deal bought by a group; its text.
    Groupon(String),
    /// `CASH`: an amount off.
    Cash {
        /// The least that must be spent; `None` where any amount will do.
        least: Option<Fen>,
        /// What is taken off.
        reduce: Fen,
    },
    /// `DISCOUNT`: percent off, 1 to 99. 30 is 30 % off, which is said 七折.
    Discount(u8),
    /// `GIFT`: what is given.
    Gift(String),
    /// `GENERAL_COUPON`: its text.
    General(String),
    /// `MEMBER_CARD`: shown at a counter, but never consumed (the platform answers 40071).
    Member,
    /// Any other word of the platform's.
    Other(String),
}

impl Kind {
    /// The platform's word.
    pub fn as_wire(&self) -> &str {
        match self {
            Self::Groupon(_) => "GROUPON",
            Self::Cash { .. } => "CASH",
            Self::Discount(_) => "DISCOUNT",
            Self::Gift(_) => "GIFT",
            Self::General(_) => "GENERAL_COUPON",
            Self::Member => "MEMBER_CARD",
            Self::Other(word) => word,
        }
    }

    /// Whether what it is worth is a figure, which is said in our words and not in a merchant's.
    pub fn is_figure(&self) -> bool {
        matches!(self, Self::Cash { .. } | Self::Discount(_))
    }

    /// Whether cards of this kind are ever written off. Only member cards are known not to be.
    pub fn can_be_consumed(&self) -> bool {
        !matches!(self, Self::Member)
    }
}

/// Conditions that the platform keeps by themselves (`advanced_info`, `location_id_list`). It judges the times when a code is consumed (40147); the rest is the
/// cashier's to see to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Terms {
    /// Whether it may be used together with other discounts (`can_use_with_other_discount`); `None` where that is not said.
    pub with_others: Option<bool>,
    /// What it is for, in the merchant's words (`accept_category`); may be empty.
    pub accepts: String,
    /// What it is not for (`reject_category`); may be empty.
    pub rejects: String,
    /// When it can be used (`time_limit`); at all times where there are none.
    pub hours: Vec<Hours>,
    /// To how many of the merchant's shops it is limited (`location_id_list`); `None`: to none of them.
    pub shops: Option<usize>,
}

/// One of the times at which a coupon can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The platform's word for the day: `MONDAY` to `SUNDAY`, `HOLIDAY`, or one not known here.
    pub day: String,
    /// Hour and minute of its beginning and of its end; `None`: all day.
    pub between: Option<[(u8, u8); 2]>,
}

/// The platform's words for days.
pub const DAYS: [&str; 8] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY", "HOLIDAY"];

/// The details of a card that a cashier is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// What it is and what it is worth.
    pub kind: Kind,
    /// Its title, in the merchant's words.
    pub title: String,
    /// A second line, often empty.
    pub sub_title: String,
    /// The merchant's name.
    pub brand: String,
    /// One line on how to use it.
    pub notice: String,
    /// Its conditions, in several lines.
    pub description: String,
    /// The conditions that the platform keeps apart from those.
    pub terms: Terms,
    /// Its colour, red, green, blue.
    pub color: Option<[u8; 3]>,
    /// Where its logo lies.
    pub logo_url: Option<String>,
    /// Whether its codes are the merchant's own, so that the platform needs the card id beside them.
    pub custom_code: bool,
}

/// One coupon, as the platform answered for its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// The code that was asked about.
    pub code: Code,
    /// The card it belongs to.
    pub card_id: Option<CardId>,
    /// Its owner.
    pub openid: Option<String>,
    /// Its state.
    pub status: Status,
    /// The platform's own word on whether it can be consumed.
    pub can_consume: bool,
    /// When it can be used.
    pub validity: Validity,
}

/// Why a coupon cannot be consumed now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Written off already.
    Consumed,
    /// Past its last second, or called so by the platform.
    Expired,
    /// Before its first second.
    NotYetValid,
    /// Being given to a friend.
    Gifting,
    /// A gift that nobody took.
    GiftTimeout,
    /// Thrown away by the customer.
    Deleted,
    /// Made void by the merchant.
    Unavailable,
    /// A kind of card that is never consumed.
    WrongKind,
    /// The platform says no and does not say why.
    CannotConsume,
    /// A status that this program does not know.
    UnknownStatus(String),
}

impl Reason {
    /// The word for it in `query --json` and in the translation files.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Consumed => "consumed",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Gifting => "gifting",
            Self::GiftTimeout => "gift_timeout",
            Self::Deleted => "deleted",
            Self::Unavailable => "unavailable",
            Self::WrongKind => "wrong_kind",
            Self::CannotConsume => "cannot_consume",
            Self::UnknownStatus(_) => "unknown_status",
        }
    }
}

/// May it be consumed now?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Usable,
    /// No, and why.
    Refused(Reason),
}

impl Verdict {
    /// Whether it may be consumed.
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::Usable)
    }
}

impl Coupon {
    /// The verdict: status `NORMAL`, **and** a kind of card that can be consumed, **and** inside the validity window at `now`
    /// by the platform's clock, **and** `can_consume`. The first that fails, in this order, is the reason given.
    ///
    /// `kind` is `None` where the card's details could not be had; consuming then rests on the platform's own refusal.
    pub fn verdict(&self, kind: Option<&Kind>, now: Timestamp) -> Verdict {
        let reason = match &self.status {
            Status::Consumed => Reason::Consumed,
            Status::Expired => Reason::Expired,
            Status::Gifting => Reason::Gifting,
            Status::GiftTimeout => Reason::GiftTimeout,
            Status::Deleted => Reason::Deleted,
            Status::Unavailable => Reason::Unavailable,
            Status::Other(word) => Reason::UnknownStatus(word.clone()),
            Status::Normal if kind.is_some_and(|kind| !kind.can_be_consumed()) => Reason::WrongKind,
            Status::Normal => match self.validity.phase(now) {
                Phase::Before(_) => Reason::NotYetValid,
                Phase::After(_) => Reason::Expired,
                Phase::Inside(_) if !self.can_consume => Reason::CannotConsume,
                Phase::Inside(_) => return Verdict::Usable,
            },
        };
        Verdict::Refused(reason)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time written in this test")
    }

    /// The validity window of platform.md's sample, 2016-03-09 to 2016-05-13 in Beijing.
    fn coupon(status: Status, can_consume: bool) -> Coupon {
        Coupon {
            code: Code::parse("110201201245").expect("a code"),
            card_id: None,
            openid: None,
            status,
            can_consume,
            validity: Validity::from_wire(Some(1457452800), Some(1463155199)),
        }
    }

    #[test]
    fn the_verdict_on_every_status_and_can_consume_and_side_of_the_window() {
        use Reason::{
            CannotConsume, Consumed, Deleted, Expired, GiftTimeout, Gifting, NotYetValid, Unavailable, UnknownStatus,
        };
        use Verdict::{Refused, Usable};
        let other = || Status::Other("FROZEN".to_owned());
        let unknown = || Refused(UnknownStatus("FROZEN".to_owned()));
        // status, can_consume, before the window, inside it, after it
        #[rustfmt::skip]
        let table = [
            (Status::Normal,      true,  Refused(NotYetValid), Usable,                 Refused(Expired)),
            (Status::Normal,      false, Refused(NotYetValid), Refused(CannotConsume), Refused(Expired)),
            (Status::Consumed,    true,  Refused(Consumed),    Refused(Consumed),      Refused(Consumed)),
            (Status::Consumed,    false, Refused(Consumed),    Refused(Consumed),      Refused(Consumed)),
            (Status::Expired,     true,  Refused(Expired),     Refused(Expired),       Refused(Expired)),
            (Status::Expired,     false, Refused(Expired),     Refused(Expired),       Refused(Expired)),
            (Status::Gifting,     true,  Refused(Gifting),     Refused(Gifting),       Refused(Gifting)),
            (Status::Gifting,     false, Refused(Gifting),     Refused(Gifting),       Refused(Gifting)),
            (Status::GiftTimeout, true,  Refused(GiftTimeout), Refused(GiftTimeout),   Refused(GiftTimeout)),
            (Status::GiftTimeout, false, Refused(GiftTimeout), Refused(GiftTimeout),   Refused(GiftTimeout)),
            (Status::Deleted,     true,  Refused(Deleted),     Refused(Deleted),       Refused(Deleted)),
            (Status::Deleted,     false, Refused(Deleted),     Refused(Deleted),       Refused(Deleted)),
            (Status::Unavailable, true,  Refused(Unavailable), Refused(Unavailable),   Refused(Unavailable)),
            (Status::Unavailable, false, Refused(Unavailable), Refused(Unavailable),   Refused(Unavailable)),
            (other(),             true,  unknown(),            unknown(),              unknown()),
            (other(),             false, unknown(),            unknown(),              unknown()),
        ];
        for (status, can_consume, before, inside, after) in table {
            let coupon = coupon(status, can_consume);
            for (now, expected) in [
                (at("2016-03-08T23:59:59+08:00"), &before),
                (at("2016-03-09T00:00:00+08:00"), &inside),
                (at("2016-04-01T12:00:00+08:00"), &inside),
                (at("2016-05-13T23:59:59.999+08:00"), &inside),
                (at("2016-05-14T00:00:00+08:00"), &after),
            ] {
                let name = coupon.status.as_wire();
                assert_eq!(coupon.verdict(None, now), *expected, "{name} can_consume={can_consume} at {now}");
                if *expected == Usable {
                    assert_eq!(
                        coupon.verdict(Some(&Kind::Member), now),
                        Refused(Reason::WrongKind),
                        "a member card is never consumed"
                    );
                    assert_eq!(coupon.verdict(Some(&Kind::Discount(30)), now), Usable);
                }
            }
        }
    }

    #[test]
    fn a_status_survives_the_wire_and_an_unknown_one_is_kept_as_it_came() {
        for status in STATUSES {
            assert_eq!(Status::from_wire(status.as_wire()), status);
        }
        assert_eq!(Status::from_wire("GIFT_SUCC"), Status::Other("GIFT_SUCC".to_owned()));
        assert_eq!(Status::from_wire("normal"), Status::Other("normal".to_owned()), "words are taken to the letter");
    }

    #[test]
    fn a_permanent_card_is_open_on_both_sides() {
        for end in [2147483647, 4294967295, 4294967222295, i64::MAX] {
            assert_eq!(Validity::from_wire(Some(0), Some(end)), Validity::default());
        }
        assert_eq!(Validity::from_wire(None, None).phase(at("2030-01-01T00:00:00Z")), Phase::Inside(None));
        assert_eq!(Validity::from_wire(Some(i64::MIN), Some(i64::MAX)), Validity::default());
    }

    #[test]
    fn the_phase_says_how_long_until_or_since() {
        let window = coupon(Status::Normal, true).validity;
        let phase = |text| window.phase(at(text));
        assert_eq!(phase("2016-03-08T23:00:00+08:00"), Phase::Before(SignedDuration::from_hours(1)));
        assert_eq!(phase("2016-05-13T23:00:00+08:00"), Phase::Inside(Some(SignedDuration::from_hours(1))));
        assert_eq!(phase("2016-05-14T01:00:00+08:00"), Phase::After(SignedDuration::from_hours(1)));
    }

    #[test]
    fn times_are_printed_in_beijing() {
        assert_eq!(rfc3339_beijing(at("2016-03-08T16:00:00Z")), "2016-03-09T00:00:00+08:00");
        assert_eq!(rfc3339_beijing_ms(at("2016-03-08T16:00:00Z")), "2016-03-09T00:00:00.000+08:00");
        assert_eq!(rfc3339_beijing_ms(at("2016-03-08T16:00:00.45Z")), "2016-03-09T00:00:00.450+08:00");
        assert_eq!(beijing(at("2016-03-08T16:00:00Z")).hour(), 0);
    }

    #[test]
    fn money_is_shown_in_yuan_to_the_fen() {
        for (fen, shown) in [(0, "¥0"), (2000, "¥20"), (2050, "¥20.50"), (5, "¥0.05"), (-199, "-¥1.99")] {
            assert_eq!(Fen(fen).to_string(), shown);
        }
    }

    proptest! {
        #[test]
        fn no_window_and_no_moment_panics(begin: Option<i64>, end: Option<i64>, now in -377705023201i64..=253402207200) {
            let now = Timestamp::from_second(now).expect("in range");
            let inside = matches!(Validity::from_wire(begin, end).phase(now), Phase::Inside(_));
            let begun = begin.is_none_or(|b| b <= 0 || b <= now.as_second());
            let over = end.is_some_and(|e| e < PERMANENT_END && e < now.as_second());
            let expected = begun && !over;
            prop_assert_eq!(inside, expected);
        }
    }
}
