//! Facts about this instance as a whole. The quoted names are the storage format: add lines, never edit one.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::events;
use crate::kernel::{ContentRef, TenantId, UserId};

events! {
    /// Facts about the instance, in the system ledger.
    pub enum InstanceEvent {
        Initialized => "instance.initialized.v1",
        AdministratorAppointed => "instance.administrator_appointed.v1",
        NamespaceChosen => "instance.namespace_chosen.v1",
        NamespaceFrozen => "instance.namespace_frozen.v1",
        NamespaceRenamed => "instance.namespace_renamed.v1",
        OrganizationRegistered => "instance.organization_registered.v1",
    }
}

/// The instance came to be, with one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initialized {
    /// Never shown.
    pub instance_id: Uuid,
    /// The organization that the first administrator gets.
    pub default_organization_id: TenantId,
}

/// The first person to register administers the instance and owns its default organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdministratorAppointed {
    /// Who.
    pub user_id: UserId,
}

/// The instance has a name, which is the npm scope it publishes under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceChosen {
    /// Without `@`.
    pub namespace: String,
}

/// Something was published under the name: from now on only a deliberate renaming changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceFrozen {}

/// The instance has another name; the former one stays on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceRenamed {
    /// Until now.
    pub from: String,
    /// From now on.
    pub to: String,
}

/// An organization is to be; its own ledger begins with that (ADR-0005).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRegistered {
    /// Which.
    pub organization_id: TenantId,
    /// Unique on the instance.
    pub slug: String,
    /// What it is called.
    pub name: ContentRef,
    /// Its first owner; absent for the default organization of an instance without persons.
    pub owner: Option<UserId>,
}
