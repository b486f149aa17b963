//! What is heard at the counter: one sound for each verdict and each outcome, once, at the volume that is set.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/window.rs"]
mod window;

use std::sync::{Arc, Mutex};

use eframe::egui::{self, Key, MissingGlyphPolicy};
use hexiao::config::{CounterSettings, Places, Settings};
use hexiao::desk::Stage;
use hexiao::ledger::Ledger;
use hexiao::sound::{Sound, Voice, Volume};
use window::{FRAMES, SMALL, Window};

const USABLE: &str = "409632457895";
const EXPIRED: &str = "409600913357";
const PAYMENT: &str = "131234567890123456";

/// What was to be heard, in its order.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(Sound, u8)>>>);

impl Voice for Recorder {
    fn play(&self, sound: Sound, volume: Volume) {
        self.0.lock().expect("sound").push((sound, volume.percent()));
    }
}

impl Recorder {
    fn take(&self) -> Vec<(Sound, u8)> {
        std::mem::take(&mut self.0.lock().expect("sound"))
    }
}

struct Till {
    window: Window,
    heard: Recorder,
    places: Places,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Till {
    fn open(counter: CounterSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().join("data")));
        let places = places.expect("places");
        let settings = Settings { language: Some("en".to_owned()), counter, ..Settings::default() };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let heard = Recorder::default();
        let mut setup = window::setup(places.clone(), Ok(settings), None, runtime.handle());
        setup.voice = Box::new(heard.clone());
        let mut window = window::open(setup, SMALL, MissingGlyphPolicy::Panic);
        window::wait_for(&mut window, "an open till", |window| window.state().is_open());
        Self { window, heard, places, _runtime: runtime, _folder: folder }
    }

    fn press(&mut self, key: Key) {
        self.window.key_press(key);
        self.window.run_steps(FRAMES);
    }

    fn wait_for(&mut self, what: &str, wanted: impl Fn(&Stage) -> bool) {
        window::wait_for(&mut self.window, what, |window| {
            window.state().view().is_some_and(|view| wanted(&view.stage))
        });
        self.window.run_steps(FRAMES);
    }

    fn scan(&mut self, code: &str) {
        self.window.event(egui::Event::Text(code.to_owned()));
        self.press(Key::Enter);
        self.wait_for(code, |stage| match stage {
            Stage::Shown { shown, .. } => shown.coupon.code.as_str() == code,
            Stage::NotACoupon { text, .. } => text == code,
            _ => false,
        });
    }
}

#[test]
fn each_verdict_and_each_outcome_is_heard_once_and_what_waits_is_silent() {
    let loud = |sound| vec![(sound, 60)];
    let mut till = Till::open(CounterSettings::default());
    till.window.run_steps(20);
    assert_eq!(till.heard.take(), [], "a ready desk has nothing to say");
    till.scan(EXPIRED);
    assert_eq!(till.heard.take(), loud(Sound::Refused));
    till.window.run_steps(20);
    assert_eq!(till.heard.take(), [], "once");
    till.scan(PAYMENT);
    assert_eq!(till.heard.take(), loud(Sound::Refused), "another one that is refused is heard as well");
    till.scan(USABLE);
    assert_eq!(till.heard.take(), loud(Sound::Usable));
    till.press(Key::F5);
    till.wait_for("the answer", |stage| matches!(stage, Stage::Shown { .. }));
    assert_eq!(till.heard.take(), loud(Sound::Usable), "who asks again is told again");
    window::wait_for(&mut till.window, "a press", |window| window.state().view().is_some_and(|view| view.can_consume));
    till.press(Key::F9);
    till.wait_for("a receipt", |stage| matches!(stage, Stage::Finished { on_disk: true, .. }));
    assert_eq!(till.heard.take(), loud(Sound::WrittenOff));
    till.press(Key::Escape);
    till.wait_for("an empty desk", |stage| matches!(stage, Stage::Idle));
    assert_eq!(till.heard.take(), []);
    let rows = Ledger::open(&till.places.practice_ledger_file()).expect("a ledger").recent(9).expect("rows");
    assert_eq!(rows.len(), 1);
}

#[cfg(unix)] // Windows does not let go of a file that is open
#[test]
fn what_needs_a_look_has_a_sound_of_its_own_and_the_volume_is_the_one_that_is_set() {
    let mut till = Till::open(CounterSettings { volume_percent: Some(30), flash: true, ..Default::default() });
    till.scan(USABLE);
    assert_eq!(till.heard.take(), [(Sound::Usable, 30)]);
    window::wait_for(&mut till.window, "a press", |window| window.state().view().is_some_and(|view| view.can_consume));
    // The ledger is gone from under the program: nothing is recorded, and nothing sent.
    std::fs::remove_file(till.places.practice_ledger_file()).expect("gone");
    till.press(Key::F9);
    till.wait_for("that it was not recorded", |stage| matches!(stage, Stage::NotRecorded { .. }));
    assert_eq!(till.heard.take(), [(Sound::Attention, 30)]);
}
