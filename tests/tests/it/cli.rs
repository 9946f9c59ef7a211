//! The command line is the same catalogue, and the proofs are its exit codes.

use std::process::Output;

use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Resource;
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::publish_into;
use cinatra_tests::{Database, Node, Package, Start};
use serde_json::{Value, json};

use crate::authority::own_tenant;
use crate::event_store::tampering::{TAMPERINGS, six_events, tamper};
use crate::extension::package;

const NAME: &str = "@acme/hello-skill";

fn out(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

async fn node(home: &Scratch) -> Node {
    let registry = home.path().join("packages");
    for version in ["1.0.0", "1.1.0"] {
        publish_into(&registry, &Package::skill(NAME, version).pack().unwrap()).unwrap();
    }
    let database = Database::fresh().await.unwrap();
    let start = Start::serve(home.path(), &database.url)
        .registry(format!("directory:{}", registry.display()));
    Node::start(start).await.unwrap()
}

#[tokio::test]
async fn every_primitive_can_be_called_from_the_command_line() {
    let home = Scratch::new("cli").unwrap();
    let node = node(&home).await;
    let named = json!({ "packageName": NAME });
    let tenant = TenantId::new(own_tenant(&node.client().unwrap()).await);
    let skill = Resource::skill(tenant, NAME, "hello-skill").id;
    let mut force = package(NAME, "1.1.0");
    force["confirmDestructive"] = json!(true);
    let calls = [
        ("extensions_search", json!({})),
        ("extensions_install", package(NAME, "1.0.0")),
        ("extensions_update", package(NAME, "1.1.0")),
        ("extensions_list", json!({})),
        ("extensions_get", named.clone()),
        ("skills_installed_list", json!({})),
        ("skills_installed_get", json!({ "skillId": skill })),
        ("extensions_archive", package(NAME, "1.1.0")),
        ("extensions_restore", named.clone()),
        ("extensions_uninstall", package(NAME, "1.1.0")),
        ("extensions_install", package(NAME, "1.1.0")),
        ("extensions_force_delete", force),
        ("extensions_timeline", named),
        (
            "secrets_set",
            json!({ "name": "model.openai.api-key", "value": "s3cret" }),
        ),
        ("secrets_list", json!({})),
        ("secrets_rotate_keys", json!({})),
        ("secrets_delete", json!({ "name": "model.openai.api-key" })),
        ("extension_lifecycle_audit_list", json!({})),
        ("audit_events_list", json!({})),
    ];
    for (name, input) in &calls {
        let output = eventually(node.start_again(), name, &input.to_string());
        assert!(output.status.success(), "{name}: {}", out(&output));
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{name}: {e}: {}", out(&output)));
        assert!(answer.is_object(), "{name}: {answer}");
    }
    let listed = node.client().unwrap().get("/api/primitives").await.unwrap();
    for primitive in listed.body["primitives"].as_array().unwrap() {
        let name = primitive["name"].as_str().unwrap();
        if calls.iter().any(|(called, _)| *called == name) {
            continue;
        }
        // What the others want is told elsewhere; here they are reached, and the server answers.
        let output = node.start_again().run(&["call", name, "{}"]).unwrap();
        let said = out(&output);
        let refused = [
            "INVALID_INPUT",
            "FORBIDDEN",
            "SESSION_REQUIRED",
            "LAST_OWNER",
        ];
        let is_reached = output.status.success() || refused.iter().any(|code| said.contains(code));
        assert!(is_reached, "{name}: {said}");
    }
}

/// A read model may be a moment behind: absent is asked again.
fn eventually(start: &Start, name: &str, input: &str) -> Output {
    let mut output = start.run(&["call", name, input]).unwrap();
    for _ in 0..20 {
        if output.status.code() != Some(5) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        output = start.run(&["call", name, input]).unwrap();
    }
    output
}

#[tokio::test]
async fn a_refusal_has_its_exit_code_and_the_envelope() {
    let home = Scratch::new("cli").unwrap();
    let node = node(&home).await;
    let input = package("@acme/nothing-skill", "1.0.0").to_string();
    let output = node
        .start_again()
        .run(&["call", "extensions_install", &input])
        .unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", out(&output));
    assert!(
        out(&output).contains("PACKAGE_NOT_FOUND"),
        "{}",
        out(&output)
    );
}

#[tokio::test]
async fn what_the_caller_got_wrong_is_never_the_servers_silence() {
    let home = Scratch::new("cli").unwrap();
    let node = node(&home).await;
    let start = node.start_again();
    let call = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = start.command(arguments).unwrap();
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        (output.status.code(), out(&output))
    };
    let list = ["call", "extensions_list"];
    assert_eq!(call(&[], &list).0, Some(0));
    for name in ["..", "../../healthz", "extensions_list?x", "a/b", ""] {
        let (code, said) = call(&[], &["call", name]);
        assert_eq!(code, Some(2), "{name}: {said}");
        assert!(said.contains("primitive's name"), "{name}: {said}");
    }
    for argument in ["--key", "--min-pos"] {
        let (code, said) = call(&[], &["call", "extensions_list", argument, "a\nb"]);
        assert_eq!(code, Some(2), "{argument}: {said}");
        assert!(said.contains(argument), "{argument}: {said}");
    }
    for url in [
        "nowhere",
        "ftp://localhost",
        "http://",
        "http://localhost:1/?x",
    ] {
        let (code, said) = call(&[("CINATRA_URL", url), ("CINATRA_TOKEN", "t")], &list);
        assert_eq!(code, Some(2), "{url}: {said}");
        assert!(said.contains("CINATRA_URL"), "{url}: {said}");
    }
    let (code, said) = call(&[("CINATRA_TOKEN", "a\nb")], &list);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("CINATRA_TOKEN"), "{said}");
    // A server that really is not there.
    let gone = [
        ("CINATRA_URL", "http://127.0.0.1:1"),
        ("CINATRA_TOKEN", "t"),
    ];
    let (code, said) = call(&gone, &list);
    assert_eq!(code, Some(10), "{said}");
}

#[tokio::test]
async fn without_a_server_the_command_line_says_so() {
    let home = Scratch::new("cli").unwrap();
    let output = Start::up(home.path())
        .run(&["call", "extensions_list", "{}"])
        .unwrap();
    assert!(!output.status.success());
    assert!(out(&output).contains("cinatra up"), "{}", out(&output));
}

#[tokio::test]
async fn replay_verify_exits_1_and_names_the_position_of_each_tampering() {
    let home = Scratch::new("cli").unwrap();
    for tampering in TAMPERINGS {
        let database = Database::fresh().await.unwrap();
        six_events(&database).await.close().await;
        let start = Start::serve(home.path(), &database.url);
        let before = start.run(&["replay", "verify", "--json"]).unwrap();
        assert_eq!(before.status.code(), Some(0), "{}", out(&before));
        assert_camel_case(&before.stdout, "intact");
        tamper(&database, tampering).await;
        let after = start.run(&["replay", "verify", "--json"]).unwrap();
        assert_eq!(
            after.status.code(),
            Some(1),
            "{}: {}",
            tampering.name,
            out(&after)
        );
        assert_camel_case(&after.stdout, "tampered");
        let position = format!("\"position\":{}", tampering.at.position(6));
        let said: String = out(&after).split_whitespace().collect();
        assert!(
            said.contains(&position),
            "{}: {said} lacks {position}",
            tampering.name
        );
        let people = start.run(&["replay", "verify"]).unwrap();
        assert!(
            out(&people).contains(&tampering.at.position(6).to_string()),
            "{}",
            out(&people)
        );
    }
}

/// Every key of a report is written alike, and one ledger at least has this verdict.
fn assert_camel_case(report: &[u8], verdict: &str) {
    fn keys(value: &Value, found: &mut Vec<String>) {
        if let Value::Object(fields) = value {
            found.extend(fields.keys().cloned());
            for field in fields.values() {
                keys(field, found);
            }
        }
        if let Value::Array(items) = value {
            for item in items {
                keys(item, found);
            }
        }
    }
    let report: Value = serde_json::from_slice(report).unwrap();
    let mut found = Vec::new();
    keys(&report, &mut found);
    for key in &found {
        let is_camel = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(is_camel, "{key} in {report}");
    }
    assert!(found.iter().any(|key| key == verdict), "{report}");
}
