//! A session's life: opaque, renewed when what it may do changes, listed, and gone everywhere within a second.

use std::time::Instant;

use cinatra_tests::people::{self, PASSWORD, Person, done, nobody, sign_in, sign_up};
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{enter, eventually, from, now, post, stops_working, works};
use crate::columns::{Canary, columns};
use crate::extension::{call, refused};

/// The same caller at another node.
fn at(client: &Client, node: &Served) -> Client {
    Client::new(node.url(), client.token()).unwrap()
}

/// Shows a credential again and again, so that whoever remembers it does, until it is refused.
fn kept_warm(client: &Client) -> JoinHandle<()> {
    let client = client.clone();
    tokio::spawn(async move { while works(&client).await {} })
}

async fn two_nodes() -> (Served, Served) {
    let served = Served::with(&[]).await.unwrap();
    let other = served.beside().await.unwrap();
    (served, other)
}

/// Ids of a person's sessions, the one that asks first.
async fn listed(client: &Client) -> Vec<String> {
    let listed = done(client, "sessions_list", &json!({})).await.unwrap();
    let mut items = listed["items"].as_array().unwrap().clone();
    items.sort_by_key(|item| item["isCurrent"] != true);
    let ids = items
        .iter()
        .map(|item| item["sessionId"].as_str().unwrap().to_owned());
    ids.collect()
}

async fn kept_hashes(served: &Served) -> Vec<Vec<u8>> {
    let superuser = served.database().superuser().await.unwrap();
    let rows = superuser
        .query(include_str!("sql/read_session_hashes.sql"), &[])
        .await;
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_session_is_opaque_and_only_its_hash_is_kept() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let again = sign_in(&served.url(), &ada.email).await.unwrap();
    let mut expected = Vec::new();
    for person in [&ada, &again] {
        let token = person.client.token();
        let digits = token.strip_prefix("cis_").unwrap();
        let bytes = blake3::Hash::from_hex(digits).unwrap();
        expected.push(blake3::hash(bytes.as_bytes()).as_bytes().to_vec());
        let canary = Canary::new(digits);
        let superuser = served.database().superuser().await.unwrap();
        let columns = columns(&superuser).await;
        let shown: Vec<_> = columns.iter().filter(|(_, t)| canary.is_in(t)).collect();
        assert!(shown.is_empty(), "{shown:?}");
    }
    let mut kept = kept_hashes(&served).await;
    kept.sort_unstable();
    expected.sort_unstable();
    assert_eq!(kept, expected);
    // Something else of the same shape opens nothing.
    let guess = format!("cis_{}", blake3::hash(b"a guess").to_hex());
    for token in [guess.as_str(), "cis_", "cis_00", "Bearer", "nonsense"] {
        let client = Client::new(served.url(), token).unwrap();
        assert!(!works(&client).await, "{token}");
    }
}

#[tokio::test]
async fn signing_in_makes_a_new_credential_and_ends_the_one_that_the_call_came_with() {
    let (served, other) = two_nodes().await;
    let ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    let elsewhere = sign_in(&served.url(), &ada.email).await.unwrap();
    let (here, there) = (ada.client.clone(), at(&ada.client, &other));
    assert!(works(&there).await);
    let warm = [kept_warm(&here), kept_warm(&there)];
    let bearer = format!("Bearer {}", here.token());
    let input = json!({ "email": ada.email, "password": PASSWORD });
    let answer = post(
        &here,
        "sessions_sign_in",
        &input,
        &[("authorization", &bearer)],
    )
    .await;
    let since = Instant::now();
    assert!(!works(&here).await, "dead at once where it was ended");
    stops_working(&there, since).await;
    for task in warm {
        task.await.unwrap();
    }
    let token = answer.body["sessionToken"].as_str().unwrap();
    assert_ne!(token, here.token());
    assert!(works(&Client::new(served.url(), token).unwrap()).await);
    assert!(works(&elsewhere.client).await, "another session stays");
    // A failure ends nothing.
    let bearer = format!("Bearer {token}");
    let wrong = json!({ "email": ada.email, "password": "wrong wrong wrong" });
    let answer = post(
        &here,
        "sessions_sign_in",
        &wrong,
        &[("authorization", &bearer)],
    )
    .await;
    assert_eq!(answer.status, 401);
    assert!(works(&Client::new(served.url(), token).unwrap()).await);
}

#[tokio::test]
async fn choosing_an_organization_replaces_the_credential() {
    let (served, other) = two_nodes().await;
    let mut ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    let input = json!({ "name": "B", "slug": "b" });
    let created = done(&ada.client, "organizations_create", &input).await;
    let organization = created.unwrap()["organizationId"]
        .as_str()
        .unwrap()
        .to_owned();
    let before = ada.client.clone();
    let there = at(&before, &other);
    let sessions = listed(&before).await;
    let warm = [kept_warm(&before), kept_warm(&there)];
    assert!(works(&there).await);
    ada.select(&organization).await.unwrap();
    let since = Instant::now();
    assert!(!works(&before).await, "dead at once where it was chosen");
    stops_working(&there, since).await;
    for task in warm {
        task.await.unwrap();
    }
    assert_ne!(ada.client.token(), before.token());
    let me = done(&ada.client, "users_me", &json!({})).await.unwrap();
    assert_eq!(me["activeOrganizationId"], organization.as_str());
    assert_eq!(
        listed(&ada.client).await,
        sessions,
        "the session is the same"
    );
    // One that the person does not belong to looks like one that there is not.
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let theirs = json!({ "organizationId": organization });
    let nobodys = json!({ "organizationId": ada.user_id });
    let mut answers = Vec::new();
    for input in [theirs, nobodys] {
        let reply = call(&mia.client, "sessions_select_organization", &input).await;
        answers.push((reply.status, reply.body));
    }
    assert_eq!(answers[0].0, 404);
    assert_eq!(answers[0], answers[1]);
    assert!(works(&mia.client).await);
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions_and_nobody_elses() {
    let (served, other) = two_nodes().await;
    let ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    let second = sign_in(&served.url(), &ada.email).await.unwrap();
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let ids = listed(&ada.client).await;
    assert_eq!(ids.len(), 2);
    assert_eq!(
        listed(&second.client).await,
        [ids[1].clone(), ids[0].clone()]
    );
    let listing = done(&ada.client, "sessions_list", &json!({}))
        .await
        .unwrap();
    for item in listing["items"].as_array().unwrap() {
        assert_eq!(item["ipAddress"], "127.0.0.1", "{item}");
        assert!(item["organizationId"].is_string() && item["expiresAt"].is_string());
        assert!(!item.to_string().contains("cis_"), "{item}");
    }
    // Another person's is as unknown as one that there is not.
    let hers = json!({ "sessionId": listed(&mia.client).await[0] });
    let nobodys = json!({ "sessionId": ada.user_id });
    let (hers, nobodys) = (
        call(&ada.client, "sessions_revoke", &hers).await,
        call(&ada.client, "sessions_revoke", &nobodys).await,
    );
    assert_eq!((hers.status, &hers.body), (404, &nobodys.body));
    assert!(works(&mia.client).await);

    let watched = at(&second.client, &other);
    assert!(works(&watched).await);
    let named = json!({ "sessionId": ids[1] });
    done(&ada.client, "sessions_revoke", &named).await.unwrap();
    let since = Instant::now();
    stops_working(&watched, since).await;
    stops_working(&second.client, since).await;
    assert_eq!(listed(&ada.client).await, [ids[0].clone()]);
    assert_eq!(refused(&ada.client, "sessions_revoke", &named).await.0, 404);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_everywhere_within_a_second() {
    let (served, other) = two_nodes().await;
    let ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    let token = ada.token().await.unwrap();
    let there = at(&ada.client, &other);
    assert!(works(&there).await);
    let ended = done(&ada.client, "sessions_sign_out", &json!({}))
        .await
        .unwrap();
    let since = Instant::now();
    assert_eq!(ended, json!({ "success": true, "ended": true }));
    assert!(!works(&ada.client).await);
    stops_working(&there, since).await;
    // A token is no session: it has nothing to sign out of.
    let program = Client::new(served.url(), token).unwrap();
    let told = refused(&program, "sessions_sign_out", &json!({})).await;
    assert_eq!(told, (403, "SESSION_REQUIRED".to_owned()));
}

/// What ends whatever somebody is signed in with, in the hands of an administrator.
async fn ends_sessions(primitive: &str, more: &Value) -> (Served, Served, Person, Person, Client) {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let other = served.beside().await.unwrap();
    let program = Client::new(other.url(), mia.token().await.unwrap()).unwrap();
    let there = at(&mia.client, &other);
    assert!(works(&there).await && works(&program).await);
    let mut input = more.clone();
    input["userId"] = json!(mia.user_id);
    done(&ada.client, primitive, &input).await.unwrap();
    let since = Instant::now();
    stops_working(&there, since).await;
    stops_working(&mia.client, since).await;
    assert!(works(&ada.client).await);
    (served, other, ada, mia, program)
}

#[tokio::test]
async fn a_ban_ends_sessions_and_lets_no_token_in_until_it_is_lifted() {
    let (served, _other, ada, mia, program) = ends_sessions("users_ban", &json!({})).await;
    stops_working(&program, Instant::now()).await;
    let input = json!({ "userId": mia.user_id });
    done(&ada.client, "users_unban", &input).await.unwrap();
    eventually("a token works again", async || {
        works(&program).await.then_some(())
    })
    .await;
    assert!(!works(&mia.client).await, "what was ended stays so");
    assert!(sign_in(&served.url(), &mia.email).await.is_ok());
}

#[tokio::test]
async fn another_role_on_the_instance_ends_sessions_and_tokens_have_it_within_a_second() {
    let primitive = "permissions_users_update_platform_role";
    let (served, _other, ada, mia, program) =
        ends_sessions(primitive, &json!({ "role": "admin" })).await;
    let again = sign_in(&served.url(), &mia.email).await.unwrap();
    let about = json!({ "userId": ada.user_id, "role": "user" });
    assert!(works(&program).await);
    done(&again.client, primitive, &about).await.unwrap();
    let since = Instant::now();
    stops_working(&ada.client, since).await;
    // The last administrator stays one.
    let own = json!({ "userId": mia.user_id, "role": "user" });
    let told = refused(&again.client, primitive, &own).await;
    assert_eq!(told, (409, "LAST_ADMINISTRATOR".to_owned()));
    let ada = sign_in(&served.url(), &ada.email).await.unwrap();
    let told = refused(&ada.client, primitive, &own).await;
    assert_eq!(told.0, 403);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions_and_the_former_one_opens_none() {
    let (served, other) = two_nodes().await;
    let ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    let second = sign_in(&served.url(), &ada.email).await.unwrap();
    let there = at(&second.client, &other);
    assert!(works(&there).await);
    let fresh = "another battery staple";
    let wrong = json!({ "currentPassword": "wrong", "newPassword": fresh });
    let told = refused(&ada.client, "users_set_password", &wrong).await;
    assert_eq!(told, (401, "SIGN_IN_FAILED".to_owned()));
    assert!(works(&second.client).await);
    let input = json!({ "currentPassword": PASSWORD, "newPassword": fresh });
    done(&ada.client, "users_set_password", &input)
        .await
        .unwrap();
    let since = Instant::now();
    stops_working(&there, since).await;
    stops_working(&second.client, since).await;
    assert!(works(&ada.client).await, "the one that asked stays");
    let client = nobody(&served.url()).unwrap();
    assert_eq!(enter(&client, &ada.email, PASSWORD).await.status, 401);
    assert_eq!(enter(&client, &ada.email, fresh).await.status, 200);
}

#[tokio::test]
async fn a_retry_hears_that_the_password_was_set_and_guesses_are_counted() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let set = "users_set_password";
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    let fresh = "another battery staple";
    let input = json!({ "currentPassword": PASSWORD, "newPassword": fresh });
    let first = ada.client.call(set, &input, keyed()).await.unwrap();
    let again = ada.client.call(set, &input, keyed()).await.unwrap();
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(first.at, again.at);
    // Whoever found an open session cannot guess on and on, and the owner gets in from elsewhere.
    let guess = json!({ "currentPassword": PASSWORD, "newPassword": fresh });
    for _ in 0..10 {
        assert_eq!(refused(&ada.client, set, &guess).await.0, 401);
    }
    let right = json!({ "currentPassword": fresh, "newPassword": PASSWORD });
    let told = refused(&ada.client, set, &right).await;
    assert_eq!(told, (429, "TOO_MANY_ATTEMPTS".to_owned()));
    let elsewhere = nobody(&served.url()).unwrap().over(from([127, 0, 0, 2]));
    assert_eq!(enter(&elsewhere, &ada.email, fresh).await.status, 200);
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_and_one_that_is_used_lasts() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let idle = sign_in(&served.url(), &ada.email).await.unwrap();
    let superuser = served.database().superuser().await.unwrap();
    let expire = include_str!("sql/expire_session.sql");
    let session = |ids: Vec<String>| -> uuid::Uuid { ids[0].parse().unwrap() };
    // Less than half of its time is left: it is prolonged by being used.
    let used = session(listed(&ada.client).await);
    superuser
        .execute(expire, &[&used, &3600_f64])
        .await
        .unwrap();
    eventually("it is prolonged", async || {
        let listed = done(&ada.client, "sessions_list", &json!({}))
            .await
            .unwrap();
        let items = listed["items"].as_array().unwrap();
        let own = items.iter().find(|item| item["isCurrent"] == true).unwrap();
        let ends: jiff::Timestamp = own["expiresAt"].as_str().unwrap().parse().unwrap();
        let left = ends.duration_since(now());
        (left.as_hours() > 13 * 24).then_some(())
    })
    .await;
    let ended = session(listed(&idle.client).await);
    superuser.execute(expire, &[&ended, &-1_f64]).await.unwrap();
    stops_working(&idle.client, Instant::now()).await;
    assert_eq!(listed(&ada.client).await, [used.to_string()]);
}

#[tokio::test]
async fn whoever_leaves_an_organization_acts_there_no_more_with_what_they_have() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let other = served.beside().await.unwrap();
    let program = Client::new(other.url(), mia.token().await.unwrap()).unwrap();
    assert!(works(&program).await);
    let named = json!({ "userId": mia.user_id });
    done(&ada.client, "permissions_members_remove", &named)
        .await
        .unwrap();
    let since = Instant::now();
    stops_working(&program, since).await;
    // The session is a person's, not the organization's: it stays, and acts nowhere.
    eventually("it acts nowhere", async || {
        let me = done(&mia.client, "users_me", &json!({})).await.unwrap();
        me["activeOrganizationId"].is_null().then_some(())
    })
    .await;
    let told = refused(&mia.client, "extensions_list", &json!({})).await;
    assert_eq!(told, (403, "NO_ORGANIZATION".to_owned()));
}
