//! What other threads have to tell: the till is open, an account was tried, a camera was found.

use std::time::Instant;

use eframe::egui::{Context, ViewportCommand};
use jiff::Timestamp;

use super::{App, Behind, Failure};
use crate::config::SecretPlace;
use crate::scan::Control;
use crate::trouble::{Trouble, chain};
use crate::ui::background::{News, TakenOver};
use crate::ui::connect::{Connected, Unfit};
use crate::ui::page::Page;
use crate::ui::printing::What;
use crate::ui::sentence;
use crate::ui::settings::Tested;

impl App {
    pub(super) fn take_news(&mut self, ctx: &Context) {
        while let Ok(item) = self.news.1.try_recv() {
            match item {
                News::Opened(Ok(open)) => {
                    self.line.connect(Some(open.till.teller()));
                    if let Some(error) = &open.ledger_error {
                        tracing::error!("nothing can be written off: {}", chain(error));
                    }
                    self.logo.begin(self.logos(&open, ctx));
                    self.behind = Behind::Open(open);
                    self.scans_met = 0;
                    self.cue.begin_anew();
                    self.set_title(ctx);
                    self.follow_updates(ctx);
                }
                News::Opened(Err(error)) => {
                    tracing::error!("the till could not be opened: {}", chain(&error));
                    self.behind = Behind::Failed(Failure::Till(chain(&error)));
                }
                News::Cameras(cameras) => self.scan.cameras_listed(cameras),
                News::CameraOpened(name, untaken) => self.camera_opened(name, untaken),
                News::CameraLost(error) => {
                    tracing::warn!("the camera is lost: {}", chain(&error));
                    self.scan.camera_lost(error);
                }
                News::SerialPort(trouble) => self.scan.port_changed(trouble),
                News::PictureFailed(key) => self.scan.picture_failed(key),
                News::Connected(Ok(connected)) => self.connected(*connected, ctx),
                News::Connected(Err(unfit)) => {
                    let why = self.why_unfit(unfit);
                    self.refuse_connection(&why);
                }
                News::SetAside(Ok(folder)) => {
                    let folder = folder.display().to_string();
                    tracing::warn!("the damaged ledger was set aside: {folder}");
                    self.notice = Some(self.text.say_with("ledger-was-set-aside", &[("file", &folder)]));
                }
                News::SetAside(Err(error)) => {
                    self.notice = Some(self.text.say_with("ledger-not-set-aside", &[("why", &chain(&error))]));
                }
                News::Called => {
                    for command in
                        [ViewportCommand::Minimized(false), ViewportCommand::Visible(true), ViewportCommand::Focus]
                    {
                        ctx.send_viewport_cmd(command);
                    }
                    self.notice = Some(self.text.say("already-open"));
                }
                News::AskedToEnd => self.closing = true,
                News::Accepted(of) => self.printing.slip(of, &self.settings),
                News::PrintersFound(places) => self.settings_page.printers_found(places),
                News::Printed(what, came) => {
                    let is_test = what == What::Test;
                    match self.printing.came(what, &came, &self.text) {
                        Some(words) if is_test => {
                            let tested = if came.is_ok() { Tested::Well(words) } else { Tested::Ill(words) };
                            self.settings_page.printer_tested(tested);
                        }
                        Some(words) => self.notice = Some(words),
                        None => {}
                    }
                }
                News::PinTried(was_right) => self.lock.tried(was_right, Instant::now()),
                News::PinMade(hash) => {
                    self.change_settings(Box::new(move |settings| settings.privacy.pin = Some(hash.clone())), ctx);
                }
                News::AccountTested(tested) => {
                    let tested = match tested {
                        Ok(()) => Tested::Well(self.text.say("settings-account-works")),
                        Err(unfit) => Tested::Ill(self.why_unfit(unfit)),
                    };
                    self.settings_page.account_tested(tested);
                }
                News::SetUpCode(made) => self.settings_page.set_up_code_made(made),
                News::Diverted(text) => self.take_over.scanned(&text),
                News::SetUpOpened(opened) => {
                    self.take_over.opened(opened, &self.settings.till.name, Instant::now());
                }
                News::TakenOver(Ok(taken)) => self.taken_over(*taken, ctx),
                News::TakenOver(Err(unfit)) => {
                    let why = self.why_unfit(unfit);
                    self.take_over.refused(&why, &self.text);
                }
                News::NewerVersion(url, answer) => self.updates.answered(&url, answer, Timestamp::now()),
                News::NotSaved(why) => self.notice = Some(self.text.say_with("settings-not-saved", &[("why", &why)])),
            }
        }
    }

    /// Remembers the camera, so that the next start opens the same.
    pub(super) fn camera_opened(&mut self, name: String, untaken: Vec<Control>) {
        let remembered = self.scan.to_remember(&name);
        self.scan.camera_opened(name, untaken);
        if remembered.is_some() && self.settings.camera != remembered && !matches!(self.behind, Behind::Failed(_)) {
            self.settings.camera.clone_from(&remembered);
            drop(self.keeper.change(|settings| settings.camera = remembered)); // that it failed is no reason to bother a cashier
        }
    }

    pub(super) fn connected(&mut self, connected: Connected, ctx: &Context) {
        let Connected { account, till, place } = connected;
        // Nothing else: the language or the camera may have changed during the test.
        self.settings.account = Some(account);
        self.settings.till = till;
        if self.connect.is_some() {
            self.turn_to(Page::Counter, ctx);
        }
        let key = match place {
            SecretPlace::KeyStore => "connect-kept-store",
            SecretPlace::File(_) => "connect-kept-file",
        };
        self.notice = Some(self.text.say(key));
        self.open_till(ctx);
    }

    /// Has what another till gave take effect; its account works, and its secret is kept.
    pub(super) fn taken_over(&mut self, taken: TakenOver, ctx: &Context) {
        let TakenOver { handover, till, place } = taken;
        tracing::info!("the settings of another till were taken over");
        if self.take_over.is_open() {
            self.turn_to(Page::Counter, ctx);
        }
        self.change_settings(
            Box::new(move |settings| {
                handover.take_over(settings);
                settings.till.name.clone_from(&till);
            }),
            ctx,
        );
        // In whatever language came with it.
        self.notice = Some(self.text.say(match place {
            None => "take-over-done",
            Some(SecretPlace::KeyStore) => "connect-kept-store",
            Some(SecretPlace::File(_)) => "connect-kept-file",
        }));
        self.reopens = false;
        self.open_till(ctx);
    }

    /// Why an account does not work, for who connects it.
    pub(super) fn why_unfit(&self, unfit: Unfit) -> String {
        match unfit {
            Unfit::Refused(trouble) => self.why_refused(&trouble),
            Unfit::Failed(why) => why,
        }
    }

    /// Why an account was refused, for who connects it.
    pub(super) fn why_refused(&self, trouble: &Trouble) -> String {
        let why = match trouble {
            Trouble::Unreachable(_) | Trouble::NoAnswer(_) | Trouble::Nonsense(_) => {
                self.text.say("connect-not-reached")
            }
            _ => sentence::trouble(&self.text, trouble),
        };
        trouble.errcode().map_or(why.clone(), |errcode| format!("{why} ({errcode})"))
    }

    pub(super) fn refuse_connection(&mut self, why: &str) {
        if let Some(form) = &mut self.connect {
            form.refused(why, &self.text);
        }
    }
}
