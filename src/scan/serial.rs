//! A hand scanner on a serial port, or one that makes its plug look like one: bytes come in, codes go out.
//!
//! It sends nothing but codes, so no speed and no length need tell them from anything else. A code ends with any control character – a
//! carriage return, a line feed, a tab, ETX – or with a pause. The thread opens the port again by itself when the scanner was unplugged, and nobody ever
//! waits for it: a port may hang.

use std::{
    io::{self, ErrorKind},
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use super::wedge::{PAUSE, SCAN_CHARS_MAX, Wrapping};

/// Before each new attempt at a port that was lost or could not be opened; the last is repeated.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];
/// How much is read at once, in bytes: more than any code.
const READ_BYTES: usize = 4096;

/// A serial port, and what the scanner on it puts around each code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialPort {
    /// Its name: `COM3`, `/dev/ttyACM0`, or a link to it.
    pub name: String,
    /// Its speed, in bits a second; eight bits, no parity, one stop bit.
    pub baud: u32,
    /// What is taken off each code.
    pub wrapping: Wrapping,
}

/// What happens at the port. Told on its own thread, in order.
#[derive(Clone, Debug)]
pub enum SerialEvent {
    /// The port is open.
    Opened,
    /// A code was scanned.
    Code(String),
    /// The port is lost or could not be opened. It is being tried again.
    Lost(SerialError),
}

/// Why nothing comes from the port. Each has its own sentence for the cashier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// There is no such port: the scanner is not plugged in, or was unplugged.
    #[error("the serial port {0} is not there")]
    Missing(String),
    /// The system does not let this user open it; on Windows also where another program has it.
    #[error("the system does not allow the use of the serial port {0}")]
    Denied(String),
    /// Another program has it.
    #[error("another program is using the serial port {0}")]
    Busy(String),
    /// Anything else, as the system put it.
    #[error("the serial port {name} cannot be used: {why}")]
    Other {
        /// The port.
        name: String,
        /// What the system said.
        why: String,
    },
}

/// Opens `port` and lets go of it again, to see whether it can be listened to.
///
/// # Errors
/// Why it cannot.
pub fn try_port(port: &SerialPort) -> Result<(), SerialError> {
    open(port).map(drop).map_err(|why| classify(&port.name, &why))
}

/// A port that is listened to. Dropping it stops that, without waiting.
pub struct SerialScanner {
    stopped: Arc<AtomicBool>,
}

impl SerialScanner {
    /// Listens to `port`. `on_event` is called on a thread of its own.
    pub fn start(port: SerialPort, on_event: impl Fn(SerialEvent) + Send + 'static) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stopped);
        let work = move || listen(&port, &is_stopped, &on_event);
        if let Err(why) = thread::Builder::new().name("scan-serial".to_owned()).spawn(work) {
            tracing::error!("no thread could be had for the serial port: {why}");
        }
        Self { stopped }
    }
}

impl Drop for SerialScanner {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Opens the port and reads it, again and again.
fn listen(port: &SerialPort, stopped: &AtomicBool, on_event: &impl Fn(SerialEvent)) {
    let mut attempts = 0;
    while !stopped.load(Ordering::Relaxed) {
        let why = match open(port) {
            Ok(open) => {
                tracing::info!(port.name, port.baud, "the serial port is open");
                attempts = 0;
                on_event(SerialEvent::Opened);
                match read(&open, &port.wrapping, stopped, on_event) {
                    Ok(()) => return,
                    Err(why) => why,
                }
            }
            Err(why) => why,
        };
        let why = classify(&port.name, &why);
        tracing::warn!(%why, "nothing comes from the serial port");
        on_event(SerialEvent::Lost(why));
        thread::sleep(PAUSES[attempts.min(PAUSES.len() - 1)]);
        attempts += 1;
    }
}

fn open(port: &SerialPort) -> io::Result<serial2::SerialPort> {
    let mut open = serial2::SerialPort::open(&port.name, port.baud)?;
    open.set_read_timeout(PAUSE)?;
    Ok(open)
}

/// Reads until nobody wants it any more, or the port is lost.
fn read(
    open: &serial2::SerialPort,
    wrapping: &Wrapping,
    stopped: &AtomicBool,
    on_event: &impl Fn(SerialEvent),
) -> io::Result<()> {
    let (mut bytes, mut codes) = ([0; READ_BYTES], Codes::default());
    while !stopped.load(Ordering::Relaxed) {
        let whole = match open.read(&mut bytes) {
            Ok(0) => return Err(ErrorKind::NotFound.into()),
            Ok(length) => codes.take(&bytes[..length]),
            Err(why) if matches!(why.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => codes.paused(),
            Err(why) if why.kind() == ErrorKind::Interrupted => Vec::new(),
            Err(why) => return Err(why),
        };
        for code in whole {
            on_event(SerialEvent::Code(wrapping.taken_off(&code).to_owned()));
        }
    }
    Ok(())
}

fn classify(name: &str, why: &io::Error) -> SerialError {
    /// Unix's EIO, ENXIO and ENODEV: what a port says whose device was unplugged.
    const GONE: [i32; 3] = [5, 6, 19];
    let name = name.to_owned();
    match why.kind() {
        ErrorKind::NotFound => SerialError::Missing(name),
        ErrorKind::PermissionDenied => SerialError::Denied(name),
        ErrorKind::ResourceBusy => SerialError::Busy(name),
        _ if cfg!(unix) && why.raw_os_error().is_some_and(|number| GONE.contains(&number)) => {
            SerialError::Missing(name)
        }
        _ => SerialError::Other { name, why: why.to_string() },
    }
}

/// Cuts what comes from the port into codes.
#[derive(Default)]
pub(super) struct Codes {
    /// What has come of a code that is not over yet, up to [`SCAN_CHARS_MAX`] bytes.
    begun: Vec<u8>,
    /// More than that came: it is no code, to its end.
    is_too_long: bool,
}

impl Codes {
    /// Takes bytes as they came; gives what they end, in order.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut codes = Vec::new();
        for byte in bytes {
            if byte.is_ascii_control() {
                codes.extend(self.end());
            } else if self.begun.len() < SCAN_CHARS_MAX {
                self.begun.push(*byte);
            } else {
                self.is_too_long = true;
            }
        }
        codes
    }

    /// Nothing more has come for [`PAUSE`].
    fn paused(&mut self) -> Vec<String> {
        self.end().into_iter().collect()
    }

    fn end(&mut self) -> Option<String> {
        let (begun, is_too_long) = (mem::take(&mut self.begun), mem::take(&mut self.is_too_long));
        let code = String::from_utf8_lossy(&begun);
        (!is_too_long && !code.trim().is_empty()).then(|| code.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_ends_with_any_control_character_or_a_pause() {
        let mut codes = Codes::default();
        assert_eq!(codes.take(b"4096324"), Vec::<String>::new());
        assert_eq!(codes.take(b"57895\r\n"), ["409632457895"]);
        assert_eq!(codes.take(b"\x02one\x03\x02two\x03three"), ["one", "two"]);
        assert_eq!(codes.paused(), ["three"]);
        assert_eq!(codes.paused(), Vec::<String>::new());
        assert_eq!(codes.take("券码\tx\t".as_bytes()), ["券码", "x"]);
        assert_eq!(codes.take(b"  \r\xFF\r"), ["\u{FFFD}"], "refused by name, where codes are read");
    }

    #[test]
    fn what_is_longer_than_any_code_is_passed_over_to_its_end() {
        let mut codes = Codes::default();
        for _ in 0..100 {
            assert_eq!(codes.take(&[b'9'; SCAN_CHARS_MAX]), Vec::<String>::new());
        }
        assert_eq!(codes.begun.len(), SCAN_CHARS_MAX);
        assert_eq!(codes.take(b"\r409632457895\r"), ["409632457895"]);
    }

    #[test]
    fn what_the_system_says_of_a_port_is_told_apart() {
        let name = || "COM3".to_owned();
        let said = |why: io::Error| classify("COM3", &why);
        assert_eq!(said(ErrorKind::NotFound.into()), SerialError::Missing(name()));
        assert_eq!(said(ErrorKind::PermissionDenied.into()), SerialError::Denied(name()));
        assert_eq!(said(ErrorKind::ResourceBusy.into()), SerialError::Busy(name()));
        assert!(matches!(said(ErrorKind::InvalidData.into()), SerialError::Other { .. }));
        #[cfg(unix)]
        assert_eq!(said(io::Error::from_raw_os_error(5)), SerialError::Missing(name()), "unplugged while it was read");
    }

    #[test]
    fn a_port_that_is_not_there_is_told_and_tried_again() {
        let (events_tx, events) = std::sync::mpsc::channel();
        let name = std::env::temp_dir().join("hexiao-no-such-port").display().to_string();
        let port = SerialPort { name: name.clone(), baud: 9600, wrapping: Wrapping::default() };
        let _scanner = SerialScanner::start(port, move |event| drop(events_tx.send(event)));
        for _ in 0..2 {
            let event = events.recv_timeout(Duration::from_secs(60)).expect("told");
            assert!(matches!(&event, SerialEvent::Lost(SerialError::Missing(told)) if *told == name), "{event:?}");
        }
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_the_codes_are_the_same(
            codes in prop::collection::vec("[0-9A-Za-z]{1,20}", 0..6),
            cuts in prop::collection::vec(1..9usize, 1..9),
        ) {
            let sent: Vec<u8> = codes.iter().flat_map(|code| [code.as_bytes(), b"\r\n"].concat()).collect();
            let (mut heard, mut listener, mut rest) = (Vec::new(), Codes::default(), &sent[..]);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                heard.extend(listener.take(now));
                rest = later;
            }
            prop_assert_eq!(heard, codes);
        }
    }
}
