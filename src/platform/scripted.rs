//! A server for tests that does what a script says, down to closing connections half-way. On threads and blocking sockets of its own, so
//! that it shares nothing with the client under test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::BaseUrl;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which connection it came over, from 0.
    pub connection: usize,
    pub method: String,
    /// The path, without the query.
    pub path: String,
    pub query: String,
    /// Header lines, names in lower case.
    pub headers: Vec<String>,
    pub body: String,
}

/// What the server does about a request.
pub enum Act {
    /// Answers 200 with this JSON and keeps the connection.
    Json(String),
    /// Answers with this status, these header lines and this body, and keeps the connection.
    Http(u16, &'static str, String),
    /// Answers 200 with this JSON, then closes the connection that it promised to keep.
    JsonThenClose(String),
    /// Writes these bytes as they are, then closes.
    Raw(Vec<u8>),
    /// Writes a head and then a body without end, until the other side has enough.
    Endless,
    /// Answers nothing, and keeps the connection open until the other side closes.
    Hang,
    /// Closes without an answer.
    Close,
}

pub struct Server {
    pub base_url: BaseUrl,
    seen: Arc<Mutex<Vec<Seen>>>,
}

type Script = Arc<Mutex<dyn FnMut(&Seen) -> Act + Send>>;

impl Server {
    /// Listens on a free port of this computer and does what `script` says about each request.
    pub fn start(script: impl FnMut(&Seen) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base_url =
            BaseUrl::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("a base");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, script): (_, Script) = (Arc::clone(&seen), Arc::new(Mutex::new(script)));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().flatten().enumerate() {
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                thread::spawn(move || serve(connection, &stream, &log, &script));
            }
        });
        Self { base_url, seen }
    }

    /// What came in so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// How many requests for this path's end came in so far.
    pub fn count(&self, path_end: &str) -> usize {
        self.seen().iter().filter(|seen| seen.path.ends_with(path_end)).count()
    }
}

fn serve(connection: usize, stream: &TcpStream, log: &Mutex<Vec<Seen>>, script: &Script) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Some(seen) = read_request(connection, &mut reader) {
        log.lock().expect("not poisoned").push(seen.clone());
        let act = (script.lock().expect("not poisoned"))(&seen);
        // A client that gave up is part of many tests.
        let keep = match act {
            Act::Json(body) => writer.write_all(&response(200, "", &body)).is_ok(),
            Act::Http(status, headers, body) => writer.write_all(&response(status, headers, &body)).is_ok(),
            Act::JsonThenClose(body) => {
                let _ = writer.write_all(&response(200, "", &body));
                false
            }
            Act::Raw(bytes) => {
                let _ = writer.write_all(&bytes);
                false
            }
            Act::Endless => {
                let _ = writer.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"errcode\":0,\"errmsg\":\"");
                while writer.write_all(&[b'x'; 4096]).is_ok() {}
                false
            }
            Act::Hang => {
                let _ = reader.read(&mut [0]);
                false
            }
            Act::Close => false,
        };
        if !keep {
            break;
        }
    }
}

fn response(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\nDate: Wed, 09 Mar 2016 00:00:07 GMT\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn read_request(connection: usize, reader: &mut impl BufRead) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let headers: Vec<String> =
        lines[1..].iter().filter_map(|l| l.split_once(':').map(|(n, v)| format!("{}:{v}", n.to_lowercase()))).collect();
    let length = headers.iter().find_map(|l| l.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).expect("raw UTF-8");
    Some(Seen { connection, method, path: path.to_owned(), query: query.to_owned(), headers, body })
}
