//! A plan walked in this process, its calls and gates answered by a script: what the reference has to do too.

use std::collections::{BTreeMap, VecDeque};

use cinatra_domain::run::machine::{Address, Body, Event, Machine, NodePath, Step};
use cinatra_domain::template::plan::{Node, NodeKind, Plan, Wiring};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::made_up;

/// How often an answer takes the branch that is not the default, where there is a choice.
const DETOURS: usize = 2;

/// How a run is answered.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Script {
    pub(super) inputs: Map<String, Value>,
    /// To calls, in turn.
    #[serde(default)]
    pub(super) replies: VecDeque<Value>,
    /// To gates, in turn.
    #[serde(default)]
    pub(super) answers: VecDeque<String>,
}

/// Whence answers come.
#[derive(Clone, Debug)]
pub(super) enum Answers {
    /// Written down.
    Script(Script),
    /// Made up; `detours` go along other branches than the default first.
    MadeUp {
        inputs: Map<String, Value>,
        detours: bool,
    },
}

/// What a walk did and was told.
#[derive(Clone, Debug)]
pub(super) struct Walked {
    /// As it was answered, the run's id among the inputs.
    pub(super) script: Script,
    /// Path and body of each call.
    pub(super) calls: Vec<Value>,
    pub(super) said: Vec<String>,
    /// Its outputs, or the code of its failure.
    pub(super) end: Result<Value, String>,
}

/// Walks to the end.
pub(super) fn walk(plan: &Plan, answers: Answers) -> Walked {
    let run = "00000000-0000-4000-8000-000000000000";
    let (inputs, mut source) = match answers {
        Answers::Script(script) => (script.inputs.clone(), Source::Script(script)),
        Answers::MadeUp { inputs, detours } => (inputs, Source::made_up(plan, detours)),
    };
    let mut walked = Walked {
        script: Script {
            inputs: told(plan, &inputs, run),
            ..Script::default()
        },
        calls: Vec::new(),
        said: Vec::new(),
        end: Err("none".to_owned()),
    };
    walked.end = go(plan, run, &inputs, &mut source, &mut walked);
    walked
}

fn go(
    plan: &Plan,
    run: &str,
    inputs: &Map<String, Value>,
    source: &mut Source,
    walked: &mut Walked,
) -> Result<Value, String> {
    let environment = BTreeMap::new();
    let machine = Machine::new(plan, &environment);
    let code = |failure: cinatra_domain::run::machine::Failure| failure.to_string();
    let mut checkpoint = machine.start(run, inputs).map_err(code)?;
    let mut event = Event::Go;
    loop {
        let (next, step) = machine.step(checkpoint, event).map_err(code)?;
        checkpoint = next;
        event = Event::Go;
        match step {
            Step::Passed(_) => {}
            Step::Say { text, .. } => walked.said.push(text),
            Step::Skipped { answer, .. } => walked.script.answers.push_back(answer),
            Step::Call(call) => {
                let Address::Internal(path) = &call.address else {
                    return Err("calls elsewhere".to_owned());
                };
                let body = match call.body {
                    Some(Body::Json(body)) => body,
                    Some(Body::Text(text)) => Value::from(text),
                    None => Value::Null,
                };
                walked.calls.push(json!({ "path": path, "body": body }));
                let reply = source.reply(node(plan, &call.visit.node));
                let body = reply.to_string();
                walked.script.replies.push_back(reply);
                event = Event::Responded { status: 200, body };
            }
            Step::Ask(ask) => {
                walked.said.extend(ask.message.clone());
                let shown = Value::Object(ask.values);
                let answer = source.answer(&ask.output, ask.schema.as_ref(), &shown);
                walked.script.answers.push_back(answer.clone());
                event = Event::Answered(answer);
            }
            Step::Finish { outputs } => return Ok(Value::Object(outputs)),
        }
    }
}

/// What the root flow is told: what it declares, and the run's id where it asks for that.
fn told(plan: &Plan, inputs: &Map<String, Value>, run: &str) -> Map<String, Value> {
    let declared = plan.flows.first().into_iter().flat_map(|root| &root.inputs);
    let told = declared.filter_map(|input| {
        let value = match input.title.as_str() {
            "cinatra_run_id" | "agent_run_id" => Some(Value::from(run)),
            title => inputs.get(title).cloned(),
        };
        Some((input.title.clone(), value?))
    });
    told.collect()
}

fn node<'p>(plan: &'p Plan, path: &NodePath) -> Option<&'p Node> {
    let (last, above) = path.0.split_last()?;
    let mut flow = plan.flows.first()?;
    for id in above {
        let NodeKind::Flow(index) = flow.nodes.get(id)?.kind else {
            return None;
        };
        flow = plan.flows.get(index.0)?;
    }
    flow.nodes.get(last)
}

/// Where answers come from, as far as it was used.
enum Source {
    Script(Script),
    /// By title of an output that decides on a branch: the value, and how often it is still given.
    MadeUp(BTreeMap<String, (String, usize)>),
}

impl Source {
    fn made_up(plan: &Plan, detours: bool) -> Self {
        let mut deciding = BTreeMap::new();
        for flow in plan.flows.iter().filter(|_| detours) {
            for (id, node) in &flow.nodes {
                let NodeKind::Branching { input, mapping } = &node.kind else {
                    continue;
                };
                let Some(value) = mapping.keys().next() else {
                    continue;
                };
                let titles = match &flow.wiring {
                    Wiring::Names => vec![input.clone()],
                    Wiring::Edges(edges) => {
                        let sources = edges.get(id).and_then(|inputs| inputs.get(input));
                        let sources = sources.into_iter().flatten();
                        sources.map(|source| source.output.clone()).collect()
                    }
                };
                let detour = (value.clone(), DETOURS);
                deciding.extend(titles.into_iter().map(|title| (title, detour.clone())));
            }
        }
        Self::MadeUp(deciding)
    }

    fn reply(&mut self, node: Option<&Node>) -> Value {
        match self {
            Self::Script(script) => script.replies.pop_front().unwrap_or(json!({})),
            Self::MadeUp(deciding) => {
                let outputs = node.into_iter().flat_map(|node| &node.outputs);
                let outputs = outputs.map(|output| {
                    let schema = Value::Object(output.schema.clone());
                    let detour = detour(deciding, &output.title).map(Value::from);
                    let value = detour.unwrap_or_else(|| made_up::value(&output.title, &schema));
                    (output.title.clone(), value)
                });
                Value::Object(outputs.collect())
            }
        }
    }

    fn answer(&mut self, output: &str, schema: Option<&Value>, shown: &Value) -> String {
        match self {
            Self::Script(script) => script.answers.pop_front().unwrap_or_default(),
            Self::MadeUp(deciding) => {
                let detour = detour(deciding, output);
                detour.unwrap_or_else(|| made_up::answer(schema, shown))
            }
        }
    }
}

fn detour(deciding: &mut BTreeMap<String, (String, usize)>, title: &str) -> Option<String> {
    let (value, left) = deciding.get_mut(title)?;
    *left = left.checked_sub(1)?;
    Some(value.clone())
}
