//! What an agent's `cinatra/oas.json` says: a Flow of Open Agent Specification 26.1.0.
//!
//! Reading is lenient and tells everything at once. A document is read (`read/`, references by `scope.rs`),
//! what it leaves out is filled in (`infer.rs`), what has to hold is checked (`check/`), what ought to be is
//! remarked (`lint/`), and what follows from it is derived (`derive/`, `build.rs`).
//!
//! - A fault of structure refuses the document: there is no plan for it.
//! - A remark refuses nothing here. Publishing asks for [`Compiled::blockers`], because what is installed is
//!   taken leniently and what goes out is strict (settled.md 22).
//! - The same bytes always compile to the same, findings and their order included.
//!
//! Source: spec/runs.md 4, pyagentspec 26.3.1.

mod build;
mod check;
mod compile;
#[cfg(test)]
mod corpus_tests;
mod derive;
mod document;
mod finding;
mod infer;
#[cfg(test)]
mod laws;
mod lint;
mod placeholder;
mod read;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod remark_tests;
#[cfg(test)]
mod samples;
mod scope;
#[cfg(test)]
mod tests;
mod types;

pub use compile::{Compiled, Package, Refused, compile};
pub use derive::{
    ChildAgent, ContextSlot, GatedStep, HitlOwner, ObjectType, ResolutionMode, SelectionMode, Step,
    StepType, TriggerMode, declared_slots,
};
pub use finding::{FINDINGS_MAX, Finding, Severity};
pub use read::{AGENTSPEC_VERSION, OAS_BYTES_MAX};
