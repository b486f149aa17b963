//! What passers-by shall not read on the screen: the `[privacy]` section.

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, set};

/// What is not shown in full.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PrivacySettings {
    /// Of a coupon's code the window shows the end alone.
    pub mask_codes: bool,
    /// Of its owner's id likewise.
    pub mask_owners: bool,
}

impl PrivacySettings {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        Ok(Self {
            mask_codes: section.switch("mask_codes")?.unwrap_or_default(),
            mask_owners: section.switch("mask_owners")?.unwrap_or_default(),
        })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        for (key, new, before) in
            [("mask_codes", self.mask_codes, before.mask_codes), ("mask_owners", self.mask_owners, before.mask_owners)]
        {
            if new != before {
                set(document, "privacy", key, new.then_some(Value::from(true)));
            }
        }
    }
}
