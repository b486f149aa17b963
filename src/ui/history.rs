//! The history: what was written off, newest first, and what is not settled yet.

use eframe::egui::{RichText, Ui};

use super::latest;
use super::text::Text;
use super::theme;
use crate::desk::View;

/// Draws the page.
pub fn show(ui: &mut Ui, view: &View, text: &Text) {
    ui.label(RichText::new(text.say("page-history")).font(theme::title_font()));
    latest::show(ui, view, text);
}
