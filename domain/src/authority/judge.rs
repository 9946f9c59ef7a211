//! Whether somebody may do something: the one judgement, pure and repeatable at any position.

use super::{Actor, AuthorityState, Rule, Target};
use crate::kernel::Tag;
use crate::permission::Permission;

/// By what right, and what that relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The permission that was demanded, or `public`, `signed_in`.
    pub permission: &'static str,
    /// What granted it, for example `org_admin`, `project:owner`, `team_admin`, `co_owner`,
    /// `platform_admin`, `bypass:gdpr_request`, `bootstrap`.
    pub via: String,
    /// "No event with any of these since" keeps the judgement true; of the organization's ledger.
    pub relied_on: Vec<Tag>,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// There is no credential: 401.
    Unauthenticated,
    /// The credential is for no organization, or the holder is no member any more: 403.
    NoOrganization,
    /// The target is not there for the caller, whether or not it exists: 404.
    Hidden,
    /// The caller may look but not do it: 403.
    Forbidden(Permission),
}

/// Judges. `now_us` ends grants that were given for a time.
pub fn judge(
    state: &AuthorityState,
    actor: &Actor,
    rule: Rule,
    target: &Target,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let _ = (state, actor, rule, target, now_us);
    Err(Denied::Unauthenticated)
}
