//! Whom a credential stands for.

use std::sync::Arc;

use cinatra_commands::session::{Held, nobody};
use cinatra_domain::authority::{Actor, ActorKind};
use cinatra_domain::kernel::{TenantId, UserId};

/// The holder of a credential, or nobody.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Who acts, and where.
    pub actor: Arc<Actor>,
    /// The session that the credential is of, if it is one's.
    pub held: Option<Held>,
    /// The instance's namespace, without `@`.
    pub namespace: Option<Arc<str>>,
}

impl Principal {
    /// Whoever shows no credential.
    pub fn anonymous() -> Self {
        Self {
            actor: nobody(),
            held: None,
            namespace: None,
        }
    }

    /// Whether there was no credential.
    pub fn is_anonymous(&self) -> bool {
        self.actor.kind == ActorKind::Anonymous
    }

    /// Whose ledger the holder acts in: their organization's, or the system's where there is none.
    pub fn tenant(&self) -> TenantId {
        self.actor.organization.unwrap_or(TenantId::SYSTEM)
    }

    /// The person or assistant, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.actor.kind {
            ActorKind::User(user) => Some(user),
            ActorKind::Anonymous | ActorKind::ServiceAccount(_) | ActorKind::Bootstrap => None,
        }
    }
}
