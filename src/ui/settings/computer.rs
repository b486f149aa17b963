//! What concerns this computer: where things lie.

use eframe::egui::{Button, Label, RichText, Ui, vec2};

use super::{Around, Wish};
use crate::ui::theme;

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, wishes: &mut Vec<Wish>) {
    let text = around.text;
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
