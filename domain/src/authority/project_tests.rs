//! The rules about projects, with whom they let through and whom they do not.

use super::samples::*;
use super::*;
use crate::kernel::{ProjectId, UserId};
use crate::permission::Permission;
use crate::project::{GrantRole, Owner, ProjectRole};
use Denied::{Forbidden, Hidden, NoOrganization};

#[test]
fn a_project_is_made_where_one_may_have_one() {
    let state = world([]);
    let rule = Rule::CreateProject;
    let denied = Err(Forbidden("project.create"));
    let table = [
        (person(MIA), Ok("self")),
        (person(OLIVE), denied),
        (program(), denied),
        (narrowed(person(MIA), &[Permission::ProjectRead]), denied),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (bootstrap(), Ok("bootstrap")),
        (person(ROOT), Err(NoOrganization)),
    ];
    expect(&state, rule, Target::Owner(Owner::User(MIA)), &table);
    let table = [
        (person(MIA), denied),
        (bootstrap(), Err(Hidden)),
        (person(STRANGER), Err(NoOrganization)),
    ];
    expect(&state, rule, Target::Owner(Owner::User(STRANGER)), &table);
    let table = [
        (person(TESS), Ok("team_admin")),
        (person(MAX), denied),
        (person(OLIVE), denied),
        (bootstrap(), Ok("bootstrap")),
    ];
    expect(&state, rule, Target::Owner(Owner::Team(TEAM)), &table);
    let table = [(person(TESS), Err(Hidden)), (bootstrap(), Err(Hidden))];
    expect(&state, rule, Target::Owner(Owner::Team(NO_TEAM)), &table);
    let table = [
        (person(OLIVE), Ok("org_owner")),
        (person(ADAM), Ok("org_admin")),
        (person(TESS), denied),
        (person(PAM), denied),
    ];
    expect(&state, rule, Target::Owner(Owner::Organization), &table);
    let table = [
        (person(PAM), Ok("platform_admin")),
        (person(OLIVE), denied),
        (bootstrap(), Ok("bootstrap")),
    ];
    expect(&state, rule, Target::Owner(Owner::Workspace), &table);
    expect(&state, rule, Target::None, &[(person(PAM), Err(Hidden))]);
}

/// Who is what in a project, and by what right.
type Role = (UserId, ProjectRole, &'static str);

/// A project, and who is what in it: whoever is not named is a member to whom it is hidden.
fn roles() -> Vec<(ProjectId, Vec<Role>)> {
    use ProjectRole::{Admin, Owner, Read, Write};
    let readers = |source| [OLIVE, ADAM, MAX, MIA, PAM].map(|user| (user, Read, source));
    let mut shared = readers("project:organization_grant").to_vec();
    shared.retain(|(user, _, _)| ![MIA, MAX].contains(user));
    shared.extend([
        (TESS, Owner, "project:owner"),
        (MIA, Admin, "project:grant"),
        (MAX, Write, "project:team_grant"),
    ]);
    let mut of_workspace = [OLIVE, ADAM, TESS, MAX, MIA]
        .map(|user| (user, Read, "project:owning_workspace"))
        .to_vec();
    of_workspace.push((PAM, Owner, "project:owning_workspace"));
    let of_organization = [OLIVE, ADAM]
        .map(|user| (user, Owner, "project:owning_organization"))
        .into_iter()
        .chain([TESS, MAX, MIA, PAM].map(|user| (user, Write, "project:owning_organization")));
    vec![
        (PRIVATE, vec![(TESS, Owner, "project:owner")]),
        (
            OF_TEAM,
            vec![
                (TESS, Owner, "project:owning_team"),
                (MAX, Write, "project:owning_team"),
            ],
        ),
        (OF_ORGANIZATION, of_organization.collect()),
        (OF_WORKSPACE, of_workspace),
        (SHARED, shared),
    ]
}

#[test]
fn a_project_is_hidden_from_whom_has_no_role_and_forbidden_to_whom_has_too_little() {
    use ProjectRole::{Admin, Owner, Read, Write};
    let state = world([]);
    for (project, roles) in roles() {
        for user in [OLIVE, ADAM, TESS, MAX, MIA, PAM] {
            let known = roles.iter().find(|(of, _, _)| *of == user);
            for least in [Read, Write, Admin, Owner] {
                let expected = match known {
                    None => Err(Hidden),
                    Some((_, role, via)) if *role >= least => Ok(*via),
                    Some(_) => Err(Forbidden("project.update")),
                };
                let rule = Rule::Project(least, Permission::ProjectUpdate);
                let target = Target::Project(project);
                expect(&state, rule, target, &[(person(user), expected)]);
            }
        }
    }
}

#[test]
fn a_project_that_is_not_there_is_hidden_from_everybody() {
    let rule = Rule::Project(ProjectRole::Read, Permission::ProjectRead);
    let table = [
        (person(OLIVE), Err(Hidden)),
        (bypassing(ROOT), Err(Hidden)),
        (bootstrap(), Err(Hidden)),
        (person(STRANGER), Err(NoOrganization)),
    ];
    expect(&world([]), rule, Target::Project(NO_PROJECT), &table);
    expect(&world([]), rule, Target::None, &table[..1]);
}

#[test]
fn a_project_is_open_to_a_bypass_and_closed_to_programs_and_narrow_credentials() {
    let rule = Rule::Project(ProjectRole::Owner, Permission::ProjectUpdate);
    let denied = Err(Forbidden("project.update"));
    let table = [
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (bootstrap(), Ok("bootstrap")),
        (person(ROOT), Err(NoOrganization)),
        (program(), denied),
        (narrowed(person(TESS), &[Permission::ProjectRead]), denied),
        // The same answer as for a project that is not there: a narrow credential tells nothing.
        (narrowed(person(MIA), &[Permission::ProjectRead]), denied),
    ];
    expect(&world([]), rule, Target::Project(PRIVATE), &table);
    expect(&world([]), rule, Target::Project(NO_PROJECT), &table[4..]);
}

#[test]
fn what_is_to_be_found_shows_its_row_to_every_member() {
    let state = world([]);
    let table = [
        (person(TESS), Ok("project:owner")),
        (person(MIA), Ok("project:discoverable")),
        (person(STRANGER), Err(NoOrganization)),
        (program(), Err(Forbidden("project.read"))),
    ];
    expect(&state, Rule::FindProject, Target::Project(FOUND), &table);
    let hidden = [(person(MIA), Err(Hidden))];
    expect(&state, Rule::FindProject, Target::Project(PRIVATE), &hidden);
    let rule = Rule::Project(ProjectRole::Read, Permission::ProjectRead);
    expect(&state, rule, Target::Project(FOUND), &hidden);
    let table = [(person(MIA), Err(Forbidden("project.update")))];
    let rule = Rule::Project(ProjectRole::Write, Permission::ProjectUpdate);
    expect(&state, rule, Target::Project(FOUND), &table);
}

#[test]
fn a_project_is_promoted_by_who_administers_it_to_where_they_may_have_one() {
    let state = world([]);
    let promote = |project, place| (Rule::PromoteProject, Target::Promotion(project, place));
    let denied = Err(Forbidden("project.update"));
    let (rule, target) = promote(PRIVATE, Owner::Team(TEAM));
    let table = [
        (person(TESS), Ok("project:owner")),
        (person(MIA), Err(Hidden)),
        (person(OLIVE), Err(Hidden)),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (narrowed(person(TESS), &[Permission::ProjectCreate]), denied),
    ];
    expect(&state, rule, target, &table);
    let (rule, target) = promote(PRIVATE, Owner::Team(NO_TEAM));
    expect(&state, rule, target, &[(person(TESS), Err(Hidden))]);
    let (rule, target) = promote(PRIVATE, Owner::Team(EMPTY_TEAM));
    expect(&state, rule, target, &[(person(TESS), denied)]);
    let (rule, target) = promote(PRIVATE, Owner::Organization);
    expect(&state, rule, target, &[(person(TESS), denied)]);
    let (rule, target) = promote(OF_ORGANIZATION, Owner::Workspace);
    let table = [
        (person(OLIVE), denied),
        (person(PAM), denied),
        (person(STRANGER), Err(NoOrganization)),
    ];
    expect(&state, rule, target, &table);
    // Mia administers it, and nothing else.
    let (rule, target) = promote(SHARED, Owner::Organization);
    expect(&state, rule, target, &[(person(MIA), denied)]);
    // Downwards and sideways is refused by the aggregate, whoever asks.
    for place in [Owner::User(MIA), Owner::Team(NO_TEAM)] {
        let (rule, target) = promote(OF_TEAM, place);
        let table = [
            (person(TESS), Ok("project:owning_team")),
            (person(MAX), denied),
        ];
        expect(&state, rule, target, &table);
    }
}

#[test]
fn an_administrator_of_a_project_shares_it_and_its_owner_makes_administrators() {
    let state = world([]);
    let rule = Rule::GrantProject;
    let denied = Err(Forbidden("project.manageMembers"));
    for role in [GrantRole::Read, GrantRole::Write] {
        let table = [
            (person(TESS), Ok("project:owner")),
            (person(MIA), Ok("project:grant")),
            (person(MAX), denied),
            (bootstrap(), Ok("bootstrap")),
        ];
        expect(&state, rule, Target::Grant(SHARED, role), &table);
    }
    let table = [(person(TESS), Ok("project:owner")), (person(MIA), denied)];
    expect(
        &state,
        rule,
        Target::Grant(SHARED, GrantRole::Admin),
        &table,
    );
    let table = [(person(MIA), Err(Hidden)), (bootstrap(), Ok("bootstrap"))];
    expect(
        &state,
        rule,
        Target::Grant(PRIVATE, GrantRole::Read),
        &table,
    );
    let table = [(bootstrap(), Err(Hidden))];
    expect(
        &state,
        rule,
        Target::Grant(NO_PROJECT, GrantRole::Read),
        &table,
    );
}
