//! Who may settle: a lock beside the ledger, so that no program takes another's write-off under way for one left behind.
//!
//! Every program that writes off holds the lock *shared* while it runs. Only who gets it *alone* may take over the unsettled rows that it
//! finds: then nobody is left who could still be waiting for an answer. The system lets go of the lock when a program dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Error;
use super::place::make_private;
use crate::fault_point::{self, FaultPoint};

/// How long to wait for a program that is taking over what was left behind.
const PATIENCE: Duration = Duration::from_secs(5);
/// Tries to be alone: somebody may only have looked whether anybody is there, which takes microseconds.
const TRIES_ALONE: u32 = 3;
/// Between two tries. The till's simulation has one thread: nobody could let go while it waits.
const PAUSE: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_millis(20) };

/// A held lock; let go of on drop.
#[derive(Debug)]
pub struct Claim {
    ledger_file: PathBuf,
    /// Locked, for as long as it is open; `None` where it could not be locked again.
    lock: Option<File>,
    alone: bool,
}

impl Claim {
    /// Claims the ledger at `ledger_file` for a program that writes off. The claim starts [`alone`](Self::is_alone) where nobody else
    /// holds one; [`share`](Self::share) it as soon as the rows left behind have been read.
    ///
    /// # Errors
    /// The lock's file cannot be made, or another program has been taking over for longer than [`PATIENCE`].
    pub fn take(ledger_file: &Path) -> Result<Self, Error> {
        let file = open_lock(ledger_file)?;
        let mut alone = false;
        for _ in 0..TRIES_ALONE {
            match file.try_lock() {
                Ok(()) => alone = true,
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(source)) => return Err(unreachable(ledger_file, source)),
            }
            if alone {
                break;
            }
        }
        let lock = if alone { file } else { lock_shared(file, ledger_file)? };
        fault_point::reach(FaultPoint::Claimed);
        Ok(Self { ledger_file: ledger_file.to_owned(), lock: Some(lock), alone })
    }

    /// Claims the ledger alone for as long as the claim lives: for a command that settles and writes nothing off.
    ///
    /// # Errors
    /// [`Error::Claimed`] while another program writes off here: it settles by itself.
    pub fn take_alone(ledger_file: &Path) -> Result<Self, Error> {
        let claim = Self::take(ledger_file)?;
        if claim.alone { Ok(claim) } else { Err(Error::Claimed(ledger_file.to_owned())) }
    }

    /// The lock's file, beside the ledger.
    pub(super) fn lock_file(&self) -> PathBuf {
        lock_file(&self.ledger_file)
    }

    /// Whether some program writes off or settles on the ledger at `ledger_file` just now; `None` where this cannot be found out.
    pub(super) fn is_held(ledger_file: &Path) -> Option<bool> {
        let path = lock_file(ledger_file);
        if !path.try_exists().ok()? {
            return Some(false);
        }
        match OpenOptions::new().read(true).open(path).ok()?.try_lock() {
            Ok(()) => Some(false), // let go of at once: who starts in this very moment tries more than once
            Err(TryLockError::WouldBlock) => Some(true),
            Err(TryLockError::Error(_)) => None,
        }
    }

    /// Whether nobody else holds a claim, so that what is unsettled in the ledger was left behind.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Takes it anew where [`share`](Self::share) has lost it. Nobody is known to have been kept out meanwhile, so whoever was alone asks again.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn hold(&mut self) -> Result<(), Error> {
        if self.lock.is_none() {
            *self = Self::take(&self.ledger_file)?;
        }
        Ok(())
    }

    /// Lets others claim it too.
    ///
    /// # Errors
    /// The system refused, or another program got in between and does not let go. Then it is held no longer: see [`hold`](Self::hold).
    pub fn share(&mut self) -> Result<(), Error> {
        if self.alone {
            self.alone = false;
            self.lock = None; // closed and opened anew: not every system can turn a lock into a weaker one
            self.lock = Some(lock_shared(open_lock(&self.ledger_file)?, &self.ledger_file)?);
        }
        Ok(())
    }
}

/// Locks `file` together with others. Whoever has it alone only reads, and lets go at once – unless somebody has stopped that program just
/// then.
fn lock_shared(file: File, ledger_file: &Path) -> Result<File, Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        match file.try_lock_shared() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(Error::Claimed(ledger_file.to_owned())),
            Err(TryLockError::Error(source)) => return Err(unreachable(ledger_file, source)),
        }
    }
}

/// The lock's file of the ledger at `ledger_file`, beside it.
pub(super) fn lock_file(ledger_file: &Path) -> PathBuf {
    ledger_file.with_extension("lock")
}

fn open_lock(ledger_file: &Path) -> Result<File, Error> {
    let path = lock_file(ledger_file);
    make_private(&path)
        .and_then(|()| OpenOptions::new().read(true).write(true).open(&path))
        .map_err(|source| unreachable(ledger_file, source))
}

fn unreachable(ledger_file: &Path, source: std::io::Error) -> Error {
    Error::Unreachable { path: ledger_file.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_alone_until_it_shares_and_the_rest_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("ledger.sqlite");
        let mut first = Claim::take(&ledger).expect("claimed");
        assert!(first.is_alone());
        first.share().expect("shared");
        let second = Claim::take(&ledger).expect("claimed too");
        assert!(!second.is_alone());
        assert!(matches!(Claim::take_alone(&ledger), Err(Error::Claimed(_))));
        drop((first, second));
        assert!(Claim::take_alone(&ledger).expect("free again").is_alone());
    }
}
