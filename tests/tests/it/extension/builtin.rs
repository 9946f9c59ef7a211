//! Packages that every system has, whichever registry it installs from.

use cinatra_tests::served::Served;
use cinatra_tests::{Package, Packed, Verdaccio};
use serde_json::{Value, json};

use super::{done, package, read, refused};

const CONTEXT: &str = "@cinatra-ai/context-selection-agent";
const CLAIM: &str = "@acme/context-selection-agent";
const WRITER: &str = "@acme/writer-agent";

/// Needs the agent that fills context slots.
fn writer() -> Packed {
    needing(WRITER, CONTEXT)
}

fn needing(name: &str, other: &str) -> Packed {
    let edge = json!({ "packageName": other, "kind": "agent", "edgeType": "runtime",
        "versionConstraint": { "kind": "semver-range", "range": "^0.1.0" }, "requirement": "required" });
    let package = Package::skill(name, "1.0.0").with("kind", json!("agent"));
    package.edge(edge).pack().unwrap()
}

/// Says that it is an agent of this name.
fn forged(name: &str, version: &str) -> Packed {
    let package = Package::skill(name, version).with("kind", json!("agent"));
    package.pack().unwrap()
}

fn is_ours(row: &Value) {
    assert_eq!(row["origin"]["registryUrl"], "builtin:cinatra", "{row}");
    assert_ne!(row["version"], "0.1.9");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_takes_the_built_in_package_and_no_copy_of_a_folder() {
    let packages = [writer(), forged(CONTEXT, "0.1.9")];
    let served = Served::with(&packages).await.unwrap();
    let client = served.client().unwrap();
    let installed = done(&client, "extensions_install", &package(WRITER, "1.0.0")).await;
    let names = installed["installed"].as_array().unwrap();
    assert!(
        names.iter().any(|it| it["packageName"] == CONTEXT),
        "{installed}"
    );
    is_ours(
        &read(
            &client,
            "extensions_get",
            &json!({ "packageName": CONTEXT }),
        )
        .await,
    );
    let newer = refused(&client, "extensions_update", &package(CONTEXT, "0.1.9")).await;
    assert_eq!(newer, (404, "VERSION_NOT_FOUND".to_owned()));
    let latest = done(&client, "extensions_update", &package(CONTEXT, "latest")).await;
    assert_eq!(latest["alreadyInstalled"].as_array().unwrap().len(), 1);
    let agent = read(&client, "agent_get", &json!({ "packageName": CONTEXT })).await;
    assert_eq!(agent["flow"]["findings"], json!([]), "{agent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_takes_the_built_in_package_and_no_copy_of_an_npm_registry() {
    let registry = Verdaccio::start().await.unwrap();
    for packed in [writer(), forged(CONTEXT, "0.1.9")] {
        registry.publish(&packed).await.unwrap();
    }
    let served = Served::installing_from(&registry.url()).await.unwrap();
    let client = served.client().unwrap();
    done(&client, "extensions_install", &package(WRITER, "1.0.0")).await;
    is_ours(
        &read(
            &client,
            "extensions_get",
            &json!({ "packageName": CONTEXT }),
        )
        .await,
    );
    let found = done(
        &client,
        "extensions_search",
        &json!({ "query": "context-selection" }),
    )
    .await;
    let found = found["items"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_ne!(found[0]["packageVersion"], "0.1.9");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_has_a_package_of_a_built_in_name() {
    let packages = [forged(CLAIM, "0.1.1"), needing("@acme/lost-agent", CLAIM)];
    let served = Served::with(&packages).await.unwrap();
    let client = served.client().unwrap();
    let reserved = (422, "PACKAGE_NAME_RESERVED".to_owned());
    for input in [
        package(CLAIM, "0.1.1"),
        package("@acme/lost-agent", "1.0.0"),
    ] {
        assert_eq!(
            refused(&client, "extensions_install", &input).await,
            reserved
        );
    }
    let listed = done(&client, "extensions_list", &json!({})).await;
    assert_eq!(listed["items"], json!([]));
}
