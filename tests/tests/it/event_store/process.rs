//! What a process manager reads and keeps.

use cinatra_domain::kernel::{Position, TenantId};
use cinatra_eventstore::{EventStore, Expected, Role};
use cinatra_tests::Database;
use futures_util::future::join_all;
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::{ACME, OTHER, append, statement, store, tags};

const COPIER: &str = "copier";

/// Both ledgers: a wanted tag at 1 and 3 of the one, none in the other.
async fn inhabited(database: &Database) -> EventStore {
    let store = store(database).await;
    store.create_ledger(OTHER).await.unwrap();
    for (tenant, key, tag) in [
        (ACME, "1", "t:wanted"),
        (ACME, "2", "t:other"),
        (ACME, "3", "t:wanted"),
        (ACME, "4", "t:more"),
        (OTHER, "1", "t:other"),
    ] {
        say(&store, tenant, key, tag).await;
    }
    store
}

async fn say(store: &EventStore, tenant: TenantId, key: &str, tag: &str) {
    let mut append = append(key, key, Expected::Any, &[tag, "t:all"], Vec::new());
    append.tenant = tenant;
    store.append(append).await.unwrap();
}

#[tokio::test]
async fn events_after_a_position_are_found_by_tag_with_the_position_at_which_they_are_all() {
    let database = Database::fresh().await.unwrap();
    let store = inhabited(&database).await;
    let found = async |tenant: TenantId, wanted: &[&str], after: i64| {
        let (events, at) = store
            .events_by_tag_after(tenant, &tags(wanted), Position(after))
            .await
            .unwrap();
        let positions: Vec<i64> = events.iter().map(|event| event.position.0).collect();
        (positions, at.0)
    };
    assert_eq!(found(ACME, &["t:wanted"], 0).await, (vec![1, 3], 4));
    assert_eq!(found(ACME, &["t:wanted"], 1).await, (vec![3], 4));
    assert_eq!(found(ACME, &["t:wanted"], 3).await, (vec![], 4));
    let two = ["t:more", "t:wanted", "t:all"];
    assert_eq!(found(ACME, &two, 1).await, (vec![2, 3, 4], 4), "each once");
    assert_eq!(found(OTHER, &["t:wanted"], 0).await, (vec![], 1));
    let nobody = TenantId::new(Uuid::from_u128(0x0b0d));
    assert_eq!(found(nobody, &["t:wanted"], 0).await, (vec![], 0));
    // From the beginning it is the other question.
    let wanted = tags(&["t:wanted"]);
    let all = store.events_by_tag(ACME, &wanted).await.unwrap();
    let after = store.events_by_tag_after(ACME, &wanted, Position::START);
    assert_eq!(format!("{all:?}"), format!("{:?}", after.await.unwrap()));
}

#[tokio::test]
async fn a_process_is_told_the_ledgers_that_have_something_for_it() {
    let database = Database::fresh().await.unwrap();
    let store = inhabited(&database).await;
    let tag = &tags(&["t:wanted"])[0];
    let behind = async || store.ledgers_with_tag_after(COPIER, tag).await.unwrap();
    assert_eq!(store.tenants_with_tag(tag).await.unwrap(), [ACME]);
    assert_eq!(behind().await, [(ACME, Position::START)]);
    let moved = store.move_checkpoint(COPIER, ACME, Position::START, Position(2));
    assert!(moved.await.unwrap());
    assert_eq!(behind().await, [(ACME, Position(2))]);
    let moved = store.move_checkpoint(COPIER, ACME, Position(2), Position(4));
    assert!(moved.await.unwrap());
    assert_eq!(behind().await, []);
    say(&store, ACME, "5", "t:other").await;
    assert_eq!(behind().await, [], "nothing for it");
    say(&store, OTHER, "2", "t:wanted").await;
    assert_eq!(behind().await, [(OTHER, Position::START)]);
    let mut both = [ACME, OTHER];
    both.sort_unstable();
    assert_eq!(store.tenants_with_tag(tag).await.unwrap(), both);
    let other = store.ledgers_with_tag_after("another", tag).await.unwrap();
    assert_eq!(other.len(), 2, "each process has a place of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_moves_from_where_it_is_and_by_one_node_only() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    let mut at = Position::START;
    for to in [Position(3), Position(7)] {
        let moving = (0..10_usize).map(|number| {
            let store = stores[number % 2].clone();
            async move { store.move_checkpoint(COPIER, ACME, at, to).await.unwrap() }
        });
        let moved = join_all(moving).await.into_iter().filter(|moved| *moved);
        assert_eq!(moved.count(), 1);
        at = to;
    }
    for from in [Position::START, Position(3), Position(9)] {
        let moved = stores[0].move_checkpoint(COPIER, ACME, from, Position(10));
        assert!(!moved.await.unwrap(), "it is not at {from}");
    }
    let skipped = stores[0].move_checkpoint(COPIER, OTHER, Position(1), Position(2));
    assert!(!skipped.await.unwrap(), "it is at the start");
    let places = stores[0].checkpoints(COPIER).await.unwrap();
    assert_eq!(
        places.into_iter().collect::<Vec<_>>(),
        [(ACME, Position(7))]
    );
    assert!(stores[0].checkpoints("another").await.unwrap().is_empty());
}

/// Statements that are asked often, and the index that each has to take when nothing is known of its values.
const PLANS: &[(&str, &[&str])] = &[
    ("read_by_tag", &["event_tags_pkey", "events_pkey"]),
    (
        "read_by_tag_after",
        &["event_tags_pkey", "events_pkey", "\"position\" > $3"],
    ),
    ("list_ledgers_with_tag", &["event_tags_pkey"]),
    ("list_ledgers_behind_tag", &["event_tags_pkey"]),
    ("read_contents", &["contents_pkey"]),
    ("move_process_checkpoint", &["process_checkpoints_pkey"]),
    ("find_token", &["tokens_pkey"]),
    ("list_tokens", &["tokens_by_user"]),
    ("revoke_tokens_of", &["tokens_by_user"]),
    ("end_account_tokens", &["tokens_by_service_account"]),
    ("find_session", &["sessions_pkey"]),
    ("touch_session", &["sessions_session_id_key"]),
    ("list_sessions", &["sessions_by_user"]),
    ("enter_organization", &["sessions_session_id_key"]),
    (
        "leave_organization",
        &["sessions_by_user", "tokens_by_user"],
    ),
    ("find_challenge", &["challenges_pkey"]),
    ("delete_challenges_of", &["challenges_by_user"]),
    (
        "delete_challenges_of_invitation",
        &["challenges_by_invitation"],
    ),
    ("delete_mails_of", &["mails_by_recipient"]),
    ("count_attempts", &["sign_in_attempts_pkey"]),
    (
        "read_frames",
        &["run_heads_pkey", "run_frames_pkey", "seq > $4"],
    ),
    ("append_frames", &["run_heads_pkey"]),
    ("claim_jobs", &["jobs_waiting", "jobs_active", "jobs_pkey"]),
    ("enqueue_job", &["jobs_unfinished_by_key"]),
    ("renew_job", &["jobs_pkey"]),
    ("end_job", &["jobs_pkey"]),
    ("lock_jobs", &["jobs_pkey"]),
    ("expire_jobs", &["jobs_active", "jobs_pkey"]),
    ("release_jobs", &["jobs_active", "jobs_pkey"]),
    ("list_dead_jobs", &["jobs_finished"]),
    ("retry_job", &["jobs_pkey"]),
    ("lock_run_heads", &["run_heads_pkey"]),
    ("read_run_heads", &["run_heads_pkey"]),
    (
        "delete_run",
        &["run_heads_pkey", "run_frames_pkey", "run_checkpoints_pkey"],
    ),
    ("delete_run_checkpoint", &["run_checkpoints_pkey"]),
];

#[tokio::test]
async fn what_is_asked_often_keeps_to_an_index() {
    let database = Database::fresh().await.unwrap();
    let config = Role::Unscoped.connect(&database.url.parse().unwrap());
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(include_str!("sql/plan_generically.sql"))
        .await
        .unwrap();
    for (name, wanted) in PLANS {
        let text = statement(name);
        let count = client.prepare(text).await.unwrap().params().len();
        let preparing = format!("prepare {name} as {text}");
        client.batch_execute(&preparing).await.unwrap();
        let nulls = vec!["null"; count].join(", ");
        let asking = format!("explain (costs off) execute {name}({nulls})");
        let rows = client.query(&asking, &[]).await.unwrap();
        let plan: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        for part in *wanted {
            assert!(plan.contains(part), "{name} lacks {part}:\n{plan}");
        }
        assert!(!plan.contains("Seq Scan"), "{name}:\n{plan}");
    }
}
