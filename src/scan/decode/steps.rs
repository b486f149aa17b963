//! The single attempts at a picture: how it is prepared, how it is made black and white, and who reads it.

use super::bars::Effort;
use super::gray::{Gray, View};
use super::grid::Finders;
use super::readers::{self, Looked};
use super::{Found, bars, clean, guarded, threshold};

/// One attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// QR codes, dark on light or light on dark.
    Qr(Preparation),
    /// Code 128 along lines in some directions.
    Bars(Lines),
    /// `rqrr`, a reader of another family.
    Rqrr,
}

/// What is done to a picture before it is searched for QR codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Preparation {
    pub(super) scale: Scale,
    pub(super) clean: Clean,
    pub(super) split: Split,
    /// Whether it is searched for light codes on dark, too.
    pub(super) both: bool,
}

/// The size at which it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scale {
    /// Half of it.
    Half,
    /// As it is.
    Same,
    /// Twice: modules of a pixel or two come apart.
    Double,
}

/// What is done against damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Clean {
    /// Nothing.
    Not,
    /// A small blur, against noise and stripes.
    Blurred,
    /// Against being out of focus.
    Sharpened,
    /// Thin dark lines are taken out, as cracks make them.
    WithoutDarkLines,
    /// Thin bright lines are taken out.
    WithoutBrightLines,
}

/// What is black.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Split {
    /// What is darker than the mean of a window of so many pixels.
    Mean(u16),
    /// By blocks of 8 × 8 pixels.
    Blocks,
}

/// Lines that are looked along for a Code 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lines {
    /// A few along the rows and columns.
    Few,
    /// Many along the rows and columns.
    Upright,
    /// Many in every direction.
    Everywhere,
}

/// What came of an attempt.
#[derive(Default)]
pub(super) struct Outcome {
    /// QR codes that were read.
    pub(super) found: Vec<Found>,
    /// Where there seem to be codes that were not read.
    pub(super) unread: Vec<Finders>,
    /// Lines that were read as a Code 128: two that agree, or single ones.
    pub(super) lines: Vec<bars::Line>,
}

/// How much darker than the mean of its window a pixel must be to be black.
const MARGIN: u8 = 3;
/// What [`Clean::Sharpened`] adds of the difference to the blur.
const SHARPEN: i16 = 2;
/// Directions of lines, in degrees, for [`Lines::Everywhere`].
const DIRECTIONS: [f32; 16] =
    [0.0, 90.0, 10.0, -10.0, 80.0, 100.0, 22.5, -22.5, 45.0, -45.0, 67.5, -67.5, 33.0, -33.0, 57.0, -57.0];

impl Step {
    /// Makes the attempt.
    pub(super) fn run(self, picture: View<'_>) -> Outcome {
        match self {
            Self::Qr(preparation) => preparation.run(picture),
            Self::Bars(lines) => {
                let effort = match lines {
                    Lines::Few => Effort { directions: &DIRECTIONS[..2], lines: 15, harder: false },
                    Lines::Upright => Effort { directions: &DIRECTIONS[..2], lines: 63, harder: true },
                    Lines::Everywhere => Effort { directions: &DIRECTIONS, lines: 63, harder: true },
                };
                Outcome { lines: bars::read(picture, effort), ..Outcome::default() }
            }
            Self::Rqrr => {
                let found = guarded("rqrr", || readers::rqrr(picture)).unwrap_or_default();
                Outcome { found, ..Outcome::default() }
            }
        }
    }
}

impl Preparation {
    fn run(self, picture: View<'_>) -> Outcome {
        let (scaled, factor) = match self.scale {
            Scale::Same => (None, 1.0),
            Scale::Half => (Some(picture.halved()), 2.0),
            Scale::Double => (Some(picture.doubled()), 0.5),
        };
        let scaled = scaled.as_ref().map_or(picture, Gray::view);
        let cleaned = match self.clean {
            Clean::Not => None,
            Clean::Blurred => Some(clean::blurred(scaled)),
            Clean::Sharpened => Some(clean::sharpened(scaled, SHARPEN)),
            Clean::WithoutDarkLines => Some(clean::without_dark_lines(scaled, 1)),
            Clean::WithoutBrightLines => Some(clean::without_bright_lines(scaled, 2)),
        };
        let cleaned = cleaned.as_ref().map_or(scaled, Gray::view);
        let bits = match self.split {
            Split::Mean(window) => threshold::by_mean(cleaned, usize::from(window), MARGIN),
            Split::Blocks => readers::by_blocks(cleaned),
        };
        let Some(mut bits) = bits else { return Outcome::default() };
        let mut outcome = Outcome::default();
        let mut add = |looked: Looked, inverted: bool| {
            outcome.found.extend(looked.found.into_iter().map(|found| found.scaled(factor)));
            let unread = looked.unread.into_iter();
            outcome.unread.extend(unread.map(|finders| Finders { inverted, ..finders.scaled(factor) }));
        };
        add(readers::qr_codes(&bits, true), false);
        if self.both {
            bits.flip_self();
            add(readers::qr_codes(&bits, true), true);
        }
        outcome
    }
}

impl Found {
    pub(super) fn scaled(mut self, factor: f32) -> Self {
        self.corners = self.corners.map(|corner| corner.map(|at| at * factor));
        self
    }
}
