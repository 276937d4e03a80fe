//! Responses cut up anyhow read the same, and ambiguous ones do not read at all.

use http::{HeaderMap, Method};
use proptest::prelude::*;

use super::body::{Decoder, Framing};
use super::head::{Fed, Head, HeadReader};
use crate::fault::Malformed;

/// What a whole response reads as.
#[derive(Debug, PartialEq)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    payload: Vec<u8>,
    trailers: Option<HeaderMap>,
    complete: bool,
    /// Bytes after the end.
    surplus: usize,
}

/// Reads a response that arrives in these pieces.
fn read(method: &Method, pieces: &[&[u8]]) -> Result<Response, Malformed> {
    let mut reader = HeadReader::new(method);
    let mut body: Option<(Head, Decoder)> = None;
    let (mut payload, mut surplus) = (Vec::new(), 0);
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut rest = piece.as_mut_slice();
        if body.is_none() {
            match reader.feed(rest)? {
                Fed::More => continue,
                Fed::Head(head, used) => {
                    let decoder = Decoder::new(head.framing);
                    body = Some((head, decoder));
                    rest = &mut rest[used..];
                }
            }
        }
        let (_, decoder) = body.as_mut().unwrap();
        let decoded = decoder.decode(rest)?;
        surplus += rest.len() - decoded.used;
        payload.extend_from_slice(&rest[decoded.payload]);
    }
    let (head, mut decoder) = body.ok_or(Malformed("the head is incomplete"))?;
    let headers = head.headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect();
    let complete = decoder.end().is_ok();
    let trailers = decoder.take_trailers();
    Ok(Response { status: head.status.as_u16(), headers, payload, trailers, complete, surplus })
}

fn whole(raw: &str) -> Result<Response, Malformed> {
    read(&Method::POST, &[raw.as_bytes()])
}

fn payload(raw: &str) -> String {
    let response = whole(raw).unwrap();
    assert!(response.complete, "{raw:?}");
    String::from_utf8(response.payload).unwrap()
}

fn refused(raw: &str) -> &'static str {
    match whole(raw) {
        Err(Malformed(why)) => why,
        Ok(response) => panic!("{raw:?} reads as {response:?}"),
    }
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

#[test]
fn a_body_ends_as_its_head_says() {
    assert_eq!(payload("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"), "hello");
    assert_eq!(payload("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), "");
    assert_eq!(payload("HTTP/1.1 200 OK\r\n\r\nuntil the end"), "until the end");
    assert_eq!(payload(&format!("{CHUNKED}5\r\nhello\r\n6 ;a=\"b\"\r\n world\r\n0\r\n\r\n")), "hello world");
    assert_eq!(payload("HTTP/1.1 204 No Content\r\n\r\n"), "");
    assert_eq!(payload("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"), "");
    let head = read(&Method::HEAD, &[b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"]).unwrap();
    assert!(head.complete && head.payload.is_empty());
}

#[test]
fn a_body_that_stops_short_is_not_complete() {
    for raw in [
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello".to_owned(),
        format!("{CHUNKED}5\r\nhello\r\n"),
        format!("{CHUNKED}5\r\nhel"),
        format!("{CHUNKED}5\r\nhello\r\n0\r\n"),
        format!("{CHUNKED}5\r\nhello\r\n0\r\nx: y\r\n"),
    ] {
        assert!(!whole(&raw).unwrap().complete, "{raw:?}");
    }
}

#[test]
fn bytes_after_the_end_are_counted_not_delivered() {
    let response = whole("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200").unwrap();
    assert_eq!((response.payload.as_slice(), response.surplus), (&b"ok"[..], 12));
    let response = whole(&format!("{CHUNKED}0\r\n\r\nmore")).unwrap();
    assert_eq!((response.payload.as_slice(), response.surplus), (&b""[..], 4));
}

#[test]
fn interim_responses_are_skipped() {
    let raw = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let response = whole(raw).unwrap();
    assert_eq!((response.status, response.payload.as_slice()), (200, &b"ok"[..]));
    assert_eq!(response.headers, [("content-length".to_owned(), "2".to_owned())]);
    assert!(refused(&"HTTP/1.1 100 Continue\r\n\r\n".repeat(17)).contains("interim"));
    assert!(refused("HTTP/1.1 101 Switching Protocols\r\n\r\n").contains("switches"));
}

#[test]
fn headers_of_the_connection_are_not_passed_on() {
    let raw = "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nX-End: 2\r\nContent-Length: 0\r\n\r\n";
    let mut names: Vec<_> = whole(raw).unwrap().headers.into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["content-length", "x-end"]);
}

#[test]
fn trailers_come_out_but_not_those_about_framing() {
    let raw = format!("{CHUNKED}1\r\na\r\n0\r\nX-Sum: 7\r\nContent-Length: 9\r\n\r\n");
    let response = whole(&raw).unwrap();
    let trailers = response.trailers.unwrap();
    assert_eq!((trailers.len(), trailers["x-sum"].as_bytes()), (1, &b"7"[..]));
}

#[test]
fn heads_two_readers_could_take_differently_are_refused() {
    let head = |lines: &str| refused(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n"));
    assert!(head("content-length: 5\r\ncontent-length: 5").contains("twice"));
    assert!(head("content-length: 5\r\ncontent-length: 6").contains("twice"));
    for value in ["5, 5", "+5", "-1", "0x5", "5 5", "", "99999999999999999999999"] {
        assert!(head(&format!("content-length: {value}")).contains("not a number"), "{value}");
    }
    assert!(head("content-length: 5\r\ntransfer-encoding: chunked").contains("both"));
    assert!(head("transfer-encoding: gzip, chunked").contains("other than chunked"));
    assert!(head("transfer-encoding: chunked\r\ntransfer-encoding: chunked").contains("other than chunked"));
    assert!(head("transfer-encoding: identity").contains("other than chunked"));
    assert!(refused("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").contains("HTTP/1.0"));
}

#[test]
fn heads_that_are_not_http_are_refused() {
    for raw in [
        "HTTP/1.1 200 OK\r\nx: a\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx : a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 99999 OK\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\u{16}\u{3}\u{1}",
    ] {
        refused(raw);
    }
}

#[test]
fn chunks_that_are_not_as_the_standard_has_them_are_refused() {
    for body in [
        "\r\n",
        "g\r\n",
        "5\nhello",
        "-5\r\n",
        "5\r\nhelloXX",
        "5\r\nhello\n",
        "5;x\n",
        "ffffffffffffffff0\r\n",
        "0\r\nx y\r\n\r\n",
        "0\r\n\r\r",
        "0\r\nx: y\n",
    ] {
        refused(&format!("{CHUNKED}{body}"));
    }
}

#[test]
fn what_grows_is_bounded() {
    let long = "x".repeat(70_000);
    assert!(read(&Method::GET, &[b"HTTP/1.1 200 OK\r\nx: ", long.as_bytes()]).is_err());
    let many: String = (0..200).map(|n| format!("x{n}: y\r\n")).collect();
    assert!(refused(&format!("HTTP/1.1 200 OK\r\n{many}\r\n")).contains("too many headers"));
    assert!(refused(&format!("{CHUNKED}1;{long}\r\n")).contains("extensions"));
    assert!(refused(&format!("{CHUNKED}0\r\nx: {long}\r\n\r\n")).contains("trailers"));
}

#[test]
fn a_connection_is_kept_only_as_both_versions_define_it() {
    let kept = |raw: &str| match HeadReader::new(&Method::GET).feed(raw.as_bytes()).unwrap() {
        Fed::Head(head, _) => (head.keep_alive, head.framing),
        Fed::More => panic!("incomplete"),
    };
    assert_eq!(kept("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n"), (true, Framing::Length(1)));
    assert!(!kept("HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: Close\r\n\r\n").0);
    assert!(!kept("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n").0);
    assert!(kept("HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\n").0);
    assert!(!kept("HTTP/1.1 200 OK\r\n\r\n").0);
}

/// Cuts bytes at these places.
fn cut<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    // No empty pieces: an empty read means the end.
    places.windows(2).filter(|pair| pair[0] < pair[1]).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn responses() -> impl Strategy<Value = Vec<u8>> {
    let chunks = prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6);
    (chunks, 0..4usize, any::<bool>(), "[a-z;= ]{0,8}", any::<bool>()).prop_map(
        |(chunks, framing, interim, extension, extra)| {
            let mut raw = Vec::new();
            if interim {
                raw.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            let total: usize = chunks.iter().map(Vec::len).sum();
            raw.extend_from_slice(b"HTTP/1.1 200 OK\r\nserver: x\r\n");
            match framing {
                0 => raw.extend_from_slice(format!("content-length: {total}\r\n\r\n").as_bytes()),
                1 => raw.extend_from_slice(b"\r\n"),
                _ => raw.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n"),
            }
            for chunk in &chunks {
                if framing >= 2 {
                    raw.extend_from_slice(format!("{:x};{extension}\r\n", chunk.len()).as_bytes());
                }
                raw.extend_from_slice(chunk);
                if framing >= 2 {
                    raw.extend_from_slice(b"\r\n");
                }
            }
            match framing {
                2 => raw.extend_from_slice(b"0\r\n\r\n"),
                3 => raw.extend_from_slice(b"0\r\nx-a: 1\r\nx-b: 2\r\n\r\n"),
                _ => {}
            }
            if extra {
                raw.extend_from_slice(b"extra");
            }
            raw
        },
    )
}

proptest! {
    #[test]
    fn any_split_reads_the_same(raw in responses(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let at_once = read(&Method::POST, &[&raw]).unwrap();
        let in_pieces = read(&Method::POST, &cut(&raw, &cuts)).unwrap();
        prop_assert_eq!(&at_once, &in_pieces);
        let byte_by_byte: Vec<&[u8]> = raw.chunks(1).collect();
        prop_assert_eq!(&at_once, &read(&Method::POST, &byte_by_byte).unwrap());
    }

    #[test]
    fn damaged_responses_never_panic(mut raw in responses(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let at = at.index(raw.len());
        raw[at] = byte;
        super::fuzz_h1_response(&raw);
    }

    #[test]
    fn noise_never_panics(raw in prop::collection::vec(any::<u8>(), 0..400)) {
        super::fuzz_h1_response(&raw);
    }
}
