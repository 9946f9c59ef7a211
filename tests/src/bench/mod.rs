//! Benchmarks: each row of the goals, ours against a bare program in the same run on one PostgreSQL.
//!
//! A claim is a ratio. Ours and the floor alternate three times; a row prints its worst variant.

pub mod append;
pub mod floor;
pub mod http;
pub mod load;
pub mod measure;
pub mod pair;
pub mod rebuild;
pub mod stream;
