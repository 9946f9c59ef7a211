//! What may be asked of runs.

use cinatra_commands::run::{
    InProject, NamedAgent, NamedRun, Parent, RejectRun, ResumeRun, StartRun, StopRun, run_id,
};
use cinatra_domain::authority::{Operation, ReadableRuns, Rule};
use cinatra_domain::kernel::RunId;
use cinatra_domain::permission::{Permission, ResourceId};
use cinatra_domain::run::Status;
use cinatra_projections::run_list::{self, Visible};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::call::{Backend, Call, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::{Alias, access, bulk_stop, draft, frame, input, prompt, route};
use crate::problem::Problem;

/// How the audit names the noun.
pub(super) const RUN: &str = "agent_run";
pub(super) const READ: Rule = Rule::Run(Permission::RunRead);
pub(super) const EXECUTE: Rule = Rule::Run(Permission::RunResume);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    let mut primitives = vec![
        start()?,
        get()?,
        list()?,
        list_gates()?,
        resume()?,
        reject()?,
        retry()?,
        stop()?,
        bulk_stop::primitive()?,
        frame::primitive()?,
    ];
    primitives.extend(draft::primitives()?);
    primitives.extend(prompt::primitives()?);
    Ok(primitives)
}

fn start() -> Result<Primitive, CatalogueError> {
    const ROUTE: Alias = Alias::post("/api/agents/runs")
        .creating()
        .reading(route::START);
    Declaration::command("agent_run", RUN, Rule::Resource(Operation::Execute))
        .also_at(ROUTE)
        .told(
            "Run an agent",
            "Starts a run of an installed agent, named by templateId or packageName, and answers its id at once. \
            inputParams is a JSON object as text. Follow it at /api/agents/runs/{runId}/stream, or ask \
            agent_run_get until its status is pending_approval, completed, failed or stopped. It starts within the \
            project that the request names beside its input (Cinatra-Project), if the caller may write there.",
        )
        .repeated_is_another()
        .open_world()
        .within_project()
        .handled_by(async |backend, call, input: StartRun| {
            let parent = parent(&backend, &call, input.parent_run_id.as_deref()).await?;
            let (by, invocation) = (call.principal.user(), call.invocation()?);
            let (within, runs) = (call.terms.project, &backend.runs);
            done(runs.start(&invocation, by, within, parent.as_ref(), &input).await)
        })
}

/// The run in whose name another one is started, by somebody who may let it go on; a denial is on record.
pub(super) async fn parent(
    backend: &Backend,
    call: &Call,
    named: Option<&str>,
) -> Result<Option<Parent>, Problem> {
    let Some(id) = named else {
        return Ok(None);
    };
    let malformed = |_| Problem::invalid_input("parentRunId", "is not a UUID");
    let run_id = run_id(id).map_err(malformed)?;
    let invocation = |grant| {
        let denied = Call {
            grant,
            ..call.clone()
        };
        denied.invocation()
    };
    let input = json!({ "runId": id });
    let judged = access::check(EXECUTE, backend, &call.principal, invocation, RUN, &input);
    let grant = judged.await?;
    Ok(Some(Parent { run_id, grant }))
}

/// Which runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListRuns {
    /// Only of this agent, by its package.
    #[schemars(length(max = 214))]
    package_name: Option<String>,
    /// Only of this agent, by its id.
    #[schemars(length(max = 36))]
    template_id: Option<String>,
    /// Only of these agents, by their ids: what templateId says is passed over.
    #[schemars(length(min = 1, max = 100), inner(length(max = 36)))]
    template_ids: Option<Vec<String>>,
    /// Only those that stand there.
    status: Option<Status>,
    /// Only those in this project, which the caller may look into; null for those in none.
    #[serde(default, deserialize_with = "InProject::if_said")]
    project_id: Option<InProject>,
    /// Only those that this run started.
    #[schemars(length(max = 36))]
    parent_run_id: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// A run, and which of its gates.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListGates {
    /// Which run.
    #[schemars(length(max = 36))]
    pub(super) run_id: String,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration::query("agent_run_get", RUN, READ)
        .also_at(Alias::get("/api/agents/runs/{runId}"))
        .told(
            "Get a run",
            "Answers where a run stands, what it came to or went wrong by, and what it asks while it waits.",
        )
        .handled_by(async |backend, call, input: NamedRun| {
            let run = run_id(&input.run_id).map_err(|error| problem(&error))?;
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            call.shown(run_list::get(&backend.projections, &viewer, run, freshness).await)
        })
}

fn list() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Inside(Permission::RunList);
    Declaration::query("agent_run_list", RUN, rule)
        .also_at(Alias::get("/api/agents/runs"))
        .told(
            "List runs",
            "Lists runs, newest first: those of the caller and those shared with them; all of them for those who \
            administer the organization. With projectId only those in that project, or in none.",
        )
        .handled_by(async |backend, call, input: ListRuns| {
            let freshness = call.freshness()?;
            let keyset = input::keyset("runs", input.limit, input.cursor.clone());
            let filter = run_list::Filter {
                package_names: packages(&backend, &call, &input).await?,
                status: input.status,
                project: input.project_id.as_ref().map(place).transpose()?,
                parent: parent_of(&input)?,
                ..run_list::Filter::default()
            };
            let visible = visible(&backend, &call).await?;
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let page = run_list::list(projections, &viewer, &visible, &filter, &keyset, freshness);
            call.shown(page.await)
        })
}

fn place(said: &InProject) -> Result<run_list::InProject, Problem> {
    let project = said.parse().map_err(|error| problem(&error))?;
    let this = run_list::InProject::This;
    Ok(project.map_or(run_list::InProject::Nowhere, this))
}

/// The agents that are meant; none means any.
async fn packages(
    backend: &Backend,
    call: &Call,
    input: &ListRuns,
) -> Result<Vec<String>, Problem> {
    let ids = match (&input.template_ids, &input.template_id) {
        (Some(ids), _) => ids.clone(),
        (None, Some(id)) => vec![id.clone()],
        (None, None) => return Ok(input.package_name.iter().cloned().collect()),
    };
    let is_odd = |id: &String| id.parse::<ResourceId>().is_err();
    if input.template_ids.iter().flatten().any(is_odd) {
        return Err(Problem::invalid_input(
            "templateIds",
            "has one that is not a UUID",
        ));
    }
    let mut packages = Vec::with_capacity(ids.len());
    for id in ids {
        let named = NamedAgent {
            template_id: Some(id),
            package_name: input.package_name.clone(),
        };
        let package = backend.runs.package(call.principal.tenant(), &named).await;
        packages.push(package.map_err(|error| problem(&error))?.to_string());
    }
    Ok(packages)
}

fn parent_of(input: &ListRuns) -> Result<Option<RunId>, Problem> {
    let parsed = input.parent_run_id.as_deref().map(run_id).transpose();
    parsed.map_err(|_| Problem::invalid_input("parentRunId", "is not a UUID"))
}

pub(super) async fn visible(backend: &Backend, call: &Call) -> Result<Visible, Problem> {
    let known = backend.authorities.recent(call.principal.tenant()).await;
    let known = known.map_err(|error| problem(&error))?;
    let now_us = backend.authorities.now_us();
    Ok(
        match known.state().readable_runs(&call.principal.actor, now_us) {
            ReadableRuns::All => Visible::All,
            ReadableRuns::Only { owner, shared } => Visible::Only {
                owners: owner.into_iter().collect(),
                shared,
            },
        },
    )
}

fn list_gates() -> Result<Primitive, CatalogueError> {
    Declaration::query("agent_run_gates_list", RUN, READ)
        .told(
            "List the gates of a run",
            "Lists the gates that a run came to, in order, with what they asked and what was answered by whom.",
        )
        .handled_by(async |backend, call, input: ListGates| {
            let run = run_id(&input.run_id).map_err(|error| problem(&error))?;
            let keyset = input::keyset("run_gates", input.limit, input.cursor);
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let projections = &backend.projections;
            call.shown(run_list::gates(projections, &viewer, run, &keyset, freshness).await)
        })
}

fn resume() -> Result<Primitive, CatalogueError> {
    const ROUTE: Alias =
        Alias::post("/api/agents/runs/{runId}/gates/{gateId}/answer").reading(route::ANSWER);
    let rule = Rule::Run(Permission::RunRespondToHitl);
    Declaration::command("agent_run_resume", RUN, rule)
        .also_at(ROUTE)
        .told(
            "Answer a run",
            "Answers the gate at which a run waits; it goes on by itself. The first answer wins, the same one \
            again is nothing (GATE_ALREADY_ANSWERED otherwise). To a setup gate, userResponse is a JSON object of \
            the missing input fields; to any other it is handed on word for word, and without one the note is, or that \
            it was approved.",
        )
        .handled_by(async |backend, call, input: ResumeRun| {
            done(backend.runs.answer(&call.invocation()?, &input).await)
        })
}

fn reject() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Run(Permission::RunApproveHitl);
    Declaration::command("agent_run_reject", RUN, rule)
        .also_at(Alias::post(
            "/api/agents/runs/{runId}/gates/{gateId}/reject",
        ))
        .told(
            "Reject what a run asks for",
            "Lets a run not go on after its open gate: it fails as rejected_by_operator.",
        )
        .destructive(true)
        .handled_by(async |backend, call, input: RejectRun| {
            done(backend.runs.reject(&call.invocation()?, &input).await)
        })
}

fn retry() -> Result<Primitive, CatalogueError> {
    Declaration::command("agent_run_retry", RUN, EXECUTE)
        .told(
            "Begin a failed run again",
            "Lets a run that failed begin again from its beginning, as another attempt with the same inputs.",
        )
        .repeated_is_another()
        .open_world()
        .handled_by(async |backend, call, input: NamedRun| {
            done(backend.runs.retry(&call.invocation()?, &input).await)
        })
}

fn stop() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Run(Permission::RunCancel);
    Declaration::command("agent_run_stop", RUN, rule)
        .also_at(Alias::post("/api/agents/runs/{runId}/stop"))
        .told(
            "Stop a run",
            "Stops a run, and the runs that it started for the same person. A run that has ended stays as it is, \
            and the message says so.",
        )
        .destructive(true)
        .handled_by(async |backend, call, input: StopRun| {
            done(backend.runs.stop(&call.invocation()?, &input).await)
        })
}
