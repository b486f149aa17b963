//! The page at which coupons are written off, and what practice shows on it.

use std::time::Duration;

use eframe::egui::{
    self, Align, Button, CentralPanel, ColorImage, Context, Frame, Id, Label, Layout, Modal, Panel, RichText,
    ScrollArea, TextureOptions, Ui, vec2,
};
use jiff::Timestamp;

use super::{App, Behind};
use crate::code::Code;
use crate::coupon::{Coupon, Kind, Status, Validity, Verdict};
use crate::desk::{Event, NotRecorded, Stage, View};
use crate::ledger;
use crate::sandbox::{CouponInfo, print};
use crate::ui::command::Command;
use crate::ui::page::Page;
use crate::ui::scan_pane::ScanPane;
use crate::ui::text::Text;
use crate::ui::{latest, result, sentence, theme};

/// Pixels of one module of a sample coupon's QR code: large enough for any camera at arm's length.
const SAMPLE_MODULE_PX: u32 = 10;

impl App {
    /// A scan that the till has taken up, from wherever it came, is seen at the counter. A form that is being filled in is not taken away by what
    /// passes the camera.
    pub(super) fn follow_scans(&mut self, view: &View, ctx: &Context) {
        if std::mem::replace(&mut self.scans_met, view.scans) != view.scans
            && self.connect.is_none()
            && !self.take_over.is_open()
        {
            self.notice = None;
            self.key_card = false;
            if self.page != Page::Counter {
                self.turn_to(Page::Counter, ctx);
            }
        }
    }

    pub(super) fn show_banner(&mut self, ui: &mut Ui) {
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

    pub(super) fn show_samples(&mut self, ui: &mut Ui) {
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

    pub(super) fn show_sample_qr(&mut self, ctx: &Context) {
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

    pub(super) fn show_right(&mut self, ui: &mut Ui, view: &View) {
        let (mut welcomed, mut set_aside) = (None, false);
        let logo = self.logo.of(view, ui.ctx());
        let (text, behind) = (&self.text, &self.behind);
        let with_details = self.details_of == Some(view.turn);
        let clicked = result::show(ui, view, text, logo.as_ref(), with_details, |ui| match behind {
            Behind::Open(open) if open.sandbox.is_some() => welcomed = show_welcome(ui, text),
            _ => {
                let keys = [Command::Consume, Command::Clear, Command::AskAgain, Command::GoToCode]
                    .map(|command| text.key_name(command));
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
        match welcomed {
            None => {}
            Some(Welcomed::Connect) => self.open_form(ui.ctx()),
            Some(Welcomed::TakeOver) => self.begin_take_over(ui.ctx()),
        }
        if set_aside {
            self.set_aside_ledger(&ui.ctx().clone());
        }
    }

    pub(super) fn show_counter(&mut self, ui: &mut Ui, ctx: &Context, view: &View, practising: bool) {
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

/// What a new user wants besides practising.
enum Welcomed {
    /// To connect an account.
    Connect,
    /// To take over from another till.
    TakeOver,
}

/// The first thing that a new user sees beside a ready desk.
fn show_welcome(ui: &mut Ui, text: &Text) -> Option<Welcomed> {
    ui.label(RichText::new(text.say("welcome-title")).font(theme::title_font()));
    ui.add(Label::new(text.say("welcome-text")).wrap());
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        let mut wanted = None;
        let size = vec2(110.0, theme::TOUCH_HEIGHT); // three of them on a small till's screen
        if ui.add(Button::new(text.say("welcome-practise")).min_size(size)).clicked() {
            ui.memory_mut(|memory| memory.request_focus(ScanPane::field_id()));
        }
        for (key, meant) in [("welcome-connect", Welcomed::Connect), ("welcome-take-over", Welcomed::TakeOver)] {
            if ui.add(Button::new(text.say(key)).min_size(size)).clicked() {
                wanted = Some(meant);
            }
        }
        wanted
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
