//! As much DER as it takes to walk a certificate: definite lengths, one-byte tags.
//!
//! The certificates read with it have been verified before, but their bytes are still the caller's:
//! everything is bounds-checked, nothing recurses, and what is not understood is none.

pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A run of elements, read from the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Elements<'a> {
    /// The content of the next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    /// The next element's tag and content. What is malformed ends the run.
    fn next(&mut self) -> Option<Self::Item> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = match first {
            short @ 0..=0x7f => (usize::from(short), rest),
            long @ 0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
                (digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

/// An object identifier in dotted form; for names we have no word for.
pub(super) fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in oid {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let root = (arc / 40).min(2);
                arcs.push(root);
                arcs.push(arc - root * 40);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    let arcs: Vec<String> = arcs.iter().map(u64::to_string).collect();
    arcs.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_in_order_with_short_and_long_lengths() {
        let long = [&[0x04, 0x81, 0x80][..], &[7; 128]].concat();
        let bytes = [&[0x02, 0x01, 0x05][..], &long].concat();
        let mut elements = Elements(&bytes);
        assert_eq!(elements.expect(0x02), Some(&[5][..]));
        assert_eq!(elements.next().map(|(tag, content)| (tag, content.len())), Some((0x04, 128)));
        assert_eq!(elements.next(), None);
    }

    #[test]
    fn what_reaches_too_far_ends_the_run() {
        for bytes in [&[0x30][..], &[0x30, 0x05, 1], &[0x30, 0x82, 1], &[0x30, 0x80, 0, 0], &[0x30, 0x89, 1]]
        {
            assert_eq!(Elements(bytes).next(), None, "{bytes:?}");
        }
        assert_eq!(Elements(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1]).next(), None);
    }

    #[test]
    fn identifiers_have_their_dotted_form() {
        assert_eq!(dotted(&[0x55, 0x04, 0x03]), "2.5.4.3");
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]), "1.2.840.113549");
        assert_eq!(dotted(&[]), "");
    }
}
