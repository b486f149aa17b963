//! Where the ledger lies: its file made for its owner alone, known again while it is open, and set aside when it is damaged.
//!
//! **Known again.** On Unix a file that is open can be deleted, moved or replaced, and SQLite goes on writing into what nobody will find again.
//! An intent «recorded» there would be lost. So before and after each intent is written, the files at their places are compared
//! with those that were opened: device and inode, which no other file can have while these are open. It costs a few microseconds. On Windows the
//! system itself keeps a file in its place while SQLite has it open (which opens without `FILE_SHARE_DELETE`), and every
//! folder above it too.
//!
//! **Nothing here opens a ledger's file a second time.** POSIX drops all locks that a process has on a file as soon as it closes *any* handle to
//! it: SQLite's own would go with it, and another program could take the write-ahead log away. Therefore `metadata`, and no handles.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempPath;

use crate::private;

/// What SQLite keeps beside a database in WAL mode: the log, and the index to it that its programs share.
pub(super) const COMPANIONS: [&str; 2] = ["-wal", "-shm"];
/// Ledgers that may be set aside in one second.
const SAME_SECOND_MAX: u32 = 100;

/// The file that SQLite keeps beside `path` under this ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes `path` and the folders above it where they are missing, for their owner alone, and their names durable. A file that exists is not
/// opened, only narrowed.
///
/// # Errors
/// The folder or the file cannot be made.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    match private::open(path, OpenOptions::new().write(true).create_new(true)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            private::narrow(path);
            Ok(())
        }
        Err(error) => Err(error),
        Ok(file) => {
            file.sync_all()?;
            sync_folder_of(path)
        }
    }
}

/// Makes `folder` and what is missing above it, for their owner alone.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    private::make_folder(folder)?;
    sync_folder_of(folder)
}

/// Makes the names in the folder that holds `path` survive a power failure. Windows has no such call, and its file systems need none.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Which files lay at the ledger's places when it was opened.
#[derive(Debug, Default)]
pub(super) struct Anchor(Vec<(PathBuf, FileId)>);

impl Anchor {
    /// Remembers the file at `path`; one that is not there is not looked for later either.
    pub(super) fn add(&mut self, path: &Path) {
        if let Some(id) = FileId::of(path) {
            self.0.push((path.to_owned(), id));
        }
    }

    /// Remembers what SQLite keeps beside `database`.
    pub(super) fn add_companions(&mut self, database: &Path) {
        for ending in COMPANIONS {
            self.add(&beside(database, ending));
        }
    }

    /// Whether each file is still the one at its place.
    pub(super) fn holds(&self) -> bool {
        self.0.iter().all(|(path, id)| FileId::of(path).as_ref() == Some(id))
    }
}

/// What tells a file from all others for as long as it is open.
#[cfg(unix)]
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

#[cfg(unix)]
impl FileId {
    /// The file at `path`; `None` where there is none, or it cannot be looked at.
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = fs::metadata(path).ok()?;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

/// The system keeps an open file in its place; what is compared is the place.
#[cfg(not(unix))]
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileId(PathBuf);

#[cfg(not(unix))]
impl FileId {
    pub(super) fn of(path: &Path) -> Option<Self> {
        fs::canonicalize(path).ok().map(Self)
    }
}

/// Moves a damaged ledger, and what SQLite keeps beside it, into a folder of its own beside it, named with the time. Says which; nothing is
/// deleted, and nothing set aside before is overwritten.
///
/// # Errors
/// It could not be moved, and lies where it lay.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = keep_aside(path, "damaged")?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            fs::remove_dir_all(&aside).ok(); // what it holds lies in its old place too
            return Err(error);
        }
        _ => {}
    }
    // Only now the log: a database whose log went first might be opened without its latest rows.
    remove_companions(path)?;
    sync_folder_of(path)?;
    Ok(aside)
}

/// Puts `copy` in the place of the ledger at `path`, which is kept in a folder beside it, as by [`set_aside`]. Says which. At any moment one
/// of the two lies at `path`, and never the new one beside the old one's log, which SQLite would take for its own. In between the old
/// one lies there without its log: what can be brought from the log into the file should have been before.
///
/// # Errors
/// It could not be done: the old one lies where it lay, with its log, and the error says where it is kept as well.
pub(super) fn replace(path: &Path, copy: TempPath) -> io::Result<PathBuf> {
    let aside = keep_aside(path, "replaced")?;
    if let Err(source) = remove_companions(path).and_then(|()| Ok(copy.persist(path)?)) {
        put_companions_back(path, &aside);
        return Err(io::Error::new(source.kind(), NotReplaced { aside, source }));
    }
    sync_folder_of(path)?;
    Ok(aside)
}

/// Why the new ledger is not in the old one's place.
#[derive(Debug, thiserror::Error)]
#[error("the ledger that lies there is kept in {aside} as well")]
struct NotReplaced {
    aside: PathBuf,
    source: io::Error,
}

/// Undoes [`remove_companions`]. What cannot be put back is still in `aside`.
fn put_companions_back(path: &Path, aside: &Path) {
    for ending in COMPANIONS {
        let at = beside(path, ending);
        let kept = at.file_name().map(|name| aside.join(name));
        if let Some(kept) = kept.filter(|kept| kept.exists())
            && !at.exists()
            && let Err(error) = keep(&kept, &at)
        {
            tracing::error!("{} could not be put back: {error}", at.display());
        }
    }
}

/// The log goes last: its index is made anew from it, but not it from its index.
fn remove_companions(path: &Path) -> io::Result<()> {
    for ending in COMPANIONS.into_iter().rev() {
        match fs::remove_file(beside(path, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The ledger and its companions in a new folder, and in their places still.
fn keep_aside(path: &Path, why: &str) -> io::Result<PathBuf> {
    let aside = make_aside(path, why)?;
    if let Err(error) = keep_all(path, &aside) {
        fs::remove_dir_all(&aside).ok();
        return Err(error);
    }
    Ok(aside)
}

/// A new folder: making it is what makes sure that no other has its name.
fn make_aside(path: &Path, why: &str) -> io::Result<PathBuf> {
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let mut made = Err(io::Error::from(io::ErrorKind::AlreadyExists));
    for nth in 1..=SAME_SECOND_MAX {
        let nth = if nth == 1 { String::new() } else { format!("-{nth}") };
        let aside = path.with_extension(format!("{why}-{stamp}{nth}"));
        made = private::make_new_folder(&aside).map(|()| aside);
        if !matches!(&made, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
            break;
        }
    }
    made
}

/// Puts the ledger and its companions into `aside` as well, under their own names, and makes sure that they are there for good.
fn keep_all(path: &Path, aside: &Path) -> io::Result<()> {
    let mut kept = 0;
    for ending in [""].into_iter().chain(COMPANIONS) {
        let from = beside(path, ending);
        let name = from.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        match keep(&from, &aside.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done.map(|()| kept += 1)?,
        }
    }
    if kept == 0 {
        return Err(io::ErrorKind::NotFound.into());
    }
    sync_folder_of(&aside.join("any"))?;
    sync_folder_of(aside)
}

/// A second name for the same file, or where the disk has no such thing a copy.
fn keep(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    OpenOptions::new().write(true).open(to)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).expect("a file")
    }

    #[test]
    fn what_is_set_aside_is_kept_whole_and_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let mut asides = Vec::new();
        // Within one second, certainly some of them.
        for nth in 0..5 {
            for ending in ["", "-wal", "-shm"] {
                fs::write(beside(&path, ending), format!("{nth}{ending}")).expect("written");
            }
            asides.push(set_aside(&path).expect("set aside"));
            assert_eq!(fs::read_dir(folder.path()).expect("read").count(), nth + 1, "nothing is left in its place");
        }
        for (nth, aside) in asides.iter().enumerate() {
            for ending in ["", "-wal", "-shm"] {
                assert_eq!(read(&aside.join(format!("ledger.db{ending}"))), format!("{nth}{ending}"));
            }
            let name = aside.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(name.starts_with("ledger.damaged-20"), "{name}");
        }
    }

    #[test]
    fn a_log_without_its_ledger_is_set_aside_too_and_nothing_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        assert!(set_aside(&path).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 0, "no folder is left behind");
        fs::write(beside(&path, "-wal"), "a log without its ledger").expect("written");
        let aside = set_aside(&path).expect("set aside");
        assert_eq!(read(&aside.join("ledger.db-wal")), "a log without its ledger");
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
    }

    #[test]
    fn the_log_is_the_last_to_be_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        fs::write(beside(&path, "-wal"), "the newest rows").expect("written");
        fs::create_dir(beside(&path, "-shm")).expect("something that cannot be removed as a file");
        remove_companions(&path).expect_err("not removed");
        assert_eq!(read(&beside(&path, "-wal")), "the newest rows");
    }

    #[test]
    fn a_ledger_that_could_not_be_replaced_has_its_log_again_and_the_error_says_where_it_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        for ending in ["", "-wal", "-shm"] {
            fs::write(beside(&path, ending), format!("old{ending}")).expect("written");
        }
        let copy = tempfile::NamedTempFile::new_in(folder.path()).expect("a copy").into_temp_path();
        fs::remove_file(&copy).expect("gone before it could be put in place");
        let told = crate::trouble::chain(&replace(&path, copy).expect_err("nothing to put there"));
        for ending in ["", "-wal", "-shm"] {
            assert_eq!(read(&beside(&path, ending)), format!("old{ending}"));
        }
        assert!(told.contains("ledger.replaced-20"), "{told}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_known_again_until_it_is_moved_deleted_or_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("ledger.db"), folder.path().join("other"));
        fs::write(&path, "one").expect("written");
        let _open = fs::File::open(&path).expect("as SQLite has it open, so that its inode is not given away");
        let mut anchor = Anchor::default();
        anchor.add(&path);
        assert!(anchor.holds());
        fs::write(&path, "one, and more").expect("written");
        assert!(anchor.holds(), "it may grow");
        fs::rename(&path, &other).expect("moved");
        assert!(!anchor.holds(), "moved");
        fs::copy(&other, &path).expect("copied");
        assert!(!anchor.holds(), "replaced");
        fs::rename(&other, &path).expect("moved back");
        assert!(anchor.holds(), "put back");
        fs::remove_file(&path).expect("deleted");
        assert!(!anchor.holds(), "deleted");
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_file_are_private_and_a_file_that_is_there_is_left_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a").join("b").join("ledger.db");
        make_private(&path).expect("made");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(path.parent().expect("a folder")), mode(&path)), (0o700, 0o600));
        fs::write(&path, "something").expect("written");
        make_private(&path).expect("there already");
        assert_eq!(read(&path), "something");
    }
}
