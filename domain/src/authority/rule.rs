//! What a primitive demands of its caller, and what the call is about.

use crate::kernel::{ProjectId, TeamId, UserId};
use crate::permission::{Permission, Resource};
use crate::project::{GrantRole, Owner, ProjectRole};

/// What is to be done with a resource that has co-owners and a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Look at it.
    Read,
    /// Use it.
    Execute,
    /// Hand it on.
    Share,
    /// Say who may use it.
    Manage,
}

/// What a caller must be. The target, if the rule looks at one, is named by the call's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Anybody, without a credential.
    Public,
    /// Any person with a credential, in whatever organization or none: about their own things.
    SignedIn,
    /// The person named ([`Target::User`]), or who holds the permission on the instance.
    OwnOr(Permission),
    /// Who holds the permission on the instance, by platform role alone.
    Platform(Permission),
    /// Who holds the permission in the credential's organization.
    Organization(Permission),
    /// Who holds the permission in the organization, or administers the team named ([`Target::Team`]) and the
    /// permission is one that `team_admin` has.
    Team(Permission),
    /// Who may have a project there ([`Target::Owner`]): oneself, a team one administers, the organization for its
    /// administrators, the workspace for administrators of the instance.
    CreateProject,
    /// Who has any role in the project named ([`Target::Project`]), or is a member where it may be discovered: that
    /// it is there, not what is in it.
    FindProject,
    /// Who has at least this role in the project named ([`Target::Project`]), and the permission's sense.
    Project(ProjectRole, Permission),
    /// Who administers the project and may have one at its new place ([`Target::Promotion`]).
    PromoteProject,
    /// Who may give that much access ([`Target::Grant`]): administrators, and the owner alone for `admin`.
    GrantProject,
    /// Who may do that with the resource named ([`Target::Resource`]).
    Resource(Operation),
}

/// What a call is about, as far as its rule looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing in particular.
    None,
    /// A person.
    User(UserId),
    /// A team.
    Team(TeamId),
    /// A place for a project.
    Owner(Owner),
    /// A project.
    Project(ProjectId),
    /// A project and its new place.
    Promotion(ProjectId, Owner),
    /// A project and how much of it is given.
    Grant(ProjectId, GrantRole),
    /// A resource.
    Resource(Resource),
}
