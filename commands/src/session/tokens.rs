//! Personal access tokens: made in a session, for programs; the ledger keeps that there is one, never which.

use cinatra_domain::kernel::{ActorId, TenantId, TokenId, UserId};
use cinatra_domain::user::{self, User, UserCommand, UserEvent};
use cinatra_eventstore::IdentityRow;
use jiff::Timestamp;

use super::{
    CreateToken, Held, ListedToken, ListedTokens, NamedToken, Sessions, TokenCreated, TokenRevoked,
};
use crate::credential::{Token, TokenKind};
use crate::draft::{Deciding, Draft};
use crate::user::{load, stream};
use crate::{Done, Error, Invocation, mint};

/// A day, in microseconds.
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

impl Sessions {
    /// Makes a token that acts in an organization as the caller. A token makes none: what ends, or was lost, would
    /// live on in what it made.
    pub async fn create_token(
        &self,
        invocation: &Invocation,
        held: Option<&Held>,
        organization: Option<TenantId>,
        input: &CreateToken,
    ) -> Result<Done<TokenCreated>, Error> {
        let user_id = held.ok_or(Error::SessionRequired)?.user_id;
        let (label, scopes) = input.parse()?;
        let token = Token::generate(TokenKind::Personal)?;
        let token_id = TokenId(mint::id());
        let days = input.expires_in_days.map(i64::from);
        let expires_at_us = days.map(|days| self.authorities.now_us() + days * DAY_US);
        let expires_at = expires_at_us.and_then(|us| Timestamp::from_microsecond(us).ok());
        let row = IdentityRow::PutToken {
            token_hash: token.hash(),
            token: cinatra_eventstore::Token {
                token_id,
                kind: cinatra_eventstore::TokenKind::Personal(user_id),
                tenant: organization.unwrap_or(TenantId::SYSTEM),
                actor: ActorId::user(user_id),
                role: String::new(),
                scopes: scopes.clone(),
                expires_at,
            },
            label: Some(label.as_str().to_owned()),
        };
        let create = UserCommand::CreateToken(user::CreateToken {
            token_id,
            organization_id: organization,
            scopes,
            expires_at_us,
        });
        let (this, create, row) = (self, &create, &row);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let person = load(&this.store, user_id, number).await?;
                let tags = |event: &UserEvent| user::tags_of(user_id, event);
                draft.decide::<User>(&stream(user_id), &person, create.clone(), tags)?;
                draft.beside(row.clone());
                Ok(TokenCreated {
                    success: true,
                    token_id: token_id.to_string(),
                    token: None,
                    organization_id: organization.map(|id| id.to_string()),
                    expires_at,
                })
            }
            .await;
            draft.conclude(answer)
        });
        let mut done = self.users.run(invocation, Some(user_id), task).await?;
        if !done.repeated {
            done.output.token = Some(token.reveal());
        }
        Ok(done)
    }

    /// Lets one of the caller's tokens stop working.
    pub async fn revoke_token(
        &self,
        invocation: &Invocation,
        user_id: UserId,
        input: &NamedToken,
    ) -> Result<Done<TokenRevoked>, Error> {
        let token_id = input.parse()?;
        let this = self;
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let person = load(&this.store, user_id, number).await?;
                let revoke = UserCommand::RevokeToken(token_id);
                let tags = |event: &UserEvent| user::tags_of(user_id, event);
                let (events, _) = draft.decide::<User>(&stream(user_id), &person, revoke, tags)?;
                draft.beside(IdentityRow::RevokeToken { token_id });
                Ok(TokenRevoked {
                    success: true,
                    token_id: token_id.to_string(),
                    revoked: !events.is_empty(),
                })
            }
            .await;
            draft.conclude(answer)
        });
        self.users.run(invocation, Some(user_id), task).await
    }

    /// Every token of the caller, newest first.
    pub async fn list_tokens(&self, user_id: UserId) -> Result<ListedTokens, Error> {
        let tokens = self.store.tokens_of(user_id).await?;
        let items = tokens.into_iter().map(|token| ListedToken {
            token_id: token.token_id.to_string(),
            label: token.label,
            organization_id: (token.tenant != TenantId::SYSTEM).then(|| token.tenant.to_string()),
            scopes: token.scopes,
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
        });
        let mut items: Vec<_> = items.collect();
        items.reverse();
        Ok(ListedTokens { items })
    }
}
