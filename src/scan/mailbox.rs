//! Where a capture thread leaves its newest frame, and a reading thread picks it up: one slot, so nothing queues.
//!
//! It is also all that the two share. Each attempt at a camera gets a mailbox of its own, so a thread that hangs in a
//! driver and is abandoned can touch nothing but a box that nobody reads any more.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    frame::{Frame, PixelFormat},
    source::{CameraError, Opened},
};

/// A frame on its way, with the moment it arrived.
pub(super) struct Letter {
    pub format: PixelFormat,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
    pub arrived: Instant,
}

impl Letter {
    pub fn frame(&self) -> Frame<'_> {
        Frame { format: self.format, width: self.width, height: self.height, bytes: &self.bytes }
    }
}

/// What the reading thread finds.
pub(super) enum Mail {
    /// The camera is open.
    Opened(Opened),
    /// The newest frame.
    Frame {
        letter: Letter,
        /// How many frames it has replaced since the last one that was taken.
        replaced: u64,
        /// How long after the frame before it it arrived: the camera's true interval just now.
        gap: Duration,
    },
    /// The capture thread is done with the camera, which is free again.
    Ended(CameraError),
    /// Nothing has come for as long as the caller wanted to wait.
    Silence,
    /// Closed from the reading side.
    Closed,
}

#[derive(Default)]
pub(super) struct Mailbox {
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Default)]
struct Inside {
    opened: Option<Opened>,
    newest: Option<Letter>,
    replaced: u64,
    last_arrival: Option<Instant>,
    gap: Duration,
    ended: Option<CameraError>,
    done: bool,
    closed: bool,
}

impl Mailbox {
    /// Capture side: the camera is open.
    pub fn opened(&self, opened: Opened) {
        self.lock().opened = Some(opened);
        self.changed.notify_all();
    }

    /// Capture side: leaves `letter` in the place of any that is there; gives back that one's buffer for reuse.
    /// `None` says that nobody reads any more.
    pub fn put(&self, letter: Letter) -> Option<Vec<u8>> {
        let mut inside = self.lock();
        if inside.closed {
            return None;
        }
        inside.gap = inside.last_arrival.map_or(Duration::ZERO, |last| letter.arrived.saturating_duration_since(last));
        inside.last_arrival = Some(letter.arrived);
        let replaced = inside.newest.replace(letter);
        inside.replaced += u64::from(replaced.is_some());
        self.changed.notify_all();
        Some(replaced.map_or_else(Vec::new, |letter| letter.bytes))
    }

    /// Capture side: the camera has been let go of, with the reason where nobody asked for it.
    pub fn end(&self, why: Option<CameraError>) {
        let mut inside = self.lock();
        inside.ended = why;
        inside.done = true;
        self.changed.notify_all();
    }

    /// Reading side: what there is, or what comes within `patience`.
    pub fn take(&self, patience: Duration) -> Mail {
        let waiting = |inside: &mut Inside| {
            !inside.closed && inside.opened.is_none() && inside.newest.is_none() && inside.ended.is_none()
        };
        let waited = self.changed.wait_timeout_while(self.lock(), patience, waiting);
        let (mut inside, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if inside.closed {
            Mail::Closed
        } else if let Some(opened) = inside.opened.take() {
            Mail::Opened(opened)
        } else if let Some(letter) = inside.newest.take() {
            Mail::Frame { letter, replaced: std::mem::take(&mut inside.replaced), gap: inside.gap }
        } else if let Some(why) = inside.ended.take() {
            Mail::Ended(why)
        } else {
            Mail::Silence
        }
    }

    /// Either side: nobody reads any more. Wakes a reading thread; a capture thread sees it at its next frame.
    pub fn close(&self) {
        let mut inside = self.lock();
        inside.closed = true;
        inside.newest = None;
        self.changed.notify_all();
    }

    /// Whether nobody reads any more.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Whether the capture thread has let go of its camera.
    pub fn is_done(&self) -> bool {
        self.lock().done
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(mark: u8, arrived: Instant) -> Letter {
        Letter { format: PixelFormat::Gray, width: 1, height: 1, bytes: vec![mark], arrived }
    }

    #[test]
    fn only_the_newest_frame_is_handed_over_and_the_others_are_counted() {
        let mailbox = Mailbox::default();
        let start = Instant::now();
        assert_eq!(mailbox.put(letter(1, start)), Some(vec![]), "the box was empty");
        assert_eq!(mailbox.put(letter(2, start + Duration::from_millis(30))), Some(vec![1]), "its buffer comes back");
        assert_eq!(mailbox.put(letter(3, start + Duration::from_millis(70))), Some(vec![2]));
        let Mail::Frame { letter: newest, replaced, gap } = mailbox.take(Duration::ZERO) else { panic!("no frame") };
        assert_eq!((newest.bytes, replaced, gap), (vec![3], 2, Duration::from_millis(40)));
        assert!(matches!(mailbox.take(Duration::ZERO), Mail::Silence), "a frame is handed over once");
        mailbox.put(letter(4, start + Duration::from_millis(100)));
        assert!(matches!(mailbox.take(Duration::ZERO), Mail::Frame { replaced: 0, .. }));
    }

    #[test]
    fn a_closed_box_takes_nothing_and_gives_nothing() {
        let mailbox = Mailbox::default();
        mailbox.put(letter(1, Instant::now()));
        mailbox.close();
        assert!(matches!(mailbox.take(Duration::MAX), Mail::Closed));
        assert_eq!(mailbox.put(letter(2, Instant::now())), None);
        assert!(!mailbox.is_done());
        mailbox.end(None);
        assert!(mailbox.is_done());
    }

    #[test]
    fn opening_frames_and_the_end_are_told_in_that_order() {
        let mailbox = Mailbox::default();
        mailbox.put(letter(1, Instant::now()));
        mailbox.end(Some(CameraError::Gone));
        mailbox.opened(Opened::default());
        assert!(matches!(mailbox.take(Duration::ZERO), Mail::Opened(_)));
        assert!(matches!(mailbox.take(Duration::ZERO), Mail::Frame { .. }));
        assert!(matches!(mailbox.take(Duration::ZERO), Mail::Ended(CameraError::Gone)));
        assert!(matches!(mailbox.take(Duration::ZERO), Mail::Silence));
    }

    #[test]
    fn a_waiting_reader_is_woken_by_a_frame_from_another_thread() {
        let mailbox = Mailbox::default();
        std::thread::scope(|scope| {
            scope.spawn(|| mailbox.put(letter(1, Instant::now())));
            assert!(matches!(mailbox.take(Duration::from_secs(60)), Mail::Frame { .. }));
        });
    }
}
