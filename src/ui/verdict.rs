//! What stands before the cashier, in few words: a tone, a word, a sentence, and what is largest after the word – the coupon's worth, or the
//! date on which all hangs. The window at the counter, the customer's window and the sounds all go by this.

use jiff::Timestamp;

use super::sentence;
use super::text::Text;
use super::theme::Tone;
use crate::code::Code;
use crate::coupon::{Reason, Verdict};
use crate::desk::{NotRecorded, NotWrittenOff, Shown, Stage, View};
use crate::platform;
use crate::trouble::{Class, Trouble};
use crate::write_off::{Outcome, WriteOff};

/// A verdict, or whatever else there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// Its colour, icon and sound.
    pub tone: Tone,
    /// It, in a word or two.
    pub word: String,
    /// Why, or what to do now.
    pub sentence: String,
    /// What is largest after the word; may be empty.
    pub large: String,
    /// Whether that is said in our words. A merchant's are drawn smaller: in the largest letters they could be taken for ours.
    pub large_is_ours: bool,
    /// What belongs to that; may be empty.
    pub beside: String,
}

impl Headline {
    /// What there is to say of `view`, by the platform's clock.
    pub fn of(view: &View, text: &Text, platform_now: Timestamp) -> Self {
        let (tone, word, sentence) = verdict(view, text, platform_now);
        let Large { words, beside, is_ours } = large(&view.stage, text, platform_now);
        Self { tone, word, sentence, large: words, large_is_ours: is_ours, beside }
    }
}

/// The platform's clock as a view knows it.
pub fn platform_now(view: &View) -> Timestamp {
    let now = Timestamp::now();
    now.saturating_add(view.clock_ahead).unwrap_or(now)
}

/// What the verdict means, without its words.
pub fn tone(view: &View) -> Tone {
    match &view.stage {
        Stage::Idle | Stage::LookingUp { .. } | Stage::Consuming { .. } => Tone::Calm,
        Stage::Shown { in_doubt: Some(_), .. } | Stage::Finished { on_disk: false, .. } => Tone::Attention,
        Stage::Shown { verdict: Verdict::Usable, .. } => Tone::Good,
        Stage::Shown { verdict: Verdict::Refused(_), .. } | Stage::NotACoupon { .. } => Tone::Bad,
        Stage::Finished { write_off, .. } => match write_off.outcome {
            Some(Outcome::Accepted { .. }) => Tone::Done,
            Some(Outcome::Rejected { .. }) => Tone::Bad,
            Some(Outcome::Unknown { .. }) | None => Tone::Attention,
        },
        Stage::LookupFailed { trouble, .. } if is_about_the_coupon(trouble) => Tone::Bad,
        Stage::NotRecorded { why: NotRecorded::JustAccepted(_), .. } => Tone::Bad,
        Stage::LookupFailed { .. } | Stage::NotRecorded { .. } => Tone::Attention,
    }
}

fn verdict(view: &View, text: &Text, platform_now: Timestamp) -> (Tone, String, String) {
    let tone = tone(view);
    let (word, sentence) = match &view.stage {
        Stage::Idle => ("idle-title", text.say("idle-text")),
        Stage::LookingUp { code, .. } => ("looking-up", said(code.as_ref(), text)),
        Stage::Shown { in_doubt: Some(_), .. } => ("in-doubt", text.say("in-doubt-text")),
        Stage::Shown { shown, verdict: Verdict::Usable, .. } => {
            let validity = &shown.coupon.validity;
            let left = sentence::phase(text, validity.phase(platform_now));
            ("usable", left.unwrap_or_else(|| sentence::validity(text, validity)))
        }
        Stage::Shown { verdict: Verdict::Refused(reason), .. } => ("refused", sentence::reason(text, reason)),
        Stage::Consuming { .. } => ("consuming", String::new()),
        Stage::Finished { on_disk: false, write_off, .. } => (outcome_key(write_off), text.say("not-on-disk")),
        Stage::Finished { write_off, why, .. } => (outcome_key(write_off), outcome(text, write_off, why.as_ref())),
        Stage::NotACoupon { refusal, .. } => ("not-a-coupon", sentence::refusal(text, *refusal)),
        Stage::LookupFailed { trouble, .. } => {
            let word = if tone == Tone::Bad { "refused" } else { "lookup-failed" };
            (word, sentence::trouble(text, trouble))
        }
        Stage::NotRecorded { why, .. } => {
            let word = match why {
                NotRecorded::InDoubt(_) => "in-doubt",
                NotRecorded::JustAccepted(_) => "refused",
                _ => "not-recorded",
            };
            (word, text.say(sentence::not_recorded(why)))
        }
    };
    (tone, text.say(word), sentence)
}

/// What may be seen of a code.
fn said(code: Option<&Code>, text: &Text) -> String {
    code.map(|code| text.code(code.as_str()).into_owned()).unwrap_or_default()
}

/// Whether the platform's refusal is its word on the coupon, and not on the network, the account or the hour.
fn is_about_the_coupon(trouble: &Trouble) -> bool {
    let about_it = [Class::WrongCode, Class::AlreadyConsumed, Class::CannotBeUsed];
    matches!(trouble, Trouble::Refused { class, .. } if about_it.contains(class))
}

fn outcome_key(write_off: &WriteOff) -> &'static str {
    match &write_off.outcome {
        Some(Outcome::Accepted { .. }) => "accepted",
        Some(Outcome::Rejected { .. }) => "rejected",
        Some(Outcome::Unknown { .. }) | None => "unknown",
    }
}

fn outcome(text: &Text, write_off: &WriteOff, why: Option<&NotWrittenOff>) -> String {
    let sent = write_off.sent_at.is_some();
    sentence::outcome(text, write_off.outcome.as_ref(), sent, why, platform::codes::class_of)
}

/// What is largest, and what belongs to it.
#[derive(Default)]
struct Large {
    words: String,
    beside: String,
    is_ours: bool,
}

impl Large {
    fn ours(words: String, beside: String) -> Self {
        Self { words, beside, is_ours: true }
    }
}

fn large(stage: &Stage, text: &Text, platform_now: Timestamp) -> Large {
    match stage {
        Stage::Shown { shown, verdict: Verdict::Refused(reason), .. } => {
            refused(shown, reason, text, platform_now).unwrap_or_else(|| worth(shown, text))
        }
        Stage::Shown { shown, .. }
        | Stage::Consuming { shown }
        | Stage::Finished { shown, .. }
        | Stage::NotRecorded { shown, .. } => worth(shown, text),
        Stage::LookupFailed { code: Some(code), .. } => Large::ours(said(Some(code), text), String::new()),
        Stage::Idle | Stage::LookingUp { .. } | Stage::NotACoupon { .. } | Stage::LookupFailed { .. } => {
            Large::default()
        }
    }
}

/// The date on which a refusal hangs, where it hangs on one that is known.
fn refused(shown: &Shown, reason: &Reason, text: &Text, platform_now: Timestamp) -> Option<Large> {
    let validity = &shown.coupon.validity;
    let phase = || sentence::phase(text, validity.phase(platform_now)).unwrap_or_default();
    match reason {
        Reason::NotYetValid => {
            let date = sentence::date_time(text, validity.begin?);
            Some(Large::ours(text.say_with("large-from", &[("date", &date)]), phase()))
        }
        Reason::Expired => {
            let date = sentence::date_time(text, validity.end?);
            Some(Large::ours(text.say_with("large-until", &[("date", &date)]), phase()))
        }
        Reason::Consumed => {
            let earlier = shown.earlier.as_ref()?;
            let at = earlier.outcome_at.unwrap_or(earlier.intent.intended_at);
            let when = sentence::date_time(text, at);
            let when = text.say_with("large-consumed", &[("date", &when)]);
            Some(Large::ours(when, sentence::written_off_by(text, earlier)))
        }
        _ => None,
    }
}

/// What a coupon is worth, and its title; the title alone where nothing is said of its worth.
fn worth(shown: &Shown, text: &Text) -> Large {
    let Some(card) = &shown.card else { return Large::ours(said(Some(&shown.coupon.code), text), String::new()) };
    let title = text.shown(&card.title).into_owned();
    match sentence::value(text, &card.kind) {
        Some(value) => Large { words: value, beside: title, is_ours: card.kind.is_figure() },
        None => Large { words: title, beside: sentence::kind(text, &card.kind), is_ours: false },
    }
}
