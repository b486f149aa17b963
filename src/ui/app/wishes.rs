//! What the settings, the account form and the set-up from another till ask for, and how it is done.

use std::sync::Arc;

use eframe::egui::{Context, ViewportCommand};
use jiff::Timestamp;
use secrecy::SecretString;

use super::{App, Behind};
use crate::config::Settings;
use crate::pin::PinHash;
use crate::trouble::chain;
use crate::ui::awake::Awake;
use crate::ui::background::{News, TakenOver};
use crate::ui::connect::ConnectForm;
use crate::ui::page::Page;
use crate::ui::scan_pane::source_at_start;
use crate::ui::settings::{Change, Wish};
use crate::ui::text::Text;
use crate::ui::{connect, settings, take_over, theme};
use crate::{autostart, config, printer};

impl App {
    /// Turns to the form for an account.
    pub(super) fn open_form(&mut self, ctx: &Context) {
        self.turn_to(Page::Settings, ctx);
        if !self.is_locked() {
            self.connect = Some(ConnectForm::new(&self.settings));
        }
    }

    /// Turns to what another till gives. Until it is left, scans are for it.
    pub(super) fn begin_take_over(&mut self, ctx: &Context) {
        self.turn_to(Page::Settings, ctx);
        if !self.is_locked() {
            self.scan.clear();
            self.take_over.begin();
            let tell = self.teller(ctx);
            self.line.divert(Some(Box::new(move |text| tell(News::Diverted(text)))));
        }
    }

    pub(super) fn leave_take_over(&mut self) {
        self.take_over.close();
        self.line.divert(None);
    }

    /// Does what is wished while another till is taken over.
    pub(super) fn grant_take_over(&mut self, wish: take_over::Wish, ctx: &Context) {
        let (tell, runtime) = (self.teller(ctx), self.runtime.clone());
        match wish {
            take_over::Wish::Cancel => self.leave_take_over(),
            take_over::Wish::Open(sealed, passphrase) => drop(runtime.spawn_blocking(move || {
                let opened = sealed.open(&passphrase, Timestamp::now()).map(Box::new);
                tell(News::SetUpOpened(opened));
            })),
            take_over::Wish::Save(..) if self.view().is_some_and(|view| view.under_way) => {
                self.take_over.refused(&self.text.say("connect-busy"), &self.text);
            }
            take_over::Wish::Save(handover, till) => {
                let (places, account) = (self.places.clone(), handover.account_beside(self.settings.account.as_ref()));
                runtime.spawn(async move {
                    let place = match &account {
                        Some(account) => {
                            let secret = handover.secret().cloned();
                            connect::test_and_keep(account, handover.custom_cards(), secret, places).await.map(Some)
                        }
                        None => Ok(None),
                    };
                    let taken =
                        place.map(|place| Box::new(TakenOver { handover: handover.rid_of_secret(), till, place }));
                    tell(News::TakenOver(taken));
                });
            }
        }
    }

    /// Has the display kept awake, or not, as the settings say.
    pub(super) fn keep_awake(&mut self) {
        match (self.settings.window.may_sleep, &self.awake) {
            (false, None) => self.awake = Some(Awake::keep()),
            (true, Some(_)) => self.awake = None,
            _ => {}
        }
    }

    /// Tries a PIN, on another thread: its hash takes a moment on purpose.
    pub(super) fn try_pin(&self, pin: SecretString, ctx: &Context) {
        let (tell, hash) = (self.teller(ctx), self.settings.privacy.pin.clone());
        self.runtime.spawn_blocking(move || tell(News::PinTried(hash.is_none_or(|hash| hash.is_of(&pin)))));
    }

    /// Does what is wished at the settings.
    pub(super) fn grant(&mut self, wish: Wish, ctx: &Context) {
        match wish {
            Wish::Change(change) => self.change_settings(change, ctx),
            Wish::Connect => self.open_form(ctx),
            Wish::Form(connect::Wish::Cancel) => self.connect = None,
            Wish::Form(connect::Wish::Test(_)) if self.view().is_some_and(|view| view.under_way) => {
                let why = self.text.say("connect-busy");
                self.refuse_connection(&why);
            }
            Wish::Form(connect::Wish::Test(entered)) => {
                let (places, keeper) = (self.places.clone(), Arc::clone(&self.keeper));
                let tell = self.teller(ctx);
                self.runtime.spawn(async move {
                    let connected = connect::test_and_save(*entered, places, &keeper).await;
                    tell(News::Connected(connected.map(Box::new)));
                });
            }
            Wish::TestAccount => {
                self.settings_page.test_account();
                let (settings, places, tell) = (self.settings.clone(), self.places.clone(), self.teller(ctx));
                self.runtime.spawn(async move { tell(News::AccountTested(connect::test(settings, places).await)) });
            }
            Wish::FindPrinters => {
                let tell = self.teller(ctx);
                self.runtime.spawn_blocking(move || tell(News::PrintersFound(printer::found())));
            }
            Wish::TestPrinter => {
                self.settings_page.test_printer();
                self.printing.test_page(&self.settings);
            }
            Wish::AskForUpdates => {
                self.follow_updates(ctx); // also where no till has opened
                self.updates.ask_now();
            }
            Wish::TrySound(sound) => self.cue.try_sound(sound, &self.settings.counter),
            Wish::SetPin(pin) => {
                let tell = self.teller(ctx);
                self.runtime.spawn_blocking(move || match PinHash::of(&pin) {
                    Ok(Some(hash)) => tell(News::PinMade(hash)),
                    Ok(None) => {} // no PIN: the page gives none such
                    Err(error) => tell(News::NotSaved(chain(&error))),
                });
            }
            Wish::MakeSetUpCode => {
                let (settings, places, tell) = (self.settings.clone(), self.places.clone(), self.teller(ctx));
                self.runtime.spawn_blocking(move || {
                    tell(News::SetUpCode(settings::make_set_up_code(&settings, &places, Timestamp::now())));
                });
            }
            Wish::BeginTakeOver => self.begin_take_over(ctx),
            Wish::TakeOver(wish) => self.grant_take_over(wish, ctx),
            Wish::Autostart(on) => {
                if let Err(error) = autostart::turn(on, &self.places) {
                    self.notice = Some(self.text.say_with("settings-not-saved", &[("why", &chain(&error))]));
                }
                self.autostart = autostart::chosen();
            }
            Wish::End => self.closing = true,
            Wish::OpenFolder(folder) => {
                let opened = config::make_folder(&folder).map_err(|error| chain(&error));
                let opened = opened.and_then(|()| open::that_detached(&folder).map_err(|error| error.to_string()));
                if let Err(why) = opened {
                    self.notice = Some(self.text.say_with("settings-folder-not-opened", &[("why", &why)]));
                }
            }
        }
    }

    /// Changes the settings, here at once and then in the file, and has that take effect which can while the window is open.
    pub(super) fn change_settings(&mut self, change: Change, ctx: &Context) {
        let before = self.settings.clone();
        change(&mut self.settings);
        self.adopt(&before, ctx);
        let saved = self.keeper.change(move |settings| change(settings));
        let tell = self.teller(ctx);
        self.runtime.spawn(async move {
            let why = match saved.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => chain(&error),
                Err(error) => error.to_string(),
            };
            tell(News::NotSaved(why));
        });
    }

    /// Has the present settings take effect after those of `before`, as far as that can be while the window is open.
    pub(super) fn adopt(&mut self, before: &Settings, ctx: &Context) {
        if self.settings.window.theme != before.window.theme {
            theme::choose(ctx, self.settings.window.theme);
        }
        if self.settings.window.text_percent != before.window.text_percent {
            theme::set_text_percent(ctx, self.settings.window.text_percent);
        }
        if self.settings.language != before.language {
            self.text = Text::of(&self.settings, self.text.can_be_chinese());
            self.set_title(ctx);
        }
        self.text.follow(&self.settings);
        let fills_screen = |settings: &Settings| settings.window.full_screen || settings.window.kiosk;
        if fills_screen(&self.settings) != fills_screen(before) {
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(fills_screen(&self.settings)));
        }
        if self.settings.privacy.pin.is_none() {
            self.lock.close(); // a PIN that is set later is asked for
        }
        self.keep_awake();
        if self.settings.updates.url != before.updates.url {
            self.follow_updates(ctx);
        }
        if self.settings.scanner != before.scanner {
            self.scan.set_up_scanner(&self.settings.scanner, ctx);
        }
        self.scan.set_mirrored(self.settings.picture.mirrored);
        let opens_anew = self.scan.set_up_camera(&self.settings.picture);
        if (self.settings.camera != before.camera || opens_anew) && self.scan.has_source() {
            self.scan.choose(Some(source_at_start(None, self.settings.camera.as_deref())), ctx);
        }
        let of_till = |settings: &Settings| {
            (settings.till.clone(), settings.custom_cards.clone(), settings.counter.press_twice_from)
        };
        self.reopens |= of_till(&self.settings) != of_till(before) && !matches!(self.behind, Behind::Failed(_));
    }

    /// Remembers whether the picture is shown as in a mirror.
    pub(super) fn keep_mirrored(&mut self) {
        let mirrored = self.scan.is_mirrored();
        if std::mem::replace(&mut self.settings.picture.mirrored, mirrored) != mirrored {
            drop(self.keeper.change(move |settings| settings.picture.mirrored = mirrored));
        }
    }

    pub(super) fn change_language(&mut self, ctx: &Context) {
        let language = self.text.language().next();
        self.change_settings(Box::new(move |settings| settings.language = Some(language.tag().to_owned())), ctx);
    }
}
