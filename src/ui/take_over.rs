//! Taking over from another till: its set-up code is scanned, its PIN entered, what comes is looked at, tested with the platform, and saved.
//!
//! While this is open every scan comes here and none reaches the till ([`super::background::Line::divert`]): no coupon is looked up behind it.

use std::time::{Duration, Instant};

use eframe::egui::{self, Align, Button, Grid, Id, Key, Label, Layout, RichText, ScrollArea, TextEdit, Ui, vec2};
use secrecy::SecretString;

use super::lock;
use super::scan_pane::ScanPane;
use super::text::Text;
use super::theme::{self, Tone};
use crate::config::handover::{Handover, NotOpened, PIN_DIGITS, Sealed};
use crate::config::{Account, Command, Credentials, NAME_CHARS_MAX, Settings, host_of};
use crate::pin::Patience;
use crate::plain;

/// Longest PIN or passphrase that is taken, in characters.
const ENTERED_CHARS_MAX: usize = 128;

/// What the person at it wishes.
pub enum Wish {
    /// To leave it.
    Cancel,
    /// To open the code with this PIN.
    Open(Sealed, SecretString),
    /// To have this tested and saved, for a till of this name.
    Save(Box<Handover>, String),
}

/// How far it is.
#[derive(Default)]
enum Stage {
    /// It is not open.
    #[default]
    Closed,
    /// A code is to be scanned; with the key of the sentence on what was scanned instead.
    Scanning(Option<&'static str>),
    /// Its PIN is to be entered, or is being tried.
    Pin { sealed: Sealed, entered: String, trying: bool, refused: Option<&'static str> },
    /// What came is looked at, or being tested, or was refused for a reason.
    Review { handover: Box<Handover>, till: String, testing: bool, refused: Option<String> },
}

/// The page's state. Wrong PINs are remembered while the program runs.
#[derive(Default)]
pub struct TakeOver {
    stage: Stage,
    patience: Patience,
}

impl TakeOver {
    /// Begins.
    pub fn begin(&mut self) {
        self.stage = Stage::Scanning(None);
    }

    /// Leaves it; what was scanned and entered is forgotten.
    pub fn close(&mut self) {
        self.stage = Stage::Closed;
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Closed)
    }

    /// Whether pictures that are dropped or pasted are for it.
    pub fn is_scanning(&self) -> bool {
        matches!(self.stage, Stage::Scanning(_))
    }

    /// Something was scanned. It counts while a code is waited for.
    pub fn scanned(&mut self, text: &str) {
        if !self.is_scanning() {
            return;
        }
        self.stage = match Sealed::parse(text) {
            Ok(sealed) => Stage::Pin { sealed, entered: String::new(), trying: false, refused: None },
            Err(why) => Stage::Scanning(Some(sentence_key(why))),
        };
    }

    /// The code was opened, or not, at `now`; for a till that is called `till`.
    pub fn opened(&mut self, opened: Result<Box<Handover>, NotOpened>, till: &str, now: Instant) {
        let Stage::Pin { trying, refused, .. } = &mut self.stage else { return };
        *trying = false;
        match opened {
            Ok(handover) => {
                self.patience.tried(true, now);
                self.stage = Stage::Review { handover, till: till.to_owned(), testing: false, refused: None };
            }
            Err(NotOpened::WrongPassphrase) => {
                self.patience.tried(false, now);
                *refused = Some(sentence_key(NotOpened::WrongPassphrase));
            }
            Err(NotOpened::NoMemory) => *refused = Some(sentence_key(NotOpened::NoMemory)),
            // Another PIN would not help.
            Err(why) => self.stage = Stage::Scanning(Some(sentence_key(why))),
        }
    }

    /// What came was not saved, for this reason.
    pub fn refused(&mut self, why: &str, text: &Text) {
        if let Stage::Review { testing, refused, .. } = &mut self.stage {
            *testing = false;
            *refused = Some(text.say_with("connect-failed", &[("why", why)]));
        }
    }

    /// Draws it.
    pub fn show(&mut self, ui: &mut Ui, text: &Text, settings: &Settings, scan: &mut ScanPane) -> Option<Wish> {
        ScrollArea::vertical()
            .id_salt("take over")
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.label(RichText::new(text.say("take-over-title")).font(theme::title_font()));
                let wait = self.patience.wait(Instant::now());
                match &mut self.stage {
                    Stage::Closed => None,
                    Stage::Scanning(notice) => show_scanning(ui, text, scan, *notice),
                    Stage::Pin { .. } => self.show_pin(ui, text, wait),
                    Stage::Review { handover, till, testing, refused } => {
                        show_review(ui, text, settings, handover, till, testing, refused)
                    }
                }
            })
            .inner
    }

    fn show_pin(&mut self, ui: &mut Ui, text: &Text, wait: Duration) -> Option<Wish> {
        let Stage::Pin { sealed, entered, trying, refused } = &mut self.stage else { return None };
        let (mut wish, mut tried, mut again) = (None, false, false);
        let is_free = wait.is_zero() && !*trying;
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            let label = ui.add(Label::new(text.say("take-over-pin")).wrap());
            ui.add_space(8.0);
            ui.add_enabled_ui(is_free, |ui| {
                let field = TextEdit::singleline(entered).password(true).id(Id::unique("take-over-pin"));
                let field = field.font(theme::title_font()).char_limit(ENTERED_CHARS_MAX);
                let field = field.min_size(vec2(0.0, theme::TOUCH_HEIGHT)).desired_width(theme::KEYPAD_WIDTH);
                let field = ui.add(field.align(egui::Align2::LEFT_CENTER)).labelled_by(label.id);
                theme::without_input_method(ui, &field);
                tried |= field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                if is_free && ui.memory(|memory| memory.focused().is_none()) {
                    field.request_focus();
                }
                ui.add_space(4.0);
                tried |= lock::show_keypad(ui, text, entered, ENTERED_CHARS_MAX);
            });
            ui.add_space(4.0);
            // Always the same height, so that nothing jumps when there is something to say.
            let (tone, words) = match refused {
                _ if *trying => (Tone::Calm, text.say("take-over-opening")),
                Some(_) if !wait.is_zero() => (Tone::Bad, text.say_count("lock-wait", lock::whole_seconds(wait))),
                Some(key) => (Tone::Bad, text.say(key)),
                None => (Tone::Calm, String::new()),
            };
            ui.label(RichText::new(words).color(theme::palette(ui).words(tone)));
            ui.horizontal(|ui| {
                let size = vec2((theme::KEYPAD_WIDTH - ui.spacing().item_spacing.x) / 2.0, theme::TOUCH_HEIGHT);
                ui.add_space((ui.available_width() - theme::KEYPAD_WIDTH).max(0.0) / 2.0);
                again = ui.add(Button::new(text.say("take-over-again")).min_size(size)).clicked();
                if ui.add(Button::new(text.say("connect-cancel")).min_size(size)).clicked() {
                    wish = Some(Wish::Cancel);
                }
            });
        });
        if !wait.is_zero() {
            ui.ctx().request_repaint_after(wait.min(Duration::from_secs(1)));
        }
        // A PIN is shown in two halves; who types the gap means nothing by it. A passphrase may have gaps of its own.
        let digits: String = entered.chars().filter(|c| !c.is_whitespace()).collect();
        let is_pin = digits.len() == PIN_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        let passphrase = if is_pin { digits } else { entered.clone() };
        if tried && is_free && !passphrase.is_empty() {
            (*trying, *refused) = (true, None);
            entered.clear();
            wish = Some(Wish::Open(sealed.clone(), SecretString::from(passphrase)));
        }
        if again {
            self.begin();
        }
        wish
    }
}

fn show_scanning(ui: &mut Ui, text: &Text, scan: &mut ScanPane, notice: Option<&'static str>) -> Option<Wish> {
    for key in ["take-over-step-1", "take-over-step-2"] {
        ui.add(Label::new(text.say(key)).wrap());
    }
    ui.add_space(6.0);
    ui.scope(|ui| {
        ui.set_max_width(theme::TAKE_OVER_WIDTH.min(ui.available_width())); // with large letters there is less
        ui.set_max_height(theme::TAKE_OVER_HEIGHT);
        scan.show_camera(ui, text);
    });
    // Always the same height, so that nothing jumps when there is something to say.
    let words = notice.or(scan.picture_notice()).map(|key| text.say(key)).unwrap_or_default();
    ui.add(Label::new(RichText::new(words).color(theme::palette(ui).words(Tone::Attention))).wrap());
    ui.add_space(6.0);
    let cancel = Button::new(text.say("connect-cancel")).min_size(vec2(180.0, theme::TOUCH_HEIGHT));
    let left = ui.horizontal(|ui| ui.add(cancel).clicked()).inner;
    left.then_some(Wish::Cancel)
}

fn show_review(
    ui: &mut Ui,
    text: &Text,
    settings: &Settings,
    handover: &Handover,
    till: &mut String,
    testing: &mut bool,
    refused: &mut Option<String>,
) -> Option<Wish> {
    let mut wish = None;
    let present = settings.account.as_ref();
    let mut next = settings.clone(); // as they will be
    handover.take_over(&mut next);
    ui.add(Label::new(text.say("take-over-review")).wrap());
    ui.add_space(6.0);
    ui.add_enabled_ui(!*testing, |ui| {
        Grid::new("taken over").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
            let mut row = |words: String, value: String| {
                ui.label(words);
                ui.add(Label::new(RichText::new(value).strong()).truncate());
                ui.end_row();
            };
            let account = handover.account().map_or_else(|| text.say("take-over-no-account"), name_of);
            row(text.say("settings-account"), account);
            row(text.say("settings-cards"), handover.cards().to_string());
            row(text.say("settings-pin"), text.say(if handover.has_pin() { "settings-yes" } else { "settings-no" }));
            // The key that cannot be undone, and whom this till will ask by itself.
            row(text.say("take-over-consume-key"), next.keys.of(Command::Consume).name().to_owned());
            if let Some(url) = &next.updates.url {
                row(text.say("settings-updates"), host_of(url));
            }
            let label = ui.label(text.say("connect-till"));
            let field = TextEdit::singleline(till).id(Id::unique("take-over-till")).char_limit(NAME_CHARS_MAX);
            let field = field.min_size(vec2(0.0, theme::TOUCH_HEIGHT)).desired_width(theme::FIELD_WIDTH);
            ui.add(field.align(egui::Align2::LEFT_CENTER)).labelled_by(label.id);
            ui.end_row();
        });
        ui.add_space(6.0);
        let replaces = handover.replaces(present);
        if let (true, Some(present), Some(next)) = (replaces, present, handover.account()) {
            let values = [("present", name_of(present)), ("next", name_of(next))];
            let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let words = RichText::new(text.say_with("take-over-replaces", &values));
            ui.add(Label::new(words.color(theme::palette(ui).words(Tone::Attention))).wrap());
            ui.add_space(6.0);
        }
        ui.horizontal(|ui| {
            let size = vec2(180.0, theme::TOUCH_HEIGHT);
            let words = text.say(match (*testing, replaces) {
                (true, _) => "connect-testing",
                (false, true) => "take-over-replace",
                (false, false) => "take-over-save",
            });
            let name = plain::line(till, NAME_CHARS_MAX);
            if ui.add_enabled(!name.is_empty(), Button::new(words).min_size(size)).clicked() {
                (*testing, *refused) = (true, None);
                wish = Some(Wish::Save(Box::new(handover.clone()), name));
            }
            if ui.add(Button::new(text.say("connect-cancel")).min_size(size)).clicked() {
                wish = Some(Wish::Cancel);
            }
        });
    });
    if *testing {
        ui.add(egui::Spinner::new());
    }
    if let Some(why) = refused {
        ui.add(Label::new(RichText::new(why.as_str()).color(theme::palette(ui).words(Tone::Bad))).wrap());
    }
    wish
}

/// Whom an account is of, for people: a service's address by its host alone, as the rest may hold a key.
fn name_of(account: &Account) -> String {
    match &account.credentials {
        Credentials::AppSecret { appid, .. } => appid.clone(),
        Credentials::TokenService { url, .. } => host_of(url),
    }
}

/// The key of the sentence for why a code gave nothing.
fn sentence_key(why: NotOpened) -> &'static str {
    match why {
        NotOpened::NotOne => "take-over-not-one",
        NotOpened::Damaged => "take-over-damaged",
        NotOpened::Newer => "take-over-newer",
        NotOpened::WrongPassphrase => "lock-wrong",
        NotOpened::Expired => "take-over-expired",
        NotOpened::Senseless => "take-over-senseless",
        NotOpened::NoMemory => "take-over-no-memory",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::handover::seal;

    #[test]
    fn wrong_pins_are_slower_and_slower_also_when_it_is_left_and_what_no_pin_helps_leads_back_to_the_scan() {
        let pin = SecretString::from("40963245");
        let sealed = seal(&Handover::of(&Settings::default(), None), &pin, None).expect("sealed");
        let (mut page, now) = (TakeOver::default(), Instant::now());
        page.scanned(&sealed.text());
        assert!(!page.is_open(), "nothing is taken that nobody asked for");
        page.begin();
        page.scanned("409632457895");
        assert!(matches!(page.stage, Stage::Scanning(Some("take-over-not-one"))));
        for wait in [0, 1, 2, 4] {
            page.begin();
            page.scanned(&sealed.text());
            page.opened(Err(NotOpened::WrongPassphrase), "till 2", now);
            assert!(matches!(page.stage, Stage::Pin { refused: Some("lock-wrong"), .. }));
            assert_eq!(page.patience.wait(now), Duration::from_secs(wait));
            page.close();
        }
        page.begin();
        page.scanned(&sealed.text());
        page.opened(Err(NotOpened::Expired), "till 2", now);
        assert!(matches!(page.stage, Stage::Scanning(Some("take-over-expired"))));
        page.scanned(&sealed.text());
        page.opened(sealed.open(&pin, Timestamp::now()).map(Box::new), "till 2", now);
        assert!(matches!(&page.stage, Stage::Review { till, .. } if till == "till 2"));
        assert!(page.patience.wait(now).is_zero());
        page.close();
        page.opened(Ok(Box::new(Handover::of(&Settings::default(), None))), "till 2", now);
        assert!(!page.is_open(), "an answer that comes late opens nothing");
    }
}
