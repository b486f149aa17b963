//! Keeps the display awake while the window is open.
//!
//! The system is asked on a thread of its own, since a desktop's bus may be slow or hang. Where there is none, the display sleeps as it is set to,
//! and that is no failure.

use std::sync::mpsc;
use std::thread;

/// Keeps the display awake until it is dropped.
pub struct Awake {
    /// Its end tells the thread to let go.
    _until_dropped: mpsc::Sender<()>,
}

impl Awake {
    /// Asks the system from now on.
    pub fn keep() -> Self {
        let (until_dropped, dropped) = mpsc::channel::<()>();
        let keeping = move || {
            let asked = keepawake::Builder::default()
                .display(true)
                .reason("coupons are being written off")
                .app_name("hexiao")
                .app_reverse_domain("hexiao")
                .create();
            match asked {
                Ok(_awake) => drop(dropped.recv()),
                Err(error) => tracing::info!("the display is not kept awake: {error}"),
            }
        };
        if let Err(error) = thread::Builder::new().name("awake".to_owned()).spawn(keeping) {
            tracing::warn!("no thread could be had to keep the display awake: {error}");
        }
        Self { _until_dropped: until_dropped }
    }
}
