//! What a primitive demands of its caller, and what the call is about.

use super::RunTarget;
use super::named::demanded;
use crate::kernel::{ProjectId, TeamId, UserId};
use crate::permission::{Permission, Resource, ResourceKind};
use crate::project::{GrantRole, Owner, ProjectRole};

/// What [`Rule::Public`] demands.
pub(super) const PUBLIC: &str = "public";
/// What [`Rule::SignedIn`] demands.
pub(super) const SIGNED_IN: &str = "signed_in";

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
    /// Who holds the permission in the organization and, where the call keeps to a project ([`Target::Project`]), may
    /// look into it.
    Inside(Permission),
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
    /// Who may do that with the resource named ([`Target::Resource`], or [`Target::Run`] for a run), and may bring
    /// something new into the project within which they do it, if they do ([`Target::Within`]).
    Resource(Operation),
    /// Who may do what the permission names with the run named ([`Target::Run`]).
    Run(Permission),
    /// Who may take the run from where it is and bring it where it is to be ([`Target::Move`]).
    MoveRun,
}

impl Rule {
    /// The permission that it demands, or `public`, `signed_in`: what somebody lacks who is denied without a look at
    /// what they may do.
    pub const fn demands(self, target: Option<&Target>) -> &'static str {
        match self {
            Self::Public => PUBLIC,
            Self::SignedIn => SIGNED_IN,
            Self::OwnOr(permission)
            | Self::Platform(permission)
            | Self::Organization(permission)
            | Self::Inside(permission)
            | Self::Team(permission)
            | Self::Project(_, permission)
            | Self::Run(permission) => permission.as_str(),
            Self::CreateProject => Permission::ProjectCreate.as_str(),
            Self::FindProject => Permission::ProjectRead.as_str(),
            Self::PromoteProject => Permission::ProjectUpdate.as_str(),
            Self::GrantProject => Permission::ProjectManageMembers.as_str(),
            Self::MoveRun => Permission::RunEditOutput.as_str(),
            Self::Resource(operation) => {
                let kind = match target {
                    Some(Target::Resource(resource) | Target::Within(resource, _)) => resource.kind,
                    Some(Target::Run(_)) => ResourceKind::AgentRun,
                    _ => ResourceKind::AgentTemplate,
                };
                demanded(kind, operation).as_str()
            }
        }
    }
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
    /// A resource, used within a project: what comes of it is in the project.
    Within(Resource, ProjectId),
    /// A run, with what it says of itself.
    Run(RunTarget),
    /// A run that is to be elsewhere.
    Move {
        /// Which, with what it says of itself.
        run: RunTarget,
        /// The project that it is in.
        from: Option<ProjectId>,
        /// The one that it is to be in.
        to: Option<ProjectId>,
    },
}
