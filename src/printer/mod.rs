//! Receipt printers: a slip for a write-off and a shift's report, laid out for narrow paper, said in ESC/POS, and sent.
//!
//! ```text
//! place.rs     where a printer is: in the network, on a serial port, or a device of the system's
//! found.rs     those that are plugged in
//! charset.rs   which characters it has, in which bytes, and how wide
//! page.rs      words wrapped into the lines of a page
//! forms.rs     what stands where: on a slip, a shift's report, a test page
//! commands.rs  a page as ESC/POS, and what a printer says of itself
//! send.rs      bytes to a printer, within a time
//! queue.rs     the thread that prints one thing after the other
//! ```
//!
//! Places, characters, pages and forms are pure. What they are given is words in the reader's language (the window's and the command line's to say); none of it can
//! command the printer: it goes through [`plain`](crate::plain) and is put into characters of the printer's own, whose bytes are never those of
//! a command ([`Charset`]).
//!
//! Printing comes after writing off and never before or into it: the ledger has the outcome when a slip is made, and the slip is read from
//! there. A printer that is slow, broken or gone delays its own thread alone.

mod charset;
mod commands;
mod forms;
mod found;
mod page;
mod place;
mod queue;
mod send;
#[cfg(test)]
mod tests;

pub use charset::Charset;
pub use commands::{Health, bytes};
pub use forms::{Slip, TestPage, report};
pub use found::found;
pub use page::{Line, Page, Paper, Style};
pub use place::{BAUD_DEFAULT, PORT_DEFAULT, Place, PlaceRefusal};
pub use queue::{Job, Queue};
pub use send::{Hand, PrintError, Sent};
