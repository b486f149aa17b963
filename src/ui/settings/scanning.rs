//! Camera and hand scanner, each where it can be tried at once.

use eframe::egui::{Id, RichText, TextEdit, Ui, vec2};

use super::field::{Field, Fields};
use super::{Around, Wish, remark, report};
use crate::code;
use crate::scan::Wrapping;
use crate::ui::scan_pane::Port;
use crate::ui::sentence;
use crate::ui::theme::{self, Tone};

/// Longest that is kept of what is scanned to try the scanner, in characters.
const TRIED_CHARS_MAX: usize = 256;

/// Draws the section.
pub fn show(ui: &mut Ui, around: &mut Around<'_>, fields: &mut Fields, tried: &mut String, wishes: &mut Vec<Wish>) {
    let (settings, text) = (around.settings, around.text);
    ui.scope(|ui| {
        ui.set_max_width(theme::FIELD_WIDTH);
        around.scan.show_camera(ui, text);
    });
    remark(ui, &text.say("settings-camera-how"));
    ui.add_space(8.0);
    fields.show(ui, Field::CameraAddress, settings, text, wishes);
    ui.separator();

    for field in [Field::Prefix, Field::Suffix] {
        fields.show(ui, field, settings, text, wishes);
    }
    let label = ui.label(RichText::new(text.say("settings-try-scanner")).strong());
    let edit = TextEdit::singleline(tried).id(Id::unique("try the scanner")).char_limit(TRIED_CHARS_MAX);
    let edit = edit.min_size(vec2(0.0, theme::TOUCH_HEIGHT)).desired_width(theme::FIELD_WIDTH);
    let edit = ui.add(edit.align(eframe::egui::Align2::LEFT_CENTER)).labelled_by(label.id);
    theme::without_input_method(ui, &edit);
    if edit.gained_focus() {
        tried.clear();
    }
    if !tried.is_empty() {
        let wrapping = Wrapping { prefix: settings.scanner.prefix.clone(), suffix: settings.scanner.suffix.clone() };
        let code = code::clean(wrapping.taken_off(tried));
        match code::read(&code) {
            Ok(_) => report(ui, Tone::Good, &text.say_with("settings-tried-code", &[("code", &code)])),
            Err(refusal) => report(ui, Tone::Bad, &sentence::refusal(text, refusal)),
        }
    }
    ui.separator();

    for field in [Field::Port, Field::Baud] {
        fields.show(ui, field, settings, text, wishes);
    }
    match around.scan.port() {
        Port::None => remark(ui, &text.say("settings-port-how")),
        Port::Opening => remark(ui, &text.say("settings-port-opening")),
        Port::Open => report(ui, Tone::Good, &text.say("settings-port-open")),
        Port::Lost(trouble) => report(ui, Tone::Bad, &sentence::serial_error(text, trouble)),
    }
}
