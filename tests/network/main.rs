//! The promise: whatever a network does to a call, the cashier is told what happened, the ledger holds what is known, nothing is sent twice,
//! and no secret goes anywhere else.
//!
//! Every fault (`faults.rs`) befalls every call at every time at which it is made (`expected.rs`), through a proxy that stands between
//! a real till and a real sandbox. It lasts until the test has seen what it expects; then the network is well again, and everything has to
//! come right. `cargo test --test network -- --nocapture` prints the table; `HEXIAO_FAULT='these|those'` plays the faults alone whose
//! names hold one of these words, `HEXIAO_SCENES_AT_A_TIME=n` fewer beside each other, where connections are slow.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "../support/certificates.rs"]
mod certificates;
#[path = "../support/counter.rs"]
mod counter;
mod expected;
mod faults;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/skip.rs"]
mod skip;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hexiao::clock::Clock;
use hexiao::code::{CardId, Code, EncryptedCode};
use hexiao::coupon::Verdict;
use hexiao::desk::{Event, Fruitless, Rules, Stage, View};
use hexiao::platform::codes::class_of;
use hexiao::platform::{BaseUrl, Client, Options, TokenSource};
use hexiao::sandbox::{self, Sandbox};
use hexiao::till::Till;
use hexiao::trouble::Trouble;
use hexiao::ui::sentence;
use hexiao::write_off::{Outcome, WriteOff};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::rustls::ServerConfig;

use certificates::Root;
use expected::{Expected, Row, SCENES, Said, Scene, Sees, When, expected};
use faults::{FAULTS, FAULTS_OF_TLS, Fault, How, Left, Meets};
use proxy::{Act, Call, Decision, Door, Proxy, Request, Tally, Then};

const USABLE: &str = "409632457895";
/// The client's deadline for a call. Only a scene that waits for it is played with a short one – and, should this machine be so busy that
/// the calls before the fault miss it (and then alone), anew with a longer one: how long it is, is no part of what is expected.
const DEADLINES_TO_WAIT_FOR: [Duration; 3] =
    [Duration::from_millis(1500), Duration::from_secs(6), Duration::from_secs(24)];
const DEADLINE: Duration = Duration::from_secs(60);
/// Where no fault is sent that is only looked at.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
/// Whose turn it is: what has a short deadline, or takes all of the machine, is not played beside others.
static TURN: Mutex<()> = Mutex::const_new(());
/// Scenes played at a time, where `HEXIAO_SCENES_AT_A_TIME` does not say.
const AT_A_TIME: usize = 48;
/// The most of 100 MB that an unwilling client may let into the buffers between it and the server: theirs, not its own.
const FLOOD_BYTES_MAX: usize = 24 << 20;

/// How the client's side of the proxy speaks.
#[derive(Clone)]
enum Wire {
    Plain,
    Tls(Arc<Certificates>),
}

/// What a server shows, good and bad.
struct Certificates {
    good: Arc<ServerConfig>,
    of_another_root: Arc<ServerConfig>,
    for_another_host: Arc<ServerConfig>,
    over: Arc<ServerConfig>,
}

impl Wire {
    /// The door of a network that is well.
    fn well(&self) -> Door {
        match self {
            Self::Plain => Door::Open,
            Self::Tls(certificates) => Door::Tls(Arc::clone(&certificates.good)),
        }
    }

    fn door(&self, meets: Meets) -> Door {
        let certificate = |choose: fn(&Certificates) -> &Arc<ServerConfig>| match self {
            Self::Plain => panic!("{meets:?} without TLS"),
            Self::Tls(certificates) => Door::Tls(Arc::clone(choose(certificates))),
        };
        match meets {
            Meets::Nobody => Door::Refused,
            Meets::Silence => Door::Silent,
            Meets::AShutDoor => Door::Slammed,
            Meets::ACertificateOfAnotherRoot => certificate(|all| &all.of_another_root),
            Meets::ACertificateForAnotherHost => certificate(|all| &all.for_another_host),
            Meets::ACertificateThatIsOver => certificate(|all| &all.over),
            Meets::PlainHttp => Door::Open,
        }
    }

    /// The certificates are made out for this name.
    fn base_url(&self, proxy: SocketAddr) -> BaseUrl {
        let text = match self {
            Self::Plain => format!("http://{proxy}"),
            Self::Tls(_) => format!("https://localhost:{}", proxy.port()),
        };
        BaseUrl::parse(&text).expect("a base address")
    }
}

impl Scene {
    /// The request that the fault befalls first: which call, and which of its kind.
    fn first_befallen(self) -> (Call, usize) {
        match (self.call, self.when) {
            (call, When::First) => (call, 1),
            (call, When::AfterRefresh | When::AfterRefusedConsume | When::Settling) => (call, 2),
        }
    }

    /// The request before that one. `None`: there is none.
    fn before(self) -> Option<(Call, usize)> {
        match (self.call, self.when) {
            (Call::Token, When::First) => None,
            (Call::Token, When::AfterRefresh) => Some((Call::Query, 1)),
            (Call::Token, When::AfterRefusedConsume) => Some((Call::Consume, 1)),
            (Call::Token, When::Settling) => Some((Call::Query, 2)),
            (Call::Query | Call::Decrypt, When::First) => Some((Call::Token, 1)),
            (Call::Card, When::First) => Some((Call::Query, 1)),
            (Call::Consume, When::First) => Some((Call::Card, 1)),
            // The normal way brings the token back that was refused, so another is asked for by force.
            (_, When::AfterRefresh | When::AfterRefusedConsume) => Some((Call::Token, 3)),
            (_, When::Settling) => Some((Call::Consume, 1)),
        }
    }

    /// What the scene itself does to a request, so that it comes to the one that the fault is for.
    fn prepares(self, request: &Request) -> Option<Act> {
        let refused = match (self.call, self.when) {
            (Call::Token, When::AfterRefresh) => Some((Call::Query, 1)),
            (Call::Token, When::AfterRefusedConsume) => Some((Call::Consume, 1)),
            (Call::Token, When::Settling) => Some((Call::Query, 2)),
            (call, When::AfterRefresh) => Some((call, 1)),
            _ => None,
        };
        let lost = (self.when == When::Settling).then_some((Call::Consume, 1));
        let this = Some((request.call, request.number));
        if this == refused {
            let body = r#"{"errcode":42001,"errmsg":"access_token expired"}"#;
            let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
            return Some(Act {
                executed: false,
                held: None,
                bytes: Box::new(move |_| reply.clone()),
                then: Then::Keep,
            });
        }
        (this == lost).then(|| Act { executed: true, held: None, bytes: Box::new(|_| Vec::new()), then: Then::Close })
    }

    /// What is scanned: where a code has to be decrypted, the link with it.
    fn text(self, sandbox: &Sandbox) -> String {
        if self.call != Call::Decrypt {
            return USABLE.to_owned();
        }
        let info = sandbox.coupons().into_iter().find(|info| info.code == USABLE).expect("a coupon of the deck");
        let encrypted: String = url::form_urlencoded::byte_serialize(info.encrypt_code.as_bytes()).collect();
        format!("https://shop.example/?encrypt_code={encrypted}&card_id={}", info.card_id)
    }
}

/// What the cashier sees, and the sentence.
fn seen(view: &View) -> (Sees, Said) {
    match &view.stage {
        Stage::Shown { verdict: Verdict::Usable, in_doubt: None, .. } => (Sees::Usable, Said::nothing()),
        Stage::Shown { verdict: Verdict::Refused(reason), .. } => {
            (Sees::NotUsable, Said::by(|text| sentence::reason(text, reason)))
        }
        Stage::LookupFailed { trouble, .. } => (Sees::LookupFailed, told(trouble)),
        Stage::Finished { write_off, why, on_disk: true, .. } => {
            let (outcome, sent) = (write_off.outcome.as_ref(), write_off.sent_at.is_some());
            let sees = match outcome.expect("an outcome") {
                Outcome::Accepted { .. } => Sees::WrittenOff,
                Outcome::Rejected { .. } => Sees::NotWrittenOff,
                Outcome::Unknown { .. } => Sees::NotKnownYet,
            };
            (sees, Said::by(|text| sentence::outcome(text, outcome, sent, why.as_ref(), class_of)))
        }
        other => panic!("{other:?}"),
    }
}

fn told(trouble: &Trouble) -> Said {
    Said::by(|text| sentence::trouble(text, trouble))
}

fn row(write_off: &WriteOff) -> Row {
    let outcome = write_off.outcome.as_ref();
    Row {
        word: write_off.outcome_word(),
        errcode: outcome.and_then(Outcome::errcode),
        sent: write_off.sent_at.is_some(),
    }
}

/// What nothing befalls took so much of a call's time, this machine being so busy, that the scene did not come about.
#[derive(Debug)]
struct TooSlow;

/// Plays a scene with a fault in it, and compares. Gives the line that is printed.
async fn play(fault: &'static Fault, scene: Scene, wire: Wire, total_deadline: Duration) -> Result<String, TooSlow> {
    let sandbox = Sandbox::start(sandbox::Options::default()).await.expect("a sandbox");
    let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    elsewhere.set_nonblocking(true).expect("set");
    let (well, is_well) = watch::channel(false);
    let proxy = start_proxy(fault, scene, &wire, &sandbox, elsewhere.local_addr().expect("an address"), is_well).await;

    let connect_deadline = total_deadline / 4;
    let options = Options { connect_deadline, total_deadline, ..Options::new(wire.base_url(proxy.address)) };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ledger.sqlite");
    let mut till = counter::open(counter::client(options, &sandbox), &file, "till 1", counter::brisk());
    let wanted = expected(&fault.left, scene);
    let ledger = || counter::rows(&file).iter().map(row).collect::<Vec<_>>();

    // While it lasts.
    let mut began = Instant::now();
    let mut view = counter::look_up(&mut till, &scene.text(&sandbox)).await;
    let presses = scene.call == Call::Consume || matches!(scene.when, When::AfterRefusedConsume | When::Settling);
    if presses {
        if seen(&view).0 != Sees::Usable {
            return Err(TooSlow); // nothing befalls the look-up
        }
        began = Instant::now();
        view = counter::press(&mut till).await;
    }
    if scene.when == When::Settling {
        let asked = |view: &View| view.owed == 0 || view.unsettled.first().is_some_and(|row| row.fruitless > 0);
        let finished = |view: &View| matches!(&view.stage, Stage::Finished { on_disk: true, .. });
        view = counter::until(&mut till, "a question about it", |view| asked(view) && finished(view)).await;
    }
    let Tally { requests, connections, .. } = proxy.tally();
    if scene.when == When::Settling {
        began = requests.iter().find(|request| request.call == Call::Consume).expect("a consume").at;
    }
    let last_well = scene.before().map_or(Some(began), |before| {
        requests.iter().find(|request| (request.call, request.number) == before).map(|request| request.at)
    });
    let met = match fault.how_meets() {
        None => requests.iter().find(|request| is_befallen(scene, request)).map(|request| request.at),
        Some(Meets::Silence) => last_well.and_then(|at| connections.into_iter().find(|connected| *connected >= at)),
        Some(_) => last_well,
    };
    // A fault that is met late in a call is ended by the call's deadline and not by its own.
    if met.is_none_or(|at| at.duration_since(began) > total_deadline / 2) {
        return Err(TooSlow);
    }
    assert_eq!(seen(&view), wanted.sees, "what the cashier sees");
    assert_eq!(ledger(), Vec::from_iter(wanted.row.clone()), "what the ledger holds");
    let asking = view.unsettled.first().and_then(|unsettled| unsettled.last.as_ref()).map(|last| match last {
        Fruitless::Trouble(trouble) => told(trouble),
        Fruitless::Status(status) => panic!("{status:?}"),
    });
    if scene.when == When::Settling {
        assert_eq!(asking, wanted.asking, "why asking brings nothing");
    }
    if scene.call == Call::Card {
        let Stage::Shown { shown, .. } = &view.stage else { panic!("{:?}", view.stage) };
        let good = matches!(fault.left, Left::Answer | Left::WrongClock(_));
        assert_eq!(shown.card.is_some(), good, "the card's details");
    }
    let befallen = proxy.tally().requests.iter().filter(|request| is_befallen(scene, request)).count();
    assert_eq!(befallen > 0, fault.how_meets().is_none(), "the fault befell the call that it is for");

    // And when the network is well again.
    well.send_replace(true);
    proxy.set_door(wire.well()).await;
    match &view.stage {
        Stage::LookupFailed { .. } | Stage::Shown { verdict: Verdict::Refused(_), .. } => {
            view = look_up_again(&mut till).await;
        }
        Stage::Shown { .. } if scene.call == Call::Card => {
            let pressed = Instant::now();
            view = counter::press(&mut till).await;
            if seen(&view).0 == Sees::NotKnownYet && pressed.elapsed() >= total_deadline {
                return Err(TooSlow);
            }
        }
        Stage::Finished { .. } => {
            let is_final = |view: &View| view.unsettled.is_empty() && view.owed == 0;
            view = counter::until(&mut till, "a final outcome", is_final).await;
        }
        _ => {}
    }
    till.stop().await;
    assert_eq!(seen(&view), wanted.later, "what the cashier sees later");
    assert_eq!(ledger(), Vec::from_iter(wanted.later_row.clone()), "what the ledger holds later");

    // Nothing twice, nothing elsewhere, nothing without end, and each consume on a connection of its own.
    if fault.floods() {
        proxy.until(|tally| tally.flooded > 0).await; // known once the client has hung up
    }
    let tally = proxy.tally();
    for consume in tally.requests.iter().filter(|request| request.call == Call::Consume) {
        let others = tally.requests.iter().filter(|other| other.connection == consume.connection);
        assert_eq!(others.count(), 1, "requests on the connection of a consume");
    }
    assert_eq!(tally.count(Call::Consume), consumes_that_arrive(&wanted, fault, scene), "requests to consume");
    let status = sandbox.coupons().into_iter().find(|info| info.code == USABLE).expect("a coupon of the deck").status;
    let accepted = wanted.later_row.as_ref().is_some_and(|row| row.word == "accepted");
    assert_eq!(status == "CONSUMED", accepted, "the platform agrees with the ledger");
    assert_eq!(elsewhere.accept().expect_err("nobody came").kind(), std::io::ErrorKind::WouldBlock);
    assert!(tally.flooded <= FLOOD_BYTES_MAX, "{} bytes were taken", tally.flooded);

    let taken = if fault.floods() { format!(" | {} KiB were taken", tally.flooded >> 10) } else { String::new() };
    Ok(line(fault, scene, &wanted) + &taken)
}

/// Looks up again what lies there, as often as a cashier would on a slow computer.
async fn look_up_again(till: &mut Till) -> View {
    loop {
        till.tell(Event::AskedAgain);
        let asking =
            |view: &View| matches!(view.stage, Stage::LookingUp { .. } | Stage::Shown { verdict: Verdict::Usable, .. });
        counter::until(till, "a question", asking).await;
        let answered = |view: &View| !matches!(view.stage, Stage::LookingUp { .. });
        let view = counter::until(till, "an answer", answered).await;
        if !matches!(view.stage, Stage::LookupFailed { .. }) {
            return view;
        }
    }
}

/// A consume that meets a shut door leaves this computer and never arrives.
fn consumes_that_arrive(wanted: &Expected, fault: &Fault, scene: Scene) -> usize {
    let met = fault.how_meets().is_some() && scene.call == Call::Consume && matches!(fault.left, Left::NoAnswer(_));
    wanted.consumes - usize::from(met)
}

fn is_befallen(scene: Scene, request: &Request) -> bool {
    let (call, number) = scene.first_befallen();
    request.call == call && request.number >= number
}

impl Fault {
    /// What a connection meets, where that is the fault.
    fn how_meets(&self) -> Option<Meets> {
        match self.how {
            How::Connection(meets) => Some(meets),
            How::Exchange(_) => None,
        }
    }

    /// Whether only a deadline ends it.
    fn waits(&self) -> bool {
        match self.how {
            How::Connection(meets) => meets == Meets::Silence,
            How::Exchange(act) => matches!(act(NOWHERE).then, Then::Stall | Then::Drip(_)),
        }
    }

    /// Whether it sends without end.
    fn floods(&self) -> bool {
        matches!(self.how, How::Exchange(act) if matches!(act(NOWHERE).then, Then::Flood(..)))
    }
}

async fn start_proxy(
    fault: &'static Fault,
    scene: Scene,
    wire: &Wire,
    sandbox: &Sandbox,
    elsewhere: SocketAddr,
    is_well: watch::Receiver<bool>,
) -> Proxy {
    let upstream = sandbox.base_url().trim_start_matches("http://").parse().expect("an address");
    let faulty_door = fault.how_meets().map(|meets| wire.door(meets));
    let first_door = faulty_door.clone().filter(|_| scene.before().is_none()).unwrap_or_else(|| wire.well());
    Proxy::start(upstream, first_door, move |request| {
        let act = scene.prepares(request).unwrap_or_else(|| match fault.how {
            How::Exchange(act) if is_befallen(scene, request) && !*is_well.borrow() => act(elsewhere),
            // What a consume left unknown is not settled before it was looked at.
            _ if scene.call == Call::Consume && request.call == Call::Query && request.number > 1 => {
                Act { held: Some(is_well.clone()), ..Act::pass() }
            }
            _ => Act::pass(),
        });
        let then_door = faulty_door.clone().filter(|_| scene.before() == Some((request.call, request.number)));
        Decision { act, then_door }
    })
    .await
}

fn line(fault: &Fault, scene: Scene, wanted: &Expected) -> String {
    let row = |row: &Option<Row>| row.as_ref().map_or("–".to_owned(), ToString::to_string);
    let (sees, said) = &wanted.sees;
    let sees = if *said == Said::nothing() { format!("{sees:?}") } else { format!("{sees:?}: {}", said.english) };
    let asking = wanted.asking.as_ref().map(|said| format!(" [{}]", said.english)).unwrap_or_default();
    let (now, later) = (row(&wanted.row), row(&wanted.later_row));
    format!("{:34} | {scene:37} | {now:26} | {later:26} | {:?} | {sees}{asking}", fault.name, wanted.later.0)
}

/// Plays every fault in every scene, and prints what came of it.
fn play_all(faults: &'static [Fault], wire: &Wire) {
    let chosen = std::env::var("HEXIAO_FAULT").unwrap_or_default();
    let is_chosen = |fault: &&Fault| chosen.split('|').any(|words| fault.name.contains(words));
    let at_a_time = std::env::var("HEXIAO_SCENES_AT_A_TIME").map_or(AT_A_TIME, |n| n.parse().expect("a number"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime");
    let (lines, failures) = runtime.block_on(async {
        let _turn = TURN.lock().await;
        let places = Arc::new(Semaphore::new(at_a_time));
        let mut scenes = JoinSet::new();
        for fault in faults.iter().filter(is_chosen) {
            for scene in SCENES {
                let (wire, places) = (wire.clone(), Arc::clone(&places));
                scenes.spawn(async move {
                    let _place = places.acquire().await.expect("open");
                    let deadlines = match (fault.waits(), &wire) {
                        (false, _) => &[DEADLINE][..],
                        (true, Wire::Plain) => &DEADLINES_TO_WAIT_FOR,
                        (true, Wire::Tls(_)) => &DEADLINES_TO_WAIT_FOR[1..], // so many handshakes at once take their time
                    };
                    for deadline in deadlines {
                        let played = tokio::spawn(play(fault, scene, wire.clone(), *deadline)).await;
                        match played {
                            Ok(Ok(line)) => return Ok(line),
                            Ok(Err(TooSlow)) => {}
                            Err(_) => return Err(format!("{}: {scene}: see what it panicked with", fault.name)),
                        }
                    }
                    Err(format!("{}: {scene}: the fault was never met, however long a call might take", fault.name))
                });
            }
        }
        let (mut lines, mut failures) = (Vec::new(), Vec::new());
        while let Some(played) = scenes.join_next().await {
            match played.expect("it catches what panics") {
                Ok(line) => lines.push(line),
                Err(failure) => failures.push(failure),
            }
        }
        (lines, failures)
    });
    let mut lines = lines;
    lines.sort();
    println!("fault | call, when | ledger | ledger later | seen later | seen\n{}", lines.join("\n"));
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), failures.len() + lines.len(), failures.join("\n"));
    assert!(!lines.is_empty(), "nothing was played");
}

#[test]
fn whatever_befalls_a_call_is_told_and_written_down_as_what_it_is() {
    play_all(FAULTS, &Wire::Plain);
}

/// Set where this program runs anew with roots of the test's own as those of the system.
const WITH_OWN_ROOTS: &str = "HEXIAO_TEST_WITH_OWN_ROOTS";
/// Where the system's roots are looked for on Linux.
const ROOTS_FILE: &str = "SSL_CERT_FILE";

/// Runs the test `name` anew in a program to which the roots in a file of its own are the system's, and for which the environment names a
/// proxy that is not there: whoever took it would reach nobody.
fn with_own_roots(name: &str, test: impl FnOnce(Arc<Certificates>)) {
    if std::env::var_os(WITH_OWN_ROOTS).is_some() {
        let (root, stranger) = (Root::new("The test's root"), Root::new("A stranger's root"));
        std::fs::write(std::env::var_os(ROOTS_FILE).expect("a file"), &root.pem).expect("written");
        return test(Arc::new(Certificates {
            good: root.server("localhost", 2096),
            of_another_root: stranger.server("localhost", 2096),
            for_another_host: root.server("api.weixin.qq.com", 2096),
            over: root.server("localhost", 2025),
        }));
    }
    if cfg!(not(target_os = "linux")) {
        skip::skipped(&format!("{name}, since this system keeps its roots where a test must not put its own"));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut again = std::process::Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", name, "--nocapture"]).env(WITH_OWN_ROOTS, "yes");
    again.env(ROOTS_FILE, folder.path().join("roots.pem")).env_remove("SSL_CERT_DIR");
    for variable in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        again.env(variable, "http://127.0.0.1:9");
    }
    let ran = again.output().expect("run");
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    println!("{said}");
    assert!(ran.status.success() && said.contains("1 passed"), "see above");
}

#[test]
fn nothing_leaves_before_a_certificate_of_the_systems_roots_for_the_right_host_was_shown() {
    with_own_roots("nothing_leaves_before_a_certificate_of_the_systems_roots_for_the_right_host_was_shown", |all| {
        play_all(FAULTS_OF_TLS, &Wire::Tls(all));
    });
}

#[test]
fn where_the_platforms_name_is_not_found_nothing_is_sent() {
    with_own_roots("where_the_platforms_name_is_not_found_nothing_is_sent", |_| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let base_url = BaseUrl::parse("https://no-such-platform.invalid").expect("a base address");
            let fetching = TokenSource::Stable { appid: "wx1".to_owned(), secret: "secret".into() };
            for account in [fetching, TokenSource::Fixed("token".into())] {
                let client = Client::new(Options::new(base_url.clone()), account).expect("a client");
                let code = Code::parse(USABLE).expect("a code");
                let (encrypted, card) =
                    (EncryptedCode::parse("XXIzTtMq=").expect("one"), CardId::parse("p1").expect("one"));
                let consumed = client.consume(&code, None).await;
                assert!(matches!(consumed.outcome, Outcome::Rejected { errcode: None, .. }), "{consumed:?}");
                assert_eq!(consumed.sent_at, None);
                let troubles = [
                    consumed.trouble.expect("trouble"),
                    client.query(&code, None, false).await.expect_err("nobody").trouble(),
                    client.decrypt(&encrypted).await.expect_err("nobody").trouble(),
                    client.card(&card).await.expect_err("nobody").trouble(),
                ];
                for trouble in troubles {
                    assert!(matches!(trouble, Trouble::Unreachable(_)), "{trouble:?}");
                }
            }
        });
        runtime.shutdown_background(); // a resolver that keeps one waiting need not be waited for
    });
}

/// An answer with these fields in its card.
fn about_another(reply: &[u8], this: &str, that: &str) -> Vec<u8> {
    let reply = String::from_utf8_lossy(reply);
    assert!(reply.contains(this), "{reply}");
    assert_eq!(this.len(), that.len());
    reply.replacen(this, that, 1).into_bytes()
}

/// Starts a proxy before `sandbox` that changes the replies to one kind of call.
async fn changing(
    sandbox: &Sandbox,
    call: Call,
    change: impl Fn(&[u8]) -> Vec<u8> + Clone + Send + Sync + 'static,
) -> Proxy {
    let upstream = sandbox.base_url().trim_start_matches("http://").parse().expect("an address");
    Proxy::start(upstream, Door::Open, move |request| {
        let changed = || Act { executed: true, held: None, bytes: Box::new(change.clone()), then: Then::Keep };
        Decision { act: if request.call == call { changed() } else { Act::pass() }, then_door: None }
    })
    .await
}

#[tokio::test]
async fn an_accepted_consume_of_another_card_is_not_taken_for_ours_and_is_settled_by_asking() {
    let sandbox = Sandbox::start(sandbox::Options::default()).await.expect("a sandbox");
    let proxy = changing(&sandbox, Call::Consume, |reply| {
        about_another(reply, "pSandboxCash0000000000000001", "pSandboxGift0000000000000004")
    });
    let proxy = proxy.await;
    let options = Options::new(Wire::Plain.base_url(proxy.address));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ledger.sqlite");
    let mut till = counter::open(counter::client(options, &sandbox), &file, "till 1", counter::brisk());
    counter::look_up(&mut till, USABLE).await;
    let view = counter::press(&mut till).await;
    let row = view.recent.first().expect("a row");
    assert!(
        matches!(&row.outcome, Some(Outcome::Unknown { message, .. }) if message.contains("another coupon")),
        "{row:?}"
    );
    let view = counter::until(&mut till, "a final outcome", |view| view.owed == 0).await;
    assert_eq!(seen(&view).0, Sees::WrittenOff);
    assert_eq!(proxy.tally().count(Call::Consume), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consume_that_arrives_late_is_never_called_rejected_whatever_the_tills_clock_does() {
    let _turn = TURN.lock().await;
    for jump in [0, 24, -24].map(SignedDuration::from_hours) {
        let sandbox = Sandbox::start(sandbox::Options::default()).await.expect("a sandbox");
        let (pressed, (arrive, arrives)) = (Arc::new(AtomicBool::new(false)), watch::channel(false));
        let upstream = sandbox.base_url().trim_start_matches("http://").parse().expect("an address");
        let proxy = Proxy::start(upstream, Door::Open, move |request| {
            let held = (request.call == Call::Consume).then(|| arrives.clone());
            Decision { act: Act { held, ..Act::pass() }, then_door: None }
        });
        let proxy = proxy.await;
        let total_deadline = Duration::from_secs(3);
        let options = Options { total_deadline, ..Options::new(Wire::Plain.base_url(proxy.address)) };
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.sqlite");
        let rules = Rules { pause_max: Duration::from_secs(60), ..counter::brisk() };
        let jumps = Arc::clone(&pressed);
        let clock = Clock::new(move || {
            let jump = if jumps.load(Ordering::SeqCst) { jump } else { SignedDuration::ZERO };
            Timestamp::now() + jump
        });
        let client = counter::client(options, &sandbox);
        let mut till = counter::open_with_clock(client, &file, "till 1", rules, clock);
        counter::look_up(&mut till, USABLE).await;
        pressed.store(true, Ordering::SeqCst);
        let view = counter::press(&mut till).await;
        assert_eq!(seen(&view).0, Sees::NotKnownYet);
        // The platform is asked and says that it is not consumed; only then does the request arrive.
        proxy.until(|tally| tally.carried_out(Call::Query) >= 2).await;
        arrive.send_replace(true);
        let view = counter::until(&mut till, "a final outcome", |view| view.owed == 0).await;
        assert_eq!(seen(&view).0, Sees::WrittenOff, "the clock jumped by {jump}");
        till.stop().await;
        let rows: Vec<Row> = counter::rows(&file).iter().map(row).collect();
        assert_eq!(rows, [Row { word: "accepted", errcode: Some(0), sent: true }]);
    }
}
