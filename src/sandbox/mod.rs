//! The sandbox: the card platform in miniature, inside the program, to try, train and test on.
//!
//! It is a real HTTP server that only this machine can reach. It answers the platform's calls – tokens, query, consume, decrypt,
//! card details – as the platform documents them, errors included; it deals a deck of coupons, keeps their state
//! for as long as it runs, records every call, and goes wrong on demand. It knows nothing of `platform`'s
//! way to read the same wire, on purpose: two readings of one document catch each other's mistakes.
//!
//! # For a test of your own, in any language
//!
//! Start `hexiao sandbox --json --port 0 --record calls.jsonl`. Its first line says where it is and what it has dealt, among it
//! `base_url`, `appid` and `secret`: give these to a client of the platform in place of `https://api.weixin.qq.com`, the AppID
//! and the AppSecret. Each call is a line in `calls.jsonl` before its answer is sent, with `executed` telling what truly
//! happened. `--deck FILE` deals coupons of your own (`{"coupons":[{}]}` is one that can be used now; see [`deck`]), and
//! `--fault consume=execute_then_close:1` makes things go wrong (see [`Fault`]).
//!
//! In Rust: [`Sandbox::start`] with [`Options::default`] inside a tokio runtime, then [`Sandbox::base_url`],
//! [`Sandbox::add_fault`] and [`Sandbox::calls`]. A [`Clock`] of the test's own makes coupons and tokens age without waiting. It
//! stops when dropped.

#[cfg(test)]
pub(crate) mod bare;
pub mod deck;
pub mod faults;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod logo;
pub mod print;
pub mod record;
mod rules;
mod serve;
mod tokens;
mod wire;
mod world;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use crate::clock::Clock;
pub use deck::{CardEntry, CouponInfo, Deck, DeckError};
pub use faults::{Call, Fault, FaultError, FaultKind};
pub use record::CallRecord;
use serve::{Inside, Shared};

/// How a sandbox is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port to listen on; 0 for any that is free.
    pub port: u16,
    /// What it deals.
    pub deck: Deck,
    /// A file to which every call is appended, one line of JSON each.
    pub record: Option<PathBuf>,
    /// What is to go wrong from the start.
    pub faults: Vec<Fault>,
    /// Its time; the validity of coupons and tokens and the `Date` of its answers follow it.
    pub clock: Clock,
}

/// Why a sandbox cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken, or may not be used.
    #[error("cannot listen on port {port} of 127.0.0.1")]
    Bind {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The deck makes no sense.
    #[error(transparent)]
    Deck(#[from] DeckError),
    /// The record cannot be opened.
    #[error("cannot open the record {}", path.display())]
    Record {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What a running sandbox says of itself: the first line of `sandbox --json`, which is also a deck file that deals the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// Where it listens.
    pub base_url: String,
    /// The account's AppID.
    pub appid: String,
    /// The account's AppSecret. It opens nothing but this sandbox.
    pub secret: String,
    /// What it has dealt, as it is now.
    pub coupons: Vec<CouponInfo>,
    /// The cards that the coupons belong to.
    pub cards: Vec<CardEntry>,
}

/// A running sandbox. When dropped it stops: it no longer listens, and all its connections are closed.
pub struct Sandbox {
    base_url: String,
    appid: String,
    secret: String,
    shared: Arc<Shared>,
    /// Closing it ends every task of the sandbox.
    stop: watch::Sender<()>,
    listening: JoinHandle<()>,
}

impl fmt::Debug for Sandbox {
    /// Without its secret and its tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Deals the deck and begins to listen, on 127.0.0.1 alone. Must be called within a tokio runtime, which then serves it.
    ///
    /// # Errors
    /// Where the deck makes no sense, the record cannot be opened, or the port cannot be had.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let Options { port, deck, record: record_path, faults, clock } = options;
        let mut world = deck.deal(clock.now())?;
        let record = record::Record::open(record_path.as_deref())
            .map_err(|source| Error::Record { path: record_path.unwrap_or_default(), source })?;
        let bind = |source| Error::Bind { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(bind)?;
        let base_url = format!("http://{}", listener.local_addr().map_err(bind)?);
        world.base_url.clone_from(&base_url);
        let (appid, secret) = (world.appid.clone(), world.secret.clone());
        let mut inside = Inside { world, tokens: tokens::Tokens::default(), faults: faults::Faults::default(), record };
        for fault in faults {
            inside.faults.add(fault);
        }
        let shared = Arc::new(Shared::new(clock, inside));
        let (stop, stopped) = watch::channel(());
        let listening = tokio::spawn(serve::serve(listener, Arc::clone(&shared), stopped));
        Ok(Self { base_url, appid, secret, shared, stop, listening })
    }

    /// Where it listens: `http://127.0.0.1:PORT`, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The account's AppID.
    pub fn appid(&self) -> &str {
        &self.appid
    }

    /// The account's AppSecret. It opens nothing but this sandbox.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Every coupon as it is now, in the deck's order.
    pub fn coupons(&self) -> Vec<CouponInfo> {
        let now = self.shared.clock.now();
        self.shared.inside().world.coupons(now)
    }

    /// What it says of itself, now.
    pub fn announcement(&self) -> Announcement {
        Announcement {
            base_url: self.base_url.clone(),
            appid: self.appid.clone(),
            secret: self.secret.clone(),
            coupons: self.coupons(),
            cards: self.shared.inside().world.cards(),
        }
    }

    /// Queues a fault behind those that wait already.
    pub fn add_fault(&self, fault: Fault) {
        self.shared.inside().faults.add(fault);
    }

    /// Takes back all faults that have not befallen a call yet.
    pub fn clear_faults(&self) {
        self.shared.inside().faults.clear();
    }

    /// The calls received so far, in the order in which they were carried out; the latest [`record::CALLS_MAX`] of them.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.shared.inside().record.calls()
    }

    /// Stops it, and returns when it no longer listens; dropping it does the same without waiting.
    pub async fn stop(self) {
        let Self { stop, listening, .. } = self;
        drop(stop);
        listening.await.ok(); // a task that had panicked does not listen either
    }
}
