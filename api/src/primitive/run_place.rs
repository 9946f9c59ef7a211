//! Where runs are: in a project, or in none.

use cinatra_commands::run::MoveRun;
use cinatra_domain::authority::Rule;

use super::Alias;
use super::call::done;
use super::catalogue::{CatalogueError, Declaration, Primitive};

/// How the audit names the noun.
const RUN: &str = "agent_run";

/// The entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![update()?])
}

fn update() -> Result<Primitive, CatalogueError> {
    Declaration::command("agent_run_update", RUN, Rule::MoveRun)
        .also_at(Alias::patch("/api/agents/runs/{runId}"))
        .told(
            "Move a run",
            "Moves a run into a project, or out of any when projectId is null. Whoever moves it reads it, may write in \
            both projects, and hands on what is in none. Refused while it runs or waits for an answer \
            (ILLEGAL_TRANSITION); out of an archived project it may go, into one it may not (PROJECT_ARCHIVED).",
        )
        .handled_by(async |backend, call, input: MoveRun| {
            done(backend.runs.move_to(&call.invocation()?, &input).await)
        })
}
