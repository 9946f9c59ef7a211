//! Who is signed in, by the hash of what the browser or program shows.
//!
//! A sign-in is no fact of the ledger. What ends sessions for a reason that is one (a ban, a new password, an
//! erasure) commits with it: [`crate::IdentityRow`].

use std::fmt;

use cinatra_domain::kernel::{SessionId, TenantId, UserId};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{EventStore, ReadError, sql};

/// A session to open.
#[derive(Clone)]
pub struct NewSession {
    /// Of its secret.
    pub session_hash: [u8; 32],
    /// Names it to its owner.
    pub session_id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// The active organization.
    pub organization_id: Option<TenantId>,
    /// Why an administrator of the instance acts there without belonging there.
    pub bypass_reason: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
    /// When the password was set that proved who this is ([`crate::StoredPassword::set_at`]); absent when it
    /// was something else. Where another password took its place since, the session is not opened.
    pub password_set_at: Option<Timestamp>,
}

impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession")
            .field("session_id", &self.session_id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// A session that has not expired.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it to its owner; stays when its hash is replaced.
    pub session_id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// The active organization.
    pub organization_id: Option<TenantId>,
    /// Why an administrator of the instance acts there without belonging there.
    pub bypass_reason: Option<String>,
    /// Where it was opened from.
    pub address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last known to be used.
    pub seen_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("session_id", &self.session_id)
            .field("user_id", &self.user_id)
            .field("organization_id", &self.organization_id)
            .finish_non_exhaustive()
    }
}

/// How a session goes on under another hash. Everything is said anew, what stays as it was too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionChange {
    /// The active organization.
    pub organization_id: Option<TenantId>,
    /// Why an administrator of the instance acts there without belonging there.
    pub bypass_reason: Option<String>,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

impl EventStore {
    /// Signs somebody in; false when the password that proved who it is was replaced since.
    pub async fn open_session(&self, session: &NewSession) -> Result<bool, ReadError> {
        let hash: &[u8] = &session.session_hash;
        let organization = session.organization_id.map(TenantId::uuid);
        let params: [&(dyn ToSql + Sync); 9] = [
            &hash,
            &session.session_id.0,
            &session.user_id.0,
            &organization,
            &session.bypass_reason,
            &session.address,
            &session.user_agent,
            &session.expires_at,
            &session.password_set_at,
        ];
        Ok(!self.ask(sql::OPEN_SESSION, &params).await?.is_empty())
    }

    /// A session that has not expired, by the hash of its secret. Writes nothing.
    pub async fn find_session(&self, hash: &[u8; 32]) -> Result<Option<Session>, ReadError> {
        let hash: &[u8] = hash;
        let rows = self.ask(sql::FIND_SESSION, &[&hash]).await?;
        Ok(rows.first().map(session_of))
    }

    /// Notes that a session is in use and lasts until then; false when it has ended.
    pub async fn touch_session(
        &self,
        session: SessionId,
        expires_at: Timestamp,
    ) -> Result<bool, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&session.0, &expires_at];
        Ok(!self.ask(sql::TOUCH_SESSION, &params).await?.is_empty())
    }

    /// Goes on under another hash; the former one is unknown at once. False when it was already.
    pub async fn replace_session(
        &self,
        former: &[u8; 32],
        hash: &[u8; 32],
        change: &SessionChange,
    ) -> Result<bool, ReadError> {
        let (former, hash): (&[u8], &[u8]) = (former, hash);
        let organization = change.organization_id.map(TenantId::uuid);
        let params: [&(dyn ToSql + Sync); 5] = [
            &former,
            &hash,
            &organization,
            &change.bypass_reason,
            &change.expires_at,
        ];
        Ok(!self.ask(sql::REPLACE_SESSION, &params).await?.is_empty())
    }

    /// Signs a session out, if it is this person's.
    pub async fn end_session(&self, session: SessionId, user: UserId) -> Result<bool, ReadError> {
        let ended = self.ask(sql::END_SESSION, &[&session.0, &user.0]).await?;
        Ok(!ended.is_empty())
    }

    /// Signs out whoever shows a secret of this hash.
    pub async fn end_session_by_hash(&self, hash: &[u8; 32]) -> Result<bool, ReadError> {
        let hash: &[u8] = hash;
        Ok(!self
            .ask(sql::END_SESSION_BY_HASH, &[&hash])
            .await?
            .is_empty())
    }

    /// A person's sessions that have not expired, the last used first.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, ReadError> {
        let rows = self.ask(sql::LIST_SESSIONS, &[&user.0]).await?;
        Ok(rows.iter().map(session_of).collect())
    }

    /// Forgets sessions that have expired; answers how many.
    pub async fn end_expired_sessions(&self) -> Result<u64, ReadError> {
        self.ask_count(sql::END_EXPIRED_SESSIONS, &[]).await
    }
}

fn session_of(row: &Row) -> Session {
    Session {
        session_id: SessionId(row.get(0)),
        user_id: UserId(row.get(1)),
        organization_id: row.get::<_, Option<Uuid>>(2).map(TenantId::new),
        bypass_reason: row.get(3),
        address: row.get(4),
        user_agent: row.get(5),
        created_at: row.get(6),
        seen_at: row.get(7),
        expires_at: row.get(8),
    }
}
