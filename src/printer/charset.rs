//! The characters that a printer has: their bytes, and how many columns each takes.
//!
//! Pure. A printer draws a character of one byte half as wide as one of two, whatever a screen does with it; so columns are counted in bytes.
//! Of both sets only what fits into two bytes is used: printers that know no more than that print garbage for the four of GB 18030's rest.
//! None of the bytes is below a space: text can end no line and begin no command.

use encoding_rs::{BIG5, Encoding, GB18030};

use crate::plain;

/// The least byte of a character of two.
const LEAD_MIN: u8 = 0x81;
const TRAIL_MIN: u8 = 0x40;

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charset {
    /// Simplified Chinese, and most of what is written in traditional: printers sold on the mainland.
    Gb18030,
    /// Traditional Chinese: printers sold in Taiwan and Hong Kong.
    Big5,
    /// Latin letters alone, for printers without Chinese.
    Ascii,
}

impl Charset {
    /// Every set.
    pub const ALL: [Self; 3] = [Self::Gb18030, Self::Big5, Self::Ascii];

    /// Its name in the settings.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Gb18030 => "gb18030",
            Self::Big5 => "big5",
            Self::Ascii => "ascii",
        }
    }

    /// The one of this name.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|charset| charset.tag() == tag)
    }

    fn encoding(self) -> Option<&'static Encoding> {
        match self {
            Self::Gb18030 => Some(GB18030),
            Self::Big5 => Some(BIG5),
            Self::Ascii => None,
        }
    }

    /// `words` in characters of this set, on one line: what the set lacks is written with others that it has, or as a question mark.
    pub fn fit(self, words: &str) -> String {
        let mut fitting = String::with_capacity(words.len());
        for c in plain::checked(words, false).chars() {
            match c {
                // Wide in one set's printers and narrow in the other's fonts, or missing in older printers.
                '–' | '‑' | '−' => fitting.push('-'),
                '•' => fitting.push('*'),
                '¥' if self == Self::Ascii => fitting.push_str("CNY "),
                '¥' => fitting.push('￥'),
                c if self.columns(c) > 0 => fitting.push(c),
                c if c.is_whitespace() => fitting.push(' '),
                '…' => fitting.push_str("..."),
                '·' => fitting.push('.'),
                '—' => fitting.push('-'),
                '‘' | '’' => fitting.push('\''),
                '“' | '”' => fitting.push('"'),
                _ => fitting.push(if self == Self::Ascii { '?' } else { '？' }),
            }
        }
        fitting
    }

    /// How many columns `c` takes: one or two; none where the set does not have it.
    pub fn columns(self, c: char) -> usize {
        self.with_bytes(c, <[u8]>::len)
    }

    /// The bytes of `words`, which [`Self::fit`]; what does not fit after all is left out.
    pub fn bytes(self, words: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(words.len());
        for c in words.chars() {
            self.with_bytes(c, |these| bytes.extend_from_slice(these));
        }
        bytes
    }

    /// Calls `with` the bytes of `c`, of which there are none where the set does not have it.
    fn with_bytes<T>(self, c: char, with: impl FnOnce(&[u8]) -> T) -> T {
        let mut utf8 = [0; 4];
        let utf8: &str = c.encode_utf8(&mut utf8);
        if c == ' ' || c.is_ascii_graphic() {
            return with(utf8.as_bytes());
        }
        let Some(encoding) = self.encoding() else { return with(&[]) };
        let (bytes, _, is_lacking) = encoding.encode(utf8);
        match &*bytes {
            [lead, trail] if !is_lacking && *lead >= LEAD_MIN && *trail >= TRAIL_MIN => with(&bytes),
            _ => with(&[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_set_lacks_is_written_with_what_it_has() {
        for (words, [gb18030, big5, ascii]) in [
            ("满100减20元 ¥20.50", ["满100减20元 ￥20.50", "？100减20元 ￥20.50", "?100?20? CNY 20.50"]),
            ("滿100減20元", ["滿100減20元", "滿100減20元", "?100?20?"]),
            ("••••7895 – 9:00…", ["****7895 - 9:00…", "****7895 - 9:00…", "****7895 - 9:00..."]),
            ("🎁a\u{a0}b\u{1b}@\n\u{e000}", ["？a b？@？？", "？a b？@？？", "?a b?@??"]),
            ("𠮷", ["？", "？", "?"]), // four bytes of GB 18030
        ] {
            assert_eq!(Charset::ALL.map(|charset| charset.fit(words)), [gb18030, big5, ascii], "{words}");
        }
    }

    #[test]
    fn a_chinese_character_takes_two_columns_and_its_bytes_are_the_sets() {
        assert_eq!(Charset::Gb18030.bytes("核销A"), [0xBA, 0xCB, 0xCF, 0xFA, b'A']);
        assert_eq!(Charset::Big5.bytes("核銷A"), [0xAE, 0xD6, 0xBE, 0x50, b'A']);
        assert_eq!(Charset::Gb18030.columns('核'), 2);
        assert_eq!([Charset::Big5.columns('销'), Charset::Ascii.columns('核'), Charset::Ascii.columns('A')], [0, 0, 1]);
    }

    #[test]
    fn no_character_of_all_has_a_byte_that_a_printer_obeys() {
        for charset in Charset::ALL {
            for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
                let bytes = charset.with_bytes(c, <[u8]>::to_vec);
                assert!(bytes.iter().all(|byte| *byte >= b' ' && *byte != 0x7F), "{charset:?} {c:?}");
                assert!(bytes.len() < 2 || bytes[0] >= LEAD_MIN, "{charset:?} {c:?}");
            }
        }
    }
}
