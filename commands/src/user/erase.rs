//! Takes a person out of everything: content goes, receipts stay, every hash still verifies.
//!
//! Order: organizations first, then the person. In each organization one append removes the membership with all that
//! was granted, and erases the addresses of invitations; in the system ledger one append erases name and e-mail, password,
//! sessions, tokens and mail. Each is complete in itself and may be repeated; a call that died is called again.

use std::collections::BTreeSet;

use cinatra_domain::kernel::{Decider as _, TenantId, UserId};
use cinatra_domain::organization::OrganizationRole;
use cinatra_domain::user::{self, Erase, ErasedBy, User, UserCommand, UserEvent, email_tag};
use cinatra_eventstore::IdentityRow;

use super::{EraseUser, UserChanged, Users, changed, facts, load, stream};
use crate::draft::{Deciding, Draft, FRESH};
use crate::organization::Organizations;
use crate::stop::Stop;
use crate::{Done, Error, Invocation};

impl Users {
    /// Erases a person. Refused while an organization would be left without an owner, or the instance without an
    /// administrator.
    pub async fn erase(
        &self,
        invocation: &Invocation,
        organizations: &Organizations,
        input: &EraseUser,
    ) -> Result<Done<UserChanged>, Error> {
        let user_id = input.parse()?;
        let digest = self.digest_of(user_id).await?;
        let own = invocation.caller.actor.user_id() == Some(user_id);
        let by = if own {
            ErasedBy::Person
        } else {
            ErasedBy::Administrator
        };
        let (ours, owned_alone) = self.belongings(user_id).await?;
        if self.may_go(user_id, by, &owned_alone).await? {
            for organization in ours {
                let moved = invocation.in_ledger(organization);
                organizations.erase_member(&moved, user_id).await?;
            }
            if let Some(digest) = &digest {
                let tag = email_tag(digest)?;
                for tenant in self.store.tenants_with_tag(&tag).await? {
                    if tenant != TenantId::SYSTEM {
                        let moved = invocation.in_ledger(tenant);
                        organizations.erase_invitations(&moved, digest).await?;
                    }
                }
            }
        }
        // Order: while the address is still known; what is delivered meanwhile is looked for once more afterwards, and
        // by every node (`forget.rs`).
        self.forget(digest.as_deref()).await?;
        let (this, digest, owned_alone) = (self, &digest, &owned_alone);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let (administrators, tags, at) = facts::administrators(&this.store).await?;
                draft.relies_on(tags, at);
                let person = load(&this.store, user_id, number).await?;
                let erase = UserCommand::Erase(Erase {
                    by,
                    administrators,
                    owned_alone: owned_alone.clone(),
                });
                let (events, _) =
                    draft.decide::<User>(&stream(user_id), &person, erase, |event| {
                        let mut tags = user::tags_of(user_id, event)?;
                        if let Some(digest) = digest {
                            tags.push(email_tag(digest)?);
                        }
                        Ok(tags)
                    })?;
                for event in &events {
                    if let UserEvent::Erased(erased) = event {
                        draft.erase(erased.contents.iter().cloned());
                    }
                }
                draft.beside(IdentityRow::DeletePassword { user_id });
                draft.beside(IdentityRow::EndSessions {
                    user_id,
                    except: None,
                });
                draft.beside(IdentityRow::DeleteTokensOf { user_id });
                draft.beside(IdentityRow::DeleteChallengesOf {
                    user_id,
                    purpose: None,
                });
                if let Some(digest) = digest {
                    draft.beside(IdentityRow::DeleteMailsOf {
                        recipient_key: digest.clone(),
                    });
                }
                Ok(changed(user_id, !events.is_empty()))
            }
            .await;
            draft.conclude(answer)
        });
        let done = self.run(invocation, Some(user_id), task).await?;
        self.forget(digest.as_deref()).await?;
        Ok(done)
    }

    /// Whether the rules let the person go: before anything else goes that they would want to keep.
    async fn may_go(
        &self,
        user_id: UserId,
        by: ErasedBy,
        owned_alone: &[TenantId],
    ) -> Result<bool, Error> {
        let administrators = match facts::administrators(&self.store).await {
            Ok((administrators, ..)) => administrators,
            Err(Stop::Failed(error)) => return Err(error),
            // Counting refuses nothing; whoever asks further down hears it.
            Err(Stop::Rejected(_)) => return Ok(false),
        };
        let person = load(&self.store, user_id, FRESH).await?;
        let erase = UserCommand::Erase(Erase {
            by,
            administrators,
            owned_alone: owned_alone.to_vec(),
        });
        Ok(User::decide(&person.state, erase).is_ok())
    }

    /// Forgets mail that was delivered to an address, and how often somebody failed to sign in with it.
    async fn forget(&self, digest: Option<&str>) -> Result<(), Error> {
        let Some(digest) = digest else { return Ok(()) };
        let account = self.fingerprints.account_of(digest);
        self.store.clear_account_attempts(&account).await?;
        let forgotten = self.mailbox.forget(digest, None);
        forgotten.map_err(|source| Error::Mail { source })
    }

    /// Fingerprint of the person's address, while it is known.
    pub(crate) async fn digest_of(&self, user_id: UserId) -> Result<Option<String>, Error> {
        let loaded = load(&self.store, user_id, FRESH).await?;
        let Some(person) = loaded.state.person() else {
            return Ok(None);
        };
        let id = person.email.id;
        let contents = self.store.contents(TenantId::SYSTEM, &[id]).await?;
        let address = contents
            .get(&id)
            .and_then(|bytes| str::from_utf8(bytes).ok());
        Ok(address.map(|address| self.fingerprints.email(address)))
    }

    /// Organizations that the person belongs to, and those that nobody else owns.
    async fn belongings(
        &self,
        user_id: UserId,
    ) -> Result<(BTreeSet<TenantId>, Vec<TenantId>), Error> {
        let loaded = load(&self.store, user_id, FRESH).await?;
        let ours = loaded
            .state
            .person()
            .map(|person| person.organizations.clone());
        let (ours, mut owned_alone) = (ours.unwrap_or_default(), Vec::new());
        for organization in &ours {
            let snapshot = self.authorities.fresh(*organization).await?;
            let state = snapshot.state();
            let is_owner = state.member_role(user_id) == Some(OrganizationRole::Owner);
            if is_owner && state.owner_count() <= 1 {
                owned_alone.push(*organization);
            }
        }
        Ok((ours, owned_alone))
    }
}
