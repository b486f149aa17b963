//! The receipt printer, where it can be tried at once.

use eframe::egui::{Button, Ui, vec2};

use super::field::{Field, Fields};
use super::{Around, Tested, Wish, choice, group, remark, report, switch};
use crate::printer::{Charset, Paper, Place};
use crate::ui::theme::{self, Tone};

/// Draws the section.
pub fn show(
    ui: &mut Ui,
    around: &Around<'_>,
    fields: &mut Fields,
    found: &[Place],
    tested: Option<&Tested>,
    wishes: &mut Vec<Wish>,
) {
    let (settings, text) = (around.settings, around.text);
    fields.show(ui, Field::PrinterPlace, settings, text, wishes);
    remark(ui, &text.say("settings-printer-place-how"));
    ui.add_space(8.0);
    if !found.is_empty() {
        group(ui, &text.say("settings-printer-found"), |ui| {
            for place in found {
                if choice(ui, settings.printer.place.as_ref() == Some(place), &place.to_string()) {
                    let place = place.clone();
                    fields.forget(Field::PrinterPlace); // what was being entered is not what is wanted
                    wishes.push(Wish::Change(Box::new(move |settings| {
                        settings.printer.place = Some(place.clone());
                    })));
                }
            }
        });
    }
    group(ui, &text.say("settings-printer-paper"), |ui| {
        for paper in Paper::ALL {
            if choice(ui, settings.printer.paper == paper, &format!("{} mm", paper.mm())) {
                wishes.push(Wish::Change(Box::new(move |settings| settings.printer.paper = paper)));
            }
        }
    });
    group(ui, &text.say("settings-printer-charset"), |ui| {
        for charset in [None].into_iter().chain(Charset::ALL.map(Some)) {
            let key = match charset {
                None => "settings-printer-charset-usual",
                Some(Charset::Gb18030) => "settings-printer-charset-gb18030",
                Some(Charset::Big5) => "settings-printer-charset-big5",
                Some(Charset::Ascii) => "settings-printer-charset-ascii",
            };
            if choice(ui, settings.printer.charset == charset, &text.say(key)) {
                wishes.push(Wish::Change(Box::new(move |settings| settings.printer.charset = charset)));
            }
        }
    });
    fields.show(ui, Field::PrinterHeading, settings, text, wishes);
    if let Some(on) = switch(ui, text, &text.say("settings-printer-slips"), settings.printer.slips) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.printer.slips = on)));
    }
    let is_printing = matches!(tested, Some(Tested::Not));
    let words = text.say(if is_printing { "printing" } else { "settings-printer-test" });
    let button = Button::new(words).min_size(vec2(200.0, theme::TOUCH_HEIGHT));
    let can_print = settings.printer.place.is_some() && !is_printing;
    if ui.horizontal(|ui| ui.add_enabled(can_print, button)).inner.clicked() {
        wishes.push(Wish::TestPrinter);
    }
    match tested {
        None | Some(Tested::Not) => {}
        Some(Tested::Well(words)) => report(ui, Tone::Good, words),
        Some(Tested::Ill(why)) => report(ui, Tone::Bad, why),
    }
}
