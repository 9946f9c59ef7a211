//! Further roles of members, for a place and perhaps for a time.

use cinatra_domain::organization::{OrganizationCommand, RoleScope, RoleScopeLevel};

use super::input::{moment, scope, subject_user_id};
use super::{GrantRole, OrganizationChanged, Organizations, ROLE_GRANT, RevokeRole, about};
use crate::{Done, Error, Invocation};

impl Organizations {
    /// Gives a member a further role. Source: spec/workspace.md 2.4, `grantRole`.
    pub async fn grant_role(
        &self,
        invocation: &Invocation,
        input: &GrantRole,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let user_id = subject_user_id(&input.subject_user_id)?;
        let expires_at_us = input.expires_at.as_deref();
        let expires_at_us = expires_at_us
            .map(|text| moment("expiresAt", text))
            .transpose()?;
        let (role, scope) = (input.role, own(invocation, scope(&input.scope)?)?);
        let now_us = self.authorities.now_us();
        self.change(invocation, about(ROLE_GRANT, &user_id), move |_, _| {
            Ok(OrganizationCommand::GrantRole {
                user_id,
                role,
                scope,
                expires_at_us,
                now_us,
            })
        })
        .await
    }

    /// Takes a further role back. Source: spec/workspace.md 2.4, `revokeRole`.
    pub async fn revoke_role(
        &self,
        invocation: &Invocation,
        input: &RevokeRole,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let user_id = subject_user_id(&input.subject_user_id)?;
        let (role, scope) = (input.role, own(invocation, scope(&input.scope)?)?);
        self.change(invocation, about(ROLE_GRANT, &user_id), move |_, _| {
            Ok(OrganizationCommand::RevokeRole {
                user_id,
                role,
                scope,
            })
        })
        .await
    }
}

/// A role for a whole organization is for the caller's own; another one looks like none.
fn own(invocation: &Invocation, scope: RoleScope) -> Result<RoleScope, Error> {
    let is_foreign = scope.level == RoleScopeLevel::Organization
        && scope.record_id != invocation.caller.tenant.uuid();
    if is_foreign {
        Err(Error::Absent)
    } else {
        Ok(scope)
    }
}
