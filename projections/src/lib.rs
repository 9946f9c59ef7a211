//! Read models: what anybody may look at, derived from the ledger and from nothing else.
//!
//! Start with [`Projection`], then read one folder, for example [`extension_catalog`]: the question it
//! answers, its tables, how events become rows, its queries. [`Projections`] is the handle that runs,
//! reads, proves and rebuilds them. Nothing here appends an event or has an effect outside its own build
//! of a read model (docs/ARCHITECTURE.md).

pub mod audit_events;
mod error;
pub mod extension_catalog;
pub mod extension_lifecycle_audit;
pub mod extension_timeline;
mod net;
pub mod organization_directory;
pub mod people;
pub mod project_list;
mod projection;
mod read;
mod registry;
pub mod resource_permissions;
pub mod run_list;
mod runner;
mod storable;

pub use error::Error;
pub use projection::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};
pub use read::{Answer, Freshness, Keyset, Page, ViewerScope};
pub use runner::{
    Compared, Digest, LedgerStatus, OnProgress, Options, ParkedEvent, Phase, Progress, Projections,
    Rebuilt, Runner, Status,
};
