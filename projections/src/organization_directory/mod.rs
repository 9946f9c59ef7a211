//! What is in an organization: its name, teams, invitations, further roles, and the programs that act in it?
//!
//! Rows keep the keys of names and addresses; the texts are joined from the contents beside the ledger when
//! somebody reads, so an erasure shows at once. Who the members are is the question of [`crate::people`].

mod apply;
mod query;
mod rows;
mod view;

pub use apply::OrganizationDirectory;
pub use query::{invitations, organization, role_grants, service_accounts, team_members, teams};
pub use view::{
    Invitation, InvitationStatus, Organization, RoleGrant, ServiceAccount, Team, TeamMember,
};
