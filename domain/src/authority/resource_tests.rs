//! The rules about resources, with whom they let through and whom they do not.

use super::samples::*;
use super::*;
use crate::permission::{Permission, Policy, Visibility};
use Denied::{Forbidden, Hidden, NoOrganization};

#[test]
fn a_resource_nobody_spoke_of_is_used_by_all_and_managed_by_its_owner() {
    let state = world([]);
    let read = Rule::Resource(Operation::Read);
    let table = [
        (person(TESS), Ok("owner")),
        (person(MIA), Ok("policy:workspace")),
        (person(ADAM), Ok("org_admin")),
        (person(OLIVE), Ok("org_owner")),
        (bypassing(ROOT), Ok("bypass:gdpr_request")),
        (bootstrap(), Ok("bootstrap")),
        (program(), Err(Forbidden("agent.read"))),
        (person(STRANGER), Err(NoOrganization)),
        (person(ROOT), Err(NoOrganization)),
        (narrowed(person(MIA), &[]), Err(Forbidden("agent.read"))),
    ];
    expect(&state, read, Target::Resource(agent()), &table);
    let table = [
        (person(MIA), Ok("policy:workspace")),
        (program(), Ok("policy:workspace")),
        (
            narrowed(person(TESS), &[Permission::AgentRead]),
            Err(Forbidden("agent.execute")),
        ),
    ];
    let execute = Rule::Resource(Operation::Execute);
    expect(&state, execute, Target::Resource(agent()), &table);
    let denied = Err(Forbidden("agent.share"));
    let table = [
        (person(TESS), Ok("owner")),
        (person(ADAM), Ok("org_admin")),
        (person(MIA), denied),
        (program(), denied),
    ];
    let share = Rule::Resource(Operation::Share);
    expect(&state, share, Target::Resource(agent()), &table);
    let denied = Err(Forbidden("agent.managePermissions"));
    let table = [
        (person(TESS), Ok("owner")),
        (person(OLIVE), Ok("org_owner")),
        (person(ADAM), denied),
        (person(MIA), denied),
    ];
    let manage = Rule::Resource(Operation::Manage);
    expect(&state, manage, Target::Resource(agent()), &table);
    let table = [
        (person(OLIVE), Ok("org_owner")),
        (person(ADAM), Err(Forbidden("skill.manageVisibility"))),
    ];
    expect(&state, manage, Target::Resource(tone()), &table);
}

#[test]
fn a_co_owner_may_all_but_say_who_may() {
    let state = world([
        co_owned(agent(), MIA),
        policy_set(agent(), for_all(Visibility::Owner)),
    ]);
    for operation in [Operation::Read, Operation::Execute, Operation::Share] {
        let table = [
            (person(MIA), Ok("co_owner")),
            (person(TESS), Ok("owner")),
            (person(ADAM), Ok("org_admin")),
            (person(MAX), Err(Hidden)),
        ];
        let rule = Rule::Resource(operation);
        expect(&state, rule, Target::Resource(agent()), &table);
    }
    let table = [
        (person(MIA), Err(Forbidden("agent.managePermissions"))),
        (person(MAX), Err(Hidden)),
    ];
    let rule = Rule::Resource(Operation::Manage);
    expect(&state, rule, Target::Resource(agent()), &table);
}

#[test]
fn a_policy_admits_whom_its_word_names() {
    let other = crate::kernel::TenantId::new(uuid::Uuid::from_u128(999));
    let everybody = [OLIVE, ADAM, TESS, MAX, MIA, PAM];
    let cases = [
        (Visibility::Owner, vec![OLIVE, ADAM, TESS]),
        (Visibility::Admin, vec![OLIVE, ADAM, TESS]),
        (Visibility::Org, everybody.to_vec()),
        (Visibility::Workspace, everybody.to_vec()),
        (Visibility::OrgOf(organization()), everybody.to_vec()),
        (Visibility::OrgOf(other), vec![OLIVE, ADAM, TESS]),
        (Visibility::Team(TEAM), vec![OLIVE, ADAM, TESS, MAX]),
        (Visibility::Team(NO_TEAM), vec![OLIVE, ADAM, TESS]),
        (Visibility::Project(PRIVATE), vec![OLIVE, ADAM, TESS]),
        // That a project is to be found is no grant.
        (Visibility::Project(FOUND), vec![OLIVE, ADAM, TESS]),
        (Visibility::Project(OF_TEAM), vec![OLIVE, ADAM, TESS, MAX]),
        (Visibility::Project(SHARED), everybody.to_vec()),
        (Visibility::Project(NO_PROJECT), vec![OLIVE, ADAM, TESS]),
    ];
    for (visibility, readers) in cases {
        let state = world([policy_set(agent(), for_all(visibility))]);
        for user in everybody {
            let outcome = state.may(&person(user), agent(), Operation::Read, NOW);
            let expected = readers.contains(&user);
            assert_eq!(outcome.is_ok(), expected, "{visibility} {user}");
            if !expected {
                assert_eq!(outcome, Err(Hidden));
            }
        }
        let is_of_all = readers.len() == everybody.len();
        let by_program = state.may(&program(), agent(), Operation::Execute, NOW);
        let is_of_project = visibility == Visibility::Project(SHARED);
        assert_eq!(
            by_program.is_ok(),
            is_of_all && !is_of_project,
            "{visibility}"
        );
    }
}

#[test]
fn a_skill_may_be_tighter_or_wider_than_its_package() {
    let reading = |visibility| Policy {
        read: Some(visibility),
        ..Policy::default()
    };
    let rule = Rule::Resource(Operation::Read);
    let tighter = world([policy_set(tone(), reading(Visibility::Owner))]);
    expect(
        &tighter,
        rule,
        Target::Resource(tone()),
        &[(person(MIA), Err(Hidden))],
    );
    let rest = [(person(MIA), Ok("policy:workspace"))];
    expect(&tighter, rule, Target::Resource(length()), &rest);
    expect(&tighter, rule, Target::Resource(skills()), &rest);
    let wider = world([
        policy_set(skills(), reading(Visibility::Owner)),
        policy_set(tone(), reading(Visibility::Org)),
    ]);
    let table = [(person(MIA), Ok("policy:org"))];
    expect(&wider, rule, Target::Resource(tone()), &table);
    for hidden in [length(), skills()] {
        let table = [(person(MIA), Err(Hidden)), (person(TESS), Ok("owner"))];
        expect(&wider, rule, Target::Resource(hidden), &table);
    }
}

#[test]
fn a_resource_that_is_not_there_is_hidden_from_everybody() {
    let rule = Rule::Resource(Operation::Read);
    let table = [
        (person(OLIVE), Err(Hidden)),
        (bypassing(ROOT), Err(Hidden)),
        (bootstrap(), Err(Hidden)),
    ];
    let absent = crate::permission::Resource::agent_template(organization(), "@acme/other-agent");
    expect(&world([]), rule, Target::Resource(absent), &table);
    expect(&world([]), rule, Target::None, &table);
}
