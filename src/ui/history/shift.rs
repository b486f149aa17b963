//! The till's shift: opening and closing it, and what one came to, in counts, money and bars by hour.

use eframe::egui::{
    Align, Align2, Button, FontFamily, FontId, Grid, Label, Layout, Rect, RichText, Role, ScrollArea, Sense, TextEdit,
    Ui, WidgetInfo, pos2, vec2,
};

use super::reader::{Question, ShiftTold};
use super::saving::{Form, Saving, What};
use super::sheet;
use super::{Till, Wish};
use crate::config::NAME_CHARS_MAX;
use crate::plain;
use crate::report::{Report, Sheet, Tally};
use crate::ui::text::Text;
use crate::ui::theme::{self, Tone};
use crate::ui::{cell, sentence};
use crate::write_off::{Shift, ShiftId};

/// Height of the tallest bar, in points.
const BAR_HEIGHT: f32 = 110.0;
/// Width of one hour.
const HOUR_WIDTH: f32 = 36.0;
/// Cards in the table; the command line and the exports give all of them.
const CARDS_SHOWN: usize = 50;

/// Makes what is saved, of the report in words.
type MakeForm = fn(Sheet) -> Form;

/// This part of the page and what it knows.
#[derive(Default)]
pub struct ShiftPart {
    told: Option<ShiftTold>,
    /// Who opens a shift; `None` until somebody types: whom the settings name.
    cashier: Option<String>,
    /// Something was asked for that is not answered yet.
    is_waiting: bool,
    /// Who is to open a shift, until that is answered.
    opening: Option<String>,
    /// A file with the report.
    saving: Saving,
}

/// What became of the till's shift.
pub enum ShiftChange {
    /// It was opened by this cashier, who is the till's from now on.
    Opened(String),
    /// It was closed.
    Closed,
}

impl ShiftPart {
    /// The same for another ledger: nothing of it is known, and files are saved as before.
    pub fn anew(&mut self) -> Self {
        Self { saving: std::mem::take(&mut self.saving), ..Self::default() }
    }

    /// Takes what was read. Says what has become of the till's shift since.
    pub fn told(&mut self, told: ShiftTold) -> Option<ShiftChange> {
        self.is_waiting = false;
        let is_open = told.present.is_some();
        let was_open = self.told.replace(told).is_some_and(|before| before.present.is_some());
        match (was_open, is_open) {
            (true, false) => Some(ShiftChange::Closed),
            (_, true) => self.opening.take().map(ShiftChange::Opened),
            (false, false) => None,
        }
    }

    /// What was asked for could not be done.
    pub fn failed(&mut self) {
        (self.is_waiting, self.opening) = (false, None);
    }

    /// The shift that is looked at, where it is not simply the present one.
    pub fn looked_at(&self) -> Option<ShiftId> {
        let told = self.told.as_ref()?;
        told.shown.as_ref().filter(|shown| Some(*shown) != told.present.as_ref()).map(|shown| shown.id)
    }

    /// Draws it; `ask` asks the ledger's reader.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        under_way: bool,
        till: &Till<'_>,
        text: &Text,
        mut ask: impl FnMut(Question),
    ) -> Option<Wish> {
        let Some(told) = self.told.clone() else {
            ui.label(RichText::new(text.say("history-looking")).color(theme::palette(ui).muted));
            return None;
        };
        let mut wish = None;
        match &told.present {
            Some(shift) => self.show_close(ui, shift, under_way, text, &mut ask),
            None => self.show_open(ui, till, text, &mut ask),
        }
        ui.separator();
        let Some(shift) = &told.shown else {
            ui.label(RichText::new(text.say("shift-none-yet")).color(theme::palette(ui).muted));
            return wish;
        };
        self.show_which(ui, shift, &told, text, &mut ask);
        let choices: [(MakeForm, &str); 3] = [
            (|sheet| Form::Pdf(Box::new(sheet)), "save-pdf"),
            (|_| Form::Csv, "save-csv"),
            (|_| Form::Json, "save-json"),
        ];
        let form = ui.horizontal_wrapped(|ui| {
            let print = Button::new(text.say("print")).min_size(vec2(64.0, theme::TOUCH_HEIGHT));
            if till.prints && ui.add(print).clicked() {
                wish = Some(Wish::PrintReport(Box::new(shift.clone()), Box::new(told.report.clone())));
            }
            self.saving.show(ui, &choices, text)
        });
        if let Some(form) = form.inner {
            let form = form(sheet::of_shift(shift, &told.report, text));
            let (shift, report) = (Box::new(shift.clone()), Box::new(told.report.clone()));
            self.saving.begin(What::Report { shift, report, form }, till.exports.to_owned(), ui.ctx());
        }
        ScrollArea::vertical().id_salt("shift").auto_shrink(false).show(ui, |ui| {
            show_total(ui, &told.report.total, text);
            show_hours(ui, &told.report, text);
            show_cards(ui, &told.report, text);
        });
        wish
    }

    fn show_close(&mut self, ui: &mut Ui, shift: &Shift, under_way: bool, text: &Text, ask: &mut impl FnMut(Question)) {
        ui.horizontal(|ui| {
            let close = Button::new(text.say("shift-close")).min_size(vec2(160.0, theme::TOUCH_HEIGHT));
            // A press that is under way belongs to this shift.
            if ui.add_enabled(!under_way && !self.is_waiting, close).clicked() {
                self.is_waiting = true;
                ask(Question::Close);
            }
            let words = text.say_with(
                "shift-is-open",
                &[("cashier", &text.shown(&shift.cashier)), ("time", &sentence::date_time(text, shift.opened_at))],
            );
            ui.add(Label::new(RichText::new(words).strong().color(theme::palette(ui).words(Tone::Good))).truncate());
        });
    }

    fn show_open(&mut self, ui: &mut Ui, till: &Till<'_>, text: &Text, ask: &mut impl FnMut(Question)) {
        let row = vec2(ui.available_width(), theme::TOUCH_HEIGHT);
        ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
            let cashier = self.cashier.get_or_insert_with(|| till.cashier.to_owned());
            let name = ui.label(text.say("connect-cashier"));
            let field = TextEdit::singleline(cashier).char_limit(NAME_CHARS_MAX);
            let field = field.align(eframe::egui::Align2::LEFT_CENTER);
            let field = ui.add_sized(vec2(220.0, theme::TOUCH_HEIGHT), field).labelled_by(name.id);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
            let name = plain::line(cashier, NAME_CHARS_MAX);
            let open = Button::new(text.say("shift-open")).min_size(vec2(160.0, theme::TOUCH_HEIGHT));
            let clicked = ui.add_enabled(!name.is_empty() && !self.is_waiting, open).clicked();
            ui.add(Label::new(RichText::new(text.say("shift-none-open")).color(theme::palette(ui).muted)).truncate());
            if !name.is_empty() && !self.is_waiting && (clicked || entered) {
                (self.is_waiting, self.cashier, self.opening) = (true, None, Some(name.clone()));
                ask(Question::Open(name));
            }
        });
    }

    fn show_which(
        &mut self,
        ui: &mut Ui,
        shift: &Shift,
        told: &ShiftTold,
        text: &Text,
        ask: &mut impl FnMut(Question),
    ) {
        ui.horizontal(|ui| {
            let earlier = (shift.id.0 > 1).then(|| ShiftId(shift.id.0 - 1));
            let later = told.latest.filter(|latest| *latest > shift.id).map(|_| ShiftId(shift.id.0 + 1));
            for (id, key) in [(earlier, "shift-earlier"), (later, "shift-later")] {
                let button = Button::new(text.say(key)).min_size(vec2(110.0, theme::TOUCH_HEIGHT));
                if ui.add_enabled(id.is_some() && !self.is_waiting, button).clicked() {
                    self.is_waiting = true;
                    ask(Question::Shift(id));
                }
            }
            ui.add(Label::new(RichText::new(sheet::shift_line(shift, text)).strong()).wrap());
        });
    }
}

/// The figures of all of it, and what they leave out.
fn show_total(ui: &mut Ui, total: &Tally, text: &Text) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let tones = [Tone::Done, Tone::Done, Tone::Bad, Tone::Attention];
        for ((key, figure), tone) in sheet::figures(total).into_iter().zip(tones) {
            ui.vertical(|ui| {
                ui.set_width(200.0);
                ui.label(RichText::new(figure).font(theme::value_font()).color(palette.words(tone)).strong());
                ui.label(RichText::new(text.say(key)).color(palette.muted));
            });
        }
    });
    for note in sheet::notes(total, text) {
        ui.add(Label::new(note).wrap());
    }
    if total.unsettled > 0 {
        ui.add(Label::new(RichText::new(text.say("history-what-to-do")).color(palette.words(Tone::Attention))).wrap());
    }
}

/// A bar for each hour from the first to the last in which anything was pressed: what was written off below, the rest above.
fn show_hours(ui: &mut Ui, report: &Report, text: &Text) {
    let hours: Vec<_> = report.busy_hours().collect();
    let most = hours.iter().map(|(_, tally)| tally.all()).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    ui.add_space(12.0);
    ui.label(RichText::new(text.say("shift-by-hour")).strong());
    let palette = theme::palette(ui);
    let size = vec2(HOUR_WIDTH * hours.len() as f32, BAR_HEIGHT + 46.0);
    let (all, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let words: Vec<_> = hours.iter().map(|(hour, tally)| format!("{hour}:00 {}", tally.all())).collect();
        WidgetInfo::labeled(Role::Label, true, format!("{}: {}", text.say("shift-by-hour"), words.join(", ")))
    });
    let font = FontId::new(14.0, FontFamily::Proportional);
    let ground = all.bottom() - 22.0;
    for (place, (hour, tally)) in hours.iter().enumerate() {
        let left = all.left() + place as f32 * HOUR_WIDTH;
        let middle = left + HOUR_WIDTH / 2.0;
        let height = |count: u64| BAR_HEIGHT * (count as f32 / most as f32);
        let bar = |from: f32, to: f32| {
            Rect::from_min_max(pos2(left + 4.0, ground - to), pos2(left + HOUR_WIDTH - 4.0, ground - from))
        };
        let (done, whole) = (height(tally.accepted), height(tally.all()));
        ui.painter().rect_filled(bar(0.0, done), 0.0, palette.words(Tone::Done));
        ui.painter().rect_filled(bar(done, whole), 0.0, palette.words(Tone::Attention));
        let write = |y: f32, align, words: String| {
            ui.painter().text(pos2(middle, y), align, words, font.clone(), palette.ink);
        };
        write(ground + 4.0, Align2::CENTER_TOP, format!("{hour:02}"));
        if tally.all() > 0 {
            write(ground - whole - 2.0, Align2::CENTER_BOTTOM, tally.all().to_string());
        }
    }
    ui.painter().hline(all.x_range(), ground, eframe::egui::Stroke::new(1.0, palette.outline));
}

fn show_cards(ui: &mut Ui, report: &Report, text: &Text) {
    if report.cards.is_empty() {
        return;
    }
    ui.add_space(12.0);
    ui.label(RichText::new(text.say("shift-by-card")).strong());
    let palette = theme::palette(ui);
    Grid::new("cards").striped(true).num_columns(5).spacing(vec2(24.0, 8.0)).show(ui, |ui| {
        for heading in sheet::CARD_HEADINGS {
            ui.label(RichText::new(text.say(heading)).color(palette.muted));
        }
        ui.end_row();
        for (id, line) in report.cards_by_use().into_iter().take(CARDS_SHOWN) {
            let name = sheet::card_name(id, line, text);
            cell::show(ui, vec2(340.0, 24.0), RichText::new(name));
            let Tally { accepted, rejected, unsettled, .. } = line.tally;
            for count in [accepted, rejected, unsettled] {
                ui.label(RichText::new(count.to_string()).monospace());
            }
            let worth = sheet::worth(line, text);
            ui.label(worth);
            ui.end_row();
        }
    });
}
