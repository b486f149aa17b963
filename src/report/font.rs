//! A font of the system's that has all the characters of a text.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fontique::{
    Blob, Collection, CollectionOptions, FallbackKey, GenericFamily, Language, QueryFamily, QueryFont, QueryStatus,
    Script, SourceCache,
};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, GlyphId, MetadataProvider as _, Tag};

/// What stands for a character that no font has.
pub const REPLACEMENT: char = '?';
/// Han characters, and the locale by which fontique finds the fonts for their simplified forms. (Its word for `zh-CN` is whatever it meets first.)
const HAN: (&[u8; 4], &str) = (b"Hani", "zh-SG");

/// A font.
pub struct Font {
    data: Blob<u8>,
    index: u32,
}

/// How a font measures, in its own units.
pub struct Measures {
    /// Units of one em.
    pub em: f32,
    /// Above the line.
    pub ascent: f32,
    /// Below it; negative.
    pub descent: f32,
}

impl Font {
    /// The font that has the most of `texts`' characters; `None` where the system has none, or none with Chinese where there is Chinese to be shown.
    pub fn find<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut wanted: Vec<char> = texts.flat_map(str::chars).collect();
        wanted.sort_unstable();
        wanted.dedup();
        // The library panics on some systems without any font.
        catch_unwind(AssertUnwindSafe(|| find(&wanted))).unwrap_or_else(|_| {
            tracing::error!("the system's fonts cannot be listed");
            None
        })
    }

    /// The font's file, and which of the fonts in it.
    pub fn file(&self) -> (&[u8], u32) {
        (self.data.as_ref(), self.index)
    }

    /// The parsed font.
    pub fn parsed(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(self.data.as_ref(), self.index).ok()
    }
}

/// How `font` measures.
pub fn measures(font: &FontRef<'_>) -> Measures {
    let metrics = font.metrics(Size::unscaled(), LocationRef::default());
    Measures { em: f32::from(metrics.units_per_em).max(1.0), ascent: metrics.ascent, descent: metrics.descent }
}

/// The glyph of `character`, and how wide it is in the font's units; that of [`REPLACEMENT`] where there is none.
pub fn glyph(font: &FontRef<'_>, character: char) -> (u16, f32) {
    let charmap = font.charmap();
    let id = charmap.map(character).or_else(|| charmap.map(REPLACEMENT)).unwrap_or(GlyphId::NOTDEF);
    let width = font.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(id).unwrap_or(0.0);
    (u16::try_from(id.to_u32()).unwrap_or(0), width)
}

/// Whether what is embedded can be made of it: outlines of either kind, and none that vary.
fn can_be_embedded(font: &FontRef<'_>) -> bool {
    let has = |tag: &[u8; 4]| font.table_data(Tag::new(tag)).is_some();
    (has(b"glyf") || has(b"CFF ")) && !has(b"fvar")
}

fn find(wanted: &[char]) -> Option<Font> {
    let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: true });
    let mut sources = SourceCache::default();
    let mut query = collection.query(&mut sources);
    query.set_families([QueryFamily::Generic(GenericFamily::SansSerif)]);
    let locale = Language::parse(HAN.1).ok();
    query.set_fallbacks(FallbackKey::new(Script::from_bytes(*HAN.0), locale.as_ref()));
    let mut best: Option<(usize, QueryFont)> = None;
    query.matches_with(|font| {
        let Ok(parsed) = FontRef::from_index(font.blob.as_ref(), font.index) else { return QueryStatus::Continue };
        if !can_be_embedded(&parsed) {
            return QueryStatus::Continue;
        }
        let charmap = parsed.charmap();
        let has = wanted.iter().filter(|character| charmap.map(**character).is_some()).count();
        if best.as_ref().is_none_or(|(most, _)| has > *most) {
            best = Some((has, font.clone()));
        }
        if has == wanted.len() { QueryStatus::Stop } else { QueryStatus::Continue }
    });
    let (_, font) = best?;
    let found = Font { data: font.blob, index: font.index };
    let charmap = found.parsed()?;
    let lacks_chinese = wanted.iter().any(|c| is_han(*c) && charmap.charmap().map(*c).is_none());
    (!lacks_chinese).then_some(found)
}

/// The characters that are in use.
fn is_han(character: char) -> bool {
    matches!(character, '\u{4e00}'..='\u{9fff}')
}
