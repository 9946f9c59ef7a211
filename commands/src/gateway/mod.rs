//! What commands fetch from and keep outside the ledger: registries, archives, blobs, secrets.
//!
//! Everything here happens before an append and may be repeated; nothing here decides a rule. Read
//! [`registry::Registry`] first: where a package's versions and bytes come from.

pub mod archive;
pub mod blobs;
mod digest;
pub mod mail;
pub mod pack;
pub mod registry;
#[cfg(test)]
mod samples;
pub mod vault;
