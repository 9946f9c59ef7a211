//! The rules. Source: spec/runs.md 1.9 and 12.3, settled.md 27.

use super::{
    Archived, FirstRunRecorded, Lineage, Purged, Rejection, Restored, Snapshotted, TakeSnapshot,
    TemplateCommand, TemplateEvent, TemplateState,
};
use crate::kernel::RunId;

type Decision = Result<Vec<TemplateEvent>, Rejection>;

pub(super) fn decide(state: &TemplateState, command: TemplateCommand) -> Decision {
    match command {
        TemplateCommand::TakeSnapshot(command) => Ok(take_snapshot(state, command)),
        TemplateCommand::RecordFirstRun { run_id } => record_first_run(state, run_id),
        TemplateCommand::Archive => archive(state),
        TemplateCommand::Restore => restore(state),
        TemplateCommand::Purge => Ok(purge(state)),
    }
}

/// Archived or not: what replaces an archived version is taken down like any other.
fn take_snapshot(state: &TemplateState, command: TakeSnapshot) -> Vec<TemplateEvent> {
    let version = String::from(command.version);
    let known = state
        .lineage()
        .and_then(|lineage| lineage.snapshots.get(&version));
    if known.is_some_and(|known| known.oas_sha256 == command.oas_sha256) {
        return Vec::new();
    }
    let taken = Snapshotted {
        snapshot_id: command.snapshot_id,
        number: state
            .lineage()
            .map_or(0, |lineage| lineage.taken)
            .saturating_add(1),
        version,
        content_sha256: command.content_sha256,
        manifest_sha256: command.manifest_sha256,
        oas_sha256: command.oas_sha256,
        plan_digest: command.plan_digest,
    };
    vec![taken.into()]
}

/// A run that started before the agent was archived may be told of after it.
fn record_first_run(state: &TemplateState, run_id: RunId) -> Decision {
    if there(state)?.first_run.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![FirstRunRecorded { run_id }.into()])
}

fn archive(state: &TemplateState) -> Decision {
    match state {
        TemplateState::Absent => Err(Rejection::TemplateNotFound),
        TemplateState::Active(_) => Ok(vec![Archived {}.into()]),
        TemplateState::Archived(_) => Ok(Vec::new()),
    }
}

fn restore(state: &TemplateState) -> Decision {
    match state {
        TemplateState::Absent => Err(Rejection::TemplateNotFound),
        TemplateState::Active(_) => Ok(Vec::new()),
        TemplateState::Archived(_) => Ok(vec![Restored {}.into()]),
    }
}

fn purge(state: &TemplateState) -> Vec<TemplateEvent> {
    let purged = |lineage: &Lineage| Purged {
        snapshots: lineage.taken,
    };
    state
        .lineage()
        .map(purged)
        .map(TemplateEvent::from)
        .into_iter()
        .collect()
}

fn there(state: &TemplateState) -> Result<&Lineage, Rejection> {
    state.lineage().ok_or(Rejection::TemplateNotFound)
}
