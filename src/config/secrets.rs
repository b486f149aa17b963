//! Where the account's secret is kept: in a file that the settings name, or in the system's key store, or – where that is
//! not to be had, as on a bare Linux – in a file of mode 0600 that stands in for it.
//!
//! The stand-in is looked at first: it is written only when the key store fails and removed once the key store works, so
//! where there is one it is the newer.
//!
//! Nothing here prints a secret. The key store's own errors are turned into their texts because some of them carry
//! what was read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

use super::places::write_private;
use super::{Account, Credentials, Error, Places, SecretPlace, read_small};

/// The name under which the key store files this program's secrets.
const KEY_STORE_SERVICE: &str = "hexiao";
/// How long the key store may take. A person may have to type a password to unlock it; a broken D-Bus service answers never.
const KEY_STORE_DEADLINE: Duration = Duration::from_secs(20);
/// Largest secret that is read from a file. An AppSecret has 32 characters, a bearer secret may be a long signed token.
const SECRET_BYTES_MAX: u64 = 16 << 10;

/// Why the key store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// This system has none, or none that runs.
    #[error("this system has no key store")]
    Absent,
    /// It did not answer in time.
    #[error("it did not answer within {} s", KEY_STORE_DEADLINE.as_secs())]
    Silent,
    /// It refused, in its own words.
    #[error("{0}")]
    Refused(String),
}

impl From<keyring::Error> for KeyStoreError {
    fn from(error: keyring::Error) -> Self {
        match error {
            keyring::Error::NoDefaultStore => Self::Absent,
            keyring::Error::BadDataFormat(..) => Self::Refused("what it holds is damaged".to_owned()), // its text may quote it
            other => Self::Refused(other.to_string()),
        }
    }
}

/// A place that keeps a secret for each user.
trait KeyStore: Clone + Send + 'static {
    fn get(&self, user: &str) -> Result<Option<SecretString>, KeyStoreError>;
    fn set(&self, user: &str, secret: &SecretString) -> Result<(), KeyStoreError>;
}

/// The system's own: Credential Manager, Keychain, Secret Service.
#[derive(Clone)]
struct SystemKeyStore;

impl KeyStore for SystemKeyStore {
    fn get(&self, user: &str) -> Result<Option<SecretString>, KeyStoreError> {
        match keyring::Entry::new(KEY_STORE_SERVICE, user)?.get_password() {
            Ok(secret) => Ok(Some(secret.into())),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn set(&self, user: &str, secret: &SecretString) -> Result<(), KeyStoreError> {
        Ok(keyring::Entry::new(KEY_STORE_SERVICE, user)?.set_password(secret.expose_secret())?)
    }
}

/// The account's secret; `None` for a token service that has none. May take as long as the key store does, up to 20 s: not
/// for the window's thread.
///
/// # Errors
/// [`Error::NoSecret`], [`Error::KeyStore`], [`Error::UnfitSecret`], [`Error::TooLarge`], [`Error::Read`].
pub fn account_secret(account: &Account, places: &Places) -> Result<Option<SecretString>, Error> {
    find(&account.credentials, places, SystemKeyStore, KEY_STORE_DEADLINE)
}

/// Keeps the account's secret where its settings say: in the file they name, or else in the system's key store, or in the
/// stand-in where that fails. Says which it became; [`account_secret`] finds it in either. Not for the window's thread.
///
/// # Errors
/// [`Error::UnfitSecret`] (nothing is kept), [`Error::Write`].
pub fn store_secret(account: &Account, places: &Places, secret: SecretString) -> Result<SecretPlace, Error> {
    keep(&account.credentials, places, secret, SystemKeyStore, KEY_STORE_DEADLINE)
}

fn find(
    credentials: &Credentials,
    places: &Places,
    store: impl KeyStore,
    deadline: Duration,
) -> Result<Option<SecretString>, Error> {
    let (user, place) = credentials.user_and_place();
    if let SecretPlace::File(path) = place {
        return read_secret(path).map(Some);
    }
    let stand_in = stand_in_file(places, user);
    if stand_in.exists() {
        return read_secret(&stand_in).map(Some);
    }
    let user = user.to_owned();
    match (within(deadline, move || store.get(&user)), credentials) {
        (Ok(Some(secret)), _) => Ok(Some(secret)),
        (Ok(None) | Err(KeyStoreError::Absent), Credentials::TokenService { .. }) => Ok(None),
        (Ok(None) | Err(KeyStoreError::Absent), Credentials::AppSecret { .. }) => {
            Err(Error::NoSecret { owner: credentials.owner() })
        }
        (Err(source), _) => Err(Error::KeyStore { owner: credentials.owner(), source }),
    }
}

fn keep(
    credentials: &Credentials,
    places: &Places,
    secret: SecretString,
    store: impl KeyStore,
    deadline: Duration,
) -> Result<SecretPlace, Error> {
    let secret = fit(secret, None)?;
    let (user, place) = credentials.user_and_place();
    if let SecretPlace::File(path) = place {
        write_private(path, secret.expose_secret().as_bytes())?;
        return Ok(place.clone());
    }
    let stand_in = stand_in_file(places, user);
    let (user, copy) = (user.to_owned(), secret.clone());
    let kept = within(deadline, move || {
        store.set(&user, &copy)?;
        // Some stores accept and forget. That must be found out now, not at the next start.
        match store.get(&user)? {
            Some(found) if found.expose_secret() == copy.expose_secret() => Ok(()),
            _ => Err(KeyStoreError::Refused("it did not give back what was put in".to_owned())),
        }
    });
    match kept.map(|()| fs::remove_file(&stand_in)) {
        Ok(Ok(())) => Ok(SecretPlace::KeyStore),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(SecretPlace::KeyStore),
        failed => {
            // An old stand-in that cannot be removed would go on being found first, so it too must hold the new secret.
            if let Err(error) = failed {
                tracing::warn!("the secret goes into {}: {error}", places.secrets_folder().display());
            }
            write_private(&stand_in, secret.expose_secret().as_bytes())?;
            Ok(SecretPlace::File(stand_in))
        }
    }
}

/// The file that holds `user`'s secret where the key store does not.
fn stand_in_file(places: &Places, user: &str) -> PathBuf {
    places.secrets_folder().join(utf8_percent_encode(user, NON_ALPHANUMERIC).to_string())
}

fn read_secret(path: &Path) -> Result<SecretString, Error> {
    fit(read_small(path, SECRET_BYTES_MAX)?.into(), Some(path))
}

/// Takes a secret without the line end, and the mark at its beginning, that editors add; what is left must be one line of
/// visible characters, as it travels in a header or as JSON.
pub(super) fn fit(secret: SecretString, file: Option<&Path>) -> Result<SecretString, Error> {
    let unfit = |problem| Err(Error::UnfitSecret { file: file.map(Path::to_owned), problem });
    let text = secret.expose_secret();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        unfit("is empty; put it there, on one line")
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        unfit("is not one line of letters, digits and signs without spaces; copy it again")
    } else {
        Ok(text.into())
    }
}

/// Does `work` on a thread of its own and stops waiting for it at the deadline; the thread is then left behind.
fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> Result<T, KeyStoreError> + Send + 'static,
) -> Result<T, KeyStoreError> {
    let (done, result) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("key store".to_owned())
        .spawn(move || done.send(work()).ok()) // nobody may be waiting any more
        .map_err(|error| KeyStoreError::Refused(error.to_string()))?;
    result.recv_timeout(deadline).unwrap_or_else(|error| {
        Err(match error {
            RecvTimeoutError::Timeout => KeyStoreError::Silent,
            RecvTimeoutError::Disconnected => KeyStoreError::Refused("it crashed".to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A key store that works, or fails in a given way.
    #[derive(Clone, Default)]
    struct Pretend {
        kept: Arc<Mutex<HashMap<String, String>>>,
        fault: Option<Fault>,
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Fault {
        Absent,
        Hangs,
        Forgets,
        Crashes,
    }

    impl Pretend {
        fn faulty(fault: Fault) -> Self {
            Self { fault: Some(fault), ..Self::default() }
        }

        fn suffer(&self) -> Result<(), KeyStoreError> {
            match self.fault {
                Some(Fault::Absent) => Err(KeyStoreError::Absent),
                Some(Fault::Hangs) => loop {
                    thread::park();
                },
                Some(Fault::Crashes) => panic!("a test's key store crashes"),
                Some(Fault::Forgets) | None => Ok(()),
            }
        }
    }

    impl KeyStore for Pretend {
        fn get(&self, user: &str) -> Result<Option<SecretString>, KeyStoreError> {
            self.suffer()?;
            Ok(self.kept.lock().expect("sound").get(user).map(|secret| secret.as_str().into()))
        }

        fn set(&self, user: &str, secret: &SecretString) -> Result<(), KeyStoreError> {
            self.suffer()?;
            if self.fault != Some(Fault::Forgets) {
                self.kept.lock().expect("sound").insert(user.to_owned(), secret.expose_secret().to_owned());
            }
            Ok(())
        }
    }

    /// Long for a store that answers; a store that hangs makes each test wait this long once.
    const PATIENCE: Duration = Duration::from_secs(60);
    const IMPATIENCE: Duration = Duration::from_millis(10);

    fn patience(store: &Pretend) -> Duration {
        if store.fault == Some(Fault::Hangs) { IMPATIENCE } else { PATIENCE }
    }

    fn app_secret(secret: SecretPlace) -> Credentials {
        Credentials::AppSecret { appid: "wx1".to_owned(), secret }
    }

    fn token_service() -> Credentials {
        Credentials::TokenService { url: "https://tokens.example/a?b".to_owned(), bearer: SecretPlace::KeyStore }
    }

    fn places() -> (tempfile::TempDir, Places) {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Places {
            settings_file: folder.path().join("config/settings.toml"),
            data_folder: folder.path().join("data"),
        };
        (folder, places)
    }

    fn found(credentials: &Credentials, places: &Places, store: &Pretend) -> Option<String> {
        let found = find(credentials, places, store.clone(), patience(store)).expect("found");
        found.map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn a_secret_goes_into_the_key_store_and_no_file_where_the_key_store_works() {
        let (_folder, places) = places();
        let store = Pretend::default();
        for credentials in [app_secret(SecretPlace::KeyStore), token_service()] {
            let kept = keep(&credentials, &places, "s3cret".into(), store.clone(), PATIENCE).expect("kept");
            assert_eq!(kept, SecretPlace::KeyStore);
            assert_eq!(found(&credentials, &places, &store).as_deref(), Some("s3cret"));
        }
        assert!(!places.secrets_folder().exists());
        let users = store.kept.lock().expect("sound").keys().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(users.into_iter().collect::<Vec<_>>(), ["https://tokens.example/a", "wx1"], "no query");
    }

    #[test]
    fn a_secret_goes_into_a_file_where_the_key_store_is_absent_hangs_forgets_or_crashes() {
        for fault in [Fault::Absent, Fault::Hangs, Fault::Forgets, Fault::Crashes] {
            let store = Pretend::faulty(fault);
            for credentials in [app_secret(SecretPlace::KeyStore), token_service()] {
                let (_folder, places) = places();
                let kept = keep(&credentials, &places, "s3cret".into(), store.clone(), patience(&store)).expect("kept");
                let SecretPlace::File(file) = kept else { panic!("the key store cannot have kept it") };
                assert_eq!(file.parent(), Some(&*places.secrets_folder()));
                #[cfg(unix)]
                {
                    use std::os::unix::fs::PermissionsExt as _;
                    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
                    let folder = fs::metadata(places.secrets_folder()).expect("there");
                    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
                }
                assert_eq!(found(&credentials, &places, &store).as_deref(), Some("s3cret"), "and is found there");
            }
        }
    }

    #[test]
    fn the_newer_secret_is_found_when_the_key_store_fails_once_and_works_again() {
        let (_folder, places) = places();
        let credentials = app_secret(SecretPlace::KeyStore);
        let working = Pretend::default();
        let absent = Pretend { fault: Some(Fault::Absent), ..working.clone() };
        for (store, secret) in [(&working, "first"), (&absent, "second"), (&working, "third")] {
            keep(&credentials, &places, secret.into(), store.clone(), PATIENCE).expect("kept");
            assert_eq!(found(&credentials, &places, &working).as_deref(), Some(secret));
        }
        assert_eq!(fs::read_dir(places.secrets_folder()).expect("there").count(), 0, "the stand-in is gone");
    }

    #[test]
    fn a_missing_app_secret_is_an_error_and_a_missing_bearer_secret_is_none() {
        let (_folder, places) = places();
        for store in [Pretend::default(), Pretend::faulty(Fault::Absent)] {
            assert_eq!(found(&token_service(), &places, &store), None);
            let error =
                find(&app_secret(SecretPlace::KeyStore), &places, store, PATIENCE).expect_err("nothing is kept");
            assert_eq!(
                error.to_string(),
                "no secret is kept for wx1: connect the account again, or name a file with secret_file"
            );
        }
    }

    #[test]
    fn a_key_store_that_hangs_is_never_taken_for_an_empty_one() {
        let (_folder, places) = places();
        for credentials in [app_secret(SecretPlace::KeyStore), token_service()] {
            let store = Pretend::faulty(Fault::Hangs);
            let error = find(&credentials, &places, store, IMPATIENCE).expect_err("it hangs");
            assert!(matches!(error, Error::KeyStore { source: KeyStoreError::Silent, .. }), "{error:?}");
        }
    }

    #[test]
    fn a_named_file_is_read_and_written_and_the_key_store_is_left_alone() {
        let (_folder, places) = places();
        let file = places.data_folder.join("named");
        let credentials = app_secret(SecretPlace::File(file.clone()));
        let store = Pretend::faulty(Fault::Crashes);
        let kept = keep(&credentials, &places, "s3cret\n".into(), store.clone(), PATIENCE).expect("kept");
        assert_eq!(kept, SecretPlace::File(file));
        assert_eq!(found(&credentials, &places, &store).as_deref(), Some("s3cret"));
    }

    #[test]
    fn what_editors_add_to_a_secret_file_is_taken_away_and_what_is_no_secret_is_named() {
        let (_folder, places) = places();
        let file = places.data_folder.join("secret");
        let credentials = app_secret(SecretPlace::File(file.clone()));
        places.make_data_folder().expect("made");
        for contents in ["s3cret", "s3cret\n", "s3cret\r\n", "\u{FEFF}s3cret\n\n"] {
            fs::write(&file, contents).expect("written");
            assert_eq!(found(&credentials, &places, &Pretend::default()).as_deref(), Some("s3cret"), "{contents:?}");
        }
        let name = file.display();
        for (contents, sentence) in [
            ("", format!("the secret in {name} is empty; put it there, on one line")),
            ("\n", format!("the secret in {name} is empty; put it there, on one line")),
            (
                "hush one\n",
                format!(
                    "the secret in {name} is not one line of letters, digits and signs without spaces; copy it again"
                ),
            ),
            (
                "hush\nhush\n",
                format!(
                    "the secret in {name} is not one line of letters, digits and signs without spaces; copy it again"
                ),
            ),
            (
                &"hush".repeat(5000),
                format!("{name} is larger than 16384 bytes, so it is something else; name the right file"),
            ),
        ] {
            fs::write(&file, contents).expect("written");
            let error = find(&credentials, &places, Pretend::default(), PATIENCE).expect_err("unfit");
            assert_eq!(error.to_string(), sentence);
            assert!(!format!("{error:?}").contains("hush"), "no part of it is shown");
        }
        fs::remove_file(&file).expect("removed");
        let error = find(&credentials, &places, Pretend::default(), PATIENCE).expect_err("missing");
        assert_eq!(
            error.to_string(),
            format!("{name} cannot be read; see that it is a text file which this user may open")
        );
    }

    #[test]
    fn an_unfit_secret_is_not_kept() {
        let (_folder, places) = places();
        for unfit in ["", "\n", "two words"] {
            let error = keep(&token_service(), &places, unfit.into(), Pretend::default(), PATIENCE).expect_err("unfit");
            assert!(matches!(error, Error::UnfitSecret { file: None, .. }));
        }
        assert!(!places.data_folder.exists());
    }

    #[test]
    fn the_key_stores_errors_are_told_without_what_they_carry() {
        for error in [
            keyring::Error::BadEncoding(b"hush".to_vec()),
            keyring::Error::BadDataFormat(b"hush".to_vec(), "hush".into()),
        ] {
            let told = KeyStoreError::from(error);
            assert!(!format!("{told} {told:?}").contains("hush"));
            assert!(!format!("{told:?}").contains("104"), "nor its bytes");
        }
    }
}
