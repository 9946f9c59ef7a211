//! A person's history says which organizations they belong to; whoever was erased belongs to none.

use std::collections::BTreeSet;

use cinatra_domain::kernel::{Coded as _, TenantId, UserId};
use cinatra_domain::organization::{
    self, Departure, Organization, OrganizationCommand, OrganizationEvent, OrganizationRole,
    RemoveMember, SELF,
};
use cinatra_domain::user::{self, User, UserCommand, UserEvent};
use cinatra_eventstore::{IdentityRow, ReadError, Recorded, SideRow};

use super::{Processes, Taken};
use crate::Error;
use crate::draft::{self, Deciding, Draft};
use crate::organization::departure::revoke_grants;

impl Processes {
    pub(super) async fn follow_membership(&self, recorded: &Recorded) -> Result<(), Error> {
        let event = recorded.decode::<OrganizationEvent>();
        let event = event.map_err(|source| ReadError::Decode {
            tenant: recorded.tenant,
            position: recorded.position,
            source,
        })?;
        let organization = recorded.tenant;
        match event {
            Some(OrganizationEvent::MemberAdded(added)) => {
                let join = UserCommand::Join(organization);
                let told = self.tell(recorded, added.user_id, join, Vec::new());
                if told.await? == Taken::Refused(user::Rejection::UserErased.code().to_owned()) {
                    self.expel(recorded, added.user_id).await?;
                }
                Ok(())
            }
            Some(OrganizationEvent::MemberRemoved(removed)) => {
                // Whoever left does not act there any more with what they were signed in with.
                let rows = vec![
                    IdentityRow::LeaveOrganization {
                        user_id: removed.user_id,
                        organization_id: organization,
                    }
                    .into(),
                ];
                let leave = UserCommand::Leave(organization);
                let told = self.tell(recorded, removed.user_id, leave, rows);
                told.await.map(drop)
            }
            Some(
                OrganizationEvent::Created(_)
                | OrganizationEvent::Updated(_)
                | OrganizationEvent::MemberRoleChanged(_)
                | OrganizationEvent::InvitationSent(_)
                | OrganizationEvent::InvitationAccepted(_)
                | OrganizationEvent::InvitationCanceled(_)
                | OrganizationEvent::InvitationErased(_)
                | OrganizationEvent::TeamCreated(_)
                | OrganizationEvent::TeamRenamed(_)
                | OrganizationEvent::TeamDeleted(_)
                | OrganizationEvent::TeamMemberAdded(_)
                | OrganizationEvent::TeamMemberRoleChanged(_)
                | OrganizationEvent::TeamMemberRemoved(_)
                | OrganizationEvent::RoleGranted(_)
                | OrganizationEvent::RoleRevoked(_)
                | OrganizationEvent::ServiceAccountCreated(_)
                | OrganizationEvent::ServiceAccountRotated(_)
                | OrganizationEvent::ServiceAccountRevoked(_),
            )
            | None => Ok(()),
        }
    }

    async fn tell(
        &self,
        cause: &Recorded,
        user_id: UserId,
        command: UserCommand,
        rows: Vec<SideRow>,
    ) -> Result<Taken, Error> {
        let (this, command, rows) = (self, &command, &rows);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let person = crate::user::load(&this.store, user_id, number).await?;
                let id = crate::user::stream(user_id);
                let tags = |event: &UserEvent| user::tags_of(user_id, event);
                draft.decide::<User>(&id, &person, command.clone(), tags)?;
                for row in rows {
                    draft.beside(row.clone());
                }
                Ok(())
            }
            .await;
            draft.conclude(answer)
        });
        self.take(cause, TenantId::SYSTEM, "users_belong", task)
            .await
    }

    /// Ends a membership that began behind an erasure. It goes with everything that came with it, even the last owner's:
    /// nobody is there who could hand over (ADR-0010).
    async fn expel(&self, cause: &Recorded, user_id: UserId) -> Result<(), Error> {
        let (this, tenant) = (self, cause.tenant);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = draft::load::<Organization>(&this.store, tenant, SELF, number).await?;
                let remove = OrganizationCommand::RemoveMember(RemoveMember {
                    user_id,
                    departure: Departure::Erased,
                    by: OrganizationRole::Owner,
                    gone: BTreeSet::from([user_id]),
                });
                draft.decide::<Organization>(SELF, &state, remove, organization::tags_of)?;
                let of = (&this.store, &this.authorities);
                revoke_grants(of, &mut draft, tenant, user_id).await?;
                Ok(())
            }
            .await;
            draft.conclude(answer)
        });
        self.take(cause, tenant, "members_expel", task).await?;
        self.authorities.touch(tenant);
        Ok(())
    }
}
