//! Histories: what happens at the counters, as a list of deeds made from a seed. A deed carries a small seed of its own for the faults and
//! delays that it meets, so that leaving one out changes little about the others.

use std::time::Duration;

/// Deeds in one history.
const DEEDS: usize = 24;
/// The most tills in one history.
const TILLS_MAX: usize = 3;

/// What is in play: some texts are no coupons, two codes are a merchant's own, one coupon is a member card. They are few, so that they meet again.
pub(super) const TEXTS: [&str; 12] = [
    "111111111111",
    "222222222222",
    "333333333333",
    "VIP-4",
    "VIP-5",
    "666666666666",
    "777777777777",
    "https://m.example/?encrypt_code=ENC1%2B%2F%3D&card_id=pCash",
    "https://m.example/?card_id=pLate&encrypt_code=ENC4",
    "131234567890123456",
    "no such-code",
    "888888888888",
];

/// The coupons of [`TEXTS`], with the card that must be named beside a merchant's own code.
pub(super) const COUPONS: [(&str, Option<&str>); 7] = [
    ("111111111111", None),
    ("222222222222", None),
    ("333333333333", None),
    ("VIP-4", Some("pLate")),
    ("VIP-5", Some("pEarly")),
    ("666666666666", None),
    ("777777777777", None),
];

/// The deck behind them. `777777777777` is a member card, which is never consumed.
pub(super) const DECK: &str = r#"{
    "appid": "wxSimulated", "secret": "never-printed",
    "cards": [
        {"card_id": "pCash", "kind": "CASH"}, {"card_id": "pGift", "kind": "GIFT"}, {"card_id": "pMember", "kind": "MEMBER_CARD"},
        {"card_id": "pEarly", "kind": "DISCOUNT", "custom_code": true}, {"card_id": "pLate", "kind": "DISCOUNT", "custom_code": true}
    ],
    "coupons": [
        {"code": "111111111111", "card_id": "pCash", "encrypt_code": "ENC1+/="}, {"code": "222222222222", "card_id": "pCash"},
        {"code": "333333333333", "card_id": "pGift"}, {"code": "VIP-4", "card_id": "pLate", "encrypt_code": "ENC4"},
        {"code": "VIP-5", "card_id": "pEarly"}, {"code": "666666666666", "card_id": "pGift"},
        {"code": "777777777777", "card_id": "pMember"}
    ]}"#;

/// One thing that somebody does, or that befalls somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// A customer is served: a hand scans a text, the cashier waits until the window offers the press, talks for a while, and presses.
    Serve { till: usize, text: usize, talks: Duration, times: u8 },
    /// The same coupon is shown at every till at once, and all press.
    Rush { text: usize },
    /// A hand scans a text.
    Scan { till: usize, text: usize },
    /// The camera sees a text.
    See { till: usize, text: usize },
    /// The cashier presses, so many times.
    Press { till: usize, times: u8 },
    /// The cashier clears the desk.
    Dismiss { till: usize },
    /// The cashier asks again.
    AskAgain { till: usize },
    /// Time passes.
    Wait(Duration),
    /// A customer, the merchant or another program of the merchant's changes a coupon.
    Coupon { coupon: usize, change: Change },
    /// Another holder of the account's credentials makes all tokens void.
    VoidTokens,
    /// Somebody sets the till's clock.
    SetClock { till: usize, seconds: i64 },
    /// From now on the platform's `Date` is wrong by so much.
    PlatformDate { seconds: i64 },
    /// Nothing can be reached for a while.
    NetworkDown(Duration),
    /// A ledger's disk fails in one way, for a while.
    Disk { ledger: usize, ill: Ill, time: Duration },
    /// The power fails.
    PowerLoss { till: usize },
    /// The power will fail when the till comes to `point` the next time but `later`.
    Trap { till: usize, point: Point, later: u8 },
    /// The till is stopped in good order, and started again.
    Restart { till: usize },
    /// The power fails, and the next run cannot open the ledger.
    LockedOut { till: usize },
}

/// What becomes of a coupon without us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Given away, or come back.
    Gift,
    /// Thrown away, whatever it was before.
    Delete,
    /// Its validity ends soon.
    Expire,
    /// Consumed at another counter that is none of ours.
    ConsumedElsewhere,
}

/// How a disk can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ill {
    /// Writes fail.
    Full,
    /// Writes are done and said to have failed.
    Doubtful,
    /// Reads and writes fail.
    Unreadable,
    /// Each job takes up to ten seconds, once up to forty.
    Slow,
}

/// Where the power can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    BeforeWrite,
    /// Between a write's commit and its answer.
    AfterWrite,
    BeforeConsume,
    /// The request has left.
    AfterConsume,
    /// The answer to it has come in, and nobody has read it.
    AfterAnswer,
}

/// A history.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub seed: u64,
    /// The ledger of each till; two tills on one ledger share a data folder.
    pub ledger_of: Vec<usize>,
    /// Whether tills ask with `check_consume`.
    pub check_consume: bool,
    /// How many exchanges in a hundred meet a fault.
    pub fault_percent: u8,
    /// Deeds, each with its seed.
    pub deeds: Vec<(Deed, u64)>,
}

impl History {
    /// The history that `seed` stands for.
    pub(super) fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let tills = [1, 1, 2, 2, TILLS_MAX][random.usize(0..5)];
        let shared = random.bool();
        let ledger_of: Vec<_> = (0..tills).map(|till| if shared { till.saturating_sub(1) } else { till }).collect();
        let ledgers = ledger_of.iter().max().map_or(1, |last| last + 1);
        let check_consume = random.u8(0..3) == 0;
        let fault_percent = [3, 15, 40][random.usize(0..3)];
        let deeds = (0..DEEDS).map(|_| (deed(&mut random, tills, ledgers), random.u64(..))).collect();
        Self { seed, ledger_of, check_consume, fault_percent, deeds }
    }
}

fn deed(random: &mut fastrand::Rng, tills: usize, ledgers: usize) -> Deed {
    let till = random.usize(0..tills);
    // Mostly coupons that can be used; the rest now and then.
    let text = if random.u8(0..10) < 8 { random.usize(0..6) } else { random.usize(0..TEXTS.len()) };
    match random.u8(0..100) {
        0..34 => {
            let talks = Duration::from_millis([0, 0, 0, 700, 29_900, 31_000][random.usize(0..6)]);
            Deed::Serve { till, text, talks, times: random.u8(1..4) }
        }
        34..38 => Deed::Rush { text },
        38..44 => Deed::Scan { till, text },
        44..49 => Deed::See { till, text },
        49..58 => Deed::Press { till, times: random.u8(1..4) },
        58..60 => Deed::Dismiss { till },
        60..64 => Deed::AskAgain { till },
        64..71 => Deed::Wait(Duration::from_millis([50, 500, 3_000, 12_000, 31_000][random.usize(0..5)])),
        71..77 => {
            let change = [Change::Gift, Change::Gift, Change::Delete, Change::Expire, Change::ConsumedElsewhere];
            // The coupons that can be used are the ones that matter.
            Deed::Coupon { coupon: random.usize(0..COUPONS.len() - 1), change: change[random.usize(0..5)] }
        }
        77..78 => Deed::VoidTokens,
        78..81 => {
            let seconds = [-7_200, -6, -6, -3, 3_600, 86_400][random.usize(0..6)];
            Deed::SetClock { till, seconds }
        }
        81..82 => Deed::PlatformDate { seconds: [-90_000, -45, 0, 0, 45, 90_000][random.usize(0..6)] },
        82..84 => Deed::NetworkDown(Duration::from_millis(random.u64(10..9_000))),
        84..88 => {
            let ill = [Ill::Full, Ill::Full, Ill::Doubtful, Ill::Unreadable, Ill::Slow][random.usize(0..5)];
            let (ledger, time) = (random.usize(0..ledgers), Duration::from_millis(random.u64(10..15_000)));
            Deed::Disk { ledger, ill, time }
        }
        88..90 => Deed::PowerLoss { till },
        90..97 => {
            let points =
                [Point::BeforeWrite, Point::AfterWrite, Point::BeforeConsume, Point::AfterConsume, Point::AfterAnswer];
            Deed::Trap { till, point: points[random.usize(0..5)], later: random.u8(0..2) }
        }
        97..99 => Deed::Restart { till },
        _ => Deed::LockedOut { till },
    }
}
