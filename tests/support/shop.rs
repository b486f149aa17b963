//! A shop whose sandbox outlives its tills: what a till leaves behind is settled by the next one.

use std::fs;
use std::path::{Path, PathBuf};

use hexiao::config::{Places, Settings};
use hexiao::ledger::{Error, Ledger};
use hexiao::sandbox::{self, Call, Deck, Sandbox};
use hexiao::till::{self, Open, Purpose};
use hexiao::write_off::WriteOff;
use tempfile::TempDir;

use gate::Gate;

#[path = "gate.rs"]
mod gate;

/// A sandbox that outlives its tills, and the settings that point at it.
pub struct Shop {
    /// Settings, secret and data folder.
    pub folder: TempDir,
    sandbox: Sandbox,
    /// What tills are pointed at.
    pub gate: Gate,
    places: Places,
    settings: Settings,
}

impl Shop {
    /// With coupons `1` to `9`.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let coupons: Vec<_> = (1..=9).map(|code| serde_json::json!({ "code": code.to_string() })).collect();
        let deck = Deck::from_json(&serde_json::json!({ "coupons": coupons }).to_string()).expect("a deck");
        let options = sandbox::Options { deck, ..sandbox::Options::default() };
        let sandbox = Sandbox::start(options).await.expect("a sandbox");
        let address = sandbox.base_url().trim_start_matches("http://").parse().expect("an address");
        let gate = Gate::before(address).await;
        let path = |name: &str| folder.path().join(name);
        fs::write(path("secret"), sandbox.secret()).expect("written");
        #[cfg(unix)]
        fs::set_permissions(path("secret"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
        let text = format!(
            "[account]\nbase_url = \"{}\"\nappid = \"{}\"\nsecret_file = \"secret\"\n",
            gate.base_url,
            sandbox.appid()
        );
        fs::write(path("settings.toml"), text).expect("written");
        fs::create_dir(path("data")).expect("made");
        let places = Places::new(Some(path("settings.toml")), Some(path("data"))).expect("places");
        let settings = Settings::load(&places).expect("settings");
        Self { folder, sandbox, gate, places, settings }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The ledger.
    pub fn file(&self) -> PathBuf {
        self.places.ledger_file()
    }

    /// A till of the window's, once its ledger has been read.
    pub async fn till(&self) -> Open {
        let mut open = till::open(&self.settings, &self.places, Purpose::Window, || ()).await.expect("a till");
        open.till.wait_until(|view| view.opened).await.expect("a running till");
        open
    }

    /// The codes whose consume has reached the platform, each with whether it was executed.
    pub fn consumes(&self) -> Vec<(String, bool)> {
        let consumes = self.sandbox.calls().into_iter().filter(|call| call.call == Call::Consume);
        consumes.map(|call| (call.code.expect("a code"), call.executed)).collect()
    }

    /// Every row of the ledger.
    pub fn rows(&self) -> Vec<WriteOff> {
        rows(&self.file())
    }
}

/// Every row of the ledger at `path`, oldest first.
pub fn rows(path: &Path) -> Vec<WriteOff> {
    let mut rows = Vec::new();
    if let Some(ledger) = Ledger::open_to_read(path).expect("readable") {
        let read = ledger.for_each_since(None, |row| {
            rows.push(row);
            Ok::<(), Error>(())
        });
        read.expect("readable");
    }
    rows
}
