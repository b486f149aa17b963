//! The program: what was asked on the command line, and the exit status that comes of it.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    hexiao::cli::run(hexiao::cli::Cli::parse()).into()
}
