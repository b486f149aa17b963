//! One shop for one kill: a sandbox in this process, whose record is the truth, a gate before it, and a till's folder. And the judgement on
//! what is found there in the end.

use std::fs;
use std::path::{Path, PathBuf};

use hexiao::config::Places;
use hexiao::ledger::Ledger;
use hexiao::sandbox::{Call, Deck, Fault, Options, Sandbox};
use hexiao::write_off::{Outcome, WriteOff};
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::gate::Gate;

/// The coupon that each shop's one press is for.
pub const CODE: &str = "110201201245";

pub struct Shop {
    folder: TempDir,
    pub sandbox: Sandbox,
    pub gate: Gate,
    /// Another way to the sandbox, for those that come after the kill: whatever leaves them is counted apart from what the dead one left behind.
    later_gate: Gate,
}

/// What was found in the end. All but the first are faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The platform executed the write-off.
    pub executed: bool,
    /// The intent was on disk, or the request had left, and there is no row.
    pub lost: bool,
    /// More than one request, more than one execution or more than one row for one press.
    pub doubled: bool,
    /// A request left while no open row told of it.
    pub unrecorded: bool,
    /// The ledger cannot be opened, or SQLite finds damage in it.
    pub unreadable: bool,
    /// The row does not say what the platform did, or still says nothing.
    pub wrongly_settled: bool,
}

impl Found {
    pub fn is_right(self) -> bool {
        self == Self { executed: self.executed, ..Self::default() }
    }

    /// What was found in either.
    pub fn and(self, other: Self) -> Self {
        Self {
            executed: self.executed || other.executed,
            lost: self.lost || other.lost,
            doubled: self.doubled || other.doubled,
            unrecorded: self.unrecorded || other.unrecorded,
            unreadable: self.unreadable || other.unreadable,
            wrongly_settled: self.wrongly_settled || other.wrongly_settled,
        }
    }
}

impl Shop {
    pub fn open(runtime: &Handle) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let deck = Deck::from_json(&format!(r#"{{"coupons":[{{"code":"{CODE}"}}]}}"#)).expect("a deck");
        let options = Options { deck, ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("a sandbox");
        let ledger = ledger_file(folder.path());
        let has_intent = move || rows(&ledger).is_ok_and(|rows| rows.iter().any(|row| row.outcome.is_none()));
        let address = sandbox.base_url().trim_start_matches("http://").to_owned();
        let gate = Gate::open(runtime, &address, Box::new(has_intent));
        let later_gate = Gate::open(runtime, &address, Box::new(|| false));
        let secret = folder.path().join("secret");
        fs::write(&secret, sandbox.secret()).expect("written");
        #[cfg(unix)]
        fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
        let shop = Self { folder, sandbox, gate, later_gate };
        shop.point_at(&shop.gate);
        shop
    }

    /// Has programs that start from now on go through `gate`.
    fn point_at(&self, gate: &Gate) {
        let settings = format!(
            "[account]\nbase_url = \"{}\"\nappid = \"{}\"\nsecret_file = \"secret\"\n\n[window]\nlanguage = \"zh-CN\"\n",
            gate.address,
            self.sandbox.appid(),
        );
        fs::write(self.folder().join("settings.toml"), settings).expect("written");
    }

    /// From now on programs only settle what was left behind: not one of them may send a consume.
    pub fn is_over(&self) {
        self.point_at(&self.later_gate);
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Has something go wrong next, written as for `hexiao sandbox --fault`.
    pub fn add_fault(&self, fault: &str) {
        self.sandbox.add_fault(fault.parse::<Fault>().expect("a fault"));
    }

    /// Whether every row is settled.
    pub fn is_settled(&self) -> bool {
        rows(&ledger_file(self.folder())).is_ok_and(|rows| !rows.iter().any(WriteOff::is_unsettled))
    }

    /// How often `words` stand in the log.
    pub fn times_logged(&self, words: &str) -> usize {
        self.log().matches(words).count()
    }

    /// All that was logged here.
    pub fn log(&self) -> String {
        let files = fs::read_dir(places(self.folder()).log_folder()).into_iter().flatten().flatten();
        files.map(|file| fs::read_to_string(file.path()).unwrap_or_default()).collect()
    }

    /// How often a till has been opened in a window here.
    pub fn times_opened(&self) -> usize {
        self.times_logged("till open after")
    }

    /// Compares the ledger with the sandbox's record. `recorded`: the intent is known to have been on disk.
    pub fn judge(&self, recorded: bool) -> Found {
        let calls = self.sandbox.calls();
        let consumes: Vec<_> = calls.iter().filter(|call| call.call == Call::Consume).collect();
        let executions = consumes.iter().filter(|call| call.executed).count();
        let (sent, sent_later) = (self.gate.consumes(), self.later_gate.consumes());
        // Where the platform refuses the token it executes nothing, and the client asks again with another: one intent, two requests. The last
        // may be lost on its way; whatever came before it has to have been refused so.
        let mut earlier = consumes.iter().take(sent.saturating_sub(1));
        let repeated = sent > 2 || sent > consumes.len() + 1 || earlier.any(|call| call.errcode != Some(40001));
        let found = Found {
            executed: executions > 0,
            doubled: executions > 1 || repeated || sent_later > 0,
            unrecorded: self.gate.without_intent() > 0,
            ..Found::default()
        };
        let file = ledger_file(self.folder());
        let rows = match rows(&file) {
            Ok(rows) => rows,
            Err(error) => {
                println!("{}: {error:?}", file.display());
                return Found { unreadable: true, ..found };
            }
        };
        let accepted = |row: &WriteOff| matches!(row.outcome, Some(Outcome::Accepted { .. }));
        Found {
            lost: rows.is_empty() && (recorded || sent > 0),
            doubled: found.doubled || rows.len() > 1,
            wrongly_settled: rows.iter().any(|row| row.is_unsettled() || accepted(row) != found.executed),
            ..found
        }
    }
}

fn places(folder: &Path) -> Places {
    Places::new(Some(folder.join("settings.toml")), Some(folder.join("data"))).expect("places")
}

fn ledger_file(folder: &Path) -> PathBuf {
    places(folder).ledger_file()
}

/// The ledger's rows, oldest first; an error also where the ledger's own check finds a fault.
fn rows(file: &Path) -> Result<Vec<WriteOff>, String> {
    let Some(ledger) = Ledger::open_to_read(file).map_err(|error| format!("{error:?}"))? else { return Ok(Vec::new()) };
    let checked = ledger.check(jiff::Timestamp::now(), |_, _| ()).map_err(|error| format!("{error:?}"))?;
    if checked.faults() > 0 {
        return Err(format!("{:?}", checked.findings));
    }
    let mut rows = Vec::new();
    let read = ledger.for_each_since::<hexiao::ledger::Error>(None, |row| {
        rows.push(row);
        Ok(())
    });
    read.map(|()| rows).map_err(|error| format!("{error:?}"))
}
