//! Roles and what each may do.

use std::collections::BTreeSet;

use super::Permission;

/// A role. Source: spec/workspace.md 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Stub.
    Member,
}

/// What a role may do, inherited permissions included.
pub fn effective_grants(role: Role) -> &'static BTreeSet<Permission> {
    static NONE: BTreeSet<Permission> = BTreeSet::new();
    let _ = role;
    &NONE
}
