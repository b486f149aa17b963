//! Which of the settings another till needs, and how it takes them over.
//!
//! Carried is what a shop's tills have in common: the account, cards, how the counter works, its keys, the shop's name, whether slips are printed, what the
//! scanner puts around codes, language and colours, privacy and the PIN, where newer versions are announced. What is one till's own stays: its name and
//! cashier, its camera, ports and printer, its screens and windows.
//!
//! They travel as the settings file has them, in TOML, so that there is one reader, one writer, and an older till passes over what it does not know. A
//! section that is there is taken as a whole – what stands not in it is as usual again –, one that is not there is left as it is. The PIN is never taken
//! away, only replaced. Where newer versions are announced is not said at all where that is nowhere: a code is small by what is not in it.

use std::fmt;
use std::path::Path;

use secrecy::SecretString;

use super::super::secrets::fit;
use super::super::section::Source;
use super::super::{
    Account, BASE_URL_DEFAULT, CounterSettings, Credentials, CustomerSettings, Error, Finding, PictureSettings,
    PrinterSettings, PrivacySettings, ScannerSettings, SecretPlace, Settings, TillNames, UpdatesSettings,
    WindowSettings,
};
use crate::code::CardId;

/// The sections that are carried besides the account, each as it begins.
const SECTIONS: [&str; 9] =
    ["cards", "counter", "window", "keys", "customer", "scanner", "printer", "privacy", UPDATES];
const UPDATES: &str = "updates";
/// What errors about settings in a set-up code would name as their file; nobody sees it.
const NO_FILE: &str = "set-up code";

/// What one till gives to another.
#[derive(Clone)]
pub struct Handover {
    /// In it only what is carried differs from the usual.
    settings: Settings,
    /// Those of [`SECTIONS`] that are taken over.
    sections: Vec<&'static str>,
    /// The account's secret.
    secret: Option<SecretString>,
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Handover {
    /// What `settings` give to another till, with the account's `secret`.
    pub fn of(settings: &Settings, secret: Option<SecretString>) -> Self {
        let is_said = |section: &&str| *section != UPDATES || settings.updates.url.is_some();
        Self { settings: carried(settings), sections: SECTIONS.into_iter().filter(is_said).collect(), secret }
    }

    /// The same for a file that anybody may read: without any secret, and without the hash of the PIN, on which all PINs are soon tried.
    ///
    /// # Errors
    /// [`Error::Senseless`] where the token service's address has a query, which may hold a key.
    pub fn without_secrets(settings: &Settings, file: &Path) -> Result<Self, Error> {
        let mut open = Self::of(settings, None);
        open.settings.privacy.pin = None;
        if let Some(Account { credentials: Credentials::TokenService { url, .. }, .. }) = &open.settings.account
            && url.contains(['?', '#'])
        {
            return Err(Error::Senseless(Finding {
                file: file.to_owned(),
                line: None,
                key: "account.token_service.url".to_owned(),
                problem: "has a part after ? or #, which may be a key; write an encrypted file instead".to_owned(),
            }));
        }
        Ok(open)
    }

    /// Reads a file that anybody may read: settings in TOML, of which only what is carried is taken.
    ///
    /// # Errors
    /// All of [`Settings::load`]'s.
    pub fn read(file: &Path, text: &str) -> Result<Self, Error> {
        let settings = Settings::read(file, text)?;
        let source = Source::parse(file, text)?;
        let root = source.root();
        let mut sections = Vec::new();
        for name in SECTIONS {
            if root.section(name)?.is_present() {
                sections.push(name);
            }
        }
        let warnings = settings.warnings.clone();
        let mut settings = carried_with_places(&settings);
        settings.warnings = warnings;
        Ok(Self { settings, sections, secret: None })
    }

    /// Reads what was sealed. Files that it names, which would be the other till's, are not taken.
    pub(super) fn read_sealed(toml: &str, secret: Option<SecretString>) -> Option<Self> {
        let secret = secret.map(|secret| fit(secret, None)).transpose().ok()?;
        let Self { settings, sections, .. } = Self::read(Path::new(NO_FILE), toml).ok()?;
        for warning in &settings.warnings {
            tracing::info!("a set-up code has a setting that is not known here: {}", warning.key);
        }
        let needs_secret =
            matches!(&settings.account, Some(Account { credentials: Credentials::AppSecret { .. }, .. }));
        if (needs_secret && secret.is_none()) || (settings.account.is_none() && secret.is_some()) {
            return None;
        }
        Some(Self { settings: carried(&settings), sections, secret })
    }

    /// As TOML, without the secret.
    ///
    /// # Errors
    /// [`Error::Senseless`] where it would not be read again.
    pub fn to_toml(&self) -> Result<String, Error> {
        let sections: String = self.sections.iter().map(|name| format!("[{name}]\n")).collect();
        let toml = self.settings.merged_into(Path::new(NO_FILE), &sections)?;
        // The usual platform goes without saying: a code is small by what is not in it.
        let is_usual = self.account().is_some_and(|account| account.base_url == BASE_URL_DEFAULT);
        let usual = format!("base_url = \"{BASE_URL_DEFAULT}\"\n");
        Ok(if is_usual { toml.replacen(&usual, "", 1) } else { toml })
    }

    /// The account's secret.
    pub fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref()
    }

    /// The account.
    pub fn account(&self) -> Option<&Account> {
        self.settings.account.as_ref()
    }

    /// How many cards with custom codes there are.
    pub fn cards(&self) -> usize {
        self.settings.custom_cards.len()
    }

    /// Those cards.
    pub fn custom_cards(&self) -> &[CardId] {
        &self.settings.custom_cards
    }

    /// Whether a PIN before settings and history comes with it.
    pub fn has_pin(&self) -> bool {
        self.settings.privacy.pin.is_some()
    }

    /// What was found in a file that does no harm but should be known.
    pub fn warnings(&self) -> &[Finding] {
        &self.settings.warnings
    }

    /// Without the secret, once that is kept where it belongs.
    pub fn rid_of_secret(mut self) -> Self {
        self.secret = None;
        self
    }

    /// The account as a till has it that now has `present`: where both are one, the secret stays where it is.
    pub fn account_beside(&self, present: Option<&Account>) -> Option<Account> {
        let mut account = self.settings.account.clone()?;
        if let Some(present) = present
            && is_same(&account, present)
            && *account.credentials.user_and_place().1 == SecretPlace::KeyStore
        {
            let place = present.credentials.user_and_place().1.clone();
            match &mut account.credentials {
                Credentials::AppSecret { secret, .. } => *secret = place,
                Credentials::TokenService { bearer, .. } => *bearer = place,
            }
        }
        Some(account)
    }

    /// Whether taking this over gives the till that has `present` another account than it has.
    pub fn replaces(&self, present: Option<&Account>) -> bool {
        present.zip(self.account()).is_some_and(|(present, account)| !is_same(account, present))
    }

    /// Puts what is carried into `settings`; all else in them stays.
    pub fn take_over(&self, settings: &mut Settings) {
        let given = &self.settings;
        if let Some(account) = self.account_beside(settings.account.as_ref()) {
            settings.account = Some(account);
        }
        for section in &self.sections {
            match *section {
                "cards" => settings.custom_cards.clone_from(&given.custom_cards),
                "counter" => settings.counter.clone_from(&given.counter),
                "window" => {
                    settings.language.clone_from(&given.language);
                    settings.window.theme = given.window.theme;
                    settings.window.may_sleep = given.window.may_sleep;
                }
                "keys" => settings.keys.clone_from(&given.keys),
                "customer" => settings.customer.shop.clone_from(&given.customer.shop),
                "printer" => {
                    settings.printer.heading.clone_from(&given.printer.heading);
                    settings.printer.slips = given.printer.slips;
                }
                "scanner" => {
                    settings.scanner.prefix.clone_from(&given.scanner.prefix);
                    settings.scanner.suffix.clone_from(&given.scanner.suffix);
                }
                UPDATES => settings.updates.url.clone_from(&given.updates.url),
                _ => {
                    let pin = given.privacy.pin.clone().or_else(|| settings.privacy.pin.take());
                    settings.privacy = PrivacySettings { pin, ..given.privacy.clone() };
                }
            }
        }
    }
}

/// Whether two accounts are one: of one merchant, or at one service, at one platform.
fn is_same(one: &Account, other: &Account) -> bool {
    let kind = |account: &Account| matches!(account.credentials, Credentials::AppSecret { .. });
    let user = |account: &Account| match &account.credentials {
        Credentials::AppSecret { appid, .. } => appid.clone(),
        Credentials::TokenService { url, .. } => url.clone(),
    };
    one.base_url == other.base_url && kind(one) == kind(other) && user(one) == user(other)
}

/// What of `settings` is carried; everything else in it is as usual, and the account's secret is kept in no file of this till's.
fn carried(settings: &Settings) -> Settings {
    let mut carried = carried_with_places(settings);
    match carried.account.as_mut().map(|account| &mut account.credentials) {
        Some(Credentials::AppSecret { secret, .. }) => *secret = SecretPlace::KeyStore,
        Some(Credentials::TokenService { bearer, .. }) => *bearer = SecretPlace::KeyStore,
        None => {}
    }
    carried
}

/// The same with the account's secret where the settings say. Every setting is named here, so that a new one is carried, or is not, on purpose.
fn carried_with_places(settings: &Settings) -> Settings {
    let Settings {
        account,
        till: _,
        custom_cards,
        language,
        camera: _,
        counter,
        window,
        keys,
        customer: CustomerSettings { shop, window: _, full_screen: _, place: _, size: _ },
        printer: PrinterSettings { heading, slips, place: _, paper: _, charset: _ },
        scanner: ScannerSettings { prefix, suffix, port: _, baud: _ },
        picture: PictureSettings { .. },
        privacy,
        updates: UpdatesSettings { url, dismissed: _ },
        warnings: _,
    } = settings.clone();
    let WindowSettings { theme, text_percent: _, full_screen: _, kiosk: _, may_sleep, size: _, maximized: _ } = window;
    let CounterSettings { press_twice_from, volume_percent, flash } = counter;
    let PrivacySettings { mask_codes, mask_owners, pin } = privacy;
    Settings {
        account,
        till: TillNames::default(),
        custom_cards,
        language,
        camera: None,
        counter: CounterSettings { press_twice_from, volume_percent, flash },
        window: WindowSettings { theme, may_sleep, ..WindowSettings::default() },
        keys,
        customer: CustomerSettings { shop, ..CustomerSettings::default() },
        scanner: ScannerSettings { prefix, suffix, ..ScannerSettings::default() },
        printer: PrinterSettings { heading, slips, ..PrinterSettings::default() },
        picture: PictureSettings::default(),
        privacy: PrivacySettings { mask_codes, mask_owners, pin },
        updates: UpdatesSettings { url, dismissed: None },
        warnings: Vec::new(),
    }
}
