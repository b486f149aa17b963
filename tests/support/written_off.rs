//! Write-offs that were made before a window opens.
#![allow(clippy::expect_used)] // helpers of tests; clippy exempts only the tests themselves

use std::path::Path;

use hexiao::code::{CardId, Code};
use hexiao::coupon::Fen;
use hexiao::ledger::Ledger;
use hexiao::write_off::{FaceValue, Intent, Outcome};
use jiff::Timestamp;

/// Their codes.
pub const CODES: [&str; 4] = ["409600000001", "409600000002", "523800000003", "VIP-2026-004"];

/// Writes four of them into the ledger of this file: accepted, refused, accepted after a doubt, and left open.
pub fn four(file: &Path) {
    let mut ledger = Ledger::open(file).expect("opened");
    let at = |text: &str| text.parse::<Timestamp>().expect("a time");
    for (number, code) in CODES.into_iter().enumerate() {
        let intent = Intent {
            code: Code::parse(code).expect("a code"),
            card_id: Some(CardId::parse("pFS7Fjg8kV1IdDz01r4SQwMkuCKc").expect("a card")),
            title: Some("满100减20".to_owned()),
            openid: None,
            face_value: (number == 0).then_some(FaceValue::Cash(Fen(2050))),
            intended_at: at("2026-11-24T10:00:00+08:00"),
        };
        let id = ledger.record("till 1", if number == 1 { "Wang" } else { "Li" }, &intent).expect("recorded");
        let sent = Some(at("2026-11-24T10:00:00.1+08:00"));
        let message = || "said so".to_owned();
        let mut close = |outcome| ledger.close(id, &outcome, sent, at("2026-11-24T10:00:07+08:00")).expect("closed");
        match number {
            0 => close(Outcome::Accepted { message: message() }),
            1 => close(Outcome::Rejected { errcode: Some(40127), message: "invalid user-card status".to_owned() }),
            2 => {
                close(Outcome::Unknown { errcode: None, message: "nothing came back".to_owned() });
                close(Outcome::Accepted { message: "settled: the platform says CONSUMED".to_owned() });
            }
            _ => {}
        }
    }
}
