//! The window. It draws the latest [`View`](crate::desk::View) and sends events; no rule about consuming lives here.
//!
//! One file a view: [`app`] says what is where, [`scan_pane`] is the left side, [`result`] the right, [`latest`] the bottom, [`connect`] the
//! account form. Colours and sizes come from [`theme`], sentences from [`text`] by way of [`sentence`], keys from [`command`].

pub mod app;
mod background;
mod command;
mod connect;
mod latest;
mod result;
mod scan_pane;
pub mod sentence;
pub mod text;
pub mod theme;

use std::sync::Arc;

use eframe::egui::{self, ViewportBuilder};
use egui_system_font_provider::SystemFontProvider;

pub use app::{App, AppSetup};

/// The smallest window in which everything has its place.
const SIZE_MIN: [f32; 2] = [960.0, 680.0];
/// The window at its first start: the smallest screen that tills have.
const SIZE_FIRST: [f32; 2] = [1024.0, 768.0];

/// Opens the window and stays until it is closed.
///
/// # Errors
/// No window can be opened: no screen, or no way to draw.
pub fn run(setup: AppSetup) -> eframe::Result {
    // The system's fonts are listed on a thread of their own from here on, while the window is being made.
    let fonts = Arc::new(SystemFontProvider::new().with_locale(Some("zh-Hans-CN")));
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default();
    let viewport = ViewportBuilder::default()
        .with_title("hexiao")
        .with_app_id("hexiao")
        .with_inner_size(SIZE_FIRST)
        .with_min_inner_size(SIZE_MIN)
        .with_maximized(true)
        .with_drag_and_drop(true)
        .with_icon(icon);
    let options =
        eframe::NativeOptions { viewport, system_font_fallback: false, persist_window: false, ..Default::default() };
    eframe::run_native(
        "hexiao",
        options,
        Box::new(move |creation| {
            add_fonts(&creation.egui_ctx, fonts);
            Ok(Box::new(App::new(&creation.egui_ctx, setup)))
        }),
    )
}

/// Has characters that the program's own fonts lack looked up in `fonts`.
pub fn add_fonts(ctx: &egui::Context, fonts: Arc<SystemFontProvider>) {
    ctx.add_font_provider(fonts);
}
