//! Which key does what: a row for each command, with a button to give it another key.

use eframe::egui::{Align, Button, Context, Event, Label, Layout, RichText, Role, Ui, WidgetInfo, accesskit, vec2};

use super::{Around, Change, Wish, remark};
use crate::config::{Key, KeyRefusal, Keys};
use crate::ui::command::{Command, key_pressed};
use crate::ui::key_card;
use crate::ui::text::Text;
use crate::ui::theme::{self, Tone};

/// Width of a row at most, in points: further from its words nobody would find its button.
const ROW_WIDTH: f32 = 640.0;
/// Width of a row's button, in points.
const BUTTON_WIDTH: f32 = 128.0;

/// Why a key that was pressed is not taken.
enum Complaint {
    /// Scanners and codes need it, or it is none that can be told.
    Unfit,
    /// It is this command's.
    Taken(Key, Command),
}

/// A command that waits for its key.
#[derive(Default)]
pub struct Waiting {
    command: Option<(Command, Option<Complaint>)>,
    /// The complaint has not been shown yet.
    is_new: bool,
}

impl Waiting {
    /// Takes the key that was pressed since the last frame, if one is waited for, and gives the change that it means. Escape leaves the key as it was, but
    /// where that clears it is a key like others. What cannot be used stays where it is: it may be a scanner's.
    pub fn listen(&mut self, ctx: &Context, keys: &Keys) -> Option<Change> {
        let mut chosen = None;
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Key { pressed: true, repeat: false, .. } = event else { return true };
                let Some((command, complaint)) = &mut self.command else { return true };
                let Some(key) = key_pressed(event) else {
                    (*complaint, self.is_new) = (Some(Complaint::Unfit), true);
                    return true;
                };
                match keys.with(*command, key) {
                    Ok(keys) => {
                        chosen = Some(keys);
                        self.command = None;
                    }
                    Err(KeyRefusal::Clears) => self.command = None,
                    Err(KeyRefusal::Taken(other)) => {
                        (*complaint, self.is_new) = (Some(Complaint::Taken(key, other)), true);
                    }
                }
                false
            });
        });
        chosen.map(change_to)
    }
}

fn change_to(keys: Keys) -> Change {
    Box::new(move |settings| settings.keys.clone_from(&keys))
}

/// Draws the section.
pub fn show(ui: &mut Ui, around: &Around<'_>, waiting: &mut Waiting, wishes: &mut Vec<Wish>) {
    let (keys, text) = (&around.settings.keys, around.text);
    remark(ui, &text.say("settings-keys-how"));
    ui.add_space(8.0);
    for command in Command::ALL {
        let waits = matches!(&waiting.command, Some((waits, _)) if *waits == command);
        if show_row(ui, command, keys.of(command), waits, text) {
            waiting.command = (!waits).then_some((command, None));
        }
        if let Some((waits, Some(complaint))) = &waiting.command
            && *waits == command
        {
            let words = match complaint {
                Complaint::Unfit => text.say("settings-keys-unfit"),
                Complaint::Taken(key, other) => {
                    let values = [("key", key.name()), ("other", &what_it_does(*other, text))];
                    text.say_with("settings-keys-taken", &values)
                }
            };
            let words = RichText::new(words).color(theme::palette(ui).words(Tone::Bad));
            let told = ui.add(Label::new(words).wrap());
            ui.ctx().accesskit_node_builder(told.id, |node| node.set_live(accesskit::Live::Polite));
            if std::mem::take(&mut waiting.is_new) {
                told.scroll_to_me(None);
            }
        }
    }
    ui.add_space(8.0);
    let usual = Button::new(text.say("settings-keys-usual")).min_size(vec2(BUTTON_WIDTH, theme::TOUCH_HEIGHT));
    if ui.add_enabled(*keys != Keys::default(), usual).clicked() {
        waiting.command = None;
        wishes.push(Wish::Change(change_to(Keys::default())));
    }
}

/// Draws what `command` does, its key, and its button. Says whether that was clicked.
fn show_row(ui: &mut Ui, command: Command, key: Key, waits: bool, text: &Text) -> bool {
    let size = vec2(ui.available_width().min(ROW_WIDTH), theme::TOUCH_HEIGHT);
    let row = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let what = what_it_does(command, text);
        let words = text.say(if waits { "settings-keys-waits" } else { "settings-keys-change" });
        let button = Button::new(&words).selected(waits).min_size(vec2(BUTTON_WIDTH, theme::TOUCH_HEIGHT));
        let button = ui.add(button);
        // A screen reader tells one from another.
        let heard = text.say_with("settings-keys-of", &[("button", &words), ("what", &what)]);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &heard));
        if button.clicked() {
            button.surrender_focus(); // the next Enter or space bar is a key like others
        }
        key_card::show_key(ui, key.name());
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(what).wrap()));
        button.clicked()
    });
    row.inner
}

/// What `command` does, where no key card is before the eyes.
fn what_it_does(command: Command, text: &Text) -> String {
    text.say(if command == Command::KeyCard { "key-card-title" } else { command.sentence_key() })
}
