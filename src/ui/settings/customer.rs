//! The window for the customer.

use eframe::egui::Ui;

use super::field::{Field, Fields};
use super::{Around, Wish, remark, switch};

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, fields: &mut Fields, wishes: &mut Vec<Wish>) {
    let (settings, text) = (around.settings, around.text);
    if let Some(on) = switch(ui, text, &text.say("settings-customer-window"), settings.customer.window) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.customer.window = on)));
    }
    remark(ui, &text.say("settings-customer-what"));
    ui.add_space(8.0);
    fields.show(ui, Field::Shop, settings, text, wishes);
    if let Some(on) = switch(ui, text, &text.say("settings-customer-full"), settings.customer.full_screen) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.customer.full_screen = on)));
    }
    remark(ui, &text.say("settings-customer-how"));
}
