//! What a client of the standard posts, as far as it means something to us. Source: spec/runs.md 2.8.

use cinatra_domain::kernel::{CommandId, ProjectId};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::primitive::project_in;
use crate::problem::Problem;

/// An input of the standard, `RunAgentInput`.
#[derive(Debug)]
pub(super) struct Posted {
    /// What the client calls the conversation.
    pub(super) thread: String,
    /// What the client calls its run.
    pub(super) run: String,
    /// What a run begins with.
    pub(super) inputs: Map<String, Value>,
    /// Answers; absent in a post that starts a run.
    pub(super) resume: Option<Vec<Entry>>,
    /// The project within which a run starts.
    pub(super) project: Option<ProjectId>,
    key: Option<String>,
}

/// An answer to what a run was interrupted by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The gate.
    pub(super) interrupt: String,
    /// What was answered; nothing when the client wants the run not to go on.
    pub(super) payload: Option<Value>,
}

impl Posted {
    pub(super) fn read(body: &Value) -> Result<Self, Problem> {
        let resume = Some(&body["resume"]).filter(|given| !given.is_null());
        let resume = resume.map(entries).transpose()?;
        let ours = &body["forwardedProps"]["cinatra"];
        let is_keyed = !ours["idempotencyKey"].is_null();
        let key = is_keyed.then(|| name(ours, "idempotencyKey"));
        let key = key.transpose()?;
        Ok(Self {
            thread: name(body, "threadId")?,
            run: name(body, "runId")?,
            inputs: inputs(body),
            resume,
            project: project_in(&ours["projectId"], PROJECT)?,
            key,
        })
    }

    /// The conversation as the ledger knows it: whoever answers a run has to name the one in which it was started.
    pub(super) fn conversation(&self) -> Uuid {
        conversation(&self.thread)
    }

    /// What makes a post the same as another one: the client's own key, else agent, conversation and run.
    pub(super) fn key(&self, package: &str, about: &str) -> String {
        if let Some(key) = &self.key {
            return key.clone();
        }
        let mut hasher = blake3::Hasher::new();
        for part in [package, &self.thread, &self.run, about] {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        format!("ag-ui:{}", hasher.finalize().to_hex())
    }
}

/// What clients call the field in which they name a project.
pub(super) const PROJECT: &str = "forwardedProps.cinatra.projectId";

fn conversation(thread: &str) -> Uuid {
    let hash = blake3::derive_key("cinatra ag-ui conversation", thread.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(half).into_uuid()
}

fn name(within: &Value, field: &'static str) -> Result<String, Problem> {
    let text = within[field].as_str().unwrap_or_default();
    if (1..=CommandId::KEY_CHARS_MAX).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let reason = "is no text of 1 to 255 characters";
    Err(Problem::invalid_input(field, reason))
}

fn entries(given: &Value) -> Result<Vec<Entry>, Problem> {
    let entries = given.as_array();
    let entries = entries.ok_or_else(|| Problem::invalid_input("resume", "is no list"))?;
    entries.iter().map(entry).collect()
}

fn entry(given: &Value) -> Result<Entry, Problem> {
    let payload = match given["status"].as_str() {
        Some("resolved") => Some(given["payload"].clone()),
        Some("cancelled") => None,
        _ => {
            let reason = "has a status that is none of resolved, cancelled";
            return Err(Problem::invalid_input("resume", reason));
        }
    };
    Ok(Entry {
        interrupt: name(given, "interruptId")?,
        payload,
    })
}

/// What was said last, and over it what the state holds as inputs.
fn inputs(body: &Value) -> Map<String, Value> {
    let mut messages = body["messages"].as_array().into_iter().flatten();
    let said = messages.rfind(|message| message["role"] == "user");
    let said = said.map(|message| text(&message["content"]));
    let mut inputs = said
        .filter(|text| !text.is_empty())
        .map_or_else(Map::new, |text| match serde_json::from_str(&text) {
            Ok(Value::Object(fields)) => fields,
            _ => [("prompt".to_owned(), text.into())].into_iter().collect(),
        });
    if let Some(fields) = body["state"]["inputs"].as_object() {
        inputs.extend(fields.clone());
    }
    inputs
}

/// A text, or the texts among the parts of one.
fn text(content: &Value) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let parts = content.as_array().into_iter().flatten();
    let texts = parts.filter_map(|part| part["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn posted(body: &Value) -> Value {
        let mut whole = json!({ "threadId": "t", "runId": "r", "state": {}, "messages": [] });
        for (field, value) in body.as_object().unwrap() {
            whole[field] = value.clone();
        }
        whole
    }

    fn inputs_of(body: &Value) -> Value {
        Value::Object(Posted::read(&posted(body)).unwrap().inputs)
    }

    #[test]
    fn what_was_said_last_becomes_the_inputs() {
        let said = |content: Value| {
            json!({ "messages": [
                { "role": "user", "content": "first" },
                { "role": "user", "content": content },
                { "role": "assistant", "content": "last" },
            ] })
        };
        assert_eq!(inputs_of(&json!({})), json!({}));
        assert_eq!(inputs_of(&said(json!("Hi"))), json!({ "prompt": "Hi" }));
        assert_eq!(inputs_of(&said(json!("{\"a\": 1}"))), json!({ "a": 1 }));
        assert_eq!(inputs_of(&said(json!("[1]"))), json!({ "prompt": "[1]" }));
        let parts = json!([{ "type": "text", "text": "a" }, { "type": "image" },
            { "type": "text", "text": "b" }]);
        assert_eq!(inputs_of(&said(parts)), json!({ "prompt": "a\nb" }));
        let mut both = said(json!("{\"a\": 1, \"b\": 2}"));
        both["state"] = json!({ "inputs": { "b": 3 }, "other": 4 });
        assert_eq!(inputs_of(&both), json!({ "a": 1, "b": 3 }));
    }

    #[test]
    fn answers_are_read_as_the_standard_has_them() {
        let body = posted(&json!({ "resume": [
            { "interruptId": "a", "status": "resolved", "payload": { "x": 1 } },
            { "interruptId": "b", "status": "cancelled", "payload": 7 },
        ] }));
        let entries = Posted::read(&body).unwrap().resume.unwrap();
        assert_eq!(entries[0].payload, Some(json!({ "x": 1 })));
        assert_eq!(entries[1].payload, None);
        assert!(Posted::read(&posted(&json!({}))).unwrap().resume.is_none());
    }

    fn within(project: &Value) -> Value {
        json!({ "forwardedProps": { "cinatra": { "projectId": project } } })
    }

    #[test]
    fn a_post_may_name_the_project_within_which_a_run_starts() {
        let read = |body: &Value| Posted::read(&posted(body)).unwrap().project;
        let room = "0190f5a0-0000-7000-8000-000000000000";
        assert_eq!(read(&within(&json!(room))), room.parse().ok());
        assert_eq!(read(&within(&Value::Null)), None);
        assert_eq!(read(&json!({})), None);
    }

    #[test]
    fn what_is_not_of_the_standard_is_refused_by_its_field() {
        for (body, code, field) in [
            (json!({ "threadId": 7 }), "INVALID_INPUT", "threadId"),
            (json!({ "runId": "" }), "INVALID_INPUT", "runId"),
            (
                json!({ "runId": "x".repeat(256) }),
                "INVALID_INPUT",
                "runId",
            ),
            (json!({ "resume": {} }), "INVALID_INPUT", "resume"),
            (
                json!({ "resume": [{ "interruptId": "a" }] }),
                "INVALID_INPUT",
                "resume",
            ),
            (
                json!({ "resume": [{ "status": "cancelled" }] }),
                "INVALID_INPUT",
                "interruptId",
            ),
            (within(&json!("p")), "INVALID_INPUT", PROJECT),
            (within(&json!(7)), "INVALID_INPUT", PROJECT),
        ] {
            let problem = Posted::read(&posted(&body)).unwrap_err();
            let details = &problem.envelope()["error"]["details"];
            assert_eq!((problem.code(), &details["field"]), (code, &json!(field)));
        }
    }

    #[test]
    fn a_post_is_the_same_by_agent_conversation_and_run_or_by_its_own_key() {
        let read = |body: Value| Posted::read(&posted(&body)).unwrap();
        let key = |body: Value| read(body).key("@acme/a-agent", "");
        assert_eq!(key(json!({})), key(json!({ "state": { "x": 1 } })));
        assert_ne!(key(json!({})), key(json!({ "runId": "s" })));
        assert_ne!(key(json!({})), key(json!({ "threadId": "s" })));
        let own = json!({ "forwardedProps": { "cinatra": { "idempotencyKey": "k" } } });
        assert_eq!(key(own), "k");
        let thread = |thread: &str| read(json!({ "threadId": thread })).conversation();
        assert_eq!(thread("t"), thread("t"));
        assert_ne!(thread("t"), thread("u"));
    }
}
