//! A hand scanner on a serial port, played by the other end of a pseudo-terminal: what it sends arrives as codes, it may be unplugged and plugged in
//! again, and the window looks up what it scans.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/window.rs"]
mod window;

use std::os::fd::AsRawFd as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use eframe::egui::MissingGlyphPolicy;
use egui_kittest::kittest::Queryable as _;
use hexiao::config::{Places, ScannerSettings, Settings};
use hexiao::desk::Stage;
use hexiao::scan::{PAUSE, SerialError, SerialEvent, SerialPort, SerialScanner, Wrapping};
use hexiao::ui::sentence;
use hexiao::ui::text::{Language, Text};
use window::{FRAMES, SMALL, Window};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const CODE: &str = "409632457895";

/// A scanner whose plug is `name`, a link as the system makes one for each port that comes.
struct Plug {
    scanner: serial2::SerialPort,
    name: PathBuf,
}

impl Plug {
    fn plugged_in(name: &Path) -> Self {
        let (scanner, port) = serial2::SerialPort::pair().expect("a pseudo-terminal");
        let terminal = std::fs::read_link(format!("/proc/self/fd/{}", port.as_raw_fd())).expect("its name");
        symlink(terminal, name).expect("linked");
        // Its own end stays open until the program has opened it: a terminal that nobody has is gone.
        std::mem::forget(port);
        Self { scanner, name: name.to_owned() }
    }

    fn send(&self, bytes: &str) {
        self.scanner.write_all(bytes.as_bytes()).expect("sent");
    }
}

impl Drop for Plug {
    fn drop(&mut self) {
        std::fs::remove_file(&self.name).ok();
    }
}

struct Port {
    events: mpsc::Receiver<SerialEvent>,
    _scanner: SerialScanner,
}

impl Port {
    fn listen_to(name: &Path, wrapping: Wrapping) -> Self {
        let (events_tx, events) = mpsc::channel();
        let port = SerialPort { name: name.display().to_string(), baud: 115_200, wrapping };
        let scanner = SerialScanner::start(port, move |event| drop(events_tx.send(event)));
        Self { events, _scanner: scanner }
    }

    fn next(&self) -> SerialEvent {
        self.events.recv_timeout(PATIENCE).expect("an event")
    }

    fn next_code(&self) -> String {
        match self.next() {
            SerialEvent::Code(code) => code,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn codes_arrive_whole_whatever_ends_them_and_without_what_the_scanner_puts_around_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let plug = Plug::plugged_in(&folder.path().join("port"));
    let port = Port::listen_to(&plug.name, Wrapping { prefix: "]Q1".to_owned(), suffix: "!".to_owned() });
    assert!(matches!(port.next(), SerialEvent::Opened));
    plug.send("]Q1409632457895!\r\n");
    assert_eq!(port.next_code(), CODE);
    plug.send("409618203344\t");
    assert_eq!(port.next_code(), "409618203344");
    plug.send("4096324");
    plug.send("57895!");
    assert_eq!(port.next_code(), CODE, "ended by a pause");
    assert!(port.events.recv_timeout(PAUSE * 3).is_err(), "nothing more was made of line ends");
}

#[test]
fn a_scanner_that_is_unplugged_is_told_and_found_again_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().join("port");
    let port = Port::listen_to(&name, Wrapping::default());
    let missing = SerialError::Missing(name.display().to_string());
    assert!(matches!(port.next(), SerialEvent::Lost(why) if why == missing));
    for _ in 0..2 {
        let plug = Plug::plugged_in(&name);
        while !matches!(port.next(), SerialEvent::Opened) {} // it may have been looked for meanwhile
        plug.send("409632457895\r");
        assert_eq!(port.next_code(), CODE);
        drop(plug);
        assert!(matches!(port.next(), SerialEvent::Lost(why) if why == missing), "it hangs up");
    }
}

#[test]
fn the_window_says_that_the_scanner_is_not_there_and_looks_up_what_it_scans_once_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().join("port");
    let port = name.display().to_string();
    let scanner = ScannerSettings { port: Some(port.clone()), suffix: "!".to_owned(), ..ScannerSettings::default() };
    let settings = Settings { language: Some("en".to_owned()), scanner, ..Settings::default() };
    let places =
        Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().join("data"))).expect("places");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let setup = window::setup(places, Ok(settings), None, runtime.handle());
    let mut window: Window = window::open(setup, SMALL, MissingGlyphPolicy::Tofu);
    let missing = sentence::serial_error(&Text::new(Language::English), &SerialError::Missing(port));
    window::wait_for(&mut window, "word of the scanner", |window| window.query_by_label(&missing).is_some());
    let plug = Plug::plugged_in(&name);
    window::wait_for(&mut window, "the scanner", |window| window.query_by_label(&missing).is_none());
    plug.send("409632457895!\r\n");
    window::wait_for(&mut window, "the coupon", |window| {
        let stage = window.state().view().map(|view| view.stage);
        matches!(stage, Some(Stage::Shown { shown, .. }) if shown.coupon.code.as_str() == CODE)
    });
    window.run_steps(FRAMES);
}
