//! What a receipt printer prints, in words: the slip of a write-off, a shift's report, a test page. What stands where, [`printer`](crate::printer) says.

use jiff::Timestamp;

use super::history::sheet;
use super::sentence;
use super::text::{Language, Text};
use crate::config::{PrivacySettings, Settings};
use crate::printer::{Charset, Page, Paper, Place, Slip, TestPage, report};
use crate::report::Report;
use crate::write_off::{Shift, WriteOff};

/// For somebody's name.
const SIGNATURE: &str = "____________";

/// How things are printed: as the settings say, in the window's language. It goes to whatever thread makes a page.
#[derive(Clone)]
pub struct Manner {
    language: Language,
    paper: Paper,
    charset: Charset,
    heading: String,
    privacy: PrivacySettings,
    is_practice: bool,
}

impl Manner {
    /// As `settings` say.
    pub fn of(settings: &Settings) -> Self {
        let language = Language::chosen(settings.language.as_deref());
        let usual = match language {
            Language::TraditionalChinese => Charset::Big5,
            // Coupons have Chinese names whatever the window speaks.
            Language::SimplifiedChinese | Language::English => Charset::Gb18030,
        };
        // A shop that has told its name to its customers' screen need not tell it again.
        let heading = match &settings.printer.heading {
            none if none.is_empty() => &settings.customer.shop,
            heading => heading,
        };
        Self {
            language,
            paper: settings.printer.paper,
            charset: settings.printer.charset.unwrap_or(usual),
            heading: heading.clone(),
            privacy: settings.privacy.clone(),
            is_practice: settings.account.is_none(),
        }
    }

    fn text(&self) -> Text {
        let mut text = Text::new(self.language);
        text.keep_private(&self.privacy);
        text
    }

    /// The slip of a write-off. Its code is masked where it is on the screen.
    pub fn slip(&self, row: &WriteOff, is_copy: bool) -> Page {
        let text = self.text();
        let marks = [(is_copy, "slip-copy"), (self.is_practice, "slip-practice")];
        let worth = row.intent.face_value.as_ref();
        let details = [
            ("detail-code", text.code(row.intent.code.as_str()).into_owned()),
            ("detail-time", sentence::moment(&text, row.intent.intended_at)),
            ("history-till", row.till.clone()),
            ("history-cashier", row.cashier.clone()),
            ("detail-number", row.id.to_string()),
        ];
        let slip = Slip {
            heading: self.heading.clone(),
            title: text.say("slip-title"),
            marks: marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, key)| text.say(key)).collect(),
            coupon: row.intent.title.clone().unwrap_or_default(),
            worth: worth.map(|value| sentence::face_value(&text, Some(value))).unwrap_or_default(),
            details: details.map(|(key, value)| (text.say(key), value)).to_vec(),
        };
        slip.page(self.paper, self.charset)
    }

    /// What a shift came to, as it stands at `now`.
    pub fn report(&self, shift: &Shift, came_to: &Report, now: Timestamp) -> Page {
        let text = self.text();
        let mut sheet = sheet::of_shift(shift, came_to, &text);
        if self.is_practice {
            sheet.lines.insert(0, text.say("slip-practice"));
        }
        let ends = [
            (text.say("paper-printed-at"), sentence::moment(&text, now)),
            (text.say("paper-signature"), SIGNATURE.to_owned()),
        ];
        report(&self.heading, &sheet, &ends, self.paper, self.charset)
    }

    /// A page to see by whether the printer at `place` is set up rightly.
    pub fn test_page(&self, till: &str, place: &Place, now: Timestamp) -> Page {
        let text = self.text();
        let details = [
            ("history-till", till.to_owned()),
            ("settings-printer", place.to_string()),
            ("paper-printed-at", sentence::moment(&text, now)),
        ];
        let page = TestPage {
            heading: self.heading.clone(),
            title: text.say("test-page-title"),
            advice: text.say("test-page-advice"),
            details: details.map(|(key, value)| (text.say(key), value)).to_vec(),
        };
        page.page(self.paper, self.charset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::coupon::Fen;
    use crate::write_off::{FaceValue, Intent, Outcome, ShiftId, WriteOffId};

    fn settings(language: Language) -> Settings {
        let mut settings = Settings { language: Some(language.tag().to_owned()), ..Settings::default() };
        settings.printer.heading = "老王茶馆".to_owned();
        settings
    }

    fn row() -> WriteOff {
        WriteOff {
            id: WriteOffId(12),
            till: "一号收银台".to_owned(),
            cashier: String::new(),
            shift: Some(ShiftId(3)),
            intent: Intent {
                code: Code::parse("409632457895").expect("a code"),
                card_id: None,
                title: Some("满100减20".to_owned()),
                openid: None,
                face_value: Some(FaceValue::Cash(Fen(2050))),
                intended_at: "2026-11-24T10:00:07+08:00".parse().expect("a time"),
            },
            sent_at: None,
            outcome: Some(Outcome::Accepted { message: String::new() }),
            outcome_at: None,
        }
    }

    fn words(page: &Page) -> Vec<&str> {
        page.lines.iter().map(|line| line.words.trim()).collect()
    }

    #[test]
    fn a_slip_says_what_was_written_off_and_shows_of_its_code_what_the_screen_shows() {
        let mut settings = settings(Language::SimplifiedChinese);
        settings.customer.shop = "山茶小馆".to_owned();
        assert!(!words(&Manner::of(&settings).slip(&row(), false)).contains(&"山茶小馆"), "it has a line of its own");
        settings.customer.shop = std::mem::take(&mut settings.printer.heading);
        let page = Manner::of(&settings).slip(&row(), false);
        let printed = words(&page);
        for line in ["老王茶馆", "核销小票", "满100减20", "￥20.50", "券码                409632457895"] {
            assert!(printed.contains(&line), "no {line} in {printed:?}");
        }
        assert!(printed.iter().any(|line| line.contains("练习")), "no account: it is practice");
        assert!(!printed.iter().any(|line| line.contains("副本") || line.contains("收银员")));
        settings.privacy.mask_codes = true;
        let page = Manner::of(&settings).slip(&row(), true);
        let printed = words(&page);
        assert!(printed.contains(&"** 副本 **"), "{printed:?}");
        assert!(printed.iter().any(|line| line.ends_with("****895")), "{printed:?}");
        assert!(!printed.iter().any(|line| line.contains("4096")), "{printed:?}");
    }

    #[test]
    fn each_language_has_its_printers_characters_unless_the_settings_say_otherwise() {
        for (language, charset) in [
            (Language::SimplifiedChinese, Charset::Gb18030),
            (Language::TraditionalChinese, Charset::Big5),
            (Language::English, Charset::Gb18030),
        ] {
            let mut settings = settings(language);
            assert_eq!(Manner::of(&settings).slip(&row(), false).charset, charset);
            settings.printer.charset = Some(Charset::Ascii);
            assert_eq!(Manner::of(&settings).slip(&row(), false).charset, Charset::Ascii);
        }
    }

    #[test]
    fn what_the_program_itself_says_fits_its_languages_characters() {
        let place = Place::Network { host: "192.168.1.87".to_owned(), port: 9100 };
        let now = Timestamp::UNIX_EPOCH;
        let shift = Shift {
            id: ShiftId(3),
            till: "till 1".to_owned(),
            cashier: "Li".to_owned(),
            opened_at: now,
            closed_at: None,
        };
        let mut report = Report::default();
        for value in [None, Some(FaceValue::Counted("GIFT".to_owned())), Some(FaceValue::Cash(Fen(1)))] {
            let mut row = row();
            (row.intent.title, row.intent.face_value) = (None, value);
            report.add(&row);
        }
        for language in Language::ALL {
            let manner = Manner { heading: String::new(), ..Manner::of(&settings(language)) };
            let row = WriteOff { till: String::new(), ..row() };
            let row = WriteOff { intent: Intent { title: None, ..row.intent.clone() }, ..row };
            let pages =
                [manner.slip(&row, true), manner.report(&shift, &report, now), manner.test_page("till 1", &place, now)];
            for line in pages.iter().flat_map(words) {
                // The test page shows both kinds of Chinese, one of which its printer may lack.
                let lacks = line.contains('?') || line.contains('？');
                assert!(!lacks || line.contains("Aa 0123456789"), "{language:?}: {line}");
            }
        }
    }
}
