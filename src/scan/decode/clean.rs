//! What makes a damaged picture readable: blur against noise, sharpening against blur, closing and opening against cracks. Each gives a picture of the same size.

use super::gray::{Gray, View};

/// The mean of each pixel and its neighbours, the middle ones weighing more (1 2 1 both ways).
pub(super) fn blurred(picture: View<'_>) -> Gray {
    let View { width, height, pixels } = picture;
    let mut rows = vec![0u16; width * height];
    for (out, row) in rows.chunks_exact_mut(width).zip(pixels.chunks_exact(width)) {
        for x in 0..width {
            let (left, right) = (row[x.saturating_sub(1)], row[(x + 1).min(width - 1)]);
            out[x] = u16::from(left) + 2 * u16::from(row[x]) + u16::from(right);
        }
    }
    let mut smooth = vec![0; width * height];
    for (y, out) in smooth.chunks_exact_mut(width).enumerate() {
        let row = |y: usize| &rows[y * width..(y + 1) * width];
        let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
        for (x, out) in out.iter_mut().enumerate() {
            *out = ((above[x] + 2 * here[x] + below[x] + 8) / 16) as u8;
        }
    }
    Gray::new(width, height, smooth)
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
fn extreme(picture: View<'_>, reach: usize, most: fn(u8, u8) -> u8) -> Gray {
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
