//! The key card: every command with its key, over whatever page is shown.

use eframe::egui::{
    Button, Context, Grid, Id, Label, Layout, Modal, RichText, Sense, StrokeKind, TextStyle, Ui, UiBuilder, vec2,
};

use super::command::Command;
use super::text::Text;
use super::theme;

/// Width of a key, in points: of the longest name.
const KEY_WIDTH: f32 = 56.0;
/// What is left around its name, in points.
const KEY_MARGIN: f32 = 6.0;

/// Draws the card. Says whether it is to be closed.
pub fn show(ctx: &Context, text: &Text) -> bool {
    let modal = Modal::new(Id::unique("key card")).show(ctx, |ui| {
        ui.label(RichText::new(text.say("key-card-title")).font(theme::title_font()));
        Grid::new("keys").num_columns(2).spacing([24.0, 8.0]).show(ui, |ui| {
            let scan = ("Enter", "key-card-scan");
            let commands = Command::ALL.into_iter().map(|command| (text.key_name(command), command.sentence_key()));
            for (key, sentence) in [scan].into_iter().chain(commands) {
                show_key(ui, key);
                ui.label(text.say(sentence));
                ui.end_row();
            }
        });
        ui.add_space(8.0);
        ui.add(Button::new(text.say("close")).min_size(vec2(160.0, theme::TOUCH_HEIGHT))).clicked()
    });
    modal.inner || modal.should_close()
}

/// Draws a key of this name.
pub fn show_key(ui: &mut Ui, name: &str) {
    let size = vec2(KEY_WIDTH, ui.text_style_height(&TextStyle::Monospace)) + vec2(KEY_MARGIN, KEY_MARGIN) * 2.0;
    let (place, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_stroke(place, 4, (1.0, theme::palette(ui).outline), StrokeKind::Inside);
    let inside = UiBuilder::new().max_rect(place).layout(Layout::centered_and_justified(ui.layout().main_dir()));
    ui.new_child(inside).add(Label::new(RichText::new(name).monospace().strong()));
}
