//! The promise: a merchant's logo is fetched once from where it may be, and shown in its place when it has come; nothing waits for it and nothing moves for
//! it; and what is no logo, whatever it is, leaves the card's colour.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, mpsc};
use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{MissingGlyphPolicy, Rect};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use hexiao::code::CardId;
use hexiao::config::{Account, Credentials, SecretPlace, Settings};
use hexiao::desk::Stage;
use hexiao::logos::{LOGO_SIDE_MAX, Logo, Logos};
use hexiao::platform::logo::LogoSource;
use hexiao::platform::{BaseUrl, Client, Options, TokenSource};
use hexiao::sandbox::{self, Deck, Sandbox};
use hexiao::ui::text::Language;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;
use till_window::Counter;
use tokio::runtime::{Handle, Runtime};
use window::{FRAMES, SMALL};

/// Longer than anything here takes on a busy machine: whoever waits as long waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);
/// A card of the sandbox's standard deck.
const CARD: &str = "pSandboxCash0000000000000001";

// ── Logos without a window ───────────────────────────────────────────────────────────────────────────────────────────

/// Logos, and the bell that rings when one has come.
struct Shelf {
    logos: Logos,
    bell: mpsc::Receiver<()>,
}

impl Shelf {
    fn open(base_url: &str, folder: &Path, runtime: &Handle) -> Self {
        let source = LogoSource::new(&BaseUrl::parse(base_url).expect("a base"), true);
        let (ring, bell) = mpsc::channel();
        let logos = Logos::start(source, folder.to_owned(), runtime, move || ring.send(()).expect("a listener"));
        Self { logos, bell }
    }

    /// The logo at `logo_url`, once it has come.
    fn wait_for(&self, logo_url: &str) -> Arc<Logo> {
        loop {
            match self.logos.of(logo_url) {
                Some(logo) => return logo,
                None => self.bell.recv_timeout(PATIENCE).expect(logo_url),
            }
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder).map_or(Vec::new(), |entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

#[test]
fn a_card_s_logo_comes_from_the_sandbox_once_and_from_the_disk_from_then_on() {
    let (runtime, folder) = (Runtime::new().expect("a runtime"), tempfile::tempdir().expect("a folder"));
    let folder = folder.path().join("logos");
    let sandbox = runtime.block_on(Sandbox::start(sandbox::Options::default())).expect("a sandbox");
    let account = TokenSource::Stable { appid: sandbox.appid().to_owned(), secret: sandbox.secret().into() };
    let base_url = BaseUrl::parse(sandbox.base_url()).expect("a base");
    let client = Client::new(Options::new(base_url), account).expect("a client");
    let card = runtime.block_on(client.card(&CardId::parse(CARD).expect("an id"))).expect("a card");
    let (logo_url, colour) = (card.logo_url.expect("a logo"), card.color.expect("a colour"));

    let shelf = Shelf::open(sandbox.base_url(), &folder, runtime.handle());
    assert_eq!(shelf.logos.of(&logo_url), None, "nothing is waited for");
    let logo = shelf.wait_for(&logo_url);
    assert_eq!(logo.size(), [LOGO_SIDE_MAX as usize; 2]);
    let petal = &logo.rgb()[(25 * LOGO_SIDE_MAX as usize + 64) * 3..][..3];
    assert!(petal.iter().zip(colour).all(|(got, wanted)| got.abs_diff(wanted) < 3), "{petal:?} of {colour:?}");
    let path = logo_url.strip_prefix(sandbox.base_url()).expect("the sandbox's own").to_owned();
    let kept = files(&folder);
    assert_eq!(kept.len(), 1);

    for file in &kept {
        fs::write(file, "damaged").expect("written");
    }
    let shelf = Shelf::open(sandbox.base_url(), &folder, runtime.handle());
    assert_eq!(shelf.wait_for(&logo_url), logo, "fetched anew");
    assert_eq!(files(&folder), kept);

    drop((shelf, sandbox));
    let nobody = "http://127.0.0.1:1";
    let shelf = Shelf::open(nobody, &folder, runtime.handle());
    assert_eq!(shelf.wait_for(&format!("{nobody}{path}")), logo, "from the disk, whatever the port is this time");
}

#[test]
fn what_is_no_logo_is_not_shown_not_kept_and_not_asked_for_again() {
    let (runtime, folder) = (Runtime::new().expect("a runtime"), tempfile::tempdir().expect("a folder"));
    let door = Door::open(|path| match path {
        "/logo/html" => answer("200 OK", "image/png", b"<!doctype html><title>Log in</title>"),
        "/logo/svg" => answer("200 OK", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "/logo/bomb" => answer("200 OK", "image/png", &bomb()),
        "/logo/half" => answer("200 OK", "image/png", &png()[..60]),
        "/logo/large" => answer("200 OK", "image/png", &[0; 300 * 1024]),
        "/logo/none" => answer("404 Not Found", "image/png", &png()),
        "/logo/moved" => answer("302 Found\r\nLocation: /logo/elsewhere", "image/png", &png()),
        "/logo/cut" => b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\x89PNG".to_vec(),
        _ => answer("200 OK", "text/plain", &png()), // whatever it is called
    });
    let shelf = Shelf::open(&door.base_url, folder.path(), runtime.handle());
    let hostile = ["html", "svg", "bomb", "half", "large", "none", "moved", "cut"];
    for (number, name) in hostile.into_iter().enumerate() {
        let logo_url = format!("{}/logo/{name}", door.base_url);
        assert_eq!(shelf.logos.of(&logo_url), None);
        door.wait_until_asked(&format!("/logo/{name}"));
        // One at a time: when the next has come, that one has failed.
        shelf.wait_for(&format!("{}/logo/good-{number}", door.base_url));
        assert_eq!(shelf.logos.of(&logo_url), None, "{name}");
    }
    shelf.wait_for(&format!("{}/logo/last", door.base_url));
    let asked = door.asked();
    for name in hostile {
        assert_eq!(asked.iter().filter(|path| **path == format!("/logo/{name}")).count(), 1, "{name}");
    }
    assert!(!asked.contains(&"/logo/elsewhere".to_owned()), "nobody is followed");
    assert_eq!(files(folder.path()).len(), hostile.len() + 1, "only what is a logo is kept");
}

fn png() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(9, 9, Rgb([200, 30, 30])).write_to(&mut bytes, ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

/// A picture of a few bytes that claims to be 60 000 pixels wide and high.
fn bomb() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(1, 1).write_to(&mut bytes, ImageFormat::WebP).expect("a picture");
    let mut bytes = bytes.into_inner();
    // Sizes of a lossless WebP: 14 bits each, after the signature. The largest that can be written is claimed.
    let at = bytes.windows(4).position(|name| name == b"VP8L").expect("a picture") + 9;
    bytes[at..at + 4].copy_from_slice(&0x0FFF_FFFFu32.to_le_bytes());
    bytes
}

fn answer(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

// ── Before a sandbox, a door at which logos are held up ──────────────────────────────────────────────────────────────

/// A server that answers requests for logos itself, one a connection, and hands every other connection on.
struct Door {
    base_url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Default)]
struct Inside {
    asked: Vec<String>,
    /// Logos are not answered.
    held_up: bool,
    /// Where other connections lead.
    behind: Option<String>,
}

impl Door {
    fn open(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let (state, answer) = (Arc::new(State::default()), Arc::new(answer));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                std::thread::spawn(move || state.serve(stream, &*answer));
            }
        });
        Self { base_url, state }
    }

    fn asked(&self) -> Vec<String> {
        self.state.lock().asked.clone()
    }

    fn wait_until_asked(&self, path: &str) {
        let inside = self.state.lock();
        let is_to_come = |inside: &mut Inside| !inside.asked.iter().any(|asked| asked == path);
        let waited = self.state.changed.wait_timeout_while(inside, PATIENCE, is_to_come);
        assert!(!waited.expect("not poisoned").1.timed_out(), "{path} is not asked for");
    }

    fn change(&self, change: impl FnOnce(&mut Inside)) {
        change(&mut self.state.lock());
        self.state.changed.notify_all();
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("not poisoned")
    }

    fn serve(&self, mut stream: TcpStream, answer: &dyn Fn(&str) -> Vec<u8>) {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n") {
            if stream.read(&mut byte).unwrap_or(0) == 0 {
                return;
            }
            head.push(byte[0]);
        }
        let line = String::from_utf8_lossy(&head).into_owned();
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        if !path.starts_with("/logo/") {
            return self.hand_on(stream, &head);
        }
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
            head.push(byte[0]);
        }
        let mut inside = self.lock();
        inside.asked.push(path.clone());
        self.changed.notify_all();
        drop(self.changed.wait_while(inside, |inside| inside.held_up).expect("not poisoned"));
        stream.write_all(&answer(&path)).ok(); // whoever asked may have had enough
    }

    /// Carries bytes both ways until one side has closed.
    fn hand_on(&self, stream: TcpStream, first: &[u8]) {
        let Some(behind) = self.lock().behind.clone() else { return };
        let mut server = TcpStream::connect(behind).expect("a server");
        server.write_all(first).expect("written");
        let (mut from, mut to) = (stream.try_clone().expect("a stream"), server.try_clone().expect("a stream"));
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        std::io::copy(&mut server, &mut &stream).ok();
        stream.shutdown(std::net::Shutdown::Both).ok();
    }
}

// ── In the window ────────────────────────────────────────────────────────────────────────────────────────────────────

/// What can be read or pressed: its role, its words and its place.
fn places(counter: &Counter) -> Vec<(Role, Option<String>, Rect)> {
    let wanted = [Role::Label, Role::Button, Role::ComboBox, Role::TextInput];
    let nodes = counter.window.root().children_recursive();
    nodes
        .filter(|node| wanted.contains(&node.accesskit_node().role()))
        .map(|node| (node.accesskit_node().role(), node.accesskit_node().label(), node.rect()))
        .collect()
}

fn look_up(counter: &mut Counter, code: &str) {
    counter.scan(code);
    counter.wait_for("a coupon that can be consumed", |window| {
        window.state().view().is_some_and(|view| {
            view.can_consume
                && matches!(&view.stage, Stage::Shown { shown, .. } if shown.coupon.code.as_str() == code && shown.card.is_some())
        })
    });
    counter.window.run_steps(FRAMES);
}

#[test]
fn the_verdict_waits_for_no_logo_and_when_it_comes_nothing_moves() {
    for language in Language::ALL {
        let door = Door::open(|path| match path {
            "/logo/good" => answer("200 OK", "image/png", &png()),
            _ => answer("404 Not Found", "text/html", b"<html></html>"),
        });
        let card = |id: &str| json!({"card_id": id, "title": "满100减20元", "brand_name": "山茶小馆", "color": "#cc463d", "logo_url": format!("{}/logo/{id}", door.base_url)});
        let deck = json!({
            "cards": [card("good"), card("bad")],
            "coupons": [{"code": "409632457895", "card_id": "good"}, {"code": "409632457896", "card_id": "bad"}],
        });
        let platform = Runtime::new().expect("a runtime");
        let deck = Deck::from_json(&deck.to_string()).expect("a deck");
        let options = sandbox::Options { deck, ..sandbox::Options::default() };
        let sandbox = platform.block_on(Sandbox::start(options)).expect("a sandbox");
        door.change(|inside| {
            inside.behind = sandbox.base_url().strip_prefix("http://").map(str::to_owned);
            inside.held_up = true;
        });
        let secrets = tempfile::tempdir().expect("a folder");
        let secret = secrets.path().join("secret");
        fs::write(&secret, sandbox.secret()).expect("written");
        hexiao::private::narrow(&secret);
        let credentials =
            Credentials::AppSecret { appid: sandbox.appid().to_owned(), secret: SecretPlace::File(secret) };
        let settings = Settings {
            language: Some(language.tag().to_owned()),
            account: Some(Account { base_url: door.base_url.clone(), credentials }),
            ..Settings::default()
        };
        let mut counter = Counter::start(language, SMALL, MissingGlyphPolicy::Panic, |_| None, |_| Ok(settings));
        counter.wait_for("an open till", |window| window.state().is_open());
        let name = counter.text.say_with("logo-of", &[("brand", "山茶小馆")]);

        look_up(&mut counter, "409632457895");
        door.wait_until_asked("/logo/good");
        counter.window.run_steps(FRAMES);
        assert!(counter.window.query_by_label(&name).is_none(), "it is held up, and the coupon can be consumed");
        let before = places(&counter);
        door.change(|inside| inside.held_up = false);
        counter.wait_for("its logo", |window| window.query_by_label(&name).is_some());
        counter.window.run_steps(FRAMES);
        assert_eq!(places(&counter), before, "nothing moved");
        let logo = counter.window.get_by_role_and_label(Role::Image, &name).rect();
        assert!(
            before.iter().all(|(_, label, place)| label.is_none() || !place.intersects(logo)),
            "over nothing: {logo:?}"
        );

        look_up(&mut counter, "409632457896");
        door.wait_until_asked("/logo/bad");
        counter.window.run_steps(FRAMES);
        assert!(counter.window.query_by_label(&name).is_none(), "another card's is not shown in its place");
        let rects = |places: Vec<(Role, Option<String>, Rect)>| {
            places.into_iter().map(|(role, _, rect)| (role, rect)).collect::<Vec<_>>()
        };
        assert_eq!(rects(places(&counter)), rects(before), "its place stays");
        look_up(&mut counter, "409632457895");
        assert!(counter.window.query_by_label(&name).is_some(), "at once from now on");
        assert_eq!(door.asked(), ["/logo/good", "/logo/bad"]);
        let kept = fs::read_dir(counter.places.logo_folder()).expect("a folder").count();
        assert_eq!(kept, 1);
    }
}
