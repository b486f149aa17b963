//! hexiao (核销, «write-off»): the till-side program that turns a customer's WeChat coupon into a done deal.

pub mod code;
pub mod coupon;
pub mod desk;
pub mod trouble;
pub mod write_off;
