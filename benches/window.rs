//! What a frame of the window costs the processor before anything is drawn: a page is turned, and a history of a million rows is scrolled, a
//! screenful a frame. At 60 frames a second there are 16.7 ms for it, of which drawing takes the larger part where the processor does that too.

// What is measured is made here, so it cannot fail; `criterion_group!` makes a public function.
#![allow(clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../tests/support/till_window.rs"]
mod till_window;
#[path = "../tests/support/window.rs"]
mod window;

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use eframe::egui::{Key, MissingGlyphPolicy};
use egui_kittest::kittest::Queryable as _;
use hexiao::config::Settings;
use hexiao::ledger::Ledger;
use hexiao::ui::text::Language;
use till_window::Counter;
use window::{SMALL, Window};

const ROWS: u32 = 1_000_000;

fn fill(file: &Path) {
    drop(Ledger::open(file).expect("made"));
    let connection = rusqlite::Connection::open(file).expect("opened");
    let sql = format!(
        "PRAGMA synchronous = OFF;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         INSERT INTO write_off (till, cashier, code, title, intended_at, outcome_at, stage, errcode, message)
         SELECT 't', '李', printf('%012d', i), '满100减20元', 1764000000000 + i, 0, 'accepted', 0, 'ok' FROM n"
    );
    connection.execute_batch(&sql).expect("filled");
}

/// One frame, with everything up to the triangles that are drawn.
fn frame(window: &mut Window, key: Key) {
    window.key_press(key);
    window.step();
    let shapes = window.output().shapes.clone();
    std::hint::black_box(window.ctx.tessellate(shapes, 1.0));
}

fn frames(criterion: &mut Criterion) {
    let mut counter = Counter::start(
        Language::SimplifiedChinese,
        SMALL,
        MissingGlyphPolicy::Tofu,
        |_| None,
        |places| {
            fill(&places.practice_ledger_file());
            let language = Some(Language::SimplifiedChinese.tag().to_owned());
            Settings::load(places).map(|settings| Settings { language, ..settings })
        },
    );
    counter.wait_for("an open till", |window| window.state().is_open());
    counter.press(Key::F3);
    let newest = format!("{ROWS:012}");
    counter.wait_for("the newest row", |window| window.query_all_by_label_contains(&newest).next().is_some());

    let mut down = true;
    criterion.bench_function("a million rows scrolled by a screenful", |bencher| {
        bencher.iter(|| frame(&mut counter.window, if down { Key::PageDown } else { Key::PageUp }));
        down = !down;
    });
    let mut pages = [Key::F2, Key::F3, Key::F4].into_iter().cycle();
    criterion.bench_function("a page turned", |bencher| {
        bencher.iter(|| frame(&mut counter.window, pages.next().expect("for ever")));
    });
}

criterion_group!(benches, frames);
criterion_main!(benches);
