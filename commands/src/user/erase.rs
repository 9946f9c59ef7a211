//! Takes a person out of everything: content goes, receipts stay, every hash still verifies.
//!
//! Order: organizations first, then the person. In each organization one append removes the membership with all that
//! was granted, others erase the addresses of invitations and destroy the runs into which they typed something; in the
//! system ledger one append erases name and e-mail, password,
//! sessions, tokens and mail. Each is complete in itself and may be repeated; a call that died is called again.
//!
//! Who is erased can come to an organization meanwhile. If the person's history says so before it ends, the last append
//! finds it moved, and everything is looked at again; if it does not, the process manager that follows the membership
//! finds nobody who could join, and ends it (ADR-0010). What an older build left is taken out by calling it again.

use std::collections::BTreeSet;

use cinatra_domain::authority::authority_tag;
use cinatra_domain::kernel::{Decider as _, TenantId, UserId};
use cinatra_domain::organization::OrganizationRole;
use cinatra_domain::user::{
    self, Erase, ErasedBy, User, UserCommand, UserEvent, UserState, email_tag,
};
use cinatra_eventstore::{IdentityRow, Loaded};

use super::{EraseUser, UserChanged, Users, changed, facts, load, stream};
use crate::draft::{Deciding, Draft, FRESH};
use crate::organization::Organizations;
use crate::organization::departure::gone;
use crate::run::Runs;
use crate::stop::Stop;
use crate::{Done, Error, Invocation};

/// How often what somebody came to meanwhile is taken away before the last append is tried.
const ROUNDS_MAX: u32 = 5;

/// One erasure, and what it needs.
struct Erasure<'a> {
    invocation: &'a Invocation,
    organizations: &'a Organizations,
    runs: &'a Runs,
    user_id: UserId,
    by: ErasedBy,
    /// Fingerprint of the address, while it is known.
    digest: Option<String>,
}

impl Users {
    /// Erases a person. Refused while an organization would be left without an owner, or the instance without an
    /// administrator. Of whoever was erased, it takes out what is still there.
    pub async fn erase(
        &self,
        invocation: &Invocation,
        (organizations, runs): (&Organizations, &Runs),
        input: &EraseUser,
    ) -> Result<Done<UserChanged>, Error> {
        let user_id = input.parse()?;
        let own = invocation.caller.actor.user_id() == Some(user_id);
        let by = if own {
            ErasedBy::Person
        } else {
            ErasedBy::Administrator
        };
        let erasure = Erasure {
            invocation,
            organizations,
            runs,
            user_id,
            by,
            digest: self.digest_of(user_id).await?,
        };
        let (this, erasure) = (self, &erasure);
        let task = Deciding(move |_| async move {
            let mut draft = Draft::default();
            let answer = this.put_erasure(&mut draft, erasure).await;
            draft.conclude(answer)
        });
        let done = self.run(invocation, Some(user_id), task).await?;
        self.forget(erasure.digest.as_deref()).await?;
        Ok(done)
    }

    /// The last append: it relies on that the person's history did not move since nothing was left elsewhere.
    async fn put_erasure(
        &self,
        draft: &mut Draft,
        erasure: &Erasure<'_>,
    ) -> Result<UserChanged, Stop> {
        let user_id = erasure.user_id;
        let (administrators, tags, at) = facts::administrators(&self.store).await?;
        draft.relies_on(tags, at);
        let (person, owned_alone) = self.set_free(erasure, administrators).await?;
        let erase = UserCommand::Erase(Erase {
            by: erasure.by,
            administrators,
            owned_alone,
        });
        let digest = erasure.digest.as_deref();
        let (events, _) = draft.decide::<User>(&stream(user_id), &person, erase, |event| {
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
        put_rows(draft, user_id, digest);
        Ok(changed(user_id, !events.is_empty()))
    }

    /// Takes the person out of every organization, until a look finds nothing left. Answers their history as it was before
    /// that look, and the organizations that hold them back.
    async fn set_free(
        &self,
        erasure: &Erasure<'_>,
        administrators: u64,
    ) -> Result<(Loaded<UserState>, Vec<TenantId>), Stop> {
        let (user_id, digest) = (erasure.user_id, erasure.digest.as_deref());
        let mut rounds = 0;
        loop {
            let person = load(&self.store, user_id, FRESH).await?;
            let (ours, owned_alone) = self.belongings(user_id).await?;
            let erase = UserCommand::Erase(Erase {
                by: erasure.by,
                administrators,
                owned_alone: owned_alone.clone(),
            });
            // Order: before anything else goes that they would want to keep.
            if User::decide(&person.state, erase).is_err() {
                return Ok((person, owned_alone));
            }
            for organization in &ours {
                let moved = erasure.invocation.in_ledger(*organization);
                let organizations = erasure.organizations;
                organizations.erase_member(&moved, user_id).await?;
            }
            rounds += 1;
            if ours.is_empty() || rounds == ROUNDS_MAX {
                self.erase_invitations(erasure).await?;
                // Order: after nobody may start or answer a run by the memberships that are gone.
                erasure.runs.erase(user_id).await?;
                // Order: while the address is still known; what is delivered meanwhile is looked for once more
                // afterwards, and by every node (`forget.rs`).
                self.forget(digest).await?;
                return Ok((person, owned_alone));
            }
        }
    }

    /// Lets the address go everywhere that an invitation went to it.
    async fn erase_invitations(&self, erasure: &Erasure<'_>) -> Result<(), Stop> {
        let Some(digest) = &erasure.digest else {
            return Ok(());
        };
        for tenant in self.store.tenants_with_tag(&email_tag(digest)?).await? {
            if tenant != TenantId::SYSTEM {
                let moved = erasure.invocation.in_ledger(tenant);
                let organizations = erasure.organizations;
                organizations.erase_invitations(&moved, digest).await?;
            }
        }
        Ok(())
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

    /// Organizations that the person belongs to, by what the organizations themselves say, and those that nobody else owns
    /// who is still there.
    async fn belongings(
        &self,
        user_id: UserId,
    ) -> Result<(BTreeSet<TenantId>, Vec<TenantId>), Stop> {
        let (mut ours, mut owned_alone) = (BTreeSet::new(), Vec::new());
        let tag = authority_tag(user_id)?;
        for organization in self.store.tenants_with_tag(&tag).await? {
            if organization == TenantId::SYSTEM {
                continue;
            }
            let snapshot = self.authorities.fresh(organization).await?;
            let state = snapshot.state();
            let Some(role) = state.member_role(user_id) else {
                continue;
            };
            ours.insert(organization);
            if role == OrganizationRole::Owner {
                let owners = state
                    .members()
                    .filter(|(_, role)| *role == OrganizationRole::Owner);
                let owners: Vec<UserId> = owners.map(|(owner, _)| owner).collect();
                let gone = gone(&self.store, user_id, owners.iter().copied()).await?;
                let is_left = |owner: &UserId| *owner != user_id && !gone.contains(owner);
                if !owners.iter().any(is_left) {
                    owned_alone.push(organization);
                }
            }
        }
        Ok((ours, owned_alone))
    }
}

/// What goes with the receipt beside the ledger.
fn put_rows(draft: &mut Draft, user_id: UserId, digest: Option<&str>) {
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
            recipient_key: digest.to_owned(),
        });
    }
}
