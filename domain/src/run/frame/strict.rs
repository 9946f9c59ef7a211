//! The dialect that the official AG-UI clients accept, 1.0 and 0.0.59.
//!
//! They abort on a type they do not know, on a finish while something is open, and on anything after a finish but a new
//! start. So an `INTERRUPT` becomes snapshots and a finish with an outcome, and the `RESUME` that answers it a new
//! start. Source: spec/runs.md 2.7 and 2.8, settled.md 36.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Finish, Frame, FrameBody, Interrupt};

/// Follows a run's frames and says what each of them is in the strict dialect.
#[derive(Clone, Debug, Default)]
pub struct Strict {
    /// What the viewer calls the conversation and the run, if not as the frames do.
    names: Option<(String, String)>,
    is_running: bool,
    thread: String,
    run: String,
    /// Everything said so far, in order.
    messages: Vec<Message>,
    /// Messages that are not finished, by id, as places in `messages`.
    open: BTreeMap<String, usize>,
    calls: BTreeMap<String, String>,
    steps: Vec<String>,
    state: Map<String, Value>,
}

#[derive(Clone, Debug)]
struct Message {
    id: String,
    role: String,
    text: String,
}

impl Strict {
    /// For a viewer who has names of its own for the conversation and the run.
    pub fn named(thread: &str, run: &str) -> Self {
        Self {
            names: Some((thread.to_owned(), run.to_owned())),
            ..Self::default()
        }
    }

    /// The same, as if no frame had been seen.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            names: self.names.clone(),
            ..Self::default()
        }
    }

    /// Whether a run has been started and not ended, as the viewer sees it.
    pub const fn is_running(&self) -> bool {
        self.is_running
    }

    /// What a frame becomes: none, one or several events. Only the last of them may carry the frame's id.
    pub fn translate(&mut self, frame: &Frame) -> Vec<Value> {
        let mut events = self.events(&frame.body);
        for event in &mut events {
            if let Value::Object(event) = event {
                event.insert("timestamp".to_owned(), frame.timestamp.into());
            }
        }
        events
    }

    /// What a viewer has to hear first who comes in after the frames that this has followed: that the run goes on, what
    /// was said, and what is open. Nothing at a run's beginning, or between its end and a new start.
    pub fn prelude(&self) -> Vec<Value> {
        if !self.is_running {
            return Vec::new();
        }
        let mut events = vec![self.started(None), self.snapshot_of_messages()];
        if !self.state.is_empty() {
            events.push(json!({ "type": "STATE_SNAPSHOT", "snapshot": self.state }));
        }
        let steps = self.steps.iter();
        events.extend(steps.map(|step| json!({ "type": "STEP_STARTED", "stepName": step })));
        events.extend(self.open.values().map(|at| started(&self.messages[*at])));
        events.extend(self.calls.iter().map(|(id, name)| {
            json!({ "type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": name })
        }));
        events
    }

    fn events(&mut self, body: &FrameBody) -> Vec<Value> {
        match body {
            FrameBody::RunStarted {
                thread_id,
                run_id,
                parent_run_id,
            } => self.begin(thread_id, run_id, parent_run_id.as_deref()),
            FrameBody::RunFinished { status, result, .. } => self.finish(*status, result.as_ref()),
            FrameBody::RunError { message, code, .. } => {
                (self.is_running, self.steps) = (false, Vec::new());
                self.open.clear();
                self.calls.clear();
                vec![json!({ "type": "RUN_ERROR", "message": message, "code": code })]
            }
            FrameBody::TextMessageStart { message_id, role } => self.open(message_id, role),
            FrameBody::TextMessageContent { message_id, delta } => self.say(message_id, delta),
            FrameBody::TextMessageEnd { message_id } => {
                let was_open = self.open.remove(message_id).is_some();
                was_open.then(|| ended(message_id)).into_iter().collect()
            }
            FrameBody::Interrupt(interrupt) => self.interrupt(interrupt),
            FrameBody::Resume {
                thread_id, run_id, ..
            } => self.begin(thread_id, run_id, None),
            FrameBody::DataPart { data } => {
                vec![json!({ "type": "CUSTOM", "name": "cinatra.data_part", "value": data })]
            }
            FrameBody::StepStarted { .. }
            | FrameBody::StepFinished { .. }
            | FrameBody::ToolCallStart { .. }
            | FrameBody::ToolCallEnd { .. }
            | FrameBody::StateSnapshot { .. } => self.pass(body),
        }
    }

    /// What is the same in both dialects.
    fn pass(&mut self, body: &FrameBody) -> Vec<Value> {
        let known = match body {
            FrameBody::StepStarted { step_name } => {
                let is_new = !self.steps.contains(step_name);
                if is_new {
                    self.steps.push(step_name.clone());
                }
                is_new
            }
            FrameBody::StepFinished { step_name } => {
                let at = self.steps.iter().position(|step| step == step_name);
                at.map(|at| self.steps.remove(at)).is_some()
            }
            FrameBody::ToolCallStart {
                tool_call_id,
                tool_call_name,
            } => {
                let former = self
                    .calls
                    .insert(tool_call_id.clone(), tool_call_name.clone());
                former.is_none()
            }
            FrameBody::ToolCallEnd { tool_call_id } => self.calls.remove(tool_call_id).is_some(),
            FrameBody::StateSnapshot { snapshot } => {
                self.state = snapshot.as_object().cloned().unwrap_or_default();
                true
            }
            FrameBody::RunStarted { .. }
            | FrameBody::RunFinished { .. }
            | FrameBody::RunError { .. }
            | FrameBody::TextMessageStart { .. }
            | FrameBody::TextMessageContent { .. }
            | FrameBody::TextMessageEnd { .. }
            | FrameBody::Interrupt(_)
            | FrameBody::Resume { .. }
            | FrameBody::DataPart { .. } => false,
        };
        let event = known.then(|| serde_json::to_value(body).ok()).flatten();
        event.into_iter().collect()
    }

    fn begin(&mut self, thread: &str, run: &str, parent: Option<&str>) -> Vec<Value> {
        let own = self.names.as_ref();
        let (thread, run) = own.map_or((thread, run), |(thread, run)| (thread, run));
        thread.clone_into(&mut self.thread);
        run.clone_into(&mut self.run);
        self.is_running = true;
        vec![self.started(parent)]
    }

    fn started(&self, parent: Option<&str>) -> Value {
        let mut event =
            json!({ "type": "RUN_STARTED", "threadId": self.thread, "runId": self.run });
        if let (Some(parent), Value::Object(event)) = (parent, &mut event) {
            event.insert("parentRunId".to_owned(), parent.into());
        }
        event
    }

    fn open(&mut self, id: &str, role: &str) -> Vec<Value> {
        if self.open.contains_key(id) {
            return Vec::new();
        }
        let message = Message {
            id: id.to_owned(),
            role: role.to_owned(),
            text: String::new(),
        };
        let event = started(&message);
        self.messages.push(message);
        self.open.insert(id.to_owned(), self.messages.len() - 1);
        vec![event]
    }

    fn say(&mut self, id: &str, delta: &str) -> Vec<Value> {
        match self.open.get(id) {
            Some(at) if !delta.is_empty() => {
                self.messages[*at].text.push_str(delta);
                vec![json!({ "type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": delta })]
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// Everything that is open, closed.
    fn close(&mut self) -> Vec<Value> {
        let open = std::mem::take(&mut self.open).into_keys();
        let mut events: Vec<Value> = open.map(|id| ended(&id)).collect();
        let calls = std::mem::take(&mut self.calls).into_keys();
        events.extend(calls.map(|id| json!({ "type": "TOOL_CALL_END", "toolCallId": id })));
        let steps = std::mem::take(&mut self.steps).into_iter().rev();
        events.extend(steps.map(|step| json!({ "type": "STEP_FINISHED", "stepName": step })));
        events
    }

    /// A run that is stopped at a gate has finished already, as the clients see it: it is started to be finished anew.
    fn finish(&mut self, status: Finish, result: Option<&Value>) -> Vec<Value> {
        let mut events = if self.is_running {
            self.close()
        } else {
            vec![self.started(None)]
        };
        self.is_running = false;
        let mut finished = self.finished(&json!({ "type": "success" }));
        finished["result"] = match status {
            Finish::Completed => result.cloned().unwrap_or_else(|| json!({})),
            Finish::Stopped => json!({ "status": "stopped" }),
        };
        events.push(finished);
        events
    }

    fn interrupt(&mut self, interrupt: &Interrupt) -> Vec<Value> {
        let mut events = self.close();
        self.is_running = false;
        let mut state = self.state.clone();
        let hitl = serde_json::to_value(interrupt).unwrap_or_default();
        state.insert("hitl".to_owned(), hitl);
        events.push(json!({ "type": "STATE_SNAPSHOT", "snapshot": state }));
        events.push(self.snapshot_of_messages());
        events
            .push(self.finished(&json!({ "type": "interrupt", "interrupts": [asked(interrupt)] })));
        events
    }

    fn finished(&self, outcome: &Value) -> Value {
        json!({
            "type": "RUN_FINISHED", "threadId": self.thread, "runId": self.run, "outcome": outcome,
        })
    }

    fn snapshot_of_messages(&self) -> Value {
        let messages = self.messages.iter().map(
            |message| json!({ "id": message.id, "role": message.role, "content": message.text }),
        );
        json!({ "type": "MESSAGES_SNAPSHOT", "messages": messages.collect::<Vec<_>>() })
    }
}

fn started(message: &Message) -> Value {
    json!({ "type": "TEXT_MESSAGE_START", "messageId": message.id, "role": message.role })
}

fn ended(id: &str) -> Value {
    json!({ "type": "TEXT_MESSAGE_END", "messageId": id })
}

/// An `Interrupt` of the standard.
fn asked(interrupt: &Interrupt) -> Value {
    let reason = if interrupt.is_confirmation {
        "confirmation"
    } else {
        "input_required"
    };
    let mut metadata = json!({
        "xRenderer": interrupt.x_renderer,
        "reviewTaskId": interrupt.review_task_id,
        "values": interrupt.values,
    });
    if let Some(field) = &interrupt.field_name {
        metadata["fieldName"] = field.as_str().into();
    }
    let mut asked = json!({
        "id": interrupt.gate_id,
        "reason": reason,
        "responseSchema": interrupt.schema,
        "metadata": metadata,
    });
    if let Some(message) = &interrupt.message {
        asked["message"] = message.as_str().into();
    }
    asked
}
