//! Access to agents, packages of skills and skills.

use super::hold;
use crate::authority::standing::allow;
use crate::authority::{Actor, Allowed, AuthorityState, Denied, Operation};
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
    if let Some(via) = standing.outright() {
        return allow(permission, via, access.grounds());
    }
    let right = |operation| state.resource_right(actor, standing, &access, operation);
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
const fn demanded(kind: ResourceKind, operation: Operation) -> Permission {
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
