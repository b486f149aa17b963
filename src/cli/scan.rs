//! `scan` and `cameras`: what the camera or a picture shows, without asking anybody about it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::mpsc::{self, Sender};

use super::Surroundings;
use super::error::Error;
use super::exit::Exit;
use super::interrupt::Interrupts;
use super::output::{self, note, printable};
use crate::code::{self, kind_word};
use crate::scan::{self, Found, ScanEvent, Scanner, Source, decode, read_picture};
use crate::trouble::chain;
use crate::ui::sentence;
use crate::ui::text::{Language, Text};

/// Texts remembered as seen at a camera; then the list begins anew, and an old one may be printed again.
const SEEN_MAX: usize = 10_000;
/// Events that may wait while what was found before is printed: whoever reads the output may be slow, or not reading at all.
const WAITING_MAX: usize = 64;
/// The longest `--seconds`: a day.
const SECONDS_MAX: u64 = 24 * 60 * 60;

/// Read the codes in pictures, or before a camera; nobody is asked about them
#[derive(Debug, clap::Args)]
pub struct Scan {
    /// Picture files: PNG, JPEG, WebP or BMP
    #[arg(value_name = "PICTURE", required_unless_present = "camera", conflicts_with = "camera")]
    pictures: Vec<PathBuf>,
    /// Scan from a camera: its number or name (see `cameras`), http://… for one in the network, or file:PATH to play a picture, or a folder of
    /// them, as one
    #[arg(long, value_name = "CAMERA")]
    camera: Option<Source>,
    /// End after so many seconds; without it, with Ctrl-C
    #[arg(long, value_name = "S", requires = "camera", value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    seconds: Option<u64>,
    /// End with the first code
    #[arg(long, requires = "camera")]
    once: bool,
}

/// When to stop watching a camera.
struct Until {
    /// After so long; `None` is for ever.
    time: Option<Duration>,
    first_code: bool,
}

/// What `scan --json` prints for a picture, or for a camera's new code. Other programs rely on these fields.
#[derive(Debug, Serialize)]
struct Line<'a> {
    picture: &'a str,
    found: Vec<FoundLine<'a>>,
    /// What reading took, without opening the file and unpacking it, in milliseconds.
    ms: f64,
    /// Why the picture could not be looked at; left out where it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct FoundLine<'a> {
    text: &'a str,
    format: &'static str,
    kind: &'static str,
}

impl Scan {
    /// Runs the command. As with `grep`, the exit status is 0 where something was found, 1 where nothing was, and 2 where a picture
    /// could not be looked at, whatever the others held.
    ///
    /// # Errors
    /// Where the output cannot be written, or the camera does not open.
    pub async fn run(self, around: &Surroundings) -> Result<Exit, Error> {
        let any = match self.camera {
            Some(source) => {
                let until = Until { time: self.seconds.map(Duration::from_secs), first_code: self.once };
                watch(source, until, around.json).await?
            }
            None => {
                let (mut any, mut all_readable) = (false, true);
                for path in self.pictures {
                    match look_at(&path, around.json) {
                        Ok(found) => any |= found,
                        Err(error @ Error::Picture { .. }) => {
                            let why = chain(&error);
                            if around.json {
                                let picture = &path.to_string_lossy();
                                output::json(&Line { picture, found: Vec::new(), ms: 0.0, error: Some(&why) })?;
                            }
                            note(&why);
                            all_readable = false;
                        }
                        Err(error) => return Err(error),
                    }
                }
                if !all_readable {
                    return Ok(Exit::Usage);
                }
                any
            }
        };
        Ok(if any { Exit::Done } else { Exit::Refused })
    }
}

/// Reads one picture and prints what is in it. Whether there was anything.
fn look_at(path: &Path, json: bool) -> Result<bool, Error> {
    let luma = read_picture(path).map_err(|source| Error::Picture { path: path.to_owned(), source })?;
    let started = Instant::now();
    let found = decode(&luma);
    tell(&path.to_string_lossy(), &found, started.elapsed(), json)?;
    Ok(!found.is_empty())
}

/// Watches a camera and prints each new text once. Whether there was any.
async fn watch(source: Source, until: Until, json: bool) -> Result<bool, Error> {
    let mut interrupts = Interrupts::listen()?;
    let (events, mut incoming) = mpsc::channel(WAITING_MAX);
    let scanner = Scanner::start(source, move |event| leave(&events, event));
    let deadline = until.time.map(|time| tokio::time::Instant::now() + time);
    let over = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(over);
    let mut camera: Option<String> = None;
    let mut seen = HashSet::new();
    let mut any = false;
    loop {
        let event = tokio::select! {
            event = incoming.recv() => event,
            () = &mut over => break,
            () = interrupts.next() => break,
        };
        match event {
            Some(ScanEvent::Opened { name, width, height, format, .. }) => {
                note(&format!("watching {name} ({width}×{height}, {format}); Ctrl-C ends"));
                camera = Some(name);
            }
            Some(ScanEvent::Found(found, _)) => {
                any = true;
                if seen.len() >= SEEN_MAX {
                    seen.clear();
                }
                if seen.insert(found.text.clone()) {
                    let name = camera.as_deref().unwrap_or_default();
                    tell(name, &[found], scanner.stats().last_decode, json)?;
                }
                if until.first_code {
                    break;
                }
            }
            // A camera that never opened is a wrong choice; one that was lost is waited for, as at a counter.
            Some(ScanEvent::Lost(why)) if camera.is_none() => return Err(why.into()),
            Some(ScanEvent::Lost(why)) => note(&sentence::camera_error(&Text::new(Language::English), &why)),
            Some(ScanEvent::Frame { .. }) => {}
            None => break,
        }
    }
    Ok(any)
}

/// Leaves an event to be printed. Where too many wait already the oldest are kept, so that the order of what was shown stays; a code
/// that stays before the camera is found again. Never waits: this is the scanner's own thread.
fn leave(events: &Sender<ScanEvent>, event: ScanEvent) {
    // Previews are for the window. The receiver is gone only once the scanner is about to be.
    if !matches!(event, ScanEvent::Frame { .. }) && events.try_send(event).is_err() {
        tracing::debug!("an event of the camera's was passed over");
    }
}

fn tell(picture: &str, found: &[Found], took: Duration, json: bool) -> Result<(), Error> {
    let line = |found: &'_ Found| (kind_word(&code::read(&found.text)), found.format.as_str());
    if json {
        let found = found.iter().map(|found| {
            let (kind, format) = line(found);
            FoundLine { text: &found.text, format, kind }
        });
        let ms = (took.as_secs_f64() * 1e6).round() / 1e3;
        return output::json(&Line { picture, found: found.collect(), ms, error: None });
    }
    if found.is_empty() {
        return output::line(&format!("{}: no code was found", printable(picture)));
    }
    for found in found {
        let (kind, format) = line(found);
        output::line(&format!("{}: {} ({kind}, {format})", printable(picture), printable(&found.text)))?;
    }
    Ok(())
}

/// What `cameras --json` prints, one line a camera.
#[derive(Debug, Serialize)]
struct CameraLine<'a> {
    index: u32,
    name: &'a str,
    description: &'a str,
}

/// Lists the cameras. None is no failure: that is what was asked.
///
/// # Errors
/// Where the system does not list them.
pub fn cameras(around: &Surroundings) -> Result<Exit, Error> {
    let cameras = scan::cameras()?;
    if cameras.is_empty() {
        note("no camera is connected; a hand scanner needs none");
    }
    for camera in &cameras {
        if around.json {
            let scan::CameraInfo { index, name, description } = camera;
            output::json(&CameraLine { index: *index, name, description })?;
        } else {
            output::line(&format!("{:>3}  {}", camera.index, printable(&camera.name)))?;
        }
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::CameraError;

    #[test]
    fn where_nobody_takes_what_is_found_the_oldest_waits_and_the_scanner_does_not() {
        let (events, mut incoming) = mpsc::channel(WAITING_MAX);
        leave(&events, ScanEvent::Lost(CameraError::None));
        for number in 1..=WAITING_MAX {
            leave(&events, ScanEvent::Lost(CameraError::NotFound(number.to_string())));
        }
        leave(&events, ScanEvent::Frame { has_preview: true });
        assert_eq!(incoming.len(), WAITING_MAX);
        assert!(matches!(incoming.try_recv(), Ok(ScanEvent::Lost(CameraError::None))));
    }
}
