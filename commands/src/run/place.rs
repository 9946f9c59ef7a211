//! In which project a run is: it begins in the one within which it is started, and is moved by whoever may take it out
//! of there and bring it elsewhere. Source: spec/runs.md 8.7.

use std::borrow::Cow;

use cinatra_domain::authority::{RunTarget, Target};
use cinatra_domain::kernel::{Decider as _, ProjectId, RunId, StreamId, TenantId};
use cinatra_domain::project::{Rejection, project_tag};
use cinatra_domain::run::{AgentRun, Run, RunCommand, RunState, Status};
use cinatra_eventstore::{AppendError, Expected, Loaded};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Runs, decide_by, present, run_id};
use crate::draft::{Deciding, Draft, FRESH};
use crate::hidden::hidden;
use crate::project::project_id;
use crate::stop::Stop;
use crate::{Done, Error, Invocation};

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// A project, or none: `null` says that there is none, which is something else than to say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InProject {
    /// This one.
    This(String),
    /// None.
    Nowhere,
}

impl InProject {
    /// Reads its id.
    pub fn parse(&self) -> Result<Option<ProjectId>, Error> {
        match self {
            Self::This(id) => project_id(id).map(Some),
            Self::Nowhere => Ok(None),
        }
    }

    /// For a field that may be absent as well.
    pub fn if_said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Self>, D::Error> {
        Self::deserialize(from).map(Some)
    }
}

impl<'de> Deserialize<'de> for InProject {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let said = Option::<String>::deserialize(from)?;
        Ok(said.map_or(Self::Nowhere, Self::This))
    }
}

impl JsonSchema for InProject {
    fn schema_name() -> Cow<'static, str> {
        "InProject".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "oneOf": [{ "type": "string", "maxLength": 36 }, { "type": "null" }] })
    }
}

/// Let a run be in another project, or in none.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveRun {
    /// Which.
    #[schemars(length(max = 36))]
    pub run_id: String,
    /// The project that it is to be in; null for none.
    pub project_id: InProject,
    /// Why.
    #[schemars(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

hidden!(MoveRun);

impl MoveRun {
    fn reason(&self) -> Result<Option<&str>, Error> {
        let reason = self.reason.as_deref();
        let is_legal = |text: &str| (1..=REASON_CHARS_MAX).contains(&text.chars().count());
        if reason.is_none_or(is_legal) {
            return Ok(reason);
        }
        Err(Error::invalid("reason", "must have 1 to 500 characters"))
    }
}

/// Where a run is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunMoved {
    /// Which.
    pub run_id: String,
    /// Where it stands.
    pub status: Status,
    /// The project that it is in; null when it is in none.
    pub project_id: Option<String>,
    /// Whether it was elsewhere.
    pub changed: bool,
}

impl Runs {
    /// What a judgement looks at about a run that is to be elsewhere; nothing for a run that is not there. Where it is
    /// may change, so nothing that is remembered is believed.
    pub async fn target_elsewhere(
        &self,
        tenant: TenantId,
        run: RunId,
        to: Option<ProjectId>,
    ) -> Result<Option<Target>, Error> {
        let id = run.to_string();
        let loaded = self.store.load_cold::<AgentRun>(tenant, &id).await?;
        let target = |run: &Run| Target::Move {
            run: RunTarget {
                run_id: run.run_id,
                owner: run.run_by,
                policy: run.policy,
            },
            from: run.project_id,
            to,
        };
        Ok(loaded.state.run().map(target))
    }

    /// Lets a run be in another project, or in none.
    pub async fn move_to(
        &self,
        invocation: &Invocation,
        input: &MoveRun,
    ) -> Result<Done<RunMoved>, Error> {
        let (run_id, to) = (run_id(&input.run_id)?, input.project_id.parse()?);
        let reason = input.reason()?;
        let judged = invocation.grant.target();
        let (this, tenant) = (self, invocation.caller.tenant);
        let task = Deciding(move |_| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, run_id, FRESH).await?;
                was_judged(judged, run_id, &loaded)?;
                let move_to = RunCommand::Move {
                    to,
                    reason: reason.map(|text| draft.content(text)),
                };
                let actor = &invocation.caller.actor;
                let (events, after) = decide_by(actor, &mut draft, run_id, &loaded, move_to)?;
                let run = present(&after)?;
                Ok(RunMoved {
                    run_id: run_id.to_string(),
                    status: run.status(),
                    project_id: run.project_id.map(|project| project.to_string()),
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// Nothing begins in a project that is archived, on condition that it is not until the append.
    pub(super) async fn may_begin_in(
        &self,
        draft: &mut Draft,
        tenant: TenantId,
        place: Option<ProjectId>,
    ) -> Result<(), Stop> {
        let Some(project) = place else {
            return Ok(());
        };
        let known = self.authorities.fresh(tenant).await?;
        draft.relies_on(vec![project_tag(project)?], known.at());
        match known.state().is_archived(project) {
            Some(true) => Err(Stop::refused(&Rejection::ProjectArchived)),
            Some(false) | None => Ok(()),
        }
    }
}

/// Whoever moves it was judged by where it was. A run that was moved meanwhile is left there, and the caller looks
/// again.
fn was_judged(
    judged: Option<Target>,
    run_id: RunId,
    loaded: &Loaded<RunState>,
) -> Result<(), Error> {
    let is_there = if let Some(Target::Move { from, .. }) = judged {
        present(loaded)?.project_id == from
    } else {
        true
    };
    if is_there {
        return Ok(());
    }
    let source = AppendError::Conflict {
        stream: StreamId::new(AgentRun::CATEGORY, &run_id.to_string()),
        expected: Expected::Any,
        actual: loaded.revision,
    };
    Err(Error::Append { source })
}

/// A run that another one starts is in its project. Whoever names one within which it starts, names that one.
pub(super) fn is_where_its_parent_is(
    within: Option<ProjectId>,
    inherited: Option<ProjectId>,
) -> Result<Option<ProjectId>, Error> {
    if within.is_some() && within != inherited {
        let reason = "is not in the project within which the run is to start";
        return Err(Error::invalid("parentRunId", reason));
    }
    Ok(inherited)
}
