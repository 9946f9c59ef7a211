//! What else ends an attempt at an extension: what the registry, the archive or the blob store said.

use cinatra_domain::extension::{ClosureRejection, InvalidManifest, PackageName, Rejection};
use cinatra_domain::kernel::{Class, Coded as _};
use cinatra_eventstore::AppendError;
use serde_json::Value;

use crate::gateway::archive::ArchiveError;
use crate::gateway::blobs::BlobError;
use crate::gateway::registry::RegistryError;
use crate::{Error, ErrorBody};

pub(super) use crate::stop::Stop;

impl Stop {
    /// An event about a package that cannot be appended as it is.
    pub(in crate::extension) fn unwritable(source: AppendError, package: &PackageName) -> Self {
        if source.class() != Class::TooLarge {
            return source.into();
        }
        let package = package.to_string();
        Self::Failed(Error::TooLarge { package, source })
    }

    /// An archive that is not unpacked, with the package it is of.
    pub(in crate::extension) fn archive(
        error: &ArchiveError,
        package: &str,
        version: &str,
    ) -> Self {
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

impl From<BlobError> for Stop {
    fn from(source: BlobError) -> Self {
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
