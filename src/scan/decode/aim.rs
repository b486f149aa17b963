//! What can be told of a frame in which nothing was read, so that whoever holds a code can be helped to hold it better.

use super::glance::Glance;
use super::grid::{Grid, Modules};

/// What a frame is like, whether or not a code was read in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Aim {
    /// Mean brightness of the frame, 0 black to 255 white.
    pub brightness: f32,
    /// Share of the frame that is as bright as can be, 0 to 1: glare, or an exposure that is too long.
    pub overexposed: f32,
    /// How much of an edge's rise happens within two pixels, from near 0 (far out of focus, or moving) to 1; `None` where the frame has too
    /// few edges to tell.
    pub sharpness: Option<f32>,
    /// Which share of the frame shows something else than the last one did, 0 to 1: much, where a hand or the camera moves.
    pub moving: f32,
    /// A code that was located and could not be read.
    pub seen: Option<Seen>,
}

/// A code that was located and could not be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Its outline, `[x, y]` in pixels of the frame, going round. It may reach beyond the frame.
    pub corners: [[f32; 2]; 4],
    /// Width of a module, in pixels: below 2 the code is too far away.
    pub module: f32,
    /// Contrast between its dark and its light modules, 0 to 1.
    pub contrast: f32,
    /// Whether a part of it is out of the frame.
    pub cut_off: bool,
}

impl Aim {
    pub(super) fn new(
        now: &Glance,
        before: Option<&Glance>,
        unread: Option<&(Grid, Modules)>,
        size: (u32, u32),
    ) -> Self {
        Self {
            brightness: now.brightness,
            overexposed: now.overexposed,
            sharpness: now.sharpness,
            moving: before.map_or(0.0, |before| now.changed(before)),
            seen: unread.and_then(|(grid, modules)| Seen::new(grid, modules, size)),
        }
    }
}

impl Seen {
    fn new(grid: &Grid, modules: &Modules, (width, height): (u32, u32)) -> Option<Self> {
        let corners = grid.corners()?;
        let sides = (0..4).map(|at| {
            let ([ax, ay], [bx, by]) = (corners[at], corners[(at + 1) % 4]);
            (bx - ax).hypot(by - ay)
        });
        let module = sides.sum::<f32>() / 4.0 / grid.side as f32;
        let outside = |[x, y]: [f32; 2]| x < 0.0 || y < 0.0 || x > width as f32 || y > height as f32;
        let cut_off = corners.into_iter().any(outside);
        Some(Self { corners, module, contrast: modules.contrast(), cut_off })
    }
}
