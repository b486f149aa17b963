//! Where the program keeps its things, and how it writes them: in folders and files that only their owner can open.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use directories::{ProjectDirs, UserDirs};

use super::Error;
use crate::private;

/// Where the settings and everything else are. Both paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The settings file; it need not exist.
    pub settings_file: PathBuf,
    /// The folder of the ledger, the log and the secrets; made when something is first put into it.
    pub data_folder: PathBuf,
}

impl Places {
    /// The given places, and for those not given the system's usual ones: on Linux `~/.config/hexiao/settings.toml` and
    /// `~/.local/share/hexiao`.
    ///
    /// # Errors
    /// [`Error::NoHome`] where a place is not given and the system names no home folder.
    pub fn new(settings: Option<PathBuf>, data: Option<PathBuf>) -> Result<Self, Error> {
        let usual = || ProjectDirs::from("", "", "hexiao").ok_or(Error::NoHome);
        Ok(Self {
            settings_file: match settings {
                Some(file) => absolute(file)?,
                None => usual()?.config_dir().join("settings.toml"),
            },
            data_folder: match data {
                Some(folder) => absolute(folder)?,
                // Local and not roaming: a database must not be copied between machines behind the program's back.
                None => usual()?.data_local_dir().to_owned(),
            },
        })
    }

    /// The ledger of real write-offs.
    pub fn ledger_file(&self) -> PathBuf {
        self.data_folder.join("ledger.db")
    }

    /// The ledger of practice, kept apart so that nothing tried on the sandbox is ever taken for a real write-off.
    pub fn practice_ledger_file(&self) -> PathBuf {
        self.data_folder.join("practice.db")
    }

    /// The ledger in use: that of practice while no account is set up.
    pub fn ledger_file_in(&self, practice: bool) -> PathBuf {
        if practice { self.practice_ledger_file() } else { self.ledger_file() }
    }

    /// The folder of the log's daily files.
    pub fn log_folder(&self) -> PathBuf {
        self.data_folder.join("logs")
    }

    /// The folder of merchants' logos that were fetched.
    pub fn logo_folder(&self) -> PathBuf {
        self.data_folder.join("logos")
    }

    /// The folder of reports about crashes.
    pub fn crash_folder(&self) -> PathBuf {
        self.data_folder.join("crashes")
    }

    /// The folder of the files that stand in for the system's key store.
    pub fn secrets_folder(&self) -> PathBuf {
        self.data_folder.join("secrets")
    }

    /// The folder of what the window saves for people: where the system keeps downloads, so that it is found; beside everything else where the data
    /// folder is not the usual one, or there are no downloads.
    pub fn exports_folder(&self) -> PathBuf {
        let is_usual =
            ProjectDirs::from("", "", "hexiao").is_some_and(|dirs| dirs.data_local_dir() == self.data_folder);
        let downloads = UserDirs::new().and_then(|dirs| dirs.download_dir().map(Path::to_owned));
        downloads.filter(|_| is_usual).unwrap_or_else(|| self.data_folder.join("exports"))
    }

    /// Makes the data folder where it is missing.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn make_data_folder(&self) -> Result<(), Error> {
        make_folder(&self.data_folder)
    }
}

fn absolute(path: PathBuf) -> Result<PathBuf, Error> {
    std::path::absolute(&path).map_err(|source| Error::Read { path, source })
}

/// Makes `folder` and what is missing above it, open to its owner alone (0700 where the system has modes).
/// One that exists stays as it is.
///
/// # Errors
/// [`Error::Write`].
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    private::make_folder(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })
}

/// Puts `contents` in the place of `path` as a whole or not at all, open to its owner alone (0600 where the system has
/// modes) and on disk when this returns. A link is followed, so that it goes on pointing at what was written.
pub(super) fn write_private(path: &Path, contents: &[u8]) -> Result<(), Error> {
    let target = fs::canonicalize(path).or_else(|_| absolute(path.to_owned()))?; // a bare name has its folder too
    let folder = target.parent().unwrap_or(&target);
    make_folder(folder)?;
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".hexiao-").tempfile_in(folder)?; // made with mode 0600
        file.write_all(contents)?;
        file.as_file().sync_all()?;
        put(file, &target)?;
        #[cfg(unix)] // elsewhere a folder cannot be opened, and needs not be
        fs::File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Puts `file` in the place of `target`. On Windows whoever reads a file keeps it from being replaced for that moment, and a virus scanner
/// reads each that was just written: there it is tried again for half a second.
fn put(mut file: tempfile::NamedTempFile, target: &Path) -> io::Result<()> {
    const TRIES: u32 = 25;
    const PAUSE: Duration = Duration::from_millis(20);
    for _ in 1..TRIES {
        match file.persist(target) {
            Err(refused) if cfg!(windows) && refused.error.kind() == io::ErrorKind::PermissionDenied => {
                file = refused.file;
                thread::sleep(PAUSE);
            }
            put => return put.map(drop).map_err(|refused| refused.error),
        }
    }
    Ok(file.persist(target).map(drop)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_places_are_taken_and_made_absolute() {
        let places = Places::new(Some("here.toml".into()), Some("there".into())).expect("both are given");
        assert!(places.settings_file.is_absolute() && places.settings_file.ends_with("here.toml"));
        assert!(places.data_folder.is_absolute() && places.data_folder.ends_with("there"));
        for inside in [
            places.ledger_file(),
            places.practice_ledger_file(),
            places.log_folder(),
            places.logo_folder(),
            places.secrets_folder(),
            places.exports_folder(),
        ] {
            assert_eq!(inside.parent(), Some(&*places.data_folder));
        }
        assert_ne!(places.ledger_file(), places.practice_ledger_file());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/er/file");
        write_private(&file, b"first, and longer").expect("written");
        write_private(&file, b"second").expect("written");
        assert_eq!(fs::read(&file).expect("there"), b"second");
        assert_eq!(fs::read_dir(folder.path().join("deep/er")).expect("there").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_files_are_open_to_their_owner_alone_even_where_the_old_file_was_not() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/er/file");
        write_private(&file, b"one").expect("written");
        assert_eq!((mode(&folder.path().join("deep")), mode(&folder.path().join("deep/er"))), (0o700, 0o700));
        assert_eq!(mode(&file), 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
        write_private(&file, b"two").expect("written");
        assert_eq!(mode(&file), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_goes_on_pointing_at_what_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        write_private(&link, b"new").expect("written");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(&file).expect("there"), b"new");
    }
}
