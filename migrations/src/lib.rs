//! The database under the ledger: a PostgreSQL of our own where none is given, and its schema.
//!
//! Start from [`Cluster::start`] for a supervised embedded cluster and [`migrate`] for its tables; [`role`]
//! says as whom everybody else connects. This crate knows no event and no business rule, holds no seed data,
//! and never stops a PostgreSQL that it did not start.

mod cluster;
mod connect;
mod database;
mod error;
pub mod role;
mod runner;
#[cfg(test)]
mod testing;

pub use cluster::{Cluster, ClusterConfig, Durability, Listen};
pub use database::{create_database, drop_database, with_database};
pub use error::{ClusterError, MigrateError, PrivilegeError};
pub use runner::{Migrated, MigrationLock, migrate};
