//! One worker's stretch of a run: from where it stands to a gate or its end.
//!
//! The worker holds the job's lease, fences off whoever wrote to the run's log before, and then is its only writer: each
//! append names the last frame and the lease, so a worker that was stopped and wakes up writes nothing. What it
//! remembers is stored with the frames that tell of it; killed, the next one repeats at most the call in flight.

mod append;
mod end;
mod ended;
mod gate;
mod speech;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cinatra_domain::kernel::{RunId, TenantId};
use cinatra_domain::run::machine::{Call, Checkpoint, Event, Machine, Step, Visit, Wait};
use cinatra_domain::run::{AgentRun, Code, Phase, Run, RunState, Work};
use cinatra_domain::template::oas::Compiled;
use cinatra_eventstore::{EventStore, Loaded, RunStep};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::call::{Calls, NoAnswer};
use super::{job, setup};
use crate::Error;
use crate::draft::{self, FRESH};
use crate::run::frames::Telling;
use crate::run::plans::PlanError;
use crate::run::{Runs, present};

pub(super) use append::commit;
pub(super) use end::lose;
pub(in crate::run) use ended::Ended;
use ended::wrong;
use gate::place;
use speech::Speech;

/// A call lasts so long at most, whatever the run's timeout.
const CALL_MAX: Duration = Duration::from_hours(24);
/// A flow that neither calls nor asks is stored where it is this often, and when there is so much to tell: a worker that
/// the run was taken from notices, and what is to be told does not pile up.
const SAVE_EVERY: Duration = Duration::from_millis(250);
const TELL_BYTES: usize = 1024 * 1024;

/// A stretch under way.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    runs: &'a Runs,
    calls: &'a Calls,
    job: &'a job::Held,
    tenant: TenantId,
    run_id: RunId,
    run: Loaded<RunState>,
    /// The last frame and the lease, as far as this worker knows.
    log: (i64, i64),
    telling: Telling,
    /// Facts that go with the next append.
    pending: Vec<Work>,
    /// When it appended last.
    appended: Instant,
}

impl<'a> Segment<'a> {
    /// Executes what there is to execute of a run; nothing when it waits for people or has ended.
    pub(super) async fn execute(
        runs: &'a Runs,
        calls: &'a Calls,
        job: &'a job::Held,
        run_id: RunId,
    ) -> Result<(), Ended> {
        let tenant = job.tenant();
        let loaded = load(runs, tenant, run_id).await?;
        if loaded.state.run().is_none_or(|run| job.is_late(run)) {
            return Ok(());
        }
        let Some(head) = runs.store.run_head(tenant, run_id.0).await? else {
            return Ok(());
        };
        let mut segment = Self {
            runs,
            calls,
            job,
            tenant,
            run_id,
            run: loaded,
            log: (head.last_seq, head.lease_epoch),
            telling: runs.telling(run_id),
            pending: Vec::new(),
            appended: Instant::now(),
        };
        match segment.go().await {
            Err(Ended::Wrong(wrong)) => segment.fail(wrong).await,
            other => other,
        }
    }

    async fn go(&mut self) -> Result<(), Ended> {
        let Some(run) = self.run.state.run().cloned() else {
            return Ok(());
        };
        let is_for_workers = match run.phase() {
            Phase::Enqueued | Phase::Resuming | Phase::Executing => true,
            Phase::DraftInput
            | Phase::AwaitingTriggerChoice
            | Phase::Armed
            | Phase::SetupGate
            | Phase::WaitingRelease
            | Phase::ReviewGate
            | Phase::Completed
            | Phase::Failed
            | Phase::Stopped => false,
        };
        if !is_for_workers {
            return Ok(());
        }
        let compiled = self.compiled(&run).await?;
        let inputs = self.runs.inputs(self.tenant, &run).await;
        let inputs = inputs.map_err(|error| {
            if matches!(error, Error::Absent) {
                wrong("inputs_erased", None, "What the run begins with is erased.")
            } else {
                Ended::Failed(error)
            }
        })?;
        if run.phase() == Phase::Enqueued
            && let Some(form) = setup::missing(&compiled, &inputs)
        {
            return self.ask_before(&form, &inputs).await;
        }
        self.begin(&run).await?;
        self.walk(&compiled, &inputs).await
    }

    async fn compiled(&self, run: &Run) -> Result<Arc<Compiled>, Ended> {
        let (oas, plan) = (run.pin.oas_sha256.as_str(), run.pin.plan_digest.as_str());
        let plans = &self.runs.plans;
        match plans.pinned(self.tenant, oas, plan).await {
            Ok(compiled) => Ok(compiled),
            Err(PlanError::Changed) => Err(wrong(
                "plan_changed",
                None,
                "The agent's flow does not compile to what the run has pinned.",
            )),
            Err(PlanError::Blob(source)) => Err(Ended::Failed(source.into())),
        }
    }

    /// Takes the run: from here on nobody else writes frames of it unless they take it too.
    async fn begin(&mut self, run: &Run) -> Result<(), Ended> {
        let now_us = self.runs.authorities.now_us();
        let mut works = Vec::new();
        if run.phase() == Phase::Executing {
            let open = self.runs.open(self.tenant, self.run_id).await?;
            self.telling().goes_on(open);
            self.telling().falls_silent();
            works.push(Work::Recover { now_us });
        }
        works.push(Work::Start { now_us });
        self.append(works, vec![RunStep::Fence]).await
    }

    async fn walk(&mut self, plan: &Compiled, inputs: &Map<String, Value>) -> Result<(), Ended> {
        let machine = Machine::new(&plan.plan, self.calls.environment());
        let stored = self.runs.store.run_checkpoint(self.tenant, self.run_id.0);
        let (mut checkpoint, mut is_stored) = match stored.await? {
            Some(bytes) => {
                let read: Result<Checkpoint, _> = rmp_serde::from_slice(&bytes);
                let broken = |_| wrong("checkpoint_unreadable", None, "Nothing can go on from it.");
                let read = read.map_err(broken)?;
                let is_stored = read.waits == Wait::Response;
                (read, is_stored)
            }
            None => (machine.start(&self.run_id.to_string(), inputs)?, false),
        };
        let mut event = Event::Go;
        loop {
            // A template may take its time: others are not to wait for it.
            let stepped = tokio::task::block_in_place(|| machine.step(checkpoint, event));
            let (next, step) = stepped?;
            checkpoint = next;
            event = match step {
                Step::Passed(visit) => {
                    self.stay(&visit, &checkpoint).await?;
                    Event::Go
                }
                Step::Say { visit, text } => {
                    self.say(&visit, &text);
                    self.stay(&visit, &checkpoint).await?;
                    Event::Go
                }
                Step::Skipped { visit, .. } => {
                    self.pending.push(Work::SkipGate {
                        place: place(&visit)?,
                        reason: Code::parse("inputs_present")?,
                    });
                    Event::Go
                }
                Step::Call(call) => {
                    let before = (!is_stored).then_some(&checkpoint);
                    is_stored = false;
                    self.call(&call, before).await?
                }
                Step::Ask(ask) => match self.answer_to(&ask).await? {
                    Some(text) => Event::Answered(text),
                    None => return self.ask(&ask, &checkpoint).await,
                },
                Step::Finish { outputs } => return self.finish(plan, &outputs).await,
            };
        }
    }

    /// Between two nodes: looks whether the run is still this worker's, and in time.
    async fn stay(&mut self, at: &Visit, checkpoint: &Checkpoint) -> Result<(), Ended> {
        let due_us = present(&self.run)?.due_at_us();
        if due_us.is_some_and(|due| due <= self.runs.authorities.now_us()) {
            return self.expire().await.map(|_| ());
        }
        let is_long_ago = self.appended.elapsed() >= SAVE_EVERY;
        if is_long_ago || self.telling.bytes() >= TELL_BYTES {
            self.save(at, checkpoint).await?;
        }
        Ok(())
    }

    /// What is told now.
    fn telling(&mut self) -> &mut Telling {
        self.telling.is_now(self.runs.authorities.now_us());
        &mut self.telling
    }

    fn message_id(&self, visit: &Visit) -> String {
        let segment = self.run.state.run().map_or(0, |run| run.segment);
        format!("{segment}.{visit}")
    }

    fn say(&mut self, visit: &Visit, text: &str) {
        let id = self.message_id(visit);
        self.telling().said(&id, text);
    }

    /// Makes a call. `before` is stored first, unless it is there already because a worker died with the call in flight,
    /// or the run was stopped meanwhile: then the call is told of anew, because the former segment ended what it told.
    async fn call(&mut self, call: &Call, before: Option<&Checkpoint>) -> Result<Event, Ended> {
        let id = self.message_id(&call.visit);
        let is_untold = !self.telling.is_calling(&id);
        if is_untold {
            self.telling().called(&id, Calls::name(call));
        }
        match before {
            Some(checkpoint) => self.save(&call.visit, checkpoint).await?,
            None if is_untold => self.tell_now().await?,
            None => {}
        }
        let run = present(&self.run)?;
        let key = format!("{}:{}:{}", self.run_id, run.attempt, call.visit);
        let (due_us, run) = (run.due_at_us(), run.clone());
        let left = due_us.map(|due| due.saturating_sub(self.runs.authorities.now_us()).max(0));
        let left = left.and_then(|left| u64::try_from(left).ok());
        let left = left.map_or(CALL_MAX, Duration::from_micros).min(CALL_MAX);
        let (calls, tenant) = (self.calls, self.tenant);
        let (said, mut heard) = mpsc::channel(64);
        let mut answering = pin!(calls.make(tenant, &run, call, &key, said));
        let (store, run_id, lease, job) = (&self.runs.store, self.run_id, self.log.1, self.job);
        let mut away = pin!(taken_away(store, tenant, run_id, lease, job));
        let mut overdue = pin!(tokio::time::sleep(left));
        // A worker that repeats a call says it anew, in a message of its own.
        let mut speech = Speech::of(format!("{id}.{lease}"));
        let answered = loop {
            tokio::select! {
                biased;
                () = &mut away => return Err(Ended::Overtaken),
                () = &mut overdue => return self.expire().await,
                Some(delta) = heard.recv() => speech.hears(&delta),
                answered = &mut answering => break answered,
                () = speech.is_due() => {}
            }
            if speech.is_full() {
                self.speak(&mut speech).await?;
            }
        };
        // What was said last may still be on its way.
        while let Ok(delta) = heard.try_recv() {
            speech.hears(&delta);
        }
        self.speak(&mut speech).await?;
        self.telling().falls_silent();
        self.telling().answered(&id);
        match answered {
            Ok(answer) => {
                // Order: it is remembered with whatever is remembered next; until then the call would be repeated.
                self.pending
                    .extend(answer.selected.map(Work::SelectContext));
                Ok(Event::Responded {
                    status: answer.status,
                    body: answer.body,
                })
            }
            Err(NoAnswer::Ends { code, message }) => Err(wrong(&code, Some(&call.visit), &message)),
            Err(NoAnswer::Later(error)) => Err(Ended::Failed(error)),
        }
    }

    /// Tells viewers what was heard so far, without the ledger.
    async fn speak(&mut self, speech: &mut Speech) -> Result<(), Ended> {
        let Some(text) = speech.take() else {
            return Ok(());
        };
        if speech.begins() {
            self.telling().says(speech.id());
        }
        self.telling().adds(speech.id(), &text);
        self.tell_now().await
    }
}

/// Returns when the run is not this worker's any more.
async fn taken_away(
    store: &EventStore,
    tenant: TenantId,
    run_id: RunId,
    lease: i64,
    job: &job::Held,
) {
    let mut watch = store.watch_run(tenant, run_id.0);
    loop {
        match store.run_head(tenant, run_id.0).await {
            Ok(Some(head)) if head.lease_epoch == lease => {}
            Ok(_) => return,
            Err(error) => tracing::debug!(%error, "a worker cannot see its run"),
        }
        if job.is_lost() {
            return;
        }
        watch.changed().await;
    }
}

pub(super) async fn load(
    runs: &Runs,
    tenant: TenantId,
    run_id: RunId,
) -> Result<Loaded<RunState>, Error> {
    let id = run_id.to_string();
    Ok(draft::load::<AgentRun>(&runs.store, tenant, &id, FRESH).await?)
}
