//! The program's window without a screen, driven through its accessibility tree as a screen reader drives it.

#![allow(dead_code)] // not every test program needs all of it

use std::time::{Duration, Instant};

use eframe::egui::MissingGlyphPolicy;
use egui_kittest::{Harness, HarnessBuilder};
use hexiao::config::{self, Places, Settings};
use hexiao::scan::Source;
use hexiao::sound::{Sound, Voice, Volume};
use hexiao::ui::fonts::SystemFonts;
use hexiao::ui::{App, AppSetup};
use tokio::runtime::Handle;

/// A window, and the program behind it.
pub type Window = Harness<'static, App>;

/// A small till's screen, in points.
pub const SMALL: [f32; 2] = [1024.0, 768.0];
/// Longer than anything takes on a busy machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Frames that the window may draw of itself before it comes to rest.
const FRAMES_MAX: u64 = 64;
/// Frames after which what was clicked or typed is drawn.
pub const FRAMES: usize = 3;

/// Sounds that nobody hears.
struct Mute;

impl Voice for Mute {
    fn play(&self, _: Sound, _: Volume) {}
}

/// What a program is started with that has these settings. With `source`, it scans from there; without, it has no camera.
pub fn setup(
    places: Places,
    settings: Result<Settings, config::Error>,
    source: Option<Source>,
    runtime: &Handle,
) -> AppSetup {
    AppSetup {
        places,
        settings,
        use_camera: source.is_some(),
        source,
        runtime: runtime.clone(),
        voice: Box::new(Mute),
        started: Instant::now(),
    }
}

/// Opens a window of this size, in points.
pub fn open(setup: AppSetup, size: [f32; 2], missing_glyphs: MissingGlyphPolicy) -> Window {
    open_in(builder(size, missing_glyphs), setup)
}

/// What a window of this size is built by.
pub fn builder(size: [f32; 2], missing_glyphs: MissingGlyphPolicy) -> HarnessBuilder<App> {
    let mut builder = Harness::builder().with_size(size).with_max_steps(FRAMES_MAX);
    if missing_glyphs == MissingGlyphPolicy::Tofu {
        builder = builder.allow_missing_glyphs();
    }
    builder
}

/// Opens a window that is built so.
pub fn open_in(builder: HarnessBuilder<App>, setup: AppSetup) -> Window {
    builder.build_eframe(|creation| {
        SystemFonts::list().install(&creation.egui_ctx);
        App::new(&creation.egui_ctx, setup)
    })
}

/// Draws frames until `wanted` holds, which is asked after each.
pub fn wait_for(window: &mut Window, what: &str, mut wanted: impl FnMut(&Window) -> bool) {
    let until = Instant::now() + PATIENCE;
    loop {
        window.step();
        if wanted(window) {
            return;
        }
        assert!(
            Instant::now() < until,
            "no {what}; the window shows {:?}",
            window.state().view().map(|view| view.stage)
        );
        std::thread::yield_now();
    }
}
