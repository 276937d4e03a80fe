use proptest::prelude::*;

use super::super::parse;
use super::*;

/// A header of `command` and `family` over `rest`.
fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [SIGNATURE.as_slice(), &[command, family], &length, rest].concat()
}

/// The addresses and ports of two ends in wire order.
fn addresses(source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    let octets = |end: SocketAddr| match end {
        SocketAddr::V4(v4) => v4.ip().octets().to_vec(),
        SocketAddr::V6(v6) => v6.ip().octets().to_vec(),
    };
    let ports = [source.port().to_be_bytes(), destination.port().to_be_bytes()];
    [octets(source), octets(destination), ports.concat()].concat()
}

fn field(kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[kind], length.as_slice(), value].concat()
}

/// Appends a checksum field to `rest` and fills it in.
fn with_checksum(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = header(command, family, &[rest, &field(TLV_CRC32C, &[0; 4])].concat());
    let sum = crc32c::checksum(bytes.iter().copied());
    let at = bytes.len() - 4;
    bytes[at..].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn v4_ends() -> (SocketAddr, SocketAddr) {
    ("192.0.2.1:56324".parse().unwrap(), "198.51.100.7:443".parse().unwrap())
}

fn proxied((source, destination): (SocketAddr, SocketAddr)) -> Announced {
    Announced::Proxied { source, destination }
}

#[test]
fn a_header_names_both_ends_and_its_length() {
    let (source, destination) = v4_ends();
    let bytes = header(0x21, 0x11, &addresses(source, destination));
    let mut followed = bytes.clone();
    followed.extend_from_slice(b"GET / HTTP/1.1");
    assert_eq!(parse(&followed), Ok(Some((proxied(v4_ends()), bytes.len()))));
}

#[test]
fn a_local_header_leaves_the_socket_its_ends() {
    let bytes = header(0x20, 0x00, &[]);
    assert_eq!(parse(&bytes), Ok(Some((Announced::Local, 16))));
    let (source, destination) = v4_ends();
    let bytes = header(0x20, 0x11, &addresses(source, destination));
    assert_eq!(parse(&bytes), Ok(Some((Announced::Local, bytes.len()))));
    let bytes = header(0x21, 0x00, &[1, 2, 3]);
    assert_eq!(parse(&bytes), Ok(Some((Announced::Local, bytes.len()))));
}

#[test]
fn a_checksum_is_checked_where_there_is_one() {
    let (source, destination) = v4_ends();
    let rest = [addresses(source, destination), field(0x02, b"example.com")].concat();
    let bytes = with_checksum(0x21, 0x11, &rest);
    assert_eq!(parse(&bytes), Ok(Some((proxied(v4_ends()), bytes.len()))));
    let mut forged = bytes.clone();
    forged[16] ^= 1;
    assert_eq!(parse(&forged), Err(ProxyFault::Checksum));
    let short = header(0x21, 0x11, &[addresses(source, destination), field(TLV_CRC32C, &[1, 2])].concat());
    assert_eq!(parse(&short), Err(ProxyFault::Checksum));
}

#[test]
fn fields_that_reach_too_far_are_refused() {
    let (source, destination) = v4_ends();
    let addresses = addresses(source, destination);
    let check = |tail: &[u8]| parse(&header(0x21, 0x11, &[&addresses, tail].concat()));
    assert_eq!(check(&[0x02, 0, 5, b'a']), Err(ProxyFault::TooShort));
    assert_eq!(check(&[0x02, 0]), Err(ProxyFault::TooShort));
    assert_eq!(parse(&header(0x21, 0x11, &[0; 11])), Err(ProxyFault::TooShort));
    assert_eq!(parse(&header(0x21, 0x21, &[0; 35])), Err(ProxyFault::TooShort));
}

#[test]
fn other_versions_commands_and_families_are_refused() {
    assert_eq!(parse(&header(0x11, 0x11, &[0; 12])), Err(ProxyFault::Command));
    assert_eq!(parse(&header(0x22, 0x11, &[0; 12])), Err(ProxyFault::Command));
    assert_eq!(parse(&header(0x21, 0x12, &[0; 12])), Err(ProxyFault::Family));
    assert_eq!(parse(&header(0x21, 0x31, &[0; 216])), Err(ProxyFault::Family));
}

#[test]
fn an_overlong_header_is_refused_before_it_is_read() {
    let bytes = [SIGNATURE.as_slice(), &[0x21, 0x11, 0xff, 0xff]].concat();
    assert_eq!(parse(&bytes), Err(ProxyFault::TooLong));
    assert_eq!(parse(b"\x16\x03\x01"), Err(ProxyFault::Missing));
}

fn any_ends() -> impl Strategy<Value = (SocketAddr, SocketAddr)> {
    let v4 = any::<[([u8; 4], u16); 2]>().prop_map(|[a, b]| (a.into(), b.into()));
    let v6 = any::<[([u8; 16], u16); 2]>().prop_map(|[a, b]| (a.into(), b.into()));
    prop_oneof![v4, v6]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_however_it_is_cut(
        ends in any_ends(),
        value in proptest::collection::vec(any::<u8>(), 0..300),
        tail in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let family = if ends.0.is_ipv4() { 0x11 } else { 0x21 };
        let rest = [addresses(ends.0, ends.1), field(0xE0, &value)].concat();
        let bytes = with_checksum(0x21, family, &rest);
        for length in 0..bytes.len() {
            prop_assert_eq!(parse(&bytes[..length]), Ok(None));
        }
        let followed = [bytes.clone(), tail].concat();
        prop_assert_eq!(parse(&followed), Ok(Some((proxied(ends), bytes.len()))));
    }

    #[test]
    fn no_bytes_make_it_panic_or_read_beyond_them(
        noise in proptest::collection::vec(any::<u8>(), 0..300),
        command in prop_oneof![Just(0x20), Just(0x21), any::<u8>()],
        family in prop_oneof![Just(0x11), Just(0x21), any::<u8>()],
    ) {
        for bytes in [noise.clone(), header(command, family, &noise)] {
            if let Ok(Some((_, length))) = parse(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
