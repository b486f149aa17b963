//! The promise: a till that writes off without end, at a platform where everything goes wrong now and then, loses nothing, doubles
//! nothing, and does not grow.
//!
//! A robot scans and presses through the till's public way as fast as the desk lets it, and stops and starts the till now and then. The
//! sandbox runs in a process of its own, so that what is measured here is the till's; its record is the truth that the ledger is
//! compared with. A few seconds in `cargo test`; `tools/soak.sh MINUTES` runs it for long, and then memory and handles are judged too.

// Helpers of tests may fail a test too; clippy's own exemption covers functions marked #[test] alone.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hexiao::config::{Account, Credentials, Places, SecretPlace, Settings};
use hexiao::desk::{Event, Stage, View};
use hexiao::ledger::{Error, Ledger};
use hexiao::sandbox::{Deck, Options, Sandbox};
use hexiao::till::{self, Open, Purpose, Till};
use hexiao::write_off::WriteOff;

/// How long it runs where `HEXIAO_SOAK_SECONDS` does not say.
const SECONDS: u64 = 4;
/// From how many seconds on memory and handles are judged, and answers may be so late that nobody waits any more.
const SECONDS_LONG: u64 = 60;
/// Presses that it waits for in any case: enough for something to go wrong.
const PRESSES_MIN: u64 = 60;
/// Of a hundred deeds of the robot's, how many come with a fault of the platform's.
const FAULTS_PERCENT: u8 = 8;
/// Coupons dealt: more for each second than can be written off in it, and some to begin with.
const COUPONS_A_SECOND: u64 = 150;
const COUPONS_AT_LEAST: u64 = 1_000;
const FIRST_CODE: u64 = 400_000_000_000;
/// Longest wait for the desk to change before the robot looks again.
const PATIENCE: Duration = Duration::from_millis(500);
/// Longest wait for the last doubt to be settled once everything is calm.
const CALM_MAX: Duration = Duration::from_secs(180);
/// Longest time that the sandbox takes to start or to end, and the robot for the presses that it waits for, beyond the soak's own.
const DELAY_MAX: Duration = Duration::from_secs(120);
/// Where the child finds the record's path, and how many coupons to deal.
const RECORD: &str = "HEXIAO_SOAK_RECORD";
const COUPONS: &str = "HEXIAO_SOAK_COUPONS";

/// What goes wrong, each with how often beside the others.
const FAULTS: [(&str, u32); 17] = [
    ("consume=close_before:1", 3),
    ("consume=execute_then_close:1", 3),
    ("consume=http_500:1", 2),
    ("consume=system_busy:1", 3),
    ("consume=garbage:1", 2),
    ("consume=truncated:1", 2),
    ("consume=token_refused:1", 2),
    ("consume=quota:1", 2),
    ("consume=errcode=40127:1", 1),
    ("consume=delay_ms=150:1", 3),
    ("get=close_before:1", 3),
    ("get=system_busy:2", 2),
    ("get=garbage:1", 2),
    ("get=delay_ms=80:1", 3),
    ("card=http_500:2", 2),
    ("token=close_before:1", 1),
    ("get=token_refused:1", 2),
];
/// An answer that comes after the till stopped waiting (8 s), and before it stops doubting.
const STALLED: &str = "consume=delay_ms=9000:1";

/// The sandbox in a process of its own: deals, records, and takes faults line by line until its input ends.
#[test]
#[ignore = "is the sandbox of the soak, which starts it itself"]
fn sandbox_of_the_soak() {
    let Some(record) = std::env::var_os(RECORD) else { return };
    let coupons: Vec<String> = (0..number(COUPONS).expect("a number"))
        .map(|n| format!(r#"{{"code":"{}","card_id":"pSoak"}}"#, FIRST_CODE + n))
        .collect();
    let deck = format!(r#"{{"coupons":[{}],"cards":[{{"card_id":"pSoak","title":"减20"}}]}}"#, coupons.join(","));
    let options =
        Options { deck: Deck::from_json(&deck).expect("a deck"), record: Some(record.into()), ..Options::default() };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sandbox = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
    println!("\n{} {} {}", sandbox.base_url(), sandbox.appid(), sandbox.secret());
    for line in std::io::stdin().lines() {
        match line.expect("a line").as_str() {
            "calm" => sandbox.clear_faults(),
            fault => sandbox.add_fault(fault.parse().expect("a fault")),
        }
    }
}

/// That process, which does not outlive its time, however it hangs, nor this.
struct Ends {
    /// Dropped when it is to end.
    wanted: Option<Sender<()>>,
    /// Says whether it was in time.
    watch: Option<JoinHandle<bool>>,
}

impl Ends {
    /// Ends `child` once `at_most` is over: whoever waits for its words then reads that there are no more.
    fn after(mut child: Child, at_most: Duration) -> Self {
        let (wanted, wants) = mpsc::channel();
        let watch = std::thread::spawn(move || {
            let in_time = wants.recv_timeout(at_most) != Err(RecvTimeoutError::Timeout);
            child.kill().ok(); // it may have ended
            child.wait().expect("ended");
            in_time
        });
        Self { wanted: Some(wanted), watch: Some(watch) }
    }

    /// Whether it ended, now that it has, before its time was over.
    fn by_itself(mut self) -> bool {
        self.end() == Some(true)
    }

    fn end(&mut self) -> Option<bool> {
        self.wanted = None;
        self.watch.take().and_then(|watch| watch.join().ok())
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.end();
    }
}

/// The other end of that process.
struct Platform {
    ends: Ends,
    faults: ChildStdin,
    /// Kept open: a program whose output nobody takes ends badly.
    out: BufReader<ChildStdout>,
    record: PathBuf,
}

impl Platform {
    /// Starts it for `at_most` so long, and writes the settings of a till that uses it.
    fn start(folder: &Path, coupons: u64, at_most: Duration) -> (Self, Settings) {
        let record = folder.join("calls.jsonl");
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--ignored", "--exact", "sandbox_of_the_soak", "--nocapture"])
            .env(RECORD, &record)
            .env(COUPONS, coupons.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox's process");
        let faults = child.stdin.take().expect("its input");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let ends = Ends::after(child, at_most);
        let said = out.by_ref().lines().map(|line| line.expect("a line")).find(|line| line.starts_with("http://"));
        let said = said.expect("the sandbox's address");
        let [base_url, appid, secret] = said.split(' ').collect::<Vec<_>>()[..] else { panic!("{said}") };
        let secret_file = folder.join("secret");
        std::fs::write(&secret_file, secret).expect("written");
        let credentials = Credentials::AppSecret { appid: appid.to_owned(), secret: SecretPlace::File(secret_file) };
        let account = Some(Account { base_url: base_url.to_owned(), credentials });
        (Self { ends, faults, out, record }, Settings { account, ..Settings::default() })
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.faults, "{line}").expect("the sandbox listens");
    }

    /// Ends it, and gives what it recorded of each code: consumes received, and of them those executed and those whose token it refused.
    fn stop(mut self) -> HashMap<String, Received> {
        drop(self.faults);
        std::io::copy(&mut self.out, &mut std::io::sink()).expect("its last words");
        assert!(self.ends.by_itself(), "the sandbox hangs");
        let mut codes: HashMap<String, Received> = HashMap::new();
        for line in BufReader::new(std::fs::File::open(&self.record).expect("a record")).lines() {
            let call: serde_json::Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
            if call["call"] == "consume" {
                let received = codes.entry(call["code"].as_str().expect("a code").to_owned()).or_default();
                received.all += 1;
                received.executed += usize::from(call["executed"] == true);
                received.token_refused += usize::from(call["errcode"] == 40001);
            }
        }
        codes
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Received {
    all: usize,
    executed: usize,
    token_refused: usize,
}

/// The cashier.
struct Robot {
    random: fastrand::Rng,
    /// The number of the next coupon.
    next: u64,
    /// How many coupons there are.
    coupons: u64,
    presses: u64,
    faults: u64,
    long: bool,
}

impl Robot {
    fn next_code(&mut self) -> String {
        self.next += 1;
        assert!(self.next <= self.coupons, "the deck is used up");
        (FIRST_CODE + self.next - 1).to_string()
    }

    /// Does what a cashier does on seeing `view`; `None` where there is nothing to do but wait.
    fn react(&mut self, view: &View) -> Option<Event> {
        match &view.stage {
            Stage::Idle => Some(Event::Scanned(self.next_code())),
            Stage::Shown { shown, .. } if view.can_consume => {
                self.presses += 1;
                Some(Event::Pressed(shown.coupon.code.clone()))
            }
            // For a moment after another coupon lay here no press is taken.
            Stage::Shown { verdict, in_doubt: None, .. } if verdict.is_usable() => None,
            // The next customer is impatient, and the scanner sends an Enter.
            Stage::Consuming { .. } if view.waiting.is_none() && self.random.u8(0..20) == 0 => {
                Some(Event::Scanned(self.next_code()))
            }
            Stage::Consuming { .. } if self.random.u8(0..20) == 0 => Some(Event::Scanned(String::new())),
            Stage::LookingUp { .. } | Stage::Consuming { .. } => None,
            // What came to nothing is mostly tried again.
            Stage::Finished { write_off, .. } if write_off.outcome_word() == "rejected" && self.random.bool() => {
                Some(Event::AskedAgain)
            }
            Stage::LookupFailed { .. } if self.random.u8(0..4) > 0 => Some(Event::AskedAgain),
            Stage::NotACoupon { text, .. } => panic!("{text} is a coupon"),
            _ => Some(Event::Dismissed),
        }
    }

    /// What goes wrong next, if anything.
    fn fault(&mut self) -> Option<&'static str> {
        if self.random.u8(0..100) >= FAULTS_PERCENT {
            return None;
        }
        if self.long && self.random.u16(0..400) == 0 {
            return Some(STALLED);
        }
        let all = FAULTS.iter().map(|(_, weight)| weight).sum();
        let mut at = self.random.u32(0..all);
        let fault = FAULTS.iter().find(|(_, weight)| at.checked_sub(*weight).inspect(|rest| at = *rest).is_none());
        fault.map(|(fault, _)| *fault)
    }
}

async fn open(settings: &Settings, places: &Places) -> Till {
    let Open { till, ledger_error, .. } =
        till::open(settings, places, Purpose::WriteOff, || {}).await.expect("an open till");
    assert!(ledger_error.is_none());
    till
}

/// Waits for the desk to look different from `last`, or for nothing to have happened for a while.
async fn next_view(till: &mut Till, last: &View) -> View {
    let changed = tokio::time::timeout(PATIENCE, till.wait_until(|view| view != last)).await;
    changed.map_or_else(|_| till.view(), |view| view.expect("the till runs"))
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| match text.parse() {
        Ok(number) => number,
        Err(_) => panic!("{name} is to be a number, not {text:?}"),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_at_work_without_end_loses_nothing_doubles_nothing_and_does_not_grow() {
    let seconds = number("HEXIAO_SOAK_SECONDS").unwrap_or(SECONDS);
    let seed = number("HEXIAO_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("soak of {seconds} s, HEXIAO_SEED={seed}");
    let folder = tempfile::tempdir().expect("a folder");
    let places = Places { settings_file: folder.path().join("settings.toml"), data_folder: folder.path().join("data") };
    let coupons = seconds * COUPONS_A_SECOND + COUPONS_AT_LEAST;
    let soaked_by = Duration::from_secs(seconds) + DELAY_MAX;
    let (mut platform, settings) = Platform::start(folder.path(), coupons, soaked_by + CALM_MAX + DELAY_MAX);
    let (random, long) = (fastrand::Rng::with_seed(seed), seconds >= SECONDS_LONG);
    let mut robot = Robot { random, next: 0, coupons, presses: 0, faults: 0, long };
    let mut log = Log::new(seconds);

    let mut till = open(&settings, &places).await;
    let mut view = till.view();
    while log.started.elapsed() < Duration::from_secs(seconds) || robot.presses < PRESSES_MIN {
        if let Some(event) = robot.react(&view) {
            if let Some(fault) = robot.fault() {
                robot.faults += 1;
                platform.tell(fault);
            }
            let is_press = matches!(event, Event::Pressed(_));
            till.tell(event);
            // Closed for the night, with a press just taken as likely as not.
            if is_press && robot.random.u16(0..250) == 0 {
                till.stop().await;
                till = open(&settings, &places).await;
                log.restarts += 1;
                view = till.view();
                continue;
            }
        }
        assert!(log.started.elapsed() < soaked_by, "{} presses only, then nothing: {:?}", robot.presses, view.stage);
        view = next_view(&mut till, &view).await;
        log.sample(&view, &places, &robot);
    }

    platform.tell("calm");
    let calm_since = Instant::now();
    loop {
        if !view.under_way && view.opened && view.owed == 0 && view.unsettled.is_empty() {
            break;
        }
        assert!(calm_since.elapsed() < CALM_MAX, "never settled: {:?}", view.unsettled);
        view = next_view(&mut till, &view).await;
    }
    till.stop().await;
    log.sample_now(&view, &places, &robot);
    let received = platform.stop();
    let rows = rows(&places.ledger_file());
    println!("{}", log.table());
    assert!(robot.faults > 0, "nothing went wrong, so this proves nothing");
    compare(&rows, &received, &robot);
    log.judge();
}

fn rows(ledger: &Path) -> Vec<WriteOff> {
    let ledger = Ledger::open_to_read(ledger).expect("a ledger").expect("with rows");
    let mut rows = Vec::new();
    ledger
        .for_each_since(None, |row| {
            rows.push(row);
            Ok::<_, Error>(())
        })
        .expect("rows");
    rows
}

/// The ledger against the record, code by code.
fn compare(rows: &[WriteOff], received: &HashMap<String, Received>, robot: &Robot) {
    let mut of_code: HashMap<&str, Vec<&WriteOff>> = HashMap::new();
    for row in rows {
        of_code.entry(row.intent.code.as_str()).or_default().push(row);
    }
    for (code, received) in received {
        assert!(of_code.contains_key(code.as_str()), "{code} was consumed without a row: {received:?}");
        assert!(received.executed <= 1, "{code} was written off twice: {received:?}");
    }
    let (mut accepted, mut rejected) = (0, 0);
    for (code, rows) in &of_code {
        let received = received.get(*code).copied().unwrap_or_default();
        let words: Vec<_> = rows.iter().map(|row| row.outcome_word()).collect();
        assert!(
            words.iter().all(|word| matches!(*word, "accepted" | "rejected")),
            "{code}: {words:?} was never settled"
        );
        let said = words.iter().filter(|word| **word == "accepted").count();
        assert_eq!(said, received.executed, "{code}: the ledger says {words:?}, the platform {received:?}");
        // A request is repeated where its token was refused, and never else.
        assert!(received.all - received.token_refused <= rows.len(), "{code}: {words:?} {received:?}");
        accepted += said;
        rejected += rows.len() - said;
    }
    let Robot { presses, faults, .. } = robot;
    assert!(rows.len() as u64 <= *presses, "{} rows, {presses} presses", rows.len());
    assert!(accepted > 0, "too little happened to prove anything");
    let requests: usize = received.values().map(|received| received.all).sum();
    println!(
        "{faults} faults, {presses} presses, {} rows, {requests} requests, {accepted} accepted, {rejected} rejected",
        rows.len()
    );
    println!("lost 0, doubled 0, wrongly settled 0, never settled 0");
}

/// What this process holds.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// In KiB.
    memory: u64,
    handles: u64,
    threads: u64,
}

impl Held {
    /// From the system's own account of this process; zeros where it keeps none.
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        let handles = std::fs::read_dir("/proc/self/fd").map_or(0, |handles| handles.count() as u64);
        Self { memory: field("VmRSS:"), handles, threads: field("Threads:") }
    }
}

/// What was seen, second by second.
struct Log {
    started: Instant,
    seconds: u64,
    samples: Vec<Held>,
    lines: Vec<String>,
    restarts: u32,
    unsettled: usize,
}

impl Log {
    fn new(seconds: u64) -> Self {
        let samples = Vec::with_capacity(usize::try_from(seconds).expect("short") + 1);
        Self { started: Instant::now(), seconds, samples, lines: Vec::new(), restarts: 0, unsettled: 0 }
    }

    /// Takes a sample for each second that has passed.
    fn sample(&mut self, view: &View, places: &Places, robot: &Robot) {
        self.unsettled = self.unsettled.max(view.unsettled.len());
        let passed = self.started.elapsed().as_secs();
        if passed > self.samples.len() as u64 {
            self.samples.push(Held::now());
            if passed.is_multiple_of(60) {
                self.sample_now(view, places, robot);
            }
        }
    }

    /// Adds a line to the table.
    fn sample_now(&mut self, view: &View, places: &Places, robot: &Robot) {
        let (held, minutes) = (Held::now(), self.started.elapsed().as_secs_f64() / 60.0);
        let rows = Ledger::open_to_read(&places.ledger_file()).ok().flatten().and_then(|ledger| ledger.len().ok());
        self.lines.push(format!(
            "{minutes:7.1} {:9} {:7} {:7} {:9} {:9} {:8} {:8}",
            held.memory,
            held.handles,
            held.threads,
            robot.presses,
            rows.unwrap_or_default(),
            format!("{}/{}", view.unsettled.len(), self.unsettled),
            self.restarts,
        ));
        self.unsettled = 0;
    }

    fn table(&self) -> String {
        format!(
            "minutes   RSS KiB handles threads   presses      rows  unknown restarts   (unknown: now/most in the minute)\n{}",
            self.lines.join("\n")
        )
    }

    /// Whether the last third of the time looks like the second. Nothing is judged where it was short, or the system keeps no account.
    fn judge(&self) {
        /// How much more memory the last third may hold: what an allocator keeps varies.
        const GROWTH_MAX: f64 = 1.03;
        /// How many more handles: connections come and go.
        const HANDLES_MAX: u64 = 2;
        if self.seconds < SECONDS_LONG || self.samples.first().is_none_or(|held| held.memory == 0) {
            return;
        }
        let third = self.samples.len() / 3;
        let median = |samples: &[Held], of: fn(&Held) -> u64| {
            let mut values: Vec<u64> = samples.iter().map(of).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        let compare = |of: fn(&Held) -> u64| {
            (median(&self.samples[third..2 * third], of), median(&self.samples[2 * third..], of))
        };
        let (memory, handles, threads) = (compare(|h| h.memory), compare(|h| h.handles), compare(|h| h.threads));
        println!("second third and last: RSS {memory:?} KiB, handles {handles:?}, threads {threads:?} (medians)");
        assert!(memory.1 as f64 <= memory.0 as f64 * GROWTH_MAX, "memory grows: {memory:?} KiB");
        assert!(handles.1 <= handles.0 + HANDLES_MAX, "handles grow: {handles:?}");
        assert!(threads.1 <= threads.0 + HANDLES_MAX, "threads grow: {threads:?}");
    }
}
