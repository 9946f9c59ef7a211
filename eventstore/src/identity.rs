//! Rows about who people are that commit with the events that tell why.

use std::fmt;

use cinatra_domain::kernel::{
    InvitationId, ServiceAccountId, SessionId, TenantId, TokenId, UserId,
};
use jiff::Timestamp;

use crate::{ChallengePurpose, NewChallenge, NewMail, SideRow, Token};

/// A change of what lets somebody in. Applied in the order in which an append names them, in the transaction
/// of its events; appends without one are not slower for it. What is not there is no error.
#[derive(Clone)]
pub enum IdentityRow {
    /// A credential works from now on.
    PutToken {
        /// Of its secret.
        token_hash: [u8; 32],
        /// Whom it stands for.
        token: Token,
        /// What its owner calls it.
        label: Option<String>,
    },
    /// A credential works no more.
    RevokeToken {
        /// Which.
        token_id: TokenId,
    },
    /// No credential of a person works any more.
    RevokeTokensOf {
        /// Whose.
        user_id: UserId,
    },
    /// A person's credentials are forgotten with what they called them: for an erasure.
    DeleteTokensOf {
        /// Whose.
        user_id: UserId,
    },
    /// The secrets that a service account of the append's tenant has so far end then, or earlier where they
    /// were to. Stands before the [`Self::PutToken`] of the secret that takes their place.
    EndServiceTokens {
        /// Which.
        service_account_id: ServiceAccountId,
        /// When.
        ends_at: Timestamp,
    },
    /// No secret of a service account of the append's tenant works any more.
    RevokeServiceTokens {
        /// Which.
        service_account_id: ServiceAccountId,
    },
    /// A password takes the place of the former one. Stands before the [`Self::EndSessions`] that goes with it,
    /// which then also ends a session that is being opened with the former one.
    PutPassword {
        /// Whose.
        user_id: UserId,
        /// Salt, parameters and hash in one text.
        phc: String,
    },
    /// Nobody signs in with a password as this person.
    DeletePassword {
        /// Whose.
        user_id: UserId,
    },
    /// A person is signed out everywhere.
    EndSessions {
        /// Who.
        user_id: UserId,
        /// The one session that stays.
        except: Option<SessionId>,
    },
    /// A session that acts nowhere acts in the append's tenant from now on; one that acts somewhere stays there.
    EnterOrganization {
        /// Which.
        session_id: SessionId,
        /// Whose it has to be.
        user_id: UserId,
    },
    /// A person acts in an organization no more: it is the active one of none of their sessions, and their
    /// tokens for it are revoked.
    LeaveOrganization {
        /// Who.
        user_id: UserId,
        /// Where.
        organization_id: TenantId,
    },
    /// A secret is being mailed, in the name of the append's tenant.
    PutChallenge(NewChallenge),
    /// A mailed secret works no more: it was used, or taken back.
    DeleteChallenge {
        /// Of the secret.
        challenge_hash: [u8; 32],
    },
    /// Secrets that were mailed to a person work no more.
    DeleteChallengesOf {
        /// To whom.
        user_id: UserId,
        /// Those for this only; absent for all.
        purpose: Option<ChallengePurpose>,
    },
    /// The secrets of an invitation work no more.
    DeleteChallengesOfInvitation {
        /// Which.
        invitation_id: InvitationId,
    },
    /// A mail is to be sent, in the name of the append's tenant.
    PutMail(NewMail),
    /// What waits for a recipient is not sent any more.
    DeleteMailsOf {
        /// Keyed hash of the address.
        recipient_key: String,
    },
}

impl fmt::Debug for IdentityRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PutToken { .. } => "PutToken(hidden)",
            Self::RevokeToken { .. } => "RevokeToken(hidden)",
            Self::RevokeTokensOf { .. } => "RevokeTokensOf(hidden)",
            Self::DeleteTokensOf { .. } => "DeleteTokensOf(hidden)",
            Self::EndServiceTokens { .. } => "EndServiceTokens(hidden)",
            Self::RevokeServiceTokens { .. } => "RevokeServiceTokens(hidden)",
            Self::PutPassword { .. } => "PutPassword(hidden)",
            Self::DeletePassword { .. } => "DeletePassword(hidden)",
            Self::EndSessions { .. } => "EndSessions(hidden)",
            Self::EnterOrganization { .. } => "EnterOrganization(hidden)",
            Self::LeaveOrganization { .. } => "LeaveOrganization(hidden)",
            Self::PutChallenge(_) => "PutChallenge(hidden)",
            Self::DeleteChallenge { .. } => "DeleteChallenge(hidden)",
            Self::DeleteChallengesOf { .. } => "DeleteChallengesOf(hidden)",
            Self::DeleteChallengesOfInvitation { .. } => "DeleteChallengesOfInvitation(hidden)",
            Self::PutMail(_) => "PutMail(hidden)",
            Self::DeleteMailsOf { .. } => "DeleteMailsOf(hidden)",
        })
    }
}

impl From<IdentityRow> for SideRow {
    fn from(row: IdentityRow) -> Self {
        Self::Identity(row)
    }
}
