//! What may be asked of a person's history. Names, addresses and passwords are not part of it: the rules
//! never see one.

use super::{ErasedBy, PlatformRole, UserType};
use crate::kernel::{ContentRef, TenantId, TokenId, UserId};

/// A command to one person or assistant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserCommand {
    /// See [`Register`].
    Register(Register),
    /// The address was proved.
    VerifyEmail,
    /// Be called otherwise.
    Rename {
        /// From now on.
        name: ContentRef,
    },
    /// Sign in with another password.
    SetPassword,
    /// See [`ChangePlatformRole`].
    ChangePlatformRole(ChangePlatformRole),
    /// Do not let the person in any more.
    Ban {
        /// Administrators of the instance, this one included if it is one.
        administrators: u64,
    },
    /// Let the person in again.
    Unban,
    /// The person became a member there.
    Join(TenantId),
    /// The person is no member there any more.
    Leave(TenantId),
    /// See [`CreateToken`].
    CreateToken(CreateToken),
    /// Let a token stop working.
    RevokeToken(TokenId),
    /// See [`Erase`].
    Erase(Erase),
}

/// Come to this instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Who.
    pub user_id: UserId,
    /// What they are.
    pub user_type: UserType,
    /// What they are called.
    pub name: ContentRef,
    /// Where they are reached.
    pub email: ContentRef,
    /// Whether somebody has the address already.
    pub is_email_taken: bool,
    /// Whether nobody was there before.
    pub is_first: bool,
}

/// May do something else on the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangePlatformRole {
    /// From now on.
    pub to: PlatformRole,
    /// Administrators of the instance, this one included if it is one.
    pub administrators: u64,
}

/// Make a token for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateToken {
    /// Which.
    pub token_id: TokenId,
    /// In which organization it acts.
    pub organization_id: Option<TenantId>,
    /// Permissions it is narrowed to.
    pub scopes: Option<Vec<String>>,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: Option<i64>,
}

/// Make everything go that tells who this was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erase {
    /// Who asks.
    pub by: ErasedBy,
    /// Administrators of the instance, this one included if it is one.
    pub administrators: u64,
    /// Organizations that would be left without an owner.
    pub owned_alone: Vec<TenantId>,
}
