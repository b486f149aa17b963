//! The window, which opens where no command is given.

use std::process::Command;
use std::time::Duration;
use std::{env, io};

use clap::ValueEnum as _;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::Surroundings;
use super::error::Error;
use super::exit::Exit;
use super::interrupt::Interrupts;
use super::output;
use crate::config::Settings;
use crate::one_window::{self, Start};
use crate::scan::Source;
use crate::sound::SoundCard;
use crate::trouble::chain;
use crate::ui::renderer::{Renderer, cannot_draw};
use crate::ui::{self, AppSetup};

/// Options of the window.
#[derive(Debug, clap::Args)]
pub struct Window {
    /// Scan from this camera: its number or name (see `cameras`), http://… for one in the network, or file:PATH to play a picture, or a folder of
    /// them, as one
    #[arg(long, value_name = "CAMERA", conflicts_with = "no_camera")]
    camera: Option<Source>,
    /// Leave the camera alone
    #[arg(long)]
    no_camera: bool,
    /// Have the window drawn by this, and by nothing else where it fails
    #[arg(long, value_name = "RENDERER")]
    renderer: Option<Renderer>,
}

impl Window {
    /// Whether any of its options was given.
    pub fn is_asked_for(&self) -> bool {
        self.camera.is_some() || self.no_camera || self.renderer.is_some()
    }

    /// Opens the window and stays until it is closed.
    ///
    /// # Errors
    /// Where no window can be opened.
    pub fn run(self, around: Surroundings, runtime: Handle) -> Result<Exit, Error> {
        if console::is_left_behind().map_err(Error::System)? {
            return Ok(Exit::Done);
        }
        let renderer = self.renderer.unwrap_or_default();
        if renderer.environment().iter().any(|(name, value)| env::var_os(name).is_none_or(|set| set != *value)) {
            return start_anew(renderer, false).map_err(Error::System);
        }
        // A service manager, a session that ends or Ctrl-C closes the window as its button does: after the write-off under way.
        let asked_to_end = async {
            let interrupts = Interrupts::listen().inspect_err(|error| {
                tracing::warn!("signals will end the window at once: {}", chain(error));
            });
            match interrupts.ok() {
                Some(mut interrupts) => {
                    interrupts.next().await;
                    tokio::spawn(end_at_next(interrupts));
                }
                None => std::future::pending().await,
            }
            tracing::info!("asked to end");
        };
        let claim = match one_window::start(&around.places.data_folder) {
            Ok(Start::First(claim)) => Some(claim),
            Ok(Start::Called) => {
                output::note("hexiao is open here already; its window was called to the front");
                return Ok(Exit::Done);
            }
            Ok(Start::Unanswered) => {
                tracing::warn!(
                    "another window is open on this data folder and does not answer; a second one opens beside it"
                );
                None
            }
            Err(error) => {
                tracing::warn!("whether another window is open cannot be found out: {}", chain(&error));
                None
            }
        };
        let settings = Settings::load(&around.places);
        let Surroundings { places, started, .. } = around;
        let setup = AppSetup {
            places,
            settings,
            source: self.camera,
            use_camera: !self.no_camera,
            runtime,
            voice: Box::new(SoundCard::start()),
            started,
        };
        match (ui::run(setup, asked_to_end, claim), self.renderer.map_or(renderer.next(), |_| None)) {
            (Ok(()), _) => Ok(Exit::Done),
            (Err(error), Some(next)) if cannot_draw(&error) => {
                tracing::warn!("{renderer:?} cannot draw the window, {next:?} is tried: {}", chain(&error));
                start_anew(next, true).map_err(Error::System)
            }
            (Err(error), _) if cannot_draw(&error) => Err(Error::NotDrawn(error)),
            (Err(error), _) => Err(Error::Window(error)),
        }
    }
}

/// Starts the program once more, as it was started, to have its window drawn by `renderer`; `adds_argument` where the arguments do not say so yet.
/// It takes this process's place, or this one waits for it.
fn start_anew(renderer: Renderer, adds_argument: bool) -> io::Result<Exit> {
    let mut command = Command::new(env::current_exe()?);
    command.args(env::args_os().skip(1)).envs(renderer.environment().iter().copied());
    if adds_argument && let Some(value) = renderer.to_possible_value() {
        command.args(["--renderer", value.get_name()]);
    }
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut command));
    #[cfg(not(unix))]
    match command.status()?.code() {
        Some(0) => Ok(Exit::Done),
        code => std::process::exit(code.unwrap_or_else(|| Exit::Usage.number().into())),
    }
}

/// Signals within this time are one wish: a session that ends sends several at once.
const SAME_WISH: Duration = Duration::from_secs(1);

/// Ends the program at the next signal, whatever is under way: whoever asks twice does not want to wait. What is left in doubt stands in the
/// ledger, for the next start to settle.
async fn end_at_next(mut interrupts: Interrupts) {
    let until = Instant::now() + SAME_WISH;
    while timeout_at(until, interrupts.next()).await.is_ok() {}
    interrupts.next().await;
    tracing::warn!("asked to end once more: ending at once");
    std::process::exit(i32::from(Error::CutOff.exit().number()));
}

/// On Windows a program belongs to the console, or it does not, from the moment it is linked. This one does: a command must print
/// where it was typed, and a script must be able to wait for its exit status, neither of which a program without a console can
/// promise. But a window must not drag a console along – whoever closes that ends a write-off under way. So the window moves
/// out: the program starts itself once more without a console, and this process ends. Builds for development stay where they
/// are, so that what they print can be read.
#[cfg(all(windows, not(debug_assertions)))]
mod console {
    use std::os::windows::process::CommandExt as _;
    use std::process::{Command, Stdio};
    use std::{env, io};

    /// Windows' `DETACHED_PROCESS`: the new process has no console.
    const DETACHED_PROCESS: u32 = 0x0000_0008;
    /// Tells the new process that it is the one that stays.
    const MOVED_OUT: &str = "HEXIAO_WINDOW_MOVED_OUT";

    /// Whether the window opens in a process without a console, so that this one may end.
    pub fn is_left_behind() -> io::Result<bool> {
        if env::var_os(MOVED_OUT).is_some() {
            return Ok(false);
        }
        let mut command = Command::new(env::current_exe()?);
        command.args(env::args_os().skip(1)).env(MOVED_OUT, "1").creation_flags(DETACHED_PROCESS);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(true)
    }
}

#[cfg(not(all(windows, not(debug_assertions))))]
mod console {
    /// Elsewhere a window has no console to leave.
    pub fn is_left_behind() -> std::io::Result<bool> {
        Ok(false)
    }
}
