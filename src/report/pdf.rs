//! A sheet as a PDF: A4 pages, with the needed part of one of the system's fonts in it, so that it looks the same everywhere and Chinese is Chinese.
//!
//! The text can be searched and copied. Nothing is compressed: of a font some hundred glyphs are embedded, tens of kilobytes.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};
use skrifa::{FontRef, Tag};
use subsetter::GlyphRemapper;

use super::font::{self, Font};
use super::sheet::Sheet;

/// A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 50.0;
/// Sizes of text, in points.
const TITLE: f32 = 20.0;
const FIGURE: f32 = 22.0;
const TEXT: f32 = 10.5;
/// Distance of two lines, in heights of the text.
const LINE: f32 = 1.55;
const BAR_HEIGHT: f32 = 90.0;
const BAR_WIDTH_MAX: f32 = 30.0;
/// Width of a table's first column.
const NAME_WIDTH: f32 = 210.0;
/// What is done of a bar, and the rest; grey, so that paper without colour tells them apart.
const DONE_GREY: f32 = 0.25;
const REST_GREY: f32 = 0.7;
/// The font's name in the pages.
const FONT: Name<'static> = Name(b"F1");
const SYSTEM_INFO: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// No font has the characters.
    #[error("this system has no font with Chinese characters: install one, for instance fonts-noto-cjk")]
    NoFont,
    /// The font cannot be embedded.
    #[error("the system's font cannot be put into a PDF")]
    Font(#[source] subsetter::Error),
}

/// `sheet` as a PDF.
///
/// # Errors
/// See [`PdfError`].
pub fn write(sheet: &Sheet) -> Result<Vec<u8>, PdfError> {
    let found = Font::find(sheet.texts()).ok_or(PdfError::NoFont)?;
    let parsed = found.parsed().ok_or(PdfError::NoFont)?;
    let mut pen = Pen::new(&parsed);
    lay_out(sheet, &mut pen);
    pen.finish(&found)
}

/// Puts `sheet` on pages.
fn lay_out(sheet: &Sheet, pen: &mut Pen<'_>) {
    let width = PAGE.0 - 2.0 * MARGIN;
    pen.line(&sheet.title, TITLE);
    for line in &sheet.lines {
        pen.paragraph(line, TEXT, width);
    }
    pen.skip(TEXT);
    let step = width / sheet.figures.len().max(1) as f32;
    pen.make_room(FIGURE * LINE + TEXT * LINE);
    for (nth, (name, figure)) in sheet.figures.iter().enumerate() {
        let left = MARGIN + nth as f32 * step;
        pen.text(left, pen.y - FIGURE, figure, FIGURE, step);
        pen.text(left, pen.y - FIGURE * LINE - TEXT, name, TEXT, step - 6.0);
    }
    pen.skip(FIGURE * LINE + TEXT * LINE);
    for note in &sheet.notes {
        pen.paragraph(note, TEXT, width);
    }
    let most = sheet.bars.iter().map(|(.., all)| *all).max().unwrap_or(0);
    if most > 0 {
        pen.skip(TEXT);
        pen.make_room(BAR_HEIGHT + 5.0 * TEXT);
        pen.line(&sheet.bars_title, TEXT);
        pen.skip(TEXT * LINE + BAR_HEIGHT);
        let step = (width / sheet.bars.len() as f32).min(BAR_WIDTH_MAX);
        for (nth, (name, done, all)) in sheet.bars.iter().enumerate() {
            let left = MARGIN + nth as f32 * step;
            let height = |count: u64| BAR_HEIGHT * (count as f32 / most as f32);
            pen.bar(left + 2.0, pen.y, step - 4.0, height(*all), REST_GREY);
            pen.bar(left + 2.0, pen.y, step - 4.0, height(*done), DONE_GREY);
            pen.centred(left + step / 2.0, pen.y - TEXT, name, TEXT * 0.8);
            if *all > 0 {
                pen.centred(left + step / 2.0, pen.y + height(*all) + 2.0, &all.to_string(), TEXT * 0.8);
            }
        }
        pen.skip(TEXT * LINE);
    }
    if sheet.table.len() > 1 {
        pen.skip(TEXT);
        pen.make_room(4.0 * TEXT * LINE);
        pen.line(&sheet.table_title, TEXT);
        for row in &sheet.table {
            pen.make_room(TEXT * LINE);
            let step = (width - NAME_WIDTH) / row.len().saturating_sub(1).max(1) as f32;
            for (nth, cell) in row.iter().enumerate() {
                let (left, room) = match nth {
                    0 => (MARGIN, NAME_WIDTH),
                    _ => (MARGIN + NAME_WIDTH + (nth - 1) as f32 * step, step),
                };
                pen.text(left, pen.y - TEXT, cell, TEXT, room - 6.0);
            }
            pen.skip(TEXT * LINE);
        }
    }
}

/// Writes on pages, from above, and remembers which glyphs it used.
struct Pen<'a> {
    font: &'a FontRef<'a>,
    em: f32,
    glyphs: GlyphRemapper,
    /// By glyph of the embedded part: its width in thousandths of an em, and what it stands for.
    used: BTreeMap<u16, (f32, char)>,
    pages: Vec<Content>,
    page: Content,
    /// Where the next line begins.
    y: f32,
}

impl<'a> Pen<'a> {
    fn new(font: &'a FontRef<'a>) -> Self {
        let em = font::measures(font).em;
        let (pages, page) = (Vec::new(), Content::new());
        Self { font, em, glyphs: GlyphRemapper::new(), used: BTreeMap::new(), pages, page, y: PAGE.1 - MARGIN }
    }

    /// Begins another page where this one has no room for so much.
    fn make_room(&mut self, height: f32) {
        if self.y - height < MARGIN {
            self.pages.push(std::mem::replace(&mut self.page, Content::new()));
            self.y = PAGE.1 - MARGIN;
        }
    }

    fn skip(&mut self, height: f32) {
        self.y -= height;
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|character| font::glyph(self.font, character).1).sum::<f32>() / self.em * size
    }

    /// A line from the left margin.
    fn line(&mut self, text: &str, size: f32) {
        self.make_room(size * LINE);
        self.text(MARGIN, self.y - size, text, size, PAGE.0 - 2.0 * MARGIN);
        self.skip(size * LINE);
    }

    /// As many lines as it takes. Chinese may be broken anywhere; other words are short enough that this does no harm.
    fn paragraph(&mut self, text: &str, size: f32, width: f32) {
        let mut line = String::new();
        for character in text.chars() {
            line.push(character);
            if self.width(&line, size) > width {
                // At the last blank, where there is one.
                let rest = line.rfind(' ').map_or_else(|| character.to_string(), |at| line.split_off(at + 1));
                if rest.len() == character.len_utf8() && line.ends_with(character) {
                    line.pop();
                }
                self.line(line.trim_end(), size);
                line = rest;
            }
        }
        self.line(&line, size);
    }

    fn centred(&mut self, x: f32, y: f32, text: &str, size: f32) {
        let half = self.width(text, size) / 2.0;
        self.text(x - half, y, text, size, f32::MAX);
    }

    /// Text that begins at `x` on the line `y`, as much of it as fits into `room`.
    fn text(&mut self, x: f32, y: f32, text: &str, size: f32, room: f32) {
        let (mut bytes, mut at) = (Vec::new(), 0.0);
        for character in text.chars() {
            let (glyph, width) = font::glyph(self.font, character);
            at += width / self.em * size;
            if at > room {
                break;
            }
            let id = self.glyphs.remap(glyph);
            self.used.entry(id).or_insert((width / self.em * 1000.0, character));
            bytes.extend(id.to_be_bytes());
        }
        self.page.begin_text().set_font(FONT, size).next_line(x, y).show(Str(&bytes)).end_text();
    }

    fn bar(&mut self, x: f32, y: f32, width: f32, height: f32, grey: f32) {
        self.page.set_fill_gray(grey).rect(x, y, width, height).fill_nonzero().set_fill_gray(0.0);
    }

    /// The file.
    fn finish(mut self, found: &Font) -> Result<Vec<u8>, PdfError> {
        self.pages.push(self.page);
        let (data, index) = found.file();
        let part = subsetter::subset(data, index, &self.glyphs).map_err(PdfError::Font)?;
        // Of outlines as PostScript has them only their table is embedded, the others would be ignored.
        let outlines = FontRef::from_index(&part, 0).ok().and_then(|font| font.table_data(Tag::new(b"CFF ")));

        let mut next = 1..;
        let mut new = || Ref::new(next.next().unwrap_or(i32::MAX));
        let (catalog, tree, font_id, cid, descriptor, cmap, file) = (new(), new(), new(), new(), new(), new(), new());
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        let pages: Vec<_> = self.pages.into_iter().map(|content| (new(), new(), content)).collect();
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(pages.iter().map(|(page, ..)| *page)).count(count);
        for (id, content_id, content) in pages {
            let mut page = pdf.page(id);
            page.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(content_id);
            page.resources().fonts().pair(FONT, font_id);
            page.finish();
            pdf.stream(content_id, &content.finish());
        }

        // Six letters before a name say that it is a part of a font.
        let name = Name(b"HXSHEE+Sheet");
        pdf.type0_font(font_id)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut cid_font = pdf.cid_font(cid);
        cid_font.subtype(if outlines.is_some() { CidFontType::Type0 } else { CidFontType::Type2 });
        cid_font.base_font(name).system_info(SYSTEM_INFO).font_descriptor(descriptor).default_width(0.0);
        if outlines.is_none() {
            cid_font.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let mut widths = cid_font.widths();
        for (glyph, (width, _)) in &self.used {
            widths.consecutive(*glyph, [*width]);
        }
        widths.finish();
        cid_font.finish();
        let measures = font::measures(self.font);
        let scaled = |units: f32| units / measures.em * 1000.0;
        let (ascent, descent) = (scaled(measures.ascent), scaled(measures.descent));
        let mut about = pdf.font_descriptor(descriptor);
        about.name(name).flags(FontFlags::SYMBOLIC).bbox(Rect::new(-500.0, descent, 1500.0, ascent));
        about.italic_angle(0.0).ascent(ascent).descent(descent).cap_height(ascent).stem_v(80.0);
        if outlines.is_some() {
            about.font_file3(file)
        } else {
            about.font_file2(file)
        };
        about.finish();
        match outlines {
            Some(outlines) => {
                pdf.stream(file, outlines.as_bytes()).pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
            }
            None => {
                let length = i32::try_from(part.len()).unwrap_or(i32::MAX);
                pdf.stream(file, &part).pair(Name(b"Length1"), length);
            }
        }
        let mut words = UnicodeCmap::new(Name(b"Sheet"), SYSTEM_INFO);
        for (glyph, (_, character)) in &self.used {
            words.pair(*glyph, *character);
        }
        pdf.cmap(cmap, &words.finish());
        Ok(pdf.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let mut table = vec![row(["Coupon", "Done", "Sum"])];
        table.extend((0..80).map(|number| row(["满100减20元代金券", &number.to_string(), "¥20.50"])));
        Sheet {
            title: "班次 3".to_owned(),
            lines: vec!["till 1 · 李娜".to_owned(), "word ".repeat(40)],
            figures: vec![("已核销".to_owned(), "80".to_owned()), ("合计".to_owned(), "¥1640".to_owned())],
            notes: vec!["其中".repeat(60)],
            bars_title: "按小时".to_owned(),
            bars: vec![("09".to_owned(), 3, 5), ("10".to_owned(), 0, 0), ("11".to_owned(), 40, 75)],
            table_title: "按卡券".to_owned(),
            table,
        }
    }

    /// The text of a file of ours, read back by the glyphs that the pages show and what the file says that they stand for.
    fn text_of(pdf: &[u8]) -> Option<String> {
        let raw = String::from_utf8_lossy(pdf);
        let mut stands_for = BTreeMap::new();
        for block in raw.split("beginbfchar\n").skip(1) {
            for line in block.split("endbfchar").next()?.lines() {
                let (glyph, words) = line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <")?;
                let units: Vec<u16> = (0..words.len())
                    .step_by(4)
                    .filter_map(|at| u16::from_str_radix(&words[at..at + 4], 16).ok())
                    .collect();
                stands_for.insert(u16::from_str_radix(glyph, 16).ok()?, String::from_utf16(&units).ok()?);
            }
        }
        let mut text = String::new();
        for shown in pdf.split(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b" Tj")) {
            let bytes: Vec<u8> = match shown {
                [b'<', hex @ .., b'>'] => hex
                    .chunks(2)
                    .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                    .collect::<Option<_>>()?,
                [b'(', escaped @ .., b')'] => unescaped(std::str::from_utf8(escaped).ok()?)?,
                _ => return None,
            };
            for glyph in bytes.chunks(2) {
                text.push_str(stands_for.get(&u16::from_be_bytes([glyph[0], glyph[1]]))?);
            }
            text.push('\n');
        }
        Some(text)
    }

    /// The bytes of a string between brackets.
    fn unescaped(text: &str) -> Option<Vec<u8>> {
        let (mut bytes, mut rest) = (Vec::new(), text.chars());
        while let Some(character) = rest.next() {
            let byte = match character {
                '\\' => match rest.next()? {
                    'n' => b'\n',
                    'r' => b'\r',
                    't' => b'\t',
                    'b' => 8,
                    'f' => 12,
                    digit @ '0'..='7' => {
                        let digits: String = [digit].into_iter().chain(rest.by_ref().take(2)).collect();
                        u8::from_str_radix(&digits, 8).ok()?
                    }
                    other => u8::try_from(other).ok()?,
                },
                other => u8::try_from(other).ok()?,
            };
            bytes.push(byte);
        }
        Some(bytes)
    }

    #[test]
    fn a_sheet_becomes_pages_whose_text_is_the_sheets_with_only_the_needed_glyphs_in_it() {
        let pdf = match write(&sheet()) {
            Ok(pdf) => pdf,
            Err(PdfError::NoFont) => return println!("not tried: no font here has Chinese"),
            Err(other) => panic!("{other:?}"),
        };
        if let Some(file) = std::env::var_os("HEXIAO_PDF") {
            std::fs::write(file, &pdf).expect("written"); // to be looked at
        }
        assert!(pdf.starts_with(b"%PDF-"));
        assert!(pdf.len() < 300_000, "{} bytes: not the whole font", pdf.len());
        let raw = String::from_utf8_lossy(&pdf);
        assert_eq!(raw.matches("/Type /Page\n").count(), 3, "80 lines and more take three pages");
        let text = text_of(&pdf).expect("text");
        for words in ["班次 3", "till 1 · 李娜", "已核销", "¥1640", "75", "满100减20元代金券", "79"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(text.replace('\n', "").matches("其中").count(), 60, "no character is lost where a line ends");
        assert_eq!(text.matches("word").count(), 40);
    }
}
