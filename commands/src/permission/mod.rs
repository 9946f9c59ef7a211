//! Commands about the access to resources: co-owners and policies of agents, runs, packages of skills, and skills.
//!
//! Every grant, revocation and policy is an event under the authority of who made it, so that it is audited by the
//! append that makes it (seed 000). Whether somebody may use a resource is judged, never stored.

mod input;
mod output;

use std::sync::Arc;

use cinatra_domain::authority::{Actor, Operation, Rule, Target, authority_tag};
use cinatra_domain::kernel::{RunId, TenantId};
use cinatra_domain::permission::{
    GrantCoOwner, PermissionCommand, PermissionEvent, PermissionState, Resource, ResourceKind,
    ResourcePermission, tags_of,
};
use cinatra_eventstore::{EventStore, Loaded};

use crate::dispatch::{self, Task};
use crate::draft::{self, Deciding, Draft, FRESH};
use crate::stop::Stop;
use crate::turns::Turns;
use crate::user::input::user_id;
use crate::{Authorities, Done, Error, Invocation, run};

pub use input::{CheckAccess, CoOwner, Deed, NamedResource, SetPolicy, resource};
pub use output::{AccessChecked, PermissionChanged};

/// Commands about permissions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Permissions {
    store: EventStore,
    authorities: Authorities,
    turns: Turns,
}

impl Permissions {
    /// Over a store.
    pub fn new(store: EventStore, authorities: Authorities) -> Self {
        Self {
            store,
            authorities,
            turns: Turns::default(),
        }
    }

    /// What a judgement about a resource looks at; nothing for a run that is not there.
    pub async fn target(
        &self,
        tenant: TenantId,
        resource: Resource,
    ) -> Result<Option<Target>, Error> {
        match resource.kind {
            ResourceKind::AgentRun => {
                let run = run::target(&self.store, tenant, RunId(resource.id.0)).await?;
                Ok(run.map(Target::Run))
            }
            ResourceKind::AgentTemplate | ResourceKind::SkillPackage | ResourceKind::Skill => {
                Ok(Some(Target::Resource(resource)))
            }
        }
    }

    /// Lets a member be a co-owner.
    pub async fn grant_co_owner(
        &self,
        invocation: &Invocation,
        input: &CoOwner,
    ) -> Result<Done<PermissionChanged>, Error> {
        let resource = resource(input.resource_kind, &input.resource_id)?;
        let (tenant, user_id) = (invocation.caller.tenant, user_id(&input.user_id)?);
        let this = self;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let snapshot = this.authorities.fresh(tenant).await?;
                let state = snapshot.state();
                draft.relies_on(vec![authority_tag(user_id)?], snapshot.at());
                let owner = match this.target(tenant, resource).await? {
                    Some(Target::Run(run)) => run.owner,
                    _ => state.resource(resource).and_then(|known| known.owner),
                };
                let grant = PermissionCommand::GrantCoOwner(GrantCoOwner {
                    resource,
                    user_id,
                    is_owner: owner == Some(user_id),
                    is_member: state.member_role(user_id).is_some(),
                });
                let loaded = this.load(tenant, resource, number).await?;
                let events = decide(&mut draft, resource, &loaded, grant)?;
                Ok(changed(resource, &events))
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, resource, task).await
    }

    /// Lets somebody be no co-owner any more.
    pub async fn revoke_co_owner(
        &self,
        invocation: &Invocation,
        input: &CoOwner,
    ) -> Result<Done<PermissionChanged>, Error> {
        let resource = resource(input.resource_kind, &input.resource_id)?;
        let user_id = user_id(&input.user_id)?;
        let revoke = PermissionCommand::RevokeCoOwner { resource, user_id };
        self.change(invocation, resource, revoke).await
    }

    /// Says anew what others may do. Source: spec/workspace.md 2.4, `setExtensionInstallAccess`.
    pub async fn set_policy(
        &self,
        invocation: &Invocation,
        input: &SetPolicy,
    ) -> Result<Done<PermissionChanged>, Error> {
        let resource = resource(input.resource_kind, &input.resource_id)?;
        let policy = input.policy()?;
        let set = PermissionCommand::SetPolicy { resource, policy };
        self.change(invocation, resource, set).await
    }

    /// Lets a resource have no policy of its own any more.
    pub async fn clear_policy(
        &self,
        invocation: &Invocation,
        input: &NamedResource,
    ) -> Result<Done<PermissionChanged>, Error> {
        let resource = resource(input.resource_kind, &input.resource_id)?;
        let clear = PermissionCommand::ClearPolicy { resource };
        self.change(invocation, resource, clear).await
    }

    /// Whether the caller may do something with a resource.
    pub async fn check(
        &self,
        tenant: TenantId,
        actor: &Arc<Actor>,
        input: &CheckAccess,
    ) -> Result<AccessChecked, Error> {
        let resource = resource(input.resource_kind, &input.resource_id)?;
        let operation = match input.operation {
            Deed::Read => Operation::Read,
            Deed::Execute => Operation::Execute,
            Deed::Share => Operation::Share,
            Deed::Manage => Operation::Manage,
        };
        let rule = Rule::Resource(operation);
        let target = self.target(tenant, resource).await?;
        let target = target.unwrap_or(Target::None);
        let judged = self.authorities.authorize(actor, rule, target);
        match judged.await {
            Ok(grant) => Ok(AccessChecked {
                allowed: true,
                via: Some(grant.via().to_owned()),
            }),
            Err(Error::Denied { .. }) => Ok(AccessChecked {
                allowed: false,
                via: None,
            }),
            Err(error) => Err(error),
        }
    }

    async fn load(
        &self,
        tenant: TenantId,
        resource: Resource,
        attempt: u32,
    ) -> Result<Loaded<PermissionState>, Stop> {
        let id = resource.stream();
        Ok(draft::load::<ResourcePermission>(&self.store, tenant, &id, attempt).await?)
    }

    async fn change(
        &self,
        invocation: &Invocation,
        resource: Resource,
        command: PermissionCommand,
    ) -> Result<Done<PermissionChanged>, Error> {
        let tenant = invocation.caller.tenant;
        let this = self;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let loaded = this.load(tenant, resource, number).await?;
                let events = decide(&mut draft, resource, &loaded, command)?;
                Ok(changed(resource, &events))
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, resource, task).await
    }

    async fn run<T: Task>(
        &self,
        invocation: &Invocation,
        resource: Resource,
        task: T,
    ) -> Result<Done<T::Output>, Error> {
        let about = dispatch::Resource {
            kind: resource.kind.as_str(),
            id: Some(resource.id.to_string()),
        };
        dispatch::run(&self.store, &self.turns, invocation, &about, task).await
    }
}

/// Everything that was granted on what is going goes with it.
/// Source: spec/workspace.md 2.4, `deleteExtensionPermissions`.
pub(crate) async fn delete_extension_permissions(
    store: &EventStore,
    draft: &mut Draft,
    tenant: TenantId,
    resources: &[Resource],
) -> Result<(), Stop> {
    for resource in resources {
        let id = resource.stream();
        let loaded = draft::load::<ResourcePermission>(store, tenant, &id, FRESH).await?;
        let resource = *resource;
        decide(
            draft,
            resource,
            &loaded,
            PermissionCommand::Delete { resource },
        )?;
    }
    Ok(())
}

fn decide(
    draft: &mut Draft,
    resource: Resource,
    loaded: &Loaded<PermissionState>,
    command: PermissionCommand,
) -> Result<Vec<PermissionEvent>, Stop> {
    let id = resource.stream();
    let (events, _) = draft.decide::<ResourcePermission>(&id, loaded, command, tags_of)?;
    Ok(events)
}

fn changed(resource: Resource, events: &[PermissionEvent]) -> PermissionChanged {
    PermissionChanged {
        success: true,
        resource_kind: resource.kind,
        resource_id: resource.id.to_string(),
        changed: !events.is_empty(),
    }
}
