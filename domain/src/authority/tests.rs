//! The rules that look at the instance, the organization and its teams, and what every judgement says.

use super::samples::*;
use super::*;
use crate::kernel::Tag;
use crate::organization::ScopedRole;
use crate::permission::{Permission, Visibility, resource_tag};
use crate::project::{GrantRole, Owner, ProjectRole, project_tag};
use Denied::{Forbidden, Hidden, NoOrganization, Unauthenticated};

#[test]
fn what_is_public_is_for_anybody() {
    let table = [
        (nobody(), Ok("public")),
        (person(STRANGER), Ok("public")),
        (narrowed(person(MIA), &[]), Ok("public")),
    ];
    expect(&world([]), Rule::Public, Target::None, &table);
}

#[test]
fn without_a_credential_nothing_else_is_answered() {
    let rules = [
        Rule::SignedIn,
        Rule::OwnOr(Permission::SettingsRead),
        Rule::Platform(Permission::SettingsRead),
        Rule::Organization(Permission::AgentRead),
        Rule::Team(Permission::TeamUpdate),
        Rule::CreateProject,
        Rule::Project(ProjectRole::Read, Permission::ProjectRead),
        Rule::PromoteProject,
        Rule::GrantProject,
        Rule::Resource(Operation::Read),
        Rule::Inside(Permission::RunList),
        Rule::MoveRun,
    ];
    for rule in rules {
        let table = [(nobody(), Err(Unauthenticated))];
        expect(&world([]), rule, Target::None, &table);
    }
}

#[test]
fn people_act_on_their_own_things_with_a_whole_credential() {
    let table = [
        (person(MIA), Ok("self")),
        (nowhere(person(STRANGER)), Ok("self")),
        (
            narrowed(person(MIA), Permission::ALL),
            Err(Forbidden("signed_in")),
        ),
        (program(), Err(Forbidden("signed_in"))),
        (bootstrap(), Err(Forbidden("signed_in"))),
    ];
    expect(&world([]), Rule::SignedIn, Target::None, &table);
}

#[test]
fn a_person_is_for_themselves_and_for_administrators_of_the_instance() {
    let permission = Permission::OrganizationList;
    let denied = Err(Forbidden("organization.list"));
    let table = [
        (nowhere(person(MIA)), Ok("self")),
        (narrowed(person(MIA), &[permission]), Ok("self")),
        (narrowed(person(MIA), &[]), denied),
        (person(OLIVE), denied),
        (nowhere(person(ROOT)), Ok("platform_admin")),
        (narrowed(person(ROOT), &[]), denied),
        (bootstrap(), Ok("bootstrap")),
        (program(), denied),
    ];
    expect(
        &world([]),
        Rule::OwnOr(permission),
        Target::User(MIA),
        &table,
    );
    // What an administrator of the instance does not hold is for the person alone.
    let own = Rule::OwnOr(Permission::NotificationRead);
    let table = [
        (person(MIA), Ok("self")),
        (person(ROOT), Err(Forbidden("notification.read"))),
    ];
    expect(&world([]), own, Target::User(MIA), &table);
}

#[test]
fn the_instance_is_administered_by_platform_role_alone() {
    let permission = Permission::OrganizationCreate;
    let denied = Err(Forbidden("organization.create"));
    let table = [
        (nowhere(person(ROOT)), Ok("platform_admin")),
        (person(PAM), Ok("platform_admin")),
        (bootstrap(), Ok("bootstrap")),
        (person(OLIVE), denied),
        (program(), denied),
        (narrowed(person(ROOT), &[Permission::AuditRead]), denied),
    ];
    expect(&world([]), Rule::Platform(permission), Target::None, &table);
    let table = [(person(ROOT), Err(Forbidden("agent.delete")))];
    let rule = Rule::Platform(Permission::AgentDelete);
    expect(&world([]), rule, Target::None, &table);
}

#[test]
fn an_organization_is_for_its_members_by_their_roles() {
    let permission = Permission::TeamCreate;
    let denied = Err(Forbidden("team.create"));
    let table = [
        (person(OLIVE), Ok("org_owner")),
        (person(ADAM), Ok("org_admin")),
        (person(MIA), denied),
        (person(TESS), denied),
        (person(PAM), denied),
        (narrowed(person(ADAM), &[permission]), Ok("org_admin")),
        (narrowed(person(ADAM), &[Permission::TeamUpdate]), denied),
        (narrowed(person(ADAM), &[]), denied),
        (program(), denied),
        (bootstrap(), Ok("bootstrap")),
        (person(STRANGER), Err(NoOrganization)),
        (nowhere(person(OLIVE)), Err(NoOrganization)),
        (elsewhere(person(OLIVE)), Err(NoOrganization)),
        (nowhere(bootstrap()), Err(NoOrganization)),
        (elsewhere(bootstrap()), Err(NoOrganization)),
    ];
    expect(
        &world([]),
        Rule::Organization(permission),
        Target::None,
        &table,
    );
}

#[test]
fn an_administrator_of_the_instance_needs_a_bypass_where_they_do_not_belong() {
    let rule = Rule::Organization(Permission::OrganizationManageMembers);
    let table = [
        (person(ROOT), Err(NoOrganization)),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (bypassing(PAM), Ok("bypass:gdpr_request")),
        (
            narrowed(bypassing(ROOT), &[Permission::AuditRead]),
            Err(Forbidden("organization.manageMembers")),
        ),
        (nowhere(bypassing(ROOT)), Err(NoOrganization)),
        // Whoever does not administer the instance bypasses nothing.
        (bypassing(STRANGER), Err(NoOrganization)),
        (bypassing(MIA), Err(Forbidden("organization.manageMembers"))),
    ];
    expect(&world([]), rule, Target::None, &table);
}

#[test]
fn the_trail_is_read_by_who_administers_the_organization() {
    let rule = Rule::Organization(Permission::AuditRead);
    let table = [
        (person(OLIVE), Ok("org_owner")),
        (person(ADAM), Ok("org_admin")),
        (person(PAM), Ok("platform_admin")),
        (person(MIA), Err(Forbidden("audit.read"))),
    ];
    expect(&world([]), rule, Target::None, &table);
}

#[test]
fn a_further_role_counts_until_it_ends() {
    let rule = Rule::Organization(Permission::SkillCreate);
    let denied = Err(Forbidden("skill.create"));
    let granted = |ends| world([role_granted(MIA, ScopedRole::Developer, ends)]);
    let cases = [
        (None, Ok("developer")),
        (Some(NOW + 1), Ok("developer")),
        (Some(NOW), denied),
        (Some(NOW - 1), denied),
    ];
    for (ends, expected) in cases {
        let table = [(person(MIA), expected), (person(MAX), denied)];
        expect(&granted(ends), rule, Target::None, &table);
    }
}

#[test]
fn a_program_has_its_scopes_within_the_role_of_programs() {
    let execute = Rule::Organization(Permission::AgentExecute);
    let state = world([]);
    let table = [
        (program(), Ok("service_account")),
        (
            narrowed(program(), &[Permission::RunRead]),
            Err(Forbidden("agent.execute")),
        ),
    ];
    expect(&state, execute, Target::None, &table);
    // Not in its scopes.
    let table = [(program(), Err(Forbidden("run.read")))];
    let rule = Rule::Organization(Permission::RunRead);
    expect(&state, rule, Target::None, &table);
    // In its scopes, but nothing for programs.
    let broad = world([program_revoked(), program_created(Permission::ALL)]);
    let table = [(program(), Err(Forbidden("agent.read")))];
    let rule = Rule::Organization(Permission::AgentRead);
    expect(&broad, rule, Target::None, &table);
    expect(
        &broad,
        execute,
        Target::None,
        &[(program(), Ok("service_account"))],
    );
    let gone = world([program_revoked()]);
    expect(
        &gone,
        execute,
        Target::None,
        &[(program(), Err(NoOrganization))],
    );
}

#[test]
fn a_team_is_administered_by_its_administrators_and_the_organizations() {
    let rule = Rule::Team(Permission::TeamUpdate);
    let denied = Err(Forbidden("team.update"));
    let table = [
        (person(TESS), Ok("team_admin")),
        (person(MAX), denied),
        (person(MIA), denied),
        (person(ADAM), Ok("org_admin")),
        (person(OLIVE), Ok("org_owner")),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (bootstrap(), Ok("bootstrap")),
        (program(), denied),
        (person(STRANGER), Err(NoOrganization)),
        (narrowed(person(TESS), &[Permission::TeamRead]), denied),
    ];
    expect(&world([]), rule, Target::Team(TEAM), &table);
    let table = [(person(TESS), denied), (person(ADAM), Ok("org_admin"))];
    expect(&world([]), rule, Target::Team(EMPTY_TEAM), &table);
    let table = [
        (person(TESS), Err(Hidden)),
        (person(OLIVE), Err(Hidden)),
        (bootstrap(), Err(Hidden)),
    ];
    expect(&world([]), rule, Target::Team(NO_TEAM), &table);
    expect(&world([]), rule, Target::None, &table);
    // Administering a team is not what deletes it.
    let table = [(person(TESS), Err(Forbidden("team.delete")))];
    let rule = Rule::Team(Permission::TeamDelete);
    expect(&world([]), rule, Target::Team(TEAM), &table);
}

fn relied_on(state: &AuthorityState, actor: &Actor, rule: Rule, target: Target) -> Vec<Tag> {
    let allowed = judge(state, actor, rule, &target, NOW).unwrap();
    let mut tags = allowed.relied_on;
    tags.sort_unstable();
    tags
}

fn sorted<const N: usize>(tags: [Result<Tag, crate::kernel::InvalidId>; N]) -> Vec<Tag> {
    let mut tags = tags.map(Result::unwrap).to_vec();
    tags.sort_unstable();
    tags
}

#[test]
fn a_judgement_names_what_it_relied_on() {
    let state = world([policy_set(tone(), for_all(Visibility::Team(TEAM)))]);
    let package = || crate::extension::extension_tag(&SKILLS.to_owned().try_into().unwrap());
    let read = Rule::Resource(Operation::Read);
    let write = Rule::Project(ProjectRole::Write, Permission::ProjectUpdate);
    let organization = Rule::Organization(Permission::AgentRead);
    let update = Rule::Team(Permission::TeamUpdate);
    let cases = [
        (MIA, Rule::SignedIn, Target::None, vec![]),
        (
            MIA,
            organization,
            Target::None,
            sorted([authority_tag(MIA)]),
        ),
        (
            TESS,
            update,
            Target::Team(TEAM),
            sorted([authority_tag(TESS), team_tag(TEAM)]),
        ),
        (
            TESS,
            write,
            Target::Project(PRIVATE),
            sorted([authority_tag(TESS), project_tag(PRIVATE)]),
        ),
        (
            MAX,
            write,
            Target::Project(SHARED),
            sorted([authority_tag(MAX), project_tag(SHARED), team_tag(TEAM)]),
        ),
        (
            TESS,
            Rule::PromoteProject,
            Target::Promotion(PRIVATE, Owner::Team(TEAM)),
            sorted([authority_tag(TESS), project_tag(PRIVATE), team_tag(TEAM)]),
        ),
        (
            MAX,
            read,
            Target::Resource(tone()),
            sorted([
                authority_tag(MAX),
                resource_tag(tone()),
                resource_tag(skills()),
                package(),
                team_tag(TEAM),
            ]),
        ),
    ];
    for (user, rule, target, expected) in cases {
        assert_eq!(relied_on(&state, &person(user), rule, target), expected);
    }
    let within = Target::Within(agent(), SHARED);
    let by_max = relied_on(
        &state,
        &person(MAX),
        Rule::Resource(Operation::Execute),
        within,
    );
    let expected = [
        authority_tag(MAX),
        resource_tag(agent()),
        crate::extension::extension_tag(&AGENT.to_owned().try_into().unwrap()),
        project_tag(SHARED),
        team_tag(TEAM),
    ];
    assert_eq!(by_max, sorted(expected));
    let by_program = Rule::Organization(Permission::AgentExecute);
    let tags = relied_on(&state, &program(), by_program, Target::None);
    assert_eq!(tags, sorted([service_authority_tag(BOT)]));
    for actor in [bootstrap(), bypassing(ROOT)] {
        assert_eq!(relied_on(&state, &actor, organization, Target::None), []);
        let tags = relied_on(&state, &actor, write, Target::Project(PRIVATE));
        assert_eq!(tags, sorted([project_tag(PRIVATE)]));
        let place = Target::Owner(Owner::User(MIA));
        let tags = relied_on(&state, &actor, Rule::CreateProject, place);
        assert_eq!(tags, sorted([authority_tag(MIA)]));
    }
}

#[test]
fn a_judgement_names_the_permission_that_was_demanded() {
    let state = world([]);
    let demanded = |rule, target: Target| {
        let allowed = judge(&state, &person(TESS), rule, &target, NOW);
        allowed.unwrap().permission
    };
    let cases = [
        (Rule::Public, Target::None, "public"),
        (Rule::SignedIn, Target::None, "signed_in"),
        (
            Rule::CreateProject,
            Target::Owner(Owner::User(TESS)),
            "project.create",
        ),
        (
            Rule::PromoteProject,
            Target::Promotion(PRIVATE, Owner::Team(TEAM)),
            "project.update",
        ),
        (
            Rule::GrantProject,
            Target::Grant(PRIVATE, GrantRole::Read),
            "project.manageMembers",
        ),
        (
            Rule::Resource(Operation::Share),
            Target::Resource(tone()),
            "skill.assign",
        ),
    ];
    for (rule, target, permission) in cases {
        assert_eq!(demanded(rule, target), permission);
    }
}
