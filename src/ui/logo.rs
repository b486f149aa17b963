//! A merchant's logo in its card's colour. Its place is there from the start, whether or not there will be a logo to fill it: nothing moves when it comes.

use eframe::egui::{
    self, Color32, ColorImage, Context, Rect, Role, Sense, Stroke, StrokeKind, TextureFilter, TextureHandle,
    TextureOptions, Ui, Vec2, WidgetInfo,
};

use super::theme;
use crate::coupon::Card;
use crate::desk::{Stage, View};
use crate::logos::Logos;

/// How round the corners of the place are, and the logo's, in points.
const PLACE_RADIUS: f32 = 10.0;
const LOGO_RADIUS: f32 = 6.0;
/// How much of the card's colour shows around the logo, in points.
const BORDER: f32 = 4.0;

/// The logos of the till that is open, and the one that is shown.
#[derive(Default)]
pub struct ShownLogo {
    logos: Option<Logos>,
    /// The latest, with the address that its card names.
    drawn: Option<(String, TextureHandle)>,
}

impl ShownLogo {
    /// Gets logos from `logos` from now on.
    pub fn begin(&mut self, logos: Logos) {
        *self = Self { logos: Some(logos), drawn: None };
    }

    /// Gets none any more.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    /// The logo of the coupon in `view`, where it is there; where it is not, it will be got.
    pub fn of(&mut self, view: &View, ctx: &Context) -> Option<TextureHandle> {
        let (Stage::Shown { shown, .. } | Stage::Consuming { shown } | Stage::NotRecorded { shown, .. }) = &view.stage
        else {
            return None;
        };
        let logo_url = shown.card.as_ref()?.logo_url.as_deref()?;
        if self.drawn.as_ref().is_none_or(|(of, _)| of != logo_url) {
            let logo = self.logos.as_ref()?.of(logo_url)?;
            let image = ColorImage::from_rgb(logo.size(), logo.rgb());
            // It is drawn at less than half of its size.
            let options = TextureOptions::LINEAR.with_mipmap_mode(Some(TextureFilter::Linear));
            self.drawn = Some((logo_url.to_owned(), ctx.load_texture("logo", image, options)));
        }
        self.drawn.as_ref().map(|(_, texture)| texture.clone())
    }
}

/// Draws the place of `card`'s logo in the card's colour, `scale` times its usual size, with `logo` in it as soon as there is one. `name` says what it is to
/// who does not see it. `outline` stands out from what is around it, whatever the card's colour.
pub fn show(ui: &mut Ui, card: &Card, logo: Option<&TextureHandle>, name: String, outline: Color32, scale: f32) {
    let (place, response) = ui.allocate_exact_size(Vec2::splat(theme::LOGO_SIDE * scale), Sense::hover());
    let [red, green, blue] = card.color.unwrap_or([0xFF; 3]);
    let colour = Color32::from_rgb(red, green, blue);
    ui.painter().rect(place, PLACE_RADIUS * scale, colour, Stroke::new(1.5, outline), StrokeKind::Inside);
    let Some(logo) = logo else { return };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let ground = place.shrink(BORDER * scale);
    ui.painter().rect_filled(ground, LOGO_RADIUS * scale, Color32::WHITE);
    let size = logo.size_vec2();
    let fitted = size * (ground.width() / size.max_elem().max(1.0));
    // Painted, not added: a widget of its own would push what follows aside.
    let image = egui::Image::new(logo).corner_radius(LOGO_RADIUS * scale);
    image.paint_at(ui, Rect::from_center_size(ground.center(), fitted));
}
