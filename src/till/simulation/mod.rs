//! Tills, platform, network, disks and clocks in one thread, from a seed.
//!
//! Real are the desk, the till's loop, the client with its tokens, repeats, deadlines and its reading of the wire, the sandbox's rules and its
//! writing of the wire, the ledger in SQLite, and the claims to it. Simulated are the network, the clocks, the disks' illnesses and the
//! hands of people. `tokio`'s clock stands still while anything can be done and jumps when nothing can, so a history of minutes takes
//! a millisecond, and the same seed gives the same history to the byte.
//!
//! ```text
//! history.rs  what happens: a list of deeds made from a seed
//! cashier.rs  who does them
//! network.rs  what becomes of a request
//! clerk.rs    what becomes of a write
//! world.rs    what is so: time, chance, who is alive, what the platform has truly done
//! checks.rs   what no history may break
//! ```
//!
//! `HEXIAO_HISTORIES=n` plays n histories, `HEXIAO_SEED=n` plays the one of that seed and prints all that happens in it.

mod cashier;
mod checks;
mod clerk;
mod history;
mod network;
mod world;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::ledger::Ledger;
use cashier::Counters;
use checks::Paper;
use history::History;
use world::{Failure, LedgerState, Seen, Shared};

/// Histories that a plain `cargo test` plays.
const HISTORIES: u64 = 2_000;
/// The most runs of a failing history that are spent on making it shorter.
const SHRINKING_RUNS_MAX: usize = 600;

/// How a history went.
struct Played {
    failure: Option<Failure>,
    seen: Seen,
    trace: Vec<String>,
}

/// What histories borrow, one after the other: ledgers, and a folder for the claims to them.
struct Shelf {
    folder: TempDir,
    ledgers: Vec<LedgerState>,
}

thread_local! {
    static SHELF: RefCell<Shelf> =
        RefCell::new(Shelf { folder: tempfile::tempdir().expect("a folder"), ledgers: Vec::new() });
}

impl Shelf {
    /// An empty ledger. Bringing a new one up takes longer than a history, so they are used again, and their connections with them.
    fn ledger(&mut self) -> LedgerState {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let used = self.ledgers.pop().unwrap_or_else(|| {
            let name = format!("simulated-{}", MADE.fetch_add(1, Ordering::Relaxed));
            let reader = Ledger::in_memory(&name).expect("opened");
            let (unreadable, paper) =
                (Ledger::unreadable(&format!("{name}-unreadable")).expect("opened"), Paper::default());
            LedgerState { name, reader, unreadable, idle: Vec::new(), ill: None, alone: None, paper }
        });
        used.reader.empty().expect("emptied");
        LedgerState { ill: None, alone: None, paper: Paper::default(), ..used }
    }
}

thread_local! {
    /// What has panicked in the history that this thread plays; `None` while it plays none.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Has panics in histories heard: a task's panic is answered by whoever waits for the task, as a program in a shop must, and would pass for a fault of
/// the network or the disk here.
fn hear_panics() {
    static HEARD: Once = Once::new();
    HEARD.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_played = PANICS.try_with(|panics| {
                let mut panics = panics.borrow_mut();
                panics.as_mut().map(|panics| panics.push(info.to_string())).is_some()
            });
            if is_played != Ok(true) {
                usual(info);
            }
        }));
    });
}

/// Plays a history.
fn play(history: &History, traced: bool) -> Played {
    hear_panics();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    SHELF.with_borrow_mut(|shelf| {
        let numbers = history.ledger_of.iter().max().map_or(0, |last| last + 1);
        let ledgers = (0..numbers).map(|_| shelf.ledger()).collect();
        let _inside = runtime.enter();
        let shared = Shared::new(history, ledgers, traced);
        fastrand::seed(history.seed); // the sandbox's tokens and words
        PANICS.set(Some(Vec::new()));
        // What panics outside of a task is kept with the others, so all that is left of it here is that it is over.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(Counters::new(history, shared.clone(), shelf.folder.path().to_owned()).play(history));
        }));
        drop(runtime); // and with it every task
        let panics = PANICS.take().unwrap_or_default();
        let mut world = shared.lock();
        world.seen.histories = 1;
        if let Some(how) = panics.into_iter().next() {
            world.failure.get_or_insert(Failure { rule: "nothing panics", how });
            world.ledgers.clear(); // nobody knows in what state these are
        }
        let played = Played { failure: world.failure.clone(), seen: world.seen, trace: world.take_trace() };
        shelf.ledgers.append(&mut world.ledgers);
        played
    })
}

/// Leaves out of a failing history what it fails without.
fn shrink(history: &History, rule: &'static str) -> History {
    let mut short = history.clone();
    let mut runs = 0;
    let mut fails = |deeds: Vec<_>| {
        runs += 1;
        let candidate = History { deeds, ..history.clone() };
        let failure = (runs <= SHRINKING_RUNS_MAX).then(|| play(&candidate, false).failure).flatten();
        failure.is_some_and(|failure| failure.rule == rule).then_some(candidate)
    };
    let mut chunk = short.deeds.len() / 2;
    while chunk > 0 {
        let (mut at, mut shorter) = (0, false);
        while at < short.deeds.len() {
            let mut deeds = short.deeds.clone();
            deeds.drain(at..(at + chunk).min(deeds.len()));
            match fails(deeds) {
                Some(candidate) => (short, shorter) = (candidate, true),
                None => at += chunk,
            }
        }
        if !shorter || chunk > 1 {
            chunk /= 2;
        }
    }
    short
}

/// Says how a history failed, in as few deeds as can be.
fn explain(history: &History, failure: &Failure) -> String {
    let short = shrink(history, failure.rule);
    let played = play(&short, true);
    let mut text = String::new();
    let how = played.failure.as_ref().unwrap_or(failure);
    writeln!(text, "history {}: «{}» was broken: {}", history.seed, how.rule, how.how).expect("written");
    let ways = (&short.ledger_of, short.check_consume, short.fault_percent);
    writeln!(text, "ledger of each till, check_consume, faults in a hundred: {ways:?}").expect("written");
    writeln!(text, "{} of {} deeds suffice:", short.deeds.len(), history.deeds.len()).expect("written");
    for (deed, seed) in &short.deeds {
        writeln!(text, "    {deed:?} (seed {seed})").expect("written");
    }
    writeln!(text, "what happens then:\n{}", played.trace.join("\n")).expect("written");
    writeln!(text, "play the whole history with HEXIAO_SEED={}", history.seed).expect("written");
    text
}

/// Plays the histories of these seeds until one fails.
fn play_all(seeds: impl Iterator<Item = u64>) -> (Option<(History, Failure)>, Seen) {
    let mut seen = Seen::default();
    for seed in seeds {
        let history = History::new(seed);
        let played = play(&history, false);
        seen += played.seen;
        if let Some(failure) = played.failure {
            return (Some((history, failure)), seen);
        }
    }
    (None, seen)
}

/// A number in the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| match text.parse() {
        Ok(number) => number,
        Err(_) => panic!("{name} is to be a number, not {text:?}"),
    })
}

/// Plays histories of scans, presses, gifts, faults of network and disk, clocks that jump, and power failures.
#[test]
fn no_history_loses_doubles_or_misjudges_a_write_off() {
    let seeds = match number("HEXIAO_SEED") {
        Some(seed) => {
            let played = play(&History::new(seed), true);
            println!("{}", played.trace.join("\n"));
            seed..seed + 1
        }
        None => 0..number("HEXIAO_HISTORIES").unwrap_or(HISTORIES),
    };
    let (started, histories) = (Instant::now(), seeds.end - seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let shares: Vec<_> = std::thread::scope(|scope| {
        let share = |first| seeds.clone().skip(first).step_by(threads);
        let players: Vec<_> = (0..threads).map(|first| scope.spawn(move || play_all(share(first)))).collect();
        players.into_iter().map(|player| player.join().expect("played")).collect()
    });
    let mut seen = Seen::default();
    for share in &shares {
        seen += share.1;
    }
    if let Some((history, failure)) =
        shares.into_iter().filter_map(|share| share.0).min_by_key(|(history, _)| history.seed)
    {
        panic!("{}", explain(&history, &failure));
    }
    println!("{histories} histories in {:?}: {seen:#?}", started.elapsed());
    if histories >= HISTORIES {
        let met = [
            seen.accepted,
            seen.rejected,
            seen.settled_accepted,
            seen.settled_rejected,
            seen.left_unknown,
            seen.slips,
            seen.power_losses,
            seen.consumes_repeated,
            seen.writes_failed,
        ];
        assert!(met.iter().all(|times| *times > histories / 200), "too little happens: {seen:#?}");
    }
}

#[test]
fn a_panic_in_a_history_is_a_broken_rule_wherever_it_happens() {
    hear_panics();
    PANICS.set(Some(Vec::new()));
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let ended = runtime.block_on(async { tokio::spawn(async { panic!("in a task") }).await });
    assert!(ended.is_err_and(|error| error.is_panic()));
    let heard = PANICS.take().expect("heard");
    assert!(heard.len() == 1 && heard[0].contains("in a task"), "{heard:?}");
}

#[test]
fn the_same_seed_gives_the_same_history_to_the_byte() {
    for seed in 0..40 {
        let history = History::new(seed);
        let traces = [(); 2].map(|()| play(&history, true).trace.join("\n"));
        assert!(traces[0].lines().count() > 40, "a history in which nothing happens");
        let differs = traces[0].lines().zip(traces[1].lines()).find(|(one, other)| one != other);
        assert!(differs.is_none() && traces[0] == traces[1], "history {seed}: {differs:#?}");
    }
}
