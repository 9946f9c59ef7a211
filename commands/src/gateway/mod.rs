//! What commands fetch from and keep outside the ledger: registries, archives, blobs, secrets; and
//! whom runs talk to: the outside world ([`egress::Egress`]) and a language model ([`model::Model`]).
//!
//! Everything here happens before an append and may be repeated; nothing here decides a rule. Read
//! [`registry::Registry`] first: where a package's versions and bytes come from.

pub mod archive;
pub mod blobs;
pub(crate) mod digest;
pub mod egress;
pub mod mail;
pub mod model;
pub mod pack;
pub mod registry;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scripted;
mod tls;
pub mod vault;
