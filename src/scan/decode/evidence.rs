//! What several frames show of one code together: one that none of them lets be read may still be read from all.

use super::grid::{Grid, Modules, Place};
use super::readers::read_modules;
use super::{Format, Found};

/// Frames after which what was seen before is forgotten.
const FORGOTTEN_AFTER: u64 = 8;
/// Most frames that count: older ones weigh ever less.
const FRAMES_MAX: f32 = 12.0;

/// What the modules of a code have shown in the last frames.
#[derive(Default)]
pub(super) struct Evidence {
    side: usize,
    /// Sums of each module's brightness, set off against the code's own mean and contrast.
    sums: Vec<f32>,
    weight: f32,
    middle: Place,
    last: u64,
}

impl Evidence {
    /// Adds what one frame shows, and tries to read what all of them do.
    pub(super) fn add(&mut self, grid: &Grid, modules: &Modules, frame: u64) -> Option<Found> {
        let corners = grid.corners()?;
        let middle = [0, 1].map(|axis| corners.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0);
        let size = (corners[0][0] - corners[2][0]).hypot(corners[0][1] - corners[2][1]);
        let moved = (middle[0] - self.middle[0]).hypot(middle[1] - self.middle[1]);
        let same = self.side == modules.side && frame - self.last <= FORGOTTEN_AFTER && moved < size / 2.0;
        if !same {
            *self = Self { side: modules.side, sums: vec![0.0; modules.values.len()], ..Self::default() };
        }
        let keep = if self.weight >= FRAMES_MAX { 1.0 - 1.0 / FRAMES_MAX } else { 1.0 };
        self.weight = self.weight * keep + 1.0;
        for (sum, value) in self.sums.iter_mut().zip(modules.normalised()) {
            *sum = *sum * keep + value;
        }
        (self.middle, self.last) = (middle, frame);
        if self.weight < 2.0 {
            return None;
        }
        let together = Modules { side: self.side, values: self.sums.clone() };
        let text = read_modules(&together)?;
        self.weight = 0.0;
        self.sums.fill(0.0);
        Some(Found { text, format: Format::QrCode, corners })
    }
}
