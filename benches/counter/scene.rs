//! The telephone and what is around it, seen by a pinhole camera: light that reaches the lens, 1 for the screen's white.

use super::{Company, Shot, brightness, hash, smooth, symbol::Symbol};

/// Distance of the camera in widths of the frame: how strong the perspective of a tilted screen is.
const FOCAL_WIDTHS: f32 = 1.1;
/// Width of the page beside the code's quiet zone, as a share of the code's width.
const PAGE_BESIDE: f32 = 0.12;

/// Light, row by row.
pub struct Light {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// Row by row; 0 is dark, 1 a white screen.
    pub pixels: Vec<f32>,
}

/// Maps a place in the frame to one on the screen's plane, in modules from the code's middle.
struct View {
    // Rows of the inverse of the plane's projection.
    rows: [[f32; 3]; 3],
}

impl View {
    fn new(shot: &Shot) -> Self {
        let (width, height) = (shot.size.0 as f32, shot.size.1 as f32);
        let focal = FOCAL_WIDTHS * width;
        // At this distance a module of length 1 is as wide as it should be.
        let distance = focal / shot.module;
        let (turn, tilt, towards) =
            (shot.rotation.to_radians(), shot.tilt.to_radians(), shot.tilt_towards.to_radians());
        // The plane's own axes in the camera's space: turned in its plane, then about an axis in the picture.
        let axis = [towards.cos(), towards.sin(), 0.0];
        let x = rotate([turn.cos(), turn.sin(), 0.0], axis, tilt);
        let y = rotate([-turn.sin(), turn.cos(), 0.0], axis, tilt);
        let (cx, cy) = (width / 2.0 + shot.centre.0, height / 2.0 + shot.centre.1);
        // (u, v, 1) ↦ (focal X + c Z, …, Z): the columns are the axes and the origin.
        let column = |v: [f32; 3], z: f32| {
            let depth = v[2] + z;
            [focal * v[0] + cx * depth, focal * v[1] + cy * depth, depth]
        };
        let (a, b, c) = (column(x, 0.0), column(y, 0.0), column([0.0; 3], distance));
        Self { rows: inverse([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [a[2], b[2], c[2]]]) }
    }

    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        let [u, v, w] = self.rows.map(|row| row[0] * x + row[1] * y + row[2]);
        // Behind the camera's horizon the plane is not seen; a place far off stands for it.
        if w <= 0.0 { (1e6, 1e6) } else { (u / w, v / w) }
    }
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn rotate(v: [f32; 3], axis: [f32; 3], angle: f32) -> [f32; 3] {
    let (sin, cos) = angle.sin_cos();
    let across = cross(axis, v);
    let along = axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2];
    [0, 1, 2].map(|i| v[i] * cos + across[i] * sin + axis[i] * along * (1.0 - cos))
}

/// The inverse but for a factor, with the sign that makes places before the camera positive.
fn inverse(m: [[f32; 3]; 3]) -> [[f32; 3]; 3] {
    let columns = [0, 1, 2].map(|c| [m[0][c], m[1][c], m[2][c]]);
    let rows = [cross(columns[1], columns[2]), cross(columns[2], columns[0]), cross(columns[0], columns[1])];
    let det = (0..3).map(|i| columns[0][i] * rows[0][i]).sum::<f32>();
    let scale = det.signum() / rows.iter().flatten().fold(0f32, |most, v| most.max(v.abs()));
    rows.map(|row| row.map(|v| v * scale))
}

/// The screen and what lies around it, in modules from the code's middle.
struct Scene<'a> {
    shot: &'a Shot,
    dark: f32,
    light: f32,
    /// Half the code's width and height.
    half: (f32, f32),
    /// Half the page's width.
    page: f32,
    /// Where the screen ends above and below.
    screen: (f32, f32),
    cracks: Vec<[f32; 4]>,
    crack_width: f32,
}

/// Draws the light that reaches the lens.
pub fn draw(shot: &Shot) -> Light {
    let (width, height) = (shot.size.0 as usize, shot.size.1 as usize);
    let view = View::new(shot);
    let scene = Scene::new(shot);
    // Fine modules need more looks a pixel.
    let looks = if shot.module >= 4.0 { 2 } else { 3 };
    let step = 1.0 / looks as f32;
    let share = step * step;
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let mut sum = 0.0;
            for look in 0..looks * looks {
                let px = x as f32 + ((look % looks) as f32 + 0.5) * step;
                let py = y as f32 + ((look / looks) as f32 + 0.5) * step;
                let (u, v) = view.place(px, py);
                sum += scene.light(u, v, px, py);
            }
            pixels.push(sum * share);
        }
    }
    Light { width, height, pixels }
}

impl<'a> Scene<'a> {
    fn new(shot: &'a Shot) -> Self {
        let half = (shot.symbol.columns as f32 / 2.0, shot.symbol.height() / 2.0);
        let page = half.0 + shot.quiet + half.0 * 2.0 * PAGE_BESIDE;
        let below = if matches!(shot.company, Company::Second(_)) { page * 2.6 } else { page * 1.6 };
        let screen = (half.1 + shot.quiet + page * 0.9, half.1 + shot.quiet + below);
        let mut random = fastrand::Rng::with_seed(shot.seed ^ 0xC4AC);
        // Broken glass: lines that run from where it fell, each in a few bends.
        let mut cracks = Vec::new();
        let from = ((random.f32() - 0.5) * half.0, (random.f32() - 0.5) * half.1);
        for _ in 0..shot.cracks {
            let (mut x, mut y) = from;
            let mut angle = random.f32() * std::f32::consts::TAU;
            for _ in 0..5 {
                let length = half.0 * (0.25 + 0.3 * random.f32());
                angle += (random.f32() - 0.5) * 0.9;
                let (to_x, to_y) = (x + length * angle.cos(), y + length * angle.sin());
                cracks.push([x, y, to_x, to_y]);
                (x, y) = (to_x, to_y);
            }
        }
        let (mut dark, mut light) = (brightness(shot.colours.0), brightness(shot.colours.1));
        if shot.inverted {
            (dark, light) = (light.max(0.05), dark + 0.04);
        }
        // A screen's black still shines a little, and the glass reflects the room.
        let through_glass = |value: f32| 0.04 + 0.96 * value;
        let crack_width = 0.2 + 0.3 * random.f32();
        Self { shot, dark: through_glass(dark), light: through_glass(light), half, page, screen, cracks, crack_width }
    }

    /// The light at a place on the screen's plane, or around it.
    fn light(&self, u: f32, v: f32, px: f32, py: f32) -> f32 {
        let covered = self.shot.finger * self.half.0 * 2.0;
        if covered > 0.0 {
            // A fingertip comes in from the lower right.
            let radius = self.half.0 * 0.5;
            let reach = (radius - covered * 0.5) * 0.707;
            let (fx, fy) = (self.half.0 + reach - covered * 0.35, self.half.1 + reach - covered * 0.35);
            let inside = (u - fx).hypot(v - fy) < radius;
            let behind = (u - fx) + (v - fy) > 0.0 && ((u - fx) - (v - fy)).abs() < radius * 1.42;
            if inside || behind {
                return 0.45 + 0.05 * (u * 0.7).sin();
            }
        }
        let (u, v, glint) = self.through_cracks(u, v);
        let bezel = self.page * 0.06;
        let inside = u.abs() < self.page + bezel && v > -self.screen.0 - bezel * 3.0 && v < self.screen.1 + bezel * 3.0;
        if !inside {
            return self.around(u, v, px, py);
        }
        let on_screen = u.abs() < self.page && v > -self.screen.0 && v < self.screen.1;
        if !on_screen {
            return 0.03;
        }
        (self.page_light(u, v) + glint).max(0.0)
    }

    /// What the broken glass shows there: it breaks the light's way, and shines or darkens along its edge.
    fn through_cracks(&self, u: f32, v: f32) -> (f32, f32, f32) {
        let mut glint = 0.0;
        let (mut su, mut sv) = (u, v);
        for (at, [ax, ay, bx, by]) in self.cracks.iter().copied().enumerate() {
            let (dx, dy) = (bx - ax, by - ay);
            let length = dx.hypot(dy).max(1e-3);
            let along = ((u - ax) * dx + (v - ay) * dy) / length;
            let across = ((u - ax) * dy - (v - ay) * dx) / length;
            if along < 0.0 || along > length || across.abs() > 1.2 {
                continue;
            }
            if across.abs() < self.crack_width {
                glint = if at % 3 == 0 { -0.6 } else { 0.7 };
            } else if across > 0.0 {
                (su, sv) = (su + dy / length * 0.35, sv - dx / length * 0.35);
            }
        }
        (su, sv, glint)
    }

    /// The page on the screen.
    fn page_light(&self, u: f32, v: f32) -> f32 {
        let shot = self.shot;
        if let Some(ink) = shot.symbol.at(u + self.half.0, v + self.half.1) {
            let logo = shot.logo * self.half.0;
            if logo > 0.0 && u.abs().max(v.abs()) < logo {
                // A white edge around a picture.
                let edge = u.abs().max(v.abs()) > logo * 0.85;
                return if edge { self.light } else { 0.25 + 0.35 * hash((u * 1.5) as i32, (v * 1.5) as i32, 3) };
            }
            return if ink { self.dark } else { self.light };
        }
        let quiet = shot.quiet;
        if u.abs() < self.half.0 + quiet && v.abs() < self.half.1 + quiet {
            return self.light;
        }
        if let Company::Second(other) = &shot.company
            && let Some(light) = beside(other, u, v, (0.0, self.half.1 * 2.0 + quiet * 3.0), self.half.0 * 1.2)
        {
            return light;
        }
        // Lines of text above and below, and a button.
        let page = if shot.inverted { 0.12 } else { 0.92 };
        let text = if shot.inverted { 0.8 } else { 0.25 };
        let line = (v / 3.2).floor();
        let in_line = v - line * 3.2 > 1.0;
        let letter = (u / 0.8).floor();
        let written = hash(letter as i32, line as i32, shot.seed) > 0.45 && hash(0, line as i32, shot.seed) > 0.35;
        if in_line && written && u.abs() < self.page * 0.8 && v.abs() > self.half.1 + quiet + 2.0 {
            return text;
        }
        if v > self.screen.1 * 0.8 && v < self.screen.1 * 0.9 && u.abs() < self.page * 0.7 {
            return 0.45;
        }
        page
    }

    /// The counter, the shop and whoever holds the telephone.
    fn around(&self, u: f32, v: f32, px: f32, py: f32) -> f32 {
        let place = (self.page * 2.6, 0.0);
        match &self.shot.company {
            Company::PaymentCode(other) => {
                if let Some(light) = beside(other, u, v, (place.0, self.half.1 * 0.4), self.page * 1.2) {
                    return light;
                }
            }
            Company::Poster(other) => {
                if let Some(light) = beside(other, u, v, (-place.0, -self.half.1 * 0.5), self.page * 0.8) {
                    return light * 0.8;
                }
            }
            Company::Nothing | Company::Second(_) => {}
        }
        let (width, seed) = (self.shot.size.0 as f32, self.shot.seed);
        let (x, y) = (px / width, py / width);
        let slope = 0.3 + 0.2 * (x * 4.0 + hash(1, 0, seed) * 6.0).sin() * (y * 3.0 + hash(2, 0, seed) * 6.0).cos();
        // Things on shelves: boxes of their own brightness, and a grain.
        let cell = ((x * 11.0) as i32, (y * 9.0) as i32);
        let thing = if hash(cell.0, cell.1, seed) > 0.6 { hash(cell.1, cell.0, seed ^ 5) * 0.5 - 0.2 } else { 0.0 };
        let stripes = if hash(cell.0, cell.1, seed ^ 9) > 0.85 { 0.15 * (x * 260.0).sin().signum() } else { 0.0 };
        let grain = 0.05 * (hash(px as i32, py as i32, seed) - 0.5);
        (slope + thing + stripes + grain).clamp(0.02, 0.9)
    }
}

/// A card of half width `half` with a code on it, its middle at `at`; `None` beside it.
fn beside(other: &Symbol, u: f32, v: f32, at: (f32, f32), half: f32) -> Option<f32> {
    let module = half * 2.0 / (other.columns as f32 + 8.0);
    let (x, y) = ((u - at.0) / module, (v - at.1) / module);
    let (reach_x, reach_y) = (other.columns as f32 / 2.0, other.height() / 2.0);
    if x.abs() > reach_x + 4.0 || y.abs() > reach_y + 4.0 {
        return None;
    }
    Some(if other.at(x + reach_x, y + reach_y) == Some(true) { 0.08 } else { 0.88 })
}

/// How much of the light an edge of shade lets through at a place of the frame.
pub fn shade(shot: &Shot, x: f32, y: f32) -> f32 {
    let angle = hash(3, 1, shot.seed) * std::f32::consts::TAU;
    let (cx, cy) = (shot.size.0 as f32 / 2.0 + shot.centre.0, shot.size.1 as f32 / 2.0 + shot.centre.1);
    let reach = shot.symbol.columns as f32 * shot.module * 0.25;
    let offset = (hash(3, 2, shot.seed) - 0.5) * reach;
    let across = (x - cx) * angle.cos() + (y - cy) * angle.sin() + offset;
    let soft = reach * 0.12 + 1.0;
    1.0 - shot.shade * smooth(-soft, soft, across)
}

/// What a reflection adds at a place of the frame: a lamp's round spot, and every second time a window's edge as well.
pub fn glare(shot: &Shot, x: f32, y: f32) -> f32 {
    let side = shot.symbol.columns as f32 * shot.module;
    let (cx, cy) = (shot.size.0 as f32 / 2.0 + shot.centre.0, shot.size.1 as f32 / 2.0 + shot.centre.1);
    let at = |n| (hash(4, n, shot.seed) - 0.5) * side * 0.9;
    let (dx, dy) = (x - cx - at(1), (y - cy - at(2)) * (0.7 + 0.6 * hash(4, 3, shot.seed)));
    let radius = side * (0.12 + 0.18 * hash(4, 4, shot.seed));
    let spot = 1.0 - smooth(radius * 0.5, radius * 1.3, dx.hypot(dy));
    if hash(4, 5, shot.seed) < 0.5 {
        return shot.glare * spot;
    }
    let angle = hash(4, 6, shot.seed) * std::f32::consts::TAU;
    let across = (dx * angle.cos() + dy * angle.sin()) / side;
    let window = smooth(-0.02, 0.02, across - 0.1) * 0.45;
    shot.glare * (spot.max(window))
}
