//! What is known after which facts.

use std::collections::BTreeSet;

use crate::authority::samples::*;
use crate::authority::{Actor, AuthorityState, Operation};
use crate::extension::Kind;
use crate::kernel::{ActorId, Event as _, StreamId, TenantId, UserId};
use crate::organization::{
    MemberRoleChanged, OrganizationRole, RoleGranted, RoleRevoked, RoleScope, RoleScopeLevel,
    ScopedRole, ServiceAccountRotated, TeamMemberRoleChanged, TeamRole,
};
use crate::permission::{
    CoOwnerRevoked, Deleted, Permission, PolicyCleared, Resource, Role, Visibility,
};
use crate::project::{
    self, GrantRole, Owner, Principal, ProjectRole, ProjectVisibility, Promoted, Unarchived,
};

fn roles(state: &AuthorityState, actor: &Actor) -> Vec<Role> {
    state.roles_of(actor, NOW).into_iter().collect()
}

#[track_caller]
fn impossible(state: &AuthorityState, step: &Step) {
    let mut after = state.clone();
    let outcome = after.apply(&step.fact, &step.by, organization(), &step.stream);
    let refused = outcome.unwrap_err();
    assert_eq!(refused.event, step.fact.wire_name());
    assert_eq!(&after, state, "a refused fact changes nothing");
}

#[test]
fn members_have_the_role_that_was_last_given() {
    let state = world([of_organization(MemberRoleChanged {
        user_id: MIA,
        from: OrganizationRole::Member,
        to: OrganizationRole::Owner,
    })]);
    assert_eq!(state.member_role(MIA), Some(OrganizationRole::Owner));
    assert_eq!(state.member_role(STRANGER), None);
    assert_eq!(state.owner_count(), 2);
    let everybody: BTreeSet<UserId> = state.members().map(|(user, _)| user).collect();
    assert_eq!(
        everybody,
        BTreeSet::from([OLIVE, ADAM, TESS, MAX, MIA, PAM])
    );
}

#[test]
fn whoever_is_removed_loses_teams_and_further_roles_and_comes_back_without_them() {
    let state = world([
        role_granted(TESS, ScopedRole::Developer, None),
        removed(TESS),
        added(TESS, OrganizationRole::Member),
    ]);
    assert_eq!(roles(&state, &person(TESS)), [Role::Member]);
    assert_eq!(state.teams_of(TESS), []);
    let gone = world([removed(TESS)]);
    assert_eq!(gone.project_role(&person(TESS), PRIVATE), None);
    assert_eq!(roles(&gone, &person(TESS)), []);
}

#[test]
fn what_names_somebody_is_known_so_that_it_can_be_revoked() {
    let state = world([co_owned(agent(), MIA), co_owned(tone(), MIA)]);
    let (projects, resources) = state.granted_to(MIA);
    assert_eq!(projects, [SHARED]);
    let resources: BTreeSet<Resource> = resources.into_iter().collect();
    assert_eq!(resources, BTreeSet::from([agent(), tone()]));
    assert_eq!(state.granted_to(MAX), (vec![], vec![]));
    let resource = agent();
    let revoked = CoOwnerRevoked {
        resource,
        user_id: MIA,
    };
    let state = world([
        co_owned(agent(), MIA),
        of_resource(agent(), revoked),
        closed(SHARED, Principal::User(MIA)),
    ]);
    assert_eq!(state.granted_to(MIA), (vec![], vec![]));
}

#[test]
fn a_team_that_is_gone_has_nobody() {
    let state = world([team_deleted(TEAM)]);
    assert!(!state.team_exists(TEAM));
    assert_eq!(state.teams_of(TESS), []);
    assert_eq!(state.project_role(&person(MAX), OF_TEAM), None);
    // What the team was granted does not come back with another of its members.
    let shared = state.project_role(&person(MAX), SHARED);
    assert_eq!(shared, Some((ProjectRole::Read, "organization_grant")));
}

#[test]
fn a_team_knows_its_administrators_and_what_it_owns() {
    let state = world([
        of_organization(TeamMemberRoleChanged {
            team_id: TEAM,
            user_id: MAX,
            role: TeamRole::Admin,
        }),
        team_left(TEAM, TESS),
        team_joined(EMPTY_TEAM, MAX, TeamRole::Member),
    ]);
    let teams = [(TEAM, TeamRole::Admin), (EMPTY_TEAM, TeamRole::Member)];
    assert_eq!(state.teams_of(MAX), teams);
    assert_eq!(state.teams_of(TESS), []);
    assert_eq!(state.projects_owned_by_team(TEAM), 1);
    assert_eq!(state.projects_owned_by_team(EMPTY_TEAM), 0);
}

#[test]
fn roles_that_count_everywhere_are_those_of_organization_and_instance() {
    let state = world([
        role_granted(MIA, ScopedRole::Customer, None),
        role_granted(MIA, ScopedRole::Developer, Some(NOW)),
    ]);
    let cases: [(Actor, &[Role]); 9] = [
        (person(OLIVE), &[Role::OrgOwner]),
        (person(ADAM), &[Role::OrgAdmin]),
        // Administering a team is no role everywhere.
        (person(TESS), &[Role::Member]),
        (person(MIA), &[Role::Member, Role::Customer]),
        (person(PAM), &[Role::Member, Role::PlatformAdmin]),
        (person(ROOT), &[Role::PlatformAdmin]),
        (program(), &[Role::ServiceAccount]),
        (bootstrap(), &[Role::OrgOwner, Role::PlatformAdmin]),
        (nobody(), &[]),
    ];
    for (actor, expected) in cases {
        assert_eq!(roles(&state, &actor), expected, "{actor:?}");
    }
}

#[test]
fn a_further_role_counts_where_it_was_given() {
    let scope = |level, record_id| RoleScope { level, record_id };
    let elsewhere = [
        scope(RoleScopeLevel::Team, TEAM.0),
        scope(RoleScopeLevel::Project, SHARED.0),
        scope(RoleScopeLevel::User, MIA.0),
        scope(RoleScopeLevel::Organization, MIA.0),
    ];
    let granted = |scope| {
        of_organization(RoleGranted {
            user_id: MIA,
            role: ScopedRole::Developer,
            scope,
            expires_at_us: None,
        })
    };
    let state = world(elsewhere.map(granted));
    assert_eq!(roles(&state, &person(MIA)), [Role::Member]);
    let revoked = RoleRevoked {
        user_id: MIA,
        role: ScopedRole::Developer,
        scope: everywhere(),
    };
    let state = world([granted(everywhere())]);
    assert_eq!(roles(&state, &person(MIA)), [Role::Member, Role::Developer]);
    let state = world([granted(everywhere()), of_organization(revoked)]);
    assert_eq!(roles(&state, &person(MIA)), [Role::Member]);
}

#[test]
fn a_service_account_is_known_until_it_is_revoked() {
    let rotated = of_organization(ServiceAccountRotated {
        service_account_id: BOT,
        grace_seconds: 900,
    });
    let state = world([rotated]);
    let scopes = BTreeSet::from([Permission::AgentExecute]);
    assert_eq!(state.service_account(BOT), Some(&scopes));
    let state = world([program_revoked()]);
    assert_eq!(state.service_account(BOT), None);
    assert_eq!(roles(&state, &program()), []);
}

#[test]
fn a_project_gives_the_most_that_any_right_gives() {
    let state = world([]);
    let cases = [
        (TESS, Some((ProjectRole::Owner, "owner"))),
        (MIA, Some((ProjectRole::Admin, "grant"))),
        (MAX, Some((ProjectRole::Write, "team_grant"))),
        (ADAM, Some((ProjectRole::Read, "organization_grant"))),
        (STRANGER, None),
    ];
    for (user, expected) in cases {
        assert_eq!(state.project_role(&person(user), SHARED), expected);
    }
    let outright = [(bootstrap(), "bootstrap"), (bypassing(ROOT), "bypass")];
    for (actor, source) in outright {
        let expected = Some((ProjectRole::Owner, source));
        assert_eq!(state.project_role(&actor, PRIVATE), expected);
        assert_eq!(state.project_role(&actor, NO_PROJECT), None);
        assert_eq!(state.readable_projects(&actor).len(), 6);
    }
    assert_eq!(state.project_role(&program(), OF_WORKSPACE), None);
    assert_eq!(state.readable_projects(&program()), []);
}

#[test]
fn a_project_is_read_by_whom_has_access_and_found_by_every_member() {
    let state = world([]);
    let readable = |user| state.readable_projects(&person(user));
    let of_all = [FOUND, OF_ORGANIZATION, OF_WORKSPACE, SHARED];
    assert_eq!(readable(MIA), of_all);
    let of_team = [FOUND, OF_TEAM, OF_ORGANIZATION, OF_WORKSPACE, SHARED];
    assert_eq!(readable(MAX), of_team);
    assert_eq!(readable(TESS).len(), 6);
    assert_eq!(readable(STRANGER), []);
}

#[test]
fn a_project_is_where_it_was_promoted_to_and_as_visible_as_was_last_said() {
    let (from, to) = (Owner::User(TESS), Owner::Team(TEAM));
    let visibility = ProjectVisibility::Private;
    let state = world([
        of_project(PRIVATE, Promoted { from, to }),
        of_project(
            FOUND,
            project::Updated {
                name: content(),
                description: None,
                visibility,
            },
        ),
        archived(SHARED),
    ]);
    let role = state.project_role(&person(MAX), PRIVATE);
    assert_eq!(role, Some((ProjectRole::Write, "owning_team")));
    assert!(!state.readable_projects(&person(MIA)).contains(&FOUND));
    assert_eq!(state.is_archived(SHARED), Some(true));
    assert_eq!(state.is_archived(PRIVATE), Some(false));
    assert_eq!(state.is_archived(NO_PROJECT), None);
    let unarchived = of_project(SHARED, Unarchived { reason: None });
    let state = world([archived(SHARED), unarchived]);
    assert_eq!(state.is_archived(SHARED), Some(false));
}

#[test]
fn granting_anew_replaces_the_role() {
    let principal = Principal::User(MIA);
    let state = world([opened(SHARED, principal, GrantRole::Read)]);
    let role = state.project_role(&person(MIA), SHARED);
    assert_eq!(role, Some((ProjectRole::Read, "grant")));
}

#[test]
fn a_package_is_its_installers_whoever_updates_it() {
    let state = world([]);
    let access = state.resource(tone()).unwrap();
    assert_eq!(access.owner, Some(TESS));
    assert_eq!(
        (access.package, access.parent),
        (Some(SKILLS), Some(skills()))
    );
    assert_eq!(state.resource(skills()).unwrap().parent, None);
    let by_program = fold([installed(AGENT, Kind::Agent)]);
    assert_eq!(by_program.resource(agent()).unwrap().owner, None);
    let state = world([updated(AGENT, Kind::Agent).by(MIA)]);
    assert_eq!(state.resource(agent()).unwrap().owner, Some(TESS));
}

#[test]
fn a_package_that_was_there_before_anybody_is_nobodys() {
    let name = "@acme/old-skills";
    let (whole, skill) = (
        Resource::skill_package(organization(), name),
        Resource::skill(organization(), name, "tone"),
    );
    let only_skills = world([indexed(name, &["tone"])]);
    let access = only_skills.resource(skill).unwrap();
    assert_eq!((access.owner, access.parent), (None, None));
    let then_updated = world([indexed(name, &["tone"]), updated(name, Kind::Skill).by(MIA)]);
    let access = then_updated.resource(skill).unwrap();
    assert_eq!((access.owner, access.parent), (None, Some(whole)));
    let never_seen = world([uninstalled(name, Kind::Skill)]);
    assert_eq!(never_seen, world([]));
}

#[test]
fn a_package_that_changes_its_kind_is_another_resource() {
    let update = updated(AGENT, Kind::Skill);
    let state = world([co_owned(agent(), MIA), update]);
    assert_eq!(state.resource(agent()), None);
    let package = Resource::skill_package(organization(), AGENT);
    assert_eq!(state.resource(package).unwrap().owner, Some(TESS));
    // What was granted on the former one still goes with the package.
    let goes: BTreeSet<Resource> = state.resources_of_package(AGENT).into_iter().collect();
    assert_eq!(goes, BTreeSet::from([agent(), package]));
}

#[test]
fn other_kinds_are_no_resource() {
    let state = world([]);
    assert_eq!(state.resources_of_package(CONNECTOR), []);
    assert_eq!(state.resources_of_package("@acme/other-agent"), []);
    let run = crate::permission::ResourceKind::AgentRun;
    let run = Resource {
        kind: run,
        ..agent()
    };
    assert_eq!(state.resource(run), None);
}

#[test]
fn with_a_package_everything_goes_that_was_granted_on_it() {
    let policy = for_all(Visibility::Owner);
    let granted = [
        co_owned(skills(), MIA),
        co_owned(tone(), MIA),
        policy_set(length(), policy),
    ];
    let everything = BTreeSet::from([skills(), tone(), length()]);
    let state = world(granted.clone());
    let goes: BTreeSet<Resource> = state.resources_of_package(SKILLS).into_iter().collect();
    assert_eq!(goes, everything);
    let mut steps = granted.to_vec();
    steps.push(uninstalled(SKILLS, Kind::Skill));
    // The aggregates say so too, after the package or before it.
    let resource = skills();
    steps.push(of_resource(resource, Deleted { resource }));
    let gone = world(steps.clone());
    assert_eq!(gone.resource(tone()), None);
    assert_eq!(gone.granted_to(MIA).1, []);
    assert_eq!(gone.resources_of_package(SKILLS), []);
    steps.push(installed(SKILLS, Kind::Skill).by(MAX));
    steps.push(indexed(SKILLS, &["tone", "length"]));
    let again = world(steps);
    let access = again.resource(tone()).unwrap();
    assert_eq!((access.owner, access.policy), (Some(MAX), None));
    assert!(access.co_owners.is_empty());
}

#[test]
fn a_skill_that_an_update_drops_is_gone_and_comes_back_as_tight_as_it_was() {
    let policy = for_all(Visibility::Owner);
    let mut steps = vec![
        policy_set(tone(), policy),
        indexed(SKILLS, &["length", "words"]),
    ];
    let without = world(steps.clone());
    assert_eq!(without.resource(tone()), None);
    let words = Resource::skill(organization(), SKILLS, "words");
    assert_eq!(without.resource(words).unwrap().owner, Some(TESS));
    assert!(without.resources_of_package(SKILLS).contains(&tone()));
    steps.push(indexed(SKILLS, &["tone"]));
    let again = world(steps);
    assert_eq!(again.resource(tone()).unwrap().policy, Some(policy));
    let outcome = again.may(&person(MIA), tone(), Operation::Read, NOW);
    assert!(outcome.is_err());
    assert_eq!(again.resource(words), None);
    assert!(!again.resources_of_package(SKILLS).contains(&words));
}

#[test]
fn a_policy_that_is_cleared_leaves_the_fallback() {
    let resource = agent();
    let state = world([
        policy_set(agent(), for_all(Visibility::Owner)),
        of_resource(resource, PolicyCleared { resource }),
    ]);
    let access = state.resource(agent()).unwrap();
    assert_eq!(access.policy, None);
    assert_eq!(access.effective_policy, crate::permission::Policy::FALLBACK);
}

#[test]
fn what_the_fold_never_heard_of_cannot_have_changed() {
    let empty = AuthorityState::default();
    let mut elsewhere = archived(SHARED);
    elsewhere.stream = StreamId::new("project", "not-an-id");
    let steps = [
        of_organization(MemberRoleChanged {
            user_id: STRANGER,
            from: OrganizationRole::Member,
            to: OrganizationRole::Owner,
        }),
        role_granted(STRANGER, ScopedRole::Developer, None),
        team_joined(TEAM, STRANGER, TeamRole::Admin),
        team_joined(NO_TEAM, MIA, TeamRole::Admin),
        archived(NO_PROJECT),
        elsewhere,
    ];
    let known = world([]);
    for step in &steps {
        impossible(&known, step);
        let applied = empty
            .clone()
            .apply(&step.fact, &step.by, organization(), &step.stream);
        assert!(applied.is_err());
    }
}

#[test]
fn a_ledger_is_one_organizations() {
    let mut state = world([]);
    let before = state.clone();
    let other = TenantId::new(uuid::Uuid::from_u128(999));
    let step = added(STRANGER, OrganizationRole::Owner);
    let outcome = state.apply(&step.fact, &step.by, other, &step.stream);
    assert!(outcome.is_err());
    assert_eq!(state, before);
}

#[test]
fn facts_of_other_nouns_change_nothing() {
    let mut state = world([]);
    let before = state.clone();
    let fact = crate::secret::SecretEvent::from(crate::secret::Deleted {
        name: "model.key".to_owned(),
    });
    let stream = StreamId::new("secret", "model.key");
    let by = ActorId::user(OLIVE);
    state
        .apply(&fact.into(), &by, organization(), &stream)
        .unwrap();
    assert_eq!(state, before);
}
