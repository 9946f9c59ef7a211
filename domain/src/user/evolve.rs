//! The stages of one person or assistant, and how facts move them between.

use std::collections::{BTreeMap, BTreeSet};

use super::{PlatformRole, TokenCreated, UserEvent, UserType};
use crate::kernel::{ContentRef, Event as _, ImpossibleTransition, TenantId, TokenId, UserId};

/// One person or assistant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserState {
    /// Never registered.
    #[default]
    Absent,
    /// Known to the instance, whether or not they may sign in.
    Registered(Person),
    /// Was here once; nothing tells who it was.
    Erased,
}

/// Somebody who is known to the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user_id: UserId,
    /// What they are.
    pub user_type: UserType,
    /// What they are called.
    pub name: ContentRef,
    /// Where they are reached.
    pub email: ContentRef,
    /// Whether the address was proved to be theirs.
    pub is_email_verified: bool,
    /// What they may do on the instance.
    pub platform_role: PlatformRole,
    /// Whether they may not sign in.
    pub is_banned: bool,
    /// Where they are members, as far as this ledger was told.
    pub organizations: BTreeSet<TenantId>,
    /// Tokens that were not revoked; one that ended counts until it is.
    pub tokens: BTreeMap<TokenId, Token>,
    /// Tokens that were.
    pub revoked_tokens: BTreeSet<TokenId>,
    /// Whether they ever set a password.
    pub has_password: bool,
}

/// A token for programs, without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// In which organization it acts.
    pub organization_id: Option<TenantId>,
    /// Permissions it is narrowed to; absent for all that the person has.
    pub scopes: Option<Vec<String>>,
    /// When it ends, in microseconds since 1970; absent for never.
    pub expires_at_us: Option<i64>,
}

impl UserState {
    /// Whoever is known to the instance.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Registered(person) => Some(person),
            Self::Absent | Self::Erased => None,
        }
    }

    fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Registered(_) => "registered",
            Self::Erased => "erased",
        }
    }
}

impl Person {
    /// Whether they can administer the instance now: a banned administrator cannot.
    pub fn is_administrator(&self) -> bool {
        self.platform_role == PlatformRole::Admin && !self.is_banned
    }
}

/// Applies one fact. After an erasure nothing happens any more.
pub(super) fn evolve(
    state: UserState,
    event: &UserEvent,
) -> Result<UserState, ImpossibleTransition> {
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    match state {
        UserState::Absent => registered(event).map(UserState::Registered),
        UserState::Registered(person) => happened(person, event),
        UserState::Erased => None,
    }
    .ok_or(impossible)
}

fn registered(event: &UserEvent) -> Option<Person> {
    let UserEvent::Registered(event) = event else {
        return None;
    };
    Some(Person {
        user_id: event.user_id,
        user_type: event.user_type,
        name: event.name.clone(),
        email: event.email.clone(),
        is_email_verified: false,
        platform_role: event.platform_role,
        is_banned: false,
        organizations: BTreeSet::new(),
        tokens: BTreeMap::new(),
        revoked_tokens: BTreeSet::new(),
        has_password: false,
    })
}

/// `None` for what cannot happen to this person.
fn happened(mut person: Person, event: &UserEvent) -> Option<UserState> {
    let is_possible = match event {
        UserEvent::Registered(_) => false,
        UserEvent::EmailVerified(_) => !std::mem::replace(&mut person.is_email_verified, true),
        UserEvent::Renamed(renamed) => {
            let former = std::mem::replace(&mut person.name, renamed.name.clone());
            former == renamed.former
        }
        UserEvent::PasswordSet(_) => {
            person.has_password = true;
            true
        }
        UserEvent::PlatformRoleChanged(changed) => {
            let from = std::mem::replace(&mut person.platform_role, changed.to);
            from == changed.from && from != changed.to
        }
        UserEvent::Banned(_) => !std::mem::replace(&mut person.is_banned, true),
        UserEvent::Unbanned(_) => std::mem::replace(&mut person.is_banned, false),
        UserEvent::Joined(joined) => person.organizations.insert(joined.organization_id),
        UserEvent::Left(left) => person.organizations.remove(&left.organization_id),
        UserEvent::TokenCreated(created) => token_created(&mut person, created),
        UserEvent::TokenRevoked(revoked) => {
            person.tokens.remove(&revoked.token_id).is_some()
                && person.revoked_tokens.insert(revoked.token_id)
        }
        UserEvent::Erased(_) => return Some(UserState::Erased),
    };
    is_possible.then_some(UserState::Registered(person))
}

fn token_created(person: &mut Person, created: &TokenCreated) -> bool {
    let token = Token {
        organization_id: created.organization_id,
        scopes: created.scopes.clone(),
        expires_at_us: created.expires_at_us,
    };
    !person.revoked_tokens.contains(&created.token_id)
        && person.tokens.insert(created.token_id, token).is_none()
}
