//! A window with a till of its own behind it, for tests that work at the counter.
#![allow(dead_code)] // not every test program needs all of it

use std::path::Path;

use eframe::egui::{Event, Key, MissingGlyphPolicy};
use egui_kittest::HarnessBuilder;
use hexiao::config::{self, Places, Settings};
use hexiao::desk::Stage;
use hexiao::scan::Source;
use hexiao::ui::App;
use hexiao::ui::text::{Language, Text};

use crate::window::{self, FRAMES, Window};

/// The sections of the settings, by the key of their names.
pub const SECTIONS: [&str; 11] = [
    "settings-till",
    "settings-account",
    "settings-scanning",
    "settings-counter",
    "settings-customer",
    "settings-printer",
    "settings-look",
    "settings-keys",
    "settings-privacy",
    "settings-tills",
    "settings-computer",
];

/// A window, and the folder that it keeps its data in.
pub struct Counter {
    pub window: Window,
    pub text: Text,
    pub places: Places,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Counter {
    /// Opens a window of this size, in points, with the settings that `prepare` reads. It scans what `source` puts into the folder, if anything.
    /// The till need not open.
    pub fn start(
        language: Language,
        size: [f32; 2],
        missing_glyphs: MissingGlyphPolicy,
        source: impl FnOnce(&Path) -> Option<Source>,
        prepare: impl FnOnce(&Places) -> Result<Settings, config::Error>,
    ) -> Self {
        Self::start_in(window::builder(size, missing_glyphs), language, source, prepare)
    }

    /// The same, in a window that is built so.
    pub fn start_in(
        builder: HarnessBuilder<App>,
        language: Language,
        source: impl FnOnce(&Path) -> Option<Source>,
        prepare: impl FnOnce(&Places) -> Result<Settings, config::Error>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let places =
            Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().join("data"))).expect("places");
        let settings = prepare(&places);
        let source = source(folder.path());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let setup = window::setup(places.clone(), settings, source, runtime.handle());
        let window = window::open_in(builder, setup);
        Self { window, text: Text::new(language), places, _runtime: runtime, _folder: folder }
    }

    /// Presses `key` and draws what follows at once.
    pub fn press(&mut self, key: Key) {
        self.window.key_press(key);
        self.window.run_steps(FRAMES);
    }

    /// Types `code` as a scanner does, with Enter at the end.
    pub fn scan(&mut self, code: &str) {
        self.window.event(Event::Text(code.to_owned()));
        self.press(Key::Enter);
    }

    /// The same, until there is an answer about it.
    pub fn look_up(&mut self, code: &str) {
        self.scan(code);
        self.wait_for(code, |window| match window.state().view().map(|view| view.stage) {
            Some(Stage::Shown { shown, .. }) => shown.coupon.code.as_str() == code,
            Some(Stage::LookupFailed { code: Some(about), .. }) => about.as_str() == code,
            Some(Stage::NotACoupon { text, .. }) => text == code,
            _ => false,
        });
        self.window.run_steps(FRAMES);
    }

    /// Draws frames until `wanted` holds, which is asked after each.
    pub fn wait_for(&mut self, what: &str, wanted: impl FnMut(&Window) -> bool) {
        window::wait_for(&mut self.window, what, wanted);
    }
}
