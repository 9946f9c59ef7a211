//! Whether somebody may do something: the one judgement, pure and repeatable at any position.
//!
//! Who has no credential learns nothing; who does not belong to the organization learns nothing about it. What the
//! credential is narrowed to comes before any look at the target, so that a narrow credential cannot tell what
//! exists from what does not.

use super::named::{
    assert_project_grant_role, assert_project_read_access, assert_project_write_access, bring_into,
    demanded, enforce_resource_access, enforce_run_access, enforce_run_move, enforce_run_operation,
    hold, hold_at, hold_on_instance,
};
use super::rule::{PUBLIC, SIGNED_IN};
use super::standing::allow;
use super::{Actor, ActorKind, AuthorityState, Operation, Rule, Target, team_tag};
use crate::kernel::{ProjectId, Tag};
use crate::permission::{Permission, ResourceKind, Role, effective_grants};
use crate::project::{ProjectRole, ProjectVisibility, project_tag};

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

impl Allowed {
    /// The same right, which another one has to go with.
    pub(super) fn together_with(mut self, other: Self) -> Self {
        for tag in other.relied_on {
            if !self.relied_on.contains(&tag) {
                self.relied_on.push(tag);
            }
        }
        self
    }
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denied {
    /// There is no credential: 401.
    Unauthenticated,
    /// The credential is for no organization, or the holder is no member any more: 403.
    NoOrganization,
    /// The target is not there for the caller, whether or not it exists: 404.
    Hidden,
    /// The caller may look but not do it: 403. The permission that was demanded, or `signed_in` where only a
    /// person may act, with a credential that is narrowed to nothing.
    Forbidden(&'static str),
    /// The caller may know of the project, but not work in it: 403.
    NoProjectAccess,
    /// Nobody brings anything new into the project: 403.
    ProjectArchived,
}

impl Denied {
    /// What the caller lacks who asked under a rule.
    pub const fn lacked(self, rule: Rule, target: Option<&Target>) -> &'static str {
        match self {
            Self::Forbidden(permission) => permission,
            Self::Unauthenticated
            | Self::NoOrganization
            | Self::Hidden
            | Self::NoProjectAccess
            | Self::ProjectArchived => rule.demands(target),
        }
    }

    /// The caller lacks this permission.
    pub const fn lacking(permission: Permission) -> Self {
        Self::Forbidden(permission.as_str())
    }
}

/// Judges. `now_us` ends grants that were given for a time. Where a rule looks at a target and the call names none of
/// that kind, there is nothing for the caller to find.
pub fn judge(
    state: &AuthorityState,
    actor: &Actor,
    rule: Rule,
    target: &Target,
    now_us: i64,
) -> Result<Allowed, Denied> {
    if actor.kind == ActorKind::Anonymous && rule != Rule::Public {
        return Err(Denied::Unauthenticated);
    }
    match rule {
        Rule::Public => Ok(personal(PUBLIC, PUBLIC)),
        Rule::SignedIn => signed_in(actor),
        Rule::OwnOr(permission) => own_or(actor, target, permission),
        Rule::Platform(permission) => hold_on_instance(actor, permission),
        Rule::Organization(permission) => hold(state, actor, permission, now_us),
        Rule::Inside(permission) => inside(state, actor, target, permission, now_us),
        Rule::Team(permission) => team(state, actor, target, permission, now_us),
        Rule::CreateProject => create_project(state, actor, target),
        Rule::FindProject => find_project(state, actor, target),
        Rule::Project(least, permission) => project(state, actor, target, least, permission),
        Rule::PromoteProject => promote_project(state, actor, target),
        Rule::GrantProject => grant_project(state, actor, target),
        Rule::Resource(operation) => resource(state, actor, target, operation, now_us),
        Rule::Run(permission) => run(state, actor, target, permission, now_us),
        Rule::MoveRun => move_run(state, actor, target),
    }
}

/// Without any look at the organization.
fn personal(permission: &'static str, via: &str) -> Allowed {
    Allowed {
        permission,
        via: via.to_owned(),
        relied_on: Vec::new(),
    }
}

/// About their own things people act with a whole credential only: one that is narrowed names what it is for.
fn signed_in(actor: &Actor) -> Result<Allowed, Denied> {
    if actor.user().is_some() && actor.scopes.is_none() {
        Ok(personal(SIGNED_IN, "self"))
    } else {
        Err(Denied::Forbidden(SIGNED_IN))
    }
}

fn own_or(actor: &Actor, target: &Target, permission: Permission) -> Result<Allowed, Denied> {
    let is_own = actor
        .user()
        .is_some_and(|user| *target == Target::User(user));
    if is_own && actor.reaches(permission) {
        return Ok(personal(permission.as_str(), "self"));
    }
    hold_on_instance(actor, permission)
}

/// Without a project it is about all that the organization shows its caller.
fn inside(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
    permission: Permission,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let allowed = hold(state, actor, permission, now_us)?;
    let Target::Project(project) = *target else {
        return Ok(allowed);
    };
    let room = assert_project_read_access(state, actor, project, permission)?;
    Ok(allowed.together_with(room))
}

/// By a role in the organization, or by administering the team, if that role has the permission.
fn team(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
    permission: Permission,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let standing = state.enter(actor, permission)?;
    let Target::Team(team) = *target else {
        return Err(Denied::Hidden);
    };
    if !state.team_exists(team) {
        return Err(Denied::Hidden);
    }
    let by_team = effective_grants(Role::TeamAdmin).contains(&permission)
        && actor
            .user()
            .is_some_and(|user| state.is_team_admin(user, team));
    let via = match hold(state, actor, permission, now_us) {
        Ok(allowed) => allowed.via,
        Err(_) if by_team => Role::TeamAdmin.as_str().to_owned(),
        Err(denied) => return Err(denied),
    };
    let grounds = standing.ground().into_iter().chain([team_tag(team)]);
    allow(permission, via, grounds)
}

fn create_project(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
) -> Result<Allowed, Denied> {
    let Target::Owner(place) = *target else {
        return Err(Denied::Hidden);
    };
    hold_at(state, actor, place, Permission::ProjectCreate)
}

fn project(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
    least: ProjectRole,
    permission: Permission,
) -> Result<Allowed, Denied> {
    let Target::Project(project) = *target else {
        return Err(Denied::Hidden);
    };
    match least {
        ProjectRole::Read => assert_project_read_access(state, actor, project, permission),
        ProjectRole::Write | ProjectRole::Admin | ProjectRole::Owner => {
            assert_project_write_access(state, actor, project, least, permission)
        }
    }
}

fn find_project(state: &AuthorityState, actor: &Actor, target: &Target) -> Result<Allowed, Denied> {
    let Target::Project(project) = *target else {
        return Err(Denied::Hidden);
    };
    let permission = Permission::ProjectRead;
    assert_project_read_access(state, actor, project, permission)
        .or_else(|denied| found(state, actor, project, permission).ok_or(denied))
}

/// Any member reads the row of a project that is to be found, though not what is in it.
fn found(
    state: &AuthorityState,
    actor: &Actor,
    project: ProjectId,
    permission: Permission,
) -> Option<Allowed> {
    let standing = state.enter(actor, permission).ok()?;
    let room = state.projects.get(&project)?;
    standing.membership()?;
    if room.visibility != ProjectVisibility::Discoverable {
        return None;
    }
    let grounds = standing.ground().into_iter().chain([project_tag(project)]);
    allow(permission, "project:discoverable", grounds).ok()
}

/// Upwards, the new place counts too. Downwards and sideways the aggregate refuses, whoever asks.
fn promote_project(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
) -> Result<Allowed, Denied> {
    let permission = Permission::ProjectUpdate;
    let Target::Promotion(project, place) = *target else {
        return Err(Denied::Hidden);
    };
    let least = ProjectRole::Admin;
    let allowed = assert_project_write_access(state, actor, project, least, permission)?;
    let level = state.projects.get(&project).map(|room| room.owner.level());
    if level.is_some_and(|level| level < place.level()) {
        let there = hold_at(state, actor, place, permission)?;
        return Ok(allowed.together_with(there));
    }
    Ok(allowed)
}

fn grant_project(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
) -> Result<Allowed, Denied> {
    let Target::Grant(project, role) = *target else {
        return Err(Denied::Hidden);
    };
    assert_project_grant_role(state, actor, project, role)
}

fn resource(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
    operation: Operation,
    now_us: i64,
) -> Result<Allowed, Denied> {
    match *target {
        Target::Resource(resource) => {
            enforce_resource_access(state, actor, resource, operation, now_us)
        }
        Target::Within(resource, project) => {
            let allowed = enforce_resource_access(state, actor, resource, operation, now_us)?;
            let permission = demanded(resource.kind, operation);
            let room = bring_into(state, actor, project, permission)?;
            Ok(allowed.together_with(room))
        }
        Target::Run(run) => enforce_run_operation(state, actor, run, operation, now_us),
        // A run that is not there. What the credential is narrowed to comes first here too.
        Target::None => {
            state.enter(actor, demanded(ResourceKind::AgentRun, operation))?;
            Err(Denied::Hidden)
        }
        Target::User(_)
        | Target::Team(_)
        | Target::Owner(_)
        | Target::Project(_)
        | Target::Promotion(..)
        | Target::Grant(..)
        | Target::Move { .. } => Err(Denied::Hidden),
    }
}

fn run(
    state: &AuthorityState,
    actor: &Actor,
    target: &Target,
    permission: Permission,
    now_us: i64,
) -> Result<Allowed, Denied> {
    let Target::Run(run) = *target else {
        state.enter(actor, permission)?;
        return Err(Denied::Hidden);
    };
    enforce_run_access(state, actor, run, permission, now_us)
}

fn move_run(state: &AuthorityState, actor: &Actor, target: &Target) -> Result<Allowed, Denied> {
    let Target::Move { run, from, to } = *target else {
        state.enter(actor, Permission::RunEditOutput)?;
        return Err(Denied::Hidden);
    };
    enforce_run_move(state, actor, run, (from, to))
}
