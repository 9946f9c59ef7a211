//! What anybody may ask about the artifacts that runs are given: what may go into a slot, and what was chosen.

use cinatra_commands::run::{NamedAgent, NamedRun, PreviewContext, run_id};
use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;
use cinatra_projections::extension_catalog::template;

use super::call::{Reply, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use crate::problem::Problem;

/// The entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![resolve()?, chosen()?])
}

fn resolve() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::ArtifactList);
    Declaration::query("context_resolve", "artifact", rule)
        .told(
            "Preview a context slot",
            "Answers what may go into a context slot of an agent, for the caller: of an installed agent, named by \
            templateId or packageName, or of one whose flow is sent as parentAgentOas. Nothing is chosen by it.",
        )
        .handled_by(async |backend, call, input: PreviewContext| {
            let tenant = call.principal.tenant();
            if input.parent_agent_oas.is_none() {
                let named = NamedAgent {
                    template_id: input.template_id.clone(),
                    package_name: input.package_name.clone(),
                };
                let package = backend.runs.package(tenant, &named).await;
                let package = package.map_err(|error| problem(&error))?;
                let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
                let projections = &backend.projections;
                // Of an agent that the caller may not look at there is nothing to see.
                let found = template::get(projections, &viewer, package.as_str(), freshness);
                call.shown(found.await)?;
            } else if input.template_id.is_some() || input.package_name.is_some() {
                let reason = "stands alone: templateId and packageName name another agent";
                return Err(Problem::invalid_input("parentAgentOas", reason));
            }
            let reader = call.principal.user();
            let preview = backend.runs.preview_context(tenant, reader, &input).await;
            Ok(Reply::bare(preview.map_err(|error| problem(&error))?))
        })
}

fn chosen() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Run(Permission::RunRead);
    Declaration::query("agent_run_context_list", "agent_run", rule)
        .told(
            "List what was chosen for a run",
            "Lists the artifacts that were chosen for the context slots of a run in its present attempt, and by \
            whom: the run reads these revisions, whatever becomes of the artifacts.",
        )
        .handled_by(async |backend, call, input: NamedRun| {
            let run = run_id(&input.run_id).map_err(|error| problem(&error))?;
            let chosen = backend.runs.chosen_context(call.principal.tenant(), run).await;
            Ok(Reply::bare(chosen.map_err(|error| problem(&error))?))
        })
}
