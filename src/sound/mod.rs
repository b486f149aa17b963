//! What the counter sounds like: four sounds that can be told apart with closed eyes.
//!
//! They are made here, of a few tones each ([`Sound::tones`]), and belong to nobody else. What tells them apart is more than their pitch: how many
//! tones, rising or falling or neither, smooth or harsh. Who makes them heard stands behind [`Voice`]: the sound card ([`SoundCard`]), or a
//! test that writes them down.

mod player;

use std::f32::consts::TAU;
use std::num::NonZeroU32;
use std::time::Duration;

pub use player::SoundCard;

/// Samples a second, of one channel.
pub const SAMPLE_RATE: NonZeroU32 = match NonZeroU32::new(44_100) {
    Some(rate) => rate,
    None => NonZeroU32::MIN,
};
/// How long a tone takes to swell and to die away: a tone that is cut off clicks.
const EDGE: Duration = Duration::from_millis(6);
/// How loud a sound is at most, of what the card can do: tones are heard better than they are liked.
const LOUDEST: f32 = 0.6;

/// What is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sound {
    /// The coupon can be used: two tones, rising.
    Usable,
    /// It cannot, or it was not written off: two low, harsh tones, falling.
    Refused,
    /// It is written off: four tones, rising to a long last one.
    WrittenOff,
    /// Somebody must look: six short tones, up and down.
    Attention,
}

/// A tone or a rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// Its pitch in hertz; 0 for a rest.
    pub hertz: f32,
    /// How long it is, in milliseconds.
    pub ms: u16,
    /// Whether it is harsh, with many overtones, and not smooth.
    pub harsh: bool,
}

const fn smooth(hertz: f32, ms: u16) -> Tone {
    Tone { hertz, ms, harsh: false }
}

const fn harsh(hertz: f32, ms: u16) -> Tone {
    Tone { hertz, ms, harsh: true }
}

impl Sound {
    /// Every sound.
    pub const ALL: [Self; 4] = [Self::Usable, Self::Refused, Self::WrittenOff, Self::Attention];

    /// What it is made of.
    pub fn tones(self) -> &'static [Tone] {
        match self {
            Self::Usable => const { &[smooth(880.0, 90), smooth(1318.5, 140)] },
            Self::Refused => const { &[harsh(233.1, 180), smooth(0.0, 60), harsh(174.6, 320)] },
            Self::WrittenOff => {
                const { &[smooth(523.3, 80), smooth(659.3, 80), smooth(784.0, 80), smooth(1046.5, 360)] }
            }
            Self::Attention => {
                const {
                    &[
                        smooth(987.8, 70),
                        smooth(740.0, 70),
                        smooth(987.8, 70),
                        smooth(740.0, 70),
                        smooth(987.8, 70),
                        smooth(740.0, 70),
                    ]
                }
            }
        }
    }

    /// It as samples from −1 to 1, [`SAMPLE_RATE`] a second, this loud.
    pub fn samples(self, volume: Volume) -> Vec<f32> {
        let loudness = LOUDEST * f32::from(volume.percent()) / 100.0;
        self.tones().iter().flat_map(|tone| tone.samples(loudness)).collect()
    }
}

impl Tone {
    fn samples(self, loudness: f32) -> impl Iterator<Item = f32> {
        let rate = SAMPLE_RATE.get() as f32;
        let count = u32::from(self.ms) * SAMPLE_RATE.get() / 1000;
        let edge = (EDGE.as_secs_f32() * rate).max(1.0);
        (0..count).map(move |at| {
            let (at, left) = (at as f32, (count - at) as f32);
            let phase = TAU * self.hertz * at / rate;
            // Of a harsh tone the overtones, falling off slowly: half of a saw's.
            let wave = if self.harsh {
                (1..=7u8).map(|n| (phase * f32::from(n)).sin() / f32::from(n)).sum::<f32>() / 1.9
            } else {
                phase.sin()
            };
            let swell = (at / edge).min(left / edge).min(1.0);
            wave * swell * loudness
        })
    }
}

/// How loud, from 0, which is silence, to 100 percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume(u8);

impl Volume {
    /// `percent`, and no more than 100.
    pub fn new(percent: u32) -> Self {
        Self(u8::try_from(percent).unwrap_or(100).min(100))
    }

    /// In percent.
    pub fn percent(self) -> u8 {
        self.0
    }

    /// Whether nothing is heard at all.
    pub fn is_silent(self) -> bool {
        self.0 == 0
    }
}

/// Whoever makes sounds heard.
pub trait Voice: Send {
    /// Has `sound` heard. Does not wait, and that it cannot be heard is nobody's error.
    fn play(&self, sound: Sound, volume: Volume);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tones that are heard, without rests.
    fn heard(sound: Sound) -> Vec<Tone> {
        sound.tones().iter().copied().filter(|tone| tone.hertz > 0.0).collect()
    }

    /// Up, down, or neither.
    fn course(sound: Sound) -> i32 {
        let tones = heard(sound);
        let steps: Vec<i32> = tones.windows(2).map(|two| if two[1].hertz > two[0].hertz { 1 } else { -1 }).collect();
        if steps.iter().all(|step| *step == steps[0]) { steps[0] } else { 0 }
    }

    fn ms(sound: Sound) -> u32 {
        sound.tones().iter().map(|tone| u32::from(tone.ms)).sum()
    }

    #[test]
    fn each_two_sounds_differ_in_two_ways_at_least_that_need_no_good_ear() {
        for (index, one) in Sound::ALL.into_iter().enumerate() {
            for other in Sound::ALL.into_iter().skip(index + 1) {
                let ways = [
                    heard(one).len() != heard(other).len(),
                    course(one) != course(other),
                    heard(one)[0].harsh != heard(other)[0].harsh,
                    ms(one).abs_diff(ms(other)) >= 150,
                    // Where they begin is a fourth apart or more.
                    (heard(one)[0].hertz / heard(other)[0].hertz).log2().abs() >= 5.0 / 12.0,
                ];
                let ways = ways.into_iter().filter(|differs| *differs).count();
                assert!(ways >= 2, "{one:?} and {other:?} differ in {ways}");
            }
        }
    }

    #[test]
    fn sounds_are_short_neither_clip_nor_click_and_grow_with_the_volume() {
        let loudest = |samples: &[f32]| samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        for sound in Sound::ALL {
            assert!((200..=700).contains(&ms(sound)), "{sound:?}: {} ms", ms(sound));
            let [full, half, none] = [100, 50, 0].map(|percent| sound.samples(Volume::new(percent)));
            assert!((0.3..=1.0).contains(&loudest(&full)), "{sound:?}: {}", loudest(&full));
            assert!((loudest(&half) * 2.0 - loudest(&full)).abs() < 0.001);
            assert_eq!(loudest(&none), 0.0);
            assert!(full.windows(2).all(|two| (two[1] - two[0]).abs() < 0.2), "{sound:?} clicks");
            assert!(full.first().is_some_and(|first| first.abs() < 0.01));
            assert!(full.last().is_some_and(|last| last.abs() < 0.02));
        }
        assert_eq!(Volume::new(1_000), Volume::new(100));
    }
}
