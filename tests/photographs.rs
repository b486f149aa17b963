//! The promise: real photographs are read, and nothing is read where there is nothing.
//!
//! What each photograph holds stands beside it in a text file. Where the pictures come from: `data/images/README.md`.

// A test says what went wrong by panicking; the exemption for `#[test]` does not reach its helpers.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use hexiao::scan::{Format, decode_within, read_picture};

/// Every attempt is made, however slow the machine and however unoptimised the build.
const TIME: Duration = Duration::MAX;

/// A picture, and the text beside it.
type Photograph = (PathBuf, Option<String>);

fn photographs(set: &str) -> Vec<Photograph> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/images").join(set);
    let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut pictures: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    pictures.retain(|path| path.extension().is_some_and(|extension| extension != "txt"));
    pictures.sort();
    let text =
        |path: &Path| fs::read(path.with_extension("txt")).ok().map(|bytes| plain(&String::from_utf8_lossy(&bytes)));
    pictures.into_iter().map(|path| (path.clone(), text(&path))).collect()
}

/// Texts are compared without what editors and line ends add.
fn plain(text: &str) -> String {
    text.replace('\r', "").trim().to_owned()
}

/// Reads every picture of `set`, of which there are `all`, and demands that at least `goal` are read right.
fn at_least(set: &str, format: Format, goal: usize, all: usize) {
    let pictures = photographs(set);
    assert_eq!(pictures.len(), all, "pictures in {set}");
    let mut missed = Vec::new();
    for (path, text) in &pictures {
        let text = text.as_ref().unwrap_or_else(|| panic!("{} has no text beside it", path.display()));
        let found = decode_within(&read_picture(path).unwrap(), TIME);
        if !found.iter().any(|found| found.format == format && plain(&found.text) == *text) {
            missed.push(format!("{}: {found:?} for {text:?}", path.display()));
        }
    }
    let read = all - missed.len();
    println!("{set}: {read} of {all}\n{}", missed.join("\n"));
    assert!(read >= goal, "{set}: {read} of {all} read, at least {goal} expected; missed:\n{}", missed.join("\n"));
}

#[test]
fn all_of_the_first_set_are_read() {
    at_least("qrcode-1", Format::QrCode, 20, 20);
}

#[test]
fn all_of_the_third_set_are_read() {
    at_least("qrcode-3", Format::QrCode, 42, 42);
}

#[test]
fn nearly_all_of_the_fourth_set_are_read_small_and_blurred_as_they_are() {
    at_least("qrcode-4", Format::QrCode, 47, 48);
}

#[test]
fn all_of_the_fifth_set_are_read() {
    at_least("qrcode-5", Format::QrCode, 19, 19);
}

#[test]
fn all_of_the_damaged_and_decorated_codes_are_read() {
    at_least("jsqr", Format::QrCode, 102, 102);
}

#[test]
fn all_bar_codes_are_read() {
    at_least("code128-1", Format::Code128, 7, 7);
}

#[test]
fn nothing_is_read_where_there_is_nothing() {
    let pictures = photographs("nothing");
    assert!(pictures.len() >= 10, "pictures without a code");
    for (path, _) in pictures {
        let found = decode_within(&read_picture(&path).unwrap(), TIME);
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
}
