//! The client against a scripted server, over real sockets: what it sends, what it repeats, and what it makes of every way to answer.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::scripted::{Act, Seen, Server};
use super::*;
use crate::coupon::Status;

const SECRET: &str = "s3cr3t-of-the-account";
const TOKEN: &str = "T0KEN-of-the-till";

fn code() -> Code {
    Code::parse("110201201245").expect("a code")
}

fn card_id(text: &str) -> CardId {
    CardId::parse(text).expect("a card id")
}

/// The usual options, with a deadline that no machine is too busy for.
fn options(server: &Server) -> Options {
    Options { total_deadline: Duration::from_secs(60), ..Options::new(server.base_url.clone()) }
}

/// Deadlines for tests in which nothing ever comes. Connecting to this computer takes far less.
fn hasty(server: &Server) -> Options {
    Options {
        total_deadline: Duration::from_millis(400),
        connect_deadline: Duration::from_millis(200),
        ..options(server)
    }
}

/// A client with a token that needs no fetch.
fn client(options: Options) -> Client {
    Client::new(options, TokenSource::Fixed(TOKEN.into())).expect("a client")
}

/// A client that fetches stable tokens.
fn stable(options: Options) -> Client {
    Client::new(options, TokenSource::Stable { appid: "wx1".to_owned(), secret: SECRET.into() }).expect("a client")
}

fn token(token: &str, expires_in: i64) -> Act {
    Act::Json(json!({"access_token": token, "expires_in": expires_in}).to_string())
}

fn errcode(errcode: i64) -> Act {
    Act::Json(json!({"errcode": errcode, "errmsg": format!("words of {errcode}")}).to_string())
}

fn coupon() -> Act {
    Act::Json(include_str!("../../tests/data/platform/query_normal.json").to_owned())
}

fn accepted() -> Act {
    Act::Json(include_str!("../../tests/data/platform/consume.json").to_owned())
}

/// Answers token fetches with `T1`, `T2`, … in turn, and calls by `call`, which is told the token that came.
fn with_tokens(expires_in: i64, mut call: impl FnMut(&Seen, &str) -> Act + Send + 'static) -> Server {
    let mut fetches = 0;
    Server::start(move |seen| {
        if seen.path == "/cgi-bin/stable_token" {
            fetches += 1;
            return token(&format!("T{fetches}"), expires_in);
        }
        call(seen, seen.query.strip_prefix("access_token=").expect("a token"))
    })
}

fn json_of(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).expect("a JSON body")
}

// What is sent

#[tokio::test]
async fn a_call_is_a_post_of_json_with_the_token_in_the_address() {
    let server = Server::start(|_| coupon());
    client(options(&server)).query(&code(), Some(&card_id("p1")), false).await.expect("a coupon");
    let [seen] = server.seen().try_into().expect("one request");
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/card/code/get"));
    assert_eq!(seen.query, format!("access_token={TOKEN}"));
    assert_eq!(seen.body, r#"{"code":"110201201245","card_id":"p1","check_consume":false}"#);
    assert!(seen.headers.contains(&"content-type: application/json".to_owned()));
    assert!(seen.headers.contains(&format!("user-agent: hexiao/{}", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn a_token_with_any_character_arrives_as_it_is() {
    let server = Server::start(|_| coupon());
    let client = Client::new(options(&server), TokenSource::Fixed("a+b/c=&d%".into())).expect("a client");
    client.query(&code(), None, true).await.expect("a coupon");
    let query = &server.seen()[0].query;
    let (_, value) = url::form_urlencoded::parse(query.as_bytes()).next().expect("a parameter");
    assert_eq!(value, "a+b/c=&d%");
}

#[tokio::test]
async fn every_call_goes_to_its_own_path_and_is_answered() {
    let server = Server::start(|seen| {
        Act::Json(match seen.path.as_str() {
            "/card/code/decrypt" => include_str!("../../tests/data/platform/decrypt.json").to_owned(),
            "/card/get" => include_str!("../../tests/data/platform/card_groupon.json").to_owned(),
            _ => return accepted(),
        })
    });
    let client = client(options(&server));
    let encrypted = EncryptedCode::parse("XXIz+91/E0=").expect("an encrypted code");
    assert_eq!(client.decrypt(&encrypted).await.expect("a code").as_str(), "751234212312");
    assert_eq!(client.card(&card_id("p1")).await.expect("a card").brand, "微信餐厅");
    assert_eq!(client.consume(&code(), None).await.outcome, Outcome::Accepted { message: "ok".to_owned() });
    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.path + " " + &seen.body).collect();
    assert_eq!(
        bodies,
        [
            r#"/card/code/decrypt {"encrypt_code":"XXIz+91/E0="}"#,
            r#"/card/get {"card_id":"p1"}"#,
            r#"/card/code/consume {"code":"110201201245"}"#
        ]
    );
}

#[tokio::test]
async fn an_answer_carries_the_platform_s_clock() {
    let server = Server::start(|_| coupon());
    let answer = client(options(&server)).query(&code(), None, false).await.expect("a coupon");
    assert_eq!(answer.date, "2016-03-09T00:00:07Z".parse().ok());
    assert_eq!(answer.value.status, Status::Normal);
}

#[tokio::test]
async fn a_damaged_decryption_is_an_error_and_never_a_code() {
    let server = Server::start(|_| {
        let body = include_bytes!("../../tests/data/platform/decrypt_garbage.json");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        Act::Raw([head.as_bytes(), body].concat())
    });
    let encrypted = EncryptedCode::parse("XXIz+91/E0=").expect("an encrypted code");
    let error = client(options(&server)).decrypt(&encrypted).await.expect_err("damaged");
    assert!(matches!(error, Error::DecryptedRefused(_)), "{error:?}");
    assert!(matches!(error.trouble(), Trouble::Nonsense(_)));
}

// Tokens

#[tokio::test]
async fn sixty_four_callers_share_one_fetch() {
    let server = with_tokens(7200, |_, _| coupon());
    let client = stable(options(&server));
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        let client = client.clone();
        callers.spawn(async move { client.query(&code(), None, false).await.is_ok() });
    }
    assert!(callers.join_all().await.into_iter().all(|ok| ok));
    assert_eq!((server.count("stable_token"), server.count("get")), (1, 64));
    let fetch = &server.seen()[0];
    assert_eq!((fetch.method.as_str(), fetch.query.as_str()), ("POST", ""));
    assert_eq!(
        json_of(fetch),
        json!({"grant_type": "client_credential", "appid": "wx1", "secret": SECRET, "force_refresh": false})
    );
}

#[tokio::test]
async fn sixty_four_callers_share_one_failed_fetch() {
    let server = Server::start(|_| errcode(40164));
    let client = stable(options(&server));
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        let client = client.clone();
        callers.spawn(async move { client.query(&code(), None, false).await.expect_err("no token").errcode() });
    }
    assert!(callers.join_all().await.into_iter().all(|errcode| errcode == Some(40164)));
    assert_eq!(server.count("stable_token"), 1);
    assert_eq!(client.query(&code(), None, false).await.expect_err("no token").errcode(), Some(40164));
    assert_eq!(server.count("stable_token"), 2, "who comes later tries again");
}

#[tokio::test]
async fn sixty_four_callers_whose_token_is_refused_share_one_refresh() {
    let server = with_tokens(7200, |_, token| if token == "T1" { errcode(42001) } else { coupon() });
    let client = stable(options(&server));
    let mut callers = JoinSet::new();
    for _ in 0..64 {
        let client = client.clone();
        callers.spawn(async move { client.query(&code(), None, false).await.is_ok() });
    }
    assert!(callers.join_all().await.into_iter().all(|ok| ok));
    assert_eq!(server.count("stable_token"), 2);
}

#[tokio::test]
async fn a_token_is_used_until_it_is_to_be_renewed() {
    let server = with_tokens(300, |_, _| coupon());
    let client = stable(options(&server));
    for _ in 0..3 {
        client.query(&code(), None, false).await.expect("a coupon");
    }
    assert_eq!(server.count("stable_token"), 1);
}

#[tokio::test]
async fn a_token_without_life_serves_one_call() {
    let server = with_tokens(0, |_, _| coupon());
    let client = stable(options(&server));
    for _ in 0..2 {
        client.query(&code(), None, false).await.expect("a coupon");
    }
    let queries: Vec<String> = server.seen().into_iter().map(|seen| seen.query).collect();
    assert_eq!(queries, ["", "access_token=T1", "", "access_token=T2"]);
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once_and_the_call_repeated_once() {
    for refusal in [40001, 40014, 42001] {
        let server = with_tokens(7200, move |_, token| if token == "T1" { errcode(refusal) } else { coupon() });
        stable(options(&server)).query(&code(), None, false).await.expect("a coupon");
        let queries: Vec<String> = server.seen().into_iter().map(|seen| seen.query).collect();
        assert_eq!(queries, ["", "access_token=T1", "", "access_token=T2"], "{refusal}");
        assert!(
            server.seen().iter().all(|seen| !seen.body.contains(r#""force_refresh":true"#)),
            "another's token stays good"
        );
    }
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let server = with_tokens(7200, |_, _| errcode(40001));
    let client = stable(options(&server));
    let error = client.query(&code(), None, false).await.expect_err("refused");
    assert_eq!(error.errcode(), Some(40001));
    assert_eq!((server.count("stable_token"), server.count("get")), (2, 2));
    let consumed = client.consume(&code(), None).await;
    assert_eq!(consumed.outcome, Outcome::Rejected { errcode: Some(40001), message: "words of 40001".to_owned() });
    assert_eq!(server.count("consume"), 2);
}

#[tokio::test]
async fn force_is_used_only_when_the_refused_token_comes_back_and_not_again_at_once() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/cgi-bin/stable_token" => token(if json_of(seen)["force_refresh"] == true { "NEW" } else { "OLD" }, 7200),
        _ if seen.query.ends_with("NEW") => coupon(),
        _ => errcode(40001),
    });
    let client = stable(options(&server));
    client.query(&code(), None, false).await.expect("a coupon");
    let forces =
        |server: &Server| server.seen().iter().filter(|seen| seen.body.contains(r#""force_refresh":true"#)).count();
    assert_eq!((server.count("stable_token"), forces(&server), server.count("get")), (3, 1, 2));
    client.check_account().await.expect("a token");
    assert_eq!(client.query(&code(), None, false).await.expect_err("the old token again").errcode(), Some(40001));
    assert_eq!(forces(&server), 1, "not twice in 30 seconds");
}

#[tokio::test]
async fn an_error_code_under_http_200_is_no_token() {
    for (errcode, class) in [(40013, Class::Configuration), (40001, Class::Configuration), (45011, Class::Wait)] {
        let server = Server::start(move |_| super::tests::errcode(errcode));
        let client = stable(options(&server));
        for error in [
            client.query(&code(), None, false).await.expect_err("no token"),
            client.check_account().await.expect_err("no token"),
        ] {
            let expected = Trouble::Refused { errcode, class, message: format!("words of {errcode}") };
            assert_eq!(error.trouble(), expected);
        }
        assert_eq!(server.count("get"), 0);
    }
}

#[tokio::test]
async fn a_fixed_token_is_never_fetched_and_its_refusal_is_final() {
    let server = Server::start(|_| errcode(40014));
    let client = client(options(&server));
    assert_eq!(client.query(&code(), None, false).await.expect_err("refused").errcode(), Some(40014));
    assert!(client.check_account().await.is_ok());
    assert_eq!(server.seen().len(), 1);
}

fn service(server: &Server, bearer: Option<&str>) -> Client {
    let url = format!("{}/tokens?for=till", server.base_url).parse().expect("an address");
    Client::new(options(server), TokenSource::Service { url, bearer: bearer.map(SecretString::from) })
        .expect("a client")
}

#[tokio::test]
async fn a_token_service_is_asked_with_its_bearer_secret() {
    let server = Server::start(|seen| if seen.path == "/tokens" { token("T1", 300) } else { coupon() });
    service(&server, Some(SECRET)).query(&code(), None, false).await.expect("a coupon");
    let fetch = &server.seen()[0];
    assert_eq!((fetch.method.as_str(), fetch.query.as_str(), fetch.body.as_str()), ("GET", "for=till", ""));
    assert!(fetch.headers.contains(&format!("authorization: Bearer {SECRET}")));
    assert_eq!(server.seen()[1].query, "access_token=T1");
    let answer = service(&server, None).check_account().await.expect("a token");
    assert_eq!(answer.date, None, "the service's clock is not the platform's");
    assert!(!server.seen()[2].headers.iter().any(|line| line.starts_with("authorization:")));
}

#[tokio::test]
async fn a_token_service_that_turns_the_till_away_is_a_matter_of_the_account() {
    for (status, account) in [(401, true), (403, true), (404, true), (302, false), (500, false)] {
        let server = Server::start(move |_| Act::Http(status, "Location: /elsewhere\r\n", "no".to_owned()));
        let trouble = service(&server, Some(SECRET)).check_account().await.expect_err("no token").trouble();
        assert_eq!(matches!(trouble, Trouble::Account(_)), account, "{trouble:?}");
        assert_eq!(matches!(trouble, Trouble::Nonsense(_)), !account, "{trouble:?}");
        assert_eq!(server.count("elsewhere"), 0);
    }
}

#[test]
fn secrets_are_not_sent_to_an_unencrypted_token_service() {
    let source = |url: &str| TokenSource::Service { url: url.parse().expect("an address"), bearer: None };
    let build = |url| Client::new(Options::new(BaseUrl::parse("http://127.0.0.1:9").expect("a base")), source(url));
    for (url, refusal) in [
        ("http://tokens.example/", AddressRefusal::NotSecure),
        ("https://me:pw@tokens.example/", AddressRefusal::Credentials),
    ] {
        assert!(matches!(build(url), Err(Error::Address(found)) if found == refusal), "{url}");
    }
    assert!(build("http://127.0.0.1:9/tokens").is_ok());
}

// What is repeated

#[tokio::test]
async fn a_query_is_repeated_once_when_the_platform_is_busy_or_the_connection_or_a_server_breaks() {
    let bad_gateway = || Act::Http(502, "", "<html>".to_owned());
    for act in [|| errcode(-1), || Act::Close, bad_gateway] {
        let mut first = true;
        let server = Server::start(move |_| if std::mem::take(&mut first) { act() } else { coupon() });
        client(options(&server)).query(&code(), None, false).await.expect("a coupon");
        assert_eq!(server.seen().len(), 2);
        let server = Server::start(move |_| act());
        assert!(client(options(&server)).query(&code(), None, false).await.is_err());
        assert_eq!(server.seen().len(), 2, "once and no more");
    }
}

#[tokio::test]
async fn a_query_is_not_repeated_when_it_was_answered() {
    let nonsense = || Act::Json("<html>".to_owned());
    let not_found = || Act::Http(404, "", "<html>".to_owned());
    let redirect = || Act::Http(302, "Location: /elsewhere\r\n", String::new());
    for act in [|| errcode(40127), || errcode(45009), || errcode(99999), nonsense, not_found, redirect] {
        let server = Server::start(move |_| act());
        assert!(client(options(&server)).query(&code(), None, false).await.is_err());
        assert_eq!(server.seen().len(), 1);
    }
}

// Custom codes

#[tokio::test]
async fn a_bare_custom_code_is_found_among_the_custom_cards_in_their_order() {
    let server = Server::start(|seen| match json_of(seen)["card_id"].as_str() {
        Some("p3") => coupon(),
        Some("p2") => errcode(40073),
        _ => errcode(40056),
    });
    let custom_cards = ["p1", "p2", "p3", "p4"].map(card_id).to_vec();
    let client = client(Options { custom_cards, ..options(&server) });
    let coupon = client.query(&code(), None, false).await.expect("a coupon").value;
    assert_eq!(coupon.card_id, Some(card_id("p3")), "the card that worked, to consume with");
    let asked: Vec<Value> = server.seen().iter().map(|seen| json_of(seen)["card_id"].clone()).collect();
    assert_eq!(asked, [Value::Null, json!("p1"), json!("p2"), json!("p3")]);
}

#[tokio::test]
async fn custom_cards_are_tried_only_for_a_bare_code_that_is_not_known() {
    for (card, answer, requests) in [(Some("p9"), 40056, 1), (None, 40127, 1), (None, 40056, 3)] {
        let server = Server::start(move |_| errcode(answer));
        let client = client(Options { custom_cards: vec![card_id("p1"), card_id("p2")], ..options(&server) });
        let error = client.query(&code(), card.map(card_id).as_ref(), true).await.expect_err("refused");
        assert_eq!((error.errcode(), server.seen().len()), (Some(answer), requests));
    }
}

#[tokio::test]
async fn a_custom_card_s_own_refusal_is_the_answer() {
    let server = Server::start(|seen| errcode(if json_of(seen)["card_id"] == "p1" { 40099 } else { 40056 }));
    let client = client(Options { custom_cards: vec![card_id("p1"), card_id("p2")], ..options(&server) });
    assert_eq!(client.query(&code(), None, true).await.expect_err("refused").errcode(), Some(40099));
    assert_eq!(server.seen().len(), 2);
}

// Consume

#[tokio::test]
async fn every_answer_to_a_consume_has_its_outcome_and_is_asked_for_once() {
    let ok = r#"{"errcode":0,"errmsg":"ok"}"#;
    let raw = |text: &str| Act::Raw(text.as_bytes().to_vec());
    let http = |status, body: &str| Act::Http(status, "", body.to_owned());
    #[rustfmt::skip]
    let table: Vec<(&str, Act, &str, Option<i64>)> = vec![
        ("success",                  accepted(),                                  "accepted", Some(0)),
        ("success, extra fields",    Act::Json(r#"{"errcode":0,"x":{"y":[]}}"#.to_owned()), "accepted", Some(0)),
        ("success, code as text",    Act::Json(r#"{"errcode":"0"}"#.to_owned()),  "accepted", Some(0)),
        ("consumed before",          errcode(40099),                              "rejected", Some(40099)),
        ("not a code",               errcode(40056),                              "rejected", Some(40056)),
        ("quota",                    errcode(45009),                              "rejected", Some(45009)),
        ("an unlisted code",         errcode(99999),                              "rejected", Some(99999)),
        ("a refusal under 500",      http(500, r#"{"errcode":40127}"#),           "rejected", Some(40127)),
        ("busy",                     errcode(-1),                                 "unknown",  Some(-1)),
        ("no error code",            Act::Json("{}".to_owned()),                  "unknown",  None),
        ("another shape",            Act::Json("[0]".to_owned()),                 "unknown",  None),
        ("nothing in it",            Act::Json(String::new()),                    "unknown",  None),
        ("garbage",                  Act::Json("\u{0}\u{7}<html>".to_owned()),    "unknown",  None),
        ("server error",             http(500, "<html>"),                         "unknown",  None),
        ("bad gateway",              http(502, ""),                               "unknown",  None),
        ("not found",                http(404, "nothing here"),                   "unknown",  None),
        ("success under 500",        http(500, ok),                               "unknown",  None),
        ("redirect",                 Act::Http(307, "Location: /card/code/consume2\r\n", ok.to_owned()), "unknown", None),
        ("closed at once",           Act::Close,                                  "unknown",  None),
        ("closed in the head",       raw("HTTP/1.1 200 OK\r\nConte"),             "unknown",  None),
        ("closed in the body",       raw("HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"errcode\":0"), "unknown", None),
        ("cut off in a chunk",       raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n{\"errcode\":0"), "unknown", None),
        ("whole text, cut chunks",   raw(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{ok}\r\n", ok.len())), "unknown", None),
        ("shorter than its length",  raw(&format!("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{ok}")), "unknown", None),
        ("not HTTP",                 raw("SSH-2.0-x\r\n"),                        "unknown",  None),
        ("no end",                   Act::Endless,                                "unknown",  None),
    ];
    for (name, act, word, code_expected) in table {
        let mut act = Some(act);
        let server = Server::start(move |_| act.take().unwrap_or_else(accepted));
        let before = Timestamp::now();
        let consumed = client(options(&server)).consume(&code(), None).await;
        assert_eq!(
            (consumed.outcome.word(), consumed.outcome.errcode()),
            (word, code_expected),
            "{name}: {consumed:?}"
        );
        assert!(consumed.sent_at.is_some_and(|at| before <= at && at <= Timestamp::now()), "{name}");
        assert_eq!(consumed.trouble.is_none(), word == "accepted", "{name}");
        assert_eq!(server.seen().len(), 1, "{name}: sent once");
    }
}

#[tokio::test]
async fn a_consume_without_an_answer_is_unknown_at_the_deadline() {
    let server = Server::start(|_| Act::Hang);
    let consumed = client(hasty(&server)).consume(&code(), None).await;
    assert_eq!(consumed.outcome.word(), "unknown");
    assert!(matches!(consumed.trouble, Some(Trouble::NoAnswer(_))), "{consumed:?}");
    assert!(consumed.sent_at.is_some());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_consume_whose_answer_stops_half_way_is_unknown_at_the_deadline() {
    // The length promises more than comes, and the connection stays open: only the deadline ends it.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base_url = BaseUrl::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("a base");
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"errcode\":0").expect("written");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let options = Options { total_deadline: Duration::from_millis(400), ..Options::new(base_url) };
    let consumed = client(options).consume(&code(), None).await;
    assert_eq!(consumed.outcome.word(), "unknown", "{consumed:?}");
}

/// An address of this computer where nobody listens.
fn nobody() -> BaseUrl {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    BaseUrl::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("a base")
}

#[tokio::test]
async fn a_consume_that_finds_nobody_is_rejected_and_was_not_sent() {
    let consumed = client(Options::new(nobody())).consume(&code(), None).await;
    assert!(
        matches!(&consumed.outcome, Outcome::Rejected { errcode: None, message } if message.starts_with("not sent: "))
    );
    assert_eq!(consumed.sent_at, None);
    assert!(matches!(consumed.trouble, Some(Trouble::Unreachable(_))), "{consumed:?}");
}

#[tokio::test]
async fn a_consume_to_an_address_that_speaks_no_tls_is_rejected_and_was_not_sent() {
    let server = Server::start(|_| accepted());
    let base_url = BaseUrl::parse(&server.base_url.as_str().replace("http:", "https:")).expect("a base");
    // Where this system has no root certificates at all, no such client can be built.
    let Ok(client) = Client::new(Options::new(base_url), TokenSource::Fixed(TOKEN.into())) else { return };
    let consumed = client.consume(&code(), None).await;
    assert_eq!((consumed.outcome.word(), consumed.sent_at), ("rejected", None), "{consumed:?}");
    assert!(matches!(consumed.trouble, Some(Trouble::Unreachable(_))), "{consumed:?}");
}

#[tokio::test]
async fn a_consume_without_a_token_is_rejected_and_was_not_sent() {
    type Row = (fn() -> Act, fn(&Server) -> Options, Option<i64>, fn(&Trouble) -> bool);
    let table: [Row; 4] = [
        (
            || errcode(40164),
            options,
            Some(40164),
            |t| matches!(t, Trouble::Refused { class: Class::Configuration, .. }),
        ),
        (|| errcode(-1), options, Some(-1), |t| matches!(t, Trouble::Refused { class: Class::Wait, .. })),
        (|| Act::Json("<html>".to_owned()), options, None, |t| matches!(t, Trouble::Nonsense(_))),
        (|| Act::Hang, hasty, None, |t| matches!(t, Trouble::Unreachable(_))),
    ];
    for (act, options, expected, check) in table {
        let server = Server::start(move |_| act());
        let consumed = stable(options(&server)).consume(&code(), None).await;
        assert!(
            matches!(&consumed.outcome, Outcome::Rejected { errcode, message } if *errcode == expected && message.starts_with("not sent: ")),
            "{consumed:?}"
        );
        assert!(consumed.trouble.as_ref().is_some_and(check), "{consumed:?}");
        assert_eq!((consumed.sent_at, server.count("consume")), (None, 0));
    }
}

#[tokio::test]
async fn a_consume_is_repeated_once_after_a_refused_token() {
    for refusal in [40001, 40014, 42001] {
        let server = with_tokens(7200, move |_, token| if token == "T1" { errcode(refusal) } else { accepted() });
        let consumed = stable(options(&server)).consume(&code(), None).await;
        assert_eq!(consumed.outcome.word(), "accepted");
        assert_eq!((server.count("stable_token"), server.count("consume")), (2, 2));
    }
}

#[tokio::test]
async fn a_consume_whose_repetition_has_no_answer_is_unknown() {
    let server = with_tokens(7200, |_, token| if token == "T1" { errcode(42001) } else { Act::Close });
    let consumed = stable(options(&server)).consume(&code(), None).await;
    assert_eq!(consumed.outcome.word(), "unknown");
    assert_eq!(server.count("consume"), 2);
}

#[tokio::test]
async fn a_consume_whose_refused_token_cannot_be_replaced_is_rejected_though_it_was_sent() {
    let mut fetches = 0;
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/cgi-bin/stable_token" if fetches == 0 => {
            fetches += 1;
            token("T1", 7200)
        }
        "/cgi-bin/stable_token" => errcode(45011),
        _ => errcode(42001),
    });
    let consumed = stable(options(&server)).consume(&code(), None).await;
    assert_eq!((consumed.outcome.word(), consumed.outcome.errcode()), ("rejected", Some(45011)));
    assert!(consumed.sent_at.is_some());
    assert_eq!(server.count("consume"), 1);
}

#[tokio::test]
async fn a_consume_never_uses_a_connection_that_may_just_be_closing() {
    let closes = |seen: &Seen| {
        let act = if seen.path.ends_with("consume") { accepted() } else { coupon() };
        let Act::Json(body) = act else { unreachable!() };
        Act::JsonThenClose(body)
    };
    let server = Server::start(closes);
    let client = client(options(&server));
    for _ in 0..20 {
        client.query(&code(), None, false).await.expect("a coupon");
        assert_eq!(client.consume(&code(), None).await.outcome.word(), "accepted");
    }
    let server = Server::start(|seen| if seen.path.ends_with("consume") { accepted() } else { coupon() });
    let client = super::tests::client(options(&server));
    for _ in 0..3 {
        client.query(&code(), None, false).await.expect("a coupon");
        client.consume(&code(), None).await;
    }
    let mut consumes: Vec<usize> =
        server.seen().iter().filter(|seen| seen.path.ends_with("consume")).map(|seen| seen.connection).collect();
    consumes.dedup();
    assert_eq!(consumes.len(), 3, "each on a connection of its own");
    let queries = server.seen().iter().filter(|seen| seen.path.ends_with("get")).map(|seen| seen.connection).max();
    assert_eq!(queries, Some(0), "while queries share theirs");
}

// Limits

#[tokio::test]
async fn a_call_ends_at_the_total_deadline_whatever_it_waits_for() {
    let server = Server::start(|_| Act::Hang);
    let trouble = client(hasty(&server)).query(&code(), None, false).await.expect_err("no answer").trouble();
    assert!(matches!(trouble, Trouble::NoAnswer(_)), "{trouble:?}");
    let trouble = stable(hasty(&server)).query(&code(), None, false).await.expect_err("no token").trouble();
    assert!(matches!(trouble, Trouble::Unreachable(_)), "the query never left: {trouble:?}");
}

#[tokio::test]
async fn an_answer_beyond_the_size_limit_is_refused_whether_it_declares_its_length_or_not() {
    let long = format!(r#"{{"errcode":0,"errmsg":"{}"}}"#, "x".repeat(300));
    let acts: [fn(String) -> Act; 3] = [
        Act::Json,
        |_| Act::Endless,
        |body| Act::Raw(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}").into_bytes()),
    ];
    for act in acts {
        let body = long.clone();
        let server = Server::start(move |_| act(body.clone()));
        let client = client(Options { reply_bytes_max: 300, ..options(&server) });
        let error = client.query(&code(), None, false).await.expect_err("too large");
        assert!(matches!(error, Error::TooLarge { bytes_max: 300, .. }), "{error:?}");
    }
    let bytes = long.len();
    let server = Server::start(move |_| Act::Json(long.clone()));
    for (reply_bytes_max, within) in [(bytes, true), (bytes - 1, false)] {
        let client = client(Options { reply_bytes_max, ..options(&server) });
        assert_eq!(client.query(&code(), None, false).await.is_ok(), within, "{bytes} bytes of {reply_bytes_max}");
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(move |_| Act::Http(status, "Location: /elsewhere\r\n", String::new()));
        let error = client(options(&server)).query(&code(), None, false).await.expect_err("a redirect");
        assert!(matches!(error, Error::Status { status: found, .. } if found == status), "{error:?}");
        assert_eq!((server.seen().len(), server.count("elsewhere")), (1, 0));
    }
}

// Secrets

#[tokio::test]
async fn no_secret_and_no_token_is_ever_printed() {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // Every answer holds all that came with the request, so token and secret alike.
    let acts: [fn(String) -> Act; 10] = [
        |echo| Act::Json(json!({"errcode": 40001, "errmsg": echo}).to_string()),
        |echo| Act::Json(json!({"errcode": -1, "errmsg": echo}).to_string()),
        |echo| Act::Json(format!("<html>{echo}")),
        |echo| Act::Json(json!({"errmsg": echo}).to_string()),
        |echo| Act::Http(500, "", echo),
        |echo| Act::Http(302, "Location: /x\r\n", echo),
        |echo| Act::Raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{echo}").into_bytes()),
        |echo| Act::Raw(echo.into_bytes()),
        |_| Act::Endless,
        |_| Act::Close,
    ];
    let server = Server::start(move |seen| {
        acts[NEXT.load(Ordering::SeqCst)](format!("{} {} {:?}", seen.query, seen.body, seen.headers))
    });
    let url = format!("{}/tokens?key={SECRET}", server.base_url).parse().expect("an address");
    let clients = [
        client(hasty(&server)),
        stable(hasty(&server)),
        Client::new(hasty(&server), TokenSource::Service { url, bearer: Some(SECRET.into()) }).expect("a client"),
        client(Options { base_url: nobody(), ..hasty(&server) }),
        service(&server, Some(&format!("{SECRET}\n"))),
    ];
    for act in 0..acts.len() {
        NEXT.store(act, Ordering::SeqCst);
        for client in &clients {
            let mut printed = format!("{client:?} {client:#?}");
            let consumed = client.consume(&code(), None).await;
            printed += &format!("{consumed:?}");
            let error = client.query(&code(), None, false).await.expect_err("none of these is an answer");
            printed += &format!("{error:?} {error} {} {:?}", error.chain(), error.trouble());
            for hidden in [TOKEN, SECRET] {
                assert!(!printed.contains(hidden), "act {act}: {hidden} in {printed}");
            }
        }
    }
}
