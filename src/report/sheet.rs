//! A report in words, as it goes on paper: what is said, in which language, is decided by whoever makes one; where it stands, by whoever prints it.

/// A sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What it is.
    pub title: String,
    /// Whose it is, and of when.
    pub lines: Vec<String>,
    /// What matters most: names and figures.
    pub figures: Vec<(String, String)>,
    /// What the figures leave out.
    pub notes: Vec<String>,
    /// Over the bars.
    pub bars_title: String,
    /// A bar each: its name, how much of it is done, and all of it.
    pub bars: Vec<(String, u64, u64)>,
    /// Over the table.
    pub table_title: String,
    /// Its lines, the first a heading. In each the first cell is a name, the others are short.
    pub table: Vec<Vec<String>>,
}

impl Sheet {
    /// Every text of it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let figures = self.figures.iter().flat_map(|(name, figure)| [name, figure]);
        let texts = [&self.title, &self.bars_title, &self.table_title].into_iter().chain(&self.lines).chain(figures);
        let bars = self.bars.iter().map(|(name, ..)| name);
        texts.chain(&self.notes).chain(bars).chain(self.table.iter().flatten()).map(String::as_str)
    }
}
