//! Server-sent events, as far as chat completions use them: the data of each event, as text.

use super::error::ModelError;

/// The data of one event.
pub(super) type Event = String;

/// Cuts a stream of bytes, in whatever pieces it arrives, into events.
/// Source: WHATWG HTML, 9.2.6 (fields other than `data` mean nothing here).
#[derive(Debug)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Option<String>,
    /// The line before ended by CR; an LF right after it ends nothing.
    after_cr: bool,
    /// For one event, its lines included.
    bytes_max: usize,
}

impl Events {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            line: Vec::new(),
            data: None,
            after_cr: false,
            bytes_max,
        }
    }

    /// The events that these bytes complete.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Event>, ModelError> {
        let mut events = Vec::new();
        if self.after_cr
            && let Some((first, rest)) = bytes.split_first()
        {
            self.after_cr = false;
            if *first == b'\n' {
                bytes = rest;
            }
        }
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.extend(&bytes[..end])?;
            events.extend(self.end_line()?);
            let crlf = bytes[end..].starts_with(b"\r\n");
            self.after_cr = bytes[end..] == *b"\r";
            bytes = &bytes[end + 1 + usize::from(crlf)..];
        }
        self.extend(bytes)?;
        Ok(events)
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let held = self.line.len() + self.data.as_ref().map_or(0, String::len);
        if held + bytes.len() > self.bytes_max {
            return Err(ModelError::TooLarge {
                bytes_max: self.bytes_max,
            });
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<Event>, ModelError> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(self.data.take());
        }
        let line = String::from_utf8(line).map_err(|_| ModelError::Malformed)?;
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        if let Some(value) = line.strip_prefix("data:") {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(pieces: &[&[u8]]) -> Result<Vec<Event>, ModelError> {
        let mut events = Events::new(64);
        let mut all = Vec::new();
        for piece in pieces {
            all.extend(events.push(piece)?);
        }
        Ok(all)
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "data: a", "", ": note", "event: x", "data:b", "data:  c", "", "",
            ]
            .join(end);
            assert_eq!(cut(&[text.as_bytes()]).unwrap(), ["a", "b\n c"], "{end:?}");
        }
    }

    #[test]
    fn what_is_not_ended_is_no_event() {
        assert_eq!(cut(&[b"data: a\n\ndata: b\n"]).unwrap(), ["a"]);
        assert_eq!(cut(&[b"\n\n: only a note\n\n"]).unwrap(), [""; 0]);
        assert_eq!(cut(&[b"data:\n\n"]).unwrap(), [""]);
    }

    #[test]
    fn an_event_is_bounded_and_text() {
        let long = ModelError::TooLarge { bytes_max: 64 };
        assert_eq!(cut(&[&[b'x'; 65]]).unwrap_err(), long);
        assert_eq!(cut(&[&[b'x'; 40], &[b'x'; 40]]).unwrap_err(), long);
        let lines = b"data: 0123456789\n".repeat(9);
        assert_eq!(cut(&[&lines]).unwrap_err(), long);
        assert_eq!(
            cut(&[b"data: \xff\n\n"]).unwrap_err(),
            ModelError::Malformed
        );
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            lines in prop::collection::vec("(data: ?[a-zü☃]{0,5}|:n|)", 0..12),
            ends in prop::collection::vec(prop_oneof!["\n", "\r\n", "\r"], 12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let text: String = lines.iter().zip(&ends).flat_map(|(l, e)| [l.as_str(), e]).collect();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|w| &text.as_bytes()[w[0]..w[1]]).collect();
            let whole = cut(&[text.as_bytes()]);
            prop_assert_eq!(&cut(&pieces), &whole);
            let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            prop_assert_eq!(&cut(&single), &whole);
        }
    }
}
