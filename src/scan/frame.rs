//! From what a camera delivers to what the readers and the window need: luma, and a small picture in colour.
//!
//! The readers see brightness alone, so it is taken straight from the buffer wherever the format holds it plainly.
//! Rows are taken as tightly packed: nokhwa tells no stride. What follows the last row (drivers round buffers up) is ignored.

use std::fmt;

use zune_jpeg::{
    JpegDecoder,
    errors::DecodeErrors,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::decode::guarded;

/// Longest side of a picture, in pixels.
pub const SIDE_MAX: u32 = 16_384;
/// Most pixels of a picture: beyond every telephone's and camera's.
pub const PIXELS_MAX: u64 = 64_000_000;
/// Widest preview, in pixels.
pub const PREVIEW_WIDTH_MAX: u32 = 640;

/// A picture in brightness: one byte a pixel, 0 black, 255 white, rows from the top and without gaps.
#[derive(Clone, PartialEq, Eq)]
pub struct Luma {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Luma {
    /// Takes `pixels` as a picture of `width` × `height`.
    ///
    /// # Errors
    /// Where a side is zero or over [`SIDE_MAX`], the area over [`PIXELS_MAX`], or the number of pixels another.
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, FrameError> {
        let needed = area(width, height)?;
        if pixels.len() == needed {
            Ok(Self { width, height, pixels })
        } else {
            Err(FrameError::Length { width, height, needed, got: pixels.len() })
        }
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

impl fmt::Debug for Luma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Luma({} × {})", self.width, self.height)
    }
}

/// How a frame's bytes hold its pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Packed 4:2:2, `Y U Y V` for two pixels.
    Yuyv,
    /// A plane of Y, then a plane of `U V` at half the width and height.
    Nv12,
    /// One byte of brightness a pixel.
    #[default]
    Gray,
    /// A JPEG picture a frame.
    Mjpeg,
    /// Three bytes a pixel, red first.
    Rgb,
    /// Three bytes a pixel, blue first.
    Bgr,
}

impl PixelFormat {
    /// The format's usual name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Gray => "GRAY",
            Self::Mjpeg => "MJPEG",
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
        }
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a frame or a picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A side is zero, or larger than is accepted.
    #[error("a picture of {width} × {height} pixels is not accepted")]
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The bytes do not make the picture that they are said to be.
    #[error("{got} bytes are not a picture of {width} × {height} pixels, which takes {needed}")]
    Length {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// In bytes.
        needed: usize,
        /// In bytes.
        got: usize,
    },
    /// A motion JPEG frame that is damaged.
    #[error("the camera's JPEG picture is damaged")]
    Jpeg(#[from] DecodeErrors),
}

/// One frame as a camera delivered it.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// How `bytes` hold the pixels.
    pub format: PixelFormat,
    /// In pixels. A JPEG's own size takes precedence.
    pub width: u32,
    /// In pixels. A JPEG's own size takes precedence.
    pub height: u32,
    /// The buffer; it may be longer than the picture.
    pub bytes: &'a [u8],
}

/// A frame in colour, scaled down by a whole number to at most [`PREVIEW_WIDTH_MAX`].
#[derive(Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four bytes a pixel: red, green, blue, 255.
    pub rgba: Vec<u8>,
}

impl Frame<'_> {
    /// The frame's brightness.
    ///
    /// # Errors
    /// Where the buffer is too short for the size, the size is not accepted, or the JPEG is damaged.
    pub fn luma(&self) -> Result<Luma, FrameError> {
        match self.format {
            PixelFormat::Mjpeg => decode_jpeg(self.bytes, JpegUse::Luma)?.luma(),
            _ => self.pixels()?.luma(),
        }
    }

    /// The frame's brightness and, at little more cost, its small picture in colour.
    ///
    /// # Errors
    /// As [`Frame::luma`].
    pub fn luma_and_thumbnail(&self) -> Result<(Luma, Thumbnail), FrameError> {
        if self.format == PixelFormat::Mjpeg {
            let jpeg = decode_jpeg(self.bytes, JpegUse::Colour)?;
            return Ok((jpeg.luma()?, jpeg.pixels()?.thumbnail()));
        }
        let pixels = self.pixels()?;
        Ok((pixels.luma()?, pixels.thumbnail()))
    }

    /// The checked view of the buffer. A JPEG has none.
    fn pixels(&self) -> Result<Pixels<'_>, FrameError> {
        let layout = match self.format {
            PixelFormat::Yuyv => Layout::Yuyv,
            PixelFormat::Nv12 => Layout::Nv12,
            PixelFormat::Gray | PixelFormat::Mjpeg => Layout::Gray,
            PixelFormat::Rgb => Layout::Rgb,
            PixelFormat::Bgr => Layout::Bgr,
        };
        Pixels::new(layout, self.width, self.height, self.bytes)
    }
}

/// `width` × `height` where both are accepted.
fn area(width: u32, height: u32) -> Result<usize, FrameError> {
    let pixels = u64::from(width) * u64::from(height);
    if (1..=SIDE_MAX).contains(&width) && (1..=SIDE_MAX).contains(&height) && pixels <= PIXELS_MAX {
        usize::try_from(pixels).map_err(|_| FrameError::Size { width, height })
    } else {
        Err(FrameError::Size { width, height })
    }
}

/// How pixels lie in memory once a JPEG is unpacked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Yuyv,
    Nv12,
    Gray,
    Rgb,
    Bgr,
    /// Three bytes a pixel, Y first, full range: what a JPEG holds.
    Ycc,
}

/// A buffer that was found long enough: every access below stays inside it.
struct Pixels<'a> {
    layout: Layout,
    width: usize,
    height: usize,
    bytes: &'a [u8],
}

impl<'a> Pixels<'a> {
    fn new(layout: Layout, width: u32, height: u32, bytes: &'a [u8]) -> Result<Self, FrameError> {
        let area = area(width, height)?;
        let (w, h) = (width as usize, height as usize);
        let needed = match layout {
            Layout::Gray => area,
            Layout::Yuyv => w.div_ceil(2) * 4 * h,
            Layout::Nv12 => area + w.div_ceil(2) * 2 * h.div_ceil(2),
            Layout::Rgb | Layout::Bgr | Layout::Ycc => area * 3,
        };
        match bytes.get(..needed) {
            Some(bytes) => Ok(Self { layout, width: w, height: h, bytes }),
            None => Err(FrameError::Length { width, height, needed, got: bytes.len() }),
        }
    }

    fn luma(&self) -> Result<Luma, FrameError> {
        let area = self.width * self.height;
        let pixels = match self.layout {
            Layout::Gray | Layout::Nv12 => self.bytes[..area].to_vec(),
            Layout::Yuyv if self.width.is_multiple_of(2) => every_nth::<2>(self.bytes),
            Layout::Yuyv => {
                let row_bytes = self.width.div_ceil(2) * 4;
                let mut rows = Vec::with_capacity(area);
                for row in self.bytes.chunks_exact(row_bytes) {
                    rows.extend(row.chunks_exact(2).take(self.width).map(|pair| pair[0]));
                }
                rows
            }
            Layout::Ycc => every_nth::<3>(self.bytes),
            Layout::Rgb => self.bytes.as_chunks().0.iter().map(|&[r, g, b]| luma_of_rgb(r, g, b)).collect(),
            Layout::Bgr => self.bytes.as_chunks().0.iter().map(|&[b, g, r]| luma_of_rgb(r, g, b)).collect(),
        };
        Luma::new(self.width as u32, self.height as u32, pixels)
    }

    /// Every n-th pixel of every n-th row: cheap, and good enough to aim by.
    fn thumbnail(&self) -> Thumbnail {
        let (bytes, width) = (self.bytes, self.width);
        let triple = |x, y| {
            let at = (y * width + x) * 3;
            [bytes[at], bytes[at + 1], bytes[at + 2]]
        };
        // The layout is asked for here, once, and not at every pixel.
        match self.layout {
            Layout::Gray => self.every_nth(|x, y| [bytes[y * width + x]; 3]),
            Layout::Rgb => self.every_nth(triple),
            Layout::Bgr => self.every_nth(|x, y| {
                let [b, g, r] = triple(x, y);
                [r, g, b]
            }),
            Layout::Ycc => self.every_nth(|x, y| rgb_of_full(triple(x, y))),
            Layout::Yuyv => self.every_nth(|x, y| {
                let pair = (y * width.div_ceil(2) + x / 2) * 4;
                rgb_of_video([bytes[pair + (x % 2) * 2], bytes[pair + 1], bytes[pair + 3]])
            }),
            Layout::Nv12 => self.every_nth(|x, y| {
                let uv = width * self.height + (y / 2) * width.div_ceil(2) * 2 + (x / 2) * 2;
                rgb_of_video([bytes[y * width + x], bytes[uv], bytes[uv + 1]])
            }),
        }
    }

    /// A thumbnail of the colours at `x`, `y`, both inside.
    fn every_nth(&self, colour: impl Fn(usize, usize) -> [u8; 3]) -> Thumbnail {
        let step = self.width.div_ceil(PREVIEW_WIDTH_MAX as usize);
        let (width, height) = (self.width.div_ceil(step), self.height.div_ceil(step));
        let mut rgba = vec![255; width * height * 4];
        for (row, line) in rgba.chunks_exact_mut(width * 4).enumerate() {
            for (column, pixel) in line.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                [pixel[0], pixel[1], pixel[2]] = colour(column * step, row * step);
            }
        }
        Thumbnail { width: width as u32, height: height as u32, rgba }
    }
}

/// The first of every `N` bytes.
fn every_nth<const N: usize>(bytes: &[u8]) -> Vec<u8> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| chunk[0]).collect()
}

/// Brightness as BT.601 weighs the colours (the weights sum to 256).
pub(super) fn luma_of_rgb(r: u8, g: u8, b: u8) -> u8 {
    ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b) + 128) >> 8) as u8
}

/// BT.601, studio range: what cameras send as YUV.
fn rgb_of_video([y, u, v]: [u8; 3]) -> [u8; 3] {
    let y = 298 * (i32::from(y) - 16);
    rgb_of(y, u, v, [409, -100, -208, 516])
}

/// BT.601, full range: what JPEG holds.
fn rgb_of_full([y, u, v]: [u8; 3]) -> [u8; 3] {
    rgb_of(256 * i32::from(y), u, v, [359, -88, -183, 454])
}

/// The common matrix in 1/256: how much of V makes red, of U and V green, and of U blue.
fn rgb_of(y: i32, u: u8, v: u8, [rv, gu, gv, bu]: [i32; 4]) -> [u8; 3] {
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    [y + rv * v, y + gu * u + gv * v, y + bu * u].map(|c| ((c + 128) >> 8).clamp(0, 255) as u8)
}

/// What a JPEG is unpacked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JpegUse {
    Luma,
    Colour,
}

/// A JPEG's own pixels.
struct Jpeg {
    layout: Layout,
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Jpeg {
    fn pixels(&self) -> Result<Pixels<'_>, FrameError> {
        Pixels::new(self.layout, self.width, self.height, &self.bytes)
    }

    fn luma(&self) -> Result<Luma, FrameError> {
        self.pixels()?.luma()
    }
}

/// Width and height of a JPEG, from its head alone.
pub(super) fn jpeg_size(bytes: &[u8]) -> Result<(u32, u32), FrameError> {
    let mut decoder = jpeg_decoder(bytes);
    let (width, height) = jpeg_head(&mut decoder)?;
    area(width, height)?;
    Ok((width, height))
}

fn jpeg_decoder(bytes: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    let side_max = SIDE_MAX as usize;
    let options = DecoderOptions::default().set_max_width(side_max).set_max_height(side_max);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

fn jpeg_head(decoder: &mut JpegDecoder<ZCursor<&[u8]>>) -> Result<(u32, u32), FrameError> {
    decoder.decode_headers()?;
    Ok(decoder.info().map_or((0, 0), |info| (u32::from(info.width), u32::from(info.height))))
}

/// Unpacks a JPEG without converting its colours: brightness is the first channel already.
fn decode_jpeg(bytes: &[u8], wanted: JpegUse) -> Result<Jpeg, FrameError> {
    let mut decoder = jpeg_decoder(bytes);
    let (width, height) = jpeg_head(&mut decoder)?;
    area(width, height)?; // before room is made for it
    let (space, layout) = match (decoder.input_colorspace(), wanted) {
        (Some(ColorSpace::YCbCr), JpegUse::Luma) | (Some(ColorSpace::Luma), _) => (ColorSpace::Luma, Layout::Gray),
        (Some(ColorSpace::YCbCr), JpegUse::Colour) => (ColorSpace::YCbCr, Layout::Ycc),
        _ => (ColorSpace::RGB, Layout::Rgb),
    };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(space));
    // It is known to panic on some damaged pictures.
    let unpacked = guarded("the JPEG decoder", || decoder.decode());
    let bytes = unpacked.unwrap_or(Err(DecodeErrors::FormatStatic("the decoder gave up")))?;
    Ok(Jpeg { layout, width, height, bytes })
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [PixelFormat; 6] = [
        PixelFormat::Yuyv,
        PixelFormat::Nv12,
        PixelFormat::Gray,
        PixelFormat::Mjpeg,
        PixelFormat::Rgb,
        PixelFormat::Bgr,
    ];

    fn frame(format: PixelFormat, width: u32, height: u32, bytes: &[u8]) -> Frame<'_> {
        Frame { format, width, height, bytes }
    }

    fn jpeg(width: u32, height: u32, pixels: &[u8], colours: ExtendedColorType) -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 100).encode(pixels, width, height, colours).unwrap();
        bytes
    }

    #[test]
    fn brightness_is_taken_from_where_each_format_holds_it() {
        let cases: [(PixelFormat, &[u8]); 5] = [
            (PixelFormat::Gray, &[10, 20, 30, 40]),
            (PixelFormat::Yuyv, &[10, 128, 20, 128, 30, 128, 40, 128]),
            (PixelFormat::Nv12, &[10, 20, 30, 40, 128, 128]),
            (PixelFormat::Rgb, &[10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]),
            (PixelFormat::Bgr, &[10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]),
        ];
        for (format, bytes) in cases {
            let luma = frame(format, 2, 2, bytes).luma().unwrap();
            assert_eq!(luma.pixels(), [10, 20, 30, 40], "{format}");
        }
        let jpeg = jpeg(8, 8, &[90; 64], ExtendedColorType::L8);
        let luma = frame(PixelFormat::Mjpeg, 8, 8, &jpeg).luma().unwrap();
        assert!(luma.pixels().iter().all(|y| y.abs_diff(90) <= 1));
    }

    #[test]
    fn an_odd_width_ends_a_row_of_yuyv_with_half_a_pair() {
        let bytes = [1, 0, 2, 0, 3, 0, 99, 0, 4, 0, 5, 0, 6, 0, 99, 0];
        let (luma, small) = frame(PixelFormat::Yuyv, 3, 2, &bytes).luma_and_thumbnail().unwrap();
        assert_eq!(luma.pixels(), [1, 2, 3, 4, 5, 6]);
        assert_eq!((small.width, small.height, small.rgba.len()), (3, 2, 24));
    }

    #[test]
    fn colours_come_out_of_every_format() {
        // Pure red in BT.601: studio range (81, 90, 240).
        let near_red = |small: &Thumbnail| {
            let [r, g, b, a] = small.rgba[..4] else { panic!() };
            r > 245 && g < 10 && b < 10 && a == 255
        };
        let red = [255, 0, 0].repeat(256);
        let cases: [(PixelFormat, Vec<u8>); 5] = [
            (PixelFormat::Yuyv, [81, 90, 81, 240].repeat(128)),
            (PixelFormat::Nv12, [vec![81; 256], [90, 240].repeat(64)].concat()),
            (PixelFormat::Rgb, red.clone()),
            (PixelFormat::Bgr, [0, 0, 255].repeat(256)),
            (PixelFormat::Mjpeg, jpeg(16, 16, &red, ExtendedColorType::Rgb8)),
        ];
        for (format, bytes) in cases {
            let (_, small) = frame(format, 16, 16, &bytes).luma_and_thumbnail().unwrap();
            assert!(near_red(&small), "{format}: {:?}", &small.rgba[..4]);
        }
    }

    #[test]
    fn the_preview_is_scaled_down_by_a_whole_number() {
        for (width, height, small) in
            [(640, 480, (640, 480)), (1280, 720, (640, 360)), (1281, 3, (427, 1)), (1, 1, (1, 1))]
        {
            let bytes = vec![7; (width * height) as usize];
            let (luma, thumbnail) = frame(PixelFormat::Gray, width, height, &bytes).luma_and_thumbnail().unwrap();
            assert_eq!((luma.width(), luma.height()), (width, height));
            assert_eq!((thumbnail.width, thumbnail.height), small);
            assert_eq!(thumbnail.rgba.len() as u32, small.0 * small.1 * 4);
        }
    }

    #[test]
    fn what_a_driver_leaves_after_the_picture_is_ignored_and_a_short_buffer_is_an_error() {
        let long = [5; 100];
        assert_eq!(frame(PixelFormat::Nv12, 2, 2, &long).luma().unwrap().pixels(), [5; 4]);
        let whole = jpeg(16, 16, &[90; 256], ExtendedColorType::L8);
        assert!(frame(PixelFormat::Mjpeg, 0, 0, &[whole, vec![0xAB; 500]].concat()).luma().is_ok());
        for (format, needed) in
            [(PixelFormat::Yuyv, 8), (PixelFormat::Nv12, 6), (PixelFormat::Gray, 4), (PixelFormat::Bgr, 12)]
        {
            assert!(frame(format, 2, 2, &long[..needed]).luma().is_ok(), "{format}");
            let short = frame(format, 2, 2, &long[..needed - 1]).luma();
            assert!(matches!(short, Err(FrameError::Length { needed: n, .. }) if n == needed), "{format}");
        }
    }

    #[test]
    fn a_jpeg_on_which_its_decoder_panics_costs_that_frame_alone() {
        // The decoder's way with AVX2 panics on this one; its others may make something of it.
        let bytes = include_bytes!("../../fuzz/corpus/mjpeg/finding_panics_in_the_decoder");
        for luma in [
            frame(PixelFormat::Mjpeg, 17, 9, bytes).luma(),
            frame(PixelFormat::Mjpeg, 17, 9, bytes).luma_and_thumbnail().map(|(luma, _)| luma),
        ] {
            assert!(matches!(luma, Ok(_) | Err(FrameError::Jpeg(_))), "{luma:?}");
        }
    }

    #[test]
    fn a_jpeg_that_claims_to_be_huge_is_refused_before_room_is_made_for_it() {
        let mut huge = jpeg(16, 16, &[90; 256], ExtendedColorType::L8);
        let size = huge.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap() + 5;
        huge[size..size + 4].copy_from_slice(&[0x3F, 0xFF, 0x3F, 0xFF]);
        assert!(matches!(frame(PixelFormat::Mjpeg, 16, 16, &huge).luma(), Err(FrameError::Size { .. })));
    }

    proptest! {
        #[test]
        fn no_buffer_of_any_size_panics(
            format in prop::sample::select(&FORMATS[..]),
            width in prop_oneof![0..70u32, Just(u32::MAX), Just(SIDE_MAX)],
            height in prop_oneof![0..50u32, Just(u32::MAX), Just(SIDE_MAX)],
            bytes in prop::collection::vec(any::<u8>(), 0..12_000),
        ) {
            let frame = frame(format, width, height, &bytes);
            let (luma, both) = (frame.luma(), frame.luma_and_thumbnail());
            prop_assert_eq!(luma.is_ok(), both.is_ok());
            if let (Ok(luma), Ok((same, small))) = (luma, both) {
                prop_assert_eq!(&luma, &same);
                prop_assert_eq!(luma.pixels().len() as u32, luma.width() * luma.height());
                prop_assert_eq!(small.rgba.len() as u32, small.width * small.height * 4);
            }
        }

        #[test]
        fn a_damaged_jpeg_is_an_error_or_a_picture_and_never_a_panic(
            at in any::<prop::sample::Index>(),
            with in any::<u8>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let colours: Vec<u8> = (0..48 * 32 * 3).map(|i| (i * 7) as u8).collect();
            let mut bytes = jpeg(48, 32, &colours, ExtendedColorType::Rgb8);
            let at = at.index(bytes.len());
            bytes[at] = with;
            let _ = frame(PixelFormat::Mjpeg, 48, 32, &bytes).luma();
            bytes.truncate(cut.index(bytes.len()));
            let _ = frame(PixelFormat::Mjpeg, 48, 32, &bytes).luma_and_thumbnail();
        }
    }
}
