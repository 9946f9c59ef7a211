//! Scratch.
#[cfg(test)]
#[path = "it/projections/mod.rs"]
mod projections;
