//! What holds for whatever an address answers that was asked for the newest version.

use semver::Version;

use super::release::{VERSION_CHARS_MAX, newer_than, parse_version};

/// An answer, read by a release and by a trial of one.
pub fn releases(data: &[u8]) {
    let release = Version::new(1, 2, 3);
    let trial = Version { pre: semver::Prerelease::new("rc.1").unwrap_or_default(), ..release.clone() };
    for present in [release, trial] {
        let Ok(Some(told)) = newer_than(&present, data) else { continue };
        assert!(told.version > present, "{} is told of {}", present, told.version);
        assert!(told.version.pre.is_empty() || !present.pre.is_empty(), "a trial is offered to a release");
        let shown = told.version.to_string();
        assert!(shown.len() <= VERSION_CHARS_MAX && shown.bytes().all(|byte| byte.is_ascii_graphic()), "{shown}");
        assert_eq!(parse_version(&shown), Some(told.version.clone()), "it can be kept in the settings");
        assert!(told.is_dismissed(Some(&told.version)) && !told.is_dismissed(Some(&present)));
        let page = told.page.unwrap_or_default();
        assert!(page.is_empty() || page.starts_with("https://"), "{page}");
        assert!(page.bytes().all(|byte| byte.is_ascii_graphic()), "{page}");
    }
}
