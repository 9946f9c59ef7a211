//! Skeleton.

pub mod gateway;
