//! How events become co-owners and policies.

use cinatra_domain::Fact;
use cinatra_domain::kernel::{ActorId, TenantId, UserId};
use cinatra_domain::permission::{
    PermissionEvent, Policy, Resource, ResourceId, ResourceKind, Visibility,
};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;

use crate::net::Puts;
use crate::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

const DELETE_CO_OWNERS: &str = include_str!("sql/delete_co_owners.sql");
const DELETE_CO_OWNERS_OF_RESOURCES: &str = include_str!("sql/delete_co_owners_of_resources.sql");
const DELETE_POLICIES: &str = include_str!("sql/delete_policies.sql");
const UPSERT_CO_OWNERS: &str = include_str!("sql/upsert_co_owners.sql");
const UPSERT_POLICIES: &str = include_str!("sql/upsert_policies.sql");

/// Writer of the permissions.
#[derive(Debug)]
pub struct ResourcePermissions;

/// Net effect of a run of events. Who co-owned a resource that is gone is removed before anything is written.
#[derive(Debug, Default)]
pub struct Batch {
    gone: Vec<ResourceKey>,
    co_owners: Puts<CoOwnerKey, CoOwnerRow>,
    policies: Puts<ResourceKey, PolicyRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
struct ResourceKey {
    tenant_id: TenantId,
    resource_kind: ResourceKind,
    resource_id: ResourceId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
struct CoOwnerKey {
    #[serde(flatten)]
    resource: ResourceKey,
    user_id: UserId,
}

#[derive(Debug, Serialize)]
struct CoOwnerRow {
    granted_by: ActorId,
    granted_at: Timestamp,
}

#[derive(Debug, Serialize)]
struct PolicyRow {
    read: Option<Visibility>,
    execute: Option<Visibility>,
    share: Option<Visibility>,
    set_by: ActorId,
    updated_at: Timestamp,
}

impl ResourceKey {
    const fn of(recorded: &Recorded, resource: Resource) -> Self {
        Self {
            tenant_id: recorded.tenant,
            resource_kind: resource.kind,
            resource_id: resource.id,
        }
    }
}

impl Projection for ResourcePermissions {
    const NAME: &'static str = "resource_permissions";
    const VERSION: i32 = 1;
    const SCHEMA: &'static str = include_str!("schema.sql");
    const ON_POISON: OnPoison = OnPoison::ParkStream;
    type Batch = Batch;

    fn fold(batch: &mut Batch, event: &Delivered) -> Result<(), Poison> {
        if let Some(Fact::Permission(fact)) = event.fact()? {
            batch.add(fact, &event.recorded);
        }
        Ok(())
    }

    fn rows(batch: &Batch) -> usize {
        batch.gone.len() + batch.co_owners.len() + batch.policies.len()
    }

    async fn write(batch: Batch, writer: &Writer<'_>) -> Result<(), WriteError> {
        writer
            .execute_all(DELETE_CO_OWNERS_OF_RESOURCES, &batch.gone)
            .await?;
        let (gone, put) = batch.co_owners.split();
        writer.execute_all(DELETE_CO_OWNERS, &gone).await?;
        writer.execute_each(UPSERT_CO_OWNERS, &put).await?;
        let (gone, put) = batch.policies.split();
        writer.execute_all(DELETE_POLICIES, &gone).await?;
        writer.execute_each(UPSERT_POLICIES, &put).await
    }
}

impl Batch {
    fn add(&mut self, fact: &PermissionEvent, of: &Recorded) {
        match fact {
            PermissionEvent::CoOwnerGranted(body) => {
                let row = CoOwnerRow {
                    granted_by: of.actor.clone(),
                    granted_at: of.recorded_at,
                };
                let resource = ResourceKey::of(of, body.resource);
                let user_id = body.user_id;
                self.co_owners.put(CoOwnerKey { resource, user_id }, row);
            }
            PermissionEvent::CoOwnerRevoked(body) => {
                let resource = ResourceKey::of(of, body.resource);
                let user_id = body.user_id;
                self.co_owners.take(CoOwnerKey { resource, user_id });
            }
            PermissionEvent::PolicySet(body) => {
                let Policy {
                    read,
                    execute,
                    share,
                } = body.policy;
                let row = PolicyRow {
                    read,
                    execute,
                    share,
                    set_by: of.actor.clone(),
                    updated_at: of.recorded_at,
                };
                self.policies.put(ResourceKey::of(of, body.resource), row);
            }
            PermissionEvent::PolicyCleared(body) => {
                self.policies.take(ResourceKey::of(of, body.resource));
            }
            PermissionEvent::Deleted(body) => {
                let resource = ResourceKey::of(of, body.resource);
                self.co_owners.forget(|key| key.resource == resource);
                self.policies.take(resource);
                self.gone.push(resource);
            }
        }
    }
}
