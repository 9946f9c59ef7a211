//! Nodes of other types, slots and names.

use serde_json::{Value, json};

use super::*;

#[test]
fn nodes_that_are_not_supported_are_named() {
    for (component_type, more) in [
        ("LlmNode", json!({})),
        (
            "AgentNode",
            json!({ "agent": { "component_type": "Agent" } }),
        ),
        ("ToolNode", json!({})),
        ("MapNode", json!({})),
        ("ParallelMapNode", json!({})),
        ("ParallelFlowNode", json!({ "subflows": [] })),
        ("CatchExceptionNode", json!({})),
        ("SomethingElse", json!({})),
    ] {
        let refused = changed(SINGLE, |document| {
            let mut node = more.clone();
            node["component_type"] = component_type.into();
            node["id"] = "greet".into();
            set(document, "/$referenced_components/greet", node);
        });
        let findings = refused.unwrap_err().findings;
        let mut blockers = findings.iter().filter(|f| f.severity == Severity::Blocker);
        let (Some(only), None) = (blockers.next(), blockers.next()) else {
            panic!("{component_type}: {findings:?}");
        };
        assert_eq!(only.code, "NODE_TYPE_NOT_SUPPORTED");
        assert_eq!(only.node_id.as_deref(), Some("greet"));
        assert!(only.message.contains(component_type), "{}", only.message);
    }
    let nameless = changed(SINGLE, |document| {
        remove(document, "/$referenced_components/greet/component_type");
    });
    let findings = nameless.unwrap_err().findings;
    assert_eq!(
        codes(&findings, Severity::Blocker),
        ["NODE_TYPE_NOT_SUPPORTED"]
    );
}

#[test]
fn an_agent_of_this_instance_is_no_node() {
    let internal = faults(SINGLE, |document| {
        let node = json!({
            "component_type": "AgentNode", "id": "greet",
            "agent": { "component_type": "A2AAgent", "agent_url": "{{CINATRA_BASE_URL}}/agents/a" }
        });
        set(document, "/$referenced_components/greet", node);
    });
    assert_eq!(internal, ["NODE_TYPE_NOT_SUPPORTED", "OAS-RUNTIME-008"]);
}

#[test]
fn a_wait_for_a_trigger_that_a_run_comes_by() {
    let reached = faults(SINGLE, |document| {
        let node = json!({ "component_type": "TriggerWaitNode", "id": "wait", "name": "Wait" });
        push(document, "/nodes", node.clone());
        set(
            document,
            "/control_flow_connections/0/to_node",
            node.clone(),
        );
        let mut edge = document["control_flow_connections"][1].clone();
        edge["from_node"] = node;
        push(document, "/control_flow_connections", edge);
    });
    assert_eq!(reached, ["NODE_TYPE_NOT_SUPPORTED"]);
}

#[test]
fn slots() {
    let slot = |change: fn(&mut Value)| {
        let refused = changed(NESTED, |document| {
            change(
                document
                    .pointer_mut("/metadata/cinatra/contextSlots/0")
                    .unwrap(),
            );
        });
        let findings = refused.unwrap_err().findings;
        let of = findings
            .into_iter()
            .filter(|f| f.code == "CONTEXT_SLOT_INVALID");
        of.map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(
        slot(|slot| set(slot, "/minItems", 6)),
        ["minItems is greater than maxItems"]
    );
    assert_eq!(
        slot(|slot| set(slot, "/colour", "red")),
        ["colour means nothing"]
    );
    assert_eq!(slot(|slot| *slot = json!({})).len(), 4);
    assert_eq!(slot(|slot| *slot = json!("voice")), ["is not an object"]);
    let accepted = |slot: &mut Value| set(slot, "/acceptedArtifactExtensions", json!(["voice", 7]));
    assert_eq!(slot(accepted).len(), 2);
    let twice = faults(NESTED, |document| {
        let slot = document["metadata"]["cinatra"]["contextSlots"][0].clone();
        push(document, "/metadata/cinatra/contextSlots", slot);
    });
    assert_eq!(twice, ["CONTEXT_SLOT_INVALID"]);
    let no_list = faults(NESTED, |document| {
        set(document, "/metadata/cinatra/contextSlots", json!({}));
    });
    assert_eq!(no_list, ["CONTEXT_SLOT_INVALID"]);
}

#[test]
fn the_name_of_the_agent_that_chooses_is_taken() {
    let package = Package {
        name: "@acme/context-selection-agent",
        ..package()
    };
    let refused = compile(SINGLE.as_bytes(), &package).unwrap_err();
    assert_eq!(
        codes(&refused.findings, Severity::Blocker),
        ["PACKAGE_NAME_RESERVED"]
    );
}
