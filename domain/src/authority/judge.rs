//! Whether somebody may do something: the one judgement, pure and repeatable at any position.
//!
//! Who has no credential learns nothing; who does not belong to the organization learns nothing about it. What the
//! credential is narrowed to comes before any look at the target, so that a narrow credential cannot tell what
//! exists from what does not.

use super::named::{
    assert_project_grant_role, assert_project_read_access, assert_project_write_access,
    enforce_resource_access, hold, hold_at, hold_on_instance,
};
use super::standing::allow;
use super::{Actor, ActorKind, AuthorityState, Operation, Rule, Target, team_tag};
use crate::kernel::{ProjectId, Tag};
use crate::permission::{Permission, Role, effective_grants};
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
}

impl Denied {
    /// The caller lacks this permission.
    pub const fn lacking(permission: Permission) -> Self {
        Self::Forbidden(permission.as_str())
    }
}

/// What [`Rule::Public`] demands.
const PUBLIC: &str = "public";
/// What [`Rule::SignedIn`] demands.
const SIGNED_IN: &str = "signed_in";

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
        Rule::Team(permission) => team(state, actor, target, permission, now_us),
        Rule::CreateProject => create_project(state, actor, target),
        Rule::FindProject => find_project(state, actor, target),
        Rule::Project(least, permission) => project(state, actor, target, least, permission),
        Rule::PromoteProject => promote_project(state, actor, target),
        Rule::GrantProject => grant_project(state, actor, target),
        Rule::Resource(operation) => resource(state, actor, target, operation, now_us),
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
    let mut allowed = assert_project_write_access(state, actor, project, least, permission)?;
    let level = state.projects.get(&project).map(|room| room.owner.level());
    if level.is_some_and(|level| level < place.level()) {
        let there = hold_at(state, actor, place, permission)?;
        let more = there.relied_on.into_iter();
        let more: Vec<Tag> = more
            .filter(|tag| !allowed.relied_on.contains(tag))
            .collect();
        allowed.relied_on.extend(more);
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
    let Target::Resource(resource) = *target else {
        return Err(Denied::Hidden);
    };
    enforce_resource_access(state, actor, resource, operation, now_us)
}
