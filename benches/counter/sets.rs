//! Which frames make the set: one factor at a time, all together, plain frames, frames without a code, and sequences.

use qrcode::EcLevel;

use super::symbol::Symbol;
use super::{Company, Shot};

/// Frames for each factor.
pub const FRAMES_EACH: u64 = 24;
/// Frames in which everything varies at once.
pub const FRAMES_TOGETHER: u64 = 96;
/// Frames in a sequence, at thirty a second.
pub const SEQUENCE_FRAMES: u64 = 45;

/// Sizes of frames that webcams send.
pub const SIZES: [(u32, u32); 3] = [(640, 480), (1280, 720), (1920, 1080)];

/// A frame and the factor that it belongs to.
pub struct Sample {
    /// What varies in it.
    pub factor: &'static str,
    /// The frame.
    pub shot: Shot,
}

/// How a factor changes a plain shot; `how_bad` goes from 0, hardly at all, to 1.
type Change = fn(&mut Shot, how_bad: f32, random: &mut fastrand::Rng);

/// The factors that vary one at a time, in the order of the report.
pub const FACTORS: [(&str, Change); 19] = [
    ("size", |shot, bad, _| {
        shot.module = (12.0 * (1.2f32 / 12.0).powf(bad)).min(fitting(shot.size, &shot.symbol));
        shot.centre = (0.0, 0.0);
    }),
    ("tilt", |shot, bad, random| {
        shot.tilt = 10.0 + 55.0 * bad;
        shot.tilt_towards = random.f32() * 360.0;
    }),
    ("rotation", |shot, _, random| shot.rotation = random.f32() * 360.0),
    ("focus", |shot, bad, _| shot.focus = shot.module * (0.2 + 1.1 * bad)),
    ("motion", |shot, bad, random| shot.motion = (shot.module * (0.4 + 2.0 * bad), random.f32() * 180.0)),
    ("noise", |shot, bad, _| shot.noise = 5.0 + 60.0 * bad),
    ("low light", |shot, bad, _| {
        shot.light = 0.35 * (0.07f32 / 0.35).powf(bad);
        shot.noise = 4.0 + 3.0 * bad;
    }),
    ("shade", |shot, bad, _| shot.shade = 0.4 + 0.55 * bad),
    ("glare", |shot, bad, _| shot.glare = 0.2 + 1.3 * bad),
    ("moire", |shot, bad, _| shot.moire = 0.2 + 0.6 * bad),
    ("jpeg", |shot, bad, _| {
        shot.jpeg = Some((60.0 * (5.0f32 / 60.0).powf(bad)) as u8);
        shot.module *= 0.8;
    }),
    ("inverted", |shot, bad, _| {
        shot.inverted = true;
        shot.focus = 0.4 + shot.module * 0.4 * bad;
    }),
    ("colours", |shot, bad, random| {
        let palette = [
            ([7, 193, 96], [255, 255, 255]),
            ([200, 30, 40], [255, 240, 220]),
            ([20, 40, 160], [250, 220, 80]),
            ([90, 60, 40], [230, 205, 170]),
            ([130, 130, 130], [255, 255, 255]),
            ([230, 120, 20], [255, 255, 255]),
        ];
        shot.colours = palette[random.usize(..palette.len())];
        shot.light = 0.9 - 0.5 * bad;
        shot.noise = 2.0 + 6.0 * bad;
    }),
    ("logo", |shot, bad, random| {
        let level = if random.bool() { EcLevel::Q } else { EcLevel::H };
        shot.symbol = Symbol::qr(&shot.symbol.text.clone(), 1 + random.i16(..4), level);
        shot.logo = 0.15 + 0.23 * bad;
    }),
    ("cracks", |shot, bad, _| shot.cracks = 2 + (9.0 * bad) as u32),
    ("finger", |shot, bad, _| shot.finger = 0.02 + 0.2 * bad),
    ("two codes", |shot, _, random| {
        shot.company = Company::Second(coupon(random));
        shot.module = shot.module.min(shot.size.1 as f32 * 0.25 / shot.symbol.columns as f32);
        shot.centre.1 = -(shot.size.1 as f32) * 0.12;
    }),
    ("payment code near", |shot, _, random| {
        let text = format!("wxp://f2f{:020}", random.u64(..));
        shot.company = Company::PaymentCode(Symbol::qr(&text, 3, EcLevel::M));
        shot.module = shot.module.min(shot.size.0 as f32 * 0.2 / shot.symbol.columns as f32);
        shot.centre.0 = -(shot.size.0 as f32) * 0.15;
    }),
    ("poster near", |shot, _, random| {
        let text = format!("https://shop.example/menu/{}", random.u32(..));
        shot.company = Company::Poster(Symbol::qr(&text, 3, EcLevel::M));
        shot.module = shot.module.min(shot.size.0 as f32 * 0.2 / shot.symbol.columns as f32);
        shot.centre.0 = shot.size.0 as f32 * 0.15;
    }),
];

/// What may be held up: mostly codes of twelve digits, otherwise links with an encrypted code.
fn coupon(random: &mut fastrand::Rng) -> Symbol {
    const LEVELS: [EcLevel; 4] = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];
    let level = LEVELS[random.usize(..LEVELS.len())];
    if random.f32() < 0.65 {
        let text = format!("{:012}", random.u64(..1_000_000_000_000));
        return Symbol::qr(&text, 1 + random.i16(..3), level);
    }
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let encrypted: String = (0..44).map(|_| char::from(ALPHABET[random.usize(..ALPHABET.len())])).collect();
    let level = if random.bool() { EcLevel::L } else { EcLevel::M };
    Symbol::qr(&format!("https://shop.example/c?encrypt_code={encrypted}"), 4 + random.i16(..4), level)
}

/// A shot with nothing amiss, of a size and nearness that depend on the random numbers.
fn plain(random: &mut fastrand::Rng) -> Shot {
    // Most webcams send the middle size.
    let size = SIZES[[0, 0, 1, 1, 1, 2][random.usize(..6)]];
    let symbol = if random.f32() < 0.12 {
        Symbol::code128(&format!("{:012}", random.u64(..1_000_000_000_000)))
    } else {
        coupon(random)
    };
    plain_of(size, symbol, random)
}

fn plain_of(size: (u32, u32), symbol: Symbol, random: &mut fastrand::Rng) -> Shot {
    let mut shot = Shot::plain(size, symbol, random.u64(..));
    let (width, height) = (size.0 as f32, size.1 as f32);
    shot.module = (3.5 + 4.5 * random.f32()).min(fitting(size, &shot.symbol));
    shot.quiet = 2.0 + 2.0 * random.f32();
    shot.rotation = (random.f32() - 0.5) * 16.0;
    let room_x = (width - shot.symbol.columns as f32 * shot.module).max(0.0);
    let room_y = (height - shot.symbol.height() * shot.module).max(0.0);
    shot.centre = ((random.f32() - 0.5) * room_x * 0.5, (random.f32() - 0.5) * room_y * 0.5);
    shot
}

/// The widest modules with which a code still has some room in the frame, in pixels.
fn fitting((width, height): (u32, u32), symbol: &Symbol) -> f32 {
    (height as f32 * 0.8 / symbol.height()).min(width as f32 * 0.8 / symbol.columns as f32)
}

/// A generator of random numbers of its own for each frame, so that a frame stays the same whatever others there are.
fn seeded(set: &str, number: u64) -> fastrand::Rng {
    let name =
        set.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    fastrand::Rng::with_seed(name ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Frame `number` of a factor: the higher the number, the worse, up to [`FRAMES_EACH`].
pub fn of_factor(factor: &'static str, change: Change, number: u64) -> Sample {
    let mut random = seeded(factor, number);
    let mut shot = plain(&mut random);
    change(&mut shot, number as f32 / (FRAMES_EACH - 1) as f32, &mut random);
    Sample { factor, shot }
}

/// A frame in which several things are amiss at once, each less than it may be alone.
pub fn together(number: u64) -> Sample {
    let mut random = seeded("together", number);
    let mut shot = plain(&mut random);
    for (factor, change) in FACTORS {
        // What else is in view, and the logo, are seldom; a code in JPEG and turned is usual.
        let often = match factor {
            "two codes" | "payment code near" | "poster near" | "logo" | "inverted" | "cracks" | "finger" => 0.1,
            "rotation" | "jpeg" | "tilt" => 0.6,
            "size" => 0.0,
            _ => 0.3,
        };
        if random.f32() < often && (shot.symbol.square || factor != "logo") {
            let how_bad = random.f32() * 0.5;
            change(&mut shot, how_bad, &mut random);
        }
    }
    Sample { factor: "together", shot }
}

/// All single frames with a code in them.
pub fn frames() -> impl Iterator<Item = Sample> {
    let single = FACTORS
        .into_iter()
        .flat_map(|(factor, change)| (0..FRAMES_EACH).map(move |number| of_factor(factor, change, number)));
    single.chain((0..FRAMES_TOGETHER).map(together))
}

/// Frame `number` with a plain code in it, of the given size.
pub fn plain_frame(size: (u32, u32), number: u64) -> Sample {
    let mut random = seeded("plain", number);
    let symbol = coupon(&mut random);
    Sample { factor: "plain", shot: plain_of(size, symbol, &mut random) }
}

/// Frame `number` without a code: the telephone is out of view.
pub fn empty_frame(size: (u32, u32), number: u64) -> Shot {
    let mut random = seeded("empty", number);
    let mut shot = plain_of(size, coupon(&mut random), &mut random);
    shot.centre = (size.0 as f32 * 3.0, 0.0);
    shot.noise = 2.0 + 6.0 * random.f32();
    shot.jpeg = random.bool().then_some(75);
    shot
}

/// What goes on in a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// A hand that trembles.
    Tremor,
    /// The camera looks for its focus.
    Focusing,
    /// The camera gets used to a bright screen.
    Exposing,
    /// The telephone comes into view and is held.
    Coming,
    /// Dim light: each frame is full of noise, and of another.
    Dim,
}

/// Every story.
pub const STORIES: [Story; 5] = [Story::Tremor, Story::Focusing, Story::Exposing, Story::Coming, Story::Dim];

/// The frames of a story, in order.
pub fn sequence(story: Story, size: (u32, u32), number: u64) -> Vec<Shot> {
    let mut random = seeded("sequence", number);
    let symbol = coupon(&mut random);
    let mut base = plain_of(size, symbol, &mut random);
    base.module = base.module.min(4.5);
    base.noise = 4.0;
    base.jpeg = Some(70);
    base.tilt = 15.0 + 15.0 * random.f32();
    base.tilt_towards = random.f32() * 360.0;
    let (mut dx, mut dy) = (0.0, 0.0);
    (0..SEQUENCE_FRAMES)
        .map(|frame| {
            let time = frame as f32 / 30.0;
            let mut shot = base.clone();
            shot.seed = base.seed ^ (frame << 32);
            // Eight trembles a second, and a slow drift.
            let tremble = if story == Story::Tremor { 3.0 * base.module } else { 0.5 * base.module };
            let (vx, vy) = ((random.f32() - 0.5) * tremble, (random.f32() - 0.5) * tremble);
            (dx, dy) = (dx * 0.8 + vx, dy * 0.8 + vy);
            shot.centre = (base.centre.0 + dx, base.centre.1 + dy);
            // The shutter is open for half the time between two frames.
            shot.motion = (vx.hypot(vy) * 0.5, vy.atan2(vx).to_degrees());
            match story {
                Story::Tremor => {}
                Story::Focusing => {
                    shot.focus = base.module * (0.3 + 1.4 * (0.5 + 0.5 * (time * 5.0).cos()) * (-time).exp())
                }
                Story::Exposing => shot.light = 2.6 - 1.8 * (time * 1.2).min(1.0),
                Story::Dim => (shot.light, shot.noise) = (0.35, 30.0),
                Story::Coming => {
                    let left = (1.0 - time / 0.7).max(0.0);
                    shot.centre.1 += left * left * size.1 as f32;
                    shot.motion = (left * 2.0 * size.1 as f32 / 0.7 / 60.0, 90.0);
                }
            }
            shot
        })
        .collect()
}
