//! A page as ESC/POS, the language that receipt printers have in common, and what such a printer says of itself.
//!
//! The commands are the crate `escpos`'. It writes text in Western code pages alone, so the bytes of text are [`Charset`]'s, and two commands
//! that it lacks stand here: those that have a printer read two bytes for one character.
//!
//! [`Charset`]: super::Charset

use std::cell::RefCell;

use escpos::driver::Driver;
use escpos::printer::Printer;
use escpos::utils::{Protocol, RealTimeStatusRequest, RealTimeStatusResponse};

use super::{Charset, Page, Style};

/// `FS &`: two bytes are one character from now on.
const CHINESE_ON: &[u8] = &[0x1C, b'&'];
/// `FS .`: each byte is one.
const CHINESE_OFF: &[u8] = &[0x1C, b'.'];
/// Lines that a printer without a knife lets out, so that the last words can be torn off.
const LINES_BEFORE_CUT: u8 = 3;

/// Keeps what would be sent to a printer.
#[derive(Default)]
struct Sink(RefCell<Vec<u8>>);

impl Driver for Sink {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn write(&self, data: &[u8]) -> escpos::errors::Result<()> {
        self.0.try_borrow_mut()?.extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _: &mut [u8]) -> escpos::errors::Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> escpos::errors::Result<()> {
        Ok(())
    }
}

/// What has a printer print `page` and cut the paper.
///
/// # Errors
/// Never as things are: no size or style is asked for that there is not.
pub fn bytes(page: &Page) -> Result<Vec<u8>, escpos::errors::PrinterError> {
    let mut printer = Printer::new(Sink::default(), Protocol::default(), None);
    printer.init()?; // what another program has left half done is forgotten
    printer.custom(if page.charset == Charset::Ascii { CHINESE_OFF } else { CHINESE_ON })?;
    let mut style = Style::Plain;
    for line in &page.lines {
        if line.style != style {
            style = line.style;
            let size = if style == Style::Large { 2 } else { 1 };
            printer.bold(style != Style::Plain)?.size(size, size)?;
        }
        printer.custom(&page.charset.bytes(&line.words))?.feed()?;
    }
    printer.bold(false)?.size(1, 1)?.feeds(LINES_BEFORE_CUT)?.cut()?.print()?;
    Ok(printer.driver().0.into_inner())
}

/// What keeps a printer from printing, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing.
    Ready,
    /// No paper.
    NoPaper,
    /// Its lid is open.
    LidOpen,
    /// Something that somebody has to see to at the printer: its knife, a jam, heat.
    Faulty,
}

/// What a printer is asked before and after something is printed, in this order.
pub(super) const QUESTIONS: [Question; 2] =
    [Question(RealTimeStatusRequest::OfflineCause), Question(RealTimeStatusRequest::RollPaperSensor)];

/// A question that a printer answers at once, with one byte, also while it prints.
#[derive(Clone, Copy)]
pub(super) struct Question(RealTimeStatusRequest);

impl Question {
    /// Its bytes: `DLE EOT n`. (The crate's own have another one behind them, which some printers take for the beginning of text.)
    pub(super) fn bytes(self) -> [u8; 3] {
        let (number, _) = self.0.into();
        [0x10, 0x04, number]
    }

    /// What `answer` says; `None` where it is no answer to such a question.
    pub(super) fn read(self, answer: u8) -> Option<Health> {
        let told = RealTimeStatusResponse::parse(self.0, answer).ok()?;
        let is = |what| told.get(&what).copied();
        let is_not_so = |what| is(what) == Some(false);
        let is_so = |what| is(what) == Some(true);
        Some(match () {
            () if is_not_so(RealTimeStatusResponse::CoverClosed) => Health::LidOpen,
            () if is_so(RealTimeStatusResponse::PrintingStopsDueToPaperEnd)
                || is_not_so(RealTimeStatusResponse::RollPaperEndSensorPaperPresent) =>
            {
                Health::NoPaper
            }
            () if is_so(RealTimeStatusResponse::ErrorOccurred) => Health::Faulty,
            () => Health::Ready,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_printer_says_of_itself_is_understood() {
        let [offline, paper] = QUESTIONS;
        assert_eq!((offline.bytes(), paper.bytes()), ([0x10, 0x04, 2], [0x10, 0x04, 4]));
        for (question, answer, health) in [
            (offline, 0x12, Some(Health::Ready)),
            (offline, 0x16, Some(Health::LidOpen)),
            (offline, 0x32, Some(Health::NoPaper)),
            (offline, 0x36, Some(Health::LidOpen)), // an open lid is the reason why no paper is felt
            (offline, 0x52, Some(Health::Faulty)),
            (paper, 0x12, Some(Health::Ready)),
            (paper, 0x1E, Some(Health::Ready)), // near its end, and still there
            (paper, 0x72, Some(Health::NoPaper)),
            (paper, 0x00, None),
            (paper, b'A', None),
            (offline, 0xFF, None),
        ] {
            assert_eq!(question.read(answer), health, "{answer:#x}");
        }
    }
}
