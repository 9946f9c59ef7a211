//! Invitations: a mailed secret, and the address it went to.

use cinatra_domain::kernel::{InvitationId, Position, SessionId, TenantId, UserId};
use cinatra_domain::organization::{
    self as domain, InvitationStatus, Invite, Organization, OrganizationCommand, OrganizationEvent,
    OrganizationState, SELF,
};
use cinatra_domain::user::{UserCommand, UserState, email_tag};
use cinatra_eventstore::{ChallengePurpose, IdentityRow, Loaded, ReadError};
use jiff::Timestamp;

use super::input::{invitation_id, team_id};
use super::{
    AcceptInvitation, INVITATION, InvitationAccepted, InviteMember, MemberInvited, NamedInvitation,
    OrganizationChanged, Organizations, about, rank, tags_with_address,
};
use crate::credential::{Token, TokenKind};
use crate::draft::{Deciding, Draft};
use crate::gateway::mail;
use crate::stop::Stop;
use crate::user::input::{challenge, email};
use crate::user::{holder_of, present};
use crate::{Done, Error, Invocation, mint};

/// How long an invitation may be followed, in microseconds.
const INVITATION_US: i64 = 7 * 24 * 3_600 * 1_000_000;
/// How long its secret is known beyond that, so that whoever comes too late is told so.
const AFTERWARDS_US: i64 = 90 * 24 * 3_600 * 1_000_000;

impl Organizations {
    /// Invites somebody by e-mail.
    pub async fn invite(
        &self,
        invocation: &Invocation,
        input: &InviteMember,
    ) -> Result<Done<MemberInvited>, Error> {
        let email = email(&input.email)?;
        let team = input.team_id.as_deref().map(team_id).transpose()?;
        let digest = self.fingerprints.email(email.as_str());
        let address = email_tag(&digest)?;
        let secret = Token::generate(TokenKind::Challenge)?;
        let invitation_id = InvitationId(mint::id());
        let (tenant, role) = (invocation.caller.tenant, input.role);
        let (this, email, digest, address, secret) = (self, &email, &digest, &address, &secret);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let now_us = this.authorities.now_us();
            let expires_at_us = now_us + INVITATION_US;
            let answer = async {
                let (holder, ..) = holder_of(&this.store, digest).await?;
                let state = this.load(tenant, number).await?;
                let invite = OrganizationCommand::Invite(Invite {
                    invitation_id,
                    email: draft.content(email.as_str()),
                    is_member: holder.is_some_and(|user| state.state.role_of(user).is_some()),
                    role,
                    team_id: team,
                    expires_at_us,
                    by: rank(invocation, &state.state),
                    now_us,
                });
                draft.decide::<Organization>(SELF, &state, invite, |event| {
                    tags_with_address(event, Some(address))
                })?;
                let known_until_us = expires_at_us + AFTERWARDS_US;
                mail::invitation(
                    &mut draft,
                    invitation_id,
                    (email, digest),
                    secret,
                    known_until_us,
                );
                Ok(MemberInvited {
                    success: true,
                    invitation_id: invitation_id.to_string(),
                    expires_at: Timestamp::from_microsecond(expires_at_us).ok(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.run(invocation, about(INVITATION, &invitation_id), task)
            .await
    }

    /// Takes an invitation back.
    pub async fn cancel_invitation(
        &self,
        invocation: &Invocation,
        input: &NamedInvitation,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let id = invitation_id(&input.invitation_id)?;
        let rows = vec![IdentityRow::DeleteChallengesOfInvitation { invitation_id: id }.into()];
        self.change_with(invocation, about(INVITATION, &id), rows, |_, _| {
            Ok(OrganizationCommand::CancelInvitation(id))
        })
        .await
    }

    /// Lets the caller follow an invitation: whoever has the mailed secret and the invited address. That proves the
    /// address, too. A session that acts nowhere acts there from then on.
    pub async fn accept_invitation(
        &self,
        invocation: &Invocation,
        user_id: UserId,
        session_id: Option<SessionId>,
        input: &AcceptInvitation,
    ) -> Result<Done<InvitationAccepted>, Error> {
        let secret = challenge(&input.token)?;
        let found = self
            .store
            .find_challenge(&secret.hash(), ChallengePurpose::Invitation)
            .await?;
        let found = found.ok_or(Error::ChallengeUnknown)?;
        let invitation_id = found.invitation_id.ok_or(Error::ChallengeUnknown)?;
        let tenant = found.tenant;
        let moved = invocation.in_ledger(tenant);
        let this = self;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                // Order: before the append; if they are erased behind it, whoever follows it takes them out again.
                let person = present(&this.store, user_id).await?;
                let state = this.load(tenant, number).await?;
                let is_addressee =
                    this.is_addressee(tenant, &state.state, invitation_id, &person.state);
                let accept = domain::AcceptInvitation {
                    invitation_id,
                    user_id,
                    is_addressee: is_addressee.await?,
                    now_us: this.authorities.now_us(),
                };
                let accept = OrganizationCommand::AcceptInvitation(accept);
                let decided =
                    draft.decide::<Organization>(SELF, &state, accept, domain::tags_of)?;
                let (events, _) = decided;
                if let Some(session_id) = session_id {
                    draft.beside(IdentityRow::EnterOrganization {
                        session_id,
                        user_id,
                    });
                }
                Ok(InvitationAccepted {
                    success: true,
                    organization_id: tenant.to_string(),
                    changed: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        let done = self
            .run(&moved, about(INVITATION, &invitation_id), task)
            .await?;
        // Order: whatever comes of the proof, the membership is followed.
        self.processes.catch_up_soon(tenant).await;
        let proved = invocation.once();
        let verify = UserCommand::VerifyEmail;
        self.users
            .change(&proved, user_id, verify, Vec::new())
            .await?;
        Ok(done)
    }

    /// Whether an invitation went to the person's address.
    async fn is_addressee(
        &self,
        tenant: TenantId,
        state: &domain::OrganizationState,
        invitation_id: InvitationId,
        person: &UserState,
    ) -> Result<bool, Error> {
        let invitations = state.running().map(|running| &running.invitations);
        let Some(invitation) = invitations.and_then(|all| all.get(&invitation_id)) else {
            return Ok(false);
        };
        let Some(person) = person.person() else {
            return Ok(false);
        };
        let Some(invited) = invitation.email.as_ref().map(|email| email.id) else {
            return Ok(false);
        };
        let theirs = person.email.id;
        let theirs = self
            .store
            .contents(TenantId::SYSTEM, &[theirs])
            .await?
            .remove(&theirs);
        let invited = self
            .store
            .contents(tenant, &[invited])
            .await?
            .remove(&invited);
        Ok(theirs.is_some() && theirs == invited)
    }

    /// Lets every address go that invitations of this organization went to, by its fingerprint.
    pub(crate) async fn erase_invitations(
        &self,
        invocation: &Invocation,
        digest: &str,
    ) -> Result<(), Error> {
        let tenant = invocation.caller.tenant;
        let (ids, _) = self.invitations_to(tenant, digest).await?;
        for id in ids {
            let once = invocation.once();
            let this = self;
            let task = Deciding(move |number| async move {
                let mut draft = Draft::default();
                let answer = async {
                    let state = this.load(tenant, number).await?;
                    let erase = OrganizationCommand::EraseInvitation(id);
                    let tags = domain::tags_of;
                    let (events, _) = draft.decide::<Organization>(SELF, &state, erase, tags)?;
                    for event in &events {
                        if let OrganizationEvent::InvitationErased(erased) = event {
                            draft.erase([erased.email.clone()]);
                        }
                    }
                    draft.beside(IdentityRow::DeleteChallengesOfInvitation { invitation_id: id });
                    draft.beside(IdentityRow::DeleteMailsOf {
                        recipient_key: digest.to_owned(),
                    });
                    Ok(OrganizationChanged {
                        success: true,
                        changed: !events.is_empty(),
                    })
                }
                .await;
                draft.conclude(answer)
            });
            self.run(&once, about(INVITATION, &id), task).await?;
        }
        Ok(())
    }

    /// Takes back what is still open to somebody's address: a mail does not outlive a removal.
    pub(super) async fn cancel_invitations_to(
        &self,
        draft: &mut Draft,
        mut state: Loaded<OrganizationState>,
        tenant: TenantId,
        digest: &str,
    ) -> Result<(), Stop> {
        let (ids, at) = self.invitations_to(tenant, digest).await?;
        // Order: no further invitation to the address comes between what was looked at and the append.
        draft.relies_on(vec![email_tag(digest)?], at);
        for id in ids {
            let invitations = state.state.running().map(|running| &running.invitations);
            let known = invitations.and_then(|all| all.get(&id));
            if known.is_some_and(|known| known.status == InvitationStatus::Pending) {
                let cancel = OrganizationCommand::CancelInvitation(id);
                let decided =
                    draft.decide::<Organization>(SELF, &state, cancel, domain::tags_of)?;
                (_, state) = decided;
                draft.beside(IdentityRow::DeleteChallengesOfInvitation { invitation_id: id });
            }
        }
        Ok(())
    }

    /// Every invitation that ever went to an address, by its fingerprint, and the position at which that is true.
    async fn invitations_to(
        &self,
        tenant: TenantId,
        digest: &str,
    ) -> Result<(Vec<InvitationId>, Position), Error> {
        let tags = [email_tag(digest)?];
        let (events, at) = self.store.events_by_tag(tenant, &tags).await?;
        let mut ids = Vec::new();
        for recorded in &events {
            let event = recorded.decode::<OrganizationEvent>();
            let event = event.map_err(|source| ReadError::Decode {
                tenant,
                position: recorded.position,
                source,
            })?;
            if let Some(OrganizationEvent::InvitationSent(sent)) = event {
                ids.push(sent.invitation_id);
            }
        }
        Ok((ids, at))
    }
}
