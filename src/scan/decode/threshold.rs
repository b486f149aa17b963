//! Black or white by the brightness around: a pixel is black where it is darker than the mean of a square window about it.

use rxing::common::{BitArray, BitMatrix};

use super::gray::View;

/// What is darker than the mean of the `window` × `window` pixels around it by more than `margin`, is black. An even window is made odd.
///
/// Both sums run along: each row costs the same whatever the window.
pub(super) fn by_mean(picture: View<'_>, window: usize, margin: u8) -> Option<BitMatrix> {
    let View { width, height, .. } = picture;
    let mut bits = BitMatrix::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?).ok()?;
    let reach = window / 2;
    // Sums of each column over the window's rows.
    let mut columns = vec![0u32; width];
    for y in 0..reach.min(height) {
        add(&mut columns, picture.row(y));
    }
    let mut sums = vec![0u32; width + 1];
    for y in 0..height {
        if y + reach < height {
            add(&mut columns, picture.row(y + reach));
        }
        if let Some(gone) = y.checked_sub(reach + 1) {
            for (sum, pixel) in columns.iter_mut().zip(picture.row(gone)) {
                *sum -= u32::from(*pixel);
            }
        }
        let rows = ((y + reach).min(height - 1) - y.saturating_sub(reach) + 1) as u32;
        let mut sum = 0u32;
        for (place, column) in sums[1..].iter_mut().zip(&columns) {
            sum = sum.wrapping_add(*column);
            *place = sum;
        }
        let row = pack(width, |x| {
            let (from, to) = (x.saturating_sub(reach), (x + reach + 1).min(width));
            let area = (to - from) as u32 * rows;
            let pixel = u32::from(picture.pixels[y * width + x]) + u32::from(margin);
            pixel * area < sums[to].wrapping_sub(sums[from])
        });
        bits.setRow(y as u32, &row);
    }
    Some(bits)
}

fn add(columns: &mut [u32], row: &[u8]) {
    for (sum, pixel) in columns.iter_mut().zip(row) {
        *sum += u32::from(*pixel);
    }
}

/// A row of bits, a machine word at a time.
fn pack(width: usize, black: impl Fn(usize) -> bool) -> BitArray {
    const BITS: usize = usize::BITS as usize;
    let mut row = BitArray::with_size(width);
    for start in (0..width).step_by(BITS) {
        let word =
            (start..(start + BITS).min(width)).fold(0usize, |word, x| word | usize::from(black(x)) << (x - start));
        row.setBulk(start, word);
    }
    row
}
