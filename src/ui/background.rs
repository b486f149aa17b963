//! What comes back to the window from other threads, and the line on which scans go to whichever till is open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connect::Connected;
use crate::desk::Event;
use crate::scan::{CameraError, CameraInfo};
use crate::till::{Open, OpenError, Teller};

/// Something that another thread has done for the window.
pub enum News {
    /// A till is open, or could not be opened.
    Opened(Result<Box<Open>, OpenError>),
    /// The cameras were listed.
    Cameras(Result<Vec<CameraInfo>, CameraError>),
    /// The camera is open, under this name.
    CameraOpened(String),
    /// The camera is lost; it is being tried again.
    CameraLost(CameraError),
    /// A picture was dropped or pasted, and held no code or could not be opened: the key of the sentence that says so.
    PictureFailed(&'static str),
    /// An account was tested.
    Connected(Connected),
}

/// The line to the open till. Cameras and pictures hold it, so that a scan reaches the till without passing through the window.
#[derive(Clone, Default)]
pub struct Line(Arc<Mutex<Option<Teller>>>);

impl Line {
    /// Connects it to `teller`, or to nobody.
    pub fn connect(&self, teller: Option<Teller>) {
        *self.lock() = teller;
    }

    /// Tells the till, if one is open.
    pub fn tell(&self, event: Event) {
        if let Some(teller) = self.lock().as_ref() {
            teller.tell(event);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Teller>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
