//! CRC-32C (Castagnoli), bit by bit: it covers a few hundred bytes once a connection.

/// The polynomial 0x1EDC6F41 with its bits in reverse.
const POLYNOMIAL: u32 = 0x82F6_3B78;

pub(super) fn checksum(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_hold() {
        // RFC 3720, appendix B.4.
        assert_eq!(checksum([0; 32].into_iter()), 0x8A91_36AA);
        assert_eq!(checksum([0xff; 32].into_iter()), 0x62A8_AB43);
        assert_eq!(checksum(0..32), 0x46DD_794E);
        assert_eq!(checksum(b"123456789".iter().copied()), 0xE306_9283);
    }
}
