//! A window with a till of its own behind it, for tests that work at the counter.

use std::path::Path;

use eframe::egui::MissingGlyphPolicy;
use hexiao::config::{self, Places, Settings};
use hexiao::scan::Source;
use hexiao::ui::text::{Language, Text};

use crate::window::{self, Window};

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
        let folder = tempfile::tempdir().expect("a folder");
        let places =
            Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().join("data"))).expect("places");
        let settings = prepare(&places);
        let source = source(folder.path());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let setup = window::setup(places.clone(), settings, source, runtime.handle());
        let window = window::open(setup, size, missing_glyphs);
        Self { window, text: Text::new(language), places, _runtime: runtime, _folder: folder }
    }

    /// Draws frames until `wanted` holds, which is asked after each.
    pub fn wait_for(&mut self, what: &str, wanted: impl FnMut(&Window) -> bool) {
        window::wait_for(&mut self.window, what, wanted);
    }
}
