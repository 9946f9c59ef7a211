//! An aggregate as three pure functions.

use std::fmt;

use super::Event;

/// An aggregate: rules that turn a command into events, and events into state.
///
/// Time, ids, the actor and facts from other streams arrive inside the command. `State::default()`
/// means that nothing has happened. Source: design.md D1.
pub trait Decider {
    /// First half of the stream name, for example `extension`.
    const CATEGORY: &'static str;
    /// What may be asked of the aggregate.
    type Command;
    /// What can have happened to it.
    type Event: Event;
    /// Everything the rules need to remember.
    type State: Default + Clone + Send + Sync + 'static;
    /// Why the domain says no.
    type Rejection: PartialEq + fmt::Debug;

    /// Applies the rules. An already satisfied command yields no events.
    fn decide(
        state: &Self::State,
        command: Self::Command,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Applies one fact. The only code that changes state.
    fn evolve(state: Self::State, event: &Self::Event)
    -> Result<Self::State, ImpossibleTransition>;
}

/// A recorded event that cannot follow the events before it: corruption, never a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {event} cannot happen in state {state}")]
pub struct ImpossibleTransition {
    /// The stage the aggregate was in.
    pub state: &'static str,
    /// Wire name of the event.
    pub event: &'static str,
}
