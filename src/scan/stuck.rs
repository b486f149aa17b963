//! A camera that delivers the same picture over and over: its driver or its plug has frozen. What a real lens sees is never twice the same.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    frame::PixelFormat,
    source::{CameraError, Device, Open, Opened},
};

/// How long a picture stays the same before its camera counts as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(10);
/// How many of a frame's bytes are compared, spread over all of it.
const BYTES_COMPARED: usize = 4096;

/// Watches the frames of one camera, over several openings.
#[derive(Debug)]
struct StuckWatch {
    /// How long a picture may stay the same.
    after: Duration,
    same: Vec<u8>,
    since: Option<Instant>,
    /// This picture was stuck before the camera was opened anew, and is still there: then it is a drawing, as a virtual camera shows one, or a lens that is
    /// covered, and nothing is gained by opening it once more.
    is_given_up: bool,
}

impl StuckWatch {
    fn new(after: Duration) -> Self {
        Self { after, same: Vec::new(), since: None, is_given_up: false }
    }

    /// A frame came: whether the camera is stuck now. Says so once for a picture.
    fn is_stuck(&mut self, bytes: &[u8], now: Instant) -> bool {
        let step = (bytes.len() / BYTES_COMPARED).max(1);
        let compared = bytes.iter().step_by(step);
        if !compared.clone().eq(&self.same) {
            self.same = compared.copied().collect();
            self.since = Some(now);
            self.is_given_up = false;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let is_stuck = !self.is_given_up && now.saturating_duration_since(since) >= self.after;
        self.is_given_up |= is_stuck;
        is_stuck
    }
}

/// A camera whose frames are watched.
pub(super) struct Watched<O> {
    camera: O,
    watch: Arc<Mutex<StuckWatch>>,
}

impl<O> Watched<O> {
    pub fn new(camera: O) -> Self {
        Self { camera, watch: Arc::new(Mutex::new(StuckWatch::new(STUCK_AFTER))) }
    }
}

impl<O: Open> Open for Watched<O> {
    fn open(&self) -> Result<(Opened, Box<dyn Device>), CameraError> {
        let (opened, device) = self.camera.open()?;
        Ok((opened, Box::new(WatchedDevice { device, watch: Arc::clone(&self.watch) })))
    }

    fn spoiled(&self) {
        self.camera.spoiled();
    }
}

struct WatchedDevice {
    device: Box<dyn Device>,
    watch: Arc<Mutex<StuckWatch>>,
}

impl Device for WatchedDevice {
    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(PixelFormat, u32, u32), CameraError> {
        let frame = self.device.read(buffer)?;
        let is_stuck = self.watch.lock().unwrap_or_else(PoisonError::into_inner).is_stuck(buffer, Instant::now());
        if is_stuck { Err(CameraError::Stuck) } else { Ok(frame) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_picture_for_long_is_stuck_once_and_any_change_begins_anew() {
        let (mut watch, start) = (StuckWatch::new(STUCK_AFTER), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let (one, mut other) = (vec![7; 10_000], vec![7; 10_000]);
        other[5000] = 8;
        assert!(!watch.is_stuck(&one, at(0)));
        assert!(!watch.is_stuck(&one, at(9)));
        assert!(watch.is_stuck(&one, at(10)));
        assert!(!watch.is_stuck(&one, at(30)), "opened anew it shows the same: it is let be");
        assert!(!watch.is_stuck(&other, at(31)));
        assert!(!watch.is_stuck(&other, at(40)));
        assert!(watch.is_stuck(&other, at(41)), "another picture may be stuck as well");
        assert!(!watch.is_stuck(&[], at(42)));
    }

    /// Draws the same for ever.
    struct Drawing;

    impl Open for Drawing {
        fn open(&self) -> Result<(Opened, Box<dyn Device>), CameraError> {
            Ok((Opened::default(), Box::new(Self)))
        }
    }

    impl Device for Drawing {
        fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(PixelFormat, u32, u32), CameraError> {
            *buffer = vec![7; 100];
            Ok((PixelFormat::Gray, 10, 10))
        }
    }

    #[test]
    fn a_stuck_camera_is_opened_anew_once_and_then_let_be() {
        let watch = Arc::new(Mutex::new(StuckWatch::new(Duration::ZERO)));
        let camera = Watched { camera: Drawing, watch };
        let read = |device: &mut Box<dyn Device>| device.read(&mut Vec::new());
        let (_, mut device) = camera.open().expect("open");
        assert!(read(&mut device).is_ok());
        assert!(matches!(read(&mut device), Err(CameraError::Stuck)));
        let (_, mut device) = camera.open().expect("open again");
        assert!((0..5).all(|_| read(&mut device).is_ok()));
    }
}
