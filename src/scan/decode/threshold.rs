//! Black or white by the brightness around: a pixel is black where it is darker than the mean of a square window about it.

use rxing::common::{BitArray, BitMatrix};

use super::gray::View;

/// What is darker than the mean of the `window` × `window` pixels around it by more than `margin`, is black. An even window is made odd.
///
/// The sums run along, so each row costs the same whatever the window; and what is done for each pixel is written for the compiler to do for
/// many at once.
pub(super) fn by_mean(picture: View<'_>, window: usize, margin: u8) -> Option<BitMatrix> {
    let View { width, height, .. } = picture;
    let mut bits = BitMatrix::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?).ok()?;
    let reach = window / 2;
    let inner = (2 * reach + 1).min(width);
    // Sums of each column over the window's rows; before and after them as many zeros as the window reaches.
    let mut columns = vec![0u32; width + 2 * reach + 1];
    // Sums of all columns before each.
    let mut sums = vec![0u32; width + 2 * reach + 1];
    let mut black = vec![0u8; width];
    for y in 0..reach.min(height) {
        add(&mut columns[reach + 1..], picture.row(y));
    }
    for y in 0..height {
        if y + reach < height {
            add(&mut columns[reach + 1..], picture.row(y + reach));
        }
        if let Some(gone) = y.checked_sub(reach + 1) {
            for (sum, pixel) in columns[reach + 1..].iter_mut().zip(picture.row(gone)) {
                *sum -= u32::from(*pixel);
            }
        }
        let mut sum = 0u32;
        for (place, column) in sums.iter_mut().zip(&columns) {
            sum = sum.wrapping_add(*column);
            *place = sum;
        }
        let rows = ((y + reach).min(height - 1) - y.saturating_sub(reach) + 1) as u32;
        let area = inner as u32 * rows;
        let row = picture.row(y);
        for (((black, pixel), to), from) in black.iter_mut().zip(row).zip(&sums[2 * reach + 1..]).zip(&sums) {
            *black = u8::from((u32::from(*pixel) + u32::from(margin)) * area < to.wrapping_sub(*from));
        }
        // At both ends the window is cut off.
        for x in (0..reach.min(width)).chain(width.saturating_sub(reach)..width) {
            let columns = ((x + reach + 1).min(width) - x.saturating_sub(reach)) as u32;
            let sum = sums[x + 2 * reach + 1].wrapping_sub(sums[x]);
            black[x] = u8::from((u32::from(row[x]) + u32::from(margin)) * columns * rows < sum);
        }
        bits.setRow(y as u32, &pack(&black));
    }
    Some(bits)
}

fn add(columns: &mut [u32], row: &[u8]) {
    for (sum, pixel) in columns.iter_mut().zip(row) {
        *sum += u32::from(*pixel);
    }
}

/// A row of bits from a row of ones and zeros, eight at a time.
fn pack(black: &[u8]) -> BitArray {
    const BITS: usize = usize::BITS as usize;
    /// Brings the lowest bit of each of eight bytes together in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut row = BitArray::with_size(black.len());
    for (number, chunk) in black.chunks(BITS).enumerate() {
        let (eights, rest) = chunk.as_chunks::<8>();
        let mut word = 0usize;
        for (at, eight) in eights.iter().enumerate() {
            word |= ((u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) as usize) << (at * 8);
        }
        for (at, black) in rest.iter().enumerate() {
            word |= usize::from(*black) << (eights.len() * 8 + at);
        }
        row.setBulk(number * BITS, word);
    }
    row
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pixel_is_black_exactly_where_it_is_darker_than_its_window_by_more_than_the_margin(
            (width, pixels) in (1..140usize).prop_flat_map(|width| {
                (Just(width), (1..24usize).prop_flat_map(move |rows| prop::collection::vec(any::<u8>(), width * rows)))
            }),
            reach in 0..20usize,
            margin in 0..9u8,
        ) {
            let height = pixels.len() / width;
            let picture = View { width, height, pixels: &pixels };
            let bits = by_mean(picture, reach * 2 + 1, margin).unwrap();
            for (x, y) in (0..pixels.len()).map(|at| (at % width, at / width)) {
                let (rows, columns) = (y.saturating_sub(reach)..(y + reach + 1).min(height), x.saturating_sub(reach)..(x + reach + 1).min(width));
                let window: Vec<u32> = rows.flat_map(|y| columns.clone().map(move |x| (x, y))).map(|(x, y)| u32::from(pixels[y * width + x])).collect();
                let darker = (u32::from(pixels[y * width + x]) + u32::from(margin)) * (window.len() as u32) < window.iter().sum();
                prop_assert_eq!(bits.get(x as u32, y as u32), darker, "{} {}", x, y);
            }
        }
    }
}
