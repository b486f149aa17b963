//! One section of the settings file: takes what is expected there, and says of anything else where it stands, what is
//! wrong and what to do.

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use super::{Error, NAME_CHARS_MAX};
use crate::plain;

/// Something in the settings file that deserves a sentence: a mistake, or merely something to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` for what is not in the file yet.
    pub line: Option<usize>,
    /// The key with its section, as in `account.appid`.
    pub key: String,
    /// What is wrong with it and what to do; goes on from the key to make a sentence.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {} {}", self.key, self.problem)
    }
}

/// The settings file's path, text and parsed form.
pub(super) struct Source<'a> {
    pub(super) file: &'a Path,
    text: &'a str,
    document: Document<&'a str>,
}

impl<'a> Source<'a> {
    /// # Errors
    /// [`Error::NotToml`] with the line.
    pub(super) fn parse(file: &'a Path, text: &'a str) -> Result<Self, Error> {
        let document = Document::parse(text).map_err(|error| Error::NotToml {
            file: file.to_owned(),
            line: line_of(text, error.span().unwrap_or_default()),
            problem: error.message().trim().replace('\n', ", "),
        })?;
        Ok(Self { file, text, document })
    }

    /// The whole file, as the section without a name.
    pub(super) fn root(&self) -> Section<'_> {
        Section { source: self, name: String::new(), table: Some(self.document.as_table()), place: 0..0 }
    }
}

/// A section, present or not. One that is not there has nothing in it.
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    name: String,
    table: Option<&'a dyn TableLike>,
    place: Range<usize>,
}

impl<'a> Section<'a> {
    pub(super) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn section(&self, key: &str) -> Result<Self, Error> {
        let name = self.key(key);
        let Some(item) = self.get(key) else {
            return Ok(Self { source: self.source, name, table: None, place: 0..0 });
        };
        let table = item
            .as_table_like()
            .ok_or_else(|| self.wrong(key, format!("must be a section of its own: [{name}] on a line by itself")))?;
        Ok(Self { source: self.source, name, table: Some(table), place: self.place_of(key) })
    }

    /// The text at `key`, trimmed; `None` where it is missing or blank.
    pub(super) fn text(&self, key: &str, chars_max: usize) -> Result<Option<String>, Error> {
        let Some(item) = self.get(key) else { return Ok(None) };
        let text = item.as_str().ok_or_else(|| {
            self.wrong(key, format!("is {}; it must be a text between quotes: {key} = \"…\"", kind(item)))
        })?;
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(self.wrong(key, "holds line ends or control characters; write it on one line"));
        }
        if text.chars().count() > chars_max {
            return Err(self.wrong(key, format!("is longer than {chars_max} characters; shorten it")));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// What somebody is called at `key`: as [`Section::text`], made plain, since it is printed in ledgers and shown in the window.
    pub(super) fn name(&self, key: &str) -> Result<Option<String>, Error> {
        let name = self.text(key, NAME_CHARS_MAX)?.map(|text| plain::line(&text, NAME_CHARS_MAX));
        Ok(name.filter(|name| !name.is_empty()))
    }

    /// The list of texts at `key`; empty where it is missing.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<&'a str>, Error> {
        let Some(item) = self.get(key) else { return Ok(Vec::new()) };
        item.as_array()
            .and_then(|array| array.iter().map(toml_edit::Value::as_str).collect())
            .ok_or_else(|| self.wrong(key, format!("must be a list of texts between quotes: {key} = [\"…\", \"…\"]")))
    }

    /// The number at `key`; `None` where it is missing.
    pub(super) fn number(&self, key: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Error> {
        let Some(item) = self.get(key) else { return Ok(None) };
        let number = item.as_integer().and_then(|number| u32::try_from(number).ok());
        number.filter(|number| range.contains(number)).map(Some).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            self.wrong(key, format!("must be a whole number from {least} to {most}, without quotes: {key} = {least}"))
        })
    }

    /// The two numbers at `key`; `None` where it is missing.
    pub(super) fn pair<Number>(
        &self,
        key: &str,
        range: RangeInclusive<Number>,
    ) -> Result<Option<(Number, Number)>, Error>
    where
        Number: TryFrom<i64> + PartialOrd + Copy + fmt::Display,
    {
        let Some(item) = self.get(key) else { return Ok(None) };
        let number = |value: &toml_edit::Value| value.as_integer().and_then(|number| Number::try_from(number).ok());
        let numbers: Option<Vec<Number>> = item.as_array().and_then(|array| array.iter().map(number).collect());
        match numbers.as_deref() {
            Some(&[first, second]) if range.contains(&first) && range.contains(&second) => Ok(Some((first, second))),
            _ => {
                let (least, most) = (range.start(), range.end());
                Err(self.wrong(
                    key,
                    format!("must be two whole numbers from {least} to {most}: {key} = [{least}, {least}]"),
                ))
            }
        }
    }

    /// The yes or no at `key`; `None` where it is missing.
    pub(super) fn switch(&self, key: &str) -> Result<Option<bool>, Error> {
        let Some(item) = self.get(key) else { return Ok(None) };
        let wrong = || self.wrong(key, format!("is {}; it must be true or false, without quotes", kind(item)));
        item.as_bool().map(Some).ok_or_else(wrong)
    }

    /// Keys of this section beyond `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> Vec<Finding> {
        let keys = self.table.iter().flat_map(|table| table.iter()).map(|(key, _)| key);
        let problem = "is not a setting that this version knows, and has no effect; check its spelling";
        keys.filter(|key| !known.contains(key)).map(|key| self.finding(key, problem)).collect()
    }

    pub(super) fn finding(&self, key: &str, problem: impl Into<String>) -> Finding {
        let (file, text) = (self.source.file.to_owned(), self.source.text);
        Finding { file, line: Some(line_of(text, self.place_of(key))), key: self.key(key), problem: problem.into() }
    }

    pub(super) fn wrong(&self, key: &str, problem: impl Into<String>) -> Error {
        Error::Senseless(self.finding(key, problem))
    }

    /// A problem of the section as a whole.
    pub(super) fn wrong_as_a_whole(&self, problem: &str) -> Error {
        let line = Some(line_of(self.source.text, self.place.clone()));
        let (file, key) = (self.source.file.to_owned(), format!("[{}]", self.name));
        Error::Senseless(Finding { file, line, key, problem: problem.to_owned() })
    }

    fn get(&self, key: &str) -> Option<&'a Item> {
        self.table?.get(key)
    }

    fn key(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Where `key` stands, or the section where the key does not.
    fn place_of(&self, key: &str) -> Range<usize> {
        let found = self.table.and_then(|table| table.get_key_value(key));
        found.and_then(|(key, item)| key.span().or_else(|| item.span())).unwrap_or_else(|| self.place.clone())
    }
}

/// What an item is, in the words of a person who never heard of TOML.
fn kind(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "a text",
        "integer" | "float" => "a number",
        "boolean" => "true or false without quotes",
        "array" | "array of tables" => "a list",
        "table" | "inline table" => "a section",
        "datetime" => "a date",
        _ => "something else",
    }
}

fn line_of(text: &str, place: Range<usize>) -> usize {
    let before = text.as_bytes().get(..place.start).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
