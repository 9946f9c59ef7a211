//! A document as it was read: references resolved, nothing inferred yet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::plan::FlowIndex;
use super::finding::Place;

/// Every flow of a document, the root first.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) flows: Vec<FlowDocument>,
    /// All of them, each after those that it goes through.
    pub(super) order: Vec<FlowIndex>,
}

/// One flow.
#[derive(Debug)]
pub(super) struct FlowDocument {
    pub(super) place: Place,
    pub(super) id: String,
    pub(super) name: String,
    /// `metadata.cinatra`.
    pub(super) block: Map<String, Value>,
    pub(super) inputs: Option<Vec<PropertyDocument>>,
    pub(super) outputs: Option<Vec<PropertyDocument>>,
    /// Id of what it says it starts with.
    pub(super) start: Option<String>,
    pub(super) nodes: Vec<NodeDocument>,
    pub(super) control: Vec<ControlEdge>,
    /// `None` means that values go by name.
    pub(super) data: Option<Vec<DataEdge>>,
}

/// One node.
#[derive(Debug)]
pub(super) struct NodeDocument {
    pub(super) place: Place,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// `metadata.cinatra`.
    pub(super) block: Map<String, Value>,
    pub(super) inputs: Option<Vec<PropertyDocument>>,
    pub(super) outputs: Option<Vec<PropertyDocument>>,
    pub(super) branches: Option<Vec<String>>,
    pub(super) kind: NodeType,
}

/// What a node is, with the fields of its type.
#[derive(Debug)]
pub(super) enum NodeType {
    Start,
    End {
        branch: String,
    },
    Api(ApiDocument),
    InputMessage {
        message: Option<String>,
    },
    OutputMessage {
        message: String,
    },
    Branching {
        mapping: BTreeMap<String, String>,
    },
    /// `None` where the flow could not be read, or would go through itself.
    Flow(Option<FlowIndex>),
    Regex {
        pattern: String,
        first_only: bool,
        renames: Renames,
    },
    Template {
        template: String,
        renames: Renames,
    },
    /// Does nothing; stands only where no run comes by.
    TriggerWait,
    /// Refused by name.
    Unsupported,
}

/// What a plugin's node calls its input and its output.
#[derive(Debug, Default)]
pub(super) struct Renames {
    pub(super) inputs: BTreeMap<String, String>,
    pub(super) outputs: BTreeMap<String, String>,
}

/// A call to an address.
#[derive(Debug)]
pub(super) struct ApiDocument {
    pub(super) url: String,
    pub(super) method: String,
    pub(super) specification: Option<String>,
    pub(super) data: Value,
    pub(super) query: Map<String, Value>,
    pub(super) headers: Map<String, Value>,
}

/// An input or output as the document writes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PropertyDocument {
    pub(super) place: Place,
    pub(super) title: String,
    pub(super) written: Map<String, Value>,
}

/// Which node follows another.
#[derive(Debug)]
pub(super) struct ControlEdge {
    pub(super) place: Place,
    pub(super) from: String,
    pub(super) branch: String,
    pub(super) to: String,
}

/// Which output becomes which input.
#[derive(Debug)]
pub(super) struct DataEdge {
    pub(super) place: Place,
    pub(super) source: String,
    pub(super) output: String,
    pub(super) destination: String,
    pub(super) input: String,
}

/// The branch of nodes that have one.
pub(super) const NEXT: &str = "next";

/// The branch of a Branching node for every other value.
pub(super) const DEFAULT: &str = "default";

/// The only variable that stays in an address until it is called.
pub(super) const BASE_URL: &str = "{{CINATRA_BASE_URL}}";

impl PropertyDocument {
    /// One that no document wrote; an empty type means anything.
    pub(super) fn inferred(place: &Place, title: &str, of_type: &str) -> Self {
        let mut written = Map::new();
        written.insert("title".to_owned(), title.into());
        if !of_type.is_empty() {
            written.insert("type".to_owned(), of_type.into());
        }
        Self {
            place: place.clone(),
            title: title.to_owned(),
            written,
        }
    }

    pub(super) fn has_default(&self) -> bool {
        self.written.contains_key("default")
    }
}

impl NodeDocument {
    pub(super) fn inputs(&self) -> &[PropertyDocument] {
        self.inputs.as_deref().unwrap_or_default()
    }

    pub(super) fn outputs(&self) -> &[PropertyDocument] {
        self.outputs.as_deref().unwrap_or_default()
    }

    /// A text of its `metadata.cinatra`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.block.get(key).and_then(Value::as_str)
    }

    /// Whether its `metadata.cinatra` says so.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.block.get(key).and_then(Value::as_bool)
    }
}

impl FlowDocument {
    pub(super) fn inputs(&self) -> &[PropertyDocument] {
        self.inputs.as_deref().unwrap_or_default()
    }

    pub(super) fn outputs(&self) -> &[PropertyDocument] {
        self.outputs.as_deref().unwrap_or_default()
    }

    pub(super) fn starts(&self) -> impl Iterator<Item = &NodeDocument> {
        let is_start = |node: &&NodeDocument| matches!(node.kind, NodeType::Start);
        self.nodes.iter().filter(is_start)
    }

    pub(super) fn ends(&self) -> impl Iterator<Item = &NodeDocument> {
        let is_end = |node: &&NodeDocument| matches!(node.kind, NodeType::End { .. });
        self.nodes.iter().filter(is_end)
    }

    pub(super) fn by_id(&self) -> BTreeMap<&str, &NodeDocument> {
        self.nodes
            .iter()
            .map(|node| (node.id.as_str(), node))
            .collect()
    }

    /// Nodes that a run can come by, in the order of breadth first over the control edges.
    pub(super) fn reachable(&self) -> Vec<&NodeDocument> {
        let nodes = self.by_id();
        let mut following: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for edge in &self.control {
            following.entry(&edge.from).or_default().push(&edge.to);
        }
        let start = self.starts().next().map(|node| node.id.as_str());
        let mut found: Vec<&str> = start.into_iter().collect();
        let mut seen: BTreeSet<&str> = found.iter().copied().collect();
        let mut next = 0;
        while let Some(from) = found.get(next).copied() {
            next += 1;
            for to in following.get(from).into_iter().flatten() {
                if nodes.contains_key(to) && seen.insert(to) {
                    found.push(to);
                }
            }
        }
        found
            .iter()
            .filter_map(|id| nodes.get(id).copied())
            .collect()
    }
}
