//! Rows of runs as a batch keeps them, and what each event makes of them.

use cinatra_domain::extension::{PackageName, Version};
use cinatra_domain::kernel::{Position, ProjectId, RunId, TenantId, UserId};
use cinatra_domain::run::{
    AuthoredName, Code, Completed, Created, Failed, GateKind, Phase, Reset, RunEvent, Start,
    Status, Step, TimeoutSeconds,
};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::net::{Merge, replace};
use crate::{Poison, storable};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct RunKey {
    pub(super) tenant_id: TenantId,
    pub(super) run_id: RunId,
}

impl RunKey {
    /// Whose history it is.
    pub(super) fn of_stream(recorded: &Recorded) -> Result<Self, Poison> {
        let run_id = recorded.stream.id().parse();
        let run_id = run_id.map_err(|_| Poison(format!("{} names no run", recorded.stream)))?;
        Ok(Self {
            tenant_id: recorded.tenant,
            run_id,
        })
    }
}

/// A run, or what changed of it: absent fields stay as they are, but for what may end.
#[derive(Debug, Default, Serialize)]
pub(super) struct RunRow {
    #[serde(flatten)]
    origin: Option<Origin>,
    /// Whether the time came for what it waited for: where that leads depends on where it stood.
    is_released: bool,
    phase: Option<Phase>,
    status: Option<Status>,
    /// Whether it is in another project now, or in none.
    is_moved: bool,
    project_id: Option<ProjectId>,
    inputs_id: Option<Uuid>,
    outputs_id: Option<Uuid>,
    attempt: Option<u32>,
    segment: Option<u32>,
    /// How many more.
    checkpoints: u32,
    /// Whether a new attempt began, which has not started yet.
    is_reset: bool,
    /// The first time of an attempt counts.
    started_at: Option<Timestamp>,
    #[serde(flatten)]
    end: End,
    revision: i64,
    position: Position,
}

/// What a run is from its first moment to its last.
#[derive(Clone, Debug, Serialize)]
struct Origin {
    package_name: PackageName,
    version: Version,
    snapshot_id: Uuid,
    run_by: Option<UserId>,
    parent_run_id: Option<RunId>,
    title_id: Option<Uuid>,
    timeout_seconds: Option<TimeoutSeconds>,
    source: Code,
    created_at: Timestamp,
    created_position: Position,
}

/// How the run ended; all absent while it goes on.
#[derive(Debug, Default, Serialize)]
struct End {
    /// Whether it is told anew: the run ended, or goes on after an end.
    is_settled: bool,
    completed_at: Option<Timestamp>,
    error_code: Option<Code>,
    failed_node: Option<AuthoredName>,
    message_id: Option<Uuid>,
}

impl Merge for RunRow {
    fn merge(&mut self, later: Self) {
        self.go(&later);
        if later.is_moved {
            self.is_moved = true;
            self.project_id = later.project_id;
        }
        replace(&mut self.inputs_id, later.inputs_id);
        replace(&mut self.outputs_id, later.outputs_id);
        replace(&mut self.attempt, later.attempt);
        replace(&mut self.segment, later.segment);
        self.checkpoints = self.checkpoints.saturating_add(later.checkpoints);
        if later.is_reset {
            self.is_reset = true;
            self.started_at = later.started_at;
        } else {
            self.started_at = self.started_at.or(later.started_at);
        }
        if later.end.is_settled {
            self.end = later.end;
        }
        self.revision = later.revision;
        self.position = later.position;
    }
}

impl RunRow {
    /// Where the run stands after a later change.
    fn go(&mut self, later: &Self) {
        let released = |phase: Phase| phase.after(Step::Release).unwrap_or(phase);
        match (later.phase, self.phase) {
            (Some(phase), _) => {
                self.is_released = false;
                self.stand(phase);
            }
            (None, Some(phase)) if later.is_released => self.stand(released(phase)),
            (None, None) if later.is_released => self.is_released = true,
            (None, _) => {}
        }
    }

    fn stand(&mut self, phase: Phase) {
        self.phase = Some(phase);
        self.status = Some(phase.status());
    }

    /// What the event makes of the run.
    pub(super) fn of(fact: &RunEvent, of: &Recorded) -> Self {
        match fact {
            RunEvent::Created(body) => Self::created(body, of),
            RunEvent::InputsChanged(body) => Self {
                inputs_id: Some(body.inputs.id),
                ..Self::at(of)
            },
            RunEvent::TriggerAsked(_) => Self::gone_to(Phase::AwaitingTriggerChoice, of),
            RunEvent::Armed(_) => Self::gone_to(Phase::Armed, of),
            RunEvent::Disarmed(_) | RunEvent::Withdrawn(_) => Self::gone_to(Phase::DraftInput, of),
            RunEvent::Enqueued(_) => Self::gone_to(Phase::Enqueued, of),
            RunEvent::Released(_) => Self {
                is_released: true,
                ..Self::at(of)
            },
            RunEvent::Started(body) => Self {
                started_at: Some(storable::time(body.at_us)),
                ..Self::gone_to(Phase::Executing, of)
            },
            RunEvent::Checkpointed(_) => Self {
                checkpoints: 1,
                ..Self::at(of)
            },
            RunEvent::GateOpened(body) => Self::gone_to(asking(body.gate_id.kind), of),
            RunEvent::GateAnswered(body) => Self {
                inputs_id: body.inputs.as_ref().map(|inputs| inputs.id),
                ..Self::gone_to(answered(body.gate_id.kind), of)
            },
            RunEvent::ReleaseAwaited(_) => Self::gone_to(Phase::WaitingRelease, of),
            RunEvent::Resumed(body) => Self {
                segment: Some(body.segment),
                end: End::undone(),
                ..Self::gone_to(Phase::Resuming, of)
            },
            RunEvent::Completed(body) => Self::completed(body, of),
            RunEvent::Failed(body) => Self::failed(body, of),
            RunEvent::Stopped(body) => Self::ended(Phase::Stopped, body.at_us, of),
            RunEvent::Reset(body) => Self::reset(body, of),
            RunEvent::Moved(body) => Self {
                is_moved: true,
                project_id: body.to,
                ..Self::at(of)
            },
            RunEvent::ContextSelected(_)
            | RunEvent::GateSkipped(_)
            | RunEvent::PromptExcluded(_)
            | RunEvent::Sealed(_)
            | RunEvent::Purged(_) => Self::at(of),
        }
    }

    /// The event happened to it.
    fn at(of: &Recorded) -> Self {
        Self {
            revision: of.revision.0,
            position: of.position,
            ..Self::default()
        }
    }

    fn gone_to(phase: Phase, of: &Recorded) -> Self {
        Self {
            phase: Some(phase),
            status: Some(phase.status()),
            ..Self::at(of)
        }
    }

    fn created(body: &Created, of: &Recorded) -> Self {
        let phase = match body.start {
            Start::DraftInput => Phase::DraftInput,
            Start::Enqueued => Phase::Enqueued,
        };
        Self {
            origin: Some(Origin::of(body, of)),
            is_moved: true,
            project_id: body.project_id,
            inputs_id: Some(body.inputs.id),
            attempt: Some(1),
            segment: Some(1),
            ..Self::gone_to(phase, of)
        }
    }

    fn ended(phase: Phase, at_us: i64, of: &Recorded) -> Self {
        Self {
            end: End {
                completed_at: Some(storable::time(at_us)),
                ..End::undone()
            },
            ..Self::gone_to(phase, of)
        }
    }

    fn completed(body: &Completed, of: &Recorded) -> Self {
        Self {
            outputs_id: Some(body.outputs.id),
            ..Self::ended(Phase::Completed, body.at_us, of)
        }
    }

    fn failed(body: &Failed, of: &Recorded) -> Self {
        Self {
            end: End {
                is_settled: true,
                completed_at: Some(storable::time(body.at_us)),
                error_code: Some(body.code.clone()),
                failed_node: body.node.clone(),
                message_id: body.message.as_ref().map(|message| message.id),
            },
            ..Self::gone_to(Phase::Failed, of)
        }
    }

    fn reset(body: &Reset, of: &Recorded) -> Self {
        Self {
            attempt: Some(body.attempt),
            segment: Some(body.segment),
            is_reset: true,
            end: End::undone(),
            ..Self::gone_to(Phase::DraftInput, of)
        }
    }
}

impl End {
    /// There is none any more.
    fn undone() -> Self {
        Self {
            is_settled: true,
            ..Self::default()
        }
    }
}

impl Origin {
    fn of(body: &Created, of: &Recorded) -> Self {
        Self {
            package_name: body.pin.package_name.clone(),
            version: body.pin.version.clone(),
            snapshot_id: body.pin.snapshot_id.0,
            run_by: body.run_by,
            parent_run_id: body.parent_run_id,
            title_id: body.title.as_ref().map(|title| title.id),
            timeout_seconds: body.timeout_seconds,
            source: body.source.clone(),
            created_at: of.recorded_at,
            created_position: of.position,
        }
    }
}

const fn asking(kind: GateKind) -> Phase {
    match kind {
        GateKind::Setup => Phase::SetupGate,
        GateKind::Review => Phase::ReviewGate,
    }
}

const fn answered(kind: GateKind) -> Phase {
    match kind {
        GateKind::Setup => Phase::Enqueued,
        GateKind::Review => Phase::Resuming,
    }
}
