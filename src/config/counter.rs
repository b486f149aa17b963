//! How the counter works: the `[counter]` section.

use std::ops::RangeInclusive;

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, set};
use crate::coupon::Fen;

/// Worths from which on a coupon may take two presses, in yuan. From 0 on every coupon does.
pub const PRESS_TWICE_YUAN_RANGE: RangeInclusive<u32> = 0..=1_000_000;

/// How the counter works.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CounterSettings {
    /// From this worth on a coupon takes two presses of Consume, in yuan, within [`PRESS_TWICE_YUAN_RANGE`]; `None`: none does. What that means for
    /// coupons that are no cash stands at [`Rules::takes_two`](crate::desk::Rules::takes_two).
    pub press_twice_from: Option<u32>,
}

impl CounterSettings {
    /// [`press_twice_from`](Self::press_twice_from) as an amount.
    pub fn twice_from(&self) -> Option<Fen> {
        self.press_twice_from.map(|yuan| Fen(i64::from(yuan) * 100))
    }

    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        Ok(Self { press_twice_from: section.number("press_twice_from", PRESS_TWICE_YUAN_RANGE)? })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        let number = |number: Option<u32>| number.map(|number| Value::from(i64::from(number)));
        if self.press_twice_from != before.press_twice_from {
            set(document, "counter", "press_twice_from", number(self.press_twice_from));
        }
    }
}
