//! How the counter works: the `[counter]` section.

use std::ops::RangeInclusive;

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, set};
use crate::coupon::Fen;
use crate::sound::Volume;

/// Worths from which on a coupon may take two presses, in yuan. From 0 on every coupon does.
pub const PRESS_TWICE_YUAN_RANGE: RangeInclusive<u32> = 0..=1_000_000;

/// How loud sounds may be, in percent; 0 is silence.
pub const VOLUME_PERCENT_RANGE: RangeInclusive<u32> = 0..=100;
/// How loud they are usually.
pub const VOLUME_PERCENT_DEFAULT: u32 = 60;

/// How the counter works.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CounterSettings {
    /// From this worth on a coupon takes two presses of Consume, in yuan, within [`PRESS_TWICE_YUAN_RANGE`]; `None`: none does. What that means for
    /// coupons that are no cash stands at [`Rules::takes_two`](crate::desk::Rules::takes_two).
    pub press_twice_from: Option<u32>,
    /// How loud the counter's sounds are, in percent, within [`VOLUME_PERCENT_RANGE`]; `None`: [`VOLUME_PERCENT_DEFAULT`].
    pub volume_percent: Option<u32>,
    /// Whether the whole window flashes in the verdict's colour, once.
    pub flash: bool,
}

impl CounterSettings {
    /// [`press_twice_from`](Self::press_twice_from) as an amount.
    pub fn twice_from(&self) -> Option<Fen> {
        self.press_twice_from.map(|yuan| Fen(i64::from(yuan) * 100))
    }

    /// [`volume_percent`](Self::volume_percent), whether it is set or not.
    pub fn volume(&self) -> Volume {
        Volume::new(self.volume_percent.unwrap_or(VOLUME_PERCENT_DEFAULT))
    }

    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        Ok(Self {
            press_twice_from: section.number("press_twice_from", PRESS_TWICE_YUAN_RANGE)?,
            volume_percent: section.number("volume_percent", VOLUME_PERCENT_RANGE)?,
            flash: section.switch("flash")?.unwrap_or_default(),
        })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        let number = |number: Option<u32>| number.map(|number| Value::from(i64::from(number)));
        if self.press_twice_from != before.press_twice_from {
            set(document, "counter", "press_twice_from", number(self.press_twice_from));
        }
        if self.volume_percent != before.volume_percent {
            set(document, "counter", "volume_percent", number(self.volume_percent));
        }
        if self.flash != before.flash {
            set(document, "counter", "flash", self.flash.then_some(Value::from(true)));
        }
    }
}
