//! The window. It draws the latest [`View`](crate::desk::View) and sends events; no rule about consuming lives here.
//!
//! One file a view: [`app`] says what is where, and turns to one of the pages ([`page`]). At the counter [`scan_pane`] is the left side, [`result`]
//! the right with what [`verdict`] says and a [`logo`], [`latest`] the bottom, [`customer`] a window of its own, [`connect`] the account form, [`take_over`] what another till gives; [`history`] and [`settings`] are the other pages. Colours and sizes come from [`theme`], sentences from [`text`] by way of [`sentence`], keys from [`command`] ([`key_card`] shows them), what is
//! told besides from [`cue`], glyphs from [`fonts`]; which of several codes in view is meant, says [`in_view`]; who draws it all, [`renderer`].
//! Whether there is a newer version, say [`updates`].
//! [`paper`] has the words for a receipt printer, [`printing`] is the window's way to it.

pub mod app;
mod awake;
mod background;
mod cell;
mod command;
mod connect;
mod cue;
pub mod customer;
pub mod fonts;
pub mod history;
mod in_view;
mod key_card;
mod latest;
mod lock;
mod logo;
mod page;
pub mod paper;
mod printing;
pub mod renderer;
mod result;
mod scan_pane;
pub mod sentence;
mod settings;
mod take_over;
pub mod text;
pub mod theme;
mod updates;
mod verdict;

use eframe::egui::ViewportBuilder;

pub use app::{App, AppSetup};
use background::News;
use fonts::SystemFonts;

use crate::one_window::Claim;

/// The smallest window in which everything has its place.
const SIZE_MIN: [f32; 2] = [960.0, 680.0];
/// The window at its first start: the smallest screen that tills have.
const SIZE_FIRST: [f32; 2] = [1024.0, 768.0];

/// Opens the window and stays until it is closed. At the end of `asked_to_end` it closes, once no write-off is under way. `claim`, where
/// there is one, has it come to the front when the program is started once more.
///
/// # Errors
/// No window can be opened: no screen, or no way to draw.
pub fn run(
    setup: AppSetup,
    asked_to_end: impl Future<Output = ()> + Send + 'static,
    claim: Option<Claim>,
) -> eframe::Result {
    let fonts = SystemFonts::list(); // while the window is being made
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default();
    let looks = setup.settings.as_ref().map(|settings| settings.window.clone()).unwrap_or_default();
    let viewport = ViewportBuilder::default()
        .with_title("hexiao")
        .with_app_id("hexiao")
        .with_inner_size(looks.size.map_or(SIZE_FIRST, |(width, height)| [width as f32, height as f32]))
        .with_min_inner_size(SIZE_MIN)
        .with_maximized(looks.maximized.unwrap_or(true))
        .with_fullscreen(looks.full_screen || looks.kiosk)
        .with_drag_and_drop(true)
        .with_icon(icon);
    let options = eframe::NativeOptions {
        viewport,
        system_font_fallback: false,
        persist_window: false,
        // There are no gradients here to smooth, and where the processor draws it is work for every pixel.
        dithering: false,
        ..Default::default()
    };
    eframe::run_native(
        "hexiao",
        options,
        Box::new(move |creation| {
            fonts.install(&creation.egui_ctx);
            let (ctx, runtime) = (creation.egui_ctx.clone(), setup.runtime.clone());
            let app = App::new(&ctx, setup);
            let end = app.bell(|| News::AskedToEnd, &ctx);
            runtime.spawn(async move {
                asked_to_end.await;
                end();
            });
            if let Some(Err(error)) = claim.map(|claim| claim.answer(app.bell(|| News::Called, &ctx))) {
                tracing::warn!("a second start will not find this window: {error}");
            }
            Ok(Box::new(app))
        }),
    )
}
