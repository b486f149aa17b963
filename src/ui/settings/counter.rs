//! How the counter works: presses, sounds, flash.

use eframe::egui::{Button, Ui, vec2};

use super::{Around, Wish, choice, group, remark, switch};
use crate::config::VOLUME_PERCENT_DEFAULT;
use crate::coupon::Fen;
use crate::sound::Sound;
use crate::ui::theme;

/// Worths to choose from, in yuan, from which on a coupon takes two presses.
const PRESS_TWICE_YUAN: [u32; 5] = [0, 20, 50, 100, 500];
/// How loud sounds can be chosen to be, in percent.
const VOLUMES: [u32; 4] = [0, 30, VOLUME_PERCENT_DEFAULT, 100];

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, wishes: &mut Vec<Wish>) {
    let (counter, text) = (&around.settings.counter, around.text);
    group(ui, &text.say("settings-press-twice"), |ui| {
        // One that was written into the file by hand stands among them.
        let mut worths = PRESS_TWICE_YUAN.to_vec();
        worths.extend(counter.press_twice_from);
        worths.sort_unstable();
        worths.dedup();
        for worth in [None].into_iter().chain(worths.into_iter().map(Some)) {
            let words = match worth {
                None => text.say("settings-press-twice-none"),
                Some(0) => text.say("settings-press-twice-every"),
                Some(yuan) => {
                    let worth = Fen(i64::from(yuan) * 100).to_string();
                    text.say_with("settings-press-twice-from", &[("worth", &worth)])
                }
            };
            if choice(ui, counter.press_twice_from == worth, &words) {
                wishes.push(Wish::Change(Box::new(move |settings| settings.counter.press_twice_from = worth)));
            }
        }
    });
    remark(ui, &text.say("settings-press-twice-how"));
    ui.add_space(10.0);
    group(ui, &text.say("settings-volume"), |ui| {
        for percent in VOLUMES {
            let words = if percent == 0 { text.say("settings-volume-off") } else { format!("{percent} %") };
            if choice(ui, u32::from(counter.volume().percent()) == percent, &words) {
                wishes.push(Wish::Change(Box::new(move |settings| settings.counter.volume_percent = Some(percent))));
            }
        }
    });
    group(ui, &text.say("settings-try-sounds"), |ui| {
        for sound in Sound::ALL {
            let key = match sound {
                Sound::Usable => "usable",
                Sound::Refused => "refused",
                Sound::WrittenOff => "accepted",
                Sound::Attention => "settings-sound-attention",
            };
            let button = Button::new(text.say(key)).min_size(vec2(96.0, theme::TOUCH_HEIGHT));
            if ui.add_enabled(!counter.volume().is_silent(), button).clicked() {
                wishes.push(Wish::TrySound(sound));
            }
        }
    });
    if let Some(on) = switch(ui, text, &text.say("settings-flash"), counter.flash) {
        wishes.push(Wish::Change(Box::new(move |settings| settings.counter.flash = on)));
    }
}
