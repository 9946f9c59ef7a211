//! Persons over the public interface and past it: they come, are who they say they are, and go without a trace.

mod bad_input;
mod erase;
mod ghost;
mod profile;
mod race;
