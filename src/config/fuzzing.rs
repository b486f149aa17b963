//! What holds for whatever text stands in the settings file, and for every change that the window can make to it.

use std::path::Path;

use super::{
    AFFIX_CHARS_MAX, Account, BAUD_DEFAULT, BAUD_RANGE, BaseUrl, CUSTOM_CARDS_MAX, Command, Credentials, Error, Key,
    LANGUAGES, NAME_CHARS_MAX, SecretPlace, Settings, TEXT_CHARS_MAX,
};
use crate::code::CardId;
use crate::fuzzing::Input;
use crate::plain;

/// A settings file, then a change to it.
pub fn settings(data: &[u8]) {
    let mut input = Input::new(data);
    let (change, name, camera) = (input.byte(), input.text(), input.text());
    let Ok(text) = std::str::from_utf8(input.rest()) else { return };
    let file = Path::new(if cfg!(windows) { r"C:\folder\settings.toml" } else { "/folder/settings.toml" });
    let settings = match Settings::read(file, text) {
        Ok(settings) => settings,
        Err(error) => return assert_error(&error, text),
    };
    assert_fit(&settings);

    let mut changed = settings.clone();
    // As what is typed into the window comes to the settings.
    let fit = |text: &str, chars_max| !text.is_empty() && plain::line(text, chars_max) == text;
    if change & 1 != 0 && fit(&name, NAME_CHARS_MAX) {
        changed.till.name.clone_from(&name);
        changed.till.cashier = name;
    }
    if change & 2 != 0 && fit(&camera, TEXT_CHARS_MAX) {
        changed.camera = Some(camera);
    }
    if change & 4 != 0 {
        changed.language = if changed.language.is_some() { None } else { Some(LANGUAGES[0].to_owned()) };
    }
    if change & 4 != 0 && fit(&changed.till.name, AFFIX_CHARS_MAX) {
        changed.scanner.suffix.clone_from(&changed.till.name);
        changed.scanner.baud = changed.scanner.baud.is_none().then_some(BAUD_DEFAULT);
        changed.picture.mirrored = !changed.picture.mirrored;
    }
    if change & 8 != 0 {
        let new = CardId::parse("pNew").ok();
        changed.custom_cards = if changed.custom_cards.is_empty() { new.into_iter().collect() } else { Vec::new() };
    }
    match change >> 4 {
        1 => changed.account = None,
        2 => {
            changed.account =
                Some(account(Credentials::AppSecret { appid: "wx1".to_owned(), secret: SecretPlace::KeyStore }))
        }
        3 => {
            let url = "https://tokens.example/?key=1#\"".to_owned();
            let bearer = SecretPlace::File(file.with_file_name("bearer \"secret\""));
            changed.account = Some(account(Credentials::TokenService { url, bearer }));
        }
        _ => {}
    }

    let saved = changed.merged_into(file, text).unwrap_or_default();
    if changed == settings {
        return assert_eq!(saved, text, "saving what was read changes nothing");
    }
    let read = Settings::read(file, &saved);
    assert!(read.is_ok(), "what was saved cannot be read again: {read:?}\n{saved}");
    let Ok(read) = read else { return };
    assert_eq!(
        Settings { warnings: Vec::new(), ..read.clone() },
        Settings { warnings: Vec::new(), ..changed.clone() },
        "{saved}"
    );
    let gone: Vec<_> = unknown(&settings).into_iter().filter(|key| !unknown(&read).contains(key)).collect();
    let in_account_that_changed = |key: &String| changed.account != settings.account && key.starts_with("account.");
    assert!(gone.iter().all(in_account_that_changed), "settings of another version were lost: {gone:?}");
}

/// The keys that this version does not know.
fn unknown(settings: &Settings) -> Vec<String> {
    let unknown = settings.warnings.iter().filter(|warning| warning.problem.starts_with("is not a setting"));
    unknown.map(|warning| warning.key.clone()).collect()
}

/// An error is a sentence with a line that is there.
fn assert_error(error: &Error, text: &str) {
    let lines = 1 + text.matches('\n').count();
    let line = match error {
        Error::NotToml { line, .. } => Some(*line),
        Error::Senseless(finding) => finding.line,
        other => unreachable!("reading a text opens no file: {other}"),
    };
    assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "line {line:?} of {lines}");
    assert!(!error.to_string().contains('\n'), "{error}");
}

fn assert_fit(settings: &Settings) {
    let fit = |text: &str, chars_max| !text.chars().any(char::is_control) && text.chars().count() <= chars_max;
    assert!(!settings.till.name.is_empty() && fit(&settings.till.name, NAME_CHARS_MAX));
    assert!(fit(&settings.till.cashier, NAME_CHARS_MAX));
    assert!(fit(&settings.printer.heading, NAME_CHARS_MAX));
    if let Some(place) = &settings.printer.place {
        assert_eq!(place.to_string().parse(), Ok(place.clone()), "it is read as it is written");
    }
    assert!(settings.custom_cards.len() <= CUSTOM_CARDS_MAX);
    assert!(settings.camera.as_ref().is_none_or(|camera| fit(camera, TEXT_CHARS_MAX)));
    assert!(settings.language.as_ref().is_none_or(|language| LANGUAGES.contains(&language.as_str())));
    assert!(fit(&settings.scanner.prefix, AFFIX_CHARS_MAX) && fit(&settings.scanner.suffix, AFFIX_CHARS_MAX));
    for command in Command::ALL {
        let key = settings.keys.of(command);
        assert_eq!(settings.keys.command(key), Some(command), "one key each");
        assert!(key != Key::ESCAPE || command == Command::Clear);
    }
    assert!(settings.scanner.baud.is_none_or(|baud| BAUD_RANGE.contains(&baud)));
    if let Some(url) = &settings.updates.url {
        assert!(fit(url, TEXT_CHARS_MAX) && BaseUrl::parse(url).is_ok(), "{url}");
    }
    if let Some(Account { base_url, credentials }) = &settings.account {
        let mut addresses = vec![base_url];
        if let Credentials::TokenService { url, .. } = credentials {
            addresses.push(url);
        }
        for address in addresses {
            let scheme = address.split(':').next().unwrap_or_default().to_ascii_lowercase();
            assert!(fit(address, TEXT_CHARS_MAX) && matches!(scheme.as_str(), "https" | "http"), "{address}");
        }
    }
}

fn account(credentials: Credentials) -> Account {
    Account { base_url: super::BASE_URL_DEFAULT.to_owned(), credentials }
}
