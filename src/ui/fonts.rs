//! The system's fonts, for every character that the program's own lack – Chinese above all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::Context;
use eframe::egui::epaint::text::{FallbackRequest, FontInsert, FontProvider};
use egui_system_font_provider::SystemFontProvider;

/// Which of the system's fonts is preferred where several have a character: Chinese and Japanese share many.
const PREFERRED: &str = "zh-Hans-CN";

/// The system's fonts, being listed on a thread of their own from the moment this is made.
pub struct SystemFonts {
    inner: SystemFontProvider,
    /// Listing has failed, and is not tried again.
    broken: AtomicBool,
}

impl SystemFonts {
    /// Begins to list the system's fonts.
    pub fn list() -> Arc<Self> {
        let inner = SystemFontProvider::new().with_locale(Some(PREFERRED));
        Arc::new(Self { inner, broken: AtomicBool::new(false) })
    }

    /// Has characters looked up here that the program's own fonts lack.
    pub fn install(self: Arc<Self>, ctx: &Context) {
        ctx.add_font_provider(self);
    }
}

impl FontProvider for SystemFonts {
    /// A font for a character. `None` where there is none – also on a system without any font, where the library panics:
    /// a till that can show English only is better than none.
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        if self.broken.load(Ordering::Relaxed) {
            return None;
        }
        catch_unwind(AssertUnwindSafe(|| self.inner.font_for(request))).unwrap_or_else(|_| {
            tracing::error!("the system's fonts cannot be listed; only English can be shown");
            self.broken.store(true, Ordering::Relaxed);
            None
        })
    }
}
