//! Opens a till from the settings: on the merchant's account, or on the built-in sandbox where there is none.

use std::path::Path;

use secrecy::SecretString;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use url::Url;

use super::{Setup, Till};
use crate::clock::Clock;
use crate::code::CardId;
use crate::config::{self, Account, Credentials, Places, Settings};
use crate::desk::{Names, Rules};
use crate::ledger::{self, Claim, Ledger};
use crate::platform::{self, BaseUrl, Client, Options, TokenSource};
use crate::sandbox::{self, Sandbox};
use crate::write_off::WriteOffId;

/// What a till is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look coupons up; the ledger is not touched.
    Ask {
        /// Whether to ask with `check_consume`.
        check_consume: bool,
    },
    /// To write off.
    WriteOff,
    /// The window: to look up in any case, and to write off where the ledger can be opened.
    Window,
    /// To settle what is unsettled, and nothing else.
    Settle,
}

/// Why a till could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Something is wrong with the settings or the secret.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// An address in the settings cannot be used.
    #[error("the address {0} in the settings cannot be used: https is needed, or http on this machine")]
    Address(String),
    /// The thread that looks the secret up or opens the ledger failed.
    #[error("the secret could not be looked up, or the ledger not opened: start the program again")]
    Thread(#[source] tokio::task::JoinError),
    /// The client could not be set up.
    #[error(transparent)]
    Platform(#[from] platform::Error),
    /// The practice sandbox could not be started.
    #[error("practice cannot begin: the sandbox could not be started")]
    Sandbox(#[from] sandbox::Error),
    /// The ledger could not be opened.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
}

/// An open till and what belongs to it.
pub struct Open {
    /// The till.
    pub till: Till,
    /// The client that it uses.
    pub client: Client,
    /// The sandbox, where the till is open for practice.
    pub sandbox: Option<Sandbox>,
    /// Why nothing can be written off, where the ledger could not be opened ([`Purpose::Window`] only).
    pub ledger_error: Option<ledger::Error>,
}

/// Opens a till on the account in `settings`, or for practice where there is none. May take as long as the system's key store does: not for
/// the window's thread.
///
/// # Errors
/// What is wrong, in words for whoever keeps the settings.
pub async fn open(
    settings: &Settings,
    places: &Places,
    purpose: Purpose,
    on_change: impl Fn() + Send + Sync + 'static,
) -> Result<Open, OpenError> {
    open_and_tell(settings, places, purpose, on_change, |_| {}).await
}

/// The same, for somebody who wants to know of each write-off that is written down as accepted: see [`Setup::on_accepted`].
///
/// # Errors
/// As [`open`](fn@open).
pub async fn open_and_tell(
    settings: &Settings,
    places: &Places,
    purpose: Purpose,
    on_change: impl Fn() + Send + Sync + 'static,
    on_accepted: impl Fn(WriteOffId) + Send + 'static,
) -> Result<Open, OpenError> {
    let (client, sandbox) = match &settings.account {
        Some(account) => {
            let (owned_account, owned_places) = (account.clone(), places.clone());
            let secret = spawn_blocking(move || config::account_secret(&owned_account, &owned_places));
            let secret = secret.await.map_err(OpenError::Thread)??;
            (client_for(account, secret, &settings.custom_cards)?, None)
        }
        None => {
            let sandbox = Sandbox::start(sandbox::Options::default()).await?;
            (practice_client(&sandbox)?, Some(sandbox))
        }
    };
    let ledger_file = places.ledger_file_in(sandbox.is_some());
    let (ledger, claim, ledger_error) = match purpose {
        Purpose::Ask { .. } => (None, None, None),
        Purpose::WriteOff | Purpose::Settle | Purpose::Window => {
            let (alone, practice) = (purpose == Purpose::Settle, sandbox.is_some());
            // Another program may hold it for seconds.
            let opening = spawn_blocking(move || open_ledger(&ledger_file, alone, practice));
            let opened = opening.await.map_err(OpenError::Thread)?;
            match opened {
                Ok((ledger, claim)) => (Some(ledger), Some(claim), None),
                Err(error) if purpose == Purpose::Window => (None, None, Some(error)),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let names = Names { till: settings.till.name.clone(), cashier: settings.till.cashier.clone() };
    // On the command line, who says --yes has said it.
    let twice_from = settings.counter.twice_from().filter(|_| purpose == Purpose::Window);
    let rules = Rules { twice_from, ..Rules::default() };
    let setup = Setup {
        client: client.clone(),
        ledger,
        claim,
        names,
        rules,
        clock: Clock::default(),
        check_consume: purpose == Purpose::Ask { check_consume: true },
        on_change: Box::new(on_change),
        on_accepted: Box::new(on_accepted),
    };
    let till = Till::start(setup, &Handle::current());
    Ok(Open { till, client, sandbox, ledger_error })
}

/// The ledger and the claim to it, which comes first.
fn open_ledger(file: &Path, alone: bool, practice: bool) -> Result<(Ledger, Claim), ledger::Error> {
    let claim = if alone { Claim::take_alone(file) } else { Claim::take(file) }?;
    let mut ledger = Ledger::open(file)?;
    if practice {
        ledger.deal_anew()?;
    }
    Ok((ledger, claim))
}

/// The client for `account`, with `secret` from its place, which tries `custom_cards` for a code that it does not know.
///
/// # Errors
/// An address that cannot be used, or no root certificates on this system.
pub fn client_for(
    account: &Account,
    secret: Option<SecretString>,
    custom_cards: &[CardId],
) -> Result<Client, OpenError> {
    let base_url =
        BaseUrl::parse(&account.base_url).map_err(|_| OpenError::Address(config::host_of(&account.base_url)))?;
    let tokens = match (&account.credentials, secret) {
        (Credentials::AppSecret { appid, .. }, secret) => {
            TokenSource::Stable { appid: appid.clone(), secret: secret.unwrap_or_default() }
        }
        (Credentials::TokenService { url, .. }, bearer) => {
            let url = Url::parse(url).map_err(|_| OpenError::Address(config::host_of(url)))?;
            TokenSource::Service { url, bearer }
        }
    };
    let options = Options { custom_cards: custom_cards.to_vec(), ..Options::new(base_url) };
    Ok(Client::new(options, tokens)?)
}

fn practice_client(sandbox: &Sandbox) -> Result<Client, OpenError> {
    let base_url = BaseUrl::parse(sandbox.base_url()).map_err(|_| OpenError::Address(sandbox.base_url().to_owned()))?;
    let custom_cards = sandbox
        .coupons()
        .into_iter()
        .filter(|coupon| coupon.custom_code)
        .filter_map(|coupon| CardId::parse(&coupon.card_id).ok());
    let mut options = Options::new(base_url);
    for card in custom_cards {
        if !options.custom_cards.contains(&card) {
            options.custom_cards.push(card);
        }
    }
    let secret = SecretString::from(sandbox.secret());
    Ok(Client::new(options, TokenSource::Stable { appid: sandbox.appid().to_owned(), secret })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_left_is_in_doubt_for_as_long_as_its_call_may_have_taken() {
        let base_url = BaseUrl::parse("https://platform.example").expect("a base address");
        assert!(Rules::default().doubt_left_behind >= Options::new(base_url).total_deadline);
    }
}
