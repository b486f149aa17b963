//! The network between a till and the platform, with everything that can become of a request on the way.
//!
//! Stated assumption, which is the desk's own about doubt: a request that nobody waits for any more is carried out, if ever, within as long
//! again as it had been under way, three seconds at least.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::checks;
use super::history::Point;
use super::world::{ALMOST, By, DOUBT, Flight, Shared, World, known};
use crate::platform::http::{Connection, Exchange, Network, Reply, Request};
use crate::platform::{Call, Error};
use crate::sandbox::bare::{Bare, Said};

/// How long a connect takes that comes to nothing.
const CONNECT_DEADLINE: Duration = Duration::from_secs(3);

/// One life of one till at the network.
pub(super) struct Wire {
    pub shared: Shared,
    pub till: usize,
    pub life: u64,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// No connection comes about.
    Unreached(Duration),
    /// It leaves.
    Leaves {
        /// When it arrives at the platform and is carried out; never, where it is lost.
        arrives: Option<Duration>,
        /// What the platform, or what stands before it, does about it.
        act: Act,
        /// When what it says is back, counted from the arrival; or, where it is lost or there is no answer, when the connection breaks.
        back: Option<Duration>,
        /// What the `Date` of the answer is.
        date: Date,
    },
}

/// What is done about a request that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// It is carried out and answered.
    Answer,
    /// It is carried out; the connection breaks, or nothing comes until the deadline.
    NoAnswer,
    /// It is not carried out, and the platform says why.
    Refuse(i64),
    /// It is carried out, and the platform says −1.
    BusyAfterAll,
    /// A server before the platform fails, before or after the platform has carried it out.
    Status { status: u16, done: bool },
    /// It is carried out, and a page comes back in place of the answer.
    Page,
    /// It is carried out, and the answer breaks off in the middle without a sign of it.
    Half,
    /// It is carried out, and the answer is longer than anybody takes.
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
    Given,
    Missing,
}

/// What the client gets.
enum Back {
    Reply(Reply),
    TooLarge,
    Broken,
}

impl Network for Wire {
    fn exchange(&self, request: Request) -> Exchange<'_> {
        Box::pin(self.carry(request))
    }
}

impl Wire {
    async fn carry(&self, request: Request) -> Result<Reply, Error> {
        let Self { shared, till, life } = self;
        let (till, life, call) = (*till, *life, request.call);
        if request.bearer.as_ref().is_some_and(|bearer| !bearer.expose_secret().is_empty()) {
            shared.lock().broken("no bearer is sent to the platform", String::new);
        }
        let url = Url::parse(&request.url).expect("an address");
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let (path, body) = (url.path().to_owned(), request.body.clone().unwrap_or_default());
        let asked = Asked::read(&body);

        let Some((fate, consume)) = self.leaves(&request, &asked) else { return pending().await };
        let Fate::Leaves { arrives, act, back, date } = fate else {
            let Fate::Unreached(after) = fate else { unreachable!() };
            sleep(after).await;
            return Err(Error::Unreachable { call, source: "no connection, in this history".into() });
        };
        let (answer, answered) = oneshot::channel();
        let parcel = Parcel { call, path, query, body, code: asked.code, consume, act, date };
        let flight = arrives.map(|after| shared.lock().takes_off(till, after));
        tokio::spawn(fly(shared.clone(), flight, parcel, back, answer));
        if call == Call::Consume && !shared.lock().passes(till, life, Point::AfterConsume) {
            return pending().await;
        }
        let result = match timeout_at(request.deadline, answered).await {
            Ok(Ok((errcode, Back::Reply(reply)))) => {
                if let Some(by) = consume {
                    checks::consume_answered(&mut shared.lock(), by, errcode);
                }
                Ok(reply)
            }
            Ok(Ok((_, Back::TooLarge))) => Err(Error::TooLarge { call, bytes_max: request.bytes_max }),
            Ok(_) => Err(Error::NoAnswer { call, source: "the connection broke, in this history".into() }),
            Err(_) => Err(Error::NoAnswer { call, source: "timed out, in this history".into() }),
        };
        if self.comes_back(call, &result) { result } else { pending().await }
    }

    /// A request is about to leave: what becomes of it, and the write-off that it is for. `None` where the till does not live to see it.
    fn leaves(&self, request: &Request, asked: &Asked) -> Option<(Fate, Option<By>)> {
        let Self { shared, till, life } = self;
        let mut world = shared.lock();
        let is_consume = request.call == Call::Consume;
        if is_consume && !world.passes(*till, *life, Point::BeforeConsume) || !world.lives(*till, *life) {
            return None;
        }
        let fate = world.fate(request.call, request.deadline.duration_since(Instant::now()));
        world.note(|| format!("till {till} → {} {} {fate:?}", request.call, asked.code.as_deref().unwrap_or_default()));
        if !(is_consume && matches!(fate, Fate::Leaves { .. })) {
            return Some((fate, None));
        }
        if request.connection != Connection::Fresh {
            world.broken("a consume has a connection of its own", String::new);
        }
        if request.deadline.duration_since(Instant::now()) < CONNECT_DEADLINE {
            world.broken("a consume leaves only while there is time to connect", String::new);
        }
        Some((fate, checks::consume_leaves(&mut world, *till, asked)))
    }

    /// What came of a request is there. Says whether the till lives to see it.
    fn comes_back(&self, call: Call, result: &Result<Reply, Error>) -> bool {
        let Self { shared, till, life } = self;
        let mut world = shared.lock();
        let survives = call != Call::Consume || world.passes(*till, *life, Point::AfterAnswer);
        world.note(|| match result {
            Ok(reply) => format!("till {till} ← {call}: {} {}", reply.status, lossy(&reply.body)),
            Err(error) => format!("till {till} ← {call}: {}", error.chain()),
        });
        survives && world.lives(*till, *life)
    }
}

/// What a request asks about.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Asked {
    pub code: Option<String>,
    pub card_id: Option<String>,
}

impl Asked {
    fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

/// A request on its way, and what is to become of it.
struct Parcel {
    call: Call,
    path: String,
    query: Vec<(String, String)>,
    body: Vec<u8>,
    code: Option<String>,
    /// The write-off that it is for.
    consume: Option<By>,
    act: Act,
    date: Date,
}

/// Flies a request to the platform, whatever becomes of its till meanwhile, and what comes back. Without a flight it is lost on the way.
async fn fly(
    shared: Shared,
    flight: Option<u64>,
    parcel: Parcel,
    back: Option<Duration>,
    answer: oneshot::Sender<(i64, Back)>,
) {
    let said = match flight {
        Some(number) => {
            loop {
                let in_the_air = shared.lock().in_the_air(number);
                let Some((wait, hurry)) = in_the_air else { break };
                tokio::select! {
                    biased;
                    () = hurry.notified() => {}
                    () = sleep(wait) => {}
                }
            }
            shared.lock().arrives(number, &parcel)
        }
        None => None,
    };
    match back {
        Some(back) => sleep(back).await,
        None => return pending().await, // nothing ever comes back
    }
    answer.send(said.unwrap_or((0, Back::Broken))).ok();
}

impl World {
    /// Draws what becomes of a request whose client waits for `patience`.
    fn fate(&mut self, call: Call, patience: Duration) -> Fate {
        if self.faults && self.now() < self.network_down_until {
            let after = self.delay().min(CONNECT_DEADLINE);
            return Fate::Unreached(after.min(patience));
        }
        let date = if self.chance(10) { Date::Missing } else { Date::Given };
        let (there, back) = (self.delay(), Some(self.delay()));
        if !self.chance(self.fault_percent) {
            return Fate::Leaves { arrives: Some(there.min(self.latest(patience))), act: Act::Answer, back, date };
        }
        // Each of them as soon as the others, but for consumes, whose doubts are what this is about.
        let kind = if call == Call::Consume { self.random.u8(0..16) } else { self.random.u8(0..10) };
        let act = match kind {
            0 => return Fate::Unreached(self.delay().min(CONNECT_DEADLINE).min(patience)),
            1 | 14 | 15 => Act::Refuse([40001, 42001, 40014][self.random.usize(0..3)]),
            2 => Act::Refuse([-1, 45009, 45011][self.random.usize(0..3)]),
            3 => Act::BusyAfterAll,
            4 => Act::Status { status: [500, 502, 504, 302][self.random.usize(0..4)], done: self.random.bool() },
            5 => Act::Page,
            6 => Act::Half,
            7 => Act::TooLarge,
            8 | 9 => Act::NoAnswer,
            10 | 11 => {
                // Lost on the way.
                let back = self.random.bool().then(|| self.delay());
                return Fate::Leaves { arrives: None, act: Act::NoAnswer, back, date };
            }
            _ => {
                // Carried out after the client has given up.
                let longest = self.latest(patience).mul_f64(ALMOST);
                let arrives = patience + (longest.saturating_sub(patience)).mul_f64(self.random.f64());
                return Fate::Leaves { arrives: Some(arrives), act: Act::NoAnswer, back: None, date };
            }
        };
        let back = if act == Act::NoAnswer && self.random.bool() { None } else { back };
        Fate::Leaves { arrives: Some(there.min(self.latest(patience))), act, back, date }
    }

    /// The latest moment at which a request can arrive whose client waits for `patience`.
    fn latest(&self, patience: Duration) -> Duration {
        patience + patience.max(DOUBT)
    }

    /// A request of `till` leaves, and is to arrive `after` this time.
    fn takes_off(&mut self, till: usize, after: Duration) -> u64 {
        self.flights_so_far += 1;
        let (left_at, hurry) = (self.now(), Arc::new(Notify::new()));
        self.flights.insert(self.flights_so_far, Flight { till, left_at, arrives_at: left_at + after, hurry });
        self.flights_so_far
    }

    /// How long a request has still to fly, and what tells that it is less by now; `None` where it is there.
    fn in_the_air(&self, number: u64) -> Option<(Duration, Arc<Notify>)> {
        let flight = self.flights.get(&number)?;
        let wait = flight.arrives_at.saturating_sub(self.now());
        (!wait.is_zero()).then(|| (wait, Arc::clone(&flight.hurry)))
    }

    /// A request arrives. Gives the error code that goes back with what goes back.
    fn arrives(&mut self, number: u64, parcel: &Parcel) -> Option<(i64, Back)> {
        self.flights.remove(&number);
        let Parcel { call, path, query, body, code, consume, act, date } = parcel;
        let (act, date) = (*act, *date);
        let now = self.time_of_day();
        let carry_out = !matches!(act, Act::Refuse(_) | Act::Status { done: false, .. });
        let said = if carry_out {
            let said = self.platform.ask(path, query, body, now);
            self.note(|| format!("platform: {call} {} is {}", code.as_deref().unwrap_or_default(), said.errcode));
            if *call == Call::Consume && said.errcode == 0 {
                let code = known(code.as_deref().unwrap_or_default());
                checks::consumed(self, code, *consume);
            }
            said
        } else {
            let errcode = if let Act::Refuse(errcode) = act { errcode } else { 0 };
            self.note(|| format!("platform: {call} is not carried out"));
            Bare::refuse(errcode)
        };
        let wrong = if self.faults { self.date_wrong } else { SignedDuration::ZERO };
        let date = (date == Date::Given).then(|| now.checked_add(wrong).unwrap_or(now));
        let reply = |status, body: String| Back::Reply(Reply { status, date, body: body.into_bytes() });
        let Said { body, errcode } = said;
        let page = || "<html><h1>It works!</h1></html>".to_owned();
        Some(match act {
            Act::Answer | Act::Refuse(_) => (errcode, reply(200, body)),
            Act::NoAnswer => return None,
            Act::BusyAfterAll => (-1, reply(200, Bare::refuse(-1).body)),
            Act::Status { status, .. } => (0, reply(status, page())),
            Act::Page => (0, reply(200, page())),
            Act::Half => (0, reply(200, body.chars().take(body.chars().count() / 2).collect())),
            Act::TooLarge => (0, Back::TooLarge),
        })
    }
}

fn lossy(body: &[u8]) -> String {
    /// Enough of an answer to know it by.
    const CHARS_MAX: usize = 120;
    String::from_utf8_lossy(body).chars().take(CHARS_MAX).collect()
}
