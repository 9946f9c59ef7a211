//! Why gathering ended before a decision: a refusal, which is an answer, or a failure, which is not.

use cinatra_domain::extension::{ClosureRejection, InvalidManifest, PackageName, Rejection};
use cinatra_domain::kernel::{Class, Coded, InvalidId};
use cinatra_eventstore::{AppendError, ReadError};
use serde_json::Value;

use crate::gateway::archive::ArchiveError;
use crate::gateway::blobs::BlobError;
use crate::gateway::registry::RegistryError;
use crate::{Error, ErrorBody};

/// Ends an attempt.
#[derive(Debug)]
pub(super) enum Stop {
    /// The answer is no, and that goes on record.
    Rejected(Box<ErrorBody>),
    /// There is no answer.
    Failed(Error),
}

impl Stop {
    /// An event about a package that cannot be appended as it is.
    pub(super) fn unwritable(source: AppendError, package: &PackageName) -> Self {
        if source.class() != Class::TooLarge {
            return source.into();
        }
        let package = package.to_string();
        Self::Failed(Error::TooLarge { package, source })
    }

    /// An archive that is not unpacked, with the package it is of.
    pub(super) fn archive(error: &ArchiveError, package: &str, version: &str) -> Self {
        let mut body = ErrorBody::of(error);
        body.message = format!("{package}@{version}: {}", body.message);
        if let Value::Object(details) = &mut body.details {
            details.insert("packageName".to_owned(), package.into());
            details.insert("packageVersion".to_owned(), version.into());
        }
        Self::Rejected(Box::new(body))
    }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(ErrorBody::of(&rejection)))
    }
}

impl From<InvalidManifest> for Stop {
    fn from(invalid: InvalidManifest) -> Self {
        Rejection::from(invalid).into()
    }
}

impl From<ClosureRejection> for Stop {
    fn from(rejection: ClosureRejection) -> Self {
        Rejection::from(rejection).into()
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

impl From<BlobError> for Stop {
    fn from(source: BlobError) -> Self {
        Self::Failed(source.into())
    }
}

impl From<InvalidId> for Stop {
    fn from(source: InvalidId) -> Self {
        Self::Failed(source.into())
    }
}

impl From<RegistryError> for Stop {
    /// What may be different a minute later is a failure; the rest is the registry's answer.
    fn from(source: RegistryError) -> Self {
        if source.class() == Class::Unavailable {
            Self::Failed(Error::Registry { source })
        } else {
            Self::Rejected(Box::new(ErrorBody::of(&source)))
        }
    }
}
