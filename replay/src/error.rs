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
    /// No such run.
    #[error("there is no run of this id in any ledger")]
    NoRun,
    /// Nothing stands there.
    #[error("there is no {what} {asked}: it is 1 to {last}")]
    OutOfRange {
        /// `frame` or `position`.
        what: &'static str,
        /// The one that was asked for.
        asked: i64,
        /// The last one; 0 when there is none, or none any longer.
        last: i64,
    },
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
            Self::NoHistory | Self::NoRun => Class::NotFound,
            Self::OutOfRange { .. } => Class::Invalid,
            Self::Unreadable { .. } => Class::Corrupt,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Projection(source) => source.code(),
            Self::Ledger(source) => source.code(),
            Self::NoHistory | Self::NoRun => "NOT_FOUND",
            Self::OutOfRange { .. } => "AT_OUT_OF_RANGE",
            Self::Unreadable { .. } => "EVENT_UNREADABLE",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Projection(source) => source.details(),
            Self::Ledger(source) => source.details(),
            Self::NoHistory | Self::NoRun => Value::Object(serde_json::Map::new()),
            Self::OutOfRange { what, asked, last } => {
                serde_json::json!({ "field": what, "asked": asked, "last": last })
            }
            Self::Unreadable { position, .. } => serde_json::json!({ "position": position }),
        }
    }
}
