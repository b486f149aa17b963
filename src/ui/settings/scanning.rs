//! Camera and hand scanner, each where it can be tried at once.

use eframe::egui::{Id, RichText, TextEdit, Ui, vec2};

use super::field::{Field, Fields};
use super::{Around, Wish, choice, group, remark, report};
use crate::code;
use crate::config::Settings;
use crate::scan::{Control, Wrapping};
use crate::ui::scan_pane::Port;
use crate::ui::sentence;
use crate::ui::theme::{self, Tone};

/// Longest that is kept of what is scanned to try the scanner, in characters.
const TRIED_CHARS_MAX: usize = 256;

/// Exposures to choose from, in milliseconds: short ones freeze a hand that moves, and want light.
const EXPOSURES_MS: [u32; 3] = [5, 10, 20];

/// Draws the section.
pub fn show(ui: &mut Ui, around: &mut Around<'_>, fields: &mut Fields, tried: &mut String, wishes: &mut Vec<Wish>) {
    let (settings, text) = (around.settings, around.text);
    ui.scope(|ui| {
        ui.set_max_width(theme::FIELD_WIDTH);
        around.scan.show_camera(ui, text);
    });
    remark(ui, &text.say("settings-camera-how"));
    ui.add_space(8.0);
    if Control::CAN_BE_SET {
        show_controls(ui, around, wishes);
    }
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

/// What the camera is asked to do, and what of it this one cannot.
fn show_controls(ui: &mut Ui, around: &Around<'_>, wishes: &mut Vec<Wish>) {
    let (picture, text) = (&around.settings.picture, around.text);
    let mut exposures = EXPOSURES_MS.to_vec();
    exposures.extend(picture.exposure_ms); // one that was written into the file by hand stands among them
    exposures.sort_unstable();
    exposures.dedup();
    let controls = [
        (Control::Autofocus, "settings-autofocus", picture.autofocus.map(u32::from), vec![1, 0]),
        (Control::Exposure, "settings-exposure", picture.exposure_ms, exposures),
        (Control::Torch, "settings-torch", picture.torch.map(u32::from), vec![1, 0]),
    ];
    for (control, name, present, values) in controls {
        group(ui, &text.say(name), |ui| {
            for value in [None].into_iter().chain(values.into_iter().map(Some)) {
                let words = match (control, value) {
                    (_, None) => text.say("settings-camera-decides"),
                    (Control::Exposure, Some(ms)) => format!("{ms} ms"),
                    (_, Some(0)) => text.say("settings-no"),
                    (_, Some(_)) => text.say("settings-yes"),
                };
                if choice(ui, present == value, &words) {
                    wishes.push(Wish::Change(Box::new(move |settings| set(settings, control, value))));
                }
            }
        });
        if around.scan.untaken().contains(&control) {
            report(ui, Tone::Attention, &text.say("settings-camera-cannot"));
            ui.add_space(8.0);
        }
    }
}

fn set(settings: &mut Settings, control: Control, value: Option<u32>) {
    let picture = &mut settings.picture;
    match control {
        Control::Autofocus => picture.autofocus = value.map(|value| value > 0),
        Control::Exposure => picture.exposure_ms = value,
        Control::Torch => picture.torch = value.map(|value| value > 0),
    }
}
