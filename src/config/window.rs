//! How the window looks: the `[window]` section beside language and camera.

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, TEXT_CHARS_MAX, set};

/// Sizes of everything in the window, in percent of the usual one.
pub const TEXT_PERCENT_RANGE: std::ops::RangeInclusive<u32> = 80..=200;
/// The usual size.
pub const TEXT_PERCENT_DEFAULT: u32 = 100;

/// Sides of a window that are remembered, in points.
pub const SIDE_RANGE: std::ops::RangeInclusive<u32> = 200..=16_384;

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
    /// It fills the screen.
    pub full_screen: bool,
    /// It fills the screen, and is left by the settings alone.
    pub kiosk: bool,
    /// The display may sleep while the window is open.
    pub may_sleep: bool,
    /// The size that it had last where it did not fill the screen, in points, each side within [`SIDE_RANGE`].
    pub size: Option<(u32, u32)>,
    /// Whether it was maximized last.
    pub maximized: Option<bool>,
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
        Ok(Self {
            theme,
            text_percent: section.number("text_percent", TEXT_PERCENT_RANGE)?,
            full_screen: section.switch("full_screen")?.unwrap_or_default(),
            kiosk: section.switch("kiosk")?.unwrap_or_default(),
            may_sleep: section.switch("may_sleep")?.unwrap_or_default(),
            size: section.pair("size", SIDE_RANGE)?,
            maximized: section.switch("maximized")?,
        })
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
        for (key, new, before) in [
            ("full_screen", self.full_screen, before.full_screen),
            ("kiosk", self.kiosk, before.kiosk),
            ("may_sleep", self.may_sleep, before.may_sleep),
        ] {
            if new != before {
                set(document, "window", key, new.then_some(Value::from(true)));
            }
        }
        if self.size != before.size {
            let sides = self.size.map(|(width, height)| [width, height].map(i64::from).into_iter().collect());
            set(document, "window", "size", sides.map(Value::Array));
        }
        if self.maximized != before.maximized {
            set(document, "window", "maximized", self.maximized.map(Value::from));
        }
    }
}
