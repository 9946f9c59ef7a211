//! Commands about projects: create, describe, promote, archive, share.
//!
//! Who may is judged by the dispatcher before any of this runs; the aggregate holds the ratchet. Whether a principal
//! exists is a fact of the organization's stream, which the append relies on by tag.

mod input;
mod output;

use cinatra_domain::authority::{authority_tag, team_tag};
use cinatra_domain::kernel::{ProjectId, TenantId};
use cinatra_domain::project::{
    Principal, Project, ProjectCommand, ProjectEvent, ProjectState, ProjectVisibility, tags_of,
};
use cinatra_eventstore::{EventStore, Loaded};

use crate::dispatch::{self, Resource, Task};
use crate::draft::{self, Deciding, Draft};
use crate::stop::Stop;
use crate::turns::Turns;
use crate::{Authorities, Done, Error, Invocation, mint};

pub use input::{
    CreateProject, GrantAccess, NamedProject, PromoteProject, RevokeAccess, SuspendProject,
    UpdateProject, WORKSPACE, owner, project_id,
};
pub use output::{ProjectArchived, ProjectChanged, ProjectCreated, ProjectUnarchived};

/// Commands about projects. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Projects {
    store: EventStore,
    authorities: Authorities,
    turns: Turns,
}

impl Projects {
    /// Over a store.
    pub fn new(store: EventStore, authorities: Authorities) -> Self {
        Self {
            store,
            authorities,
            turns: Turns::default(),
        }
    }

    /// Lets a project be.
    pub async fn create(
        &self,
        invocation: &Invocation,
        input: &CreateProject,
    ) -> Result<Done<ProjectCreated>, Error> {
        let tenant = invocation.caller.tenant;
        let owner = owner(tenant, input.owner_level, &input.owner_id)?;
        let name = input::name(&input.name)?;
        let description = input
            .description
            .as_deref()
            .map(input::description)
            .transpose()?;
        let visibility = input.visibility.unwrap_or(ProjectVisibility::Private);
        let project_id = ProjectId(mint::id());
        let (this, name) = (self, &name);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, project_id, number).await?;
                let create = ProjectCommand::Create {
                    project_id,
                    name: draft.content(name.as_str()),
                    description: description.map(|text| draft.content(text)),
                    owner,
                    visibility,
                };
                decide(&mut draft, project_id, &loaded, create)?;
                Ok(ProjectCreated {
                    success: true,
                    project_id: project_id.to_string(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, project_id, task).await
    }

    /// Describes a project otherwise.
    pub async fn update(
        &self,
        invocation: &Invocation,
        input: &UpdateProject,
    ) -> Result<Done<ProjectChanged>, Error> {
        let project_id = project_id(&input.project_id)?;
        let name = input.name.as_deref().map(input::name).transpose()?;
        let description = input
            .description
            .as_deref()
            .map(input::description)
            .transpose()?;
        let (name, visibility) = (&name, input.visibility);
        let changed = self.change(invocation, project_id, move |draft| {
            ProjectCommand::Update {
                name: name.as_ref().map(|name| draft.content(name.as_str())),
                description: description.map(|text| draft.content(text)),
                visibility,
            }
        });
        changed.await
    }

    /// Moves a project up a level, for ever.
    pub async fn promote(
        &self,
        invocation: &Invocation,
        input: &PromoteProject,
    ) -> Result<Done<ProjectChanged>, Error> {
        let project_id = project_id(&input.project_id)?;
        let to = owner(invocation.caller.tenant, input.owner_level, &input.owner_id)?;
        let promote = move |_: &mut Draft| ProjectCommand::Promote(to);
        self.change(invocation, project_id, promote).await
    }

    /// Lets nothing new come into a project.
    pub async fn archive(
        &self,
        invocation: &Invocation,
        input: &SuspendProject,
    ) -> Result<Done<ProjectArchived>, Error> {
        let project_id = project_id(&input.project_id)?;
        let reason = input.reason.as_deref().map(input::reason).transpose()?;
        let archive = move |draft: &mut Draft| ProjectCommand::Archive {
            reason: reason.map(|text| draft.content(text)),
        };
        let done = self.change(invocation, project_id, archive).await?;
        Ok(done.map(|changed| ProjectArchived {
            success: true,
            project_id: changed.project_id,
            already_archived: !changed.changed,
        }))
    }

    /// Lets a project be worked in again.
    pub async fn unarchive(
        &self,
        invocation: &Invocation,
        input: &SuspendProject,
    ) -> Result<Done<ProjectUnarchived>, Error> {
        let project_id = project_id(&input.project_id)?;
        let reason = input.reason.as_deref().map(input::reason).transpose()?;
        let unarchive = move |draft: &mut Draft| ProjectCommand::Unarchive {
            reason: reason.map(|text| draft.content(text)),
        };
        let done = self.change(invocation, project_id, unarchive).await?;
        Ok(done.map(|changed| ProjectUnarchived {
            success: true,
            project_id: changed.project_id,
            already_active: !changed.changed,
        }))
    }

    /// Gives somebody access.
    pub async fn grant_access(
        &self,
        invocation: &Invocation,
        input: &GrantAccess,
    ) -> Result<Done<ProjectChanged>, Error> {
        let (tenant, project_id) = (invocation.caller.tenant, project_id(&input.project_id)?);
        let principal = input::principal(tenant, input.principal_level, &input.principal_id)?;
        let (this, role) = (self, input.role);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let is_known = this.is_known(&mut draft, tenant, principal).await?;
                let loaded = this.load(tenant, project_id, number).await?;
                let grant = ProjectCommand::GrantAccess {
                    principal,
                    role,
                    is_known,
                };
                let events = decide(&mut draft, project_id, &loaded, grant)?;
                Ok(changed(project_id, &events))
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, project_id, task).await
    }

    /// Takes somebody's access back.
    pub async fn revoke_access(
        &self,
        invocation: &Invocation,
        input: &RevokeAccess,
    ) -> Result<Done<ProjectChanged>, Error> {
        let project_id = project_id(&input.project_id)?;
        let tenant = invocation.caller.tenant;
        let principal = input::principal(tenant, input.principal_level, &input.principal_id)?;
        let revoke = move |_: &mut Draft| ProjectCommand::RevokeAccess { principal };
        self.change(invocation, project_id, revoke).await
    }

    /// Whether a principal belongs to the organization, on condition that it stays so.
    async fn is_known(
        &self,
        draft: &mut Draft,
        tenant: TenantId,
        principal: Principal,
    ) -> Result<bool, Stop> {
        let snapshot = self.authorities.fresh(tenant).await?;
        let state = snapshot.state();
        let (is_known, tag) = match principal {
            Principal::User(user) => (state.member_role(user).is_some(), authority_tag(user)?),
            Principal::Team(team) => (state.team_exists(team), team_tag(team)?),
            Principal::Organization => return Ok(true),
        };
        draft.relies_on(vec![tag], snapshot.at());
        Ok(is_known)
    }

    async fn load(
        &self,
        tenant: TenantId,
        project_id: ProjectId,
        attempt: u32,
    ) -> Result<Loaded<ProjectState>, Stop> {
        let id = project_id.to_string();
        Ok(draft::load::<Project>(&self.store, tenant, &id, attempt).await?)
    }

    /// A command to one project that needs no fact of others.
    async fn change(
        &self,
        invocation: &Invocation,
        project_id: ProjectId,
        command: impl Fn(&mut Draft) -> ProjectCommand + Send + Sync,
    ) -> Result<Done<ProjectChanged>, Error> {
        let tenant = invocation.caller.tenant;
        let (this, command) = (self, &command);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, project_id, number).await?;
                let command = command(&mut draft);
                let events = decide(&mut draft, project_id, &loaded, command)?;
                Ok(changed(project_id, &events))
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, project_id, task).await
    }

    async fn run<T: Task>(
        &self,
        invocation: &Invocation,
        project_id: ProjectId,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        let resource = Resource {
            kind: "project",
            id: Some(project_id.to_string()),
        };
        dispatch::run(&self.store, &self.turns, invocation, &resource, task).await
    }
}

fn decide(
    draft: &mut Draft,
    project_id: ProjectId,
    loaded: &Loaded<ProjectState>,
    command: ProjectCommand,
) -> Result<Vec<ProjectEvent>, Stop> {
    let id = project_id.to_string();
    let tags = |event: &ProjectEvent| tags_of(project_id, event);
    let (events, _) = draft.decide::<Project>(&id, loaded, command, tags)?;
    Ok(events)
}

fn changed(project_id: ProjectId, events: &[ProjectEvent]) -> ProjectChanged {
    ProjectChanged {
        success: true,
        project_id: project_id.to_string(),
        changed: !events.is_empty(),
    }
}
