//! Where a run stops for people.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AuthoredName;
use crate::kernel::{ActorId, ContentRef, InvalidId, RunId};

/// What a gate is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// Inputs are missing before the flow begins.
    Setup,
    /// The flow asks.
    Review,
}

impl GateKind {
    /// What ids begin with, by which user interfaces and tools tell the kinds apart. Source: spec/runs.md 3.1.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Review => "wayflow",
        }
    }
}

/// One gate: `setup-<run>:<index>` or `wayflow-<run>:<index>`. It is the review task's id too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GateId {
    /// Of which run.
    pub run_id: RunId,
    /// Counted from 1 over all of the run's attempts, gates that were skipped included.
    pub index: u32,
    /// What it is for.
    pub kind: GateKind,
}

impl fmt::Display for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}:{}", self.kind.prefix(), self.run_id, self.index)
    }
}

impl FromStr for GateId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId {
            kind: "gate",
            reason: "not setup-<run>:<index> or wayflow-<run>:<index>",
        };
        let (prefix, rest) = text.split_once('-').ok_or_else(invalid)?;
        let (run, index) = rest.rsplit_once(':').ok_or_else(invalid)?;
        let kinds = [GateKind::Setup, GateKind::Review];
        let kind = kinds.into_iter().find(|kind| kind.prefix() == prefix);
        let id = Self {
            run_id: run.parse().map_err(|_| invalid())?,
            index: index.parse().map_err(|_| invalid())?,
            kind: kind.ok_or_else(invalid)?,
        };
        // One gate, one text: nothing else is its id.
        (id.to_string() == text).then_some(id).ok_or_else(invalid)
    }
}

impl TryFrom<String> for GateId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<GateId> for String {
    fn from(id: GateId) -> Self {
        id.to_string()
    }
}

/// A node of the flow, each time that it is come by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The node, with the flows that it is in.
    pub node: AuthoredName,
    /// How often the attempt has come by it, this time included.
    pub visit: u32,
}

/// A gate that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenGate {
    /// Which.
    pub gate_id: GateId,
    /// The node that asks; absent for a setup gate.
    pub place: Option<Place>,
    /// The one input that a setup gate asks for; absent when it asks for several.
    pub field: Option<AuthoredName>,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: Option<i64>,
}

impl OpenGate {
    /// Whether it came too late for an answer.
    pub fn has_ended(&self, now_us: i64) -> bool {
        self.expires_at_us.is_some_and(|end| now_us >= end)
    }
}

/// A gate that nobody can answer any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedGate {
    /// The node that asked; absent for a setup gate.
    pub place: Option<Place>,
    /// In which attempt.
    pub attempt: u32,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The first answer won.
    Answered {
        /// Who gave it.
        by: ActorId,
        /// The answer.
        answer: ContentRef,
        /// Whether what was noted with it teaches later runs.
        prompt: Prompt,
    },
    /// All that it would have asked was known.
    Skipped,
    /// Somebody would not let the run go on.
    Rejected,
    /// It ended without an answer.
    Expired,
    /// The run stopped or failed while it stood open.
    Superseded,
}

/// What somebody noted with an answer, as later runs may learn from it. Source: spec/runs.md 3.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing was noted.
    Absent,
    /// It may teach.
    Captured,
    /// Somebody took it out.
    Excluded,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_gate_has_one_text() {
        let run_id = RunId(Uuid::from_u128(7));
        for (kind, prefix) in [(GateKind::Setup, "setup"), (GateKind::Review, "wayflow")] {
            let id = GateId {
                run_id,
                index: 12,
                kind,
            };
            let text = id.to_string();
            assert_eq!(text, format!("{prefix}-{run_id}:12"));
            assert_eq!(text.parse(), Ok(id));
        }
        for text in [
            format!("setup-{run_id}"),
            format!("setup-{run_id}:012"),
            format!("setup-{run_id}:x"),
            format!("gate-{run_id}:1"),
            format!("setup-{}:1", run_id.0.simple()),
            "setup".to_owned(),
        ] {
            assert!(text.parse::<GateId>().is_err(), "{text}");
        }
    }
}
