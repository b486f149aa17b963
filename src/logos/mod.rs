//! Merchants' logos: fetched once, made small, kept on the disk, and never waited for.
//!
//! [`Logos::of`] gives what is there, at once; what is not there is got by a task of its own, one logo at a time, and the window is told when it has come. A
//! logo that cannot be had – no network, a host that is not asked, bytes that are no picture – leaves one line in the log and is not asked for again for
//! [`PAUSE`]: a coupon without its logo is as good as with it.
//!
//! The bytes are anybody's. They are looked at by the function that reads dropped pictures, under its guard, with limits for what they claim; kept and shown is
//! what was drawn anew from them. Which addresses are asked, and how, says [`platform::logo`].

mod cache;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use image::{ImageFormat, RgbImage};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinError, spawn_blocking};
use tokio::time::Instant;

use crate::platform;
use crate::platform::logo::{LogoAddress, LogoRefusal, LogoSource};
use crate::scan::{PictureError, small_picture};
use crate::trouble::chain;
use cache::Cache;

/// The most pixels that a logo has a side, once it is ours.
pub const LOGO_SIDE_MAX: u32 = 128;
/// The most pixels that one may claim a side. The platform recommends 300.
const CLAIMED_SIDE_MAX: u32 = 2_048;
/// How long a logo that could not be had is not asked for again.
const PAUSE: Duration = Duration::from_secs(5 * 60);
/// The most logos held in memory, the latest; a shop's coupons have few.
const HELD_MAX: usize = 16;
/// The most failures remembered.
const FAILED_MAX: usize = 256;

/// A logo: rows of pixels of three bytes, red, green, blue, nowhere transparent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo(RgbImage);

impl Logo {
    /// Its width and height in pixels, 1 to [`LOGO_SIDE_MAX`].
    pub fn size(&self) -> [usize; 2] {
        [self.0.width() as usize, self.0.height() as usize]
    }

    /// Its pixels.
    pub fn rgb(&self) -> &[u8] {
        &self.0
    }

    /// Takes the bytes of a picture from anywhere.
    fn from_bytes(bytes: &[u8], claimed_max: u32) -> Result<Self, NoLogo> {
        // BMP is read where a person drops a file of it. No logo is one.
        match image::guess_format(bytes) {
            Ok(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) => {}
            _ => return Err(NoLogo::Kind),
        }
        Ok(Self(small_picture(bytes, claimed_max, LOGO_SIDE_MAX)?))
    }
}

/// Why there is no logo.
#[derive(Debug, thiserror::Error)]
enum NoLogo {
    #[error(transparent)]
    Address(#[from] LogoRefusal),
    #[error(transparent)]
    Fetch(#[from] platform::Error),
    #[error("what came is no PNG, JPEG or WebP picture")]
    Kind,
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error("the thread that draws it failed")]
    Thread(#[from] JoinError),
}

/// The logos of an open till. When dropped, nothing more is fetched.
pub struct Logos {
    shared: Arc<Shared>,
    getting: AbortHandle,
}

struct Shared {
    source: LogoSource,
    cache: Cache,
    memory: Mutex<Memory>,
    /// Rung when a logo is wanted.
    wanted: Notify,
    on_change: Box<dyn Fn() + Send + Sync>,
}

impl Logos {
    /// Logos from `source`, kept in `folder`, which is made when there is one to keep. `on_change` is called when one has come.
    pub fn start(
        source: LogoSource,
        folder: PathBuf,
        runtime: &Handle,
        on_change: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            source,
            cache: Cache::new(folder),
            memory: Mutex::default(),
            wanted: Notify::new(),
            on_change: Box::new(on_change),
        });
        let getting = runtime.spawn(Arc::clone(&shared).get_what_is_wanted()).abort_handle();
        Self { shared, getting }
    }

    /// The logo at `logo_url`, as a card names it, where it is there. Where it is not, it is wanted from now on in place of what was wanted before, unless it
    /// failed of late. Waits for nothing.
    pub fn of(&self, logo_url: &str) -> Option<Arc<Logo>> {
        let mut memory = self.shared.memory();
        let logo = memory.held(logo_url);
        if logo.is_none() && memory.want(logo_url, Instant::now()) {
            self.shared.wanted.notify_one();
        }
        logo
    }
}

impl Drop for Logos {
    fn drop(&mut self) {
        self.getting.abort();
    }
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get_what_is_wanted(self: Arc<Self>) {
        loop {
            self.wanted.notified().await;
            while let Some(logo_url) = self.next_wanted() {
                let got = Arc::clone(&self).get(&logo_url).await;
                let has_come = got.is_ok();
                if let Err(why) = &got {
                    tracing::warn!("a card is shown without its logo: {}", chain(why));
                }
                self.memory().got(logo_url, got.ok(), Instant::now());
                if has_come {
                    (self.on_change)();
                }
            }
        }
    }

    fn next_wanted(&self) -> Option<String> {
        let mut memory = self.memory();
        memory.under_way = memory.wanted.take();
        memory.under_way.clone()
    }

    /// From the disk, or from where it lies.
    async fn get(self: Arc<Self>, logo_url: &str) -> Result<Logo, NoLogo> {
        let address = self.source.address(logo_url)?;
        let (shared, name) = (Arc::clone(&self), address.name().to_owned());
        if let Some(kept) = spawn_blocking(move || shared.cache.read(&name)).await? {
            return Ok(kept);
        }
        let bytes = self.source.fetch(&address).await?;
        spawn_blocking(move || self.take(&address, &bytes)).await?
    }

    /// Draws and keeps what was fetched.
    fn take(&self, address: &LogoAddress, bytes: &[u8]) -> Result<Logo, NoLogo> {
        let logo = Logo::from_bytes(bytes, CLAIMED_SIDE_MAX)?;
        if let Err(error) = self.cache.keep(address.name(), &logo) {
            tracing::warn!("a logo is not kept on the disk: {}", chain(&error));
        }
        Ok(logo)
    }
}

/// What is known of logos, by the addresses that cards name.
#[derive(Default)]
struct Memory {
    /// The latest.
    held: VecDeque<(String, Arc<Logo>)>,
    /// When those that could not be had were asked for.
    failed: HashMap<String, Instant>,
    /// What is to be got next.
    wanted: Option<String>,
    /// What is being got.
    under_way: Option<String>,
}

impl Memory {
    fn held(&self, logo_url: &str) -> Option<Arc<Logo>> {
        self.held.iter().find(|(of, _)| of == logo_url).map(|(_, logo)| Arc::clone(logo))
    }

    /// Has `logo_url` got next, unless it is being got or failed of late. Says whether that is news.
    fn want(&mut self, logo_url: &str, now: Instant) -> bool {
        let is = |known: &Option<String>| known.as_deref() == Some(logo_url);
        let failed = self.failed.get(logo_url).is_some_and(|at| now.duration_since(*at) < PAUSE);
        if failed || is(&self.under_way) || is(&self.wanted) {
            return false;
        }
        self.wanted = Some(logo_url.to_owned());
        true
    }

    /// Takes in what came of getting one.
    fn got(&mut self, logo_url: String, logo: Option<Logo>, now: Instant) {
        self.under_way = None;
        match logo {
            Some(logo) => {
                self.failed.remove(&logo_url);
                self.held.truncate(HELD_MAX - 1);
                self.held.push_front((logo_url, Arc::new(logo)));
            }
            None => {
                self.failed.retain(|_, at| now.duration_since(*at) < PAUSE);
                if self.failed.len() >= FAILED_MAX {
                    self.failed.clear(); // to be asked once more costs less than to be remembered for ever
                }
                self.failed.insert(logo_url, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, Rgb, Rgba, RgbaImage};

    use super::*;

    pub(super) fn plain(width: u32, height: u32, colour: [u8; 3]) -> Logo {
        Logo(RgbImage::from_pixel(width, height, Rgb(colour)))
    }

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).expect("a picture");
        bytes.into_inner()
    }

    fn taken(bytes: &[u8]) -> Result<Logo, NoLogo> {
        Logo::from_bytes(bytes, CLAIMED_SIDE_MAX)
    }

    #[test]
    fn a_logo_of_each_kind_is_reduced_and_keeps_its_shape_and_colour() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let logo = taken(&encoded(plain(400, 200, [200, 60, 60]).0, format)).expect("a logo");
            assert_eq!(logo.size(), [128, 64], "{format:?}");
            assert!(logo.rgb().chunks(3).all(|pixel| pixel[0].abs_diff(200) < 4 && pixel[1].abs_diff(60) < 4));
        }
        let small = taken(&encoded(plain(20, 30, [1, 2, 3]).0, ImageFormat::Png)).expect("a logo");
        assert_eq!(small, plain(20, 30, [1, 2, 3]), "a small one stays as it is");
        let thin = taken(&encoded(plain(2_000, 3, [1, 2, 3]).0, ImageFormat::Png)).expect("a logo");
        assert_eq!(thin.size(), [128, 1]);
    }

    #[test]
    fn what_is_transparent_in_a_logo_is_white() {
        let clear = RgbaImage::from_pixel(200, 200, Rgba([9, 9, 9, 0]));
        let logo = taken(&encoded(clear, ImageFormat::Png)).expect("a logo");
        assert_eq!(logo, plain(128, 128, [255, 255, 255]));
    }

    #[test]
    fn what_is_no_logo_is_none() {
        for bytes in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<!doctype html><title>Log in</title>",
            b"GIF89a\x01\0\x01\0\0\0\0;",
            &encoded(plain(8, 8, [0; 3]).0, ImageFormat::Bmp),
        ] {
            assert!(matches!(taken(bytes), Err(NoLogo::Kind)), "{bytes:?}");
        }
        let png = encoded(plain(8, 8, [0; 3]).0, ImageFormat::Png);
        assert!(matches!(taken(&png[..png.len() / 2]), Err(NoLogo::Picture(_))), "half a picture");
    }

    /// A PNG picture that claims this size, and has a few bytes.
    fn bomb(side: u32) -> Vec<u8> {
        let mut png = encoded(plain(1, 1, [0; 3]).0, ImageFormat::Png);
        png[16..20].copy_from_slice(&side.to_be_bytes());
        png[20..24].copy_from_slice(&side.to_be_bytes());
        // The head's own checksum is right, so that the size alone is wrong.
        let sum = png[12..29].iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
        });
        png[29..33].copy_from_slice(&(!sum).to_be_bytes());
        png
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_not_unpacked() {
        for side in [60_000, CLAIMED_SIDE_MAX + 1] {
            let why = taken(&bomb(side));
            let Err(NoLogo::Picture(PictureError::Format(image::ImageError::Limits(_)))) = why else {
                panic!("{why:?}")
            };
        }
    }

    #[test]
    fn a_logo_is_asked_for_once_and_after_a_failure_not_for_some_minutes() {
        let (mut memory, start) = (Memory::default(), Instant::now());
        assert!(memory.want("a", start));
        assert!(!memory.want("a", start), "it is wanted");
        memory.under_way = memory.wanted.take();
        assert!(!memory.want("a", start), "it is being got");
        memory.got("a".to_owned(), None, start);
        assert!(!memory.want("a", start + PAUSE - Duration::from_secs(1)), "it failed");
        assert!(memory.want("b", start), "another did not");
        assert!(memory.want("a", start + PAUSE));
        memory.got("a".to_owned(), Some(plain(1, 1, [0; 3])), start + PAUSE);
        assert!(memory.held("a").is_some() && memory.held("b").is_none());
    }

    #[test]
    fn no_more_is_remembered_than_a_till_needs() {
        let (mut memory, start) = (Memory::default(), Instant::now());
        for number in 0..FAILED_MAX * 3 {
            memory.got(format!("good {number}"), Some(plain(1, 1, [0; 3])), start);
            memory.got(format!("bad {number}"), None, start);
            assert!(memory.held.len() <= HELD_MAX && memory.failed.len() <= FAILED_MAX);
            assert!(memory.held(&format!("good {number}")).is_some());
        }
    }
}
