//! The logos kept in the data folder, as they were reduced, so that a till asks for each once and shows it where the network is slow. All of it can be deleted
//! at any time.
//!
//! A file is named by a hash of where its logo lies, so that no name from elsewhere becomes a path.

use std::fs::{self, File};
use std::io::{self, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use blake2::Blake2s256;
use blake2::digest::Digest as _;
use image::ImageFormat;

use super::{LOGO_SIDE_MAX, Logo};
use crate::private;

/// The most logos kept; those that were kept first go first.
const KEPT_MAX: usize = 200;
/// More than any logo of ours takes, in bytes: its pixels as they are, and what is round them.
const FILE_BYTES_MAX: u64 = 3 * (LOGO_SIDE_MAX as u64).pow(2) + 4096;
/// How a file's name ends.
const ENDING: &str = "png";
/// Letters of a file's name before that: the hash's first 16 bytes.
const NAME_CHARS: usize = 32;

/// The folder.
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Logos are in `folder`, which need not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The logo kept as `name`. A file that is damaged is deleted: it is as good as none.
    pub fn read(&self, name: &str) -> Option<Logo> {
        let path = self.path(name);
        let mut bytes = Vec::new();
        File::open(&path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)).ok()?;
        Logo::from_bytes(&bytes, LOGO_SIDE_MAX)
            .inspect_err(|why| {
                tracing::warn!("a kept logo is damaged, and fetched anew: {why}");
                fs::remove_file(&path).ok(); // it is written over anyway
            })
            .ok()
    }

    /// Keeps `logo` as `name`, as a whole or not at all, for the owner alone; and deletes the oldest beyond [`KEPT_MAX`].
    pub fn keep(&self, name: &str, logo: &Logo) -> io::Result<()> {
        let mut png = Cursor::new(Vec::new());
        logo.0.write_to(&mut png, ImageFormat::Png).map_err(io::Error::other)?;
        private::make_folder(&self.folder)?;
        let mut file = tempfile::Builder::new().prefix(".hexiao-").suffix(".part").tempfile_in(&self.folder)?; // made with mode 0600
        file.write_all(png.get_ref())?; // not forced to the disk: what a power failure leaves of it is damaged, and fetched anew
        file.persist(self.path(name))?;
        self.delete_the_oldest()
    }

    fn delete_the_oldest(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(&self.folder)?
            .filter_map(Result::ok)
            .filter(|entry| is_ours(&entry.path()))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        let surplus = files.len().saturating_sub(KEPT_MAX);
        files.into_iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
    }

    fn path(&self, name: &str) -> PathBuf {
        let hash = Blake2s256::digest(name.as_bytes());
        let letters = hash.iter().take(NAME_CHARS / 2).map(|byte| format!("{byte:02x}"));
        self.folder.join(letters.collect::<String>()).with_extension(ENDING)
    }
}

/// Whether a file is one that [`Cache::keep`] made, or left behind: what else somebody puts there is theirs.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let is_hash = |name: &str| name.len() == NAME_CHARS && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.strip_suffix(".png").is_some_and(is_hash) || (name.starts_with(".hexiao-") && name.ends_with(".part"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::plain;
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().join("data/logos"));
        (folder, cache)
    }

    fn names(cache: &Cache) -> Vec<String> {
        let entries = fs::read_dir(&cache.folder).expect("a folder").filter_map(Result::ok);
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_is_kept_is_read_as_it_was_and_named_by_no_word_of_its_address() {
        let (_folder, cache) = cache();
        assert_eq!(cache.read("https://mmbiz.qpic.cn/../../a"), None, "there is no folder yet");
        let (red, tall) = (plain(128, 128, [200, 0, 0]), plain(3, 128, [1, 2, 3]));
        cache.keep("https://mmbiz.qpic.cn/../../a", &red).expect("kept");
        cache.keep("https://mmbiz.qpic.cn/b", &plain(1, 1, [0; 3])).expect("kept");
        cache.keep("https://mmbiz.qpic.cn/b", &tall).expect("kept in place of the other");
        assert_eq!(cache.read("https://mmbiz.qpic.cn/../../a"), Some(red));
        assert_eq!(cache.read("https://mmbiz.qpic.cn/b"), Some(tall));
        assert_eq!(cache.read("https://mmbiz.qpic.cn/c"), None);
        assert_eq!(names(&cache).len(), 2);
        assert!(names(&cache).iter().all(|name| is_ours(Path::new(name))), "{:?}", names(&cache));
    }

    #[test]
    fn the_largest_logo_fits_into_its_file() {
        let (_folder, cache) = cache();
        let mut noise = plain(LOGO_SIDE_MAX, LOGO_SIDE_MAX, [0; 3]);
        let mut random = fastrand::Rng::with_seed(7);
        noise.0.iter_mut().for_each(|byte| *byte = random.u8(..));
        cache.keep("noise", &noise).expect("kept");
        assert_eq!(cache.read("noise"), Some(noise));
    }

    #[test]
    fn a_damaged_file_is_none_and_is_gone() {
        let (_folder, cache) = cache();
        for bytes in [&b""[..], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"<html>"] {
            cache.keep("a", &plain(8, 8, [1, 2, 3])).expect("kept");
            fs::write(cache.path("a"), bytes).expect("written");
            assert_eq!(cache.read("a"), None);
            assert_eq!(names(&cache), Vec::<String>::new());
        }
        let large = plain(LOGO_SIDE_MAX + 1, 8, [1, 2, 3]);
        cache.keep("a", &large).expect("kept");
        assert_eq!(cache.read("a"), None, "none of ours is as large");
    }

    #[test]
    fn the_oldest_go_where_there_are_too_many_and_what_is_not_ours_stays() {
        let (_folder, cache) = cache();
        cache.keep("0", &plain(1, 1, [0; 3])).expect("kept");
        fs::write(cache.folder.join("notes.png"), "x").expect("written");
        let old = SystemTime::now() - Duration::from_secs(86_400);
        for number in 0..KEPT_MAX as u64 + 3 {
            cache.keep(&number.to_string(), &plain(1, 1, [0; 3])).expect("kept");
            let file = File::options().write(true).open(cache.path(&number.to_string())).expect("opened");
            file.set_modified(old + Duration::from_secs(number)).expect("set");
        }
        assert_eq!(names(&cache).len(), KEPT_MAX + 1);
        assert!((0..3u64).all(|number| cache.read(&number.to_string()).is_none()), "the first are gone");
        assert!((3..KEPT_MAX as u64 + 3).all(|number| cache.read(&number.to_string()).is_some()));
        assert!(cache.folder.join("notes.png").exists());
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folder_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, cache) = cache();
        cache.keep("a", &plain(1, 1, [0; 3])).expect("kept");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&cache.folder), mode(&cache.path("a"))), (0o700, 0o600));
    }
}
