//! Rows of the directory as a batch keeps them, and what each event makes of them: absent fields of a change
//! stay as they are.

use cinatra_domain::kernel::{
    ActorId, InvitationId, Position, ServiceAccountId, TeamId, TenantId, UserId,
};
use cinatra_domain::organization::{
    Created, InvitationSent, OrganizationRole, RoleGranted, RoleScope, RoleScopeLevel, ScopedRole,
    ServiceAccountCreated, TeamCreated, TeamRenamed, TeamRole, Updated,
};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::view::InvitationStatus;
use crate::net::{Merge, replace};
use crate::storable;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct OrganizationKey {
    pub(super) tenant_id: TenantId,
}

impl OrganizationKey {
    pub(super) const fn of(recorded: &Recorded) -> Self {
        Self {
            tenant_id: recorded.tenant,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct TeamKey {
    pub(super) tenant_id: TenantId,
    pub(super) team_id: TeamId,
}

impl TeamKey {
    pub(super) const fn of(recorded: &Recorded, team_id: TeamId) -> Self {
        Self {
            tenant_id: recorded.tenant,
            team_id,
        }
    }
}

/// Of one person in one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct UserKey {
    pub(super) tenant_id: TenantId,
    pub(super) user_id: UserId,
}

impl UserKey {
    pub(super) const fn of(recorded: &Recorded, user_id: UserId) -> Self {
        Self {
            tenant_id: recorded.tenant,
            user_id,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are named as the columns are"
)]
pub(super) struct TeamMemberKey {
    pub(super) tenant_id: TenantId,
    pub(super) team_id: TeamId,
    pub(super) user_id: UserId,
}

impl TeamMemberKey {
    pub(super) const fn of(recorded: &Recorded, team_id: TeamId, user_id: UserId) -> Self {
        Self {
            tenant_id: recorded.tenant,
            team_id,
            user_id,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct InvitationKey {
    pub(super) tenant_id: TenantId,
    pub(super) invitation_id: InvitationId,
}

impl InvitationKey {
    pub(super) const fn of(recorded: &Recorded, invitation_id: InvitationId) -> Self {
        Self {
            tenant_id: recorded.tenant,
            invitation_id,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct RoleGrantKey {
    pub(super) tenant_id: TenantId,
    pub(super) user_id: UserId,
    pub(super) role: ScopedRole,
    pub(super) scope_level: RoleScopeLevel,
    pub(super) scope_record_id: Uuid,
}

impl RoleGrantKey {
    pub(super) const fn of(
        recorded: &Recorded,
        user_id: UserId,
        role: ScopedRole,
        scope: RoleScope,
    ) -> Self {
        Self {
            tenant_id: recorded.tenant,
            user_id,
            role,
            scope_level: scope.level,
            scope_record_id: scope.record_id,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct ServiceAccountKey {
    pub(super) tenant_id: TenantId,
    pub(super) service_account_id: ServiceAccountId,
}

impl ServiceAccountKey {
    pub(super) const fn of(recorded: &Recorded, service_account_id: ServiceAccountId) -> Self {
        Self {
            tenant_id: recorded.tenant,
            service_account_id,
        }
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct OrganizationRow {
    pub(super) slug: Option<String>,
    pub(super) name_id: Option<Uuid>,
    pub(super) created_at: Option<Timestamp>,
}

impl OrganizationRow {
    pub(super) fn created(body: &Created, recorded: &Recorded) -> Self {
        Self {
            slug: Some(body.slug.clone()),
            name_id: Some(body.name.id),
            created_at: Some(recorded.recorded_at),
        }
    }

    pub(super) fn updated(body: &Updated) -> Self {
        Self {
            name_id: Some(body.name.id),
            ..Self::default()
        }
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct TeamRow {
    pub(super) slug: Option<String>,
    pub(super) name_id: Option<Uuid>,
    pub(super) created_at: Option<Timestamp>,
}

impl TeamRow {
    pub(super) fn created(body: &TeamCreated, recorded: &Recorded) -> Self {
        Self {
            slug: Some(body.slug.clone()),
            name_id: Some(body.name.id),
            created_at: Some(recorded.recorded_at),
        }
    }

    pub(super) fn renamed(body: &TeamRenamed) -> Self {
        Self {
            slug: Some(body.slug.clone()),
            name_id: Some(body.name.id),
            created_at: None,
        }
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct TeamMemberRow {
    pub(super) role: Option<TeamRole>,
    pub(super) added_at: Option<Timestamp>,
}

impl TeamMemberRow {
    pub(super) const fn added(role: TeamRole, recorded: &Recorded) -> Self {
        Self {
            role: Some(role),
            added_at: Some(recorded.recorded_at),
        }
    }

    pub(super) const fn changed(role: TeamRole) -> Self {
        Self {
            role: Some(role),
            added_at: None,
        }
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct InvitationRow {
    pub(super) email_id: Option<Uuid>,
    pub(super) role: Option<OrganizationRole>,
    pub(super) team_id: Option<TeamId>,
    pub(super) status: Option<InvitationStatus>,
    /// The address is gone, and the invitation ends if it is pending.
    pub(super) is_erased: bool,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) invited_by: Option<ActorId>,
    pub(super) created_at: Option<Timestamp>,
}

impl InvitationRow {
    pub(super) fn sent(body: &InvitationSent, recorded: &Recorded) -> Self {
        Self {
            email_id: Some(body.email.id),
            role: Some(body.role),
            team_id: body.team_id,
            status: Some(InvitationStatus::Pending),
            is_erased: false,
            expires_at: Some(storable::time(body.expires_at_us)),
            invited_by: Some(recorded.actor.clone()),
            created_at: Some(recorded.recorded_at),
        }
    }

    pub(super) fn now(status: InvitationStatus) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    pub(super) fn erased() -> Self {
        Self {
            is_erased: true,
            ..Self::default()
        }
    }
}

/// Granted anew, it is another row.
#[derive(Debug, Serialize)]
pub(super) struct RoleGrantRow {
    pub(super) expires_at: Option<Timestamp>,
    pub(super) granted_by: ActorId,
    pub(super) granted_at: Timestamp,
    pub(super) position: Position,
}

impl RoleGrantRow {
    pub(super) fn granted(body: &RoleGranted, recorded: &Recorded) -> Self {
        Self {
            expires_at: body.expires_at_us.map(storable::time),
            granted_by: recorded.actor.clone(),
            granted_at: recorded.recorded_at,
            position: recorded.position,
        }
    }
}

#[derive(Debug, Default, Serialize)]
pub(super) struct ServiceAccountRow {
    pub(super) name_id: Option<Uuid>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) is_revoked: Option<bool>,
    pub(super) created_by: Option<ActorId>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) rotated_at: Option<Timestamp>,
}

impl ServiceAccountRow {
    pub(super) fn created(body: &ServiceAccountCreated, recorded: &Recorded) -> Self {
        Self {
            name_id: Some(body.name.id),
            scopes: Some(body.scopes.clone()),
            is_revoked: Some(false),
            created_by: Some(recorded.actor.clone()),
            created_at: Some(recorded.recorded_at),
            rotated_at: None,
        }
    }

    pub(super) fn rotated(recorded: &Recorded) -> Self {
        Self {
            rotated_at: Some(recorded.recorded_at),
            ..Self::default()
        }
    }

    pub(super) fn revoked() -> Self {
        Self {
            is_revoked: Some(true),
            ..Self::default()
        }
    }
}

impl Merge for OrganizationRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.slug, later.slug);
        replace(&mut self.name_id, later.name_id);
        replace(&mut self.created_at, later.created_at);
    }
}

impl Merge for TeamRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.slug, later.slug);
        replace(&mut self.name_id, later.name_id);
        replace(&mut self.created_at, later.created_at);
    }
}

impl Merge for TeamMemberRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.role, later.role);
        replace(&mut self.added_at, later.added_at);
    }
}

impl Merge for InvitationRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.email_id, later.email_id);
        replace(&mut self.role, later.role);
        replace(&mut self.team_id, later.team_id);
        replace(&mut self.status, later.status);
        self.is_erased |= later.is_erased;
        replace(&mut self.expires_at, later.expires_at);
        replace(&mut self.invited_by, later.invited_by);
        replace(&mut self.created_at, later.created_at);
    }
}

impl Merge for ServiceAccountRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.name_id, later.name_id);
        replace(&mut self.scopes, later.scopes);
        replace(&mut self.is_revoked, later.is_revoked);
        replace(&mut self.created_by, later.created_by);
        replace(&mut self.created_at, later.created_at);
        replace(&mut self.rotated_at, later.rotated_at);
    }
}
