//! What makes a damaged picture readable: blur against noise, sharpening against blur, closing and opening against cracks. Each gives a picture of the same size.

use super::gray::{Gray, View};

/// The mean of each pixel and its neighbours, the middle ones weighing more (1 2 1 both ways).
pub(super) fn blurred(picture: View<'_>) -> Gray {
    let View { width, height, .. } = picture;
    let along = |row: &[u8], out: &mut [u16]| {
        let last = width - 1;
        out[0] = 3 * u16::from(row[0]) + u16::from(row[1.min(last)]);
        out[last] = 3 * u16::from(row[last]) + u16::from(row[last.saturating_sub(1)]);
        for (out, three) in out[1.min(last)..].iter_mut().zip(row.windows(3)) {
            *out = u16::from(three[0]) + 2 * u16::from(three[1]) + u16::from(three[2]);
        }
    };
    let mut rows = [vec![0; width], vec![0; width], vec![0; width]];
    along(picture.row(0), &mut rows[0]);
    let first = rows[0].clone();
    rows[1].copy_from_slice(&first);
    let mut pixels = vec![0; width * height];
    for (y, out) in pixels.chunks_exact_mut(width).enumerate() {
        // Above, here and below; beyond the edge stands the edge.
        along(picture.row((y + 1).min(height - 1)), &mut rows[2]);
        let [above, here, below] = &rows;
        for (((out, above), here), below) in out.iter_mut().zip(above).zip(here).zip(below) {
            *out = ((above + 2 * here + below + 8) / 16) as u8;
        }
        rows.rotate_left(1);
    }
    Gray::new(width, height, pixels)
}

/// What stands out from its blur stands out more: by `amount` times as much.
pub(super) fn sharpened(picture: View<'_>, amount: i16) -> Gray {
    let once = blurred(picture);
    let smooth = blurred(once.view());
    let sharp = |(pixel, smooth): (&u8, &u8)| {
        let pixel = i16::from(*pixel);
        (pixel + amount * (pixel - i16::from(*smooth))).clamp(0, 255) as u8
    };
    let pixels = picture.pixels.iter().zip(smooth.view().pixels).map(sharp).collect();
    Gray::new(picture.width, picture.height, pixels)
}

/// Each pixel becomes the brightest within `reach`, then the darkest: thin dark lines go.
pub(super) fn without_dark_lines(picture: View<'_>, reach: usize) -> Gray {
    let bright = extreme(picture, reach, u8::max);
    extreme(bright.view(), reach, u8::min)
}

/// Each pixel becomes the darkest within `reach`, then the brightest: thin bright lines go.
pub(super) fn without_bright_lines(picture: View<'_>, reach: usize) -> Gray {
    let dark = extreme(picture, reach, u8::min);
    extreme(dark.view(), reach, u8::max)
}

/// The `most` extreme pixel in a square that reaches so far each way, once along the rows and once along the columns.
fn extreme(picture: View<'_>, reach: usize, most: impl Fn(u8, u8) -> u8) -> Gray {
    let View { width, height, pixels } = picture;
    let mut rows = pixels.to_vec();
    for (out, row) in rows.chunks_exact_mut(width).zip(pixels.chunks_exact(width)) {
        for shift in 1..=reach.min(width - 1) {
            for (out, pixel) in out.iter_mut().zip(&row[shift..]) {
                *out = most(*out, *pixel);
            }
            for (out, pixel) in out[shift..].iter_mut().zip(row) {
                *out = most(*out, *pixel);
            }
        }
    }
    let mut all = rows.clone();
    for shift in 1..=reach.min(height - 1) {
        let offset = shift * width;
        for (out, pixel) in all.iter_mut().zip(&rows[offset..]) {
            *out = most(*out, *pixel);
        }
        for (out, pixel) in all[offset..].iter_mut().zip(&rows) {
            *out = most(*out, *pixel);
        }
    }
    Gray::new(width, height, all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pictures() -> impl Strategy<Value = (usize, Vec<u8>)> {
        (1..40usize).prop_flat_map(|width| {
            let rows = 1..20usize;
            (Just(width), rows.prop_flat_map(move |rows| prop::collection::vec(any::<u8>(), width * rows)))
        })
    }

    /// The pixel there, or the nearest one of the picture.
    fn near(picture: View<'_>, x: i32, y: i32) -> i32 {
        let clamped = |at: i32, end: usize| at.clamp(0, end as i32 - 1) as usize;
        i32::from(picture.pixels[clamped(y, picture.height) * picture.width + clamped(x, picture.width)])
    }

    proptest! {
        #[test]
        fn a_blur_weighs_each_pixel_and_its_neighbours((width, pixels) in pictures()) {
            let picture = View { width, height: pixels.len() / width, pixels: &pixels };
            let smooth = blurred(picture);
            for at in 0..pixels.len() {
                let (x, y) = ((at % width) as i32, (at / width) as i32);
                let weighed = |dx: i32, dy: i32| near(picture, x + dx, y + dy) * (2 - dx.abs()) * (2 - dy.abs());
                let sum: i32 = (0..9).map(|at| weighed(at % 3 - 1, at / 3 - 1)).sum();
                prop_assert_eq!(i32::from(smooth.view().pixels[at]), (sum + 8) / 16, "{} {}", x, y);
            }
        }

        #[test]
        fn an_extreme_is_that_of_the_square_around((width, pixels) in pictures(), reach in 1..4usize) {
            let picture = View { width, height: pixels.len() / width, pixels: &pixels };
            let bright = extreme(picture, reach, u8::max);
            let side = 2 * reach as i32 + 1;
            for at in 0..pixels.len() {
                let (x, y) = ((at % width) as i32 - reach as i32, (at / width) as i32 - reach as i32);
                let brightest = (0..side * side).map(|n| near(picture, x + n % side, y + n / side)).max();
                prop_assert_eq!(Some(i32::from(bright.view().pixels[at])), brightest);
            }
        }
    }

    #[test]
    fn thin_lines_go_and_broad_ones_stay() {
        const WIDTH: usize = 40;
        let drawn = |line: std::ops::Range<usize>, dark: bool| -> Vec<u8> {
            (0..WIDTH * 20).map(|at| if line.contains(&(at % WIDTH)) == dark { 20 } else { 230 }).collect()
        };
        for (width, stays) in [(2, false), (6, true)] {
            for dark in [true, false] {
                let pixels = drawn(17..17 + width, dark);
                let picture = View { width: WIDTH, height: 20, pixels: &pixels };
                let cleaned = if dark { without_dark_lines(picture, 1) } else { without_bright_lines(picture, 1) };
                let there = (cleaned.view().pixels[10 * WIDTH + 18] < 128) == dark;
                assert_eq!(there, stays, "{width} {dark}");
            }
        }
    }

    #[test]
    fn sharpening_makes_a_slope_steeper_and_leaves_what_is_even() {
        let pixels: Vec<u8> = [60, 60, 60, 60, 90, 120, 150, 150, 150, 150].repeat(10);
        let sharp = sharpened(View { width: 10, height: 10, pixels: &pixels }, 2);
        let row = sharp.view().row(5).to_vec();
        assert!(row[3] < 60 && row[6] > 150, "{row:?}");
        assert_eq!((row[0], row[9]), (60, 150));
    }
}
