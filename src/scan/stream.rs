//! Which of a camera's formats and sizes is the best to read codes from, and what is asked of its controls. Pure: the camera's driver is elsewhere.

use std::time::Duration;

use super::frame::PixelFormat;

/// A format that a camera offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How the pixels come.
    pub format: PixelFormat,
    /// Frames a second, as promised; 0 where it promises none.
    pub rate: u32,
}

/// The size that reads best for its cost: a code held at arm's length has modules of 3 to 6 pixels in it, and a frame takes a weak till some milliseconds.
const BEST: (u32, u32) = (1280, 720);
/// Pixels of what is nearly as good: 1024 × 768 to 1280 × 960.
const NEARLY_BEST: std::ops::RangeInclusive<u32> = 780_000..=1_300_000;
/// Pixels of what still reads a code that is held close: 640 × 480 and up.
const ENOUGH: u32 = 300_000;
/// Frame rate below which nobody can aim.
const RATE_MIN: u32 = 15;
/// Frame rate from which more is no gain in aiming.
const RATE_GOOD: u32 = 24;
/// Frame rate above which more is only work.
const RATE_ENOUGH: u32 = 30;

/// How gladly an offer is *not* taken; the smallest is the best. By weight: fast enough to aim by, the size, a good rate, brightness that need not be
/// unpacked – at 1280 × 720 a JPEG costs 2 ms more a frame than a plain buffer, and mostly brings twice the rate, as USB 2 has no room for plain
/// pictures of that size –, colours that need no arithmetic, and a rate near 30.
pub(super) fn reluctance(offer: &Offer) -> impl Ord + use<> {
    let pixels = offer.width.saturating_mul(offer.height);
    let distance = pixels.abs_diff(BEST.0 * BEST.1);
    let size = match pixels {
        _ if (offer.width, offer.height) == BEST => (0, 0),
        _ if NEARLY_BEST.contains(&pixels) => (1, distance),
        _ if (ENOUGH..*NEARLY_BEST.start()).contains(&pixels) => (2, distance),
        _ if pixels > *NEARLY_BEST.end() => (3, distance),
        _ => (4, distance),
    };
    let unpacking = match offer.format {
        PixelFormat::Gray | PixelFormat::Nv12 | PixelFormat::Yuyv => 0,
        PixelFormat::Rgb | PixelFormat::Bgr => 1,
        PixelFormat::Mjpeg => 2,
    };
    (offer.rate < RATE_MIN, size, offer.rate < RATE_GOOD, unpacking, offer.rate.abs_diff(RATE_ENOUGH))
}

/// What is asked of a camera's controls; `None`: nothing, it stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// Whether it finds the focus by itself.
    pub autofocus: Option<bool>,
    /// How long a picture is exposed; short ones freeze a hand that moves.
    pub exposure: Option<Duration>,
    /// Whether its lamp is lit.
    pub torch: Option<bool>,
}

/// A control of a camera. Not every camera has every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Finding the focus by itself.
    Autofocus,
    /// How long a picture is exposed.
    Exposure,
    /// A lamp.
    Torch,
}

impl Control {
    /// Whether cameras can be told here: elsewhere their controls have other numbers, and other units.
    pub const CAN_BE_SET: bool = cfg!(target_os = "linux");
}

/// One control set to a value, by Video4Linux' number for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub control: Control,
    pub id: u32,
    pub value: Value,
}

/// What a control takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Switch(bool),
    Number(i64),
}

impl Controls {
    /// What is to be set, in this order: an exposure is taken only once it is no longer the camera's own choice.
    /// The numbers are those of the kernel's `linux/v4l2-controls.h`.
    pub(super) fn settings(&self) -> Vec<Setting> {
        const FOCUS_AUTO: u32 = 0x009A_090C;
        const EXPOSURE_AUTO: u32 = 0x009A_0901;
        const EXPOSURE_MANUAL: i64 = 1;
        /// In units of 100 µs.
        const EXPOSURE_ABSOLUTE: u32 = 0x009A_0902;
        const FLASH_LED_MODE: u32 = 0x009C_0901;
        const LED_OFF: i64 = 0;
        const LED_TORCH: i64 = 2;
        let mut settings = Vec::new();
        if let Some(on) = self.autofocus {
            settings.push(Setting { control: Control::Autofocus, id: FOCUS_AUTO, value: Value::Switch(on) });
        }
        if let Some(exposure) = self.exposure {
            let units = i64::try_from(exposure.as_micros() / 100).unwrap_or(i64::MAX).max(1);
            settings.push(Setting {
                control: Control::Exposure,
                id: EXPOSURE_AUTO,
                value: Value::Number(EXPOSURE_MANUAL),
            });
            settings.push(Setting { control: Control::Exposure, id: EXPOSURE_ABSOLUTE, value: Value::Number(units) });
        }
        if let Some(on) = self.torch {
            let value = Value::Number(if on { LED_TORCH } else { LED_OFF });
            settings.push(Setting { control: Control::Torch, id: FLASH_LED_MODE, value });
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use PixelFormat::{Gray, Mjpeg, Nv12, Rgb, Yuyv};
    use proptest::prelude::*;

    use super::*;

    fn offer(width: u32, height: u32, format: PixelFormat, rate: u32) -> Offer {
        Offer { width, height, format, rate }
    }

    #[test]
    fn of_what_real_cameras_offer_the_best_is_chosen() {
        let table = [
            // A webcam on USB 2: plain pictures are slow at its size.
            (
                vec![
                    offer(640, 480, Yuyv, 30),
                    offer(1280, 720, Yuyv, 10),
                    offer(1280, 720, Mjpeg, 30),
                    offer(1920, 1080, Mjpeg, 30),
                    offer(1920, 1080, Yuyv, 5),
                ],
                offer(1280, 720, Mjpeg, 30),
            ),
            // The same on USB 3.
            (
                vec![offer(1280, 720, Mjpeg, 60), offer(1280, 720, Yuyv, 30), offer(640, 480, Yuyv, 60)],
                offer(1280, 720, Yuyv, 30),
            ),
            // Half the rate is not worth the unpacking saved.
            (vec![offer(1280, 720, Yuyv, 15), offer(1280, 720, Mjpeg, 30)], offer(1280, 720, Mjpeg, 30)),
            // An old one.
            (
                vec![offer(320, 240, Yuyv, 30), offer(640, 480, Yuyv, 30), offer(352, 288, Yuyv, 30)],
                offer(640, 480, Yuyv, 30),
            ),
            // A laptop's.
            (vec![offer(640, 480, Mjpeg, 30), offer(1280, 800, Mjpeg, 30)], offer(1280, 800, Mjpeg, 30)),
            // One that is too large for a till, with a small size beside it.
            (
                vec![offer(2592, 1944, Mjpeg, 30), offer(1920, 1080, Mjpeg, 30), offer(800, 600, Mjpeg, 30)],
                offer(800, 600, Mjpeg, 30),
            ),
            // Nothing but large ones: the least of them.
            (vec![offer(3840, 2160, Mjpeg, 30), offer(1920, 1080, Mjpeg, 30)], offer(1920, 1080, Mjpeg, 30)),
            // One that promises no rate offers nothing better.
            (vec![offer(1280, 720, Gray, 0), offer(640, 480, Gray, 0)], offer(1280, 720, Gray, 0)),
            // A virtual one.
            (
                vec![offer(1920, 1080, Nv12, 60), offer(1280, 720, Rgb, 30), offer(1280, 720, Nv12, 30)],
                offer(1280, 720, Nv12, 30),
            ),
        ];
        for (offers, wanted) in table {
            assert_eq!(offers.iter().min_by_key(|offer| reluctance(offer)), Some(&wanted), "{offers:?}");
        }
    }

    #[test]
    fn only_what_is_asked_for_is_set_and_a_manual_exposure_first() {
        assert_eq!(Controls::default().settings(), []);
        let all = Controls { autofocus: Some(false), exposure: Some(Duration::from_millis(10)), torch: Some(true) };
        let set: Vec<_> = all.settings().iter().map(|setting| (setting.id, setting.value)).collect();
        let wanted = [
            (0x009A_090C, Value::Switch(false)),
            (0x009A_0901, Value::Number(1)),
            (0x009A_0902, Value::Number(100)),
            (0x009C_0901, Value::Number(2)),
        ];
        assert_eq!(set, wanted);
        let dark = Controls { torch: Some(false), ..Controls::default() };
        assert_eq!(dark.settings()[0].value, Value::Number(0));
    }

    proptest! {
        #[test]
        fn any_offer_has_its_place(width in any::<u32>(), height in any::<u32>(), rate in any::<u32>()) {
            let any = offer(width, height, Yuyv, rate);
            let best = offer(1280, 720, Yuyv, 30);
            prop_assert!(reluctance(&best) <= reluctance(&any));
        }
    }
}
