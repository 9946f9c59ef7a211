//! Where a run is: all that has to survive a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A run between two steps. Stored as MessagePack with names, which keeps every number as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Digest of the plan it belongs to; no other plan goes on from here.
    pub plan: String,
    /// The root flow, then each flow within it down to the one being walked. Empty when finished.
    pub frames: Vec<Frame>,
    /// How often each node was come by, by its path as text.
    pub visits: BTreeMap<String, u32>,
    /// Nodes that have given values so far: the higher, the later.
    pub order: u64,
    /// Nodes gone through so far.
    pub steps: u32,
    /// What the flow said last, unless somebody has answered since.
    pub said: Option<String>,
    /// How much the flow has said, in bytes.
    #[serde(default)]
    pub said_bytes: u64,
    /// What has to happen next.
    pub waits: Wait,
}

impl Checkpoint {
    pub(super) fn new(plan: String) -> Self {
        Self {
            plan,
            frames: Vec::new(),
            visits: BTreeMap::new(),
            order: 0,
            steps: 0,
            said: None,
            said_bytes: 0,
            waits: Wait::Turn,
        }
    }
}

/// A flow being walked, with values of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Place of the flow within the plan.
    pub flow: usize,
    /// The node whose turn it is.
    pub node: String,
    /// What nodes gave when they last ran: by node, then by output.
    pub values: BTreeMap<String, BTreeMap<String, Produced>>,
}

/// A value that a node gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Produced {
    /// The value.
    pub value: Value,
    /// When: of two, the higher is the later.
    pub order: u64,
}

/// What has to happen before a run goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Nothing: it is the node's turn.
    Turn,
    /// The node's call has to be answered.
    Response,
    /// A person has to answer.
    Answer,
    /// Nothing any more.
    Finished {
        /// What the run came to.
        outputs: Map<String, Value>,
    },
}
