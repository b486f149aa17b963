//! The promise: on a Linux desktop the window opens when the system starts where that was asked for, and no longer where it was asked against. The real
//! program, with a configuration folder of the test's own.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

/// Runs `settings autostart ARGS`, with this configuration folder. What it prints.
fn autostart(home: &Path, config: &Path, args: &[&str]) -> String {
    let mut command = program::program(home);
    command.args(["settings", "autostart"]).args(args).env("XDG_CONFIG_HOME", config);
    let output = command.arg("--data").arg(home.join("the data")).output().expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn an_entry_of_the_desktops_own_kind_is_made_and_taken_away_and_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, config) = (folder.path().join("home"), folder.path().join("config"));
    fs::create_dir_all(&home).expect("made");
    let entry = config.join("autostart/hexiao.desktop");
    assert_eq!(autostart(&home, &config, &[]), "does not start with the system\n");
    assert!(!config.join("autostart").exists(), "asking changes nothing");
    assert_eq!(autostart(&home, &config, &["on"]), "starts with the system\n");
    let text = fs::read_to_string(&entry).expect("there");
    let data = home.join("the data");
    assert!(text.starts_with("[Desktop Entry]\nType=Application\n"), "{text}");
    assert!(text.contains(&format!("Exec=\"{}\"", env!("CARGO_BIN_EXE_hexiao"))), "{text}");
    assert!(text.contains(&format!("\"--data\" \"{}\"", data.display())), "{text}");
    assert_eq!(autostart(&home, &config, &["--json"]), "{\"autostart\":true}\n");
    fs::write(config.join("autostart/other.desktop"), "somebody else's").expect("written");
    for _ in 0..2 {
        assert_eq!(autostart(&home, &config, &["off"]), "does not start with the system\n");
    }
    assert!(!entry.exists() && config.join("autostart/other.desktop").exists());
}
