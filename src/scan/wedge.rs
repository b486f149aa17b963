//! Hand scanners that type: a scan is told from a person's typing by its speed and length.
//!
//! A scanner with a keyboard's plug sends a code as keys, a few milliseconds apart, and mostly Enter or Tab after it – or nothing. The keys
//! arrive wherever the focus happens to be. So that a scan always comes out whole, whatever had been typed before it, and so that its last key
//! never presses anything, every key passes by here first. This file knows no window: keys and times go in, codes come out.
//!
//! Windows look at their keys once a frame, and frames may be late. So the time between two keys is not known, only the times of the
//! looks; a pause is one that a look has seen, and the speed is that of the whole scan.

use std::time::Duration;

/// Fewest characters of a scan. Shorter codes are read all the same where Enter or Tab ends them, as what a person types is.
pub const SCAN_CHARS_MIN: usize = 6;
/// Slowest scan: the time from one character to the next, on average. Scanners need 1 to 30 ms, the fastest typists 80.
pub const PER_CHAR_MAX: Duration = Duration::from_millis(40);
/// How long nothing comes before a scan without a last key is over.
pub const PAUSE: Duration = Duration::from_millis(120);
/// How long after a scan Enter and Tab are still its own: some scanners send two, such as a carriage return and a line feed.
pub const ECHO: Duration = Duration::from_millis(300);
/// Longest scan that is remembered, in characters; what comes after belongs to no code.
pub const SCAN_CHARS_MAX: usize = 2048;

/// What scanners are set up to put around each code, so that it can be taken off again. Both may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrapping {
    /// Before the code, such as the symbology identifier `]Q1`.
    pub prefix: String,
    /// After the code, before any last key.
    pub suffix: String,
}

impl Wrapping {
    /// `scan` without what the scanner has put around it; each end is left alone where something else stands there, and where nothing would be left.
    pub fn taken_off<'a>(&self, scan: &'a str) -> &'a str {
        let inner = scan.strip_prefix(self.prefix.as_str()).unwrap_or(scan);
        let inner = inner.strip_suffix(self.suffix.as_str()).unwrap_or(inner);
        if inner.is_empty() { scan } else { inner }
    }
}

/// What an Enter or a Tab was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The end of this scan.
    OfScan(String),
    /// One more last key of a scan that is over: it means nothing.
    Echo,
    /// A person's.
    Typed,
}

/// What has been typed without a pause, and whether it can be a scanner's.
#[derive(Debug)]
struct Burst {
    text: String,
    chars: usize,
    first: Duration,
    last: Duration,
}

/// Listens to the keys. All times are from one clock that never jumps, from any beginning.
#[derive(Debug, Default)]
pub struct Wedge {
    wrapping: Wrapping,
    burst: Option<Burst>,
    scan_ended: Option<Duration>,
}

impl Wedge {
    /// One that takes `wrapping` off each scan.
    pub fn new(wrapping: Wrapping) -> Self {
        Self { wrapping, ..Self::default() }
    }

    /// Characters arrived.
    pub fn text(&mut self, text: &str, now: Duration) {
        let burst = self.burst.get_or_insert_with(|| Burst { text: String::new(), chars: 0, first: now, last: now });
        burst.last = now;
        for char in text.chars() {
            if burst.chars < SCAN_CHARS_MAX {
                burst.text.push(char);
            }
            burst.chars = burst.chars.saturating_add(1);
        }
    }

    /// Enter or Tab arrived.
    pub fn end(&mut self, now: Duration) -> End {
        let burst = self.burst.take();
        if let Some(code) = burst.and_then(|burst| self.scan(&burst)) {
            self.scan_ended = Some(now);
            return End::OfScan(code);
        }
        match self.scan_ended {
            Some(ended) if now.saturating_sub(ended) <= ECHO => End::Echo,
            _ => End::Typed,
        }
    }

    /// Something arrived that no scanner sends: another key, a key's repetition, a press of the mouse. What came before it is a person's.
    pub fn interrupted(&mut self) {
        self.burst = None;
    }

    /// Nothing more had arrived by `now`: the scan that this pause has ended, if there is one.
    pub fn paused(&mut self, now: Duration) -> Option<String> {
        let burst = self.burst.take_if(|burst| now.saturating_sub(burst.last) >= PAUSE)?;
        let code = self.scan(&burst)?;
        self.scan_ended = Some(now);
        Some(code)
    }

    /// Whether characters have arrived that no pause and no key has ended yet.
    pub fn is_hearing(&self) -> bool {
        self.burst.is_some()
    }

    /// How long from `now` until [`Wedge::paused`] should be asked; `None` where nothing is being heard.
    pub fn wants_look_in(&self, now: Duration) -> Option<Duration> {
        self.burst.as_ref().map(|burst| PAUSE.saturating_sub(now.saturating_sub(burst.last)))
    }

    /// The code in `burst`, where it is a scanner's.
    fn scan(&self, burst: &Burst) -> Option<String> {
        let steps = u32::try_from(burst.chars.saturating_sub(1)).unwrap_or(u32::MAX);
        let is_fast = burst.last.saturating_sub(burst.first) <= PER_CHAR_MAX.saturating_mul(steps);
        let fits = (SCAN_CHARS_MIN..=SCAN_CHARS_MAX).contains(&burst.chars);
        (is_fast && fits).then(|| self.wrapping.taken_off(&burst.text).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODE: &str = "409632457895";

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Types `text` a character every `step`, as a window that looks every `look` hears it; gives the time after it, and what a pause ended.
    fn type_at(
        wedge: &mut Wedge,
        text: &str,
        start: Duration,
        step: Duration,
        look: Duration,
    ) -> (Duration, Vec<String>) {
        let mut ended = Vec::new();
        let mut keys: Vec<(Duration, char)> =
            text.chars().zip(1u32..).map(|(char, place)| (start + step * place, char)).collect();
        let over = keys.last().map_or(start, |(at, _)| *at);
        let mut now = start;
        while now < over {
            now += look;
            let later = keys.split_off(keys.iter().take_while(|(at, _)| *at <= now).count());
            let heard: String = std::mem::replace(&mut keys, later).into_iter().map(|(_, char)| char).collect();
            if heard.is_empty() { ended.extend(wedge.paused(now)) } else { wedge.text(&heard, now) }
        }
        (now, ended)
    }

    #[test]
    fn a_scan_ends_with_enter_or_tab_and_what_follows_at_once_is_its_echo() {
        let mut wedge = Wedge::default();
        let (now, _) = type_at(&mut wedge, CODE, ms(0), ms(5), ms(16));
        assert_eq!(wedge.end(now), End::OfScan(CODE.to_owned()));
        assert_eq!(wedge.end(now + ms(5)), End::Echo, "a line feed after the carriage return");
        assert_eq!(wedge.end(now + ECHO), End::Echo);
        assert_eq!(wedge.end(now + ECHO + ms(1)), End::Typed, "a person's, later");
    }

    #[test]
    fn a_scan_without_a_last_key_ends_with_a_pause_and_a_late_enter_is_its_echo() {
        let mut wedge = Wedge::default();
        let (now, _) = type_at(&mut wedge, CODE, ms(0), ms(5), ms(16));
        assert_eq!(wedge.wants_look_in(now), Some(PAUSE));
        assert_eq!(wedge.paused(now + PAUSE - ms(1)), None);
        assert_eq!(wedge.paused(now + PAUSE), Some(CODE.to_owned()));
        assert_eq!(wedge.paused(now + PAUSE * 2), None, "once");
        assert_eq!(wedge.end(now + PAUSE + ms(50)), End::Echo);
        assert!(!wedge.is_hearing());
    }

    #[test]
    fn what_a_person_types_is_no_scan_however_it_ends() {
        let mut wedge = Wedge::default();
        let (now, ended) = type_at(&mut wedge, CODE, ms(0), ms(80), ms(16));
        assert_eq!(ended, Vec::<String>::new());
        assert_eq!(wedge.end(now), End::Typed);
        let (now, _) = type_at(&mut wedge, CODE, now, ms(80), ms(16));
        assert_eq!(wedge.paused(now + PAUSE), None);
        let (now, _) = type_at(&mut wedge, "12345", now + ms(1000), ms(5), ms(16));
        assert_eq!(wedge.end(now), End::Typed, "too short to be told from two hands on the keys");
    }

    #[test]
    fn a_scan_comes_out_whole_after_what_was_typed_before_it() {
        let mut wedge = Wedge::default();
        let (now, _) = type_at(&mut wedge, "4096", ms(0), ms(150), ms(16));
        assert_eq!(wedge.paused(now + PAUSE), None);
        let (now, _) = type_at(&mut wedge, CODE, now + PAUSE, ms(5), ms(16));
        assert_eq!(wedge.end(now), End::OfScan(CODE.to_owned()));
    }

    #[test]
    fn a_key_that_is_held_down_is_no_scan() {
        let mut wedge = Wedge::default();
        for repetition in 0..40 {
            wedge.interrupted();
            wedge.text("0", ms(repetition * 30));
        }
        assert_eq!(wedge.end(ms(1200)), End::Typed);
    }

    #[test]
    fn late_frames_do_not_tear_a_scan() {
        // 5 ms a key, but the window was busy for a second in the middle of it.
        let mut wedge = Wedge::default();
        wedge.text("4096324", ms(0));
        wedge.text("57895", ms(350));
        assert_eq!(wedge.end(ms(350)), End::OfScan(CODE.to_owned()));
    }

    #[test]
    fn prefix_and_suffix_are_taken_off_where_they_stand() {
        let wrapping = |prefix: &str, suffix: &str| Wrapping { prefix: prefix.to_owned(), suffix: suffix.to_owned() };
        for (wrapping, scan, code) in [
            (wrapping("]Q1", ""), "]Q1409632457895", CODE),
            (wrapping("~", "!"), "~409632457895!", CODE),
            (wrapping("~", "!"), "409632457895", CODE),
            (wrapping("", "895"), "409632457895", "409632457"),
            (wrapping("]Q1", ""), "]Q1", "]Q1"),
            (wrapping("", ""), CODE, CODE),
        ] {
            assert_eq!(wrapping.taken_off(scan), code, "{wrapping:?}");
        }
        let mut wedge = Wedge::new(wrapping("~", "!"));
        wedge.text("~409632457895!", ms(0));
        assert_eq!(wedge.end(ms(0)), End::OfScan(CODE.to_owned()));
    }

    #[test]
    fn what_is_longer_than_any_code_is_no_scan_and_takes_no_more_room() {
        let mut wedge = Wedge::default();
        for _ in 0..100 {
            wedge.text(&"9".repeat(SCAN_CHARS_MAX), ms(0));
        }
        assert_eq!(wedge.burst.as_ref().map(|burst| burst.text.len()), Some(SCAN_CHARS_MAX));
        assert_eq!(wedge.end(ms(0)), End::Typed);
    }

    proptest! {
        #[test]
        fn any_code_at_a_scanners_speed_comes_out_whole_whatever_the_frames(
            code in "[0-9A-Za-z_-]{6,20}",
            step in 1..=30u64,
            look in 1..=200u64,
            by_pause in any::<bool>(),
        ) {
            let mut wedge = Wedge::default();
            let (now, mut ended) = type_at(&mut wedge, &code, ms(1000), ms(step), ms(look));
            if by_pause {
                ended.extend(wedge.paused(now + PAUSE));
            } else {
                match wedge.end(now) {
                    End::OfScan(code) => ended.push(code),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            prop_assert_eq!(ended, vec![code]);
        }

        #[test]
        fn nothing_that_a_person_types_is_ever_sent_by_a_pause(
            text in "[0-9A-Za-z]{1,30}",
            step in 70..=400u64,
            look in 1..=60u64,
        ) {
            let mut wedge = Wedge::default();
            let (now, mut ended) = type_at(&mut wedge, &text, ms(1000), ms(step), ms(look));
            ended.extend(wedge.paused(now + PAUSE));
            prop_assert_eq!(ended, Vec::<String>::new());
        }

        #[test]
        fn however_keys_and_times_come_a_code_holds_only_what_was_typed(
            steps in prop::collection::vec((0..5u8, "[0-9]{0,9}", 0..500u64), 0..60),
        ) {
            let (mut wedge, mut typed, mut now) = (Wedge::default(), String::new(), ms(0));
            for (kind, text, later) in steps {
                now += ms(later);
                let code = match kind {
                    0 | 1 => { typed.push_str(&text); wedge.text(&text, now); None }
                    2 => match wedge.end(now) { End::OfScan(code) => Some(code), _ => None },
                    3 => wedge.paused(now),
                    _ => { wedge.interrupted(); None }
                };
                if let Some(code) = code {
                    prop_assert!(code.chars().count() >= SCAN_CHARS_MIN);
                    prop_assert!(typed.ends_with(&code), "{} after {}", code, typed);
                    prop_assert!(!wedge.is_hearing());
                }
            }
        }
    }
}
