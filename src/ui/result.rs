//! The right side, filled by the verdict: its colour, icon and word, why, and what the coupon is worth; under it the buttons, the one that
//! consumes below all others.
//!
//! The places never move: the verdict is always on top, Consume always at the bottom, and what is between them scrolls.

use eframe::egui::{
    self, Align, Align2, Button, Color32, FontId, Frame, Grid, Label, Layout, Margin, RichText, ScrollArea, Sense,
    Stroke, StrokeKind, TextStyle, TextureHandle, Ui, UiBuilder, Vec2, accesskit, vec2,
};
use jiff::Timestamp;

use super::command::Command;
use super::logo;
use super::sentence;
use super::text::Text;
use super::theme::{self, Tone};
use super::verdict::{self, Headline};
use crate::code::Refusal;
use crate::coupon::{Card, Terms};
use crate::desk::{Press, Shown, Stage, View};
use crate::plain;
use crate::write_off::Outcome;

/// How round the corners are.
const GROUND_RADIUS: f32 = 8.0;
/// Most that is shown of a text that is no coupon, in characters.
const SCANNED_CHARS_MAX: usize = 200;

/// Draws the right side, with the coupon's details in place of what is said at a glance where these are asked for. `logo` is that of its merchant, as soon as
/// there is one. Says which command was clicked.
pub fn show(
    ui: &mut Ui,
    view: &View,
    text: &Text,
    logo: Option<&TextureHandle>,
    with_details: bool,
    idle: impl FnOnce(&mut Ui),
) -> Option<Command> {
    let platform_now = verdict::platform_now(view);
    let headline = Headline::of(view, text, platform_now);
    let mut ground = ui.available_rect_before_wrap();
    let mut bottom = ground;
    ground.max.y -= theme::CONSUME_HEIGHT + theme::TOUCH_HEIGHT + 16.0;
    bottom.min.y = ground.max.y + 8.0;

    let palette = theme::palette(ui);
    ui.painter().rect_filled(ground, GROUND_RADIUS, palette.fill(headline.tone));
    let inside = ground.shrink2(vec2(16.0, 12.0));
    let scale = theme::verdict_scale(inside.height());
    let (mut top, mut middle) = (inside, inside);
    top.max.y = top.min.y + theme::VERDICT_HEIGHT * scale;
    middle.min.y = top.max.y + 8.0;
    ui.scope_builder(UiBuilder::new().max_rect(top), |ui| show_verdict(ui, &headline, scale));
    ui.scope_builder(UiBuilder::new().max_rect(middle), |ui| {
        ui.set_clip_rect(middle.intersect(ui.clip_rect()));
        match &view.stage {
            Stage::Idle => on_paper(ui, "idle", idle),
            _ if with_details => on_paper(ui, "details", |ui| show_details(ui, view, text, platform_now)),
            _ => show_at_a_glance(ui, view, &headline, text, logo, scale),
        }
    });
    ui.scope_builder(UiBuilder::new().max_rect(bottom), |ui| show_buttons(ui, view, text, with_details)).inner
}

/// The verdict's icon, word and sentence.
fn show_verdict(ui: &mut Ui, headline: &Headline, scale: f32) {
    let on_it = theme::palette(ui).on_fill;
    ui.horizontal_top(|ui| {
        let side = theme::VERDICT_ICON * scale;
        let (icon, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
        headline.tone.draw_icon(ui.painter(), icon.center(), side, on_it);
        ui.add_space(8.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let font = fitting(ui, &headline.word, theme::verdict_font(), scale);
            let word = ui.add(Label::new(RichText::new(&headline.word).font(font).color(on_it)).truncate());
            let room = vec2(ui.available_width(), ui.max_rect().bottom() - ui.cursor().top());
            let size = fitting_height(ui, &headline.sentence, theme::SENTENCE_SIZE * scale, room);
            let sentence = RichText::new(&headline.sentence).size(size).color(on_it);
            ui.add(Label::new(sentence).wrap());
            // A screen reader says the verdict by itself when it changes.
            ui.ctx().accesskit_node_builder(word.id, |node| {
                node.set_live(accesskit::Live::Assertive);
                node.set_description(format!("{} {}", headline.sentence, headline.large).trim().to_owned());
            });
        });
    });
}

/// `font`, grown with `scale`, and smaller again where `words` would not fit into one line.
fn fitting(ui: &Ui, words: &str, font: FontId, scale: f32) -> FontId {
    fitting_within(ui, words, FontId::new(font.size * scale, font.family), ui.available_width())
}

/// `font`, or down to half of it where `words` would not fit into one line of this width otherwise.
fn fitting_within(ui: &Ui, words: &str, font: FontId, room: f32) -> FontId {
    let width = ui.painter().layout_no_wrap(words.to_owned(), font.clone(), Color32::WHITE).size().x;
    let size = if width > room { (font.size * room / width).floor().max(font.size / 2.0) } else { font.size };
    FontId::new(size, font.family)
}

/// `size`, or down to two thirds of it where `words`, in as many lines as they take, would be higher than `room` otherwise.
fn fitting_height(ui: &Ui, words: &str, size: f32, room: Vec2) -> f32 {
    let is_too_high = |size: f32| {
        let font = FontId::new(size, TextStyle::Body.resolve(ui.style()).family);
        ui.painter().layout(words.to_owned(), font, Color32::WHITE, room.x).size().y > room.y
    };
    let sizes = std::iter::successors(Some(size), |size| Some(size - 1.0));
    sizes
        .take_while(|smaller| *smaller >= size * 2.0 / 3.0)
        .find(|size| !is_too_high(*size))
        .unwrap_or(size * 2.0 / 3.0)
}

fn fitting_button(ui: &Ui, words: &str, width: f32) -> FontId {
    let font = TextStyle::Button.resolve(ui.style());
    fitting_within(ui, words, font, width - 2.0 * ui.spacing().button_padding.x)
}

/// Draws `add` on the window's ground, on which all controls can be told.
fn on_paper(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui)) {
    let paper = theme::palette(ui).paper;
    Frame::new().fill(paper).corner_radius(GROUND_RADIUS).inner_margin(Margin::symmetric(14, 10)).show(ui, |ui| {
        ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            add(ui);
        });
    });
}

/// What is largest after the verdict, what belongs to it, and the few facts that a cashier compares.
fn show_at_a_glance(
    ui: &mut Ui,
    view: &View,
    headline: &Headline,
    text: &Text,
    logo: Option<&TextureHandle>,
    scale: f32,
) {
    let on_it = theme::palette(ui).on_fill;
    let said = |words: String, size: f32| Label::new(RichText::new(words).size(size * scale).color(on_it)).wrap();
    ScrollArea::vertical().id_salt("at a glance").auto_shrink(false).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let font = if headline.large_is_ours {
            fitting(ui, &headline.large, theme::large_font(), scale)
        } else {
            let font = theme::merchants_font();
            FontId::new(font.size * scale, font.family) // in as many lines as it takes
        };
        ui.add(Label::new(RichText::new(&headline.large).font(font).color(on_it).strong()).wrap());
        ui.add(said(headline.beside.clone(), theme::BESIDE_SIZE));
        let coupon = match &view.stage {
            Stage::LookingUp { .. } => {
                ui.add(egui::Spinner::new().size(48.0 * scale).color(on_it));
                return;
            }
            Stage::Shown { shown, .. } | Stage::Consuming { shown } | Stage::NotRecorded { shown, .. } => shown,
            Stage::Finished { write_off, .. } => {
                ui.add(said(sentence::moment(text, write_off.intent.intended_at), theme::SENTENCE_SIZE));
                ui.add(said(sentence::written_off_by(text, write_off), theme::SENTENCE_SIZE));
                show_code(ui, &text.code(write_off.intent.code.as_str()), on_it);
                if let Some(outcome @ Outcome::Rejected { errcode: Some(errcode), .. }) = &write_off.outcome {
                    show_platform_words(ui, text, *errcode, outcome.message(), on_it);
                }
                return;
            }
            Stage::NotACoupon { refusal: Refusal::SetUp, .. } => return, // what another till has encrypted is nobody's to read or keep
            Stage::NotACoupon { text: scanned, .. } => {
                return show_code(ui, &plain::line(scanned, SCANNED_CHARS_MAX), on_it);
            }
            Stage::LookupFailed { trouble, .. } => {
                // The technical words of other trouble are in the log: they help nobody at a counter.
                if let Some(errcode) = trouble.errcode() {
                    show_platform_words(ui, text, errcode, trouble.detail(), on_it);
                }
                return;
            }
            Stage::Idle => return,
        };
        let validity = sentence::validity(text, &coupon.coupon.validity);
        if validity != headline.sentence {
            ui.add(said(validity, theme::SENTENCE_SIZE));
        }
        let code = text.code(coupon.coupon.code.as_str());
        match &coupon.card {
            Some(card) if card.logo_url.is_some() => show_beside_logo(ui, card, logo, &code, text, scale),
            Some(card) => {
                show_card_line(ui, card, text, on_it);
                show_code(ui, &code, on_it);
            }
            None => show_code(ui, &code, on_it),
        }
    });
}

/// The place of the logo in the card's colour; beside it, as high as that, whose card it is and its code.
fn show_beside_logo(ui: &mut Ui, card: &Card, logo: Option<&TextureHandle>, code: &str, text: &Text, scale: f32) {
    let on_it = theme::palette(ui).on_fill;
    ui.horizontal(|ui| {
        let name = text.say_with("logo-of", &[("brand", &card.brand)]);
        logo::show(ui, card, logo, name, on_it, scale);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let grown = |style: TextStyle| {
                let font = style.resolve(ui.style());
                FontId::new(font.size * scale.max(1.0), font.family)
            };
            let (words, digits) = (grown(TextStyle::Body), grown(TextStyle::Monospace));
            let height = ui.fonts_mut(|fonts| fonts.row_height(&words) + fonts.row_height(&digits)) + 2.0;
            ui.add_space(((theme::LOGO_SIDE * scale - height) / 2.0).max(0.0));
            ui.add(Label::new(RichText::new(text.shown(&card.brand)).font(words).color(on_it)).truncate());
            ui.add(Label::new(RichText::new(code).font(digits).color(on_it)).wrap());
        });
    });
}

/// Whose card it is, and its colour before that.
fn show_card_line(ui: &mut Ui, card: &Card, text: &Text, on_it: Color32) {
    ui.horizontal(|ui| {
        if let Some([red, green, blue]) = card.color {
            let (stripe, _) = ui.allocate_exact_size(vec2(28.0, 18.0), Sense::hover());
            let line = Stroke::new(1.5, on_it); // whatever its colour is, and the verdict's
            ui.painter().rect(stripe, 4, Color32::from_rgb(red, green, blue), line, StrokeKind::Inside);
        }
        ui.add(Label::new(RichText::new(text.shown(&card.brand)).color(on_it)).truncate());
    });
}

fn show_code(ui: &mut Ui, code: &str, on_it: Color32) {
    ui.add(Label::new(RichText::new(code).monospace().color(on_it)).wrap());
}

fn show_platform_words(ui: &mut Ui, text: &Text, errcode: i64, message: &str, on_it: Color32) {
    let words = text.say_with("errcode-line", &[("errcode", &errcode.to_string()), ("message", message)]);
    ui.add(Label::new(RichText::new(words).color(on_it)).wrap());
}

/// All that is known: of a receipt what the ledger says of it, then the coupon with its conditions.
fn show_details(ui: &mut Ui, view: &View, text: &Text, platform_now: Timestamp) {
    let shown = match &view.stage {
        Stage::Shown { shown, .. } | Stage::Consuming { shown } | Stage::NotRecorded { shown, .. } => shown,
        Stage::Finished { shown, write_off, .. } => {
            details_grid("receipt").show(ui, |ui| {
                row(ui, &text.say("detail-number"), &write_off.id.to_string());
                row(ui, &text.say("detail-time"), &sentence::moment(text, write_off.intent.intended_at));
            });
            shown
        }
        Stage::Idle | Stage::LookingUp { .. } | Stage::NotACoupon { .. } | Stage::LookupFailed { .. } => return,
    };
    show_coupon(ui, shown, text, platform_now);
}

fn details_grid(id: &str) -> Grid {
    let grid = Grid::new(id).num_columns(2).spacing([14.0, 4.0]).min_row_height(22.0);
    grid.min_col_width(theme::DETAIL_NAME_WIDTH)
}

fn show_coupon(ui: &mut Ui, shown: &Shown, text: &Text, platform_now: Timestamp) {
    let (coupon, card) = (&shown.coupon, shown.card.as_ref());
    details_grid("coupon details").show(ui, |ui| {
        if let Some(card) = card {
            row(ui, &text.say("detail-title"), &text.shown(&card.title));
            row(ui, "", &text.shown(&card.sub_title));
            row(ui, &text.say("detail-worth"), &sentence::worth_in_full(text, &card.kind).unwrap_or_default());
            row(ui, &text.say("detail-notice"), &text.shown(&card.notice));
            row(ui, &text.say("detail-conditions"), &text.shown(&card.description));
            show_terms(ui, &card.terms, text);
        }
        let phase = sentence::phase(text, coupon.validity.phase(platform_now));
        let phase = phase.map(|phase| format!("\n{phase}")).unwrap_or_default();
        row(ui, &text.say("detail-validity"), &format!("{}{phase}", sentence::validity(text, &coupon.validity)));
        row(ui, &text.say("detail-code"), &text.code(coupon.code.as_str()));
        row(ui, &text.say("detail-status"), &sentence::status(text, &coupon.status));
        let card_id = coupon.card_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
        match card {
            Some(card) => {
                row(ui, &text.say("detail-card"), &format!("{} · {card_id}", sentence::kind(text, &card.kind)));
                row(ui, &text.say("detail-brand"), &text.shown(&card.brand));
            }
            None => row(ui, &text.say("detail-card"), card_id),
        }
        row(ui, &text.say("detail-owner"), &text.owner(coupon.openid.as_deref().unwrap_or_default()));
    });
}

/// The conditions that the platform keeps by themselves, as far as there are any.
fn show_terms(ui: &mut Ui, terms: &Terms, text: &Text) {
    let with_others = terms.with_others.map(|may| text.say(if may { "terms-with-others" } else { "terms-alone" }));
    row(ui, &text.say("detail-with-others"), &with_others.unwrap_or_default());
    row(ui, &text.say("detail-accepts"), &text.shown(&terms.accepts));
    row(ui, &text.say("detail-rejects"), &text.shown(&terms.rejects));
    row(ui, &text.say("detail-hours"), &sentence::hours(text, &terms.hours));
    let shops = terms.shops.and_then(|shops| u64::try_from(shops).ok());
    row(ui, &text.say("detail-shops"), &shops.map(|shops| text.say_count("terms-shops", shops)).unwrap_or_default());
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

fn show_buttons(ui: &mut Ui, view: &View, text: &Text, with_details: bool) -> Option<Command> {
    let mut clicked = None;
    ui.horizontal(|ui| {
        let third = vec2((ui.available_width() - 16.0) / 3.0, theme::TOUCH_HEIGHT);
        let has_coupon = matches!(
            view.stage,
            Stage::Shown { .. } | Stage::Finished { .. } | Stage::Consuming { .. } | Stage::NotRecorded { .. }
        );
        let can_ask_again = !view.under_way && (has_coupon || matches!(view.stage, Stage::LookupFailed { .. }));
        for (command, key, enabled) in [
            (Command::Clear, "clear", !view.under_way && view.stage != Stage::Idle),
            (Command::AskAgain, "ask-again", can_ask_again),
            (Command::Details, if with_details && has_coupon { "details-close" } else { "details" }, has_coupon),
        ] {
            let words = format!("{}  ({})", text.say(key), text.key_name(command));
            // Its words as small as it takes: a place that grew with them would move the next.
            let words = RichText::new(&words).font(fitting_button(ui, &words, third.x));
            let button = Button::new(words).selected(command == Command::Details && with_details && has_coupon);
            if ui.add_enabled_ui(enabled, |ui| ui.add_sized(third, button)).inner.clicked() {
                clicked = Some(command);
            }
        }
    });
    let key = match view.press {
        _ if view.under_way => "consuming",
        Press::Consumes => "consume",
        Press::Arms => "consume-twice",
        Press::Confirms => "consume-again",
    };
    let words = format!("{}   {}", text.say(key), text.key_name(Command::Consume));
    let palette = theme::palette(ui);
    let (color, ink) = match view.can_consume {
        true if view.press == Press::Confirms => (palette.fill(Tone::Attention), palette.on_fill),
        true => (palette.fill(Tone::Good), palette.on_fill),
        false => (palette.resting, palette.muted),
    };
    let size = vec2(ui.available_width(), theme::CONSUME_HEIGHT);
    let font = fitting_within(ui, &words, theme::value_font(), size.x - 2.0 * ui.spacing().button_padding.x);
    // It takes clicks and its own key, and never the focus: a scanner's Enter on a focused button would be a press.
    let button = Button::new(RichText::new(words).font(font).color(ink)).fill(color).sense(Sense::CLICK);
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
