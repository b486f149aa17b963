//! Looking write-offs up: which rows a search finds, newest first, and the rows themselves for the part that is looked at.
//!
//! A search gives numbers and not rows: eight bytes for each of a million, so that a list of all of them can be scrolled anywhere, and only what is in
//! sight is read. It goes by keys and never counts off: every piece says below which number the next one begins. A piece is what an index
//! finds at once – the beginning of a code, days, a shift, what is unsettled – or a stretch of the table, short enough that whoever asked
//! can be told something, and can change their mind, several times a second.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, named_params};

use super::{Error, Ledger};
use crate::plain;
use crate::write_off::{ShiftId, WriteOff, WriteOffId};

/// Rows of the table that one piece of a search looks at.
pub const PIECE_ROWS: i64 = 50_000;
/// So many rows found by an index are sorted; with more the table is read.
pub(super) const BY_INDEX_MAX: i64 = 100_000;
/// So many digits, and nothing else, are the beginning of a code. Fewer may as well stand in a title: «100».
const CODE_DIGITS_MIN: usize = 4;
/// Longest text that is searched for, in characters.
pub const SEARCH_CHARS_MAX: usize = 100;

/// Which outcomes are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Written off.
    Accepted,
    /// Not written off.
    Rejected,
    /// Neither, as far as is known.
    Unsettled,
}

/// What is looked for: every row that is all of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// How its code or card's id begins, or what stands in its title, its cashier's or till's name; whichever case. Four digits or more are the beginning of a code
    /// alone. Empty: any.
    pub text: String,
    /// Intended at this moment or later.
    pub from: Option<Timestamp>,
    /// Intended before this moment.
    pub until: Option<Timestamp>,
    /// With this outcome.
    pub stage: Option<Stage>,
    /// Pressed in this shift.
    pub shift: Option<ShiftId>,
}

/// A piece of what a search finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub ids: Vec<WriteOffId>,
    /// Below which number to look on; `None` at the end.
    pub next: Option<WriteOffId>,
}

/// The doubt before a final outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// When it began.
    pub at: Timestamp,
    /// What happened instead of an answer.
    pub message: String,
}

impl Search {
    /// Whether every row is found.
    pub fn is_for_all(&self) -> bool {
        *self == Self::default()
    }

    fn is_beginning_of_a_code(&self) -> bool {
        self.text.len() >= CODE_DIGITS_MIN && self.text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// What a row has to be, whichever way it was come by.
const FILTER: &str = "(:any IS NULL OR code LIKE :begin ESCAPE '\\' OR card_id LIKE :begin ESCAPE '\\'
        OR title LIKE :any ESCAPE '\\' OR cashier LIKE :any ESCAPE '\\' OR till LIKE :any ESCAPE '\\')
     AND intended_at >= :from AND intended_at < :until
     AND (:stage IS NULL OR :stage = CASE stage WHEN 'open' THEN 'unknown' ELSE stage END)
     AND (:shift IS NULL OR shift_id = :shift)
     AND code >= :code AND code < :code_end AND id < :below AND id >= :least";
// The ways to come by rows.
pub(super) const BY_CODE: &str = "INDEXED BY write_off_by_code";
pub(super) const BY_TIME: &str = "INDEXED BY write_off_by_time";
pub(super) const BY_SHIFT: &str = "INDEXED BY write_off_by_shift";
pub(super) const BY_STAGE: &str = "INDEXED BY write_off_unsettled";
pub(super) const BY_TABLE: &str = "NOT INDEXED";
pub(super) const COUNT_OF_CODE: &str = "SELECT count(*) FROM (SELECT 1 FROM write_off INDEXED BY write_off_by_code
     WHERE code >= ?1 AND code < ?2 LIMIT ?3)";
pub(super) const COUNT_BETWEEN: &str = "SELECT count(*) FROM (SELECT 1 FROM write_off INDEXED BY write_off_by_time
     WHERE intended_at >= ?1 AND intended_at < ?2 LIMIT ?3)";
pub(super) const NEWEST: &str = "SELECT max(id) FROM write_off";
pub(super) const ROW: &str = "WHERE id = ?1";
const DOUBT: &str = "SELECT doubt_at, doubt FROM write_off WHERE id = ?1";

/// The statement that goes by `way`.
pub(super) fn finding(way: &str) -> String {
    let by_index = match way {
        BY_SHIFT => " AND shift_id = :shift",
        BY_STAGE => " AND stage IN ('open', 'unknown')",
        _ => "",
    };
    // A tree's own order costs nothing; what an index finds is sorted by who asked.
    let order = if way == BY_TABLE { " ORDER BY id DESC" } else { "" };
    format!("SELECT id FROM write_off {way} WHERE {FILTER}{by_index}{order}")
}

impl Ledger {
    /// The number of the newest write-off.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn newest(&self) -> Result<Option<WriteOffId>, Error> {
        let newest = self.connection.query_row(NEWEST, [], |row| row.get::<_, Option<i64>>(0));
        Ok(newest.map_err(|e| self.failed(e))?.map(WriteOffId))
    }

    /// A piece of what `search` finds: the first, or the one below what the last one said.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn find(&self, search: &Search, below: Option<WriteOffId>) -> Result<Found, Error> {
        let Some(newest) = self.newest()? else { return Ok(Found::default()) };
        let from = search.from.map_or(i64::MIN, Timestamp::as_millisecond);
        let until = search.until.map_or(i64::MAX, Timestamp::as_millisecond);
        let is_code = search.is_beginning_of_a_code();
        let (code, code_end) = match is_code {
            true => (search.text.as_str(), format!("{}{}", search.text, char::MAX)),
            false => ("", char::MAX.to_string()),
        };
        let few = |count: Result<i64, rusqlite::Error>| count.map(|count| count < BY_INDEX_MAX);
        let choosing = || -> rusqlite::Result<&'static str> {
            let count = |sql, values: &[&dyn rusqlite::ToSql]| {
                self.connection.prepare_cached(sql)?.query_row(values, |row| row.get::<_, i64>(0))
            };
            Ok(if search.stage == Some(Stage::Unsettled) {
                BY_STAGE
            } else if search.shift.is_some() {
                BY_SHIFT
            } else if is_code && few(count(COUNT_OF_CODE, &[&code, &code_end, &BY_INDEX_MAX]))? {
                BY_CODE
            } else if (search.from.is_some() || search.until.is_some())
                && few(count(COUNT_BETWEEN, &[&from, &until, &BY_INDEX_MAX]))?
            {
                BY_TIME
            } else {
                BY_TABLE
            })
        };
        let way = choosing().map_err(|e| self.failed(e))?;
        let below = below.map_or(newest.0.saturating_add(1), |id| id.0);
        let least = if way == BY_TABLE { below.saturating_sub(PIECE_ROWS) } else { i64::MIN };
        let words = Some(escaped(&search.text)).filter(|words| !words.is_empty() && !is_code);
        let looking = || -> rusqlite::Result<Vec<WriteOffId>> {
            let mut statement = self.connection.prepare_cached(&finding(way))?;
            let mut rows = statement.query(named_params! {
                ":any": words.as_ref().map(|words| format!("%{words}%")),
                ":begin": words.as_ref().map(|words| format!("{words}%")),
                ":from": from,
                ":until": until,
                ":stage": search.stage.map(|stage| match stage {
                    Stage::Accepted => "accepted",
                    Stage::Rejected => "rejected",
                    Stage::Unsettled => "unknown",
                }),
                ":shift": search.shift.map(|id| id.0),
                ":code": code,
                ":code_end": code_end,
                ":below": below,
                ":least": least,
            })?;
            let mut ids = Vec::new();
            while let Some(row) = rows.next()? {
                ids.push(WriteOffId(row.get(0)?));
            }
            Ok(ids)
        };
        let mut ids = looking().map_err(|e| self.failed(e))?;
        if way != BY_TABLE {
            ids.sort_unstable_by(|a, b| b.cmp(a));
        }
        Ok(Found { ids, next: (least > 1).then_some(WriteOffId(least)) })
    }

    /// The rows of these numbers, in this order; one that is not there is left out.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn rows(&self, ids: &[WriteOffId]) -> Result<Vec<WriteOff>, Error> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.append(&mut self.select(ROW, [id.0])?);
        }
        Ok(rows)
    }

    /// What was in doubt about a write-off before it was settled.
    ///
    /// # Errors
    /// The file could not be read.
    pub fn doubt_of(&self, id: WriteOffId) -> Result<Option<Doubt>, Error> {
        let reading = || {
            let mut statement = self.connection.prepare_cached(DOUBT)?;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<String>>(1)?));
            statement.query_row([id.0], read).optional()
        };
        let Some((Some(at), Some(message))) = reading().map_err(|e| self.failed(e))? else { return Ok(None) };
        let at = Timestamp::from_millisecond(at)
            .map_err(|e| Error::Damaged { path: self.path.clone(), source: e.into() })?;
        Ok(Some(Doubt { at, message: plain::line(&message, super::MESSAGE_CHARS_MAX) }))
    }
}

/// `text` as a part of what LIKE looks for.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars().take(SEARCH_CHARS_MAX) {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{CardId, Code};
    use crate::write_off::{Intent, Outcome};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Rows 1 to 6, of which only the first two are alike in everything but their code.
    fn six(name: &str) -> Ledger {
        let mut ledger = Ledger::in_memory(name).expect("opened");
        ledger.open_shift("till 2", "Wang", at("2026-11-24T00:00:00Z")).expect("opened");
        for (till, code, card, title, hour) in [
            ("till 1", "409632457895", "pA", "满100减20", 1),
            ("till 1", "409600000001", "pA", "满100减20", 2),
            ("till 1", "VIP-2026-001", "pB", "100% off_", 3),
            ("till 2", "523817640921", "pC", "gift", 4),
            ("till 2", "523817640922", "pC", "gift", 5),
            ("till 2", "523817640923", "pC", "gift", 6),
        ] {
            let intent = Intent {
                code: Code::parse(code).expect("a code"),
                card_id: Some(CardId::parse(card).expect("a card")),
                title: Some(title.to_owned()),
                openid: None,
                face_value: None,
                intended_at: at(&format!("2026-11-24T0{hour}:00:00Z")),
            };
            let id = ledger.record(till, "Li", &intent).expect("recorded");
            let message = String::new();
            let outcome = match hour {
                1 | 2 => Outcome::Accepted { message },
                3 => Outcome::Rejected { errcode: None, message },
                4 => Outcome::Unknown { errcode: None, message },
                _ => continue,
            };
            ledger.close(id, &outcome, None, intent.intended_at).expect("closed");
        }
        ledger
    }

    #[test]
    fn a_search_finds_what_is_all_of_it_newest_first() {
        let ledger = six("search-finds");
        let text = |text: &str| Search { text: text.to_owned(), ..Search::default() };
        let stage = |stage| Search { stage: Some(stage), ..Search::default() };
        let between = |from: Option<&str>, until: Option<&str>| Search {
            from: from.map(at),
            until: until.map(at),
            ..Search::default()
        };
        let (two, five) = (Some("2026-11-24T02:00:00Z"), Some("2026-11-24T05:00:00Z"));
        for (search, expected) in [
            (Search::default(), vec![6, 5, 4, 3, 2, 1]),
            (text("4096"), vec![2, 1]),
            (text("409632457895"), vec![1]),
            (text("4097"), vec![]),
            (text("6324"), vec![]),
            (text("vip-2026"), vec![3]),
            (text("pA"), vec![2, 1]),
            (text("100"), vec![3, 2, 1]),
            (text("0% off_"), vec![3]),
            (text("减20"), vec![2, 1]),
            (text("wang"), vec![6, 5, 4]),
            (text("li"), vec![3, 2, 1]),
            (text("_"), vec![3]),
            (text("%"), vec![3]),
            (text("till 2"), vec![6, 5, 4]),
            (stage(Stage::Accepted), vec![2, 1]),
            (stage(Stage::Rejected), vec![3]),
            (stage(Stage::Unsettled), vec![6, 5, 4]),
            (between(two, None), vec![6, 5, 4, 3, 2]),
            (between(None, five), vec![4, 3, 2, 1]),
            (between(two, five), vec![4, 3, 2]),
            (Search { shift: Some(ShiftId(1)), ..Search::default() }, vec![6, 5, 4]),
            (Search { text: "till 1".to_owned(), stage: Some(Stage::Accepted), ..between(two, five) }, vec![2]),
        ] {
            let found = ledger.find(&search, None).expect("read");
            let ids: Vec<_> = found.ids.iter().map(|id| id.0).collect();
            assert_eq!((ids, found.next), (expected, None), "{search:?}");
        }
        let rows = ledger.rows(&[WriteOffId(5), WriteOffId(99), WriteOffId(1)]).expect("read");
        assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [5, 1], "one that is not there is left out");
    }

    #[test]
    fn pieces_of_a_long_search_meet_without_a_gap_or_a_row_twice_and_an_index_finds_all_at_once() {
        let ledger = Ledger::in_memory("search-pieces").expect("opened");
        let rows = PIECE_ROWS * 2 + 7;
        // Every third is Wang's; the times run against the numbers.
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO write_off (till, cashier, code, intended_at, outcome_at, stage, errcode, message)
             SELECT 't', CASE i % 3 WHEN 0 THEN 'Wang' ELSE 'Li' END, printf('%012d', i), 1764000000000 - i, 0, 'accepted', 0, '' FROM n"
        );
        ledger.connection.execute(&sql, []).expect("filled");
        let all = |search: &Search| {
            let (mut ids, mut below, mut pieces) = (Vec::new(), None, 0);
            loop {
                let found = ledger.find(search, below).expect("read");
                ids.extend(found.ids.into_iter().map(|id| id.0));
                (below, pieces) = (found.next, pieces + 1);
                if below.is_none() {
                    return (ids, pieces);
                }
            }
        };
        let (ids, pieces) = all(&Search { text: "Wang".to_owned(), ..Search::default() });
        assert_eq!(pieces, 3);
        assert_eq!(ids, (1..=rows).rev().filter(|id| id % 3 == 0).collect::<Vec<_>>());
        // The hundred oldest numbers are the newest times.
        let from = Timestamp::from_millisecond(1_764_000_000_000 - 100).expect("a time");
        let (ids, pieces) = all(&Search { from: Some(from), ..Search::default() });
        assert_eq!((ids, pieces), ((1..=100).rev().collect(), 1));
        let (ids, pieces) = all(&Search { text: "0000000000".to_owned(), ..Search::default() });
        assert_eq!((ids, pieces), ((1..=99).rev().collect(), 1));
    }
}
