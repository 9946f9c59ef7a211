//! Walks a plan: a deterministic machine that says what the outside has to do next, and does nothing itself.
//!
//! Start with [`Machine`]. [`Machine::start`] gives the first [`Checkpoint`]; every [`Machine::step`] takes one, goes
//! through one node, and gives the next together with a [`Step`]: a call to make, a text to say, a question to ask, or
//! the outputs. The outside does it, stores the checkpoint, and tells the machine what came of it.
//!
//! - Nothing is remembered but in the checkpoint: stored and read back, it goes on as if nothing had happened.
//! - [`Event::Go`] on a checkpoint that waits says again what it waits for, with the same [`Visit`]; so a crash repeats
//!   the node in flight at most, and the visit is the key by which the repetition is recognized.
//! - A failure is a [`Failure`] with a stable code. No plan and no answer makes the machine panic, recurse or grow
//!   without bound.
//!
//! What templates print is what Jinja2 prints in Python, lists and `None` included: prompts were written for that.
//! One thing differs: a dictionary prints its keys sorted, since JSON objects are unordered here.
//! Source: spec/runs.md 4.7, 4.10.

mod call;
mod checkpoint;
mod coerce;
mod failure;
mod gate;
mod node;
mod pattern;
mod python;
mod step;
mod template;
mod walk;

#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod printing_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use checkpoint::{Checkpoint, Frame, Produced, Wait};
pub use failure::{Cause, Failure};
pub use step::{Address, Ask, Body, Call, Event, NodePath, Step, Visit};

use crate::template::plan::Plan;
use walk::Walk;

/// Nodes a run goes through at most.
pub const STEPS_MAX: u32 = 10_000;
/// Flows within flows.
pub const FLOWS_DEEP_MAX: usize = 32;
/// Lists and objects within each other, in any value that comes in.
pub const VALUE_DEEP_MAX: usize = 64;
/// Longest text that a template fills in, in bytes.
pub const TEXT_BYTES_MAX: usize = 4 << 20;

/// All that a run says, in bytes.
pub const SAID_BYTES_MAX: u64 = 64 << 20;

/// The placeholder at the head of an internal address. It is never filled in: the outside answers there itself.
pub const BASE_URL: &str = "CINATRA_BASE_URL";

/// A plan and what its placeholders in capitals stand for.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    plan: &'a Plan,
    digest: String,
    environment: &'a BTreeMap<String, String>,
}

impl<'a> Machine<'a> {
    /// Takes a plan; `environment` gives the values of placeholders such as `{{REGION}}`.
    pub fn new(plan: &'a Plan, environment: &'a BTreeMap<String, String>) -> Self {
        Self {
            plan,
            digest: plan.digest(),
            environment,
        }
    }

    /// Digest of the plan, which every checkpoint of it carries.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A run about to go through its first node.
    ///
    /// Inputs that the flow does not declare are dropped. What it calls `cinatra_run_id` or `agent_run_id` is this
    /// run, whatever the inputs say.
    pub fn start(&self, run: &str, inputs: &Map<String, Value>) -> Result<Checkpoint, Failure> {
        let mut inputs = inputs.clone();
        for alias in ["cinatra_run_id", "agent_run_id"] {
            inputs.insert(alias.to_owned(), Value::from(run));
        }
        let mut walk = Walk::new(self, Checkpoint::new(self.digest.clone()));
        walk.enter(0, &inputs)?;
        Ok(walk.into_checkpoint())
    }

    /// Goes through one node, or takes the answer that it waited for.
    pub fn step(
        &self,
        checkpoint: Checkpoint,
        event: Event,
    ) -> Result<(Checkpoint, Step), Failure> {
        if checkpoint.plan != self.digest {
            return Err(Failure::nowhere(Cause::PlanChanged));
        }
        let mut walk = Walk::new(self, checkpoint);
        let step = walk.step(event)?;
        Ok((walk.into_checkpoint(), step))
    }
}
