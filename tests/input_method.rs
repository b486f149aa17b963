//! A Chinese input method is switched on, as it is on most tills in China, and a hand scanner types into the real window: nothing of what it types
//! may end in the method's own window. Keys come from `xdotool` at a scanner's speed, the method is fcitx5 with its Pinyin. Debian's package of it
//! brings a whole web engine along, so `tools/setup.sh` leaves it out, and the test runs where somebody asks for it.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/real_window.rs"]
mod real_window;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hexiao::ui::theme::Tone;
use real_window::{Window, program, xdotool};
use x11rb::protocol::xproto::ConnectionExt as _;

const PATIENCE: Duration = Duration::from_secs(30);
const USABLE: &str = "409632457895";
const EXPIRED: &str = "409600913357";
/// A usable coupon with a code of the merchant's own, and the card that it belongs to.
const WITH_LETTERS: &str = "VIP-2026-001";
const ITS_CARD: &str = "pSandboxCustom00000000000006";
/// How this computer talks to a method over X11.
const XIM: (&str, &str) = ("XMODIFIERS", "@im=fcitx");
/// Points of the window in practice: on the button that opens the form for an account, and there on the one that leaves it.
const ON_CONNECT: [&str; 2] = ["960", "68"];
const ON_CANCEL: [&str; 2] = ["488", "464"];
/// And on its field for the cashier's name.
const ON_CASHIER: [&str; 2] = ["520", "417"];

/// fcitx5 with a bus of its own, Pinyin switched on for every window. Ended when the test ends, however it ends.
struct Pinyin {
    daemon: Child,
    bus: String,
    _bus_daemon: Child,
}

impl Drop for Pinyin {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self._bus_daemon] {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

impl Pinyin {
    fn start(home: &Path) -> Self {
        let config = home.join(".config/fcitx5");
        fs::create_dir_all(&config).expect("made");
        fs::write(
            config.join("profile"),
            "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n\
             [Groups/0/Items/0]\nName=keyboard-us\n[Groups/0/Items/1]\nName=pinyin\n[GroupOrder]\n0=Default\n",
        )
        .expect("written");
        fs::write(config.join("config"), "[Behavior]\nActiveByDefault=True\n").expect("written");
        // A bus of its own, which starts nothing by itself: another fcitx5, with this user's settings, would come first.
        let bus_config = home.join("bus.conf");
        let listen = format!("unix:dir={}", home.display());
        fs::write(
            &bus_config,
            format!(
                "<busconfig><type>session</type><listen>{listen}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
                 <allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>"
            ),
        )
        .expect("written");
        let mut bus_daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", bus_config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a bus");
        let mut bus = String::new();
        let out = bus_daemon.stdout.take().expect("piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut bus).expect("its address");
        let bus = bus.trim().to_owned();
        let daemon = Command::new("fcitx5")
            .arg("--disable=wayland,waylandim,notificationitem,kimpanel")
            .env("DBUS_SESSION_BUS_ADDRESS", &bus)
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_RUNTIME_DIR", home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("fcitx5");
        let pinyin = Self { daemon, bus, _bus_daemon: bus_daemon };
        pinyin.wait_for(|state| state.parse::<u8>().is_ok() && is_served(), "an input method");
        pinyin
    }

    /// What fcitx5 says of the window that has the focus: 2 where it composes what is typed there, 1 where it does not, 0 where it is not asked.
    fn state(&self) -> String {
        let mut command = Command::new("fcitx5-remote");
        let told =
            command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus).stderr(Stdio::null()).output().expect("fcitx5-remote");
        String::from_utf8_lossy(&told.stdout).trim().to_owned()
    }

    fn wait_for(&self, wanted: impl Fn(&str) -> bool, what: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let state = self.state();
            if wanted(&state) {
                return;
            }
            if Instant::now() >= until {
                real_window::keep_screenshot("input-method-failed");
            }
            assert!(Instant::now() < until, "no {what} within {PATIENCE:?}: fcitx5 says {state}");
            std::thread::sleep(Duration::from_millis(50)); // between two looks, not in place of one
        }
    }
}

/// Whether the screen has the method: a program that opens a window before does without.
fn is_served() -> bool {
    let (connection, _) = x11rb::connect(None).expect("a screen");
    let server = connection.intern_atom(false, b"@server=fcitx").expect("asked").reply().expect("an atom").atom;
    connection.get_selection_owner(server).expect("asked").reply().expect("an owner").owner != x11rb::NONE
}

fn click([x, y]: [&str; 2]) {
    xdotool(&["mousemove", x, y, "click", "1"]);
}

#[test]
#[ignore = "needs fcitx5 with Pinyin, which tools/setup.sh does not bring: tools/test.sh --test input_method -- --ignored"]
fn a_scanner_types_past_an_input_method_that_is_switched_on() {
    if !real_window::has_screen() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let pinyin = Pinyin::start(folder.path());
    let settings = format!("[cards]\ncustom = [\"{ITS_CARD}\"]\n");
    fs::write(folder.path().join("settings.toml"), settings).expect("written");
    let mut program = program::program(folder.path());
    program.env(XIM.0, XIM.1).env("LC_ALL", "C.UTF-8").env("LANG", "zh_CN.UTF-8");
    let window = Window::open_with(program, folder.path());
    window.wait_for(Tone::Calm, "input-method-ready");

    // Where a name is entered the method is at work: so there is one that the window could reach.
    click(ON_CONNECT);
    pinyin.wait_for(
        |state| {
            click(ON_CASHIER);
            xdotool(&["key", "n"]); // what is typed brings the method to the window
            state == "2"
        },
        "composing in a field for names",
    );
    real_window::keep_screenshot("input-method-form");
    for _ in 0..3 {
        click(ON_CANCEL); // the first click may do no more than end what is being composed, and where the button was there is nothing then
        std::thread::sleep(Duration::from_millis(400));
    }
    xdotool(&["key", "F2"]);
    window.wait_for(Tone::Calm, "input-method-form-left");

    // Letters are what Pinyin composes, digits what it chooses by, Enter what it ends with.
    window.type_code(EXPIRED);
    window.wait_for(Tone::Bad, "input-method-refused");
    window.type_code(USABLE);
    window.wait_for(Tone::Good, "input-method-usable");
    window.type_code(EXPIRED);
    window.wait_for(Tone::Bad, "input-method-refused");
    window.type_code(WITH_LETTERS);
    window.wait_for(Tone::Good, "input-method-letters");
}
