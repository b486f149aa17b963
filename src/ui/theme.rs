//! Colours, sizes and the few shapes that the window is made of. Nothing else in `ui` names a colour or a font size.
//!
//! Colours that depend on the theme are asked of [`palette`]; those that stand over the camera's picture, and the practice banner's, are the
//! same in every theme and constants. A [`Tone`] has two colours: what is filled with it ([`Palette::fill`], with
//! [`Palette::on_fill`] on it), and words of it on the window's ground ([`Palette::words`]).

use eframe::egui::{
    self, Color32, Context, FontFamily, FontId, Frame, Id, Painter, Pos2, Response, Shape, Stroke, TextStyle,
    ThemePreference, Ui, UiBuilder, UiStackInfo, Vec2, Visuals, pos2, style::WidgetVisuals, vec2,
};

use crate::config::{TEXT_PERCENT_DEFAULT, Theme};

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
    /// Draws its icon in `color`, in a square around `center`: dots, a ring, an octagon, a triangle, a sheet. Who sees no colours and from afar
    /// little else tells them by their outlines.
    pub fn draw_icon(self, painter: &Painter, center: Pos2, size: f32, color: Color32) {
        let (stroke, outline) = (Stroke::new(size * 0.1, color), Stroke::new(size * 0.06, color));
        let at = |x: f32, y: f32| center + vec2(x, y) * size;
        match self {
            Self::Calm => {
                for x in [-0.3, 0.0, 0.3] {
                    painter.circle_filled(at(x, 0.0), size * 0.09, color);
                }
            }
            Self::Good => {
                painter.circle_stroke(center, size * 0.45, outline);
                painter.line(vec![at(-0.2, 0.02), at(-0.05, 0.17), at(0.22, -0.15)], stroke);
            }
            Self::Bad => {
                let (near, far) = (0.19, 0.46); // an octagon's corners
                let corners = [(-near, -far), (near, -far), (far, -near), (far, near)];
                let corners = corners.into_iter().chain(corners.map(|(x, y)| (-x, -y)));
                painter.add(Shape::closed_line(corners.map(|(x, y)| at(x, y)).collect(), outline));
                painter.line_segment([at(-0.16, -0.16), at(0.16, 0.16)], stroke);
                painter.line_segment([at(0.16, -0.16), at(-0.16, 0.16)], stroke);
            }
            Self::Attention => {
                painter.add(Shape::closed_line(vec![at(0.0, -0.42), at(0.48, 0.42), at(-0.48, 0.42)], outline));
                painter.line_segment([at(0.0, -0.14), at(0.0, 0.12)], stroke);
                painter.circle_filled(at(0.0, 0.27), size * 0.065, color);
            }
            Self::Done => {
                let torn = (0..=6u8).map(|tooth| {
                    let (x, y) = (0.36 - f32::from(tooth) * 0.12, if tooth % 2 == 0 { 0.46 } else { 0.38 });
                    at(x, y)
                });
                let sheet = [at(-0.36, -0.46), at(0.36, -0.46)].into_iter().chain(torn);
                painter.add(Shape::closed_line(sheet.collect(), outline));
                painter.line(vec![at(-0.2, -0.06), at(-0.06, 0.1), at(0.22, -0.24)], stroke);
            }
        }
    }
}

/// The colours of a theme.
#[derive(Debug, PartialEq, Eq)]
pub struct Palette {
    /// The window's ground.
    pub paper: Color32,
    /// Words on it.
    pub ink: Color32,
    /// Words of lesser weight on it.
    pub muted: Color32,
    /// Lines around controls and between parts.
    pub outline: Color32,
    /// A button that can be pressed; [`Palette::ink`] stands on it.
    pub button: Color32,
    /// The same under the pointer.
    pub button_hovered: Color32,
    /// Where something is typed.
    pub field: Color32,
    /// What is chosen or marked.
    pub selection: Color32,
    /// A large button that cannot be pressed now; [`Palette::muted`] stands on it.
    pub resting: Color32,
    /// What stands on a tone's fill.
    pub on_fill: Color32,
    fills: Tones,
    words: Tones,
}

/// A colour for each [`Tone`].
#[derive(Debug, PartialEq, Eq)]
struct Tones {
    calm: Color32,
    good: Color32,
    bad: Color32,
    attention: Color32,
    done: Color32,
}

impl Tones {
    fn of(&self, tone: Tone) -> Color32 {
        match tone {
            Tone::Calm => self.calm,
            Tone::Good => self.good,
            Tone::Bad => self.bad,
            Tone::Attention => self.attention,
            Tone::Done => self.done,
        }
    }
}

/// Dark enough for white words, and bright enough to stand out from a dark ground.
const DEEP: Tones = Tones {
    calm: Color32::from_rgb(0x45, 0x55, 0x63),
    good: Color32::from_rgb(0x14, 0x73, 0x3A),
    bad: Color32::from_rgb(0xB3, 0x1D, 0x1D),
    attention: Color32::from_rgb(0x8F, 0x52, 0x00),
    done: Color32::from_rgb(0x12, 0x56, 0xA0),
};

impl Palette {
    /// Dark on light.
    pub const LIGHT: Self = Self {
        paper: Color32::from_rgb(0xF4, 0xF6, 0xF8),
        ink: Color32::from_rgb(0x17, 0x1C, 0x22),
        muted: Color32::from_rgb(0x4A, 0x55, 0x60),
        outline: Color32::from_rgb(0xC3, 0xCA, 0xD1),
        button: Color32::from_rgb(0xE4, 0xE8, 0xEC),
        button_hovered: Color32::from_rgb(0xD8, 0xDE, 0xE4),
        field: Color32::WHITE,
        selection: Color32::from_rgb(0xB9, 0xD8, 0xF5),
        resting: Color32::from_gray(0xD5),
        on_fill: Color32::WHITE,
        fills: DEEP,
        words: DEEP,
    };

    /// Light on dark, for a dim shop.
    pub const DARK: Self = Self {
        paper: Color32::from_rgb(0x12, 0x16, 0x1A),
        ink: Color32::from_rgb(0xE8, 0xEC, 0xF0),
        muted: Color32::from_rgb(0xA9, 0xB4, 0xBF),
        outline: Color32::from_rgb(0x4A, 0x55, 0x60),
        button: Color32::from_rgb(0x2A, 0x32, 0x3A),
        button_hovered: Color32::from_rgb(0x38, 0x42, 0x4C),
        field: Color32::from_rgb(0x0A, 0x0D, 0x10),
        selection: Color32::from_rgb(0x1D, 0x4E, 0x7A),
        resting: Color32::from_rgb(0x2A, 0x32, 0x3A),
        on_fill: Color32::WHITE,
        fills: Tones {
            calm: Color32::from_rgb(0x5A, 0x6E, 0x7F),
            good: Color32::from_rgb(0x17, 0x80, 0x3F),
            bad: Color32::from_rgb(0xC8, 0x32, 0x32),
            attention: Color32::from_rgb(0x9E, 0x5F, 0x0A),
            done: Color32::from_rgb(0x1B, 0x6B, 0xC0),
        },
        words: Tones {
            calm: Color32::from_rgb(0xB4, 0xC0, 0xCB),
            good: Color32::from_rgb(0x5F, 0xD3, 0x8D),
            bad: Color32::from_rgb(0xFF, 0x8F, 0x87),
            attention: Color32::from_rgb(0xF2, 0xB2, 0x4C),
            done: Color32::from_rgb(0x7D, 0xB8, 0xF5),
        },
    };

    /// For who sees little: all words stand out from their ground by 7 to 1, and every control has a bright outline.
    pub const HIGH_CONTRAST: Self = Self {
        paper: Color32::BLACK,
        ink: Color32::WHITE,
        muted: Color32::from_gray(0xE0),
        outline: Color32::WHITE,
        button: Color32::BLACK,
        button_hovered: Color32::from_rgb(0x00, 0x3C, 0x8F),
        field: Color32::BLACK,
        selection: Color32::from_rgb(0x00, 0x3C, 0x8F),
        resting: Color32::from_gray(0x20),
        on_fill: Color32::BLACK,
        fills: BRIGHT,
        words: BRIGHT,
    };

    /// The colour that is filled in for `tone`; [`Palette::on_fill`] stands on it.
    pub fn fill(&self, tone: Tone) -> Color32 {
        self.fills.of(tone)
    }

    /// The colour of words of this `tone` on the window's ground.
    pub fn words(&self, tone: Tone) -> Color32 {
        self.words.of(tone)
    }

    /// How egui's own controls look.
    fn visuals(&self, base: Visuals) -> Visuals {
        let mut visuals = base;
        let line = Stroke::new(1.0, self.outline);
        let ink = Stroke::new(1.5, self.ink);
        let control = |look: &mut WidgetVisuals, fill: Color32, bg_stroke: Stroke| {
            (look.weak_bg_fill, look.bg_fill, look.bg_stroke, look.fg_stroke) = (fill, fill, bg_stroke, ink);
        };
        let widgets = &mut visuals.widgets;
        control(&mut widgets.noninteractive, self.paper, line);
        control(&mut widgets.inactive, self.button, line);
        control(&mut widgets.hovered, self.button_hovered, ink);
        control(&mut widgets.active, self.selection, Stroke::new(2.0, self.ink));
        control(&mut widgets.open, self.button, line);
        visuals.panel_fill = Color32::TRANSPARENT; // the window is cleared to the paper: see `on_paper`
        visuals.window_fill = self.paper;
        visuals.window_stroke = line;
        visuals.extreme_bg_color = self.field;
        visuals.faint_bg_color = self.button;
        visuals.override_text_color = Some(self.ink);
        visuals.weak_text_color = Some(self.muted);
        visuals.hyperlink_color = self.words(Tone::Done);
        visuals.selection.bg_fill = self.selection;
        visuals.selection.stroke = ink;
        visuals.text_cursor.stroke = Stroke::new(2.0, self.ink);
        visuals.text_cursor.blink = false; // an idle till draws nothing, twice a second least of all
        visuals
    }
}

const BRIGHT: Tones = Tones {
    calm: Color32::WHITE,
    good: Color32::from_rgb(0x3D, 0xFF, 0x8F),
    bad: Color32::from_rgb(0xFF, 0x9A, 0x90),
    attention: Color32::from_rgb(0xFF, 0xD5, 0x4F),
    done: Color32::from_rgb(0x7F, 0xD4, 0xFF),
};

/// The colours of the theme that `ui` is drawn in.
pub fn palette(ui: &Ui) -> &'static Palette {
    match chosen(ui.ctx()) {
        Some(Theme::HighContrast) => &Palette::HIGH_CONTRAST,
        _ if ui.visuals().dark_mode => &Palette::DARK,
        _ => &Palette::LIGHT,
    }
}

/// Shows what stands on the paper that the window was cleared to. No panel paints it again: where the processor draws, each layer is work
/// for every pixel. That it is there is told to lists, which fade into it.
pub fn on_paper<R>(ui: &mut Ui, show: impl FnOnce(&mut Ui) -> R) -> R {
    let paper = Frame::new().fill(ui.visuals().window_fill);
    let below = UiStackInfo::default().with_frame(paper);
    ui.scope_builder(UiBuilder::new().ui_stack_info(below), show).inner
}

/// Where the context keeps which theme was chosen.
fn chosen_id() -> Id {
    Id::unique("theme")
}

fn chosen(ctx: &Context) -> Option<Theme> {
    ctx.data(|data| data.get_temp::<Option<Theme>>(chosen_id())).flatten()
}

/// Has no input method at work in `field` while it has the focus: codes and addresses are composed of nothing, and a method that is switched to
/// Chinese would keep a scanner's letters, digits and Enter to itself. To be called when the field has been drawn.
pub fn without_input_method(ui: &Ui, field: &Response) {
    if field.has_focus() {
        ui.output_mut(|output| output.ime = None);
    }
}

/// The practice banner.
pub const PRACTICE: Color32 = Color32::from_rgb(0xFF, 0xD9, 0x4D);
/// What stands on the practice banner.
pub const ON_PRACTICE: Color32 = Color32::from_rgb(0x33, 0x26, 0x00);
/// The outline of a code found in the picture.
pub const FOUND: Color32 = Color32::from_rgb(0x2E, 0xE6, 0x6B);
/// The outline of one that is no coupon's, and is left alone.
pub const FOUND_OTHER: Color32 = Color32::from_rgb(0xFF, 0xB0, 0x3A);
/// Where the camera's picture will be.
pub const NO_PICTURE: Color32 = Color32::from_rgb(0x22, 0x2B, 0x33);
/// What stands there.
pub const ON_NO_PICTURE: Color32 = Color32::from_rgb(0xE6, 0xEA, 0xEE);

/// Behind words over the camera's picture.
pub const HINT_GROUND: Color32 = Color32::from_black_alpha(0xC0);
/// Height of the line for help with aiming, in points.
pub const HINT_HEIGHT: f32 = 32.0;
/// Width of the button that mirrors the picture, in points.
pub const MIRROR_WIDTH: f32 = 64.0;
/// Height of the verdict's icon, word and sentence on a small till's screen, in points. What fills the right side grows with it: see
/// [`verdict_scale`].
pub const VERDICT_HEIGHT: f32 = 136.0;
/// The verdict's icon.
pub const VERDICT_ICON: f32 = 112.0;
/// The sentence under the verdict's word, in points.
pub const SENTENCE_SIZE: f32 = 20.0;
/// What belongs to what is largest after the verdict's word.
pub const BESIDE_SIZE: f32 = 24.0;
/// A side of the place of a merchant's logo.
pub const LOGO_SIDE: f32 = 56.0;
/// Width of the names of a coupon's details.
pub const DETAIL_NAME_WIDTH: f32 = 84.0;
/// How much of the left side's height the camera's picture takes at most.
pub const PICTURE_SHARE: f32 = 0.4;
/// Height of the Consume button.
pub const CONSUME_HEIGHT: f32 = 84.0;
/// Height of the bars on top: what is pressed with a finger, and its margins.
pub const BAR_HEIGHT: f32 = TOUCH_HEIGHT + 8.0;
/// Width of a notice, at most.
pub const NOTICE_WIDTH: f32 = 640.0;
/// Width of the list of the settings' sections.
pub const SECTIONS_WIDTH: f32 = 190.0;
/// Width of a field of the settings, at most.
pub const FIELD_WIDTH: f32 = 360.0;
/// Width of the camera's picture where a set-up code is scanned, at most.
pub const TAKE_OVER_WIDTH: f32 = 620.0;
/// And height, with the choice of camera under it.
pub const TAKE_OVER_HEIGHT: f32 = 460.0;
/// Width of the keys of a PIN, together.
pub const KEYPAD_WIDTH: f32 = 280.0;
/// Height of one of them.
pub const KEYPAD_HEIGHT: f32 = 60.0;
/// Width of the left side, at least.
pub const LEFT_WIDTH_MIN: f32 = 340.0;
/// Height of what is pressed with a finger.
pub const TOUCH_HEIGHT: f32 = 48.0;

/// Height of the list of latest write-offs, in points, where the counter has this height in all: on a small screen with large letters the coupon
/// comes first.
pub fn latest_height(counter: f32) -> f32 {
    (counter - 520.0).clamp(64.0, 128.0)
}

/// How much larger the verdict and what belongs to it are drawn where the right side has this height for them. What can be read from three
/// metres has capitals of a 250th of that, 12 mm: on a screen of 96 points an inch the word has them, on larger screens the rest too.
pub fn verdict_scale(height: f32) -> f32 {
    let steps = (height / 330.0 * 10.0).floor() / 10.0; // few sizes, so that few are drawn into the font's texture
    steps.clamp(0.8, 1.8)
}

/// The verdict's word.
pub fn verdict_font() -> FontId {
    FontId::new(64.0, FontFamily::Proportional)
}

/// What is largest after it: a coupon's worth, or a date.
pub fn large_font() -> FontId {
    FontId::new(44.0, FontFamily::Proportional)
}

/// A coupon's worth in the merchant's own words, which are never as large as ours.
pub fn merchants_font() -> FontId {
    FontId::new(32.0, FontFamily::Proportional)
}

/// The largest button.
pub fn value_font() -> FontId {
    FontId::new(34.0, FontFamily::Proportional)
}

/// Titles and large buttons.
pub fn title_font() -> FontId {
    FontId::new(24.0, FontFamily::Proportional)
}

/// A PIN that is to be typed elsewhere.
pub fn pin_font() -> FontId {
    FontId::new(44.0, FontFamily::Monospace)
}

/// Sets the window's looks: to be called once, before [`choose`].
pub fn apply(ctx: &Context) {
    ctx.options_mut(|options| {
        options.fallback_theme = egui::Theme::Light; // where the system has no say
        options.zoom_with_keyboard = false; // the text size is a setting
    });
    ctx.all_styles_mut(|style| {
        style.text_styles =
            [(TextStyle::Heading, 24.0), (TextStyle::Body, 17.0), (TextStyle::Button, 17.0), (TextStyle::Small, 14.0)]
                .map(|(name, size)| (name, FontId::new(size, FontFamily::Proportional)))
                .into();
        style.text_styles.insert(TextStyle::Monospace, FontId::new(16.0, FontFamily::Monospace));
        style.spacing.item_spacing = vec2(8.0, 6.0);
        style.spacing.button_padding = vec2(12.0, 7.0);
        style.spacing.interact_size = Vec2::new(40.0, 34.0);
    });
    choose(ctx, None);
}

/// Has everything drawn in `theme` from now on; `None`: in the system's, light or dark.
pub fn choose(ctx: &Context, theme: Option<Theme>) {
    ctx.data_mut(|data| data.insert_temp(chosen_id(), theme));
    let dark = if theme == Some(Theme::HighContrast) { Palette::HIGH_CONTRAST } else { Palette::DARK };
    ctx.set_visuals_of(egui::Theme::Dark, dark.visuals(Visuals::dark()));
    ctx.set_visuals_of(egui::Theme::Light, Palette::LIGHT.visuals(Visuals::light()));
    ctx.set_theme(match theme {
        None => ThemePreference::System,
        Some(Theme::Light) => ThemePreference::Light,
        Some(Theme::Dark | Theme::HighContrast) => ThemePreference::Dark,
    });
}

/// Has everything drawn at this size, in percent; `None`: at [`TEXT_PERCENT_DEFAULT`]. All sizes in this file grow with it.
pub fn set_text_percent(ctx: &Context, percent: Option<u32>) {
    let percent = u16::try_from(percent.unwrap_or(TEXT_PERCENT_DEFAULT)).unwrap_or(u16::MAX);
    ctx.set_zoom_factor(f32::from(percent) / 100.0);
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
    fn all_text_can_be_read_on_its_ground_in_every_theme() {
        let tones = [Tone::Calm, Tone::Good, Tone::Bad, Tone::Attention, Tone::Done];
        for (name, palette, least) in [
            ("light", &Palette::LIGHT, 4.5),
            ("dark", &Palette::DARK, 4.5),
            ("high contrast", &Palette::HIGH_CONTRAST, 7.0),
        ] {
            let Palette { paper, ink, muted, on_fill, .. } = *palette;
            let grounds = [paper, palette.button, palette.button_hovered, palette.field, palette.selection];
            let of_tones = tones.map(|tone| [(on_fill, palette.fill(tone)), (palette.words(tone), paper)]);
            let lesser = [(muted, paper), (muted, palette.resting), (muted, palette.field)];
            let fixed = [(ON_PRACTICE, PRACTICE), (ON_NO_PICTURE, NO_PICTURE)];
            let pairs = of_tones.into_iter().flatten().chain(grounds.map(|ground| (ink, ground)));
            for (text, ground) in pairs.chain(lesser).chain(fixed) {
                let contrast = contrast(text, ground);
                assert!(contrast >= least, "{name}: {text:?} on {ground:?}: {contrast:.2}");
            }
            // What is filled stands out from the window's ground, and a control from what is around it where its outline alone tells it.
            for tone in tones {
                let contrast = contrast(palette.fill(tone), paper);
                assert!(contrast >= 3.0, "{name}: {tone:?} on the window's ground: {contrast:.2}");
            }
        }
        assert!(contrast(Palette::HIGH_CONTRAST.outline, Palette::HIGH_CONTRAST.button) >= 7.0);
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn the_theme_that_was_chosen_is_drawn_whatever_the_system_has() {
        let ctx = Context::default();
        apply(&ctx);
        for (theme, system, expected) in [
            (None, None, &Palette::LIGHT),
            (None, Some(egui::Theme::Dark), &Palette::DARK),
            (None, Some(egui::Theme::Light), &Palette::LIGHT),
            (Some(Theme::Light), Some(egui::Theme::Dark), &Palette::LIGHT),
            (Some(Theme::Dark), Some(egui::Theme::Light), &Palette::DARK),
            (Some(Theme::HighContrast), Some(egui::Theme::Light), &Palette::HIGH_CONTRAST),
            (Some(Theme::Light), None, &Palette::LIGHT),
        ] {
            choose(&ctx, theme);
            let input = egui::RawInput { system_theme: system, ..Default::default() };
            let mut drawn = ctx.run_ui(input, |ui| {
                assert_eq!(palette(ui), expected, "{theme:?} on a system with {system:?}");
                assert_eq!(ui.visuals().window_fill, expected.paper, "{theme:?} on a system with {system:?}");
            });
            drawn.textures_delta.clear(); // nobody shows it
        }
    }
}
