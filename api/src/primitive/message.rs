//! What was said in a run: its frames, put together to messages. The frames are the record; nothing is kept twice.

use std::collections::HashMap;

use cinatra_domain::kernel::{ContentRef, RunId, TenantId};
use cinatra_domain::permission::Permission;
use cinatra_domain::run::frame::{self, Channel, FrameBody};
use cinatra_domain::run::{AgentRun, Fate, GateId, GateKind, Run, Status};
use cinatra_eventstore::{Cursor, EventStore, Frame, ReadError, RunPage};
use cinatra_projections::{Keyset, Page};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use cinatra_commands::run::run_id;
use cinatra_domain::authority::Rule;
use cinatra_domain::kernel::Position;

use super::call::{Reply, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::{Place, input};
use crate::problem::Problem;

/// Frames that are read at once.
const PAGE: i64 = 1_000;
/// A page of messages ends with the one that makes it this long, in bytes.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![list()?])
}

/// Which messages of a run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListMessages {
    /// Which run.
    #[schemars(length(max = 36))]
    run_id: String,
    /// Only of this kind.
    message_type: Option<MessageType>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Role {
    /// A person who answered.
    User,
    /// The agent.
    Assistant,
    /// Something that the agent called.
    Tool,
    /// The run itself.
    System,
}

/// What kind of thing was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MessageType {
    /// An answer before the flow began.
    Setup,
    /// An answer to what the flow asked.
    User,
    /// What the agent said.
    Assistant,
    /// A call to the outside.
    Tool,
    /// What it came to, or went wrong by.
    Final,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Message {
    /// The frame that began it, as streams say it.
    id: String,
    /// Place of that frame: messages are in this order, with gaps.
    sequence: i64,
    role: Role,
    #[serde(rename = "messageType")]
    kind: MessageType,
    /// What is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<String>,
    /// The text; absent when it was erased, and for calls.
    body: Option<String>,
    /// When, in milliseconds since 1970.
    created_at: i64,
}

impl Message {
    fn bytes(&self) -> usize {
        self.body.as_ref().map_or(0, String::len)
    }
}

/// Messages of a run, and where it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Messages {
    #[serde(flatten)]
    page: Page<Message>,
    run_id: String,
    run_status: Status,
}

fn list() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Run(Permission::RunRead);
    Declaration::query("agent_run_messages_list", "agent_run", rule)
        .told(
            "List the messages of a run",
            "Lists what was said in a run, in order: what the agent said, what it called, what people answered, \
            and what it came to.",
        )
        .handled_by(async |backend, call, input: ListMessages| {
            let run = run_id(&input.run_id).map_err(|error| problem(&error))?;
            let tenant = call.principal.tenant();
            let keyset = input::keyset("run_messages", input.limit, input.cursor);
            let (store, id) = (&backend.store, run.to_string());
            let unavailable = |error: ReadError| Problem::of(&error);
            let head = store.head(tenant).await.map_err(unavailable)?;
            let loaded = store.load::<AgentRun>(tenant, &id).await;
            let state = loaded.map_err(unavailable)?.state;
            let absent = || Problem::not_found("There is no such thing.");
            let known = state.run().ok_or_else(absent)?;
            let reading = Reading {
                store,
                tenant,
                run,
                known,
            };
            let page = reading.page(input.message_type, &keyset).await?;
            Ok(Reply {
                output: Messages {
                    page,
                    run_id: id,
                    run_status: known.status(),
                },
                at: Some(Place::from((tenant, head.unwrap_or(Position::START)))),
                stale: Some(false),
                session: None,
            })
        })
}

/// A run that is read.
struct Reading<'a> {
    store: &'a EventStore,
    tenant: TenantId,
    run: RunId,
    known: &'a Run,
}

impl Reading<'_> {
    async fn page(
        &self,
        only: Option<MessageType>,
        keyset: &Keyset,
    ) -> Result<Page<Message>, Problem> {
        let unavailable = |error: ReadError| Problem::of(&error);
        let after = keyset.position().map_err(|error| Problem::of(&error))?;
        let wanted = usize::try_from(keyset.probe()).unwrap_or(usize::MAX);
        let mut thread = Thread::default();
        let head = self.store.run_head(self.tenant, self.run.0).await;
        let Some(head) = head.map_err(unavailable)? else {
            return Ok(Page::whole(Vec::new()));
        };
        let mut at = Cursor {
            epoch: head.epoch,
            seq: after.unwrap_or(head.trimmed_seq),
        };
        while !thread.has_whole(wanted, only) {
            let page = self.store.read_frames(self.tenant, self.run.0, at, PAGE);
            let RunPage::Frames { frames, .. } = page.await.map_err(unavailable)? else {
                break;
            };
            let Some(last) = frames.last() else {
                break;
            };
            at = last.cursor;
            for frame in &frames {
                thread.follow(frame);
            }
        }
        let (mut items, is_cut) = thread.whole(wanted, only);
        for message in &mut items {
            if let Some(answer) = thread.answers.get(&message.sequence) {
                let body = self.answer(answer).await.map_err(unavailable)?;
                message.body = body;
            }
        }
        let place = |last: &Message| last.sequence.to_string();
        Ok(if is_cut {
            Page::of(items, true, keyset, place)
        } else {
            Page::cut(items, keyset, place)
        })
    }

    /// What was answered, unless it was erased.
    async fn answer(&self, gate: &GateId) -> Result<Option<String>, ReadError> {
        let closed = self.known.closed_gates.get(gate).map(|gate| &gate.fate);
        let Some(Fate::Answered { answer, .. }) = closed else {
            return Ok(None);
        };
        let content: &ContentRef = answer;
        let bytes = self.store.content(self.tenant, content.id).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// Messages in the making.
#[derive(Debug, Default)]
struct Thread {
    messages: Vec<Message>,
    /// Where those are that are still being said.
    open: HashMap<String, usize>,
    /// Answers, by their message's place: their text is beside the ledger.
    answers: HashMap<i64, GateId>,
}

impl Thread {
    fn wanted(message: &Message, only: Option<MessageType>) -> bool {
        only.is_none_or(|only| only == message.kind)
    }

    /// Whether so many are known, whole, or as many as a page holds and one more.
    fn has_whole(&self, wanted: usize, only: Option<MessageType>) -> bool {
        let known = self.messages.iter().enumerate();
        let known = known.filter(|(_, message)| Self::wanted(message, only));
        let mut bytes = 0;
        let is_last = |(number, (_, message)): &(usize, (usize, &Message))| {
            let is_beyond = bytes >= PAGE_BYTES;
            bytes += message.bytes();
            number + 1 == wanted || is_beyond
        };
        let last = known.enumerate().find(is_last).map(|(_, (at, _))| at);
        last.is_some_and(|last| self.open.values().all(|open| *open > last))
    }

    /// The first so many, and whether they are fewer because a page does not hold more.
    fn whole(&self, wanted: usize, only: Option<MessageType>) -> (Vec<Message>, bool) {
        let known = self.messages.iter();
        let mut known = known.filter(|message| Self::wanted(message, only));
        let (mut items, mut bytes) = (Vec::new(), 0);
        while items.len() < wanted && bytes < PAGE_BYTES {
            let Some(message) = known.next() else {
                return (items, false);
            };
            bytes += message.bytes();
            items.push(message.clone());
        }
        let is_cut = items.len() < wanted && known.next().is_some();
        (items, is_cut)
    }

    fn follow(&mut self, frame: &Frame) {
        if Channel::of_code(frame.channel) != Some(Channel::AgUi) {
            return;
        }
        let read: Option<frame::Frame> = serde_json::from_slice(&frame.data).ok();
        let Some(read) = read else {
            return;
        };
        let begun = |role, kind, body: Option<String>| Message {
            id: frame.cursor.to_string(),
            sequence: frame.cursor.seq,
            role,
            kind,
            tool_name: None,
            body,
            created_at: read.timestamp,
        };
        match read.body {
            FrameBody::TextMessageStart { message_id, .. } => {
                self.open.insert(message_id, self.messages.len());
                let text = Some(String::new());
                self.messages
                    .push(begun(Role::Assistant, MessageType::Assistant, text));
            }
            FrameBody::TextMessageContent { message_id, delta } => {
                let at = self.open.get(&message_id);
                let message = at.and_then(|at| self.messages.get_mut(*at));
                if let Some(text) = message.and_then(|message| message.body.as_mut()) {
                    text.push_str(&delta);
                }
            }
            FrameBody::TextMessageEnd { message_id } => {
                self.open.remove(&message_id);
            }
            FrameBody::ToolCallStart { tool_call_name, .. } => {
                let call = begun(Role::Tool, MessageType::Tool, None);
                let tool_name = Some(tool_call_name);
                self.messages.push(Message { tool_name, ..call });
            }
            FrameBody::Resume { review_task_id, .. } => {
                let gate: Option<GateId> = review_task_id.parse().ok();
                let kind = match gate.map(|gate| gate.kind) {
                    Some(GateKind::Setup) => MessageType::Setup,
                    Some(GateKind::Review) | None => MessageType::User,
                };
                self.answers
                    .extend(gate.map(|gate| (frame.cursor.seq, gate)));
                self.messages.push(begun(Role::User, kind, None));
            }
            FrameBody::RunFinished { result, .. } => {
                let body = result.map(|result| result.to_string());
                self.messages
                    .push(begun(Role::System, MessageType::Final, body));
            }
            FrameBody::RunError { code, message, .. } => {
                let body = Some(format!("{code}: {message}"));
                self.messages
                    .push(begun(Role::System, MessageType::Final, body));
            }
            FrameBody::RunStarted { .. }
            | FrameBody::StepStarted { .. }
            | FrameBody::StepFinished { .. }
            | FrameBody::ToolCallEnd { .. }
            | FrameBody::StateSnapshot { .. }
            | FrameBody::Interrupt(_)
            | FrameBody::DataPart { .. } => {}
        }
    }
}
