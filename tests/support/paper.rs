//! What a receipt printer makes of the bytes that it is sent: the lines on its paper, piece by piece. It knows the commands that it should be sent, and takes
//! no others.

use encoding_rs::Encoding;

/// A line on the paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// What stands on it, with the spaces before it.
    pub words: String,
    /// In bold letters.
    pub bold: bool,
    /// Twice as wide and high.
    pub large: bool,
}

/// The pieces of paper that were cut off, each with its lines; empty ones at the end, which come before the knife, are left out. `encoding` is the
/// printer's own; without one it prints Latin letters alone.
pub fn pieces(bytes: &[u8], encoding: Option<&'static Encoding>) -> Vec<Vec<Printed>> {
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    let (mut line, mut style): (Vec<u8>, Printed) = (Vec::new(), Printed::default());
    let mut two_bytes = false;
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => break,
            [0x1B, b'@', rest @ ..] => {
                assert!(line.is_empty(), "a line is cut short");
                (style, two_bytes) = (Printed::default(), false);
                rest
            }
            [0x1C, b'&', rest @ ..] => {
                two_bytes = encoding.is_some();
                rest
            }
            [0x1C, b'.', rest @ ..] => {
                two_bytes = false;
                rest
            }
            [0x1B, b'E', on @ (0 | 1), rest @ ..] => {
                style.bold = *on == 1;
                rest
            }
            [0x1D, b'!', size @ (0 | 0x11), rest @ ..] => {
                style.large = *size > 0;
                rest
            }
            [0x1B, b'd', count, rest @ ..] => {
                let words = read(&std::mem::take(&mut line), encoding);
                piece.push(Printed { words, ..style.clone() });
                piece.extend((1..*count).map(|_| Printed::default()));
                rest
            }
            [0x1D, b'V', b'A', 0, rest @ ..] => {
                assert!(line.is_empty(), "the knife goes through a line");
                while piece.pop_if(|line: &mut Printed| line.words.is_empty()).is_some() {}
                pieces.push(std::mem::take(&mut piece));
                rest
            }
            [lead @ 0x81..=0xFE, trail, rest @ ..] if two_bytes => {
                line.extend([*lead, *trail]);
                rest
            }
            [byte @ 0x20..0x7F, rest @ ..] => {
                line.push(*byte);
                rest
            }
            [byte, ..] => panic!("{byte:#x} at {} is no text and no command known here", bytes.len() - rest.len()),
        };
    }
    assert!(line.is_empty() && piece.is_empty(), "something was not cut off: {piece:?}");
    pieces
}

fn read(line: &[u8], encoding: Option<&'static Encoding>) -> String {
    let Some(encoding) = encoding else { return String::from_utf8(line.to_vec()).expect("Latin letters") };
    encoding.decode_without_bom_handling_and_without_replacement(line).expect("characters of the set").into_owned()
}
