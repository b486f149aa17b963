//! The program as a child, with everything that belongs to this computer's user kept away from it.

use std::path::Path;
use std::process::{Command, Stdio};

/// What would change what it does: logging, a desktop's bus (and with it the user's key store), another screen than the test's.
const NOT_FOR_IT: [&str; 5] =
    ["HEXIAO_LOG", "RUST_LOG", "DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"];

/// The program, with `home` for its user's folder.
pub fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hexiao"));
    for variable in NOT_FOR_IT {
        command.env_remove(variable);
    }
    // Where no address is given, a bus is looked for in the folder of the second variable.
    // An X server's password is looked for in the user's folder where no other place is named.
    if let (None, Some(real)) = (std::env::var_os("XAUTHORITY"), std::env::var_os("HOME")) {
        command.env("XAUTHORITY", Path::new(&real).join(".Xauthority"));
    }
    command.env("HOME", home).env("XDG_RUNTIME_DIR", home).stdin(Stdio::null());
    command
}
