//! Pictures that are not a camera's: files, dropped or pasted ones.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::Path,
};

use image::error::{DecodingError, ImageFormatHint};
use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageError, ImageReader, Limits, Rgb, RgbImage};

use super::decode::guarded;
use super::frame::{FrameError, Luma, PIXELS_MAX, SIDE_MAX, luma_of_rgb};

/// Largest picture file, in bytes.
pub const PICTURE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most memory that unpacking one may take, in bytes: the largest picture at 16 bits and four channels.
const UNPACKED_BYTES_MAX: u64 = PIXELS_MAX * 8;
/// What a picture file is called at its end, in small letters.
const EXTENSIONS: [&str; 5] = ["png", "jpg", "jpeg", "webp", "bmp"];

/// Why a picture cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file cannot be opened or read.
    #[error("the picture cannot be read")]
    Read(#[from] io::Error),
    /// The file is over [`PICTURE_BYTES_MAX`].
    #[error("the picture file is larger than {} MiB", PICTURE_BYTES_MAX / (1024 * 1024))]
    TooLarge,
    /// It is no PNG, JPEG, WebP or BMP picture, or a damaged one.
    #[error("this is not a PNG, JPEG, WebP or BMP picture, or it is damaged")]
    Format(#[from] ImageError),
    /// Its size is not accepted, or its bytes do not make that size.
    #[error(transparent)]
    Pixels(#[from] FrameError),
    /// A folder without a picture in it.
    #[error("there is no picture in this folder")]
    EmptyFolder,
}

/// Whether `path` ends as the name of a picture file does.
pub fn is_picture_name(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

/// Reads a picture file.
///
/// # Errors
/// Where it cannot be read, is too large, or is no picture of a known kind.
pub fn read_picture(path: &Path) -> Result<Luma, PictureError> {
    picture_from_bytes(&read_file(path)?)
}

/// Takes the bytes of a picture file, as they are dropped on the window.
///
/// # Errors
/// As [`read_picture`].
pub fn picture_from_bytes(bytes: &[u8]) -> Result<Luma, PictureError> {
    let picture = unpack(bytes)?;
    let (width, height) = (picture.width(), picture.height());
    if picture.color().has_alpha() {
        picture_from_rgba(width, height, &picture.into_rgba8())
    } else if picture.color().has_color() {
        let rgb = picture.into_rgb8();
        Ok(Luma::new(width, height, rgb.as_chunks().0.iter().map(|&[r, g, b]| luma_of_rgb(r, g, b)).collect())?)
    } else {
        Ok(Luma::new(width, height, picture.into_luma8().into_raw())?)
    }
}

/// Takes pixels of four bytes (red, green, blue, alpha, not premultiplied), as the clipboard gives them. What is
/// transparent shows white behind it, as paper would.
///
/// # Errors
/// Where the size is not accepted or the bytes do not make it.
pub fn picture_from_rgba(width: u32, height: u32, rgba: &[u8]) -> Result<Luma, PictureError> {
    let (pixels, rest) = rgba.as_chunks();
    if !rest.is_empty() {
        let needed = (width as usize).saturating_mul(height as usize).saturating_mul(4);
        return Err(FrameError::Length { width, height, needed, got: rgba.len() }.into());
    }
    let luma = pixels.iter().map(|&[r, g, b, alpha]| over_white(luma_of_rgb(r, g, b), alpha)).collect();
    Ok(Luma::new(width, height, luma)?)
}

/// A picture from elsewhere that is to be shown, in colour: one that claims to have at most `claimed_max` pixels a side, reduced to at most `side_max`.
/// What is transparent shows white behind it.
///
/// # Errors
/// Where it is no picture of a known kind, damaged, or claims to be larger.
pub(crate) fn small_picture(bytes: &[u8], claimed_max: u32, side_max: u32) -> Result<RgbImage, PictureError> {
    let picture = unpack_within(bytes, claimed_max, u64::from(claimed_max).saturating_pow(2).saturating_mul(8))?;
    let picture = if picture.color().has_alpha() {
        let rgba = picture.into_rgba8();
        RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
            let [r, g, b, alpha] = rgba.get_pixel(x, y).0;
            Rgb([r, g, b].map(|c| over_white(c, alpha)))
        })
    } else {
        picture.into_rgb8()
    };
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= side_max {
        return Ok(picture);
    }
    let reduced = |side: u32| (side * side_max / longer).max(1);
    Ok(resize(&picture, reduced(width), reduced(height), FilterType::CatmullRom))
}

/// A picture in colour, for the source that plays pictures as a camera would: width, height and three bytes a pixel.
pub(super) fn read_colour(path: &Path) -> Result<(u32, u32, Vec<u8>), PictureError> {
    let picture = unpack(&read_file(path)?)?;
    let (width, height) = (picture.width(), picture.height());
    if !picture.color().has_alpha() {
        return Ok((width, height, picture.into_rgb8().into_raw()));
    }
    let rgba = picture.into_rgba8();
    let rgb = rgba.as_chunks().0.iter().flat_map(|&[r, g, b, alpha]| [r, g, b].map(|c| over_white(c, alpha)));
    Ok((width, height, rgb.collect()))
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Reads at most [`PICTURE_BYTES_MAX`], whatever the file's size is said to be.
fn read_file(path: &Path) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(PICTURE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > PICTURE_BYTES_MAX { Err(PictureError::TooLarge) } else { Ok(bytes) }
}

/// Unpacks a picture whose kind its first bytes tell. Which way up it is makes no difference to a code.
fn unpack(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    unpack_within(bytes, SIDE_MAX, UNPACKED_BYTES_MAX)
}

/// The same, of one that claims to be no larger, in pixels a side, and takes no more memory, in bytes.
fn unpack_within(bytes: &[u8], side_max: u32, memory_max: u64) -> Result<DynamicImage, PictureError> {
    if bytes.len() as u64 > PICTURE_BYTES_MAX {
        return Err(PictureError::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(side_max);
    limits.max_image_height = Some(side_max);
    limits.max_alloc = Some(memory_max);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits);
    // A decoder is known to panic on some damaged pictures.
    let unpacked = guarded("a picture decoder", || reader.decode());
    Ok(unpacked
        .unwrap_or_else(|| Err(ImageError::Decoding(DecodingError::from_format_hint(ImageFormatHint::Unknown))))?)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::*;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_kind_of_picture_file_is_read_whatever_it_is_called() {
        let picture = DynamicImage::ImageLuma8(image::GrayImage::from_fn(16, 8, |x, _| image::Luma([x as u8 * 16])));
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Jpeg] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("picture.dat");
            std::fs::write(&path, encoded(&picture, format)).unwrap();
            let luma = read_picture(&path).unwrap();
            assert_eq!((luma.width(), luma.height()), (16, 8), "{format:?}");
            let wanted = picture.as_luma8().unwrap();
            assert!(luma.pixels().iter().zip(wanted.iter()).all(|(a, b)| a.abs_diff(*b) <= 8), "{format:?}");
        }
    }

    #[test]
    fn what_is_transparent_shows_white() {
        let mut picture = RgbaImage::from_pixel(2, 1, Rgba([0, 0, 0, 0]));
        picture.put_pixel(1, 0, Rgba([0, 0, 0, 255]));
        assert_eq!(picture_from_rgba(2, 1, &picture).unwrap().pixels(), [255, 0]);
        let bytes = encoded(&picture.into(), ImageFormat::Png);
        assert_eq!(picture_from_bytes(&bytes).unwrap().pixels(), [255, 0]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(read_colour(&path).unwrap(), (2, 1, vec![255, 255, 255, 0, 0, 0]));
    }

    #[test]
    fn what_is_no_picture_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_picture(&folder.path().join("none.png")), Err(PictureError::Read(_))));
        assert!(matches!(read_picture(folder.path()), Err(PictureError::Read(_))), "a folder");
        for bytes in [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", b"\xFF\xD8\xFF\xE0", b"%PDF-1.4"] {
            assert!(matches!(picture_from_bytes(bytes), Err(PictureError::Format(_))), "{bytes:?}");
        }
        let large = folder.path().join("large.png");
        File::create(&large).unwrap().set_len(PICTURE_BYTES_MAX + 1).unwrap();
        assert!(matches!(read_picture(&large), Err(PictureError::TooLarge)));
    }

    #[test]
    fn a_picture_on_which_its_decoder_panics_is_one_that_cannot_be_read() {
        let bytes = include_bytes!("../../fuzz/corpus/pictures/finding_panics_in_the_decoder");
        let picture = picture_from_bytes(bytes);
        assert!(matches!(picture, Ok(_) | Err(PictureError::Format(_))), "{picture:?}");
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused() {
        let mut bmp = encoded(&DynamicImage::new_luma8(1, 1), ImageFormat::Bmp);
        bmp[18..22].copy_from_slice(&60_000u32.to_le_bytes());
        bmp[22..26].copy_from_slice(&60_000u32.to_le_bytes());
        assert!(picture_from_bytes(&bmp).is_err());
    }

    proptest! {
        #[test]
        fn pasted_pixels_make_a_picture_exactly_where_their_number_fits(
            width in prop_oneof![0..9u32, Just(u32::MAX)],
            height in prop_oneof![0..9u32, Just(u32::MAX)],
            mut bytes in prop::collection::vec(any::<u8>(), 0..300),
            exactly in any::<bool>(),
        ) {
            let needed = u128::from(width) * u128::from(height) * 4;
            if exactly && needed < 300 {
                bytes.resize(needed as usize, 0);
            }
            let fits = needed == bytes.len() as u128 && needed > 0;
            prop_assert_eq!(picture_from_rgba(width, height, &bytes).is_ok(), fits);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..4usize) {
            let heads: [&[u8]; 4] = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xFF\xD8\xFF\xE0", b"RIFF\x40\0\0\0WEBPVP8L", b"BM"];
            let _ = picture_from_bytes(&[heads[kind], &bytes].concat());
        }
    }
}
