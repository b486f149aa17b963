//! A server that repeats, in its answers, everything that it was sent: in the words of an error, in a page, in an address to go to. It
//! stands for the platform and for a token service, and listens on this machine alone.
#![allow(clippy::expect_used)] // helpers of tests; clippy exempts only the tests themselves

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::http::{self, answer};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As the platform should.
    Good,
    /// With an error code, and what it was sent as the words.
    Refusal(i64),
    /// The same, in JSON that writes a slash as `\/` and every letter as `\u…`.
    EscapedRefusal(i64),
    /// With a page of this HTTP status.
    Page(u16),
    /// By sending the client on, with what it was sent in the address.
    Redirect,
    /// With JSON that is cut off behind what it was sent.
    CutOff,
    /// With JSON of another shape.
    List,
    /// With success, and what it was sent in every field that is a text.
    EveryField,
    /// With a token that is none, and no error code.
    BadToken,
    /// Not at all; the connection stays open.
    Silence,
}

impl Manner {
    /// All that answer, for a call other than fetching a token.
    pub const LOUD: [Self; 11] = [
        Self::Refusal(40001),
        Self::Refusal(40056),
        Self::Refusal(45009),
        Self::EscapedRefusal(-1),
        Self::EscapedRefusal(61023),
        Self::Page(200),
        Self::Page(502),
        Self::Redirect,
        Self::CutOff,
        Self::List,
        Self::EveryField,
    ];
}

/// The server.
pub struct Parrot {
    /// `http://127.0.0.1:PORT`.
    pub base_url: String,
    shared: Arc<Shared>,
}

struct Shared {
    token: String,
    /// How it answers when asked for a token, and how at a path that ends so; otherwise it is good.
    manners: Mutex<(Manner, &'static str, Manner)>,
    sent_on: AtomicUsize,
    asked: AtomicUsize,
}

impl Parrot {
    /// Begins to listen, and hands out `token`.
    pub fn start(token: &str) -> Self {
        let shared = Arc::new(Shared {
            token: token.to_owned(),
            manners: Mutex::new((Manner::Good, "", Manner::Good)),
            sent_on: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
        });
        let inside = Arc::clone(&shared);
        let base_url = http::start(move |base_url, path, head, body| {
            inside.asked.fetch_add(1, Ordering::SeqCst);
            inside.answer(base_url, path, &format!("{head}{body}"))
        });
        Self { base_url, shared }
    }

    /// From now on answers in these manners: whoever asks for a token, and everybody else.
    pub fn behave(&self, to_tokens: Manner, otherwise: Manner) {
        *self.shared.manners.lock().expect("sound") = (to_tokens, "", otherwise);
    }

    /// From now on answers in this manner at paths that end in `end`, and is good otherwise.
    pub fn behave_at(&self, end: &'static str, manner: Manner) {
        *self.shared.manners.lock().expect("sound") = (Manner::Good, end, manner);
    }

    /// How many followed an address that it sent them on to.
    pub fn sent_on(&self) -> usize {
        self.shared.sent_on.load(Ordering::SeqCst)
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn answer(&self, base_url: &str, path: &str, heard: &str) -> Option<String> {
        let is_token = path.ends_with("stable_token") || path.ends_with("service");
        let (to_tokens, end, there) = *self.manners.lock().expect("sound");
        let otherwise = if path.ends_with(end) { there } else { Manner::Good };
        // Everything that the client told; and a token only to whom it was given, for whom else could it be a secret to keep?
        let token = &self.token;
        let words = heard.to_owned();
        let line: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let ok = |json: String| Some(answer(200, "application/json", "", &json));
        match if is_token { to_tokens } else { otherwise } {
            _ if path.contains("elsewhere") => {
                self.sent_on.fetch_add(1, Ordering::SeqCst);
                ok(json!({"errcode": 0, "errmsg": "ok", "access_token": token}).to_string())
            }
            Manner::Silence => loop {
                std::thread::park();
            },
            Manner::Good if is_token => ok(json!({"access_token": token, "expires_in": 7200}).to_string()),
            Manner::Good => ok(good(path, "x")),
            Manner::EveryField if is_token => {
                ok(json!({"access_token": token, "expires_in": words, "errcode": words, "errmsg": words}).to_string())
            }
            Manner::EveryField => ok(good(path, &line)),
            Manner::Refusal(errcode) if is_token => {
                let words = format!("{words} {token}");
                ok(json!({"errcode": errcode, "errmsg": words, "access_token": token}).to_string())
            }
            Manner::Refusal(errcode) => ok(json!({"errcode": errcode, "errmsg": words}).to_string()),
            Manner::EscapedRefusal(errcode) => {
                let escaped: String = line.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
                ok(format!(r#"{{"errcode":{errcode},"errmsg":"{escaped}\/{}"}}"#, line.len()))
            }
            Manner::Page(status) => {
                Some(answer(status, "text/html", "", &format!("<html><title>{words}</title></html>")))
            }
            Manner::Redirect => {
                let plain: String = line.chars().filter(|c| c.is_ascii_graphic()).collect();
                let location = format!("Location: {}/elsewhere?{plain}\r\n", base_url);
                Some(answer(302, "text/plain", &location, &words))
            }
            Manner::CutOff => ok(format!(r#"{{"errcode":0,"errmsg":{}"#, json!(words))),
            Manner::List => ok(json!([words, {"errcode": 0}]).to_string()),
            Manner::BadToken => ok(json!({"access_token": format!("{token} {token}"), "expires_in": 7200}).to_string()),
        }
    }
}

/// The platform's answer to one call, with `words` in every field that is a text.
fn good(path: &str, words: &str) -> String {
    let base = json!({"title": words, "sub_title": words, "brand_name": words, "notice": words, "description": words,
        "color": words, "logo_url": words});
    match path {
        "/card/code/get" => {
            json!({"errcode": 0, "errmsg": words, "openid": words, "can_consume": true, "user_card_status": "NORMAL",
            "card": {"card_id": "pParrot", "begin_time": 1, "end_time": i32::MAX}})
        }
        "/card/code/decrypt" => json!({"errcode": 0, "errmsg": words, "code": "409632457895"}),
        "/card/get" => json!({"errcode": 0, "errmsg": words,
            "card": {"card_type": "GENERAL_COUPON", "general_coupon": {"base_info": base, "default_detail": words}}}),
        _ => json!({"errcode": 0, "errmsg": words, "openid": words, "card": {"card_id": "pParrot"}}),
    }
    .to_string()
}
