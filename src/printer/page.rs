//! Words wrapped into the lines of a page, as wide as the paper and no wider.
//!
//! Pure. A line is broken at a space, or beside a Chinese character; never before a full stop or behind an opening bracket, and within a word
//! only where the word is longer than a line.

use super::Charset;
use crate::plain;

/// Most of one text that is printed, in characters: a title without end is no reason for paper without end.
const WORDS_CHARS_MAX: usize = 300;
/// Most columns of a bar's name; a figure of twenty digits and two spaces still stand beside it.
const BAR_NAME_COLUMNS_MAX: usize = 8;
/// Never the first on a line.
const CLOSING: &str = "，。、；：？！）」』》〉】”’…,.;:?!)]}%";
/// Never the last.
const OPENING: &str = "（「『《〈【“‘([{￥";

/// How wide the paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Paper {
    /// 58 mm: the usual one at small tills, and what 80 mm printers can print as well.
    #[default]
    Narrow,
    /// 80 mm.
    Wide,
}

impl Paper {
    /// Every width.
    pub const ALL: [Self; 2] = [Self::Narrow, Self::Wide];

    /// Its width in millimetres.
    pub fn mm(self) -> u32 {
        match self {
            Self::Narrow => 58,
            Self::Wide => 80,
        }
    }

    /// The one of this width.
    pub fn from_mm(mm: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|paper| paper.mm() == mm)
    }

    /// Columns of a line, each as wide as a Latin letter of the printer's usual font and half as wide as a Chinese one.
    pub fn columns(self) -> usize {
        match self {
            Self::Narrow => 32,
            Self::Wide => 48,
        }
    }
}

/// How a line is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Style {
    /// As usual.
    #[default]
    Plain,
    /// Bold.
    Bold,
    /// Bold, twice as wide and high.
    Large,
}

/// A line of a page, in characters of its set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What stands on it.
    pub words: String,
    /// How.
    pub style: Style,
}

/// What is printed on one piece of paper, which is cut off behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The set that its lines are in.
    pub charset: Charset,
    /// Its lines, none wider than the paper.
    pub lines: Vec<Line>,
}

/// Puts a page together.
pub(super) struct Composer {
    paper: Paper,
    page: Page,
}

impl Composer {
    pub(super) fn new(paper: Paper, charset: Charset) -> Self {
        Self { paper, page: Page { charset, lines: Vec::new() } }
    }

    pub(super) fn finish(self) -> Page {
        self.page
    }

    /// How many characters of one column fit on a line.
    fn room(&self, style: Style) -> usize {
        match style {
            Style::Plain | Style::Bold => self.paper.columns(),
            Style::Large => self.paper.columns() / 2,
        }
    }

    /// `words` in this page's characters.
    fn fit(&self, words: &str) -> String {
        self.page.charset.fit(&plain::line(words, WORDS_CHARS_MAX)).trim().to_owned()
    }

    fn columns(&self, words: &str) -> usize {
        words.chars().map(|c| self.page.charset.columns(c)).sum()
    }

    fn push(&mut self, words: String, style: Style) {
        self.page.lines.push(Line { words, style });
    }

    /// As many lines as `words` take; none for none.
    pub(super) fn text(&mut self, words: &str, style: Style) {
        for line in self.wrapped(words, style) {
            self.push(line, style);
        }
    }

    /// The same in the middle.
    pub(super) fn centred(&mut self, words: &str, style: Style) {
        for line in self.wrapped(words, style) {
            let before = (self.room(style) - self.columns(&line)) / 2;
            self.push(format!("{}{line}", " ".repeat(before)), style);
        }
    }

    /// A name on the left and what it is on the right; below it where both do not fit on one line.
    pub(super) fn pair(&mut self, name: &str, value: &str) {
        let (name, value) = (self.fit(name), self.fit(value));
        let taken = self.columns(&name) + self.columns(&value);
        let room = self.room(Style::Plain);
        if taken < room {
            return self.push(format!("{name}{}{value}", " ".repeat(room - taken)), Style::Plain);
        }
        self.text(&name, Style::Plain);
        for line in self.wrapped(&value, Style::Plain) {
            let before = room - self.columns(&line);
            self.push(format!("{}{line}", " ".repeat(before)), Style::Plain);
        }
    }

    /// A bar of `done` and then `rest` of `most`, between its name and a figure.
    pub(super) fn bar(&mut self, name: &str, done: u64, all: u64, most: u64) {
        let mut name = self.fit(name);
        while self.columns(&name) > BAR_NAME_COLUMNS_MAX {
            name.pop();
        }
        let figure = all.to_string();
        let room = self.room(Style::Plain).saturating_sub(self.columns(&name) + figure.len() + 2);
        let length = |count: u64| {
            let length = u128::from(count) * room as u128 / u128::from(most.max(1));
            usize::try_from(length).unwrap_or(room).min(room)
        };
        let (whole, done) = (length(all), length(done.min(all)));
        let bar = format!("{}{}", "#".repeat(done), ".".repeat(whole - done));
        let line = format!("{name} {bar}{} {figure}", " ".repeat(room - whole));
        self.push(line, Style::Plain);
    }

    /// A line across the paper.
    pub(super) fn rule(&mut self) {
        self.push("-".repeat(self.room(Style::Plain)), Style::Plain);
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.push(String::new(), Style::Plain);
    }

    /// Figures to count the columns by.
    pub(super) fn ruler(&mut self) {
        let ruler = "1234567890".chars().cycle().take(self.room(Style::Plain)).collect();
        self.push(ruler, Style::Plain);
    }

    fn wrapped(&self, words: &str, style: Style) -> Vec<String> {
        let (words, room) = (self.fit(words), self.room(style));
        let chars: Vec<char> = words.chars().collect();
        let mut lines = Vec::new();
        let mut rest = &chars[..];
        while let Some(start) = rest.iter().position(|c| *c != ' ') {
            rest = &rest[start..];
            let length = self.length_of_line(rest, room);
            let (line, next) = rest.split_at(length);
            lines.push(line.iter().collect::<String>().trim_end().to_owned());
            rest = next;
        }
        lines
    }

    /// How many of `chars` go on a line that has this much room; one at least.
    fn length_of_line(&self, chars: &[char], room: usize) -> usize {
        let columns = |c: char| self.page.charset.columns(c);
        let (mut taken, mut last_break) = (0, None);
        for (place, c) in chars.iter().enumerate() {
            let may_break = place > 0 && {
                let before = chars[place - 1];
                let is_beside_chinese = columns(before) > 1 || columns(*c) > 1;
                before == ' ' || *c == ' ' || (is_beside_chinese && !CLOSING.contains(*c) && !OPENING.contains(before))
            };
            if may_break {
                last_break = Some(place);
            }
            taken += columns(*c);
            if taken > room {
                return last_break.unwrap_or(place).max(1);
            }
        }
        chars.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(charset: Charset, compose: impl FnOnce(&mut Composer)) -> Vec<String> {
        let mut composer = Composer::new(Paper::Narrow, charset);
        compose(&mut composer);
        composer.finish().lines.into_iter().map(|line| line.words).collect()
    }

    #[test]
    fn lines_are_broken_where_they_may_be() {
        for (words, expected) in [
            ("一二三四五六七八九十一二三四五六", &["一二三四五六七八九十一二三四五六"][..]),
            ("一二三四五六七八九十一二三四五六七", &["一二三四五六七八九十一二三四五六", "七"]),
            // No line begins with a full stop, or ends with a bracket that opens.
            ("一二三四五六七八九十一二三四五六。", &["一二三四五六七八九十一二三四五", "六。"]),
            ("一二三四五六七八九十一二三四五（六）", &["一二三四五六七八九十一二三四五", "（六）"]),
            // A word stays whole, and so does a figure between Chinese characters.
            ("of two words the second goes below", &["of two words the second goes", "below"]),
            ("一二三四五六七八九十一二三四20260元", &["一二三四五六七八九十一二三四", "20260元"]),
            // One that is longer than a line does not.
            ("aaaaaaaaaabbbbbbbbbbccccccccccddddd", &["aaaaaaaaaabbbbbbbbbbccccccccccdd", "ddd"]),
            ("   ", &[]),
        ] {
            assert_eq!(lines(Charset::Gb18030, |composer| composer.text(words, Style::Plain)), expected, "{words}");
        }
        let large = lines(Charset::Gb18030, |composer| composer.text("一二三四五六七八九", Style::Large));
        assert_eq!(large, ["一二三四五六七八", "九"], "twice as wide");
    }

    #[test]
    fn names_stand_left_and_figures_right_and_below_where_there_is_no_room() {
        let composed = lines(Charset::Gb18030, |composer| {
            composer.pair("已核销", "12");
            composer.pair("收银台", "一号收银台");
            composer.pair("12345678901234567890", "12345678901");
            composer.pair("12345678901234567890", "123456789012");
            composer.centred("核销", Style::Plain);
        });
        let expected = [
            "已核销                        12",
            "收银台                一号收银台",
            "12345678901234567890 12345678901",
            "12345678901234567890",
            "                    123456789012",
            "              核销",
        ];
        assert_eq!(composed, expected);
    }

    #[test]
    fn bars_fill_the_line_and_no_more() {
        let composed = lines(Charset::Gb18030, |composer| {
            composer.bar("09", 4, 8, 8);
            composer.bar("10", 2, 2, 8);
            composer.bar("11", 0, 0, 8);
        });
        let bar = |done: usize, rest: usize| format!("{}{}", "#".repeat(done), ".".repeat(rest));
        let expected = [
            format!("09 {} 8", bar(13, 14)),
            format!("10 {}{} 2", bar(6, 0), " ".repeat(21)),
            format!("11 {} 0", " ".repeat(27)),
        ];
        assert_eq!(composed, expected);
    }

    #[test]
    fn a_title_without_end_is_cut() {
        let composed = lines(Charset::Gb18030, |composer| composer.text(&"满100减20 ".repeat(10_000), Style::Bold));
        assert!(composed.len() < 30, "{}", composed.len());
        assert!(composed.last().expect("lines").ends_with('…'));
    }
}
