//! What holds for every organization, whoever asks for whatever.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::samples::*;
use super::*;
use crate::Fact;
use crate::extension::{Kind, PackageName, extension_tag};
use crate::kernel::{ProjectId, RunId, Tag, TeamId, UserId};
use crate::organization::{OrganizationRole, ScopedRole, TeamRole};
use crate::permission::{
    CoOwnerRevoked, Deleted, Permission, Policy, PolicyCleared, Resource, Visibility,
    effective_grants, resolve_effective_policy,
};
use crate::project::{GrantRole, Owner, Principal, ProjectRole, ProjectVisibility, Promoted};

fn any_user() -> impl Strategy<Value = UserId> {
    select(vec![OLIVE, ADAM, TESS, MAX, MIA, PAM, ROOT, STRANGER])
}

fn any_team() -> impl Strategy<Value = TeamId> {
    select(vec![TEAM, EMPTY_TEAM])
}

fn any_project() -> impl Strategy<Value = ProjectId> {
    select(vec![PRIVATE, FOUND, OF_TEAM, SHARED, NO_PROJECT])
}

/// A run, of which the fold knows what was granted on it.
const RUN: RunId = RunId(uuid::Uuid::from_u128(51));

fn any_resource() -> impl Strategy<Value = Resource> {
    let run = Resource::agent_run(RUN);
    select(vec![agent(), skills(), tone(), length(), run])
}

fn any_principal() -> impl Strategy<Value = Principal> {
    prop_oneof![
        any_user().prop_map(Principal::User),
        any_team().prop_map(Principal::Team),
        Just(Principal::Organization),
    ]
}

fn any_owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        any_user().prop_map(Owner::User),
        any_team().prop_map(Owner::Team),
        Just(Owner::Organization),
        Just(Owner::Workspace),
    ]
}

fn any_grant() -> impl Strategy<Value = GrantRole> {
    select(vec![GrantRole::Read, GrantRole::Write, GrantRole::Admin])
}

fn any_visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![
        Just(Visibility::Owner),
        Just(Visibility::Org),
        Just(Visibility::OrgOf(organization())),
        any_team().prop_map(Visibility::Team),
        any_project().prop_map(Visibility::Project),
        Just(Visibility::Workspace),
        Just(Visibility::Admin),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let one = || proptest::option::of(any_visibility());
    (one(), one(), one()).prop_map(|(read, execute, share)| Policy {
        read,
        execute,
        share,
    })
}

/// Whatever may happen to who belongs to the organization.
fn any_step_of_organization() -> impl Strategy<Value = Step> {
    use OrganizationRole::{Admin, Member, Owner as Owning};
    let role = select(vec![Member, Admin, Owning]);
    let team_role = select(vec![TeamRole::Member, TeamRole::Admin]);
    let scoped = select(vec![ScopedRole::Developer, ScopedRole::Customer]);
    let ends = select(vec![None, Some(NOW - 1), Some(NOW), Some(NOW + 1)]);
    prop_oneof![
        (any_user(), role).prop_map(|(user, role)| added(user, role)),
        any_user().prop_map(removed),
        any_team().prop_map(team_created),
        any_team().prop_map(team_deleted),
        (any_team(), any_user(), team_role).prop_map(|(t, u, role)| team_joined(t, u, role)),
        (any_team(), any_user()).prop_map(|(team, user)| team_left(team, user)),
        (any_user(), scoped, ends).prop_map(|(user, role, ends)| role_granted(user, role, ends)),
        Just(program_revoked()),
        subsequence(vec![Permission::AgentExecute, Permission::RunRead], 0..=2)
            .prop_map(|scopes| program_created(&scopes)),
    ]
}

/// Whatever may happen to projects and resources.
fn any_step_of_things() -> impl Strategy<Value = Step> {
    let visibility = select(vec![
        ProjectVisibility::Private,
        ProjectVisibility::Discoverable,
    ]);
    let package = select(vec![(AGENT, Kind::Agent), (SKILLS, Kind::Skill)]);
    let names = subsequence(vec!["tone", "length"], 0..=2);
    prop_oneof![
        (any_project(), any_owner(), visibility).prop_map(|(p, o, v)| project_created(p, o, v)),
        (any_project(), any_owner(), any_owner())
            .prop_map(|(project, from, to)| of_project(project, Promoted { from, to })),
        any_project().prop_map(archived),
        (any_project(), any_principal(), any_grant()).prop_map(|(p, who, r)| opened(p, who, r)),
        (any_project(), any_principal()).prop_map(|(project, who)| closed(project, who)),
        (package.clone(), any_user()).prop_map(|((name, kind), by)| installed(name, kind).by(by)),
        package.clone().prop_map(|(name, kind)| updated(name, kind)),
        package.prop_map(|(name, kind)| uninstalled(name, kind)),
        names.prop_map(|names| indexed(SKILLS, &names)),
        (any_resource(), any_user()).prop_map(|(resource, user)| co_owned(resource, user)),
        (any_resource(), any_user()).prop_map(|(resource, user_id)| {
            of_resource(resource, CoOwnerRevoked { resource, user_id })
        }),
        (any_resource(), any_policy()).prop_map(|(resource, policy)| policy_set(resource, policy)),
        any_resource().prop_map(|resource| of_resource(resource, PolicyCleared { resource })),
        any_resource().prop_map(|resource| of_resource(resource, Deleted { resource })),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![any_step_of_organization(), any_step_of_things()]
}

/// Applies what can have happened; answers whether it can.
fn apply(state: &mut AuthorityState, step: &Step) -> bool {
    let applied = state.apply(&step.fact, &step.by, organization(), &step.stream);
    applied.is_ok()
}

/// The organization of the tests after whatever happened since.
fn any_state() -> impl Strategy<Value = AuthorityState> {
    proptest::collection::vec(any_step(), 0..24).prop_map(|steps| {
        let mut state = world([]);
        for step in &steps {
            apply(&mut state, step);
        }
        state
    })
}

fn any_actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        6 => any_user().prop_map(person),
        2 => any_user().prop_map(bypassing),
        1 => Just(program()),
        1 => Just(bootstrap()),
        1 => Just(nobody()),
    ]
}

fn any_permission() -> impl Strategy<Value = Permission> {
    select(vec![
        Permission::AgentRead,
        Permission::AgentExecute,
        Permission::AgentUpdate,
        Permission::AgentShare,
        Permission::AuditRead,
        Permission::ProjectCreate,
        Permission::ProjectUpdate,
        Permission::SkillRead,
        Permission::SkillAssign,
        Permission::TeamUpdate,
        Permission::TeamManageMembers,
        Permission::OrganizationCreate,
    ])
}

/// A rule that looks at the organization, and what it is about.
fn any_question() -> impl Strategy<Value = (Rule, Target)> {
    let least = select(vec![
        ProjectRole::Read,
        ProjectRole::Write,
        ProjectRole::Admin,
        ProjectRole::Owner,
    ]);
    let operation = select(vec![
        Operation::Read,
        Operation::Execute,
        Operation::Share,
        Operation::Manage,
    ]);
    prop_oneof![
        any_permission().prop_map(|p| (Rule::Organization(p), Target::None)),
        (any_permission(), any_team()).prop_map(|(p, team)| (Rule::Team(p), Target::Team(team))),
        any_owner().prop_map(|owner| (Rule::CreateProject, Target::Owner(owner))),
        (least, any_permission(), any_project())
            .prop_map(|(least, p, on)| (Rule::Project(least, p), Target::Project(on))),
        any_project().prop_map(|project| (Rule::FindProject, Target::Project(project))),
        (any_project(), any_owner())
            .prop_map(|(project, to)| (Rule::PromoteProject, Target::Promotion(project, to))),
        (any_project(), any_grant())
            .prop_map(|(project, role)| (Rule::GrantProject, Target::Grant(project, role))),
        (operation.clone(), any_resource())
            .prop_map(|(operation, on)| (Rule::Resource(operation), Target::Resource(on))),
        (operation, any_resource(), any_project()).prop_map(|(operation, on, project)| {
            (Rule::Resource(operation), Target::Within(on, project))
        }),
        (any_permission(), any_project())
            .prop_map(|(p, project)| (Rule::Inside(p), Target::Project(project))),
        any_move().prop_map(|target| (Rule::MoveRun, target)),
    ]
}

/// A run that is to be elsewhere, whosesoever it is.
fn any_move() -> impl Strategy<Value = Target> {
    let place = || proptest::option::of(any_project());
    let owner = proptest::option::of(any_user());
    (owner, place(), place()).prop_map(|(owner, from, to)| {
        let run = RunTarget {
            run_id: RUN,
            owner,
            policy: None,
        };
        Target::Move { run, from, to }
    })
}

/// The tags that the event carries in the ledger.
fn tags_of(step: &Step) -> Vec<Tag> {
    let tags = match &step.fact {
        Fact::Organization(event) => crate::organization::tags_of(event),
        Fact::Project(event) => {
            let project = step.stream.id().parse().unwrap();
            crate::project::tags_of(project, event)
        }
        Fact::Permission(event) => crate::permission::tags_of(event),
        Fact::Extension(_) => {
            let package = PackageName::parse(step.stream.id()).unwrap();
            extension_tag(&package).map(|tag| vec![tag])
        }
        Fact::Authority(_)
        | Fact::Instance(_)
        | Fact::Run(_)
        | Fact::Secret(_)
        | Fact::Template(_)
        | Fact::User(_) => Ok(vec![]),
    };
    tags.unwrap()
}

fn is_allowed(state: &AuthorityState, actor: &Actor, (rule, target): &(Rule, Target)) -> bool {
    judge(state, actor, *rule, target, NOW).is_ok()
}

proptest! {
    #[test]
    fn narrowing_a_credential_never_widens(
        state in any_state(),
        actor in any_actor(),
        question in any_question(),
        wide in subsequence(Permission::ALL.to_vec(), 0..=Permission::ALL.len()),
        keep in any::<prop::sample::Index>(),
    ) {
        let narrow = &wide[..keep.index(wide.len() + 1)];
        let by = |scopes: &[Permission]| {
            is_allowed(&state, &narrowed(actor.clone(), scopes), &question)
        };
        prop_assert!(!by(narrow) || by(&wide));
        prop_assert!(!by(&wide) || is_allowed(&state, &actor, &question));
        prop_assert!(!by(&[]));
    }

    #[test]
    fn taking_away_never_widens(
        state in any_state(),
        actor in any_actor(),
        question in any_question(),
        step in prop_oneof![
            any_user().prop_map(removed),
            any_team().prop_map(team_deleted),
            (any_team(), any_user()).prop_map(|(team, user)| team_left(team, user)),
            (any_project(), any_principal()).prop_map(|(project, who)| closed(project, who)),
            Just(program_revoked()),
        ],
    ) {
        let mut after = state.clone();
        apply(&mut after, &step);
        prop_assert!(!is_allowed(&after, &actor, &question) || is_allowed(&state, &actor, &question));
    }

    #[test]
    fn whoever_does_not_belong_may_nothing_without_a_bypass(
        state in any_state(),
        user in any_user(),
        question in any_question(),
    ) {
        let mut state = state;
        apply(&mut state, &removed(user));
        let outcome = judge(&state, &person(user), question.0, &question.1, NOW);
        prop_assert_eq!(outcome, Err(Denied::NoOrganization));
        prop_assert!(state.readable_projects(&person(user)).is_empty());
        prop_assert!(state.teams_of(user).is_empty());
    }

    #[test]
    fn a_judgement_stands_until_something_happens_that_it_relied_on(
        state in any_state(),
        actor in any_actor(),
        question in any_question(),
        since in proptest::collection::vec(any_step(), 1..48),
    ) {
        let Ok(allowed) = judge(&state, &actor, question.0, &question.1, NOW) else {
            return Ok(());
        };
        let mut later = state;
        for step in &since {
            let tags = tags_of(step);
            if !tags.iter().any(|tag| allowed.relied_on.contains(tag)) {
                apply(&mut later, step);
            }
        }
        prop_assert!(is_allowed(&later, &actor, &question), "{:?}", allowed);
    }

    #[test]
    fn a_role_that_has_ended_counts_for_nothing(
        state in any_state(),
        user in any_user(),
        question in any_question(),
        ends in select(vec![NOW, NOW - 1, 0, i64::MIN]),
    ) {
        let mut ended = state.clone();
        let mut without = state;
        let scope = everywhere();
        let role = ScopedRole::ReleaseManager;
        apply(&mut ended, &role_granted(user, role, Some(ends)));
        let revoked = crate::organization::RoleRevoked { user_id: user, role, scope };
        apply(&mut without, &of_organization(revoked));
        let actor = person(user);
        prop_assert_eq!(ended.roles_of(&actor, NOW), without.roles_of(&actor, NOW));
        let permission = Permission::WorkflowExtensionPublish;
        prop_assert!(effective_grants(crate::permission::Role::ReleaseManager).contains(&permission));
        let questions = [question, (Rule::Organization(permission), Target::None)];
        for (rule, target) in questions {
            let outcome = judge(&ended, &actor, rule, &target, NOW);
            prop_assert_eq!(outcome, judge(&without, &actor, rule, &target, NOW));
        }
    }

    #[test]
    fn a_field_of_a_skills_policy_replaces_its_packages_whether_tighter_or_wider(
        package in any_policy(),
        skill in any_policy(),
        actor in any_actor(),
    ) {
        let state = world([policy_set(skills(), package), policy_set(tone(), skill)]);
        let expected = resolve_effective_policy(&[skill, package, Policy::FALLBACK]);
        let access = state.resource(tone()).unwrap();
        prop_assert_eq!(access.effective_policy, expected);
        prop_assert_eq!((access.policy, access.parent), (Some(skill), Some(skills())));
        // As if the package had said what the skill says, and the skill nothing.
        let inherited = world([policy_set(skills(), expected)]);
        for operation in [Operation::Read, Operation::Execute, Operation::Share, Operation::Manage] {
            let outcome = state.may(&actor, tone(), operation, NOW);
            prop_assert_eq!(outcome, inherited.may(&actor, tone(), operation, NOW));
        }
    }

    #[test]
    fn what_is_hidden_is_what_may_not_be_read(
        state in any_state(),
        actor in any_actor(),
        scopes in proptest::option::of(subsequence(vec![Permission::AgentRead, Permission::SkillRead], 0..=2)),
    ) {
        let actor = scopes.map_or(actor.clone(), |scopes| narrowed(actor, &scopes));
        let hidden_packages = state.hidden_packages(&actor, NOW);
        let hidden_skills = state.hidden_skills(&actor, NOW);
        for (package, whole) in [(AGENT, agent()), (SKILLS, skills())] {
            let is_installed = state.resource(whole).is_some();
            let is_hidden = state.may(&actor, whole, Operation::Read, NOW).is_err();
            let is_listed = hidden_packages.iter().any(|hidden| hidden == package);
            prop_assert_eq!(is_listed, is_installed && is_hidden);
        }
        for skill in [tone(), length()] {
            let is_installed = state.resource(skill).is_some();
            let is_hidden = state.may(&actor, skill, Operation::Read, NOW).is_err();
            prop_assert_eq!(hidden_skills.contains(&skill), is_installed && is_hidden);
        }
        prop_assert!(!hidden_packages.iter().any(|hidden| hidden == CONNECTOR));
    }

    #[test]
    fn what_may_be_found_is_what_the_rule_lets_through(
        state in any_state(),
        actor in any_actor(),
        project in any_project(),
    ) {
        let question = (Rule::FindProject, Target::Project(project));
        let is_readable = state.readable_projects(&actor).contains(&project);
        prop_assert_eq!(is_readable, is_allowed(&state, &actor, &question));
    }
}
