//! What passers-by shall not read on the screen, and the PIN before settings and history: the `[privacy]` section.

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, set};
use crate::pin::{HASH_CHARS_MAX, PinHash};

/// What is not shown in full.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PrivacySettings {
    /// Of a coupon's code the window shows the end alone.
    pub mask_codes: bool,
    /// Of its owner's id likewise.
    pub mask_owners: bool,
    /// The hash of the PIN before settings and history; `None`: everybody may see them.
    pub pin: Option<PinHash>,
}

impl PrivacySettings {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        let pin = match section.text("pin", HASH_CHARS_MAX)? {
            None => None,
            Some(text) => Some(PinHash::parse(&text).ok_or_else(|| {
                section.wrong("pin", "is no PIN's hash; remove the line, and set a PIN in the window's settings")
            })?),
        };
        Ok(Self {
            pin,
            mask_codes: section.switch("mask_codes")?.unwrap_or_default(),
            mask_owners: section.switch("mask_owners")?.unwrap_or_default(),
        })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        if self.pin != before.pin {
            set(document, "privacy", "pin", self.pin.as_ref().map(|pin| Value::from(pin.as_str())));
        }
        for (key, new, before) in
            [("mask_codes", self.mask_codes, before.mask_codes), ("mask_owners", self.mask_owners, before.mask_owners)]
        {
            if new != before {
                set(document, "privacy", key, new.then_some(Value::from(true)));
            }
        }
    }
}
