//! Every sentence that the cashier sees, by key, from one file a language under `assets/text`.

use std::borrow::Cow;
use std::fmt;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::command::Command;
use crate::config::{Keys, PrivacySettings, Settings};

/// A language that the window speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// 简体中文
    SimplifiedChinese,
    /// 繁體中文, as it is said in Taiwan.
    TraditionalChinese,
    /// English
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::SimplifiedChinese, Self::TraditionalChinese, Self::English];

    /// Takes a language tag as the settings and the system give it. What begins with `zh` is Chinese – traditional where the tag says so, or
    /// names a place where it is written – and everything else English.
    pub fn from_tag(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split(['-', '_', '.', '@']);
        if parts.next() != Some("zh") {
            return Self::English;
        }
        let said = parts.find_map(|part| match part {
            "hant" | "tw" | "hk" | "mo" => Some(Self::TraditionalChinese),
            "hans" => Some(Self::SimplifiedChinese),
            _ => None,
        });
        said.unwrap_or(Self::SimplifiedChinese)
    }

    /// The system's language.
    pub fn of_system() -> Self {
        Self::from_tag(&sys_locale::get_locale().unwrap_or_default())
    }

    /// The one that the settings name, by its tag; the system's where they name none.
    pub fn chosen(tag: Option<&str>) -> Self {
        tag.map_or_else(Self::of_system, Self::from_tag)
    }

    /// Its tag in the settings.
    pub fn tag(self) -> &'static str {
        match self {
            Self::SimplifiedChinese => "zh-CN",
            Self::TraditionalChinese => "zh-TW",
            Self::English => "en",
        }
    }

    /// The key of its own name.
    pub fn name_key(self) -> &'static str {
        match self {
            Self::SimplifiedChinese => "language-simplified-chinese",
            Self::TraditionalChinese => "language-traditional-chinese",
            Self::English => "language-english",
        }
    }

    /// The one after this, going round.
    pub fn next(self) -> Self {
        match self {
            Self::SimplifiedChinese => Self::TraditionalChinese,
            Self::TraditionalChinese => Self::English,
            Self::English => Self::SimplifiedChinese,
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::SimplifiedChinese => include_str!("../../assets/text/zh-CN.ftl"),
            Self::TraditionalChinese => include_str!("../../assets/text/zh-TW.ftl"),
            Self::English => include_str!("../../assets/text/en.ftl"),
        }
    }
}

/// The sentences of one language.
pub struct Text {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// No font on this system has Chinese.
    latin_only: bool,
    /// What is not shown in full.
    privacy: PrivacySettings,
    /// What is on which key.
    keys: Keys,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.language).finish()
    }
}

impl Text {
    /// The sentences of `language`.
    pub fn new(language: Language) -> Self {
        // The files are part of the program and tested; what cannot be parsed in them is left out, and shows as its key.
        let resource = FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(parsed, errors)| {
            tracing::error!(?errors, "a translation file has faults");
            parsed
        });
        let mut bundle = FluentBundle::new(vec![language.tag().parse::<LanguageIdentifier>().unwrap_or_default()]);
        bundle.set_use_isolating(false); // no direction marks around values: none of the languages needs them
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(?errors, "a translation file has a key twice");
        }
        Self { language, bundle, latin_only: false, privacy: PrivacySettings::default(), keys: Keys::default() }
    }

    /// English, on a system whose fonts have nothing but Latin letters.
    pub fn latin_only() -> Self {
        Self { latin_only: true, ..Self::new(Language::English) }
    }

    /// In the language that `settings` ask for, or the system's – in English where no font here has Chinese –, and with the rest of them followed.
    pub fn of(settings: &Settings, can_be_chinese: bool) -> Self {
        let language = Language::chosen(settings.language.as_deref());
        let mut text = if can_be_chinese { Self::new(language) } else { Self::latin_only() };
        text.follow(settings);
        text
    }

    /// Shows codes and owners, and names keys, as `settings` say from now on.
    pub fn follow(&mut self, settings: &Settings) {
        self.keep_private(&settings.privacy);
        self.keys.clone_from(&settings.keys);
    }

    /// Shows codes and owners as `privacy` says from now on.
    pub fn keep_private(&mut self, privacy: &PrivacySettings) {
        self.privacy.clone_from(privacy);
    }

    /// The name of the key of `command`, as it is printed on keyboards.
    pub fn key_name(&self, command: Command) -> &'static str {
        self.keys.of(command).name()
    }

    /// A coupon's code as it may be seen by who passes.
    pub fn code<'a>(&self, code: &'a str) -> Cow<'a, str> {
        if self.privacy.mask_codes { Cow::Owned(masked(code)) } else { Cow::Borrowed(code) }
    }

    /// A coupon's owner as it may be seen by who passes.
    pub fn owner<'a>(&self, owner: &'a str) -> Cow<'a, str> {
        if self.privacy.mask_owners { Cow::Owned(masked(owner)) } else { Cow::Borrowed(owner) }
    }

    /// Whether Chinese can be shown.
    pub fn can_be_chinese(&self) -> bool {
        !self.latin_only
    }

    /// A merchant's own words, as far as this system's fonts can show them: a question mark in place of a box.
    pub fn shown<'a>(&self, words: &'a str) -> Cow<'a, str> {
        if !self.latin_only || words.chars().all(is_latin) {
            return Cow::Borrowed(words);
        }
        Cow::Owned(words.chars().map(|c| if is_latin(c) { c } else { '?' }).collect())
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Whether there is a sentence for `key`.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The sentence for `key`.
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The sentence for `key`, with `values` in their places.
    pub fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.format(key, values.iter().map(|(name, value)| (*name, FluentValue::from(*value))).collect())
    }

    /// The sentence for `key` about `count` things, in the form that the language has for that number.
    pub fn say_count(&self, key: &str, count: u64) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("count", count);
        self.format(key, arguments)
    }

    fn format(&self, key: &str, arguments: FluentArgs<'_>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            debug_assert!(false, "no sentence for {key}");
            tracing::error!(key, "no sentence");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let sentence = self.bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        if !errors.is_empty() {
            debug_assert!(false, "{key}: {errors:?}");
            tracing::error!(key, ?errors, "a sentence lacks a value");
        }
        sentence.into_owned()
    }
}

/// Most that is left of what is masked, in characters: enough to tell two coupons at a counter apart.
const UNMASKED_CHARS: usize = 4;

/// The end of `words`, a quarter of them at most, behind dots that do not say how long they were.
fn masked(words: &str) -> String {
    let chars = words.chars().count();
    if chars == 0 {
        return String::new();
    }
    let end = words.chars().skip(chars - UNMASKED_CHARS.min(chars / 4));
    "••••".chars().chain(end).collect()
}

/// What the program's own fonts surely have.
fn is_latin(c: char) -> bool {
    c < '\u{0180}' || matches!(c, '–' | '—' | '‘'..='”' | '•' | '…' | '·' | '›')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The sources that say sentences.
    fn views() -> String {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        ["ui", "cli"].map(|folder| sources_in(&sources.join(folder))).concat()
    }

    fn sources_in(folder: &Path) -> String {
        let entries = fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path());
        let read = |path: PathBuf| match path.is_dir() {
            true => sources_in(&path),
            false => fs::read_to_string(&path).expect("a source"),
        };
        entries.map(read).collect()
    }

    fn keys(language: Language) -> BTreeSet<&'static str> {
        language
            .source()
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, _)| key)
            .collect()
    }

    #[test]
    fn every_language_has_every_sentence_and_the_files_have_no_faults() {
        let all = keys(Language::English);
        assert!(all.len() > 100, "the files are read");
        for language in Language::ALL {
            assert_eq!(keys(language), all, "{language:?}");
            let resource = FluentResource::try_new(language.source().to_owned());
            assert!(resource.is_ok(), "{language:?}: {:?}", resource.err().map(|(_, errors)| errors));
            let text = Text::new(language);
            assert!(all.iter().all(|key| text.has(key)), "{language:?}");
        }
    }

    #[test]
    fn every_sentence_that_the_source_asks_for_is_there() {
        let (text, views) = (Text::new(Language::English), views());
        let mut asked = 0;
        for call in ["say(\"", "say_with(\"", "say_count(\""] {
            for rest in views.split(call).skip(1) {
                let key = rest.split('"').next().unwrap_or_default();
                assert!(text.has(key), "no sentence for {key}");
                asked += 1;
            }
        }
        assert!(asked > 40, "only {asked} were found");
    }

    #[test]
    fn every_sentence_is_used() {
        // These are put together from a word: a reason's, a status's, an error code's.
        let views = views();
        let made = ["reason-", "status-", "kind-", "platform-", "day-"];
        for key in keys(Language::English) {
            let used = views.contains(&format!("\"{key}\"")) || made.iter().any(|start| key.starts_with(start));
            assert!(used, "nobody says {key}");
        }
    }

    #[test]
    fn a_tag_finds_its_language() {
        for (tag, language) in [
            ("zh-CN", Language::SimplifiedChinese),
            ("zh_CN.UTF-8", Language::SimplifiedChinese),
            ("zh", Language::SimplifiedChinese),
            ("zh-Hans-HK", Language::SimplifiedChinese),
            ("ZH-tw", Language::TraditionalChinese),
            ("zh-Hant", Language::TraditionalChinese),
            ("zh_HK.UTF-8", Language::TraditionalChinese),
            ("en-GB", Language::English),
            ("zhx", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::from_tag(tag), language, "{tag}");
        }
        assert!(Language::ALL.iter().all(|language| Language::from_tag(language.tag()) == *language));
    }

    #[test]
    fn english_counts_as_english_does() {
        let text = Text::new(Language::English);
        assert_eq!(text.say_count("time-days", 1), "1 day");
        assert_eq!(text.say_count("time-days", 30), "30 days");
    }

    #[test]
    fn without_chinese_fonts_a_merchants_words_hold_no_boxes() {
        assert_eq!(Text::latin_only().shown("满100减20 – Café"), "?100?20 – Café");
        assert_eq!(Text::new(Language::English).shown("满100减20"), "满100减20");
        assert!(!Text::latin_only().can_be_chinese());
    }

    #[test]
    fn what_is_masked_shows_its_end_and_not_its_length() {
        let mut text = Text::new(Language::English);
        assert_eq!((text.code("409632457895"), text.owner("oA1b2C3")), ("409632457895".into(), "oA1b2C3".into()));
        text.keep_private(&PrivacySettings { mask_codes: true, ..Default::default() });
        assert_eq!((text.code("409632457895"), text.owner("oA1b2C3")), ("••••895".into(), "oA1b2C3".into()));
        text.keep_private(&PrivacySettings { mask_owners: true, ..Default::default() });
        assert_eq!((text.code("409632457895"), text.owner("oA1b2C3")), ("409632457895".into(), "••••3".into()));
        assert_eq!(
            [masked("券码一二三四五六七八九十甲乙丙丁"), masked("abc"), masked("")],
            ["••••甲乙丙丁", "••••", ""]
        );
    }
}
