//! A run is answered, as the standard says it. Source: spec/runs.md 2.8.

use cinatra_commands::run::RunChanged;
use cinatra_domain::kernel::{Class, Decider, RunId, StreamId};
use cinatra_domain::run::{AgentRun, GateId, GateKind};
use cinatra_eventstore::Cursor;
use serde_json::{Value, json};

use super::Post;
use super::posted::Entry;
use crate::http::stream;
use crate::problem::Problem;

/// What became of an answer.
pub(super) enum Resumed {
    /// The run goes on, and what comes after this frame is its next stretch.
    On(RunId, Cursor),
    /// The answer does not fit what is asked; the standard wants that said within the stream.
    Refused(&'static str, String),
}

const UNKNOWN: &str = "interrupt_unknown";

fn unknown() -> Resumed {
    Resumed::Refused(UNKNOWN, "No such interrupt is open here.".to_owned())
}

impl Post<'_> {
    /// One run waits at one gate, so one answer covers all that is open.
    pub(super) async fn resume(&self, entries: &[Entry]) -> Result<Resumed, Problem> {
        let [entry] = entries else {
            return Ok(match entries.first() {
                None => {
                    Resumed::Refused("interrupt_missing", "No interrupt is answered.".to_owned())
                }
                Some(_) => unknown(),
            });
        };
        let Ok(gate) = entry.interrupt.parse::<GateId>() else {
            return Ok(unknown());
        };
        if !self.is_of_this(gate.run_id).await? {
            return Ok(unknown());
        }
        let run_id = gate.run_id.to_string();
        let answered: Result<RunChanged, Problem> = match &entry.payload {
            None => {
                let input = json!({ "runId": run_id, "gateId": entry.interrupt });
                self.call("agent_run_reject", &entry.interrupt, input).await
            }
            Some(payload) => {
                let input = answer(gate, payload);
                self.call("agent_run_resume", &entry.interrupt, input).await
            }
        };
        if let Err(problem) = answered {
            return refused(problem);
        }
        let asked = stream::asked_at(self.app, self.principal.tenant(), gate).await?;
        Ok(asked.map_or_else(unknown, |at| Resumed::On(gate.run_id, at)))
    }

    /// Whether a run is one of this agent's, and of this conversation: the one that it was started in, or its own.
    async fn is_of_this(&self, run_id: RunId) -> Result<bool, Problem> {
        let (store, tenant) = (&self.app.backend().store, self.principal.tenant());
        let id = run_id.to_string();
        let loaded = store.load::<AgentRun>(tenant, &id).await;
        let loaded = loaded.map_err(|error| Problem::of(&error))?;
        let package = loaded.state.run().map(|run| run.pin.package_name.as_str());
        if package != Some(self.package.as_str()) {
            return Ok(false);
        }
        if self.posted.thread == id {
            return Ok(true);
        }
        let stream = StreamId::new(AgentRun::CATEGORY, &id);
        let first = store.read_stream(tenant, &stream, None, 1).await;
        let first = first.map_err(|error| Problem::of(&error))?;
        let conversation = self.posted.conversation();
        Ok(first
            .iter()
            .any(|event| event.correlation_id == conversation))
    }
}

/// The input of the primitive. A setup gate takes fields; any other one a text: as it is, or under the names that the
/// primitive has for it, else the payload as JSON.
fn answer(gate: GateId, payload: &Value) -> Value {
    let mut input = json!({ "runId": gate.run_id.to_string(), "gateId": gate.to_string() });
    let named = |field: &str| payload[field].as_str().map(str::to_owned);
    let note = named("approvalNote").filter(|_| gate.kind == GateKind::Review);
    let text = match (gate.kind, payload) {
        (_, Value::Null) => None,
        (GateKind::Review, Value::String(text)) => Some(text.clone()),
        (GateKind::Review, Value::Object(_)) if note.is_some() => named("userResponse"),
        (GateKind::Review, Value::Object(_)) => {
            named("userResponse").or_else(|| Some(payload.to_string()))
        }
        _ => Some(payload.to_string()),
    };
    if let Some(text) = text {
        input["userResponse"] = text.into();
    }
    if let Some(note) = note {
        input["approvalNote"] = note.into();
    }
    input
}

/// What the standard has a word for is said in its words; anything else before the stream begins.
fn refused(problem: Problem) -> Result<Resumed, Problem> {
    let details = &problem.envelope()["error"]["details"];
    let code = match problem.code() {
        "GATE_EXPIRED" => "interrupt_expired",
        "GATE_FIELDS_INVALID" | "ANSWER_TOO_LARGE" => "interrupt_payload_invalid",
        "INVALID_INPUT" if details["field"] == "userResponse" => "interrupt_payload_invalid",
        "INVALID_INPUT" if details["field"] == "approvalNote" => "interrupt_payload_invalid",
        _ if problem.class() == Class::NotFound => return Ok(unknown()),
        _ => return Err(problem),
    };
    let message = problem.envelope()["error"]["message"]
        .as_str()
        .map(str::to_owned);
    Ok(Resumed::Refused(code, message.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: &str, payload: &Value) -> (Value, Value) {
        let gate = format!("{kind}-0190f5a0-0000-7000-8000-000000000000:1");
        let input = answer(gate.parse().unwrap(), payload);
        assert_eq!(input["gateId"], gate);
        (input["userResponse"].clone(), input["approvalNote"].clone())
    }

    #[test]
    fn a_review_takes_a_text_and_a_setup_gate_fields() {
        let none = Value::Null;
        for (payload, response, note) in [
            (json!(" yes "), json!(" yes "), none.clone()),
            (none.clone(), none.clone(), none.clone()),
            (json!({ "a": 1 }), json!("{\"a\":1}"), none.clone()),
            (json!([1]), json!("[1]"), none.clone()),
            (json!({ "userResponse": "x" }), json!("x"), none.clone()),
            (json!({ "approvalNote": "n" }), none.clone(), json!("n")),
        ] {
            assert_eq!(text("wayflow", &payload), (response, note), "{payload}");
        }
        let fields = json!({ "guest": "Bob", "approvalNote": "n" });
        let as_json = json!(fields.to_string());
        assert_eq!(text("setup", &fields), (as_json, none));
    }
}
