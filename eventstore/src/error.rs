//! What can go wrong with the ledger.

use cinatra_domain::kernel::{
    Class, Coded, DecodeError, ImpossibleTransition, Position, Revision, StreamId, Tag, TenantId,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::RunRefusal;

/// Why an append was not made.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A stream is not where the caller believes. Re-read, decide again.
    #[error("stream {stream} is at {actual:?}, expected {expected:?}")]
    Conflict {
        /// Which stream.
        stream: StreamId,
        /// What the caller said.
        expected: crate::Expected,
        /// Its last revision; `None` when it has no event.
        actual: Option<Revision>,
    },
    /// An event with a tag that the decision relied on came in between. Re-read, decide again.
    #[error("an event tagged {tag} stands at {position}, after {after}")]
    ConditionFailed {
        /// One of the condition's tags.
        tag: Tag,
        /// Where the later event stands.
        position: Position,
        /// Where the facts were read.
        after: Position,
    },
    /// The command id was used before with another request.
    #[error("the idempotency key was used before with another request")]
    CommandReused,
    /// The ledger was never created.
    #[error("ledger {0} does not exist")]
    UnknownLedger(TenantId),
    /// The log of a run is not as the writer believes; nothing was written.
    #[error("run {run_id} was not written: {refusal}")]
    RunRefused {
        /// Which run.
        run_id: Uuid,
        /// Why.
        refusal: RunRefusal,
    },
    /// The job is not the worker's any more; nothing was written.
    #[error("job {job_id} is not this worker's any more")]
    JobFenced {
        /// Which job.
        job_id: Uuid,
    },
    /// The append itself is malformed: a bug of the caller.
    #[error("malformed append: {0}")]
    Malformed(&'static str),
    /// The event does not serialize: a bug of the caller.
    #[error("cannot encode {wire_name}")]
    Encode {
        /// Storage name.
        wire_name: &'static str,
        /// What the encoder said.
        source: rmp_serde::encode::Error,
    },
    /// The payload is over the limit of 64 KiB.
    #[error("payload of {wire_name} has {bytes} bytes")]
    TooLarge {
        /// Storage name.
        wire_name: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// Nothing was written.
    #[error("the ledger is not available")]
    Unavailable {
        /// What the database or the pool said.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The connection was lost after the write was sent: retry with the same command id.
    #[error("the outcome of the append is unknown")]
    OutcomeUnknown,
}

impl AppendError {
    /// Whether re-reading and deciding again may help.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::ConditionFailed { .. })
    }
}

impl Coded for AppendError {
    fn class(&self) -> Class {
        match self {
            Self::UnknownLedger(_)
            | Self::RunRefused {
                refusal: RunRefusal::Unknown,
                ..
            } => Class::NotFound,
            Self::Conflict { .. }
            | Self::ConditionFailed { .. }
            | Self::RunRefused { .. }
            | Self::JobFenced { .. } => Class::Conflict,
            Self::CommandReused => Class::Rejected,
            Self::TooLarge { .. } => Class::TooLarge,
            Self::Malformed(_) | Self::Encode { .. } => Class::Corrupt,
            Self::Unavailable { .. } | Self::OutcomeUnknown => Class::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } | Self::ConditionFailed { .. } => "CONFLICT",
            Self::RunRefused { refusal, .. } => match refusal {
                RunRefusal::Unknown => "RUN_LOG_NOT_FOUND",
                RunRefusal::Open => "RUN_LOG_EXISTS",
                RunRefusal::Fenced { .. } => "RUN_FENCED",
                RunRefusal::Moved { .. } => "RUN_MOVED",
            },
            Self::JobFenced { .. } => "JOB_FENCED",
            Self::CommandReused => "IDEMPOTENCY_KEY_REUSED",
            Self::TooLarge { .. } => "EVENT_TOO_LARGE",
            Self::UnknownLedger(_) => "UNKNOWN_LEDGER",
            Self::Malformed(_) | Self::Encode { .. } => "MALFORMED_APPEND",
            Self::Unavailable { .. } => "LEDGER_UNAVAILABLE",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Conflict { stream, actual, .. } => {
                json!({ "stream": stream, "actualRevision": actual })
            }
            Self::ConditionFailed { tag, position, .. } => {
                json!({ "tag": tag, "position": position })
            }
            Self::TooLarge { bytes, .. } => json!({ "bytes": bytes }),
            Self::RunRefused { run_id, .. } => json!({ "runId": run_id }),
            Self::JobFenced { job_id } => json!({ "jobId": job_id }),
            Self::CommandReused
            | Self::UnknownLedger(_)
            | Self::Malformed(_)
            | Self::Encode { .. }
            | Self::Unavailable { .. }
            | Self::OutcomeUnknown => json!({}),
        }
    }
}

/// Why reading the ledger failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database or the pool did not answer.
    #[error("the ledger is not available")]
    Unavailable {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A stored event cannot be read.
    #[error("event {position} of ledger {tenant} cannot be read")]
    Decode {
        /// Which ledger.
        tenant: TenantId,
        /// Where.
        position: Position,
        /// Why.
        source: DecodeError,
    },
    /// A stored event cannot follow its predecessors.
    #[error("event {position} of ledger {tenant} cannot have happened")]
    Impossible {
        /// Which ledger.
        tenant: TenantId,
        /// Where.
        position: Position,
        /// Why.
        source: ImpossibleTransition,
    },
    /// A hole: `found` stands where `expected` should.
    #[error("ledger {tenant} has a hole: expected {expected}, found {found}")]
    Hole {
        /// Which ledger.
        tenant: TenantId,
        /// The next position.
        expected: Position,
        /// What was there.
        found: Position,
    },
    /// A hole in the log of a run: `found` stands where `expected` should.
    #[error("the log of run {run_id} has a hole: expected {expected}, found {found}")]
    RunHole {
        /// In which ledger's organization.
        tenant: TenantId,
        /// Which run.
        run_id: Uuid,
        /// The next place.
        expected: i64,
        /// What was there, or the head when nothing was.
        found: i64,
    },
    /// A stored column is outside its grammar.
    #[error("event {position} of ledger {tenant} has an unreadable {column}")]
    Column {
        /// Which ledger.
        tenant: TenantId,
        /// Where.
        position: Position,
        /// Which column.
        column: &'static str,
    },
}

impl Coded for ReadError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable { .. } => Class::Unavailable,
            Self::Decode { .. }
            | Self::Impossible { .. }
            | Self::Hole { .. }
            | Self::RunHole { .. }
            | Self::Column { .. } => Class::Corrupt,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "LEDGER_UNAVAILABLE",
            Self::Decode { .. } => "EVENT_UNREADABLE",
            Self::Impossible { .. } => "HISTORY_IMPOSSIBLE",
            Self::Hole { .. } => "LEDGER_HOLE",
            Self::RunHole { .. } => "RUN_LOG_HOLE",
            Self::Column { .. } => "EVENT_COLUMN_UNREADABLE",
        }
    }
}
