//! How the window looks: the `[window]` section beside language and camera.

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, TEXT_CHARS_MAX, set};

/// Sizes of everything in the window, in percent of the usual one.
pub const TEXT_PERCENT_RANGE: std::ops::RangeInclusive<u32> = 80..=200;
/// The usual size.
pub const TEXT_PERCENT_DEFAULT: u32 = 100;

/// The colours of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// White and bright colours on black.
    HighContrast,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::HighContrast];

    /// Its name in the settings.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::HighContrast => "high-contrast",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.tag() == tag)
    }
}

/// How the window looks.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WindowSettings {
    /// Its colours; `None`: the system's, light or dark.
    pub theme: Option<Theme>,
    /// The size of everything in it, within [`TEXT_PERCENT_RANGE`]; `None`: [`TEXT_PERCENT_DEFAULT`].
    pub text_percent: Option<u32>,
}

impl WindowSettings {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        let theme = match section.text("theme", TEXT_CHARS_MAX)? {
            None => None,
            Some(tag) => Some(Theme::from_tag(&tag).ok_or_else(|| {
                let words = "must be \"light\", \"dark\" or \"high-contrast\"; leave it out for the system's";
                section.wrong("theme", words)
            })?),
        };
        Ok(Self { theme, text_percent: section.number("text_percent", TEXT_PERCENT_RANGE)? })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        if self.theme != before.theme {
            set(document, "window", "theme", self.theme.map(|theme| Value::from(theme.tag())));
        }
        if self.text_percent != before.text_percent {
            let percent = self.text_percent.map(|percent| Value::from(i64::from(percent)));
            set(document, "window", "text_percent", percent);
        }
    }
}
