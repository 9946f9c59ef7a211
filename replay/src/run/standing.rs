//! Where a run stood, for people and programs.

use cinatra_domain::kernel::{ContentRef, RunId, TenantId, UserId};
use cinatra_domain::run::{
    ClosedGate, ContextSelected, Fate, GateId, Phase, Run, RunState, Stage, Status,
};
use cinatra_eventstore::{EventStore, ReadError};
use serde::Serialize;
use serde_json::Value;

/// A run at one moment of its history.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The agent that it executes.
    pub package_name: String,
    /// Its version.
    pub version: String,
    /// Whose it is.
    pub run_by: Option<UserId>,
    /// The run that started it.
    pub parent_run_id: Option<RunId>,
    /// What the outside was told.
    pub status: Status,
    /// Where it stood exactly.
    pub phase: Phase,
    /// Counted from 1.
    pub attempt: u32,
    /// Counted from 1.
    pub segment: u32,
    /// How many there had been.
    pub checkpoints: u32,
    /// The node that was done last in the attempt.
    pub last_node: Option<String>,
    /// The gate that waited.
    pub open_gate: Option<Gate>,
    /// Those that did not wait any more.
    pub closed_gates: Vec<Gate>,
    /// What the attempt had pinned.
    pub selections: Vec<ContextSelected>,
    /// What it began with; absent when that was erased since.
    pub inputs: Option<Value>,
    /// What it had come to; absent before, or when that was erased since.
    pub outputs: Option<Value>,
    /// What had gone wrong.
    pub error_code: Option<String>,
    /// Where.
    pub failed_node: Option<String>,
}

/// A gate, and what had become of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// Which.
    pub gate_id: GateId,
    /// The node that asked.
    pub node: Option<String>,
    /// `open`, or how it was closed.
    pub status: &'static str,
}

/// What contents are read with.
pub(super) struct Contents<'a> {
    pub(super) store: &'a EventStore,
    pub(super) tenant: TenantId,
}

impl Contents<'_> {
    async fn read(&self, content: &ContentRef) -> Result<Option<Value>, ReadError> {
        let bytes = self.store.content(self.tenant, content.id).await?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

/// The run, while it was there.
pub(super) async fn of(
    state: &RunState,
    contents: &Contents<'_>,
) -> Result<Option<Standing>, ReadError> {
    let Some(run) = state.run() else {
        return Ok(None);
    };
    let (mut outputs, mut error_code, mut failed_node) = (None, None, None);
    match &run.stage {
        Stage::Completed(completed) => outputs = contents.read(&completed.outputs).await?,
        Stage::Failed(failed) => {
            error_code = Some(failed.code.to_string());
            failed_node = failed.node.as_ref().map(ToString::to_string);
        }
        Stage::DraftInput
        | Stage::AwaitingTriggerChoice
        | Stage::Armed(_)
        | Stage::Enqueued
        | Stage::SetupGate(_)
        | Stage::Executing { .. }
        | Stage::WaitingRelease(_)
        | Stage::ReviewGate(_)
        | Stage::Resuming { .. }
        | Stage::Stopped => {}
    }
    Ok(Some(Standing {
        inputs: contents.read(&run.inputs).await?,
        outputs,
        error_code,
        failed_node,
        ..standing(run)
    }))
}

fn standing(run: &Run) -> Standing {
    let closed = run.closed_gates.iter();
    Standing {
        package_name: run.pin.package_name.to_string(),
        version: run.pin.version.to_string(),
        run_by: run.run_by,
        parent_run_id: run.parent_run_id,
        status: run.status(),
        phase: run.phase(),
        attempt: run.attempt,
        segment: run.segment,
        checkpoints: run.checkpoints,
        last_node: run
            .checkpoint
            .as_ref()
            .map(|checkpoint| checkpoint.place.node.to_string()),
        open_gate: run.open_gate().map(|gate| Gate {
            gate_id: gate.gate_id,
            node: gate.place.as_ref().map(|place| place.node.to_string()),
            status: "open",
        }),
        closed_gates: closed.map(|(id, gate)| closed_gate(*id, gate)).collect(),
        selections: run.selections.clone(),
        inputs: None,
        outputs: None,
        error_code: None,
        failed_node: None,
    }
}

fn closed_gate(gate_id: GateId, gate: &ClosedGate) -> Gate {
    Gate {
        gate_id,
        node: gate.place.as_ref().map(|place| place.node.to_string()),
        status: match gate.fate {
            Fate::Answered { .. } => "answered",
            Fate::Skipped => "skipped",
            Fate::Rejected => "rejected",
            Fate::Expired => "expired",
            Fate::Superseded => "superseded",
        },
    }
}
