//! What comes back to the window from other threads, and the line on which scans go to whichever till is open.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connect::{Connected, Unfit};
use super::printing::{Accepted, What};
use super::settings::{Made, NotMade};
use crate::config::SecretPlace;
use crate::config::handover::{Handover, NotOpened};
use crate::desk::Event;
use crate::pin::PinHash;
use crate::printer::{Place, PrintError, Sent};
use crate::scan::{CameraError, CameraInfo, Control, SerialError};
use crate::till::{Open, OpenError, Teller};
use crate::updates::Answer;

/// Something that another thread has done for the window.
pub enum News {
    /// A till is open, or could not be opened.
    Opened(Result<Box<Open>, OpenError>),
    /// The cameras were listed.
    Cameras(Result<Vec<CameraInfo>, CameraError>),
    /// The camera is open, under this name; and what was asked of its controls in vain.
    CameraOpened(String, Vec<Control>),
    /// The camera is lost; it is being tried again.
    CameraLost(CameraError),
    /// The scanner's serial port is open (`None`), or is lost and being tried again.
    SerialPort(Option<SerialError>),
    /// A picture was dropped or pasted, and held no code or could not be opened: the key of the sentence that says so.
    PictureFailed(&'static str),
    /// An account was tested.
    Connected(Result<Box<Connected>, Unfit>),
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
    /// A set-up code for another till was made.
    SetUpCode(Result<Made, NotMade>),
    /// Something was scanned while it was diverted.
    Diverted(String),
    /// Another till's set-up code was opened with a PIN.
    SetUpOpened(Result<Box<Handover>, NotOpened>),
    /// What another till gave was tested, and its secret kept: it is this till's now.
    TakenOver(Result<Box<TakenOver>, Unfit>),
    /// A change of the settings could not be saved: why, in English.
    NotSaved(String),
    /// A write-off of this till's was written down as accepted.
    Accepted(Accepted),
    /// Printers that are plugged in.
    PrintersFound(Vec<Place>),
    /// Something was printed, or was not.
    Printed(What, Result<Sent, PrintError>),
    /// The address that was asked for newer versions, and what it answered.
    NewerVersion(String, Answer),
    /// The damaged ledger was set aside, into this folder, or could not be.
    SetAside(Result<PathBuf, crate::ledger::Error>),
}

/// What another till gave, without its secret, for a till of this name.
pub struct TakenOver {
    pub handover: Handover,
    pub till: String,
    /// Where the secret is, where there is one.
    pub place: Option<SecretPlace>,
}

/// Takes what is scanned in place of the till.
type Taker = Box<dyn Fn(String) + Send>;

/// The line to the open till. Cameras and pictures hold it, so that a scan reaches the till without passing through the window.
#[derive(Clone, Default)]
pub struct Line(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    teller: Option<Teller>,
    /// What was scanned while no till was open: the next one hears it.
    kept: Option<Event>,
    /// Who gets scans meanwhile.
    taker: Option<Taker>,
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

    /// Has every scan go to `taker` and none to the till, until this is called with nobody.
    pub fn divert(&self, taker: Option<Taker>) {
        self.lock().taker = taker;
    }

    /// Tells the till. While none is open, the latest scan is kept for it, and everything else is for nobody.
    pub fn tell(&self, event: Event) {
        let mut ends = self.lock();
        if let (Some(taker), Event::Scanned(text) | Event::Seen(text)) = (&ends.taker, &event) {
            return taker(text.clone());
        }
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
