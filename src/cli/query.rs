//! `query`: may this coupon be used now?

use jiff::Timestamp;
use serde::Serialize;

use super::Surroundings;
use super::counter::{self, Seen};
use super::error::Error;
use super::exit::{Exit, refusal_word, trouble_word};
use super::output::{self, note, printable};
use crate::code::{self, CardId, Refusal};
use crate::coupon::{Coupon, Verdict, rfc3339_beijing};
use crate::desk::Shown;
use crate::till::Purpose;
use crate::trouble::Trouble;
use crate::ui::sentence;
use crate::ui::text::{Language, Text};

/// Look a coupon up: may it be used now, and if not, why
#[derive(Debug, clap::Args)]
pub struct Query {
    /// The coupon's code, as printed, scanned or pasted; a link with an encrypted code in it will do too
    code: String,
    /// The card that the code belongs to; needed for a merchant's own codes, unless the settings list their cards
    #[arg(long, value_name = "ID", value_parser = CardId::parse)]
    card: Option<CardId>,
    /// Have the platform check the code as if it were being written off: one that cannot be used is then answered with an error code in place of its status
    #[arg(long)]
    check: bool,
}

/// What `query --json` prints. Other programs rely on the fields up to `reason`, in this order.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    code: Option<&'a str>,
    card_id: Option<&'a str>,
    openid: Option<&'a str>,
    status: Option<&'a str>,
    can_consume: bool,
    begin: Option<String>,
    end: Option<String>,
    usable: bool,
    reason: Option<&'a str>,
    /// The platform's error code, where it refused to answer.
    errcode: Option<i64>,
    /// What went wrong, in its own words.
    message: Option<&'a str>,
    title: Option<&'a str>,
    kind: Option<&'a str>,
}

impl Query {
    /// Runs the command.
    ///
    /// # Errors
    /// What must be mended first.
    pub async fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        let entered = match code::read(&self.code) {
            Ok(entered) => entered,
            Err(refusal) => return refused(&self.code, refusal, around.json),
        };
        let settings = around.settings()?;
        let mut open = counter::open(&settings, &around.places, Purpose::Ask { check_consume: self.check }).await?;
        let seen = counter::look_up(&mut open, entered, self.card).await?;
        let now = Timestamp::now().saturating_add(open.till.view().clock_ahead).unwrap_or(Timestamp::MAX);
        open.till.stop().await;
        match seen {
            Seen::Coupon { shown, verdict, .. } => answered(&shown, &verdict, now, around.json),
            Seen::Nothing { code, trouble } => failed(code.as_ref().map(code::Code::as_str), &trouble, around.json),
        }
    }
}

fn answered(shown: &Shown, verdict: &Verdict, now: Timestamp, json: bool) -> Result<Exit, Error> {
    let exit = if verdict.is_usable() { Exit::Done } else { Exit::Refused };
    if json {
        output::json(&line(shown, verdict))?;
    } else {
        output::line(&describe(shown, verdict, now))?;
    }
    Ok(exit)
}

fn line<'a>(Shown { coupon, card, .. }: &'a Shown, verdict: &'a Verdict) -> Line<'a> {
    let Coupon { code, card_id, openid, status, can_consume, validity } = coupon;
    Line {
        code: Some(code.as_str()),
        card_id: card_id.as_ref().map(CardId::as_str),
        openid: openid.as_deref(),
        status: Some(status.as_wire()),
        can_consume: *can_consume,
        begin: validity.begin.map(rfc3339_beijing),
        end: validity.end.map(rfc3339_beijing),
        usable: verdict.is_usable(),
        reason: match verdict {
            Verdict::Usable => None,
            Verdict::Refused(reason) => Some(reason.word()),
        },
        errcode: Some(0),
        message: None,
        title: card.as_ref().map(|card| card.title.as_str()),
        kind: card.as_ref().map(|card| card.kind.as_wire()),
    }
}

/// A coupon for people, in a few lines.
fn describe(Shown { coupon, card, .. }: &Shown, verdict: &Verdict, now: Timestamp) -> String {
    let text = Text::new(Language::English);
    let mut lines = vec![match verdict {
        Verdict::Usable => format!("{}: {}", coupon.code, text.say("usable")),
        Verdict::Refused(reason) => {
            format!("{}: {}. {}", coupon.code, text.say("refused"), sentence::reason(&text, reason))
        }
    }];
    let mut detail = |label: &str, value: &str| {
        let value = printable(value);
        if !value.is_empty() {
            lines.push(format!("  {label:<9} {value}"));
        }
    };
    if let Some(card) = card {
        let kind = sentence::kind(&text, &card.kind);
        detail("Coupon", &card.title);
        detail("Kind", &sentence::value(&text, &card.kind).map_or(kind.clone(), |value| format!("{kind}, {value}")));
        detail("Merchant", &card.brand);
    }
    let validity = sentence::validity(&text, &coupon.validity);
    let phase = sentence::phase(&text, coupon.validity.phase(now));
    detail("Valid", &phase.map_or(validity.clone(), |phase| format!("{validity}, {phase}")));
    detail("Status", &sentence::status(&text, &coupon.status));
    detail("Card", coupon.card_id.as_ref().map_or("", CardId::as_str));
    detail("Owner", coupon.openid.as_deref().unwrap_or_default());
    lines.join("\n")
}

/// What is said of a text that is no coupon; nothing was asked.
fn refused(given: &str, refusal: Refusal, json: bool) -> Result<Exit, Error> {
    let sentence = sentence::refusal(&Text::new(Language::English), refusal);
    if json {
        let code = code::clean(given);
        let message = refusal.to_string();
        output::json(&Line {
            code: Some(&code),
            reason: Some(refusal_word(refusal)),
            message: Some(&message),
            ..Line::default()
        })?;
    }
    note(&sentence);
    Ok(Exit::after_reading(refusal))
}

/// What is said where no answer came about the coupon.
fn failed(code: Option<&str>, trouble: &Trouble, json: bool) -> Result<Exit, Error> {
    if json {
        output::json(&Line {
            code,
            reason: Some(trouble_word(trouble)),
            errcode: trouble.errcode(),
            message: Some(trouble.detail()),
            ..Line::default()
        })?;
    }
    note(&say_trouble(trouble));
    Ok(Exit::after(trouble))
}

/// Trouble in a sentence, and in brackets what lies behind it.
pub fn say_trouble(trouble: &Trouble) -> String {
    let sentence = sentence::trouble(&Text::new(Language::English), trouble);
    match trouble.errcode() {
        Some(errcode) => format!("{sentence} ({errcode}: {})", printable(trouble.detail())),
        None => format!("{sentence} ({})", printable(trouble.detail())),
    }
}
