//! What people note with their answers, from which later runs may learn.

use cinatra_commands::run::{NamedGate, run_id};
use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;
use cinatra_projections::run_list;

use super::call::{done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;
use super::run::{ListGates, READ, RUN};

/// The entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![list()?, exclude()?])
}

fn list() -> Result<Primitive, CatalogueError> {
    Declaration::query("agent_run_hitl_prompts_list", RUN, READ)
        .told(
            "List what was noted in a run",
            "Lists what people noted with their answers to the gates of a run, in order, and which of it teaches no \
            later run: what was taken out, and answers without a note.",
        )
        .handled_by(async |backend, call, input: ListGates| {
            let run = run_id(&input.run_id).map_err(|error| problem(&error))?;
            let keyset = input::keyset("run_prompts", input.limit, input.cursor);
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let projections = &backend.projections;
            call.shown(run_list::prompts(projections, &viewer, run, &keyset, freshness).await)
        })
}

fn exclude() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Run(Permission::RunRespondToHitl);
    Declaration::command("agent_run_hitl_prompts_exclude", RUN, rule)
        .told(
            "Let a note teach nothing",
            "Takes what was noted with the answer to a gate out of what later runs may learn. PROMPT_NOT_FOUND where \
            nothing was noted.",
        )
        .handled_by(async |backend, call, input: NamedGate| {
            let runs = &backend.runs;
            done(runs.exclude_prompt(&call.invocation()?, &input).await)
        })
}
