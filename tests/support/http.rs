//! A small HTTP server for tests, on this machine alone: one request a connection, and the answer to the byte.
#![allow(clippy::expect_used)] // helpers of tests; clippy exempts only the tests themselves

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

/// Begins to listen; `answer` makes the whole answer to each request, or none, from the server's own address, the path without parameters, the head and
/// the body. Where it listens: `http://127.0.0.1:PORT`. Its threads end with the program.
pub fn start(answer: impl Fn(&str, &str, &str, &str) -> Option<String> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    let (answer, own_url) = (Arc::new(answer), base_url.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, own_url) = (Arc::clone(&answer), own_url.clone());
            std::thread::spawn(move || {
                let Some((path, head, body)) = hear(&stream) else { return };
                if let Some(bytes) = answer(&own_url, &path, &head, &body) {
                    (&stream).write_all(bytes.as_bytes()).ok(); // the client may have left
                }
            });
        }
    });
    base_url
}

/// An answer.
pub fn answer(status: u16, kind: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    )
}

/// A request's path, head and body; `None` where whoever connected has left.
fn hear(stream: &TcpStream) -> Option<(String, String, String)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let target = head.split_whitespace().nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    Some((path, head, String::from_utf8_lossy(&body).into_owned()))
}
