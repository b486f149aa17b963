//! Which attempt comes next: pure, so that its order and its thrift can be tested without a picture.
//!
//! Every frame gets the two attempts that read nearly everything. What time remains goes to harder ones, each frame going on where the last
//! one stopped, since a till sees thirty frames a second and a customer's hand shows nearly the same in each. A picture from a file gets
//! all of them, one after the other, until its time is over.

use std::time::Duration;

use super::steps::{Clean, Lines, Preparation, Scale, Split, Step};

/// The attempts that read nearly every code that can be read, cheapest first. A frame gets the first two and every other frame the last.
pub(super) const QUICK: [Step; 3] = [
    qr(Scale::Half, Clean::Not, Split::Mean(25), true),
    Step::Bars(Lines::Few),
    qr(Scale::Same, Clean::Not, Split::Mean(25), true),
];

/// What a picture from a file gets before its search may end: all that is likely to read any of the codes in it.
pub(super) const THOROUGH: [Step; 3] = [QUICK[0], QUICK[2], Step::Bars(Lines::Upright)];

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

    /// Attempts at the whole frame. Every other frame leaves the dearest out, and has its time for a harder one.
    pub(super) fn quick(self) -> &'static [Step] {
        if self.0 % 2 == 1 { &QUICK } else { &QUICK[..2] }
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

/// What an attempt takes before it has ever been made, in nanoseconds a pixel.
const COST_AT_FIRST: f32 = 8.0;
/// How much the last attempt counts against those before.
const COST_SHARE: f32 = 0.25;

impl Costs {
    /// How long `step` will take on so many pixels.
    pub(super) fn expected(&self, step: Step, pixels: usize) -> Duration {
        let each = self.0.get(&step).copied().unwrap_or(COST_AT_FIRST);
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
}

impl Rotation {
    /// The next harder attempt, if it fits into what is left of this frame's time. One that would fit into no frame's is passed over.
    pub(super) fn next(&mut self, left: Duration, whole: Duration, pixels: usize, costs: &Costs) -> Option<Step> {
        while !self.exhausted() {
            let step = HARDER[self.next];
            let expected = costs.expected(step, pixels);
            if expected > left && expected <= whole {
                return None;
            }
            self.next = (self.next + 1) % HARDER.len();
            self.made += 1;
            if expected <= left {
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
