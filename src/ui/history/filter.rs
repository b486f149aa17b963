//! What the history is to show: the search field, days and outcomes.

use eframe::egui::{Button, Response, TextEdit, Ui, vec2};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::coupon::beijing;
use crate::ledger::{SEARCH_CHARS_MAX, Search, Stage};
use crate::ui::text::Text;
use crate::ui::theme;

/// Which days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Days {
    #[default]
    All,
    Today,
    Yesterday,
    Week,
}

impl Days {
    const CHOICES: [(Self, &'static str); 4] = [
        (Self::All, "history-days-all"),
        (Self::Today, "history-days-today"),
        (Self::Yesterday, "history-days-yesterday"),
        (Self::Week, "history-days-week"),
    ];
}

/// What is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Filter {
    text: String,
    days: Days,
    stage: Option<Stage>,
}

impl Filter {
    const STAGES: [(Option<Stage>, &'static str); 4] = [
        (None, "history-outcome-any"),
        (Some(Stage::Accepted), "latest-word-accepted"),
        (Some(Stage::Rejected), "latest-word-rejected"),
        (Some(Stage::Unsettled), "latest-word-unknown"),
    ];

    /// What is not settled.
    pub fn unsettled() -> Self {
        Self { stage: Some(Stage::Unsettled), ..Self::default() }
    }

    /// Draws the search field.
    pub fn show_field(&mut self, ui: &mut Ui, width: f32, text: &Text) -> Response {
        let field =
            TextEdit::singleline(&mut self.text).hint_text(text.say("history-search")).char_limit(SEARCH_CHARS_MAX);
        let field = ui.add_sized(vec2(width, theme::TOUCH_HEIGHT), field.align(eframe::egui::Align2::LEFT_CENTER));
        field.widget_info(|| {
            eframe::egui::WidgetInfo::labeled(eframe::egui::Role::TextInput, true, text.say("history-search"))
        });
        field
    }

    /// Draws the choices of days and outcomes, in a row.
    pub fn show_choices(&mut self, ui: &mut Ui, text: &Text) {
        let choice = |ui: &mut Ui, is_chosen: bool, key: &str| {
            let button = Button::new(text.say(key)).selected(is_chosen).min_size(vec2(64.0, theme::TOUCH_HEIGHT));
            ui.add(button).clicked()
        };
        for (days, key) in Days::CHOICES {
            if choice(ui, self.days == days, key) {
                self.days = days;
            }
        }
        ui.add_space(12.0);
        for (stage, key) in Self::STAGES {
            if choice(ui, self.stage == stage, key) {
                self.stage = stage;
            }
        }
    }

    /// What to look for. A text that is a day, `2026-11-24`, is that day, whichever days are chosen.
    pub fn search(&self, now: Timestamp) -> Search {
        let text = self.text.trim();
        let typed = Date::strptime("%Y-%m-%d", text).ok();
        let today = beijing(now).date();
        let (first, last) = match (typed, self.days) {
            (Some(day), _) => (Some(day), Some(day)),
            (None, Days::All) => (None, None),
            (None, Days::Today) => (Some(today), None),
            (None, Days::Yesterday) => (today.yesterday().ok(), today.yesterday().ok()),
            (None, Days::Week) => (today.checked_sub(6.days()).ok(), None),
        };
        Search {
            text: if typed.is_some() { String::new() } else { text.to_owned() },
            from: first.and_then(midnight),
            until: last.and_then(midnight).and_then(|at| at.checked_add(SignedDuration::from_hours(24)).ok()),
            stage: self.stage,
            shift: None,
        }
    }
}

/// When a day begins in Beijing.
fn midnight(day: Date) -> Option<Timestamp> {
    day.to_zoned_datetime(beijing(Timestamp::UNIX_EPOCH).time_zone().clone()).ok().map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_beijings_and_a_typed_day_goes_before_those_chosen() {
        let now: Timestamp = "2026-11-24T17:30:00Z".parse().expect("a time"); // already the 25th in Beijing
        let at = |text: &str| Some(text.parse::<Timestamp>().expect("a time"));
        let window = |text: &str, days| {
            let search = Filter { text: text.to_owned(), days, stage: None }.search(now);
            (search.text, search.from, search.until)
        };
        let (midnight, before) = ("2026-11-25T00:00:00+08:00", "2026-11-24T00:00:00+08:00");
        assert_eq!(window(" Li ", Days::All), ("Li".to_owned(), None, None));
        assert_eq!(window("", Days::Today), (String::new(), at(midnight), None));
        assert_eq!(window("", Days::Yesterday), (String::new(), at(before), at(midnight)));
        assert_eq!(window("", Days::Week), (String::new(), at("2026-11-19T00:00:00+08:00"), None));
        assert_eq!(window("2026-11-24", Days::Today), (String::new(), at(before), at(midnight)));
        assert_eq!(window("2026-11-31", Days::All).0, "2026-11-31", "no day, so a text");
        assert!(Filter::default().search(now).is_for_all());
    }
}
