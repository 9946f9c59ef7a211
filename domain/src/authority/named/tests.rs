//! Each named function, with whom it lets through and whom it does not.

use std::collections::BTreeSet;

use super::*;
use crate::authority::classification::{Action, Effect, REGISTRY, classify};
use crate::authority::samples::*;
use crate::authority::{Actor, ActorKind, AuthorityState, Denied, Operation};
use crate::kernel::{ActorId, TenantId};
use crate::organization::ScopedRole;
use crate::permission::{Permission, Role, Visibility};
use crate::project::{GrantRole, Owner, ProjectRole};
use crate::user::PlatformRole;
use Denied::{Forbidden, Hidden, NoOrganization, Unauthenticated};

fn other() -> TenantId {
    TenantId::new(uuid::Uuid::from_u128(999))
}

fn credential(kind: ActorKind) -> Credential<'static> {
    Credential {
        id: ActorId::user(MIA),
        kind,
        organization: Some(organization()),
        platform_role: PlatformRole::Admin,
        scopes: None,
        bypass: Some(crate::authority::BypassReason::Moderation),
    }
}

#[test]
fn only_a_person_has_a_role_on_the_instance_and_only_its_administrator_a_bypass() {
    let whole = build_actor_context(credential(ActorKind::User(MIA)));
    assert!(whole.is_platform_admin() && whole.bypass.is_some());
    let plain = build_actor_context(Credential {
        platform_role: PlatformRole::User,
        ..credential(ActorKind::User(MIA))
    });
    assert!(!plain.is_platform_admin() && plain.bypass.is_none());
    for kind in [ActorKind::Anonymous, ActorKind::ServiceAccount(BOT)] {
        let actor = build_actor_context(credential(kind));
        assert!(!actor.is_platform_admin() && actor.bypass.is_none());
        assert_eq!(actor.platform_role, PlatformRole::User);
    }
}

#[test]
fn a_credential_reaches_as_far_as_the_known_words_it_is_narrowed_to() {
    let words = ["agent.read".to_owned(), "mcp:connect".to_owned()];
    let narrow = |words| {
        build_actor_context(Credential {
            scopes: Some(words),
            ..credential(ActorKind::User(MIA))
        })
    };
    let actor = narrow(&words);
    assert!(actor.reaches(Permission::AgentRead));
    assert!(!actor.reaches(Permission::AgentExecute));
    let nowhere = narrow(&words[1..]);
    let reached = Permission::ALL.iter().filter(|p| nowhere.reaches(**p));
    assert_eq!(reached.count(), 0);
    let everywhere = build_actor_context(credential(ActorKind::User(MIA)));
    assert!(Permission::ALL.iter().all(|p| everywhere.reaches(*p)));
    let scopes = parse_token_scopes(" openid agent.read\trun.read agent.Read ");
    let expected = BTreeSet::from([Permission::AgentRead, Permission::RunRead]);
    assert_eq!(scopes, expected);
}

#[test]
fn across_organizations_only_the_instances_administrators_may_and_only_what_they_hold() {
    let state = world([]);
    let ours = Some(organization());
    let cases = [
        (person(ADAM), Permission::AgentUpdate, ours, true),
        (person(MIA), Permission::AgentUpdate, ours, false),
        (person(ADAM), Permission::AgentUpdate, Some(other()), false),
        (person(PAM), Permission::AgentRead, Some(other()), true),
        (person(PAM), Permission::AgentUpdate, Some(other()), false),
        (person(OLIVE), Permission::AgentRead, None, false),
        (person(PAM), Permission::AgentRead, None, false),
        (nobody(), Permission::AgentRead, ours, false),
    ];
    for (actor, permission, of, expected) in cases {
        let outcome = can(&state, &actor, permission, of, NOW);
        assert_eq!(outcome, expected, "{actor:?} {permission} {of:?}");
    }
    assert!(can_do(&state, &person(MIA), Permission::AgentRead, NOW));
    assert!(!can_do(
        &state,
        &person(STRANGER),
        Permission::AgentRead,
        NOW
    ));
}

#[test]
fn what_the_registry_classifies_is_demanded_and_the_rest_is_denied() {
    let state = world([role_granted(MIA, ScopedRole::ReleaseManager, Some(NOW + 1))]);
    let publish = ("workflow_extension", Action::Publish);
    let cases = [
        (person(ADAM), ("agent", Action::Create), Ok("org_admin")),
        (
            person(MIA),
            ("agent", Action::Create),
            Err(Forbidden("agent.update")),
        ),
        (person(MIA), publish, Ok("release_manager")),
        (
            person(OLIVE),
            publish,
            Err(Forbidden("workflow_extension.publish")),
        ),
        (bypassing(ROOT), publish, Ok("bypass:gdpr_request")),
        (
            person(OLIVE),
            ("agent", Action::Fire),
            Err(Forbidden("unclassified_primitive")),
        ),
        (
            bootstrap(),
            ("nothing", Action::Read),
            Err(Forbidden("unclassified_primitive")),
        ),
        (nobody(), ("nothing", Action::Read), Err(Unauthenticated)),
        (
            person(STRANGER),
            ("agent", Action::Read),
            Err(NoOrganization),
        ),
    ];
    for (actor, access, expected) in cases {
        let ours = Some(organization());
        let outcome = told(require_access(&state, &actor, access, ours, NOW));
        assert_eq!(outcome, expected.map(str::to_owned), "{actor:?} {access:?}");
        let lets = can_require_access(&state, &actor, access, ours, NOW);
        assert_eq!(lets, expected.is_ok());
    }
    let read = ("agent", Action::Read);
    for of in [Some(other()), None] {
        let outcome = require_access(&state, &person(OLIVE), read, of, NOW);
        assert_eq!(outcome, Err(Hidden));
    }
}

#[test]
fn no_two_rows_of_the_registry_have_the_same_key() {
    let keys: BTreeSet<_> = REGISTRY
        .iter()
        .map(|row| (row.resource_type, row.action))
        .collect();
    assert_eq!(keys.len(), REGISTRY.len());
    for row in REGISTRY {
        assert_eq!(classify(row.resource_type, row.action), Some(row));
    }
}

#[test]
fn the_registry_classifies_what_the_inventory_of_primitives_says() {
    let inventory = "
        administration::read R settings.read          administration::update A settings.update
        agent::create W agent.update                  agent::delete A agent.delete
        agent::list R agent.list                      agent::read R agent.read
        agent::share A agent.share                    agent::update W agent.update
        agent_run::cancel W run.cancel                agent_run::create X agent.execute
        agent_run::execute X agent.execute            agent_run::list R run.list
        agent_run::read R run.read                    agent_run::update W run.editOutput
        artifact::create W artifact.create            artifact::delete A artifact.delete
        artifact::list R artifact.list                artifact::read R artifact.read
        artifact::update W artifact.update            connector_instance::admin A connector.update
        connector_instance::execute X connector.use   connector_instance::list R connector.read
        connector_instance::read R connector.read     dashboard::create W dashboard.create
        dashboard::delete A dashboard.delete          dashboard::list R dashboard.list
        dashboard::read R dashboard.read              dashboard::update W dashboard.update
        extension_registry::install A extension_registry.install
        extension_registry::list R extension_registry.list
        extension_registry::uninstall A extension_registry.uninstall
        metric_cost::list R metric.list               metric_cost::read R metric.read
        metric_usage::list R metric.list              metric_usage::read R metric.read
        notification::list R notification.list        object::create W object.create
        object::delete A object.delete                object::list R object.list
        object::read R object.read                    object::update W object.update
        project::create W project.create              project::list R project.list
        project::read R project.read                  project::update W project.update
        skill::create W skill.create                  skill::delete A skill.delete
        skill::execute X skill.assign                 skill::install A skill.install
        skill::list R skill.list                      skill::read R skill.read
        skill::uninstall A skill.install              skill::update W skill.update
        trigger::create W trigger.create              trigger::delete A trigger.delete
        trigger::read R trigger.read                  workflow::create W workflow.create
        workflow::list R workflow.list                workflow::read R workflow.read
        workflow::update W workflow.update            workflow_draft::read R workflow_draft.read
        workflow_draft::update W workflow_draft.update
        workflow_draft::write W workflow_draft.write
        workflow_extension::publish A workflow_extension.publish
        workflow_extension::read R workflow_extension.read
        workflow_template::create W workflow_template.create
        workflow_template::list R workflow_template.list
        workflow_template::read R workflow_template.read";
    let ours: BTreeSet<[String; 3]> = REGISTRY
        .iter()
        .map(|row| {
            let effect = match row.effect {
                Effect::Read => "R",
                Effect::Write => "W",
                Effect::Admin => "A",
                Effect::Execute => "X",
            };
            let key = format!("{}::{}", row.resource_type, row.action.as_str());
            [key, effect.to_owned(), row.permission.to_string()]
        })
        .collect();
    let words: Vec<&str> = inventory.split_whitespace().collect();
    for row in words.chunks(3) {
        let row: [String; 3] = [0, 1, 2].map(|index| row[index].to_owned());
        assert!(ours.contains(&row), "{row:?}");
    }
}

#[test]
fn only_publishing_demands_a_role_beside_the_permission() {
    for row in REGISTRY {
        let demanded = (row.action == Action::Publish).then_some(Role::ReleaseManager);
        assert_eq!(row.required_role, demanded, "{row:?}");
    }
}

#[test]
fn further_roles_are_named_until_they_end() {
    let state = world([
        role_granted(MIA, ScopedRole::Developer, Some(NOW + 1)),
        role_granted(MIA, ScopedRole::Customer, Some(NOW)),
        role_granted(MIA, ScopedRole::ReleaseManager, None),
    ]);
    let names = resolve_effective_role_names_for_user(&state, MIA, NOW);
    assert_eq!(names, BTreeSet::from(["developer", "release_manager"]));
    let nobody = resolve_effective_role_names_for_user(&state, STRANGER, NOW);
    assert!(nobody.is_empty());
}

#[test]
fn a_room_is_sealed_from_whom_has_no_access_even_if_they_find_it() {
    let state = world([]);
    let read = Permission::ObjectRead;
    let cases = [
        (person(TESS), FOUND, Ok("project:owner")),
        (person(MIA), FOUND, Err(Hidden)),
        (person(MIA), PRIVATE, Err(Hidden)),
        (person(MIA), NO_PROJECT, Err(Hidden)),
        (person(ADAM), SHARED, Ok("project:organization_grant")),
        (person(STRANGER), SHARED, Err(NoOrganization)),
        (
            narrowed(person(TESS), &[Permission::AgentRead]),
            FOUND,
            Err(Forbidden("object.read")),
        ),
    ];
    for (actor, project, expected) in cases {
        let outcome = told(assert_project_read_access(&state, &actor, project, read));
        assert_eq!(outcome, expected.map(str::to_owned), "{actor:?} {project}");
    }
}

#[test]
fn an_archived_project_takes_nothing_new_but_lets_things_out() {
    let write = Permission::ObjectCreate;
    let open = world([]);
    let closed = world([archived(SHARED)]);
    let writable = |state: &AuthorityState, user| {
        let outcome = assert_project_writable(state, &person(user), SHARED, write);
        outcome.map(|allowed| allowed.via)
    };
    assert_eq!(writable(&open, MAX), Ok("project:team_grant".to_owned()));
    assert_eq!(writable(&closed, MAX), Err(NotWritable::Archived));
    let too_little = Err(NotWritable::Denied(Forbidden("object.create")));
    assert_eq!(writable(&open, ADAM), too_little);
    assert_eq!(writable(&closed, ADAM), too_little);
    let least = ProjectRole::Write;
    let out = assert_project_write_access(&closed, &person(MAX), SHARED, least, write);
    assert_eq!(told(out), Ok("project:team_grant".to_owned()));
    let grant = assert_project_grant_role(&closed, &person(MIA), SHARED, GrantRole::Read);
    assert_eq!(told(grant), Ok("project:grant".to_owned()));
}

#[test]
fn one_installs_for_whom_one_administers() {
    let state = world([]);
    let denied = Err(Forbidden("registry.install"));
    let cases = [
        (person(MIA), Owner::User(MIA), Ok("self")),
        (person(OLIVE), Owner::User(MIA), denied),
        (person(TESS), Owner::Team(TEAM), Ok("team_admin")),
        (person(MAX), Owner::Team(TEAM), denied),
        (person(ADAM), Owner::Team(TEAM), Ok("org_admin")),
        (person(ADAM), Owner::Team(NO_TEAM), Err(Hidden)),
        (person(ADAM), Owner::Organization, Ok("org_admin")),
        (person(TESS), Owner::Organization, denied),
        (person(PAM), Owner::Workspace, Ok("platform_admin")),
        (person(OLIVE), Owner::Workspace, denied),
        (bootstrap(), Owner::Workspace, Ok("bootstrap")),
        (person(STRANGER), Owner::Organization, Err(NoOrganization)),
    ];
    for (actor, target, expected) in cases {
        let outcome = told(assert_can_install_at_target(&state, &actor, target));
        assert_eq!(outcome, expected.map(str::to_owned), "{actor:?} {target:?}");
    }
}

#[test]
fn a_skill_is_read_and_managed_by_its_own_policy() {
    let state = world([policy_set(tone(), for_all(Visibility::Team(TEAM)))]);
    let manage = SkillAccess::Manage;
    let cases = [
        (person(MAX), SkillAccess::Read, Ok("policy:team")),
        (person(MIA), SkillAccess::Read, Err(Hidden)),
        (person(MIA), manage, Err(Hidden)),
        (
            person(MAX),
            manage,
            Err(Forbidden("skill.manageVisibility")),
        ),
        (person(TESS), manage, Ok("owner")),
        (person(OLIVE), manage, Ok("org_owner")),
    ];
    for (actor, access, expected) in cases {
        let outcome = told(require_resource_access(&state, &actor, tone(), access, NOW));
        assert_eq!(outcome, expected.map(str::to_owned), "{actor:?} {access:?}");
    }
    let read = SkillAccess::Read;
    let outcome = require_resource_access(&state, &person(OLIVE), agent(), read, NOW);
    assert_eq!(outcome, Err(Hidden));
}

fn on(
    state: &AuthorityState,
    actor: &Actor,
    package: &str,
    operation: ExtensionOperation,
) -> Result<String, &'static str> {
    let outcome = evaluate_extension_access(state, actor, package, operation, NOW);
    let lets = can_extension_access(state, actor, package, operation, NOW);
    assert_eq!(lets, outcome.is_ok());
    let enforced = enforce_extension_access(state, actor, package, operation, NOW);
    assert_eq!(enforced, outcome.clone().map_err(Denied::from));
    let told = outcome.map(|allowed| allowed.via);
    told.map_err(ExtensionDenial::reason)
}

#[test]
fn an_extension_is_out_of_reach_for_a_reason() {
    use ExtensionOperation::{Execute, List, Manage, Read, Share, Use};
    let state = world([policy_set(skills(), for_all(Visibility::Admin))]);
    let cases = [
        (person(MIA), AGENT, List, Ok("policy:workspace")),
        (person(MIA), AGENT, Use, Ok("policy:workspace")),
        (program(), AGENT, Execute, Ok("policy:workspace")),
        (program(), AGENT, Read, Err("not_visible")),
        (person(MIA), AGENT, Share, Err("not_allowed")),
        (person(MIA), AGENT, Manage, Err("manage_requires_admin")),
        (person(TESS), AGENT, Manage, Ok("owner")),
        (person(MIA), SKILLS, Read, Err("not_visible")),
        (person(MIA), SKILLS, Manage, Err("not_visible")),
        // The owner is admitted where administrators are.
        (person(TESS), SKILLS, Use, Ok("owner")),
        (person(ADAM), SKILLS, Use, Ok("org_admin")),
        (person(MIA), CONNECTOR, Use, Ok("member")),
        (person(MIA), CONNECTOR, Manage, Err("manage_requires_admin")),
        (person(ADAM), CONNECTOR, Manage, Ok("org_admin")),
        (person(MIA), "@acme/other-agent", Read, Err("not_visible")),
        (nobody(), AGENT, Read, Err("no_actor")),
        (nobody(), "@acme/other-agent", Read, Err("no_actor")),
        (person(STRANGER), AGENT, Read, Err("cross_org")),
        (person(STRANGER), CONNECTOR, Read, Err("cross_org")),
    ];
    for (actor, package, operation, expected) in cases {
        let outcome = on(&state, &actor, package, operation);
        let expected = expected.map(str::to_owned);
        assert_eq!(outcome, expected, "{actor:?} {package} {operation:?}");
    }
    // Another organization's extension is as good as none.
    let outcome = enforce_extension_access(&state, &person(STRANGER), AGENT, Read, NOW);
    assert_eq!(outcome, Err(Hidden));
}

#[test]
fn enforcing_access_to_a_resource_says_by_what_right() {
    let state = world([co_owned(agent(), MIA)]);
    let operation = Operation::Share;
    let allowed = enforce_resource_access(&state, &person(MIA), agent(), operation, NOW);
    let allowed = allowed.unwrap();
    assert_eq!(
        (allowed.permission, allowed.via.as_str()),
        ("agent.share", "co_owner")
    );
}
