//! A draft gets its inputs, and a worker.

use cinatra_domain::run::{EnqueueReason, Phase, RunCommand};
use serde_json::Value;

use super::{
    NamedRun, RunChanged, Runs, UpdateInputs, changed, decide, decide_by, input, present, run_id,
    worker::job,
};
use crate::draft::{Deciding, Draft};
use crate::stop::Stop;
use crate::{Done, Error, Invocation};

impl Runs {
    /// Gives a draft other inputs: those that are named, and the others stay.
    pub async fn change_inputs(
        &self,
        invocation: &Invocation,
        given: &UpdateInputs,
    ) -> Result<Done<RunChanged>, Error> {
        let (run_id, patch) = (run_id(&given.run_id)?, given.patch()?);
        let (this, tenant, patch) = (self, invocation.caller.tenant, &patch);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, run_id, number).await?;
                let run = present(&loaded)?;
                let before = this.inputs(tenant, run).await?;
                let mut inputs = before.clone();
                for (field, value) in patch {
                    if value.is_null() {
                        inputs.remove(field);
                    } else {
                        inputs.insert(field.clone(), value.clone());
                    }
                }
                let inputs = if inputs == before {
                    run.inputs.clone()
                } else {
                    let text = Value::Object(inputs).to_string();
                    draft.content(input::sized(&text)?)
                };
                let change = RunCommand::ChangeInputs(inputs);
                let actor = &invocation.caller.actor;
                let (events, after) = decide_by(actor, &mut draft, run_id, &loaded, change)?;
                let message = if events.is_empty() {
                    "The inputs are what they were."
                } else {
                    "The inputs were changed."
                };
                Ok::<_, Stop>(changed(run_id, &after, message)?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// Hands a draft to the workers. One that waits for a worker waits on.
    pub async fn submit(
        &self,
        invocation: &Invocation,
        named: &NamedRun,
    ) -> Result<Done<RunChanged>, Error> {
        let (this, tenant) = (self, invocation.caller.tenant);
        let run_id = run_id(&named.run_id)?;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, run_id, number).await?;
                let run = present(&loaded)?;
                if run.phase() == Phase::DraftInput {
                    let place = run.project_id;
                    this.may_begin_in(&mut draft, tenant, place).await?;
                    let package = &run.pin.package_name;
                    this.may_start(&mut draft, tenant, package, number).await?;
                }
                let submit = RunCommand::Submit(EnqueueReason::Submitted);
                let (events, after) = decide(&mut draft, run_id, &loaded, submit)?;
                if events.is_empty() {
                    return Ok(changed(run_id, &after, "Run is queued already.")?);
                }
                draft.beside(job::execute(present(&after)?));
                Ok::<_, Stop>(changed(run_id, &after, "Run is queued.")?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }
}
