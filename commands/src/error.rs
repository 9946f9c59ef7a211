//! Why a command did not do what was asked.

use cinatra_domain::authority::Denied;
use cinatra_domain::kernel::{Class, Coded, ImpossibleTransition, InvalidId, Position, TenantId};
use cinatra_eventstore::{AppendError, ReadError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::gateway::blobs::BlobError;
use crate::gateway::registry::RegistryError;
use crate::gateway::vault::VaultError;
use crate::run::PlanError;

/// A refusal as the command log keeps it, so that a retry hears the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// How the outside must treat it; see [`ErrorBody::class`].
    class: String,
    /// Stable, `UPPER_SNAKE`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// Machine-readable particulars: an object.
    pub details: Value,
}

impl ErrorBody {
    /// Takes over what a rejection says of itself.
    pub fn of(rejection: &impl Coded) -> Self {
        Self {
            class: class_name(rejection.class()).to_owned(),
            code: rejection.code().to_owned(),
            message: rejection.to_string(),
            details: rejection.details(),
        }
    }

    /// How the outside must treat it.
    pub fn class(&self) -> Class {
        REJECTIONS
            .into_iter()
            .find(|class| class_name(*class) == self.class)
            .unwrap_or(Class::Rejected)
    }
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An input field is outside its grammar. Nothing is on record.
    #[error("{field} {reason}")]
    InvalidInput {
        /// Name of the field as callers write it.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The rules said no. That is on record.
    #[error("{}", body.message)]
    Rejected {
        /// What the caller is told, now and on every retry.
        body: Box<ErrorBody>,
        /// Where the refusal is on record.
        at: (TenantId, Position),
    },
    /// The caller may not do it.
    #[error("{denied}")]
    Denied {
        /// Why.
        denied: Denied,
    },
    /// Somebody tried too often.
    #[error("{message}")]
    TooMany {
        /// What was tried.
        message: &'static str,
        /// Seconds until it makes sense to try again.
        retry_after_seconds: u32,
    },
    /// Who signs in said a wrong address or password.
    #[error("the e-mail address or the password is wrong")]
    SignInFailed,
    /// The operating system gave no random bytes.
    #[error("no randomness for a credential")]
    Randomness,
    /// What was kept of a password cannot be read, or hashing it failed.
    #[error("a password cannot be verified")]
    PasswordUnreadable,
    /// The mailed secret is unknown, used, or too old.
    #[error("the mailed secret is unknown, was used, or is too old")]
    ChallengeUnknown,
    /// Mail cannot be handed over, or forgotten.
    #[error("the mail folder does not do its part")]
    Mail {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// There is no such thing, or the caller may not know of it.
    #[error("There is no such thing.")]
    Absent,
    /// The call makes sense for somebody who is signed in only, not for a token.
    #[error("only a session can do this, not a token")]
    SessionRequired,
    /// Others changed the same things again and again while this command decided.
    #[error("the command met concurrent changes {attempts} times; retry it")]
    Contended {
        /// How often it decided.
        attempts: u32,
        /// The last conflict.
        source: AppendError,
    },
    /// The append was not made.
    #[error("could not append")]
    Append {
        /// Why.
        source: AppendError,
    },
    /// An event about a package is larger than the ledger takes. Nothing is on record.
    #[error("what would be recorded of {package} is larger than 64 KiB")]
    TooLarge {
        /// Which package.
        package: String,
        /// How large it would be.
        source: AppendError,
    },
    /// The ledger could not be read.
    #[error("could not read the ledger")]
    Read {
        /// Why.
        source: ReadError,
    },
    /// The registry did not answer.
    #[error("{source}")]
    Registry {
        /// Why.
        source: RegistryError,
    },
    /// The blob store did not do its part.
    #[error("could not store the package")]
    Blob {
        /// Why.
        source: BlobError,
    },
    /// What a run has pinned does not compile to what it did: this release compiles otherwise.
    #[error("the agent's flow does not compile to the plan that the run has pinned")]
    PlanChanged,
    /// A secret could not be encrypted or decrypted.
    #[error("{source}")]
    Vault {
        /// Why.
        source: VaultError,
    },
    /// The command log holds a result that this binary cannot read.
    #[error("the recorded result of the command is unreadable")]
    ResultUnreadable,
    /// The rules decided what cannot happen: a bug.
    #[error("the rules decided what cannot happen")]
    Undecidable {
        /// What they decided.
        source: ImpossibleTransition,
    },
    /// A name of ours is outside its own grammar: a bug.
    #[error("a name could not be made")]
    Name {
        /// Why.
        source: InvalidId,
    },
}

impl Error {
    /// Where a refusal is on record.
    pub fn at(&self) -> Option<(TenantId, Position)> {
        match self {
            Self::Rejected { at, .. } => Some(*at),
            Self::InvalidInput { .. }
            | Self::Denied { .. }
            | Self::TooMany { .. }
            | Self::SignInFailed
            | Self::Randomness
            | Self::PasswordUnreadable
            | Self::ChallengeUnknown
            | Self::Mail { .. }
            | Self::Absent
            | Self::SessionRequired
            | Self::Contended { .. }
            | Self::Append { .. }
            | Self::TooLarge { .. }
            | Self::Read { .. }
            | Self::Registry { .. }
            | Self::Blob { .. }
            | Self::PlanChanged
            | Self::Vault { .. }
            | Self::ResultUnreadable
            | Self::Undecidable { .. }
            | Self::Name { .. } => None,
        }
    }

    /// A field that is outside its grammar.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::InvalidInput { field, reason }
    }
}

impl Coded for Error {
    fn class(&self) -> Class {
        match self {
            Self::InvalidInput { .. } => Class::Invalid,
            Self::Rejected { body, .. } => body.class(),
            Self::Denied { denied } => denied.class(),
            Self::TooMany { .. } => Class::TooMany,
            Self::SignInFailed => Class::Unauthenticated,
            Self::ChallengeUnknown | Self::Absent => Class::NotFound,
            Self::Randomness | Self::Mail { .. } => Class::Unavailable,
            Self::SessionRequired => Class::Forbidden,
            Self::Contended { .. } | Self::PlanChanged => Class::Conflict,
            Self::Append { source } | Self::TooLarge { source, .. } => source.class(),
            Self::Read { source } => source.class(),
            Self::Registry { source } => source.class(),
            Self::Blob { source } => source.class(),
            Self::Vault { source } => source.class(),
            Self::PasswordUnreadable
            | Self::ResultUnreadable
            | Self::Undecidable { .. }
            | Self::Name { .. } => Class::Corrupt,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::InvalidInput { .. } => "INVALID_INPUT",
            Self::Rejected { body, .. } => &body.code,
            Self::Denied { denied } => denied.code(),
            Self::TooMany { .. } => "TOO_MANY_ATTEMPTS",
            Self::SignInFailed => "SIGN_IN_FAILED",
            Self::Randomness => "RANDOMNESS_UNAVAILABLE",
            Self::PasswordUnreadable => "PASSWORD_UNREADABLE",
            Self::ChallengeUnknown => "CHALLENGE_UNKNOWN",
            Self::Mail { .. } => "MAIL_UNAVAILABLE",
            Self::Absent => "NOT_FOUND",
            Self::SessionRequired => "SESSION_REQUIRED",
            Self::Contended { .. } => "CONFLICT",
            Self::PlanChanged => "PLAN_CHANGED",
            Self::Append { source } | Self::TooLarge { source, .. } => source.code(),
            Self::Read { source } => source.code(),
            Self::Registry { source } => source.code(),
            Self::Blob { source } => source.code(),
            Self::Vault { source } => source.code(),
            Self::ResultUnreadable => "RESULT_UNREADABLE",
            Self::Undecidable { .. } => "DECISION_IMPOSSIBLE",
            Self::Name { .. } => "NAME_INVALID",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::InvalidInput { field, reason } => json!({ "field": field, "reason": reason }),
            Self::Rejected { body, .. } => body.details.clone(),
            Self::Denied { denied } => denied.details(),
            Self::TooMany {
                retry_after_seconds,
                ..
            } => json!({ "retryAfterSeconds": retry_after_seconds }),
            Self::Contended { source, .. } | Self::Append { source } => source.details(),
            Self::TooLarge { package, source } => {
                let mut details = source.details();
                details["packageName"] = json!(package);
                details
            }
            Self::Read { source } => source.details(),
            Self::Registry { source } => source.details(),
            Self::Blob { source } => source.details(),
            Self::Vault { source } => source.details(),
            Self::SignInFailed
            | Self::Randomness
            | Self::PasswordUnreadable
            | Self::ChallengeUnknown
            | Self::Mail { .. }
            | Self::Absent
            | Self::SessionRequired
            | Self::PlanChanged
            | Self::ResultUnreadable
            | Self::Undecidable { .. }
            | Self::Name { .. } => json!({}),
        }
    }
}

impl From<ReadError> for Error {
    fn from(source: ReadError) -> Self {
        Self::Read { source }
    }
}

impl From<BlobError> for Error {
    fn from(source: BlobError) -> Self {
        Self::Blob { source }
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Blob(source) => Self::Blob { source },
            PlanError::Changed => Self::PlanChanged,
        }
    }
}

impl From<AppendError> for Error {
    fn from(source: AppendError) -> Self {
        Self::Append { source }
    }
}

impl From<VaultError> for Error {
    fn from(source: VaultError) -> Self {
        Self::Vault { source }
    }
}

impl From<InvalidId> for Error {
    fn from(source: InvalidId) -> Self {
        Self::Name { source }
    }
}

/// Classes that a recorded refusal can have. Others are failures, which are never recorded.
const REJECTIONS: [Class; 6] = [
    Class::Invalid,
    Class::Forbidden,
    Class::NotFound,
    Class::Conflict,
    Class::TooLarge,
    Class::Rejected,
];

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Invalid => "invalid",
        Class::Unauthenticated => "unauthenticated",
        Class::Forbidden => "forbidden",
        Class::NotFound => "not_found",
        Class::Conflict => "conflict",
        Class::TooLarge => "too_large",
        Class::Rejected => "rejected",
        Class::TooMany => "too_many",
        Class::Unavailable => "unavailable",
        Class::NotImplemented => "not_implemented",
        Class::Corrupt => "corrupt",
    }
}
