//! Why history could not be read again.

use cinatra_domain::kernel::{Class, Coded, DecodeError, Position};
use cinatra_eventstore::ReadError;
use serde_json::Value;

/// Why a replay did not come to its end. What it finds out is in its report, not here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// About a read model.
    #[error(transparent)]
    Projection(#[from] cinatra_projections::Error),
    /// About a ledger.
    #[error(transparent)]
    Ledger(#[from] ReadError),
    /// No such stream.
    #[error("this package has no history here")]
    NoHistory,
    /// An event of the stream cannot be read.
    #[error("event {position} cannot be read")]
    Unreadable {
        /// Where it stands.
        position: Position,
        /// Why.
        source: DecodeError,
    },
}

impl Coded for Error {
    fn class(&self) -> Class {
        match self {
            Self::Projection(source) => source.class(),
            Self::Ledger(source) => source.class(),
            Self::NoHistory => Class::NotFound,
            Self::Unreadable { .. } => Class::Corrupt,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Projection(source) => source.code(),
            Self::Ledger(source) => source.code(),
            Self::NoHistory => "NOT_FOUND",
            Self::Unreadable { .. } => "EVENT_UNREADABLE",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Projection(source) => source.details(),
            Self::Ledger(source) => source.details(),
            Self::NoHistory => Value::Object(serde_json::Map::new()),
            Self::Unreadable { position, .. } => serde_json::json!({ "position": position }),
        }
    }
}
