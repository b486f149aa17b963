//! What passers-by shall not read on the screen, and who may see settings and history.

use eframe::egui::{Button, Id, RichText, TextEdit, Ui, vec2};
use secrecy::SecretString;

use super::{Around, Wish, remark, report, switch};
use crate::pin::PIN_DIGITS;
use crate::ui::theme::{self, Tone};

/// A new PIN, while it is entered, twice.
#[derive(Default)]
pub struct NewPin {
    once: String,
    again: String,
}

impl NewPin {
    /// The PIN, or the key of the sentence that says what is wrong with it.
    fn read(&self) -> Result<SecretString, &'static str> {
        let is_pin = PIN_DIGITS.contains(&self.once.len()) && self.once.bytes().all(|byte| byte.is_ascii_digit());
        match is_pin {
            false => Err("settings-wrong-pin"),
            true if self.once != self.again => Err("settings-pin-differs"),
            true => Ok(SecretString::from(self.once.as_str())),
        }
    }
}

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, new_pin: &mut NewPin, wishes: &mut Vec<Wish>) {
    let (settings, text) = (around.settings, around.text);
    if let Some(on) = switch(ui, text, &text.say("settings-mask-codes"), settings.privacy.mask_codes) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.privacy.mask_codes = on)));
    }
    if let Some(on) = switch(ui, text, &text.say("settings-mask-owners"), settings.privacy.mask_owners) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.privacy.mask_owners = on)));
    }
    remark(ui, &text.say("settings-mask-how"));
    ui.add_space(8.0);
    ui.separator();

    for (key, entered) in [("settings-pin", &mut new_pin.once), ("settings-pin-again", &mut new_pin.again)] {
        let label = ui.label(RichText::new(text.say(key)).strong());
        let field = TextEdit::singleline(entered).password(true).id(Id::unique(key)).char_limit(*PIN_DIGITS.end());
        let field = field.min_size(vec2(0.0, theme::TOUCH_HEIGHT)).desired_width(theme::FIELD_WIDTH);
        let field = ui.add(field.align(eframe::egui::Align2::LEFT_CENTER)).labelled_by(label.id);
        theme::without_input_method(ui, &field);
    }
    let read = new_pin.read();
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let size = vec2(160.0, theme::TOUCH_HEIGHT);
        let set = ui.add_enabled(read.is_ok(), Button::new(text.say("settings-pin-set")).min_size(size));
        if let (true, Ok(pin)) = (set.clicked(), &read) {
            wishes.push(Wish::SetPin(pin.clone()));
            *new_pin = NewPin::default();
        }
        let has_pin = settings.privacy.pin.is_some();
        let remove = Button::new(text.say("settings-pin-remove")).min_size(size);
        if ui.add_enabled(has_pin, remove).clicked() {
            wishes.push(Wish::Change(Box::new(|settings| settings.privacy.pin = None)));
        }
    });
    match read {
        Err(key) if !new_pin.once.is_empty() => report(ui, Tone::Bad, &text.say(key)),
        _ if settings.privacy.pin.is_some() => report(ui, Tone::Good, &text.say("settings-pin-is-set")),
        _ => remark(ui, &text.say("settings-pin-how")),
    }
}
