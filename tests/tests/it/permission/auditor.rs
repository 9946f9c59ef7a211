//! An auditor judges again: what every envelope of a lived-in organization says of its right is true.
//!
//! The rule comes from the catalogue, the actor and what the call was about from the event, and who may do what from
//! the ledger itself, folded to the position that the envelope names. The same judgement holds directly before the
//! event, too: nothing that it relied on came in between.

use std::collections::{BTreeMap, BTreeSet};

use cinatra_api::primitive::{Catalogue, Effect, Primitive};
use cinatra_domain::Fact;
use cinatra_domain::authority::{
    Actor, ActorKind, Allowed, AuthorityEvent, AuthorityState, Decided, Denied, Outcome, Rule,
    Target, judge,
};
use cinatra_domain::kernel::{ActorId, Position, ProjectId, TenantId, UserId};
use cinatra_domain::organization::OrganizationEvent;
use cinatra_domain::permission::{PermissionEvent, Resource, ResourceKind};
use cinatra_domain::project::{GrantRole, Owner, ProjectEvent};
use cinatra_domain::user::PlatformRole;
use cinatra_eventstore::{Authority, Recorded};
use cinatra_tests::Package;
use cinatra_tests::people::Person;
use serde_json::{Value, json};

use super::{AGENT, SKILLS, UNKNOWN, agent, and, skills, the_agent, the_package, the_skill};
use crate::extension::{call, done, package};
use crate::organization::{Town, refuses, right};

/// What the auditor reads off a ledger.
struct Auditor {
    catalogue: Catalogue,
    tenant: TenantId,
    ledger: Vec<Recorded>,
    /// Who may do what, as of each position, beginning before the first.
    states: Vec<AuthorityState>,
    /// Who administers the instance.
    administrators: BTreeSet<UserId>,
}

impl Auditor {
    async fn of(town: &Town) -> Self {
        let ledger = town.ledger().await;
        let mut states = vec![AuthorityState::default()];
        for event in &ledger {
            let mut state = states[states.len() - 1].clone();
            if let Some(fact) = Self::fact(event) {
                let applied = state.apply(&fact, &event.actor, town.tenant, &event.stream);
                applied.unwrap();
            }
            states.push(state);
        }
        Self {
            catalogue: Catalogue::build().unwrap(),
            tenant: town.tenant,
            ledger,
            states,
            administrators: BTreeSet::from([town.ada.user_id.parse().unwrap()]),
        }
    }

    fn fact(event: &Recorded) -> Option<Fact> {
        event.decode().unwrap()
    }

    /// Who may do what, as of a position: ledgers have no holes.
    fn state(&self, at: Position) -> &AuthorityState {
        &self.states[usize::try_from(at.0).unwrap()]
    }

    fn actor(&self, id: &ActorId) -> Option<Actor> {
        let user = id.user_id()?;
        let is_admin = self.administrators.contains(&user);
        Some(Actor {
            id: id.clone(),
            kind: ActorKind::User(user),
            organization: Some(self.tenant),
            platform_role: if is_admin {
                PlatformRole::Admin
            } else {
                PlatformRole::User
            },
            scopes: None,
            bypass: None,
        })
    }

    /// Whose the projects are before an event.
    fn owners(&self, before: Position) -> BTreeMap<ProjectId, Owner> {
        let mut owners = BTreeMap::new();
        for event in self.ledger.iter().take_while(|e| e.position < before) {
            match event.decode::<ProjectEvent>().unwrap() {
                Some(ProjectEvent::Created(created)) => {
                    owners.insert(created.project_id, created.owner);
                }
                Some(ProjectEvent::Promoted(promoted)) => {
                    owners.insert(event.stream.id().parse().unwrap(), promoted.to);
                }
                Some(
                    ProjectEvent::Updated(_)
                    | ProjectEvent::Archived(_)
                    | ProjectEvent::Unarchived(_)
                    | ProjectEvent::AccessGranted(_)
                    | ProjectEvent::AccessRevoked(_),
                )
                | None => {}
            }
        }
        owners
    }

    /// What the call was about: one of its events says it, or the decision that there were none.
    fn target(&self, rule: Rule, events: &[&Recorded]) -> Option<Target> {
        let facts = || events.iter().filter_map(|event| Self::fact(event));
        let first = events.first()?;
        match rule {
            Rule::Public | Rule::SignedIn | Rule::Platform(_) | Rule::Organization(_) => {
                Some(Target::None)
            }
            Rule::OwnOr(_) => None,
            Rule::Team(_) => facts().find_map(|fact| of_team(&fact)),
            Rule::CreateProject => facts()
                .find_map(|fact| of_project(fact).and_then(created_for))
                .map(Target::Owner),
            Rule::FindProject | Rule::Project(..) => project_of(first).map(Target::Project),
            Rule::PromoteProject => {
                let project = project_of(first)?;
                let to = facts().find_map(|fact| of_project(fact).and_then(promoted_to));
                // Without effect, or refused by the ratchet: nothing was asked of the place.
                let to = to.or_else(|| self.owners(first.position).get(&project).copied());
                Some(Target::Promotion(project, to?))
            }
            Rule::GrantProject => {
                let granted = facts().find_map(|fact| of_project(fact).and_then(given));
                let most = granted.unwrap_or(GrantRole::Read);
                Some(Target::Grant(project_of(first)?, most))
            }
            Rule::Resource(_) => facts()
                .find_map(|fact| resource_of(&fact))
                .map(Target::Resource),
        }
    }
}

fn decided(event: &Recorded) -> Option<Decided> {
    let decided: Option<AuthorityEvent> = event.decode().unwrap();
    decided.map(|AuthorityEvent::Decided(decided)| decided)
}

fn of_team(fact: &Fact) -> Option<Target> {
    if let Fact::Authority(AuthorityEvent::Decided(decided)) = fact {
        let team = decided.resource_id.as_deref()?.parse();
        return Some(Target::Team(team.unwrap()));
    }
    let Fact::Organization(event) = fact else {
        return None;
    };
    let team = if let OrganizationEvent::TeamRenamed(e) = event {
        e.team_id
    } else if let OrganizationEvent::TeamMemberAdded(e) = event {
        e.team_id
    } else if let OrganizationEvent::TeamMemberRoleChanged(e) = event {
        e.team_id
    } else if let OrganizationEvent::TeamMemberRemoved(e) = event {
        e.team_id
    } else {
        return None;
    };
    Some(Target::Team(team))
}

fn of_project(fact: Fact) -> Option<ProjectEvent> {
    if let Fact::Project(event) = fact {
        Some(event)
    } else {
        None
    }
}

fn created_for(event: ProjectEvent) -> Option<Owner> {
    if let ProjectEvent::Created(created) = event {
        Some(created.owner)
    } else {
        None
    }
}

fn promoted_to(event: ProjectEvent) -> Option<Owner> {
    if let ProjectEvent::Promoted(promoted) = event {
        Some(promoted.to)
    } else {
        None
    }
}

fn given(event: ProjectEvent) -> Option<GrantRole> {
    if let ProjectEvent::AccessGranted(granted) = event {
        Some(granted.role)
    } else {
        None
    }
}

fn project_of(event: &Recorded) -> Option<ProjectId> {
    let id = match decided(event) {
        Some(decided) => decided.resource_id?,
        None => event.stream.id().to_owned(),
    };
    id.parse().ok()
}

fn resource_of(fact: &Fact) -> Option<Resource> {
    if let Fact::Permission(event) = fact {
        return Some(match event {
            PermissionEvent::CoOwnerGranted(e) => e.resource,
            PermissionEvent::CoOwnerRevoked(e) => e.resource,
            PermissionEvent::PolicySet(e) => e.resource,
            PermissionEvent::PolicyCleared(e) => e.resource,
            PermissionEvent::Deleted(e) => e.resource,
        });
    }
    let Fact::Authority(AuthorityEvent::Decided(decided)) = fact else {
        return None;
    };
    let kinds = [
        ResourceKind::AgentTemplate,
        ResourceKind::SkillPackage,
        ResourceKind::Skill,
    ];
    let mut kinds = kinds.into_iter();
    let kind = kinds.find(|kind| kind.as_str() == decided.resource_type)?;
    let id = decided.resource_id.as_deref()?.parse().unwrap();
    Some(Resource { kind, id })
}

/// Rights that no ledger gives: of a part of Cinatra, of the first start, of an administrator who says why.
fn is_given_by_no_ledger(authority: &Authority) -> bool {
    let via = authority.via.as_str();
    authority.permission == "system" || via == "bootstrap" || via.starts_with("bypass:")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_envelope_of_an_organization_tells_by_what_right_it_is_there() {
    let town = lived_in().await;
    let auditor = Auditor::of(&town).await;
    let (mut judged, mut skipped) = (BTreeSet::new(), BTreeSet::new());
    let stranger = auditor
        .actor(&ActorId::user(UserId(uuid::Uuid::from_u128(7))))
        .unwrap();
    let commands = auditor.ledger.chunk_by(|a, b| a.command_id == b.command_id);
    for events in commands {
        let events: Vec<&Recorded> = events.iter().collect();
        let first = events[0];
        let authority = right(first);
        let told = format!("{authority:?} at {}: {}", first.position, first.wire_name);
        for event in &events {
            assert_eq!(right(event), authority, "one command, one right: {told}");
        }
        let refused = decided(first).is_some_and(|decided| decided.outcome == Outcome::Denied);
        if is_given_by_no_ledger(&authority) || refused {
            skipped.insert(authority.primitive.clone());
            continue;
        }
        let primitive = auditor.catalogue.get(&authority.primitive);
        let rule = primitive.unwrap_or_else(|| panic!("{told}")).rule();
        let target = auditor.target(rule, &events);
        let target = target.unwrap_or_else(|| panic!("about what? {told}"));
        let actor = auditor
            .actor(&first.actor)
            .unwrap_or_else(|| panic!("by whom? {told}"));
        let now_us = first.recorded_at.as_microsecond();
        let before = Position(first.position.0 - 1);
        let at = match authority.judged_at[..] {
            [] => before,
            [(ledger, at)] => {
                assert_eq!(ledger, auditor.tenant, "{told}");
                assert!(at < first.position, "{told}");
                at
            }
            _ => panic!("{told}"),
        };
        for position in [at, before] {
            let state = auditor.state(position);
            let again: Result<Allowed, Denied> = judge(state, &actor, rule, &target, now_us);
            let again = again.unwrap_or_else(|denied| panic!("{denied:?} at {position}: {told}"));
            assert_eq!(again.via, authority.via, "at {position}: {told}");
            assert_eq!(again.permission, authority.permission, "{told}");
            assert_eq!(
                again.relied_on.is_empty(),
                authority.judged_at.is_empty(),
                "{told}"
            );
            if !matches!(rule, Rule::Public | Rule::SignedIn) {
                let nobody = judge(state, &stranger, rule, &target, now_us);
                assert!(nobody.is_err(), "a stranger could: {told}");
            }
        }
        judged.insert(authority.primitive.clone());
    }
    // All kinds of commands that an organization's rules allow were looked at.
    let missing: Vec<_> = auditor
        .catalogue
        .iter()
        .filter(|primitive| primitive.effect() != Effect::Reads)
        .filter(|primitive| {
            !matches!(
                primitive.rule(),
                Rule::Public | Rule::SignedIn | Rule::OwnOr(_) | Rule::Platform(_)
            )
        })
        .map(Primitive::name)
        .filter(|name| !judged.contains(*name))
        .collect();
    assert!(
        missing.is_empty(),
        "never judged: {missing:?}; skipped {skipped:?}"
    );
}

/// An organization in which everything that can be done was done, by different people for different reasons.
async fn lived_in() -> Town {
    let later = Package::skill("@acme/tool-skill", "1.1.0");
    let packages = [
        skills(SKILLS, &["sort-mail", "write-mail"]),
        agent(AGENT),
        Package::skill("@acme/tool-skill", "1.0.0").pack().unwrap(),
        later.pack().unwrap(),
    ];
    let town = Town::with(&packages).await;
    let adam = town.bring("Adam", "admin").await;
    let lea = town.bring("Lea", "member").await;
    let cora = town.bring("Cora", "member").await;
    members(&town, &adam, &lea, &cora).await;
    extensions(&town, &adam).await;
    projects(&town, &adam, &lea, &cora).await;
    permissions(&town, &adam, &cora).await;
    let leaving = town.bring("Mia", "member").await;
    done(&leaving.client, "organizations_leave", &json!({})).await;
    let named = json!({ "userId": cora.user_id });
    done(&town.ada.client, "permissions_members_remove", &named).await;
    town
}

async fn members(town: &Town, adam: &Person, lea: &Person, cora: &Person) {
    let ada = &town.ada.client;
    done(
        &adam.client,
        "organizations_update",
        &json!({ "name": "Acme" }),
    )
    .await;
    let invited = json!({ "email": "late@example.test", "role": "member" });
    let invited = done(ada, "permissions_members_invite", &invited).await;
    let invited = json!({ "invitationId": invited["invitationId"] });
    done(ada, "permissions_invitations_cancel", &invited).await;
    done(ada, "permissions_invitations_cancel", &invited).await;
    let role = json!({ "userId": cora.user_id, "role": "admin" });
    done(ada, "permissions_members_update_role", &role).await;
    let input = json!({ "name": "By Cora", "slug": "by-cora" });
    let by_cora = done(&cora.client, "teams_create", &input).await;
    let role = json!({ "userId": cora.user_id, "role": "member" });
    done(ada, "permissions_members_update_role", &role).await;
    refuses(
        &cora.client,
        "teams_create",
        &input,
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    refuses(ada, "teams_create", &input, (409, "SLUG_TAKEN")).await;
    let named = json!({ "teamId": by_cora["teamId"] });
    done(&adam.client, "teams_delete", &named).await;
    let crew = town.team("crew").await;
    town.join(&crew, lea, "admin").await;
    // By the role in the team, and by the one in the organization.
    let hers = json!({ "teamId": crew, "userId": cora.user_id, "role": "member" });
    done(&lea.client, "team_members_add", &hers).await;
    done(&lea.client, "team_members_add", &hers).await;
    let admin = and(&hers, &json!({ "role": "admin" }));
    done(ada, "team_members_update_role", &admin).await;
    let rename = json!({ "teamId": crew, "name": "The crew", "slug": "crew" });
    done(&cora.client, "teams_update", &rename).await;
    done(&adam.client, "teams_update", &rename).await;
    let out = json!({ "teamId": crew, "userId": cora.user_id });
    done(&lea.client, "team_members_remove", &out).await;
    done(&lea.client, "team_members_add", &hers).await;
    let role = json!({ "subjectUserId": lea.user_id, "role": "developer",
        "scope": { "level": "organization", "recordId": town.tenant.to_string() } });
    done(&adam.client, "role_grant_grant", &role).await;
    done(&adam.client, "role_grant_revoke", &role).await;
    done(&adam.client, "role_grant_revoke", &role).await;
    let robot = json!({ "name": "Robot", "scopes": ["run.read"] });
    let robot = done(&adam.client, "service_accounts_create", &robot).await;
    let robot = json!({ "serviceAccountId": robot["serviceAccountId"] });
    done(ada, "service_accounts_rotate", &robot).await;
    done(ada, "service_accounts_revoke", &robot).await;
}

async fn extensions(town: &Town, adam: &Person) {
    let (ada, tool) = (&town.ada.client, "@acme/tool-skill");
    done(&adam.client, "extensions_install", &package(tool, "1.0.0")).await;
    done(ada, "extensions_update", &package(tool, "1.1.0")).await;
    done(ada, "extensions_archive", &package(tool, "1.1.0")).await;
    done(ada, "extensions_restore", &json!({ "packageName": tool })).await;
    let wrong = (409, "VERSION_MISMATCH");
    refuses(ada, "extensions_uninstall", &package(tool, "1.0.0"), wrong).await;
    done(ada, "extensions_uninstall", &package(tool, "1.1.0")).await;
    done(ada, "extensions_install", &package(tool, "1.0.0")).await;
    let force = and(
        &package(tool, "1.0.0"),
        &json!({ "confirmDestructive": true }),
    );
    done(&adam.client, "extensions_force_delete", &force).await;
    let secret = json!({ "name": "model.openai.api-key", "value": "s3cret" });
    done(&adam.client, "secrets_set", &secret).await;
    done(ada, "secrets_rotate_keys", &json!({})).await;
    done(
        ada,
        "secrets_delete",
        &json!({ "name": "model.openai.api-key" }),
    )
    .await;
    done(&adam.client, "audit_events_list", &json!({})).await;
    done(ada, "extension_lifecycle_audit_list", &json!({})).await;
}

async fn projects(town: &Town, adam: &Person, lea: &Person, cora: &Person) {
    let ada = &town.ada.client;
    let here = town.tenant.to_string();
    let teams = town.items(ada, "teams_list", &json!({})).await;
    let crew = teams[0]["teamId"].as_str().unwrap();
    let place = |level: &str, id: &str| json!({ "ownerLevel": level, "ownerId": id });
    let create = async |person: &Person, place: &Value| {
        let input = and(&json!({ "name": "Room" }), place);
        let created = done(&person.client, "projects_create", &input).await;
        json!({ "projectId": created["projectId"] })
    };
    let own = create(lea, &place("user", &lea.user_id)).await;
    create(lea, &place("team", crew)).await;
    create(adam, &place("organization", &here)).await;
    let workspace = create(&town.ada, &place("workspace", "__workspace__")).await;
    done(ada, "projects_archive", &workspace).await;
    let up = and(&own, &place("team", crew));
    done(&lea.client, "projects_promote", &up).await;
    done(&lea.client, "projects_promote", &up).await;
    let down = and(&own, &place("user", &lea.user_id));
    refuses(
        &lea.client,
        "projects_promote",
        &down,
        (422, "RATCHET_VIOLATION"),
    )
    .await;
    let access =
        |level: &str, id: &str| and(&own, &json!({ "principalLevel": level, "principalId": id }));
    let role = |role: &str| json!({ "role": role });
    let (adams, coras, all) = (
        access("user", &adam.user_id),
        access("user", &cora.user_id),
        access("organization", &here),
    );
    done(
        &lea.client,
        "project_access_grant",
        &and(&adams, &role("admin")),
    )
    .await;
    done(
        &adam.client,
        "project_access_grant",
        &and(&coras, &role("write")),
    )
    .await;
    done(
        &adam.client,
        "project_access_grant",
        &and(&coras, &role("write")),
    )
    .await;
    done(
        &adam.client,
        "project_access_grant",
        &and(&all, &role("read")),
    )
    .await;
    let nobody = and(&access("user", UNKNOWN), &role("read"));
    refuses(
        &adam.client,
        "project_access_grant",
        &nobody,
        (404, "PRINCIPAL_NOT_FOUND"),
    )
    .await;
    let described = and(
        &own,
        &json!({ "name": "Workshop", "visibility": "discoverable" }),
    );
    done(&adam.client, "projects_update", &described).await;
    refuses(
        &cora.client,
        "projects_update",
        &described,
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    done(&adam.client, "projects_archive", &own).await;
    refuses(
        &lea.client,
        "projects_update",
        &described,
        (403, "PROJECT_ARCHIVED"),
    )
    .await;
    done(&adam.client, "project_access_revoke", &all).await;
    done(&lea.client, "projects_unarchive", &own).await;
    done(&lea.client, "projects_unarchive", &own).await;
}

async fn permissions(town: &Town, adam: &Person, cora: &Person) {
    let ada = &town.ada.client;
    for name in [SKILLS, AGENT] {
        done(&adam.client, "extensions_install", &package(name, "1.0.0")).await;
    }
    let olive = town.bring("Olive", "owner").await;
    for resource in [
        the_agent(town.tenant),
        the_package(town.tenant),
        the_skill(town.tenant, "sort-mail"),
    ] {
        // By whoever installed it, and by owners of the organization.
        let hers = and(&resource, &json!({ "userId": cora.user_id }));
        done(&adam.client, "permissions_co_owners_grant", &hers).await;
        done(&olive.client, "permissions_co_owners_grant", &hers).await;
        let policy = and(&resource, &json!({ "read": "owner", "execute": "admin" }));
        done(ada, "permissions_policies_set", &policy).await;
        done(&adam.client, "permissions_policies_set", &policy).await;
        let refused = call(&cora.client, "permissions_policies_set", &policy).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        done(&adam.client, "permissions_policies_clear", &resource).await;
        done(&olive.client, "permissions_co_owners_revoke", &hers).await;
        done(ada, "permissions_co_owners_grant", &hers).await;
    }
}
