//! Settings: where they live, what they mean, what is wrong with them.
//!
//! One TOML file that a person can write by hand and the window can change. Reading is strict about what is known and
//! patient with what is not: a wrong value is an error that names file, line and key and says what to do; an unknown key
//! is a warning, and survives saving. Saving changes only what differs from the file, so that comments, order and paths
//! stay as they were written.
//!
//! ```toml
//! [account]
//! base_url = "https://api.weixin.qq.com"  # the platform; may be left out
//! appid = "wx…"
//! secret_file = "app-secret"              # left out: the system's key store
//!
//! [account.token_service]                 # in place of appid and secret_file
//! url = "https://…"
//! bearer_file = "bearer"                  # left out: the system's key store, or no bearer secret at all
//!
//! [till]
//! name = "till 1"                         # left out: the machine's name
//! cashier = "…"
//!
//! [cards]
//! custom = ["p…"]                         # cards with custom codes, in the order in which they are tried
//!
//! [counter]
//! press_twice_from = 100                  # yuan; coupons worth as much take two presses of Consume; left out: none
//! volume_percent = 60                     # of the sounds, 0 to 100; 0: none
//! flash = true                            # the whole window flashes in the verdict's colour, once; left out: false
//!
//! [window]
//! language = "zh-CN"                      # or "zh-TW", "en"; left out: the system's
//! camera = "…"                            # the camera used last: its name, or the address of one in the network
//! theme = "dark"                          # or "light", "high-contrast"; left out: the system's
//! text_percent = 125                      # the size of everything in the window; left out: 100
//! full_screen = true                      # left out: false
//! kiosk = true                            # the whole screen, and no way out of it but by the settings; left out: false
//! may_sleep = true                        # the display may sleep while the window is open; left out: false
//! size = [1024, 768]                      # what the window had last
//! maximized = false
//!
//! [keys]
//! consume = "F12"                         # likewise clear, ask_again, details, key_card, code, history, settings, full_screen; left out: as usual
//!
//! [scanner]
//! prefix = "]Q1"                          # what a hand scanner puts before each code; left out: nothing
//! suffix = "#"                            # and after it; Enter and Tab need not be told
//! port = "/dev/ttyACM0"                   # a scanner on a serial port; left out: none
//! baud = 9600
//!
//! [camera]
//! mirrored = true                         # as in a mirror, for who holds the phone; left out: false
//! autofocus = true                        # these three where the camera has them; left out: as they are
//! exposure_ms = 10
//! torch = true
//!
//! [printer]
//! place = "tcp://192.168.1.87:9100"       # or "serial:COM4", "serial:/dev/ttyUSB0@19200", "/dev/usb/lp0", '\\till-2\receipts'; left out: no printer
//! paper_mm = 58                           # or 80; left out: 58
//! charset = "gb18030"                     # or "big5", "ascii"; left out: that of the window's language
//! slips = true                            # a slip for each accepted write-off; left out: false
//! heading = "…"                           # over all that is printed; left out: the shop of [customer], if any
//!
//! [customer]                              # the window for the customer
//! window = true                           # whether it is open; left out: false
//! shop = "…"                              # the shop's name in it
//! full_screen = true                      # it fills its screen; left out: false
//! place = [1024, 0]                       # where it stood last, and its size
//! size = [800, 600]
//!
//! [privacy]
//! mask_codes = true                       # of a code the window shows the end alone; left out: false
//! mask_owners = true                      # of its owner likewise
//! pin = "$argon2id$…"                     # the hash of the PIN before settings and history; set in the window, removed by hand where it is forgotten
//!
//! [updates]
//! url = "https://…"                       # asked once a day for a newer version; left out: nobody is asked
//! dismissed = "1.2.3"                     # the latest version whose note was put away
//! ```
//!
//! Paths in it are relative to its folder. Secrets are never in it: see [`account_secret`] and [`store_secret`].

mod counter;
mod customer;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub mod handover;
mod keeper;
mod keys;
mod places;
mod printer;
mod privacy;
mod secrets;
mod section;
mod updates;
mod window;

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, Value};
use url::Url;

pub use counter::{CounterSettings, PRESS_TWICE_YUAN_RANGE, VOLUME_PERCENT_DEFAULT, VOLUME_PERCENT_RANGE};
pub use customer::{CustomerSettings, PLACE_RANGE};
pub use keeper::Keeper;
pub use keys::{Command, Key, KeyRefusal, Keys};
pub use places::{Places, make_folder};
pub use printer::PrinterSettings;
pub use privacy::PrivacySettings;
pub use secrets::{KeyStoreError, account_secret, store_secret};
pub use section::Finding;
use section::{Section, Source};
pub use updates::UpdatesSettings;
pub use window::{SIDE_RANGE, TEXT_PERCENT_DEFAULT, TEXT_PERCENT_RANGE, Theme, WindowSettings};

use crate::address::{self, AddressRefusal, BaseUrl};
use crate::code::CardId;
use crate::plain;

pub use crate::address::PLATFORM as BASE_URL_DEFAULT;

/// The languages of the window.
pub const LANGUAGES: [&str; 3] = ["zh-CN", "zh-TW", "en"];
/// Most custom-code cards: each costs one more call for a code that comes without its card.
pub const CUSTOM_CARDS_MAX: usize = 50;
/// Longest name of a till or a cashier, in characters.
pub const NAME_CHARS_MAX: usize = 64;
/// Longest of the other texts: an address, a path, a camera's name.
pub const TEXT_CHARS_MAX: usize = 2048;
/// Longest of what a scanner puts before or after each code, in characters.
pub const AFFIX_CHARS_MAX: usize = 16;
/// Speeds of a serial port that are taken, in bits a second.
pub const BAUD_RANGE: RangeInclusive<u32> = 300..=921_600;
/// The speed that scanners on a serial port are mostly set to.
pub const BAUD_DEFAULT: u32 = 9600;
/// Exposures that can be asked of a camera, in milliseconds.
pub const EXPOSURE_MS_RANGE: RangeInclusive<u32> = 1..=1000;
/// Largest settings file that is read.
pub const SETTINGS_BYTES_MAX: u64 = 1 << 20;

/// Each section with the keys that this version knows.
const KNOWN: [(&[&str], &[&str]); 14] = [
    (
        &[],
        &[
            "account", "till", "cards", "counter", "window", "keys", "customer", "scanner", "camera", "printer",
            "privacy", "updates",
        ],
    ),
    (&["account"], &["base_url", "appid", "secret_file", "token_service"]),
    (&["account", "token_service"], &["url", "bearer_file"]),
    (&["till"], &["name", "cashier"]),
    (&["cards"], &["custom"]),
    (&["counter"], &["press_twice_from", "volume_percent", "flash"]),
    (
        &["window"],
        &["language", "camera", "theme", "text_percent", "full_screen", "kiosk", "may_sleep", "size", "maximized"],
    ),
    (&["keys"], &Command::TAGS),
    (&["customer"], &["window", "shop", "full_screen", "place", "size"]),
    (&["scanner"], &["prefix", "suffix", "port", "baud"]),
    (&["camera"], &["mirrored", "autofocus", "exposure_ms", "torch"]),
    (&["printer"], &["place", "paper_mm", "charset", "slips", "heading"]),
    (&["privacy"], &["mask_codes", "mask_owners", "pin"]),
    (&["updates"], &["url", "dismissed"]),
];

/// What the settings file says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// The merchant's account; `None`: practice on the sandbox.
    pub account: Option<Account>,
    /// What this till and whoever is at it are called in the ledger.
    pub till: TillNames,
    /// Cards with custom codes, in the order in which they are tried for a code that comes without its card.
    pub custom_cards: Vec<CardId>,
    /// One of [`LANGUAGES`]; `None`: the system's.
    pub language: Option<String>,
    /// The camera used last: its name, or the address of one in the network.
    pub camera: Option<String>,
    /// How the counter works.
    pub counter: CounterSettings,
    /// How the window looks.
    pub window: WindowSettings,
    /// Which key does what.
    pub keys: Keys,
    /// The window for the customer.
    pub customer: CustomerSettings,
    /// The hand scanner.
    pub scanner: ScannerSettings,
    /// How the camera's picture is taken and shown.
    pub picture: PictureSettings,
    /// The receipt printer.
    pub printer: PrinterSettings,
    /// What the window does not show in full.
    pub privacy: PrivacySettings,
    /// Word of newer versions.
    pub updates: UpdatesSettings,
    /// What was found in the file that does no harm but should be known; never saved.
    pub warnings: Vec<Finding>,
}

/// How a hand scanner is set up.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ScannerSettings {
    /// What it puts before each code; up to [`AFFIX_CHARS_MAX`] visible characters, mostly none.
    pub prefix: String,
    /// What it puts after each code, before Enter or Tab; likewise.
    pub suffix: String,
    /// The serial port that it is on; `None`: it types, or there is none.
    pub port: Option<String>,
    /// That port's speed, within [`BAUD_RANGE`]; `None`: [`BAUD_DEFAULT`].
    pub baud: Option<u32>,
}

/// How the camera's picture is taken and shown. `None`: as the driver has it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PictureSettings {
    /// As in a mirror.
    pub mirrored: bool,
    /// Whether the camera finds the focus by itself.
    pub autofocus: Option<bool>,
    /// How long a picture is exposed, in milliseconds, within [`EXPOSURE_MS_RANGE`].
    pub exposure_ms: Option<u32>,
    /// Whether its lamp is lit.
    pub torch: Option<bool>,
}

/// How to reach the platform as the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The platform's address: https, or http on this machine; no user, query or fragment.
    pub base_url: String,
    /// Where access tokens come from.
    pub credentials: Credentials,
}

/// Where access tokens come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// From the platform, with the account's AppID and AppSecret.
    AppSecret {
        /// The AppID: letters and digits.
        appid: String,
        /// Where the AppSecret is.
        secret: SecretPlace,
    },
    /// From a service of the merchant's.
    TokenService {
        /// Its address: https, or http on this machine; no user.
        url: String,
        /// Where the bearer secret is, if it wants one.
        bearer: SecretPlace,
    },
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In a file of its own, named in the settings.
    File(PathBuf),
    /// In the system's key store, or in the file that stands in for it where there is none.
    KeyStore,
}

/// What this till and whoever is at it are called in the ledger; up to [`NAME_CHARS_MAX`] characters each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillNames {
    /// The till; never empty.
    pub name: String,
    /// The cashier; may be empty.
    pub cashier: String,
}

impl Default for TillNames {
    fn default() -> Self {
        let host = plain::line(&gethostname::gethostname().to_string_lossy(), NAME_CHARS_MAX);
        Self { name: if host.is_empty() { "till 1".to_owned() } else { host }, cashier: String::new() }
    }
}

/// What can be wrong with the settings, the secret or their places. Each says what to do.
///
/// The cause is in [`source`](std::error::Error::source), not in the text. None of them holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system names no home folder, and a place was not given.
    #[error("this system names no home folder: say where things are with --settings FILE and --data FOLDER")]
    NoHome,
    /// A file is there and cannot be read.
    #[error("{} cannot be read; see that it is a text file which this user may open", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written; see that this user may write there and that the disk is not full", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is far larger than what belongs into it.
    #[error("{} is larger than {bytes_max} bytes, so it is something else; name the right file", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most it may hold.
        bytes_max: u64,
    },
    /// The settings file is not TOML.
    #[error("{}, line {line}: {problem}; mend the line, or move the file away to start afresh", file.display())]
    NotToml {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// A setting makes no sense.
    #[error("{0}")]
    Senseless(Finding),
    /// A secret, given or read from a file, is empty or no line of visible characters.
    #[error("the secret{} {problem}", .file.as_ref().map(|f| format!(" in {}", f.display())).unwrap_or_default())]
    UnfitSecret {
        /// The file, where it comes from one.
        file: Option<PathBuf>,
        /// What is wrong with it and what to do.
        problem: &'static str,
    },
    /// The account's secret is kept nowhere.
    #[error("no secret is kept for {owner}: connect the account again, or name a file with secret_file")]
    NoSecret {
        /// The AppID, or `the token service`.
        owner: String,
    },
    /// The key store may hold the secret, but did not give it.
    #[error("the key store did not give the secret of {owner}: unlock it and try again, or name a file instead")]
    KeyStore {
        /// The AppID, or `the token service`.
        owner: String,
        /// Why.
        source: KeyStoreError,
    },
}

impl Settings {
    /// Reads the settings file. A missing one is the default; warnings are logged too.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::TooLarge`], [`Error::NotToml`], [`Error::Senseless`].
    pub fn load(places: &Places) -> Result<Self, Error> {
        let text = read_text(&places.settings_file)?;
        let settings = Self::read(&places.settings_file, &text)?;
        for warning in &settings.warnings {
            tracing::warn!("{warning}");
        }
        Ok(settings)
    }

    /// Writes what differs from the file into it, as a whole or not at all, and leaves everything else in it alone.
    ///
    /// # Errors
    /// [`Error::Senseless`] where these settings would not be read again, and all of [`Settings::load`]'s: a file that
    /// cannot be understood is not written over. [`Error::Write`]. In each case the file is as it was.
    pub fn save(&self, places: &Places) -> Result<(), Error> {
        let file = &places.settings_file;
        let text = read_text(file)?;
        let text = self.merged_into(file, &text)?;
        // Nothing is saved that the next start would refuse; its line is in no file yet.
        Self::read(file, &text).map_err(|error| match error {
            Error::Senseless(finding) => Error::Senseless(Finding { line: None, ..finding }),
            other => other,
        })?;
        places::write_private(file, text.as_bytes())
    }

    fn read(file: &Path, text: &str) -> Result<Self, Error> {
        let source = Source::parse(file, text)?;
        let root = source.root();
        let mut warnings = Vec::new();
        for (path, known) in KNOWN {
            let section = path.iter().try_fold(source.root(), |section, key| section.section(key))?;
            warnings.extend(section.unknown(known));
        }
        let account = Account::read(file, &root.section("account")?, &mut warnings)?;

        let till = root.section("till")?;
        let usual = TillNames::default();
        let till = TillNames {
            name: till.name("name")?.unwrap_or(usual.name),
            cashier: till.name("cashier")?.unwrap_or(usual.cashier),
        };

        let window = root.section("window")?;
        let language = window.text("language", TEXT_CHARS_MAX)?;
        if language.as_ref().is_some_and(|language| !LANGUAGES.contains(&language.as_str())) {
            return Err(window
                .wrong("language", "must be \"zh-CN\", \"zh-TW\" or \"en\"; leave it out for the system's language"));
        }
        let camera = window.text("camera", TEXT_CHARS_MAX)?;
        let custom_cards = custom_cards(&root.section("cards")?)?;
        let (scanner, picture) =
            (ScannerSettings::read(&root.section("scanner")?)?, PictureSettings::read(&root.section("camera")?)?);
        let window = WindowSettings::read(&window)?;
        let privacy = PrivacySettings::read(&root.section("privacy")?)?;
        let counter = CounterSettings::read(&root.section("counter")?)?;
        let keys = Keys::read(&root.section("keys")?)?;
        let customer = CustomerSettings::read(&root.section("customer")?)?;
        let printer = PrinterSettings::read(&root.section("printer")?)?;
        let updates = UpdatesSettings::read(&root.section("updates")?)?;
        Ok(Self {
            account,
            till,
            custom_cards,
            counter,
            language,
            camera,
            window,
            keys,
            customer,
            scanner,
            picture,
            printer,
            privacy,
            updates,
            warnings,
        })
    }

    /// `text` with what differs in `self` put in.
    fn merged_into(&self, file: &Path, text: &str) -> Result<String, Error> {
        let old = Self::read(file, text)?;
        if (Self { warnings: old.warnings.clone(), ..self.clone() }) == old {
            return Ok(text.to_owned());
        }
        let mut document = toml_edit::Document::parse(text).map(toml_edit::Document::into_mut).unwrap_or_default();
        if self.account != old.account {
            write_account(&mut document, file, self.account.as_ref())?;
        }
        let value = |text: &str| (!text.is_empty()).then(|| Value::from(text));
        if self.till.name != old.till.name {
            set(&mut document, "till", "name", value(&self.till.name));
        }
        if self.till.cashier != old.till.cashier {
            set(&mut document, "till", "cashier", value(&self.till.cashier));
        }
        if self.custom_cards != old.custom_cards {
            let cards: Array = self.custom_cards.iter().map(CardId::as_str).collect();
            set(&mut document, "cards", "custom", (!cards.is_empty()).then_some(Value::Array(cards)));
        }
        if self.language != old.language {
            set(&mut document, "window", "language", self.language.as_deref().and_then(value));
        }
        if self.camera != old.camera {
            set(&mut document, "window", "camera", self.camera.as_deref().and_then(value));
        }
        self.counter.merge(&old.counter, &mut document);
        self.window.merge(&old.window, &mut document);
        self.keys.merge(&old.keys, &mut document);
        self.customer.merge(&old.customer, &mut document);
        self.printer.merge(&old.printer, &mut document);
        self.privacy.merge(&old.privacy, &mut document);
        self.updates.merge(&old.updates, &mut document);
        let (new, before) = (&self.scanner, &old.scanner);
        for (key, new, before) in [("prefix", &new.prefix, &before.prefix), ("suffix", &new.suffix, &before.suffix)] {
            if new != before {
                set(&mut document, "scanner", key, value(new));
            }
        }
        if new.port != before.port {
            set(&mut document, "scanner", "port", new.port.as_deref().and_then(value));
        }
        let number = |number: Option<u32>| number.map(|number| Value::from(i64::from(number)));
        if new.baud != before.baud {
            set(&mut document, "scanner", "baud", number(new.baud));
        }
        let (new, before) = (&self.picture, &old.picture);
        if new.mirrored != before.mirrored {
            set(&mut document, "camera", "mirrored", new.mirrored.then_some(Value::from(true)));
        }
        if new.autofocus != before.autofocus {
            set(&mut document, "camera", "autofocus", new.autofocus.map(Value::from));
        }
        if new.exposure_ms != before.exposure_ms {
            set(&mut document, "camera", "exposure_ms", number(new.exposure_ms));
        }
        if new.torch != before.torch {
            set(&mut document, "camera", "torch", new.torch.map(Value::from));
        }
        let merged = document.to_string();
        // The parser turns every line end into a plain one; a file of Windows' own keeps its own.
        let is_crlf = text.contains("\r\n") && text.matches("\r\n").count() == text.matches('\n').count();
        Ok(if is_crlf { merged.replace("\r\n", "\n").replace('\n', "\r\n") } else { merged })
    }
}

impl ScannerSettings {
    fn read(section: &Section<'_>) -> Result<Self, Error> {
        let affix = |key| section.text(key, AFFIX_CHARS_MAX).map(Option::unwrap_or_default);
        Ok(Self {
            prefix: affix("prefix")?,
            suffix: affix("suffix")?,
            port: section.text("port", TEXT_CHARS_MAX)?,
            baud: section.number("baud", BAUD_RANGE)?,
        })
    }
}

impl PictureSettings {
    fn read(section: &Section<'_>) -> Result<Self, Error> {
        Ok(Self {
            mirrored: section.switch("mirrored")?.unwrap_or_default(),
            autofocus: section.switch("autofocus")?,
            exposure_ms: section.number("exposure_ms", EXPOSURE_MS_RANGE)?,
            torch: section.switch("torch")?,
        })
    }
}

impl Account {
    fn read(file: &Path, section: &Section<'_>, warnings: &mut Vec<Finding>) -> Result<Option<Self>, Error> {
        if !section.is_present() {
            return Ok(None);
        }
        let base_url = section.text("base_url", TEXT_CHARS_MAX)?.unwrap_or_else(|| BASE_URL_DEFAULT.to_owned());
        BaseUrl::parse(&base_url).map_err(|refusal| section.wrong("base_url", advice_on(refusal)))?;

        let service = section.section("token_service")?;
        let credentials = if service.is_present() {
            for key in ["appid", "secret_file"] {
                if section.text(key, TEXT_CHARS_MAX)?.is_some() {
                    warnings
                        .push(section.finding(key, "has no effect beside [account.token_service]; remove one of them"));
                }
            }
            let url = service.text("url", TEXT_CHARS_MAX)?.ok_or_else(|| {
                service.wrong_as_a_whole("lacks the address of the token service; add url = \"https://…\"")
            })?;
            address::parse(&url).map_err(|refusal| service.wrong("url", advice_on(refusal)))?;
            Credentials::TokenService { url, bearer: secret_place(file, &service, "bearer_file", warnings)? }
        } else {
            let appid = section.text("appid", TEXT_CHARS_MAX)?.ok_or_else(|| {
                section.wrong_as_a_whole(
                    "does not say who the merchant is; add appid = \"wx…\", or remove the section to practise on the sandbox",
                )
            })?;
            if !appid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(section.wrong("appid", "must be letters and digits, as the platform's own page shows it"));
            }
            Credentials::AppSecret { appid, secret: secret_place(file, section, "secret_file", warnings)? }
        };
        Ok(Some(Self { base_url, credentials }))
    }
}

impl fmt::Debug for Credentials {
    /// A service's address by its host alone: the rest may hold a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AppSecret { appid, secret } => {
                f.debug_struct("AppSecret").field("appid", appid).field("secret", secret).finish()
            }
            Self::TokenService { url, bearer } => {
                f.debug_struct("TokenService").field("host", &host_of(url)).field("bearer", bearer).finish()
            }
        }
    }
}

impl Credentials {
    /// Whose secret it is, for people. Not the service's address, as that may have a key in it.
    fn owner(&self) -> String {
        match self {
            Self::AppSecret { appid, .. } => appid.clone(),
            Self::TokenService { .. } => "the token service".to_owned(),
        }
    }

    /// The name under which the secret is kept, and where that is. A service's address goes without its query: names are listed, and
    /// a stand-in file bears one, while a query may hold a key.
    fn user_and_place(&self) -> (&str, &SecretPlace) {
        match self {
            Self::AppSecret { appid, secret } => (appid, secret),
            Self::TokenService { url, bearer } => (url.split(['?', '#']).next().unwrap_or(url), bearer),
        }
    }
}

fn custom_cards(section: &Section<'_>) -> Result<Vec<CardId>, Error> {
    let mut cards = Vec::new();
    for text in section.texts("custom")? {
        let card = CardId::parse(text).map_err(|refusal| {
            section.wrong("custom", format!("holds {text:?}, which is no card id: {refusal}; correct or remove it"))
        })?;
        if !cards.contains(&card) {
            cards.push(card);
        }
    }
    if cards.len() > CUSTOM_CARDS_MAX {
        return Err(section.wrong("custom", format!("lists more than {CUSTOM_CARDS_MAX} cards; keep those in use")));
    }
    Ok(cards)
}

/// Where the secret named by `key` is. A file that others on this machine may read gets a warning and is used: on some file
/// systems and in some containers nothing can be done about it, and a till that stands still helps nobody.
fn secret_place(
    file: &Path,
    section: &Section<'_>,
    key: &str,
    warnings: &mut Vec<Finding>,
) -> Result<SecretPlace, Error> {
    let Some(named) = section.text(key, TEXT_CHARS_MAX)? else { return Ok(SecretPlace::KeyStore) };
    let path = file.parent().unwrap_or(file).join(named);
    if let Some(mode) = open_to_others(&path) {
        let advice = format!("chmod 600 {}", path.display());
        warnings
            .push(section.finding(key, format!("names a file that others can open (mode {mode:o}); run: {advice}")));
    }
    Ok(SecretPlace::File(path))
}

/// The file's mode, where the system has modes and this one lets others than the owner in.
#[cfg(unix)]
fn open_to_others(file: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(file).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<u32> {
    None
}

/// What is wrong with an address and what to do, as it goes on from the key.
fn advice_on(refusal: AddressRefusal) -> &'static str {
    match refusal {
        AddressRefusal::NotAnAddress => "is not an address; write it like https://example.com",
        AddressRefusal::NotSecure => "must begin with https://: plain http is for this machine alone (127.0.0.1)",
        AddressRefusal::Credentials => "must not hold a user or password; take away what stands before the @",
        AddressRefusal::NotABase => "must end with the path; take away what begins with ? or #",
    }
}

/// The host of an address from the settings, with its port where it has one, to be shown: the rest may hold a key.
pub fn host_of(address: &str) -> String {
    let host = Url::parse(address).ok().and_then(|url| {
        let host = url.host_str()?;
        Some(url.port().map_or(host.to_owned(), |port| format!("{host}:{port}")))
    });
    host.unwrap_or_else(|| "an address that cannot be read".to_owned())
}

/// A small text file; empty where there is none.
fn read_text(path: &Path) -> Result<String, Error> {
    match read_small(path, SETTINGS_BYTES_MAX) {
        Err(Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        other => other,
    }
}

fn read_small(path: &Path, bytes_max: u64) -> Result<String, Error> {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_string(&mut text));
    match read {
        Ok(read) if read as u64 > bytes_max => Err(Error::TooLarge { path: path.to_owned(), bytes_max }),
        Ok(_) => Ok(text),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// Writes `account` in place of the one in `document`, whose other keys stay; `None` takes the section away.
fn write_account(document: &mut DocumentMut, file: &Path, account: Option<&Account>) -> Result<(), Error> {
    let Some(account) = account else {
        document.remove("account");
        return Ok(());
    };
    let path_value = |place: &SecretPlace, key: &str| match place {
        SecretPlace::KeyStore => Ok(None),
        SecretPlace::File(path) => path.to_str().map(|path| Some(Value::from(path))).ok_or_else(|| {
            let problem = "names a file whose name is not Unicode; rename it".to_owned();
            Error::Senseless(Finding { file: file.to_owned(), line: None, key: key.to_owned(), problem })
        }),
    };
    set(document, "account", "base_url", Some(Value::from(account.base_url.as_str())));
    match &account.credentials {
        Credentials::AppSecret { appid, secret } => {
            set(document, "account", "appid", Some(Value::from(appid.as_str())));
            set(document, "account", "secret_file", path_value(secret, "account.secret_file")?);
            if let Some(section) = document["account"].as_table_like_mut() {
                section.remove("token_service");
            }
        }
        Credentials::TokenService { url, bearer } => {
            set(document, "account", "appid", None);
            set(document, "account", "secret_file", None);
            if let Some(section) = document["account"].as_table_like_mut() {
                let service = section.entry("token_service").or_insert(Item::Table(Table::new()));
                set_in(service, "url", Some(Value::from(url.as_str())));
                set_in(service, "bearer_file", path_value(bearer, "account.token_service.bearer_file")?);
            }
        }
    }
    Ok(())
}

fn set(document: &mut DocumentMut, section: &str, key: &str, value: Option<Value>) {
    set_in(document.entry(section).or_insert(Item::Table(Table::new())), key, value);
}

/// Sets or removes a key of a section; what stands around an old value (a comment) stays.
fn set_in(section: &mut Item, key: &str, value: Option<Value>) {
    let Some(section) = section.as_table_like_mut() else { return }; // a file where it is something else was refused
    match (value, section.get_mut(key).and_then(Item::as_value_mut)) {
        (Some(mut value), Some(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        (Some(value), None) => {
            section.insert(key, Item::Value(value));
        }
        (None, _) => {
            section.remove(key);
        }
    }
}

#[cfg(test)]
mod tests;
