//! Two nodes decide about one organization at the same time, in every order of their steps.
//!
//! Each node's append is held between its decision and the ledger. Whatever the order, the end is one of those
//! that the commands would have come to one after the other.

use std::sync::Arc;

use cinatra_commands::instance::CreateOrganization;
use cinatra_commands::organization::{NamedMember, NamedTeam, UpdateMemberRole};
use cinatra_commands::permission::CoOwner;
use cinatra_commands::project::{CreateProject, GrantAccess, PromoteProject};
use cinatra_commands::{Error, Invocation};
use cinatra_domain::authority::{Operation, Rule, Target};
use cinatra_domain::kernel::{Coded as _, TenantId, UserId};
use cinatra_domain::permission::{Permission, Resource};
use cinatra_domain::project::{GrantRole, Owner};
use cinatra_tests::Database;
use cinatra_tests::orders::{Side, orders};
use cinatra_tests::places::Scratch;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::stack::{Deed, Stack, first};
use super::world::{ACME, ADA, AGENT, ATTIC, CORA, CREW, LEA, OLIVE, World, input};

const MEMBERS: Rule = Rule::Organization(Permission::OrganizationManageMembers);
const LOOK: Rule = Rule::Organization(Permission::OrganizationRead);

async fn as_owner(
    node: &Stack,
    user: UserId,
    primitive: &'static str,
) -> Result<Invocation, Error> {
    node.judged((ACME, user), MEMBERS, Target::None, primitive)
        .await
}

async fn remove(node: Arc<Stack>, by: UserId, who: UserId) -> Result<(), Error> {
    let call = as_owner(&node, by, "permissions_members_remove").await?;
    let named: NamedMember = input(json!({ "userId": who }));
    let removed = node.organizations.remove_member(&call, &named).await;
    removed.map(drop)
}

async fn demote(node: Arc<Stack>, by: UserId, who: UserId) -> Result<(), Error> {
    let call = as_owner(&node, by, "permissions_members_update_role").await?;
    let change: UpdateMemberRole = input(json!({ "userId": who, "role": "member" }));
    let changed = node.organizations.update_member_role(&call, &change).await;
    changed.map(drop)
}

async fn leave(node: Arc<Stack>, who: UserId) -> Result<(), Error> {
    let judged = node.judged((ACME, who), LOOK, Target::None, "organizations_leave");
    let left = node.organizations.leave(&judged.await?, who).await;
    left.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_end_each_other_leave_one() {
    let ada: [Deed; 4] = [
        |node| remove(node, ADA, OLIVE).boxed(),
        |node| demote(node, ADA, OLIVE).boxed(),
        |node| demote(node, ADA, ADA).boxed(),
        |node| leave(node, ADA).boxed(),
    ];
    let olive: [Deed; 4] = [
        |node| remove(node, OLIVE, ADA).boxed(),
        |node| demote(node, OLIVE, ADA).boxed(),
        |node| demote(node, OLIVE, OLIVE).boxed(),
        |node| leave(node, OLIVE).boxed(),
    ];
    // Crosswise, each about themselves, and one against the other's leaving.
    let pairs = [(0, 0), (1, 1), (2, 2), (0, 3)];
    for (left, right) in pairs {
        for order in orders() {
            let told = format!("{left} against {right}, {order:?}");
            let world = World::new().await;
            let outcomes = world.race([ada[left], olive[right]], &order).await;
            let winner = first(&order);
            assert!(outcomes[winner.index()].is_ok(), "{told}: {outcomes:?}");
            let lost = outcomes[winner.other().index()].as_ref().unwrap_err();
            // Whoever came second is the last owner, or no owner any more, or finds nobody there.
            let codes = [
                "LAST_OWNER",
                "ADMIN_REQUIRED",
                "NO_ORGANIZATION",
                "MEMBER_NOT_FOUND",
            ];
            assert!(codes.contains(&lost.code()), "{told}: {lost}");
            for node in &world.nodes {
                let snapshot = node.authorities.fresh(ACME).await.unwrap();
                assert_eq!(snapshot.state().owner_count(), 1, "{told}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_organizations_with_one_slug_one_is_registered() {
    async fn create(node: Arc<Stack>) -> Result<(), Error> {
        let call = Stack::as_person((TenantId::SYSTEM, ADA), "organizations_create");
        let create: CreateOrganization = input(json!({ "name": "Same", "slug": "same" }));
        node.instances
            .create_organization(&call, &create)
            .await
            .map(drop)
    }
    for order in orders() {
        let database = Database::fresh().await.unwrap();
        let folder = Scratch::new("race").unwrap();
        let nodes = [
            Arc::new(Stack::open(&database, folder.path()).await),
            Arc::new(Stack::open(&database, folder.path()).await),
        ];
        for node in &nodes {
            let begin = Stack::as_system(TenantId::SYSTEM, "instance_begin");
            let first = TenantId::new(Uuid::from_u128(0xf1));
            node.instances.begin(&begin, first).await.unwrap();
        }
        let deed: Deed = |node| create(node).boxed();
        let outcomes = super::stack::race(&nodes, [deed, deed], &order).await;
        let winner = first(&order);
        assert!(outcomes[winner.index()].is_ok(), "{order:?}: {outcomes:?}");
        let lost = outcomes[winner.other().index()].as_ref().unwrap_err();
        assert_eq!(lost.code(), "SLUG_TAKEN", "{order:?}");
        let instance = nodes[0].instances.state().await.unwrap();
        assert_eq!(instance.running().unwrap().organizations.len(), 2);
        // The default one, the system's, and the one that won.
        let heads = nodes[1].store.heads().await.unwrap();
        assert_eq!(heads.len(), 3, "{order:?}: {heads:?}");
    }
}

async fn delete_crew(node: Arc<Stack>) -> Result<(), Error> {
    let rule = Rule::Organization(Permission::TeamDelete);
    let call = node.judged((ACME, ADA), rule, Target::None, "teams_delete");
    let named: NamedTeam = input(json!({ "teamId": CREW }));
    let deleted = node.organizations.delete_team(&call.await?, &named).await;
    deleted.map(drop)
}

fn of_crew(more: &Value) -> Value {
    let mut value = json!({ "ownerLevel": "team", "ownerId": CREW });
    value
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    value
}

async fn create_for_crew(node: Arc<Stack>) -> Result<(), Error> {
    let place = Target::Owner(Owner::Team(CREW));
    let call = node.judged((ACME, LEA), Rule::CreateProject, place, "projects_create");
    let create: CreateProject = input(of_crew(&json!({ "name": "Ours" })));
    let created = node.projects.create(&call.await?, &create).await;
    created.map(drop)
}

async fn promote_to_crew(node: Arc<Stack>) -> Result<(), Error> {
    let target = Target::Promotion(ATTIC, Owner::Team(CREW));
    let call = node.judged(
        (ACME, LEA),
        Rule::PromoteProject,
        target,
        "projects_promote",
    );
    let promote: PromoteProject = input(of_crew(&json!({ "projectId": ATTIC })));
    let promoted = node.projects.promote(&call.await?, &promote).await;
    promoted.map(drop)
}

async fn share_with_crew(node: Arc<Stack>) -> Result<(), Error> {
    let target = Target::Grant(ATTIC, GrantRole::Write);
    let call = node.judged(
        (ACME, LEA),
        Rule::GrantProject,
        target,
        "project_access_grant",
    );
    let grant: GrantAccess = input(json!({ "projectId": ATTIC, "principalLevel": "team",
        "principalId": CREW, "role": "write" }));
    let granted = node.projects.grant_access(&call.await?, &grant).await;
    granted.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_project_belongs_to_a_team_that_is_no_more() {
    let deeds: [(Deed, &str); 2] = [
        (|node| create_for_crew(node).boxed(), "NOT_FOUND"),
        (|node| promote_to_crew(node).boxed(), "NOT_FOUND"),
    ];
    for (deed, hidden) in deeds {
        for order in orders() {
            let world = World::new().await;
            let delete: Deed = |node| delete_crew(node).boxed();
            let [deleted, placed] = world.race([delete, deed], &order).await;
            match first(&order) {
                Side::Left => {
                    deleted.unwrap_or_else(|error| panic!("{order:?}: {error}"));
                    assert_eq!(placed.unwrap_err().code(), hidden, "{order:?}");
                }
                Side::Right => {
                    placed.unwrap_or_else(|error| panic!("{order:?}: {error}"));
                    let code = deleted.unwrap_err();
                    assert_eq!(code.code(), "TEAM_OWNS_PROJECTS", "{order:?}");
                }
            }
            let snapshot = world.nodes[1].authorities.fresh(ACME).await.unwrap();
            let state = snapshot.state();
            let owned = state.projects_owned_by_team(CREW);
            assert_eq!(owned > 0, state.team_exists(CREW), "{order:?}: {owned}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_team_that_is_no_more_is_given_access() {
    for order in orders() {
        let world = World::new().await;
        let delete: Deed = |node| delete_crew(node).boxed();
        let share: Deed = |node| share_with_crew(node).boxed();
        let [deleted, shared] = world.race([delete, share], &order).await;
        deleted.unwrap_or_else(|error| panic!("{order:?}: {error}"));
        match first(&order) {
            Side::Left => assert_eq!(shared.unwrap_err().code(), "PRINCIPAL_NOT_FOUND"),
            Side::Right => shared.unwrap_or_else(|error| panic!("{order:?}: {error}")),
        }
        let ledger = world.ledger().await;
        let place = |name: &str| ledger.iter().rposition(|event| event.wire_name == name);
        let deletion = place("organization.team_deleted.v1").unwrap();
        let grant = place("project.access_granted.v1").unwrap();
        assert!(grant < deletion, "{order:?}");
    }
}

async fn give_cora_access(node: Arc<Stack>) -> Result<(), Error> {
    let target = Target::Grant(ATTIC, GrantRole::Write);
    let call = node.judged(
        (ACME, LEA),
        Rule::GrantProject,
        target,
        "project_access_grant",
    );
    let grant: GrantAccess = input(json!({ "projectId": ATTIC, "principalLevel": "user",
        "principalId": CORA, "role": "write" }));
    let granted = node.projects.grant_access(&call.await?, &grant).await;
    granted.map(drop)
}

async fn make_cora_co_owner(node: Arc<Stack>) -> Result<(), Error> {
    let agent = Resource::agent_template(ACME, AGENT);
    let (rule, primitive) = (
        Rule::Resource(Operation::Manage),
        "permissions_co_owners_grant",
    );
    let call = node.judged((ACME, OLIVE), rule, Target::Resource(agent), primitive);
    let grant: CoOwner = input(json!({ "resourceKind": "agent_template",
        "resourceId": agent.id, "userId": CORA }));
    let granted = node.permissions.grant_co_owner(&call.await?, &grant).await;
    granted.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_to_somebody_who_is_removed_while_they_are_given_something() {
    let deeds: [(Deed, &str); 2] = [
        (|node| give_cora_access(node).boxed(), "PRINCIPAL_NOT_FOUND"),
        (|node| make_cora_co_owner(node).boxed(), "MEMBER_NOT_FOUND"),
    ];
    for (deed, absent) in deeds {
        for order in orders() {
            let world = World::new().await;
            let end: Deed = |node| remove(node, ADA, CORA).boxed();
            let [removed, given] = world.race([end, deed], &order).await;
            removed.unwrap_or_else(|error| panic!("{order:?}: {error}"));
            match first(&order) {
                Side::Left => assert_eq!(given.unwrap_err().code(), absent, "{order:?}"),
                Side::Right => given.unwrap_or_else(|error| panic!("{order:?}: {error}")),
            }
            let snapshot = world.nodes[1].authorities.fresh(ACME).await.unwrap();
            assert_eq!(snapshot.state().member_role(CORA), None, "{order:?}");
            let left = snapshot.state().granted_to(CORA);
            assert_eq!(left, (Vec::new(), Vec::new()), "{order:?}");
        }
    }
}
