//! A shift's report for other programs: one JSON object, or CSV. Other programs rely on these names; amounts are in hundredths of a yuan.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::{Report, Tally};
use crate::coupon::rfc3339_beijing_ms;
use crate::plain;
use crate::write_off::Shift;

/// A tally's fields, in the order in which they are exported.
#[derive(Serialize)]
struct ExportedTally {
    accepted: u64,
    rejected: u64,
    unsettled: u64,
    cash: u64,
    cash_sum_fen: i64,
    counted: u64,
    not_recorded: u64,
}

impl From<&Tally> for ExportedTally {
    fn from(tally: &Tally) -> Self {
        let Tally { accepted, rejected, unsettled, cash, cash_sum, counted, not_recorded } = *tally;
        Self { accepted, rejected, unsettled, cash, cash_sum_fen: cash_sum.0, counted, not_recorded }
    }
}

#[derive(Serialize)]
struct ExportedShift<'a> {
    id: i64,
    till: &'a str,
    cashier: &'a str,
    opened_at: String,
    closed_at: Option<String>,
}

#[derive(Serialize)]
struct ExportedCard<'a> {
    card_id: Option<&'a str>,
    title: &'a str,
    kind: Option<&'a str>,
    #[serde(flatten)]
    tally: ExportedTally,
}

#[derive(Serialize)]
struct ExportedHour {
    hour: usize,
    #[serde(flatten)]
    tally: ExportedTally,
}

#[derive(Serialize)]
struct ExportedReport<'a> {
    shift: ExportedShift<'a>,
    total: ExportedTally,
    cards: Vec<ExportedCard<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_cards: Option<ExportedTally>,
    hours: Vec<ExportedHour>,
}

/// The report on `shift` as one line of JSON, without its line end. Times and hours are Beijing's.
///
/// # Errors
/// Never for what the ledger gave.
pub fn json_line(shift: &Shift, report: &Report) -> serde_json::Result<String> {
    plain::json(&ExportedReport {
        shift: ExportedShift {
            id: shift.id.0,
            till: &shift.till,
            cashier: &shift.cashier,
            opened_at: rfc3339_beijing_ms(shift.opened_at),
            closed_at: shift.closed_at.map(rfc3339_beijing_ms),
        },
        total: (&report.total).into(),
        cards: report
            .cards_by_use()
            .into_iter()
            .map(|(card_id, line)| ExportedCard {
                card_id,
                title: &line.title,
                kind: line.kind.as_deref(),
                tally: (&line.tally).into(),
            })
            .collect(),
        other_cards: Some(&report.other_cards).filter(|tally| tally.all() > 0).map(Into::into),
        hours: report.busy_hours().map(|(hour, tally)| ExportedHour { hour, tally: tally.into() }).collect(),
    })
}

/// Columns of the CSV before those of a tally.
const CSV_HEADING: [&str; 6] = ["shift", "till", "cashier", "card_id", "title", "kind"];
const CSV_TALLY: [&str; 7] = ["accepted", "rejected", "unsettled", "cash", "cash_sum_fen", "counted", "not_recorded"];

/// Writes the report on `shift` as CSV: a line for each card, one for all other cards where there are such, and none for the sum, which a
/// spreadsheet would count twice. A byte order mark comes first, so that Excel takes Chinese for what it is.
///
/// # Errors
/// `out` could not be written to.
pub fn write_csv(shift: &Shift, report: &Report, mut out: impl Write) -> io::Result<()> {
    out.write_all("\u{FEFF}".as_bytes())?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(CSV_HEADING.iter().chain(&CSV_TALLY))?;
    let shift_id = shift.id.to_string();
    let mut write = |card: Option<&str>, title: &str, kind: Option<&str>, tally: &Tally| {
        let words = [Some(shift.till.as_str()), Some(shift.cashier.as_str()), card, Some(title), kind];
        let words = words.map(|text| plain::not_a_formula(text.unwrap_or_default()));
        let counts = [tally.accepted, tally.rejected, tally.unsettled, tally.cash].map(|count| count.to_string());
        let rest = [tally.cash_sum.0.to_string(), tally.counted.to_string(), tally.not_recorded.to_string()];
        let cells = [Cow::Borrowed(shift_id.as_str())].into_iter().chain(words);
        csv.write_record(cells.chain(counts.into_iter().chain(rest).map(Cow::Owned)).map(|cell| cell.into_owned()))
    };
    for (card, line) in report.cards_by_use() {
        write(card, &line.title, line.kind.as_deref(), &line.tally)?;
    }
    if report.other_cards.all() > 0 {
        write(None, "other cards", None, &report.other_cards)?;
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupon::Fen;
    use crate::report::CardLine;
    use crate::write_off::ShiftId;

    fn shift() -> Shift {
        Shift {
            id: ShiftId(3),
            till: "till 1".to_owned(),
            cashier: "=李".to_owned(),
            opened_at: "2026-11-24T01:00:00Z".parse().expect("a time"),
            closed_at: None,
        }
    }

    fn report() -> Report {
        let tally = Tally { accepted: 2, cash: 1, cash_sum: Fen(2050), counted: 1, ..Tally::default() };
        let mut report = Report { total: tally, ..Report::default() };
        report.hours[9] = tally;
        let line = CardLine { title: "@满100减20".to_owned(), kind: Some("CASH".to_owned()), tally };
        report.cards.insert(Some("pA".to_owned()), line);
        report
    }

    #[test]
    fn a_report_has_the_fields_that_other_programs_rely_on() {
        let tally =
            r#""accepted":2,"rejected":0,"unsettled":0,"cash":1,"cash_sum_fen":2050,"counted":1,"not_recorded":0"#;
        let shift_json =
            r#"{"id":3,"till":"till 1","cashier":"=李","opened_at":"2026-11-24T09:00:00.000+08:00","closed_at":null}"#;
        let expected = format!(
            r#"{{"shift":{shift_json},"total":{{{tally}}},"cards":[{{"card_id":"pA","title":"@满100减20","kind":"CASH",{tally}}}],"hours":[{{"hour":9,{tally}}}]}}"#
        );
        assert_eq!(json_line(&shift(), &report()).expect("serialised"), expected);
    }

    #[test]
    fn a_reports_csv_holds_no_formula() {
        let mut out = Vec::new();
        write_csv(&shift(), &report(), &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let expected = "\u{FEFF}shift,till,cashier,card_id,title,kind,accepted,rejected,unsettled,cash,cash_sum_fen,counted,not_recorded\n\
            3,till 1,'=李,pA,'@满100减20,CASH,2,0,0,1,2050,1,0\n";
        assert_eq!(text, expected);
    }
}
