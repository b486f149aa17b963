//! Words that try to be something else than words, as a merchant, a customer or a damaged file may bring them.

/// What each tries, and the words.
pub fn words() -> Vec<(&'static str, String)> {
    [
        ("commands a terminal", "\u{1b}[2J\u{1b}[1;32musable\u{1b}[0m\u{1b}]0;title\u{7}\u{9b}31m"),
        ("adds lines", "coupon\r\n409632457895: Usable\n\n\n\u{2028}Written off\u{2029}\u{85}x\u{b}y\u{c}z"),
        ("turns the direction", "\u{202E}02¥ ffo\u{202C} \u{2066}\u{200F}20\u{2069} \u{061C}"),
        ("is written from right to left", "קופון עברי 50% قسيمة 20"),
        ("hides", "u\u{200B}s\u{200D}a\u{2060}b\u{FEFF}l\u{AD}e\u{FE0F}\u{E0041}"),
        ("is not there", "\u{200B}\u{3164}\u{202E}"),
        ("grows a tower", "Z̶̷̸̴̵̛̯̱̲̳̹̼̽̾̿̀́͂̓̈́͆͊͋͌͐͑͒͗͛ͣͤͥͦͧͨͩͪͫͬͭͮͯ券̂̃̄̅"),
        ("sits on its neighbour", "\u{336}\u{336}\u{20E0}coupon"),
        ("says the verdict", "可用 / Usable ✔ Written off 已核销"),
        ("is a formula", "=HYPERLINK(\"http://x.example\",\"prize\")"),
        ("is a wide formula", "＝1＋1"),
        ("is a command", "@SUM(1)|cmd"),
        ("is a placeable", "{ $consume } { -brand } { \"x\" } {"),
        ("is a mark-up", "<b style='color:red'>[x](y)</b> &lt; **z** \\u{41} ${HOME} %s"),
        ("is a table", "a,b;c\td|\"e\"'f'"),
        ("is nobody's", "\u{E000}\u{F8FF}\u{10FFFF}\u{378}"),
        ("is joined", "👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ 🎁"),
    ]
    .into_iter()
    .map(|(what, words)| (what, words.to_owned()))
    .chain([
        ("is long", "满100减20 ".repeat(2_500)),
        ("is endless", "满100减20 ".repeat(130_000)),
        ("is wide", "\u{FDFD}券".repeat(100)),
        ("is high", "x\n".repeat(2_000)),
    ])
    .collect()
}
