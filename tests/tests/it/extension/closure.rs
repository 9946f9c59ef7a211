//! What a package needs comes with it, and what needs a package protects it.

use std::sync::Arc;

use cinatra_domain::kernel::{ActorId, CommandId, StreamId, Tag, TenantId};
use cinatra_eventstore::{
    Append, Authority, CommandRecord, Context, EventStore, Expected, NewEvent, Options,
    StreamAppend, SystemClock,
};
use cinatra_tests::Package;
use cinatra_tests::served::Served;
use serde_json::json;
use uuid::Uuid;

use super::{at, call, done, package, refused, shown};

const TOP: &str = "@acme/top-skill";
const MIDDLE: &str = "@acme/middle-skill";
const BASE: &str = "@acme/base-skill";

async fn tower() -> Served {
    let packages = [
        Package::skill(TOP, "1.0.0").needs(MIDDLE, "^1.0.0"),
        Package::skill(MIDDLE, "1.2.0").needs(BASE, "1.0.0 - 1.9.9 || ^3"),
        Package::skill(BASE, "1.5.0"),
    ];
    let packed: Vec<_> = packages
        .iter()
        .map(|package| package.pack().unwrap())
        .collect();
    Served::with(&packed).await.unwrap()
}

#[tokio::test]
async fn dependencies_come_first_and_in_one_append() {
    let served = tower().await;
    let client = served.client().unwrap();
    let reply = call(&client, "extensions_install", &package(TOP, "1.0.0")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let installed: Vec<_> = reply.body["installed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["packageName"].as_str().unwrap())
        .collect();
    assert_eq!(installed, [BASE, MIDDLE, TOP]);
    for name in [BASE, MIDDLE, TOP] {
        assert_eq!(
            shown(&client, name, at(&reply)).await.unwrap()["status"],
            "active"
        );
    }
    let base = shown(&client, BASE, at(&reply)).await.unwrap();
    assert!(base["dependents"].to_string().contains(MIDDLE), "{base}");
}

#[tokio::test]
async fn an_active_dependent_refuses_and_is_named() {
    let served = tower().await;
    let client = served.client().unwrap();
    done(&client, "extensions_install", &package(TOP, "1.0.0")).await;
    let reply = call(&client, "extensions_uninstall", &package(BASE, "1.5.0")).await;
    assert_eq!(reply.code(), Some("ACTIVE_DEPENDENT"), "{}", reply.body);
    assert!(
        reply.body["error"]["details"].to_string().contains(MIDDLE),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn an_archived_dependent_turns_uninstall_into_archive() {
    let served = tower().await;
    let client = served.client().unwrap();
    done(&client, "extensions_install", &package(MIDDLE, "1.2.0")).await;
    done(&client, "extensions_archive", &package(MIDDLE, "1.2.0")).await;
    let output = done(&client, "extensions_uninstall", &package(BASE, "1.5.0")).await;
    assert_eq!(
        (output["outcome"].as_str(), output["reason"].as_str()),
        (Some("archived"), Some("archived_dependent"))
    );
}

#[tokio::test]
async fn a_used_extension_is_archived_instead_of_deleted() {
    let served = tower().await;
    let client = served.client().unwrap();
    let reply = call(&client, "extensions_install", &package(BASE, "1.5.0")).await;
    let tenant: TenantId = at(&reply).split_once(':').unwrap().0.parse().unwrap();
    use_it(served.database(), tenant, BASE).await;
    let output = done(&client, "extensions_uninstall", &package(BASE, "1.5.0")).await;
    assert_eq!(
        (output["outcome"].as_str(), output["reason"].as_str()),
        (Some("archived"), Some("used"))
    );
}

#[tokio::test]
async fn a_closure_that_cannot_be_satisfied_installs_nothing() {
    let missing = Package::skill("@acme/lonely-skill", "1.0.0").needs("@acme/nowhere-skill", "*");
    let ranged = Package::skill("@acme/ranged-skill", "1.0.0").needs(BASE, "^2.0.0");
    let left = Package::skill("@acme/left-skill", "1.0.0").needs("@acme/right-skill", "*");
    let right = Package::skill("@acme/right-skill", "1.0.0").needs("@acme/left-skill", "*");
    let all = [missing, ranged, left, right, Package::skill(BASE, "1.5.0")];
    let packed: Vec<_> = all.iter().map(|package| package.pack().unwrap()).collect();
    let served = Served::with(&packed).await.unwrap();
    let client = served.client().unwrap();
    for (name, expected) in [
        ("@acme/lonely-skill", "MEMBER_UNRESOLVABLE"),
        ("@acme/ranged-skill", "RANGE_VIOLATION"),
        ("@acme/left-skill", "DEPENDENCY_CYCLE"),
    ] {
        let (_, code) = refused(&client, "extensions_install", &package(name, "1.0.0")).await;
        assert_eq!(code, expected, "{name}");
    }
    let list = done(&client, "extensions_list", &json!({})).await;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn what_is_required_and_missing_is_warned_of_also_when_nothing_is_to_be_done() {
    let served = tower().await;
    let client = served.client().unwrap();
    let middle = package(MIDDLE, "1.2.0");
    done(&client, "extensions_install", &middle).await;
    let unchanged = done(&client, "extensions_install", &middle).await;
    assert_eq!(unchanged["warnings"], json!([]), "{unchanged}");
    let mut force = package(BASE, "1.5.0");
    force["confirmDestructive"] = json!(true);
    done(&client, "extensions_force_delete", &force).await;
    for primitive in ["extensions_install", "extensions_update"] {
        let unchanged = done(&client, primitive, &middle).await;
        assert_eq!(
            unchanged["alreadyInstalled"][0]["packageName"], MIDDLE,
            "{unchanged}"
        );
        let [only] = &unchanged["warnings"].as_array().unwrap()[..] else {
            panic!("{primitive}: {unchanged}")
        };
        assert_eq!(only["code"], "REQUIRED_MISSING");
        assert_eq!(only["packages"], json!([BASE]));
    }
    done(&client, "extensions_archive", &middle).await;
    let restore = json!({ "packageName": MIDDLE });
    let restored = done(&client, "extensions_restore", &restore).await;
    assert_eq!(restored["warnings"][0]["code"], "REQUIRED_MISSING");
}

#[tokio::test]
async fn a_member_that_is_too_large_for_the_ledger_is_named() {
    let big = "@acme/big-skill";
    let mut huge = Package::skill(big, "1.0.0");
    for number in 0..200 {
        huge = huge.edge(json!({
            "packageName": format!("@acme/{}-{number}-skill", "x".repeat(180)),
            "kind": "skill",
            "edgeType": "runtime",
            "versionConstraint": {
                "kind": "semver-range",
                "range": vec!["^1.0.0"; 20].join(" || "),
            },
            "requirement": "optional",
        }));
    }
    let packages = [Package::skill(TOP, "1.0.0").needs(big, "*"), huge];
    let packed: Vec<_> = packages.iter().map(|one| one.pack().unwrap()).collect();
    let served = Served::with(&packed).await.unwrap();
    let client = served.client().unwrap();
    let reply = call(&client, "extensions_install", &package(TOP, "1.0.0")).await;
    assert_eq!(reply.status, 413, "{}", reply.body);
    assert_eq!(reply.code(), Some("EVENT_TOO_LARGE"), "{}", reply.body);
    let details = &reply.body["error"]["details"];
    assert_eq!(details["packageName"], big, "{details}");
    assert!(details["bytes"].is_number(), "{details}");
}

/// Nothing uses extensions yet: a fact with the tag stands in for a run.
async fn use_it(database: &cinatra_tests::Database, tenant: TenantId, name: &str) {
    let config = database.url.parse().unwrap();
    let store = EventStore::open(config, Arc::new(SystemClock), Options::default())
        .await
        .unwrap();
    let actor = ActorId::service("test");
    let event =
        cinatra_domain::authority::AuthorityEvent::Decided(cinatra_domain::authority::Decided {
            primitive: "runs_start".to_owned(),
            resource_type: "extension".to_owned(),
            resource_id: Some(name.to_owned()),
            outcome: cinatra_domain::authority::Outcome::NoEffect,
            code: None,
            count: 1,
        });
    let tags = vec![Tag::new("used", name).unwrap()];
    let append = Append {
        tenant,
        streams: vec![StreamAppend {
            stream: StreamId::new("authority", actor.as_str()),
            expected: Expected::Any,
            events: vec![NewEvent::encode(&event, tags).unwrap()],
            state: None,
        }],
        conditions: Vec::new(),
        command: CommandRecord {
            command_id: CommandId::derive(&actor, "use").unwrap(),
            request_hash: [1; 32],
            outcome: "ok".to_owned(),
            result: Vec::new(),
        },
        context: Context {
            actor,
            authority: Authority {
                permission: "runs.start".into(),
                via: "test".into(),
                judged_at: Vec::new(),
                primitive: String::new(),
            },
            causation_id: None,
            correlation_id: Uuid::nil(),
        },
        side: Vec::new(),
    };
    store.append(append).await.unwrap();
    store.close().await;
}
