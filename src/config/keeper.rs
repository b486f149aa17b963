//! The one who writes the settings down while the window is open.
//!
//! The window changes them in several places at once – the language by a click, the camera when it opens, the account when a test is over. Each
//! change goes into one queue, which one thread works off: it reads the file, changes what was to be changed and nothing else, and
//! saves. So changes are kept in the order in which they were made, none undoes another that it did not know of, and what a person wrote into the
//! file meanwhile stays.

use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use super::{Error, Places, Settings};
use crate::trouble::chain;

/// One change, and who wants to know what came of it.
struct Change {
    apply: Box<dyn FnOnce(&mut Settings) + Send>,
    done: oneshot::Sender<Result<(), Error>>,
}

/// The way to the thread that saves. When dropped, what is in the queue is still saved first.
pub struct Keeper {
    /// `None` once the keeper is being dropped.
    queue: Option<mpsc::Sender<Change>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread, for the settings in `places`. Where the system gives no thread, nothing will be saved, and each change says so.
    pub fn start(places: Places) -> Self {
        let (queue, changes) = mpsc::channel::<Change>();
        let work = move || {
            for Change { apply, done } in changes {
                let saved = change(&places, apply);
                if let Err(error) = &saved {
                    tracing::warn!("the settings could not be saved: {}", chain(error));
                }
                done.send(saved).ok(); // nobody may care
            }
        };
        let thread = thread::Builder::new().name("settings".to_owned()).spawn(work);
        if let Err(error) = &thread {
            tracing::error!("no thread could be had to save the settings: {error}");
        }
        Self { queue: Some(queue), thread: thread.ok() }
    }

    /// Puts a change into the queue. What is received is whether it was saved; an error of receiving means that there is no thread. A change that failed
    /// is in the log, whoever listens.
    pub fn change(&self, apply: impl FnOnce(&mut Settings) + Send + 'static) -> oneshot::Receiver<Result<(), Error>> {
        let (done, received) = oneshot::channel();
        if let Some(queue) = &self.queue {
            queue.send(Change { apply: Box::new(apply), done }).ok(); // without a thread the receiver is told by the sender's end
        }
        received
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok(); // it does not panic; if it did, what it had saved is saved
        }
    }
}

fn change(places: &Places, apply: impl FnOnce(&mut Settings)) -> Result<(), Error> {
    let mut settings = Settings::load(places)?;
    apply(&mut settings);
    settings.save(places)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn places() -> (tempfile::TempDir, Places) {
        let folder = tempfile::tempdir().expect("a folder");
        let places =
            Places { settings_file: folder.path().join("settings.toml"), data_folder: folder.path().join("data") };
        (folder, places)
    }

    #[test]
    fn changes_are_kept_in_their_order_and_what_is_queued_is_saved_at_the_end() {
        let (_folder, places) = places();
        let keeper = Keeper::start(places.clone());
        for number in 0..50 {
            drop(keeper.change(move |settings| settings.camera = Some(format!("camera {number}"))));
            let language = super::super::LANGUAGES[number % 2];
            drop(keeper.change(move |settings| settings.language = Some(language.to_owned())));
        }
        drop(keeper);
        let settings = Settings::load(&places).expect("loaded");
        assert_eq!(
            (settings.camera.as_deref(), settings.language.as_deref()),
            (Some("camera 49"), Some(super::super::LANGUAGES[1]))
        );
    }

    #[test]
    fn a_change_undoes_nothing_that_it_did_not_know_of_and_keeps_what_a_person_wrote_meanwhile() {
        let (_folder, places) = places();
        let keeper = Keeper::start(places.clone());
        keeper
            .change(|settings| settings.camera = Some("one".to_owned()))
            .blocking_recv()
            .expect("told")
            .expect("saved");
        let text = fs::read_to_string(&places.settings_file).expect("there");
        fs::write(&places.settings_file, format!("{text}[till]\ncashier = \"Li\" # by hand\n")).expect("written");
        keeper
            .change(|settings| settings.language = Some("en".to_owned()))
            .blocking_recv()
            .expect("told")
            .expect("saved");
        let settings = Settings::load(&places).expect("loaded");
        assert_eq!(
            (settings.camera.as_deref(), settings.till.cashier.as_str(), settings.language.as_deref()),
            (Some("one"), "Li", Some("en"))
        );
        assert!(fs::read_to_string(&places.settings_file).expect("there").contains("# by hand"));
    }

    #[test]
    fn a_change_that_cannot_be_saved_says_so_and_the_next_one_is_tried() {
        let (_folder, places) = places();
        fs::write(&places.settings_file, "[till").expect("written");
        let keeper = Keeper::start(places.clone());
        let saved = keeper.change(|settings| settings.camera = None).blocking_recv().expect("told");
        assert!(matches!(saved, Err(Error::NotToml { .. })), "{saved:?}");
        assert_eq!(fs::read_to_string(&places.settings_file).expect("there"), "[till", "it is not written over");
        fs::remove_file(&places.settings_file).expect("removed");
        keeper
            .change(|settings| settings.language = Some("en".to_owned()))
            .blocking_recv()
            .expect("told")
            .expect("saved");
    }
}
