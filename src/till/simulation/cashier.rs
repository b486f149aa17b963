//! Who does the deeds of a history: cashiers, customers, and whoever pulls the plug.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::checks::{self, Counterside};
use super::clerk::SimulatedClerk;
use super::history::{COUPONS, Change, Deed, History, TEXTS};
use super::network::Wire;
use super::world::{Shared, World, known};
use crate::clock::Clock;
use crate::code::{CardId, Code};
use crate::desk::{Desk, Effect, Event, Moment, Names, Rules, Stage};
use crate::ledger::{Claim, Ledger};
use crate::platform::{BaseUrl, Client, Options, TokenSource};
use crate::till::{Setup, Till};
use crate::write_off::WriteOff;

/// Longest time that anything may take once nothing goes wrong any more.
const CALM_MAX: Duration = Duration::from_secs(600);
/// How long a cashier waits for the window.
const OFFER_MAX: Duration = Duration::from_secs(4);
/// How often is looked whether all is at rest.
const LOOK: Duration = Duration::from_secs(2);

/// All the counters.
pub(super) struct Counters {
    shared: Shared,
    check_consume: bool,
    /// Where the claims to the ledgers lie.
    claims: PathBuf,
    tills: Vec<Option<Till>>,
    /// When a till that is down is started again, and whether it cannot open its ledger then.
    down: Vec<(Duration, bool)>,
}

impl Counters {
    pub(super) fn new(history: &History, shared: Shared, claims: PathBuf) -> Self {
        let tills = history.ledger_of.len();
        Self {
            shared,
            check_consume: history.check_consume,
            claims,
            tills: (0..tills).map(|_| None).collect(),
            down: vec![(Duration::ZERO, false); tills],
        }
    }

    /// Does everything that the history holds, and then lets it come to rest. Ends early where a rule was broken.
    pub(super) async fn play(&mut self, history: &History) {
        for (deed, seed) in &history.deeds {
            let gap = {
                let mut world = self.shared.lock();
                world.random = fastrand::Rng::with_seed(*seed);
                world.note(|| format!("── {deed:?}"));
                Duration::from_millis([1, 30, 150, 400, 1_500][world.random.usize(0..5)])
            };
            self.clear_away().await;
            self.start_what_is_down();
            self.deed(*deed).await;
            sleep(gap).await;
            if self.is_broken() {
                return;
            }
        }
        self.come_to_rest().await;
    }

    fn is_broken(&self) -> bool {
        self.shared.lock().failure.is_some()
    }

    /// Ends the tasks of tills whose power has failed.
    async fn clear_away(&mut self) {
        for at in 0..self.tills.len() {
            let dead = !self.shared.lock().tills[at].alive;
            if dead && let Some(till) = self.tills[at].take() {
                let Till { task, stop: _stop, .. } = till;
                task.abort();
                task.await.ok();
                let mut world = self.shared.lock();
                let back_at = world.now() + Duration::from_millis([1, 300, 5_000][world.random.usize(0..3)]);
                self.down[at].0 = back_at;
            }
        }
    }

    fn start_what_is_down(&mut self) {
        let now = self.shared.lock().now();
        for at in 0..self.tills.len() {
            if self.tills[at].is_none() && self.down[at].0 <= now {
                self.start(at);
            }
        }
    }

    /// Starts a till, as the program does. Where another one has the ledger alone this would wait for it; here it is put off.
    fn start(&mut self, at: usize) {
        let (life, number, name) = {
            let world = &mut *self.shared.lock();
            let number = world.tills[at].ledger;
            if world.ledgers[number].alone.is_some() {
                return;
            }
            let state = &mut world.tills[at];
            state.life += 1;
            state.alive = true;
            state.checks = Counterside::default();
            world.seen.lives += 1;
            let (life, name) = (state.life, world.ledgers[number].name.clone());
            world.note(|| format!("till {at}: starts"));
            (life, number, name)
        };
        let locked_out = std::mem::take(&mut self.down[at].1);
        let (ledger, claim) = if locked_out {
            (None, None)
        } else {
            let claim = Claim::take(&self.claims.join(&name)).expect("claimed");
            if claim.is_alone() {
                self.shared.lock().ledgers[number].alone = Some((at, life));
            }
            let idle = self.shared.lock().ledgers[number].idle.pop();
            (Some(idle.unwrap_or_else(|| Ledger::in_memory(&name).expect("opened"))), Some(claim))
        };
        let shared = self.shared.clone();
        let clock = Clock::new(move || shared.lock().till_clock(at));
        let wire = Wire { shared: self.shared.clone(), till: at, life };
        let told = Arc::clone(&self.shared.lock().ledgers[number].paper.told);
        let (appid, secret) = {
            let world = self.shared.lock();
            let (appid, secret) = world.platform.account();
            (appid.to_owned(), secret.into())
        };
        let custom_cards = ["pEarly", "pLate"].map(|id| CardId::parse(id).expect("a card id")).to_vec();
        let options = Options { custom_cards, ..Options::new(BaseUrl::default()) };
        let client = Client::over(Arc::new(wire), options, TokenSource::Stable { appid, secret }, clock.clone());
        let setup = Setup {
            client,
            ledger,
            claim,
            names: Names { till: checks::name(at), cashier: String::new() },
            rules: Rules::default(),
            clock,
            check_consume: self.check_consume,
            on_change: Box::new(|| {}),
            on_accepted: Box::new(move |id| told.lock().unwrap_or_else(PoisonError::into_inner).push(id)),
        };
        let (shared, heard_by) = (self.shared.clone(), self.shared.clone());
        let till = Till::start_with(
            setup,
            &Handle::current(),
            |books, events| SimulatedClerk::employ(shared, at, life, books, events),
            move |desk, event, now| overheard(&heard_by, (at, life), desk, event, now),
        );
        self.tills[at] = Some(till);
    }

    /// The power fails at a till.
    async fn power_loss(&mut self, at: usize) {
        self.shared.lock().power_loss(at);
        self.clear_away().await;
    }

    async fn deed(&mut self, deed: Deed) {
        match deed {
            Deed::Serve { till, text, talks, times } => {
                self.tell(till, || Event::Scanned(TEXTS[text].to_owned()));
                self.wait_for_the_offer(till).await;
                sleep(talks).await;
                for _ in 0..times {
                    self.press(till);
                }
            }
            Deed::Rush { text } => {
                let all = 0..self.tills.len();
                all.clone().for_each(|till| self.tell(till, || Event::Scanned(TEXTS[text].to_owned())));
                for till in all.clone() {
                    self.wait_for_the_offer(till).await;
                }
                all.for_each(|till| self.press(till));
            }
            Deed::Scan { till, text } => self.tell(till, || Event::Scanned(TEXTS[text].to_owned())),
            Deed::See { till, text } => self.tell(till, || Event::Seen(TEXTS[text].to_owned())),
            Deed::Press { till, times } => {
                for _ in 0..times {
                    self.press(till);
                }
            }
            Deed::Dismiss { till } => self.tell(till, || Event::Dismissed),
            Deed::AskAgain { till } => self.tell(till, || Event::AskedAgain),
            Deed::Wait(time) => sleep(time).await,
            Deed::Coupon { coupon, change } => self.shared.lock().change(coupon, change),
            Deed::VoidTokens => {
                let mut world = self.shared.lock();
                let now = world.time_of_day();
                world.platform.void_tokens(now);
            }
            Deed::SetClock { till, seconds } => {
                self.shared.lock().tills[till].clock_wrong += SignedDuration::from_secs(seconds);
            }
            Deed::PlatformDate { seconds } => self.shared.lock().date_wrong = SignedDuration::from_secs(seconds),
            Deed::NetworkDown(time) => {
                let mut world = self.shared.lock();
                world.network_down_until = world.now() + time;
            }
            Deed::Disk { ledger, ill, time } => {
                let mut world = self.shared.lock();
                let until = world.now() + time;
                world.ledgers[ledger].ill = Some((ill, until));
            }
            Deed::PowerLoss { till } => self.power_loss(till).await,
            Deed::Trap { till, point, later } => self.shared.lock().tills[till].trap = Some((point, later)),
            Deed::Restart { till } => self.stop(till).await,
            Deed::LockedOut { till } => {
                self.power_loss(till).await;
                self.down[till].1 = true;
            }
        }
    }

    fn tell(&self, at: usize, event: impl FnOnce() -> Event) {
        if let Some(till) = &self.tills[at] {
            till.tell(event());
        }
    }

    /// The cashier looks at the window until it offers the press, though not for ever.
    async fn wait_for_the_offer(&mut self, at: usize) {
        if let Some(till) = &mut self.tills[at] {
            timeout(OFFER_MAX, till.wait_until(|view| view.can_consume)).await.ok();
        }
    }

    /// The cashier presses on what the window shows, or showed a moment ago.
    fn press(&self, at: usize) {
        let Some(till) = &self.tills[at] else { return };
        let guess = {
            let mut world = self.shared.lock();
            (world.random.u8(0..10) == 0).then(|| COUPONS[world.random.usize(0..COUPONS.len())].0)
        };
        let code = match (till.view().stage, guess) {
            (Stage::Shown { shown, .. }, None) => shown.coupon.code,
            (_, guess) => Code::parse(guess.unwrap_or(COUPONS[0].0)).expect("a code"),
        };
        till.tell(Event::Pressed(code));
    }

    /// Stops a till in good order.
    async fn stop(&mut self, at: usize) {
        let Some(till) = self.tills[at].take() else { return };
        let stopped = timeout(CALM_MAX, till.stop()).await;
        let mut world = self.shared.lock();
        if stopped.is_err() && world.tills[at].alive {
            world.broken("a till that is told to stop does", || format!("till {at}"));
        }
        world.let_go(at);
    }

    /// No more faults: everything must come to its end, first with everybody at work, then with each ledger in one till's hands alone.
    async fn come_to_rest(&mut self) {
        {
            let mut world = self.shared.lock();
            world.note(|| "── calm".to_owned());
            world.faults = false;
            for till in &mut world.tills {
                till.trap = None;
            }
        }
        self.clear_away().await;
        for at in 0..self.tills.len() {
            self.down[at].1 = false;
            self.rest(at).await;
        }
        for at in 0..self.tills.len() {
            self.stop(at).await;
        }
        let ledgers = self.shared.lock().ledgers.len();
        for number in 0..ledgers {
            let Some(at) = self.shared.lock().tills.iter().position(|till| till.ledger == number) else { continue };
            self.rest(at).await;
            self.stop(at).await;
            if self.is_broken() {
                return;
            }
            checks::end(&mut self.shared.lock(), number);
        }
    }

    /// Waits, with the till started if need be, until nothing is owed at it that can be had.
    async fn rest(&mut self, at: usize) {
        let mut waited = Duration::ZERO;
        while !self.is_at_rest(at) {
            if waited > CALM_MAX {
                let view = self.tills[at].as_ref().map(Till::view);
                self.shared.lock().broken("in the end nothing is owed", || format!("till {at}: {view:?}"));
            }
            if self.is_broken() {
                return;
            }
            if self.tills[at].is_none() {
                self.start(at);
            }
            sleep(LOOK).await;
            waited += LOOK;
        }
    }

    fn is_at_rest(&self, at: usize) -> bool {
        let Some(till) = &self.tills[at] else { return false };
        let view = till.view();
        let mut world = self.shared.lock();
        let mut tells_nothing = |row: &WriteOff| {
            let status = world.status(row.intent.code.as_str());
            !matches!(status.as_str(), "NORMAL" | "GIFTING" | "CONSUMED")
        };
        // What can never be settled was asked about, at least.
        let hopeless = view.unsettled.iter().filter(|row| row.fruitless > 0 && tells_nothing(&row.write_off)).count();
        view.opened
            && !view.under_way
            && view.unwritten == 0
            && view.owed == hopeless
            && world.tills[at].checks.is_at_rest()
    }
}

/// Tells a desk what happens, and checks what it makes of that.
fn overheard(shared: &Shared, (at, life): (usize, u64), desk: &mut Desk, event: Event, now: Moment) -> Vec<Effect> {
    let before = matches!(event, Event::Pressed(_)).then(|| desk.view(now));
    let effects = desk.handle(event.clone(), now);
    let mut world = shared.lock();
    if world.lives(at, life) {
        checks::overheard(&mut world, at, before.as_ref(), &event, &effects, &desk.view(now));
    }
    effects
}

impl World {
    /// Something becomes of a coupon without us.
    fn change(&mut self, coupon: usize, change: Change) {
        let (code, card_id) = COUPONS[coupon];
        let (now, status) = (self.time_of_day(), self.status(code));
        let becomes = match (change, status.as_str()) {
            (Change::Gift, "NORMAL") => "GIFTING",
            (Change::Gift, "GIFTING") => "NORMAL",
            (Change::Delete, _) => "DELETE",
            (Change::ConsumedElsewhere, "NORMAL") => {
                self.consumed.insert(known(code), (self.now(), None));
                "CONSUMED"
            }
            (Change::Expire, _) => {
                let end = now + SignedDuration::from_secs(self.random.i64(1..40));
                return self.platform.set_end(code, card_id, end);
            }
            _ => return,
        };
        self.platform.set_status(code, card_id, becomes);
    }
}
