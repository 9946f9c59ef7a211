//! Who may erase whom, and whom nobody may as long as others depend on them.

use cinatra_tests::Client;
use cinatra_tests::people::{PASSWORD, Person, nobody, sign_in, sign_up};
use cinatra_tests::served::Served;
use futures_util::future::join_all;
use serde_json::json;

use super::{done, founded, gone, invited, members};
use crate::extension::{call, refused};
use crate::session::{enter, eventually, works};

#[tokio::test]
async fn only_the_person_and_an_administrator_of_the_instance_may() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let owner = ada.bring(served.home(), "Olga", "owner").await.unwrap();
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let erase = "users_erase";
    assert_eq!(refused(&owner.client, erase, &gone(&mia)).await.0, 403);
    assert_eq!(refused(&mia.client, erase, &gone(&owner)).await.0, 403);
    let told = refused(&nobody(&served.url()).unwrap(), erase, &gone(&mia)).await;
    assert_eq!(told.0, 401);
    let unsure = json!({ "userId": mia.user_id, "confirmDestructive": false });
    let told = refused(&mia.client, erase, &unsure).await;
    assert_eq!(told, (400, "CONFIRMATION_REQUIRED".to_owned()));
    // A narrow token of hers does not reach that far.
    let input = json!({ "label": "narrow", "scopes": ["project.read"] });
    let token = done(&mia.client, "tokens_create", &input).await.unwrap();
    let narrow = Client::new(served.url(), token["token"].as_str().unwrap()).unwrap();
    assert_eq!(refused(&narrow, erase, &gone(&mia)).await.0, 403);
    assert!(works(&mia.client).await);
    members(&ada, 3).await;

    let told = done(&mia.client, erase, &gone(&mia)).await.unwrap();
    assert_eq!(
        told,
        json!({ "success": true, "userId": mia.user_id, "changed": true })
    );
    assert!(done(&ada.client, erase, &gone(&owner)).await.is_ok());
    assert_eq!(members(&ada, 1).await, [ada.user_id.as_str()]);
}

#[tokio::test]
async fn erasing_twice_is_erasing_once_and_the_address_is_free_again() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let input = gone(&mia);
    let calls = (0..4).map(|_| call(&ada.client, "users_erase", &input));
    let replies = join_all(calls).await;
    assert!(
        replies.iter().all(|reply| reply.status == 200),
        "{replies:?}"
    );
    let changed = replies.iter().filter(|reply| reply.body["changed"] == true);
    assert_eq!(changed.count(), 1, "{replies:?}");
    let again = done(&ada.client, "users_erase", &input).await.unwrap();
    assert_eq!(again["changed"], false);
    for (primitive, input) in [
        ("users_ban", json!({ "userId": mia.user_id })),
        (
            "permissions_users_update_platform_role",
            json!({ "userId": mia.user_id, "role": "admin" }),
        ),
    ] {
        let told = refused(&ada.client, primitive, &input).await;
        assert_eq!(told, (404, "USER_ERASED".to_owned()), "{primitive}");
    }
    let client = nobody(&served.url()).unwrap();
    assert_eq!(enter(&client, &mia.email, PASSWORD).await.status, 401);
    let other = sign_up(&served.url(), "Mia").await.unwrap();
    assert_ne!(other.user_id, mia.user_id);
    let me = done(&other.client, "users_me", &json!({})).await.unwrap();
    assert_eq!(
        me["organizationIds"],
        json!([]),
        "nothing of the former one's"
    );
    eventually("a session of the former one is dead", async || {
        (!works(&mia.client).await).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_of_an_organization_stays_and_loses_nothing() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let (second, there) = founded(&ada, "second").await;
    let mut mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    there
        .bring_in(served.home(), &mut mia, "owner")
        .await
        .unwrap();
    done(&there.client, "organizations_leave", &json!({}))
        .await
        .unwrap();
    let reply = call(&ada.client, "users_erase", &gone(&mia)).await;
    assert_eq!(
        (reply.status, reply.code()),
        (409, Some("LAST_OWNER")),
        "{}",
        reply.body
    );
    let details = &reply.body["error"]["details"];
    assert_eq!(details["organizationIds"], json!([second]));
    assert!(works(&mia.client).await);
    assert_eq!(members(&ada, 2).await.len(), 2);
    assert_eq!(members(&mia, 1).await, [mia.user_id.as_str()]);
    assert!(sign_in(&served.url(), &mia.email).await.is_ok());
    // With another owner there it goes.
    let moe = mia.bring(served.home(), "Moe", "owner").await.unwrap();
    done(&mia.client, "users_erase", &gone(&mia)).await.unwrap();
    assert_eq!(members(&moe, 1).await, [moe.user_id.as_str()]);
    assert_eq!(members(&ada, 1).await, [ada.user_id.as_str()]);
}

#[tokio::test]
async fn the_last_administrator_of_the_instance_stays_and_loses_nothing() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let mia = ada.bring(served.home(), "Mia", "owner").await.unwrap();
    let invitee = invited(served.home(), &mia, "ada@elsewhere.test").await;
    assert!(invitee.starts_with("cic_"));
    for client in [&ada.client, &ada.client] {
        let reply = call(client, "users_erase", &gone(&ada)).await;
        let told = (reply.status, reply.code());
        assert_eq!(told, (409, Some("LAST_ADMINISTRATOR")), "{}", reply.body);
    }
    assert_eq!(members(&mia, 2).await.len(), 2);
    let me = done(&ada.client, "users_me", &json!({})).await.unwrap();
    assert!(me["activeOrganizationId"].is_string(), "{me}");
    let input = json!({ "userId": mia.user_id, "role": "admin" });
    done(
        &ada.client,
        "permissions_users_update_platform_role",
        &input,
    )
    .await
    .unwrap();
    done(&ada.client, "users_erase", &gone(&ada)).await.unwrap();
    let mia = sign_in(&served.url(), &mia.email).await.unwrap();
    assert_eq!(members(&mia, 1).await, [mia.user_id.as_str()]);
    let told = refused(&mia.client, "users_erase", &gone(&mia)).await;
    assert_eq!(told.0, 409);
}

/// How many mails to somebody are in a node's folder.
fn mailed(node: &Served, email: &str) -> usize {
    let entries = std::fs::read_dir(node.home().join("mail")).unwrap();
    let texts = entries.filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok());
    texts.filter(|text| text.contains(email)).count()
}

/// Invites somebody again and again until both nodes have delivered something: whichever is first takes a mail.
async fn mailed_by_both(nodes: [&Served; 2], owner: &Person, email: &str) {
    let count = || nodes.map(|node| mailed(node, email));
    let mut sent = 1;
    while count().contains(&0) {
        let input = json!({ "email": email, "role": "member" });
        done(&owner.client, "permissions_members_invite", &input)
            .await
            .unwrap();
        sent += 1;
        assert!(sent < 100);
        eventually("it is delivered", async || {
            (count().iter().sum::<usize>() == sent).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn mail_that_another_node_delivered_goes_too() {
    let served = Served::with(&[]).await.unwrap();
    let other = served.beside().await.unwrap();
    let nodes = [&served, &other];
    let ada = sign_up(&served.url(), "Ada").await.unwrap();
    let (mia, moe) = (
        sign_up(&served.url(), "Mia").await.unwrap(),
        sign_up(&served.url(), "Moe").await.unwrap(),
    );
    let count =
        |person: &Person| -> usize { nodes.iter().map(|node| mailed(node, &person.email)).sum() };
    for person in [&mia, &moe] {
        mailed_by_both(nodes, &ada, &person.email).await;
    }
    done(&ada.client, "users_erase", &gone(&mia)).await.unwrap();
    eventually("it is gone on both", async || {
        (count(&mia) == 0).then_some(())
    })
    .await;
    assert!(count(&moe) >= 2, "another's stays");
    // What the next one of this address gets stays, when somebody else goes.
    sign_up(&served.url(), "Mia").await.unwrap();
    eventually("it is delivered", async || (count(&mia) == 1).then_some(())).await;
    done(&ada.client, "users_erase", &gone(&moe)).await.unwrap();
    eventually("it is gone on both", async || {
        (count(&moe) == 0).then_some(())
    })
    .await;
    assert_eq!(count(&mia), 1);
}
