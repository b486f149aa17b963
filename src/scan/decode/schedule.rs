//! Which attempt comes next: pure, so that its order and its thrift can be tested without a picture.
//!
//! Every frame gets the two attempts that read nearly everything. What time remains goes to harder ones, in every other frame where there is
//! no trace of a code, each going on where the last one stopped, since a till sees thirty frames a second and a customer's hand shows nearly
//! the same in each. A picture from a file gets all of them, one after the other, until its time is over.

use std::time::Duration;

use super::steps::{Clean, Lines, Preparation, Scale, Split, Step};

/// The attempts that read nearly every code that can be read. Every frame gets the first, and in turn one of the others.
pub(super) const QUICK: [Step; 3] = [
    qr(Scale::Half, Clean::Not, Split::Mean(25), true),
    qr(Scale::Same, Clean::Not, Split::Mean(25), false),
    Step::Bars(Lines::Few),
];

/// What a picture from a file gets before its search may end: all that is likely to read any of the codes in it.
pub(super) const THOROUGH: [Step; 3] = [QUICK[0], QUICK[1], Step::Bars(Lines::Upright)];

/// Attempts at the part of a frame where a code was a moment ago, in turn.
const NEAR: [[Step; 2]; 4] = [
    [qr(Scale::Same, Clean::Not, Split::Mean(25), true), qr(Scale::Half, Clean::Blurred, Split::Mean(25), true)],
    [qr(Scale::Same, Clean::Blurred, Split::Mean(25), true), qr(Scale::Double, Clean::Not, Split::Blocks, true)],
    [qr(Scale::Same, Clean::Not, Split::Mean(25), true), qr(Scale::Same, Clean::Not, Split::Mean(101), true)],
    [
        qr(Scale::Same, Clean::Not, Split::Blocks, true),
        qr(Scale::Same, Clean::WithoutBrightLines, Split::Mean(25), false),
    ],
];

/// Which attempts a frame gets before the harder ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn(u64);

impl Turn {
    /// The turn of frame `number`.
    pub(super) fn of(number: u64) -> Self {
        Self(number)
    }

    /// Attempts at the whole frame.
    pub(super) fn quick(self) -> [Step; 2] {
        [QUICK[0], if self.0 % 2 == 1 { QUICK[1] } else { QUICK[2] }]
    }

    /// Attempts at the part of the frame where a code was a moment ago.
    pub(super) fn near(self) -> &'static [Step] {
        &NEAR[(self.0 % NEAR.len() as u64) as usize]
    }
}

/// Harder attempts, by what they were measured to add for their time: `benches/readers` prints the table.
pub(super) const HARDER: [Step; 15] = [
    qr(Scale::Same, Clean::Blurred, Split::Mean(25), true),
    Step::Bars(Lines::Upright),
    qr(Scale::Same, Clean::Not, Split::Mean(101), true),
    qr(Scale::Half, Clean::Blurred, Split::Mean(15), true),
    Step::Bars(Lines::Everywhere),
    qr(Scale::Same, Clean::Not, Split::Blocks, false),
    qr(Scale::Double, Clean::Not, Split::Blocks, true),
    qr(Scale::Half, Clean::Blurred, Split::Mean(25), true),
    qr(Scale::Same, Clean::WithoutBrightLines, Split::Mean(25), false),
    qr(Scale::Same, Clean::Not, Split::Mean(11), false),
    qr(Scale::Double, Clean::Not, Split::Mean(51), true),
    qr(Scale::Same, Clean::Sharpened, Split::Mean(51), false),
    qr(Scale::Same, Clean::WithoutDarkLines, Split::Mean(25), false),
    qr(Scale::Double, Clean::Blurred, Split::Mean(35), false),
    Step::Rqrr,
];

const fn qr(scale: Scale, clean: Clean, split: Split, both: bool) -> Step {
    Step::Qr(Preparation { scale, clean, split, both })
}

/// How long each attempt takes, learned from those made.
#[derive(Debug, Default)]
pub(super) struct Costs(std::collections::HashMap<Step, f32>);

/// What an attempt is taken to cost before it has ever been made, in nanoseconds a pixel, measured on a machine of some years ago.
fn at_first(step: Step) -> f32 {
    match step {
        Step::Qr(Preparation { scale: Scale::Half, .. }) | Step::Bars(Lines::Few) => 2.0,
        Step::Qr(Preparation { scale: Scale::Double, .. }) | Step::Rqrr => 18.0,
        Step::Qr(Preparation { clean: Clean::Sharpened, .. }) | Step::Bars(Lines::Upright) => 8.0,
        Step::Qr(_) => 4.5,
        Step::Bars(Lines::Everywhere) => 45.0,
    }
}

/// How much the last attempt counts against those before.
const COST_SHARE: f32 = 0.25;

impl Costs {
    /// How long `step` will take on so many pixels.
    pub(super) fn expected(&self, step: Step, pixels: usize) -> Duration {
        let each = self.0.get(&step).copied().unwrap_or_else(|| at_first(step));
        Duration::from_nanos((each * pixels as f32) as u64)
    }

    /// Learns from an attempt that took so long.
    pub(super) fn learn(&mut self, step: Step, pixels: usize, took: Duration) {
        let each = took.as_nanos() as f32 / pixels.max(1) as f32;
        let known = self.0.entry(step).or_insert(each);
        *known += (each - *known) * COST_SHARE;
    }
}

/// Goes through the harder attempts, over as many frames as it takes.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    next: usize,
    /// How many have been made since something new was seen.
    made: usize,
    /// For how many frames the next one has been waiting.
    waited: u32,
}

/// Frames for harder attempts that one waits for enough time at most. On a machine so slow that none has any left, it is made then.
const WAITED_MAX: u32 = 12;

impl Rotation {
    /// The next harder attempt, if it fits into what is `left` of this frame's time, or has waited long. One that takes more than the
    /// `whole` time of a frame is passed over.
    pub(super) fn next(&mut self, left: Duration, whole: Duration, pixels: usize, costs: &Costs) -> Option<Step> {
        while !self.exhausted() {
            let step = HARDER[self.next];
            let expected = costs.expected(step, pixels);
            let fits = expected <= left || self.waited >= WAITED_MAX;
            if expected <= whole && !fits {
                self.waited += 1;
                return None;
            }
            self.next = (self.next + 1) % HARDER.len();
            self.made += 1;
            self.waited = 0;
            if expected <= whole {
                return Some(step);
            }
        }
        None
    }

    /// Whether all have been made since something new was seen.
    pub(super) fn exhausted(&self) -> bool {
        self.made >= HARDER.len()
    }

    /// Something new is seen: all attempts are worth making again.
    pub(super) fn renew(&mut self) {
        self.made = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const PIXELS: usize = 1_000_000;

    /// All attempts take so long on a frame.
    fn each_taking(time: Duration) -> Costs {
        let mut costs = Costs::default();
        HARDER.into_iter().for_each(|step| costs.learn(step, PIXELS, time));
        costs
    }

    #[test]
    fn every_harder_attempt_comes_once_and_then_none_until_something_new_is_seen() {
        let ms = Duration::from_millis;
        let costs = each_taking(ms(2));
        let mut rotation = Rotation::default();
        let mut made = Vec::new();
        while let Some(step) = rotation.next(ms(5), ms(8), PIXELS, &costs) {
            made.push(step);
        }
        assert_eq!(made, HARDER);
        assert!(rotation.exhausted());
        assert_eq!(rotation.next(ms(8), ms(8), PIXELS, &costs), None);
        rotation.renew();
        assert_eq!(rotation.next(ms(8), ms(8), PIXELS, &costs), Some(HARDER[0]));
    }

    #[test]
    fn what_does_not_fit_into_this_frame_waits_for_the_next() {
        let ms = Duration::from_millis;
        let costs = each_taking(ms(5));
        let mut rotation = Rotation::default();
        assert_eq!(rotation.next(ms(4), ms(8), PIXELS, &costs), None);
        assert_eq!(rotation.next(ms(6), ms(8), PIXELS, &costs), Some(HARDER[0]), "none was lost by waiting");
    }

    #[test]
    fn where_no_frame_ever_has_time_left_each_attempt_still_comes_in_the_end() {
        let ms = Duration::from_millis;
        let costs = each_taking(ms(5));
        let mut rotation = Rotation::default();
        let frames = HARDER.len() * (WAITED_MAX as usize + 1);
        let made: Vec<Step> = (0..frames).filter_map(|_| rotation.next(ms(0), ms(8), PIXELS, &costs)).collect();
        assert_eq!(made, HARDER);
    }

    #[test]
    fn what_fits_into_no_frame_is_passed_over() {
        let ms = Duration::from_millis;
        let mut costs = each_taking(ms(2));
        costs = HARDER.iter().take(3).fold(costs, |mut costs, step| {
            (0..40).for_each(|_| costs.learn(*step, PIXELS, ms(90)));
            costs
        });
        let mut rotation = Rotation::default();
        assert_eq!(rotation.next(ms(5), ms(8), PIXELS, &costs), Some(HARDER[3]));
    }

    #[test]
    fn costs_go_with_the_number_of_pixels_and_follow_what_is_measured() {
        let mut costs = Costs::default();
        let step = QUICK[0];
        assert!(costs.expected(step, PIXELS) > Duration::ZERO, "what was never made is not taken to be free");
        costs.learn(step, PIXELS, Duration::from_millis(4));
        let half = costs.expected(step, PIXELS / 2);
        assert!(half.abs_diff(Duration::from_millis(2)) < Duration::from_micros(10), "{half:?}");
        (0..30).for_each(|_| costs.learn(step, PIXELS, Duration::from_millis(8)));
        assert!(costs.expected(step, PIXELS) > Duration::from_millis(7));
    }

    #[test]
    fn two_frames_get_every_quick_attempt_and_no_attempt_is_listed_twice() {
        for number in 0..4 {
            let two: HashSet<Step> =
                [number, number + 1].into_iter().flat_map(|number| Turn::of(number).quick()).collect();
            assert_eq!(two, HashSet::from(QUICK));
        }
        let all: HashSet<Step> = QUICK.into_iter().chain(HARDER).collect();
        assert_eq!(all.len(), QUICK.len() + HARDER.len());
    }
}
