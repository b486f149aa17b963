//! Carries the desk's effects out: owns the clock, the channels and the ledger's thread.
//!
//! ```text
//! mod.rs            the till's task, and the calls that it makes
//! books.rs          what the ledger is asked to do
//! ledger_thread.rs  the thread on which it does so
//! open.rs           a till from the settings
//! simulation/       tills, platform, network, disks and clocks in one thread, from a seed
//! ```
//!
//! The desk runs in a task of its own. Window, command line and tests are clients alike: they send [`Event`]s and read the latest
//! [`View`]. A window that is minimised or frozen therefore never delays a write-off.
//!
//! Nothing is decided here. The one promise of this module is that every effect is answered by exactly one event, whatever happens –
//! a call that panics or is cut off is answered like one whose answer never came.

mod books;
mod ledger_thread;
mod open;
#[cfg(test)]
mod simulation;

use std::collections::HashSet;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::coupon::Coupon;
use crate::desk::{self, Desk, Effect, Event, Moment, Names, Rules, View};
use crate::fault_point::{self, FaultPoint};
use crate::ledger::{Claim, Ledger};
use crate::platform::{self, Client};
use crate::trouble::Trouble;
use crate::write_off::{Outcome, WriteOffId};

use books::{Books, Clerk, Job};
use ledger_thread::LedgerThread;
pub use open::{Open, OpenError, Purpose, client_for, open, open_and_tell};

/// Events that may wait for the desk. It takes microseconds for each; a camera brings thirty a second.
const EVENTS_MAX: usize = 1024;
/// The desk looks at its clock at least this often; some systems' timers are wrong after sleep.
const WAKE_MAX: Duration = Duration::from_secs(60);

/// What a till is started with.
pub struct Setup {
    /// The platform.
    pub client: Client,
    /// The open ledger; `None` where it could not be opened: coupons can be looked up, and nothing is sent that cannot be recorded.
    pub ledger: Option<Ledger>,
    /// The claim to it. Where it is alone, rows left behind are settled.
    pub claim: Option<Claim>,
    /// What the ledger calls this till and its cashier.
    pub names: Names,
    /// The desk's times.
    pub rules: Rules,
    /// This computer's clock.
    pub clock: Clock,
    /// Ask with `check_consume`: an unusable coupon is then answered with an error code in place of its status.
    pub check_consume: bool,
    /// Called after every change of the view, from the till's task: a window asks for a repaint.
    pub on_change: Box<dyn Fn() + Send + Sync>,
    /// Called with each write-off that this till has written down as accepted, after that and once, from the ledger's thread: whoever has a slip
    /// printed begins then. It must not wait for anything.
    pub on_accepted: Box<dyn Fn(WriteOffId) + Send>,
}

/// A running till.
#[derive(Debug)]
pub struct Till {
    teller: Teller,
    view: watch::Receiver<View>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Till {
    /// Starts a till on `runtime`, with a thread for its ledger.
    pub fn start(setup: Setup, runtime: &Handle) -> Self {
        Self::start_with(setup, runtime, |books, events| Box::new(LedgerThread::start(books, events)), Desk::handle)
    }

    /// Starts a till whose ledger is in the hands of the clerk that `employ` gives, and whose desk is told everything by `handle`, which may look
    /// on.
    fn start_with(
        setup: Setup,
        runtime: &Handle,
        employ: impl FnOnce(Books, mpsc::Sender<Event>) -> Box<dyn Clerk>,
        handle: impl FnMut(&mut Desk, Event, Moment) -> Vec<Effect> + Send + 'static,
    ) -> Self {
        let Setup { client, ledger, claim, names, rules, clock, check_consume, on_change, on_accepted } = setup;
        let (events, incoming) = mpsc::channel(EVENTS_MAX);
        let (stop, stopped) = oneshot::channel();
        let time = Time { started: Instant::now(), clock };
        let desk = Desk::new(rules, names.clone());
        let (publish, view) = watch::channel(desk.view(time.now()));
        let clerk =
            employ(Books { ledger, claim, names, unread: None, on_accepted, told: HashSet::new() }, events.clone());
        clerk.give(Job::ReadWhatWasLeft);
        let calls = JoinSet::new();
        let hands = Hands { client, clerk, events: events.clone(), clock: time.clock.clone(), check_consume, calls };
        let show = move |view: View| {
            if publish.send_if_modified(|last| std::mem::replace(last, view.clone()) != view) {
                on_change();
            }
        };
        let task = runtime.spawn(run(desk, handle, hands, incoming, stopped, show, time));
        Self { teller: Teller(events), view, stop: Some(stop), task }
    }

    /// Tells the desk: see [`Teller::tell`].
    pub fn tell(&self, event: Event) {
        self.teller.tell(event);
    }

    /// Whoever tells the desk from another thread.
    pub fn teller(&self) -> Teller {
        self.teller.clone()
    }

    /// The desk as it looks now.
    pub fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Waits until the view is as `wanted`, and gives that view. `None` if the till ended first.
    pub async fn wait_until(&mut self, mut wanted: impl FnMut(&View) -> bool) -> Option<View> {
        self.view.wait_for(|view| wanted(view)).await.ok().map(|view| view.clone())
    }

    /// Ends the till once no write-off is under way. What is unsettled stays in the ledger for the next run.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok(); // an error means that it has ended already
        }
        if let Err(error) = self.task.await {
            tracing::error!("the till's task ended badly: {error}");
        }
    }
}

/// Tells a till's desk what happens, from any thread.
#[derive(Clone, Debug)]
pub struct Teller(mpsc::Sender<Event>);

impl Teller {
    /// Tells the desk. Never waits; an event that finds the queue full is dropped and logged, and the cashier sees that nothing happened.
    pub fn tell(&self, event: Event) {
        if let Err(error) = self.0.try_send(event) {
            tracing::error!("the till did not take an event: {error}");
        }
    }
}

/// The two clocks that a desk goes by.
struct Time {
    started: Instant,
    clock: Clock,
}

impl Time {
    fn now(&self) -> Moment {
        Moment { since_start: self.started.elapsed(), till_clock: self.clock.now() }
    }
}

/// The till's task: one event at a time through the desk.
async fn run(
    mut desk: Desk,
    mut handle: impl FnMut(&mut Desk, Event, Moment) -> Vec<Effect>,
    mut hands: Hands,
    mut incoming: mpsc::Receiver<Event>,
    mut stopped: oneshot::Receiver<()>,
    show: impl Fn(View),
    time: Time,
) {
    let mut stopping = false;
    loop {
        let now = time.now();
        let view = desk.view(now);
        if stopping && !view.under_way {
            break;
        }
        show(view);
        let wake = desk.next_wake(now).map_or(WAKE_MAX, |at| at.saturating_sub(now.since_start).min(WAKE_MAX));
        let event = tokio::select! {
            biased;
            Some(event) = incoming.recv() => event, // never none: the hands hold a sender
            _ = &mut stopped, if !stopping => {
                stopping = true;
                continue;
            }
            () = tokio::time::sleep(wake) => Event::Tick,
        };
        for effect in handle(&mut desk, event, time.now()) {
            hands.carry_out(effect);
        }
    }
    drop(incoming); // whoever still tells is told that nobody listens, and does not wait
    hands.clerk.finish().await;
}

/// What carries effects out.
struct Hands {
    client: Client,
    clerk: Box<dyn Clerk>,
    events: mpsc::Sender<Event>,
    clock: Clock,
    check_consume: bool,
    /// The calls under way, which end with the till.
    calls: JoinSet<()>,
}

impl Hands {
    fn carry_out(&mut self, effect: Effect) {
        let client = self.client.clone();
        match effect {
            Effect::ReadLedger => self.clerk.give(Job::ReadWhatWasLeft),
            Effect::Decrypt { ask, code } => self.call(
                async move {
                    let answer = client.decrypt(&code).await.map_err(|e| told(&e));
                    Event::Decrypted { ask, answer }
                },
                Event::Decrypted { ask, answer: Err(cut_off()) },
            ),
            Effect::Query { ask, code, card_id } => {
                let check_consume = self.check_consume;
                self.call(
                    async move {
                        let answer = client.query(&code, card_id.as_ref(), check_consume).await;
                        Event::Answered { ask, answer: answer.map(looked_up).map_err(|e| told(&e)) }
                    },
                    Event::Answered { ask, answer: Err(cut_off()) },
                );
            }
            Effect::Card { card_id } => {
                let lost = Event::CardTold { card_id: card_id.clone(), answer: Err(cut_off()) };
                self.call(
                    async move {
                        let answer = client.card(&card_id).await.map_err(|e| told(&e));
                        Event::CardTold { card_id, answer }
                    },
                    lost,
                );
            }
            Effect::FindEarlier { ask, code, card_id } => self.clerk.give(Job::FindEarlier { ask, code, card_id }),
            Effect::Record { ask, intent } => self.clerk.give(Job::Record { ask, intent }),
            Effect::Consume { id, code, card_id } => {
                let given_at = self.clock.now();
                let message = "the request was cut off inside this program".to_owned();
                let lost = Event::Consumed {
                    id,
                    outcome: Outcome::Unknown { errcode: None, message },
                    sent_at: Some(given_at),
                    trouble: Some(cut_off()),
                };
                self.call(
                    async move {
                        fault_point::reach(FaultPoint::Consuming);
                        let platform::Consumed { outcome, sent_at, trouble } =
                            client.consume(&code, card_id.as_ref()).await;
                        tracing::info!(%id, outcome = outcome.word(), errcode = outcome.errcode(), "consumed");
                        fault_point::reach(FaultPoint::Consumed);
                        Event::Consumed { id, outcome, sent_at, trouble }
                    },
                    lost,
                );
            }
            Effect::Close { ask, id, outcome, evidence, sent_at, outcome_at } => {
                self.clerk.give(Job::Close { ask, id, outcome, evidence, sent_at, outcome_at });
            }
            Effect::Settle { ask, id, code, card_id } => self.call(
                async move {
                    fault_point::reach(FaultPoint::Settling);
                    // Always without the check: a consumed code is then answered with its status.
                    let answer = client.query(&code, card_id.as_ref(), false).await;
                    let answer = answer.map(|answer| answer.value.status).map_err(|e| told(&e));
                    tracing::info!(%id, status = ?answer.as_ref().ok(), "asked what became of an unknown write-off");
                    fault_point::reach(FaultPoint::Settled);
                    Event::Settled { ask, id, answer }
                },
                Event::Settled { ask, id, answer: Err(cut_off()) },
            ),
        }
    }

    /// Runs `call` and tells the desk its event, or `lost` if the call does not come to its end.
    fn call(&mut self, call: impl Future<Output = Event> + Send + 'static, lost: Event) {
        while self.calls.try_join_next().is_some() {} // those that have ended
        let events = self.events.clone();
        self.calls.spawn(async move {
            let mut alone = JoinSet::new(); // a task of its own, which may panic, and is gone when this one is
            alone.spawn(call);
            let event = match alone.join_next().await {
                Some(Ok(event)) => event,
                ended => {
                    tracing::error!("a call ended badly: {ended:?}");
                    lost
                }
            };
            events.send(event).await.ok(); // an error means that the till has ended
        });
    }
}

fn looked_up(answer: platform::Answer<Coupon>) -> desk::Answer {
    desk::Answer { coupon: answer.value, platform_clock: answer.date }
}

/// Logs an error with its causes, and gives what the desk knows of it.
fn told(error: &platform::Error) -> Trouble {
    tracing::warn!("{}", error.chain());
    error.trouble()
}

fn cut_off() -> Trouble {
    Trouble::NoAnswer("the call was cut off inside this program".to_owned())
}
