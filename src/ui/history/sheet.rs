//! A shift's report in words: what stands on the screen and on paper alike.

use crate::report::{CardLine, Report, Sheet, Tally};
use crate::ui::sentence;
use crate::ui::text::Text;
use crate::write_off::Shift;

/// Which shift, whose, from when to when.
pub fn shift_line(shift: &Shift, text: &Text) -> String {
    let until = shift.closed_at.map_or_else(|| text.say("shift-still-open"), |at| sentence::date_time(text, at));
    text.say_with(
        "shift-line",
        &[
            ("number", &shift.id.to_string()),
            ("till", &text.shown(&shift.till)),
            ("cashier", &text.shown(&shift.cashier)),
            ("from", &sentence::date_time(text, shift.opened_at)),
            ("until", &until),
        ],
    )
}

/// What a card is called.
pub fn card_name(id: Option<&str>, line: &CardLine, text: &Text) -> String {
    match (line.title.as_str(), id) {
        ("", Some(id)) => id.to_owned(),
        ("", None) => text.say("shift-card-not-known"),
        (title, _) => text.shown(title).into_owned(),
    }
}

/// What was written off of a card comes to. A sum is only said where there is one; otherwise what there is in its place.
pub fn worth(line: &CardLine, text: &Text) -> String {
    match line.tally {
        Tally { cash: 1.., cash_sum, .. } => cash_sum.to_string(),
        Tally { counted: 1.., .. } => sentence::kind_word(text, line.kind.as_deref().unwrap_or_default()),
        Tally { not_recorded: 1.., .. } => text.say("worth-not-recorded"),
        _ => String::new(),
    }
}

/// The figures of all of it: each with the key of its name.
pub fn figures(total: &Tally) -> [(&'static str, String); 4] {
    [
        ("latest-word-accepted", total.accepted.to_string()),
        ("shift-cash-sum", total.cash_sum.to_string()),
        ("latest-word-rejected", total.rejected.to_string()),
        ("latest-word-unknown", total.unsettled.to_string()),
    ]
}

/// What the figures leave out.
pub fn notes(total: &Tally, text: &Text) -> Vec<String> {
    let left_out = [(total.counted, "shift-counted"), (total.not_recorded, "shift-not-recorded")];
    left_out.into_iter().filter(|(count, _)| *count > 0).map(|(count, key)| text.say_count(key, count)).collect()
}

/// The keys of the headings over the cards.
pub const CARD_HEADINGS: [&str; 5] =
    ["history-title", "latest-word-accepted", "latest-word-rejected", "latest-word-unknown", "shift-cash-sum"];

/// The whole report, for paper.
pub fn of_shift(shift: &Shift, report: &Report, text: &Text) -> Sheet {
    let mut table = vec![CARD_HEADINGS.map(|key| text.say(key)).to_vec()];
    table.extend(report.cards_by_use().into_iter().map(|(id, line)| {
        let Tally { accepted, rejected, unsettled, .. } = line.tally;
        let counts = [accepted, rejected, unsettled].map(|count| count.to_string());
        let name = card_name(id, line, text);
        [name].into_iter().chain(counts).chain([worth(line, text)]).collect()
    }));
    Sheet {
        title: text.say("shift-report"),
        lines: vec![shift_line(shift, text)],
        figures: figures(&report.total).map(|(key, figure)| (text.say(key), figure)).to_vec(),
        notes: notes(&report.total, text),
        bars_title: text.say("shift-by-hour"),
        bars: report.busy_hours().map(|(hour, tally)| (format!("{hour:02}"), tally.accepted, tally.all())).collect(),
        table_title: text.say("shift-by-card"),
        table,
    }
}
