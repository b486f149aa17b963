//! A TCP proxy that goes wrong: it stands between the client and a platform, reads which call passes, and does to the connection, the
//! request or the reply what a test wants done.
//!
//! It speaks HTTP/1.1 as far as is needed to tell one message from the next, towards the client with or without TLS. It knows nothing
//! of the client, and of the platform no more than its paths.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// The largest head of a message that is read.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Longer than anything here takes on the slowest machine: whoever waits as long waits in vain.
const PATIENCE: Duration = Duration::from_secs(120);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 64;

/// One of the platform's calls, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Token,
    Query,
    Consume,
    Decrypt,
    Card,
}

/// Where the platform takes each call.
const PATHS: [(&str, Call); 5] = [
    ("/cgi-bin/stable_token", Call::Token),
    ("/card/code/get", Call::Query),
    ("/card/code/consume", Call::Consume),
    ("/card/code/decrypt", Call::Decrypt),
    ("/card/get", Call::Card),
];

/// A request that came to the proxy.
#[derive(Clone, Debug)]
pub struct Request {
    pub call: Call,
    /// How many of this call have come, this one included.
    pub number: usize,
    /// Which connection it came on, counted from 1.
    pub connection: usize,
    /// When it had come.
    pub at: Instant,
}

/// What a connection meets that is made now.
#[derive(Clone)]
pub enum Door {
    /// Plain HTTP.
    Open,
    /// HTTP within TLS, with this certificate.
    Tls(Arc<ServerConfig>),
    /// Nobody listens.
    Refused,
    /// It is accepted, and not a byte is read or said.
    Silent,
    /// It is accepted and ended at once.
    Slammed,
}

/// Makes what is sent from the platform's reply.
pub type Make = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// What is done about one request.
pub struct Act {
    /// Whether the platform gets it, and carries it out.
    pub executed: bool,
    /// It gets it once this is true, though the client should have left by then.
    pub held: Option<watch::Receiver<bool>>,
    /// The bytes to send, from those of the platform's reply (empty where it got nothing).
    pub bytes: Make,
    /// What comes after these.
    pub then: Then,
}

/// How an exchange ends.
#[derive(Clone, Debug)]
pub enum Then {
    /// The connection is kept for the next request.
    Keep,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more is sent, and the connection stays.
    Stall,
    /// The bytes are sent one at a time, this far apart.
    Drip(Duration),
    /// This piece is sent again and again, so many times.
    Flood(Vec<u8>, usize),
}

impl Act {
    /// To the platform and back.
    pub fn pass() -> Self {
        Self { executed: true, held: None, bytes: Box::new(<[u8]>::to_vec), then: Then::Keep }
    }
}

/// What the proxy decides about a request: what is done now, and how later connections are met, from before the reply is sent.
pub struct Decision {
    pub act: Act,
    pub then_door: Option<Door>,
}

/// What has passed so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// When each connection was accepted.
    pub connections: Vec<Instant>,
    /// Requests that came, in their order.
    pub requests: Vec<Request>,
    /// Requests that the platform has carried out.
    pub carried_out: Vec<Call>,
    /// The most bytes of one [`Then::Flood`] that the client's side took.
    pub flooded: usize,
}

impl Tally {
    /// How many requests of `call` came.
    pub fn count(&self, call: Call) -> usize {
        self.requests.iter().filter(|request| request.call == call).count()
    }

    /// How many requests of `call` the platform has carried out.
    pub fn carried_out(&self, call: Call) -> usize {
        self.carried_out.iter().filter(|done| **done == call).count()
    }
}

type Decide = Box<dyn FnMut(&Request) -> Decision + Send>;

/// A running proxy. It ends with the runtime.
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    decide: Mutex<Decide>,
    tally: watch::Sender<Tally>,
    /// The door, and how often it was changed.
    door: watch::Sender<(u64, Door)>,
    /// The number of the door that is in force.
    in_force: watch::Receiver<u64>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1, before `upstream`.
    pub async fn start(
        upstream: SocketAddr,
        door: Door,
        decide: impl FnMut(&Request) -> Decision + Send + 'static,
    ) -> Self {
        // Bound for good and never listening: the port stays ours while nobody listens on it.
        let keeper = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = keeper.local_addr().expect("an address");
        let (door, doors) = watch::channel((1, door));
        let (enforce, in_force) = watch::channel(0);
        let shared =
            Shared { upstream, decide: Mutex::new(Box::new(decide)), tally: watch::Sender::default(), door, in_force };
        let shared = Arc::new(shared);
        tokio::spawn(listen(Arc::clone(&shared), keeper, address, doors, enforce));
        shared.until_in_force(1).await;
        Self { address, shared }
    }

    /// Changes how connections are met, and ends those that wait for a request. It is so when this returns.
    pub async fn set_door(&self, door: Door) {
        self.shared.set_door(door).await;
    }

    /// What has passed so far.
    pub fn tally(&self) -> Tally {
        self.shared.tally.borrow().clone()
    }

    /// Waits until as much has passed as is `wanted`.
    pub async fn until(&self, wanted: impl FnMut(&Tally) -> bool) {
        let mut tally = self.shared.tally.subscribe();
        let passed = tokio::time::timeout(PATIENCE, tally.wait_for(wanted)).await;
        passed.expect("waited in vain for the proxy").expect("the proxy holds the sender");
    }
}

impl Shared {
    async fn set_door(&self, door: Door) {
        let mut number = 0;
        self.door.send_modify(|present| {
            number = present.0 + 1;
            *present = (number, door);
        });
        self.until_in_force(number).await;
    }

    fn count<T>(&self, count: impl FnOnce(&mut Tally) -> T) -> T {
        let mut counted = None;
        self.tally.send_modify(|tally| counted = Some(count(tally)));
        counted.expect("counted")
    }

    async fn until_in_force(&self, number: u64) {
        self.in_force.clone().wait_for(|present| *present >= number).await.expect("the listening task lives on");
    }
}

/// A socket bound to `address`, which another of this proxy's may be bound to as well.
fn bind(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("set");
    socket.bind(address).expect("a free port");
    socket
}

/// Accepts connections, for as long as the door lets any in.
async fn listen(
    shared: Arc<Shared>,
    _keeper: TcpSocket,
    address: SocketAddr,
    mut doors: watch::Receiver<(u64, Door)>,
    enforce: watch::Sender<u64>,
) {
    let mut listener: Option<TcpListener> = None;
    loop {
        let (number, door) = doors.borrow_and_update().clone();
        match door {
            Door::Refused => listener = None,
            _ if listener.is_none() => listener = Some(bind(address).listen(BACKLOG).expect("the port is ours")),
            _ => {}
        }
        enforce.send_replace(number);
        let Some(listener) = &listener else {
            doors.changed().await.expect("the proxy holds the sender");
            continue;
        };
        tokio::select! {
            changed = doors.changed() => changed.expect("the proxy holds the sender"),
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let connection = shared.count(|tally| {
                    tally.connections.push(Instant::now());
                    tally.connections.len()
                });
                tokio::spawn(meet(Arc::clone(&shared), stream, door, connection, doors.clone()));
            }
        }
    }
}

/// Meets a new connection as `door` says.
async fn meet(
    shared: Arc<Shared>,
    stream: TcpStream,
    door: Door,
    connection: usize,
    doors: watch::Receiver<(u64, Door)>,
) {
    stream.set_nodelay(true).ok();
    match door {
        Door::Open => serve(&shared, stream, connection, doors).await,
        Door::Tls(config) => {
            // A client that does not trust the certificate leaves: no request, and nothing to say here.
            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                serve(&shared, stream, connection, doors).await;
            }
        }
        Door::Silent => std::future::pending().await,
        Door::Refused | Door::Slammed => {}
    }
}

/// A stream whose connection can be reset, whatever is around it.
trait Resettable {
    fn reset_when_dropped(&self);
}

impl Resettable for TcpStream {
    fn reset_when_dropped(&self) {
        self.set_zero_linger().ok();
    }
}

impl Resettable for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset_when_dropped(&self) {
        self.get_ref().0.set_zero_linger().ok();
    }
}

/// Serves one connection, a request after another.
async fn serve<S: AsyncRead + AsyncWrite + Resettable + Unpin>(
    shared: &Shared,
    mut stream: S,
    connection: usize,
    mut doors: watch::Receiver<(u64, Door)>,
) {
    loop {
        let request = tokio::select! {
            request = read_message(&mut stream) => request,
            _ = doors.changed() => return,
        };
        let message = match request {
            Ok(message) => message,
            Err(error) => {
                if error.kind() == ErrorKind::InvalidData {
                    stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await.ok();
                }
                return;
            }
        };
        let path = message.split(|b| *b == b' ' || *b == b'?').nth(1).unwrap_or_default();
        let Some((_, call)) = PATHS.iter().find(|(known, _)| known.as_bytes() == path) else { return };
        let request = shared.count(|tally| {
            let request = Request { call: *call, number: tally.count(*call) + 1, connection, at: Instant::now() };
            tally.requests.push(request.clone());
            request
        });
        let Decision { act, then_door } = (shared.decide.lock().expect("no test panics in it"))(&request);
        if let Some(mut held) = act.held {
            held.wait_for(|go| *go).await.ok(); // an error means that the test is over
        }
        let reply = if act.executed { forward(shared.upstream, &message).await } else { Ok(Vec::new()) };
        let Ok(reply) = reply else { return }; // the platform has gone, and the test with it
        if act.executed {
            shared.count(|tally| tally.carried_out.push(*call));
        }
        let mut bytes = (act.bytes)(&reply);
        let ends = then_door.is_some();
        if ends {
            bytes = saying_close(&bytes);
        }
        if let Some(door) = then_door {
            doors.mark_unchanged();
            shared.set_door(door).await;
        }
        let goes_on = send(shared, &mut stream, &bytes, act.then).await.unwrap_or(false);
        if !goes_on || ends {
            stream.shutdown().await.ok();
            return;
        }
    }
}

/// `reply`, with the word that its connection ends with it.
fn saying_close(reply: &[u8]) -> Vec<u8> {
    let line_end = reply.windows(2).position(|window| window == b"\r\n").map_or(0, |at| at + 2);
    let (status, rest) = reply.split_at(line_end);
    if line_end == 0 { reply.to_vec() } else { [status, b"connection: close\r\n", rest].concat() }
}

/// Sends what there is to send, and says whether the connection goes on.
async fn send<S: AsyncWrite + AsyncRead + Resettable + Unpin>(
    shared: &Shared,
    stream: &mut S,
    bytes: &[u8],
    then: Then,
) -> std::io::Result<bool> {
    if let Then::Drip(pause) = then {
        for byte in bytes {
            stream.write_all(&[*byte]).await?;
            stream.flush().await?;
            tokio::time::sleep(pause).await;
        }
        return Ok(false);
    }
    stream.write_all(bytes).await?;
    stream.flush().await?;
    match then {
        Then::Keep => return Ok(true),
        Then::Close | Then::Drip(_) => {}
        Then::Reset => stream.reset_when_dropped(),
        Then::Stall => {
            // Until the client has had enough of it.
            while stream.read(&mut [0; 64]).await? > 0 {}
        }
        Then::Flood(piece, times) => {
            let mut taken = 0;
            for _ in 0..times {
                let left = stream.write_all(&piece).await;
                taken += piece.len();
                if left.is_err() {
                    break;
                }
            }
            shared.count(|tally| tally.flooded = tally.flooded.max(taken));
        }
    }
    Ok(false)
}

/// Reads one message with its body.
///
/// # Errors
/// [`ErrorKind::InvalidData`] for what is no HTTP, and whatever the connection says.
async fn read_message(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let head = loop {
        if let Some(at) = message.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut message).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if message.len() > HEAD_BYTES_MAX || !message.first().is_some_and(u8::is_ascii_uppercase) {
            return Err(ErrorKind::InvalidData.into());
        }
    };
    let text = String::from_utf8_lossy(&message[..head]).to_ascii_lowercase();
    let length = text.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let mut rest = vec![0; (head + length.unwrap_or(0)).saturating_sub(message.len())];
    stream.read_exact(&mut rest).await?;
    message.extend_from_slice(&rest);
    Ok(message)
}

/// Has `upstream` carry a request out, on a connection of its own, and gives its whole reply.
async fn forward(upstream: SocketAddr, message: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream).await?;
    stream.write_all(message).await?;
    read_message(&mut stream).await
}
