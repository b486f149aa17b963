//! A camera in the network: mostly a telephone with an app that serves motion JPEG over HTTP.
//!
//! Such cameras speak plain HTTP and nothing else – no name that a certificate could be made out to – so this is the one place where it is allowed to
//! another machine. It carries pictures of codes, and whoever can change them can hold up a code as well; it belongs into the shop's own network.

use std::{fmt, str::FromStr, time::Duration};

use reqwest::{Client, Response, header::CONTENT_TYPE, redirect::Policy};
use tokio::{runtime::Runtime, time::timeout};
use url::Url;

use super::{
    frame::{PixelFormat, jpeg_size},
    multipart::{Parts, boundary_of},
    source::{CameraError, Device, Open, Opened},
};
use crate::{plain, trouble::chain};

/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);
/// How long the first line of the answer may take after that.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// How long the next bytes may take.
const BYTES_WITHIN: Duration = Duration::from_secs(4);
/// Cameras in the network promise no rate. Slower ones than this are known by their frames.
const INTERVAL: Duration = Duration::from_millis(100);
/// Longest name shown, in characters.
const NAME_CHARS_MAX: usize = 100;

/// The address of a camera in the network.
#[derive(Clone, PartialEq, Eq)]
pub struct NetworkAddress(Url);

/// Why an address is not a camera's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkAddressRefusal {
    /// It is no address at all.
    #[error("is no address; write it as the telephone's app shows it, like http://192.168.1.20:8080/video")]
    Malformed,
    /// Nobody vouches for the certificate of a telephone.
    #[error("begins with https, which no telephone can prove; use its http address, in the shop's own network")]
    Https,
}

impl FromStr for NetworkAddress {
    type Err = NetworkAddressRefusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url = Url::parse(text.trim()).map_err(|_| NetworkAddressRefusal::Malformed)?;
        match url.scheme() {
            "http" => {}
            "https" => return Err(NetworkAddressRefusal::Https),
            _ => return Err(NetworkAddressRefusal::Malformed),
        }
        // A name and a password are for no camera of ours, and must not be kept or shown: what asks for them is told as no stream, with what to do.
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| NetworkAddressRefusal::Malformed)?;
        url.set_fragment(None);
        Ok(Self(url))
    }
}

impl NetworkAddress {
    /// The whole address, to be remembered in the settings. It is not for logs: there may be a key in it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Host and port, by which it is named.
    pub fn host(&self) -> String {
        let host = plain::line(self.0.host_str().unwrap_or_default(), NAME_CHARS_MAX);
        self.0.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
    }
}

impl fmt::Debug for NetworkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkAddress({})", self.host())
    }
}

/// Opens the camera at an address.
pub(super) struct NetworkCamera(pub NetworkAddress);

impl Open for NetworkCamera {
    fn open(&self) -> Result<(Opened, Box<dyn Device>), CameraError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| CameraError::Other(why.to_string()))?;
        let host = self.0.host();
        let (answer, parts) = runtime.block_on(ask(&self.0))?;
        let mut stream = Stream { host: host.clone(), runtime, answer, parts };
        let first = stream.next_picture()?;
        let (width, height) = jpeg_size(&first).map_err(|why| CameraError::Unsupported(why.to_string()))?;
        let opened =
            Opened { name: host, width, height, format: PixelFormat::Mjpeg, interval: INTERVAL, untaken: Vec::new() };
        Ok((opened, Box::new(Telephone { stream, width, height })))
    }
}

/// Asks for the stream.
async fn ask(address: &NetworkAddress) -> Result<(Response, Parts), CameraError> {
    // Fails only where a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent(concat!("hexiao/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT_WITHIN)
        .tls_certs_only([])
        .build()
        .map_err(|why| CameraError::Other(reason(why)))?;
    let host = address.host();
    let asked = timeout(CONNECT_WITHIN + ANSWER_WITHIN, client.get(address.0.clone()).send()).await;
    let answer = match asked {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => {
            tracing::debug!(host, why = reason(why), "the camera in the network is not reached");
            return Err(CameraError::Unreachable(host));
        }
        Err(_) => return Err(CameraError::Unreachable(host)),
    };
    if !answer.status().is_success() {
        tracing::warn!(host, status = answer.status().as_u16(), "the camera in the network refuses");
        return Err(CameraError::NoStream(host));
    }
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let parts = boundary_of(kind).map(Parts::new).ok_or(CameraError::NoStream(host))?;
    Ok((answer, parts))
}

/// What went wrong, to its cause, without the address.
fn reason(why: reqwest::Error) -> String {
    chain(&why.without_url())
}

/// The pictures as they come.
struct Stream {
    host: String,
    runtime: Runtime,
    answer: Response,
    parts: Parts,
}

impl Stream {
    fn next_picture(&mut self) -> Result<Vec<u8>, CameraError> {
        loop {
            let Ok(came) = self.runtime.block_on(async { timeout(BYTES_WITHIN, self.answer.chunk()).await }) else {
                return Err(CameraError::Frozen);
            };
            match came {
                Ok(Some(bytes)) => match self.parts.take(&bytes) {
                    Ok(Some(picture)) => return Ok(picture),
                    Ok(None) => {}
                    Err(why) => {
                        tracing::warn!(host = self.host, %why, "what answers is no stream of pictures");
                        return Err(CameraError::NoStream(self.host.clone()));
                    }
                },
                // The app was closed, or the telephone left the network.
                Ok(None) | Err(_) => return Err(CameraError::Unreachable(self.host.clone())),
            }
        }
    }
}

/// An open camera in the network.
struct Telephone {
    stream: Stream,
    width: u32,
    height: u32,
}

impl Device for Telephone {
    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<(PixelFormat, u32, u32), CameraError> {
        *buffer = self.stream.next_picture()?;
        Ok((PixelFormat::Mjpeg, self.width, self.height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_http_address_is_taken_and_no_password_in_it() {
        let read = |text: &str| text.parse::<NetworkAddress>().map(|address| address.as_str().to_owned());
        assert_eq!(read(" http://192.168.1.20:8080/video#top "), Ok("http://192.168.1.20:8080/video".to_owned()));
        assert_eq!(read("https://192.168.1.20/video"), Err(NetworkAddressRefusal::Https));
        assert_eq!(read("http://li:secret@192.168.1.20/video"), Ok("http://192.168.1.20/video".to_owned()));
        assert_eq!(read("http://"), Err(NetworkAddressRefusal::Malformed));
        assert_eq!(read("ftp://192.168.1.20/video"), Err(NetworkAddressRefusal::Malformed));
    }

    #[test]
    fn an_address_is_named_by_its_host_alone() {
        let address: NetworkAddress = "http://phone.local:8080/video?key=secret".parse().unwrap();
        assert_eq!(address.host(), "phone.local:8080");
        assert_eq!(format!("{address:?}"), "NetworkAddress(phone.local:8080)");
    }
}
