//! The left side: the camera's picture with the found code outlined, the choice of camera, and the code field under it.

use std::sync::Arc;
use std::sync::mpsc;

use eframe::egui::{
    self, Align, Color32, ColorImage, ComboBox, Context, Event as Input, Id, Key, Layout, Rect, Sense, Stroke,
    TextEdit, TextureHandle, TextureOptions, Ui, UiBuilder, vec2,
};

use super::background::{Line, News};
use super::command::Command;
use super::sentence;
use super::text::Text;
use super::theme;
use crate::desk::Event;
use crate::scan::{
    self, CameraChoice, CameraError, CameraInfo, Luma, PictureError, Preview, ScanEvent, Scanner, Source,
};

/// Longest text that the code field takes: a link with an encrypted code fits many times.
const FIELD_CHARS_MAX: usize = 2048;

/// What the camera is doing.
enum CameraState {
    Off,
    Starting,
    Open(String),
    Lost(CameraError),
}

/// The left side and its state.
pub struct ScanPane {
    field: String,
    line: Line,
    news: mpsc::Sender<News>,
    scanner: Option<Scanner>,
    camera: CameraState,
    cameras: Vec<CameraInfo>,
    /// The newest preview, uploaded once.
    picture: Option<(Arc<Preview>, TextureHandle)>,
    /// What to say about the last picture that was dropped or pasted: the key of a sentence.
    picture_notice: Option<&'static str>,
}

impl ScanPane {
    /// Scans from `source`; from no camera if there is none.
    pub fn new(line: Line, news: mpsc::Sender<News>, source: Option<Source>, ctx: &Context) -> Self {
        let mut pane = Self {
            field: String::new(),
            line,
            news,
            scanner: None,
            camera: CameraState::Off,
            cameras: Vec::new(),
            picture: None,
            picture_notice: None,
        };
        pane.list_cameras(ctx);
        pane.choose(source, ctx);
        pane
    }

    /// The code field's id.
    pub fn field_id() -> Id {
        Id::unique("code field")
    }

    /// The camera that is open, to be remembered.
    pub fn open_camera(&self) -> Option<&str> {
        match &self.camera {
            CameraState::Open(name) => Some(name),
            _ => None,
        }
    }

    /// Scans from `source` from now on.
    pub fn choose(&mut self, source: Option<Source>, ctx: &Context) {
        self.scanner = None;
        self.picture = None;
        self.camera = CameraState::Off;
        let Some(source) = source else { return };
        self.camera = CameraState::Starting;
        let (line, news, ctx) = (self.line.clone(), self.news.clone(), ctx.clone());
        self.scanner = Some(Scanner::start(source, move |event| {
            let item = match event {
                ScanEvent::Found(found, _) => {
                    line.tell(Event::Seen(found.text));
                    return;
                }
                ScanEvent::Frame => {
                    ctx.request_repaint();
                    return;
                }
                ScanEvent::Opened { name, .. } => News::CameraOpened(name),
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
    pub fn camera_opened(&mut self, name: String) {
        if self.scanner.is_some() {
            self.camera = CameraState::Open(name);
        }
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

    /// Forgets what was typed so far.
    pub fn clear(&mut self) {
        self.field.clear();
        self.picture_notice = None;
    }

    /// Takes dropped files, pasted pictures, and what is typed. A scanner types wherever the focus is, and several codes may arrive
    /// within one slow frame: so text and the Enter or Tab that ends a code are taken here in their order, unless another text field
    /// has the focus.
    pub fn take_input(&mut self, ctx: &Context) {
        let field_id = Self::field_id();
        let focused = ctx.memory(|memory| memory.focused());
        let in_field = focused == Some(field_id);
        let elsewhere = !in_field && !ctx.text_edit_focused();
        let (mut typed, mut ended) = (false, Vec::new());
        ctx.input_mut(|input| {
            for file in std::mem::take(&mut input.raw.dropped_files) {
                self.read_picture(ctx.clone(), move || scan::read_picture(file.path()));
            }
            // What the field can take by itself it does, with its caret and selection; a frame that ends a code is taken whole.
            let ends = |event: &Input| matches!(event, Input::Key { key: Key::Enter | Key::Tab, pressed: true, .. });
            let ends_a_code = input.events.iter().any(ends);
            let take_text = elsewhere || (in_field && ends_a_code);
            let field = &mut self.field;
            let mut pictures = Vec::new();
            input.events.retain(|event| match event {
                Input::PasteImage(image) => {
                    pictures.push(Arc::clone(image));
                    false
                }
                Input::Text(text) | Input::Paste(text) if take_text => {
                    let room = FIELD_CHARS_MAX.saturating_sub(field.chars().count());
                    field.extend(text.chars().take(room));
                    typed = true;
                    false
                }
                event if ends(event) && (typed || in_field) && !field.is_empty() => {
                    ended.push(std::mem::take(field));
                    false
                }
                _ => true,
            });
            for image in pictures {
                self.read_picture(ctx.clone(), move || picture_from_image(&image));
            }
        });
        if typed || focused.is_none() {
            ctx.memory_mut(|memory| memory.request_focus(field_id));
        }
        for text in ended {
            self.submit(text);
        }
    }

    fn read_picture(&self, ctx: Context, read: impl FnOnce() -> Result<Luma, PictureError> + Send + 'static) {
        let (line, news) = (self.line.clone(), self.news.clone());
        std::thread::spawn(move || {
            let failed = match read() {
                Ok(luma) => match scan::decode(&luma).into_iter().next() {
                    Some(found) => return line.tell(Event::Scanned(found.text)),
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

    fn submit(&mut self, text: String) {
        self.picture_notice = None;
        if !text.trim().is_empty() {
            self.line.tell(Event::Scanned(text));
        }
    }

    /// Draws the pane.
    pub fn show(&mut self, ui: &mut Ui, text: &Text) {
        self.show_picture(ui, text);
        self.show_camera_choice(ui, text);
        ui.add_space(4.0);
        self.show_field(ui, text);
    }

    fn show_picture(&mut self, ui: &mut Ui, text: &Text) {
        let room = ui.available_size();
        let height = (room.x * 9.0 / 16.0).min(room.y * theme::PICTURE_SHARE).round();
        let (rect, _) = ui.allocate_exact_size(vec2(room.x, height), Sense::hover());
        ui.painter().rect_filled(rect, 6.0, theme::NO_PICTURE);
        let preview = self.scanner.as_ref().and_then(Scanner::preview);
        let words = match (&self.camera, preview) {
            (CameraState::Lost(error), _) => sentence::camera_error(text, error),
            (CameraState::Off, _) => text.say("drop-here"),
            (CameraState::Open(_), Some(preview)) => {
                self.draw_preview(ui, rect, preview);
                return;
            }
            (CameraState::Starting | CameraState::Open(_), _) => text.say("camera-starting"),
        };
        let words = egui::Label::new(egui::RichText::new(words).color(theme::ON_NO_PICTURE)).wrap();
        let inside = UiBuilder::new().max_rect(rect.shrink(24.0)).layout(Layout::top_down(Align::Center));
        let mut inside = ui.new_child(inside); // a child of its own does not move what follows
        inside.add_space((rect.height() / 3.0).round());
        inside.add(words);
    }

    fn draw_preview(&mut self, ui: &Ui, rect: Rect, preview: Arc<Preview>) {
        let is_new = self.picture.as_ref().is_none_or(|(shown, _)| shown.serial != preview.serial);
        if is_new {
            let size = [preview.width as usize, preview.height as usize];
            let image = ColorImage::from_rgba_unmultiplied(size, &preview.rgba);
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
        let whole = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
        ui.painter().image(texture.id(), shown, whole, Color32::WHITE);
        for found in &preview.found {
            let corners = found.corners.map(|corner| theme::on_picture(corner, preview.frame_size, shown));
            let outline = egui::Shape::closed_line(corners.to_vec(), Stroke::new(4.0, theme::FOUND));
            ui.painter().with_clip_rect(rect).add(outline);
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
        ui.horizontal(|ui| {
            let label = ui.label(&label);
            let list = ComboBox::from_id_salt("camera").width(ui.available_width() - 4.0).truncate().selected_text(now);
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
        });
        if let Some(source) = chosen {
            self.choose(source, ui.ctx());
        }
    }

    fn show_field(&mut self, ui: &mut Ui, text: &Text) {
        let label = ui.label(format!("{}  ({})", text.say("code-label"), Command::GoToCode.key_name()));
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
            ui.add(field).labelled_by(label.id);
        });
        if submitted {
            let text = std::mem::take(&mut self.field);
            self.submit(text);
            ui.memory_mut(|memory| memory.request_focus(Self::field_id()));
        }
        // Always the same height, so that nothing jumps when there is something to say.
        let notice = self.picture_notice.map(|key| text.say(key)).unwrap_or_default();
        ui.add(egui::Label::new(egui::RichText::new(notice).color(theme::Tone::Attention.color()).small()).truncate());
    }
}

/// The brightness of a pasted picture.
fn picture_from_image(image: &ColorImage) -> Result<Luma, PictureError> {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX); // over every limit, and refused as that
    scan::picture_from_rgba(side(image.size[0]), side(image.size[1]), image.as_raw())
}

/// Where to scan from at the start: what the command line says, or the camera used last, or any.
pub fn source_at_start(given: Option<Source>, remembered: Option<&str>) -> Source {
    given.unwrap_or_else(|| {
        Source::Camera(remembered.map_or(CameraChoice::First, |name| CameraChoice::Name(name.to_owned())))
    })
}
