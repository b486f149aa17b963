//! What commands print: results on standard output, everything else on standard error.
//!
//! Neither may panic or end a write-off when its reader goes away, so nothing here is printed with `println!`.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::error::Error;
use crate::plain;

/// Longest text of others that is printed for people, in characters.
const TEXT_CHARS_MAX: usize = 10_000;

/// Prints a line, or several, on standard output at once. What is not plain in it is not printed.
///
/// # Errors
/// [`Error::Closed`] where nobody reads it any more.
pub fn line(text: &str) -> Result<(), Error> {
    raw(&plain::checked(text, true))
}

/// Prints `value` as one line of JSON on standard output at once.
///
/// # Errors
/// As [`line`].
pub fn json(value: &impl Serialize) -> Result<(), Error> {
    raw(&plain::json(value).map_err(|error| Error::Output(error.into()))?)
}

/// Prints what commands a terminal on purpose: a picture in colours of our own, without a word in it.
///
/// # Errors
/// As [`line`].
pub fn picture(text: &str) -> Result<(), Error> {
    raw(text)
}

fn raw(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .map_err(Error::writing)
}

/// Standard output for many lines; to be flushed by whoever is done with it.
pub fn many() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// Says something beside the result, in one line on standard error; who has closed that does not want to know.
pub fn note(text: &str) {
    writeln!(io::stderr().lock(), "hexiao: {}", printable(text)).ok();
}

/// Tells of a fault of the program's own, with the way to it where `RUST_BACKTRACE` asks for that.
pub fn crash(what: &str, way: &Backtrace) {
    note(what);
    if way.status() == BacktraceStatus::Captured {
        writeln!(io::stderr().lock(), "{}", plain::checked(&way.to_string(), true)).ok();
    }
}

/// `text`, which may be anybody's – a code's, a merchant's –, on one line and without what would command a terminal.
pub fn printable(text: &str) -> String {
    plain::line(text, TEXT_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_commands_the_terminal() {
        assert_eq!(printable("a\x1b[31mb\r\nc\u{9b}2J"), "a [31mb c 2J");
        assert_eq!(printable("满100减20元\n"), "满100减20元");
    }
}
