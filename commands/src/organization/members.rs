//! Members: their roles, and what goes with them when they go.

use cinatra_domain::kernel::UserId;
use cinatra_domain::organization::{
    ChangeMemberRole, Departure, Organization, OrganizationCommand, OrganizationRole, RemoveMember,
    SELF, tags_of,
};

use super::departure::{gone, revoke_grants};
use super::{
    MEMBER, NamedMember, OrganizationChanged, Organizations, UpdateMemberRole, about, rank,
};
use crate::draft::{Deciding, Draft};
use crate::user::input::user_id;
use crate::{Done, Error, Invocation};

impl Organizations {
    /// Gives a member another role. The last owner stays one.
    pub async fn update_member_role(
        &self,
        invocation: &Invocation,
        input: &UpdateMemberRole,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let (user_id, to) = (user_id(&input.user_id)?, input.role);
        let (this, tenant) = (self, invocation.caller.tenant);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(tenant, number).await?;
                let change = OrganizationCommand::ChangeMemberRole(ChangeMemberRole {
                    user_id,
                    to,
                    by: rank(invocation, &state.state),
                    gone: gone(&this.store, user_id, state.state.owners()).await?,
                });
                let decided = draft.decide::<Organization>(SELF, &state, change, tags_of)?;
                let (events, _) = decided;
                Ok(OrganizationChanged {
                    success: true,
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, about(MEMBER, &user_id), task).await
    }

    /// Lets a member not belong to the organization any more.
    pub async fn remove_member(
        &self,
        invocation: &Invocation,
        input: &NamedMember,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let user_id = user_id(&input.user_id)?;
        self.depart(invocation, user_id, Departure::Removed).await
    }

    /// Lets the caller not belong to the organization any more.
    pub async fn leave(
        &self,
        invocation: &Invocation,
        user_id: UserId,
    ) -> Result<Done<OrganizationChanged>, Error> {
        self.depart(invocation, user_id, Departure::Left).await
    }

    /// Takes somebody out of the organization who is to be erased, or was; nothing happens when they do not belong to it.
    pub(crate) async fn erase_member(
        &self,
        invocation: &Invocation,
        user_id: UserId,
    ) -> Result<(), Error> {
        let snapshot = self.authorities.fresh(invocation.caller.tenant).await?;
        if snapshot.state().member_role(user_id).is_none() {
            return Ok(());
        }
        let once = invocation.once();
        self.depart(&once, user_id, Departure::Erased)
            .await
            .map(drop)
    }

    /// One append: the membership with teams and further roles, and everything that names the person. Whoever is
    /// removed does not come back by another mail either.
    async fn depart(
        &self,
        invocation: &Invocation,
        user_id: UserId,
        departure: Departure,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let tenant = invocation.caller.tenant;
        let address = match departure {
            Departure::Removed => self.users.digest_of(user_id).await?,
            Departure::Left | Departure::Erased => None,
        };
        let (this, address) = (self, address.as_deref());
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(tenant, number).await?;
                let by = match departure {
                    Departure::Removed => rank(invocation, &state.state),
                    Departure::Left | Departure::Erased => OrganizationRole::Owner,
                };
                let remove = OrganizationCommand::RemoveMember(RemoveMember {
                    user_id,
                    departure,
                    by,
                    gone: gone(&this.store, user_id, state.state.owners()).await?,
                });
                let decided = draft.decide::<Organization>(SELF, &state, remove, tags_of)?;
                let (events, state) = decided;
                if let Some(digest) = address {
                    this.cancel_invitations_to(&mut draft, state, tenant, digest)
                        .await?;
                }
                let of = (&this.store, &this.authorities);
                revoke_grants(of, &mut draft, tenant, user_id).await?;
                Ok(OrganizationChanged {
                    success: true,
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        let done = self.run(invocation, about(MEMBER, &user_id), task).await?;
        self.processes.catch_up_soon(tenant).await;
        Ok(done)
    }
}
