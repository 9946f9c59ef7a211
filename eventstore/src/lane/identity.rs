//! Rows about who people are, written in the transaction of their events.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use super::beside::Beside;
use crate::{IdentityRow, NewChallenge, NewMail, Token, sql};

macro_rules! statements {
    ($($name:ident = $text:ident;)+) => {
        /// Prepared statements of such rows.
        #[derive(Debug)]
        pub(super) struct IdentityStatements { $($name: Statement),+ }

        impl IdentityStatements {
            pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
                let ($($name),+) = tokio::try_join!($(client.prepare(sql::$text)),+)?;
                Ok(Self { $($name),+ })
            }
        }
    };
}

statements! {
    put_token = PUT_TOKEN;
    revoke_token = REVOKE_TOKEN;
    revoke_tokens_of = REVOKE_TOKENS_OF;
    delete_tokens_of = DELETE_TOKENS_OF;
    end_account_tokens = END_ACCOUNT_TOKENS;
    revoke_account_tokens = REVOKE_ACCOUNT_TOKENS;
    put_password = PUT_PASSWORD;
    delete_password = DELETE_PASSWORD;
    end_sessions_of = END_SESSIONS_OF;
    enter_organization = ENTER_ORGANIZATION;
    leave_organization = LEAVE_ORGANIZATION;
    put_challenge = PUT_CHALLENGE;
    delete_challenge = DELETE_CHALLENGE;
    delete_challenges_of = DELETE_CHALLENGES_OF;
    delete_challenges_of_invitation = DELETE_CHALLENGES_OF_INVITATION;
    put_mail = PUT_MAIL;
    delete_mails_of = DELETE_MAILS_OF;
}

pub(super) async fn write(
    client: &Client,
    statements: &IdentityStatements,
    beside: &Beside<'_>,
    row: &IdentityRow,
) -> Result<u64, Error> {
    let (s, tenant, when) = (statements, beside.tenant.uuid(), beside.recorded_at);
    let run = async |statement: &Statement, params: &[&(dyn ToSql + Sync)]| {
        client.execute(statement, params).await
    };
    match row {
        IdentityRow::PutToken {
            token_hash,
            token,
            label,
        } => put_token(client, s, beside, token_hash, token, label.as_deref()).await,
        IdentityRow::RevokeToken { token_id } => run(&s.revoke_token, &[&token_id.0, &when]).await,
        IdentityRow::RevokeTokensOf { user_id } => {
            run(&s.revoke_tokens_of, &[&user_id.0, &when]).await
        }
        IdentityRow::DeleteTokensOf { user_id } => run(&s.delete_tokens_of, &[&user_id.0]).await,
        IdentityRow::EndServiceTokens {
            service_account_id,
            ends_at,
        } => {
            let params: [&(dyn ToSql + Sync); 3] = [&tenant, &service_account_id.0, ends_at];
            run(&s.end_account_tokens, &params).await
        }
        IdentityRow::RevokeServiceTokens { service_account_id } => {
            let params: [&(dyn ToSql + Sync); 3] = [&tenant, &service_account_id.0, &when];
            run(&s.revoke_account_tokens, &params).await
        }
        IdentityRow::PutPassword { user_id, phc } => {
            run(&s.put_password, &[&user_id.0, phc, &when]).await
        }
        IdentityRow::DeletePassword { user_id } => run(&s.delete_password, &[&user_id.0]).await,
        IdentityRow::EndSessions { user_id, except } => {
            let except = except.map(|session| session.0);
            run(&s.end_sessions_of, &[&user_id.0, &except]).await
        }
        IdentityRow::EnterOrganization {
            session_id,
            user_id,
        } => {
            let params: [&(dyn ToSql + Sync); 3] = [&session_id.0, &user_id.0, &tenant];
            run(&s.enter_organization, &params).await
        }
        IdentityRow::LeaveOrganization {
            user_id,
            organization_id,
        } => {
            let organization = organization_id.uuid();
            let params: [&(dyn ToSql + Sync); 3] = [&user_id.0, &organization, &when];
            run(&s.leave_organization, &params).await
        }
        IdentityRow::PutChallenge(challenge) => put_challenge(client, s, beside, challenge).await,
        IdentityRow::DeleteChallenge { challenge_hash } => {
            let hash: &[u8] = challenge_hash;
            run(&s.delete_challenge, &[&hash]).await
        }
        IdentityRow::DeleteChallengesOf { user_id, purpose } => {
            let purpose = purpose.map(crate::ChallengePurpose::as_str);
            run(&s.delete_challenges_of, &[&user_id.0, &purpose]).await
        }
        IdentityRow::DeleteChallengesOfInvitation { invitation_id } => {
            run(&s.delete_challenges_of_invitation, &[&invitation_id.0]).await
        }
        IdentityRow::PutMail(mail) => put_mail(client, s, beside, mail).await,
        IdentityRow::DeleteMailsOf { recipient_key } => {
            run(&s.delete_mails_of, &[recipient_key]).await
        }
    }
}

async fn put_token(
    client: &Client,
    statements: &IdentityStatements,
    beside: &Beside<'_>,
    token_hash: &[u8],
    token: &Token,
    label: Option<&str>,
) -> Result<u64, Error> {
    let params: [&(dyn ToSql + Sync); 12] = [
        &token_hash,
        &token.tenant.uuid(),
        &token.actor.as_str(),
        &token.role,
        &token.kind.as_str(),
        &token.token_id.0,
        &token.kind.user(),
        &token.kind.service_account(),
        &token.scopes,
        &label,
        &beside.recorded_at,
        &token.expires_at,
    ];
    client.execute(&statements.put_token, &params).await
}

async fn put_challenge(
    client: &Client,
    statements: &IdentityStatements,
    beside: &Beside<'_>,
    challenge: &NewChallenge,
) -> Result<u64, Error> {
    let hash: &[u8] = &challenge.challenge_hash;
    let params: [&(dyn ToSql + Sync); 7] = [
        &hash,
        &challenge.purpose.as_str(),
        &beside.tenant.uuid(),
        &challenge.user_id.map(|user| user.0),
        &challenge.invitation_id.map(|invitation| invitation.0),
        &beside.recorded_at,
        &challenge.expires_at,
    ];
    client.execute(&statements.put_challenge, &params).await
}

async fn put_mail(
    client: &Client,
    statements: &IdentityStatements,
    beside: &Beside<'_>,
    mail: &NewMail,
) -> Result<u64, Error> {
    let params: [&(dyn ToSql + Sync); 8] = [
        &mail.mail_id,
        &beside.tenant.uuid(),
        &mail.user_id.map(|user| user.0),
        &mail.recipient_key,
        &mail.recipient,
        &mail.subject,
        &mail.body,
        &beside.recorded_at,
    ];
    client.execute(&statements.put_mail, &params).await
}
