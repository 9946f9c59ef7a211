//! An erasure that dies between its appends, wherever that is, is completed by calling it again.

use std::time::Instant;

use cinatra_tests::people::{self, PASSWORD, Person, done, nobody};
use cinatra_tests::places::Scratch;
use cinatra_tests::{Database, Node, Start};
use serde_json::json;

use super::{founded, gone, invited, members};
use crate::columns::{Canary, columns};
use crate::session::{enter, eventually};

/// Points of time at which the server dies, spread over what an erasure takes.
const DEATHS: u32 = 6;

/// Somebody who belongs to two organizations, is invited to a third and has a token.
async fn settled(home: &Scratch, owners: &[Person; 3], number: u32) -> Person {
    let name = format!("Canary-d1e{number}");
    let mut person = people::sign_up(owners[0].client.url(), &name)
        .await
        .unwrap();
    for owner in &owners[..2] {
        owner
            .bring_in(home.path(), &mut person, "member")
            .await
            .unwrap();
    }
    invited(home.path(), &owners[2], &person.email).await;
    let input = json!({ "label": name });
    done(&person.client, "tokens_create", &input).await.unwrap();
    person
}

/// The same owner at a node that was started anew.
async fn again(owner: &Person, node: &Node) -> Person {
    let mut again = people::sign_in(node.url(), &owner.email).await.unwrap();
    let me = done(&owner.client, "users_me", &json!({})).await;
    if let Ok(me) = me {
        let own = me["activeOrganizationId"].as_str().unwrap();
        again.select(own).await.unwrap();
    }
    again
}

#[tokio::test]
async fn whenever_it_dies_calling_it_again_completes_it() {
    let home = Scratch::new("dying").unwrap();
    let database = Database::fresh().await.unwrap();
    let start = Start::serve(home.path(), &database.url);
    let mut node = Node::start(start).await.unwrap();
    let ada = people::sign_in(node.url(), &people::address("Ada"))
        .await
        .unwrap();
    let organizations = [
        founded(&ada, "second").await.0,
        founded(&ada, "third").await.0,
    ];
    let mut owners = [
        again(&ada, &node).await,
        again(&ada, &node).await,
        again(&ada, &node).await,
    ];
    for (owner, organization) in owners[1..].iter_mut().zip(&organizations) {
        owner.select(organization).await.unwrap();
    }
    let mut people = Vec::new();
    for number in 0..=DEATHS {
        people.push(settled(&home, &owners, number).await);
    }
    let spared = people.pop().unwrap();
    let began = Instant::now();
    done(&node.client().unwrap(), "users_erase", &gone(&spared))
        .await
        .unwrap();
    let whole = began.elapsed();

    let superuser = database.superuser().await.unwrap();
    for (number, person) in (0..).zip(&people) {
        let (client, input) = (node.client().unwrap(), gone(person));
        let call = tokio::spawn(async move { done(&client, "users_erase", &input).await.is_ok() });
        tokio::time::sleep(whole * number / DEATHS).await;
        node.process().kill().unwrap();
        call.await.unwrap();
        let start = node.start_again().clone();
        drop(node);
        node = Node::start(start).await.unwrap();
        done(&node.client().unwrap(), "users_erase", &gone(person))
            .await
            .unwrap();
        let stranger = nobody(node.url()).unwrap();
        assert_eq!(enter(&stranger, &person.email, PASSWORD).await.status, 401);
        let canary = Canary::new(&format!("canary-d1e{number}"));
        eventually("nothing shows who it was", async || {
            let columns = columns(&superuser).await;
            let is_gone = columns.iter().all(|(_, text)| !canary.is_in(text));
            let mails = std::fs::read_dir(home.path().join("mail")).unwrap();
            let is_mailed = mails
                .filter_map(|mail| std::fs::read_to_string(mail.unwrap().path()).ok())
                .any(|mail| canary.is_in(&mail));
            (is_gone && !is_mailed).then_some(())
        })
        .await;
    }
    // Where they were, nobody is left, and the history proves.
    for (owner, organization) in [None, Some(&organizations[0])].into_iter().enumerate() {
        let mut owner_there = people::sign_in(node.url(), &owners[owner].email)
            .await
            .unwrap();
        if let Some(organization) = organization {
            owner_there.select(organization).await.unwrap();
        }
        members(&owner_there, 1).await;
    }
    let verified = node.start_again().run(&["replay", "verify"]).unwrap();
    assert!(verified.status.success(), "{verified:?}");
    node.stop().unwrap();
}
