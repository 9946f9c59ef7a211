//! What spans two ledgers comes true whoever dies in between: once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cinatra_commands::user::RegisterUser;
use cinatra_domain::instance::{self, InstanceEvent, OrganizationRegistered};
use cinatra_domain::kernel::{Position, StreamId, TenantId, UserId};
use cinatra_domain::user::User;
use cinatra_eventstore::{EventStore, SideRow};
use cinatra_tests::Database;
use cinatra_tests::places::Scratch;
use serde_json::json;
use uuid::Uuid;

use super::stack::{Facts, Stack};

const FIRST: TenantId = TenantId::new(Uuid::from_u128(0xf1));
const ACME: TenantId = TenantId::new(Uuid::from_u128(0xacae));
/// How soon a node that lives completes what another one left.
const SOON: Duration = Duration::from_secs(20);

async fn wire_names(store: &EventStore, ledger: TenantId) -> Vec<String> {
    if store.head(ledger).await.unwrap().is_none() {
        return Vec::new();
    }
    let events = store.read_ledger(ledger, Position::START, 1_000).await;
    let events = events.unwrap().into_iter();
    events.map(|event| event.wire_name).collect()
}

/// The instance has begun and somebody administers it.
async fn begun(stack: &Stack) -> UserId {
    let begin = Stack::as_system(TenantId::SYSTEM, "instance_begin");
    stack.instances.begin(&begin, FIRST).await.unwrap();
    let input =
        json!({ "name": "Ada", "email": "ada@example.test", "password": "correct horse battery" });
    let register: RegisterUser = serde_json::from_value(input).unwrap();
    let call = Stack::as_system(TenantId::SYSTEM, "users_register");
    let registered = stack.users.register(&call, &register).await.unwrap();
    registered.output.user_id.parse().unwrap()
}

/// The system's ledger registers an organization, and the node that wrote it is no more.
async fn registered_by_a_dying_node(stack: &Stack, slug: &str, ledger: TenantId, owner: UserId) {
    let (name, row) = SideRow::content(slug.as_bytes().to_vec());
    let event = InstanceEvent::OrganizationRegistered(OrganizationRegistered {
        organization_id: ledger,
        slug: slug.to_owned(),
        name,
        owner: Some(owner),
    });
    let tags = instance::tags_of(&event).unwrap();
    let stream = StreamId::new("instance", instance::SELF);
    let mut facts = Facts::new(u64::try_from(ledger.uuid().as_u128()).unwrap());
    facts.side.push(row);
    stack
        .plant(TenantId::SYSTEM, facts.with(stream, &event, tags))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_a_dying_node_registered_begins_once_on_another_one() {
    let database = Database::fresh().await.unwrap();
    let folder = Scratch::new("process").unwrap();
    let dying = Stack::open(&database, folder.path()).await;
    let ada = begun(&dying).await;
    registered_by_a_dying_node(&dying, "acme", ACME, ada).await;
    drop(dying);

    let nodes = [
        Stack::open(&database, folder.path()).await,
        Stack::open(&database, folder.path()).await,
    ];
    let store = &nodes[0].store;
    assert_eq!(store.head(ACME).await.unwrap(), None);
    let tasks = nodes
        .iter()
        .map(|node| tokio::spawn(node.processes.clone().run()));
    let tasks: Vec<_> = tasks.collect();
    let until = Instant::now() + SOON;
    let belongs = async || {
        let user = store
            .load_cold::<User>(TenantId::SYSTEM, &ada.to_string())
            .await
            .unwrap();
        user.state.person().unwrap().organizations.contains(&ACME)
    };
    while !belongs().await {
        assert!(Instant::now() < until, "nobody completed it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Each node looks again, and finds nothing to do.
    for node in &nodes {
        for ledger in [TenantId::SYSTEM, FIRST, ACME] {
            node.processes.catch_up(ledger).await.unwrap();
        }
    }
    for task in &tasks {
        task.abort();
    }
    let began = ["organization.created.v1", "organization.member_added.v1"];
    assert_eq!(wire_names(store, ACME).await, began);
    assert_eq!(wire_names(store, FIRST).await, began);
    let mut system = BTreeMap::new();
    for name in wire_names(store, TenantId::SYSTEM).await {
        *system.entry(name).or_insert(0) += 1;
    }
    assert_eq!(system["user.joined.v1"], 2, "{system:?}");
    assert_eq!(
        system["instance.organization_registered.v1"], 2,
        "{system:?}"
    );
    assert!(!system.contains_key("authority.decided.v1"), "{system:?}");
    let acme = &nodes[1].authorities.fresh(ACME).await.unwrap();
    assert_eq!(acme.state().owner_count(), 1);
}
