//! A list of any length, of which only what is in sight is drawn.
//!
//! egui's own scrolling counts in points, and at a million rows a point is less than its numbers can tell apart: rows would jump. This one
//! knows which row is on top, and draws from there. The wheel, a finger, the bar at its side and keys move it.

use std::ops::Range;

use eframe::egui::{Key, Rect, Response, Sense, Ui, UiBuilder, pos2, vec2};

use crate::ui::theme;

/// Width of the bar at its side, in points: a finger's.
const BAR_WIDTH: f32 = 28.0;
/// The least height of its handle.
const HANDLE_HEIGHT_MIN: f32 = 48.0;

/// Where a list stands.
#[derive(Debug, Default)]
pub struct List {
    /// The row at the top, with the part of it that has gone out of sight.
    top: f64,
    /// How many rows were in sight.
    in_sight: f64,
}

impl List {
    /// Goes back to the first row.
    pub fn go_to_top(&mut self) {
        self.top = 0.0;
    }

    /// Moves it as little as brings `row` into sight.
    pub fn bring_into_sight(&mut self, row: usize) {
        let row = row as f64;
        self.top = self.top.clamp(row + 1.0 - self.in_sight.max(1.0), row);
    }

    /// The row to which the keys lead from `chosen`, of `count`.
    pub fn led_by_keys(&self, ui: &Ui, chosen: Option<usize>, count: usize) -> Option<usize> {
        let last = count.checked_sub(1)?;
        let page = (self.in_sight as usize).max(1);
        let typing = ui.ctx().text_edit_focused();
        ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            let from = chosen.unwrap_or(0);
            if pressed(Key::ArrowDown) {
                Some(chosen.map_or(0, |row| (row + 1).min(last)))
            } else if pressed(Key::ArrowUp) {
                Some(from.saturating_sub(1))
            } else if pressed(Key::PageDown) {
                Some((from + page).min(last))
            } else if pressed(Key::PageUp) {
                Some(from.saturating_sub(page))
            } else if pressed(Key::Home) && !typing {
                Some(0)
            } else if pressed(Key::End) && !typing {
                Some(last)
            } else {
                None
            }
        })
    }

    /// Draws `count` rows of this height into what is left of `ui`, each by `draw`, which also says what its row was answered. Gives the rows in sight.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        count: usize,
        row_height: f32,
        mut draw: impl FnMut(&mut Ui, usize, Rect),
    ) -> Range<usize> {
        let (all, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let rows = Rect::from_min_max(all.min, pos2(all.right() - BAR_WIDTH - 4.0, all.bottom()));
        let background = ui.interact(rows, ui.scope_id().with("rows"), Sense::drag());
        self.in_sight = f64::from(rows.height() / row_height);
        let mut moved = -f64::from(background.drag_delta().y);
        if ui.rect_contains_pointer(all) {
            moved -= f64::from(ui.input(|input| input.smooth_scroll_delta.y));
        }
        self.top += moved / f64::from(row_height);
        let furthest = (count as f64 - self.in_sight).max(0.0);
        self.top = self.top.clamp(0.0, furthest);
        if furthest > 0.0 {
            let bar = Rect::from_min_max(pos2(all.right() - BAR_WIDTH, all.top()), all.max);
            self.show_bar(ui, bar, count, furthest);
        }
        let first = self.top as usize;
        let end = count.min((self.top + self.in_sight).ceil() as usize);
        let mut within = ui.new_child(UiBuilder::new().max_rect(rows));
        within.set_clip_rect(rows.intersect(ui.clip_rect()));
        for row in first..end {
            let top = rows.top() + ((row as f64 - self.top) * f64::from(row_height)) as f32;
            let place = Rect::from_min_size(pos2(rows.left(), top.round()), vec2(rows.width(), row_height));
            draw(&mut within, row, place);
        }
        first..end
    }

    fn show_bar(&mut self, ui: &Ui, bar: Rect, count: usize, furthest: f64) {
        let share = (self.in_sight / count as f64) as f32;
        let height = (bar.height() * share).max(HANDLE_HEIGHT_MIN).min(bar.height());
        let way = bar.height() - height;
        let response: Response = ui.interact(bar, ui.scope_id().with("bar"), Sense::click_and_drag());
        if let Some(at) = response.interact_pointer_pos().filter(|_| way > 0.0) {
            let share = ((at.y - bar.top() - height / 2.0) / way).clamp(0.0, 1.0);
            self.top = f64::from(share) * furthest;
        }
        let top = bar.top() + way * (self.top / furthest) as f32;
        let handle = Rect::from_min_size(pos2(bar.left(), top), vec2(bar.width(), height)).shrink2(vec2(6.0, 0.0));
        let palette = theme::palette(ui);
        ui.painter().rect_filled(bar.shrink2(vec2(6.0, 0.0)), 8.0, palette.button);
        let color = if response.dragged() || response.hovered() { palette.ink } else { palette.muted };
        ui.painter().rect_filled(handle, 8.0, color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_into_sight_by_the_least_move_and_one_in_sight_moves_nothing() {
        let mut list = List { top: 100.5, in_sight: 10.0 };
        for (row, top) in
            [(101, 100.5), (109, 100.5), (110, 101.0), (101, 101.0), (50, 50.0), (0, 0.0), (999_999, 999_990.0)]
        {
            list.bring_into_sight(row);
            assert_eq!(list.top, top, "{row}");
        }
    }
}
