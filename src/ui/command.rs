//! What a cashier can do, in one table that feeds buttons, keys and the line that explains the keys.

use eframe::egui::{Context, Event as Input, Key, KeyboardShortcut, Modifiers};

use super::page::Page;
use crate::desk::{Event, Stage, View};

/// Something that the cashier can do with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Write the shown coupon off.
    Consume,
    /// Clear the desk.
    Clear,
    /// Ask the platform about the present code again.
    AskAgain,
    /// Show all that is known of the present coupon, its conditions first, or its verdict again.
    Details,
    /// Show the key card, or put it away.
    KeyCard,
    /// Go to the code field, at the counter.
    GoToCode,
    /// Go to the history.
    GoToHistory,
    /// Go to the settings.
    GoToSettings,
    /// Fill the screen, or no longer.
    FullScreen,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 9] = [
        Self::Consume,
        Self::Clear,
        Self::AskAgain,
        Self::Details,
        Self::KeyCard,
        Self::GoToCode,
        Self::GoToHistory,
        Self::GoToSettings,
        Self::FullScreen,
    ];

    /// Its key. None of them is Enter or Tab: scanners end a code with those.
    pub fn shortcut(self) -> KeyboardShortcut {
        let key = match self {
            Self::Consume => Key::F9,
            Self::Clear => Key::Escape,
            Self::AskAgain => Key::F5,
            Self::Details => Key::F6,
            Self::KeyCard => Key::F1,
            Self::GoToCode => Key::F2,
            Self::GoToHistory => Key::F3,
            Self::GoToSettings => Key::F4,
            Self::FullScreen => Key::F11,
        };
        KeyboardShortcut::new(Modifiers::NONE, key)
    }

    /// The key's name, as it is printed on keyboards.
    pub fn key_name(self) -> &'static str {
        match self {
            Self::Consume => "F9",
            Self::Clear => "Esc",
            Self::AskAgain => "F5",
            Self::Details => "F6",
            Self::KeyCard => "F1",
            Self::GoToCode => "F2",
            Self::GoToHistory => "F3",
            Self::GoToSettings => "F4",
            Self::FullScreen => "F11",
        }
    }

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
    pub fn pressed(ctx: &Context) -> Vec<Self> {
        let mut pressed = Vec::new();
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let Input::Key { key, pressed: true, repeat, modifiers, .. } = event else { return true };
                let matching = |command: &Self| command.shortcut().logical_key == *key && modifiers.is_none();
                let Some(command) = Self::ALL.into_iter().find(matching) else { return true };
                if !repeat {
                    pressed.push(command);
                }
                false
            });
        });
        pressed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_has_a_key_that_a_scanner_sends_or_another_has() {
        for (index, command) in Command::ALL.into_iter().enumerate() {
            let key = command.shortcut().logical_key;
            assert!(!matches!(key, Key::Enter | Key::Tab | Key::Space), "{command:?}");
            for other in &Command::ALL[index + 1..] {
                assert_ne!(key, other.shortcut().logical_key, "{command:?} and {other:?}");
            }
        }
    }
}
