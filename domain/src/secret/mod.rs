//! A secret of one organization: a model key, a registry token, a connector's credential.
//!
//! The value is never here. Events say that a secret was stored, deleted, or moved under another data
//! key; what is encrypted lies in a table beside the ledger and commits with them (ADR-0009).
//!
//! - `secret:<name>` is the history of one secret: absent, stored, absent again.
//! - `secret:keys` is the history of the organization's data key; no secret has that name.
//! - Every event carries [`vault_tag`], so that whoever read the organization's secrets can append on
//!   condition that nothing about them changed.

mod command;
mod decide;
mod event;
mod evolve;
mod name;
mod rejection;
mod tags;
#[cfg(test)]
mod tests;

pub use command::{Delete, RotateKeys, SecretCommand, Set};
pub use event::{Deleted, KeysRotated, SecretEvent, Stored};
pub use evolve::SecretState;
pub use name::{InvalidName, SecretName};
pub use rejection::Rejection;
pub use tags::vault_tag;

use crate::kernel::{Decider, ImpossibleTransition};

/// Second half of the stream that tells of the organization's data key.
pub const KEYS: &str = "keys";

/// Most secrets of one organization: all of them are encrypted anew in one append.
pub const SECRETS_MAX: u64 = 1_000;

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum Secret {}

impl Decider for Secret {
    const CATEGORY: &'static str = "secret";
    type Command = SecretCommand;
    type Event = SecretEvent;
    type State = SecretState;
    type Rejection = Rejection;

    fn decide(state: &SecretState, command: SecretCommand) -> Result<Vec<SecretEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(
        state: SecretState,
        event: &SecretEvent,
    ) -> Result<SecretState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
