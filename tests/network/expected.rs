//! What must come of a fault: what the cashier sees and what the ledger holds, while it lasts and once the network is well again. It follows
//! from what the fault leaves of the call and from what the call is needed for, and from nothing else.

use std::fmt;

use hexiao::ui::sentence;
use hexiao::ui::text::{Language, Text};

use crate::faults::{Left, Platform};
use crate::proxy::Call;

/// Which call a fault befalls, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The call.
    pub call: Call,
    /// When.
    pub when: When,
}

/// When a fault befalls a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The first time that it is made.
    First,
    /// After the platform has refused the token: the call's repetition, or the fetch of a new token for a query.
    AfterRefresh,
    /// The fetch of a new token for a consume whose token was refused.
    AfterRefusedConsume,
    /// While an unknown write-off is being settled.
    Settling,
}

/// Every combination that there is. A consume is never sent to settle one; decrypting and card details have no part in it.
pub const SCENES: [Scene; 13] = [
    scene(Call::Token, When::First),
    scene(Call::Token, When::AfterRefresh),
    scene(Call::Token, When::AfterRefusedConsume),
    scene(Call::Token, When::Settling),
    scene(Call::Query, When::First),
    scene(Call::Query, When::AfterRefresh),
    scene(Call::Query, When::Settling),
    scene(Call::Consume, When::First),
    scene(Call::Consume, When::AfterRefresh),
    scene(Call::Decrypt, When::First),
    scene(Call::Decrypt, When::AfterRefresh),
    scene(Call::Card, When::First),
    scene(Call::Card, When::AfterRefresh),
];

const fn scene(call: Call, when: When) -> Scene {
    Scene { call, when }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.when {
            When::First => "first time",
            When::AfterRefresh => "after a refused token",
            When::AfterRefusedConsume => "after a consume's refused token",
            When::Settling => "settling",
        };
        f.pad(&format!("{:?}, {when}", self.call))
    }
}

/// What stands before the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    Usable,
    NotUsable,
    LookupFailed,
    WrittenOff,
    NotWrittenOff,
    NotKnownYet,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub english: String,
    pub chinese: String,
}

impl Said {
    fn new(english: &str, chinese: &str) -> Self {
        Self { english: english.to_owned(), chinese: chinese.to_owned() }
    }

    /// As the window says it.
    pub fn by(say: impl Fn(&Text) -> String) -> Self {
        thread_local! {
            /// Reading the files takes longer than everything else here.
            static TEXTS: [Text; 2] = [Text::new(Language::English), Text::new(Language::SimplifiedChinese)];
        }
        TEXTS.with(|[english, chinese]| Self { english: say(english), chinese: say(chinese) })
    }

    /// Where no sentence belongs to the stage.
    pub fn nothing() -> Self {
        Self::new("", "")
    }

    fn unreachable() -> Self {
        Self::new(
            "The platform cannot be reached. Check the network cable or Wi-Fi, then look it up again.",
            "连不上平台。请检查网线或 Wi-Fi，然后重新查询。",
        )
    }

    fn untrusted() -> Self {
        Self::new(
            "What answers is not the platform, so nothing was sent to it. If this computer must log in to the network first, do so; see that its date and time are right; then try again.",
            "应答的不是平台，因此没有发送任何内容。如果这台电脑上网需要登录，请先登录；并检查电脑的日期和时间是否正确，然后重试。",
        )
    }

    fn no_answer() -> Self {
        Self::new("The platform did not answer in time. Look it up again.", "平台没有及时答复。请重新查询。")
    }

    fn nonsense() -> Self {
        Self::new(
            "The answer could not be understood. If this computer must log in to the network first, do so; then look it up again.",
            "答复无法识别。如果这台电脑上网需要登录，请先登录，然后重新查询。",
        )
    }

    fn written_off() -> Self {
        Self::new("Done. Give the customer the benefit.", "完成，请给顾客优惠。")
    }

    /// Nothing left, for the reason that a question would be answered with.
    fn not_sent(why: &Self) -> Self {
        Self::new(
            &format!("Nothing was sent to the platform. The coupon is as it was. {}", why.english),
            &format!("没有向平台发送任何请求，券保持原样。{}", why.chinese),
        )
    }

    fn not_done() -> Self {
        Self::new(
            "The platform did not write it off. The coupon is as it was; look it up again.",
            "平台没有核销这张券，券保持原样。请重新查询。",
        )
    }

    fn not_known_yet() -> Self {
        Self::new(
            "The platform's answer did not come. The program keeps asking until it knows. Go on with the next customer; do not write this coupon off by other means.",
            "没有收到平台的答复。程序会一直询问，直到有结果。请先接待下一位顾客，不要用其他方式核销这张券。",
        )
    }

    /// For the platform's refusals. A fetch that is refused for its token has no token yet: it is the account's settings that are wrong.
    fn refusal(errcode: i64, of_a_fetch: bool) -> Self {
        match errcode {
            -1 => Self::new(
                "The platform is busy. Wait a moment, then look it up again.",
                "平台繁忙。请稍等片刻，然后重新查询。",
            ),
            45009 => Self::new(
                "The account's calls for today are used up. Tell the shop's owner; coupons cannot be checked until tomorrow.",
                "账号今天的调用次数已用完。请告诉店主；明天之前无法查询。",
            ),
            45011 => Self::new(
                "Too many questions in a minute. Wait a minute, then look it up again.",
                "一分钟内查询太多。请等一分钟再查询。",
            ),
            40001 => Self::new(
                "The platform refused this till's access: its secret is wrong, or another program renews the tokens. Tell the shop's owner.",
                "平台拒绝了本收银台的访问：密钥不对，或有其他程序在更新令牌。请告诉店主。",
            ),
            _ if of_a_fetch => Self::new(
                &format!("The account's settings need attention. Tell the shop's owner (error {errcode})."),
                &format!("账号设置需要检查。请告诉店主（错误 {errcode}）。"),
            ),
            _ => Self::new(
                "The platform refused this till's access. Look it up again; if it stays so, tell the shop's owner.",
                "平台拒绝了本收银台的访问。请重新查询；如仍不行，请告诉店主。",
            ),
        }
    }
}

/// What the ledger holds of the one write-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub word: &'static str,
    pub errcode: Option<i64>,
    pub sent: bool,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errcode = self.errcode.map(|errcode| format!(" {errcode}")).unwrap_or_default();
        write!(f, "{}{errcode}, {}", self.word, if self.sent { "sent" } else { "never sent" })
    }
}

/// What must come of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// While it lasts: the stage, and the sentence.
    pub sees: (Sees, Said),
    /// Why the last question about an unknown write-off brought nothing.
    pub asking: Option<Said>,
    /// While it lasts: the ledger. `None`: no row.
    pub row: Option<Row>,
    /// Once the network is well again, and a lookup that had failed was made again.
    pub later: (Sees, Said),
    /// And the ledger then.
    pub later_row: Option<Row>,
    /// Requests to consume that left this computer, all in all.
    pub consumes: usize,
}

/// What a call that is no consume comes to: `None` for a good answer, or the sentence.
fn trouble(left: &Left, call: Call) -> Option<Said> {
    let of_a_fetch = call == Call::Token;
    match left {
        Left::Nothing => Some(Said::unreachable()),
        Left::NothingToStrangers => Some(Said::untrusted()),
        // Of the call for which a token was to be fetched nothing has left.
        Left::NoAnswer(_) if of_a_fetch => Some(Said::unreachable()),
        Left::NoAnswer(_) => Some(Said::no_answer()),
        Left::Nonsense(_) => Some(Said::nonsense()),
        Left::Refusal(errcode) => Some(Said::refusal(*errcode, of_a_fetch)),
        Left::Answer | Left::WrongClock(_) => None,
    }
}

/// What must come of a fault that leaves `left` of the call in `scene`.
pub fn expected(left: &Left, scene: Scene) -> Expected {
    match (scene.call, scene.when) {
        (_, When::Settling) => settling(trouble(left, scene.call)),
        (Call::Consume, When::First) => consume(left, 0),
        (Call::Consume, _) => consume(left, 1),
        (Call::Token, When::AfterRefusedConsume) => token_for_a_consume(left),
        (Call::Card, _) => with_a_press(consume(&Left::Answer, 0)),
        _ => lookup(left, scene.call),
    }
}

/// Nothing is lost where a lookup fails: it is made again.
fn lookup(left: &Left, call: Call) -> Expected {
    let usable = (Sees::Usable, Said::nothing());
    let sees = match (left, call) {
        (Left::WrongClock(reason), Call::Query) => (Sees::NotUsable, Said::by(|text| sentence::reason(text, reason))),
        _ => trouble(left, call).map_or(usable.clone(), |said| (Sees::LookupFailed, said)),
    };
    Expected { sees, asking: None, row: None, later: usable, later_row: None, consumes: 0 }
}

/// A coupon is shown without its card's details, and pressed once the network is well again.
fn with_a_press(pressed: Expected) -> Expected {
    Expected { sees: (Sees::Usable, Said::nothing()), row: None, ..pressed }
}

fn accepted() -> Row {
    Row { word: "accepted", errcode: Some(0), sent: true }
}

fn rejected(errcode: Option<i64>, sent: bool) -> Row {
    Row { word: "rejected", errcode, sent }
}

/// `refused_before`: how often its token was refused before.
fn consume(left: &Left, refused_before: usize) -> Expected {
    let written_off = (Sees::WrittenOff, Said::written_off());
    let not_done = (Sees::NotWrittenOff, Said::not_done());
    let final_at_once = |sees: (Sees, Said), row: Row, consumes| Expected {
        sees: sees.clone(),
        asking: None,
        row: Some(row.clone()),
        later: sees,
        later_row: Some(row),
        consumes,
    };
    let unknown = |errcode, platform| {
        let row = Row { word: "unknown", errcode, sent: true };
        let (later, later_row) = match platform {
            Platform::Did => (written_off.clone(), accepted()),
            Platform::DidNot => (not_done.clone(), rejected(None, true)),
        };
        let sees = (Sees::NotKnownYet, Said::not_known_yet());
        Expected { sees, asking: None, row: Some(row), later, later_row: Some(later_row), consumes: 1 + refused_before }
    };
    match left {
        // Nothing of this one, though something of the one before may have left.
        Left::Nothing | Left::NothingToStrangers if refused_before == 0 => {
            let why = if *left == Left::Nothing { Said::unreachable() } else { Said::untrusted() };
            final_at_once((Sees::NotWrittenOff, Said::not_sent(&why)), rejected(None, false), 0)
        }
        Left::Nothing | Left::NothingToStrangers => final_at_once(not_done, rejected(None, true), refused_before),
        Left::NoAnswer(platform) | Left::Nonsense(platform) => unknown(None, *platform),
        Left::Refusal(-1) => unknown(Some(-1), Platform::DidNot),
        Left::Refusal(errcode) => {
            // The only refusal after which it is sent again, and once only.
            let again = matches!(errcode, 40001 | 40014 | 42001) && refused_before == 0;
            let sees = (Sees::NotWrittenOff, Said::refusal(*errcode, false));
            final_at_once(sees, rejected(Some(*errcode), true), 1 + refused_before + usize::from(again))
        }
        Left::Answer | Left::WrongClock(_) => final_at_once(written_off, accepted(), 1 + refused_before),
    }
}

/// The consume was sent and refused; without another token it ends there.
fn token_for_a_consume(left: &Left) -> Expected {
    match left {
        Left::Refusal(errcode) => {
            let sees = (Sees::NotWrittenOff, Said::refusal(*errcode, false));
            let row = Some(rejected(Some(*errcode), true));
            Expected { sees: sees.clone(), asking: None, row: row.clone(), later: sees, later_row: row, consumes: 1 }
        }
        Left::Answer | Left::WrongClock(_) => consume(left, 1),
        _ => consume(&Left::Nothing, 1),
    }
}

/// The platform had carried the consume out, and its answer was lost.
fn settling(trouble: Option<Said>) -> Expected {
    let unknown = Row { word: "unknown", errcode: None, sent: true };
    let later = (Sees::WrittenOff, Said::written_off());
    let (sees, row) = match trouble {
        Some(_) => ((Sees::NotKnownYet, Said::not_known_yet()), unknown),
        None => (later.clone(), accepted()),
    };
    Expected { sees, asking: trouble, row: Some(row), later, later_row: Some(accepted()), consumes: 1 }
}
