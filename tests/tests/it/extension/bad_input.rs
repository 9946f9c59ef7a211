//! Whatever arrives, the answer is a typed error and nothing is half-written.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use cinatra_tests::archive::Archive;
use cinatra_tests::registry::{Answer, Scripted, honest, packument_path, tarball_path};
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client, Package, Packed, Reply, Verdaccio};
use serde_json::{Value, json};
use tar::EntryType;

use super::{call, done, package};

const NAME: &str = "@acme/hello-skill";

fn hello() -> Package {
    Package::skill(NAME, "1.0.0")
}

/// Asserts the refusal, and that no extension came of it: not in the read model, not in the ledger.
async fn refused_without_trace(served: &Served, reply: &Reply, status: u16, code: &str) {
    assert_eq!(
        (reply.status, reply.code()),
        (status, Some(code)),
        "{}",
        reply.body
    );
    let client = served.client().unwrap();
    assert_eq!(
        done(&client, "extensions_list", &json!({})).await["items"],
        json!([])
    );
    let store = served.server().store();
    for (tenant, head) in store.heads().await.unwrap() {
        let events = store
            .read_ledger(tenant, cinatra_domain::kernel::Position::START, 1_000)
            .await
            .unwrap();
        assert_eq!(i64::try_from(events.len()).unwrap(), head.0);
        let facts: Vec<_> = events
            .iter()
            .filter(|event| event.wire_name.starts_with("extension."))
            .collect();
        assert!(facts.is_empty(), "{facts:?}");
    }
}

async fn install(client: &Client) -> Reply {
    call(client, "extensions_install", &package(NAME, "1.0.0")).await
}

#[tokio::test]
async fn an_unknown_field_is_invalid() {
    let served = Served::with(&[hello().pack().unwrap()]).await.unwrap();
    let mut input = package(NAME, "1.0.0");
    input["force"] = json!(true);
    let reply = call(&served.client().unwrap(), "extensions_install", &input).await;
    refused_without_trace(&served, &reply, 400, "INVALID_INPUT").await;
    assert!(
        reply.body["error"]["details"].to_string().contains("force"),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn a_wrong_type_is_invalid() {
    let served = Served::with(&[hello().pack().unwrap()]).await.unwrap();
    let client = served.client().unwrap();
    let wrong: [Value; 6] = [
        json!({ "packageName": 7, "packageVersion": "1.0.0" }),
        json!({ "packageName": NAME, "packageVersion": null }),
        json!({ "packageName": NAME }),
        json!([]),
        json!("text"),
        json!(null),
    ];
    for input in wrong {
        let reply = call(&client, "extensions_install", &input).await;
        refused_without_trace(&served, &reply, 400, "INVALID_INPUT").await;
    }
    for body in ["{", "", "\u{0}", "{\"packageName\":\"\\ud800\"}"] {
        let reply = client
            .post("extensions_install", body.to_owned(), Call::default())
            .await
            .unwrap();
        refused_without_trace(&served, &reply, 400, "INVALID_INPUT").await;
    }
}

#[tokio::test]
async fn a_string_of_one_megabyte_is_too_large() {
    let served = Served::with(&[hello().pack().unwrap()]).await.unwrap();
    let client = served.client().unwrap();
    let reply = call(
        &client,
        "extensions_install",
        &package(&"x".repeat(1 << 20), "1.0.0"),
    )
    .await;
    refused_without_trace(&served, &reply, 413, "BODY_TOO_LARGE").await;
    // Under the limit of a body, over the limit of the field.
    let reply = call(
        &client,
        "extensions_install",
        &package(&"x".repeat(100_000), "1.0.0"),
    )
    .await;
    refused_without_trace(&served, &reply, 400, "INVALID_INPUT").await;
}

#[tokio::test]
async fn a_name_outside_its_grammar_is_invalid() {
    let served = Served::with(&[hello().pack().unwrap()]).await.unwrap();
    let client = served.client().unwrap();
    for name in [
        "hello-skill",
        "@acme/../../etc/passwd",
        "@ACME/x",
        "@acme/x\u{0}y",
        "@acme/",
        "",
        "@acme/é",
    ] {
        let reply = call(&client, "extensions_install", &package(name, "1.0.0")).await;
        refused_without_trace(&served, &reply, 400, "INVALID_INPUT").await;
    }
}

#[tokio::test]
async fn an_unknown_package_or_version_is_not_found() {
    let served = Served::with(&[hello().pack().unwrap()]).await.unwrap();
    let client = served.client().unwrap();
    let reply = call(
        &client,
        "extensions_install",
        &package("@acme/nothing-skill", "1.0.0"),
    )
    .await;
    refused_without_trace(&served, &reply, 404, "PACKAGE_NOT_FOUND").await;
    let reply = call(&client, "extensions_install", &package(NAME, "9.9.9")).await;
    refused_without_trace(&served, &reply, 404, "VERSION_NOT_FOUND").await;
}

#[tokio::test]
async fn a_corrupt_tarball_is_refused() {
    let good = hello().pack().unwrap().tarball;
    let truncated = good[..good.len() / 2].to_vec();
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    for tarball in [truncated, flipped, b"not a tarball".to_vec(), Vec::new()] {
        let spoiled = hello().packed_as(tarball).unwrap();
        let registry = Scripted::start(|base| honest(base, &[spoiled]))
            .await
            .unwrap();
        let served = Served::installing_from(registry.url()).await.unwrap();
        let reply = install(&served.client().unwrap()).await;
        refused_without_trace(&served, &reply, 422, "ARCHIVE_CORRUPT").await;
    }
}

#[tokio::test]
async fn unsafe_entries_are_refused_with_their_rule() {
    let evil: [(&str, EntryType, &str); 6] = [
        ("package/../../escape.txt", EntryType::Regular, ""),
        ("/etc/escape.txt", EntryType::Regular, ""),
        ("package/link", EntryType::Symlink, "/etc/passwd"),
        ("package/hard", EntryType::Link, "package/package.json"),
        ("package/device", EntryType::Char, ""),
        ("package/PACKAGE.json", EntryType::Regular, ""),
    ];
    for (path, kind, link) in evil {
        let tarball = hello()
            .archive()
            .entry(path, kind, link, b"")
            .gzip()
            .unwrap();
        let served = served_over_npm(&hello().packed_as(tarball).unwrap()).await;
        let reply = install(&served.1.client().unwrap()).await;
        refused_without_trace(&served.1, &reply, 422, "ARCHIVE_UNSAFE").await;
        assert!(
            reply.body["error"]["details"]["rule"].is_string(),
            "{path}: {}",
            reply.body
        );
    }
}

#[tokio::test]
async fn a_zip_bomb_is_refused_quickly() {
    let bomb = Archive::new()
        .file(
            "package/package.json",
            hello().manifest.to_string().as_bytes(),
        )
        .file("package/zeros", &vec![0; 40 << 20])
        .gzip()
        .unwrap();
    assert!(bomb.len() < 1 << 20);
    let served = served_over_npm(&hello().packed_as(bomb).unwrap()).await;
    let began = Instant::now();
    let reply = install(&served.1.client().unwrap()).await;
    refused_without_trace(&served.1, &reply, 422, "ARCHIVE_UNSAFE").await;
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn bytes_that_do_not_match_their_integrity_are_refused() {
    let mut packed = hello().pack().unwrap();
    packed.integrity = Package::skill(NAME, "2.0.0").pack().unwrap().integrity;
    let served = served_over_npm(&packed).await;
    let reply = install(&served.1.client().unwrap()).await;
    let code = reply.code().unwrap_or_default().to_owned();
    assert!(code.starts_with("INTEGRITY_"), "{}", reply.body);
    refused_without_trace(&served.1, &reply, reply.status, &code).await;
    assert!(reply.status < 500, "{}", reply.status);
}

#[tokio::test]
async fn a_registry_that_is_down_is_unavailable_and_works_again_later() {
    let mut registry = Verdaccio::start().await.unwrap();
    registry.publish(&hello().pack().unwrap()).await.unwrap();
    let served = Served::installing_from(&registry.url()).await.unwrap();
    let client = served.client().unwrap();
    registry.pause().unwrap();
    let input = package(NAME, "1.0.0");
    let keyed = Call {
        key: Some("k"),
        ..Call::default()
    };
    let reply = client
        .call("extensions_install", &input, keyed.clone())
        .await
        .unwrap();
    refused_without_trace(&served, &reply, 503, "REGISTRY_UNAVAILABLE").await;
    registry.resume().await.unwrap();
    // Unavailability is never the result of a command: the same key may try again.
    let reply = client
        .call("extensions_install", &input, keyed)
        .await
        .unwrap();
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[tokio::test]
async fn a_registry_that_is_slow_is_given_up() {
    let packed = hello().pack().unwrap();
    let served = scripted(&packed, |answers| {
        let path = packument_path(&packed.name);
        let slow = answers[&path].clone().after(Duration::from_mins(2));
        answers.insert(path, slow);
    })
    .await;
    let began = Instant::now();
    let reply = install(&served.1.client().unwrap()).await;
    refused_without_trace(&served.1, &reply, 503, "REGISTRY_UNAVAILABLE").await;
    assert!(
        began.elapsed() < Duration::from_secs(40),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_registry_that_answers_rubbish_is_refused_with_a_code() {
    let packed = hello().pack().unwrap();
    let mut deep = Vec::new();
    write!(deep, "{}", "[".repeat(100_000)).unwrap();
    let rubbish = [
        Answer::ok("<html>"),
        Answer::ok("[]"),
        Answer::ok(deep),
        Answer::status(500),
        Answer::status(401),
    ];
    for answer in rubbish {
        for path in [packument_path(&packed.name), tarball_path(&packed)] {
            let spoiled = answer.clone();
            let served = scripted(&packed, |answers| {
                answers.insert(path.clone(), spoiled);
            })
            .await;
            let reply = install(&served.1.client().unwrap()).await;
            let code = reply
                .code()
                .unwrap_or_else(|| panic!("{path}: {}", reply.body))
                .to_owned();
            assert_ne!(reply.status, 500, "{path}: {}", reply.body);
            refused_without_trace(&served.1, &reply, reply.status, &code).await;
        }
    }
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let served = Served::with(&[hello().pack().unwrap()]).await.unwrap();
    let client = served.client().unwrap();
    let keyed = Call {
        key: Some("k"),
        ..Call::default()
    };
    let first = client
        .call("extensions_archive", &package(NAME, "1.0.0"), keyed.clone())
        .await
        .unwrap();
    assert_eq!(first.code(), Some("NOT_INSTALLED"));
    let reply = client
        .call("extensions_install", &package(NAME, "1.0.0"), keyed)
        .await
        .unwrap();
    refused_without_trace(&served, &reply, 422, "IDEMPOTENCY_KEY_REUSED").await;
}

/// A scripted registry that serves the package as it is.
async fn served_over_npm(packed: &Packed) -> (Scripted, Served) {
    scripted(packed, |_| {}).await
}

/// A scripted registry whose answers were spoiled, and a server that installs from it.
async fn scripted(
    packed: &Packed,
    spoil: impl FnOnce(&mut BTreeMap<String, Answer>),
) -> (Scripted, Served) {
    let registry = Scripted::start(|base| {
        let mut answers = honest(base, std::slice::from_ref(packed));
        spoil(&mut answers);
        answers
    })
    .await
    .unwrap();
    let served = Served::installing_from(registry.url()).await.unwrap();
    (registry, served)
}
