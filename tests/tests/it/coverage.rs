//! Nothing exists that is not told: codes, schemas, routes.

use std::collections::BTreeSet;

use cinatra_domain::kernel::TenantId;
use cinatra_tests::people::Person;
use cinatra_tests::served::Served;
use cinatra_tests::{Client, Flow, Package, Packed, tree};
use regex::Regex;
use serde_json::{Value, json};

use crate::authority::own_tenant;
use crate::extension::{call, done, package};
use crate::run::dead_letter::bury;
use crate::run::{self, AGENT};

/// Where dead letters lie.
const LETTERS: &str = "letters";

/// Upper-case words in the sources that are no codes.
const NOT_CODES: &[(&str, &str)] = &[
    ("CINATRA_BASE_URL", "stands for this server in flows"),
    ("CARGO_MANIFEST_DIR", "a variable of the build"),
    ("CARGO_PKG_VERSION", "a variable of the build"),
    ("OUT_DIR", "a variable of the build"),
    ("RUN_FINISHED", "an event of AG-UI"),
];

#[test]
fn every_code_that_a_caller_may_see_is_documented() {
    let word = Regex::new(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^(CONFLICT|NOT_FOUND)$").unwrap();
    let documented = tree::text("docs/ERRORS.md");
    let mut missing = BTreeSet::new();
    for file in tree::rust_files() {
        // What goes wrong in `migrations` is said at start, to whoever starts it.
        let product = file.path.contains("/src/") && !matches!(file.top(), "tests" | "migrations");
        // What viewers of a run are shown has AG-UI's names.
        let is_frame = file.path.starts_with("domain/src/run/frame/");
        if !product || is_frame || file.path.ends_with("/tests.rs") {
            continue;
        }
        // What a module's own tests make up is no code of ours.
        let text = file
            .text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for (line, literal) in tree::string_literals(text) {
            let variable = literal.starts_with("CINATRA_") && file.top() != "domain"
                || literal == "DATABASE_URL";
            let known = variable || NOT_CODES.iter().any(|(other, _)| *other == literal);
            if word.is_match(&literal) && !known && !documented.contains(&format!("`{literal}`")) {
                missing.insert(format!("{literal} ({}:{line})", file.path));
            }
        }
    }
    let list: Vec<_> = missing.into_iter().collect();
    assert!(
        list.is_empty(),
        "docs/ERRORS.md lacks:\n  {}",
        list.join("\n  ")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_takes_back_only_cursors_that_it_gave_out() {
    let names = ["@acme/a-skill", "@acme/b-skill"];
    let skills = names.map(|name| Package::skill(name, "1.0.0").pack().unwrap());
    let agents = [
        (AGENT, "1.0.0"),
        (AGENT, "1.1.0"),
        ("@acme/other-agent", "1.0.0"),
    ];
    let agents = agents.map(|(name, version)| twice_asking(name, version));
    let packages = skills.into_iter().chain(agents).chain([two_types()]);
    let served = Served::with(&packages.collect::<Vec<_>>()).await.unwrap();
    let owner = served.first().await.unwrap();
    let client = owner.client.clone();
    for name in names {
        for primitive in ["extensions_install", "extensions_archive"] {
            done(&client, primitive, &package(name, "1.0.0")).await;
        }
    }
    done(&client, "extensions_install", &package(NOTES, "1.0.0")).await;
    let team = two_of_everything(&served, &owner).await;
    let run = two_runs(&client).await;
    two_agents(&client).await;
    let store = &served.server().app().backend().store;
    let tenant = TenantId::new(own_tenant(&client).await);
    for _ in 0..2 {
        bury(store, tenant, LETTERS).await;
    }
    let listed = client.get("/api/primitives").await.unwrap().body;
    let (mut lists, mut given) = (0, Vec::new());
    for primitive in listed["primitives"].as_array().unwrap() {
        let (name, schema) = (&primitive["name"], &primitive["inputSchema"]);
        if schema["properties"]["cursor"].is_null() {
            continue;
        }
        lists += 1;
        let name = name.as_str().unwrap();
        let required = schema["required"].to_string();
        let mut input = if required.contains("packageName") {
            json!({ "packageName": names[0] })
        } else if required.contains("teamId") {
            json!({ "teamId": team })
        } else if required.contains("runId") {
            json!({ "runId": run })
        } else if name == "agent_version_list" {
            json!({ "packageName": AGENT })
        } else if name == "jobs_dead_list" {
            json!({ "queue": LETTERS })
        } else {
            json!({})
        };
        input["limit"] = json!(1);
        let first = eventually_two(&client, name, &input).await;
        if let Some(cursor) = first["nextCursor"].as_str() {
            given.push((name, cursor.to_owned()));
            input["cursor"] = json!(cursor);
            let second = done(&client, name, &input).await;
            assert_ne!(second["items"], first["items"], "{name}");
        }
        let foreign = given.iter().filter(|(list, _)| *list != name);
        let foreign = foreign.map(|(_, cursor)| cursor.as_str());
        let made_up = ["0", "-1", "1", "", "nonsense", "@acme/a-skill", "\u{0}"];
        for cursor in made_up.into_iter().chain(foreign) {
            input["cursor"] = json!(cursor);
            let reply = call(&client, name, &input).await;
            assert_eq!(reply.status, 400, "{name} {cursor:?}: {}", reply.body);
            assert_eq!(reply.code(), Some("INVALID_INPUT"), "{name} {cursor:?}");
            let details = &reply.body["error"]["details"];
            assert_eq!(details["field"], "cursor", "{name} {cursor:?}");
            assert!(details["reason"].is_string(), "{name} {cursor:?}");
        }
    }
    assert!(lists >= 14, "{lists}");
}

/// So that every list of identity has a second page; answers a team that has two members.
async fn two_of_everything(served: &Served, owner: &Person) -> Value {
    let client = &owner.client;
    let guest = owner.bring(served.home(), "Mia", "member").await.unwrap();
    let mut team = Value::Null;
    for name in ["one", "two"] {
        let named = json!({ "name": name, "slug": name });
        team = done(client, "teams_create", &named).await["teamId"].clone();
        let invited = json!({ "email": format!("{name}@example.test"), "role": "member" });
        done(client, "permissions_members_invite", &invited).await;
        let account = json!({ "name": name, "scopes": [] });
        done(client, "service_accounts_create", &account).await;
        let project = json!({ "name": name, "ownerLevel": "user", "ownerId": owner.user_id });
        done(client, "projects_create", &project).await;
    }
    for (user, role) in [(&owner.user_id, "admin"), (&guest.user_id, "member")] {
        let member = json!({ "teamId": team, "userId": user, "role": role });
        done(client, "team_members_add", &member).await;
    }
    for role in ["developer", "customer"] {
        let scope = json!({ "level": "user", "recordId": guest.user_id });
        let granted = json!({ "subjectUserId": guest.user_id, "role": role, "scope": scope });
        done(client, "role_grant_grant", &granted).await;
    }
    team
}

const NOTES: &str = "@acme/note-artifact";

/// An artifact of two types of objects.
fn two_types() -> Packed {
    let types = json!([{ "type": "@acme/note:note" }, { "type": "@acme/note:memo" }]);
    let accepts = json!({ "file": { "mimeTypes": ["text/plain"] } });
    let artifact = json!({ "accepts": accepts, "objectTypes": types });
    let package = Package::skill(NOTES, "1.0.0").with("kind", json!("artifact"));
    package.with("artifact", artifact).pack().unwrap()
}

/// An agent that says something and asks two things.
fn twice_asking(name: &str, version: &str) -> Packed {
    let flow = Flow::of("asker", &["guest"]).says("hello", "Hello.", &[]);
    let flow = flow.asks("first").asks("second");
    let flow = flow.answers("said", "second", "answer");
    flow.agent(name, version).unwrap()
}

/// So that every list about agents has a second page.
async fn two_agents(client: &Client) {
    let other = package("@acme/other-agent", "1.0.0");
    done(client, "extensions_install", &other).await;
    done(client, "extensions_update", &package(AGENT, "1.1.0")).await;
}

/// So that every list about runs has a second page; answers a run that came to two gates, which were answered.
async fn two_runs(client: &Client) -> String {
    done(client, "extensions_install", &package(AGENT, "1.0.0")).await;
    let guest = json!({ "guest": "Bob" });
    run::start(client, AGENT, &guest).await;
    let twice = run::start(client, AGENT, &guest).await;
    for gate in 1..=2 {
        run::asks(client, &twice, &format!("wayflow-{twice}:{gate}")).await;
        run::answer(client, &twice, "yes").await;
    }
    twice
}

/// A page of one, once there is more than that to list; nothing was destroyed, so that list stays empty.
async fn eventually_two(client: &Client, name: &str, input: &Value) -> Value {
    let mut page = json!({});
    for _ in 0..50 {
        page = call(client, name, input).await.body;
        if page["nextCursor"].is_string() || name == "extension_lifecycle_audit_list" {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{name} never had a second page: {page}")
}

#[tokio::test]
async fn rest_openapi_and_mcp_offer_the_same_primitives() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let listed = client.get("/api/primitives").await.unwrap().body;
    let listed = listed["primitives"].as_array().unwrap();
    let listed: BTreeSet<_> = listed
        .iter()
        .map(|p| p["name"].as_str().unwrap().to_owned())
        .collect();
    let document = client.get("/api/openapi.json").await.unwrap().body;
    let paths = document["paths"].as_object().unwrap().keys();
    let offered: BTreeSet<_> = paths
        .filter_map(|path| path.strip_prefix("/api/primitives/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, offered);
    assert_eq!(listed, tools(&client).await);
}

/// What MCP lists, in its stateless revision.
async fn tools(client: &Client) -> BTreeSet<String> {
    let revision = "2026-07-28";
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": {
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    } } });
    let reply = client
        .bare(reqwest::Method::POST, "/api/mcp")
        .bearer_auth(client.token())
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", revision)
        .header("mcp-method", "tools/list")
        .json(&request)
        .send()
        .await
        .unwrap();
    let text = reply.text().await.unwrap();
    // One message, as JSON or as the only event of a stream.
    let message = text
        .lines()
        .find_map(|line| line.strip_prefix("data:"))
        .unwrap_or(&text);
    let message: Value = serde_json::from_str(message).unwrap_or_else(|e| panic!("{e}: {text}"));
    let tools = message["result"]["tools"]
        .as_array()
        .unwrap_or_else(|| panic!("{text}"));
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}
