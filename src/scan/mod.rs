//! Cameras, frames and decoders: from light to the text of a code. It knows nothing of coupons, the desk or the window.
//!
//! ```text
//!  camera ─► capture thread ─► mailbox ─► reading thread ─┬─► Found, Frame, Lost …   (events)
//!  or pictures                (one slot)   luma, readers  └─► Preview, Stats        (asked for)
//! ```
//!
//! - [`Scanner`] runs one [`Source`]: a camera, or picture files played as one.
//! - [`decode`](decode()) reads the codes in one picture; [`read_picture`] and its two sisters make such a picture of a file, of
//!   dropped bytes, or of what was pasted.
//! - `frame` takes brightness and a small colour picture from what cameras deliver.
//! - `camera` is the only file that knows nokhwa.

mod camera;
mod decode;
pub mod frame;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod mailbox;
mod picture;
mod scanner;
mod source;

pub use camera::{CameraInfo, cameras};
pub use decode::{Format, Found, decode, panic_is_caught};
pub use frame::{FrameError, Luma, PixelFormat};
pub use picture::{PictureError, picture_from_bytes, picture_from_rgba, read_picture};
pub use scanner::{Preview, ScanEvent, Scanner, Stats};
pub use source::{CameraChoice, CameraError, Source};
