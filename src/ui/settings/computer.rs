//! What concerns this computer: the whole screen, keeping awake, starting with the system, where things lie, newer versions, and the way out of a kiosk.

use eframe::egui::{Button, Label, RichText, Ui, vec2};

use super::field::Fields;
use super::{Around, Wish, remark, switch, updates};
use crate::ui::command::Command;
use crate::ui::theme;

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, fields: &mut Fields, wishes: &mut Vec<Wish>) {
    let (window, text) = (&around.settings.window, around.text);
    let key = [("key", text.key_name(Command::FullScreen))];
    let full_screen = text.say_with("settings-full-screen", &key);
    if let Some(on) = switch(ui, text, &full_screen, window.full_screen || window.kiosk) {
        wishes.push(Wish::Change(Box::new(move |settings| {
            settings.window.full_screen = on;
            settings.window.kiosk &= on;
        })));
    }
    if let Some(on) = switch(ui, text, &text.say("settings-kiosk"), window.kiosk) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.window.kiosk = on)));
    }
    remark(ui, &text.say_with("settings-kiosk-how", &key));
    if window.kiosk {
        let button = Button::new(text.say("settings-end")).min_size(vec2(160.0, theme::TOUCH_HEIGHT));
        if ui.add(button).clicked() {
            wishes.push(Wish::End);
        }
    }
    ui.add_space(8.0);
    if let Some(on) = switch(ui, text, &text.say("settings-keep-awake"), !window.may_sleep) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.window.may_sleep = !on)));
    }
    if let Some(starts) = around.autostart
        && let Some(on) = switch(ui, text, &text.say("settings-autostart"), starts)
    {
        wishes.push(Wish::Autostart(on));
    }
    updates::show(ui, around, fields, wishes);
    let settings_folder = around.places.settings_file.parent();
    for (key, path, folder) in [
        ("settings-data-folder", &around.places.data_folder, Some(around.places.data_folder.as_path())),
        ("settings-file", &around.places.settings_file, settings_folder),
    ] {
        let name = text.say(key);
        ui.label(RichText::new(&name).strong());
        ui.horizontal(|ui| {
            let button = Button::new(text.say("settings-open-folder")).min_size(vec2(120.0, theme::TOUCH_HEIGHT));
            let button = ui.add(button).on_hover_text(&name);
            if button.clicked() {
                wishes.extend(folder.map(|folder| Wish::OpenFolder(folder.to_owned())));
            }
            ui.add(Label::new(RichText::new(path.display().to_string()).monospace()).wrap());
        });
        ui.add_space(10.0);
    }
}
