//! A conversation that waits for an answer goes on by one, and by nothing else. Source: spec/runs.md 2.8.

use cinatra_domain::kernel::{CommandId, RunId};
use cinatra_domain::run::{AgentRun, thread_tag};

use super::Post;
use crate::problem::Problem;

/// Runs of a conversation that are looked at, the latest ones.
const LOOKED_AT: usize = 20;

impl Post<'_> {
    /// Whether a post without an answer is to give one instead: a run of the caller's, of this agent and conversation,
    /// waits for one. The same post again asks for nothing new.
    pub(super) async fn lacks_an_answer(&self) -> Result<bool, Problem> {
        if self.was_made_before().await? {
            return Ok(false);
        }
        for run_id in self.runs().await? {
            if self.waits(run_id).await? {
                // Order: the same post may have been made beside this one, and begun the run that waits.
                return Ok(!self.was_made_before().await?);
            }
        }
        Ok(false)
    }

    async fn was_made_before(&self) -> Result<bool, Problem> {
        let own = self.terms.idempotency_key.clone();
        let key = own.unwrap_or_else(|| self.posted.key(&self.package, ""));
        let Ok(command) = CommandId::derive(&self.principal.actor.id, &key) else {
            return Ok(false);
        };
        let (store, tenant) = (&self.app.backend().store, self.principal.tenant());
        let known = store.command(tenant, command).await;
        Ok(known.map_err(|error| Problem::of(&error))?.is_some())
    }

    /// The runs of this conversation: those that were started in it, and the one whose own it is. Others may call theirs
    /// the same.
    async fn runs(&self) -> Result<Vec<RunId>, Problem> {
        let (store, tenant) = (&self.app.backend().store, self.principal.tenant());
        let tag = thread_tag(self.posted.conversation());
        let tag = tag.map_err(|error| Problem::invalid_input("threadId", error.reason))?;
        let begun = store.events_by_tag(tenant, &[tag]).await;
        let (begun, _) = begun.map_err(|error| Problem::of(&error))?;
        let begun = begun.iter().rev();
        let begun = begun.filter_map(|event| event.stream.id().parse().ok());
        let own = self.posted.thread.parse().ok();
        Ok(own.into_iter().chain(begun.take(LOOKED_AT)).collect())
    }

    async fn waits(&self, run_id: RunId) -> Result<bool, Problem> {
        let (store, tenant) = (&self.app.backend().store, self.principal.tenant());
        let loaded = store.load::<AgentRun>(tenant, &run_id.to_string()).await;
        let loaded = loaded.map_err(|error| Problem::of(&error))?;
        Ok(loaded.state.run().is_some_and(|run| {
            let is_this = run.pin.package_name.as_str() == self.package;
            let is_ones_own = run.run_by.is_some() && run.run_by == self.principal.user();
            is_this && is_ones_own && run.open_gate().is_some()
        }))
    }
}
