//! What holds for whatever bytes come from outside: one function a fuzz target, each taking the bytes and asserting properties.
//!
//! Compiled for tests and for `cargo fuzz` only. `tools/fuzz.sh` runs each on bytes of the fuzzer's making; the test below replays the
//! inputs that were worth keeping (`fuzz/corpus`), so that both run the same code. What a module keeps private is looked at by the
//! `fuzzing.rs` in its own folder.

use jiff::Timestamp;

use crate::code::{self, CARD_ID_CHARS_MAX, CODE_CHARS_MAX, CardId, Code, ENCRYPTED_CHARS_MAX, Refusal, Scanned};
use crate::ledger::{CsvExport, json_line};
use crate::write_off::{FaceValue, Intent, Outcome, WriteOff, WriteOffId};

pub use crate::config::fuzzing::settings;
pub use crate::config::handover::fuzzing::set_ups;
pub use crate::desk::fuzzing::desk;
pub use crate::platform::fuzzing::replies;
pub use crate::sandbox::fuzzing::{decks, requests};
pub use crate::scan::fuzzing::{frames, mjpeg, pictures, readings, streams};
pub use crate::updates::fuzzing::releases;

/// A target: takes any bytes, and panics where a property does not hold.
pub type Target = fn(&[u8]);

/// Every target, under the name of its file in `fuzz/fuzz_targets` and of its folder in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 14] = [
    ("codes", codes),
    ("csv", csv),
    ("decks", decks),
    ("desk", desk),
    ("frames", frames),
    ("mjpeg", mjpeg),
    ("pictures", pictures),
    ("readings", readings),
    ("releases", releases),
    ("replies", replies),
    ("requests", requests),
    ("set_ups", set_ups),
    ("settings", settings),
    ("streams", streams),
];

/// Takes a target's bytes apart, front to back. Where they end, zeros and empty pieces follow.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// One of `choices`, by the next byte.
    pub(crate) fn one_of<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        let at = usize::from(self.byte()) % choices.len().max(1);
        choices.get(at).cloned()
    }

    /// As many bytes as the next one says.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }

    /// A piece as text; what is no UTF-8 becomes U+FFFD.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.piece()).into_owned()
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// What a scanner, a camera, the keyboard or the clipboard gives: read as text, whatever it is.
pub fn codes(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let clean = code::clean(&text);
    assert_eq!(code::clean(&clean), clean, "cleaning twice equals cleaning once");
    let read = code::read(&text);
    assert_eq!(code::read(&clean), read, "cleaning changes no meaning");
    let end = ["\r", "\n", "\r\n", "\t"][data.len() % 4];
    assert_eq!(code::read(&format!("{text}{end}")), read, "a scanner's own end means nothing");
    match &read {
        Ok(Scanned::Code(code)) => {
            let letters = code.as_str().as_bytes();
            assert!((1..=CODE_CHARS_MAX).contains(&letters.len()));
            assert!(letters.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
            let all_digits = letters.iter().all(u8::is_ascii_digit);
            let is_money = letters.len() == 18 && all_digits && letters[0] == b'1' && letters[1] <= b'5';
            assert!(!is_money, "a payment code was taken for a coupon's");
            assert_eq!(Code::parse(code.as_str()).as_ref(), Ok(code), "a code is its own reading");
            assert_eq!(through_json(code).as_ref(), Some(code));
        }
        Ok(Scanned::Encrypted { code, card_id }) => {
            let is_sound = |text: &str, chars_max| {
                (1..=chars_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
            };
            assert!(is_sound(code.as_str(), ENCRYPTED_CHARS_MAX));
            assert!(card_id.as_ref().is_none_or(|id| is_sound(id.as_str(), CARD_ID_CHARS_MAX)));
            assert_eq!(code::read(&link(code.as_str(), card_id.as_ref())), read, "written into a link and read again");
            assert_eq!(through_json(code).as_ref(), Some(code));
            assert_eq!(Code::parse(&text), Err(Refusal::Link));
        }
        Err(refusal) => assert_eq!(Code::parse(&text), Err(*refusal)),
    }
}

fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(it: &T) -> Option<T> {
    serde_json::from_str(&serde_json::to_string(it).ok()?).ok()
}

/// A link as the platform makes one.
fn link(code: &str, card_id: Option<&CardId>) -> String {
    let encoded = |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
    let card = card_id.map(|id| format!("&card_id={}", encoded(id.as_str()))).unwrap_or_default();
    format!("https://m.example/?encrypt_code={}{card}", encoded(code))
}

/// Other people's words in a write-off, exported for a spreadsheet and for programs.
pub fn csv(data: &[u8]) {
    let mut input = Input::new(data);
    let mut rows = Vec::new();
    while !input.is_empty() && rows.len() < 2 {
        rows.push(write_off(&mut input));
    }
    let mut out = Vec::new();
    let written = CsvExport::new(&mut out).and_then(|mut export| {
        rows.iter().try_for_each(|row| export.write(row))?;
        export.finish()
    });
    assert!(written.is_ok(), "{written:?}");

    let mark = "\u{FEFF}".as_bytes();
    let table = out.strip_prefix(mark);
    assert!(table.is_some(), "without its mark, Excel takes Chinese for something else");
    let read = read_csv(std::str::from_utf8(table.unwrap_or_default()).unwrap_or_default());
    let headed = usize::from(!rows.is_empty());
    assert_eq!(read.len(), rows.len() + headed, "a heading, as many rows as were written, and no more");
    assert!(read.iter().all(|row| row.len() == 16), "as many cells in each");
    for (row, read) in rows.iter().zip(read.iter().skip(headed)) {
        let intent = &row.intent;
        let texts = [
            (1, Some(intent.code.as_str())),
            (2, intent.card_id.as_ref().map(CardId::as_str)),
            (3, Some(row.till.as_str())),
            (4, Some(row.cashier.as_str())),
            (9, intent.title.as_deref()),
            (10, intent.openid.as_deref()),
            (12, row.outcome.as_ref().map(Outcome::message)),
            (13, intent.face_value.as_ref().map(FaceValue::kind)),
        ];
        for (column, text) in texts {
            let (cell, text) = (read.get(column), text.unwrap_or_default());
            assert!(
                cell.is_some_and(|cell| cell == text || cell.strip_prefix('\'') == Some(text)),
                "{text:?}: {cell:?}"
            );
            let formula = cell.is_some_and(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
            assert!(!formula, "a spreadsheet computes {cell:?}");
        }
        assert_eq!(read.get(5).and_then(|cell| cell.parse().ok()), Some(intent.intended_at));
        assert_eq!(read.get(6).map(String::as_str), Some(row.outcome_word()));

        let line = json_line(row).unwrap_or_default();
        assert!(!line.contains(['\n', '\r']), "one row, one line");
        let fields: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        assert_eq!(fields["title"].as_str(), intent.title.as_deref());
        assert_eq!(fields["till"].as_str(), Some(row.till.as_str()));
        assert_eq!(fields["errcode"].as_i64(), row.outcome.as_ref().and_then(Outcome::errcode));
    }
}

/// Reads CSV as RFC 4180 has it, on its own: a cell that begins with a quote ends at the next single one, and a row ends at a line end
/// outside of quotes.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            letter => cell.push(letter),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty(), "the last row has no end");
    rows
}

/// A write-off with any texts in it.
fn write_off(input: &mut Input<'_>) -> WriteOff {
    let (stage, errcode) = (input.byte(), i64::from(input.byte()) - 1);
    let (till, cashier, code, card, title, openid, message) =
        (input.text(), input.text(), input.text(), input.text(), input.text(), input.text(), input.text());
    let usual = || Code::parse("110201201245").ok();
    let days = i64::from(input.byte()) - 128;
    WriteOff {
        id: WriteOffId(errcode),
        till,
        cashier,
        shift: None,
        intent: Intent {
            code: Code::parse(&code).ok().or_else(usual).unwrap_or_else(|| unreachable!("a code")),
            card_id: CardId::parse(&card).ok(),
            title: Some(title).filter(|title| !title.is_empty()),
            // The word for a kind is the platform's, who may say anything.
            face_value: Some(FaceValue::Counted(openid.clone())).filter(|_| !openid.is_empty()),
            openid: Some(openid).filter(|openid| !openid.is_empty()),
            // Thirty years a step: from year −1814 to 5753.
            intended_at: Timestamp::from_millisecond(days * 946_684_800_123).unwrap_or_default(),
        },
        sent_at: None,
        outcome: match stage % 4 {
            0 => None,
            1 => Some(Outcome::Accepted { message }),
            2 => Some(Outcome::Rejected { errcode: Some(errcode), message }),
            _ => Some(Outcome::Unknown { errcode: None, message }),
        },
        outcome_at: Some(Timestamp::UNIX_EPOCH),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::{Path, PathBuf};

    use super::*;

    fn folder(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
    }

    fn names_in(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn every_input_kept_from_fuzzing_still_holds() {
        let mut broken = Vec::new();
        for (name, target) in TARGETS {
            let folder = folder("corpus").join(name);
            let kept = names_in(&folder);
            assert!(!kept.is_empty(), "{name} has no inputs: this test tests nothing");
            for input in kept {
                let bytes = fs::read(folder.join(&input)).expect("an input");
                if catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_err() {
                    broken.push(format!("{name}/{input}"));
                }
            }
        }
        assert!(broken.is_empty(), "what each broke is above: {broken:#?}");
    }

    #[test]
    fn every_target_is_run_by_the_fuzzer_and_has_a_corpus() {
        let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names_in(&folder("corpus")), names);
        let files = names_in(&folder("fuzz_targets"));
        assert_eq!(files, names.iter().map(|name| format!("{name}.rs")).collect());
        for name in &names {
            let source = fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).expect("a target");
            assert!(source.contains(&format!("hexiao::fuzzing::{name}(")), "{name} runs another target");
        }
    }
}
