//! Turns what the program knows into what a cashier reads: the one place where verdicts, reasons and trouble become sentences.

use jiff::{SignedDuration, Timestamp};

use super::text::Text;
use super::theme::Tone;
use crate::code::Refusal;
use crate::coupon::{Hours, Kind, Phase, Reason, Status, Validity, beijing};
use crate::desk::{NotRecorded, NotWrittenOff};
use crate::plain;
use crate::printer::PrintError;
use crate::scan::{CameraError, Hint, SerialError};
use crate::trouble::{Class, Trouble};
use crate::write_off::{FaceValue, Outcome, WriteOff};

/// Most of a merchant's own words that stand in large letters, in characters.
const VALUE_CHARS_MAX: usize = 40;

/// What was scanned instead of a coupon, and what to do.
pub fn refusal(text: &Text, refusal: Refusal) -> String {
    text.say(match refusal {
        Refusal::Empty => "refusal-empty",
        Refusal::Payment => "refusal-payment",
        Refusal::Link => "refusal-link",
        Refusal::SetUp => "refusal-set-up",
        Refusal::TooLong => "refusal-too-long",
        Refusal::IllegalCharacters => "refusal-illegal-characters",
    })
}

/// Why a coupon cannot be used.
pub fn reason(text: &Text, reason: &Reason) -> String {
    let key = format!("reason-{}", reason.word());
    match reason {
        Reason::UnknownStatus(word) => text.say_with(&key, &[("status", word)]),
        _ => text.say(&key),
    }
}

/// The same in a word or two, for a list.
pub fn reason_in_short(text: &Text, reason: &Reason) -> String {
    match reason {
        Reason::Consumed => status(text, &Status::Consumed),
        Reason::Expired => status(text, &Status::Expired),
        Reason::Gifting => status(text, &Status::Gifting),
        Reason::GiftTimeout => status(text, &Status::GiftTimeout),
        Reason::Deleted => status(text, &Status::Deleted),
        Reason::Unavailable => status(text, &Status::Unavailable),
        Reason::UnknownStatus(word) => status(text, &Status::Other(word.clone())),
        Reason::WrongKind => kind(text, &Kind::Member),
        Reason::NotYetValid => text.say("short-not-yet-valid"),
        Reason::CannotConsume => text.say("short-cannot-consume"),
    }
}

/// What went wrong between question and answer, and what to do. An error code has a sentence of its own, or its class's.
pub fn trouble(text: &Text, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable(_) => text.say("trouble-unreachable"),
        Trouble::Untrusted(_) => text.say("trouble-untrusted"),
        Trouble::NoAnswer(_) => text.say("trouble-no-answer"),
        Trouble::Nonsense(_) => text.say("trouble-nonsense"),
        Trouble::Account(_) => text.say("trouble-account"),
        Trouble::Refused { errcode, class, .. } => refused(text, *errcode, *class),
    }
}

/// The key of the sentence for why an intent was not written down, and what to do.
pub fn not_recorded(why: &NotRecorded) -> &'static str {
    match why {
        NotRecorded::InDoubt(_) => "not-recorded-in-doubt",
        NotRecorded::JustAccepted(_) => "not-recorded-just-accepted",
        NotRecorded::Failed(_) => "not-recorded-text",
        NotRecorded::Damaged(_) => "not-recorded-damaged",
        NotRecorded::Displaced(_) => "not-recorded-displaced",
    }
}

/// The sentence for one of the platform's error codes.
pub fn refused(text: &Text, errcode: i64, class: Class) -> String {
    let own = format!("platform-{errcode}");
    if text.has(&own) {
        return text.say(&own);
    }
    let key = match class {
        Class::Token => "class-token",
        Class::Wait => "class-wait",
        Class::Unknown => "class-unknown",
        Class::AlreadyConsumed => "class-already-consumed",
        Class::CannotBeUsed => "class-cannot-be-used",
        Class::WrongCode => "class-wrong-code",
        Class::Configuration => "class-configuration",
        Class::OffPath => "class-off-path",
    };
    text.say_with(key, &[("errcode", &errcode.to_string())])
}

/// What became of a press, and what to do now.
pub fn outcome(
    text: &Text,
    outcome: Option<&Outcome>,
    sent: bool,
    why: Option<&NotWrittenOff>,
    class_of: impl Fn(i64) -> Class,
) -> String {
    match outcome {
        Some(Outcome::Accepted { .. }) => text.say("accepted-text"),
        Some(Outcome::Rejected { errcode: Some(errcode), .. }) => refused(text, *errcode, class_of(*errcode)),
        Some(Outcome::Rejected { errcode: None, .. }) => {
            let why = match why {
                Some(NotWrittenOff::Already(other)) => {
                    return text.say_with("rejected-already", &[("number", &other.to_string())]);
                }
                _ if sent => return text.say("rejected-settled"),
                Some(NotWrittenOff::OutOfDate) => text.say("rejected-out-of-date"),
                Some(NotWrittenOff::Trouble(why)) => trouble(text, why),
                None => text.say("rejected-look-again"),
            };
            text.say_with("rejected-not-sent", &[("why", &why)])
        }
        Some(Outcome::Unknown { .. }) | None => text.say("unknown-text"),
    }
}

/// At which till and by whom something was written off, and under which number.
pub fn written_off_by(text: &Text, write_off: &WriteOff) -> String {
    let (till, number) = (text.shown(&write_off.till), write_off.id.to_string());
    match write_off.cashier.as_str() {
        "" => text.say_with("written-off-at", &[("till", &till), ("number", &number)]),
        cashier => {
            let cashier = text.shown(cashier);
            text.say_with("written-off-by", &[("till", &till), ("cashier", &cashier), ("number", &number)])
        }
    }
}

/// What a coupon is worth, in the fewest words; `None` where its kind has no such words. A merchant's own are cut off where they are many:
/// see [`worth_in_full`].
pub fn value(text: &Text, kind: &Kind) -> Option<String> {
    let own_words = |words: &String| {
        let words = plain::line(words, VALUE_CHARS_MAX);
        (!words.is_empty()).then(|| text.shown(&words).into_owned())
    };
    match kind {
        Kind::Cash { least: Some(least), reduce } => {
            Some(text.say_with("value-cash-least", &[("least", &least.to_string()), ("reduce", &reduce.to_string())]))
        }
        Kind::Cash { least: None, reduce } => Some(text.say_with("value-cash", &[("reduce", &reduce.to_string())])),
        Kind::Discount(percent) => {
            // Chinese names what is left to pay, in tenths: 30 % off is 7 折, 15 % off is 8.5 折.
            let left = 100 - (*percent).min(100);
            let fold = if left % 10 == 0 { format!("{}", left / 10) } else { format!("{}.{}", left / 10, left % 10) };
            Some(text.say_with("value-discount", &[("percent", &percent.to_string()), ("fold", &fold)]))
        }
        Kind::Groupon(words) | Kind::Gift(words) | Kind::General(words) => own_words(words),
        Kind::Member | Kind::Other(_) => None,
    }
}

/// What the merchant says that a coupon is worth, to the end; `None` where [`value`] has said it all.
pub fn worth_in_full(text: &Text, kind: &Kind) -> Option<String> {
    let (Kind::Groupon(words) | Kind::Gift(words) | Kind::General(words)) = kind else { return None };
    let words = words.trim();
    (words != plain::line(words, VALUE_CHARS_MAX)).then(|| text.shown(words).into_owned())
}

/// When a coupon can be used: a line a day.
pub fn hours(text: &Text, hours: &[Hours]) -> String {
    let line = |hours: &Hours| {
        let key = format!("day-{}", hours.day);
        let day = if text.has(&key) { text.say(&key) } else { hours.day.clone() };
        match hours.between {
            None => day,
            Some([(begin, begin_minute), (end, end_minute)]) => {
                format!("{day} {begin:02}:{begin_minute:02}–{end:02}:{end_minute:02}")
            }
        }
    };
    hours.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The name of a kind of card.
pub fn kind(text: &Text, kind: &Kind) -> String {
    let key = format!("kind-{}", kind.as_wire());
    if text.has(&key) { text.say(&key) } else { text.say_with("kind-other", &[("word", kind.as_wire())]) }
}

/// The name of a status.
pub fn status(text: &Text, status: &Status) -> String {
    match status {
        Status::Other(word) => text.say_with("status-other", &[("word", word)]),
        known => text.say(&format!("status-{}", known.as_wire())),
    }
}

/// A validity window's two sides, in Beijing time.
pub fn validity(text: &Text, validity: &Validity) -> String {
    let told = |at: Option<Timestamp>| at.map(|at| date_time_in_list(text, at)); // short: two in a line
    let (begin, end) = (told(validity.begin), told(validity.end));
    match (&begin, &end) {
        (Some(begin), Some(end)) => text.say_with("validity-between", &[("begin", begin), ("end", end)]),
        (Some(begin), None) => text.say_with("validity-from", &[("begin", begin)]),
        (None, Some(end)) => text.say_with("validity-until", &[("end", end)]),
        (None, None) => text.say("validity-always"),
    }
}

/// How long until a validity window begins or ends, or since it did; `None` where it never ends.
pub fn phase(text: &Text, phase: Phase) -> Option<String> {
    let (key, time) = match phase {
        Phase::Before(time) => ("phase-before", time),
        Phase::Inside(Some(time)) => ("phase-inside", time),
        Phase::Inside(None) => return None,
        Phase::After(time) => ("phase-after", time),
    };
    Some(text.say_with(key, &[("time", &span(text, time))]))
}

/// A length of time in one unit, the largest of which there are at least two.
fn span(text: &Text, time: SignedDuration) -> String {
    let minutes = time.as_mins().unsigned_abs();
    match minutes {
        0..120 => text.say_count("time-minutes", minutes),
        120..2880 => text.say_count("time-hours", minutes / 60),
        _ => text.say_count("time-days", minutes / (24 * 60)),
    }
}

/// What a coupon was worth at its press; says so where that was not recorded.
pub fn face_value(text: &Text, value: Option<&FaceValue>) -> String {
    match value {
        Some(FaceValue::Cash(amount)) => amount.to_string(),
        Some(FaceValue::Counted(kind)) => kind_word(text, kind),
        None => text.say("worth-not-recorded"),
    }
}

/// The word for a kind of card, by the platform's; that itself where there is no other.
pub fn kind_word(text: &Text, kind: &str) -> String {
    let key = format!("kind-{kind}");
    if text.has(&key) && kind != "other" { text.say(&key) } else { text.shown(kind).into_owned() }
}

/// How a write-off stands: the tone, and the key of the word.
pub fn outcome_word(outcome: Option<&Outcome>) -> (Tone, &'static str) {
    match outcome {
        None => (Tone::Calm, "latest-word-open"),
        Some(Outcome::Unknown { .. }) => (Tone::Attention, "latest-word-unknown"),
        Some(Outcome::Accepted { .. }) => (Tone::Done, "latest-word-accepted"),
        Some(Outcome::Rejected { .. }) => (Tone::Bad, "latest-word-rejected"),
    }
}

/// A moment in Beijing, to the minute.
pub fn date_time(text: &Text, at: Timestamp) -> String {
    beijing(at).strftime(&text.say("format-date-time")).to_string()
}

/// The same, where many stand below each other: as wide as any other, in figures.
pub fn date_time_in_list(text: &Text, at: Timestamp) -> String {
    beijing(at).strftime(&text.say("format-in-list")).to_string()
}

/// A moment in Beijing, to the second.
pub fn moment(text: &Text, at: Timestamp) -> String {
    beijing(at).strftime(&text.say("format-moment")).to_string()
}

/// A moment of today in Beijing, to the second.
pub fn time_of_day(at: Timestamp) -> String {
    beijing(at).strftime("%H:%M:%S").to_string()
}

/// Why there is no picture from the camera, and what to do.
pub fn camera_error(text: &Text, error: &CameraError) -> String {
    match error {
        CameraError::None => text.say("camera-error-none"),
        CameraError::NotFound(name) => text.say_with("camera-error-not-found", &[("name", name)]),
        CameraError::Busy => text.say("camera-error-busy"),
        CameraError::Denied => text.say("camera-error-denied"),
        CameraError::Gone => text.say("camera-error-gone"),
        CameraError::Frozen => text.say("camera-error-frozen"),
        CameraError::Hung => text.say("camera-error-hung"),
        CameraError::Stuck => text.say("camera-error-stuck"),
        CameraError::Unreachable(host) => text.say_with("camera-error-unreachable", &[("name", host)]),
        CameraError::NoStream(host) => text.say_with("camera-error-no-stream", &[("name", host)]),
        CameraError::Unsupported(_) => text.say("camera-error-unsupported"),
        CameraError::Picture(..) => text.say("camera-error-pictures"),
        CameraError::Other(_) => text.say("camera-error-other"),
    }
}

/// Why nothing is read, and what to do.
pub fn hint(text: &Text, hint: Hint) -> String {
    text.say(match hint {
        Hint::Covered => "hint-covered",
        Hint::Dark => "hint-dark",
        Hint::Bright => "hint-bright",
        Hint::CutOff => "hint-cut-off",
        Hint::Far => "hint-far",
        Hint::Moving => "hint-moving",
        Hint::Blurred => "hint-blurred",
        Hint::Faint => "hint-faint",
    })
}

/// Why nothing comes from the scanner's serial port, and what to do.
pub fn serial_error(text: &Text, error: &SerialError) -> String {
    match error {
        SerialError::Missing(port) => text.say_with("serial-error-missing", &[("port", port)]),
        SerialError::Denied(port) => text.say_with("serial-error-denied", &[("port", port)]),
        SerialError::Busy(port) => text.say_with("serial-error-busy", &[("port", port)]),
        SerialError::Other { name, .. } => text.say_with("serial-error-other", &[("port", name)]),
    }
}

/// Why nothing was printed, and what to do.
pub fn print_error(text: &Text, error: &PrintError) -> String {
    let at = |key, place: &str| text.say_with(key, &[("place", place)]);
    match error {
        PrintError::Missing(place) => at("printer-error-missing", place),
        PrintError::Unreachable(place) => at("printer-error-unreachable", place),
        PrintError::Refused(place) => at("printer-error-refused", place),
        PrintError::Denied(place) => at("printer-error-denied", place),
        PrintError::Busy(place) => at("printer-error-busy", place),
        PrintError::NoPaper => text.say("printer-error-paper"),
        PrintError::LidOpen => text.say("printer-error-lid"),
        PrintError::Faulty => text.say("printer-error-faulty"),
        PrintError::Stalled(place) => at("printer-error-stalled", place),
        PrintError::Unread(_) => text.say("printer-error-unread"),
        PrintError::Other { place, .. } => at("printer-error-other", place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupon::{DAYS, Fen, STATUSES};
    use crate::platform::codes::ERROR_CODES;
    use crate::ui::text::Language;

    fn both() -> [Text; 2] {
        [Text::new(Language::SimplifiedChinese), Text::new(Language::English)]
    }

    #[test]
    fn every_error_code_has_a_sentence_in_every_language() {
        for text in both() {
            for row in ERROR_CODES {
                let sentence = refused(&text, row.code, row.class);
                assert!(sentence.chars().count() > 5, "{}: {sentence}", row.code);
            }
        }
    }

    #[test]
    fn every_status_reason_and_refusal_has_words() {
        for text in both() {
            for known in STATUSES {
                assert!(!status(&text, &known).is_empty());
            }
            assert!(status(&text, &Status::Other("FROZEN".to_owned())).contains("FROZEN"));
            assert!(reason(&text, &Reason::UnknownStatus("FROZEN".to_owned())).contains("FROZEN"));
            for known in [
                Reason::Consumed,
                Reason::Expired,
                Reason::NotYetValid,
                Reason::Gifting,
                Reason::GiftTimeout,
                Reason::Deleted,
                Reason::Unavailable,
                Reason::WrongKind,
                Reason::CannotConsume,
            ] {
                assert!(!reason(&text, &known).is_empty());
                assert!((1..24).contains(&reason_in_short(&text, &known).chars().count()));
            }
            for known in crate::code::REFUSALS {
                assert!(!refusal(&text, known).is_empty());
            }
        }
    }

    #[test]
    fn a_coupons_worth_is_said_as_each_language_says_it() {
        let [chinese, english] = both();
        let cash = Kind::Cash { least: Some(Fen(10000)), reduce: Fen(2000) };
        assert_eq!(value(&chinese, &cash).as_deref(), Some("减 ¥20 · 满 ¥100 可用"));
        assert_eq!(value(&english, &cash).as_deref(), Some("¥20 off when you spend ¥100"));
        assert_eq!(value(&chinese, &Kind::Discount(30)).as_deref(), Some("7 折"));
        assert_eq!(value(&chinese, &Kind::Discount(15)).as_deref(), Some("8.5 折"));
        assert_eq!(value(&english, &Kind::Discount(30)).as_deref(), Some("30 % off"));
        assert_eq!(value(&english, &Kind::Gift(" Tea ".to_owned())).as_deref(), Some("Tea"));
        assert_eq!(value(&english, &Kind::Groupon(" ".to_owned())), None);
        assert_eq!(worth_in_full(&english, &Kind::Gift(" Tea ".to_owned())), None, "all was said");
        let dinner = Kind::Groupon("双人套餐\n-进口红酒一支。\n-孜然牛肉一份。".to_owned());
        assert_eq!(value(&chinese, &dinner).as_deref(), Some("双人套餐 -进口红酒一支。 -孜然牛肉一份。"));
        assert_eq!(worth_in_full(&chinese, &dinner).as_deref(), Some("双人套餐\n-进口红酒一支。\n-孜然牛肉一份。"));
        let long = Kind::General("x".repeat(100));
        assert_eq!(value(&english, &long).map(|words| words.chars().count()), Some(VALUE_CHARS_MAX));
        assert_eq!(worth_in_full(&english, &long).map(|words| words.chars().count()), Some(100));
    }

    #[test]
    fn the_times_at_which_a_coupon_can_be_used_are_a_line_each_and_every_day_has_a_name() {
        let [chinese, english] = both();
        let at = |day: &str, between| Hours { day: day.to_owned(), between };
        let limits = [at("MONDAY", Some([(11, 0), (14, 5)])), at("HOLIDAY", None), at("PAYDAY", None)];
        assert_eq!(hours(&chinese, &limits), "周一 11:00–14:05\n节假日\nPAYDAY");
        assert_eq!(hours(&english, &limits), "Monday 11:00–14:05\nHolidays\nPAYDAY");
        for text in both() {
            assert!(DAYS.iter().all(|day| text.has(&format!("day-{day}"))));
        }
    }

    #[test]
    fn times_are_said_in_one_unit() {
        let [_, english] = both();
        for (minutes, said) in
            [(0, "0 minutes"), (1, "1 minute"), (119, "119 minutes"), (125, "2 hours"), (2880, "2 days")]
        {
            assert_eq!(span(&english, SignedDuration::from_mins(minutes)), said);
        }
        assert_eq!(
            phase(&english, Phase::Inside(Some(SignedDuration::from_hours(72)))).as_deref(),
            Some("3 days left")
        );
    }
}
