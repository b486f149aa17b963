//! Paints what the window draws without any graphics: triangles as `egui` has them, pixel by pixel, the same on every machine.
//!
//! No kept crate does this for the present `egui` without a driver of the system's, whose pictures differ from machine to machine.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use eframe::egui::epaint::{ClippedShape, ImageData, Primitive, Vertex};
use eframe::egui::{Color32, ColorImage, Context, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::RgbImage;

/// By how much of a pixel of a texture rounding may miss its middle.
const WHOLE: f32 = 0.02;

/// The textures of a window, kept for painting. A copy keeps the same ones.
#[derive(Clone, Default)]
pub struct Painter(Rc<RefCell<HashMap<TextureId, ColorImage>>>);

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut textures = self.0.borrow_mut();
        for (id, deltas) in &delta.set {
            for delta in deltas {
                let ImageData::Color(image) = &delta.image;
                let Some([left, top]) = delta.pos else {
                    textures.insert(*id, ColorImage::clone(image));
                    continue;
                };
                let Some(whole) = textures.get_mut(id) else { continue };
                let width = whole.width();
                for (row, pixels) in image.pixels.chunks(image.width()).enumerate() {
                    let start = (top + row) * width + left;
                    whole.pixels[start..start + pixels.len()].copy_from_slice(pixels);
                }
            }
        }
        delta.free.iter().for_each(|id| drop(textures.remove(id)));
        delta.clear();
    }
}

impl Painter {
    /// Paints `shapes`, which are on a screen of this width and height in points, both even, and makes the picture half as large: a pixel is what four were.
    pub fn paint(&self, ctx: &Context, shapes: Vec<ClippedShape>, [width, height]: [usize; 2]) -> RgbImage {
        let textures = self.0.borrow();
        let paper = ctx.global_style().visuals.window_fill; // as the window is cleared
        let mut canvas = Canvas { width, pixels: vec![paper; width * height] };
        for painted in ctx.tessellate(shapes, 1.0) {
            let Primitive::Mesh(mesh) = &painted.primitive else { continue };
            let Some(texture) = textures.get(&mesh.texture_id) else { continue };
            let within = |at: f32, most: usize| at.round().clamp(0.0, most as f32) as usize;
            let clip = painted.clip_rect;
            let clip = Clip {
                x: within(clip.min.x, width)..within(clip.max.x, width),
                y: within(clip.min.y, height)..within(clip.max.y, height),
            };
            for corners in mesh.indices.chunks_exact(3) {
                let corners = [corners[0], corners[1], corners[2]].map(|index| &mesh.vertices[index as usize]);
                canvas.triangle(corners, &clip, texture);
            }
        }
        let mut bytes = Vec::with_capacity(width / 2 * (height / 2) * 3);
        for row in (0..height).step_by(2) {
            for column in (0..width).step_by(2) {
                let at = row * width + column;
                let [a, b, c, d] = [at, at + 1, at + width, at + width + 1].map(|at| canvas.pixels[at].to_array());
                for channel in 0..3 {
                    let sum =
                        u16::from(a[channel]) + u16::from(b[channel]) + u16::from(c[channel]) + u16::from(d[channel]);
                    bytes.push((sum / 4) as u8);
                }
            }
        }
        RgbImage::from_raw(width as u32 / 2, height as u32 / 2, bytes).expect("as many bytes as pixels")
    }
}

/// Columns and rows that may be painted.
struct Clip {
    x: std::ops::Range<usize>,
    y: std::ops::Range<usize>,
}

struct Canvas {
    width: usize,
    pixels: Vec<Color32>,
}

/// What goes from corner to corner: red, green, blue and alpha to 255, and the place in the texture.
type Values = [f32; 6];

impl Canvas {
    /// Each pixel whose centre is inside; of two triangles with a common side, one has it.
    fn triangle(&mut self, corners: [&Vertex; 3], clip: &Clip, texture: &ColorImage) {
        let [a, b, c] = corners.map(|corner| corner.pos);
        let double_area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        if double_area == 0.0 {
            return;
        }
        let values = corners.map(|corner| {
            let [red, green, blue, alpha] = corner.color.to_array().map(f32::from);
            [red, green, blue, alpha, corner.uv.x, corner.uv.y]
        });
        let is_plain = values[0] == values[1] && values[1] == values[2];
        let (across, down) = slopes([a, b, c], &values, double_area);
        let plain = is_plain.then(|| shaded(&values[0], texture));

        let first = (a.y.min(b.y).min(c.y) - 0.5).ceil().max(clip.y.start as f32) as usize;
        let last = (a.y.max(b.y).max(c.y) - 0.5).ceil().clamp(0.0, clip.y.end as f32) as usize;
        for row in first..last {
            let y = row as f32 + 0.5;
            let (mut left, mut right) = (f32::MAX, f32::MIN);
            for (from, to) in [(a, b), (b, c), (c, a)] {
                // Always from the upper end, so that two triangles find the same for a common side.
                let (upper, lower) = if (from.y, from.x) <= (to.y, to.x) { (from, to) } else { (to, from) };
                if upper.y <= y && y < lower.y {
                    let x = upper.x + (lower.x - upper.x) * ((y - upper.y) / (lower.y - upper.y));
                    (left, right) = (left.min(x), right.max(x));
                }
            }
            let start = (left - 0.5).ceil().clamp(clip.x.start as f32, clip.x.end as f32) as usize;
            let end = (right - 0.5).ceil().clamp(start as f32, clip.x.end as f32) as usize;
            let pixels = &mut self.pixels[row * self.width + start..row * self.width + end];
            match plain {
                Some(color) if color.a() == 255 => pixels.fill(color),
                Some(color) => pixels.iter_mut().for_each(|pixel| *pixel = over(color, *pixel)),
                None => {
                    for (column, pixel) in (start..end).zip(pixels) {
                        let (dx, dy) = (column as f32 + 0.5 - a.x, y - a.y);
                        let here = std::array::from_fn(|at| values[0][at] + across[at] * dx + down[at] * dy);
                        *pixel = over(shaded(&here, texture), *pixel);
                    }
                }
            }
        }
    }
}

/// By how much each value grows with a pixel to the right, and with one down.
fn slopes([a, b, c]: [eframe::egui::Pos2; 3], values: &[Values; 3], double_area: f32) -> (Values, Values) {
    let ((bx, by), (cx, cy)) = ((b.x - a.x, b.y - a.y), (c.x - a.x, c.y - a.y));
    let rises = |at: usize| (values[1][at] - values[0][at], values[2][at] - values[0][at]);
    let across = std::array::from_fn(|at| (rises(at).0 * cy - rises(at).1 * by) / double_area);
    let down = std::array::from_fn(|at| (rises(at).1 * bx - rises(at).0 * cx) / double_area);
    (across, down)
}

/// The colour of `values` with the texture's laid over it.
fn shaded(values: &Values, texture: &ColorImage) -> Color32 {
    let [width, height] = texture.size;
    let (x, y) = (values[4] * width as f32 - 0.5, values[5] * height as f32 - 0.5);
    let texel = |column: f32, row: f32| {
        let (column, row) = (column.clamp(0.0, width as f32 - 1.0), row.clamp(0.0, height as f32 - 1.0));
        texture.pixels[row as usize * width + column as usize]
    };
    let over_it = |channel: usize, texel: f32| (values[channel] * texel / 255.0).round() as u8;
    // Letters lie on whole pixels, and each pixel on one of the texture's.
    if (x - x.round()).abs() < WHOLE && (y - y.round()).abs() < WHOLE {
        let [red, green, blue, alpha] = texel(x.round(), y.round()).to_array();
        let [red, green, blue, alpha] =
            [(0, red), (1, green), (2, blue), (3, alpha)].map(|(at, of)| over_it(at, f32::from(of)));
        return Color32::from_rgba_premultiplied(red, green, blue, alpha);
    }
    let (left, top) = (x.floor(), y.floor());
    let (right, lower) = (x - left, y - top);
    let around = [
        (texel(left, top), (1.0 - right) * (1.0 - lower)),
        (texel(left + 1.0, top), right * (1.0 - lower)),
        (texel(left, top + 1.0), (1.0 - right) * lower),
        (texel(left + 1.0, top + 1.0), right * lower),
    ];
    let [red, green, blue, alpha] = [0, 1, 2, 3].map(|channel| {
        over_it(channel, around.iter().map(|(texel, share)| f32::from(texel.to_array()[channel]) * share).sum())
    });
    Color32::from_rgba_premultiplied(red, green, blue, alpha)
}

/// `above` laid over `below`, which is opaque.
fn over(above: Color32, below: Color32) -> Color32 {
    let rest = 255 - u32::from(above.a());
    let channel = |above: u8, below: u8| (u32::from(above) + (u32::from(below) * rest + 127) / 255).min(255) as u8;
    Color32::from_rgb(channel(above.r(), below.r()), channel(above.g(), below.g()), channel(above.b(), below.b()))
}
