//! What an agent's flow compiles to: a graph that a run walks without looking at the document again.
//!
//! A plan is never stored. It is compiled anew from the bytes that a run has pinned, and compiling is
//! deterministic: the digest of a plan is the digest of what it will do. Source: spec/runs.md 4.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// A compiled flow with every flow below it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The root is the first; the others are reached by [`NodeKind::Flow`].
    pub flows: Vec<Flow>,
}

impl Plan {
    /// Lower-case hex of blake3 over its JSON, whose keys are ordered.
    pub fn digest(&self) -> String {
        // Order: through a value, because fields come as declared, and keys of a value by name.
        let json = serde_json::to_value(self).unwrap_or_default();
        blake3::hash(json.to_string().as_bytes())
            .to_hex()
            .to_string()
    }
}

/// Place of a flow within its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FlowIndex(pub usize);

/// One graph of nodes: the root, or what a Flow node goes through.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    /// The document's id of it.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it wants to know.
    pub inputs: Vec<Property>,
    /// What it answers.
    pub outputs: Vec<Property>,
    /// The node it begins with.
    pub start: String,
    /// By id.
    pub nodes: BTreeMap<String, Node>,
    /// Which node follows: by node, then by branch.
    pub next: BTreeMap<String, BTreeMap<String, String>>,
    /// Where nodes take their inputs from.
    pub wiring: Wiring,
}

/// How values go from node to node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Wiring {
    /// By data edges: for each node and each of its inputs all that may feed it. The one that ran last does.
    Edges(BTreeMap<String, BTreeMap<String, Vec<Source>>>),
    /// The document has no data edges at all: an output feeds every input of its name.
    Names,
}

/// An output of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The node.
    pub node: String,
    /// The output's title.
    pub output: String,
}

/// A typed value that goes in or out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Property {
    /// Its name.
    pub title: String,
    /// JSON Schema as the document writes it, without what it wraps in `json_schema`. Empty means anything.
    pub schema: Map<String, Value>,
    /// What it is when nobody says, `null` included. `None` means that somebody has to.
    pub default: Option<Value>,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// The document's id of it, unique within its flow.
    pub id: String,
    /// For people.
    pub name: String,
    /// Declared, or inferred from placeholders or the flow below.
    pub inputs: Vec<Property>,
    /// Declared, or inferred.
    pub outputs: Vec<Property>,
    /// What it does.
    pub kind: NodeKind,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum NodeKind {
    /// Hands on what the flow was given.
    Start,
    /// Ends its flow; the Flow node above goes on along this branch.
    End {
        /// `next`, unless the document says otherwise.
        branch: String,
    },
    /// Asks an address and takes its outputs from the answer.
    Api(Api),
    /// Stops until a person answers.
    InputMessage(Question),
    /// Says something to whoever watches.
    OutputMessage {
        /// Template.
        message: String,
    },
    /// Goes one of several ways.
    Branching {
        /// Title of the input that decides.
        input: String,
        /// Branch by value; any other value goes along `default`.
        mapping: BTreeMap<String, String>,
    },
    /// Goes through a flow of its own scope.
    Flow(FlowIndex),
    /// Finds a pattern in its one input, which is called `text` unless the document renames it; its one output
    /// is what was found.
    Regex {
        /// As Python writes it.
        pattern: String,
        /// One string instead of a list.
        first_only: bool,
    },
    /// Fills in a template; its one output is the text.
    Template {
        /// Template.
        template: String,
    },
}

/// A call to an address. Every string in it is a template, keys are not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Api {
    /// Where; internal addresses begin with `{{CINATRA_BASE_URL}}`, and keep it.
    pub url: String,
    /// Upper case.
    pub method: String,
    /// Body.
    pub data: Value,
    /// Query parameters.
    pub query: BTreeMap<String, Value>,
    /// Headers.
    pub headers: BTreeMap<String, Value>,
    /// Open string, for example `email_send`.
    pub risk_class: Option<String>,
}

/// What a person is asked, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// Template of what is said first, if anything is.
    pub message: Option<String>,
    /// Title of the one output that the answer becomes, word for word.
    pub output: String,
    /// Which surface shows it, as `@scope/pkg:local`.
    pub renderer: Option<String>,
    /// JSON Schema of the answer.
    pub schema: Option<Value>,
    /// Whether it wants an approval rather than a value.
    pub requires_approval: bool,
    /// Open string.
    pub risk_class: Option<String>,
    /// The author's name for the surface; recorded, never used on the wire.
    pub surface: Option<String>,
    /// Answered by the run itself when all that its schema requires is known.
    pub skips_when_known: bool,
    /// Whether its own inputs are shown to whoever answers.
    pub shows_inputs: bool,
    /// How often a run may come by, if bounded.
    pub visits_max: Option<u32>,
}
