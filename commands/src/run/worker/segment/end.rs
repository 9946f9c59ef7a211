//! How a segment ends by what its worker has to say.

use cinatra_domain::kernel::RunId;
use cinatra_domain::run::machine::Event;
use cinatra_domain::run::{AuthoredName, Code, RunCommand, Work};
use cinatra_domain::template::oas::Compiled;
use cinatra_eventstore::RunStep;
use serde_json::{Map, Value};

use super::ended::{Ended, Wrong, wrong};
use super::{Segment, commit, job, load};
use crate::draft::Draft;
use crate::run::{Runs, decide, log, present};

/// Code of a run that nobody could go on with.
const LOST: &str = "worker_lost";

impl Segment<'_> {
    pub(super) async fn finish(
        &mut self,
        plan: &Compiled,
        outputs: &Map<String, Value>,
    ) -> Result<(), Ended> {
        let value = Value::Object(outputs.clone());
        fits(&plan.output_schema, &value).map_err(|no| wrong("outputs_invalid", None, &no))?;
        let mut draft = Draft::default();
        let now_us = self.runs.authorities.now_us();
        let complete = Work::Complete {
            now_us,
            outputs: draft.content(&value.to_string()),
        };
        let works = std::mem::take(&mut self.pending).into_iter();
        let decided = self.work(&mut draft, works.chain([complete]))?;
        self.telling().completed(outputs);
        draft.beside(self.job.done());
        draft.beside(job::seal(self.run_id));
        self.commit(draft, decided, vec![RunStep::Fence]).await
    }

    pub(super) async fn fail(&mut self, wrong: Wrong) -> Result<(), Ended> {
        tracing::info!(run = %self.run_id, code = wrong.code, "a run went wrong");
        let mut draft = Draft::default();
        let now_us = self.runs.authorities.now_us();
        let fail = Work::Fail {
            now_us,
            code: Code::parse(wrong.code.as_str())?,
            node: wrong.node.and_then(|node| AuthoredName::parse(node).ok()),
            message: Some(draft.content(&wrong.message)),
        };
        let decided = self.work(&mut draft, [fail])?;
        self.telling().failed(&wrong.code, &wrong.message);
        draft.beside(self.job.done());
        draft.beside(job::seal(self.run_id));
        self.commit(draft, decided, vec![RunStep::Fence]).await
    }

    /// The run has executed for as long as it may.
    pub(super) async fn expire(&mut self) -> Result<Event, Ended> {
        let mut draft = Draft::default();
        let now_us = self.runs.authorities.now_us();
        let expire = RunCommand::Expire { now_us };
        let decided = self.decide(&mut draft, vec![expire])?;
        if !present(&decided.after)?.phase().is_terminal() {
            // By the clock it is not yet time.
            return Err(Ended::Moved);
        }
        let code = Code::TIMED_OUT;
        let message = "The run executed for as long as it may.";
        self.telling().failed(code.as_str(), message);
        draft.beside(self.job.done());
        draft.beside(job::seal(self.run_id));
        self.commit(draft, decided, vec![RunStep::Fence]).await?;
        Err(Ended::Overtaken)
    }
}

/// Whether outputs are what was declared; else why not, without a value.
fn fits(schema: &Value, outputs: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(schema);
    let validator = validator.map_err(|_| "what is declared is no JSON Schema".to_owned())?;
    let fitting = validator.validate(outputs);
    fitting.map_err(|refused| refused.masked().to_string())
}

/// No worker will take the run any more: it goes wrong with its job, in one append, so that it is told of whatever
/// becomes of this worker. A run that has ended meanwhile refuses that.
pub(in crate::run::worker) async fn lose(
    runs: &Runs,
    job: &job::Held,
    run_id: RunId,
    code: &str,
) -> Result<(), Ended> {
    let tenant = job.tenant();
    let loaded = load(runs, tenant, run_id).await?;
    let Some(run) = loaded.state.run().filter(|run| !job.is_late(run)) else {
        return Ok(());
    };
    let mut draft = Draft::default();
    let message = "No worker could go on with the run.";
    let fail = Work::Fail {
        now_us: runs.authorities.now_us(),
        code: Code::parse(LOST)?,
        node: None,
        message: Some(draft.content(message)),
    };
    let segment = run.segment;
    let fail = RunCommand::Work {
        segment,
        work: fail,
    };
    decide(&mut draft, run_id, &loaded, fail)?;
    let mut telling = runs.telling(run_id);
    telling.failed(LOST, message);
    let frames = RunStep::Frames(telling.into_frames());
    log(&mut draft, run_id, vec![frames, RunStep::Fence]);
    draft.beside(job.dead(code));
    draft.beside(job::seal(run_id));
    commit(runs, tenant, run_id, draft).await.map(|_| ())
}
