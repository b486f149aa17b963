//! Brightness as the readers' own steps see it, and its changes of size: halves, doubles, cut-outs and small turns.

use super::super::frame::Luma;

/// A picture that belongs to someone else.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// In pixels, at least 1.
    pub(super) width: usize,
    /// In pixels, at least 1.
    pub(super) height: usize,
    /// Row by row, `width` × `height` of them.
    pub(super) pixels: &'a [u8],
}

/// A picture of our own.
pub(super) struct Gray {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Gray {
    /// `pixels` row by row; there must be `width` × `height` of them, at least one.
    pub(super) fn new(width: usize, height: usize, pixels: Vec<u8>) -> Self {
        debug_assert_eq!(pixels.len(), width * height);
        Self { width, height, pixels }
    }

    pub(super) fn view(&self) -> View<'_> {
        View { width: self.width, height: self.height, pixels: &self.pixels }
    }
}

impl<'a> From<&'a Luma> for View<'a> {
    fn from(luma: &'a Luma) -> Self {
        Self { width: luma.width() as usize, height: luma.height() as usize, pixels: luma.pixels() }
    }
}

impl View<'_> {
    /// The pixels of row `y`.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// Half as wide and high, each pixel the mean of four. An odd last column or row is left out.
    pub(super) fn halved(&self) -> Gray {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        if self.width < 2 || self.height < 2 {
            return Gray::new(1, 1, vec![self.pixels[0]]);
        }
        let mut pixels = vec![0; width * height];
        for (y, out) in pixels.chunks_exact_mut(width).enumerate() {
            let (above, below) = (self.row(y * 2).as_chunks::<2>().0, self.row(y * 2 + 1).as_chunks::<2>().0);
            for ((out, a), b) in out.iter_mut().zip(above).zip(below) {
                *out = ((u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]) + 2) / 4) as u8;
            }
        }
        Gray::new(width, height, pixels)
    }

    /// Twice as wide and high, with straight slopes between the pixels' middles.
    pub(super) fn doubled(&self) -> Gray {
        let (width, height) = (self.width * 2, self.height * 2);
        let mut pixels = vec![0; width * height];
        for (y, out) in pixels.chunks_exact_mut(width).enumerate() {
            let near = self.row(y / 2);
            let far = self.row(if y % 2 == 0 { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(self.height - 1) });
            let between = |x: usize| u16::from(near[x]) * 3 + u16::from(far[x]);
            let mut left = between(0);
            let mut here = left;
            for x in 0..self.width {
                let right = between((x + 1).min(self.width - 1));
                out[x * 2] = ((here * 3 + left + 8) / 16) as u8;
                out[x * 2 + 1] = ((here * 3 + right + 8) / 16) as u8;
                (left, here) = (here, right);
            }
        }
        Gray::new(width, height, pixels)
    }

    /// The part between `left`, `top` and `right`, `bottom` (not included), as far as there is any.
    pub(super) fn cut(&self, [left, top, right, bottom]: [usize; 4]) -> Gray {
        let (right, bottom) = (right.clamp(1, self.width), bottom.clamp(1, self.height));
        let (left, top) = (left.min(right - 1), top.min(bottom - 1));
        let mut pixels = Vec::with_capacity((right - left) * (bottom - top));
        for y in top..bottom {
            pixels.extend_from_slice(&self.row(y)[left..right]);
        }
        Gray::new(right - left, bottom - top, pixels)
    }

    /// Brightness between pixels; beyond the edge that of the edge.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let x = (x - 0.5).clamp(0.0, (self.width - 1) as f32);
        let y = (y - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (fx, fy) = (x - left as f32, y - top as f32);
        let (above, below) = (top * self.width, bottom * self.width);
        let pixel = |at: usize| f32::from(self.pixels[at]);
        let upper = pixel(above + left) + (pixel(above + right) - pixel(above + left)) * fx;
        let lower = pixel(below + left) + (pixel(below + right) - pixel(below + left)) * fx;
        upper + (lower - upper) * fy
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_slope_keeps_its_brightness_when_doubled_and_halved(width in 1..30usize, height in 1..30usize, step in 0..5u8) {
            let pixels: Vec<u8> = (0..width * height).map(|at| (at % width) as u8 * step + (at / width) as u8).collect();
            let picture = View { width, height, pixels: &pixels };
            let doubled = picture.doubled();
            prop_assert_eq!((doubled.view().width, doubled.view().height), (width * 2, height * 2));
            let again = doubled.view().halved();
            prop_assert_eq!((again.view().width, again.view().height), (width, height));
            let nearly = again.view().pixels.iter().zip(&pixels).all(|(a, b)| a.abs_diff(*b) <= step / 2 + 1);
            prop_assert!(nearly, "{:?} {:?}", again.view().pixels, pixels);
        }

        #[test]
        fn a_part_is_what_was_there_and_never_empty(
            width in 1..20usize, height in 1..20usize, edges in prop::array::uniform4(0..30usize),
        ) {
            let pixels: Vec<u8> = (0..width * height).map(|at| at as u8).collect();
            let picture = View { width, height, pixels: &pixels };
            let part = picture.cut(edges);
            let part = part.view();
            prop_assert!(part.width >= 1 && part.height >= 1 && part.width <= width && part.height <= height);
            let [left, top, right, bottom] = edges;
            if left < right && right <= width && top < bottom && bottom <= height {
                prop_assert_eq!((part.width, part.height), (right - left, bottom - top));
                prop_assert_eq!(part.row(0)[0], pixels[top * width + left]);
            }
        }
    }

    #[test]
    fn doubling_goes_straight_from_one_pixel_to_the_next_along_rows_and_columns() {
        for (width, height) in [(3, 1), (1, 3)] {
            let doubled = View { width, height, pixels: &[0, 100, 200] }.doubled();
            let (doubled, step) = (doubled.view(), if width == 1 { 2 } else { 1 });
            let along: Vec<u8> = doubled.pixels.iter().copied().step_by(step).take(6).collect();
            assert_eq!(along, [0, 25, 75, 125, 175, 200], "{width} × {height}");
        }
    }

    #[test]
    fn between_pixels_brightness_goes_straight_from_one_to_the_other() {
        let picture = View { width: 2, height: 2, pixels: &[0, 100, 200, 100] };
        for (x, y, wanted) in
            [(0.5, 0.5, 0.0), (1.0, 0.5, 50.0), (1.0, 1.0, 100.0), (0.5, 1.0, 100.0), (-3.0, 9.0, 200.0)]
        {
            assert_eq!(picture.at(x, y), wanted, "{x} {y}");
        }
    }
}
