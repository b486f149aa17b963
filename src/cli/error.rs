//! Why a command could not be carried out.

use std::io;
use std::path::PathBuf;

use super::exit::{Exit, RUN_SETTLE};
use crate::scan::{CameraError, PictureError};
use crate::till::OpenError;
use crate::{config, ledger, sandbox};

/// Why a command could not be carried out; a refusal or an unknown outcome is no error but a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something is wrong with the settings or the folders.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The till could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Something is wrong with the ledger.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The ledger could not be copied.
    #[error(transparent)]
    Copy(#[from] ledger::CopyError),
    /// The ledger is open and cannot be read.
    #[error("nothing was sent: {0}")]
    Unread(String),
    /// The sandbox could not be started.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// A picture cannot be looked at.
    #[error("{} cannot be scanned", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PictureError,
    },
    /// The cameras do not work.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// A passphrase cannot be had.
    #[error("the passphrase cannot be read")]
    Passphrase(#[source] io::Error),
    /// The window could not be opened.
    #[error("the window cannot be opened; on a machine without a screen use the commands (see --help)")]
    Window(#[source] eframe::Error),
    /// There is a screen, and nothing to draw with.
    #[error(
        "nothing here can draw the window; install the driver of this computer's graphics, or Mesa (on Debian: libgl1-mesa-dri; on Windows: its opengl32.dll beside this program)"
    )]
    NotDrawn(#[source] eframe::Error),
    /// The system gives no threads or signals.
    #[error("this system does not let the program run")]
    System(#[source] io::Error),
    /// The till ended although it should not have.
    #[error("the till ended unexpectedly; its log says why")]
    TillEnded,
    /// Ended by Ctrl-C, twice, before the outcome of a write-off was known.
    #[error("ended before the outcome was known; {RUN_SETTLE}")]
    CutOff,
    /// Whoever read the output has gone: no fault, and nothing more to say.
    #[error("the output was closed")]
    Closed,
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// A file that was asked for cannot be written.
    #[error("{} cannot be written: name one that is not there yet, in a folder that may be written to and has room", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// What comes of not being able to write output.
    pub fn writing(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Output(error) }
    }

    /// The exit status.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Closed => Exit::Done,
            Self::CutOff => Exit::Unknown,
            _ => Exit::Usage,
        }
    }
}
