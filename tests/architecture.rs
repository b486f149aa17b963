//! The arrows of dependency point inwards only, as ARCHITECTURE.md says: checked by reading the sources.
#![allow(clippy::expect_used)] // helpers of tests; clippy exempts only the tests themselves

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file under `src`, with its path from there and what the compiler sees of it: no comments, no tests.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() { folders.push(entry) } else { files.push(entry) }
        }
    }
    files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| !path.ends_with("tests.rs") && !path.ends_with("fuzzing.rs"))
        .filter(|path| !path.components().any(|part| part.as_os_str() == "simulation"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source");
            let code = without_tests(&text);
            let name = path.strip_prefix(&root).expect("under src").to_string_lossy().replace('\\', "/");
            (name, code)
        })
        .collect()
}

/// A source without comments, and without what is compiled for tests alone.
fn without_tests(text: &str) -> String {
    let mut lines = text.lines();
    let mut code = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(test)]") {
            match lines.next() {
                Some(one_line) if one_line.ends_with(';') => continue,
                _ => break, // a module, which is the last thing in its file
            }
        }
        if !line.trim_start().starts_with("//") {
            code.push(line);
        }
    }
    code.join("\n")
}

/// Fails for every file in which one of `words` stands, except where `allowed` says so.
fn only_in(words: &[&str], allowed: impl Fn(&str) -> bool) {
    let mut met = false;
    for (name, code) in sources() {
        let found: Vec<_> = words.iter().filter(|word| code.contains(**word)).collect();
        met |= !found.is_empty();
        assert!(found.is_empty() || allowed(&name), "{name} knows of {found:?}");
    }
    assert!(met, "{words:?} stands nowhere: this test tests nothing");
}

#[test]
fn each_large_crate_stands_in_its_own_room() {
    only_in(&["egui", "eframe"], |name| name.starts_with("ui/") || name == "main.rs" || name.starts_with("cli/"));
    only_in(&["reqwest"], |name| ["platform/http.rs", "scan/network.rs"].contains(&name));
    only_in(&["rodio", "alsa::"], |name| name == "sound/player.rs");
    only_in(&["serial2"], |name| ["scan/serial.rs", "printer/send.rs", "printer/found.rs"].contains(&name));
    only_in(&["escpos", "encoding_rs"], |name| name.starts_with("printer/"));
    only_in(&["pdf_writer", "subsetter", "fontique", "skrifa"], |name| name.starts_with("report/"));
    only_in(&["nokhwa"], |name| name == "scan/camera.rs");
    only_in(&["rusqlite", "SELECT ", "INSERT INTO"], |name| name.starts_with("ledger/"));
    only_in(&["axum", "hyper::"], |name| name.starts_with("sandbox/"));
}

#[test]
fn the_core_knows_nobody() {
    let core = ["address.rs", "code.rs", "coupon.rs", "plain.rs", "trouble.rs", "write_off.rs", "desk/"];
    for (name, code) in sources().into_iter().filter(|(name, _)| core.iter().any(|part| name.starts_with(part))) {
        for named in code.split("crate::").skip(1) {
            let module: String = named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let is_core = core.iter().any(|part| part.trim_end_matches(".rs").trim_end_matches('/') == module);
            assert!(is_core, "{name} knows of crate::{module}");
        }
        for word in ["std::fs", "std::net", "std::thread", "tokio", "Instant::now", "Timestamp::now", "SystemTime"] {
            assert!(!code.contains(word), "{name} knows of {word}");
        }
    }
}

#[test]
fn who_prints_does_so_through_the_gate_and_files_are_made_for_their_owner() {
    let asks_what_it_is = |name: &str| name == "cli/sandbox.rs"; // whether the output is a terminal
    let stops_test_builds = |name: &str| name == "fault_point.rs";
    only_in(&["println!", "print!(", "io::stdout()", "io::stderr()"], |name| {
        name == "cli/output.rs" || asks_what_it_is(name) || stops_test_builds(name)
    });
    only_in(&["OpenOptions", "File::options", "create_dir", "DirBuilder", "fs::write(", "File::create"], |name| {
        let opens_devices = name == "printer/send.rs"; // which are there
        ["private.rs", "logging.rs", "sandbox/record.rs"].contains(&name)
            || name.starts_with("ledger/")
            || opens_devices
    });
}

#[test]
fn no_target_of_this_package_may_hold_unsafe_code() {
    // The lints of Cargo.toml are the library's, the program's, every test's and every benchmark's, and `forbid` cannot be taken back.
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("a manifest");
    let lints = manifest.split("[lints.rust]").nth(1).expect("lints");
    assert!(lints.trim_start().starts_with("unsafe_code = \"forbid\""), "{lints}");
}

#[test]
fn who_fetches_small_things_knows_neither_rules_nor_ledger_nor_window() {
    let of = |folder: &str| sources().into_iter().filter(|(name, _)| name.starts_with(folder)).collect::<Vec<_>>();
    let fetching = ["logos/", "updates/"].map(of);
    assert!(fetching.iter().all(|sources| !sources.is_empty()));
    for (name, code) in fetching.into_iter().flatten() {
        for outer in
            ["desk", "till", "ledger", "sandbox", "ui", "cli", "config"].map(|module| format!("crate::{module}"))
        {
            assert!(!code.contains(&outer), "{name} knows of {outer}");
        }
    }
}

#[test]
fn client_and_sandbox_share_nothing_but_the_wire() {
    for (name, code) in sources() {
        assert!(!(name.starts_with("platform/") && code.contains("crate::sandbox")), "{name} knows the sandbox");
        assert!(!(name.starts_with("sandbox/") && code.contains("crate::platform")), "{name} knows the client");
    }
}
