//! What is said to a provider and by it. Source: `OpenAI` API reference, chat completions, streaming.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ModelError;
use super::{Delta, Prompt};

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The model had no more to say.
    Complete,
    /// It was cut off at its longest.
    Length,
    /// The provider held it back.
    Filtered,
    /// Anything else, a call of a tool for example.
    Other,
}

/// What an answer cost, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Usage {
    /// Of the prompt.
    #[serde(rename = "prompt_tokens", default)]
    pub input: u64,
    /// Of the answer.
    #[serde(rename = "completion_tokens", default)]
    pub output: u64,
}

/// The body of a request.
pub(super) fn request(prompt: &Prompt, default_model: &str) -> Value {
    let system = prompt
        .system
        .iter()
        .map(|text| json!({ "role": "system", "content": text }));
    let user = json!({ "role": "user", "content": prompt.user });
    let mut body = json!({
        "model": prompt.model.as_deref().unwrap_or(default_model),
        "messages": system.chain([user]).collect::<Vec<_>>(),
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    if let Some(schema) = &prompt.output_schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": { "name": "output", "schema": schema },
        });
    }
    body
}

/// A piece as it arrives. What is not here is not needed, calls of tools included.
#[derive(Debug, Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Said {
    content: Option<String>,
}

/// How far an answer has come.
#[derive(Debug)]
pub(super) struct Progress {
    text_bytes: usize,
    bytes_max: usize,
    finished: bool,
    done: bool,
}

impl Progress {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            text_bytes: 0,
            bytes_max,
            finished: false,
            done: false,
        }
    }

    /// Whether the provider said that nothing more follows.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// What an event adds to the answer.
    pub(super) fn take(&mut self, event: &str) -> Result<Vec<Delta>, ModelError> {
        if self.done {
            return Ok(Vec::new());
        }
        if event.trim() == "[DONE]" {
            self.done = true;
            return Ok(Vec::new());
        }
        let chunk: Chunk = serde_json::from_str(event).map_err(|_| ModelError::Malformed)?;
        if chunk.error.is_some() {
            return Err(ModelError::Interrupted);
        }
        let mut deltas = Vec::new();
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            self.choose(choice, &mut deltas)?;
        }
        deltas.extend(chunk.usage.map(Delta::Usage));
        Ok(deltas)
    }

    fn choose(&mut self, choice: Choice, deltas: &mut Vec<Delta>) -> Result<(), ModelError> {
        let text = choice
            .delta
            .and_then(|said| said.content)
            .unwrap_or_default();
        self.text_bytes += text.len();
        if self.text_bytes > self.bytes_max {
            return Err(ModelError::TooLarge {
                bytes_max: self.bytes_max,
            });
        }
        if !text.is_empty() {
            deltas.push(Delta::Text(text));
        }
        if let Some(reason) = choice.finish_reason
            && !self.finished
        {
            self.finished = true;
            deltas.push(Delta::Finished(match reason.as_str() {
                "stop" => Finish::Complete,
                "length" => Finish::Length,
                "content_filter" => Finish::Filtered,
                _ => Finish::Other,
            }));
        }
        Ok(())
    }

    /// Whether the stream may end here: some providers do without the last word.
    pub(super) fn end(&self) -> Result<(), ModelError> {
        if self.done || self.finished {
            Ok(())
        } else {
            Err(ModelError::Interrupted)
        }
    }
}
