//! The window for the customer, on a screen that faces the queue: the verdict and the worth in large letters, how to hold the phone, and the
//! camera's picture as in a mirror. Nothing private is on it – no code, no owner, no cashier, no till – and no rule: it shows less of what the
//! window at the counter shows.
//!
//! It is drawn by itself, and only when there is something else to see. Keys that are pressed while it has the focus, a scanner's among them, are
//! passed on to the window at the counter: whoever presses them sits there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eframe::egui::{
    self, Align, CentralPanel, Color32, Context, Event, FontId, Frame, Label, Layout, Margin, RawInput, Rect, RichText,
    Sense, TextureHandle, Ui, ViewportBuilder, ViewportCommand, ViewportId, pos2, vec2,
};
use jiff::Timestamp;

use super::sentence;
use super::text::Text;
use super::theme::{self, Tone};
use super::verdict::Headline;
use crate::config::{CustomerSettings, PLACE_RANGE, SIDE_RANGE};
use crate::coupon::{Reason, Verdict};
use crate::desk::{Shown, Stage, View};
use crate::write_off::Outcome;

/// The window at its first opening, in points.
const SIZE_FIRST: [f32; 2] = [800.0, 600.0];
/// Its smallest.
const SIZE_MIN: [f32; 2] = [400.0, 300.0];
/// The height for which sizes are given here; on a higher window everything is larger.
const HEIGHT: f32 = 500.0;
/// Widest and narrowest scale.
const SCALE_RANGE: (f32, f32) = (0.5, 3.0);
/// Share of the height that the camera's picture takes.
const PICTURE_SHARE: f32 = 0.55;

/// Width and height, in whole points of the system's.
pub type Size = (u32, u32);
/// How far from the left and from the top, in whole points of the system's.
pub type Place = (i32, i32);

/// The camera's picture, and how to hold the phone better, if that can be told.
#[derive(Clone, PartialEq)]
pub struct Mirror {
    /// The picture.
    pub texture: TextureHandle,
    /// Which one of all it is: a texture stays the same when its picture changes.
    pub serial: u64,
    /// What to do, in a few words.
    pub hint: Option<String>,
}

/// What there is to see.
#[derive(Clone, Default, PartialEq)]
pub struct Scene {
    shop: String,
    tone: Option<Tone>,
    word: String,
    sentence: String,
    large: String,
    beside: String,
    mirror: Option<Mirror>,
}

impl Scene {
    /// What a customer may see of `view`, by the platform's clock.
    pub fn of(view: Option<&View>, text: &Text, shop: String, mirror: Option<Mirror>, platform_now: Timestamp) -> Self {
        let Some(view) = view.filter(|view| !matches!(view.stage, Stage::Idle)) else {
            let (word, sentence) = (text.say("customer-welcome"), text.say("customer-how"));
            return Self { shop, word, sentence, mirror, ..Self::default() };
        };
        let headline = Headline::of(view, text, platform_now);
        let plain = |tone: Tone, word: String, sentence: String| Self {
            shop: shop.clone(),
            tone: Some(tone),
            word,
            sentence,
            ..Self::default()
        };
        // Where the card is not known the counter has the code there.
        let worth = |shown: &Shown, words: String| if shown.card.is_some() { words } else { String::new() };
        match &view.stage {
            Stage::Shown { shown, in_doubt: None, verdict: Verdict::Usable, .. } => {
                let scene = plain(Tone::Good, headline.word, headline.sentence);
                Self { large: worth(shown, headline.large), beside: worth(shown, headline.beside), ..scene }
            }
            Stage::Shown { in_doubt: None, verdict: Verdict::Refused(reason), .. } => {
                // The date on which it hangs is the customer's to know; who wrote it off, and where, is not.
                let is_date = matches!(reason, Reason::Expired | Reason::NotYetValid);
                let large = if is_date { headline.large } else { String::new() };
                Self { large, ..plain(Tone::Bad, headline.word, sentence::reason_in_short(text, reason)) }
            }
            Stage::Finished { shown, write_off, .. } => match write_off.outcome {
                Some(Outcome::Accepted { .. }) => {
                    let scene = plain(Tone::Done, headline.word, text.say("customer-thanks"));
                    Self { large: worth(shown, headline.large), ..scene }
                }
                Some(Outcome::Rejected { .. }) => plain(Tone::Bad, headline.word, text.say("customer-ask")),
                Some(Outcome::Unknown { .. }) | None => plain(Tone::Calm, text.say("customer-wait"), String::new()),
            },
            Stage::NotACoupon { .. } => plain(Tone::Bad, headline.word, text.say("customer-open-coupon")),
            Stage::LookupFailed { .. } if headline.tone == Tone::Bad => {
                plain(Tone::Bad, headline.word, text.say("customer-ask"))
            }
            // What goes wrong behind the counter is no customer's matter.
            _ => plain(Tone::Calm, text.say("customer-wait"), String::new()),
        }
    }

    /// The words in it, for tests and screen readers.
    pub fn words(&self) -> [&str; 5] {
        [&self.shop, &self.word, &self.sentence, &self.large, &self.beside]
    }
}

/// What the window at the counter and this one tell each other.
#[derive(Default)]
struct Shared {
    scene: Scene,
    /// It was closed by its own button.
    is_closed: bool,
    /// Where it stands, and how large it is, as far as the system tells.
    place: Option<Place>,
    size: Option<Size>,
}

/// The window for the customer, as the window at the counter has it.
#[derive(Default)]
pub struct CustomerWindow {
    shared: Arc<Mutex<Shared>>,
    /// How it was opened; `None` while it is not open.
    opened: Option<ViewportBuilder>,
    /// Keys that it has been given.
    keys: Vec<Event>,
}

fn id() -> ViewportId {
    ViewportId::from_hash_of("customer")
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CustomerWindow {
    /// Keeps it open and shows `scene`. To be called with each frame of the window at the counter, by which it lives.
    pub fn show(&mut self, ctx: &Context, settings: &CustomerSettings, title: String, scene: Scene) {
        {
            let mut shared = lock(&self.shared);
            if shared.scene != scene {
                shared.scene = scene;
                ctx.request_repaint_of(id());
            }
        }
        let first = || {
            // What is remembered is in the system's points, and a window is opened in those of the text's size.
            let zoom = ctx.zoom_factor();
            let size = settings.size.map_or(SIZE_FIRST, |(width, height)| [width as f32 / zoom, height as f32 / zoom]);
            let builder = ViewportBuilder::default().with_inner_size(size).with_min_inner_size(SIZE_MIN);
            match settings.place {
                Some((x, y)) => builder.with_position(pos2(x as f32, y as f32) / zoom),
                None => builder,
            }
        };
        let builder = self.opened.get_or_insert_with(first).clone();
        let builder = builder.with_title(title).with_app_id("hexiao").with_fullscreen(settings.full_screen);
        let shared = Arc::clone(&self.shared);
        ctx.show_viewport_deferred(id(), builder, move |ui, _| draw(ui, &shared));
    }

    /// It is not wanted: without another frame it closes.
    pub fn close(&mut self) {
        self.opened = None;
        lock(&self.shared).is_closed = false;
    }

    /// Whether it was closed by its own button since it was opened.
    pub fn is_closed(&self) -> bool {
        lock(&self.shared).is_closed
    }

    /// Where it stands and how large it is; what is not known is `None`.
    pub fn place_and_size(&self) -> (Option<Place>, Option<Size>) {
        let shared = lock(&self.shared);
        (shared.place, shared.size)
    }

    /// Looks through what a window is about to be given: this one's keys go to the window at the counter.
    pub fn pass_keys_on(&mut self, ctx: &Context, input: &mut RawInput) {
        if input.viewport_id == id() {
            let is_key = |event: &mut Event| {
                matches!(event, Event::Key { .. } | Event::Text(_) | Event::Paste(_) | Event::Ime(_))
            };
            self.keys.extend(input.events.extract_if(.., is_key));
            if !self.keys.is_empty() {
                ctx.request_repaint_of(ViewportId::ROOT);
            }
        } else if input.viewport_id == ViewportId::ROOT && !self.keys.is_empty() {
            input.events.splice(..0, self.keys.drain(..));
        }
    }
}

/// Draws it, and takes notice of what its user does with it.
fn draw(ui: &mut Ui, shared: &Mutex<Shared>) {
    let ctx = ui.ctx().clone();
    let scene = {
        let mut shared = lock(shared);
        let zoom = ctx.zoom_factor(); // not below: two locks at once
        ctx.input(|input| {
            let window = input.viewport();
            if window.close_requested() {
                shared.is_closed = true;
            }
            if window.fullscreen == Some(true) || window.minimized == Some(true) {
                return;
            }
            let whole = |length: f32| (length * zoom).round();
            let place = |from: f32| (whole(from) as i32).clamp(*PLACE_RANGE.start(), *PLACE_RANGE.end());
            let side = |length: f32| (whole(length) as u32).clamp(*SIDE_RANGE.start(), *SIDE_RANGE.end());
            shared.place = window.outer_rect.map(|rect| (place(rect.min.x), place(rect.min.y)));
            shared.size = window.inner_rect.map(|rect| (side(rect.width()), side(rect.height())));
        });
        if shared.is_closed {
            ctx.request_repaint_of(ViewportId::ROOT);
        }
        shared.scene.clone()
    };
    let palette = theme::palette(ui);
    let (ground, ink) = match scene.tone {
        Some(tone) => (palette.fill(tone), palette.on_fill),
        None => (palette.paper, ui.visuals().strong_text_color()),
    };
    let frame = Frame::new().fill(ground).inner_margin(Margin::same(24));
    let shown = CentralPanel::default().frame(frame).show(ui, |ui| show_scene(ui, &scene, ink));
    let everywhere = ui.interact(shown.response.rect, ui.scope_id().with("everywhere"), Sense::click());
    if everywhere.double_clicked() {
        let fills_screen = ctx.input(|input| input.viewport().fullscreen == Some(true));
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!fills_screen));
    }
}

fn show_scene(ui: &mut Ui, scene: &Scene, ink: Color32) {
    let (least, most) = SCALE_RANGE;
    let room = ui.available_height();
    let scale = (ui.available_height() / HEIGHT).min(ui.available_width() / SIZE_FIRST[0]).clamp(least, most);
    let say = |ui: &mut Ui, words: &str, size: f32| {
        if !words.is_empty() {
            let words = RichText::new(words).font(FontId::proportional((size * scale).round())).color(ink);
            ui.add(Label::new(words).wrap().halign(Align::Center));
        }
    };
    // In the middle, by the height that the same was drawn with a moment ago.
    let (key, ctx) = (ui.scope_id().with("height"), ui.ctx().clone());
    let height = ctx.data(|data| data.get_temp(key)).unwrap_or(room);
    ui.add_space(((room - height) / 2.0).max(0.0));
    let drawn = ui.with_layout(Layout::top_down(Align::Center), |ui| {
        say(ui, &scene.shop, 30.0);
        ui.add_space(12.0 * scale);
        match (scene.tone, &scene.mirror) {
            (Some(tone), _) => {
                let side = 150.0 * scale;
                let (icon, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
                tone.draw_icon(ui.painter(), icon.center(), side, ink);
            }
            (None, Some(mirror)) => show_mirror(ui, mirror, scale),
            (None, None) => {}
        }
        ui.add_space(12.0 * scale);
        say(ui, &scene.word, if scene.tone.is_some() { 72.0 } else { 44.0 });
        say(ui, &scene.large, 54.0);
        say(ui, &scene.beside, 28.0);
        say(ui, &scene.sentence, 28.0);
        ui.min_rect().height()
    });
    if (drawn.inner - height).abs() > 1.0 {
        ctx.data_mut(|data| data.insert_temp(key, drawn.inner));
        ctx.request_repaint();
    }
}

fn show_mirror(ui: &mut Ui, mirror: &Mirror, scale: f32) {
    let size = mirror.texture.size_vec2();
    let fit = (ui.available_width() / size.x.max(1.0)).min(ui.available_height() * PICTURE_SHARE / size.y.max(1.0));
    let (place, _) = ui.allocate_exact_size(size * fit, Sense::hover());
    let turned_round = Rect::from_min_max(pos2(1.0, 0.0), pos2(0.0, 1.0));
    ui.painter().image(mirror.texture.id(), place, turned_round, Color32::WHITE);
    if let Some(hint) = &mirror.hint {
        let band = Rect::from_min_max(pos2(place.left(), place.bottom() - theme::HINT_HEIGHT * scale), place.max);
        ui.painter().rect_filled(band, 6.0, theme::HINT_GROUND);
        let words = RichText::new(hint).size((20.0 * scale).round()).color(theme::ON_NO_PICTURE).strong();
        ui.put(band, egui::Label::new(words).truncate());
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::Key;

    use super::*;

    fn given(viewport_id: ViewportId, events: Vec<Event>) -> RawInput {
        RawInput { viewport_id, events, ..RawInput::default() }
    }

    #[test]
    fn keys_of_this_window_come_to_the_counter_in_their_order_before_its_own_and_once() {
        let (ctx, mut window) = (Context::default(), CustomerWindow::default());
        let text = |text: &str| Event::Text(text.to_owned());
        let enter = || Event::Key {
            key: Key::Enter,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: egui::Modifiers::NONE,
        };
        let mut here = given(id(), vec![text("1"), Event::PointerGone, text("2"), enter()]);
        window.pass_keys_on(&ctx, &mut here);
        assert_eq!(here.events, [Event::PointerGone], "the pointer's are its own");
        let mut at_counter = given(ViewportId::ROOT, vec![text("3")]);
        window.pass_keys_on(&ctx, &mut at_counter);
        assert_eq!(at_counter.events, [text("1"), text("2"), enter(), text("3")]);
        let mut later = given(ViewportId::ROOT, vec![]);
        window.pass_keys_on(&ctx, &mut later);
        assert_eq!(later.events, []);
    }
}
