//! Who may do what, and the trail of privileged decisions that changed nothing else.
//!
//! [`AuthorityState`] is who may do what in one organization, folded from its ledger at a position; [`judge`] says
//! whether an [`Actor`] meets a [`Rule`]. Both are pure, so that an auditor can judge again at the positions that an
//! envelope names (settled.md 41). What a judgement relied on comes with it, as tags: the append goes through only if
//! nothing about them changed. The functions of the original stand under their names in [`named`], the table of kinds
//! and actions in [`classification`].
//!
//! Read `rule.rs` and `judge.rs` first, then `standing.rs`, which says by what somebody acts in an organization at all,
//! and the questions: `members.rs`, `projects.rs`, `resources.rs`.
//!
//! An allowed command that has an effect is audited by the authority in its own events' envelope.
//! A command that was denied, rejected or without effect, and every reading of the audit trail, leaves
//! one [`Decided`] instead, so that each privileged act has exactly one place in the ledger
//! (settled.md 9).

mod actor;
pub mod classification;
mod denied;
mod event;
mod fold;
mod judge;
#[cfg(test)]
mod laws;
mod members;
pub mod named;
#[cfg(test)]
mod project_tests;
mod projects;
#[cfg(test)]
mod resource_tests;
mod resources;
mod rule;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod samples;
mod standing;
mod tags;
#[cfg(test)]
mod tests;

pub use actor::{Actor, ActorKind, BypassReason};
pub use event::{AuthorityEvent, Decided, Outcome};
pub use fold::AuthorityState;
pub use judge::{Allowed, Denied, judge};
pub use resources::{ReadableRuns, ResourceAccess, RunTarget};
pub use rule::{Operation, Rule, Target};
pub use tags::{authority_tag, every_authority_tag, service_authority_tag, team_tag};
