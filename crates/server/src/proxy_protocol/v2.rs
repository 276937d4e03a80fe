//! Version 2: sixteen bytes, addresses, and type-length-value fields of which only the checksum is
//! looked at.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Announced, MAX_HEADER, ProxyFault, crc32c};

pub(super) const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and protocol, length of the rest.
const FIXED: usize = 16;
const TLV_CRC32C: u8 = 0x03;

pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Announced, usize)>, ProxyFault> {
    let shown = bytes.get(..SIGNATURE.len()).unwrap_or(bytes);
    if !SIGNATURE.starts_with(shown) {
        return Err(ProxyFault::Missing);
    }
    let Some(&[command, family, high, low]) = bytes.get(SIGNATURE.len()..FIXED) else {
        return Ok(None);
    };
    let local = match command {
        0x20 => true,
        0x21 => false,
        _ => return Err(ProxyFault::Command),
    };
    let length = FIXED + usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_HEADER {
        return Err(ProxyFault::TooLong);
    }
    let Some(header) = bytes.get(..length) else { return Ok(None) };
    let (announced, fields_at) = if local {
        // The addresses of a LOCAL header are to be skipped, whatever they are.
        (Announced::Local, FIXED + address_length(family).unwrap_or(length - FIXED).min(length - FIXED))
    } else {
        ends(header, family)?
    };
    check_fields(header, fields_at)?;
    Ok(Some((announced, length)))
}

/// The bytes that addresses of a family take up; none if the family is not known.
fn address_length(family: u8) -> Option<usize> {
    match family >> 4 {
        0x0 => Some(0),
        0x1 => Some(12),
        0x2 => Some(36),
        0x3 => Some(216),
        _ => None,
    }
}

fn ends(header: &[u8], family: u8) -> Result<(Announced, usize), ProxyFault> {
    let addresses = header.get(FIXED..).unwrap_or_default();
    let (source, destination, length) = match family {
        // Unspecified: the proxy cannot say. What follows is not to be relied upon.
        0x00 => return Ok((Announced::Local, header.len())),
        0x11 => {
            let (found, _) = addresses.split_first_chunk::<12>().ok_or(ProxyFault::TooShort)?;
            let &[a, b, c, d, e, f, g, h, source_high, source_low, high, low] = found;
            let source = (Ipv4Addr::new(a, b, c, d).into(), [source_high, source_low]);
            (source, (Ipv4Addr::new(e, f, g, h).into(), [high, low]), 12)
        }
        0x21 => {
            let short = ProxyFault::TooShort;
            let (source, rest) = addresses.split_first_chunk::<16>().ok_or(short)?;
            let (destination, rest) = rest.split_first_chunk::<16>().ok_or(short)?;
            let (&[source_high, source_low, high, low], _) = rest.split_first_chunk::<4>().ok_or(short)?;
            let source = (Ipv6Addr::from(*source).into(), [source_high, source_low]);
            (source, (Ipv6Addr::from(*destination).into(), [high, low]), 36)
        }
        _ => return Err(ProxyFault::Family),
    };
    let end = |(address, port)| SocketAddr::new(address, u16::from_be_bytes(port));
    Ok((Announced::Proxied { source: end(source), destination: end(destination) }, FIXED + length))
}

/// Walks the fields to the header's end, checking that they end there and that a checksum holds.
fn check_fields(header: &[u8], from: usize) -> Result<(), ProxyFault> {
    let mut at = from;
    while at < header.len() {
        let Some(&[kind, high, low]) = header.get(at..at + 3) else { return Err(ProxyFault::TooShort) };
        let value = at + 3;
        let next = value + usize::from(u16::from_be_bytes([high, low]));
        let Some(found) = header.get(value..next) else { return Err(ProxyFault::TooShort) };
        if kind == TLV_CRC32C {
            let found: [u8; 4] = found.try_into().map_err(|_| ProxyFault::Checksum)?;
            let zeroed = |(index, byte): (usize, &u8)| if (value..next).contains(&index) { 0 } else { *byte };
            if crc32c::checksum(header.iter().enumerate().map(zeroed)) != u32::from_be_bytes(found) {
                return Err(ProxyFault::Checksum);
            }
        }
        at = next;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
