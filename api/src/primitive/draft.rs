//! Runs that nobody executes yet, or no longer: drafts, resets, and what goes on after a stop.

use cinatra_commands::run::{NamedRun, StartRun, UpdateInputs};
use cinatra_domain::authority::{Operation, Rule};

use super::call::done;
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::run::{EXECUTE, RUN, parent};
use super::{Alias, route};

/// The entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        prepare()?,
        update_inputs()?,
        submit()?,
        reset()?,
        resume_stopped()?,
    ])
}

fn prepare() -> Result<Primitive, CatalogueError> {
    Declaration::command("agent_run_prepare", RUN, Rule::Resource(Operation::Execute))
        .told(
            "Prepare a run",
            "Makes a run of an installed agent without starting it, and answers its id. It is a draft: its inputs, of \
            which some may be missing, can be changed by agent_run_inputs_update until agent_run_submit starts it.",
        )
        .repeated_is_another()
        .within_project()
        .handled_by(async |backend, call, input: StartRun| {
            let parent = parent(&backend, &call, input.parent_run_id.as_deref()).await?;
            let (by, invocation) = (call.principal.user(), call.invocation()?);
            let (within, runs) = (call.terms.project, &backend.runs);
            done(runs.prepare(&invocation, by, within, parent.as_ref(), &input).await)
        })
}

fn update_inputs() -> Result<Primitive, CatalogueError> {
    const ROUTE: Alias = Alias::patch("/api/agents/runs/{runId}/inputs").reading(route::INPUTS);
    Declaration::command("agent_run_inputs_update", RUN, EXECUTE)
        .also_at(ROUTE)
        .told(
            "Change the inputs of a draft",
            "Changes what a run begins with that is a draft: the fields of inputParams take the place of those that \
            there are, null removes one, the others stay.",
        )
        .handled_by(async |backend, call, input: UpdateInputs| {
            let runs = &backend.runs;
            done(runs.change_inputs(&call.invocation()?, &input).await)
        })
}

fn submit() -> Result<Primitive, CatalogueError> {
    Declaration::command("agent_run_submit", RUN, EXECUTE)
        .also_at(Alias::post("/api/agents/runs/{runId}/submit"))
        .told(
            "Start a draft",
            "Starts a run that is a draft. Required inputs that are missing are asked for by a setup gate.",
        )
        .open_world()
        .handled_by(async |backend, call, input: NamedRun| {
            done(backend.runs.submit(&call.invocation()?, &input).await)
        })
}

fn reset() -> Result<Primitive, CatalogueError> {
    Declaration::command("agent_run_reset", RUN, EXECUTE)
        .also_at(Alias::post("/api/agents/runs/{runId}/reset"))
        .told(
            "Make a failed run a draft again",
            "Makes a run that failed a draft in another attempt, so that its inputs can be changed before \
            agent_run_submit starts it from its beginning. agent_run_retry does both at once, with the same inputs.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: NamedRun| {
            done(backend.runs.reset(&call.invocation()?, &input).await)
        })
}

fn resume_stopped() -> Result<Primitive, CatalogueError> {
    Declaration::command("agent_run_resume_stopped", RUN, EXECUTE)
        .also_at(Alias::post("/api/agents/runs/{runId}/resume"))
        .told(
            "Let a stopped run go on",
            "Lets a run that was stopped go on from where it could last: what was done is not done again, and a gate \
            that stood open asks again. Refused with NO_CHECKPOINT where it had not come that far.",
        )
        .repeated_is_another()
        .open_world()
        .handled_by(async |backend, call, input: NamedRun| {
            let runs = &backend.runs;
            done(runs.resume_stopped(&call.invocation()?, &input).await)
        })
}
