//! What a shift, or any other lot of write-offs, comes to: counts and money by card and outcome, and by hour.
//!
//! Pure. Only what is known for sure is summed: the amounts that accepted cash coupons take off. What is not settled may yet be either; gifts,
//! discounts and the like are counted, since what they came to stands on the customer's bill; and of rows whose worth was not recorded the
//! report says how many there are, so that nobody takes the sum for all of it.

mod export;
mod font;
pub mod pdf;
mod sheet;

use std::collections::BTreeMap;

use crate::coupon::{Fen, beijing};
use crate::write_off::{FaceValue, Outcome, WriteOff};

pub use export::{json_line, write_csv};
pub use sheet::Sheet;

/// Hours of a day, each with a bar.
pub const HOURS: usize = 24;
/// Cards that have a line of their own; what comes after goes into one for all others.
pub const CARDS_MAX: usize = 1_000;

/// Counts and money of some write-offs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Written off.
    pub accepted: u64,
    /// Not written off.
    pub rejected: u64,
    /// Not known yet.
    pub unsettled: u64,
    /// Of the accepted: cash coupons of a known amount.
    pub cash: u64,
    /// What these take off in all.
    pub cash_sum: Fen,
    /// Of the accepted: gifts, discounts and others that are counted and not summed.
    pub counted: u64,
    /// Of the accepted: those whose worth was not recorded.
    pub not_recorded: u64,
}

impl Tally {
    /// All write-offs in it.
    pub fn all(&self) -> u64 {
        self.accepted + self.rejected + self.unsettled
    }

    fn add(&mut self, row: &WriteOff) {
        match &row.outcome {
            Some(Outcome::Rejected { .. }) => self.rejected += 1,
            None | Some(Outcome::Unknown { .. }) => self.unsettled += 1,
            Some(Outcome::Accepted { .. }) => {
                self.accepted += 1;
                match &row.intent.face_value {
                    Some(FaceValue::Cash(amount)) => {
                        self.cash += 1;
                        // Amounts are at most ten million yuan each: it would take thousands of millions of them.
                        self.cash_sum = Fen(self.cash_sum.0.saturating_add(amount.0));
                    }
                    Some(FaceValue::Counted(_)) => self.counted += 1,
                    None => self.not_recorded += 1,
                }
            }
        }
    }
}

/// The line of one card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardLine {
    /// Its title as it was last seen; empty where none was recorded.
    pub title: String,
    /// The platform's word for its kind; `None` where that was not recorded.
    pub kind: Option<String>,
    /// What its coupons come to.
    pub tally: Tally,
}

/// The report on some write-offs. Give it each row once, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All of them.
    pub total: Tally,
    /// By the card's id; `None` for codes whose card is not known.
    pub cards: BTreeMap<Option<String>, CardLine>,
    /// What comes after [`CARDS_MAX`] cards.
    pub other_cards: Tally,
    /// By the hour of the press, in Beijing.
    pub hours: [Tally; HOURS],
}

impl Report {
    /// Counts `row` in.
    pub fn add(&mut self, row: &WriteOff) {
        self.total.add(row);
        let hour = usize::try_from(beijing(row.intent.intended_at).hour()).unwrap_or(0);
        if let Some(tally) = self.hours.get_mut(hour) {
            tally.add(row);
        }
        let card = row.intent.card_id.as_ref().map(|id| id.as_str().to_owned());
        if self.cards.len() >= CARDS_MAX && !self.cards.contains_key(&card) {
            self.other_cards.add(row);
            return;
        }
        let line = self.cards.entry(card).or_default();
        line.tally.add(row);
        if let Some(title) = row.intent.title.as_ref().filter(|title| !title.is_empty()) {
            line.title.clone_from(title);
        }
        if let Some(value) = &row.intent.face_value {
            line.kind = Some(value.kind().to_owned());
        }
    }

    /// The hours from the first to the last in which anything was pressed, each with what it came to.
    pub fn busy_hours(&self) -> impl Iterator<Item = (usize, &Tally)> {
        let busy = |tally: &Tally| tally.all() > 0;
        let first = self.hours.iter().position(busy).unwrap_or(0);
        let end = self.hours.iter().rposition(busy).map_or(0, |last| last + 1);
        self.hours.iter().enumerate().take(end).skip(first)
    }

    /// The cards by what was written off of them, most first.
    pub fn cards_by_use(&self) -> Vec<(Option<&str>, &CardLine)> {
        let mut cards: Vec<_> = self.cards.iter().map(|(id, line)| (id.as_deref(), line)).collect();
        cards.sort_by_key(|(_, line)| std::cmp::Reverse((line.tally.accepted, line.tally.all())));
        cards
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{CardId, Code};
    use crate::write_off::{Intent, WriteOffId};

    fn row(card: Option<&str>, face_value: Option<FaceValue>, outcome: Option<Outcome>, time: &str) -> WriteOff {
        WriteOff {
            id: WriteOffId(1),
            till: String::new(),
            cashier: String::new(),
            shift: None,
            intent: Intent {
                code: Code::parse("1").expect("a code"),
                card_id: card.map(|card| CardId::parse(card).expect("a card")),
                title: card.map(|card| format!("title of {card}")),
                openid: None,
                face_value,
                intended_at: format!("2026-11-24T{time}+08:00").parse().expect("a time"),
            },
            sent_at: None,
            outcome,
            outcome_at: None,
        }
    }

    #[test]
    fn only_what_is_known_for_sure_counts_as_money_and_the_rest_is_counted() {
        let message = String::new;
        let accepted = || Some(Outcome::Accepted { message: message() });
        let rejected = Some(Outcome::Rejected { errcode: None, message: message() });
        let unknown = Some(Outcome::Unknown { errcode: None, message: message() });
        let cash = |fen| Some(FaceValue::Cash(Fen(fen)));
        let gift = Some(FaceValue::Counted("GIFT".to_owned()));
        let mut report = Report::default();
        for (card, value, outcome, time) in [
            (Some("pA"), cash(2050), accepted(), "08:59:59"),
            (Some("pA"), cash(1), accepted(), "09:00:00"),
            (Some("pA"), cash(500), rejected, "09:30:00"),
            (Some("pA"), cash(700), unknown, "09:30:00"),
            (Some("pA"), cash(900), None, "09:30:00"),
            (Some("pA"), None, accepted(), "23:30:00"),
            (Some("pB"), gift, accepted(), "00:10:00"),
            (None, None, accepted(), "09:59:59"),
        ] {
            report.add(&row(card, value, outcome, time));
        }
        let of_a =
            Tally { accepted: 3, rejected: 1, unsettled: 2, cash: 2, cash_sum: Fen(2051), counted: 0, not_recorded: 1 };
        assert_eq!(report.total, Tally { accepted: 5, counted: 1, not_recorded: 2, ..of_a });
        let cards = report.cards_by_use();
        let (id, line) = cards[0];
        assert_eq!((id, line.title.as_str(), line.kind.as_deref()), (Some("pA"), "title of pA", Some("CASH")));
        assert_eq!(line.tally, of_a);
        assert_eq!(cards.len(), 3);
        let hours: Vec<_> = report.busy_hours().filter(|(_, tally)| tally.all() > 0).collect();
        assert_eq!(
            hours.iter().map(|(hour, tally)| (*hour, tally.all())).collect::<Vec<_>>(),
            [(0, 1), (8, 1), (9, 5), (23, 1)]
        );
        let sum: u64 = report.hours.iter().map(Tally::all).sum();
        assert_eq!(sum, report.total.all());
        assert_eq!(Report::default().busy_hours().count(), 0);
    }

    #[test]
    fn cards_without_end_go_into_one_line() {
        let mut report = Report::default();
        for number in 0..CARDS_MAX + 5 {
            report.add(&row(Some(&format!("p{number}")), None, None, "10:00:00"));
        }
        assert_eq!((report.cards.len(), report.other_cards.all()), (CARDS_MAX, 5));
    }
}
