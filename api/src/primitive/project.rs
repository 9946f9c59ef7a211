//! What may be asked of projects.

use cinatra_commands::project::{
    CreateProject, GrantAccess, NamedProject, PromoteProject, RevokeAccess, SuspendProject,
    UpdateProject, project_id,
};
use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;
use cinatra_domain::project::ProjectRole;
use cinatra_projections::{Page, project_list};
use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Reply, done, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;
use crate::problem::Problem;

/// How the audit names the noun.
const PROJECT: &str = "project";
const ADMINISTER: Rule = Rule::Project(ProjectRole::Admin, Permission::ProjectUpdate);
/// Who has access is told apart from what the project is: a narrow credential may be for one and not the other.
const MEMBERS: Rule = Rule::Project(ProjectRole::Admin, Permission::ProjectManageMembers);
const LOOK: Rule = Rule::Project(ProjectRole::Read, Permission::ProjectRead);

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![
        create()?,
        get()?,
        list()?,
        update()?,
        promote()?,
        archive()?,
        unarchive()?,
        grant_access()?,
        revoke_access()?,
        list_access()?,
        check_access()?,
    ])
}

fn create() -> Result<Primitive, CatalogueError> {
    Declaration::command("projects_create", PROJECT, Rule::CreateProject)
        .told(
            "Create a project",
            "Creates a project on one of four levels: one's own, a team's that one administers, the \
            organization's for its administrators, the workspace's for administrators of the instance.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: CreateProject| {
            done(backend.projects.create(&call.invocation()?, &input).await)
        })
}

fn get() -> Result<Primitive, CatalogueError> {
    Declaration::query("projects_get", PROJECT, Rule::FindProject)
        .told(
            "Get a project",
            "Answers one project that the caller has access to or may discover; any other looks like none.",
        )
        .handled_by(async |backend, call, input: NamedProject| {
            let project = project_id(&input.project_id).map_err(|error| problem(&error))?;
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let projections = &backend.projections;
            call.shown(project_list::get(projections, &viewer, project, freshness).await)
        })
}

fn list() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Organization(Permission::ProjectList);
    Declaration::query("projects_list", PROJECT, rule)
        .told(
            "List projects",
            "Lists the projects that the caller has access to or may discover; archived ones on demand.",
        )
        .handled_by(async |backend, call, input: input::ListProjects| {
            let (keyset, freshness) = (input.keyset(), call.freshness()?);
            let known = backend.authorities.recent(call.principal.tenant()).await;
            let known = known.map_err(|error| problem(&error))?;
            let readable = known.state().readable_projects(&call.principal.actor);
            let readable: Vec<_> = readable.into_iter().map(|project| project.0).collect();
            let filter = project_list::Filter {
                owner_level: input.owner_level,
                owner_id: input.owner_id,
                include_archived: input.include_archived.unwrap_or_default(),
            };
            let viewer = call.viewer(&backend).await?;
            let projections = &backend.projections;
            let page =
                project_list::list(projections, &viewer, &readable, &filter, &keyset, freshness);
            call.shown(page.await)
        })
}

fn update() -> Result<Primitive, CatalogueError> {
    Declaration::command("projects_update", PROJECT, ADMINISTER)
        .told(
            "Describe a project otherwise",
            "Changes name, description or visibility; what is absent stays. Refused while it is archived.",
        )
        .handled_by(async |backend, call, input: UpdateProject| {
            done(backend.projects.update(&call.invocation()?, &input).await)
        })
}

fn promote() -> Result<Primitive, CatalogueError> {
    Declaration::command("projects_promote", PROJECT, Rule::PromoteProject)
        .told(
            "Promote a project",
            "Moves a project up a level, for ever: nobody moves it down again (RATCHET_VIOLATION), nor \
            sideways (SIDEWAYS_MOVE_DENIED). Needs the right to have a project there.",
        )
        .handled_by(async |backend, call, input: PromoteProject| {
            done(backend.projects.promote(&call.invocation()?, &input).await)
        })
}

fn archive() -> Result<Primitive, CatalogueError> {
    Declaration::command("projects_archive", PROJECT, ADMINISTER)
        .told(
            "Archive a project",
            "Lets nothing new come into a project; it is still read. alreadyArchived when it was.",
        )
        .handled_by(async |backend, call, input: SuspendProject| {
            done(backend.projects.archive(&call.invocation()?, &input).await)
        })
}

fn unarchive() -> Result<Primitive, CatalogueError> {
    Declaration::command("projects_unarchive", PROJECT, ADMINISTER)
        .told(
            "Unarchive a project",
            "Lets a project be worked in again. alreadyActive when it was.",
        )
        .handled_by(async |backend, call, input: SuspendProject| {
            done(
                backend
                    .projects
                    .unarchive(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn grant_access() -> Result<Primitive, CatalogueError> {
    Declaration::command("project_access_grant", PROJECT, Rule::GrantProject)
        .told(
            "Give access to a project",
            "Lets a member, a team or the whole organization read, write or administer a project; granting \
            anew replaces the role. Only the owner gives admin. The owner is no grant: OWNER_IMPLICIT.",
        )
        .handled_by(async |backend, call, input: GrantAccess| {
            done(backend.projects.grant_access(&call.invocation()?, &input).await)
        })
}

fn revoke_access() -> Result<Primitive, CatalogueError> {
    Declaration::command("project_access_revoke", PROJECT, MEMBERS)
        .told(
            "Take access to a project back",
            "Takes access back, in an archived project too; nothing happens when there is none.",
        )
        .handled_by(async |backend, call, input: RevokeAccess| {
            done(
                backend
                    .projects
                    .revoke_access(&call.invocation()?, &input)
                    .await,
            )
        })
}

fn list_access() -> Result<Primitive, CatalogueError> {
    Declaration::query("project_access_list", PROJECT, LOOK)
        .told(
            "List access to a project",
            "Lists who has access to a project: its owner, and every grant.",
        )
        .handled_by(async |backend, call, input: NamedProject| {
            let project = project_id(&input.project_id).map_err(|error| problem(&error))?;
            let (viewer, freshness) = (call.viewer(&backend).await?, call.freshness()?);
            let listed = project_list::access(&backend.projections, &viewer, project, freshness);
            let listed = listed.await;
            call.shown(listed.map(|answer| answer.map(Page::whole)))
        })
}

/// What the caller may do in a project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AccessFound {
    /// Which.
    project_id: String,
    /// How much access the caller has.
    role: ProjectRole,
    /// What it comes from.
    source: String,
    /// Whether something new may come into it.
    writable: bool,
}

fn check_access() -> Result<Primitive, CatalogueError> {
    Declaration::query("project_access_check", PROJECT, LOOK)
        .told(
            "May I, in this project",
            "Answers how much access the caller has to a project, what it comes from, and whether something \
            new may come into it.",
        )
        .handled_by(async |backend, call, input: NamedProject| {
            let project = project_id(&input.project_id).map_err(|error| problem(&error))?;
            let known = backend.authorities.recent(call.principal.tenant()).await;
            let known = known.map_err(|error| problem(&error))?;
            let (actor, state) = (&call.principal.actor, known.state());
            let Some((role, source)) = state.project_role(actor, project) else {
                // What was granted a moment ago may be gone now.
                return Err(Problem::not_found("There is no such thing."));
            };
            let is_archived = state.is_archived(project).unwrap_or_default();
            Ok(Reply::bare(AccessFound {
                project_id: project.to_string(),
                role,
                source: source.to_owned(),
                writable: role >= ProjectRole::Write && !is_archived,
            }))
        })
}
