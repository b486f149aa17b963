//! A real window on a real screen (Xvfb in `tools/test.sh`), with keys pressed by `xdotool` and looked at in screenshots: a code is
//! typed, Enter shows the verdict, the key consumes, the receipt appears, and the row is on disk.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/real_window.rs"]
mod real_window;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use hexiao::ledger::Ledger;
use hexiao::ui::theme::Tone;
use real_window::{ON_CONSUME, PATIENCE, Window, has, program::program, xdotool};

/// A usable and an expired coupon of the standard deck.
const USABLE: &str = "409632457895";
const EXPIRED: &str = "409600913357";

#[test]
fn a_code_typed_into_a_real_window_is_judged_consumed_by_its_key_and_receipted() {
    if !real_window::has_screen() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let window = Window::open(folder.path());
    window.wait_for(Tone::Calm, "real-window-ready");
    window.type_code(EXPIRED);
    window.wait_for(Tone::Bad, "real-window-refused");
    xdotool(&["key", "F9"]);
    window.type_code(USABLE);
    window.wait_for(Tone::Good, "real-window-usable");
    window.wait_for_tone_at(ON_CONSUME, Tone::Good, "real-window-usable");
    xdotool(&["key", "Return"]);
    xdotool(&["key", "space"]);
    xdotool(&["key", "F9"]);
    window.wait_for(Tone::Done, "real-window-receipt");
    let file = hexiao::config::Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().to_owned()))
        .expect("places")
        .practice_ledger_file();
    let rows = Ledger::open(&file).expect("a ledger").recent(10).expect("rows");
    let rows: Vec<_> = rows.iter().map(|row| (row.intent.code.as_str(), row.outcome_word())).collect();
    assert_eq!(rows, [(USABLE, "accepted")], "one row, for the coupon that was pressed");
}

/// A screen without OpenGL, by its display; ended with this.
struct BareScreen(Child, String);

impl BareScreen {
    fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1024x768x24",
                "-extension",
                "GLX",
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut display = String::new();
        BufReader::new(server.stdout.take().expect("its output")).read_line(&mut display).expect("its display");
        Self(server, format!(":{}", display.trim()))
    }

    /// The program on this screen, where the system has no driver for its graphics.
    fn program(&self, folder: &Path) -> Command {
        let mut command = program(folder);
        command.args(["--no-camera", "--settings"]).arg(folder.join("settings.toml")).arg("--data").arg(folder);
        command.env("DISPLAY", &self.1).env_remove("XAUTHORITY").env("__EGL_VENDOR_LIBRARY_FILENAMES", "/none");
        command
    }
}

impl Drop for BareScreen {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// All that the program has logged.
fn logged(folder: &Path) -> String {
    let files = std::fs::read_dir(folder.join("logs")).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect()
}

#[test]
fn where_the_system_cannot_draw_the_processor_does_unless_another_renderer_is_asked_for() {
    if !has("Xvfb") {
        real_window::skip::skipped("there is no Xvfb, on whose screens OpenGL can be left out");
        return;
    }
    let (screen, folder) = (BareScreen::start(), tempfile::tempdir().expect("a folder"));
    let asked = screen.program(folder.path()).args(["--renderer", "opengl"]).output().expect("run");
    let said = String::from_utf8_lossy(&asked.stderr);
    assert_eq!(asked.status.code(), Some(2), "{said}");
    assert!(said.contains("nothing here can draw the window"), "{said}");

    let mut opened = screen.program(folder.path()).spawn().expect("started");
    let until = Instant::now() + PATIENCE;
    while !logged(folder.path()).contains("first frame after") && Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    opened.kill().ok();
    opened.wait().ok();
    let log = logged(folder.path());
    assert!(log.contains("OpenGl cannot draw the window, Software is tried"), "{log}");
    assert!(log.contains("first frame after"), "{log}");
}
