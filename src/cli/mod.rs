//! The command line: what can be asked for, and how each command ends.
//!
//! ```text
//! mod.rs        the options and commands, and what surrounds each
//! exit.rs       the five exit statuses, and the words for what went wrong
//! error.rs      why a command could not be carried out
//! output.rs     printing, for people and for programs
//! interrupt.rs  Ctrl-C
//! passphrase.rs a passphrase, from the terminal or a file
//! counter.rs    the till, asked about one code
//! …             one file a command
//! ```
//!
//! Commands run the same till as the window: they send events and read views, and decide nothing about coupons. Results go to standard
//! output, one line of JSON each with `--json`; everything else goes to standard error. The shapes of the JSON are fixed: other
//! programs rely on them, so fields are only ever added, at the end.

mod consume;
mod counter;
mod decrypt;
mod doctor;
mod error;
mod exit;
mod interrupt;
mod ledger;
mod output;
mod passphrase;
mod query;
mod sandbox;
mod scan;
mod settings;
mod settle;
mod shift;
mod window;

use std::backtrace::Backtrace;
use std::panic;
use std::path::PathBuf;
use std::time::Instant;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::trouble::chain;
pub use error::Error;
pub use exit::Exit;

use crate::config::{Places, Settings};
use crate::crash;
use crate::logging::{self, Console};

/// Threads that carry calls: one works while the other waits.
const WORKERS: usize = 2;

/// A till for WeChat coupons: scan a customer's code, see whether it can be used, write it off once
#[derive(Debug, Parser)]
#[command(version, after_help = exit::HELP)]
#[command(override_usage = "hexiao [OPTIONS]            open the window\n       hexiao [OPTIONS] COMMAND …")]
pub struct Cli {
    /// The settings file (TOML), in place of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The folder of the ledger, the log and secrets, in place of the usual one
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Print results for programs: JSON, one line each
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    window: window::Window,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Query(query::Query),
    Consume(consume::Consume),
    Decrypt(decrypt::Decrypt),
    Scan(scan::Scan),
    /// List the cameras
    Cameras,
    Ledger(ledger::Ledger),
    #[command(subcommand)]
    Shift(shift::Shift),
    /// Find out what became of write-offs whose outcome is not known, by asking about each
    Settle,
    #[command(subcommand)]
    Settings(settings::Settings),
    Sandbox(sandbox::Sandbox),
    /// Check settings, key store, token, clock, cameras, scanner, receipt printer, newer versions and ledger, with advice
    Doctor,
}

/// What surrounds a command.
pub struct Surroundings {
    places: Places,
    json: bool,
    /// When the program started.
    started: Instant,
}

impl Surroundings {
    /// The settings. Says what is odd in them, and where nothing is real.
    fn settings(&self) -> Result<Settings, Error> {
        let settings = Settings::load(&self.places)?;
        for warning in &settings.warnings {
            output::note(&warning.to_string());
        }
        counter::say_if_practice(&settings, &self.places);
        Ok(settings)
    }

    /// The ledger that goes with `settings`.
    fn ledger_file(&self, settings: &Settings) -> PathBuf {
        self.places.ledger_file_in(settings.account.is_none())
    }
}

/// Does what was asked, and says how it ended.
pub fn run(cli: Cli) -> Exit {
    let started = Instant::now();
    if cli.command.is_some() && cli.window.is_asked_for() {
        wrong_usage(
            "--camera, --no-camera and --renderer before a command are for the window; put --camera after `scan`",
        );
    }
    if cli.command.is_none() && cli.json {
        wrong_usage("--json is for commands; the window prints nothing");
    }
    keep_quiet_about_caught_panics();
    carry_out(cli, started).unwrap_or_else(|error| {
        if !matches!(error, Error::Closed) {
            output::note(&chain(&error));
        }
        error.exit()
    })
}

fn carry_out(cli: Cli, started: Instant) -> Result<Exit, Error> {
    let Cli { settings, data, json, window, command } = cli;
    let around = Surroundings { places: Places::new(settings, data)?, json, started };
    crash::keep_reports_in(around.places.crash_folder());
    // The other commands tell of their own trouble, in sentences; the sandbox serves on while it has some.
    let console = if matches!(command, Some(Command::Sandbox(_))) { Console::Warnings } else { Console::Quiet };
    if let Err(error) = logging::start(&around.places.log_folder(), console) {
        output::note(&chain(&error));
    }
    let runtime = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().map_err(Error::System)?;
    let exit = match command {
        None => window.run(around, runtime.handle().clone()),
        Some(command) => runtime.block_on(command.run(&around)),
    };
    end(runtime);
    exit
}

impl Command {
    async fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        match self {
            Self::Query(query) => query.run(around).await,
            Self::Consume(consume) => consume.run(around).await,
            Self::Decrypt(decrypt) => decrypt.run(around).await,
            Self::Scan(scan) => scan.run(around).await,
            Self::Cameras => scan::cameras(around),
            Self::Ledger(ledger) => ledger.run(around),
            Self::Shift(shift) => shift.run(around),
            Self::Settle => settle::run(around).await,
            Self::Settings(settings) => settings.run(around),
            Self::Sandbox(sandbox) => sandbox.run(around).await,
            Self::Doctor => doctor::run(around).await,
        }
    }
}

/// Ends what still runs without waiting for it: all that matters was waited for, and a hung driver or key store would hold
/// the program up.
fn end(runtime: Runtime) {
    runtime.shutdown_background();
}

fn wrong_usage(why: &str) -> ! {
    Cli::command().error(ErrorKind::ArgumentConflict, why).exit()
}

/// Decoders and drivers run under guards that log their panics; what such a guard catches is not printed as if the program had failed. What
/// is, is printed through the gate like everything else: a panic may quote the text that it could not cut.
fn keep_quiet_about_caught_panics() {
    panic::set_hook(Box::new(|info| {
        if !crate::scan::panic_is_caught() {
            tracing::error!("{info}");
            crash::report(info);
            output::crash(&info.to_string(), &Backtrace::capture());
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Cli::command().debug_assert();
    }
}
