//! Facts about one person or assistant. The quoted names are the storage format: add lines, never edit one.
//!
//! What a person is called and where they are reached is content, which can be erased; no fact carries
//! a password, a token, or anything computed from either.

use serde::{Deserialize, Serialize};

use super::{ErasedBy, PlatformRole, UserType};
use crate::events;
use crate::kernel::{ContentRef, TenantId, TokenId, UserId};

events! {
    /// Facts about one person or assistant, in the system ledger.
    pub enum UserEvent {
        Registered => "user.registered.v1",
        EmailVerified => "user.email_verified.v1",
        Renamed => "user.renamed.v1",
        PasswordSet => "user.password_set.v1",
        PlatformRoleChanged => "user.platform_role_changed.v1",
        Banned => "user.banned.v1",
        Unbanned => "user.unbanned.v1",
        Joined => "user.joined.v1",
        Left => "user.left.v1",
        TokenCreated => "user.token_created.v1",
        TokenRevoked => "user.token_revoked.v1",
        Erased => "user.erased.v1",
    }
}

/// Somebody came to this instance. Their e-mail address is claimed by the event's tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Who.
    pub user_id: UserId,
    /// What they are.
    pub user_type: UserType,
    /// What they are called.
    pub name: ContentRef,
    /// Where they are reached, in lower case.
    pub email: ContentRef,
    /// What they may do on the instance: the first person administers it.
    pub platform_role: PlatformRole,
}

/// The person proved that the address is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailVerified {}

/// The person is called otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// From now on.
    pub name: ContentRef,
    /// The former name's content, which is erased.
    pub former: ContentRef,
}

/// A password took the place of the former one, if there was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordSet {}

/// What the person may do on the instance is another thing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformRoleChanged {
    /// Until now.
    pub from: PlatformRole,
    /// From now on.
    pub to: PlatformRole,
}

/// The person may not sign in any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banned {}

/// The person may sign in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unbanned {}

/// The person became a member of an organization; its own ledger says in what role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Of which.
    pub organization_id: TenantId,
}

/// The person is no member of an organization any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Of which.
    pub organization_id: TenantId,
}

/// The person made a token for programs of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCreated {
    /// Which.
    pub token_id: TokenId,
    /// In which organization it acts; absent for one that acts in none.
    pub organization_id: Option<TenantId>,
    /// Permissions it is narrowed to; absent for all that the person has.
    pub scopes: Option<Vec<String>>,
    /// When it ends, in microseconds since 1970; absent for never.
    pub expires_at_us: Option<i64>,
}

/// A token stopped working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRevoked {
    /// Which.
    pub token_id: TokenId,
}

/// Everything that told who this was is gone. The receipt of an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Who asked for it.
    pub by: ErasedBy,
    /// Contents that were erased with it.
    pub contents: Vec<ContentRef>,
}
