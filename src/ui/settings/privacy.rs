//! What passers-by shall not read on the screen.

use eframe::egui::Ui;

use super::{Around, Wish, remark, switch};

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, wishes: &mut Vec<Wish>) {
    let (settings, text) = (around.settings, around.text);
    if let Some(on) = switch(ui, text, &text.say("settings-mask-codes"), settings.privacy.mask_codes) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.privacy.mask_codes = on)));
    }
    if let Some(on) = switch(ui, text, &text.say("settings-mask-owners"), settings.privacy.mask_owners) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.privacy.mask_owners = on)));
    }
    remark(ui, &text.say("settings-mask-how"));
}
