//! Where newer versions of the program are announced, and the asking. The address is the one in the settings; without one nobody is asked.

use super::error::{Call, Error};
use super::fetch::Fetcher;
use crate::address::{AddressRefusal, BaseUrl};

/// The largest answer taken, in bytes. The release pages of the usual hosts list each file with its author, which comes to a few dozen KiB.
pub const ANSWER_BYTES_MAX: usize = 128 * 1024;

/// An address that is asked for the newest version.
pub struct ReleaseSource {
    url: String,
    fetcher: Fetcher,
}

impl ReleaseSource {
    /// The one at `url`: https, or http on this computer; no user, query or fragment, so that no key is in it.
    ///
    /// # Errors
    /// Says why it is not asked.
    pub fn new(url: &str) -> Result<Self, AddressRefusal> {
        let needs_tls = BaseUrl::parse(url)?.is_https();
        Ok(Self { url: url.trim().to_owned(), fetcher: Fetcher::new(needs_tls) })
    }

    /// Its address, as it was given.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks once. What comes is at most [`ANSWER_BYTES_MAX`] bytes of anything.
    ///
    /// # Errors
    /// Why nothing came, within 5 seconds; [`Error::Status`] for a redirect, which is not followed.
    pub async fn ask(&self) -> Result<Vec<u8>, Error> {
        self.fetcher.get(Call::Releases, &self.url, ANSWER_BYTES_MAX).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Act, Server};
    use super::*;

    #[test]
    fn only_an_address_that_secrets_could_be_sent_to_and_that_holds_none_is_asked() {
        for (url, refusal) in [
            ("http://updates.example/hexiao.json", AddressRefusal::NotSecure),
            ("https://me:pw@updates.example/", AddressRefusal::Credentials),
            ("https://updates.example/?token=hush", AddressRefusal::NotABase),
            ("updates.example", AddressRefusal::NotAnAddress),
        ] {
            assert_eq!(ReleaseSource::new(url).map(drop), Err(refusal), "{url}");
        }
        let source = ReleaseSource::new(" https://updates.example/latest/ ").expect("an address");
        assert_eq!(source.url(), "https://updates.example/latest/", "to the letter, its last slash too");
    }

    #[tokio::test]
    async fn a_question_names_the_program_and_its_version_and_nothing_else() {
        let server = Server::start(|seen| match &*seen.path {
            "/latest" => Act::Http(200, "Set-Cookie: a=b\r\n", "{}".to_owned()),
            _ => Act::Http(302, "Location: /latest\r\n", "{}".to_owned()),
        });
        let source = ReleaseSource::new(&server.base_url.join("latest")).expect("an address");
        for _ in 0..2 {
            assert_eq!(source.ask().await.expect("an answer"), b"{}");
        }
        let moved = ReleaseSource::new(&server.base_url.join("moved")).expect("an address");
        assert!(matches!(moved.ask().await, Err(Error::Status { call: Call::Releases, status: 302 })));
        let seen = server.seen();
        assert_eq!(seen.iter().map(|seen| &*seen.path).collect::<Vec<_>>(), ["/latest", "/latest", "/moved"]);
        for seen in seen {
            let named = |header: &&String| !header.starts_with("host:") && header.as_str() != "accept: */*";
            let told: Vec<_> = seen.headers.iter().filter(named).collect();
            assert_eq!(told, [concat!("user-agent: hexiao/", env!("CARGO_PKG_VERSION"))]);
            assert_eq!((&*seen.method, &*seen.query, &*seen.body), ("GET", "", ""));
        }
    }

    #[tokio::test]
    async fn an_answer_without_end_is_cut_off() {
        let server = Server::start(|_| Act::Endless);
        let endless = ReleaseSource::new(server.base_url.as_str()).expect("an address").ask().await;
        assert!(matches!(endless, Err(Error::TooLarge { bytes_max: ANSWER_BYTES_MAX, .. })), "{endless:?}");
    }
}
