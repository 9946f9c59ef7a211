//! A right is taken away while a write that it allows is under way, in every order of their steps.
//!
//! The write is held between its decision and the ledger, on a node of its own that may still believe in the
//! right. Either the ledger has the write before the revocation, or it does not have the write. Take away the
//! condition that a grant adds to its append, and an order lets a write in that nobody was allowed any more.

use std::sync::Arc;

use cinatra_commands::organization::{NamedMember, NamedTeamMember, TeamMember, UpdateMemberRole};
use cinatra_commands::permission::SetPolicy;
use cinatra_commands::project::{
    CreateProject, PromoteProject, RevokeAccess, SuspendProject, UpdateProject,
};
use cinatra_commands::run::{MoveRun, StartRun};
use cinatra_commands::{Error, Invocation};
use cinatra_domain::authority::{AuthorityEvent, Operation, Outcome, Rule, Target};
use cinatra_domain::kernel::{Class, Coded as _, ProjectId, UserId};
use cinatra_domain::permission::{Permission, Resource};
use cinatra_domain::project::{Owner, ProjectRole};
use cinatra_domain::run::RunEvent;
use cinatra_eventstore::Recorded;
use cinatra_tests::orders::{Side, orders, overlap};
use futures_util::FutureExt as _;
use serde_json::json;

use crate::organization::stack::{Deed, Stack, first};
use crate::organization::world::{
    ACME, ADA, AGENT, ATTIC, CORA, CREW, ERRAND, HALL, LEA, OLIVE, OTTO, STUDY, WORKSHOP, World,
    input,
};

const MEMBERS: Rule = Rule::Organization(Permission::OrganizationManageMembers);
const CREW_MEMBERS: Rule = Rule::Team(Permission::TeamManageMembers);
const ADMINISTER: Rule = Rule::Project(ProjectRole::Admin, Permission::ProjectUpdate);

async fn ada(
    node: &Stack,
    rule: Rule,
    target: Target,
    primitive: &'static str,
) -> Result<Invocation, Error> {
    node.judged((ACME, ADA), rule, target, primitive).await
}

async fn change_role(node: Arc<Stack>, who: UserId, role: &'static str) -> Result<(), Error> {
    let call = ada(
        &node,
        MEMBERS,
        Target::None,
        "permissions_members_update_role",
    )
    .await?;
    let change: UpdateMemberRole = input(json!({ "userId": who, "role": role }));
    let changed = node.organizations.update_member_role(&call, &change).await;
    changed.map(drop)
}

async fn remove(node: Arc<Stack>, who: UserId) -> Result<(), Error> {
    let call = ada(&node, MEMBERS, Target::None, "permissions_members_remove").await?;
    let named: NamedMember = input(json!({ "userId": who }));
    let removed = node.organizations.remove_member(&call, &named).await;
    removed.map(drop)
}

async fn out_of_the_crew(node: Arc<Stack>, who: UserId) -> Result<(), Error> {
    let call = ada(
        &node,
        CREW_MEMBERS,
        Target::Team(CREW),
        "team_members_remove",
    )
    .await?;
    let named: NamedTeamMember = input(json!({ "teamId": CREW, "userId": who }));
    let removed = node.organizations.remove_team_member(&call, &named).await;
    removed.map(drop)
}

async fn plain_in_the_crew(node: Arc<Stack>, who: UserId) -> Result<(), Error> {
    let call = ada(
        &node,
        CREW_MEMBERS,
        Target::Team(CREW),
        "team_members_update_role",
    )
    .await?;
    let named: TeamMember = input(json!({ "teamId": CREW, "userId": who, "role": "member" }));
    let changed = node.organizations.update_team_member_role(&call, &named);
    changed.await.map(drop)
}

async fn revoke(
    node: Arc<Stack>,
    project: ProjectId,
    level: &'static str,
    principal: String,
) -> Result<(), Error> {
    let call = ada(
        &node,
        ADMINISTER,
        Target::Project(project),
        "project_access_revoke",
    )
    .await?;
    let revoke: RevokeAccess = input(json!({ "projectId": project, "principalLevel": level,
        "principalId": principal }));
    let revoked = node.projects.revoke_access(&call, &revoke).await;
    revoked.map(drop)
}

async fn create_for_all(node: Arc<Stack>, by: UserId) -> Result<(), Error> {
    let target = Target::Owner(Owner::Organization);
    let call = node.judged((ACME, by), Rule::CreateProject, target, "projects_create");
    let create: CreateProject = input(json!({ "name": "Late", "ownerLevel": "organization",
        "ownerId": ACME.to_string() }));
    let created = node.projects.create(&call.await?, &create).await;
    created.map(drop)
}

async fn rename(node: Arc<Stack>, by: UserId, project: ProjectId) -> Result<(), Error> {
    let target = Target::Project(project);
    let call = node.judged((ACME, by), ADMINISTER, target, "projects_update");
    let update: UpdateProject = input(json!({ "projectId": project, "name": "Late" }));
    let updated = node.projects.update(&call.await?, &update).await;
    updated.map(drop)
}

async fn archive(node: Arc<Stack>, by: UserId, project: ProjectId) -> Result<(), Error> {
    let target = Target::Project(project);
    let call = node.judged((ACME, by), ADMINISTER, target, "projects_archive");
    let suspend: SuspendProject = input(json!({ "projectId": project }));
    let archived = node.projects.archive(&call.await?, &suspend).await;
    archived.map(drop)
}

async fn promote_to_the_crew(node: Arc<Stack>) -> Result<(), Error> {
    let target = Target::Promotion(ATTIC, Owner::Team(CREW));
    let call = node.judged(
        (ACME, LEA),
        Rule::PromoteProject,
        target,
        "projects_promote",
    );
    let promote: PromoteProject = input(json!({ "projectId": ATTIC, "ownerLevel": "team",
        "ownerId": CREW }));
    let promoted = node.projects.promote(&call.await?, &promote).await;
    promoted.map(drop)
}

async fn close_the_agent(node: Arc<Stack>) -> Result<(), Error> {
    let agent = Resource::agent_template(ACME, AGENT);
    let (rule, primitive) = (
        Rule::Resource(Operation::Manage),
        "permissions_policies_set",
    );
    let call = node.judged((ACME, OLIVE), rule, Target::Resource(agent), primitive);
    let set: SetPolicy = input(json!({ "resourceKind": "agent_template",
        "resourceId": agent.id, "read": "owner" }));
    let set = node.permissions.set_policy(&call.await?, &set).await;
    set.map(drop)
}

async fn start_within(node: Arc<Stack>, project: ProjectId) -> Result<(), Error> {
    let agent = Resource::agent_template(ACME, AGENT);
    let (rule, target) = (
        Rule::Resource(Operation::Execute),
        Target::Within(agent, project),
    );
    let call = node.judged((ACME, CORA), rule, target, "agent_run");
    let start: StartRun = input(json!({ "packageName": AGENT }));
    let call = call.await?;
    let started = node
        .runs
        .start(&call, Some(CORA), Some(project), None, &start);
    started.await.map(drop)
}

async fn move_the_errand(node: Arc<Stack>, to: Option<ProjectId>) -> Result<(), Error> {
    let target = node.runs.target_elsewhere(ACME, ERRAND, to).await?;
    let target = target.unwrap();
    let call = node.judged((ACME, CORA), Rule::MoveRun, target, "agent_run_update");
    let move_run: MoveRun = input(json!({ "runId": ERRAND, "projectId": to, "reason": "Late." }));
    let moved = node.runs.move_to(&call.await?, &move_run).await;
    moved.map(drop)
}

/// A right that is taken away, and a write that relies on it.
struct Case {
    told: &'static str,
    revoke: Deed,
    revoked: &'static str,
    write: Deed,
    by: UserId,
    written: &'static str,
}

fn cases() -> Vec<Case> {
    const CREATED: &str = "project.created.v1";
    const UPDATED: &str = "project.updated.v1";
    const REMOVED: &str = "organization.member_removed.v1";
    const DEMOTED: &str = "organization.member_role_changed.v1";
    vec![
        Case {
            told: "an administrator is demoted who creates a project for the organization",
            revoke: |node| change_role(node, OTTO, "member").boxed(),
            revoked: DEMOTED,
            write: |node| create_for_all(node, OTTO).boxed(),
            by: OTTO,
            written: CREATED,
        },
        Case {
            told: "an administrator is removed who creates a project for the organization",
            revoke: |node| remove(node, OTTO).boxed(),
            revoked: REMOVED,
            write: |node| create_for_all(node, OTTO).boxed(),
            by: OTTO,
            written: CREATED,
        },
        Case {
            told: "an administrator is demoted who archives the organization's project",
            revoke: |node| change_role(node, OTTO, "member").boxed(),
            revoked: DEMOTED,
            write: |node| archive(node, OTTO, HALL).boxed(),
            by: OTTO,
            written: "project.archived.v1",
        },
        Case {
            told: "an owner is demoted who removes somebody",
            revoke: |node| change_role(node, OLIVE, "admin").boxed(),
            revoked: DEMOTED,
            write: |node| remove_by_olive(node).boxed(),
            by: OLIVE,
            written: REMOVED,
        },
        Case {
            told: "an owner is demoted who closes an agent",
            revoke: |node| change_role(node, OLIVE, "admin").boxed(),
            revoked: DEMOTED,
            write: |node| close_the_agent(node).boxed(),
            by: OLIVE,
            written: "permission.policy_set.v1",
        },
        Case {
            told: "access is revoked from who renames the project",
            revoke: |node| revoke(node, STUDY, "user", CORA.to_string()).boxed(),
            revoked: "project.access_revoked.v1",
            write: |node| rename(node, CORA, STUDY).boxed(),
            by: CORA,
            written: UPDATED,
        },
        Case {
            told: "a team's access is revoked whose member renames the project",
            revoke: |node| revoke(node, WORKSHOP, "team", CREW.to_string()).boxed(),
            revoked: "project.access_revoked.v1",
            write: |node| rename(node, CORA, WORKSHOP).boxed(),
            by: CORA,
            written: UPDATED,
        },
        Case {
            told: "who has access through a team leaves the team while renaming the project",
            revoke: |node| out_of_the_crew(node, CORA).boxed(),
            revoked: "organization.team_member_removed.v1",
            write: |node| rename(node, CORA, WORKSHOP).boxed(),
            by: CORA,
            written: UPDATED,
        },
        Case {
            told: "who has access is removed while renaming the project",
            revoke: |node| remove(node, CORA).boxed(),
            revoked: REMOVED,
            write: |node| rename(node, CORA, STUDY).boxed(),
            by: CORA,
            written: UPDATED,
        },
        Case {
            told: "who administers a team does so no more while promoting a project to it",
            revoke: |node| plain_in_the_crew(node, LEA).boxed(),
            revoked: "organization.team_member_role_changed.v1",
            write: |node| promote_to_the_crew(node).boxed(),
            by: LEA,
            written: "project.promoted.v1",
        },
    ]
}

/// The same of runs that start in a project, or are moved.
fn cases_of_runs() -> Vec<Case> {
    const STARTED: &str = "run.created.v1";
    const MOVED: &str = "run.moved.v1";
    vec![
        Case {
            told: "access is revoked from who starts a run in the project",
            revoke: |node| revoke(node, STUDY, "user", CORA.to_string()).boxed(),
            revoked: "project.access_revoked.v1",
            write: |node| start_within(node, STUDY).boxed(),
            by: CORA,
            written: STARTED,
        },
        Case {
            told: "who has access through a team leaves the team while starting a run in the project",
            revoke: |node| out_of_the_crew(node, CORA).boxed(),
            revoked: "organization.team_member_removed.v1",
            write: |node| start_within(node, WORKSHOP).boxed(),
            by: CORA,
            written: STARTED,
        },
        Case {
            told: "the project is archived in which somebody starts a run",
            revoke: |node| archive(node, ADA, STUDY).boxed(),
            revoked: "project.archived.v1",
            write: |node| start_within(node, STUDY).boxed(),
            by: CORA,
            written: STARTED,
        },
        Case {
            told: "access is revoked from who takes a run out of the project",
            revoke: |node| revoke(node, STUDY, "user", CORA.to_string()).boxed(),
            revoked: "project.access_revoked.v1",
            write: |node| move_the_errand(node, None).boxed(),
            by: CORA,
            written: MOVED,
        },
        Case {
            told: "a team's access is revoked whose member brings a run into the project",
            revoke: |node| revoke(node, WORKSHOP, "team", CREW.to_string()).boxed(),
            revoked: "project.access_revoked.v1",
            write: |node| move_the_errand(node, Some(WORKSHOP)).boxed(),
            by: CORA,
            written: MOVED,
        },
        Case {
            told: "the project is archived into which somebody brings a run",
            revoke: |node| archive(node, ADA, WORKSHOP).boxed(),
            revoked: "project.archived.v1",
            write: |node| move_the_errand(node, Some(WORKSHOP)).boxed(),
            by: CORA,
            written: MOVED,
        },
    ]
}

async fn remove_by_olive(node: Arc<Stack>) -> Result<(), Error> {
    let primitive = "permissions_members_remove";
    let call = node.judged((ACME, OLIVE), MEMBERS, Target::None, primitive);
    let named: NamedMember = input(json!({ "userId": CORA }));
    let removed = node.organizations.remove_member(&call.await?, &named).await;
    removed.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_two_move_at_the_same_time_is_moved_from_where_it_is() {
    for order in orders() {
        let world = World::new().await;
        let into: Deed = |node| move_the_errand(node, Some(WORKSHOP)).boxed();
        let out: Deed = |node| move_the_errand(node, None).boxed();
        let outcomes = world.race([into, out], &order).await;
        let moves: Vec<_> = world
            .ledger()
            .await
            .iter()
            .filter_map(|event| event.decode::<RunEvent>().unwrap())
            .filter_map(|event| {
                if let RunEvent::Moved(moved) = event {
                    Some((moved.from, moved.to))
                } else {
                    None
                }
            })
            .collect();
        let mut place = Some(STUDY);
        for (from, to) in &moves {
            assert_eq!(*from, place, "{order:?}");
            place = *to;
        }
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(moves.len(), done, "{order:?}: {outcomes:?}");
        if overlap(&order) {
            // Whoever was judged by where it is no more looks again.
            assert_eq!(done, 1, "{order:?}: {outcomes:?}");
        }
        for outcome in outcomes {
            let class = outcome.err().map(|error| error.class());
            assert!(
                matches!(class, None | Some(Class::Conflict)),
                "{order:?}: {class:?}"
            );
        }
    }
}

/// Where the events of a name stand that somebody caused.
fn places(ledger: &[Recorded], wire_name: &str, by: UserId) -> Vec<i64> {
    let such = ledger.iter().filter(|event| event.wire_name == wire_name);
    let theirs = such.filter(|event| event.actor.user_id() == Some(by));
    theirs.map(|event| event.position.0).collect()
}

fn is_denial(event: &Recorded) -> bool {
    let decided: Option<AuthorityEvent> = event.decode().unwrap();
    decided.is_some_and(|AuthorityEvent::Decided(it)| it.outcome == Outcome::Denied)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stands_in_the_ledger_after_the_right_to_it_was_taken_away() {
    for case in cases().into_iter().chain(cases_of_runs()) {
        for order in orders() {
            let told = format!("{}, {order:?}", case.told);
            let world = World::new().await;
            let [revoked, written] = world.race([case.revoke, case.write], &order).await;
            revoked.unwrap_or_else(|error| panic!("{told}: {error}"));
            let ledger = world.ledger().await;
            let revocations = places(&ledger, case.revoked, ADA);
            let [revocation] = revocations[..] else {
                panic!("{told}: {revocations:?}")
            };
            let writes = places(&ledger, case.written, case.by);
            match first(&order) {
                Side::Left => {
                    assert!(writes.is_empty(), "{told}: {writes:?} after {revocation}");
                    let class = written.unwrap_err().class();
                    let refused = matches!(class, Class::Forbidden | Class::NotFound);
                    assert!(refused, "{told}: {class:?}");
                }
                Side::Right => {
                    written.unwrap_or_else(|error| panic!("{told}: {error}"));
                    assert_eq!(writes.len(), 1, "{told}");
                    assert!(writes[0] < revocation, "{told}: {writes:?} {revocation}");
                }
            }
            // Nor a refusal with the right of the past: only that they have none any more is on record after it.
            let after = ledger.iter().filter(|event| event.position.0 > revocation);
            let theirs = after.filter(|event| event.actor.user_id() == Some(case.by));
            let others: Vec<_> = theirs.filter(|event| !is_denial(event)).collect();
            assert!(others.is_empty(), "{told}: {others:?}");
        }
    }
}
