//! An agent package as something that runs: which versions of its flow there were, and what they compile to.
//!
//! One history per package and organization, beside that of the extension, which says what is installed.
//!
//! - Every installed version is taken down once ([`Snapshotted`]), so that a run can pin it and go on with it
//!   whatever is installed later. The flow itself is never here: it is compiled anew from the bytes
//!   ([`oas`]) to a plan ([`plan`]), and the digests say that it is the same.
//! - The first run is remembered, because what was used is archived instead of being removed.
//! - Archived, nothing of it is lost; purged, nothing of it is known, and a new installation starts anew.

mod command;
mod decide;
mod event;
mod evolve;
pub mod oas;
pub mod plan;
mod rejection;
mod tags;
#[cfg(test)]
mod tests;

pub use command::{TakeSnapshot, TemplateCommand};
pub use event::{Archived, FirstRunRecorded, Purged, Restored, Snapshotted, TemplateEvent};
pub use evolve::{Lineage, TemplateState};
pub use rejection::Rejection;
pub use tags::{tags_of, template_tag};

use crate::kernel::{Decider, ImpossibleTransition};

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum Template {}

impl Decider for Template {
    const CATEGORY: &'static str = "template";
    type Command = TemplateCommand;
    type Event = TemplateEvent;
    type State = TemplateState;
    type Rejection = Rejection;

    fn decide(
        state: &TemplateState,
        command: TemplateCommand,
    ) -> Result<Vec<TemplateEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(
        state: TemplateState,
        event: &TemplateEvent,
    ) -> Result<TemplateState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
