//! What viewers are told of a run, frame by frame.

use cinatra_domain::kernel::RunId;
use cinatra_domain::run::frame::{Channel, Finish, Frame, FrameBody, Interrupt};
use cinatra_eventstore::{self as eventstore, NewFrame};
use serde_json::{Map, Value};

/// What has begun in a run's log and not ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    messages: Vec<String>,
    calls: Vec<String>,
}

impl Open {
    /// Follows further frames of the log.
    pub(super) fn follow(&mut self, frames: &[eventstore::Frame]) {
        for frame in frames
            .iter()
            .filter(|it| it.channel == Channel::AgUi.code())
        {
            let read: Option<Frame> = serde_json::from_slice(&frame.data).ok();
            if let Some(read) = read {
                self.note(&read.body);
            }
        }
    }

    fn note(&mut self, body: &FrameBody) {
        match body {
            FrameBody::TextMessageStart { message_id, .. } => {
                self.messages.push(message_id.clone());
            }
            FrameBody::TextMessageEnd { message_id } => {
                self.messages.retain(|id| id != message_id);
            }
            FrameBody::ToolCallStart { tool_call_id, .. } => {
                self.calls.push(tool_call_id.clone());
            }
            FrameBody::ToolCallEnd { tool_call_id } => self.calls.retain(|id| id != tool_call_id),
            FrameBody::RunStarted { .. }
            | FrameBody::RunFinished { .. }
            | FrameBody::RunError { .. }
            | FrameBody::StepStarted { .. }
            | FrameBody::StepFinished { .. }
            | FrameBody::TextMessageContent { .. }
            | FrameBody::StateSnapshot { .. }
            | FrameBody::Interrupt(_)
            | FrameBody::Resume { .. }
            | FrameBody::DataPart { .. } => {}
        }
    }
}

/// Frames in the making, of one run and one moment.
#[derive(Debug)]
pub(super) struct Telling {
    run: String,
    now_ms: i64,
    frames: Vec<NewFrame>,
    open: Open,
}

impl Telling {
    pub(super) fn new(run_id: RunId, now_us: i64) -> Self {
        Self {
            run: run_id.to_string(),
            now_ms: now_us / 1_000,
            frames: Vec::new(),
            open: Open::default(),
        }
    }

    /// Goes on where others left off: a segment's end closes what they opened.
    pub(super) fn goes_on(&mut self, open: Open) {
        self.open = open;
    }

    /// Whether a call was told of that has not been answered.
    pub(super) fn is_calling(&self, call_id: &str) -> bool {
        self.open.calls.iter().any(|id| id == call_id)
    }

    /// Ends what somebody was saying who says no more.
    pub(super) fn falls_silent(&mut self) {
        for message_id in std::mem::take(&mut self.open.messages) {
            self.tell(FrameBody::TextMessageEnd { message_id });
        }
    }

    /// Order: everything that is open is closed before its segment ends.
    fn close(&mut self) {
        self.falls_silent();
        for tool_call_id in std::mem::take(&mut self.open.calls) {
            self.tell(FrameBody::ToolCallEnd { tool_call_id });
        }
    }

    /// Everything that was told, in order.
    pub(super) fn into_frames(self) -> Vec<NewFrame> {
        self.frames
    }

    /// What is told from here on is told at this moment.
    pub(super) fn is_now(&mut self, now_us: i64) {
        self.now_ms = now_us / 1_000;
    }

    /// Bytes of what was told so far.
    pub(super) fn bytes(&self) -> usize {
        self.frames.iter().map(|frame| frame.data.len()).sum()
    }

    /// What was told so far.
    pub(super) fn take(&mut self) -> Vec<NewFrame> {
        std::mem::take(&mut self.frames)
    }

    fn tell(&mut self, body: FrameBody) {
        self.open.note(&body);
        let frame = Frame {
            body,
            timestamp: self.now_ms,
        };
        // A frame is made of strings and JSON only: there is nothing that could not be written.
        let data = serde_json::to_vec(&frame).unwrap_or_default();
        self.frames.push(NewFrame {
            channel: Channel::AgUi.code(),
            data,
        });
    }

    pub(super) fn surface(&mut self, messages: Vec<Value>) {
        for message in messages {
            self.frames.push(NewFrame {
                channel: Channel::A2ui.code(),
                data: message.to_string().into_bytes(),
            });
        }
    }

    pub(super) fn started(&mut self, parent: Option<RunId>) {
        self.tell(FrameBody::RunStarted {
            thread_id: self.run.clone(),
            run_id: self.run.clone(),
            parent_run_id: parent.map(|parent| parent.to_string()),
        });
    }

    pub(super) fn completed(&mut self, outputs: &Map<String, Value>) {
        self.close();
        self.tell(FrameBody::RunFinished {
            thread_id: self.run.clone(),
            run_id: self.run.clone(),
            status: Finish::Completed,
            result: told(outputs),
        });
    }

    pub(super) fn stopped(&mut self) {
        self.close();
        self.tell(FrameBody::RunFinished {
            thread_id: self.run.clone(),
            run_id: self.run.clone(),
            status: Finish::Stopped,
            result: None,
        });
    }

    pub(super) fn failed(&mut self, code: &str, message: &str) {
        self.close();
        self.tell(FrameBody::RunError {
            thread_id: self.run.clone(),
            run_id: self.run.clone(),
            message: message.to_owned(),
            code: code.to_owned(),
        });
    }

    /// A whole message at once.
    pub(super) fn said(&mut self, message_id: &str, text: &str) {
        self.says(message_id);
        for part in parts(text) {
            self.adds(message_id, part);
        }
        self.tell(FrameBody::TextMessageEnd {
            message_id: message_id.to_owned(),
        });
    }

    /// A message begins.
    pub(super) fn says(&mut self, message_id: &str) {
        self.tell(FrameBody::TextMessageStart {
            message_id: message_id.to_owned(),
            role: "assistant".to_owned(),
        });
    }

    /// Some more of it.
    pub(super) fn adds(&mut self, message_id: &str, delta: &str) {
        self.tell(FrameBody::TextMessageContent {
            message_id: message_id.to_owned(),
            delta: delta.to_owned(),
        });
    }

    pub(super) fn called(&mut self, call_id: &str, name: &str) {
        self.tell(FrameBody::ToolCallStart {
            tool_call_id: call_id.to_owned(),
            tool_call_name: name.to_owned(),
        });
    }

    pub(super) fn answered(&mut self, call_id: &str) {
        self.tell(FrameBody::ToolCallEnd {
            tool_call_id: call_id.to_owned(),
        });
    }

    pub(super) fn interrupted(&mut self, mut interrupt: Interrupt) {
        interrupt.thread_id.clone_from(&self.run);
        interrupt.run_id.clone_from(&self.run);
        self.tell(FrameBody::Interrupt(Box::new(interrupt)));
    }

    pub(super) fn resumed(&mut self, review_task_id: &str) {
        self.tell(FrameBody::Resume {
            thread_id: self.run.clone(),
            run_id: self.run.clone(),
            review_task_id: review_task_id.to_owned(),
        });
    }
}

/// Largest outputs that viewers are told, as JSON text in bytes. Larger ones are with the run only.
const RESULT_BYTES_MAX: usize = 512 * 1024;

fn told(outputs: &Map<String, Value>) -> Option<Value> {
    let outputs = Value::Object(outputs.clone());
    let is_small = outputs.to_string().len() <= RESULT_BYTES_MAX;
    is_small.then_some(outputs)
}

/// Longest piece of a text in one frame, in bytes.
const PART_BYTES_MAX: usize = 64 * 1024;

/// A text in pieces that each fit a frame, cut between characters; none of an empty one.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.floor_char_boundary(PART_BYTES_MAX);
        let (part, after) = rest.split_at(end);
        rest = after;
        (!part.is_empty()).then_some(part)
    })
}
