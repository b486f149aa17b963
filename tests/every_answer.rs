//! The promise: every state of a coupon, every error code and every way for a call to go wrong is understood, end to end over HTTP, and
//! no consume is ever sent twice. The sandbox, which reads the platform's documents independently of the client, is the other side.

// Helpers of tests may fail a test too; clippy's own exemption covers functions marked #[test] alone.
#![allow(clippy::expect_used)]

use hexiao::code::{CardId, Code, EncryptedCode};
use hexiao::coupon::{Status, Validity};
use hexiao::platform::codes::{ERROR_CODES, class_of};
use hexiao::platform::{BaseUrl, Client, Error, Options, TokenSource};
use hexiao::sandbox::{self, CouponInfo, Sandbox};
use hexiao::trouble::{Class, Trouble};
use hexiao::write_off::Outcome;
use jiff::Timestamp;

const USABLE: &str = "409632457895";

/// A sandbox and a client with its account, which knows the deck's custom-code cards.
async fn platform() -> (Sandbox, Client) {
    let sandbox = Sandbox::start(sandbox::Options::default()).await.expect("a sandbox");
    let mut options = Options::new(BaseUrl::parse(sandbox.base_url()).expect("a base address"));
    options.custom_cards = vec![card_id("pSandboxNoSuchCard0000000000"), card_id("pSandboxCustom00000000000006")];
    let account = TokenSource::Stable { appid: sandbox.appid().to_owned(), secret: sandbox.secret().into() };
    let client = Client::new(options, account).expect("a client");
    (sandbox, client)
}

fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

fn card_id(text: &str) -> CardId {
    CardId::parse(text).expect("a card id")
}

fn fault(sandbox: &Sandbox, text: &str) {
    sandbox.add_fault(text.parse().expect("a fault"));
}

/// How many consumes reached the sandbox, and how many of them wrote a code off.
fn consumes(sandbox: &Sandbox) -> (usize, usize) {
    let calls = sandbox.calls();
    let consumes = calls.iter().filter(|call| call.call == sandbox::Call::Consume);
    (consumes.clone().count(), consumes.filter(|call| call.executed).count())
}

fn info(sandbox: &Sandbox, code: &str) -> CouponInfo {
    sandbox.coupons().into_iter().find(|info| info.code == code).expect("a coupon of the deck")
}

#[tokio::test]
async fn every_coupon_of_the_deck_is_seen_as_it_is() {
    let (sandbox, client) = platform().await;
    let deck = sandbox.coupons();
    for info in &deck {
        let answer = client.query(&code(&info.code), None, false).await.expect("a coupon");
        let (coupon, now) = (answer.value, answer.date.expect("the platform's clock"));
        assert!((now.as_second() - Timestamp::now().as_second()).abs() <= 5, "{now}");
        assert_eq!(coupon.status, Status::from_wire(&info.status), "{info:?}");
        assert_eq!(coupon.card_id, Some(card_id(&info.card_id)), "{info:?}");
        assert_eq!(coupon.openid.as_deref(), Some(info.openid.as_str()), "{info:?}");
        assert_eq!(coupon.validity, Validity::from_wire(Some(info.begin), Some(info.end)), "{info:?}");
        let card = client.card(&card_id(&info.card_id)).await.expect("a card");
        assert_eq!((card.kind.as_wire(), card.title.as_str()), (info.kind.as_str(), info.title.as_str()));
        assert_eq!(card.custom_code, info.custom_code, "{info:?}");
        assert_eq!(coupon.verdict(Some(&card.kind), now).is_usable(), info.consumable, "{info:?} {coupon:?}");
        let encrypted = EncryptedCode::parse(&info.encrypt_code).expect("an encrypted code");
        assert_eq!(client.decrypt(&encrypted).await.expect("a code"), code(&info.code));
    }
    for status in hexiao::coupon::STATUSES {
        assert!(deck.iter().any(|info| info.status == status.as_wire()), "the deck holds {}", status.as_wire());
    }
}

#[tokio::test]
async fn a_checking_query_refuses_what_cannot_be_used_with_its_code() {
    let (sandbox, client) = platform().await;
    for info in sandbox.coupons() {
        let card = card_id(&info.card_id);
        let answer = client.query(&code(&info.code), Some(&card), true).await;
        match (info.status.as_str(), answer) {
            ("NORMAL", answer) if info.consumable => assert!(answer.expect("a coupon").value.can_consume, "{info:?}"),
            ("NORMAL", _) => {} // a member card, or not yet valid: documented for the look-up without checking alone
            ("CONSUMED", answer) => assert_eq!(answer.expect_err("refused").errcode(), Some(40099), "{info:?}"),
            (_, answer) => assert_eq!(answer.expect_err("refused").errcode(), Some(40127), "{info:?}"),
        }
    }
}

#[tokio::test]
async fn every_coupon_is_written_off_once_if_it_can_be_and_is_refused_if_not() {
    let (sandbox, client) = platform().await;
    for info in sandbox.coupons() {
        let (code, card) = (code(&info.code), card_id(&info.card_id));
        let consumed = client.consume(&code, Some(&card)).await;
        assert!(consumed.sent_at.is_some());
        if info.consumable {
            assert_eq!(consumed.outcome, Outcome::Accepted { message: "ok".to_owned() }, "{info:?}");
            assert_eq!(self::info(&sandbox, &info.code).status, "CONSUMED");
            assert_eq!(client.query(&code, Some(&card), false).await.expect("a coupon").value.status, Status::Consumed);
            let again = client.consume(&code, Some(&card)).await;
            assert_eq!((again.outcome.word(), again.outcome.errcode()), ("rejected", Some(40099)));
        } else {
            let expected = match (info.status.as_str(), info.kind.as_str()) {
                (_, "MEMBER_CARD") => 40071,
                ("CONSUMED", _) => 40099,
                _ => 40127,
            };
            assert_eq!((consumed.outcome.word(), consumed.outcome.errcode()), ("rejected", Some(expected)), "{info:?}");
            assert_eq!(self::info(&sandbox, &info.code), info, "untouched");
        }
    }
    let executed = sandbox.coupons().iter().filter(|info| info.status == "CONSUMED").count();
    assert_eq!(consumes(&sandbox).1 + 2, executed, "two were dealt as written off");
}

#[tokio::test]
async fn a_custom_code_alone_is_found_and_its_card_is_then_needed_to_consume() {
    let (_sandbox, client) = platform().await;
    let vip = code("VIP-2026-001");
    let coupon = client.query(&vip, None, false).await.expect("a coupon").value;
    assert_eq!(coupon.card_id, Some(card_id("pSandboxCustom00000000000006")));
    assert_eq!(client.consume(&vip, None).await.outcome.errcode(), Some(40056), "not found without its card");
    assert_eq!(client.consume(&vip, coupon.card_id.as_ref()).await.outcome.word(), "accepted");
}

#[tokio::test]
async fn what_is_not_there_is_refused_as_a_wrong_code() {
    let (_sandbox, client) = platform().await;
    let refused = |error: Error| match error.trouble() {
        Trouble::Refused { errcode, class, .. } => (errcode, class),
        other => panic!("{other:?}"),
    };
    let nobody = code("000000000000");
    assert_eq!(refused(client.query(&nobody, None, false).await.expect_err("unknown")), (40056, Class::WrongCode));
    let card = card_id("pSandboxNoSuchCard0000000000");
    assert_eq!(refused(client.card(&card).await.expect_err("unknown")), (40073, Class::WrongCode));
    let encrypted = EncryptedCode::parse("bm90LWEtY29kZQ==").expect("an encrypted code");
    assert_eq!(refused(client.decrypt(&encrypted).await.expect_err("unknown")), (40075, Class::WrongCode));
}

#[tokio::test]
async fn every_error_code_is_told_with_its_class_and_leaves_a_consume_rejected_or_unknown() {
    let (sandbox, client) = platform().await;
    let unlisted = [1, 99999];
    for errcode in ERROR_CODES.iter().map(|row| row.code).chain(unlisted) {
        fault(&sandbox, &format!("get=errcode={errcode}"));
        fault(&sandbox, &format!("consume=errcode={errcode}"));
        let trouble = client.query(&code(USABLE), None, false).await.expect_err("refused").trouble();
        // After a query nothing is in doubt: what leaves a consume unknown merely means to wait.
        let class = if errcode == -1 { Class::Wait } else { class_of(errcode) };
        assert!(
            matches!(trouble, Trouble::Refused { errcode: e, class: c, .. } if (e, c) == (errcode, class)),
            "{trouble:?}"
        );
        let consumed = client.consume(&code(USABLE), None).await;
        let word = if errcode == -1 { "unknown" } else { "rejected" };
        assert_eq!((consumed.outcome.word(), consumed.outcome.errcode()), (word, Some(errcode)));
        assert!(consumed.sent_at.is_some());
        sandbox.clear_faults();
    }
    assert_eq!(consumes(&sandbox).1, 0);
    assert_eq!(client.consume(&code(USABLE), None).await.outcome.word(), "accepted", "none of it did any harm");
}

#[tokio::test]
async fn a_consume_that_goes_wrong_is_never_sent_twice_and_never_called_what_it_is_not() {
    for (kind, word, sent, executed) in [
        ("delay_ms=20", "accepted", 1, 1),
        ("close_before", "unknown", 1, 0),
        ("execute_then_close", "unknown", 1, 1),
        ("http_500", "unknown", 1, 0),
        ("system_busy", "unknown", 1, 0),
        ("garbage", "unknown", 1, 1),
        ("truncated", "unknown", 1, 1),
        ("quota", "rejected", 1, 0),
        // The one thing after which a consume is repeated.
        ("token_refused", "accepted", 2, 1),
    ] {
        let (sandbox, client) = platform().await;
        fault(&sandbox, &format!("consume={kind}:1"));
        let consumed = client.consume(&code(USABLE), None).await;
        assert_eq!(consumed.outcome.word(), word, "{kind}: {consumed:?}");
        assert_eq!(consumes(&sandbox), (sent, executed), "{kind}");
        let status = client.query(&code(USABLE), None, false).await.expect("a coupon").value.status;
        assert_eq!(status == Status::Consumed, executed == 1, "{kind}: asking settles it");
    }
}

#[tokio::test]
async fn a_query_survives_one_broken_connection_or_server_and_tells_of_an_answer_without_sense() {
    for (kind, survives) in [
        ("close_before", true),
        ("execute_then_close", true),
        ("truncated", true),
        ("system_busy", true),
        ("token_refused", true),
        ("http_500", true),
        ("garbage", false),
        ("quota", false),
    ] {
        let (sandbox, client) = platform().await;
        fault(&sandbox, &format!("get={kind}:1"));
        assert_eq!(client.query(&code(USABLE), None, false).await.is_ok(), survives, "{kind}");
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    for kind in ["close_before", "http_500", "system_busy", "garbage", "truncated", "quota", "errcode=40164"] {
        let (sandbox, client) = platform().await;
        fault(&sandbox, &format!("token={kind}"));
        assert!(client.check_account().await.is_err(), "{kind}");
        let consumed = client.consume(&code(USABLE), None).await;
        assert_eq!((consumed.outcome.word(), consumed.sent_at), ("rejected", None), "{kind}: {consumed:?}");
        assert_eq!(consumes(&sandbox), (0, 0), "{kind}");
        sandbox.clear_faults();
        assert!(client.check_account().await.expect("a token").date.is_some());
        assert_eq!(client.consume(&code(USABLE), None).await.outcome.word(), "accepted", "{kind}: and then it works");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_as_a_matter_of_configuration() {
    let (sandbox, _) = platform().await;
    let options = Options::new(BaseUrl::parse(sandbox.base_url()).expect("a base address"));
    let account = TokenSource::Stable { appid: sandbox.appid().to_owned(), secret: "not-the-secret".into() };
    let client = Client::new(options, account).expect("a client");
    let trouble = client.check_account().await.expect_err("refused").trouble();
    assert!(matches!(trouble, Trouble::Refused { class: Class::Configuration, .. }), "{trouble:?}");
}
