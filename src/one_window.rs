//! One window a data folder: who starts the program once more means the window that is open, and it comes to the front.
//!
//! The first holds a lock beside the ledger for as long as it lives, so that the system lets go of it however it ends, and waits on a loopback
//! port for calls; which port, stands in a file that only the same user can read. Who finds the lock held calls there. What goes over the port is a word
//! that tells one of ours from a stranger, and no secret: all that it can do is bring a window to the front. Two windows on one folder would be safe
//! for the ledger, which has a lock of its own: where the first does not answer, a second opens rather than none.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::private;

/// How long a call waits for the first program, which may just be starting.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries to call it.
const PAUSE: Duration = Duration::from_millis(50);
/// How long each end waits for the other's word.
const WORD_PATIENCE: Duration = Duration::from_secs(2);
/// Letters of the word.
const WORD_CHARS: usize = 24;
/// The answer to a call.
const ANSWER: &[u8] = b"here\n";

/// What a start found.
pub enum Start {
    /// Nobody else: the window may open, and holds this.
    First(Claim),
    /// A window is open, and was called to the front.
    Called,
    /// Somebody holds the lock and does not answer.
    Unanswered,
}

/// The lock, and the port on which later starts call.
pub struct Claim {
    _lock: File,
    listener: TcpListener,
    word: String,
}

/// Claims the window of `data_folder`, or calls whoever has.
///
/// # Errors
/// The system's: the lock's file cannot be made, or there is no loopback.
pub fn start(data_folder: &Path) -> io::Result<Start> {
    start_within(data_folder, PATIENCE)
}

fn start_within(data_folder: &Path, patience: Duration) -> io::Result<Start> {
    private::make_folder(data_folder)?;
    let lock = private::open_lock(&data_folder.join("window.lock"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let until = Instant::now() + patience;
            while Instant::now() < until {
                if call(&port_file(data_folder)).is_ok() {
                    return Ok(Start::Called);
                }
                thread::sleep(PAUSE); // it may have the lock and no port yet
            }
            return Ok(Start::Unanswered);
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let word: String = std::iter::repeat_with(fastrand::alphanumeric).take(WORD_CHARS).collect();
    private::write(&port_file(data_folder), format!("{} {word}", listener.local_addr()?.port()).as_bytes())?;
    Ok(Start::First(Claim { _lock: lock, listener, word }))
}

fn port_file(data_folder: &Path) -> PathBuf {
    data_folder.join("window.port")
}

/// Calls whoever waits on the port that stands in `file`.
fn call(file: &Path) -> io::Result<()> {
    let text = fs::read_to_string(file)?;
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let (port, word) = text.split_once(' ').ok_or_else(wrong)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().map_err(|_| wrong())?));
    let mut stream = TcpStream::connect_timeout(&address, WORD_PATIENCE)?;
    stream.set_read_timeout(Some(WORD_PATIENCE))?;
    stream.set_write_timeout(Some(WORD_PATIENCE))?;
    stream.write_all(word.as_bytes())?;
    let mut answer = [0; ANSWER.len()];
    stream.read_exact(&mut answer)?;
    if answer == ANSWER { Ok(()) } else { Err(wrong()) }
}

impl Claim {
    /// Does `come` whenever the program is started once more, for the rest of this program's life, on a thread of its own.
    ///
    /// # Errors
    /// The system gives no thread; then nothing is claimed any more.
    pub fn answer(self, come: impl Fn() + Send + 'static) -> io::Result<()> {
        let answering = move || {
            loop {
                match self.listener.accept() {
                    Ok((stream, _)) => match self.is_ours(stream) {
                        Ok(()) => come(),
                        Err(error) => {
                            tracing::warn!("somebody called the window, and not as this program does: {error}")
                        }
                    },
                    Err(error) => {
                        tracing::warn!("a call to the window failed: {error}");
                        thread::sleep(PAUSE); // a failure that lasts must not keep a processor busy
                    }
                }
            }
        };
        thread::Builder::new().name("one window".to_owned()).spawn(answering).map(drop)
    }

    fn is_ours(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(WORD_PATIENCE))?;
        stream.set_write_timeout(Some(WORD_PATIENCE))?;
        let mut word = [0; WORD_CHARS];
        stream.read_exact(&mut word)?;
        if word != self.word.as_bytes() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        stream.write_all(ANSWER)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_second_start_calls_the_first_as_often_as_it_is_made_and_a_stranger_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let Start::First(claim) = start(folder.path()).expect("claimed") else { panic!("nobody else is there") };
        let (came, comes) = mpsc::channel();
        let port = claim.listener.local_addr().expect("bound").port();
        claim.answer(move || came.send(()).expect("heard")).expect("a thread");
        let mut stranger = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connected");
        stranger.write_all(&[b'x'; WORD_CHARS]).expect("sent");
        let mut answer = Vec::new();
        stranger.read_to_end(&mut answer).ok();
        assert_eq!(answer, b"");
        for _ in 0..2 {
            assert!(matches!(start(folder.path()).expect("called"), Start::Called));
            comes.recv().expect("it comes");
        }
        assert!(comes.try_recv().is_err(), "once a call");
    }

    #[test]
    fn who_has_ended_is_no_first_any_more_and_who_does_not_answer_keeps_nobody_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = start(folder.path()).expect("claimed");
        assert!(matches!(first, Start::First(_)));
        // It has the lock, and nobody takes its calls.
        assert!(matches!(start_within(folder.path(), Duration::ZERO).expect("looked"), Start::Unanswered));
        drop(first);
        assert!(matches!(start(folder.path()).expect("claimed"), Start::First(_)));
        let elsewhere = tempfile::tempdir().expect("a folder");
        assert!(matches!(start(elsewhere.path()).expect("claimed"), Start::First(_)));
    }
}
