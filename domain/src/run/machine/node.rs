//! What each kind of node does when it is its turn.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::walk::Walk;
use super::{Cause, Event, Failure, SAID_BYTES_MAX, Step, Wait, pattern, python, template};
use crate::template::plan::{FlowIndex, Node, NodeKind, Property};

/// The branch of a node that has one only.
pub(super) const NEXT: &str = "next";
/// The branch for every value that is not mapped.
const DEFAULT: &str = "default";

impl Walk<'_> {
    /// Answers one event.
    pub(super) fn step(&mut self, event: Event) -> Result<Step, Failure> {
        match (&self.at.waits, event) {
            (Wait::Turn, Event::Go) => {
                self.count()?;
                self.turn()
            }
            (Wait::Response | Wait::Answer, Event::Go) => self.turn(),
            (Wait::Response, Event::Responded { status, body }) => self.responded(status, &body),
            (Wait::Answer, Event::Answered(text)) => self.answered(text),
            (Wait::Finished { outputs }, Event::Go) => Ok(Step::Finish {
                outputs: outputs.clone(),
            }),
            (Wait::Turn | Wait::Answer | Wait::Finished { .. }, Event::Responded { .. })
            | (Wait::Turn | Wait::Response | Wait::Finished { .. }, Event::Answered(_)) => {
                Err(self.fail(Cause::UnexpectedEvent))
            }
        }
    }

    /// Table of contents: the node whose turn it is. Repeated for a node that waits, it says the same again.
    fn turn(&mut self) -> Result<Step, Failure> {
        let node = self.node()?;
        match &node.kind {
            NodeKind::Start => self.pass(Map::new()),
            NodeKind::End { branch } => self.end(node, branch),
            NodeKind::Api(api) => self.call(node, api),
            NodeKind::InputMessage(question) => self.ask(node, question),
            NodeKind::OutputMessage { message } => self.say(node, message),
            NodeKind::Branching { input, mapping } => self.branch(node, input, mapping),
            NodeKind::Flow(index) => self.go_in(node, *index),
            NodeKind::Regex {
                pattern,
                first_only,
            } => self.search(node, pattern, *first_only),
            NodeKind::Template { template } => self.fill_in(node, template),
        }
    }

    /// Gives values and goes on along the only branch.
    pub(super) fn pass(&mut self, outputs: Map<String, Value>) -> Result<Step, Failure> {
        let visit = self.visit();
        if !outputs.is_empty() {
            self.produce(outputs);
        }
        self.follow(NEXT)?;
        Ok(Step::Passed(visit))
    }

    /// Fills in a template with inputs of a node, and with what capitals stand for.
    pub(super) fn filled(
        &self,
        text: &str,
        inputs: &Map<String, Value>,
    ) -> Result<String, Failure> {
        template::render(text, &self.with_environment(inputs)).map_err(|cause| self.fail(cause))
    }

    /// Inputs of a node, and what placeholders in capitals stand for.
    pub(super) fn with_environment(&self, inputs: &Map<String, Value>) -> Map<String, Value> {
        let environment = self.environment.iter();
        let mut values: Map<String, Value> = environment
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        values.extend(inputs.clone());
        values
    }

    fn end(&mut self, node: &Node, branch: &str) -> Result<Step, Failure> {
        let visit = self.visit();
        let outputs = self.ending(node)?;
        if !self.leave() {
            self.finish(outputs.clone());
            return Ok(Step::Finish { outputs });
        }
        let above = self.node()?;
        let outputs = self.outputs(&above.outputs, |it| outputs.get(&it.title).cloned())?;
        self.produce(outputs);
        self.follow(branch)?;
        Ok(Step::Passed(visit))
    }

    /// What a flow gives when it ends here. What it declares and this end does not know has its default, and so has
    /// what is null; without one, what is null is not given at all.
    fn ending(&self, node: &Node) -> Result<Map<String, Value>, Failure> {
        let mut known = Map::new();
        for input in &node.inputs {
            let given = self.given(node, &input.title)?;
            let value = given.or(input.default.as_ref()).cloned();
            if let Some(value) = value {
                known.insert(input.title.clone(), self.taken(input, value)?);
            }
        }
        let declared = self.flow()?.outputs.iter();
        let is_given = |output: &&Property| {
            let is_null = known.get(&output.title).is_some_and(Value::is_null);
            !is_null || output.default.is_some()
        };
        let given: Vec<_> = declared.filter(is_given).cloned().collect();
        let mut outputs = self.outputs(&given, |output| {
            let value = known.get(&output.title).cloned();
            value.filter(|value| !value.is_null())
        })?;
        outputs.retain(|_, value| !value.is_null());
        Ok(outputs)
    }

    fn say(&mut self, node: &Node, message: &str) -> Result<Step, Failure> {
        let visit = self.visit();
        let text = self.filled(message, &self.inputs(node)?)?;
        self.at.said_bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
        if self.at.said_bytes > SAID_BYTES_MAX {
            return Err(self.fail(Cause::SaidTooMuch));
        }
        self.at.said = Some(text.clone());
        self.follow(NEXT)?;
        Ok(Step::Say { visit, text })
    }

    fn branch(
        &mut self,
        node: &Node,
        input: &str,
        mapping: &BTreeMap<String, String>,
    ) -> Result<Step, Failure> {
        let visit = self.visit();
        let inputs = self.inputs(node)?;
        let value = inputs.get(input).filter(|value| !value.is_null());
        let branch = value.and_then(|value| {
            let text = value
                .as_str()
                .map_or_else(|| python::json(value), str::to_owned);
            mapping.get(&text)
        });
        self.follow(branch.map_or(DEFAULT, String::as_str))?;
        Ok(Step::Passed(visit))
    }

    fn go_in(&mut self, node: &Node, index: FlowIndex) -> Result<Step, Failure> {
        let visit = self.visit();
        let told = self.inputs(node)?;
        self.enter(index.0, &told)?;
        Ok(Step::Passed(visit))
    }

    fn search(&mut self, node: &Node, wanted: &str, first_only: bool) -> Result<Step, Failure> {
        let inputs = self.inputs(node)?;
        // The one input; the document may rename it.
        let text = node.inputs.first().and_then(|it| inputs.get(&it.title));
        let text = text.map(python::str).unwrap_or_default();
        let found = pattern::find_all(wanted, &text).map_err(|cause| self.fail(cause))?;
        let found = if first_only {
            found.into_iter().next()
        } else {
            Some(Value::Array(found))
        };
        let outputs = self.outputs(&node.outputs, |output| {
            let nothing = output.default.clone().or_else(|| Some(Value::from("")));
            found.clone().or(nothing)
        })?;
        self.pass(outputs)
    }

    fn fill_in(&mut self, node: &Node, text: &str) -> Result<Step, Failure> {
        let text = self.filled(text, &self.inputs(node)?)?;
        let outputs = self.outputs(&node.outputs, |_| Some(Value::from(text.as_str())))?;
        self.pass(outputs)
    }
}
