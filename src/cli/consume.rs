//! `consume`: writes a coupon off, once.
//!
//! It does what a cashier does: looks the coupon up, and presses only where the verdict allows it. From the press on nothing cuts it
//! off: the intent is on disk, and ending before the outcome is would leave a doubt behind.

use serde::Serialize;

use super::Surroundings;
use super::counter::{self, Seen};
use super::error::Error;
use super::exit::{Exit, RUN_SETTLE, refusal_word, trouble_word};
use super::interrupt::Interrupts;
use super::output::{self, note, printable};
use super::query::say_trouble;
use crate::code::{self, CardId, Code, Scanned};
use crate::coupon::Verdict;
use crate::desk::{Event, NotRecorded, NotWrittenOff, Stage, View};
use crate::ledger::Ledger;
use crate::platform::codes::class_of;
use crate::till::{Open, Purpose};
use crate::trouble::{Trouble, chain};
use crate::ui::sentence;
use crate::ui::text::{Language, Text};
use crate::write_off::{Outcome, WriteOff, WriteOffId};

/// Said without `--yes`.
const NEEDS_YES: &str = "\
nothing was sent. A write-off cannot be taken back, so `consume` wants to be told twice: look the coupon up with `query`, then \
repeat this command with --yes";

/// Write a coupon off, once; it is looked up first, and nothing is sent if it cannot be used
#[derive(Debug, clap::Args)]
pub struct Consume {
    /// The coupon's code, as printed, scanned or pasted; a link with an encrypted code in it will do too
    code: String,
    /// The card that the code belongs to; needed for a merchant's own codes, unless the settings list their cards
    #[arg(long, value_name = "ID", value_parser = CardId::parse)]
    card: Option<CardId>,
    /// Really write it off: this cannot be taken back
    #[arg(long)]
    yes: bool,
}

/// What `consume --json` prints. Other programs rely on the fields up to `message`, in this order.
#[derive(Debug, Serialize)]
struct Line<'a> {
    /// The number in the ledger; `None` where nothing was recorded, and so nothing sent.
    id: Option<i64>,
    code: Option<&'a str>,
    card_id: Option<&'a str>,
    outcome: &'static str,
    errcode: Option<i64>,
    message: &'a str,
    /// Why nothing was sent, in a word.
    reason: Option<&'static str>,
    title: Option<&'a str>,
}

/// How a consume that was never recorded came to its end.
struct NotTried<'a> {
    code: Option<&'a str>,
    card_id: Option<&'a CardId>,
    errcode: Option<i64>,
    message: &'a str,
    reason: &'static str,
    /// For people.
    sentence: String,
    exit: Exit,
}

impl Consume {
    /// Runs the command.
    ///
    /// # Errors
    /// What must be mended first.
    pub async fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        let text = Text::new(Language::English);
        if !self.yes {
            note(NEEDS_YES);
            return Ok(Exit::Usage);
        }
        let entered = match code::read(&self.code) {
            Ok(entered) => entered,
            Err(refusal) => {
                return not_tried(
                    &NotTried {
                        code: Some(&code::clean(&self.code)),
                        card_id: None,
                        errcode: None,
                        message: &refusal.to_string(),
                        reason: refusal_word(refusal),
                        sentence: sentence::refusal(&text, refusal),
                        exit: Exit::after_reading(refusal),
                    },
                    around.json,
                );
            }
        };
        let settings = around.settings()?;
        if let Some(earlier) = in_doubt(&entered, around.ledger_file(&settings))? {
            return doubtful(earlier.id, &earlier.intent.code, earlier.intent.card_id.as_ref(), around.json);
        }
        let mut open = counter::open(&settings, &around.places, Purpose::WriteOff).await?;
        let exit = self.write_off(&mut open, entered, around.json).await;
        if !matches!(exit, Err(Error::CutOff)) {
            open.till.stop().await;
        }
        exit
    }

    async fn write_off(self, open: &mut Open, entered: Scanned, json: bool) -> Result<Exit, Error> {
        let text = Text::new(Language::English);
        // Before the ledger has been read no press is taken.
        let read = open.till.wait_until(|view| view.opened || view.unread.is_some()).await.ok_or(Error::TillEnded)?;
        if let Some(why) = read.unread {
            return Err(Error::Unread(why));
        }
        let seen = counter::look_up(open, entered, self.card).await?;
        let (shown, verdict, earlier) = match seen {
            Seen::Coupon { shown, verdict, in_doubt } => (shown, verdict, in_doubt),
            Seen::Nothing { code, trouble } => return nothing_seen(code.as_ref(), &trouble, json),
        };
        if let Some(earlier) = earlier.and_then(|id| unsettled(&open.till.view(), id)) {
            return doubtful(earlier.id, &earlier.intent.code, earlier.intent.card_id.as_ref(), json);
        }
        if let Verdict::Refused(reason) = verdict {
            let why = sentence::reason(&text, &reason);
            return not_tried(
                &NotTried {
                    code: Some(shown.coupon.code.as_str()),
                    card_id: shown.coupon.card_id.as_ref(),
                    errcode: None,
                    message: &why,
                    reason: reason.word(),
                    sentence: why.clone(),
                    exit: Exit::Refused,
                },
                json,
            );
        }
        let mut interrupts = Interrupts::listen()?;
        let turn = open.till.view().turn;
        open.till.tell(Event::Pressed(shown.coupon.code.clone()));
        let view = outcome_of_press(open, turn, &mut interrupts).await?;
        match view.stage {
            // The verdict had gone stale before the press – a computer that slept –, and this time there was no answer.
            Stage::LookupFailed { code, trouble } => nothing_seen(code.as_ref(), &trouble, json),
            Stage::Finished { write_off, why, on_disk, .. } => finished(&write_off, why.as_ref(), on_disk, json),
            Stage::NotRecorded { shown, why: NotRecorded::InDoubt(id) } => {
                doubtful(id, &shown.coupon.code, shown.coupon.card_id.as_ref(), json)
            }
            Stage::NotRecorded { shown, why: ref why @ NotRecorded::JustAccepted(id) } => not_tried(
                &NotTried {
                    code: Some(shown.coupon.code.as_str()),
                    card_id: shown.coupon.card_id.as_ref(),
                    errcode: None,
                    message: &format!("write-off {id}"),
                    reason: "just_accepted",
                    sentence: text.say(sentence::not_recorded(why)),
                    exit: Exit::Refused,
                },
                json,
            ),
            Stage::NotRecorded {
                shown,
                why:
                    ref why @ (NotRecorded::Failed(ref detail)
                    | NotRecorded::Damaged(ref detail)
                    | NotRecorded::Displaced(ref detail)),
            } => not_tried(
                &NotTried {
                    code: Some(shown.coupon.code.as_str()),
                    card_id: shown.coupon.card_id.as_ref(),
                    errcode: None,
                    message: detail,
                    reason: "not_recorded",
                    sentence: format!("{} ({detail})", text.say(sentence::not_recorded(why))),
                    exit: Exit::Usage,
                },
                json,
            ),
            // It ceased to be usable in the moment of the press.
            _ => not_tried(
                &NotTried {
                    code: Some(shown.coupon.code.as_str()),
                    card_id: shown.coupon.card_id.as_ref(),
                    errcode: None,
                    message: "it could no longer be used when it came to it; look it up again",
                    reason: "overtaken",
                    sentence: "it could no longer be used when it came to it; look it up again".to_owned(),
                    exit: Exit::Refused,
                },
                json,
            ),
        }
    }
}

/// There was no answer about the code, so nothing was tried.
fn nothing_seen(code: Option<&Code>, trouble: &Trouble, json: bool) -> Result<Exit, Error> {
    not_tried(
        &NotTried {
            code: code.map(Code::as_str),
            card_id: None,
            errcode: trouble.errcode(),
            message: trouble.detail(),
            reason: trouble_word(trouble),
            sentence: say_trouble(trouble),
            exit: Exit::after(trouble),
        },
        json,
    )
}

/// Waits for what the press came to that was given in this turn of the desk's. The first Ctrl-C is answered with a word, the second ends the waiting: [`Error::CutOff`].
async fn outcome_of_press(open: &mut Open, turn: u64, interrupts: &mut Interrupts) -> Result<View, Error> {
    let over = |view: &View| match view.stage {
        Stage::Finished { .. } | Stage::NotRecorded { .. } | Stage::LookupFailed { .. } => true,
        // Before the press is taken it still can be consumed; looked up again because of it and still shown, it was not.
        Stage::Shown { .. } => !view.can_consume || view.turn != turn,
        _ => false,
    };
    let mut warned = false;
    loop {
        tokio::select! {
            view = open.till.wait_until(over) => return view.ok_or(Error::TillEnded),
            () = interrupts.next() => {
                if warned {
                    return Err(Error::CutOff);
                }
                warned = true;
                note("a write-off is under way: waiting for its outcome (once more to end at once)");
            }
        }
    }
}

/// An earlier write-off of the same code that is not settled. The ledger refuses a second one anyway; looked for before the platform
/// is asked, because that may say «consumed» by now, which would hide the doubt.
fn in_doubt(entered: &Scanned, ledger_file: std::path::PathBuf) -> Result<Option<WriteOff>, Error> {
    let Scanned::Code(code) = entered else { return Ok(None) };
    let Some(ledger) = Ledger::open_to_read(&ledger_file)? else { return Ok(None) };
    Ok(ledger.unsettled()?.into_iter().find(|row| row.intent.code == *code))
}

fn unsettled(view: &View, id: WriteOffId) -> Option<WriteOff> {
    view.unsettled.iter().find(|row| row.write_off.id == id).map(|row| row.write_off.clone())
}

/// Nothing is sent while an earlier write-off of the same code is in doubt; that one is told of.
fn doubtful(id: WriteOffId, code: &Code, card_id: Option<&CardId>, json: bool) -> Result<Exit, Error> {
    let message = format!("write-off {id} of the same code is not settled yet, so nothing was sent");
    if json {
        output::json(&Line {
            id: Some(id.0),
            code: Some(code.as_str()),
            card_id: card_id.map(CardId::as_str),
            outcome: "unknown",
            errcode: None,
            message: &message,
            reason: Some("in_doubt"),
            title: None,
        })?;
    }
    note(&format!("{message}; {RUN_SETTLE}"));
    Ok(Exit::Unknown)
}

fn not_tried(what: &NotTried<'_>, json: bool) -> Result<Exit, Error> {
    if json {
        output::json(&Line {
            id: None,
            code: what.code,
            card_id: what.card_id.map(CardId::as_str),
            outcome: "rejected",
            errcode: what.errcode,
            message: what.message,
            reason: Some(what.reason),
            title: None,
        })?;
    }
    note(&format!("nothing was sent. {}", what.sentence));
    Ok(what.exit)
}

/// Prints the receipt. The exit status tells the outcome also where nobody reads the receipt any more.
fn finished(write_off: &WriteOff, why: Option<&NotWrittenOff>, on_disk: bool, json: bool) -> Result<Exit, Error> {
    let text = Text::new(Language::English);
    let exit = Exit::after_consume(write_off, why);
    let (code, title) = (write_off.intent.code.as_str(), write_off.intent.title.as_deref());
    let errcode = write_off.outcome.as_ref().and_then(Outcome::errcode);
    let message = write_off.outcome.as_ref().map_or("", Outcome::message);
    let printed = if json {
        output::json(&Line {
            id: Some(write_off.id.0),
            code: Some(code),
            card_id: write_off.intent.card_id.as_ref().map(CardId::as_str),
            outcome: write_off.outcome_word(),
            errcode,
            message,
            reason: None,
            title,
        })
    } else {
        let heading = text.say(match &write_off.outcome {
            Some(Outcome::Accepted { .. }) => "accepted",
            Some(Outcome::Rejected { .. }) => "rejected",
            Some(Outcome::Unknown { .. }) | None => "unknown",
        });
        // The title last: whichever way it is written, it turns nothing of what stands before it.
        let title = title.map(|title| format!(": {}", printable(title))).unwrap_or_default();
        output::line(&format!("{code}: {heading}, no. {} in the ledger{title}", write_off.id))
    };
    match exit {
        Exit::Done => {}
        Exit::Unknown => note(&format!("the platform's answer did not come ({}); {RUN_SETTLE}", printable(message))),
        _ => {
            let sent = write_off.sent_at.is_some();
            let sentence = sentence::outcome(&text, write_off.outcome.as_ref(), sent, why, class_of);
            let errcode = errcode.map(|errcode| format!("{errcode}: ")).unwrap_or_default();
            note(&format!("{sentence} ({errcode}{})", printable(message)));
        }
    }
    if !on_disk {
        note(&format!(
            "this outcome could not be written to the ledger; free some disk space, then run `hexiao settle`, which writes it down (no. {})",
            write_off.id
        ));
    }
    match printed {
        Ok(()) | Err(Error::Closed) => Ok(exit),
        Err(error) => {
            note(&chain(&error));
            Ok(exit)
        }
    }
}
