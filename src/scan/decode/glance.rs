//! What a glance at a frame tells, for little: how bright it is, how sharp, and whether it is another than the last.

use super::gray::View;

/// Side of the blocks whose brightness is remembered, in pixels.
const BLOCK: usize = 32;
/// Every so many pixels, both ways, one is looked at.
const STEP: usize = 4;
/// A block that is this much brighter or darker, in steps of 255, shows something new; noise averages to less.
const CHANGED: u16 = 5;
/// From this brightness on a pixel tells nothing any more.
const OVEREXPOSED: u8 = 250;
/// Rows between those that are searched for edges.
const EDGE_ROWS: usize = 8;
/// Least rise over [`EDGE_REACH`] both ways that counts as an edge, in steps of 255.
const EDGE_MIN: i32 = 48;
/// How far to both sides an edge's foot and top are, in pixels.
const EDGE_REACH: usize = 4;
/// Fewest edges that say anything about sharpness.
const EDGES_MIN: u32 = 40;

/// A frame at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Glance {
    /// Mean brightness, 0 to 255.
    pub(super) brightness: f32,
    /// Share of pixels that are as bright as can be, 0 to 1.
    pub(super) overexposed: f32,
    /// How much of an edge's rise happens within two pixels, 0 to 1; `None` where there are too few edges.
    pub(super) sharpness: Option<f32>,
    columns: usize,
    /// Brightness of each block, 0 to 255.
    blocks: Vec<u16>,
}

impl Glance {
    pub(super) fn at(picture: View<'_>) -> Self {
        let columns = picture.width.div_ceil(BLOCK);
        let mut blocks = Vec::with_capacity(columns * picture.height.div_ceil(BLOCK));
        let (mut sum, mut bright, mut looks) = (0u64, 0u64, 0u64);
        for top in (0..picture.height).step_by(BLOCK) {
            let mut sums = vec![(0u16, 0u16); columns];
            for y in (top + STEP / 2..(top + BLOCK).min(picture.height)).step_by(STEP) {
                for (x, pixel) in picture.row(y).iter().enumerate().step_by(STEP) {
                    let (sum, count) = &mut sums[x / BLOCK];
                    *sum += u16::from(*pixel);
                    *count += 1;
                    bright += u64::from(*pixel >= OVEREXPOSED);
                }
            }
            sum += sums.iter().map(|(sum, _)| u64::from(*sum)).sum::<u64>();
            looks += sums.iter().map(|(_, count)| u64::from(*count)).sum::<u64>();
            blocks.extend(sums.into_iter().map(|(sum, count)| sum / count.max(1)));
        }
        let share = |part: u64| part as f32 / looks.max(1) as f32;
        Self { brightness: share(sum), overexposed: share(bright), sharpness: sharpness(picture), columns, blocks }
    }

    /// Whether this shows anything that `before` did not.
    pub(super) fn differs(&self, before: &Self) -> bool {
        self.columns != before.columns
            || self.blocks.len() != before.blocks.len()
            || self.blocks.iter().zip(&before.blocks).any(|(a, b)| a.abs_diff(*b) >= CHANGED)
    }

    /// Which share of the picture shows something else than `before`, 0 to 1.
    pub(super) fn changed(&self, before: &Self) -> f32 {
        if self.columns != before.columns || self.blocks.len() != before.blocks.len() {
            return 1.0;
        }
        let changed = self.blocks.iter().zip(&before.blocks).filter(|(a, b)| a.abs_diff(**b) >= CHANGED).count();
        changed as f32 / self.blocks.len().max(1) as f32
    }
}

/// How steep edges are along some rows.
fn sharpness(picture: View<'_>) -> Option<f32> {
    let (mut steepness, mut edges) = (0.0, 0u32);
    for y in (EDGE_ROWS / 2..picture.height).step_by(EDGE_ROWS) {
        let row = picture.row(y);
        let mut x = EDGE_REACH;
        while x + EDGE_REACH < row.len() {
            let across = |reach: usize| (i32::from(row[x + reach]) - i32::from(row[x - reach])).abs();
            let rise = across(EDGE_REACH);
            if rise < EDGE_MIN {
                x += 2;
                continue;
            }
            // The steepest place near, so that an edge counts once.
            let near = x - EDGE_REACH + 1..x + EDGE_REACH;
            let steepest = near.map(|x| (i32::from(row[x + 1]) - i32::from(row[x - 1])).abs()).max().unwrap_or(0);
            steepness += (steepest as f32 / rise as f32).min(1.0);
            edges += 1;
            x += EDGE_REACH * 2;
        }
    }
    (edges >= EDGES_MIN).then(|| steepness / edges as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 320;
    const HEIGHT: usize = 240;

    /// Stripes of 16 pixels, their edges as wide as said, with noise.
    fn stripes(edge: f32, noise: f32, seed: u64) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..WIDTH * HEIGHT)
            .map(|at| {
                let along = (at % WIDTH % 32) as f32 - 15.5;
                let rise = (0.5 + along.abs().min(8.0) / edge - 8.0 / edge / 2.0).clamp(0.0, 1.0);
                (60.0 + 120.0 * rise + (random.f32() - 0.5) * noise) as u8
            })
            .collect()
    }

    fn glance(pixels: &[u8]) -> Glance {
        Glance::at(View { width: WIDTH, height: HEIGHT, pixels })
    }

    #[test]
    fn noise_is_no_change_and_a_hand_is() {
        let still = glance(&stripes(1.0, 16.0, 1));
        assert!(!glance(&stripes(1.0, 16.0, 2)).differs(&still));
        let mut pixels = stripes(1.0, 16.0, 3);
        for (x, y) in (100..140).flat_map(|x| (60..100).map(move |y| (x, y))) {
            pixels[y * WIDTH + x] = 255;
        }
        let hand = glance(&pixels);
        assert!(hand.differs(&still));
        assert!((0.02..0.16).contains(&hand.changed(&still)), "{}", hand.changed(&still));
        assert!(glance(&vec![9; WIDTH * HEIGHT]).differs(&still), "darkness");
        let other_size = Glance::at(View { width: 160, height: 480, pixels: &stripes(1.0, 0.0, 1) });
        assert!(other_size.differs(&still) && other_size.changed(&still) == 1.0);
    }

    #[test]
    fn sharp_edges_are_told_from_soft_ones_and_an_even_picture_tells_nothing() {
        let sharp = glance(&stripes(1.0, 6.0, 1)).sharpness.unwrap();
        let soft = glance(&stripes(8.0, 6.0, 1)).sharpness.unwrap();
        assert!(sharp > 0.8 && soft < 0.5, "{sharp} {soft}");
        assert_eq!(glance(&vec![120; WIDTH * HEIGHT]).sharpness, None);
    }

    #[test]
    fn brightness_and_what_is_overexposed_are_shares_of_the_whole() {
        let pixels: Vec<u8> = (0..WIDTH * HEIGHT).map(|at| if at % WIDTH < WIDTH / 4 { 255 } else { 40 }).collect();
        let glance = glance(&pixels);
        assert!((glance.overexposed - 0.25).abs() < 0.01, "{}", glance.overexposed);
        assert!((glance.brightness - 93.75).abs() < 2.0, "{}", glance.brightness);
        assert!(Glance::at(View { width: 1, height: 1, pixels: &[7] }).brightness >= 0.0, "of any size");
    }
}
