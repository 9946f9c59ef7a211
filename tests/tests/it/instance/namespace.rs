//! The namespace: chosen once, changed deliberately, and what it lets the instance see.

use cinatra_tests::people::Person;
use cinatra_tests::{Client, Package, Packed};
use serde_json::{Value, json};

use crate::extension::{call, done, package};
use crate::organization::{Town, column, refusal, refuses};

const CHOOSE: &str = "instance_namespace_choose";
const RENAME: &str = "instance_namespace_rename";
const SHUT: &str = "@acme/shut-skill";
const OPEN: &str = "@acme/open-skill";

fn named(namespace: &str) -> Value {
    json!({ "namespace": namespace })
}

fn renamed(namespace: &str) -> Value {
    json!({ "namespace": namespace, "confirmRename": true })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_is_there_well_formed_and_not_reserved_in_this_order() {
    let town = Town::with(&[]).await;
    let ada = &town.ada.client;
    let long = "a".repeat(40);
    for (text, reason) in [
        ("", "required"),
        ("   ", "required"),
        ("My_Org", "format"),
        ("a", "format"),
        ("-ab", "format"),
        ("@acme", "format"),
        ("a.b", "format"),
        // What is not well-formed is not looked at for what is reserved.
        ("cinatra_x", "format"),
        (long.as_str(), "format"),
        ("cinatra-x", "reserved"),
        ("CINATRA", "reserved"),
        ("my-cinatra-org", "reserved"),
    ] {
        for (primitive, input) in [(CHOOSE, named(text)), (RENAME, renamed(text))] {
            let reply = call(ada, primitive, &input).await;
            refusal(&reply, 400, "INVALID_INPUT");
            let details = &reply.body["error"]["details"];
            assert_eq!(details["field"], "namespace", "{text}");
            assert_eq!(details["reason"], reason, "{text}");
        }
    }
    let shown = done(ada, "instance_get", &json!({})).await;
    assert_eq!(shown["namespace"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_is_chosen_once_and_renamed_deliberately() {
    let town = Town::with(&[]).await;
    let owner = town.bring("Olive", "owner").await;
    let ada = &town.ada.client;
    refuses(
        &owner.client,
        CHOOSE,
        &named("acme"),
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    let missing = (422, "INSTANCE_NAMESPACE_NOT_CONFIGURED");
    refuses(ada, RENAME, &renamed("acme"), missing).await;
    let chosen = done(ada, CHOOSE, &named("  Acme ")).await;
    assert_eq!(
        (&chosen["namespace"], &chosen["changed"]),
        (&json!("acme"), &json!(true))
    );
    assert_eq!(done(ada, CHOOSE, &named("acme")).await["changed"], false);
    let reply = call(ada, CHOOSE, &named("other")).await;
    refusal(&reply, 409, "NAMESPACE_ALREADY_CHOSEN");
    assert_eq!(reply.body["error"]["details"]["namespace"], "acme");

    refuses(
        &owner.client,
        RENAME,
        &renamed("other"),
        (403, "ADMIN_REQUIRED"),
    )
    .await;
    for unconfirmed in [json!(false), json!(null), json!("yes")] {
        let input = json!({ "namespace": "other", "confirmRename": unconfirmed });
        assert_eq!(call(ada, RENAME, &input).await.status, 400);
    }
    assert_eq!(call(ada, RENAME, &named("other")).await.status, 400);
    let moved = done(ada, RENAME, &renamed("other")).await;
    assert_eq!(
        (&moved["namespace"], &moved["changed"]),
        (&json!("other"), &json!(true))
    );
    assert_eq!(done(ada, RENAME, &renamed("other")).await["changed"], false);
    let shown = done(&owner.client, "instance_get", &json!({})).await;
    assert_eq!(shown["namespace"], "other");
    assert_eq!(shown["formerNamespaces"], json!(["acme"]));
}

/// A package that only its own scope sees, and a public one.
fn packages() -> [Packed; 2] {
    let shut = Package::skill(SHUT, "1.0.0").with("origin", json!({ "visibility": "private" }));
    [
        shut.pack().unwrap(),
        Package::skill(OPEN, "1.0.0").pack().unwrap(),
    ]
}

async fn listed(town: &Town, person: &Person) -> Vec<String> {
    let rows = town
        .items(&person.client, "extensions_list", &json!({}))
        .await;
    let names = column(&rows, "packageName").into_iter();
    names.map(str::to_owned).collect()
}

/// What the instance is called is known to every caller within a second.
async fn eventually(client: &Client, primitive: &str, input: &Value, status: u16) -> Value {
    let mut reply = call(client, primitive, input).await;
    for _ in 0..100 {
        if reply.status == status {
            return reply.body;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        reply = call(client, primitive, input).await;
    }
    panic!(
        "{primitive} {input} never answered {status}: {}",
        reply.body
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_sees_what_is_private_to_its_own_scope() {
    let town = Town::with(&packages()).await;
    let mia = town.bring("Mia", "member").await;
    let ada = &town.ada.client;
    let search = async || {
        let found = done(ada, "extensions_search", &json!({})).await.to_string();
        (found.contains(SHUT), found.contains(OPEN))
    };
    let install = package(SHUT, "1.0.0");
    assert_eq!(search().await, (false, true));
    refuses(
        ada,
        "extensions_install",
        &install,
        (403, "PACKAGE_PRIVATE"),
    )
    .await;
    done(ada, CHOOSE, &named("elsewhere")).await;
    refuses(
        ada,
        "extensions_install",
        &install,
        (403, "PACKAGE_PRIVATE"),
    )
    .await;
    assert_eq!(search().await, (false, true));

    done(ada, RENAME, &renamed("acme")).await;
    assert_eq!(search().await, (true, true));
    done(ada, "extensions_install", &install).await;
    done(ada, "extensions_install", &package(OPEN, "1.0.0")).await;
    let get = json!({ "packageName": SHUT });
    for person in [&town.ada, &mia] {
        eventually(&person.client, "extensions_get", &get, 200).await;
        assert_eq!(listed(&town, person).await, [OPEN, SHUT]);
    }
    // Under another name it does not see it any more, installed or not.
    done(ada, RENAME, &renamed("elsewhere")).await;
    for person in [&town.ada, &mia] {
        eventually(&person.client, "extensions_get", &get, 404).await;
        assert_eq!(listed(&town, person).await, [OPEN]);
        let timeline = town.read(&person.client, "extensions_timeline", &get).await;
        assert!(timeline.status == 404 || timeline.body["items"] == json!([]));
    }
}
