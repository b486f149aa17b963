//! The right side: the verdict in a word, a colour and an icon; the coupon; and the one button that consumes it.
//!
//! The places never move: the verdict is always on top, Consume always at the bottom, and what is between them scrolls.

use eframe::egui::{
    self, Align, Align2, Button, Frame, Grid, Label, Layout, Margin, RichText, ScrollArea, Sense, Ui, UiBuilder,
    accesskit, vec2,
};
use jiff::Timestamp;

use super::command::Command;
use super::sentence;
use super::text::Text;
use super::theme::{self, Tone};
use crate::coupon::Verdict;
use crate::desk::{NotRecorded, Shown, Stage, View};
use crate::plain;
use crate::platform;
use crate::trouble::{Class, Trouble};
use crate::write_off::{Outcome, WriteOff};

/// Most that is shown of a text that is no coupon, in characters.
const SCANNED_CHARS_MAX: usize = 200;

/// What the verdict's block says.
struct Headline {
    tone: Tone,
    word: String,
    sentence: String,
}

impl Headline {
    fn new(tone: Tone, word: String, sentence: String) -> Self {
        Self { tone, word, sentence }
    }

    fn of(view: &View, text: &Text, platform_now: Timestamp) -> Self {
        match &view.stage {
            Stage::Idle => Self::new(Tone::Calm, text.say("idle-title"), text.say("idle-text")),
            Stage::LookingUp { code, .. } => {
                let code = code.as_ref().map(|code| text.code(code.as_str()).into_owned()).unwrap_or_default();
                Self::new(Tone::Calm, text.say("looking-up"), code)
            }
            Stage::Shown { in_doubt: Some(_), .. } => {
                Self::new(Tone::Attention, text.say("in-doubt"), text.say("in-doubt-text"))
            }
            Stage::Shown { shown, verdict: Verdict::Usable, .. } => {
                let validity = &shown.coupon.validity;
                let left = sentence::phase(text, validity.phase(platform_now));
                Self::new(Tone::Good, text.say("usable"), left.unwrap_or_else(|| sentence::validity(text, validity)))
            }
            Stage::Shown { verdict: Verdict::Refused(reason), .. } => {
                Self::new(Tone::Bad, text.say("refused"), sentence::reason(text, reason))
            }
            Stage::Consuming { .. } => Self::new(Tone::Calm, text.say("consuming"), String::new()),
            Stage::Finished { on_disk: false, write_off, .. } => {
                Self::new(Tone::Attention, text.say(outcome_key(write_off.outcome.as_ref())), text.say("not-on-disk"))
            }
            Stage::Finished { write_off, why, .. } => {
                let outcome = write_off.outcome.as_ref();
                let tone = match outcome {
                    Some(Outcome::Accepted { .. }) => Tone::Done,
                    Some(Outcome::Rejected { .. }) => Tone::Bad,
                    Some(Outcome::Unknown { .. }) | None => Tone::Attention,
                };
                let sent = write_off.sent_at.is_some();
                let words = sentence::outcome(text, outcome, sent, why.as_ref(), platform::codes::class_of);
                Self::new(tone, text.say(outcome_key(outcome)), words)
            }
            Stage::NotACoupon { refusal, .. } => {
                Self::new(Tone::Bad, text.say("not-a-coupon"), sentence::refusal(text, *refusal))
            }
            Stage::LookupFailed { trouble, .. } if is_about_the_coupon(trouble) => {
                Self::new(Tone::Bad, text.say("refused"), sentence::trouble(text, trouble))
            }
            Stage::LookupFailed { trouble, .. } => {
                Self::new(Tone::Attention, text.say("lookup-failed"), sentence::trouble(text, trouble))
            }
            Stage::NotRecorded { why: NotRecorded::InDoubt(_), .. } => {
                Self::new(Tone::Attention, text.say("in-doubt"), text.say("not-recorded-in-doubt"))
            }
            Stage::NotRecorded { why: why @ NotRecorded::JustAccepted(_), .. } => {
                Self::new(Tone::Bad, text.say("refused"), text.say(sentence::not_recorded(why)))
            }
            Stage::NotRecorded { why, .. } => {
                Self::new(Tone::Attention, text.say("not-recorded"), text.say(sentence::not_recorded(why)))
            }
        }
    }
}

/// Whether the platform's refusal is its word on the coupon, and not on the network, the account or the hour.
fn is_about_the_coupon(trouble: &Trouble) -> bool {
    let about_it = [Class::WrongCode, Class::AlreadyConsumed, Class::CannotBeUsed];
    matches!(trouble, Trouble::Refused { class, .. } if about_it.contains(class))
}

fn outcome_key(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Accepted { .. }) => "accepted",
        Some(Outcome::Rejected { .. }) => "rejected",
        Some(Outcome::Unknown { .. }) | None => "unknown",
    }
}

/// Draws the right side. Says which commands were clicked.
pub fn show(ui: &mut Ui, view: &View, text: &Text, idle: impl FnOnce(&mut Ui)) -> Option<Command> {
    let mut clicked = None;
    let platform_now = Timestamp::now().saturating_add(view.clock_ahead).unwrap_or_else(|_| Timestamp::now());
    show_headline(ui, &Headline::of(view, text, platform_now));
    ui.add_space(6.0);
    let mut middle = ui.available_rect_before_wrap();
    let mut bottom = middle;
    middle.max.y -= theme::CONSUME_HEIGHT + theme::TOUCH_HEIGHT + 20.0;
    bottom.min.y = middle.max.y + 8.0;
    ui.scope_builder(UiBuilder::new().max_rect(middle), |ui| {
        ScrollArea::vertical().id_salt("coupon").auto_shrink(false).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            show_middle(ui, view, text, platform_now, idle);
        });
    });
    ui.scope_builder(UiBuilder::new().max_rect(bottom), |ui| {
        clicked = show_buttons(ui, view, text);
    });
    clicked
}

fn show_headline(ui: &mut Ui, headline: &Headline) {
    let palette = theme::palette(ui);
    let (color, on_it) = (palette.fill(headline.tone), palette.on_fill);
    Frame::new().fill(color).corner_radius(8).inner_margin(Margin::symmetric(16, 10)).show(ui, |ui| {
        ui.set_height(theme::VERDICT_HEIGHT - 20.0);
        ui.set_width(ui.available_width());
        ui.horizontal_centered(|ui| {
            let (icon, _) = ui.allocate_exact_size(vec2(76.0, 76.0), Sense::hover());
            headline.tone.draw_icon(ui.painter(), icon.center(), 76.0, on_it);
            ui.add_space(8.0);
            ui.vertical(|ui| {
                let word = RichText::new(&headline.word).font(theme::verdict_font()).color(on_it);
                let word = ui.add(Label::new(word).truncate());
                let sentence = RichText::new(&headline.sentence).size(theme::SENTENCE_SIZE).color(on_it);
                ui.add(Label::new(sentence).wrap());
                // A screen reader says the verdict by itself when it changes.
                ui.ctx().accesskit_node_builder(word.id, |node| {
                    node.set_live(accesskit::Live::Assertive);
                    node.set_description(headline.sentence.clone());
                });
            });
        });
    });
}

fn show_middle(ui: &mut Ui, view: &View, text: &Text, platform_now: Timestamp, idle: impl FnOnce(&mut Ui)) {
    match &view.stage {
        Stage::Idle => idle(ui),
        Stage::LookingUp { .. } => {
            ui.centered_and_justified(|ui| ui.add(egui::Spinner::new().size(48.0)));
        }
        Stage::Shown { shown, .. } | Stage::Consuming { shown } | Stage::NotRecorded { shown, .. } => {
            show_title(ui, shown, text);
            show_coupon(ui, shown, text, platform_now);
        }
        Stage::Finished { shown, write_off, .. } => {
            show_receipt(ui, shown, write_off, text);
            if let Some(outcome @ Outcome::Rejected { errcode: Some(errcode), .. }) = &write_off.outcome {
                show_platform_words(ui, text, *errcode, outcome.message());
            }
        }
        Stage::NotACoupon { text: scanned, .. } => {
            let words = plain::line(scanned, SCANNED_CHARS_MAX);
            ui.add(Label::new(RichText::new(words).monospace().color(theme::palette(ui).muted)).wrap());
        }
        Stage::LookupFailed { code, trouble } => {
            if let Some(code) = code {
                ui.label(RichText::new(text.code(code.as_str())).font(theme::title_font()));
            }
            // The technical words of other trouble are in the log: they help nobody at a counter.
            if let Some(errcode) = trouble.errcode() {
                show_platform_words(ui, text, errcode, trouble.detail());
            }
        }
    }
}

fn show_platform_words(ui: &mut Ui, text: &Text, errcode: i64, message: &str) {
    let words = text.say_with("errcode-line", &[("errcode", &errcode.to_string()), ("message", message)]);
    ui.add(Label::new(RichText::new(words).small().color(theme::palette(ui).muted)).wrap());
}

/// What the coupon is and what it is worth.
fn show_title(ui: &mut Ui, shown: &Shown, text: &Text) {
    if let Some(card) = &shown.card {
        ui.horizontal(|ui| {
            if let Some([red, green, blue]) = card.color {
                let (stripe, _) = ui.allocate_exact_size(vec2(8.0, 30.0), Sense::hover());
                ui.painter().rect_filled(stripe, 2.0, egui::Color32::from_rgb(red, green, blue));
            }
            ui.add(Label::new(RichText::new(text.shown(&card.title)).font(theme::title_font())).truncate());
        });
        if let Some(value) = sentence::value(text, &card.kind) {
            // The largest letters below the verdict are for figures: a merchant's words there could be taken for ours.
            let font = if card.kind.is_figure() { theme::value_font() } else { theme::title_font() };
            ui.add(Label::new(RichText::new(value).font(font).strong()).wrap());
        }
    }
    ui.add_space(4.0);
}

/// What the ledger says of a press.
fn show_receipt(ui: &mut Ui, shown: &Shown, write_off: &WriteOff, text: &Text) {
    show_title(ui, shown, text);
    details_grid("receipt").show(ui, |ui| {
        row(ui, &text.say("detail-number"), &write_off.id.to_string());
        row(ui, &text.say("detail-time"), &sentence::moment(write_off.intent.intended_at));
        row(ui, &text.say("detail-code"), &text.code(write_off.intent.code.as_str()));
        row(ui, &text.say("detail-card"), write_off.intent.card_id.as_ref().map(|id| id.as_str()).unwrap_or_default());
        row(ui, &text.say("detail-owner"), &text.owner(write_off.intent.openid.as_deref().unwrap_or_default()));
    });
}

fn details_grid(id: &str) -> Grid {
    let grid = Grid::new(id).num_columns(2).spacing([14.0, 4.0]).min_row_height(22.0);
    grid.min_col_width(theme::DETAIL_NAME_WIDTH)
}

fn show_coupon(ui: &mut Ui, shown: &Shown, text: &Text, platform_now: Timestamp) {
    let (coupon, card) = (&shown.coupon, shown.card.as_ref());
    details_grid("coupon details").show(ui, |ui| {
        let phase = sentence::phase(text, coupon.validity.phase(platform_now));
        let phase = phase.map(|phase| format!("\n{phase}")).unwrap_or_default();
        row(ui, &text.say("detail-validity"), &format!("{}{phase}", sentence::validity(text, &coupon.validity)));
        row(ui, &text.say("detail-code"), &text.code(coupon.code.as_str()));
        row(ui, &text.say("detail-status"), &sentence::status(text, &coupon.status));
        let card_id = coupon.card_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
        match card {
            Some(card) => {
                row(ui, &text.say("detail-card"), &format!("{} · {card_id}", sentence::kind(text, &card.kind)));
                row(ui, &text.say("detail-worth"), &sentence::worth_in_full(text, &card.kind).unwrap_or_default());
                row(ui, &text.say("detail-brand"), &text.shown(&card.brand));
                row(ui, &text.say("detail-notice"), &text.shown(&card.notice));
                row(ui, &text.say("detail-conditions"), &text.shown(&card.description));
            }
            None => row(ui, &text.say("detail-card"), card_id),
        }
        row(ui, &text.say("detail-owner"), &text.owner(coupon.openid.as_deref().unwrap_or_default()));
    });
}

/// One line of details; none where there is nothing to say.
fn row(ui: &mut Ui, name: &str, value: &str) {
    if value.trim().is_empty() {
        return;
    }
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        ui.set_width(theme::DETAIL_NAME_WIDTH);
        ui.add(Label::new(RichText::new(name).color(theme::palette(ui).muted)).extend());
    });
    ui.add(Label::new(value).wrap());
    ui.end_row();
}

fn show_buttons(ui: &mut Ui, view: &View, text: &Text) -> Option<Command> {
    let mut clicked = None;
    ui.horizontal(|ui| {
        let half = vec2((ui.available_width() - 8.0) / 2.0, theme::TOUCH_HEIGHT);
        let can_ask_again = matches!(
            view.stage,
            Stage::Shown { .. } | Stage::Finished { .. } | Stage::LookupFailed { .. } | Stage::NotRecorded { .. }
        );
        for (command, key, enabled) in [
            (Command::Clear, "clear", !view.under_way && view.stage != Stage::Idle),
            (Command::AskAgain, "ask-again", can_ask_again),
        ] {
            let words = format!("{}  ({})", text.say(key), command.key_name());
            if ui.add_enabled(enabled, Button::new(words).min_size(half)).clicked() {
                clicked = Some(command);
            }
        }
    });
    let words = if view.under_way { text.say("consuming") } else { text.say("consume") };
    let words = format!("{words}   {}", Command::Consume.key_name());
    let palette = theme::palette(ui);
    let (color, ink) = match view.can_consume {
        true => (palette.fill(Tone::Good), palette.on_fill),
        false => (palette.resting, palette.muted),
    };
    // It takes clicks and its own key, and never the focus: a scanner's Enter on a focused button would be a press.
    let button = Button::new(RichText::new(words).font(theme::value_font()).color(ink)).fill(color).sense(Sense::CLICK);
    let size = vec2(ui.available_width(), theme::CONSUME_HEIGHT);
    let response = ui.add_enabled_ui(view.can_consume, |ui| ui.add_sized(size, button)).inner;
    if view.under_way {
        let spinner = egui::Rect::from_center_size(
            Align2::LEFT_CENTER.pos_in_rect(&response.rect.shrink(40.0)),
            vec2(36.0, 36.0),
        );
        ui.new_child(UiBuilder::new().max_rect(spinner)).add(egui::Spinner::new().size(32.0));
    }
    if response.clicked() {
        clicked = Some(Command::Consume);
    }
    clicked
}
