//! hexiao (核销, «write-off»): the till-side program that turns a customer's WeChat coupon into a done deal.

pub mod code;
pub mod config;
pub mod coupon;
pub mod desk;
pub mod ledger;
pub mod logging;
pub mod platform;
pub mod sandbox;
pub mod scan;
pub mod trouble;
pub mod write_off;
