//! What comes back to the window from other threads, and the line on which scans go to whichever till is open.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connect::{Connected, Unfit};
use crate::desk::Event;
use crate::pin::PinHash;
use crate::scan::{CameraError, CameraInfo, SerialError};
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
    /// The scanner's serial port is open (`None`), or is lost and being tried again.
    SerialPort(Option<SerialError>),
    /// A picture was dropped or pasted, and held no code or could not be opened: the key of the sentence that says so.
    PictureFailed(&'static str),
    /// An account was tested.
    Connected(Connected),
    /// The program was started once more.
    Called,
    /// The system, or whoever keeps this computer, wants the program to end.
    AskedToEnd,
    /// A PIN was tried: whether it is the one.
    PinTried(bool),
    /// A new PIN was made for the settings: its hash.
    PinMade(PinHash),
    /// The account in use was tested.
    AccountTested(Result<(), Unfit>),
    /// A change of the settings could not be saved: why, in English.
    NotSaved(String),
    /// The damaged ledger was set aside, into this folder, or could not be.
    SetAside(Result<PathBuf, crate::ledger::Error>),
}

/// The line to the open till. Cameras and pictures hold it, so that a scan reaches the till without passing through the window.
#[derive(Clone, Default)]
pub struct Line(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    teller: Option<Teller>,
    /// What was scanned while no till was open: the next one hears it.
    kept: Option<Event>,
}

impl Line {
    /// Connects it to `teller`, or to nobody.
    pub fn connect(&self, teller: Option<Teller>) {
        let mut ends = self.lock();
        if let Some(teller) = &teller
            && let Some(event) = ends.kept.take()
        {
            teller.tell(event);
        }
        ends.teller = teller;
    }

    /// Tells the till. While none is open, the latest scan is kept for it, and everything else is for nobody.
    pub fn tell(&self, event: Event) {
        let mut ends = self.lock();
        match &ends.teller {
            Some(teller) => teller.tell(event),
            None if matches!(event, Event::Scanned(_)) => ends.kept = Some(event),
            None => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
