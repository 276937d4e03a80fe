//! Reads an HTTP/1.1 response head out of slices as they arrive: bounded, interim responses skipped, and
//! strict where two readers could disagree about where the body ends (RFC 9112 6.3).

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use smallvec::SmallVec;

use super::body::Framing;
use crate::fault::Malformed;

/// Bytes a head may have, interim responses included.
const MAX_HEAD: usize = 64 * 1024;
/// Headers a head may have.
const MAX_HEADERS: usize = 128;
/// Interim (1xx) responses before the final one.
const MAX_INTERIM: u8 = 16;

/// A final response head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    /// Without the headers that concern the connection alone.
    pub(crate) headers: HeaderMap,
    pub(crate) framing: Framing,
    /// Whether the peer will take another request after this exchange.
    pub(crate) keep_alive: bool,
}

/// What feeding bytes came to.
#[derive(Debug)]
pub(crate) enum Fed {
    /// All were taken and the head is not complete.
    More,
    /// The head is complete; so many of the bytes just fed belong to it.
    Head(Head, usize),
}

/// Collects one response head.
#[derive(Debug)]
pub(crate) struct HeadReader {
    /// What came so far when the head did not arrive in one piece; empty in the usual case.
    partial: Vec<u8>,
    interim: u8,
    bodiless: bool,
}

impl HeadReader {
    /// A reader for the response to a request of this method (`HEAD` has no body whatever the head says).
    pub(crate) fn new(method: &Method) -> HeadReader {
        HeadReader { partial: Vec::new(), interim: 0, bodiless: *method == Method::HEAD }
    }

    /// Whether nothing has been fed.
    pub(crate) fn is_untouched(&self) -> bool {
        self.partial.is_empty() && self.interim == 0
    }

    /// Takes what arrived.
    ///
    /// # Errors
    /// When the bytes are not a head as we accept it, or go beyond a bound.
    pub(crate) fn feed(&mut self, input: &[u8]) -> Result<Fed, Malformed> {
        if self.partial.is_empty() {
            return match self.scan(input)? {
                Scan::Head(head, used) => Ok(Fed::Head(head, used)),
                Scan::Partial(used) => self.keep(input.get(used..).unwrap_or_default()),
            };
        }
        let before = self.partial.len();
        // Look for the blank line before parsing again: a head that drips in would cost its square.
        let from = before.saturating_sub(3);
        self.partial.extend_from_slice(input);
        if !has_blank_line(self.partial.get(from..).unwrap_or_default()) {
            return self.keep(&[]);
        }
        let gathered = std::mem::take(&mut self.partial);
        match self.scan(&gathered)? {
            Scan::Head(head, used) => Ok(Fed::Head(head, used.saturating_sub(before))),
            Scan::Partial(used) => {
                self.partial = gathered;
                self.partial.drain(..used);
                self.keep(&[])
            }
        }
    }

    fn keep(&mut self, rest: &[u8]) -> Result<Fed, Malformed> {
        self.partial.extend_from_slice(rest);
        if self.partial.len() > MAX_HEAD {
            return Err(Malformed("the head is larger than 64 KiB"));
        }
        Ok(Fed::More)
    }

    /// Parses from the start of `input`, over interim responses.
    fn scan(&mut self, input: &[u8]) -> Result<Scan, Malformed> {
        let mut used = 0;
        loop {
            let rest = input.get(used..).unwrap_or_default();
            let mut fields = [const { MaybeUninit::uninit() }; MAX_HEADERS];
            let mut response = httparse::Response::new(&mut []);
            let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
                &mut response,
                rest,
                &mut fields,
            );
            let length = match parsed.map_err(describe)? {
                httparse::Status::Complete(length) => length,
                httparse::Status::Partial => return Ok(Scan::Partial(used)),
            };
            used += length;
            if used > MAX_HEAD {
                return Err(Malformed("the head is larger than 64 KiB"));
            }
            match response.code {
                Some(101) => return Err(Malformed("it switches protocols, which was not asked for")),
                Some(100..=199) => {
                    self.interim += 1;
                    if self.interim > MAX_INTERIM {
                        return Err(Malformed("there are too many interim responses"));
                    }
                }
                _ => return Ok(Scan::Head(self.build(&response, rest, length)?, used)),
            }
        }
    }

    fn build(
        &self,
        response: &httparse::Response<'_, '_>,
        raw: &[u8],
        length: usize,
    ) -> Result<Head, Malformed> {
        let code = response.code.unwrap_or(0);
        let status = StatusCode::from_u16(code).map_err(|_| Malformed("the status code is not valid"))?;
        let mut lines = Lines::new(response.version == Some(1), response.headers.len());
        // One copy of the head, shared by all header values.
        let shared = Bytes::copy_from_slice(raw.get(..length).unwrap_or_default());
        for field in response.headers.iter() {
            let start = field.value.as_ptr().addr().saturating_sub(raw.as_ptr().addr());
            // An empty value may point anywhere.
            let value = match field.value.len() {
                0 => Bytes::new(),
                len if start + len <= shared.len() => shared.slice(start..start + len),
                _ => Bytes::copy_from_slice(field.value),
            };
            lines.add(field.name, value)?;
        }
        lines.finish(status, self.bodiless)
    }
}

enum Scan {
    Head(Head, usize),
    /// So many bytes were interim responses; what follows is incomplete.
    Partial(usize),
}

/// The header lines, as far as they were read.
struct Lines {
    http11: bool,
    headers: HeaderMap,
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep: bool,
    /// Headers named by `connection`, which concern this hop alone.
    nominated: SmallVec<[HeaderName; 2]>,
}

impl Lines {
    fn new(http11: bool, count: usize) -> Lines {
        Lines {
            http11,
            headers: HeaderMap::with_capacity(count),
            length: None,
            chunked: false,
            close: false,
            keep: false,
            nominated: SmallVec::new(),
        }
    }

    fn add(&mut self, name: &str, value: Bytes) -> Result<(), Malformed> {
        let name =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed("a header name is not valid"))?;
        if name == header::TRANSFER_ENCODING {
            return self.transfer_encoding(&value);
        }
        if name == header::CONNECTION {
            self.connection(&value);
            return Ok(());
        }
        if name == header::CONTENT_LENGTH {
            self.content_length(&value)?;
        } else if name.as_str() == "keep-alive" || name.as_str() == "proxy-connection" {
            return Ok(());
        }
        let value =
            HeaderValue::from_maybe_shared(value).map_err(|_| Malformed("a header value is not valid"))?;
        self.headers.try_append(name, value).map_err(|_| Malformed("there are too many headers"))?;
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Malformed> {
        if self.length.is_some() {
            return Err(Malformed("content-length is given twice"));
        }
        // `parse` would take a sign.
        let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let length = digits.and_then(|text| text.parse().ok());
        self.length = Some(length.ok_or(Malformed("content-length is not a number"))?);
        Ok(())
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Malformed> {
        // We send no `te`, so nothing but chunked may come, and only once.
        if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Malformed("transfer-encoding is other than chunked"));
        }
        self.chunked = true;
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) {
        for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if token.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if token.eq_ignore_ascii_case(b"keep-alive") {
                self.keep = true;
            } else if let Ok(name) = HeaderName::from_bytes(token) {
                self.nominated.push(name);
            }
        }
    }

    fn finish(mut self, status: StatusCode, bodiless: bool) -> Result<Head, Malformed> {
        if self.chunked && self.length.is_some() {
            return Err(Malformed("it has both content-length and transfer-encoding"));
        }
        if self.chunked && !self.http11 {
            return Err(Malformed("transfer-encoding is used with HTTP/1.0"));
        }
        for name in &self.nominated {
            if *name != header::CONTENT_LENGTH {
                self.headers.remove(name);
            }
        }
        let framing = if bodiless || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
            Framing::None
        } else if self.chunked {
            Framing::Chunked
        } else {
            self.length.map_or(Framing::UntilClose, Framing::Length)
        };
        let keep_alive = !self.close && (self.http11 || self.keep) && framing != Framing::UntilClose;
        Ok(Head { status, headers: self.headers, framing, keep_alive })
    }
}

/// Whether the bytes hold an empty line, by either line ending httparse takes.
fn has_blank_line(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        rest.starts_with(b"\n") || rest.starts_with(b"\r\n")
    })
}

fn describe(error: httparse::Error) -> Malformed {
    Malformed(match error {
        httparse::Error::HeaderName => "a header name is not valid",
        httparse::Error::HeaderValue => "a header value is not valid",
        httparse::Error::NewLine => "a line does not end as it should",
        httparse::Error::Status => "the status line is not valid",
        httparse::Error::Token => "it does not start as a response",
        httparse::Error::TooManyHeaders => "there are too many headers",
        httparse::Error::Version => "the protocol version is not HTTP/1",
    })
}
