//! What can go wrong with read models.

use cinatra_domain::kernel::{Class, Coded, Position, TenantId};
use cinatra_eventstore::ReadError;
use cinatra_eventstore::question::Unanswered;
use serde_json::{Value, json};

/// Why a read model could not be read, run or rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This version of the read model has no build that serves.
    #[error(
        "read model {name} has no build of version {version}: run `cinatra replay rebuild {name}`"
    )]
    Building {
        /// Which read model.
        name: &'static str,
        /// The version that this binary reads.
        version: i32,
    },
    /// The live build was made by other code or other tables, and the version does not say so.
    #[error("the {what} of read model {name} changed but its version is still {version}")]
    Drift {
        /// Which read model.
        name: &'static str,
        /// The version that both claim.
        version: i32,
        /// `code` or `tables`.
        what: &'static str,
    },
    /// The read model did not reach the wanted position in time, and the reader wanted nothing older.
    #[error("the read model is at {at}, not yet at {min_pos}")]
    Stale {
        /// Where it is.
        at: Position,
        /// Where the reader wants it.
        min_pos: Position,
    },
    /// Absent, or invisible to this viewer: the two are not told apart.
    #[error("not found")]
    NotFound,
    /// The cursor was not made by this query.
    #[error("the cursor is not one of this list")]
    InvalidCursor,
    /// No read model has this name.
    #[error("there is no read model {0}")]
    Unknown(String),
    /// Another process is rebuilding the same read model.
    #[error("read model {0} is being rebuilt by another process")]
    RebuildRunning(&'static str),
    /// No build of this version served before the one that does.
    #[error("read model {0} has no earlier build of this version")]
    NothingToRollBack(&'static str),
    /// It holds contents that can be erased: equal histories do not come to equal rows.
    #[error("read model {0} holds contents that can be erased and has no digest")]
    NotDigested(&'static str),
    /// The rebuilt rows are not the served ones although nothing was changed: one of them is wrong.
    #[error(
        "read model {name}: the rebuilt rows differ from the live ones; the live build still serves"
    )]
    DigestMismatch {
        /// Which read model.
        name: &'static str,
        /// Digest of the build that serves.
        live: String,
        /// Digest of the rebuilt one.
        rebuilt: String,
    },
    /// An event cannot be applied, and this read model tolerates no omission.
    #[error("read model {name} halts at event {position} of ledger {tenant}: {reason}")]
    Poisoned {
        /// Which read model.
        name: &'static str,
        /// Which ledger.
        tenant: TenantId,
        /// Which event.
        position: Position,
        /// Why.
        reason: String,
    },
    /// A row of a read model, or of the bookkeeping about it, is outside its grammar.
    #[error("{table} has an unreadable {column}")]
    Unreadable {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
    },
    /// The ledger could not be read.
    #[error("the ledger behind the read model cannot be read")]
    Ledger(#[source] ReadError),
    /// The database or the pool did not answer.
    #[error("read models are not available")]
    Unavailable {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What the database or the pool said, as a failure that a retry may cure.
    pub(crate) fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable {
            source: source.into(),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(source: tokio_postgres::Error) -> Self {
        Self::unavailable(source)
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(source: deadpool_postgres::PoolError) -> Self {
        Self::unavailable(source)
    }
}

impl From<Unanswered> for Error {
    fn from(source: Unanswered) -> Self {
        Self::unavailable(source)
    }
}

impl From<ReadError> for Error {
    fn from(source: ReadError) -> Self {
        Self::Ledger(source)
    }
}

impl Coded for Error {
    fn class(&self) -> Class {
        match self {
            Self::Building { .. } | Self::Unavailable { .. } => Class::Unavailable,
            Self::Stale { .. } | Self::RebuildRunning(_) | Self::NothingToRollBack(_) => {
                Class::Conflict
            }
            Self::NotFound | Self::Unknown(_) => Class::NotFound,
            Self::InvalidCursor => Class::Invalid,
            Self::NotDigested(_) => Class::Rejected,
            Self::Drift { .. }
            | Self::DigestMismatch { .. }
            | Self::Poisoned { .. }
            | Self::Unreadable { .. } => Class::Corrupt,
            Self::Ledger(source) => source.class(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Building { .. } => "PROJECTION_BUILDING",
            Self::Drift { .. } => "PROJECTION_DRIFT",
            Self::Stale { .. } => "STALE_READ",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidCursor => "INVALID_INPUT",
            Self::Unknown(_) => "UNKNOWN_PROJECTION",
            Self::RebuildRunning(_) => "REBUILD_RUNNING",
            Self::NothingToRollBack(_) => "NOTHING_TO_ROLL_BACK",
            Self::NotDigested(_) => "NOT_DIGESTED",
            Self::DigestMismatch { .. } => "DIGEST_MISMATCH",
            Self::Poisoned { .. } => "PROJECTION_POISONED",
            Self::Unreadable { .. } => "READ_MODEL_UNREADABLE",
            Self::Ledger(source) => source.code(),
            Self::Unavailable { .. } => "READ_MODEL_UNAVAILABLE",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Building { name, version } | Self::Drift { name, version, .. } => {
                json!({ "projection": name, "version": version })
            }
            Self::Stale { at, min_pos } => json!({ "at": at, "minPos": min_pos }),
            Self::InvalidCursor => json!({ "field": "cursor" }),
            Self::Unknown(name) => json!({ "projection": name }),
            Self::RebuildRunning(name)
            | Self::NothingToRollBack(name)
            | Self::NotDigested(name) => {
                json!({ "projection": name })
            }
            Self::DigestMismatch {
                name,
                live,
                rebuilt,
            } => json!({ "projection": name, "live": live, "rebuilt": rebuilt }),
            Self::Poisoned {
                name,
                tenant,
                position,
                ..
            } => json!({ "projection": name, "ledger": tenant, "position": position }),
            Self::NotFound
            | Self::Unreadable { .. }
            | Self::Ledger(_)
            | Self::Unavailable { .. } => json!({}),
        }
    }
}
