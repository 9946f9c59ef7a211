//! What the README tells newcomers to type.

use std::path::Path;
use std::process::Output;

use cinatra_tests::people::{PASSWORD, secret_of_mail};
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::publish_into;
use cinatra_tests::{Database, Node, Package, Start};
use serde_json::{Value, json};

use crate::cli::{answered, mode, out, typed};
use crate::extension::package;

const NAME: &str = "@acme/hello-skill";

async fn node(home: &Path) -> (Node, Start) {
    let registry = home.join("packages");
    for version in ["1.0.0", "1.1.0"] {
        publish_into(&registry, &Package::skill(NAME, version).pack().unwrap()).unwrap();
    }
    let database = Database::fresh().await.unwrap();
    let start =
        Start::serve(home, &database.url).registry(format!("directory:{}", registry.display()));
    let node = Node::start(start.clone().token("unused")).await.unwrap();
    (node, start)
}

fn sign_up(start: &Start, name: &str) {
    let email = format!("{}@example.test", name.to_lowercase());
    let arguments = ["sign-up", "--name", name, "--email", &email];
    let output = typed(start, &arguments, PASSWORD);
    assert!(output.status.success(), "{}", out(&output));
}

fn parse(output: &Output) -> Value {
    assert!(output.status.success(), "{}", out(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_read_shows_what_the_same_folder_did_before() {
    let home = Scratch::new("readme").unwrap();
    let (node, start) = node(home.path()).await;
    sign_up(&start, "Ada");
    let file = home.path().join("position");
    let first = || {
        let text = std::fs::read_to_string(&file).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    answered(&start, "extensions_install", &package(NAME, "1.0.0"));
    let installed = first();
    assert_eq!(mode(&file), 0o600);
    let update = package(NAME, "1.1.0").to_string();
    let updated = start.run(&["call", "extensions_update", &update]).unwrap();
    assert!(out(&updated).contains(&format!("at {}", first())));
    assert_ne!(first(), installed);
    let listed = answered(&start, "extensions_list", &json!({}));
    assert_eq!(listed["items"][0]["version"], "1.1.0", "{listed}");

    // It is asked for what is remembered, of which there is less; and for what is said instead.
    let (ledger, _) = installed.split_once(':').unwrap();
    std::fs::write(&file, format!("{ledger}:1000000\n")).unwrap();
    let list = ["call", "extensions_list", "--strict"];
    let stale = start.run(&list).unwrap();
    assert_eq!(stale.status.code(), Some(6), "{}", out(&stale));
    assert!(out(&stale).contains("STALE_READ"), "{}", out(&stale));
    let said = [&list[..], &["--min-pos", &installed]].concat();
    parse(&start.run(&said).unwrap());
    // A ledger that the credential does not act in is no obstacle.
    let foreign = "01a20170-61d3-7004-9d22-46000e86bb16:5\n";
    std::fs::write(&file, foreign).unwrap();
    parse(&start.run(&list).unwrap());
    assert!(first().starts_with(ledger));

    let left = start.run(&["sign-out"]).unwrap();
    assert!(left.status.success() && !file.exists(), "{}", out(&left));
    node.stop().unwrap();
}

#[tokio::test]
async fn two_persons_come_together_each_in_a_home_of_their_own() {
    let home = Scratch::new("readme").unwrap();
    let (node, ada) = node(home.path()).await;
    sign_up(&ada, "Ada");
    let first = answered(&ada, "users_me", &json!({}))["activeOrganizationId"].clone();
    let acme = json!({ "name": "Acme", "slug": "acme" });
    let acme = answered(&ada, "organizations_create", &acme)["organizationId"].clone();
    let there = json!({ "organizationId": acme });
    answered(&ada, "sessions_select_organization", &there);
    let invite = json!({ "email": "bob@example.test", "role": "member" });
    answered(&ada, "permissions_members_invite", &invite);

    let mut bob = Start::up(&home.path().join("bob"));
    bob.url = Some(node.url().to_owned());
    sign_up(&bob, "Bob");
    let nowhere = bob.run(&["call", "extensions_list"]).unwrap();
    assert_eq!(nowhere.status.code(), Some(4), "{}", out(&nowhere));
    let said = out(&nowhere);
    assert!(said.contains("sessions_select_organization"), "{said}");
    let secret = secret_of_mail(home.path(), "bob@example.test", "invitations_accept").await;
    let accept = json!({ "token": secret.unwrap() });
    answered(&bob, "invitations_accept", &accept);
    answered(&bob, "extensions_list", &json!({}));
    let me = answered(&bob, "users_me", &json!({}));
    assert_eq!(me["activeOrganizationId"], acme);
    // His session is for that server and for no other.
    bob.url = Some("http://127.0.0.1:1".to_owned());
    let elsewhere = bob.run(&["call", "users_me"]).unwrap();
    assert_eq!(elsewhere.status.code(), Some(3), "{}", out(&elsewhere));

    let role = json!({ "userId": me["userId"], "role": "admin" });
    answered(&ada, "permissions_members_update_role", &role);
    let members = answered(&ada, "permissions_members_list", &json!({}));
    let members = members["items"].as_array().unwrap();
    let his = members.iter().find(|row| row["userId"] == me["userId"]);
    assert_eq!(his.unwrap()["role"], "admin");

    // Of several ledgers one has to be named; the refusal names them.
    let which = ada.run(&["replay", "timeline", NAME]).unwrap();
    assert_eq!(which.status.code(), Some(2), "{}", out(&which));
    for organization in [&first, &acme] {
        let id = organization.as_str().unwrap();
        assert!(out(&which).contains(id), "{}", out(&which));
    }
    assert!(out(&which).contains("--ledger"), "{}", out(&which));
    node.stop().unwrap();
}
