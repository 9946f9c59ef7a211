//! Signing in and out, choosing an organization, and tokens for programs.
//!
//! Sessions are rows beside the ledger: who signed in when is nobody's history. What is on record is what was denied:
//! an account that is locked for an address, and an administrator who enters an organization that is not theirs.
//! A session has a new credential whenever it is sent elsewhere; one that acts nowhere keeps its credential when its
//! holder accepts an invitation and it acts there (`Organizations::accept_invitation`), so that a retry hears the answer.

mod input;
mod output;
mod sign_in;
mod tokens;

use std::net::IpAddr;
use std::sync::Arc;

use cinatra_domain::authority::{Actor, Outcome};
use cinatra_domain::kernel::{SessionId, TenantId, UserId};
use cinatra_domain::user::PlatformRole;
use cinatra_eventstore::{EventStore, NewSession, Session, SessionChange};
use jiff::Timestamp;

use crate::credential::{Fingerprints, PasswordHasher, Token, TokenKind};
use crate::dispatch::{Resource, decision, record_decision};
use crate::{Authorities, Error, Grant, Invocation, Users, mint};

pub(crate) use input::scopes;
pub use input::{CreateToken, NamedSession, NamedToken, SelectOrganization, SignIn};
pub use output::{
    ListedSession, ListedSessions, ListedToken, ListedTokens, SessionEnded, SignedIn, TokenCreated,
    TokenRevoked,
};

/// How long a session lasts that is not used.
pub const SESSION_SECONDS: i64 = 14 * 24 * 3_600;

/// Who holds the session that a call came with.
#[derive(Clone, Debug)]
pub struct Held {
    /// Which.
    pub session_id: SessionId,
    /// Its credential's hash.
    pub hash: [u8; 32],
    /// Whose.
    pub user_id: UserId,
}

/// Where a call came from. Neither goes into an event or a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's address.
    pub address: Option<IpAddr>,
    /// The caller's program, as it calls itself.
    pub user_agent: Option<String>,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origin(hidden)")
    }
}

/// Commands about sessions and tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: EventStore,
    users: Users,
    authorities: Authorities,
    fingerprints: Fingerprints,
    passwords: PasswordHasher,
}

impl Sessions {
    /// Over what keeps persons.
    pub fn new(users: Users) -> Self {
        Self {
            store: users.store.clone(),
            authorities: users.authorities.clone(),
            fingerprints: users.fingerprints.clone(),
            passwords: users.passwords.clone(),
            users,
        }
    }

    /// Ends the session that the call came with.
    pub async fn sign_out(&self, held: Option<&Held>) -> Result<SessionEnded, Error> {
        let held = held.ok_or(Error::SessionRequired)?;
        let ended = self
            .store
            .end_session(held.session_id, held.user_id)
            .await?;
        Ok(SessionEnded {
            success: true,
            ended,
        })
    }

    /// Ends one of the caller's own sessions; another person's looks like none.
    pub async fn revoke(
        &self,
        user_id: UserId,
        input: &NamedSession,
    ) -> Result<SessionEnded, Error> {
        if !self.store.end_session(input.parse()?, user_id).await? {
            return Err(Error::Absent);
        }
        Ok(SessionEnded {
            success: true,
            ended: true,
        })
    }

    /// Every session of the caller, newest first.
    pub async fn list(
        &self,
        user_id: UserId,
        held: Option<&Held>,
    ) -> Result<ListedSessions, Error> {
        let current = held.map(|held| held.session_id);
        let sessions = self.store.sessions_of(user_id).await?;
        let items = sessions.into_iter().map(|session| ListedSession {
            session_id: session.session_id.to_string(),
            is_current: Some(session.session_id) == current,
            organization_id: session.organization_id.map(|id| id.to_string()),
            ip_address: session.address,
            user_agent: session.user_agent,
            created_at: session.created_at,
            seen_at: session.seen_at,
            expires_at: session.expires_at,
        });
        Ok(ListedSessions {
            items: items.collect(),
        })
    }

    /// Lets the session act in another organization, under a new credential. An administrator of the instance who
    /// does not belong there says why, and that is on record there before anything else happens.
    pub async fn select_organization(
        &self,
        invocation: &Invocation,
        actor: &Actor,
        held: Option<&Held>,
        input: &SelectOrganization,
    ) -> Result<SignedIn, Error> {
        let held = held.ok_or(Error::SessionRequired)?;
        let organization = input.parse()?;
        if self.store.head(organization).await?.is_none() {
            return Err(Error::Absent);
        }
        let snapshot = self.authorities.fresh(organization).await?;
        let is_member = snapshot.state().member_role(held.user_id).is_some();
        let bypass = match input.bypass_reason {
            _ if is_member => None,
            Some(reason) if actor.platform_role == PlatformRole::Admin => Some(reason),
            Some(_) | None => return Err(Error::Absent),
        };
        if let Some(reason) = bypass {
            let grant = Grant::of_system(&format!("bypass:{}", reason.as_str()));
            // Order: a record of its own, so that no key of an earlier entry stands for this one.
            let mut entering = invocation.in_ledger(organization).once();
            entering.grant = grant;
            let resource = Resource {
                kind: "organization",
                id: Some(organization.to_string()),
            };
            let stream = decision(&entering, &resource, Outcome::NoEffect, None, 1)?;
            record_decision(&self.store, &entering, stream, "ok").await?;
        }
        let token = Token::generate(TokenKind::Session)?;
        let expires_at = self.expiry()?;
        let session_id = held.session_id;
        let change = SessionChange {
            organization_id: Some(organization),
            bypass_reason: bypass.map(|reason| reason.as_str().to_owned()),
            expires_at,
        };
        let hash = token.hash();
        let replaced = self.store.replace_session(&held.hash, &hash, &change);
        if !replaced.await? {
            return Err(Error::Absent);
        }
        Ok(SignedIn {
            success: true,
            user_id: held.user_id.to_string(),
            session_id: session_id.to_string(),
            session_token: token.reveal(),
            organization_id: Some(organization.to_string()),
            expires_at,
        })
    }

    /// Prolongs a session that is used, once its time is half over.
    pub async fn prolong(&self, session: &Session) -> Result<(), Error> {
        let now_us = self.authorities.now_us();
        let left = session.expires_at.as_microsecond() - now_us;
        if left < SESSION_SECONDS * 1_000_000 / 2 {
            self.store
                .touch_session(session.session_id, self.expiry()?)
                .await?;
        }
        Ok(())
    }

    fn expiry(&self) -> Result<Timestamp, Error> {
        let us = self.authorities.now_us() + SESSION_SECONDS * 1_000_000;
        Timestamp::from_microsecond(us).map_err(|_| Error::invalid("expiresAt", "is out of range"))
    }

    /// Opens a session for a person who proved who they are, in the first of their organizations.
    async fn open(
        &self,
        user_id: UserId,
        organization: Option<TenantId>,
        password_set_at: Timestamp,
        origin: &Origin,
    ) -> Result<SignedIn, Error> {
        let token = Token::generate(TokenKind::Session)?;
        let session_id = SessionId(mint::id());
        let expires_at = self.expiry()?;
        let session = NewSession {
            session_hash: token.hash(),
            session_id,
            user_id,
            organization_id: organization,
            bypass_reason: None,
            address: origin.address.map(|address| address.to_string()),
            user_agent: origin.user_agent.as_ref().map(|text| bounded(text)),
            expires_at,
            password_set_at: Some(password_set_at),
        };
        if !self.store.open_session(&session).await? {
            return Err(Error::SignInFailed);
        }
        Ok(SignedIn {
            success: true,
            user_id: user_id.to_string(),
            session_id: session_id.to_string(),
            session_token: token.reveal(),
            organization_id: organization.map(|id| id.to_string()),
            expires_at,
        })
    }
}

/// At most so much of what a program calls itself is kept.
const USER_AGENT_CHARS: usize = 200;

fn bounded(text: &str) -> String {
    let visible = text.chars().filter(|character| !character.is_control());
    visible.take(USER_AGENT_CHARS).collect()
}

/// Who acts where nobody is signed in yet.
pub fn nobody() -> Arc<Actor> {
    Arc::new(Actor {
        id: cinatra_domain::kernel::ActorId::system("anonymous"),
        kind: cinatra_domain::authority::ActorKind::Anonymous,
        organization: None,
        platform_role: PlatformRole::User,
        scopes: None,
        bypass: None,
    })
}
