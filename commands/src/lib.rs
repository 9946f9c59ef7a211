//! Commands: gather facts, let the domain decide, append, answer.
//!
//! Start with [`Extensions`]. Each command runs through `dispatch.rs`: a repeated command id answers
//! the first result; otherwise facts are gathered, everything outside the ledger is fetched and stored,
//! the pure rules decide, and one append makes it so or nothing happens. This crate never writes SQL,
//! never knows HTTP and never reads a read model to decide a rule (docs/ARCHITECTURE.md).

mod authority;
pub mod credential;
mod dispatch;
mod draft;
mod error;
pub mod extension;
pub mod gateway;
mod hidden;
pub mod instance;
mod invocation;
mod mint;
pub mod organization;
pub mod permission;
mod process;
pub mod project;
pub mod run;
pub mod secret;
pub mod session;
mod stop;
mod turns;
pub mod user;

pub use authority::{Authorities, Grant, Snapshot};
pub use error::{Error, ErrorBody};
pub use extension::Extensions;
pub use instance::Instances;
pub use invocation::{Caller, Done, Invocation};
pub use organization::Organizations;
pub use permission::Permissions;
pub use process::Processes;
pub use project::Projects;
pub use run::Runs;
pub use secret::Secrets;
pub use session::Sessions;
pub use user::Users;
