//! What roles allow, in the organization and on the instance.

use std::collections::BTreeSet;

use crate::authority::classification::{Action, classify};
use crate::authority::standing::allow;
use crate::authority::{Actor, ActorKind, Allowed, AuthorityState, Denied};
use crate::kernel::{TenantId, UserId};
use crate::permission::{Permission, Role, effective_grants};

/// Why something is denied that no row of the registry classifies.
const UNCLASSIFIED: &str = "unclassified_primitive";

/// The permission by a role that counts everywhere in the actor's organization, or outright.
pub(in crate::authority) fn hold(
    state: &AuthorityState,
    actor: &Actor,
    permission: Permission,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let standing = state.enter(actor, permission)?;
    if let Some(via) = standing.outright() {
        return allow(permission, via, None);
    }
    let roles = state.roles_of(actor, now_us);
    let role = roles
        .into_iter()
        .find(|role| effective_grants(*role).contains(&permission));
    let role = role.ok_or(Denied::lacking(permission))?;
    allow(permission, role.as_str(), standing.ground())
}

/// The permission by what the actor is on the instance, whatever the organization.
pub(in crate::authority) fn hold_on_instance(
    actor: &Actor,
    permission: Permission,
) -> Result<Allowed, Denied> {
    let via = match actor.kind {
        ActorKind::Anonymous => return Err(Denied::Unauthenticated),
        ActorKind::Bootstrap => "bootstrap",
        ActorKind::User(_) | ActorKind::ServiceAccount(_) => Role::PlatformAdmin.as_str(),
    };
    let granted = effective_grants(Role::PlatformAdmin);
    if actor.is_platform_admin() && granted.contains(&permission) && actor.reaches(permission) {
        allow(permission, via, None)
    } else {
        Err(Denied::lacking(permission))
    }
}

/// The permission on something of an organization. In another than the credential's, only what somebody holds on the
/// instance counts; what is of no organization is nobody's.
fn hold_in(
    state: &AuthorityState,
    actor: &Actor,
    permission: Permission,
    organization: Option<TenantId>,
    now_us: i64,
) -> Result<Allowed, Denied> {
    if organization.is_none() {
        return Err(Denied::Hidden);
    }
    if organization == actor.organization {
        return hold(state, actor, permission, now_us);
    }
    hold_on_instance(actor, permission).map_err(|denied| match denied {
        Denied::Unauthenticated => Denied::Unauthenticated,
        Denied::NoOrganization
        | Denied::Hidden
        | Denied::Forbidden(_)
        | Denied::NoProjectAccess
        | Denied::ProjectArchived => Denied::Hidden,
    })
}

/// `can`: whether the actor holds a permission on a thing of that organization. Across organizations only an
/// administrator of the instance does, and only what that role has itself; of no organization, nobody.
pub fn can(
    state: &AuthorityState,
    actor: &Actor,
    permission: Permission,
    resource_organization: Option<TenantId>,
    now_us: i64,
) -> bool {
    hold_in(state, actor, permission, resource_organization, now_us).is_ok()
}

/// `canDo`: whether the actor holds a permission in the credential's own organization.
pub fn can_do(state: &AuthorityState, actor: &Actor, permission: Permission, now_us: i64) -> bool {
    hold(state, actor, permission, now_us).is_ok()
}

/// `requireAccess`: the permission, and the further role, that the registry demands for an action on a kind of
/// resource. What is not classified is denied.
pub fn require_access(
    state: &AuthorityState,
    actor: &Actor,
    (resource_type, action): (&str, Action),
    resource_organization: Option<TenantId>,
    now_us: i64,
) -> Result<Allowed, Denied> {
    if actor.kind == ActorKind::Anonymous {
        return Err(Denied::Unauthenticated);
    }
    let row = classify(resource_type, action).ok_or(Denied::Forbidden(UNCLASSIFIED))?;
    let allowed = hold_in(state, actor, row.permission, resource_organization, now_us)?;
    let acts_outright = state
        .standing(actor)
        .is_ok_and(|standing| standing.outright().is_some());
    let has_role = |role| state.roles_of(actor, now_us).contains(&role);
    if acts_outright || row.required_role.is_none_or(has_role) {
        Ok(allowed)
    } else {
        Err(Denied::lacking(row.permission))
    }
}

/// `canRequireAccess`: whether [`require_access`] lets the actor through.
pub fn can_require_access(
    state: &AuthorityState,
    actor: &Actor,
    access: (&str, Action),
    resource_organization: Option<TenantId>,
    now_us: i64,
) -> bool {
    require_access(state, actor, access, resource_organization, now_us).is_ok()
}

/// `resolveEffectiveRoleNamesForUser`: the further roles of somebody that count everywhere in the organization and
/// have not ended. Whoever is no member has none.
pub fn resolve_effective_role_names_for_user(
    state: &AuthorityState,
    user: UserId,
    now_us: i64,
) -> BTreeSet<&'static str> {
    let roles = state.further_roles(user, now_us);
    roles.map(Role::as_str).collect()
}
