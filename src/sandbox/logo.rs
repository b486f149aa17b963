//! The logos of the sandbox's merchants, drawn when they are asked for: a camellia in a card's colour.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// Where they lie; what follows names the colour, as in `/logo/63b359`.
pub(super) const PATH: &str = "/logo/";
/// Its colour where a card's is none that can be drawn.
const COLOUR: &str = "63b359";
/// Pixels a side, as the platform recommends to merchants.
const SIDE: u32 = 300;
const PETALS: u8 = 6;

/// Where the logo of a card of this colour lies.
pub(super) fn path_for(color: &str) -> String {
    let drawn = color.strip_prefix('#').filter(|digits| colour(digits).is_some());
    format!("{PATH}{}", drawn.unwrap_or(COLOUR))
}

/// The picture, in PNG, in a colour of six hexadecimal digits; `None` where it is no colour.
pub(super) fn png(digits: &str) -> Option<Vec<u8>> {
    let colour = colour(digits)?;
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| Rgb(pixel(x as f32 + 0.5, y as f32 + 0.5, colour)));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}

fn colour(digits: &str) -> Option<[u8; 3]> {
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([red, green, blue])
}

/// Petals round a middle on a light ground, each layer a disc over the last, with edges a pixel wide.
fn pixel(x: f32, y: f32, colour: [u8; 3]) -> [u8; 3] {
    const GROUND: [u8; 3] = [0xFF, 0xF8, 0xEC];
    const MIDDLE: [u8; 3] = [0xF5, 0xC2, 0x42];
    let centre = SIDE as f32 / 2.0;
    let disc = |at: (f32, f32), radius: f32| (radius - (x - at.0).hypot(y - at.1) + 0.5).clamp(0.0, 1.0);
    let over = |below: [u8; 3], above: [u8; 3], share: f32| {
        let mixed =
            |below: u8, above: u8| (f32::from(below) + (f32::from(above) - f32::from(below)) * share).round() as u8;
        [0, 1, 2].map(|channel: usize| mixed(below[channel], above[channel]))
    };
    let petals = (0..PETALS).map(|petal| {
        let turn = std::f32::consts::TAU * f32::from(petal) / f32::from(PETALS);
        (centre + 68.0 * turn.sin(), centre - 68.0 * turn.cos())
    });
    let shown = petals.fold(GROUND, |below, at| {
        let edged = over(below, GROUND, disc(at, 60.0));
        over(edged, colour, disc(at, 55.0))
    });
    over(over(shown, GROUND, disc((centre, centre), 43.0)), MIDDLE, disc((centre, centre), 36.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_has_its_cards_colour_whatever_that_is() {
        for (color, path) in [
            ("#63b359", "/logo/63b359"),
            ("#CC463D", "/logo/CC463D"),
            ("Color010", "/logo/63b359"),
            ("#+1b35", "/logo/63b359"),
            ("#63b35", "/logo/63b359"),
            ("#彩色", "/logo/63b359"),
            ("", "/logo/63b359"),
        ] {
            assert_eq!(path_for(color), path, "{color}");
        }
        let picture = image::load_from_memory(&png("cc463d").expect("a picture")).expect("a picture").into_rgb8();
        assert_eq!(picture.dimensions(), (SIDE, SIDE));
        assert_eq!(picture.get_pixel(150, 60).0, [0xCC, 0x46, 0x3D], "a petal");
        assert_ne!(picture.get_pixel(0, 0).0, [0xCC, 0x46, 0x3D], "a corner");
        assert_eq!(png("no colour"), None);
    }
}
