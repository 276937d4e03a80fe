//! Where an endpoint's URL points: a host or a socket file, with or without TLS, and a base path.

use std::path::PathBuf;
use std::sync::Arc;

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::fault::BadEndpoint;

/// What is dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A host name or literal address (brackets taken off), and a port.
    Host(Arc<str>, u16),
    /// A Unix socket.
    Socket(PathBuf),
}

/// A parsed endpoint URL.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) address: Address,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// Empty, or with a leading and no trailing slash.
    pub(crate) base_path: String,
}

impl Origin {
    pub(crate) fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    pub(crate) fn parse(url: &str) -> Result<Origin, BadEndpoint> {
        if let Some(rest) = url.strip_prefix("unix:") {
            return parse_unix(rest);
        }
        let uri: Uri = url.parse().map_err(|_| BadEndpoint::Url("it is not a valid URL"))?;
        let default_port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(BadEndpoint::Url("it should start with http://, https:// or unix:")),
        };
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(BadEndpoint::Url("it should name a host"));
        };
        if authority.as_str().contains('@') {
            return Err(BadEndpoint::Url("it should hold no user name or password"));
        }
        if uri.query().is_some() || url.contains('#') {
            return Err(BadEndpoint::Url("it should hold no query or fragment"));
        }
        let host = authority.host();
        if host.is_empty() {
            return Err(BadEndpoint::Url("it should name a host"));
        }
        let port = match authority.as_str().get(host.len()..) {
            Some("") | None => default_port,
            Some(_) => authority
                .port_u16()
                .filter(|port| *port != 0)
                .ok_or(BadEndpoint::Url("its port is not valid"))?,
        };
        let shown = if port == default_port { host.to_owned() } else { format!("{host}:{port}") };
        Ok(Origin {
            address: Address::Host(host.trim_matches(['[', ']']).into(), port),
            scheme: scheme.clone(),
            authority: shown.parse().map_err(|_| BadEndpoint::Url("its host is not valid"))?,
            base_path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// `/path/to.sock` or `/path/to.sock:/base/path`, the spelling nginx uses.
fn parse_unix(rest: &str) -> Result<Origin, BadEndpoint> {
    let (socket, base) = rest.split_once(":/").unwrap_or((rest, ""));
    if !socket.starts_with('/') {
        return Err(BadEndpoint::Url("a unix: socket should be an absolute path"));
    }
    let base = base.trim_matches('/');
    let base_path = if base.is_empty() { String::new() } else { format!("/{base}") };
    if !base_path.is_empty() && crate::request::Path::try_from(base_path.as_str()).is_err() {
        return Err(BadEndpoint::Url("its base path is not valid"));
    }
    Ok(Origin {
        address: Address::Socket(socket.into()),
        scheme: Scheme::HTTP,
        authority: Authority::from_static("localhost"),
        base_path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, address: Address, authority: &str, base_path: &str) {
        let origin = Origin::parse(url).unwrap();
        assert_eq!(
            (origin.address, origin.authority.as_str(), origin.base_path.as_str()),
            (address, authority, base_path),
            "{url}"
        );
    }

    #[test]
    fn urls_name_host_port_and_base_path() {
        check("https://api.openai.com", Address::Host("api.openai.com".into(), 443), "api.openai.com", "");
        check("https://a.example:443/v1/", Address::Host("a.example".into(), 443), "a.example", "/v1");
        check("http://localhost:8000/x", Address::Host("localhost".into(), 8000), "localhost:8000", "/x");
        check("http://[::1]:9", Address::Host("::1".into(), 9), "[::1]:9", "");
        check("unix:/run/m.sock", Address::Socket("/run/m.sock".into()), "localhost", "");
        check("unix:/run/m.sock:/v1/", Address::Socket("/run/m.sock".into()), "localhost", "/v1");
    }

    #[test]
    fn unusable_urls_are_refused() {
        for bad in [
            "",
            "api.openai.com",
            "ftp://x",
            "https://",
            "https://u:p@x",
            "https://x?y=1",
            "http://x:0",
            "http://x:99999",
            "https://x/#f",
            "unix:relative.sock",
            "http://a b",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}
