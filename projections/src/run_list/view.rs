//! What readers get of runs and gates.

use cinatra_domain::kernel::{ActorId, Position, ProjectId, Revision, RunId, SnapshotId, UserId};
use cinatra_domain::run::{GateId, Phase, Status};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Error;
use crate::read::{actor, column, content, count, document, word};

const RUNS: &str = "runs";
const GATES: &str = "gates";

/// A run of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Which.
    #[schemars(with = "Uuid")]
    pub run_id: RunId,
    /// The agent that it executes.
    pub package_name: String,
    /// Its version, whatever is installed by now.
    pub version: String,
    /// The snapshot of that version.
    #[schemars(with = "Uuid")]
    pub snapshot_id: SnapshotId,
    /// Whose it is; absent when nobody in person started it.
    #[schemars(with = "Option<Uuid>")]
    pub run_by: Option<UserId>,
    /// In which project.
    #[schemars(with = "Option<Uuid>")]
    pub project_id: Option<ProjectId>,
    /// The run that started it.
    #[schemars(with = "Option<Uuid>")]
    pub parent_run_id: Option<RunId>,
    /// Where it stands.
    pub status: Status,
    /// Where it stands exactly.
    pub phase: Phase,
    /// What it is called; absent when it has no title or that was erased.
    pub title: Option<String>,
    /// What it begins with, answers to setup gates included; absent when that was erased.
    pub inputs: Option<Value>,
    /// What went wrong, when it failed.
    pub error_code: Option<String>,
    /// At which node.
    pub failed_node: Option<String>,
    /// Counted from 1: one more each time it begins again.
    pub attempt: u32,
    /// Counted from 1: one more each time it goes on after an end.
    pub segment: u32,
    /// How often it remembered how far it came.
    pub checkpoints: u32,
    /// For how long an attempt may execute.
    pub timeout_seconds: Option<u32>,
    /// What kind of thing made it.
    pub source: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a worker first took the attempt.
    pub started_at: Option<Timestamp>,
    /// When it ended; absent while it goes on.
    pub completed_at: Option<Timestamp>,
    /// The event that made it.
    #[schemars(with = "i64")]
    pub created_position: Position,
    /// How many events came before the last one of its history.
    #[schemars(with = "i64")]
    pub revision: Revision,
    /// The event that last changed it.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// A run with what it came to and what it waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// What it came to; absent while it is not completed, or when that was erased.
    pub outputs: Option<Value>,
    /// What is told of its failure; absent when nothing is or it was erased.
    pub error_message: Option<String>,
    /// The gate that waits for an answer.
    pub open_gate: Option<Question>,
}

/// What a gate asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Which gate, of what kind, and the how manieth.
    #[schemars(with = "String")]
    pub gate_id: GateId,
    /// The node that asks; absent for a setup gate.
    pub node: Option<String>,
    /// How often the attempt had come by the node.
    pub visit: Option<u32>,
    /// The one input that a setup gate asks for.
    pub field: Option<String>,
    /// What shows it.
    pub renderer: Option<String>,
    /// The author's name for the surface.
    pub surface: Option<String>,
    /// Whether it wants an approval rather than a value.
    pub requires_approval: bool,
    /// JSON Schema of the answer; absent when there is none or it was erased.
    pub schema: Option<Value>,
    /// What whoever answers is shown; absent when there is nothing or it was erased.
    pub values: Option<Value>,
    /// When it was opened; absent for one that was skipped.
    pub opened_at: Option<Timestamp>,
    /// When it ends unless it is answered.
    pub expires_at: Option<Timestamp>,
}

/// A gate that a run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// What it asks.
    #[serde(flatten)]
    pub question: Question,
    /// What became of it.
    pub status: GateStatus,
    /// The answer, word for word; absent when there is none or it was erased.
    pub answer: Option<String>,
    /// What was noted with the answer; absent when nothing was or it was erased.
    pub prompt: Option<String>,
    /// Whether that teaches no later run.
    pub is_prompt_excluded: bool,
    /// Why it was skipped.
    pub skip_reason: Option<String>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// By whom.
    #[schemars(with = "Option<String>")]
    pub answered_by: Option<ActorId>,
    /// The event that last changed it.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// What somebody noted with an answer. Source: spec/runs.md 3.8.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prompt {
    /// With the answer to which gate; it has at most one.
    #[schemars(with = "String")]
    pub gate_id: GateId,
    /// The agent that asked.
    pub package_name: String,
    /// The node that asked.
    pub node: Option<String>,
    /// How often the attempt had come by the node.
    pub visit: Option<u32>,
    /// The note, empty where nothing was noted; absent when it was erased.
    pub message: Option<String>,
    /// Whether it teaches no later run: nothing was noted, or somebody took it out.
    pub excluded: bool,
    /// The answer, where it is a JSON object and was not erased.
    pub submitted_values: Option<Value>,
    /// JSON Schema of what was asked; absent when there is none or it was erased.
    pub schema_snapshot: Option<Value>,
    /// When.
    pub captured_at: Option<Timestamp>,
    /// By whom.
    #[schemars(with = "String")]
    pub captured_by: ActorId,
    /// The event that last changed the gate.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// What became of a gate.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GateStatus {
    /// It waits for an answer.
    Open,
    /// The first answer won.
    Answered,
    /// Somebody would not let the run go on.
    Rejected,
    /// It ended without an answer.
    Expired,
    /// The run stopped or failed while it stood open.
    Superseded,
    /// All that it would have asked was known.
    Skipped,
}

/// How many runs of an agent stand there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// Which agent.
    pub package_name: String,
    /// Where they stand.
    pub status: Status,
    /// How many.
    pub runs: i64,
}

impl TryFrom<&Row> for Run {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            run_id: RunId(column(row, RUNS, "run_id")?),
            package_name: column(row, RUNS, "package_name")?,
            version: column(row, RUNS, "version")?,
            snapshot_id: SnapshotId(column(row, RUNS, "snapshot_id")?),
            run_by: column::<Option<_>>(row, RUNS, "run_by")?.map(UserId),
            project_id: column::<Option<_>>(row, RUNS, "project_id")?.map(ProjectId),
            parent_run_id: column::<Option<_>>(row, RUNS, "parent_run_id")?.map(RunId),
            status: word(row, RUNS, "status")?,
            phase: word(row, RUNS, "phase")?,
            title: content(row, RUNS, "title")?,
            inputs: document(row, RUNS, "inputs")?,
            error_code: column(row, RUNS, "error_code")?,
            failed_node: column(row, RUNS, "failed_node")?,
            attempt: count(row, RUNS, "attempt")?,
            segment: count(row, RUNS, "segment")?,
            checkpoints: count(row, RUNS, "checkpoints")?,
            timeout_seconds: maybe_count(row, RUNS, "timeout_seconds")?,
            source: column(row, RUNS, "source")?,
            created_at: column(row, RUNS, "created_at")?,
            started_at: column(row, RUNS, "started_at")?,
            completed_at: column(row, RUNS, "completed_at")?,
            created_position: Position(column(row, RUNS, "created_position")?),
            revision: Revision(column(row, RUNS, "revision")?),
            position: Position(column(row, RUNS, "position")?),
        })
    }
}

impl TryFrom<&Row> for Detail {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let has_gate = column::<Option<i64>>(row, GATES, "gate_index")?.is_some();
        Ok(Self {
            run: Run::try_from(row)?,
            outputs: document(row, RUNS, "outputs")?,
            error_message: content(row, RUNS, "message")?,
            open_gate: has_gate.then(|| Question::try_from(row)).transpose()?,
        })
    }
}

fn gate_id(row: &Row) -> Result<GateId, Error> {
    Ok(GateId {
        run_id: RunId(column(row, GATES, "run_id")?),
        index: count(row, GATES, "gate_index")?,
        kind: word(row, GATES, "kind")?,
    })
}

impl TryFrom<&Row> for Question {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            gate_id: gate_id(row)?,
            node: column(row, GATES, "node")?,
            visit: maybe_count(row, GATES, "visit")?,
            field: column(row, GATES, "field")?,
            renderer: column(row, GATES, "renderer")?,
            surface: column(row, GATES, "surface")?,
            requires_approval: column(row, GATES, "requires_approval")?,
            schema: document(row, GATES, "schema")?,
            values: document(row, GATES, "values")?,
            opened_at: column(row, GATES, "opened_at")?,
            expires_at: column(row, GATES, "expires_at")?,
        })
    }
}

impl TryFrom<&Row> for Gate {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let is_answered = column::<Option<&str>>(row, GATES, "answered_by")?.is_some();
        let answered_by = is_answered.then(|| actor(row, GATES, "answered_by"));
        Ok(Self {
            question: Question::try_from(row)?,
            status: word(row, GATES, "status")?,
            answer: content(row, GATES, "answer")?,
            prompt: content(row, GATES, "prompt")?,
            is_prompt_excluded: column(row, GATES, "is_prompt_excluded")?,
            skip_reason: column(row, GATES, "skip_reason")?,
            answered_at: column(row, GATES, "answered_at")?,
            answered_by: answered_by.transpose()?,
            position: Position(column(row, GATES, "position")?),
        })
    }
}

impl TryFrom<&Row> for Prompt {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let is_noted = column::<Option<Uuid>>(row, GATES, "prompt_id")?.is_some();
        let message = if is_noted {
            content(row, GATES, "prompt")?
        } else {
            Some(String::new())
        };
        let is_excluded: bool = column(row, GATES, "is_prompt_excluded")?;
        let answer = content(row, GATES, "answer")?;
        // An answer is a text, and only some are JSON.
        let values = answer.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Self {
            gate_id: gate_id(row)?,
            package_name: column(row, RUNS, "package_name")?,
            node: column(row, GATES, "node")?,
            visit: maybe_count(row, GATES, "visit")?,
            message,
            excluded: is_excluded || !is_noted,
            submitted_values: values.filter(Value::is_object),
            schema_snapshot: document(row, GATES, "schema")?,
            captured_at: column(row, GATES, "answered_at")?,
            captured_by: actor(row, GATES, "answered_by")?,
            position: Position(column(row, GATES, "position")?),
        })
    }
}

impl TryFrom<&Row> for Count {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            package_name: column(row, RUNS, "package_name")?,
            status: word(row, RUNS, "status")?,
            runs: column(row, RUNS, "runs")?,
        })
    }
}

fn maybe_count(row: &Row, table: &'static str, name: &'static str) -> Result<Option<u32>, Error> {
    let is_there = column::<Option<i64>>(row, table, name)?.is_some();
    is_there.then(|| count(row, table, name)).transpose()
}
