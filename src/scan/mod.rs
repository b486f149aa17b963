//! Cameras, frames and decoders: from light to the text of a code. It knows nothing of coupons, the desk or the window.
//!
//! ```text
//!  camera ─► capture thread ─► mailbox ─► reading thread ─┬─► Found, Frame, Lost …   (events)
//!  or pictures                (one slot)   luma, readers  └─► Preview, Stats        (asked for)
//! ```
//!
//! - [`Scanner`] runs one [`Source`]: a camera, or picture files played as one.
//! - [`Reader`] reads the codes in a camera's frames, [`decode`](decode()) those in one picture; [`read_picture`] and its two sisters make such a picture of a file, of
//!   dropped bytes, or of what was pasted.
//! - `frame` takes brightness and a small colour picture from what cameras deliver.
//! - [`Hints`] says why nothing is read.
//! - `stream` chooses among what a camera offers, `stuck` tells one that delivers the same picture for ever.
//! - `network` is a camera that serves motion JPEG over HTTP, `multipart` cuts its answer into pictures.
//! - [`SerialScanner`] hears a hand scanner on a serial port.
//! - [`Wedge`] tells the keys of a hand scanner from a person's.
//! - `camera` is the only file that knows nokhwa.

mod camera;
mod decode;
pub mod frame;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod hint;
mod mailbox;
mod multipart;
mod network;
mod picture;
mod scanner;
mod serial;
mod source;
mod stream;
mod stuck;
mod thrift;
mod wedge;

pub use camera::{CameraInfo, cameras};
pub use decode::{Aim, Format, Found, InFrame, Reader, Seen, decode, decode_within, panic_is_caught};
pub use frame::{FrameError, Luma, PixelFormat};
pub use hint::{Hint, Hints};
pub use network::{NetworkAddress, NetworkAddressRefusal};
pub(crate) use picture::small_picture;
pub use picture::{PictureError, is_picture_name, picture_from_bytes, picture_from_rgba, read_picture};
pub use scanner::{Preview, ScanEvent, Scanner, Stats};
pub use serial::{SerialError, SerialEvent, SerialPort, SerialScanner, try_port};
pub use source::{CameraChoice, CameraError, Source, is_address};
pub use stream::{Control, Controls};
pub use wedge::{ECHO, End, PAUSE, PER_CHAR_MAX, SCAN_CHARS_MAX, SCAN_CHARS_MIN, Wedge, Wrapping};
