//! The log: one file a day in the data folder, and warnings on the command line's stderr.
//!
//! Lines go straight into the file, so that a program which dies leaves all of them behind. `HEXIAO_LOG` sets what is
//! logged (`debug`, or `hexiao::scan=trace,info`). No secret may reach it: this program's own types cannot print theirs, and
//! other crates, for which nobody here can vouch, are heard from warnings up only, whatever `HEXIAO_LOG` says.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::ZonedDateTime;
use jiff::civil::Date;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, ParseError, Targets, filter_fn};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::{Filter, Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{config, plain, private};

/// The environment variable that sets what is logged.
pub const FILTER_VARIABLE: &str = "HEXIAO_LOG";
/// What is logged where it says nothing.
const FILTER_DEFAULT: Level = Level::INFO;
/// How many daily files are kept.
const FILES_MAX: usize = 14;
/// Most that one daily file takes; what comes after is lost, not the disk.
const FILE_BYTES_MAX: u64 = 32 << 20;
/// Most characters of one event.
const LINE_CHARS_MAX: usize = 8_000;

/// Who else hears warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// Warnings and errors go to stderr too: for the command line.
    Warnings,
    /// Nobody: for the window, which shows what matters itself.
    Quiet,
}

/// Why the log is less than it should be. What can be logged is logged all the same.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or the file cannot be written.
    #[error("nothing is logged to a file")]
    File(#[source] config::Error),
    /// `HEXIAO_LOG` makes no sense.
    #[error(
        "{FILTER_VARIABLE} is not understood, so everything from info up is logged; write it like debug or hexiao::scan=trace,info"
    )]
    Filter(#[source] ParseError),
    /// Somebody started a log before.
    #[error("the log is already started")]
    Started(#[source] tracing_subscriber::util::TryInitError),
}

/// Starts the log for the rest of the program's life, with its files in `folder`. To be called once.
///
/// # Errors
/// The worst thing that keeps the log from being what it should be; none of them is a reason to stop.
pub fn start(folder: &Path, console: Console) -> Result<(), Error> {
    let directives = std::env::var(FILTER_VARIABLE).unwrap_or_default();
    let (filter, filter_error) = match parse_filter(&directives) {
        Ok(filter) => (filter, None),
        Err(error) => (Targets::new().with_default(FILTER_DEFAULT), Some(error)),
    };
    let (file, file_error) = match DailyFile::open(folder.to_owned(), ZonedDateTime::now().date()) {
        Ok(file) => (Some(file), None),
        Err(error) => (None, Some(error)),
    };
    subscriber(file, filter, console, io::stderr).try_init().map_err(Error::Started)?;
    match (file_error, filter_error) {
        (Some(error), _) => Err(Error::File(error)),
        (None, Some(error)) => Err(Error::Filter(error)),
        (None, None) => Ok(()),
    }
}

fn parse_filter(directives: &str) -> Result<Targets, ParseError> {
    if directives.trim().is_empty() { Ok(Targets::new().with_default(FILTER_DEFAULT)) } else { directives.parse() }
}

fn subscriber<W>(file: Option<DailyFile>, filter: Targets, console: Console, stderr: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let file = file.map(|file| {
        let format = tracing_subscriber::fmt::format().with_timer(LocalTime);
        let layer = tracing_subscriber::fmt::layer().event_format(OneLine(format)).with_ansi(false).with_writer(file);
        layer.log_internal_errors(false).with_filter(filter.and(others_from_warnings_up()))
    });
    let console = (console == Console::Warnings).then(|| {
        let format = tracing_subscriber::fmt::format().without_time().with_target(false);
        let layer = tracing_subscriber::fmt::layer().event_format(OneLine(format)).with_ansi(false).with_writer(stderr);
        layer.log_internal_errors(false).with_filter(LevelFilter::WARN)
    });
    Registry::default().with(file).with(console)
}

fn others_from_warnings_up<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Filter<S> {
    filter_fn(|event| event.target().split("::").next() == Some("hexiao") || *event.level() <= Level::WARN)
}

/// One event is one line, whatever stands in it: nobody's words can add an event that never was, or command the terminal of whoever reads
/// the log.
struct OneLine<F>(F);

impl<S, N, F> FormatEvent<S, N> for OneLine<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut words = String::new();
        self.0.format_event(context, Writer::new(&mut words), event)?;
        writeln!(writer, "{}", plain::line(&words, LINE_CHARS_MAX))
    }
}

/// The till's own time with its offset, as people at it read the clock.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", ZonedDateTime::now().strftime("%Y-%m-%dT%H:%M:%S%.3f%:z"))
    }
}

/// A file of mode 0600 for each day, of which the newest [`FILES_MAX`] are kept.
struct DailyFile {
    folder: PathBuf,
    open: Mutex<Open>,
}

struct Open {
    day: Date,
    file: File,
    bytes_left: u64,
}

impl DailyFile {
    fn open(folder: PathBuf, day: Date) -> Result<Self, config::Error> {
        config::make_folder(&folder)?;
        let open = Open::for_day(&folder, day)
            .map_err(|source| config::Error::Write { path: file_name(&folder, day), source })?;
        Ok(Self { folder, open: Mutex::new(open) })
    }

    fn append(&self, bytes: &[u8], day: Date) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.day != day {
            *open = Open::for_day(&self.folder, day)?;
        }
        let Some(left) = open.bytes_left.checked_sub(bytes.len() as u64) else { return Ok(()) };
        open.bytes_left = left;
        open.file.write_all(bytes) // at the end of the file also when another process writes to it
    }
}

impl Open {
    fn for_day(folder: &Path, day: Date) -> io::Result<Self> {
        let file = private::open(&file_name(folder, day), File::options().append(true).create(true))?;
        remove_old(folder)?;
        let bytes_left = FILE_BYTES_MAX.saturating_sub(file.metadata()?.len());
        Ok(Self { day, file, bytes_left })
    }
}

fn file_name(folder: &Path, day: Date) -> PathBuf {
    folder.join(format!("hexiao.{day}.log"))
}

/// Removes all but the newest [`FILES_MAX`] of the files that are the log's by their name.
fn remove_old(folder: &Path) -> io::Result<()> {
    let mut days = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let day = name.to_str().and_then(|name| name.strip_prefix("hexiao.")?.strip_suffix(".log"));
        days.extend(day.and_then(|day| day.parse::<Date>().ok()));
    }
    days.sort_unstable();
    let superfluous = days.len().saturating_sub(FILES_MAX);
    for day in &days[..superfluous] {
        fs::remove_file(file_name(folder, *day)).ok(); // another process may have been quicker
    }
    Ok(())
}

impl<'a> MakeWriter<'a> for DailyFile {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &DailyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes, ZonedDateTime::now().date())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;

    /// What a terminal would show.
    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("sound").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Logs with `directives`; gives what the files and the screen hold afterwards.
    fn logged(directives: &str, console: Console, log: impl FnOnce()) -> (String, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = DailyFile::open(folder.path().join("logs"), date(2026, 3, 1)).expect("opened");
        let screen = Screen::default();
        let for_layer = screen.clone();
        let filter = parse_filter(directives).expect("understood");
        let subscriber = subscriber(Some(file), filter, console, move || for_layer.clone());
        tracing::subscriber::with_default(subscriber, log);
        let files = fs::read_dir(folder.path().join("logs")).expect("there");
        let in_files = files.map(|file| fs::read_to_string(file.expect("there").path()).expect("text")).collect();
        let on_screen = String::from_utf8(screen.0.lock().expect("sound").clone()).expect("text");
        (in_files, on_screen)
    }

    #[test]
    fn the_file_gets_everything_from_info_up_and_the_command_line_warnings() {
        let log = || {
            tracing::debug!("a debug line");
            tracing::info!("an info line");
            tracing::warn!("a warning");
        };
        let (file, screen) = logged("", Console::Warnings, log);
        assert_eq!(file.lines().count(), 2, "{file}");
        assert!(file.contains("INFO hexiao::logging::tests: an info line") && file.contains("a warning"), "{file}");
        assert_eq!(screen.trim(), "WARN a warning");
        let (file, screen) = logged("warn", Console::Quiet, log);
        assert_eq!((file.lines().count(), screen.as_str()), (1, ""));
        let (file, _) = logged("hexiao::logging=debug,warn", Console::Quiet, log);
        assert_eq!(file.lines().count(), 3);
    }

    #[test]
    fn other_crates_fine_words_are_never_logged_as_they_may_hold_secrets() {
        let (file, screen) = logged("trace", Console::Warnings, || {
            tracing::trace!(target: "hyper::proto", "GET /?access_token=hush");
            tracing::info!(target: "hexiao_like", "hush");
            tracing::warn!(target: "hyper::proto", "a warning");
            tracing::trace!(target: "hexiao::scan", "a trace");
        });
        assert!(!file.contains("hush") && !screen.contains("hush"), "{file}{screen}");
        assert!(
            file.contains("a warning") && file.contains("a trace") && screen.contains("a warning"),
            "{file}{screen}"
        );
    }

    #[test]
    fn one_event_is_one_line_and_commands_nobody_whatever_stands_in_it() {
        let nasty =
            "sold\r\n2026-03-01T00:00:00.000+08:00  INFO hexiao: accepted\u{2028}x\x1b[2J\u{9b}1m\u{202E}05\u{200B}";
        let (file, screen) = logged("", Console::Warnings, || {
            tracing::warn!("{nasty}");
            tracing::warn!(field = nasty, other = ?nasty, third = %nasty, "{}", "x".repeat(1_000_000));
        });
        for text in [&file, &screen] {
            assert_eq!(text.lines().count(), 2, "{text}");
            assert!(text.chars().all(|c| plain::is_plain(c) || c == '\n'), "{text:?}");
            assert!(text.chars().count() <= 2 * (LINE_CHARS_MAX + 1));
        }
    }

    #[test]
    fn a_new_day_begins_a_new_file_and_the_oldest_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = date(2026, 2, 20);
        let day = |n: usize| first.saturating_add(jiff::Span::new().days(n as i64));
        fs::write(folder.path().join("hexiao.notes.log"), "not a day's").expect("written");
        let log = DailyFile::open(folder.path().to_owned(), first).expect("opened");
        for n in 0..=FILES_MAX {
            log.append(format!("{n}\n").as_bytes(), day(n)).expect("written");
            log.append(b"and more\n", day(n)).expect("written");
        }
        assert!(!file_name(folder.path(), first).exists());
        assert!(folder.path().join("hexiao.notes.log").exists(), "what is not the log's stays");
        for n in 1..=FILES_MAX {
            let text = fs::read_to_string(file_name(folder.path(), day(n))).expect("there");
            assert_eq!(text, format!("{n}\nand more\n"));
        }
    }

    #[test]
    fn a_day_s_file_never_outgrows_its_limit_also_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let day = date(2026, 3, 1);
        File::create(file_name(folder.path(), day)).and_then(|file| file.set_len(FILE_BYTES_MAX - 4)).expect("made");
        let log = DailyFile::open(folder.path().to_owned(), day).expect("opened");
        log.append(b"too long", day).expect("dropped without a word");
        log.append(b"fit", day).expect("written");
        assert_eq!(fs::metadata(file_name(folder.path(), day)).expect("there").len(), FILE_BYTES_MAX - 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_files_are_their_owners_alone_on_every_day() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let logs = folder.path().join("logs");
        let (one, two) = (date(2026, 3, 1), date(2026, 3, 2));
        let log = DailyFile::open(logs.clone(), one).expect("opened");
        log.append(b"x", two).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&logs), mode(&file_name(&logs, one)), mode(&file_name(&logs, two))), (0o700, 0o600, 0o600));
    }

    #[test]
    fn a_folder_that_cannot_be_had_and_a_filter_that_means_nothing_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("logs"), "a file").expect("written");
        let error =
            DailyFile::open(folder.path().join("logs"), date(2026, 3, 1)).err().map(Error::File).expect("no folder");
        assert!(matches!(error, Error::File(config::Error::Write { .. })), "{error:?}");
        parse_filter("hexiao=loud").expect_err("no level");
    }
}
