//! The PIN before settings and history, by keyboard and by touch.

use std::time::{Duration, Instant};

use eframe::egui::{Align, Button, Id, Key, Layout, RichText, TextEdit, Ui, vec2};
use secrecy::SecretString;

use super::text::Text;
use super::theme::{self, Tone};
use crate::pin::{PIN_DIGITS, Patience};

/// Whether the pages behind the PIN are open, and what has been tried.
#[derive(Default)]
pub struct Lock {
    open: bool,
    entered: String,
    /// A try is being looked at.
    trying: bool,
    /// Wrong tries since the program started.
    patience: Patience,
}

impl Lock {
    /// Whether the pages can be seen.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Closes the pages. Wrong tries are remembered; one that is being looked at opens nothing any more.
    pub fn close(&mut self) {
        (self.open, self.trying) = (false, false);
        self.entered.clear();
    }

    /// The try was looked at, at `now`.
    pub fn tried(&mut self, was_right: bool, now: Instant) {
        if std::mem::take(&mut self.trying) {
            self.entered.clear();
            self.open = was_right;
        }
        self.patience.tried(was_right, now);
    }

    /// Draws the lock. Says which PIN is to be tried.
    pub fn show(&mut self, ui: &mut Ui, text: &Text) -> Option<SecretString> {
        let wait = self.patience.wait(Instant::now());
        let mut tried = false;
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            ui.add_space(24.0);
            let label = ui.label(RichText::new(text.say("lock-title")).font(theme::title_font()));
            ui.add_space(8.0);
            let is_free = wait.is_zero() && !self.trying;
            ui.add_enabled_ui(is_free, |ui| {
                let field = TextEdit::singleline(&mut self.entered).password(true).id(Id::unique("pin"));
                let field = field.font(theme::title_font()).char_limit(*PIN_DIGITS.end());
                let field = field.min_size(vec2(0.0, theme::TOUCH_HEIGHT)).desired_width(theme::KEYPAD_WIDTH);
                let field = ui.add(field.align(eframe::egui::Align2::LEFT_CENTER)).labelled_by(label.id);
                theme::without_input_method(ui, &field);
                tried |= field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                if is_free && ui.memory(|memory| memory.focused().is_none()) {
                    field.request_focus();
                }
                ui.add_space(4.0);
                tried |= show_keypad(ui, text, &mut self.entered, *PIN_DIGITS.end());
            });
            ui.add_space(8.0);
            // Always the same height, so that nothing jumps when there is something to say.
            let words = match self.patience.was_wrong() {
                false => String::new(),
                true if !wait.is_zero() => text.say_count("lock-wait", whole_seconds(wait)),
                true => text.say("lock-wrong"),
            };
            ui.label(RichText::new(words).color(theme::palette(ui).words(Tone::Bad)));
        });
        if !wait.is_zero() {
            ui.ctx().request_repaint_after(wait.min(Duration::from_secs(1)));
        }
        let is_pin = PIN_DIGITS.contains(&self.entered.chars().count());
        (tried && is_pin && wait.is_zero() && !self.trying).then(|| {
            self.trying = true;
            SecretString::from(std::mem::take(&mut self.entered))
        })
    }
}

/// How many seconds there are to wait, the last of them whole: «0 s left» is never said while there is something left.
pub fn whole_seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// Draws digits for fingers, which go into `entered` up to so many. Says whether what was entered is to be tried.
pub fn show_keypad(ui: &mut Ui, text: &Text, entered: &mut String, digits_max: usize) -> bool {
    let mut tried = false;
    let gap = ui.spacing().item_spacing.x;
    let size = vec2((theme::KEYPAD_WIDTH - 2.0 * gap) / 3.0, theme::KEYPAD_HEIGHT);
    for row in [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["lock-delete", "0", "lock-try"]] {
        ui.allocate_ui(vec2(theme::KEYPAD_WIDTH, size.y), |ui| {
            ui.horizontal(|ui| {
                for key in row {
                    let words = if key.len() == 1 { key.to_owned() } else { text.say(key) };
                    if !ui.add_sized(size, Button::new(words)).clicked() {
                        continue;
                    }
                    match key {
                        "lock-try" => tried = true,
                        "lock-delete" => drop(entered.pop()),
                        digit if entered.len() < digits_max => entered.push_str(digit),
                        _ => {}
                    }
                }
            });
        });
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_tries_are_remembered_when_the_page_is_left_and_forgotten_by_the_right_one() {
        let now = Instant::now();
        let mut lock = Lock::default();
        for _ in 0..3 {
            lock.trying = true;
            lock.tried(false, now);
            lock.close();
        }
        assert!(!lock.is_open());
        assert_eq!(lock.patience.wait(now), Duration::from_secs(2));
        lock.trying = true;
        lock.tried(true, now);
        assert!(lock.is_open() && lock.patience.wait(now).is_zero());
        lock.close();
        assert!(!lock.is_open());
    }

    #[test]
    fn a_try_that_is_answered_when_the_page_has_been_left_opens_nothing() {
        let mut lock = Lock { trying: true, ..Lock::default() };
        lock.close();
        lock.tried(true, Instant::now());
        assert!(!lock.is_open());
    }
}
