//! Who has further roles in an organization, and which programs act in it.

use super::Decision;
use crate::kernel::{ContentRef, ServiceAccountId, TeamId, UserId};
use crate::organization::{
    OrganizationEvent, Rejection, RoleGranted, RoleRevoked, RoleScope, RoleScopeLevel, Running,
    SERVICE_ACCOUNTS_MAX, ScopedRole, ServiceAccount, ServiceAccountCreated, ServiceAccountRevoked,
    ServiceAccountRotated,
};

/// Who has which further role where.
type Grant = (UserId, ScopedRole, RoleScope);

/// That it ended is looked at first: a grant that ended counts for nothing, so it is not "there already".
pub(super) fn grant_role(
    running: &Running,
    grant: Grant,
    is_project_there: bool,
    (expires_at_us, now_us): (Option<i64>, i64),
) -> Decision {
    let (user_id, role, scope) = grant;
    if running.role_of(user_id).is_none() {
        return Err(Rejection::MemberNotFound);
    }
    must_be_inside(running, scope, is_project_there)?;
    if expires_at_us.is_some_and(|end| end <= now_us) {
        return Err(Rejection::RoleGrantExpired);
    }
    if running.role_grants.get(&grant) == Some(&expires_at_us) {
        return Ok(Vec::new());
    }
    let granted = RoleGranted {
        user_id,
        role,
        scope,
        expires_at_us,
    };
    Ok(vec![granted.into()])
}

/// Projects have histories of their own: whether the one meant is there is told.
fn must_be_inside(
    running: &Running,
    scope: RoleScope,
    is_project_there: bool,
) -> Result<(), Rejection> {
    let id = scope.record_id;
    match scope.level {
        RoleScopeLevel::Organization if running.organization_id.uuid() != id => {
            Err(Rejection::RoleScopeNotFound)
        }
        RoleScopeLevel::Team if !running.teams.contains_key(&TeamId(id)) => {
            Err(Rejection::TeamNotFound)
        }
        RoleScopeLevel::User if running.role_of(UserId(id)).is_none() => {
            Err(Rejection::RoleScopeNotFound)
        }
        RoleScopeLevel::Project if !is_project_there => Err(Rejection::RoleScopeNotFound),
        RoleScopeLevel::User
        | RoleScopeLevel::Team
        | RoleScopeLevel::Organization
        | RoleScopeLevel::Project => Ok(()),
    }
}

pub(super) fn revoke_role(running: &Running, grant: Grant) -> Vec<OrganizationEvent> {
    let (user_id, role, scope) = grant;
    if !running.role_grants.contains_key(&grant) {
        return Vec::new();
    }
    let revoked = RoleRevoked {
        user_id,
        role,
        scope,
    };
    vec![revoked.into()]
}

/// An id is minted once: seen again, it is the same request again.
pub(super) fn create_service_account(
    running: &Running,
    service_account_id: ServiceAccountId,
    name: ContentRef,
    scopes: Vec<String>,
) -> Decision {
    let accounts = &running.service_accounts;
    if accounts.contains_key(&service_account_id) {
        return Ok(Vec::new());
    }
    if running.live_service_accounts().count() >= SERVICE_ACCOUNTS_MAX {
        return Err(Rejection::ServiceAccountLimit);
    }
    let created = ServiceAccountCreated {
        service_account_id,
        name,
        scopes,
    };
    Ok(vec![created.into()])
}

/// Always a fact: every rotation makes another secret.
pub(super) fn rotate_service_account(
    running: &Running,
    service_account_id: ServiceAccountId,
    grace_seconds: u32,
) -> Decision {
    if !found(running, service_account_id)?.is_live {
        return Err(Rejection::ServiceAccountNotFound);
    }
    let rotated = ServiceAccountRotated {
        service_account_id,
        grace_seconds,
    };
    Ok(vec![rotated.into()])
}

pub(super) fn revoke_service_account(
    running: &Running,
    service_account_id: ServiceAccountId,
) -> Decision {
    if !found(running, service_account_id)?.is_live {
        return Ok(Vec::new());
    }
    Ok(vec![ServiceAccountRevoked { service_account_id }.into()])
}

fn found(running: &Running, id: ServiceAccountId) -> Result<&ServiceAccount, Rejection> {
    let account = running.service_accounts.get(&id);
    account.ok_or(Rejection::ServiceAccountNotFound)
}
