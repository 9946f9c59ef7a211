//! Why a registry could not answer.

use cinatra_domain::kernel::{Class, Coded};
use serde_json::{Value, json};

use crate::gateway::archive::ArchiveError;

/// Why a registry cannot be used as configured; a start-up error, never one of a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Neither `directory:<path>` nor a usable base URL.
    #[error("the registry setting is not usable: {reason}")]
    Registry {
        /// What is wrong with it.
        reason: String,
    },
    /// The token cannot be sent in a header.
    #[error("the registry token has characters that no header can carry")]
    Token,
    /// The HTTP client could not be set up, for want of certificates for example.
    #[error("could not set up a client for the registry: {reason}")]
    Client {
        /// Why.
        reason: String,
    },
}

/// A registry's refusal or failure, named as in spec/extensions.md 6.9.
///
/// No variant carries a token, a header or a body of the wire: a registry may reflect credentials.
/// What may be different a minute later, a wrong token included, is [`Class::Unavailable`], so that it is
/// never remembered as the outcome of a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// No such package, or one that the registry hides from us.
    #[error("the registry has no package {package}")]
    PackageNotFound {
        /// What was asked for.
        package: String,
    },
    /// The package exists, this version of it does not.
    #[error("{package} has no version {version}")]
    VersionNotFound {
        /// What was asked for.
        package: String,
        /// What was asked for.
        version: String,
    },
    /// Not a name that npm can have.
    #[error("{package:?} is not a package name")]
    NameInvalid {
        /// What was asked for.
        package: String,
    },
    /// Network, TLS, time-out, 429 or 5xx, after the retries.
    #[error("the registry did not answer while {doing}: {reason}")]
    Unavailable {
        /// What we were doing.
        doing: String,
        /// `connect`, `timeout`, `truncated`, `status 503`, …
        reason: String,
    },
    /// The token is missing, wrong or expired.
    #[error("the registry does not accept our credential while {doing}")]
    Unauthorized {
        /// What we were doing.
        doing: String,
    },
    /// The token is good, and does not allow this.
    #[error("the registry does not allow {doing}")]
    Forbidden {
        /// What we were doing.
        doing: String,
    },
    /// The registry could not make sense of our request.
    #[error("the registry refused our request while {doing} (status {status})")]
    BadRequest {
        /// What we were doing.
        doing: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer is not what the npm protocol promises, or it would lead us to another origin.
    #[error("unexpected answer of the registry while {doing}: {reason}")]
    UnexpectedResponse {
        /// What we were doing.
        doing: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The answer is larger than we read.
    #[error("the registry's answer while {doing} is larger than {bytes_max} bytes")]
    PayloadTooLarge {
        /// What we were doing.
        doing: String,
        /// The cap.
        bytes_max: u64,
    },
    /// The bytes are not those that the registry announced.
    #[error("{package}@{version}: the tarball does not match its announced integrity")]
    IntegrityMismatch {
        /// Which package.
        package: String,
        /// Which version.
        version: String,
        /// What the registry announced.
        expected: String,
        /// What the bytes have.
        actual: String,
    },
    /// The registry announced no sha512, and a sha1 proves nothing.
    #[error("{package}@{version}: the registry announces no sha512 integrity")]
    IntegrityMissing {
        /// Which package.
        package: String,
        /// Which version.
        version: String,
    },
    /// Two tarballs of a folder claim to be the same version and differ.
    #[error("{package}@{version} is in two files that differ: {} and {}", files[0], files[1])]
    VersionAmbiguous {
        /// Which package.
        package: String,
        /// Which version.
        version: String,
        /// File names without their folder.
        files: [String; 2],
    },
    /// A tarball of a folder does not tell whose it is.
    #[error("{file} cannot be read as an npm package")]
    TarballUnreadable {
        /// File name without its folder.
        file: String,
        /// Why.
        source: ArchiveError,
    },
}

impl Coded for RegistryError {
    fn class(&self) -> Class {
        match self {
            Self::PackageNotFound { .. } | Self::VersionNotFound { .. } => Class::NotFound,
            Self::NameInvalid { .. } => Class::Invalid,
            Self::Unavailable { .. }
            | Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::BadRequest { .. }
            | Self::UnexpectedResponse { .. } => Class::Unavailable,
            Self::PayloadTooLarge { .. }
            | Self::IntegrityMismatch { .. }
            | Self::IntegrityMissing { .. }
            | Self::VersionAmbiguous { .. }
            | Self::TarballUnreadable { .. } => Class::Rejected,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::PackageNotFound { .. } => "PACKAGE_NOT_FOUND",
            Self::VersionNotFound { .. } => "VERSION_NOT_FOUND",
            Self::NameInvalid { .. } => "INVALID_INPUT",
            Self::Unavailable { .. } => "REGISTRY_UNAVAILABLE",
            Self::Unauthorized { .. } => "REGISTRY_UNAUTHORIZED",
            Self::Forbidden { .. } => "REGISTRY_FORBIDDEN",
            Self::BadRequest { .. } => "REGISTRY_BAD_REQUEST",
            Self::UnexpectedResponse { .. } => "REGISTRY_UNEXPECTED_RESPONSE",
            Self::PayloadTooLarge { .. } => "REGISTRY_PAYLOAD_TOO_LARGE",
            Self::IntegrityMismatch { .. } => "INTEGRITY_MISMATCH",
            Self::IntegrityMissing { .. } => "INTEGRITY_MISSING",
            Self::VersionAmbiguous { .. } => "VERSION_AMBIGUOUS",
            Self::TarballUnreadable { source, .. } => source.code(),
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::PackageNotFound { package } => json!({ "packageName": package }),
            Self::VersionNotFound { package, version }
            | Self::IntegrityMissing { package, version } => {
                json!({ "packageName": package, "packageVersion": version })
            }
            Self::NameInvalid { package } => {
                json!({ "field": "packageName", "packageName": package })
            }
            Self::Unavailable { doing, reason } | Self::UnexpectedResponse { doing, reason } => {
                json!({ "operation": doing, "reason": reason })
            }
            Self::Unauthorized { doing } | Self::Forbidden { doing } => {
                json!({ "operation": doing })
            }
            Self::BadRequest { doing, status } => json!({ "operation": doing, "status": status }),
            Self::PayloadTooLarge { doing, bytes_max } => {
                json!({ "operation": doing, "bytesMax": bytes_max })
            }
            Self::IntegrityMismatch {
                package,
                version,
                expected,
                actual,
            } => json!({
                "packageName": package,
                "packageVersion": version,
                "expected": expected,
                "actual": actual,
            }),
            Self::VersionAmbiguous {
                package,
                version,
                files,
            } => json!({ "packageName": package, "packageVersion": version, "files": files }),
            Self::TarballUnreadable { file, source } => {
                let mut details = source.details();
                details["file"] = json!(file);
                details
            }
        }
    }
}
