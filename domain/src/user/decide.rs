//! The rules. Source: spec/workspace.md 1.1, B-01.

use super::{
    Banned, ChangePlatformRole, CreateToken, EmailVerified, Erase, Erased, Joined, Left,
    PasswordSet, Person, PlatformRole, PlatformRoleChanged, Register, Registered, Rejection,
    Renamed, TOKENS_MAX, TokenCreated, TokenRevoked, Unbanned, UserCommand, UserEvent, UserState,
};
use crate::kernel::{ContentRef, TokenId};

type Decision = Result<Vec<UserEvent>, Rejection>;

pub(super) fn decide(state: &UserState, command: UserCommand) -> Decision {
    match command {
        UserCommand::Register(command) => register(state, command),
        UserCommand::Erase(command) => erase(state, command),
        UserCommand::VerifyEmail => Ok(unless(known(state)?.is_email_verified, EmailVerified {})),
        UserCommand::Rename { name } => Ok(rename(known(state)?, name)),
        UserCommand::SetPassword => known(state).map(|_| vec![PasswordSet {}.into()]),
        UserCommand::ChangePlatformRole(command) => change_platform_role(known(state)?, command),
        UserCommand::Ban { administrators } => ban(known(state)?, administrators),
        UserCommand::Unban => Ok(unless(!known(state)?.is_banned, Unbanned {})),
        UserCommand::Join(organization_id) => {
            let is_there = known(state)?.organizations.contains(&organization_id);
            Ok(unless(is_there, Joined { organization_id }))
        }
        // Who was erased is nowhere.
        UserCommand::Leave(_) if *state == UserState::Erased => Ok(Vec::new()),
        UserCommand::Leave(organization_id) => {
            let is_there = known(state)?.organizations.contains(&organization_id);
            Ok(unless(!is_there, Left { organization_id }))
        }
        UserCommand::CreateToken(command) => create_token(known(state)?, command),
        UserCommand::RevokeToken(token_id) => revoke_token(known(state)?, token_id),
    }
}

/// Whom everything but registering and erasing is about.
fn known(state: &UserState) -> Result<&Person, Rejection> {
    match state {
        UserState::Absent => Err(Rejection::UserNotFound),
        UserState::Registered(person) => Ok(person),
        UserState::Erased => Err(Rejection::UserErased),
    }
}

fn unless(is_so: bool, event: impl Into<UserEvent>) -> Vec<UserEvent> {
    if is_so {
        return Vec::new();
    }
    vec![event.into()]
}

/// Who is registered has the address, so a repetition finds it taken by themselves: it is nothing.
fn register(state: &UserState, command: Register) -> Decision {
    match state {
        UserState::Registered(_) => return Ok(Vec::new()),
        UserState::Erased => return Err(Rejection::UserErased),
        UserState::Absent => {}
    }
    if command.is_email_taken {
        return Err(Rejection::EmailTaken);
    }
    let platform_role = if command.is_first {
        PlatformRole::Admin
    } else {
        PlatformRole::User
    };
    let registered = Registered {
        user_id: command.user_id,
        user_type: command.user_type,
        name: command.name,
        email: command.email,
        platform_role,
    };
    Ok(vec![registered.into()])
}

/// Contents are salted, so the same name typed again is another content: only a repetition is nothing.
fn rename(person: &Person, name: ContentRef) -> Vec<UserEvent> {
    let former = person.name.clone();
    unless(former == name, Renamed { name, former })
}

/// The instance is never without somebody who can administer it.
fn must_not_be_last(person: &Person, administrators: u64) -> Result<(), Rejection> {
    if person.is_administrator() && administrators <= 1 {
        return Err(Rejection::LastAdministrator);
    }
    Ok(())
}

fn change_platform_role(person: &Person, command: ChangePlatformRole) -> Decision {
    let (from, to) = (person.platform_role, command.to);
    if from == to {
        return Ok(Vec::new());
    }
    must_not_be_last(person, command.administrators)?;
    Ok(vec![PlatformRoleChanged { from, to }.into()])
}

fn ban(person: &Person, administrators: u64) -> Decision {
    must_not_be_last(person, administrators)?;
    Ok(unless(person.is_banned, Banned {}))
}

/// An id is minted once: seen again, it is the same request again.
fn create_token(person: &Person, command: CreateToken) -> Decision {
    let token_id = command.token_id;
    if person.tokens.contains_key(&token_id) || person.revoked_tokens.contains(&token_id) {
        return Ok(Vec::new());
    }
    if person.tokens.len() >= TOKENS_MAX {
        return Err(Rejection::TokenLimit);
    }
    let created = TokenCreated {
        token_id,
        organization_id: command.organization_id,
        scopes: command.scopes,
        expires_at_us: command.expires_at_us,
    };
    Ok(vec![created.into()])
}

fn revoke_token(person: &Person, token_id: TokenId) -> Decision {
    if person.revoked_tokens.contains(&token_id) {
        return Ok(Vec::new());
    }
    if !person.tokens.contains_key(&token_id) {
        return Err(Rejection::TokenNotFound);
    }
    Ok(vec![TokenRevoked { token_id }.into()])
}

/// Nobody is erased while somebody depends on them: an organization on its owner, the instance on its
/// administrator.
fn erase(state: &UserState, command: Erase) -> Decision {
    let person = match state {
        UserState::Absent => return Err(Rejection::UserNotFound),
        UserState::Erased => return Ok(Vec::new()),
        UserState::Registered(person) => person,
    };
    must_not_be_last(person, command.administrators)?;
    if !command.owned_alone.is_empty() {
        let organizations = command.owned_alone;
        return Err(Rejection::LastOwner { organizations });
    }
    let contents = vec![person.name.clone(), person.email.clone()];
    let by = command.by;
    Ok(vec![Erased { by, contents }.into()])
}
