//! Installed agents as something that runs: what was taken down with the install, and what is said in their runs.

use cinatra_tests::{Client, Flow, Package, Packed};
use serde_json::{Value, json};

use crate::extension::{done, package, refused};
use crate::run::{AGENT, answer, asker, reaches, serving, start};

/// What a read model shows, once it shows that.
async fn shows(client: &Client, name: &str, input: &Value, is_there: fn(&Value) -> bool) -> Value {
    let mut shown = Value::Null;
    for _ in 0..500 {
        shown = done(client, name, input).await;
        if is_there(&shown) {
            return shown;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{name} never shows it: {shown}");
}

/// Two things keep it from running.
fn broken() -> Packed {
    let flow = Flow::of("broken", &["guest"])
        .says("greet", "Hello, {{ guest }}!", &["guest"])
        .feeds("start", "guest", "greet", "guest")
        .asks("gate")
        .answers("said", "gate", "answer");
    let mut flow = flow.document();
    flow["$referenced_components"]["greet"]["component_type"] = "MapNode".into();
    flow["data_flow_connections"][1]["source_output"] = "nothing".into();
    Package::skill("@acme/broken-agent", "1.0.0")
        .with("kind", json!("agent"))
        .with_file("cinatra/oas.json", flow.to_string().as_bytes())
        .pack()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_taken_down_with_its_install_and_forgotten_with_its_removal() {
    let newer = Flow::of("asker", &["guest", "place"])
        .asks("gate")
        .answers("said", "gate", "answer")
        .agent(AGENT, "2.0.0")
        .unwrap();
    let (served, ada) = serving(&[], &[asker()]).await;
    let named = json!({ "packageName": AGENT });
    let all = json!({});
    let listed = shows(&ada.client, "agent_list", &all, |it| {
        it["items"][0].is_object()
    })
    .await;
    let agent = &listed["items"][0];
    assert_eq!(
        (&agent["packageName"], &agent["status"], &agent["snapshots"]),
        (&json!(AGENT), &json!("active"), &json!(1))
    );
    assert!(agent["currentSnapshotId"].is_string() && agent["firstRunId"].is_null());
    let by_id = json!({ "templateId": agent["templateId"] });
    let detail = done(&ada.client, "agent_get", &by_id).await;
    assert_eq!(detail["flow"]["inputSchema"]["required"], json!(["guest"]));
    let answers = &detail["flow"]["outputSchema"]["properties"];
    assert!(answers["said"].is_object(), "{detail}");
    let first = agent["currentSnapshotId"].clone();
    // A run pins what was taken down, not another.
    let run = start(&ada.client, AGENT, &json!({ "guest": "Bob" })).await;
    let waiting = reaches(&ada.client, &run, "pending_approval").await;
    assert_eq!(waiting["snapshotId"], first);

    cinatra_tests::registry::publish_into(&served.registry(), &newer).unwrap();
    done(&ada.client, "extensions_update", &package(AGENT, "2.0.0")).await;
    let is_newer = |it: &Value| it["version"] == "2.0.0";
    let detail = shows(&ada.client, "agent_get", &named, is_newer).await;
    assert_ne!(detail["currentSnapshotId"], first);
    assert_eq!(detail["firstRunId"], json!(run));
    let required = &detail["flow"]["inputSchema"]["required"];
    assert_eq!(required, &json!(["guest", "place"]));
    let page = |cursor: &Value| json!({ "packageName": AGENT, "limit": 1, "cursor": cursor });
    let mut versions = Vec::new();
    let mut input = json!({ "packageName": AGENT, "limit": 1 });
    loop {
        let listed = done(&ada.client, "agent_version_list", &input).await;
        versions.push(listed["items"][0]["version"].clone());
        if listed["nextCursor"].is_null() {
            break;
        }
        input = page(&listed["nextCursor"]);
    }
    assert_eq!(versions, ["2.0.0", "1.0.0"]);
    let counts = done(&ada.client, "agent_run_counts", &named).await;
    let expected = json!([{ "packageName": AGENT, "status": "pending_approval", "runs": 1 }]);
    assert_eq!(counts["items"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_used_goes_whole_and_comes_back_anew() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let named = json!({ "packageName": AGENT });
    let all = json!({});
    for _ in 0..2 {
        let listed = shows(&ada.client, "agent_list", &all, |it| {
            it["items"][0].is_object()
        });
        assert_eq!(listed.await["items"][0]["snapshots"], 1);
        let removed = done(
            &ada.client,
            "extensions_uninstall",
            &package(AGENT, "1.0.0"),
        )
        .await;
        assert_eq!(removed["outcome"], "deleted", "a snapshot is no use");
        let is_empty = |it: &Value| it["items"] == json!([]);
        shows(&ada.client, "agent_list", &all, is_empty).await;
        assert_eq!(refused(&ada.client, "agent_get", &named).await.0, 404);
        done(&ada.client, "extensions_install", &package(AGENT, "1.0.0")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_compile_is_installed_with_everything_that_is_wrong_and_never_runs() {
    let (served, ada) = serving(&[], &[]).await;
    cinatra_tests::registry::publish_into(&served.registry(), &broken()).unwrap();
    let input = package("@acme/broken-agent", "1.0.0");
    let installed = done(&ada.client, "extensions_install", &input).await;
    let warnings = installed["warnings"].as_array().unwrap().iter();
    let told = warnings.filter(|warning| warning["code"] == "AGENT_NOT_RUNNABLE");
    let told: Vec<&str> = told.map(|it| it["message"].as_str().unwrap()).collect();
    for code in ["NODE_TYPE_NOT_SUPPORTED", "DATA_EDGE_OUTPUT_UNKNOWN"] {
        assert!(told.iter().any(|it| it.contains(code)), "{code}: {told:?}");
    }
    let input = json!({ "packageName": "@acme/broken-agent" });
    let is_listed = |it: &Value| it["items"][0].is_object();
    shows(&ada.client, "agent_list", &json!({}), is_listed).await;
    let detail = done(&ada.client, "agent_get", &input).await;
    assert_eq!(
        (&detail["status"], &detail["flow"]),
        (&json!("absent"), &json!(null))
    );
    let refusal = refused(&ada.client, "agent_run", &input).await;
    assert_eq!(refusal, (422, "AGENT_NOT_RUNNABLE".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_in_a_run_is_listed_in_order_page_by_page() {
    let (_served, ada) = serving(&[], &[asker()]).await;
    let run = start(&ada.client, AGENT, &json!({})).await;
    reaches(&ada.client, &run, "pending_approval").await;
    answer(&ada.client, &run, "{\"guest\": \"Bob\"}").await;
    let at_the_gate = |it: &Value| it["openGate"]["node"] == "gate";
    let named = json!({ "runId": run });
    shows(&ada.client, "agent_run_get", &named, at_the_gate).await;
    answer(&ada.client, &run, "yes, 🎬").await;
    reaches(&ada.client, &run, "completed").await;
    let expected = [
        ("user", "setup", "{\"guest\":\"Bob\"}"),
        ("assistant", "assistant", "Hello, Bob!"),
        ("user", "user", "yes, 🎬"),
        ("system", "final", "{\"said\":\"yes, 🎬\"}"),
    ];
    let whole = done(&ada.client, "agent_run_messages_list", &named).await;
    let said = |it: &Value| {
        let field = |name: &str| it[name].as_str().unwrap().to_owned();
        (field("role"), field("messageType"), field("body"))
    };
    let items = whole["items"].as_array().unwrap();
    let all: Vec<_> = items.iter().map(said).collect();
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(all, expected);
    assert_eq!(whole["runStatus"], "completed");
    let (mut paged, mut input) = (Vec::new(), json!({ "runId": run, "limit": 1 }));
    loop {
        let page = done(&ada.client, "agent_run_messages_list", &input).await;
        paged.extend(page["items"].as_array().unwrap().iter().cloned());
        if page["nextCursor"].is_null() {
            break;
        }
        input["cursor"] = page["nextCursor"].clone();
    }
    assert_eq!(&paged, items);
    let only = json!({ "runId": run, "messageType": "user" });
    let only = done(&ada.client, "agent_run_messages_list", &only).await;
    assert_eq!(only["items"], json!([items[2]]));
    let foreign = json!({ "runId": run, "cursor": "nonsense" });
    let refusal = refused(&ada.client, "agent_run_messages_list", &foreign).await;
    assert_eq!(refusal.0, 400);
}
