//! Runs that the calls are about: Ada's, and each as far open as its purpose wants it.

use std::time::{Duration, Instant};

use cinatra_domain::permission::Resource;
use cinatra_tests::{Flow, Packed};
use serde_json::{Value, json};

use super::cast::Who;
use super::stage::{Stage, id, named};

/// The agent that everybody runs.
pub(super) const ASKER: &str = "@acme/asker-agent";
/// The agent that the team sees and nobody runs but its owner.
pub(super) const SHY: &str = "@acme/shy-agent";
/// The agent of the runs that lists show.
pub(super) const KEPT: &str = "@acme/kept-agent";

/// Runs that stay as they are.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Its owner's.
    pub(super) private: String,
    /// The team may look at it.
    pub(super) team: String,
    /// Every member may look at it.
    pub(super) open: String,
    /// It has ended; its owner's.
    pub(super) over: String,
}

/// Agents that ask one thing and are done.
pub(super) fn agents() -> Vec<Packed> {
    let asker = |name| {
        let flow = Flow::of("asker", &["guest"]).asks("gate");
        let flow = flow.answers("said", "gate", "answer");
        flow.agent(name, "1.0.0").unwrap()
    };
    [ASKER, SHY, KEPT].map(asker).into()
}

pub(super) fn run(run: &str) -> Resource {
    Resource::agent_run(run.parse().unwrap())
}

impl Stage {
    pub(super) async fn begin_runs(&mut self) {
        for name in [ASKER, SHY, KEPT] {
            self.install(name, "1.0.0").await;
        }
        let team = format!("team:{}", self.team);
        self.close(self.agent(SHY), &team).await;
        self.own_together(self.agent(SHY)).await;
        self.runs.private = self.run_of(KEPT).await;
        self.close(run(&self.runs.private), "owner").await;
        self.runs.team = self.run_of(KEPT).await;
        self.close(run(&self.runs.team), &team).await;
        self.runs.open = self.run_of(KEPT).await;
        self.close(run(&self.runs.open), "workspace").await;
        self.runs.over = self.failed_run().await;
    }

    /// Cora owns it, too, and Rex did.
    pub(super) async fn own_together(&self, resource: Resource) {
        for (who, primitive) in [
            (Who::Cora, "permissions_co_owners_grant"),
            (Who::Rex, "permissions_co_owners_grant"),
            (Who::Rex, "permissions_co_owners_revoke"),
        ] {
            let mut input = named(resource);
            input["userId"] = json!(self.cast.user_id(who));
            self.ada(primitive, &input).await;
        }
    }

    /// A run of Ada's that waits for an answer: Cora owns it, too, and Rex did.
    pub(super) async fn run(&self) -> String {
        self.run_of(ASKER).await
    }

    /// The same, which every member sees.
    pub(super) async fn open_run(&self) -> String {
        let open = self.run().await;
        self.close(run(&open), "workspace").await;
        open
    }

    /// The same as [`Self::run`], after somebody rejected what it asked for.
    pub(super) async fn failed_run(&self) -> String {
        let failed = self.run().await;
        self.fail(&failed).await;
        failed
    }

    /// A draft of Ada's: Cora owns it, too, and Rex did.
    pub(super) async fn draft(&self) -> String {
        let input = json!({ "packageName": ASKER });
        let draft = id(&self.ada("agent_run_prepare", &input).await, "runId");
        self.own_together(run(&draft)).await;
        draft
    }

    /// The same, which every member sees.
    pub(super) async fn open_draft(&self) -> String {
        let open = self.draft().await;
        self.close(run(&open), "workspace").await;
        open
    }

    pub(super) async fn stop(&self, run: &str) {
        let named = json!({ "runId": run });
        self.ada("agent_run_stop", &named).await;
    }

    /// Answers what a run asks, with a note.
    pub(super) async fn note(&self, run: &str) {
        let answer = json!({ "runId": run, "userResponse": "yes", "approvalNote": "noted" });
        self.ada("agent_run_resume", &answer).await;
    }

    pub(super) async fn fail(&self, run: &str) {
        let named = json!({ "runId": run });
        self.ada("agent_run_reject", &named).await;
    }

    async fn run_of(&self, agent: &str) -> String {
        let input = json!({ "packageName": agent, "inputParams": "{\"guest\": \"Bob\"}" });
        let started = id(&self.ada("agent_run", &input).await, "runId");
        self.own_together(run(&started)).await;
        self.until_it_asks(&started).await;
        started
    }

    async fn until_it_asks(&self, run: &str) {
        let (client, began) = (self.client(self.cast.token(Who::Ada, None)), Instant::now());
        let named = json!({ "runId": run });
        let mut last = Value::Null;
        while began.elapsed() < Duration::from_mins(1) {
            last = crate::extension::call(&client, "agent_run_get", &named)
                .await
                .body;
            if last["status"] == "pending_approval" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{run} never asks: {last}");
    }
}
