//! The steps of an agent at which people have a say. Source: spec/runs.md 3.2.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::document::{Document, FlowDocument, NodeDocument, NodeType};
use super::texts;

/// The surface that asks for everything a run wants to know.
const SETUP_FORM: &str = "@cinatra-ai/agent-builder:grouped-setup-form";

/// Endings of the names of what has an effect outside.
const SIDE_EFFECTS: &[&str] = &["_send", "_publish", "_post", "_delete"];

/// What waits at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepType {
    /// An agent: this one, or one whose flow it goes through.
    Agent,
    /// A question.
    InputMessage,
}

/// Whose gates are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HitlOwner {
    /// Those of the agent below.
    ChildAgent,
    /// Those of the agent itself.
    #[serde(rename = "self")]
    Itself,
}

/// The agent whose flow a step goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChildAgent {
    /// Its package, if the document says so.
    pub package_name: Option<String>,
    /// Where its inputs come from, as templates.
    pub input_mapping: BTreeMap<String, String>,
}

/// One step of the approval policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What waits there.
    pub node_type: StepType,
    /// Counted from 1; 0 is the form before a run.
    pub step_number: u32,
    /// The node.
    pub node_id: String,
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Open string.
    pub risk_class: Option<String>,
    /// Whether it wants an approval rather than a value.
    pub requires_approval: bool,
    /// Whether it has an effect outside.
    pub side_effects: bool,
    /// Which surface shows it.
    pub x_renderer: Option<String>,
    /// The author's name for the surface.
    pub a2ui_surface_id: Option<String>,
    /// Whose gates are shown.
    pub hitl_owned_by: Option<HitlOwner>,
    /// How many gates it stands for.
    pub gate_count: u32,
    /// The agent below, if it is one's.
    pub child_agent: Option<ChildAgent>,
    /// The output that the answer becomes.
    pub input_message_field: Option<String>,
    /// JSON Schema of the answer.
    pub input_message_schema: Option<Value>,
}

/// A step that waits for a release when a trigger started the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatedStep {
    /// The node.
    pub step_id: String,
    /// The step that it is, or comes after.
    pub step_number: u32,
    /// Packages from the root to the flow that it stands in, joined by `/`.
    pub agent_path: String,
    /// For people.
    pub label: String,
    /// What it calls, or the class of its risk.
    pub tool_name: String,
    /// `inferred` from names, or `manual` when the document says so.
    pub inferred_or_manual: String,
}

/// Steps in the order in which a run first comes by.
pub(in super::super) fn steps(root: &FlowDocument) -> Vec<Step> {
    let mut steps: Vec<Step> = root.starts().next().and_then(setup).into_iter().collect();
    let mut number = 0;
    for node in root.reachable() {
        for mut step in of_node(root, node) {
            number += 1;
            step.step_number = number;
            steps.push(step);
        }
    }
    steps
}

/// The form before a run, where there is something to fill in.
fn setup(start: &NodeDocument) -> Option<Step> {
    let hidden = texts(&start.block, "hidden");
    let required = texts(&start.block, "required");
    let is_asked = |title: &String| required.contains(title) && !hidden.contains(title);
    start.inputs().iter().find(|input| is_asked(&input.title))?;
    let mut step = step(start, &start.block, StepType::Agent);
    step.x_renderer = Some(SETUP_FORM.to_owned());
    Some(step)
}

fn of_node(flow: &FlowDocument, node: &NodeDocument) -> Vec<Step> {
    match &node.kind {
        NodeType::InputMessage { .. } => {
            let mut asked = step(node, &node.block, StepType::InputMessage);
            asked.input_message_field = node.outputs().first().map(|output| output.title.clone());
            asked.input_message_schema = answer_schema(&node.block).cloned();
            asked.x_renderer = renderer(&node.block);
            vec![asked]
        }
        NodeType::Flow(_) => {
            let stated = node.block.get("gateSteps").and_then(Value::as_array);
            let blocks: Vec<_> = stated
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
                .collect();
            let child = ChildAgent {
                package_name: node.text("packageName").map(str::to_owned),
                input_mapping: input_mapping(flow, node),
            };
            let blocks = if blocks.is_empty() {
                vec![&node.block]
            } else {
                blocks
            };
            let steps = blocks.into_iter().map(|block| Step {
                child_agent: Some(child.clone()),
                ..step(node, block, StepType::Agent)
            });
            steps.collect()
        }
        NodeType::Start
        | NodeType::End { .. }
        | NodeType::Api(_)
        | NodeType::OutputMessage { .. }
        | NodeType::Branching { .. }
        | NodeType::Regex { .. }
        | NodeType::Template { .. }
        | NodeType::TriggerWait
        | NodeType::Unsupported => vec![],
    }
}

fn step(node: &NodeDocument, block: &Map<String, Value>, node_type: StepType) -> Step {
    let text = |key: &str| block.get(key).and_then(Value::as_str).map(str::to_owned);
    let gates = block.get("gateCount").and_then(Value::as_u64);
    let overridden = text("a2uiSurfaceIdOverride");
    Step {
        node_type,
        step_number: 0,
        node_id: node.id.clone(),
        name: text("name").unwrap_or_else(|| node.name.clone()),
        description: text("description").or_else(|| node.description.clone()),
        requires_approval: block.get("requiresApproval") == Some(&Value::Bool(true)),
        side_effects: has_side_effects(block),
        risk_class: text("riskClass"),
        x_renderer: text("renderer"),
        a2ui_surface_id: overridden.or_else(|| text("a2uiSurfaceId")),
        hitl_owned_by: match text("hitlOwnedBy").as_deref() {
            Some("childAgent") => Some(HitlOwner::ChildAgent),
            Some("self") => Some(HitlOwner::Itself),
            Some(_) | None => None,
        },
        gate_count: gates.and_then(|count| count.try_into().ok()).unwrap_or(1),
        child_agent: None,
        input_message_field: None,
        input_message_schema: None,
    }
}

/// JSON Schema of an answer, as the node states it.
pub(in super::super) fn answer_schema(block: &Map<String, Value>) -> Option<&Value> {
    let stated = ["inputMessageSchema", "formSchema"];
    let mut stated = stated.iter().filter_map(|key| block.get(*key));
    stated.find(|schema| schema.is_object())
}

/// The surface of a question, which its schema may name.
pub(in super::super) fn renderer(block: &Map<String, Value>) -> Option<String> {
    let of_schema = || answer_schema(block)?.get("x-renderer");
    let stated = block.get("renderer").or_else(of_schema)?;
    stated.as_str().map(str::to_owned)
}

fn has_side_effects(block: &Map<String, Value>) -> bool {
    let stated = block.get("sideEffects").and_then(Value::as_bool);
    let risk = block.get("riskClass").and_then(Value::as_str);
    stated.unwrap_or_else(|| risk.is_some_and(ends_outside))
}

fn ends_outside(name: &str) -> bool {
    SIDE_EFFECTS.iter().any(|ending| name.ends_with(ending))
}

/// Where the inputs of a node come from, as templates over a run's values.
fn input_mapping(flow: &FlowDocument, node: &NodeDocument) -> BTreeMap<String, String> {
    let nodes = flow.by_id();
    let into = |edge: &&super::super::document::DataEdge| edge.destination == node.id;
    let mut mapping = BTreeMap::new();
    for edge in flow.data.iter().flatten().filter(into) {
        let Some(source) = nodes.get(edge.source.as_str()) else {
            continue;
        };
        let mut leads = flow.control.iter().filter(|control| control.to == node.id);
        let is_before = leads.any(|control| control.from == source.id);
        let values = match source.kind {
            NodeType::Start => "input_params".to_owned(),
            NodeType::Flow(_) if is_before => "child_output".to_owned(),
            NodeType::Flow(_)
            | NodeType::End { .. }
            | NodeType::Api(_)
            | NodeType::InputMessage { .. }
            | NodeType::OutputMessage { .. }
            | NodeType::Branching { .. }
            | NodeType::Regex { .. }
            | NodeType::Template { .. }
            | NodeType::TriggerWait
            | NodeType::Unsupported => format!("{}_output", source.id),
        };
        mapping.insert(
            edge.input.clone(),
            format!("{{{{{values}.{}}}}}", edge.output),
        );
    }
    mapping
}

/// Everything with an effect outside, in the flow and in those it goes through, each looked at once.
pub(in super::super) fn gated_steps(
    document: &Document,
    package: &str,
    steps: &[Step],
) -> Vec<GatedStep> {
    let mut gated = Vec::new();
    let mut seen = BTreeSet::from([0]);
    let mut waiting = vec![(0, package.to_owned(), None)];
    while let Some((index, path, number)) = waiting.pop() {
        let Some(flow) = document.flows.get(index) else {
            continue;
        };
        let mut at = number.unwrap_or(0);
        for node in flow.reachable() {
            let mut own = steps.iter().filter(|step| step.node_id == node.id);
            if number.is_none() {
                at = own.next_back().map_or(at, |step| step.step_number);
            }
            gated.extend(gate(node, &path, at));
            let own = steps
                .iter()
                .filter(|step| step.node_id == node.id && number.is_none());
            gated.extend(own.filter_map(|step| child_gate(step, &path)));
            if let NodeType::Flow(Some(below)) = node.kind
                && seen.insert(below.0)
            {
                let name = node.text("packageName").unwrap_or(&node.id);
                waiting.push((below.0, format!("{path}/{name}"), Some(at)));
            }
        }
    }
    gated.sort_by(|a, b| (a.step_number, &a.agent_path).cmp(&(b.step_number, &b.agent_path)));
    gated
}

/// A gate of the agent below that the document tells of.
fn child_gate(step: &Step, agent_path: &str) -> Option<GatedStep> {
    let is_child = step.child_agent.is_some() && step.side_effects;
    is_child.then(|| GatedStep {
        step_id: step.node_id.clone(),
        step_number: step.step_number,
        agent_path: agent_path.to_owned(),
        label: step.name.clone(),
        tool_name: step.risk_class.clone().unwrap_or_default(),
        inferred_or_manual: "inferred".to_owned(),
    })
}

fn gate(node: &NodeDocument, agent_path: &str, step_number: u32) -> Option<GatedStep> {
    let tool = match &node.kind {
        NodeType::Api(api) => api.data.get("tool").and_then(Value::as_str),
        NodeType::Start
        | NodeType::End { .. }
        | NodeType::InputMessage { .. }
        | NodeType::OutputMessage { .. }
        | NodeType::Branching { .. }
        | NodeType::Flow(_)
        | NodeType::Regex { .. }
        | NodeType::Template { .. }
        | NodeType::TriggerWait
        | NodeType::Unsupported => None,
    };
    if matches!(node.kind, NodeType::Flow(_)) {
        return None;
    }
    let stated = node.flag("sideEffects");
    let risk = node.text("riskClass");
    let outside = [tool, risk]
        .into_iter()
        .flatten()
        .find(|name| ends_outside(name));
    let is_gated = stated.unwrap_or(outside.is_some());
    is_gated.then(|| GatedStep {
        step_id: node.id.clone(),
        step_number,
        agent_path: agent_path.to_owned(),
        label: node.name.clone(),
        tool_name: outside.or(tool).or(risk).unwrap_or_default().to_owned(),
        inferred_or_manual: if stated.is_some() {
            "manual"
        } else {
            "inferred"
        }
        .to_owned(),
    })
}
