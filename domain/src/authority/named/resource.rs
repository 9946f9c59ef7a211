//! Access to agents, packages of skills and skills.

use super::hold;
use crate::authority::standing::{Standing, allow};
use crate::authority::{
    Actor, Allowed, AuthorityState, Denied, Operation, ResourceAccess, RunTarget,
};
use crate::permission::{Permission, Resource, ResourceKind};

/// What is to be done with a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SkillAccess {
    /// Look at it.
    Read,
    /// Say who may use it.
    Manage,
}

/// `enforceResourceAccess`: the right to do that with a resource, by the rules of
/// [`AuthorityState::may`]. Whoever may not read it is told nothing, whatever they asked for.
pub fn enforce_resource_access(
    state: &AuthorityState,
    actor: &Actor,
    resource: Resource,
    operation: Operation,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let permission = demanded(resource.kind, operation);
    let standing = state.enter(actor, permission)?;
    let access = state.resource(resource).ok_or(Denied::Hidden)?;
    weigh(
        state, actor, standing, &access, operation, permission, now_us,
    )
}

/// The right to do that with a run; the permission is the one of the deed, by which a credential may be narrowed.
/// Source: spec/runs.md 1.10.
pub fn enforce_run_access(
    state: &AuthorityState,
    actor: &Actor,
    run: RunTarget,
    permission: Permission,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let standing = state.enter(actor, permission)?;
    let access = state.run(run);
    let looks = [
        Permission::RunRead,
        Permission::RunList,
        Permission::RunReadData,
    ];
    let operation = if looks.contains(&permission) {
        Operation::Read
    } else if permission == Permission::RunShare {
        Operation::Share
    } else {
        Operation::Execute
    };
    weigh(
        state, actor, standing, &access, operation, permission, now_us,
    )
}

/// The same for what is to be done with a run as with any resource that has co-owners and a policy.
pub fn enforce_run_operation(
    state: &AuthorityState,
    actor: &Actor,
    run: RunTarget,
    operation: Operation,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let permission = demanded(ResourceKind::AgentRun, operation);
    let standing = state.enter(actor, permission)?;
    let access = state.run(run);
    weigh(
        state, actor, standing, &access, operation, permission, now_us,
    )
}

fn weigh(
    state: &AuthorityState,
    actor: &Actor,
    standing: Standing<'_>,
    access: &ResourceAccess<'_>,
    operation: Operation,
    permission: Permission,
    now_us: i64,
) -> Result<Allowed, Denied> {
    if let Some(via) = standing.outright() {
        return allow(permission, via, access.grounds());
    }
    let right = |operation| state.resource_right(actor, standing, access, operation);
    if operation == Operation::Execute && right(Operation::Read).is_some() {
        hold(state, actor, permission, now_us)?;
    }
    match right(operation) {
        Some(right) => {
            let grounds = standing.ground().into_iter().chain(access.grounds());
            allow(permission, right.via, grounds.chain(right.grounds))
        }
        None if right(Operation::Read).is_some() => Err(Denied::lacking(permission)),
        None => Err(Denied::Hidden),
    }
}

/// `requireResourceAccess`: the right to read a skill, or to say who may.
pub fn require_resource_access(
    state: &AuthorityState,
    actor: &Actor,
    skill: Resource,
    access: SkillAccess,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let operation = match access {
        SkillAccess::Read => Operation::Read,
        SkillAccess::Manage => Operation::Manage,
    };
    match skill.kind {
        ResourceKind::Skill => enforce_resource_access(state, actor, skill, operation, now_us),
        ResourceKind::AgentTemplate | ResourceKind::AgentRun | ResourceKind::SkillPackage => {
            Err(Denied::Hidden)
        }
    }
}

/// The permission that names the operation: what a credential must reach as far as. The catalogue has no sharing of
/// skills; assigning one is what comes nearest, and the same roles hold both.
pub(in crate::authority) const fn demanded(kind: ResourceKind, operation: Operation) -> Permission {
    match (kind, operation) {
        (ResourceKind::AgentTemplate, Operation::Read) => Permission::AgentRead,
        (ResourceKind::AgentTemplate, Operation::Execute) => Permission::AgentExecute,
        (ResourceKind::AgentTemplate, Operation::Share) => Permission::AgentShare,
        (ResourceKind::AgentTemplate, Operation::Manage) => Permission::AgentManagePermissions,
        (ResourceKind::AgentRun, Operation::Read) => Permission::RunRead,
        (ResourceKind::AgentRun, Operation::Execute) => Permission::RunResume,
        (ResourceKind::AgentRun, Operation::Share | Operation::Manage) => Permission::RunShare,
        (
            ResourceKind::SkillPackage | ResourceKind::Skill,
            Operation::Read | Operation::Execute,
        ) => Permission::SkillRead,
        (ResourceKind::SkillPackage | ResourceKind::Skill, Operation::Share) => {
            Permission::SkillAssign
        }
        (ResourceKind::SkillPackage | ResourceKind::Skill, Operation::Manage) => {
            Permission::SkillManageVisibility
        }
    }
}
