//! Counting server-sent events in bytes that arrive cut anywhere.

/// Counts events: a blank line after at least one line that is not blank.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    count: u64,
    /// Whether the current line has anything in it besides a carriage return.
    line_has_text: bool,
    event_has_lines: bool,
}

impl Events {
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            self.see(bytes.get(start..end).unwrap_or_default());
            if self.line_has_text {
                self.event_has_lines = true;
            } else if std::mem::take(&mut self.event_has_lines) {
                self.count += 1;
            }
            self.line_has_text = false;
            start = end + 1;
        }
        self.see(bytes.get(start..).unwrap_or_default());
    }

    fn see(&mut self, line: &[u8]) {
        self.line_has_text |= !matches!(line, b"" | b"\r");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_wherever_the_bytes_are_cut() {
        for (stream, count) in [
            ("data: a\n\ndata: b\n\ndata: [DONE]\n\n", 3),
            ("event: x\r\ndata: {}\r\n\r\nevent: y\r\ndata: {}\r\n\r\n", 2),
            ("\n\n\ndata: a\n\n\n\n", 1),
            ("data: unfinished", 0),
        ] {
            for cut in 0..=stream.len() {
                let mut events = Events::default();
                events.feed(&stream.as_bytes()[..cut]);
                events.feed(&stream.as_bytes()[cut..]);
                assert_eq!(events.count(), count, "{stream:?} cut at {cut}");
            }
        }
    }
}
