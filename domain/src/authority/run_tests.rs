//! The rules about runs, with whom they let through and whom they do not.

use super::samples::*;
use super::*;
use crate::kernel::{ProjectId, RunId};
use crate::organization::TeamRole;
use crate::permission::{CoOwnerRevoked, Permission, Policy, Resource, Visibility};
use crate::project::{GrantRole, Principal};
use Denied::{Forbidden, Hidden, NoOrganization, NoProjectAccess, ProjectArchived};

const RUN: RunId = RunId(uuid::Uuid::from_u128(51));

/// Tess's.
fn hers() -> Target {
    Target::Run(RunTarget {
        run_id: RUN,
        owner: Some(TESS),
        policy: None,
    })
}

fn run() -> Resource {
    Resource::agent_run(RUN)
}

#[test]
fn a_run_nobody_spoke_of_is_its_owners_and_the_administrators() {
    let state = world([]);
    let table = [
        (person(TESS), Ok("owner")),
        (person(ADAM), Ok("org_admin")),
        (person(OLIVE), Ok("org_owner")),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (person(MAX), Err(Hidden)),
        (person(MIA), Err(Hidden)),
        (person(PAM), Err(Hidden)),
        (person(STRANGER), Err(NoOrganization)),
        (elsewhere(person(TESS)), Err(NoOrganization)),
    ];
    for permission in [
        Permission::RunRead,
        Permission::RunResume,
        Permission::RunRespondToHitl,
        Permission::RunApproveHitl,
        Permission::RunCancel,
    ] {
        expect(&state, Rule::Run(permission), hers(), &table);
        let only = narrowed(person(TESS), &[permission]);
        expect(
            &state,
            Rule::Run(permission),
            hers(),
            &[(only, Ok("owner"))],
        );
    }
    for operation in [Operation::Read, Operation::Execute, Operation::Share] {
        expect(&state, Rule::Resource(operation), hers(), &table);
    }
    let table = [
        (person(TESS), Ok("owner")),
        (person(OLIVE), Ok("org_owner")),
        (person(ADAM), Err(Forbidden("run.share"))),
        (person(MIA), Err(Hidden)),
    ];
    expect(&state, Rule::Resource(Operation::Manage), hers(), &table);
}

#[test]
fn a_co_owner_does_everything_with_a_run_but_sharing_it_out_until_it_is_taken_back() {
    let answers = Rule::Run(Permission::RunRespondToHitl);
    let manages = Rule::Resource(Operation::Manage);
    let granted = co_owned(run(), MIA);
    let state = world([granted.clone()]);
    for rule in [
        Rule::Run(Permission::RunRead),
        answers,
        Rule::Run(Permission::RunCancel),
        Rule::Resource(Operation::Share),
    ] {
        let table = [(person(MIA), Ok("co_owner")), (person(MAX), Err(Hidden))];
        expect(&state, rule, hers(), &table);
    }
    let refused = [(person(MIA), Err(Forbidden("run.share")))];
    expect(&state, manages, hers(), &refused);
    let shared = vec![RUN];
    let owner = Some(MIA);
    let found = state.readable_runs(&person(MIA), NOW);
    assert_eq!(found, ReadableRuns::Only { owner, shared });
    let revoked = CoOwnerRevoked {
        resource: run(),
        user_id: MIA,
    };
    let state = world([granted.clone(), of_resource(run(), revoked)]);
    expect(&state, answers, hers(), &[(person(MIA), Err(Hidden))]);
    // A grant counts for members only.
    let state = world([granted, removed(MIA)]);
    expect(
        &state,
        answers,
        hers(),
        &[(person(MIA), Err(NoOrganization))],
    );
}

#[test]
fn a_policy_opens_a_run_for_as_much_as_it_says() {
    let read = Some(Visibility::Team(TEAM));
    let policy = Policy {
        read,
        ..Policy::default()
    };
    let state = world([policy_set(run(), policy)]);
    let table = [
        (person(MAX), Ok("policy:team")),
        (person(MIA), Err(Hidden)),
        (program(), Err(Forbidden("run.read"))),
    ];
    expect(&state, Rule::Run(Permission::RunRead), hers(), &table);
    let denied = Err(Forbidden("run.respondToHitl"));
    let table = [(person(MAX), denied), (person(MIA), Err(Hidden))];
    expect(
        &state,
        Rule::Run(Permission::RunRespondToHitl),
        hers(),
        &table,
    );
    let state = world([policy_set(run(), for_all(Visibility::Org))]);
    let table = [(person(MIA), Ok("policy:org"))];
    expect(
        &state,
        Rule::Run(Permission::RunRespondToHitl),
        hers(),
        &table,
    );
}

#[test]
fn a_run_that_is_not_there_is_nothing_and_a_narrow_credential_learns_nothing() {
    let state = world([]);
    let table = [
        (person(OLIVE), Err(Hidden)),
        (person(STRANGER), Err(NoOrganization)),
        (narrowed(person(OLIVE), &[]), Err(Forbidden("run.read"))),
    ];
    for rule in [
        Rule::Run(Permission::RunRead),
        Rule::Resource(Operation::Read),
    ] {
        expect(&state, rule, Target::None, &table);
        let known = (narrowed(person(TESS), &[]), Err(Forbidden("run.read")));
        expect(&state, rule, hers(), &[known]);
    }
}

/// Starts a run of the agent within a project.
const START: Rule = Rule::Resource(Operation::Execute);

fn within(project: ProjectId) -> Target {
    Target::Within(agent(), project)
}

#[test]
fn a_run_starts_in_a_project_by_the_right_to_the_agent_and_to_write_there() {
    let state = world([]);
    let table = [
        (person(TESS), Ok("owner")),
        (person(MIA), Ok("policy:workspace")),
        (person(MAX), Ok("policy:workspace")),
        (person(OLIVE), Err(NoProjectAccess)),
        (person(ADAM), Err(NoProjectAccess)),
        (person(PAM), Err(NoProjectAccess)),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (bootstrap(), Ok("bootstrap")),
        (program(), Err(Hidden)),
        (person(STRANGER), Err(NoOrganization)),
    ];
    expect(&state, START, within(SHARED), &table);
    let only = narrowed(person(MIA), &[Permission::AgentExecute]);
    let other = narrowed(person(MIA), &[Permission::ProjectUpdate]);
    let table = [
        (only, Ok("policy:workspace")),
        (other, Err(Forbidden("agent.execute"))),
    ];
    expect(&state, START, within(SHARED), &table);
    // A room that one may not look into is not there; one that can be found by name lets nobody work in it.
    let table = [
        (person(TESS), Ok("owner")),
        (person(OLIVE), Err(Hidden)),
        (person(MIA), Err(Hidden)),
    ];
    expect(&state, START, within(PRIVATE), &table);
    let table = [
        (person(TESS), Ok("owner")),
        (person(MIA), Err(NoProjectAccess)),
    ];
    expect(&state, START, within(FOUND), &table);
    let table = [
        (person(OLIVE), Err(Hidden)),
        (bypassing(ROOT), Err(Hidden)),
        (bootstrap(), Err(Hidden)),
    ];
    expect(&state, START, within(NO_PROJECT), &table);
    // Of the workspace's, its administrators are the owners.
    let table = [
        (person(PAM), Ok("policy:workspace")),
        (person(OLIVE), Err(NoProjectAccess)),
    ];
    expect(&state, START, within(OF_WORKSPACE), &table);
    // Writing there is no right to the agent.
    let shut = Policy {
        execute: Some(Visibility::Owner),
        ..Policy::default()
    };
    let state = world([policy_set(agent(), shut)]);
    let table = [
        (person(TESS), Ok("owner")),
        (person(MIA), Err(Forbidden("agent.execute"))),
    ];
    expect(&state, START, within(SHARED), &table);
}

#[test]
fn nothing_starts_in_an_archived_project() {
    let state = world([archived(SHARED)]);
    let table = [
        (person(TESS), Err(ProjectArchived)),
        (person(MIA), Err(ProjectArchived)),
        (person(OLIVE), Err(NoProjectAccess)),
        (bypassing(ROOT), Err(ProjectArchived)),
    ];
    expect(&state, START, within(SHARED), &table);
}

/// Tess's run, from one project to another.
fn moving(from: Option<ProjectId>, to: Option<ProjectId>) -> Target {
    let run = RunTarget {
        run_id: RUN,
        owner: Some(TESS),
        policy: None,
    };
    Target::Move { run, from, to }
}

/// Reads the run, and nothing more.
fn shown_to(visibility: Visibility) -> Step {
    let read = Some(visibility);
    let policy = Policy {
        read,
        ..Policy::default()
    };
    policy_set(run(), policy)
}

#[test]
fn a_run_in_no_project_is_brought_into_one_by_whoever_hands_it_on_and_writes_there() {
    let state = world([co_owned(run(), MIA), shown_to(Visibility::Team(TEAM))]);
    let to_shared = moving(None, Some(SHARED));
    let table = [
        (person(TESS), Ok("owner")),
        (person(MIA), Ok("co_owner")),
        (person(MAX), Err(Forbidden("run.editOutput"))),
        (person(ADAM), Err(NoProjectAccess)),
        (person(PAM), Err(Hidden)),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (program(), Err(Forbidden("run.editOutput"))),
        (person(STRANGER), Err(NoOrganization)),
        (
            narrowed(person(TESS), &[]),
            Err(Forbidden("run.editOutput")),
        ),
    ];
    expect(&state, Rule::MoveRun, to_shared, &table);
    let only = narrowed(person(TESS), &[Permission::RunEditOutput]);
    expect(&state, Rule::MoveRun, to_shared, &[(only, Ok("owner"))]);
    let table = [
        (person(TESS), Ok("owner")),
        (person(MIA), Err(Hidden)),
        (person(ADAM), Err(Hidden)),
    ];
    expect(&state, Rule::MoveRun, moving(None, Some(PRIVATE)), &table);
    for actor in [person(TESS), bypassing(ROOT)] {
        let nowhere = moving(None, Some(NO_PROJECT));
        expect(&state, Rule::MoveRun, nowhere, &[(actor, Err(Hidden))]);
    }
    let state = world([archived(SHARED)]);
    let table = [
        (person(TESS), Err(ProjectArchived)),
        (person(MIA), Err(Hidden)),
    ];
    expect(&state, Rule::MoveRun, to_shared, &table);
    expect(
        &state,
        Rule::MoveRun,
        Target::None,
        &[(person(TESS), Err(Hidden))],
    );
}

#[test]
fn a_run_is_taken_out_of_a_project_by_whoever_reads_it_and_writes_there_archived_or_not() {
    let shown = shown_to(Visibility::Project(SHARED));
    let out = moving(Some(SHARED), None);
    for since in [vec![shown.clone()], vec![shown.clone(), archived(SHARED)]] {
        let state = world(since);
        let table = [
            (person(TESS), Ok("project:owner")),
            (person(MIA), Ok("project:grant")),
            (person(MAX), Ok("project:team_grant")),
            (person(OLIVE), Err(NoProjectAccess)),
            (bypassing(ROOT), Ok("bypass:gdpr_request")),
        ];
        expect(&state, Rule::MoveRun, out, &table);
    }
    // Whoever writes in the project and may not read the run is told nothing of it.
    let state = world([]);
    let table = [
        (person(TESS), Ok("project:owner")),
        (person(MIA), Err(Hidden)),
        (person(MAX), Err(Hidden)),
        (person(ADAM), Err(NoProjectAccess)),
    ];
    expect(&state, Rule::MoveRun, out, &table);
    // Whose it is counts for nothing where they may not write.
    let lost = moving(Some(OF_WORKSPACE), None);
    let table = [(person(TESS), Err(NoProjectAccess))];
    expect(&state, Rule::MoveRun, lost, &table);
}

#[test]
fn a_run_goes_from_project_to_project_by_the_right_to_write_in_both() {
    let state = world([shown_to(Visibility::Org)]);
    let table = [
        (person(TESS), Ok("project:owner")),
        (person(MAX), Ok("project:team_grant")),
        (person(MIA), Err(Hidden)),
        (person(OLIVE), Err(NoProjectAccess)),
    ];
    let both = moving(Some(SHARED), Some(OF_TEAM));
    expect(&state, Rule::MoveRun, both, &table);
    let since = [
        shown_to(Visibility::Org),
        opened(OF_TEAM, Principal::User(MIA), GrantRole::Read),
        opened(OF_TEAM, Principal::User(ADAM), GrantRole::Write),
        team_joined(TEAM, PAM, TeamRole::Member),
    ];
    let state = world(since);
    let table = [
        (person(MIA), Err(NoProjectAccess)),
        (person(ADAM), Err(NoProjectAccess)),
        (person(PAM), Ok("project:team_grant")),
    ];
    expect(&state, Rule::MoveRun, both, &table);
    // Where it is already, nothing is brought.
    let state = world([shown_to(Visibility::Org), archived(SHARED)]);
    let stays = moving(Some(SHARED), Some(SHARED));
    expect(
        &state,
        Rule::MoveRun,
        stays,
        &[(person(MIA), Ok("project:grant"))],
    );
}

#[test]
fn a_list_of_a_project_is_for_whoever_looks_into_it() {
    let state = world([]);
    let lists = Rule::Inside(Permission::RunList);
    let table = [
        (person(TESS), Ok("member")),
        (person(MIA), Err(Hidden)),
        (person(OLIVE), Err(Hidden)),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (narrowed(person(TESS), &[]), Err(Forbidden("run.list"))),
    ];
    expect(&state, lists, Target::Project(PRIVATE), &table);
    let table = [(person(TESS), Ok("member")), (person(MIA), Err(Hidden))];
    expect(&state, lists, Target::Project(FOUND), &table);
    let table = [(person(OLIVE), Ok("org_owner"))];
    expect(&state, lists, Target::Project(SHARED), &table);
    expect(
        &state,
        lists,
        Target::Project(NO_PROJECT),
        &[(bypassing(ROOT), Err(Hidden))],
    );
    let table = [
        (person(MIA), Ok("member")),
        (person(STRANGER), Err(NoOrganization)),
    ];
    expect(&state, lists, Target::None, &table);
}

#[test]
fn being_in_a_project_shows_nobody_a_run() {
    let state = world([]);
    // Whoever administers the project is told of it by the run's policy alone.
    let table = [(person(MIA), Err(Hidden)), (person(MAX), Err(Hidden))];
    expect(&state, Rule::Run(Permission::RunRead), hers(), &table);
    let state = world([shown_to(Visibility::Project(SHARED))]);
    let table = [
        (person(MIA), Ok("policy:project")),
        (person(MAX), Ok("policy:project")),
        (person(PAM), Ok("policy:project")),
    ];
    expect(&state, Rule::Run(Permission::RunRead), hers(), &table);
    let table = [(person(MIA), Err(Hidden))];
    let state = world([shown_to(Visibility::Project(OF_TEAM))]);
    expect(&state, Rule::Run(Permission::RunRead), hers(), &table);
}
