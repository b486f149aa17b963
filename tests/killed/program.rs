//! The real program as a child: started as a shop would start it, heard, and killed.

use std::io::BufReader;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hexiao::fault_point::{ANNOUNCEMENT, ENVIRONMENT, FaultPoint};

use crate::child::program;
use crate::gate::{Call, Moment};
use crate::shop::{CODE, Shop};
use crate::{Heard, PATIENCE};

/// Between two looks at what has no way to tell.
const PAUSE: Duration = Duration::from_millis(20);
/// Between two presses of the key; the window takes one of them at most.
const PRESS_PAUSE: Duration = Duration::from_millis(80);
/// How long typed keys may take to become a question, before they are typed once more; and how often they are typed.
const TYPING_PATIENCE: Duration = Duration::from_secs(10);
const TYPING_MAX: usize = 6;

/// Which of the program's faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    CommandLine,
    Window,
}

/// One screen has one keyboard: who types holds it.
static KEYBOARD: Mutex<()> = Mutex::new(());

/// A running program; killed when dropped.
pub struct Program {
    child: Child,
    news: Receiver<Heard>,
    /// The screen's number for its window, where there is one to press keys in.
    id: String,
    /// Held until it is dead.
    keyboard: Option<MutexGuard<'static, ()>>,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Program {
    /// Starts `hexiao consume`, or a window in which the code is typed and the key pressed until the program dies.
    pub fn press(shop: &Shop, face: Face, stop_at: Option<FaultPoint>, hold: Option<Moment>) -> Self {
        match face {
            Face::CommandLine => Self::start(shop, &["consume", CODE, "--yes"], stop_at, hold),
            Face::Window => {
                let keyboard = KEYBOARD.lock().unwrap_or_else(PoisonError::into_inner); // a test that failed is no reason
                let mut window = Self::start(shop, &["--no-camera"], stop_at, hold);
                window.keyboard = Some(keyboard);
                window.enter_code(shop);
                window
            }
        }
    }

    /// Starts what settles the rows left behind: `hexiao settle`, or the window.
    pub fn settle(shop: &Shop, face: Face, stop_at: Option<FaultPoint>, hold: Option<Moment>) -> Self {
        match face {
            Face::CommandLine => Self::start(shop, &["settle"], stop_at, hold),
            Face::Window => Self::start(shop, &["--no-camera"], stop_at, hold),
        }
    }

    fn start(shop: &Shop, args: &[&str], stop_at: Option<FaultPoint>, hold: Option<Moment>) -> Self {
        let (tell, news) = channel();
        shop.gate.watch(tell.clone(), hold);
        let mut command = program(shop.folder());
        command.args(args).arg("--settings").arg(shop.folder().join("settings.toml"));
        command.arg("--data").arg(shop.folder().join("data"));
        if let Some(point) = stop_at {
            command.env(ENVIRONMENT, point.name());
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        std::thread::spawn(move || listen(stderr, &tell));
        Self { child, news, id: String::new(), keyboard: None }
    }

    /// What comes next, of the things that are `wanted`; `None` where the program has ended by itself, or nothing comes for all our patience.
    pub fn next(&mut self, wanted: impl Fn(&Heard) -> bool) -> Option<Heard> {
        self.within(PATIENCE, wanted).flatten()
    }

    /// As [`Self::next`], and `None` where nothing comes in time.
    fn within(&mut self, patience: Duration, wanted: impl Fn(&Heard) -> bool) -> Option<Option<Heard>> {
        let until = Instant::now() + patience;
        loop {
            match self.news.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Heard::Ended) | Err(RecvTimeoutError::Disconnected) => return Some(None),
                Ok(heard) if wanted(&heard) => return Some(Some(heard)),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return None,
            }
        }
    }

    /// Types the code into the window, and waits until the platform has answered what it was asked.
    fn enter_code(&mut self, shop: &Shop) {
        let opened = Instant::now() + PATIENCE;
        while shop.times_opened() == 0 {
            assert!(self.is_alive(), "the program ended before its window opened; its log:\n{}", shop.log());
            assert!(Instant::now() < opened, "no window opened within {PATIENCE:?}; its log:\n{}", shop.log());
            std::thread::sleep(PAUSE); // between two looks, not in place of one
        }
        while self.id.is_empty() {
            assert!(self.is_alive() && Instant::now() < opened, "no window is on the screen");
            self.id = self.find_window();
        }
        for _ in 0..TYPING_MAX {
            // In place of what is there: of an earlier try the code may have come and the Return not.
            xdotool(&["windowfocus", &self.id, "key", "ctrl+a"]);
            xdotool(&["type", "--delay", "2", CODE]);
            xdotool(&["key", "Return"]);
            let looked_up = |heard: &Heard| *heard == Heard::Passing(Moment::Answered(Call::Card));
            if self.within(TYPING_PATIENCE, looked_up).is_some() {
                return;
            }
        }
        panic!("the window took no code, {TYPING_MAX} times typed");
    }

    /// The screen's number for its window; empty where there is none, or another window vanished while they were looked through.
    fn find_window(&self) -> String {
        let pid = self.child.id().to_string();
        let found = Command::new("timeout")
            .args(["60", "xdotool", "search", "--sync", "--onlyvisible", "--pid", &pid])
            .output();
        String::from_utf8_lossy(&found.expect("xdotool").stdout).lines().last().unwrap_or_default().to_owned()
    }

    /// Presses the key again and again until something that is `wanted` comes, or the time is up: what is shown takes a moment to be drawn, and a cashier in a
    /// hurry presses twice.
    pub fn press_until(&mut self, until: Instant, wanted: impl Fn(&Heard) -> bool) -> Option<Heard> {
        while Instant::now() < until {
            xdotool(&["windowfocus", &self.id, "key", "F9"]);
            let pause = PRESS_PAUSE.min(until.saturating_duration_since(Instant::now()));
            if let Some(heard) = self.within(pause, &wanted) {
                return heard;
            }
        }
        None
    }

    /// Waits for the program's own end; says whether it came and the status was 0.
    pub fn wait(&mut self) -> bool {
        let ended = self.within(PATIENCE, |_| false).is_some();
        ended && self.child.wait().expect("ended").success()
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end, as a service manager does.
    #[cfg(unix)]
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {pid}")]).status();
        assert!(told.expect("a shell").success());
    }

    /// Ends it as nothing can be prepared for: SIGKILL, or TerminateProcess on Windows.
    pub fn kill(&mut self) {
        self.child.kill().ok(); // it may have ended by itself
        self.child.wait().ok();
    }
}

/// Tells of fault points that are reached, and of the end.
fn listen(stderr: impl std::io::BufRead, tell: &Sender<Heard>) {
    for line in stderr.lines().map_while(Result::ok) {
        if let Some(point) = line.strip_prefix(ANNOUNCEMENT) {
            tell.send(Heard::Reached(point.trim_end().to_owned())).ok(); // the kill may have come first
        }
    }
    tell.send(Heard::Ended).ok();
}

/// Whether keys can be pressed in a window here.
pub fn has_keyboard() -> bool {
    has_screen() && Command::new("xdotool").arg("version").output().is_ok()
}

/// Whether a window can be opened here.
pub fn has_screen() -> bool {
    cfg!(windows) || std::env::var_os("DISPLAY").is_some()
}

fn xdotool(arguments: &[&str]) {
    let done = Command::new("xdotool").args(arguments).status().expect("xdotool");
    assert!(done.success(), "xdotool {arguments:?}: {done}");
}
