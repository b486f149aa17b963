//! The set-up of the next till: the code that it scans with the PIN beside it, or taking over from another one.
//!
//! Code and PIN are on the screen and nowhere else. They go when their time is over, when the page or the section is left, and with the next scan,
//! which turns to the counter.

use std::time::Duration;

use eframe::egui::{Button, ColorImage, Image, Label, RichText, TextureHandle, TextureOptions, Ui, vec2};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Around, Wish, remark, report};
use crate::config::handover::{self, Handover, SHOWN_CHARS_MAX, VALID_FOR};
use crate::config::{self, Places, Settings};
use crate::sandbox::print;
use crate::trouble::chain;
use crate::ui::lock;
use crate::ui::text::Text;
use crate::ui::theme::{self, Tone};

/// How much of the page's height and width the code takes.
const CODE_SHARE: (f32, f32) = (0.86, 0.6);
/// Side of the code, at least and at most, in points.
const CODE_SIDES: (f32, f32) = (280.0, 720.0);

/// A set-up code, and the PIN that opens it.
pub struct Made {
    code: String,
    pin: SecretString,
    expires: Timestamp,
}

/// Why there is none.
pub enum NotMade {
    /// There is more than a code can hold.
    TooMuch,
    /// The secret cannot be had, or nothing be encrypted: why, in English.
    Failed(String),
}

/// What the section shows.
#[derive(Default)]
pub enum NextTill {
    /// What can be done here.
    #[default]
    Away,
    /// A code is being made.
    Making,
    /// The code.
    Shown(Made, Option<Picture>),
    /// Its time was over.
    Over,
    /// There is none.
    Failed(NotMade),
}

/// The code as it is drawn.
pub struct Picture {
    texture: TextureHandle,
    /// Pixels of the screen that a module has: a whole number, so that none is wider than its neighbour.
    module_px: u32,
    side_px: f32,
}

impl NextTill {
    /// The code that is shown.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Shown(made, _) => Some(&made.code),
            _ => None,
        }
    }

    /// A code was made, or not. It is shown if somebody still waits for it.
    pub fn made(&mut self, made: Result<Made, NotMade>) {
        if matches!(self, Self::Making) {
            *self = match made {
                Ok(made) => Self::Shown(made, None),
                Err(why) => Self::Failed(why),
            };
        }
    }
}

/// Makes a code of `settings` at `now`. Takes a second for the seal, and as long as the key store does: not for the window's thread.
pub fn make(settings: &Settings, places: &Places, now: Timestamp) -> Result<Made, NotMade> {
    let failed = |error: &dyn std::error::Error| NotMade::Failed(chain(error));
    let secret = settings.account.as_ref().map(|account| config::account_secret(account, places));
    let secret = secret.transpose().map_err(|error| failed(&error))?.flatten();
    let expires = now.checked_add(VALID_FOR).map_err(|error| failed(&error))?;
    let pin = handover::new_pin().map_err(|error| failed(&error))?;
    let sealed = handover::seal(&Handover::of(settings, secret), &pin, Some(expires)).map_err(|error| match error {
        handover::NotSealed::TooMuch => NotMade::TooMuch,
        error => failed(&error),
    })?;
    let code = sealed.text();
    if code.len() > SHOWN_CHARS_MAX {
        return Err(NotMade::TooMuch);
    }
    tracing::info!("a set-up code for another till was made, good until {expires}");
    Ok(Made { code, pin, expires })
}

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, next_till: &mut NextTill, wishes: &mut Vec<Wish>) {
    let text = around.text;
    if let NextTill::Shown(made, picture) = next_till {
        let left = made.expires.duration_since(Timestamp::now());
        let left = Duration::try_from(left).unwrap_or_default().min(VALID_FOR);
        if left.is_zero() {
            *next_till = NextTill::Over;
        } else {
            ui.ctx().request_repaint_after(Duration::from_secs(1).min(left));
            if show_code(ui, text, made, picture, left) {
                *next_till = NextTill::Away;
            }
            return;
        }
    }
    let size = vec2(240.0, theme::TOUCH_HEIGHT);
    ui.label(RichText::new(text.say("tills-give")).font(theme::title_font()));
    remark(ui, &text.say("tills-give-how"));
    ui.add_space(8.0);
    let making = matches!(next_till, NextTill::Making);
    ui.horizontal(|ui| {
        let words = text.say(if making { "tills-making" } else { "tills-show" });
        if ui.add_enabled(!making, Button::new(words).min_size(size)).clicked() {
            *next_till = NextTill::Making;
            wishes.push(Wish::MakeSetUpCode);
        }
    });
    match next_till {
        NextTill::Over => report(ui, Tone::Attention, &text.say("tills-over")),
        NextTill::Failed(NotMade::TooMuch) => report(ui, Tone::Bad, &text.say("tills-too-much")),
        NextTill::Failed(NotMade::Failed(why)) => {
            report(ui, Tone::Bad, &text.say_with("tills-failed", &[("why", why)]));
        }
        _ if around.settings.account.is_none() => remark(ui, &text.say("tills-no-account")),
        _ => {}
    }
    ui.add_space(12.0);
    ui.separator();
    ui.add_space(4.0);
    ui.label(RichText::new(text.say("take-over-title")).font(theme::title_font()));
    remark(ui, &text.say("take-over-how"));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if ui.add(Button::new(text.say("take-over-begin")).min_size(size)).clicked() {
            wishes.push(Wish::BeginTakeOver);
        }
    });
}

/// Draws the code with its PIN. Says whether it is to be put away.
fn show_code(ui: &mut Ui, text: &Text, made: &Made, picture: &mut Option<Picture>, left: Duration) -> bool {
    let room = vec2(ui.available_width() * CODE_SHARE.1, ui.clip_rect().height() * CODE_SHARE.0);
    let side = room.min_elem().clamp(CODE_SIDES.0, CODE_SIDES.1);
    let mut close = false;
    ui.horizontal_top(|ui| {
        if let Some(picture) = drawn(ui, &made.code, picture, side) {
            let side = picture.side_px / ui.ctx().pixels_per_point();
            let image = Image::new(&picture.texture).fit_to_exact_size(vec2(side, side));
            ui.add(image.alt_text(text.say("tills-code")));
        }
        ui.add_space(12.0);
        ui.vertical(|ui| {
            ui.label(RichText::new(text.say("tills-pin")).strong());
            ui.add(Label::new(RichText::new(grouped(&made.pin)).font(theme::pin_font())).selectable(false));
            let seconds = lock::whole_seconds(left);
            let left = format!("{}:{:02}", seconds / 60, seconds % 60);
            ui.label(text.say_with("tills-left", &[("left", &left)]));
            ui.add_space(10.0);
            for key in ["tills-step-1", "tills-step-2", "tills-step-3"] {
                ui.add(Label::new(text.say(key)).wrap());
            }
            ui.add_space(10.0);
            report(ui, Tone::Attention, &text.say("tills-not-kept"));
            ui.add_space(10.0);
            ui.horizontal(|ui| {
                close = ui.add(Button::new(text.say("close")).min_size(vec2(160.0, theme::TOUCH_HEIGHT))).clicked();
            });
        });
    });
    close
}

/// The picture of `code` with modules as large as `side`, in points, has room for.
fn drawn<'a>(ui: &Ui, code: &str, picture: &'a mut Option<Picture>, side: f32) -> Option<&'a Picture> {
    let (modules, _, _) = print::qr_luma(code, 1);
    if modules == 0 {
        return None; // longer than a QR code holds, which was not made
    }
    let module_px = ((side * ui.ctx().pixels_per_point()) as u32 / modules).max(1);
    if picture.as_ref().is_none_or(|picture| picture.module_px != module_px) {
        let (width, height, luma) = print::qr_luma(code, module_px);
        let image = ColorImage::from_gray([width as usize, height as usize], &luma);
        let texture = ui.ctx().load_texture("set-up code", image, TextureOptions::NEAREST);
        *picture = Some(Picture { texture, module_px, side_px: width as f32 });
    }
    picture.as_ref()
}

/// The PIN in two halves, which are read and typed more surely than eight digits in a row.
fn grouped(pin: &SecretString) -> String {
    let pin = pin.expose_secret();
    let (one, other) = pin.split_at_checked(pin.len() / 2).unwrap_or((pin, ""));
    format!("{one} {other}")
}
