//! `doctor`: is everything here that a till needs? One line a check, with a verdict and what to do.

use std::io;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;

use super::Surroundings;
use super::error::Error;
use super::exit::Exit;
use super::output;
use crate::config::{self, Account, Credentials, PrinterSettings, ScannerSettings, SecretPlace, Settings};
use crate::coupon::rfc3339_beijing;
use crate::ledger::{self, Finding, Grade, Ledger};
use crate::platform::codes::lookup;
use crate::platform::releases::ReleaseSource;
use crate::printer::{Hand, Sent};
use crate::scan::{self, SerialPort, Wrapping};
use crate::till::client_for;
use crate::trouble::{Trouble, chain};
use crate::ui::sentence;
use crate::ui::text::{Language, Text};
use crate::updates;

/// A till's clock this far off is worth mending. Verdicts go by the platform's clock, but the ledger is dated by the till's.
const CLOCK_OFF: SignedDuration = SignedDuration::from_secs(30);

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// It works, and could be better.
    Warn,
    Fail,
}

/// One check; a line of `doctor --json`.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    verdict: Verdict,
    finding: String,
    /// What to do; `None` where all is well.
    advice: Option<String>,
    /// Whether it failed because the platform was not reached.
    #[serde(skip)]
    unreachable: bool,
    /// `clock`: by how many seconds this computer's is ahead of the platform's; negative: behind. Left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_ahead: Option<i64>,
}

impl Check {
    fn ok(check: &'static str, finding: impl Into<String>) -> Self {
        let finding = finding.into();
        Self { check, verdict: Verdict::Ok, finding, advice: None, unreachable: false, seconds_ahead: None }
    }

    fn warn(check: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warn, advice: Some(advice.into()), ..Self::ok(check, finding) }
    }

    fn fail(check: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, advice: Some(advice.into()), ..Self::ok(check, finding) }
    }
}

/// Runs the checks, each printed as soon as it is done: some take seconds.
///
/// # Errors
/// Where the output cannot be written.
pub async fn run(around: &Surroundings) -> Result<Exit, Error> {
    let mut report = Report { json: around.json, failed: 0, unreachable: 0 };
    let settings = Settings::load(&around.places);
    report.tell(settings_file(around, &settings))?;
    for warning in settings.iter().flat_map(|settings| &settings.warnings) {
        report.tell(Check::warn("settings", warning.to_string(), "correct or remove it"))?;
    }
    report.tell(data_folder(around))?;
    match settings.as_ref().map(|settings| (settings, settings.account.as_ref())) {
        Ok((settings, Some(account))) => account_checks(around, settings, account, &mut report).await?,
        Ok((_, None)) => {
            report.tell(Check::ok("key store", "not needed: this till is for practice"))?;
            report.tell(Check::ok("token", "not needed: this till is for practice"))?;
        }
        Err(_) => {} // nothing can be said about an account that cannot be read
    }
    report.tell(cameras())?;
    if let Some(check) = settings.as_ref().ok().and_then(|settings| scanner_port(&settings.scanner)) {
        report.tell(check)?;
    }
    if let Some(check) = settings.as_ref().ok().and_then(|settings| printer(&settings.printer)) {
        report.tell(check)?;
    }
    let updates = settings.as_ref().ok().and_then(|settings| settings.updates.url.as_deref());
    if let Some(url) = updates {
        report.tell(newer_versions(url).await)?;
    }
    let practice = settings.as_ref().is_ok_and(|settings| settings.account.is_none());
    report.tell(ledger(around, practice))?;
    Ok(report.exit())
}

struct Report {
    json: bool,
    failed: usize,
    unreachable: usize,
}

impl Report {
    fn tell(&mut self, check: Check) -> Result<(), Error> {
        if check.verdict == Verdict::Fail {
            self.failed += 1;
            self.unreachable += usize::from(check.unreachable);
        }
        if self.json {
            return output::json(&check);
        }
        let verdict = match check.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "WARN",
            Verdict::Fail => "FAIL",
        };
        output::line(&format!("{verdict:<5} {:<12} {}", check.check, output::printable(&check.finding)))?;
        match check.advice {
            Some(advice) => output::line(&format!("{:<18} → {}", "", output::printable(&advice))),
            None => Ok(()),
        }
    }

    fn exit(&self) -> Exit {
        match self.failed {
            0 => Exit::Done,
            failed if failed == self.unreachable => Exit::Unreachable,
            _ => Exit::Usage,
        }
    }
}

fn settings_file(around: &Surroundings, settings: &Result<Settings, config::Error>) -> Check {
    let file = around.places.settings_file.display();
    match settings {
        Err(error) => Check::fail("settings", chain(error), "correct the file; nothing works until then"),
        Ok(Settings { account: Some(Account { base_url, credentials }), till, .. }) => {
            let who = match credentials {
                Credentials::AppSecret { appid, .. } => appid.clone(),
                Credentials::TokenService { url, .. } => format!("a token service at {}", config::host_of(url)),
            };
            Check::ok("settings", format!("{file}: {who}, the platform at {base_url}, till {}", till.name))
        }
        Ok(Settings { account: None, .. }) => Check::warn(
            "settings",
            format!("{file} names no account: this till is for practice"),
            "open the window and choose Connect an account, or write an [account] section",
        ),
    }
}

fn data_folder(around: &Surroundings) -> Check {
    let folder = &around.places.data_folder;
    let tried = around.places.make_data_folder().map_err(|error| chain(&error)).and_then(|()| {
        tempfile::Builder::new()
            .prefix(".hexiao-doctor-")
            .tempfile_in(folder)
            .map_err(|error: io::Error| error.to_string())
    });
    match tried {
        Ok(_) => Check::ok("data folder", format!("{} can be written to", folder.display())),
        Err(why) => Check::fail(
            "data folder",
            format!("{} cannot be written to: {why}", folder.display()),
            "give this user the folder, free some disk space, or name another with --data",
        ),
    }
}

async fn account_checks(
    around: &Surroundings,
    settings: &Settings,
    account: &Account,
    report: &mut Report,
) -> Result<(), Error> {
    let secret = match config::account_secret(account, &around.places) {
        Err(error) => {
            let advice =
                "open the window and connect the account again, or put the secret into a file named by secret_file";
            return report.tell(Check::fail("key store", chain(&error), advice));
        }
        Ok(secret) => secret,
    };
    report.tell(Check::ok("key store", where_found(account, secret.as_ref())))?;
    let client = match client_for(account, secret, &settings.custom_cards) {
        Err(error) => return report.tell(Check::fail("token", chain(&error), "correct the [account] section")),
        Ok(client) => client,
    };
    match client.check_account().await {
        Err(error) => {
            let trouble = error.trouble();
            let unreachable = Exit::after(&trouble) == Exit::Unreachable;
            let advice = match &trouble {
                Trouble::Refused { errcode, .. } => match lookup(*errcode) {
                    Some(row) => {
                        format!("{}; mend it in the [account] section or on the platform's own pages", row.meaning)
                    }
                    None => "look this error code up on the platform's own pages".to_owned(),
                },
                _ if unreachable => {
                    let address = match &account.credentials {
                        Credentials::AppSecret { .. } => "base_url",
                        Credentials::TokenService { .. } => "the token service and its url",
                    };
                    format!("check the network and {address}; where a firewall stands, it must let https through")
                }
                _ => "check the [account] section and the secret".to_owned(),
            };
            report.tell(Check { unreachable, ..Check::fail("token", error.chain(), advice) })
        }
        Ok(answer) => {
            report.tell(Check::ok("token", "an access token was given"))?;
            match answer.date {
                Some(date) => report.tell(clock(date, Timestamp::now())),
                None => {
                    report.tell(Check::ok("clock", "the token service does not tell the platform's time; a query will"))
                }
            }
        }
    }
}

fn where_found(account: &Account, secret: Option<&SecretString>) -> String {
    let (what, place) = match &account.credentials {
        Credentials::AppSecret { secret, .. } => ("the AppSecret", secret),
        Credentials::TokenService { bearer, .. } => ("the bearer secret", bearer),
    };
    match (secret, place) {
        (None, _) => "no bearer secret is kept, so none is sent".to_owned(),
        (Some(_), SecretPlace::File(file)) => format!("{what} was read from {}", file.display()),
        (Some(_), SecretPlace::KeyStore) => format!("{what} was found in the system's key store or its stand-in"),
    }
}

fn clock(platform: Timestamp, here: Timestamp) -> Check {
    let ahead = here.duration_since(platform);
    let seconds = ahead.as_secs();
    let side = if seconds < 0 { "behind" } else { "ahead of" };
    let finding =
        format!("{} s {side} the platform's, which says {}", seconds.unsigned_abs(), rfc3339_beijing(platform));
    let check = if ahead.abs() < CLOCK_OFF {
        Check::ok("clock", finding)
    } else {
        let advice = "set this computer's clock, best by itself over the network: the ledger is dated by it";
        Check::warn("clock", finding, advice)
    };
    Check { seconds_ahead: Some(seconds), ..check }
}

fn cameras() -> Check {
    match scan::cameras() {
        Ok(cameras) if cameras.is_empty() => {
            Check::warn("cameras", "none is connected", "a hand scanner, pictures and typing work without one")
        }
        Ok(cameras) => {
            let names: Vec<_> = cameras.iter().map(|camera| format!("{} ({})", camera.name, camera.index)).collect();
            Check::ok("cameras", names.join(", "))
        }
        Err(error) => {
            Check::warn("cameras", chain(&error), sentence::camera_error(&Text::new(Language::English), &error))
        }
    }
}

/// The serial port of a scanner; `None` where the settings name none.
fn scanner_port(settings: &ScannerSettings) -> Option<Check> {
    let name = settings.port.clone()?;
    let baud = settings.baud.unwrap_or(config::BAUD_DEFAULT);
    let port = SerialPort { name, baud, wrapping: Wrapping::default() };
    Some(match scan::try_port(&port) {
        Ok(()) => Check::ok("scanner", format!("the serial port {} can be opened, at {baud} bits a second", port.name)),
        Err(error) => {
            Check::warn("scanner", chain(&error), sentence::serial_error(&Text::new(Language::English), &error))
        }
    })
}

/// The receipt printer; `None` where the settings name none. Nothing is printed.
fn printer(settings: &PrinterSettings) -> Option<Check> {
    let place = settings.place.as_ref()?;
    Some(match Hand::default().look(place) {
        Ok(Sent::Printed) => Check::ok("printer", format!("the receipt printer at {place} has paper and no trouble")),
        Ok(Sent::Taken) => Check::ok(
            "printer",
            format!("the receipt printer at {place} is there; it does not say whether it has paper"),
        ),
        Err(error) => {
            let advice = sentence::print_error(&Text::new(Language::English), &error);
            Check::warn("printer", format!("{place}: {error}"), advice)
        }
    })
}

/// The address that is asked for newer versions: asked once, and told by its host alone.
async fn newer_versions(url: &str) -> Check {
    const ADVICE: &str = "see that [updates] url is right and the network works; the till does without it";
    let host = config::host_of(url);
    let source = match ReleaseSource::new(url) {
        Ok(source) => source,
        Err(refusal) => return Check::warn("updates", format!("{host} is not asked: {refusal}"), ADVICE),
    };
    match updates::ask_once(&source).await {
        Ok(None) => Check::ok("updates", format!("{host} names no version newer than {}", updates::present())),
        Ok(Some(release)) => Check::warn(
            "updates",
            format!("{host} names version {}; this is {}", release.version, updates::present()),
            "install it after closing time; what was written off stays where it is",
        ),
        Err(why) => Check::warn("updates", format!("{host} gave no answer: {}", chain(&why)), ADVICE),
    }
}

fn ledger(around: &Surroundings, practice: bool) -> Check {
    let file = around.places.ledger_file_in(practice);
    let name = file.display();
    let looked = Ledger::open_to_read(&file).and_then(|ledger| {
        let Some(mut ledger) = ledger else { return Ok(None) };
        if practice {
            ledger.deal_anew()?;
        }
        ledger.check(Timestamp::now(), |_, _| ()).map(Some)
    });
    let checked = match looked {
        Err(error) => return Check::fail("ledger", chain(&error), ledger_advice(&error)),
        Ok(None) => return Check::ok("ledger", format!("{name} is made with the first write-off")),
        Ok(Some(checked)) => checked,
    };
    let first = checked.findings.iter().find(|finding| finding.grade == Grade::Fault);
    match (first, checked.write_offs, checked.unsettled) {
        (Some(Finding { id, sentence, .. }), ..) => {
            let row = id.map(|id| format!("write-off {id}: ")).unwrap_or_default();
            let why = "is damaged, or something else has written into it";
            Check::fail("ledger", format!("{name} {why}: {row}{sentence}"), DAMAGED_LEDGER)
        }
        (None, rows, 0) => Check::ok("ledger", format!("{name} is sound: {rows} write-offs, all settled")),
        (None, rows, unsettled) => Check::warn(
            "ledger",
            format!("{name} is sound: {rows} write-offs, {unsettled} not settled"),
            "run `hexiao settle`, or open the window, which settles by itself",
        ),
    }
}

const DAMAGED_LEDGER: &str = "run `hexiao ledger check` to see what is damaged, then `hexiao ledger restore FILE` with a backup, which keeps the old one; or let the window set it aside and begin anew";

/// What helps where the ledger cannot be read.
fn ledger_advice(error: &ledger::Error) -> &'static str {
    match error {
        ledger::Error::Damaged { .. } => DAMAGED_LEDGER,
        ledger::Error::Newer { .. } => "start the newer version of hexiao that has written it",
        _ => {
            "make the file readable and writable, see that its disk has room and nothing else holds it, then run `hexiao ledger check`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_told_by_how_far_and_to_which_side_it_is_off() {
        let platform: Timestamp = "2026-11-24T02:00:00Z".parse().expect("a time");
        let at = |seconds| clock(platform, platform + SignedDuration::from_secs(seconds));
        assert_eq!((at(-29).verdict, at(-29).seconds_ahead), (Verdict::Ok, Some(-29)));
        assert!(at(-29).finding.starts_with("29 s behind the platform's"), "{}", at(-29).finding);
        assert_eq!((at(7200).verdict, at(7200).seconds_ahead), (Verdict::Warn, Some(7200)));
        assert_eq!(at(30).finding, "30 s ahead of the platform's, which says 2026-11-24T10:00:00+08:00");
        assert_eq!(at(-7200).finding, "7200 s behind the platform's, which says 2026-11-24T10:00:00+08:00");
    }

    #[test]
    fn a_scanners_port_is_looked_at_where_the_settings_name_one() {
        assert!(scanner_port(&ScannerSettings::default()).is_none());
        let name = std::env::temp_dir().join("hexiao-no-such-port").display().to_string();
        let missing = ScannerSettings { port: Some(name.clone()), ..ScannerSettings::default() };
        let check = scanner_port(&missing).expect("looked at");
        assert_eq!((check.verdict, check.finding), (Verdict::Warn, format!("the serial port {name} is not there")));
    }

    #[test]
    fn a_printer_is_looked_for_where_the_settings_name_one() {
        assert!(printer(&PrinterSettings::default()).is_none());
        let device = std::env::temp_dir().join("hexiao-no-such-printer");
        let place = Some(crate::printer::Place::Device(device.clone()));
        let check = printer(&PrinterSettings { place, ..PrinterSettings::default() }).expect("looked for");
        let device = device.display();
        assert_eq!(
            (check.verdict, check.finding),
            (Verdict::Warn, format!("{device}: there is no printer at {device}"))
        );
    }

    #[test]
    fn a_damaged_ledger_is_to_be_restored_and_one_out_of_reach_is_not() {
        let (path, source) = (std::path::PathBuf::from("ledger.db"), "why");
        let damaged = ledger::Error::Damaged { path: path.clone(), source: source.into() };
        let unreachable = ledger::Error::Unreachable { path, source: source.into() };
        assert!(ledger_advice(&damaged).contains("hexiao ledger restore"));
        assert!(!ledger_advice(&unreachable).contains("restore"));
        assert!(ledger_advice(&unreachable).contains("hexiao ledger check"));
    }

    #[test]
    fn only_failures_count_and_being_unreachable_has_a_status_of_its_own() {
        let exit = |failed, unreachable| Report { json: true, failed, unreachable }.exit();
        assert_eq!((exit(0, 0), exit(1, 1), exit(2, 1)), (Exit::Done, Exit::Unreachable, Exit::Usage));
    }
}
