//! A till at a counter of a test's own: the real one, with a real client and a real ledger.

use std::path::Path;
use std::time::Duration;

use hexiao::clock::Clock;
use hexiao::desk::{Event, Names, Rules, Stage, View};
use hexiao::ledger::{Claim, Ledger};
use hexiao::platform::{Client, Options, TokenSource};
use hexiao::sandbox::Sandbox;
use hexiao::till::{Setup, Till};
use hexiao::write_off::WriteOff;
use tokio::runtime::Handle;

/// Longer than anything here takes on the slowest machine: whoever waits as long waits in vain.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client with the sandbox's account.
pub fn client(options: Options, sandbox: &Sandbox) -> Client {
    let account = TokenSource::Stable { appid: sandbox.appid().to_owned(), secret: sandbox.secret().into() };
    Client::new(options, account).expect("a client")
}

/// The usual rules, with pauses for a test that waits them out, and a card's details waited for as long as their call takes.
pub fn brisk() -> Rules {
    Rules {
        doubt_clears: Duration::from_millis(30),
        pause_first: Duration::from_millis(20),
        pause_max: Duration::from_secs(2),
        card_patience: PATIENCE,
        ..Rules::default()
    }
}

/// A till that writes off into the ledger at `file`, by this computer's clock.
pub fn open(client: Client, file: &Path, till: &str, rules: Rules) -> Till {
    open_with_clock(client, file, till, rules, Clock::default())
}

/// The same, by a clock of the test's own.
pub fn open_with_clock(client: Client, file: &Path, till: &str, rules: Rules, clock: Clock) -> Till {
    let setup = Setup {
        client,
        ledger: Some(Ledger::open(file).expect("a ledger")),
        claim: Some(Claim::take(file).expect("a claim")),
        names: Names { till: till.to_owned(), cashier: "Li".to_owned() },
        rules,
        clock,
        check_consume: false,
        on_change: Box::new(|| {}),
        on_accepted: Box::new(|_| {}),
    };
    Till::start(setup, &Handle::current())
}

/// Waits until the view is as `wanted`.
pub async fn until(till: &mut Till, what: &str, wanted: impl FnMut(&View) -> bool) -> View {
    match tokio::time::timeout(PATIENCE, till.wait_until(wanted)).await {
        Ok(view) => view.expect("the till runs"),
        Err(_) => panic!("waited in vain for {what}: {:#?}", till.view()),
    }
}

/// Has the till look `text` up, and waits for what comes of it.
pub async fn look_up(till: &mut Till, text: &str) -> View {
    let before = till.view().stage;
    till.tell(Event::Scanned(text.to_owned()));
    let came = |view: &View| view.opened && view.stage != before && !matches!(view.stage, Stage::LookingUp { .. });
    until(till, "an answer", came).await
}

/// Presses Consume on the coupon that lies before the cashier, and waits for what comes of it.
pub async fn press(till: &mut Till) -> View {
    let shown = till.view().stage;
    assert!(matches!(shown, Stage::Shown { .. }), "no coupon to press on: {shown:?}");
    let view = until(till, "Consume to be enabled", |view| view.can_consume).await;
    let Stage::Shown { shown, .. } = view.stage else { panic!("{:?}", view.stage) };
    till.tell(Event::Pressed(shown.coupon.code));
    until(till, "an outcome", |view| !view.under_way && !matches!(view.stage, Stage::Shown { .. })).await
}

/// Every row of the ledger at `file`, oldest first.
pub fn rows(file: &Path) -> Vec<WriteOff> {
    let mut rows = Vec::new();
    if let Some(ledger) = Ledger::open_to_read(file).expect("readable") {
        let read = ledger.for_each_since(None, |row| {
            rows.push(row);
            Ok::<(), hexiao::ledger::Error>(())
        });
        read.expect("readable");
    }
    rows
}
