//! This instance as a whole: its first administrator, its namespace, its organizations.
//!
//! One stream in the system ledger, so that two racing first users cannot both win and a slug is
//! given once. What an organization is, its own ledger says; here it is only registered (ADR-0005).
//!
//! The namespace is the npm scope that the instance publishes under: chosen once, frozen by the first
//! publication, changed afterwards by a deliberate renaming only. Source: spec/extensions.md 4.5.

mod command;
mod decide;
mod event;
mod evolve;
mod namespace;
mod rejection;
mod slug;
mod tags;
#[cfg(test)]
mod tests;

pub use command::{InstanceCommand, RegisterOrganization};
pub use event::{
    AdministratorAppointed, Initialized, InstanceEvent, NamespaceChosen, NamespaceFrozen,
    NamespaceRenamed, OrganizationRegistered,
};
pub use evolve::{InstanceState, Registration, Running};
pub use namespace::{InvalidNamespace, Namespace};
pub use rejection::Rejection;
pub use slug::{InvalidSlug, Slug};
pub use tags::{organizations_tag, tags_of};

use crate::kernel::{Decider, ImpossibleTransition};

/// Second half of the one stream's name.
pub const SELF: &str = "self";

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum Instance {}

impl Decider for Instance {
    const CATEGORY: &'static str = "instance";
    type Command = InstanceCommand;
    type Event = InstanceEvent;
    type State = InstanceState;
    type Rejection = Rejection;

    fn decide(
        state: &InstanceState,
        command: InstanceCommand,
    ) -> Result<Vec<InstanceEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(
        state: InstanceState,
        event: &InstanceEvent,
    ) -> Result<InstanceState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
