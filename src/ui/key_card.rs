//! The key card: every command with its key, over whatever page is shown.

use eframe::egui::{Button, Context, Frame, Grid, Id, Modal, RichText, vec2};

use super::command::Command;
use super::text::Text;
use super::theme;

/// Width of a key, in points: of the longest name.
const KEY_WIDTH: f32 = 56.0;

/// Draws the card. Says whether it is to be closed.
pub fn show(ctx: &Context, text: &Text) -> bool {
    let modal = Modal::new(Id::unique("key card")).show(ctx, |ui| {
        ui.label(RichText::new(text.say("key-card-title")).font(theme::title_font()));
        Grid::new("keys").num_columns(2).spacing([24.0, 8.0]).show(ui, |ui| {
            let scan = ("Enter", "key-card-scan");
            let commands = Command::ALL.into_iter().map(|command| (command.key_name(), command.sentence_key()));
            for (key, sentence) in [scan].into_iter().chain(commands) {
                let line = theme::palette(ui).outline;
                Frame::new().stroke((1.0, line)).corner_radius(4).inner_margin(6).show(ui, |ui| {
                    ui.set_width(KEY_WIDTH);
                    ui.vertical_centered(|ui| ui.label(RichText::new(key).monospace().strong()));
                });
                ui.label(text.say(sentence));
                ui.end_row();
            }
        });
        ui.add_space(8.0);
        ui.add(Button::new(text.say("close")).min_size(vec2(160.0, theme::TOUCH_HEIGHT))).clicked()
    });
    modal.inner || modal.should_close()
}
