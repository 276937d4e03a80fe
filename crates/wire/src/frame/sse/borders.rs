//! Where a frame ends: the blank line, in any of the three line ends, found without looking at a byte twice.

use memchr::memchr2;

/// The state of the search between chunks.
#[derive(Debug)]
pub(super) struct Borders {
    /// The line that is being read has no bytes so far.
    line_empty: bool,
    cr: Cr,
}

/// Whether the last byte was a CR, to which a LF that follows belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cr {
    No,
    EndedLine,
    EndedFrame,
}

impl Default for Borders {
    fn default() -> Self {
        Self { line_empty: true, cr: Cr::No }
    }
}

impl Borders {
    /// The end of the first frame in `bytes` that ends after `from`, which is where the last search of these bytes stopped.
    /// A frame whose CR is the last byte ends there; the LF that may follow comes out as a frame of its own, of one byte.
    pub(super) fn next(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = bytes.get(at..)?;
            let Some(found) = memchr2(b'\n', b'\r', rest) else {
                if !rest.is_empty() {
                    (self.line_empty, self.cr) = (false, Cr::No);
                }
                return None;
            };
            if found > 0 {
                (self.line_empty, self.cr) = (false, Cr::No);
            }
            let end = at + found + 1;
            let is_cr = rest.get(found) == Some(&b'\r');
            match self.cr {
                Cr::EndedLine if !is_cr => self.cr = Cr::No,
                Cr::EndedFrame if !is_cr => {
                    self.cr = Cr::No;
                    return Some(end);
                }
                _ if self.line_empty => return Some(self.blank_line(bytes, end, is_cr)),
                _ => (self.line_empty, self.cr) = (true, if is_cr { Cr::EndedLine } else { Cr::No }),
            }
            at = end;
        }
    }

    fn blank_line(&mut self, bytes: &[u8], end: usize, is_cr: bool) -> usize {
        self.cr = Cr::No;
        match bytes.get(end) {
            Some(b'\n') if is_cr => return end + 1,
            None if is_cr => self.cr = Cr::EndedFrame,
            _ => {}
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(chunks: &[&str]) -> Vec<usize> {
        let (mut borders, mut base, mut found) = (Borders::default(), 0, Vec::new());
        for chunk in chunks {
            let mut at = 0;
            while let Some(end) = borders.next(chunk.as_bytes(), at) {
                found.push(base + end);
                at = end;
            }
            base += chunk.len();
        }
        found
    }

    #[test]
    fn all_line_ends_end_a_frame() {
        for end in ["\n", "\r", "\r\n"] {
            let text = format!("data: a{end}{end}data: b{end}id: 1{end}{end}");
            assert_eq!(ends(&[&text]), [7 + 2 * end.len(), text.len()], "{end:?}");
        }
        assert_eq!(ends(&["a\n\r\nb"]), [4], "mixed");
    }

    #[test]
    fn a_line_end_cut_in_two_is_one_line_end() {
        assert_eq!(ends(&["a\r", "\nb\r", "\n\r", "\nc"]), [7, 8], "the last LF is a frame of its own");
        assert_eq!(ends(&["a\r", "\rb"]), [3]);
    }
}
