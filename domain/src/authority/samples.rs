//! An organization for tests: who belongs to it, its teams, projects and packages, each as the facts that made it.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::Fact;
use crate::extension::{
    self, ExtensionEvent, IndexedSkill, Installed, Kind, Origin, Release, SkillsIndexed,
    Uninstalled, Updated,
};
use crate::kernel::{
    ActorId, ContentRef, ProjectId, ServiceAccountId, StreamId, TeamId, TenantId, UserId,
};
use crate::organization::{
    Departure, MemberAdded, MemberRemoved, OrganizationEvent, OrganizationRole, RoleGranted,
    RoleScope, RoleScopeLevel, ScopedRole, ServiceAccountCreated, ServiceAccountRevoked,
    TeamCreated, TeamDeleted, TeamMemberAdded, TeamMemberRemoved, TeamRole,
};
use crate::permission::{
    CoOwnerGranted, Permission, PermissionEvent, Policy, PolicySet, Resource, Visibility,
};
use crate::project::{
    self, AccessGranted, AccessRevoked, GrantRole, Owner, Principal, ProjectEvent,
    ProjectVisibility,
};
use crate::user::PlatformRole;

pub(super) const NOW: i64 = 1_000;

/// Owns the organization.
pub(super) const OLIVE: UserId = UserId(Uuid::from_u128(1));
/// Administers the organization.
pub(super) const ADAM: UserId = UserId(Uuid::from_u128(2));
/// A member who administers the team, owns projects and installed the packages.
pub(super) const TESS: UserId = UserId(Uuid::from_u128(3));
/// A member in the team.
pub(super) const MAX: UserId = UserId(Uuid::from_u128(4));
/// A member and nothing else.
pub(super) const MIA: UserId = UserId(Uuid::from_u128(5));
/// A member who administers the instance.
pub(super) const PAM: UserId = UserId(Uuid::from_u128(6));
/// Administers the instance and is no member.
pub(super) const ROOT: UserId = UserId(Uuid::from_u128(7));
/// Is no member.
pub(super) const STRANGER: UserId = UserId(Uuid::from_u128(8));

/// Tess and Max are in it.
pub(super) const TEAM: TeamId = TeamId(Uuid::from_u128(11));
/// Nobody is in it.
pub(super) const EMPTY_TEAM: TeamId = TeamId(Uuid::from_u128(12));
pub(super) const NO_TEAM: TeamId = TeamId(Uuid::from_u128(19));

/// Tess's; nobody else is in it.
pub(super) const PRIVATE: ProjectId = ProjectId(Uuid::from_u128(21));
/// Tess's; every member finds it.
pub(super) const FOUND: ProjectId = ProjectId(Uuid::from_u128(22));
/// The team's.
pub(super) const OF_TEAM: ProjectId = ProjectId(Uuid::from_u128(23));
/// The organization's.
pub(super) const OF_ORGANIZATION: ProjectId = ProjectId(Uuid::from_u128(24));
/// The workspace's.
pub(super) const OF_WORKSPACE: ProjectId = ProjectId(Uuid::from_u128(25));
/// Tess's; Mia administers it, the team writes, everybody reads.
pub(super) const SHARED: ProjectId = ProjectId(Uuid::from_u128(26));
pub(super) const NO_PROJECT: ProjectId = ProjectId(Uuid::from_u128(29));

/// Executes agents, and nothing else.
pub(super) const BOT: ServiceAccountId = ServiceAccountId(Uuid::from_u128(31));

pub(super) const AGENT: &str = "@acme/mail-agent";
pub(super) const SKILLS: &str = "@acme/tone-skills";
pub(super) const CONNECTOR: &str = "@acme/mail-connector";

pub(super) fn organization() -> TenantId {
    TenantId::new(Uuid::from_u128(100))
}

pub(super) fn agent() -> Resource {
    Resource::agent_template(organization(), AGENT)
}

pub(super) fn skills() -> Resource {
    Resource::skill_package(organization(), SKILLS)
}

pub(super) fn tone() -> Resource {
    Resource::skill(organization(), SKILLS, "tone")
}

pub(super) fn length() -> Resource {
    Resource::skill(organization(), SKILLS, "length")
}

/// A fact, by whom, and in which stream.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) fact: Fact,
    pub(super) by: ActorId,
    pub(super) stream: StreamId,
}

impl Step {
    pub(super) fn by(self, user: UserId) -> Self {
        let by = ActorId::user(user);
        Self { by, ..self }
    }
}

fn step(stream: StreamId, fact: impl Into<Fact>) -> Step {
    Step {
        fact: fact.into(),
        by: ActorId::system("test"),
        stream,
    }
}

pub(super) fn of_organization(event: impl Into<OrganizationEvent>) -> Step {
    step(StreamId::new("organization", "self"), event.into())
}

pub(super) fn of_project(project: ProjectId, event: impl Into<ProjectEvent>) -> Step {
    step(StreamId::new("project", &project.to_string()), event.into())
}

pub(super) fn of_resource(resource: Resource, event: impl Into<PermissionEvent>) -> Step {
    step(
        StreamId::new("permission", &resource.stream()),
        event.into(),
    )
}

pub(super) fn of_package(package: &str, event: impl Into<ExtensionEvent>) -> Step {
    step(StreamId::new("extension", package), event.into())
}

pub(super) fn content() -> ContentRef {
    ContentRef {
        id: Uuid::nil(),
        digest: "00".repeat(32),
        size: 4,
    }
}

pub(super) fn added(user_id: UserId, role: OrganizationRole) -> Step {
    of_organization(MemberAdded {
        user_id,
        role,
        invitation_id: None,
    })
}

pub(super) fn removed(user_id: UserId) -> Step {
    of_organization(MemberRemoved {
        user_id,
        departure: Departure::Removed,
    })
}

pub(super) fn team_created(team_id: TeamId) -> Step {
    of_organization(TeamCreated {
        team_id,
        slug: "team".to_owned(),
        name: content(),
    })
}

pub(super) fn team_deleted(team_id: TeamId) -> Step {
    of_organization(TeamDeleted { team_id })
}

pub(super) fn team_joined(team_id: TeamId, user_id: UserId, role: TeamRole) -> Step {
    of_organization(TeamMemberAdded {
        team_id,
        user_id,
        role,
    })
}

pub(super) fn team_left(team_id: TeamId, user_id: UserId) -> Step {
    of_organization(TeamMemberRemoved { team_id, user_id })
}

pub(super) fn everywhere() -> RoleScope {
    RoleScope {
        level: RoleScopeLevel::Organization,
        record_id: organization().uuid(),
    }
}

pub(super) fn role_granted(user_id: UserId, role: ScopedRole, expires_at_us: Option<i64>) -> Step {
    of_organization(RoleGranted {
        user_id,
        role,
        scope: everywhere(),
        expires_at_us,
    })
}

pub(super) fn program_created(scopes: &[Permission]) -> Step {
    of_organization(ServiceAccountCreated {
        service_account_id: BOT,
        name: content(),
        scopes: scopes.iter().map(ToString::to_string).collect(),
    })
}

pub(super) fn program_revoked() -> Step {
    of_organization(ServiceAccountRevoked {
        service_account_id: BOT,
    })
}

pub(super) fn project_created(
    project_id: ProjectId,
    owner: Owner,
    visibility: ProjectVisibility,
) -> Step {
    of_project(
        project_id,
        project::Created {
            project_id,
            name: content(),
            description: None,
            owner,
            visibility,
        },
    )
}

pub(super) fn opened(project: ProjectId, principal: Principal, role: GrantRole) -> Step {
    of_project(project, AccessGranted { principal, role })
}

pub(super) fn closed(project: ProjectId, principal: Principal) -> Step {
    of_project(project, AccessRevoked { principal })
}

pub(super) fn archived(project: ProjectId) -> Step {
    of_project(project, project::Archived { reason: None })
}

fn release(package: &str, kind: Kind) -> Release {
    let origin = Origin {
        package_name: package.to_owned(),
        version: "1.0.0".to_owned(),
        scope: "@acme".to_owned(),
        destination_id: None,
        registry_url: "directory:registry".to_owned(),
        visibility: extension::Visibility::Public,
    };
    Release {
        kind,
        version: "1.0.0".to_owned(),
        display_name: None,
        description: None,
        origin,
        integrity: "sha512-1".to_owned(),
        content_sha256: "00".repeat(32),
        manifest_sha256: "11".repeat(32),
        dependencies: vec![],
        warnings: vec![],
    }
}

pub(super) fn installed(package: &str, kind: Kind) -> Step {
    let event = Installed {
        release: release(package, kind),
        required_by: None,
    };
    of_package(package, event)
}

pub(super) fn updated(package: &str, kind: Kind) -> Step {
    let event = Updated {
        from_version: "0.9.0".to_owned(),
        release: release(package, kind),
    };
    of_package(package, event)
}

pub(super) fn indexed(package: &str, names: &[&str]) -> Step {
    let skill = |name: &&str| IndexedSkill {
        name: (*name).to_owned(),
        description: None,
        path: format!("skills/{name}/SKILL.md"),
        content_sha256: "22".repeat(32),
    };
    let skills = names.iter().map(skill).collect();
    of_package(package, SkillsIndexed { skills })
}

pub(super) fn uninstalled(package: &str, kind: Kind) -> Step {
    let version = "1.0.0".to_owned();
    of_package(package, Uninstalled { version, kind })
}

pub(super) fn co_owned(resource: Resource, user_id: UserId) -> Step {
    of_resource(resource, CoOwnerGranted { resource, user_id })
}

pub(super) fn policy_set(resource: Resource, policy: Policy) -> Step {
    of_resource(resource, PolicySet { resource, policy })
}

/// Everything for the same people.
pub(super) fn for_all(visibility: Visibility) -> Policy {
    Policy {
        read: Some(visibility),
        execute: Some(visibility),
        share: Some(visibility),
    }
}

/// The organization of the tests.
pub(super) fn history() -> Vec<Step> {
    use OrganizationRole::{Admin, Member, Owner as Owning};
    let mut steps = vec![
        added(OLIVE, Owning),
        added(ADAM, Admin),
        added(TESS, Member),
        added(MAX, Member),
        added(MIA, Member),
        added(PAM, Member),
        team_created(TEAM),
        team_created(EMPTY_TEAM),
        team_joined(TEAM, TESS, TeamRole::Admin),
        team_joined(TEAM, MAX, TeamRole::Member),
        program_created(&[Permission::AgentExecute]),
    ];
    let private = ProjectVisibility::Private;
    steps.extend([
        project_created(PRIVATE, Owner::User(TESS), private),
        project_created(FOUND, Owner::User(TESS), ProjectVisibility::Discoverable),
        project_created(OF_TEAM, Owner::Team(TEAM), private),
        project_created(OF_ORGANIZATION, Owner::Organization, private),
        project_created(OF_WORKSPACE, Owner::Workspace, private),
        project_created(SHARED, Owner::User(TESS), private),
        opened(SHARED, Principal::User(MIA), GrantRole::Admin),
        opened(SHARED, Principal::Team(TEAM), GrantRole::Write),
        opened(SHARED, Principal::Organization, GrantRole::Read),
        installed(AGENT, Kind::Agent).by(TESS),
        installed(SKILLS, Kind::Skill).by(TESS),
        indexed(SKILLS, &["tone", "length"]).by(TESS),
        installed(CONNECTOR, Kind::Connector).by(TESS),
    ]);
    steps
}

pub(super) fn fold(steps: impl IntoIterator<Item = Step>) -> AuthorityState {
    let mut state = AuthorityState::default();
    for Step { fact, by, stream } in steps {
        state.apply(&fact, &by, organization(), &stream).unwrap();
    }
    state
}

/// The organization of the tests, and what happened in it since.
pub(super) fn world(since: impl IntoIterator<Item = Step>) -> AuthorityState {
    fold(history().into_iter().chain(since))
}

/// Somebody in the organization of the tests, with a whole credential.
pub(super) fn person(user: UserId) -> Actor {
    let is_admin = user == PAM || user == ROOT;
    Actor {
        id: ActorId::user(user),
        kind: ActorKind::User(user),
        organization: Some(organization()),
        platform_role: if is_admin {
            PlatformRole::Admin
        } else {
            PlatformRole::User
        },
        scopes: None,
        bypass: None,
    }
}

pub(super) fn bypassing(user: UserId) -> Actor {
    let bypass = Some(BypassReason::GdprRequest);
    Actor {
        bypass,
        ..person(user)
    }
}

pub(super) fn program() -> Actor {
    Actor {
        id: ActorId::service("bot"),
        kind: ActorKind::ServiceAccount(BOT),
        ..person(STRANGER)
    }
}

pub(super) fn bootstrap() -> Actor {
    Actor {
        id: ActorId::service("bootstrap-admin"),
        kind: ActorKind::Bootstrap,
        ..person(STRANGER)
    }
}

pub(super) fn nobody() -> Actor {
    Actor {
        id: ActorId::system("anonymous"),
        kind: ActorKind::Anonymous,
        ..person(STRANGER)
    }
}

/// The same with a narrower credential.
pub(super) fn narrowed(actor: Actor, scopes: &[Permission]) -> Actor {
    let scopes: BTreeSet<Permission> = scopes.iter().copied().collect();
    Actor {
        scopes: Some(scopes),
        ..actor
    }
}

/// What was answered to whom, in the words of a table.
pub(super) fn told(outcome: Result<Allowed, Denied>) -> Result<String, Denied> {
    outcome.map(|allowed| allowed.via)
}

/// By what right, or why not.
pub(super) type Told = Result<&'static str, Denied>;

#[track_caller]
pub(super) fn expect(state: &AuthorityState, rule: Rule, target: Target, table: &[(Actor, Told)]) {
    for (actor, expected) in table {
        let outcome = told(judge(state, actor, rule, &target, NOW));
        let expected = expected.map(str::to_owned);
        assert_eq!(outcome, expected, "{rule:?} {target:?} {actor:?}");
    }
}

pub(super) fn elsewhere(actor: Actor) -> Actor {
    let organization = Some(crate::kernel::TenantId::new(uuid::Uuid::from_u128(999)));
    Actor {
        organization,
        ..actor
    }
}

pub(super) fn nowhere(actor: Actor) -> Actor {
    Actor {
        organization: None,
        ..actor
    }
}
