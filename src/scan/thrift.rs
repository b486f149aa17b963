//! Which of a camera's frames are passed over, so that reading leaves a till the processor: pure, no clock.
//!
//! Unpacking and reading a frame of 1280 × 720 takes a third of a frame's time on a modest core, thirty times a second, all day. A code that
//! can be read is still read in its first or second frame if every other is passed over; while one that was read lies in view, two of three
//! are. Where a code was located and not read, none is: then every frame adds to what is known of it.

use std::time::Duration;

use super::decode::InFrame;

/// Of the time from one frame to the next, reading takes one part in so many, as far as the rules above let it.
const SHARE: u32 = 20;
/// Most frames passed over between two that are read.
const PASSED_MAX: u32 = 1;
/// The same while a code that was read lies in view.
const PASSED_IN_VIEW_MAX: u32 = 2;

/// Decides of each frame whether it is passed over.
#[derive(Debug, Default)]
pub(super) struct Thrift {
    /// How much of what the last read frame took is not yet made good.
    owed: Duration,
    passed: u32,
    passed_max: u32,
}

impl Thrift {
    /// Whether to pass over a frame that comes `gap` after the one before it.
    pub(super) fn passes_over(&mut self, gap: Duration) -> bool {
        self.owed = self.owed.saturating_sub(gap / SHARE);
        let passes = !self.owed.is_zero() && self.passed < self.passed_max;
        self.passed = if passes { self.passed + 1 } else { 0 };
        passes
    }

    /// A frame was read: how long that took, unpacking included, and what was in it.
    pub(super) fn read(&mut self, took: Duration, in_frame: &InFrame) {
        self.owed = took;
        self.passed_max = match (in_frame.found.is_empty(), in_frame.aim.seen) {
            (false, _) => PASSED_IN_VIEW_MAX,
            (true, Some(_)) => 0,
            (true, None) => PASSED_MAX,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::{Aim, Format, Found, Seen};
    use super::*;

    const GAP: Duration = Duration::from_millis(33);

    /// Which of nine frames are read where each takes so many milliseconds and shows the same.
    fn read(ms: u64, in_frame: &InFrame) -> [bool; 9] {
        let mut thrift = Thrift::default();
        std::array::from_fn(|_| {
            let reads = !thrift.passes_over(GAP);
            if reads {
                thrift.read(Duration::from_millis(ms), in_frame);
            }
            reads
        })
    }

    fn code() -> InFrame {
        let found = Found { text: "1".to_owned(), format: Format::QrCode, corners: [[0.0; 2]; 4] };
        InFrame { found: vec![found], aim: Aim::default() }
    }

    fn located() -> InFrame {
        let seen = Seen { corners: [[0.0; 2]; 4], module: 1.5, contrast: 0.5, cut_off: false };
        InFrame { found: Vec::new(), aim: Aim { seen: Some(seen), ..Aim::default() } }
    }

    #[test]
    fn a_fast_machine_reads_every_frame() {
        for in_frame in [InFrame::default(), code(), located()] {
            assert_eq!(read(1, &in_frame), [true; 9]);
        }
    }

    #[test]
    fn a_slow_one_reads_every_other_and_of_three_with_a_code_in_view_one() {
        let (yes, no) = (true, false);
        assert_eq!(read(40, &InFrame::default()), [yes, no, yes, no, yes, no, yes, no, yes]);
        assert_eq!(read(40, &code()), [yes, no, no, yes, no, no, yes, no, no]);
    }

    #[test]
    fn a_code_that_was_located_and_not_read_gets_every_frame() {
        assert_eq!(read(40, &located()), [true; 9]);
    }

    #[test]
    fn no_more_is_passed_over_than_makes_good_what_was_taken() {
        let (yes, no) = (true, false);
        assert_eq!(read(3, &code()), [yes, no, yes, no, yes, no, yes, no, yes]);
    }
}
