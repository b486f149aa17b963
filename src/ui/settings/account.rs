//! Which account this till works for, and whether it still does.

use eframe::egui::{Button, Ui, vec2};

use super::{Around, Wish, group, remark, report};
use crate::config::{Credentials, host_of};
use crate::ui::theme::{self, Tone};

/// What came of a test, of the account or of the printer.
pub enum Tested {
    /// It is under way.
    Not,
    /// It works: a sentence about that.
    Well(String),
    /// It does not: why, likewise.
    Ill(String),
}

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, tested: Option<&Tested>, wishes: &mut Vec<Wish>) {
    let text = around.text;
    let size = vec2(200.0, theme::TOUCH_HEIGHT);
    let Some(account) = &around.settings.account else {
        remark(ui, &text.say("settings-no-account"));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.add(Button::new(text.say("settings-connect")).min_size(size)).clicked() {
                wishes.push(Wish::Connect);
            }
            if ui.add(Button::new(text.say("take-over-begin")).min_size(size)).clicked() {
                wishes.push(Wish::BeginTakeOver);
            }
        });
        return;
    };
    match &account.credentials {
        Credentials::AppSecret { appid, .. } => group(ui, &text.say("connect-appid"), |ui| drop(ui.label(appid))),
        Credentials::TokenService { url, .. } => {
            group(ui, &text.say("connect-service-url"), |ui| drop(ui.label(host_of(url))));
        }
    }
    group(ui, &text.say("connect-base-url"), |ui| drop(ui.label(host_of(&account.base_url))));
    ui.horizontal(|ui| {
        let testing = matches!(tested, Some(Tested::Not));
        let words = text.say(if testing { "connect-testing" } else { "settings-test-account" });
        if ui.add_enabled(!testing, Button::new(words).min_size(size)).clicked() {
            wishes.push(Wish::TestAccount);
        }
        if ui.add(Button::new(text.say("settings-change-account")).min_size(size)).clicked() {
            wishes.push(Wish::Connect);
        }
    });
    match tested {
        None | Some(Tested::Not) => {}
        Some(Tested::Well(words)) => report(ui, Tone::Good, words),
        Some(Tested::Ill(why)) => report(ui, Tone::Bad, why),
    }
}
