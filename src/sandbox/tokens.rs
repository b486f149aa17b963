//! Access tokens: the platform's two ways to obtain one, which know nothing of each other, and what becomes of old ones.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

/// How long a token lives.
pub const TOKEN_LIFE: Duration = Duration::from_secs(7_200);
/// How long an old token works beside its successor, and how long before its end the stable one is renewed.
pub const OVERLAP: Duration = Duration::from_secs(300);
/// The least time between two forced renewals.
pub const FORCE_GAP: Duration = Duration::from_secs(30);
/// The most forced renewals in a day.
pub const FORCED_A_DAY_MAX: usize = 20;

const DAY: Duration = Duration::from_secs(86_400);
/// How many tokens of each way are remembered; one that was forgotten is answered like one never issued.
const REMEMBERED_MAX: usize = 100;
/// Letters in a token after its number and `_`.
const TOKEN_LETTERS: usize = 133;

#[derive(Debug)]
struct Token {
    text: String,
    expires: Timestamp,
    /// When it stops working because of a newer one.
    superseded: Option<Timestamp>,
}

/// Why a token is refused, by the platform's error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// 40001: never issued, or not the latest.
    NotLatest,
    /// 40014: shaped like no token.
    Misshapen,
    /// 42001: past its life.
    Expired,
}

/// A token as it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Issued {
    pub access_token: String,
    /// How much of its life is left.
    pub expires_in: Duration,
}

/// The tokens of both ways, oldest first.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    plain: VecDeque<Token>,
    stable: VecDeque<Token>,
    /// When renewals were forced, in the last day.
    forced: VecDeque<Timestamp>,
}

impl Tokens {
    /// `GET /cgi-bin/token`: always a new one; its predecessor works on for [`OVERLAP`].
    pub(super) fn fetch(&mut self, now: Timestamp) -> Issued {
        issue(&mut self.plain, now, later(now, OVERLAP))
    }

    /// `POST /cgi-bin/stable_token`: the same one until [`OVERLAP`] before its end, then a new one beside it. Forced, a new one at
    /// once and the old one dead; `None` (45009) where that was done [`FORCED_A_DAY_MAX`] times in a day.
    ///
    /// What the platform answers to a second force within [`FORCE_GAP`] is documented nowhere; here the token stays as it is.
    pub(super) fn fetch_stable(&mut self, force: bool, now: Timestamp) -> Option<Issued> {
        self.forced.retain(|at| later(*at, DAY) > now);
        if force && self.forced.back().is_none_or(|last| later(*last, FORCE_GAP) <= now) {
            if self.forced.len() >= FORCED_A_DAY_MAX {
                return None;
            }
            self.forced.push_back(now);
            return Some(issue(&mut self.stable, now, now));
        }
        match self.stable.back().filter(|token| later(now, OVERLAP) < token.expires) {
            Some(token) => Some(Issued { access_token: token.text.clone(), expires_in: left(token, now) }),
            None => Some(issue(&mut self.stable, now, Timestamp::MAX)),
        }
    }

    /// Whether calls may be made with `token`.
    pub(super) fn check(&self, token: &str, now: Timestamp) -> Result<(), Refused> {
        let Some(token) = self.plain.iter().chain(&self.stable).find(|known| known.text == token) else {
            return Err(if looks_like_one(token) { Refused::NotLatest } else { Refused::Misshapen });
        };
        if token.superseded.is_some_and(|at| at <= now) {
            Err(Refused::NotLatest)
        } else if token.expires <= now {
            Err(Refused::Expired)
        } else {
            Ok(())
        }
    }
}

/// Issues a new token; its predecessor works until `old_until` at the latest.
fn issue(tokens: &mut VecDeque<Token>, now: Timestamp, old_until: Timestamp) -> Issued {
    if let Some(old) = tokens.back_mut().filter(|old| old.expires > old_until) {
        old.superseded = Some(old_until);
    }
    if tokens.len() >= REMEMBERED_MAX {
        tokens.pop_front();
    }
    let letters: String = (0..TOKEN_LETTERS).map(|_| fastrand::alphanumeric()).collect();
    let token = Token { text: format!("81_{letters}"), expires: later(now, TOKEN_LIFE), superseded: None };
    let issued = Issued { access_token: token.text.clone(), expires_in: left(&token, now) };
    tokens.push_back(token);
    issued
}

fn looks_like_one(token: &str) -> bool {
    (64..=512).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn left(token: &Token, now: Timestamp) -> Duration {
    token.expires.duration_since(now).try_into().unwrap_or(Duration::ZERO)
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn after(seconds: u64) -> Timestamp {
        later(START, Duration::from_secs(seconds))
    }

    #[test]
    fn each_plain_fetch_gives_a_new_token_and_the_old_one_five_more_minutes() {
        let mut tokens = Tokens::default();
        let first = tokens.fetch(START);
        assert_eq!(first.expires_in, TOKEN_LIFE);
        let second = tokens.fetch(after(60));
        assert_ne!(first, second);
        assert_eq!(tokens.check(&first.access_token, after(359)), Ok(()));
        assert_eq!(tokens.check(&first.access_token, after(360)), Err(Refused::NotLatest));
        assert_eq!(tokens.check(&second.access_token, after(7_259)), Ok(()));
        assert_eq!(tokens.check(&second.access_token, after(7_260)), Err(Refused::Expired));
    }

    #[test]
    fn the_stable_token_stays_the_same_and_is_renewed_with_five_minutes_of_both() {
        let mut tokens = Tokens::default();
        let fetch = |tokens: &mut Tokens, at| tokens.fetch_stable(false, at).expect("a token");
        let first = fetch(&mut tokens, START);
        let again = fetch(&mut tokens, after(6_899));
        assert_eq!(again.access_token, first.access_token);
        assert_eq!(again.expires_in, Duration::from_secs(301));
        let second = fetch(&mut tokens, after(6_900));
        assert_ne!(second.access_token, first.access_token);
        assert_eq!(tokens.check(&first.access_token, after(7_199)), Ok(()));
        assert_eq!(tokens.check(&first.access_token, after(7_200)), Err(Refused::Expired));
        assert_eq!(tokens.check(&second.access_token, after(7_200)), Ok(()));
    }

    #[test]
    fn a_forced_renewal_kills_the_old_token_at_once_but_not_twice_in_half_a_minute() {
        let mut tokens = Tokens::default();
        let first = tokens.fetch_stable(false, START).expect("a token");
        let second = tokens.fetch_stable(true, after(1)).expect("a token");
        assert_ne!(first.access_token, second.access_token);
        assert_eq!(tokens.check(&first.access_token, after(1)), Err(Refused::NotLatest));
        let soon = tokens.fetch_stable(true, after(30)).expect("a token");
        assert_eq!(soon.access_token, second.access_token);
        let third = tokens.fetch_stable(true, after(31)).expect("a token");
        assert_ne!(third.access_token, second.access_token);
    }

    #[test]
    fn the_twenty_first_forced_renewal_of_a_day_is_refused() {
        let mut tokens = Tokens::default();
        assert!((0..20).all(|n| tokens.fetch_stable(true, after(n * 60)).is_some()));
        assert_eq!(tokens.fetch_stable(true, after(20 * 60)), None);
        assert!(tokens.fetch_stable(false, after(20 * 60)).is_some(), "the ordinary way stays open");
        assert!(tokens.fetch_stable(true, after(86_400)).is_some());
    }

    #[test]
    fn the_two_ways_do_not_invalidate_each_other() {
        let mut tokens = Tokens::default();
        let stable = tokens.fetch_stable(false, START).expect("a token");
        let plain = tokens.fetch(START);
        tokens.fetch(after(1));
        tokens.fetch_stable(true, after(1));
        assert_eq!(tokens.check(&plain.access_token, after(2)), Ok(()), "still in its overlap");
        assert_eq!(tokens.check(&stable.access_token, after(2)), Err(Refused::NotLatest));
        assert_eq!(tokens.check(&plain.access_token, after(301)), Err(Refused::NotLatest));
    }

    #[test]
    fn a_token_never_issued_is_told_from_one_that_is_no_token() {
        let tokens = Tokens::default();
        assert_eq!(tokens.check(&"a".repeat(136), START), Err(Refused::NotLatest));
        for text in ["", "abc", &"券".repeat(64), &"a".repeat(513)] {
            assert_eq!(tokens.check(text, START), Err(Refused::Misshapen));
        }
    }
}
