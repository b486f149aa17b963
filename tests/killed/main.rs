//! The promise: whenever the program is killed, no write-off is lost, none is sent twice, and each is settled rightly afterwards.
//!
//! The real program – command line and window – presses Consume against a sandbox in this process and is killed (SIGKILL; TerminateProcess on
//! Windows) at every step from the press to the closed row, while settling, and while it starts: at fault points, which only test builds have
//! (`src/fault_point.rs`), at moments of the network, which a gate before the sandbox holds still, and at random. Then it is started
//! again, until it says that nothing is left to settle, and the ledger is compared with the sandbox's record.
//!
//!     HEXIAO_KILLS=500 cargo test --test killed -- --nocapture
//!
//! A failure prints the kill's number; `HEXIAO_SEED=n` plays a matrix from another seed.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "../support/program.rs"]
mod child;
mod gate;
mod program;
mod shop;
#[path = "../support/skip.rs"]
mod skip;

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use hexiao::fault_point::FaultPoint;
use tokio::runtime::{Builder, Handle};

use gate::{Call, Fate, Moment};
use program::{Face, Program, has_keyboard, has_screen};
use shop::{Found, Shop};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Kills where the environment names no number.
const KILLS_USUAL: usize = 60;
/// Programs at a time; they mostly wait.
const AT_A_TIME: usize = 12;
/// The latest that a kill at random comes after the look-up: a little longer than a write-off with the longest delay below.
const LATEST: Duration = Duration::from_millis(450);
/// The latest that a kill at random comes after a start: longer than it takes to start and to believe that nothing was executed.
const LATEST_SETTLING: Duration = Duration::from_secs(4);
/// How late a request arrives whose program is dead; well before «not consumed» is believed.
const STRAGGLES: Duration = Duration::from_millis(300);
/// How often the program may be started again until nothing is left to settle.
const RESTARTS_MAX: usize = 10;
/// How often a kill is tried whose program does not come to its step, as on a machine too busy to look a coupon up.
const TRIES_MAX: usize = 3;
/// How often a kill at random is tried, which may find its program ended already.
const RANDOM_TRIES_MAX: usize = 20;

/// What befalls the consume beside the kill; half of them pass without.
const CONSUME_FAULTS: [&str; 9] = [
    "consume=delay_ms=100:1",
    "consume=delay_ms=300:1",
    "consume=execute_then_close:1",
    "consume=close_before:1",
    "consume=http_500:1",
    "consume=system_busy:1",
    "consume=garbage:1",
    "consume=truncated:1",
    "consume=token_refused:1",
];
/// What leaves a consume unknown, executed or not, while the program lives.
const UNKNOWN_FAULTS: [&str; 4] =
    ["consume=execute_then_close:1", "consume=close_before:1", "consume=system_busy:1", "consume=garbage:1"];
/// What befalls a question about it.
const SETTLING_FAULTS: [&str; 4] = ["get=delay_ms=200:1", "get=close_before:1", "get=system_busy:1", "get=truncated:1"];

/// What is heard of a running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It stands still at this fault point.
    Reached(String),
    /// The gate holds what it was told to hold.
    Held,
    /// This comes by at the gate.
    Passing(Moment),
    /// It has ended by itself.
    Ended,
}

/// Where a program stands when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    At(FaultPoint),
    /// The whole request has left, and arrives never, or only after the death.
    Leaving {
        arrives: bool,
    },
    /// The platform has done its part, and the answer is on its way.
    Answering,
    AnyTime,
}

/// What it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    /// Writing off: from the press on.
    Pressing,
    /// Starting, with a row left behind by a program that was killed before.
    Starting,
    /// Settling a row that is on disk as unknown.
    Settling,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    doing: Doing,
    place: Place,
    name: &'static str,
}

const fn step(doing: Doing, place: Place, name: &'static str) -> Step {
    Step { doing, place, name }
}

const STEPS: [Step; 23] = {
    use Doing::{Pressing, Settling, Starting};
    use FaultPoint as P;
    use Place::{Answering, AnyTime, At, Leaving};
    [
        step(Pressing, At(P::Recording), "before the intent is recorded"),
        step(Pressing, At(P::Recorded), "recorded, before the desk knows"),
        step(Pressing, At(P::Consuming), "before a request exists"),
        step(Pressing, At(P::Connected), "connected, before the request leaves"),
        step(Pressing, Leaving { arrives: false }, "the request has left, and is lost"),
        step(Pressing, Leaving { arrives: true }, "the request has left, and arrives later"),
        step(Pressing, Answering, "done by the platform, before the answer"),
        step(Pressing, At(P::Consumed), "answered, before the desk knows"),
        step(Pressing, At(P::Closing), "before the row is closed"),
        step(Pressing, At(P::Closed), "closed, before the desk knows"),
        step(Pressing, AnyTime, "at random after the look-up"),
        step(Starting, At(P::Claimed), "ledger claimed, before it is opened"),
        step(Starting, At(P::ReadingLeft), "before what is left is read"),
        step(Starting, At(P::ReadLeft), "read, before others are let in"),
        step(Starting, At(P::Closing), "before the row is closed as unknown"),
        step(Starting, At(P::Closed), "closed as unknown, before the desk knows"),
        step(Settling, At(P::Settling), "before the platform is asked"),
        step(Settling, Leaving { arrives: false }, "the question has left"),
        step(Settling, Answering, "answered, before the answer comes"),
        step(Settling, At(P::Settled), "answered, before the desk knows"),
        step(Settling, At(P::Closing), "before the row is closed as settled"),
        step(Settling, At(P::Closed), "closed as settled, before the desk knows"),
        step(Starting, AnyTime, "at random after the start"),
    ]
};

/// One kill to come.
struct Kill {
    number: usize,
    step: Step,
    face: Face,
    seed: u64,
}

/// What a kill, and what had to be killed for it, came to.
struct Result {
    step: Step,
    face: Face,
    kills: usize,
    /// No program was met there alive, which would leave the step untested.
    missed: bool,
    found: Found,
}

impl Result {
    fn is_right(&self) -> bool {
        !self.missed && self.found.is_right()
    }
}

#[test]
fn no_kill_loses_a_write_off_or_sends_one_twice_or_settles_one_wrongly() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    let wanted = number("HEXIAO_KILLS").unwrap_or(KILLS_USUAL);
    let seed = number("HEXIAO_SEED").map_or_else(|| fastrand::u64(..), |seed| seed as u64);
    println!("HEXIAO_SEED={seed} HEXIAO_KILLS={wanted}");
    let started = Instant::now();
    if cfg!(target_os = "linux") && !has_keyboard() {
        assert!(std::env::var_os("CI").is_none(), "CI must have a screen and xdotool: run tools/test.sh");
        skip::skipped("kills of windows, since there is no screen here, or no xdotool; tools/test.sh brings both");
    }
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime");
    let kills = plan(wanted, seed);
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        let work = || {
            while let Some(kill) = kills.get(next.fetch_add(1, Ordering::Relaxed)) {
                let result = carry_out(kill, runtime.handle());
                if !result.is_right() {
                    let (missed, found) = (result.missed, result.found);
                    println!("kill {}, {}, {:?}: missed {missed}, {found:?}", kill.number, kill.step, kill.face);
                }
                results.lock().expect("sound").push(result);
            }
        };
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker.join().ok(); // one that panicked leaves a result out, which is noticed below, after the table
        }
    });
    let results = results.into_inner().expect("sound");
    print!("{}", table(&results));
    println!("in {:.0} s", started.elapsed().as_secs_f64());
    assert_eq!(results.len(), kills.len(), "a kill could not be carried out: see above");
    assert!(results.iter().all(Result::is_right), "see the table: HEXIAO_SEED={seed}");
}

#[cfg(unix)]
#[test]
fn a_window_that_is_told_to_end_ends_when_the_write_off_under_way_is_closed() {
    if !has_keyboard() {
        skip::skipped("there is no screen here, or no xdotool; tools/test.sh brings both");
        return;
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let shop = Shop::open(runtime.handle());
    let mut window = Program::press(&shop, Face::Window, None, Some(Moment::Answered(Call::Consume)));
    assert_eq!(window.press_until(Instant::now() + PATIENCE, |heard| *heard == Heard::Held), Some(Heard::Held));
    window.terminate();
    let told = Instant::now() + PATIENCE;
    while shop.times_logged("asked to end") == 0 {
        assert!(window.is_alive() && Instant::now() < told, "it did not wait");
        std::thread::sleep(Duration::from_millis(20)); // between two looks, not in place of one
    }
    shop.gate.release(Fate::GoesOnAfter(Duration::ZERO));
    assert!(window.wait(), "it ends, and well");
    let found = shop.judge(true);
    assert!(found.is_right() && found.executed, "closed without another start: {found:?}");
}

#[cfg(unix)]
#[test]
fn a_window_that_is_told_to_end_twice_ends_at_once_and_leaves_the_doubt_in_the_ledger() {
    if !has_keyboard() {
        println!("skipped: there is no screen here, or no xdotool; tools/test.sh brings both");
        return;
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let shop = Shop::open(runtime.handle());
    let mut window = Program::press(&shop, Face::Window, None, Some(Moment::Answered(Call::Consume)));
    assert_eq!(window.press_until(Instant::now() + PATIENCE, |heard| *heard == Heard::Held), Some(Heard::Held));
    let told = Instant::now() + PATIENCE;
    while window.is_alive() {
        assert!(Instant::now() < told, "it does not listen");
        window.terminate();
        std::thread::sleep(Duration::from_millis(200)); // as somebody does who has lost patience
    }
    assert_eq!(shop.times_logged("asked to end once more"), 1);
    shop.gate.release(Fate::GoesOnAfter(Duration::ZERO));
    go_on(&shop, Face::CommandLine);
    let found = shop.judge(true);
    assert!(found.is_right() && found.executed, "settled by the next start: {found:?}");
}

/// Every step for each face; then more of the same at random, half of them at random times, until there are `wanted`.
fn plan(wanted: usize, seed: u64) -> Vec<Kill> {
    let mut rng = Rng::with_seed(seed);
    let faces = [Face::CommandLine, Face::Window];
    let mut kinds: Vec<_> = faces.iter().flat_map(|face| STEPS.map(|step| (*face, step))).filter(can).collect();
    let at_random: Vec<_> = kinds.iter().copied().filter(|(_, step)| step.place == Place::AnyTime).collect();
    let every = kinds.clone();
    while kinds.len() < wanted {
        let kinds_now = if rng.bool() { &at_random } else { &every };
        let kind = kinds_now[rng.usize(..kinds_now.len())];
        // The window takes several times as long.
        if kind.0 == Face::CommandLine || rng.u8(..3) == 0 {
            kinds.push(kind);
        }
    }
    rng.shuffle(&mut kinds); // so that windows do not all wait for the one keyboard
    let numbered = kinds.into_iter().enumerate();
    numbered.map(|(number, (face, step))| Kill { number, step, face, seed: rng.u64(..) }).collect()
}

/// Whether this machine has what it takes to meet `step` in this way.
fn can((face, step): &(Face, Step)) -> bool {
    *face == Face::CommandLine || if step.doing == Doing::Pressing { has_keyboard() } else { has_screen() }
}

/// Kills a program at its step, in a fresh shop for each try until one was met there alive.
fn carry_out(kill: &Kill, runtime: &Handle) -> Result {
    let Kill { step, face, seed, .. } = *kill;
    let mut rng = Rng::with_seed(seed);
    let tries_max = if step.place == Place::AnyTime { RANDOM_TRIES_MAX } else { TRIES_MAX };
    let mut result = Result { step, face, kills: 0, missed: true, found: Found::default() };
    for _ in 0..tries_max {
        let shop = Shop::open(runtime);
        let (kills, recorded) = kill_in(&shop, step, face, &mut rng);
        let survivor = if has_screen() && rng.u8(..4) == 0 { Face::Window } else { Face::CommandLine };
        go_on(&shop, survivor);
        result.found = result.found.and(shop.judge(recorded));
        if let Some(kills) = kills {
            return Result { kills, missed: false, ..result };
        }
    }
    result
}

/// Kills a program at `step`. Gives how many had to be killed for it, `None` where it had ended before, and whether an intent is
/// known to have been on disk.
fn kill_in(shop: &Shop, step: Step, face: Face, rng: &mut Rng) -> (Option<usize>, bool) {
    let before = match step.doing {
        Doing::Pressing => {
            if rng.bool() {
                shop.add_fault(CONSUME_FAULTS[rng.usize(..CONSUME_FAULTS.len())]);
            }
            0
        }
        Doing::Starting => {
            if !leave_a_row_open(shop, rng) {
                return (None, false);
            }
            1
        }
        Doing::Settling => {
            shop.add_fault(UNKNOWN_FAULTS[rng.usize(..UNKNOWN_FAULTS.len())]);
            if Program::press(shop, Face::CommandLine, None, None).wait() {
                return (None, true); // it knew better
            }
            0
        }
    };
    if step.doing != Doing::Pressing && rng.bool() {
        shop.add_fault(SETTLING_FAULTS[rng.usize(..SETTLING_FAULTS.len())]);
    }
    let met = die(shop, step, face, rng);
    let before_the_intent = matches!(step.place, Place::At(FaultPoint::Recording) | Place::AnyTime);
    (met.then_some(before + 1), step.doing != Doing::Pressing || (met && !before_the_intent))
}

/// Kills a program that is writing off, so that its row is left open.
fn leave_a_row_open(shop: &Shop, rng: &mut Rng) -> bool {
    let places = [
        Place::At(FaultPoint::Recorded),
        Place::At(FaultPoint::Connected),
        Place::Leaving { arrives: rng.bool() },
        Place::Answering,
        Place::At(FaultPoint::Closing),
    ];
    let step = Step { doing: Doing::Pressing, place: places[rng.usize(..places.len())], name: "" };
    die(shop, step, Face::CommandLine, rng)
}

/// Starts the program, waits until it is where it is to die, and kills it. Says whether it was still alive.
fn die(shop: &Shop, step: Step, face: Face, rng: &mut Rng) -> bool {
    let call = if step.doing == Doing::Pressing { Call::Consume } else { Call::Query };
    let (stop_at, hold) = match step.place {
        Place::At(point) => (Some(point), None),
        Place::Leaving { .. } => (None, Some(Moment::Asked(call))),
        Place::Answering => (None, Some(Moment::Answered(call))),
        Place::AnyTime => (None, None),
    };
    let pressing = step.doing == Doing::Pressing;
    let mut program =
        if pressing { Program::press(shop, face, stop_at, hold) } else { Program::settle(shop, face, stop_at, hold) };
    let is_there = |heard: &Heard| match (heard, stop_at) {
        (Heard::Reached(name), Some(point)) => *name == point.name(),
        (Heard::Held, None) => hold.is_some(),
        _ => false,
    };
    let alive = match (step.place, pressing, face) {
        (Place::AnyTime, true, Face::CommandLine) => {
            let looked_up = program.next(|heard| *heard == Heard::Passing(Moment::Answered(Call::Card)));
            std::thread::sleep(some_time(LATEST, rng));
            looked_up.is_some() && program.is_alive()
        }
        (Place::AnyTime, true, Face::Window) => {
            let until = Instant::now() + some_time(LATEST, rng);
            program.press_until(until, |_| false);
            program.is_alive()
        }
        (Place::AnyTime, false, _) => {
            std::thread::sleep(some_time(LATEST_SETTLING, rng));
            program.is_alive()
        }
        (_, true, Face::Window) => program.press_until(Instant::now() + PATIENCE, is_there).is_some(),
        _ => program.next(is_there).is_some(),
    };
    program.kill();
    if hold.is_some() && alive {
        shop.gate.release(match step.place {
            Place::Leaving { arrives: true } => Fate::GoesOnAfter(some_time(STRAGGLES, rng)),
            _ => Fate::Lost,
        });
    }
    alive
}

/// A random time up to `latest`, a short one more often than a long one: most of what happens, happens soon.
fn some_time(latest: Duration, rng: &mut Rng) -> Duration {
    latest.mul_f64(rng.f64().powi(2))
}

/// Starts the program again, as the shop would, until nothing is left to settle.
fn go_on(shop: &Shop, face: Face) {
    shop.is_over();
    match face {
        Face::CommandLine => {
            for _ in 0..RESTARTS_MAX {
                if Program::settle(shop, face, None, None).wait() {
                    return;
                }
            }
        }
        Face::Window => {
            let before = shop.times_opened();
            let mut window = Program::settle(shop, face, None, None);
            let until = Instant::now() + PATIENCE;
            while (shop.times_opened() == before || !shop.is_settled()) && Instant::now() < until {
                if !window.is_alive() {
                    return; // which leaves the row to be judged
                }
                std::thread::sleep(Duration::from_millis(50)); // between two looks, not in place of one
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.doing, self.name)
    }
}

/// What came of it, a line for each step and face, and a sum.
fn table(results: &[Result]) -> String {
    let mut lines: Vec<(String, Vec<&Result>)> = Vec::new();
    for (face, said) in [(Face::CommandLine, "command line"), (Face::Window, "window")] {
        for step in STEPS {
            let of_line: Vec<_> = results.iter().filter(|result| result.face == face && result.step == step).collect();
            if !can(&(face, step)) {
                lines.push((format!("{said}, {step}: no keyboard or screen here"), Vec::new()));
            } else {
                lines.push((format!("{said}, {step}"), of_line));
            }
        }
    }
    lines.push(("all".to_owned(), results.iter().collect()));
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let heads =
        ["step", "kills", "missed", "executed", "lost", "doubled", "unrecorded", "unreadable", "wrongly settled"];
    table.set_header(heads);
    for (name, of_line) in lines {
        let count = |is: fn(&Found) -> bool| of_line.iter().filter(|result| is(&result.found)).count();
        let mut numbers = vec![of_line.iter().map(|result| result.kills).sum()];
        numbers.push(of_line.iter().filter(|result| result.missed).count());
        numbers.push(count(|found| found.executed));
        numbers.push(count(|found| found.lost));
        numbers.push(count(|found| found.doubled));
        numbers.push(count(|found| found.unrecorded));
        numbers.push(count(|found| found.unreadable));
        numbers.push(count(|found| found.wrongly_settled));
        table.add_row(std::iter::once(name).chain(numbers.iter().map(usize::to_string)));
    }
    format!("{table}\n")
}
