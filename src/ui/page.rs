//! Which of the window's pages is shown.
//!
//! One turns to a page by its key or its button (see [`Command`]). A scan and the keys of Clear and of the code field lead back to the counter from
//! everywhere; what concerns a coupon can be done there alone, where the coupon is seen. All of this happens in one place,
//! `App::turn_to` and `App::obey`: a page only draws itself.

use eframe::egui::{Button, Ui, vec2};

use super::command::Command;
use super::text::Text;
use super::theme;

/// A page of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Page {
    /// Scan, look, press.
    #[default]
    Counter,
    /// What was written off.
    History,
    /// How this till is set up.
    Settings,
}

impl Page {
    /// The commands that lead to the pages, each with the key of the sentence that names its page.
    const WAYS: [(Command, &'static str); 3] = [
        (Command::GoToCode, "page-counter"),
        (Command::GoToHistory, "page-history"),
        (Command::GoToSettings, "page-settings"),
    ];
}

/// Draws a button for each page, with the present one marked. Says which was clicked.
pub fn show_buttons(ui: &mut Ui, present: Page, text: &Text) -> Option<Command> {
    let mut clicked = None;
    for (command, key) in Page::WAYS {
        let words = format!("{} ({})", text.say(key), text.key_name(command));
        let button = Button::new(words).min_size(vec2(0.0, theme::TOUCH_HEIGHT));
        if ui.add(button.selected(command.page() == Some(present))).clicked() {
            clicked = Some(command);
        }
    }
    clicked
}
