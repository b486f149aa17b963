//! A passphrase: asked for on the terminal without showing it, or from a file or standard input. Never from the command line, which every user of the
//! computer can list.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read};
use std::path::Path;
use std::{fs, str};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::error::Error;

/// Longest passphrase that is read, in bytes.
const BYTES_MAX: u64 = 1024;

/// Where it comes from. A file of its own is for scripts; `-` is standard input.
#[derive(Debug, clap::Args)]
pub struct From {
    /// Read the passphrase from the first line of this file, or of standard input (-), in place of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<std::path::PathBuf>,
}

impl From {
    /// The passphrase. At a terminal it is asked for, twice where it is a new one; where standard input is none, it is its first line.
    ///
    /// # Errors
    /// [`Error::Passphrase`].
    pub fn read(&self, is_new: bool) -> Result<SecretString, Error> {
        match self.passphrase_file.as_deref() {
            Some(file) if file != Path::new("-") => fs::File::open(file).and_then(first_line),
            None if io::stdin().is_terminal() => asked(is_new),
            _ => first_line(io::stdin().lock()),
        }
        .map_err(Error::Passphrase)
    }
}

fn asked(is_new: bool) -> io::Result<SecretString> {
    let once = Zeroizing::new(rpassword::prompt_password("Passphrase: ")?);
    if is_new && *Zeroizing::new(rpassword::prompt_password("The same again: ")?) != *once {
        return Err(io::Error::other("the two are not the same"));
    }
    Ok(SecretString::from(once.as_str()))
}

fn first_line(from: impl Read) -> io::Result<SecretString> {
    let mut line = Zeroizing::new(Vec::new());
    BufReader::new(from.take(BYTES_MAX + 1)).read_until(b'\n', &mut line)?;
    if line.len() as u64 > BYTES_MAX {
        return Err(io::Error::other(format!("its first line is longer than {BYTES_MAX} bytes")));
    }
    let line = str::from_utf8(&line).map_err(|_| io::Error::other("its first line is no text"))?;
    let line = line.trim_start_matches('\u{FEFF}').trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(io::Error::other("its first line is empty"));
    }
    Ok(SecretString::from(line))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_first_line_is_the_passphrase_without_what_editors_add() {
        for text in ["correct horse", "correct horse\n", "\u{FEFF}correct horse\r\nsecond line\n"] {
            assert_eq!(first_line(text.as_bytes()).expect("read").expose_secret(), "correct horse");
        }
        let long = "x".repeat(2000);
        for wrong in [&b""[..], b"\n", b"\xff\n", long.as_bytes()] {
            assert!(first_line(wrong).is_err());
        }
    }
}
