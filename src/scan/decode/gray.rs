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
