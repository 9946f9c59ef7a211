//! What the rules remember of a run.

use std::collections::BTreeMap;

use super::{
    Checkpointed, ClosedGate, Code, Completed, ContextSelected, Failed, Fate, GateId, GateKind,
    OpenGate, Phase, Pin, Place, Schedule, Sealed, Status, Step, TimeoutSeconds,
};
use crate::kernel::{ContentRef, ProjectId, RunId, UserId};
use crate::permission::Policy;

/// One run of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RunState {
    /// It never came to be.
    #[default]
    Absent,
    /// It is there, ended or not.
    Present(Box<Run>),
    /// It was destroyed, and its id is not given again.
    Purged,
}

/// A run that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which.
    pub run_id: RunId,
    /// What it executes.
    pub pin: Pin,
    /// Whose it is; a run that nobody in person started is nobody's.
    pub run_by: Option<UserId>,
    /// In which project.
    pub project_id: Option<ProjectId>,
    /// The run that started it.
    pub parent_run_id: Option<RunId>,
    /// For how long an attempt may execute.
    pub timeout_seconds: Option<TimeoutSeconds>,
    /// What kind of thing made it.
    pub source: Code,
    /// What it is called.
    pub title: Option<ContentRef>,
    /// The policy that it was made with.
    pub policy: Option<Policy>,
    /// What it begins with; answers to setup gates add to it.
    pub inputs: ContentRef,
    /// Where it stands.
    pub stage: Stage,
    /// Counted from 1: one more each time it begins again.
    pub attempt: u32,
    /// Counted from 1: one more each time it goes on after an end. A segment ends once.
    pub segment: u32,
    /// When the attempt was first taken by a worker, in microseconds since 1970.
    pub started_at_us: Option<i64>,
    /// For how long the attempt has executed, without what it executes now.
    pub spent_us: i64,
    /// The attempt's last.
    pub checkpoint: Option<Checkpointed>,
    /// How many there were.
    pub checkpoints: u32,
    /// What the attempt has pinned, in order.
    pub selections: Vec<ContextSelected>,
    /// Every gate there ever was but the open one.
    pub closed_gates: BTreeMap<GateId, ClosedGate>,
    /// The last sealed segment.
    pub sealed: Option<Sealed>,
}

/// Where a run stands, with what is true only there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Somebody is still at its inputs.
    DraftInput,
    /// Somebody has to say what starts it.
    AwaitingTriggerChoice,
    /// It starts when its time comes.
    Armed(Schedule),
    /// A worker will take it.
    Enqueued,
    /// Inputs are missing, and asked for.
    SetupGate(OpenGate),
    /// A worker executes it.
    Executing {
        /// From when on, in microseconds since 1970.
        since_us: i64,
    },
    /// A step waits for its time.
    WaitingRelease(Place),
    /// The flow asks somebody.
    ReviewGate(OpenGate),
    /// It goes on as soon as a worker takes it.
    Resuming {
        /// From when on, in microseconds since 1970.
        since_us: i64,
    },
    /// It is done.
    Completed(Completed),
    /// It went wrong.
    Failed(Failed),
    /// Somebody stopped it.
    Stopped,
}

impl Stage {
    /// Its name.
    pub const fn phase(&self) -> Phase {
        match self {
            Self::DraftInput => Phase::DraftInput,
            Self::AwaitingTriggerChoice => Phase::AwaitingTriggerChoice,
            Self::Armed(_) => Phase::Armed,
            Self::Enqueued => Phase::Enqueued,
            Self::SetupGate(_) => Phase::SetupGate,
            Self::Executing { .. } => Phase::Executing,
            Self::WaitingRelease(_) => Phase::WaitingRelease,
            Self::ReviewGate(_) => Phase::ReviewGate,
            Self::Resuming { .. } => Phase::Resuming,
            Self::Completed(_) => Phase::Completed,
            Self::Failed(_) => Phase::Failed,
            Self::Stopped => Phase::Stopped,
        }
    }

    /// Since when the run's time is counted. Waiting for a person, a moment or a first worker costs nothing.
    const fn counted_since_us(&self) -> Option<i64> {
        match self {
            Self::Executing { since_us } | Self::Resuming { since_us } => Some(*since_us),
            Self::DraftInput
            | Self::AwaitingTriggerChoice
            | Self::Armed(_)
            | Self::Enqueued
            | Self::SetupGate(_)
            | Self::WaitingRelease(_)
            | Self::ReviewGate(_)
            | Self::Completed(_)
            | Self::Failed(_)
            | Self::Stopped => None,
        }
    }
}

impl RunState {
    /// The run, while it is there.
    pub fn run(&self) -> Option<&Run> {
        match self {
            Self::Absent | Self::Purged => None,
            Self::Present(run) => Some(run),
        }
    }

    /// What the outside is told, while it is there.
    pub fn status(&self) -> Option<Status> {
        self.run().map(Run::status)
    }

    pub(super) fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Present(run) => run.phase().as_str(),
            Self::Purged => "purged",
        }
    }
}

impl Run {
    /// Where it stands exactly.
    pub const fn phase(&self) -> Phase {
        self.stage.phase()
    }

    /// What the outside is told.
    pub const fn status(&self) -> Status {
        self.phase().status()
    }

    /// Where a step leads from here; nowhere when it is illegal.
    pub fn after(&self, step: Step) -> Option<Phase> {
        self.phase().after(step)
    }

    /// The gate that waits for its answer.
    pub fn open_gate(&self) -> Option<&OpenGate> {
        match &self.stage {
            Stage::SetupGate(gate) | Stage::ReviewGate(gate) => Some(gate),
            Stage::DraftInput
            | Stage::AwaitingTriggerChoice
            | Stage::Armed(_)
            | Stage::Enqueued
            | Stage::Executing { .. }
            | Stage::WaitingRelease(_)
            | Stage::Resuming { .. }
            | Stage::Completed(_)
            | Stage::Failed(_)
            | Stage::Stopped => None,
        }
    }

    /// The gate at a place that was answered or skipped in this attempt: what a worker finds that comes by again.
    pub fn settled_gate(&self, place: &Place) -> Option<(GateId, &ClosedGate)> {
        let mut gates = self.closed_gates.iter().rev();
        let settled = gates.find(|(_, gate)| {
            let is_here = gate.attempt == self.attempt && gate.place.as_ref() == Some(place);
            is_here && matches!(gate.fate, Fate::Answered { .. } | Fate::Skipped)
        });
        settled.map(|(id, gate)| (*id, gate))
    }

    /// The selection with this key in this attempt.
    pub fn selection(&self, key: &super::Digest) -> Option<&ContextSelected> {
        let mut selections = self.selections.iter();
        selections.find(|selection| selection.selection_key == *key)
    }

    /// For how long the attempt has executed, in microseconds.
    pub fn executed_us(&self, now_us: i64) -> i64 {
        let since = self.stage.counted_since_us();
        let running = since.map_or(0, |since| now_us.saturating_sub(since).max(0));
        self.spent_us.saturating_add(running)
    }

    /// When something has to happen though nobody asks: the run has executed for too long, or its open gate ends. In
    /// microseconds since 1970.
    pub fn due_at_us(&self) -> Option<i64> {
        if let Some(gate) = self.open_gate() {
            return gate.expires_at_us;
        }
        let since = self.stage.counted_since_us()?;
        let left = self.timeout_seconds?.micros().saturating_sub(self.spent_us);
        Some(since.saturating_add(left))
    }

    /// The last segment that has ended.
    pub fn ended_segment(&self) -> u32 {
        if self.phase().is_terminal() {
            return self.segment;
        }
        self.segment.saturating_sub(1)
    }

    /// The next gate, which must not be while one is open.
    pub(super) fn next_gate(&self, kind: GateKind) -> GateId {
        let closed = u32::try_from(self.closed_gates.len()).unwrap_or(u32::MAX);
        GateId {
            run_id: self.run_id,
            index: closed.saturating_add(1),
            kind,
        }
    }

    /// Whether this follows what was sealed before.
    pub(super) fn continues_seals(&self, next: &Sealed) -> bool {
        let (segment, last_seq) = self
            .sealed
            .as_ref()
            .map_or((0, 0), |sealed| (sealed.segment, sealed.last_seq));
        segment.checked_add(1) == Some(next.segment)
            && last_seq.checked_add(1) == Some(next.first_seq)
            && next.last_seq >= next.first_seq
    }
}
