//! A moment in the history of a run.

use std::str::FromStr;

use cinatra_domain::kernel::Position;
use cinatra_eventstore::Cursor;

/// A moment in the history of a run: when a frame was shown, or when its ledger had so many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// `frame:12`, or the id of an event of its stream, `1-12`; the epoch is checked where it is said.
    Frame {
        /// Of the log.
        epoch: Option<i64>,
        /// Counted from 1.
        seq: i64,
    },
    /// `position:345`.
    Position(Position),
}

impl FromStr for At {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "is none of frame:12, 1-12 (the id of a frame), position:345";
        let number = |digits: &str| digits.parse::<i64>().map_err(|_| wrong);
        match text.split_once(':') {
            Some(("frame", seq)) => Ok(Self::Frame {
                epoch: None,
                seq: number(seq)?,
            }),
            Some(("position", position)) => Ok(Self::Position(Position(number(position)?))),
            Some(_) => Err(wrong),
            None => {
                let cursor = Cursor::parse(text).ok_or(wrong)?;
                Ok(Self::Frame {
                    epoch: Some(cursor.epoch),
                    seq: cursor.seq,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_says_of_which_log_it_is() {
        let frame = |epoch, seq| Ok(At::Frame { epoch, seq });
        assert_eq!("frame:12".parse(), frame(None, 12));
        assert_eq!("1-12".parse(), frame(Some(1), 12));
        assert_eq!("position:345".parse(), Ok(At::Position(Position(345))));
        for text in [
            "12",
            "",
            "frame:",
            "frame:x",
            "step:1",
            "1-",
            "position:1-2",
        ] {
            assert!(text.parse::<At>().is_err(), "{text}");
        }
    }
}
