//! The command line is the same catalogue, and the proofs are its exit codes.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use cinatra_domain::kernel::TenantId;
use cinatra_domain::permission::Resource;
use cinatra_tests::people::{self, PASSWORD};
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::publish_into;
use cinatra_tests::served::Served;
use cinatra_tests::{Client, Database, Node, Package, Start};
use serde_json::{Value, json};

use crate::authority::own_tenant;
use crate::event_store::tampering::{TAMPERINGS, six_events, tamper};
use crate::extension::package;
use crate::session;

const NAME: &str = "@acme/hello-skill";

pub(crate) fn out(output: &Output) -> String {
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
        std::thread::sleep(Duration::from_millis(100));
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

#[test]
fn what_can_be_called_is_listed_from_the_catalogue() {
    let home = Scratch::new("cli").unwrap();
    let start = Start::up(home.path());
    let listed = start.run(&["primitives"]).unwrap();
    assert!(listed.status.success(), "{}", out(&listed));
    let said = out(&listed);
    let listed = start.run(&["primitives", "--json"]).unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    for primitive in listed["primitives"].as_array().unwrap() {
        let name = primitive["name"].as_str().unwrap();
        let lines = said
            .lines()
            .filter(|line| line.split(' ').next() == Some(name));
        assert_eq!(lines.count(), 1, "{name}");
    }
    let one = start.run(&["primitives", "extensions_install"]).unwrap();
    let one: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert!(
        one["inputSchema"]["properties"]["packageName"].is_object(),
        "{one}"
    );
    let none = start.run(&["primitives", "extensions_instal"]).unwrap();
    assert_eq!(none.status.code(), Some(2), "{}", out(&none));
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

/// Runs a sub-command that reads a line.
pub(crate) fn typed(start: &Start, arguments: &[&str], line: &str) -> Output {
    let mut command = start.command(arguments).unwrap();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{line}").unwrap();
    drop(input);
    child.wait_with_output().unwrap()
}

/// Calls a primitive and expects its answer.
pub(crate) fn answered(start: &Start, name: &str, input: &Value) -> Value {
    let output = start.run(&["call", name, &input.to_string()]).unwrap();
    assert!(output.status.success(), "{name}: {}", out(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_first_starts_token_works_until_the_next_start_and_never_after() {
    let home = Scratch::new("first").unwrap();
    let database = Database::fresh().await.unwrap();
    let folder = Start::serve(home.path(), &database.url);
    let file = home.path().join("admin-token");
    let mut node = Node::start(folder.clone().token("unused")).await.unwrap();
    assert_eq!(mode(&file), 0o600);
    let token = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    answered(&folder, "extensions_list", &json!({}));
    let holder = |node: &Node| Client::new(node.url(), token.as_str()).unwrap();
    let works = async |node: &Node| {
        let reply = holder(node).get("/api/primitives").await.unwrap();
        reply.status
    };
    assert_eq!(works(&node).await, 200);
    node.process().kill().unwrap();
    drop(node);
    let node = Node::start(folder.clone().token("unused")).await.unwrap();
    assert_eq!(works(&node).await, 401);
    assert!(!file.exists());
    let output = folder.run(&["call", "extensions_list"]).unwrap();
    assert!(!output.status.success());
    assert!(out(&output).contains("sign-in"), "{}", out(&output));
    node.stop().unwrap();
    // A file that comes back from a backup opens nothing, and goes.
    std::fs::write(&file, &token).unwrap();
    let node = Node::start(folder.token("unused")).await.unwrap();
    assert_eq!(works(&node).await, 401);
    assert!(!file.exists());
    people::sign_up(node.url(), "Ada").await.unwrap();
    assert_eq!(works(&node).await, 401);
    node.stop().unwrap();
}

#[tokio::test]
async fn the_first_starts_token_ends_when_somebody_signs_up() {
    let served = Served::with(&[]).await.unwrap();
    let token = served.client().unwrap();
    assert!(session::works(&token).await);
    people::sign_up(&served.url(), "Ada").await.unwrap();
    session::stops_working(&token, Instant::now()).await;
    // Nor does its file stay and promise what it does not do.
    let file = served.home().join("admin-token");
    let since = Instant::now();
    while file.exists() {
        assert!(since.elapsed() < Duration::from_secs(10), "it stays");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // It is not made anew, neither here nor at another node.
    let other = served.beside().await.unwrap();
    let there = Client::new(other.url(), token.token()).unwrap();
    assert!(!session::works(&there).await);
    assert!(!other.home().join("admin-token").exists());
}

#[tokio::test]
async fn somebody_signs_up_in_and_out_with_a_password_that_is_typed() {
    let home = Scratch::new("typed").unwrap();
    let database = Database::fresh().await.unwrap();
    let start = Start::serve(home.path(), &database.url);
    let node = Node::start(start.clone().token("unused")).await.unwrap();
    let (file, email) = (home.path().join("credential"), "ada@example.test");
    let kept = || std::fs::read_to_string(&file).unwrap().trim().to_owned();
    let sign_up = ["sign-up", "--name", "Ada", "--email", email];
    let refused = typed(&start, &sign_up, "short");
    assert_eq!(refused.status.code(), Some(2), "{}", out(&refused));
    assert!(out(&refused).contains("INVALID_INPUT"), "{}", out(&refused));
    assert!(!file.exists());

    let registered = typed(&start, &sign_up, PASSWORD);
    let said = out(&registered);
    assert!(registered.status.success(), "{said}");
    assert!(said.contains(r#""platformRole": "admin""#), "{said}");
    assert_eq!(mode(&file), 0o600);
    let first = kept();
    assert!(
        first.starts_with("cis_") && !said.contains(&first),
        "{said}"
    );
    assert!(!said.contains(PASSWORD) && said.contains("credentialFile"));
    let me = answered(&start, "users_me", &json!({}));
    assert_eq!(me["email"], email);

    // Acting elsewhere is another credential, which is kept and not shown.
    let other = json!({ "name": "Other", "slug": "other" });
    let other = answered(&start, "organizations_create", &other);
    let other = json!({ "organizationId": other["organizationId"] });
    let selected = answered(&start, "sessions_select_organization", &other);
    assert!(selected.get("sessionToken").is_none(), "{selected}");
    let second = kept();
    assert_ne!(second, first);
    assert!(!selected.to_string().contains(&second));
    assert_eq!(mode(&file), 0o600);
    let me = answered(&start, "users_me", &json!({}));
    assert_eq!(me["activeOrganizationId"], other["organizationId"]);

    let sign_in = ["sign-in", "--email", email];
    let refused = typed(&start, &sign_in, "not the password");
    assert_eq!(refused.status.code(), Some(3), "{}", out(&refused));
    assert_eq!(kept(), second, "what was kept stays");
    let own = other["organizationId"].as_str().unwrap();
    let there = [&sign_in[..], &["--organization", own]].concat();
    let entered = typed(&start, &there, PASSWORD);
    assert!(entered.status.success(), "{}", out(&entered));
    let third = kept();
    assert!(!out(&entered).contains(&third));
    let me = answered(&start, "users_me", &json!({}));
    assert_eq!(me["activeOrganizationId"], other["organizationId"]);

    let left = start.run(&["sign-out"]).unwrap();
    assert!(left.status.success(), "{}", out(&left));
    assert!(!file.exists());
    let gone = Client::new(node.url(), third).unwrap();
    assert_eq!(gone.get("/api/primitives").await.unwrap().status, 401);
    // Nobody can read a password off the machine's list of processes.
    let argument = start.run(&["sign-in", "--email", email, "--password", PASSWORD]);
    assert_eq!(argument.unwrap().status.code(), Some(2));
    node.stop().unwrap();
}
