//! Bytes to a printer: over the network, a serial port, or into a device of the system's – each within a time, whatever the other side does.
//!
//! Where a printer can be heard it is asked how it is, before and after: one without paper takes whatever it is sent and prints none of it. Many do not
//! answer, and are sent to all the same; then nothing is known but that they took it.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use super::commands::QUESTIONS;
use super::{Health, Place};

/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);
/// How long a printer may take to say how it is, before it is taken for one that does not.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How long anything takes at most, beside the time for its bytes.
const DONE_WITHIN: Duration = Duration::from_secs(10);
/// Bytes a second that the slowest printer takes, but for what a serial port's speed says.
const BYTES_A_SECOND: u64 = 500;
/// How much longer than that a system may keep us waiting for what has no time of its own: a name's address, a device's opening.
const GRACE: Duration = Duration::from_secs(5);

/// What became of something that was to be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The printer took it, and says that it has paper and no trouble.
    Printed,
    /// The printer took it, and does not say what became of it.
    Taken,
}

/// Why nothing was printed, or perhaps a part. Each has its own sentence for the cashier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// There is no such device, port or share: it is not plugged in, or switched off.
    #[error("there is no printer at {0}")]
    Missing(String),
    /// In the network nobody answers there.
    #[error("the printer at {0} is not reached")]
    Unreachable(String),
    /// There is such a computer or printer in the network, and it takes nothing to print.
    #[error("{0} takes nothing to be printed")]
    Refused(String),
    /// The system does not let this user open it.
    #[error("the system does not allow the use of {0}")]
    Denied(String),
    /// Another program has it, or it still has what was sent before.
    #[error("the printer at {0} is busy")]
    Busy(String),
    /// It has no paper.
    #[error("the printer has no paper")]
    NoPaper,
    /// Its lid is open.
    #[error("the printer's lid is open")]
    LidOpen,
    /// It says that something is wrong with it.
    #[error("the printer reports a fault")]
    Faulty,
    /// It does not take in time what it is sent, or ended the connection.
    #[error("the printer at {0} does not take what it is sent")]
    Stalled(String),
    /// What was to be printed could not be read.
    #[error("what was to be printed could not be read: {0}")]
    Unread(String),
    /// Anything else, as the system put it.
    #[error("the printer at {place} cannot be used: {why}")]
    Other {
        /// The printer.
        place: String,
        /// What the system said.
        why: String,
    },
}

/// Does one thing at a time, and is never kept longer than its time. Where a system keeps it all the same, it lets go, and sends nothing more to that
/// printer before that has come to its end: what is printed late must not be printed among something else.
#[derive(Default)]
pub struct Hand {
    /// Printers at which something has not come to its end.
    held: Vec<(Place, Receiver<Result<Sent, PrintError>>)>,
}

impl Hand {
    /// Sends `bytes` to the printer at `place`, in the time that a slow one takes for so many.
    ///
    /// # Errors
    /// See [`PrintError`]; a part may have been printed.
    pub fn send(&mut self, place: &Place, bytes: Vec<u8>) -> Result<Sent, PrintError> {
        let within = time_for(place, bytes.len());
        self.send_within(place, bytes, within)
    }

    /// The same, in this time.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn send_within(&mut self, place: &Place, bytes: Vec<u8>, within: Duration) -> Result<Sent, PrintError> {
        self.within(place, within, move |place, until| deliver(place, &bytes, until))
    }

    /// Looks whether the printer at `place` is there and can print, and prints nothing.
    ///
    /// # Errors
    /// See [`PrintError`].
    pub fn look(&mut self, place: &Place) -> Result<Sent, PrintError> {
        self.within(place, DONE_WITHIN, |place, until| deliver(place, &[], until))
    }

    fn within(
        &mut self,
        place: &Place,
        within: Duration,
        work: impl FnOnce(&Place, Instant) -> Result<Sent, PrintError> + Send + 'static,
    ) -> Result<Sent, PrintError> {
        self.held.retain(|(_, outcome)| matches!(outcome.try_recv(), Err(TryRecvError::Empty)));
        if self.held.iter().any(|(held, _)| held == place) {
            return Err(PrintError::Busy(place.to_string()));
        }
        let (told, outcome) = mpsc::channel();
        let there = place.clone();
        let until = Instant::now() + within;
        let spawned = thread::Builder::new().name("printing".to_owned()).spawn(move || {
            told.send(work(&there, until)).ok(); // nobody may wait any more
        });
        if let Err(why) = spawned {
            return Err(PrintError::Other { place: place.to_string(), why: why.to_string() });
        }
        match outcome.recv_timeout(within + GRACE) {
            Ok(came) => came,
            Err(RecvTimeoutError::Timeout) => {
                self.held.push((place.clone(), outcome));
                Err(PrintError::Stalled(place.to_string()))
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(PrintError::Other { place: place.to_string(), why: "the program went wrong".to_owned() })
            }
        }
    }
}

/// How long it may take to send so many bytes there.
fn time_for(place: &Place, bytes: usize) -> Duration {
    let a_second = match place {
        Place::Serial { baud, .. } => (u64::from(*baud) / 20).clamp(1, BYTES_A_SECOND), // ten bits a byte, half of it lost
        Place::Network { .. } | Place::Device(_) => BYTES_A_SECOND,
    };
    DONE_WITHIN + Duration::from_secs(bytes as u64 / a_second)
}

/// Sends `bytes` to the printer at `place`, or only asks how it is where there are none.
fn deliver(place: &Place, bytes: &[u8], until: Instant) -> Result<Sent, PrintError> {
    let outcome = match place {
        Place::Network { host, port } => {
            connect(host, *port).map_err(|why| at_opening(place, &why)).map(|stream| converse(stream, bytes, until))
        }
        Place::Serial { port, baud } => {
            open_port(port, *baud).map_err(|why| at_opening(place, &why)).map(|port| converse(port, bytes, until))
        }
        Place::Device(path) => open_device(path).map_err(|why| at_opening(place, &why)).map(|mut device| {
            // Who waited has gone, and may have it printed once more: better not at all than twice.
            if left(until).is_zero() {
                return Err(NotTaken::Failed(ErrorKind::TimedOut.into()));
            }
            device.write_all(bytes).and_then(|()| device.flush()).map_err(NotTaken::Failed)?;
            Ok(Sent::Taken)
        }),
    }?;
    outcome.map_err(|why| match why {
        NotTaken::Ill(error) => error,
        NotTaken::Failed(why) => under_way(place, &why),
    })
}

fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::from(ErrorKind::HostUnreachable);
    let found = (host, port).to_socket_addrs().map_err(|why| io::Error::new(ErrorKind::HostUnreachable, why))?;
    for address in found {
        match TcpStream::connect_timeout(&address, CONNECT_WITHIN) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(why) => last = why,
        }
    }
    Err(last)
}

fn open_port(port: &str, baud: u32) -> io::Result<serial2::SerialPort> {
    let port = serial2::SerialPort::open(port, |mut settings: serial2::Settings| {
        settings.set_raw();
        settings.set_baud_rate(baud)?;
        // A printer that has its hands full says so by one of these characters, or never.
        settings.set_flow_control(serial2::FlowControl::XonXoff);
        Ok(settings)
    })?;
    port.discard_buffers()?;
    Ok(port)
}

/// Opens a device, and makes no file where there is none: it would swallow every slip. One that is there would too, and lose what is in it.
fn open_device(path: &Path) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(windows)]
    options.create(path.as_os_str().as_encoded_bytes().starts_with(br"\\")); // a print share has no files that could be there
    let device = options.open(path)?;
    #[cfg(unix)]
    if device.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is a file, and no printer"));
    }
    Ok(device)
}

/// A printer that can be spoken to and heard.
trait Wire {
    /// Writes some of `bytes` within this time.
    fn write_some(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize>;
    /// Reads one byte within this time; `None` where the other side has ended.
    fn read_one(&mut self, within: Duration) -> io::Result<Option<u8>>;
    /// Has all that was written on its way before the wire is let go of.
    fn finish(&mut self, _within: Duration) {}
}

impl Wire for TcpStream {
    fn write_some(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.set_write_timeout(Some(within))?;
        self.write(bytes)
    }

    fn read_one(&mut self, within: Duration) -> io::Result<Option<u8>> {
        self.set_read_timeout(Some(within))?;
        let mut byte = [0];
        Ok((self.read(&mut byte)? > 0).then_some(byte[0]))
    }

    /// A connection that is closed with something unread in it is broken off by the system, and what was still on its way is lost: so an answer that comes
    /// late is read, until the printer ends it too or says nothing for a while.
    fn finish(&mut self, within: Duration) {
        let until = Instant::now() + within;
        if self.shutdown(Shutdown::Write).is_ok() {
            while !left(until).is_zero() && matches!(self.read_one(left(until)), Ok(Some(_))) {}
        }
    }
}

impl Wire for serial2::SerialPort {
    fn write_some(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.set_write_timeout(within)?;
        self.write(bytes)
    }

    fn read_one(&mut self, within: Duration) -> io::Result<Option<u8>> {
        self.set_read_timeout(within)?;
        let mut byte = [0];
        Ok((self.read(&mut byte)? > 0).then_some(byte[0]))
    }
}

/// Why a printer that was there did not print.
enum NotTaken {
    /// It says why.
    Ill(PrintError),
    /// The system says why.
    Failed(io::Error),
}

impl From<io::Error> for NotTaken {
    fn from(why: io::Error) -> Self {
        Self::Failed(why)
    }
}

fn converse(mut wire: impl Wire, bytes: &[u8], until: Instant) -> Result<Sent, NotTaken> {
    let answers = ask_how_it_is(&mut wire, until, ANSWER_WITHIN)?;
    write_all(&mut wire, bytes, until)?;
    // Asked again behind all of it: where no answer comes, what stands before the question did not arrive either.
    if answers && !bytes.is_empty() && !ask_how_it_is(&mut wire, until, left(until))? {
        return Err(timed_out().into());
    }
    wire.finish(ANSWER_WITHIN);
    Ok(if answers { Sent::Printed } else { Sent::Taken })
}

/// Asks all questions. Says whether it answers at all.
fn ask_how_it_is(wire: &mut impl Wire, until: Instant, within: Duration) -> Result<bool, NotTaken> {
    for question in QUESTIONS {
        write_all(wire, &question.bytes(), until)?;
        let patience = Instant::now() + within.min(left(until));
        let health = loop {
            let within = left(patience);
            if within.is_zero() {
                return Ok(false);
            }
            match wire.read_one(within) {
                Ok(Some(answer)) => {
                    // Something else may have been on its way: what a button was pressed for, or an answer from before.
                    if let Some(health) = question.read(answer) {
                        break health;
                    }
                }
                Ok(None) => return Err(io::Error::from(ErrorKind::ConnectionReset).into()),
                Err(why) if matches!(why.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => return Ok(false),
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) => return Err(why.into()),
            }
        };
        let ill = match health {
            Health::Ready => continue,
            Health::NoPaper => PrintError::NoPaper,
            Health::LidOpen => PrintError::LidOpen,
            Health::Faulty => PrintError::Faulty,
        };
        return Err(NotTaken::Ill(ill));
    }
    Ok(true)
}

fn write_all(wire: &mut impl Wire, mut bytes: &[u8], until: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        let within = left(until);
        if within.is_zero() {
            return Err(timed_out());
        }
        match wire.write_some(bytes, within) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
    Ok(())
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn timed_out() -> io::Error {
    ErrorKind::TimedOut.into()
}

/// Unix's EIO, ENXIO and ENODEV: what a device says that was unplugged.
const GONE: [i32; 3] = [5, 6, 19];

fn at_opening(place: &Place, why: &io::Error) -> PrintError {
    let is_in_network = matches!(place, Place::Network { .. });
    match why.kind() {
        ErrorKind::ConnectionRefused => PrintError::Refused(place.to_string()),
        _ if is_in_network => PrintError::Unreachable(place.to_string()),
        _ => in_general(place, why),
    }
}

fn under_way(place: &Place, why: &io::Error) -> PrintError {
    match why.kind() {
        ErrorKind::TimedOut
        | ErrorKind::WouldBlock
        | ErrorKind::WriteZero
        | ErrorKind::BrokenPipe
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted => PrintError::Stalled(place.to_string()),
        _ => in_general(place, why),
    }
}

fn in_general(place: &Place, why: &io::Error) -> PrintError {
    match why.kind() {
        ErrorKind::NotFound => PrintError::Missing(place.to_string()),
        ErrorKind::PermissionDenied => PrintError::Denied(place.to_string()),
        ErrorKind::ResourceBusy => PrintError::Busy(place.to_string()),
        // What Linux says of a printer on USB that has none.
        ErrorKind::StorageFull => PrintError::NoPaper,
        _ if cfg!(unix) && why.raw_os_error().is_some_and(|number| GONE.contains(&number)) => {
            PrintError::Missing(place.to_string())
        }
        _ => PrintError::Other { place: place.to_string(), why: why.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_a_printer_is_told_apart() {
        let network = Place::Network { host: "printer".to_owned(), port: 9100 };
        let device = Place::Device("/dev/usb/lp0".into());
        let (there, here) = (|| "tcp://printer".to_owned(), || "/dev/usb/lp0".to_owned());
        let opening = |place: &Place, kind: ErrorKind| at_opening(place, &kind.into());
        assert_eq!(opening(&network, ErrorKind::ConnectionRefused), PrintError::Refused(there()));
        assert_eq!(opening(&network, ErrorKind::TimedOut), PrintError::Unreachable(there()));
        assert_eq!(opening(&device, ErrorKind::NotFound), PrintError::Missing(here()));
        assert_eq!(opening(&device, ErrorKind::PermissionDenied), PrintError::Denied(here()));
        assert_eq!(opening(&device, ErrorKind::ResourceBusy), PrintError::Busy(here()));
        assert_eq!(under_way(&network, &ErrorKind::BrokenPipe.into()), PrintError::Stalled(there()));
        assert_eq!(under_way(&device, &ErrorKind::StorageFull.into()), PrintError::NoPaper);
        assert!(matches!(under_way(&device, &ErrorKind::InvalidData.into()), PrintError::Other { .. }));
        #[cfg(unix)]
        assert_eq!(under_way(&device, &io::Error::from_raw_os_error(19)), PrintError::Missing(here()), "unplugged");
    }

    #[test]
    fn a_slow_port_is_given_the_time_that_its_speed_takes() {
        let port = |baud| Place::Serial { port: "COM4".to_owned(), baud };
        assert_eq!(time_for(&port(300), 1500), DONE_WITHIN + Duration::from_secs(100));
        assert_eq!(time_for(&port(115_200), 1500), DONE_WITHIN + Duration::from_secs(3));
    }

    #[test]
    fn whoever_is_held_is_let_go_of_and_nothing_more_is_sent_until_that_has_ended() {
        let (mut hand, place) = (Hand::default(), Place::Device("/dev/usb/lp0".into()));
        let (release, held) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel::<()>();
        // As if the system never came back: the grace is all that is waited for.
        let came = hand.within(&place, Duration::ZERO, move |_, _| {
            held.recv().ok();
            drop(ended);
            Ok(Sent::Taken)
        });
        assert_eq!(came, Err(PrintError::Stalled("/dev/usb/lp0".to_owned())));
        assert_eq!(hand.look(&place), Err(PrintError::Busy("/dev/usb/lp0".to_owned())));
        let another = Place::Device("/dev/usb/lp1".into());
        assert_eq!(hand.within(&another, Duration::ZERO, |_, _| Ok(Sent::Taken)), Ok(Sent::Taken), "nobody's business");
        drop(release);
        has_ended.recv().expect_err("it has let go");
        let mut again = || hand.within(&place, Duration::ZERO, |_, _| Ok(Sent::Printed));
        while again() == Err(PrintError::Busy("/dev/usb/lp0".to_owned())) {
            thread::yield_now(); // between the end of its work and its word
        }
        assert_eq!(again(), Ok(Sent::Printed));
    }

    #[test]
    fn no_file_is_made_where_no_device_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Device(folder.path().join("lp0"));
        assert_eq!(Hand::default().send(&place, b"slip".to_vec()), Err(PrintError::Missing(place.to_string())));
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0);
    }
}
