//! What callers send about projects, and how it becomes values of the domain.

use cinatra_domain::kernel::{Label, ProjectId, TenantId};
use cinatra_domain::project::{GrantRole, Level, Owner, Principal, ProjectVisibility};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Error;
use crate::hidden::hidden;

/// Longest description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 4_000;
/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// Let a project be.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateProject {
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub description: Option<String>,
    /// On which level it is.
    pub owner_level: Level,
    /// Whose it is: the user or team; the organization for that level, `__workspace__` for the workspace.
    #[schemars(length(max = 36))]
    pub owner_id: String,
    /// Who finds it; whoever has access when absent.
    pub visibility: Option<ProjectVisibility>,
}

/// Describe a project otherwise; what is absent stays.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateProject {
    /// Which.
    #[schemars(length(max = 36))]
    pub project_id: String,
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// What it is for.
    #[schemars(length(max = 4000))]
    pub description: Option<String>,
    /// Who finds it.
    pub visibility: Option<ProjectVisibility>,
}

/// Move a project up a level, for ever.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PromoteProject {
    /// Which.
    #[schemars(length(max = 36))]
    pub project_id: String,
    /// To which level.
    pub owner_level: Level,
    /// Whose it is to be: the team; the organization for that level, `__workspace__` for the workspace.
    #[schemars(length(max = 36))]
    pub owner_id: String,
}

/// A project, and why.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuspendProject {
    /// Which.
    #[schemars(length(max = 36))]
    pub project_id: String,
    /// Why.
    #[schemars(length(max = 500))]
    pub reason: Option<String>,
}

/// A project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedProject {
    /// Which.
    #[schemars(length(max = 36))]
    pub project_id: String,
}

/// Give somebody access to a project.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantAccess {
    /// Which project.
    #[schemars(length(max = 36))]
    pub project_id: String,
    /// What the principal is.
    pub principal_level: Level,
    /// Who: the user or team; the organization for that level.
    #[schemars(length(max = 36))]
    pub principal_id: String,
    /// How much.
    pub role: GrantRole,
}

/// Take somebody's access to a project back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeAccess {
    /// Which project.
    #[schemars(length(max = 36))]
    pub project_id: String,
    /// What the principal is.
    pub principal_level: Level,
    /// Who: the user or team; the organization for that level.
    #[schemars(length(max = 36))]
    pub principal_id: String,
}

/// A project's id, as callers write it.
pub fn project_id(text: &str) -> Result<ProjectId, Error> {
    let parsed = text.parse();
    parsed.map_err(|_| Error::invalid("projectId", "is not a UUID"))
}

/// Whose something is, as callers write it; another organization's looks like none.
pub fn owner(tenant: TenantId, level: Level, id: &str) -> Result<Owner, Error> {
    let not_an_id = || Error::invalid("ownerId", "is not an id of that level");
    match level {
        Level::User => id.parse().map(Owner::User).map_err(|_| not_an_id()),
        Level::Team => id.parse().map(Owner::Team).map_err(|_| not_an_id()),
        Level::Organization => match id.parse::<TenantId>() {
            Ok(organization) if organization == tenant => Ok(Owner::Organization),
            Ok(_) => Err(Error::Absent),
            Err(_) => Err(not_an_id()),
        },
        Level::Workspace if id == WORKSPACE => Ok(Owner::Workspace),
        Level::Workspace => Err(not_an_id()),
    }
}

/// How callers name the workspace, of which there is one. Source: spec/workspace.md 1.1.
pub const WORKSPACE: &str = "__workspace__";

pub(super) fn principal(tenant: TenantId, level: Level, id: &str) -> Result<Principal, Error> {
    let not_an_id = || Error::invalid("principalId", "is not an id of that level");
    match level {
        Level::User => id.parse().map(Principal::User).map_err(|_| not_an_id()),
        Level::Team => id.parse().map(Principal::Team).map_err(|_| not_an_id()),
        Level::Organization => match id.parse::<TenantId>() {
            Ok(organization) if organization == tenant => Ok(Principal::Organization),
            Ok(_) => Err(Error::Absent),
            Err(_) => Err(not_an_id()),
        },
        Level::Workspace => Err(Error::invalid(
            "principalLevel",
            "cannot be the workspace: the project belongs to an organization",
        )),
    }
}

pub(super) fn name(text: &str) -> Result<Label, Error> {
    Label::parse(text).map_err(|invalid| Error::invalid("name", invalid.reason))
}

pub(super) fn description(text: &str) -> Result<&str, Error> {
    bounded("description", text, DESCRIPTION_CHARS_MAX)
}

pub(super) fn reason(text: &str) -> Result<&str, Error> {
    bounded("reason", text, REASON_CHARS_MAX)
}

fn bounded<'t>(field: &'static str, text: &'t str, max: usize) -> Result<&'t str, Error> {
    if text.chars().count() > max {
        return Err(Error::invalid(
            field,
            format!("has more than {max} characters"),
        ));
    }
    Ok(text)
}

hidden!(CreateProject, UpdateProject, SuspendProject);
