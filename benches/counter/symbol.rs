//! The codes themselves: modules, dark or light, of a QR code or a Code 128.

use qrcode::{Color, EcLevel, QrCode, Version};

/// A code to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol {
    /// What it says.
    pub text: String,
    /// Whether it is a QR code; otherwise it is a Code 128.
    pub square: bool,
    /// Modules from left to right.
    pub columns: usize,
    /// Modules from top to bottom; bars are drawn [`BAR_SHARE`] as high as the code is wide.
    pub rows: usize,
    dark: Vec<bool>,
}

/// Height of a bar code, as a share of its width.
pub const BAR_SHARE: f32 = 0.3;

impl Symbol {
    /// A QR code of `version`, or of the smallest one above it that holds the text.
    ///
    /// # Panics
    /// Where the text is too long for any.
    pub fn qr(text: &str, version: i16, level: EcLevel) -> Self {
        let code = (version..=40).find_map(|version| QrCode::with_version(text, Version::Normal(version), level).ok());
        let code = code.expect("the text fits a QR code");
        let dark = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
        Self { text: text.to_owned(), square: true, columns: code.width(), rows: code.width(), dark }
    }

    /// A Code 128: pairs of digits in set C, everything else in set B.
    ///
    /// # Panics
    /// Where the text holds anything but visible ASCII.
    pub fn code128(text: &str) -> Self {
        const START_B: usize = 104;
        const START_C: usize = 105;
        const STOP: usize = 106;
        let digits = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_digit());
        let bytes = text.as_bytes();
        let values: Vec<usize> = if digits {
            bytes.chunks(2).map(|pair| usize::from(pair[0] - b'0') * 10 + usize::from(pair[1] - b'0')).collect()
        } else {
            bytes.iter().map(|byte| usize::from(*byte).checked_sub(32).expect("visible ASCII")).collect()
        };
        let start = if digits { START_C } else { START_B };
        let check = values.iter().enumerate().fold(start, |sum, (at, value)| sum + (at + 1) * value) % 103;
        let all = [start].into_iter().chain(values).chain([check, STOP]);
        let widths = all.flat_map(|value| WIDTHS[value].bytes().map(|width| usize::from(width - b'0')));
        let dark: Vec<bool> = widths.enumerate().flat_map(|(at, width)| vec![at % 2 == 0; width]).collect();
        Self { text: text.to_owned(), square: false, columns: dark.len(), rows: 1, dark }
    }

    /// Height in modules, as drawn.
    pub fn height(&self) -> f32 {
        if self.square { self.rows as f32 } else { self.columns as f32 * BAR_SHARE }
    }

    /// Whether there is ink at this place, in modules from the top left corner; `None` outside.
    pub fn at(&self, x: f32, y: f32) -> Option<bool> {
        if x < 0.0 || y < 0.0 || x >= self.columns as f32 || y >= self.height() {
            return None;
        }
        let row = if self.square { y as usize } else { 0 };
        self.dark.get(row * self.columns + x as usize).copied()
    }
}

/// Widths of bars and spaces in turn for each value of Code 128, start characters and stop included.
const WIDTHS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];
