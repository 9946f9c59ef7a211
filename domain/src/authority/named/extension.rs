//! Access to installed extensions of every kind.

use super::{enforce_resource_access, hold};
use crate::authority::{Actor, Allowed, AuthorityState, Denied, Operation};
use crate::permission::Permission;

/// What is to be done with an installed extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtensionOperation {
    /// Find it in a list.
    List,
    /// Look at it.
    Read,
    /// Let something else use it.
    Use,
    /// Let it run.
    Execute,
    /// Hand it on.
    Share,
    /// Say who may use it.
    Manage,
}

impl ExtensionOperation {
    /// The same for a resource with co-owners and a policy.
    const fn on_resource(self) -> Operation {
        match self {
            Self::List | Self::Read => Operation::Read,
            Self::Use | Self::Execute => Operation::Execute,
            Self::Share => Operation::Share,
            Self::Manage => Operation::Manage,
        }
    }
}

/// Why an extension is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionDenial {
    /// There is no credential.
    NoActor,
    /// The actor does not belong to its organization.
    CrossOrg,
    /// It is not there for the actor.
    NotVisible,
    /// The actor may read it, but this permission is lacking.
    NotAllowed(&'static str),
    /// Only its owner and those who administer may say who uses it; the permission for that.
    ManageRequiresAdmin(&'static str),
}

impl ExtensionDenial {
    /// The word of the original.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoActor => "no_actor",
            Self::CrossOrg => "cross_org",
            Self::NotVisible => "not_visible",
            Self::NotAllowed(_) => "not_allowed",
            Self::ManageRequiresAdmin(_) => "manage_requires_admin",
        }
    }
}

impl From<ExtensionDenial> for Denied {
    fn from(denial: ExtensionDenial) -> Self {
        match denial {
            ExtensionDenial::NoActor => Self::Unauthenticated,
            ExtensionDenial::CrossOrg | ExtensionDenial::NotVisible => Self::Hidden,
            ExtensionDenial::NotAllowed(permission)
            | ExtensionDenial::ManageRequiresAdmin(permission) => Self::Forbidden(permission),
        }
    }
}

/// `evaluateExtensionAccess`: the right to do that with an installed extension, or the reason why not. Agents and
/// packages of skills have co-owners and policies; other kinds are there for every member, and administrators manage
/// them.
pub fn evaluate_extension_access(
    state: &AuthorityState,
    actor: &Actor,
    package: &str,
    operation: ExtensionOperation,
    now_us: i64,
) -> Result<Allowed, ExtensionDenial> {
    let installed = state.packages.get(package);
    let on_resource = operation.on_resource();
    let outcome = match installed.map(|package| package.whole) {
        Some(Some(whole)) => enforce_resource_access(state, actor, whole, on_resource, now_us),
        Some(None) => hold(state, actor, demanded_of_others(on_resource), now_us),
        None => state.standing(actor).and(Err(Denied::Hidden)),
    };
    outcome.map_err(|denied| match denied {
        Denied::Unauthenticated => ExtensionDenial::NoActor,
        Denied::NoOrganization => ExtensionDenial::CrossOrg,
        Denied::Hidden | Denied::NoProjectAccess | Denied::ProjectArchived => {
            ExtensionDenial::NotVisible
        }
        Denied::Forbidden(permission) => match on_resource {
            Operation::Read => ExtensionDenial::NotVisible,
            Operation::Execute | Operation::Share => ExtensionDenial::NotAllowed(permission),
            Operation::Manage => ExtensionDenial::ManageRequiresAdmin(permission),
        },
    })
}

/// `canExtensionAccess`: whether [`evaluate_extension_access`] lets the actor through.
pub fn can_extension_access(
    state: &AuthorityState,
    actor: &Actor,
    package: &str,
    operation: ExtensionOperation,
    now_us: i64,
) -> bool {
    evaluate_extension_access(state, actor, package, operation, now_us).is_ok()
}

/// `enforceExtensionAccess`: [`evaluate_extension_access`] with the answer that a caller gets: another
/// organization's extension is as good as none.
pub fn enforce_extension_access(
    state: &AuthorityState,
    actor: &Actor,
    package: &str,
    operation: ExtensionOperation,
    now_us: i64,
) -> Result<Allowed, Denied> {
    evaluate_extension_access(state, actor, package, operation, now_us).map_err(Denied::from)
}

/// The permission for kinds that are no resource.
const fn demanded_of_others(operation: Operation) -> Permission {
    match operation {
        Operation::Read | Operation::Execute => Permission::ExtensionRegistryRead,
        Operation::Share | Operation::Manage => Permission::ExtensionRegistryInstall,
    }
}
