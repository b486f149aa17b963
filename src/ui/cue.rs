//! What is told of a verdict besides showing it: a sound, and a flash of the window in its colour, once a turn.

use std::time::{Duration, Instant};

use eframe::egui::{Context, Id, LayerId, Order};

use super::theme::{Palette, Tone};
use super::verdict;
use crate::config::CounterSettings;
use crate::desk::View;
use crate::sound::{Sound, Voice};

/// How long a flash takes to fade.
const FLASH: Duration = Duration::from_millis(350);

/// Tells of verdicts.
pub struct Cue {
    voice: Box<dyn Voice>,
    /// What was told last: in which turn, and of what.
    told: Option<(u64, Tone)>,
    /// The flash that is fading.
    flash: Option<(Tone, Instant)>,
}

impl Cue {
    /// Has `voice` say what is to be heard.
    pub fn new(voice: Box<dyn Voice>) -> Self {
        Self { voice, told: None, flash: None }
    }

    /// Another till is open: its turns are counted anew.
    pub fn begin_anew(&mut self) {
        self.told = None;
    }

    /// Tells of what `view` shows, if that is news.
    pub fn tell(&mut self, view: &View, settings: &CounterSettings) {
        let tone = verdict::tone(view);
        let Some(sound) = sound_of(tone) else { return };
        let news = Some((view.turn, tone));
        if std::mem::replace(&mut self.told, news) == news {
            return;
        }
        self.voice.play(sound, settings.volume());
        if settings.flash {
            self.flash = Some((tone, Instant::now()));
        }
    }

    /// Has a sound heard to try it.
    pub fn try_sound(&self, sound: Sound, settings: &CounterSettings) {
        self.voice.play(sound, settings.volume());
    }

    /// Draws what is left of the flash, over everything and in nobody's way.
    pub fn show_flash(&mut self, ctx: &Context, palette: &Palette) {
        let Some((tone, since)) = self.flash else { return };
        let left = 1.0 - since.elapsed().as_secs_f32() / FLASH.as_secs_f32();
        if left <= 0.0 {
            self.flash = None;
            return;
        }
        let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("flash")));
        painter.rect_filled(ctx.content_rect(), 0, palette.fill(tone).gamma_multiply(left));
        ctx.request_repaint();
    }
}

/// What a verdict sounds like; nothing while there is none.
fn sound_of(tone: Tone) -> Option<Sound> {
    match tone {
        Tone::Calm => None,
        Tone::Good => Some(Sound::Usable),
        Tone::Bad => Some(Sound::Refused),
        Tone::Attention => Some(Sound::Attention),
        Tone::Done => Some(Sound::WrittenOff),
    }
}
