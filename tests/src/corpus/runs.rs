//! Every agent once: started, its gates answered, until it ends.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::agent::Agent;
use super::made_up;
use crate::{Call, Client, Reply};

/// Gates that are answered before a run is left waiting.
const GATES_MAX: usize = 12;
/// How long a run may take from gate to gate.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// It came to its end, with these outputs.
    Completed(Value),
    /// It waits at this node, which was answered as often as anybody answers.
    Waits(String),
    /// It went wrong: where, by which code, and in words.
    Failed(String, String, String),
}

/// What became of a run.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    pub(super) run: String,
    /// Nodes of the gates that were answered; `setup` for a form before the run.
    pub(super) gates: Vec<String>,
    pub(super) end: End,
}

impl Ran {
    /// Whether a person was asked by the flow, or it came to its end.
    pub(super) fn has_arrived(&self) -> bool {
        let is_asked = self.gates.iter().any(|node| node != SETUP);
        is_asked || !matches!(self.end, End::Failed(..))
    }

    /// What it came to, if it came to its end.
    pub(super) fn outputs(&self) -> Option<&Value> {
        match &self.end {
            End::Completed(outputs) => Some(outputs),
            End::Waits(_) | End::Failed(..) => None,
        }
    }

    /// What went wrong, in words; empty when nothing did.
    pub(super) fn reason(&self) -> &str {
        match &self.end {
            End::Failed(_, _, message) => message,
            End::Completed(_) | End::Waits(_) => "",
        }
    }
}

/// Without what differs from run to run: for the table of what is expected.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            End::Completed(_) => write!(f, "end")?,
            End::Waits(node) => write!(f, "gate {node}")?,
            End::Failed(node, code, _) => write!(f, "error {node} {code}")?,
        }
        match self.gates.as_slice() {
            [] => Ok(()),
            gates => write!(f, " after {}", gates.join(", ")),
        }
    }
}

/// A form before a run has no node.
const SETUP: &str = "setup";

/// Starts an agent and answers what it asks. The error is what must not happen.
pub(super) async fn lead(client: &Client, agent: &Agent) -> Result<Ran, String> {
    let inputs = Value::Object(agent.inputs()).to_string();
    let input = json!({ "packageName": agent.name, "inputParams": inputs });
    let started = done(client, "agent_run", &input, None).await?;
    let run = text(&started.body["runId"]);
    let mut ran = Ran {
        run: run.clone(),
        gates: Vec::new(),
        end: End::Waits(String::new()),
    };
    let mut at = started.at;
    loop {
        let now = settled(client, &run, at.as_deref()).await?;
        let gate = &now["openGate"];
        ran.end = match now["status"].as_str() {
            Some("completed") => End::Completed(now["outputs"].clone()),
            Some("pending_approval") => End::Waits(node_of(gate)),
            _ => End::Failed(
                now["failedNode"].as_str().unwrap_or("-").to_owned(),
                text(&now["errorCode"]),
                text(&now["errorMessage"]),
            ),
        };
        if !matches!(ran.end, End::Waits(_)) || ran.gates.len() == GATES_MAX {
            break;
        }
        ran.gates.push(node_of(gate));
        let answer = json!({ "runId": run, "userResponse": answer(gate) });
        at = done(client, "agent_run_resume", &answer, None).await?.at;
    }
    check_gates(client, &ran).await?;
    Ok(ran)
}

fn answer(gate: &Value) -> String {
    let schema = gate["schema"].as_object().map(|_| &gate["schema"]);
    if gate["node"].is_string() {
        return made_up::answer(schema, &gate["values"]);
    }
    // A form: an object of its fields.
    made_up::value("", &gate["schema"]).to_string()
}

fn node_of(gate: &Value) -> String {
    gate["node"].as_str().unwrap_or(SETUP).to_owned()
}

/// The gates that the run lists are those that were answered, and the one that waits.
async fn check_gates(client: &Client, ran: &Ran) -> Result<(), String> {
    let input = json!({ "runId": ran.run, "limit": 200 });
    let listed = done(client, "agent_run_gates_list", &input, None).await?;
    let items = listed.body["items"].as_array().into_iter().flatten();
    let nodes = |status: &str| -> Vec<String> {
        let of = items.clone().filter(|gate| gate["status"] == status);
        of.map(node_of).collect()
    };
    let waiting: Vec<String> = match &ran.end {
        End::Waits(node) => vec![node.clone()],
        End::Completed(_) | End::Failed(..) => Vec::new(),
    };
    if nodes("answered") == ran.gates && nodes("open") == waiting {
        return Ok(());
    }
    Err(format!(
        "the gates of {} are {} and not {:?}, {waiting:?}",
        ran.run, listed.body, ran.gates
    ))
}

/// The run, once it does not go on by itself.
async fn settled(client: &Client, run: &str, at: Option<&str>) -> Result<Value, String> {
    let began = tokio::time::Instant::now();
    loop {
        let reply = done(client, "agent_run_get", &json!({ "runId": run }), at).await?;
        let status = reply.body["status"].as_str().unwrap_or_default();
        match status {
            "pending_approval" | "completed" | "failed" | "stopped" => return Ok(reply.body),
            _ if began.elapsed() > PATIENCE => {
                return Err(format!("{run} is {status} for too long: {}", reply.body));
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn done(
    client: &Client,
    primitive: &str,
    input: &Value,
    min_pos: Option<&str>,
) -> Result<Reply, String> {
    let call = Call {
        min_pos,
        strict: min_pos.is_some(),
        ..Call::default()
    };
    match client.call(primitive, input, call).await {
        Ok(reply) if reply.is_ok() => Ok(reply),
        Ok(reply) => Err(format!(
            "{primitive} answered {} {}",
            reply.status, reply.body
        )),
        Err(error) => Err(format!("{primitive} did not answer: {error:?}")),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
