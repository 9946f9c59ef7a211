//! Given events, when a command, then events or a rejection.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::grants::direct_grants;
use super::role::lineage;
use super::*;
use crate::kernel::testing::given;
use crate::kernel::{Body, Class, Coded as _, Event as _, ProjectId, TeamId, TenantId, UserId};

fn agent() -> Resource {
    Resource::agent_template(TenantId::new(Uuid::from_u128(1)), "@acme/mail-agent")
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn granted(number: u128) -> PermissionEvent {
    let (resource, user_id) = (agent(), user(number));
    CoOwnerGranted { resource, user_id }.into()
}

fn revoked(number: u128) -> PermissionEvent {
    let (resource, user_id) = (agent(), user(number));
    CoOwnerRevoked { resource, user_id }.into()
}

fn readable(read: Visibility) -> Policy {
    let read = Some(read);
    Policy {
        read,
        ..Policy::default()
    }
}

fn policy_set(read: Visibility) -> PermissionEvent {
    let (resource, policy) = (agent(), readable(read));
    PolicySet { resource, policy }.into()
}

fn policy_cleared() -> PermissionEvent {
    let resource = agent();
    PolicyCleared { resource }.into()
}

fn deleted() -> PermissionEvent {
    let resource = agent();
    Deleted { resource }.into()
}

fn grant(number: u128) -> GrantCoOwner {
    GrantCoOwner {
        resource: agent(),
        user_id: user(number),
        is_owner: false,
        is_member: true,
    }
}

fn revoke(number: u128) -> PermissionCommand {
    let (resource, user_id) = (agent(), user(number));
    PermissionCommand::RevokeCoOwner { resource, user_id }
}

fn set(read: Visibility) -> PermissionCommand {
    let (resource, policy) = (agent(), readable(read));
    PermissionCommand::SetPolicy { resource, policy }
}

fn clear() -> PermissionCommand {
    let resource = agent();
    PermissionCommand::ClearPolicy { resource }
}

fn delete() -> PermissionCommand {
    let resource = agent();
    PermissionCommand::Delete { resource }
}

impl From<GrantCoOwner> for PermissionCommand {
    fn from(command: GrantCoOwner) -> Self {
        Self::GrantCoOwner(command)
    }
}

#[test]
fn a_member_becomes_a_co_owner_once() {
    let first = [granted(1)];
    given::<ResourcePermission>([])
        .when(grant(1).into())
        .then(first.clone());
    given::<ResourcePermission>(first)
        .when(grant(1).into())
        .then_nothing();
}

#[test]
fn the_owner_is_no_co_owner_and_neither_is_a_stranger() {
    let owner = GrantCoOwner {
        is_owner: true,
        ..grant(1)
    };
    given::<ResourcePermission>([])
        .when(owner.into())
        .then_rejected(Rejection::OwnerImplicit);
    let stranger = GrantCoOwner {
        is_member: false,
        ..grant(1)
    };
    given::<ResourcePermission>([])
        .when(stranger.into())
        .then_rejected(Rejection::MemberNotFound);
}

#[test]
fn a_full_resource_takes_no_further_co_owner() {
    let most = u128::try_from(CO_OWNERS_MAX).unwrap();
    given::<ResourcePermission>((1..=most).map(granted))
        .when(grant(most + 1).into())
        .then_rejected(Rejection::CoOwnerLimit);
    given::<ResourcePermission>((1..=most).map(granted))
        .when(grant(most).into())
        .then_nothing();
    given::<ResourcePermission>((1..most).map(granted))
        .when(grant(most).into())
        .then([granted(most)]);
}

#[test]
fn revoking_leaves_the_owner_and_revoking_nobody_is_nothing() {
    given::<ResourcePermission>([granted(1)])
        .when(revoke(1))
        .then([revoked(1)]);
    given::<ResourcePermission>([granted(1)])
        .when(revoke(2))
        .then_nothing();
    given::<ResourcePermission>([])
        .when(revoke(1))
        .then_nothing();
}

#[test]
fn a_policy_is_said_anew_only_when_it_differs() {
    let [org, admin] = [Visibility::Org, Visibility::Admin];
    given::<ResourcePermission>([])
        .when(set(org))
        .then([policy_set(org)]);
    given::<ResourcePermission>([policy_set(org)])
        .when(set(org))
        .then_nothing();
    given::<ResourcePermission>([policy_set(org)])
        .when(set(admin))
        .then([policy_set(admin)]);
}

#[test]
fn clearing_a_policy_that_is_not_there_is_nothing() {
    given::<ResourcePermission>([policy_set(Visibility::Org)])
        .when(clear())
        .then([policy_cleared()]);
    given::<ResourcePermission>([granted(1)])
        .when(clear())
        .then_nothing();
}

#[test]
fn a_resource_that_is_gone_is_a_fact_only_when_something_was_granted() {
    let policy = policy_set(Visibility::Org);
    given::<ResourcePermission>([granted(1)])
        .when(delete())
        .then([deleted()]);
    given::<ResourcePermission>([policy.clone()])
        .when(delete())
        .then([deleted()]);
    given::<ResourcePermission>([])
        .when(delete())
        .then_nothing();
    given::<ResourcePermission>([granted(1), policy, deleted()])
        .when(delete())
        .then_nothing();
    given::<ResourcePermission>([granted(1), revoked(1)])
        .when(delete())
        .then_nothing();
}

#[test]
fn what_was_not_granted_cannot_have_been_revoked() {
    let org = policy_set(Visibility::Org);
    let sharing = ResourcePermission::evolve(PermissionState::Absent, &granted(1)).unwrap();
    let with_policy = ResourcePermission::evolve(PermissionState::Absent, &org).unwrap();
    let impossible = [
        (PermissionState::Absent, revoked(1)),
        (PermissionState::Absent, policy_cleared()),
        (PermissionState::Absent, deleted()),
        (sharing.clone(), granted(1)),
        (sharing.clone(), revoked(2)),
        (sharing, policy_cleared()),
        (with_policy, org),
    ];
    for (state, event) in impossible {
        let outcome = ResourcePermission::evolve(state.clone(), &event);
        assert!(outcome.is_err(), "{state:?} {event:?}");
    }
}

#[test]
fn every_refusal_has_its_code_and_class() {
    let refusals = [
        (Rejection::OwnerImplicit, "OWNER_IMPLICIT", Class::Invalid),
        (
            Rejection::MemberNotFound,
            "MEMBER_NOT_FOUND",
            Class::NotFound,
        ),
        (Rejection::CoOwnerLimit, "CO_OWNER_LIMIT", Class::Rejected),
    ];
    for (rejection, code, class) in refusals {
        assert_eq!((rejection.code(), rejection.class()), (code, class));
        assert!(rejection.details().is_object());
    }
}

#[test]
fn every_permission_has_a_word_of_its_own() {
    let words: BTreeSet<&str> = Permission::ALL.iter().map(|p| p.as_str()).collect();
    assert_eq!(words.len(), Permission::ALL.len());
    for permission in Permission::ALL {
        assert_eq!(permission.as_str().parse(), Ok(*permission));
        assert_eq!(permission.to_string(), permission.as_str());
    }
    for word in [
        "",
        "agent",
        "agent.",
        "agent.Read",
        " agent.read",
        "agent.*",
    ] {
        assert_eq!(
            word.parse::<Permission>(),
            Err(UnknownPermission),
            "{word:?}"
        );
    }
}

/// `agent.read/list run.read` as the table of the specification writes it.
fn written(text: &str) -> BTreeSet<Permission> {
    text.split_whitespace()
        .flat_map(|group| {
            let (noun, verbs) = group.split_once('.').unwrap();
            verbs.split('/').map(move |verb| format!("{noun}.{verb}"))
        })
        .map(|word| word.parse().unwrap_or_else(|_| panic!("{word}")))
        .collect()
}

#[test]
fn every_role_is_granted_what_the_table_says() {
    let table = [
        (
            Role::Member,
            "agent.read/list/execute run.read/list/readData/cancel/respondToHitl/approveHitl/resume \
             object.read/list/search/create project.create/read/list team.read/list \
             organization.read/list skill.read/list connector.read/use registry.read settings.read \
             artifact.read/list/create workflow_template.read/list/create workflow.read/list/create \
             workflow_draft.read/write/update workflow_run.read/list workflow_extension.read \
             dashboard.read/list/create list.read/list/create entity.read/list/create \
             trigger.read/list/create/fire notification.read/list/update \
             marketplace_template.read/list extension_registry.read/list",
        ),
        (
            Role::OrgAdmin,
            "agent.update/delete/share object.update/delete project.create/update/delete \
             team.create/update/delete organization.update skill.create/update/delete/install \
             connector.create/update/delete run.share/editOutput settings.update \
             registry.install/update/uninstall artifact.update/delete \
             workflow_template.update/delete workflow.update/execute/cancel/approve \
             workflow_run.cancel dashboard.update/delete list.update/delete entity.update/delete \
             trigger.update/delete extension_registry.install/uninstall metric.read/list \
             skill.assign audit.read",
        ),
        (
            Role::OrgOwner,
            "project.manageMembers team.manageMembers organization.manageMembers \
             organization.delete skill.manageVisibility agent.managePermissions object.promoteScope",
        ),
        (
            Role::TeamAdmin,
            "team.update team.manageMembers agent.share skill.assign registry.install",
        ),
        (
            Role::PlatformAdmin,
            "settings.read/update audit.read organization.create \
             registry.read/install/update/uninstall agent.read/list run.read/list \
             object.read/list/search project.read/list/create team.read/list \
             organization.read/list skill.read/list connector.read",
        ),
        (Role::ServiceAccount, "agent.execute run.read"),
        (Role::ExternalAgent, "agent.execute run.read"),
        (
            Role::Developer,
            "agent.read/list/update/execute skill.read/list/create/update/install/assign \
             run.read/list settings.read",
        ),
        (
            Role::ReleaseManager,
            "marketplace_template.read/list/publish workflow_extension.publish registry.read",
        ),
        (
            Role::Customer,
            "agent.read skill.read run.read run.respondToHitl notification.read/list/update",
        ),
    ];
    assert_eq!(table.len(), Role::ALL.len());
    for (role, text) in table {
        let direct: BTreeSet<_> = direct_grants(role).iter().copied().collect();
        assert_eq!(direct, written(text), "{}", role.as_str());
        assert_eq!(direct.len(), direct_grants(role).len(), "granted twice");
    }
}

#[test]
fn inheritance_never_leads_back() {
    for role in Role::ALL {
        let last = *lineage(role).last().unwrap();
        assert_eq!(last.inherits(), None, "{}", role.as_str());
    }
    let whole = [Role::OrgOwner, Role::OrgAdmin, Role::Member];
    assert_eq!(lineage(Role::OrgOwner), whole);
    assert_eq!(lineage(Role::TeamAdmin), [Role::TeamAdmin, Role::Member]);
}

#[test]
fn a_role_has_what_it_inherits() {
    for role in Role::ALL {
        let expected: BTreeSet<_> = lineage(role)
            .into_iter()
            .flat_map(direct_grants)
            .copied()
            .collect();
        assert_eq!(effective_grants(role), &expected);
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    assert_eq!(Role::parse("administrator"), None);
    assert!(effective_grants(Role::OrgOwner).contains(&Permission::AgentRead));
    assert!(!effective_grants(Role::Member).contains(&Permission::AgentUpdate));
}

#[test]
fn an_administrator_of_the_instance_writes_nothing_that_belongs_to_somebody() {
    let reads = ["read", "list", "search"];
    let writes: Vec<_> = effective_grants(Role::PlatformAdmin)
        .iter()
        .map(|permission| permission.as_str())
        .filter(|word| !reads.contains(&word.split_once('.').unwrap().1))
        .collect();
    let of_the_instance = [
        "project.create",
        "organization.create",
        "registry.install",
        "registry.update",
        "registry.uninstall",
        "settings.update",
    ];
    assert_eq!(writes, of_the_instance);
}

#[test]
fn a_visibility_is_one_of_seven_words_and_anything_else_is_refused() {
    let id = Uuid::from_u128(7);
    let words = [
        ("owner".to_owned(), Visibility::Owner),
        ("org".to_owned(), Visibility::Org),
        (format!("org:{id}"), Visibility::OrgOf(TenantId::new(id))),
        (format!("team:{id}"), Visibility::Team(TeamId(id))),
        (format!("project:{id}"), Visibility::Project(ProjectId(id))),
        ("workspace".to_owned(), Visibility::Workspace),
        ("admin".to_owned(), Visibility::Admin),
    ];
    for (word, visibility) in words {
        assert_eq!(word.parse(), Ok(visibility));
        assert_eq!(visibility.to_string(), word);
        let json = serde_json::to_value(visibility).unwrap();
        assert_eq!(json, serde_json::Value::String(word));
    }
    for word in [
        "",
        "Owner",
        "organization",
        "public",
        "org:",
        "team",
        "team:x",
        "project:",
        "user:1",
        "*",
    ] {
        assert_eq!(word.parse::<Visibility>(), Err(InvalidVisibility), "{word}");
        let json = serde_json::Value::String(word.to_owned());
        assert!(serde_json::from_value::<Visibility>(json).is_err());
    }
}

#[test]
fn a_field_comes_from_the_first_policy_that_has_it() {
    let skill = Policy {
        read: Some(Visibility::Org),
        ..Policy::default()
    };
    let package = Policy {
        read: Some(Visibility::Owner),
        execute: Some(Visibility::Admin),
        share: None,
    };
    let effective = Policy {
        read: Some(Visibility::Org),
        execute: Some(Visibility::Admin),
        share: Some(Visibility::Owner),
    };
    let policies = [skill, package, Policy::FALLBACK];
    assert_eq!(resolve_effective_policy(&policies), effective);
    assert_eq!(resolve_effective_policy(&[]), Policy::default());
    let nobody_said_anything = [Policy::default(), Policy::FALLBACK];
    assert_eq!(
        resolve_effective_policy(&nobody_said_anything),
        Policy::FALLBACK
    );
}

#[test]
fn a_resource_keeps_its_id_and_shares_it_with_no_other() {
    let [ours, theirs] = [1, 2].map(|n| TenantId::new(Uuid::from_u128(n)));
    let resources = [
        Resource::agent_template(ours, "@acme/x"),
        Resource::agent_template(theirs, "@acme/x"),
        Resource::agent_template(ours, "@acme/y"),
        Resource::skill_package(ours, "@acme/x"),
        Resource::skill(ours, "@acme/x", "tone"),
        Resource::skill(ours, "@acme/xt", "one"),
    ];
    let ids: BTreeSet<_> = resources.iter().map(|resource| resource.id).collect();
    assert_eq!(ids.len(), resources.len());
    assert_eq!(resources[0], Resource::agent_template(ours, "@acme/x"));
    assert_eq!(
        resources[0].stream(),
        format!("agent_template:{}", resources[0].id)
    );
}

fn any_command() -> impl Strategy<Value = PermissionCommand> {
    let visibility = prop_oneof![Just(Visibility::Org), Just(Visibility::Admin)];
    let facts = (1..4_u128, any::<bool>(), any::<bool>());
    (0..5_u8, facts, visibility).prop_map(
        |(which, (number, is_owner, is_member), read)| match which {
            0 => PermissionCommand::GrantCoOwner(GrantCoOwner {
                is_owner,
                is_member,
                ..grant(number)
            }),
            1 => revoke(number),
            2 => set(read),
            3 => clear(),
            _ => delete(),
        },
    )
}

proptest! {
    #[test]
    fn what_is_decided_can_happen_and_a_retry_changes_nothing(
        commands in proptest::collection::vec(any_command(), 1..16)
    ) {
        let mut state = PermissionState::default();
        let mut names = BTreeMap::new();
        for command in commands {
            let Ok(events) = ResourcePermission::decide(&state, command) else { continue };
            for event in &events {
                state = ResourcePermission::evolve(state, event).unwrap();
                names.insert(event.wire_name(), serde_json::to_value(Body(event)).unwrap());
            }
            prop_assert_eq!(ResourcePermission::decide(&state, command), Ok(vec![]));
            if let PermissionState::Sharing(sharing) = &state {
                prop_assert!(!sharing.is_empty());
            }
        }
        for (name, body) in names {
            prop_assert!(PermissionEvent::deserialize_body(name, &body).unwrap().is_some());
        }
    }
}
