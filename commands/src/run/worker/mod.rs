//! Workers: they take jobs and execute runs.
//!
//! A node takes as many jobs at once as it has places. It keeps their leases for as long as it works on them, and gives
//! them back when it stops, so that another node goes on within a second.

mod bridge;
mod call;
mod context;
mod internal;
pub(super) mod job;
mod lint;
mod passthrough;
pub(super) mod purge;
mod seal;
mod segment;
mod setup;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

pub use call::Calls;
pub use internal::Internal;
pub(super) use segment::Ended;
use segment::Segment;

use super::Runs;
use crate::Secrets;
use crate::gateway::egress::Egress;
use crate::gateway::model::Model;

/// Runs that a node executes at once.
const PLACES: usize = 16;
/// How often jobs are looked for when no bell rings.
const POLL: Duration = Duration::from_millis(500);
/// How long a node rests that cannot look.
const REST: Duration = Duration::from_secs(1);

/// Executes runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workers {
    runs: Runs,
    calls: Arc<Calls>,
}

impl Workers {
    /// For the runs of a store; what they call outside goes through `egress`, what they ask a model
    /// through `model`.
    pub fn new(runs: Runs, egress: Egress, model: Model, secrets: Secrets) -> Self {
        let internal = Internal::new(&runs, model, secrets);
        Self {
            calls: Arc::new(Calls::new(egress, internal)),
            runs,
        }
    }

    /// Takes jobs in the name of a node until told to stop; then gives back what is not done. Whatever a former process
    /// of this node has in hand is taken back at the start: there must not be two alive.
    pub async fn run(self, node: Uuid, mut stopped: watch::Receiver<bool>) {
        let mut working = JoinSet::new();
        let places = Arc::new(Semaphore::new(PLACES));
        let desk = job::Desk::open(&self.runs.store, node);
        let mut bell = desk.bell();
        while !*stopped.borrow() {
            while working.try_join_next().is_some() {}
            let free = places.available_permits();
            bell.mark_unchanged();
            let taken = match desk.take(free).await {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::warn!(%error, "no jobs can be taken");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            let is_all = taken.len() < free || free == 0;
            for held in taken {
                let place = Arc::clone(&places).acquire_owned().await;
                let this = self.clone();
                working.spawn(async move {
                    this.work(held).await;
                    drop(place);
                });
            }
            if is_all {
                tokio::select! {
                    _ = stopped.changed() => {}
                    // Order: the bell was silenced before looking, so a ring since then ends the wait.
                    _ = bell.changed(), if free > 0 => {}
                    _ = working.join_next(), if free == 0 => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
        working.shutdown().await;
        desk.give_back().await;
    }

    async fn work(&self, held: job::Held) {
        let working = async {
            match held.task() {
                _ if held.is_spent() => Err(Ended::Spent),
                Some(job::Task::Execute(run_id)) => {
                    Box::pin(Segment::execute(&self.runs, &self.calls, &held, run_id)).await
                }
                Some(job::Task::Seal(run_id)) => seal::seal(&self.runs, &held, run_id).await,
                Some(job::Task::Purge(package)) => purge::purge(&self.runs, &held, &package).await,
                None => Err(Ended::Overtaken),
            }
        };
        let mut outcome = tokio::select! {
            outcome = working => outcome,
            () = held.keep() => Err(Ended::Overtaken),
        };
        if let (Some(code), Some(job::Task::Execute(run_id))) =
            (held.gives_up(&outcome), held.task())
            && let Err(error @ (Ended::Moved | Ended::Failed(_))) =
                segment::lose(&self.runs, &held, run_id, code).await
        {
            tracing::warn!(?error, run = %run_id, "a lost run was not told so");
            outcome = Err(Ended::Moved);
        }
        let now_us = self.runs.authorities.now_us();
        held.conclude(outcome, now_us).await;
    }
}
