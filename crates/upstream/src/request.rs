//! What goes out: a method, a joined path, headers and the body in pieces.

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method};
use smallvec::SmallVec;

/// A body in pieces, written together with the head and never joined.
pub type Segments = SmallVec<[Bytes; 4]>;

/// A request as it is to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// Path and query, the endpoint's base path included.
    pub path: Path,
    /// Every header but those that belong to the connection and the framing (`host`, `content-length`,
    /// `transfer-encoding`, `connection` and their kin), which are left out if present.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Segments,
}

impl Outgoing {
    /// The length of the body in bytes.
    pub fn body_len(&self) -> u64 {
        self.body.iter().map(|piece| piece.len() as u64).sum()
    }
}

/// A path that cannot stand in a request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad request path: it should start with a slash and hold no space, control byte or fragment")]
pub struct BadPath;

/// A checked path and query in origin form; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(PathAndQuery);

impl Path {
    /// Joins an endpoint's base path with what follows it, which starts with a slash or is empty.
    ///
    /// # Errors
    /// When the two make no valid path.
    pub fn join(base: &str, rest: &str) -> Result<Path, BadPath> {
        if base.is_empty() || base == "/" {
            return Path::try_from(Bytes::copy_from_slice(rest.as_bytes()));
        }
        let mut joined = Vec::with_capacity(base.len() + rest.len());
        joined.extend_from_slice(base.trim_end_matches('/').as_bytes());
        joined.extend_from_slice(rest.as_bytes());
        Path::try_from(Bytes::from(joined))
    }

    /// Path and query as they go out.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn to_path_and_query(&self) -> PathAndQuery {
        self.0.clone()
    }
}

impl TryFrom<Bytes> for Path {
    type Error = BadPath;

    fn try_from(raw: Bytes) -> Result<Path, BadPath> {
        // `PathAndQuery` silently cuts a fragment off; a path with one was built wrongly.
        if raw.first() != Some(&b'/') || memchr::memchr(b'#', &raw).is_some() {
            return Err(BadPath);
        }
        PathAndQuery::from_maybe_shared(raw).map(Path).map_err(|_| BadPath)
    }
}

impl TryFrom<&str> for Path {
    type Error = BadPath;

    fn try_from(raw: &str) -> Result<Path, BadPath> {
        Path::try_from(Bytes::copy_from_slice(raw.as_bytes()))
    }
}

impl TryFrom<String> for Path {
    type Error = BadPath;

    fn try_from(raw: String) -> Result<Path, BadPath> {
        Path::try_from(Bytes::from(raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_and_a_rest_join_with_one_slash() {
        let check = |base: &str, rest: &str| Path::join(base, rest).unwrap().as_str().to_owned();
        assert_eq!(check("", "/v1/chat?x=1"), "/v1/chat?x=1");
        assert_eq!(check("/", "/v1"), "/v1");
        assert_eq!(check("/openai", "/v1"), "/openai/v1");
        assert_eq!(check("/openai/", "/v1"), "/openai/v1");
        assert_eq!(check("/openai", ""), "/openai");
    }

    #[test]
    fn a_path_that_would_break_the_request_line_is_refused() {
        for bad in ["", "v1", "/a b", "/a\r\nhost: x", "/a\0", "/a#b", "?x"] {
            assert_eq!(Path::try_from(bad), Err(BadPath), "{bad:?}");
        }
    }
}
