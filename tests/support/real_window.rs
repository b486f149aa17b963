//! A real window on a real screen, with keys pressed by `xdotool` and looked at in screenshots.
//!
//! Keys go to whichever window has the focus, so each test program that opens one has a single test.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves
#![allow(dead_code)] // not every test program needs all of it

#[path = "program.rs"]
pub mod program;
#[path = "skip.rs"]
pub mod skip;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use eframe::egui::Color32;
use hexiao::ui::theme::{Palette, Tone};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// A point of the screen on the verdict's block, in its free right part.
const ON_VERDICT: (usize, usize) = (1000, 205);
/// A point on the Consume button, right of its words; it has the verdict's green while a press would be taken.
pub const ON_CONSUME: (usize, usize) = (1000, 600);

/// A running window; killed when the test ends, however it ends.
pub struct Window {
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
    /// Opens the program's window for practice, in Chinese and without a camera, with `folder` for all that it keeps.
    pub fn open(folder: &Path) -> Self {
        Self::open_with(program::program(folder), folder)
    }

    /// The same, with a `command` that says more.
    pub fn open_with(mut command: Command, folder: &Path) -> Self {
        let program = command
            .args(["--no-camera", "--settings"])
            .arg(folder.join("settings.toml"))
            .arg("--data")
            .arg(folder)
            .env("LANG", "zh_CN.UTF-8")
            .spawn()
            .expect("started");
        let mut window = Self { program, id: String::new() };
        let pid = window.program.id().to_string();
        let found = patient_xdotool(&["search", "--sync", "--onlyvisible", "--pid", &pid]).output().expect("xdotool");
        let found = String::from_utf8_lossy(&found.stdout);
        window.id = found.lines().last().unwrap_or_else(|| panic!("no window opened within {PATIENCE:?}")).to_owned();
        xdotool(&["windowmove", &window.id, "0", "0"]);
        xdotool(&["windowfocus", "--sync", &window.id]);
        window
    }

    /// Waits until the verdict's block has the colour of `tone`, and keeps a picture of the screen as `name`.
    pub fn wait_for(&self, tone: Tone, name: &str) {
        self.wait_for_tone_at(ON_VERDICT, tone, name);
    }

    /// The same, at another point.
    pub fn wait_for_tone_at(&self, point: (usize, usize), tone: Tone, name: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let (width, pixels) = screenshot();
            let at = point.1 * width + point.0;
            if pixels[at] == Palette::LIGHT.fill(tone) || Instant::now() > until {
                let path = keep(name, width, &pixels);
                assert_eq!(
                    pixels[at],
                    Palette::LIGHT.fill(tone),
                    "no {tone:?} within {PATIENCE:?}; see {}",
                    path.display()
                );
                return;
            }
            std::thread::sleep(Duration::from_millis(20)); // between two looks, not in place of one
        }
    }

    /// Types `code` as a scanner does, with Enter at the end.
    pub fn type_code(&self, code: &str) {
        xdotool(&["type", "--delay", "5", code]);
        xdotool(&["key", "Return"]);
    }
}

/// `xdotool`, ended after [`PATIENCE`]: with `--sync` it would wait for ever for a window that never opens.
fn patient_xdotool(arguments: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE.as_secs().to_string()).arg("xdotool").args(arguments);
    command
}

/// Runs `xdotool`.
pub fn xdotool(arguments: &[&str]) {
    let done = patient_xdotool(arguments).status().expect("xdotool");
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

/// Keeps a picture of the screen as `name`, for people.
pub fn keep_screenshot(name: &str) {
    let (width, pixels) = screenshot();
    keep(name, width, &pixels);
}

fn keep(name: &str, width: usize, pixels: &[Color32]) -> std::path::PathBuf {
    let bytes: Vec<u8> = pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let (columns, rows) = (u32::try_from(width).expect("small"), u32::try_from(pixels.len() / width).expect("small"));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    image::RgbImage::from_raw(columns, rows, bytes).expect("a picture").save(&path).expect("saved");
    path
}

/// Whether `program` can be started here.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Whether there is a screen here, and something that presses keys; says so where there is not. CI must have both.
pub fn has_screen() -> bool {
    let here = std::env::var_os("DISPLAY").is_some() && has("xdotool");
    if !here {
        assert!(std::env::var_os("CI").is_none(), "CI must have a screen and xdotool: run tools/test.sh");
        skip::skipped("there is no screen here, or no xdotool; tools/test.sh brings both");
    }
    here
}
