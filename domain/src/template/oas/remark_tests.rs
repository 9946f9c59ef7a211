//! What is remarked and refuses nothing.

use serde_json::{Value, json};

use super::samples::*;

/// What is said of a sample after a change; it compiles all the same.
fn said(sample: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let findings = changed(sample, change).unwrap().findings;
    let mut codes: Vec<String> = findings.into_iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

/// What is said of a sample whose one call is changed.
fn of_call(key: &str, value: Value) -> Vec<String> {
    said(SINGLE, |document| {
        set(
            document,
            &format!("/$referenced_components/greet/{key}"),
            value,
        );
    })
}

#[test]
fn a_good_document_is_not_remarked_upon() {
    assert_eq!(compiled(SINGLE).findings, []);
    assert_eq!(compiled(LOOP).findings, []);
}

#[test]
fn a_credential_is_found_and_keeps_from_publishing() {
    let key = format!("Use sk-{} for that.", "a1".repeat(10));
    let leaked = changed(SINGLE, |document| {
        set(document, "/$referenced_components/greet/data/system", key);
    });
    let leaked = leaked.unwrap();
    let [blocker] = leaked.blockers().collect::<Vec<_>>()[..] else {
        panic!("one thing keeps it from being published");
    };
    assert_eq!(blocker.code, "literal_credential_detected");
    assert_eq!(blocker.node_id.as_deref(), Some("greet"));
    assert_eq!(blocker.path, "/$referenced_components/greet/data/system");
    assert!(!blocker.message.contains("sk-"));
}

#[test]
fn calls_are_looked_at() {
    assert_eq!(
        of_call("url", json!("https://example.org/api")),
        ["OAS-LLM-004", "untrusted_external_url"]
    );
    let ternary = json!("{{ agent_run_id ? agent_run_id : guest }}{{ guest }}{{ agent_run_id }}");
    let data = json!({ "agent_id": "a", "agent_run_id": "", "user": ternary });
    assert_eq!(of_call("data", data), ["OAS-RUNTIME-002"]);
    let data = json!({ "user": "{{ guest }}{{ agent_run_id }}" });
    assert_eq!(
        of_call("data", data),
        ["OAS-RUNTIME-004", "llm_bridge_missing_agent_id"]
    );
    let unknown = json!("{{SECRET_KEY}} {{ guest }}");
    assert_eq!(of_call("data/user", unknown), ["ENVIRONMENT_UNKNOWN"]);
}

#[test]
fn models_and_tools_are_looked_at() {
    let llm = |value: Value| {
        said(SINGLE, |document| {
            set(document, "/metadata/cinatra/llm", value);
        })
    };
    assert_eq!(llm(json!("gpt")), ["OAS-LLM-001"]);
    assert_eq!(
        llm(json!({ "preferredProvider": "nobody" })),
        ["OAS-LLM-001"]
    );
    assert_eq!(llm(json!({ "preferredModel": "" })), ["OAS-LLM-002"]);
    assert_eq!(llm(json!({ "capabilityRequired": 3 })), ["OAS-LLM-003"]);
    let unsaid = said(SINGLE, |document| {
        remove(document, "/metadata/cinatra/llm");
        remove(document, "/metadata/cinatra/toolboxes");
    });
    assert_eq!(unsaid, ["OAS-RUNTIME-006", "OAS-RUNTIME-007"]);
    let needless = said(LOOP, |document| {
        set(
            document,
            "/metadata/cinatra/llm",
            json!({ "preferredProvider": "openai" }),
        );
    });
    assert_eq!(needless, ["OAS-LLM-004"]);
}

#[test]
fn inputs_that_nobody_gives_and_nodes_that_nobody_reaches_are_told() {
    let unfed = said(SINGLE, |document| {
        remove(document, "/data_flow_connections/0");
    });
    assert_eq!(unfed, ["INPUT_WITHOUT_SOURCE"]);
    let unfed = said(SINGLE, |document| {
        remove(document, "/data_flow_connections/2");
    });
    assert_eq!(unfed, ["OAS-RUNTIME-005"]);
    let stray = said(LOOP, |document| {
        let stray = json!({
            "component_type": "OutputMessageNode", "id": "stray", "name": "Stray", "message": "Hm."
        });
        push(document, "/nodes", stray);
    });
    assert_eq!(stray, ["NODE_UNREACHABLE"]);
    let stuck = said(NESTED, |document| {
        remove(document, "/control_flow_connections/3");
        set(document, "/metadata/cinatra/contextSlots", json!([]));
        set(
            document,
            "/$referenced_components/start/metadata",
            json!({ "cinatra": { "required": [] } }),
        );
    });
    assert_eq!(stuck, ["BRANCH_UNWIRED"]);
}

#[test]
fn small_drifts_are_told() {
    let version = said(SINGLE, |document| {
        set(document, "/metadata/cinatra/packageVersion", "2.0.0");
    });
    assert_eq!(version, ["package_version_oas_pkg_drift"]);
    let number = said(LOOP, |document| {
        set(
            document,
            "/$referenced_components/gate/inputs/0/type",
            "number",
        );
    });
    assert_eq!(number, ["OAS-RUNTIME-003"]);
    let branch = said(SINGLE, |document| {
        set(document, "/control_flow_connections/1/from_branch", "later");
    });
    assert_eq!(branch, ["BRANCH_UNKNOWN", "BRANCH_UNWIRED"]);
    let twice = said(SINGLE, |document| {
        let edge = document["control_flow_connections"][1].clone();
        push(document, "/control_flow_connections", edge);
    });
    assert_eq!(twice, ["BRANCH_WIRED_TWICE"]);
    let again = said(SINGLE, |document| {
        push(document, "/nodes", json!({ "$component_ref": "greet" }));
    });
    assert_eq!(again, ["NODE_LISTED_AGAIN"]);
    let untitled = said(LOOP, |document| {
        push(
            document,
            "/$referenced_components/deliver/outputs",
            json!({}),
        );
    });
    assert_eq!(untitled, ["PROPERTY_TITLE"]);
    let wrapped = said(LOOP, |document| {
        set(
            document,
            "/$referenced_components/gate/inputs/0/json_schema",
            "integer",
        );
    });
    assert_eq!(wrapped, ["PROPERTY_SCHEMA"]);
    let key = said(SINGLE, |document| set(document, "/colour", "blue"));
    assert_eq!(key, ["FIELD_UNKNOWN"]);
    let needless = said(SINGLE, |document| {
        let inputs = json!([
            { "title": "guest" }, { "title": "agent_run_id" }, { "title": "more", "default": 1 }
        ]);
        set(document, "/$referenced_components/greet/inputs", inputs);
    });
    assert_eq!(needless, ["OAS-RUNTIME-001"]);
    let required = said(SINGLE, |document| {
        let place = "/$referenced_components/start/metadata/cinatra/required";
        set(document, place, json!(["guest", "host"]));
    });
    assert_eq!(required, ["REQUIRED_INPUT_UNKNOWN"]);
    let unsaid = said(SINGLE, |document| {
        remove(
            document,
            "/$referenced_components/start/metadata/cinatra/required",
        );
    });
    assert_eq!(unsaid, ["start_node_inputs_without_required"]);
    let slots = said(NESTED, |_| {});
    assert_eq!(
        slots,
        [
            "start_node_inputs_without_required",
            "CONTEXT_SELECTION_DRIFT"
        ]
    );
}
