//! What holds for whatever is scanned in place of a set-up code, and for whatever was sealed in one.

use std::path::Path;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Cost, Handover, NotOpened, SET_UP_MARK, Sealed, VERSION, pack, seal_at, unpack};
use crate::code::{self, Refusal};
use crate::config::{CUSTOM_CARDS_MAX, LANGUAGES, NAME_CHARS_MAX, Settings};
use crate::fuzzing::Input;
use crate::plain;

/// As cheap as Argon2 is: here the shapes are looked at, not the seal's strength.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };

/// A text that was scanned; the bytes of a code with its check put right; a file that IT wrote; and what somebody with the PIN has sealed.
pub fn set_ups(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 4 {
        0 => scanned(&String::from_utf8_lossy(input.rest())),
        1 => {
            let mut bytes = vec![VERSION];
            bytes.extend(input.rest());
            bytes.extend(super::check_of(&bytes));
            scanned(&format!("{SET_UP_MARK}{}", super::BASE32_NOPAD.encode(&bytes)));
        }
        2 => {
            let Ok(text) = std::str::from_utf8(input.rest()) else { return };
            if let Ok(handover) = Handover::read(Path::new("fleet.toml"), text) {
                assert_taken_over(&handover);
            }
        }
        _ => {
            // Sealed content is mostly a deflated text, which a fuzzer finds in no time worth waiting for: so it is packed here.
            let packed = match input.byte() % 2 {
                0 => input.rest().to_vec(),
                _ => {
                    let (secret, toml) = (input.text(), String::from_utf8_lossy(input.rest()).into_owned());
                    packed_text(&format!("{secret}\n{toml}"))
                }
            };
            match unpack(&packed, Timestamp::UNIX_EPOCH) {
                Ok(handover) => {
                    assert!(handover.secret().is_none_or(|secret| {
                        let secret = secret.expose_secret();
                        !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_graphic())
                    }));
                    assert_taken_over(&handover);
                    assert_survives(&handover);
                }
                Err(why) => assert!(matches!(why, NotOpened::Senseless | NotOpened::Expired), "{why:?}"),
            }
        }
    }
}

/// What [`pack`] makes of a text, without an expiry.
fn packed_text(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = vec![0; super::EXPIRY_BYTES];
    let mut encoder = super::DeflateEncoder::new(&mut packed, super::Compression::fast());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish().map(drop));
    assert!(written.is_ok(), "memory takes all that is written");
    packed
}

fn scanned(text: &str) {
    match Sealed::parse(text) {
        Ok(sealed) => {
            assert_eq!(Sealed::parse(&sealed.text()).as_ref(), Ok(&sealed), "a code is its own reading");
            assert_eq!(Sealed::parse(&sealed.lines()).as_ref(), Ok(&sealed), "also in lines");
            assert_eq!(Sealed::parse(&sealed.text().to_lowercase()).as_ref(), Ok(&sealed), "also with Caps Lock");
            assert_eq!(code::read(&sealed.text()), Err(Refusal::SetUp), "the counter knows it for what it is");
            let opened = sealed.open_at(&SecretString::from("40963245"), Timestamp::UNIX_EPOCH, CHEAP);
            assert_eq!(opened.map(drop), Err(NotOpened::WrongPassphrase), "a seal was forged");
        }
        Err(why) => assert!(matches!(why, NotOpened::NotOne | NotOpened::Newer | NotOpened::Damaged), "{why:?}"),
    }
}

/// What was taken over can be saved, changes nothing that is this till's own, and nothing more when it is taken over again.
fn assert_taken_over(handover: &Handover) {
    let mut own = Settings::default();
    own.till.name = "till 7".to_owned();
    own.till.cashier = "Li".to_owned();
    own.camera = Some("USB camera".to_owned());
    own.scanner.port = Some("COM3".to_owned());
    let mut settings = own.clone();
    handover.take_over(&mut settings);
    assert_eq!((&settings.till, &settings.camera, &settings.picture), (&own.till, &own.camera, &own.picture));
    assert_eq!(settings.scanner.port, own.scanner.port);
    assert_eq!(settings.account.as_ref(), handover.account());
    assert!(settings.custom_cards.len() <= CUSTOM_CARDS_MAX);
    assert!(settings.language.as_ref().is_none_or(|language| LANGUAGES.contains(&language.as_str())));
    assert_eq!(plain::line(&settings.till.name, NAME_CHARS_MAX), settings.till.name);
    let once = settings.clone();
    handover.take_over(&mut settings);
    assert_eq!(settings, once, "taking over twice is taking over once");
    let text = settings.merged_into(Path::new("settings.toml"), "").unwrap_or_default();
    let read = Settings::read(Path::new("settings.toml"), &text);
    assert!(read.is_ok(), "what was taken over cannot be saved: {read:?}\n{text}");
}

/// What can be opened can be handed on as it is.
fn assert_survives(handover: &Handover) {
    let Ok(packed) = pack(handover, None) else { return };
    let again = unpack(&packed, Timestamp::UNIX_EPOCH);
    assert!(again.is_ok(), "what was opened cannot be handed on: {again:?}");
    let Ok(again) = again else { return };
    assert_eq!(again.to_toml().ok(), handover.to_toml().ok());
    let secret = |handover: &Handover| handover.secret().map(|secret| secret.expose_secret().to_owned());
    assert!(secret(&again) == secret(handover), "the secret is another");
    let passphrase = SecretString::from("40963245");
    let Ok(sealed) = seal_at(handover, &passphrase, None, CHEAP) else { return };
    let opened = sealed.open_at(&passphrase, Timestamp::UNIX_EPOCH, CHEAP);
    assert_eq!(opened.ok().and_then(|opened| opened.to_toml().ok()), handover.to_toml().ok());
}
