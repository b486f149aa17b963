//! Where a printer is, as one text in the settings.
//!
//! Pure.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The port at which printers in the network take what is to be printed.
pub const PORT_DEFAULT: u16 = 9100;
/// The speed that printers on a serial port are mostly set to, in bits a second.
pub const BAUD_DEFAULT: u32 = 9600;
/// Speeds of a serial port that are taken, in bits a second.
const BAUD_RANGE: std::ops::RangeInclusive<u32> = 300..=921_600;

const TCP: &str = "tcp://";
const SERIAL: &str = "serial:";

/// Where a printer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the network.
    Network {
        /// Its name or address; an IPv6 address without brackets.
        host: String,
        /// Its port, mostly [`PORT_DEFAULT`].
        port: u16,
    },
    /// On a serial port.
    Serial {
        /// The port: `COM4`, `/dev/ttyUSB0`.
        port: String,
        /// Its speed, in bits a second.
        baud: u32,
    },
    /// A device or a share that the system shows as a file, as it does with most on USB: `/dev/usb/lp0`, `\\till-2\receipts`, `LPT1`.
    Device(PathBuf),
}

/// Why a text is no printer's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefusal {
    /// What follows `tcp://` is no host with or without a port.
    #[error("must name a host, as in tcp://192.168.1.87 or tcp://192.168.1.87:9100")]
    Host,
    /// What follows `serial:` is no port with or without a speed.
    #[error("must name a serial port, as in serial:COM4 or serial:/dev/ttyUSB0@19200")]
    Serial,
    /// None of the ways to name one.
    #[error(
        "must be tcp://HOST, serial:PORT, or the whole path of a device such as /dev/usb/lp0 or \\\\till-2\\receipts"
    )]
    Unknown,
}

impl FromStr for Place {
    type Err = PlaceRefusal;

    /// Also takes a bare network address, and the usual names of serial ports, for what they are.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(rest) = strip_ignoring_case(text, TCP) {
            return network(rest.trim_end_matches('/')).ok_or(PlaceRefusal::Host);
        }
        if let Some(rest) = strip_ignoring_case(text, SERIAL) {
            return serial(rest).ok_or(PlaceRefusal::Serial);
        }
        let is_numbered = |name: &str| {
            strip_ignoring_case(text, name)
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if is_numbered("COM") || text.starts_with("/dev/tty") || text.starts_with("/dev/cu.") {
            return serial(text).ok_or(PlaceRefusal::Serial);
        }
        if text.parse::<std::net::IpAddr>().is_ok() || text.parse::<std::net::SocketAddr>().is_ok() {
            return network(text).ok_or(PlaceRefusal::Host);
        }
        let has_drive =
            text.as_bytes().get(1..3) == Some(b":\\") && text.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_whole = text.len() > 1 && text.starts_with('/') && !text.starts_with("//");
        if is_whole || has_drive || is_numbered("LPT") || (text.len() > 2 && text.starts_with(r"\\")) {
            return Ok(Self::Device(PathBuf::from(text)));
        }
        Err(PlaceRefusal::Unknown)
    }
}

impl fmt::Display for Place {
    /// As it is written in the settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network { host, port } => match (host.contains(':'), *port) {
                (false, PORT_DEFAULT) => write!(f, "{TCP}{host}"),
                (false, port) => write!(f, "{TCP}{host}:{port}"),
                (true, PORT_DEFAULT) => write!(f, "{TCP}[{host}]"),
                (true, port) => write!(f, "{TCP}[{host}]:{port}"),
            },
            Self::Serial { port, baud: BAUD_DEFAULT } => write!(f, "{SERIAL}{port}"),
            Self::Serial { port, baud } => write!(f, "{SERIAL}{port}@{baud}"),
            Self::Device(path) => path.display().fmt(f),
        }
    }
}

fn strip_ignoring_case<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(rest)
}

fn network(rest: &str) -> Option<Place> {
    // A bare IPv6 address is full of colons, none of which begins a port.
    let bare = rest.parse::<std::net::Ipv6Addr>().is_ok();
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host.parse::<std::net::Ipv6Addr>().is_ok().then_some(host)?, port),
        None if bare => (rest, ""),
        None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port > 0)?,
        None => port.is_empty().then_some(PORT_DEFAULT)?,
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (!host.is_empty() && host.chars().all(fits)).then(|| Place::Network { host: host.to_owned(), port })
}

fn serial(rest: &str) -> Option<Place> {
    let (port, baud) = match rest.split_once('@') {
        Some((port, baud)) => (port, baud.parse().ok().filter(|baud| BAUD_RANGE.contains(baud))?),
        None => (rest, BAUD_DEFAULT),
    };
    (!port.is_empty() && !port.contains(char::is_whitespace)).then(|| Place::Serial { port: port.to_owned(), baud })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_taken_is_written_so_that_it_is_read_again(
            start in "(tcp://|serial:|/dev/usb/|COM|LPT|\\\\\\\\|)", rest in "[ -~券]{0,20}"
        ) {
            if let Ok(place) = format!("{start}{rest}").parse::<Place>() {
                prop_assert_eq!(place.to_string().parse(), Ok(place));
            }
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written_and_the_usual_short_names_are_understood() {
        for (text, written) in [
            ("tcp://192.168.1.87", "tcp://192.168.1.87"),
            (" TCP://printer.shop:9100/ ", "tcp://printer.shop"),
            ("tcp://打印机.local:9101", "tcp://打印机.local:9101"),
            ("192.168.1.87", "tcp://192.168.1.87"),
            ("192.168.1.87:6001", "tcp://192.168.1.87:6001"),
            ("tcp://[fe80::1]:9101", "tcp://[fe80::1]:9101"),
            ("fe80::1", "tcp://[fe80::1]"),
            ("serial:COM4", "serial:COM4"),
            ("com4", "serial:com4"),
            ("/dev/ttyUSB0@19200", "serial:/dev/ttyUSB0@19200"),
            ("serial:/dev/ttyUSB0@9600", "serial:/dev/ttyUSB0"),
            ("/dev/usb/lp0", "/dev/usb/lp0"),
            (r"\\till-2\receipts", r"\\till-2\receipts"),
            ("LPT1", "LPT1"),
            (r"C:\printer", r"C:\printer"),
        ] {
            let place: Place = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(place.to_string(), written, "{text}");
            assert_eq!(written.parse(), Ok(place), "{text}");
        }
        for (text, refusal) in [
            ("tcp://", PlaceRefusal::Host),
            ("tcp://a b", PlaceRefusal::Host),
            ("tcp://host:0", PlaceRefusal::Host),
            ("tcp://host:99999", PlaceRefusal::Host),
            ("tcp://user@host", PlaceRefusal::Host),
            ("tcp://[host]", PlaceRefusal::Host),
            ("serial:", PlaceRefusal::Serial),
            ("serial:COM4@fast", PlaceRefusal::Serial),
            ("http://192.168.1.87", PlaceRefusal::Unknown),
            ("lp0", PlaceRefusal::Unknown),
            ("/", PlaceRefusal::Unknown),
            ("券", PlaceRefusal::Unknown),
            ("", PlaceRefusal::Unknown),
        ] {
            assert_eq!(text.parse::<Place>(), Err(refusal), "{text}");
        }
    }
}
