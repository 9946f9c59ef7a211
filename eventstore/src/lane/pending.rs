//! An append on its way through a lane.

use cinatra_domain::kernel::{StreamId, StreamKey, Tag};
use std::collections::HashSet;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::{Append, AppendError, Appended, Expected, NewEvent};

/// One stream of an append with its index key.
#[derive(Debug)]
pub(crate) struct PendingStream {
    pub(crate) key: StreamKey,
    pub(crate) id: StreamId,
    pub(crate) expected: Expected,
    pub(crate) events: Vec<NewEvent>,
}

/// A checked append that waits for its place.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) append: Append,
    pub(crate) streams: Vec<PendingStream>,
    /// JSON of the authority, as stored and hashed.
    pub(crate) authority: String,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
    /// When it gives up waiting for the database.
    pub(crate) deadline: Instant,
    /// A write was sent and its outcome is unknown.
    pub(crate) maybe_written: bool,
}

impl Pending {
    /// Checks the form of an append and prepares what its hash needs.
    pub(crate) fn new(
        mut append: Append,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
        deadline: Instant,
    ) -> Result<Self, AppendError> {
        let streams: Vec<PendingStream> = std::mem::take(&mut append.streams)
            .into_iter()
            .map(|mut stream| {
                for event in &mut stream.events {
                    event
                        .tags
                        .sort_by(|a, b| Tag::as_str(a).as_bytes().cmp(b.as_str().as_bytes()));
                    event.tags.dedup();
                }
                PendingStream {
                    key: stream.stream.key(),
                    id: stream.stream,
                    expected: stream.expected,
                    events: stream.events,
                }
            })
            .collect();
        if streams.iter().all(|stream| stream.events.is_empty()) {
            return Err(AppendError::Malformed("no event"));
        }
        let mut seen = HashSet::new();
        if !streams.iter().all(|stream| seen.insert(stream.key)) {
            return Err(AppendError::Malformed("a stream is named twice"));
        }
        let authority = serde_json::to_string(&append.context.authority)
            .map_err(|_| AppendError::Malformed("authority does not serialize"))?;
        Ok(Self {
            append,
            streams,
            authority,
            reply,
            deadline,
            maybe_written: false,
        })
    }
}
