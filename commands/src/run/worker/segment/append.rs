//! What a worker appends: what was decided, told and remembered, at once or not at all.

use std::time::Instant;

use cinatra_domain::kernel::{Revision, RunId, TenantId};
use cinatra_domain::run::{RunCommand, RunState, Work};
use cinatra_eventstore::{Append, AppendError, CommandRecord, Loaded, RunGuard, RunRow, RunStep};

use super::ended::{Ended, wrong};
use super::{Segment, load};
use crate::draft::Draft;
use crate::run::{Runs, decide, present};
use crate::{Error, Invocation, mint};

/// What a worker has to say, kept to be decided again, and where the run stands after it.
pub(super) struct Decided {
    commands: Vec<RunCommand>,
    pub(super) after: Loaded<RunState>,
}

impl Segment<'_> {
    /// Lets the rules decide about what the worker has to say, in order.
    pub(super) fn work(
        &self,
        draft: &mut Draft,
        works: impl IntoIterator<Item = Work>,
    ) -> Result<Decided, Ended> {
        let segment = present(&self.run)?.segment;
        let works = works.into_iter();
        self.decide(
            draft,
            works
                .map(|work| RunCommand::Work { segment, work })
                .collect(),
        )
    }

    /// The same of commands of whatever kind.
    pub(super) fn decide(
        &self,
        draft: &mut Draft,
        commands: Vec<RunCommand>,
    ) -> Result<Decided, Ended> {
        let mut after = self.run.clone();
        for command in &commands {
            let (_, next) = decide(draft, self.run_id, &after, command.clone())?;
            after.state = next.state;
        }
        Ok(Decided { commands, after })
    }

    /// The same, appended with all that was told so far.
    pub(super) async fn append(
        &mut self,
        works: Vec<Work>,
        steps: Vec<RunStep>,
    ) -> Result<(), Ended> {
        let mut draft = Draft::default();
        let decided = self.work(&mut draft, works)?;
        self.commit(draft, decided, steps).await
    }

    /// Writes what was told, where nothing was decided.
    pub(super) async fn tell_now(&mut self) -> Result<(), Ended> {
        let frames = self.telling.take();
        let (last_seq, lease_epoch) = self.log;
        let store = &self.runs.store;
        let run_id = self.run_id.0;
        let told = store.append_frames(self.tenant, run_id, lease_epoch, last_seq, &frames);
        match told.await {
            Ok(last_seq) => {
                self.log.0 = last_seq;
                Ok(())
            }
            Err(AppendError::RunRefused { .. }) => Err(Ended::Overtaken),
            Err(AppendError::Malformed(reason)) => Err(too_large(reason)),
            Err(source) => Err(Ended::Failed(Error::Append { source })),
        }
    }

    /// Appends what was decided, with all that was told so far.
    pub(super) async fn commit(
        &mut self,
        mut draft: Draft,
        decided: Decided,
        mut steps: Vec<RunStep>,
    ) -> Result<(), Ended> {
        let frames = self.telling.take();
        let told = i64::try_from(frames.len()).unwrap_or(i64::MAX);
        let is_fence = |step: &&RunStep| matches!(step, RunStep::Fence);
        let fences = steps.iter().filter(is_fence).count();
        let fences = i64::try_from(fences).unwrap_or(i64::MAX);
        if told > 0 {
            steps.insert(0, RunStep::Frames(frames));
        }
        let (last_seq, lease_epoch) = self.log;
        if !steps.is_empty() {
            draft.beside(RunRow {
                run_id: self.run_id.0,
                guard: RunGuard::At {
                    last_seq,
                    lease_epoch,
                },
                steps,
            });
        }
        self.write(draft, decided).await?;
        self.log = (last_seq + told, lease_epoch + fences);
        self.appended = Instant::now();
        Ok(())
    }

    /// Others say things about a run while it executes, such as the seal of a segment before: whoever still has it
    /// decides again.
    async fn write(&mut self, mut draft: Draft, mut decided: Decided) -> Result<(), Ended> {
        let appended = loop {
            match commit(self.runs, self.tenant, self.run_id, draft.clone()).await {
                Err(Ended::Moved) => self.look_again().await?,
                ended => break ended?,
            }
            draft.begins_anew();
            decided = self.decide(&mut draft, decided.commands)?;
        };
        let revision = self.run.revision;
        self.run = Loaded {
            state: decided.after.state,
            revision: revision.map(|revision| Revision(revision.0 + appended)),
        };
        Ok(())
    }

    /// Where the run stands now, if it is still this worker's.
    async fn look_again(&mut self) -> Result<(), Ended> {
        self.run = load(self.runs, self.tenant, self.run_id).await?;
        let head = self.runs.store.run_head(self.tenant, self.run_id.0).await?;
        let is_ours = head.is_some_and(|head| head.lease_epoch == self.log.1);
        is_ours.then_some(()).ok_or(Ended::Overtaken)
    }
}

/// What cannot be written will not be the next time either.
fn too_large(reason: &str) -> Ended {
    let message = format!("What the run has to say cannot be stored: {reason}.");
    wrong("too_large", None, &message)
}

/// Appends a draft in the name of the workers; answers how many events that were. A log or a job that is not as the
/// worker believed means that somebody else acts on the run; a stream alone does not.
pub(in crate::run::worker) async fn commit(
    runs: &Runs,
    tenant: TenantId,
    run_id: RunId,
    draft: Draft,
) -> Result<i64, Ended> {
    let attempt = draft.conclude(Ok(()))?;
    let mut invocation = Invocation::of_system("agent_run", mint::id()).in_ledger(tenant);
    invocation.correlation_id = run_id.0;
    let events = attempt.streams.iter().map(|stream| stream.events.len());
    let events = i64::try_from(events.sum::<usize>()).unwrap_or(i64::MAX);
    let append = Append {
        tenant,
        streams: attempt.streams,
        conditions: attempt.conditions,
        command: CommandRecord {
            command_id: invocation.command_id,
            request_hash: [0; 32],
            outcome: "ok".to_owned(),
            result: Vec::new(),
        },
        context: invocation.context(),
        side: attempt.side,
    };
    match runs.store.append(append).await {
        Ok(_) => Ok(events),
        Err(AppendError::RunRefused { .. } | AppendError::JobFenced { .. }) => {
            Err(Ended::Overtaken)
        }
        Err(AppendError::Malformed(reason)) => Err(too_large(reason)),
        Err(error) if error.is_conflict() => Err(Ended::Moved),
        Err(source) => Err(Ended::Failed(Error::Append { source })),
    }
}
