//! What a plan and its derived fields say.

use serde_json::{Value, json};

use super::super::plan::{FlowIndex, NodeKind, Source, Wiring};
use super::samples::*;

#[test]
fn a_call_to_a_model_gets_what_the_flow_says_of_models_and_tools() {
    let compiled = compiled(SINGLE);
    let NodeKind::Api(api) = &compiled.plan.flows[0].nodes["greet"].kind else {
        panic!("greet is no call");
    };
    assert_eq!(
        (api.method.as_str(), api.url.as_str()),
        ("POST", "{{CINATRA_BASE_URL}}/api/llm-bridge")
    );
    assert_eq!(api.data["cinatra_llm"]["preferredModel"], "gpt-5.5");
    assert_eq!(api.data["toolbox_ids"], json!(["cinatra-mcp"]));
    assert_eq!(compiled.llm.unwrap()["preferredProvider"], "openai");
    assert_eq!(compiled.toolboxes, ["cinatra-mcp"]);
}

#[test]
fn what_a_call_says_itself_is_kept_and_the_nearest_flow_speaks_first() {
    let compiled = compiled(NESTED);
    let NodeKind::Api(api) = &compiled.plan.flows[2].nodes["ask"].kind else {
        panic!("ask is no call");
    };
    assert_eq!(api.data["toolbox_ids"], json!(["own"]));
    assert_eq!(
        api.data["cinatra_llm"],
        json!({ "preferredProvider": "anthropic" })
    );
}

#[test]
fn inputs_and_outputs_are_described_for_a_form() {
    let compiled = compiled(SINGLE);
    assert_eq!(
        compiled.input_schema,
        json!({
            "type": "object",
            "required": ["guest"],
            "properties": {
                "guest": {
                    "title": "Who comes",
                    "type": "string",
                    "format": "email",
                    "x-renderer": "@acme/greeter-agent:guest"
                },
                "agent_run_id": {
                    "title": "agent_run_id",
                    "type": "string",
                    "default": "",
                    "x-hidden": true
                }
            }
        })
    );
    assert_eq!(
        compiled.output_schema,
        json!({
            "type": "object",
            "required": ["greeting"],
            "properties": { "greeting": { "title": "greeting", "type": "string" } }
        })
    );
}

#[test]
fn what_is_wrapped_in_a_property_is_for_forms_and_binds_no_run() {
    let wrapped = json!({ "anyOf": [{ "required": ["name"] }], "items": { "type": "integer" } });
    let compiled = changed(SINGLE, |document| {
        let place = "/$referenced_components/start/inputs/0/json_schema";
        set(document, place, wrapped.clone());
    });
    let compiled = compiled.unwrap();
    let guest = &compiled.plan.flows[0].nodes["start"].outputs[0];
    assert_eq!(
        Value::Object(guest.schema.clone()),
        json!({ "type": "string" })
    );
    let shown = &compiled.input_schema["properties"]["guest"];
    assert_eq!(
        (&shown["items"], &shown["anyOf"], &shown["type"]),
        (&wrapped["items"], &wrapped["anyOf"], &json!("string"))
    );
}

#[test]
fn a_run_answers_only_what_its_flow_declares() {
    let compiled = changed(SINGLE, |document| {
        let more = json!({ "title": "more", "type": "string" });
        push(document, "/$referenced_components/end/outputs", more);
        let edge = json!({ "component_type": "DataFlowEdge", "name": "more",
            "source_node": { "$component_ref": "start" }, "source_output": "guest",
            "destination_node": { "$component_ref": "end" }, "destination_input": "more" });
        push(document, "/data_flow_connections", edge);
    });
    assert_eq!(
        compiled.unwrap().output_schema["required"],
        json!(["greeting"])
    );
}

#[test]
fn an_agent_says_what_it_brings_forth() {
    let compiled = compiled(SINGLE);
    assert_eq!(compiled.produced_packages, ["@acme/greeting-artifact"]);
    let [produced] = compiled.produced_types.as_slice() else {
        panic!("one type is produced");
    };
    assert_eq!(produced.object_type, "@acme/greeter-agent:greeting");
    assert_eq!(produced.identity_key.as_deref(), Some("text"));
}

#[test]
fn a_form_is_the_first_step_where_something_is_asked() {
    let steps = compiled(SINGLE).steps;
    assert_eq!((steps.len(), steps[0].step_number), (1, 0));
    assert_eq!(steps[0].node_type, StepType::Agent);
    let hidden = changed(SINGLE, |document| {
        let place = "/$referenced_components/start/metadata/cinatra/hidden";
        set(document, place, json!(["guest", "agent_run_id"]));
    });
    assert_eq!(hidden.unwrap().steps, []);
}

#[test]
fn a_question_keeps_what_the_author_said_of_it() {
    let compiled = compiled(LOOP);
    let NodeKind::InputMessage(question) = &compiled.plan.flows[0].nodes["gate"].kind else {
        panic!("gate asks nothing");
    };
    assert_eq!(question.output, "answer");
    assert_eq!(
        question.renderer.as_deref(),
        Some("@acme/trial-agent:input")
    );
    assert_eq!(question.visits_max, Some(25));
    assert!(question.shows_inputs && question.skips_when_known && !question.requires_approval);
    let last = &compiled.plan.flows[0].nodes["gate"].inputs[1];
    assert_eq!(last.default, Some(Value::Null));
    let step = &compiled.steps[0];
    assert_eq!(
        (step.step_number, step.node_type),
        (1, StepType::InputMessage)
    );
    assert_eq!(step.input_message_field.as_deref(), Some("answer"));
    assert_eq!(compiled.screens, ["@acme/trial-agent:input"]);
}

#[test]
fn a_loop_is_legal_and_an_input_may_have_two_sources() {
    let flow = &compiled(LOOP).plan.flows[0];
    assert_eq!(flow.next["deliver"]["next"], "gate");
    assert_eq!(flow.next["decide"]["again"], "deliver");
    let Wiring::Edges(edges) = &flow.wiring else {
        panic!("values go by edges");
    };
    let source = |node: &str| Source {
        node: node.to_owned(),
        output: "answer".to_owned(),
    };
    assert_eq!(edges["end"]["answer"], [source("gate"), source("deliver")]);
}

#[test]
fn what_has_an_effect_outside_waits_for_a_release() {
    let gated = compiled(LOOP).gated_steps;
    let told: Vec<_> = gated
        .iter()
        .map(|g| (g.step_id.as_str(), g.tool_name.as_str()))
        .collect();
    assert_eq!(told, [("gate", "test_send"), ("deliver", "trial_send")]);
    let manual = changed(LOOP, |document| {
        let block = "/$referenced_components/deliver/metadata/cinatra/sideEffects";
        set(document, block, false);
        let block = "/$referenced_components/gate/metadata/cinatra/sideEffects";
        set(document, block, true);
    });
    let gated = manual.unwrap().gated_steps;
    assert_eq!(
        (gated.len(), gated[0].inferred_or_manual.as_str()),
        (1, "manual")
    );
    let below = compiled(NESTED).gated_steps;
    assert_eq!(
        (below.len(), below[0].label.as_str(), below[0].step_number),
        (1, "Send", 2)
    );
}

#[test]
fn references_mean_what_is_nearest() {
    let plan = compiled(NESTED).plan;
    let ids: Vec<&str> = plan.flows.iter().map(|flow| flow.id.as_str()).collect();
    assert_eq!(ids, ["outer-flow", "inner-flow", "inline-flow"]);
    assert_eq!(plan.flows[1].nodes["start"].name, "Inner start");
    assert_eq!(
        plan.flows[0].nodes["child"].kind,
        NodeKind::Flow(FlowIndex(1))
    );
    assert_eq!(
        plan.flows[0].nodes["fallback"].kind,
        NodeKind::Flow(FlowIndex(2))
    );
}

#[test]
fn what_is_left_out_is_inferred() {
    let plan = compiled(NESTED).plan;
    let titles = |properties: &[super::super::plan::Property]| -> Vec<String> {
        properties
            .iter()
            .map(|property| property.title.clone())
            .collect()
    };
    let child = &plan.flows[0].nodes["child"];
    assert_eq!(titles(&child.inputs), ["text", "limit"]);
    assert_eq!(child.inputs[1].default, Some(json!(3)));
    assert_eq!(titles(&child.outputs), ["word"]);
    let inner = &plan.flows[1];
    assert_eq!(
        (titles(&inner.inputs), titles(&inner.outputs)),
        (vec!["text".into(), "limit".into()], vec!["word".into()])
    );
    assert_eq!(titles(&inner.nodes["match"].outputs), ["output"]);
    let inline = &plan.flows[2];
    assert_eq!(inline.wiring, Wiring::Names);
    assert_eq!(titles(&inline.nodes["start"].outputs), ["text", "limit"]);
    assert_eq!(titles(&inline.nodes["ask"].inputs), ["text"]);
    assert_eq!(titles(&inline.nodes["end"].inputs), ["word"]);
    let NodeKind::Branching { input, .. } = &compiled(LOOP).plan.flows[0].nodes["decide"].kind
    else {
        panic!("decide does not");
    };
    assert_eq!(input, "branching_mapping_key");
}

#[test]
fn a_wait_for_a_trigger_that_no_run_comes_by_is_left_out() {
    let plan = compiled(NESTED).plan;
    assert!(!plan.flows[0].nodes.contains_key("wait"));
    assert!(!plan.flows[0].next.contains_key("wait"));
}

#[test]
fn a_flow_below_has_its_steps_told_by_the_node() {
    let steps = compiled(NESTED).steps;
    let told: Vec<_> = steps
        .iter()
        .map(|s| (s.step_number, s.name.as_str(), s.gate_count))
        .collect();
    assert_eq!(told, [(1, "Choose", 2), (2, "Send", 1), (3, "Fallback", 1)]);
    assert_eq!(steps[0].hitl_owned_by, Some(HitlOwner::Itself));
    assert_eq!(steps[1].a2ui_surface_id.as_deref(), Some("finder:send"));
    let child = steps[0].child_agent.as_ref().unwrap();
    assert_eq!(child.package_name.as_deref(), Some("@acme/finder-agent"));
    assert_eq!(child.input_mapping["text"], "{{input_params.text}}");
}

#[test]
fn what_stands_in_the_flow_of_another_agent_acts_as_that_agent() {
    let at = |compiled: &Compiled, path: &[&str]| {
        let path: Vec<String> = path.iter().map(ToString::to_string).collect();
        compiled.agent_at(&path).map(str::to_owned)
    };
    let finder = Some("@acme/finder-agent".to_owned());
    let nested = compiled(NESTED);
    assert_eq!(at(&nested, &["child", "match"]), finder);
    assert_eq!(at(&nested, &["child"]), finder);
    assert_eq!(at(&nested, &["start"]), None);
    assert_eq!(at(&nested, &["nowhere", "match"]), None);
    let selecting = changed(NESTED, |document| {
        let place = "/$referenced_components/child/metadata/cinatra/packageName";
        set(document, place, "@cinatra-ai/context-selection-agent");
    });
    assert_eq!(at(&selecting.unwrap(), &["child", "match"]), None);
}

#[test]
fn types_that_are_brought_forth_may_be_listed_in_one_place() {
    let listed = changed(SINGLE, |document| {
        let types = json!(["@acme/greeter-agent:greeting", "@acme/note:note", { "object_type": "@acme/note:memo" }]);
        set(document, "/metadata/cinatra/producesObjectTypes", types);
    });
    let types = listed.unwrap().produced_types;
    let names: Vec<&str> = types.iter().map(|it| it.object_type.as_str()).collect();
    let expected = [
        "@acme/greeter-agent:greeting",
        "@acme/note:note",
        "@acme/note:memo",
    ];
    assert_eq!(names, expected);
}

#[test]
fn slots_are_read() {
    let slots = compiled(NESTED).slots;
    let slot = ContextSlot {
        slot_id: "voice".to_owned(),
        accepted_artifact_extensions: vec!["@acme/voice-artifact".to_owned()],
        selection_mode: SelectionMode::Interactive,
        resolution_mode: ResolutionMode::Accumulate,
        min_items: 0,
        max_items: Some(5),
        readable_only: false,
    };
    assert_eq!(slots, [slot]);
}

#[test]
fn what_runs_an_agent_decides_what_triggers_do() {
    let mode = |provider: Value| {
        let compiled = changed(SINGLE, |document| {
            set(document, "/metadata/cinatra/provider", provider);
        });
        compiled.unwrap().trigger_mode
    };
    assert_eq!(compiled(SINGLE).trigger_mode, TriggerMode::Full);
    assert_eq!(mode(json!("wayflow")), TriggerMode::Full);
    assert_eq!(mode(json!("elsewhere")), TriggerMode::StartOnly);
}

#[test]
fn components_may_be_written_where_they_are_used() {
    let inline = changed(SINGLE, |document| {
        let table = document["$referenced_components"].take();
        for (index, id) in ["start", "greet", "end"].into_iter().enumerate() {
            set(document, &format!("/nodes/{index}"), table[id].clone());
        }
        set(document, "/start_node", table["start"].clone());
        for (edge, from, to) in [(0, "start", "greet"), (1, "greet", "end")] {
            let edge = format!("/control_flow_connections/{edge}");
            set(document, &format!("{edge}/from_node"), table[from].clone());
            set(document, &format!("{edge}/to_node"), table[to].clone());
        }
        for (edge, from, to) in [
            (0, "start", "greet"),
            (1, "start", "greet"),
            (2, "greet", "end"),
        ] {
            let edge = format!("/data_flow_connections/{edge}");
            set(
                document,
                &format!("{edge}/source_node"),
                table[from].clone(),
            );
            set(
                document,
                &format!("{edge}/destination_node"),
                table[to].clone(),
            );
        }
        remove(document, "/$referenced_components");
    });
    assert_eq!(inline.unwrap().digest, compiled(SINGLE).digest);
}

#[test]
fn equal_documents_have_equal_digests_and_others_have_others() {
    for sample in SAMPLES {
        assert_eq!(compiled(sample), compiled(sample));
        let spaced = serde_json::from_str::<Value>(sample).unwrap().to_string();
        assert_eq!(compiled(&spaced).digest, compiled(sample).digest);
    }
    let other = changed(SINGLE, |document| {
        set(document, "/$referenced_components/greet/data/max_steps", 3);
    });
    assert_ne!(other.unwrap().digest, compiled(SINGLE).digest);
    assert_eq!(compiled(SINGLE).digest.len(), 64);
}

#[test]
fn a_byte_order_mark_means_nothing() {
    let marked = format!("\u{feff}{SINGLE}");
    assert!(compile(marked.as_bytes(), &package()).is_ok());
}
