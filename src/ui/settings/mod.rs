//! The settings, as a page. It draws what the settings say and gives back what the person at it wants changed; the window carries that out at
//! once and has it saved (`App::change_settings`).

use eframe::egui::{RichText, ScrollArea, Ui, vec2};

use super::text::{Language, Text};
use super::theme;
use crate::config::{Settings, TEXT_PERCENT_DEFAULT, Theme};

/// Sizes to choose from, in percent.
const TEXT_PERCENTS: [u32; 5] = [90, TEXT_PERCENT_DEFAULT, 110, 125, 150];

/// A change of the settings: made in the window's copy of them, and then in the file.
pub type Change = Box<dyn Fn(&mut Settings) + Send>;

/// Draws the page.
pub fn show(ui: &mut Ui, settings: &Settings, text: &Text) -> Option<Change> {
    let mut change: Option<Change> = None;
    ui.label(RichText::new(text.say("page-settings")).font(theme::title_font()));
    ScrollArea::vertical().id_salt("settings").auto_shrink(false).show(ui, |ui| {
        group(ui, &text.say("settings-language"), |ui| {
            for language in Language::ALL {
                let can_be_shown = language == Language::English || text.can_be_chinese();
                let words = text.say(language.name_key());
                if ui.add_enabled_ui(can_be_shown, |ui| choice(ui, text.language() == language, &words)).inner {
                    change = Some(Box::new(move |settings| settings.language = Some(language.tag().to_owned())));
                }
            }
        });
        group(ui, &text.say("settings-theme"), |ui| {
            let themes = [None].into_iter().chain(Theme::ALL.map(Some));
            for theme in themes {
                let key = match theme {
                    None => "settings-theme-system",
                    Some(Theme::Light) => "settings-theme-light",
                    Some(Theme::Dark) => "settings-theme-dark",
                    Some(Theme::HighContrast) => "settings-theme-contrast",
                };
                if choice(ui, settings.window.theme == theme, &text.say(key)) {
                    change = Some(Box::new(move |settings| settings.window.theme = theme));
                }
            }
        });
        group(ui, &text.say("settings-text-size"), |ui| {
            let present = settings.window.text_percent.unwrap_or(TEXT_PERCENT_DEFAULT);
            for percent in TEXT_PERCENTS {
                if choice(ui, percent == present, &format!("{percent} %")) {
                    let percent = (percent != TEXT_PERCENT_DEFAULT).then_some(percent);
                    change = Some(Box::new(move |settings| settings.window.text_percent = percent));
                }
            }
        });
    });
    change
}

/// A few controls that belong together, under a name.
fn group(ui: &mut Ui, name: &str, controls: impl FnOnce(&mut Ui)) {
    ui.add_space(10.0);
    ui.label(RichText::new(name).strong());
    ui.horizontal_wrapped(controls);
}

/// One of several to choose from. Says whether it was chosen now.
fn choice(ui: &mut Ui, is_chosen: bool, words: &str) -> bool {
    let button = eframe::egui::Button::new(words).selected(is_chosen).min_size(vec2(96.0, theme::TOUCH_HEIGHT));
    ui.add(button).clicked() && !is_chosen
}
