//! What a viewer of a run sees, in the order in which it happened: the native dialect of AG-UI.
//!
//! - A frame is written once and never changed; its place in the run's log is its identity.
//! - Every segment begins with `RUN_STARTED` and ends with one of `RUN_FINISHED` and `RUN_ERROR`; what was open is
//!   closed before.
//! - `INTERRUPT` does not end a segment: the answer is followed by `RESUME`.
//!
//! [`strict`] turns frames into what the official clients accept. Source: spec/runs.md 2.1 to 2.7, settled.md 34 to 36.

pub mod strict;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which of a run's streams a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// What happens in the run.
    AgUi,
    /// Surfaces through which people answer.
    A2ui,
}

impl Channel {
    /// As stored beside the frame.
    pub const fn code(self) -> i16 {
        match self {
            Self::AgUi => 0,
            Self::A2ui => 1,
        }
    }

    /// Reads what [`Self::code`] wrote.
    pub const fn of_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::AgUi),
            1 => Some(Self::A2ui),
            _ => None,
        }
    }

    /// As viewers name it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AgUi => "ag-ui",
            Self::A2ui => "a2ui",
        }
    }
}

/// A frame with the moment at which it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// What it says.
    #[serde(flatten)]
    pub body: FrameBody,
    /// Milliseconds since 1970.
    pub timestamp: i64,
}

/// How a segment that did not fail has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// All of its work is done.
    Completed,
    /// Somebody stopped it.
    Stopped,
}

/// What a frame says. The quoted names are what clients switch on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum FrameBody {
    /// A segment begins.
    #[serde(rename = "RUN_STARTED")]
    RunStarted {
        /// The conversation; the run itself unless it belongs to one.
        thread_id: String,
        /// The run.
        run_id: String,
        /// The run that started it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_run_id: Option<String>,
    },
    /// A segment ends without a failure.
    #[serde(rename = "RUN_FINISHED")]
    RunFinished {
        /// The conversation.
        thread_id: String,
        /// The run.
        run_id: String,
        /// How.
        status: Finish,
        /// What the run answers, once completed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
    },
    /// A segment fails.
    #[serde(rename = "RUN_ERROR")]
    RunError {
        /// The conversation.
        thread_id: String,
        /// The run.
        run_id: String,
        /// For people.
        message: String,
        /// Stable.
        code: String,
    },
    /// A node begins its work.
    #[serde(rename = "STEP_STARTED")]
    StepStarted {
        /// Path and visit of the node.
        step_name: String,
    },
    /// A node has done its work.
    #[serde(rename = "STEP_FINISHED")]
    StepFinished {
        /// Path and visit of the node.
        step_name: String,
    },
    /// Somebody begins to say something.
    #[serde(rename = "TEXT_MESSAGE_START")]
    TextMessageStart {
        /// Which message, unique within the run.
        message_id: String,
        /// `assistant` or `user`.
        role: String,
    },
    /// Some more of it; never empty.
    #[serde(rename = "TEXT_MESSAGE_CONTENT")]
    TextMessageContent {
        /// Which message.
        message_id: String,
        /// What is added.
        delta: String,
    },
    /// It is said.
    #[serde(rename = "TEXT_MESSAGE_END")]
    TextMessageEnd {
        /// Which message.
        message_id: String,
    },
    /// The run calls something outside.
    #[serde(rename = "TOOL_CALL_START")]
    ToolCallStart {
        /// Which call, unique within the run.
        tool_call_id: String,
        /// What is called.
        tool_call_name: String,
    },
    /// It has answered.
    #[serde(rename = "TOOL_CALL_END")]
    ToolCallEnd {
        /// Which call.
        tool_call_id: String,
    },
    /// All that viewers may know of the run's state.
    #[serde(rename = "STATE_SNAPSHOT")]
    StateSnapshot {
        /// JSON.
        snapshot: Value,
    },
    /// The run waits for a person.
    #[serde(rename = "INTERRUPT")]
    Interrupt(Box<Interrupt>),
    /// It was answered.
    #[serde(rename = "RESUME")]
    Resume {
        /// The conversation.
        thread_id: String,
        /// The run.
        run_id: String,
        /// What was answered.
        review_task_id: String,
    },
    /// A value that is neither text nor state.
    #[serde(rename = "DATA_PART")]
    DataPart {
        /// JSON.
        data: Value,
    },
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interrupt {
    /// The conversation.
    pub thread_id: String,
    /// The run.
    pub run_id: String,
    /// The gate.
    pub gate_id: String,
    /// `setup-<run>` or `wayflow-<run>:<gate>`.
    pub review_task_id: String,
    /// Which surface shows it.
    pub x_renderer: String,
    /// JSON Schema of the answer.
    pub schema: Value,
    /// What is known.
    pub values: Value,
    /// The one field that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_name: Option<String>,
    /// What is said first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether an approval is wanted rather than a value.
    #[serde(default)]
    pub is_confirmation: bool,
}

impl FrameBody {
    /// Whether a segment ends here.
    pub const fn is_terminal(&self) -> bool {
        match self {
            Self::RunFinished { .. } | Self::RunError { .. } => true,
            Self::RunStarted { .. }
            | Self::StepStarted { .. }
            | Self::StepFinished { .. }
            | Self::TextMessageStart { .. }
            | Self::TextMessageContent { .. }
            | Self::TextMessageEnd { .. }
            | Self::ToolCallStart { .. }
            | Self::ToolCallEnd { .. }
            | Self::StateSnapshot { .. }
            | Self::Interrupt(_)
            | Self::Resume { .. }
            | Self::DataPart { .. } => false,
        }
    }
}
