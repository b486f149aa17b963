//! A QR code's modules, sampled from brightness: from the middles of its finder patterns to what each module shows.
//!
//! A reader that has made black and white of a picture has thrown away what would tell a damaged code. Here the grid is laid over the
//! brightness itself, moved until the modules that every code has (finder patterns, timing lines, the last alignment pattern) stand out
//! most, and each module is told black or white by the modules around it: shade, glare, blur and noise weigh less.

use rxing::common::BitMatrix;

use super::gray::View;

/// A place in a picture, in pixels.
pub(super) type Place = [f32; 2];

/// Fewest and most modules of a side that are looked for: versions 1 to 20.
const SIDE_MIN: usize = 21;
const SIDE_MAX: usize = 97;
/// Middle of a finder pattern, in modules from the code's edge.
const FINDER: f32 = 3.5;
/// Narrowest modules that are sampled, in pixels.
const MODULE_MIN: f32 = 1.0;
/// Places of data modules that are looked at while the grid is laid.
const DATA_LOOKS: usize = 160;

/// The middles of a code's finder patterns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Finders {
    pub(super) top_left: Place,
    pub(super) top_right: Place,
    pub(super) bottom_left: Place,
    /// Width of a module as the finder patterns have it, in pixels.
    pub(super) module: f32,
    /// Light on dark.
    pub(super) inverted: bool,
}

impl Finders {
    /// The same in a picture that is `factor` times as large.
    pub(super) fn scaled(self, factor: f32) -> Self {
        let scaled = |place: Place| place.map(|at| at * factor);
        Self {
            top_left: scaled(self.top_left),
            top_right: scaled(self.top_right),
            bottom_left: scaled(self.bottom_left),
            module: self.module * factor,
            inverted: self.inverted,
        }
    }

    /// The same in a picture whose corner was `by` from here.
    pub(super) fn moved(self, by: Place) -> Self {
        let moved = |place: Place| [place[0] + by[0], place[1] + by[1]];
        Self {
            top_left: moved(self.top_left),
            top_right: moved(self.top_right),
            bottom_left: moved(self.bottom_left),
            ..self
        }
    }
}

/// A grid that lies on a code.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// Modules of a side.
    pub(super) side: usize,
    /// Where the modules 3.5 from the corners are: top left, top right, bottom right, bottom left.
    pub(super) anchors: [Place; 4],
    /// How much the known modules stand out, 0 to 1.
    pub(super) fit: f32,
    /// Light on dark.
    pub(super) inverted: bool,
}

/// What each module of a code shows, row by row: brightness, 0 to 255.
#[derive(Clone, Debug)]
pub(super) struct Modules {
    pub(super) side: usize,
    pub(super) values: Vec<f32>,
}

/// From modules to pixels.
struct Projection([f32; 8]);

impl Projection {
    /// The one that maps the square of the anchors' modules to `anchors`. `None` where they lie on a line.
    fn new(side: usize, anchors: [Place; 4]) -> Option<Self> {
        let [p0, p1, p2, p3] = anchors;
        let (dx1, dx2, dx3) = (p1[0] - p2[0], p3[0] - p2[0], p0[0] - p1[0] + p2[0] - p3[0]);
        let (dy1, dy2, dy3) = (p1[1] - p2[1], p3[1] - p2[1], p0[1] - p1[1] + p2[1] - p3[1]);
        let det = dx1 * dy2 - dx2 * dy1;
        if det.abs() < 1e-3 {
            return None;
        }
        let (g, h) = ((dx3 * dy2 - dx2 * dy3) / det, (dx1 * dy3 - dx3 * dy1) / det);
        // For the unit square.
        let (a, b, c) = (p1[0] - p0[0] + g * p1[0], p3[0] - p0[0] + h * p3[0], p0[0]);
        let (d, e, f) = (p1[1] - p0[1] + g * p1[1], p3[1] - p0[1] + h * p3[1], p0[1]);
        // Modules to the unit square: (m - FINDER) / span.
        let span = side as f32 - 2.0 * FINDER;
        let shift = -FINDER / span;
        let scale = 1.0 / span;
        let w = g * shift + h * shift + 1.0;
        if w.abs() < 1e-6 {
            return None;
        }
        let all = [
            a * scale,
            b * scale,
            a * shift + b * shift + c,
            d * scale,
            e * scale,
            d * shift + e * shift + f,
            g * scale,
            h * scale,
        ];
        Some(Self(all.map(|value| value / w)))
    }

    fn place(&self, x: f32, y: f32) -> Place {
        let [a, b, c, d, e, f, g, h] = self.0;
        let w = g * x + h * y + 1.0;
        let w = if w.abs() < 1e-6 { 1e-6 } else { w };
        [(a * x + b * y + c) / w, (d * x + e * y + f) / w]
    }
}

/// The modules that every code of this side has: column, row, and whether it is dark.
fn known(side: usize) -> Vec<(usize, usize, bool)> {
    let mut known = Vec::with_capacity(320);
    let ring = |x: usize, y: usize, middle: usize| x.abs_diff(middle).max(y.abs_diff(middle));
    for y in 0..8 {
        for x in 0..8 {
            // The separator is light; within it rings: dark, light, dark core.
            let dark = x < 7 && y < 7 && ring(x, y, 3) != 2;
            known.push((x, y, dark));
            known.push((side - 1 - x, y, dark));
            known.push((x, side - 1 - y, dark));
        }
    }
    for at in 8..side - 8 {
        known.push((at, 6, at % 2 == 0));
        known.push((6, at, at % 2 == 0));
    }
    if side > SIDE_MIN {
        let middle = side - 7;
        for (x, y) in (0..25).map(|at| (middle - 2 + at % 5, middle - 2 + at / 5)) {
            known.push((x, y, ring(x, y, middle) != 1));
        }
    }
    known
}

/// How far a grid's corners are moved while it is laid, in modules.
const STEPS: [f32; 4] = [0.9, 0.5, 0.28, 0.15];
/// How far, once it lies nearly right.
const FINE_STEPS: [f32; 3] = [0.35, 0.2, 0.1];
/// Most grids that are laid for one code: of sides that fit about as well as each other.
const GRIDS_MAX: usize = 2;

/// Lays grids of the sides that are likely, and gives them, the best first. Empty where nothing fits.
pub(super) fn lay(picture: View<'_>, finders: &Finders) -> Vec<Grid> {
    let across = distance(finders.top_left, finders.top_right);
    let down = distance(finders.top_left, finders.bottom_left);
    if finders.module < MODULE_MIN {
        return Vec::new();
    }
    let estimate = (across + down) / 2.0 / finders.module + 2.0 * FINDER;
    let version = ((estimate - 17.0) / 4.0).round() as i32;
    let sides = [version, version - 1, version + 1].into_iter().filter_map(|version| {
        let side = usize::try_from(version * 4 + 17).ok()?;
        (SIDE_MIN..=SIDE_MAX).contains(&side).then_some(side)
    });
    let best_first = |grids: &mut Vec<Grid>| grids.sort_by(|a, b| b.fit.total_cmp(&a.fit));
    let mut grids: Vec<Grid> =
        sides.map(|side| Laying::new(picture, side, finders.inverted).roughly(finders)).collect();
    best_first(&mut grids);
    grids.truncate(GRIDS_MAX);
    grids.retain(|grid| grid.fit >= ROUGH_FIT_MIN);
    for grid in &mut grids {
        Laying::new(picture, grid.side, grid.inverted).refine(grid, finders.module, &STEPS);
    }
    best_first(&mut grids);
    grids
}

/// Grids that stand out less than this when laid roughly are given up.
const ROUGH_FIT_MIN: f32 = 0.03;

/// Where in modules a grid looks while it is laid, as shares of their width and height, in turn.
type Looks = &'static [[f32; 2]];
/// In their middles: what blurred and small codes stand out by.
const MIDDLES: Looks = &[[0.5, 0.5]];
/// Around them: a grid that is nearly half a module off looks as good in the middles as one that lies right, and not here.
const AROUND: Looks = &[[0.25, 0.25], [0.75, 0.75], [0.75, 0.25], [0.25, 0.75]];

/// What is needed to lay grids of one side.
struct Laying<'a> {
    picture: View<'a>,
    side: usize,
    inverted: bool,
    looks: Looks,
    known: Vec<(usize, usize, bool)>,
    /// Data modules spread over the code: they stand out most where the grid lies right, whatever they show.
    data: Vec<(usize, usize)>,
}

impl<'a> Laying<'a> {
    fn new(picture: View<'a>, side: usize, inverted: bool) -> Self {
        let stride = (side * side / DATA_LOOKS).max(1) | 1;
        let data = (0..side * side).step_by(stride).map(|at| (at % side, at / side)).collect();
        Self { picture, side, inverted, looks: MIDDLES, known: known(side), data }
    }

    /// Perspective moves the fourth corner most: places around where it would be without any are tried.
    fn roughly(&self, finders: &Finders) -> Grid {
        let Finders { top_left, top_right, bottom_left, module, .. } = *finders;
        let straight = [top_right[0] + bottom_left[0] - top_left[0], top_right[1] + bottom_left[1] - top_left[1]];
        let reach = module * (self.side as f32 / 10.0).max(2.0);
        let grids = (0..49).map(|at| {
            let (dx, dy) = ((at % 7 - 3) as f32 / 3.0, (at / 7 - 3) as f32 / 3.0);
            let anchors = [top_left, top_right, [straight[0] + dx * reach, straight[1] + dy * reach], bottom_left];
            self.grid(anchors)
        });
        let start = self.grid([top_left, top_right, straight, bottom_left]);
        grids.fold(start, |best, grid| if grid.fit > best.fit { grid } else { best })
    }

    /// Moves one corner at a time, by ever smaller steps, while that makes the grid fit better.
    fn refine(&self, grid: &mut Grid, module: f32, steps: &[f32]) {
        const ROUNDS: usize = 2;
        /// The corner without a finder pattern may be further off than the others.
        const CORNERS: [(usize, f32); 4] = [(2, 1.6), (0, 0.7), (1, 0.7), (3, 0.7)];
        for step in steps {
            for _ in 0..ROUNDS {
                let before = grid.fit;
                for (corner, share) in CORNERS {
                    let step = step * share * module;
                    for (dx, dy) in [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)] {
                        let mut anchors = grid.anchors;
                        anchors[corner] = [anchors[corner][0] + dx, anchors[corner][1] + dy];
                        let tried = self.grid(anchors);
                        if tried.fit > grid.fit {
                            *grid = tried;
                        }
                    }
                }
                if grid.fit <= before {
                    break;
                }
            }
        }
    }

    fn grid(&self, anchors: [Place; 4]) -> Grid {
        Grid { side: self.side, anchors, fit: self.fit(&anchors), inverted: self.inverted }
    }

    /// How much the known modules stand out, 0 to 1, and a little how much the others do.
    fn fit(&self, anchors: &[Place; 4]) -> f32 {
        let Some(projection) = Projection::new(self.side, *anchors) else { return 0.0 };
        let value = |x: usize, y: usize, [dx, dy]: [f32; 2]| {
            let [x, y] = projection.place(x as f32 + dx, y as f32 + dy);
            self.picture.at(x, y)
        };
        let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
        for ((x, y, dark), look) in self.known.iter().zip(self.looks.iter().cycle()) {
            let which = usize::from(*dark);
            sums[which] += value(*x, *y, *look);
            counts[which] += 1.0;
        }
        let (light, dark) = (sums[0] / counts[0], sums[1] / counts[1]);
        let stand_out = if self.inverted { dark - light } else { light - dark };
        let middle = (light + dark) / 2.0;
        let looks = self.data.iter().zip(self.looks.iter().cycle());
        let spread: f32 = looks.map(|((x, y), look)| (value(*x, *y, *look) - middle).abs()).sum();
        (stand_out + spread / self.data.len() as f32 * 0.5) / 255.0
    }
}

fn distance(a: Place, b: Place) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

impl Grid {
    /// The same in a picture whose corner was `by` from here.
    pub(super) fn moved(&self, by: Place) -> Self {
        Self { anchors: self.anchors.map(|[x, y]| [x + by[0], y + by[1]]), ..*self }
    }

    /// The same, moved so that the modules' edges lie right as well as their middles.
    pub(super) fn centred(&self, picture: View<'_>) -> Self {
        let module = distance(self.anchors[0], self.anchors[1]) / (self.side as f32 - 2.0 * FINDER);
        let laying = Laying { looks: AROUND, ..Laying::new(picture, self.side, self.inverted) };
        let mut grid = laying.grid(self.anchors);
        laying.refine(&mut grid, module, &FINE_STEPS);
        grid
    }

    /// What each module shows: the mean of five places in its middle.
    pub(super) fn sample(&self, picture: View<'_>) -> Option<Modules> {
        const LOOKS: [(f32, f32); 5] = [(0.5, 0.5), (0.3, 0.3), (0.7, 0.3), (0.3, 0.7), (0.7, 0.7)];
        let projection = Projection::new(self.side, self.anchors)?;
        let values = (0..self.side * self.side)
            .map(|at| {
                let (x, y) = ((at % self.side) as f32, (at / self.side) as f32);
                let look = |(dx, dy): (f32, f32)| {
                    let [x, y] = projection.place(x + dx, y + dy);
                    picture.at(x, y)
                };
                let value = LOOKS.into_iter().map(look).sum::<f32>() / LOOKS.len() as f32;
                if self.inverted { 255.0 - value } else { value }
            })
            .collect();
        Some(Modules { side: self.side, values })
    }

    /// The code's corners: top left, top right, bottom right, bottom left.
    pub(super) fn corners(&self) -> Option<[Place; 4]> {
        let projection = Projection::new(self.side, self.anchors)?;
        let side = self.side as f32;
        Some([[0.0, 0.0], [side, 0.0], [side, side], [0.0, side]].map(|[x, y]| projection.place(x, y)))
    }
}

/// How the modules' brightness is made black and white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Treatment {
    /// How much each module is set off against its neighbours left and right, above and below: undoes blur.
    pub(super) sharpen: [f32; 2],
    /// How far around a module the threshold is taken from, in modules; 0 for one threshold for all.
    pub(super) reach: usize,
}

/// Treatments, the likeliest first.
pub(super) const TREATMENTS: [Treatment; 9] = [
    Treatment { sharpen: [0.0, 0.0], reach: 4 },
    Treatment { sharpen: [0.0, 0.0], reach: 0 },
    Treatment { sharpen: [0.25, 0.25], reach: 4 },
    Treatment { sharpen: [0.5, 0.0], reach: 4 },
    Treatment { sharpen: [0.0, 0.5], reach: 4 },
    Treatment { sharpen: [0.5, 0.5], reach: 5 },
    Treatment { sharpen: [0.0, 0.0], reach: 2 },
    Treatment { sharpen: [1.0, 0.0], reach: 5 },
    Treatment { sharpen: [0.0, 1.0], reach: 5 },
];

impl Modules {
    /// Mean brightness, and the mean distance from it.
    fn mean_and_spread(&self) -> (f32, f32) {
        let count = self.values.len().max(1) as f32;
        let mean = self.values.iter().sum::<f32>() / count;
        (mean, self.values.iter().map(|value| (value - mean).abs()).sum::<f32>() / count)
    }

    /// Contrast between dark and light, 0 to 1.
    pub(super) fn contrast(&self) -> f32 {
        (self.mean_and_spread().1 * 2.0 / 255.0).min(1.0)
    }

    /// Brightness set off against the code's own mean, and in units of its own spread.
    pub(super) fn normalised(&self) -> impl Iterator<Item = f32> {
        let (mean, spread) = self.mean_and_spread();
        self.values.iter().map(move |value| (value - mean) / spread.max(1.0))
    }

    /// Black and white, dark modules set.
    pub(super) fn bits(&self, treatment: Treatment) -> Option<BitMatrix> {
        let side = self.side;
        let mut bits = BitMatrix::with_single_dimension(u32::try_from(side).ok()?).ok()?;
        let values = self.sharpened(treatment.sharpen);
        let sums = sums(&values, side);
        let reach = if treatment.reach == 0 { side } else { treatment.reach };
        for y in 0..side {
            let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(side));
            for x in 0..side {
                let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(side));
                let at = |x: usize, y: usize| sums[y * (side + 1) + x];
                let sum = at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top);
                let mean = sum / ((right - left) * (bottom - top)) as f32;
                if values[y * side + x] < mean {
                    bits.set(x as u32, y as u32);
                }
            }
        }
        Some(bits)
    }

    fn sharpened(&self, [across, down]: [f32; 2]) -> Vec<f32> {
        let side = self.side;
        if across == 0.0 && down == 0.0 {
            return self.values.clone();
        }
        let at = |x: usize, y: usize| self.values[y * side + x];
        (0..side * side)
            .map(|place| {
                let (x, y) = (place % side, place / side);
                let (left, right) = (at(x.saturating_sub(1), y), at((x + 1).min(side - 1), y));
                let (above, below) = (at(x, y.saturating_sub(1)), at(x, (y + 1).min(side - 1)));
                let value = at(x, y);
                value + across * (value - (left + right) / 2.0) + down * (value - (above + below) / 2.0)
            })
            .collect()
    }

    /// Which share of the modules that every code has is as it should be.
    pub(super) fn agreement(&self, bits: &BitMatrix) -> f32 {
        let known = known(self.side);
        let right = known.iter().filter(|(x, y, dark)| bits.get(*x as u32, *y as u32) == *dark).count();
        right as f32 / known.len() as f32
    }
}

/// Sums of all modules above and left, with a row and a column of zeros before.
fn sums(values: &[f32], side: usize) -> Vec<f32> {
    let mut sums = vec![0.0; (side + 1) * (side + 1)];
    for y in 0..side {
        let mut row = 0.0;
        for x in 0..side {
            row += values[y * side + x];
            sums[(y + 1) * (side + 1) + x + 1] = sums[y * (side + 1) + x + 1] + row;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use qrcode::{Color, QrCode};

    use super::*;

    const WIDTH: usize = 320;
    const HEIGHT: usize = 300;

    /// Whether each module of the code for `text` is dark, row by row, and its side.
    pub(in super::super) fn modules_of(text: &str) -> (Vec<bool>, usize) {
        let code = QrCode::new(text).unwrap();
        (code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect(), code.width())
    }

    /// Draws a code with its anchors at these places: every module as many dots close to each other.
    fn drawn(text: &str, anchors: [Place; 4], [dark, light]: [u8; 2]) -> Vec<u8> {
        const DOTS: usize = 16;
        let (modules, side) = modules_of(text);
        let projection = Projection::new(side, anchors).unwrap();
        let mut pixels = vec![light; WIDTH * HEIGHT];
        for at in (0..side * DOTS * side * DOTS).map(|at| (at % (side * DOTS), at / (side * DOTS))) {
            let [x, y] = projection.place((at.0 as f32 + 0.5) / DOTS as f32, (at.1 as f32 + 0.5) / DOTS as f32);
            let is_dark = modules[at.1 / DOTS * side + at.0 / DOTS];
            pixels[y as usize * WIDTH + x as usize] = if is_dark { dark } else { light };
        }
        pixels
    }

    #[test]
    fn a_grid_is_laid_from_rough_finder_patterns_on_codes_tilted_in_every_way_and_light_on_dark() {
        let square = [[90.0, 70.0], [180.0, 70.0], [180.0, 160.0], [90.0, 160.0]];
        let tilted = [[90.0, 76.0], [186.0, 66.0], [178.0, 168.0], [86.0, 160.0]];
        let turned = [[140.0, 40.0], [230.0, 120.0], [150.0, 215.0], [60.0, 130.0]];
        for (text, anchors) in [square, tilted, turned]
            .into_iter()
            .flat_map(|at| [("409632457895", at), ("https://example.com/menu/of/the/day", at)])
        {
            let (wanted, side) = modules_of(text);
            for (colours, inverted) in [([20, 230], false), ([220, 30], true)] {
                let pixels = drawn(text, anchors, colours);
                let picture = View { width: WIDTH, height: HEIGHT, pixels: &pixels };
                let module = distance(anchors[0], anchors[1]) / (side as f32 - 2.0 * FINDER);
                let off = |[x, y]: Place| [x + module * 0.4, y - module * 0.3];
                let finders = Finders {
                    top_left: off(anchors[0]),
                    top_right: anchors[1],
                    bottom_left: off(anchors[3]),
                    module: module * 1.06,
                    inverted,
                };
                let grid = lay(picture, &finders).into_iter().next().unwrap().centred(picture);
                assert_eq!(grid.side, side);
                for (found, wanted) in grid.anchors.into_iter().zip(anchors) {
                    assert!(distance(found, wanted) < module, "{:?} for {anchors:?}", grid.anchors);
                }
                let bits = grid.sample(picture).unwrap().bits(TREATMENTS[0]).unwrap();
                let wrong = (0..side * side)
                    .filter(|at| bits.get((at % side) as u32, (at / side) as u32) != wanted[*at])
                    .count();
                assert!(wrong * 50 <= side * side, "{wrong} modules are wrong of {text} at {anchors:?}");
            }
        }
    }

    #[test]
    fn where_there_is_no_code_no_grid_stands_out() {
        let mut random = fastrand::Rng::with_seed(5);
        let pixels: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| random.u8(90..140)).collect();
        let picture = View { width: WIDTH, height: HEIGHT, pixels: &pixels };
        let finders = Finders {
            top_left: [90.0, 70.0],
            top_right: [180.0, 70.0],
            bottom_left: [90.0, 160.0],
            module: 5.0,
            inverted: false,
        };
        assert!(lay(picture, &finders).is_empty());
    }

    #[test]
    fn finder_patterns_in_a_line_or_outside_the_picture_are_no_harm() {
        let pixels = vec![128; WIDTH * HEIGHT];
        let picture = View { width: WIDTH, height: HEIGHT, pixels: &pixels };
        for (top_right, bottom_left, module) in
            [([90.0, 70.0], [90.0, 70.0], 5.0), ([-900.0, 1e9], [4e4, -3.0], 5.0), ([190.0, 70.0], [290.0, 70.0], 0.0)]
        {
            let finders = Finders { top_left: [90.0, 70.0], top_right, bottom_left, module, inverted: false };
            lay(picture, &finders);
        }
    }

    /// How many modules each treatment gets wrong, of a code whose modules' brightness a camera has changed.
    fn wrong(change: impl Fn(&[f32], usize, usize) -> f32) -> [usize; TREATMENTS.len()] {
        let (wanted, side) = modules_of("409632457895");
        let plain: Vec<f32> = wanted.iter().map(|dark| if *dark { 40.0 } else { 210.0 }).collect();
        let values = (0..side * side).map(|at| change(&plain, at, side)).collect();
        let modules = Modules { side, values };
        TREATMENTS.map(|treatment| {
            let bits = modules.bits(treatment).unwrap();
            (0..side * side).filter(|at| bits.get((at % side) as u32, (at / side) as u32) != wanted[*at]).count()
        })
    }

    #[test]
    fn shade_and_blur_are_seen_through() {
        let shaded = wrong(|plain, at, side| plain[at] * (1.0 - 0.8 * (at % side) as f32 / side as f32));
        assert!(shaded[0] == 0 && shaded[1] > 20, "a threshold for each neighbourhood, not for all: {shaded:?}");
        let smeared = wrong(|plain, at, side| {
            let row = &plain[at / side * side..(at / side + 1) * side];
            let x = at % side;
            0.25 * (row[x.saturating_sub(1)] + row[(x + 1).min(side - 1)]) + 0.5 * row[x]
        });
        let along = TREATMENTS.iter().position(|treatment| treatment.sharpen == [0.5, 0.0]).unwrap();
        let across = TREATMENTS.iter().position(|treatment| treatment.sharpen == [0.0, 0.5]).unwrap();
        assert!(smeared[along] * 3 < smeared[0] * 2, "sharpening along the motion undoes some of it: {smeared:?}");
        assert!(smeared[along] < smeared[across], "{smeared:?}");
    }
}
