//! Every acceptance test in one binary: each further one would link the world again.

#[cfg(test)]
mod event_store;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod tidy;
