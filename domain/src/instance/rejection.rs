//! Why the rules say no.

use serde_json::{Map, Value, json};

use crate::kernel::{Class, Coded, TenantId};

/// Why a command to the instance is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The first start did not come that far.
    #[error("the instance is not set up yet")]
    NotInitialized,
    /// A namespace is chosen once.
    #[error("the namespace of this instance is {namespace}: only a renaming changes it")]
    NamespaceAlreadyChosen {
        /// The one it has.
        namespace: String,
    },
    /// Nothing is published, frozen or renamed without a namespace.
    #[error("this instance has no namespace: choose one first")]
    NamespaceNotConfigured,
    /// A slug is given once.
    #[error("an organization has the slug {slug} already")]
    SlugTaken {
        /// The slug.
        slug: String,
    },
    /// An organization is registered once, under one slug.
    #[error("the organization is registered under the slug {slug}")]
    OrganizationAlreadyRegistered {
        /// Which.
        organization_id: TenantId,
        /// The slug it has.
        slug: String,
    },
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::NotInitialized
            | Self::NamespaceAlreadyChosen { .. }
            | Self::SlugTaken { .. }
            | Self::OrganizationAlreadyRegistered { .. } => Class::Conflict,
            Self::NamespaceNotConfigured => Class::Rejected,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotInitialized => "INSTANCE_NOT_INITIALIZED",
            Self::NamespaceAlreadyChosen { .. } => "NAMESPACE_ALREADY_CHOSEN",
            Self::NamespaceNotConfigured => "INSTANCE_NAMESPACE_NOT_CONFIGURED",
            Self::SlugTaken { .. } => "SLUG_TAKEN",
            Self::OrganizationAlreadyRegistered { .. } => "ORGANIZATION_ALREADY_REGISTERED",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::NamespaceAlreadyChosen { namespace } => json!({ "namespace": namespace }),
            Self::SlugTaken { slug } => json!({ "slug": slug }),
            Self::OrganizationAlreadyRegistered {
                organization_id,
                slug,
            } => json!({ "organizationId": organization_id, "slug": slug }),
            Self::NotInitialized | Self::NamespaceNotConfigured => Value::Object(Map::new()),
        }
    }
}
