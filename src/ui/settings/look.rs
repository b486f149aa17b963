//! Language, colours and sizes.

use eframe::egui::Ui;

use super::{Around, Wish, choice, group};
use crate::config::{TEXT_PERCENT_DEFAULT, Theme};
use crate::ui::text::Language;

/// Sizes to choose from, in percent.
const TEXT_PERCENTS: [u32; 5] = [90, TEXT_PERCENT_DEFAULT, 110, 125, 150];

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, wishes: &mut Vec<Wish>) {
    let (settings, text) = (around.settings, around.text);
    group(ui, &text.say("settings-language"), |ui| {
        for language in Language::ALL {
            let can_be_shown = language == Language::English || text.can_be_chinese();
            let words = text.say(language.name_key());
            if ui.add_enabled_ui(can_be_shown, |ui| choice(ui, text.language() == language, &words)).inner {
                let tag = language.tag();
                wishes.push(Wish::Change(Box::new(move |settings| settings.language = Some(tag.to_owned()))));
            }
        }
    });
    group(ui, &text.say("settings-theme"), |ui| {
        for theme in [None].into_iter().chain(Theme::ALL.map(Some)) {
            let key = match theme {
                None => "settings-theme-system",
                Some(Theme::Light) => "settings-theme-light",
                Some(Theme::Dark) => "settings-theme-dark",
                Some(Theme::HighContrast) => "settings-theme-contrast",
            };
            if choice(ui, settings.window.theme == theme, &text.say(key)) {
                wishes.push(Wish::Change(Box::new(move |settings| settings.window.theme = theme)));
            }
        }
    });
    group(ui, &text.say("settings-text-size"), |ui| {
        let present = settings.window.text_percent.unwrap_or(TEXT_PERCENT_DEFAULT);
        for percent in TEXT_PERCENTS {
            if choice(ui, percent == present, &format!("{percent} %")) {
                let percent = (percent != TEXT_PERCENT_DEFAULT).then_some(percent);
                wishes.push(Wish::Change(Box::new(move |settings| settings.window.text_percent = percent)));
            }
        }
    });
}
