//! The counter set: frames of a telephone held up to a till's camera, drawn by this program from fixed seeds.
//!
//! What a till sees is drawn in the order in which light goes: a [`symbol`] on a page on a screen ([`scene`]), through the air and
//! the lens onto the sensor and out of the camera ([`camera`]). A [`Shot`] says all that may vary; [`sets`] vary one thing at a time and all
//! together, and make short sequences. Nothing here knows the readers that are measured with it.

pub mod camera;
pub mod scene;
pub mod sets;
pub mod symbol;

use symbol::Symbol;

/// One frame: what is held up, and everything that stands between it and the readers. [`Shot::plain`] has none of it.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Width and height of the frame, in pixels.
    pub size: (u32, u32),
    /// The coupon's code.
    pub symbol: Symbol,
    /// Width of a module, in pixels of the frame, where the screen is not tilted.
    pub module: f32,
    /// Where the middle of the code is, in pixels from the middle of the frame.
    pub centre: (f32, f32),
    /// How far the screen is turned away from the camera, in degrees.
    pub tilt: f32,
    /// In which direction it is turned away, in degrees.
    pub tilt_towards: f32,
    /// How far it is turned in its own plane, in degrees.
    pub rotation: f32,
    /// Radius of the disc that a point becomes out of focus, in pixels.
    pub focus: f32,
    /// How far a point moves while the shutter is open, in pixels, and in which direction, in degrees.
    pub motion: (f32, f32),
    /// Standard deviation of the noise at full brightness, in steps of 255.
    pub noise: f32,
    /// Exposure: 1 shows white as 230 of 255.
    pub light: f32,
    /// How much darker it is on the shaded side of an edge that runs over the code: 0 not at all, 1 black.
    pub shade: f32,
    /// How bright a reflection of a lamp or window in the glass is: 1 is as bright as the screen's white.
    pub glare: f32,
    /// How deep the stripes are in which the screen's and the camera's pixels meet: 1 goes down to black.
    pub moire: f32,
    /// Quality of the camera's JPEG, 1 to 100; none for a camera that sends plain pixels.
    pub jpeg: Option<u8>,
    /// Light on dark, as in dark mode.
    pub inverted: bool,
    /// The dark and the light of the code, in red, green and blue.
    pub colours: ([u8; 3], [u8; 3]),
    /// Width of the logo in the code's middle, as a share of the code's width.
    pub logo: f32,
    /// Lines of broken glass over the screen.
    pub cracks: u32,
    /// How much of the code's side a finger covers at its bottom right corner, as a share.
    pub finger: f32,
    /// The white around the code, in modules.
    pub quiet: f32,
    /// What else is in view.
    pub company: Company,
    /// Decides the page, the noise, where the glare is, and all else that is left open above.
    pub seed: u64,
}

/// What else is in view.
#[derive(Clone, Debug, PartialEq)]
pub enum Company {
    /// Nothing with a code on it.
    Nothing,
    /// A second code on the same page, below the first.
    Second(Symbol),
    /// The shop's payment code on a stand beside the telephone.
    PaymentCode(Symbol),
    /// A poster with a code behind it.
    Poster(Symbol),
}

/// A frame as it leaves the camera: one byte a pixel, 0 black, 255 white.
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Row by row.
    pub pixels: Vec<u8>,
}

impl Shot {
    /// A telephone held as one would wish: straight, near, sharp, bright.
    pub fn plain(size: (u32, u32), symbol: Symbol, seed: u64) -> Self {
        Self {
            size,
            symbol,
            module: 5.0,
            centre: (0.0, 0.0),
            tilt: 0.0,
            tilt_towards: 0.0,
            rotation: 0.0,
            focus: 0.4,
            motion: (0.0, 0.0),
            noise: 2.0,
            light: 0.9,
            shade: 0.0,
            glare: 0.0,
            moire: 0.0,
            jpeg: None,
            inverted: false,
            colours: ([0, 0, 0], [255, 255, 255]),
            logo: 0.0,
            cracks: 0,
            finger: 0.0,
            quiet: 4.0,
            company: Company::Nothing,
            seed,
        }
    }

    /// Draws the frame.
    pub fn draw(&self) -> Picture {
        let light = scene::draw(self);
        camera::expose(self, light)
    }

    /// Every text in view: whatever else a reader tells was read wrong.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.symbol.text.as_str()];
        if let Company::Second(other) | Company::PaymentCode(other) | Company::Poster(other) = &self.company {
            texts.push(&other.text);
        }
        texts
    }
}

/// Brightness of a colour, 0 to 1, as a camera weighs it.
pub fn brightness([r, g, b]: [u8; 3]) -> f32 {
    (0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)) / 255.0
}

/// A number between 0 and 1 that depends on the place alone.
pub fn hash(x: i32, y: i32, seed: u64) -> f32 {
    let mut h = (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F) ^ seed;
    h = (h ^ (h >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 32)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (h >> 40) as f32 / (1u64 << 24) as f32
}

/// From 0 below `from` to 1 above `to`, smoothly.
pub fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
