//! Word of newer versions, in the window: who asks, what came of it last, the quiet note in the bar, and the part of the settings that says so.

use eframe::egui::{Button, Color32, RichText, Role, TextStyle, Ui, WidgetInfo, vec2};
use jiff::Timestamp;
use semver::Version;
use tokio::runtime::Handle;

use super::sentence;
use super::settings::Change;
use super::text::Text;
use super::theme::{self, Tone};
use crate::plain;
use crate::platform::Error;
use crate::platform::releases::ReleaseSource;
use crate::trouble::Trouble;
use crate::updates::{Answer, NoAnswer, Release, Watch, present};

/// Most that the note shows of a version, in characters: those that people choose are far shorter, and the bar is narrow.
const NOTE_CHARS_MAX: usize = 16;

/// The least room in which a part of it is shown, in points: a finger's width, and some letters.
const NOTE_WIDTH_MIN: f32 = 64.0;

/// What the window knows of newer versions.
#[derive(Default)]
pub struct Updates {
    /// `None` where nobody is asked.
    watch: Option<Watch>,
    /// When it was asked last, and what came of it.
    latest: Option<(Timestamp, Answer)>,
    /// The newer version that there is, as far as is known: a question without an answer takes none away.
    newer: Option<Release>,
    /// The version whose note was put away until the next start.
    put_away: Option<Version>,
    /// Somebody has pressed the button, and there is no answer yet.
    is_asking: bool,
}

/// What somebody wants of the note.
pub enum Pressed {
    /// To read more.
    Read,
    /// Not to see it again.
    PutAway(Version),
}

impl Updates {
    /// Has `url` asked from now on, from time to time, or nobody. Where it is the one that is asked already, nothing changes. `tell` hears each answer, and the
    /// address that gave it.
    pub fn follow(
        &mut self,
        url: Option<&str>,
        runtime: &Handle,
        tell: impl Fn(String, Answer) + Send + Sync + 'static,
    ) {
        if self.url() == url {
            return;
        }
        *self = Self::default();
        let Some(url) = url else { return };
        match ReleaseSource::new(url) {
            Ok(source) => {
                let url = url.to_owned();
                self.watch = Some(Watch::start(source, runtime, move |answer| tell(url.clone(), answer)));
            }
            // The settings were checked by the same rule.
            Err(refusal) => tracing::error!("nobody is asked for newer versions: {refusal}"),
        }
    }

    /// Has it asked at once.
    pub fn ask_now(&mut self) {
        if let Some(watch) = &self.watch {
            watch.ask_now();
            self.is_asking = true;
        }
    }

    /// `url` gave this answer, `at` this time.
    pub fn answered(&mut self, url: &str, answer: Answer, at: Timestamp) {
        // An answer may be under way still while another address is being entered.
        if self.url() == Some(url) {
            if let Ok(newer) = &answer {
                self.newer.clone_from(newer);
            }
            self.latest = Some((at, answer));
            self.is_asking = false;
        }
    }

    fn url(&self) -> Option<&str> {
        self.watch.as_ref().map(Watch::url)
    }

    /// The newer version that there is, unless its note was put away for good.
    pub fn release(&self, dismissed: Option<&Version>) -> Option<&Release> {
        self.newer.as_ref().filter(|release| !release.is_dismissed(dismissed))
    }

    /// Puts the note about `version` away until the next start.
    pub fn put_away(&mut self, version: Version) {
        self.put_away = Some(version);
    }

    /// Draws the note, where there is something to tell, from the right to the left. With large letters on a small screen there is room for its beginning alone:
    /// it can be put away in the settings too.
    pub fn show_note(&self, ui: &mut Ui, text: &Text, dismissed: Option<&Version>) -> Option<Pressed> {
        let release = self.release(dismissed).filter(|release| !release.is_dismissed(self.put_away.as_ref()))?;
        let version = plain::line(&release.version.to_string(), NOTE_CHARS_MAX);
        let words = text.say_with("updates-note", &[("version", &version)]);
        let galley = ui.painter().layout_no_wrap(words.clone(), TextStyle::Button.resolve(ui.style()), Color32::WHITE);
        let spacing = ui.spacing();
        let width = galley.size().x + spacing.button_padding.x * 2.0;
        let with_cross = width + theme::TOUCH_HEIGHT + spacing.item_spacing.x * 2.0;
        let room = ui.available_width();
        let put_away = room >= with_cross && {
            let name = put_away_words(text, release);
            let cross = Button::new(RichText::new("×").font(theme::title_font()))
                .min_size(vec2(theme::TOUCH_HEIGHT, theme::TOUCH_HEIGHT));
            let cross = ui.add(cross).on_hover_text(&name);
            cross.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            cross.clicked()
        };
        if put_away {
            return Some(Pressed::PutAway(release.version.clone()));
        }
        let note = Button::new(words).truncate().min_size(vec2(0.0, theme::TOUCH_HEIGHT));
        (room >= NOTE_WIDTH_MIN && ui.add(note).clicked()).then_some(Pressed::Read)
    }

    /// Whether somebody waits for an answer.
    pub fn is_asking(&self) -> bool {
        self.is_asking
    }

    /// What came of asking last, in sentences.
    pub fn told(&self, text: &Text) -> Vec<(Tone, String)> {
        let own = present().to_string();
        let Some((at, answer)) = &self.latest else {
            return vec![(Tone::Calm, text.say_with("updates-not-asked", &[("present", &own)]))];
        };
        let when = sentence::date_time(text, *at);
        match answer {
            Ok(None) => {
                vec![(Tone::Good, text.say_with("updates-newest", &[("when", &when), ("present", &own)]))]
            }
            Ok(Some(release)) => {
                let version = plain::line(&release.version.to_string(), usize::MAX);
                let values = [("when", when.as_str()), ("present", &own), ("version", &version)];
                let newer = (Tone::Attention, text.say_with("updates-newer", &values));
                // Last on its line, and to be read: nobody has looked at what is there.
                let page = release.page.as_deref().map(|page| text.say_with("updates-page", &[("page", page)]));
                [newer].into_iter().chain(page.map(|page| (Tone::Calm, page))).collect()
            }
            Err(why) => vec![(Tone::Bad, text.say_with(reason(why), &[("when", &when)]))],
        }
    }
}

/// The change that puts the note about `version` away for good, and those about all before it.
pub fn put_away_for_good(version: Version) -> Change {
    Box::new(move |settings| settings.updates.dismissed = Some(version.clone()))
}

/// What the button says that puts the note about `release` away.
pub fn put_away_words(text: &Text, release: &Release) -> String {
    text.say_with("updates-put-away", &[("version", &plain::line(&release.version.to_string(), NOTE_CHARS_MAX))])
}

/// The key of the sentence that says why there was no answer.
fn reason(why: &NoAnswer) -> &'static str {
    match why {
        NoAnswer::Unreadable(_) => "updates-nonsense",
        // Too many questions, some of them from others behind the same address; or out of order.
        NoAnswer::Fetch(Error::Status { status: 403 | 429 | 500..=599, .. }) => "updates-busy",
        NoAnswer::Fetch(error) => match error.trouble() {
            Trouble::Unreachable(_) | Trouble::NoAnswer(_) => "updates-not-reached",
            // Without root certificates nobody can be trusted either.
            Trouble::Untrusted(_) | Trouble::Account(_) => "updates-untrusted",
            Trouble::Nonsense(_) | Trouble::Refused { .. } => "updates-nonsense",
        },
    }
}
