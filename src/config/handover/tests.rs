//! Sealing, opening, and what becomes of a till's own settings.

use proptest::prelude::*;

use super::*;
use crate::code::{CardId, Refusal};
use crate::config::{Account, Credentials, SecretPlace, Settings, Theme};
use crate::sandbox::print;
use crate::scan;

/// As cheap as Argon2 is: most of these tests look at everything but the seal's strength.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };
const PIN: &str = "40963245";
/// As the platform gives them: 32 characters of hexadecimal, which cannot be packed tighter than half.
const APP_SECRET: &str = "5f0e3a9c71d24b86a1c07de35b9f4e28";

fn pin() -> SecretString {
    SecretString::from(PIN)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

/// A shop's settings as they are: an account, some cards, a few habits.
fn shop(cards: usize) -> Settings {
    let mut settings = Settings {
        account: Some(Account {
            base_url: crate::config::BASE_URL_DEFAULT.to_owned(),
            credentials: Credentials::AppSecret {
                appid: "wx0123456789abcdef".to_owned(),
                secret: SecretPlace::File("/etc/hexiao/secret".into()),
            },
        }),
        language: Some("zh-CN".to_owned()),
        camera: Some("a camera of the first till".to_owned()),
        ..Settings::default()
    };
    settings.till.name = "the first till".to_owned();
    settings.till.cashier = "Wang".to_owned();
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let mut random = fastrand::Rng::with_seed(7);
    settings.custom_cards = (0..cards)
        .map(|_| (0..26).map(|_| char::from(letters[random.usize(..letters.len())])).collect::<String>())
        .map(|card| CardId::parse(&format!("pF{card}")).expect("a card"))
        .collect();
    settings.counter.press_twice_from = Some(100);
    settings.counter.flash = true;
    settings.window.theme = Some(Theme::HighContrast);
    settings.window.kiosk = true;
    settings.window.size = Some((1024, 768));
    let f12 = crate::config::Key::named("F12").expect("a key");
    settings.keys = settings.keys.with(crate::config::Command::Consume, f12).expect("a free key");
    settings.customer.shop = "山茶小馆".to_owned();
    settings.customer.window = true;
    settings.printer.slips = true;
    settings.scanner.prefix = "]Q1".to_owned();
    settings.scanner.port = Some("/dev/ttyACM0".to_owned());
    settings.privacy.mask_codes = true;
    settings.privacy.pin = crate::pin::PinHash::of(&SecretString::from("4096")).expect("hashed");
    settings
}

fn sealed(settings: &Settings) -> Sealed {
    seal_at(&Handover::of(settings, Some(APP_SECRET.into())), &pin(), Some(at(600)), CHEAP).expect("sealed")
}

#[test]
fn what_a_shop_shows_fits_a_code_that_a_camera_reads_and_names_itself_at_the_counter() {
    for (cards, chars_max) in [(1, 680), (3, 760), (7, SHOWN_CHARS_MAX)] {
        let text = sealed(&shop(cards)).text();
        assert!(text.len() <= chars_max, "{cards} cards come to {} characters", text.len());
        assert!(text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "as QR codes pack best");
        assert_eq!(code::read(&text), Err(Refusal::SetUp));
    }
    let text = sealed(&shop(3)).text();
    let code = qrcode::QrCode::new(&text).expect("a code");
    assert!(matches!(code.version(), qrcode::Version::Normal(..=18)), "{:?}", code.version());
    // On a screen of which the camera sees a module with little more than three pixels.
    let (width, height, luma) = print::qr_luma(&text, 4);
    let pixels = image::GrayImage::from_raw(width, height, luma).expect("a picture");
    let smaller =
        image::imageops::resize(&pixels, width * 13 / 16, height * 13 / 16, image::imageops::FilterType::Triangle);
    let rgba = image::DynamicImage::ImageLuma8(smaller).to_rgba8();
    let luma = scan::picture_from_rgba(rgba.width(), rgba.height(), rgba.as_raw()).expect("a picture");
    assert_eq!(scan::decode(&luma).into_iter().map(|found| found.text).collect::<Vec<_>>(), [text]);
    assert!(sealed(&shop(50)).text().len() > SHOWN_CHARS_MAX, "so much goes into a file");
}

#[test]
fn nothing_of_what_is_sealed_can_be_read_in_it_or_in_what_the_log_would_say() {
    let handover = Handover::of(&shop(1), Some(APP_SECRET.into()));
    let sealed = sealed(&shop(1));
    let bytes = BASE32_NOPAD.decode(&sealed.text().as_bytes()[SET_UP_MARK.len()..]).expect("letters");
    let shown = format!("{sealed:?} {handover:?} {}", sealed.lines());
    for secret in [APP_SECRET, PIN, "4096$"] {
        assert!(!shown.contains(secret), "{secret} is shown");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} stands in the code");
    }
    for known in ["wx0123456789abcdef", "appid", "[counter]"] {
        assert!(!bytes.windows(known.len()).any(|window| window == known.as_bytes()), "{known} stands in the code");
    }
    // Without the seal it would be there for who unpacks it: this test can fail.
    let packed = pack(&handover, None).expect("packed");
    let open = unpack(&packed, at(0)).expect("unpacked");
    assert_eq!(open.secret().map(|secret| secret.expose_secret()), Some(APP_SECRET));
    assert_ne!(sealed.text(), super::tests::sealed(&shop(1)).text(), "each has salt of its own");
}

#[test]
fn the_real_seal_opens_with_its_own_pin_alone() {
    let pin = new_pin().expect("a PIN");
    assert!(pin.expose_secret().len() == PIN_DIGITS && pin.expose_secret().bytes().all(|byte| byte.is_ascii_digit()));
    let sealed = seal(&Handover::of(&shop(1), Some(APP_SECRET.into())), &pin, None).expect("sealed");
    let read = Sealed::parse(&sealed.lines()).expect("read");
    let opened = read.open(&pin, at(0)).expect("opened");
    assert_eq!(opened.secret().map(|secret| secret.expose_secret()), Some(APP_SECRET));
    let other = SecretString::from(if pin.expose_secret() == PIN { "40963246" } else { PIN });
    assert_eq!(read.open(&other, at(0)).map(drop), Err(NotOpened::WrongPassphrase));
    assert_eq!(read.open_at(&pin, at(0), CHEAP).map(drop), Err(NotOpened::WrongPassphrase), "the cost is part of it");
}

#[test]
fn a_wrong_pin_a_late_a_newer_and_a_damaged_code_are_each_told_by_name() {
    let sealed = sealed(&shop(2));
    let text = sealed.text();
    let open = |text: &str, pin: &str, now| {
        Sealed::parse(text).and_then(|sealed| sealed.open_at(&SecretString::from(pin), now, CHEAP)).map(drop)
    };
    assert_eq!(open(&text, PIN, at(599)), Ok(()));
    for scanned in [format!("]Q1{text}"), format!("{text}#\r\n"), text.to_lowercase(), sealed.lines()] {
        assert_eq!(open(&scanned, PIN, at(599)), Ok(()), "{scanned}");
    }
    assert_eq!(open(&text, PIN, at(600)), Err(NotOpened::Expired));
    assert_eq!(open(&text, "40963246", at(0)), Err(NotOpened::WrongPassphrase));
    assert_eq!(
        open(&text, "40963246", at(600)),
        Err(NotOpened::WrongPassphrase),
        "its time is told to who has the PIN"
    );
    for other in ["", "409632457895", "https://example.com", &text[1..]] {
        assert_eq!(open(other, PIN, at(0)), Err(NotOpened::NotOne), "{other}");
    }
    for cut in [&text[..text.len() - 1], &text[..text.len() - 8], &text[..SET_UP_MARK.len()], &text[..60]] {
        assert_eq!(open(cut, PIN, at(0)), Err(NotOpened::Damaged), "{} letters", cut.len());
    }
    for place in (SET_UP_MARK.len() + 4..text.len()).step_by(37) {
        let other = if &text[place..=place] == "A" { "B" } else { "A" };
        let misread = format!("{}{other}{}", &text[..place], &text[place + 1..]);
        assert_eq!(open(&misread, PIN, at(0)), Err(NotOpened::Damaged), "letter {place}");
    }
    let mut newer = BASE32_NOPAD.decode(&text.as_bytes()[SET_UP_MARK.len()..]).expect("letters");
    newer[0] = VERSION + 1;
    assert_eq!(open(&format!("{SET_UP_MARK}{}", BASE32_NOPAD.encode(&newer)), PIN, at(0)), Err(NotOpened::Newer));
}

#[test]
fn the_next_till_works_like_the_first_and_keeps_its_own() {
    let first = shop(2);
    let handover = sealed(&first).open_at(&pin(), at(0), CHEAP).expect("opened");
    let mut next = Settings::default();
    next.till.name = "the next till".to_owned();
    next.camera = Some("its own camera".to_owned());
    next.window.size = Some((800, 600));
    next.scanner.port = Some("COM3".to_owned());
    next.picture.mirrored = true;
    next.counter.volume_percent = Some(0);
    next.updates.url = Some("https://updates.example/its-own".to_owned());
    next.updates.dismissed = Some(semver::Version::new(1, 2, 3));
    let own = next.clone();
    handover.take_over(&mut next);
    assert_eq!(next.custom_cards, first.custom_cards);
    assert_eq!(next.counter, first.counter, "as a whole: what the first has as usual is as usual");
    assert_eq!((&next.language, next.window.theme), (&first.language, first.window.theme));
    assert_eq!((&next.scanner.prefix, &next.scanner.suffix), (&first.scanner.prefix, &first.scanner.suffix));
    assert_eq!((&next.privacy, &next.keys), (&first.privacy, &first.keys));
    assert_eq!((&next.customer.shop, next.customer.window), (&first.customer.shop, false));
    assert!(next.printer.slips && next.printer.place.is_none());
    assert_eq!(next.updates, own.updates, "the first says nothing of it");
    let Some(Account { credentials: Credentials::AppSecret { appid, secret }, .. }) = &next.account else {
        panic!("no account");
    };
    assert_eq!(
        (appid.as_str(), secret),
        ("wx0123456789abcdef", &SecretPlace::KeyStore),
        "not in the first till's file"
    );
    assert_eq!((&next.till, &next.camera, &next.picture), (&own.till, &own.camera, &own.picture));
    assert_eq!((next.window.size, next.window.kiosk, &next.scanner.port), (own.window.size, false, &own.scanner.port));
}

#[test]
fn where_newer_versions_are_announced_goes_along_and_what_was_put_away_does_not() {
    let mut first = shop(1);
    first.updates.url = Some("https://updates.example/hexiao.json".to_owned());
    first.updates.dismissed = Some(semver::Version::new(9, 0, 0));
    let mut next = Settings::default();
    next.updates.dismissed = Some(semver::Version::new(1, 2, 3));
    sealed(&first).open_at(&pin(), at(0), CHEAP).expect("opened").take_over(&mut next);
    assert_eq!(next.updates.url, first.updates.url);
    assert_eq!(next.updates.dismissed, Some(semver::Version::new(1, 2, 3)));
    let file = std::path::Path::new("fleet.toml");
    Handover::read(file, "[updates]\n").expect("read").take_over(&mut next);
    assert_eq!(next.updates.url, None, "as a whole: what the file has as usual is as usual");
}

#[test]
fn the_same_account_keeps_the_place_of_its_secret_and_another_one_is_told() {
    let handover = Handover::of(&shop(0), Some(APP_SECRET.into()));
    let mut present = shop(0).account.expect("an account");
    assert!(!handover.replaces(None) && !handover.replaces(Some(&present)));
    let beside = handover.account_beside(Some(&present)).expect("an account");
    assert_eq!(beside, present, "its file is still the one");
    if let Credentials::AppSecret { appid, .. } = &mut present.credentials {
        appid.push('0');
    }
    assert!(handover.replaces(Some(&present)));
    let beside = handover.account_beside(Some(&present)).expect("an account");
    assert!(matches!(beside.credentials, Credentials::AppSecret { secret: SecretPlace::KeyStore, .. }));
    let mut without = shop(0);
    without.account = None;
    assert!(!Handover::of(&without, None).replaces(Some(&present)));
    let mut till = shop(0);
    Handover::of(&without, None).take_over(&mut till);
    assert_eq!(till.account, shop(0).account, "an account is never taken away");
}

#[test]
fn a_file_for_everybody_has_no_secret_and_changes_only_the_sections_that_it_has() {
    let file = std::path::Path::new("fleet.toml");
    let text = Handover::without_secrets(&shop(1), file).and_then(|open| open.to_toml()).expect("written");
    for secret in [APP_SECRET, "argon2", "pin", "secret_file", "the first till", "Wang"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let fleet = Handover::read(file, &text).expect("read");
    let mut next = Settings::default();
    next.privacy.pin = crate::pin::PinHash::of(&SecretString::from("1234")).expect("hashed");
    let pin = next.privacy.pin.clone();
    fleet.take_over(&mut next);
    assert_eq!((&next.custom_cards, &next.privacy.pin), (&shop(1).custom_cards, &pin), "the PIN is never taken away");

    let fleet = Handover::read(file, "[counter]\nflash = true\n[till]\nname = 'x'\n").expect("read");
    let mut next = shop(1);
    next.counter.volume_percent = Some(0);
    fleet.take_over(&mut next);
    let mut expected = shop(1);
    expected.counter = crate::config::CounterSettings { flash: true, ..Default::default() };
    expected.privacy.pin.clone_from(&next.privacy.pin);
    assert_eq!(next, expected);

    let mut service = shop(0);
    service.account = Some(Account {
        base_url: crate::config::BASE_URL_DEFAULT.to_owned(),
        credentials: Credentials::TokenService {
            url: "https://tokens.example/wechat?key=hush".to_owned(),
            bearer: SecretPlace::KeyStore,
        },
    });
    let error = Handover::without_secrets(&service, file).expect_err("a key may be in it").to_string();
    assert!(error.contains("account.token_service.url") && !error.contains("hush"), "{error}");
    let opened = sealed(&service).open_at(&super::tests::pin(), at(0), CHEAP).expect("sealed, it travels whole");
    assert_eq!(opened.account(), service.account.as_ref());
}

#[test]
fn what_is_sealed_and_makes_no_sense_is_refused_and_nothing_unpacks_without_end() {
    let packed = |text: &str| {
        let mut packed = vec![0; EXPIRY_BYTES];
        let mut encoder = DeflateEncoder::new(&mut packed, Compression::best());
        encoder.write_all(text.as_bytes()).expect("packed");
        encoder.finish().expect("packed");
        packed
    };
    let account = "[account]\nappid = 'wx1'\n";
    assert!(
        unpack(&packed(&format!("s3cret\n{account}[future]\nnew = 1\n")), at(0)).is_ok(),
        "an older till passes over"
    );
    for senseless in [
        String::new(),
        "no line end".to_owned(),
        format!("\n{account}"),
        "s3cret\n[counter]\nflash = true\n".to_owned(),
        "s3cret\n[account]\n".to_owned(),
        format!("two words\n{account}"),
        format!("s3cret\n{account}[counter]\nvolume_percent = 101\n"),
        format!("s3cret\n{account}{}", "\n".repeat(UNPACKED_BYTES_MAX as usize)),
    ] {
        assert_eq!(unpack(&packed(&senseless), at(0)).map(drop), Err(NotOpened::Senseless), "{:.40}", senseless);
    }
    assert_eq!(unpack(&[0; EXPIRY_BYTES - 1], at(0)).map(drop), Err(NotOpened::Senseless));
    assert_eq!(unpack(&[0x7f; 40], at(0)).map(drop), Err(NotOpened::Senseless));
}

proptest! {
    #[test]
    fn whatever_is_sealed_is_what_is_opened(
        secret in "[!-~]{1,200}", appid in "[a-zA-Z0-9]{1,32}", passphrase in "\\PC{1,40}",
        cards in proptest::collection::vec("[!-~]{1,32}", 0..8), prefix in "[!-~]{0,16}", flash: bool, twice in 0..=1_000_000_u32,
        expires in proptest::option::of(1..=i64::from(u32::MAX)),
    ) {
        let mut settings = shop(0);
        settings.custom_cards.clear();
        for card in &cards {
            let card = CardId::parse(card).expect("visible");
            if !settings.custom_cards.contains(&card) {
                settings.custom_cards.push(card);
            }
        }
        settings.account = Some(Account {
            base_url: crate::config::BASE_URL_DEFAULT.to_owned(),
            credentials: Credentials::AppSecret { appid, secret: SecretPlace::KeyStore },
        });
        settings.scanner.prefix = prefix;
        settings.counter.flash = flash;
        settings.counter.press_twice_from = Some(twice);
        let handover = Handover::of(&settings, Some(SecretString::from(secret.as_str())));
        let passphrase = SecretString::from(passphrase);
        let sealed = seal_at(&handover, &passphrase, expires.map(at), CHEAP).expect("sealed");
        let read = Sealed::parse(&sealed.text()).expect("read");
        let opened = read.open_at(&passphrase, at(0), CHEAP).expect("opened");
        prop_assert_eq!(opened.secret().map(|secret| secret.expose_secret()), Some(secret.as_str()));
        prop_assert_eq!(opened.to_toml().expect("written"), handover.to_toml().expect("written"));
        let (mut one, mut other) = (Settings::default(), Settings::default());
        handover.take_over(&mut one);
        opened.take_over(&mut other);
        prop_assert_eq!(one, other);
    }
}
