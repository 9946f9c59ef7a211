//! Many runs stopped at once: each is judged and stopped as if it were asked for alone.

use cinatra_commands::run::{ALREADY_ENDED, NamedAgent, StopRun, run_id};
use cinatra_domain::authority::Rule;
use cinatra_domain::kernel::Class;
use cinatra_domain::permission::{Permission, ResourceId};
use cinatra_domain::run::Status;
use cinatra_projections::{Freshness, Keyset, run_list};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::{Backend, Call, Reply, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::run::visible;
use super::{Place, access};
use crate::problem::Problem;

/// How the audit names the noun.
const RUN: &str = "agent_run";
const CANCEL: Rule = Rule::Run(Permission::RunCancel);
/// Where a run stands that can be stopped.
const UNENDED: [Status; 3] = [Status::Queued, Status::Running, Status::PendingApproval];
/// Most runs that one call stops.
const RUNS_MAX: usize = 200;

/// Which runs. `runIds` counts before `templateId`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StopRuns {
    /// All runs of this agent that have not ended and that the caller sees, 200 at most.
    #[schemars(length(max = 36))]
    template_id: Option<String>,
    /// These runs.
    #[schemars(length(max = 200), inner(length(max = 36)))]
    run_ids: Option<Vec<String>>,
}

/// What became of them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RunsStopped {
    /// So many were stopped.
    stopped: usize,
    /// So many had ended before.
    already_terminal: usize,
    /// So many were meant, those included that the caller may not stop.
    total: usize,
}

/// The entry in the catalogue.
pub(super) fn primitive() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::RunList);
    Declaration::command("agent_runs_stop", RUN, rule)
        .told(
            "Stop many runs",
            "Stops the runs of runIds, or all of an agent that have not ended. Runs that the caller may not stop \
            are passed over, and that is on record.",
        )
        .destructive(true)
        .handled_by(async |backend, call, input: StopRuns| {
            let meant = meant(&backend, &call, input).await?;
            let mut reply = Reply::bare(RunsStopped {
                stopped: 0,
                already_terminal: 0,
                total: meant.len(),
            });
            for run_id in meant {
                let Some(own) = judged(&backend, &call, &run_id).await? else {
                    continue;
                };
                let (own, reason) = (own.invocation()?, None);
                let stop = StopRun { run_id, reason };
                let stopped = backend.runs.stop(&own, &stop).await;
                let stopped = stopped.map_err(|error| problem(&error))?;
                reply.at = Some(Place::from(stopped.at));
                // A repeated call is told what it did the first time.
                if stopped.output.message.starts_with(ALREADY_ENDED) {
                    reply.output.already_terminal += 1;
                } else {
                    reply.output.stopped += 1;
                }
            }
            Ok(reply)
        })
}

/// The runs that are meant, each once.
async fn meant(backend: &Backend, call: &Call, input: StopRuns) -> Result<Vec<String>, Problem> {
    let template = input.template_id.as_deref().map(str::parse::<ResourceId>);
    if template.is_some_and(|id| id.is_err()) {
        return Err(Problem::invalid_input("templateId", "is not a UUID"));
    }
    let mut named = input.run_ids.iter().flatten();
    if named.any(|id| run_id(id).is_err()) {
        let reason = "names what is not the id of a run";
        return Err(Problem::invalid_input("runIds", reason));
    }
    if let Some(mut named) = input.run_ids.filter(|named| !named.is_empty()) {
        named.sort();
        named.dedup();
        return Ok(named);
    }
    let Some(template_id) = input.template_id else {
        let reason = "Provide either templateId or a non-empty runIds array";
        return Err(Problem::invalid_input("runIds", reason));
    };
    let named = NamedAgent {
        template_id: Some(template_id),
        package_name: None,
    };
    let package = backend.runs.package(call.principal.tenant(), &named).await;
    let package = package.map_err(|error| problem(&error))?;
    let (visible, viewer) = (visible(backend, call).await?, call.viewer(backend).await?);
    let mut found = Vec::new();
    for status in UNENDED {
        let filter = run_list::Filter {
            package_names: vec![package.to_string()],
            status: Some(status),
            ..run_list::Filter::default()
        };
        let (keyset, freshness) = (Keyset::first(Keyset::LIMIT_MAX), Freshness::default());
        let projections = &backend.projections;
        let page = run_list::list(projections, &viewer, &visible, &filter, &keyset, freshness);
        let page = page.await.map_err(|error| Problem::of(&error))?;
        found.extend(page.rows.items.iter().map(|run| run.run_id.to_string()));
    }
    found.truncate(RUNS_MAX);
    Ok(found)
}

/// The call as one about this run; nothing when its caller may not stop it, which is on record then.
async fn judged(backend: &Backend, call: &Call, run_id: &str) -> Result<Option<Call>, Problem> {
    // Each run is a command of its own, and so is its retry.
    let mut own = call.clone();
    let key = own.terms.idempotency_key.take();
    own.terms.idempotency_key = key.map(|key| format!("{key}:{run_id}"));
    let invocation = |grant| {
        let denied = Call {
            grant,
            ..own.clone()
        };
        denied.invocation()
    };
    let input = json!({ "runId": run_id });
    let judged = access::check(CANCEL, backend, &call.principal, invocation, RUN, &input).await;
    match judged {
        Ok(grant) => Ok(Some(Call { grant, ..own })),
        Err(refused) if matches!(refused.class(), Class::Forbidden | Class::NotFound) => Ok(None),
        Err(refused) => Err(refused),
    }
}
