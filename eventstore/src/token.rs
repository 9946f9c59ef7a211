//! Credentials, by hash only.

use cinatra_domain::kernel::{ActorId, TenantId};

/// Whom a credential stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The organization it acts in.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: ActorId,
    /// What it may do, for example `platform_admin`.
    pub role: String,
}
