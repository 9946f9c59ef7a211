//! Every acceptance test in one binary: each further one would link the world again.

#[cfg(test)]
mod authority;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod event_store;
#[cfg(test)]
mod extension;
#[cfg(test)]
mod frozen;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod instance;
#[cfg(test)]
mod mcp;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod project;
#[cfg(test)]
mod projections;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod run;
#[cfg(test)]
mod secret;
#[cfg(test)]
mod session;
#[cfg(test)]
mod skill;
#[cfg(test)]
mod template;
mod tidy;
#[cfg(test)]
mod up;
#[cfg(test)]
mod user;
