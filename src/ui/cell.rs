//! A cell of a list or a table: as wide as its column, with its words at the left edge, shortened where they do not fit.

use eframe::egui::{Align, Label, Layout, RichText, Ui, Vec2};

/// Draws one of this size, in points.
pub fn show(ui: &mut Ui, size: Vec2, words: RichText) {
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_width(size.x);
        ui.add(Label::new(words).truncate());
    });
}
