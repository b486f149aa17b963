//! How long from a picture to the verdict on the screen's side of the till: decoding a 1280×720 frame, cleaning, the desk, the query and
//! the card's details over real HTTP from the sandbox, and the view that comes of it. Everything of ours; of the network, only loopback.

// What is measured is made here, so it cannot fail; `criterion_group!` makes a public function.
#![allow(clippy::expect_used, missing_docs)]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use hexiao::config::{Places, Settings};
use hexiao::desk::{Event, Stage};
use hexiao::sandbox::{CouponInfo, print};
use hexiao::scan::{self, Luma};
use hexiao::till::{self, Purpose};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;

/// A frame as a camera sees it: a phone's white square with the code on it, on a grey counter with some noise.
fn frame_with(text: &str) -> Luma {
    let (side, _, code) = print::qr_luma(text, 8);
    let (left, top) = ((WIDTH - side) / 2, (HEIGHT - side) / 2);
    let mut random = fastrand::Rng::with_seed(7);
    let mut pixels: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| random.u8(90..130)).collect();
    for y in 0..side {
        let from = (y * side) as usize;
        let to = ((top + y) * WIDTH + left) as usize;
        pixels[to..to + side as usize].copy_from_slice(&code[from..from + side as usize]);
    }
    Luma::new(WIDTH, HEIGHT, pixels).expect("a frame")
}

fn picture_to_verdict(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let places =
        Places::new(Some(folder.path().join("settings.toml")), Some(folder.path().to_owned())).expect("places");
    let purpose = Purpose::Ask { check_consume: false };
    let open = runtime.block_on(till::open(&Settings::default(), &places, purpose, || ())).expect("a till");
    let coupons = open.sandbox.as_ref().expect("a sandbox").coupons();
    // Each code is another scan: the same one within a moment would be the same scan, and not be asked about.
    let frames: Vec<(CouponInfo, Luma)> =
        coupons.into_iter().map(|coupon| (frame_with(&coupon.code), coupon)).map(|(f, c)| (c, f)).collect();
    let mut till = open.till;
    let mut turn = 0;
    criterion.bench_function("picture to verdict, 1280×720, sandbox", |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let (coupon, frame) = &frames[turn % frames.len()];
                turn += 1;
                till.tell(Event::Dismissed);
                runtime.block_on(till.wait_until(|view| view.stage == Stage::Idle)).expect("a running till");
                let began = Instant::now();
                let found = scan::decode(frame).into_iter().next().expect("the code is read");
                till.tell(Event::Scanned(found.text));
                let verdict =
                    till.wait_until(|view| matches!(view.stage, Stage::Shown { .. } | Stage::LookupFailed { .. }));
                let view = runtime.block_on(verdict).expect("a running till");
                spent += began.elapsed();
                if let Stage::Shown { shown, .. } = view.stage {
                    assert_eq!(shown.coupon.code.as_str(), coupon.code);
                }
            }
            spent
        });
    });
    runtime.block_on(till.stop());
}

criterion_group!(benches, picture_to_verdict);
criterion_main!(benches);
