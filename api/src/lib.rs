//! How callers say things to Cinatra and see what it answers.
//!
//! Start with [`Server`], which runs everything in this process, and [`primitive`], the one catalogue
//! from which REST, MCP, OpenAPI and the command line derive. Nothing here holds a business rule or SQL
//! (docs/ARCHITECTURE.md).

pub mod cli;
pub mod config;
pub mod http;
mod mcp;
mod mint;
pub mod primitive;
pub mod problem;
pub mod samples;
pub mod security;
pub mod server;
mod web;

pub use config::Config;
pub use server::{Server, StartError};
