//! Who may do what, and where it is on record.
//!
//! `golden/matrix.txt` says for every primitive and route what each of fifteen callers is answered; `matrix.rs` calls
//! them all, `flip.rs` puts every primitive under every other rule and expects that the table notices. `cast.rs` brings
//! the callers, `stage.rs` sets what the calls are about, `request` knows what to send.

mod cast;
mod first_start;
mod flip;
mod golden;
mod matrix;
mod newcomer;
mod request;
mod runs;
mod stage;

use cinatra_tests::served::Served;
use cinatra_tests::{Client, Package, people};
use reqwest::Method;
use serde_json::{Value, json};

use crate::extension::{at, call, done, package};

const NAME: &str = "@acme/hello-skill";
/// An id that nothing has.
pub(crate) const UNKNOWN: &str = "5f0c3c1e-9f3a-4b7e-8d21-7a90c4e6b1f2";

/// Which organization a client acts in.
pub(crate) async fn own_tenant(client: &Client) -> uuid::Uuid {
    let reply = call(client, "extensions_archive", &package(NAME, "1.0.0")).await;
    at(&reply).split_once(':').unwrap().0.parse().unwrap()
}

#[tokio::test]
async fn nothing_but_health_answers_without_a_credential() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            client
                .bare(Method::GET, path)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16(),
            200,
            "{path}"
        );
    }
    let closed = [
        "/metrics",
        "/api/primitives",
        "/api/openapi.json",
        "/api/mcp",
        "/nowhere",
    ];
    for path in closed {
        let reply = client.bare(Method::GET, path).send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 401, "{path}");
        let body: Value = reply.json().await.unwrap();
        assert!(body["error"]["code"].is_string(), "{path}: {body}");
    }
}

#[tokio::test]
async fn nobody_learns_what_there_is_not() {
    let served = Served::with(&[]).await.unwrap();
    let nobody = people::nobody(&served.url()).unwrap();
    let (unknown, known) = ("nothing_at_all", "teams_list");
    let replies = [
        call(&nobody, unknown, &json!({})).await,
        call(&nobody, known, &json!({})).await,
    ];
    assert_eq!(replies.each_ref().map(|reply| reply.status), [401, 401]);
    assert_eq!(replies[0].body, replies[1].body);
    let somebody = served.first().await.unwrap().client;
    assert_eq!(call(&somebody, unknown, &json!({})).await.status, 404);
    assert_eq!(call(&somebody, known, &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_denial_is_on_record_in_the_callers_ledger() {
    let served = Served::with(&[]).await.unwrap();
    let owner = served.first().await.unwrap();
    let member = owner.bring(served.home(), "Mia", "member").await.unwrap();
    let denied = call(
        &member.client,
        "extensions_install",
        &package(NAME, "1.0.0"),
    )
    .await;
    assert_eq!(denied.status, 403, "{}", denied.body);
    assert_eq!(denied.code(), Some("ADMIN_REQUIRED"));
    let trail = trail_with(&owner.client, r#""decision":"denied""#).await;
    assert!(
        trail.contains(&format!("user:{}", member.user_id)),
        "{trail}"
    );
}

/// The audit trail, once a text is in it.
async fn trail_with(client: &Client, text: &str) -> String {
    let mut trail = String::new();
    for _ in 0..100 {
        trail = done(client, "audit_events_list", &json!({})).await["items"].to_string();
        if trail.contains(text) {
            return trail;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{text} is not on record: {trail}");
}

#[tokio::test]
async fn another_organization_sees_nothing_of_ours() {
    let served = Served::with(&[Package::skill(NAME, "1.0.0").pack().unwrap()])
        .await
        .unwrap();
    let admin = served.client().unwrap();
    done(&admin, "extensions_install", &package(NAME, "1.0.0")).await;
    let mut elsewhere = served.first().await.unwrap();
    elsewhere.found("elsewhere").await.unwrap();
    let foreign = elsewhere.client;
    assert_eq!(
        done(&foreign, "extensions_list", &json!({})).await["items"],
        json!([])
    );
    let theirs = call(&foreign, "extensions_get", &json!({ "packageName": NAME })).await;
    let nobodys = call(
        &foreign,
        "extensions_get",
        &json!({ "packageName": "@acme/random-skill" }),
    )
    .await;
    assert_eq!((theirs.status, theirs.body), (404, nobodys.body));
}

#[tokio::test]
async fn reading_the_audit_trail_is_itself_on_record() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    trail_with(&client, "audit_events_list").await;
}
