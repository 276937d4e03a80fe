//! HTTP/1.1, the client's side: heads and bodies as state machines over bytes, and one exchange over a
//! connection. Which connection, and what becomes of it, is the pool's business.

pub(crate) mod body;
mod chunked;
pub(crate) mod exchange;
pub(crate) mod head;
pub(crate) mod request;
#[cfg(test)]
mod tests;

use http::Method;

use body::Decoder;
use head::{Fed, HeadReader};

/// Reads arbitrary bytes as a response, the first byte choosing how they are cut up; for fuzzing.
#[doc(hidden)]
pub fn fuzz_h1_response(data: &[u8]) {
    let Some((cut, bytes)) = data.split_first() else { return };
    let step = usize::from(*cut).max(1);
    let mut reader = HeadReader::new(if cut % 2 == 0 { &Method::POST } else { &Method::HEAD });
    let mut decoder = None;
    for piece in bytes.chunks(step) {
        let mut piece = piece.to_vec();
        let mut rest = piece.as_mut_slice();
        if decoder.is_none() {
            match reader.feed(rest) {
                Ok(Fed::More) => continue,
                Ok(Fed::Head(head, used)) => {
                    decoder = Some(Decoder::new(head.framing));
                    rest = rest.get_mut(used..).unwrap_or_default();
                }
                Err(_) => return,
            }
        }
        let Some(decoder) = decoder.as_mut() else { continue };
        let length = rest.len();
        match decoder.decode(rest) {
            Ok(decoded) => assert!(decoded.payload.end <= decoded.used && decoded.used <= length),
            Err(_) => return,
        }
    }
    if let Some(mut decoder) = decoder {
        let _ = decoder.end();
        let _ = decoder.take_trailers();
    }
}
