//! A person or an assistant: registered, named, banned, erased. The history is in the system ledger.
//!
//! - The first to register administers the instance; the last administrator cannot stop being one.
//! - Name and e-mail are content beside the ledger; erasing them leaves every hash verifiable
//!   (settled.md 5). An address is claimed by a tag made with a keyed hash, and released by `user.erased`.
//! - Passwords, sessions and the tokens themselves are rows beside the ledger, never events.
//! - `joined` and `left` repeat what the organizations' ledgers say, so that a person's organizations can be
//!   listed without asking all of them; authority is judged by the organization's own ledger only.

mod command;
mod decide;
mod email;
mod event;
mod evolve;
mod kind;
mod rejection;
mod tags;
#[cfg(test)]
mod tests;

pub use command::{ChangePlatformRole, CreateToken, Erase, Register, UserCommand};
pub use email::{EmailAddress, InvalidEmail};
pub use event::{
    Banned, EmailVerified, Erased, Joined, Left, PasswordSet, PlatformRoleChanged, Registered,
    Renamed, TokenCreated, TokenRevoked, Unbanned, UserEvent,
};
pub use evolve::{Person, Token, UserState};
pub use kind::{ErasedBy, PlatformRole, UserType};
pub use rejection::Rejection;
pub use tags::{administrator_tag, email_tag, tags_of};

use crate::kernel::{Decider, ImpossibleTransition};

/// Most live tokens of one person.
pub const TOKENS_MAX: usize = 100;

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum User {}

impl Decider for User {
    const CATEGORY: &'static str = "user";
    type Command = UserCommand;
    type Event = UserEvent;
    type State = UserState;
    type Rejection = Rejection;

    fn decide(state: &UserState, command: UserCommand) -> Result<Vec<UserEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(state: UserState, event: &UserEvent) -> Result<UserState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
