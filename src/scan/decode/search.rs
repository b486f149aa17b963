//! One picture's search: makes attempts at it, lays grids on what they located, and gathers what is found.

use std::time::Instant;

use super::bars::Line;
use super::gray::View;
use super::grid::{Finders, Grid, Modules, Place};
use super::readers::{OnGrid, on_grid};
use super::schedule::Costs;
use super::steps::{Outcome, Step};
use super::{FOUND_MAX, Format, Found, guarded};

/// Grids laid after one attempt.
const GRIDS_EACH: usize = 2;
/// Finder patterns nearer to each other than this, in modules, are the same.
const SAME: f32 = 0.7;

/// What is known of a picture so far.
#[derive(Default)]
pub(super) struct Search {
    /// Codes that were read.
    pub(super) found: Vec<Found>,
    /// A single line that was read as a Code 128: not to be believed alone.
    pub(super) line: Option<Line>,
    /// The likeliest code that was located and not read.
    pub(super) unread: Option<(Grid, Modules)>,
    /// Where grids were laid in vain.
    tried: Vec<Finders>,
}

impl Search {
    /// Makes an attempt at `part`, whose corner is at `corner` of the picture. Tells whether it found anything new.
    pub(super) fn attempt(&mut self, step: Step, part: View<'_>, corner: Place, costs: &mut Costs) -> bool {
        let before = self.found.len();
        let started = Instant::now();
        let Outcome { found, unread, lines } =
            guarded("an attempt at a picture", || step.run(part)).unwrap_or_default();
        costs.learn(step, part.pixels.len(), started.elapsed());
        for found in found {
            self.add(found, corner);
        }
        match &lines[..] {
            [a, b] if a.text == b.text => self.add(code128(a, b), corner),
            [first, ..] => self.line = Some(first.clone()),
            [] => {}
        }
        let mut laid = 0;
        for finders in unread {
            let there = finders.moved(corner);
            if laid == GRIDS_EACH || self.is_known(&there) {
                continue;
            }
            laid += 1;
            match guarded("a grid on a code", || on_grid(part, &finders)).unwrap_or(OnGrid::Nothing) {
                OnGrid::Read(found) => self.add(found, corner),
                OnGrid::Unread(grid, modules) => {
                    self.tried.push(there);
                    if self.unread.as_ref().is_none_or(|(best, _)| best.fit < grid.fit) {
                        self.unread = Some((grid.moved(corner), modules));
                    }
                }
                OnGrid::Nothing => self.tried.push(there),
            }
        }
        self.found.len() > before
    }

    /// Adds what was found, once.
    pub(super) fn add(&mut self, mut found: Found, corner: Place) {
        found.corners = found.corners.map(|[x, y]| [x + corner[0], y + corner[1]]);
        if self.found.len() < FOUND_MAX && !self.found.iter().any(|other| other.text == found.text) {
            self.found.push(found);
        }
    }

    /// Whether these finder patterns are those of a code that was read, or of one that was tried in vain.
    fn is_known(&self, finders: &Finders) -> bool {
        let of = |f: &Finders| [f.top_left, f.top_right, f.bottom_left];
        let tried = self.tried.iter().any(|other| {
            let near = |(a, b): (Place, Place)| (a[0] - b[0]).hypot(a[1] - b[1]) < SAME * other.module;
            of(other).into_iter().zip(of(finders)).all(near)
        });
        tried || self.found.iter().any(|found| inside(found.corners, middle(of(finders))))
    }
}

fn middle(places: [Place; 3]) -> Place {
    // Of the diagonal, which is the middle of the code.
    [(places[1][0] + places[2][0]) / 2.0, (places[1][1] + places[2][1]) / 2.0]
}

/// Whether a place lies in the box around these corners.
fn inside(corners: [Place; 4], [x, y]: Place) -> bool {
    let within = |axis: usize, at: f32| {
        let values = corners.map(|corner| corner[axis]);
        (values.into_iter().fold(f32::MAX, f32::min)..=values.into_iter().fold(f32::MIN, f32::max)).contains(&at)
    };
    within(0, x) && within(1, y)
}

/// A Code 128 of two lines that agree: its outline is a thin box around them.
pub(super) fn code128(a: &Line, b: &Line) -> Found {
    const THICKNESS: f32 = 0.04;
    const THICKNESS_MIN: f32 = 2.0;
    let [start, end] = a.ends;
    let (dx, dy) = (end[0] - start[0], end[1] - start[1]);
    let length = dx.hypot(dy).max(1.0);
    // Across the bars, towards the other line and a little further.
    let across = [-dy / length, dx / length];
    let to_other = (b.ends[0][0] - start[0]) * across[0] + (b.ends[0][1] - start[1]) * across[1];
    let half = (length * THICKNESS).max(THICKNESS_MIN);
    let (low, high) = (to_other.min(0.0) - half, to_other.max(0.0) + half);
    let corner = |[x, y]: Place, by: f32| [x + across[0] * by, y + across[1] * by];
    let corners = [corner(start, low), corner(end, low), corner(end, high), corner(start, high)];
    Found { text: a.text.clone(), format: Format::Code128, corners }
}
