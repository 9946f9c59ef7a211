//! Why an attempt ended before a decision: a refusal, which is an answer, or a failure, which is not.

use cinatra_domain::kernel::{Coded, InvalidId};
use cinatra_eventstore::{AppendError, ReadError};

use crate::{Error, ErrorBody};

/// Ends an attempt.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The answer is no, and that goes on record.
    Rejected(Box<ErrorBody>),
    /// There is no answer.
    Failed(Error),
}

impl Stop {
    /// The rules, or what stands for them, said no.
    pub(crate) fn refused(rejection: &impl Coded) -> Self {
        Self::Rejected(Box::new(ErrorBody::of(rejection)))
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<ReadError> for Stop {
    fn from(source: ReadError) -> Self {
        Self::Failed(source.into())
    }
}

impl From<AppendError> for Stop {
    fn from(source: AppendError) -> Self {
        Self::Failed(Error::Append { source })
    }
}

impl From<InvalidId> for Stop {
    fn from(source: InvalidId) -> Self {
        Self::Failed(source.into())
    }
}
