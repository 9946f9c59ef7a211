//! What an append does to the log of a run, and whether it may.

use std::fmt;

use uuid::Uuid;

use super::RunHead;
use crate::SideRow;

/// A frame to write.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFrame {
    /// Of what kind it is; what the numbers mean is the writer's.
    pub channel: i16,
    /// As it will be sent, at most [`NewFrame::BYTES_MAX`].
    pub data: Vec<u8>,
}

impl NewFrame {
    /// Largest frame, in bytes; what is larger goes to the blob store and is named.
    pub const BYTES_MAX: usize = 1024 * 1024;
}

impl fmt::Debug for NewFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewFrame({}, {} bytes)", self.channel, self.data.len())
    }
}

/// What is done to the log of one run in the transaction of an append's events: all of it with them, or none. An append
/// names a run at most once. One that is refused ([`RunRefusal`]) fails alone.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// Which run.
    pub run_id: Uuid,
    /// What the writer believes of the log.
    pub guard: RunGuard,
    /// What is done, in order.
    pub steps: Vec<RunStep>,
}

impl From<RunRow> for SideRow {
    fn from(row: RunRow) -> Self {
        Self::Run(row)
    }
}

/// What a writer believes of the log of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunGuard {
    /// Nothing: a command, whose frames take the next places, whoever else writes.
    Any,
    /// A worker, which knows what it has written and under which lease.
    At {
        /// Place of the last frame.
        last_seq: i64,
        /// The lease that the worker was given.
        lease_epoch: i64,
    },
}

/// One step.
#[derive(Clone, Debug)]
pub enum RunStep {
    /// The run was created: its log begins.
    Open,
    /// Frames take the next places.
    Frames(Vec<NewFrame>),
    /// The next lease begins, and whoever writes under the former one is refused: taken by a worker that starts
    /// (with [`RunGuard::At`] it knows which one it holds), or by whoever stops the run.
    Fence,
    /// What comes is another attempt at the run.
    NextSegment,
    /// Where a worker can go on from takes the place of where it could before, at most
    /// [`RunStep::CHECKPOINT_BYTES_MAX`].
    Checkpoint(Vec<u8>),
    /// Workers begin at the beginning again.
    Forget,
    /// One of the append's events tells count and hash of the frames so far.
    Seal,
    /// The log is forgotten, head and frames.
    Delete,
}

impl RunStep {
    /// Largest checkpoint, in bytes.
    pub const CHECKPOINT_BYTES_MAX: usize = 16 * 1024 * 1024;
}

/// Why nothing was done. Asking again with the same belief is of no use: read the head first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunRefusal {
    /// The run has no log, or no longer.
    Unknown,
    /// The log was begun before.
    Open,
    /// The writer's lease is not the current one: it was stopped, or another took over.
    Fenced {
        /// The current one.
        lease_epoch: i64,
    },
    /// Others have written since.
    Moved {
        /// Place of the last frame.
        last_seq: i64,
    },
}

impl fmt::Display for RunRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("it has no log"),
            Self::Open => f.write_str("its log was begun before"),
            Self::Fenced { lease_epoch } => write!(f, "its lease is {lease_epoch}"),
            Self::Moved { last_seq } => write!(f, "its last frame is {last_seq}"),
        }
    }
}

impl RunGuard {
    /// Whether the head is as the writer believes.
    pub(crate) fn check(self, head: Option<&RunHead>) -> Result<(), RunRefusal> {
        let Self::At {
            last_seq,
            lease_epoch,
        } = self
        else {
            return Ok(());
        };
        let head = head.ok_or(RunRefusal::Unknown)?;
        // Order: who was stopped is told so, whatever was written since.
        if head.lease_epoch != lease_epoch {
            Err(RunRefusal::Fenced {
                lease_epoch: head.lease_epoch,
            })
        } else if head.last_seq != last_seq {
            Err(RunRefusal::Moved {
                last_seq: head.last_seq,
            })
        } else {
            Ok(())
        }
    }
}

/// What is written for a run, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RunWrite<'p> {
    /// Frames at the places after the head's.
    Frames(RunHead, &'p [NewFrame]),
    /// Where a worker can go on from; nowhere but from the beginning when absent.
    Checkpoint(Option<&'p [u8]>),
    /// The head as it is afterwards.
    Head(RunHead),
    /// Everything goes.
    Delete,
}

impl RunRow {
    /// Whether the form is right, whatever the log holds.
    pub(crate) fn malformed(&self) -> Option<&'static str> {
        let mut frames = self.steps.iter().flat_map(|step| match step {
            RunStep::Frames(frames) => frames.as_slice(),
            RunStep::Open
            | RunStep::Fence
            | RunStep::NextSegment
            | RunStep::Checkpoint(_)
            | RunStep::Forget
            | RunStep::Seal
            | RunStep::Delete => &[],
        });
        let is_vast = |step: &RunStep| {
            let most = RunStep::CHECKPOINT_BYTES_MAX;
            matches!(step, RunStep::Checkpoint(data) if data.len() > most)
        };
        if self.steps.is_empty() {
            Some("a run without a step")
        } else if frames.any(|frame| frame.data.len() > NewFrame::BYTES_MAX) {
            Some("a frame over its limit")
        } else if self.steps.iter().any(is_vast) {
            Some("a checkpoint over its limit")
        } else {
            None
        }
    }

    /// The head after this row and what is written, or why not. Pure: the caller holds the head's lock.
    pub(crate) fn decide(
        &self,
        before: Option<RunHead>,
    ) -> Result<(Option<RunHead>, Vec<RunWrite<'_>>), RunRefusal> {
        self.guard.check(before.as_ref())?;
        let (mut after, mut writes) = (before, Vec::with_capacity(self.steps.len() + 1));
        for step in &self.steps {
            match (step, &mut after) {
                (RunStep::Open, Some(_)) => return Err(RunRefusal::Open),
                (RunStep::Open, none) => *none = Some(RunHead::OPENED),
                (
                    RunStep::Frames(_)
                    | RunStep::Fence
                    | RunStep::NextSegment
                    | RunStep::Checkpoint(_)
                    | RunStep::Forget
                    | RunStep::Seal
                    | RunStep::Delete,
                    None,
                ) => return Err(RunRefusal::Unknown),
                (RunStep::Frames(frames), Some(head)) => {
                    writes.push(RunWrite::Frames(*head, frames));
                    head.last_seq += i64::try_from(frames.len()).unwrap_or(i64::MAX);
                }
                (RunStep::Checkpoint(data), Some(_)) => {
                    writes.push(RunWrite::Checkpoint(Some(data)));
                }
                (RunStep::Forget, Some(_)) => writes.push(RunWrite::Checkpoint(None)),
                (RunStep::Fence, Some(head)) => head.lease_epoch += 1,
                (RunStep::NextSegment, Some(head)) => head.segment += 1,
                (RunStep::Seal, Some(head)) => head.sealed_seq = head.last_seq,
                (RunStep::Delete, gone) => {
                    writes.push(RunWrite::Delete);
                    *gone = None;
                }
            }
        }
        writes.extend(after.map(RunWrite::Head));
        Ok((after, writes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(guard: RunGuard, steps: Vec<RunStep>) -> RunRow {
        RunRow {
            run_id: Uuid::nil(),
            guard,
            steps,
        }
    }

    fn frames(count: u8) -> RunStep {
        let frame = |n: u8| NewFrame {
            channel: 0,
            data: vec![n],
        };
        RunStep::Frames((0..count).map(frame).collect())
    }

    fn at(last_seq: i64, lease_epoch: i64) -> RunGuard {
        RunGuard::At {
            last_seq,
            lease_epoch,
        }
    }

    #[test]
    fn steps_take_the_next_places_in_order() {
        let steps = vec![
            RunStep::Open,
            frames(2),
            RunStep::Fence,
            RunStep::Seal,
            RunStep::NextSegment,
            frames(1),
        ];
        let row = row(RunGuard::Any, steps);
        let (head, writes) = row.decide(None).unwrap();
        let head = head.unwrap();
        assert_eq!((head.last_seq, head.segment), (3, 2));
        assert_eq!((head.lease_epoch, head.sealed_seq), (1, 2));
        let [
            RunWrite::Frames(first, _),
            RunWrite::Frames(second, _),
            RunWrite::Head(last),
        ] = writes[..]
        else {
            panic!("{writes:?}")
        };
        assert_eq!((first.last_seq, first.segment), (0, 1));
        assert_eq!((second.last_seq, second.segment), (2, 2));
        assert_eq!(last, head);
    }

    #[test]
    fn a_writer_with_another_belief_is_refused() {
        let head = RunHead {
            last_seq: 5,
            lease_epoch: 2,
            ..RunHead::OPENED
        };
        let decide = |guard| row(guard, vec![frames(1)]).decide(Some(head)).map(drop);
        assert_eq!(decide(at(5, 2)), Ok(()));
        assert_eq!(decide(RunGuard::Any), Ok(()));
        let fenced = RunRefusal::Fenced { lease_epoch: 2 };
        assert_eq!(decide(at(5, 1)), Err(fenced));
        assert_eq!(decide(at(4, 1)), Err(fenced));
        assert_eq!(decide(at(4, 2)), Err(RunRefusal::Moved { last_seq: 5 }));
    }

    #[test]
    fn a_log_begins_once_and_ends_for_good() {
        let open = || row(RunGuard::Any, vec![RunStep::Open]);
        assert!(open().decide(None).is_ok());
        let again = open().decide(Some(RunHead::OPENED)).map(drop);
        assert_eq!(again, Err(RunRefusal::Open));
        let after = row(RunGuard::Any, vec![RunStep::Delete, frames(1)]);
        let after = after.decide(Some(RunHead::OPENED)).map(drop);
        assert_eq!(after, Err(RunRefusal::Unknown));
        for step in [frames(1), RunStep::Fence, RunStep::Seal, RunStep::Delete] {
            let unknown = row(RunGuard::Any, vec![step]).decide(None).map(drop);
            assert_eq!(unknown, Err(RunRefusal::Unknown));
        }
        let deleted = row(RunGuard::Any, vec![RunStep::Delete]);
        let (head, writes) = deleted.decide(Some(RunHead::OPENED)).unwrap();
        assert_eq!((head, writes.len()), (None, 1));
    }
}
