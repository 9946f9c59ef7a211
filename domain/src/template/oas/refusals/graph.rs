//! Starts, ends, edges and branches.

use serde_json::json;

use super::*;

#[test]
fn starts_and_ends() {
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "two starts",
            |d| {
                push(
                    d,
                    "/nodes",
                    json!({ "component_type": "StartNode", "id": "b", "name": "b" }),
                );
            },
            &["START_NODE_COUNT"],
        ),
        (
            "another start",
            |d| set(d, "/start_node", json!({ "$component_ref": "greet" })),
            &["START_NODE_OTHER"],
        ),
        (
            "no start_node",
            |d| remove(d, "/start_node"),
            &["FIELD_MISSING"],
        ),
        (
            "nothing after the start",
            |d| remove(d, "/control_flow_connections/0"),
            &["START_NODE_EDGES"],
        ),
        (
            "two edges from the start",
            |d| {
                let edge = d["control_flow_connections"][0].clone();
                push(d, "/control_flow_connections", edge);
            },
            &["START_NODE_EDGES"],
        ),
        (
            "back to the start",
            |d| {
                set(
                    d,
                    "/control_flow_connections/1/to_node",
                    json!({ "$component_ref": "start" }),
                );
            },
            &["END_NODE_NOT_ENTERED", "START_NODE_ENTERED"],
        ),
        (
            "no end",
            |d| {
                remove(d, "/nodes/2");
                remove(d, "/control_flow_connections/1");
                remove(d, "/data_flow_connections/2");
            },
            &["END_NODE_MISSING"],
        ),
        (
            "two ends at the root",
            |d| {
                let end = json!({
                    "component_type": "EndNode", "id": "b", "name": "b",
                    "outputs": [{ "title": "greeting", "type": "string" }]
                });
                push(d, "/nodes", end);
            },
            &["END_NODE_COUNT", "END_NODE_NOT_ENTERED"],
        ),
        (
            "beyond the end",
            |d| {
                let edge = json!({
                    "component_type": "ControlFlowEdge", "name": "x",
                    "from_node": { "$component_ref": "end" }, "to_node": { "$component_ref": "greet" }
                });
                push(d, "/control_flow_connections", edge);
            },
            &["END_NODE_LEFT"],
        ),
    ];
    each(SINGLE, cases);
}

#[test]
fn edges_and_branches() {
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "to a node of no list",
            |d| remove(d, "/nodes/3"),
            &[
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
            ],
        ),
        (
            "two nodes of one name",
            |d| {
                let node = d["$referenced_components"]["say"].clone();
                push(d, "/nodes", node);
            },
            &["NODE_ID_DUPLICATE"],
        ),
        (
            "a branch nowhere",
            |d| remove(d, "/control_flow_connections/2"),
            &["BRANCH_UNWIRED"],
        ),
        (
            "a branch that is none",
            |d| set(d, "/control_flow_connections/2/from_branch", "sometimes"),
            &["BRANCH_UNWIRED"],
        ),
        (
            "a branch to two nodes",
            |d| set(d, "/control_flow_connections/3/from_branch", "again"),
            &["BRANCH_UNWIRED", "BRANCH_WIRED_TWICE"],
        ),
        (
            "other branches than declared",
            |d| {
                set(
                    d,
                    "/$referenced_components/decide/branches",
                    json!(["default"]),
                );
            },
            &["BRANCHES_DIFFER"],
        ),
        (
            "no mapping",
            |d| remove(d, "/$referenced_components/decide/mapping"),
            &["FIELD_MISSING"],
        ),
        (
            "an edge of another type",
            |d| {
                set(
                    d,
                    "/data_flow_connections/0/component_type",
                    "ControlFlowEdge",
                );
            },
            &["EDGE_TYPE"],
        ),
        (
            "an output that is none",
            |d| set(d, "/data_flow_connections/0/source_output", "reply"),
            &["DATA_EDGE_OUTPUT_UNKNOWN"],
        ),
        (
            "an input that is none",
            |d| set(d, "/data_flow_connections/0/destination_input", "key"),
            &["DATA_EDGE_INPUT_UNKNOWN"],
        ),
        (
            "a value of another type",
            |d| {
                set(
                    d,
                    "/$referenced_components/deliver/outputs/1/type",
                    "object",
                );
            },
            &["DATA_EDGE_TYPES"],
        ),
        (
            "no output named",
            |d| remove(d, "/data_flow_connections/0/source_output"),
            &["DATA_EDGE_OUTPUT_UNKNOWN", "FIELD_MISSING"],
        ),
    ];
    each(LOOP, cases);
}

#[test]
fn deep_nesting_takes_no_stack() {
    let deep = changed(SINGLE, |document| {
        let mut inner = json!({ "$component_ref": "greet" });
        for level in 0..1_500 {
            let id = format!("flow-{level}");
            let flow = json!({
                "component_type": "Flow", "id": id, "name": id,
                "start_node": { "$component_ref": "s" },
                "nodes": [{ "$component_ref": "s" }, inner, { "$component_ref": "e" }],
                "control_flow_connections": [], "data_flow_connections": []
            });
            set(document, &format!("/$referenced_components/{id}"), flow);
            inner = json!({
                "component_type": "FlowNode", "id": "n", "name": "n",
                "subflow": { "$component_ref": id }
            });
        }
        set(document, "/nodes/1", inner);
    });
    assert!(deep.is_err());
}
