//! Fields of a form in the program's window, filled in as at a keyboard.

use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::window::{FRAMES, Window};

/// Marks all that stands in the field of this label.
pub fn select_all(window: &mut Window, label: &str) {
    window.get_by_label(label).focus();
    window.run_steps(FRAMES);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(FRAMES);
}

/// Writes these words into it, in place of what stands there.
pub fn fill(window: &mut Window, label: &str, words: &str) {
    select_all(window, label);
    window.event(Event::Text(words.to_owned()));
    window.run_steps(FRAMES);
}
