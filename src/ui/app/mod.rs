//! The window as a whole: what is where, which keys and clicks do what, and closing. How the till behind it is opened, says [`opening`]; what
//! comes from other threads, [`news`]; what is asked for in the settings and the account form, [`wishes`]; the page at which coupons are
//! written off is [`counter`].

mod counter;
mod news;
mod opening;
mod wishes;

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use eframe::egui::{
    self, Align, Button, CentralPanel, Context, Frame, Id, Label, Layout, Margin, Panel, RichText, TextureHandle, Ui,
    ViewportCommand, vec2,
};
use jiff::Timestamp;
use tokio::runtime::Handle;

use super::awake::Awake;
use super::background::{Line, News};
use super::command::Command;
use super::connect::ConnectForm;
use super::cue::Cue;
use super::customer::{CustomerWindow, Scene};
use super::history::{History, ShiftChange};
use super::lock::Lock;
use super::logo::ShownLogo;
use super::page::Page;
use super::printing::{Accepted, Printing};
use super::scan_pane::{Ear, ScanPane, source_at_start};
use super::settings::{Around, SettingsPage};
use super::take_over::TakeOver;
use super::text::Text;
use super::updates::{Pressed, Updates, put_away_for_good};
use super::{history, key_card, page, theme, verdict};
use crate::config::{Keeper, Places, SIDE_RANGE, Settings, WindowSettings};
use crate::desk::View;
use crate::sandbox::CouponInfo;
use crate::scan::Source;
use crate::sound::Voice;
use crate::till::Open;
use crate::trouble::chain;
use crate::{autostart, config, crash};

/// How long closing waits for a write-off's outcome to reach the disk.
const CLOSING_PATIENCE: Duration = Duration::from_secs(15);
/// A character that every font with Chinese in it has.
const CHINESE_SAMPLE: char = '核';

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
    /// Whether the program starts with the system, where that can be chosen; as it was when the settings were turned to.
    autostart: Option<bool>,
    /// While the display is kept awake.
    awake: Option<Awake>,
    /// The till is to be opened anew by changed settings, once no write-off is under way.
    reopens: bool,
    /// The receipt printer.
    printing: Printing,
    /// Whether there is a newer version.
    updates: Updates,
    /// How many of the till's scans the window has answered: see [`View::scans`].
    scans_met: u64,
    /// The turn ([`View::turn`]) whose coupon's details are shown in place of its verdict's.
    details_of: Option<u64>,
    /// Tells of verdicts besides showing them.
    cue: Cue,
    /// The window for the customer.
    customer: CustomerWindow,
    /// The logo beside a coupon.
    logo: ShownLogo,
    /// The key card is open.
    key_card: bool,
    /// The form, while it is open.
    connect: Option<ConnectForm>,
    /// What another till gives, while it is being taken over.
    take_over: TakeOver,
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
        let text = Text::of(&settings, true);
        theme::choose(ctx, settings.window.theme);
        theme::set_text_percent(ctx, settings.window.text_percent);
        let news = mpsc::channel();
        let line = Line::default();
        let source = use_camera.then(|| source_at_start(source, settings.camera.as_deref()));
        let scan = ScanPane::new(line.clone(), news.0.clone(), source, &settings, ctx);
        let keeper = Arc::new(Keeper::start(places.clone()));
        let printing = Printing::new(ctx.clone(), news.0.clone());
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
            autostart: None,
            awake: None,
            reopens: false,
            printing,
            updates: Updates::default(),
            scans_met: 0,
            details_of: None,
            cue: Cue::new(voice),
            customer: CustomerWindow::default(),
            logo: ShownLogo::default(),
            key_card: false,
            connect: None,
            take_over: TakeOver::default(),
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

    /// The set-up code for another till that is on the screen, as a camera reads it.
    pub fn set_up_code(&self) -> Option<&str> {
        self.settings_page.set_up_code()
    }

    /// The picture of the desk that the window shows.
    pub fn view(&self) -> Option<View> {
        match &self.behind {
            Behind::Open(open) => Some(open.till.view()),
            _ => None,
        }
    }

    /// Has newer versions asked for where the settings say.
    fn follow_updates(&mut self, ctx: &Context) {
        let tell = self.teller(ctx);
        self.updates.follow(self.settings.updates.url.as_deref(), &self.runtime, move |url, answer| {
            tell(News::NewerVersion(url, answer));
        });
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
        self.leave_take_over();
        if page == Page::Settings {
            self.autostart = autostart::chosen();
        }
        self.sample = None;
        match page {
            Page::Counter => ctx.memory_mut(|memory| memory.request_focus(ScanPane::field_id())),
            Page::History | Page::Settings => ctx.memory_mut(|memory| memory.stop_text_input()),
        }
    }

    /// Who listens to keys and pictures now.
    fn ear(&self) -> Ear {
        match self.page {
            _ if self.is_locked() => Ear::Beside,
            _ if self.connect.is_some() => Ear::Closed,
            _ if self.take_over.is_open() && !self.take_over.is_scanning() => Ear::Closed,
            Page::Counter => Ear::Field,
            Page::History | Page::Settings => Ear::Scans,
        }
    }

    /// Whether the page is behind a PIN that has not been entered.
    fn is_locked(&self) -> bool {
        self.page != Page::Counter && self.settings.privacy.pin.is_some() && !self.lock.is_open()
    }

    /// Something that tells the window its news from another thread, as often as it is called.
    fn teller(&self, ctx: &Context) -> impl Fn(News) + Clone + Send + Sync + use<> {
        let (ctx, line) = (ctx.clone(), self.news.0.clone());
        move |item| {
            line.send(item).ok(); // an error means that the window has closed
            ctx.request_repaint();
        }
    }

    /// The same where the news is always one.
    pub(super) fn bell<F: Fn() -> News>(&self, news: F, ctx: &Context) -> impl Fn() + use<F> {
        let tell = self.teller(ctx);
        move || tell(news())
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
            tracing::warn!("no font here has Chinese: the window speaks English");
            self.text = Text::of(&self.settings, false);
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
        let mut pressed = None;
        let clicked = ui.horizontal_centered(|ui| {
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
                let keys = format!("{} ({})", self.text.say("keys"), self.text.key_name(Command::KeyCard));
                if ui.add(button(keys)).clicked() {
                    clicked = Some(Command::KeyCard);
                }
                pressed = self.updates.show_note(ui, &self.text, self.settings.updates.dismissed.as_ref());
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(who).color(theme::palette(ui).muted)).truncate());
                });
            });
            clicked
        });
        match pressed {
            None => {}
            Some(Pressed::Read) => {
                self.turn_to(Page::Settings, ui.ctx());
                self.settings_page.show_computer();
            }
            // Where the settings are locked, whoever looks after the tills is to see it still.
            Some(Pressed::PutAway(version)) if self.settings.privacy.pin.is_some() => self.updates.put_away(version),
            Some(Pressed::PutAway(version)) => self.change_settings(put_away_for_good(version), ui.ctx()),
        }
        clicked.inner
    }

    /// A sentence about what was just done, over the window's lower edge: nothing moves for it. It goes with the next scan or key, or when it is closed;
    /// that about slips which were not printed comes back until somebody decides, but never while there is something to press at the counter.
    fn show_notice(&mut self, ctx: &Context, can_consume: bool) {
        let is_about_slips = self.notice.is_none();
        let slips = self.printing.failure().filter(|_| self.page == Page::Counter && !can_consume);
        let Some(words) = self.notice.as_deref().or(slips).map(str::to_owned) else { return };
        let close = self.text.say("close");
        let again = is_about_slips.then(|| self.text.say("print-again"));
        let mut tries_again = false;
        let area = egui::Area::new(Id::unique("notice")).order(egui::Order::Foreground);
        let shown = area.anchor(egui::Align2::CENTER_BOTTOM, vec2(0.0, -12.0)).show(ctx, |ui| {
            Frame::popup(ui.style())
                .inner_margin(12)
                .show(ui, |ui| {
                    ui.set_max_width(theme::NOTICE_WIDTH);
                    ui.horizontal(|ui| {
                        let close = Button::new(close).min_size(vec2(80.0, theme::TOUCH_HEIGHT));
                        let closed = ui.add(close).clicked();
                        if let Some(again) = again {
                            let again = Button::new(again).min_size(vec2(80.0, theme::TOUCH_HEIGHT));
                            tries_again = ui.add(again).clicked();
                        }
                        let color = theme::palette(ui).words(theme::Tone::Attention);
                        ui.add(Label::new(RichText::new(words).color(color).strong()).wrap());
                        closed
                    })
                    .inner
                })
                .inner
        });
        if tries_again {
            self.printing.try_again(&self.settings);
        } else if shown.inner && is_about_slips {
            self.printing.let_be();
        }
        if shown.inner || tries_again {
            self.notice = None;
        }
    }
}

impl eframe::App for App {
    /// The paper that everything stands on: see [`theme::on_paper`].
    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.window_fill.to_normalized_gamma_f32()
    }

    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_news(ctx);
        self.hear_history(ctx);
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
        self.show_customer(view.as_ref(), &ctx);
        if let Some(view) = &view {
            self.follow_scans(view, &ctx);
        }
        if self.connect.is_none() && self.sample.is_none() {
            // Over the key card a key puts that away, as anywhere.
            if !self.key_card
                && let Some(change) = self.settings_page.listen(&ctx, &self.settings)
            {
                self.change_settings(change, &ctx);
            }
            for command in Command::pressed(&ctx, &self.settings.keys) {
                self.obey(command, view.as_ref(), &ctx);
            }
        }
        if self.scan.take_input(&ctx, self.ear()) && !self.take_over.is_open() {
            self.sample = None; // it was there to be scanned
            if self.page != Page::Counter {
                self.turn_to(Page::Counter, &ctx);
            }
        }

        if self.reopens && view.as_ref().is_some_and(|view| !view.under_way) {
            self.reopens = false;
            self.open_till(&ctx);
        }
        let can_consume = view.as_ref().is_some_and(|view| view.can_consume);
        theme::on_paper(ui, |ui| self.show_page(ui, &ctx, view));
        self.keep_mirrored();
        self.show_notice(&ctx, can_consume);
        if self.key_card && key_card::show(&ctx, &self.text) {
            self.key_card = false;
        }
        self.cue.show_flash(&ctx, theme::palette(ui));
    }

    fn raw_input_hook(&mut self, ctx: &Context, input: &mut egui::RawInput) {
        self.customer.pass_keys_on(ctx, input);
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
        let (place, size) = self.customer.place_and_size();
        if self.settings.customer.window && (place.is_some() || size.is_some()) {
            drop(self.keeper.change(move |settings| {
                let customer = &mut settings.customer;
                (customer.place, customer.size) = (place.or(customer.place), size.or(customer.size));
            }));
        }
        if let Behind::Open(open) = std::mem::replace(&mut self.behind, Behind::Opening) {
            let stopping = async { tokio::time::timeout(CLOSING_PATIENCE, open.till.stop()).await };
            if self.runtime.block_on(stopping).is_err() {
                tracing::error!("closed while the till was still writing; what is open is settled at the next start");
            }
            // Those that the last press brought about are printed yet, while the window is being put away.
            for news in self.news.1.try_iter() {
                if let News::Accepted(of) = news {
                    self.printing.slip(of, &self.settings);
                }
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
        let (autostart, updates) = (self.autostart, &self.updates);
        let mut around = Around { settings, text, places, autostart, updates, scan: &mut self.scan };
        for wish in self.settings_page.show(ui, &mut around, self.connect.as_mut(), &mut self.take_over) {
            self.grant(wish, ctx);
        }
    }

    fn show_history(&mut self, ui: &mut Ui, view: &View) {
        let file = self.ledger_file();
        let till = history::Till {
            name: &self.settings.till.name,
            cashier: &self.settings.till.cashier,
            ledger: &file,
            exports: &self.places.exports_folder(),
            prints: self.settings.printer.place.is_some(),
        };
        match self.history.show(ui, view, &till, &self.text) {
            None => {}
            Some(history::Wish::PrintCopy(id)) => {
                self.notice = Some(self.text.say("printing"));
                self.printing.copy(Accepted { ledger: file, id }, &self.settings);
            }
            Some(history::Wish::PrintReport(shift, report)) => {
                self.notice = Some(self.text.say("printing"));
                self.printing.report(*shift, *report, &self.settings);
            }
        }
    }

    /// Takes what the history has found out, whichever page is shown.
    fn hear_history(&mut self, ctx: &Context) {
        match self.history.hear() {
            None => {}
            Some(ShiftChange::Opened(name)) => {
                // The ledger itself puts an open shift's cashier into every row: the till need not be opened anew for it.
                let reopens = self.reopens;
                self.change_settings(Box::new(move |settings| settings.till.cashier.clone_from(&name)), ctx);
                self.reopens = reopens;
            }
            // What is written off without a shift is under the name that the till was opened with.
            Some(ShiftChange::Closed) => self.reopens = true,
        }
    }

    /// Keeps the customer's window open where it is wanted, until it is closed by its own button.
    fn show_customer(&mut self, view: Option<&View>, ctx: &Context) {
        if self.customer.is_closed() {
            self.change_settings(Box::new(|settings| settings.customer.window = false), ctx);
        }
        if !self.settings.customer.window {
            self.customer.close();
            return;
        }
        let (text, settings) = (&self.text, &self.settings.customer);
        let now = view.map_or_else(Timestamp::now, verdict::platform_now);
        // Elsewhere the camera's picture is not drawn, and would stand still.
        let mirror = if self.page == Page::Counter { self.scan.mirror(text) } else { None };
        let shop = match self.is_practising() {
            true => format!("{}  {}", settings.shop, text.say("customer-practice")),
            false => settings.shop.clone(),
        };
        let scene = Scene::of(view, text, shop, mirror, now);
        self.customer.show(ctx, settings, text.say("customer-title"), scene);
    }

    fn show_page(&mut self, ui: &mut Ui, ctx: &Context, view: Option<View>) {
        let bar = Frame::new().inner_margin(Margin::symmetric(12, 4));
        let top = Panel::top("top").exact_size(theme::BAR_HEIGHT).frame(bar);
        if let Some(command) = top.show(ui, |ui| self.show_top(ui)).inner {
            self.obey(command, view.as_ref(), ctx);
        }
        let practising = self.is_practising();
        if practising {
            let banner = Panel::top("practice").exact_size(theme::BAR_HEIGHT).frame(bar.fill(theme::PRACTICE));
            banner.show(ui, |ui| self.show_banner(ui));
        }
        match (self.page, view) {
            _ if self.is_locked() => {
                CentralPanel::default().show(ui, |ui| self.show_lock(ui, ctx));
            }
            (Page::Settings, _) => {
                CentralPanel::default().show(ui, |ui| self.show_settings(ui, ctx));
            }
            (_, None) => {
                CentralPanel::default().show(ui, |ui| self.show_not_open(ui, ctx));
            }
            (Page::History, Some(view)) => {
                CentralPanel::default().show(ui, |ui| self.show_history(ui, &view));
            }
            (Page::Counter, Some(view)) => self.show_counter(ui, ctx, &view, practising),
        }
    }
}
