//! The sandbox as a server: connections, routes, and the faults that only a connection can have.
//!
//! Each call is carried out in a task of its own, so that it happens whether or not its client waits for the answer: a real
//! server does not take back what it has begun.

use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hyper::body::{Body as _, Frame};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tower::ServiceExt as _;

use super::Clock;
use super::faults::{Call, FaultKind, Faults};
use super::logo;
use super::record::{CallRecord, Record};
use super::rules::{self, Request};
use super::tokens::Tokens;
use super::wire::{self, Fields, Refusal, Reply};
use super::world::World;

/// The largest request body; the platform's own are a few hundred bytes.
pub const BODY_BYTES_MAX: usize = 64 << 10;
/// The most connections at a time; further ones wait to be accepted.
pub const CONNECTIONS_MAX: usize = 1_024;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub clock: Clock,
    inside: Mutex<Inside>,
}

/// What changes. One lock around all of it is what makes a consume atomic, and the record's order the order of events.
#[derive(Debug)]
pub(super) struct Inside {
    pub world: World,
    pub tokens: Tokens,
    pub faults: Faults,
    pub record: Record,
}

impl Shared {
    pub(super) fn new(clock: Clock, inside: Inside) -> Self {
        Self { clock, inside: Mutex::new(inside) }
    }

    pub(super) fn inside(&self) -> MutexGuard<'_, Inside> {
        // Nothing panics while it is held; if something did, what it holds is still whole enough to practise on.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to one call.
#[derive(Clone, Copy)]
struct Route {
    path: &'static str,
    call: Call,
}

const STABLE_TOKEN: &str = "/cgi-bin/stable_token";
const ROUTES: [Route; 6] = [
    Route { path: "/cgi-bin/token", call: Call::Token },
    Route { path: STABLE_TOKEN, call: Call::Token },
    Route { path: "/card/code/get", call: Call::Get },
    Route { path: "/card/code/consume", call: Call::Consume },
    Route { path: "/card/code/decrypt", call: Call::Decrypt },
    Route { path: "/card/get", call: Call::Card },
];

/// Every task's share of the sandbox: its state, and a channel that closes when the sandbox stops.
#[derive(Clone)]
struct Task {
    shared: Arc<Shared>,
    stopped: watch::Receiver<()>,
}

/// Serves `listener` until the sender of `stopped` is gone.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, stopped: watch::Receiver<()>) {
    /// Out of file handles, most likely: what an accept that failed waits before it tries again.
    const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
    let task = Task { shared, stopped };
    let router = router(task.clone());
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let accept_all = async {
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let connection = connection(stream, router.clone(), Arc::clone(&task.shared));
                    spawn_until(task.stopped.clone(), async move {
                        connection.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    until(task.stopped.clone(), accept_all).await;
}

/// Runs `work` in a task that ends early when the sandbox stops.
fn spawn_until(stopped: watch::Receiver<()>, work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(until(stopped, work));
}

async fn until(mut stopped: watch::Receiver<()>, work: impl Future<Output = ()>) {
    tokio::select! {
        _ = stopped.changed() => {}
        () = work => {}
    }
}

fn router(task: Task) -> Router {
    let router = ROUTES.into_iter().fold(Router::new(), |router, route| {
        let handler = move |State(task): State<Task>, request: HttpRequest| handle(task, route, request);
        router.route(route.path, any(handler))
    });
    let logo = axum::routing::get(async |Path(colour): Path<String>| logo(&colour));
    router
        .route(&format!("{}{{colour}}", logo::PATH), logo)
        .fallback(|| async { page(StatusCode::NOT_FOUND) })
        .with_state(task)
}

/// A merchant's logo.
fn logo(colour: &str) -> Response {
    match logo::png(colour) {
        Some(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        None => page(StatusCode::NOT_FOUND),
    }
}

/// The mark on a response that stands for closing the connection instead.
#[derive(Clone, Copy)]
struct HangUp;

/// Why a connection is closed without an answer. Hyper closes it on any error of the service.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
struct ClosedOnPurpose;

/// Serves one connection until it closes.
async fn connection(stream: TcpStream, router: Router, shared: Arc<Shared>) {
    stream.set_nodelay(true).ok(); // only a matter of speed
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (router, shared) = (router.clone(), Arc::clone(&shared));
        async move {
            let mut response = if is_for_this_machine(request.headers()) {
                let Ok(response) = router.oneshot(request.map(Body::new)).await;
                response
            } else {
                page(StatusCode::MISDIRECTED_REQUEST)
            };
            if response.extensions().get::<HangUp>().is_some() {
                return Err(ClosedOnPurpose);
            }
            if let Some(date) = http_date(shared.clock.now()) {
                response.headers_mut().insert(header::DATE, date);
            }
            Ok(response)
        }
    });
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection to the sandbox ended");
    }
}

/// Whether a request was meant for this server and comes from a program on this machine. A page in a browser that was lured here is turned
/// away: by the `Host`, where a name of its own leads here, and by the `Origin` that the browser adds, where it knows our address.
pub(super) fn is_for_this_machine(headers: &HeaderMap) -> bool {
    let this_machine = |host: &str| {
        let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
        name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    };
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or_default();
    let from_here = |origin: &HeaderValue| {
        origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")).is_some_and(this_machine)
    };
    this_machine(host) && hosts.next().is_none() && headers.get_all(header::ORIGIN).iter().all(from_here)
}

/// The platform's clock, as every answer shows it.
fn http_date(now: Timestamp) -> Option<HeaderValue> {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()?;
    HeaderValue::from_str(&date).ok()
}

/// A web server's own page, for what never reaches the platform.
fn page(status: StatusCode) -> Response {
    let text =
        format!("<html>\r\n<head><title>{status}</title></head>\r\n<body><h1>{status}</h1></body>\r\n</html>\r\n");
    (status, [(header::CONTENT_TYPE, "text/html")], text).into_response()
}

/// One call as it came in, whole.
struct Received {
    route: Route,
    method: String,
    query: Vec<(String, String)>,
    fields: Result<Fields, Refusal>,
    fault: Option<FaultKind>,
}

/// What is sent back.
enum Answer {
    Json(String),
    Garbage,
    Truncated(String),
    ServerError,
    HangUp,
}

/// Takes one call in, has it carried out, and waits for what to send.
async fn handle(task: Task, route: Route, request: HttpRequest) -> Response {
    let (head, body) = request.into_parts();
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return page(StatusCode::PAYLOAD_TOO_LARGE); // before the client has sent it all
    }
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return page(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let fault = task.shared.inside().faults.next(route.call);
    let received = Received { route, method: head.method.to_string(), query, fields: Fields::read(&body), fault };
    let (answer, answered) = oneshot::channel();
    spawn_until(task.stopped, async move {
        if let Some(FaultKind::Delay(delay)) = fault {
            tokio::time::sleep(delay).await;
        }
        let done = carry_out(&task.shared, received, answer.is_closed());
        answer.send(done).ok(); // the client may have left
    });
    // Only a sandbox that stops never answers.
    answered.await.unwrap_or(Answer::HangUp).into_response()
}

/// Carries a call out, or what its fault leaves of it, and records it.
fn carry_out(shared: &Shared, received: Received, client_left: bool) -> Answer {
    let Received { route, method, query, fields, fault } = received;
    let now = shared.clock.now();
    let mut guard = shared.inside();
    let inside = &mut *guard;
    let request = Request {
        call: route.call,
        stable: route.path == STABLE_TOKEN,
        method: &method,
        query: &query,
        fields: &fields,
    };
    let refused_by_fault = fault.and_then(FaultKind::errcode).map(|errcode| Err(Refusal::from(errcode)));
    let result = match fault {
        Some(FaultKind::CloseBefore | FaultKind::Http500) => None,
        _ => Some(
            refused_by_fault.unwrap_or_else(|| rules::answer(&request, &mut inside.world, &mut inside.tokens, now)),
        ),
    };
    let answer = match (&result, fault) {
        (Some(_), Some(FaultKind::ExecuteThenClose)) | (None, Some(FaultKind::CloseBefore)) => Answer::HangUp,
        (Some(_), Some(FaultKind::Garbage)) => Answer::Garbage,
        (Some(result), Some(FaultKind::Truncated)) => Answer::Truncated(wire::body(result)),
        (Some(result), _) => Answer::Json(wire::body(result)),
        (None, _) => Answer::ServerError,
    };
    let sent = result.as_ref().filter(|_| matches!(answer, Answer::Json(_)) && !client_left);
    let field = |name| fields.as_ref().ok().and_then(|fields| fields.for_record(name));
    let of_coupon = matches!(route.call, Call::Get | Call::Consume);
    let code = match &result {
        Some(Ok(Reply::Decrypted { code, .. })) => Some(code.clone()),
        _ => field("code").filter(|_| of_coupon),
    };
    inside.record.add(CallRecord {
        call: route.call,
        code,
        card_id: field("card_id").filter(|_| of_coupon || route.call == Call::Card),
        executed: result.as_ref().is_some_and(Result::is_ok),
        errcode: sent.map(|result| result.as_ref().err().map_or(0, |refusal| refusal.errcode)),
        at: now,
        path: route.path,
        check_consume: fields
            .as_ref()
            .ok()
            .filter(|_| route.call == Call::Get)
            .and_then(|fields| fields.flag("check_consume").ok().flatten()),
        fault,
    });
    answer
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        /// As the platform writes it.
        const JSON: &str = "application/json; encoding=utf-8";
        /// The start of a gzip stream, cut off: neither text nor JSON.
        const GARBAGE: &[u8] = b"\x1F\x8B\x08\x00\xFF\xFE{\"errcode\":0,\xC3\x28";
        let json = |body: Body| ([(header::CONTENT_TYPE, JSON)], body).into_response();
        match self {
            Self::Json(text) => json(text.into()),
            Self::Garbage => json(GARBAGE.into()),
            Self::Truncated(text) => {
                let length = HeaderValue::from(text.len());
                let half = text.as_bytes().get(..text.len() / 2).unwrap_or_default();
                let mut response = json(Body::new(Half::new(Bytes::copy_from_slice(half))));
                response.headers_mut().insert(header::CONTENT_LENGTH, length);
                response
            }
            Self::ServerError => page(StatusCode::INTERNAL_SERVER_ERROR),
            Self::HangUp => {
                let mut response = Response::new(Body::empty());
                response.extensions_mut().insert(HangUp);
                response
            }
        }
    }
}

/// A body that breaks off: its bytes, then, once they are on their way, an error that makes hyper close the connection.
struct Half {
    bytes: Option<Bytes>,
    flushed: bool,
}

impl Half {
    fn new(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes), flushed: false }
    }
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = ClosedOnPurpose;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if !self.flushed {
            // Hyper writes out what it has whenever a body is not ready: without this turn the error would overtake the bytes.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(ClosedOnPurpose)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_served() {
        let with = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).expect("a header"));
            is_for_this_machine(&headers)
        };
        for host in ["127.0.0.1:8080", "127.0.0.1", "localhost:1", "LOCALHOST"] {
            assert!(with(host), "{host}");
        }
        for host in ["api.weixin.qq.com", "evil.example:8080", "192.168.0.2:80", "localhost.evil.example", ""] {
            assert!(!with(host), "{host}");
        }
        assert!(!is_for_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn a_page_of_another_origin_and_a_request_of_two_minds_are_not_served() {
        let served = |name: header::HeaderName, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8080"));
            headers.append(name, HeaderValue::from_static(value));
            is_for_this_machine(&headers)
        };
        for origin in ["http://127.0.0.1:9", "http://localhost"] {
            assert!(served(header::ORIGIN, origin), "{origin}");
        }
        for origin in
            ["https://evil.example", "http://evil.example:80", "null", "file://", "http://localhost.evil.example", ""]
        {
            assert!(!served(header::ORIGIN, origin), "{origin}");
        }
        assert!(!served(header::HOST, "evil.example"), "a second host");
    }

    #[test]
    fn the_date_is_written_as_http_wants_it() {
        let date = http_date(Timestamp::constant(1_457_452_800, 0)).expect("a date");
        assert_eq!(date, "Tue, 08 Mar 2016 16:00:00 GMT");
    }
}
