//! Starting with the system: when whoever keeps the till logs in, or the till logs in by itself, the window opens.
//!
//! Whether it does is the system's to know and not the settings': an entry under `autostart` on Linux desktops, under `Run` in Windows' registry, a
//! launch agent on macOS. So it is asked each time, and what a person has switched off elsewhere is off here as well.
//!
//! The last two are written by `auto-launch`. On Linux we write the entry ourselves, by the Desktop Entry Specification: that crate overlooks
//! `XDG_CONFIG_HOME`, and a path with a space in it.

use std::path::{Path, PathBuf};
use std::{env, io};

use crate::config::Places;

/// Why the system was not told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This system has no place for it, or names no home folder.
    #[error("this system does not say where programs are named that start with it")]
    Nowhere,
    /// A path that cannot be written there.
    #[error("{} cannot be started with the system: its path has characters that cannot be written there", .0.display())]
    Path(PathBuf),
    /// The system's own.
    #[error("the system did not let itself be told")]
    System(#[source] io::Error),
}

/// Whether the program starts with the system; `None` where that cannot be chosen: on a system without a desktop nobody would heed it.
pub fn chosen() -> Option<bool> {
    if !system::is_heeded() {
        return None;
    }
    is_on().inspect_err(|error| tracing::warn!("whether it starts with the system is not known: {error}")).ok()
}

/// Whether the program starts with the system.
///
/// # Errors
/// [`Error`].
pub fn is_on() -> Result<bool, Error> {
    system::is_on()
}

/// Has it start with the system from now on, with what is in `places`, or no longer.
///
/// # Errors
/// [`Error`].
pub fn turn(on: bool, places: &Places) -> Result<(), Error> {
    system::turn(on.then(|| words(places)).transpose()?)
}

/// The program and its options, as they are to be started.
fn words(places: &Places) -> Result<Vec<String>, Error> {
    // An AppImage runs from a folder that is another one each time.
    let program = env::var_os("APPIMAGE").filter(|_| cfg!(target_os = "linux")).map(PathBuf::from);
    let program = program.map_or_else(env::current_exe, Ok).map_err(Error::System)?;
    let mut words = vec![text_of(&program)?];
    let usual = Places::new(None, None).ok();
    if usual.as_ref() != Some(places) {
        for (option, path) in [("--settings", &places.settings_file), ("--data", &places.data_folder)] {
            words.extend([option.to_owned(), text_of(path)?]);
        }
    }
    Ok(words)
}

fn text_of(path: &Path) -> Result<String, Error> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    text.map(str::to_owned).ok_or_else(|| Error::Path(path.to_owned()))
}

#[cfg(not(any(windows, target_os = "macos")))]
mod system {
    use std::fs;

    use directories::BaseDirs;

    use super::*;
    use crate::private;

    /// The entry's name.
    const ENTRY: &str = "hexiao.desktop";
    /// What a desktop's own page writes into an entry that is switched off there.
    const OFF: [&str; 2] = ["Hidden=true", "X-GNOME-Autostart-enabled=false"];

    /// A session of a desktop says which it is. Where none runs, entries are nobody's.
    pub fn is_heeded() -> bool {
        ["XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP", "DESKTOP_SESSION"]
            .into_iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    pub fn is_on() -> Result<bool, Error> {
        is_on_in(&folder()?).map_err(Error::System)
    }

    pub fn turn(words: Option<Vec<String>>) -> Result<(), Error> {
        turn_in(&folder()?, words.as_deref()).map_err(Error::System)
    }

    fn folder() -> Result<PathBuf, Error> {
        BaseDirs::new().map(|dirs| dirs.config_dir().join("autostart")).ok_or(Error::Nowhere)
    }

    pub(super) fn is_on_in(folder: &Path) -> io::Result<bool> {
        match fs::read_to_string(folder.join(ENTRY)) {
            Ok(entry) => Ok(!entry.lines().any(|line| OFF.contains(&line.trim()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn turn_in(folder: &Path, words: Option<&[String]>) -> io::Result<()> {
        let file = folder.join(ENTRY);
        match words {
            Some(words) => {
                private::make_folder(folder)?;
                private::write(&file, entry(words).as_bytes())
            }
            None => match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    pub(super) fn entry(words: &[String]) -> String {
        let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        format!("[Desktop Entry]\nType=Application\nName=hexiao\nExec={}\nTerminal=false\n", words.join(" "))
    }

    /// A word of a command in an entry: between quotes, with what means something in them escaped, and each of those backslashes once more, as in every
    /// value of an entry; a per cent sign would be a placeholder.
    fn quoted(word: &str) -> String {
        let mut quoted = "\"".to_owned();
        for letter in word.chars() {
            match letter {
                '\\' => quoted.push_str(r"\\\\"),
                '"' | '`' | '$' => quoted.extend(['\\', '\\', letter]),
                '%' => quoted.push_str("%%"),
                letter => quoted.push(letter),
            }
        }
        quoted + "\""
    }
}

#[cfg(any(windows, target_os = "macos"))]
mod system {
    use auto_launch::{AutoLaunch, AutoLaunchBuilder, MacOSLaunchMode, WindowsEnableMode};

    use super::*;

    /// These systems heed it always.
    pub fn is_heeded() -> bool {
        true
    }

    pub fn is_on() -> Result<bool, Error> {
        entry(&[env::current_exe().map_err(Error::System)?.display().to_string()])?.is_enabled().map_err(told)
    }

    pub fn turn(words: Option<Vec<String>>) -> Result<(), Error> {
        match words {
            Some(words) => entry(&words)?.enable().map_err(told),
            None if is_on()? => entry(&["hexiao".to_owned()])?.disable().map_err(told),
            None => Ok(()),
        }
    }

    fn entry(words: &[String]) -> Result<AutoLaunch, Error> {
        let written: Result<Vec<String>, Error> = words.iter().map(|word| written(word)).collect();
        let written = written?;
        let (program, options) = written.split_first().ok_or(Error::Nowhere)?;
        AutoLaunchBuilder::new()
            .set_app_name("hexiao")
            .set_app_path(program)
            .set_args(options)
            .set_windows_enable_mode(WindowsEnableMode::CurrentUser)
            .set_macos_launch_mode(MacOSLaunchMode::LaunchAgent)
            .build()
            .map_err(told)
    }

    /// A word as the crate hands it on, which looks at none: on Windows between quotes, as programs there take a command apart – where a backslash before
    /// the last quote would make it a letter; on macOS into XML.
    fn written(word: &str) -> Result<String, Error> {
        if cfg!(windows) {
            let backslashes = word.len() - word.trim_end_matches('\\').len();
            return Ok(format!("\"{word}{}\"", "\\".repeat(backslashes)));
        }
        match word.contains(['&', '<', '>']) {
            true => Err(Error::Path(word.into())),
            false => Ok(word.to_owned()),
        }
    }

    fn told(error: auto_launch::Error) -> Error {
        match error {
            auto_launch::Error::Io(error) => Error::System(error),
            error => Error::System(io::Error::other(error.to_string())),
        }
    }
}

#[cfg(test)]
#[cfg(not(any(windows, target_os = "macos")))]
mod tests {
    use std::fs;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn it_is_turned_on_and_off_and_what_a_desktop_has_switched_off_is_off() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("autostart");
        let is_on = || system::is_on_in(&folder).expect("known");
        assert!(!is_on());
        system::turn_in(&folder, None).expect("nothing to do");
        system::turn_in(&folder, Some(&words(&["/usr/bin/hexiao"]))).expect("turned on");
        assert!(is_on());
        let file = folder.join("hexiao.desktop");
        let entry = fs::read_to_string(&file).expect("there");
        for off in ["Hidden=true", "X-GNOME-Autostart-enabled=false"] {
            fs::write(&file, format!("{entry}{off}\n")).expect("written");
            assert!(!is_on(), "{off}");
        }
        system::turn_in(&folder, Some(&words(&["/usr/bin/hexiao"]))).expect("turned on again");
        assert!(is_on());
        system::turn_in(&folder, None).expect("turned off");
        assert!(!is_on() && !file.exists());
    }

    #[test]
    fn a_path_with_anything_in_it_is_one_word_of_the_entry() {
        let entry = system::entry(&words(&["/opt/my till/hexiao", "--data", "/srv/50% \"of\" $HOME\\x`"]));
        let exec = entry.lines().find_map(|line| line.strip_prefix("Exec=")).expect("a command");
        assert_eq!(exec, r#""/opt/my till/hexiao" "--data" "/srv/50%% \\"of\\" \\$HOME\\\\x\\`""#);
    }

    #[test]
    fn usual_places_go_without_saying_and_others_are_named() {
        let places = Places::new(Some("/a/settings.toml".into()), Some("/a/data".into())).expect("places");
        assert_eq!(super::words(&places).expect("words")[1..], ["--settings", "/a/settings.toml", "--data", "/a/data"]);
        if let Ok(usual) = Places::new(None, None) {
            assert_eq!(super::words(&usual).expect("words").len(), 1);
        }
        assert!(text_of(Path::new("/a\nb")).is_err(), "it would be a line of its own");
    }
}
