//! The system's cameras. The only file that knows nokhwa.
//!
//! Everything here may block for ever in a driver, and some of it may panic in nokhwa or a crate below it. So listing has a
//! thread and a deadline of its own, opening and reading happen on a capture thread that can be abandoned (see
//! `scanner.rs`), and both run under a guard.

use std::{
    fs,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use nokhwa::{
    Camera, NokhwaError, nokhwa_initialize, query,
    utils::{
        ApiBackend, CameraFormat, CameraIndex, ControlValueSetter, FrameFormat, KnownCameraControl, RequestedFormat,
        RequestedFormatType,
    },
};

use super::{
    decode::guarded,
    frame::PixelFormat,
    source::{CameraChoice, CameraError, Device, Open, Opened},
    stream::{Control, Controls, Offer, Setting, Value, reluctance},
};
use crate::plain;

/// How long listing the cameras may take.
pub const LIST_WITHIN: Duration = Duration::from_secs(5);
/// Most listings that may hang at once; then no more are begun.
const LISTINGS_MAX: usize = 4;
/// How long a person may think about the system's question whether the camera may be used (macOS asks).
const PERMISSION_WITHIN: Duration = Duration::from_secs(60);
/// How many of a camera's formats are tried, best first, before it is taken as it is.
const FORMATS_TRIED_MAX: usize = 4;
/// Most formats that are remembered as having delivered no pictures; then all are tried again.
const SPOILED_MAX: usize = 8;
/// Longest name or description of a camera, in characters.
const NAME_CHARS_MAX: usize = 200;
/// A camera's interval where it tells no frame rate.
const INTERVAL_UNKNOWN: Duration = Duration::from_millis(100);

/// A camera that the system knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraInfo {
    /// The system's number for it; may change when cameras are plugged in and out.
    pub index: u32,
    /// Its name, by which it is remembered. Of two of a kind the second has a number behind it.
    pub name: String,
    /// What else the system says about it.
    pub description: String,
}

/// The cameras that the system knows, by number.
///
/// # Errors
/// `Hung` where the system has not answered within [`LIST_WITHIN`], otherwise what it said.
pub fn cameras() -> Result<Vec<CameraInfo>, CameraError> {
    static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
    if UNDER_WAY.fetch_add(1, Ordering::Relaxed) >= LISTINGS_MAX {
        UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
        return Err(CameraError::Hung);
    }
    let (answer, answered) = mpsc::channel();
    let asked = thread::Builder::new().name("camera-list".to_owned()).spawn(move || {
        // The receiver is gone where the deadline has passed: then nobody wants to know any more.
        let _ = answer.send(list());
        UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
    });
    if let Err(why) = asked {
        UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
        return Err(CameraError::Other(why.to_string()));
    }
    answered.recv_timeout(LIST_WITHIN).unwrap_or(Err(CameraError::Hung))
}

fn list() -> Result<Vec<CameraInfo>, CameraError> {
    let known = guarded("listing the cameras", || query(ApiBackend::Auto))
        .ok_or_else(|| CameraError::Other("the list of cameras cannot be read".to_owned()))?;
    let known = match known.map_err(|why| classify(&why)) {
        Err(CameraError::None) => Vec::new(),
        known => known?,
    };
    let cameras = known.iter().filter_map(|info| {
        let index = info.index().as_index().ok()?;
        // What a device calls itself is its maker's word, or that of whoever made it for this.
        let plain = |words: &str| plain::line(words, NAME_CHARS_MAX);
        Some(CameraInfo { index, name: plain(&info.human_name()), description: plain(info.description()) })
    });
    let mut cameras: Vec<_> = cameras.filter(|camera| !is_second_node(camera.index)).collect();
    cameras.sort_by_key(|camera| camera.index);
    tell_apart(&mut cameras);
    Ok(cameras)
}

/// Numbers the cameras of one name from the second on, in the system's order, so that each can be chosen and remembered by its name.
fn tell_apart(cameras: &mut [CameraInfo]) {
    for at in (1..cameras.len()).rev() {
        let same = cameras[..at].iter().filter(|before| before.name == cameras[at].name).count();
        if same > 0 {
            cameras[at].name = format!("{} ({})", cameras[at].name, same + 1);
        }
    }
}

/// On Linux most cameras have two device nodes under one name, and the second carries only metadata. The kernel numbers
/// the nodes of one device from 0.
fn is_second_node(index: u32) -> bool {
    fs::read_to_string(format!("/sys/class/video4linux/video{index}/index"))
        .is_ok_and(|number| number.trim().parse().is_ok_and(|number: u32| number > 0))
}

/// Opens the chosen camera, and the same one again after it was lost.
pub(super) struct SystemCamera {
    choice: CameraChoice,
    /// The name of the camera that was last open. It may come back under another number.
    last_name: Mutex<Option<String>>,
    controls: Controls,
    formats: Mutex<Formats>,
}

/// What is known of the camera's formats.
#[derive(Default)]
struct Formats {
    /// The one that was opened last.
    last: Option<CameraFormat>,
    /// Those whose frames made no pictures: a driver may promise one size and deliver another.
    spoiled: Vec<CameraFormat>,
}

impl SystemCamera {
    pub fn new(choice: CameraChoice, controls: Controls) -> Self {
        Self { choice, last_name: Mutex::default(), controls, formats: Mutex::default() }
    }
}

impl Open for SystemCamera {
    fn open(&self) -> Result<(Opened, Box<dyn Device>), CameraError> {
        ask_permission()?;
        let last_name = lock(&self.last_name).clone();
        let chosen = choose(list()?, &self.choice, last_name.as_deref())?;
        let spoiled = lock(&self.formats).spoiled.clone();
        let (mut camera, format) = open(chosen.index, &spoiled)?;
        let untaken = set(&mut camera, &self.controls);
        lock(&self.formats).last = Some(format);
        let pixel_format = pixel_format(format.format());
        let interval = match format.frame_rate() {
            0 => INTERVAL_UNKNOWN,
            rate => Duration::from_secs(1) / rate,
        };
        let opened = Opened {
            name: chosen.name.clone(),
            width: format.width(),
            height: format.height(),
            format: pixel_format,
            interval,
            untaken,
        };
        *lock(&self.last_name) = Some(chosen.name);
        Ok((
            opened,
            Box::new(OpenCamera { camera, format: pixel_format, width: format.width(), height: format.height() }),
        ))
    }

    fn spoiled(&self) {
        let mut formats = lock(&self.formats);
        if let Some(last) = formats.last.take() {
            if formats.spoiled.len() >= SPOILED_MAX {
                formats.spoiled.clear();
            }
            formats.spoiled.push(last);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets what is wanted of the camera's controls. One that it does not have, or does not take, is left alone, and given back.
fn set(camera: &mut Camera, controls: &Controls) -> Vec<Control> {
    let mut untaken = Vec::new();
    for Setting { control, id, value } in controls.settings() {
        if !Control::CAN_BE_SET {
            tracing::warn!(?control, "this system's cameras cannot be told this");
            untaken.push(control);
            continue;
        }
        let value = match value {
            Value::Switch(on) => ControlValueSetter::Boolean(on),
            Value::Number(number) => ControlValueSetter::Integer(number),
        };
        match camera.set_camera_control(KnownCameraControl::Other(id.into()), value.clone()) {
            Ok(()) => tracing::info!(?control, %value, "the camera was told"),
            Err(why) => {
                tracing::warn!(?control, %value, %why, "the camera does not have this, or does not take it");
                untaken.push(control);
            }
        }
    }
    untaken.dedup(); // an exposure takes two settings
    untaken
}

/// The camera meant by `choice`: once one has been open, its name counts for more than its number.
fn choose(
    mut cameras: Vec<CameraInfo>,
    choice: &CameraChoice,
    last_name: Option<&str>,
) -> Result<CameraInfo, CameraError> {
    if cameras.is_empty() {
        return Err(CameraError::None);
    }
    let place_of_index = |index: u32| cameras.iter().position(|camera| camera.index == index);
    let place_of_name = |name: &str| cameras.iter().position(|camera| camera.name == name);
    let place = match (choice, last_name) {
        // Two of a kind are told apart by the number, as long as it still fits the name.
        (CameraChoice::Index(index), Some(name)) => match place_of_index(*index) {
            Some(place) if cameras[place].name == name => Some(place),
            other => place_of_name(name).or(other),
        },
        (CameraChoice::Index(index), None) => place_of_index(*index),
        (CameraChoice::Name(name), _) => place_of_name(name),
        (CameraChoice::First, Some(name)) => place_of_name(name).or(Some(0)),
        (CameraChoice::First, None) => Some(0),
    };
    place.map(|place| cameras.swap_remove(place)).ok_or_else(|| {
        CameraError::NotFound(match choice {
            CameraChoice::Name(name) => name.clone(),
            CameraChoice::Index(index) => index.to_string(),
            CameraChoice::First => String::new(),
        })
    })
}

/// Where the system asks the person (macOS does), waits for the answer.
fn ask_permission() -> Result<(), CameraError> {
    let (answer, answered) = mpsc::channel();
    nokhwa_initialize(move |granted| {
        let _ = answer.send(granted); // nobody waits for a second answer
    });
    match answered.recv_timeout(PERMISSION_WITHIN) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(CameraError::Denied),
    }
}

/// Opens camera `index` in the best format that it takes, and in one of `spoiled` only where there is no other.
fn open(index: u32, spoiled: &[CameraFormat]) -> Result<(Camera, CameraFormat), CameraError> {
    const READABLE: [FrameFormat; 6] = [
        FrameFormat::YUYV,
        FrameFormat::NV12,
        FrameFormat::GRAY,
        FrameFormat::MJPEG,
        FrameFormat::RAWRGB,
        FrameFormat::RAWBGR,
    ];
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &READABLE);
    let mut camera = Camera::new(CameraIndex::Index(index), any).map_err(|why| classify(&why))?;
    let mut offered = camera.compatible_camera_formats().unwrap_or_default();
    offered.retain(|format| READABLE.contains(&format.format()));
    for wanted in best_first(offered, spoiled).take(FORMATS_TRIED_MAX) {
        let exactly = RequestedFormat::with_formats(RequestedFormatType::Exact(wanted), &READABLE);
        if camera.camera_format() == wanted {
            break;
        }
        match camera.set_camera_requset(exactly) {
            Ok(_) => break,
            Err(why) => tracing::debug!(%why, %wanted, "the camera refuses a format that it offers"),
        }
    }
    camera.open_stream().map_err(|why| classify(&why))?;
    let format = camera.camera_format();
    Ok((camera, format))
}

/// What is offered, the best first, and behind it what has delivered no pictures before.
fn best_first(mut offered: Vec<CameraFormat>, spoiled: &[CameraFormat]) -> impl Iterator<Item = CameraFormat> {
    offered.sort_by_cached_key(|format| (spoiled.contains(format), reluctance(&offer(*format))));
    offered.dedup();
    offered.into_iter()
}

fn offer(format: CameraFormat) -> Offer {
    Offer {
        width: format.width(),
        height: format.height(),
        format: pixel_format(format.format()),
        rate: format.frame_rate(),
    }
}

fn pixel_format(format: FrameFormat) -> PixelFormat {
    match format {
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::NV12 => PixelFormat::Nv12,
        FrameFormat::GRAY => PixelFormat::Gray,
        FrameFormat::MJPEG => PixelFormat::Mjpeg,
        FrameFormat::RAWRGB => PixelFormat::Rgb,
        FrameFormat::RAWBGR => PixelFormat::Bgr,
    }
}

struct OpenCamera {
    camera: Camera,
    format: PixelFormat,
    width: u32,
    height: u32,
}

impl Device for OpenCamera {
    /// Takes the buffer as it is: nokhwa's own conversions are slow, and the one of NV12 fails.
    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(PixelFormat, u32, u32), CameraError> {
        let bytes = self.camera.frame_raw().map_err(|why| classify(&why))?;
        buffer.clear();
        buffer.extend_from_slice(&bytes);
        Ok((self.format, self.width, self.height))
    }
}

/// nokhwa passes on what the system said as text alone, so that text is all there is to go by.
fn classify(why: &NokhwaError) -> CameraError {
    /// The numbers are Unix's `errno`, as Rust prints them, and Windows' `HRESULT`s.
    const SIGNS: [(&str, CameraError); 14] = [
        ("0xC00D36E3", CameraError::None), // MF_E_BAD_STARTUP_VERSION: no Media Foundation, which all cameras come by (Wine)
        ("os error 1)", CameraError::Denied),
        ("os error 13)", CameraError::Denied),
        ("0x80070005", CameraError::Denied),
        ("os error 16)", CameraError::Busy),
        ("0xC00D3704", CameraError::Busy), // MF_E_HW_MFT_FAILED_START_STREAMING
        ("0xC00D3EA3", CameraError::Busy), // MF_E_VIDEO_RECORDING_DEVICE_PREEMPTED
        ("0x80070020", CameraError::Busy), // ERROR_SHARING_VIOLATION
        ("os error 2)", CameraError::Gone),
        ("os error 5)", CameraError::Gone),
        ("os error 6)", CameraError::Gone),
        ("os error 19)", CameraError::Gone),
        ("0xC00D3EA2", CameraError::Gone), // MF_E_VIDEO_RECORDING_DEVICE_INVALIDATED
        ("0x80070490", CameraError::Gone), // ERROR_NOT_FOUND
    ];
    let text = why.to_string();
    let sign = SIGNS.into_iter().find(|(sign, _)| text.contains(sign));
    match (sign, why) {
        (Some((_, error)), _) => error,
        // How nokhwa says that the camera offers none of the formats asked for.
        (None, NokhwaError::GetPropertyError { property, .. }) if property == "CameraFormat" => {
            CameraError::Unsupported("it offers pictures in no known format".to_owned())
        }
        (None, NokhwaError::GetPropertyError { .. } | NokhwaError::SetPropertyError { .. }) => {
            CameraError::Unsupported(text)
        }
        (None, _) => CameraError::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(index: u32, name: &str) -> CameraInfo {
        CameraInfo { index, name: name.to_owned(), description: String::new() }
    }

    fn chosen(cameras: &[CameraInfo], choice: CameraChoice, last_name: Option<&str>) -> Result<u32, String> {
        choose(cameras.to_vec(), &choice, last_name).map(|camera| camera.index).map_err(|why| why.to_string())
    }

    #[test]
    fn a_camera_that_comes_back_under_another_number_is_found_by_its_name() {
        let now = [camera(0, "Built-in"), camera(4, "Till"), camera(6, "Till")];
        let index = CameraChoice::Index;
        assert_eq!(chosen(&now, index(2), Some("Till")), Ok(4));
        assert_eq!(chosen(&now, index(0), Some("Till")), Ok(4), "another camera has its number now");
        assert_eq!(chosen(&now, index(6), Some("Till")), Ok(6), "the second of two of a kind");
        assert_eq!(chosen(&now, index(0), Some("Unknown")), Ok(0));
        assert_eq!(chosen(&now, CameraChoice::First, Some("Till")), Ok(4));
        assert_eq!(chosen(&now, CameraChoice::Name("Till".to_owned()), None), Ok(4));
    }

    #[test]
    fn a_format_that_delivered_no_pictures_comes_last() {
        let format = |kind, rate| CameraFormat::new_from(1280, 720, kind, rate);
        let (plain, packed) = (format(FrameFormat::YUYV, 30), format(FrameFormat::MJPEG, 30));
        let first = |spoiled: &[CameraFormat]| best_first(vec![packed, plain, packed], spoiled).next();
        assert_eq!(first(&[]), Some(plain));
        assert_eq!(first(&[plain]), Some(packed));
        assert_eq!(first(&[plain, packed]), Some(plain), "where all are alike the best is tried again");
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let mut now = [camera(0, "Till"), camera(2, "Built-in"), camera(4, "Till"), camera(6, "Till")];
        tell_apart(&mut now);
        assert_eq!(now.each_ref().map(|camera| camera.name.as_str()), ["Till", "Built-in", "Till (2)", "Till (3)"]);
        assert_eq!(chosen(&now, CameraChoice::Name("Till (2)".to_owned()), None), Ok(4));
    }

    #[test]
    fn a_choice_that_is_not_there_is_named() {
        let now = [camera(0, "Built-in")];
        assert_eq!(chosen(&now, CameraChoice::First, None), Ok(0));
        assert_eq!(chosen(&now, CameraChoice::Index(1), None), Err("the camera 1 is not connected".to_owned()));
        let till = CameraChoice::Name("Till".to_owned());
        assert_eq!(chosen(&now, till, Some("Built-in")), Err("the camera Till is not connected".to_owned()));
        assert_eq!(chosen(&[], CameraChoice::Index(0), None), Err("no camera is connected".to_owned()));
    }

    #[test]
    fn what_the_system_said_is_told_apart() {
        let open = |error: &str| classify(&NokhwaError::OpenDeviceError("0".to_owned(), error.to_owned()));
        assert!(matches!(open("V4L2 Error: Permission denied (os error 13)"), CameraError::Denied));
        assert!(matches!(open("V4L2 Error: Device or resource busy (os error 16)"), CameraError::Busy));
        assert!(matches!(open("V4L2 Error: No such file or directory (os error 2)"), CameraError::Gone));
        assert!(matches!(open("V4L2 Error: Invalid argument (os error 22)"), CameraError::Other(_)));
        let start = "Could not initialize MediaFoundation: 0xC00D36E3".to_owned();
        assert!(matches!(classify(&NokhwaError::GeneralError(start)), CameraError::None));
        let read = |error: &str| classify(&NokhwaError::ReadFrameError(error.to_owned()));
        assert!(matches!(read("No such device (os error 19)"), CameraError::Gone));
        let format =
            NokhwaError::GetPropertyError { property: "FrameFormat".to_owned(), error: "unsupported".to_owned() };
        assert!(matches!(classify(&format), CameraError::Unsupported(_)));
    }

    #[test]
    fn listing_answers_with_or_without_a_camera() {
        assert!(cameras().is_ok());
    }
}
