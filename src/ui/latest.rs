//! The bottom: the latest write-offs with their outcomes, and what is not settled yet.

use eframe::egui::{Label, RichText, ScrollArea, Sense, Ui, vec2};

use super::text::Text;
use super::theme::{self, Tone};
use super::{cell, sentence};
use crate::desk::View;
use crate::write_off::WriteOff;

/// Draws the list.
pub fn show(ui: &mut Ui, view: &View, text: &Text) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(text.say("latest-title")).strong());
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        for (number, key) in [(view.unsettled.len(), "latest-unsettled"), (view.unwritten, "latest-unwritten")] {
            if number > 0 {
                let words = text.say_count(key, count(number));
                ui.label(RichText::new(words).strong().color(theme::palette(ui).words(Tone::Attention)));
            }
        }
    });
    if view.unread.is_some() {
        ui.add(Label::new(RichText::new(text.say("latest-unread")).color(theme::palette(ui).words(Tone::Bad))).wrap());
        return;
    }
    if view.recent.is_empty() {
        ui.label(RichText::new(text.say("latest-none")).color(theme::palette(ui).muted));
        return;
    }
    // On a small screen with large letters there is room for a row; more would push the panel over the counter.
    ScrollArea::vertical().id_salt("latest").auto_shrink(false).min_scrolled_height(0.0).show(ui, |ui| {
        for write_off in &view.recent {
            show_row(ui, write_off, text);
        }
    });
}

fn show_row(ui: &mut Ui, write_off: &WriteOff, text: &Text) {
    let (tone, key) = sentence::outcome_word(write_off.outcome.as_ref());
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.horizontal(|ui| {
        let (dot, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
        ui.painter().circle_filled(dot.center(), 5.0, palette.words(tone));
        let mut cell = |width: f32, words: RichText| cell::show(ui, vec2(width, 22.0), words);
        cell(96.0, RichText::new(sentence::time_of_day(write_off.intent.intended_at)).monospace());
        cell(120.0, RichText::new(text.say(key)).color(palette.words(tone)).strong());
        cell(220.0, RichText::new(text.code(write_off.intent.code.as_str())).monospace());
        let rest = write_off.intent.title.as_deref().unwrap_or_default();
        ui.add(Label::new(text.shown(rest)).truncate());
    });
}
