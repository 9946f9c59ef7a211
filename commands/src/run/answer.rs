//! What people say at a gate: the first answer wins, and the same one again is nothing.

use cinatra_domain::kernel::{Class, Coded, TenantId};
use cinatra_domain::run::{
    AgentRun, Answer, Fate, GateId, GateKind, Phase, Run, RunCommand, Status,
};
use cinatra_eventstore::RunStep;
use serde_json::{Map, Value, json};

use super::frames::Telling;
use super::{
    NamedGate, NoteExcluded, RejectRun, ResumeRun, RunChanged, Runs, changed, decide, decide_by,
    input, log, present, run_id, surface, worker::job,
};
use crate::draft::{Deciding, Draft};
use crate::stop::Stop;
use crate::{Done, Error, Invocation};

/// Code of a run that went wrong because somebody said so.
const REJECTED: &str = "rejected_by_operator";

/// Nobody waits for an answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "Run is not pending approval (status: {}). Only pending_approval runs can be resumed.",
    .status.as_str()
)]
struct NotPending {
    status: Status,
}

impl Coded for NotPending {
    fn class(&self) -> Class {
        Class::Conflict
    }

    fn code(&self) -> &'static str {
        "RUN_NOT_PENDING"
    }

    fn details(&self) -> Value {
        json!({ "status": self.status })
    }
}

/// Fields that a setup gate does not take.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the answer does not fit the fields that are asked for")]
struct FieldsRefused {
    fields: Vec<(String, String)>,
}

impl Coded for FieldsRefused {
    fn class(&self) -> Class {
        Class::Rejected
    }

    fn code(&self) -> &'static str {
        "GATE_FIELDS_INVALID"
    }

    fn details(&self) -> Value {
        let field =
            |(field, reason): &(String, String)| json!({ "field": field, "reason": reason });
        json!({ "fields": self.fields.iter().map(field).collect::<Vec<_>>() })
    }
}

impl Runs {
    /// Answers the gate at which a run waits.
    pub async fn answer(
        &self,
        invocation: &Invocation,
        given: &ResumeRun,
    ) -> Result<Done<RunChanged>, Error> {
        let (run_id, named) = (run_id(&given.run_id)?, gate_id(given.gate_id.as_deref())?);
        let (this, tenant) = (self, invocation.caller.tenant);
        given.note()?;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, run_id, number).await?;
                // Order: before anything is refused, so that what another node wrote is looked at first.
                draft.relies_on_stream::<AgentRun>(&run_id.to_string(), &loaded);
                let gate = meant(present(&loaded)?, named)?;
                let answer = this.to(&mut draft, invocation, present(&loaded)?, gate, given);
                let answer = RunCommand::Answer(answer.await?);
                let is_closed = present(&loaded)?.closed_gates.contains_key(&gate);
                let actor = &invocation.caller.actor;
                let decided = decide_by(actor, &mut draft, run_id, &loaded, answer);
                if is_closed {
                    // A gate is closed for good: that holds wherever the run has got to meanwhile.
                    draft.rests_on_nothing();
                }
                let (events, after) = decided?;
                if events.is_empty() {
                    return Ok(changed(
                        run_id,
                        &after,
                        "The gate has this answer already.",
                    )?);
                }
                let mut telling = this.telling(run_id);
                // Order: the official clients take nothing before a run goes on.
                telling.resumed(&gate.to_string());
                telling.surface(surface::deleted(gate));
                log(
                    &mut draft,
                    run_id,
                    vec![RunStep::Frames(telling.into_frames())],
                );
                draft.beside(job::execute(present(&after)?));
                Ok(changed(run_id, &after, "The run goes on.")?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// Lets a run not go on after its open gate.
    pub async fn reject(
        &self,
        invocation: &Invocation,
        given: &RejectRun,
    ) -> Result<Done<RunChanged>, Error> {
        let (run_id, named) = (run_id(&given.run_id)?, gate_id(given.gate_id.as_deref())?);
        let reason = given.reason.as_deref().map(input::reason).transpose()?;
        let (this, tenant) = (self, invocation.caller.tenant);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, run_id, number).await?;
                draft.relies_on_stream::<AgentRun>(&run_id.to_string(), &loaded);
                let gate_id = meant(present(&loaded)?, named)?;
                let reason = reason.map(|text| draft.content(text));
                let now_us = this.authorities.now_us();
                let reject = RunCommand::Reject {
                    gate_id,
                    reason,
                    now_us,
                };
                let actor = &invocation.caller.actor;
                let (events, after) = decide_by(actor, &mut draft, run_id, &loaded, reject)?;
                if !events.is_empty() {
                    let tell = |telling: &mut Telling| {
                        telling.failed(REJECTED, "Somebody rejected what the run asked for.");
                    };
                    this.end(&mut draft, tenant, &loaded, run_id, tell).await?;
                }
                Ok(changed(run_id, &after, "The run was rejected.")?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// Lets what was noted with an answer teach no later run. Nothing happens the second time.
    pub async fn exclude_prompt(
        &self,
        invocation: &Invocation,
        given: &NamedGate,
    ) -> Result<Done<NoteExcluded>, Error> {
        let (this, tenant) = (self, invocation.caller.tenant);
        let run_id = run_id(&given.run_id)?;
        let gate_id: GateId = given.gate_id.parse().map_err(|_| no_gate())?;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, run_id, number).await?;
                decide(
                    &mut draft,
                    run_id,
                    &loaded,
                    RunCommand::ExcludePrompt(gate_id),
                )?;
                Ok::<_, Stop>(NoteExcluded {
                    run_id: run_id.to_string(),
                    gate_id: gate_id.to_string(),
                    excluded: true,
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    async fn to(
        &self,
        draft: &mut Draft,
        invocation: &Invocation,
        run: &Run,
        gate_id: GateId,
        given: &ResumeRun,
    ) -> Result<Answer, Stop> {
        let tenant = invocation.caller.tenant;
        let (text, inputs) = match gate_id.kind {
            GateKind::Review => (given.text()?, None),
            GateKind::Setup => {
                let fields = given.fields()?;
                let text = Value::Object(fields.clone()).to_string();
                let is_open = run.phase() == Phase::SetupGate;
                let inputs = if is_open {
                    Some(self.with(tenant, run, fields).await?)
                } else {
                    None
                };
                (text, inputs)
            }
        };
        let first = run.closed_gates.get(&gate_id).map(|gate| &gate.fate);
        let answer_equals_first = match first {
            Some(Fate::Answered { answer, .. }) => {
                self.text(tenant, answer).await?.as_deref() == Some(text.as_str())
            }
            Some(Fate::Skipped | Fate::Rejected | Fate::Expired | Fate::Superseded) | None => false,
        };
        let note = given.note()?.map(str::trim).filter(|note| !note.is_empty());
        let note = note.filter(|_| gate_id.kind == GateKind::Review);
        Ok(Answer {
            gate_id,
            answer: draft.content(&text),
            prompt: note.map(|note| draft.content(note)),
            inputs: inputs.map(|inputs| draft.content(&Value::Object(inputs).to_string())),
            by: invocation.caller.actor.clone(),
            answer_equals_first,
            now_us: self.authorities.now_us(),
        })
    }

    /// The run's inputs with these fields among them.
    async fn with(
        &self,
        tenant: TenantId,
        run: &Run,
        fields: Map<String, Value>,
    ) -> Result<Map<String, Value>, Stop> {
        let (oas, plan) = (run.pin.oas_sha256.as_str(), run.pin.plan_digest.as_str());
        let compiled = self.plans.pinned(tenant, oas, plan).await;
        let compiled = compiled.map_err(Error::from)?;
        let refused = misfits(&compiled.input_schema["properties"], &fields);
        if !refused.is_empty() {
            return Err(Stop::refused(&FieldsRefused { fields: refused }));
        }
        let mut inputs = self.inputs(tenant, run).await?;
        inputs.extend(fields);
        Ok(inputs)
    }

    /// What a run begins with.
    pub(super) async fn inputs(
        &self,
        tenant: TenantId,
        run: &Run,
    ) -> Result<Map<String, Value>, Error> {
        let text = self.text(tenant, &run.inputs).await?.ok_or(Error::Absent)?;
        serde_json::from_str(&text).map_err(|_| Error::Absent)
    }
}

/// Fields that nobody asks for, or whose values do not fit.
pub(super) fn misfits(properties: &Value, fields: &Map<String, Value>) -> Vec<(String, String)> {
    let misfit = |(name, value): (&String, &Value)| {
        let Some(property) = properties.get(name) else {
            return Some((name.clone(), "is not asked for".to_owned()));
        };
        // What is no schema binds nobody, else the gate could not be answered.
        let validator = jsonschema::validator_for(property).ok()?;
        let refused = validator.validate(value).err()?;
        Some((name.clone(), refused.masked().to_string()))
    };
    fields.iter().filter_map(misfit).collect()
}

fn gate_id(text: Option<&str>) -> Result<Option<GateId>, Error> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| no_gate())
}

fn no_gate() -> Error {
    Error::invalid("gateId", "is not the id of a gate")
}

/// The gate that is meant: the one that is named, else the open one.
fn meant(run: &Run, named: Option<GateId>) -> Result<GateId, Stop> {
    let open = run.open_gate().map(|gate| gate.gate_id);
    named.or(open).ok_or_else(|| {
        Stop::refused(&NotPending {
            status: run.status(),
        })
    })
}
