//! A gate on the way to the platform: it passes requests and answers on, counts what leaves the program, and can hold one exchange at a
//! moment that no program knows of – the request has left, the answer is on its way.

use std::net::Ipv4Addr;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::Heard;

/// Larger than anything that is sent here.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// The calls that the harness tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Consume,
    Query,
    Card,
    Other,
}

/// A moment of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The whole request has come, and not been passed on.
    Asked(Call),
    /// The whole answer has come, or the connection has ended instead, and that has not been passed on.
    Answered(Call),
}

/// What becomes of what was held.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// It is lost on its way.
    Lost,
    /// It goes on after this long, although nobody waits for the answer any more.
    GoesOnAfter(Duration),
}

type OnConsume = Box<dyn Fn() -> bool + Send + Sync>;

struct State {
    news: Sender<Heard>,
    hold: Option<Moment>,
    held: Option<oneshot::Sender<Fate>>,
    consumes: usize,
    without_intent: usize,
}

/// A gate in front of one sandbox.
pub struct Gate {
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl Gate {
    /// Opens a gate to `sandbox` (`127.0.0.1:PORT`). `has_intent` is asked when a consume comes by, before it is passed on.
    pub fn open(runtime: &Handle, sandbox: &str, has_intent: OnConsume) -> Self {
        let (news, _) = std::sync::mpsc::channel();
        let state = State { news, hold: None, held: None, consumes: 0, without_intent: 0 };
        let state = Arc::new(Mutex::new(state));
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let way = Arc::new(Way { sandbox: sandbox.to_owned(), state: Arc::clone(&state), has_intent });
        runtime.spawn(async move {
            while let Ok((till, _)) = listener.accept().await {
                let way = Arc::clone(&way);
                // However an exchange ends, the connection ends with it, as it does on a real way.
                tokio::spawn(async move { way.pass(till).await.ok() });
            }
        });
        Self { address, state }
    }

    /// From now on `news` hears of what comes by, and the next `hold` is held.
    pub fn watch(&self, news: Sender<Heard>, hold: Option<Moment>) {
        let mut state = self.state.lock().expect("sound");
        (state.news, state.hold) = (news, hold);
    }

    /// Lets go of what is held.
    pub fn release(&self, fate: Fate) {
        let mut state = self.state.lock().expect("sound");
        state.held.take().expect("something is held").send(fate).ok(); // its connection may have ended
    }

    /// How many consumes have left the program.
    pub fn consumes(&self) -> usize {
        self.state.lock().expect("sound").consumes
    }

    /// How many of them came by while no open row of the ledger told of them.
    pub fn without_intent(&self) -> usize {
        self.state.lock().expect("sound").without_intent
    }
}

struct Way {
    sandbox: String,
    state: Arc<Mutex<State>>,
    has_intent: OnConsume,
}

impl Way {
    /// Passes one connection's exchanges on, one after the other.
    async fn pass(&self, mut till: TcpStream) -> std::io::Result<()> {
        let mut sandbox = TcpStream::connect(&self.sandbox).await?;
        loop {
            let Some(request) = message(&mut till).await? else { return Ok(()) };
            let call = call_of(&request);
            if call == Call::Consume {
                let has_intent = tokio::task::block_in_place(|| (self.has_intent)());
                let mut state = self.state.lock().expect("sound");
                state.consumes += 1;
                state.without_intent += usize::from(!has_intent);
            }
            self.mind(Moment::Asked(call)).await?;
            sandbox.write_all(&request).await?;
            let answer = message(&mut sandbox).await?;
            self.mind(Moment::Answered(call)).await?;
            match answer {
                Some(answer) => till.write_all(&answer).await?,
                None => return Ok(()),
            }
        }
    }

    /// Tells of `moment`, and waits for what is to become of it where it is the one to be held.
    async fn mind(&self, moment: Moment) -> std::io::Result<()> {
        let released = {
            let mut state = self.state.lock().expect("sound");
            let is_held = state.hold.take_if(|hold| *hold == moment).is_some();
            let released = is_held.then(|| {
                let (release, released) = oneshot::channel();
                state.held = Some(release);
                released
            });
            // Nobody may be listening between two programs.
            state.news.send(if is_held { Heard::Held } else { Heard::Passing(moment) }).ok();
            released
        };
        match released {
            None => Ok(()),
            Some(released) => match released.await {
                Ok(Fate::GoesOnAfter(pause)) => {
                    tokio::time::sleep(pause).await;
                    Ok(())
                }
                Ok(Fate::Lost) | Err(_) => Err(std::io::ErrorKind::ConnectionAborted.into()),
            },
        }
    }
}

/// Reads one HTTP message: head and a body of the declared length. `None` where the connection ends before that.
async fn message(from: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while bytes.len() < MESSAGE_BYTES_MAX {
        if let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n")
            && bytes.len() >= head + 4 + body_length(&bytes[..head])
        {
            return Ok(Some(bytes));
        }
        if from.read_buf(&mut bytes).await? == 0 {
            break;
        }
    }
    Ok(None)
}

fn body_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    length.unwrap_or(0)
}

fn call_of(request: &[u8]) -> Call {
    let is = |path: &str| request.starts_with(format!("POST {path}?").as_bytes());
    match () {
        () if is("/card/code/consume") => Call::Consume,
        () if is("/card/code/get") => Call::Query,
        () if is("/card/get") => Call::Card,
        () => Call::Other,
    }
}
