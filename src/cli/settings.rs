//! `settings`: this till's settings for other tills, as a file, taking over such a file, and starting with the system.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::Surroundings;
use super::error::Error;
use super::exit::Exit;
use super::output::{self, note};
use super::passphrase;
use crate::autostart;
use crate::config::handover::{self, Handover, NotOpened, PASSPHRASE_CHARS_MIN, Written};
use crate::config::{self, Account, Credentials, SecretPlace, host_of};
use crate::trouble::chain;

/// Longest that a file can be good, in hours: a year.
const HOURS_MAX: u64 = 366 * 24;
const SECONDS_AN_HOUR: u64 = 3600;

/// Hand this till's settings to other tills, as a file, and have it start with the system
#[derive(Debug, clap::Subcommand)]
pub enum Settings {
    /// Write what another till needs of these settings into FILE: account with its secret, cards, shop's name, counter, language, colours, privacy and
    /// PIN; not this till's name, cashier, camera, printer or windows. Encrypted with a passphrase
    Export {
        /// Where to; only you will be able to open it
        file: PathBuf,
        /// Overwrite FILE
        #[arg(long)]
        force: bool,
        /// As plain TOML, without the account's secret and without the PIN, to be edited and sent around; no passphrase is needed
        #[arg(long, conflicts_with_all = ["passphrase_file", "valid_hours"])]
        without_secret: bool,
        /// Let it be taken over for so many hours alone; otherwise for ever
        #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..=HOURS_MAX))]
        valid_hours: Option<u64>,
        #[command(flatten)]
        passphrase: passphrase::From,
    },
    /// Take over what `settings export` wrote, or TOML like it. Sections that FILE has are taken as a whole, others stay as they are
    Import {
        /// The file
        file: PathBuf,
        /// Also where this till has another account, which is then replaced
        #[arg(long)]
        replace_account: bool,
        #[command(flatten)]
        passphrase: passphrase::From,
    },
    /// Have the window open when the system starts, or no longer; without a word: say whether it does
    Autostart {
        /// What is wanted
        #[arg(value_enum)]
        wanted: Option<Autostart>,
    },
}

/// Whether the program starts with the system.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Autostart {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// What the commands print with `--json`. Other programs rely on these names.
#[derive(Serialize)]
struct Word<'a> {
    file: &'a Path,
    /// The AppID, or the host of the token service.
    account: Option<String>,
    cards: usize,
    /// `export`: whether the account's secret is in it. `import`: whether one was kept.
    secret: bool,
    /// `export`: from when on it is not taken over any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
}

impl Settings {
    /// Runs the command.
    ///
    /// # Errors
    /// Where settings, secret, passphrase or the file cannot be read or written.
    pub fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        match self {
            Self::Export { file, force, without_secret, valid_hours, passphrase } => {
                let settings = config::Settings::load(&around.places)?;
                if settings.account.is_none() {
                    note("this till practises: there is no account in what it hands over");
                }
                if !force && file.exists() {
                    note(&taken(&file)); // before anybody is asked for a passphrase
                    return Ok(Exit::Usage);
                }
                let mut expires = None;
                let (handover, text) = if without_secret {
                    let handover = Handover::without_secrets(&settings, &around.places.settings_file)?;
                    let text = handover.to_toml()?;
                    (handover, text)
                } else {
                    let secret =
                        settings.account.as_ref().map(|account| config::account_secret(account, &around.places));
                    let handover = Handover::of(&settings, secret.transpose()?.flatten());
                    let passphrase = passphrase.read(true)?;
                    if passphrase.expose_secret().chars().count() < PASSPHRASE_CHARS_MIN {
                        note(&format!(
                            "a passphrase for a file has {PASSPHRASE_CHARS_MIN} characters or more: who has the file can try them without end"
                        ));
                        return Ok(Exit::Usage);
                    }
                    expires = valid_hours.map(|hours| Timestamp::now() + Duration::from_secs(hours * SECONDS_AN_HOUR));
                    let text = match handover::seal(&handover, &passphrase, expires) {
                        Ok(sealed) => sealed.lines(),
                        Err(error) => {
                            note(&chain(&error));
                            return Ok(Exit::Usage);
                        }
                    };
                    (handover, text)
                };
                if !handover::write_file(&file, &text, force)? {
                    note(&taken(&file));
                    return Ok(Exit::Usage);
                }
                let secret = handover.secret().is_some();
                tell(around, &Word { secret, expires, ..Word::of(&file, &handover) }, "written to")
            }
            Self::Import { file, replace_account, passphrase } => {
                let mut settings = config::Settings::load(&around.places)?;
                let handover = match handover::read_file(&file)? {
                    Ok(Written::Open(handover)) => *handover,
                    Ok(Written::Sealed(sealed)) => match sealed.open(&passphrase.read(false)?, Timestamp::now()) {
                        Ok(handover) => handover,
                        Err(why) => return Ok(not_opened(&file, why)),
                    },
                    Err(why) => return Ok(not_opened(&file, why)),
                };
                for warning in handover.warnings() {
                    note(&warning.to_string());
                }
                if let (true, Some(present), Some(next)) =
                    (handover.replaces(settings.account.as_ref()), &settings.account, handover.account())
                    && !replace_account
                {
                    note(&format!(
                        "this till works for {}, and the file is for {}: with --replace-account it works for that; nothing was changed",
                        name_of(present),
                        name_of(next)
                    ));
                    return Ok(Exit::Refused);
                }
                let account = handover.account_beside(settings.account.as_ref());
                if let (Some(account), Some(secret)) = (&account, handover.secret())
                    && let SecretPlace::File(kept) = config::store_secret(account, &around.places, secret.clone())?
                {
                    note(&format!("the secret is kept in {}", kept.display()));
                }
                handover.take_over(&mut settings);
                settings.save(&around.places)?;
                tracing::info!("the settings of another till were taken over from a file");
                if let Some(Err(error)) =
                    account.filter(|_| handover.secret().is_none()).map(|a| config::account_secret(&a, &around.places))
                {
                    note(&chain(&error)); // the account came without its secret, and none is here
                }
                note("`hexiao doctor` tests it; a window that is open has to be started again");
                let secret = handover.secret().is_some();
                tell(around, &Word { secret, ..Word::of(&file, &handover) }, "taken over from")
            }
            Self::Autostart { wanted } => {
                let wanted = wanted.map(|wanted| autostart::turn(matches!(wanted, Autostart::On), &around.places));
                let is_on = match wanted.transpose().and_then(|_| autostart::is_on()) {
                    Ok(is_on) => is_on,
                    Err(error) => {
                        note(&chain(&error));
                        return Ok(Exit::Usage);
                    }
                };
                if around.json {
                    output::json(&serde_json::json!({ "autostart": is_on }))?;
                } else {
                    output::line(if is_on { "starts with the system" } else { "does not start with the system" })?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

impl<'a> Word<'a> {
    fn of(file: &'a Path, handover: &Handover) -> Self {
        let account = handover.account().map(name_of);
        Self { file, account, cards: handover.custom_cards().len(), secret: false, expires: None }
    }
}

fn tell(around: &Surroundings, word: &Word<'_>, what: &str) -> Result<Exit, Error> {
    if around.json {
        output::json(word)?;
    } else {
        let account = word.account.as_ref().map_or("no account".to_owned(), |account| format!("account {account}"));
        let secret = if word.secret { "with its secret" } else { "without a secret" };
        let expires = word.expires.map(|at| format!(", good until {at:.0}")).unwrap_or_default();
        let cards = word.cards;
        output::line(&format!("{account} {secret}, {cards} cards, {what} {}{expires}", word.file.display()))?;
    }
    Ok(Exit::Done)
}

fn taken(file: &Path) -> String {
    format!("{} is there already; --force overwrites it", file.display())
}

/// Says why a file gave nothing. That its passphrase is another, or its time over, is an answer; the rest is a fault of the file's.
fn not_opened(file: &Path, why: NotOpened) -> Exit {
    note(&format!("{}: {why}", file.display()));
    match why {
        NotOpened::WrongPassphrase | NotOpened::Expired => Exit::Refused,
        _ => Exit::Usage,
    }
}

/// Whom an account is of; a service's address by its host alone, as the rest may hold a key.
fn name_of(account: &Account) -> String {
    match &account.credentials {
        Credentials::AppSecret { appid, .. } => appid.clone(),
        Credentials::TokenService { url, .. } => host_of(url),
    }
}
