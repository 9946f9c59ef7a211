//! Frames as server-sent events. Lines end with LF only: the official client splits at LF LF.

use std::io::Write as _;

use cinatra_domain::kernel::{RunId, TenantId};
use cinatra_domain::run::frame::strict::Strict;
use cinatra_domain::run::frame::{self, Channel, FrameBody};
use cinatra_eventstore::{Cursor, EventStore, Frame, Frames, ReadError, RunPage};
use serde_json::{Value, json};

use super::ask::Ask;
use crate::mint;

/// Says that the stream is alive.
pub(super) const HEARTBEAT: &[u8] = b": keepalive\n\n";
/// Frames that are read at once to catch up.
const PAGE: i64 = 1_000;
/// After so many bytes a write is sent.
const WRITE: usize = 32 * 1024;
/// About what an event is longer than its frame.
const AROUND: usize = 32;
/// How long a viewer that was cut off waits at least, and up to how much longer, in milliseconds.
const RETRY_MS: u64 = 1_000;
const RETRY_SPREAD_MS: u64 = 2_000;

/// How long to wait before coming back, each viewer differently; and something, so that proxies pass the head on.
pub(super) fn opening() -> Vec<u8> {
    let spread = mint::id().as_u64_pair().1 % RETRY_SPREAD_MS;
    let mut out = format!("retry: {}\n\n", RETRY_MS + spread).into_bytes();
    out.extend_from_slice(HEARTBEAT);
    out
}

/// How frames are written for one viewer.
#[derive(Debug)]
pub(super) struct Dialect {
    channels: Vec<Channel>,
    strict: Option<Box<Strict>>,
    ended: bool,
    /// After which frame the viewer's stretch begins, if it has one, and whether that is over.
    stretch: Option<Cursor>,
    is_over: bool,
    /// What the strict dialect says as soon as the run has begun.
    notice: Option<Value>,
}

impl Dialect {
    /// The strict dialect has to know what went before the cursor.
    pub(super) async fn of(
        ask: &Ask,
        store: &EventStore,
        tenant: TenantId,
        run: RunId,
        after: Cursor,
    ) -> Result<Self, ReadError> {
        let mut dialect = Self {
            channels: ask.channels.clone(),
            strict: ask.strict.clone(),
            ended: false,
            stretch: ask.stretch,
            is_over: false,
            notice: None,
        };
        let mut at = Cursor::START;
        while dialect.strict.is_some() && at.seq < after.seq {
            let page = store.read_frames(tenant, run.0, at, PAGE).await?;
            let RunPage::Frames { frames, .. } = page else {
                break;
            };
            let known = frames
                .iter()
                .take_while(|frame| frame.cursor.seq <= after.seq);
            for frame in known {
                at = frame.cursor;
                dialect.translated(frame, Channel::of_code(frame.channel));
            }
            if frames.is_empty() {
                break;
            }
        }
        Ok(dialect)
    }

    /// What whoever comes in later has to hear first. It has no id: it is no frame.
    pub(super) fn prelude(&self, out: &mut Vec<u8>) {
        let prelude = self.strict.as_ref().map(|strict| strict.prelude());
        for event in prelude.into_iter().flatten() {
            put(None, event.to_string().as_bytes(), out);
        }
    }

    /// Tells a viewer that it does not go on where it stood, and why. The official clients take nothing before a run's
    /// beginning, so they are told right after it.
    pub(super) fn reset(&mut self, reason: &str, out: &mut Vec<u8>) {
        if self.strict.is_some() {
            let value = json!({ "reason": reason });
            self.notice =
                Some(json!({ "type": "CUSTOM", "name": "cinatra.reset", "value": value }));
            self.put_notice(out);
        } else {
            let event = json!({ "type": "reset", "reason": reason });
            put(None, event.to_string().as_bytes(), out);
        }
    }

    fn put_notice(&mut self, out: &mut Vec<u8>) {
        let has_begun = self
            .strict
            .as_ref()
            .is_some_and(|strict| strict.is_running());
        if let Some(notice) = self.notice.take_if(|_| has_begun) {
            put(None, notice.to_string().as_bytes(), out);
        }
    }

    /// Nothing that was sent counts any more. A stretch cannot be begun anew: it is over, and says so.
    pub(super) fn begin_anew(&mut self, out: &mut Vec<u8>) {
        if self.stretch.is_some() {
            let message = "The run's stream does not go on where it was; look at the run.";
            put(None, &failure("stream_reset", message), out);
            self.is_over = true;
        }
        if let Some(strict) = &mut self.strict {
            **strict = strict.anew();
        }
    }

    /// Whether the viewer's stretch is over: nothing more is for it.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether the last frame of the first channel ended its segment.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Writes frames until that makes a write, or nothing more is for the viewer; answers those that are left. Moves the
    /// viewer on to the last one that was written.
    pub(super) fn write_some(
        &mut self,
        at: &mut Cursor,
        frames: Frames,
        out: &mut Vec<u8>,
    ) -> Option<Frames> {
        let around = |frame: &Frame| frame.data.len() + AROUND;
        out.reserve(
            frames
                .iter()
                .map(around)
                .sum::<usize>()
                .min(WRITE + WRITE / 8),
        );
        let mut written = 0;
        for frame in frames.iter() {
            self.write(frame, out);
            *at = frame.cursor;
            written += 1;
            if self.is_over || out.len() >= WRITE {
                break;
            }
        }
        frames.without_first(written)
    }

    fn write(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let channel = Channel::of_code(frame.channel);
        if channel == Some(Channel::AgUi) {
            self.ended = ends(&frame.data);
        }
        let is_shown = channel.is_some_and(|channel| self.channels.contains(&channel));
        if self.strict.is_none() {
            if is_shown {
                put(Some(frame.cursor), &frame.data, out);
            }
        } else if is_shown || channel == Some(Channel::AgUi) {
            // The state of the strict dialect depends on the first channel, shown or not.
            let events = self.translated(frame, channel);
            if is_shown {
                put_all(frame.cursor, &events, out);
                self.put_notice(out);
            }
        }
    }

    /// What a frame is in the strict dialect.
    fn translated(&mut self, frame: &Frame, channel: Option<Channel>) -> Vec<Value> {
        let Some(strict) = &mut self.strict else {
            return Vec::new();
        };
        let events = translated(strict, frame, channel);
        let is_within = self
            .stretch
            .is_some_and(|after| frame.cursor.seq > after.seq);
        let ends = |event: &Value| event["type"] == "RUN_FINISHED" || event["type"] == "RUN_ERROR";
        self.is_over |= is_within && events.iter().any(ends);
        events
    }
}

fn translated(strict: &mut Strict, frame: &Frame, channel: Option<Channel>) -> Vec<Value> {
    match channel {
        Some(Channel::AgUi) => read(frame).map_or_else(Vec::new, |read| strict.translate(&read)),
        // The official clients take nothing between the end of a run and the next one's start.
        Some(Channel::A2ui) if !strict.is_running() => Vec::new(),
        Some(Channel::A2ui) => {
            let message: Option<Value> = serde_json::from_slice(&frame.data).ok();
            let event =
                message.map(|value| json!({ "type": "CUSTOM", "name": "a2ui", "value": value }));
            event.into_iter().collect()
        }
        None => Vec::new(),
    }
}

/// After which frame of a run the answer to this gate is seen: the one that asked.
pub(super) async fn asked_at(
    store: &EventStore,
    tenant: TenantId,
    run: RunId,
    gate: &str,
) -> Result<Option<Cursor>, ReadError> {
    let mut at = Cursor::START;
    loop {
        let page = store.read_frames(tenant, run.0, at, PAGE).await?;
        let RunPage::Frames { frames, .. } = page else {
            return Ok(None);
        };
        let asks = |frame: &&Frame| {
            matches!(read(frame).map(|read| read.body),
                Some(FrameBody::Interrupt(asked)) if asked.gate_id == gate)
        };
        if let Some(frame) = frames.iter().find(asks) {
            return Ok(Some(frame.cursor));
        }
        match frames.last() {
            Some(last) => at = last.cursor,
            None => return Ok(None),
        }
    }
}

/// A failure that no frame tells of.
pub(super) fn failure(code: &str, message: &str) -> Vec<u8> {
    let event = json!({ "type": "RUN_ERROR", "message": message, "code": code });
    event.to_string().into_bytes()
}

fn read(frame: &Frame) -> Option<frame::Frame> {
    serde_json::from_slice(&frame.data).ok()
}

/// Whether a frame ends a segment, without reading all of it: its type comes first.
fn ends(data: &[u8]) -> bool {
    [
        &b"{\"type\":\"RUN_FINISHED\""[..],
        b"{\"type\":\"RUN_ERROR\"",
    ]
    .iter()
    .any(|start| data.starts_with(start))
}

/// Only the last event carries the frame's id: whoever goes on from there has all of them.
fn put_all(at: Cursor, events: &[Value], out: &mut Vec<u8>) {
    for (place, event) in events.iter().enumerate() {
        let id = (place + 1 == events.len()).then_some(at);
        put(id, event.to_string().as_bytes(), out);
    }
}

/// One event. Data is one line of JSON, which has no line break in it.
pub(super) fn put(id: Option<Cursor>, data: &[u8], out: &mut Vec<u8>) {
    if let Some(id) = id {
        let _ = writeln!(out, "id: {id}");
    }
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
}
