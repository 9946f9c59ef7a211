//! The skills of installed packages over the public interface.

use std::sync::Arc;

use cinatra_eventstore::{EventStore, SystemClock};
use cinatra_projections::Projections;
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client, Package};
use serde_json::{Value, json};

use crate::extension::{at, call, done, package, refused};

const NAME: &str = "@acme/mail-skills";

fn skill_file(name: &str, description: &str) -> Vec<u8> {
    format!("---\nname: {name}\ndescription: >-\n  {description}\n---\n\nDo it.\n").into_bytes()
}

/// A package that brings exactly these skills.
fn bringing(version: &str, skills: &[&str]) -> Package {
    // The one that the builder adds is called like the package.
    skills.iter().fold(
        Package::skill(NAME, version).with_file("skills/mail-skills/SKILL.md", b"# nameless"),
        |package, name| {
            let content = skill_file(name, &format!("Use to {name}."));
            package.with_file(&format!("skills/{name}/SKILL.md"), &content)
        },
    )
}

/// The skills that are listed no earlier than at `at`.
async fn listed(client: &Client, at: &str, input: &Value) -> Vec<Value> {
    let terms = Call {
        min_pos: Some(at),
        strict: true,
        ..Call::default()
    };
    let reply = client
        .call("skills_installed_list", input, terms)
        .await
        .unwrap();
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["items"].as_array().unwrap().clone()
}

fn named(skills: &[Value]) -> Vec<(&str, &str)> {
    skills
        .iter()
        .map(|skill| {
            (
                skill["name"].as_str().unwrap(),
                skill["status"].as_str().unwrap(),
            )
        })
        .collect()
}

async fn step(client: &Client, primitive: &str, input: &Value) -> String {
    let reply = call(client, primitive, input).await;
    assert_eq!(reply.status, 200, "{primitive}: {}", reply.body);
    at(&reply).to_owned()
}

#[tokio::test]
async fn installed_skills_follow_their_package() {
    let packages = [
        bringing("1.0.0", &["sort-mail", "write-mail"])
            .pack()
            .unwrap(),
        bringing("1.1.0", &["write-mail"]).pack().unwrap(),
        bringing("1.2.0", &[]).pack().unwrap(),
    ];
    let served = Served::with(&packages).await.unwrap();
    let client = served.client().unwrap();
    let (all, restored) = (json!({}), json!({ "packageName": NAME }));

    let now = step(&client, "extensions_install", &package(NAME, "1.0.0")).await;
    let skills = listed(&client, &now, &all).await;
    assert_eq!(
        named(&skills),
        [("sort-mail", "active"), ("write-mail", "active")]
    );
    let first = &skills[0];
    assert_eq!(first["packageName"], NAME);
    assert_eq!(first["packageKind"], "skill");
    assert_eq!(first["version"], "1.0.0");
    assert_eq!(first["description"], "Use to sort-mail.");
    assert_eq!(first["path"], "skills/sort-mail/SKILL.md");
    assert_eq!(first["contentSha256"].as_str().unwrap().len(), 64);
    let id = json!({ "skillId": first["skillId"] });
    assert_eq!(done(&client, "skills_installed_get", &id).await, *first);

    let now = step(&client, "extensions_archive", &package(NAME, "1.0.0")).await;
    let skills = listed(&client, &now, &all).await;
    assert_eq!(
        named(&skills),
        [("sort-mail", "archived"), ("write-mail", "archived")]
    );
    let usable = listed(&client, &now, &json!({ "status": "active" })).await;
    assert!(usable.is_empty(), "{usable:?}");
    let now = step(&client, "extensions_restore", &restored).await;
    let skills = listed(&client, &now, &all).await;
    assert_eq!(
        named(&skills),
        [("sort-mail", "active"), ("write-mail", "active")]
    );

    let now = step(&client, "extensions_update", &package(NAME, "1.1.0")).await;
    let skills = listed(&client, &now, &all).await;
    assert_eq!(named(&skills), [("write-mail", "active")]);
    assert_eq!(skills[0]["version"], "1.1.0");
    let gone = refused(&client, "skills_installed_get", &id).await;
    assert_eq!(gone, (404, "NOT_FOUND".to_owned()));

    let now = step(&client, "extensions_update", &package(NAME, "1.2.0")).await;
    assert!(listed(&client, &now, &all).await.is_empty());
    step(&client, "extensions_uninstall", &package(NAME, "1.2.0")).await;
    let now = step(&client, "extensions_install", &package(NAME, "1.0.0")).await;
    let again = listed(&client, &now, &all).await;
    assert_eq!(again[0]["skillId"], id["skillId"], "an id is for ever");
    let now = step(&client, "extensions_uninstall", &package(NAME, "1.0.0")).await;
    assert!(listed(&client, &now, &all).await.is_empty());
}

#[tokio::test]
async fn whatever_kind_a_package_is_its_skills_are_indexed_with_the_whole_closure() {
    let agent = Package::skill("@acme/mail-agent", "1.0.0")
        .with("kind", json!("agent"))
        .with_file(
            "skills/mail-agent/SKILL.md",
            &skill_file("run-mail", "Use to run."),
        )
        .needs(NAME, "^1.0.0");
    let packages = [
        agent.pack().unwrap(),
        bringing("1.0.0", &["write-mail"]).pack().unwrap(),
    ];
    let served = Served::with(&packages).await.unwrap();
    let client = served.client().unwrap();
    let install = package("@acme/mail-agent", "1.0.0");
    let now = step(&client, "extensions_install", &install).await;
    let skills = listed(&client, &now, &json!({})).await;
    assert_eq!(
        named(&skills),
        [("run-mail", "active"), ("write-mail", "active")]
    );
    assert_eq!(skills[0]["packageKind"], "agent");
    let of_package = listed(&client, &now, &json!({ "packageName": NAME })).await;
    assert_eq!(named(&of_package), [("write-mail", "active")]);
    let found = listed(&client, &now, &json!({ "query": "USE TO RUN" })).await;
    assert_eq!(named(&found), [("run-mail", "active")]);

    let url = served.database().url.as_str();
    let options = cinatra_eventstore::Options::default();
    let store = EventStore::open(url.parse().unwrap(), Arc::new(SystemClock), options)
        .await
        .unwrap();
    let options = cinatra_projections::Options::default();
    let beside = Projections::open(url.parse().unwrap(), store, options)
        .await
        .unwrap();
    for name in Projections::names() {
        let rebuilt = beside.rebuild(name, &|_| ()).await.unwrap();
        // What can be erased is not compared: equal histories need not come to equal rows.
        let is_equal = rebuilt.compared.map(|compared| compared.equal);
        let wanted = (name != "people").then_some(true);
        assert_eq!(is_equal, wanted, "{name}");
    }
    assert_eq!(listed(&client, &now, &json!({})).await, skills);
}

#[tokio::test]
async fn a_skill_that_cannot_be_read_is_left_out_and_told() {
    let hostile = bringing("1.0.0", &["write-mail"])
        .with_file("skills/copy/SKILL.md", &skill_file("write-mail", "Twice."))
        .with_file("skills/huge/SKILL.md", &vec![b' '; 2 << 20])
        .with_file("skills/loud/SKILL.md", &skill_file("LOUD", "Loud."))
        .with_file("skills/torn/SKILL.md", b"---\nname: [\n---\n")
        .with_file(
            "skills/windows/SKILL.md",
            b"\xef\xbb\xbf---\r\nname: windows\r\n---\r\n",
        )
        .with_file("skills/zero/SKILL.md", b"---\nname: ze\0ro\n---\n");
    let served = Served::with(&[hostile.pack().unwrap()]).await.unwrap();
    let client = served.client().unwrap();
    let reply = call(&client, "extensions_install", &package(NAME, "1.0.0")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let warnings = reply.body["warnings"].as_array().unwrap();
    let mut codes: Vec<&str> = warnings
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .filter(|code| code.starts_with("SKILL_"))
        .collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "SKILL_FRONT_MATTER",
            "SKILL_NAME_DUPLICATE",
            "SKILL_NAME_FORM",
            "SKILL_UNREADABLE",
            "SKILL_UNREADABLE",
            "SKILL_UNREADABLE",
        ],
        "{}",
        reply.body
    );
    let skills = listed(&client, at(&reply), &json!({})).await;
    assert_eq!(
        named(&skills),
        [("windows", "active"), ("write-mail", "active")]
    );
}

#[tokio::test]
async fn a_skill_is_asked_for_by_its_id() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    for (id, expected) in [
        ("write-mail", (400, "INVALID_INPUT")),
        ("", (400, "INVALID_INPUT")),
        ("01234567-89ab-cdef-0123-456789abcdef", (404, "NOT_FOUND")),
    ] {
        let input = json!({ "skillId": id });
        let reply = call(&client, "skills_installed_get", &input).await;
        assert_eq!((reply.status, reply.code().unwrap()), expected, "{id}");
        if reply.status == 400 {
            assert_eq!(reply.body["error"]["details"]["field"], "skillId", "{id}");
        }
    }
}
