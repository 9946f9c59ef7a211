//! The latest frames of a watched run, in memory. Pure.

use std::collections::VecDeque;

use super::{Cursor, Frame, RunHead};

/// Frames that are kept at most.
pub(super) const FRAMES_MAX: usize = 1_024;
/// Bytes of frames that are kept at most.
pub(super) const BYTES_MAX: usize = 1024 * 1024;

/// What a viewer finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Frames right after its cursor.
    Frames(Vec<Frame>),
    /// It has everything that was read of the log.
    AtEnd,
    /// Nothing for it: it is behind, ahead, of another epoch, or nothing was read yet. The log knows.
    Elsewhere,
}

/// The end of a log as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Ring {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The last frame that was read; absent before the first look, and after one that found no way on.
    end: Option<Cursor>,
}

impl Ring {
    /// At most `limit` frames after a cursor.
    pub(super) fn after(&self, cursor: Cursor, limit: usize) -> Found {
        match self.end {
            Some(end) if end == cursor => Found::AtEnd,
            Some(end) if end.epoch == cursor.epoch => self.within(cursor, limit),
            Some(_) | None => Found::Elsewhere,
        }
    }

    fn within(&self, cursor: Cursor, limit: usize) -> Found {
        let Some(first) = self.frames.front() else {
            return Found::Elsewhere;
        };
        let Ok(skipped) = usize::try_from(cursor.seq + 1 - first.cursor.seq) else {
            return Found::Elsewhere;
        };
        let frames: Vec<Frame> = self
            .frames
            .iter()
            .skip(skipped)
            .take(limit)
            .cloned()
            .collect();
        if frames.is_empty() {
            Found::Elsewhere
        } else {
            Found::Frames(frames)
        }
    }

    pub(super) fn end(&self) -> Option<Cursor> {
        self.end
    }

    /// Begins at a head: what was before it is not kept.
    pub(super) fn begin(&mut self, head: &RunHead) {
        self.clear();
        self.end = Some(head.cursor());
    }

    /// Takes frames in that continue where it ends.
    pub(super) fn extend(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            self.end = Some(frame.cursor);
            self.bytes += frame.data.len();
            self.frames.push_back(frame);
        }
        while self.frames.len() > FRAMES_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.frames.pop_front() else {
                break;
            };
            self.bytes -= oldest.data.len();
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many frames and bytes are kept.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.frames.len(), self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(seq: i64, bytes: usize) -> Frame {
        Frame {
            cursor: at(seq),
            segment: 1,
            channel: 0,
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
            data: vec![0; bytes].into(),
        }
    }

    fn at(seq: i64) -> Cursor {
        Cursor { epoch: 1, seq }
    }

    /// Begun at 10, read up to 20.
    fn ring() -> Ring {
        let mut ring = Ring::default();
        ring.begin(&RunHead {
            last_seq: 10,
            ..RunHead::OPENED
        });
        ring.extend((11..=20).map(|seq| frame(seq, 3)).collect());
        ring
    }

    #[test]
    fn a_viewer_inside_is_given_what_follows_and_no_other_is() {
        let ring = ring();
        let given = |cursor| match ring.after(cursor, 4) {
            Found::Frames(frames) => frames.iter().map(|frame| frame.cursor.seq).collect(),
            Found::AtEnd | Found::Elsewhere => Vec::new(),
        };
        assert_eq!(given(at(10)), [11, 12, 13, 14]);
        assert_eq!(given(at(18)), [19, 20]);
        assert_eq!(ring.after(at(20), 4), Found::AtEnd);
        let foreign = Cursor { epoch: 2, seq: 15 };
        for cursor in [at(9), at(21), at(0), foreign, Cursor::START] {
            assert_eq!(ring.after(cursor, 4), Found::Elsewhere, "{cursor}");
        }
        assert_eq!(Ring::default().after(Cursor::START, 4), Found::Elsewhere);
    }

    #[test]
    fn the_oldest_leave_by_number_and_by_bytes() {
        let mut ring = ring();
        ring.extend((21..=3_000).map(|seq| frame(seq, 1)).collect());
        assert_eq!(ring.held(), (FRAMES_MAX, FRAMES_MAX));
        assert_eq!(ring.after(at(1_975), 1), Found::Elsewhere);
        assert_ne!(ring.after(at(1_976), 1), Found::Elsewhere);
        ring.extend((3_001..=3_020).map(|seq| frame(seq, 100_000)).collect());
        assert_eq!(ring.held(), (10, 1_000_000));
        ring.extend(vec![frame(3_021, BYTES_MAX + 1)]);
        assert_eq!(ring.held(), (0, 0));
        assert_eq!(ring.after(at(3_021), 1), Found::AtEnd);
        assert_eq!(ring.after(at(3_020), 1), Found::Elsewhere);
    }
}
