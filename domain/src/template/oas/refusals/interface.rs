//! What nodes and flows take and give.

use serde_json::{Value, json};

use super::*;

#[test]
fn flows_within_flows() {
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "a flow through itself",
            |d| {
                let again = json!({
                    "component_type": "FlowNode", "id": "again", "name": "Again",
                    "subflow": { "$component_ref": "inner" }
                });
                let inner = "/$referenced_components/inner";
                push(d, &format!("{inner}/nodes"), again);
            },
            &["FLOW_RECURSIVE"],
        ),
        (
            "no flow below",
            |d| {
                set(
                    d,
                    "/$referenced_components/child/subflow",
                    json!({ "$component_ref": "wait" }),
                );
            },
            &["SUBFLOW_NOT_A_FLOW"],
        ),
        (
            "nothing below",
            |d| remove(d, "/$referenced_components/child/subflow"),
            &["FIELD_MISSING"],
        ),
        (
            "a name of the flow below",
            |d| set(d, "/nodes/1", json!({ "$component_ref": "match" })),
            &[
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "REFERENCE_UNRESOLVED",
            ],
        ),
        (
            "inputs that the flow below does not have, and not those that it needs",
            |d| {
                set(
                    d,
                    "/$referenced_components/fallback/inputs",
                    json!([{ "title": "word" }]),
                );
            },
            &[
                "DATA_EDGE_INPUT_UNKNOWN",
                "SUBFLOW_INTERFACE",
                "SUBFLOW_INTERFACE",
            ],
        ),
        (
            "one name of two types",
            |d| {
                let inner = "/$referenced_components/inner/$referenced_components";
                set(
                    d,
                    &format!("{inner}/nothing/outputs/0"),
                    json!({ "title": "word", "type": "integer" }),
                );
            },
            &["FLOW_OUTPUT_MISSING", "OUTPUT_TYPES_DIFFER"],
        ),
        (
            "gates of nobody",
            |d| {
                let steps = "/$referenced_components/child/metadata/cinatra/gateSteps";
                set(d, &format!("{steps}/0/hitlOwnedBy"), "parent");
                set(d, &format!("{steps}/0/a2uiSurfaceIdOverride"), "x");
                push(d, steps, json!("Choose"));
            },
            &[
                "FIELD_TYPE",
                "HITL_OWNER_UNKNOWN",
                "SURFACE_OVERRIDE_MISPLACED",
            ],
        ),
        (
            "a template that calls its inputs otherwise",
            |d| {
                let inner = "/$referenced_components/inner/$referenced_components";
                set(
                    d,
                    &format!("{inner}/test/input_mapping"),
                    json!({ "matches": "found" }),
                );
            },
            &["INPUT_MAPPING_NOT_SUPPORTED"],
        ),
    ];
    each(NESTED, cases);
}

#[test]
fn inputs_and_outputs() {
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "two answers",
            |d| {
                let outputs = json!([{ "title": "answer", "type": "string" }, { "title": "b", "type": "string" }]);
                set(d, "/$referenced_components/gate/outputs", outputs);
            },
            &["INTERFACE_COUNT"],
        ),
        (
            "no answer",
            |d| set(d, "/$referenced_components/gate/outputs", json!([])),
            &[
                "DATA_EDGE_OUTPUT_UNKNOWN",
                "DATA_EDGE_OUTPUT_UNKNOWN",
                "DATA_EDGE_OUTPUT_UNKNOWN",
                "DATA_EDGE_OUTPUT_UNKNOWN",
                "MISSING_INPUT_MESSAGE_OUTPUT",
            ],
        ),
        (
            "an answer of another type",
            |d| set(d, "/$referenced_components/gate/outputs/0/type", "integer"),
            &["INPUT_MESSAGE_OUTPUT_TYPE"],
        ),
        (
            "an output of what only speaks",
            |d| {
                set(
                    d,
                    "/$referenced_components/say/outputs",
                    json!([{ "title": "a" }]),
                );
            },
            &["INTERFACE_COUNT"],
        ),
        (
            "a placeholder that is no input",
            |d| set(d, "/$referenced_components/say/inputs", json!([])),
            &["DATA_EDGE_INPUT_UNKNOWN", "OAS-RUNTIME-001"],
        ),
        (
            "a default of another type",
            |d| set(d, "/$referenced_components/gate/inputs/0/default", "none"),
            &["PROPERTY_DEFAULT"],
        ),
    ];
    each(LOOP, cases);
}

#[test]
fn properties() {
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "more inputs than anybody reads",
            |d| {
                let inputs = (0..1_001).map(|n| json!({ "title": format!("i{n}"), "default": n }));
                let inputs: Vec<Value> = inputs.collect();
                set(d, "/$referenced_components/deliver/inputs", inputs);
            },
            &[
                "DATA_EDGE_INPUT_UNKNOWN",
                "OAS-RUNTIME-001",
                "PROPERTY_LIMIT",
            ],
        ),
        (
            "a title with a blank",
            |d| set(d, "/$referenced_components/gate/inputs/1/title", "last one"),
            &["PROPERTY_TITLE"],
        ),
        (
            "no title, no schema, two of a name",
            |d| {
                let inputs = json!([{ "title": "" }, 7, { "title": "count", "type": "whole" }, { "title": "count" }]);
                set(d, "/$referenced_components/gate/inputs", inputs);
            },
            &[
                "DATA_EDGE_TYPES",
                "FIELD_TYPE",
                "PROPERTY_DUPLICATE",
                "PROPERTY_SCHEMA",
                "PROPERTY_TITLE",
            ],
        ),
        (
            "an end that gives other than it takes",
            |d| {
                set(
                    d,
                    "/$referenced_components/end/outputs",
                    json!([{ "title": "reply" }]),
                );
            },
            &["FLOW_OUTPUT_MISSING", "INTERFACE_DIFFERS"],
        ),
        (
            "an output that no end gives",
            |d| push(d, "/outputs", json!({ "title": "more", "type": "string" })),
            &["FLOW_OUTPUT_MISSING"],
        ),
        (
            "inputs that the start does not have",
            |d| {
                set(d, "/inputs", json!([{ "title": "guest" }]));
                set(
                    d,
                    "/$referenced_components/start/inputs",
                    json!([{ "title": "host" }]),
                );
            },
            &["FLOW_INPUTS_DIFFER"],
        ),
        (
            "a call to nowhere",
            |d| {
                remove(d, "/$referenced_components/deliver/url");
                remove(d, "/$referenced_components/deliver/http_method");
                set(
                    d,
                    "/$referenced_components/deliver/sensitive_headers",
                    json!({ "X-Trial": "" }),
                );
            },
            &["FIELD_MISSING", "FIELD_MISSING", "HEADER_DUPLICATE"],
        ),
    ];
    each(LOOP, cases);
}
