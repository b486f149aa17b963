//! A program that ends when its test does, however that ends.

use std::ops::{Deref, DerefMut};
use std::process::Child;

/// Killed when it is dropped.
pub struct Ended(pub Child);

impl Deref for Ended {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Ended {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok(); // it may have ended by itself
        self.0.wait().ok();
    }
}
