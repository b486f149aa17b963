//! The history: what was written off, newest first, found again by code, card, cashier, day or outcome; and the shift.
//!
//! ```text
//! mod.rs      the page: what is where, and what was heard
//! reader.rs   the thread that reads the ledger for it
//! list.rs     a list of any length
//! filter.rs   what to look for
//! details.rs  the full course of one write-off
//! saving.rs   saves what is shown as a file
//! sheet.rs    a shift's report in words, for paper
//! shift.rs    the till's shift, and what one came to
//! ```

mod details;
mod filter;
mod list;
mod reader;
mod saving;
pub mod sheet;
mod shift;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use eframe::egui::{
    self, Align, Button, Context, Frame, Label, Panel, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2,
};
use jiff::Timestamp;

use super::text::Text;
use super::theme::{self, Tone};
use super::{cell, sentence};
use crate::desk::View;
use crate::ledger::{Doubt, Format};
use crate::report::Report;
use crate::write_off::{Shift, WriteOff, WriteOffId};
use filter::Filter;
use list::List;
use reader::{Answer, Question, Reader};
use saving::{Saving, What};
pub use shift::ShiftChange;
use shift::ShiftPart;

/// Rows kept in memory, some screens of them; with more, those that are out of sight are let go of.
const ROWS_KEPT: usize = 4_000;
/// Unsettled rows shown above the list.
const UNSETTLED_SHOWN: usize = 3;
/// Width of the details, in points.
const DETAILS_WIDTH: f32 = 320.0;
/// Widths of a row's parts, in points. Worth and cashier are shown in rows of [`WIDE`] points and more, and with the details in any case.
const DATE_WIDTH: f32 = 162.0;
const WORD_WIDTH: f32 = 118.0;
const CODE_WIDTH: f32 = 192.0;
const WORTH_WIDTH: f32 = 110.0;
const NAME_WIDTH: f32 = 110.0;
const WIDE: f32 = 860.0;

/// What the person at the page wants that the window has to do.
pub enum Wish {
    /// A copy of this write-off's slip.
    PrintCopy(WriteOffId),
    /// A shift's report on paper.
    PrintReport(Box<Shift>, Box<Report>),
}

/// Where the page is.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    WriteOffs,
    Shift,
}

/// Which numbers the list is of.
enum Numbers {
    /// All up to this one: numbers are never left out.
    UpTo(i64),
    /// These, newest first.
    Found(Vec<WriteOffId>),
}

impl Numbers {
    fn len(&self) -> usize {
        match self {
            Self::UpTo(newest) => usize::try_from(*newest).unwrap_or(0),
            Self::Found(ids) => ids.len(),
        }
    }

    fn at(&self, row: usize) -> Option<WriteOffId> {
        match self {
            Self::UpTo(newest) => i64::try_from(row).ok().map(|row| newest - row).filter(|id| *id > 0).map(WriteOffId),
            Self::Found(ids) => ids.get(row).copied(),
        }
    }

    /// Where in the list `id` stands.
    fn row_of(&self, id: WriteOffId) -> Option<usize> {
        match self {
            Self::UpTo(newest) => usize::try_from(newest - id.0).ok().filter(|row| *row < self.len()),
            Self::Found(ids) => ids.binary_search_by(|other| id.cmp(other)).ok(),
        }
    }
}

/// The page and what it knows.
pub struct History {
    reader: Option<Reader>,
    part: Part,
    filter: Filter,
    /// What is looked for, by the filter.
    searched: Option<Filter>,
    /// How many searches were begun.
    searches: u64,
    is_searching: bool,
    numbers: Numbers,
    rows: HashMap<WriteOffId, WriteOff>,
    /// Rows that have been asked for since the ledger last changed.
    asked: std::collections::HashSet<WriteOffId>,
    list: List,
    chosen: Option<WriteOffId>,
    doubt: Option<(WriteOffId, Doubt)>,
    /// The desk's newest rows when the ledger was last read: when they change, it has.
    seen: Vec<WriteOff>,
    shift: ShiftPart,
    /// A file with the write-offs that are found.
    saving: Saving,
    /// Why the ledger could not be read or written.
    trouble: Option<String>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            reader: None,
            part: Part::default(),
            filter: Filter::default(),
            searched: None,
            searches: 0,
            is_searching: false,
            numbers: Numbers::UpTo(0),
            rows: HashMap::new(),
            asked: std::collections::HashSet::new(),
            list: List::default(),
            chosen: None,
            doubt: None,
            seen: Vec::new(),
            shift: ShiftPart::default(),
            saving: Saving::default(),
            trouble: None,
        }
    }
}

impl History {
    /// Forgets all that it has read and lets go of the ledger: another is about to be opened, or this one to be moved. It has let go once the
    /// thread has ended. What was looked for stays, and so do files that are being saved, for which the ledger is open once more.
    pub fn let_go(&mut self) -> Option<JoinHandle<()>> {
        let (saving, shift) = (std::mem::take(&mut self.saving), self.shift.anew());
        let new = Self { part: self.part, filter: self.filter.clone(), saving, shift, ..Self::default() };
        let reader = std::mem::replace(self, new).reader;
        reader.map(Reader::end)
    }

    /// Draws the page.
    pub fn show(&mut self, ui: &mut Ui, view: &View, till: &Till<'_>, text: &Text) -> Option<Wish> {
        self.begin(ui.ctx(), till.ledger.to_owned(), till.name);
        self.mind_changes(view);
        ui.horizontal(|ui| {
            for (part, key) in [(Part::WriteOffs, "page-history-write-offs"), (Part::Shift, "page-history-shift")] {
                let button = Button::new(text.say(key)).selected(self.part == part);
                if ui.add(button.min_size(vec2(110.0, theme::TOUCH_HEIGHT))).clicked() {
                    self.part = part;
                }
            }
            if self.part == Part::WriteOffs {
                let width = (ui.available_width() - 150.0).max(160.0);
                self.filter.show_field(ui, width, text);
                let count = u64::try_from(self.numbers.len()).unwrap_or(u64::MAX);
                let words = if self.is_searching { "history-searching" } else { "history-found" };
                ui.add(
                    Label::new(RichText::new(text.say_count(words, count)).color(theme::palette(ui).muted)).truncate(),
                );
            }
        });
        if let Some(why) = &self.trouble {
            let words = text.say_with("history-trouble", &[("why", why)]);
            ui.add(Label::new(RichText::new(words).color(theme::palette(ui).words(Tone::Bad))).wrap());
        }
        match self.part {
            Part::WriteOffs => self.show_write_offs(ui, view, till, text),
            Part::Shift => {
                let reader = self.reader.as_ref();
                self.shift.show(ui, view.under_way, till, text, |question| {
                    if let Some(reader) = reader {
                        reader.ask(question);
                    }
                })
            }
        }
    }

    /// Starts reading, where it has not begun.
    fn begin(&mut self, ctx: &Context, file: PathBuf, till: &str) {
        if self.reader.is_none() {
            let ctx = ctx.clone();
            self.reader = Some(Reader::start(file, till.to_owned(), move || ctx.request_repaint()));
            self.ask(Question::Shift(None));
        }
    }

    fn ask(&self, question: Question) {
        if let Some(reader) = &self.reader {
            reader.ask(question);
        }
    }

    /// Takes what the reader has found out, whichever page is shown. Says what became of the till's shift, where somebody has asked for that here.
    pub fn hear(&mut self) -> Option<ShiftChange> {
        let mut change = None;
        while let Some(answer) = self.reader.as_ref().and_then(Reader::hear) {
            if !matches!(answer, Answer::Failed(_)) {
                self.trouble = None;
            }
            match answer {
                Answer::All(search, newest) if search == self.searches => {
                    self.numbers = Numbers::UpTo(newest.map_or(0, |id| id.0));
                    self.is_searching = false;
                }
                Answer::Found { search, ids, is_first, is_last } if search == self.searches => {
                    match &mut self.numbers {
                        Numbers::Found(before) if !is_first => before.extend(ids),
                        numbers => *numbers = Numbers::Found(ids),
                    }
                    self.is_searching = !is_last;
                }
                Answer::All(..) | Answer::Found { .. } => {} // of a search that nobody waits for any more
                Answer::Rows(rows) => {
                    if self.rows.len() > ROWS_KEPT {
                        self.rows.retain(|id, _| Some(*id) == self.chosen);
                        self.asked.clear();
                    }
                    self.rows.extend(rows.into_iter().map(|row| (row.id, row)));
                }
                Answer::Doubt(id, doubt) => self.doubt = doubt.map(|doubt| (id, doubt)),
                Answer::Shift(told) => change = self.shift.told(*told).or(change),
                Answer::ShiftRefused => {
                    self.shift.failed();
                    self.ask(Question::Shift(None));
                }
                Answer::Failed(why) => {
                    self.is_searching = false;
                    self.shift.failed();
                    self.trouble = Some(why);
                }
            }
        }
        change
    }

    /// Looks again where the till has written something down since, or something else is looked for.
    fn mind_changes(&mut self, view: &View) {
        if self.seen != view.recent {
            self.seen.clone_from(&view.recent);
            self.searched = None;
            self.asked.clear();
            if let Some(id) = self.chosen {
                self.ask(Question::Rows(vec![id]));
                self.ask(Question::Doubt(id));
            }
            self.ask(Question::Shift(self.shift.looked_at()));
        }
        if self.searched.as_ref() != Some(&self.filter) {
            if self.searched.as_ref().is_some_and(|before| *before != self.filter) {
                self.list.go_to_top();
            }
            self.searched = Some(self.filter.clone());
            self.searches += 1;
            self.is_searching = true;
            self.ask(Question::Find(self.searches, self.filter.search(Timestamp::now())));
        }
    }

    fn choose(&mut self, id: WriteOffId) {
        self.chosen = Some(id);
        self.doubt = None;
        self.ask(Question::Rows(vec![id]));
        self.ask(Question::Doubt(id));
    }

    fn show_write_offs(&mut self, ui: &mut Ui, view: &View, till: &Till<'_>, text: &Text) -> Option<Wish> {
        let format = ui.horizontal_wrapped(|ui| {
            self.filter.show_choices(ui, text);
            ui.add_space(12.0);
            self.saving.show(ui, &[(Format::Csv, "save-csv"), (Format::JsonLines, "save-json")], text)
        });
        if let Some(format) = format.inner {
            let search = self.filter.search(Timestamp::now());
            let what = What::WriteOffs { ledger: till.ledger.to_owned(), search, format };
            self.saving.begin(what, till.exports.to_owned(), ui.ctx());
        }
        if let Some(id) = show_unsettled(ui, view, text) {
            match id {
                Some(id) => self.choose(id),
                None => self.filter = Filter::unsettled(),
            }
        }
        let mut wish = None;
        let chosen = self.chosen.and_then(|id| self.numbers.row_of(id));
        if let Some(row) = self.list.led_by_keys(ui, chosen, self.numbers.len())
            && let Some(id) = self.numbers.at(row)
        {
            self.choose(id);
            self.list.bring_into_sight(row);
        }
        if let Some(row) = self.chosen.and_then(|id| self.rows.get(&id)) {
            let doubt = self.doubt.as_ref().filter(|(id, _)| *id == row.id).map(|(_, doubt)| doubt);
            let panel = Panel::right("details").exact_size(DETAILS_WIDTH).resizable(false);
            match panel.show(ui, |ui| details::show(ui, row, doubt, till.prints, text)).inner {
                None => {}
                Some(details::Wish::Close) => self.chosen = None,
                Some(details::Wish::PrintCopy) => wish = Some(Wish::PrintCopy(row.id)),
            }
        }
        self.show_list(ui, text);
        wish
    }

    fn show_list(&mut self, ui: &mut Ui, text: &Text) {
        if self.numbers.len() == 0 {
            let key = match () {
                () if self.is_searching => "history-looking",
                () if self.filter == Filter::default() => "latest-none",
                () => "history-nothing",
            };
            ui.label(RichText::new(text.say(key)).color(theme::palette(ui).muted));
            return;
        }
        let mut clicked = None;
        let (numbers, rows, chosen) = (&self.numbers, &self.rows, self.chosen);
        let in_sight = self.list.show(ui, numbers.len(), theme::TOUCH_HEIGHT, |ui, row, place| {
            let Some(id) = numbers.at(row) else { return };
            if show_row(ui, id, rows.get(&id), place, chosen == Some(id), text) {
                clicked = Some(id);
            }
        });
        let wanted: Vec<_> =
            in_sight.filter_map(|row| self.numbers.at(row)).filter(|id| self.asked.insert(*id)).collect();
        if !wanted.is_empty() {
            self.ask(Question::Rows(wanted));
        }
        if let Some(id) = clicked {
            self.choose(id);
        }
    }
}

/// Who is at which till, by the settings.
pub struct Till<'a> {
    /// The till's name.
    pub name: &'a str,
    /// The cashier's, which may be empty.
    pub cashier: &'a str,
    /// Its ledger.
    pub ledger: &'a Path,
    /// Where files are saved.
    pub exports: &'a Path,
    /// Whether there is a receipt printer.
    pub prints: bool,
}

/// What is not settled, above everything else, with what to do. Says which row was clicked, or that all are wanted.
#[expect(clippy::option_option, reason = "one of these rows, or all, or nothing was clicked")]
fn show_unsettled(ui: &mut Ui, view: &View, text: &Text) -> Option<Option<WriteOffId>> {
    if view.unsettled.is_empty() {
        return None;
    }
    let mut clicked = None;
    let palette = theme::palette(ui);
    let tone = palette.words(Tone::Attention);
    Frame::new().stroke(egui::Stroke::new(2.0, tone)).corner_radius(6).inner_margin(8).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let count = u64::try_from(view.unsettled.len()).unwrap_or(u64::MAX);
        ui.label(RichText::new(text.say_count("latest-unsettled", count)).strong().color(tone));
        ui.add(Label::new(text.say("history-what-to-do")).wrap());
        ui.horizontal_wrapped(|ui| {
            for unsettled in view.unsettled.iter().take(UNSETTLED_SHOWN) {
                let row = &unsettled.write_off;
                let words = format!(
                    "{} · {}",
                    sentence::date_time(text, row.intent.intended_at),
                    text.code(row.intent.code.as_str())
                );
                if ui.add(Button::new(words).min_size(vec2(0.0, theme::TOUCH_HEIGHT))).clicked() {
                    clicked = Some(Some(row.id));
                }
            }
            if view.unsettled.len() > UNSETTLED_SHOWN {
                let all = Button::new(text.say("history-show-all")).min_size(vec2(0.0, theme::TOUCH_HEIGHT));
                if ui.add(all).clicked() {
                    clicked = Some(None);
                }
            }
        });
    });
    clicked
}

/// Draws a row at its place. Says whether it was clicked.
fn show_row(ui: &mut Ui, id: WriteOffId, row: Option<&WriteOff>, place: Rect, is_chosen: bool, text: &Text) -> bool {
    let palette = theme::palette(ui);
    let response = ui.interact(place, ui.scope_id().with(id.0), Sense::click());
    let ground = if is_chosen { Some(palette.selection) } else { response.hovered().then_some(palette.button_hovered) };
    if let Some(color) = ground {
        ui.painter().rect_filled(place, 4.0, color);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(place, 4.0, egui::Stroke::new(2.0, palette.ink), egui::StrokeKind::Inside);
    }
    ui.painter().hline(place.x_range(), place.bottom() - 1.0, egui::Stroke::new(1.0, palette.outline));
    let Some(row) = row else {
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, id.to_string()));
        return response.clicked();
    };
    let (tone, key) = sentence::outcome_word(row.outcome.as_ref());
    let (word, moment) = (text.say(key), sentence::date_time_in_list(text, row.intent.intended_at));
    let worth = sentence::face_value(text, row.intent.face_value.as_ref());
    response.widget_info(|| {
        let words = format!("{} {word} {moment} {worth}", text.code(row.intent.code.as_str()));
        WidgetInfo::selected(Role::Button, true, is_chosen, words)
    });
    let inner = place.shrink2(vec2(8.0, 0.0));
    let mut cells = ui.new_child(UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(Align::Center)));
    cells.spacing_mut().item_spacing.x = 10.0;
    cells.style_mut().interaction.selectable_labels = false; // a click is for the row
    let (dot, _) = cells.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    cells.painter().circle_filled(dot.center(), 5.0, palette.words(tone));
    let mut cell = |width: f32, words: RichText| cell::show(&mut cells, vec2(width, inner.height()), words);
    cell(DATE_WIDTH, RichText::new(moment).monospace());
    cell(WORD_WIDTH, RichText::new(word).color(palette.words(tone)).strong());
    cell(CODE_WIDTH, RichText::new(text.code(row.intent.code.as_str())).monospace());
    let wide = inner.width() > WIDE;
    let names = if wide { WORTH_WIDTH + NAME_WIDTH + 20.0 } else { 0.0 };
    let title = row.intent.title.as_deref().unwrap_or_default();
    let rest = inner.width() - DATE_WIDTH - WORD_WIDTH - CODE_WIDTH - names - 52.0;
    cell(rest.max(0.0), RichText::new(text.shown(title)));
    if wide {
        cell(WORTH_WIDTH, RichText::new(worth));
        cell(NAME_WIDTH, RichText::new(text.shown(&row.cashier)).color(palette.muted));
    }
    response.clicked()
}
