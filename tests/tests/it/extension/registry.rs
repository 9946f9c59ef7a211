//! Installing from a real registry: Verdaccio, open and closed.

use cinatra_tests::places::Scratch;
use cinatra_tests::served::Served;
use cinatra_tests::{Database, Node, Package, Start, Verdaccio};
use serde_json::json;

use super::{at, call, done, package, shown};

const NAME: &str = "@acme/hello-skill";

fn hello() -> cinatra_tests::Packed {
    let needs = "@acme/base-skill";
    Package::skill(NAME, "1.0.0")
        .needs(needs, "^1.0.0")
        .pack()
        .unwrap()
}

fn base(version: &str) -> cinatra_tests::Packed {
    Package::skill("@acme/base-skill", version).pack().unwrap()
}

#[tokio::test]
async fn a_package_comes_from_verdaccio_with_what_it_needs() {
    let registry = Verdaccio::start().await.unwrap();
    for packed in [hello(), base("1.0.0"), base("1.4.0"), base("2.0.0")] {
        registry.publish(&packed).await.unwrap();
    }
    let served = Served::installing_from(&registry.url()).await.unwrap();
    let client = served.client().unwrap();
    let found = done(&client, "extensions_search", &json!({ "query": "hello" })).await;
    assert!(found["items"].to_string().contains(NAME), "{found}");
    let reply = call(&client, "extensions_install", &package(NAME, "latest")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let row = shown(&client, NAME, at(&reply)).await.unwrap();
    assert_eq!(row["integrity"], hello().integrity.as_str());
    assert_eq!(row["origin"]["registryUrl"], registry.url().as_str());
    let needed = shown(&client, "@acme/base-skill", at(&reply))
        .await
        .unwrap();
    assert_eq!(
        needed["version"], "1.4.0",
        "the highest version in the range"
    );
}

#[tokio::test]
async fn a_closed_registry_wants_its_token() {
    let registry = Verdaccio::with_access("$authenticated").await.unwrap();
    let token = registry.create_user("robot").await.unwrap();
    for packed in [hello(), base("1.0.0")] {
        registry.publish_as(&packed, Some(&token)).await.unwrap();
    }
    let database = Database::fresh().await.unwrap();
    let home = Scratch::new("closed").unwrap();
    let start = Start::serve(home.path(), &database.url).registry(registry.url());
    let node = Node::start(start.clone()).await.unwrap();
    let reply = call(
        &node.client().unwrap(),
        "extensions_install",
        &package(NAME, "1.0.0"),
    )
    .await;
    assert_eq!(
        reply.code(),
        Some("REGISTRY_UNAUTHORIZED"),
        "{} {}",
        reply.status,
        reply.body
    );
    node.stop().unwrap();

    let node = Node::start(start.registry_token(&token)).await.unwrap();
    done(
        &node.client().unwrap(),
        "extensions_install",
        &package(NAME, "1.0.0"),
    )
    .await;
    assert!(
        !node.log().contains(&token),
        "the registry's token is in the log"
    );
    node.stop().unwrap();
}

#[tokio::test]
async fn an_organization_reads_a_closed_registry_with_its_own_secret() {
    let registry = Verdaccio::with_access("$authenticated").await.unwrap();
    let token = registry.create_user("robot").await.unwrap();
    for packed in [hello(), base("1.0.0")] {
        registry.publish_as(&packed, Some(&token)).await.unwrap();
    }
    let database = Database::fresh().await.unwrap();
    let home = Scratch::new("closed").unwrap();
    let start = Start::serve(home.path(), &database.url).registry(registry.url());
    let node = Node::start(start.registry_token("stale")).await.unwrap();
    let client = node.client().unwrap();
    let install = package(NAME, "1.0.0");
    let named = json!({ "name": "registry.default.read-token" });
    let mut with_value = named.clone();
    let refused = call(&client, "extensions_install", &install).await;
    assert_eq!(refused.code(), Some("REGISTRY_UNAUTHORIZED"));
    // What no header can carry is not sent.
    with_value["value"] = json!("two\nlines");
    done(&client, "secrets_set", &with_value).await;
    let refused = call(&client, "extensions_install", &install).await;
    assert_eq!(refused.code(), Some("REGISTRY_UNAUTHORIZED"));

    with_value["value"] = json!(token);
    done(&client, "secrets_set", &with_value).await;
    let found = done(&client, "extensions_search", &json!({ "query": NAME })).await;
    assert!(found["items"].to_string().contains(NAME), "{found}");
    done(&client, "extensions_install", &install).await;
    // Without the secret the instance's token counts again.
    done(&client, "secrets_delete", &named).await;
    let update = call(&client, "extensions_update", &install).await;
    assert_eq!(update.code(), Some("REGISTRY_UNAUTHORIZED"));
    assert!(!node.log().contains(&token), "the token is in the log");
    node.stop().unwrap();
}
