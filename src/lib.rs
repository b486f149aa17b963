//! hexiao (核销, «write-off»): the till-side program that turns a customer's WeChat coupon into a done deal.
//!
//! ```text
//!  keyboard ─┐
//!  scanner  ─┼─► scan ─► Event ─► desk ─► Effect ─► till ─┬─► ledger    (disk, first)
//!  camera   ─┘            ▲      (pure)                   └─► platform  (network, then)
//!                         └───────── what came of it ◄────────┘
//!                                desk ─► View ─► ui / command line
//! ```
//!
//! The pure core – [`address`], [`code`], [`coupon`], [`trouble`], [`write_off`], [`plain`] and [`desk`] – knows no clock, disk, network or window. [`till`] carries
//! out what the desk wants, on the [`ledger`] and the [`platform`]; [`scan`] brings it texts, [`ui`] shows its view, and [`sound`] has it heard. [`sandbox`] is
//! a platform to practise on; [`clock`] says what time of day it is; [`updates`] whether there is a newer version. ARCHITECTURE.md says what each may know.

pub mod address;
pub mod autostart;
pub mod cli;
pub mod clock;
pub mod code;
pub mod config;
pub mod coupon;
pub mod crash;
pub mod desk;
pub mod fault_point;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod ledger;
pub mod logging;
pub mod logos;
pub mod one_window;
pub mod pin;
pub mod plain;
pub mod platform;
pub mod printer;
pub mod private;
pub mod report;
pub mod sandbox;
pub mod scan;
pub mod sound;
pub mod till;
pub mod trouble;
pub mod ui;
pub mod updates;
pub mod write_off;
