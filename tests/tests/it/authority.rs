//! Who may do what, and where it is on record.

use cinatra_api::security::{Role, Token};
use cinatra_tests::served::Served;
use cinatra_tests::{Client, Package};
use reqwest::Method;
use serde_json::{Value, json};

use crate::extension::{at, call, done, package};

const INSERT_TOKEN: &str = include_str!("sql/insert_token.sql");
const NAME: &str = "@acme/hello-skill";

/// A caller of the same organization with another role, or of another organization.
async fn other_caller(served: &Served, tenant: uuid::Uuid, role: Role) -> Client {
    let token = Token::generate().unwrap();
    let superuser = served.database().superuser().await.unwrap();
    let (hash, actor): (&[u8], _) = (&token.hash(), "user:somebody");
    superuser
        .execute(INSERT_TOKEN, &[&hash, &tenant, &actor, &role.as_str()])
        .await
        .unwrap();
    Client::new(served.client().unwrap().url(), token.reveal()).unwrap()
}

pub(crate) async fn own_tenant(client: &Client) -> uuid::Uuid {
    let reply = call(client, "extensions_archive", &package(NAME, "1.0.0")).await;
    at(&reply).split_once(':').unwrap().0.parse().unwrap()
}

async fn primitives(client: &Client) -> Vec<Value> {
    client.get("/api/primitives").await.unwrap().body["primitives"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn every_primitive_has_an_access_rule_and_it_holds() {
    let served = Served::with(&[]).await.unwrap();
    let admin = served.client().unwrap();
    let member = other_caller(&served, own_tenant(&admin).await, Role::Member).await;
    let stranger = Client::new(admin.url(), "cin_nobody").unwrap();
    let all = primitives(&admin).await;
    assert!(all.len() >= 16, "{}", all.len());
    for primitive in all {
        let name = primitive["name"].as_str().unwrap();
        let input = sample_input(&primitive);
        assert_eq!(call(&stranger, name, &input).await.status, 401, "{name}");
        let as_member = call(&member, name, &input).await;
        match primitive["access"].as_str().unwrap() {
            "admin" => assert_eq!(
                (as_member.status, as_member.code()),
                (403, Some("ADMIN_REQUIRED")),
                "{name}"
            ),
            "read" => assert!(
                ![401, 403].contains(&as_member.status),
                "{name}: {}",
                as_member.body
            ),
            other => panic!("{name} has an access rule that this test does not know: {other}"),
        }
        let read_only = primitive["annotations"]["readOnlyHint"].as_bool().unwrap();
        assert!(
            read_only || primitive["access"] == "admin",
            "{name} changes something and anyone may"
        );
    }
}

/// The smallest input that the schema accepts.
fn sample_input(primitive: &Value) -> Value {
    let mut input = json!({});
    for field in primitive["inputSchema"]["required"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let field = field.as_str().unwrap();
        input[field] = match field {
            "packageName" => json!(NAME),
            "packageVersion" => json!("1.0.0"),
            "confirmDestructive" => json!(true),
            "name" => json!("model.openai.api-key"),
            "value" => json!("s3cret"),
            "skillId" => json!(uuid::Uuid::nil()),
            other => panic!("no sample for {other}"),
        };
    }
    input
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
async fn a_denial_is_on_record_in_the_callers_ledger() {
    let served = Served::with(&[]).await.unwrap();
    let admin = served.client().unwrap();
    let member = other_caller(&served, own_tenant(&admin).await, Role::Member).await;
    let denied = call(&member, "extensions_install", &package(NAME, "1.0.0")).await;
    assert_eq!(denied.status, 403, "{}", denied.body);
    let trail = trail_with(&admin, "user:somebody").await;
    assert!(trail.contains("denied"), "{trail}");
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
    let elsewhere = uuid::Uuid::from_u128(0x00e1_5e3e);
    let foreign = other_caller(&served, elsewhere, Role::PlatformAdmin).await;
    served
        .server()
        .store()
        .create_ledger(cinatra_domain::kernel::TenantId::new(elsewhere))
        .await
        .unwrap();
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
