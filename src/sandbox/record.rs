//! The record: every call that was received, kept for whoever asks and written to a file as it happens.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::faults::{Call, FaultKind};
use crate::{plain, private};

/// The most calls kept in memory; the file has them all.
pub const CALLS_MAX: usize = 10_000;

/// One call, as a line of the record has it. Neither a secret nor a token is ever in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallRecord {
    /// Which call.
    pub call: Call,
    /// The code that it named; for a decryption the code that came of it.
    pub code: Option<String>,
    /// The card id that it named.
    pub card_id: Option<String>,
    /// Whether it took effect: whether the code was written off by it, or the question answered, even where the answer was lost
    /// on its way.
    pub executed: bool,
    /// The error code that was answered, 0 for success; `None` where no answer with one was sent.
    pub errcode: Option<i64>,
    /// When it was carried out.
    pub at: Timestamp,
    /// The address that it came to, without its parameters.
    pub path: &'static str,
    /// `check_consume` as a query sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_consume: Option<bool>,
    /// The fault that befell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultKind>,
}

/// The calls so far.
#[derive(Debug)]
pub(super) struct Record {
    calls: VecDeque<CallRecord>,
    file: Option<File>,
}

impl Record {
    /// A record that also appends to `file`, which is made where there is none.
    pub(super) fn open(file: Option<&Path>) -> io::Result<Self> {
        let file = file.map(|path| private::open(path, File::options().create(true).append(true))).transpose()?;
        Ok(Self { calls: VecDeque::new(), file })
    }

    /// Adds one call, and has it in the file before returning.
    pub(super) fn add(&mut self, call: CallRecord) {
        if let Some(file) = &mut self.file
            && let Err(error) = write_line(file, &call)
        {
            tracing::error!(%error, "the sandbox's record cannot be written");
        }
        if self.calls.len() >= CALLS_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    pub(super) fn calls(&self) -> Vec<CallRecord> {
        self.calls.iter().cloned().collect()
    }
}

fn write_line(file: &mut File, call: &CallRecord) -> io::Result<()> {
    let mut line = plain::json(call)?;
    line.push('\n');
    file.write_all(line.as_bytes())?; // in one piece, so that a reader never meets half a line
    file.flush()
}
