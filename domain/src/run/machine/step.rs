//! What goes out of the machine, and what comes in.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the outside tells the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Go on; where something is waited for, say again what.
    Go,
    /// A person answered, word for word.
    Answered(String),
    /// A call came back, after whatever retries.
    Responded {
        /// HTTP status.
        status: u16,
        /// The raw body.
        body: String,
    },
}

/// What the outside has to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing: a node was gone through.
    Passed(Visit),
    /// Make this call, then tell what came back.
    Call(Call),
    /// Say this to whoever watches.
    Say {
        /// The node.
        visit: Visit,
        /// The text.
        text: String,
    },
    /// Ask a person and suspend the run until there is an answer.
    Ask(Ask),
    /// Nothing but to record that a question was answered by what is known already.
    Skipped {
        /// The node.
        visit: Visit,
        /// What it was answered.
        answer: String,
    },
    /// The run is complete.
    Finish {
        /// What the flow declares to give.
        outputs: Map<String, Value>,
    },
}

/// A node, by the ids of the Flow nodes above it and its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodePath(pub Vec<String>);

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// One time that a run came by a node. As text, `path:count`, it is the last part of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Visit {
    /// The node.
    pub node: NodePath,
    /// Counted from 1, over the whole run.
    pub count: u32,
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.node, self.count)
    }
}

/// A call to make, with every template filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The node.
    pub visit: Visit,
    /// Upper case.
    pub method: String,
    /// Where.
    pub address: Address,
    /// Query parameters beside those of the address.
    pub query: BTreeMap<String, Value>,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// What is sent, if anything.
    pub body: Option<Body>,
    /// The outputs that the answer has to give.
    pub outputs: Vec<String>,
    /// Open string, for example `email_send`.
    pub risk_class: Option<String>,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// To Cinatra itself: what follows the base address, `/api/llm-bridge` for example.
    Internal(String),
    /// Anywhere else: the whole URL.
    External(String),
}

/// What a call sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// JSON; or a form, if a header says so.
    Json(Value),
    /// As it is.
    Text(String),
}

/// A question to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The node.
    pub visit: Visit,
    /// What is said first, if anything.
    pub message: Option<String>,
    /// The output that the answer becomes.
    pub output: String,
    /// JSON Schema of the answer.
    pub schema: Option<Value>,
    /// Which surface shows it.
    pub renderer: Option<String>,
    /// Whether it wants an approval rather than a value.
    pub requires_approval: bool,
    /// Open string.
    pub risk_class: Option<String>,
    /// The author's name for the surface.
    pub surface: Option<String>,
    /// What the surface may show: inputs of the run, inputs of the node if it shows them, the parts of what was just
    /// said if that is one JSON object, and `output`, what was just said.
    pub values: Map<String, Value>,
}
