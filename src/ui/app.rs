//! The window as a whole: what is where, what keys and clicks do, and opening, changing and closing the till behind it.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use eframe::egui::{
    self, Align, Button, CentralPanel, Color32, ColorImage, Context, Frame, Id, Label, Layout, Margin, Modal, Panel,
    RichText, ScrollArea, TextureHandle, TextureOptions, Ui, ViewportCommand, vec2,
};
use jiff::Timestamp;
use tokio::runtime::Handle;

use super::awake::Awake;
use super::background::{Line, News};
use super::command::Command;
use super::connect::{self, ConnectForm, Connected, Unfit};
use super::cue::Cue;
use super::history::{self, History};
use super::lock::Lock;
use super::page::{self, Page};
use super::scan_pane::{Ear, ScanPane, source_at_start};
use super::settings::{Around, Change, SettingsPage, Tested, Wish};
use super::text::{Language, Text};
use super::{key_card, latest, result, sentence, theme};
use crate::code::Code;
use crate::config::{self, Keeper, Places, SIDE_RANGE, SecretPlace, Settings, WindowSettings};
use crate::coupon::{Coupon, Kind, Status, Validity, Verdict};
use crate::crash;
use crate::desk::{Event, NotRecorded, Stage, View};
use crate::ledger;
use crate::pin::PinHash;
use crate::sandbox::{CouponInfo, print};
use crate::scan::Source;
use crate::sound::Voice;
use crate::till::{self, Open, Purpose};
use crate::trouble::{Trouble, chain};
use secrecy::SecretString;

/// How long closing waits for a write-off's outcome to reach the disk.
const CLOSING_PATIENCE: Duration = Duration::from_secs(15);
/// A character that every font with Chinese in it has.
const CHINESE_SAMPLE: char = '核';
/// Pixels of one module of a sample coupon's QR code: large enough for any camera at arm's length.
const SAMPLE_MODULE_PX: u32 = 10;

/// What the window is opened with.
pub struct AppSetup {
    /// Where things are.
    pub places: Places,
    /// What the settings file says, or what is wrong with it.
    pub settings: Result<Settings, config::Error>,
    /// Where to scan from, if the command line says so.
    pub source: Option<Source>,
    /// Whether to look for a camera at all.
    pub use_camera: bool,
    /// Where the till runs.
    pub runtime: Handle,
    /// Who makes sounds heard.
    pub voice: Box<dyn Voice>,
    /// When the program started: how long the window took is logged.
    pub started: Instant,
}

/// The till behind the window.
enum Behind {
    Opening,
    Open(Box<Open>),
    Failed(Failure),
}

/// Why there is no till; in English, for whoever keeps the settings.
enum Failure {
    /// The settings cannot be read, and therefore not be written either.
    Settings(String),
    /// The account, its secret or the sandbox.
    Till(String),
}

/// The window.
pub struct App {
    text: Text,
    places: Places,
    settings: Settings,
    /// Saves what of the settings is changed here.
    keeper: Arc<Keeper>,
    runtime: Handle,
    behind: Behind,
    line: Line,
    news: (mpsc::Sender<News>, mpsc::Receiver<News>),
    scan: ScanPane,
    /// The history's page.
    history: History,
    /// What is shown.
    page: Page,
    settings_page: SettingsPage,
    /// The PIN before history and settings, where there is one.
    lock: Lock,
    /// While the display is kept awake.
    awake: Option<Awake>,
    /// The till is to be opened anew by changed settings, once no write-off is under way.
    reopens: bool,
    /// How many of the till's scans the window has answered: see [`View::scans`].
    scans_met: u64,
    /// The turn ([`View::turn`]) whose coupon's details are shown in place of its verdict's.
    details_of: Option<u64>,
    /// Tells of verdicts besides showing them.
    cue: Cue,
    /// The key card is open.
    key_card: bool,
    /// The form, while it is open.
    connect: Option<ConnectForm>,
    /// A sentence about what was just done: a saved account, a ledger set aside.
    notice: Option<String>,
    /// A sample coupon's QR code, while it is shown.
    sample: Option<(String, TextureHandle)>,
    closing: bool,
    /// The window's size where it does not fill the screen, and whether it is maximized, as far as they are known.
    size_now: (Option<(u32, u32)>, Option<bool>),
    fonts_checked: bool,
    started: Instant,
    /// What of the launch has been logged: the first frame, the first frame with an open till.
    logged: (bool, bool),
}

impl App {
    /// The window's content, with the till opening behind it.
    pub fn new(ctx: &Context, setup: AppSetup) -> Self {
        theme::apply(ctx);
        let AppSetup { places, settings, source, use_camera, runtime, voice, started } = setup;
        let (settings, trouble) = match settings {
            Ok(settings) => (settings, None),
            Err(error) => (Settings::default(), Some(chain(&error))),
        };
        let language = settings.language.as_deref().map_or_else(Language::of_system, Language::from_tag);
        let mut text = Text::new(language);
        text.keep_private(&settings.privacy);
        theme::choose(ctx, settings.window.theme);
        theme::set_text_percent(ctx, settings.window.text_percent);
        let news = mpsc::channel();
        let line = Line::default();
        let source = use_camera.then(|| source_at_start(source, settings.camera.as_deref()));
        let scan = ScanPane::new(line.clone(), news.0.clone(), source, &settings, ctx);
        let keeper = Arc::new(Keeper::start(places.clone()));
        let mut app = Self {
            text,
            places,
            settings,
            keeper,
            runtime,
            behind: Behind::Opening,
            line,
            news,
            scan,
            history: History::default(),
            page: Page::default(),
            settings_page: SettingsPage::default(),
            lock: Lock::default(),
            awake: None,
            reopens: false,
            scans_met: 0,
            details_of: None,
            cue: Cue::new(voice),
            key_card: false,
            connect: None,
            notice: None,
            sample: None,
            closing: false,
            size_now: (None, None),
            fonts_checked: false,
            started,
            logged: (false, false),
        };
        app.keep_awake();
        if let Some(report) = crash::newest_untold(&app.places.crash_folder()) {
            tracing::warn!("an earlier run of the program failed; its report is {}", report.display());
            app.notice = Some(app.text.say_with("crashed-before", &[("file", &report.display().to_string())]));
        }
        match trouble {
            // Not for practice either: whoever has an account must not take practice for it.
            Some(why) => app.behind = Behind::Failed(Failure::Settings(why)),
            None => app.open_till(ctx),
        }
        app
    }

    /// Whether a till is open and its ledger read.
    pub fn is_open(&self) -> bool {
        matches!(self.behind, Behind::Open(_))
    }

    /// The sandbox's coupons, while practising.
    pub fn samples(&self) -> Vec<CouponInfo> {
        match &self.behind {
            Behind::Open(open) => open.sandbox.as_ref().map(|sandbox| sandbox.coupons()).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The picture of the desk that the window shows.
    pub fn view(&self) -> Option<View> {
        match &self.behind {
            Behind::Open(open) => Some(open.till.view()),
            _ => None,
        }
    }

    // ── The till behind ────────────────────────────────────────────────────────────────────────────────────────────

    /// Opens a till by the present settings, once the one that is open has ended.
    fn open_till(&mut self, ctx: &Context) {
        self.open_till_after(|| (), ctx);
    }

    /// Has `mending` done while no till is open, then opens one.
    fn open_till_after(&mut self, mending: impl FnOnce() + Send + 'static, ctx: &Context) {
        self.line.connect(None);
        let before = std::mem::replace(&mut self.behind, Behind::Opening);
        let reader = self.history.let_go();
        let (settings, places, news, ctx) =
            (self.settings.clone(), self.places.clone(), self.news.0.clone(), ctx.clone());
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
            let repaint = ctx.clone();
            let opened = till::open(&settings, &places, Purpose::Window, move || repaint.request_repaint()).await;
            news.send(News::Opened(opened.map(Box::new))).ok();
            ctx.request_repaint();
        });
    }

    /// Reads the settings again and opens a till by them.
    fn start_over(&mut self, ctx: &Context) {
        match Settings::load(&self.places) {
            Ok(settings) => {
                self.settings = settings;
                self.open_till(ctx);
            }
            Err(error) => self.behind = Behind::Failed(Failure::Settings(chain(&error))),
        }
    }

    fn take_news(&mut self, ctx: &Context) {
        while let Ok(item) = self.news.1.try_recv() {
            match item {
                News::Opened(Ok(open)) => {
                    self.line.connect(Some(open.till.teller()));
                    if let Some(error) = &open.ledger_error {
                        tracing::error!("nothing can be written off: {}", chain(error));
                    }
                    self.behind = Behind::Open(open);
                    self.scans_met = 0;
                    self.cue.begin_anew();
                    self.set_title(ctx);
                }
                News::Opened(Err(error)) => {
                    tracing::error!("the till could not be opened: {}", chain(&error));
                    self.behind = Behind::Failed(Failure::Till(chain(&error)));
                }
                News::Cameras(cameras) => self.scan.cameras_listed(cameras),
                News::CameraOpened(name) => self.camera_opened(name),
                News::CameraLost(error) => {
                    tracing::warn!("the camera is lost: {}", chain(&error));
                    self.scan.camera_lost(error);
                }
                News::SerialPort(trouble) => self.scan.port_changed(trouble),
                News::PictureFailed(key) => self.scan.picture_failed(key),
                News::Connected(connected) => self.connected(connected, ctx),
                News::SetAside(Ok(folder)) => {
                    let folder = folder.display().to_string();
                    tracing::warn!("the damaged ledger was set aside: {folder}");
                    self.notice = Some(self.text.say_with("ledger-was-set-aside", &[("file", &folder)]));
                }
                News::SetAside(Err(error)) => self.notice = Some(chain(&error)),
                News::Called => {
                    for command in
                        [ViewportCommand::Minimized(false), ViewportCommand::Visible(true), ViewportCommand::Focus]
                    {
                        ctx.send_viewport_cmd(command);
                    }
                    self.notice = Some(self.text.say("already-open"));
                }
                News::AskedToEnd => self.closing = true,
                News::PinTried(was_right) => self.lock.tried(was_right, Instant::now()),
                News::PinMade(hash) => {
                    self.change_settings(Box::new(move |settings| settings.privacy.pin = Some(hash.clone())), ctx);
                }
                News::AccountTested(tested) => {
                    let tested = match tested {
                        Ok(()) => Tested::Well,
                        Err(Unfit::Refused(trouble)) => Tested::Ill(self.why_refused(&trouble)),
                        Err(Unfit::Failed(why)) => Tested::Ill(why),
                    };
                    self.settings_page.account_tested(tested);
                }
                News::NotSaved(why) => self.notice = Some(self.text.say_with("settings-not-saved", &[("why", &why)])),
            }
        }
    }

    /// Remembers the camera, so that the next start opens the same.
    fn camera_opened(&mut self, name: String) {
        let remembered = self.scan.to_remember(&name);
        self.scan.camera_opened(name);
        if remembered.is_some() && self.settings.camera != remembered && !matches!(self.behind, Behind::Failed(_)) {
            self.settings.camera.clone_from(&remembered);
            drop(self.keeper.change(|settings| settings.camera = remembered)); // that it failed is no reason to bother a cashier
        }
    }

    fn connected(&mut self, connected: Connected, ctx: &Context) {
        match connected {
            Connected::Saved(account, till, place) => {
                // Nothing else: the language or the camera may have changed during the test.
                self.settings.account = Some(*account);
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
            Connected::Refused(trouble) => {
                let why = self.why_refused(&trouble);
                self.refuse_connection(&why);
            }
            Connected::Failed(why) => self.refuse_connection(&why),
        }
    }

    /// Why an account was refused, for who connects it.
    fn why_refused(&self, trouble: &Trouble) -> String {
        let why = match trouble {
            Trouble::Unreachable(_) | Trouble::NoAnswer(_) | Trouble::Nonsense(_) => {
                self.text.say("connect-not-reached")
            }
            _ => sentence::trouble(&self.text, trouble),
        };
        trouble.errcode().map_or(why.clone(), |errcode| format!("{why} ({errcode})"))
    }

    fn refuse_connection(&mut self, why: &str) {
        if let Some(form) = &mut self.connect {
            form.refused(why, &self.text);
        }
    }

    fn set_aside_ledger(&mut self, ctx: &Context) {
        let file = self.places.ledger_file_in(self.settings.account.is_none());
        // Not before the till has let go of it: where it was open when the damage was met, it must be closed first.
        let news = self.news.0.clone();
        self.open_till_after(move || drop(news.send(News::SetAside(ledger::set_aside(&file)))), ctx);
    }

    // ── What the cashier does ──────────────────────────────────────────────────────────────────────────────────────

    fn obey(&mut self, command: Command, view: Option<&View>, ctx: &Context) {
        self.notice = None;
        let card_was_open = std::mem::take(&mut self.key_card);
        if card_was_open {
            return; // what is under it is not before the cashier's eyes: a key puts the card away, and does nothing else
        }
        if command == Command::KeyCard {
            self.key_card = true;
            return;
        }
        match command.page() {
            Some(page) => self.turn_to(page, ctx),
            None if command == Command::FullScreen => {
                let full_screen = !self.settings.window.full_screen;
                if !self.settings.window.kiosk {
                    self.change_settings(Box::new(move |settings| settings.window.full_screen = full_screen), ctx);
                }
            }
            None if self.page == Page::Counter => {
                if command == Command::Clear {
                    self.scan.clear();
                }
                if let Some(event) = view.and_then(|view| command.event(view)) {
                    self.line.tell(event);
                }
                if command == Command::Details {
                    let turn = view.map(|view| view.turn);
                    self.details_of = if self.details_of == turn { None } else { turn };
                }
            }
            None if command == Command::Clear => self.turn_to(Page::Counter, ctx),
            None => {} // what is not before the cashier's eyes is neither written off nor looked up
        }
    }

    /// Shows `page`. A form that is open is left.
    fn turn_to(&mut self, page: Page, ctx: &Context) {
        for change in self.settings_page.leave(&self.settings) {
            self.change_settings(change, ctx);
        }
        if page == Page::Counter {
            self.lock.close();
        }
        self.page = page;
        self.connect = None;
        self.sample = None;
        match page {
            Page::Counter => ctx.memory_mut(|memory| memory.request_focus(ScanPane::field_id())),
            Page::History | Page::Settings => ctx.memory_mut(|memory| memory.stop_text_input()),
        }
    }

    /// A scan that the till has taken up, from wherever it came, is seen at the counter. A form that is being filled in is not taken away by what
    /// passes the camera.
    fn follow_scans(&mut self, view: &View, ctx: &Context) {
        if std::mem::replace(&mut self.scans_met, view.scans) != view.scans && self.connect.is_none() {
            self.notice = None;
            self.key_card = false;
            if self.page != Page::Counter {
                self.turn_to(Page::Counter, ctx);
            }
        }
    }

    /// Who listens to keys and pictures now.
    fn ear(&self) -> Ear {
        match self.page {
            _ if self.is_locked() => Ear::Beside,
            _ if self.connect.is_some() => Ear::Closed,
            Page::Counter => Ear::Field,
            Page::History | Page::Settings => Ear::Scans,
        }
    }

    /// Turns to the form for an account.
    fn open_form(&mut self, ctx: &Context) {
        self.turn_to(Page::Settings, ctx);
        if !self.is_locked() {
            self.connect = Some(ConnectForm::new(&self.settings));
        }
    }

    /// Whether the page is behind a PIN that has not been entered.
    fn is_locked(&self) -> bool {
        self.page != Page::Counter && self.settings.privacy.pin.is_some() && !self.lock.is_open()
    }

    /// Has the display kept awake, or not, as the settings say.
    fn keep_awake(&mut self) {
        match (self.settings.window.may_sleep, &self.awake) {
            (false, None) => self.awake = Some(Awake::keep()),
            (true, Some(_)) => self.awake = None,
            _ => {}
        }
    }

    /// Something that tells the window of `news` from another thread, as often as it is called.
    pub(super) fn bell<F: Fn() -> News>(&self, news: F, ctx: &Context) -> impl Fn() + use<F> {
        let (ctx, line) = (ctx.clone(), self.news.0.clone());
        move || {
            line.send(news()).ok(); // an error means that the window has closed
            ctx.request_repaint();
        }
    }

    /// Tries a PIN, on another thread: its hash takes a moment on purpose.
    fn try_pin(&self, pin: SecretString, ctx: &Context) {
        let (news, ctx, hash) = (self.news.0.clone(), ctx.clone(), self.settings.privacy.pin.clone());
        self.runtime.spawn_blocking(move || {
            news.send(News::PinTried(hash.is_none_or(|hash| hash.is_of(&pin)))).ok();
            ctx.request_repaint();
        });
    }

    fn show_lock(&mut self, ui: &mut Ui, ctx: &Context) {
        if let Some(pin) = self.lock.show(ui, &self.text) {
            self.try_pin(pin, ctx);
        }
    }

    /// Remembers the window's size for the next start.
    fn remember_size(&mut self, ctx: &Context) {
        let zoom = ctx.zoom_factor(); // not below: two locks at once
        ctx.input(|input| {
            let window = input.viewport();
            if window.fullscreen == Some(true) || window.minimized == Some(true) {
                return;
            }
            let maximized = window.maximized.unwrap_or_default();
            self.size_now.1 = Some(maximized);
            if let (Some(rect), false) = (window.inner_rect, maximized) {
                // As the window was opened, by the system's scale alone.
                let size = rect.size() * zoom;
                let side = |length: f32| (length.round() as u32).clamp(*SIDE_RANGE.start(), *SIDE_RANGE.end());
                self.size_now.0 = Some((side(size.x), side(size.y)));
            }
        });
    }

    /// Does what is wished at the settings.
    fn grant(&mut self, wish: Wish, ctx: &Context) {
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
                let (news, ctx) = (self.news.0.clone(), ctx.clone());
                self.runtime.spawn(async move {
                    news.send(News::Connected(connect::test_and_save(*entered, places, &keeper).await)).ok();
                    ctx.request_repaint();
                });
            }
            Wish::TestAccount => {
                self.settings_page.account_tested(Tested::Not);
                let (settings, places) = (self.settings.clone(), self.places.clone());
                let (news, ctx) = (self.news.0.clone(), ctx.clone());
                self.runtime.spawn(async move {
                    news.send(News::AccountTested(connect::test(settings, places).await)).ok();
                    ctx.request_repaint();
                });
            }
            Wish::TrySound(sound) => self.cue.try_sound(sound, &self.settings.counter),
            Wish::SetPin(pin) => {
                let (news, ctx) = (self.news.0.clone(), ctx.clone());
                self.runtime.spawn_blocking(move || {
                    match PinHash::of(&pin) {
                        Ok(hash) => drop(hash.map(|hash| news.send(News::PinMade(hash)))),
                        Err(error) => drop(news.send(News::NotSaved(chain(&error)))),
                    }
                    ctx.request_repaint();
                });
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
    fn change_settings(&mut self, change: Change, ctx: &Context) {
        let before = self.settings.clone();
        change(&mut self.settings);
        if self.settings.window.theme != before.window.theme {
            theme::choose(ctx, self.settings.window.theme);
        }
        if self.settings.window.text_percent != before.window.text_percent {
            theme::set_text_percent(ctx, self.settings.window.text_percent);
        }
        if self.settings.language != before.language {
            self.text =
                Text::new(self.settings.language.as_deref().map_or_else(Language::of_system, Language::from_tag));
            self.set_title(ctx);
        }
        self.text.keep_private(&self.settings.privacy);
        let fills_screen = |settings: &Settings| settings.window.full_screen || settings.window.kiosk;
        if fills_screen(&self.settings) != fills_screen(&before) {
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(fills_screen(&self.settings)));
        }
        if self.settings.privacy.pin.is_none() {
            self.lock.close(); // a PIN that is set later is asked for
        }
        self.keep_awake();
        if self.settings.scanner != before.scanner {
            self.scan.set_up_scanner(&self.settings.scanner, ctx);
        }
        if self.settings.camera != before.camera {
            self.scan.choose(Some(source_at_start(None, self.settings.camera.as_deref())), ctx);
        }
        let of_till = |settings: &Settings| {
            (settings.till.clone(), settings.custom_cards.clone(), settings.counter.press_twice_from)
        };
        self.reopens |= of_till(&self.settings) != of_till(&before) && !matches!(self.behind, Behind::Failed(_));
        let saved = self.keeper.change(move |settings| change(settings));
        let (news, ctx) = (self.news.0.clone(), ctx.clone());
        self.runtime.spawn(async move {
            let why = match saved.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => chain(&error),
                Err(error) => error.to_string(),
            };
            news.send(News::NotSaved(why)).ok();
            ctx.request_repaint();
        });
    }

    /// Remembers whether the picture is shown as in a mirror.
    fn keep_mirrored(&mut self) {
        let mirrored = self.scan.is_mirrored();
        if std::mem::replace(&mut self.settings.picture.mirrored, mirrored) != mirrored {
            drop(self.keeper.change(move |settings| settings.picture.mirrored = mirrored));
        }
    }

    fn change_language(&mut self, ctx: &Context) {
        let language = self.text.language().next();
        self.change_settings(Box::new(move |settings| settings.language = Some(language.tag().to_owned())), ctx);
    }

    fn set_title(&self, ctx: &Context) {
        let practising = matches!(&self.behind, Behind::Open(open) if open.sandbox.is_some());
        let title = self.text.say(if practising { "window-title-practice" } else { "window-title" });
        ctx.send_viewport_cmd(ViewportCommand::Title(title));
    }

    /// Without a font that has Chinese there would be boxes: English then, with a sentence that says why.
    fn check_fonts(&mut self, ctx: &Context) {
        if std::mem::replace(&mut self.fonts_checked, true) {
            return;
        }
        let font = egui::TextStyle::Body.resolve(&ctx.global_style());
        if !ctx.fonts_mut(|fonts| fonts.has_glyph(&font, CHINESE_SAMPLE)) {
            self.text = Text::latin_only();
            self.notice = Some(self.text.say("fonts-missing"));
        }
    }

    /// Closes when no write-off is under way, and not before.
    fn mind_closing(&mut self, ctx: &Context, view: Option<&View>) {
        let under_way = view.is_some_and(|view| view.under_way);
        let close_requested = ctx.input(|input| input.viewport().close_requested());
        if close_requested && self.settings.window.kiosk && !self.closing {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.notice = Some(self.text.say("kiosk-stays"));
            return;
        }
        if close_requested && under_way {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.closing = true;
            self.notice = Some(self.text.say("closing-waits"));
        } else if self.closing && !under_way {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    /// Logs how long the window took to come up, and each frame where that is asked for: `tools/measure.sh` reads it.
    fn log_frame(&mut self) {
        let ms = self.started.elapsed().as_millis();
        if !std::mem::replace(&mut self.logged.0, true) {
            tracing::info!("first frame after {ms} ms");
        }
        if self.is_open() && !std::mem::replace(&mut self.logged.1, true) {
            tracing::info!("till open after {ms} ms");
        }
        tracing::trace!("frame");
    }

    // ── What is where ──────────────────────────────────────────────────────────────────────────────────────────────

    /// Says which page is asked for.
    fn show_top(&mut self, ui: &mut Ui) -> Option<Command> {
        ui.horizontal_centered(|ui| {
            let mut clicked = page::show_buttons(ui, self.page, &self.text);
            ui.add_space(4.0);
            let names = &self.settings.till;
            let who = if names.cashier.is_empty() {
                self.text.say_with("till-line", &[("till", &names.name)])
            } else {
                self.text.say_with("till-line-cashier", &[("till", &names.name), ("cashier", &names.cashier)])
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = |words: String| Button::new(words).min_size(vec2(64.0, theme::TOUCH_HEIGHT));
                if self.text.can_be_chinese() && ui.add(button(self.text.say("language-other"))).clicked() {
                    self.change_language(&ui.ctx().clone());
                }
                let keys = format!("{} ({})", self.text.say("keys"), Command::KeyCard.key_name());
                if ui.add(button(keys)).clicked() {
                    clicked = Some(Command::KeyCard);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(who).color(theme::palette(ui).muted)).truncate());
                });
            });
            clicked
        })
        .inner
    }

    /// A sentence about what was just done, over the window's lower edge: nothing moves for it. It goes with the next scan or key, or when it is closed.
    fn show_notice(&mut self, ctx: &Context) {
        let Some(notice) = &self.notice else { return };
        let (words, close) = (notice.clone(), self.text.say("close"));
        let area = egui::Area::new(Id::unique("notice")).order(egui::Order::Foreground);
        let shown = area.anchor(egui::Align2::CENTER_BOTTOM, vec2(0.0, -12.0)).show(ctx, |ui| {
            Frame::popup(ui.style())
                .inner_margin(12)
                .show(ui, |ui| {
                    ui.set_max_width(theme::NOTICE_WIDTH);
                    ui.horizontal(|ui| {
                        let close = Button::new(close).min_size(vec2(80.0, theme::TOUCH_HEIGHT));
                        let closed = ui.add(close).clicked();
                        let color = theme::palette(ui).words(theme::Tone::Attention);
                        ui.add(Label::new(RichText::new(words).color(color).strong()).wrap());
                        closed
                    })
                    .inner
                })
                .inner
        });
        if shown.inner {
            self.notice = None;
        }
    }

    fn show_banner(&mut self, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let words = RichText::new(self.text.say("welcome-connect")).color(theme::ON_PRACTICE);
                let button = Button::new(words).fill(theme::PRACTICE).min_size(vec2(0.0, theme::TOUCH_HEIGHT));
                if ui.add(button.stroke(egui::Stroke::new(1.0, theme::ON_PRACTICE))).clicked() {
                    self.open_form(ui.ctx());
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let words = RichText::new(self.text.say("practice-banner")).color(theme::ON_PRACTICE).strong();
                    ui.add(Label::new(words).truncate());
                });
            });
        });
    }

    fn show_samples(&mut self, ui: &mut Ui) {
        ui.label(RichText::new(self.text.say("practice-samples")).strong());
        let mut shown = None;
        ScrollArea::vertical().id_salt("samples").auto_shrink(false).show(ui, |ui| {
            for coupon in self.samples() {
                ui.horizontal(|ui| {
                    let hover = self.text.say_with("practice-qr", &[("code", &coupon.code)]);
                    let qr = ui
                        .add(Button::new("QR").min_size(vec2(theme::TOUCH_HEIGHT, theme::TOUCH_HEIGHT)))
                        .on_hover_text(&hover);
                    qr.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &hover));
                    if qr.clicked() {
                        shown = Some(coupon.code.clone());
                    }
                    let code = RichText::new(&coupon.code).monospace();
                    if ui.add(Button::new(code).min_size(vec2(150.0, theme::TOUCH_HEIGHT))).clicked() {
                        self.line.tell(Event::Scanned(coupon.code.clone()));
                    }
                    let (tone, word) = what_will_happen(&self.text, &coupon);
                    let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
                    ui.painter().circle_filled(dot.center(), 4.0, theme::palette(ui).words(tone));
                    // The word first: a long title may be cut off.
                    ui.add(Label::new(format!("{word} · {}", self.text.shown(&coupon.title))).truncate());
                });
            }
        });
        if let Some(code) = shown {
            let (width, height, luma) = print::qr_luma(&code, SAMPLE_MODULE_PX);
            let image = ColorImage::from_gray([width as usize, height as usize], &luma);
            let texture = ui.ctx().load_texture("sample", image, TextureOptions::NEAREST);
            self.sample = Some((code, texture));
        }
    }

    fn show_sample_qr(&mut self, ctx: &Context) {
        let Some((code, texture)) = &self.sample else { return };
        let modal = Modal::new(Id::unique("sample")).show(ctx, |ui| {
            ui.vertical_centered(|ui| {
                ui.label(self.text.say("practice-qr-title"));
                ui.add(egui::Image::new(texture).alt_text(self.text.say_with("practice-qr", &[("code", code)])));
                ui.label(RichText::new(code).font(theme::title_font()));
                ui.add(Button::new(self.text.say("close")).min_size(vec2(160.0, theme::TOUCH_HEIGHT))).clicked()
            })
            .inner
        });
        if modal.inner || modal.should_close() {
            self.sample = None;
        }
    }

    fn show_right(&mut self, ui: &mut Ui, view: &View) {
        let (mut connect, mut set_aside) = (false, false);
        let (text, behind) = (&self.text, &self.behind);
        let with_details = self.details_of == Some(view.turn);
        let clicked = result::show(ui, view, text, with_details, |ui| match behind {
            Behind::Open(open) if open.sandbox.is_some() => connect = show_welcome(ui, text),
            _ => {
                let keys =
                    [Command::Consume, Command::Clear, Command::AskAgain, Command::GoToCode].map(Command::key_name);
                let names = ["consume", "clear", "again", "field"];
                let values: Vec<(&str, &str)> = names.into_iter().zip(keys).collect();
                ui.label(RichText::new(text.say_with("keys-hint", &values)).color(theme::palette(ui).muted));
            }
        });
        if let Behind::Open(open) = &self.behind
            && let Some(error) = &open.ledger_error
        {
            set_aside = show_ledger_trouble(ui, &self.text, error);
        }
        if let Stage::NotRecorded { why: NotRecorded::Damaged(_), .. } = &view.stage
            && matches!(&self.behind, Behind::Open(open) if open.ledger_error.is_none())
        {
            let button = Button::new(self.text.say("ledger-set-aside")).min_size(vec2(0.0, theme::TOUCH_HEIGHT));
            set_aside = ui.add_enabled(!view.under_way, button).clicked();
        }
        if let Some(command) = clicked {
            self.obey(command, Some(view), &ui.ctx().clone());
        }
        if connect {
            self.open_form(ui.ctx());
        }
        if set_aside {
            self.set_aside_ledger(&ui.ctx().clone());
        }
    }
}

/// What scanning a sample coupon will show: the desk's verdict, by this computer's clock, as the sandbox goes by that.
fn what_will_happen(text: &Text, sample: &CouponInfo) -> (theme::Tone, String) {
    let Ok(code) = Code::parse(&sample.code) else { return (theme::Tone::Bad, sample.status.clone()) };
    let coupon = Coupon {
        code,
        card_id: None,
        openid: None,
        status: Status::from_wire(&sample.status),
        can_consume: sample.consumable,
        validity: Validity::from_wire(Some(sample.begin), Some(sample.end)),
    };
    let kind = if sample.kind == Kind::Member.as_wire() { Kind::Member } else { Kind::Other(sample.kind.clone()) };
    match coupon.verdict(Some(&kind), Timestamp::now()) {
        Verdict::Usable => (theme::Tone::Good, text.say("short-usable")),
        Verdict::Refused(reason) => (theme::Tone::Bad, sentence::reason_in_short(text, &reason)),
    }
}

/// The first thing that a new user sees beside a ready desk. Says whether an account is to be connected.
fn show_welcome(ui: &mut Ui, text: &Text) -> bool {
    ui.label(RichText::new(text.say("welcome-title")).font(theme::title_font()));
    ui.add(Label::new(text.say("welcome-text")).wrap());
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let size = vec2(200.0, theme::TOUCH_HEIGHT);
        if ui.add(Button::new(text.say("welcome-practise")).min_size(size)).clicked() {
            ui.memory_mut(|memory| memory.request_focus(ScanPane::field_id()));
        }
        ui.add(Button::new(text.say("welcome-connect")).min_size(size)).clicked()
    })
    .inner
}

/// Why nothing can be written off, and the way out. Says whether the ledger is to be set aside.
fn show_ledger_trouble(ui: &mut Ui, text: &Text, error: &ledger::Error) -> bool {
    let mut set_aside = false;
    let id = Id::unique("ledger trouble");
    egui::Area::new(id).anchor(egui::Align2::RIGHT_BOTTOM, vec2(-24.0, -220.0)).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).inner_margin(16).show(ui, |ui| {
            ui.set_max_width(420.0);
            let key = match error {
                ledger::Error::Damaged { .. } => "ledger-damaged",
                ledger::Error::Newer { .. } => "ledger-newer",
                _ => "ledger-unusable",
            };
            ui.add(Label::new(RichText::new(text.say(key)).color(theme::palette(ui).words(theme::Tone::Bad))).wrap());
            if matches!(error, ledger::Error::Damaged { .. }) {
                let button = Button::new(text.say("ledger-set-aside")).min_size(vec2(0.0, theme::TOUCH_HEIGHT));
                set_aside = ui.add(button).clicked();
            }
        });
    });
    set_aside
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_news(ctx);
        let view = self.view();
        if let Some(view) = &view {
            self.cue.tell(view, &self.settings.counter); // also while nothing is drawn
        }
        self.mind_closing(ctx, view.as_ref());
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.log_frame();
        self.check_fonts(&ctx);
        self.remember_size(&ctx);
        let view = self.view();
        if let Some(view) = &view {
            self.follow_scans(view, &ctx);
        }
        if self.connect.is_none() && self.sample.is_none() {
            for command in Command::pressed(&ctx) {
                self.obey(command, view.as_ref(), &ctx);
            }
        }
        if self.scan.take_input(&ctx, self.ear()) {
            self.sample = None; // it was there to be scanned
            if self.page != Page::Counter {
                self.turn_to(Page::Counter, &ctx);
            }
        }

        let bar = |fill: Color32| Frame::new().fill(fill).inner_margin(Margin::symmetric(12, 4));
        if self.reopens && view.as_ref().is_some_and(|view| !view.under_way) {
            self.reopens = false;
            self.open_till(&ctx);
        }
        let panel_fill = ui.visuals().panel_fill;
        let top = Panel::top("top").exact_size(theme::BAR_HEIGHT).frame(bar(panel_fill));
        if let Some(command) = top.show(ui, |ui| self.show_top(ui)).inner {
            self.obey(command, view.as_ref(), &ctx);
        }
        let practising = self.is_practising();
        if practising {
            let banner = Panel::top("practice").exact_size(theme::BAR_HEIGHT).frame(bar(theme::PRACTICE));
            banner.show(ui, |ui| self.show_banner(ui));
        }
        match (self.page, view) {
            _ if self.is_locked() => {
                CentralPanel::default().show(ui, |ui| self.show_lock(ui, &ctx));
            }
            (Page::Settings, _) => {
                CentralPanel::default().show(ui, |ui| self.show_settings(ui, &ctx));
            }
            (_, None) => {
                CentralPanel::default().show(ui, |ui| self.show_not_open(ui, &ctx));
            }
            (Page::History, Some(view)) => {
                CentralPanel::default().show(ui, |ui| self.show_history(ui, &ctx, &view));
            }
            (Page::Counter, Some(view)) => self.show_counter(ui, &ctx, &view, practising),
        }
        self.keep_mirrored();
        self.show_notice(&ctx);
        if self.key_card && key_card::show(&ctx, &self.text) {
            self.key_card = false;
        }
        self.cue.show_flash(&ctx, theme::palette(ui));
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.line.connect(None);
        let (size, maximized) = self.size_now;
        let remembered = WindowSettings { size, maximized, ..self.settings.window.clone() };
        if remembered != self.settings.window && maximized.is_some() && !matches!(self.behind, Behind::Failed(_)) {
            // Saved at the latest when the keeper is dropped.
            drop(self.keeper.change(move |settings| {
                (settings.window.size, settings.window.maximized) = (size.or(settings.window.size), maximized);
            }));
        }
        if let Behind::Open(open) = std::mem::replace(&mut self.behind, Behind::Opening) {
            let stopping = async { tokio::time::timeout(CLOSING_PATIENCE, open.till.stop()).await };
            if self.runtime.block_on(stopping).is_err() {
                tracing::error!("closed while the till was still writing; what is open is settled at the next start");
            }
        }
    }
}

impl App {
    /// Whether the till behind the window is, or is being opened, for practice.
    fn is_practising(&self) -> bool {
        match &self.behind {
            Behind::Open(open) => open.sandbox.is_some(),
            Behind::Opening => self.settings.account.is_none(),
            Behind::Failed(_) => false,
        }
    }

    fn show_settings(&mut self, ui: &mut Ui, ctx: &Context) {
        let (settings, text, places) = (&self.settings, &self.text, &self.places);
        let mut around = Around { settings, text, places, scan: &mut self.scan };
        for wish in self.settings_page.show(ui, &mut around, self.connect.as_mut()) {
            self.grant(wish, ctx);
        }
    }

    fn show_history(&mut self, ui: &mut Ui, ctx: &Context, view: &View) {
        let file = self.places.ledger_file_in(self.settings.account.is_none());
        let till = history::Till {
            name: &self.settings.till.name,
            cashier: &self.settings.till.cashier,
            ledger: &file,
            exports: &self.places.exports_folder(),
        };
        match self.history.show(ui, view, &till, &self.text) {
            None => {}
            Some(history::Wish::Cashier(name)) => {
                // The ledger itself puts an open shift's cashier into every row: the till need not be opened anew for it.
                let reopens = self.reopens;
                self.change_settings(Box::new(move |settings| settings.till.cashier.clone_from(&name)), ctx);
                self.reopens = reopens;
            }
            // What is written off without a shift is under the name that the till was opened with.
            Some(history::Wish::ShiftClosed) => self.reopens = true,
        }
    }

    fn show_counter(&mut self, ui: &mut Ui, ctx: &Context, view: &View, practising: bool) {
        Panel::bottom("latest")
            .exact_size(theme::latest_height(ui.available_height()))
            .resizable(false)
            .show(ui, |ui| latest::show(ui, view, &self.text));
        let left = (ui.available_width() * 0.42).clamp(theme::LEFT_WIDTH_MIN, 760.0);
        Panel::left("scan").exact_size(left).resizable(false).show(ui, |ui| {
            self.scan.show(ui, &self.text);
            if practising {
                self.show_samples(ui);
            }
        });
        CentralPanel::default().show(ui, |ui| {
            if let Some(waiting) = &view.waiting {
                let words = self.text.say_with("waiting-next", &[("code", &self.text.code(waiting))]);
                ui.label(RichText::new(words).strong().color(theme::palette(ui).words(theme::Tone::Attention)));
            }
            self.show_right(ui, view);
        });
        self.show_sample_qr(ctx);
        self.scan.keep_focus(ctx);
        // «How long is left» is told to the minute.
        if matches!(view.stage, Stage::Shown { .. }) {
            ctx.request_repaint_after(Duration::from_secs(30));
        }
    }

    /// What stands in the window while no till is open behind it.
    fn show_not_open(&mut self, ui: &mut Ui, ctx: &Context) {
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
