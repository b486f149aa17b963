//! Sounds on the system's sound card, from a thread of its own: whoever has something played never waits for a card.
//!
//! A till without a card, with a driver that fails or one that hangs, is as good as any: what cannot be heard is logged once and dropped. The
//! card is opened for the first sound and let go when none has come for a while: an open card wakes the computer a hundred times a second.

use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rodio::buffer::SamplesBuffer;
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink};

use super::{SAMPLE_RATE, Sound, Voice, Volume};
use crate::trouble::chain;

/// Sounds that may wait for a slow card; more are dropped.
const ORDERS_MAX: usize = 4;
/// A sound that is heard later than this would be taken for the next coupon's.
const LATEST: Duration = Duration::from_millis(800);
/// How long the card is kept after the last sound.
const KEEPS: Duration = Duration::from_secs(10);
/// How long a card that could not be opened is left alone.
const RETRY: Duration = Duration::from_secs(10);
const ONE_CHANNEL: NonZeroU16 = NonZeroU16::MIN;

/// One sound to be played.
struct Order {
    sound: Sound,
    volume: Volume,
    given_at: Instant,
}

/// The system's sound card.
pub struct SoundCard {
    orders: SyncSender<Order>,
}

impl SoundCard {
    /// The card, which is not touched before the first sound.
    pub fn start() -> Self {
        let (orders, incoming) = sync_channel(ORDERS_MAX);
        std::thread::spawn(move || work(&incoming));
        Self { orders }
    }
}

impl Voice for SoundCard {
    fn play(&self, sound: Sound, volume: Volume) {
        if !volume.is_silent() {
            self.orders.try_send(Order { sound, volume, given_at: Instant::now() }).ok(); // a card that hangs stays silent
        }
    }
}

/// Plays what is ordered until nobody orders any more.
fn work(orders: &Receiver<Order>) {
    let mut card: Option<MixerDeviceSink> = None;
    let mut failed_at: Option<Instant> = None;
    loop {
        let order = match card {
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(_) => orders.recv_timeout(KEEPS),
        };
        let order = match order {
            Ok(order) => order,
            Err(RecvTimeoutError::Timeout) => {
                card = None;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if card.is_none() && failed_at.is_none_or(|at| at.elapsed() >= RETRY) {
            match open() {
                Ok(opened) => card = Some(opened),
                Err(error) => {
                    if failed_at.is_none() {
                        tracing::info!("there is no sound: {}", chain(&error));
                    }
                    failed_at = Some(Instant::now());
                }
            }
        }
        if let Some(card) = &card
            && order.given_at.elapsed() < LATEST
        {
            card.mixer().add(SamplesBuffer::new(ONE_CHANNEL, SAMPLE_RATE, order.sound.samples(order.volume)));
        }
    }
}

fn open() -> Result<MixerDeviceSink, DeviceSinkError> {
    // ALSA's library would tell the terminal at length of a card that is not there; what it says now goes nowhere, and what it said before is forgotten.
    #[cfg(target_os = "linux")]
    drop(alsa::Output::local_error_handler());
    let builder = DeviceSinkBuilder::from_default_device()?;
    let mut card = builder.with_error_callback(|error| tracing::debug!("the sound card: {error}")).open_stream()?;
    card.log_on_drop(false);
    Ok(card)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_a_card_that_hangs_and_what_it_cannot_take_is_dropped() {
        let (orders, never_taken) = sync_channel(ORDERS_MAX);
        let card = SoundCard { orders };
        for _ in 0..10 {
            Sound::ALL.into_iter().for_each(|sound| card.play(sound, Volume::new(50))); // one that waited would wait for ever
        }
        assert_eq!(never_taken.try_iter().count(), ORDERS_MAX);
        card.play(Sound::Usable, Volume::new(0));
        assert_eq!(never_taken.try_iter().count(), 0, "silence needs no card");
    }
}
