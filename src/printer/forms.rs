//! What stands where: on the slip of a write-off, on a shift's report, on a test page.
//!
//! Pure. The words come from whoever has something printed, in the reader's language; what is empty is left out.

use super::page::Composer;
use super::{Charset, Page, Paper, Style};
use crate::report::Sheet;

/// The slip of one write-off, for the customer or the drawer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Slip {
    /// Whose shop it is.
    pub heading: String,
    /// What the paper is.
    pub title: String,
    /// What must not be missed: that it is a copy, that it is practice.
    pub marks: Vec<String>,
    /// The coupon's title.
    pub coupon: String,
    /// What it was worth, in large letters.
    pub worth: String,
    /// Names and what they are: code, time, till, cashier, number.
    pub details: Vec<(String, String)>,
}

impl Slip {
    /// The slip on `paper`.
    pub fn page(&self, paper: Paper, charset: Charset) -> Page {
        let mut page = Composer::new(paper, charset);
        head(&mut page, &self.heading, &self.title);
        for mark in &self.marks {
            page.centred(&format!("** {mark} **"), Style::Bold);
        }
        page.rule();
        page.text(&self.coupon, Style::Bold);
        page.text(&self.worth, Style::Large);
        if !(self.coupon.is_empty() && self.worth.is_empty()) {
            page.rule();
        }
        for (name, value) in self.details.iter().filter(|(_, value)| !value.is_empty()) {
            page.pair(name, value);
        }
        page.finish()
    }
}

/// A shift's report on `paper`, under the shop's `heading`: its figures, its cards by what became of them, its hours. `ends` are names and what they
/// are at its end: when it was printed, and where somebody signs.
pub fn report(heading: &str, sheet: &Sheet, ends: &[(String, String)], paper: Paper, charset: Charset) -> Page {
    let mut page = Composer::new(paper, charset);
    head(&mut page, heading, &sheet.title);
    for line in &sheet.lines {
        page.text(line, Style::Plain);
    }
    page.rule();
    for (name, figure) in &sheet.figures {
        page.pair(name, figure);
    }
    for note in &sheet.notes {
        page.text(note, Style::Plain);
    }
    // The first line of a table says what its columns are.
    if let Some((names, cards)) = sheet.table.split_first()
        && !cards.is_empty()
    {
        page.rule();
        page.text(&sheet.table_title, Style::Bold);
        for card in cards {
            let mut cells = names.iter().zip(card);
            if let Some((_, title)) = cells.next() {
                page.text(title, Style::Plain);
            }
            // Most of a card's figures are nothing: a line for each of them would be a roll of paper.
            for (name, cell) in cells.filter(|(_, cell)| !matches!(cell.as_str(), "" | "0")) {
                page.pair(&format!("· {name}"), cell);
            }
        }
    }
    let most = sheet.bars.iter().map(|(.., all)| *all).max().unwrap_or(0);
    if most > 0 {
        page.rule();
        page.text(&sheet.bars_title, Style::Bold);
        for (name, done, all) in &sheet.bars {
            page.bar(name, *done, *all, most);
        }
    }
    page.rule();
    for (name, value) in ends {
        page.pair(name, value);
    }
    page.finish()
}

/// A page to see by whether a printer is set up rightly.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TestPage {
    /// Whose shop it is.
    pub heading: String,
    /// What the paper is.
    pub title: String,
    /// What should be seen on it.
    pub advice: String,
    /// Names and what they are: till, time, place.
    pub details: Vec<(String, String)>,
}

impl TestPage {
    /// The page on `paper`.
    pub fn page(&self, paper: Paper, charset: Charset) -> Page {
        let mut page = Composer::new(paper, charset);
        head(&mut page, &self.heading, &self.title);
        page.rule();
        page.ruler();
        page.text("核销 核銷 Aa 0123456789 ¥20.50", Style::Plain);
        page.text("核 Aa ¥20.50", Style::Large);
        page.text(&self.advice, Style::Plain);
        page.rule();
        for (name, value) in &self.details {
            page.pair(name, value);
        }
        page.finish()
    }
}

fn head(page: &mut Composer, heading: &str, title: &str) {
    page.centred(heading, Style::Bold);
    page.centred(title, Style::Large);
    page.blank();
}
