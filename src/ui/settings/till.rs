//! What the till and its cashier are called, and cards with codes of the merchant's own.

use eframe::egui::Ui;

use super::field::{Field, Fields};
use super::{Around, Wish, remark};

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, fields: &mut Fields, wishes: &mut Vec<Wish>) {
    for field in [Field::Till, Field::Cashier, Field::Cards] {
        fields.show(ui, field, around.settings, around.text, wishes);
    }
    remark(ui, &around.text.say("settings-cards-how"));
}
