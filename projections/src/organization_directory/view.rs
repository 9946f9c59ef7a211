//! What readers of the directory are shown.

use cinatra_domain::kernel::{
    ActorId, InvitationId, Position, ServiceAccountId, TeamId, TenantId, UserId,
};
use cinatra_domain::organization::{OrganizationRole, RoleScope, ScopedRole, TeamRole};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Error;
use crate::read::{actor, column, content, word};

/// The organization itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Which: its ledger has the same id.
    #[schemars(with = "Uuid")]
    pub organization_id: TenantId,
    /// Unique on the instance.
    pub slug: String,
    /// What it is called; absent when that was erased.
    pub name: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// Members who work together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Which.
    #[schemars(with = "Uuid")]
    pub team_id: TeamId,
    /// Unique in the organization.
    pub slug: String,
    /// What it is called; absent when that was erased.
    pub name: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// Somebody who belongs to a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamMember {
    /// To which.
    #[schemars(with = "Uuid")]
    pub team_id: TeamId,
    /// Who.
    #[schemars(with = "Uuid")]
    pub user_id: UserId,
    /// In what role.
    pub role: TeamRole,
    /// Since when.
    pub added_at: Timestamp,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Nobody followed it, and nobody took it back. It may have ended by its time.
    Pending,
    /// Somebody followed it.
    Accepted,
    /// It was taken back, or its address was erased.
    Canceled,
}

/// An offer to join the organization. `Debug` does not tell the address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Which.
    #[schemars(with = "Uuid")]
    pub invitation_id: InvitationId,
    /// Where it went; absent when that was erased.
    pub email: Option<String>,
    /// The role that comes with it.
    pub role: OrganizationRole,
    /// The team that comes with it.
    #[schemars(with = "Option<Uuid>")]
    pub team_id: Option<TeamId>,
    /// What became of it.
    pub status: InvitationStatus,
    /// When it ends, unless somebody followed it.
    pub expires_at: Timestamp,
    /// Who sent it.
    #[schemars(with = "String")]
    pub invited_by: ActorId,
    /// When.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation")
            .field("invitation_id", &self.invitation_id)
            .field("role", &self.role)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A role that a member has beside the one in the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleGrant {
    /// Who has it.
    #[schemars(with = "Uuid")]
    pub user_id: UserId,
    /// Which.
    pub role: ScopedRole,
    /// Where it counts.
    pub scope: RoleScope,
    /// When it ends; absent for never.
    pub expires_at: Option<Timestamp>,
    /// Who granted it.
    #[schemars(with = "String")]
    pub granted_by: ActorId,
    /// When.
    pub granted_at: Timestamp,
    /// The event that granted it.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// A program that acts in the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// Which.
    #[schemars(with = "Uuid")]
    pub service_account_id: ServiceAccountId,
    /// What it is called; absent when that was erased.
    pub name: Option<String>,
    /// Permissions that it is narrowed to.
    pub scopes: Vec<String>,
    /// Whether it does not work any more.
    pub is_revoked: bool,
    /// Who made it.
    #[schemars(with = "String")]
    pub created_by: ActorId,
    /// When.
    pub created_at: Timestamp,
    /// When it got its present secret, if that is not the first one.
    pub rotated_at: Option<Timestamp>,
}

impl TryFrom<&Row> for Organization {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "organizations";
        Ok(Self {
            organization_id: TenantId::new(column(row, TABLE, "tenant_id")?),
            slug: column(row, TABLE, "slug")?,
            name: content(row, TABLE, "name")?,
            created_at: column(row, TABLE, "created_at")?,
        })
    }
}

impl TryFrom<&Row> for Team {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "teams";
        Ok(Self {
            team_id: TeamId(column(row, TABLE, "team_id")?),
            slug: column(row, TABLE, "slug")?,
            name: content(row, TABLE, "name")?,
            created_at: column(row, TABLE, "created_at")?,
        })
    }
}

impl TryFrom<&Row> for TeamMember {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "team_members";
        Ok(Self {
            team_id: TeamId(column(row, TABLE, "team_id")?),
            user_id: UserId(column(row, TABLE, "user_id")?),
            role: word(row, TABLE, "role")?,
            added_at: column(row, TABLE, "added_at")?,
        })
    }
}

impl TryFrom<&Row> for Invitation {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "invitations";
        Ok(Self {
            invitation_id: InvitationId(column(row, TABLE, "invitation_id")?),
            email: content(row, TABLE, "email")?,
            role: word(row, TABLE, "role")?,
            team_id: column::<Option<Uuid>>(row, TABLE, "team_id")?.map(TeamId),
            status: word(row, TABLE, "status")?,
            expires_at: column(row, TABLE, "expires_at")?,
            invited_by: actor(row, TABLE, "invited_by")?,
            created_at: column(row, TABLE, "created_at")?,
        })
    }
}

impl TryFrom<&Row> for RoleGrant {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "role_grants";
        Ok(Self {
            user_id: UserId(column(row, TABLE, "user_id")?),
            role: word(row, TABLE, "role")?,
            scope: RoleScope {
                level: word(row, TABLE, "scope_level")?,
                record_id: column(row, TABLE, "scope_record_id")?,
            },
            expires_at: column(row, TABLE, "expires_at")?,
            granted_by: actor(row, TABLE, "granted_by")?,
            granted_at: column(row, TABLE, "granted_at")?,
            position: Position(column(row, TABLE, "position")?),
        })
    }
}

impl TryFrom<&Row> for ServiceAccount {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        const TABLE: &str = "service_accounts";
        Ok(Self {
            service_account_id: ServiceAccountId(column(row, TABLE, "service_account_id")?),
            name: content(row, TABLE, "name")?,
            scopes: column(row, TABLE, "scopes")?,
            is_revoked: column(row, TABLE, "is_revoked")?,
            created_by: actor(row, TABLE, "created_by")?,
            created_at: column(row, TABLE, "created_at")?,
            rotated_at: column(row, TABLE, "rotated_at")?,
        })
    }
}
