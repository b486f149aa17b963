//! What commands print: results on standard output, everything else on standard error.
//!
//! Neither may panic or end a write-off when its reader goes away, so nothing here is printed with `println!`.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::error::Error;

/// Prints one line on standard output at once.
///
/// # Errors
/// [`Error::Closed`] where nobody reads it any more.
pub fn line(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .map_err(Error::writing)
}

/// Prints `value` as one line of JSON on standard output at once.
///
/// # Errors
/// As [`line`].
pub fn json(value: &impl Serialize) -> Result<(), Error> {
    line(&serde_json::to_string(value).map_err(|error| Error::Output(error.into()))?)
}

/// Standard output for many lines; to be flushed by whoever is done with it.
pub fn many() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// Says something beside the result, on standard error; who has closed that does not want to know.
pub fn note(text: &str) {
    writeln!(io::stderr().lock(), "hexiao: {text}").ok();
}

/// `text`, which may be anybody's – a code's, a merchant's –, on one line and without what would command a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_commands_the_terminal() {
        assert_eq!(printable("a\x1b[31mb\r\nc\u{9b}2J"), "a [31mb  c 2J");
        assert_eq!(printable("满100减20元\n"), "满100减20元");
    }
}
