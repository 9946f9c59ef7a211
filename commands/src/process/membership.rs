//! A person's history says which organizations they belong to.

use cinatra_domain::kernel::{TenantId, UserId};
use cinatra_domain::organization::OrganizationEvent;
use cinatra_domain::user::{self, User, UserCommand, UserEvent};
use cinatra_eventstore::{IdentityRow, ReadError, Recorded, SideRow};

use super::Processes;
use crate::Error;
use crate::draft::{Deciding, Draft};

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
                self.tell(recorded, added.user_id, join, Vec::new()).await
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
                self.tell(recorded, removed.user_id, leave, rows).await
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
    ) -> Result<(), Error> {
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
}
