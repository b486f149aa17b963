//! The settings, as a page: its sections on the left, one of them on the right.
//!
//! It draws what the settings say and gives back what the person at it wishes; the window carries that out at once and has it saved
//! (`App::grant`). What is typed is checked with every letter ([`field`]) and taken when the field is left – also by turning the page.

mod account;
mod computer;
mod counter;
mod customer;
mod field;
mod keys;
mod look;
mod next_till;
mod printer;
mod privacy;
mod scanning;
mod till;
mod updates;

use std::path::PathBuf;

use eframe::egui::{Button, Context, Frame, Label, Margin, Panel, RichText, ScrollArea, Ui, vec2};

use secrecy::SecretString;

use super::connect::{self, ConnectForm};
use super::scan_pane::ScanPane;
use super::take_over::{self, TakeOver};
use super::text::Text;
use super::theme::{self, Tone};
use super::updates::Updates;
use crate::config::{Places, Settings};
use crate::printer::Place;
use crate::sound::Sound;
pub use account::Tested;
use field::Fields;
use next_till::NextTill;
pub use next_till::{Made, NotMade, make as make_set_up_code};

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
    /// To know which printers are plugged in.
    FindPrinters,
    /// To see a test page from the printer.
    TestPrinter,
    /// To know at once whether there is a newer version.
    AskForUpdates,
    /// To hear a sound.
    TrySound(Sound),
    /// This PIN before settings and history.
    SetPin(SecretString),
    /// A code that sets up another till.
    MakeSetUpCode,
    /// To set this till up by another one's.
    BeginTakeOver,
    /// What is wished meanwhile.
    TakeOver(take_over::Wish),
    /// To have the program start with the system, or no longer.
    Autostart(bool),
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
    /// Whether the program starts with the system, where that can be chosen.
    pub autostart: Option<bool>,
    /// What is known of newer versions.
    pub updates: &'a Updates,
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
    Customer,
    Printer,
    Look,
    Keys,
    Privacy,
    Tills,
    Computer,
}

impl Section {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Till, "settings-till"),
        (Self::Account, "settings-account"),
        (Self::Scanning, "settings-scanning"),
        (Self::Counter, "settings-counter"),
        (Self::Customer, "settings-customer"),
        (Self::Printer, "settings-printer"),
        (Self::Look, "settings-look"),
        (Self::Keys, "settings-keys"),
        (Self::Privacy, "settings-privacy"),
        (Self::Tills, "settings-tills"),
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
    /// What came of the printer's.
    printer_tested: Option<Tested>,
    /// Printers that are plugged in; `None` while nobody has looked.
    printers: Option<Vec<Place>>,
    /// A command that waits for its new key.
    waiting: keys::Waiting,
    /// A new PIN that is being entered.
    new_pin: privacy::NewPin,
    /// A set-up code for another till.
    next_till: NextTill,
    /// What was scanned to try the scanner.
    tried: String,
}

impl SettingsPage {
    /// The account is being tested.
    pub fn test_account(&mut self) {
        self.tested = Some(Tested::Not);
    }

    /// The account was tested. Where nobody waits for it any more, it may have been another.
    pub fn account_tested(&mut self, tested: Tested) {
        if let Some(waiting @ Tested::Not) = &mut self.tested {
            *waiting = tested;
        }
    }

    /// The printer is being tested.
    pub fn test_printer(&mut self) {
        self.printer_tested = Some(Tested::Not);
    }

    /// The printer was tested; as with the account.
    pub fn printer_tested(&mut self, tested: Tested) {
        if let Some(waiting @ Tested::Not) = &mut self.printer_tested {
            *waiting = tested;
        }
    }

    /// Turns to what concerns this computer, where newer versions are told of.
    pub fn show_computer(&mut self) {
        self.section = Section::Computer;
    }

    /// The set-up code that is shown.
    pub fn set_up_code(&self) -> Option<&str> {
        self.next_till.code()
    }

    /// A set-up code was made, or not.
    pub fn set_up_code_made(&mut self, made: Result<Made, NotMade>) {
        self.next_till.made(made);
    }

    /// These printers are plugged in.
    pub fn printers_found(&mut self, places: Vec<Place>) {
        self.printers = Some(places);
    }

    /// The change that a key means which was pressed just now, where a command waits for one.
    pub fn listen(&mut self, ctx: &Context, settings: &Settings) -> Option<Change> {
        self.waiting.listen(ctx, &settings.keys)
    }

    /// The page is left: what was entered and can be used is taken, the rest is forgotten.
    pub fn leave(&mut self, settings: &Settings) -> Vec<Change> {
        (self.tested, self.printer_tested, self.printers) = (None, None, None);
        self.tried.clear();
        self.waiting = keys::Waiting::default();
        self.new_pin = privacy::NewPin::default();
        self.next_till = NextTill::default();
        self.fields.leave(settings)
    }

    /// Draws the page; `form`, where there is one, in place of the account's section, and `take_over`, where it is open, in place of that on tills.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        around: &mut Around<'_>,
        form: Option<&mut ConnectForm>,
        take_over: &mut TakeOver,
    ) -> Vec<Wish> {
        let mut wishes = Vec::new();
        if form.is_some() {
            self.section = Section::Account;
        } else if take_over.is_open() {
            self.section = Section::Tills;
        }
        let may_turn = form.is_none() && !take_over.is_open();
        Panel::left("sections").exact_size(theme::SECTIONS_WIDTH).resizable(false).show(ui, |ui| {
            // With large letters on a small screen there are more than it has room for.
            ScrollArea::vertical().id_salt("sections").auto_shrink(false).show(ui, |ui| {
                for (section, key) in Section::ALL {
                    let button = Button::new(around.text.say(key)).selected(section == self.section);
                    let size = vec2(ui.available_width(), theme::TOUCH_HEIGHT);
                    if ui.add_enabled(may_turn, button.min_size(size)).clicked() {
                        self.section = section;
                        self.waiting = keys::Waiting::default();
                        self.next_till = NextTill::default(); // a code is not left on the screen behind somebody's back
                    }
                }
            });
        });
        let content = Frame::new().inner_margin(Margin { left: 12, right: 4, top: 4, bottom: 0 });
        content.show(ui, |ui| self.show_section(ui, around, form, take_over, &mut wishes));
        wishes
    }

    fn show_section(
        &mut self,
        ui: &mut Ui,
        around: &mut Around<'_>,
        form: Option<&mut ConnectForm>,
        take_over: &mut TakeOver,
        wishes: &mut Vec<Wish>,
    ) {
        if let Some(form) = form {
            wishes.extend(form.show(ui, around.text, around.settings).map(Wish::Form));
            return;
        }
        if take_over.is_open() {
            wishes.extend(take_over.show(ui, around.text, around.settings, around.scan).map(Wish::TakeOver));
            return;
        }
        ScrollArea::vertical().id_salt(("settings", self.section as u8)).auto_shrink(false).show(ui, |ui| {
            match self.section {
                Section::Account => account::show(ui, around, self.tested.as_ref(), wishes),
                Section::Till => till::show(ui, around, &mut self.fields, wishes),
                Section::Scanning => scanning::show(ui, around, &mut self.fields, &mut self.tried, wishes),
                Section::Counter => counter::show(ui, around, wishes),
                Section::Customer => customer::show(ui, around, &mut self.fields, wishes),
                Section::Printer => {
                    if self.printers.is_none() {
                        wishes.push(Wish::FindPrinters);
                    }
                    let (tested, found) = (self.printer_tested.as_ref(), self.printers.get_or_insert_with(Vec::new));
                    printer::show(ui, around, &mut self.fields, found, tested, wishes);
                }
                Section::Look => look::show(ui, around, wishes),
                Section::Keys => keys::show(ui, around, &mut self.waiting, wishes),
                Section::Privacy => privacy::show(ui, around, &mut self.new_pin, wishes),
                Section::Tills => next_till::show(ui, around, &mut self.next_till, wishes),
                Section::Computer => computer::show(ui, around, &mut self.fields, wishes),
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
