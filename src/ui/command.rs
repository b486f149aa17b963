//! What each [`Command`] does in the window, and which key pressed is whose.

use eframe::egui::{Context, Event as Input};

use super::page::Page;
pub use crate::config::Command;
use crate::config::{Key, Keys};
use crate::desk::{Event, Stage, View};

impl Command {
    /// The key of the sentence that says what it does.
    pub fn sentence_key(self) -> &'static str {
        match self {
            Self::Consume => "key-card-consume",
            Self::Clear => "key-card-clear",
            Self::AskAgain => "key-card-ask-again",
            Self::Details => "key-card-details",
            Self::KeyCard => "key-card-keys",
            Self::GoToCode => "key-card-code",
            Self::GoToHistory => "key-card-history",
            Self::GoToSettings => "key-card-settings",
            Self::FullScreen => "key-card-full-screen",
        }
    }

    /// The page that it leads to.
    pub fn page(self) -> Option<Page> {
        match self {
            Self::GoToCode => Some(Page::Counter),
            Self::GoToHistory => Some(Page::History),
            Self::GoToSettings => Some(Page::Settings),
            Self::Consume | Self::Clear | Self::AskAgain | Self::Details | Self::KeyCard | Self::FullScreen => None,
        }
    }

    /// What the desk is told by someone who sees `view`; `None` for what concerns the window alone, or makes no sense now.
    pub fn event(self, view: &View) -> Option<Event> {
        match self {
            Self::Consume => match &view.stage {
                Stage::Shown { shown, .. } => Some(Event::Pressed(shown.coupon.code.clone())),
                _ => None,
            },
            Self::Clear => Some(Event::Dismissed),
            Self::AskAgain => Some(Event::AskedAgain),
            Self::Details
            | Self::KeyCard
            | Self::GoToCode
            | Self::GoToHistory
            | Self::GoToSettings
            | Self::FullScreen => None,
        }
    }

    /// The commands whose keys were pressed since the last frame. A key that is held down counts once: something may lie on it.
    pub fn pressed(ctx: &Context, keys: &Keys) -> Vec<Self> {
        let mut pressed = Vec::new();
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let Some(command) = key_pressed(event).and_then(|key| keys.command(key)) else { return true };
                if !matches!(event, Input::Key { repeat: true, .. }) {
                    pressed.push(command);
                }
                false
            });
        });
        pressed
    }
}

/// The key that `event` presses, or repeats, where a command may have it.
pub fn key_pressed(event: &Input) -> Option<Key> {
    match event {
        Input::Key { key, pressed: true, modifiers, .. } if modifiers.is_none() => Key::named(key.name()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{self, Modifiers};

    use super::*;

    fn press(key: egui::Key, modifiers: Modifiers) -> Input {
        Input::Key { key, physical_key: Some(key), pressed: true, repeat: false, modifiers }
    }

    #[test]
    fn every_key_that_can_be_chosen_is_one_of_the_window_s_and_no_other_is_taken_for_it() {
        let mut met = 0;
        for key in egui::Key::ALL {
            let pressed = key_pressed(&press(*key, Modifiers::NONE));
            assert!(pressed.is_none_or(|pressed| pressed.tag() == key.name()), "{key:?}");
            met += usize::from(pressed.is_some());
        }
        assert_eq!(met, Key::ALL.len());
    }

    #[test]
    fn with_another_key_held_it_is_no_command_s() {
        let f9 = press(egui::Key::F9, Modifiers::NONE);
        assert_eq!(key_pressed(&f9).and_then(|key| Keys::default().command(key)), Some(Command::Consume));
        for modifiers in [Modifiers::SHIFT, Modifiers::CTRL, Modifiers::ALT] {
            assert_eq!(key_pressed(&press(egui::Key::F9, modifiers)), None);
        }
    }
}
