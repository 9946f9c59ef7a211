//! Facts about one run. The quoted names are the storage format: add lines, never edit one.
//!
//! Bodies hold ids, digests, counts and codes. What a person or an agent typed (inputs, answers, outputs, messages,
//! titles) is a reference to contents that can be erased. What a worker saw on the way is in the run's log, not here.

use serde::{Deserialize, Serialize};

use super::{
    ArtifactPin, AuthoredName, Code, Digest, EnqueueReason, GateId, Pin, Place, Schedule,
    SelectedBy, Start, TimeoutSeconds,
};
use crate::events;
use crate::extension::PackageName;
use crate::kernel::{ActorId, ContentRef, ProjectId, RunId, UserId};
use crate::permission::Policy;

events! {
    /// Facts about one run, in the ledger of its organization.
    pub enum RunEvent {
        Created => "run.created.v1",
        InputsChanged => "run.inputs_changed.v1",
        TriggerAsked => "run.trigger_asked.v1",
        Armed => "run.armed.v1",
        Disarmed => "run.disarmed.v1",
        Enqueued => "run.enqueued.v1",
        Withdrawn => "run.withdrawn.v1",
        Released => "run.released.v1",
        Started => "run.started.v1",
        Checkpointed => "run.checkpointed.v1",
        ContextSelected => "run.context_selected.v1",
        GateOpened => "run.gate_opened.v1",
        GateSkipped => "run.gate_skipped.v1",
        GateAnswered => "run.gate_answered.v1",
        PromptExcluded => "run.prompt_excluded.v1",
        ReleaseAwaited => "run.release_awaited.v1",
        Resumed => "run.resumed.v1",
        Completed => "run.completed.v1",
        Failed => "run.failed.v1",
        Stopped => "run.stopped.v1",
        Reset => "run.reset.v1",
        Moved => "run.moved.v1",
        Sealed => "run.sealed.v1",
        Purged => "run.purged.v1",
    }
}

impl RunEvent {
    /// Whether the run came this far by itself: nobody decided anything, so there is nothing to audit.
    pub fn is_progress(&self) -> bool {
        match self {
            Self::Started(_)
            | Self::Checkpointed(_)
            | Self::ContextSelected(_)
            | Self::GateOpened(_)
            | Self::GateSkipped(_)
            | Self::ReleaseAwaited(_)
            | Self::Completed(_)
            | Self::Sealed(_) => true,
            Self::Created(_)
            | Self::InputsChanged(_)
            | Self::TriggerAsked(_)
            | Self::Armed(_)
            | Self::Disarmed(_)
            | Self::Enqueued(_)
            | Self::Withdrawn(_)
            | Self::Released(_)
            | Self::GateAnswered(_)
            | Self::PromptExcluded(_)
            | Self::Resumed(_)
            | Self::Failed(_)
            | Self::Stopped(_)
            | Self::Reset(_)
            | Self::Moved(_)
            | Self::Purged(_) => false,
        }
    }
}

/// The run came to be, in its first attempt and segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
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
    /// For how long it may execute.
    pub timeout_seconds: Option<TimeoutSeconds>,
    /// What kind of thing made it, for example `agent_builder`.
    pub source: Code,
    /// What it begins with.
    pub inputs: ContentRef,
    /// What it is called.
    pub title: Option<ContentRef>,
    /// What those may do with it who neither own nor co-own it; the agent's own policy counts when absent.
    pub policy: Option<Policy>,
    /// Whether a worker will take it, or somebody is still at its inputs.
    pub start: Start,
}

/// Other inputs took the place of a draft's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputsChanged {
    /// All of them.
    pub inputs: ContentRef,
}

/// Somebody has to say what starts the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerAsked {}

/// The run starts when its time comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Armed {
    /// When.
    pub schedule: Schedule,
}

/// The run is a draft again, and nothing starts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disarmed {}

/// A worker will take the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enqueued {
    /// What made it so.
    pub reason: EnqueueReason,
}

/// No worker could be told of the run: it is a draft again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Why not.
    pub reason: Code,
}

/// The time came for an armed run, or for the step that a run waited at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// A worker executes the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// In this segment.
    pub segment: u32,
    /// Of this attempt.
    pub attempt: u32,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// The run can go on from here, whatever becomes of its worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpointed {
    /// The node that was done last.
    pub place: Place,
    /// Of what is remembered.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
}

/// Artifacts were pinned to a slot: whatever becomes of them, the run reads these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextSelected {
    /// The slot, as the agent declares it.
    pub slot: AuthoredName,
    /// Of slot and artifacts: the same selection has the same key.
    pub selection_key: Digest,
    /// Who chose.
    pub selected_by: SelectedBy,
    /// What was chosen, in order.
    pub refs: Vec<ArtifactPin>,
}

/// The run waits for somebody's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateOpened {
    /// Which gate, of what kind, and the how manieth.
    pub gate_id: GateId,
    /// The node that asks; absent for a setup gate.
    pub place: Option<Place>,
    /// The one input that a setup gate asks for; absent when it asks for several.
    pub field: Option<AuthoredName>,
    /// What shows it.
    pub renderer: Option<AuthoredName>,
    /// The author's name for the surface.
    pub surface: Option<AuthoredName>,
    /// Whether it wants an approval rather than a value.
    pub requires_approval: bool,
    /// JSON Schema of the answer.
    pub schema: Option<ContentRef>,
    /// What whoever answers is shown.
    pub values: Option<ContentRef>,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: Option<i64>,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// All that a gate would have asked was known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateSkipped {
    /// Which gate it would have been.
    pub gate_id: GateId,
    /// The node that would have asked.
    pub place: Place,
    /// Why it did not.
    pub reason: Code,
}

/// Somebody answered the open gate; the first answer wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateAnswered {
    /// Which.
    pub gate_id: GateId,
    /// The answer.
    pub answer: ContentRef,
    /// What was noted with the answer to a review, from which later runs may learn.
    pub prompt: Option<ContentRef>,
    /// With the answer to a setup gate: all of the run's inputs from now on.
    pub inputs: Option<ContentRef>,
    /// Who.
    pub by: ActorId,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// What was noted with an answer does not teach later runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptExcluded {
    /// The answered gate.
    pub gate_id: GateId,
}

/// A step of the run waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseAwaited {
    /// Which.
    pub place: Place,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// The run goes on as soon as a worker takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// What had kept it.
    pub cause: ResumeCause,
    /// In this segment.
    pub segment: u32,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// What had kept a run from going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeCause {
    /// Somebody had stopped it: a new segment begins.
    Stopped,
    /// Its worker was gone: the segment goes on.
    CrashRecovery,
}

/// The run is done, for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// What it came to.
    pub outputs: ContentRef,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// The run went wrong. A gate that stood open is closed: [`Code::REJECTED_BY_OPERATOR`] says that it was rejected,
/// [`Code::GATE_EXPIRED`] that it ended, any other code that it is superseded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// What went wrong.
    pub code: Code,
    /// Where.
    pub node: Option<AuthoredName>,
    /// What is told of it.
    pub message: Option<ContentRef>,
    /// The gate that stood open.
    pub gate_id: Option<GateId>,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// Somebody stopped the run. A gate that stood open is superseded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Why.
    pub reason: Option<ContentRef>,
    /// The stopped run that started this one.
    pub cascade_from: Option<RunId>,
    /// The gate that stood open.
    pub gate_id: Option<GateId>,
    /// In microseconds since 1970.
    pub at_us: i64,
}

/// The failed run is a draft again, in a new attempt and segment. Its inputs stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// The new attempt.
    pub attempt: u32,
    /// The new segment.
    pub segment: u32,
}

/// The run is in another project, or in none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Until now.
    pub from: Option<ProjectId>,
    /// From now on.
    pub to: Option<ProjectId>,
    /// Why.
    pub reason: Option<ContentRef>,
}

/// What viewers of an ended segment were shown, vouched for. Frames are numbered on through all segments without holes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Which.
    pub segment: u32,
    /// Its first frame.
    pub first_seq: u64,
    /// Its last frame.
    pub last_seq: u64,
    /// Over all of them.
    pub root: Digest,
}

impl Sealed {
    /// How many frames.
    pub fn frames(&self) -> u64 {
        self.last_seq
            .saturating_sub(self.first_seq)
            .saturating_add(1)
    }
}

/// The run was destroyed with its agent, or with a person who typed something into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// Which agent.
    pub package_name: PackageName,
}
