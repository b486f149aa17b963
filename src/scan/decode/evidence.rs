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

#[cfg(test)]
mod tests {
    use qrcode::{Color, QrCode};

    use super::*;

    #[test]
    fn frames_of_which_none_can_be_read_alone_are_read_together() {
        let code = QrCode::new("409632457895").unwrap();
        let side = code.width();
        let plain: Vec<f32> =
            code.to_colors().into_iter().map(|colour| if colour == Color::Dark { 60.0 } else { 180.0 }).collect();
        let mut random = fastrand::Rng::with_seed(11);
        let grid = |shift: f32| {
            let anchors = [[50.0, 50.0], [150.0, 50.0], [150.0, 150.0], [50.0, 150.0]].map(|[x, y]| [x + shift, y]);
            Grid { side, anchors, fit: 0.3, inverted: false }
        };
        let mut evidence = Evidence::default();
        let mut frames = 0;
        let found = (1..12).find_map(|frame| {
            let values = plain.iter().map(|value| value + (random.f32() - 0.5) * 260.0).collect();
            let modules = Modules { side, values };
            frames = frame;
            assert_eq!(read_modules(&modules), None, "frame {frame} alone");
            evidence.add(&grid(frame as f32), &modules, frame)
        });
        assert_eq!(found.unwrap().text, "409632457895");
        assert!(frames >= 2, "read by frame {frames}");
        // Another code, or the same place much later, starts anew.
        let modules = Modules { side, values: vec![0.0; side * side] };
        evidence.add(&grid(0.0), &modules, frames + 1);
        assert_eq!(evidence.weight, 1.0);
        evidence.add(&grid(0.0), &modules, frames + 50);
        assert_eq!(evidence.weight, 1.0, "too long ago");
        evidence.add(&grid(900.0), &modules, frames + 51);
        assert_eq!(evidence.weight, 1.0, "elsewhere");
    }
}
