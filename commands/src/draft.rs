//! An attempt in the making: streams read and decided about, what they relied on, and rows beside them.

use std::future::Future;
use std::sync::Arc;

use cinatra_domain::kernel::{
    Coded, ContentRef, Decider, InvalidId, Position, StreamId, Tag, TenantId,
};
use cinatra_eventstore::{
    Condition, EventStore, Expected, Loaded, NewEvent, ReadError, SideRow, StreamAppend,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dispatch::{Attempt, Task};
use crate::stop::Stop;
use crate::{Error, ErrorBody};

/// The attempt from which on everything is read from the database.
pub(crate) const FRESH: u32 = 1;

/// Folds a stream. A first attempt may use the cache, because whatever is decided checks the revision.
pub(crate) async fn load<D: Decider>(
    store: &EventStore,
    tenant: TenantId,
    id: &str,
    attempt: u32,
) -> Result<Loaded<D::State>, ReadError> {
    if attempt < FRESH {
        store.load::<D>(tenant, id).await
    } else {
        store.load_cold::<D>(tenant, id).await
    }
}

/// The events of a decision, and where the stream stands afterwards.
pub(crate) type Decided<D> = (Vec<<D as Decider>::Event>, Loaded<<D as Decider>::State>);

/// What an attempt comes to, so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    streams: Vec<StreamAppend>,
    conditions: Vec<Condition>,
    side: Vec<SideRow>,
}

impl Draft {
    /// Lets the rules decide about a stream, which is checked whatever they say. `tags` names an event for the
    /// decisions of others. Answers the events and where the stream stands afterwards.
    pub(crate) fn decide<D: Decider>(
        &mut self,
        id: &str,
        loaded: &Loaded<D::State>,
        command: D::Command,
        tags: impl Fn(&D::Event) -> Result<Vec<Tag>, InvalidId>,
    ) -> Result<Decided<D>, Stop>
    where
        D::Rejection: Coded,
    {
        let stream = StreamId::new(D::CATEGORY, id);
        let known = self.streams.iter().position(|known| known.stream == stream);
        let place = known.unwrap_or_else(|| {
            self.streams.push(StreamAppend {
                stream,
                expected: loaded.revision.map_or(Expected::NoStream, Expected::At),
                events: Vec::new(),
                state: None,
            });
            self.streams.len() - 1
        });
        let events =
            D::decide(&loaded.state, command).map_err(|rejection| Stop::refused(&rejection))?;
        let mut after = D::State::clone(&loaded.state);
        for event in &events {
            after = D::evolve(after, event).map_err(|source| Error::Undecidable { source })?;
            self.streams[place]
                .events
                .push(NewEvent::encode(event, tags(event)?)?);
        }
        let state = Arc::new(after);
        self.streams[place].state = Some(state.clone());
        let revision = loaded.revision;
        Ok((events, Loaded { state, revision }))
    }

    /// Facts that were read by tag have to be all of them until the append.
    pub(crate) fn relies_on(&mut self, tags: Vec<Tag>, after: Position) {
        self.conditions.push(Condition {
            tags,
            after,
            proof: None,
        });
    }

    /// A right that was judged has to be as it was until the append.
    pub(crate) fn rests_on(&mut self, right: Option<Condition>) {
        self.conditions.extend(right);
    }

    /// A stream that was read has to be as it was until the append; nothing is written to it.
    pub(crate) fn relies_on_stream<D: Decider>(&mut self, id: &str, loaded: &Loaded<D::State>) {
        let stream = StreamId::new(D::CATEGORY, id);
        if self.streams.iter().any(|known| known.stream == stream) {
            return;
        }
        self.streams.push(StreamAppend {
            stream,
            expected: loaded.revision.map_or(Expected::NoStream, Expected::At),
            events: Vec::new(),
            state: None,
        });
    }

    /// Whatever comes, the decision stays the same, which is that nothing happens.
    pub(crate) fn rests_on_nothing(&mut self) {
        self.streams.clear();
        self.conditions.clear();
    }

    /// Everything is decided again; rows beside it stay.
    pub(crate) fn begins_anew(&mut self) {
        self.streams.clear();
        self.conditions.clear();
    }

    /// What was decided, for an attempt that is made elsewhere.
    pub(crate) fn into_streams(self) -> Vec<StreamAppend> {
        self.streams
    }

    /// Rows that are to commit with the events, for an attempt that is made elsewhere.
    pub(crate) fn take_side(&mut self) -> Vec<SideRow> {
        std::mem::take(&mut self.side)
    }

    /// Commits a row with the events.
    pub(crate) fn beside(&mut self, row: impl Into<SideRow>) {
        self.side.push(row.into());
    }

    /// Erases what somebody typed, with the events that are the receipt.
    pub(crate) fn erase(&mut self, contents: impl IntoIterator<Item = ContentRef>) {
        let ids = contents.into_iter().map(|content| content.id).collect();
        self.side.push(SideRow::EraseContents { ids });
    }

    /// Keeps what somebody typed beside the ledger.
    pub(crate) fn content(&mut self, text: &str) -> ContentRef {
        let (reference, row) = SideRow::content(text.as_bytes().to_vec());
        self.side.push(row);
        reference
    }

    /// All or nothing: what was decided before something else was refused does not happen, and rows go with
    /// events only.
    pub(crate) fn conclude<T>(mut self, answer: Result<T, Stop>) -> Result<Attempt<T>, Error> {
        let answer: Result<T, ErrorBody> = match answer {
            Ok(output) => Ok(output),
            Err(Stop::Rejected(body)) => {
                for stream in &mut self.streams {
                    stream.events.clear();
                    stream.state = None;
                }
                Err(*body)
            }
            Err(Stop::Failed(error)) => return Err(error),
        };
        if self.streams.iter().all(|stream| stream.events.is_empty()) {
            self.side.clear();
        }
        Ok(Attempt {
            streams: self.streams,
            conditions: self.conditions,
            side: self.side,
            answer,
        })
    }
}

/// A command whose attempts are a function of their number.
pub(crate) struct Deciding<F>(pub(crate) F);

impl<F, Fut, T> Task for Deciding<F>
where
    F: FnMut(u32) -> Fut + Send,
    Fut: Future<Output = Result<Attempt<T>, Error>> + Send,
    T: Serialize + DeserializeOwned + Send,
{
    type Output = T;

    fn attempt(&mut self, number: u32) -> impl Future<Output = Result<Attempt<T>, Error>> + Send {
        (self.0)(number)
    }
}
