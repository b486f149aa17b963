//! Addresses that secrets may be sent to: https anywhere, plain http to this computer itself.
//!
//! Pure, and the one place that says so: the settings are checked by it when they are read, and the client when it is made.

use std::fmt;

use url::{Host, Url};

/// Where the platform lives unless the settings say otherwise.
pub const PLATFORM: &str = "https://api.weixin.qq.com";

/// Why an address is not taken for the platform's or a token service's. None repeats the address, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefusal {
    /// No address at all.
    #[error("this is not a web address")]
    NotAnAddress,
    /// Plain http, or another scheme, to somewhere else than this computer.
    #[error("only https is taken, or http to this computer itself")]
    NotSecure,
    /// A user name or password in it.
    #[error("an address with a user name in it is not taken")]
    Credentials,
    /// A question mark or hash in a base address.
    #[error("a base address ends before any ? or #")]
    NotABase,
}

/// The platform's base address: https, or http to this computer itself. Holds no trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Takes `text`, trimmed, as a base address.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn parse(text: &str) -> Result<Self, AddressRefusal> {
        let url = parse(text)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressRefusal::NotABase);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The address, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of what lies at `path` under it; `path` begins without a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// Whether connections to it are encrypted.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl Default for BaseUrl {
    /// The platform itself.
    fn default() -> Self {
        Self(PLATFORM.to_owned())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes `text`, trimmed, as an address that secrets may be sent to.
///
/// # Errors
/// Says why it is none.
pub fn parse(text: &str) -> Result<Url, AddressRefusal> {
    let url = Url::parse(text.trim()).map_err(|_| AddressRefusal::NotAnAddress)?;
    check(&url)?;
    Ok(url)
}

/// Whether secrets may be sent to `url`.
///
/// # Errors
/// Says why not.
pub fn check(url: &Url) -> Result<(), AddressRefusal> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressRefusal::Credentials);
    }
    if url.host().is_none() {
        return Err(AddressRefusal::NotAnAddress);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_this_computer(url) => Ok(()),
        _ => Err(AddressRefusal::NotSecure),
    }
}

/// Whether `url` leads to this computer itself.
pub fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<String, AddressRefusal> {
        BaseUrl::parse(text).map(|base| base.as_str().to_owned())
    }

    #[test]
    fn https_is_taken_anywhere_and_http_to_this_computer_only() {
        for (text, kept) in [
            ("https://api.weixin.qq.com", "https://api.weixin.qq.com"),
            (" https://api2.weixin.qq.com/ ", "https://api2.weixin.qq.com"),
            ("https://proxy.example:8443/wx//", "https://proxy.example:8443/wx"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://127.8.9.10", "http://127.8.9.10"),
            ("http://LOCALHOST:80", "http://localhost"),
            ("http://[::1]:9", "http://[::1]:9"),
        ] {
            assert_eq!(base(text).as_deref(), Ok(kept));
        }
        for text in [
            "http://api.weixin.qq.com",
            "http://192.168.1.2",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://0.0.0.0",
            "ftp://localhost",
        ] {
            assert_eq!(base(text), Err(AddressRefusal::NotSecure), "{text}");
        }
    }

    #[test]
    fn what_is_no_base_address_is_refused() {
        for text in ["", "api.weixin.qq.com", "https://", "/card", "data:x"] {
            assert_eq!(base(text), Err(AddressRefusal::NotAnAddress), "{text}");
        }
        assert_eq!(base("https://me:pw@api.example"), Err(AddressRefusal::Credentials));
        assert_eq!(base("http://127.0.0.1@evil.example"), Err(AddressRefusal::Credentials));
        assert_eq!(base("https://api.example/?a=1"), Err(AddressRefusal::NotABase));
        assert_eq!(base("https://api.example/#a"), Err(AddressRefusal::NotABase));
    }

    #[test]
    fn the_platform_s_own_address_is_one() {
        assert_eq!(base(PLATFORM).as_deref(), Ok(BaseUrl::default().as_str()));
        assert_eq!(BaseUrl::default().join("card/get"), "https://api.weixin.qq.com/card/get");
    }
}
