//! The receipt printer: the `[printer]` section.

use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{Error, TEXT_CHARS_MAX, set};
use crate::printer::{Charset, Paper, Place};

/// What is printed, where and how.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PrinterSettings {
    /// Where the printer is; `None`: there is none.
    pub place: Option<Place>,
    /// How wide its paper is.
    pub paper: Paper,
    /// The characters that it has; `None`: those of the window's language.
    pub charset: Option<Charset>,
    /// Whether each accepted write-off has a slip printed.
    pub slips: bool,
    /// What stands at the top of all that is printed, up to [`NAME_CHARS_MAX`](super::NAME_CHARS_MAX) characters; empty: the shop's name, where the
    /// customer's window has it.
    pub heading: String,
}

impl PrinterSettings {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        let place = match section.text("place", TEXT_CHARS_MAX)? {
            None => None,
            Some(text) => Some(text.parse::<Place>().map_err(|refusal| section.wrong("place", refusal.to_string()))?),
        };
        let paper = match section.number("paper_mm", Paper::Narrow.mm()..=Paper::Wide.mm())? {
            None => Paper::default(),
            Some(mm) => Paper::from_mm(mm)
                .ok_or_else(|| section.wrong("paper_mm", "must be 58 or 80, as wide as the paper is"))?,
        };
        let charset = match section.text("charset", TEXT_CHARS_MAX)? {
            None => None,
            Some(tag) => Some(Charset::from_tag(&tag).ok_or_else(|| {
                let words =
                    "must be \"gb18030\", \"big5\" or \"ascii\"; leave it out for that of the window's language";
                section.wrong("charset", words)
            })?),
        };
        Ok(Self {
            place,
            paper,
            charset,
            slips: section.switch("slips")?.unwrap_or_default(),
            heading: section.name("heading")?.unwrap_or_default(),
        })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        if self.place != before.place {
            set(document, "printer", "place", self.place.as_ref().map(|place| Value::from(place.to_string())));
        }
        if self.paper != before.paper {
            let mm = (self.paper != Paper::default()).then(|| Value::from(i64::from(self.paper.mm())));
            set(document, "printer", "paper_mm", mm);
        }
        if self.charset != before.charset {
            set(document, "printer", "charset", self.charset.map(|charset| Value::from(charset.tag())));
        }
        if self.slips != before.slips {
            set(document, "printer", "slips", self.slips.then_some(Value::from(true)));
        }
        if self.heading != before.heading {
            let heading = (!self.heading.is_empty()).then(|| Value::from(self.heading.as_str()));
            set(document, "printer", "heading", heading);
        }
    }
}
