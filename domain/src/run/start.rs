//! What starts a run.

use serde::{Deserialize, Serialize};

use crate::kernel::ContentRef;

/// How a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// As a draft.
    DraftInput,
    /// With a worker.
    Enqueued,
}

/// When a run starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Schedule {
    /// At one moment.
    Once {
        /// In microseconds since 1970.
        at_us: i64,
    },
    /// Again and again.
    Recurring {
        /// The rule, as somebody wrote it.
        rule: ContentRef,
    },
}

/// What hands a draft to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnqueueReason {
    /// Somebody submitted it.
    Submitted,
    /// Its trigger fires at once.
    Immediate,
}
