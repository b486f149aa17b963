//! hexiao
use hexiao::{config, ui};
fn main() -> eframe::Result {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let places = config::Places::new(None, Some("/tmp/hx".into())).expect("places");
    let settings = config::Settings::load(&places);
    ui::run(ui::AppSetup {
        places,
        settings,
        source: std::env::args().nth(1).map(|s| s.parse().expect("source")),
        use_camera: true,
        runtime: runtime.handle().clone(),
        started: std::time::Instant::now(),
    })
}
