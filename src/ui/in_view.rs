//! Of the codes in view, the one that is meant: a customer's phone may show a payment code beside the coupon's, or the shop's poster hang behind it.
//!
//! A camera tells of every code that it reads. What is no coupon is told to the desk, which says what it is, only while no coupon is in view:
//! otherwise the coupon's verdict and a refusal would take turns.

use std::time::{Duration, Instant};

use crate::code::{self, Refusal};

/// How long after a coupon was last read what is no coupon is left alone, at least: a reader may miss one of two codes for some frames.
const COUPON_STAYS: Duration = Duration::from_millis(1500);
/// And for how many frames in which something was read: readers look for a second code in every few of them, and on a slow till frames are rare.
const COUPON_STAYS_FRAMES: u32 = 12;

/// What a camera saw, from one frame to the next.
#[derive(Debug, Default)]
pub struct InView {
    /// Codes of the frame that is being told.
    frame: Vec<String>,
    /// When a coupon was last in view, and how many frames have shown something else since.
    coupon_seen: Option<(Instant, u32)>,
}

impl InView {
    /// A code of the present frame.
    pub fn found(&mut self, text: String) {
        self.frame.push(text);
    }

    /// The frame is told to its end: the code to go by, if there is one.
    pub fn frame_ended(&mut self, now: Instant) -> Option<String> {
        let meant = meant(std::mem::take(&mut self.frame))?;
        if code::read(&meant).is_ok() {
            self.coupon_seen = Some((now, 0));
            return Some(meant);
        }
        if let Some((seen, frames)) = &mut self.coupon_seen {
            *frames += 1;
            if *frames < COUPON_STAYS_FRAMES || now.saturating_duration_since(*seen) < COUPON_STAYS {
                return None;
            }
            self.coupon_seen = None;
        }
        Some(meant)
    }
}

/// Of the codes in one picture, the one that is meant: the first that may be a coupon; where there is none, a payment code or another
/// till's set-up code, which have sentences of their own; otherwise the first.
pub fn meant(texts: Vec<String>) -> Option<String> {
    let rank = |text: &String| match code::read(text) {
        Ok(_) => 0,
        Err(Refusal::Payment | Refusal::SetUp) => 1,
        Err(_) => 2,
    };
    texts.into_iter().min_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUPON: &str = "409632457895";
    const PAYMENT: &str = "131234567890123456";
    const POSTER: &str = "https://example.com/menu";

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn with_several_codes_in_view_the_coupon_is_chosen_wherever_it_stands() {
        for all in [[COUPON, PAYMENT, POSTER], [PAYMENT, COUPON, POSTER], [POSTER, PAYMENT, COUPON]] {
            assert_eq!(meant(texts(&all)).as_deref(), Some(COUPON));
        }
        assert_eq!(meant(texts(&[POSTER, PAYMENT])).as_deref(), Some(PAYMENT));
        assert_eq!(meant(texts(&[POSTER])).as_deref(), Some(POSTER));
        assert_eq!(meant(texts(&["409618203344", COUPON])).as_deref(), Some("409618203344"), "the first of two");
        assert_eq!(meant(Vec::new()), None);
    }

    #[test]
    fn a_payment_code_beside_a_coupon_is_left_alone_even_where_a_frame_shows_it_alone() {
        let (mut view, start) = (InView::default(), Instant::now());
        let mut frame = |codes: &[&str], at: Duration| {
            texts(codes).into_iter().for_each(|code| view.found(code));
            view.frame_ended(start + at)
        };
        let ms = Duration::from_millis;
        assert_eq!(frame(&[PAYMENT], ms(0)).as_deref(), Some(PAYMENT), "alone, it is told");
        assert_eq!(frame(&[PAYMENT, COUPON], ms(33)).as_deref(), Some(COUPON));
        assert_eq!(frame(&[PAYMENT], ms(66)), None);
        assert_eq!(frame(&[], ms(99)), None);
        assert_eq!(frame(&[COUPON], ms(500)).as_deref(), Some(COUPON));
        for _ in 1..COUPON_STAYS_FRAMES {
            assert_eq!(frame(&[PAYMENT], ms(500) + COUPON_STAYS * 2), None, "too few frames");
        }
        assert_eq!(frame(&[COUPON], ms(5000)).as_deref(), Some(COUPON));
        for _ in 0..COUPON_STAYS_FRAMES * 2 {
            assert_eq!(frame(&[PAYMENT], ms(5000) + COUPON_STAYS - ms(1)), None, "too little time");
        }
        assert_eq!(frame(&[PAYMENT], ms(5000) + COUPON_STAYS).as_deref(), Some(PAYMENT), "the coupon has gone");
        assert_eq!(frame(&[PAYMENT], ms(7000)).as_deref(), Some(PAYMENT), "and stays gone");
    }
}
