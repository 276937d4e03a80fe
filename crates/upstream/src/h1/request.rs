//! Writes an HTTP/1.1 request head. Framing and connection headers are ours: a caller cannot smuggle a
//! second request by naming them.

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderName, HeaderValue};

/// The `host` line of an endpoint, written once.
pub(crate) fn host_line(authority: &str) -> Bytes {
    let mut line = Vec::with_capacity(authority.len() + 8);
    line.extend_from_slice(b"host: ");
    line.extend_from_slice(authority.as_bytes());
    line.extend_from_slice(b"\r\n");
    Bytes::from(line)
}

/// Whether a header is written by the protocol rather than by the caller.
pub(crate) fn is_ours(name: &HeaderName) -> bool {
    *name == header::HOST
        || *name == header::CONTENT_LENGTH
        || *name == header::TRANSFER_ENCODING
        || *name == header::CONNECTION
        || *name == header::UPGRADE
        || *name == header::TE
        || *name == header::TRAILER
        || *name == header::EXPECT
        || name.as_str() == "keep-alive"
        || name.as_str() == "proxy-connection"
}

/// A complete request head, its final blank line included.
pub(crate) fn write(
    method: &Method,
    path: &str,
    host_line: &[u8],
    headers: &[(HeaderName, HeaderValue)],
    body_len: u64,
) -> Vec<u8> {
    let lines: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let mut out = Vec::with_capacity(method.as_str().len() + path.len() + host_line.len() + lines + 64);
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    out.extend_from_slice(host_line);
    for (name, value) in headers {
        if is_ours(name) {
            continue;
        }
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if body_len > 0 || has_body_semantics(method) {
        out.extend_from_slice(b"content-length: ");
        out.extend_from_slice(itoa::Buffer::new().format(body_len).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Methods that announce even an empty body (RFC 9110 8.6).
fn has_body_semantics(method: &Method) -> bool {
    *method == Method::POST || *method == Method::PUT || *method == Method::PATCH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, headers: &[(&'static str, &'static str)], body_len: u64) -> String {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        String::from_utf8(write(&method, "/v1/x?y", &host_line("a.example"), &headers, body_len)).unwrap()
    }

    #[test]
    fn a_head_is_the_line_the_host_the_headers_and_the_length() {
        assert_eq!(
            check(Method::POST, &[("authorization", "Bearer k")], 1024),
            "POST /v1/x?y HTTP/1.1\r\nhost: a.example\r\nauthorization: Bearer k\r\ncontent-length: 1024\r\n\r\n"
        );
    }

    #[test]
    fn an_empty_body_is_announced_only_where_the_method_has_one() {
        assert_eq!(check(Method::GET, &[], 0), "GET /v1/x?y HTTP/1.1\r\nhost: a.example\r\n\r\n");
        assert!(check(Method::POST, &[], 0).contains("content-length: 0\r\n"));
    }

    #[test]
    fn framing_headers_of_the_caller_are_left_out() {
        let head = check(
            Method::POST,
            &[
                ("host", "evil"),
                ("content-length", "7"),
                ("transfer-encoding", "chunked"),
                ("connection", "x"),
            ],
            1,
        );
        assert_eq!(head, "POST /v1/x?y HTTP/1.1\r\nhost: a.example\r\ncontent-length: 1\r\n\r\n");
    }
}
