//! Colours, sizes and the few shapes that the window is made of. Nothing else in `ui` names a colour or a font size.

use eframe::egui::{
    self, Color32, FontFamily, FontId, Painter, Pos2, Response, Stroke, TextStyle, Ui, Vec2, pos2, vec2,
};

/// What a result means to the cashier. Each has a colour, an icon and a word: none is told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing yet.
    Calm,
    /// Go ahead.
    Good,
    /// No.
    Bad,
    /// Something needs a person's attention.
    Attention,
    /// It is over, and it was good.
    Done,
}

impl Tone {
    /// Its colour, dark enough for white text (contrast of at least 4.5 to 1; see the test).
    pub fn color(self) -> Color32 {
        match self {
            Self::Calm => Color32::from_rgb(0x45, 0x55, 0x63),
            Self::Good => Color32::from_rgb(0x14, 0x73, 0x3A),
            Self::Bad => Color32::from_rgb(0xB3, 0x1D, 0x1D),
            Self::Attention => Color32::from_rgb(0x8F, 0x52, 0x00),
            Self::Done => Color32::from_rgb(0x12, 0x56, 0xA0),
        }
    }

    /// Draws its icon, white, in a square around `center`.
    pub fn draw_icon(self, painter: &Painter, center: Pos2, size: f32) {
        let stroke = Stroke::new(size * 0.1, ON_TONE);
        let radius = size * 0.45;
        let at = |x: f32, y: f32| center + vec2(x, y) * size;
        painter.circle_stroke(center, radius, Stroke::new(size * 0.06, ON_TONE));
        match self {
            Self::Calm => {
                for x in [-0.2, 0.0, 0.2] {
                    painter.circle_filled(at(x, 0.0), size * 0.06, ON_TONE);
                }
            }
            Self::Good | Self::Done => {
                painter.line(vec![at(-0.2, 0.02), at(-0.05, 0.17), at(0.22, -0.15)], stroke);
            }
            Self::Bad => {
                painter.line_segment([at(-0.16, -0.16), at(0.16, 0.16)], stroke);
                painter.line_segment([at(0.16, -0.16), at(-0.16, 0.16)], stroke);
            }
            Self::Attention => {
                painter.line_segment([at(0.0, -0.24), at(0.0, 0.06)], stroke);
                painter.circle_filled(at(0.0, 0.2), size * 0.065, ON_TONE);
            }
        }
    }
}

/// Has no input method at work in `field` while it has the focus: codes and addresses are composed of nothing, and a method that is switched to
/// Chinese would keep a scanner's letters, digits and Enter to itself. To be called when the field has been drawn.
pub fn without_input_method(ui: &Ui, field: &Response) {
    if field.has_focus() {
        ui.output_mut(|output| output.ime = None);
    }
}

/// What stands on a tone's colour.
pub const ON_TONE: Color32 = Color32::WHITE;
/// The practice banner.
pub const PRACTICE: Color32 = Color32::from_rgb(0xFF, 0xD9, 0x4D);
/// What stands on the practice banner.
pub const ON_PRACTICE: Color32 = Color32::from_rgb(0x33, 0x26, 0x00);
/// Text of lesser weight.
pub const MUTED: Color32 = Color32::from_rgb(0x4A, 0x55, 0x60);
/// The outline of a code found in the picture.
pub const FOUND: Color32 = Color32::from_rgb(0x2E, 0xE6, 0x6B);
/// The outline of one that is no coupon's, and is left alone.
pub const FOUND_OTHER: Color32 = Color32::from_rgb(0xFF, 0xB0, 0x3A);
/// Where the camera's picture will be.
pub const NO_PICTURE: Color32 = Color32::from_rgb(0x22, 0x2B, 0x33);
/// What stands there.
pub const ON_NO_PICTURE: Color32 = Color32::from_rgb(0xE6, 0xEA, 0xEE);
const PAPER: Color32 = Color32::from_rgb(0xF4, 0xF6, 0xF8);
const OUTLINE: Color32 = Color32::from_rgb(0xC3, 0xCA, 0xD1);
const INK: Color32 = Color32::from_rgb(0x17, 0x1C, 0x22);

/// Behind words over the camera's picture.
pub const HINT_GROUND: Color32 = Color32::from_black_alpha(0xC0);
/// Height of the line for help with aiming, in points.
pub const HINT_HEIGHT: f32 = 32.0;
/// Width of the button that mirrors the picture, in points.
pub const MIRROR_WIDTH: f32 = 64.0;
/// Height of the verdict's block, in points.
pub const VERDICT_HEIGHT: f32 = 140.0;
/// The sentence under the verdict's word, in points.
pub const SENTENCE_SIZE: f32 = 18.0;
/// Width of the names of a coupon's details.
pub const DETAIL_NAME_WIDTH: f32 = 84.0;
/// Height of the list of latest write-offs.
pub const LATEST_HEIGHT: f32 = 128.0;
/// How much of the left side's height the camera's picture takes at most.
pub const PICTURE_SHARE: f32 = 0.4;
/// Height of the Consume button.
pub const CONSUME_HEIGHT: f32 = 84.0;
/// Height of what is pressed with a finger.
pub const TOUCH_HEIGHT: f32 = 48.0;

/// The verdict's word.
pub fn verdict_font() -> FontId {
    FontId::new(40.0, FontFamily::Proportional)
}

/// What a coupon is worth.
pub fn value_font() -> FontId {
    FontId::new(34.0, FontFamily::Proportional)
}

/// Titles and large buttons.
pub fn title_font() -> FontId {
    FontId::new(24.0, FontFamily::Proportional)
}

/// Sets the window's looks.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(egui::Theme::Light);
    ctx.all_styles_mut(|style| {
        style.text_styles =
            [(TextStyle::Heading, 24.0), (TextStyle::Body, 17.0), (TextStyle::Button, 17.0), (TextStyle::Small, 14.0)]
                .map(|(name, size)| (name, FontId::new(size, FontFamily::Proportional)))
                .into();
        style.text_styles.insert(TextStyle::Monospace, FontId::new(16.0, FontFamily::Monospace));
        style.spacing.item_spacing = vec2(8.0, 6.0);
        style.spacing.button_padding = vec2(12.0, 7.0);
        style.spacing.interact_size = Vec2::new(40.0, 34.0);
        style.visuals.panel_fill = PAPER;
        style.visuals.override_text_color = Some(INK);
        style.visuals.selection.bg_fill = Color32::from_rgb(0xB9, 0xD8, 0xF5);
        style.visuals.text_cursor.stroke = Stroke::new(2.0, INK);
        style.visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, OUTLINE);
        style.visuals.text_cursor.blink = false; // an idle till draws nothing, twice a second least of all
    });
}

/// The corners of `rect` around a picture drawn at `size`, for outlines given in pixels of the frame.
pub fn on_picture(corner: [f32; 2], frame: (u32, u32), rect: egui::Rect) -> Pos2 {
    let scale = |at: f32, of: u32, length: f32| at / (of.max(1) as f32) * length;
    pos2(rect.left() + scale(corner[0], frame.0, rect.width()), rect.top() + scale(corner[1], frame.1, rect.height()))
}

/// Writes `words` over the camera's picture, right above `below`.
pub fn write_on_picture(painter: &Painter, below: Pos2, words: &str) {
    let galley = painter.layout_no_wrap(words.to_owned(), FontId::new(16.0, FontFamily::Proportional), ON_NO_PICTURE);
    let at = egui::Rect::from_center_size(below - vec2(0.0, galley.size().y), galley.size());
    painter.rect_filled(at.expand(4.0), 4.0, HINT_GROUND);
    painter.galley(at.min, galley, ON_NO_PICTURE);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as the web's accessibility guidelines define it.
    fn luminance(color: Color32) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    #[test]
    fn all_text_can_be_read_on_its_ground() {
        let tones = [Tone::Calm, Tone::Good, Tone::Bad, Tone::Attention, Tone::Done];
        let pairs = tones.map(|tone| (ON_TONE, tone.color())).into_iter().chain([
            (ON_PRACTICE, PRACTICE),
            (MUTED, PAPER),
            (INK, PAPER),
            (ON_NO_PICTURE, NO_PICTURE),
        ]);
        for (text, ground) in pairs {
            let (a, b) = (luminance(text), luminance(ground));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{text:?} on {ground:?}: {contrast:.2}");
        }
    }
}
