//! The left side: the camera's picture with the found code outlined, the choice of camera, and the code field under it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use eframe::egui::{
    self, Align, Color32, ColorImage, ComboBox, Context, Event as Input, Id, ImeEvent, Key, Layout, Rect, RichText,
    Sense, Stroke, TextEdit, TextureHandle, TextureOptions, Ui, UiBuilder, vec2,
};

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;

use super::background::{Line, News};
use super::command::Command;
use super::customer::Mirror;
use super::in_view::{self, InView};
use super::sentence;
use super::text::Text;
use super::theme;
use crate::code::{self, Refusal};
use crate::config::{BAUD_DEFAULT, PictureSettings, ScannerSettings, Settings};
use crate::desk::Event;
use crate::scan::{
    self, CameraChoice, CameraError, CameraInfo, Control, Controls, End, Hint, Hints, Luma, PictureError, Preview,
    ScanEvent, Scanner, SerialError, SerialEvent, SerialPort, SerialScanner, Source, Wedge, Wrapping,
};

/// Longest text that the code field takes: a link with an encrypted code fits many times.
const FIELD_CHARS_MAX: usize = 2048;
/// As good as now; a repaint asked for without any delay is made twice, and twice for each preview is half a core where the processor draws.
const AT_ONCE: Duration = Duration::from_millis(1);

/// What the camera is doing.
enum CameraState {
    Off,
    Starting,
    Open(String),
    Lost(CameraError),
}

/// How the source is found again at the next start.
enum Remembered {
    /// It is not.
    Not,
    /// By the name that it has once it is open.
    ByName,
    /// As this.
    As(String),
}

/// How it stands with a hand scanner's serial port.
pub enum Port<'a> {
    /// None is used.
    None,
    /// It has not been opened yet.
    Opening,
    /// It is open: what is scanned comes.
    Open,
    /// It is lost, and being tried again.
    Lost(&'a SerialError),
}

/// Who listens to what is typed, dropped and pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    /// The code field, which is shown.
    Field,
    /// It is not shown: a scanner is heard, and a picture is taken; what a person types is for others.
    Scans,
    /// A field that a PIN is entered in: it keeps what is typed, and what a scanner types there is heard all the same.
    Beside,
    /// Nobody: scans are heard, so that they press nothing, and lead nowhere.
    Closed,
}

/// The left side and its state.
pub struct ScanPane {
    field: String,
    line: Line,
    news: mpsc::Sender<News>,
    scanner: Option<Scanner>,
    camera: CameraState,
    remembered: Remembered,
    controls: Controls,
    untaken: Vec<Control>,
    /// A hand scanner on a serial port, while it is listened to.
    serial: Option<SerialScanner>,
    /// Whether its port has been opened.
    port_opened: bool,
    /// Why nothing comes from it.
    port_trouble: Option<SerialError>,
    cameras: Vec<CameraInfo>,
    /// The newest preview, uploaded once.
    picture: Option<(Arc<Preview>, TextureHandle)>,
    /// As in a mirror.
    mirrored: bool,
    hints: Hints,
    /// Why nothing is read.
    hint: Option<Hint>,
    /// What to say about the last picture that was dropped or pasted: the key of a sentence.
    picture_notice: Option<&'static str>,
    /// The keys of a scanner, told from a person's.
    wedge: Wedge,
    /// The focus is to be in the field at the end of this frame.
    keeps_focus: bool,
}

/// What `picture` asks of a camera's controls.
fn controls(picture: &PictureSettings) -> Controls {
    let exposure = picture.exposure_ms.map(|ms| Duration::from_millis(ms.into()));
    Controls { autofocus: picture.autofocus, exposure, torch: picture.torch }
}

impl ScanPane {
    /// Scans from `source`; from no camera if there is none. How hand scanner and camera are set up stands in `settings`.
    pub fn new(
        line: Line,
        news: mpsc::Sender<News>,
        source: Option<Source>,
        settings: &Settings,
        ctx: &Context,
    ) -> Self {
        let mut pane = Self {
            field: String::new(),
            line,
            news,
            scanner: None,
            camera: CameraState::Off,
            remembered: Remembered::Not,
            controls: controls(&settings.picture),
            untaken: Vec::new(),
            serial: None,
            port_opened: false,
            port_trouble: None,
            cameras: Vec::new(),
            picture: None,
            mirrored: settings.picture.mirrored,
            hints: Hints::default(),
            hint: None,
            picture_notice: None,
            wedge: Wedge::default(),
            keeps_focus: false,
        };
        pane.list_cameras(ctx);
        pane.choose(source, ctx);
        pane.set_up_scanner(&settings.scanner, ctx);
        pane
    }

    /// Hears a hand scanner that is set up like this, from now on.
    pub fn set_up_scanner(&mut self, scanner: &ScannerSettings, ctx: &Context) {
        let ScannerSettings { prefix, suffix, port, baud } = scanner.clone();
        let wrapping = Wrapping { prefix, suffix };
        self.wedge = Wedge::new(wrapping.clone());
        (self.serial, self.port_opened, self.port_trouble) = (None, false, None);
        if let Some(name) = port {
            self.listen_to(SerialPort { name, baud: baud.unwrap_or(BAUD_DEFAULT), wrapping }, ctx);
        }
    }

    /// How it stands with the scanner's port.
    pub fn port(&self) -> Port<'_> {
        match (&self.serial, &self.port_trouble) {
            (None, _) => Port::None,
            (Some(_), Some(trouble)) => Port::Lost(trouble),
            (Some(_), None) if self.port_opened => Port::Open,
            (Some(_), None) => Port::Opening,
        }
    }

    /// The code field's id.
    pub fn field_id() -> Id {
        Id::unique("code field")
    }

    /// The camera that is open.
    fn open_camera(&self) -> Option<&str> {
        match &self.camera {
            CameraState::Open(name) => Some(name),
            _ => None,
        }
    }

    /// What the settings are to remember of the camera that is open under `name`; nothing of pictures that are played.
    pub fn to_remember(&self, name: &str) -> Option<String> {
        match &self.remembered {
            Remembered::Not => None,
            Remembered::ByName => Some(name.to_owned()),
            Remembered::As(address) => Some(address.clone()),
        }
    }

    /// Listens to a scanner on a serial port.
    fn listen_to(&mut self, port: SerialPort, ctx: &Context) {
        let (line, news, ctx) = (self.line.clone(), self.news.clone(), ctx.clone());
        self.serial = Some(SerialScanner::start(port, move |event| {
            let item = match event {
                SerialEvent::Code(code) => return line.tell(Event::Scanned(code)),
                SerialEvent::Opened => None,
                SerialEvent::Lost(why) => Some(why),
            };
            news.send(News::SerialPort(item)).ok(); // an error means that the window has closed
            ctx.request_repaint();
        }));
    }

    /// The scanner's port is open, or lost.
    pub fn port_changed(&mut self, trouble: Option<SerialError>) {
        self.port_opened = trouble.is_none();
        self.port_trouble = trouble;
    }

    /// Scans from `source` from now on.
    pub fn choose(&mut self, source: Option<Source>, ctx: &Context) {
        self.scanner = None;
        self.picture = None;
        (self.hints, self.hint) = (Hints::default(), None);
        self.camera = CameraState::Off;
        self.untaken.clear();
        let Some(source) = source else { return };
        self.camera = CameraState::Starting;
        self.remembered = match &source {
            Source::Camera(_) => Remembered::ByName,
            Source::Network(address) => Remembered::As(address.as_str().to_owned()),
            Source::Pictures { .. } => Remembered::Not,
        };
        let (line, news, ctx) = (self.line.clone(), self.news.clone(), ctx.clone());
        let in_view = Mutex::new(InView::default()); // one thread uses it, and may not know that
        self.scanner = Some(Scanner::start_with_controls(source, self.controls.clone(), move |event| {
            let item = match event {
                ScanEvent::Found(found, _) => {
                    in_view.lock().unwrap_or_else(PoisonError::into_inner).found(found.text);
                    return;
                }
                ScanEvent::Frame { has_preview } => {
                    let meant = in_view.lock().unwrap_or_else(PoisonError::into_inner).frame_ended(Instant::now());
                    if let Some(code) = meant {
                        line.tell(Event::Seen(code));
                    }
                    if has_preview {
                        ctx.request_repaint_after(AT_ONCE);
                    }
                    return;
                }
                ScanEvent::Opened { name, untaken, .. } => News::CameraOpened(name, untaken),
                ScanEvent::Lost(error) => News::CameraLost(error),
            };
            news.send(item).ok(); // an error means that the window has closed
            ctx.request_repaint();
        }));
    }

    /// Looks for cameras, on a thread of its own: some drivers take long.
    pub fn list_cameras(&self, ctx: &Context) {
        let (news, ctx) = (self.news.clone(), ctx.clone());
        std::thread::spawn(move || {
            news.send(News::Cameras(scan::cameras())).ok();
            ctx.request_repaint();
        });
    }

    /// Takes the cameras that were found.
    pub fn cameras_listed(&mut self, cameras: Result<Vec<CameraInfo>, CameraError>) {
        self.cameras = cameras.unwrap_or_default(); // what is wrong is said by the camera in use
    }

    /// The camera is open.
    pub fn camera_opened(&mut self, name: String, untaken: Vec<Control>) {
        if self.scanner.is_some() {
            self.camera = CameraState::Open(name);
            self.untaken = untaken;
        }
    }

    /// What was asked of the camera's controls, and it does not have or does not take.
    pub fn untaken(&self) -> &[Control] {
        &self.untaken
    }

    /// What is asked of a camera's controls from its next opening on. Whether one that is in use wants opening anew for that.
    pub fn set_up_camera(&mut self, picture: &PictureSettings) -> bool {
        let controls = controls(picture);
        let is_in_use = self.scanner.is_some() && !matches!(self.remembered, Remembered::Not);
        std::mem::replace(&mut self.controls, controls.clone()) != controls && is_in_use
    }

    /// The camera is lost.
    pub fn camera_lost(&mut self, error: CameraError) {
        if self.scanner.is_some() {
            self.camera = CameraState::Lost(error);
        }
    }

    /// A picture gave nothing.
    pub fn picture_failed(&mut self, key: &'static str) {
        self.picture_notice = Some(key);
    }

    /// The camera's picture as it was drawn last, for the customer to hold a phone by.
    pub fn mirror(&self, text: &Text) -> Option<Mirror> {
        let (preview, texture) = self.picture.as_ref().filter(|_| matches!(self.camera, CameraState::Open(_)))?;
        let hint = self.hint.map(|hint| sentence::hint(text, hint));
        Some(Mirror { texture: texture.clone(), serial: preview.serial, hint })
    }

    /// What to say about the last picture that was dropped or pasted: the key of a sentence.
    pub fn picture_notice(&self) -> Option<&'static str> {
        self.picture_notice
    }

    /// Shows the picture as in a mirror, or not.
    pub fn set_mirrored(&mut self, mirrored: bool) {
        self.mirrored = mirrored;
    }

    /// Whether it scans from anywhere but the field: somebody may have chosen not to.
    pub fn has_source(&self) -> bool {
        self.scanner.is_some()
    }

    /// Whether the picture is shown as in a mirror.
    pub fn is_mirrored(&self) -> bool {
        self.mirrored
    }

    /// Forgets what was typed so far.
    pub fn clear(&mut self) {
        self.field.clear();
        self.picture_notice = None;
    }

    /// Takes dropped files, pasted pictures, and what is typed; says whether a code was scanned or entered. A scanner types wherever the focus is, and
    /// several codes may arrive within one slow frame: so text and the Enter or Tab that ends a code are taken here in their order, unless
    /// another text field has the focus.
    pub fn take_input(&mut self, ctx: &Context, ear: Ear) -> bool {
        let listening = ear != Ear::Closed;
        let field_id = Self::field_id();
        let focused = ctx.memory(|memory| memory.focused());
        let in_field = focused == Some(field_id);
        let now = ctx.input(|input| Duration::try_from_secs_f64(input.time).unwrap_or_default());
        if ear == Ear::Beside {
            return self.overhear(ctx, now);
        }
        if !in_field && ctx.text_edit_focused() {
            self.wedge.interrupted();
            return false;
        }
        let mut heard = Heard { in_field, ear, now, text: false, typed: false, codes: Vec::new() };
        let (events, files) = ctx.input_mut(|input| {
            let files = if listening { std::mem::take(&mut input.raw.dropped_files) } else { Vec::new() };
            (std::mem::take(&mut input.events), files)
        });
        for file in files {
            self.read_picture(ctx.clone(), move || scan::read_picture(file.path()));
        }
        // What the field can take by itself it does, with its caret and selection; a frame that ends a code is taken whole.
        let takes_text = ear == Ear::Field && (!in_field || events.iter().any(ends_a_code));
        let kept = events.into_iter().filter_map(|event| self.hear(event, takes_text, &mut heard, ctx)).collect();
        ctx.input_mut(|input| input.events = kept);

        if !heard.text {
            heard.codes.extend(self.wedge.paused(now).inspect(|_| self.field.clear()));
        }
        if let Some(pause) = self.wedge.wants_look_in(now) {
            ctx.request_repaint_after(pause);
        }
        if ear == Ear::Field && (heard.typed || focused.is_none()) {
            ctx.memory_mut(|memory| memory.request_focus(field_id));
        }
        if heard.typed {
            self.put_caret_at_end(ctx); // where the field goes on by itself in the next frame
        }
        if !listening {
            return false;
        }
        let any = !heard.codes.is_empty();
        for text in heard.codes {
            self.submit(text, ctx);
        }
        any
    }

    /// Takes nothing, and looks codes up that a scanner types meanwhile.
    fn overhear(&mut self, ctx: &Context, now: Duration) -> bool {
        let events = ctx.input(|input| input.events.clone());
        let mut codes = Vec::new();
        let mut text_came = false;
        for event in events {
            match event {
                Input::Ime(ImeEvent::Commit(text)) | Input::Text(text) => {
                    text_came = true;
                    self.wedge.text(&text.chars().map(code::plain_width).collect::<String>(), now);
                }
                event if ends_a_code(&event) => {
                    if let End::OfScan(code) = self.wedge.end(now) {
                        codes.push(code);
                    }
                }
                _ => {}
            }
        }
        if !text_came {
            codes.extend(self.wedge.paused(now));
        }
        if let Some(pause) = self.wedge.wants_look_in(now) {
            ctx.request_repaint_after(pause);
        }
        let any = !codes.is_empty();
        if any {
            // What of the scan comes in this frame is for nobody else: the code field may be drawn in it already.
            let is_scans = |event: &Input| matches!(event, Input::Ime(_) | Input::Text(_)) || ends_a_code(event);
            ctx.input_mut(|input| input.events.retain(|event| !is_scans(event)));
        }
        for text in codes {
            self.submit(text, ctx);
        }
        any
    }

    /// Takes one event, or gives back what of it is for others.
    fn hear(&mut self, event: Input, takes_text: bool, heard: &mut Heard, ctx: &Context) -> Option<Input> {
        match event {
            Input::PasteImage(image) if heard.ear != Ear::Closed => {
                self.read_picture(ctx.clone(), move || picture_from_image(&image));
                None
            }
            Input::Paste(text) if heard.ear != Ear::Closed && picture_named(&text).is_some() => {
                self.submit(text, ctx);
                None
            }
            Input::Paste(text) if takes_text => {
                self.write(&text, heard);
                None
            }
            // A code is composed of nothing. What an input method has made of keys before it was told to let them be is taken as typed.
            Input::Ime(ImeEvent::Commit(text)) | Input::Text(text) => {
                let text: String = text.chars().map(code::plain_width).collect();
                if !self.wedge.is_hearing() && text.trim().is_empty() && !heard.in_field {
                    return None; // a person presses a button with the space bar
                }
                heard.text = true;
                self.wedge.text(&text, heard.now);
                if takes_text {
                    self.write(&text, heard);
                }
                (heard.ear == Ear::Field && !takes_text).then_some(Input::Text(text))
            }
            Input::Ime(_) => None,
            event if ends_a_code(&event) => match self.wedge.end(heard.now) {
                End::OfScan(code) => {
                    self.field.clear();
                    heard.codes.push(code);
                    self.keeps_focus = true;
                    None
                }
                End::Echo => {
                    self.keeps_focus = true;
                    None
                }
                End::Typed if heard.ear == Ear::Field && (heard.typed || heard.in_field) => {
                    if !self.field.is_empty() {
                        heard.codes.push(std::mem::take(&mut self.field));
                        self.keeps_focus = true;
                        return None;
                    }
                    // Enter on an empty field is nothing; Tab goes on to the next control.
                    matches!(event, Input::Key { key: Key::Tab, .. }).then_some(event)
                }
                End::Typed => Some(event),
            },
            Input::Key { key: Key::Space, .. } if self.wedge.is_hearing() => None,
            Input::Key { key, pressed: true, repeat, modifiers, .. } => {
                if repeat || modifiers.command || modifiers.alt || !is_typed(key) {
                    self.wedge.interrupted();
                }
                Some(event)
            }
            event => Some(event),
        }
    }

    /// Puts `text` at the end of the field, as far as there is room.
    fn write(&mut self, text: &str, heard: &mut Heard) {
        let room = FIELD_CHARS_MAX.saturating_sub(self.field.chars().count());
        self.field.extend(text.chars().take(room));
        heard.typed = true;
    }

    fn put_caret_at_end(&self, ctx: &Context) {
        let mut state = TextEditState::load(ctx, Self::field_id()).unwrap_or_default();
        let end = CCursor::new(self.field.chars().count());
        state.cursor.set_char_range(Some(CCursorRange::one(end)));
        state.store(ctx, Self::field_id());
    }

    /// After all was drawn: the Tab of a scan has not moved the focus from the field.
    pub fn keep_focus(&mut self, ctx: &Context) {
        if std::mem::take(&mut self.keeps_focus) {
            ctx.memory_mut(|memory| memory.request_focus(Self::field_id()));
        }
    }

    fn read_picture(&self, ctx: Context, read: impl FnOnce() -> Result<Luma, PictureError> + Send + 'static) {
        let (line, news) = (self.line.clone(), self.news.clone());
        std::thread::spawn(move || {
            let failed = match read() {
                Ok(luma) => match in_view::meant(scan::decode(&luma).into_iter().map(|found| found.text).collect()) {
                    Some(code) => return line.tell(Event::Scanned(code)),
                    None => "picture-nothing",
                },
                Err(error) => {
                    tracing::warn!("a picture could not be read: {error}");
                    "picture-unreadable"
                }
            };
            news.send(News::PictureFailed(failed)).ok();
            ctx.request_repaint();
        });
    }

    fn submit(&mut self, text: String, ctx: &Context) {
        self.picture_notice = None;
        if let Some(path) = picture_named(&text) {
            self.read_picture(ctx.clone(), move || scan::read_picture(&path));
        } else if !text.trim().is_empty() {
            self.line.tell(Event::Scanned(text));
        }
    }

    /// Draws the pane.
    pub fn show(&mut self, ui: &mut Ui, text: &Text) {
        self.show_camera(ui, text);
        ui.add_space(4.0);
        self.show_field(ui, text);
    }

    /// Draws the camera's picture and the choice of camera alone.
    pub fn show_camera(&mut self, ui: &mut Ui, text: &Text) {
        self.show_picture(ui, text);
        self.show_camera_choice(ui, text);
    }

    fn show_picture(&mut self, ui: &mut Ui, text: &Text) {
        let room = ui.available_size();
        let height = (room.x * 9.0 / 16.0).min(room.y * theme::PICTURE_SHARE).round();
        let (rect, _) = ui.allocate_exact_size(vec2(room.x, height), Sense::hover());
        let preview = self.scanner.as_ref().and_then(Scanner::preview);
        let words = match (&self.camera, preview) {
            (CameraState::Lost(error), _) => sentence::camera_error(text, error),
            (CameraState::Off, _) => text.say("drop-here"),
            (CameraState::Open(_), Some(preview)) => {
                self.draw_preview(ui, rect, preview, text);
                return;
            }
            (CameraState::Starting | CameraState::Open(_), _) => text.say("camera-starting"),
        };
        ui.painter().rect_filled(rect, 6.0, theme::NO_PICTURE);
        let words = egui::Label::new(RichText::new(words).color(theme::ON_NO_PICTURE)).wrap();
        let inside = UiBuilder::new().max_rect(rect.shrink(24.0)).layout(Layout::top_down(Align::Center));
        let mut inside = ui.new_child(inside); // a child of its own does not move what follows
        inside.add_space((rect.height() / 3.0).round());
        inside.add(words);
    }

    fn draw_preview(&mut self, ui: &mut Ui, rect: Rect, preview: Arc<Preview>, text: &Text) {
        let is_new = self.picture.as_ref().is_none_or(|(shown, _)| shown.serial != preview.serial);
        if is_new {
            self.hint = self.hints.frame(&preview.aim, !preview.found.is_empty(), Instant::now());
            let size = [preview.width as usize, preview.height as usize];
            // Nothing shines through, and what is multiplied by nothing need not be.
            let image = ColorImage::from_rgba_premultiplied(size, &preview.rgba);
            match &mut self.picture {
                Some((shown, texture)) => {
                    *shown = preview;
                    texture.set(image, TextureOptions::LINEAR);
                }
                None => {
                    let texture = ui.ctx().load_texture("camera", image, TextureOptions::LINEAR);
                    self.picture = Some((preview, texture));
                }
            }
        }
        let Some((preview, texture)) = &self.picture else { return };
        let fit = (rect.width() / preview.width.max(1) as f32).min(rect.height() / preview.height.max(1) as f32);
        let shown = Rect::from_center_size(rect.center(), vec2(preview.width as f32, preview.height as f32) * fit);
        let (left, right) = if self.mirrored { (1.0, 0.0) } else { (0.0, 1.0) };
        let whole = Rect::from_min_max(egui::pos2(left, 0.0), egui::pos2(right, 1.0));
        if !shown.expand(0.5).contains_rect(rect) {
            ui.painter().rect_filled(rect, 6.0, theme::NO_PICTURE); // beside a picture of another shape
        }
        ui.painter().image(texture.id(), shown, whole, Color32::WHITE);
        let painter = ui.painter().with_clip_rect(rect);
        for found in &preview.found {
            let corners = found.corners.map(|[x, y]| {
                let x = if self.mirrored { preview.frame_size.0 as f32 - x } else { x };
                theme::on_picture([x, y], preview.frame_size, shown)
            });
            let named = match code::read(&found.text) {
                Ok(_) => None,
                Err(Refusal::Payment) => Some(text.say("found-payment")),
                Err(Refusal::SetUp) => Some(text.say("found-set-up")),
                Err(_) => Some(text.say("found-other")),
            };
            let color = if named.is_some() { theme::FOUND_OTHER } else { theme::FOUND };
            painter.add(egui::Shape::closed_line(corners.to_vec(), Stroke::new(4.0, color)));
            if let Some(name) = named {
                theme::write_on_picture(&painter, Rect::from_points(&corners).center_bottom(), &name);
            }
        }
        // Always in the same place, over the picture: nothing else moves.
        if let Some(hint) = self.hint {
            let band = Rect::from_min_max(egui::pos2(rect.left(), rect.bottom() - theme::HINT_HEIGHT), rect.max);
            ui.painter().rect_filled(band, 6.0, theme::HINT_GROUND);
            let words = RichText::new(sentence::hint(text, hint)).color(theme::ON_NO_PICTURE).strong();
            ui.put(band, egui::Label::new(words).truncate());
        }
    }

    fn show_camera_choice(&mut self, ui: &mut Ui, text: &Text) {
        let now = match &self.camera {
            CameraState::Off => text.say("camera-off"),
            CameraState::Starting => text.say("camera-starting"),
            CameraState::Open(name) => name.clone(),
            CameraState::Lost(_) => text.say("camera-none"),
        };
        let mut chosen = None;
        let label = text.say("camera-label");
        let usual = std::mem::replace(&mut ui.spacing_mut().interact_size.y, theme::TOUCH_HEIGHT); // also of the list that opens
        ui.horizontal(|ui| {
            let label = ui.label(&label);
            let mirror = text.say("camera-mirror");
            let room = ui.available_width() - theme::MIRROR_WIDTH - 12.0;
            let list = ComboBox::from_id_salt("camera").width(room).truncate().selected_text(now);
            let list = list.show_ui(ui, |ui| {
                if ui.selectable_label(matches!(self.camera, CameraState::Off), text.say("camera-off")).clicked() {
                    chosen = Some(None);
                }
                for camera in &self.cameras {
                    let is_open = self.open_camera() == Some(camera.name.as_str());
                    if ui.selectable_label(is_open, format!("{} – {}", camera.index, camera.name)).clicked() {
                        chosen = Some(Some(Source::Camera(CameraChoice::Index(camera.index))));
                    }
                }
                if ui.selectable_label(false, text.say("camera-refresh")).clicked() {
                    self.list_cameras(ui.ctx());
                }
            });
            list.response.labelled_by(label.id);
            let size = vec2(theme::MIRROR_WIDTH, theme::TOUCH_HEIGHT);
            let button = egui::Button::new(mirror).selected(self.mirrored).min_size(size);
            if ui.add(button).clicked() {
                self.mirrored = !self.mirrored;
            }
        });
        ui.spacing_mut().interact_size.y = usual;
        if let Some(source) = chosen {
            self.choose(source, ui.ctx());
        }
    }

    fn show_field(&mut self, ui: &mut Ui, text: &Text) {
        let label = ui.label(format!("{}  ({})", text.say("code-label"), text.key_name(Command::GoToCode)));
        let mut submitted = false;
        let line = vec2(ui.available_width(), theme::TOUCH_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            let button = egui::Button::new(text.say("look-up")).min_size(vec2(96.0, theme::TOUCH_HEIGHT));
            submitted = ui.add(button).clicked();
            let field = TextEdit::singleline(&mut self.field)
                .id(Self::field_id())
                .font(theme::title_font())
                .hint_text(text.say("code-hint"))
                .char_limit(FIELD_CHARS_MAX)
                .align(egui::Align2::LEFT_CENTER)
                .min_size(vec2(0.0, theme::TOUCH_HEIGHT))
                .desired_width(f32::INFINITY);
            let field = ui.add(field).labelled_by(label.id);
            theme::without_input_method(ui, &field);
        });
        if submitted {
            let text = std::mem::take(&mut self.field);
            self.submit(text, &ui.ctx().clone());
            ui.memory_mut(|memory| memory.request_focus(Self::field_id()));
        }
        // Always the same height, so that nothing jumps when there is something to say.
        let port = || self.port_trouble.as_ref().map(|trouble| sentence::serial_error(text, trouble));
        let notice = self.picture_notice.map(|key| text.say(key)).or_else(port).unwrap_or_default();
        ui.add(
            egui::Label::new(RichText::new(notice).color(theme::palette(ui).words(theme::Tone::Attention)).small())
                .truncate(),
        );
    }
}

/// What one frame's keys came to.
struct Heard {
    /// The code field has the focus.
    in_field: bool,
    /// Who listens.
    ear: Ear,
    /// On the window's clock.
    now: Duration,
    /// Characters came.
    text: bool,
    /// Characters went into the field from here.
    typed: bool,
    /// Codes that were ended, in their order.
    codes: Vec<String>,
}

fn ends_a_code(event: &Input) -> bool {
    let Input::Key { key: Key::Enter | Key::Tab, pressed: true, modifiers, .. } = event else { return false };
    modifiers.is_none()
}

/// Whether a scanner may press this key: one that makes a character.
fn is_typed(key: Key) -> bool {
    !matches!(
        key,
        Key::ArrowDown
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::ArrowUp
            | Key::Backspace
            | Key::Delete
            | Key::Escape
            | Key::Home
            | Key::End
            | Key::Insert
            | Key::PageUp
            | Key::PageDown
    )
}

/// The picture file that `text` names, as file managers paste it or a person types it: a whole path or a `file:` address. No code is like that.
fn picture_named(text: &str) -> Option<PathBuf> {
    let text = text.trim().trim_matches(['"', '\'']);
    let path = match url::Url::parse(text) {
        Ok(url) if url.scheme() == "file" => url.to_file_path().ok()?,
        _ => PathBuf::from(text),
    };
    (path.is_absolute() && scan::is_picture_name(&path) && path.is_file()).then_some(path)
}

/// The brightness of a pasted picture.
fn picture_from_image(image: &ColorImage) -> Result<Luma, PictureError> {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX); // over every limit, and refused as that
    scan::picture_from_rgba(side(image.size[0]), side(image.size[1]), image.as_raw())
}

/// Where to scan from at the start: what the command line says, or the camera used last, or any.
pub fn source_at_start(given: Option<Source>, remembered: Option<&str>) -> Source {
    let by_name = |name: &str| Source::Camera(CameraChoice::Name(name.to_owned()));
    given.unwrap_or_else(|| match remembered {
        None => Source::Camera(CameraChoice::First),
        // One that is no address after all is looked for by its name, and said not to be there.
        Some(address) if scan::is_address(address) => address.parse().unwrap_or_else(|_| by_name(address)),
        Some(name) => by_name(name),
    })
}
