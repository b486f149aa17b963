//! Files and folders that only their owner can open: what a till writes down is its merchant's and its customers' business.
//!
//! New ones are made with mode 0600 and 0700, whatever the umask. A file of ours that is found wider is narrowed when it is opened to be written: somebody
//! copied it back, or an older program made it. A folder that is there stays as it is: it may be one that a person shares on purpose,
//! and what we put into it is closed by itself. On systems without modes a file is as open as its folder, which in a user's profile is theirs alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Makes `folder` and what is missing above it.
///
/// # Errors
/// The system's.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    make(folder, true)
}

/// Makes `folder`, which nobody else has made, in one that is there.
///
/// # Errors
/// The system's: [`io::ErrorKind::AlreadyExists`] where there is one.
pub fn make_new_folder(folder: &Path) -> io::Result<()> {
    make(folder, false)
}

fn make(folder: &Path, and_those_above: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(and_those_above);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens `path` as `options` say, for the owner alone.
///
/// # Errors
/// The system's.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    narrow(path);
    Ok(file)
}

/// Writes a file that is not there, as a whole or not at all.
///
/// # Errors
/// The system's: [`io::ErrorKind::AlreadyExists`] where there is one.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let folder = path.parent().unwrap_or(&path);
    let mut file = tempfile::Builder::new().prefix(".hexiao-").suffix(".part").tempfile_in(folder)?; // made with mode 0600
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(&path)?;
    Ok(())
}

/// Names tried for a file that is to be new.
const NAMES_MAX: u32 = 1_000;

/// Makes a file that was not there in `folder`, as a whole or not at all: `name.ending`, or `name-2.ending` and so on where that is taken.
/// `write` writes it, and says whether it is wanted after all. Says where it is.
///
/// # Errors
/// What `write` says, or the system's.
pub fn save_new<E: From<io::Error>>(
    folder: &Path,
    name: &str,
    ending: &str,
    write: impl FnOnce(&mut dyn io::Write) -> Result<bool, E>,
) -> Result<Option<PathBuf>, E> {
    make_folder(folder)?;
    let file = tempfile::Builder::new().prefix(".hexiao-").suffix(".part").tempfile_in(folder)?; // made with mode 0600
    let mut out = io::BufWriter::new(file);
    if !write(&mut out)? {
        return Ok(None);
    }
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    for number in 1..=NAMES_MAX {
        let name = if number == 1 { format!("{name}.{ending}") } else { format!("{name}-{number}.{ending}") };
        let path = folder.join(name);
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(Some(path)),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
            Err(failed) => return Err(failed.error.into()),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists).into())
}

/// Puts `contents` into the file at `path`, in place of what was in it.
///
/// # Errors
/// The system's; the file may then hold a part of it.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    open(path, OpenOptions::new().write(true).create(true).truncate(true))?.write_all(contents)
}

/// Opens the file at `path` to be locked; made where it is missing.
///
/// # Errors
/// The system's.
pub fn open_lock(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))
}

/// Takes from everybody but the owner the right to open `path`, where it is there and the system lets us. Where it does not – another's
/// file, a stick without modes – the till works on: standing still would help nobody.
pub fn narrow(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(about) = fs::metadata(path) else { return };
        if about.is_file() && about.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).ok();
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod saving {
    use super::*;

    #[test]
    fn what_is_saved_is_whole_and_takes_nobodys_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let within = folder.path().join("new");
        let save = |text: &str, wanted: bool| {
            save_new::<io::Error>(&within, "shift", "csv", |out| out.write_all(text.as_bytes()).map(|()| wanted))
        };
        let (first, second) = (save("one", true).expect("saved"), save("two", true).expect("saved"));
        assert_eq!(first, Some(within.join("shift.csv")));
        assert_eq!(second, Some(within.join("shift-2.csv")));
        assert_eq!(save("three", false).expect("not wanted"), None);
        let failed = save_new::<io::Error>(&within, "shift", "csv", |_| Err(io::Error::other("no room")));
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(within.join("shift.csv")).expect("there"), "one");
        assert_eq!(fs::read_dir(&within).expect("read").count(), 2, "nothing half is left");
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_file_and_an_old_one_are_their_owners_alone_and_a_folder_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        let inner = folder.path().join("deep/er");
        make_folder(&inner).expect("made");
        assert_eq!((mode(&inner), mode(&folder.path().join("deep"))), (0o700, 0o700));
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).expect("set");
        make_folder(&inner).expect("there");
        assert_eq!(mode(&inner), 0o755);
        for old in [None, Some(0o666), Some(0o640)] {
            let path = inner.join(format!("{old:?}"));
            if let Some(old) = old {
                fs::write(&path, "x").expect("written");
                fs::set_permissions(&path, fs::Permissions::from_mode(old)).expect("set");
            }
            open(&path, OpenOptions::new().append(true).create(true)).expect("opened");
            assert_eq!(mode(&path), 0o600, "{old:?}");
        }
    }
}
