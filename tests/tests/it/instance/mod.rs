//! The instance over the public interface: its name among instances, its administrators, and how they act in
//! organizations that are not theirs.

mod bypass;
mod namespace;
mod platform;
