//! Where newer versions are announced, and what came of asking there.

use eframe::egui::{Button, Ui, vec2};

use super::field::{Field, Fields};
use super::{Around, Wish, remark, report};
use crate::ui::theme::{self, Tone};
use crate::ui::updates::{put_away_for_good, put_away_words};

/// Draws it. Without an address there is nothing to say, and nothing to press.
pub fn show(ui: &mut Ui, around: &Around<'_>, fields: &mut Fields, wishes: &mut Vec<Wish>) {
    let (settings, text, updates) = (around.settings, around.text, around.updates);
    fields.show(ui, Field::Updates, settings, text, wishes);
    remark(ui, &text.say("settings-updates-how"));
    ui.add_space(8.0);
    if settings.updates.url.is_none() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let words = text.say(if updates.is_asking() { "updates-asking" } else { "updates-ask" });
        let button = Button::new(words).min_size(vec2(160.0, theme::TOUCH_HEIGHT));
        if ui.add_enabled(!updates.is_asking(), button).clicked() {
            wishes.push(Wish::AskForUpdates);
        }
        if let Some(release) = updates.release(settings.updates.dismissed.as_ref()) {
            let button = Button::new(put_away_words(text, release)).min_size(vec2(160.0, theme::TOUCH_HEIGHT));
            if ui.add(button).clicked() {
                wishes.push(Wish::Change(put_away_for_good(release.version.clone())));
            }
        }
    });
    for (tone, words) in updates.told(text) {
        match tone {
            Tone::Calm => remark(ui, &words),
            tone => report(ui, tone, &words),
        }
    }
    ui.add_space(10.0);
}
