//! The rules.

use super::{
    Delete, Deleted, KeysRotated, Rejection, RotateKeys, SECRETS_MAX, SecretCommand, SecretEvent,
    SecretState, Set, Stored,
};

pub(super) fn decide(
    state: &SecretState,
    command: SecretCommand,
) -> Result<Vec<SecretEvent>, Rejection> {
    match command {
        SecretCommand::Set(command) => set(*state, command),
        SecretCommand::Delete(command) => Ok(delete(*state, &command)),
        SecretCommand::RotateKeys(command) => Ok(rotate_keys(&command)),
    }
}

/// Always a fact, even for the same value: nobody is told whether a value is the one that is kept.
fn set(state: SecretState, command: Set) -> Result<Vec<SecretEvent>, Rejection> {
    if state == SecretState::Absent && command.secrets >= SECRETS_MAX {
        return Err(Rejection::SecretLimit);
    }
    let stored = Stored {
        name: command.name.into(),
        key_id: command.key_id,
    };
    Ok(vec![stored.into()])
}

fn delete(state: SecretState, command: &Delete) -> Vec<SecretEvent> {
    if state != SecretState::Stored {
        return Vec::new();
    }
    let name = command.name.to_string();
    vec![Deleted { name }.into()]
}

/// Without a key there is nothing to rotate.
fn rotate_keys(command: &RotateKeys) -> Vec<SecretEvent> {
    let rotated = command.from_key_id.map(|from_key_id| KeysRotated {
        from_key_id,
        to_key_id: command.to_key_id,
        secrets: command.secrets,
    });
    rotated.into_iter().map(Into::into).collect()
}
