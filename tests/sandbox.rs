//! The promise: the sandbox answers over HTTP as the platform is documented to, goes wrong when told to, and never lies about
//! what it did.

// Helpers of tests may fail a test too; clippy's own exemption covers functions marked #[test] alone.
#![allow(clippy::expect_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hexiao::sandbox::{Call, CallRecord, Clock, Deck, Options, Sandbox, print};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CASH: &str = "409632457895";
const CUSTOM: &str = "VIP-2026-001";
const CUSTOM_CARD: &str = "pSandboxCustom00000000000006";
const CASH_CARD: &str = "pSandboxCash0000000000000001";

/// A sandbox with a client that knows nothing but HTTP.
struct Platform {
    sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
}

impl Platform {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok(); // the client wants one even for plain HTTP
        let sandbox = Sandbox::start(options).await.expect("a sandbox");
        let mut platform = Self { sandbox, http: reqwest::Client::new(), token: String::new() };
        let reply = platform.stable_token(false).await;
        platform.token = reply["access_token"].as_str().unwrap_or_default().to_owned();
        platform
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base_url())
    }

    async fn stable_token(&self, force_refresh: bool) -> Value {
        let (appid, secret) = (self.sandbox.appid(), self.sandbox.secret());
        let body = json!({"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force_refresh});
        self.post("/cgi-bin/stable_token", body.to_string()).await.expect("an answer")
    }

    /// Sends a body without saying what it is.
    async fn post(&self, path: &str, body: String) -> Result<Value, reqwest::Error> {
        let text = self.http.post(self.url(path)).body(body).send().await?.text().await?;
        Ok(serde_json::from_str(&text).expect(&text))
    }

    async fn try_call(&self, path: &str, body: Value) -> Result<Value, reqwest::Error> {
        self.post(&format!("{path}?access_token={}", self.token), body.to_string()).await
    }

    async fn call(&self, path: &str, body: Value) -> Value {
        self.try_call(path, body).await.expect("an answer")
    }

    async fn get(&self, code: &str) -> Value {
        self.call("/card/code/get", json!({"code": code, "check_consume": false})).await
    }

    async fn consume(&self, code: &str) -> Value {
        self.call("/card/code/consume", json!({"code": code})).await
    }

    fn fault(&self, fault: &str) {
        self.sandbox.add_fault(fault.parse().expect(fault));
    }

    fn status(&self, code: &str) -> String {
        self.sandbox.coupons().into_iter().find(|c| c.code == code).expect(code).status
    }

    fn last_call(&self) -> CallRecord {
        self.sandbox.calls().pop().expect("a call")
    }

    async fn connect(&self) -> TcpStream {
        let address = self.sandbox.base_url().strip_prefix("http://").expect("an address");
        TcpStream::connect(address).await.expect("a connection")
    }

    /// A consume as raw bytes.
    fn raw_consume(&self, code: &str) -> String {
        let body = json!({"code": code}).to_string();
        let (token, length) = (&self.token, body.len());
        format!(
            "POST /card/code/consume?access_token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }
}

#[tokio::test]
async fn a_coupon_is_queried_consumed_once_and_then_seen_as_consumed() {
    let platform = Platform::new().await;
    let reply = platform.get(CASH).await;
    assert_eq!(reply["errcode"], 0);
    assert_eq!(reply["card"]["card_id"], CASH_CARD);
    assert_eq!((&reply["user_card_status"], &reply["can_consume"]), (&json!("NORMAL"), &json!(true)));
    let (begin, end) = (reply["card"]["begin_time"].as_i64(), reply["card"]["end_time"].as_i64());
    assert_eq!(begin.map(|s| (s + 8 * 3600) % 86_400), Some(0), "the first second of a day in Beijing");
    assert_eq!(end.map(|s| (s + 8 * 3600) % 86_400), Some(86_399), "the last second of a day in Beijing");

    let consumed = platform.consume(CASH).await;
    assert_eq!((&consumed["errcode"], &consumed["errmsg"]), (&json!(0), &json!("ok")));
    assert_eq!((&consumed["card"]["card_id"], &consumed["openid"]), (&json!(CASH_CARD), &reply["openid"]));

    let again = platform.consume(CASH).await;
    assert_eq!(again["errcode"], 40099);
    let reply = platform.get(CASH).await;
    assert_eq!((&reply["user_card_status"], &reply["can_consume"]), (&json!("CONSUMED"), &json!(false)));
    let coupon = platform.sandbox.coupons().into_iter().find(|c| c.code == CASH).expect("in the deck");
    assert_eq!((coupon.status.as_str(), coupon.consumable), ("CONSUMED", false));
}

#[tokio::test]
async fn every_state_answers_in_both_modes_and_to_a_consume_as_documented() {
    let platform = Platform::new().await;
    // code, status, can_consume, the error of a checking query, the error of a consume
    let table = [
        ("618204957733", "NORMAL", true, 0, 0),
        ("961350724488", "NORMAL", true, 0, 0),
        ("409677120053", "NORMAL", true, 0, 0),
        ("290475813366", "NORMAL", true, 0, 40071),
        ("523899001272", "NORMAL", false, 40127, 40127),
        ("409655318046", "NORMAL", false, 40127, 40127),
        ("618233145029", "CONSUMED", false, 40099, 40099),
        ("409600913357", "EXPIRE", false, 40127, 40127),
        ("730544091863", "GIFTING", false, 40127, 40127),
        ("730544097711", "GIFT_TIMEOUT", false, 40127, 40127),
        ("847260118830", "DELETE", false, 40127, 40127),
        ("847260115524", "UNAVAILABLE", false, 40127, 40127),
        ("523840667190", "FROZEN", false, 40127, 40127),
    ];
    for (code, status, can_consume, checking, consuming) in table {
        let reply = platform.get(code).await;
        assert_eq!(reply["errcode"], 0, "{code}");
        assert_eq!(
            (&reply["user_card_status"], &reply["can_consume"]),
            (&json!(status), &json!(can_consume)),
            "{code}"
        );
        assert!(reply["card"]["card_id"].is_string() && reply["openid"].is_string(), "{code}: a full body");

        for body in [json!({"code": code, "check_consume": true}), json!({"code": code})] {
            let reply = platform.call("/card/code/get", body).await;
            assert_eq!(reply["errcode"], checking, "{code}");
            assert_eq!(reply.get("card").is_some(), checking == 0, "{code}: no card with an error");
            if checking == 40099 {
                assert_eq!(reply["_code"], code);
                assert!(reply["_card"].is_string());
            }
        }
        assert_eq!(platform.consume(code).await["errcode"], consuming, "{code}");
        let consumed = if consuming == 0 { "CONSUMED" } else { status };
        assert_eq!(platform.status(code), consumed, "{code}: a refused consume changes nothing");
    }
}

#[tokio::test]
async fn a_custom_code_needs_its_card_and_a_card_must_be_the_right_one() {
    let platform = Platform::new().await;
    for path in ["/card/code/get", "/card/code/consume"] {
        for (body, errcode) in [
            (json!({"code": CUSTOM}), 40056),
            (json!({"code": CUSTOM, "card_id": ""}), 40056),
            (json!({"code": CUSTOM, "card_id": null}), 40056),
            (json!({"code": CUSTOM, "card_id": CASH_CARD}), 40056),
            (json!({"code": CASH, "card_id": CUSTOM_CARD}), 40056),
            (json!({"code": CASH, "card_id": "pNone"}), 40073),
            (json!({"code": "999999999999"}), 40056),
            (json!({"code": "123456789012345678901"}), 45021),
            (json!({"code": CASH, "card_id": "p".repeat(33)}), 45021),
            (json!({"code": ""}), 41013),
            (json!({}), 41013),
            (json!({"code": []}), 47001),
        ] {
            assert_eq!(platform.call(path, body.clone()).await["errcode"], errcode, "{path} {body}");
        }
    }
    let body = json!({"code": CUSTOM, "card_id": CUSTOM_CARD});
    assert_eq!(platform.call("/card/code/get", body.clone()).await["errcode"], 0);
    assert_eq!(platform.call("/card/code/consume", body.clone()).await["errcode"], 0);
    assert_eq!(platform.call("/card/code/consume", body).await["errcode"], 40099);
}

#[tokio::test]
async fn an_encrypted_code_is_decrypted_and_a_bad_one_refused() {
    let platform = Platform::new().await;
    for coupon in platform.sandbox.coupons() {
        let reply = platform.call("/card/code/decrypt", json!({"encrypt_code": coupon.encrypt_code})).await;
        assert_eq!((&reply["errcode"], &reply["code"]), (&json!(0), &json!(coupon.code)));
    }
    let encrypted = &platform.sandbox.coupons()[0].encrypt_code;
    let undecoded = encrypted.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let reply = platform.call("/card/code/decrypt", json!({"encrypt_code": undecoded})).await;
    assert_eq!(reply["errcode"], 0, "reported of the platform: success, and rubbish behind the code");
    assert!(reply["code"].as_str().is_some_and(|code| code.starts_with(CASH) && code.contains('\u{FFFD}')));
    for (body, errcode) in [
        (json!({"encrypt_code": "XXIzTtMqCxwOaawoE91+VJdsFmv7b8g0VZIZkqf4GWA60Fzpc8ksZ/5ZZ0DVkXdE"}), 40075),
        (json!({"encrypt_code": encrypted.replace('+', " ")}), 40075),
        (json!({"encrypt_code": "x".repeat(129)}), 45021),
        (json!({}), 41011),
    ] {
        assert_eq!(platform.call("/card/code/decrypt", body.clone()).await["errcode"], errcode, "{body}");
    }
}

#[tokio::test]
async fn card_details_carry_what_their_kind_is_worth() {
    let platform = Platform::new().await;
    let announced = platform.sandbox.announcement();
    assert_eq!(announced.cards.len(), 8);
    for card in announced.cards {
        let reply = platform.call("/card/get", json!({"card_id": card.card_id})).await;
        let kind = reply["card"]["card_type"].as_str().expect("a kind");
        assert_eq!(Some(kind), card.kind.as_deref());
        let detail = &reply["card"][kind.to_lowercase()];
        let base = &detail["base_info"];
        assert_eq!((base["id"].as_str(), base["title"].as_str()), (card.card_id.as_deref(), card.title.as_deref()));
        assert_eq!(base["use_custom_code"].as_bool(), card.custom_code);
        let date_type = if card.permanent == Some(true) { "DATE_TYPE_PERMANENT" } else { "DATE_TYPE_FIX_TERM" };
        assert_eq!(base["date_info"]["type"], date_type);
        let worth = match kind {
            "CASH" => detail["least_cost"] == 10_000 && detail["reduce_cost"] == 2_000,
            "DISCOUNT" => detail["discount"].as_u64() == card.discount.map(u64::from),
            "GROUPON" => detail["deal_detail"].as_str().is_some_and(|text| text.contains('\n')),
            "GIFT" => detail["gift"].is_string(),
            "GENERAL_COUPON" => detail["default_detail"].is_string(),
            "MEMBER_CARD" => detail["prerogative"].is_string(),
            other => panic!("{other}"),
        };
        assert!(worth, "{reply}");
    }
    assert_eq!(platform.call("/card/get", json!({"card_id": "pNone"})).await["errcode"], 40073);
    assert_eq!(platform.call("/card/get", json!({})).await["errcode"], 41012);
}

#[tokio::test]
async fn a_call_without_a_good_token_is_refused_and_not_executed() {
    let platform = Platform::new().await;
    let body = || json!({"code": CASH}).to_string();
    for path in ["/card/code/get", "/card/code/consume", "/card/code/decrypt", "/card/get"] {
        for (query, errcode) in [
            (String::new(), 41001),
            ("?access_token=".to_owned(), 41001),
            ("?access_token=abc".to_owned(), 40014),
            (format!("?access_token={}", "a".repeat(136)), 40001),
        ] {
            let reply = platform.post(&format!("{path}{query}"), body()).await.expect("an answer");
            assert_eq!(reply["errcode"], errcode, "{path}{query}");
            assert!(!platform.last_call().executed);
        }
        let url = format!("{}?access_token={}", platform.url(path), platform.token);
        let reply = platform.http.get(url).send().await.expect("an answer").json::<Value>().await.expect("JSON");
        assert_eq!(reply["errcode"], 43002, "{path}");
        for (text, errcode) in [("code=409632457895", 47001), ("", 47001), (r#"{"code":"\u0034"}"#, 40033)] {
            let path = format!("{path}?access_token={}", platform.token);
            let reply = platform.post(&path, text.to_owned()).await.expect("an answer");
            assert_eq!(reply["errcode"], errcode, "{text}");
        }
    }
    assert_eq!(platform.status(CASH), "NORMAL");
}

#[tokio::test]
async fn tokens_are_had_in_both_ways_and_refused_by_what_is_wrong() {
    let platform = Platform::new().await;
    let fetch = async |query: &str| {
        let answer =
            platform.http.get(platform.url(&format!("/cgi-bin/token?{query}"))).send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")
    };
    let (appid, secret) = (platform.sandbox.appid().to_owned(), platform.sandbox.secret().to_owned());
    let good = format!("grant_type=client_credential&appid={appid}&secret={secret}");
    let (first, second) = (fetch(&good).await, fetch(&good).await);
    assert_eq!(first["expires_in"], 7200);
    assert_ne!(first["access_token"], second["access_token"]);
    for token in [&first["access_token"], &second["access_token"]] {
        let path = format!("/card/code/get?access_token={}", token.as_str().expect("a token"));
        let reply = platform.post(&path, json!({"code": CASH}).to_string()).await.expect("an answer");
        assert_eq!(reply["errcode"], 0, "old and new overlap");
    }
    for (query, errcode) in [
        (String::new(), 40002),
        (format!("grant_type=password&appid={appid}&secret={secret}"), 40002),
        (format!("grant_type=client_credential&secret={secret}"), 41002),
        (format!("grant_type=client_credential&appid={appid}"), 41004),
        (format!("grant_type=client_credential&appid=wx1&secret={secret}"), 40013),
        (format!("grant_type=client_credential&appid={appid}&secret=x"), 40125),
    ] {
        assert_eq!(fetch(&query).await["errcode"], errcode, "{query}");
    }
    let refused = platform.post("/cgi-bin/token", String::new()).await.expect("an answer");
    assert_eq!(refused["errcode"], 43001);

    let same = platform.stable_token(false).await;
    assert_eq!(same["access_token"], platform.token);
    let forced = platform.stable_token(true).await;
    assert_ne!(forced["access_token"], platform.token);
    assert_eq!(platform.get(CASH).await["errcode"], 40001, "the old one died at once");
    let bad = json!({"grant_type": "client_credential", "appid": appid, "secret": "x"}).to_string();
    assert_eq!(platform.post("/cgi-bin/stable_token", bad).await.expect("an answer")["errcode"], 40125);
    assert_eq!(platform.post("/cgi-bin/stable_token", "x".to_owned()).await.expect("an answer")["errcode"], 47001);
}

#[tokio::test]
async fn the_clock_ages_tokens_and_coupons_and_dates_the_answers() {
    let seconds = Arc::new(AtomicI64::new(1_790_000_000));
    let clock = Clock::new({
        let seconds = Arc::clone(&seconds);
        move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).expect("in range")
    });
    let mut platform = Platform::with(Options { clock, ..Options::default() }).await;
    seconds.fetch_add(7_000, Ordering::SeqCst);
    let renewed = platform.stable_token(false).await;
    assert_ne!(renewed["access_token"], platform.token, "renewed five minutes before its end");
    assert_eq!(platform.get(CASH).await["errcode"], 0, "and the old one works beside it");
    seconds.fetch_add(200, Ordering::SeqCst);
    assert_eq!(platform.get(CASH).await["errcode"], 42001);
    let remaining = platform.stable_token(false).await;
    assert_eq!((&remaining["access_token"], &remaining["expires_in"]), (&renewed["access_token"], &json!(7_000)));

    seconds.fetch_add(40 * 86_400, Ordering::SeqCst);
    platform.token = platform.stable_token(false).await["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(platform.get(CASH).await["user_card_status"], "EXPIRE");
    assert_eq!(platform.consume(CASH).await["errcode"], 40127);
    let answer = platform.http.get(platform.url("/nowhere")).send().await.expect("an answer");
    let date = answer.headers()["date"].to_str().expect("text").to_owned();
    let told = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned_datetime(&date).expect("a date").timestamp();
    assert_eq!(told.as_second(), seconds.load(Ordering::SeqCst));
}

#[tokio::test]
async fn what_other_client_libraries_send_is_understood() {
    let platform = Platform::new().await;
    let path = format!("/card/code/get?access_token={}", platform.token);
    for (body, content_type) in [
        (format!(r#"{{"code":"{CASH}"}}"#), None),
        (format!(r#"{{"code":"{CASH}","card_id":"","check_consume":true}}"#), Some("application/json")),
        (format!(r#"{{"card_id":null,"code":"{CASH}"}}"#), Some("application/x-www-form-urlencoded")),
        (format!("{{\"code\":\"{CASH}\"}}\n"), Some("text/plain; charset=utf-8")),
        (format!(r#"{{"code":{CASH},"is_expire_dynamic_code":false}}"#), Some("application/json; charset=utf-8")),
    ] {
        let mut request = platform.http.post(platform.url(&path)).body(body.clone());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json; encoding=utf-8");
        assert!(answer.headers().contains_key("date"));
        assert_eq!(answer.json::<Value>().await.expect("JSON")["can_consume"], true, "{body}");
    }
}

#[tokio::test]
async fn what_is_not_the_platforms_is_answered_as_a_web_server_would() {
    let platform = Platform::new().await;
    let answer = platform.http.get(platform.url("/card/code")).send().await.expect("an answer");
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "text/html");
    let mut stream = platform.connect().await;
    let large = "POST /card/code/get HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 70000\r\n\r\n";
    stream.write_all(large.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer, and the connection closed");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(platform.sandbox.calls().len(), 1, "none of them was a call; only the token was");
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_is_refused_before_anything_is_executed() {
    let platform = Platform::new().await;
    for (origin, status) in [("https://evil.example", 421), ("null", 421), ("http://localhost:9", 200)] {
        let request =
            platform.http.post(format!("{}?access_token={}", platform.url("/card/code/consume"), platform.token));
        let request = request.header("origin", origin).body(json!({"code": CASH}).to_string());
        assert_eq!(request.send().await.expect("an answer").status(), status, "{origin}");
        assert_eq!(platform.status(CASH) == "CONSUMED", status == 200, "{origin}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nobody_listens_beside_the_one_address_of_this_machine() {
    let platform = Platform::new().await;
    let port = platform.sandbox.base_url().rsplit(':').next().expect("a port").parse::<u16>().expect("a number");
    // Every other address of the network within this machine would answer to a server that listens on all interfaces.
    for other in ["127.0.0.2", "127.255.0.1", "[::1]"] {
        let refused = tokio::net::TcpStream::connect(format!("{other}:{port}")).await;
        assert!(refused.is_err(), "{other} answers");
    }
    tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.expect("the one that does");
}

#[tokio::test]
async fn a_foreign_host_name_is_refused_before_anything_is_executed() {
    let platform = Platform::new().await;
    for (host, status) in [("evil.example", 421), ("localhost", 200)] {
        let request =
            platform.http.post(format!("{}?access_token={}", platform.url("/card/code/consume"), platform.token));
        let request = request.header("host", host).body(json!({"code": CASH}).to_string());
        assert_eq!(request.send().await.expect("an answer").status(), status, "{host}");
        assert_eq!(platform.status(CASH) == "CONSUMED", status == 200, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_consumes_of_one_code_at_once_exactly_one_is_accepted() {
    const TASKS: usize = 64;
    let platform = Arc::new(Platform::new().await);
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let platform = Arc::clone(&platform);
            tokio::spawn(async move { platform.consume(CASH).await["errcode"].as_i64() })
        })
        .collect();
    let mut errcodes = Vec::new();
    for task in tasks {
        errcodes.push(task.await.expect("no panic"));
    }
    assert_eq!(errcodes.iter().filter(|errcode| **errcode == Some(0)).count(), 1);
    assert_eq!(errcodes.iter().filter(|errcode| **errcode == Some(40099)).count(), TASKS - 1);
    assert_eq!(platform.sandbox.calls().iter().filter(|c| c.call == Call::Consume && c.executed).count(), 1);
}

#[tokio::test]
async fn faults_that_answer_an_error_execute_nothing() {
    let platform = Platform::new().await;
    for (fault, errcode) in [
        ("consume=system_busy:1", -1),
        ("consume=token_refused:1", 40001),
        ("consume=quota:1", 45009),
        ("consume=errcode=40147:1", 40147),
    ] {
        platform.fault(fault);
        assert_eq!(platform.consume(CASH).await["errcode"], errcode, "{fault}");
        let call = platform.last_call();
        assert_eq!((call.executed, call.errcode, platform.status(CASH).as_str()), (false, Some(errcode), "NORMAL"));
    }
    platform.fault("consume=http_500:1");
    let request = platform.http.post(format!("{}?access_token={}", platform.url("/card/code/consume"), platform.token));
    let answer = request.body(json!({"code": CASH}).to_string()).send().await.expect("an answer");
    assert_eq!(answer.status(), 500);
    assert_eq!((platform.last_call().executed, platform.last_call().errcode), (false, None));
    assert_eq!(platform.consume(CASH).await["errcode"], 0, "all faults are used up");
}

#[tokio::test]
async fn faults_that_break_the_answer_leave_the_connection_closed_and_the_truth_in_the_record() {
    let platform = Platform::new().await;
    for (fault, code, executed) in [
        ("consume=close_before:1", "409632457895", false),
        ("consume=execute_then_close:1", "409632457812", true),
        ("consume=truncated:1", "409618203344", true),
    ] {
        platform.fault(fault);
        let before = platform.sandbox.calls().len();
        assert!(platform.try_call("/card/code/consume", json!({"code": code})).await.is_err(), "{fault}");
        let call = platform.last_call();
        assert_eq!((call.executed, call.errcode), (executed, None), "{fault}");
        assert_eq!(platform.status(code) == "CONSUMED", executed, "{fault}");
        assert_eq!(platform.sandbox.calls().len(), before + 1, "{fault}: one call, not repeated by the HTTP client");
    }
    platform.fault("consume=garbage:1");
    let request = platform.http.post(format!("{}?access_token={}", platform.url("/card/code/consume"), platform.token));
    let answer = request.body(json!({"code": "523817640921"}).to_string()).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(serde_json::from_slice::<Value>(&answer.bytes().await.expect("a body")).is_err());
    assert_eq!(platform.status("523817640921"), "CONSUMED");
    assert_eq!((platform.last_call().executed, platform.last_call().errcode), (true, None));
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_it_brings() {
    let platform = Platform::new().await;
    platform.fault("consume=truncated:1");
    let mut stream = platform.connect().await;
    stream.write_all(platform.raw_consume(CASH).as_bytes()).await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("closed in an orderly way");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let promised: usize = promised.parse().expect("a number");
    assert!(body.starts_with(r#"{"errcode":0,"#) && body.len() == promised / 2, "{text}");
}

#[tokio::test]
async fn a_closed_connection_sends_not_one_byte() {
    let platform = Platform::new().await;
    for fault in ["consume=close_before:1", "consume=execute_then_close:1"] {
        platform.fault(fault);
        let mut stream = platform.connect().await;
        stream.write_all(platform.raw_consume(CASH).as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("closed in an orderly way");
        assert!(answer.is_empty(), "{fault}");
    }
    assert_eq!(platform.status(CASH), "CONSUMED");
}

#[tokio::test]
async fn a_delayed_consume_is_executed_although_its_client_has_left() {
    let platform = Platform::new().await;
    platform.fault("consume=delay_ms=300:1");
    let mut stream = platform.connect().await;
    stream.write_all(platform.raw_consume(CASH).as_bytes()).await.expect("sent");
    // A round trip on a later connection: by its end the sandbox has taken in the earlier one's request.
    assert_eq!(platform.get(CASH).await["user_card_status"], "NORMAL");
    drop(stream);
    while platform.sandbox.calls().iter().all(|call| call.call != Call::Consume) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let call = platform.last_call();
    assert_eq!((call.executed, call.errcode), (true, None), "nobody was there to be answered");
    assert_eq!(platform.get(CASH).await["user_card_status"], "CONSUMED");
}

#[tokio::test]
async fn each_call_has_its_faults() {
    let options = Options { faults: vec!["token=quota:1".parse().expect("a fault")], ..Options::default() };
    let mut platform = Platform::with(options).await;
    assert_eq!(platform.token, "", "the first fetch met the fault");
    platform.token = platform.stable_token(false).await["access_token"].as_str().expect("a token").to_owned();
    for (fault, path, body) in [
        ("get=quota:2", "/card/code/get", json!({"code": CASH})),
        ("decrypt=quota:2", "/card/code/decrypt", json!({"encrypt_code": "x"})),
        ("card=quota:2", "/card/get", json!({"card_id": CASH_CARD})),
    ] {
        platform.fault(fault);
        assert_eq!(platform.call(path, body.clone()).await["errcode"], 45009, "{fault}");
        assert_eq!(platform.call(path, body.clone()).await["errcode"], 45009, "{fault}");
        assert_ne!(platform.call(path, body).await["errcode"], 45009, "{fault}");
    }
    platform.fault("get=quota");
    assert_eq!(platform.get(CASH).await["errcode"], 45009);
    platform.sandbox.clear_faults();
    assert_eq!(platform.get(CASH).await["errcode"], 0);
}

#[tokio::test]
async fn every_call_is_a_line_of_the_record_before_it_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("calls.jsonl");
    let platform = Platform::with(Options { record: Some(path.clone()), ..Options::default() }).await;
    let lines = || {
        let text = std::fs::read_to_string(&path).expect("the record");
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line)).collect::<Vec<_>>()
    };
    assert_eq!(lines().len(), 1);
    platform.get(CASH).await;
    assert_eq!(lines().len(), 2);
    platform.call("/card/code/consume", json!({"code": CUSTOM, "card_id": CUSTOM_CARD})).await;
    platform.call("/card/code/consume", json!({"code": CUSTOM, "card_id": CUSTOM_CARD})).await;
    platform.call("/card/get", json!({"card_id": CASH_CARD})).await;
    let encrypted = platform.sandbox.coupons()[0].encrypt_code.clone();
    platform.call("/card/code/decrypt", json!({"encrypt_code": encrypted})).await;
    platform.fault("get=close_before");
    platform.try_call("/card/code/get", json!({"code": CASH})).await.expect_err("closed");

    let expected = [
        json!({"call": "token", "code": null, "card_id": null, "executed": true, "errcode": 0}),
        json!({"call": "get", "code": CASH, "card_id": null, "executed": true, "errcode": 0}),
        json!({"call": "consume", "code": CUSTOM, "card_id": CUSTOM_CARD, "executed": true, "errcode": 0}),
        json!({"call": "consume", "code": CUSTOM, "card_id": CUSTOM_CARD, "executed": false, "errcode": 40099}),
        json!({"call": "card", "code": null, "card_id": CASH_CARD, "executed": true, "errcode": 0}),
        json!({"call": "decrypt", "code": CASH, "card_id": null, "executed": true, "errcode": 0}),
        json!({"call": "get", "code": CASH, "card_id": null, "executed": false, "errcode": null}),
    ];
    let lines = lines();
    assert_eq!(lines.len(), expected.len());
    for (line, expected) in lines.iter().zip(&expected) {
        for (key, value) in expected.as_object().expect("an object") {
            assert_eq!(&line[key], value, "{key} of {line}");
        }
    }
    assert_eq!((&lines[1]["check_consume"], &lines[6]["fault"]), (&json!(false), &json!("close_before")));
    let kept: Vec<_> = platform.sandbox.calls().iter().map(|c| serde_json::to_value(c).expect("JSON")).collect();
    assert_eq!(kept, lines);
    let text = std::fs::read_to_string(&path).expect("the record");
    assert!(!text.contains(platform.sandbox.secret()) && !text.contains(&platform.token));
}

#[tokio::test]
async fn what_a_sandbox_says_of_itself_is_a_deck_that_deals_the_same_again() {
    let platform = Platform::new().await;
    platform.consume(CASH).await;
    let announced = platform.sandbox.announcement();
    let line = serde_json::to_string(&announced).expect("JSON");
    assert!(!line.contains('\n'));
    let deck = Deck::from_json(&line).expect("a deck");
    let again = Sandbox::start(Options { deck, ..Options::default() }).await.expect("a sandbox").announcement();
    assert_ne!(again.base_url, announced.base_url);
    assert_eq!(again.coupons, announced.coupons);
    assert_eq!(again.cards, announced.cards);
    let first = serde_json::to_value(&announced.coupons[0]).expect("JSON");
    for key in ["code", "card_id", "status", "custom_code", "encrypt_code", "consumable"] {
        assert!(first.get(key).is_some(), "{key}");
    }
}

#[tokio::test]
async fn a_deck_file_with_everything_left_out_deals_coupons_that_can_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deck.json");
    std::fs::write(&path, r#"{"coupons":[{},{},{"custom_code":true},{"status":"GIFTING"}]}"#).expect("written");
    let deck = Deck::read(&path).expect("a deck");
    let platform = Platform::with(Options { deck, ..Options::default() }).await;
    let coupons = platform.sandbox.coupons();
    for coupon in &coupons {
        let body = if coupon.custom_code {
            json!({"code": coupon.code, "card_id": coupon.card_id})
        } else {
            json!({"code": coupon.code})
        };
        let errcode = if coupon.status == "NORMAL" { 0 } else { 40127 };
        assert_eq!(coupon.consumable, errcode == 0);
        assert_eq!(platform.call("/card/code/consume", body).await["errcode"], errcode, "{coupon:?}");
    }
    let missing = Deck::read(&folder.path().join("none.json")).expect_err("no such file");
    assert!(missing.to_string().contains("none.json"));
}

#[tokio::test]
async fn a_sandbox_that_cannot_be_had_says_why() {
    let running = Sandbox::start(Options::default()).await.expect("a sandbox");
    let port = running.base_url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let taken = Sandbox::start(Options { port, ..Options::default() }).await.expect_err("taken");
    assert!(taken.to_string().contains(&port.to_string()));
    let record = Some(std::env::temp_dir()); // a folder
    let error = Sandbox::start(Options { record, ..Options::default() }).await.expect_err("no file");
    assert!(error.to_string().starts_with("cannot open the record"));
    let deck = Deck::from_json(r#"{"coupons":[{"begin":"+1d","consumable":true}]}"#).expect("a deck");
    let error = Sandbox::start(Options { deck, ..Options::default() }).await.expect_err("no sense");
    assert!(error.to_string().starts_with("coupon 1 of the deck"));
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_call_and_closed_when_the_sandbox_stops() {
    let platform = Platform::new().await;
    let mut stream = platform.connect().await;
    for errcode in [0, 40099] {
        stream.write_all(platform.raw_consume(CASH).as_bytes()).await.expect("sent");
        let mut text = String::new();
        while !text.contains("\r\n\r\n") || !text.ends_with('}') {
            let mut part = [0; 4_096];
            let n = stream.read(&mut part).await.expect("an answer");
            assert_ne!(n, 0, "closed after {text}");
            text.push_str(std::str::from_utf8(&part[..n]).expect("text"));
        }
        assert!(text.contains(&format!("\"errcode\":{errcode},")), "{text}");
    }
    platform.fault("get=delay_ms=600000");
    let waiting = "GET /card/code/get HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let mut second = platform.connect().await;
    second.write_all(waiting.as_bytes()).await.expect("sent");
    let address = platform.sandbox.base_url().strip_prefix("http://").expect("an address").to_owned();
    platform.sandbox.stop().await;
    for stream in [&mut stream, &mut second] {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.ok(); // in order or by a reset, as the system pleases
        assert!(rest.is_empty());
    }
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn a_table_shows_every_coupon_with_its_state() {
    let sandbox = Sandbox::start(Options::default()).await.expect("a sandbox");
    let table = print::table(&sandbox);
    for coupon in sandbox.coupons() {
        let row = table.lines().find(|line| line.contains(&coupon.code)).expect(&coupon.code);
        assert!(row.contains(&coupon.status) && row.contains(&coupon.title), "{row}");
    }
    assert!(table.contains("always"));
}
