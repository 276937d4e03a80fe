//! Version 1: one line of text.

use std::net::{IpAddr, SocketAddr};

use super::{Announced, ProxyFault};

const START: &[u8] = b"PROXY ";
/// The longest line, line end included, that the specification allows.
const MAX_LINE: usize = 107;

pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Announced, usize)>, ProxyFault> {
    let shown = bytes.get(..START.len()).unwrap_or(bytes);
    if !START.starts_with(shown) {
        return Err(ProxyFault::Missing);
    }
    let window = bytes.get(..MAX_LINE).unwrap_or(bytes);
    let Some(length) = window.windows(2).position(|pair| pair == b"\r\n") else {
        return if bytes.len() < MAX_LINE { Ok(None) } else { Err(ProxyFault::Line) };
    };
    let line = window.get(START.len()..length).ok_or(ProxyFault::Line)?;
    let line = std::str::from_utf8(line).map_err(|_| ProxyFault::Line)?;
    let announced = ends(line).ok_or(ProxyFault::Line)?;
    Ok(Some((announced, length + 2)))
}

fn ends(line: &str) -> Option<Announced> {
    let mut words = line.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        // Whatever follows is to be ignored.
        return Some(Announced::Local);
    }
    let (source, destination) = (words.next()?, words.next()?);
    let (source_port, destination_port) = (words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let end = |address: &str, number: &str| -> Option<SocketAddr> {
        let address: IpAddr = address.parse().ok()?;
        let fits = match family {
            "TCP4" => address.is_ipv4(),
            "TCP6" => address.is_ipv6(),
            _ => false,
        };
        fits.then_some(SocketAddr::new(address, port(number)?))
    };
    Some(Announced::Proxied {
        source: end(source, source_port)?,
        destination: end(destination, destination_port)?,
    })
}

/// A port without sign or leading zeros, as the specification wants it.
fn port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    (plain && (digits == "0" || !digits.starts_with('0'))).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn check(bytes: &str) -> Result<Option<(String, usize)>, ProxyFault> {
        parse(bytes.as_bytes()).map(|found| {
            found.map(|(announced, length)| match announced {
                Announced::Proxied { source, destination } => (format!("{source} > {destination}"), length),
                Announced::Local => ("local".to_owned(), length),
            })
        })
    }

    #[test]
    fn a_line_names_both_ends() {
        let line = "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n";
        let expected = ("192.0.2.1:56324 > 198.51.100.7:443".to_owned(), line.len());
        assert_eq!(check(&format!("{line}GET / HTTP/1.1\r\n")), Ok(Some(expected)));
        let line = "PROXY TCP6 2001:db8::1 ::1 1 0\r\n";
        assert_eq!(check(line), Ok(Some(("[2001:db8::1]:1 > [::1]:0".to_owned(), line.len()))));
    }

    #[test]
    fn an_unknown_caller_is_whoever_the_socket_says() {
        assert_eq!(check("PROXY UNKNOWN\r\n"), Ok(Some(("local".to_owned(), 15))));
        assert_eq!(check("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), Ok(Some(("local".to_owned(), 35))));
    }

    #[test]
    fn every_beginning_of_a_line_needs_more() {
        let line = "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n";
        for length in 0..line.len() {
            assert_eq!(check(&line[..length]), Ok(None), "{length}");
        }
    }

    #[test]
    fn what_is_not_quite_a_line_is_refused() {
        for line in [
            "PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443 1\r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 192.0.2.1 198.51.100.7 1 2\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.7 01 443\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.7 +1 443\r\n",
            "PROXY TCP4  192.0.2.1 198.51.100.7 1 443\r\n",
            "PROXY UDP4 192.0.2.1 198.51.100.7 1 443\r\n",
            "PROXY \r\n",
        ] {
            assert_eq!(check(line), Err(ProxyFault::Line), "{line:?}");
        }
        assert_eq!(check("POST / HTTP/1.1\r\n"), Err(ProxyFault::Missing));
        assert_eq!(check(&format!("PROXY TCP4 {}", "1".repeat(200))), Err(ProxyFault::Line));
    }
}
