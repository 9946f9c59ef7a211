//! Commands: gather facts, let the domain decide, append, answer.
//!
//! Start with [`Extensions`]. Each command runs through `dispatch.rs`: a repeated command id answers
//! the first result; otherwise facts are gathered, everything outside the ledger is fetched and stored,
//! the pure rules decide, and one append makes it so or nothing happens. This crate never writes SQL,
//! never knows HTTP and never reads a read model to decide a rule (docs/ARCHITECTURE.md).

mod authority;
mod dispatch;
mod error;
pub mod extension;
pub mod gateway;
mod invocation;
pub mod secret;
mod turns;

pub use authority::{Authorities, Grant, Snapshot};
pub use error::{Error, ErrorBody};
pub use extension::Extensions;
pub use invocation::{Caller, Done, Invocation};
pub use secret::Secrets;
