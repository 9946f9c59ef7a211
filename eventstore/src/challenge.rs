//! Secrets that were mailed, by hash: whoever shows one reads that mailbox.

use std::fmt;

use cinatra_domain::kernel::{InvitationId, Position, TenantId, UserId};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{EventStore, NewMail, ReadError, sql};

/// What a mailed secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChallengePurpose {
    /// The address is that person's.
    Email,
    /// To join an organization.
    Invitation,
    /// To set a password without the former one.
    PasswordReset,
}

impl ChallengePurpose {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Email, Self::Invitation, Self::PasswordReset]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// A secret that is being mailed, without the secret. An invitation's names it, and no other does.
#[derive(Clone)]
pub struct NewChallenge {
    /// Of the secret.
    pub challenge_hash: [u8; 32],
    /// What it is for.
    pub purpose: ChallengePurpose,
    /// Whom it is for, where that is known.
    pub user_id: Option<UserId>,
    /// The invitation that it answers.
    pub invitation_id: Option<InvitationId>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl fmt::Debug for NewChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewChallenge")
            .field("purpose", &self.purpose)
            .field("user_id", &self.user_id)
            .field("invitation_id", &self.invitation_id)
            .finish_non_exhaustive()
    }
}

/// A mailed secret that has not expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// What it is for.
    pub purpose: ChallengePurpose,
    /// In whose ledger it was made: an invitation's organization, or the system.
    pub tenant: TenantId,
    /// Whom it is for, where that is known.
    pub user_id: Option<UserId>,
    /// The invitation that it answers.
    pub invitation_id: Option<InvitationId>,
    /// When it was mailed.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl EventStore {
    /// Keeps a secret and the mail that carries it, both or neither: for what no event tells of, such as
    /// somebody asking for another password. Where one does, both are rows of its append.
    pub async fn send_challenge(
        &self,
        tenant: TenantId,
        challenge: &NewChallenge,
        mail: &NewMail,
    ) -> Result<(), ReadError> {
        let hash: &[u8] = &challenge.challenge_hash;
        let params: [&(dyn ToSql + Sync); 12] = [
            &hash,
            &challenge.purpose.as_str(),
            &tenant.uuid(),
            &challenge.user_id.map(|user| user.0),
            &challenge.invitation_id.map(|invitation| invitation.0),
            &challenge.expires_at,
            &mail.mail_id,
            &mail.user_id.map(|user| user.0),
            &mail.recipient_key,
            &mail.recipient,
            &mail.subject,
            &mail.body,
        ];
        self.ask(sql::SEND_CHALLENGE, &params).await?;
        Ok(())
    }

    /// A mailed secret that has not expired. It still works afterwards.
    pub async fn find_challenge(
        &self,
        hash: &[u8; 32],
        purpose: ChallengePurpose,
    ) -> Result<Option<Challenge>, ReadError> {
        self.ask_challenge(sql::FIND_CHALLENGE, hash, purpose).await
    }

    /// The same, and it works no more: of many who use it at once, one is answered.
    pub async fn use_challenge(
        &self,
        hash: &[u8; 32],
        purpose: ChallengePurpose,
    ) -> Result<Option<Challenge>, ReadError> {
        self.ask_challenge(sql::USE_CHALLENGE, hash, purpose).await
    }

    /// Forgets mailed secrets that have expired; answers how many.
    pub async fn delete_expired_challenges(&self) -> Result<u64, ReadError> {
        self.ask_count(sql::DELETE_EXPIRED_CHALLENGES, &[]).await
    }

    async fn ask_challenge(
        &self,
        statement: &str,
        hash: &[u8; 32],
        purpose: ChallengePurpose,
    ) -> Result<Option<Challenge>, ReadError> {
        let hash: &[u8] = hash;
        let rows = self.ask(statement, &[&hash, &purpose.as_str()]).await?;
        rows.first().map(challenge_of).transpose()
    }
}

fn challenge_of(row: &Row) -> Result<Challenge, ReadError> {
    let tenant = TenantId::new(row.get(0));
    let purpose = ChallengePurpose::parse(row.get(3)).ok_or(ReadError::Column {
        tenant,
        position: Position::START,
        column: "challenges.purpose",
    })?;
    Ok(Challenge {
        purpose,
        tenant,
        user_id: row.get::<_, Option<Uuid>>(1).map(UserId),
        invitation_id: row.get::<_, Option<Uuid>>(2).map(InvitationId),
        created_at: row.get(4),
        expires_at: row.get(5),
    })
}
