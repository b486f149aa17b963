//! A receipt printer in the network, played: it keeps what it is sent, answers as printers do when they are asked how they are, and may be out of paper,
//! deaf or stuck.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hexiao::printer::Place;

/// Longer than anything takes on a busy machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a printer does with what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It prints, and says that all is well.
    Well,
    /// It prints, and never says a word.
    Mute,
    /// It says that it has no paper.
    NoPaper,
    /// It says that its lid is open.
    LidOpen,
    /// It says that all is well, and then reads nothing more.
    Stuck,
}

/// The printer.
pub struct Printer {
    /// Where it is.
    pub place: Place,
    mood: Arc<Mutex<Mood>>,
    printed: Receiver<Vec<u8>>,
}

impl Printer {
    /// Switches it on.
    pub fn on(mood: Mood) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mood = Arc::new(Mutex::new(mood));
        let (print, printed) = mpsc::channel();
        let now = Arc::clone(&mood);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mood = *now.lock().expect("unbroken");
                serve(stream.expect("a connection"), mood, &print);
            }
        });
        Self { place: Place::Network { host: "127.0.0.1".to_owned(), port }, mood, printed }
    }

    /// Changes what it does from the next connection on.
    pub fn be(&self, mood: Mood) {
        *self.mood.lock().expect("unbroken") = mood;
    }

    /// The bytes of the next thing that is printed.
    pub fn next(&self) -> Vec<u8> {
        self.printed.recv_timeout(PATIENCE).expect("something to print")
    }

    /// The same if it has been printed already.
    pub fn try_next(&self) -> Option<Vec<u8>> {
        self.printed.try_recv().ok()
    }

    /// What was printed and not asked for yet.
    pub fn rest(&self) -> Vec<Vec<u8>> {
        self.printed.try_iter().collect()
    }
}

/// Takes what comes on one connection, to its end.
fn serve(mut stream: TcpStream, mood: Mood, print: &Sender<Vec<u8>>) {
    let (mut kept, mut byte, mut answered) = (Vec::new(), [0], 0);
    while matches!(stream.read(&mut byte), Ok(1..)) {
        kept.push(byte[0]);
        let Some([0x10, 0x04, question @ (2 | 4)]) = kept.last_chunk::<3>() else { continue };
        let answer = match (mood, *question) {
            (Mood::NoPaper, 2) => 0x32,
            (Mood::NoPaper, _) => 0x72,
            (Mood::LidOpen, 2) => 0x16,
            _ => 0x12,
        };
        kept.truncate(kept.len() - 3);
        if mood == Mood::Stuck && answered == 2 {
            // It holds the connection, and whoever waits for it, until it is let go of.
            thread::spawn(move || {
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).ok();
            });
            return;
        }
        if mood != Mood::Mute {
            stream.write_all(&[answer]).expect("heard");
            answered += 1;
        }
    }
    if !kept.is_empty() {
        print.send(kept).ok(); // an error means that the test is over
    }
}
