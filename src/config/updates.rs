//! Word of newer versions: the `[updates]` section.

use semver::Version;
use toml_edit::{DocumentMut, Value};

use super::section::Section;
use super::{BaseUrl, Error, TEXT_CHARS_MAX, advice_on, set};

/// Where newer versions of the program are announced, and what of it has been seen.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct UpdatesSettings {
    /// The address that is asked: https, or http on this machine; no user, query or fragment. `None`: nobody is asked.
    pub url: Option<String>,
    /// The latest version whose note has been put away.
    pub dismissed: Option<Version>,
}

impl UpdatesSettings {
    pub(super) fn read(section: &Section<'_>) -> Result<Self, Error> {
        let url = section.text("url", TEXT_CHARS_MAX)?;
        if let Some(url) = &url {
            BaseUrl::parse(url).map_err(|refusal| section.wrong("url", advice_on(refusal)))?;
        }
        // Written by the window. What is none hides no note, and keeps no till from opening.
        let dismissed = section.text("dismissed", TEXT_CHARS_MAX)?.and_then(|text| Version::parse(&text).ok());
        Ok(Self { url, dismissed })
    }

    /// Puts what differs from `before` into the file.
    pub(super) fn merge(&self, before: &Self, document: &mut DocumentMut) {
        if self.url != before.url {
            set(document, "updates", "url", self.url.as_deref().map(Value::from));
        }
        if self.dismissed != before.dismissed {
            let dismissed = self.dismissed.as_ref().map(|version| Value::from(version.to_string()));
            set(document, "updates", "dismissed", dismissed);
        }
    }
}
