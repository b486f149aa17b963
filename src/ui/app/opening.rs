//! Opening the till behind the window: in practice or with an account, again after a failure, and with a damaged ledger set aside.

use std::path::PathBuf;

use eframe::egui::{self, Button, Context, Label, RichText, Ui, vec2};

use super::{App, Behind, Failure};
use crate::config::Settings;
use crate::logos::Logos;
use crate::platform::logo::LogoSource;
use crate::till::{Open, Purpose};
use crate::trouble::chain;
use crate::ui::background::News;
use crate::ui::printing::Accepted;
use crate::ui::theme;
use crate::{ledger, till};

impl App {
    // ── The till behind ────────────────────────────────────────────────────────────────────────────────────────────

    /// Opens a till by the present settings, once the one that is open has ended.
    pub(super) fn open_till(&mut self, ctx: &Context) {
        self.open_till_after(|| (), ctx);
    }

    /// Has `mending` done while no till is open, then opens one.
    pub(super) fn open_till_after(&mut self, mending: impl FnOnce() + Send + 'static, ctx: &Context) {
        self.line.connect(None);
        self.logo.end();
        let before = std::mem::replace(&mut self.behind, Behind::Opening);
        let (reader, ledger) = (self.history.let_go(), self.ledger_file());
        let (settings, places, tell, ctx) = (self.settings.clone(), self.places.clone(), self.teller(ctx), ctx.clone());
        self.runtime.spawn(async move {
            if let Behind::Open(open) = before {
                open.till.stop().await; // and let go of its ledger, so that the next one finds itself alone there
            }
            // It may wait for a disk, or for another program; and the history must have let go of the ledger too.
            let mending = move || {
                if reader.is_some_and(|reader| reader.join().is_err()) {
                    tracing::error!("the history's reader ended badly");
                }
                mending();
            };
            if let Err(error) = tokio::task::spawn_blocking(mending).await {
                tracing::error!("what was to be done while no till is open ended badly: {error}");
            }
            let heard = tell.clone();
            let on_accepted = move |id| heard(News::Accepted(Accepted { ledger: ledger.clone(), id }));
            let on_change = move || ctx.request_repaint();
            let opened = till::open_and_tell(&settings, &places, Purpose::Window, on_change, on_accepted).await;
            tell(News::Opened(opened.map(Box::new)));
        });
    }

    /// The logos of the cards that `open` looks up.
    pub(super) fn logos(&self, open: &Open, ctx: &Context) -> Logos {
        let source = LogoSource::new(open.client.base_url(), open.sandbox.is_some());
        let ctx = ctx.clone();
        Logos::start(source, self.places.logo_folder(), &self.runtime, move || ctx.request_repaint())
    }

    /// Reads the settings again and opens a till by them.
    pub(super) fn start_over(&mut self, ctx: &Context) {
        match Settings::load(&self.places) {
            Ok(settings) => {
                let before = std::mem::replace(&mut self.settings, settings);
                self.adopt(&before, ctx);
                self.open_till(ctx);
            }
            Err(error) => self.behind = Behind::Failed(Failure::Settings(chain(&error))),
        }
    }

    /// The ledger that the present settings mean.
    pub(super) fn ledger_file(&self) -> PathBuf {
        self.places.ledger_file_in(self.settings.account.is_none())
    }

    pub(super) fn set_aside_ledger(&mut self, ctx: &Context) {
        let file = self.ledger_file();
        // Not before the till has let go of it: where it was open when the damage was met, it must be closed first.
        let news = self.news.0.clone();
        self.open_till_after(move || drop(news.send(News::SetAside(ledger::set_aside(&file)))), ctx);
    }

    /// What stands in the window while no till is open behind it.
    pub(super) fn show_not_open(&mut self, ui: &mut Ui, ctx: &Context) {
        let (mut again, mut connect) = (false, false);
        ui.vertical_centered(|ui| {
            ui.add_space(80.0);
            let Behind::Failed(failure) = &self.behind else {
                ui.label(RichText::new(self.text.say("opening")).font(theme::title_font()));
                ui.add(egui::Spinner::new().size(48.0));
                return;
            };
            let (key, why) = match failure {
                Failure::Settings(why) => ("open-failed-settings", why),
                Failure::Till(why) => ("open-failed-till", why),
            };
            ui.label(RichText::new(self.text.say("open-failed")).font(theme::verdict_font()));
            ui.add(
                Label::new(RichText::new(self.text.say(key)).color(theme::palette(ui).words(theme::Tone::Bad))).wrap(),
            );
            ui.add_space(8.0);
            ui.add(Label::new(RichText::new(why).color(theme::palette(ui).muted)).wrap());
            ui.add_space(16.0);
            let size = vec2(240.0, theme::TOUCH_HEIGHT);
            again = ui.add(Button::new(self.text.say("open-again")).min_size(size)).clicked();
            if matches!(failure, Failure::Till(_)) {
                connect = ui.add(Button::new(self.text.say("welcome-connect")).min_size(size)).clicked();
            }
        });
        if again {
            self.start_over(ctx);
        }
        if connect {
            self.open_form(ctx);
        }
    }
}
