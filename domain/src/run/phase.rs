//! Where a run stands, and what the outside is told of it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the outside is told. Source: seed 000, spec/runs.md 1.2.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has not begun.
    Queued,
    /// It executes.
    Running,
    /// It waits for somebody.
    PendingApproval,
    /// It is done, for good.
    Completed,
    /// It went wrong; it may be reset.
    Failed,
    /// Somebody stopped it; it may be resumed.
    Stopped,
}

impl Status {
    /// As stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::PendingApproval => "pending_approval",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// Where a run stands exactly.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Somebody is still at its inputs.
    DraftInput,
    /// Somebody has to say what starts it.
    AwaitingTriggerChoice,
    /// It starts when its time comes.
    Armed,
    /// A worker will take it.
    Enqueued,
    /// Inputs are missing, and asked for.
    SetupGate,
    /// A worker executes it.
    Executing,
    /// A step waits for its time.
    WaitingRelease,
    /// The flow asks somebody.
    ReviewGate,
    /// It goes on as soon as a worker takes it.
    Resuming,
    /// It is done.
    Completed,
    /// It went wrong.
    Failed,
    /// Somebody stopped it.
    Stopped,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 12] = [
        Self::DraftInput,
        Self::AwaitingTriggerChoice,
        Self::Armed,
        Self::Enqueued,
        Self::SetupGate,
        Self::Executing,
        Self::WaitingRelease,
        Self::ReviewGate,
        Self::Resuming,
        Self::Completed,
        Self::Failed,
        Self::Stopped,
    ];

    /// What the outside is told of it.
    pub const fn status(self) -> Status {
        match self {
            Self::DraftInput | Self::AwaitingTriggerChoice | Self::Armed | Self::Enqueued => {
                Status::Queued
            }
            Self::SetupGate | Self::ReviewGate => Status::PendingApproval,
            Self::Executing | Self::WaitingRelease | Self::Resuming => Status::Running,
            Self::Completed => Status::Completed,
            Self::Failed => Status::Failed,
            Self::Stopped => Status::Stopped,
        }
    }

    /// Whether its segment has ended.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Stopped)
    }

    /// As stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DraftInput => "draft_input",
            Self::AwaitingTriggerChoice => "awaiting_trigger_choice",
            Self::Armed => "armed",
            Self::Enqueued => "enqueued",
            Self::SetupGate => "setup_gate",
            Self::Executing => "executing",
            Self::WaitingRelease => "waiting_release",
            Self::ReviewGate => "review_gate",
            Self::Resuming => "resuming",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
