//! Where frames come from: a camera, or picture files played as a camera would.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{
    frame::PixelFormat,
    network::{NetworkAddress, NetworkAddressRefusal},
    picture::{PictureError, is_picture_name, read_colour},
    stream::Control,
};

/// How fast pictures are played where nothing else is said.
pub const PICTURES_PER_SECOND: f32 = 10.0;
/// Slowest and fastest that pictures are played.
const PICTURES_PER_SECOND_RANGE: (f32, f32) = (0.1, 120.0);
/// Most pictures of a folder that are played.
pub const PICTURES_MAX: usize = 10_000;

/// Which camera.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CameraChoice {
    /// Whichever the system names first.
    #[default]
    First,
    /// By the system's number, which may change when cameras are plugged in and out.
    Index(u32),
    /// By its name, as remembered from an earlier time.
    Name(String),
}

/// What to scan from. As text, as for `--camera`: a number, a camera's name, `http://` with the address of one in the network, or `file:`
/// with a picture or a folder.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A camera.
    Camera(CameraChoice),
    /// A camera in the network: a telephone, mostly.
    Network(NetworkAddress),
    /// Pictures and folders of pictures, played one after the other, over and over.
    Pictures {
        /// Picture files, and folders whose pictures are played in the order of their names.
        paths: Vec<PathBuf>,
        /// 0.1 to 120; what lies outside is brought inside.
        frames_per_second: f32,
    },
}

impl FromStr for Source {
    type Err = NetworkAddressRefusal;

    fn from_str(text: &str) -> Result<Self, NetworkAddressRefusal> {
        if let Some(path) = text.strip_prefix("file:") {
            let paths = vec![PathBuf::from(path)];
            return Ok(Self::Pictures { paths, frames_per_second: PICTURES_PER_SECOND });
        }
        let name = text.trim();
        if is_address(name) {
            return name.parse().map(Self::Network);
        }
        Ok(Self::Camera(match name.parse() {
            Ok(index) => CameraChoice::Index(index),
            Err(_) if name.is_empty() => CameraChoice::First,
            Err(_) => CameraChoice::Name(name.to_owned()),
        }))
    }
}

/// Whether `text` is meant as an address, and not as a camera's name.
pub fn is_address(text: &str) -> bool {
    let scheme = text.split("://").next().unwrap_or_default();
    scheme.len() < text.len() && ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Why there are no frames. Each has its own sentence for the cashier.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CameraError {
    /// No camera is connected.
    #[error("no camera is connected")]
    None,
    /// The chosen camera is not among those connected.
    #[error("the camera {0} is not connected")]
    NotFound(String),
    /// Another program uses it.
    #[error("another program is using the camera")]
    Busy,
    /// The system does not let this program use it.
    #[error("the system does not allow the use of the camera")]
    Denied,
    /// It was unplugged, or its driver let go of it.
    #[error("the camera has been unplugged")]
    Gone,
    /// It is open but delivers nothing.
    #[error("the camera has stopped delivering pictures")]
    Frozen,
    /// The driver never returned from opening or listing; its thread was abandoned.
    #[error("the camera's driver does not answer")]
    Hung,
    /// It delivers the same picture over and over.
    #[error("the camera delivers the same picture over and over")]
    Stuck,
    /// Nothing answers at the address of the camera in the network, or it has stopped answering.
    #[error("no camera answers at {0}")]
    Unreachable(String),
    /// What answers at that address serves no stream of pictures.
    #[error("what answers at {0} serves no motion JPEG")]
    NoStream(String),
    /// It offers nothing that can be used, or delivers other than it promised.
    #[error("the camera cannot be used: {0}")]
    Unsupported(String),
    /// The picture files cannot be played.
    #[error("the picture {path} cannot be played", path = .0.display())]
    Picture(PathBuf, #[source] Arc<PictureError>),
    /// Anything else, as the system put it.
    #[error("the camera failed: {0}")]
    Other(String),
}

/// What an open source delivers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opened {
    pub name: String,
    pub width: u32,
    pub height: u32,
    pub format: PixelFormat,
    /// From one frame to the next, as promised.
    pub interval: Duration,
    /// What was asked of its controls in vain.
    pub untaken: Vec<Control>,
}

/// Opens a source, on the thread that will read it. A fake in tests.
pub(super) trait Open: Send + Sync {
    /// May hang for ever.
    fn open(&self) -> Result<(Opened, Box<dyn Device>), CameraError>;

    /// Frame after frame of what was opened last made no picture: whoever has a choice opens it otherwise the next time.
    fn spoiled(&self) {}

    /// Whether the next frame shows much the same as this one. Of played pictures each shows something else, and is read.
    fn is_live(&self) -> bool {
        true
    }
}

/// An open source. It stays on one thread from its opening to its end.
pub(super) trait Device {
    /// Waits for the next frame and writes its bytes over `buffer`: format, width, height. May hang for ever.
    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(PixelFormat, u32, u32), CameraError>;
}

/// Plays pictures.
pub(super) struct Player {
    pub paths: Vec<PathBuf>,
    pub frames_per_second: f32,
}

impl Open for Player {
    fn open(&self) -> Result<(Opened, Box<dyn Device>), CameraError> {
        let mut paths = Vec::new();
        for path in &self.paths {
            paths.extend(pictures_in(path).map_err(|why| CameraError::Picture(path.clone(), Arc::new(why)))?);
        }
        paths.truncate(PICTURES_MAX);
        let mut playing = Playing { paths, next: 0, only: None, interval: self.interval(), due: Instant::now() };
        let (path, (width, height, bytes)) = playing.next_picture()?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if playing.paths.len() == 1 {
            playing.only = Some((width, height, bytes));
        }
        playing.next = 0;
        let (format, interval) = (PixelFormat::Rgb, playing.interval);
        let opened = Opened { name, width, height, format, interval, untaken: Vec::new() };
        Ok((opened, Box::new(playing)))
    }

    fn is_live(&self) -> bool {
        false
    }
}

impl Player {
    fn interval(&self) -> Duration {
        let (slowest, fastest) = PICTURES_PER_SECOND_RANGE;
        let rate = if self.frames_per_second.is_nan() { PICTURES_PER_SECOND } else { self.frames_per_second };
        Duration::from_secs_f32(1.0 / rate.clamp(slowest, fastest))
    }
}

/// `path` itself, or the pictures in the folder that it is, by name.
fn pictures_in(path: &Path) -> Result<Vec<PathBuf>, PictureError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut pictures = Vec::new();
    for entry in fs::read_dir(path)?.take(PICTURES_MAX) {
        let path = entry?.path();
        if is_picture_name(&path) {
            pictures.push(path);
        }
    }
    pictures.sort();
    if pictures.is_empty() { Err(PictureError::EmptyFolder) } else { Ok(pictures) }
}

/// Width, height and three bytes a pixel.
type Colour = (u32, u32, Vec<u8>);

struct Playing {
    paths: Vec<PathBuf>,
    next: usize,
    /// A single picture is read once; several are read each time round, to keep but one in memory.
    only: Option<Colour>,
    interval: Duration,
    due: Instant,
}

impl Playing {
    /// The next picture that can be read; the others are passed over, unless there is none.
    fn next_picture(&mut self) -> Result<(PathBuf, Colour), CameraError> {
        let mut last_why = CameraError::None;
        for _ in 0..self.paths.len() {
            let path = self.paths[self.next % self.paths.len()].clone();
            self.next += 1;
            match read_colour(&path) {
                Ok(picture) => return Ok((path, picture)),
                Err(why) => {
                    tracing::warn!(path = %path.display(), %why, "a picture is passed over");
                    last_why = CameraError::Picture(path, Arc::new(why));
                }
            }
        }
        Err(last_why)
    }
}

impl Device for Playing {
    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(PixelFormat, u32, u32), CameraError> {
        thread::sleep(self.due.saturating_duration_since(Instant::now()));
        self.due = Instant::now() + self.interval;
        if let Some((width, height, bytes)) = &self.only {
            buffer.clear();
            buffer.extend_from_slice(bytes);
            return Ok((PixelFormat::Rgb, *width, *height));
        }
        let (_, (width, height, bytes)) = self.next_picture()?;
        *buffer = bytes;
        Ok((PixelFormat::Rgb, width, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_picture(path: &Path, width: u32, height: u32) {
        image::GrayImage::from_pixel(width, height, image::Luma([200])).save(path).unwrap();
    }

    #[test]
    fn a_source_is_told_in_one_word() {
        let source = |text: &str| text.parse::<Source>().unwrap();
        assert_eq!(source("0"), Source::Camera(CameraChoice::Index(0)));
        assert_eq!(source(" HD Webcam C270 "), Source::Camera(CameraChoice::Name("HD Webcam C270".to_owned())));
        assert_eq!(source(""), Source::Camera(CameraChoice::First));
        let phone = "http://192.168.1.20:8080/video";
        assert_eq!(source(phone), Source::Network(phone.parse().unwrap()));
        assert!("https://192.168.1.20/video".parse::<Source>().is_err());
        let paths = vec![PathBuf::from("/tmp/a b.png")];
        assert_eq!(source("file:/tmp/a b.png"), Source::Pictures { paths, frames_per_second: PICTURES_PER_SECOND });
    }

    #[test]
    fn a_folder_is_played_by_name_and_over_again_passing_over_what_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        write_picture(&file("b.png"), 2, 1);
        write_picture(&file("c.PNG"), 3, 1);
        std::fs::write(file("a.png"), "no picture").unwrap();
        std::fs::write(file("notes.txt"), "no picture either").unwrap();
        let player = Player { paths: vec![folder.path().to_owned()], frames_per_second: f32::INFINITY };
        let (opened, mut device) = player.open().unwrap();
        assert_eq!((opened.name.as_str(), opened.width, opened.height), ("b.png", 2, 1));
        let mut buffer = Vec::new();
        let mut widths = Vec::new();
        for _ in 0..4 {
            let (format, width, height) = device.read(&mut buffer).unwrap();
            assert_eq!((format, buffer.len() as u32), (PixelFormat::Rgb, width * height * 3));
            widths.push(width);
        }
        assert_eq!(widths, [2, 3, 2, 3]);
    }

    #[test]
    fn nothing_to_play_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let why = |path: &Path| {
            let player = Player { paths: vec![path.to_owned()], frames_per_second: 1.0 };
            match player.open() {
                Err(CameraError::Picture(at, why)) if at == path => why,
                other => panic!("{:?}", other.map(|(opened, _)| opened)),
            }
        };
        assert!(matches!(*why(folder.path()), PictureError::EmptyFolder));
        assert!(matches!(*why(&folder.path().join("none.png")), PictureError::Read(_)));
    }

    #[test]
    fn a_senseless_rate_is_brought_into_range() {
        for (rate, interval) in [(0.0, 10.0), (-5.0, 10.0), (f32::NAN, 0.1), (f32::INFINITY, 1.0 / 120.0), (2.0, 0.5)] {
            let player = Player { paths: vec![], frames_per_second: rate };
            assert_eq!(player.interval(), Duration::from_secs_f32(interval), "{rate}");
        }
    }
}
