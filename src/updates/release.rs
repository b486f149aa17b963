//! What the answer about newer versions says. Pure.
//!
//! Two shapes are understood, and whatever else stands in them is passed over: `{"version": "1.2.3", "page": "https://…"}`, which can be written by hand,
//! and the one that code hosts give of a release, with `tag_name` («v1.2.3») and `html_url`, and perhaps `draft` and `prerelease`.

use std::cmp::Ordering;

use semver::Version;
use serde_json::Value;

use crate::address;
use crate::plain;

/// Longest version that is taken, in characters: it stands on one line of the window.
pub(super) const VERSION_CHARS_MAX: usize = 40;
/// Longest address of a page that is shown, in characters. A longer one is left out, as one that is cut off leads elsewhere.
const PAGE_CHARS_MAX: usize = 100;

/// A version that can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number.
    pub version: Version,
    /// The page about it, on one line of ASCII, to be read by a person: nobody has looked at it.
    pub page: Option<String>,
}

/// Why an answer does not say what the newest version is. None repeats the answer.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("the answer is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// It has neither `version` nor `tag_name`, or no text there.
    #[error("the answer has no version")]
    NoVersion,
    /// What stands there is no version.
    #[error("what the answer calls a version is none, as 1.2.3 is")]
    NotAVersion,
}

/// The release that `answer` speaks of, where a program of version `present` should know of it: it is newer, and no mere trial unless the program is one
/// itself.
///
/// # Errors
/// Says why the answer does not tell.
pub(super) fn newer_than(present: &Version, answer: &[u8]) -> Result<Option<Release>, Unreadable> {
    let fields: Value = serde_json::from_slice(answer).map_err(Unreadable::NotJson)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let is_so = |name: &str| fields.get(name).and_then(Value::as_bool).unwrap_or_default();
    let version = text("version").or_else(|| text("tag_name")).ok_or(Unreadable::NoVersion)?;
    let version = parse_version(version).ok_or(Unreadable::NotAVersion)?;
    let is_trial = !version.pre.is_empty() || is_so("prerelease");
    if is_so("draft") || (is_trial && present.pre.is_empty()) || !is_newer(&version, present) {
        return Ok(None);
    }
    Ok(Some(Release { version, page: text("page").or_else(|| text("html_url")).and_then(page) }))
}

/// A version as people write it, with or without a «v» before it.
pub(super) fn parse_version(text: &str) -> Option<Version> {
    let text = text.trim();
    let number = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if number.len() > VERSION_CHARS_MAX {
        return None;
    }
    Version::parse(number).ok()
}

/// Whether `one` comes after `other`. What a version says of its build behind a plus sign does not count.
pub(super) fn is_newer(one: &Version, other: &Version) -> bool {
    one.cmp_precedence(other) == Ordering::Greater
}

/// A page's address, where it is one that may be read out: a web address as this program takes them, which in its normal form is ASCII.
fn page(text: &str) -> Option<String> {
    let url = address::parse(text).ok().filter(|url| url.scheme() == "https")?;
    let shown = plain::line(url.as_str(), PAGE_CHARS_MAX);
    (shown == url.as_str()).then_some(shown)
}

impl Release {
    /// Whether somebody who has put away a note about `dismissed` has seen this one, or one after it.
    pub fn is_dismissed(&self, dismissed: Option<&Version>) -> bool {
        dismissed.is_some_and(|dismissed| !is_newer(&self.version, dismissed))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    fn newer(present: &str, answer: &Value) -> Option<String> {
        let release = newer_than(&version(present), answer.to_string().as_bytes()).expect("an answer");
        release.map(|release| release.version.to_string())
    }

    #[test]
    fn both_shapes_tell_the_version_and_the_page() {
        for answer in [
            json!({"version": "1.2.3", "page": "https://example.com/hexiao"}),
            json!({"tag_name": "v1.2.3", "html_url": "https://example.com/hexiao", "draft": false, "assets": [{"id": 1}]}),
            json!({"version": " V1.2.3\n", "page": "https://EXAMPLE.com:443/hexiao"}),
        ] {
            let release = newer_than(&version("1.2.2"), answer.to_string().as_bytes()).expect("an answer");
            let expected = Release { version: version("1.2.3"), page: Some("https://example.com/hexiao".to_owned()) };
            assert_eq!(release, Some(expected), "{answer}");
        }
    }

    #[test]
    fn only_what_is_newer_is_told_of_and_trials_to_trials_alone() {
        for (present, told, expected) in [
            ("1.2.3", "1.2.4", Some("1.2.4")),
            ("1.9.0", "1.10.0", Some("1.10.0")),
            ("1.2.3", "1.2.3", None),
            ("1.2.3", "1.2.2", None),
            ("1.2.3", "0.9.9", None),
            ("1.2.3", "1.2.3+build.7", None),
            ("1.2.3+build.7", "1.2.3+build.8", None),
            ("1.2.3", "1.3.0-rc.1", None),
            ("1.3.0-rc.1", "1.3.0-rc.2", Some("1.3.0-rc.2")),
            ("1.3.0-rc.2", "1.3.0-rc.1", None),
            ("1.3.0-rc.2", "1.3.0", Some("1.3.0")),
        ] {
            assert_eq!(newer(present, &json!({"version": told})).as_deref(), expected, "{present} is told of {told}");
        }
        let host =
            |draft: bool, prerelease: bool| json!({"tag_name": "v2.0.0", "draft": draft, "prerelease": prerelease});
        assert_eq!(newer("1.0.0", &host(false, false)).as_deref(), Some("2.0.0"));
        assert_eq!(newer("1.0.0", &host(false, true)), None, "the host says that it is a trial");
        assert_eq!(newer("1.0.0-rc.1", &host(false, true)).as_deref(), Some("2.0.0"));
        assert_eq!(newer("1.0.0-rc.1", &host(true, false)), None, "a draft is nobody's");
    }

    #[test]
    fn what_does_not_tell_a_version_is_said_to_be_so() {
        let read = |answer: &str| newer_than(&version("1.0.0"), answer.as_bytes()).map(drop);
        for answer in ["", "<!doctype html>", "{\"version\": \"1.2.3\"", &"[".repeat(10_000)] {
            assert!(matches!(read(answer), Err(Unreadable::NotJson(_))), "{answer:.20}");
        }
        for answer in ["{}", "[]", "\"1.2.3\"", "{\"version\": 2}", "{\"version\": null}"] {
            assert!(matches!(read(answer), Err(Unreadable::NoVersion)), "{answer}");
        }
        for told in
            ["", "2", "latest", "vv2.0.0", "2.0.0 🎉", "99999999999999999999.0.0", &format!("2.0.0-{}", "a".repeat(40))]
        {
            assert!(matches!(read(&json!({"version": told}).to_string()), Err(Unreadable::NotAVersion)), "{told}");
        }
    }

    #[test]
    fn a_page_that_is_no_plain_web_address_is_left_out_and_the_version_told_all_the_same() {
        let long = format!("https://example.com/{}", "a".repeat(PAGE_CHARS_MAX));
        for page in
            ["javascript:alert(1)", "http://example.com/", "https://me@example.com/", "file:///etc/passwd", &long]
        {
            let answer = json!({"version": "2.0.0", "page": page}).to_string();
            let release = newer_than(&version("1.0.0"), answer.as_bytes()).expect("an answer").expect("newer");
            assert_eq!((release.version, release.page), (version("2.0.0"), None), "{page}");
        }
        let answer = json!({"version": "2.0.0", "page": "https://例え.example/\u{202e}gpj"}).to_string();
        let release = newer_than(&version("1.0.0"), answer.as_bytes()).expect("an answer").expect("newer");
        assert_eq!(
            release.page.as_deref(),
            Some("https://xn--r8jz45g.example/%E2%80%AEgpj"),
            "nothing in it is hidden"
        );
    }

    #[test]
    fn who_has_put_a_note_away_is_told_of_the_next_version() {
        let release = |text: &str| Release { version: version(text), page: None };
        assert!(!release("2.0.0").is_dismissed(None));
        let dismissed = version("2.0.0");
        for (told, is_dismissed) in [("1.9.0", true), ("2.0.0", true), ("2.0.0+b", true), ("2.0.1", false)] {
            assert_eq!(release(told).is_dismissed(Some(&dismissed)), is_dismissed, "{told}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_what_is_told_is_newer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            super::super::fuzzing::releases(&bytes);
        }

        #[test]
        fn whatever_stands_in_the_fields_is_told_of_only_where_it_is_newer(
            version in "[vV]?[0-9]{1,3}\\.[0-9]{1,2}\\.[0-9]{1,2}(-[a-z0-9.]{1,6})?(\\+[a-z]{1,3})?", page in "(https://)?\\PC{0,40}",
            of_host: bool,
        ) {
            let names = if of_host { ["tag_name", "html_url"] } else { ["version", "page"] };
            let answer = json!({names[0]: version, names[1]: page});
            super::super::fuzzing::releases(answer.to_string().as_bytes());
        }

        #[test]
        fn of_two_releases_one_is_told_of_the_other_and_never_both(one: (u8, u8, u8), other: (u8, u8, u8)) {
            let text = |(major, minor, patch)| format!("{major}.{minor}.{patch}");
            let told = |present, other| newer(&text(present), &json!({"version": text(other)})).is_some();
            prop_assert_eq!(told(one, other), other > one);
            prop_assert_eq!(told(other, one), one > other);
        }
    }
}
