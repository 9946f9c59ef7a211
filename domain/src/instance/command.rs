//! What may be asked of the instance.

use uuid::Uuid;

use super::{Namespace, Slug};
use crate::kernel::{ContentRef, TenantId, UserId};

/// A command to the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceCommand {
    /// Come to be; nothing happens the second time.
    Initialize {
        /// Never shown.
        instance_id: Uuid,
        /// The organization that the first administrator gets.
        default_organization_id: TenantId,
    },
    /// Somebody registers first; nothing happens when somebody did before.
    AppointAdministrator(UserId),
    /// Have a name. Once only.
    ChooseNamespace(Namespace),
    /// Something was published under the name.
    FreezeNamespace,
    /// Have another name, deliberately.
    RenameNamespace(Namespace),
    /// See [`RegisterOrganization`].
    RegisterOrganization(RegisterOrganization),
}

/// Let an organization be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterOrganization {
    /// Which.
    pub organization_id: TenantId,
    /// Unique on the instance.
    pub slug: Slug,
    /// What it is called.
    pub name: ContentRef,
    /// Its first owner.
    pub owner: Option<UserId>,
}
