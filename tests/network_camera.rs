//! A telephone as a camera: motion JPEG over real HTTP, as different apps serve it, with all that can go wrong between.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/skip.rs"]
mod skip;
#[path = "support/window.rs"]
mod window;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use eframe::egui::MissingGlyphPolicy;
use hexiao::config::{Places, Settings};
use hexiao::desk::Stage;
use hexiao::sandbox::print;
use hexiao::scan::{CameraError, PixelFormat, ScanEvent, Scanner, Source};
use image::codecs::jpeg::JpegEncoder;
use window::{FRAMES, SMALL};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const CODE: &str = "409632457895";
const ANOTHER: &str = "409618203344";

/// A JPEG of a QR code, 8 pixels a module.
fn picture_of(text: &str) -> Vec<u8> {
    let (width, height, luma) = print::qr_luma(text, 8);
    let mut bytes = Vec::new();
    let encoded =
        JpegEncoder::new_with_quality(&mut bytes, 90).encode(&luma, width, height, image::ExtendedColorType::L8);
    encoded.expect("a picture");
    bytes
}

/// How an app serves its pictures.
#[derive(Clone, Copy)]
struct Manner {
    /// The boundary as the head of the answer names it.
    boundary: &'static str,
    with_length: bool,
    chunked: bool,
}

const PLAIN: Manner = Manner { boundary: "frame", with_length: true, chunked: false };
const MANNERS: [Manner; 4] = [
    PLAIN,
    Manner { boundary: "--frame", with_length: false, chunked: false },
    Manner { boundary: "\"frame\"", with_length: true, chunked: true },
    Manner { boundary: "frame", with_length: false, chunked: true },
];

/// Serves one answer.
type Serve = Box<dyn FnMut(&mut TcpStream) -> std::io::Result<()> + Send>;

/// A server that answers each connection with the next of `answers`, the last for ever; its address. Reads each request to its end first.
fn serve(answers: Vec<Serve>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut answers = answers.into_iter();
    let mut answer = answers.next().expect("an answer");
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            let mut lines = BufReader::new(connection.try_clone().expect("the same")).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            answer(&mut connection).ok(); // whoever asked may have gone, and then it is the next one's turn
            if let Some(next) = answers.next() {
                answer = next;
            }
        }
    });
    format!("http://{address}/video")
}

/// So many of `picture`, 50 a second, in an app's `manner`; then the connection is closed.
fn stream(picture: Vec<u8>, count: usize, manner: Manner) -> Serve {
    Box::new(move |to| {
        let Manner { boundary, with_length, chunked } = manner;
        let encoding = if chunked { "Transfer-Encoding: chunked\r\n" } else { "" };
        write!(to, "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary={boundary}\r\n{encoding}\r\n")?;
        for _ in 0..count {
            let length = if with_length { format!("Content-Length: {}\r\n", picture.len()) } else { String::new() };
            let head = format!("\r\n--frame\r\nContent-Type: image/jpeg\r\n{length}\r\n");
            let part = [head.as_bytes(), &picture].concat();
            if chunked {
                for piece in part.chunks(1000) {
                    write!(to, "{:x}\r\n", piece.len())?;
                    to.write_all(piece)?;
                    to.write_all(b"\r\n")?;
                }
            } else {
                to.write_all(&part)?;
            }
            thread::sleep(Duration::from_millis(20)); // that is the rate of the camera
        }
        Ok(())
    })
}

fn say(answer: &'static str) -> Serve {
    Box::new(move |to| to.write_all(answer.as_bytes()))
}

struct Watch {
    events: mpsc::Receiver<ScanEvent>,
    _scanner: Scanner,
}

impl Watch {
    fn start(address: &str) -> Self {
        let (events_tx, events) = mpsc::channel();
        let source: Source = address.parse().expect("an address");
        assert!(matches!(source, Source::Network(_)));
        Self { events, _scanner: Scanner::start(source, move |event| drop(events_tx.send(event))) }
    }

    /// The next event that `wanted` makes something of.
    fn wait<T>(&self, wanted: impl Fn(ScanEvent) -> Option<T>) -> T {
        loop {
            if let Some(it) = wanted(self.events.recv_timeout(PATIENCE).expect("an event")) {
                return it;
            }
        }
    }

    fn wait_code(&self) -> String {
        self.wait(|event| if let ScanEvent::Found(found, _) = event { Some(found.text) } else { None })
    }

    fn wait_lost(&self) -> CameraError {
        self.wait(|event| if let ScanEvent::Lost(why) = event { Some(why) } else { None })
    }
}

#[test]
fn a_code_is_read_from_every_manner_of_stream() {
    for manner in MANNERS {
        let watch = Watch::start(&serve(vec![stream(picture_of(CODE), usize::MAX, manner)]));
        let (name, size, format) = watch.wait(|event| match event {
            ScanEvent::Opened { name, width, height, format, .. } => Some((name, (width, height), format)),
            ScanEvent::Lost(why) => panic!("{why}"),
            _ => None,
        });
        let (width, height, _) = print::qr_luma(CODE, 8);
        assert_eq!((size, format), ((width, height), PixelFormat::Mjpeg));
        assert!(name.starts_with("127.0.0.1:"), "{name}");
        assert_eq!(watch.wait_code(), CODE);
    }
}

#[test]
fn a_telephone_that_goes_away_is_told_and_found_again_by_itself() {
    let closed = stream(picture_of(CODE), 10, PLAIN);
    let watch = Watch::start(&serve(vec![closed, stream(picture_of(ANOTHER), usize::MAX, PLAIN)]));
    assert_eq!(watch.wait_code(), CODE);
    assert!(matches!(watch.wait_lost(), CameraError::Unreachable(host) if host.starts_with("127.0.0.1:")));
    assert_eq!(watch.wait_code(), ANOTHER);
}

#[test]
fn a_damaged_picture_costs_itself_alone() {
    let (mut good, mut damaged) = (stream(picture_of(CODE), 1, PLAIN), picture_of(CODE));
    damaged.truncate(damaged.len() / 2);
    let mut bad = stream(damaged, 3, PLAIN);
    let mut rest = stream(picture_of(ANOTHER), usize::MAX, PLAIN);
    // One answer with all three: the heads in between are lines that no camera minds.
    let watch = Watch::start(&serve(vec![Box::new(move |to| {
        good(to)?;
        bad(to)?;
        rest(to)
    })]));
    assert_eq!(
        watch.wait(|event| match event {
            ScanEvent::Found(found, _) if found.text == ANOTHER => Some(found.text),
            ScanEvent::Lost(why) => panic!("{why}"),
            _ => None,
        }),
        ANOTHER
    );
}

#[test]
fn what_is_no_camera_is_told_and_tried_again() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address"); // closed at once
    let watch = Watch::start(&format!("http://{nobody}/video"));
    assert!(matches!(watch.wait_lost(), CameraError::Unreachable(_)));
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\nContent-Length: 0\r\n\r\n",
    ] {
        let watch = Watch::start(&serve(vec![say(answer), stream(picture_of(CODE), usize::MAX, PLAIN)]));
        let why = watch.wait_lost();
        assert!(matches!(why, CameraError::NoStream(_)), "{why:?} for {answer}");
        assert_eq!(watch.wait_code(), CODE, "it is tried again");
    }
    let huge = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n--b\r\nContent-Length: 99999999999\r\n\r\n";
    let watch = Watch::start(&serve(vec![say(huge)]));
    assert!(matches!(watch.wait_lost(), CameraError::NoStream(_)), "room is made for no such picture");
}

/// Killed when the test ends, however it ends.
struct Player(Child);

impl Drop for Player {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn what_ffmpeg_serves_is_read_too() {
    if Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        skip::skipped("there is no ffmpeg here to serve a stream that is not of our own making");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("code.jpg");
    std::fs::write(&path, picture_of(CODE)).expect("written");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let address = format!("http://127.0.0.1:{port}/");
    let kind = "multipart/x-mixed-replace;boundary=ffmpeg";
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-re", "-loop", "1", "-i"]).arg(&path).args(["-r", "15", "-c:v", "mjpeg"]);
    command.args(["-f", "mpjpeg", "-content_type", kind, "-listen", "1", &address]).stdin(Stdio::null());
    let _player = Player(command.spawn().expect("started"));
    let watch = Watch::start(&address); // tried again until it serves
    assert_eq!(watch.wait_code(), CODE);
}

#[test]
fn the_window_remembers_the_address_and_finds_the_telephone_again_without_being_told() {
    let address = serve(vec![stream(picture_of(CODE), usize::MAX, PLAIN)]);
    let folder = tempfile::tempdir().expect("a folder");
    let places =
        Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().join("data"))).expect("places");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for source in [Some(address.parse().expect("an address")), None] {
        let mut setup = window::setup(places.clone(), Settings::load(&places), source, runtime.handle());
        setup.use_camera = true;
        let mut window = window::open(setup, SMALL, MissingGlyphPolicy::Tofu);
        window::wait_for(&mut window, "the coupon", |window| {
            let stage = window.state().view().map(|view| view.stage);
            matches!(stage, Some(Stage::Shown { shown, .. }) if shown.coupon.code.as_str() == CODE)
        });
        window::wait_for(&mut window, "a remembered address", |_| {
            Settings::load(&places).is_ok_and(|settings| settings.camera.as_deref() == Some(&*address))
        });
        window.run_steps(FRAMES);
    }
}
