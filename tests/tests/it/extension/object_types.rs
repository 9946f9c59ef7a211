//! The types of objects that packages declare, from their install to their end.

use cinatra_tests::served::Served;
use cinatra_tests::{Flow, Package, Packed};
use serde_json::{Value, json};

use super::{call, done, package, refused};

const NOTE: &str = "@acme/note-artifact";
const AGENT: &str = "@acme/idea-agent";

fn note(version: &str, types: &Value) -> Packed {
    let block =
        json!({ "accepts": { "file": { "mimeTypes": ["text/plain"] } }, "objectTypes": types });
    Package::skill(NOTE, version)
        .with("kind", json!("artifact"))
        .with("artifact", block)
        .pack()
        .unwrap()
}

/// Brings forth ideas and notes, of which its artifact declares the notes.
fn thinker() -> Packed {
    let mut flow = Flow::of("thinker", &["word"])
        .asks("gate")
        .answers("said", "gate", "answer")
        .document();
    flow["metadata"]["cinatra"]["producesObjectTypes"] =
        json!(["@acme/note:note", { "object_type": "@acme/idea:idea", "category": "idea" }]);
    let edge = json!({ "packageName": NOTE, "kind": "artifact", "edgeType": "runtime",
        "versionConstraint": { "kind": "semver-range", "range": "*" }, "requirement": "required" });
    Package::skill(AGENT, "1.0.0")
        .with("kind", json!("agent"))
        .edge(edge)
        .with_file("cinatra/oas.json", flow.to_string().as_bytes())
        .pack()
        .unwrap()
}

/// The types that are listed, each with the package that declares it.
async fn types(served: &Served, at: Option<&str>) -> Vec<(String, String, String)> {
    let client = served.client().unwrap();
    let terms = cinatra_tests::Call {
        min_pos: at,
        strict: at.is_some(),
        ..cinatra_tests::Call::default()
    };
    let listed = client
        .call("objects_types_list", &json!({}), terms)
        .await
        .unwrap();
    assert_eq!(listed.status, 200, "{}", listed.body);
    let items = listed.body["items"].as_array().unwrap().iter();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    items
        .map(|it| {
            (
                text(it, "objectType"),
                text(it, "packageName"),
                text(it, "status"),
            )
        })
        .collect()
}

fn row(name: &str, package: &str, status: &str) -> (String, String, String) {
    (name.to_owned(), package.to_owned(), status.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_packages_declare_is_there_from_their_install_to_their_end() {
    let schema = json!({ "type": "object", "required": ["title"] });
    let first = json!([{ "type": "@acme/note:note", "claim": "dedicated", "schema": schema,
        "dispositions": { "pinnable": true } }, { "type": "no type" }]);
    let second = json!([{ "type": "@acme/note:memo" }]);
    let packages = [note("1.0.0", &first), note("1.1.0", &second), thinker()];
    let served = Served::with(&packages).await.unwrap();
    let client = served.client().unwrap();
    let act = async |primitive: &str, input: &Value| {
        let reply = call(&client, primitive, input).await;
        assert_eq!(reply.status, 200, "{primitive} {input}: {}", reply.body);
        reply
    };
    done(&client, "extensions_install", &package(NOTE, "1.0.0")).await;
    // The artifact is there already: what it declares counts for the agent all the same.
    let installed = act("extensions_install", &package(AGENT, "1.0.0")).await;
    let warnings = installed.body["warnings"].as_array().unwrap();
    let undeclared = warnings
        .iter()
        .find(|it| it["code"] == "OBJECT_TYPE_UNDECLARED");
    let message = undeclared.unwrap()["message"].as_str().unwrap();
    assert!(message.ends_with("declares: @acme/idea:idea"), "{message}");
    assert_eq!(
        types(&served, installed.at.as_deref()).await,
        [
            row("@acme/idea:idea", AGENT, "active"),
            row("@acme/note:note", AGENT, "active"),
            row("@acme/note:note", NOTE, "active")
        ]
    );
    let named = json!({ "objectType": "@acme/note:note" });
    let found = done(&client, "objects_types_get", &named).await;
    assert_eq!(
        (
            &found["packageName"],
            &found["claim"],
            &found["schema"],
            &found["dispositions"]
        ),
        (
            &json!(NOTE),
            &json!("dedicated"),
            &schema,
            &json!({ "pinnable": true })
        )
    );
    let listed = done(&client, "extensions_get", &json!({ "packageName": NOTE })).await;
    assert!(
        listed["warnings"]
            .as_array()
            .unwrap()
            .contains(&json!("OBJECT_TYPE_FORM"))
    );

    let updated = act("extensions_update", &package(NOTE, "1.1.0")).await;
    assert_eq!(
        types(&served, updated.at.as_deref()).await,
        [
            row("@acme/idea:idea", AGENT, "active"),
            row("@acme/note:memo", NOTE, "active"),
            row("@acme/note:note", AGENT, "active")
        ]
    );
    done(&client, "extensions_uninstall", &package(AGENT, "1.0.0")).await;
    let archived = act("extensions_archive", &package(NOTE, "1.1.0")).await;
    let memo = types(&served, archived.at.as_deref()).await;
    assert_eq!(memo, [row("@acme/note:memo", NOTE, "archived")]);
    let mut destroyed = package(NOTE, "1.1.0");
    destroyed["confirmDestructive"] = json!(true);
    let destroyed = act("extensions_force_delete", &destroyed).await;
    assert!(types(&served, destroyed.at.as_deref()).await.is_empty());
    let memo = json!({ "objectType": "@acme/note:memo" });
    let gone = refused(&client, "objects_types_get", &memo).await;
    assert_eq!(gone, (404, "NOT_FOUND".to_owned()));
    let projections = &served.server().app().backend().projections;
    let rebuilt = projections
        .rebuild("extension_catalog", &|_| ())
        .await
        .unwrap();
    assert!(rebuilt.compared.unwrap().equal);
}
