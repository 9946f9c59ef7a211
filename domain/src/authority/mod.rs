//! The trail of privileged decisions that changed nothing else.
//!
//! An allowed command that has an effect is audited by the authority in its own events' envelope.
//! A command that was denied, rejected or without effect, and every reading of the audit trail, leaves
//! one [`Decided`] instead, so that each privileged act has exactly one place in the ledger
//! (settled.md 9).

mod event;

pub use event::{AuthorityEvent, Decided, Outcome};
