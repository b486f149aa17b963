//! Words from elsewhere made plain: whoever wrote them – a merchant, the platform, a customer's code, an older ledger – they can be read, and
//! nothing else.
//!
//! Pure, and the only gate. What goes through it has no character that a terminal obeys, that turns the direction of what stands beside it,
//! that takes no room and hides between others, or that breaks a line; no tower of marks grows out of its line, and no text is longer than
//! its place. It is asked where words come in ([`platform`](crate::platform), [`ledger`](crate::ledger), [`config`](crate::config)), and once
//! more where they leave for a terminal, a log or JSON ([`cli`](crate::cli), [`logging`](crate::logging)), for those who forgot.
//!
//! Which character is which is Unicode's to say: `icu_properties` holds its tables. Letters that are written from right to left stay: they
//! are somebody's language. So that they cannot carry what follows them along, words from elsewhere stand last on their line, or alone on it.

use std::borrow::Cow;
use std::io;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use serde::Serialize;

/// Most marks that may stand on one letter. Vietnamese needs two, Thai and Hebrew three.
pub const MARKS_MAX: usize = 3;
/// Most line ends in a row: one empty line.
const LINE_ENDS_MAX: usize = 2;
/// Stands at the end of what was longer.
const CUT: char = '…';
/// Stands in the place of what no font can show: it is damage, or private to somebody's computer.
const UNSHOWABLE: char = '\u{FFFD}';

/// Whether `c` only ever shows itself: it commands no terminal, turns no direction, breaks no line, and can be seen. Marks, which sit on the
/// letter before them, are plain; how many of them is [`line()`]'s to say.
pub fn is_plain(c: char) -> bool {
    // Everything that most texts are made of, without a look into a table.
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        && !matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
                | GeneralCategory::Unassigned
        )
}

/// `text` on one line of at most `chars_max` characters, without white space at its ends. One that was longer ends in «…».
pub fn line(text: &str, chars_max: usize) -> String {
    taken(text, chars_max, false)
}

/// `text` with its own line ends and at most `chars_max` characters, without white space at its ends and without more than one empty line in
/// a row. One that was longer ends in «…».
pub fn lines(text: &str, chars_max: usize) -> String {
    taken(text, chars_max, true)
}

/// `text`, which was put together here of words that went through [`line()`] and of our own, as it is – but for characters that are not plain
/// after all, each of which becomes U+FFFD. Line ends stay where `keep_lines` is set.
pub fn checked(text: &str, keep_lines: bool) -> std::borrow::Cow<'_, str> {
    let fits = |c: char| is_plain(c) || (keep_lines && c == '\n');
    if text.chars().all(fits) {
        return text.into();
    }
    text.chars().map(|c| if fits(c) { c } else { UNSHOWABLE }).collect::<String>().into()
}

/// `value` as one line of JSON in which every character that is not plain is escaped. To a program that is the same text; to a terminal it is
/// harmless. (`serde_json` by itself escapes what JSON demands, and lets pass what a terminal obeys from U+007F on.)
///
/// # Errors
/// As [`serde_json::to_string`].
pub fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Escaping))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

struct Escaping;

impl serde_json::ser::Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.chars().all(is_plain) {
            return writer.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            if is_plain(c) {
                write!(writer, "{c}")?;
            } else {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            }
        }
        Ok(())
    }
}

/// What one character becomes.
enum Made {
    /// Itself, or what stands for it.
    Visible(char),
    /// A gap: any white space, and every control character, as it may have stood for one.
    Gap(char),
    /// The end of a line.
    LineEnd,
    /// Nothing: it could not be seen before.
    Nothing,
}

fn made_plain(c: char) -> Made {
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        _ if matches!(c, '\n' | '\r') => Made::LineEnd,
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => Made::LineEnd,
        GeneralCategory::Control => Made::Gap(' '),
        _ if c.is_whitespace() => Made::Gap(c),
        GeneralCategory::PrivateUse | GeneralCategory::Unassigned => Made::Visible(UNSHOWABLE),
        _ if is_plain(c) => Made::Visible(c),
        _ => Made::Nothing,
    }
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(CodePointMapData::<GeneralCategory>::new().get(c), EnclosingMark | NonspacingMark | SpacingMark)
}

/// The way of [`line()`] and [`lines`]. Looks no further into `text` than it must.
fn taken(text: &str, chars_max: usize, keep_lines: bool) -> String {
    if is_as_it_should_be(text, chars_max) { text.to_owned() } else { taken_one_by_one(text, chars_max, keep_lines) }
}

/// Whether `text` is of ASCII's letters and signs and the common ideographs alone, with a space at most between them, and fits: nearly all texts are so, and
/// need no look into a table, of which each of their characters would take several.
fn is_as_it_should_be(text: &str, chars_max: usize) -> bool {
    let (mut before, mut count) = (' ', 0);
    for c in text.chars() {
        count += 1;
        let fits = c.is_ascii_graphic() || ('一'..='龥').contains(&c) || (c == ' ' && before != ' ');
        if !fits || count > chars_max {
            return false;
        }
        before = c;
    }
    before != ' ' || text.is_empty()
}

fn taken_one_by_one(text: &str, chars_max: usize, keep_lines: bool) -> String {
    let (mut taken, mut count) = (String::new(), 0);
    // What stands between the last visible character and the next: it is written when there is a next.
    let (mut gap, mut line_ends): (Option<char>, usize) = (None, 0);
    // A mark without a letter of its own would sit on what stands before this text.
    let mut marks = MARKS_MAX;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let c = match made_plain(c) {
            Made::Nothing => continue,
            Made::LineEnd if keep_lines => {
                line_ends += usize::from(c != '\r' || rest.peek() != Some(&'\n'));
                continue;
            }
            Made::LineEnd => {
                gap = gap.or(Some(' '));
                continue;
            }
            Made::Gap(white) => {
                gap = gap.or(Some(white));
                continue;
            }
            Made::Visible(c) => c,
        };
        let between = if taken.is_empty() {
            String::new()
        } else if line_ends > 0 {
            "\n".repeat(line_ends.min(LINE_ENDS_MAX))
        } else {
            gap.map(String::from).unwrap_or_default()
        };
        (gap, line_ends) = (None, 0);
        marks = match is_mark(c) {
            false => 0,
            true if !between.is_empty() => MARKS_MAX + 1,
            true => marks.saturating_add(1),
        };
        if marks > MARKS_MAX {
            gap = between.chars().next(); // it is not there, so the gap goes on
            continue;
        }
        let needed = between.chars().count() + 1;
        if count + needed > chars_max {
            return cut(taken, count, chars_max);
        }
        taken.push_str(&between);
        taken.push(c);
        count += needed;
    }
    taken
}

/// `taken`, which has `count` characters, with its last ones given for the mark of what was cut.
fn cut(mut taken: String, mut count: usize, chars_max: usize) -> String {
    while count >= chars_max.max(1) {
        taken.pop();
        count -= 1;
    }
    taken.truncate(taken.trim_end().len());
    if chars_max > 0 {
        taken.push(CUT);
    }
    taken
}

/// What a spreadsheet may take for the beginning of a formula, in both widths that a Chinese one knows; and the apostrophe by which we take that from it.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠', '\''];

/// A text that no spreadsheet takes for a formula: coupon titles and platform messages are other people's words. Whoever reads the file with a
/// program has each text back by taking away one apostrophe at its beginning, where there is one. Numbers, which may be
/// negative, are no texts and stay as they are.
pub fn not_a_formula(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_STARTS) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What people try.
    const HOSTILE: [(&str, &str); 16] = [
        ("满100减20 – Café ☕ ✔", "满100减20 – Café ☕ ✔"),
        ("a\x1b[31mb\r\nc\u{9b}2J\x07\0", "a [31mb c 2J"),
        ("20\u{202E}05¥\u{202C}", "2005¥"),
        ("\u{2066}x\u{2069}\u{200F}\u{061C}", "x"),
        ("us\u{200B}ab\u{00AD}le\u{FEFF}\u{2060}", "usable"),
        ("x\u{E0041}\u{E007F}\u{FE0F}\u{3164}\u{115F}y", "xy"),
        ("Z\u{0301}\u{0301}\u{0301}\u{0301}\u{0489}a", "Z\u{0301}\u{0301}\u{0301}a"),
        ("\u{0301}\u{20E3}at the start", "at the start"),
        ("a \u{0301}b", "a b"),
        ("one\u{2028}two\u{85}three\u{b}four", "one two three four"),
        ("\u{E000}\u{10FFFF}\u{378}", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("far           \u{3000}\t  away\u{3000}", "far away"),
        ("\u{3000}券\u{3000}券", "券\u{3000}券"),
        ("{ $consume } { -brand }", "{ $consume } { -brand }"),
        ("👨\u{200D}👩\u{200D}👧", "👨👩👧"),
        ("\u{200B}\u{202E}\r\n", ""),
    ];

    #[test]
    fn words_stay_and_what_is_hidden_in_them_goes() {
        for (hostile, plain) in HOSTILE {
            assert_eq!(line(hostile, 100), plain, "{hostile:?}");
        }
    }

    #[test]
    fn a_long_text_ends_in_a_mark_and_one_that_fits_does_not() {
        assert_eq!(line("12345", 5), "12345");
        assert_eq!(line("12345 \n\u{200B}", 5), "12345", "what cannot be seen takes no room");
        assert_eq!(line("123456", 5), "1234…");
        assert_eq!(line("123 456", 5), "123…");
        assert_eq!(line("12", 1), "…");
        assert_eq!(line("12", 0), "");
        assert_eq!(line(&"券".repeat(1_000_000), 100).chars().count(), 100);
    }

    #[test]
    fn lines_stay_lines_but_nothing_is_pushed_off_the_screen() {
        assert_eq!(lines(" one\r\ntwo\n\n\n\n\n three\u{2029}four\rfive \n", 100), "one\ntwo\n\nthree\nfour\nfive");
        assert_eq!(lines("a\n\u{0301}b", 100), "a\nb");
    }

    #[test]
    fn what_was_forgotten_is_caught_on_the_way_out() {
        assert_eq!(checked("满减\nx", true), "满减\nx");
        assert_eq!(checked("满减\nx\u{9b}1m\u{202e}", false), "满减\u{FFFD}x\u{FFFD}1m\u{FFFD}");
    }

    /// Texts with everything in them that a terminal or a window might mind.
    fn nasty() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            any::<char>().prop_map(String::from),
            proptest::sample::select(&HOSTILE[..]).prop_map(|(hostile, _)| hostile.to_owned()),
            proptest::sample::select(&["\u{0301}", "\n", " ", "\u{202E}", "\x1b[2J", "a"][..]).prop_map(str::to_owned),
        ];
        proptest::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn json_is_plain_on_one_line_and_reads_back_as_it_was(text in nasty()) {
            let line = json(&[&text]).expect("JSON");
            prop_assert!(line.chars().all(is_plain), "{:?}", line);
            prop_assert_eq!(serde_json::from_str::<[String; 1]>(&line).expect("JSON"), [text]);
        }

        #[test]
        fn whatever_comes_in_comes_out_plain_and_bounded(text in nasty(), chars_max in 0_usize..60) {
            for (out, keep_lines) in [(line(&text, chars_max), false), (lines(&text, chars_max), true)] {
                prop_assert!(out.chars().count() <= chars_max);
                prop_assert!(out.chars().all(|c| is_plain(c) || keep_lines && c == '\n'), "{:?}", out);
                prop_assert_eq!(out.trim(), &out);
                prop_assert!(!out.contains("\n\n\n"));
                let mut marks = MARKS_MAX;
                for c in out.chars() {
                    marks = if is_mark(c) { marks + 1 } else if c.is_whitespace() { MARKS_MAX } else { 0 };
                    prop_assert!(marks <= MARKS_MAX, "{:?}", out);
                }
            }
        }

        #[test]
        fn what_went_through_goes_through_again_as_it_is(text in nasty(), chars_max in 1_usize..60) {
            let once = line(&text, chars_max);
            prop_assert_eq!(&line(&once, chars_max), &once);
            prop_assert_eq!(&*checked(&once, false), &once);
            let once = lines(&text, chars_max);
            prop_assert_eq!(&lines(&once, chars_max), &once);
        }

        #[test]
        fn the_short_way_comes_to_what_the_long_one_does(text in "( ?[!-~一-龥]){0,9} {0,2}", chars_max in 0_usize..20) {
            for keep_lines in [false, true] {
                let long = taken_one_by_one(&text, chars_max, keep_lines);
                prop_assert_eq!(taken(&text, chars_max, keep_lines), &long[..]);
                prop_assert!(!is_as_it_should_be(&text, chars_max) || long == text);
            }
        }

        #[test]
        fn ordinary_words_come_out_as_they_are(text in "[ -~¥一-龥]{0,40}") {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(line(&text, 40), words);
        }
    }
}
