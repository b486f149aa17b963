//! A real window on a real screen (Xvfb in `tools/test.sh`), with keys pressed by `xdotool` and looked at in screenshots: a code is
//! typed, Enter shows the verdict, the key consumes, the receipt appears, and the row is on disk.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/program.rs"]
mod program;
#[path = "support/skip.rs"]
mod skip;

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use eframe::egui::Color32;
use hexiao::ledger::Ledger;
use hexiao::ui::theme::Tone;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// A usable and an expired coupon of the standard deck.
const USABLE: &str = "409632457895";
const EXPIRED: &str = "409600913357";
/// A point of the screen on the verdict's block, in its free right part.
const ON_VERDICT: (usize, usize) = (1000, 205);
/// A point on the Consume button, right of its words; it has the verdict's green while a press would be taken.
const ON_CONSUME: (usize, usize) = (1000, 600);

/// A running window; killed when the test ends, however it ends.
struct Window {
    program: Child,
    id: String,
}

impl Drop for Window {
    fn drop(&mut self) {
        self.program.kill().ok();
        self.program.wait().ok();
    }
}

impl Window {
    fn open(folder: &Path) -> Self {
        let program = program::program(folder)
            .args(["--no-camera", "--settings"])
            .arg(folder.join("settings.toml"))
            .arg("--data")
            .arg(folder)
            .env("LANG", "zh_CN.UTF-8")
            .spawn()
            .expect("started");
        let search = ["search", "--sync", "--onlyvisible", "--pid", &program.id().to_string()].map(str::to_owned);
        let found = Command::new("xdotool").args(search).output().expect("xdotool");
        let id = String::from_utf8_lossy(&found.stdout).lines().last().expect("a window").to_owned();
        let window = Self { program, id };
        xdotool(&["windowmove", &window.id, "0", "0"]);
        xdotool(&["windowfocus", "--sync", &window.id]);
        window
    }

    /// Waits until the verdict's block has the colour of `tone`, and keeps a picture of the screen as `name`.
    fn wait_for(&self, tone: Tone, name: &str) {
        self.wait_for_tone_at(ON_VERDICT, tone, name);
    }

    fn wait_for_tone_at(&self, point: (usize, usize), tone: Tone, name: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let (width, pixels) = screenshot();
            let at = point.1 * width + point.0;
            if pixels[at] == tone.color() || Instant::now() > until {
                let bytes: Vec<u8> = pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
                let (columns, rows) =
                    (u32::try_from(width).expect("small"), u32::try_from(pixels.len() / width).expect("small"));
                let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
                image::RgbImage::from_raw(columns, rows, bytes).expect("a picture").save(&path).expect("saved");
                assert_eq!(pixels[at], tone.color(), "no {tone:?} within {PATIENCE:?}; see {}", path.display());
                return;
            }
            std::thread::sleep(Duration::from_millis(20)); // between two looks, not in place of one
        }
    }

    fn type_code(&self, code: &str) {
        xdotool(&["type", "--delay", "5", code]);
        xdotool(&["key", "Return"]);
    }
}

fn xdotool(arguments: &[&str]) {
    let done = Command::new("xdotool").args(arguments).status().expect("xdotool");
    assert!(done.success(), "xdotool {arguments:?}: {done}");
}

/// The whole screen: its width, and its pixels row by row.
fn screenshot() -> (usize, Vec<Color32>) {
    let (connection, screen) = x11rb::connect(None).expect("a screen");
    let screen = &connection.setup().roots[screen];
    let (width, height) = (screen.width_in_pixels, screen.height_in_pixels);
    let image = connection.get_image(ImageFormat::Z_PIXMAP, screen.root, 0, 0, width, height, !0).expect("asked");
    let image = image.reply().expect("a screenshot");
    let pixels = image.data.as_chunks().0.iter().map(|&[b, g, r, _]| Color32::from_rgb(r, g, b)).collect();
    (width.into(), pixels)
}

#[test]
fn a_code_typed_into_a_real_window_is_judged_consumed_by_its_key_and_receipted() {
    let has_xdotool = Command::new("xdotool").arg("version").output().is_ok();
    if std::env::var_os("DISPLAY").is_none() || !has_xdotool {
        assert!(std::env::var_os("CI").is_none(), "CI must have a screen and xdotool: run tools/test.sh");
        skip::skipped("there is no screen here, or no xdotool; tools/test.sh brings both");
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
