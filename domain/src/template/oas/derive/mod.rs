//! What follows from a document beside its plan. Source: spec/runs.md 4.5.

mod composed;
mod object_type;
mod schema;
mod screen;
mod slot;
mod step;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{FlowDocument, NodeDocument};

pub use object_type::ObjectType;
pub use slot::{ContextSlot, ResolutionMode, SelectionMode, declared_slots};
pub use step::{ChildAgent, GatedStep, HitlOwner, Step, StepType};

pub(super) use composed::composed;
pub(super) use object_type::{produced_packages, produced_types};
pub(super) use schema::{input_schema, output_schema};
pub(super) use screen::screens;
pub(super) use slot::slots;
pub(super) use step::{answer_schema, gated_steps, renderer, steps};

/// What a trigger does for an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerMode {
    /// It also releases the steps that have effects outside.
    Full,
    /// It starts runs.
    StartOnly,
}

/// What an agent is run by decides what a trigger can do for it.
pub(super) fn trigger_mode(root: &FlowDocument) -> TriggerMode {
    let stated = ["provider", "executionProvider"];
    let stated = stated.iter().find_map(|key| root.block.get(*key));
    match stated.and_then(Value::as_str) {
        None | Some("wayflow" | "cinatra-linear") => TriggerMode::Full,
        Some(_) => TriggerMode::StartOnly,
    }
}

/// Texts of a list in `metadata.cinatra`; what is no text is passed over.
fn texts(block: &serde_json::Map<String, Value>, key: &str) -> Vec<String> {
    let list = block.get(key).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// The names of tools that models get.
pub(super) fn toolboxes(flow: &FlowDocument) -> Vec<String> {
    texts(&flow.block, "toolboxes")
}

/// What a node says of a word about it.
fn word(node: &NodeDocument, by_name: &str, title: &str) -> Option<String> {
    let words = node.block.get(by_name)?.get(title)?;
    words.as_str().map(str::to_owned)
}
