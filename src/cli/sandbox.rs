//! `sandbox`: the platform in miniature, for tests and training on its own.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use super::Surroundings;
use super::error::Error;
use super::exit::Exit;
use super::interrupt::Interrupts;
use super::output::{self, note};
use crate::sandbox::{self as platform, Deck, Fault, Options, faults, print};

/// Serve the sandbox: the card platform in miniature, for tests and training, on this computer alone
#[derive(Debug, clap::Args)]
pub struct Sandbox {
    /// The port to listen on; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Deal the coupons of this file in place of the standard ones: {"coupons":[{"code":…,"card_id":…,"status":…},…]}; what is left out makes a coupon usable now
    #[arg(long, value_name = "FILE")]
    deck: Option<PathBuf>,
    /// Write a line into this file for every call, before it is answered
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[arg(long = "fault", value_name = "CALL=KIND[:COUNT]", help = faults::HELP)]
    faults: Vec<Fault>,
    /// Print the usable coupons as QR codes too; done anyway where the output is a terminal
    #[arg(long)]
    qr: bool,
}

impl Sandbox {
    /// Runs the command until Ctrl-C. With `--json` its one line is the announcement; what is called is in the record.
    ///
    /// # Errors
    /// Where the deck, the record or the port cannot be had.
    pub async fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        let mut interrupts = Interrupts::listen()?;
        let deck = match &self.deck {
            Some(path) => Deck::read(path).map_err(platform::Error::from)?,
            None => Deck::default(),
        };
        for warning in deck.warnings() {
            note(warning);
        }
        let options = Options { port: self.port, deck, record: self.record, faults: self.faults, ..Options::default() };
        let sandbox = platform::Sandbox::start(options).await?;
        if around.json {
            output::json(&sandbox.announcement())?;
        } else {
            if self.qr || io::stdout().is_terminal() {
                for coupon in sandbox.coupons().iter().filter(|coupon| coupon.consumable) {
                    output::line(&format!("{}  {}", coupon.code, output::printable(&coupon.title)))?;
                    output::picture(&print::qr(&coupon.code))?;
                }
            }
            output::line(&print::table(&sandbox))?;
            output::line(&how_to_use(&sandbox))?;
        }
        interrupts.next().await;
        sandbox.stop().await;
        Ok(Exit::Done)
    }
}

fn how_to_use(sandbox: &platform::Sandbox) -> String {
    let mut custom: Vec<String> = Vec::new();
    for coupon in sandbox.coupons().into_iter().filter(|coupon| coupon.custom_code) {
        let quoted = format!("{:?}", coupon.card_id);
        if !custom.contains(&quoted) {
            custom.push(quoted);
        }
    }
    let cards = if custom.is_empty() { String::new() } else { format!("\n[cards]\ncustom = [{}]", custom.join(", ")) };
    format!(
        "
Listening on {base_url}; Ctrl-C ends. To use it from another hexiao, write its secret, {secret}, into a file named
sandbox-secret, and beside it a settings file to be given with --settings:

[account]
base_url = \"{base_url}\"
appid = \"{appid}\"
secret_file = \"sandbox-secret\"
{cards}",
        base_url = sandbox.base_url(),
        appid = sandbox.appid(),
        secret = sandbox.secret(),
    )
}
