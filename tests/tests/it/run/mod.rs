//! Runs over the public interface: agents execute, wait for people, and are watched.

mod ag_ui;
mod as_of;
mod bounds;
mod bulk_stop;
mod child;
mod command_line;
mod context;
pub(crate) mod dead_letter;
mod draft;
mod life;
mod model;
mod official;
mod place;
mod platform;
mod prompt;
mod race;
mod revocation;
mod route;
mod splits;
mod stopped;
mod stream;
mod worker;

use std::collections::BTreeSet;
use std::time::Duration;

use cinatra_tests::people::Person;
use cinatra_tests::served::Served;
use cinatra_tests::{Call, Client, Flow, Packed, Seen, Viewer};
use serde_json::{Value, json};

use crate::extension::{done, package};

pub(crate) const AGENT: &str = "@acme/asker-agent";

/// Says something, asks a person, and answers what they said.
pub(crate) fn asker() -> Packed {
    Flow::of("asker", &["guest"])
        .says("greet", "Hello, {{ guest }}!", &["guest"])
        .feeds("start", "guest", "greet", "guest")
        .asks("gate")
        .answers("said", "gate", "answer")
        .agent(AGENT, "1.0.0")
        .unwrap()
}

/// A server with agents installed, and whoever owns its organization.
pub(crate) async fn serving(variables: &[(&str, &str)], packages: &[Packed]) -> (Served, Person) {
    let served = Served::told_with(variables, packages).await.unwrap();
    let ada = served.first().await.unwrap();
    for packed in packages {
        let input = package(&packed.name, &packed.version);
        done(&ada.client, "extensions_install", &input).await;
    }
    (served, ada)
}

/// Starts a run; answers its id.
pub(crate) async fn start(client: &Client, agent: &str, inputs: &Value) -> String {
    let input = json!({ "packageName": agent, "inputParams": inputs.to_string() });
    let started = done(client, "agent_run", &input).await;
    assert_eq!(started["status"], "queued");
    started["runId"].as_str().unwrap().to_owned()
}

/// Where a run stands, once it stands there.
pub(crate) async fn reaches(client: &Client, run: &str, status: &str) -> Value {
    for _ in 0..3_500 {
        let input = json!({ "runId": run });
        let reply = client.call("agent_run_get", &input, Call::default());
        let reply = reply.await.unwrap();
        if reply.status == 200 && reply.body["status"] == status {
            return reply.body;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let now = done(client, "agent_run_get", &json!({ "runId": run })).await;
    panic!("never {status}: {now}");
}

/// Waits until a run asks at this gate.
pub(crate) async fn asks(client: &Client, run: &str, gate: &str) -> Value {
    for _ in 0..1_500 {
        let waiting = reaches(client, run, "pending_approval").await;
        if waiting["openGate"]["gateId"] == gate {
            return waiting;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{run} never asks at {gate}");
}

/// Answers the open gate.
pub(crate) async fn answer(client: &Client, run: &str, text: &str) -> Value {
    let input = json!({ "runId": run, "userResponse": text });
    done(client, "agent_run_resume", &input).await
}

/// The kinds of all events of a run that has ended, natively and on all channels. Both dialects are as they have to be.
pub(crate) async fn told(client: &Client, run: &str) -> Vec<Value> {
    let query = "?dialect=ag-ui";
    let mut viewer = Viewer::open(client, run, query, None).await.unwrap();
    is_well_formed(&viewer.take(usize::MAX).await.unwrap());
    let query = "?channels=ag-ui,a2ui";
    let mut viewer = Viewer::open(client, run, query, None).await.unwrap();
    let seen = viewer.take(usize::MAX).await.unwrap();
    is_well_formed(&seen);
    for (place, event) in seen.iter().enumerate() {
        let id = format!("1-{}", place + 1);
        assert_eq!(event.id.as_deref(), Some(id.as_str()), "a hole in {seen:?}");
    }
    seen.iter().map(Seen::value).collect()
}

/// A run begins before anything is told of it and ends once; what is open when it ends was closed before, and nothing is
/// closed that was not begun since.
fn is_well_formed(seen: &[Seen]) {
    let (mut is_running, mut open) = (false, BTreeSet::new());
    for event in seen {
        let value = event.value();
        let id = |field: &str| value[field].as_str().unwrap().to_owned();
        match event.kind().as_str() {
            "RUN_STARTED" => {
                assert!(!is_running, "begun twice: {seen:?}");
                is_running = true;
            }
            "RUN_ERROR" if !is_running => {}
            "RUN_FINISHED" | "RUN_ERROR" => {
                assert!(
                    is_running && open.is_empty(),
                    "{open:?} at the end: {seen:?}"
                );
                is_running = false;
            }
            "TEXT_MESSAGE_START" => assert!(open.insert(id("messageId")), "{seen:?}"),
            "TEXT_MESSAGE_CONTENT" => assert!(open.contains(&id("messageId")), "{seen:?}"),
            "TEXT_MESSAGE_END" => assert!(open.remove(&id("messageId")), "{seen:?}"),
            "TOOL_CALL_START" => assert!(open.insert(id("toolCallId")), "{seen:?}"),
            "TOOL_CALL_END" => assert!(open.remove(&id("toolCallId")), "{seen:?}"),
            _ => assert!(is_running || value["type"].is_null(), "{seen:?}"),
        }
    }
    assert!(!is_running, "never ended: {seen:?}");
}

/// The kinds of events among those that have one.
pub(crate) fn kinds(told: &[Value]) -> Vec<&str> {
    let kinds = told.iter().filter_map(|event| event["type"].as_str());
    kinds.collect()
}
