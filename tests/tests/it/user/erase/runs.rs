//! What somebody typed into runs goes with them, and so does what agents made of it.

use cinatra_tests::people::{self, Person, done};
use cinatra_tests::places::Scratch;
use cinatra_tests::registry::publish_into;
use cinatra_tests::{Client, Database, Node, Start, Viewer};
use serde_json::{Value, json};

use super::gone;
use crate::columns::{Canary, columns};
use crate::extension::{package, refused};
use crate::run::{AGENT, answer, asker, reaches, start};
use crate::session::eventually;

const CANARY: &str = "canary-e2a5";

/// A run of the agent that waits for an answer.
async fn asking(client: &Client, guest: &str) -> String {
    let run = start(client, AGENT, &json!({ "guest": guest })).await;
    reaches(client, &run, "pending_approval").await;
    run
}

async fn share(owner: &Client, run: &str, with: &Person) {
    let grant = json!({ "resourceKind": "agent_run", "resourceId": run, "userId": with.user_id });
    done(owner, "permissions_co_owners_grant", &grant)
        .await
        .unwrap();
}

/// Everything into which a person can type: their own runs, an ended one and one that waits, and others' whose inputs they
/// change, and that they answer, reject and stop.
async fn type_into_everything(ada: &Client, bob: &Person) -> Vec<String> {
    let over = asking(&bob.client, CANARY).await;
    answer(&bob.client, &over, CANARY).await;
    reaches(&bob.client, &over, "completed").await;
    let mut runs = vec![over, asking(&bob.client, CANARY).await];
    let draft = done(ada, "agent_run_prepare", &json!({ "packageName": AGENT })).await;
    let draft = draft.unwrap()["runId"].as_str().unwrap().to_owned();
    share(ada, &draft, bob).await;
    let inputs = json!({ "runId": draft, "inputParams": json!({ "guest": CANARY }).to_string() });
    done(&bob.client, "agent_run_inputs_update", &inputs)
        .await
        .unwrap();
    runs.push(draft);
    let deeds = [
        (
            "agent_run_resume",
            json!({ "userResponse": CANARY, "approvalNote": CANARY }),
            "completed",
        ),
        ("agent_run_reject", json!({ "reason": CANARY }), "failed"),
        ("agent_run_stop", json!({ "reason": CANARY }), "stopped"),
    ];
    for (primitive, mut input, status) in deeds {
        let run = asking(ada, "Carl").await;
        share(ada, &run, bob).await;
        input["runId"] = json!(run);
        done(&bob.client, primitive, &input).await.unwrap();
        reaches(ada, &run, status).await;
        runs.push(run);
    }
    runs
}

async fn shown(database: &Database) -> Vec<String> {
    let (superuser, canary) = (database.superuser().await.unwrap(), Canary::new(CANARY));
    let columns = columns(&superuser).await.into_iter();
    columns
        .filter(|(_, text)| canary.is_in(text))
        .map(|(place, _)| place)
        .collect()
}

async fn listed(client: &Client) -> Vec<Value> {
    let listed = done(client, "agent_run_list", &json!({})).await.unwrap();
    let items = listed["items"].as_array().unwrap().iter();
    items.map(|item| item["runId"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_what_somebody_typed_into_runs() {
    let home = Scratch::new("typed").unwrap();
    let registry = home.path().join("packages");
    publish_into(&registry, &asker()).unwrap();
    let database = Database::fresh().await.unwrap();
    let start = Start::serve(home.path(), &database.url);
    let start = start.registry(format!("directory:{}", registry.display()));
    let node = Node::start(start).await.unwrap();
    let email = people::address("Ada");
    let ada = people::sign_in(node.url(), &email).await.unwrap();
    let install = package(AGENT, "1.0.0");
    done(&ada.client, "extensions_install", &install)
        .await
        .unwrap();
    let bob = ada.bring(home.path(), "Bob", "member").await.unwrap();
    let untouched = asking(&ada.client, "Carl").await;
    share(&ada.client, &untouched, &bob).await;
    let runs = type_into_everything(&ada.client, &bob).await;
    let before = shown(&database).await;
    for wanted in [
        "public.contents.bytes",
        "public.run_frames.data",
        "public.run_checkpoints.data",
    ] {
        assert!(before.iter().any(|place| place == wanted), "{before:?}");
    }

    done(&bob.client, "users_erase", &gone(&bob)).await.unwrap();
    eventually("it is gone from every column", async || {
        shown(&database).await.is_empty().then_some(())
    })
    .await;
    for arguments in [
        &["replay", "verify"][..],
        &["replay", "rebuild", "--all"],
        &["replay", "verify"],
    ] {
        let output = node.start_again().run(arguments).unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        assert!(!said.contains("DIFFERS"), "{said}");
        assert!(!Canary::new(CANARY).is_in(&said), "{said}");
    }
    assert_eq!(shown(&database).await, Vec::<String>::new());
    for run in &runs {
        let named = json!({ "runId": run });
        let refusal = refused(&ada.client, "agent_run_get", &named).await;
        assert_eq!(refusal.0, 404, "{run}");
        let viewer = Viewer::open(&ada.client, run, "", None).await.unwrap();
        assert_eq!(viewer.status, 404, "{run}");
    }
    // What they did not speak to goes on.
    assert_eq!(listed(&ada.client).await, [json!(untouched)]);
    answer(&ada.client, &untouched, "yes").await;
    reaches(&ada.client, &untouched, "completed").await;
    node.stop().unwrap();
}
