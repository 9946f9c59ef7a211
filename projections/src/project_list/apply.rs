//! How events become projects and accesses.

use cinatra_domain::Fact;
use cinatra_domain::kernel::{ActorId, Position, ProjectId, TenantId};
use cinatra_domain::project::{
    Created, GrantRole, Level, Owner, Principal, ProjectEvent, ProjectVisibility, Updated,
};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::net::{Merge, Puts, Rows, replace};
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

const DELETE_ACCESS: &str = include_str!("sql/delete_access.sql");
const INSERT_PROJECTS: &str = include_str!("sql/insert_projects.sql");
const UPDATE_PROJECTS: &str = include_str!("sql/update_projects.sql");
const UPSERT_ACCESS: &str = include_str!("sql/upsert_access.sql");

/// Who owns what belongs to the whole instance. Source: spec/workspace.md 1.1.
const WORKSPACE: &str = "__workspace__";

/// Writer of the projects.
#[derive(Debug)]
pub struct ProjectList;

/// Net effect of a run of events.
#[derive(Debug, Default)]
pub struct Batch {
    projects: Rows<ProjectKey, ProjectRow>,
    access: Puts<AccessKey, AccessRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
struct ProjectKey {
    tenant_id: TenantId,
    project_id: ProjectId,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct AccessKey {
    tenant_id: TenantId,
    project_id: ProjectId,
    principal_level: Level,
    principal_id: String,
}

/// A project, or what changed of it: absent fields stay as they are, but for what may end.
#[derive(Debug, Default, Serialize)]
struct ProjectRow {
    name_id: Option<Uuid>,
    /// Whether the description is told anew, present or not.
    is_described: bool,
    description_id: Option<Uuid>,
    owner_level: Option<Level>,
    owner_id: Option<String>,
    visibility: Option<ProjectVisibility>,
    /// Whether it was archived or unarchived.
    is_shelved: bool,
    archived_at: Option<Timestamp>,
    created_by: Option<ActorId>,
    created_at: Option<Timestamp>,
    updated_at: Timestamp,
    position: Position,
}

#[derive(Debug, Serialize)]
struct AccessRow {
    role: GrantRole,
    granted_by: ActorId,
    granted_at: Timestamp,
}

impl Merge for ProjectRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.name_id, later.name_id);
        if later.is_described {
            self.is_described = true;
            self.description_id = later.description_id;
        }
        replace(&mut self.owner_level, later.owner_level);
        replace(&mut self.owner_id, later.owner_id);
        replace(&mut self.visibility, later.visibility);
        if later.is_shelved {
            self.is_shelved = true;
            self.archived_at = later.archived_at;
        }
        replace(&mut self.created_by, later.created_by);
        replace(&mut self.created_at, later.created_at);
        self.updated_at = later.updated_at;
        self.position = later.position;
    }
}

impl ProjectRow {
    /// The event changed something.
    fn at(recorded: &Recorded) -> Self {
        Self {
            updated_at: recorded.recorded_at,
            position: recorded.position,
            ..Self::default()
        }
    }

    fn created(body: &Created, recorded: &Recorded) -> Self {
        Self {
            name_id: Some(body.name.id),
            is_described: true,
            description_id: body.description.as_ref().map(|text| text.id),
            visibility: Some(body.visibility),
            created_by: Some(recorded.actor.clone()),
            created_at: Some(recorded.recorded_at),
            ..Self::owned(body.owner, recorded)
        }
    }

    fn updated(body: &Updated, recorded: &Recorded) -> Self {
        Self {
            name_id: Some(body.name.id),
            is_described: true,
            description_id: body.description.as_ref().map(|text| text.id),
            visibility: Some(body.visibility),
            ..Self::at(recorded)
        }
    }

    fn owned(owner: Owner, recorded: &Recorded) -> Self {
        let owner_id = match owner {
            Owner::User(id) => id.to_string(),
            Owner::Team(id) => id.to_string(),
            Owner::Organization => recorded.tenant.to_string(),
            Owner::Workspace => WORKSPACE.to_owned(),
        };
        Self {
            owner_level: Some(owner.level()),
            owner_id: Some(owner_id),
            ..Self::at(recorded)
        }
    }

    fn shelved(archived_at: Option<Timestamp>, recorded: &Recorded) -> Self {
        Self {
            is_shelved: true,
            archived_at,
            ..Self::at(recorded)
        }
    }
}

impl AccessKey {
    fn of(project: ProjectKey, principal: Principal) -> Self {
        let (principal_level, principal_id) = match principal {
            Principal::User(id) => (Level::User, id.to_string()),
            Principal::Team(id) => (Level::Team, id.to_string()),
            Principal::Organization => (Level::Organization, project.tenant_id.to_string()),
        };
        Self {
            tenant_id: project.tenant_id,
            project_id: project.project_id,
            principal_level,
            principal_id,
        }
    }
}

impl Projection for ProjectList {
    const NAME: &'static str = "project_list";
    const VERSION: i32 = 1;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        let Some(Fact::Project(fact)) = event.fact()? else {
            return Ok(());
        };
        batch.add(fact, &event.recorded)
    }

    fn rows(batch: &Batch) -> usize {
        batch.projects.len() + batch.access.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        let projects = batch.projects.split();
        writer
            .execute_each(INSERT_PROJECTS, &projects.placed)
            .await?;
        writer
            .execute_each(UPDATE_PROJECTS, &projects.changed)
            .await?;
        let (gone, put) = batch.access.split();
        writer.execute_all(DELETE_ACCESS, &gone).await?;
        writer.execute_each(UPSERT_ACCESS, &put).await
    }
}

impl Batch {
    fn add(&mut self, fact: &ProjectEvent, of: &Recorded) -> Result<(), Poison> {
        let key = of_stream(of)?;
        let change = match fact {
            ProjectEvent::Created(body) => {
                return self.projects.place(of, key, ProjectRow::created(body, of));
            }
            ProjectEvent::Updated(body) => ProjectRow::updated(body, of),
            ProjectEvent::Promoted(body) => ProjectRow::owned(body.to, of),
            ProjectEvent::Archived(_) => ProjectRow::shelved(Some(of.recorded_at), of),
            ProjectEvent::Unarchived(_) => ProjectRow::shelved(None, of),
            ProjectEvent::AccessGranted(body) => {
                let row = AccessRow {
                    role: body.role,
                    granted_by: of.actor.clone(),
                    granted_at: of.recorded_at,
                };
                self.access.put(AccessKey::of(key, body.principal), row);
                return Ok(());
            }
            ProjectEvent::AccessRevoked(body) => {
                self.access.take(AccessKey::of(key, body.principal));
                return Ok(());
            }
        };
        self.projects.change(of, key, change)
    }
}

/// Whose history it is.
fn of_stream(recorded: &Recorded) -> Result<ProjectKey, Poison> {
    let project_id = recorded.stream.id().parse();
    let project_id =
        project_id.map_err(|_| Poison(format!("{} names no project", recorded.stream)))?;
    Ok(ProjectKey {
        tenant_id: recorded.tenant,
        project_id,
    })
}
