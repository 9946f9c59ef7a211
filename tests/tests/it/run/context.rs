//! Slots of a run's agent: declared, asked for, bound, and what was bound is the run's to keep.

use cinatra_tests::places::project;
use cinatra_tests::{Flow, Package, Packed};
use serde_json::{Value, json};

use super::{answer, reaches, serving, start};
use crate::extension::{done, read, refused};

const CHOOSER: &str = "@acme/chooser-agent";

/// Looks for notes, lets somebody choose among them, and binds what they chose.
fn chooser(selection_mode: &str, min_items: u32) -> Packed {
    let slot = |more: &Value| {
        let mut data = json!({ "parentRunId": "", "parentPackageName": CHOOSER,
            "slotId": "notes", "projectId": "" });
        for (name, value) in more.as_object().unwrap() {
            data[name] = value.clone();
        }
        data
    };
    let at = |path: &str| format!("{{{{CINATRA_BASE_URL}}}}/api/{path}");
    let binding = json!({ "selectionMode": selection_mode, "userResponse": "{{ answer }}" });
    let flow = Flow::of("chooser", &["guest"])
        .calls("resolve", &at("context-resolve"), &slot(&json!({})))
        .asks("choose")
        .calls("bind", &at("context-finalize"), &slot(&binding))
        .feeds("choose", "answer", "bind", "answer")
        .answers("bound", "bind", "contextSlotBindings");
    let list =
        |title: &str| json!([{ "title": title, "type": "array", "items": { "type": "object" } }]);
    let mut flow = flow.document();
    flow["metadata"]["cinatra"]["contextSlots"] = json!([{ "slotId": "notes",
        "acceptedArtifactExtensions": ["@acme/note-artifact"], "selectionMode": selection_mode,
        "resolutionMode": "accumulate", "minItems": min_items }]);
    flow["outputs"] = list("bound");
    let nodes = &mut flow["$referenced_components"];
    nodes["resolve"]["outputs"] = list("candidates");
    nodes["bind"]["outputs"] = list("contextSlotBindings");
    nodes["end"]["outputs"] = list("bound");
    Package::skill(CHOOSER, "1.0.0")
        .with("kind", json!("agent"))
        .with_file("cinatra/oas.json", flow.to_string().as_bytes())
        .pack()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_for_a_slot_is_remembered_with_the_run() {
    for (mode, by) in [("interactive", "user"), ("autonomous", "autonomous")] {
        let (served, ada) = serving(&[], &[chooser(mode, 0)]).await;
        let run = start(&ada.client, CHOOSER, &json!({ "guest": "Bob" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        let chosen =
            json!({ "slotId": "notes", "resolutionMode": "accumulate", "selectedRefs": [] });
        answer(&ada.client, &run, &chosen.to_string()).await;
        let over = reaches(&ada.client, &run, "completed").await;
        let bound = json!([{ "slotId": "notes", "refs": [] }]);
        assert_eq!(over["outputs"]["bound"], bound, "{mode}");
        let store = &served.server().app().backend().store;
        let report = cinatra_replay::run(store, run.parse().unwrap(), None).await;
        let report = serde_json::to_value(report.unwrap()).unwrap();
        let selections = report["run"]["selections"].as_array().unwrap();
        assert_eq!(selections.len(), 1, "{mode}: {selections:?}");
        assert_eq!(
            (
                &selections[0]["slot"],
                &selections[0]["selected_by"],
                &selections[0]["refs"]
            ),
            (&json!("notes"), &json!(by), &json!([]))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slot_does_not_take_ends_the_run_and_is_not_remembered() {
    let (served, ada) = serving(&[], &[chooser("interactive", 1)]).await;
    let other = json!({ "slotId": "files", "resolutionMode": "accumulate", "selectedRefs": [] });
    let none = json!({ "slotId": "notes", "resolutionMode": "accumulate", "selectedRefs": [] });
    for text in ["nonsense", &other.to_string(), &none.to_string()] {
        let run = start(&ada.client, CHOOSER, &json!({ "guest": "Bob" })).await;
        reaches(&ada.client, &run, "pending_approval").await;
        answer(&ada.client, &run, text).await;
        let failed = reaches(&ada.client, &run, "failed").await;
        assert_eq!(failed["failedNode"], "bind", "{text}: {failed}");
        let store = &served.server().app().backend().store;
        let report = cinatra_replay::run(store, run.parse().unwrap(), None).await;
        assert!(report.unwrap().run.unwrap().selections.is_empty());
    }
}

/// The flow that fills slots, as it is built in.
fn built_in() -> Value {
    let path = "commands/builtin/context-selection-agent/0.1.1/cinatra/oas.json";
    serde_json::from_slice(&std::fs::read(project().join(path)).unwrap()).unwrap()
}

/// A flow of one node, which goes through another flow: the built-in one for a slot of `agent`, or one that does.
fn through(id: &str, below: &Value, agent: &str, is_of: Option<&str>) -> Value {
    let reference = |id: &str| json!({ "$component_ref": id });
    let text = |title: &str, default: &str| json!({ "title": title, "type": "string", "default": default });
    let list =
        json!([{ "title": "contextSlotBindings", "type": "array", "items": { "type": "object" } }]);
    let inputs = json!([
        text("cinatra_run_id", ""),
        text("agent", agent),
        text("slot", "notes"),
        text("parentRunId", ""),
        text("parentPackageName", agent),
        text("slotId", "notes")
    ]);
    let edge = |from: &str, output: &str, to: &str, input: &str| {
        json!({ "component_type": "DataFlowEdge", "name": format!("{from}_{output}_{to}_{input}"),
            "source_node": reference(from), "source_output": output,
            "destination_node": reference(to), "destination_input": input })
    };
    let control = |from: &str, to: &str| {
        json!({ "component_type": "ControlFlowEdge", "name": format!("{from}_{to}"),
            "from_node": reference(from), "to_node": reference(to) })
    };
    let wants = below["inputs"].as_array().unwrap().iter();
    let wants = wants
        .filter_map(|it| it["title"].as_str())
        .filter(|it| *it != "projectId");
    let fed: Vec<Value> = wants
        .map(|title| {
            let given = if title == "parentRunId" {
                "cinatra_run_id"
            } else {
                title
            };
            edge("start", given, "below", title)
        })
        .chain([edge(
            "below",
            "contextSlotBindings",
            "end",
            "contextSlotBindings",
        )])
        .collect();
    let block = is_of.map_or(json!({}), |name| json!({ "packageName": name }));
    json!({
        "agentspec_version": "26.1.0", "component_type": "Flow", "id": id, "name": id,
        "metadata": { "cinatra": { "type": "flow" } },
        "inputs": inputs, "outputs": list, "start_node": reference("start"),
        "nodes": [reference("start"), reference("below"), reference("end")],
        "control_flow_connections": [control("start", "below"), control("below", "end")],
        "data_flow_connections": fed,
        "$referenced_components": {
            "start": { "component_type": "StartNode", "id": "start", "name": "Start", "inputs": inputs,
                "metadata": { "cinatra": { "required": [] } } },
            "below": { "component_type": "FlowNode", "id": "below", "name": "Below", "subflow": below,
                "metadata": { "cinatra": block } },
            "end": { "component_type": "EndNode", "id": "end", "name": "End", "outputs": list },
        },
    })
}

fn packed(name: &str, flow: &Value) -> Packed {
    Package::skill(name, "1.0.0")
        .with("kind", json!("agent"))
        .with_file("cinatra/oas.json", flow.to_string().as_bytes())
        .pack()
        .unwrap()
}

/// Fills its slot through the built-in flow.
fn filler(mode: &str) -> Value {
    let mut flow = through("filler", &built_in(), CHOOSER, None);
    flow["metadata"]["cinatra"]["contextSlots"] = json!([{ "slotId": "notes",
        "acceptedArtifactExtensions": ["@acme/note-artifact"], "selectionMode": mode,
        "resolutionMode": "override" }]);
    flow
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_fills_its_slot_through_the_built_in_flow() {
    let bound = json!([{ "slotId": "notes", "refs": [] }]);
    for mode in ["autonomous", "interactive"] {
        let (_served, ada) = serving(&[], &[packed(CHOOSER, &filler(mode))]).await;
        let run = start(&ada.client, CHOOSER, &json!({})).await;
        if mode == "interactive" {
            let waiting = reaches(&ada.client, &run, "pending_approval").await;
            let gate = &waiting["openGate"];
            assert_eq!(
                gate["renderer"],
                "@cinatra-ai/context-selection-agent:context-selector"
            );
            assert_eq!(gate["values"]["candidates"], json!([]));
            assert_eq!(gate["values"]["slotMeta"]["slotId"], "notes");
            let chosen =
                json!({ "slotId": "notes", "resolutionMode": "override", "selectedRefs": [] });
            answer(&ada.client, &run, &chosen.to_string()).await;
        }
        let over = reaches(&ada.client, &run, "completed").await;
        assert_eq!(over["outputs"]["contextSlotBindings"], bound, "{mode}");
        let chosen = done(
            &ada.client,
            "agent_run_context_list",
            &json!({ "runId": run }),
        )
        .await;
        let by = if mode == "interactive" {
            "user"
        } else {
            "autonomous"
        };
        let items = chosen["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{chosen}");
        assert_eq!(
            (
                &items[0]["slotId"],
                &items[0]["selectedBy"],
                &items[0]["refs"]
            ),
            (&json!("notes"), &json!(by), &json!([]))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_within_another_fills_its_own_slot_and_no_other() {
    let parent = "@acme/pipeline-agent";
    let child = filler("autonomous");
    let composed = through("pipeline", &child, CHOOSER, Some(CHOOSER));
    // The same flow, of which nothing says whose it is.
    let stray = through("stray", &child, CHOOSER, None);
    let packages = [
        packed(CHOOSER, &child),
        packed(parent, &composed),
        packed("@acme/stray-agent", &stray),
    ];
    let (_served, ada) = serving(&[], &packages).await;
    let run = start(&ada.client, parent, &json!({})).await;
    let over = reaches(&ada.client, &run, "completed").await;
    let bound = json!([{ "slotId": "notes", "refs": [] }]);
    assert_eq!(over["outputs"]["contextSlotBindings"], bound);
    let run = start(&ada.client, "@acme/stray-agent", &json!({})).await;
    let failed = reaches(&ada.client, &run, "failed").await;
    assert_eq!(
        (&failed["errorCode"], &failed["failedNode"]),
        (&json!("call_failed"), &json!("below/below/resolve_context"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_go_into_a_slot_can_be_looked_at_before() {
    let (_served, ada) = serving(&[], &[packed(CHOOSER, &filler("autonomous"))]).await;
    let client = &ada.client;
    let expected = |slot: &Value| {
        json!({ "candidates": [], "selectedRefs": [], "selectionMode": "autonomous",
            "resolutionMode": "override", "slotMeta": slot })
    };
    let named = json!({ "packageName": CHOOSER, "slotId": "notes" });
    let preview = read(client, "context_resolve", &named).await;
    let slot = &preview["slotMeta"];
    assert_eq!(
        slot["acceptedArtifactExtensions"],
        json!(["@acme/note-artifact"])
    );
    assert_eq!(preview, expected(slot));
    let sent = json!({ "parentAgentOas": filler("autonomous"), "slotId": "notes" });
    assert_eq!(done(client, "context_resolve", &sent).await, preview);
    for (input, refusal) in [
        (
            json!({ "packageName": CHOOSER, "slotId": "files" }),
            (404, "NOT_FOUND"),
        ),
        (
            json!({ "packageName": "@acme/random-agent", "slotId": "notes" }),
            (404, "NOT_FOUND"),
        ),
        (json!({ "slotId": "notes" }), (400, "INVALID_INPUT")),
        (
            json!({ "packageName": CHOOSER, "parentAgentOas": {}, "slotId": "notes" }),
            (400, "INVALID_INPUT"),
        ),
        (
            json!({ "parentAgentOas": { "metadata": { "cinatra": { "contextSlots": [{}] } } },
                "slotId": "notes" }),
            (400, "INVALID_INPUT"),
        ),
    ] {
        let (status, code) = refused(client, "context_resolve", &input).await;
        assert_eq!((status, code.as_str()), refusal, "{input}");
    }
}
