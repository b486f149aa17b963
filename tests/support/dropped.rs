//! A picture of a code, let go of over the window.

use std::path::{Path, PathBuf};

use eframe::egui;
use hexiao::sandbox::print;

/// A file that is let go of over the window.
#[derive(Debug)]
pub struct Dropped(pub PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|why| why.to_string())
    }
}

/// A picture file with `text` as a QR code in it.
pub fn picture_of(text: &str, folder: &Path) -> PathBuf {
    let (width, height, luma) = print::qr_luma(text, 8);
    let name: String = text.chars().take(32).collect(); // a set-up code is longer than a file's name may be
    let path = folder.join(format!("{name}.png"));
    image::GrayImage::from_raw(width, height, luma).expect("a picture").save(&path).expect("saved");
    path
}
