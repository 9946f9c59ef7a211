//! One run of an agent: from its inputs to its outputs, with the people it waits for in between.
//!
//! - One table says how it gets from phase to phase (`step.rs`); rules and history both go by it. The outside is told
//!   one of six statuses.
//! - What it executes is pinned when it comes to be ([`Pin`]), and so is each artifact that it reads.
//! - A segment ends once: completed, failed or stopped. A reset begins another attempt in another segment, a resumption
//!   after a stop another segment; a completed run is left by nothing. What a worker says of an earlier segment is
//!   refused.
//! - One gate is open at most; its first answer wins. With the end of a segment an open gate is superseded.
//! - Only what it executes costs time, not what it waits for.
//!
//! Its frames are a log of their own: the ledger has their seal ([`Sealed`]). What people and agents typed is beside the
//! ledger. Who may ask for what is judged by `authority`. Source: spec/runs.md 1, settled.md 34 to 38.

mod command;
mod content;
mod context;
mod decide;
mod event;
mod evolve;
pub mod frame;
mod gate;
#[cfg(test)]
mod gate_tests;
#[cfg(test)]
mod laws;
pub mod machine;
mod name;
mod phase;
mod pin;
mod rejection;
#[cfg(test)]
mod samples;
mod start;
mod state;
mod step;
#[cfg(test)]
mod step_tests;
mod tags;
#[cfg(test)]
mod tests;

pub use command::{Answer, Cascade, Question, RunCommand, Stop, Work};
pub use context::{
    Accepted, ArtifactPin, Candidate, Choice, Refusal, Resolution, SelectedBy, SourceScope, Triple,
    choose, resolve,
};
pub use event::{
    Armed, Checkpointed, Completed, ContextSelected, Created, Disarmed, Enqueued, Failed,
    GateAnswered, GateOpened, GateSkipped, InputsChanged, Moved, PromptExcluded, Purged,
    ReleaseAwaited, Released, Reset, ResumeCause, Resumed, RunEvent, Sealed, Started, Stopped,
    TriggerAsked, Withdrawn,
};
pub use gate::{ClosedGate, Fate, GateId, GateKind, OpenGate, Place, Prompt};
pub use name::{AuthoredName, Code, Digest, InvalidWord};
pub use phase::{Phase, Status};
pub use pin::{InvalidTimeout, Pin, TimeoutSeconds};
pub use rejection::{Limit, Rejection};
pub use start::{EnqueueReason, Schedule, Start};
pub use state::{Run, RunState, Stage};
pub use step::Step;
pub use tags::{child_runs_tag, tags_of, template_runs_tag, thread_tag, typed_tag};

use crate::kernel::{Decider, ImpossibleTransition};

/// Most gates of one run, skipped ones included.
pub const GATES_MAX: u32 = 1_000;
/// Most checkpoints of one run.
pub const CHECKPOINTS_MAX: u32 = 100_000;
/// Most selections of artifacts in one attempt.
pub const SELECTIONS_MAX: u32 = 100;
/// Most artifacts in one selection.
pub const CONTEXT_REFS_MAX: u32 = 100;
/// Most segments of one run.
pub const SEGMENTS_MAX: u32 = 1_000;
/// Largest answer, in bytes. Source: spec/runs.md R34.
pub const ANSWER_BYTES_MAX: u64 = 65_536;

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum AgentRun {}

impl Decider for AgentRun {
    const CATEGORY: &'static str = "run";
    type Command = RunCommand;
    type Event = RunEvent;
    type State = RunState;
    type Rejection = Rejection;

    fn decide(state: &RunState, command: RunCommand) -> Result<Vec<RunEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(state: RunState, event: &RunEvent) -> Result<RunState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
