//! Files and folders that only their owner can open: what a till writes down is its merchant's and its customers' business.
//!
//! New ones are made with mode 0600 and 0700, whatever the umask. A file of ours that is found wider is narrowed when it is opened to be written: somebody
//! copied it back, or an older program made it. A folder that is there stays as it is: it may be one that a person shares on purpose,
//! and what we put into it is closed by itself. On systems without modes a file is as open as its folder, which in a user's profile is theirs alone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

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
