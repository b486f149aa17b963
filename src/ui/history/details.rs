//! The full course of one write-off: what was intended, when it was sent, what was answered, and how it was settled.

use eframe::egui::{Button, Label, RichText, ScrollArea, Ui, vec2};

use crate::ledger::Doubt;
use crate::ui::sentence;
use crate::ui::text::Text;
use crate::ui::theme;
use crate::write_off::{Outcome, WriteOff};

/// What the person at it wants.
pub enum Wish {
    /// See no more of it.
    Close,
    /// Another slip of it, from the receipt printer.
    PrintCopy,
}

/// Draws it; `prints` where there is a receipt printer.
pub fn show(ui: &mut Ui, row: &WriteOff, doubt: Option<&Doubt>, prints: bool, text: &Text) -> Option<Wish> {
    let mut wish = None;
    let size = vec2(ui.available_width(), theme::TOUCH_HEIGHT);
    if ui.add_sized(size, Button::new(text.say("close"))).clicked() {
        wish = Some(Wish::Close);
    }
    // What was not written off has no slip.
    if prints
        && matches!(row.outcome, Some(Outcome::Accepted { .. }))
        && ui.add_sized(size, Button::new(text.say("print-copy"))).clicked()
    {
        wish = Some(Wish::PrintCopy);
    }
    ScrollArea::vertical().id_salt("course").auto_shrink(false).show(ui, |ui| {
        let (tone, key) = sentence::outcome_word(row.outcome.as_ref());
        let word = text.say(key);
        ui.label(RichText::new(word).font(theme::title_font()).color(theme::palette(ui).words(tone)).strong());
        if row.is_unsettled() {
            ui.add(Label::new(text.say("history-what-to-do")).wrap());
        }
        ui.add_space(6.0);
        let mut line = |key: &str, words: &str| {
            if !words.is_empty() {
                ui.label(RichText::new(text.say(key)).color(theme::palette(ui).muted).small());
                ui.add(Label::new(text.shown(words)).wrap());
            }
        };
        line("detail-number", &row.id.to_string());
        line("detail-code", &text.code(row.intent.code.as_str()));
        line("history-title", row.intent.title.as_deref().unwrap_or_default());
        line("history-worth", &sentence::face_value(text, row.intent.face_value.as_ref()));
        line("detail-card", row.intent.card_id.as_ref().map(|id| id.as_str()).unwrap_or_default());
        line("history-till", &row.till);
        line("history-cashier", &row.cashier);
        line("history-shift", &row.shift.map(|id| id.to_string()).unwrap_or_default());
        line("detail-owner", &text.owner(row.intent.openid.as_deref().unwrap_or_default()));
        ui.add_space(10.0);
        ui.label(RichText::new(text.say("history-course")).strong());
        let mut step = |key: &str, at: Option<jiff::Timestamp>, words: &str| {
            let when = at.map_or_else(|| text.say("history-not-written"), |at| sentence::moment(text, at));
            ui.label(RichText::new(when).monospace().color(theme::palette(ui).muted));
            let what =
                if words.is_empty() { text.say(key) } else { format!("{} – {}", text.say(key), text.shown(words)) };
            ui.add(Label::new(what).wrap());
        };
        step("history-step-pressed", Some(row.intent.intended_at), "");
        if row.sent_at.is_some() || row.outcome.as_ref().is_some_and(|outcome| outcome.errcode().is_some()) {
            step("history-step-sent", row.sent_at, "");
        }
        if let Some(doubt) = doubt {
            step("history-step-unknown", Some(doubt.at), &doubt.message);
        }
        if let Some(outcome) = &row.outcome {
            let key = match outcome {
                Outcome::Accepted { .. } => "history-step-accepted",
                Outcome::Rejected { .. } => "history-step-rejected",
                Outcome::Unknown { .. } => "history-step-unknown",
            };
            let errcode = outcome.errcode().filter(|code| *code != 0);
            let words = match errcode {
                Some(errcode) => format!("{errcode} {}", outcome.message()),
                None => outcome.message().to_owned(),
            };
            step(key, row.outcome_at, &words);
        }
    });
    wish
}
