//! Rows of gates as a batch keeps them, and what each event makes of them.

use cinatra_domain::kernel::{ActorId, ContentRef, Position};
use cinatra_domain::run::{
    AuthoredName, Code, Failed, GateAnswered, GateId, GateKind, GateOpened, GateSkipped, RunEvent,
};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::rows::RunKey;
use super::view::GateStatus;
use crate::net::{Merge, replace};
use crate::storable;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct GateKey {
    #[serde(flatten)]
    pub(super) run: RunKey,
    gate_index: u32,
}

impl GateKey {
    pub(super) const fn of(run: RunKey, id: GateId) -> Self {
        Self {
            run,
            gate_index: id.index,
        }
    }
}

/// What an event tells of a gate.
#[derive(Debug)]
pub(super) enum Told {
    /// It is about none.
    Nothing,
    /// There is one more.
    New(GateId, Box<GateRow>),
    /// More about one that there is.
    More(GateId, Box<GateRow>),
}

/// A gate, or what is told of it later: absent fields stay as they are, and nothing is taken back.
#[derive(Debug, Default, Serialize)]
pub(super) struct GateRow {
    kind: Option<GateKind>,
    status: Option<GateStatus>,
    node: Option<AuthoredName>,
    visit: Option<u32>,
    field: Option<AuthoredName>,
    renderer: Option<AuthoredName>,
    surface: Option<AuthoredName>,
    requires_approval: bool,
    schema_id: Option<Uuid>,
    values_id: Option<Uuid>,
    answer_id: Option<Uuid>,
    prompt_id: Option<Uuid>,
    is_prompt_excluded: bool,
    skip_reason: Option<Code>,
    opened_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    answered_by: Option<ActorId>,
    position: Position,
}

impl Merge for GateRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.status, later.status);
        replace(&mut self.answer_id, later.answer_id);
        replace(&mut self.prompt_id, later.prompt_id);
        self.is_prompt_excluded |= later.is_prompt_excluded;
        replace(&mut self.answered_at, later.answered_at);
        replace(&mut self.answered_by, later.answered_by);
        self.position = later.position;
    }
}

impl Told {
    pub(super) fn by(fact: &RunEvent, of: &Recorded) -> Self {
        match fact {
            RunEvent::GateOpened(body) => {
                Self::New(body.gate_id, Box::new(GateRow::opened(body, of)))
            }
            RunEvent::GateSkipped(body) => {
                Self::New(body.gate_id, Box::new(GateRow::skipped(body, of)))
            }
            RunEvent::GateAnswered(body) => {
                Self::More(body.gate_id, Box::new(GateRow::answered(body, of)))
            }
            RunEvent::PromptExcluded(body) => {
                let row = GateRow {
                    is_prompt_excluded: true,
                    ..GateRow::at(of)
                };
                Self::More(body.gate_id, Box::new(row))
            }
            RunEvent::Failed(body) => Self::closed(body.gate_id, closing(body), of),
            RunEvent::Stopped(body) => Self::closed(body.gate_id, GateStatus::Superseded, of),
            RunEvent::Created(_)
            | RunEvent::InputsChanged(_)
            | RunEvent::TriggerAsked(_)
            | RunEvent::Armed(_)
            | RunEvent::Disarmed(_)
            | RunEvent::Enqueued(_)
            | RunEvent::Withdrawn(_)
            | RunEvent::Released(_)
            | RunEvent::Started(_)
            | RunEvent::Checkpointed(_)
            | RunEvent::ContextSelected(_)
            | RunEvent::ReleaseAwaited(_)
            | RunEvent::Resumed(_)
            | RunEvent::Completed(_)
            | RunEvent::Reset(_)
            | RunEvent::Moved(_)
            | RunEvent::Sealed(_)
            | RunEvent::Purged(_) => Self::Nothing,
        }
    }

    /// The run ended; the gate, if one stood open, with it.
    fn closed(gate_id: Option<GateId>, status: GateStatus, of: &Recorded) -> Self {
        let row = || GateRow {
            status: Some(status),
            ..GateRow::at(of)
        };
        gate_id.map_or(Self::Nothing, |id| Self::More(id, Box::new(row())))
    }
}

/// What becomes of the gate that stood open when the run went wrong.
fn closing(body: &Failed) -> GateStatus {
    if body.code == Code::REJECTED_BY_OPERATOR {
        GateStatus::Rejected
    } else if body.code == Code::GATE_EXPIRED {
        GateStatus::Expired
    } else {
        GateStatus::Superseded
    }
}

impl GateRow {
    fn at(of: &Recorded) -> Self {
        Self {
            position: of.position,
            ..Self::default()
        }
    }

    fn opened(body: &GateOpened, of: &Recorded) -> Self {
        let id = |content: &ContentRef| content.id;
        Self {
            kind: Some(body.gate_id.kind),
            status: Some(GateStatus::Open),
            node: body.place.as_ref().map(|place| place.node.clone()),
            visit: body.place.as_ref().map(|place| place.visit),
            field: body.field.clone(),
            renderer: body.renderer.clone(),
            surface: body.surface.clone(),
            requires_approval: body.requires_approval,
            schema_id: body.schema.as_ref().map(id),
            values_id: body.values.as_ref().map(id),
            opened_at: Some(storable::time(body.at_us)),
            expires_at: body.expires_at_us.map(storable::time),
            ..Self::at(of)
        }
    }

    fn skipped(body: &GateSkipped, of: &Recorded) -> Self {
        Self {
            kind: Some(body.gate_id.kind),
            status: Some(GateStatus::Skipped),
            node: Some(body.place.node.clone()),
            visit: Some(body.place.visit),
            skip_reason: Some(body.reason.clone()),
            ..Self::at(of)
        }
    }

    fn answered(body: &GateAnswered, of: &Recorded) -> Self {
        Self {
            status: Some(GateStatus::Answered),
            answer_id: Some(body.answer.id),
            prompt_id: body.prompt.as_ref().map(|prompt| prompt.id),
            answered_at: Some(storable::time(body.at_us)),
            answered_by: Some(body.by.clone()),
            ..Self::at(of)
        }
    }
}
