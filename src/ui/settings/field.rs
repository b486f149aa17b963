//! Fields of the settings page: what stands in them, what may, and what is said beside them.
//!
//! A field follows the settings until somebody types in it. What is typed is looked at with every letter, and becomes a change when the field is
//! left; what cannot be used stays there, with a sentence beside it, and is forgotten with the page.

use std::collections::BTreeMap;

use eframe::egui::{Id, Label, RichText, TextEdit, Ui, vec2};

use super::{Change, Wish};
use crate::address::BaseUrl;
use crate::code::CardId;
use crate::config::{
    AFFIX_CHARS_MAX, BAUD_DEFAULT, BAUD_RANGE, CUSTOM_CARDS_MAX, NAME_CHARS_MAX, Settings, TEXT_CHARS_MAX,
};
use crate::plain;
use crate::printer::Place;
use crate::scan::{self, Source};
use crate::ui::text::Text;
use crate::ui::theme::{self, Tone};

/// A setting that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Till,
    Cashier,
    Cards,
    CameraAddress,
    Prefix,
    Suffix,
    Port,
    Baud,
    Shop,
    PrinterPlace,
    PrinterHeading,
    Updates,
}

/// The key of the sentence that says what is wrong and what to do.
type Complaint = &'static str;

impl Field {
    fn label(self) -> &'static str {
        match self {
            Self::Till => "connect-till",
            Self::Cashier => "connect-cashier",
            Self::Cards => "settings-cards",
            Self::CameraAddress => "settings-camera-address",
            Self::Prefix => "settings-prefix",
            Self::Suffix => "settings-suffix",
            Self::Port => "settings-port",
            Self::Baud => "settings-baud",
            Self::Shop => "settings-shop",
            Self::PrinterPlace => "settings-printer-place",
            Self::PrinterHeading => "settings-printer-heading",
            Self::Updates => "settings-updates",
        }
    }

    /// Whether words of any script are entered here, for which somebody may need an input method.
    fn takes_words(self) -> bool {
        matches!(self, Self::Till | Self::Cashier | Self::Shop | Self::PrinterHeading)
    }

    /// What `settings` say.
    fn present(self, settings: &Settings) -> String {
        let scanner = &settings.scanner;
        match self {
            Self::Till => settings.till.name.clone(),
            Self::Cashier => settings.till.cashier.clone(),
            Self::Cards => settings.custom_cards.iter().map(CardId::as_str).collect::<Vec<_>>().join("\n"),
            Self::CameraAddress => {
                settings.camera.clone().filter(|camera| scan::is_address(camera)).unwrap_or_default()
            }
            Self::Prefix => scanner.prefix.clone(),
            Self::Suffix => scanner.suffix.clone(),
            Self::Port => scanner.port.clone().unwrap_or_default(),
            Self::Shop => settings.customer.shop.clone(),
            Self::Baud => scanner.baud.unwrap_or(BAUD_DEFAULT).to_string(),
            Self::PrinterPlace => settings.printer.place.as_ref().map(Place::to_string).unwrap_or_default(),
            Self::PrinterHeading => settings.printer.heading.clone(),
            Self::Updates => settings.updates.url.clone().unwrap_or_default(),
        }
    }

    /// The change that `entered` means.
    fn read(self, entered: &str) -> Result<Change, Complaint> {
        let entered = entered.trim();
        if entered.chars().any(|c| c.is_control() && !(self == Self::Cards && c.is_whitespace())) {
            return Err("settings-wrong-characters");
        }
        let no_longer_than = |chars_max: usize| match entered.chars().count() <= chars_max {
            true => Ok(entered.to_owned()),
            false => Err("settings-too-long"),
        };
        let some = |words: String| (!words.is_empty()).then_some(words);
        match self {
            Self::Till | Self::Cashier | Self::Shop | Self::PrinterHeading => {
                let name = plain::line(&no_longer_than(NAME_CHARS_MAX)?, NAME_CHARS_MAX);
                match self {
                    Self::Till if name.is_empty() => Err("settings-needed"),
                    Self::Till => Ok(Box::new(move |settings| settings.till.name.clone_from(&name))),
                    Self::Shop => Ok(Box::new(move |settings| settings.customer.shop.clone_from(&name))),
                    Self::PrinterHeading => Ok(Box::new(move |settings| settings.printer.heading.clone_from(&name))),
                    _ => Ok(Box::new(move |settings| settings.till.cashier.clone_from(&name))),
                }
            }
            Self::Cards => {
                let mut cards = Vec::new();
                for card in entered.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，' | '；')) {
                    if card.is_empty() {
                        continue;
                    }
                    let card = CardId::parse(card).map_err(|_| "settings-wrong-card")?;
                    if !cards.contains(&card) {
                        cards.push(card);
                    }
                }
                if cards.len() > CUSTOM_CARDS_MAX {
                    return Err("settings-too-many-cards");
                }
                Ok(Box::new(move |settings| settings.custom_cards.clone_from(&cards)))
            }
            Self::CameraAddress => {
                let address = no_longer_than(TEXT_CHARS_MAX)?;
                // Kept as it will be remembered: a camera's address goes without its password.
                let address = match address.parse::<Source>() {
                    _ if address.is_empty() => None,
                    Ok(Source::Network(address)) => Some(address.as_str().to_owned()),
                    _ => return Err("settings-wrong-address"),
                };
                Ok(Box::new(move |settings| settings.camera.clone_from(&address)))
            }
            Self::Prefix | Self::Suffix => {
                let affix = no_longer_than(AFFIX_CHARS_MAX)?;
                match self {
                    Self::Prefix => Ok(Box::new(move |settings| settings.scanner.prefix.clone_from(&affix))),
                    _ => Ok(Box::new(move |settings| settings.scanner.suffix.clone_from(&affix))),
                }
            }
            Self::Port => {
                let port = some(no_longer_than(TEXT_CHARS_MAX)?);
                Ok(Box::new(move |settings| settings.scanner.port.clone_from(&port)))
            }
            Self::Baud => {
                let baud = match entered {
                    "" => BAUD_DEFAULT,
                    entered => {
                        entered.parse().ok().filter(|baud| BAUD_RANGE.contains(baud)).ok_or("settings-wrong-baud")?
                    }
                };
                let baud = (baud != BAUD_DEFAULT).then_some(baud);
                Ok(Box::new(move |settings| settings.scanner.baud = baud))
            }
            Self::PrinterPlace => {
                let place = match no_longer_than(TEXT_CHARS_MAX)? {
                    none if none.is_empty() => None,
                    place => Some(place.parse::<Place>().map_err(|_| "settings-wrong-printer")?),
                };
                Ok(Box::new(move |settings| settings.printer.place.clone_from(&place)))
            }
            Self::Updates => {
                let url = some(no_longer_than(TEXT_CHARS_MAX)?);
                if url.as_deref().is_some_and(|url| BaseUrl::parse(url).is_err()) {
                    return Err("settings-wrong-updates");
                }
                Ok(Box::new(move |settings| settings.updates.url.clone_from(&url)))
            }
        }
    }

    /// The change that `entered` means where `settings` say something else.
    fn change(self, entered: &str, settings: &Settings) -> Option<Change> {
        let change = self.read(entered).ok()?;
        let mut changed = settings.clone();
        change(&mut changed);
        (changed != *settings).then_some(change)
    }
}

/// What is being entered.
#[derive(Default)]
pub struct Fields(BTreeMap<Field, String>);

impl Fields {
    /// Draws `field` in the width that there is.
    pub fn show(&mut self, ui: &mut Ui, field: Field, settings: &Settings, text: &Text, wishes: &mut Vec<Wish>) {
        let present = field.present(settings);
        let entered = self.0.get(&field).unwrap_or(&present);
        let mut words = entered.clone();
        let complaint = field.read(&words).err();
        let label = ui.label(RichText::new(text.say(field.label())).strong());
        ui.horizontal(|ui| {
            let width = ui.available_width().min(theme::FIELD_WIDTH);
            let edit = match field {
                Field::Cards => TextEdit::multiline(&mut words).desired_rows(3),
                _ => TextEdit::singleline(&mut words).min_size(vec2(0.0, theme::TOUCH_HEIGHT)),
            };
            let edit = edit.id(Id::unique(field.label())).desired_width(width).char_limit(TEXT_CHARS_MAX * 2);
            let edit = ui.add(edit.align(eframe::egui::Align2::LEFT_CENTER)).labelled_by(label.id);
            if !field.takes_words() {
                theme::without_input_method(ui, &edit);
            }
            if edit.changed() {
                self.0.insert(field, words);
            }
            if edit.lost_focus()
                && let Some(entered) = self.0.get(&field)
                && field.read(entered).is_ok()
            {
                wishes.extend(field.change(entered, settings).map(Wish::Change));
                self.0.remove(&field);
            }
            if let Some(key) = complaint {
                let words = RichText::new(text.say(key)).color(theme::palette(ui).words(Tone::Bad));
                ui.add(Label::new(words).wrap());
            }
        });
        ui.add_space(8.0);
    }

    /// Has `field` follow the settings again.
    pub fn forget(&mut self, field: Field) {
        self.0.remove(&field);
    }

    /// The changes that have been entered and not been taken yet; what cannot be used is forgotten.
    pub fn leave(&mut self, settings: &Settings) -> Vec<Change> {
        let entered = std::mem::take(&mut self.0);
        entered.into_iter().filter_map(|(field, words)| field.change(&words, settings)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Field; 12] = [
        Field::Till,
        Field::Cashier,
        Field::Cards,
        Field::CameraAddress,
        Field::Prefix,
        Field::Suffix,
        Field::Port,
        Field::Baud,
        Field::Shop,
        Field::PrinterPlace,
        Field::PrinterHeading,
        Field::Updates,
    ];

    /// What the settings say once `words` were entered into `field` of usual ones, or the complaint.
    fn entered(field: Field, words: &str) -> Result<String, Complaint> {
        let mut settings = Settings::default();
        field.read(words)?(&mut settings);
        Ok(field.present(&settings))
    }

    #[test]
    fn what_is_entered_is_what_the_settings_then_say_and_what_cannot_be_used_is_told_why() {
        let long = "x".repeat(NAME_CHARS_MAX + 1);
        let many: String = (0..=CUSTOM_CARDS_MAX).map(|number| format!("p{number} ")).collect();
        for (field, words, expected) in [
            (Field::Till, "  一号收银台 ", Ok("一号收银台")),
            (Field::Till, " ", Err("settings-needed")),
            (Field::Till, &long, Err("settings-too-long")),
            (Field::Cashier, "", Ok("")),
            (Field::Cashier, "a\u{7}b", Err("settings-wrong-characters")),
            (Field::Cards, "pA, pB\npA；pC", Ok("pA\npB\npC")),
            (Field::Cards, "pA 卡", Err("settings-wrong-card")),
            (Field::Cards, &many, Err("settings-too-many-cards")),
            (Field::CameraAddress, "http://192.168.1.20:8080/video", Ok("http://192.168.1.20:8080/video")),
            (Field::CameraAddress, "192.168.1.20", Err("settings-wrong-address")),
            (Field::CameraAddress, "", Ok("")),
            (Field::Prefix, "]Q1", Ok("]Q1")),
            (Field::Suffix, "12345678901234567", Err("settings-too-long")),
            (Field::Port, "/dev/ttyACM0", Ok("/dev/ttyACM0")),
            (Field::Port, "", Ok("")),
            (Field::Baud, "115200", Ok("115200")),
            (Field::Baud, "", Ok("9600")),
            (Field::Baud, "299", Err("settings-wrong-baud")),
            (Field::Baud, "fast", Err("settings-wrong-baud")),
            (Field::PrinterPlace, " 192.168.1.87:9100 ", Ok("tcp://192.168.1.87")),
            (Field::PrinterPlace, "/dev/usb/lp0", Ok("/dev/usb/lp0")),
            (Field::PrinterPlace, "lp0", Err("settings-wrong-printer")),
            (Field::PrinterPlace, "", Ok("")),
            (Field::PrinterHeading, " 老王茶馆 ", Ok("老王茶馆")),
            (Field::Updates, " https://updates.example/hexiao.json ", Ok("https://updates.example/hexiao.json")),
            (Field::Updates, "http://updates.example/", Err("settings-wrong-updates")),
            (Field::Updates, "https://updates.example/?key=1", Err("settings-wrong-updates")),
            (Field::Updates, "updates.example", Err("settings-wrong-updates")),
            (Field::Updates, "", Ok("")),
        ] {
            assert_eq!(entered(field, words), expected.map(str::to_owned), "{field:?}: {words:?}");
        }
    }

    #[test]
    fn whatever_a_field_takes_the_settings_file_takes_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let places = crate::config::Places {
            settings_file: folder.path().join("settings.toml"),
            data_folder: folder.path().join("data"),
        };
        for field in ALL {
            for words in [
                "",
                " a ",
                "\"'\\",
                "号]#",
                "http://phone.example/video?a=b",
                "https://example.com/\u{e4}",
                "921600",
                "x\u{200b}y",
            ] {
                let Ok(change) = field.read(words) else { continue };
                let mut settings = Settings::load(&places).expect("loaded");
                change(&mut settings);
                settings.save(&places).unwrap_or_else(|error| panic!("{field:?} {words:?}: {error}"));
                let loaded = Settings::load(&places).expect("loaded");
                assert_eq!(field.present(&loaded), field.present(&settings), "{field:?} {words:?}");
            }
        }
    }

    #[test]
    fn leaving_takes_what_can_be_used_and_changes_nothing_that_is_as_it_was() {
        let mut settings = Settings::default();
        let mut fields = Fields::default();
        fields.0.insert(Field::Cashier, "Li".to_owned());
        fields.0.insert(Field::Baud, "fast".to_owned());
        fields.0.insert(Field::Till, settings.till.name.clone());
        let changes = fields.leave(&settings);
        assert_eq!(changes.len(), 1);
        changes.iter().for_each(|change| change(&mut settings));
        assert_eq!(settings.till.cashier, "Li");
        assert!(fields.leave(&settings).is_empty());
    }
}
