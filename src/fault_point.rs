//! Fault points: places on a write-off's way where a test build can be stopped, to be killed there (`tests/killed`), or panics
//! (`tests/secrets.rs`).
//!
//! Only a build with the feature `fault-points` has them, which tests alone ask for; elsewhere [`reach`] is nothing. A point that the
//! environment names announces on standard error that it was reached, then waits for ever; one that it names after `PANIC` panics.

/// The steps of a write-off, in the order in which they are come by.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "fault-points", derive(Debug))]
pub enum FaultPoint {
    /// The ledger is claimed, and about to be opened.
    Claimed,
    /// The rows left behind are about to be read.
    ReadingLeft,
    /// The rows left behind were read, and others are not let in yet.
    ReadLeft,
    /// An intent is about to be recorded.
    Recording,
    /// An intent is on disk, and the desk does not know yet.
    Recorded,
    /// The desk wants a code consumed, and no request exists yet.
    Consuming,
    /// A connection for the request stands, and nothing has been written to it.
    Connected,
    /// It is known what the platform answered, and the desk does not know yet.
    Consumed,
    /// An outcome is about to be written down.
    Closing,
    /// An outcome is on disk, and the desk does not know yet.
    Closed,
    /// The platform is about to be asked what became of a write-off.
    Settling,
    /// The platform has said what became of a write-off, and the desk does not know yet.
    Settled,
}

/// Says that the program has come to `point`.
pub fn reach(point: FaultPoint) {
    #[cfg(feature = "fault-points")]
    if let Ok(named) = std::env::var(ENVIRONMENT) {
        if named.strip_prefix(PANIC).is_some_and(|name| name == point.name()) {
            #[expect(clippy::panic, reason = "this is what was asked for, of a test build")]
            std::panic::panic_any(named);
        }
        if named == point.name() {
            eprintln!("{ANNOUNCEMENT}{}", point.name());
            loop {
                std::thread::park();
            }
        }
    }
    #[cfg(not(feature = "fault-points"))]
    let _ = point;
}

/// The environment variable that names the point to stop at.
#[cfg(feature = "fault-points")]
pub const ENVIRONMENT: &str = "HEXIAO_FAULT_POINT";
/// Stands before a point's name in the environment where the program is to panic there.
#[cfg(feature = "fault-points")]
pub const PANIC: &str = "panic at ";
/// What an announcement begins with; the point's name ends the line.
#[cfg(feature = "fault-points")]
pub const ANNOUNCEMENT: &str = "reached fault point ";

#[cfg(feature = "fault-points")]
impl FaultPoint {
    /// Its name in the environment and in announcements.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}
