//! A real window on a real screen (Xvfb in `tools/test.sh`), with keys pressed by `xdotool` and looked at in screenshots: a code is
//! typed, Enter shows the verdict, the key consumes, the receipt appears, and the row is on disk.
#![cfg(target_os = "linux")]

#[path = "support/real_window.rs"]
mod real_window;

use hexiao::ledger::Ledger;
use hexiao::ui::theme::Tone;
use real_window::{ON_CONSUME, Window, xdotool};

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
