//! Credentials, by hash only: of the first start, of people, of service accounts.

use std::fmt;

use cinatra_domain::kernel::{ActorId, Position, ServiceAccountId, TenantId, TokenId, UserId};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{EventStore, ReadError, mint, sql};

/// Whose a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Of the first start, before there is anybody.
    Bootstrap,
    /// Of a person or an assistant.
    Personal(UserId),
    /// The secret of a service account.
    Service(ServiceAccountId),
}

impl TokenKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bootstrap => "bootstrap",
            Self::Personal(_) => "personal",
            Self::Service(_) => "service",
        }
    }

    pub(crate) fn user(self) -> Option<Uuid> {
        match self {
            Self::Personal(user) => Some(user.0),
            Self::Bootstrap | Self::Service(_) => None,
        }
    }

    pub(crate) fn service_account(self) -> Option<Uuid> {
        match self {
            Self::Service(account) => Some(account.0),
            Self::Bootstrap | Self::Personal(_) => None,
        }
    }
}

/// Whom a credential stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names it, in events too.
    pub token_id: TokenId,
    /// Whose it is.
    pub kind: TokenKind,
    /// The organization it acts in; the system for one that acts in none.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: ActorId,
    /// What the first one may do, for example `platform_admin`; empty for all others.
    pub role: String,
    /// Permissions it is narrowed to; absent for no narrowing, empty for none.
    pub scopes: Option<Vec<String>>,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
}

impl Token {
    /// One for the first start, under a fresh id.
    pub fn bootstrap(tenant: TenantId, actor: ActorId, role: String) -> Self {
        Self {
            token_id: TokenId(mint::row_id()),
            kind: TokenKind::Bootstrap,
            tenant,
            actor,
            role,
            scopes: None,
            expires_at: None,
        }
    }
}

/// What a person may be told of a token of theirs.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalToken {
    /// Names it, in events too.
    pub token_id: TokenId,
    /// The organization it acts in; the system for one that acts in none.
    pub tenant: TenantId,
    /// What its owner called it.
    pub label: Option<String>,
    /// Permissions it is narrowed to; absent for no narrowing, empty for none.
    pub scopes: Option<Vec<String>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl fmt::Debug for PersonalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalToken")
            .field("token_id", &self.token_id)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl EventStore {
    /// A credential that works, by the hash of its secret: neither revoked nor expired, and not replaced
    /// too long ago.
    pub async fn find_token(&self, token_hash: &[u8; 32]) -> Result<Option<Token>, ReadError> {
        let hash: &[u8] = token_hash;
        let rows = self.ask(sql::FIND_TOKEN, &[&hash]).await?;
        rows.first().map(token_of).transpose()
    }

    /// Stores the first credential of the database and creates its tenant's ledger; false when there is a
    /// credential already. The caller holds the migration lock, so that two first nodes cannot both win.
    pub async fn create_first_token(
        &self,
        token_hash: &[u8; 32],
        token: &Token,
    ) -> Result<bool, ReadError> {
        let hash: &[u8] = token_hash;
        let (tenant, actor) = (token.tenant.uuid(), token.actor.as_str());
        let params: [&(dyn ToSql + Sync); 5] =
            [&hash, &tenant, &actor, &token.role, &token.token_id.0];
        let created = self.ask(sql::CREATE_FIRST_TOKEN, &params).await?;
        Ok(!created.is_empty())
    }

    /// The organization that the credential of the first start was made for, whether or not it still works; `None`
    /// where nobody ever started.
    pub async fn bootstrap_tenant(&self) -> Result<Option<TenantId>, ReadError> {
        let rows = self.ask(sql::READ_BOOTSTRAP_TENANT, &[]).await?;
        Ok(rows.first().map(|row| TenantId::new(row.get(0))))
    }

    /// The credential of the first start works no more, here and wherever it was copied; answers how many
    /// did. No other first one is made afterwards.
    pub async fn revoke_bootstrap_token(&self) -> Result<u64, ReadError> {
        self.ask_count(sql::REVOKE_BOOTSTRAP_TOKENS, &[]).await
    }

    /// Every token of a person, revoked and expired ones included, the oldest first.
    pub async fn tokens_of(&self, user: UserId) -> Result<Vec<PersonalToken>, ReadError> {
        let rows = self.ask(sql::LIST_TOKENS, &[&user.0]).await?;
        let one = |row: &Row| PersonalToken {
            tenant: TenantId::new(row.get(0)),
            token_id: TokenId(row.get(1)),
            label: row.get(2),
            scopes: row.get(3),
            created_at: row.get(4),
            expires_at: row.get(5),
            revoked_at: row.get(6),
        };
        Ok(rows.iter().map(one).collect())
    }
}

fn token_of(row: &Row) -> Result<Token, ReadError> {
    let tenant = TenantId::new(row.get(0));
    let unreadable = |column| ReadError::Column {
        tenant,
        position: Position::START,
        column,
    };
    let actor = ActorId::parse(row.get::<_, String>(1)).map_err(|_| unreadable("tokens.actor"))?;
    let (user, account): (Option<Uuid>, Option<Uuid>) = (row.get(5), row.get(6));
    let kind = match (row.get(3), user, account) {
        ("bootstrap", None, None) => TokenKind::Bootstrap,
        ("personal", Some(user), None) => TokenKind::Personal(UserId(user)),
        ("service", None, Some(account)) => TokenKind::Service(ServiceAccountId(account)),
        (_, _, _) => return Err(unreadable("tokens.kind")),
    };
    Ok(Token {
        token_id: TokenId(row.get(4)),
        kind,
        tenant,
        actor,
        role: row.get(2),
        scopes: row.get(7),
        expires_at: row.get(8),
    })
}
