//! The sandbox on a terminal, and its codes as pictures.

use comfy_table::{Table, presets};
use jiff::Timestamp;
use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, QrCode};

use super::Sandbox;
use super::deck::CouponInfo;
use crate::{coupon, plain};

/// Longest title in a table, in characters.
const TITLE_CHARS_MAX: usize = 60;
/// Empty modules around a QR code, as its standard asks for.
const QUIET_MODULES: usize = 4;
/// The largest module of a picture, in pixels.
const MODULE_PX_MAX: u32 = 64;

/// What a sandbox has dealt, as a table for people.
pub fn table(sandbox: &Sandbox) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["Code", "Card", "Kind", "Title", "Status", "Usable", "Valid, in Beijing"]);
    for coupon in sandbox.coupons() {
        let usable = if coupon.consumable { "yes" } else { "no" };
        let valid = window(&coupon);
        let code = if coupon.custom_code { format!("{} (custom)", coupon.code) } else { coupon.code };
        let title = plain::line(&coupon.title, TITLE_CHARS_MAX);
        table.add_row([&code, &coupon.card_id, &coupon.kind, &title, &coupon.status, usable, &valid]);
    }
    table.trim_fmt()
}

fn window(coupon: &CouponInfo) -> String {
    let side = |permanent: bool, seconds: i64| {
        let at = Timestamp::from_second(seconds).ok().filter(|_| !permanent);
        at.map(|at| coupon::rfc3339_beijing(at).chars().take(16).collect::<String>().replace('T', " "))
    };
    let begin = side(coupon.begin == 0, coupon.begin);
    let end = side(coupon.end == i64::from(i32::MAX), coupon.end);
    match (begin, end) {
        (None, None) => "always".to_owned(),
        (begin, end) => format!("{} – {}", begin.unwrap_or_default(), end.unwrap_or_default()),
    }
}

/// `text` as a QR code for a terminal: two modules a character, black on white whatever the terminal's own colours are. Empty
/// where the text is too long for a QR code (2953 bytes).
pub fn qr(text: &str) -> String {
    let Ok(code) = QrCode::new(text) else { return String::new() };
    let blocks = code.render::<Dense1x2>().build();
    blocks.lines().map(|line| format!("\x1b[30;107m{line}\x1b[0m\n")).collect()
}

/// `text` as a picture of a QR code with its quiet zone: width, height, and one byte of brightness for each pixel, row by
/// row. A module is `module_px` pixels wide (1 to 64). All empty where the text is too long for a QR code (2953 bytes).
pub fn qr_luma(text: &str, module_px: u32) -> (u32, u32, Vec<u8>) {
    let Ok(code) = QrCode::new(text) else { return (0, 0, Vec::new()) };
    let (modules, dark) = (code.width(), code.to_colors());
    let px = module_px.clamp(1, MODULE_PX_MAX) as usize;
    let side = (modules + 2 * QUIET_MODULES) * px;
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| (at / px).checked_sub(QUIET_MODULES).filter(|at| *at < modules);
        let module = inside(y).zip(inside(x)).map(|(row, column)| row * modules + column);
        module.and_then(|at| dark.get(at)) == Some(&Color::Dark)
    };
    let luma = (0..side * side).map(|at| if is_dark(at % side, at / side) { 0 } else { 255 }).collect();
    let side = u32::try_from(side).unwrap_or(u32::MAX); // at most 185 modules of 64 pixels
    (side, side, luma)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(width: u32, height: u32, luma: &[u8]) -> String {
        let pixel = |x: usize, y: usize| luma[y * width as usize + x];
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, pixel);
        image.detect_grids()[0].decode().expect("a QR code").1
    }

    #[test]
    fn a_picture_of_a_code_is_read_back() {
        for text in ["409632457895", "VIP-2026-001", "https://m.example/?encrypt_code=a%2Bb%3D&card_id=p1"] {
            let (width, height, luma) = qr_luma(text, 4);
            assert_eq!(luma.len() as u32, width * height);
            assert_eq!(read(width, height, &luma), text);
        }
    }

    #[test]
    fn a_code_on_a_terminal_is_read_back() {
        const PX: usize = 4;
        let printed = qr("409632457895").replace("\x1b[30;107m", "").replace("\x1b[0m", "");
        let rows: Vec<Vec<char>> = printed.lines().map(|line| line.chars().collect()).collect();
        let (width, height) = (rows[0].len() * PX, rows.len() * 2 * PX);
        let dark = |x: usize, y: usize| match rows[y / PX / 2][x / PX] {
            '█' => true,
            '▀' => (y / PX).is_multiple_of(2),
            '▄' => !(y / PX).is_multiple_of(2),
            _ => false,
        };
        let luma: Vec<u8> = (0..width * height).map(|at| if dark(at % width, at / width) { 0 } else { 255 }).collect();
        assert_eq!(read(width as u32, height as u32, &luma), "409632457895");
    }

    #[test]
    fn a_text_too_long_for_a_code_gives_none() {
        let long = "x".repeat(3_000);
        assert_eq!(qr(&long), "");
        assert_eq!(qr_luma(&long, 4), (0, 0, vec![]));
    }
}
