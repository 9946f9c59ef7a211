//! Two servers on one database, each a process of its own, with nothing between them but the ledger.
//!
//! [`super::revocation`] takes every order of two nodes' steps; here nobody holds anything, and the clock decides.

use cinatra_tests::people::{address, sign_in};
use cinatra_tests::places::Scratch;
use cinatra_tests::{Call, Client, Database, Node, Start};
use serde_json::{Value, json};

use crate::extension::done;

const ROUNDS: usize = 8;
const WRITERS: usize = 4;
/// A writer that is never stopped is a finding of its own.
const WRITES_MAX: usize = 2_000;

/// Writes until it is refused; the positions of what was written.
async fn write(client: Client, input: Value) -> Vec<i64> {
    let mut positions = Vec::new();
    while positions.len() < WRITES_MAX {
        let reply = client.call("projects_create", &input, Call::default());
        let reply = reply.await.unwrap();
        match reply.status {
            200 => positions.push(reply.position().unwrap()),
            // So many at once on one stream: try again.
            409 => assert_eq!(reply.code(), Some("CONFLICT"), "{}", reply.body),
            403 => return positions,
            other => panic!("{other}: {}", reply.body),
        }
    }
    panic!("nobody stopped it");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_takes_a_right_away_and_another_writes_nothing_by_it_afterwards() {
    let database = Database::fresh().await.unwrap();
    let scratch = Scratch::new("processes").unwrap();
    let start = |side: &str| {
        let home = scratch.path().join(side);
        Start::serve(&home, &database.url).encryption_key(&"5e".repeat(32))
    };
    let left = Node::start(start("left")).await.unwrap();
    let ada = sign_in(left.url(), &address("Ada")).await.unwrap();
    let mail = scratch.path().join("left");
    let otto = ada.bring(&mail, "Otto", "admin").await.unwrap();
    let right = Node::start(start("right").token(left.token()))
        .await
        .unwrap();
    let there = right.client().unwrap();
    let me = done(&otto.client, "users_me", &json!({})).await;
    let input = json!({ "name": "Theirs", "ownerLevel": "organization",
        "ownerId": me["activeOrganizationId"] });
    let mut written = 0;
    for round in 0..ROUNDS {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| tokio::spawn(write(otto.client.clone(), input.clone())))
            .collect();
        // Long enough for some to be written, each round a little longer.
        let patience = 150 + 37 * u64::try_from(round).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(patience)).await;
        let member = json!({ "userId": otto.user_id, "role": "member" });
        let ended = there.call("permissions_members_update_role", &member, Call::default());
        let ended = ended.await.unwrap();
        assert_eq!(ended.status, 200, "{}", ended.body);
        let end = ended.position().unwrap();
        for writer in writers {
            let positions = writer.await.unwrap();
            written += positions.len();
            let late: Vec<_> = positions.iter().filter(|at| **at > end).collect();
            assert!(late.is_empty(), "round {round}: {late:?} after {end}");
        }
        let admin = json!({ "userId": otto.user_id, "role": "admin" });
        done(&there, "permissions_members_update_role", &admin).await;
        until_allowed(&otto.client, &input).await;
    }
    assert!(written > ROUNDS, "{written} writes raced with nothing");
    right.stop().unwrap();
    left.stop().unwrap();
}

/// What is given is there within the half second for which a node may judge by what it remembers.
async fn until_allowed(client: &Client, input: &Value) {
    for _ in 0..100 {
        let reply = client.call("projects_create", input, Call::default());
        if reply.await.unwrap().is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("what was given never came");
}
