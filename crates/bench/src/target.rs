//! Where a run goes: a base URL taken apart.

use anyhow::{Context, Result, bail};

/// Host and path prefix of a plain HTTP URL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    /// Host and port to connect to, and the `host` header.
    pub(crate) authority: String,
    /// Path before the dialect's own, without a slash at the end.
    pub(crate) prefix: String,
}

impl Target {
    /// Reads `http://host[:port][/prefix]`.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        if url.starts_with("https://") {
            bail!("'{url}': TLS would be what is measured; use a plain http:// URL");
        }
        let rest =
            url.strip_prefix("http://").with_context(|| format!("'{url}' does not start with http://"))?;
        let (host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host.is_empty() || host.contains(['@', '?', '#', ' ']) {
            bail!("'{url}' needs a host, as in http://127.0.0.1:8080");
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port { host.to_owned() } else { format!("{host}:80") };
        let prefix = prefix.trim_end_matches('/');
        // People paste the base URL their client library wants.
        Ok(Self { authority, prefix: prefix.strip_suffix("/v1").unwrap_or(prefix).to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_taken_apart() {
        for (url, authority, prefix) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", ""),
            ("http://localhost/", "localhost:80", ""),
            ("http://[::1]:9/v1", "[::1]:9", ""),
            ("http://h:1/openai/v1/", "h:1", "/openai"),
        ] {
            let expected = Target { authority: authority.into(), prefix: prefix.into() };
            assert_eq!(Target::parse(url).unwrap(), expected, "{url}");
        }
        for wrong in ["https://h", "h:80", "http://", "http://a b"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }
}
