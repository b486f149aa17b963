//! Printers that are plugged into this computer, as far as the system shows them: those on USB, and serial ports behind which one may be.

use std::path::{Path, PathBuf};

use super::{BAUD_DEFAULT, Place};

/// Where Linux shows printers on USB.
const USB_FOLDER: &str = "/dev/usb";
/// Most that are told.
const FOUND_MAX: usize = 6;

/// What is there now, printers on USB first. It reads folders of the system's: not for the window's thread.
pub fn found() -> Vec<Place> {
    let ports = serial2::SerialPort::available_ports().unwrap_or_else(|why| {
        tracing::debug!("the serial ports cannot be listed: {why}");
        Vec::new()
    });
    let ports = sorted(ports)
        .into_iter()
        .filter(|path| is_plugged_in(path))
        .map(|path| Place::Serial { port: path.display().to_string(), baud: BAUD_DEFAULT });
    on_usb(Path::new(USB_FOLDER)).into_iter().map(Place::Device).chain(ports).take(FOUND_MAX).collect()
}

/// The printers in this folder of devices.
fn on_usb(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() }; // there is none where none was ever plugged in
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    sorted(paths.filter(|path| name(path).starts_with("lp")).collect())
}

/// Whether this serial port is one that somebody has plugged in, and not one that every computer shows whether it has a socket for it or not.
fn is_plugged_in(port: &Path) -> bool {
    let name = name(port);
    ["COM", "ttyUSB", "ttyACM", "rfcomm", "cu.usb"].into_iter().any(|start| name.starts_with(start))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sorted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort_unstable();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printers_on_usb_are_found_and_serial_ports_that_are_always_there_are_not_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for name in ["lp1", "lp0", "hiddev0"] {
            std::fs::write(path(name), "").expect("made");
        }
        assert_eq!(on_usb(folder.path()), [path("lp0"), path("lp1")]);
        assert_eq!(on_usb(&path("none")), Vec::<PathBuf>::new());
        let told = ["COM4", "/dev/ttyUSB0", "/dev/ttyACM1", "/dev/cu.usbserial-10"];
        assert!(told.iter().all(|port| is_plugged_in(Path::new(port))));
        assert!(!["/dev/ttyS0", "/dev/tty1", "/dev/ttyAMA0"].iter().any(|port| is_plugged_in(Path::new(port))));
        for place in found() {
            assert_eq!(place.to_string().parse(), Ok(place), "the settings take it");
        }
    }
}
