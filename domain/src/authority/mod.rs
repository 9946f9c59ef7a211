//! The trail of privileged decisions that changed nothing else.
//!
//! An allowed command that has an effect is audited by the authority in its own events' envelope.
//! A command that was denied, rejected or without effect, and every reading of the audit trail, leaves
//! one [`Decided`] instead, so that each privileged act has exactly one place in the ledger
//! (settled.md 9).

//!
//! Beside it the judgement: [`AuthorityState`] is who may do what in one organization, folded from its ledger at a
//! position; [`judge`] says whether an [`Actor`] meets a [`Rule`]. Both are pure, so that an auditor can judge again
//! at the positions that an envelope names (settled.md 41).

mod actor;
mod denied;
mod event;
mod fold;
mod judge;
mod rule;
mod tags;

pub use actor::{Actor, ActorKind, BypassReason};
pub use event::{AuthorityEvent, Decided, Outcome};
pub use fold::AuthorityState;
pub use judge::{Allowed, Denied, judge};
pub use rule::{Operation, Rule, Target};
pub use tags::{authority_tag, every_authority_tag, service_authority_tag, team_tag};
