//! The window for the customer: the `[customer]` section.

use std::ops::RangeInclusive;

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, SIDE_RANGE, set};

/// Where on all screens together a window may be remembered to stand, in points from the main screen's left or top edge: one beside it on the left, or
/// above it, begins below nought.
pub const PLACE_RANGE: RangeInclusive<i32> = -32_000..=32_000;

/// The window for the customer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CustomerSettings {
    /// Whether it is open.
    pub window: bool,
    /// The shop's name in it; may be empty.
    pub shop: String,
    /// Whether it fills its screen.
    pub full_screen: bool,
    /// Where it stood last, each within [`PLACE_RANGE`].
    pub place: Option<(i32, i32)>,
    /// Its width and height last, each within [`SIDE_RANGE`].
    pub size: Option<(u32, u32)>,
}

impl CustomerSettings {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        Ok(Self {
            window: section.switch("window")?.unwrap_or_default(),
            shop: section.name("shop")?.unwrap_or_default(),
            full_screen: section.switch("full_screen")?.unwrap_or_default(),
            place: section.pair("place", PLACE_RANGE)?,
            size: section.pair("size", SIDE_RANGE)?,
        })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        for (key, new, before) in
            [("window", self.window, before.window), ("full_screen", self.full_screen, before.full_screen)]
        {
            if new != before {
                set(document, "customer", key, new.then_some(Value::from(true)));
            }
        }
        if self.shop != before.shop {
            set(document, "customer", "shop", (!self.shop.is_empty()).then(|| Value::from(self.shop.as_str())));
        }
        if self.place != before.place {
            let place = self.place.map(|(x, y)| [x, y].map(i64::from).into_iter().collect());
            set(document, "customer", "place", place.map(Value::Array));
        }
        if self.size != before.size {
            let sides = self.size.map(|(width, height)| [width, height].map(i64::from).into_iter().collect());
            set(document, "customer", "size", sides.map(Value::Array));
        }
    }
}
