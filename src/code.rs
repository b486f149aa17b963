//! What was scanned, typed or pasted: a coupon's code, an encrypted code in a link, or a named refusal.
//!
//! Pure: text in, meaning out. Nothing else in the program may build a [`Code`], so whoever holds one holds a code
//! that is fit to be sent to the platform.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// Longest code the platform knows: `code` is string(20).
pub const CODE_CHARS_MAX: usize = 20;
/// Longest card id: `card_id` is string(32).
pub const CARD_ID_CHARS_MAX: usize = 32;
/// Longest encrypted code: `encrypt_code` is string(128).
pub const ENCRYPTED_CHARS_MAX: usize = 128;

/// How a set-up code begins, with which one till gives its settings to the next (`config::handover`). Letters alone: every keyboard has them where a
/// scanner presses them. What follows is far longer than a coupon's code.
pub const SET_UP_MARK: &str = "HEXIAOSETUP";
/// Most characters that a scanner may have put before it.
const BEFORE_MARK_CHARS_MAX: usize = 16;

/// The serial code of one coupon: 1 to 20 letters, digits, `-` or `_`.
///
/// Codes of the platform's own are 12 digits. The alphabet of a merchant's custom codes is documented nowhere; this one
/// holds every sample seen and keeps out what a damaged decryption leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

impl Code {
    /// Cleans `text` as a scanner or a person gives it and takes it as a code.
    ///
    /// # Errors
    /// Says why it is none. A link is refused here even where it holds an encrypted code: see [`read`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match read(text)? {
            Scanned::Code(code) => Ok(code),
            Scanned::Encrypted { .. } => Err(Refusal::Link),
        }
    }

    /// The code as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The class of coupons that a code belongs to (`card_id`): 1 to 32 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardId(String);

impl CardId {
    /// Takes `text`, trimmed, as a card id.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        visible_ascii(text.trim(), CARD_ID_CHARS_MAX).map(Self)
    }

    /// The card id as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a link or the JS-SDK carries in place of a code: 1 to 128 visible ASCII characters, for the platform to decode.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EncryptedCode(String);

impl EncryptedCode {
    /// Takes `text`, trimmed and already percent-decoded, as an encrypted code.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        visible_ascii(text.trim(), ENCRYPTED_CHARS_MAX).map(Self)
    }

    /// The encrypted code as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The three names behave alike as text: shown as they are sent, and checked wherever they are read from.
macro_rules! as_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Refusal;
            fn try_from(text: String) -> Result<Self, Refusal> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.0
            }
        }
    };
}
as_text!(Code);
as_text!(CardId);
as_text!(EncryptedCode);

/// Something that the platform can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// A plain code.
    Code(Code),
    /// An encrypted code from a link, with the card id that stood beside it.
    Encrypted {
        /// What the platform decodes.
        code: EncryptedCode,
        /// The card, where the link names it.
        card_id: Option<CardId>,
    },
}

/// Why a text is not a coupon. Each has its own sentence for the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Nothing but white space.
    #[error("nothing was given")]
    Empty,
    /// A WeChat Pay payment code (18 digits beginning 10 to 15): money, not a coupon, and never sent to the card platform.
    #[error("this is a payment code, not a coupon")]
    Payment,
    /// A link without an encrypted code in it.
    #[error("this is a link without a coupon in it")]
    Link,
    /// What another till shows to set up the next one: settings, not a coupon, and never sent to the platform.
    #[error("this is the set-up code of another till, not a coupon: take it over in the window's settings")]
    SetUp,
    /// More characters than the platform takes.
    #[error("this is longer than any coupon code")]
    TooLong,
    /// Characters that no code has.
    #[error("this holds characters that no coupon code has")]
    IllegalCharacters,
}

/// Every refusal, for tables and tests.
pub const REFUSALS: [Refusal; 6] =
    [Refusal::Empty, Refusal::Payment, Refusal::Link, Refusal::SetUp, Refusal::TooLong, Refusal::IllegalCharacters];

/// Says what `text`, as a scanner, camera or keyboard gave it, is.
///
/// # Errors
/// A named refusal where it is nothing to ask the platform about.
pub fn read(text: &str) -> Result<Scanned, Refusal> {
    let text = clean(text);
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if let Some(address) = after_http(&text) {
        return read_link(address);
    }
    if text.contains("://") || text.to_ascii_lowercase().starts_with("www.") {
        return Err(Refusal::Link);
    }
    if is_payment_code(&text) {
        return Err(Refusal::Payment);
    }
    if text.len() > CODE_CHARS_MAX && after_set_up_mark(&text).is_some() {
        return Err(Refusal::SetUp);
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(Refusal::IllegalCharacters);
    }
    if text.len() > CODE_CHARS_MAX {
        return Err(Refusal::TooLong);
    }
    Ok(Scanned::Code(Code(text)))
}

/// What `text` is, in the one word that `scan --json` prints.
pub fn kind_word(read: &Result<Scanned, Refusal>) -> &'static str {
    match read {
        Ok(Scanned::Code(_)) => "code",
        Ok(Scanned::Encrypted { .. }) => "encrypted",
        Err(Refusal::Payment) => "payment",
        Err(Refusal::Link) => "link",
        Err(Refusal::SetUp) => "set_up",
        Err(Refusal::Empty | Refusal::TooLong | Refusal::IllegalCharacters) => "other",
    }
}

/// What follows [`SET_UP_MARK`] in `text`, in capitals or not, also behind a few characters that a scanner puts before each code.
pub fn after_set_up_mark(text: &str) -> Option<&str> {
    let starts = text.char_indices().map(|(at, _)| at).take(BEFORE_MARK_CHARS_MAX + 1);
    starts.filter_map(|at| text[at..].split_at_checked(SET_UP_MARK.len())).find_map(|(mark, rest)| {
        let is_mark = mark.eq_ignore_ascii_case(SET_UP_MARK);
        is_mark.then_some(rest)
    })
}

/// Takes away what scanners, input methods and the clipboard add around a code: full-width forms become plain, invisible
/// marks go, ends are trimmed, and spaces or line ends that group digits go. Cleaning twice equals cleaning once.
pub fn clean(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return text.to_owned(); // as nearly all codes are, and every row of a long listing has one
    }
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if after_http(text).is_some() {
        return text.to_owned(); // an address is taken to the letter
    }
    let text: String = text.chars().map(plain_width).collect();
    if text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace()) {
        return text.chars().filter(char::is_ascii_digit).collect();
    }
    text
}

/// Zero-width and direction marks that web pages and chat programs paste along.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A full-width form (as Chinese input methods type it) as its plain one.
pub fn plain_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// WeChat Pay's payment codes are 18 digits beginning 10 to 15. (A member card's dynamic code, 18 digits beginning 16, is not.)
fn is_payment_code(text: &str) -> bool {
    text.len() == 18 && text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.as_bytes(), [b'1', b'0'..=b'5', ..])
}

/// What follows `http://` or `https://`, in any case.
fn after_http(text: &str) -> Option<&str> {
    ["http://", "https://"].into_iter().find_map(|scheme| {
        let head = text.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
    })
}

/// Finds `encrypt_code` and `card_id` among a link's parameters, in any order, and percent-decodes each exactly once.
///
/// By hand and not by a form decoder: those turn a raw `+` into a space, and `+` is a letter of base64.
fn read_link(address: &str) -> Result<Scanned, Refusal> {
    let before_fragment = address.split('#').next().unwrap_or_default();
    let (_, query) = before_fragment.split_once('?').ok_or(Refusal::Link)?;
    let parameter = |wanted: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, value)| *name == wanted && !value.is_empty())
            .map(|(_, value)| percent_decode_str(value).decode_utf8().map_err(|_| Refusal::IllegalCharacters))
            .transpose()
    };
    let code = EncryptedCode::parse(&parameter("encrypt_code")?.ok_or(Refusal::Link)?)?;
    let card_id = parameter("card_id")?.map(|id| CardId::parse(&id)).transpose()?;
    Ok(Scanned::Encrypted { code, card_id })
}

fn visible_ascii(text: &str, chars_max: usize) -> Result<String, Refusal> {
    if text.is_empty() {
        Err(Refusal::Empty)
    } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
        Err(Refusal::IllegalCharacters)
    } else if text.len() > chars_max {
        Err(Refusal::TooLong)
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Result<String, Refusal> {
        Code::parse(text).map(String::from)
    }

    fn link(text: &str) -> (String, Option<String>) {
        match read(text) {
            Ok(Scanned::Encrypted { code, card_id }) => (code.into(), card_id.map(String::from)),
            other => panic!("{text} was read as {other:?}"),
        }
    }

    #[test]
    fn a_code_is_read_however_it_was_grouped_typed_or_pasted() {
        for text in [
            "409632457895",
            " 4096 3245 7895 ",
            "4096\u{3000}3245\u{3000}7895",
            "４０９６３２４５７８９５",
            "409632457895\r\n",
            "4096\n3245\n7895",
            "\u{FEFF}4096\u{200B}32457895\t",
            "\u{2}409632457895\u{3}",
        ] {
            assert_eq!(code(text).as_deref(), Ok("409632457895"), "{text:?}");
        }
        assert_eq!(code("VIP_2024-a").as_deref(), Ok("VIP_2024-a"));
        assert_eq!(code("ＶＩＰ１").as_deref(), Ok("VIP1"));
    }

    #[test]
    fn a_payment_code_is_named_and_its_neighbours_are_not() {
        for start in 10..=15 {
            assert_eq!(code(&format!("{start}1234567890123456")), Err(Refusal::Payment));
        }
        assert_eq!(code("1312 3456 7890 1234 56"), Err(Refusal::Payment));
        assert!(code("163651234567890123").is_ok(), "a member card's dynamic code");
        assert!(code("091234567890123456").is_ok());
        assert!(code("13123456789012345").is_ok(), "17 digits");
        assert!(code("1312345678901234567").is_ok(), "19 digits");
    }

    #[test]
    fn what_is_no_coupon_is_refused_by_name() {
        assert_eq!(code(" \r\n\u{3000}"), Err(Refusal::Empty));
        assert_eq!(code(&"1".repeat(21)), Err(Refusal::TooLong));
        assert!(code(&"1".repeat(20)).is_ok());
        for text in ["246136199242[\u{FFFD}\u{FFFD}z", "券码", "hello world", "12a 34", "a\0b", "<b>1</b>"] {
            assert_eq!(code(text), Err(Refusal::IllegalCharacters), "{text:?}");
        }
        for text in ["https://example.com", "http://example.com/?card_id=p1", "weixin://dl/business", "WWW.example.com"]
        {
            assert_eq!(code(text), Err(Refusal::Link), "{text:?}");
        }
    }

    #[test]
    fn the_set_up_code_of_another_till_is_named_and_a_coupon_that_begins_like_it_is_a_coupon() {
        let code_of = |before: &str, mark: &str| format!("{before}{mark}AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU");
        for text in [
            code_of("", SET_UP_MARK),
            code_of("", &SET_UP_MARK.to_lowercase()),
            code_of("]Q1", SET_UP_MARK),
            code_of("", SET_UP_MARK) + "\r\n",
            code_of("", SET_UP_MARK) + "#",
        ] {
            assert_eq!(read(&text), Err(Refusal::SetUp), "{text}");
        }
        assert!(code(&format!("{SET_UP_MARK}2026")).is_ok(), "a merchant's own code");
        assert_eq!(code(&code_of(&"x".repeat(17), SET_UP_MARK)), Err(Refusal::TooLong));
        assert_eq!(after_set_up_mark("hexiaosetup"), Some(""));
        assert_eq!(after_set_up_mark("号HexiaoSetUpAB"), Some("AB"));
        assert_eq!(after_set_up_mark("HEXIAO"), None);
    }

    #[test]
    fn a_link_gives_its_encrypted_code_and_card_whatever_stands_around_them() {
        let both = ("XXIz+91/E0=".to_owned(), Some("pFS7Fjg8kV1IdDz01r4SQwMkuCKc".to_owned()));
        for text in [
            "http://m.example/c?encrypt_code=XXIz%2B91%2FE0%3D&card_id=pFS7Fjg8kV1IdDz01r4SQwMkuCKc",
            "HTTPS://m.example/c?a=1&card_id=pFS7Fjg8kV1IdDz01r4SQwMkuCKc&openid=o&encrypt_code=XXIz%2b91%2fE0%3d#top",
            "https://m.example?encrypt_code=XXIz+91/E0=&card_id=pFS7Fjg8kV1IdDz01r4SQwMkuCKc\r\n",
        ] {
            assert_eq!(link(text), both, "{text}");
        }
        assert_eq!(link("http://m.example/?encrypt_code=a%252Bb"), ("a%2Bb".to_owned(), None), "decoded exactly once");
        assert_eq!(link("http://m.example/?encrypt_code=&encrypt_code=b&card_id="), ("b".to_owned(), None));
    }

    #[test]
    fn a_damaged_link_is_refused() {
        assert_eq!(read("http://m.example/?encrypt_code="), Err(Refusal::Link));
        assert_eq!(read("http://m.example/?encrypt_code=%FF"), Err(Refusal::IllegalCharacters));
        assert_eq!(read("http://m.example/?encrypt_code=a%20b"), Err(Refusal::IllegalCharacters));
        assert_eq!(read(&format!("http://m.example/?encrypt_code={}", "a".repeat(129))), Err(Refusal::TooLong));
        assert_eq!(read("http://m.example/?encrypt_code=a&card_id=%00"), Err(Refusal::IllegalCharacters));
        assert_eq!(Code::parse("http://m.example/?encrypt_code=a"), Err(Refusal::Link));
    }

    proptest! {
        #[test]
        fn no_input_panics_and_what_is_read_is_fit_to_send(text in "\\PC{0,200}|.{0,60}|[0-9０-９ \u{3000}\r\n]{0,30}|https?://[a-z]{1,5}\\?(encrypt_code|card_id)=[%0-9A-Fa-f+=&]{0,60}") {
            match read(&text) {
                Ok(Scanned::Code(code)) => {
                    prop_assert!((1..=CODE_CHARS_MAX).contains(&code.as_str().len()));
                    prop_assert_eq!(Code::parse(code.as_str()), Ok(code.clone()), "a code is its own reading");
                }
                Ok(Scanned::Encrypted { code, card_id }) => {
                    prop_assert!((1..=ENCRYPTED_CHARS_MAX).contains(&code.as_str().len()));
                    prop_assert!(card_id.is_none_or(|id| (1..=CARD_ID_CHARS_MAX).contains(&id.as_str().len())));
                }
                Err(_) => {}
            }
        }

        #[test]
        fn cleaning_twice_equals_cleaning_once(text in "\\PC{0,60}|.{0,60}|[0-9０-９ \u{3000}\r\n\u{200B}\u{0}]{0,30}|[hHｈ]ttps?[:：]//.{0,30}") {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once);
        }

        #[test]
        fn percent_encoding_a_code_into_a_link_and_reading_it_gives_it_back(secret in "[A-Za-z0-9+/]{1,60}={0,2}") {
            let encoded = percent_encoding::utf8_percent_encode(&secret, percent_encoding::NON_ALPHANUMERIC);
            prop_assert_eq!(link(&format!("https://m.example/?x=1&encrypt_code={encoded}")).0, secret);
        }
    }
}
