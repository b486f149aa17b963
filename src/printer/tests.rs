//! What is laid out is what a printer prints, whatever the words are.

#[path = "../../tests/support/hostile.rs"]
mod hostile;
#[path = "../../tests/support/paper.rs"]
mod paper;

use encoding_rs::{BIG5, Encoding, GB18030};
use proptest::prelude::*;

use super::*;
use crate::report::Sheet;

fn encoding(charset: Charset) -> Option<&'static Encoding> {
    match charset {
        Charset::Gb18030 => Some(GB18030),
        Charset::Big5 => Some(BIG5),
        Charset::Ascii => None,
    }
}

/// What a printer makes of `page`, as lines of a page again.
fn printed(page: &Page) -> Vec<Line> {
    let bytes = bytes(page).expect("bytes");
    let pieces = paper::pieces(&bytes, encoding(page.charset));
    let [piece] = &pieces[..] else { panic!("{} pieces", pieces.len()) };
    let style = |line: &paper::Printed| match (line.bold, line.large) {
        (false, false) => Style::Plain,
        (true, false) => Style::Bold,
        (true, true) => Style::Large,
        (false, true) => panic!("no line is large and thin"),
    };
    piece.iter().map(|line| Line { words: line.words.clone(), style: style(line) }).collect()
}

/// `page` is printed as it is laid out, and no line of it is wider than the paper.
fn assert_printed(page: &Page, paper: Paper) {
    let mut expected = page.lines.clone();
    while expected.pop_if(|line| line.words.is_empty()).is_some() {}
    assert_eq!(printed(page), expected);
    for line in &page.lines {
        let columns: usize = line.words.chars().map(|c| page.charset.columns(c)).sum();
        let columns = if line.style == Style::Large { columns * 2 } else { columns };
        assert!(columns <= paper.columns(), "{columns} columns: {line:?}");
    }
}

/// A slip, a report and a test page in which `words` stand wherever words can, on every paper and in every set.
fn everywhere(words: &str, mut look: impl FnMut(&Page, Paper)) {
    let text = || words.to_owned();
    let pair = || (text(), text());
    let slip = Slip {
        heading: text(),
        title: text(),
        marks: vec![text()],
        coupon: text(),
        worth: text(),
        details: vec![pair(), pair()],
    };
    let sheet = Sheet {
        title: text(),
        lines: vec![text()],
        figures: vec![pair()],
        notes: vec![text()],
        bars_title: text(),
        bars: vec![(text(), 3, 7), ("09".to_owned(), u64::MAX, u64::MAX)],
        table_title: text(),
        table: vec![vec![text(), text()], vec![text(), text()]],
    };
    let test = TestPage { heading: text(), title: text(), advice: text(), details: vec![pair()] };
    for paper in Paper::ALL {
        for charset in Charset::ALL {
            look(&slip.page(paper, charset), paper);
            look(&report(words, &sheet, &[pair()], paper, charset), paper);
            look(&test.page(paper, charset), paper);
        }
    }
}

#[test]
fn no_words_command_a_printer() {
    let commands = "\u{1b}@\u{1d}V\0cut\u{1b}p\0\u{19}\u{fa}drawer\u{10}\u{14}\u{1}\u{0}\u{1}\u{1c}.\u{18}\u{c}\r\n\u{7f}\u{80}\u{9b}end";
    let words = hostile::words().into_iter().map(|(_, words)| words).chain([commands.to_owned()]);
    // Those without end are cut at the same place wherever that is.
    for words in words.filter(|words| words.len() < 100_000) {
        everywhere(&words, assert_printed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn whatever_is_laid_out_is_printed_and_nothing_else(words in any::<String>()) {
        everywhere(&words, assert_printed);
    }

    #[test]
    fn bytes_of_any_kind_are_words_like_others(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        everywhere(&String::from_utf8_lossy(&bytes), assert_printed);
        let latin: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        everywhere(&latin, assert_printed);
    }

    /// Wrapping loses nothing: what stands on the lines is what was to stand there, but for the spaces at which they are broken.
    #[test]
    fn no_word_is_lost_between_lines(words in "[ a-zA-Z0-9。（）核销滿減¥•,.-]{0,120}") {
        for charset in Charset::ALL {
            for paper in Paper::ALL {
                let test = TestPage { advice: words.clone(), ..TestPage::default() };
                let page = test.page(paper, charset);
                let whole: String = page.lines.iter().map(|line| line.words.as_str()).collect();
                let without_spaces = |words: &str| words.replace(' ', "");
                let wanted = without_spaces(&charset.fit(&crate::plain::line(&words, 300)));
                prop_assert!(without_spaces(&whole).contains(&wanted), "{words:?} in {whole:?}");
            }
        }
    }
}

#[test]
fn a_slip_and_a_report_look_as_they_should() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let slip = Slip {
        heading: "老王茶馆（人民路店）".to_owned(),
        title: "核销小票".to_owned(),
        marks: vec!["副本".to_owned()],
        coupon: "满100减20元代金券，周末及节假日通用，仅限堂食".to_owned(),
        worth: "¥20".to_owned(),
        details: vec![
            pair("券码", "••••7895"),
            pair("时间", "2026-11-24 10:00:07"),
            pair("收银员", ""),
            pair("编号", "12"),
        ],
    };
    let expected = "
      老王茶馆（人民路店）
    核销小票

           ** 副本 **
--------------------------------
满100减20元代金券，周末及节假日
通用，仅限堂食
￥20
--------------------------------
券码                    ****7895
时间         2026-11-24 10:00:07
编号                          12";
    assert_eq!(text(&slip.page(Paper::Narrow, Charset::Gb18030)), expected[1..]);

    let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
    let sheet = Sheet {
        title: "班次报表".to_owned(),
        lines: vec!["第 3 班 · 一号收银台 · 李 · 2026-11-24 09:00 – 进行中".to_owned()],
        figures: vec![pair("已核销", "3"), pair("代金券合计", "¥40.50"), pair("未核销", "1"), pair("结果未知", "0")],
        notes: vec!["其中 1 张为礼品、折扣等券，只计张数，不计入合计金额。".to_owned()],
        bars_title: "按小时（北京时间）".to_owned(),
        bars: vec![("09".to_owned(), 2, 3), ("10".to_owned(), 1, 1)],
        table_title: "按卡券".to_owned(),
        table: vec![
            row(["卡券", "已核销", "未核销", "结果未知", "代金券合计"]),
            row(["满100减20元", "2", "1", "0", "¥40.50"]),
            row(["兑换一杯茶", "1", "0", "0", "兑换券"]),
        ],
    };
    let expected = "
        班次报表

第 3 班 · 一号收银台 · 李 · 2026-11-24 09:00
- 进行中
------------------------------------------------
已核销                                         3
代金券合计                               ￥40.50
未核销                                         1
结果未知                                       0
其中 1 张为礼品、折扣等券，只计张数，不计入合计
金额。
------------------------------------------------
按卡券
满100减20元
· 已核销                                      2
· 未核销                                      1
· 代金券合计                            ￥40.50
兑换一杯茶
· 已核销                                      1
· 代金券合计                             兑换券
------------------------------------------------
按小时（北京时间）
09 ############################............... 3
10 ##############                              1
------------------------------------------------
签字                                    ________";
    let ends = [pair("签字", "________")];
    assert_eq!(text(&report("", &sheet, &ends, Paper::Wide, Charset::Gb18030)), expected[1..]);
}

fn text(page: &Page) -> String {
    page.lines.iter().map(|line| line.words.as_str()).collect::<Vec<_>>().join("\n")
}
