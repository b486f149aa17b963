//! Counts and times of several readers over sets of pictures, as tables in Markdown and a plot in SVG.

use std::fmt::Write;

use crate::readers::Compared;

/// What one reader did on one set.
#[derive(Clone, Default)]
pub struct Score {
    /// Pictures whose code was read.
    pub read: usize,
    /// Pictures in which something was read that is not there.
    pub wrong: usize,
    /// Processor time for each picture, in milliseconds.
    pub times: Vec<f64>,
}

/// One set's name, pictures, and each reader's score; ours first.
pub struct Row {
    /// What varies in the set.
    pub name: String,
    /// How many pictures it has.
    pub pictures: usize,
    /// Ours, then the others'.
    pub scores: Vec<Score>,
    /// Pictures that any of the others read.
    pub any_other: usize,
}

/// The value below which such a share of the times lie, in milliseconds.
pub fn quantile(times: &[f64], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(0.0)
}

/// All rows together.
pub fn total(rows: &[Row]) -> Row {
    let readers = rows.first().map_or(0, |row| row.scores.len());
    let mut scores = vec![Score::default(); readers];
    for (sum, score) in rows.iter().flat_map(|row| row.scores.iter().enumerate()).map(|(at, score)| (at, score)) {
        scores[sum].read += score.read;
        scores[sum].wrong += score.wrong;
        scores[sum].times.extend(&score.times);
    }
    let pictures = rows.iter().map(|row| row.pictures).sum();
    let any_other = rows.iter().map(|row| row.any_other).sum();
    Row { name: "**all**".to_owned(), pictures, scores, any_other }
}

/// A table of the rows and their sum, with false reads and times below.
pub fn table(rows: &[Row], readers: &[&Compared]) -> String {
    let mut text = String::new();
    let names: Vec<&str> = readers.iter().map(|reader| reader.name).collect();
    let _ = writeln!(text, "| set | pictures | {} | any other |", names.join(" | "));
    let _ = writeln!(text, "|---|---|{}---|", "---|".repeat(names.len()));
    let sum = total(rows);
    for row in rows.iter().chain([&sum]) {
        let read: Vec<String> = row.scores.iter().map(|score| score.read.to_string()).collect();
        let _ = writeln!(text, "| {} | {} | {} | {} |", row.name, row.pictures, read.join(" | "), row.any_other);
    }
    let line = |text: &mut String, name: &str, value: &dyn Fn(&Score) -> String| {
        let values: Vec<String> = sum.scores.iter().map(value).collect();
        let _ = writeln!(text, "| {name} | | {} | |", values.join(" | "));
    };
    let pictures = sum.pictures as f64;
    line(&mut text, "share read", &|score| format!("{:.1} %", 100.0 * score.read as f64 / pictures));
    line(&mut text, "false reads", &|score| score.wrong.to_string());
    line(&mut text, "median, ms", &|score| format!("{:.1}", quantile(&score.times, 0.5)));
    line(&mut text, "95 of 100 below, ms", &|score| format!("{:.1}", quantile(&score.times, 0.95)));
    text
}

/// Bars of the share that each reader read, a group for each row.
pub fn plot(rows: &[Row], readers: &[&Compared]) -> String {
    const COLOURS: [&str; 6] = ["#07c160", "#9ecae1", "#4292c6", "#bdbdbd", "#969696", "#fd8d3c"];
    const BAR: usize = 9;
    const LEFT: usize = 150;
    const WIDE: usize = 500;
    let sum = total(rows);
    let group = readers.len() * BAR + 8;
    let height = (rows.len() + 1) * group + 60;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{height}" font-family="sans-serif" font-size="11">"#,
        LEFT + WIDE + 60
    );
    let _ = writeln!(svg, r##"<rect width="100%" height="100%" fill="#ffffff"/>"##);
    for (at, reader) in readers.iter().enumerate() {
        let x = LEFT + at * 90;
        let colour = COLOURS[at % COLOURS.len()];
        let _ = writeln!(svg, r#"<rect x="{x}" y="10" width="10" height="10" fill="{colour}"/>"#);
        let _ = writeln!(svg, r#"<text x="{}" y="19">{}</text>"#, x + 14, reader.name);
    }
    for (at, row) in rows.iter().chain([&sum]).enumerate() {
        let top = 35 + at * group;
        let name = row.name.trim_matches('*');
        let _ = writeln!(svg, r#"<text x="{}" y="{}" text-anchor="end">{name}</text>"#, LEFT - 8, top + group / 2);
        for (bar, score) in row.scores.iter().enumerate() {
            let share = score.read as f64 / row.pictures.max(1) as f64;
            let (y, width) = (top + bar * BAR, (share * WIDE as f64).round());
            let colour = COLOURS[bar % COLOURS.len()];
            let _ =
                writeln!(svg, r#"<rect x="{LEFT}" y="{y}" width="{width}" height="{}" fill="{colour}"/>"#, BAR - 1);
            let text = format!("{:.0}", share * 100.0);
            let _ = writeln!(
                svg,
                r#"<text x="{}" y="{}" font-size="8">{text}</text>"#,
                LEFT as f64 + width + 3.0,
                y + BAR - 1
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
