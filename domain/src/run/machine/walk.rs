//! The way through the graph: which node, with which inputs, and which one next.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::coerce::{admit, cast_output, coerce};
use super::{
    Cause, Checkpoint, FLOWS_DEEP_MAX, Failure, Frame, Machine, NodePath, Produced, STEPS_MAX,
    Visit, Wait,
};
use crate::template::plan::{Flow, Node, Plan, Property, Wiring};

/// A machine at a checkpoint. Where a method fails the checkpoint is lost; the outside has the one before.
#[derive(Debug)]
pub(super) struct Walk<'m> {
    plan: &'m Plan,
    pub(super) environment: &'m BTreeMap<String, String>,
    pub(super) at: Checkpoint,
}

impl<'m> Walk<'m> {
    pub(super) fn new(machine: &Machine<'m>, at: Checkpoint) -> Self {
        Self {
            plan: machine.plan,
            environment: machine.environment,
            at,
        }
    }

    pub(super) fn into_checkpoint(self) -> Checkpoint {
        self.at
    }

    /// A failure of the node whose turn it is.
    pub(super) fn fail(&self, cause: Cause) -> Failure {
        Failure {
            node: (!self.at.frames.is_empty()).then(|| self.path()),
            cause,
        }
    }

    fn broken(&self, reason: impl Into<String>) -> Failure {
        self.fail(Cause::PlanInvalid {
            reason: reason.into(),
        })
    }

    /// Path of the node whose turn it is.
    pub(super) fn path(&self) -> NodePath {
        NodePath(self.at.frames.iter().map(|it| it.node.clone()).collect())
    }

    /// This time by the node whose turn it is.
    pub(super) fn visit(&self) -> Visit {
        let node = self.path();
        let count = self.at.visits.get(&node.to_string()).copied();
        Visit {
            node,
            count: count.unwrap_or(1),
        }
    }

    /// Comes by the node whose turn it is.
    pub(super) fn count(&mut self) -> Result<(), Failure> {
        if self.at.steps >= STEPS_MAX {
            return Err(self.fail(Cause::StepBudget));
        }
        self.at.steps += 1;
        *self.at.visits.entry(self.path().to_string()).or_default() += 1;
        Ok(())
    }

    fn frame(&self) -> Result<&Frame, Failure> {
        let frame = self.at.frames.last();
        frame.ok_or_else(|| self.broken("no flow is being walked"))
    }

    /// The flow being walked.
    pub(super) fn flow(&self) -> Result<&'m Flow, Failure> {
        self.flow_at(self.frame()?.flow)
    }

    fn flow_at(&self, index: usize) -> Result<&'m Flow, Failure> {
        let flow = self.plan.flows.get(index);
        flow.ok_or_else(|| self.broken(format!("there is no flow {index}")))
    }

    /// The node whose turn it is.
    pub(super) fn node(&self) -> Result<&'m Node, Failure> {
        let node = self.flow()?.nodes.get(&self.frame()?.node);
        node.ok_or_else(|| self.broken("there is no such node"))
    }

    /// Goes into a flow: its start node gives what the flow is told.
    pub(super) fn enter(&mut self, index: usize, told: &Map<String, Value>) -> Result<(), Failure> {
        let flow = self.flow_at(index)?;
        if self.at.frames.len() >= FLOWS_DEEP_MAX {
            return Err(self.fail(Cause::FlowTooDeep));
        }
        let known = flow.inputs.iter().map(|input| {
            let value = match (told.get(&input.title), &input.default) {
                (Some(value), _) => admit(input, value.clone()),
                (None, Some(default)) => Ok(default.clone()),
                (None, None) => Err(Cause::MissingInput {
                    name: input.title.clone(),
                }),
            };
            Ok((
                input.title.clone(),
                value.map_err(|cause| self.fail(cause))?,
            ))
        });
        let known = known.collect::<Result<_, Failure>>()?;
        self.at.frames.push(Frame {
            flow: index,
            node: flow.start.clone(),
            values: BTreeMap::new(),
        });
        self.produce(known);
        Ok(())
    }

    /// Leaves the flow being walked; its Flow node is the one whose turn it is again. False for the root.
    pub(super) fn leave(&mut self) -> bool {
        self.at.frames.pop();
        !self.at.frames.is_empty()
    }

    /// The run is complete.
    pub(super) fn finish(&mut self, outputs: Map<String, Value>) {
        self.at.frames.clear();
        self.at.waits = Wait::Finished { outputs };
    }

    /// What the run was started with.
    pub(super) fn told(&self) -> Result<Map<String, Value>, Failure> {
        let Some(root) = self.at.frames.first() else {
            return Ok(Map::new());
        };
        let start = root.values.get(&self.flow_at(root.flow)?.start);
        let told = start.into_iter().flatten();
        Ok(told
            .map(|(name, produced)| (name.clone(), produced.value.clone()))
            .collect())
    }

    /// A value as an input wants it.
    pub(super) fn taken(&self, property: &Property, value: Value) -> Result<Value, Failure> {
        coerce(property, value).map_err(|cause| self.fail(cause))
    }

    /// What was given last for an input of a node, if anything was.
    pub(super) fn given(&self, node: &Node, input: &str) -> Result<Option<&Value>, Failure> {
        let values = &self.frame()?.values;
        let latest: Option<&Produced> = match &self.flow()?.wiring {
            Wiring::Edges(edges) => {
                let sources = edges.get(&node.id).and_then(|inputs| inputs.get(input));
                let given = sources.into_iter().flatten();
                let given = given.filter_map(|it| values.get(&it.node)?.get(&it.output));
                given.max_by_key(|produced| produced.order)
            }
            Wiring::Names => {
                let given = values.values().filter_map(|outputs| outputs.get(input));
                given.max_by_key(|produced| produced.order)
            }
        };
        Ok(latest.map(|produced| &produced.value))
    }

    /// Every input of a node: what was given last, or else its default.
    pub(super) fn inputs(&self, node: &Node) -> Result<Map<String, Value>, Failure> {
        let known = node.inputs.iter().map(|input| {
            let value = self.given(node, &input.title)?.or(input.default.as_ref());
            let value = value.cloned().ok_or_else(|| {
                self.fail(Cause::MissingValue {
                    input: input.title.clone(),
                })
            })?;
            Ok((input.title.clone(), self.taken(input, value)?))
        });
        known.collect()
    }

    /// Every declared output: what was found for it, or else its default.
    pub(super) fn outputs(
        &self,
        declared: &[Property],
        found: impl Fn(&Property) -> Option<Value>,
    ) -> Result<Map<String, Value>, Failure> {
        let known = declared.iter().map(|output| {
            let value = found(output).or_else(|| output.default.clone());
            let value = value.ok_or_else(|| {
                self.fail(Cause::MissingOutput {
                    output: output.title.clone(),
                })
            })?;
            let value = cast_output(output, value).map_err(|cause| self.fail(cause))?;
            Ok((output.title.clone(), value))
        });
        known.collect()
    }

    /// The node whose turn it is gives these values, later than any before.
    pub(super) fn produce(&mut self, outputs: Map<String, Value>) {
        self.at.order += 1;
        let order = self.at.order;
        if let Some(frame) = self.at.frames.last_mut() {
            let produced = outputs
                .into_iter()
                .map(|(output, value)| (output, Produced { value, order }));
            frame
                .values
                .entry(frame.node.clone())
                .or_default()
                .extend(produced);
        }
    }

    /// The next node along a branch gets its turn.
    pub(super) fn follow(&mut self, branch: &str) -> Result<(), Failure> {
        let branches = self.flow()?.next.get(&self.frame()?.node);
        let next = branches.and_then(|branches| branches.get(branch));
        let next = next.cloned().ok_or_else(|| {
            self.fail(Cause::BranchNotWired {
                branch: branch.to_owned(),
            })
        })?;
        if let Some(frame) = self.at.frames.last_mut() {
            frame.node = next;
        }
        self.at.waits = Wait::Turn;
        Ok(())
    }
}
