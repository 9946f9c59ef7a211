//! A run that another one starts.

use cinatra_domain::kernel::{Class, Coded, ProjectId, RunId};
use cinatra_domain::run::{AgentRun, Status};
use serde_json::{Value, json};

use super::{Runs, present};
use crate::dispatch::Resource;
use crate::draft::{Draft, FRESH};
use crate::stop::Stop;
use crate::{Grant, Invocation};

/// The run in whose name another one is started.
#[derive(Clone, Debug)]
pub struct Parent {
    /// Which.
    pub run_id: RunId,
    /// By what right somebody acts in its name: the one to let it go on.
    pub grant: Grant,
}

/// Nothing is started in the name of what is over.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the run that is to be the parent has ended: it is {}", .status.as_str())]
struct ParentEnded {
    status: Status,
}

impl Coded for ParentEnded {
    fn class(&self) -> Class {
        Class::Conflict
    }

    fn code(&self) -> &'static str {
        "PARENT_RUN_ENDED"
    }

    fn details(&self) -> Value {
        json!({ "status": self.status })
    }
}

impl Runs {
    /// What a run takes over from the one that starts it: the project. The parent has not ended, and whoever acts in its
    /// name may, until the append.
    pub(super) async fn inherit(
        &self,
        draft: &mut Draft,
        invocation: &Invocation,
        parent: &Parent,
        number: u32,
    ) -> Result<Option<ProjectId>, Stop> {
        let (tenant, id) = (invocation.caller.tenant, parent.run_id.to_string());
        let resource = Resource {
            kind: "run",
            id: Some(id.clone()),
        };
        let grant = if number < FRESH {
            parent.grant.clone()
        } else {
            parent.grant.judged_again(invocation, &resource).await?
        };
        draft.rests_on(grant.condition(tenant).cloned());
        let loaded = self.load(tenant, parent.run_id, number).await?;
        draft.relies_on_stream::<AgentRun>(&id, &loaded);
        let run = present(&loaded)?;
        if run.phase().is_terminal() {
            let status = run.status();
            return Err(Stop::refused(&ParentEnded { status }));
        }
        Ok(run.project_id)
    }
}
