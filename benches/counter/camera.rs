//! The way through the air, the lens, the sensor and the camera's own JPEG: from light to a frame.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};

use super::scene::{self, Light};
use super::{Picture, Shot};

/// What the screen's white becomes at an exposure of 1.
const WHITE: f32 = 230.0;

/// Turns the light into the frame.
pub fn expose(shot: &Shot, mut light: Light) -> Picture {
    let (width, height) = (light.width, light.height);
    if shot.moire > 0.0 || shot.shade > 0.0 || shot.glare > 0.0 {
        for (at, value) in light.pixels.iter_mut().enumerate() {
            let (x, y) = ((at % width) as f32, (at / width) as f32);
            if shot.moire > 0.0 {
                *value *= 1.0 - shot.moire * moire(shot, x, y);
            }
            if shot.shade > 0.0 {
                *value *= scene::shade(shot, x, y);
            }
            if shot.glare > 0.0 {
                *value += scene::glare(shot, x, y);
            }
        }
    }
    if shot.focus > 0.3 {
        light = defocused(&light, shot.focus);
    }
    if shot.motion.0 > 0.5 {
        light = moved(&light, shot.motion.0, shot.motion.1.to_radians());
    }
    let mut random = fastrand::Rng::with_seed(shot.seed ^ 0x5E45);
    let pixels: Vec<u8> = light
        .pixels
        .iter()
        .map(|value| {
            let value = (value * shot.light * WHITE).min(255.0);
            // Light comes in grains: its noise grows with its root, above a floor of the sensor's own.
            let spread = shot.noise * (0.35 + 0.65 * (value / 255.0).max(0.0).sqrt());
            (value + spread * normal(&mut random)).round().clamp(0.0, 255.0) as u8
        })
        .collect();
    let pixels =
        shot.jpeg.map_or(pixels.clone(), |quality| through_jpeg(&pixels, width as u32, height as u32, quality));
    Picture { width: width as u32, height: height as u32, pixels }
}

/// The pattern of two grids nearly alike: bent stripes, 0 to 1.
fn moire(shot: &Shot, x: f32, y: f32) -> f32 {
    let angle = super::hash(6, 1, shot.seed) * std::f32::consts::PI;
    let period = 4.0 + 14.0 * super::hash(6, 2, shot.seed);
    let (along, across) = (x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin());
    let bent = along + 0.002 * across * across / period;
    0.5 + 0.5 * (bent * std::f32::consts::TAU / period).sin()
}

/// About a normal distribution of spread 1: eight bytes' sum.
fn normal(random: &mut fastrand::Rng) -> f32 {
    let sum: u32 = random.u64(..).to_le_bytes().iter().map(|byte| u32::from(*byte)).sum();
    (sum as f32 - 1020.0) / 209.0
}

/// Every point becomes a disc of `radius` pixels.
fn defocused(light: &Light, radius: f32) -> Light {
    let (width, height) = (light.width as isize, light.height as isize);
    // Running sums of each row, so that a disc costs one subtraction a row.
    let stride = light.width + 1;
    let mut sums = vec![0f32; stride * light.height];
    for (row, pixels) in light.pixels.chunks(light.width).enumerate() {
        let mut sum = 0.0;
        for (x, value) in pixels.iter().enumerate() {
            sum += value;
            sums[row * stride + x + 1] = sum;
        }
    }
    let reach = radius.ceil() as isize;
    // Half widths of the disc's rows; a share of the outermost pixel is given to both ends.
    let rows: Vec<(isize, f32)> = (-reach..=reach)
        .filter_map(|dy| {
            let rest = (radius + 0.5).powi(2) - (dy as f32).powi(2);
            (rest > 0.0).then(|| (dy, rest.sqrt() - 0.5))
        })
        .filter(|(_, half)| *half >= 0.0)
        .collect();
    let mut pixels = Vec::with_capacity(light.pixels.len());
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut weight) = (0.0, 0.0);
            for (dy, half) in &rows {
                let row = (y + dy).clamp(0, height - 1);
                let whole = half.floor() as isize;
                let part = half - whole as f32;
                let (from, to) = ((x - whole).clamp(0, width - 1), (x + whole).clamp(0, width - 1));
                let base = row as usize * stride;
                sum += sums[base + to as usize + 1] - sums[base + from as usize];
                weight += (to - from + 1) as f32;
                let ends = [(x - whole - 1).clamp(0, width - 1), (x + whole + 1).clamp(0, width - 1)];
                for end in ends {
                    sum += part * light.pixels[(row * width + end) as usize];
                    weight += part;
                }
            }
            pixels.push(sum / weight);
        }
    }
    Light { width: light.width, height: light.height, pixels }
}

/// Every point becomes a line of `length` pixels.
fn moved(light: &Light, length: f32, angle: f32) -> Light {
    let steps = (length.ceil() as i32 * 2).max(2);
    let (dx, dy) = (angle.cos() * length, angle.sin() * length);
    let offsets: Vec<(f32, f32)> = (0..=steps)
        .map(|step| {
            let share = step as f32 / steps as f32 - 0.5;
            (dx * share, dy * share)
        })
        .collect();
    let (width, height) = (light.width, light.height);
    let mut pixels = Vec::with_capacity(light.pixels.len());
    for y in 0..height {
        for x in 0..width {
            let sum: f32 = offsets.iter().map(|(ox, oy)| between(light, x as f32 + ox, y as f32 + oy)).sum();
            pixels.push(sum / offsets.len() as f32);
        }
    }
    Light { width, height, pixels }
}

/// The light between pixels.
fn between(light: &Light, x: f32, y: f32) -> f32 {
    let x = x.clamp(0.0, (light.width - 1) as f32);
    let y = y.clamp(0.0, (light.height - 1) as f32);
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(light.width - 1), (top + 1).min(light.height - 1));
    let (fx, fy) = (x - left as f32, y - top as f32);
    let at = |x: usize, y: usize| light.pixels[y * light.width + x];
    (at(left, top) * (1.0 - fx) + at(right, top) * fx) * (1.0 - fy)
        + (at(left, bottom) * (1.0 - fx) + at(right, bottom) * fx) * fy
}

/// What a JPEG of this quality leaves of the frame.
fn through_jpeg(pixels: &[u8], width: u32, height: u32, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoded =
        JpegEncoder::new_with_quality(&mut bytes, quality).encode(pixels, width, height, ExtendedColorType::L8);
    encoded.expect("the size fits");
    image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).expect("just encoded").into_luma8().into_raw()
}
