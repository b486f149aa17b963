//! The promise: each accepted write-off has its slip, once; a shift's report and a copy come when they are asked for; a printer that is broken, gone, empty
//! or stuck is told in a sentence, loses nothing, and stops nobody.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests; clippy exempts only the tests themselves

#[path = "support/paper.rs"]
mod paper;
#[path = "support/printer.rs"]
mod printer;
#[path = "support/program.rs"]
mod program;
#[path = "support/till_window.rs"]
mod till_window;
#[path = "support/window.rs"]
mod window;

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use eframe::egui::{Event, Key, MissingGlyphPolicy, accesskit::Role};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use encoding_rs::GB18030;
use hexiao::config::{PrinterSettings, Settings};
use hexiao::ledger::Ledger;
use hexiao::printer::{Hand, Place, PrintError, Sent};
use hexiao::ui::sentence;
use hexiao::ui::text::Language;
use hexiao::write_off::Outcome;
use paper::Printed;
use printer::{Mood, Printer};
use till_window::Counter;
use window::{FRAMES, SMALL, Window};

/// Sample coupons of the sandbox's standard deck.
const USABLE: [&str; 2] = ["409632457895", "523817640921"];

/// A window in simplified Chinese whose settings name this printer.
fn open(place: &Place, slips: bool) -> Counter {
    let printer =
        PrinterSettings { place: Some(place.clone()), slips, heading: "老王茶馆".to_owned(), ..Default::default() };
    let mut counter = Counter::start(
        Language::SimplifiedChinese,
        SMALL,
        MissingGlyphPolicy::Tofu,
        |_| None,
        |places| {
            let settings = Settings { language: Some("zh-CN".to_owned()), printer, ..Settings::default() };
            settings.save(places).expect("saved");
            Settings::load(places)
        },
    );
    counter.wait_for("an open till", |window| window.state().is_open());
    counter
}

fn says(window: &Window, words: &str) -> bool {
    window.query_all_by_label_contains(words).next().is_some()
}

/// Clicks on the button of this key once it is there.
fn click(counter: &mut Counter, key: &str) {
    let words = counter.text.say(key);
    let is_it = |node: &Node<'_>| node.accesskit_node().label().is_some_and(|label| label == words);
    counter.wait_for(key, |window| window.query_all_by_role(Role::Button).any(|node| is_it(&node)));
    counter.window.query_all_by_role(Role::Button).find(is_it).expect("just seen").click();
    counter.window.run_steps(FRAMES);
}

/// Writes this coupon off.
fn write_off(counter: &mut Counter, code: &str) {
    counter.window.event(Event::Text(code.to_owned()));
    counter.press(Key::Enter);
    counter.wait_for("a usable coupon", |window| {
        window
            .state()
            .view()
            .is_some_and(|view| view.can_consume && view.recent.iter().all(|row| row.intent.code.as_str() != code))
    });
    counter.press(Key::F9);
    counter.wait_for("its receipt", |window| {
        let view = window.state().view();
        view.is_some_and(|view| {
            !view.under_way
                && view.recent.first().is_some_and(|row| row.intent.code.as_str() == code && row.outcome.is_some())
        })
    });
}

/// What is printed next. The window hears that there is something to print when it draws its next frame.
fn printed(counter: &mut Counter, printer: &Printer) -> Vec<u8> {
    let mut printed = None;
    counter.wait_for("something to print", |_| {
        printed = printer.try_next();
        printed.is_some()
    });
    printed.expect("just come")
}

/// The lines of the one piece of paper that these bytes are, without the spaces around them.
fn lines(bytes: &[u8]) -> Vec<String> {
    let pieces = paper::pieces(bytes, Some(GB18030));
    let [piece] = &pieces[..] else { panic!("{} pieces of paper", pieces.len()) };
    piece.iter().map(|Printed { words, .. }| words.trim().to_owned()).collect()
}

/// What stands beside this name on a slip.
fn beside<'a>(lines: &'a [String], name: &str) -> &'a str {
    lines.iter().find_map(|line| line.strip_prefix(name)).expect(name).trim()
}

#[test]
fn a_write_off_has_one_slip_and_a_copy_says_that_it_is_one() {
    let printer = Printer::on(Mood::Well);
    let mut counter = open(&printer.place, true);
    write_off(&mut counter, USABLE[0]);
    let slip = lines(&printed(&mut counter, &printer));
    let row = Ledger::open(&counter.places.practice_ledger_file()).expect("opened").recent(1).expect("read").remove(0);
    assert_eq!(slip[..2], ["老王茶馆", "核销小票"]);
    assert!(slip.contains(&row.intent.title.clone().expect("a title")), "{slip:?}");
    let worth = row.intent.face_value.as_ref().and_then(|value| value.cash()).expect("a cash coupon");
    assert!(slip.contains(&worth.to_string().replace('¥', "￥")), "{slip:?}");
    assert_eq!(beside(&slip, "券码"), USABLE[0]);
    assert_eq!(beside(&slip, "时间"), sentence::moment(&counter.text, row.intent.intended_at));
    assert_eq!(beside(&slip, "收银台"), row.till);
    assert_eq!(beside(&slip, "编号"), row.id.to_string());
    assert!(!slip.iter().any(|line| line.contains("副本")), "{slip:?}");

    counter.press(Key::F3);
    counter.wait_for("the row", |window| window.query_all_by_role(Role::Button).any(|node| is_row(&node, USABLE[0])));
    counter.window.query_all_by_role(Role::Button).find(|node| is_row(node, USABLE[0])).expect("just seen").click();
    counter.window.run_steps(FRAMES);
    click(&mut counter, "print-copy");
    let copy = lines(&printed(&mut counter, &printer));
    assert!(copy.contains(&"** 副本 **".to_owned()), "{copy:?}");
    let without_mark: Vec<_> = copy.into_iter().filter(|line| !line.contains("副本")).collect();
    assert_eq!(without_mark, slip, "nothing else is different");
    let done = counter.text.say("print-done");
    counter.wait_for("word of it", |window| says(window, &done));
    assert_eq!(printer.rest(), Vec::<Vec<u8>>::new(), "one slip and one copy were all");
}

fn is_row(node: &Node<'_>, code: &str) -> bool {
    node.accesskit_node().label().is_some_and(|label| label.starts_with(code))
}

#[test]
fn a_slip_that_was_not_printed_stops_nobody_and_is_printed_when_it_is_tried_again() {
    let printer = Printer::on(Mood::NoPaper);
    let mut counter = open(&printer.place, true);
    for code in USABLE {
        write_off(&mut counter, code);
        let no_paper = counter.text.say("printer-error-paper");
        counter.wait_for("word of the paper", |window| says(window, &no_paper));
    }
    let rows = Ledger::open(&counter.places.practice_ledger_file()).expect("opened").recent(9).expect("read");
    assert!(rows.iter().all(|row| matches!(row.outcome, Some(Outcome::Accepted { .. }))), "{rows:?}");
    counter.press(Key::Escape); // the next customer comes, and nobody has decided yet
    printer.be(Mood::LidOpen);
    click(&mut counter, "print-again");
    let lid = counter.text.say("printer-error-lid");
    counter.wait_for("word of the lid", |window| says(window, &lid));
    printer.be(Mood::Well);
    // In either order, and for one perhaps once more: it may still have been on its way from the try before.
    let again = counter.text.say("print-again");
    let mut codes = Vec::new();
    for _ in USABLE {
        let paper = loop {
            let mut paper = None;
            counter.wait_for("a slip, or the offer to try again", |window| {
                paper = printer.try_next();
                paper.is_some() || window.query_all_by_label(&again).next().is_some()
            });
            match paper {
                Some(paper) => break paper,
                None => click(&mut counter, "print-again"),
            }
        };
        let slip = lines(&paper);
        assert!(!slip.iter().any(|line| line.contains("副本")), "it is the first of its kind: {slip:?}");
        codes.push(beside(&slip, "券码").to_owned());
    }
    codes.sort();
    assert_eq!(codes, USABLE);
    counter.window.run_steps(FRAMES);
    assert_eq!(printer.rest(), Vec::<Vec<u8>>::new());
}

#[test]
fn no_slip_is_printed_where_none_is_wanted_and_a_shift_is_printed_when_somebody_asks() {
    let printer = Printer::on(Mood::Mute);
    let mut counter = open(&printer.place, false);
    Ledger::open(&counter.places.practice_ledger_file())
        .expect("opened")
        .open_shift(
            &counter.window.state().view().map(|_| Settings::default().till.name).expect("a till"),
            "李",
            jiff::Timestamp::now(),
        )
        .expect("a shift");
    write_off(&mut counter, USABLE[0]);
    counter.press(Key::F3);
    click(&mut counter, "page-history-shift");
    click(&mut counter, "print");
    let report = lines(&printed(&mut counter, &printer));
    assert_eq!(report[..2], ["老王茶馆", "班次报表"]);
    assert_eq!(beside(&report, "已核销"), "1");
    assert_eq!(beside(&report, "未核销"), "0");
    assert!(report.iter().any(|line| line.starts_with("第 1 班") && line.contains("李")), "{report:?}");
    assert!(report.iter().any(|line| line.starts_with("签字")), "{report:?}");
    // A printer that does not say whether it has printed is not taken for one that has.
    let taken = counter.text.say("print-taken");
    counter.wait_for("word of it", |window| says(window, &taken));
    assert_eq!(printer.rest(), Vec::<Vec<u8>>::new(), "no slip");
}

#[test]
fn a_test_page_shows_on_the_settings_page_what_came_of_it() {
    let printer = Printer::on(Mood::Well);
    let mut counter = open(&printer.place, false);
    counter.press(Key::F4);
    click(&mut counter, "settings-printer");
    click(&mut counter, "settings-printer-test");
    let page = lines(&printed(&mut counter, &printer));
    assert!(page.contains(&"12345678901234567890123456789012".to_owned()), "{page:?}");
    let done = counter.text.say("print-done");
    counter.wait_for("word of it", |window| says(window, &done));
    printer.be(Mood::NoPaper);
    click(&mut counter, "settings-printer-test");
    let no_paper = counter.text.say("printer-error-paper");
    counter.wait_for("word of the paper", |window| says(window, &no_paper));
}

#[test]
fn each_kind_of_trouble_with_a_printer_is_told_apart() {
    let mut hand = Hand::default();
    let slip = || b"slip".to_vec();
    for (mood, expected) in [
        (Mood::Well, Ok(Sent::Printed)),
        (Mood::Mute, Ok(Sent::Taken)),
        (Mood::NoPaper, Err(PrintError::NoPaper)),
        (Mood::LidOpen, Err(PrintError::LidOpen)),
    ] {
        let printer = Printer::on(mood);
        assert_eq!(hand.look(&printer.place), expected, "{mood:?}");
        assert_eq!(printer.rest(), Vec::<Vec<u8>>::new(), "a look prints nothing");
        assert_eq!(hand.send(&printer.place, slip()), expected, "{mood:?}");
        if expected.is_ok() {
            assert_eq!(printer.next(), slip());
        }
    }
    // It takes the slip and never says another word: nobody may take it for printed.
    let printer = Printer::on(Mood::Stuck);
    let came = hand.send_within(&printer.place, slip(), Duration::from_secs(2));
    assert_eq!(came, Err(PrintError::Stalled(printer.place.to_string())));
    // A port at which nobody listens.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let place = Place::Network { host: "127.0.0.1".to_owned(), port };
    assert_eq!(hand.send(&place, slip()), Err(PrintError::Refused(place.to_string())));
    let place = Place::Network { host: "printer.invalid".to_owned(), port: 9100 };
    assert_eq!(hand.send(&place, slip()), Err(PrintError::Unreachable(place.to_string())));
}

#[test]
fn a_printer_that_accepts_and_reads_nothing_is_not_waited_for_without_end() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let place = Place::Network { host: "127.0.0.1".to_owned(), port };
    let taken = std::thread::spawn(move || listener.accept());
    // What the system itself keeps for a connection would pass for taken: so much that it cannot.
    let came = Hand::default().send_within(&place, vec![b'-'; 64 << 20], Duration::from_secs(2));
    assert_eq!(came, Err(PrintError::Stalled(place.to_string())));
    assert!(taken.join().expect("ended").is_ok(), "it had accepted");
}

#[cfg(unix)]
#[test]
fn a_device_of_the_systems_takes_what_a_printer_on_usb_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lp0");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    let there = path.clone();
    let reader = std::thread::spawn(move || std::fs::read(there).expect("read"));
    let place = Place::Device(path);
    assert_eq!(Hand::default().send(&place, b"slip".to_vec()), Ok(Sent::Taken));
    assert_eq!(reader.join().expect("ended"), b"slip");
}

#[cfg(target_os = "linux")]
#[test]
fn a_serial_port_is_spoken_to_and_heard() {
    use std::os::fd::AsRawFd as _;
    let (mut printer, port) = serial2::SerialPort::pair().expect("a pseudo-terminal");
    let name = std::fs::read_link(format!("/proc/self/fd/{}", port.as_raw_fd())).expect("its name");
    let place = Place::Serial { port: name.display().to_string(), baud: 19_200 };
    printer.set_read_timeout(Duration::from_secs(60)).expect("set");
    let played = std::thread::spawn(move || {
        let (mut kept, mut byte) = (Vec::new(), [0]);
        let mut asked = 0;
        while asked < 4 {
            printer.read_exact(&mut byte).expect("heard");
            kept.push(byte[0]);
            if matches!(kept.last_chunk::<3>(), Some([0x10, 0x04, 2 | 4])) {
                kept.truncate(kept.len() - 3);
                printer.write_all(&[0x12]).expect("said");
                asked += 1;
            }
        }
        (kept, printer) // still there: what was said last is lost with a terminal
    });
    assert_eq!(Hand::default().send(&place, b"slip \x1b@ \x13 and \x11".to_vec()), Ok(Sent::Printed));
    assert_eq!(played.join().expect("ended").0, b"slip \x1b@ \x13 and \x11");
    drop(port);
}

#[test]
fn the_command_line_prints_a_shift_and_the_doctor_looks_at_the_printer() {
    let printer = Printer::on(Mood::Well);
    let folder = tempfile::tempdir().expect("a folder");
    let (settings, data) = (folder.path().join("settings.toml"), folder.path().join("data"));
    let run = |arguments: &[&str]| {
        let mut command = program::program(folder.path());
        command.arg("--settings").arg(&settings).arg("--data").arg(&data).args(arguments);
        let output = command.output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
    };
    std::fs::write(&settings, "[till]\nname = 'till 7'\n[window]\nlanguage = 'zh-CN'\n").expect("written");
    let (status, _, stderr) = run(&["shift", "open", "--cashier", "王"]);
    assert_eq!(status, 0, "{stderr}");
    let (status, _, stderr) = run(&["shift", "report", "--print"]);
    assert!(status == 2 && stderr.contains("no receipt printer"), "{stderr}");
    let place = printer.place.to_string();
    let text = format!(
        "[till]\nname = 'till 7'\n[window]\nlanguage = 'zh-CN'\n[printer]\nplace = '{place}'\npaper_mm = 80\nheading = '老王茶馆'\n"
    );
    std::fs::write(&settings, text).expect("written");
    let (status, stdout, stderr) = run(&["shift", "report", "--print"]);
    assert_eq!((status, stdout.as_str()), (0, ""), "{stderr}");
    let report = lines(&printer.next());
    assert!(report.iter().any(|line| line.starts_with("第 1 班 · till 7 · 王")), "{report:?}");
    assert!(report.contains(&"-".repeat(48)), "{report:?}");
    let (status, stdout, _) = run(&["shift", "close", "--print"]);
    assert!(status == 0 && stdout.starts_with("Shift 1 · till 7 · 王"), "{stdout}");
    assert!(!lines(&printer.next()).iter().any(|line| line.contains("进行中")));
    let (_, stdout, _) = run(&["doctor"]);
    assert!(stdout.contains(&format!("printer      the receipt printer at {place} has paper")), "{stdout}");
    printer.be(Mood::NoPaper);
    let (status, _, stderr) = run(&["shift", "report", "1", "--print"]);
    assert!(status == 2 && stderr.contains("has no paper"), "{stderr}");
    let (_, stdout, _) = run(&["doctor"]);
    assert!(stdout.contains("the printer has no paper"), "{stdout}");
    assert_eq!(printer.rest(), Vec::<Vec<u8>>::new());
}
