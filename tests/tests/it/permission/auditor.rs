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
    RunTarget, Target, judge,
};
use cinatra_domain::kernel::{ActorId, Position, ProjectId, RunId, TenantId, UserId};
use cinatra_domain::organization::OrganizationEvent;
use cinatra_domain::permission::{PermissionEvent, Resource, ResourceKind};
use cinatra_domain::project::{GrantRole, Owner, ProjectEvent};
use cinatra_domain::run::{self, RunEvent};
use cinatra_domain::user::PlatformRole;
use cinatra_eventstore::{Authority, Recorded};

use super::society::lived_in;
use crate::organization::{Town, right};

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
            // A read: nothing of it is in the ledger.
            Rule::Inside(_) | Rule::OwnOr(_) => None,
            Rule::MoveRun => {
                let run = self.run(run_of(events)?)?;
                let moved = facts().find_map(moved_run);
                // Without effect it was there already.
                let here = self.place(run.run_id, first.position);
                let (from, to) = moved.map_or((here, here), |moved| (moved.from, moved.to));
                Some(Target::Move { run, from, to })
            }
            Rule::Run(_) => self.run(run_of(events)?).map(Target::Run),
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
            Rule::Resource(_) => {
                let resource = facts().find_map(|fact| resource_of(self.tenant, &fact))?;
                match resource.kind {
                    ResourceKind::AgentRun => self.run(RunId(resource.id.0)).map(Target::Run),
                    ResourceKind::AgentTemplate
                    | ResourceKind::SkillPackage
                    | ResourceKind::Skill => {
                        let created = facts().find_map(created_run);
                        let within = created.and_then(|created| created.project_id);
                        let alone = Target::Resource(resource);
                        Some(within.map_or(alone, |project| Target::Within(resource, project)))
                    }
                }
            }
        }
    }

    /// In which project a run is before an event.
    fn place(&self, run_id: RunId, before: Position) -> Option<ProjectId> {
        let events = self.ledger.iter().take_while(|e| e.position < before);
        let events = events.filter(|event| event.stream.id() == run_id.to_string());
        events.filter_map(Self::fact).fold(None, |place, fact| {
            let created = created_run(fact.clone()).map(|created| created.project_id);
            let moved = moved_run(fact).map(|moved| moved.to);
            created.or(moved).unwrap_or(place)
        })
    }

    /// What a run says of itself, which is so for ever.
    fn run(&self, run_id: RunId) -> Option<RunTarget> {
        let facts = self.ledger.iter().filter_map(Self::fact);
        let mut created = facts.filter_map(created_run);
        let created = created.find(|created| created.run_id == run_id)?;
        Some(RunTarget {
            run_id,
            owner: created.run_by,
            policy: created.policy,
        })
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

fn created_run(fact: Fact) -> Option<run::Created> {
    if let Fact::Run(RunEvent::Created(created)) = fact {
        Some(created)
    } else {
        None
    }
}

fn moved_run(fact: Fact) -> Option<run::Moved> {
    if let Fact::Run(RunEvent::Moved(moved)) = fact {
        Some(moved)
    } else {
        None
    }
}

fn run_of(events: &[&Recorded]) -> Option<RunId> {
    let id = |event: &&Recorded| match decided(event) {
        Some(decided) => decided.resource_id,
        None => event
            .wire_name
            .starts_with("run.")
            .then(|| event.stream.id().to_owned()),
    };
    events.iter().find_map(id)?.parse().ok()
}

/// A run that somebody starts is a use of its agent.
fn resource_of(tenant: TenantId, fact: &Fact) -> Option<Resource> {
    if let Some(created) = created_run(fact.clone()) {
        let package = created.pin.package_name.as_str();
        return Some(Resource::agent_template(tenant, package));
    }
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
        ResourceKind::AgentRun,
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

/// The primitive by whose rule a command is judged: of many runs each is stopped as if it were the only one.
fn judged_as(primitive: &str) -> &str {
    if primitive == "agent_runs_stop" {
        "agent_run_stop"
    } else {
        primitive
    }
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
        let primitive = auditor.catalogue.get(judged_as(&authority.primitive));
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
