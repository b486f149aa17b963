//! The faults of a network, a row each: what is done, and what it leaves of the call that it befalls. All expectations follow from the latter.

use std::net::SocketAddr;
use std::time::Duration;

use hexiao::coupon::Reason;

use crate::proxy::{Act, Then};

/// One fault.
pub struct Fault {
    /// What the printed table calls it.
    pub name: &'static str,
    /// How it is done.
    pub how: How,
    /// What it leaves of the call.
    pub left: Left,
}

/// How a fault is done.
#[derive(Clone, Copy)]
pub enum How {
    /// To connections that are made while it lasts.
    Connection(Meets),
    /// To the exchange. Told where somewhere else is.
    Exchange(fn(SocketAddr) -> Act),
}

/// What a connection meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meets {
    Nobody,
    Silence,
    AShutDoor,
    ACertificateOfAnotherRoot,
    ACertificateForAnotherHost,
    ACertificateThatIsOver,
    PlainHttp,
}

/// What a fault leaves of the call that it befalls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Not a byte of it left this computer: nobody was reached.
    Nothing,
    /// Not a byte of it left this computer: what was reached did not show to be the platform.
    NothingToStrangers,
    /// It may have left, and no answer came.
    NoAnswer(Platform),
    /// It may have left, and what came says nothing.
    Nonsense(Platform),
    /// The platform refused it with this code, and did not carry it out.
    Refusal(i64),
    /// A good answer.
    Answer,
    /// A good answer, with a clock by which the coupon cannot be used now.
    WrongClock(Reason),
}

/// What the platform did meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// It carried the call out.
    Did,
    /// It did not.
    DidNot,
}

use Left::{Answer, NoAnswer, Nonsense, Nothing, NothingToStrangers, Refusal, WrongClock};
use Meets::{
    ACertificateForAnotherHost, ACertificateOfAnotherRoot, ACertificateThatIsOver, AShutDoor, Nobody, PlainHttp,
    Silence,
};
use Platform::{Did, DidNot};

/// Over plain HTTP.
#[rustfmt::skip] // a table is read by its columns
pub const FAULTS: &[Fault] = &[
    meets("connection refused",               Nobody,    Nothing),
    meets("accepted, then nothing for ever",  Silence,   NoAnswer(DidNot)),
    meets("accepted, then closed",            AShutDoor, NoAnswer(DidNot)),
    does("reset before it is carried out",    |_| withheld(b"", Then::Reset),                                NoAnswer(DidNot)),
    does("closed before it is carried out",   |_| withheld(b"", Then::Close),                                NoAnswer(DidNot)),
    does("reset after it is carried out",     |_| carried_out(|_| Vec::new(), Then::Reset),                  NoAnswer(Did)),
    does("closed after it is carried out",    |_| carried_out(|_| Vec::new(), Then::Close),                  NoAnswer(Did)),
    does("closed in the reply's head",        |_| carried_out(|reply| first(reply, 40), Then::Close),        NoAnswer(Did)),
    does("closed in the reply's body",        |_| carried_out(without_last_byte, Then::Close),               NoAnswer(Did)),
    does("reset in the reply's body",         |_| carried_out(without_last_byte, Then::Reset),               NoAnswer(Did)),
    does("no reply for ever, not done",       |_| withheld(b"", Then::Stall),                                NoAnswer(DidNot)),
    does("no reply for ever, done",           |_| carried_out(|_| Vec::new(), Then::Stall),                  NoAnswer(Did)),
    does("the reply stops after its head",    |_| carried_out(head_of, Then::Stall),                         NoAnswer(Did)),
    does("the reply stops before its end",    |_| carried_out(without_last_byte, Then::Stall),               NoAnswer(Did)),
    does("the reply drips",                   |_| carried_out(<[u8]>::to_vec, Then::Drip(DRIP)),             NoAnswer(Did)),
    does("100 Continue ten thousand times",   |_| withheld(b"", Then::Flood(CONTINUE.repeat(100), 100)),      NoAnswer(DidNot)),
    does("a head without end",                |_| withheld(OK, Then::Flood(b"X: y\r\n".repeat(10_000), FLOOD_PIECES)), NoAnswer(DidNot)),
    does("not HTTP",                          |_| withheld(b"SSH-2.0-OpenSSH\r\n", Then::Close),             NoAnswer(DidNot)),
    does("500, an error page",                |_| page("500 Internal Server Error", DidNot),                 Nonsense(DidNot)),
    does("502, an error page",                |_| page("502 Bad Gateway", DidNot),                           Nonsense(DidNot)),
    does("504, an error page, done",          |_| page("504 Gateway Timeout", Did),                          Nonsense(Did)),
    does("500 over a good reply",             |_| carried_out(|reply| status(reply, "500 Oops"), Then::Keep), Nonsense(Did)),
    does("504 with a gateway's own code",     |_| json("504 Gateway Timeout", r#"{"errcode":504,"errmsg":"upstream"}"#, Did), Nonsense(Did)),
    does("429 with a gateway's own code",     |_| json("429 Too Many Requests", r#"{"errcode":1,"errmsg":"slow down"}"#, DidNot), Nonsense(DidNot)),
    does("404, an error page",                |_| page("404 Not Found", DidNot),                             Nonsense(DidNot)),
    does("a login page (captive portal)",     |_| page("200 OK", DidNot),                                    Nonsense(DidNot)),
    does("302 to a login page",               |to| redirect("302 Found", to),                                Nonsense(DidNot)),
    does("301 elsewhere",                     |to| redirect("301 Moved Permanently", to),                    Nonsense(DidNot)),
    does("307 elsewhere",                     |to| redirect("307 Temporary Redirect", to),                   Nonsense(DidNot)),
    does("308 elsewhere",                     |to| redirect("308 Permanent Redirect", to),                   Nonsense(DidNot)),
    does("101 to another protocol",           |_| withheld(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", Then::Close), Nonsense(DidNot)),
    does("204, nothing",                      |_| withheld(b"HTTP/1.1 204 No Content\r\n\r\n", Then::Keep),  Nonsense(DidNot)),
    does("truncated JSON of the right length", |_| carried_out(|reply| body(reply, |body| first(body, body.len() - 1)), Then::Keep), Nonsense(Did)),
    does("JSON with more behind it",          |_| carried_out(|reply| body(reply, |body| [body, b"{}"].concat()), Then::Keep), Nonsense(Did)),
    does("two error codes that differ",       |_| carried_out(|reply| body(reply, contradicted), Then::Keep), Nonsense(Did)),
    does("compressed",                        |_| carried_out(|reply| body(reply, |_| b"\x1F\x8B\x08\x00{\"errcode\":0}".to_vec()), Then::Keep), Nonsense(Did)),
    does("no error code and nothing else",    |_| json("200 OK", "{}", Did),                                 Nonsense(Did)),
    does("100 MB, declared",                  |_| withheld(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n", Then::Flood(vec![b' '; PIECE_BYTES], FLOOD_PIECES)), Nonsense(DidNot)),
    does("100 MB in chunks",                  |_| withheld(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Then::Flood(chunk(), FLOOD_PIECES)), Nonsense(DidNot)),
    does("100 MB until the end",              |_| withheld(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", Then::Flood(vec![b'{'; PIECE_BYTES], FLOOD_PIECES)), Nonsense(DidNot)),
    does("-1, busy",                          |_| refusal(-1),                                               Refusal(-1)),
    does("45009, the day's quota",            |_| refusal(45009),                                            Refusal(45009)),
    does("45011, too many a minute",          |_| refusal(45011),                                            Refusal(45011)),
    does("40001, token refused",              |_| refusal(40001),                                            Refusal(40001)),
    does("42001, token expired",              |_| refusal(42001),                                            Refusal(42001)),
    does("40014, token invalid",              |_| refusal(40014),                                            Refusal(40014)),
    does("45009 under 500",                   |_| json("500 Oops", r#"{"errcode":45009,"errmsg":"quota"}"#, DidNot), Refusal(45009)),
    does("wrong content type",                |_| carried_out(|reply| replaced(reply, "application/json", "image/png"), Then::Keep), Answer),
    does("100 and 103 before the reply",      |_| carried_out(|reply| [CONTINUE, EARLY_HINTS, reply].concat(), Then::Keep), Answer),
    does("another reply behind it",           |_| carried_out(|reply| [reply, &stray()].concat(), Then::Keep),   Answer),
    does("one error code twice",              |_| carried_out(|reply| body(reply, repeated), Then::Keep),    Answer),
    does("no clock",                          |_| carried_out(|reply| dated(reply, &[]), Then::Keep),        Answer),
    does("two clocks that differ",            |_| carried_out(|reply| dated(reply, &[LONG_AGO, FAR_AHEAD]), Then::Keep), Answer),
    does("a clock that is none",              |_| carried_out(|reply| dated(reply, &["tomorrow"]), Then::Keep), Answer),
    does("a clock years ahead",               |_| carried_out(|reply| dated(reply, &[FAR_AHEAD]), Then::Keep), WrongClock(Reason::Expired)),
    does("a clock years behind",              |_| carried_out(|reply| dated(reply, &[LONG_AGO]), Then::Keep),  WrongClock(Reason::NotYetValid)),
];

/// Over HTTPS: what happens before there is an encrypted connection, and a few of the others within one.
#[rustfmt::skip]
pub const FAULTS_OF_TLS: &[Fault] = &[
    meets("connection refused",               Nobody,                     Nothing),
    meets("nothing for ever in the handshake", Silence,                   Nothing),
    meets("closed in the handshake",          AShutDoor,                  Nothing),
    meets("certificate of an unknown root",   ACertificateOfAnotherRoot,  NothingToStrangers),
    meets("certificate for another host",     ACertificateForAnotherHost, NothingToStrangers),
    meets("certificate that is over",         ACertificateThatIsOver,     NothingToStrangers),
    meets("plain HTTP on the TLS port",       PlainHttp,                  NothingToStrangers),
    does("closed before it is carried out",   |_| withheld(b"", Then::Close),                         NoAnswer(DidNot)),
    does("reset after it is carried out",     |_| carried_out(|_| Vec::new(), Then::Reset),           NoAnswer(Did)),
    does("reset in the reply's body",         |_| carried_out(without_last_byte, Then::Reset),        NoAnswer(Did)),
    does("no reply for ever, done",           |_| carried_out(|_| Vec::new(), Then::Stall),           NoAnswer(Did)),
    does("307 elsewhere",                     |to| redirect("307 Temporary Redirect", to),            Nonsense(DidNot)),
    does("nothing wrong",                     |_| Act::pass(),                                        Answer),
];

const fn meets(name: &'static str, meets: Meets, left: Left) -> Fault {
    Fault { name, how: How::Connection(meets), left }
}

const fn does(name: &'static str, act: fn(SocketAddr) -> Act, left: Left) -> Fault {
    Fault { name, how: How::Exchange(act), left }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\n";
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const EARLY_HINTS: &[u8] = b"HTTP/1.1 103 Early Hints\r\nDate: Fri, 09 Mar 2096 00:00:00 GMT\r\nLink: </x>\r\n\r\n";
const LONG_AGO: &str = "Wed, 09 Mar 2016 00:00:00 GMT";
const FAR_AHEAD: &str = "Fri, 09 Mar 2096 00:00:00 GMT";
/// So slowly that no deadline here sees the end of a reply.
const DRIP: Duration = Duration::from_millis(50);
/// What is sent at a time where there is no end of it; with [`FLOOD_PIECES`], 100 MiB.
const PIECE_BYTES: usize = 64 << 10;
const FLOOD_PIECES: usize = 1600;

/// The platform gets nothing, and the client these bytes.
fn withheld(bytes: &'static [u8], then: Then) -> Act {
    Act { executed: false, held: None, bytes: Box::new(move |_| bytes.to_vec()), then }
}

/// The platform carries the call out, and the client gets what `change` makes of its reply.
fn carried_out(change: fn(&[u8]) -> Vec<u8>, then: Then) -> Act {
    Act { executed: true, held: None, bytes: Box::new(change), then }
}

/// A whole reply in place of the platform's.
fn reply(status: &str, headers: &str, body: &str, platform: Platform) -> Act {
    let length = body.len();
    // With a clock of its own, which is not the platform's.
    let reply = format!("HTTP/1.1 {status}\r\nDate: {FAR_AHEAD}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes();
    Act { executed: platform == Did, held: None, bytes: Box::new(move |_| reply.clone()), then: Then::Keep }
}

fn page(status: &str, platform: Platform) -> Act {
    let body = "<!DOCTYPE html><title>Welcome</title><form action=/login><input name=room></form>";
    reply(status, "Content-Type: text/html\r\n", body, platform)
}

fn json(status: &str, body: &str, platform: Platform) -> Act {
    reply(status, "Content-Type: application/json\r\n", body, platform)
}

fn refusal(errcode: i64) -> Act {
    json("200 OK", &format!(r#"{{"errcode":{errcode},"errmsg":"no"}}"#), DidNot)
}

/// To where somebody would gladly take the token and the request. The body looks like the best of answers.
fn redirect(status: &str, to: SocketAddr) -> Act {
    let body = r#"{"errcode":0,"errmsg":"ok","access_token":"x","user_card_status":"NORMAL","can_consume":true}"#;
    reply(status, &format!("Location: http://{to}/login\r\n"), body, DidNot)
}

/// An answer that nobody asked for. Taken for the next one's, it would say that the coupon is void.
fn stray() -> Vec<u8> {
    let body = r#"{"errcode":0,"user_card_status":"UNAVAILABLE","can_consume":false}"#;
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn chunk() -> Vec<u8> {
    [format!("{PIECE_BYTES:x}\r\n").as_bytes(), &[b' '; PIECE_BYTES], b"\r\n"].concat()
}

fn first(bytes: &[u8], count: usize) -> Vec<u8> {
    bytes.iter().copied().take(count).collect()
}

fn without_last_byte(reply: &[u8]) -> Vec<u8> {
    first(reply, reply.len() - 1)
}

/// Where a reply's body begins.
fn body_at(reply: &[u8]) -> usize {
    reply.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4
}

fn head_of(reply: &[u8]) -> Vec<u8> {
    first(reply, body_at(reply))
}

fn replaced(reply: &[u8], this: &str, that: &str) -> Vec<u8> {
    let reply = String::from_utf8_lossy(reply);
    assert!(reply.contains(this), "{reply}");
    reply.replacen(this, that, 1).into_bytes()
}

fn status(reply: &[u8], status: &str) -> Vec<u8> {
    replaced(reply, "HTTP/1.1 200 OK", &format!("HTTP/1.1 {status}"))
}

/// With another body, and its right length.
fn body(reply: &[u8], change: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (head, body) = reply.split_at(body_at(reply));
    let changed = change(body);
    let head =
        replaced(head, &format!("content-length: {}", body.len()), &format!("content-length: {}", changed.len()));
    [head, changed].concat()
}

/// An error code of success behind one of refusal, and the other way round where the reply has none.
fn contradicted(body: &[u8]) -> Vec<u8> {
    let body = String::from_utf8_lossy(body);
    let rest = body.strip_prefix('{').expect("JSON");
    let rest = if rest.contains("errcode") { rest.to_owned() } else { format!("\"errcode\":0,{rest}") };
    format!("{{\"errcode\":40099,{rest}").into_bytes()
}

fn repeated(body: &[u8]) -> Vec<u8> {
    let body = String::from_utf8_lossy(body);
    format!("{{\"errcode\":0,\"errcode\":0,{}", body.strip_prefix('{').expect("JSON")).into_bytes()
}

/// With these dates and no other.
fn dated(reply: &[u8], dates: &[&str]) -> Vec<u8> {
    let (head, body) = reply.split_at(body_at(reply));
    let head = String::from_utf8_lossy(head);
    let lines = head.split("\r\n").filter(|line| !line.is_empty() && !line.to_ascii_lowercase().starts_with("date:"));
    let dates = dates.iter().map(|date| format!("Date: {date}"));
    let lines: Vec<String> = lines.map(ToOwned::to_owned).chain(dates).collect();
    [format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes(), body].concat()
}
