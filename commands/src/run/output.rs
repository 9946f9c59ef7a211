//! What commands about runs answer.

use cinatra_domain::run::Status;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A run was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunStarted {
    /// Which.
    pub run_id: String,
    /// Where it stands.
    pub status: Status,
}

/// What became of a run that was to be stopped, answered or begun again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunChanged {
    /// Which.
    pub run_id: String,
    /// Where it stands now.
    pub status: Status,
    /// One sentence for people.
    pub message: String,
}

/// What was noted with an answer teaches no later run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteExcluded {
    /// Of which run.
    pub run_id: String,
    /// With the answer to which gate.
    pub gate_id: String,
    /// That it is so.
    pub excluded: bool,
}
