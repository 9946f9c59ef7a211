//! Service accounts: programs that act in the organization with a secret of their own.

use cinatra_domain::kernel::{ActorId, ServiceAccountId, TenantId, TokenId};
use cinatra_domain::organization::{Organization, OrganizationCommand, SELF, tags_of};
use cinatra_eventstore::IdentityRow;
use jiff::Timestamp;

use super::input::{label, service_account_id};
use super::{
    CreateServiceAccount, NamedServiceAccount, OrganizationChanged, Organizations, SERVICE_ACCOUNT,
    ServiceAccountSecret, about,
};
use crate::credential::{Token, TokenKind};
use crate::draft::{Deciding, Draft};
use crate::session::scopes;
use crate::{Done, Error, Invocation, mint};

/// How long a former secret still works. Source: spec/workspace.md 1.5.
const GRACE_SECONDS: u32 = 900;

impl Organizations {
    /// Lets a program act in the organization.
    pub async fn create_service_account(
        &self,
        invocation: &Invocation,
        input: &CreateServiceAccount,
    ) -> Result<Done<ServiceAccountSecret>, Error> {
        let (name, scopes) = (label("name", &input.name)?, scopes(&input.scopes)?);
        let (tenant, id) = (invocation.caller.tenant, ServiceAccountId(mint::id()));
        let secret = Token::generate(TokenKind::Service)?;
        let row = row(tenant, id, &secret, scopes.clone());
        let (this, name, scopes, row) = (self, &name, &scopes, &row);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(tenant, number).await?;
                let create = OrganizationCommand::CreateServiceAccount {
                    service_account_id: id,
                    name: draft.content(name.as_str()),
                    scopes: scopes.clone(),
                };
                draft.decide::<Organization>(SELF, &state, create, tags_of)?;
                draft.beside(row.clone());
                Ok(answer(id, None))
            }
            .await;
            draft.conclude(answer)
        });
        let done = self
            .run(invocation, about(SERVICE_ACCOUNT, &id), task)
            .await?;
        Ok(shown_once(done, &secret))
    }

    /// Gives a service account another secret; the former one works a quarter of an hour longer.
    pub async fn rotate_service_account(
        &self,
        invocation: &Invocation,
        input: &NamedServiceAccount,
    ) -> Result<Done<ServiceAccountSecret>, Error> {
        let (tenant, id) = (
            invocation.caller.tenant,
            service_account_id(&input.service_account_id)?,
        );
        let secret = Token::generate(TokenKind::Service)?;
        let until_us = self.authorities.now_us() + i64::from(GRACE_SECONDS) * 1_000_000;
        let until = Timestamp::from_microsecond(until_us);
        let until = until.map_err(|_| Error::invalid("graceSeconds", "is out of range"))?;
        let (this, secret_ref) = (self, &secret);
        let task = Deciding(move |number| async move {
            let mut draft = Draft::default();
            let answer = async {
                let state = this.load(tenant, number).await?;
                let accounts = state
                    .state
                    .running()
                    .map(|running| &running.service_accounts);
                let account = accounts.and_then(|accounts| accounts.get(&id));
                let scopes = account.map_or_else(Vec::new, |account| account.scopes.clone());
                let rotate = OrganizationCommand::RotateServiceAccount {
                    service_account_id: id,
                    grace_seconds: GRACE_SECONDS,
                };
                draft.decide::<Organization>(SELF, &state, rotate, tags_of)?;
                // Order: those that work now get their end before the new one comes.
                draft.beside(IdentityRow::EndServiceTokens {
                    service_account_id: id,
                    ends_at: until,
                });
                draft.beside(row(tenant, id, secret_ref, scopes));
                Ok(answer(id, Some(until)))
            }
            .await;
            draft.conclude(answer)
        });
        let done = self
            .run(invocation, about(SERVICE_ACCOUNT, &id), task)
            .await?;
        Ok(shown_once(done, &secret))
    }

    /// Lets a service account stop working, whatever its secret.
    pub async fn revoke_service_account(
        &self,
        invocation: &Invocation,
        input: &NamedServiceAccount,
    ) -> Result<Done<OrganizationChanged>, Error> {
        let id = service_account_id(&input.service_account_id)?;
        let rows = vec![
            IdentityRow::RevokeServiceTokens {
                service_account_id: id,
            }
            .into(),
        ];
        self.change_with(
            invocation,
            about(SERVICE_ACCOUNT, &id),
            rows,
            move |_, _| Ok(OrganizationCommand::RevokeServiceAccount(id)),
        )
        .await
    }
}

fn row(tenant: TenantId, id: ServiceAccountId, secret: &Token, scopes: Vec<String>) -> IdentityRow {
    IdentityRow::PutToken {
        token_hash: secret.hash(),
        token: cinatra_eventstore::Token {
            token_id: TokenId(mint::id()),
            kind: cinatra_eventstore::TokenKind::Service(id),
            tenant,
            actor: ActorId::service(&id.to_string()),
            role: String::new(),
            scopes: Some(scopes),
            expires_at: None,
        },
        label: None,
    }
}

fn answer(id: ServiceAccountId, former_works_until: Option<Timestamp>) -> ServiceAccountSecret {
    ServiceAccountSecret {
        success: true,
        service_account_id: id.to_string(),
        secret: None,
        former_works_until,
    }
}

/// The answer that is kept has no secret in it; only the first caller gets one.
fn shown_once(mut done: Done<ServiceAccountSecret>, secret: &Token) -> Done<ServiceAccountSecret> {
    if !done.repeated {
        done.output.secret = Some(secret.reveal());
    }
    done
}
