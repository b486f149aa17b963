//! The settings, as a page: its sections on the left, one of them on the right.
//!
//! It draws what the settings say and gives back what the person at it wishes; the window carries that out at once and has it saved
//! (`App::grant`). What is typed is checked with every letter ([`field`]) and taken when the field is left – also by turning the page.

mod account;
mod computer;
mod counter;
mod field;
mod look;
mod privacy;
mod scanning;
mod till;

use std::path::PathBuf;

use eframe::egui::{Button, Frame, Label, Margin, Panel, RichText, ScrollArea, Ui, vec2};

use secrecy::SecretString;

use super::connect::{self, ConnectForm};
use super::scan_pane::ScanPane;
use super::text::Text;
use super::theme::{self, Tone};
use crate::config::{Places, Settings};
use crate::sound::Sound;
pub use account::Tested;
use field::Fields;

/// A change of the settings: made in the window's copy of them, and then in the file.
pub type Change = Box<dyn Fn(&mut Settings) + Send>;

/// What the person at the page wishes.
pub enum Wish {
    /// Other settings.
    Change(Change),
    /// The form for an account.
    Connect,
    /// What is wished at that form.
    Form(connect::Wish),
    /// To know whether the account still works.
    TestAccount,
    /// To hear a sound.
    TrySound(Sound),
    /// This PIN before settings and history.
    SetPin(SecretString),
    /// To end the program.
    End,
    /// To see a folder in the system's own way.
    OpenFolder(PathBuf),
}

/// What the page shows beside the settings themselves.
pub struct Around<'a> {
    /// What the settings say now.
    pub settings: &'a Settings,
    /// Words.
    pub text: &'a Text,
    /// Where things are.
    pub places: &'a Places,
    /// Camera and scanner, to be tried out.
    pub scan: &'a mut ScanPane,
}

/// A part of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Section {
    #[default]
    Till,
    Account,
    Scanning,
    Counter,
    Look,
    Privacy,
    Computer,
}

impl Section {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Till, "settings-till"),
        (Self::Account, "settings-account"),
        (Self::Scanning, "settings-scanning"),
        (Self::Counter, "settings-counter"),
        (Self::Look, "settings-look"),
        (Self::Privacy, "settings-privacy"),
        (Self::Computer, "settings-computer"),
    ];
}

/// The page and what is being entered in it.
#[derive(Default)]
pub struct SettingsPage {
    section: Section,
    fields: Fields,
    /// What came of the account's test.
    tested: Option<Tested>,
    /// A new PIN that is being entered.
    new_pin: privacy::NewPin,
    /// What was scanned to try the scanner.
    tried: String,
}

impl SettingsPage {
    /// The account was tested, or is being tested.
    pub fn account_tested(&mut self, tested: Tested) {
        self.tested = Some(tested);
    }

    /// The page is left: what was entered and can be used is taken, the rest is forgotten.
    pub fn leave(&mut self, settings: &Settings) -> Vec<Change> {
        self.tested = None;
        self.tried.clear();
        self.new_pin = privacy::NewPin::default();
        self.fields.leave(settings)
    }

    /// Draws the page; `form`, where there is one, in place of the account's section.
    pub fn show(&mut self, ui: &mut Ui, around: &mut Around<'_>, form: Option<&mut ConnectForm>) -> Vec<Wish> {
        let mut wishes = Vec::new();
        if form.is_some() {
            self.section = Section::Account;
        }
        Panel::left("sections").exact_size(theme::SECTIONS_WIDTH).resizable(false).show(ui, |ui| {
            for (section, key) in Section::ALL {
                let button = Button::new(around.text.say(key)).selected(section == self.section);
                let size = vec2(ui.available_width(), theme::TOUCH_HEIGHT);
                if ui.add_enabled(form.is_none(), button.min_size(size)).clicked() {
                    self.section = section;
                }
            }
        });
        let content = Frame::new().inner_margin(Margin { left: 12, right: 4, top: 4, bottom: 0 });
        content.show(ui, |ui| self.show_section(ui, around, form, &mut wishes));
        wishes
    }

    fn show_section(
        &mut self,
        ui: &mut Ui,
        around: &mut Around<'_>,
        form: Option<&mut ConnectForm>,
        wishes: &mut Vec<Wish>,
    ) {
        if let Some(form) = form {
            wishes.extend(form.show(ui, around.text, around.settings).map(Wish::Form));
            return;
        }
        ScrollArea::vertical().id_salt(("settings", self.section as u8)).auto_shrink(false).show(ui, |ui| {
            match self.section {
                Section::Account => account::show(ui, around, self.tested.as_ref(), wishes),
                Section::Till => till::show(ui, around, &mut self.fields, wishes),
                Section::Scanning => scanning::show(ui, around, &mut self.fields, &mut self.tried, wishes),
                Section::Counter => counter::show(ui, around, wishes),
                Section::Look => look::show(ui, around, wishes),
                Section::Privacy => privacy::show(ui, around, &mut self.new_pin, wishes),
                Section::Computer => computer::show(ui, around, wishes),
            }
        });
    }
}

/// A few controls that belong together, under a name.
fn group(ui: &mut Ui, name: &str, controls: impl FnOnce(&mut Ui)) {
    ui.label(RichText::new(name).strong());
    ui.horizontal_wrapped(controls);
    ui.add_space(10.0);
}

/// One of several to choose from. Says whether it was chosen now.
fn choice(ui: &mut Ui, is_chosen: bool, words: &str) -> bool {
    let button = Button::new(words).selected(is_chosen).min_size(vec2(96.0, theme::TOUCH_HEIGHT));
    ui.add(button).clicked() && !is_chosen
}

/// Yes or no. Says what was chosen now.
fn switch(ui: &mut Ui, text: &Text, name: &str, is_on: bool) -> Option<bool> {
    let mut chosen = None;
    group(ui, name, |ui| {
        for (value, key) in [(false, "settings-no"), (true, "settings-yes")] {
            if choice(ui, is_on == value, &text.say(key)) {
                chosen = Some(value);
            }
        }
    });
    chosen
}

/// Something to know about what stands above it.
fn remark(ui: &mut Ui, words: &str) {
    ui.add(Label::new(RichText::new(words).color(theme::palette(ui).muted)).wrap());
}

/// What came of something, in a tone.
fn report(ui: &mut Ui, tone: Tone, words: &str) {
    ui.add(Label::new(RichText::new(words).color(theme::palette(ui).words(tone))).wrap());
}
