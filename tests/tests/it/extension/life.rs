//! Installed, updated, archived, restored, removed, and every step on record.

use cinatra_tests::served::Served;
use cinatra_tests::{Call, Package, Packed};
use serde_json::json;

use super::{at, call, done, package, refused, shown};

const NAME: &str = "@acme/hello-skill";

fn versions(versions: &[&str]) -> Vec<Packed> {
    versions
        .iter()
        .map(|version| Package::skill(NAME, version).pack().unwrap())
        .collect()
}

#[tokio::test]
async fn an_extension_lives_and_the_catalogue_follows() {
    let served = Served::with(&versions(&["1.0.0", "1.1.0"])).await.unwrap();
    let client = served.client().unwrap();
    let steps = [
        (
            "extensions_install",
            package(NAME, "1.0.0"),
            Some(("active", "1.0.0")),
        ),
        (
            "extensions_update",
            package(NAME, "1.1.0"),
            Some(("active", "1.1.0")),
        ),
        (
            "extensions_archive",
            package(NAME, "1.1.0"),
            Some(("archived", "1.1.0")),
        ),
        (
            "extensions_restore",
            json!({ "packageName": NAME }),
            Some(("active", "1.1.0")),
        ),
        ("extensions_uninstall", package(NAME, "1.1.0"), None),
        (
            "extensions_install",
            package(NAME, "1.0.0"),
            Some(("active", "1.0.0")),
        ),
    ];
    let mut last = String::new();
    for (primitive, input, expected) in steps {
        let reply = call(&client, primitive, &input).await;
        assert_eq!(reply.status, 200, "{primitive}: {}", reply.body);
        assert_eq!(reply.body["success"], true, "{primitive}: {}", reply.body);
        let row = shown(&client, NAME, at(&reply)).await;
        let seen = row.as_ref().map(|row| {
            (
                row["status"].as_str().unwrap(),
                row["version"].as_str().unwrap(),
            )
        });
        assert_eq!(seen, expected, "after {primitive}");
        last = at(&reply).to_owned();
    }
    let fresh = Call {
        min_pos: Some(&last),
        strict: true,
        ..Call::default()
    };
    let named = json!({ "packageName": NAME });
    let timeline = client
        .call("extensions_timeline", &named, fresh)
        .await
        .unwrap()
        .body;
    let items = timeline["items"].as_array().unwrap();
    let told: Vec<&str> = items
        .iter()
        .map(|item| item["wireName"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "extension.installed.v1",
            "extension.skills_indexed.v1",
            "extension.updated.v1",
            "extension.skills_indexed.v1",
            "extension.archived.v1",
            "extension.restored.v1",
            "extension.uninstalled.v1",
            "extension.installed.v1",
            "extension.skills_indexed.v1",
        ]
    );
}

#[tokio::test]
async fn a_force_delete_needs_a_confirmation_and_leaves_a_snapshot() {
    let served = Served::with(&versions(&["1.0.0"])).await.unwrap();
    let client = served.client().unwrap();
    done(&client, "extensions_install", &package(NAME, "1.0.0")).await;
    let mut input = package(NAME, "1.0.0");
    assert_eq!(
        refused(&client, "extensions_force_delete", &input).await.0,
        400
    );
    input["confirmDestructive"] = json!(false);
    assert_eq!(
        refused(&client, "extensions_force_delete", &input).await.0,
        400
    );
    input["confirmDestructive"] = json!(true);
    input["reason"] = json!("It leaked.");
    let reply = call(&client, "extensions_force_delete", &input).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(
        reply.body["danglingReferences"].is_object(),
        "{}",
        reply.body
    );
    assert_eq!(shown(&client, NAME, at(&reply)).await, None);
    let fresh = Call {
        min_pos: reply.at.as_deref(),
        strict: true,
        ..Call::default()
    };
    let audit = client
        .call(
            "extension_lifecycle_audit_list",
            &json!({ "packageName": NAME }),
            fresh,
        )
        .await
        .unwrap();
    let items = audit.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{}", audit.body);
    assert!(items[0].to_string().contains("It leaked."), "{}", items[0]);
    assert!(items[0].to_string().contains("1.0.0"), "{}", items[0]);
}

#[tokio::test]
async fn commands_want_the_exact_installed_version() {
    let served = Served::with(&versions(&["1.0.0"])).await.unwrap();
    let client = served.client().unwrap();
    let absent = package(NAME, "1.0.0");
    for primitive in ["extensions_archive", "extensions_uninstall"] {
        let (status, code) = refused(&client, primitive, &absent).await;
        assert_eq!(code, "NOT_INSTALLED", "{primitive} {status}");
    }
    done(&client, "extensions_install", &package(NAME, "1.0.0")).await;
    for primitive in ["extensions_archive", "extensions_uninstall"] {
        let (_, code) = refused(&client, primitive, &package(NAME, "9.9.9")).await;
        assert_eq!(code, "VERSION_MISMATCH", "{primitive}");
    }
}

#[tokio::test]
async fn the_registry_is_searched_and_the_list_is_paged() {
    let names = ["@acme/a-skill", "@acme/b-skill", "@acme/c-skill"];
    let packages: Vec<_> = names
        .iter()
        .map(|name| Package::skill(name, "1.0.0").pack().unwrap())
        .collect();
    let served = Served::with(&packages).await.unwrap();
    let client = served.client().unwrap();
    let found = done(&client, "extensions_search", &json!({ "query": "b-skill" })).await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    let mut last = String::new();
    for name in names {
        last = at(&call(&client, "extensions_install", &package(name, "1.0.0")).await).to_owned();
    }
    let (mut seen, mut input) = (Vec::new(), json!({ "limit": 2 }));
    loop {
        let fresh = Call {
            min_pos: Some(&last),
            strict: true,
            ..Call::default()
        };
        let page = client
            .call("extensions_list", &input, fresh)
            .await
            .unwrap()
            .body;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i["packageName"].as_str().unwrap().to_owned()),
        );
        match page["nextCursor"].as_str() {
            Some(cursor) => input["cursor"] = json!(cursor),
            None => break,
        }
    }
    assert_eq!(seen, names);
}

#[tokio::test]
async fn a_refused_command_is_on_record_and_changes_nothing() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let reply = call(&client, "extensions_archive", &package(NAME, "1.0.0")).await;
    assert_eq!(reply.code(), Some("NOT_INSTALLED"), "{}", reply.body);
    let fresh = Call {
        min_pos: reply.at.as_deref(),
        strict: true,
        ..Call::default()
    };
    let audit = client
        .call("audit_events_list", &json!({}), fresh)
        .await
        .unwrap();
    assert_eq!(audit.status, 200, "{}", audit.body);
    let on_record = audit.body["items"].to_string();
    assert!(
        on_record.contains("extensions_archive") && on_record.contains("NOT_INSTALLED"),
        "{on_record}"
    );
}
