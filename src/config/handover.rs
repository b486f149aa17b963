//! What one till gives to the next, so that a shop's second till is set up without typing: packed, sealed under a PIN or a passphrase, and
//! written in letters that a QR code, a hand scanner and a file carry alike.
//!
//! ```text
//! carried.rs    which of the settings another till needs, and how they are taken over
//! mod (here)    sealing and opening
//! ```
//!
//! A set-up code is [`code::SET_UP_MARK`] and then base32 of
//!
//! ```text
//! version 1 byte · salt 16 bytes · sealed { expiry 8 bytes · deflated { secret, line end, TOML } } · its tag 16 bytes · check 4 bytes
//! ```
//!
//! * Base32 has capital letters and a few digits: QR codes pack these tightly (their alphanumeric mode), and a scanner that types sends them right
//!   whatever Caps Lock says, as case means nothing.
//! * The seal is ChaCha20-Poly1305 by `ring`, which TLS brings into the program anyway; its key and nonce are both drawn from PIN and salt by
//!   Argon2id, so neither is ever used twice. `age` does the same with more: a header of 150 bytes, which a QR code feels, and forty crates.
//! * The check – the beginning of a SHA-256 of all before it – tells a code that was misread from a PIN that was mistyped. It says nothing of the PIN.
//!
//! # What it protects against
//! The PIN stands beside the code and never in it, so a photograph of the code alone, a camera that records it, or a scanner that keeps what it
//! reads, does not give the secret away at once. But eight digits are a hundred million PINs, and who has the picture can try them all without
//! asking anybody: [`COST`] makes each try dear – about a second of a till, 128 MiB at a time – so that it takes a good graphics card days rather
//! than seconds. It does not make it impossible. So the picture must not be kept or sent anywhere, and [`VALID_FOR`] is over soon: that is
//! kept by honest tills alone, and is there so that a code that was printed or left in a chat sets nobody's till up a month later. What travels as
//! a file has no hurry, so its passphrase has to be longer ([`PASSPHRASE_CHARS_MIN`]).

mod carried;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use data_encoding::BASE32_NOPAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

pub use carried::Handover;

use super::places::write_private;
use super::{Error, SETTINGS_BYTES_MAX, read_small};
use crate::code::{self, SET_UP_MARK};
use crate::private;

/// How many digits the PIN beside a code has.
pub const PIN_DIGITS: usize = 8;
/// How long a code that is shown can be taken over.
pub const VALID_FOR: Duration = Duration::from_secs(10 * 60);
/// Fewest characters of a passphrase for a file, which somebody may try to open for years.
pub const PASSPHRASE_CHARS_MIN: usize = 12;
/// Most characters of a code that is shown: what a QR code of 97 modules holds beside what mends a sixth of it (version 20, level M). A camera of
/// 1280 × 720 reads that from a screen at arm's length.
pub const SHOWN_CHARS_MAX: usize = 970;

/// The version that this program writes, and the newest that it reads.
const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const CHECK_BYTES: usize = 4;
const EXPIRY_BYTES: usize = 8;
/// Longest code that is looked at, in characters: a file of fifty cards and a long token has a tenth of it.
const TEXT_CHARS_MAX: usize = 64 << 10;
/// Most that is unpacked.
const UNPACKED_BYTES_MAX: u64 = 64 << 10;
/// Letters of a line in a file.
const LINE_CHARS: usize = 76;

/// What one try of a PIN costs.
#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
}

/// The cost of version 1, which is for good: another cost is another version. A gigabyte is written in all, which takes a till about a second; the
/// 128 MiB are what a till of 2 GiB can spare for that long.
const COST: Cost = Cost { memory_kib: 128 << 10, passes: 8 };

/// Why settings cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// This system gives no random numbers.
    #[error("this system gives no random numbers, so nothing can be encrypted")]
    NoRandom,
    /// There is not as much memory as encrypting takes.
    #[error("there is not enough free memory for this ({} MiB); close other programs and try again", COST.memory_kib >> 10)]
    NoMemory,
    /// More than can be packed, or nothing that could be.
    #[error("the settings are too much to be handed over; shorten the list of cards")]
    TooMuch,
}

/// Why a text, a PIN or both give no settings. Each has its own sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It is no set-up code at all.
    #[error("this is no set-up code of hexiao")]
    NotOne,
    /// Some of it is missing or was misread.
    #[error("the set-up code is damaged: scan it again, or have it made anew")]
    Damaged,
    /// A newer version of the program made it.
    #[error("the set-up code was made by a newer version of hexiao: update this one first")]
    Newer,
    /// The PIN or passphrase is another one's.
    #[error("this is not the PIN or passphrase of this set-up code")]
    WrongPassphrase,
    /// Its time is over, by this computer's clock.
    #[error("the set-up code is no longer valid: have it made anew, and see that this computer's clock is right")]
    Expired,
    /// What is in it makes no sense to this version.
    #[error("the set-up code holds settings that this version cannot use: update hexiao on both tills")]
    Senseless,
    /// There is not as much memory as opening takes.
    #[error("there is not enough free memory for this ({} MiB); close other programs and try again", COST.memory_kib >> 10)]
    NoMemory,
}

/// Settings on their way, sealed. Nothing in it can be read without the PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    salt: [u8; SALT_BYTES],
    /// With its tag.
    content: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// A new PIN: [`PIN_DIGITS`] digits, each as likely as any other.
///
/// # Errors
/// [`NotSealed::NoRandom`].
pub fn new_pin() -> Result<SecretString, NotSealed> {
    const PINS: u32 = 10_u32.pow(PIN_DIGITS as u32);
    // Numbers above the last whole hundred million would make small PINs likelier.
    const FAIR: u32 = u32::MAX - u32::MAX % PINS;
    loop {
        let mut bytes = [0; 4];
        SystemRandom::new().fill(&mut bytes).map_err(|_| NotSealed::NoRandom)?;
        let number = u32::from_ne_bytes(bytes);
        if number < FAIR {
            return Ok(SecretString::from(format!("{:0width$}", number % PINS, width = PIN_DIGITS)));
        }
    }
}

/// Seals `handover` under a PIN or passphrase; `expires` is when it can no longer be taken over, if ever. Takes about a second, on purpose.
///
/// # Errors
/// [`NotSealed`].
pub fn seal(handover: &Handover, passphrase: &SecretString, expires: Option<Timestamp>) -> Result<Sealed, NotSealed> {
    seal_at(handover, passphrase, expires, COST)
}

fn seal_at(
    handover: &Handover,
    passphrase: &SecretString,
    expires: Option<Timestamp>,
    cost: Cost,
) -> Result<Sealed, NotSealed> {
    let mut salt = [0; SALT_BYTES];
    SystemRandom::new().fill(&mut salt).map_err(|_| NotSealed::NoRandom)?;
    let mut content = pack(handover, expires)?;
    let (key, nonce) = key_and_nonce(passphrase, &salt, cost).ok_or(NotSealed::NoMemory)?;
    key.seal_in_place_append_tag(nonce, Aad::from([VERSION]), &mut *content).map_err(|_| NotSealed::TooMuch)?;
    Ok(Sealed { salt, content: std::mem::take(&mut *content) })
}

impl Sealed {
    /// Takes a set-up code, as it was scanned or stands in a file: in capitals or not, in lines or not, with whatever a scanner puts around it.
    ///
    /// # Errors
    /// [`NotOpened::NotOne`], [`NotOpened::Newer`], [`NotOpened::Damaged`].
    pub fn parse(text: &str) -> Result<Self, NotOpened> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).take(TEXT_CHARS_MAX + 1).collect();
        let letters = code::after_set_up_mark(&text).ok_or(NotOpened::NotOne)?;
        if letters.len() > TEXT_CHARS_MAX {
            return Err(NotOpened::Damaged);
        }
        // What a scanner puts after each code is no letter of it where it is a sign.
        let letters: String = letters.chars().map(|letter| letter.to_ascii_uppercase()).collect();
        let letters = letters.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let bytes = BASE32_NOPAD.decode(letters.as_bytes()).map_err(|_| NotOpened::Damaged)?;
        match bytes.first() {
            Some(&VERSION) => {}
            Some(version) if *version > VERSION => return Err(NotOpened::Newer),
            _ => return Err(NotOpened::Damaged),
        }
        let (before, check) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(NotOpened::Damaged)?;
        if check_of(before) != *check {
            return Err(NotOpened::Damaged);
        }
        let (salt, content) = before[1..].split_first_chunk::<SALT_BYTES>().ok_or(NotOpened::Damaged)?;
        if content.len() < TAG_BYTES + EXPIRY_BYTES {
            return Err(NotOpened::Damaged);
        }
        Ok(Self { salt: *salt, content: content.to_vec() })
    }

    /// The code in one piece, as a QR code has it.
    pub fn text(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.salt);
        bytes.extend(&self.content);
        bytes.extend(check_of(&bytes));
        format!("{SET_UP_MARK}{}", BASE32_NOPAD.encode(&bytes))
    }

    /// The code in lines, as a file has it.
    pub fn lines(&self) -> String {
        let text = self.text(); // letters of one byte each
        let lines = text.as_bytes().chunks(LINE_CHARS).map(String::from_utf8_lossy);
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// Opens it, at `now` by this computer's clock. Takes about a second, on purpose.
    ///
    /// # Errors
    /// [`NotOpened::WrongPassphrase`], [`NotOpened::Expired`], [`NotOpened::Senseless`], [`NotOpened::NoMemory`].
    pub fn open(&self, passphrase: &SecretString, now: Timestamp) -> Result<Handover, NotOpened> {
        self.open_at(passphrase, now, COST)
    }

    fn open_at(&self, passphrase: &SecretString, now: Timestamp, cost: Cost) -> Result<Handover, NotOpened> {
        let (key, nonce) = key_and_nonce(passphrase, &self.salt, cost).ok_or(NotOpened::NoMemory)?;
        let mut content = Zeroizing::new(self.content.clone());
        let content =
            key.open_in_place(nonce, Aad::from([VERSION]), &mut content).map_err(|_| NotOpened::WrongPassphrase)?;
        unpack(content, now)
    }
}

/// What a file holds for another till.
#[derive(Debug)]
pub enum Written {
    /// A set-up code.
    Sealed(Sealed),
    /// Settings that anybody may read.
    Open(Box<Handover>),
}

/// Reads what [`write_file`] wrote, or settings in TOML.
///
/// # Errors
/// Those of [`Settings::load`](super::Settings::load), of a missing file too; and within, those of [`Sealed::parse`].
pub fn read_file(file: &Path) -> Result<Result<Written, NotOpened>, Error> {
    let text = read_small(file, SETTINGS_BYTES_MAX)?;
    if code::after_set_up_mark(text.trim_start()).is_some() {
        return Ok(Sealed::parse(&text).map(Written::Sealed));
    }
    Handover::read(file, &text).map(|handover| Ok(Written::Open(Box::new(handover))))
}

/// Writes `text` into a file that only its owner can open. Says whether it did: one that is there is written over only if `force` says so.
///
/// # Errors
/// [`Error::Write`].
pub fn write_file(file: &Path, text: &str, force: bool) -> Result<bool, Error> {
    if force {
        return write_private(file, text.as_bytes()).map(|()| true);
    }
    match private::write_new(file, text.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(source) => Err(Error::Write { path: file.to_owned(), source }),
    }
}

/// What is sealed.
fn pack(handover: &Handover, expires: Option<Timestamp>) -> Result<Zeroizing<Vec<u8>>, NotSealed> {
    let mut packed = Zeroizing::new(expires.map_or(0, Timestamp::as_second).to_be_bytes().to_vec());
    let mut text = Zeroizing::new(String::new());
    if let Some(secret) = handover.secret() {
        text.push_str(secret.expose_secret());
    }
    text.push('\n');
    text.push_str(&handover.to_toml().map_err(|_| NotSealed::TooMuch)?);
    if text.len() as u64 > UNPACKED_BYTES_MAX {
        return Err(NotSealed::TooMuch);
    }
    let mut encoder = DeflateEncoder::new(&mut *packed, Compression::best());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish().map(drop)).map_err(|_| NotSealed::TooMuch)?;
    Ok(packed)
}

/// The reverse of [`pack`], of whatever bytes.
fn unpack(packed: &[u8], now: Timestamp) -> Result<Handover, NotOpened> {
    let (expiry, deflated) = packed.split_first_chunk::<EXPIRY_BYTES>().ok_or(NotOpened::Senseless)?;
    let expiry = i64::from_be_bytes(*expiry);
    if expiry != 0 && now.as_second() >= expiry {
        return Err(NotOpened::Expired);
    }
    let mut text = Zeroizing::new(String::new());
    let read = DeflateDecoder::new(deflated).take(UNPACKED_BYTES_MAX + 1).read_to_string(&mut text);
    if read.map_or(true, |bytes| bytes as u64 > UNPACKED_BYTES_MAX) {
        return Err(NotOpened::Senseless);
    }
    let (secret, toml) = text.split_once('\n').ok_or(NotOpened::Senseless)?;
    let secret = (!secret.is_empty()).then(|| SecretString::from(secret));
    Handover::read_sealed(toml, secret).ok_or(NotOpened::Senseless)
}

fn check_of(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest(&SHA256, bytes).as_ref()[..CHECK_BYTES]);
    check
}

/// The key and the nonce that `passphrase` and `salt` come to; `None` without the memory for it.
fn key_and_nonce(passphrase: &SecretString, salt: &[u8; SALT_BYTES], cost: Cost) -> Option<(LessSafeKey, Nonce)> {
    let mut drawn = Zeroizing::new([0; KEY_BYTES + NONCE_LEN]);
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(drawn.len())).ok()?;
    let mut memory: Vec<Block> = Vec::new();
    memory.try_reserve_exact(params.block_count()).ok()?; // a till that has no room says so, and goes on
    memory.resize(params.block_count(), Block::new());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2
        .hash_password_into_with_memory(passphrase.expose_secret().as_bytes(), salt, &mut *drawn, &mut memory)
        .ok()?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &drawn[..KEY_BYTES]).ok()?;
    let nonce = Nonce::try_assume_unique_for_key(&drawn[KEY_BYTES..]).ok()?;
    Some((LessSafeKey::new(key), nonce))
}

#[cfg(test)]
mod tests;
