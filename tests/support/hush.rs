//! Known secrets, and the search for them in whatever form a program might let them out.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

use std::fs;
use std::path::{Path, PathBuf};

/// An AppSecret, a bearer secret and a token. Each holds what is written differently in JSON and in addresses, and in its middle eight
/// letters that occur nowhere else, so that a part of one is found too.
pub const APP_SECRET: &str = "S3+c/\"re\\t=q7ZpKxVw%~";
/// See [`APP_SECRET`].
pub const BEARER: &str = "B3+a/\"re\\r=j4WnMtGy%~";
/// See [`APP_SECRET`].
pub const TOKEN: &str = "T0+k/\"en\\n=u9LdRhQs%~";
/// The letters in their middles.
const HEARTS: [&str; 3] = ["q7ZpKxVw", "j4WnMtGy", "u9LdRhQs"];

/// Fails where `bytes` hold a secret or a part of one, in whatever form. `place` says whose bytes they are.
pub fn silent(place: &str, bytes: &[u8]) {
    if let Some(found) = find(bytes) {
        panic!("{place} holds a secret {found}");
    }
}

/// The first secret in `bytes`, and what stands around it.
pub fn find(bytes: &[u8]) -> Option<String> {
    let (exact, lower) = (searchable(bytes), searchable(&bytes.to_ascii_lowercase()));
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let each = |text: &str, write: fn(u8) -> String| -> Vec<u8> { text.bytes().map(write).collect::<String>().into() };
    for heart in HEARTS {
        let small = heart.to_ascii_lowercase();
        let forms: [(&str, Vec<u8>); 8] = [
            ("as it is, or in other cases", small.clone().into()),
            ("backwards", small.bytes().rev().collect()),
            ("in UTF-16", wide(&small, u16::to_le_bytes)),
            ("in UTF-16, the other way round", wide(&small, u16::to_be_bytes)),
            ("in hexadecimal", each(heart, |b| format!("{b:02x}"))),
            ("as a list of numbers", each(heart, |b| format!("{b}, "))),
            ("escaped as in JSON", each(heart, |b| format!("\\u{b:04x}"))),
            ("escaped as in an address", each(heart, |b| format!("%{b:02x}"))),
        ];
        for (form, wanted) in forms {
            if let Some(at) = lower.find(&searchable(wanted.strip_suffix(b", ").unwrap_or(&wanted))) {
                let around = lower[..at].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev();
                return Some(format!("{form}: …{}…{wanted:?}", around.collect::<String>()));
            }
        }
        // Base64 looks different for each place in a group of three bytes, and keeps its cases.
        if (0..3).any(|skipped| exact.find(&base64_middle(heart.as_bytes(), skipped)).is_some()) {
            return Some("in base64".to_owned());
        }
    }
    None
}

/// Fails where a file under `folder`, or its name, holds a secret, except those of `by_design`, each of which must be there and hold one. How
/// many files there were.
pub fn silent_folder(folder: &Path, by_design: &[PathBuf]) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.display().to_string();
        silent("the name of a file", entry.as_os_str().as_encoded_bytes());
        if entry.is_dir() {
            files += silent_folder(&entry, by_design);
            continue;
        }
        let bytes = fs::read(&entry).expect("a file");
        if by_design.contains(&entry) {
            assert!(find(&bytes).is_some(), "{name} is said to hold a secret, and does not");
        } else {
            silent(&name, &bytes);
        }
        files += 1;
    }
    files
}

/// `bytes` as a text with a character for each, which the standard library searches far quicker than bytes.
fn searchable(bytes: &[u8]) -> String {
    if bytes.is_ascii() {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        bytes.iter().map(|b| char::from(*b)).collect()
    }
}

/// The base64 of `bytes` behind `skipped` others, without the letters that depend on its neighbours.
fn base64_middle(bytes: &[u8], skipped: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> =
        vec![0; skipped].iter().chain(bytes).flat_map(|b| (0..8).rev().map(move |n| b >> n & 1)).collect();
    let whole =
        bits.chunks_exact(6).map(|six| LETTERS[six.iter().fold(0, |n, bit| n << 1 | usize::from(*bit))] as char);
    whole.skip((skipped * 8).div_ceil(6)).collect()
}
