//! The readers that are compared, each alone, as its own documentation says it should be called; and the program's own.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hexiao::scan::{Luma, decode};
use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::oned::Code128Reader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, LuminanceSource, Reader};

/// A reader: its name, and what it reads in a picture.
pub struct Compared {
    /// What the report calls it.
    pub name: &'static str,
    read: fn(&Luma) -> Vec<String>,
}

/// Ours, and those that it is compared with.
pub const OURS: Compared = Compared { name: "hexiao", read: ours };
/// The others.
pub const OTHERS: [Compared; 5] = [
    Compared { name: "rxing", read: |luma| rxing(luma, false) },
    Compared { name: "rxing, harder", read: |luma| rxing(luma, true) },
    Compared { name: "rqrr", read: rqrr },
    Compared { name: "quircs", read: quircs },
    Compared { name: "zxing-cpp", read: zxing_cpp },
];

impl Compared {
    /// The texts of the codes in a picture. A reader that panics has read nothing.
    pub fn read(&self, luma: &Luma) -> Vec<String> {
        catch_unwind(AssertUnwindSafe(|| (self.read)(luma))).unwrap_or_default()
    }
}

fn ours(luma: &Luma) -> Vec<String> {
    decode(luma).into_iter().map(|found| found.text).collect()
}

fn rxing(luma: &Luma, harder: bool) -> Vec<String> {
    let Ok(source) = Luma8Source::new_with_slice(luma.pixels(), luma.width(), luma.height()) else { return Vec::new() };
    let formats = HashSet::from([BarcodeFormat::QR_CODE, BarcodeFormat::CODE_128]);
    let hints = DecodeHints { TryHarder: Some(harder), PossibleFormats: Some(formats), ..DecodeHints::default() };
    let mut picture = BinaryBitmap::new(HybridBinarizer::new(source.clone()));
    let squares = |picture: &mut BinaryBitmap<HybridBinarizer<Luma8Source<'_>>>| -> Vec<String> {
        let found = QrReader.decode_multiple_with_hints(picture, &hints).unwrap_or_default();
        found.iter().map(|found| found.getText().to_owned()).collect()
    };
    let mut texts = squares(&mut picture);
    if texts.is_empty() {
        let bars = Code128Reader.decode_with_hints(&mut picture, &hints);
        texts.extend(bars.map(|found| found.getText().to_owned()));
    }
    if texts.is_empty() && harder {
        let mut inverted = source;
        inverted.invert();
        texts = squares(&mut BinaryBitmap::new(HybridBinarizer::new(inverted)));
    }
    texts
}

fn rqrr(luma: &Luma) -> Vec<String> {
    let (width, height) = (luma.width() as usize, luma.height() as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma.pixels()[y * width + x]);
    picture.detect_grids().iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect()
}

fn quircs(luma: &Luma) -> Vec<String> {
    let mut reader = quircs::Quirc::default();
    let codes = reader.identify(luma.width() as usize, luma.height() as usize, luma.pixels());
    let read = codes.filter_map(|code| code.ok()?.decode().ok());
    read.map(|data| String::from_utf8_lossy(&data.payload).into_owned()).collect()
}

fn zxing_cpp(luma: &Luma) -> Vec<String> {
    let (width, height) = (luma.width() as usize, luma.height() as usize);
    let Ok(view) = zxingcpp::ImageView::from_slice(luma.pixels(), width, height, zxingcpp::ImageFormat::Lum) else {
        return Vec::new();
    };
    let reader = zxingcpp::read()
        .formats([zxingcpp::BarcodeFormat::QRCode, zxingcpp::BarcodeFormat::Code128])
        .try_harder(true)
        .try_rotate(true)
        .try_invert(true)
        .try_downscale(true);
    reader.from(view).map(|found| found.iter().map(|found| found.text()).collect()).unwrap_or_default()
}
