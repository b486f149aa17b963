//! Which key does what: the commands of the window, the keys that they may have, and the `[keys]` section, in which a shop chooses others.
//!
//! A command always has one key, and a key one command at most: [`Keys`] can hold nothing else. Only function keys are chosen from: whatever types,
//! ends or edits a code is needed in the code field, which has the focus nearly always, and would be pressed there without a thought of the command.
//! Escape, which people press to get out of something, clears or does nothing.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, TEXT_CHARS_MAX, set};

/// Something that the cashier can do with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// The settings of the section, in the order of [`Command::ALL`].
    pub(super) const TAGS: [&str; 9] =
        ["consume", "clear", "ask_again", "details", "key_card", "code", "history", "settings", "full_screen"];

    /// Its name in the settings.
    pub fn tag(self) -> &'static str {
        Self::TAGS[self as usize]
    }

    /// Its key where the shop has chosen none.
    pub fn usual_key(self) -> Key {
        match self {
            Self::Consume => Key::alike("F9"),
            Self::Clear => Key::ESCAPE,
            Self::AskAgain => Key::alike("F5"),
            Self::Details => Key::alike("F6"),
            Self::KeyCard => Key::alike("F1"),
            Self::GoToCode => Key::alike("F2"),
            Self::GoToHistory => Key::alike("F3"),
            Self::GoToSettings => Key::alike("F4"),
            Self::FullScreen => Key::alike("F11"),
        }
    }
}

/// A key that a command may have: one of [`Key::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    tag: &'static str,
    name: &'static str,
}

impl Key {
    /// The one that clears, or does nothing.
    pub const ESCAPE: Self = Self { tag: "Escape", name: "Esc" };

    /// Every such key.
    pub const ALL: [Self; 25] = [
        Self::ESCAPE,
        Self::alike("F1"),
        Self::alike("F2"),
        Self::alike("F3"),
        Self::alike("F4"),
        Self::alike("F5"),
        Self::alike("F6"),
        Self::alike("F7"),
        Self::alike("F8"),
        Self::alike("F9"),
        Self::alike("F10"),
        Self::alike("F11"),
        Self::alike("F12"),
        Self::alike("F13"),
        Self::alike("F14"),
        Self::alike("F15"),
        Self::alike("F16"),
        Self::alike("F17"),
        Self::alike("F18"),
        Self::alike("F19"),
        Self::alike("F20"),
        Self::alike("F21"),
        Self::alike("F22"),
        Self::alike("F23"),
        Self::alike("F24"),
    ];

    /// One that is called the same everywhere.
    const fn alike(name: &'static str) -> Self {
        Self { tag: name, name }
    }

    /// The key of this name, as the settings, keyboards and windows write it, in capitals or not; `None` where no command may have it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.tag.eq_ignore_ascii_case(name) || key.name.eq_ignore_ascii_case(name))
    }

    /// Its name in the settings.
    pub fn tag(self) -> &'static str {
        self.tag
    }

    /// Its name as it is printed on keyboards; three characters at most.
    pub fn name(self) -> &'static str {
        self.name
    }
}

/// Why a command cannot have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// It is this other command's.
    Taken(Command),
    /// Escape clears, or does nothing.
    Clears,
}

/// The key of each command. Where nothing was chosen it is the usual one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Keys {
    /// Those that differ from the usual.
    chosen: BTreeMap<Command, Key>,
}

impl Keys {
    /// The key of `command`.
    pub fn of(&self, command: Command) -> Key {
        self.chosen.get(&command).copied().unwrap_or_else(|| command.usual_key())
    }

    /// The command that `key` gives, if any.
    pub fn command(&self, key: Key) -> Option<Command> {
        Command::ALL.into_iter().find(|command| self.of(*command) == key)
    }

    /// The same with `key` for `command`.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn with(&self, command: Command, key: Key) -> Result<Self, KeyRefusal> {
        let mut keys = self.clone();
        keys.put(command, key);
        keys.refusal_of(command).map_or(Ok(keys), Err)
    }

    fn put(&mut self, command: Command, key: Key) {
        if key == command.usual_key() {
            self.chosen.remove(&command);
        } else {
            self.chosen.insert(command, key);
        }
    }

    /// What is wrong with the key of `command`, beside all others.
    fn refusal_of(&self, command: Command) -> Option<KeyRefusal> {
        let key = self.of(command);
        if key == Key::ESCAPE && command != Command::Clear {
            return Some(KeyRefusal::Clears);
        }
        let mut others = Command::ALL.into_iter().filter(|other| *other != command);
        others.find(|other| self.of(*other) == key).map(KeyRefusal::Taken)
    }

    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        let mut keys = Self::default();
        let mut told = Vec::new();
        for command in Command::ALL {
            let Some(name) = section.text(command.tag(), TEXT_CHARS_MAX)? else { continue };
            let key = Key::named(&name).ok_or_else(|| {
                section.wrong(
                    command.tag(),
                    "must be one of \"F1\" to \"F24\", or of clear also \"Escape\"; codes need all others",
                )
            })?;
            keys.put(command, key);
            told.push(command);
        }
        // Once all are known: two may have changed places.
        for command in told {
            let (tag, key) = (command.tag(), keys.of(command).tag());
            match keys.refusal_of(command) {
                None => {}
                Some(KeyRefusal::Clears) => {
                    return Err(section.wrong(tag, "is Escape, which clears and does nothing else; choose another key"));
                }
                Some(KeyRefusal::Taken(other)) => {
                    let other = other.tag();
                    let words = format!("is {key}, and so is {other}; choose another key for one of them");
                    return Err(section.wrong(tag, words));
                }
            }
        }
        Ok(keys)
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        for command in Command::ALL {
            let (key, usual) = (self.of(command), command.usual_key());
            if key != before.of(command) {
                set(document, "keys", command.tag(), (key != usual).then(|| Value::from(key.tag())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// That each command has one key, which is no other's and none that is kept back.
    fn assert_sound(keys: &Keys) {
        for command in Command::ALL {
            let key = keys.of(command);
            assert_eq!(keys.command(key), Some(command), "{keys:?}");
            assert!(Key::ALL.contains(&key) && (key != Key::ESCAPE || command == Command::Clear), "{keys:?}");
        }
    }

    #[test]
    fn the_usual_keys_are_sound_and_every_name_is_one_key_s() {
        assert_sound(&Keys::default());
        for (index, key) in Key::ALL.into_iter().enumerate() {
            for name in [key.tag(), key.name(), &key.tag().to_lowercase()] {
                assert_eq!(Key::named(name), Some(key), "{name}");
            }
            assert!(key.name().len() <= 3, "{key:?}");
            assert!(Key::ALL[index + 1..].iter().all(|other| other.tag != key.tag && other.name != key.name));
        }
        for (command, tag) in Command::ALL.into_iter().zip(Command::TAGS) {
            assert_eq!(command.tag(), tag);
            assert!(Key::ALL.contains(&command.usual_key()), "{command:?}");
        }
    }

    #[test]
    fn no_key_that_types_ends_or_edits_a_code_can_be_named() {
        let ends = ["Enter", "Tab", "Space", "A", "9", " ", ""];
        let edits = ["Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown", "ArrowUp", "Up"];
        for name in ends.into_iter().chain(edits).chain(["F0", "F25", "F09", "Ctrl+F9"]) {
            assert_eq!(Key::named(name), None, "{name}");
        }
    }

    #[test]
    fn a_key_is_given_once_and_escape_only_clears() {
        let usual = Keys::default();
        let f12 = Key::alike("F12");
        let keys = usual.with(Command::Consume, f12).expect("a free key");
        assert_eq!((keys.of(Command::Consume), keys.command(Key::alike("F9"))), (f12, None));
        assert_eq!(keys.with(Command::AskAgain, f12), Err(KeyRefusal::Taken(Command::Consume)));
        assert_eq!(keys.with(Command::Consume, f12).as_ref(), Ok(&keys), "its own");
        assert_eq!(keys.with(Command::Consume, Key::alike("F9")), Ok(usual));
        let moved = keys.with(Command::Clear, Key::alike("F8")).expect("a free key");
        assert_eq!(moved.with(Command::Consume, Key::ESCAPE), Err(KeyRefusal::Clears));
        assert_eq!(moved.with(Command::Clear, Key::ESCAPE), Ok(keys));
    }

    proptest! {
        #[test]
        fn whatever_is_chosen_one_after_the_other_leaves_each_command_one_key(
            choices in proptest::collection::vec(
                (proptest::sample::select(&Command::ALL[..]), proptest::sample::select(&Key::ALL[..])), 0..40,
            ),
        ) {
            let mut keys = Keys::default();
            for (command, key) in choices {
                match keys.with(command, key) {
                    Ok(changed) => {
                        prop_assert_eq!(changed.of(command), key);
                        keys = changed;
                    }
                    Err(KeyRefusal::Taken(other)) => prop_assert_eq!(keys.of(other), key),
                    Err(KeyRefusal::Clears) => prop_assert_eq!(key, Key::ESCAPE),
                }
                assert_sound(&keys);
            }
        }
    }
}
