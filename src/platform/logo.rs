//! Merchants' logos: which addresses are asked for one, and the asking.
//!
//! A card says where its logo lies, and whoever keeps the card says what the card says; so this is an address from elsewhere, on which the till's computer
//! would go wherever it is sent. It goes to three places alone:
//!
//! - the platform's own picture hosts, those under `qpic.cn` and `qlogo.cn`. The platform has merchants upload a logo to it before a card can be made, and
//!   gives these addresses back. It knows when a code is looked up as it is, so that they learn nothing by being asked; anybody else would learn when and where
//!   coupons are shown, and no printer or router in the shop's own network is spoken to for a card's sake. The platform writes these addresses with
//!   `http`; they are asked over https all the same.
//! - the server that answers for the platform, where that is on this computer: a sandbox, which serves logos itself. Not any other port of this computer's.
//! - while practising nothing but that.
//!
//! What a request holds, and how it is bounded, is said at [`Fetcher`]. What comes back is for somebody else to judge ([`logos`](crate::logos)).

use url::{Origin, Url};

use super::error::{Call, Error};
use super::fetch::Fetcher;
use crate::address::{self, BaseUrl};
use crate::plain;

/// The domains under which the platform serves pictures.
const PICTURE_DOMAINS: [&str; 2] = ["qpic.cn", "qlogo.cn"];
/// The largest logo taken, in bytes. The platform takes none over 1 MB from a merchant, recommends 300 × 300 pixels, and serves them packed anew.
pub const LOGO_BYTES_MAX: usize = 256 * 1024;
/// Longest name of a host in an error, in characters.
const HOST_CHARS_MAX: usize = 60;

/// Where logos are fetched from.
pub struct LogoSource {
    /// The server that answers for the platform, where that is on this computer.
    own: Option<Origin>,
    /// Whether nothing else is asked.
    practising: bool,
    fetcher: Fetcher,
}

/// An address that is asked for a logo.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogoAddress {
    url: String,
    name: String,
}

impl LogoAddress {
    /// What the logo is kept under. A server on this computer has another port each time, and serves the same.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Why an address is not asked for a logo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoRefusal {
    /// No web address at all, or one with a user's name in it.
    #[error("the logo's address is not one that pictures lie at")]
    NotAnAddress,
    /// A server that is none of the platform's picture hosts.
    #[error("the logo lies at {0}, which is none of the platform's picture hosts")]
    Elsewhere(String),
    /// Outside, while practising.
    #[error("the logo lies at {0}; while practising nothing is fetched from outside")]
    Practising(String),
}

impl LogoSource {
    /// Where logos may be fetched from on an account at `base_url`; `practising`: from nowhere else.
    pub fn new(base_url: &BaseUrl, practising: bool) -> Self {
        let own = Url::parse(base_url.as_str()).ok().filter(address::is_this_computer).map(|url| url.origin());
        Self { own, practising, fetcher: Fetcher::new(!practising) }
    }

    /// The address that is asked for the logo at `logo_url`, as a card names it.
    ///
    /// # Errors
    /// Says why none is asked.
    pub fn address(&self, logo_url: &str) -> Result<LogoAddress, LogoRefusal> {
        let mut url = Url::parse(logo_url).map_err(|_| LogoRefusal::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return Err(LogoRefusal::NotAnAddress);
        }
        url.set_fragment(None);
        if self.own.as_ref() == Some(&url.origin()) {
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            return Ok(LogoAddress { name: format!("{}{query}", url.path()), url: url.into() });
        }
        let host = url.host_str().unwrap_or_default();
        let is_the_platforms = PICTURE_DOMAINS
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.')));
        let host = plain::line(host, HOST_CHARS_MAX);
        match () {
            () if self.practising => Err(LogoRefusal::Practising(host)),
            () if !is_the_platforms || url.port().is_some() => Err(LogoRefusal::Elsewhere(host)),
            () if url.set_scheme("https").is_err() => Err(LogoRefusal::NotAnAddress),
            () => Ok(LogoAddress { name: url.as_str().to_owned(), url: url.into() }),
        }
    }

    /// Fetches what lies at `address`, once, whatever it is: [`LOGO_BYTES_MAX`] bytes at most.
    ///
    /// # Errors
    /// Why nothing came, within 5 seconds; [`Error::Status`] for a redirect, which is not followed.
    pub async fn fetch(&self, address: &LogoAddress) -> Result<Vec<u8>, Error> {
        self.fetcher.get(Call::Logo, &address.url, LOGO_BYTES_MAX).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, Server};
    use super::*;

    fn source(base_url: &str, practising: bool) -> LogoSource {
        LogoSource::new(&BaseUrl::parse(base_url).expect("a base"), practising)
    }

    fn asked(source: &LogoSource, logo_url: &str) -> Result<String, LogoRefusal> {
        source.address(logo_url).map(|address| address.url)
    }

    #[test]
    fn the_platforms_pictures_are_asked_for_over_https_however_their_addresses_are_written() {
        let source = source("https://api.weixin.qq.com", false);
        for (written, url) in [
            (
                "http://mmbiz.qpic.cn/mmbiz/iaL1LJM1mF9aRKPZJkmG8xXhia/0",
                "https://mmbiz.qpic.cn/mmbiz/iaL1LJM1mF9aRKPZJkmG8xXhia/0",
            ),
            ("http://wx.qlogo.cn:80/mmhead/x/0", "https://wx.qlogo.cn/mmhead/x/0"),
            ("https://mmbiz.qpic.cn/a?wx_fmt=png#b", "https://mmbiz.qpic.cn/a?wx_fmt=png"),
            ("HTTPS://QPIC.CN", "https://qpic.cn/"),
        ] {
            assert_eq!(asked(&source, written).as_deref(), Ok(url), "{written}");
        }
    }

    #[test]
    fn nobody_else_is_asked() {
        let source = source("https://api.weixin.qq.com", false);
        for (written, host) in [
            ("https://evil.example/qpic.cn", "evil.example"),
            ("https://qpic.cn.evil.example/", "qpic.cn.evil.example"),
            ("https://evilqpic.cn/", "evilqpic.cn"),
            ("https://mmbiz.qpic.cn:8443/", "mmbiz.qpic.cn"),
            ("http://192.168.1.1/reboot", "192.168.1.1"),
            ("http://127.0.0.1:631/", "127.0.0.1"),
            ("http://[::1]/", "[::1]"),
            ("https://api.weixin.qq.com/x", "api.weixin.qq.com"),
        ] {
            assert_eq!(asked(&source, written), Err(LogoRefusal::Elsewhere(host.to_owned())), "{written}");
        }
        for written in [
            "",
            "logo.png",
            "//mmbiz.qpic.cn/",
            "file:///etc/passwd",
            "ftp://mmbiz.qpic.cn/",
            "data:image/png;base64,AA",
            "https://me:pw@mmbiz.qpic.cn/",
            "https://mmbiz.qpic.cn@evil.example/",
        ] {
            assert_eq!(asked(&source, written), Err(LogoRefusal::NotAnAddress), "{written}");
        }
    }

    #[test]
    fn a_sandbox_is_asked_for_its_own_logos_and_while_practising_nobody_else() {
        let practising = source("http://127.0.0.1:8080", true);
        let outside = "http://mmbiz.qpic.cn/a";
        let refusal = LogoRefusal::Practising("mmbiz.qpic.cn".to_owned());
        assert_eq!(asked(&practising, outside), Err(refusal));
        let on_an_account = source("http://127.0.0.1:8080", false);
        assert!(asked(&on_an_account, outside).is_ok());
        for source in [practising, on_an_account] {
            assert_eq!(
                asked(&source, "http://127.0.0.1:8080/logo/63b359").as_deref(),
                Ok("http://127.0.0.1:8080/logo/63b359")
            );
            assert!(asked(&source, "http://127.0.0.1:8081/logo/63b359").is_err(), "another port");
            assert!(asked(&source, "https://127.0.0.1:8080/logo/63b359").is_err(), "another protocol");
        }
        let of_another_start = source("http://127.0.0.1:9", true).address("http://127.0.0.1:9/logo/63b359?x");
        assert_eq!(of_another_start.expect("an address").name(), "/logo/63b359?x", "whatever the port");
    }

    #[tokio::test]
    async fn a_request_says_nothing_and_follows_nobody() {
        let server = Server::start(|seen| match &*seen.path {
            "/logo" => Act::Http(200, "Set-Cookie: a=b\r\nContent-Type: image/png\r\n", "picture".to_owned()),
            _ => Act::Http(302, "Location: /logo\r\n", "picture".to_owned()),
        });
        let source = source(server.base_url.as_str(), true);
        for _ in 0..2 {
            let address = source.address(&server.base_url.join("logo")).expect("an address");
            assert_eq!(source.fetch(&address).await.expect("a logo"), b"picture");
        }
        let moved = source.address(&server.base_url.join("moved")).expect("an address");
        assert!(matches!(source.fetch(&moved).await, Err(Error::Status { call: Call::Logo, status: 302 })));
        let seen = server.seen();
        assert_eq!(seen.iter().map(|seen| &*seen.path).collect::<Vec<_>>(), ["/logo", "/logo", "/moved"]);
        for seen in seen {
            let names = seen.headers.iter().filter_map(|header| header.split(':').next());
            assert_eq!(
                names.filter(|name| !["user-agent", "accept", "host"].contains(name)).collect::<Vec<_>>(),
                Vec::<&str>::new()
            );
            assert_eq!((&*seen.method, &*seen.query, &*seen.body), ("GET", "", ""));
        }
    }

    #[tokio::test]
    async fn a_logo_without_end_is_cut_off() {
        let server = Server::start(|_| Act::Endless);
        let source = source(server.base_url.as_str(), true);
        let address = source.address(&server.base_url.join("logo")).expect("an address");
        let endless = source.fetch(&address).await;
        assert!(matches!(endless, Err(Error::TooLarge { bytes_max: LOGO_BYTES_MAX, .. })), "{endless:?}");
    }

    #[tokio::test]
    async fn a_logo_that_does_not_come_is_not_waited_for() {
        let server = Server::start(|_| Act::Hang);
        let source = source(server.base_url.as_str(), true);
        let address = source.address(&server.base_url.join("logo")).expect("an address");
        let late = source.fetch(&address).await;
        assert!(matches!(late, Err(Error::NoAnswer { .. })), "{late:?}");
    }
}
