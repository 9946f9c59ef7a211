//! A run that has ended goes on in another segment: from its beginning after it failed, from where it was after a stop.

use cinatra_domain::kernel::RunId;
use cinatra_domain::run::{EnqueueReason, RunCommand, RunState};
use cinatra_eventstore::{Loaded, RunStep};

use super::{NamedRun, RunChanged, Runs, changed, decide, log, present, run_id, worker::job};
use crate::draft::{Deciding, Draft};
use crate::stop::Stop;
use crate::{Done, Error, Invocation};

impl Runs {
    /// Lets a run that went wrong begin again, in a new attempt, with the inputs it had.
    pub async fn retry(
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
                this.may_begin_in(&mut draft, tenant, run.project_id)
                    .await?;
                // Order: what cannot begin again says so before its agent does.
                let reset = this.set_back(&mut draft, run_id, &loaded)?;
                let package = &run.pin.package_name;
                this.may_start(&mut draft, tenant, package, number).await?;
                let submit = RunCommand::Submit(EnqueueReason::Submitted);
                let (_, after) = decide(&mut draft, run_id, &reset, submit)?;
                draft.beside(job::execute(present(&after)?));
                Ok::<_, Stop>(changed(run_id, &after, "Run begins again.")?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// The same, but it stays a draft, whose inputs can be changed before it is submitted.
    pub async fn reset(
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
                let after = this.set_back(&mut draft, run_id, &loaded)?;
                Ok::<_, Stop>(changed(run_id, &after, "Run is a draft again.")?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// Lets a run that somebody stopped go on from where it could last.
    pub async fn resume_stopped(
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
                let place = present(&loaded)?.project_id;
                this.may_begin_in(&mut draft, tenant, place).await?;
                let now_us = this.authorities.now_us();
                let resume = RunCommand::Resume { now_us };
                let (_, after) = decide(&mut draft, run_id, &loaded, resume)?;
                let run = present(&after)?;
                let frames = this.begin(run_id, run.parent_run_id);
                log(&mut draft, run_id, vec![RunStep::NextSegment, frames]);
                draft.beside(job::execute(run));
                Ok::<_, Stop>(changed(run_id, &after, "Run goes on.")?)
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, run_id, task).await
    }

    /// Makes a failed run a draft, in a segment of its own; answers it as if that had happened.
    fn set_back(
        &self,
        draft: &mut Draft,
        run_id: RunId,
        failed: &Loaded<RunState>,
    ) -> Result<Loaded<RunState>, Stop> {
        let (_, after) = decide(draft, run_id, failed, RunCommand::Reset)?;
        let frames = self.begin(run_id, present(&after)?.parent_run_id);
        let steps = vec![RunStep::NextSegment, RunStep::Forget, frames];
        log(draft, run_id, steps);
        Ok(after)
    }
}
