//! Reports of crashes: a file on this computer, for whoever keeps it, and nothing sent anywhere.
//!
//! A report says when, where in the program, and by which calls. It leaves out the panic's own words, since those may quote what the program choked
//! on: a code, or an address. They are in the log, which stays on this computer as well.

use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::fs;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;

use crate::private;

/// Most reports that are kept; a program that crashes at every start must not fill the disk.
const REPORTS_MAX: usize = 20;
/// Largest part of a backtrace that is kept, in bytes.
const BACKTRACE_BYTES_MAX: usize = 64 << 10;
/// How the name of a report ends that nobody has been told of.
const UNTOLD: &str = ".new.txt";
/// How it ends once somebody has.
const TOLD: &str = ".txt";

static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// From now on reports go into `folder`. The first call counts.
pub fn keep_reports_in(folder: PathBuf) {
    FOLDER.get_or_init(|| folder);
}

/// Writes a report, where there is a folder for it. To be called by the panic hook: it does not fail, it gives up.
pub fn report(info: &PanicHookInfo<'_>) {
    let Some(folder) = FOLDER.get() else { return };
    let place = info.location().map_or("an unknown place".to_owned(), ToString::to_string);
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    write(folder, Timestamp::now(), &place, thread, &Backtrace::force_capture().to_string());
}

fn write(folder: &Path, when: Timestamp, place: &str, thread: &str, backtrace: &str) {
    if private::make_folder(folder).is_err() || !has_room(folder) {
        return;
    }
    let backtrace = backtrace.get(..backtrace.floor_char_boundary(BACKTRACE_BYTES_MAX)).unwrap_or_default();
    let mut text = String::new();
    let (version, system) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    // Writing into a text does not fail.
    writeln!(text, "hexiao {version} on {system} failed at {when}, in {place}, thread {thread}.").ok();
    writeln!(
        text,
        "Why, it says in the log of that time; it is not repeated here, since it may quote what was scanned."
    )
    .ok();
    writeln!(text, "Nothing of this has been sent anywhere.\n\n{backtrace}").ok();
    let name = format!("crash-{}{UNTOLD}", when.strftime("%Y%m%d-%H%M%S-%3f"));
    private::write(&folder.join(name), text.as_bytes()).ok();
}

/// Whether there is room for another report, if need be after the oldest that somebody has been told of is gone. Where nobody has been told of any, the
/// first ones tell most.
fn has_room(folder: &Path) -> bool {
    let reports = reports(folder);
    let is_told = |path: &&PathBuf| !path.to_string_lossy().ends_with(UNTOLD);
    reports.len() < REPORTS_MAX || reports.iter().find(is_told).is_some_and(|told| fs::remove_file(told).is_ok())
}

/// The newest report that nobody has been told of. From now on somebody has, of all of them.
pub fn newest_untold(folder: &Path) -> Option<PathBuf> {
    let mut newest = None;
    for path in reports(folder) {
        let Some(start) = path.to_string_lossy().strip_suffix(UNTOLD).map(str::to_owned) else { continue };
        let told = PathBuf::from(format!("{start}{TOLD}"));
        newest = Some(if fs::rename(&path, &told).is_ok() { told } else { path });
    }
    newest
}

/// Every report, oldest first.
fn reports(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let is_report = |name: &str| name.starts_with("crash-") && name.ends_with(TOLD);
    let mut found: Vec<_> =
        entries.filter(|entry| is_report(&entry.file_name().to_string_lossy())).map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_told_of_once_and_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let crashes = folder.path().join("crashes");
        assert_eq!(newest_untold(&crashes), None);
        for second in [5, 7, 6] {
            let when = Timestamp::from_second(1_800_000_000 + second).expect("a time");
            write(&crashes, when, "src/a.rs:1:2", "main", "0: somewhere");
        }
        let newest = newest_untold(&crashes).expect("a report");
        assert!(newest.to_string_lossy().ends_with("07-000.txt"), "{newest:?}");
        let text = fs::read_to_string(&newest).expect("there");
        assert!(text.contains("src/a.rs:1:2") && text.contains("0: somewhere"), "{text}");
        assert_eq!(newest_untold(&crashes), None);
        assert_eq!(reports(&crashes).len(), 3);
    }

    #[test]
    fn a_program_that_fails_for_ever_does_not_fill_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        for second in 0..30 {
            let when = Timestamp::from_second(1_800_000_000 + second).expect("a time");
            write(folder.path(), when, "src/a.rs:1:2", "main", &"é".repeat(BACKTRACE_BYTES_MAX));
        }
        let found = reports(folder.path());
        assert_eq!(found.len(), REPORTS_MAX);
        let bytes_max = u64::try_from(BACKTRACE_BYTES_MAX).expect("small") + 1000;
        assert!(found.iter().all(|path| fs::metadata(path).expect("there").len() <= bytes_max));
        let first = &found[0];
        assert!(newest_untold(folder.path()).is_some_and(|path| path.to_string_lossy().ends_with("19-000.txt")));
        let later = Timestamp::from_second(1_800_000_100).expect("a time");
        write(folder.path(), later, "src/a.rs:1:2", "main", "");
        assert!(newest_untold(folder.path()).is_some(), "those that were told of make room");
        assert_eq!(reports(folder.path()).len(), REPORTS_MAX);
        assert!(!first.exists());
    }
}
