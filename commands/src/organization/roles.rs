//! Further roles of members, for a place and perhaps for a time.

use cinatra_domain::kernel::{ProjectId, TenantId};
use cinatra_domain::organization::{
    Organization, OrganizationCommand, RoleScope, RoleScopeLevel, SELF, tags_of,
};
use cinatra_domain::project::project_tag;

use super::input::{moment, scope, subject_user_id};
use super::{GrantRole, OrganizationChanged, Organizations, ROLE_GRANT, RevokeRole, about};
use crate::draft::{Deciding, Draft};
use crate::stop::Stop;
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
        let (this, tenant) = (self, invocation.caller.tenant);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(tenant, number).await?;
                let is_project_there = this.finds(&mut draft, tenant, scope).await?;
                let grant = OrganizationCommand::GrantRole {
                    user_id,
                    role,
                    scope,
                    is_project_there,
                    expires_at_us,
                    now_us,
                };
                let decided = draft.decide::<Organization>(SELF, &state, grant, tags_of)?;
                let (events, _) = decided;
                Ok(OrganizationChanged {
                    success: true,
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, about(ROLE_GRANT, &user_id), task)
            .await
    }

    /// Whether the organization has the project that a scope names; that stays true until the append.
    async fn finds(
        &self,
        draft: &mut Draft,
        tenant: TenantId,
        scope: RoleScope,
    ) -> Result<bool, Stop> {
        if scope.level != RoleScopeLevel::Project {
            return Ok(false);
        }
        let project = ProjectId(scope.record_id);
        let snapshot = self.authorities.fresh(tenant).await?;
        draft.relies_on(vec![project_tag(project)?], snapshot.at());
        Ok(snapshot.state().project_exists(project))
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
