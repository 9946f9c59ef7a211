//! Credentials of programs: a person's tokens and a service account's secret, shown once, narrowed, and ended.

use std::time::Instant;

use cinatra_tests::people::{self, Person, done, sign_up};
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client};
use serde_json::{Value, json};

use super::{now, stops_working, works};
use crate::columns::{Canary, columns};
use crate::extension::{call, package, refused};

/// Makes a token of this person's and answers its id and who calls with it.
async fn token(person: &Person, input: &Value) -> (String, Client) {
    let made = done(&person.client, "tokens_create", input).await.unwrap();
    let token = made["token"].as_str().unwrap();
    let client = Client::new(person.client.url(), token).unwrap();
    (made["tokenId"].as_str().unwrap().to_owned(), client)
}

fn program(served: &Served, secret: &Value) -> Client {
    Client::new(served.url(), secret.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_is_shown_once_and_a_retry_hears_everything_else() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let input = json!({ "label": "nightly", "scopes": ["project.read"], "expiresInDays": 30 });
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    let first = ada
        .client
        .call("tokens_create", &input, keyed())
        .await
        .unwrap();
    let again = ada
        .client
        .call("tokens_create", &input, keyed())
        .await
        .unwrap();
    let mut shown = first.body.clone();
    let token = shown.as_object_mut().unwrap().remove("token").unwrap();
    let token = token.as_str().unwrap();
    assert!(token.starts_with("cin_"));
    assert_eq!((again.status, again.body), (200, shown));
    assert_eq!(again.at, first.at);
    let other = json!({ "label": "other" });
    let reused = ada
        .client
        .call("tokens_create", &other, keyed())
        .await
        .unwrap();
    assert_eq!(reused.code(), Some("IDEMPOTENCY_KEY_REUSED"));
    // Listed without it; kept by hash only.
    let listed = done(&ada.client, "tokens_list", &json!({})).await.unwrap();
    let [item] = listed["items"].as_array().unwrap().as_slice() else {
        panic!("{listed}");
    };
    assert_eq!(item["tokenId"], first.body["tokenId"]);
    assert_eq!(item["label"], "nightly");
    assert_eq!(item["scopes"], json!(["project.read"]));
    assert!(item["expiresAt"].is_string() && item["revokedAt"].is_null());
    let canary = Canary::new(token.trim_start_matches("cin_"));
    assert!(!canary.is_in(&listed.to_string()));
    let superuser = served.database().superuser().await.unwrap();
    let columns = columns(&superuser).await;
    let shown: Vec<_> = columns.iter().filter(|(_, t)| canary.is_in(t)).collect();
    assert!(shown.is_empty(), "{shown:?}");
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_scopes_and_no_farther_than_its_person() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let place = json!({ "name": "P", "ownerLevel": "user", "ownerId": ada.user_id });
    let project = done(&ada.client, "projects_create", &place).await.unwrap();
    let named = json!({ "projectId": project["projectId"] });
    let input = json!({ "label": "narrow", "scopes": ["project.read"] });
    let (_, narrow) = token(&ada, &input).await;
    let terms = Call {
        min_pos: None,
        ..Call::default()
    };
    super::eventually("the project is listed", async || {
        let reply = narrow
            .call("projects_get", &named, terms.clone())
            .await
            .unwrap();
        reply.is_ok().then_some(())
    })
    .await;
    // Whatever can be called without naming anything is closed to it.
    let listed = ada.client.get("/api/primitives").await.unwrap();
    let mut tried = 0;
    for primitive in listed.body["primitives"].as_array().unwrap() {
        let schema = &primitive["inputSchema"];
        if schema["required"]
            .as_array()
            .is_some_and(|names| !names.is_empty())
        {
            continue;
        }
        let name = primitive["name"].as_str().unwrap();
        // It names an agent by one of two fields.
        let input = match name {
            "agent_run" | "agent_run_prepare" | "agent_get" | "agent_version_list" => {
                json!({ "packageName": "@acme/no-agent" })
            }
            _ => json!({}),
        };
        let reply = call(&narrow, name, &input).await;
        assert_eq!(reply.status, 403, "{name}: {}", reply.body);
        tried += 1;
    }
    assert!(tried >= 15, "{tried}");
    let rename = json!({ "projectId": project["projectId"], "name": "Q" });
    assert_eq!(refused(&narrow, "projects_update", &rename).await.0, 403);
    // What the person may not do no scope lets the token do.
    let mia = ada.bring(served.home(), "Mia", "member").await.unwrap();
    let input = json!({ "label": "wide", "scopes": ["extension_registry.install"] });
    let (_, wide) = token(&mia, &input).await;
    let install = package("@acme/hello-skill", "1.0.0");
    assert_eq!(refused(&wide, "extensions_install", &install).await.0, 403);
    // None at all is narrower than all.
    let (_, empty) = token(&ada, &json!({ "label": "none", "scopes": [] })).await;
    assert!(works(&empty).await);
    assert_eq!(refused(&empty, "projects_get", &named).await.0, 403);
}

#[tokio::test]
async fn a_token_makes_no_token() {
    let served = Served::with(&[]).await.unwrap();
    let ada = served.first().await.unwrap();
    let (_, whole) = token(&ada, &json!({ "label": "whole", "expiresInDays": 1 })).await;
    assert!(done(&whole, "tokens_list", &json!({})).await.is_ok());
    let told = refused(&whole, "tokens_create", &json!({ "label": "for ever" })).await;
    assert_eq!(told, (403, "SESSION_REQUIRED".to_owned()));
}

#[tokio::test]
async fn a_revoked_or_expired_token_stops_working_everywhere_within_a_second() {
    let served = Served::with(&[]).await.unwrap();
    let other = served.beside().await.unwrap();
    let ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    let mia = sign_up(&served.url(), "Mia").await.unwrap();
    let (id, one) = token(&ada, &json!({ "label": "one" })).await;
    let (second, ending) = token(&ada, &json!({ "label": "two", "expiresInDays": 1 })).await;
    let there = |client: &Client| Client::new(other.url(), client.token()).unwrap();
    let (one_there, ending_there) = (there(&one), there(&ending));
    assert!(works(&one_there).await && works(&ending_there).await);
    let named = json!({ "tokenId": id });
    // Another person's is as unknown as one that there is not.
    let hers = call(&mia.client, "tokens_revoke", &named).await;
    let nobodys = call(
        &mia.client,
        "tokens_revoke",
        &json!({ "tokenId": ada.user_id }),
    )
    .await;
    assert_eq!((hers.status, hers.body), (404, nobodys.body));
    assert!(works(&one).await);
    let revoked = done(&ada.client, "tokens_revoke", &named).await.unwrap();
    let since = Instant::now();
    stops_working(&one_there, since).await;
    stops_working(&one, since).await;
    assert_eq!(revoked["revoked"], true);
    let again = done(&ada.client, "tokens_revoke", &named).await.unwrap();
    assert_eq!(again["revoked"], false);
    assert!(works(&ending_there).await);
    let superuser = served.database().superuser().await.unwrap();
    let expire = include_str!("sql/expire_token.sql");
    let ended: uuid::Uuid = second.parse().unwrap();
    assert_eq!(superuser.execute(expire, &[&ended]).await.unwrap(), 1);
    let since = Instant::now();
    stops_working(&ending_there, since).await;
    stops_working(&ending, since).await;
    let listed = done(&ada.client, "tokens_list", &json!({})).await.unwrap();
    let items = listed["items"].as_array().unwrap();
    let state: Vec<_> = items
        .iter()
        .map(|item| {
            (
                item["label"].as_str().unwrap(),
                item["revokedAt"].is_string(),
            )
        })
        .collect();
    assert_eq!(state, [("two", false), ("one", true)]);
}

#[tokio::test]
async fn a_service_accounts_secret_works_rotates_with_grace_and_ends() {
    let served = Served::with(&[]).await.unwrap();
    let other = served.beside().await.unwrap();
    let ada = people::sign_up(&served.url(), "Ada").await.unwrap();
    let input = json!({ "name": "robot", "scopes": ["run.read"] });
    let keyed = || Call {
        key: Some("k"),
        ..Call::default()
    };
    let create = "service_accounts_create";
    let first = ada.client.call(create, &input, keyed()).await.unwrap().body;
    let retried = ada.client.call(create, &input, keyed()).await.unwrap().body;
    assert!(retried.get("secret").is_none(), "{retried}");
    assert_eq!(retried["serviceAccountId"], first["serviceAccountId"]);
    assert!(
        first["secret"]
            .as_str()
            .unwrap()
            .starts_with("cinatra_a2a_")
    );
    let robot = program(&other, &first["secret"]);
    assert!(works(&robot).await);
    // It is nobody's person, and no administrator.
    for (primitive, input) in [
        ("users_me", json!({})),
        ("tokens_create", json!({ "label": "x" })),
        ("sessions_list", json!({})),
        ("extensions_install", package("@acme/hello-skill", "1.0.0")),
        ("users_ban", json!({ "userId": ada.user_id })),
    ] {
        assert_eq!(
            refused(&robot, primitive, &input).await.0,
            403,
            "{primitive}"
        );
    }

    let named = json!({ "serviceAccountId": first["serviceAccountId"] });
    let second = done(&ada.client, "service_accounts_rotate", &named)
        .await
        .unwrap();
    let until: jiff::Timestamp = second["formerWorksUntil"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let grace = until.duration_since(now()).as_secs();
    assert!((850..=900).contains(&grace), "{grace}");
    let renewed = program(&other, &second["secret"]);
    assert!(works(&robot).await && works(&renewed).await);
    // Another rotation does not prolong the first secret.
    let third = done(&ada.client, "service_accounts_rotate", &named)
        .await
        .unwrap();
    let last = program(&other, &third["secret"]);
    assert!(works(&robot).await && works(&renewed).await && works(&last).await);
    let superuser = served.database().superuser().await.unwrap();
    let ends = superuser
        .query(include_str!("sql/read_ends.sql"), &[])
        .await
        .unwrap();
    let ends: Vec<jiff::Timestamp> = ends.iter().map(|row| row.get(0)).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends[0] < ends[1], "{ends:?}");
    let pass = include_str!("sql/let_the_grace_pass.sql");
    assert_eq!(superuser.execute(pass, &[]).await.unwrap(), 2);
    let since = Instant::now();
    stops_working(&robot, since).await;
    stops_working(&renewed, since).await;
    assert!(works(&last).await);
    done(&ada.client, "service_accounts_revoke", &named)
        .await
        .unwrap();
    let since = Instant::now();
    stops_working(&last, since).await;
    assert_eq!(
        refused(&ada.client, "service_accounts_rotate", &named)
            .await
            .0,
        404
    );
}
