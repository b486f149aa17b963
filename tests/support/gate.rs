//! A gate on the way to the sandbox, which can keep the answer to a consume back until a test lets it go. The platform has carried the consume
//! out by then.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Longer than anything here takes on the slowest machine: whoever waits as long waits in vain.
const PATIENCE: Duration = Duration::from_secs(120);
/// How a consume begins. It has a connection of its own.
const CONSUME: &[u8] = b"POST /card/code/consume";
/// Bytes that are passed on at a time.
const PIECE: usize = 4096;

/// A gate that lets everything through, but for what it is told to keep back. It ends with the runtime.
pub struct Gate {
    /// `http://127.0.0.1:PORT`.
    pub base_url: String,
    /// Whether the answer to the next consume is to be kept back.
    next: Arc<AtomicBool>,
    open: watch::Sender<bool>,
    kept_back: watch::Receiver<usize>,
}

/// One connection's way through it.
#[derive(Clone)]
struct Way {
    sandbox: SocketAddr,
    next: Arc<AtomicBool>,
    open: watch::Receiver<bool>,
    kept_back: watch::Sender<usize>,
}

impl Gate {
    /// Listens before `sandbox`.
    pub async fn before(sandbox: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let (next, (open, is_open), (keep, kept_back)) = (Arc::default(), watch::channel(true), watch::channel(0));
        let way = Way { sandbox, next: Arc::clone(&next), open: is_open, kept_back: keep };
        tokio::spawn(async move {
            while let Ok((till, _)) = listener.accept().await {
                // However an exchange ends, the connection ends with it, as it does on a real way.
                let way = way.clone();
                tokio::spawn(async move { way.pass(till).await.ok() });
            }
        });
        Self { base_url, next, open, kept_back }
    }

    /// Will keep back the answer to the next consume.
    pub fn keep_back_next(&self) {
        self.open.send_replace(false);
        self.next.store(true, Ordering::SeqCst);
    }

    /// Lets go of what was kept back.
    pub fn let_go(&self) {
        self.open.send_replace(true);
    }

    /// Waits until `number` answers have been kept back since the start.
    pub async fn has_kept_back(&self, number: usize) {
        let mut kept_back = self.kept_back.clone();
        let enough = tokio::time::timeout(PATIENCE, kept_back.wait_for(|kept| *kept >= number)).await;
        enough.expect("waited in vain for a consume").expect("the gate stands");
    }
}

impl Way {
    async fn pass(mut self, till: TcpStream) -> std::io::Result<()> {
        let (mut from_till, mut to_till) = till.into_split();
        let (mut from_sandbox, mut to_sandbox) = TcpStream::connect(self.sandbox).await?.into_split();
        let mut beginning = Vec::with_capacity(PIECE);
        while beginning.len() < CONSUME.len() {
            if from_till.read_buf(&mut beginning).await? == 0 {
                return Ok(());
            }
        }
        let mut is_kept = beginning.starts_with(CONSUME) && self.next.swap(false, Ordering::SeqCst);
        let there = async {
            to_sandbox.write_all(&beginning).await?;
            tokio::io::copy(&mut from_till, &mut to_sandbox).await?;
            to_sandbox.shutdown().await
        };
        let back = async {
            let mut piece = [0; PIECE];
            loop {
                let length = from_sandbox.read(&mut piece).await?;
                if std::mem::take(&mut is_kept) {
                    self.kept_back.send_modify(|kept| *kept += 1);
                    self.open.wait_for(|open| *open).await.ok(); // an error means that the test is over
                }
                if length == 0 {
                    return to_till.shutdown().await;
                }
                to_till.write_all(&piece[..length]).await?;
            }
        };
        tokio::try_join!(there, back).map(|_| ())
    }
}
