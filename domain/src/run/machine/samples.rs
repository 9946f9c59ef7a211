//! Plans and runs for tests.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Ask, Checkpoint, Event, Failure, Machine, Step, Wait};
use crate::template::plan::{
    Api, Flow, FlowIndex, Node, NodeKind, Plan, Property, Question, Source, Wiring,
};

pub(super) fn property(title: &str, schema: &Value) -> Property {
    Property {
        title: title.to_owned(),
        schema: schema.as_object().cloned().unwrap_or_default(),
        default: None,
    }
}

pub(super) fn any(title: &str) -> Property {
    property(title, &json!({}))
}

pub(super) fn text(title: &str) -> Property {
    property(title, &json!({ "type": "string" }))
}

pub(super) fn or(default: &Value, property: Property) -> Property {
    Property {
        default: Some(default.clone()),
        ..property
    }
}

pub(super) fn node(id: &str, inputs: &[Property], outputs: &[Property], kind: NodeKind) -> Node {
    Node {
        id: id.to_owned(),
        name: id.to_owned(),
        inputs: inputs.to_vec(),
        outputs: outputs.to_vec(),
        kind,
    }
}

pub(super) fn end(id: &str, inputs: &[Property], branch: &str) -> Node {
    let branch = branch.to_owned();
    node(id, inputs, inputs, NodeKind::End { branch })
}

pub(super) fn template(id: &str, inputs: &[Property], output: &str, template: &str) -> Node {
    let template = template.to_owned();
    node(id, inputs, &[text(output)], NodeKind::Template { template })
}

pub(super) fn say(id: &str, inputs: &[Property], message: &str) -> Node {
    let message = message.to_owned();
    node(id, inputs, &[], NodeKind::OutputMessage { message })
}

pub(super) fn branching(id: &str, input: Property, mapping: &[(&str, &str)]) -> Node {
    let title = input.title.clone();
    let mapping = mapping.iter();
    let mapping = mapping.map(|(value, branch)| ((*value).to_owned(), (*branch).to_owned()));
    let kind = NodeKind::Branching {
        input: title,
        mapping: mapping.collect(),
    };
    node(id, &[input], &[], kind)
}

pub(super) fn below(id: &str, inputs: &[Property], outputs: &[Property], flow: usize) -> Node {
    node(id, inputs, outputs, NodeKind::Flow(FlowIndex(flow)))
}

pub(super) fn api(data: Value) -> Api {
    Api {
        url: "{{CINATRA_BASE_URL}}/api/llm-bridge".to_owned(),
        method: "POST".to_owned(),
        data,
        query: BTreeMap::new(),
        headers: BTreeMap::new(),
        risk_class: None,
    }
}

pub(super) fn question(output: &str) -> Question {
    Question {
        message: None,
        output: output.to_owned(),
        renderer: None,
        schema: None,
        requires_approval: false,
        risk_class: None,
        surface: None,
        skips_when_known: false,
        shows_inputs: false,
        visits_max: None,
    }
}

pub(super) fn gate(id: &str, inputs: &[Property], question: Question) -> Node {
    let output = text(&question.output);
    node(id, inputs, &[output], NodeKind::InputMessage(question))
}

/// A flow whose start node is `start`; `way` is `from branch to`, `data` is `node.output node.input`, a line each.
/// Without `data` it is wired by names.
pub(super) fn flow(
    inputs: &[Property],
    outputs: &[Property],
    nodes: Vec<Node>,
    way: &str,
    data: &str,
) -> Flow {
    let start = node("start", inputs, inputs, NodeKind::Start);
    let nodes = std::iter::once(start).chain(nodes);
    let mut next: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for [from, branch, to] in lines(way) {
        let branches = next.entry(from.to_owned()).or_default();
        branches.insert(branch.to_owned(), to.to_owned());
    }
    let mut edges: BTreeMap<String, BTreeMap<String, Vec<Source>>> = BTreeMap::new();
    for [from, to] in lines(data) {
        let (source, output) = from.split_once('.').unwrap();
        let (destination, input) = to.split_once('.').unwrap();
        let inputs = edges.entry(destination.to_owned()).or_default();
        inputs.entry(input.to_owned()).or_default().push(Source {
            node: source.to_owned(),
            output: output.to_owned(),
        });
    }
    Flow {
        id: "flow".to_owned(),
        name: "Flow".to_owned(),
        inputs: inputs.to_vec(),
        outputs: outputs.to_vec(),
        start: "start".to_owned(),
        nodes: nodes.map(|node| (node.id.clone(), node)).collect(),
        next,
        wiring: if data.is_empty() {
            Wiring::Names
        } else {
            Wiring::Edges(edges)
        },
    }
}

fn lines<const WORDS: usize>(text: &str) -> impl Iterator<Item = [&str; WORDS]> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.try_into().unwrap()
    })
}

pub(super) fn plan(flows: impl IntoIterator<Item = Flow>) -> Plan {
    Plan {
        flows: flows.into_iter().collect(),
    }
}

/// A plan of one node after the start, whose inputs are those of the run and whose outputs are its outputs.
pub(super) fn alone(node: Node) -> Plan {
    let (inputs, outputs) = (node.inputs.clone(), node.outputs.clone());
    let way = format!("start next {0}\n{0} next end", node.id);
    let ending = end("end", &outputs, "next");
    plan([flow(&inputs, &outputs, vec![node, ending], &way, "")])
}

pub(super) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

pub(super) fn answered(text: &str) -> Event {
    Event::Answered(text.to_owned())
}

pub(super) fn responded(body: &Value) -> Event {
    Event::Responded {
        status: 200,
        body: body.to_string(),
    }
}

/// What a run did, but for the nodes that only passed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ran {
    pub(super) steps: Vec<Step>,
    pub(super) end: Result<Map<String, Value>, Failure>,
}

impl Ran {
    /// The outputs, or the code of the failure.
    pub(super) fn outcome(&self) -> Value {
        match &self.end {
            Ok(outputs) => Value::Object(outputs.clone()),
            Err(failure) => failure.code().into(),
        }
    }
}

/// The question, if the step is one.
pub(super) fn asked(step: &Step) -> Option<&Ask> {
    if let Step::Ask(ask) = step {
        Some(ask)
    } else {
        None
    }
}

/// Walks to the end; `replies` answer calls and questions in turn, and the last of them again and again.
pub(super) fn run(plan: &Plan, inputs: &Value, replies: &[Event]) -> Ran {
    let either: Vec<_> = replies.iter().map(|it| [it.clone(), it.clone()]).collect();
    run_with(plan, inputs, &either, |_, checkpoint| checkpoint)
}

/// As [`run`]; a reply has a form for calls and one for questions, and between any two steps something happens to the
/// checkpoint.
pub(super) fn run_with(
    plan: &Plan,
    inputs: &Value,
    replies: &[[Event; 2]],
    between: impl Fn(&Machine<'_>, Checkpoint) -> Checkpoint,
) -> Ran {
    let environment = BTreeMap::from([("REGION".to_owned(), "eu".to_owned())]);
    let machine = Machine::new(plan, &environment);
    let mut steps = Vec::new();
    let mut replies = replies.iter();
    let mut reply = None;
    let started = machine.start("run-1", &object(inputs));
    let end = started.and_then(|mut checkpoint| {
        loop {
            checkpoint = between(&machine, checkpoint);
            if matches!(checkpoint.waits, Wait::Response | Wait::Answer) {
                reply = replies.next().or(reply);
            }
            let event = match (&checkpoint.waits, reply) {
                (Wait::Turn | Wait::Finished { .. }, _) => Event::Go,
                (Wait::Response, Some([responded, _])) => responded.clone(),
                (Wait::Answer, Some([_, answered])) => answered.clone(),
                (Wait::Response | Wait::Answer, None) => panic!("nobody replies"),
            };
            let (next, step) = machine.step(checkpoint, event)?;
            checkpoint = next;
            match step {
                Step::Finish { outputs } => return Ok(outputs),
                Step::Passed(_) => {}
                Step::Call(_) | Step::Say { .. } | Step::Ask(_) | Step::Skipped { .. } => {
                    steps.push(step);
                }
            }
        }
    });
    Ran { steps, end }
}
