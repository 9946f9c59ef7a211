//! One node: what all nodes have, and what its type has.

use serde_json::{Map, Value};

use super::super::document::{
    ApiDocument, BASE_URL, NEXT, NodeDocument, NodeType, PropertyDocument, Renames,
};
use super::super::finding::{Findings, Place};
use super::super::scope::Component;
use super::flow::COMPONENT_KEYS;
use super::{Reader, block_of, field, property};

const NODE_KEYS: &[&str] = &["inputs", "outputs", "branches"];
const API_KEYS: &[&str] = &[
    "url",
    "http_method",
    "api_spec_uri",
    "data",
    "query_params",
    "headers",
    "sensitive_headers",
];
const RENAME_KEYS: &[&str] = &["input_mapping", "output_mapping"];

pub(super) fn read<'a>(
    reader: &mut Reader<'a, '_>,
    node: &Component<'a>,
    id: String,
) -> NodeDocument {
    let body = node.body;
    let place = node.place.clone().of_node(&id);
    let component_type = body.get("component_type").and_then(Value::as_str);
    let kind = kind(reader, node, &place, component_type.unwrap_or_default());
    let findings = &mut *reader.findings;
    let name = field::text(body, "name", &place, findings);
    let (inputs, outputs) = match kind {
        NodeType::Unsupported => (None, None),
        NodeType::Start
        | NodeType::End { .. }
        | NodeType::Api(_)
        | NodeType::InputMessage { .. }
        | NodeType::OutputMessage { .. }
        | NodeType::Branching { .. }
        | NodeType::Flow(_)
        | NodeType::Regex { .. }
        | NodeType::Template { .. }
        | NodeType::TriggerWait => interface(body, &place, findings),
    };
    NodeDocument {
        name: name.unwrap_or_else(|| id.clone()),
        description: field::text(body, "description", &place, findings),
        block: block_of(body),
        inputs,
        outputs,
        branches: field::texts(body, "branches", &place, findings).filter(|all| !all.is_empty()),
        kind,
        id,
        place,
    }
}

type Interface = (Option<Vec<PropertyDocument>>, Option<Vec<PropertyDocument>>);

fn interface(body: &Map<String, Value>, place: &Place, findings: &mut Findings) -> Interface {
    let inputs = property::list(body, "inputs", place, findings);
    let outputs = property::list(body, "outputs", place, findings);
    (inputs, outputs)
}

fn kind<'a>(
    reader: &mut Reader<'a, '_>,
    node: &Component<'a>,
    place: &Place,
    component_type: &str,
) -> NodeType {
    let body = node.body;
    let findings = &mut *reader.findings;
    let (kind, keys): (NodeType, &[&str]) = match component_type {
        "StartNode" => (NodeType::Start, &[]),
        "EndNode" => {
            let branch = field::text(body, "branch_name", place, findings);
            let branch = branch.unwrap_or_else(|| NEXT.to_owned());
            (NodeType::End { branch }, &["branch_name"])
        }
        "ApiNode" => (NodeType::Api(api(body, place, findings)), API_KEYS),
        "InputMessageNode" => {
            let message = field::text(body, "message", place, findings);
            (NodeType::InputMessage { message }, &["message"])
        }
        "OutputMessageNode" => {
            let message = field::required_text(body, "message", place, findings);
            (NodeType::OutputMessage { message }, &["message"])
        }
        "BranchingNode" => {
            let mapping = field::texts_by_name(body, "mapping", place, findings);
            if field::present(body, "mapping").is_none() {
                findings.blocker("FIELD_MISSING", place, "mapping is missing");
            }
            (NodeType::Branching { mapping }, &["mapping"])
        }
        "PluginRegexNode" => {
            let kind = NodeType::Regex {
                pattern: field::required_text(body, "regex_pattern", place, findings),
                first_only: field::flag(body, "return_first_match_only", place, findings),
                renames: renames(body, place, findings),
            };
            (kind, &["regex_pattern", "return_first_match_only"])
        }
        "PluginTemplateNode" => {
            let kind = NodeType::Template {
                template: field::required_text(body, "template", place, findings),
                renames: renames(body, place, findings),
            };
            (kind, &["template"])
        }
        "TriggerWaitNode" => return NodeType::TriggerWait,
        "FlowNode" => (subflow(reader, node, place), &["subflow"]),
        _ => return unsupported(body, place, component_type, findings),
    };
    let keys = [COMPONENT_KEYS, NODE_KEYS, RENAME_KEYS, keys];
    field::unknown(body, &keys, place, reader.findings);
    kind
}

fn subflow<'a>(reader: &mut Reader<'a, '_>, node: &Component<'a>, place: &Place) -> NodeType {
    let Some(flow) = reader.component(node.body, "subflow", place, node.scope) else {
        return NodeType::Flow(None);
    };
    if flow.body.get("component_type").and_then(Value::as_str) != Some("Flow") {
        let place = place.key("subflow");
        reader
            .findings
            .blocker("SUBFLOW_NOT_A_FLOW", &place, "is not a Flow");
        return NodeType::Flow(None);
    }
    NodeType::Flow(Some(reader.index(flow)))
}

fn api(body: &Map<String, Value>, place: &Place, findings: &mut Findings) -> ApiDocument {
    let mut headers = field::object(body, "headers", place, findings);
    for (name, value) in field::object(body, "sensitive_headers", place, findings) {
        if headers.insert(name, value).is_some() {
            let message = "a header stands in headers and in sensitive_headers";
            let place = place.key("sensitive_headers");
            findings.blocker("HEADER_DUPLICATE", &place, message);
        }
    }
    let data = field::present(body, "data").cloned();
    ApiDocument {
        url: field::required_text(body, "url", place, findings),
        method: field::required_text(body, "http_method", place, findings),
        specification: field::text(body, "api_spec_uri", place, findings),
        data: data.unwrap_or_else(|| Value::Object(Map::new())),
        query: field::object(body, "query_params", place, findings),
        headers,
    }
}

fn renames(body: &Map<String, Value>, place: &Place, findings: &mut Findings) -> Renames {
    Renames {
        inputs: field::texts_by_name(body, "input_mapping", place, findings),
        outputs: field::texts_by_name(body, "output_mapping", place, findings),
    }
}

/// Refused by name, so that whoever wrote it knows what to take instead.
fn unsupported(
    body: &Map<String, Value>,
    place: &Place,
    component_type: &str,
    findings: &mut Findings,
) -> NodeType {
    let message = match component_type {
        "" => "the node has no component_type".to_owned(),
        _ => format!("nodes of type {component_type} are not supported"),
    };
    findings.blocker("NODE_TYPE_NOT_SUPPORTED", place, message);
    let agent = body.get("agent");
    let agent = |key: &str| agent.and_then(|agent| agent.get(key)?.as_str());
    let is_internal = agent("agent_url").is_some_and(|url| url.starts_with(BASE_URL));
    if agent("component_type") == Some("A2AAgent") && is_internal {
        let message = "an agent of this instance is put in as the subflow of a FlowNode";
        findings.blocker("OAS-RUNTIME-008", &place.key("agent"), message);
    }
    NodeType::Unsupported
}
