//! Why the rules say no. No refusal carries what anybody typed.

use serde_json::{Map, Value, json};

use super::{
    ANSWER_BYTES_MAX, CHECKPOINTS_MAX, CONTEXT_REFS_MAX, GATES_MAX, GateId, Phase, SEGMENTS_MAX,
    SELECTIONS_MAX, Step,
};
use crate::kernel::{Class, Coded};

/// Why a command to a run is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It never came to be, or was destroyed.
    #[error("there is no such run")]
    RunNotFound,
    /// From where it stands it does not get there.
    #[error("the run is {from}, from where {asked} is illegal")]
    IllegalTransition {
        /// Where it stands.
        from: Phase,
        /// What was asked.
        asked: Step,
    },
    /// The worker is late: the run was stopped or reset since.
    #[error("the run is in segment {current}, not in {asked}: what comes from there is dropped")]
    StaleSegment {
        /// Where the worker believes to be.
        asked: u32,
        /// Where the run is.
        current: u32,
    },
    /// The run never had this gate.
    #[error("the run has no such gate")]
    GateNotFound {
        /// Which.
        gate_id: GateId,
    },
    /// The first answer won, or there was nothing to answer.
    #[error("the gate was answered already")]
    GateAlreadyAnswered {
        /// Which.
        gate_id: GateId,
        /// Of the answer that won; absent when it was skipped or rejected.
        answer_digest: Option<String>,
    },
    /// The run stopped or failed while the gate stood open.
    #[error("the run went on without the gate")]
    GateSuperseded {
        /// Which.
        gate_id: GateId,
    },
    /// The answer came after the gate's end.
    #[error("the gate has ended: it can be answered no more")]
    GateExpired {
        /// Which.
        gate_id: GateId,
    },
    /// More was typed than an answer holds.
    #[error("an answer has at most {ANSWER_BYTES_MAX} bytes")]
    AnswerTooLarge,
    /// Nothing was noted with an answer to this gate.
    #[error("nothing was noted at this gate")]
    PromptNotFound {
        /// Which.
        gate_id: GateId,
    },
    /// A run starts no sooner than in a second.
    #[error("the time is not at least one second from now")]
    ReleaseTooSoon,
    /// There is nothing from where the run could go on.
    #[error("the run remembers nothing from where it could go on")]
    NoCheckpoint,
    /// The segment has not ended, was sealed otherwise, or others come first.
    #[error("segment {segment} cannot be sealed so")]
    SealMismatch {
        /// Which.
        segment: u32,
    },
    /// There are as many as may be.
    #[error("a run has at most {} {}", limit.max(), limit.as_str())]
    LimitReached {
        /// Of what.
        limit: Limit,
    },
}

/// What a run has only so many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Gates, skipped ones included.
    Gates,
    /// Checkpoints.
    Checkpoints,
    /// Selections of artifacts in one attempt.
    Selections,
    /// Artifacts in one selection.
    ContextRefs,
    /// Segments: beginnings, resets and resumptions.
    Segments,
}

impl Limit {
    /// As refusals name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gates => "gates",
            Self::Checkpoints => "checkpoints",
            Self::Selections => "selections",
            Self::ContextRefs => "artifacts in a selection",
            Self::Segments => "segments",
        }
    }

    /// How many there may be.
    pub const fn max(self) -> u32 {
        match self {
            Self::Gates => GATES_MAX,
            Self::Checkpoints => CHECKPOINTS_MAX,
            Self::Selections => SELECTIONS_MAX,
            Self::ContextRefs => CONTEXT_REFS_MAX,
            Self::Segments => SEGMENTS_MAX,
        }
    }

    /// Refuses one more when there are `count`.
    pub(super) fn admits_another(self, count: usize) -> Result<(), Rejection> {
        self.admits(count.saturating_add(1))
    }

    /// Refuses `count` when it is too many.
    pub(super) fn admits(self, count: usize) -> Result<(), Rejection> {
        let is_within = u32::try_from(count).is_ok_and(|count| count <= self.max());
        let refused = Rejection::LimitReached { limit: self };
        is_within.then_some(()).ok_or(refused)
    }
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::RunNotFound | Self::GateNotFound { .. } | Self::PromptNotFound { .. } => {
                Class::NotFound
            }
            // The original answered 410 for what comes too late for a gate; no class stands for that.
            Self::IllegalTransition { .. }
            | Self::StaleSegment { .. }
            | Self::GateAlreadyAnswered { .. }
            | Self::GateSuperseded { .. }
            | Self::GateExpired { .. }
            | Self::SealMismatch { .. } => Class::Conflict,
            Self::AnswerTooLarge => Class::TooLarge,
            Self::ReleaseTooSoon | Self::NoCheckpoint | Self::LimitReached { .. } => {
                Class::Rejected
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::RunNotFound => "RUN_NOT_FOUND",
            Self::IllegalTransition { .. } => "ILLEGAL_TRANSITION",
            Self::StaleSegment { .. } => "STALE_SEGMENT",
            Self::GateNotFound { .. } => "GATE_NOT_FOUND",
            Self::GateAlreadyAnswered { .. } => "GATE_ALREADY_ANSWERED",
            Self::GateSuperseded { .. } => "GATE_SUPERSEDED",
            Self::GateExpired { .. } => "GATE_EXPIRED",
            Self::AnswerTooLarge => "ANSWER_TOO_LARGE",
            Self::PromptNotFound { .. } => "PROMPT_NOT_FOUND",
            Self::ReleaseTooSoon => "RELEASE_TOO_SOON",
            Self::NoCheckpoint => "NO_CHECKPOINT",
            Self::SealMismatch { .. } => "SEAL_MISMATCH",
            Self::LimitReached { .. } => "RUN_LIMIT",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::IllegalTransition { from, asked } => json!({
                "status": from.status(), "phase": from, "asked": asked.as_str(),
            }),
            Self::StaleSegment { asked, current } => {
                json!({ "segment": asked, "currentSegment": current })
            }
            Self::GateAlreadyAnswered {
                gate_id,
                answer_digest,
            } => json!({ "gateId": gate_id, "answerDigest": answer_digest }),
            Self::GateNotFound { gate_id }
            | Self::GateSuperseded { gate_id }
            | Self::GateExpired { gate_id }
            | Self::PromptNotFound { gate_id } => json!({ "gateId": gate_id }),
            Self::AnswerTooLarge => json!({ "bytesMax": ANSWER_BYTES_MAX }),
            Self::SealMismatch { segment } => json!({ "segment": segment }),
            Self::LimitReached { limit } => json!({ "of": limit.as_str(), "max": limit.max() }),
            Self::RunNotFound | Self::ReleaseTooSoon | Self::NoCheckpoint => {
                Value::Object(Map::new())
            }
        }
    }
}
