//! Reading the projects.

use cinatra_domain::kernel::{ActorId, Position, ProjectId};
use cinatra_domain::project::{Level, ProjectRole, ProjectVisibility};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;

use super::ProjectList;
use crate::read::{Listing, absent, actor, column, content, only, page, spelled, word};
use crate::storable;
use crate::{Answer, Error, Freshness, Keyset, Page, Projections, ViewerScope};

const LIST: &str = include_str!("sql/list.sql");
const GET: &str = include_str!("sql/get.sql");
const LIST_ACCESS: &str = include_str!("sql/list_access.sql");

/// A room for work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Which.
    #[schemars(with = "Uuid")]
    pub project_id: ProjectId,
    /// What it is called; absent when that was erased.
    pub name: Option<String>,
    /// What it is for; absent when nobody said so or it was erased.
    pub description: Option<String>,
    /// On which level it is.
    pub owner_level: Level,
    /// Whose it is: a person, a team, the organization, or `__workspace__`.
    pub owner_id: String,
    /// Who finds it.
    pub visibility: ProjectVisibility,
    /// Since when nothing new comes into it; absent while it is worked in.
    pub archived_at: Option<Timestamp>,
    /// Who made it.
    #[schemars(with = "String")]
    pub created_by: ActorId,
    /// When.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The event that last changed it.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// Somebody who has access to a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// Whether it is one person, a team, the organization, or the whole instance.
    pub principal_level: Level,
    /// Which: as a project's owner.
    pub principal_id: String,
    /// How much.
    pub role: ProjectRole,
    /// Who gave it; absent for the owner, to whom nobody did.
    #[schemars(with = "Option<String>")]
    pub granted_by: Option<ActorId>,
    /// When; absent for the owner.
    pub granted_at: Option<Timestamp>,
}

/// Which projects to list; an absent criterion accepts all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// On this level.
    pub owner_level: Option<Level>,
    /// Of this owner.
    pub owner_id: Option<String>,
    /// Archived ones too.
    pub include_archived: bool,
}

/// A page of those of the `readable` projects that the filter accepts, by id: the newest come last.
pub async fn list(
    projections: &Projections,
    viewer: &ViewerScope,
    readable: &[Uuid],
    filter: &Filter,
    keyset: &Keyset,
    freshness: Freshness,
) -> Result<Answer<Page<Project>>, Error> {
    let owner_level = filter.owner_level.as_ref().map(spelled);
    let owner_id = filter.owner_id.as_deref().map(storable::text);
    let listing = Listing {
        sql: LIST,
        params: &[
            &readable,
            &owner_level,
            &owner_id,
            &filter.include_archived,
            &keyset.id()?,
            &keyset.probe(),
        ],
        keyset,
        freshness,
    };
    let place = |last: &Project| last.project_id.to_string();
    page::<ProjectList, _>(projections, viewer, listing, place).await
}

/// One project of the viewer's organization.
pub async fn get(
    projections: &Projections,
    viewer: &ViewerScope,
    project_id: ProjectId,
    freshness: Freshness,
) -> Result<Answer<Project>, Error> {
    only::<ProjectList, _>(projections, viewer, GET, &[&project_id.0], freshness).await
}

/// Who has access to a project: its owner first, then by level and id.
pub async fn access(
    projections: &Projections,
    viewer: &ViewerScope,
    project_id: ProjectId,
    freshness: Freshness,
) -> Result<Answer<Vec<Access>>, Error> {
    let asked = projections
        .ask::<ProjectList>(LIST_ACCESS, viewer, freshness, &[&project_id.0])
        .await?;
    if asked.rows.is_empty() {
        return Err(absent(&asked, freshness));
    }
    let rows = asked.rows.iter().map(Access::try_from);
    let rows = rows.collect::<Result<_, _>>()?;
    Ok(asked.map(|_| rows))
}

impl TryFrom<&Row> for Project {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "projects";
        Ok(Self {
            project_id: ProjectId(column(row, TABLE, "project_id")?),
            name: content(row, TABLE, "name")?,
            description: content(row, TABLE, "description")?,
            owner_level: word(row, TABLE, "owner_level")?,
            owner_id: column(row, TABLE, "owner_id")?,
            visibility: word(row, TABLE, "visibility")?,
            archived_at: column(row, TABLE, "archived_at")?,
            created_by: actor(row, TABLE, "created_by")?,
            created_at: column(row, TABLE, "created_at")?,
            updated_at: column(row, TABLE, "updated_at")?,
            position: Position(column(row, TABLE, "position")?),
        })
    }
}

impl TryFrom<&Row> for Access {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "project_access";
        let is_owner: bool = column(row, TABLE, "is_owner")?;
        let granted_by = if is_owner {
            None
        } else {
            Some(actor(row, TABLE, "granted_by")?)
        };
        Ok(Self {
            principal_level: word(row, TABLE, "principal_level")?,
            principal_id: column(row, TABLE, "principal_id")?,
            role: word(row, TABLE, "role")?,
            granted_by,
            granted_at: column(row, TABLE, "granted_at")?,
        })
    }
}
