//! Words about what is not tested here. The test runner keeps the prints of tests that pass to itself, so these go round it.

use std::io::Write as _;

/// Says on the screen itself that something is not tested, and why.
pub fn skipped(why: &str) {
    writeln!(std::io::stderr(), "skipped: {why}").ok(); // nobody need be listening
}
