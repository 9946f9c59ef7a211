//! What may be asked of a run. Who may ask is judged before (`authority`).
//!
//! Everything is parsed, and every moment is a fact of the caller's. What a worker asks carries the segment that it
//! believes to be in, so that nothing counts that comes after a stop.

use super::{
    AuthoredName, Checkpointed, Code, ContextSelected, Created, EnqueueReason, GateId, GateKind,
    Place, Schedule, Sealed,
};
use crate::kernel::{ActorId, ContentRef, ProjectId, RunId, UserId};

/// A command to one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunCommand {
    /// Come to be, as will be told; nothing happens the second time.
    Create(Box<Created>),
    /// Have other inputs, as a draft.
    ChangeInputs(ContentRef),
    /// Wait for somebody to say what starts it.
    AskTrigger,
    /// Start at a time.
    Arm {
        /// When.
        schedule: Schedule,
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// Be a draft again, and start by nothing.
    Disarm,
    /// Be taken by a worker.
    Submit(EnqueueReason),
    /// Be taken by no worker, because none could be told.
    Withdraw {
        /// Why not.
        reason: Code,
    },
    /// Go on: the time has come for the run, or for the step that it waits at.
    Release {
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// See [`Work`].
    Work {
        /// The segment in which the worker believes to be.
        segment: u32,
        /// What it has to say.
        work: Work,
    },
    /// See [`Answer`].
    Answer(Answer),
    /// Do not go on after the open gate.
    Reject {
        /// Which.
        gate_id: GateId,
        /// Why.
        reason: Option<ContentRef>,
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// Let what was noted with an answer teach no later run; nothing happens the second time.
    ExcludePrompt(GateId),
    /// Go wrong if it executed for too long or its open gate has ended; otherwise nothing happens.
    Expire {
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// See [`Stop`].
    Stop(Stop),
    /// Go on from the last checkpoint after it was stopped.
    Resume {
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// Begin again after it went wrong.
    Reset,
    /// Be in another project, or in none.
    Move {
        /// In which.
        to: Option<ProjectId>,
        /// Why.
        reason: Option<ContentRef>,
    },
    /// Vouch for what viewers of an ended segment were shown. Segments are sealed in order.
    Seal(Sealed),
    /// Be destroyed with the agent; nothing happens the second time. The run has to have ended.
    Purge,
}

/// What a worker says of the run that it executes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// It begins, or goes on after an answer or a resumption.
    Start {
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// It can go on from here.
    Checkpoint(Checkpointed),
    /// Artifacts are pinned to a slot; the same selection is nothing new.
    SelectContext(ContextSelected),
    /// See [`Question`].
    OpenGate(Question),
    /// All that a gate would ask is known.
    SkipGate {
        /// The node that would ask.
        place: Place,
        /// Why it does not.
        reason: Code,
    },
    /// A step waits for its time.
    AwaitRelease {
        /// Which.
        place: Place,
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// The worker before this one is gone; nothing happens when the run waits for one anyway.
    Recover {
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// It is done.
    Complete {
        /// What it came to.
        outputs: ContentRef,
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// It went wrong.
    Fail {
        /// What.
        code: Code,
        /// Where.
        node: Option<AuthoredName>,
        /// What is told of it.
        message: Option<ContentRef>,
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
}

/// Ask somebody. Asked again while the gate stands open, nothing happens; a place that was answered in this attempt is
/// not asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What for.
    pub kind: GateKind,
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
    /// The present, in microseconds since 1970.
    pub now_us: i64,
}

/// Answer a gate. The first answer wins; the same one again by the same actor is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which.
    pub gate_id: GateId,
    /// The answer, which fits the gate's schema.
    pub answer: ContentRef,
    /// What was noted with it.
    pub prompt: Option<ContentRef>,
    /// For a setup gate: all of the run's inputs, the answered ones included.
    pub inputs: Option<ContentRef>,
    /// Who.
    pub by: ActorId,
    /// Whether the gate was answered before, with just this. Contents are salted, so only who reads both can say.
    pub answer_equals_first: bool,
    /// The present, in microseconds since 1970.
    pub now_us: i64,
}

/// End before it is done. Nothing happens to a run that has ended: whoever asks looks at what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Why.
    pub reason: Option<ContentRef>,
    /// When it stops because the run that started it does.
    pub cascade: Option<Cascade>,
    /// The present, in microseconds since 1970.
    pub now_us: i64,
}

/// A stop that goes on to the runs that a run started: only to those of the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cascade {
    /// The stopped run.
    pub from: RunId,
    /// Whose it is.
    pub run_by: Option<UserId>,
}
