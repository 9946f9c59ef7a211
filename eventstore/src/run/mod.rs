//! The run log: what viewers of a run are shown, frame by frame. The second append-only log, beside the ledger.
//!
//! Frames of a run are contiguous, from 1 and across segments. Each is written together with the move of the run's
//! head, which is compared and set on last seq and lease epoch, so a worker that was stopped writes nothing. Frames
//! that announce a transition commit with its events ([`RunRow`]); frames alone are
//! [`EventStore::append_frames`](crate::EventStore::append_frames). Readers follow a run by [`RunTail`] (ADR-0012).

mod bell;
mod log;
mod pages;
mod ring;
mod row;
mod tail;
mod view;

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use tokio_postgres::Row;

pub use self::bell::RunWatch;
pub(crate) use self::bell::{Bells, keep_watch};
pub use self::log::RunPage;
pub use self::pages::Frames;
pub(crate) use self::row::RunWrite;
pub use self::row::{NewFrame, RunGuard, RunRefusal, RunRow, RunStep};
pub use self::tail::RunTail;
pub(crate) use self::tail::Tails;
pub use self::view::Viewed;

/// Where a viewer stands in the log of a run: the last frame that it has. Written `<epoch>-<seq>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// Changes only when frames were lost and that was declared.
    pub epoch: i64,
    /// Place in the log, counted from 1 without holes.
    pub seq: i64,
}

impl Cursor {
    /// Before every frame of whatever epoch: `0-0`.
    pub const START: Self = Self { epoch: 0, seq: 0 };

    /// Reads `<epoch>-<seq>`; digits only.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, seq) = text.split_once('-')?;
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten()
        };
        Some(Self {
            epoch: number(epoch)?,
            seq: number(seq)?,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.seq)
    }
}

/// How far the log of a run is, and who may write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunHead {
    /// Changes only when frames were lost and that was declared.
    pub epoch: i64,
    /// Place of the last frame; 0 for none yet.
    pub last_seq: i64,
    /// Which attempt at the run; a run that is started again begins another.
    pub segment: i32,
    /// The lease under which a worker may write.
    pub lease_epoch: i64,
    /// Up to where an event tells count and hash.
    pub sealed_seq: i64,
    /// Up to where frames are gone.
    pub trimmed_seq: i64,
}

impl RunHead {
    /// Of a run that was just created.
    pub(crate) const OPENED: Self = Self {
        epoch: 1,
        last_seq: 0,
        segment: 1,
        lease_epoch: 0,
        sealed_seq: 0,
        trimmed_seq: 0,
    };

    /// From the columns of a head, in order.
    pub(crate) fn of(numbers: &[i64]) -> Option<Self> {
        let &[
            epoch,
            last_seq,
            segment,
            lease_epoch,
            sealed_seq,
            trimmed_seq,
        ] = numbers
        else {
            return None;
        };
        Some(Self {
            epoch,
            last_seq,
            segment: segment.try_into().ok()?,
            lease_epoch,
            sealed_seq,
            trimmed_seq,
        })
    }

    /// Where a viewer stands who has everything.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            seq: self.last_seq,
        }
    }

    /// Where a viewer has to start who is to see everything that is left.
    pub fn start(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            seq: self.trimmed_seq,
        }
    }

    /// Where reading after a cursor really begins, or why it cannot.
    pub fn resume(&self, after: Cursor) -> Result<Cursor, ResetReason> {
        let after = if after == Cursor::START {
            Cursor {
                epoch: self.epoch,
                seq: 0,
            }
        } else {
            after
        };
        if after.epoch != self.epoch {
            Err(ResetReason::ForeignEpoch)
        } else if after.seq > self.last_seq {
            Err(ResetReason::Future)
        } else if after.seq < self.trimmed_seq {
            Err(ResetReason::Trimmed)
        } else {
            Ok(after)
        }
    }
}

/// Columns of a head from this one on.
pub(crate) fn head_of(row: &Row, first: usize) -> RunHead {
    RunHead {
        epoch: row.get(first),
        last_seq: row.get(first + 1),
        segment: row.get(first + 2),
        lease_epoch: row.get(first + 3),
        sealed_seq: row.get(first + 4),
        trimmed_seq: row.get(first + 5),
    }
}

/// Why a viewer cannot go on from its cursor. It starts anew, and knows that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetReason {
    /// Frames after the cursor are gone.
    Trimmed,
    /// The cursor is of another epoch: frames were lost since, or it belongs to another log.
    ForeignEpoch,
    /// The cursor is beyond the head: it belongs to another run, or to a log that was restored.
    Future,
    /// There is no log of this run, or no longer.
    Gone,
}

impl ResetReason {
    /// As viewers are told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trimmed => "trimmed",
            Self::ForeignEpoch => "foreign_epoch",
            Self::Future => "future",
            Self::Gone => "gone",
        }
    }
}

/// One thing that viewers of a run are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its place, which is where a viewer stands that has it.
    pub cursor: Cursor,
    /// Which attempt at the run it belongs to.
    pub segment: i32,
    /// Of what kind it is; what the numbers mean is the writer's.
    pub channel: i16,
    /// When the log took it; order is by place only.
    pub recorded_at: Timestamp,
    /// As it is sent. Frames that were read together share their memory.
    pub data: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_two_plain_numbers() {
        for (text, cursor) in [
            ("0-0", Some((0, 0))),
            ("1-42", Some((1, 42))),
            ("01-042", Some((1, 42))),
            ("", None),
            ("1", None),
            ("-1", None),
            ("1-", None),
            ("+1-2", None),
            ("1--2", None),
            ("1-2-3", None),
            (" 1-2", None),
            ("1-99999999999999999999", None),
        ] {
            let wanted = cursor.map(|(epoch, seq)| Cursor { epoch, seq });
            assert_eq!(Cursor::parse(text), wanted, "{text}");
        }
        assert_eq!(Cursor { epoch: 3, seq: 7 }.to_string(), "3-7");
    }

    #[test]
    fn a_cursor_that_cannot_be_gone_on_from_is_told_why() {
        let head = RunHead {
            epoch: 2,
            last_seq: 10,
            trimmed_seq: 4,
            ..RunHead::OPENED
        };
        let at = |epoch, seq| Cursor { epoch, seq };
        assert_eq!(head.resume(at(2, 4)), Ok(at(2, 4)));
        assert_eq!(head.resume(at(2, 10)), Ok(at(2, 10)));
        assert_eq!(head.resume(at(2, 11)), Err(ResetReason::Future));
        assert_eq!(head.resume(at(2, 3)), Err(ResetReason::Trimmed));
        assert_eq!(head.resume(at(1, 5)), Err(ResetReason::ForeignEpoch));
        assert_eq!(head.resume(at(3, 0)), Err(ResetReason::ForeignEpoch));
        assert_eq!(head.resume(Cursor::START), Err(ResetReason::Trimmed));
        assert_eq!(RunHead::OPENED.resume(Cursor::START), Ok(at(1, 0)));
    }
}
