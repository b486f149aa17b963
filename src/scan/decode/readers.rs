//! Other people's readers, each behind one function of ours: black and white or brightness in, codes out.
//!
//! They work on whatever a camera saw, and one is known to panic on real photographs, so each runs under a guard.

use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets, SampleQR};
use rxing::{Binarizer, Luma8Source};

use super::gray::View;
use super::grid::{self, Finders, Grid, Modules, TREATMENTS};
use super::{Format, Found, guarded};

/// Most sets of three finder patterns that are tried in one picture.
const SETS_MAX: usize = 40;
/// Most of those kept whose codes were not read.
const UNREAD_MAX: usize = 6;

/// What came of looking for QR codes.
#[derive(Default)]
pub(super) struct Looked {
    /// Codes that were read.
    pub(super) found: Vec<Found>,
    /// Three finder patterns that seem to belong together, where nothing was read; the likeliest first.
    pub(super) unread: Vec<Finders>,
}

/// Black and white by rxing's own rule: blocks of 8 × 8 pixels, each by its neighbourhood.
pub(super) fn by_blocks(picture: View<'_>) -> Option<BitMatrix> {
    let source = Luma8Source::new_with_slice(picture.pixels, picture.width as u32, picture.height as u32).ok()?;
    guarded("rxing's binarizer", || HybridBinarizer::new(source).get_black_matrix().ok().cloned()).flatten()
}

/// rxing's QR reader, which also tells where it saw a code that it could not read.
pub(super) fn qr_codes(bits: &BitMatrix, harder: bool) -> Looked {
    guarded("rxing's QR reader", || look(bits, harder)).unwrap_or_default()
}

fn look(bits: &BitMatrix, harder: bool) -> Looked {
    let mut patterns = FindFinderPatterns(bits, harder, 0);
    let mut looked = Looked::default();
    let mut used: Vec<ConcentricPattern> = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns).into_iter().take(SETS_MAX) {
        if [set.bl, set.tl, set.tr].iter().any(|pattern| used.contains(pattern)) {
            continue;
        }
        let sampled = SampleQR(bits, &set).ok();
        let read = sampled.as_ref().and_then(|sampled| {
            let decoded = Decode(sampled.getBits()).ok().filter(|decoded| decoded.isValid())?;
            let [a, b, c, d] = sampled.getPoints() else { return None };
            Some(Found {
                text: decoded.text(),
                format: Format::QrCode,
                corners: [a, b, d, c].map(|point| [point.x, point.y]),
            })
        });
        match read {
            Some(found) => {
                used.extend([set.bl, set.tl, set.tr]);
                looked.found.push(found);
            }
            None if looked.unread.len() < UNREAD_MAX => looked.unread.push(finders(&set)),
            None => {}
        }
    }
    looked
}

fn finders(set: &FinderPatternSet) -> Finders {
    let place = |pattern: &ConcentricPattern| [pattern.p.x, pattern.p.y];
    Finders {
        top_left: place(&set.tl),
        top_right: place(&set.tr),
        bottom_left: place(&set.bl),
        module: (set.tl.size + set.tr.size + set.bl.size) as f32 / 21.0,
        inverted: false,
    }
}

/// Least share of the modules that every code has that must be as they should be, for a code read off a grid.
const AGREEMENT_MIN: f32 = 0.8;
/// Grids that stand out less are not tried.
const FIT_MIN: f32 = 0.04;

/// What came of laying a grid.
pub(super) enum OnGrid {
    /// The code was read.
    Read(Found),
    /// There is a code, most likely; what its modules show is of no use yet.
    Unread(Grid, Modules),
    /// There is none.
    Nothing,
}

/// Reads the code with these finder patterns off the brightness itself.
pub(super) fn on_grid(picture: View<'_>, finders: &Finders) -> OnGrid {
    let mut unread = OnGrid::Nothing;
    for grid in grid::lay(picture, finders).into_iter().filter(|grid| grid.fit >= FIT_MIN) {
        // Moving it once more is worth its time only where it was not read as it lies.
        for moved in [false, true] {
            let grid = if moved { grid.centred(picture) } else { grid.clone() };
            let Some((modules, corners)) = grid.sample(picture).zip(grid.corners()) else { continue };
            if let Some(text) = read_modules(&modules) {
                return OnGrid::Read(Found { text, format: Format::QrCode, corners });
            }
            if matches!(unread, OnGrid::Nothing) {
                unread = OnGrid::Unread(grid, modules);
            }
        }
    }
    unread
}

/// What these modules say, when made black and white in one way or another.
pub(super) fn read_modules(modules: &Modules) -> Option<String> {
    TREATMENTS.into_iter().find_map(|treatment| {
        let bits = modules.bits(treatment)?;
        if modules.agreement(&bits) < AGREEMENT_MIN { None } else { text(&bits) }
    })
}

/// rqrr's reader, of another family than rxing's. It may panic: see [`guarded`].
pub(super) fn rqrr(picture: View<'_>) -> Vec<Found> {
    let View { width, height, pixels } = picture;
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = prepared.detect_grids();
    grids
        .iter()
        .filter_map(|grid| {
            // Checksums tell a code from noise; a code whose bytes are no UTF-8 text is no coupon's.
            let (_, text) = grid.decode().ok()?;
            Some(Found { text, format: Format::QrCode, corners: grid.bounds.map(|p| [p.x as f32, p.y as f32]) })
        })
        .collect()
}

/// What a code of these modules says.
pub(super) fn text(bits: &BitMatrix) -> Option<String> {
    let decoded =
        guarded("rxing's QR decoder", || Decode(bits).ok().filter(|decoded| decoded.isValid()).map(|d| d.text()));
    decoded.flatten().filter(|text| !text.is_empty())
}
