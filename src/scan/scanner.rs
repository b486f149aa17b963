//! One source at work: a capture thread that only fetches frames, and a reading thread that turns the newest into codes and
//! previews, watches over the other, and opens the camera again when it is lost.
//!
//! A driver may hang in opening or reading for ever. Then the reading thread closes the mailbox, says so, and tries again with
//! a new thread and a new mailbox; the hung thread holds nothing but its old, closed mailbox, and goes when the driver
//! lets it. Nothing ever waits for it: not the window, not this file, not the end of the program.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    camera::SystemCamera,
    decode::{Aim, Found, InFrame, Reader, guarded},
    frame::{PixelFormat, Thumbnail},
    mailbox::{Letter, Mail, Mailbox},
    network::NetworkCamera,
    source::{CameraError, Device, Open, Opened, Player, Source},
    stream::{Control, Controls},
    stuck::Watched,
    thrift::Thrift,
};

/// How long an outline stays in the preview after its code was last read, so that it does not flicker.
pub const OUTLINE_FOR: Duration = Duration::from_millis(300);
/// Time from one preview to the next, on average: enough to aim by, and each costs a frame's colours and a drawing of the window.
pub const PREVIEW_EVERY: Duration = Duration::from_millis(100);
/// The same while nothing moves before the camera: there is nothing new to see.
const PREVIEW_STILL_EVERY: Duration = Duration::from_millis(250);
/// Frames in a row, read ones, in which nothing moves before that is taken to be so.
const STILL_FRAMES: u32 = 15;
/// Frames in a row that make no picture before the camera counts as unusable.
const BAD_FRAMES_MAX: u32 = 30;
/// Most threads hung in a driver at once; until one comes back nothing more is tried.
const ABANDONED_MAX: usize = 3;

/// How patient the watch over a camera is.
#[derive(Clone)]
struct Patience {
    /// From the beginning of opening to the camera's being open, and from there to the first frame.
    opening: Duration,
    /// From one frame to the next.
    frame: Duration,
    /// Before each new attempt; the last is repeated. The first is short: a camera just let go of is soon free again.
    pauses: &'static [Duration],
}

const PATIENCE: Patience = Patience {
    opening: Duration::from_secs(10),
    frame: Duration::from_secs(5),
    pauses: &[
        Duration::from_millis(300),
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
        Duration::from_secs(8),
        Duration::from_secs(15),
    ],
};

/// What happens while scanning. Told on the reading thread, in order.
#[derive(Clone, Debug)]
pub enum ScanEvent {
    /// The source is open.
    Opened {
        /// The camera's name, or the first picture's.
        name: String,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// How it delivers its frames.
        format: PixelFormat,
        /// What was asked of its controls and it does not have, or does not take.
        untaken: Vec<Control>,
    },
    /// A code was read in a frame of this width and height. A code that stays in view is read again and again.
    Found(Found, (u32, u32)),
    /// A frame was read; what was found in it has been told. Not every frame has a preview: see [`PREVIEW_EVERY`].
    Frame {
        /// Whether there is a new one.
        has_preview: bool,
    },
    /// The source is lost or could not be opened. It is being tried again, at growing intervals.
    Lost(CameraError),
}

/// The newest frame, small and in colour, for the window.
#[derive(Clone)]
pub struct Preview {
    /// In pixels, at most [`PREVIEW_WIDTH_MAX`](super::frame::PREVIEW_WIDTH_MAX).
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four bytes a pixel: red, green, blue, 255.
    pub rgba: Vec<u8>,
    /// The frame's own width and height, in which `found` is told.
    pub frame_size: (u32, u32),
    /// The codes in this frame, or those of a moment ago.
    pub found: Vec<Found>,
    /// What the frame is like: why nothing is read, where nothing is.
    pub aim: Aim,
    /// Counts the previews from 1.
    pub serial: u64,
}

/// Counts and times of a scanner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Frames that the source delivered.
    pub frames_seen: u64,
    /// Frames that the readers looked at.
    pub frames_decoded: u64,
    /// Frames passed over: replaced by a newer one, too old, damaged, or to leave the processor to others.
    pub frames_skipped: u64,
    /// The greatest age, since its arrival, at which a frame went to the readers.
    pub oldest_decoded: Duration,
    /// The longest interval of the source that such an age was allowed to reach.
    pub longest_interval: Duration,
    /// How long the readers took over the last frame.
    pub last_decode: Duration,
}

/// A running source. Dropping it stops it, at once and without waiting; an event already on its way may still come.
pub struct Scanner {
    shared: Arc<Shared>,
}

impl Scanner {
    /// Starts scanning. `on_event` is called on the reading thread and should be quick: frames that come meanwhile are
    /// passed over.
    pub fn start(source: Source, on_event: impl Fn(ScanEvent) + Send + Sync + 'static) -> Self {
        Self::start_with_controls(source, Controls::default(), on_event)
    }

    /// The same, with something asked of the camera's controls. What it does not have is left alone, and told with [`ScanEvent::Opened`].
    pub fn start_with_controls(
        source: Source,
        controls: Controls,
        on_event: impl Fn(ScanEvent) + Send + Sync + 'static,
    ) -> Self {
        let open: Arc<dyn Open> = match source {
            Source::Camera(choice) => Arc::new(Watched::new(SystemCamera::new(choice, controls))),
            Source::Network(address) => Arc::new(Watched::new(NetworkCamera(address))),
            Source::Pictures { paths, frames_per_second } => Arc::new(Player { paths, frames_per_second }),
        };
        Self::start_with(open, PATIENCE, on_event)
    }

    fn start_with(
        open: Arc<dyn Open>,
        patience: Patience,
        on_event: impl Fn(ScanEvent) + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let on_event = Arc::new(on_event);
        let reading = Reading { open, patience, shared: Arc::clone(&shared), on_event: Arc::clone(&on_event) };
        if let Err(why) = thread::Builder::new().name("scan-read".to_owned()).spawn(move || reading.run()) {
            on_event(ScanEvent::Lost(CameraError::Other(why.to_string())));
        }
        Self { shared }
    }

    /// The newest frame for the window. Kept when the source is lost.
    pub fn preview(&self) -> Option<Arc<Preview>> {
        lock(&self.shared.preview).clone()
    }

    /// Counts and times since the start.
    pub fn stats(&self) -> Stats {
        *lock(&self.shared.stats)
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        let mut life = lock(&self.shared.life);
        life.stopped = true;
        if let Some(mailbox) = life.mailbox.take() {
            mailbox.close();
        }
        self.shared.stopping.notify_all();
    }
}

/// What the [`Scanner`] and its reading thread share. The capture thread has no part in it.
#[derive(Default)]
struct Shared {
    life: Mutex<Life>,
    stopping: Condvar,
    preview: Mutex<Option<Arc<Preview>>>,
    stats: Mutex<Stats>,
}

#[derive(Default)]
struct Life {
    stopped: bool,
    /// The mailbox that the reading thread waits at, to wake it.
    mailbox: Option<Arc<Mailbox>>,
}

impl Shared {
    /// A mailbox for a new attempt, unless the scanner was stopped.
    fn new_mailbox(&self) -> Option<Arc<Mailbox>> {
        let mut life = lock(&self.life);
        if life.stopped {
            return None;
        }
        let mailbox = Arc::new(Mailbox::default());
        life.mailbox = Some(Arc::clone(&mailbox));
        Some(mailbox)
    }

    fn is_stopped(&self) -> bool {
        lock(&self.life).stopped
    }

    /// Waits, or returns at once where the scanner is stopped.
    fn pause(&self, pause: Duration) {
        let waited = self.stopping.wait_timeout_while(lock(&self.life), pause, |life| !life.stopped);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The capture thread, from opening to the end.
fn capture(open: &dyn Open, mailbox: &Mailbox) {
    const DRIVER: &str = "the camera's driver";
    let broken = || CameraError::Other("the driver failed".to_owned());
    let why = match guarded(DRIVER, || open.open()) {
        None => Some(broken()),
        Some(Err(why)) => Some(why),
        Some(Ok((opened, mut device))) => {
            mailbox.opened(opened);
            let why = guarded(DRIVER, || deliver(device.as_mut(), mailbox)).unwrap_or_else(|| Some(broken()));
            // Closing may panic too, and must have happened before the end is told: then the camera is free.
            guarded(DRIVER, || drop(device));
            why
        }
    };
    mailbox.end(why);
}

/// Fetches frames until nobody wants them (`None`) or there are no more.
fn deliver(device: &mut dyn Device, mailbox: &Mailbox) -> Option<CameraError> {
    let mut bytes = Vec::new();
    while !mailbox.is_closed() {
        match device.read(&mut bytes) {
            Ok((format, width, height)) => {
                bytes = mailbox.put(Letter { format, width, height, bytes, arrived: Instant::now() })?;
            }
            Err(why) => return Some(why),
        }
    }
    None
}

/// The reading thread.
struct Reading<F> {
    open: Arc<dyn Open>,
    patience: Patience,
    shared: Arc<Shared>,
    on_event: Arc<F>,
}

impl<F: Fn(ScanEvent)> Reading<F> {
    fn run(self) {
        let mut abandoned: Vec<Arc<Mailbox>> = Vec::new();
        let mut attempts = 0;
        loop {
            abandoned.retain(|mailbox| !mailbox.is_done());
            if abandoned.len() < ABANDONED_MAX {
                let Some(mailbox) = self.shared.new_mailbox() else { return };
                let (why, delivered) = self.attempt(&mailbox);
                mailbox.close();
                if self.shared.is_stopped() {
                    return;
                }
                if delivered {
                    attempts = 0;
                }
                // Where a thread of ours still holds the camera, it is no other program that keeps it busy.
                let held = matches!(why, CameraError::Busy) && !abandoned.is_empty();
                let why = if held { CameraError::Frozen } else { why };
                if !mailbox.is_done() {
                    abandoned.push(mailbox);
                }
                tracing::warn!(%why, "no frames");
                (self.on_event)(ScanEvent::Lost(why));
            }
            let pauses = self.patience.pauses;
            self.shared.pause(pauses.get(attempts).or(pauses.last()).copied().unwrap_or_default());
            attempts += 1;
        }
    }

    /// Opens the source and reads it until it is lost: why, and whether it had delivered anything.
    fn attempt(&self, mailbox: &Arc<Mailbox>) -> (CameraError, bool) {
        let (open, theirs) = (Arc::clone(&self.open), Arc::clone(mailbox));
        let capturing = thread::Builder::new().name("scan-capture".to_owned()).spawn(move || capture(&*open, &theirs));
        if let Err(why) = capturing {
            mailbox.end(None);
            return (CameraError::Other(why.to_string()), false);
        }
        let mut reader: Option<FrameReader> = None;
        let mut delivered = false;
        loop {
            let patience = if delivered { self.patience.frame } else { self.patience.opening };
            match mailbox.take(patience) {
                Mail::Opened(opened) => {
                    let Opened { name, width, height, format, interval, untaken } = opened;
                    tracing::info!(name, width, height, %format, ?interval, "the source is open");
                    let thrift = self.open.is_live().then(Thrift::default);
                    reader = Some(FrameReader { interval, thrift, ..FrameReader::default() });
                    (self.on_event)(ScanEvent::Opened { name, width, height, format, untaken });
                }
                Mail::Frame { letter, replaced, gap } => {
                    delivered = true;
                    let reader = reader.get_or_insert_default();
                    if let Err(why) = self.read_frame(reader, &letter, replaced, gap) {
                        self.open.spoiled();
                        return (why, delivered);
                    }
                }
                Mail::Ended(why) => return (why, delivered),
                Mail::Silence if reader.is_some() => return (CameraError::Frozen, delivered),
                Mail::Silence | Mail::Closed => return (CameraError::Hung, delivered),
            }
        }
    }

    fn read_frame(
        &self,
        reader: &mut FrameReader,
        letter: &Letter,
        replaced: u64,
        gap: Duration,
    ) -> Result<(), CameraError> {
        // A frame still here after one interval should have been replaced by a newer one, which is on its way: that one is read.
        let age = letter.arrived.elapsed();
        let interval = reader.interval.max(gap);
        let fresh = age <= interval;
        let passed_over = reader.thrift.as_mut().is_some_and(|thrift| thrift.passes_over(interval));
        let wanted = fresh && !passed_over;
        let read = wanted.then(|| reader.read(letter)).transpose()?.flatten();

        let mut stats = lock(&self.shared.stats);
        stats.frames_seen += 1 + replaced;
        stats.frames_skipped += replaced + u64::from(read.is_none());
        let Some(FrameRead { thumbnail, size: frame_size, in_frame: InFrame { found, aim }, took }) = read else {
            return Ok(());
        };
        stats.frames_decoded += 1;
        stats.oldest_decoded = stats.oldest_decoded.max(age);
        stats.longest_interval = stats.longest_interval.max(interval);
        stats.last_decode = took;
        let serial = stats.frames_decoded;
        drop(stats);

        for found in &found {
            (self.on_event)(ScanEvent::Found(found.clone(), frame_size));
        }
        let found = reader.outlines(found);
        let has_preview = thumbnail.is_some();
        if let Some(Thumbnail { width, height, rgba }) = thumbnail {
            let preview = Preview { width, height, rgba, frame_size, found, aim, serial };
            *lock(&self.shared.preview) = Some(Arc::new(preview));
        }
        (self.on_event)(ScanEvent::Frame { has_preview });
        Ok(())
    }
}

/// What a frame gave.
struct FrameRead {
    /// Where a preview was due.
    thumbnail: Option<Thumbnail>,
    /// Width and height, in pixels.
    size: (u32, u32),
    in_frame: InFrame,
    /// The time that the readers took.
    took: Duration,
}

/// What is remembered from one frame to the next.
#[derive(Default)]
struct FrameReader {
    reader: Reader,
    /// Of a source of which not every frame need be read.
    thrift: Option<Thrift>,
    interval: Duration,
    bad_in_a_row: u32,
    last_found: Option<(Vec<Found>, Instant)>,
    preview_due: Option<Instant>,
    /// How many frames in a row showed what the one before did.
    still: u32,
}

impl FrameReader {
    /// Unpacks the frame and reads its codes; `None` where it makes no picture.
    fn read(&mut self, letter: &Letter) -> Result<Option<FrameRead>, CameraError> {
        let every = if self.still >= STILL_FRAMES { PREVIEW_STILL_EVERY } else { PREVIEW_EVERY };
        let is_due = self.preview_due.is_none_or(|due| letter.arrived >= due);
        let unpack = || match is_due {
            true => letter.frame().luma_and_thumbnail().map(|(luma, thumbnail)| (luma, Some(thumbnail))),
            false => letter.frame().luma().map(|luma| (luma, None)),
        };
        let began = Instant::now();
        let unpacked = guarded("unpacking a frame", unpack);
        let why = match unpacked {
            Some(Ok((luma, thumbnail))) => {
                self.bad_in_a_row = 0;
                if is_due {
                    // One that had to wait for a frame is made good by the next, in part at most: two in a row would help nobody.
                    let due = self.preview_due.unwrap_or(letter.arrived) + every;
                    self.preview_due = Some(due.max(letter.arrived + every / 2));
                }
                let started = Instant::now();
                let in_frame = self.reader.read(&luma);
                if in_frame.aim.moving > 0.0 {
                    if self.still >= STILL_FRAMES {
                        self.preview_due = None; // at last there is something to see
                    }
                    self.still = 0;
                } else {
                    self.still = self.still.saturating_add(1);
                }
                if let Some(thrift) = &mut self.thrift {
                    thrift.read(began.elapsed(), &in_frame);
                }
                let size = (luma.width(), luma.height());
                return Ok(Some(FrameRead { thumbnail, size, in_frame, took: started.elapsed() }));
            }
            Some(Err(why)) => why.to_string(),
            None => "a frame cannot be unpacked".to_owned(),
        };
        self.bad_in_a_row += 1;
        tracing::debug!(why, "a frame is passed over");
        if self.bad_in_a_row < BAD_FRAMES_MAX { Ok(None) } else { Err(CameraError::Unsupported(why)) }
    }

    /// The outlines to draw: those just found, or else the last ones for a moment longer.
    fn outlines(&mut self, found: Vec<Found>) -> Vec<Found> {
        if !found.is_empty() {
            self.last_found = Some((found, Instant::now()));
        }
        self.last_found.take_if(|(_, since)| since.elapsed() > OUTLINE_FOR);
        self.last_found.as_ref().map_or_else(Vec::new, |(found, _)| found.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, sync::mpsc};

    use super::{
        super::{
            decode::tests::{blank, draw_qr_code},
            source::CameraChoice,
        },
        *,
    };

    /// Far longer than any test takes: a test that waits this long has failed.
    const LONG: Duration = Duration::from_secs(60);
    const NEVER_LOST: Patience = Patience { opening: LONG, frame: LONG, pauses: &[Duration::from_millis(1)] };
    const QUICKLY_LOST: Patience = Patience {
        opening: Duration::from_millis(100),
        frame: Duration::from_millis(100),
        pauses: &[Duration::from_millis(1)],
    };

    /// What a fake camera does at one opening.
    enum Take {
        /// Opening fails.
        Fails(CameraError),
        /// Opening panics, as nokhwa may.
        Panics,
        /// Opening does not return until the sender is dropped.
        HangsOpening(mpsc::Receiver<()>),
        /// Delivers this many frames with a code, then reading fails.
        Delivers(usize, CameraError),
        /// Delivers one frame, then reading blocks until the sender is dropped and goes on.
        Freezes(mpsc::Receiver<()>),
        /// Delivers frames that are too short for their size, until it has been told so: then it has another format.
        Nonsense,
        /// Delivers for ever.
        Works,
    }

    struct Fake {
        takes: Mutex<VecDeque<Take>>,
        is_spoiled: Mutex<bool>,
        /// Told whenever an open device is let go of.
        closed: mpsc::Sender<()>,
    }

    struct FakeDevice {
        take: Take,
        delivered: usize,
        picture: Vec<u8>,
        closed: mpsc::Sender<()>,
    }

    impl Open for Fake {
        fn open(&self) -> Result<(Opened, Box<dyn Device>), CameraError> {
            let take = lock(&self.takes).pop_front().unwrap_or(Take::Fails(CameraError::None));
            let take = if matches!(take, Take::Nonsense) && *lock(&self.is_spoiled) { Take::Works } else { take };
            match take {
                Take::Fails(why) => return Err(why),
                Take::Panics => panic!("a driver's binding panics"),
                Take::HangsOpening(until) => {
                    let _ = until.recv();
                    return Err(CameraError::Gone);
                }
                _ => {}
            }
            let mut picture = blank(320, 240);
            draw_qr_code(&mut picture, 320, (100, 60), "409632457895");
            let interval = Duration::from_millis(5);
            let opened = Opened {
                name: "Fake".to_owned(),
                width: 320,
                height: 240,
                format: PixelFormat::Gray,
                interval,
                untaken: Vec::new(),
            };
            Ok((opened, Box::new(FakeDevice { take, delivered: 0, picture, closed: self.closed.clone() })))
        }

        fn spoiled(&self) {
            *lock(&self.is_spoiled) = true;
        }
    }

    impl Device for FakeDevice {
        fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(PixelFormat, u32, u32), CameraError> {
            self.delivered += 1;
            match &self.take {
                Take::Delivers(frames, why) if self.delivered > *frames => return Err(why.clone()),
                Take::Freezes(until) if self.delivered > 1 => drop(until.recv()),
                _ => thread::sleep(Duration::from_millis(5)), // the camera's pace
            }
            buffer.clear();
            buffer.extend_from_slice(if matches!(self.take, Take::Nonsense) { b"short" } else { &self.picture });
            Ok((PixelFormat::Gray, 320, 240))
        }
    }

    impl Drop for FakeDevice {
        fn drop(&mut self) {
            let _ = self.closed.send(());
        }
    }

    struct Bench {
        scanner: Scanner,
        events: mpsc::Receiver<ScanEvent>,
        closed: mpsc::Receiver<()>,
    }

    impl Bench {
        fn new(patience: Patience, takes: impl IntoIterator<Item = Take>) -> Self {
            let (closed_tx, closed) = mpsc::channel();
            let (events_tx, events) = mpsc::channel();
            let takes = Mutex::new(takes.into_iter().collect());
            let fake = Fake { takes, is_spoiled: Mutex::default(), closed: closed_tx };
            let scanner = Scanner::start_with(Arc::new(fake), patience, move |event| {
                let _ = events_tx.send(event);
            });
            Self { scanner, events, closed }
        }

        /// Waits for the event that `wanted` makes something of, passing over others.
        fn wait<T>(&self, wanted: impl Fn(ScanEvent) -> Option<T>) -> T {
            loop {
                if let Some(it) = wanted(self.events.recv_timeout(LONG).expect("the event never came")) {
                    return it;
                }
            }
        }

        fn wait_lost(&self) -> CameraError {
            self.wait(|event| if let ScanEvent::Lost(why) = event { Some(why) } else { None })
        }

        fn wait_found(&self) -> (Found, (u32, u32)) {
            self.wait(|event| if let ScanEvent::Found(found, size) = event { Some((found, size)) } else { None })
        }

        fn wait_frame(&self) {
            self.wait(|event| matches!(event, ScanEvent::Frame { has_preview: true }).then_some(()));
        }
    }

    #[test]
    fn a_working_camera_gives_codes_previews_and_counts() {
        let bench = Bench::new(NEVER_LOST, [Take::Works]);
        let opened = bench.events.recv_timeout(LONG).unwrap();
        assert!(
            matches!(opened, ScanEvent::Opened { name, width: 320, height: 240, format: PixelFormat::Gray, .. } if name == "Fake")
        );
        let (found, size) = bench.wait_found();
        assert_eq!((found.text.as_str(), size), ("409632457895", (320, 240)));
        bench.wait_frame();
        let preview = bench.scanner.preview().unwrap();
        assert_eq!((preview.width, preview.height, preview.frame_size), (320, 240, (320, 240)));
        assert_eq!(preview.rgba.len(), 320 * 240 * 4);
        assert_eq!(preview.found[0].text, "409632457895");
        bench.wait_frame();
        assert!(bench.scanner.preview().unwrap().serial > 1);
        let stats = bench.scanner.stats();
        assert!(stats.frames_decoded >= 2, "{stats:?}");
        assert_eq!(stats.frames_seen, stats.frames_decoded + stats.frames_skipped, "{stats:?}");
        assert!(stats.oldest_decoded <= stats.longest_interval, "{stats:?}");
    }

    #[test]
    fn pictures_are_played_and_read_from_end_to_end() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("1.png", "409632457895"), ("2.png", "391732921532")] {
            let mut picture = blank(320, 240);
            draw_qr_code(&mut picture, 320, (100, 60), text);
            image::GrayImage::from_raw(320, 240, picture).unwrap().save(folder.path().join(name)).unwrap();
        }
        let (events_tx, events) = mpsc::channel();
        let source = Source::Pictures { paths: vec![folder.path().to_owned()], frames_per_second: 50.0 };
        let _scanner = Scanner::start(source, move |event| {
            let _ = events_tx.send(event);
        });
        let mut texts = std::collections::BTreeSet::new();
        while texts.len() < 2 {
            if let ScanEvent::Found(found, _) = events.recv_timeout(LONG).unwrap() {
                texts.insert(found.text);
            }
        }
        assert!(texts.iter().eq(["391732921532", "409632457895"]));
    }

    #[test]
    fn a_lost_camera_is_opened_again() {
        let takes = [Take::Fails(CameraError::Busy), Take::Delivers(1, CameraError::Gone), Take::Panics, Take::Works];
        let bench = Bench::new(NEVER_LOST, takes);
        assert!(matches!(bench.wait_lost(), CameraError::Busy));
        assert!(matches!(bench.wait_lost(), CameraError::Gone));
        bench.closed.recv_timeout(LONG).expect("the lost camera was let go of");
        assert!(matches!(bench.wait_lost(), CameraError::Other(_)), "a panic in a driver is one more loss");
        bench.wait_found();
    }

    #[test]
    fn a_driver_that_hangs_in_opening_is_abandoned() {
        let (_hang, until) = mpsc::channel();
        let bench = Bench::new(QUICKLY_LOST, [Take::HangsOpening(until), Take::Works]);
        assert!(matches!(bench.wait_lost(), CameraError::Hung));
        bench.wait_found();
    }

    #[test]
    fn a_camera_that_freezes_is_abandoned_and_what_it_delivers_later_goes_nowhere() {
        let (hang, until) = mpsc::channel();
        let bench = Bench::new(QUICKLY_LOST, [Take::Freezes(until), Take::Fails(CameraError::Busy)]);
        assert!(matches!(bench.wait_lost(), CameraError::Frozen));
        assert!(matches!(bench.wait_lost(), CameraError::Frozen), "it is we who still hold it, no other program");
        drop(hang);
        bench.closed.recv_timeout(LONG).expect("the abandoned thread lets go of the camera once it can");
        assert_eq!(bench.scanner.stats().frames_seen, 1);
    }

    #[test]
    fn hung_threads_do_not_pile_up() {
        let (hangs, untils): (Vec<_>, Vec<_>) = (0..ABANDONED_MAX).map(|_| mpsc::channel()).unzip();
        let takes = untils.into_iter().map(Take::HangsOpening).chain([Take::Works]);
        let bench = Bench::new(QUICKLY_LOST, takes);
        for _ in 0..ABANDONED_MAX {
            assert!(matches!(bench.wait_lost(), CameraError::Hung));
        }
        assert!(bench.events.recv_timeout(Duration::from_millis(50)).is_err(), "nothing more is tried");
        drop(hangs);
        bench.wait_found();
    }

    #[test]
    fn a_camera_that_delivers_nonsense_is_told_as_unusable() {
        let bench = Bench::new(NEVER_LOST, [Take::Nonsense]);
        assert!(matches!(bench.wait_lost(), CameraError::Unsupported(_)));
        let stats = bench.scanner.stats();
        assert_eq!(stats.frames_decoded, 0);
    }

    #[test]
    fn a_camera_that_delivered_nonsense_is_told_so_and_opened_otherwise() {
        let bench = Bench::new(NEVER_LOST, [Take::Nonsense, Take::Nonsense]);
        assert!(matches!(bench.wait_lost(), CameraError::Unsupported(_)));
        bench.wait_found();
    }

    /// Which of the frames that arrive at these times, in ms, have a preview, where each shows a code so far down, in pixels.
    fn previews(frames: impl IntoIterator<Item = (u64, u32)>) -> Vec<bool> {
        let (mut reader, start) = (FrameReader::default(), Instant::now());
        let has_preview = |(ms, top)| {
            let mut bytes = blank(320, 240);
            draw_qr_code(&mut bytes, 320, (100, top), "409632457895");
            let arrived = start + Duration::from_millis(ms);
            let letter = Letter { format: PixelFormat::Gray, width: 320, height: 240, bytes, arrived };
            let read = reader.read(&letter).expect("a frame").expect("a picture");
            assert_eq!(read.in_frame.found.first().map(|found| found.text.as_str()), Some("409632457895"));
            read.thumbnail.is_some()
        };
        frames.into_iter().map(has_preview).collect()
    }

    #[test]
    fn of_a_fast_camera_every_frame_is_read_and_some_have_a_preview() {
        let moving = [(0, 20), (33, 40), (66, 60), (99, 80), (133, 100), (500, 120)];
        assert_eq!(previews(moving), [true, false, false, false, true, true]);
        // Those that are read come every 66 ms.
        let seconds = (0..30).map(|frame| (frame * 66, 20 + (frame % 5) as u32 * 20));
        assert_eq!(previews(seconds).into_iter().filter(|has_preview| *has_preview).count(), 20, "ten a second");
    }

    #[test]
    fn where_nothing_moves_there_are_few_previews_until_something_does() {
        let still = (0..30).map(|frame| (frame * 100, 60));
        let moving = (30..33).map(|frame| (frame * 100, 60 + frame as u32));
        let previews = previews(still.chain(moving));
        assert!(previews[..15].iter().all(|has_preview| *has_preview), "{previews:?}");
        assert_eq!(
            previews[15..30].iter().filter(|has_preview| **has_preview).count(),
            6,
            "four a second: {previews:?}"
        );
        assert_eq!(previews[31..], [true; 2], "and from the second frame on that is another");
    }

    #[test]
    fn dropping_the_scanner_closes_the_camera_and_ends_the_events() {
        let Bench { scanner, events, closed } = Bench::new(NEVER_LOST, [Take::Works]);
        events.recv_timeout(LONG).unwrap();
        drop(scanner);
        closed.recv_timeout(LONG).expect("the camera is let go of");
        while events.recv_timeout(LONG).is_ok() {} // ends when the reading thread lets go of its sender
        assert_eq!(events.try_recv().unwrap_err(), mpsc::TryRecvError::Disconnected);
    }

    #[test]
    fn dropping_the_scanner_does_not_wait_for_a_hung_driver() {
        let (hang, until) = mpsc::channel();
        let Bench { scanner, events, .. } = Bench::new(NEVER_LOST, [Take::HangsOpening(until)]);
        drop(scanner);
        while events.recv_timeout(LONG).is_ok() {}
        assert_eq!(events.try_recv().unwrap_err(), mpsc::TryRecvError::Disconnected);
        drop(hang); // only now could the driver go on
    }

    #[test]
    fn an_outline_stays_for_a_moment_and_no_longer() {
        let found = Found { text: "1".to_owned(), format: super::super::Format::QrCode, corners: [[0.0; 2]; 4] };
        let mut reader = FrameReader::default();
        assert_eq!(reader.outlines(vec![found.clone()]).len(), 1);
        assert_eq!(reader.outlines(vec![]).len(), 1);
        reader.last_found = Instant::now().checked_sub(OUTLINE_FOR * 2).map(|since| (vec![found], since));
        assert_eq!(reader.outlines(vec![]), []);
    }

    #[test]
    fn a_camera_that_is_not_there_is_told_by_the_real_system_too() {
        let (events_tx, events) = mpsc::channel();
        let nowhere = Source::Camera(CameraChoice::Name("no camera has this name".to_owned()));
        let _scanner = Scanner::start(nowhere, move |event| {
            let _ = events_tx.send(event);
        });
        let event = events.recv_timeout(LONG).unwrap();
        assert!(matches!(event, ScanEvent::Lost(CameraError::None | CameraError::NotFound(_))), "{event:?}");
    }
}
