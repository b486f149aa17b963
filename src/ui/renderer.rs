//! Who draws the window, and who does where that fails: an old till may have no driver for its graphics, or a broken one.
//!
//! What has failed once cannot be tried again in the same process – windows and drivers are a process's own –, so the program is started
//! anew with the next renderer (`cli/window.rs`). All of them are OpenGL: with Direct3D 12 in the build (`wgpu`), the cameras' library, which is made
//! for other languages too, has more names than a Windows library may export.

/// Who draws the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Renderer {
    /// OpenGL, as the system has it
    #[default]
    #[value(name = "opengl")]
    OpenGl,
    /// OpenGL by the processor, which needs no graphics driver but Mesa's (on Windows: its opengl32.dll beside the program)
    #[cfg(not(target_os = "macos"))]
    Software,
}

impl Renderer {
    /// The one to try where this one fails.
    pub fn next(self) -> Option<Self> {
        match self {
            #[cfg(not(target_os = "macos"))]
            Self::OpenGl => Some(Self::Software),
            _ => None,
        }
    }

    /// What the environment must hold before a process starts that draws so.
    pub fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::OpenGl => &[],
            // Mesa draws by the processor, and is asked before a maker's own driver.
            #[cfg(all(unix, not(target_os = "macos")))]
            Self::Software => &[
                ("LIBGL_ALWAYS_SOFTWARE", "1"),
                ("__GLX_VENDOR_LIBRARY_NAME", "mesa"),
                ("__EGL_VENDOR_LIBRARY_FILENAMES", "/usr/share/glvnd/egl_vendor.d/50_mesa.json"),
            ],
            #[cfg(windows)]
            Self::Software => &[("GALLIUM_DRIVER", "llvmpipe")],
        }
    }
}

/// Whether a window could not be opened for want of someone to draw it, not of a screen.
pub fn cannot_draw(error: &eframe::Error) -> bool {
    matches!(error, eframe::Error::Glutin(_) | eframe::Error::NoGlutinConfigs(..) | eframe::Error::OpenGL(_))
}
