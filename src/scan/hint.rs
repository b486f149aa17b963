//! Help with aiming: why nothing is read, in one word, where a frame's measures tell it.
//!
//! A hint comes only after the same reason has stood for a while and goes only after it has not, so that nothing flickers; while codes are read there is
//! none. Before an empty counter nothing is said but that the picture is dark: the rest waits until something moves, or a code is located.

use std::time::{Duration, Instant};

use super::decode::{Aim, Seen};

/// How long a reason stands before it is said, frames that do not show it counted against it.
pub const SAID_AFTER: Duration = Duration::from_millis(700);
/// How much of that is left when it is no longer said.
const UNSAID_AT: Duration = Duration::from_millis(200);
/// The most that a reason gathers: so it goes within this time.
const GATHERED_MAX: Duration = Duration::from_millis(1000);
/// The most that one frame counts for: frames may be rare.
const FRAME_MAX: Duration = Duration::from_millis(250);
/// How long after the last movement somebody is taken to be there.
const SOMEBODY_STAYS: Duration = Duration::from_secs(8);
/// How long after a code was read nothing is said.
const READ_STAYS: Duration = Duration::from_secs(2);

/// Mean brightness, of 255, below which the lens is covered, or the room too dark.
const COVERED: f32 = 10.0;
const DARK: f32 = 30.0;
/// Share of a frame that is as bright as can be: with a code located, and without.
const GLARE_ON_CODE: f32 = 0.15;
const GLARE: f32 = 0.4;
/// Share of a frame that changes from one to the next: somebody is there; a hand is not still.
const SOMEBODY: f32 = 0.004;
const MOVING: f32 = 0.2;
/// Sharpness of edges that are blurred.
const BLURRED: f32 = 0.45;
/// Width of a module, in pixels, below which a code is too far away.
const FAR: f32 = 2.0;
/// Contrast of a code that is too faint.
const FAINT: f32 = 0.15;

/// Why nothing is read. Each has its own sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The picture is black: a lid is closed, a lens covered.
    Covered,
    /// Too little light.
    Dark,
    /// Too much light, or a reflection.
    Bright,
    /// A part of the code is out of the frame.
    CutOff,
    /// The code is too small.
    Far,
    /// The phone or the camera moves.
    Moving,
    /// Out of focus.
    Blurred,
    /// The code has too little contrast.
    Faint,
}

impl Hint {
    /// Every hint.
    pub const ALL: [Self; 8] =
        [Self::Covered, Self::Dark, Self::Bright, Self::CutOff, Self::Far, Self::Moving, Self::Blurred, Self::Faint];

    /// What one frame without a code shows, if anything; the surest reason first.
    fn of(aim: &Aim, somebody: bool) -> Option<Self> {
        let is_blurred = aim.sharpness.is_some_and(|sharpness| sharpness < BLURRED);
        if aim.brightness < COVERED {
            return Some(Self::Covered);
        }
        if let Some(Seen { module, contrast, cut_off, .. }) = aim.seen {
            return match () {
                () if cut_off => Some(Self::CutOff),
                () if module < FAR => Some(Self::Far),
                () if aim.overexposed > GLARE_ON_CODE => Some(Self::Bright),
                () if aim.moving > MOVING => Some(Self::Moving),
                () if is_blurred => Some(Self::Blurred),
                () if contrast < FAINT => Some(Self::Faint),
                () => None,
            };
        }
        match () {
            () if aim.brightness < DARK => Some(Self::Dark),
            () if !somebody => None,
            () if aim.overexposed > GLARE => Some(Self::Bright),
            () if aim.moving > MOVING && is_blurred => Some(Self::Moving),
            () if is_blurred => Some(Self::Blurred),
            () => None,
        }
    }
}

/// What is said, from one frame to the next.
#[derive(Debug, Default)]
pub struct Hints {
    /// How long each of [`Hint::ALL`] has stood.
    gathered: [Duration; Hint::ALL.len()],
    said: Option<Hint>,
    last: Option<Instant>,
    moved: Option<Instant>,
    read: Option<Instant>,
}

impl Hints {
    /// A frame came, at `now`, in which a code was read or not: what is to be said from now on.
    pub fn frame(&mut self, aim: &Aim, is_read: bool, now: Instant) -> Option<Hint> {
        let ago = |since: Option<Instant>| since.map(|since| now.saturating_duration_since(since));
        let passed = ago(self.last.replace(now)).unwrap_or_default().min(FRAME_MAX);
        if aim.moving > SOMEBODY {
            self.moved = Some(now);
        }
        if is_read {
            self.read = Some(now);
        }
        if ago(self.read).is_some_and(|ago| ago < READ_STAYS) {
            self.gathered = Default::default();
            self.said = None;
            return None;
        }
        let somebody = ago(self.moved).is_some_and(|ago| ago < SOMEBODY_STAYS);
        let reason = Hint::of(aim, somebody);
        for (hint, gathered) in Hint::ALL.into_iter().zip(&mut self.gathered) {
            *gathered = if reason == Some(hint) {
                (*gathered + passed).min(GATHERED_MAX)
            } else {
                gathered.saturating_sub(passed)
            };
        }
        let of = |hint: Hint| self.gathered[hint as usize];
        self.said.take_if(|said| of(*said) <= UNSAID_AT);
        if self.said.is_none() {
            self.said = Hint::ALL.into_iter().find(|hint| of(*hint) >= SAID_AFTER);
        }
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Luma, Reader, decode::tests::draw_qr_code},
        *,
    };

    const FRAME: Duration = Duration::from_millis(66);
    const WELL: Aim = Aim { brightness: 120.0, overexposed: 0.0, sharpness: Some(0.9), moving: 0.1, seen: None };

    fn seen(module: f32) -> Seen {
        Seen { corners: [[0.0; 2]; 4], module, contrast: 0.8, cut_off: false }
    }

    /// What is said after each of `frames`, one every 66 ms, whether it was read beside it.
    fn said(frames: impl IntoIterator<Item = (Aim, bool)>) -> Vec<Option<Hint>> {
        let (mut hints, start) = (Hints::default(), Instant::now());
        frames.into_iter().zip(0u32..).map(|((aim, read), at)| hints.frame(&aim, read, start + FRAME * at)).collect()
    }

    #[test]
    fn each_reason_has_its_hint_and_the_surest_comes_first() {
        let table = [
            (Aim { brightness: 3.0, sharpness: None, ..WELL }, Some(Hint::Covered)),
            (Aim { brightness: 20.0, sharpness: None, ..WELL }, Some(Hint::Dark)),
            (Aim { overexposed: 0.6, ..WELL }, Some(Hint::Bright)),
            (Aim { overexposed: 0.2, seen: Some(seen(4.0)), ..WELL }, Some(Hint::Bright)),
            (Aim { overexposed: 0.2, ..WELL }, None),
            (Aim { moving: 0.6, sharpness: Some(0.2), ..WELL }, Some(Hint::Moving)),
            (Aim { moving: 0.6, ..WELL }, None),
            (Aim { sharpness: Some(0.2), ..WELL }, Some(Hint::Blurred)),
            (Aim { seen: Some(seen(1.4)), ..WELL }, Some(Hint::Far)),
            (Aim { seen: Some(Seen { cut_off: true, ..seen(1.4) }), ..WELL }, Some(Hint::CutOff)),
            (Aim { seen: Some(Seen { contrast: 0.05, ..seen(4.0) }), ..WELL }, Some(Hint::Faint)),
            (Aim { seen: Some(seen(4.0)), ..WELL }, None),
            (WELL, None),
        ];
        for (aim, wanted) in table {
            assert_eq!(said([(aim, false); 20]).last(), Some(&wanted), "{aim:?}");
        }
    }

    #[test]
    fn a_hint_comes_after_a_while_and_neither_comes_nor_goes_with_single_frames() {
        let (far, well) = ((Aim { seen: Some(seen(1.0)), ..WELL }, false), (WELL, false));
        let steady = said([far; 20]);
        let first = steady.iter().position(Option::is_some).expect("said");
        assert!((10..=12).contains(&first), "after {first} frames");
        assert_eq!(said([far, well].repeat(30)).iter().flatten().count(), 0, "every other frame is not enough");
        let mostly = said([far, far, far, well].repeat(20));
        let from = mostly.iter().position(Option::is_some).expect("said");
        assert!(mostly[from..].iter().all(|said| *said == Some(Hint::Far)), "once said it stays: {mostly:?}");
        let goes = said([far; 20].into_iter().chain([well; 20]));
        let changes = goes.windows(2).filter(|two| two[0] != two[1]).count();
        assert_eq!((changes, goes.last()), (2, Some(&None)), "it comes once and goes once");
    }

    #[test]
    fn while_codes_are_read_nothing_is_said() {
        let far = Aim { seen: Some(seen(1.0)), ..WELL };
        let frames = (0..60).map(|at| (far, at % 20 == 0));
        assert_eq!(said(frames).iter().flatten().count(), 0);
    }

    #[test]
    fn before_an_empty_counter_only_darkness_is_told() {
        let still = |aim: Aim| Aim { moving: 0.0, ..aim };
        for aim in [Aim { sharpness: Some(0.2), ..WELL }, Aim { overexposed: 0.6, ..WELL }] {
            assert_eq!(said([(still(aim), false); 40]).iter().flatten().count(), 0, "{aim:?}");
        }
        let dark = Aim { brightness: 20.0, sharpness: None, ..WELL };
        assert_eq!(said([(still(dark), false); 20]).last(), Some(&Some(Hint::Dark)));
        assert_eq!(said([(still(dark), false); 200]).last(), Some(&Some(Hint::Dark)));
    }

    /// A telephone's bright screen, before a room that is not quite even, in 640 × 480, with the code's corner at `corner`.
    fn counter(corner: (i64, i64)) -> Vec<u8> {
        let mut canvas: Vec<u8> = (0..640 * 480).map(|at| (60 + at % 640 / 12 + at / 640 / 24) as u8).collect();
        let mut screen = vec![235; 200 * 200];
        draw_qr_code(&mut screen, 200, (40, 40), "409632457895");
        for (at, pixel) in screen.into_iter().enumerate() {
            let (x, y) = (corner.0 + at as i64 % 200, corner.1 + at as i64 / 200);
            if (0..640).contains(&x) && (0..480).contains(&y) {
                canvas[(y * 640 + x) as usize] = pixel;
            }
        }
        canvas
    }

    /// Every pixel the mean of those around it, `reach` each way.
    fn blurred(canvas: &[u8], reach: i64) -> Vec<u8> {
        let along = |canvas: &[u8], (dx, dy): (i64, i64)| -> Vec<u8> {
            let pixel = |x: i64, y: i64| u32::from(canvas[(y.clamp(0, 479) * 640 + x.clamp(0, 639)) as usize]);
            let mean = |x: i64, y: i64| {
                let sum: u32 = (-reach..=reach).map(|by| pixel(x + by * dx, y + by * dy)).sum();
                (sum / (2 * reach + 1) as u32) as u8
            };
            (0..640 * 480).map(|at| mean(at % 640, at / 640)).collect()
        };
        along(&along(canvas, (1, 0)), (0, 1))
    }

    /// What is said of frames that the reader has looked at.
    fn said_of(frame: impl Fn(u32) -> Vec<u8>) -> Option<Hint> {
        let (mut reader, mut hints, start) = (Reader::default(), Hints::default(), Instant::now());
        let mut said = None;
        for at in 0..24 {
            let luma = Luma::new(640, 480, frame(at)).expect("a picture");
            let in_frame = reader.read(&luma);
            said = hints.frame(&in_frame.aim, !in_frame.found.is_empty(), start + FRAME * at);
        }
        said
    }

    #[test]
    fn what_the_reader_measures_of_real_frames_leads_to_the_right_words() {
        // A hand that holds a telephone is never quite still.
        let tremor = |at: u32| i64::from(at % 3) * 3;
        let held = |at: u32| counter((220 + tremor(at), 140));
        assert_eq!(said_of(held), None, "it is read");
        assert_eq!(said_of(|at| held(at).into_iter().map(|pixel| pixel / 40).collect()), Some(Hint::Covered));
        assert_eq!(said_of(|at| blurred(&held(at), 9)), Some(Hint::Blurred));
        // A light that shines into the lens: the code is there, and drowned.
        let drowned = |at: u32| {
            let mut frame = held(at);
            frame[..640 * 300].fill(255);
            frame
        };
        assert_eq!(said_of(drowned), Some(Hint::Bright));
    }
}
