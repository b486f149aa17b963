//! The PIN before settings and history: what it may be, its hash, and how long one waits after a wrong try.
//!
//! It keeps cashiers and customers from what is the owner's, in the window. It does not keep out who can read the settings file: all PINs are
//! soon tried on a hash that is in one's hands, Argon2 or not.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};
use secrecy::{ExposeSecret as _, SecretString};

/// How many digits a PIN has.
pub const PIN_DIGITS: RangeInclusive<usize> = 4..=12;
/// Longest hash that is read, in characters.
pub const HASH_CHARS_MAX: usize = 256;
/// Most memory that a hash may cost, in KiB: more than the 19 MiB that ours do, and no more than a till can spare.
const MEMORY_KIB_MAX: u32 = 64 << 10;
/// Most passes over it.
const PASSES_MAX: u32 = 8;
/// The longest wait after wrong tries.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A PIN's hash, in the usual form of such hashes (`$argon2id$…`).
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash(String);

impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash(…)")
    }
}

/// It takes no hash: this system gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("this system gives no random numbers, so no PIN can be set")]
pub struct NoHash;

impl PinHash {
    /// The hash of `pin`; `None` where that is none: it must be digits, as many as [`PIN_DIGITS`] says. Takes a moment, on purpose.
    ///
    /// # Errors
    /// [`NoHash`].
    pub fn of(pin: &SecretString) -> Result<Option<Self>, NoHash> {
        let pin = pin.expose_secret();
        if !PIN_DIGITS.contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let hash: PasswordHash = Argon2::default().hash_password(pin.as_bytes()).map_err(|_| NoHash)?;
        Ok(Some(Self(hash.to_string())))
    }

    /// Takes a hash as the settings have it.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok().filter(|hash| hash.algorithm.as_str() == "argon2id")?;
        let costs = Params::try_from(&hash).ok()?;
        let affordable = costs.m_cost() <= MEMORY_KIB_MAX && costs.t_cost() <= PASSES_MAX;
        (affordable && text.len() <= HASH_CHARS_MAX).then(|| Self(text.to_owned()))
    }

    /// The hash as the settings have it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this PIN's. Takes a moment.
    pub fn is_of(&self, pin: &SecretString) -> bool {
        Argon2::default().verify_password(pin.expose_secret().as_bytes(), self.0.as_str()).is_ok()
    }
}

/// Wrong tries in a row, and how long nothing more is tried after them.
#[derive(Default)]
pub struct Patience {
    wrong: u32,
    until: Option<Instant>,
}

impl Patience {
    /// A try was looked at, at `now`.
    pub fn tried(&mut self, was_right: bool, now: Instant) {
        if was_right {
            *self = Self::default();
        } else {
            self.wrong = self.wrong.saturating_add(1);
            self.until = Some(now + wait_after(self.wrong));
        }
    }

    /// Whether the last try was wrong.
    pub fn was_wrong(&self) -> bool {
        self.wrong > 0
    }

    /// How long nothing is tried yet.
    pub fn wait(&self, now: Instant) -> Duration {
        self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }
}

/// How long nothing more is tried after `wrong` wrong tries in a row: twice as long with each, after the second.
fn wait_after(wrong: u32) -> Duration {
    match wrong {
        0 | 1 => Duration::ZERO,
        wrong => Duration::from_secs(1 << wrong.saturating_sub(2).min(16)).min(WAIT_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(digits: &str) -> SecretString {
        SecretString::from(digits)
    }

    #[test]
    fn a_pin_opens_its_own_hash_and_no_other_and_is_not_seen_in_it() {
        let hash = PinHash::of(&pin("4096")).expect("hashed").expect("a PIN");
        let read = PinHash::parse(hash.as_str()).expect("read again");
        assert!(read.is_of(&pin("4096")));
        for wrong in ["4097", "40960", "", "096"] {
            assert!(!read.is_of(&pin(wrong)), "{wrong:?}");
        }
        assert!(!hash.as_str().contains("4096$") && format!("{hash:?}") == "PinHash(…)");
        let again = PinHash::of(&pin("4096")).expect("hashed").expect("a PIN");
        assert_ne!(hash.as_str(), again.as_str(), "each has salt of its own");
    }

    #[test]
    fn what_is_no_pin_and_no_hash_is_not_taken() {
        for wrong in ["", "123", "1234567890123", "12a4", "１２３４"] {
            assert!(PinHash::of(&pin(wrong)).expect("looked at").is_none(), "{wrong:?}");
        }
        for wrong in [
            "",
            "1234",
            "$argon2id$",
            "$5$abc$def",
            "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$c29tZWhhc2hzb21laGFzaA",
        ] {
            assert!(PinHash::parse(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn wrong_tries_are_slower_and_slower_up_to_a_minute() {
        let waits: Vec<_> = (0..12).map(|wrong| wait_after(wrong).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!(wait_after(u32::MAX), WAIT_MAX);
    }
}
