//! What the tests and the proving programs share: a database of their own, servers, a registry,
//! packages to publish and a client.
//!
//! Start with [`Node`], a running server. Everything binds loopback only, is bounded in time, and ends
//! with the process that started it. Nobody imports this crate.

pub mod ag_ui;
pub mod archive;
pub mod bench;
pub mod browser;
pub mod client;
pub mod console;
pub mod corpus;
pub mod crash;
pub mod database;
pub mod flow;
pub mod gate;
pub mod node;
pub mod orders;
pub mod outside;
pub mod package;
pub mod people;
pub mod places;
pub mod process;
pub mod rebuild;
pub mod registry;
pub mod relay;
pub mod served;
pub mod splits;
pub mod tree;
pub mod viewer;
pub mod web;

pub use client::{Call, Client, Reply};
pub use database::Database;
pub use flow::Flow;
pub use node::{Node, Start};
pub use outside::Service;
pub use package::{Package, Packed};
pub use registry::Verdaccio;
pub use viewer::{Seen, Viewer};

/// Whatever stopped the harness itself; a finding about the system is never one.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The result of anything the harness does.
pub type Outcome<T> = Result<T, Fault>;

/// A fault that is a sentence.
pub fn fault(sentence: impl Into<String>) -> Fault {
    sentence.into().into()
}
