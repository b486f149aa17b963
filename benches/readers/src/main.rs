//! Compares the program's reading with other readers alone, in one run on one core: on the counter set, on photographs, in time, and on
//! sequences as a camera sends them. Prints tables in Markdown; the plot goes to `target/readers/recall.svg`.
//!
//! Times are processor time of this thread: another program on the same machine changes them little.

#[allow(dead_code)] // the tests use other parts of it
#[path = "../../counter/mod.rs"]
mod counter;
mod readers;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use counter::sets::{self, SIZES, STORIES};
use counter::{Picture, Shot};
use cpu_time::ThreadTime;
use hexiao::scan::{self, Luma, Reader};
use readers::{Compared, OTHERS, OURS};
use report::{Row, Score, plot, quantile, table};

/// Frames of each size and kind that are timed, and how often each.
const TIMED_FRAMES: u64 = 12;
const TIMED_ROUNDS: usize = 4;
/// Sequences of each story.
const SEQUENCES: u64 = 4;

fn main() {
    // A reader that panics has read nothing; what it says is of no use here.
    std::panic::set_hook(Box::new(|_| {}));
    let all: Vec<&Compared> = [&OURS].into_iter().chain(&OTHERS).collect();
    let wanted = |part: &str| std::env::args().nth(1).is_none_or(|only| only == part);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if wanted("photographs") {
        println!("## Photographs\n\n{}", table(&photographs(&root, &all), &all));
    }
    if wanted("times") {
        println!("## Times\n\n{}", times(&all));
    }
    if wanted("sequences") {
        println!("## Sequences\n\n{}", sequences());
    }
    if wanted("counter") {
        let rows = counter_set(&all);
        println!("## The counter set\n\n{}", table(&rows, &all));
        let folder = root.join("target/readers");
        let written = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("recall.svg"), plot(&rows, &all)));
        match written {
            Ok(()) => println!("The plot is in target/readers/recall.svg."),
            Err(why) => eprintln!("The plot could not be written: {why}"),
        }
    }
}

/// A picture and every text that is in it, the one that must be read first.
struct Sample {
    luma: Luma,
    texts: Vec<String>,
}

impl Sample {
    fn of(shot: &Shot) -> Self {
        Self { luma: luma(shot.draw()), texts: shot.texts().into_iter().map(str::to_owned).collect() }
    }
}

fn luma(picture: Picture) -> Luma {
    Luma::new(picture.width, picture.height, picture.pixels).expect("the generator's sizes are accepted")
}

/// Texts are compared without what editors and line ends add.
fn plain(text: &str) -> String {
    text.replace('\r', "").trim().to_owned()
}

/// Has every reader read a sample, and notes it in the row.
fn compare(row: &mut Row, sample: &Sample, readers: &[&Compared]) {
    row.pictures += 1;
    let mut any_other = false;
    for (at, (reader, score)) in readers.iter().zip(&mut row.scores).enumerate() {
        let started = ThreadTime::now();
        let texts: Vec<String> = reader.read(&sample.luma).iter().map(|text| plain(text)).collect();
        score.times.push(started.elapsed().as_secs_f64() * 1e3);
        let read = sample.texts.first().is_some_and(|wanted| texts.contains(wanted));
        score.read += usize::from(read);
        score.wrong += usize::from(texts.iter().any(|text| !sample.texts.contains(text)));
        any_other |= at > 0 && read;
    }
    row.any_other += usize::from(any_other);
}

fn row(name: &str, readers: &[&Compared]) -> Row {
    Row { name: name.to_owned(), pictures: 0, scores: vec![Score::default(); readers.len()], any_other: 0 }
}

fn counter_set(readers: &[&Compared]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for sets::Sample { factor, shot } in sets::frames() {
        if rows.last().is_none_or(|row| row.name != factor) {
            rows.push(row(factor, readers));
        }
        if let Some(row) = rows.last_mut() {
            compare(row, &Sample::of(&shot), readers);
        }
    }
    rows
}

fn photographs(root: &Path, readers: &[&Compared]) -> Vec<Row> {
    const SETS: [&str; 7] = ["qrcode-1", "qrcode-3", "qrcode-4", "qrcode-5", "jsqr", "code128-1", "nothing"];
    let in_set = |set: &str| {
        let folder = root.join("tests/data/images").join(set);
        let entries = fs::read_dir(folder).expect("the photographs are in the repository");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension != "txt"));
        paths.sort();
        let mut row = row(set, readers);
        for path in paths {
            let luma = scan::read_picture(&path).expect("a photograph");
            let text = fs::read(path.with_extension("txt")).ok();
            let texts = text.map(|text| plain(&String::from_utf8_lossy(&text))).into_iter().collect();
            compare(&mut row, &Sample { luma, texts }, readers);
        }
        row
    };
    SETS.into_iter().map(in_set).collect()
}

/// A frame with a plain code and one without, in each size: ours as a camera's frames, each another than the last, the others alone.
fn times(readers: &[&Compared]) -> String {
    let mut text = String::from("Median and 95 of 100, ms of processor time a frame.\n\n| frames |");
    text.extend(readers.iter().map(|reader| format!(" {} |", reader.name)));
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(readers.len()));
    text.push('\n');
    for size in SIZES {
        for with_code in [true, false] {
            let shot = |number| if with_code { sets::plain_frame(size, number).shot } else { sets::empty_frame(size, number) };
            let frames: Vec<Luma> = (0..TIMED_FRAMES).map(|number| luma(shot(number).draw())).collect();
            text.push_str(&format!("| {} × {}, {} |", size.0, size.1, if with_code { "plain code" } else { "no code" }));
            for (at, reader) in readers.iter().enumerate() {
                let mut live = Reader::default();
                let mut times = Vec::new();
                for frame in (0..TIMED_ROUNDS).flat_map(|_| &frames) {
                    let started = ThreadTime::now();
                    if at == 0 {
                        live.read(frame);
                    } else {
                        reader.read(frame);
                    }
                    times.push(started.elapsed().as_secs_f64() * 1e3);
                }
                text.push_str(&format!(" {:.1} · {:.1} |", quantile(&times, 0.5), quantile(&times, 0.95)));
            }
            text.push('\n');
        }
    }
    text
}

/// Ours frame after frame, beside what zxing-cpp reads in each frame alone.
fn sequences() -> String {
    let zxing_cpp = &OTHERS[OTHERS.len() - 1];
    let mut text = String::from(
        "| story | frames | hexiao reads | zxing-cpp reads | most frames from the first that zxing-cpp reads to the first of ours | false reads | median · 95 of 100, ms |\n|---|---|---|---|---|---|---|\n",
    );
    for story in STORIES {
        let (mut frames, mut read, mut others, mut wrong, mut latest) = (0, 0, 0, 0, 0i64);
        let mut times = Vec::new();
        for number in 0..SEQUENCES {
            let mut live = Reader::default();
            let (mut first, mut first_other) = (None, None);
            for (at, shot) in sets::sequence(story, SIZES[(number % 2) as usize], number).iter().enumerate() {
                let sample = Sample::of(shot);
                let started = ThreadTime::now();
                let found = live.read(&sample.luma).found;
                times.push(started.elapsed().as_secs_f64() * 1e3);
                frames += 1;
                wrong += usize::from(found.iter().any(|found| !sample.texts.contains(&found.text)));
                if found.iter().any(|found| found.text == sample.texts[0]) {
                    read += 1;
                    first.get_or_insert(at as i64);
                }
                if zxing_cpp.read(&sample.luma).contains(&sample.texts[0]) {
                    others += 1;
                    first_other.get_or_insert(at as i64);
                }
            }
            if let Some(other) = first_other {
                latest = latest.max(first.map_or(i64::MAX, |first| first - other));
            }
        }
        let (median, most) = (quantile(&times, 0.5), quantile(&times, 0.95));
        text.push_str(&format!(
            "| {story:?} | {frames} | {read} | {others} | {latest} | {wrong} | {median:.1} · {most:.1} |\n"
        ));
    }
    text
}
